/* The family's way: what its pages show. */
#ifndef PLACES_FAMILY_H
#define PLACES_FAMILY_H

#include "places/fact.h"
#include "places/pages/common.h"
#include "places/paper.h"
#include "places/together.h"

extern const struct route family_routes[];
extern const size_t family_route_count;
extern const struct route apply_routes[];
extern const size_t apply_route_count;
extern const struct route status_routes[];
extern const size_t status_route_count;

/* ---- /family ---- */

struct family_round { /* what a child can do in a round */
    int64_t round, application;
    struct str words; /* which round */
    struct text status;
    enum colour colour;
    const char *href; /* where it goes on; NULL: nothing to do */
    struct text action;
};
struct family_child {
    int64_t id;
    struct str name, citizen; /* masked */
    struct family_round *rounds;
    size_t nrounds;
};
struct family_view {
    struct family_child *children;
    size_t n;
    bool looked; /* the departments were asked just now */
    bool silent; /* and did not answer */
};

/* ---- /family/child/#child/#round: this is what we know; begin ---- */

struct child_view {
    struct child child;   /* unmasked: the family's own data */
    struct str household; /* address of the household book */
    struct str division;
    struct str school;
    int64_t round;
    struct str round_words;
    struct text sex;
};

/* ---- /apply/… ---- */

struct apply_view { /* the frame of each step */
    int64_t application, version;
    struct str child; /* masked */
    struct str round;
    int step, steps;
    const char *back;
};
struct consent_view {
    struct apply_view frame;
    const struct city *city;
    struct str text; /* what is consented to, as it is kept */
};
struct dwelling_view {
    struct apply_view frame;
    const struct city *city;
    struct str household;          /* address; empty: none known */
    struct community *communities; /* to choose from when the address does not say */
    size_t ncommunities;
};
struct claims_view {
    struct apply_view frame;
    bool sibling; /* the policy has a sibling rule */
};
struct checks_view {
    struct apply_view frame;
    struct fact_row *facts;
    size_t n;
    bool waiting; /* some answer is still on its way */
};
struct choices_view {
    struct apply_view frame;
    struct application_option *options;
    size_t noptions;
    uint32_t most; /* wishes */
    const struct policy *policy;
    struct together_row *siblings; /* with whom the child may ask together */
    size_t nsiblings;
    bool draft;    /* only a draft can ask, or take it back */
    bool together; /* it does */
};
/* The selects of the wishes (a component of the page `choices`). */
void choice_fields_of(struct page *page, uint32_t most);
struct papers_check {
    struct fact_row *fact;
    struct paper **papers;
    size_t npapers;
    bool wanted;
};
struct papers_view {
    struct apply_view frame;
    struct papers_check *checks;
    size_t n;
    bool correcting;
};
struct paper_view {
    struct apply_view frame;
    struct fact_row *fact;
};
struct answers_view {
    struct apply_view frame;
    struct application *application;
    const struct policy *policy;
    const struct city *city;
    struct fact_row *facts;
    size_t nfacts;
    size_t npapers;
    struct name dwelling_kind;
    struct together_row *siblings;
    size_t nsiblings;
};

#endif
