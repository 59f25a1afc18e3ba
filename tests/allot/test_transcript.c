/*
 * Transcripts: what is written verifies, at every stage, with any number of workers; any byte changed is found, with
 * its line; who changes more than a byte and repairs the checks is found too; proofs lead to the roots; signatures are
 * of the part before them.
 */
#include "written.h"

#include "allot/lines.h"
#include "base/crew.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void must_verify(const char *bytes, size_t count, const struct allot_host *host,
                        struct transcript_report *report)
{
    if (!transcript_verify(bytes, count, host, report)) {
        fail_msg("line %zu: %s\nfound %s\nexpected %s", report->line, report->message, report->found, report->expected);
    }
}

/* --- round trips ------------------------------------------------------------------------------------------------- */

static void same_report(const struct written *written, const struct transcript_report *report, int stage)
{
    assert_int_equal(report->stage, TRANSCRIPT_LIST + stage);
    assert_int_equal(report->applicants, written->shape.applicants);
    assert_int_equal(report->groups, written->transcript.groups);
    assert_int_equal(report->mechanism, written->shape.mechanism);
    assert_string_equal(report->round, written->transcript.round.text);
    assert_memory_equal(&report->commitment, &written->committed, sizeof written->committed);
    if (stage >= 1) {
        assert_memory_equal(report->seed, written->seed, SM3_BYTES);
        assert_int_equal(report->opened, 2);
    }
    if (stage == 2) {
        assert_int_equal(report->placed_by_choice, written->result->placed_by_choice);
        assert_int_equal(report->placed_by_balance, written->result->placed_by_balance);
        assert_int_equal(report->unplaced, written->result->unplaced);
        assert_int_equal(report->added, written->result->added);
        assert_int_equal(report->passed_over, written->result->passed_over);
        assert_int_equal(report->signatures, written->signatures);
    }
}

/* What was read, or verified and kept, has the same outcome for everybody, and is written as the same bytes. */
static void same_when_read(const struct written *written, bool verified)
{
    struct transcript *read = NULL;
    struct transcript_report report;
    struct transcript_writer writer;
    struct allot_error error = { 0 };
    struct text again = { 0 };
    uint8_t seed[SM3_BYTES];
    assert_true(verified
                    ? transcript_verify_keep(written->text.bytes, written->text.count, NULL, NULL, NULL, &read, &report)
                    : transcript_read(written->text.bytes, written->text.count, NULL, &read, &report));
    for (uint32_t a = 0; a < written->shape.applicants; a++) {
        uint32_t there = transcript_find(read, written->made->ticket[a]);
        assert_memory_equal(&read->result->outcome[there], &written->result->outcome[a], sizeof(struct allot_outcome));
    }
    assert_int_equal(read->signatures, written->signatures);
    transcript_start(&writer, text_keep, &again);
    assert_true(transcript_write_list(&writer, read, NULL, NULL, &error));
    for (uint32_t i = 0; i < read->signatures; i++) {
        while (read->signature[i].part > writer.ended) {
            assert_true(writer.ended == TRANSCRIPT_LIST
                            ? transcript_write_seed(&writer, read, &report.commitment, NULL, seed, &error)
                            : transcript_write_result(&writer, read, report.seed, NULL, &error));
        }
        assert_memory_equal(writer.end, read->signature[i].hash, SM3_BYTES);
        assert_true(transcript_write_signature(&writer, &read->signature[i], NULL, &error));
    }
    assert_true(writer.ended >= TRANSCRIPT_SEED ||
                transcript_write_seed(&writer, read, &report.commitment, NULL, seed, &error));
    assert_true(writer.ended >= TRANSCRIPT_RESULT || transcript_write_result(&writer, read, report.seed, NULL, &error));
    assert_int_equal(again.count, written->text.count);
    assert_memory_equal(again.bytes, written->text.bytes, again.count);
    free(again.bytes);
    transcript_free(read, NULL);
}

