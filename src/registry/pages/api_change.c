/* Proposing a change by program. A step names what changes: of a thing that stands, the rest is taken from what is
 * known of it on the step's day. Mistakes of all steps are told together; nothing is kept when there is one. */
#include "registry/pages/api_inside.h"

#include "base/clock.h"
#include "registry/registry.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct proposal {
    struct api_call *call;
    struct change_step *steps;
    size_t n;
    struct str note, document;
    struct str division;
    int64_t institution;
    struct str key; /* of a repeated call; empty: none */
    json_t *mistakes;
    /* What came of it: */
    int64_t change;
    enum change_result result;
};

static void mistake(struct proposal *proposal, size_t step, const char *field, struct text says)
{
    json_t *item = json_object();
    (void)json_object_set_new(item, "step", json_integer((json_int_t)step));
    (void)json_object_set_new(item, "field", json_string(field));
    (void)json_object_set_new(item, "zh", json_string(says.zh));
    (void)json_object_set_new(item, "en", json_string(says.en));
    (void)json_array_append_new(proposal->mistakes, item);
}

static struct str member(struct arena *arena, const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    return json_is_string(value) ? arena_str(arena, (struct str){ json_string_value(value), json_string_length(value) })
                                 : STR("");
}

/* A name that nothing reads is a spelling mistake that would be lost in silence. */
static void known_members(struct proposal *proposal, size_t step, const json_t *json, const char *const *names,
                          size_t n)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)json, name, value)
    {
        bool known = false;
        for (size_t i = 0; i < n; i++) {
            known = known || strcmp(names[i], name) == 0;
        }
        if (!known) {
            mistake(proposal, step, name, T("没有这个字段", "there is no such field"));
        }
    }
}

static void take_day(struct proposal *proposal, size_t step, const json_t *json, const char *name, bool required,
                     int64_t *day)
{
    const json_t *value = json_object_get(json, name);
    bool given = value && !json_is_null(value);
    if (given && !(json_is_string(value) && day_parse(str_of(json_string_value(value)), day))) {
        mistake(proposal, step, name, T("应为日期，如 2026-03-01", "expected a day such as 2026-03-01"));
    } else if (!given && required) {
        mistake(proposal, step, name, T("不能为空", "may not be empty"));
    }
}

static void take_values(struct arena *arena, struct proposal *proposal, size_t step, const json_t *values,
                        struct fact *fact)
{
    const struct kind *kind = proposal->call->kind;
    const char *name;
    json_t *value;
    if (values && !json_is_object(values)) {
        mistake(proposal, step, "values", T("应为对象", "expected an object"));
        return;
    }
    json_object_foreach((json_t *)values, name, value)
    {
        struct text says;
        int column = kind_column(kind, str_of(name));
        if (column < 0) {
            mistake(proposal, step, name, T("没有这一列", "the kind has no such column"));
        } else if (!api_json_value(arena, &kind->columns[column], value, &fact->values[column], &says)) {
            mistake(proposal, step, name, says);
        }
    }
}

/* Empty values of the right kind, for a thing that is new. */
static void blank(const struct kind *kind, struct fact *fact)
{
    for (size_t i = 0; i < kind->ncolumns; i++) {
        enum column_type type = kind->columns[i].type;
        bool text = type == COLUMN_TEXT || type == COLUMN_LONG || type == COLUMN_WORD || type == COLUMN_WORDS ||
                    type == COLUMN_CODE;
        fact->values[i] = text ? V_TEXT(STR("")) : V_INT(0);
    }
}

static bool take_place(struct request *request, struct proposal *proposal, size_t step, const json_t *json,
                       struct fact *fact, struct error *error)
{
    struct arena *arena = request_arena(request);
    struct str division = member(arena, json, "division"), code = member(arena, json, "institution");
    struct institution institution;
    bool found = false;
    if (division.n) {
        fact->division = division;
    }
    if (!code.n) {
        return true;
    }
    if (!registry_institution_by_code(request_db(request), arena, code, &institution, &found, error)) {
        return false;
    }
    if (!found) {
        mistake(proposal, step, "institution", T("没有这个单位", "there is no such institution"));
        return true;
    }
    fact->institution = institution.id;
    if (!division.n) {
        fact->division = institution.division;
    }
    return true;
}

static const char *mistake_field(const struct kind *kind, const struct fact_mistake *found)
{
    static const char *const names[] = { "values", "code", "valid_from", "division", "institution" };
    return found->column >= 0 ? kind->columns[found->column].name : names[found->of];
}

