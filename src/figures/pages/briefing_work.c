/* The city's work on a briefing: drafting, what is said otherwise, the check and its answers, approval, publication,
 * corrections. Counting runs on a worker; every step is one command (figures/briefing.h). */
#include "figures/pages/briefing.h"

#include "base/clock.h"
#include "figures/folder.h"

#include <stdlib.h>

#include "briefing_work.page.h"

static const struct field draft_fields[] = {
    { .name = "name_zh",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 80,
      .label = T("名称（中文）", "Name in Chinese") },
    { .name = "name_en",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 80,
      .label = T("名称（英文）", "Name in English") },
    { .name = "said_on", .kind = FIELD_DATE, .required = true, .label = T("发布日期", "Said on") },
    { .name = "day", .kind = FIELD_DATE, .required = true, .label = T("数据截至", "Figures as on") },
};
static const struct form draft_form = FORM(draft_fields);

static const struct field say_fields[] = {
    { .name = "version", .kind = FIELD_HIDDEN, .required = true, .max = 10, .label = T("版", "Version") },
    { .name = "said",
      .kind = FIELD_TEXT,
      .max = 24,
      .width = 20,
      .label = T("要说的数", "The value to be said"),
      .hint = T("不填：说名录数到的数。单位同指标，如 73.89、20000。",
                "Leave it empty to say what was counted. In the figure's own unit: 73.89, 20000.") },
    { .name = "note",
      .kind = FIELD_TEXT,
      .max = 300,
      .label = T("说明（随稿公开）", "Note (published with it)"),
      .hint = T("说的数与数到的不同，或核对发现了问题仍要说时，必须写明原因。",
                "Needed when it is not what was counted, or is said although the check found something.") },
};
static const struct form say_form = FORM(say_fields);

static const struct option step_options[] = { { "check", T("核对", "Check"), T("", "") },
                                              { "recount", T("重新数", "Count anew"), T("", "") },
                                              { "approve", T("批准", "Approve"), T("", "") },
                                              { "return", T("退回草稿", "Back to the draft"), T("", "") },
                                              { "publish", T("发布", "Publish"), T("", "") } };
static const struct field step_fields[] = {
    { .name = "version", .kind = FIELD_HIDDEN, .required = true, .max = 10, .label = T("版", "Version") },
    { .name = "step", .kind = FIELD_SELECT, .required = true, .label = T("步骤", "Step"), FIELD_OPTIONS(step_options) },
};
static const struct form step_form = FORM(step_fields);

static const struct field correct_fields[] = {
    { .name = "version", .kind = FIELD_HIDDEN, .required = true, .max = 10, .label = T("版", "Version") },
    { .name = "reason",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 200,
      .label = T("更正原因（公开）", "Why it is corrected (public)") },
};
static const struct form correct_form = FORM(correct_fields);

/* ---- counting ---- */

struct work {
    struct figures *figures;
    const struct figures_folder *folder;
    struct briefing_act act;
    struct briefing_text text;
    struct figures_ask *asks; /* one a figure of act.of, in its order; of a check as known now */
    size_t n;
};

/* The figures of the text, each once, by id. */
static void list_figures(struct arena *arena, struct work *work)
{
    struct briefing_version *of = &work->act.of;
    of->figures = ARENA_ARRAY(arena, struct briefing_figure, work->text.nfigures);
    for (size_t i = 0; i < work->text.nfigures; i++) {
        const struct placed *placed = &work->text.figures[i];
        if (!briefing_figure_of(of, placed->id)) {
            of->figures[of->n++] =
                (struct briefing_figure){ .indicator = placed->id, .day = placed_day(placed, of->day) };
        }
    }
}

static void ask_figures(struct arena *arena, struct work *work, int64_t recorded)
{
    struct briefing_version *of = &work->act.of;
    work->asks = ARENA_ARRAY(arena, struct figures_ask, of->n);
    for (size_t i = 0; i < of->n; i++) {
        size_t index = indicators_find(work->folder->indicators, of->figures[i].indicator);
        work->asks[i] = (struct figures_ask){ .indicator = index, .as_of = { of->figures[i].day, recorded } };
        work->n += index != SIZE_MAX;
    }
}

