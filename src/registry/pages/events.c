/* /register/event: what moves many facts at once, as a form for each kind of event. What it would do is shown before
 * it is proposed, and found anew by the command, on what is known then. */
#include "registry/pages/changes.h"

#include "base/clock.h"
#include "registry/pages/register_routes.h"

#include "register_event.page.h"
#include "register_events.page.h"

static const struct {
    const char *name;
    struct text words, explained;
} acts[] = {
    [EVENT_MERGE] = { "merge", T("合并", "Merge"),
                      T("几个单位并入一个：它们的校区、教职工、学生、专业随之转入，荣誉留在原单位名下。",
                        "Institutions go into one: their campuses, staff, pupils and programmes go along; honours end "
                        "with who held them.") },
    [EVENT_SPLIT] = { "split", T("拆分", "Split"),
                      T("把一个单位的几个校区或一个学段分出去，成立新单位。",
                        "Campuses or a stage of an institution become a new one.") },
    [EVENT_MOVE] = { "move", T("划转", "Move"),
                     T("单位划到另一个行政区划，所属的一切随之划转；过去的仍算在原处。",
                       "An institution belongs to another division, with all that is its; the past stays where it "
                       "was.") },
    [EVENT_RENAME] = { "rename", T("更名", "Rename"),
                       T("单位或行政区划换名称，代码不变。", "An institution or division has another name; its code "
                                                             "stays.") },
    [EVENT_RECODE] = { "recode", T("行政区划换代码", "Recode a division"),
                       T("行政区划换代码，其中的一切随之改到新代码；两个代码永远都能查到。",
                         "A division has another code, and what stands in it goes over; both codes are known for "
                         "ever.") },
    [EVENT_CLOSE] = { "close", T("撤销", "Close"),
                      T("单位撤销；可以指定学生转到哪个单位。",
                        "An institution is no more; where its pupils go may be named.") },
};

struct text event_words(enum event_act act)
{
    return acts[act].words;
}

struct text event_explained(enum event_act act)
{
    return acts[act].explained;
}

static bool act_of(struct str name, enum event_act *act)
{
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (str_is(name, acts[i].name)) {
            *act = (enum event_act)i;
            return true;
        }
    }
    return false;
}

/* ---- Forms ---- */

static const struct option event_stages[] = {
    { "kindergarten", T("学前", "kindergarten"), { 0 } },
    { "primary", T("小学", "primary"), { 0 } },
    { "junior", T("初中", "junior"), { 0 } },
    { "senior", T("高中", "senior"), { 0 } },
    { "vocational", T("中职", "vocational"), { 0 } },
    { "college", T("高职", "college"), { 0 } },
    { "special", T("特教", "special"), { 0 } },
};
enum event_field { FIELD_FROM, FIELD_INTO, FIELD_DIVISION, FIELD_ZH, FIELD_EN, FIELD_SITES, FIELD_STAGE, EVENT_OWN };
static const struct field own_fields[EVENT_OWN] = {
    [FIELD_FROM] = { .name = "from", .kind = FIELD_TEXT, .required = true, .max = 400 },
    [FIELD_INTO] = { .name = "into", .kind = FIELD_TEXT, .max = 60, .width = 20 },
    [FIELD_DIVISION] = { .name = "division",
                         .kind = FIELD_TEXT,
                         .max = 16,
                         .width = 20,
                         .label = T("到哪个行政区划（代码）", "To which division (code)") },
    [FIELD_ZH] = { .name = "name_zh", .kind = FIELD_TEXT, .max = 120, .label = T("新名称", "New name") },
    [FIELD_EN] = { .name = "name_en",
                   .kind = FIELD_TEXT,
                   .max = 120,
                   .label = T("新的英文名称", "New name in English") },
    [FIELD_SITES] = { .name = "sites",
                      .kind = FIELD_TEXT,
                      .max = 400,
                      .label = T("分出去的校区代码", "Codes of the campuses that go over"),
                      .hint = T("几个之间用空格分开", "Several are separated by blanks") },
    [FIELD_STAGE] = { .name = "stage",
                      .kind = FIELD_SELECT,
                      .label = T("分出去的学段", "The stage that goes over"),
                      FIELD_OPTIONS(event_stages) },
};
static const struct field last_fields[] = {
    { .name = "on", .kind = FIELD_DATE, .required = true, .label = T("从哪一天起", "From which day?") },
    { .name = "why",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 200,
      .label = T("为什么", "Why?"),
      .hint = T("不要写个人信息", "No personal data, please") },
    { .name = "paper",
      .kind = FIELD_TEXT,
      .max = 200,
      .label = T("依据文件", "Paper"),
      .hint = T("文件名称或文号，公众可见", "Its title or number; the public sees it") },
    { .name = "act", .kind = FIELD_HIDDEN, .max = 8, .label = T("步骤", "Step") },
};

