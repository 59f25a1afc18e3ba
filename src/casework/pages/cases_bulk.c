/* One act on several cases: those that need nothing but a word why. Each is done, or not, as if it were alone; the
 * answer says what became of each. */
#include "casework/pages/cases.h"

#include "base/clock.h"
#include "base/hex.h"
#include "casework/pages/routes.h"

#include "cases.page.h"

enum { BULK_CASES_MOST = 50, BULK_ACTS_MOST = 120 };

/* Acts that a list can do: "take", or KIND.ACT. */
static bool is_plain(const struct case_act *act)
{
    return act->nasks == 0 && !act->needs_checklist && !act->needs_evidence && !act->needs_lines;
}

static bool has_value(const struct option *options, size_t n, struct str value)
{
    for (size_t i = 0; i < n; i++) {
        if (str_is(value, options[i].value)) {
            return true;
        }
    }
    return false;
}

static size_t bulk_options(struct arena *arena, const struct city *city, struct option *options)
{
    size_t n = 0;
    options[n++] = (struct option){ "take", T("我来办", "Take them"), T("", "") };
    options[n++] = (struct option){ "watch", T("关注", "Watch them"), T("", "") };
    for (size_t k = 0; k < city->ncases; k++) {
        const struct case_kind *kind = city->cases[k];
        for (size_t s = 0; s < kind->nstages && !kind->confidential; s++) {
            for (size_t a = 0; a < kind->stages[s].nacts && n < BULK_ACTS_MOST; a++) {
                const struct case_act *act = &kind->stages[s].acts[a];
                struct str value = arena_printf(arena, "%.*s.%.*s", STR_ARG(kind->id), STR_ARG(act->id));
                if (is_plain(act) && !has_value(options, n, value)) {
                    struct text label = {
                        arena_printf(arena, "%.*s：%.*s", STR_ARG(kind->name.zh), STR_ARG(act->name.zh)).p,
                        arena_printf(arena, "%.*s: %.*s", STR_ARG(name_in(kind->name, LANG_EN)),
                                     STR_ARG(name_in(act->name, LANG_EN)))
                            .p
                    };
                    options[n++] = (struct option){ value.p, label, T("", "") };
                }
            }
        }
    }
    return n;
}

const struct form *cases_bulk_form(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct option *options = ARENA_ARRAY(arena, struct option, BULK_ACTS_MOST);
    struct field *fields = ARENA_ARRAY(arena, struct field, 3);
    struct form *form = ARENA_NEW(arena, struct form);
    size_t n = bulk_options(arena, request_app(request)->city, options);
    fields[0] = (struct field){ .name = "case",
                                .kind = FIELD_LIST,
                                .required = true,
                                .max = BULK_CASES_MOST,
                                .label = T("事项", "Cases"),
                                .missing = T("请先在表中勾选事项", "Tick cases in the table first") };
    fields[1] = (struct field){ .name = "act",
                                .kind = FIELD_SELECT,
                                .required = true,
                                .label = T("对勾选的事项", "With the ticked cases"),
                                .options = options,
                                .option_count = n };
    fields[2] = (struct field){ .name = "note",
                                .kind = FIELD_TEXT,
                                .max = 500,
                                .label = T("说明", "Note"),
                                .hint = T("需要写明原因的步骤必填", "Needed where a step asks why") };
    *form = (struct form){ fields, 3 };
    return form;
}

/* ---- Doing ---- */

struct bulk {
    const struct case_desk_view *desk;
    struct str act, note, key; /* key: of the form, in hexadecimal */
    int64_t ids[BULK_CASES_MOST];
    size_t n;
    struct bulk_outcome outcomes[BULK_CASES_MOST];
};

static bool common_of(struct writing *writing, struct bulk *bulk, size_t i, enum case_common what, struct error *error)
{
    struct case_common_do input = {
        .city = bulk->desk->city, .who = bulk->desk->who, .id = bulk->ids[i], .what = what, .note = bulk->note
    };
    bool good = case_common_run(writing, &input, error);
    bulk->outcomes[i].result = input.result;
    return good;
}

static bool act_on(struct writing *writing, struct bulk *bulk, size_t i, struct error *error)
{
    struct bulk_outcome *outcome = &bulk->outcomes[i];
    struct case_row row;
    bool found = false, sees = false;
    outcome->result = CASE_NOT_YOURS;
    if (!case_one(writing->db, bulk->desk->arena, bulk->desk->city, bulk->ids[i], &row, &found, error) ||
        (found && !case_sees(writing->db, &bulk->desk->who, &row, &sees, error))) {
        return false;
    }
    if (!sees) {
        return true;
    }
    outcome->row = row;
    if (str_is(bulk->act, "take") || str_is(bulk->act, "watch")) {
        return common_of(writing, bulk, i, str_is(bulk->act, "take") ? CASE_TAKE : CASE_WATCH, error);
    }
    size_t dot = str_find(bulk->act, '.');
    outcome->result = CASE_NOT_NOW;
    if (!row.kind || !str_eq(row.kind_id, str_part(bulk->act, 0, dot))) {
        return true;
    }
    struct case_do input = { .city = bulk->desk->city,
                             .who = bulk->desk->who,
                             .id = row.id,
                             .act = str_part(bulk->act, dot + 1, bulk->act.n),
                             .note = bulk->note,
                             .client_key = arena_printf(writing->arena, "bulk:%.*s:%lld", STR_ARG(bulk->key),
                                                        (long long)row.id) };
    bool good = case_do_run(writing, &input, error);
    outcome->result = input.result;
    return good;
}

static bool bulk_run(struct writing *writing, void *input, struct error *error)
{
    struct bulk *bulk = input;
    for (size_t i = 0; i < bulk->n; i++) {
        if (!act_on(writing, bulk, i, error)) {
            return false;
        }
    }
    return true;
}

static void did_bulk(struct request *request, bool ok, const struct error *error, void *context)
{
    struct bulk *bulk = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    struct bulk_view *view = ARENA_NEW(bulk->desk->arena, struct bulk_view);
    *view = (struct bulk_view){ .outcomes = bulk->outcomes, .n = bulk->n };
    for (size_t i = 0; i < bulk->n; i++) {
        view->done += bulk->outcomes[i].result == CASE_DONE || bulk->outcomes[i].result == CASE_REPEATED;
    }
    reply_page(request, 200, cases_bulk_page, view);
}

static void post_bulk(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    size_t n = 0;
    if (!desk) {
        return;
    }
    if (!form_ok(request)) {
        cases_show_mine(request);
        return;
    }
    struct bulk *bulk = ARENA_NEW(desk->arena, struct bulk);
    struct str key = request_form_key(request);
    *bulk = (struct bulk){ .desk = desk,
                           .act = form_value(request, "act"),
                           .note = form_value(request, "note"),
                           .key = hex_encode(desk->arena, key.p, key.n) };
    const struct str *ids = form_values(request, "case", &n);
    for (size_t i = 0; i < n && bulk->n < BULK_CASES_MOST; i++) {
        bulk->n += str_to_int(ids[i], 1, INT64_MAX, &bulk->ids[bulk->n]);
    }
    request_command(request, "case.bulk", bulk_run, bulk, did_bulk, bulk);
}

const struct route cases_bulk_routes[] = {
    { .method = "POST",
      .path = "/cases/bulk",
      .roles = CASE_ROLES,
      .form_of = cases_bulk_form,
      .handler = post_bulk,
      .answer = "page",
      .summary = T("一次办理多件", "One act on several cases") },
};
const size_t cases_bulk_route_count = sizeof cases_bulk_routes / sizeof *cases_bulk_routes;