/* Of a file without a result the list is kept, and what the seed leads to; of a wrong one nothing. */
static void kept_as_far_as_it_goes(const struct written *written)
{
    const size_t ends[] = { written->list_end, written->seed_end };
    for (int stage = 0; stage < 2; stage++) {
        struct transcript *kept = NULL;
        struct transcript_report report;
        assert_true(transcript_verify_keep(written->text.bytes, ends[stage], NULL, NULL, NULL, &kept, &report));
        assert_int_equal(kept->problem->applicants, written->shape.applicants);
        assert_true((kept->result != NULL) == (stage == 1));
        for (uint32_t a = 0; stage == 1 && a < written->shape.applicants; a++) {
            uint32_t there = transcript_find(kept, written->made->ticket[a]);
            assert_memory_equal(&kept->result->outcome[there], &written->result->outcome[a],
                                sizeof(struct allot_outcome));
        }
        transcript_free(kept, NULL);
        kept = NULL;
        assert_false(transcript_verify_keep(written->text.bytes, ends[stage] - 1, NULL, NULL, NULL, &kept, &report));
        assert_null(kept);
    }
}

static void what_is_written_verifies(void **state)
{
    (void)state;
    struct dice dice = { 31 };
    uint32_t kinds = 0, together = 0, balanced = 0;
    for (int i = 0; i < 1500; i++) {
        struct shape shape = written_shape(&dice);
        struct written *written = written_new(&dice, &shape, NULL, true);
        const size_t ends[] = { written->list_end, written->seed_end, written->result_end };
        struct transcript_report report;
        for (int stage = 0; stage < 3; stage++) {
            must_verify(written->text.bytes, ends[stage], NULL, &report);
            same_report(written, &report, stage);
        }
        kinds += report.kinds > 0;
        together += report.commitment.children > report.commitment.count;
        balanced += report.placed_by_balance > 0;
        same_when_read(written, i % 3 == 0);
        if (i % 3 == 1) {
            kept_as_far_as_it_goes(written);
        }
        written_free(written);
    }
    if (kinds < 100 || together < 100 || balanced < 50) {
        fail_msg("too few with kinds %u, siblings %u, balanced %u", kinds, together, balanced);
    }
}

/* Twins and two children for whom there is no stable answer: whoever is left out is passed over, and named. */
static void who_is_passed_over_is_named(void **state)
{
    (void)state;
    struct dice dice = { 45 };
    const struct shape shape = { .applicants = 3,
                                 .offers = 2,
                                 .choices = 2,
                                 .places = 1,
                                 .priorities = 1,
                                 .reach = 1,
                                 .steps = 1,
                                 .mechanism = ALLOT_DEFERRED,
                                 .most = 2,
                                 .together = ALLOT_TOGETHER_FIT };
    struct made *made = made_new(&dice, &shape);
    const struct allot_choice choice[] = {
        { 0, 2, 1, 0 }, { 1, 2, 1, 0 }, { 0, 1, 1, 0 }, { 0, 3, 1, 0 }, { 1, 1, 1, 0 }
    };
    const uint32_t from[] = { 0, 1, 3, 5 };
    memcpy(made->choice, choice, sizeof choice);
    memcpy(made->choice_from, from, sizeof from);
    for (uint32_t a = 0; a < 3; a++) {
        made->applicant[a].places = a == 0 ? 2 : 1;
    }
    made->offer[0] = (struct allot_offer){ .capacity = 2 };
    made->offer[1] = (struct allot_offer){ .capacity = 1 };
    struct written *written = written_of(made, &dice, &shape, NULL, false);
    struct transcript_report report;
    must_verify(written->text.bytes, written->text.count, NULL, &report);
    assert_true(report.passed_over > 0);
    char *over = strstr(written->text.bytes, "\nover ");
    assert_non_null(strstr(written->text.bytes, "\npassed-over "));
    over[10] ^= 1;
    assert_false(transcript_verify(written->text.bytes, written->text.count, NULL, &report));
    assert_int_equal(report.line, line_of(written->text.bytes, (size_t)(over - written->text.bytes) + 1));
    written_free(written);
}

