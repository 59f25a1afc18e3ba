/* A city is a folder: city.yaml, divisions.csv and admission/CODE-STAGE.yaml, read and checked into structs.
 *
 * Nothing about a city is in C. What C knows is the vocabulary in which a city's rules are written: the facts
 * about a child (enum child_fact), the two mechanisms, the keys of the order. Everything else — names, departments,
 * checks, papers, reasons, calendars, categories — is the city's data (docs/city.md has every key).
 *
 * A struct city is read-only after city_read and may be shared by threads without locks; it and all that
 * it points to live in one arena until city_free. All text in it is well-formed UTF-8, and every reference (a
 * check's authority, a category's checks …) has been resolved to an index, so nothing can dangle.
 *
 * Reading reports EVERY mistake, not the first (city/mistakes.h).
 */
#ifndef CITY_CITY_H
#define CITY_CITY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "city/cases.h"
#include "city/mistakes.h"
#include "city/policy.h"
#include "city/returns.h"
#include "city/services.h"

enum division_level { DIVISION_CITY, DIVISION_COUNTY, DIVISION_TOWNSHIP };

/* Codes nest by prefix: city 4 + "00" (371500), county 6 (371502), township 9 (371502001). What belongs to a
 * county starts with its six characters; what belongs to the city starts with its first four. */
struct division {
    struct str code;
    struct str parent;   /* empty for the city */
    struct str national; /* GB/T 2260 code; differs from code where a functional zone has a local one, else the same;
                            empty for a zone itself, which has none */
    enum division_level level;
    struct name name;
    bool local; /* the code is the city's own, not a national one */
    uint32_t line;
};

/* A department that is asked: over HTTP, or by spreadsheet when it has no interface (url empty). */
struct authority {
    struct str id;
    struct name name;
    struct str url; /* base address without a final slash; the server's options may override it. Empty: by spreadsheet,
                       then key is empty and timeout_ms 0 */
    struct str key; /* id of the key that signs requests; the key itself is never in the folder */
    uint32_t timeout_ms;
    uint32_t checks; /* which checks it answers: bit i is city->checks[i] */
};

/* A kind of paper that a family may hand in. */
struct paper_kind {
    struct str id;
    struct name name;
};

/* One question to one department. */
struct check {
    struct str id;
    struct name name;
    size_t authority;  /* index in city->authorities */
    struct name *sent; /* what is sent, in words for the consent page */
    size_t nsent;
    uint32_t yields; /* FACT_BIT of each fact that it can confirm; 0: it confirms what is shown, not a fact */
    size_t *papers;  /* accepted when it fails or is not answered: indexes in city->papers */
    size_t npapers;
};

/* By what right the family lives in the dwelling that it applies by (own, grandparents', lease …). */
struct dwelling_kind {
    struct str id;
    struct name name;
    size_t check;   /* the check that confirms it: index in city->checks */
    uint32_t facts; /* which of owns_all, owns_part, owns_none, lease_registered, residence_permit it can give;
                       where the dwelling lies (dwelling_in_…) is open to every kind */
};

/* What can be done about a reason: correct the form · hand in a paper · come to the counter · nothing (refused). */
enum remedy { REMEDY_CORRECT, REMEDY_PAPER, REMEDY_COUNTER, REMEDY_NONE };

/* Why a check or a review failed; the only reasons that there are. */
struct reason {
    struct str id;
    struct name name;
    struct name instruction; /* to the family: what to do now */
    enum remedy remedy;
    uint32_t checks; /* where it can arise: bits of city->checks; 0: anywhere */
};

/* Why data is used; shown before consent. */
struct purpose {
    struct str id;
    struct name text;
    uint32_t keep_months; /* after the round ends */
};

struct contact {
    struct name name;
    struct str phone;
    struct name hours;
    struct name address;
};

/* What an honour is called; its id stands in the register. */
struct honour_kind {
    struct str id;
    struct name name;
};

/* An online base map under the map pages; by default there is none, and the base is the city's own outlines. */
struct base_map {
    struct str tiles;  /* address with {z}, {x}, {y}; empty: none */
    struct str origin; /* "https://t0.tianditu.gov.cn": the one place from which pages may load its pictures */
    bool frame_gcj02;  /* its pictures are in GCJ-02; else in CGCS2000 */
    struct name attribution;
};

