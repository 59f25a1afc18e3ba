/* One table declares each route, beside its handler: who may call it, whose data it shows, what it takes and
 * what it answers. Dispatch, the permission matrix and the documentation all come from it.
 *
 *     const struct route places_routes[] = {
 *         { .method = "GET", .path = "/round/#round/apply", .roles = ROLE_FAMILY, .scope = scope_of_round,
 *           .handler = show_apply, .answer = "page", .summary = T("填写申请", "Apply") },
 *         …
 *     };
 *     const size_t places_route_count = sizeof places_routes / sizeof *places_routes;
 *
 * Path: segments between slashes; `#name` matches a number of 1–18 digits, `:name` any one segment, `*name` (last)
 * the whole rest. A literal segment wins over `#`, `#` over `:`, `:` over `*`. A GET route answers HEAD also.
 */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

#include "base/text.h"

struct request;
struct form;

/* Role bits belong to accounts; web knows their numbers only. Two are its own: everyone, and everyone signed in. */
#define WEB_PUBLIC (1u << 31)
#define WEB_SIGNED_IN (~WEB_PUBLIC)

/* Whose data a URL shows. Zero and empty mean: of nobody in particular. */
struct subject {
    struct str division; /* code; what a member of staff may see is a prefix of it */
    int64_t institution; /* 0 or the school's id */
    int64_t account;     /* 0 or the family's account, which alone (and staff in scope) may see it */
};

enum scope_result { SCOPE_OK, SCOPE_NOT_FOUND };

/* Finds the subject of the request's URL (may read request_db). Text lives in the request's arena. */
typedef enum scope_result route_scope(struct request *request, struct subject *subject);
/* Makes the form of the request's URL, where the fields are data (the columns of a kind of thing); NULL: the URL names
 * nothing, which the handler tells. Called for a POST before it is parsed; a GET's page calls it for form_use. Lives in
 * the request's arena. */
typedef const struct form *route_form(struct request *request);
/* Answers the request with exactly one reply, now or later (request_command, request_work). */
typedef void route_handler(struct request *request);

enum route_flags {
    /* A POST of another program (no form, no cookie): no form key is asked for. */
    ROUTE_NO_KEY = 1,
    /* A try to sign in: has the narrow rate limit (LIMIT_SIGN_IN_PER_MINUTE). */
    ROUTE_SIGN_IN = 2,
    /* Any client may keep the answer for a minute; it holds nothing of a session. */
    ROUTE_CACHE = 4,
    /* Not counted by rate limits nor written to the access log (health checks, static files). */
    ROUTE_QUIET = 8,
    /* The page computes in the browser: its policy of content lets WebAssembly be compiled and own workers run. */
    ROUTE_COMPUTES = 16,
    /* The page shows a base map: pictures from settings.images_from are allowed too. */
    ROUTE_IMAGES = 32,
};

struct route {
    const char *method; /* "GET" or "POST" */
    const char *path;
    unsigned roles;          /* bits; WEB_PUBLIC for everyone, WEB_SIGNED_IN for every session */
    route_scope *scope;      /* NULL: the page is about nobody in particular */
    const struct form *form; /* NULL: takes no form (a POST still asks for its key) */
    route_form *form_of;     /* or: makes it */
    route_handler *handler;
    size_t body_limit;  /* bytes; 0: LIMIT_FORM_BYTES */
    const char *answer; /* "page", "redirect", "pdf", "xlsx", "json", … (for the documentation) */
    struct text summary;
    unsigned flags; /* enum route_flags */
};

#endif