/* A file goes on from its bytes as from its writer. */
static void a_file_can_be_resumed(void **state)
{
    (void)state;
    struct dice dice = { 40 };
    for (int i = 0; i < 50; i++) {
        struct shape shape = written_shape(&dice);
        struct written *written = written_new(&dice, &shape, NULL, false);
        struct transcript_writer writer;
        struct allot_error error = { 0 };
        struct transcript_signature signature = { .key = { 4 }, .text = TEXT("notary") };
        struct text text = { 0 };
        text_keep(&text, written->text.bytes, written->seed_end);
        transcript_start(&writer, text_keep, &text);
        assert_false(transcript_to_sign(&writer, &signature));
        transcript_resume(&writer, written->text.bytes, written->seed_end);
        assert_true(transcript_to_sign(&writer, &signature));
        assert_int_equal(signature.part, TRANSCRIPT_SEED);
        assert_true(transcript_write_result(&writer, &written->transcript, written->seed, NULL, &error));
        assert_int_equal(text.count, written->text.count);
        assert_memory_equal(text.bytes, written->text.bytes, text.count);
        assert_false(transcript_write_list(&writer, &written->transcript, NULL, NULL, &error));
        for (int k = 0; k < TRANSCRIPT_SIGNATURES_MAX; k++) {
            assert_true(transcript_write_signature(&writer, &signature, NULL, &error));
        }
        assert_false(transcript_write_signature(&writer, &signature, NULL, &error));
        struct transcript_report report;
        must_verify(text.bytes, text.count, NULL, &report);
        assert_int_equal(report.signatures, TRANSCRIPT_SIGNATURES_MAX);
        free(text.bytes);
        written_free(written);
    }
}

/* --- tampering --------------------------------------------------------------------------------------------------- */

static void must_blame(const char *bytes, size_t count, size_t line, size_t at)
{
    struct transcript_report report;
    assert_false(transcript_verify(bytes, count, NULL, &report));
    assert_false(report.ok);
    assert_true(strlen(report.message) > 10);
    if (report.line != line) {
        fail_msg("byte %zu of line %zu was changed, blamed is %zu: %s", at, line, report.line, report.message);
    }
}

/* Every byte of a few files, to another one. */
static void any_changed_byte_is_found(void **state)
{
    (void)state;
    struct dice dice = { 32 };
    for (int i = 0; i < 8; i++) {
        struct shape shape = written_shape(&dice);
        shape.applicants = 3 + shape.applicants % 8;
        struct written *written = written_new(&dice, &shape, NULL, true);
        char *bytes = written->text.bytes;
        for (size_t at = 0; at < written->text.count; at++) {
            char was = bytes[at], now = was;
            bool digit = was >= '0' && was <= '9' && dice_below(&dice, 2) == 0;
            while (now == was) {
                now = (char)(digit ? '0' + (int)dice_below(&dice, 10) : was ^ (1 << dice_below(&dice, 8)));
            }
            size_t line = line_of(bytes, at);
            bytes[at] = now;
            must_blame(bytes, written->text.count, line, at);
            bytes[at] = was;
        }
        written_free(written);
    }
}

/* With the check repaired, an input is found by the hash of its part at the latest, what follows by itself. */
static void repaired_changes_are_found(void **state)
{
    (void)state;
    struct dice dice = { 33 };
    for (int i = 0; i < 60; i++) {
        struct shape shape = written_shape(&dice);
        shape.applicants += 3;
        struct written *written = written_new(&dice, &shape, NULL, false);
        size_t count = written->text.count;
        size_t list_line = line_of(written->text.bytes, written->list_end) - 1;
        size_t seed_line = line_of(written->text.bytes, written->seed_end) - 1;
        char *copy = malloc(count);
        for (int k = 0; k < 60; k++) {
            memcpy(copy, written->text.bytes, count);
            size_t at = dice_below(&dice, (uint32_t)count);
            if (copy[at] == '\n') {
                continue;
            }
            bool digit = copy[at] >= '0' && copy[at] <= '9';
            copy[at] = (char)(digit ? '0' + (copy[at] - '0' + 1 + (int)dice_below(&dice, 9)) % 10
                                    : copy[at] ^ (1 << dice_below(&dice, 3)));
            if (copy[at] == '\n') {
                continue;
            }
            repair_check(copy, at);
            if (memcmp(copy, written->text.bytes, count) == 0) {
                continue; /* it was a digit of the check itself */
            }
            struct transcript_report report;
            assert_false(transcript_verify(copy, count, NULL, &report));
            assert_true(strlen(report.message) > 10);
            size_t changed = line_of(copy, at);
            size_t last = at < written->list_end ? list_line : at < written->seed_end ? seed_line : changed;
            if (report.line < changed || report.line > last) {
                fail_msg("line %zu was changed, blamed is %zu: %s", changed, report.line, report.message);
            }
        }
        free(copy);
        written_free(written);
    }
}

