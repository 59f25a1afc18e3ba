/*
 * Memory is the caller's: every function that takes a host is called with one whose k-th request fails, for every k,
 * until it gets through. What must hold each time: it says so (or does without, where the header says that it can),
 * everything is given back, what it should have filled in is as it was, and when it gets through the answer is that of
 * plenty. (Functions without a host cannot ask: abi.sh looks that only one file of the library knows malloc.)
 */
#include "played.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- a host that runs out ---------------------------------------------------------------------------------------- */

struct rationed {
    uint32_t left, held, asked;
};

static void *rationed_get(void *ctx, size_t bytes)
{
    struct rationed *rationed = ctx;
    rationed->asked++;
    if (rationed->left == 0) {
        return NULL;
    }
    rationed->left--;
    rationed->held++;
    void *block = malloc(bytes + 1);
    memset(block, 0xa5, bytes + 1); /* nobody may take it for zero */
    return block;
}

static void rationed_put(void *ctx, void *block)
{
    struct rationed *rationed = ctx;
    assert_true(block == NULL || rationed->held > 0);
    rationed->held -= block != NULL;
    free(block);
}

static void each_last_first(void *ctx, void (*job)(void *argument, uint32_t index), void *argument, uint32_t jobs)
{
    (void)ctx;
    for (uint32_t i = jobs; i > 0; i--) {
        job(argument, i - 1);
    }
}

/* --- the calls --------------------------------------------------------------------------------------------------- */

/* Everything that a call may need and what it fills in; the first is never written by a call. */
struct given {
    struct written *written;
    const char *whole; /* with moves */
    size_t whole_bytes;
    const struct transcript_prover *prover;
    uint32_t offer; /* has applicants */
};

/* What came out, as bytes to compare. */
struct outcome {
    uint8_t bytes[200000];
    size_t count;
};

static void out(struct outcome *outcome, const void *bytes, size_t count)
{
    assert_true(outcome->count + count <= sizeof outcome->bytes);
    if (count > 0) {
        memcpy(outcome->bytes + outcome->count, bytes, count);
    }
    outcome->count += count;
}

static bool out_text(void *ctx, const char *text, size_t bytes)
{
    out(ctx, text, bytes);
    return true;
}

/* One call. True: it got through, and the outcome holds what it filled in. False: `error` says why, unless the function
 * has none; the outcome is what stood in the outputs before. */
typedef bool torture_call(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                          struct allot_error *error);

static bool call_valid(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                       struct allot_error *error)
{
    (void)outcome;
    return allot_problem_valid(&given->written->made->problem, host, error);
}

/* Lots do without memory. */
static bool call_lots(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                      struct allot_error *error)
{
    (void)error;
    struct allot_problem problem = given->written->made->problem;
    uint32_t choices = problem.choice_from[problem.applicants];
    struct allot_lot *lot = calloc(problem.applicants + choices + 2, sizeof *lot);
    allot_derive_lots(&problem, given->written->seed, "round", 5, host, lot, lot + problem.applicants);
    out(outcome, lot, (problem.applicants + choices) * sizeof *lot);
    free(lot);
    return true;
}

static bool call_audit(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                       struct allot_error *error)
{
    uint32_t sample[8] = { 7, 7, 7, 7, 7, 7, 7, 7 };
    uint32_t count = allot_audit(&given->written->made->problem, given->written->seed, "round", 5, 8, host, sample);
    out(outcome, sample, sizeof sample);
    error->fault = ALLOT_FAULT_MEMORY;
    return count != ALLOT_NONE;
}

static bool call_run(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                     struct allot_error *error)
{
    const struct allot_problem *problem = &given->written->made->problem;
    struct allot_result *result = NULL;
    bool done = allot_run(problem, host, &result, error);
    assert_true(done == (result != NULL));
    if (done) {
        out(outcome, result->outcome, problem->applicants * sizeof *result->outcome);
    }
    allot_result_free(result, host);
    return done;
}