/* Fills `asks`; those of indicators that are gone stay empty. */
static bool count_asks(struct arena *arena, struct work *work, struct error *error)
{
    struct figures_ask *asks = ARENA_ARRAY(arena, struct figures_ask, work->n);
    size_t n = 0, at = 0;
    for (size_t i = 0; i < work->act.of.n; i++) {
        if (work->asks[i].indicator != SIZE_MAX) {
            asks[n++] = work->asks[i];
        }
    }
    if (!figures_many(work->figures, arena, asks, n, 0, FIGURES_FOR_STAFF, error)) {
        return false;
    }
    for (size_t i = 0; i < work->act.of.n; i++) {
        if (work->asks[i].indicator != SIZE_MAX) {
            work->asks[i] = asks[at++];
        }
    }
    return true;
}

static struct figure value_of(const struct work *work, const struct figures_ask *ask)
{
    const struct indicators *set = work->folder->indicators;
    return ask->indicator == SIZE_MAX
               ? (struct figure){ .state = FIGURE_EMPTY, .denominator = 1, .before_denominator = 1 }
               : compute_figure(set, &set->items[ask->indicator], &ask->counted, STR(""), 0);
}

static bool count_draft(struct arena *arena, void *context, struct error *error)
{
    struct work *work = context;
    const struct indicators *set = work->folder->indicators;
    if (!count_asks(arena, work, error)) {
        return false;
    }
    for (size_t i = 0; i < work->act.of.n; i++) {
        struct briefing_figure *figure = &work->act.of.figures[i];
        figure->figure = value_of(work, &work->asks[i]);
        if (work->asks[i].indicator != SIZE_MAX) {
            const struct indicator *indicator = &set->items[work->asks[i].indicator];
            figure->decimals = indicator->round;
            memcpy(figure->definition, indicator->definition, SM3_BYTES);
        }
    }
    return true;
}

static bool count_check(struct arena *arena, void *context, struct error *error)
{
    struct work *work = context;
    const struct indicators *set = work->folder->indicators;
    struct briefing_version *of = &work->act.of;
    struct figure *now = ARENA_ARRAY(arena, struct figure, of->n);
    bool *few = ARENA_ARRAY(arena, bool, of->n);
    if (!count_asks(arena, work, error)) {
        return false;
    }
    for (size_t i = 0; i < of->n; i++) {
        struct masked masked;
        now[i] = value_of(work, &work->asks[i]);
        if (work->asks[i].indicator == SIZE_MAX) {
            continue;
        }
        const struct indicator *indicator = &set->items[work->asks[i].indicator];
        mask_find(arena, set, indicator, &work->asks[i].counted.now, 1, &masked);
        few[i] = masked.total;
        if (memcmp(indicator->definition, of->figures[i].definition, SM3_BYTES) != 0) {
            now[i].state = FIGURE_EMPTY; /* counted by another definition: to be counted anew */
        }
    }
    briefing_check(arena, set, &work->text, work->folder->briefing->relations, now, few, of);
    return true;
}

/* ---- commands ---- */

static struct text why(enum briefing_result result)
{
    switch (result) {
    case BRIEFING_MISSING:
        return T("没有这份发布稿或这个数据。", "There is no such briefing or figure.");
    case BRIEFING_NOT_NOW:
        return T("这一步现在不能做：稿子可能刚被别人改过，请重新打开。",
                 "This cannot be done now: somebody may have just changed it. Open the page again.");
    case BRIEFING_OWN:
        return T("起草、改过或核对过这份稿子的人不能批准它，请另一人批准。",
                 "Who drafted, changed or checked a briefing may not approve it: ask another person.");
    case BRIEFING_NO_REASON:
        return T("请写明原因。", "Write the reason.");
    case BRIEFING_CHANGED:
        return T("现在的稿子不是核对过的那一份，请退回草稿重新核对。",
                 "This is not what was checked. Send it back to the draft and check it again.");
    case BRIEFING_REDEFINED:
        return T("有指标的定义改过了，请退回草稿重新数。",
                 "An indicator was defined anew: send it back to the draft and count again.");
    case BRIEFING_DONE:
    case BRIEFING_UNANSWERED:
    case BRIEFING_RESULTS:
        break;
    }
    return T("", "");
}