static void a_cut_file_is_found(void **state)
{
    (void)state;
    struct dice dice = { 34 };
    for (int i = 0; i < 4; i++) {
        struct shape shape = written_shape(&dice);
        shape.applicants = 5;
        struct written *written = written_new(&dice, &shape, NULL, false);
        for (size_t count = 0; count < written->text.count; count++) {
            struct transcript_report report;
            char *exact = malloc(count + 1); /* so that a sanitizer sees a step beyond the end */
            memcpy(exact, written->text.bytes, count);
            bool whole = count == written->list_end || count == written->seed_end;
            assert_int_equal(transcript_verify(exact, count, NULL, &report), whole);
            assert_true(whole || (report.line > 0 && report.line <= line_of(exact, count)));
            free(exact);
        }
        written_free(written);
    }
}

/* Lines with their right check that the format does not allow: each refused where it stands, in words. */
static void what_the_format_does_not_know_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *keyword, *from, *to, *message;
    } CASES[] = {
        { "jiaoti-transcript", "2", "1", "version" },
        { "mechanism", "mechanism", "mechanism ", "format" },
        { "lots", "lots ", "lots  ", "format" },
        { "audit", "audit ", "audit 0", "format" },
        { "step", "50", "4294967296", "format" },
        { "groups", "groups ", "groups 9", "" },
        { "group", "group 1", "group 2", "another number" },
        { "offer", "offer 0", "offer 1", "another number" },
        { "offer", "offer 0 ", "offer 0 9", "" },
        { "kind", "kind ", "kind 9", "capacity" },
        { "site", "site 0", "site 00", "format" },
        { "rules", "rules ", "rules a", "rules" },
        { "applicant", " 0 1", " 2 1", "format" },
        { "applicant", " 0 1", " 0 9", "format" },
        { "applicant", " 0 1", " 0 0", "no place" },
        { "applicant", "applicant ", "applicant A", "" },
        { "applicants", "applicants ", "applicants 1", "another line" },
        { "count", "count ", "count 1", "count" },
        { "witness", "witness ", "witness 0", "format" },
        { "seed", "seed ", "seed 0", "seed" },
    };
    struct dice dice = { 41 };
    uint32_t tried[sizeof CASES / sizeof *CASES] = { 0 };
    for (int i = 0; i < 40; i++) {
        struct shape shape = written_shape(&dice);
        shape.applicants += 3;
        struct written *written = written_new(&dice, &shape, NULL, false);
        for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
            char search[40];
            snprintf(search, sizeof search, "\n%s ", CASES[k].keyword);
            const char *line = k == 0 ? written->text.bytes : strstr(written->text.bytes, search);
            const char *from = line == NULL ? NULL : strstr(line, CASES[k].from);
            if (from == NULL || (k > 0 && memchr(line + 1, '\n', (size_t)(from - line)) != NULL)) {
                continue;
            }
            size_t before = (size_t)(from - written->text.bytes);
            struct text bent = { 0 };
            text_keep(&bent, written->text.bytes, before);
            text_keep(&bent, CASES[k].to, strlen(CASES[k].to));
            before += strlen(CASES[k].from);
            text_keep(&bent, written->text.bytes + before, written->text.count - before);
            repair_check(bent.bytes, (size_t)(from - written->text.bytes));
            struct transcript_report report;
            assert_false(transcript_verify(bent.bytes, bent.count, NULL, &report));
            if (strstr(report.message, CASES[k].message) == NULL) {
                fail_msg("%s: line %zu: %s, found %s", CASES[k].keyword, report.line, report.message, report.found);
            }
            tried[k]++;
            free(bent.bytes);
        }
        written_free(written);
    }
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
        if (tried[k] == 0) {
            fail_msg("case %zu never came up", k);
        }
    }
}

/* --- workers ----------------------------------------------------------------------------------------------------- */

