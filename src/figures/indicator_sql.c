/* The SQL of an indicator: judged word by word, then written for the database.
 *
 * An indicator's author is trusted with figures, not with the database. So before a database sees the text it is cut
 * into words, and anything but one select over published views is refused: tables stand in braces only (or are named
 * by the text's own `with`), and what could mean another thing to one engine than to this cutter (quoted names, dollar
 * quotes, escapes in strings, casts by colons) is not in the language. The database is the second judge: SQLite's
 * authorizer lets an indicator read published views alone (store/db.h), and every text passes it, on either engine
 * (indicator_try.c).
 */
#include "figures/indicator.h"

#include "base/buf.h"

#include <ctype.h>

enum { WITH_MOST = 16, DEPTH_MOST = 32 };

const struct published_view PUBLISHED_VIEWS[] = {
    { "division", VIEW_TWO_TIMES },     { "institution", VIEW_TWO_TIMES }, { "site", VIEW_TWO_TIMES },
    { "staff", VIEW_TWO_TIMES },        { "pupil", VIEW_TWO_TIMES },       { "honour", VIEW_TWO_TIMES },
    { "group", VIEW_TWO_TIMES },        { "member", VIEW_TWO_TIMES },      { "programme", VIEW_TWO_TIMES },
    { "project", VIEW_TWO_TIMES },      { "activity", VIEW_TWO_TIMES },    { "statement", VIEW_TWO_TIMES },
    { "cohort", VIEW_TWO_TIMES },       { "charge", VIEW_TWO_TIMES },      { "provision", VIEW_TWO_TIMES },
    { "condition", VIEW_TWO_TIMES },    { "venue", VIEW_TWO_TIMES },       { "athlete", VIEW_TWO_TIMES },
    { "return_value", VIEW_TWO_TIMES }, { "household", VIEW_RECORDED },    { "entrant", VIEW_PLAIN },
    { "community", VIEW_PLAIN },        { "catchment", VIEW_PLAIN },       { "catchment_school", VIEW_PLAIN },
    { "dwelling_planned", VIEW_PLAIN }, { "assignment", VIEW_TWO_TIMES },
};
const size_t PUBLISHED_VIEWS_COUNT = sizeof PUBLISHED_VIEWS / sizeof *PUBLISHED_VIEWS;

/* What writes, or reads what is no view. */
static const char *const refused_words[] = { "insert", "update", "delete", "into",      "create",  "drop",  "alter",
                                             "attach", "detach", "pragma", "vacuum",    "copy",    "grant", "revoke",
                                             "call",   "do",     "set",    "returning", "lateral", "table", "values" };
/* What ends the list of tables. */
static const char *const after_tables[] = { "where", "group",  "having",    "order",  "limit", "offset",
                                            "union", "except", "intersect", "window", "select" };

static const struct {
    const char *name;
    enum indicator_value place;
} placeholders[] = {
    { "day", PLACE_DAY },
    { "from", PLACE_FROM },
    { "until", PLACE_UNTIL },
    { "year", PLACE_YEAR },
};

struct cutter {
    struct arena *arena;
    struct str rows;
    size_t at;      /* where the next word begins */
    size_t word_at; /* where the current one began */
    struct text *says;
    struct buf *out;
    enum indicator_value *places;
    size_t nplaces;
    struct str with[WITH_MOST]; /* names that the text's own `with` gives */
    size_t nwith;
    bool wants_table[DEPTH_MOST], in_tables[DEPTH_MOST]; /* by depth of parentheses */
    size_t depth;
    struct str before;    /* the word right before */
    bool wants_name;      /* after `with`, or a comma outside of parentheses: `name as (` may follow */
    struct str candidate; /* that name */
    bool begun;
};

static bool refuse(struct cutter *cutter, size_t at, struct text says)
{
    *cutter->says = says;
    cutter->at = at;
    return false;
}

static bool refuse_word(struct cutter *cutter, const char *zh, const char *en, struct str word)
{
    return refuse(cutter, cutter->word_at,
                  (struct text){ arena_printf(cutter->arena, zh, STR_ARG(word)).p,
                                 arena_printf(cutter->arena, en, STR_ARG(word)).p });
}

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || ((unsigned char)c & 0x80);
}

