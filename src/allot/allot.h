/*
 * allot: gives out places of limited number by published rules, so that anybody can repeat it.
 *
 * A problem is a handful of flat arrays that the caller owns: offers (what there is) with their kinds of places,
 * applicants (who asks), their ranked choices, and the distances from sites (home communities) to offers. The library
 * reads them, never writes them, does no I/O, keeps no state between calls, and takes memory and threads only through
 * `struct allot_host`.
 *
 * Places of an offer are filled kind by kind, in the order in which the offer lists its kinds: who finds no room in one
 * asks at the next (a place kept for a group after the open ones is therefore used only by who gets no open one, and
 * one kept before them comes on top of what the group wins in the open). Within a kind, applicants stand in one strict
 * order, smaller first:
 *     (choice rank, with ALLOT_SERIAL alone; not a member, with ALLOT_MEMBERS_FIRST alone; priority; lot; ticket)
 * `priority` is packed by the caller from category, sub-rank, sibling, distance step … in the policy's order. Where
 * places go by lot (ALLOT_BY_LOT, and everywhere with ALLOT_DRAW) priority counts as 0. Tickets are unique, so ties
 * cannot happen, and the result does not depend on the order in which applicants are given, nor on threads.
 *
 * An applicant is a ticket. Siblings who ask together are one ticket that takes as many places: all at one offer, or
 * none. What happens when the last places do not suffice for such a ticket is a rule of its own (`enum
 * allot_together`).
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

#ifdef __cplusplus
extern "C" {
#endif

#define ALLOT_VERSION 2
#define ALLOT_NONE UINT32_MAX
#define ALLOT_TICKET_BYTES 32
/* Distances are whole steps (the policy says how many metres a step has); more than this is refused as a mistake. */
#define ALLOT_MAX_STEPS 1000000u
/* Kinds of places of one offer; children on one ticket; wishes of one ticket. */
#define ALLOT_MAX_KINDS 256u
#define ALLOT_MAX_TOGETHER 8u
#define ALLOT_MAX_CHOICES 65535u

/*
 * What the caller supplies. A NULL pointer to this struct, wherever it is asked for, means malloc, free and one thread.
 * It must outlive what was made with it.
 *  - `get` returns NULL when there is none (alignment as of malloc); `put` gives one block back;
 *  - `each`, unless NULL, calls job(argument, i) once for every i < jobs, in any order, on any threads, and returns
 *    when all are done. Results do not depend on it. `workers` is how many run at once (0 counts as 1): it only says
 *    into how many pieces work is cut;
 *  - `progress`, unless NULL, hears now and then how much of a long call is done (of `total`, which is never 0), always
 *    from the caller's own thread.
 */
struct allot_host {
    void *(*get)(void *ctx, size_t bytes);
    void (*put)(void *ctx, void *block);
    void *ctx;
    void (*each)(void *ctx, void (*job)(void *argument, uint32_t index), void *argument, uint32_t jobs);
    uint32_t workers;
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
};

enum allot_fault {
    ALLOT_FAULT_NONE,
    ALLOT_FAULT_MEMORY,  /* the host had none */
    ALLOT_FAULT_PROBLEM, /* the problem is not well formed; the message says where */
    ALLOT_FAULT_RESULT   /* the result is not what the problem demands; the message says where */
};

struct allot_error {
    enum allot_fault fault;
    char message[240]; /* plain English, ends with NUL */
};

enum allot_mechanism {
    /* One wish in effect: places go by priority among those who listed the offer first; who loses tries the next
     * listed choice only from what is left (immediate acceptance, round by round). */
    ALLOT_SERIAL,
    /* Applicants propose, offers keep the best so far (Gale and Shapley). For single tickets whose list has room for
     * all wishes nothing is gained by hiding or reordering one (docs/mechanisms.md says where that ends). */
    ALLOT_DEFERRED,
    /* As deferred acceptance with the lot alone: with one choice each it is the plain draw with substitutes in order,
     * with several and one lot per applicant it is picking in the order of the lots. */
    ALLOT_DRAW,
    /* Top trading cycles (Shapley and Scarf; Abdulkadiroğlu and Sönmez 2003): every offer points to the first in its
     * order of those who list it, every applicant to the best wish that has a place; who is on a circle gets what it
     * points to. Pareto-efficient, but somebody may be passed over. Knows one open kind of place and no tickets of
     * several places. */
    ALLOT_CYCLES
};

enum allot_order { ALLOT_BY_PRIORITY, ALLOT_BY_LOT };

