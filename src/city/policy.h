/* An admission policy: the rules by which one county admits to one stage in one year (一县一案).
 *
 * A child stands before a school with a set of facts; the first category whose condition the facts meet is the
 * child's, within it the first sub-rank. The county's order packs category, sub-rank, sibling and distance into
 * one number, smaller is better; the lot decides among equals, always last.
 */
#ifndef CITY_POLICY_H
#define CITY_POLICY_H

#include "base/arena.h"
#include "base/text.h"

enum stage { STAGE_PRIMARY, STAGE_JUNIOR, STAGE_COUNT };

/* The vocabulary of conditions. Those of the first group are relative to a choice (the school's catchment, the
 * school itself), the others to the child. Where a dwelling lies and by what right it is lived in are separate:
 * dwelling_in_… says where the dwelling lies that the family applies by; owns_…, lease_registered and
 * residence_permit say by what right. Of owns_all, owns_part, owns_none at most one holds; what is in the catchment
 * is in the county. */
enum child_fact {
    FACT_HOUSEHOLD_IN_CATCHMENT,
    FACT_DWELLING_IN_CATCHMENT,
    FACT_SIBLING_ENROLLED,
    FACT_HOUSEHOLD_IN_COUNTY,
    FACT_DWELLING_IN_COUNTY,
    FACT_OWNS_ALL,
    FACT_OWNS_PART,
    FACT_OWNS_NONE,
    FACT_LEASE_REGISTERED,
    FACT_RESIDENCE_PERMIT,
    FACT_EMPLOYMENT,
    FACT_BUSINESS,
    FACT_POLICY_GROUP,
    FACT_DISABILITY,
    FACT_COUNT
};
#define FACT_BIT(fact) (1u << (fact))
enum {
    FACTS_OF_CHOICE =
        (1 << FACT_HOUSEHOLD_IN_CATCHMENT) | (1 << FACT_DWELLING_IN_CATCHMENT) | (1 << FACT_SIBLING_ENROLLED),
    FACTS_OF_OWNING = (1 << FACT_OWNS_ALL) | (1 << FACT_OWNS_PART) | (1 << FACT_OWNS_NONE),
};

/* "household_in_catchment"; its words for pages; and back (false: no such fact). */
const char *child_fact_id(enum child_fact fact);
struct text child_fact_name(enum child_fact fact);
bool child_fact_of(struct str id, enum child_fact *fact);
/* Could a child stand with these facts: at most one of owns_…, and in the county what is in the catchment? */
bool facts_are_possible(uint32_t facts);

/* "primary", "junior". */
const char *stage_id(enum stage stage);
bool stage_of(struct str id, enum stage *stage);

/* True when a fact of any_of holds or a fact of any_not does not. */
struct clause {
    uint32_t any_of;
    uint32_t any_not;
};

/* All clauses must hold; none: always true. */
struct condition {
    struct clause *clauses;
    size_t n;
};

bool condition_holds(const struct condition *condition, uint32_t facts);

struct subrank {
    struct str id;
    struct name name;
    struct condition when;
};

struct category {
    struct str id;
    struct name name;
    uint32_t rank; /* 1 is served first; categories may share a rank */
    struct condition when;
    struct subrank *subranks; /* in order of rank; none, or the last is unconditional */
    size_t nsubranks;
    uint32_t checks; /* bits of city->checks: what must be confirmed for a claim of this category */
};

/* Classes of children at private schools that must draw: the first that matches, served in the order given. */
struct resident_class {
    struct str id;
    struct name name;
    struct condition when;
};

enum mechanism { MECHANISM_SERIAL, MECHANISM_DEFERRED, MECHANISM_CYCLES, MECHANISM_COUNT };
/* One draw number for all wishes of a child, or one for each. */
enum lots { LOTS_APPLICANT, LOTS_CHOICE };
/* Twins and siblings of one round: may they ask for one school or none, as one draw number? When the last places do
 * not suffice for them, the missing ones are added, or who fits goes in instead (allot/allot.h). */