static bool word_in(struct str word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str w = str_of(words[i]);
        bool same = w.n == word.n;
        for (size_t k = 0; same && k < w.n; k++) {
            same = tolower((unsigned char)word.p[k]) == w.p[k];
        }
        if (same) {
            return true;
        }
    }
    return false;
}

#define WORD_IS(word, text) word_in((word), (const char *const[]){ (text) }, 1)

static void put(struct cutter *cutter, struct str s)
{
    buf_add(cutter->out, s);
}

/* ?n of a value; each stands once in the list, however often it is used. */
static void put_place(struct cutter *cutter, enum indicator_value place)
{
    size_t i = 0;
    while (i < cutter->nplaces && cutter->places[i] != place) {
        i++;
    }
    if (i == cutter->nplaces) {
        cutter->places[cutter->nplaces++] = place;
    }
    buf_printf(cutter->out, "cast(?%zu as bigint)", i + 1);
}

/* ---- braces ---- */

static const struct published_view *view_named(struct str name)
{
    for (size_t i = 0; i < PUBLISHED_VIEWS_COUNT; i++) {
        if (str_is(name, PUBLISHED_VIEWS[i].name)) {
            return &PUBLISHED_VIEWS[i];
        }
    }
    return NULL;
}

static void put_recorded(struct cutter *cutter)
{
    put(cutter, STR(" where recorded_at <= "));
    put_place(cutter, PLACE_RECORDED);
    put(cutter, STR(" and replaced_at > "));
    put_place(cutter, PLACE_RECORDED);
}

static void put_view(struct cutter *cutter, const struct published_view *view, struct str when)
{
    buf_printf(cutter->out, "(select * from published_%s", view->name);
    if (view->times == VIEW_RECORDED) {
        put_recorded(cutter);
    } else if (view->times == VIEW_TWO_TIMES) {
        enum indicator_value first = PLACE_DAY, last = PLACE_DAY;
        if (str_is(when, "before")) {
            first = last = PLACE_BEFORE;
        } else if (str_is(when, "period")) {
            first = PLACE_FROM;
            last = PLACE_UNTIL;
        }
        put_recorded(cutter);
        put(cutter, STR(" and valid_from <= "));
        put_place(cutter, last);
        put(cutter, STR(" and valid_until > "));
        put_place(cutter, first);
    }
    put(cutter, STR(")"));
}

/* Does the author give the table a name? PostgreSQL 13 to 15 must have one. */
static bool is_named(const struct cutter *cutter, size_t at)
{
    static const char *const no_names[] = { "where",     "group",  "having", "order", "limit", "offset",
                                            "union",     "except", "join",   "left",  "right", "inner",
                                            "intersect", "window", "cross",  "full",  "on",    "natural" };
    while (at < cutter->rows.n && strchr(" \t\r\n", cutter->rows.p[at])) {
        at++;
    }
    size_t n = 0;
    while (at + n < cutter->rows.n && is_word_byte(cutter->rows.p[at + n])) {
        n++;
    }
    return n && !word_in(str_part(cutter->rows, at, n), no_names, sizeof no_names / sizeof *no_names);
}

static bool cut_braces(struct cutter *cutter)
{
    struct str rest = str_part(cutter->rows, cutter->at + 1, cutter->rows.n);
    size_t end = str_find(rest, '}');
    if (end == rest.n) {
        return refuse(cutter, cutter->at, T("“{”没有合上；应为“{视图}”", "'{' is never closed; expected '{view}'"));
    }
    struct str inside = str_part(rest, 0, end);
    size_t colon = str_find(inside, ':');
    struct str name = str_part(inside, 0, colon), when = str_part(inside, colon + 1, inside.n);
    const struct published_view *view = view_named(name);
    if (!view) {
        return refuse_word(cutter, "没有公开视图“%.*s”；应为 docs/views.md 中的一个",
                           "there is no published view '%.*s'; expected one of docs/views.md", name);
    }
    bool plain = colon == inside.n;
    if (!plain && (view->times != VIEW_TWO_TIMES || (!str_is(when, "before") && !str_is(when, "period")))) {
        return refuse_word(cutter, "“{%.*s}”不能这样写；应为 {视图}、{视图:before} 或 {视图:period}（两种时间的视图）",
                           "'{%.*s}' cannot be written; expected {view}, {view:before} or {view:period} of a view in "
                           "two times",
                           inside);
    }
    put_view(cutter, view, when);
    cutter->at += end + 2;
    if (!is_named(cutter, cutter->at)) {
        buf_printf(cutter->out, " view_%s", view->name);
    }
    return true;
}

