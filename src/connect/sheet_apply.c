/* Answers in. See sheet.h. The way of a file: its lines → the page and line of the headings → each row by itself: is it
 * one of ours, was it answered, what does it say → the good ones to the writer, each its own command → counts and
 * mistakes. */
#include "connect/sheet_internal.h"

#include "base/limits.h"
#include "store/journal.h"

#include <pthread.h>
#include <stdlib.h>

enum { HEADINGS_WITHIN = 30, AT_THE_WRITER = 256, NOWHERE = 0xffff };

struct row {
    struct taking *taking;
    const struct sheet_line *line;
    struct str number;
    int64_t id;
    struct str answer; /* JSON; empty: nothing to keep */
    bool kept;
    bool ok;
    struct error error;
};

struct taking {
    const struct sheet_import *import;
    const struct kind *kind;
    struct arena *arena;   /* of the result */
    struct arena *scratch; /* of the row at hand */
    struct sheet_result *result;
    struct column columns[SHEET_COLUMNS_MOST];
    size_t n;
    size_t places[SHEET_COLUMNS_MOST]; /* where each column stands in the file; NOWHERE */
    size_t mistakes_size;
    bool row_is_bad; /* of the row at hand */
    pthread_mutex_t lock;
    pthread_cond_t freed;
    size_t at_the_writer;
};

/* ---- Mistakes ---- */

static void mistake(struct taking *taking, uint32_t row, size_t column, struct name says)
{
    struct sheet_result *result = taking->result;
    size_t place = column < taking->n ? taking->places[column] : NOWHERE;
    taking->row_is_bad = true;
    if (result->nmistakes == LIMIT_SHEET_MISTAKES) {
        result->more_mistakes = true;
        return;
    }
    if (!result->mistakes) {
        result->mistakes = ARENA_ARRAY(taking->arena, struct sheet_mistake, LIMIT_SHEET_MISTAKES);
    }
    struct sheet_mistake *m = &result->mistakes[result->nmistakes++];
    *m = (struct sheet_mistake){ .row = row,
                                 .says = { arena_str(taking->arena, says.zh), arena_str(taking->arena, says.en) } };
    if (place != NOWHERE) {
        m->column = (uint32_t)place + 1;
        m->heading = (struct name){ str_of(taking->columns[column].field.name.zh),
                                    str_of(taking->columns[column].field.name.en) };
    }
}

static struct name fixed(struct text text)
{
    return (struct name){ str_of(text.zh), str_of(text.en) };
}

static int by_row_and_column(const void *a, const void *b)
{
    const struct sheet_mistake *x = a, *y = b;
    return x->row != y->row ? (x->row < y->row ? -1 : 1) : (x->column > y->column) - (x->column < y->column);
}

/* ---- Headings ---- */

static bool is_heading(struct taking *taking, struct str cell, const struct column *column)
{
    return cell_same(taking->scratch, cell, str_of(column->field.name.zh)) ||
           cell_same(taking->scratch, cell, str_of(column->field.name.en)) ||
           cell_same(taking->scratch, cell, column_heading(taking->scratch, column));
}

static bool find_headings(struct taking *taking, const struct sheet_line *line)
{
    for (size_t c = 0; c < taking->n; c++) {
        taking->places[c] = NOWHERE;
        for (size_t i = 0; i < line->n && taking->places[c] == NOWHERE; i++) {
            taking->places[c] = is_heading(taking, line->cells[i], &taking->columns[c]) ? i : NOWHERE;
        }
    }
    return taking->places[0] != NOWHERE;
}

/* The page and line with the request numbers; false, with a mistake of the whole file, when there is none. */
static bool find_table(struct taking *taking, const struct sheet_book *book, const struct sheet_page **page,
                       size_t *line)
{
    for (size_t p = 0; p < book->n; p++) {
        *page = &book->pages[p];
        for (*line = 0; *line < (*page)->n && *line < HEADINGS_WITHIN; (*line)++) {
            if (find_headings(taking, &(*page)->lines[*line])) {
                return true;
            }
        }
    }
    mistake(taking, 0, NOWHERE,
            fixed(T("没有找到“请求编号”这一列，请使用导出的表格",
                    "No column 'Request number' was found; use the sheet that was "
                    "exported")));
    return false;
}

static bool columns_are_there(struct taking *taking, uint32_t row)
{
    bool all = true;
    for (size_t c = 0; c < taking->n; c++) {
        const struct column *column = &taking->columns[c];
        bool needed = column->role == COLUMN_VERDICT || (column->role == COLUMN_DETAIL && column->field.required);
        if (needed && taking->places[c] == NOWHERE) {
            mistake(
                taking, row, NOWHERE,
                (struct name){ arena_printf(taking->scratch, "缺少“%s”这一列", column->field.name.zh),
                               arena_printf(taking->scratch, "The column '%s' is missing", column->field.name.en) });
            all = false;
        }
    }
    return all;
}