/* What each event asks for, in order; required ones first told by a bit. */
static const struct {
    unsigned asks, needs;
    struct text from, into;
} asked[] = {
#define ASK(field) (1u << (field))
    [EVENT_MERGE] = { ASK(FIELD_FROM) | ASK(FIELD_INTO) | ASK(FIELD_ZH) | ASK(FIELD_EN) | ASK(FIELD_DIVISION),
                      ASK(FIELD_INTO),
                      T("并入的单位代码（几个之间用空格分开）", "Codes of those that go in (separated by blanks)"),
                      T("并入哪个单位（代码）；新单位另填名称",
                        "Code of the one that goes on; of a new one its name too") },
    [EVENT_SPLIT] = { ASK(FIELD_FROM) | ASK(FIELD_INTO) | ASK(FIELD_ZH) | ASK(FIELD_EN) | ASK(FIELD_DIVISION) |
                          ASK(FIELD_SITES) | ASK(FIELD_STAGE),
                      ASK(FIELD_INTO) | ASK(FIELD_ZH), T("被拆分的单位代码", "Code of the institution"),
                      T("新单位的代码", "Code of the new one") },
    [EVENT_MOVE] = { ASK(FIELD_FROM) | ASK(FIELD_DIVISION), ASK(FIELD_DIVISION),
                     T("划转的单位代码", "Code of the institution"), T("", "") },
    [EVENT_RENAME] = { ASK(FIELD_FROM) | ASK(FIELD_ZH) | ASK(FIELD_EN), ASK(FIELD_ZH),
                       T("更名的单位或行政区划代码", "Code of the institution or division"), T("", "") },
    [EVENT_RECODE] = { ASK(FIELD_FROM) | ASK(FIELD_INTO), ASK(FIELD_INTO), T("原代码", "Its code"),
                       T("新代码", "Its new code") },
    [EVENT_CLOSE] = { ASK(FIELD_FROM) | ASK(FIELD_INTO), 0, T("撤销的单位代码", "Code of the institution"),
                      T("学生转到哪个单位（代码）", "Where its pupils go (code)") },
#undef ASK
};

static const struct form *form_of_act(struct arena *arena, enum event_act act)
{
    struct field *fields = ARENA_ARRAY(arena, struct field, EVENT_OWN + sizeof last_fields / sizeof *last_fields);
    struct form *form = ARENA_NEW(arena, struct form);
    size_t n = 0;
    for (int i = 0; i < EVENT_OWN; i++) {
        if (!(asked[act].asks & (1u << i))) {
            continue;
        }
        fields[n] = own_fields[i];
        fields[n].required = fields[n].required || (asked[act].needs & (1u << i));
        if (i == FIELD_FROM) {
            fields[n].label = asked[act].from;
        } else if (i == FIELD_INTO) {
            fields[n].label = asked[act].into;
        }
        n++;
    }
    memcpy(&fields[n], last_fields, sizeof last_fields);
    *form = (struct form){ fields, n + sizeof last_fields / sizeof *last_fields };
    return form;
}