static void stepped(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct briefing_act *act = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (act->result != BRIEFING_DONE && act->result != BRIEFING_UNANSWERED) {
        reply_conflict(request, why(act->result));
    } else {
        if (act->result == BRIEFING_DONE) {
            reply_notice(request, "done");
        }
        reply_redirect_to(request, act->step == BRIEF_PUBLISH ? "/briefing/%lld" : "/briefing/%lld/work",
                          (long long)act->briefing);
    }
}

static void counted(struct request *request, bool ok, const struct error *error, void *context)
{
    struct work *work = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    request_command(request, "briefing", briefing_step_run, &work->act, stepped, &work->act);
}

static struct work *work_new(struct request *request, enum briefing_step step)
{
    struct work *work = ARENA_NEW(request_arena(request), struct work);
    const struct session *session = request_session(request);
    work->figures = request_app(request)->figures;
    work->folder = request_app(request)->figures_folder;
    work->act = (struct briefing_act){ .step = step,
                                       .account = session->account,
                                       .role = accounts_role_name(session->roles, ROLE_CITY),
                                       .form_key = request_form_key(request),
                                       .set = work->folder->indicators };
    return work;
}

/* Texts of the folder and the newest moment; then to the worker. */
static void count_text(struct request *request, struct work *work)
{
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    struct briefing_version *of = &work->act.of;
    struct error error;
    if (!db) {
        return;
    }
    if (!writing_moment_seen(db, &of->recorded, &error)) {
        reply_failed(request, &error);
        return;
    }
    of->text_zh = work->folder->briefing->zh;
    of->text_en = work->folder->briefing->en;
    (void)briefing_text_read(arena, STR(""), of->text_zh, LANG_ZH, work->folder->indicators, &work->text, NULL);
    list_figures(arena, work);
    ask_figures(arena, work, of->recorded);
    request_work(request, count_draft, work, counted);
}

/* ---- /briefing/new ---- */

static void show_new(struct request *request)
{
    if (!request_is_post(request)) {
        int year, month, date;
        int64_t today = day_of_ms(clock_ms());
        day_parts(today, &year, &month, &date);
        form_use(request, &draft_form);
        form_set_day(request, "said_on", today);
        form_set_day(request, "day", day_of(year - 1, 12, 31));
    }
    reply_page(request, 200, briefing_new_page, request_app(request)->figures_folder->briefing->zh.n > 0);
}

static void post_new(struct request *request)
{
    struct work *work = work_new(request, BRIEF_DRAFT);
    struct briefing_version *of = &work->act.of;
    if (work->folder->briefing->zh.n == 0) {
        form_error(request, NULL, T("这座城市还没有发布稿的底稿。", "This city has no text for a briefing yet."));
    }
    if (!form_ok(request) || !form_day(request, "said_on", &of->said_on) || !form_day(request, "day", &of->day)) {
        show_new(request);
        return;
    }
    of->name = (struct name){ form_value(request, "name_zh"), form_value(request, "name_en") };
    count_text(request, work);
}

/* ---- /briefing/N/work ---- */

static struct name called(struct request *request, int64_t account)
{
    struct account found;
    struct error error;
    bool is = false;
    if (account &&
        account_get(request_db(request), request_arena(request), request_app(request)->vault, account, &found, &is,
                    &error) &&
        is) {
        return (struct name){ found.name, found.name };
    }
    return (struct name){ STR(""), STR("") };
}

static struct briefing_view *work_view(struct request *request)
{
    struct briefing_view *view = briefing_view_of(request, false);
    if (!view) {
        return NULL;
    }
    const struct briefing_version *version = &view->version;
    int64_t account = request_session(request)->account;
    view->drafted_by = called(request, version->drafted_by);
    view->checked_by = called(request, version->checked_by);
    view->approved_by = called(request, version->approved_by);
    view->published_by = called(request, version->published_by);
    view->may_approve = account != version->drafted_by && account != version->checked_by;
    for (size_t i = 0; i < version->n; i++) {
        view->may_approve = view->may_approve && version->figures[i].answered_by != account;
    }
    return view;
}

