/* How the questions to the departments stand, and the exchange by spreadsheet for one without an interface.
 *
 * What must hold: counts, sheets and "ask again" are of the session's own scope, a prefix of division codes, and a
 * session without one sees nothing. Whoever takes a sheet is in the journal before its first byte leaves; each answer
 * that a sheet brings is there with who handed it in (connect/sheet.h). What reads much or waits (the table's counts, a
 * sheet, jiaoti-import) runs on a worker's thread. */
#include "places/county/departments.h"

#include "base/clock.h"
#include "base/limits.h"
#include "places/fact.h"
#include "store/journal.h"

#include "department_sheet.page.h"
#include "departments.page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define STAFF (ROLE_COUNTY | ROLE_CITY)

struct text department_state(const struct department *department)
{
    if (!department->interface) {
        return T("用表格交换", "By spreadsheet");
    }
    switch (department->numbers.breaker) {
    case BREAKER_OPEN:
        return T("联系不上,暂停查询", "Not reached: questions pause");
    case BREAKER_HALF_OPEN:
        return T("正在试探", "Trying whether it is back");
    case BREAKER_CLOSED:
        break;
    }
    return T("接口正常", "Interface open");
}

enum colour department_colour(const struct department *department)
{
    if (!department->interface) {
        return COLOUR_BLUE;
    }
    return department->numbers.breaker == BREAKER_CLOSED ? COLOUR_GREEN
           : department->numbers.breaker == BREAKER_OPEN ? COLOUR_RED
                                                         : COLOUR_YELLOW;
}

/* ---- Counting ---- */

/* What a page of this file is made from; lives in the request's arena. */
struct desk {
    struct app *app;
    struct str scope;
    struct actor actor;
    struct departments_view view;
    struct department *department; /* of the URL's check; NULL: the page of all */
    struct department_check *check;
    /* A sheet out, a sheet in. */
    enum sheet_format format;
    struct str file;
    struct sheet_result result;
    bool handed_in;
};

static void add_count(struct department *department, const struct ask_count *count)
{
    for (size_t i = 0; i < department->n; i++) {
        struct department_check *check = &department->checks[i];
        if (!str_eq(check->check->id, count->kind)) {
            continue;
        }
        check->asked += count->n;
        *(count->state == ASK_ANSWERED   ? &check->answered
          : count->state == ASK_SILENT   ? &check->silent
          : count->state == ASK_BY_SHEET ? &check->by_sheet
                                         : &check->waiting) += count->n;
        check->last_asked = count->last_asked > check->last_asked ? count->last_asked : check->last_asked;
        check->last_answered =
            count->last_answered > check->last_answered ? count->last_answered : check->last_answered;
    }
}

static void sum_up(struct department *department)
{
    for (size_t i = 0; i < department->n; i++) {
        const struct department_check *check = &department->checks[i];
        department->asked += check->asked;
        department->silent += check->silent;
        department->last_asked =
            check->last_asked > department->last_asked ? check->last_asked : department->last_asked;
        department->last_answered =
            check->last_answered > department->last_answered ? check->last_answered : department->last_answered;
    }
}

static void list_departments(struct arena *arena, struct desk *desk)
{
    const struct city *city = desk->app->city;
    desk->view.departments = ARENA_ARRAY(arena, struct department, city->nauthorities);
    desk->view.n = city->nauthorities;
    for (size_t a = 0; a < city->nauthorities; a++) {
        struct department *department = &desk->view.departments[a];
        *department = (struct department){ .authority = &city->authorities[a],
                                           .checks = ARENA_ARRAY(arena, struct department_check, city->nchecks) };
        department->interface = client_numbers_of(desk->app->client, city->authorities[a].id, &department->numbers);
        for (size_t c = 0; c < city->nchecks; c++) {
            if (city->checks[c].authority == a) {
                department->checks[department->n++] =
                    (struct department_check){ .check = &city->checks[c], .sheet = sheet_has(city->checks[c].id) };
            }
        }
    }
}