/* Large enough for several pieces and subtrees: the same bytes and the same verdict with any number of workers. */
static void workers_change_nothing(void **state)
{
    (void)state;
    struct dice dice = { 42 };
    for (int i = 0; i < 3; i++) {
        struct shape shape = written_shape(&dice);
        shape.applicants = 4000 + dice_below(&dice, 2000);
        shape.places = 1000;
        shape.choices = 4;
        struct dice before = dice;
        struct written *alone = written_new(&dice, &shape, NULL, false);
        for (unsigned workers = 1; workers <= 3; workers++) {
            struct crew *crew = crew_new(workers);
            struct allot_host host = {
                .get = crew_get, .put = crew_put, .ctx = crew, .each = crew_each, .workers = crew_size(crew)
            };
            struct dice again = before;
            struct written *written = written_new(&again, &shape, &host, false);
            assert_int_equal(written->text.count, alone->text.count);
            assert_memory_equal(written->text.bytes, alone->text.bytes, alone->text.count);
            struct transcript_report report;
            must_verify(written->text.bytes, written->text.count, &host, &report);
            struct dice places = { 43 };
            for (int k = 0; k < 60; k++) { /* two changes: the first is blamed */
                size_t at = dice_below(&places, (uint32_t)alone->text.count);
                size_t other = at + dice_below(&places, (uint32_t)(alone->text.count - at));
                size_t line = line_of(alone->text.bytes, at);
                written->text.bytes[at] ^= 1;
                written->text.bytes[other] ^= 2;
                assert_false(transcript_verify(written->text.bytes, written->text.count, &host, &report));
                assert_int_equal(report.line, line);
                written->text.bytes[at] ^= 1;
                written->text.bytes[other] ^= 2;
            }
            written_free(written);
            crew_free(crew);
        }
        written_free(alone);
    }
}

/* --- the seed ---------------------------------------------------------------------------------------------------- */

static void seed_is_what_is_written(void **state)
{
    (void)state;
    struct dice dice = { 36 };
    struct shape shape = written_shape(&dice);
    struct written *written = written_new(&dice, &shape, NULL, false);
    uint8_t message[1000] = { 0, 0, 0, 2 }, expected[SM3_BYTES], seed[SM3_BYTES];
    size_t at = 4;
    memcpy(message + at, written->committed.rules, 32);
    memcpy(message + at + 32, written->committed.root, 32);
    at += 64;
    for (int i = 7; i >= 0; i--) {
        message[at++] = (uint8_t)(written->committed.count >> (8 * i));
    }
    memcpy(message + at, (uint8_t[]){ 0, 0, 0, 3, 1, 0, 0, 0, 32 }, 9);
    memcpy(message + at + 9, written->secret[0], 32);
    memcpy(message + at + 41, (uint8_t[]){ 0, 1, 0, 0, 0, 32 }, 6);
    memcpy(message + at + 47, written->secret[2], 32);
    at += 79;
    memcpy(message + at, (uint8_t[]){ 0, 0, 0, 1, 0, 0, 0, 26 }, 8);
    memcpy(message + at + 8, "welfare lottery 2026-08-01", 26);
    memcpy(message + at + 34, (uint8_t[]){ 0, 0, 0, 22 }, 4);
    memcpy(message + at + 38, "03 07 11 19 22 30 + 04", 22);
    sm3_of(message, at + 60, expected);
    struct allot_error error = { 0 };
    assert_true(transcript_seed(&written->transcript, &written->committed, seed, &error));
    assert_memory_equal(seed, expected, SM3_BYTES);
    written->secret[2][5] ^= 1;
    assert_false(transcript_seed(&written->transcript, &written->committed, seed, &error));
    written->transcript.witnesses = written->transcript.publics = 0;
    assert_false(transcript_seed(&written->transcript, &written->committed, seed, &error));
    written_free(written);
}

static void what_cannot_be_written_is_refused(void **state)
{
    (void)state;
    struct dice dice = { 37 };
    struct shape shape = written_shape(&dice);
    shape.applicants = 3;
    struct written *written = written_new(&dice, &shape, NULL, false);
    const struct transcript_text bad[] = { TEXT(""),         TEXT(" x"),           TEXT("x "),       TEXT("a\nb"),
                                           TEXT("\xff\xfe"), TEXT("\xed\xa0\x80"), TEXT("\xc2\x85"), TEXT("a\x7f") };
    struct transcript_commitment committed;
    struct allot_error error = { 0 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        written->transcript.round = bad[i];
        error.message[0] = '\0';
        assert_false(transcript_commit(&written->transcript, NULL, &committed, &error));
        assert_true(strlen(error.message) > 10);
    }
    written->transcript.round = TEXT("round");
    assert_true(transcript_commit(&written->transcript, NULL, &committed, &error));
    memcpy(written->made->ticket[1], written->made->ticket[0], ALLOT_TICKET_BYTES);
    assert_false(transcript_commit(&written->transcript, NULL, &committed, &error));
    assert_non_null(strstr(error.message, "same ticket"));
    written_free(written);
}