static void show_work(struct request *request)
{
    struct briefing_view *view = work_view(request);
    if (view) {
        if (!request_is_post(request)) {
            form_use(request, &correct_form);
        }
        reply_page(request, 200, briefing_work_page, view);
    }
}

/* The version that the form was made from; false: the reply was made. */
static bool version_of_form(struct request *request, struct briefing_act *act)
{
    act->of.briefing = request_param_int(request, "briefing");
    if (!str_to_int(form_value(request, "version"), 1, INT32_MAX, &act->of.version)) {
        reply_not_found(request);
        return false;
    }
    return true;
}

static void post_check(struct request *request, struct work *work)
{
    struct briefing_view *view = briefing_view_of(request, false);
    if (!view) {
        return;
    }
    int64_t version = work->act.of.version, now = 0;
    struct error error;
    work->act.of = view->version;
    work->act.of.version = version;
    /* The Chinese text is the one that is checked: the English one says the same figures (jiaoti check). */
    (void)briefing_text_read(request_arena(request), STR(""), view->version.text_zh, LANG_ZH, work->folder->indicators,
                             &work->text, NULL);
    if (!writing_moment_seen(request_db(request), &now, &error)) {
        reply_failed(request, &error);
        return;
    }
    ask_figures(request_arena(request), work, now);
    request_work(request, count_check, work, counted);
}

static void post_recount(struct request *request, struct work *work)
{
    struct briefing_view *view = briefing_view_of(request, false);
    if (view) {
        work->act.of.day = view->version.day;
        count_text(request, work);
    }
}

static void post_step(struct request *request)
{
    static const struct {
        const char *word;
        enum briefing_step step;
    } steps[] = { { "check", BRIEF_CHECK },
                  { "recount", BRIEF_RECOUNT },
                  { "approve", BRIEF_APPROVE },
                  { "return", BRIEF_RETURN },
                  { "publish", BRIEF_PUBLISH } };
    if (!form_ok(request)) {
        show_work(request);
        return;
    }
    struct work *work = work_new(request, BRIEF_CHECK);
    if (!version_of_form(request, &work->act)) {
        return;
    }
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (form_is(request, "step", steps[i].word)) {
            work->act.step = steps[i].step;
        }
    }
    if (work->act.step == BRIEF_CHECK) {
        post_check(request, work);
    } else if (work->act.step == BRIEF_RECOUNT) {
        post_recount(request, work);
    } else {
        request_command(request, "briefing", briefing_step_run, &work->act, stepped, &work->act);
    }
}

static void post_correct(struct request *request)
{
    if (!form_ok(request)) {
        show_work(request);
        return;
    }
    struct work *work = work_new(request, BRIEF_DRAFT);
    struct briefing_view *view = NULL;
    if (!version_of_form(request, &work->act) || !(view = briefing_view_of(request, false))) {
        return;
    }
    work->act.of.day = view->version.day;
    work->act.of.reason = form_value(request, "reason");
    count_text(request, work);
}

/* ---- /briefing/N/figure/ID ---- */

static void show_say(struct request *request)
{
    struct briefing_view *view = work_view(request);
    if (!view) {
        return;
    }
    struct say_view say = { .of = view };
    for (size_t i = 0; i < view->nnotes; i++) {
        if (str_eq(view->notes[i].figure->indicator, request_param(request, "id"))) {
            say.note = &view->notes[i];
        }
    }
    if (!say.note) {
        reply_not_found(request);
        return;
    }
    if (!request_is_post(request)) {
        const struct briefing_figure *figure = say.note->figure;
        form_use(request, &say_form);
        form_set(request, "note", figure->note);
        if (figure->has_other) {
            form_set(request, "said", figure_number(request_arena(request), figure->other_e6, figure->decimals, false));
        }
    }
    reply_page(request, 200, briefing_say_page, &say);
}

