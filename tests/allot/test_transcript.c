/*
 * Transcripts: what is written verifies, at every stage; any byte changed is found, with its line; who changes more
 * than a byte and repairs the checks is found too; moves follow the waiting lists; proofs lead to the root.
 */
#include "made.h"

#include "allot/lines.h"
#include "allot/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct text {
    char *bytes;
    size_t count, room;
};

static bool keep(void *ctx, const char *bytes, size_t count)
{
    struct text *text = ctx;
    if (text->count + count + 1 > text->room) {
        text->room = 2 * (text->count + count) + 1000;
        text->bytes = realloc(text->bytes, text->room);
    }
    memcpy(text->bytes + text->count, bytes, count);
    text->count += count;
    text->bytes[text->count] = '\0';
    return true;
}

#define TEXT(literal) ((struct transcript_text){ literal, sizeof literal - 1 })

/* A made problem with everything that a transcript needs besides. */
struct case_file {
    struct made *made;
    struct transcript transcript;
    struct transcript_text *offer_id, *site_id;
    uint8_t (*commitment)[SM3_BYTES];
    struct transcript_witness witness[3];
    uint8_t secret[3][32];
    struct transcript_public value;
    struct transcript_commitment committed;
    struct allot_result *result;
    char names[64][16];
    struct text text;
    size_t list_end, seed_end, result_end;
};

static struct transcript_text *names(struct case_file *file, uint32_t count)
{
    struct transcript_text *text = calloc(count + 1, sizeof *text);
    for (uint32_t i = 0; i < count; i++) {
        int bytes = snprintf(file->names[i], sizeof file->names[i], "第%u校 no.%u", i, i);
        text[i] = (struct transcript_text){ file->names[i], (size_t)bytes };
    }
    return text;
}

static void write_parts(struct case_file *file)
{
    struct transcript *transcript = &file->transcript;
    struct transcript_writer writer;
    struct allot_error error = { 0 };
    uint8_t seed[SM3_BYTES];
    transcript_start(&writer, keep, &file->text);
    if (!transcript_write_list(&writer, transcript, NULL, &file->committed, &error)) {
        fail_msg("%s", error.message);
    }
    file->list_end = file->text.count;
    assert_true(transcript_write_seed(&writer, transcript, &file->committed, NULL, seed, &error));
    file->seed_end = file->text.count;
    struct made *made = file->made;
    allot_derive_lots(&made->problem, seed, transcript->round.text, transcript->round.bytes, NULL, made->lot,
                      made->problem.lot_per_offer ? made->choice_lot : NULL);
    assert_true(allot_run(&made->problem, NULL, &file->result, &error));
    transcript->result = file->result;
    assert_true(transcript_write_result(&writer, transcript, seed, NULL, &error));
    file->result_end = file->text.count;
}

static struct case_file *file_new(struct dice *dice, const struct shape *shape)
{
    struct case_file *file = calloc(1, sizeof *file);
    file->made = made_new(dice, shape);
    struct transcript *transcript = &file->transcript;
    transcript->round = TEXT("2026 小学一年级 round 1");
    transcript->program = TEXT("jiaoti 0.1.0");
    transcript->policy[0] = 7;
    transcript->step_metres = 50;
    transcript->problem = &file->made->problem;
    transcript->offer_id = file->offer_id = names(file, shape->offers);
    transcript->site_id = file->site_id = names(file, shape->sites);
    file->commitment = calloc(shape->applicants + 1, sizeof *file->commitment);
    for (uint32_t a = 0; a < shape->applicants; a++) {
        file->commitment[a][a % 32] = (uint8_t)dice_next(dice);
    }
    transcript->commitment = (const uint8_t(*)[SM3_BYTES])file->commitment;
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 32; k++) {
            file->secret[i][k] = (uint8_t)dice_next(dice);
        }
        sm3_of(file->secret[i], 32, file->witness[i].commitment);
        file->witness[i].id = i == 0 ? TEXT("公证处") : TEXT("parents' committee");
        file->witness[i].secret = i == 1 ? NULL : file->secret[i];
        file->witness[i].secret_bytes = i == 1 ? 0 : 32;
    }
    transcript->witness = file->witness;
    transcript->witnesses = 3;
    file->value.name = TEXT("welfare lottery 2026-08-01");
    file->value.value = TEXT("03 07 11 19 22 30 + 04");
    transcript->public_value = &file->value;
    transcript->publics = 1;
    write_parts(file);
    return file;
}

