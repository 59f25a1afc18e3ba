/* /family: the children of a guardian, where each stands in each round, and the beginning of an application. */
#include "places/family/family.h"

#include "base/clock.h"
#include "connect/client.h"

#include "add_child.page.h"
#include "child_known.page.h"
#include "family_home.page.h"

#include <jansson.h>
#include <stdio.h>

/* ---- Where an application stands, in a few words ---- */

static void judge_state(const struct child_round *r, struct arena *arena, struct family_round *out)
{
    bool published = str_is(r->round_state, "published") || str_is(r->round_state, "ended");
    out->href = arena_printf(arena, "/apply/%lld/status", (long long)r->application).p;
    out->action = T("查看进度", "See the status");
    if (str_is(r->state, "draft")) {
        out->status = T("未提交", "Not yet sent");
        out->colour = COLOUR_YELLOW;
        out->action = T("继续填写", "Go on");
        out->href = arena_printf(arena, "/apply/%lld", (long long)r->application).p;
    } else if (str_is(r->state, "withdrawn")) {
        out->status = T("已撤回", "Withdrawn");
        out->colour = COLOUR_GREY;
    } else if (published) {
        out->status = T("结果已公布", "Result published");
        out->colour = COLOUR_GREEN;
        out->action = T("查看结果", "See the result");
        out->href = arena_printf(arena, "/apply/%lld/result", (long long)r->application).p;
    } else if (str_is(r->review, "correction")) {
        out->status = T("需要您补正", "Please correct");
        out->colour = COLOUR_RED;
    } else if (str_is(r->review, "passed")) {
        out->status = T("审核通过", "Review passed");
        out->colour = COLOUR_GREEN;
    } else if (str_is(r->review, "counter")) {
        out->status = T("请到窗口办理", "Please come to the counter");
        out->colour = COLOUR_RED;
    } else if (str_is(r->review, "refused")) {
        out->status = T("未通过", "Refused");
        out->colour = COLOUR_RED;
    } else {
        out->status = T("已提交，审核中", "Sent, under review");
        out->colour = COLOUR_BLUE;
    }
}

struct open_round {
    int64_t id;
    struct str division;
    enum stage stage;
    int64_t year;
    const struct policy *policy;
};

/* Rounds that take applications now. */
static bool open_rounds(struct request *request, struct db *db, struct open_round **out, size_t *n, struct error *error)
{
    enum { MOST = 128 };
    struct arena *arena = request_arena(request);
    *out = ARENA_ARRAY(arena, struct open_round, MOST);
    *n = 0;
    int64_t policies[MOST];
    struct rows *rows = db_query(db, error,
                                 "select id, division, stage, year, policy from round where state = 'open' and "
                                 "opens_at <= ?1 and closes_at > ?1 order by division, stage limit 128",
                                 V_INT(clock_ms()));
    while (rows_next(rows)) {
        struct open_round *round = &(*out)[*n];
        round->id = rows_int(rows, 0);
        round->division = rows_text_in(rows, 1, arena);
        (void)stage_of(rows_text(rows, 2), &round->stage);
        round->year = rows_int(rows, 3);
        policies[(*n)++] = rows_int(rows, 4);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < *n; i++) {
        if (!places_policy(request_app(request)->places, db, policies[i], &(*out)[i].policy, error)) {
            return false;
        }
    }
    return true;
}

/* Is this open round out of the question: one of the child's already, or one beside an application that was sent? Once
 * that is published, its own county's late round is all that is left. */
static bool is_out(const struct child_list *list, int64_t child, const struct open_round *open)
{
    for (size_t i = 0; i < list->nrounds; i++) {
        const struct child_round *r = &list->rounds[i];
        if (r->child != child) {
            continue;
        }
        bool published = str_is(r->round_state, "published") || str_is(r->round_state, "ended");
        bool same_county = str_starts(r->round_label, open->division);
        if (r->round == open->id || (str_is(r->state, "submitted") && !(published && same_county))) {
            return true;
        }
    }
    return false;
}

