/* As whom a session works on cases: see desk.h. */
#include "casework/pages/desk.h"

#include "base/clock.h"
#include "base/limits.h"
#include "casework/picture.h"
#include "city/workdays.h"

struct case_desk_view *case_desk_of(struct request *request)
{
    struct case_desk_view *desk = ARENA_NEW(request_arena(request), struct case_desk_view);
    const struct session *session = request_session(request);
    struct db *db = request_db(request);
    struct error error;
    if (!db) {
        return NULL;
    }
    *desk = (struct case_desk_view){ .app = request_app(request),
                                     .city = request_app(request)->city,
                                     .arena = request_arena(request),
                                     .lang = request_lang(request),
                                     .today = day_of_ms(clock_ms()) };
    desk->who = (struct case_who){ .account = session->account,
                                   .role = accounts_role_name(session->roles, CASE_ROLES),
                                   .desks = case_desks_of(session->roles),
                                   .scope = arena_str(desk->arena, session_scope(session)),
                                   .institution = session->institution };
    if (!case_who_complete(db, desk->arena, &desk->who, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    return desk;
}

/* An enterprise that opened a case sees it as its own. */
static struct subject subject_of(const struct request *request, const struct case_row *row)
{
    const struct session *session = request_session(request);
    bool ours = session && session->institution > 0 && session->institution == row->opener_institution;
    return (struct subject){ .division = row->division,
                             .institution = ours ? row->opener_institution : row->institution,
                             .account = row->opener };
}

enum scope_result scope_of_case(struct request *request, struct subject *subject)
{
    struct db *db = request_db(request);
    struct case_row row;
    struct error error;
    bool found = false;
    if (!db ||
        !case_one(db, request_arena(request), request_app(request)->city, request_param_int(request, "case"), &row,
                  &found, &error) ||
        !found) {
        return SCOPE_NOT_FOUND;
    }
    *subject = subject_of(request, &row);
    return SCOPE_OK;
}

bool case_of_request(struct request *request, const struct case_desk_view *desk, struct case_row *row)
{
    struct db *db = request_db(request);
    struct error error;
    bool found = false, sees = false;
    if (!db) {
        return false;
    }
    if (!case_one(db, desk->arena, desk->city, request_param_int(request, "case"), row, &found, &error) ||
        (found && !case_sees(db, &desk->who, row, &sees, &error))) {
        reply_failed(request, &error);
        return false;
    }
    if (!found) {
        reply_not_found(request);
    } else if (!sees) {
        struct subject subject = subject_of(request, row);
        reply_out_of_scope(request, &subject);
    }
    return found && sees;
}

/* ---- Accounts ---- */

bool case_account_name(struct request *request, int64_t id, struct str *name, struct error *error)
{
    struct account account;
    bool found = false;
    bool good = account_get(request_db(request), request_arena(request), request_app(request)->vault, id, &account,
                            &found, error);
    *name = good && found ? account.name : STR("—");
    return good;
}

int64_t case_account_in(struct str text)
{
    int64_t id = 0;
    return str_to_int(text, 1, INT64_MAX, &id) ? id : 0;
}

/* ---- Pictures ---- */

struct file_shelf case_shelf(const struct app *app, struct arena *arena)
{
    return (struct file_shelf){ arena_printf(arena, "%s/evidence", app->data), "evidence", LIMIT_PAPER_BYTES };
}

struct storing {
    struct app *app;
    const struct upload *uploads[CASE_PICTURES];
    const char *names[CASE_PICTURES];
    struct stored_file stored[CASE_PICTURES];
    struct picture_facts facts[CASE_PICTURES];
    struct case_file_added *files;
    size_t n;
    case_files_done *then;
    route_handler *again;
    void *context;
};

static const char *const pictures[CASE_PICTURES] = { "picture1", "picture2", "picture3" };

static bool store_work(struct arena *arena, void *context, struct error *error)
{
    struct storing *storing = context;
    struct file_shelf shelf = case_shelf(storing->app, arena);
    for (size_t i = 0; i < storing->n; i++) {
        storing->facts[i] = picture_facts(storing->uploads[i]->bytes);
        if (!sealed_file_store(&shelf, storing->app->vault, arena, storing->uploads[i]->bytes, &storing->stored[i],
                               error)) {
            return false;
        }
    }
    return true;
}

static void stored(struct request *request, bool ok, const struct error *error, void *context)
{
    struct storing *storing = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    for (size_t i = 0; i < storing->n; i++) {
        const struct stored_file *file = &storing->stored[i];
        if (file->fault != FILE_GOOD) {
            form_error(request, storing->names[i], file_fault_text(file->fault));
            continue;
        }
        storing->files[i] = (struct case_file_added){ .name = storing->uploads[i]->name,
                                                      .type = str_of(file->type),
                                                      .digest = file->digest,
                                                      .stored = file->stored,
                                                      .item = STR(""),
                                                      .taken_at = storing->facts[i].taken_at,
                                                      .has_place = storing->facts[i].has_place,
                                                      .lon_e6 = storing->facts[i].lon_e6,
                                                      .lat_e6 = storing->facts[i].lat_e6,
                                                      .open = form_is(request, "open_pictures", "yes"),
                                                      .size = file->size };
    }
    if (!form_ok(request)) {
        storing->again(request);
        return;
    }
    storing->then(request, storing->files, storing->n, storing->context);
}

void case_files(struct request *request, case_files_done *then, route_handler *again, void *context)
{
    struct arena *arena = request_arena(request);
    struct storing *storing = ARENA_NEW(arena, struct storing);
    *storing = (struct storing){ .app = request_app(request),
                                 .files = ARENA_ARRAY(arena, struct case_file_added, CASE_PICTURES),
                                 .then = then,
                                 .again = again,
                                 .context = context };
    for (size_t i = 0; i < CASE_PICTURES; i++) {
        const struct upload *upload = form_file(request, pictures[i]);
        if (upload) {
            storing->uploads[storing->n] = upload;
            storing->names[storing->n++] = pictures[i];
        }
    }
    if (storing->n == 0) {
        then(request, NULL, 0, context);
        return;
    }
    request_work(request, store_work, storing, stored);
}

/* ---- Words ---- */

struct text case_state_words(const struct case_row *row, int64_t late, enum colour *colour)
{
    if (row->closed_at) {
        *colour = row->failed ? COLOUR_GREY : COLOUR_GREEN;
        return T("已办结", "Closed");
    }
    if (row->paused_at) {
        *colour = COLOUR_GREY;
        return T("暂停", "Paused");
    }
    *colour = late ? COLOUR_RED : COLOUR_BLUE;
    return late ? T("逾期", "Late") : T("办理中", "Under way");
}
