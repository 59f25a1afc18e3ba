/* Facts: what was asked of which department, what it said, what that establishes, and the category that follows.
 *
 * An application has one row of table fact for each check that it needs (policy_checks_needed for the categories
 * that it claims at its choices). connect asks; fact_on_answer judges (judge.h), keeps the judgement and settles the
 * application: fact bits → category and sub-rank of each choice → does it need a person? Two facts are not a
 * department's and have ids of their own:
 *     sibling        an elder child is enrolled at the school (from the register)
 *     dwelling_lock  the dwelling served another household within the policy's years: a person decides
 *
 * What is claimed decides what is asked; what is established decides the category. Nothing here depends on when
 * something was sent in.
 */
#ifndef PLACES_FACT_H
#define PLACES_FACT_H

#include "connect/ask.h"
#include "places/places.h"

/* The family's claims beside the dwelling's own: bits that it may tick. */
enum {
    FACTS_CLAIMABLE = (1 << FACT_EMPLOYMENT) | (1 << FACT_BUSINESS) | (1 << FACT_POLICY_GROUP) | (1 << FACT_DISABILITY)
};

/* One check of an application, as pages show it. */
struct fact_row {
    struct str kind;
    struct name name;      /* of the check */
    struct name authority; /* who is asked; empty for sibling and dwelling_lock */
    struct str state;      /* not_asked queued passed failed person silent */
    struct str source;     /* authority id, "person", "sheet", "register" */
    struct str request;    /* number */
    struct str reason;     /* id; empty: none */
    struct name reason_name, reason_instruction;
    enum remedy remedy; /* of the reason */
    uint32_t facts;
    int64_t asked_at, answered_at; /* 0: not yet */
    bool has_detail;
};
/* All checks of an application, in the city's order. One query. */
bool fact_list(struct db *db, struct arena *arena, struct places *places, int64_t application, struct fact_row **out,
               size_t *n, struct error *error);
/* What the department said about one check, unsealed JSON (staff in scope; journal the reading). */
bool fact_detail(struct db *db, struct arena *arena, struct vault *vault, int64_t application, struct str kind,
                 struct str *json, bool *found, struct error *error);
/* Names of a check kind or of a reason, those of the city and those of this file. Empty when unknown. */
struct name fact_kind_name(const struct city *city, struct str kind);
struct name fact_reason_name(const struct city *city, struct str reason);
struct name fact_reason_instruction(const struct city *city, struct str reason);
struct text fact_state_name(struct str state);

/* Which checks would be made for an application as it stands: bits of city->checks; for the page "what will be
 * checked with whom". */
bool fact_needed(struct db *db, struct arena *arena, struct places *places, int64_t application, uint32_t *checks,
                 struct error *error);

/* Makes the rows of the checks that are needed, hands what was not asked yet to connect, and settles. Called by the
 * steps of application.h; may be called again at any time: nothing is asked twice for one fact. */
bool fact_ask(struct writing *writing, struct places *places, int64_t application, struct error *error);

/* An answer arrived, from connect or from a sheet. answer empty: the department does not answer (silent). */
struct fact_answer {
    struct places *places;
    int64_t application;
    struct str kind;
    struct str source;  /* authority id or "sheet" */
    struct str request; /* number */
    struct str answer;  /* JSON */
    /* out */
    bool known; /* the application has such a check; else the answer was not for us */
};
bool fact_answer_run(struct writing *writing, void *input, struct error *error);
/* The same as connect calls it, in the transaction that keeps the answer; context is the struct places. */
bool fact_on_answer(void *context, struct writing *writing, const struct ask *ask, struct error *error);

/* For the button "ask again" of a whole department: its silent checks of applications within a prefix of division codes
 * wait again. *n: how many questions are asked again. */
bool fact_ask_silent(struct writing *writing, struct str authority, struct str scope, int64_t *n, struct error *error);

/* What a person set (from a review): the check holds or not, with the bits that it establishes. */
struct fact_setting {
    struct str kind;
    bool holds;
    uint32_t facts;    /* bits, cut to what the check can confirm; 0: those that the family claims */
    struct str reason; /* id, when it does not hold */
};
bool fact_set(struct writing *writing, struct places *places, int64_t application, const struct fact_setting *settings,
              size_t n, struct error *error);

/* Recomputes facts, categories and, for a submitted application that nobody has decided, the review state. */
bool fact_settle(struct writing *writing, struct places *places, int64_t application, struct error *error);

#endif