/* When a ticket of several places meets fewer. Single tickets are never touched by this. */
enum allot_together {
    /* The ticket that stands at the last place takes it, and the offer gets the places that are missing (at most
     * ALLOT_MAX_TOGETHER - 1 a kind). There is always a stable answer, and one that is best for all applicants. */
    ALLOT_TOGETHER_ADD,
    /* The ticket is refused, and who stands behind it and fits goes in. There may be no stable answer: the run says so
     * and names who was passed over (`struct allot_result`, docs/transcript.md, "Siblings together"). */
    ALLOT_TOGETHER_FIT
};

struct allot_offer {
    uint32_t capacity;
    uint8_t order;     /* enum allot_order; of an offer without kinds of its own */
    uint8_t balance;   /* 1: may be filled by balance, 0: not */
    uint16_t reserved; /* zero */
};

enum allot_whom {
    ALLOT_FOR_ALL,
    ALLOT_MEMBERS_FIRST, /* a soft reserve: members of the groups stand first, others take what they leave */
    ALLOT_MEMBERS_ONLY,  /* a hard reserve: what members leave stays empty */
    ALLOT_OTHERS_ONLY    /* a cap: members of the groups cannot have these */
};

/* A kind of place of one offer. Membership is what the choice says (`struct allot_choice`, group). */
struct allot_kind {
    uint32_t places;
    uint32_t group_from; /* into problem->kind_group: the groups meant, rising, each > 0 */
    uint16_t groups;     /* how many; 0 with ALLOT_FOR_ALL, else at least 1 */
    uint8_t whom;        /* enum allot_whom */
    uint8_t order;       /* enum allot_order */
};

enum allot_applicant_flags { ALLOT_DECLINES_BALANCE = 1 };

struct allot_applicant {
    uint32_t site;   /* for balance; ALLOT_NONE: nowhere */
    uint16_t flags;  /* enum allot_applicant_flags */
    uint16_t places; /* 1; of siblings who ask together: how many, up to ALLOT_MAX_TOGETHER */
};

/* One wish. An applicant's wishes stand best first; no offer twice. */
struct allot_choice {
    uint32_t offer;
    uint32_t priority; /* smaller is better */
    uint16_t category; /* for counts, cut-offs and words; does not order anybody by itself */
    uint16_t group;    /* to which group the applicant belongs at this offer; 0: none. Who belongs to two, as a disabled
                        * migrant child, has a group of its own that both kinds of places name */
};

/* A 128-bit draw number; smaller is better. */
struct allot_lot {
    uint64_t high;
    uint64_t low;
};

/* An offer that children of a site may be sent to by balance; a pair that is not here is forbidden. Each offer at most
 * once per site. */
struct allot_reach {
    uint32_t offer;
    uint32_t steps; /* <= ALLOT_MAX_STEPS */
};

struct allot_problem {
    uint32_t version; /* ALLOT_VERSION */
    enum allot_mechanism mechanism;
    enum allot_together together;
    bool balance;               /* place whoever is left? */
    bool lot_per_offer;         /* a lot per choice (MTB); else one for all of an applicant's choices (STB) */
    bool waiting_unplaced_only; /* waiting lists serve only who has no place; else also who would prefer this one */
    bool waiting_reversed;      /* waiting lists compare lots the other way round */

    uint32_t offers;
    uint32_t applicants;
    uint32_t sites;
    const struct allot_offer *offer;
    /* Kinds of places of offer j: kind[kind_from[j]] … kind[kind_from[j + 1] - 1]; none means one open kind of the
     * whole capacity in the offer's order; else their places add up to the capacity. kind_from may be NULL: no offer
     * has kinds. */
    const uint32_t *kind_from; /* offers + 1 */
    const struct allot_kind *kind;
    const uint16_t *kind_group;

    const struct allot_applicant *applicant;
    const uint8_t (*ticket)[ALLOT_TICKET_BYTES]; /* unique; may be NULL for a run whose lots all differ */
    const uint32_t *choice_from; /* applicants + 1; choices of a: choice[choice_from[a]] … choice[choice_from[a+1]-1] */
    const struct allot_choice *choice;
    const uint32_t *reach_from; /* sites + 1, in the same way; may be NULL when sites is 0 */
    const struct allot_reach *reach;

    const struct allot_lot *lot;        /* one per applicant; needed to run, not to commit */
    const struct allot_lot *choice_lot; /* with lot_per_offer: one per choice; else NULL */
};

/* Are all indices, counts and uniqueness claims of the problem in order? (Lots are not looked at.) */
bool allot_problem_valid(const struct allot_problem *problem, const struct allot_host *host, struct allot_error *error);

