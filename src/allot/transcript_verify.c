/*
 * Verifying: read the inputs, do everything again, write the transcript again, and compare line by line while writing.
 *
 * Whatever a line says is either an input (then the hashes that cover it must agree) or follows from inputs (then the
 * line written again shows what it should be). A line's own check names a changed input line exactly, where the hashes
 * only say that some line was changed. After the comparison the independent checker looks at the result, and the moves
 * are followed one by one.
 */
#include "allot/transcript_parts.h"

#include <stdio.h>
#include <string.h>

struct compare {
    const char *at;
    const char *end;
    size_t line;
    struct transcript_report *report;
};

/* Takes one line that was written again. */
static bool compare_line(void *ctx, const char *text, size_t bytes)
{
    struct compare *compare = ctx;
    size_t left = (size_t)(compare->end - compare->at);
    compare->line++;
    if (left >= bytes && memcmp(compare->at, text, bytes) == 0) {
        compare->at += bytes;
        return true;
    }
    const char *feed = memchr(compare->at, '\n', left);
    size_t found = feed == NULL ? left : (size_t)(feed - compare->at);
    return transcript_blame(compare->report, compare->line, compare->at, found, text, bytes - 1,
                            "the line is not what follows from the lines before it");
}

/* --- moves ------------------------------------------------------------------------------------------------------- */

struct places {
    const struct transcript *transcript;
    struct allot_outcome *now;
    uint32_t *occupied;
    uint8_t *passed; /* per applicant: out of the list in hand */
};

static const char *move_fault(struct places *places, uint32_t index, uint16_t *rank)
{
    const struct transcript *transcript = places->transcript;
    const struct transcript_move *move = &transcript->move[index];
    const struct allot_problem *problem = transcript->problem;
    bool leaves = move->kind == TRANSCRIPT_DECLINED || move->kind == TRANSCRIPT_REMOVED;
    if (places->now[move->applicant].offer != move->from) {
        return "the child was not there before the move";
    }
    if (leaves) {
        return move->to != ALLOT_NONE || move->from == ALLOT_NONE ? "a place given back leads from an offer to -"
                                                                  : NULL;
    }
    if (move->to == ALLOT_NONE || move->to == move->from) {
        return "the move leads to no other offer";
    }
    if (places->occupied[move->to] >= problem->offer[move->to].capacity) {
        return "the offer has no free place";
    }
    if (move->kind == TRANSCRIPT_LATE) {
        return NULL;
    }
    memset(places->passed, 0, problem->applicants);
    for (uint32_t i = 0; i < index; i++) {
        if (transcript->move[i].kind == TRANSCRIPT_PASSED && transcript->move[i].to == move->to) {
            places->passed[transcript->move[i].applicant] = 1;
        }
    }
    uint32_t next = allot_next_waiting(problem, places->now, places->passed, move->to, 0, 1, rank);
    return next != move->applicant ? "somebody else stands first on the waiting list" : NULL;
}

static void do_move(struct places *places, const struct transcript_move *move, uint16_t rank)
{
    const struct allot_problem *problem = places->transcript->problem;
    struct allot_outcome *now = &places->now[move->applicant];
    if (move->kind == TRANSCRIPT_PASSED) {
        return;
    }
    if (move->from != ALLOT_NONE) {
        places->occupied[move->from]--;
    }
    *now = (struct allot_outcome){ .offer = move->to, .rank = rank, .how = ALLOT_CHOICE, .reason = ALLOT_WHY_NOTHING };
    if (move->to == ALLOT_NONE) {
        now->how = ALLOT_UNPLACED;
        return;
    }
    places->occupied[move->to]++;
    if (move->kind == TRANSCRIPT_LATE) { /* a wish if it was one, else as if balanced */
        uint32_t from = problem->choice_from[move->applicant], c = from;
        while (c < problem->choice_from[move->applicant + 1] && problem->choice[c].offer != move->to) {
            c++;
        }
        bool wished = c < problem->choice_from[move->applicant + 1];
        now->how = wished ? ALLOT_CHOICE : ALLOT_BALANCED;
        now->rank = wished ? (uint16_t)(c - from) : 0;
    }
}

static void blame_move(const struct loaded *loaded, uint32_t index, const char *fault, const struct places *places,
                       struct transcript_report *report)
{
    const struct transcript_move *move = &loaded->move[index];
    char found[80], expected[160];
    uint32_t at = places->now[move->applicant].offer;
    snprintf(found, sizeof found, "move from %d to %d", (int)move->from, (int)move->to);
    snprintf(expected, sizeof expected, "a move that the rules allow; the child is at %d (-1: nowhere)", (int)at);
    transcript_blame(report, loaded->move_line[index], found, strlen(found), expected, strlen(expected), fault);
    report->fault = ALLOT_FAULT_RESULT;
}

static bool follow_moves(const struct loaded *loaded, struct places *places, struct transcript_report *report)
{
    const struct allot_problem *problem = &loaded->problem;
    memcpy(places->now, loaded->result->outcome, problem->applicants * sizeof *places->now);
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (places->now[a].offer != ALLOT_NONE) {
            places->occupied[places->now[a].offer]++;
        }
    }
    for (uint32_t i = 0; i < loaded->moves; i++) {
        uint16_t rank = 0;
        const char *fault = move_fault(places, i, &rank);
        if (fault != NULL) {
            blame_move(loaded, i, fault, places, report);
            return false;
        }
        do_move(places, &loaded->move[i], rank);
    }
    return true;
}