/* ---- One row ---- */

static struct str cell_at(const struct taking *taking, const struct sheet_line *line, size_t column)
{
    size_t place = taking->places[column];
    return place < line->n ? line->cells[place] : (struct str){ NULL, 0 };
}

static struct str filled(struct taking *taking, const struct sheet_line *line, size_t column)
{
    return cell_text(taking->scratch, cell_at(taking, line, column));
}

/* Does the row still ask what was asked? */
static void compare_question(struct taking *taking, const struct row *row, const json_t *question)
{
    for (size_t c = 0; c < taking->n; c++) {
        if (taking->columns[c].role != COLUMN_QUESTION) {
            continue;
        }
        struct str cell = filled(taking, row->line, c);
        struct str asked = str_of(json_string_value(json_object_get(question, taking->columns[c].field.id)));
        if (cell.n && !cell_same(taking->scratch, cell, asked)) {
            mistake(taking, row->line->number, c,
                    fixed(T("与当初的查询不符；是否错行或被改动",
                            "This is not what was asked; was the row moved or changed?")));
        }
    }
}

/* The details of a confirmation; NULL when one is wrong or missing. */
static json_t *read_details(struct taking *taking, const struct row *row)
{
    json_t *details = json_object();
    bool good = true;
    for (size_t c = 0; c < taking->n; c++) {
        const struct column *column = &taking->columns[c];
        if (column->role != COLUMN_DETAIL) {
            continue;
        }
        struct name says;
        struct str cell = cell_at(taking, row->line, c);
        if (!cell_text(taking->scratch, cell).n) {
            if (column->field.required) {
                mistake(taking, row->line->number, c,
                        fixed(T("结论为属实时必须填写", "Must be filled in when the verdict is 'confirmed'")));
                good = false;
            }
            continue;
        }
        json_t *value = cell_value(taking->scratch, &column->field, cell, &says);
        if (!value) {
            mistake(taking, row->line->number, c, says);
            good = false;
            continue;
        }
        (void)json_object_set_new(details, column->field.id, value);
    }
    if (!good) {
        json_decref(details);
        return NULL;
    }
    return details;
}

static size_t column_of(const struct taking *taking, enum column_role role)
{
    size_t c = 0;
    while (c < taking->n && taking->columns[c].role != role) {
        c++;
    }
    return c;
}

static struct str printed(struct arena *arena, json_t *answer)
{
    char *text = json_dumps(answer, JSON_COMPACT | JSON_SORT_KEYS);
    struct str s = arena_str(arena, str_of(text));
    free(text);
    return s;
}

/* The row's answer as JSON; empty when the row is bad. */
static struct str read_answer(struct taking *taking, const struct row *row, const json_t *question)
{
    struct str none = { NULL, 0 };
    struct name says;
    size_t v = column_of(taking, COLUMN_VERDICT), r = column_of(taking, COLUMN_REMARK);
    if (!filled(taking, row->line, v).n) {
        mistake(taking, row->line->number, v, fixed(T("没有选择核验结论", "No verdict was chosen")));
        return none;
    }
    json_t *verdict = cell_value(taking->scratch, &taking->columns[v].field, cell_at(taking, row->line, v), &says);
    if (!verdict) {
        mistake(taking, row->line->number, v, says);
        return none;
    }
    struct str remark = filled(taking, row->line, r);
    json_t *remark_value =
        remark.n ? cell_value(taking->scratch, &taking->columns[r].field, remark, &says) : json_null();
    if (!remark_value) {
        mistake(taking, row->line->number, r, says);
        json_decref(verdict);
        return none;
    }
    bool confirmed = strcmp(json_string_value(verdict), "confirmed") == 0;
    json_t *details = confirmed ? read_details(taking, row) : NULL;
    json_t *answer = !confirmed ? json_loads(taking->kind->nothing, 0, NULL)
                     : details  ? taking->kind->confirm(question, details)
                                : NULL;
    struct str text = none;
    if (answer) {
        (void)json_object_set(answer, "verdict", verdict);
        (void)json_object_set(answer, "remark", remark_value);
        text = printed(taking->arena, answer);
    }
    json_decref(answer);
    json_decref(details);
    json_decref(verdict);
    json_decref(remark_value);
    return text;
}

static bool is_unfilled(struct taking *taking, const struct sheet_line *line)
{
    for (size_t c = 0; c < taking->n; c++) {
        bool theirs = taking->columns[c].role >= COLUMN_VERDICT;
        if (theirs && filled(taking, line, c).n) {
            return false;
        }
    }
    return true;
}