/* ---- words ---- */

static bool cut_string(struct cutter *cutter)
{
    size_t i = cutter->at + 1;
    while (i < cutter->rows.n &&
           (cutter->rows.p[i] != '\'' || (i + 1 < cutter->rows.n && cutter->rows.p[i + 1] == '\''))) {
        i += cutter->rows.p[i] == '\'' ? 2 : 1;
    }
    if (i >= cutter->rows.n) {
        return refuse(cutter, cutter->at, T("引号没有合上；应成对", "a quote is never closed; expected a pair"));
    }
    put(cutter, str_part(cutter->rows, cutter->at, i + 1 - cutter->at));
    cutter->at = i + 1;
    return true;
}

static bool cut_placeholder(struct cutter *cutter)
{
    size_t n = 1;
    while (cutter->at + n < cutter->rows.n && is_word_byte(cutter->rows.p[cutter->at + n])) {
        n++;
    }
    struct str name = str_part(cutter->rows, cutter->at + 1, n - 1);
    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++) {
        if (str_is(name, placeholders[i].name)) {
            put_place(cutter, placeholders[i].place);
            cutter->at += n;
            return true;
        }
    }
    return refuse_word(cutter, "没有“:%.*s”；应为 :day、:from、:until 或 :year",
                       "there is no ':%.*s'; expected :day, :from, :until or :year", name);
}

/* A table's name without braces is one of the text's own `with`. */
static bool may_be_table(struct cutter *cutter, struct str word)
{
    for (size_t i = 0; i < cutter->nwith; i++) {
        if (str_eq(cutter->with[i], word)) {
            return true;
        }
    }
    return refuse_word(cutter, "“%.*s”不是花括号中的视图；表应写作 {视图}",
                       "'%.*s' is no view in braces; expected {view} where a table stands", word);
}

static bool cut_word(struct cutter *cutter)
{
    size_t n = 1;
    while (cutter->at + n < cutter->rows.n && is_word_byte(cutter->rows.p[cutter->at + n])) {
        n++;
    }
    struct str word = str_part(cutter->rows, cutter->at, n);
    bool *wants = &cutter->wants_table[cutter->depth], *tables = &cutter->in_tables[cutter->depth];
    if (!cutter->begun && !WORD_IS(word, "select") && !WORD_IS(word, "with")) {
        return refuse_word(cutter, "以“%.*s”开头；应为一条 select", "begins with '%.*s'; expected one select", word);
    }
    cutter->begun = true;
    if (word_in(word, refused_words, sizeof refused_words / sizeof *refused_words) ||
        str_starts(word, STR("published_")) || str_starts(word, STR("pg_")) || str_starts(word, STR("sqlite_"))) {
        return refuse_word(cutter, "此处不能有“%.*s”；应为一条只读的 select",
                           "'%.*s' may not stand here; expected one select that reads", word);
    }
    if (cutter->at + n < cutter->rows.n && cutter->rows.p[cutter->at + n] == '\'') {
        return refuse_word(cutter, "“%.*s”后紧跟引号；文字应写作 '…'",
                           "'%.*s' stands right before a quote; expected text as '…'", word);
    }
    bool recursive = WORD_IS(word, "recursive");
    if (*wants && !recursive && !may_be_table(cutter, word)) {
        return false;
    }
    *wants = WORD_IS(word, "from") || WORD_IS(word, "join");
    *tables = (*tables || *wants) && !word_in(word, after_tables, sizeof after_tables / sizeof *after_tables);
    put(cutter, word);
    cutter->at += n;
    if (!recursive) {
        cutter->candidate = cutter->wants_name && cutter->depth == 0 ? word : cutter->candidate;
        cutter->wants_name = WORD_IS(word, "with");
        cutter->before = word;
    }
    return true;
}

