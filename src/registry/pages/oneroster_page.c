/* OneRoster out over the pages: see oneroster.h. What a session gets is its own institution or what lies under its
 * prefix; who took it, and why, is in the journal before the first byte leaves. Citizen numbers are never in it: for
 * another register the operator's command gives them. */
#include "registry/pages/oneroster_page.h"

#include "accounts/accounts.h"
#include "base/clock.h"
#include "registry/oneroster.h"
#include "registry/registry.h"
#include "store/journal.h"
#include "web/components.h"
#include "web/reply.h"

#include "oneroster_page.page.h"

#include <sys/mman.h>
#include <unistd.h>

#define TAKERS (ROLE_SCHOOL | ROLE_COUNTY_OFFICER | ROLE_CITY)

enum { REASON_LEAST = 4, REASON_MOST = 200 };

static const struct field fields[] = {
    { .name = "reason",
      .kind = FIELD_TEXT,
      .required = true,
      .min = REASON_LEAST,
      .max = REASON_MOST,
      .label = T("用途", "What for"),
      .hint = T("例如：交给哪个教学平台。会记入日志，不写个人姓名。",
                "Such as: which learning platform gets it. It is kept in the journal; name no person.") },
};
static const struct form take_form = FORM(fields);

struct taking {
    struct app *app;
    const struct session *session;
    struct roster_ask ask;
    struct roster_counts counts;
    struct str reason, bytes;
};

static bool journal_run(struct writing *writing, void *input, struct error *error)
{
    const struct taking *taking = input;
    struct journal_entry entry = { .actor = taking->session->account,
                                   .role = accounts_role_name(taking->session->roles, TAKERS),
                                   .action = "register.export",
                                   .subject_kind = "oneroster",
                                   .subject_id = taking->ask.institution,
                                   .division = taking->ask.scope,
                                   .detail = arena_printf(writing->arena, "%lld users: %.*s",
                                                          (long long)taking->counts.rows[ROSTER_USERS],
                                                          STR_ARG(taking->reason)) };
    return journal_append(writing, &entry, error);
}

static bool export_to(struct taking *taking, int file, struct error *error)
{
    struct db *db = NULL;
    if (!db_open(&db, taking->app->store, DB_READ, error)) {
        return false;
    }
    bool good = db_read_begin(db, error) &&
                oneroster_export(db, taking->app->vault, &taking->ask, file, &taking->counts, error);
    db_read_end(db);
    db_close(db);
    return good;
}

/* In memory: personal data does not come to lie in a file of a shared folder. */
static bool work(struct arena *arena, void *context, struct error *error)
{
    struct taking *taking = context;
    int file = memfd_create("oneroster", MFD_CLOEXEC);
    if (file < 0) {
        return error_set(error, "no memory for the ZIP");
    }
    bool good = export_to(taking, file, error) &&
                writer_call(taking->app->writer, "register.export", journal_run, taking, error);
    off_t size = lseek(file, 0, SEEK_END);
    void *map = good && size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    if (good && map == MAP_FAILED) {
        good = error_set(error, "no memory for the ZIP");
    }
    if (map != MAP_FAILED) {
        taking->bytes = arena_str(arena, (struct str){ map, (size_t)size });
        (void)munmap(map, (size_t)size);
    }
    (void)close(file);
    return good;
}

static void worked(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct taking *taking = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_bytes(request, 200, "application/zip", STR("oneroster.zip"), taking->bytes);
}

static void show(struct request *request)
{
    form_use(request, &take_form);
    reply_page(request, 200, oneroster_page);
}

static void take(struct request *request)
{
    const struct session *session = request_session(request);
    struct taking *taking = ARENA_NEW(request_arena(request), struct taking);
    bool school = !(session->roles & (ROLE_COUNTY_OFFICER | ROLE_CITY));
    if (!form_ok(request)) {
        reply_page(request, 422, oneroster_page);
        return;
    }
    *taking = (struct taking){ .app = request_app(request),
                               .session = session,
                               .ask = { .day = day_of_ms(clock_ms()),
                                        .scope = school ? STR("") : session_scope(session),
                                        .institution = school ? session->institution : 0 },
                               .reason = form_value(request, "reason") };
    if (school ? taking->ask.institution == 0 : taking->ask.scope.n == 0) {
        reply_forbidden(request);
        return;
    }
    request_work(request, work, taking, worked);
}

const struct route oneroster_routes[] = {
    { .method = "GET",
      .path = "/register-oneroster",
      .roles = TAKERS,
      .handler = show,
      .answer = "page",
      .summary = T("导出 OneRoster", "OneRoster: what is taken, and why") },
    { .method = "POST",
      .path = "/register-oneroster",
      .roles = TAKERS,
      .form = &take_form,
      .handler = take,
      .answer = "zip",
      .summary = T("下载 OneRoster（ZIP）", "Take the ZIP") },
};
const size_t oneroster_route_count = sizeof oneroster_routes / sizeof *oneroster_routes;
