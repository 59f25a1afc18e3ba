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

struct round; /* places/round.h */

/* ---- Scope (web/route.h): the subject of a URL ---- */

/* #application, #paper, #round. A guardian of the child counts as the account that owns the application. */
route_scope scope_of_application;
route_scope scope_of_paper;
route_scope scope_of_round;

/* ---- Loading ---- */

/* The round #round, with what it is called ("… · late round"). NULL: the reply was made. */
struct round *round_of_url(struct request *request, struct str *words);

/* ---- Commands ---- */

/* The head of a step: places, actor, the form's key, application and the version that the page showed. */
struct apply apply_head(struct request *request, int64_t application, int64_t version);
/* The session as an actor; `among` are the roles that may act here. */
struct actor request_actor(const struct request *request, unsigned among);

/* Of a child in the address: the guardians'. */
enum scope_result scope_of_own_child(struct request *request, int64_t child, struct subject *subject);

/* Gives the command to the writer and lets go of the request. Once it is durable, done(request, input) makes the reply
 * from what the command has put into its input; when it could not be run at all, that reply is made here. */
typedef void command_done(struct request *request, void *input);
void run_command(struct request *request, const char *name, request_run *run, void *input, command_done *done);

/* The usual reply: what was done is told on the page that follows; what was not, with its reason on the form's page. */
struct ending {
    bool done;
    const char *notice; /* of serve.c; NULL: none */
    struct str next;    /* path */
    struct text why;    /* not done: the words, */
    const char *field;  /* at this field (NULL: of the whole form), */
    route_handler *again;
};
void reply_ending(struct request *request, struct ending ending);

/* ---- Reading a child's file ---- */

/* Calls show(request) once the reading is in the journal. A family's own reading is written once a session and child
 * (a table in memory remembers); of staff, every one, and before anything is shown. `why` is a literal. */
void reading(struct request *request, int64_t application, const char *why, void (*show)(struct request *));
/* The same for a child that may have no application yet. */
void reading_child(struct request *request, int64_t child, const char *why, void (*show)(struct request *));

/* The name of a "child", an "account" or a "person" of the register, whole; "—" when there is none. */
bool named_person(struct request *request, const char *kind, int64_t id, struct str *name, struct error *error);

/* ---- Words ---- */

/* "第一类 · 户籍且有房 / 全部产权" for a choice. */
struct str category_words(struct arena *arena, enum lang lang, const struct policy *policy, bool public_school,
                          int64_t category, int64_t subrank);
/* Behind a plan: "，其中12个转入补录"; empty when the late round took none over. */
struct str to_late_words(struct arena *arena, enum lang lang, int64_t to_late);
struct text stage_words(enum stage stage);
/* Name of a division in the page's language; its code when it is unknown. */
struct name division_words(const struct city *city, struct str code);
/* "东昌府区 · 小学 · 2026年". */
struct str round_words(struct arena *arena, enum lang lang, const struct city *city, struct str division,
                       enum stage stage, int64_t year);
/* Last year's cut-off as the offer keeps it: "category subrank distance"; "" none. */
struct str last_cutoff_words(struct arena *arena, enum lang lang, const struct policy *policy, struct str cutoff);

/* ---- Kinds of places (rules.c) ---- */

/* "Kinds of places at public schools". */
struct name kind_set_words(struct arena *arena, const struct kind_set *set);
/* ", 1 added for siblings"; empty when 0. */
struct str added_words(struct arena *arena, enum lang lang, int64_t added);
/* "2 percent of the plan, rounded down, at least 1". */
struct name kind_places_words(struct arena *arena, const struct place_kind *kind);

#endif