static bool take_step(struct request *request, struct proposal *proposal, size_t i, const json_t *json,
                      struct error *error)
{
    static const char *const names[] = {
        "act", "code", "valid_from", "valid_until", "division", "institution", "values"
    };
    struct arena *arena = request_arena(request);
    const struct kind *kind = proposal->call->kind;
    struct change_step *step = &proposal->steps[i];
    struct str act = member(arena, json, "act"), code = member(arena, json, "code");
    int64_t from = day_of_ms(clock_ms());
    bool stands = false;
    *step = (struct change_step){ .act = str_is(act, "end") ? STEP_END : STEP_RECORD, .kind = kind->id };
    known_members(proposal, i, json, names, sizeof names / sizeof *names);
    if (!str_is(act, "end") && !str_is(act, "record")) {
        mistake(proposal, i, "act", T("应为 record 或 end", "expected record or end"));
    }
    take_day(proposal, i, json, "valid_from", true, &from);
    if (code.n && !facts_one(request_db(request), arena, kind, code, (struct as_of){ from, MOMENT_OPEN }, &step->fact,
                             &stands, error)) {
        return false;
    }
    if (!stands) {
        step->fact = (struct fact){ 0 };
        blank(kind, &step->fact);
    }
    step->fact.code = code;
    step->fact.valid_from = from;
    if (step->act == STEP_END || (kind->names_persons && !stands)) {
        if (!stands) {
            mistake(proposal, i, "code", T("那一天没有这个对象", "there is nothing of this code on that day"));
        }
        return true;
    }
    step->fact.valid_until = DAY_OPEN;
    take_day(proposal, i, json, "valid_until", false, &step->fact.valid_until);
    if (!take_place(request, proposal, i, json, &step->fact, error)) {
        return false;
    }
    take_values(arena, proposal, i, json_object_get(json, "values"), &step->fact);
    struct fact_mistake *found = NULL;
    size_t n = 0;
    if (json_array_size(proposal->mistakes) == 0 &&
        !change_check(request_db(request), arena, kind, &step->fact, &found, &n, error)) {
        return false;
    }
    for (size_t m = 0; m < n; m++) {
        mistake(proposal, i, mistake_field(kind, &found[m]),
                (struct text){ arena_cstr(arena, found[m].says.zh), arena_cstr(arena, found[m].says.en) });
    }
    return true;
}

static bool take_steps(struct request *request, struct proposal *proposal, const json_t *json, struct error *error)
{
    static const char *const names[] = { "note", "document", "steps" };
    struct arena *arena = request_arena(request);
    const json_t *steps = json_object_get(json, "steps");
    known_members(proposal, 0, json, names, sizeof names / sizeof *names);
    proposal->note = member(arena, json, "note");
    proposal->document = member(arena, json, "document");
    proposal->n = json_array_size(steps);
    if (proposal->note.n == 0) {
        mistake(proposal, 0, "note", T("请写明为什么变更", "write why it changes"));
    }
    if (proposal->n == 0 || proposal->n > API_STEPS_MOST) {
        mistake(proposal, 0, "steps", T("应有 1 到 200 步", "expected 1 to 200 steps"));
        return true;
    }
    proposal->steps = ARENA_ARRAY(arena, struct change_step, proposal->n);
    for (size_t i = 0; i < proposal->n; i++) {
        if (!take_step(request, proposal, i, json_array_get(steps, i), error)) {
            return false;
        }
    }
    proposal->division = proposal->steps[0].fact.division;
    proposal->institution = proposal->steps[0].fact.institution;
    return true;
}

/* ---- The command ---- */

static bool propose_run(struct writing *writing, void *input, struct error *error)
{
    struct proposal *proposal = input;
    const struct api_call *call = proposal->call;
    struct str answer = STR("");
    bool is_new = true;
    proposal->change = 0;
    proposal->result = CHANGE_OK;
    if (proposal->key.n && !once_claim(writing, proposal->key, call->key.account, &answer, &is_new, error)) {
        return false;
    }
    if (!is_new) {
        return str_to_int(answer, 1, INT64_MAX, &proposal->change) || error_set(error, "the first call is not done");
    }
    if (!change_propose(writing, &call->who, str_of(call->kind->name), proposal->division, proposal->institution,
                        proposal->steps, proposal->n, proposal->note, proposal->document, &proposal->change,
                        &proposal->result, error)) {
        return false;
    }
    if (proposal->result != CHANGE_OK) {
        return error->message[0] ? false : error_set(error, "not kept");
    }
    return !proposal->key.n || once_answer(writing, proposal->key,
                                           arena_printf(writing->arena, "%lld", (long long)proposal->change), error);
}

