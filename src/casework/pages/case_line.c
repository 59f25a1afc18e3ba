/* Lines of a plan: measures and milestones, by whom, from when until when, for how much, and what they add. */
#include "casework/pages/cases.h"

#include "base/cell.h"
#include "casework/pages/routes.h"

#include "case.page.h"

static const struct field line_fields[] = {
    { .name = "name",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 120,
      .label = T("措施或节点", "Measure or milestone") },
    { .name = "owner", .kind = FIELD_TEXT, .required = true, .max = 80, .label = T("责任人或单位", "Who does it") },
    { .name = "from", .kind = FIELD_DATE, .required = true, .label = T("开始", "From") },
    { .name = "due", .kind = FIELD_DATE, .required = true, .label = T("应完成", "Due") },
    { .name = "done",
      .kind = FIELD_DATE,
      .label = T("实际完成", "Done on"),
      .hint = T("没完成不填", "Empty while it is not") },
    { .name = "planned",
      .kind = FIELD_TEXT,
      .max = 20,
      .width = 20,
      .label = T("计划资金（元）", "Money planned (yuan)") },
    { .name = "spent", .kind = FIELD_TEXT, .max = 20, .width = 20, .label = T("已用资金（元）", "Money spent (yuan)") },
    { .name = "note",
      .kind = FIELD_LONG,
      .max = 500,
      .label = T("说明", "Why"),
      .hint = T("方案确定后，修改必须说明原因", "Once the plan is agreed a change needs a reason") },
};
enum { LINE_FIELDS = sizeof line_fields / sizeof *line_fields };

/* With what it adds, where the kind says to what a line can add; with the box that takes it out, once it is there. */
static const struct form *form_of_line(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct case_row row;
    struct error error;
    bool found = false;
    if (!request_db(request) ||
        !case_one(request_db(request), arena, request_app(request)->city, request_param_int(request, "case"), &row,
                  &found, &error) ||
        !found || !row.kind) {
        return NULL;
    }
    const struct case_kind *kind = row.kind;
    struct field *fields = ARENA_ARRAY(arena, struct field, LINE_FIELDS + 3);
    size_t n = 0;
    for (size_t i = 0; i < LINE_FIELDS; i++) {
        fields[n++] = line_fields[i];
    }
    if (kind->nmeasures) {
        struct option *options = ARENA_ARRAY(arena, struct option, kind->nmeasures);
        for (size_t i = 0; i < kind->nmeasures; i++) {
            const struct case_word *word = &kind->measures[i];
            options[i] =
                (struct option){ arena_cstr(arena, word->id),
                                 { arena_cstr(arena, word->name.zh), arena_cstr(arena, name_in(word->name, LANG_EN)) },
                                 T("", "") };
        }
        fields[n++] = (struct field){ .name = "measure",
                                      .kind = FIELD_SELECT,
                                      .label = T("增加什么", "What it adds to"),
                                      .options = options,
                                      .option_count = kind->nmeasures };
        fields[n++] = (struct field){
            .name = "adds", .kind = FIELD_INT, .max = 1000000000, .width = 10, .label = T("增加多少", "By how much")
        };
    }
    if (request_param_int(request, "line")) {
        fields[n++] = (struct field){ .name = "dropped",
                                      .kind = FIELD_YES,
                                      .label = T("从方案中撤去这一条", "Take this line out of the plan") };
    }
    struct form *form = ARENA_NEW(arena, struct form);
    *form = (struct form){ fields, n };
    return form;
}

static struct case_view *line_view(struct request *request)
{
    struct case_view *view = case_view_for(request);
    int64_t id = request_param_int(request, "line");
    if (!view) {
        return NULL;
    }
    for (size_t i = 0; id && i < view->nlines; i++) {
        view->line = view->lines[i].id == id ? &view->lines[i] : view->line;
    }
    if (!view->it.row.kind || !view->it.row.kind->lines || (id && !view->line) || !(view->mine || view->above)) {
        reply_not_found(request);
        return NULL;
    }
    return view;
}

static struct str yuan(struct arena *arena, int64_t fen)
{
    return fen % 100 ? arena_printf(arena, "%lld.%02lld", (long long)(fen / 100), (long long)(fen % 100))
                     : arena_printf(arena, "%lld", (long long)(fen / 100));
}