/* The child's applications, then the open rounds it could still apply in: of the county of its household, or, for
 * children registered elsewhere, of all counties (the dwelling decides). */
static bool rounds_of_child(struct request *request, struct db *db, const struct child_list *list,
                            const struct child *child, const struct open_round *open, size_t nopen,
                            struct family_child *out, struct error *error)
{
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    enum lang lang = request_lang(request);
    out->rounds = ARENA_ARRAY(arena, struct family_round, list->nrounds + nopen);
    for (size_t i = 0; i < list->nrounds; i++) {
        const struct child_round *r = &list->rounds[i];
        if (r->child != child->id) {
            continue;
        }
        struct family_round *row = &out->rounds[out->nrounds++];
        row->round = r->round;
        row->application = r->application;
        judge_state(r, arena, row);
        struct rows *rows =
            db_query(db, error, "select division, stage, year from round where id = ?1", V_INT(r->round));
        if (rows_next(rows)) {
            enum stage stage = STAGE_PRIMARY;
            (void)stage_of(rows_text(rows, 1), &stage);
            row->words = round_words(arena, lang, city, rows_text_in(rows, 0, arena), stage, rows_int(rows, 2));
        }
        if (!rows_end(rows, error)) {
            return false;
        }
    }
    bool local = false;
    for (size_t i = 0; i < nopen; i++) {
        local = local || str_starts(child->household_division, open[i].division);
    }
    for (size_t i = 0; i < nopen; i++) {
        bool here = !local || str_starts(child->household_division, open[i].division);
        const struct policy *primary = city_policy(city, open[i].division, STAGE_PRIMARY);
        int64_t primary_latest = primary ? policy_latest_birthday(primary) : INT64_MAX;
        if (!here || is_out(list, child->id, &open[i]) ||
            child_fits(open[i].policy, child->birth, child->school != 0, primary_latest) != CHILD_FITS) {
            continue;
        }
        struct family_round *row = &out->rounds[out->nrounds++];
        row->round = open[i].id;
        row->words = round_words(arena, lang, city, open[i].division, open[i].stage, open[i].year);
        row->status = T("可以报名", "Open");
        row->colour = COLOUR_BLUE;
        row->action = T("开始报名", "Apply");
        row->href = arena_printf(arena, "/family/child/%lld/%lld", (long long)child->id, (long long)open[i].id).p;
    }
    return true;
}

static void show_family(struct request *request)
{
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct error error;
    struct child_list list;
    struct open_round *open;
    size_t nopen;
    if (!child_list(db, arena, app->vault, request_session(request)->account, &list, &error) ||
        !open_rounds(request, db, &open, &nopen, &error)) {
        reply_failed(request, &error);
        return;
    }
    struct family_view view = { .looked = request_has_query(request, "looked"),
                                .silent = request_has_query(request, "silent") };
    view.children = ARENA_ARRAY(arena, struct family_child, list.nchildren);
    for (; view.n < list.nchildren; view.n++) {
        const struct child *child = &list.children[view.n];
        struct family_child *row = &view.children[view.n];
        row->id = child->id;
        row->name = mask_name(arena, child->name);
        row->citizen = mask_citizen(arena, child->citizen);
        if (!rounds_of_child(request, db, &list, child, open, nopen, row, &error)) {
            reply_failed(request, &error);
            return;
        }
    }
    reply_page(request, 200, family_home, &view);
}

/* ---- Asking public security which children stand in the guardian's household book ---- */

enum { CHILDREN_MOST = 16, CHILDREN_KEEP_MS = 3600 * 1000 };

struct look_up {
    struct app *app;
    int64_t account;
    struct str guardian; /* citizen number */
    struct str kind;     /* "children", or "household" for one child that is added */
    struct str child;    /* with household: its number */
    struct str relation;
    bool answered;
    bool refused; /* the department does not know guardian and child together */
    struct str answer;
    struct child_record records[CHILDREN_MOST];
    size_t n;
};

