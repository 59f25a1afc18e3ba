/* What the pages of places share: whose data a URL shows, reading a child's file once, the words of a category. */
#ifndef PLACES_PAGES_COMMON_H
#define PLACES_PAGES_COMMON_H

#include "accounts/accounts.h"
#include "places/application.h"
#include "places/places.h"
#include "places/status.h"
#include "registry/registry.h"
#include "web/components.h"
#include "web/reply.h"

/* ---- Scope (web/route.h): the subject of a URL ---- */

/* #application, #paper, #round. A guardian of the child counts as the account that owns the application. */
route_scope scope_of_application;
route_scope scope_of_paper;
route_scope scope_of_round;

/* ---- Commands ---- */

/* The head of a step: places, actor, the form's key, application and the version that the page showed. */
struct apply apply_head(struct request *request, int64_t application, int64_t version);
/* The session as an actor; `among` are the roles that may act here. */
struct actor request_actor(const struct request *request, unsigned among);

/* ---- Reading a child's file ---- */

/* Calls show(request) once the reading is in the journal. A family's own reading is written once a session and child
 * (a table in memory remembers); of staff, every one, and before anything is shown. `why` is a literal. */
void reading(struct request *request, int64_t application, const char *why, void (*show)(struct request *));

/* ---- Words ---- */

/* "第一类 · 户籍且有房 / 全部产权" for a choice. */
struct str category_words(struct arena *arena, enum lang lang, const struct policy *policy, bool public_school,
                          int64_t category, int64_t subrank);
/* "1.2 公里", "800 米". */
struct str distance_words(struct arena *arena, enum lang lang, int64_t metres);
struct text stage_words(enum stage stage);
/* Name of a division in the page's language; its code when it is unknown. */
struct name division_words(const struct city *city, struct str code);
/* "东昌府区 · 小学 · 2026年". */
struct str round_words(struct arena *arena, enum lang lang, const struct city *city, struct str division,
                       enum stage stage, int64_t year);
/* Last year's cut-off as the offer keeps it: "category subrank distance"; "" none. */
struct str last_cutoff_words(struct arena *arena, enum lang lang, const struct policy *policy, struct str cutoff);

#endif
