/* The officer's and the provider's side: open, close, draw, finish, call off; rosters and attendance. */
#include "services/pages/pages.h"

#include "store/journal.h"

#include "services_desk.page.h"

#define OFFICERS (ROLE_COUNTY_OFFICER | ROLE_CITY)
#define PROVIDERS (OFFICERS | ROLE_SCHOOL)

/* ---- Whose ---- */

static enum scope_result scope_of(struct request *request, const char *sql, int64_t id, struct subject *subject)
{
    struct db *db = request_db(request);
    struct error error;
    bool found = false;
    struct rows *rows = db ? db_query(db, &error, sql, V_INT(id)) : NULL;
    if (rows_next(rows)) {
        found = true;
        subject->division = rows_text_in(rows, 0, request_arena(request));
        subject->institution = rows_int(rows, 1);
    }
    return rows_end(rows, &error) && found ? SCOPE_OK : SCOPE_NOT_FOUND;
}

static enum scope_result scope_of_call(struct request *request, struct subject *subject)
{
    return scope_of(request, "select division, cast(0 as bigint) from service_call where id = ?1",
                    request_param_int(request, "call"), subject);
}

enum scope_result scope_of_offer(struct request *request, struct subject *subject)
{
    return scope_of(request,
                    "select c.division, coalesce(o.institution, 0) from service_offer o join service_call c on "
                    "c.id = o.call where o.id = ?1",
                    request_param_int(request, "option"), subject);
}

enum scope_result scope_of_session(struct request *request, struct subject *subject)
{
    return scope_of(request,
                    "select c.division, coalesce(o.institution, 0) from service_session s join service_offer o on "
                    "o.id = s.offer join service_call c on c.id = o.call where s.id = ?1",
                    request_param_int(request, "session"), subject);
}

static bool within(struct str division, const struct session *session)
{
    struct str scope = session_scope(session);
    return scope.n > 0 && str_starts(division, scope);
}

/* ---- The desk ---- */

static bool goes_on(const struct services_desk_view *view, const struct service *service)
{
    for (size_t i = 0; i < view->ncalls; i++) {
        struct str state = view->calls[i].state;
        if (str_eq(view->calls[i].service->id, service->id) && !str_is(state, "finished") &&
            !str_is(state, "cancelled")) {
            return true;
        }
    }
    return false;
}

static void show_desk(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct services_desk_view *view = ARENA_NEW(arena, struct services_desk_view);
    const struct session *session = request_session(request);
    const struct city *city = request_app(request)->city;
    struct db *db = request_db(request);
    struct error error;
    *view = (struct services_desk_view){ .officer = request_has_role(request, OFFICERS), .now = clock_ms() };
    if (!db) {
        return;
    }
    struct str scope = session_scope(session);
    bool read = view->officer ? call_list(db, arena, scope.n ? scope : STR("-"), &view->calls, &view->ncalls, &error)
                              : offered_at(db, arena, STR(""), session->institution ? session->institution : -1,
                                           &view->offers, &view->noffers, &error);
    if (!read) {
        reply_failed(request, &error);
        return;
    }
    view->closed = ARENA_ARRAY(arena, const struct service *, city->nservices + 1);
    for (size_t i = 0; i < city->nservices && view->officer; i++) {
        if (within(city->services[i]->division, session) && city->services[i]->closes > view->now &&
            !goes_on(view, city->services[i])) {
            view->closed[view->nclosed++] = city->services[i];
        }
    }
    reply_page(request, 200, services_desk_page, view);
}

static const struct field open_fields[] = {
    { .name = "service", .kind = FIELD_HIDDEN, .required = true, .max = 60, .label = T("服务", "Service") },
};
static const struct form open_form = FORM(open_fields);

static void did_open(struct request *request, void *input)
{
    const struct call_open *open = input;
    if (open->result != SERVICE_DONE && open->result != SERVICE_THERE) {
        form_error(request, NULL, service_result_text(open->result));
        show_desk(request);
        return;
    }
    reply_notice(request, open->result == SERVICE_DONE ? "service-opened" : "service-there");
    reply_redirect_to(request, "/services/%lld/desk", (long long)open->id);
}

static void post_open(struct request *request)
{
    const struct service *service = city_service(request_app(request)->city, form_value(request, "service"));
    if (!form_ok(request)) {
        show_desk(request);
        return;
    }
    if (!service || !within(service->division, request_session(request))) {
        reply_not_found(request);
        return;
    }
    struct call_open *open = ARENA_NEW(request_arena(request), struct call_open);
    *open = (struct call_open){ .actor = request_actor(request, OFFICERS),
                                .form_key = request_form_key(request),
                                .service = service };
    run_command(request, "service.open", call_open_run, open, did_open);
}

/* ---- One call ---- */