static void file_free(struct case_file *file)
{
    allot_result_free(file->result, NULL);
    made_free(file->made);
    free(file->offer_id);
    free(file->site_id);
    free(file->commitment);
    free(file->text.bytes);
    free(file);
}

static struct shape some_shape(struct dice *dice)
{
    struct shape shape = small_shape(dice);
    shape.applicants = dice_below(dice, 40);
    shape.offers = 1 + dice_below(dice, 6);
    shape.sites = dice_below(dice, 6);
    shape.places = 1 + dice_below(dice, 8);
    return shape;
}

static void what_is_written_verifies(void **state)
{
    (void)state;
    struct dice dice = { 31 };
    for (int i = 0; i < 500; i++) {
        struct shape shape = some_shape(&dice);
        struct case_file *file = file_new(&dice, &shape);
        const size_t ends[] = { file->list_end, file->seed_end, file->result_end };
        for (int stage = 0; stage < 3; stage++) {
            struct transcript_report report;
            bool right = transcript_verify(file->text.bytes, ends[stage], NULL, &report);
            if (!right) {
                fail_msg("line %zu: %s\nfound %s\nexpected %s", report.line, report.message, report.found,
                         report.expected);
            }
            assert_int_equal(report.stage, TRANSCRIPT_LIST + stage);
            assert_int_equal(report.applicants, shape.applicants);
            assert_memory_equal(report.commitment.root, file->committed.root, SM3_BYTES);
            if (stage == 2) {
                assert_int_equal(report.unplaced, file->result->unplaced);
                assert_int_equal(report.opened, 2);
            }
        }
        struct transcript *read = NULL;
        struct transcript_report report;
        assert_true(transcript_read(file->text.bytes, file->text.count, NULL, &read, &report));
        for (uint32_t a = 0; a < shape.applicants; a++) {
            uint32_t there = transcript_find(read, file->made->ticket[a]);
            assert_memory_equal(&read->result->outcome[there], &file->result->outcome[a], sizeof(struct allot_outcome));
        }
        transcript_free(read, NULL);
        file_free(file);
    }
}

static size_t line_of(const char *bytes, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++) {
        line += bytes[i] == '\n';
    }
    return line;
}

static void any_changed_byte_is_found(void **state)
{
    (void)state;
    struct dice dice = { 32 };
    for (int i = 0; i < 40; i++) {
        struct shape shape = some_shape(&dice);
        shape.applicants += 3;
        struct case_file *file = file_new(&dice, &shape);
        for (int k = 0; k < 50; k++) {
            size_t at = dice_below(&dice, (uint32_t)file->text.count);
            char was = file->text.bytes[at], now = was;
            bool digit = was >= '0' && was <= '9';
            while (now == was) {
                now = digit ? (char)('0' + dice_below(&dice, 10)) : (char)dice_next(&dice);
            }
            file->text.bytes[at] = now;
            struct transcript_report report;
            assert_false(transcript_verify(file->text.bytes, file->text.count, NULL, &report));
            assert_false(report.ok);
            assert_true(strlen(report.message) > 10);
            file->text.bytes[at] = was;
            if (report.line != line_of(file->text.bytes, at)) {
                fail_msg("byte %zu of line %zu was changed, blamed is %zu: %s", at, line_of(file->text.bytes, at),
                         report.line, report.message);
            }
        }
        file_free(file);
    }
}

/* Gives the line its right check again, as somebody would who knows the format. */
static void repair_check(char *bytes, size_t at)
{
    struct line_check check;
    line_check_start(&check);
    size_t from = at, to = at;
    while (from > 0 && bytes[from - 1] != '\n') {
        from--;
    }
    while (bytes[to] != '\n') {
        to++;
    }
    char mark[LINE_CHECK_BYTES + 1];
    line_mark(&check, bytes + from, to - from - LINE_CHECK_BYTES, mark);
    memcpy(bytes + to - LINE_CHECK_BYTES, mark, LINE_CHECK_BYTES);
}