static void show_line(struct request *request)
{
    struct case_view *view = line_view(request);
    if (!view) {
        return;
    }
    view->form = form_of_line(request);
    if (!view->form) {
        reply_failed(request, NULL);
        return;
    }
    if (!request_is_post(request)) {
        form_use(request, view->form);
    }
    const struct case_line *line = view->line;
    if (line && !request_is_post(request)) {
        form_set(request, "name", line->name);
        form_set(request, "owner", line->owner);
        form_set_day(request, "from", line->from_day);
        form_set_day(request, "due", line->due);
        if (line->done) {
            form_set_day(request, "done", line->done);
        }
        form_set(request, "planned", yuan(view->desk->arena, line->planned_fen));
        form_set(request, "spent", yuan(view->desk->arena, line->spent_fen));
        if (line->measure.n) {
            form_set(request, "measure", line->measure);
            form_set_int(request, "adds", line->adds);
        }
        if (line->dropped) {
            form_set(request, "dropped", STR("yes"));
        }
    }
    reply_page(request, 200, case_line_page, view);
}

static void did_line(struct request *request, bool ok, const struct error *error, void *context)
{
    struct case_line_do *input = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (input->result != CASE_DONE) {
        form_error(request, input->result == CASE_NEEDS_NOTE ? "note" : NULL, case_result_text(input->result));
        show_line(request);
    } else {
        reply_notice(request, "saved");
        reply_redirect_to(request, "/case/%lld", (long long)input->id);
    }
}

static void money(struct request *request, const char *field, int64_t *fen)
{
    struct str text = form_value(request, field);
    *fen = 0;
    if (text.n && (!cell_fixed(cell_plain(request_arena(request), text), 2, fen) || *fen < 0)) {
        form_error(request, field, T("应为以元计的数，至多两位小数", "Expected yuan with at most two decimals"));
    }
}

static void post_line(struct request *request)
{
    struct case_view *view = line_view(request);
    if (!view) {
        return;
    }
    struct case_line_do *input = ARENA_NEW(view->desk->arena, struct case_line_do);
    *input = (struct case_line_do){
        .city = view->desk->city, .who = view->desk->who, .id = view->it.row.id, .note = form_value(request, "note")
    };
    struct case_line *line = &input->line;
    *line = view->line ? *view->line : (struct case_line){ .measure = STR("") };
    line->name = form_value(request, "name");
    line->owner = form_value(request, "owner");
    money(request, "planned", &line->planned_fen);
    money(request, "spent", &line->spent_fen);
    line->done = 0;
    line->measure = form_value(request, "measure");
    line->adds = line->measure.n ? form_int(request, "adds") : 0;
    line->dropped = form_is(request, "dropped", "yes");
    (void)form_day(request, "from", &line->from_day);
    (void)form_day(request, "due", &line->due);
    (void)form_day(request, "done", &line->done);
    if (form_ok(request) && line->due < line->from_day) {
        form_error(request, "due", T("不能早于开始", "It cannot end before it begins"));
    }
    if (line->done > view->desk->today) {
        form_error(request, "done", T("完成日期不能在今天以后", "It cannot be done after today"));
    }
    if (!form_ok(request)) {
        show_line(request);
        return;
    }
    request_command(request, "case.line", case_line_run, input, did_line, input);
}

const struct route case_line_routes[] = {
    { .method = "GET",
      .path = "/case/#case/line",
      .roles = CASE_ROLES,
      .scope = scope_of_case,
      .handler = show_line,
      .answer = "page",
      .summary = T("新的措施", "A new line of the plan") },
    { .method = "POST",
      .path = "/case/#case/line",
      .roles = CASE_ROLES,
      .scope = scope_of_case,
      .form_of = form_of_line,
      .handler = post_line,
      .answer = "redirect",
      .summary = T("新的措施", "A new line of the plan") },
    { .method = "GET",
      .path = "/case/#case/line/#line",
      .roles = CASE_ROLES,
      .scope = scope_of_case,
      .handler = show_line,
      .answer = "page",
      .summary = T("修改措施", "A line of the plan") },
    { .method = "POST",
      .path = "/case/#case/line/#line",
      .roles = CASE_ROLES,
      .scope = scope_of_case,
      .form_of = form_of_line,
      .handler = post_line,
      .answer = "redirect",
      .summary = T("修改措施", "A line of the plan") },
};
const size_t case_line_route_count = sizeof case_line_routes / sizeof *case_line_routes;
