/* The page about the interface, and the operator's page of keys. A new token is shown once, in the answer that made it:
 * nobody can read it afterwards. */
#include "registry/pages/api_inside.h"

#include "base/clock.h"
#include "base/hex.h"
#include "city/city.h"
#include "registry/registry.h"
#include "store/journal.h"

#include "api_keys.page.h"
#include "api_page.page.h"

#include <stdio.h>

void api_show_page(struct request *request)
{
    reply_page(request, 200, api_page);
}

static const struct option roles[] = {
    { "school_clerk", T("学校：本校", "School: its own"), T("可提出学校级变更", "May propose what a school keeps") },
    { "county_officer", T("县级", "County"), T("可提出县级变更", "May propose what a county keeps") },
    { "city", T("市级", "City"), T("可提出市级变更", "May propose what the city keeps") },
    { "auditor", T("只读", "Only reading"), T("范围内的资料，不能提出变更", "What lies in its scope; no changes") },
};
static const struct field key_fields[] = {
    { .name = "name",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 80,
      .label = T("用于哪个系统", "Of which system"),
      .hint = T("单位和系统名称，不写个人姓名", "The office and its system; no person's name") },
    { .name = "role", .kind = FIELD_CHOICE, .required = true, .label = T("级别", "Level"), FIELD_OPTIONS(roles) },
    { .name = "scope",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 12,
      .width = 12,
      .label = T("范围：行政区划代码的前缀", "Scope: prefix of division codes"),
      .hint = T("例如 371502；学校填所在区划", "Such as 371502; of a school, its division") },
    { .name = "institution",
      .kind = FIELD_TEXT,
      .max = 40,
      .width = 20,
      .label = T("学校代码（只用于学校）", "Code of the school (schools only)") },
    { .name = "until", .kind = FIELD_DATE, .required = true, .label = T("有效期至", "Works until") },
};
const struct form api_key_form = FORM(key_fields);

static void show(struct request *request, struct str token)
{
    struct api_key_view view = { .token = token };
    struct error error = { "" };
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    if (!api_key_list(db, request_arena(request), &view.keys, &view.n, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_page(request, form_ok(request) ? 200 : 422, api_keys_page, &view);
}

void api_show_keys(struct request *request)
{
    form_use(request, &api_key_form);
    form_set_day(request, "until", day_of_ms(clock_ms()) + 365);
    show(request, STR(""));
}

struct made {
    const struct session *session;
    struct new_account account;
    struct str key; /* of the form */
    char token[2 * API_TOKEN_BYTES + 1];
    unsigned char hash[API_HASH_BYTES];
    int64_t until;
    bool again; /* out: the form was sent before */
};

static bool make_run(struct writing *writing, void *input, struct error *error)
{
    struct made *made = input;
    struct str answer;
    bool is_new;
    int64_t account = 0, key = 0;
    if (!once_claim(writing, made->key, made->session->account, &answer, &is_new, error)) {
        return false;
    }
    made->again = !is_new;
    if (!is_new) {
        return true;
    }
    struct journal_entry entry = { .actor = made->session->account,
                                   .role = "operator",
                                   .action = "api.key_make",
                                   .subject_kind = "api_key",
                                   .division = made->account.scope,
                                   .detail = str_of(accounts_role_name(made->account.roles, ~0U)) };
    if (!account_add(writing, &made->account, &account, error) ||
        !api_key_add(writing, account, made->account.name, (struct str){ made->token, API_HINT }, made->hash,
                     made->session->account, made->until, &key, error)) {
        return false;
    }
    entry.subject_id = key;
    return journal_append(writing, &entry, error);
}

static void key_made(struct request *request, bool ok, const struct error *error, void *context)
{
    struct made *made = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (made->again) {
        reply_notice(request, "saved");
        reply_redirect(request, STR("/operator/keys"));
    } else {
        show(request, str_of(made->token));
    }
}

static bool check_scope(struct request *request, struct made *made)
{
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    struct str scope = form_value(request, "scope"), school = form_value(request, "institution");
    struct institution institution;
    struct error error = { "" };
    bool found = false, whole_city = scope.n == 4 && str_starts(city->code, scope);
    if (form_has(request, "scope") && !whole_city && !city_division(city, scope)) {
        form_error(request, "scope", T("没有这个行政区划代码", "There is no division of this code"));
    }
    if (made->account.roles == ROLE_SCHOOL_CLERK) {
        if (!registry_institution_by_code(request_db(request), arena, school, &institution, &found, &error)) {
            reply_failed(request, &error);
            return false;
        }
        if (!found) {
            form_error(request, "institution", T("没有这所学校的代码", "There is no school of this code"));
        } else {
            made->account.institution = institution.id;
            scope = institution.division;
        }
    }
    made->account.scope = arena_str(arena, scope);
    return true;
}

void api_post_key(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct made *made = ARENA_NEW(arena, struct made);
    int64_t until = 0, today = day_of_ms(clock_ms());
    if (!request_db(request)) {
        return;
    }
    made->session = request_session(request);
    made->key = request_form_key(request);
    made->account.roles = accounts_role_of(form_value(request, "role"));
    if (!check_scope(request, made)) {
        return;
    }
    if (form_day(request, "until", &until) && (until <= today || until > today + API_KEY_DAYS_MOST)) {
        form_error(request, "until", T("应在今天之后、两年以内", "Must lie after today and within two years"));
    }
    if (!form_ok(request)) {
        show(request, STR(""));
        return;
    }
    api_key_make(made->token, made->hash);
    made->until = until + 1;
    made->account.name = arena_str(arena, form_value(request, "name"));
    made->account.login = arena_printf(arena, "api:%.16s", hex_encode(arena, made->hash, 8).p);
    request_command(request, "api.key_make", make_run, made, key_made, made);
}

struct revoke {
    int64_t key, account;
};

static bool revoke_run(struct writing *writing, void *input, struct error *error)
{
    const struct revoke *revoke = input;
    bool revoked = false;
    struct journal_entry entry = { .actor = revoke->account,
                                   .role = "operator",
                                   .action = "api.key_revoke",
                                   .subject_kind = "api_key",
                                   .subject_id = revoke->key };
    return api_key_revoke(writing, revoke->key, revoke->account, &revoked, error) &&
           (!revoked || journal_append(writing, &entry, error));
}

static void revoked(struct request *request, bool ok, const struct error *error, void *context)
{
    (void)context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_notice(request, "done");
    reply_redirect(request, STR("/operator/keys"));
}

void api_post_revoke(struct request *request)
{
    struct revoke *revoke = ARENA_NEW(request_arena(request), struct revoke);
    *revoke = (struct revoke){ request_param_int(request, "key"), request_session(request)->account };
    request_command(request, "api.key_revoke", revoke_run, revoke, revoked, revoke);
}