enum together { TOGETHER_NONE, TOGETHER_ADD, TOGETHER_FIT };
/* Who stays on waiting lists: whoever would prefer the place, or only who has none. How they compare draw numbers. */
enum waiting_who { WAITING_ALL, WAITING_UNPLACED };
enum waiting_lots { WAITING_SAME, WAITING_REVERSED };
/* Is one school in each catchment, or several that a family ranks? */
enum catchments { CATCHMENTS_SINGLE, CATCHMENTS_SHARED };
enum order_key { ORDER_CATEGORY, ORDER_SUBRANK, ORDER_SIBLING, ORDER_DISTANCE, ORDER_KEY_COUNT };
enum sibling_rule { SIBLING_NONE, SIBLING_FOLLOW };
enum balance_scope { BALANCE_COUNTY };
enum { OPEN_PUBLIC = 1, OPEN_PRIVATE = 2 }; /* schools open to balancing */
enum witness_kind {
    WITNESS_NOTARY,
    WITNESS_DISCIPLINE,
    WITNESS_PARENTS,
    WITNESS_SCHOOL,
    WITNESS_PUBLIC,
    WITNESS_KIND_COUNT
};
/* A witness who does not open the secret by the deadline: goes on without it. */
enum missing_witness { MISSING_WITNESS_LEAVE_OUT };

/* Places of a school that are kept or capped for a group (allot/allot.h, struct allot_kind). */
enum kind_whom { KIND_FOR_ALL, KIND_FIRST, KIND_ONLY, KIND_OTHERS };
enum kind_order { KIND_BY_PRIORITY, KIND_BY_LOT };
struct place_kind {
    struct str id;
    struct name name;
    bool rest;       /* what the other kinds leave of the plan; else … */
    uint32_t places; /* … so many; 0: by share */
    uint32_t share;  /* percent of the plan, rounded down … */
    uint32_t least;  /* … but at least so many */
    enum kind_whom whom;
    struct condition when; /* who belongs to the group; nothing for all */
    enum kind_order order;
};
/* The kinds of some schools, in the order in which they are filled. */
struct kind_set {
    uint32_t open;     /* OPEN_… bit: all schools of the sort; 0: those named by … */
    struct str *codes; /* … their codes */
    size_t ncodes;
    struct place_kind *kinds;
    size_t nkinds;
};
enum { KINDS_MAX = 8, KIND_SETS_MAX = 16, KIND_GROUPS_MAX = 4 /* kinds of one set that are for a group */ };
/* Who belongs to the same groups of one set. In the transcript they are numbered from 1 in the order of
 * policy_groups. */
struct kind_group {
    size_t set;
    uint32_t members; /* bit k: belongs to the group of kind k */
    struct name name; /* "children with disabilities + migrant children" */
};

const char *mechanism_id(enum mechanism mechanism);
struct text mechanism_name(enum mechanism mechanism);
const char *lots_id(enum lots lots);
const char *together_id(enum together together);
const char *waiting_who_id(enum waiting_who who);
const char *waiting_lots_id(enum waiting_lots lots);
const char *kind_whom_id(enum kind_whom whom);
struct text kind_whom_name(enum kind_whom whom);
const char *kind_order_id(enum kind_order order);
const char *catchments_id(enum catchments catchments);
const char *order_key_id(enum order_key key);
struct text order_key_name(enum order_key key);
const char *witness_kind_id(enum witness_kind kind);

struct witness {
    struct str id;
    struct name name;
    enum witness_kind kind;
};

/* The round's moments, in ms (base/clock.h), each later than the one before. */
enum moment {
    MOMENT_RULES_PUBLISHED,
    MOMENT_OPENS,
    MOMENT_CLOSES,
    MOMENT_OBJECTIONS_UNTIL,
    MOMENT_DRAW,
    MOMENT_PUBLISHED,
    MOMENT_CONFIRM_UNTIL,
    MOMENT_LATE_OPENS,
    MOMENT_LATE_CLOSES,
    MOMENT_LATE_CONFIRM_UNTIL,
    MOMENT_COUNT
};
const char *moment_id(enum moment moment);
struct text moment_name(enum moment moment);