static void repaired_changes_are_found(void **state)
{
    (void)state;
    struct dice dice = { 33 };
    for (int i = 0; i < 40; i++) {
        struct shape shape = some_shape(&dice);
        shape.applicants += 3;
        struct case_file *file = file_new(&dice, &shape);
        char *copy = malloc(file->text.count);
        for (int k = 0; k < 40; k++) {
            memcpy(copy, file->text.bytes, file->text.count);
            size_t at = dice_below(&dice, (uint32_t)file->text.count);
            if (copy[at] < '0' || copy[at] > '9') {
                continue;
            }
            copy[at] = (char)('0' + (copy[at] - '0' + 1 + (int)dice_below(&dice, 9)) % 10);
            repair_check(copy, at);
            if (memcmp(copy, file->text.bytes, file->text.count) == 0) {
                continue; /* it was a digit of the check itself */
            }
            struct transcript_report report;
            assert_false(transcript_verify(copy, file->text.count, NULL, &report));
            assert_true(report.line >= 1);
            assert_true(strlen(report.message) > 10);
            size_t changed = line_of(copy, at);
            bool computed = at >= file->seed_end || report.line < changed;
            assert_true(computed ? report.line == changed : report.line >= changed);
        }
        free(copy);
        file_free(file);
    }
}

static void a_cut_file_is_found(void **state)
{
    (void)state;
    struct dice dice = { 34 };
    struct shape shape = some_shape(&dice);
    shape.applicants = 5;
    struct case_file *file = file_new(&dice, &shape);
    for (size_t count = 0; count < file->text.count; count++) {
        struct transcript_report report;
        char *exact = malloc(count + 1); /* so that a sanitizer sees a step beyond the end */
        memcpy(exact, file->text.bytes, count);
        bool whole = count == file->list_end || count == file->seed_end;
        assert_int_equal(transcript_verify(exact, count, NULL, &report), whole);
        assert_true(whole || report.line > 0);
        free(exact);
    }
    file_free(file);
}

/* --- moves ------------------------------------------------------------------------------------------------------- */

static bool append_moves(struct case_file *file, struct transcript_move *move, uint32_t moves, struct text *whole)
{
    struct transcript_writer writer;
    struct allot_error error = { 0 };
    *whole = (struct text){ 0 };
    keep(whole, file->text.bytes, file->text.count);
    transcript_start(&writer, keep, whole);
    transcript_resume(&writer, file->text.bytes, file->text.count);
    file->transcript.move = move;
    file->transcript.moves = moves;
    for (uint32_t batch = 0; moves > 0 && batch <= move[moves - 1].batch; batch++) {
        if (!transcript_write_moves(&writer, &file->transcript, batch, NULL, &error)) {
            return false;
        }
    }
    return true;
}

static void moves_follow_the_list(void **state)
{
    (void)state;
    struct dice dice = { 35 };
    uint32_t moved = 0;
    for (int i = 0; i < 300; i++) {
        struct shape shape = some_shape(&dice);
        shape.applicants = 20 + dice_below(&dice, 20);
        struct case_file *file = file_new(&dice, &shape);
        const struct allot_problem *problem = &file->made->problem;
        uint32_t leaver = dice_below(&dice, shape.applicants);
        uint32_t offer = file->result->outcome[leaver].offer;
        struct allot_outcome *now = calloc(shape.applicants, sizeof *now);
        memcpy(now, file->result->outcome, shape.applicants * sizeof *now);
        uint8_t *passed = calloc(shape.applicants, 1);
        uint32_t occupied =
            offer == ALLOT_NONE ? 0 : file->result->cutoff[offer].admitted + file->result->cutoff[offer].balanced;
        if (offer != ALLOT_NONE && occupied == problem->offer[offer].capacity) {
            now[leaver] =
                (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED, .reason = ALLOT_WHY_NOTHING };
            uint32_t first = allot_next_waiting(problem, now, NULL, offer, 0, 1, NULL);
            if (first != ALLOT_NONE) {
                passed[first] = 1;
                uint32_t second = allot_next_waiting(problem, now, passed, offer, 0, 1, NULL);
                struct transcript_move move[3] = {
                    { leaver, offer, ALLOT_NONE, TRANSCRIPT_DECLINED, 0, TEXT("declined by the family"), 0, 0 },
                    { first, now[first].offer, offer, TRANSCRIPT_WAITING, 1, TEXT("waiting list"), 0, 0 },
                };
                struct text text;
                struct transcript_report report;
                assert_true(append_moves(file, move, 2, &text));
                bool right = transcript_verify(text.bytes, text.count, NULL, &report);
                if (!right) {
                    fail_msg("line %zu %s %s", report.line, report.message, report.expected);
                }
                assert_int_equal(report.stage, TRANSCRIPT_MOVES);
                assert_int_equal(report.moves, 2);
                size_t at = file->text.count + dice_below(&dice, (uint32_t)(text.count - file->text.count));
                text.bytes[at] ^= 1;
                assert_false(transcript_verify(text.bytes, text.count, NULL, &report));
                text.bytes[at] ^= 1;
                assert_int_equal(report.line, line_of(text.bytes, at));
                free(text.bytes);
                if (second != ALLOT_NONE) {
                    move[1] = (struct transcript_move){ second, now[second].offer,   offer, TRANSCRIPT_WAITING,
                                                        0,      TEXT("out of turn"), 0,     0 };
                    assert_true(append_moves(file, move, 2, &text));
                    assert_false(transcript_verify(text.bytes, text.count, NULL, &report));
                    assert_non_null(strstr(report.message, "somebody else"));
                    free(text.bytes);
                    move[2] = move[1];
                    move[1] = (struct transcript_move){ first, now[first].offer,        offer, TRANSCRIPT_PASSED,
                                                        0,     TEXT("did not want it"), 0,     0 };
                    assert_true(append_moves(file, move, 3, &text));
                    assert_true(transcript_verify(text.bytes, text.count, NULL, &report));
                    free(text.bytes);
                    moved++;
                }
                move[0] = (struct transcript_move){ first, now[first].offer, offer, TRANSCRIPT_LATE,
                                                    0,     TEXT("by order"), 0,     0 };
                assert_true(append_moves(file, move, 1, &text)); /* nobody left: the school is full */
                assert_false(transcript_verify(text.bytes, text.count, NULL, &report));
                assert_non_null(strstr(report.message, "no free place"));
                free(text.bytes);
            }
        }
        free(now);
        free(passed);
        file_free(file);
    }
    assert_true(moved > 20);
}

