/* The register in: see exchange_pages.h. A file is read by exchange_read.c in the background; the page of its state
 * asks the browser to come again while it is. The difference is found anew for each page, on a worker's thread. */
#include "registry/pages/exchange_pages.h"

#include "base/clock.h"
#include "base/limits.h"

#include "exchange_import.page.h"
#include "exchange_state.page.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A sheet that is read within this time needs no page that waits. */
enum { READ_AT_ONCE_MS = 1500 };

/* ---- Forms ---- */

static const struct option shares[] = {
    { "none", T("有一处错误就整份不收（名录）", "Refuse the file when any row has a mistake (a register)"),
      T("改好后再交一次。", "Correct it and hand it in again.") },
    { "1", T("错误行不超过 1% 就收下其余各行", "Take the good rows when at most 1 % have mistakes"), T("", "") },
    { "5", T("错误行不超过 5% 就收下其余各行", "Take the good rows when at most 5 % have mistakes"), T("", "") },
    { "20", T("错误行不超过 20% 就收下其余各行", "Take the good rows when at most 20 % have mistakes"), T("", "") },
};
static const struct field import_fields[] = {
    { .name = "file",
      .kind = FIELD_FILE,
      .required = true,
      .max = LIMIT_SHEET_BYTES,
      .label = T("填好的表格", "The filled sheet"),
      .hint =
          T("XLSX、ODS 或 CSV，最大 32 MB、50000 行。上传后先显示差异，您确认后才会改动。",
            "XLSX, ODS or CSV, at most 32 MB and 50,000 rows. You see the difference before anything is changed.") },
    { .name = "day",
      .kind = FIELD_DATE,
      .label = T("改动自何日起有效", "From which day do the changes hold?"),
      .hint = T("不填就是今天。", "Empty: from today.") },
    { .name = "share",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("有错误的行怎么办", "What if rows have mistakes?"),
      FIELD_OPTIONS(shares) },
};
const struct form exchange_import_form = FORM(import_fields);
static const struct field apply_fields[] = {
    { .name = "note",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 200,
      .label = T("为什么改", "Why is it changed?"),
      .hint = T("例如：2026 年秋季学籍核对", "Such as: check of the register in autumn 2026") },
};
const struct form exchange_apply_form = FORM(apply_fields);
static const struct field undo_fields[] = {
    { .name = "reason",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 200,
      .label = T("为什么撤回", "Why is it undone?") },
};
const struct form exchange_undo_form = FORM(undo_fields);

struct text exchange_import_state(enum import_state state)
{
    static const struct text texts[IMPORT_STATES] = {
        [IMPORT_READING] = T("正在读取", "being read"), [IMPORT_READ] = T("等待确认", "waits for you"),
        [IMPORT_STOPPED] = T("已停止", "stopped"),      [IMPORT_FAILED] = T("无法读取", "cannot be read"),
        [IMPORT_APPLIED] = T("已采用", "applied"),      [IMPORT_PROPOSED] = T("已提交审核", "proposed"),
        [IMPORT_UNDONE] = T("已撤回", "undone"),
    };
    return texts[state];
}

enum colour exchange_import_colour(enum import_state state)
{
    return state == IMPORT_READING || state == IMPORT_READ ? COLOUR_YELLOW
           : state == IMPORT_APPLIED                       ? COLOUR_GREEN
           : state == IMPORT_PROPOSED                      ? COLOUR_BLUE
           : state == IMPORT_FAILED                        ? COLOUR_RED
                                                           : COLOUR_GREY;
}

/* ---- Handing in ---- */

