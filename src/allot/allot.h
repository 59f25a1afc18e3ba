/*
 * allot: gives out places of limited number by published rules, so that anybody can repeat it.
 *
 * A problem is a handful of flat arrays that the caller owns: offers (what there is), applicants (who asks), their
 * ranked choices, and the distances from sites (home communities) to offers. The library reads them, never writes
 * them, does no I/O, keeps no state between calls, and takes memory only through `struct allot_memory`.
 *
 * At each offer, applicants stand in one strict order, smaller first:
 *     (choice rank, with ALLOT_SERIAL alone; priority; lot; ticket)
 * `priority` is packed by the caller from category, sub-rank, sibling, distance step … in the policy's order. At an
 * offer of the kind ALLOT_BY_LOT, and with ALLOT_DRAW everywhere, priority counts as 0. Tickets are unique, so ties
 * cannot happen, and the result does not depend on the order in which applicants are given.
 *
 * Numbers of offers and sites are part of the published rules: where balance has several equally good answers, the
 * numbers decide (docs/transcript.md, "Balance").
 *
 * Functions that can fail return bool and fill `struct allot_error`; outputs are untouched on failure.
 */
#ifndef ALLOT_ALLOT_H
#define ALLOT_ALLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALLOT_VERSION 1
#define ALLOT_NONE UINT32_MAX
#define ALLOT_TICKET_BYTES 32
/* Distances are whole steps (the policy says how many metres a step has); more than this is refused as a mistake. */
#define ALLOT_MAX_STEPS 1000000u

/* Where memory comes from. `get` returns NULL when there is none (alignment as of malloc); `put` gives one block back.
 * A NULL pointer to this struct, wherever it is asked for, means malloc and free. It must outlive what it made. */
struct allot_memory {
    void *(*get)(void *ctx, size_t bytes);
    void (*put)(void *ctx, void *block);
    void *ctx;
};

enum allot_fault { ALLOT_FAULT_NONE, ALLOT_FAULT_MEMORY, ALLOT_FAULT_PROBLEM, ALLOT_FAULT_RESULT };

struct allot_error {
    enum allot_fault fault;
    char message[240]; /* plain English, ends with NUL */
};

enum allot_mechanism {
    /* One wish in effect: places go by priority among those who listed the offer first; who loses tries the next
     * listed choice only from what is left (immediate acceptance, round by round). */
    ALLOT_SERIAL,
    /* Applicants propose, offers keep the best so far (Gale and Shapley). Nothing is gained by hiding a wish. */
    ALLOT_DEFERRED,
    /* As deferred acceptance with the lot alone: with one choice each it is the plain draw with substitutes in order,
     * with several and one lot per applicant it is picking in the order of the lots. */
    ALLOT_DRAW
};

enum allot_offer_kind { ALLOT_BY_PRIORITY, ALLOT_BY_LOT };

struct allot_offer {
    uint32_t capacity;
    uint8_t kind;         /* enum allot_offer_kind */
    uint8_t balance;      /* 1: may be filled by balance, 0: not */
    uint16_t reserved[3]; /* zero; room for reserves */
};

enum allot_applicant_flags { ALLOT_DECLINES_BALANCE = 1 };

struct allot_applicant {
    uint8_t ticket[ALLOT_TICKET_BYTES]; /* unique */
    uint32_t site;                      /* for balance; ALLOT_NONE: nowhere */
    uint32_t flags;                     /* enum allot_applicant_flags */
};

/* One wish. An applicant's wishes stand best first; no offer twice. */
struct allot_choice {
    uint64_t priority; /* smaller is better */
    uint32_t offer;
    uint16_t category; /* for counts, cut-offs and words; does not order anybody by itself */
    uint16_t reserved; /* zero */
};

/* A 128-bit draw number; smaller is better. */
struct allot_lot {
    uint64_t high;
    uint64_t low;
};

/* An offer that children of a site may be sent to by balance. Each offer at most once per site. */
struct allot_reach {
    uint32_t offer;
    uint32_t steps; /* <= ALLOT_MAX_STEPS */
};

struct allot_problem {
    uint32_t version; /* ALLOT_VERSION */
    enum allot_mechanism mechanism;
    bool balance;               /* place whoever is left? */
    bool waiting_unplaced_only; /* waiting lists serve only who has no place; else also who would prefer this one */
    bool lot_per_offer;         /* a lot per choice (MTB); else one for all of an applicant's choices (STB) */