static bool count_all(struct db *db, struct arena *arena, struct desk *desk, struct error *error)
{
    struct ask_count *counts;
    size_t n;
    if (!ask_counts(db, arena, desk->scope, &counts, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        size_t a = city_authority_index(desk->app->city, counts[i].authority);
        if (a != SIZE_MAX && counts[i].state != ASK_CANCELLED) {
            add_count(&desk->view.departments[a], &counts[i]);
        }
    }
    for (size_t a = 0; a < desk->view.n; a++) {
        sum_up(&desk->view.departments[a]);
        desk->view.asked += desk->view.departments[a].asked;
    }
    return true;
}

static bool count_work(struct arena *arena, void *context, struct error *error)
{
    struct desk *desk = context;
    struct db *db;
    if (!db_open(&db, desk->app->store, DB_READ, error)) {
        return false;
    }
    bool good = db_read_begin(db, error) && count_all(db, arena, desk, error);
    db_read_end(db);
    db_close(db);
    return good;
}

/* ---- The pages ---- */

/* NULL: the reply was made (no scope of divisions). */
static struct desk *desk_of(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct str scope = session_scope(request_session(request));
    if (scope.n == 0) {
        reply_forbidden(request);
        return NULL;
    }
    struct desk *desk = ARENA_NEW(arena, struct desk);
    *desk = (struct desk){ .app = request_app(request),
                           .scope = arena_str(arena, scope),
                           .actor = request_actor(request, STAFF) };
    list_departments(arena, desk);
    return desk;
}

/* The same with the check of the URL. */
static struct desk *desk_of_check(struct request *request)
{
    struct desk *desk = desk_of(request);
    struct str id = request_param(request, "check");
    for (size_t a = 0; desk && a < desk->view.n; a++) {
        struct department *department = &desk->view.departments[a];
        for (size_t i = 0; i < department->n; i++) {
            if (department->checks[i].sheet && str_eq(department->checks[i].check->id, id)) {
                desk->department = department;
                desk->check = &department->checks[i];
                return desk;
            }
        }
    }
    if (desk) {
        reply_not_found(request);
    }
    return NULL;
}

static void counted(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct desk *desk = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_page(request, 200, departments, &desk->view);
}

static void show_departments(struct request *request)
{
    struct desk *desk = desk_of(request);
    if (desk) {
        request_work(request, count_work, desk, counted);
    }
}

static const struct field sheet_fields[] = {
    { .name = "file",
      .kind = FIELD_FILE,
      .required = true,
      .max = LIMIT_SHEET_BYTES,
      .label = T("填好的表格", "The filled sheet"),
      .hint = T("XLSX、ODS 或 CSV,最大 32 MB。", "XLSX, ODS or CSV, at most 32 MB.") },
};
static const struct form sheet_form = FORM(sheet_fields);

static void sheet_counted(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct desk *desk = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    struct department_sheet_view view = { desk->department, desk->check, desk->handed_in ? &desk->result : NULL };
    form_use(request, &sheet_form);
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_page(request, 200, department_sheet, &view);
}

static void show_sheet(struct request *request)
{
    struct desk *desk = desk_of_check(request);
    if (desk) {
        request_work(request, count_work, desk, sheet_counted);
    }
}

/* ---- A sheet out ---- */

static struct sheet_scope scope_of_sheet(const struct desk *desk)
{
    return (struct sheet_scope){ .authority = desk->department->authority->id,
                                 .authority_name = desk->department->authority->name,
                                 .kind = desk->check->check->id,
                                 .division = desk->scope };
}

struct taken_sheet {
    const struct desk *desk;
    int64_t rows;
};

static bool journal_taken(struct writing *writing, void *input, struct error *error)
{
    const struct taken_sheet *taken = input;
    const struct desk *desk = taken->desk;
    struct journal_entry entry = {
        .actor = desk->actor.account,
        .role = desk->actor.role,
        .action = "ask.sheet_taken",
        .subject_kind = "ask",
        .division = desk->scope,
        .detail = arena_printf(writing->arena, "%.*s %s: %lld rows", STR_ARG(desk->check->check->id),
                               desk->format == SHEET_XLSX ? "xlsx" : "csv", (long long)taken->rows),
    };
    return journal_append(writing, &entry, error);
}

static bool export_to(FILE *out, struct desk *desk, int64_t *rows, struct error *error)
{
    struct sheet_scope scope = scope_of_sheet(desk);
    struct db *db;
    if (!db_open(&db, desk->app->store, DB_READ, error)) {
        return false;
    }
    bool good = db_read_begin(db, error) && sheet_export(db, desk->app->vault, &scope, desk->format, out, rows, error);
    db_read_end(db);
    db_close(db);
    return good;
}

static bool export_work(struct arena *arena, void *context, struct error *error)
{
    struct desk *desk = context;
    struct taken_sheet taken = { .desk = desk };
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    if (!out) {
        return error_set(error, "No memory for the sheet.");
    }
    bool good = export_to(out, desk, &taken.rows, error);
    if (fclose(out) != 0 && good) {
        good = error_set(error, "No memory for the sheet.");
    }
    good = good && writer_call(desk->app->writer, "ask.sheet_taken", journal_taken, &taken, error);
    if (good) {
        desk->file = arena_str(arena, (struct str){ bytes, n });
    }
    if (bytes) {
        explicit_bzero(bytes, n);
        free(bytes);
    }
    return good;
}

static void exported(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct desk *desk = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    struct sheet_scope scope = scope_of_sheet(desk);
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_bytes(request, 200,
                desk->format == SHEET_XLSX ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                                           : "text/csv; charset=utf-8",
                sheet_file_name(request_arena(request), &scope, desk->format, clock_ms()), desk->file);
}

static void export_as(struct request *request, enum sheet_format format)
{
    struct desk *desk = desk_of_check(request);
    if (desk) {
        desk->format = format;
        request_work(request, export_work, desk, exported);
    }
}

static void export_xlsx(struct request *request)
{
    export_as(request, SHEET_XLSX);
}

static void export_csv(struct request *request)
{
    export_as(request, SHEET_CSV);
}

/* ---- A sheet in ---- */

/* The file as a descriptor, which is all that jiaoti-import gets. It lies in memory and has no name. */
static bool file_of(struct str bytes, int *file, struct error *error)
{
    *file = memfd_create("sheet", MFD_CLOEXEC);
    if (*file < 0) {
        return error_set(error, "No memory for the sheet: %s.", strerror(errno));
    }
    for (size_t done = 0; done < bytes.n;) {
        ssize_t n = write(*file, bytes.p + done, bytes.n - done);
        if (n < 0 && errno != EINTR) {
            int problem = errno;
            (void)close(*file);
            return error_set(error, "No memory for the sheet: %s.", strerror(problem));
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return lseek(*file, 0, SEEK_SET) == 0 || error_set(error, "The sheet cannot be read: %s.", strerror(errno));
}

static bool take_work(struct arena *arena, void *context, struct error *error)
{
    struct desk *desk = context;
    const struct sheet_import import = {
        .writer = desk->app->writer,
        .store = desk->app->store,
        .vault = desk->app->vault,
        .scope = scope_of_sheet(desk),
        .hook = { desk->app->places, fact_on_answer },
        .account = desk->actor.account,
        .role = desk->actor.role,
    };
    int file;
    if (!file_of(desk->file, &file, error)) {
        return false;
    }
    bool good = sheet_take(&import, file, arena, &desk->result, error);
    (void)close(file);
    desk->handed_in = good;
    return good && count_work(arena, desk, error);
}

static void sheet_post(struct request *request)
{
    struct desk *desk = desk_of_check(request);
    if (!desk) {
        return;
    }
    if (!form_ok(request)) {
        request_work(request, count_work, desk, sheet_counted);
        return;
    }
    desk->file = form_file(request, "file")->bytes;
    request_work(request, take_work, desk, sheet_counted);
}

/* ---- Ask again ---- */

struct asking {
    const struct desk *desk;
    struct str authority;
    int64_t n;
};

static bool asking_run(struct writing *writing, void *input, struct error *error)
{
    struct asking *asking = input;
    const struct desk *desk = asking->desk;
    struct journal_entry entry = { .actor = desk->actor.account,
                                   .role = desk->actor.role,
                                   .action = "ask.again",
                                   .subject_kind = "ask",
                                   .division = desk->scope };
    if (!fact_ask_silent(writing, asking->authority, desk->scope, &asking->n, error)) {
        return false;
    }
    entry.detail = arena_printf(writing->arena, "%.*s: %lld", STR_ARG(asking->authority), (long long)asking->n);
    return asking->n == 0 || journal_append(writing, &entry, error);
}

static void asked_again(struct request *request, void *input)
{
    (void)input;
    client_wake(request_app(request)->client);
    reply_notice(request, "asked-again");
    reply_redirect(request, STR("/departments"));
}

static void again_post(struct request *request)
{
    struct desk *desk = desk_of(request);
    if (!desk) {
        return;
    }
    size_t a = city_authority_index(desk->app->city, request_param(request, "authority"));
    if (a == SIZE_MAX || !desk->view.departments[a].interface) {
        reply_not_found(request);
        return;
    }
    struct asking *asking = ARENA_NEW(request_arena(request), struct asking);
    *asking = (struct asking){ .desk = desk, .authority = desk->app->city->authorities[a].id };
    run_command(request, "ask.again", asking_run, asking, asked_again);
}

const struct route department_routes[] = {
    { .method = "GET",
      .path = "/departments",
      .roles = STAFF,
      .handler = show_departments,
      .answer = "page",
      .summary = T("部门核验情况", "The departments' answers") },
    { .method = "POST",
      .path = "/departments/again/:authority",
      .roles = STAFF,
      .handler = again_post,
      .answer = "redirect",
      .summary = T("重新查询一个部门没有答复的全部问题", "Ask a department again all it was silent on") },
    { .method = "GET",
      .path = "/departments/sheet/:check",
      .roles = STAFF,
      .handler = show_sheet,
      .answer = "page",
      .summary = T("用表格交换", "Exchange by spreadsheet") },
    { .method = "GET",
      .path = "/departments/sheet/:check/questions.xlsx",
      .roles = STAFF,
      .handler = export_xlsx,
      .answer = "xlsx",
      .summary = T("下载待查询的表格", "Take the waiting questions") },
    { .method = "GET",
      .path = "/departments/sheet/:check/questions.csv",
      .roles = STAFF,
      .handler = export_csv,
      .answer = "csv",
      .summary = T("下载待查询的 CSV", "Take the waiting questions as CSV") },
    { .method = "POST",
      .path = "/departments/sheet/:check",
      .roles = STAFF,
      .form = &sheet_form,
      .handler = sheet_post,
      .body_limit = LIMIT_SHEET_BYTES + 64 * 1024,
      .answer = "page",
      .summary = T("交回填好的表格", "Hand in the filled sheet") },
};
const size_t department_route_count = sizeof department_routes / sizeof *department_routes;