void exchange_show_import(struct request *request)
{
    struct exchange_desk *desk = exchange_desk(request);
    struct db *db = desk ? request_db(request) : NULL;
    struct exchange_import_view view = { .desk = desk };
    struct error error = { "" };
    if (!db) {
        return;
    }
    if (!exchange_import_list(db, request_arena(request), desk->who.account, desk->kind, EXCHANGE_IMPORTS_SHOWN,
                              &view.imports, &view.n, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!request_is_post(request)) {
        form_use(request, &exchange_import_form);
        form_set(request, "share", STR("none"));
    }
    reply_page(request, 200, exchange_import_page, &view);
}

struct handing {
    struct exchange_desk *desk;
    struct str bytes, key;
    struct exchange_import import;
    bool is_new;
};

static bool hand_in_run(struct writing *writing, void *input, struct error *error)
{
    struct handing *handing = input;
    struct str answer;
    if (!once_claim(writing, handing->key, handing->desk->who.account, &answer, &handing->is_new, error)) {
        return false;
    }
    if (!handing->is_new) {
        return str_to_int(answer, 1, INT64_MAX, &handing->import.id) || error_set(error, "the file was handed in");
    }
    return exchange_import_add(writing, &handing->import, handing->desk->who.role, &handing->import.id, error) &&
           once_answer(writing, handing->key, arena_printf(writing->arena, "%lld", (long long)handing->import.id),
                       error);
}

/* The file as a descriptor, which is all that jiaoti-import gets. It lies in memory and has no name. */
static bool file_of(struct str bytes, int *file, struct error *error)
{
    *file = memfd_create("sheet", MFD_CLOEXEC);
    if (*file < 0) {
        return error_set(error, "no memory for the sheet: %s", strerror(errno));
    }
    for (size_t done = 0; done < bytes.n;) {
        ssize_t n = write(*file, bytes.p + done, bytes.n - done);
        if (n < 0 && errno != EINTR) {
            int problem = errno;
            (void)close(*file);
            return error_set(error, "no memory for the sheet: %s", strerror(problem));
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return lseek(*file, 0, SEEK_SET) == 0 || error_set(error, "the sheet cannot be read: %s", strerror(errno));
}

static bool hand_in_work(struct arena *arena, void *context, struct error *error)
{
    struct handing *handing = context;
    const struct exchange_desk *desk = handing->desk;
    int file;
    (void)arena;
    if (!file_of(handing->bytes, &file, error)) {
        return false;
    }
    if (!writer_call(desk->app->writer, "register.hand_in", hand_in_run, handing, error) || !handing->is_new) {
        (void)close(file);
        return handing->import.id != 0;
    }
    if (!exchange_reader_take(desk->app->imports, handing->import.id, desk->kind, &desk->who, handing->import.day,
                              exchange_is_map(desk->kind, handing->import.file_name), file, error)) {
        return false;
    }
    exchange_reader_wait(desk->app->imports, handing->import.id, READ_AT_ONCE_MS);
    return true;
}

static void handed_in(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct handing *handing = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_redirect_to(request, "/register/%s/import/%lld", handing->desk->kind->name, (long long)handing->import.id);
}

static enum exchange_format format_of_name(struct str name)
{
    enum exchange_format format = EXCHANGE_XLSX;
    for (size_t dot = name.n; dot > 0; dot--) {
        if (name.p[dot - 1] == '.') {
            (void)exchange_format_of(str_part(name, dot, name.n), &format);
            break;
        }
    }
    return format;
}

void exchange_post_import(struct request *request)
{
    if (!form_ok(request)) {
        exchange_show_import(request);
        return;
    }
    struct exchange_desk *desk = exchange_desk(request);
    if (!desk) {
        return;
    }
    const struct upload *upload = form_file(request, "file");
    struct handing *handing = ARENA_NEW(request_arena(request), struct handing);
    *handing = (struct handing){
        .desk = desk,
        .bytes = upload->bytes,
        .key = request_form_key(request),
        .import = { .kind = desk->kind,
                    .account = desk->who.account,
                    .division = desk->who.scope,
                    .institution = desk->who.institution,
                    .file_name = upload->name.n ? upload->name : STR("?"),
                    .format = format_of_name(upload->name),
                    .day = day_of_ms(clock_ms()),
                    .bad_share = -1 },
    };
    (void)form_day(request, "day", &handing->import.day);
    (void)str_to_int(form_value(request, "share"), 0, 100, &handing->import.bad_share);
    request_work(request, hand_in_work, handing, handed_in);
}

/* ---- The state of an import ---- */

/* Collects the rows of the page that is shown. */
struct collecting {
    struct arena *arena;
    struct exchange_state_view *view;
    int64_t skip;
};

static struct str value_of(struct arena *arena, const struct exchange_check *check, const struct exchange_row *row,
                           size_t c, const struct fact *fact, bool before, enum lang lang)
{
    size_t n;
    const struct exchange_column *at = &exchange_check_columns(check, &n)[c];
    size_t place = exchange_check_place(check, c);
    switch (at->role) {
    case EXCHANGE_FIELD:
        return arena_str(arena, exchange_cell(arena, at->column, fact->values[at->index], lang));
    case EXCHANGE_DIVISION:
        return arena_str(arena, fact->division);
    case EXCHANGE_FROM:
        return exchange_cell(arena, at->column, V_INT(fact->valid_from), lang);
    case EXCHANGE_UNTIL:
        return exchange_cell(arena, at->column, V_INT(fact->valid_until), lang);
    default: /* as the file says it */
        return before || place >= row->ncells ? STR("") : arena_str(arena, row->cells[place]);
    }
}

static void show_fields(struct collecting *collecting, const struct exchange_check *check,
                        const struct exchange_row *row, struct shown_row *out)
{
    size_t n;
    enum lang lang = collecting->view->desk->lang;
    const struct exchange_column *columns = exchange_check_columns(check, &n);
    out->fields = ARENA_ARRAY(collecting->arena, struct shown_field, n);
    for (size_t c = 0; c < n; c++) {
        bool is_new = row->state == EXCHANGE_NEW;
        if (!is_new && !(row->changed & (1u << c))) {
            continue;
        }
        struct shown_field field = { .heading = { str_of(columns[c].column->label.zh),
                                                  str_of(columns[c].column->label.en) } };
        field.after = value_of(collecting->arena, check, row, c, &row->fact, false, lang);
        if (!is_new) {
            field.before = value_of(collecting->arena, check, row, c, &row->before, true, lang);
        }
        if (!is_new || (field.after.n && columns[c].role != EXCHANGE_CODE)) {
            out->fields[out->nfields++] = field;
        }
    }
}

static bool collect(void *context, struct exchange_check *check, struct exchange_row *rows, size_t n,
                    struct error *error)
{
    struct collecting *collecting = context;
    struct exchange_state_view *view = collecting->view;
    (void)error;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].state != view->show || collecting->skip-- > 0 || view->n == EXCHANGE_SHOWN) {
            continue;
        }
        struct shown_row *out = &view->rows[view->n++];
        *out = (struct shown_row){ .number = rows[i].number,
                                   .state = rows[i].state,
                                   .code = arena_str(collecting->arena, rows[i].fact.code),
                                   .nmistakes = rows[i].nmistakes };
        out->mistakes = ARENA_ARRAY(collecting->arena, struct exchange_mistake, rows[i].nmistakes);
        for (size_t m = 0; m < rows[i].nmistakes; m++) {
            out->mistakes[m] = rows[i].mistakes[m];
            out->mistakes[m].says.zh = arena_str(collecting->arena, rows[i].mistakes[m].says.zh);
            out->mistakes[m].says.en = arena_str(collecting->arena, rows[i].mistakes[m].says.en);
        }
        if (rows[i].state != EXCHANGE_BAD) {
            show_fields(collecting, check, &rows[i], out);
        }
    }
    return true;
}