static const struct form *event_form(struct request *request)
{
    enum event_act act;
    return act_of(request_param(request, "act"), &act) ? form_of_act(request_arena(request), act) : NULL;
}

/* ---- What is asked ---- */

static struct str *codes_of(struct arena *arena, struct str text, size_t *n)
{
    struct str *codes = NULL, word;
    *n = 0;
    while (str_split(&text, ' ', &word)) {
        if (word.n) {
            codes = arena_grow(arena, codes, *n, sizeof *codes);
            codes[(*n)++] = word;
        }
    }
    return codes;
}

static void event_of_form(struct request *request, struct event_view *view)
{
    struct arena *arena = request_arena(request);
    struct event *event = &view->event;
    *event = (struct event){ .act = view->act,
                             .into = form_value(request, "into"),
                             .name = { form_value(request, "name_zh"), form_value(request, "name_en") },
                             .division = form_value(request, "division"),
                             .stage = form_value(request, "stage") };
    (void)form_day(request, "on", &event->day);
    event->from = codes_of(arena, form_value(request, "from"), &event->nfrom);
    event->sites = codes_of(arena, form_value(request, "sites"), &event->nsites);
    if (view->act != EVENT_MERGE && event->nfrom > 1) {
        form_error(request, "from", T("只填一个代码", "One code only"));
    }
}

/* Whose change it is: of the first thing that the event names. */
static bool place_of(struct db *db, struct arena *arena, const struct event *event, struct str *division,
                     int64_t *institution, struct error *error)
{
    struct fact fact;
    struct as_of as_of = { event->day, MOMENT_OPEN };
    bool found = false;
    *division = STR("");
    *institution = 0;
    if (!event->nfrom) {
        return true;
    }
    if (!facts_one(db, arena, &KIND_LIST[KIND_INSTITUTION], event->from[0], as_of, &fact, &found, error)) {
        return false;
    }
    if (found) {
        *division = fact.division;
        *institution = fact.subject;
        return true;
    }
    *division = event->from[0]; /* of a division itself */
    return true;
}

/* ---- Showing ---- */

struct looking {
    struct event_view *view;
    struct str division;
    int64_t institution;
    bool outside;
};

static bool load_event(struct db *db, void *context, struct error *error)
{
    struct looking *looking = context;
    struct event_view *view = looking->view;
    const struct desk *desk = view->desk;
    struct change_step *steps = NULL;
    size_t n = 0;
    struct error says = { "" };
    if (!place_of(db, desk->arena, &view->event, &looking->division, &looking->institution, error)) {
        return false;
    }
    looking->outside = !desk_owns(desk, looking->division, looking->institution);
    if (looking->outside) {
        return true;
    }
    if (!event_steps(db, desk->arena, &view->event, &steps, &n, &says)) {
        view->problem = arena_str(desk->arena, str_of(says.message));
        return true;
    }
    view->preview = true;
    return steps_show(db, desk, steps, n, false, MOMENT_OPEN, &view->steps, error);
}

static void event_loaded(struct request *request, bool ok, const struct error *error, void *context)
{
    struct looking *looking = context;
    struct event_view *view = looking->view;
    struct arena *arena = request_arena(request);
    (void)ok;
    (void)error;
    if (looking->outside) {
        form_error(request, "from", T("没有这个代码，或不在您的管理范围内", "There is no such code within your scope"));
    } else if (view->problem.n) {
        form_error(request, NULL,
                   T(arena_printf(arena, "按名录现在的内容做不了：%.*s", STR_ARG(view->problem)).p,
                     arena_printf(arena, "It does not fit what the register knows: %.*s", STR_ARG(view->problem)).p));
    }
    reply_page(request, form_ok(request) ? 200 : 422, register_event, view);
}