/* Is the question one of this sheet's scope? Says so when not. */
static bool belongs(struct taking *taking, const struct row *row, const struct ask *ask, bool found)
{
    const struct sheet_scope *scope = &taking->import->scope;
    uint32_t number = row->line->number;
    if (!found) {
        mistake(taking, number, 0, fixed(T("没有这个请求编号", "There is no such request number")));
    } else if (!str_eq(ask->authority, scope->authority)) {
        mistake(taking, number, 0, fixed(T("这个请求属于另一个部门", "This request belongs to another department")));
    } else if (!str_eq(ask->kind, scope->kind)) {
        mistake(taking, number, 0, fixed(T("这个请求属于另一种核验", "This request is of another kind")));
    } else if (!str_starts(ask->division, scope->division)) {
        mistake(taking, number, 0, fixed(T("这个请求不在您的辖区", "This request is outside your area")));
    } else if (ask->state == ASK_CANCELLED) {
        mistake(taking, number, 0,
                fixed(T("申请已撤回，不再需要核验", "The application was withdrawn; this is no longer asked")));
    } else {
        return true;
    }
    return false;
}

/* Looks at one row; fills its answer when it is good. False only when the database failed. */
static bool look_at(struct taking *taking, struct db *db, struct row *row, struct error *error)
{
    struct ask ask;
    bool found;
    if (!ask_by_number(db, taking->import->vault, taking->scratch, row->number, &ask, &found, error)) {
        return false;
    }
    if (!belongs(taking, row, &ask, found)) {
        return true;
    }
    if (ask.state == ASK_ANSWERED) {
        taking->result->already++;
        return true;
    }
    if (is_unfilled(taking, row->line)) {
        taking->result->unfilled++;
        return true;
    }
    json_t *question = json_loadb(ask.question.p, ask.question.n, 0, NULL);
    if (!question) {
        return error_set(error, "The question %.*s cannot be read.", STR_ARG(ask.number));
    }
    compare_question(taking, row, question);
    struct str answer = read_answer(taking, row, question);
    json_decref(question);
    if (!taking->row_is_bad) {
        row->id = ask.id;
        row->answer = answer;
    }
    return true;
}

/* ---- Keeping ---- */

static bool keep_row(struct writing *writing, void *input, struct error *error)
{
    struct row *row = input;
    const struct sheet_import *import = row->taking->import;
    if (!ask_settle(writing, &import->hook, row->id, row->answer, "sheet", (struct str){ NULL, 0 }, &row->kept,
                    error)) {
        return false;
    }
    struct journal_entry entry = { .actor = import->account,
                                   .role = import->role ? import->role : "",
                                   .action = "ask.sheet",
                                   .subject_kind = "ask",
                                   .subject_id = row->id,
                                   .division = import->scope.division,
                                   .detail = row->number };
    return !row->kept || journal_append(writing, &entry, error);
}

static void row_done(void *input, bool ok, const struct error *error)
{
    struct row *row = input;
    struct taking *taking = row->taking;
    row->ok = ok;
    if (!ok && error) {
        row->error = *error;
    }
    (void)pthread_mutex_lock(&taking->lock);
    taking->at_the_writer--;
    (void)pthread_cond_signal(&taking->freed);
    (void)pthread_mutex_unlock(&taking->lock);
}

static void wait_for_room(struct taking *taking, size_t most)
{
    (void)pthread_mutex_lock(&taking->lock);
    while (taking->at_the_writer > most) {
        (void)pthread_cond_wait(&taking->freed, &taking->lock);
    }
    (void)pthread_mutex_unlock(&taking->lock);
}

/* Hands the good rows to the writer and waits until the fate of each is known. */
static void keep_all(struct taking *taking, struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].answer.n) {
            continue;
        }
        struct command command = { .name = "ask.sheet", .run = keep_row, .done = row_done, .input = &rows[i] };
        wait_for_room(taking, AT_THE_WRITER - 1);
        (void)pthread_mutex_lock(&taking->lock);
        taking->at_the_writer++;
        (void)pthread_mutex_unlock(&taking->lock);
        struct error error = { "" };
        if (!writer_submit(taking->import->writer, &command, &error)) {
            row_done(&rows[i], false, &error);
        }
    }
    wait_for_room(taking, 0);
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].answer.n) {
            continue;
        }
        taking->result->applied += rows[i].ok && rows[i].kept;
        taking->result->already += rows[i].ok && !rows[i].kept;
        if (!rows[i].ok) {
            taking->result->bad++;
            mistake(
                taking, rows[i].line->number, NOWHERE,
                fixed(T("这一行没有保存成功，请再导入一次", "This row could not be saved; hand the file in again")));
        }
    }
}