static bool moves_true(const struct loaded *loaded, const struct allot_host *host, struct transcript_report *report)
{
    struct places places = { .transcript = &loaded->transcript };
    places.now = allot_get(host, loaded->problem.applicants, sizeof *places.now);
    places.occupied = allot_get_zero(host, loaded->problem.offers, sizeof *places.occupied);
    places.passed = allot_get(host, loaded->problem.applicants, 1);
    bool right = places.now != NULL && places.occupied != NULL && places.passed != NULL;
    if (!right) {
        transcript_blame(report, 0, NULL, 0, "", 0, "not enough memory");
        report->fault = ALLOT_FAULT_MEMORY;
    } else {
        right = follow_moves(loaded, &places, report);
    }
    allot_put(host, places.now);
    allot_put(host, places.occupied);
    allot_put(host, places.passed);
    return right;
}

/* --- doing it again ---------------------------------------------------------------------------------------------- */

static bool repeat(struct loaded *loaded, struct transcript_writer *writer, const struct allot_host *host,
                   struct transcript_report *report, struct allot_error *error)
{
    const struct transcript *transcript = &loaded->transcript;
    if (!transcript_write_list(writer, transcript, host, &report->commitment, error)) {
        return false;
    }
    if (loaded->stage >= TRANSCRIPT_SEED &&
        !transcript_write_seed(writer, transcript, &report->commitment, host, report->seed, error)) {
        return false;
    }
    if (loaded->stage < TRANSCRIPT_RESULT) {
        return true;
    }
    if (!transcript_rerun(loaded, report->seed, host, error) ||
        !transcript_write_result(writer, transcript, host, error) ||
        !allot_check(transcript->problem, transcript->result, host, error)) {
        return false;
    }
    for (uint32_t batch = 0; batch < loaded->batches; batch++) {
        if (!transcript_write_moves(writer, transcript, batch, host, error)) {
            return false;
        }
    }
    return true;
}

static void summarise(const struct loaded *loaded, struct transcript_report *report)
{
    report->stage = loaded->stage;
    report->lines = loaded->lines;
    report->applicants = loaded->problem.applicants;
    report->offers = loaded->problem.offers;
    report->sites = loaded->problem.sites;
    report->witnesses = loaded->transcript.witnesses;
    for (uint32_t i = 0; i < loaded->transcript.witnesses; i++) {
        report->opened += loaded->witness[i].secret != NULL;
    }
    report->moves = (uint32_t)loaded->moves;
    if (loaded->result != NULL) {
        report->placed_by_choice = loaded->result->placed_by_choice;
        report->placed_by_balance = loaded->result->placed_by_balance;
        report->unplaced = loaded->result->unplaced;
    }
}

/* Everything but the checks of single lines. */
static bool verify_loaded(struct loaded *loaded, const char *bytes, size_t count, const struct allot_host *host,
                          struct transcript_report *report)
{
    struct compare compare = { bytes, bytes + count, 0, report };
    struct transcript_writer writer;
    struct allot_error error = { 0 };
    transcript_start(&writer, compare_line, &compare);
    if (!repeat(loaded, &writer, host, report, &error)) {
        if (report->line == 0) { /* no line differs: what failed is behind the last line compared */
            transcript_blame(report, error.fault == ALLOT_FAULT_MEMORY ? 0 : compare.line, NULL, 0, "", 0,
                             error.message);
            report->fault = error.fault;
        }
        return false;
    }
    return loaded->moves == 0 || moves_true(loaded, host, report);
}

/* The earlier line is to blame; on the same line, what it should be says more than that its check does not fit. */
static bool verdict(struct transcript_report *report, const struct transcript_report *damaged, bool right)
{
    bool by_check = damaged->line != 0 && (right || report->line == 0 || damaged->line < report->line);
    if (by_check) {
        transcript_blame(report, damaged->line, damaged->found, strlen(damaged->found), damaged->expected,
                         strlen(damaged->expected), damaged->message);
    }
    report->ok = right && !by_check;
    return report->ok;
}

bool transcript_verify(const char *bytes, size_t count, const struct allot_host *host, struct transcript_report *report)
{
    *report = (struct transcript_report){ .ok = false };
    struct transcript_report damaged = { .line = 0 };
    struct loaded *loaded = NULL;
    bool right = transcript_load(bytes, count, host, &loaded, report, &damaged);
    right = right && verify_loaded(loaded, bytes, count, host, report);
    if (loaded != NULL) {
        summarise(loaded, report);
        transcript_free(&loaded->transcript, host);
    }
    if (report->fault == ALLOT_FAULT_MEMORY) {
        return false;
    }
    return verdict(report, &damaged, right);
}

bool transcript_read(const char *bytes, size_t count, const struct allot_host *host, struct transcript **transcript,
                     struct transcript_report *report)
{
    *report = (struct transcript_report){ .ok = false };
    struct transcript_report damaged = { .line = 0 };
    struct allot_error error = { 0 };
    struct loaded *loaded = NULL;
    bool read = verdict(report, &damaged, transcript_load(bytes, count, host, &loaded, report, &damaged));
    if (read) {
        read = transcript_commit(&loaded->transcript, host, &report->commitment, &error) &&
               (loaded->stage < TRANSCRIPT_SEED ||
                (transcript_seed(&loaded->transcript, &report->commitment, report->seed, &error) &&
                 transcript_rerun(loaded, report->seed, host, &error)));
        if (!read) {
            transcript_blame(report, 0, NULL, 0, "", 0, error.message);
            report->fault = error.fault;
        }
    }
    if (loaded != NULL) {
        summarise(loaded, report);
    }
    if (read) {
        *transcript = &loaded->transcript;
    } else if (loaded != NULL) {
        transcript_free(&loaded->transcript, host);
    }
    return read;
}
