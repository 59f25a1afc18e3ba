/* The families of the demo city: households, guardians, children, dwellings, and what is wrong with some of their
 * papers. Nobody here is real: citizen numbers begin with 999999 (never issued), mobile numbers with 1000 (no such
 * range), and each name has a mark.
 *
 * A family is made from the seed and its own number alone (people_family), except for the order numbers within its
 * citizen numbers, which a counter per day of birth gives out; so families must be made once each, in one order.
 */
#ifndef DEMO_PEOPLE_H
#define DEMO_PEOPLE_H

#include "demo/schools.h"

/* How a family lives and where it is registered. */
enum situation {
    LIVES_OWN_ALL,      /* registered and living in a dwelling that it owns */
    LIVES_OWN_PART,     /* … of which it owns a part */
    LIVES_GRANDPARENTS, /* registered in and living in the grandparents' dwelling */
    LIVES_RENTED,       /* registered in the catchment without a dwelling of its own, rents there */
    LIVES_BOUGHT,       /* registered elsewhere in the county, owns here, works or trades here */
    LIVES_BOUGHT_NEW,   /* the same, not handed over yet: a presale contract */
    LIVES_OUTSIDE_OWN,  /* registered outside of the city, owns here */
    LIVES_PERMIT_WORK,  /* migrant with residence permit and employment */
    LIVES_PERMIT_TRADE, /* migrant with residence permit and business */
    SITUATIONS
};

/* What is wrong; the reasons of judge.h each come from one or more of these. */
enum flaw {
    FLAW_NONE,
    FLAW_TITLE_NUMBER,   /* typed wrong */
    FLAW_OWNER,          /* the owner's name typed wrong */
    FLAW_SEVERAL_OWNERS, /* two owners typed as one */
    FLAW_TITLE_KIND,     /* the kind of title chosen wrong */
    FLAW_NOT_COMMERCIAL, /* called commercial, is not */
    FLAW_REJECTED,       /* veterans affairs says no although the family is one of the group */
    FLAW_BOOKS,          /* child and guardian in different household books */
    FLAW_NOT_PARENT,     /* who applies is not a parent */
    FLAW_MOVED,          /* public security has the child elsewhere by now */
    FLAW_ELSEWHERE,      /* the title on file is for another address */
    FLAW_NO_RECORD,      /* not handed over, ancestral: nothing on file */
    FLAW_NO_BIRTH,       /* health has no birth record */
    FLAW_UNDER_AGE,      /* public security has a later birthday than the number says */
    FLAW_WRONG_STAGE,    /* is in the first year already */
    FLAW_SHORT_WORK,     /* employed for some months only: a person decides */
    FLAW_OLD_PERMIT,     /* the permit has run out */
    FLAW_UNREGISTERED,   /* the lease was never registered */
    FLAW_SILENT,         /* natural resources does not answer */
    FLAW_PAPER_DIFFERS,  /* nothing on file, and the picture handed in: shows another text … */
    FLAW_PAPER_WRONG,    /* … is no paper that was asked for */
    FLAW_PAPER_BLURRED,  /* … cannot be read */
    FLAW_PAPER_NO_FIRST, /* … lacks the first page of the household book */
    FLAW_PAPER_FORGED,   /* … is stitched together */
    FLAWS
};
/* In ten thousand families, where the flaw is possible at all. */
extern const uint32_t FLAW_SHARES[FLAWS];

/* How far the family has come. */
enum progress {
    STOPS_BEFORE,  /* has not begun */
    STOPS_CONSENT, /* a draft: consented, no more */
    STOPS_DWELLING,
    STOPS_CHOICES, /* a draft with choices, not submitted */
    STOPS_NEVER    /* submitted */
};

struct person {
    struct str citizen;
    struct str name;
    bool male;
    int64_t birth; /* day */
};

struct owner {
    struct str citizen, name;
    unsigned percent;
};

struct family {
    uint32_t number;
    enum stage stage;
    uint32_t community; /* of the dwelling */
    enum situation situation;
    enum flaw flaw;
    enum progress progress;
    bool policy_group, disabled;
    bool too_young; /* cannot apply this year: for an account that shows it */

    struct person children[2]; /* twins */
    size_t nchildren;
    struct person guardians[2]; /* the first one applies */
    size_t nguardians;
    bool account[2];
    struct str phone[2];
    const char *relation[2]; /* father, mother, other */
    struct person grandparent;
    struct person elder; /* enrolled already; citizen empty: none */
    uint32_t elder_school;

    struct str address; /* full; of the dwelling that it applies by */
    struct str dwelling_kind;
    struct str title_number; /* of title, contract or permit, as on file */
    struct owner owners[2];
    size_t nowners;
    uint32_t shared_with; /* number of the family that used the dwelling within the lock years; MESH_NONE */

    /* The household book. */
    struct str book;
    struct str household_division;
    uint32_t household_community; /* MESH_NONE: outside of the city */
    struct str household_address; /* full; empty outside */

    struct str employer;
    unsigned pension_months; /* 0: not employed */
    struct str licence;      /* number; empty: no business */
};

struct people {
    struct arena *arena;
    const struct land *land;
    const struct schools *schools;
    uint64_t seed;
    struct {
        uint32_t community;
        uint8_t stage;
        uint8_t children;
    } * list; /* by number: communities in order, primary before junior */
    size_t n;
    uint32_t *order;        /* in which they come: mixed */
    uint16_t *taken;        /* order numbers given out, per day of birth and sex */
    uint32_t flaws[FLAWS];  /* how many were made so far */
    const bool *closed;     /* per county: its rounds have closed by the demo's moment; NULL: none has */
    int64_t today;          /* day */
    int64_t primary_latest; /* the latest birthday that is old enough */
};

/* today: the demo's day; primary_latest: birthdays after it are too young for primary one. */
struct people *people_new(struct arena *arena, const struct land *land, const struct schools *schools, int64_t today,
                          int64_t primary_latest);
/* Makes a family; text in arena. Each number once. */
void people_family(struct people *people, struct arena *arena, uint32_t number, struct family *out);
/* A family more, beyond the children that were counted: for demo accounts whose child has not applied, or cannot yet.
 */
enum extra { EXTRA_CHILD, EXTRA_TWINS, EXTRA_TOO_YOUNG };
void people_extra(struct people *people, struct arena *arena, uint32_t community, enum stage stage, uint32_t number,
                  enum extra extra, struct family *out);

#endif