/* What would be read from outside an array, or from none. */
static void what_is_not_there_is_not_written(void **state)
{
    (void)state;
    struct dice dice = { 38 };
    struct shape shape = written_shape(&dice);
    shape.applicants = 3;
    shape.offers = 2;
    struct written *written = written_new(&dice, &shape, NULL, false);
    struct transcript transcript = written->transcript;
    struct allot_problem problem = *transcript.problem;
    struct allot_result result = *written->result;
    struct transcript_writer writer;
    struct transcript_commitment committed;
    struct allot_error error = { 0 };
    struct text text = { 0 };
    transcript_start(&writer, text_keep, &text);
    const struct transcript_move moves[] = { { .applicant = 3, .from = ALLOT_NONE, .to = 0 },
                                             { .from = 2, .to = ALLOT_NONE },
                                             { .from = ALLOT_NONE, .to = 2 },
                                             { .from = ALLOT_NONE, .from_kind = 1, .to = 0 },
                                             { .from = 0, .to = 1, .to_kind = ALLOT_MAX_KINDS },
                                             { .from = 0, .to = 1, .kind = (enum transcript_move_kind)5 } };
    transcript.moves = 1;
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        struct transcript_move move = moves[i];
        move.note = TEXT("note");
        transcript.move = &move;
        assert_false(transcript_write_moves(&writer, &transcript, 0, NULL, &error));
        assert_int_equal(error.fault, ALLOT_FAULT_PROBLEM);
    }
    transcript.result = &result;
    result.offers = 3;
    assert_false(transcript_write_result(&writer, &transcript, written->seed, NULL, &error));
    result.applicants = 4;
    assert_null(transcript_prover_new(&transcript, TRANSCRIPT_TABLE_RESULT, TRANSCRIPT_HASH_SM3, NULL, &error));
    transcript.offer_id = NULL;
    assert_false(transcript_commit(&transcript, NULL, &committed, &error));
    transcript = written->transcript;
    transcript.commitment = NULL;
    assert_false(transcript_commit(&transcript, NULL, &committed, &error));
    transcript = written->transcript;
    transcript.problem = &problem;
    problem.ticket = NULL;
    assert_false(transcript_commit(&transcript, NULL, &committed, &error));
    assert_null(transcript_prover_new(&transcript, TRANSCRIPT_TABLE_LIST, TRANSCRIPT_HASH_SM3, NULL, &error));
    free(text.bytes);
    written_free(written);
}

/* --- proofs ------------------------------------------------------------------------------------------------------ */

/* Digits of a proof changed, with and without repairing the check. */
static void bend_proof(struct text *text, const struct transcript_commitment *published, struct dice *dice)
{
    struct transcript_report report;
    for (int k = 0; k < 6; k++) {
        size_t at = dice_below(dice, (uint32_t)text->count);
        char was = text->bytes[at];
        text->bytes[at] ^= (char)(1 << dice_below(dice, 8));
        assert_false(transcript_proof_verify(text->bytes, text->count, NULL, NULL, &report));
        text->bytes[at] = was;
        if (was >= '0' && was <= '9' && line_of(text->bytes, at) > 2) {
            text->bytes[at] = (char)('0' + (was - '0' + 1) % 10);
            repair_check(text->bytes, at);
            bool same = text->bytes[at] == was;
            assert_int_equal(transcript_proof_verify(text->bytes, text->count, published, NULL, &report),
                             same); /* the count is bound by what was published, not by the root */
            text->bytes[at] = was;
            repair_check(text->bytes, at);
        }
    }
}