static const struct option step_options[] = {
    { "close", T("截止", "Close"), T("", "") },
    { "draw", T("派位", "Draw"), T("", "") },
    { "finish", T("结束", "Finish"), T("", "") },
    { "cancel", T("取消", "Call off"), T("", "") },
};
static const struct field advance_fields[] = {
    { .name = "step", .kind = FIELD_CHOICE, .required = true, .label = T("办理", "Step"), FIELD_OPTIONS(step_options) },
    { .name = "reason",
      .kind = FIELD_TEXT,
      .max = 300,
      .label = T("取消的原因（公开）", "Why it is called off (public)") },
};
static const struct form advance_form = FORM(advance_fields);

static void show_call_desk(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct call_desk_view *view = ARENA_NEW(arena, struct call_desk_view);
    struct error error;
    *view = (struct call_desk_view){ .view = { .call = call_of_url(request), .now = clock_ms() } };
    struct call *call = view->view.call;
    if (!call) {
        return;
    }
    if (!offered_list(request_db(request), arena, call->id, &view->view.offers, &view->view.noffers, &error) ||
        !call_witnesses(request_db(request), arena, call, &view->view.witnesses, &view->view.nwitnesses, &error)) {
        reply_failed(request, &error);
        return;
    }
    bool by_lot = call->service->mechanism == SERVICE_DRAW, open = str_is(call->state, "open");
    view->can[CALL_CLOSE] = by_lot && open;
    view->can[CALL_DRAW] = str_is(call->state, "closed");
    view->can[CALL_FINISH] = str_is(call->state, "drawn") || (!by_lot && open);
    view->can[CALL_CANCEL] = open || str_is(call->state, "closed") || str_is(call->state, "drawn");
    if (!request_is_post(request)) {
        form_use(request, &advance_form);
    }
    reply_page(request, 200, service_call_desk_page, view);
}

static void did_advance(struct request *request, void *input)
{
    const struct call_advance *advance = input;
    struct text why = service_result_text(advance->result);
    if (advance->result == SERVICE_WITNESSES) {
        struct str until = ms_format(request_arena(request), advance->moment, false);
        why = T(arena_printf(request_arena(request), "%s（到 %.*s）", why.zh, STR_ARG(until)).p,
                arena_printf(request_arena(request), "%s (until %.*s)", why.en, STR_ARG(until)).p);
    }
    reply_ending(request, (struct ending){ .done = advance->result == SERVICE_DONE,
                                           .notice = "done",
                                           .next = arena_printf(request_arena(request), "/services/%lld/desk",
                                                                (long long)advance->id),
                                           .why = why,
                                           .field = advance->result == SERVICE_NEEDS_REASON ? "reason" : NULL,
                                           .again = show_call_desk });
}

static void post_advance(struct request *request)
{
    if (!form_ok(request)) {
        show_call_desk(request);
        return;
    }
    struct call_advance *advance = ARENA_NEW(request_arena(request), struct call_advance);
    *advance = (struct call_advance){ .places = request_app(request)->places,
                                      .actor = request_actor(request, OFFICERS),
                                      .form_key = request_form_key(request),
                                      .id = request_param_int(request, "call"),
                                      .step = form_is(request, "step", "close")    ? CALL_CLOSE
                                              : form_is(request, "step", "draw")   ? CALL_DRAW
                                              : form_is(request, "step", "finish") ? CALL_FINISH
                                                                                   : CALL_CANCEL,
                                      .reason = form_value(request, "reason") };
    run_command(request, "service.advance", call_advance_run, advance, did_advance);
}

/* ---- Witnesses ---- */

static const struct form *witness_form(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct db *db = request_db(request);
    struct call call;
    struct error error;
    bool found;
    if (!db || !call_get(db, arena, request_param_int(request, "call"), &call, &found, &error) || !found) {
        return NULL;
    }
    struct call_witness *witnesses;
    size_t n;
    if (!call_witnesses(db, arena, &call, &witnesses, &n, &error)) {
        return NULL;
    }
    struct option *options = ARENA_ARRAY(arena, struct option, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct name name = witnesses[i].name;
        options[i] =
            (struct option){ arena_cstr(arena, witnesses[i].id),
                             T(arena_cstr(arena, name.zh), arena_cstr(arena, name_in(name, LANG_EN))), T("", "") };
    }
    bool opening = str_is(call.state, "closed");
    struct field *fields = ARENA_ARRAY(arena, struct field, 2);
    fields[0] = (struct field){ .name = "witness",
                                .kind = FIELD_CHOICE,
                                .required = true,
                                .label = T("见证人", "Witness"),
                                .options = options,
                                .option_count = n };
    fields[1] = (struct field){ .name = "hex",
                                .kind = FIELD_TEXT,
                                .required = true,
                                .max = 200,
                                .label = opening ? T("密数（十六进制）", "The secret, hexadecimal")
                                                 : T("封存值（SM3，64 位十六进制）",
                                                     "The commitment: SM3, 64 hexadecimal digits") };
    struct form *form = ARENA_NEW(arena, struct form);
    *form = (struct form){ fields, 2 };
    return form;
}

