/* The register out: see exchange.h. */
#include "registry/exchange_inside.h"

#include "base/clock.h"
#include "base/limits.h"
#include "registry/exchange_sheet.h"

enum { READ_AT_ONCE = 2000 };

static const struct str flags[2][2] = { { { "是", 3 }, { "否", 3 } }, { { "yes", 3 }, { "no", 2 } } };

struct exporting {
    const struct exchange_ask *ask;
    struct exchange_check *check; /* for its institutions and columns */
    struct sheet *sheet;
    struct arena *arena; /* of a page of rows */
};

struct str exchange_file_name(struct arena *arena, const struct exchange_ask *ask)
{
    int year, month, day;
    day_parts(ask->day, &year, &month, &day);
    if (ask->template) {
        return arena_printf(arena, "%s-template.%s", ask->kind->name, exchange_format_word(ask->format));
    }
    return arena_printf(arena, "%s%s%.*s-%04d%02d%02d.%s", ask->kind->name, ask->scope.n ? "-" : "",
                        STR_ARG(ask->scope), year, month, day, exchange_format_word(ask->format));
}

static size_t columns_of_sheet(struct arena *arena, const struct exporting *exporting, struct sheet_column *out)
{
    const struct exchange_check *check = exporting->check;
    enum lang lang = exporting->ask->lang;
    for (size_t c = 0; c < check->ncolumns; c++) {
        const struct column *column = check->columns[c].column;
        out[c] = (struct sheet_column){ .heading = exchange_heading(arena, column, lang), .hint = column->hint };
        if (column->type == COLUMN_FLAG) {
            out[c].choices = flags[lang];
            out[c].nchoices = 2;
        } else if (column->type == COLUMN_WORD) {
            struct str *choices = ARENA_ARRAY(arena, struct str, column->nwords);
            for (size_t i = 0; i < column->nwords; i++) {
                choices[i] = str_of(text_in(column->words[i].label, lang));
            }
            out[c].choices = choices;
            out[c].nchoices = column->nwords;
        }
    }
    return check->ncolumns;
}

static struct sheet_cell typed(struct arena *arena, const struct column *column, struct value value, enum lang lang)
{
    struct sheet_cell cell = { SHEET_TEXT, exchange_cell(arena, column, value, lang), 0 };
    bool empty = cell.text.n == 0;
    if (column->type == COLUMN_DAY && !empty) {
        cell.kind = SHEET_DAY;
        cell.day = value.integer;
    } else if (column->type == COLUMN_NUMBER || column->type == COLUMN_MONEY || column->type == COLUMN_DEGREE) {
        cell.kind = SHEET_NUMBER;
    }
    return cell;
}

static bool write_fact(struct exporting *exporting, struct db *db, const struct fact *fact, struct error *error)
{
    struct exchange_check *check = exporting->check;
    struct sheet_cell cells[EXCHANGE_COLUMNS_MOST];
    struct exchange_person person = { 0 };
    const struct exchange_institution *institution;
    if (exporting->ask->kind->names_persons &&
        !exchange_person_of(check, db, exporting->arena, fact->subject, &person, error)) {
        return false;
    }
    for (size_t c = 0; c < check->ncolumns; c++) {
        const struct exchange_column *at = &check->columns[c];
        struct value value = V_TEXT(STR(""));
        switch (at->role) {
        case EXCHANGE_CODE:
            value = V_TEXT(fact->code);
            break;
        case EXCHANGE_CITIZEN:
            value = V_TEXT(person.citizen);
            break;
        case EXCHANGE_NAME:
            value = V_TEXT(person.name);
            break;
        case EXCHANGE_SEX:
            value = V_TEXT(person.sex);
            break;
        case EXCHANGE_BIRTH:
            value = V_INT(person.birth);
            break;
        case EXCHANGE_INSTITUTION:
            institution = exchange_institution_by_id(check, fact->institution);
            value = V_TEXT(institution ? institution->code : STR(""));
            break;
        case EXCHANGE_DIVISION:
            value = V_TEXT(fact->division);
            break;
        case EXCHANGE_FIELD:
            value = fact->values[at->index];
            break;
        case EXCHANGE_FROM:
            value = V_INT(fact->valid_from);
            break;
        case EXCHANGE_UNTIL:
            value = V_INT(fact->valid_until);
            break;
        }
        cells[c] = typed(exporting->arena, at->column, value, exporting->ask->lang);
    }
    sheet_row(exporting->sheet, cells, check->ncolumns);
    return true;
}

