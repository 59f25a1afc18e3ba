/* A register of two counties with a few kindergartens, honours and pupils, told in SQL. */
#ifndef TESTS_FIGURES_SMALL_REGISTER_H
#define TESTS_FIGURES_SMALL_REGISTER_H

#include "support/store_fixture.h"

#include "figures/figures.h"

/* The days of the story. */
#define DAY_2022 ((int64_t)19357) /* 2022-12-31 */
#define DAY_2023 ((int64_t)19722) /* 2023-12-31 */
#define MOMENT_FIRST ((int64_t)1700000000000)

/* A store with the tables of registry and figures, and in it: 4 kindergartens in 371502 (numbers 1–4), 3 in 371521
 * (5–7), a primary school (8); provincial honours of 1 and 5 since 2021, of 2 since 2023-06-01; 3 pupils in school 8.
 * All was recorded at MOMENT_FIRST by change 1. */
struct store_fixture *small_register_new(void);
/* Runs statements on a connection of their own. */
void small_register_run(struct store_fixture *f, const char *sql);
/* Records that kindergarten 3 holds the honour since 2020, as change 2, at the moment. */
void small_register_honour(struct store_fixture *f, int64_t moment);

/* Indicators from texts: "area: a", "unit: u" and so on are put around the given rows and kind. */
struct test_indicator {
    const char *id, *kind, *at, *rows, *more; /* more: other keys, whole lines */
};
struct indicators *test_indicators(const struct test_indicator *list, size_t n);
/* Writes a file into the folder. */
void test_file(const char *folder, const char *file, struct str text);

/* A small register, indicators over it, and what counts them: what the tests of a program share. */
struct small_figures {
    struct store_fixture *f;
    struct indicators *set;
    struct figures *figures;
};
struct small_figures small_figures_new(const struct test_indicator *list, size_t n);
/* Group teardown: frees what *state points to. */
int small_figures_finish(void **state);

extern const char quality_rows[]; /* kindergartens, those with the honour as part */

#endif