/* ---- The whole ---- */

static int by_number(const void *a, const void *b)
{
    const struct row *const *x = a, *const *y = b;
    int order = str_cmp((*x)->number, (*y)->number);
    return order ? order : ((*x)->line->number > (*y)->line->number) - ((*x)->line->number < (*y)->line->number);
}

/* Marks rows that carry the same number: which of them is right is not guessed. */
static void find_doubles(struct taking *taking, struct row *rows, size_t n, bool *doubled)
{
    struct row **order = ARENA_ARRAY(taking->arena, struct row *, n);
    for (size_t i = 0; i < n; i++) {
        order[i] = &rows[i];
    }
    qsort(order, n, sizeof *order, by_number);
    for (size_t i = 1; i < n; i++) {
        if (!order[i]->number.n || !str_eq(order[i]->number, order[i - 1]->number)) {
            continue;
        }
        for (size_t j = i - 1; j <= i; j++) {
            struct row *row = order[j];
            const struct row *other = order[j == i ? i - 1 : i];
            if (doubled[row - rows]) {
                continue;
            }
            doubled[row - rows] = true;
            mistake(taking, row->line->number, 0,
                    (struct name){
                        arena_printf(taking->scratch, "与第 %u 行的请求编号相同，请只保留一行", other->line->number),
                        arena_printf(taking->scratch, "The same request number as in row %u; leave only one",
                                     other->line->number) });
        }
    }
}

static bool take_rows(struct taking *taking, struct db *db, struct row *rows, size_t n, struct error *error)
{
    bool *doubled = ARENA_ARRAY(taking->arena, bool, n);
    find_doubles(taking, rows, n, doubled);
    for (size_t i = 0; i < n; i++) {
        taking->row_is_bad = doubled[i];
        arena_reset(taking->scratch);
        if (!doubled[i] && !rows[i].number.n) {
            mistake(taking, rows[i].line->number, 0, fixed(T("没有请求编号", "There is no request number")));
        } else if (!doubled[i] && !look_at(taking, db, &rows[i], error)) {
            return false;
        }
        taking->result->bad += taking->row_is_bad;
    }
    return true;
}

static bool take_table(struct taking *taking, const struct sheet_page *page, size_t heading, struct error *error)
{
    size_t n = page->n - heading - 1;
    struct row *rows = ARENA_ARRAY(taking->arena, struct row, n);
    struct db *db = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct sheet_line *line = &page->lines[heading + 1 + i];
        rows[i] = (struct row){ .taking = taking, .line = line };
        rows[i].number = cell_plain(taking->arena, cell_at(taking, line, 0));
    }
    taking->result->rows = (int64_t)n;
    if (!db_open(&db, taking->import->store, DB_READ, error)) {
        return false;
    }
    bool ok = db_read_begin(db, error) && take_rows(taking, db, rows, n, error);
    db_read_end(db);
    db_close(db);
    if (ok) {
        keep_all(taking, rows, n);
    }
    return ok;
}

/* The lines of the file, as jiaoti-import said them. */
static bool take_book(struct taking *taking, const struct sheet_book *book, struct error *error)
{
    const struct sheet_page *page;
    size_t heading;
    taking->n = sheet_columns(taking->kind, taking->columns);
    if (!find_table(taking, book, &page, &heading) || !columns_are_there(taking, page->lines[heading].number)) {
        return true;
    }
    (void)pthread_mutex_init(&taking->lock, NULL);
    (void)pthread_cond_init(&taking->freed, NULL);
    bool ok = take_table(taking, page, heading, error);
    (void)pthread_mutex_destroy(&taking->lock);
    (void)pthread_cond_destroy(&taking->freed);
    return ok;
}

bool sheet_take(const struct sheet_import *import, int file, struct arena *arena, struct sheet_result *result,
                struct error *error)
{
    struct taking taking = {
        .import = import, .kind = kind_find(import->scope.kind), .arena = arena, .result = result
    };
    struct sheet_book book;
    const struct text *problem;
    *result = (struct sheet_result){ 0 };
    if (!taking.kind || !taking.kind->details) {
        return error_set(error, "Questions of the kind '%.*s' do not go by spreadsheet.", STR_ARG(import->scope.kind));
    }
    if (!sheet_read(import->program, file, arena, &book, &problem, error)) {
        return false;
    }
    if (problem) {
        mistake(&taking, 0, NOWHERE, fixed(*problem));
        return true;
    }
    taking.scratch = arena_new(0);
    bool ok = take_book(&taking, &book, error);
    arena_free(taking.scratch);
    if (result->nmistakes) {
        qsort(result->mistakes, result->nmistakes, sizeof *result->mistakes, by_row_and_column);
    }
    return ok;
}
