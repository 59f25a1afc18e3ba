/* Moves at random, by the document alone, and a transcript with them. */
#include "played.h"

#include <stdlib.h>
#include <string.h>

bool append_moves(struct written *written, const struct transcript_move *move, uint32_t moves, struct text *whole)
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
    bool same = play->now[applicant].offer == offer && play->now[applicant].kind == kind;
    if (same || room_at(play, offer, kind) < problem->applicant[applicant].places) {
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

void play_moves(struct play *play, const struct written *written, struct dice *dice)
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

void play_end(struct play *play)
{
    free(play->now);
    free(play->passed);
}