/* "73.89", at most six decimals; not below 0 but for changes. */
static bool number_of(struct str text, int64_t *e6)
{
    bool negative = str_starts(text, STR("-"));
    struct str rest = negative ? str_part(text, 1, text.n) : text;
    size_t dot = str_find(rest, '.');
    struct str decimals = str_part(rest, dot + 1, rest.n);
    int64_t whole, part = 0;
    if (!str_to_int(str_part(rest, 0, dot), 0, INT64_C(1000000000000), &whole) || decimals.n > 6 ||
        (dot < rest.n && !str_to_int(decimals, 0, 999999, &part))) {
        return false;
    }
    for (size_t i = decimals.n; i < 6; i++) {
        part *= 10;
    }
    *e6 = (whole * 1000000 + part) * (negative ? -1 : 1);
    return true;
}

static void post_say(struct request *request)
{
    struct work *work = work_new(request, BRIEF_SAY);
    struct briefing_figure *say = &work->act.say;
    say->has_other = form_has(request, "said");
    say->note = form_value(request, "note");
    if (say->has_other && !number_of(form_value(request, "said"), &say->other_e6)) {
        form_error(request, "said",
                   T("应是数，最多六位小数，如 73.89。", "Write a number with at most six decimals, such as 73.89."));
    }
    if (say->has_other && say->note.n == 0) {
        form_error(request, "note", T("说的数与数到的不同：请写明原因。", "It is not what was counted: write why."));
    }
    if (!form_ok(request)) {
        show_say(request);
        return;
    }
    if (version_of_form(request, &work->act)) {
        say->indicator = request_param(request, "id");
        request_command(request, "briefing", briefing_step_run, &work->act, stepped, &work->act);
    }
}

static enum scope_result scope_of_briefing(struct request *request, struct subject *subject)
{
    return scope_of_city(request, "briefing", "select id from briefing where id = ?1", subject);
}

const struct route briefing_work_routes[] = {
    { .method = "GET",
      .path = "/briefing/new",
      .roles = ROLE_CITY,
      .handler = show_new,
      .answer = "page",
      .summary = T("起草发布稿", "Draft a briefing") },
    { .method = "POST",
      .path = "/briefing/new",
      .roles = ROLE_CITY,
      .form = &draft_form,
      .handler = post_new,
      .answer = "redirect",
      .summary = T("数好并起草", "Count and draft") },
    { .method = "GET",
      .path = "/briefing/#briefing/work",
      .roles = ROLE_CITY,
      .scope = scope_of_briefing,
      .handler = show_work,
      .answer = "page",
      .summary = T("起草中的发布稿：核对、批准、发布", "A briefing on its way: check, approve, publish") },
    { .method = "POST",
      .path = "/briefing/#briefing/step",
      .roles = ROLE_CITY,
      .scope = scope_of_briefing,
      .form = &step_form,
      .handler = post_step,
      .answer = "redirect",
      .summary = T("发布稿的一步", "A step of a briefing") },
    { .method = "POST",
      .path = "/briefing/#briefing/correct",
      .roles = ROLE_CITY,
      .scope = scope_of_briefing,
      .form = &correct_form,
      .handler = post_correct,
      .answer = "redirect",
      .summary = T("起草更正", "Draft a correction") },
    { .method = "GET",
      .path = "/briefing/#briefing/figure/:id",
      .roles = ROLE_CITY,
      .scope = scope_of_briefing,
      .handler = show_say,
      .answer = "page",
      .summary = T("发布稿中的一个数：说法和说明", "A figure of a briefing: what is said of it, and its note") },
    { .method = "POST",
      .path = "/briefing/#briefing/figure/:id",
      .roles = ROLE_CITY,
      .scope = scope_of_briefing,
      .form = &say_form,
      .handler = post_say,
      .answer = "redirect",
      .summary = T("改说法或写说明", "Say it otherwise, or with a note") },
};
const size_t briefing_work_route_count = sizeof briefing_work_routes / sizeof *briefing_work_routes;