/* Everything touches its neighbours in number, and each offer is at home somewhere. */
static bool call_reach(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                       struct allot_error *error)
{
    const struct allot_problem *problem = &given->written->made->problem;
    uint32_t sites = problem->sites, pairs = sites ? problem->reach_from[sites] : 0, touches = 0;
    uint32_t *touch_from = calloc((size_t)sites + 1, sizeof *touch_from);
    uint32_t *touch = calloc(2 * (size_t)sites + 1, sizeof *touch);
    uint32_t *home_from = calloc((size_t)problem->offers + 1, sizeof *home_from);
    uint32_t *home = calloc((size_t)problem->offers + 1, sizeof *home);
    uint32_t *reach_from = calloc((size_t)sites + 1, sizeof *reach_from);
    struct allot_reach *reach = calloc((size_t)pairs + 1, sizeof *reach);
    for (uint32_t s = 0; s < sites; s++) {
        touch_from[s] = touches;
        if (s > 0) {
            touch[touches++] = s - 1;
        }
        if (s + 1 < sites) {
            touch[touches++] = s + 1;
        }
    }
    touch_from[sites] = touches;
    for (uint32_t j = 0; j < problem->offers; j++) {
        home_from[j] = sites ? j : 0;
        home[j] = sites ? j % sites : 0;
    }
    home_from[problem->offers] = sites ? problem->offers : 0;
    const struct allot_map map = { touch_from, touch, home_from, home };
    bool done = allot_reach_contiguous(problem, &map, 1, host, reach_from, reach, error);
    out(outcome, reach_from, ((size_t)sites + 1) * sizeof *reach_from);
    out(outcome, reach, ((size_t)pairs + 1) * sizeof *reach);
    free(touch_from);
    free(touch);
    free(home_from);
    free(home);
    free(reach_from);
    free(reach);
    return done;
}

static bool call_check(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                       struct allot_error *error)
{
    (void)outcome;
    return allot_check(&given->written->made->problem, given->written->result, host, error);
}

static bool call_list(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                      struct allot_error *error)
{
    const struct written *written = given->written;
    uint32_t *list = calloc(written->shape.applicants + 1, sizeof *list);
    uint32_t count =
        allot_waiting_list(&written->made->problem, written->result->outcome, NULL, given->offer, 0, host, list);
    out(outcome, list, (written->shape.applicants + 1) * sizeof *list);
    free(list);
    error->fault = ALLOT_FAULT_MEMORY;
    return count != ALLOT_NONE;
}

static bool call_waiting(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                         struct allot_error *error)
{
    const struct written *written = given->written;
    struct allot_waiting *waiting = NULL;
    bool done = allot_waiting_new(&written->made->problem, written->result->outcome, host, &waiting, error);
    assert_true(done == (waiting != NULL));
    if (done) { /* only making it takes memory */
        struct rationed *rationed = host->ctx;
        uint32_t asked = rationed->asked;
        uint16_t rank = 0;
        uint32_t next = allot_waiting_next(waiting, given->offer, 0, ALLOT_MAX_TOGETHER, &rank);
        out(outcome, &next, sizeof next);
        if (next != ALLOT_NONE) {
            allot_waiting_pass(waiting, next, given->offer);
            next = allot_waiting_next(waiting, given->offer, 0, ALLOT_MAX_TOGETHER, &rank);
            out(outcome, &next, sizeof next);
        }
        for (uint32_t a = 0; a < written->shape.applicants; a++) {
            allot_waiting_move(waiting, a, (struct allot_outcome){ .offer = ALLOT_NONE, .reason = ALLOT_WHY_NOTHING });
            assert_int_equal(allot_waiting_now(waiting, a)->offer, ALLOT_NONE);
        }
        uint32_t room = allot_waiting_room(waiting, given->offer, 0);
        out(outcome, &room, sizeof room);
        assert_int_equal(rationed->asked, asked);
    }
    allot_waiting_free(waiting, host);
    return done;
}

/* Merkle trees of many leaves use memory where there is some, and do without. */
static bool call_root_of(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                         struct allot_error *error)
{
    (void)error;
    enum { LEAVES = 5000 };
    static uint8_t leaf[LEAVES][MERKLE_BYTES], node[2 * LEAVES + 70][MERKLE_BYTES];
    static struct merkle_piece piece[LEAVES];
    uint8_t root[MERKLE_BYTES];
    for (uint32_t i = 0; i < LEAVES; i++) {
        piece[i] = (struct merkle_piece){ given->whole + i % 100, i % 90 };
    }
    merkle_leaves_of(&merkle_sha256, piece, LEAVES, host, leaf);
    merkle_root_of(&merkle_sha256, (const uint8_t(*)[MERKLE_BYTES])leaf, LEAVES, host, root);
    out(outcome, root, sizeof root);
    memcpy(node, leaf, sizeof leaf);
    merkle_nodes(&merkle_sha256, LEAVES, host, node);
    assert_memory_equal(node[merkle_nodes_count(LEAVES) - 1], root, sizeof root);
    return true;
}

static bool call_commit(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                        struct allot_error *error)
{
    struct transcript_commitment commitment;
    memset(&commitment, 7, sizeof commitment);
    bool done = transcript_commit(&given->written->transcript, host, &commitment, error);
    out(outcome, &commitment, sizeof commitment);
    return done;
}

