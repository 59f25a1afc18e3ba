/* Everything that somebody holds goes to another: by the county or the city, for its people. */
#include "casework/pages/handover.h"

#include "casework/pages/routes.h"

#include "handover.page.h"

enum { PEOPLE_MOST = 300 };

static bool add_people(struct request *request, struct rows *rows, bool counts, struct option **out, size_t *n,
                       struct error *error)
{
    struct arena *arena = request_arena(request);
    int64_t ids[PEOPLE_MOST], numbers[PEOPLE_MOST];
    size_t count = 0;
    while (count < PEOPLE_MOST && rows_next(rows)) {
        ids[count] = rows_int(rows, 0);
        numbers[count++] = rows_int(rows, 1);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    *out = ARENA_ARRAY(arena, struct option, count + 1);
    *n = 0;
    for (size_t i = 0; i < count; i++) {
        struct account account;
        bool found = false;
        if (!account_get(request_db(request), arena, request_app(request)->vault, ids[i], &account, &found, error)) {
            return false;
        }
        if (!found) {
            continue;
        }
        struct text label = { arena_cstr(arena, account.name), arena_cstr(arena, account.name) };
        if (counts) {
            label = (struct text){
                arena_printf(arena, "%.*s（%lld 件）", STR_ARG(account.name), (long long)numbers[i]).p,
                arena_printf(arena, "%.*s (%lld cases)", STR_ARG(account.name), (long long)numbers[i]).p
            };
        }
        (*out)[(*n)++] = (struct option){ arena_printf(arena, "%lld", (long long)ids[i]).p, label, T("", "") };
    }
    return true;
}

/* Who holds open cases within the scope, and staff to whom they can go. */
static bool read_people(struct request *request, struct str scope, struct option **from, size_t *nfrom,
                        struct option **to, size_t *nto, struct error *error)
{
    struct arena *arena = request_arena(request);
    struct str after = arena_printf(arena, "%.*s\x7f", STR_ARG(scope));
    struct db *db = request_db(request);
    return add_people(
               request,
               db_query(db, error,
                        "select holder, count(*) from case_file where closed_at is null and confidential = 0 and "
                        "holder is not null and division >= ?1 and division < ?2 group by holder order by "
                        "count(*) desc, holder limit ?3",
                        V_TEXT(scope), V_TEXT(after), V_INT(PEOPLE_MOST)),
               true, from, nfrom, error) &&
           add_people(request,
                      db_query(db, error,
                               "select a.id, 0 from account a left join institution i on i.id = a.institution where "
                               "a.state = 'active' and (a.roles & ?3) <> 0 and ((a.scope >= ?1 and a.scope < ?2) or "
                               "(i.division >= ?1 and i.division < ?2)) order by a.id limit ?4",
                               V_TEXT(scope), V_TEXT(after),
                               V_INT(ROLE_SCHOOL | ROLE_COUNTY_OFFICER | ROLE_CITY | ROLE_INSPECTOR),
                               V_INT(PEOPLE_MOST)),
                      false, to, nto, error);
}

static const struct form *form_of_handover(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct case_desk_view *desk = request_session(request) ? case_desk_of(request) : NULL;
    struct field *fields = ARENA_ARRAY(arena, struct field, 3);
    struct option *from, *to;
    struct error error;
    size_t nfrom, nto;
    if (!desk || !read_people(request, desk->who.scope, &from, &nfrom, &to, &nto, &error)) {
        return NULL;
    }
    fields[0] = (struct field){ .name = "from",
                                .kind = FIELD_SELECT,
                                .required = true,
                                .label = T("谁的事项", "Whose cases"),
                                .options = from,
                                .option_count = nfrom };
    fields[1] = (struct field){ .name = "to",
                                .kind = FIELD_SELECT,
                                .required = true,
                                .label = T("移交给谁", "To whom"),
                                .options = to,
                                .option_count = nto };
    fields[2] =
        (struct field){ .name = "note", .kind = FIELD_TEXT, .required = true, .max = 200, .label = T("原因", "Why") };
    struct form *form = ARENA_NEW(arena, struct form);
    *form = (struct form){ fields, 3 };
    return form;
}

static void show_handover(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    const struct form *form = desk ? form_of_handover(request) : NULL;
    if (!desk) {
        return;
    }
    if (!form) {
        reply_failed(request, NULL);
        return;
    }
    struct handover_view view = { .holders = form->fields[0].option_count };
    if (!request_is_post(request)) {
        form_use(request, form);
    }
    reply_page(request, 200, handover_page, &view);
}

struct handing {
    const struct city *city;
    struct case_who who;
    int64_t from, to;
    struct str note;
    struct handover_view view;
};

static bool hand_over_run(struct writing *writing, void *context, struct error *error)
{
    struct handing *handing = context;
    int64_t all = 0;
    bool good =
        db_one_int(writing->db, error, &all, NULL,
                   "select count(*) from case_file where closed_at is null and holder = ?1", V_INT(handing->from)) &&
        case_hand_over_all(writing, handing->city, &handing->who, handing->from, handing->to, handing->note,
                           &handing->view.moved, error);
    handing->view.left = all - handing->view.moved;
    return good;
}

static void did_hand_over(struct request *request, bool ok, const struct error *error, void *context)
{
    struct handing *handing = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_page(request, 200, handover_done_page, &handing->view);
}

static void post_handover(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    if (!desk) {
        return;
    }
    struct handing *handing = ARENA_NEW(desk->arena, struct handing);
    *handing = (struct handing){ .city = desk->city,
                                 .who = desk->who,
                                 .from = case_account_in(form_value(request, "from")),
                                 .to = case_account_in(form_value(request, "to")),
                                 .note = form_value(request, "note") };
    if (form_ok(request) && handing->from == handing->to) {
        form_error(request, "to", T("不能移交给本人", "This is the same person"));
    }
    if (!form_ok(request)) {
        show_handover(request);
        return;
    }
    request_command(request, "case.hand_over", hand_over_run, handing, did_hand_over, handing);
}

const struct route handover_routes[] = {
    { .method = "GET",
      .path = "/cases/handover",
      .roles = ROLE_COUNTY_OFFICER | ROLE_CITY,
      .handler = show_handover,
      .answer = "page",
      .summary = T("移交全部事项", "Hand everything over") },
    { .method = "POST",
      .path = "/cases/handover",
      .roles = ROLE_COUNTY_OFFICER | ROLE_CITY,
      .form_of = form_of_handover,
      .handler = post_handover,
      .answer = "page",
      .summary = T("移交全部事项", "Hand everything over") },
};
const size_t handover_route_count = sizeof handover_routes / sizeof *handover_routes;
