/* Does a fact fit its kind? See change_check in change.h. Messages are for the form or the spreadsheet in which the
 * fact was written: what is wrong, and what is expected. */
#include "registry/change.h"
#include "registry/facts_sql.h"

enum { CODE_MOST = 60, MISTAKES_MOST = KIND_COLUMNS_MOST + 8 };

struct checking {
    struct db *db;
    struct arena *arena;
    const struct kind *kind;
    const struct fact *fact;
    struct fact_mistake *mistakes;
    size_t n;
};

static void say(struct checking *checking, int column, enum mistake_of of, struct str zh, struct str en)
{
    if (checking->n < MISTAKES_MOST) {
        checking->mistakes[checking->n++] = (struct fact_mistake){ column, of, { zh, en } };
    }
}

/* Says it of a column: "Name: may not be empty". */
static void say_of(struct checking *checking, int i, const char *zh, const char *en)
{
    struct text label = checking->kind->columns[i].label;
    say(checking, i, MISTAKE_COLUMN, arena_printf(checking->arena, "%s：%s", label.zh, zh),
        arena_printf(checking->arena, "%s: %s", label.en, en));
}

static bool is_plain(struct str s, bool lines)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == 0x7F || (c < 0x20 && !(lines && (c == '\n' || c == '\t')))) {
            return false;
        }
    }
    return str_is_utf8(s);
}

static bool is_word(const struct column *column, struct str word)
{
    for (size_t i = 0; i < column->nwords; i++) {
        if (str_is(word, column->words[i].word)) {
            return true;
        }
    }
    return false;
}

/* Has a thing of the kind with this code facts on the day? */
static bool stands(struct checking *checking, enum kind_id kind, struct str code, bool *there, struct error *error)
{
    struct fact other;
    return facts_one(checking->db, checking->arena, &KIND_LIST[kind], code,
                     (struct as_of){ checking->fact->valid_from, MOMENT_OPEN }, &other, there, error);
}

static bool check_text(struct checking *checking, int i, struct str text, struct error *error)
{
    const struct column *column = &checking->kind->columns[i];
    struct str rest = text, word;
    bool there = true;
    if (!text.n) {
        return true;
    }
    switch (column->type) {
    case COLUMN_WORD:
        if (!is_word(column, text)) {
            say_of(checking, i, "不是可选的值", "is none of the words to choose from");
        }
        break;
    case COLUMN_WORDS:
        while (str_split(&rest, ' ', &word)) {
            if (word.n && !is_word(column, word)) {
                say_of(checking, i, "有不可选的值", "holds a word that is none to choose from");
                break;
            }
        }
        break;
    case COLUMN_CODE:
        if (!stands(checking, column->of, text, &there, error)) {
            return false;
        }
        if (!there) {
            struct text what = KIND_LIST[column->of].one;
            say_of(checking, i, arena_printf(checking->arena, "当日没有代码为此的%s", what.zh).p,
                   arena_printf(checking->arena, "there is no %s of this code on that day", what.en).p);
        }
        break;
    default:
        if (!is_plain(text, column->type == COLUMN_LONG)) {
            say_of(checking, i, "含有不能显示的字符", "holds characters that cannot be shown");
        } else if (column->most && str_chars(text) > (size_t)column->most) {
            say_of(checking, i, arena_printf(checking->arena, "最多 %lld 个字", (long long)column->most).p,
                   arena_printf(checking->arena, "at most %lld characters", (long long)column->most).p);
        }
    }
    return true;
}

/* Of a degree 0 stands for "not known". */
static void check_number(struct checking *checking, int i, int64_t number)
{
    const struct column *column = &checking->kind->columns[i];
    struct arena *arena = checking->arena;
    int64_t most = column->type == COLUMN_FLAG ? 1 : column->type == COLUMN_DAY ? DAY_OPEN - 1 : column->most;
    int64_t least = column->type == COLUMN_DAY ? -DAY_OPEN : column->least;
    if (number >= least && (!most || number <= most)) {
        return;
    }
    if (column->type == COLUMN_FLAG) {
        say_of(checking, i, "应为是或否", "must be yes or no");
    } else if (column->type == COLUMN_DAY) {
        say_of(checking, i, "不是日期", "is no day");
    } else if (column->type == COLUMN_DEGREE) {
        say_of(checking, i, "不是经纬度", "is no longitude or latitude");
    } else {
        say_of(checking, i, arena_printf(arena, "应在 %lld 到 %lld 之间", (long long)least, (long long)most).p,
               arena_printf(arena, "must be from %lld to %lld", (long long)least, (long long)most).p);
    }
}

