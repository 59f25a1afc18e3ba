/*
 * Moves after a result: those that follow the rules verify, played here by the document; any other is found in its
 * line. And memory: it may fail anywhere while all that is verified.
 */
#include "written.h"

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

static bool append_moves(struct written *written, const struct transcript_move *move, uint32_t moves,
                         struct text *whole)
{
    struct transcript_writer writer;
    struct allot_error error = { 0 };
    *whole = (struct text){ 0 };
    text_keep(whole, written->text.bytes, written->text.count);
    transcript_start(&writer, text_keep, whole);
    transcript_resume(&writer, written->text.bytes, written->text.count);
    written->transcript.move = move;
    written->transcript.moves = moves;
    for (uint32_t batch = 0; moves > 0 && batch <= move[moves - 1].batch; batch++) {
        if (!transcript_write_moves(&writer, &written->transcript, batch, NULL, &error)) {
            return false;
        }
    }
    return true;
}

enum { MOVES = 12 };

/* Who stands where, played by the document. */
struct play {
    const struct allot_problem *problem;
    struct allot_outcome *now;
    uint8_t (*passed)[64]; /* per offer and applicant */
    struct transcript_move move[MOVES];
    uint32_t moves;
};

static uint32_t kinds_at(const struct allot_problem *problem, uint32_t offer)
{
    return problem->kind_from == NULL ? 0 : problem->kind_from[offer + 1] - problem->kind_from[offer];
}

static uint32_t room_at(const struct play *play, uint32_t offer, uint16_t kind)
{
    const struct allot_problem *problem = play->problem;
    uint32_t places = kinds_at(problem, offer) == 0 ? problem->offer[offer].capacity
                                                    : problem->kind[problem->kind_from[offer] + kind].places;
    uint32_t taken = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        bool here = play->now[a].offer == offer && play->now[a].kind == kind;
        taken += here ? problem->applicant[a].places : 0;
    }
    return taken < places ? places - taken : 0;
}

static struct transcript_move *next_move(struct play *play, uint32_t applicant, enum transcript_move_kind kind,
                                         struct dice *dice)
{
    struct transcript_move *move = &play->move[play->moves];
    uint32_t batch = play->moves == 0 ? 0 : play->move[play->moves - 1].batch + (dice_below(dice, 3) == 0);
    *move = (struct transcript_move){ .applicant = applicant,
                                      .from = play->now[applicant].offer,
                                      .from_kind = play->now[applicant].kind,
                                      .to = ALLOT_NONE,
                                      .kind = kind,
                                      .batch = batch,
                                      .note = TEXT("by the family's word") };
    play->moves++;
    return move;
}

static void give_back(struct play *play, struct dice *dice)
{
    uint32_t applicant = dice_below(dice, play->problem->applicants);
    if (play->now[applicant].offer != ALLOT_NONE) {
        next_move(play, applicant, dice_below(dice, 4) == 0 ? TRANSCRIPT_REMOVED : TRANSCRIPT_DECLINED, dice);
        play->now[applicant] = (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED };
        for (uint32_t j = 0; j < play->problem->offers; j++) {
            play->passed[j][applicant] = 1;
        }
    }
}

static void go_to(struct play *play, struct transcript_move *move, uint32_t offer, uint16_t kind, uint16_t rank,
                  enum allot_how how)
{
    move->to = offer;
    move->to_kind = kind;
    if (move->kind != TRANSCRIPT_PASSED) {
        play->now[move->applicant] =
            (struct allot_outcome){ .offer = offer, .kind = kind, .rank = rank, .how = (uint8_t)how };
    }
}

static void pass_on(struct play *play, struct dice *dice)
{
    const struct allot_problem *problem = play->problem;
    uint32_t offer = dice_below(dice, problem->offers), kinds = kinds_at(problem, offer);
    uint16_t kind = (uint16_t)(kinds > 1 ? dice_below(dice, kinds) : 0), rank = 0;
    uint32_t room = room_at(play, offer, kind);
    uint32_t first = allot_next_waiting(problem, play->now, play->passed[offer], offer, kind, room, &rank);
    if (first == ALLOT_NONE) {
        return;
    }
    bool wants = dice_below(dice, 3) != 0;
    struct transcript_move *move = next_move(play, first, wants ? TRANSCRIPT_WAITING : TRANSCRIPT_PASSED, dice);
    go_to(play, move, offer, kind, rank, ALLOT_CHOICE);
    play->passed[offer][first] = (uint8_t)!wants;
}

static void decide_late(struct play *play, struct dice *dice)
{
    const struct allot_problem *problem = play->problem;
    uint32_t offer = dice_below(dice, problem->offers), applicant = dice_below(dice, problem->applicants);
    uint32_t kinds = kinds_at(problem, offer);
    uint16_t kind = (uint16_t)(kinds > 1 ? dice_below(dice, kinds) : 0);
    if (room_at(play, offer, kind) < problem->applicant[applicant].places) {
        return;
    }
    struct transcript_move *move = next_move(play, applicant, TRANSCRIPT_LATE, dice);
    uint32_t from = problem->choice_from[applicant], c = from;
    while (c < problem->choice_from[applicant + 1] && problem->choice[c].offer != offer) {
        c++;
    }
    bool wished = c < problem->choice_from[applicant + 1];
    go_to(play, move, offer, kind, wished ? (uint16_t)(c - from) : 0, wished ? ALLOT_CHOICE : ALLOT_BALANCED);
}

static void play_moves(struct play *play, const struct written *written, struct dice *dice)
{
    *play = (struct play){ .problem = &written->made->problem };
    play->now = calloc(written->shape.applicants, sizeof *play->now);
    play->passed = calloc(written->shape.offers, sizeof *play->passed);
    memcpy(play->now, written->result->outcome, written->shape.applicants * sizeof *play->now);
    for (int turn = 0; turn < 200 && play->moves < MOVES; turn++) {
        switch (dice_below(dice, 8)) {
        case 0:
        case 1:
            give_back(play, dice);
            break;
        case 2:
            decide_late(play, dice);
            break;
        default:
            pass_on(play, dice);
            break;
        }
    }
}

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
    assert_true(append_moves(written, move, moves, &text));
    assert_false(transcript_verify(text.bytes, text.count, NULL, &report));
    if (report.line != line_of_move(&text, wrong)) {
        fail_msg("move %u is wrong, in line %zu, blamed is %zu: %s", wrong, line_of_move(&text, wrong), report.line,
                 report.message);
    }
    free(text.bytes);
}

static void bend_a_move(struct written *written, const struct play *play, struct dice *dice)
{
    struct transcript_move bent[MOVES];
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
            assert_true(append_moves(written, play.move, play.moves, &text));
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
        free(play.now);
        free(play.passed);
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
    assert_true(play.moves > 0 && append_moves(written, play.move, play.moves, &text));
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
    free(play.now);
    free(play.passed);
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