/* All parts; what a failed part has already put stays put, as the header has it, so only a whole file is compared. */
static bool call_write(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                       struct allot_error *error)
{
    const struct transcript *transcript = &given->written->transcript;
    static struct outcome file;
    struct transcript_writer writer;
    struct transcript_signature signature = { .key = { 4 }, .text = TEXT("notary") };
    uint8_t seed[SM3_BYTES];
    file.count = 0;
    transcript_start(&writer, out_text, &file);
    bool done = transcript_write_list(&writer, transcript, host, NULL, error) &&
                transcript_write_signature(&writer, &signature, host, error) &&
                transcript_write_seed(&writer, transcript, &given->written->committed, host, seed, error) &&
                transcript_write_result(&writer, transcript, seed, host, error) &&
                transcript_write_moves(&writer, transcript, 0, host, error);
    if (done) {
        out(outcome, file.bytes, file.count);
    }
    return done;
}

static void out_report(struct outcome *outcome, const struct transcript_report *report)
{
    out(outcome, &report->line, sizeof report->line);
    out(outcome, report->result_root, SM3_BYTES);
    out(outcome, report->message, strlen(report->message));
}

static bool failed_as(const struct transcript_report *report, struct allot_error *error)
{
    error->fault = report->fault;
    assert_true(report->ok || report->line == 0);
    return report->ok;
}

static bool call_read(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                      struct allot_error *error)
{
    struct transcript *read = NULL;
    struct transcript_report report;
    bool done = transcript_read(given->whole, given->whole_bytes, host, &read, &report);
    assert_true(done == (read != NULL) && done == report.ok);
    if (done) {
        out_report(outcome, &report);
        out(outcome, read->result->outcome, read->problem->applicants * sizeof *read->result->outcome);
    }
    transcript_free(read, host);
    return failed_as(&report, error);
}

static bool hear(void *ctx, const struct transcript_signature *signature)
{
    uint32_t *heard = ctx;
    *heard += signature->batch + 1;
    return true;
}

static bool call_verify(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                        struct allot_error *error)
{
    struct transcript_report report;
    bool done = transcript_verify(given->whole, given->whole_bytes, host, &report);
    if (done) {
        out_report(outcome, &report);
    }
    return failed_as(&report, error);
}

static bool call_verify_signed(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                               struct allot_error *error)
{
    struct transcript_report report;
    uint32_t heard = 0;
    bool done = transcript_verify_signed(given->whole, given->whole_bytes, host, hear, &heard, &report);
    if (done) {
        out_report(outcome, &report);
        out(outcome, &heard, sizeof heard);
    }
    return failed_as(&report, error);
}

static bool call_verify_keep(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                             struct allot_error *error)
{
    struct transcript *kept = NULL;
    struct transcript_report report;
    bool done = transcript_verify_keep(given->whole, given->whole_bytes, host, NULL, NULL, &kept, &report);
    assert_true(done == (kept != NULL) && done == report.ok);
    if (done) {
        out_report(outcome, &report);
        out(outcome, kept->result->outcome, kept->problem->applicants * sizeof *kept->result->outcome);
    }
    transcript_free(kept, host);
    return failed_as(&report, error);
}

static bool call_prover(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                        struct allot_error *error)
{
    struct transcript_prover *prover = transcript_prover_new(&given->written->transcript, TRANSCRIPT_TABLE_RESULT,
                                                             TRANSCRIPT_HASH_SHA256, host, error);
    size_t bytes = prover == NULL ? 0 : transcript_prover_bytes(prover);
    out(outcome, &bytes, sizeof bytes);
    transcript_prover_free(prover, host);
    return prover != NULL;
}

static bool call_prove(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                       struct allot_error *error)
{
    const uint8_t *ticket = given->written->made->ticket[0];
    assert_true(transcript_prover_has(given->prover, ticket));
    return transcript_prover_write(given->prover, ticket, host, out_text, outcome, error);
}

static bool call_proof(const struct given *given, const struct allot_host *host, struct outcome *outcome,
                       struct allot_error *error)
{
    return transcript_proof_write(&given->written->transcript, 1, TRANSCRIPT_TABLE_LIST, TRANSCRIPT_HASH_SM3, host,
                                  out_text, outcome, error);
}