/* Draw numbers: the first 16 bytes, big-endian, of HMAC-SM3(seed, "lot" ‖ label ‖ ticket [‖ offer, 4 bytes
 * big-endian]). `label` is the round's. Fills lot[applicants]; and, unless NULL, choice_lot[choices]. Needs tickets. */
void allot_derive_lots(const struct allot_problem *problem, const uint8_t seed[32], const char *label,
                       size_t label_bytes, const struct allot_host *host, struct allot_lot *lot,
                       struct allot_lot *choice_lot);

/* One draw number; offer = ALLOT_NONE for the applicant's own. */
struct allot_lot allot_lot_of(const uint8_t seed[32], const char *label, size_t label_bytes,
                              const uint8_t ticket[ALLOT_TICKET_BYTES], uint32_t offer);

/* The random audit: the first `wanted` applicants (or all, if fewer) by (HMAC-SM3(seed, "audit" ‖ label ‖ ticket),
 * ticket), into `sample`, in that order; returns how many, or ALLOT_NONE without memory. Needs tickets. */
uint32_t allot_audit(const struct allot_problem *problem, const uint8_t seed[32], const char *label, size_t label_bytes,
                     uint32_t wanted, const struct allot_host *host, uint32_t *sample);

/* With `wrong` wrong files among `files`: the chance that a sample of that many meets at least one of them. */
double allot_audit_chance(uint32_t files, uint32_t wrong, uint32_t sample);

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
    uint32_t offer;    /* ALLOT_NONE when unplaced */
    uint16_t kind;     /* of place, within the offer; 0 without kinds */
    uint16_t rank;     /* ALLOT_CHOICE: 0 is the first wish; else 0 */
    uint8_t how;       /* enum allot_how */
    uint8_t reason;    /* enum allot_reason */
    uint16_t reserved; /* zero */
};

/* Where somebody stands at a kind of place; and, of the last admitted one, the cut-off. */
struct allot_standing {
    uint32_t applicant; /* ALLOT_NONE: nobody */
    uint16_t rank;
    uint16_t category;
    uint32_t priority; /* as compared: 0 where the lot alone counts */
    uint8_t other;     /* 1: with ALLOT_MEMBERS_FIRST, not a member; else 0 */
    struct allot_lot lot;
};

/* All counts are of places, so that a ticket of two counts twice. */
struct allot_cutoff {
    uint32_t listed;            /* who listed the offer, at any rank */
    uint32_t admitted;          /* by choice */
    uint32_t balanced;          /* sent by balance */
    uint32_t added;             /* admitted above the capacity, with ALLOT_TOGETHER_ADD */
    bool full;                  /* by choice: a wish for it could be refused; with kinds: every kind is full */
    struct allot_standing last; /* without kinds; with kinds nobody: see kind_cutoff */
};

/* Per kind of place, in the order of problem->kind. */
struct allot_kind_cutoff {
    uint32_t admitted; /* by choice */
    bool full;         /* admitted >= places */
    struct allot_standing last;
};

/* The same by category within an offer. `last`: who stands last by (rank with serial, priority, lot, ticket). */
struct allot_tally {
    uint32_t offer;
    uint16_t category;
    uint16_t reserved;
    uint32_t listed;
    uint32_t admitted;
    struct allot_standing last;
};

/* With ALLOT_TOGETHER_FIT: a ticket that would be taken at an offer that it prefers, were the offer to choose again
 * among those whom it has and this one. */
struct allot_passed_over {
    uint32_t applicant;
    uint32_t offer;
};

/*
 * What balance did, with its proof. Tickets of several places are served first, one by one in the order of their lots:
 * each goes to the nearest offer in reach (equal steps by number) that has places enough for all its children. Then,
 * for single tickets, with r(j) the places left at offer j and d(s) the children of site s whom balance places:
 *  - short_site marks a set S of sites with (children left in S) − Σ r(reach of S) = unplaced: no more can be placed;
 *  - cut_site marks a set S with Σ d(S) > Σ r(offers nearer than `greatest` to S): no smaller greatest distance exists;
 *  - price: with u(s) = min over reach j with steps ≤ greatest of (steps + price(j)), every child of s is at an offer
 *    that attains u(s), and price(j) > 0 only where j is full: no smaller total exists.
 * Places kept hard for a group (ALLOT_MEMBERS_ONLY) are not for balance.
 */