static bool check_column(struct checking *checking, int i, struct error *error)
{
    const struct column *column = &checking->kind->columns[i];
    struct value value = checking->fact->values[i];
    bool number = column_is_number(column);
    if (value.kind != VALUE_NULL && value.kind != (number ? VALUE_INT : VALUE_TEXT)) {
        say_of(checking, i, number ? "应为数字" : "应为文字", number ? "must be a number" : "must be text");
        return true;
    }
    bool empty = value.kind == VALUE_NULL || (value.kind == VALUE_TEXT && value.bytes.n == 0) ||
                 (column->type == COLUMN_DAY && value.integer == 0);
    if (empty) {
        if (column->required && (!number || column->type == COLUMN_DAY)) {
            say_of(checking, i, "不能为空", "may not be empty");
        } else if (number && column->type != COLUMN_DAY) {
            check_number(checking, i, 0);
        }
        return true;
    }
    if (number) {
        check_number(checking, i, value.integer);
        return true;
    }
    return check_text(checking, i, value.bytes, error);
}

static void check_common(struct checking *checking)
{
    const struct fact *fact = checking->fact;
    bool blank = false;
    for (size_t i = 0; i < fact->code.n; i++) {
        blank = blank || fact->code.p[i] == ' ';
    }
    if (!fact->code.n) {
        say(checking, -1, MISTAKE_CODE, STR("代码不能为空"), STR("the code may not be empty"));
    } else if (blank || str_chars(fact->code) > CODE_MOST || !is_plain(fact->code, false)) {
        say(checking, -1, MISTAKE_CODE, STR("代码不能有空格，最多 60 个字"),
            STR("a code has no blanks and at most 60 characters"));
    }
    if (fact->valid_until && fact->valid_from >= fact->valid_until) {
        say(checking, -1, MISTAKE_DAYS, STR("结束日期应在开始日期之后"), STR("the last day lies before the first"));
    }
}

static bool check_place(struct checking *checking, struct error *error)
{
    const struct kind *kind = checking->kind;
    const struct fact *fact = checking->fact;
    bool there = kind->id == KIND_DIVISION && str_eq(fact->code, fact->division);
    if (!there && fact->division.n && !stands(checking, KIND_DIVISION, fact->division, &there, error)) {
        return false;
    }
    if (!there) {
        say(checking, -1, MISTAKE_DIVISION, STR("当日没有这个行政区划代码"),
            STR("there is no division of this code on that day"));
    }
    if (!kind->has_institution) {
        return true;
    }
    struct fact whose;
    there = false;
    if (fact->institution &&
        !facts_of_subject(checking->db, checking->arena, &KIND_LIST[KIND_INSTITUTION], fact->institution,
                          (struct as_of){ fact->valid_from, MOMENT_OPEN }, &whose, &there, error)) {
        return false;
    }
    if (!there) {
        say(checking, -1, MISTAKE_INSTITUTION, STR("当日没有这个单位"),
            STR("there is no such institution on that day"));
    } else if (!str_eq(whose.division, fact->division)) { /* else a county could write for another county's school */
        say(checking, -1, MISTAKE_DIVISION,
            arena_printf(checking->arena, "区划代码应是单位所在的“%.*s”", STR_ARG(whose.division)),
            arena_printf(checking->arena, "the division must be the institution's, '%.*s'", STR_ARG(whose.division)));
    }
    return true;
}

bool change_check(struct db *db, struct arena *arena, const struct kind *kind, const struct fact *fact,
                  struct fact_mistake **mistakes, size_t *n, struct error *error)
{
    struct checking checking = { .db = db,
                                 .arena = arena,
                                 .kind = kind,
                                 .fact = fact,
                                 .mistakes = ARENA_ARRAY(arena, struct fact_mistake, MISTAKES_MOST) };
    check_common(&checking);
    if (!check_place(&checking, error)) {
        return false;
    }
    for (size_t i = 0; i < kind->ncolumns; i++) {
        if (!check_column(&checking, (int)i, error)) {
            return false;
        }
    }
    *mistakes = checking.mistakes;
    *n = checking.n;
    return true;
}