    uint32_t offers;
    uint32_t applicants;
    uint32_t sites;
    const struct allot_offer *offer;
    const struct allot_applicant *applicant;
    const uint32_t *choice_from; /* applicants + 1; choices of a: choice[choice_from[a]] … choice[choice_from[a+1]-1] */
    const struct allot_choice *choice;
    const uint32_t *reach_from; /* sites + 1, in the same way; may be NULL when sites is 0 */
    const struct allot_reach *reach;

    const struct allot_lot *lot;        /* one per applicant; needed to run, not to commit */
    const struct allot_lot *choice_lot; /* with lot_per_offer: one per choice; else NULL */
};

/* Are all indices, counts and uniqueness claims of the problem in order? (Lots are not looked at.) */
bool allot_problem_valid(const struct allot_problem *problem, const struct allot_memory *memory,
                         struct allot_error *error);

/* Draw numbers: the first 16 bytes, big-endian, of HMAC-SM3(seed, "lot" ‖ label ‖ ticket [‖ offer, 4 bytes
 * big-endian]). `label` is the round's. Fills lot[applicants]; and, unless NULL, choice_lot[choices]. */
void allot_derive_lots(const struct allot_problem *problem, const uint8_t seed[32], const char *label,
                       size_t label_bytes, struct allot_lot *lot, struct allot_lot *choice_lot);

/* One draw number; offer = ALLOT_NONE for the applicant's own. */
struct allot_lot allot_lot_of(const uint8_t seed[32], const char *label, size_t label_bytes,
                              const uint8_t ticket[ALLOT_TICKET_BYTES], uint32_t offer);

enum allot_how { ALLOT_UNPLACED, ALLOT_CHOICE, ALLOT_BALANCED };

enum allot_reason {
    ALLOT_WHY_NOTHING,          /* has a place */
    ALLOT_WHY_NO_BALANCE,       /* every choice is full, and these rules have no balance */
    ALLOT_WHY_DECLINED,         /* every choice is full, and the family asked not to be balanced */
    ALLOT_WHY_NO_SITE,          /* no home community is known */
    ALLOT_WHY_NOTHING_IN_REACH, /* no offer in reach of the site has a place left */
    ALLOT_WHY_SHORTAGE          /* the sites that share these offers have more children than places; later lot */
};

struct allot_outcome {
    uint32_t offer; /* ALLOT_NONE when unplaced */
    uint16_t rank;  /* ALLOT_CHOICE: 0 is the first wish; else 0 */
    uint8_t how;    /* enum allot_how */
    uint8_t reason; /* enum allot_reason */
};

/* Where somebody stands at an offer; and, of the last admitted one, the cut-off. */
struct allot_standing {
    uint32_t applicant; /* ALLOT_NONE: nobody */
    uint16_t rank;
    uint16_t category;
    uint64_t priority; /* as compared: 0 where the lot alone counts */
    struct allot_lot lot;
};

struct allot_cutoff {
    uint32_t listed;   /* applicants who listed the offer, at any rank */
    uint32_t admitted; /* by choice */
    uint32_t balanced; /* sent by balance */
    bool full;         /* by choice: a wish for it could be refused */
    struct allot_standing last;
};

/* The same by category within an offer. */
struct allot_tally {
    uint32_t offer;
    uint16_t category;
    uint16_t reserved;
    uint32_t listed;
    uint32_t admitted;
    struct allot_standing last;
};

/*
 * What balance did, with its proof. With r(j) the places left at offer j after the choices, and d(s) the children of
 * site s whom balance places:
 *  - short_site marks a set S of sites with (children left in S) − Σ r(reach of S) = unplaced: no more can be placed;
 *  - cut_site marks a set S with Σ d(S) > Σ r(offers nearer than `greatest` to S): no smaller greatest distance exists;
 *  - price: with u(s) = min over reach j with steps ≤ greatest of (steps + price(j)), every child of s is at an offer
 *    that attains u(s), and price(j) > 0 only where j is full: no smaller total exists.
 */
struct allot_balance {
    uint32_t asked; /* children left whom balance may place (site known, not declined) */
    uint32_t placed;
    uint32_t unplaced;   /* asked − placed */
    uint32_t greatest;   /* steps */
    uint64_t total;      /* steps */
    uint64_t *price;     /* per offer */
    uint8_t *cut_site;   /* per site, 0 or 1 */
    uint8_t *short_site; /* per site, 0 or 1 */
};