struct looking {
    struct exchange_state_view view;
    bool found;
};

/* What is looked at first: what must be corrected, else what would change. */
static enum exchange_state show_of(struct str word, const struct exchange_counts *counts)
{
    return str_is(word, "bad")            ? EXCHANGE_BAD
           : str_is(word, "changed")      ? EXCHANGE_CHANGED
           : str_is(word, "new")          ? EXCHANGE_NEW
           : counts->of[EXCHANGE_BAD]     ? EXCHANGE_BAD
           : counts->of[EXCHANGE_CHANGED] ? EXCHANGE_CHANGED
                                          : EXCHANGE_NEW;
}

static bool look_work(struct arena *arena, void *context, struct error *error)
{
    struct looking *looking = context;
    struct exchange_state_view *view = &looking->view;
    const struct exchange_desk *desk = view->desk;
    struct collecting collecting = { arena, view, (view->page - 1) * EXCHANGE_SHOWN };
    const struct exchange_walk walk = { &collecting, NULL, collect };
    struct db *db = NULL;
    view->rows = ARENA_ARRAY(arena, struct shown_row, EXCHANGE_SHOWN);
    if (!db_open(&db, desk->app->store, DB_READ, error)) {
        return false;
    }
    bool good = db_read_begin(db, error) && exchange_walk(db, desk->app->vault, arena, &view->import, &desk->who, &walk,
                                                          &view->counts, &view->mistakes, &view->nmistakes, error);
    db_read_end(db);
    db_close(db);
    return good;
}

