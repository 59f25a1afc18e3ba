/* Access: the one place in which a role and a scope meet a subject.
 *
 * web has compared the route's roles with the session's before it asks here. What is left:
 *   - a page about nobody in particular is open to its roles;
 *   - a family sees what belongs to its own account and nothing else;
 *   - staff of schools and enterprises see what belongs to their own institution;
 *   - county and city staff, inspectors and auditors see what lies under their division's prefix (of cases an inspector
 *     sees those of its own schools alone: casework asks further);
 *   - an operator keeps the machine and sees no child.
 * Any one of a session's roles that the route allows is enough. */
#include "accounts/accounts.h"

#include "base/clock.h"
#include "base/limits.h"
#include "store/journal.h"

#include <stdio.h>
#include <stdlib.h>

const struct web_role accounts_roles[] = {
    { ROLE_FAMILY, "family", { "家长", "Family" } },
    { ROLE_SCHOOL_CLERK, "school_clerk", { "学校招生员", "School clerk" } },
    { ROLE_SCHOOL_HEAD, "school_head", { "校长", "School head" } },
    { ROLE_COUNTY_REVIEWER, "county_reviewer", { "县级复审员", "County reviewer" } },
    { ROLE_COUNTY_OFFICER, "county_officer", { "县级招生负责人", "County officer" } },
    { ROLE_CITY, "city", { "市局", "City bureau" } },
    { ROLE_AUDITOR, "auditor", { "审计员", "Auditor" } },
    { ROLE_OPERATOR, "operator", { "运维员", "Operator" } },
    { ROLE_WITNESS, "witness", { "见证人", "Witness" } },
    { ROLE_INSPECTOR, "inspector", { "责任督学", "Responsible inspector" } },
    { ROLE_ENTERPRISE, "enterprise", { "企业", "Enterprise" } },
};
const size_t accounts_roles_count = sizeof accounts_roles / sizeof *accounts_roles;

unsigned accounts_role_of(struct str name)
{
    for (size_t i = 0; i < accounts_roles_count; i++) {
        if (str_is(name, accounts_roles[i].name)) {
            return accounts_roles[i].bit;
        }
    }
    return 0;
}

const char *accounts_role_name(unsigned roles, unsigned among)
{
    for (size_t i = 0; i < accounts_roles_count; i++) {
        if (roles & among & accounts_roles[i].bit) {
            return accounts_roles[i].name;
        }
    }
    return "";
}

bool accounts_allowed(void *context, const struct session *session, const struct route *route,
                      const struct subject *subject)
{
    (void)context;
    bool of_nobody = subject->division.n == 0 && subject->institution == 0 && subject->account == 0;
    if (of_nobody || (route->roles & WEB_PUBLIC)) {
        return true;
    }
    if (!session) {
        return false;
    }
    unsigned roles = session->roles & route->roles;
    if ((roles & ROLE_FAMILY) && subject->account != 0 && subject->account == session->account) {
        return true;
    }
    if ((roles & (ROLE_SCHOOL | ROLE_ENTERPRISE)) && subject->institution != 0 &&
        subject->institution == session->institution) {
        return true;
    }
    bool by_division = roles & (ROLE_COUNTY | ROLE_CITY | ROLE_AUDITOR | ROLE_WITNESS | ROLE_INSPECTOR);
    struct str scope = session_scope(session);
    return by_division && scope.n > 0 && subject->division.n > 0 && str_starts(subject->division, scope);
}

bool accounts_session_load(void *context, struct db *db, const unsigned char hash[SESSION_HASH_BYTES],
                           struct session *session)
{
    struct app *app = context;
    struct arena *arena = arena_new(1024);
    struct error error;
    struct rows *rows = db_query(db, &error,
                                 "select s.account, s.created_at, s.seen_at, a.roles, a.scope, a.institution, "
                                 "a.name_sealed from session s join account a on a.id = s.account where "
                                 "s.token_hash = ?1 and s.expires_at > ?2 and a.state = 'active'",
                                 V_BLOB(((struct str){ (const char *)hash, SESSION_HASH_BYTES })), V_INT(clock_ms()));
    bool found = rows_next(rows);
    if (found) {
        struct str name;
        *session = (struct session){
            .account = rows_int(rows, 0),
            .created_ms = rows_int(rows, 1),
            .used_ms = rows_int(rows, 2),
            .roles = (unsigned)rows_int(rows, 3),
            .institution = rows_int(rows, 5),
        };
        session->idle_minutes =
            session->roles & ROLE_STAFF ? LIMIT_STAFF_SESSION_MINUTES : LIMIT_FAMILY_SESSION_MINUTES;
        memcpy(session->hash, hash, SESSION_HASH_BYTES);
        (void)snprintf(session->scope, sizeof session->scope, "%.*s", STR_ARG(rows_text(rows, 4)));
        found = vault_unseal(app->vault, arena, "account.name", rows_blob(rows, 6), &name, &error);
        if (found) {
            (void)snprintf(session->name_zh, sizeof session->name_zh, "%.*s", STR_ARG(name));
        }
    }
    found = rows_end(rows, &error) && found;
    arena_free(arena);
    return found;
}

/* ---- What the hooks post to the writer without waiting ---- */

struct touch {
    unsigned char hash[SESSION_HASH_BYTES];
    int64_t now;
};

static bool touch_run(struct writing *writing, void *input, struct error *error)
{
    struct touch *touch = input;
    return db_run(writing->db, error, "update session set seen_at = ?2 where token_hash = ?1",
                  V_BLOB(((struct str){ (const char *)touch->hash, SESSION_HASH_BYTES })), V_INT(touch->now));
}

struct refusal {
    int64_t account;
    unsigned roles;
    char division[32];
    char detail[160];
};

static bool refusal_run(struct writing *writing, void *input, struct error *error)
{
    struct refusal *refusal = input;
    return journal_append(writing,
                          &(struct journal_entry){ .actor = refusal->account,
                                                   .role = accounts_role_name(refusal->roles, ~0U),
                                                   .action = "access.refused",
                                                   .subject_kind = "route",
                                                   .division = str_of(refusal->division),
                                                   .detail = str_of(refusal->detail) },
                          error);
}

static void free_input(void *input, bool ok, const struct error *error)
{
    (void)ok;
    (void)error;
    free(input);
}

static void post(struct app *app, const char *name, bool (*run)(struct writing *, void *, struct error *), void *input)
{
    struct error ignored; /* a full queue: the note is not worth a family's wait */
    struct command command = { .name = name, .run = run, .done = free_input, .input = input };
    if (!writer_submit(app->writer, &command, &ignored)) {
        free(input);
    }
}

void accounts_session_touch(void *context, const unsigned char hash[SESSION_HASH_BYTES], int64_t now_ms)
{
    struct touch *touch = malloc(sizeof *touch);
    if (touch) {
        memcpy(touch->hash, hash, sizeof touch->hash);
        touch->now = now_ms;
        post(context, "session.touch", touch_run, touch);
    }
}

void accounts_refused(void *context, struct request *request, const struct subject *subject)
{
    const struct session *session = request_session(request);
    if (!session) {
        return; /* strangers' tries are in the access log; the journal is about people */
    }
    struct refusal *refusal = calloc(1, sizeof *refusal);
    if (refusal) {
        const struct route *route = request_route(request);
        refusal->account = session->account;
        refusal->roles = session->roles;
        (void)snprintf(refusal->division, sizeof refusal->division, "%.*s", STR_ARG(subject->division));
        (void)snprintf(refusal->detail, sizeof refusal->detail, "%s %s", route->method, route->path);
        post(context, "access.refused", refusal_run, refusal);
    }
}