static struct str json_text(struct arena *arena, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? arena_str(arena, (struct str){ json_string_value(value), json_string_length(value) })
                                 : (struct str){ NULL, 0 };
}

static void add_record(struct look_up *look, struct arena *arena, const json_t *child, struct str division,
                       struct str relation)
{
    if (look->n == CHILDREN_MOST) {
        return;
    }
    struct child_record *record = &look->records[look->n];
    *record = (struct child_record){
        .actor = { look->account, "family" },
        .guardian = look->account,
        .relation = relation.n ? relation : STR("other"),
        .citizen = json_text(arena, child, "citizen"),
        .name = json_text(arena, child, "name"),
        .sex = json_text(arena, child, "sex"),
        .household_division = division,
        .address = json_text(arena, child, "address"),
    };
    look->n += day_parse(json_text(arena, child, "birth"), &record->birth);
}

/* The answer's children, in the one shape that child_record takes. */
static void read_answer(struct look_up *look, struct arena *arena)
{
    json_t *root = json_loadb(look->answer.p, look->answer.n, 0, NULL);
    if (str_is(look->kind, "children")) {
        size_t i;
        json_t *child;
        json_array_foreach(json_object_get(root, "children"), i, child)
        {
            add_record(look, arena, child, json_text(arena, child, "household_division"),
                       json_text(arena, child, "relation"));
        }
    } else {
        const json_t *child = json_object_get(root, "child");
        const json_t *guardian = json_object_get(root, "guardian");
        look->refused = !json_is_object(child) || !json_is_object(guardian);
        if (!look->refused) {
            struct str relation = json_text(arena, guardian, "relation");
            add_record(look, arena, child, json_text(arena, child, "division"), relation.n ? relation : look->relation);
        }
    }
    json_decref(root);
}