static void show_witness(struct request *request)
{
    struct call_witness_view *view = ARENA_NEW(request_arena(request), struct call_witness_view);
    *view = (struct call_witness_view){ .call = call_of_url(request) };
    if (!view->call) {
        return;
    }
    view->opening = str_is(view->call->state, "closed");
    const struct form *form = witness_form(request);
    if (!form || form->fields[0].option_count == 0) {
        reply_not_found(request);
        return;
    }
    if (!request_is_post(request)) {
        form_use(request, form);
    }
    reply_page(request, 200, service_witness_page, view);
}

static void did_witness(struct request *request, void *input)
{
    const struct call_witness_step *step = input;
    reply_ending(request, (struct ending){
                              .done = step->result == SERVICE_DONE,
                              .notice = "saved",
                              .next = arena_printf(request_arena(request), "/services/%lld/desk", (long long)step->id),
                              .why = service_result_text(step->result),
                              .field = step->result == SERVICE_TWICE ? "witness" : "hex",
                              .again = show_witness });
}

static void post_witness(struct request *request)
{
    if (!form_ok(request)) {
        show_witness(request);
        return;
    }
    struct call_witness_step *step = ARENA_NEW(request_arena(request), struct call_witness_step);
    *step = (struct call_witness_step){ .actor = request_actor(request, OFFICERS),
                                        .form_key = request_form_key(request),
                                        .id = request_param_int(request, "call"),
                                        .witness = form_value(request, "witness"),
                                        .hex = form_value(request, "hex") };
    run_command(request, "service.witness", call_witness_run, step, did_witness);
}

/* ---- Rosters: names are shown once the reading is in the journal ---- */

struct roster_read {
    struct actor actor;
    int64_t offer;
    struct str division;
    void (*show)(struct request *request);
};

static bool roster_read_run(struct writing *writing, void *input, struct error *error)
{
    const struct roster_read *read = input;
    return journal_append(writing,
                          &(struct journal_entry){ .actor = read->actor.account,
                                                   .role = read->actor.role,
                                                   .action = "service.roster_read",
                                                   .subject_kind = "service_offer",
                                                   .subject_id = read->offer,
                                                   .division = read->division },
                          error);
}

static void did_read(struct request *request, void *input)
{
    const struct roster_read *read = input;
    read->show(request);
}

static void read_roster(struct request *request, int64_t offer, void (*show)(struct request *request))
{
    struct roster_read *read = ARENA_NEW(request_arena(request), struct roster_read);
    *read = (struct roster_read){ .actor = request_actor(request, PROVIDERS),
                                  .offer = offer,
                                  .division = session_scope(request_session(request)),
                                  .show = show };
    run_command(request, "service.roster_read", roster_read_run, read, did_read);
}

bool names_of(struct request *request, const struct roster_row *rows, size_t n, struct str **names, struct error *error)
{
    *names = ARENA_ARRAY(request_arena(request), struct str, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (!person_name(request, rows[i].person, false, &(*names)[i], error)) {
            return false;
        }
    }
    return true;
}

