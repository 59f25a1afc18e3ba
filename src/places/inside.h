/* Of src/places/ alone: an application as the commands see it, read in one query with its round, child and places. */
#ifndef PLACES_INSIDE_H
#define PLACES_INSIDE_H

#include "places/application.h"
#include "places/fact.h"

struct loaded {
    int64_t id;
    int64_t round;
    struct str round_label, division, round_state;
    enum stage stage;
    int64_t year;
    int64_t opens_at, closes_at;
    const struct policy *policy;
    int64_t child;
    int64_t birth;
    int64_t child_school; /* 0: none known */
    struct str child_division;
    int64_t household_dwelling;  /* 0: not known */
    int64_t household_catchment; /* of the round's stage; 0: outside the city */
    struct str household_place;  /* division of the household's community; empty: outside */
    struct str citizen_hash;
    int64_t account;
    struct str state, step, receipt;
    bool consented;
    int64_t dwelling; /* 0: not yet */
    int64_t dwelling_catchment;
    struct str dwelling_place; /* division of its community */
    struct str dwelling_kind;
    int64_t east, north;
    struct str claim_kind;
    struct str claim_sealed;
    uint32_t claims, facts;
    int64_t sibling_school;
    struct str sibling_hash;
    struct str review, review_level, review_reasons;
    unsigned unlocked;
    int64_t reviewer; /* 0: nobody */
    int64_t queue_at;
    int64_t submitted_at;
    int64_t version;
    int64_t nchoices;
    int64_t together; /* 0: asks alone */
    bool is_guardian; /* the account that was asked for */
};

/* Text lives in the arena. account: whose guardianship is_guardian tells. */
bool application_load(struct db *db, struct arena *arena, struct places *places, int64_t id, int64_t account,
                      struct loaded *out, bool *found, struct error *error);

bool is_family(const struct actor *actor);

/* In which state a step may be done. A part: in a draft while the round is open, or when a correction opened it. */
enum { STEP_OF_DRAFT = 0, STEP_ANY_STATE = 8 };
/* How a step begins: the form's key, the application, the guardian, the state, the version (with STEP_ANY_STATE
 * the step looks at it itself). *go is false when
 * the step is not to be done; apply->result (or repeated) then says why. needs: a part, or one of the above. */
bool step_open(struct writing *writing, struct apply *apply, unsigned needs, struct loaded *out, bool *go,
               struct error *error);
/* The later of where the draft stands and what follows the step that is done. */
const char *step_after(struct str now, const char *done);
/* How it ends well: the new version, the journal, the answer of the form's key. The step has raised the version. */
bool step_close(struct writing *writing, struct apply *apply, const struct loaded *loaded, const char *action,
                struct str detail, struct error *error);
/* Are applications taken now? APPLY_DONE, APPLY_NOT_OPEN or APPLY_CLOSED. */
enum apply_result round_window(struct str state, int64_t opens_at, int64_t closes_at, int64_t now);
/* May reviews and corrections still change what the list says? */
bool round_reviewable(struct str state);

/* What was typed about the dwelling, sealed as one text. */
bool claim_seal(struct vault *vault, struct arena *arena, const struct application_claim *claim, struct str *sealed,
                struct error *error);
bool claim_unseal(struct vault *vault, struct arena *arena, struct str sealed, struct application_claim *out,
                  struct error *error);

/* The dwelling's lock, looked at when an application is submitted: has it served another household? Writes the fact
 * dwelling_lock of this application and of those of the round that it meets. */
bool dwelling_lock_check(struct writing *writing, struct places *places, const struct loaded *loaded,
                         struct error *error);
/* The elder child: is it enrolled at the school, and of the same family? Writes the fact sibling. */
bool sibling_check(struct writing *writing, const struct loaded *loaded, struct error *error);

/* Does the child apply in another round of the same year and stage: submitted there, and (once that is published) with
 * a place there? One application for a child and a year. */
bool applies_elsewhere(struct db *db, int64_t child, int64_t round, bool *elsewhere, struct error *error);

/* Forgets what was asked (the dwelling changed, the application was withdrawn). */
bool facts_forget(struct writing *writing, int64_t application, struct error *error);
/* As fact_ask and fact_settle, for an application that is loaded. */
bool facts_ask(struct writing *writing, struct places *places, struct loaded *loaded, struct error *error);
bool facts_settle(struct writing *writing, struct places *places, struct loaded *loaded, struct error *error);
/* Writes one row, whatever it held. request empty: none. */
struct fact_write {
    int64_t application;
    struct str kind;
    const char *state;
    struct str source, request;
    const char *reason;
    uint32_t facts;
    int64_t asked_at, answered_at; /* 0: null */
};
bool fact_write(struct writing *writing, const struct fact_write *row, struct error *error);

/* A choice with where its school lies. */
struct choice_place {
    int64_t rank, offer, institution;
    bool is_public;
    bool dwelling_in, household_in; /* is it in the catchment of the dwelling, of the household? */
    int64_t category, subrank;
    bool sibling;
    int64_t facts; /* by which it was judged; -1: not yet */
};
bool choice_places(struct db *db, struct arena *arena, const struct loaded *loaded, struct choice_place **out,
                   size_t *n, struct error *error);

/* May these be the wishes of a sibling who asks together? APPLY_TOGETHER_OUTSIDE when not. Then it takes them; its step
 * stays. */
bool choices_fit(struct writing *writing, const struct loaded *loaded, const int64_t *offers, size_t n,
                 enum apply_result *result, struct error *error);
bool choices_take(struct writing *writing, struct places *places, struct loaded *loaded, const int64_t *offers,
                  size_t n, struct error *error);

/* ---- Siblings who ask together (together.c) ---- */

/* The other applications that this one asks together with. */
bool together_others(struct db *db, struct arena *arena, const struct loaded *loaded, int64_t **out, size_t *n,
                     struct error *error);
/* From now on alone; who is left alone by that too. */
bool together_leave(struct writing *writing, const struct loaded *loaded, struct error *error);
/* New wishes are those of all of them, as far as they have a dwelling; else apply->result says why not and nothing was
 * written. */
bool together_spread(struct writing *writing, struct apply *apply, const struct loaded *loaded, const int64_t *offers,
                     size_t n, struct error *error);
/* Have all of them the same wishes (or none yet)? */
bool together_same(struct db *db, struct arena *arena, const struct loaded *loaded, bool *same, struct error *error);

/* The rows of an application as settling sees them. */
struct kept_fact {
    struct str kind, state;
    uint32_t facts;
};
struct kept_facts {
    struct kept_fact *rows;
    size_t n;
};
bool facts_kept(struct db *db, struct arena *arena, int64_t application, struct kept_facts *out, struct error *error);
const struct kept_fact *kept_of(const struct kept_facts *facts, struct str kind);
/* The child's facts if all that the family says were so. */
uint32_t facts_claimed(const struct city *city, const struct loaded *loaded, const struct kept_facts *kept);
/* The checks that these claims need, as bits of city->checks. */
uint32_t checks_needed(const struct city *city, const struct loaded *loaded, const struct kept_facts *kept,
                       const struct choice_place *choices, size_t n);
/* The facts with the best of the owning bits alone. */
uint32_t best_owning(uint32_t facts);

/* For writing_id: offers of rounds and plain ones are one count, because claims and ledger name both. */
extern const char offer_ids[];

/* Grows in the arena. */
struct list {
    void *items;
    size_t n, size;
};
void *list_add(struct list *list, struct arena *arena);

#endif