static struct event_view *event_asked(struct request *request)
{
    struct desk *desk = desk_of(request);
    enum event_act act;
    if (!desk) {
        return NULL;
    }
    if (!act_of(request_param(request, "act"), &act)) {
        reply_not_found(request);
        return NULL;
    }
    struct event_view *view = ARENA_NEW(desk->arena, struct event_view);
    *view = (struct event_view){ .desk = desk, .act = act, .form = form_of_act(desk->arena, act) };
    return view;
}

static void show_event(struct request *request)
{
    struct event_view *view = event_asked(request);
    if (!view) {
        return;
    }
    struct str of = request_query(request, "of"), from = request_query(request, "from");
    form_use(request, view->form);
    form_set(request, "from", str_part(from.n ? from : of, 0, 400));
    form_set(request, "into", str_part(request_query(request, "into"), 0, 60));
    form_set_day(request, "on", view->desk->as_of.day);
    reply_page(request, 200, register_event, view);
}

/* ---- Sending ---- */

struct sending {
    struct proposing proposing;
    struct event_view *view;
};

static bool make_steps(struct db *db, struct arena *arena, struct proposing *proposing, struct error *error)
{
    const struct event *event = proposing->context;
    return place_of(db, arena, event, &proposing->division, &proposing->institution, error) &&
           event_steps(db, arena, event, &proposing->steps, &proposing->n, error);
}

static void sent(struct request *request, bool ok, const struct error *error, void *context)
{
    struct sending *sending = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    if (sending->proposing.result == CHANGE_OK) {
        reply_notice(request, "register-proposed");
        reply_redirect_to(request, "/register/changes/%lld", (long long)sending->proposing.id);
        return;
    }
    form_error(request, NULL,
               change_result_words(request_arena(request), sending->proposing.result, sending->proposing.says));
    reply_page(request, 422, register_event, sending->view);
}

static void post_event(struct request *request)
{
    struct event_view *view = event_asked(request);
    if (!view) {
        return;
    }
    event_of_form(request, view);
    if (!form_ok(request) || form_is(request, "act", "edit")) {
        reply_page(request, form_ok(request) ? 200 : 422, register_event, view);
        return;
    }
    struct arena *arena = request_arena(request);
    if (form_is(request, "act", "send")) {
        struct sending *sending = ARENA_NEW(arena, struct sending);
        sending->view = view;
        sending->proposing = (struct proposing){ .who = view->desk->who,
                                                 .key = request_form_key(request),
                                                 .kind = str_of(event_name(view->act)),
                                                 .division = STR(""),
                                                 .make = make_steps,
                                                 .context = &view->event,
                                                 .note = form_value(request, "why"),
                                                 .document = form_value(request, "paper") };
        request_command(request, "register.event", propose_run, &sending->proposing, sent, sending);
        return;
    }
    struct looking *looking = ARENA_NEW(arena, struct looking);
    *looking = (struct looking){ .view = view };
    desk_load(request, true, load_event, event_loaded, looking);
}

static void show_events(struct request *request)
{
    struct desk *desk = desk_of(request);
    if (desk) {
        struct str of = str_part(request_query(request, "of"), 0, 60);
        reply_page(request, 200, register_events, desk, of);
    }
}

const struct route register_event_routes[] = {
    { .method = "GET",
      .path = "/register/event",
      .roles = REGISTER_ROLES,
      .handler = show_events,
      .answer = "page",
      .summary = T("合并、拆分、划转、更名、换代码、撤销", "Merge, split, move, rename, recode, close") },
    { .method = "GET",
      .path = "/register/event/:act",
      .roles = REGISTER_ROLES,
      .handler = show_event,
      .answer = "page",
      .summary = T("一种事件的表单", "The form of one kind of event") },
    { .method = "POST",
      .path = "/register/event/:act",
      .roles = REGISTER_ROLES,
      .form_of = event_form,
      .handler = post_event,
      .answer = "page",
      .summary = T("预览会移动什么，再提出", "Shows what would move, then proposes it") },
};
const size_t register_event_route_count = sizeof register_event_routes / sizeof *register_event_routes;