static bool ask_department(struct arena *arena, void *context, struct error *error)
{
    struct look_up *look = context;
    bool one = str_is(look->kind, "household");
    json_t *question = one ? json_pack("{s:s%, s:s%}", "child", look->child.p, look->child.n, "guardian",
                                       look->guardian.p, look->guardian.n)
                           : json_pack("{s:s%}", "guardian", look->guardian.p, look->guardian.n);
    char *text = json_dumps(question, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(question);
    struct ask_request request = {
        .authority = STR("public_security"),
        .kind = look->kind,
        .question = arena_str(arena, str_of(text)),
    };
    free(text);
    struct ask ask;
    if (!ask_now(look->app->client, NULL, arena, &request, CHILDREN_KEEP_MS, 0, &ask, &look->answered, error)) {
        return false;
    }
    if (look->answered) {
        look->answer = ask.answer;
        read_answer(look, arena);
    }
    return true;
}

static bool record_run(struct writing *writing, void *input, struct error *error)
{
    struct look_up *look = input;
    for (size_t i = 0; i < look->n; i++) {
        if (!child_record_run(writing, &look->records[i], error)) {
            return false;
        }
    }
    return true;
}

static void recorded(struct request *request, void *input)
{
    struct look_up *look = input;
    reply_redirect(request, str_is(look->kind, "household") ? STR("/family") : STR("/family?looked=1"));
}

static void show_add_child(struct request *request);

static void asked(struct request *request, bool ok, const struct error *error, void *context)
{
    struct look_up *look = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (look->answered && look->refused) {
        form_error(
            request, "citizen",
            T("公安部门没有查到您与该儿童的监护关系。请核对号码；号码无误的，请带户口簿到学校或县（市、区）教体局窗口办"
              "理。",
              "Public security finds no record of you and this child together. Check the number; if it is right, "
              "please come to the counter with the household book."));
        show_add_child(request);
    } else if (!look->answered && str_is(look->kind, "household")) {
        form_error(request, NULL,
                   T("公安部门的系统暂时没有应答，请稍后再试。您填写的内容没有丢失。",
                     "Public security's system does not answer at the moment. Please try again later; nothing is "
                     "lost."));
        show_add_child(request);
    } else if (!look->answered) {
        reply_redirect(request, STR("/family?silent=1"));
    } else {
        run_command(request, "children.record", record_run, look, recorded);
    }
}

static bool guardian_number(struct request *request, struct look_up *look)
{
    struct db *db = request_db(request);
    if (!db) {
        return false;
    }
    struct app *app = request_app(request);
    struct account account;
    bool found;
    struct error error;
    if (!account_get(db, request_arena(request), app->vault, request_session(request)->account, &account, &found,
                     &error)) {
        reply_failed(request, &error);
        return false;
    }
    if (!found || account.citizen.n == 0) {
        reply_problem(request, 409, T("暂时不能查询", "This cannot be looked up"),
                      T("您的账号没有登记身份证号。", "Your account has no citizen number on file."),
                      T("请到学校或县（市、区）教体局窗口补登记。", "Please have it added at the counter."));
        return false;
    }
    look->app = app;
    look->account = account.id;
    look->guardian = account.citizen;
    return true;
}

static void look_up_children(struct request *request)
{
    struct look_up *look = ARENA_NEW(request_arena(request), struct look_up);
    look->kind = STR("children");
    if (guardian_number(request, look)) {
        request_work(request, ask_department, look, asked);
    }
}

/* ---- A child that stands in another book ---- */

static const struct option relations[] = {
    { "father", T("父亲", "Father"), { 0 } },
    { "mother", T("母亲", "Mother"), { 0 } },
    { "grandparent", T("祖父母、外祖父母", "Grandparent"), { 0 } },
    { "other", T("其他监护人", "Other guardian"), { 0 } },
};
static const struct field add_child_fields[] = {
    { .name = "citizen",
      .kind = FIELD_CITIZEN,
      .required = true,
      .label = T("孩子的身份证号", "The child's citizen number"),
      .hint = T("18位，最后一位可能是X。在户口簿孩子那一页上。",
                "18 characters, the last may be X; it stands on the child's page of the household book."),
      .width = 20 },
    { .name = "relation",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("您是孩子的", "You are the child's"),
      FIELD_OPTIONS(relations) },
};
static const struct form add_child_form = FORM(add_child_fields);

static void show_add_child(struct request *request)
{
    form_use(request, &add_child_form);
    reply_page(request, 200, add_child);
}

static void add_child_post(struct request *request)
{
    if (!form_ok(request)) {
        show_add_child(request);
        return;
    }
    struct arena *arena = request_arena(request);
    struct look_up *look = ARENA_NEW(arena, struct look_up);
    look->kind = STR("household");
    look->child = arena_str(arena, form_value(request, "citizen"));
    look->relation = arena_str(arena, form_value(request, "relation"));
    if (guardian_number(request, look)) {
        request_work(request, ask_department, look, asked);
    }
}

/* ---- This is what we know of the child; begin ---- */

static enum scope_result scope_of_child(struct request *request, struct subject *subject)
{
    return scope_of_own_child(request, request_param_int(request, "child"), subject);
}

static bool household_address(struct db *db, struct arena *arena, struct vault *vault, const struct child *child,
                              struct str *address, struct error *error)
{
    struct dwelling dwelling;
    bool found = false;
    if (child->household_dwelling &&
        !registry_dwelling(db, arena, vault, child->household_dwelling, &dwelling, &found, error)) {
        return false;
    }
    *address = found ? dwelling.address : (struct str){ NULL, 0 };
    return true;
}

static void show_child_now(struct request *request)
{
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct child_view view = { .round = request_param_int(request, "round") };
    struct error error;
    bool found = false, open = false;
    struct str division = { 0 }, stage_name = { 0 };
    int64_t year = 0;
    struct rows *rows =
        db_query(db, &error, "select division, stage, year from round where id = ?1", V_INT(view.round));
    if (rows_next(rows)) {
        open = true;
        division = rows_text_in(rows, 0, arena);
        stage_name = rows_text_in(rows, 1, arena);
        year = rows_int(rows, 2);
    }
    if (!rows_end(rows, &error) ||
        !child_get(db, arena, app->vault, request_param_int(request, "child"), &view.child, &found, &error) ||
        (found && !household_address(db, arena, app->vault, &view.child, &view.household, &error))) {
        reply_failed(request, &error);
        return;
    }
    if (!found || !open) {
        reply_not_found(request);
        return;
    }
    struct institution school;
    bool has_school = false;
    if (view.child.school && !registry_institution(db, arena, view.child.school, &school, &has_school, &error)) {
        reply_failed(request, &error);
        return;
    }
    enum stage stage = STAGE_PRIMARY;
    (void)stage_of(stage_name, &stage);
    view.school = has_school ? name_in(school.name, request_lang(request)) : (struct str){ NULL, 0 };
    view.division = name_in(division_words(app->city, view.child.household_division), request_lang(request));
    view.round_words = round_words(arena, request_lang(request), app->city, division, stage, year);
    view.sex = str_is(view.child.sex, "1")   ? T("男", "male")
               : str_is(view.child.sex, "2") ? T("女", "female")
                                             : T("未说明", "not stated");
    reply_page(request, 200, child_known, &view);
}

static void show_child(struct request *request)
{
    reading_child(request, request_param_int(request, "child"), "household", show_child_now);
}

static void begun(struct request *request, void *input)
{
    struct application_begin *begin = input;
    long long application = begin->apply.application;
    switch (begin->apply.result) {
    case APPLY_DONE:
    case APPLY_FOUND_DRAFT:
        if (begin->apply.result == APPLY_FOUND_DRAFT) {
            reply_notice(request, "draft-found");
        }
        reply_redirect_to(request, "/apply/%lld", application);
        return;
    case APPLY_ALREADY_SUBMITTED:
        reply_notice(request, "already-submitted");
        reply_redirect_to(request, "/apply/%lld/status", application);
        return;
    default:
        reply_problem(
            request, 409, T("现在不能报名", "You cannot apply now"), apply_result_text(begin->apply.result),
            T("如有疑问，请联系学校或县（市、区）教体局。", "If in doubt, ask the school or the county bureau."));
    }
}

static void begin_post(struct request *request)
{
    struct application_begin *begin = ARENA_NEW(request_arena(request), struct application_begin);
    begin->apply = apply_head(request, 0, 0);
    begin->child = request_param_int(request, "child");
    begin->round = request_param_int(request, "round");
    run_command(request, "application.begin", application_begin_run, begin, begun);
}

const struct route family_routes[] = {
    { .method = "GET",
      .path = "/family",
      .roles = ROLE_FAMILY,
      .handler = show_family,
      .answer = "page",
      .summary = T("我的孩子", "My children") },
    { .method = "POST",
      .path = "/family/look-up",
      .roles = ROLE_FAMILY,
      .handler = look_up_children,
      .answer = "redirect",
      .summary = T("向公安部门查询我的孩子", "Ask public security for my children") },
    { .method = "GET",
      .path = "/family/add",
      .roles = ROLE_FAMILY,
      .handler = show_add_child,
      .answer = "page",
      .summary = T("添加孩子", "Add a child") },
    { .method = "POST",
      .path = "/family/add",
      .roles = ROLE_FAMILY,
      .form = &add_child_form,
      .handler = add_child_post,
      .answer = "redirect",
      .summary = T("核对并添加孩子", "Check and add a child") },
    { .method = "GET",
      .path = "/family/child/#child/#round",
      .roles = ROLE_FAMILY,
      .scope = scope_of_child,
      .handler = show_child,
      .answer = "page",
      .summary = T("核对孩子的户籍信息", "The child's household data") },
    { .method = "POST",
      .path = "/family/child/#child/#round",
      .roles = ROLE_FAMILY,
      .scope = scope_of_child,
      .handler = begin_post,
      .answer = "redirect",
      .summary = T("开始报名", "Begin the application") },
};
const size_t family_route_count = sizeof family_routes / sizeof *family_routes;
