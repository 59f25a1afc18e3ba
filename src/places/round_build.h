/* Of src/places/ alone: the canonical list while it is being built (round_rules.c, round_list.c, round_leaf.c). */
#ifndef PLACES_ROUND_BUILD_H
#define PLACES_ROUND_BUILD_H

#include "allot/sm3.h"
#include "places/inside.h"
#include "places/round_list.h"
#include "registry/registry.h"

/* A public school of a catchment; by catchment, then offer. */
struct catchment_offer {
    int64_t catchment;
    uint32_t offer;
};

/* What is read once and needed by every part. */
struct builder {
    struct db *db;
    struct places *places;
    struct arena *arena;
    struct round_list *list;
    struct str division;
    enum stage stage;
    int64_t policy_id;
    unsigned char policy_hash[SM3_BYTES];
    struct community *communities; /* the sites, by id */
    size_t ncommunities;
    int64_t (*offer_at)[2]; /* east, north */
    struct catchment_offer *catchments;
    size_t ncatchments;
    struct kind_group *groups;
    size_t ngroups;
    bool with_leaves;
};

/* The rules alone: offers with their kinds, sites, reach. */
bool build_rules(struct builder *b, int64_t round, struct error *error);
/* The offer's kinds for its plan as it is in the problem. */
void build_kinds_of(struct round_list *list, uint32_t offer);
/* The group's number at an offer of somebody with these facts (0: none), and the kinds of whose groups it is. */
uint16_t build_group(const struct builder *b, uint32_t offer, uint32_t members);
uint32_t build_members(const struct round_list *list, uint32_t offer, uint32_t facts);
/* Number of each offer by its id: pairs (id, number), by id. */
int64_t (*build_offer_numbers(const struct builder *b))[2];
int build_by_id(const void *a, const void *b);
uint32_t build_site_of(const struct builder *b, int64_t community);

/* An application as the list needs it. */
struct entry {
    struct list_applicant applicant;
    struct str ticket, half_family, half_bureau, child;
    int64_t dwelling, dwelling_community, household_community;
    int64_t east, north;
    int64_t together; /* 0: alone */
    struct str claim_kind, review, review_reasons;
    uint32_t facts, confirmed; /* confirmed: all bits of its passed checks */
    uint32_t site;
    bool wants_public;
    size_t from, n; /* its wishes */
};

struct wish {
    struct list_choice choice;
    uint32_t offer;
    uint32_t priority;
};

/* ---- round_leaf.c ---- */

void build_leaf(const struct builder *b, const struct entry *entry, const struct wish *wishes,
                unsigned char out[SM3_BYTES]);
/* Of siblings who ask together, in the order of their tickets. */
void build_leaf_together(const unsigned char (*leaves)[SM3_BYTES], size_t n, unsigned char out[SM3_BYTES]);
/* What the family alone gets. siblings: those of its ticket, in the order of their tickets, itself among them. */
struct str build_opening(const struct builder *b, const struct entry *entry, const struct entry *const *siblings,
                         size_t n, const struct wish *wishes);

#endif