static void refused(struct request *request, const struct proposal *proposal, const struct error *error)
{
    struct arena *arena = request_arena(request);
    if (proposal->result == CHANGE_NOT_YOURS) {
        reply_problem(request, 403, T("这个密钥不能提出这项变更", "This key may not propose this change"),
                      T("它的级别或范围不够。", "Its level or its scope does not reach."),
                      T("请由相应级别的密钥提出。", "Let it be proposed with a key of that level."));
    } else if (proposal->result == CHANGE_NOTHING) {
        reply_problem(request, 409, T("没有变化", "Nothing would change"),
                      T("名录里已经是这样。", "The register says so already."),
                      T("不必再提。", "There is nothing to do."));
    } else if (proposal->result != CHANGE_OK) {
        const char *why = arena_cstr(arena, str_of(error->message));
        reply_problem(request, 422, T("内容不符合要求", "The facts do not fit"), (struct text){ why, why },
                      T("请改正后重发。", "Correct it and send it again."));
    } else {
        reply_failed(request, error);
    }
}

static void proposed(struct request *request, bool ok, const struct error *error, void *context)
{
    struct proposal *proposal = context;
    if (!ok) {
        refused(request, proposal, error);
        return;
    }
    json_t *out = json_object();
    (void)json_object_set_new(out, "change", json_integer(proposal->change));
    (void)json_object_set_new(out, "state", json_string("proposed"));
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_json(request, 201, api_dump(request_arena(request), out));
}

/* One key of a repeated call for one program: two programs may choose the same text. */
static struct str once_key(struct request *request, const struct api_call *call)
{
    struct arena *arena = request_arena(request);
    struct str given = request_header(request, "idempotency-key");
    unsigned char hash[32];
    if (!given.n) {
        return STR("");
    }
    struct str text = arena_printf(arena, "api %lld %.*s", (long long)call->key.id, STR_ARG(given));
    if (!EVP_Digest(text.p, text.n, hash, NULL, EVP_sha256(), NULL)) {
        abort();
    }
    return arena_str(arena, (struct str){ (const char *)hash, sizeof hash });
}

static void reply_mistakes(struct request *request, struct proposal *proposal)
{
    bool english = request_lang(request) == LANG_EN;
    json_t *out =
        json_pack("{s:s, s:i, s:s, s:s, s:s}", "type", "about:blank", "status", 422, "title",
                  english ? "The facts do not fit" : "内容不符合要求", "detail",
                  english ? "The mistakes are listed with their step and field." : "每处问题都列出了所在的步骤和字段。",
                  "todo", english ? "Correct them and send it again." : "请改正后重发。");
    struct str reference = request_reference(request);
    (void)json_object_set_new(out, "reference", api_json_str(reference));
    (void)json_object_set_new(out, "mistakes", proposal->mistakes);
    reply_bytes(request, 422, "application/problem+json", (struct str){ 0 }, api_dump(request_arena(request), out));
}

void api_post_change(struct request *request)
{
    struct api_call *call = api_call(request, kind_named(request_param(request, "kind")), true);
    struct error error = { "" };
    json_error_t where;
    if (!call || !request_db(request)) {
        return;
    }
    struct str body = request_body(request);
    json_t *json = json_loadb(body.n ? body.p : "", body.n, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(json)) {
        json_decref(json);
        reply_problem(request, 400, T("不是 JSON 对象", "This is no JSON object"),
                      T("请求体无法按 JSON 读取。", "The body cannot be read as JSON."),
                      T("格式见 /api/v1/openapi.json。", "Its form stands in /api/v1/openapi.json."));
        return;
    }
    struct proposal *proposal = ARENA_NEW(request_arena(request), struct proposal);
    *proposal = (struct proposal){ .call = call, .key = once_key(request, call), .mistakes = json_array() };
    bool good = take_steps(request, proposal, json, &error);
    json_decref(json);
    if (good && json_array_size(proposal->mistakes)) {
        reply_mistakes(request, proposal);
        return;
    }
    json_decref(proposal->mistakes);
    if (!good) {
        reply_failed(request, &error);
        return;
    }
    request_command(request, "api.propose", propose_run, proposal, proposed, proposal);
}