/* A stage of schooling that has a round: names and the usual class. */
struct stage_info {
    bool present;
    struct name name;
    uint32_t class_size;
};

struct city {
    struct arena *arena; /* owns all below */
    struct str folder;
    struct name name;
    struct str code;   /* "371500" */
    int year;          /* of the rounds */
    bool languages[2]; /* by enum lang */
    struct contact *contacts;
    size_t ncontacts;
    int64_t *holidays; /* days (base/clock.h) on which offices are closed, ascending */
    size_t nholidays;
    int64_t *working; /* days of weekends that are worked, ascending (city/workdays.h) */
    size_t nworking;
    struct stage_info stages[STAGE_COUNT];
    struct authority *authorities;
    size_t nauthorities;
    struct paper_kind *papers;
    size_t npapers;
    struct check *checks; /* at most 32: sets of checks are bits */
    size_t nchecks;
    struct dwelling_kind *dwellings;
    size_t ndwellings;
    struct reason *reasons;
    size_t nreasons;
    struct purpose *purposes;
    size_t npurposes;
    struct division *divisions; /* ascending by code: a county is followed by its townships */
    size_t ndivisions;
    struct honour_kind *designations; /* designations.yaml, in its order; none where there is no such file */
    size_t ndesignations;
    struct base_map map;
    struct policy **policies; /* ascending by county, then stage: one for each county and stage */
    size_t npolicies;
    struct return_form **returns; /* by id */
    size_t nreturns;
    struct case_kind **cases; /* by id; likewise (city/cases.h) */
    size_t ncases;
    struct checklist **checklists;
    size_t nchecklists;
    struct service **services; /* by id (city/services.h) */
    size_t nservices;
    struct school_day *day; /* day.yaml (city/day.h); NULL: there is none */
    struct food_rule *food; /* food.yaml (city/food.h); NULL: there is none */
};

/* Reads a whole folder. True: *city is a city without a mistake. False: *city is untouched, error says what
 * happened and mistakes (made by city_mistakes_new) has each mistake, none when the folder cannot be read. */
bool city_read(struct city **city, const char *folder, struct city_mistakes *mistakes, struct error *error);
/* NULL is accepted. */
void city_free(struct city *city);

/* One policy text, for the page in which a county edits it; file_name stands in the mistakes. True: *policy is
 * whole (and lives in arena; it borrows nothing from yaml). False: *policy is untouched, mistakes says why. The
 * policy's county must be a county of the city. */
bool policy_parse(struct arena *arena, struct str yaml, const char *file_name, const struct city *city,
                  struct policy **policy, struct city_mistakes *mistakes);
/* A policy as YAML in its canonical form (docs/city.md); parsing it gives an equal policy, and formatting that
 * gives the same bytes. Comments of a hand-written file are not part of a policy. */
struct str policy_format(struct arena *arena, const struct policy *policy, const struct city *city);

/* Which checks an application needs: those of the policy for everyone, and of those of the category: the one
 * that confirms the dwelling (city->dwellings[dwelling]; SIZE_MAX: none), those that yield a claimed fact, and
 * those that yield none. Bits of city->checks. */
uint32_t policy_checks_needed(const struct city *city, const struct policy *policy, size_t category, uint32_t facts,
                              size_t dwelling);

/* Lookups; NULL (SIZE_MAX for an index) when there is none. */
const struct division *city_division(const struct city *city, struct str code);
/* The division's child after `after` (NULL: the first), in order of code. */
const struct division *city_next_child(const struct city *city, struct str parent, const struct division *after);
/* The county (or functional zone) that a code of a county or township lies in. */
const struct division *city_county_of(const struct city *city, struct str code);
const struct honour_kind *city_designation(const struct city *city, struct str id);
const struct case_kind *city_case(const struct city *city, struct str id);
const struct service *city_service(const struct city *city, struct str id);
const struct checklist *city_checklist(const struct city *city, struct str id);
const struct policy *city_policy(const struct city *city, struct str county, enum stage stage);
size_t city_authority_index(const struct city *city, struct str id);
size_t city_paper_index(const struct city *city, struct str id);
size_t city_check_index(const struct city *city, struct str id);
size_t city_dwelling_index(const struct city *city, struct str id);
size_t city_reason_index(const struct city *city, struct str id);
size_t city_purpose_index(const struct city *city, struct str id);

#endif
