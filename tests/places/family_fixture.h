/* A small town for tests of applications: the real city folder, one open round of Dongchangfu (serial priority), one of
 * Dong'e (deferred acceptance), three schools in each, two families and a clerk. On the engine under test.
 *
 * Dongchangfu: catchment 1 has school A and the community 阳光花园, catchment 2 school B and 月季小区; P is private. */
#ifndef TESTS_PLACES_FAMILY_FIXTURE_H
#define TESTS_PLACES_FAMILY_FIXTURE_H

#include "accounts/accounts.h"
#include "base/clock.h"
#include "places/application.h"
#include "places/citizen.h"
#include "places/fact.h"
#include "places/judge.h"
#include "places/paper.h"
#include "places/receipt.h"
#include "places/review.h"
#include "places/status.h"
#include "registry/registry.h"
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct town {
    struct store_fixture *fixture;
    struct city *city;
    struct places *places;
    struct writer *writer;
    struct db *db; /* reads */
    struct arena *arena;
    int64_t round, late_county_round;
    int64_t school_a, school_b, school_p, school_d1, school_d2;
    int64_t offer_a, offer_b, offer_p, offer_d1, offer_d2;
    int64_t mother, father, stranger, clerk; /* accounts; mother and father are guardians of one child */
    int64_t child;                           /* six years old, registered at home, community 1 */
    int64_t stranger_child;
    int64_t home; /* dwelling of the child's household */
    int keys;     /* form keys given out */
};

struct town *town_new(void);
void town_free(struct town *town);

/* A citizen number with its check character. order: 3 digits. */
struct str town_citizen(struct town *town, const char *birth, int order);
/* Runs a command that must not break. */
void town_run(struct town *town, bool (*run)(struct writing *, void *, struct error *), void *input);
/* Runs SQL without values. */
void town_sql(struct town *town, const char *sql);
int64_t town_int(struct town *town, const char *sql, int64_t id);
const char *town_text(struct town *town, const char *sql, int64_t id);
struct str town_key(struct town *town);

/* Adds a child to an account; address NULL: the home of the town's first family. */
int64_t town_child(struct town *town, int64_t guardian, const char *birth, int order, const char *address);
/* Heads of steps. */
struct apply town_apply(struct town *town, int64_t account, int64_t application);
/* begin … choices, ready to submit; returns the application. claim_kind "own". */
int64_t town_draft(struct town *town, int64_t account, int64_t child, int64_t dwelling, int64_t offer);
int64_t town_submit(struct town *town, int64_t account, int64_t application);
/* A department's answer to the check of an application, as connect hands it; json "" is silence. */
void town_answer(struct town *town, int64_t application, const char *kind, const char *json);
/* Answers household, birth and property so that all pass (father or mother owns all). */
void town_answer_all(struct town *town, int64_t application, int64_t child, int64_t account);
struct account town_account(struct town *town, int64_t id);

#endif
