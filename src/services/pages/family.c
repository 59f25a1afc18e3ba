/* A family's side: apply for a child or oneself, answer, give back, and one calendar for everybody at home. */
#include "services/pages/pages.h"

#include "places/child.h"

#include "services_family.page.h"

#include <stdio.h>
#include <string.h>

enum { PERSONS_MOST = 20, CALENDAR_DAYS = 60 };

/* ---- Apply ---- */

/* "child-12" or "self". */
static struct record_person person_read(struct request *request, struct str value)
{
    int64_t id;
    if (str_starts(value, STR("child-")) && str_to_int(str_part(value, 6, value.n), 1, INT64_MAX, &id)) {
        return (struct record_person){ "child", id };
    }
    return (struct record_person){ "account", request_session(request)->account };
}

static bool persons_of(struct request *request, const struct service *service, struct option *options, size_t *n,
                       struct error *error)
{
    struct arena *arena = request_arena(request);
    struct child_list children = { 0 };
    *n = 0;
    if ((service->whom & SERVICE_FOR_CHILD) && !child_list(request_db(request), arena, request_app(request)->vault,
                                                           request_session(request)->account, &children, error)) {
        return false;
    }
    for (size_t i = 0; i < children.nchildren && *n + 1 < PERSONS_MOST; i++) {
        const char *name = arena_cstr(arena, children.children[i].name);
        options[(*n)++] = (struct option){ arena_printf(arena, "child-%lld", (long long)children.children[i].id).p,
                                           { name, name },
                                           T("", "") };
    }
    if (service->whom & SERVICE_FOR_SELF) {
        options[(*n)++] = (struct option){ "self", T("本人", "Myself"), T("", "") };
    }
    return true;
}

static struct option *offers_of(struct arena *arena, const struct offered *offers, size_t n)
{
    struct option *options = ARENA_ARRAY(arena, struct option, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct name name = offers[i].name;
        options[i] =
            (struct option){ arena_printf(arena, "%lld", (long long)offers[i].id).p,
                             T(arena_cstr(arena, name.zh), arena_cstr(arena, name_in(name, LANG_EN))), T("", "") };
    }
    return options;
}

static const struct form *apply_form(struct request *request)
{
    static const char *const names[SERVICE_WISHES_MAX] = { "wish1", "wish2", "wish3", "wish4",
                                                           "wish5", "wish6", "wish7", "wish8" };
    struct arena *arena = request_arena(request);
    struct db *db = request_db(request);
    struct call call;
    struct offered *offers;
    struct error error;
    size_t n, persons;
    bool found;
    struct option *people = ARENA_ARRAY(arena, struct option, PERSONS_MOST);
    if (!db || !call_of_service(db, arena, request_param(request, "service"), &call, &found, &error) || !found ||
        !offered_list(db, arena, call.id, &offers, &n, &error) ||
        !persons_of(request, call.service, people, &persons, &error)) {
        return NULL;
    }
    struct field *fields = ARENA_ARRAY(arena, struct field, SERVICE_WISHES_MAX + 1);
    bool several = call.service->together && persons > 1;
    fields[0] =
        (struct field){ .name = "person",
                        .kind = several ? FIELD_CHECKS : FIELD_CHOICE,
                        .required = true,
                        .label = T("为谁报名", "For whom"),
                        .hint = several
                                    ? T("勾选几个孩子就是要求同去：都在同一项，或都不在。不要求同去的，请分别报名。",
                                        "Several children are one ticket: all at one place or none. To have "
                                        "them stand each alone, send them one by one.")
                                    : T("", ""),
                        .options = people,
                        .option_count = persons };
    size_t wishes = call.service->wishes < n ? call.service->wishes : n;
    for (size_t i = 0; i < wishes; i++) {
        fields[i + 1] = (struct field){
            .name = names[i],
            .kind = FIELD_SELECT,
            .required = i == 0,
            .label = wishes == 1
                         ? T("选哪一项", "Which one")
                         : T(arena_printf(arena, "第 %zu 志愿", i + 1).p, arena_printf(arena, "Wish %zu", i + 1).p),
            .options = offers_of(arena, offers, n),
            .option_count = n,
        };
    }
    struct form *form = ARENA_NEW(arena, struct form);
    *form = (struct form){ fields, wishes + 1 };
    return form;
}