static bool write_facts(struct exporting *exporting, struct db *db, int64_t *written, struct error *error)
{
    const struct exchange_ask *ask = exporting->ask;
    struct facts_ask page = {
        .as_of = { ask->day, MOMENT_OPEN }, .scope = ask->scope, .institution = ask->institution, .most = READ_AT_ONCE
    };
    size_t n = READ_AT_ONCE;
    while (n == READ_AT_ONCE) {
        struct fact *facts;
        arena_reset(exporting->arena);
        if (!facts_list(db, exporting->arena, ask->kind, &page, &facts, &n, error)) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            if (!write_fact(exporting, db, &facts[i], error)) {
                return false;
            }
            page.after = facts[i].subject;
        }
        *written += (int64_t)n;
        if (ask->format != EXCHANGE_CSV && *written > LIMIT_SHEET_ROWS) {
            return error_set(error, "there are more than %d rows: take them as CSV, or of one county or institution",
                             LIMIT_SHEET_ROWS);
        }
    }
    return true;
}

static void instruct(struct exporting *exporting)
{
    static const struct text lines[] = {
        T("一行是一个对象，以第一列的代码辨认；代码已有的是修改，没有的是新增。",
          "A row is one thing, known by the code in the first column: a code that is there already is changed, another "
          "is added."),
        T("不在表里的对象和列都保持原样，不会被删除。", "What is not in the sheet stays as it is; nothing is deleted."),
        T("带 * 的列必须填写。下拉列表里的文字和代号都认得。",
          "Columns with * must be filled in. Words of the lists may be written as their label or their code."),
        T("日期写成 2026-03-01；身份证号和代码按文本填写；金额以元计。",
          "Write dates as 2026-03-01, citizen numbers and codes as text, sums in yuan."),
        T("以 = + - @ 开头的文字前面有一个撇号，防止被当作公式；导入时会去掉。",
          "A text that begins with = + - or @ has an apostrophe before it, so that it is no formula; it is taken away "
          "at the import."),
    };
    enum lang lang = exporting->ask->lang;
    sheet_page(exporting->sheet, T("说明", "Instructions"));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct sheet_cell cell = { SHEET_TEXT, str_of(text_in(lines[i], lang)), 0 };
        sheet_row(exporting->sheet, &cell, 1);
    }
    for (size_t c = 0; c < exporting->check->ncolumns; c++) {
        const struct column *column = exporting->check->columns[c].column;
        struct sheet_cell cells[2] = { { SHEET_TEXT, str_of(text_in(column->label, lang)), 0 },
                                       { SHEET_TEXT, str_of(text_in(column->hint, lang)), 0 } };
        if (!text_is_empty(column->hint)) {
            sheet_row(exporting->sheet, cells, 2);
        }
    }
}

bool exchange_export(struct db *db, struct vault *vault, const struct exchange_ask *ask, FILE *out, int64_t *n,
                     struct error *error)
{
    enum { TEMPLATE_ROWS = 5000 };
    struct exchange_setting setting = { .kind = ask->kind, .day = ask->day };
    struct exporting exporting = { .ask = ask };
    struct sheet_column columns[EXCHANGE_COLUMNS_MOST];
    *n = 0;
    if (!exchange_check_new(&exporting.check, db, vault, &setting, error)) {
        return false;
    }
    struct arena *arena = arena_new(0);
    size_t ncolumns = columns_of_sheet(arena, &exporting, columns);
    exporting.arena = arena_new(64 * 1024);
    bool good = sheet_open(&exporting.sheet, ask->format, ask->kind->many, ask->lang, columns, ncolumns, TEMPLATE_ROWS,
                           out, error);
    if (good) {
        good = ask->template || write_facts(&exporting, db, n, error);
        instruct(&exporting);
        good = sheet_close(exporting.sheet, good, error);
    }
    arena_free(exporting.arena);
    arena_free(arena);
    exchange_check_free(exporting.check);
    return good;
}
