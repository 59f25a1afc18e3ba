/* Not a test: how fast the reads and the submission are at the size of a city. ninja tests/places/measure-places, then
 * JIAOTI_CITY=cities/liaocheng measure-places. Prints a line each. */
#include "family_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHILDREN = 114000, ROUND_CHILDREN = 6000, SUBMISSIONS = 5000 };

static void fill(struct town *town)
{
    const char *sealed = "(select name_sealed from child where id = 1)";
    char hash[200];
    snprintf(hash, sizeof hash,
             store_fixture_is_postgres() ? "decode(lpad(to_hex(n), 64, '0'), 'hex')"
                                         : "cast(printf('%%064d', n) as BLOB)");
    town_sql(town, arena_printf(town->arena,
                                "insert into dwelling (id, community, address_hash, address_sealed, kind, east, north) "
                                "with recursive t(n) as (select 1000 union all select n + 1 from t where n < %d) "
                                "select n, (select min(id) from community), %s, (select address_sealed from "
                                "dwelling where id = 1), '', 1, 1 from t",
                                1000 + CHILDREN, hash)
                       .p);
    town_sql(town, arena_printf(town->arena,
                                "insert into child (id, citizen_hash, citizen_sealed, name_sealed, sex, birth_day, "
                                "household_division, household_dwelling, facts_at) with recursive t(n) as (select "
                                "1000 union all select n + 1 from t where n < %d) select n, %s, %s, %s, '1', 18262, "
                                "'371502001', n, 0 from t",
                                1000 + CHILDREN, hash, sealed, sealed)
                       .p);
    for (int i = 1; i < CHILDREN / ROUND_CHILDREN; i++) {
        town_sql(town, arena_printf(town->arena,
                                    "insert into round (id, label, division, stage, year, policy, state, opens_at, "
                                    "closes_at, objections_until, draw_at, publish_at, answer_by) select %d, 'r%d', "
                                    "division, stage, year, policy, state, opens_at, closes_at, objections_until, "
                                    "draw_at, publish_at, answer_by from round where id = %lld",
                                    100 + i, i, (long long)town->round)
                           .p);
    }
    /* one in ten waits for a person; 60 schools a round have their first wish */
    town_sql(town,
             arena_printf(
                 town->arena,
                 "insert into application (id, round, child, account, state, receipt, dwelling, family_hash, school, "
                 "review, queue_at, begun_at, submitted_at, changed_at) select c.id, case when c.id < "
                 "%d then %lld else 100 + (c.id - 1000) / %d end, c.id, 1, 'submitted', 'R' || c.id, "
                 "c.id, c.citizen_hash, case c.id %% 60 when 0 then %lld else null end, case c.id %% 10 when 0 then "
                 "'waiting' else 'passed' end, case c.id %% 10 when 0 then c.id else null end, 1, 1, 1 "
                 "from child c where c.id >= 1000 and c.id < %d",
                 1000 + ROUND_CHILDREN, (long long)town->round, ROUND_CHILDREN, (long long)town->school_a,
                 1000 + CHILDREN)
                 .p);
    town_sql(town, arena_printf(town->arena,
                                "insert into choice (application, rank, offer, distance, category) select id, 1, %lld, "
                                "100, id %% 7 from application where id >= 1000",
                                (long long)town->offer_a)
                       .p);
    static const char *const kinds[] = { "household", "property", "birth" };
    for (size_t i = 0; i < 3; i++) {
        town_sql(town, arena_printf(town->arena,
                                    "insert into fact (application, kind, state, source, request, facts, asked_at, "
                                    "answered_at) select id, '%s', 'passed', 'x', 'Q', 3, 1, 1 from application where "
                                    "id >= 1000",
                                    kinds[i])
                           .p);
    }
    town_sql(town, "insert into message (application, at, kind) select id, 1, 'submitted' from application where id >= "
                   "1000");
}

static double since(int64_t start)
{
    return (double)(clock_monotonic_us() - start) / 1e6;
}

static void reads(struct town *town)
{
    struct error error = { { 0 } };
    struct arena *arena = arena_new(64 * 1024);
    bool found;
    int64_t start = clock_monotonic_us(), n;
    for (int i = 0; i < 50000; i++) {
        struct status status;
        arena_reset(arena);
        assert_true(db_read_begin(town->db, &error));
        assert_true(
            status_read(town->db, arena, town->fixture->vault, 1000 + (i * 7919) % CHILDREN, &status, &found, &error) &&
            found);
        db_read_end(town->db);
    }
    printf("status_read              %10.0f a second (one thread)\n", 50000 / since(start));
    struct application_count *counts;
    size_t ncounts;
    start = clock_monotonic_us();
    assert_true(application_counts(town->db, arena, town->round, &counts, &ncounts, &error));
    printf("application_counts       %10.1f ms for %d applications\n", since(start) * 1e3, ROUND_CHILDREN);
    struct review_filter filter = { .round = town->round, .category = -1 };
    struct review_page page;
    start = clock_monotonic_us();
    assert_true(review_queue(town->db, arena, NULL, &filter, &page, &error));
    printf("review_queue, round      %10.1f ms\n", since(start) * 1e3);
    start = clock_monotonic_us();
    assert_true(review_queue_count(town->db, arena, &filter, &n, &error));
    printf("review_queue_count       %10.1f ms (%lld wait)\n", since(start) * 1e3, (long long)n);
    filter = (struct review_filter){ .division = STR("3715"), .category = -1 };
    start = clock_monotonic_us();
    assert_true(review_queue_count(town->db, arena, &filter, &n, &error));
    printf("review_queue_count, city %10.1f ms (%lld wait)\n", since(start) * 1e3, (long long)n);
    start = clock_monotonic_us();
    for (int i = 0; i < 1000; i++) {
        assert_true(review_position(town->db, 1000 + i * 60 % CHILDREN, &n, &error));
    }
    printf("review_position          %10.1f us\n", since(start) * 1e3);
    arena_free(arena);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static int done;

static void count_done(void *input, bool ok, const struct error *error)
{
    struct application_submit *submit = input;
    pthread_mutex_lock(&lock);
    if (!ok || submit->apply.result != APPLY_DONE) {
        printf("a submission failed: %s\n", error->message);
    }
    done++;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
}

static void submissions(struct town *town)
{
    struct error error = { { 0 } };
    struct application_submit *submits = calloc(SUBMISSIONS, sizeof *submits);
    town_sql(town,
             arena_printf(town->arena,
                          "update application set state = 'draft', receipt = null, consent_at = 1, review = 'none', "
                          "claim_kind = 'own' where id >= 1000 and id < %d",
                          1000 + SUBMISSIONS)
                 .p);
    int64_t start = clock_monotonic_us();
    for (int i = 0; i < SUBMISSIONS; i++) {
        submits[i] = (struct application_submit){ .apply = town_apply(town, town->clerk, 1000 + i) };
        struct command command = { "application.submit", application_submit_run, count_done, &submits[i] };
        assert_true(writer_submit(town->writer, &command, &error));
    }
    pthread_mutex_lock(&lock);
    while (done < SUBMISSIONS) {
        pthread_cond_wait(&ended, &lock);
    }
    pthread_mutex_unlock(&lock);
    printf("application_submit_run   %10.0f a second, durable, in batches\n", SUBMISSIONS / since(start));
    free(submits);
}

static void measure(void **state)
{
    (void)state;
    struct town *town = town_new();
    fill(town);
    reads(town);
    submissions(town);
    town_free(town);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(measure) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
