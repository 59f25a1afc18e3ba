/* A county in small for tests of rounds: the real city folder's policy, some schools with catchments, and children
 * whose applications are written straight into the tables (how a family gets there is tested elsewhere). Everything
 * that happens to the round goes through the commands. On the engine under test; the clock stands where the test puts
 * it.
 */
#ifndef TESTS_PLACES_ROUND_FIXTURE_H
#define TESTS_PLACES_ROUND_FIXTURE_H

#include "places/allotment.h"
#include "places/answer.h"
#include "places/claim.h"
#include "places/explain.h"
#include "places/offer.h"
#include "places/preview.h"
#include "places/round.h"
#include "places/round_list.h"
#include "places/witness.h"
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct shire {
    struct store_fixture *fixture;
    struct city *city;
    struct places *places;
    struct writer *writer;
    struct db *db; /* reads */
    struct arena *arena;
    const struct policy *policy;
    const char *county;
    enum stage stage;
    int64_t round;
    int schools;     /* public ones; one private school beside them */
    int64_t *offers; /* by school: the public ones, then the private one */
    int64_t *schools_ids;
    int children;
    int64_t officer, second; /* accounts */
};

/* Schools with `capacity` places each (classes of `capacity` 1) and children spread over their catchments: the
 * first schools are sought after, one child in eight asks for the private school. The round is a draft. */
struct shire *shire_new(const char *county, enum stage stage, int schools, int capacity, int children);
/* The same by a policy that is changed first. */
typedef void shire_edit(struct policy *policy, struct arena *arena);
struct shire *shire_new_by(const char *county, enum stage stage, int schools, int capacity, int children,
                           shire_edit *edit);
void shire_free(struct shire *shire);

/* Policies that use what a policy may say beside categories and order. */
struct shire_rules {
    const char *name, *county;
    shire_edit *edit;
};
extern const struct shire_rules shire_variants[];
extern const size_t shire_variant_count;
/* Of the children who have applied: every ninth has a disability, every seventh comes from elsewhere; one pair in ten
 * asks together (the second takes the wishes of the first). */
void shire_mix(struct shire *shire, int64_t round);

/* Runs a command that must not break. */
void shire_run(struct shire *shire, bool (*run)(struct writing *, void *, struct error *), void *input);
/* The same, and whether it did. */
bool shire_try(struct shire *shire, bool (*run)(struct writing *, void *, struct error *), void *input,
               struct error *error);
void shire_sql(struct shire *shire, const char *sql);
int64_t shire_int(struct shire *shire, const char *sql);
struct str shire_text(struct shire *shire, const char *sql);
void shire_clock(int64_t ms);
struct round shire_round(struct shire *shire, int64_t round);

/* One step as the officer (look: the second person), at the time of its date. */
enum round_result shire_step(struct shire *shire, int64_t round, enum round_step step, struct round_advance *out);
/* The same; it must be done. */
void shire_go(struct shire *shire, int64_t round, enum round_step step);
/* Every step up to and with `last`; witnesses commit and open in time. The children apply while the round is open. */
void shire_reach(struct shire *shire, int64_t round, enum round_step last);
void shire_witnesses(struct shire *shire, int64_t round, bool opening);
/* Writes the applications of the children (called by shire_reach when the round is open). */
void shire_apply(struct shire *shire, int64_t round, int first_child, int children);
/* The whole file of a round; fails when it is missing. */
struct str shire_file(struct shire *shire, int64_t round, const char *part);
/* The ledger's sums hold, nobody has two places in a round; fails otherwise. */
void shire_sound(struct shire *shire);

#endif