static void looked(struct request *request, bool ok, const struct error *error, void *context)
{
    struct looking *looking = context;
    struct exchange_state_view *view = &looking->view;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    int64_t shown = view->counts.of[view->show];
    view->pages = (shown + EXCHANGE_SHOWN - 1) / EXCHANGE_SHOWN;
    view->refused = view->nmistakes > 0 || exchange_import_refused(&view->import, &view->counts);
    if (!request_is_post(request) || view->problem) {
        form_use(request, view->import.state == IMPORT_READ ? &exchange_apply_form : &exchange_undo_form);
    }
    if (view->import.state == IMPORT_READING) {
        /* Without JavaScript too. */
        reply_header(request, "Refresh", STR("2"));
    }
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_page(request, 200, exchange_state_page, view);
}

/* The import of the URL, of this account and kind; NULL: the reply was made. */
static struct looking *looking_of(struct request *request)
{
    struct exchange_desk *desk = exchange_desk(request);
    struct db *db = desk ? request_db(request) : NULL;
    struct error error = { "" };
    if (!db) {
        return NULL;
    }
    struct looking *looking = ARENA_NEW(request_arena(request), struct looking);
    struct exchange_state_view *view = &looking->view;
    view->desk = desk;
    if (!exchange_import_get(db, request_arena(request), request_param_int(request, "import"), &view->import,
                             &looking->found, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    if (!looking->found || view->import.account != desk->who.account || view->import.kind != desk->kind) {
        reply_not_found(request);
        return NULL;
    }
    view->counts = view->import.counts;
    view->show = show_of(request_query(request, "show"), &view->counts);
    view->page = request_query_int(request, "page", 1);
    view->page = view->page < 1 || view->page > LIMIT_SHEET_ROWS ? 1 : view->page;
    return looking;
}

static void show(struct request *request, struct looking *looking)
{
    if (looking->view.import.state == IMPORT_READ) {
        request_work(request, look_work, looking, looked);
    } else {
        looked(request, true, NULL, looking);
    }
}

void exchange_show_state(struct request *request)
{
    struct looking *looking = looking_of(request);
    if (looking) {
        show(request, looking);
    }
}

void exchange_post_stop(struct request *request)
{
    struct looking *looking = looking_of(request);
    if (looking) {
        exchange_reader_stop_one(looking->view.desk->app->imports, looking->view.import.id);
        reply_redirect_to(request, "/register/%s/import/%lld", looking->view.desk->kind->name,
                          (long long)looking->view.import.id);
    }
}

/* ---- Apply, undo ---- */

struct acting {
    struct looking *looking;
    struct str text;
    bool undo;
    enum import_result result;
};

static bool act_run(struct writing *writing, void *input, struct error *error)
{
    struct acting *acting = input;
    const struct exchange_state_view *view = &acting->looking->view;
    acting->result = IMPORT_OK;
    return (acting->undo ? exchange_undo : exchange_apply)(writing, &view->desk->who, view->import.id, acting->text,
                                                           &acting->result, error);
}

static struct text result_text(enum import_result result)
{
    switch (result) {
    case IMPORT_OK:
    case IMPORT_MISSING:
        break;
    case IMPORT_NOT_NOW:
        return T("这次导入的状态已经变了，请看最新情况。",
                 "The import is not in that state any more; this is how it stands.");
    case IMPORT_REFUSED:
        return T("还有错误，没有采用。请改好后重新上传。",
                 "There are mistakes: nothing was changed. Correct them and upload the file again.");
    case IMPORT_NOTHING:
        return T("表格与名录一致，没有要改的。", "The sheet says what the register says; there is nothing to change.");
    case IMPORT_NOT_YOURS:
        return T("您不能做这项操作：请由上一级或另一位同事处理。",
                 "This is not yours to do: ask the level above or a colleague.");
    case IMPORT_OVERTAKEN:
        return T("导入之后又有新的记录，不能整体撤回。",
                 "Something was recorded over it since; it cannot be undone as a whole.");
    }
    return T("没有这次导入。", "There is no such import.");
}

static void acted(struct request *request, bool ok, const struct error *error, void *context)
{
    struct acting *acting = context;
    struct exchange_state_view *view = &acting->looking->view;
    if (acting->result != IMPORT_OK) {
        view->problem = "result";
        view->says = result_text(acting->result);
        show(request, acting->looking);
        return;
    }
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_notice(request, "done");
    reply_redirect_to(request, "/register/%s/import/%lld", view->desk->kind->name, (long long)view->import.id);
}

static void act(struct request *request, bool undo, const char *field)
{
    struct looking *looking = looking_of(request);
    if (!looking) {
        return;
    }
    if (!form_ok(request)) {
        show(request, looking);
        return;
    }
    struct acting *acting = ARENA_NEW(request_arena(request), struct acting);
    *acting = (struct acting){ .looking = looking, .text = form_value(request, field), .undo = undo };
    request_command(request, undo ? "register.import_undo" : "register.import", act_run, acting, acted, acting);
}

void exchange_post_apply(struct request *request)
{
    act(request, false, "note");
}

void exchange_post_undo(struct request *request)
{
    act(request, true, "reason");
}

/* ---- The sheet with its mistakes ---- */

struct erring_file {
    struct looking *looking;
    struct exchange_file file;
};

static bool errors_to(const struct erring_file *erring, FILE *out, struct error *error)
{
    const struct exchange_state_view *view = &erring->looking->view;
    struct db *db = NULL;
    if (!db_open(&db, view->desk->app->store, DB_READ, error)) {
        return false;
    }
    bool good = db_read_begin(db, error) && exchange_errors(db, view->desk->app->vault, &view->import, &view->desk->who,
                                                            erring->file.ask.format, view->desk->lang, out, error);
    db_read_end(db);
    db_close(db);
    return good;
}

static bool errors_work(struct arena *arena, void *context, struct error *error)
{
    struct erring_file *erring = context;
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    if (!out) {
        return error_set(error, "no memory for the sheet");
    }
    bool good = errors_to(erring, out, error);
    if (fclose(out) != 0 && good) {
        good = error_set(error, "no memory for the sheet");
    }
    if (good) {
        erring->file.bytes = arena_str(arena, (struct str){ bytes, n });
    }
    if (bytes) {
        explicit_bzero(bytes, n);
        free(bytes);
    }
    return good;
}

static void errors_made(struct request *request, bool ok, const struct error *error, void *context)
{
    struct erring_file *erring = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    exchange_reply_file(request, &erring->file,
                        arena_printf(request_arena(request), "%s-%lld-%s.%s", erring->looking->view.desk->kind->name,
                                     (long long)erring->looking->view.import.id, "problems",
                                     exchange_format_word(erring->file.ask.format)));
}

void exchange_take_errors(struct request *request)
{
    struct looking *looking = looking_of(request);
    if (!looking) {
        return;
    }
    struct erring_file *erring = ARENA_NEW(request_arena(request), struct erring_file);
    erring->looking = looking;
    if (looking->view.import.state != IMPORT_READ ||
        !exchange_format_of(request_param(request, "format"), &erring->file.ask.format)) {
        reply_not_found(request);
        return;
    }
    request_work(request, errors_work, erring, errors_made);
}