struct allot_balance {
    uint32_t asked; /* single tickets left whom balance may place (site known, not declined) */
    uint32_t placed;
    uint32_t unplaced;        /* asked − placed */
    uint32_t greatest;        /* steps */
    uint64_t total;           /* steps */
    uint32_t together_asked;  /* tickets of several places … */
    uint32_t together_placed; /* … and how many of them found one offer for all their children */
    uint64_t *price;          /* per offer */
    uint8_t *cut_site;        /* per site, 0 or 1 */
    uint8_t *short_site;      /* per site, 0 or 1 */
};

struct allot_result {
    uint32_t applicants;
    uint32_t offers;
    uint32_t placed_by_choice; /* these three count places: a ticket of two counts twice */
    uint32_t placed_by_balance;
    uint32_t unplaced;
    uint32_t added;                        /* places above capacity, with ALLOT_TOGETHER_ADD */
    struct allot_outcome *outcome;         /* per applicant, in the problem's order */
    struct allot_cutoff *cutoff;           /* per offer */
    struct allot_kind_cutoff *kind_cutoff; /* per kind; NULL when the problem has none */
    uint32_t tallies;
    struct allot_tally *tally;      /* by offer, then category */
    uint32_t repairs;               /* with ALLOT_TOGETHER_FIT: steps of the repair; 0: there was nothing to repair */
    uint32_t passed_over;           /* 0: the answer is stable (never with ALLOT_CYCLES, which does not claim it) */
    struct allot_passed_over *over; /* by (ticket, rank of the wish) */
    struct allot_balance balance;
};

/* Runs the mechanism, then balance if the rules have it. *result is to be freed with allot_result_free. */
bool allot_run(const struct allot_problem *problem, const struct allot_host *host, struct allot_result **result,
               struct allot_error *error);
void allot_result_free(struct allot_result *result, const struct allot_host *host);

/*
 * Independent check of a result against its problem, without running the mechanism: everyone placed or named, nobody
 * twice, capacities kept (but for places added by rule), no place wasted that somebody wished for and could have,
 * nobody passed over by somebody who stood behind (with ALLOT_SERIAL this determines the result wholly; with
 * ALLOT_CYCLES the circles are followed instead), counts and cut-offs true, and the proofs of balance. Where every
 * ticket has one place, also that no such result is better for the applicants, so that only the answer itself passes.
 * With tickets of several places every result passes in which nobody is passed over but those who are named; that it is
 * the one which the published steps lead to, only running again shows. False with ALLOT_FAULT_RESULT and the first
 * thing wrong in words.
 */
bool allot_check(const struct allot_problem *problem, const struct allot_result *result, const struct allot_host *host,
                 struct allot_error *error);

/* -1, 0 or 1: who stands first at an offer without kinds; both must have it in their choices at these ranks. */
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
    ALLOT_DECIDED_NO_PLACE, /* there was no place at all that the applicant could have */
    ALLOT_DECIDED_RANK,     /* who listed it at a better rank came first (serial) */
    ALLOT_DECIDED_MEMBER,   /* members of a group came first */
    ALLOT_DECIDED_PRIORITY,
    ALLOT_DECIDED_LOT,
    ALLOT_DECIDED_TOGETHER /* places were left, but not as many as the ticket needs (ALLOT_TOGETHER_FIT) */
};

struct allot_reasoning {
    uint32_t offer;
    uint16_t kind; /* the kind of place that this speaks of: admitted, that one; refused, of those that the applicant
                    * could have the one whose cut-off is easiest to reach (the first of equals) */
    enum allot_verdict verdict;
    enum allot_decided decided;
    struct allot_standing own;
    struct allot_standing last; /* the cut-off; last.applicant = ALLOT_NONE when nobody was admitted */
    bool full;
    uint32_t admitted;      /* by choice, to this kind; places */
    uint32_t stood_before;  /* how many of these (places) belong to tickets that stood before the applicant */
    uint32_t waiting_place; /* refused: 1 is the first on the waiting list; else 0 */
    /* Refused by priority or lot. Against the cut-offs as they are, a place would have been due with …: the offer,
     * choosing among those whom it has and this applicant, would have chosen it. Run again with just that change, where
     * every ticket has one place, the applicant gets this wish or a better one with ALLOT_SERIAL, and with ALLOT_DRAW
     * by one lot each (without ALLOT_MEMBERS_FIRST). With ALLOT_DEFERRED, and ALLOT_DRAW else, it does, or the change
     * sets off moves that end with somebody who comes to this offer and stands before; nobody is better off then
     * (tests/allot/test_explain.c). Never said with ALLOT_CYCLES, and with ALLOT_TOGETHER_FIT of no ticket of several.
     */
    bool other_priority_suffices; /* … priority ≤ sufficient_priority and the lot unchanged */
    uint32_t sufficient_priority;
    uint16_t sufficient_category; /* the last admitted one's category: "category ≤ c" in words */
    bool other_lot_suffices;      /* … or with a lot smaller than last.lot and everything else unchanged */
};