static void proofs_lead_to_the_roots(void **state)
{
    (void)state;
    struct dice dice = { 38 };
    for (int i = 0; i < 60; i++) {
        struct shape shape = written_shape(&dice);
        shape.applicants++;
        struct written *written = written_new(&dice, &shape, NULL, false);
        struct transcript_report all;
        must_verify(written->text.bytes, written->text.count, NULL, &all);
        for (uint32_t k = 0; k < 4 * shape.applicants; k++) {
            uint32_t a = k / 4;
            enum transcript_table table = k % 2 == 0 ? TRANSCRIPT_TABLE_LIST : TRANSCRIPT_TABLE_RESULT;
            enum transcript_hash hash = k / 2 % 2 == 0 ? TRANSCRIPT_HASH_SM3 : TRANSCRIPT_HASH_SHA256;
            struct transcript_commitment published = written->committed;
            if (table == TRANSCRIPT_TABLE_RESULT) {
                memcpy(published.root, all.result_root, SM3_BYTES);
                memcpy(published.root_sha256, all.result_root_sha256, SM3_BYTES);
            }
            struct text text = { 0 };
            struct allot_error error = { 0 };
            struct transcript_report report;
            uint8_t ticket[ALLOT_TICKET_BYTES];
            assert_true(transcript_proof_write(&written->transcript, a, table, hash, NULL, text_keep, &text, &error));
            if (!transcript_proof_verify(text.bytes, text.count, &published, ticket, &report)) {
                fail_msg("line %zu: %s, found %s, expected %s", report.line, report.message, report.found,
                         report.expected);
            }
            assert_int_equal(report.table, table);
            assert_int_equal(report.hash, hash);
            assert_memory_equal(ticket, written->made->ticket[a], ALLOT_TICKET_BYTES);
            struct transcript_commitment other = published;
            (hash == TRANSCRIPT_HASH_SM3 ? other.root : other.root_sha256)[3] ^= 1;
            assert_false(transcript_proof_verify(text.bytes, text.count, &other, NULL, &report));
            bend_proof(&text, &published, &dice);
            free(text.bytes);
        }
        written_free(written);
    }
}

/* --- signatures -------------------------------------------------------------------------------------------------- */

struct heard {
    uint32_t count, refuse;
    enum transcript_stage part;
};

static bool hear(void *ctx, const struct transcript_signature *signature)
{
    struct heard *heard = ctx;
    char message[TRANSCRIPT_SIGNED_MESSAGE_MAX];
    size_t bytes = transcript_signed_message(signature, message);
    assert_true(bytes <= sizeof message && memcmp(message, "jiaoti ", 7) == 0);
    assert_true(signature->part >= heard->part);
    heard->part = signature->part;
    return heard->count++ != heard->refuse;
}

/* Every signature is heard in turn; the line of the first that does not hold is blamed. */
static void signatures_are_heard(void **state)
{
    (void)state;
    struct dice dice = { 44 };
    for (int i = 0; i < 100; i++) {
        struct shape shape = written_shape(&dice);
        struct written *written = written_new(&dice, &shape, NULL, true);
        struct heard heard = { .refuse = UINT32_MAX };
        struct transcript_report report;
        assert_true(transcript_verify_signed(written->text.bytes, written->text.count, NULL, hear, &heard, &report));
        assert_int_equal(heard.count, written->signatures);
        const char *at = written->text.bytes;
        for (uint32_t k = 0; k < written->signatures; k++) {
            heard = (struct heard){ .refuse = k };
            at = strstr(at + 1, "\nsigned ");
            assert_false(
                transcript_verify_signed(written->text.bytes, written->text.count, NULL, hear, &heard, &report));
            assert_int_equal(report.line, line_of(written->text.bytes, (size_t)(at - written->text.bytes) + 1));
            assert_non_null(strstr(report.message, "signature"));
        }
        written_free(written);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_verifies),
        cmocka_unit_test(who_is_passed_over_is_named),
        cmocka_unit_test(a_file_can_be_resumed),
        cmocka_unit_test(any_changed_byte_is_found),
        cmocka_unit_test(repaired_changes_are_found),
        cmocka_unit_test(a_cut_file_is_found),
        cmocka_unit_test(what_the_format_does_not_know_is_refused),
        cmocka_unit_test(workers_change_nothing),

        cmocka_unit_test(seed_is_what_is_written),
        cmocka_unit_test(what_cannot_be_written_is_refused),
        cmocka_unit_test(what_is_not_there_is_not_written),

        cmocka_unit_test(proofs_lead_to_the_roots),
        cmocka_unit_test(signatures_are_heard),
    };
    return cmocka_run_group_tests_name("transcript", tests, NULL, NULL);
}