struct policy {
    struct str county;
    enum stage stage;
    int year;
    struct name title;
    struct name source; /* what the rules rest on */
    enum mechanism mechanism;
    enum lots lots;
    enum catchments catchments;
    uint32_t most_public;  /* wishes for public schools, */
    uint32_t most_private; /* for private ones, */
    uint32_t most_total;   /* for all together */
    bool private_draw;     /* an oversubscribed private school draws (it must) */
    struct resident_class *private_classes;
    size_t nprivate_classes;
    uint32_t least_age; /* primary: years of age … */
    int64_t age_day;    /* … on this day; both 0 for junior, */
    bool graduates;     /* which admits graduates of primary school */
    uint32_t checks;    /* bits of city->checks: asked for every child */
    struct category *categories;
    size_t ncategories;
    enum order_key order[ORDER_KEY_COUNT];
    size_t norder;
    uint32_t distance_step_metres; /* 0 when distance is not in the order */
    enum sibling_rule sibling;
    enum together together;
    uint32_t dwelling_lock_years; /* 0: no lock */
    bool balance;
    enum balance_scope balance_scope;
    uint32_t balance_open;       /* OPEN_… bits */
    uint32_t balance_neighbours; /* only to schools within so many touching catchments; 0: the whole county */
    uint32_t class_size;
    struct kind_set *kind_sets; /* the first that fits a school holds; none: all its places are for all */
    size_t nkind_sets;
    enum waiting_who waiting_who;
    enum waiting_lots waiting_lots;
    uint32_t audit_files; /* how many files the seed draws to be looked at once more */
    int64_t moments[MOMENT_COUNT];
    uint32_t publication_days; /* at least 3 */
    uint32_t review_days;      /* working days in which a review is done */
    struct witness *witnesses;
    size_t nwitnesses;
    enum missing_witness missing_witness;
    struct name public_value; /* which public value is mixed into the seed; empty: none */
};

/* The category of a child with these facts (child's and choice's together), and its sub-rank (0 when the category
 * has none). Always finds one: the last category is unconditional. */
void policy_category(const struct policy *policy, uint32_t facts, size_t *category, size_t *subrank);

/* The private class likewise; 0 when the policy has none. */
size_t policy_private_class(const struct policy *policy, uint32_t facts);

/* Do families rank several public schools? (Under serial there is one wish for a public school.) */
bool policy_is_ranked(const struct policy *policy);

/* The kinds of places of a school; NULL: it has none. */
const struct kind_set *policy_kind_set(const struct policy *policy, bool public_school, struct str code);
/* How many places of a plan each kind has; they add up to the plan. Kinds are served in their order, the rest last:
 * when the plan is used up, later ones have none. */
void kind_set_places(const struct kind_set *set, uint32_t plan, uint32_t places[KINDS_MAX]);
/* To the groups of which kinds does a child with these facts belong (bit k: kind k)? */
uint32_t kind_set_members(const struct kind_set *set, uint32_t facts);
/* Every set of groups that some child can belong to, by kind set, then bits; the same for a policy always. */
size_t policy_groups(const struct policy *policy, struct arena *arena, struct kind_group **out);

/* One number for a claim, smaller is better. The keys of policy->order are packed from bit 31 downwards, in their
 * order: category 7 bits (its rank), subrank 7 bits (its index), sibling 1 bit (0: a sibling is there), distance
 * 16 bits (steps; more are 65535). Keys that the order does not name leave no bits, so unequal numbers always
 * differ by a published rule. All bits below are 0. */
uint32_t policy_priority(const struct policy *policy, size_t category, size_t subrank, bool sibling,
                         uint32_t distance_steps);

/* Whole steps of a distance; 0 when the order does not name distance. */
uint32_t policy_distance_steps(const struct policy *policy, double metres);

/* Primary: the latest birthday (day number) that is old enough. Junior: INT64_MAX. */
int64_t policy_latest_birthday(const struct policy *policy);

/* Are two policies equal in every field? */
bool policy_equal(const struct policy *a, const struct policy *b);

#endif
