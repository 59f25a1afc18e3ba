/* Why: the result of one application in data and in words. Everything follows from published cut-offs and the family's
 * own data: no black box, and no other family is shown (the last one admitted appears as category, distance in steps
 * and lot).
 */
#ifndef PLACES_EXPLAIN_H
#define PLACES_EXPLAIN_H

#include "places/allotment.h"

enum explain_verdict { EXPLAIN_ADMITTED, EXPLAIN_REFUSED, EXPLAIN_NOT_NEEDED };
/* By what the child stood behind the last one admitted. */
enum explain_decided {
    EXPLAIN_NOTHING,
    EXPLAIN_NO_PLACE,
    EXPLAIN_RANK,   /* who put the school higher came first */
    EXPLAIN_MEMBER, /* children of the group for which the places are kept came first */
    EXPLAIN_CATEGORY,
    EXPLAIN_SUBRANK,
    EXPLAIN_SIBLING,
    EXPLAIN_DISTANCE,
    EXPLAIN_LOT,
    EXPLAIN_TOGETHER /* places were left, but not as many as the siblings need */
};

/* Where somebody stands at a school. */
struct explain_standing {
    int64_t rank; /* of the wish, from 1 */
    int64_t category, subrank;
    struct name category_name, subrank_name; /* sub-rank empty when the category has none */
    bool sibling;
    int64_t distance; /* metres: own exact, the last one's in whole steps */
    struct str lot;   /* 32 hex digits */
    bool other;       /* places are kept for a group first, and this one is not of it */
};
struct explain_choice {
    int64_t offer;
    struct name school;
    bool public_school;
    bool implied; /* the catchment's school after a lost draw, not asked for by itself */
    int64_t capacity, listed, admitted;
    enum explain_verdict verdict;
    enum explain_decided decided;
    struct explain_standing own;
    /* Of a school with kinds of places: the one that is told of (admitted, that one; refused, the one whose cut-off is
     * easiest to reach); names empty: the school has none. */
    int64_t kind;
    struct name kind_name;
    int64_t kind_places;
    struct name groups; /* of the child, for which places of this school are kept or capped; empty: none */
    bool has_last;      /* somebody was admitted */
    bool full;
    struct explain_standing last;
    int64_t waiting_place; /* now, on the waiting list; 0: does not wait */
    /* Against the cut-off as it is a place would have been due with … */
    bool lot_suffices;           /* a better lot */
    bool priority_suffices;      /* this standing, the lot unchanged: */
    bool strictly;               /* … but better than the last one, not equal */
    enum explain_decided change; /* the first key that would have had to be better: category, sub-rank, sibling,
                                    distance */
    struct explain_standing sufficient;
};

struct explain_fact {
    struct str kind;
    struct name name;
    struct name by; /* who confirmed it: the department, or a person */
    struct str state;
    struct str request;
    int64_t at;
};

struct explain_balance {
    int64_t distance;    /* metres from the home community to the school */
    int64_t greatest;    /* of anybody in the county */
    int64_t children;    /* how many were balanced */
    int64_t nearer;      /* schools nearer than the one given */
    int64_t nearer_full; /* of them without a place left: all */
};

struct explanation {
    int64_t application;
    struct str receipt;
    struct str label; /* of the round */
    bool listed;      /* on the final list; else left_out says why */
    struct str review, review_reasons;
    struct str how; /* choice | balance | unplaced */
    int64_t offer;
    struct name school;
    int64_t rank;
    struct str claim; /* held, taken; returned: the place that the child had; empty: none */
    int64_t claim_offer;
    struct name claim_school;
    int64_t answer_by;
    int64_t together;         /* children on the ticket; 1: alone */
    bool by_cycles;           /* cut-offs are information only */
    bool ordered_by_distance; /* is distance a key of the order? */
    struct explain_choice *choices;
    size_t nchoices;
    struct explain_fact *facts;
    size_t nfacts;
    bool balanced;
    struct explain_balance balance;
    struct str seed, root; /* hex */
};
/* From `published` on (any_state: from `allotted` on). *found false: no such application, or no result yet. */
bool explain(struct db *db, struct places *places, struct arena *arena, int64_t application, bool any_state,
             struct explanation *out, bool *found, struct error *error);

/* Sentences. */
struct name explain_result_words(struct arena *arena, const struct explanation *explanation);
/* "第2志愿…：未录取。录取到…，您的孩子…" */
struct name explain_choice_words(struct arena *arena, const struct explanation *explanation,
                                 const struct explain_choice *choice);
/* What would have changed it; empty when nothing was refused there. */
struct name explain_change_words(struct arena *arena, const struct explanation *explanation,
                                 const struct explain_choice *choice);
/* Empty unless balanced. */
struct name explain_balance_words(struct arena *arena, const struct explanation *explanation);
/* "category 1, sub-rank 2 (…), 1.35 km, lot 0f3a…" */
struct name explain_standing_words(struct arena *arena, const struct explanation *explanation,
                                   const struct explain_standing *standing);

#endif
