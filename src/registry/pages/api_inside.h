/* The programming interface of the register: GET and POST under /api/v1, written over kinds.h. Public data need no key;
 * persons and staff-only columns need one (api_key.h), and then only what lies in its scope is given. */
#ifndef REGISTRY_PAGES_API_INSIDE_H
#define REGISTRY_PAGES_API_INSIDE_H

#include "accounts/accounts.h"
#include "registry/api_json.h"
#include "registry/api_key.h"
#include "registry/change.h"
#include "registry/pages/api_routes.h"
#include "web/reply.h"

enum { API_PAGE = 100, API_PAGE_MOST = 500, API_STEPS_MOST = 200, API_BODY_BYTES = 1024 * 1024 };

/* Who calls, and what was asked; lives in the request's arena. */
struct api_call {
    struct app *app;
    const struct kind *kind;
    bool keyed;
    struct api_key key;
    struct keeper_of who; /* of a key */
    struct as_of as_of;
    int64_t persons; /* facts of persons that the answer holds: for the journal */
    int status;
    struct str answer;
    /* An institution's code, kept from the last one asked for. */
    int64_t institution;
    struct str institution_code;
};
/* Kind, key, rate. NULL: the reply was made. needs_key: also for public data. */
struct api_call *api_call(struct request *request, const struct kind *kind, bool needs_key);
/* A number of the query. False: the reply was made. */
bool api_number(struct request *request, const char *name, int64_t least, int64_t most, int64_t otherwise,
                int64_t *out);
bool api_day(struct request *request, const char *name, int64_t otherwise, int64_t *out);
/* Does what the key may see hold this version? Always, when there is no key. */
bool api_in_scope(const struct api_call *call, const struct fact *fact);
bool api_add_fact(struct request *request, struct api_call *call, json_t *array, const char *name,
                  const struct fact *fact, struct error *error);
/* Replies with the object (and frees it); where it holds persons, the journal has it first. */
void api_answer(struct request *request, struct api_call *call, int status, json_t *json);
struct str api_dump(struct arena *arena, json_t *json);

void api_show_openapi(struct request *request);
void api_post_change(struct request *request);
/* The description, for every kind and route. */
json_t *api_openapi(const char *version);

struct api_key_view {
    struct api_key *keys;
    size_t n;
    struct str token; /* the new one, shown once */
};
void api_show_page(struct request *request);
void api_show_keys(struct request *request);
void api_post_key(struct request *request);
void api_post_revoke(struct request *request);
extern const struct form api_key_form;

#endif