static bool cut_parenthesis(struct cutter *cutter, char c)
{
    if (c == '(') {
        if (cutter->depth + 1 == DEPTH_MOST) {
            return refuse(cutter, cutter->at,
                          T("括号太深；应不超过 31 层", "too many parentheses; expected at most 31"));
        }
        /* `name as (`: the text's own table */
        if (WORD_IS(cutter->before, "as") && cutter->candidate.n && cutter->depth == 0 && cutter->nwith < WITH_MOST) {
            cutter->with[cutter->nwith++] = cutter->candidate;
            cutter->candidate = (struct str){ NULL, 0 };
        }
        cutter->wants_table[cutter->depth] = false;
        cutter->depth++;
        cutter->wants_table[cutter->depth] = cutter->in_tables[cutter->depth] = false;
    } else if (cutter->depth == 0) {
        return refuse(cutter, cutter->at, T("多出“)”；括号应成对", "')' without '('; expected pairs"));
    } else {
        cutter->depth--;
    }
    cutter->before = (struct str){ NULL, 0 };
    buf_add_char(cutter->out, c);
    cutter->at++;
    return true;
}

static bool skip_comment(struct cutter *cutter)
{
    struct str rest = str_part(cutter->rows, cutter->at, cutter->rows.n);
    if (!str_starts(rest, STR("--"))) {
        return false;
    }
    cutter->at += str_find(rest, '\n');
    return true;
}

static bool cut_one(struct cutter *cutter)
{
    char c = cutter->rows.p[cutter->at];
    cutter->word_at = cutter->at;
    if (skip_comment(cutter)) {
        return true;
    }
    switch (c) {
    case '{':
        cutter->wants_table[cutter->depth] = false;
        cutter->before = (struct str){ NULL, 0 };
        return cut_braces(cutter);
    case '\'':
        cutter->before = (struct str){ NULL, 0 };
        return cut_string(cutter);
    case ':':
        return cut_placeholder(cutter);
    case '(':
    case ')':
        return cut_parenthesis(cutter, c);
    case ',':
        cutter->wants_table[cutter->depth] = cutter->in_tables[cutter->depth];
        cutter->wants_name = cutter->depth == 0;
        break;
    case ';':
    case '"':
    case '$':
    case '?':
    case '`':
    case '[':
    case '\\':
    case '}':
        return refuse_word(cutter, "此处不能有“%.*s”；应为一条 select，表写作 {视图}，值写作 :day",
                           "'%.*s' may not stand here; expected one select, tables as {view}, values as :day",
                           str_part(cutter->rows, cutter->at, 1));
    default:
        if (is_word_byte(c)) {
            return cut_word(cutter);
        }
    }
    if (str_starts(str_part(cutter->rows, cutter->at, 2), STR("/*"))) {
        return refuse(
            cutter, cutter->at,
            T("此处不能有“/*”；注释应以“--”开头", "'/*' may not stand here; expected comments that begin with '--'"));
    }
    buf_add_char(cutter->out, c);
    cutter->at++;
    return true;
}

bool indicator_sql(struct arena *arena, struct str rows, const char **sql, enum indicator_value *places,
                   size_t *nplaces, struct text *says, size_t *at)
{
    struct buf out = buf_init(1024 * 1024);
    struct cutter cutter = { .arena = arena, .rows = rows, .says = says, .out = &out, .places = places };
    bool good = true;
    while (good && cutter.at < rows.n) {
        good = cut_one(&cutter);
    }
    if (good && cutter.depth) {
        good = refuse(&cutter, rows.n ? rows.n - 1 : 0, T("缺少“)”；括号应成对", "a ')' is missing; expected pairs"));
    }
    if (good && !cutter.begun) {
        good = refuse(&cutter, 0, T("没有 SQL；应为一条 select", "there is no SQL; expected one select"));
    }
    if (good) {
        *sql = arena_str(arena, buf_str(&out)).p;
        *nplaces = cutter.nplaces;
    }
    *at = cutter.at;
    buf_free(&out);
    return good;
}
