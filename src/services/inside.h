/* Of src/services/ alone. */
#ifndef SERVICES_INSIDE_H
#define SERVICES_INSIDE_H

#include "services/services.h"

#include "allot/transcript.h"
#include "places/claim.h"

enum { DAY_MS = 24 * 3600 * 1000 };

/* The call in a command: SERVICE_NOT_FOUND when there is none. */
bool call_load(struct writing *writing, int64_t id, struct call *out, enum service_result *result, struct error *error);
bool service_journal(struct writing *writing, struct actor actor, const char *action, const char *kind, int64_t id,
                     struct str division, struct str detail, struct error *error);

/* Ends what waits and what is held in the call, and with `taken_too` the confirmed places. */
bool call_claims_end(struct writing *writing, struct call_advance *advance, bool taken_too, const char *reason,
                     int64_t *ended, struct error *error);

/* list.c: the next line of a pasted list that says something, as two cells. False: no more. */
bool list_line(struct arena *arena, struct str *rest, size_t *line, struct str *first, struct str *second);
void list_problem_add(struct arena *arena, struct list_problem **problems, size_t *n, size_t line, struct text says);

/* draw.c: the steps of a call by lot. Each fills advance->result and count. */
bool call_do_close(struct writing *writing, struct call_advance *advance, const struct call *call, struct error *error);
bool call_do_draw(struct writing *writing, struct call_advance *advance, const struct call *call, struct error *error);
/* attend.c */
bool call_do_finish(struct writing *writing, struct call_advance *advance, const struct call *call,
                    struct error *error);

/* enter.c: whatever can refuse an entry, before anything is written; one entry, without a form's key. */
bool entry_refused(struct writing *writing, struct entry_send *send, const struct call *call, struct error *error);
bool entry_send_one(struct writing *writing, struct entry_send *send, struct error *error);
/* Whole years on a day. */
int64_t age_on(int64_t birth, int64_t day);
bool category_fits(struct writing *writing, const struct service *service, int64_t offer, int64_t birth, struct str sex,
                   enum service_result *result, struct error *error);

/* enter.c: one step of a claim of an entry; the caller has looked that it may. */
bool entry_claim(struct writing *writing, struct actor actor, int64_t entry, int64_t offer, const char *reason,
                 bool (*run)(struct writing *writing, void *input, struct error *error), enum claim_result *result,
                 struct error *error);
/* Ends every claim of the entry but the one on `but` (0: every one). *ended: how many. */
bool entry_claims_end(struct writing *writing, struct actor actor, int64_t entry, int64_t but, const char *reason,
                      int64_t *ended, struct error *error);

#endif