static void show_apply(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct apply_service_view *view = ARENA_NEW(arena, struct apply_service_view);
    struct error error;
    struct db *db = request_db(request);
    bool found;
    *view = (struct apply_service_view){ .call = ARENA_NEW(arena, struct call) };
    if (!db) {
        return;
    }
    if (!call_of_service(db, arena, request_param(request, "service"), view->call, &found, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!found) {
        reply_not_found(request);
        return;
    }
    if (!call_takes(view->call, clock_ms()) && !request_is_post(request)) {
        reply_redirect_to(request, "/services/%lld", (long long)view->call->id);
        return;
    }
    const struct form *form = apply_form(request);
    if (!form || !offered_list(request_db(request), arena, view->call->id, &view->offers, &view->noffers, &error)) {
        reply_failed(request, form ? &error : NULL);
        return;
    }
    view->persons = form->fields[0].option_count;
    if (!request_is_post(request)) {
        form_use(request, form);
        struct str person = request_query(request, "person");
        if (view->persons == 1) {
            form_set(request, "person", str_of(form->fields[0].options[0].value));
        } else if (person.n) {
            form_set(request, "person", person);
        }
    }
    reply_page(request, 200, service_apply_page, view);
}

static void end_apply(struct request *request, const struct entry_send *send)
{
    bool of_person = send->result == SERVICE_AGE || send->result == SERVICE_SEX || send->result == SERVICE_ENTERED ||
                     send->result == SERVICE_NOT_YOURS || send->result == SERVICE_NO_TOGETHER;
    reply_ending(request, (struct ending){ .done = send->result == SERVICE_DONE,
                                           .notice = "service-sent",
                                           .next = STR("/services/mine"),
                                           .why = service_result_text(send->result),
                                           .field = of_person ? "person" : "wish1",
                                           .again = show_apply });
}

static void did_apply(struct request *request, void *input)
{
    end_apply(request, input);
}

static void did_apply_all(struct request *request, void *input)
{
    const struct entry_send_all *all = input;
    end_apply(request, &all->one);
}

static void post_apply(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct entry_send *send = ARENA_NEW(arena, struct entry_send);
    int64_t *offers = ARENA_ARRAY(arena, int64_t, SERVICE_WISHES_MAX);
    const struct form *form = apply_form(request);
    struct call call;
    struct error error;
    bool found = false;
    if (!form ||
        !call_of_service(request_db(request), arena, request_param(request, "service"), &call, &found, &error) ||
        !found) {
        reply_not_found(request);
        return;
    }
    if (!form_ok(request)) {
        show_apply(request);
        return;
    }
    *send = (struct entry_send){ .actor = request_actor(request, ROLE_FAMILY),
                                 .form_key = request_form_key(request),
                                 .call = call.id,
                                 .offers = offers };
    for (size_t i = 1; i < form->field_count; i++) {
        int64_t offer;
        if (str_to_int(form_value(request, form->fields[i].name), 1, INT64_MAX, &offer)) {
            offers[send->n++] = offer;
        }
    }
    size_t n = 0;
    const struct str *persons = form_values(request, "person", &n);
    if (n < 2) {
        send->person = person_read(request, n == 1 ? persons[0] : form_value(request, "person"));
        run_command(request, "service.send", entry_send_run, send, did_apply);
        return;
    }
    struct entry_send_all *all = ARENA_NEW(arena, struct entry_send_all);
    int64_t *children = ARENA_ARRAY(arena, int64_t, n);
    for (size_t i = 0; i < n; i++) {
        struct record_person person = person_read(request, persons[i]);
        children[i] = strcmp(person.kind, "child") == 0 ? person.id : 0; /* oneself is no sibling: refused */
    }
    *all = (struct entry_send_all){ .one = *send, .children = children, .nchildren = n };
    run_command(request, "service.send_all", entry_send_all_run, all, did_apply_all);
}

/* ---- Ours ---- */

static bool show_one(struct request *request, const struct entry *entry, struct shown_entry *out, struct error *error)
{
    struct arena *arena = request_arena(request);
    struct db *db = request_db(request);
    bool found;
    *out = (struct shown_entry){ .entry = *entry, .call = ARENA_NEW(arena, struct call) };
    if (!call_get(db, arena, entry->call, out->call, &found, error) ||
        !person_name(request, entry->person, true, &out->person, error) ||
        !wish_list(db, arena, entry->id, &out->wishes, &out->nwishes, error)) {
        return false;
    }
    out->takes = found && call_takes(out->call, clock_ms());
    out->goes_on = found && (str_is(out->call->state, "open") || str_is(out->call->state, "drawn"));
    return found || error_set(error, "entry %lld has no call", (long long)entry->id);
}

static void show_mine(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct mine_view *view = ARENA_NEW(arena, struct mine_view);
    struct db *db = request_db(request);
    struct entry *entries;
    struct calendar_row *rows;
    struct error error;
    *view = (struct mine_view){ .from_day = day_of_ms(clock_ms()) };
    if (!db) {
        return;
    }
    int64_t account = request_session(request)->account;
    if (!entry_list(db, arena, account, &entries, &view->n, &error) ||
        !calendar_list(db, arena, account, view->from_day, view->from_day + CALENDAR_DAYS, &rows, &view->ndays,
                       &error)) {
        reply_failed(request, &error);
        return;
    }
    struct child_list children = { 0 };
    if (!child_list(db, arena, request_app(request)->vault, account, &children, &error)) {
        reply_failed(request, &error);
        return;
    }
    view->children = ARENA_ARRAY(arena, struct shown_child, children.nchildren + 1);
    for (size_t i = 0; i < children.nchildren; i++) {
        view->children[view->nchildren++] = (struct shown_child){ children.children[i].id, children.children[i].name };
    }
    view->entries = ARENA_ARRAY(arena, struct shown_entry, view->n + 1);
    view->days = ARENA_ARRAY(arena, struct shown_day, view->ndays + 1);
    for (size_t i = 0; i < view->n; i++) {
        if (!show_one(request, &entries[i], &view->entries[i], &error)) {
            reply_failed(request, &error);
            return;
        }
    }
    for (size_t i = 0; i < view->ndays; i++) {
        view->days[i].row = rows[i];
        for (size_t k = 0; k < view->n; k++) {
            if (entries[k].id == rows[i].entry) {
                view->days[i].person = view->entries[k].person;
            }
        }
    }
    reply_page(request, 200, services_mine_page, view);
}

/* ---- Answer ---- */

static const struct option act_options[] = {
    { "take", T("确认", "Confirm"), T("", "") },
    { "decline", T("放弃", "Give back"), T("", "") },
    { "withdraw", T("撤回报名", "Withdraw"), T("", "") },
};
static const struct field answer_fields[] = {
    { .name = "act", .kind = FIELD_CHOICE, .required = true, .label = T("办理", "What"), FIELD_OPTIONS(act_options) },
    { .name = "offer", .kind = FIELD_HIDDEN, .label = T("项目", "Offer") },
};
static const struct form answer_form = FORM(answer_fields);

static void did_answer(struct request *request, void *input)
{
    const struct entry_answer *step = input;
    if (step->result != SERVICE_DONE) {
        form_error(request, NULL, service_result_text(step->result));
        show_mine(request);
        return;
    }
    reply_notice(request, "service-answered");
    reply_redirect(request, STR("/services/mine"));
}

static void post_answer(struct request *request)
{
    struct entry_answer *step = ARENA_NEW(request_arena(request), struct entry_answer);
    int64_t offer = 0;
    if (!form_ok(request)) {
        show_mine(request);
        return;
    }
    (void)str_to_int(form_value(request, "offer"), 1, INT64_MAX, &offer);
    *step = (struct entry_answer){ .actor = request_actor(request, ROLE_FAMILY),
                                   .form_key = request_form_key(request),
                                   .id = request_param_int(request, "entry"),
                                   .offer = offer,
                                   .act = form_is(request, "act", "take")      ? ENTRY_TAKE
                                          : form_is(request, "act", "decline") ? ENTRY_DECLINE
                                                                               : ENTRY_WITHDRAW };
    run_command(request, "service.answer", entry_answer_run, step, did_answer);
}

/* Of who sent it for themselves, or of the child's guardians. */
static enum scope_result scope_of_entry(struct request *request, struct subject *subject)
{
    struct db *db = request_db(request);
    const struct session *session = request_session(request);
    struct entry entry;
    struct error error;
    bool found = false, theirs = false;
    if (!db || !session ||
        !entry_get(db, request_arena(request), request_param_int(request, "entry"), &entry, &found, &error) || !found) {
        return SCOPE_NOT_FOUND;
    }
    if (strcmp(entry.person.kind, "child") == 0) {
        if (!child_has_guardian(db, session->account, entry.person.id, &theirs, &error)) {
            return SCOPE_NOT_FOUND;
        }
    } else {
        theirs = entry.person.id == session->account;
    }
    subject->account = theirs ? session->account : -1;
    return SCOPE_OK;
}

const struct route services_family_routes[] = {
    { .method = "GET",
      .path = "/services/apply/:service",
      .roles = ROLE_FAMILY,
      .handler = show_apply,
      .answer = "page",
      .summary = T("报名", "Apply for a service") },
    { .method = "POST",
      .path = "/services/apply/:service",
      .roles = ROLE_FAMILY,
      .form_of = apply_form,
      .handler = post_apply,
      .answer = "redirect",
      .summary = T("提交报名", "Send an entry") },
    { .method = "GET",
      .path = "/services/mine",
      .roles = ROLE_FAMILY,
      .handler = show_mine,
      .answer = "page",
      .summary = T("我家的报名和日程", "Our entries and calendar") },
    { .method = "POST",
      .path = "/services/entry/#entry",
      .roles = ROLE_FAMILY,
      .scope = scope_of_entry,
      .form = &answer_form,
      .handler = post_answer,
      .answer = "redirect",
      .summary = T("确认、放弃或撤回", "Confirm, give back, withdraw") },
};
const size_t services_family_route_count = sizeof services_family_routes / sizeof *services_family_routes;

/* The selects of the wishes: a component of the page. */
void wish_fields(struct page *page, size_t wishes)
{
    for (size_t i = 0; i < wishes; i++) {
        field(page, arena_printf(page->arena, "wish%zu", i + 1).p);
    }
}