/* --- the seed ---------------------------------------------------------------------------------------------------- */

static void seed_is_what_is_written(void **state)
{
    (void)state;
    struct dice dice = { 36 };
    struct shape shape = some_shape(&dice);
    struct case_file *file = file_new(&dice, &shape);
    uint8_t message[1000] = { 0, 0, 0, 2 }, expected[SM3_BYTES], seed[SM3_BYTES];
    size_t at = 4;
    memcpy(message + at, file->committed.rules, 32);
    memcpy(message + at + 32, file->committed.root, 32);
    at += 64;
    for (int i = 7; i >= 0; i--) {
        message[at++] = (uint8_t)(file->committed.count >> (8 * i));
    }
    memcpy(message + at, (uint8_t[]){ 0, 0, 0, 3, 1, 0, 0, 0, 32 }, 9);
    memcpy(message + at + 9, file->secret[0], 32);
    memcpy(message + at + 41, (uint8_t[]){ 0, 1, 0, 0, 0, 32 }, 6);
    memcpy(message + at + 47, file->secret[2], 32);
    at += 79;
    memcpy(message + at, (uint8_t[]){ 0, 0, 0, 1, 0, 0, 0, 26 }, 8);
    memcpy(message + at + 8, "welfare lottery 2026-08-01", 26);
    memcpy(message + at + 34, (uint8_t[]){ 0, 0, 0, 22 }, 4);
    memcpy(message + at + 38, "03 07 11 19 22 30 + 04", 22);
    sm3_of(message, at + 60, expected);
    struct allot_error error = { 0 };
    assert_true(transcript_seed(&file->transcript, &file->committed, seed, &error));
    assert_memory_equal(seed, expected, SM3_BYTES);
    file->secret[2][5] ^= 1;
    assert_false(transcript_seed(&file->transcript, &file->committed, seed, &error));
    file->transcript.witnesses = file->transcript.publics = 0;
    assert_false(transcript_seed(&file->transcript, &file->committed, seed, &error));
    file_free(file);
}

static void what_cannot_be_written_is_refused(void **state)
{
    (void)state;
    struct dice dice = { 37 };
    struct shape shape = some_shape(&dice);
    struct case_file *file = file_new(&dice, &shape);
    const struct transcript_text bad[] = { TEXT(""),         TEXT(" x"),           TEXT("x "),       TEXT("a\nb"),
                                           TEXT("\xff\xfe"), TEXT("\xed\xa0\x80"), TEXT("\xc2\x85"), TEXT("a\x7f") };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        file->transcript.round = bad[i];
        struct transcript_commitment committed;
        struct allot_error error = { 0 };
        assert_false(transcript_commit(&file->transcript, NULL, &committed, &error));
        assert_true(strlen(error.message) > 10);
    }
    file_free(file);
}