/* --- the torture ------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    torture_call *call;
    bool needs_memory; /* else it gets through without any */
} CALLS[] = {
    { "allot_problem_valid", call_valid, true },
    { "allot_derive_lots", call_lots, false },
    { "allot_audit", call_audit, true },
    { "allot_run", call_run, true },
    { "allot_reach_contiguous", call_reach, true },
    { "allot_check", call_check, true },
    { "allot_waiting_list", call_list, true },
    { "allot_waiting_new", call_waiting, true },
    { "merkle_root_of", call_root_of, false },
    { "transcript_commit", call_commit, true },
    { "transcript_write", call_write, true },
    { "transcript_read", call_read, true },
    { "transcript_verify", call_verify, true },
    { "transcript_verify_signed", call_verify_signed, true },
    { "transcript_verify_keep", call_verify_keep, true },
    { "transcript_prover_new", call_prover, true },
    { "transcript_prover_write", call_prove, true },
    { "transcript_proof_write", call_proof, true },
};
enum { CALL_COUNT = sizeof CALLS / sizeof *CALLS };

static struct outcome plenty, now;

static bool try(size_t which, const struct given *given, uint32_t ration, uint32_t workers, struct outcome *outcome,
                uint32_t *asked)
{
    struct rationed rationed = { .left = ration };
    struct allot_host host = { .get = rationed_get, .put = rationed_put, .ctx = &rationed };
    struct allot_error error = { .fault = ALLOT_FAULT_NONE };
    host.each = workers > 1 ? each_last_first : NULL;
    host.workers = workers;
    outcome->count = 0;
    bool done = CALLS[which].call(given, &host, outcome, &error);
    if (rationed.held != 0) {
        fail_msg("%s, request %u failed: %u blocks were not given back", CALLS[which].name, ration, rationed.held);
    }
    if (!done && error.fault != ALLOT_FAULT_MEMORY) {
        fail_msg("%s, request %u failed: fault %d, %s", CALLS[which].name, ration, error.fault, error.message);
    }
    *asked = rationed.asked;
    return done;
}

/* What a failed call leaves in its outputs: for those that have any that is not a pointer, what stood there before. */
static void outputs_untouched(size_t which, uint32_t ration)
{
    bool whole = CALLS[which].call == call_audit || CALLS[which].call == call_commit || CALLS[which].call == call_list;
    for (size_t i = 1; whole && i < now.count; i++) {
        if (now.bytes[i] != now.bytes[i % 4]) {
            fail_msg("%s, request %u failed: an output was changed", CALLS[which].name, ration);
        }
    }
    bool nothing = CALLS[which].call == call_prove || CALLS[which].call == call_proof;
    assert_true(!nothing || now.count == 0);
}

static void torture(size_t which, const struct given *given, uint32_t workers, uint32_t *failures)
{
    uint32_t asked;
    assert_true(try(which, given, UINT32_MAX, workers, &plenty, &asked));
    uint32_t most = asked + 1;
    bool done = false;
    for (uint32_t ration = 0; ration <= most && !(done && ration > asked); ration++) {
        done = try(which, given, ration, workers, &now, &asked);
        if (!done) {
            failures[which]++;
            assert_true(CALLS[which].needs_memory);
            outputs_untouched(which, ration);
        } else {
            assert_int_equal(now.count, plenty.count);
            assert_memory_equal(now.bytes, plenty.bytes, now.count);
        }
    }
    assert_true(done);
}

static uint32_t failures[CALL_COUNT];

static void every_request_fails_once(void **state)
{
    (void)state;
    struct dice dice = { 46 };
    for (int i = 0; i < 24; i++) {
        struct shape shape = written_shape(&dice);
        shape.mechanism = (enum allot_mechanism)(i % 4);
        if (shape.mechanism == ALLOT_CYCLES) {
            shape.kinds = shape.groups = shape.most = 0;
        }
        shape.applicants = 15 + dice_below(&dice, 15);
        struct written *written = written_new(&dice, &shape, NULL, false);
        struct play play;
        struct text text = { 0 };
        struct given given = { .written = written };
        struct allot_error error;
        play_moves(&play, written, &dice);
        assert_true(play_append(written, play.move, play.moves, &text));
        struct transcript_prover *prover =
            transcript_prover_new(&written->transcript, TRANSCRIPT_TABLE_RESULT, TRANSCRIPT_HASH_SM3, NULL, &error);
        given.prover = prover;
        given.whole = text.bytes;
        given.whole_bytes = text.count;
        given.offer = written->made->choice[0].offer;
        for (size_t which = 0; play.moves > 0 && which < CALL_COUNT; which++) {
            torture(which, &given, 1 + (uint32_t)i % 3, failures);
        }
        transcript_prover_free(prover, NULL);
        free(text.bytes);
        play_free(&play);
        written_free(written);
    }
    for (size_t which = 0; which < CALL_COUNT; which++) {
        print_message("%s: %u requests failed\n", CALLS[which].name, failures[which]);
        assert_true(!CALLS[which].needs_memory || failures[which] > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_request_fails_once) };
    return cmocka_run_group_tests_name("torture", tests, NULL, NULL);
}