/* Why applicant got what it got: one reasoning per choice, in rank order, into `reasoning` (room for all its choices).
 * Reads the cut-offs as published; costs one walk over all choices. */
void allot_explain(const struct allot_problem *problem, const struct allot_result *result, uint32_t applicant,
                   struct allot_reasoning *reasoning);

/*
 * Who is next for a place of this kind that came free at `offer`, of which `free` places of the kind are free (a ticket
 * that needs more is not asked). `now` is everybody's present outcome: it starts as result->outcome, and the caller
 * changes it with each move (somebody placed from the list: ALLOT_CHOICE with offer, kind and rank; somebody who gave
 * the place back: ALLOT_UNPLACED with ALLOT_WHY_NOTHING, who then is on no list); `passed`, unless NULL, is non-zero
 * for those who are out of this list: asked and did not want it, or withdrawn. Nobody else moves, and a place keeps its
 * kind. ALLOT_NONE when nobody who may have it waits. If rank is not NULL it gets the rank at which the offer stands in
 * the winner's choices.
 */
uint32_t allot_next_waiting(const struct allot_problem *problem, const struct allot_outcome *now, const uint8_t *passed,
                            uint32_t offer, uint16_t kind, uint32_t free, uint16_t *rank);

/* The whole waiting list for a kind of place, first to be asked first, into `list` (room for every applicant that lists
 * the offer); returns its length, or ALLOT_NONE without memory. */
uint32_t allot_waiting_list(const struct allot_problem *problem, const struct allot_outcome *now, const uint8_t *passed,
                            uint32_t offer, uint16_t kind, const struct allot_host *host, uint32_t *list);

/*
 * All waiting lists kept at hand, to follow many moves: each answer is that of allot_next_waiting, but costs a few
 * steps instead of a walk over everybody. It holds its own copy of everybody's present outcome, which changes only by
 * allot_waiting_move; the problem must outlive it. Only allot_waiting_new takes memory.
 *  - `room`: the free places of a kind: its places less those of the tickets that stand there, 0 when that is negative;
 *  - `next`: who is next, given that many free places; as allot_next_waiting;
 *  - `move`: somebody moves (any outcome that allot_next_waiting's `now` may have; lists are entered and left by it);
 *  - `pass`: leaves the waiting lists of this offer for good: was asked and did not want it, or withdrew.
 */
struct allot_waiting;
bool allot_waiting_new(const struct allot_problem *problem, const struct allot_outcome *now,
                       const struct allot_host *host, struct allot_waiting **waiting, struct allot_error *error);
void allot_waiting_free(struct allot_waiting *waiting, const struct allot_host *host);
const struct allot_outcome *allot_waiting_now(const struct allot_waiting *waiting, uint32_t applicant);
uint32_t allot_waiting_room(const struct allot_waiting *waiting, uint32_t offer, uint16_t kind);
uint32_t allot_waiting_next(struct allot_waiting *waiting, uint32_t offer, uint16_t kind, uint32_t free,
                            uint16_t *rank);
void allot_waiting_move(struct allot_waiting *waiting, uint32_t applicant, struct allot_outcome to);
void allot_waiting_pass(struct allot_waiting *waiting, uint32_t applicant, uint32_t offer);

/* A map for reaches that must be contiguous: which sites touch which, and where each offer is at home. */
struct allot_map {
    const uint32_t *touch_from; /* sites + 1 */
    const uint32_t *touch;      /* sites that touch it; each two name each other */
    const uint32_t *home_from;  /* offers + 1 */
    const uint32_t *home;       /* the sites of the offer's catchment; none: it stays in nobody's reach */
};

/*
 * Makes a reach contiguous: of the problem's reach, a pair of site and offer stays only if one comes from the offer's
 * catchment to the site in at most `hops` steps, each from a site to one that it touches (0: the catchment alone).
 * Fills reach_from (sites + 1) and reach (room for as many as the problem's), which then take the place of the
 * problem's own, in the same order. Of the problem only offers, sites and reach are looked at. Linear in the pairs and
 * in the sites that are walked; 9 bytes a pair of memory.
 */
bool allot_reach_contiguous(const struct allot_problem *problem, const struct allot_map *map, uint32_t hops,
                            const struct allot_host *host, uint32_t *reach_from, struct allot_reach *reach,
                            struct allot_error *error);

#ifdef __cplusplus
}
#endif

#endif
