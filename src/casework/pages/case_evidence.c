/* Pictures and papers of cases: for who sees the case; and those that may be shown in public, where the case is. */
#include "casework/pages/cases.h"

#include "casework/pages/routes.h"
#include "casework/picture.h"

struct opening {
    struct app *app;
    struct case_evidence evidence;
    struct str bytes;
    bool bare; /* of a public one: what it says of itself was taken out */
};

static bool open_work(struct arena *arena, void *context, struct error *error)
{
    struct opening *opening = context;
    struct file_shelf shelf = case_shelf(opening->app, arena);
    return sealed_file_read(&shelf, opening->app->vault, arena, opening->evidence.stored, opening->evidence.digest,
                            &opening->bytes, error);
}

static void send_evidence(struct request *request, bool ok, const struct error *error, void *context)
{
    struct opening *opening = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    const char *type = file_type(opening->bytes);
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_bytes(request, 200, type ? type : "application/octet-stream", STR(""), opening->bytes);
}

static void show_evidence(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct case_row row;
    struct error error;
    bool found = false;
    if (!desk || !case_of_request(request, desk, &row)) {
        return;
    }
    struct opening *opening = ARENA_NEW(desk->arena, struct opening);
    *opening = (struct opening){ .app = desk->app };
    if (!case_evidence_one(request_db(request), desk->arena, request_param_int(request, "evidence"), &opening->evidence,
                           &found, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!found || opening->evidence.case_id != row.id) {
        reply_not_found(request);
        return;
    }
    request_work(request, open_work, opening, send_evidence);
}

/* ---- In public ---- */

/* The picture without what the camera wrote into it. */
static bool open_bare(struct arena *arena, void *context, struct error *error)
{
    struct opening *opening = context;
    bool good = open_work(arena, opening, error);
    if (good) {
        opening->bytes = picture_bare(arena, opening->bytes, &opening->bare);
    }
    return good;
}

static void send_public(struct request *request, bool ok, const struct error *error, void *context)
{
    struct opening *opening = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    if (!opening->bare) {
        reply_not_found(request);
        return;
    }
    const char *type = file_type(opening->bytes);
    reply_header(request, "Cache-Control", STR("public, max-age=3600"));
    reply_bytes(request, 200, type ? type : "application/octet-stream", STR(""), opening->bytes);
}

static void show_public(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct app *app = request_app(request);
    struct opening *opening = ARENA_NEW(arena, struct opening);
    struct case_row row;
    struct error error;
    int64_t id = 0;
    bool found = false, has = false;
    *opening = (struct opening){ .app = app };
    if (!request_db(request)) {
        return;
    }
    (void)str_to_int(request_param(request, "picture"), 1, INT64_MAX, &id);
    if (!case_numbered(request_db(request), arena, app->city, request_param(request, "number"), &row, &found, &error) ||
        !case_evidence_one(request_db(request), arena, id, &opening->evidence, &has, &error)) {
        reply_failed(request, &error);
        return;
    }
    bool open = found && has && row.kind && row.kind->public && row.open_from && opening->evidence.open;
    if (!open || opening->evidence.case_id != row.id) {
        reply_not_found(request);
        return;
    }
    request_work(request, open_bare, opening, send_public);
}

const struct route case_evidence_routes[] = {
    { .method = "GET",
      .path = "/case/#case/evidence/#evidence",
      .roles = CASE_ROLES,
      .scope = scope_of_case,
      .handler = show_evidence,
      .answer = "image, pdf",
      .summary = T("照片或材料", "A picture or paper") },
    { .method = "GET",
      .path = "/public/case/:number/picture/:picture",
      .roles = WEB_PUBLIC,
      .handler = show_public,
      .answer = "image",
      .summary = T("公开事项的照片", "A picture of a public case") },
};
const size_t case_evidence_route_count = sizeof case_evidence_routes / sizeof *case_evidence_routes;
