/*
 * Moves after a result: those that follow the rules verify, played here by the document; any other is found in its
 * line. And memory: it may fail anywhere while all that is verified.
 */
#include "played.h"

#include <setjmp.h>
#include <stdarg.h>
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

/* --- moves ------------------------------------------------------------------------------------------------------- */

/* The line of a move among all lines of the file. */
static size_t line_of_move(const struct text *text, uint32_t index)
{
    const char *at = text->bytes;
    for (uint32_t i = 0; i <= index; i++) {
        at = strstr(at + 1, "\nmove ");
        assert_non_null(at);
    }
    return line_of(text->bytes, (size_t)(at - text->bytes) + 1);
}

static void must_blame_move(struct written *written, const struct transcript_move *move, uint32_t moves, uint32_t wrong)
{
    struct text text;
    struct transcript_report report;
    assert_true(play_append(written, move, moves, &text));
    assert_false(transcript_verify(text.bytes, text.count, NULL, &report));
    if (report.line != line_of_move(&text, wrong)) {
        fail_msg("move %u is wrong, in line %zu, blamed is %zu: %s", wrong, line_of_move(&text, wrong), report.line,
                 report.message);
    }
    free(text.bytes);
}

static void bend_a_move(struct written *written, const struct play *play, struct dice *dice)
{
    struct transcript_move bent[PLAY_MOVES];
    uint32_t at = dice_below(dice, play->moves);
    memcpy(bent, play->move, sizeof bent);
    bent[at].from = bent[at].from == ALLOT_NONE ? 0 : ALLOT_NONE;
    bent[at].from_kind = 0;
    must_blame_move(written, bent, play->moves, at);
    memcpy(bent, play->move, sizeof bent);
    if (bent[at].kind == TRANSCRIPT_WAITING || bent[at].kind == TRANSCRIPT_PASSED) {
        for (uint32_t a = 0; a < written->shape.applicants; a++) { /* nobody else was first */
            if (a != play->move[at].applicant) {
                bent[at].applicant = a;
                must_blame_move(written, bent, play->moves, at);
            }
        }
    } else if (bent[at].to == ALLOT_NONE) {
        bent[at].to = bent[at].from;
        bent[at].to_kind = bent[at].from_kind;
        must_blame_move(written, bent, play->moves, at);
    }
}

static void moves_follow_the_list(void **state)
{
    (void)state;
    struct dice dice = { 35 };
    uint32_t by_kind[5] = { 0 };
    for (int i = 0; i < 400; i++) {
        struct shape shape = written_shape(&dice);
        shape.applicants = 20 + dice_below(&dice, 20);
        struct written *written = written_new(&dice, &shape, NULL, true);
        struct play play;
        struct text text;
        struct transcript_report report;
        play_moves(&play, written, &dice);
        for (uint32_t k = 0; k < play.moves; k++) {
            by_kind[play.move[k].kind]++;
        }
        if (play.moves > 0) {
            assert_true(play_append(written, play.move, play.moves, &text));
            must_verify(text.bytes, text.count, NULL, &report);
            assert_int_equal(report.stage, TRANSCRIPT_MOVES);
            assert_int_equal(report.moves, play.moves);
            size_t at = written->text.count + dice_below(&dice, (uint32_t)(text.count - written->text.count));
            size_t line = line_of(text.bytes, at);
            text.bytes[at] ^= 1;
            must_blame(text.bytes, text.count, line, at);
            free(text.bytes);
            bend_a_move(written, &play, &dice);
        }
        play_free(&play);
        written_free(written);
    }
    for (int kind = 0; kind < 5; kind++) {
        assert_true(by_kind[kind] > 100);
    }
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
    struct shape shape = rich_shape(&dice);
    shape.applicants = 30;
    shape.balance = true;
    struct written *written = written_new(&dice, &shape, NULL, true);
    struct play play;
    struct text text;
    play_moves(&play, written, &dice);
    assert_true(play.moves > 0 && play_append(written, play.move, play.moves, &text));
    bool right = false;
    uint32_t tries = 0;
    for (; !right; tries++) {
        struct rationed rationed = { tries, 0 };
        struct allot_host memory = { .get = rationed_get, .put = rationed_put, .ctx = &rationed };
        struct transcript_report report;
        right = transcript_verify(text.bytes, text.count, &memory, &report);
        if (!right) {
            assert_int_equal(report.fault, ALLOT_FAULT_MEMORY);
            assert_int_equal(report.line, 0);
        }
        assert_int_equal(rationed.held, 0);
    }
    assert_in_range(tries, 50, 1000);
    free(text.bytes);
    play_free(&play);
    written_free(written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_follow_the_list),
        cmocka_unit_test(memory_may_fail_anywhere),
    };
    return cmocka_run_group_tests_name("moves", tests, NULL, NULL);
}