/* --- memory ------------------------------------------------------------------------------------------------------ */

struct rationed {
    uint32_t until;
    uint32_t held;
};

static void *rationed_get(void *ctx, size_t bytes)
{
    struct rationed *rationed = ctx;
    if (rationed->until == 0) {
        return NULL;
    }
    rationed->until--;
    rationed->held++;
    return malloc(bytes);
}

static void rationed_put(void *ctx, void *block)
{
    ((struct rationed *)ctx)->held--;
    free(block);
}

/* Every request for memory fails once: verify says so, blames no line, and gives everything back. */
static void memory_may_fail_anywhere(void **state)
{
    (void)state;
    struct dice dice = { 39 };
    struct shape shape = some_shape(&dice);
    shape.applicants = 30;
    shape.balance = true;
    struct case_file *file = file_new(&dice, &shape);
    bool right = false;
    uint32_t tries = 0;
    for (; !right; tries++) {
        struct rationed rationed = { tries, 0 };
        struct allot_host memory = { .get = rationed_get, .put = rationed_put, .ctx = &rationed };
        struct transcript_report report;
        right = transcript_verify(file->text.bytes, file->text.count, &memory, &report);
        if (!right) {
            assert_int_equal(report.fault, ALLOT_FAULT_MEMORY);
            assert_int_equal(report.line, 0);
        }
        assert_int_equal(rationed.held, 0);
    }
    assert_in_range(tries, 50, 1000);
    file_free(file);
}

/* --- proofs ------------------------------------------------------------------------------------------------------ */

static void proofs_lead_to_the_root(void **state)
{
    (void)state;
    struct dice dice = { 38 };
    for (int i = 0; i < 60; i++) {
        struct shape shape = some_shape(&dice);
        shape.applicants++;
        struct case_file *file = file_new(&dice, &shape);
        for (uint32_t a = 0; a < shape.applicants; a++) {
            struct text text = { 0 };
            struct allot_error error = { 0 };
            struct transcript_report report;
            uint8_t ticket[ALLOT_TICKET_BYTES];
            assert_true(transcript_proof_write(&file->transcript, a, TRANSCRIPT_TABLE_LIST, TRANSCRIPT_HASH_SM3, NULL,
                                               keep, &text, &error));
            if (!transcript_proof_verify(text.bytes, text.count, &file->committed, ticket, &report)) {
                fail_msg("line %zu: %s, found %s, expected %s", report.line, report.message, report.found,
                         report.expected);
            }
            assert_memory_equal(ticket, file->made->ticket[a], ALLOT_TICKET_BYTES);
            struct transcript_commitment other = file->committed;
            other.root[3] ^= 1;
            assert_false(transcript_proof_verify(text.bytes, text.count, &other, NULL, &report));
            for (int k = 0; k < 10; k++) {
                size_t at = dice_below(&dice, (uint32_t)text.count);
                char was = text.bytes[at];
                text.bytes[at] ^= (char)(1 << dice_below(&dice, 8));
                assert_false(transcript_proof_verify(text.bytes, text.count, NULL, NULL, &report));
                text.bytes[at] = was;
                if (was >= '0' && was <= '9' && line_of(text.bytes, at) > 2) {
                    text.bytes[at] = (char)('0' + (was - '0' + 1) % 10);
                    repair_check(text.bytes, at);
                    bool same = text.bytes[at] == was;
                    assert_int_equal(transcript_proof_verify(text.bytes, text.count, &file->committed, NULL, &report),
                                     same); /* the count is bound by what was published, not by the root */
                    text.bytes[at] = was;
                    repair_check(text.bytes, at);
                }
            }
            free(text.bytes);
        }
        file_free(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_verifies),
        cmocka_unit_test(any_changed_byte_is_found),
        cmocka_unit_test(repaired_changes_are_found),
        cmocka_unit_test(a_cut_file_is_found),
        cmocka_unit_test(moves_follow_the_list),
        cmocka_unit_test(seed_is_what_is_written),
        cmocka_unit_test(what_cannot_be_written_is_refused),
        cmocka_unit_test(memory_may_fail_anywhere),
        cmocka_unit_test(proofs_lead_to_the_root),
    };
    return cmocka_run_group_tests_name("transcript", tests, NULL, NULL);
}