struct allot_result {
    uint32_t applicants;
    uint32_t offers;
    uint32_t placed_by_choice;
    uint32_t placed_by_balance;
    uint32_t unplaced;
    struct allot_outcome *outcome; /* per applicant, in the problem's order */
    struct allot_cutoff *cutoff;   /* per offer */
    uint32_t tallies;
    struct allot_tally *tally; /* by offer, then category */
    struct allot_balance balance;
};

/* Runs the mechanism, then balance if the rules have it. *result is to be freed with allot_result_free. */
bool allot_run(const struct allot_problem *problem, const struct allot_memory *memory, struct allot_result **result,
               struct allot_error *error);
void allot_result_free(struct allot_result *result, const struct allot_memory *memory);

/*
 * Independent check of a result against its problem, without running the mechanism: everyone placed or named, nobody
 * twice, capacities kept, no place wasted that somebody wished for, nobody passed over by somebody who stood behind
 * (with ALLOT_SERIAL this determines the result wholly), counts and cut-offs true, and the proofs of balance.
 * False with ALLOT_FAULT_RESULT and the first thing wrong in words.
 */
bool allot_check(const struct allot_problem *problem, const struct allot_result *result,
                 const struct allot_memory *memory, struct allot_error *error);

/* -1, 0 or 1: who stands first at the offer; both must have it in their choices at these ranks. */
int allot_compare(const struct allot_problem *problem, uint32_t first, uint16_t first_rank, uint32_t second,
                  uint16_t second_rank);

enum allot_verdict {
    ALLOT_ADMITTED,
    ALLOT_REFUSED,
    ALLOT_NOT_NEEDED /* a better wish was granted */
};

/* What separated a refused applicant from the last one admitted. */
enum allot_decided {
    ALLOT_DECIDED_NOTHING,  /* not refused */
    ALLOT_DECIDED_NO_PLACE, /* the offer had no place at all */
    ALLOT_DECIDED_RANK,     /* who listed it at a better rank came first (serial) */
    ALLOT_DECIDED_PRIORITY,
    ALLOT_DECIDED_LOT
};

struct allot_reasoning {
    uint32_t offer;
    enum allot_verdict verdict;
    enum allot_decided decided;
    struct allot_standing own;
    struct allot_standing last; /* the cut-off; last.applicant = ALLOT_NONE when nobody was admitted */
    bool full;
    uint32_t admitted;      /* by choice */
    uint32_t stood_before;  /* how many admitted ones stood before the applicant */
    uint32_t waiting_place; /* refused: 1 is the first on the waiting list; else 0 */
    /* Refused by priority or lot. Against the cut-offs as they are, a place would have been due with … */
    bool other_priority_suffices; /* … priority ≤ sufficient_priority and the lot unchanged */
    uint64_t sufficient_priority;
    uint16_t sufficient_category; /* the last admitted one's category: "category ≤ c" in words */
};

/* Why applicant got what it got: one reasoning per choice, in rank order, into `reasoning` (room for all its choices).
 * Reads the cut-offs as published; costs one walk over all choices. */
void allot_explain(const struct allot_problem *problem, const struct allot_result *result, uint32_t applicant,
                   struct allot_reasoning *reasoning);

/*
 * Who is next for a place that came free at `offer`. `now` is everybody's present outcome: it starts as
 * result->outcome, and the caller changes it with each move (somebody placed from the list: ALLOT_CHOICE with offer and
 * rank; somebody who gave the place back: ALLOT_UNPLACED with ALLOT_WHY_NOTHING, who then is on no list); `passed`,
 * unless NULL, is non-zero for those who are out of this list: asked and did not want it, or withdrawn. Nobody else
 * moves. ALLOT_NONE when the list is empty. If rank is not NULL it gets the rank at which the offer stands in the
 * winner's choices.
 */
uint32_t allot_next_waiting(const struct allot_problem *problem, const struct allot_outcome *now, const uint8_t *passed,
                            uint32_t offer, uint16_t *rank);

/* The whole waiting list of an offer, first to be asked first, into `list` (room for cutoff[offer].listed); returns its
 * length, or ALLOT_NONE without memory. */
uint32_t allot_waiting_list(const struct allot_problem *problem, const struct allot_outcome *now, const uint8_t *passed,
                            uint32_t offer, const struct allot_memory *memory, uint32_t *list);

#endif