static void show_roster_now(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct roster_view *view = ARENA_NEW(arena, struct roster_view);
    struct db *db = request_db(request);
    struct error error;
    bool found;
    int64_t offer = request_param_int(request, "option");
    *view = (struct roster_view){ .today = day_of_ms(clock_ms()) };
    if (!db) {
        return;
    }
    if (!offered_get(db, arena, offer, &view->offer, &found, &error) ||
        !call_get(db, arena, view->offer.call, &view->call, &found, &error) ||
        !session_list(db, arena, offer, &view->sessions, &view->nsessions, &error) ||
        !roster_list(db, arena, offer, 0, &view->rows, &view->n, &error) ||
        !names_of(request, view->rows, view->n, &view->names, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, service_roster_page, view);
}

static void show_roster(struct request *request)
{
    read_roster(request, request_param_int(request, "option"), show_roster_now);
}

static const struct field attendance_fields[] = {
    { .name = "present", .kind = FIELD_LIST, .label = T("到场的人", "Who is here") },
};
static const struct form attendance_form = FORM(attendance_fields);

static void show_session_now(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct session_view *view = ARENA_NEW(arena, struct session_view);
    struct db *db = request_db(request);
    struct error error;
    bool found;
    *view = (struct session_view){ 0 };
    if (!db) {
        return;
    }
    if (!session_get(db, arena, request_param_int(request, "session"), &view->session, &found, &error) ||
        !offered_get(db, arena, view->session.offer, &view->offer, &found, &error) ||
        !roster_list(db, arena, view->session.offer, view->session.id, &view->rows, &view->n, &error) ||
        !names_of(request, view->rows, view->n, &view->names, &error)) {
        reply_failed(request, &error);
        return;
    }
    view->begun = view->session.day <= day_of_ms(clock_ms());
    if (!request_is_post(request)) {
        form_use(request, &attendance_form);
        for (size_t i = 0; i < view->n; i++) {
            if (str_is(view->rows[i].state, "present")) {
                form_add(request, "present", arena_printf(arena, "%lld", (long long)view->rows[i].entry));
            }
        }
    }
    reply_page(request, 200, service_session_page, view);
}

void read_session(struct request *request, void (*show)(struct request *request))
{
    struct db *db = request_db(request);
    struct session_row session;
    struct error error;
    bool found = false;
    if (!db) {
        return;
    }
    if (!session_get(db, request_arena(request), request_param_int(request, "session"), &session, &found, &error)) {
        reply_failed(request, &error);
    } else if (!found) {
        reply_not_found(request);
    } else {
        read_roster(request, session.offer, show);
    }
}

static void show_session(struct request *request)
{
    read_session(request, show_session_now);
}

static void did_note(struct request *request, void *input)
{
    const struct attendance_note *note = input;
    if (note->result != SERVICE_DONE) {
        form_error(request, NULL, service_result_text(note->result));
        show_session(request);
        return;
    }
    reply_notice(request, "attendance-noted");
    reply_redirect_to(request, "/services/session/%lld", (long long)note->session);
}

static void post_attendance(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct attendance_note *note = ARENA_NEW(arena, struct attendance_note);
    size_t n = 0;
    const struct str *values = form_values(request, "present", &n);
    int64_t *present = ARENA_ARRAY(arena, int64_t, n + 1);
    *note = (struct attendance_note){ .actor = request_actor(request, PROVIDERS),
                                      .form_key = request_form_key(request),
                                      .session = request_param_int(request, "session"),
                                      .present = present };
    for (size_t i = 0; i < n; i++) {
        int64_t entry;
        if (str_to_int(values[i], 1, INT64_MAX, &entry)) {
            present[note->n++] = entry;
        }
    }
    run_command(request, "service.attendance", attendance_note_run, note, did_note);
}

const struct route services_desk_routes[] = {
    { .method = "GET",
      .path = "/desk/services",
      .roles = PROVIDERS,
      .handler = show_desk,
      .answer = "page",
      .summary = T("服务管理", "Services at work") },
    { .method = "POST",
      .path = "/desk/services",
      .roles = OFFICERS,
      .form = &open_form,
      .handler = post_open,
      .answer = "redirect",
      .summary = T("开放一项服务", "Open a service") },
    { .method = "GET",
      .path = "/services/#call/desk",
      .roles = OFFICERS,
      .scope = scope_of_call,
      .handler = show_call_desk,
      .answer = "page",
      .summary = T("管理一个批次", "Manage a call") },
    { .method = "POST",
      .path = "/services/#call/desk",
      .roles = OFFICERS,
      .scope = scope_of_call,
      .form = &advance_form,
      .handler = post_advance,
      .answer = "redirect",
      .summary = T("截止、派位、结束、取消", "Close, draw, finish, call off") },
    { .method = "GET",
      .path = "/services/#call/witness",
      .roles = OFFICERS,
      .scope = scope_of_call,
      .handler = show_witness,
      .answer = "page",
      .summary = T("见证人提交", "What a witness hands in") },
    { .method = "POST",
      .path = "/services/#call/witness",
      .roles = OFFICERS,
      .scope = scope_of_call,
      .form_of = witness_form,
      .handler = post_witness,
      .answer = "redirect",
      .summary = T("登记封存值或密数", "Take a commitment or a secret") },
    { .method = "GET",
      .path = "/services/offer/#option",
      .roles = PROVIDERS,
      .scope = scope_of_offer,
      .handler = show_roster,
      .answer = "page",
      .summary = T("名单和场次", "Roster and sessions") },
    { .method = "GET",
      .path = "/services/session/#session",
      .roles = PROVIDERS,
      .scope = scope_of_session,
      .handler = show_session,
      .answer = "page",
      .summary = T("一次活动的出勤", "Attendance of a session") },
    { .method = "POST",
      .path = "/services/session/#session",
      .roles = PROVIDERS,
      .scope = scope_of_session,
      .form = &attendance_form,
      .handler = post_attendance,
      .answer = "redirect",
      .summary = T("记出勤", "Note attendance") },
};
const size_t services_desk_route_count = sizeof services_desk_routes / sizeof *services_desk_routes;
