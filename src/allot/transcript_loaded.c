/* A transcript that was read: what is wrong with it, run again, searched, freed. */
#include "allot/transcript_parts.h"

#include <string.h>

/* Cuts at a character's end and closes with NUL. */
static void copy_text(char *to, size_t room, const char *from, size_t bytes)
{
    size_t take = bytes < room - 1 ? bytes : room - 1;
    while (take < bytes && take > 0 && ((uint8_t)from[take] & 0xc0) == 0x80) {
        take--;
    }
    memcpy(to, from, take);
    to[take] = '\0';
}

bool transcript_blame(struct transcript_report *report, size_t line, const char *found, size_t found_bytes,
                      const char *expected, size_t expected_bytes, const char *message)
{
    report->ok = false;
    report->fault = ALLOT_FAULT_PROBLEM;
    report->line = line;
    copy_text(report->found, sizeof report->found, found == NULL ? "" : found, found == NULL ? 0 : found_bytes);
    copy_text(report->expected, sizeof report->expected, expected, expected_bytes);
    copy_text(report->message, sizeof report->message, message, strlen(message));
    return false;
}

void transcript_free(struct transcript *transcript, const struct allot_host *host)
{
    struct loaded *loaded = (struct loaded *)(void *)transcript;
    if (loaded == NULL) {
        return;
    }
    const void *blocks[] = { loaded->offer,          loaded->offer_id,    loaded->group,     loaded->kind_from,
                             loaded->kind,           loaded->kind_group,  loaded->applicant, loaded->ticket,
                             loaded->commitment,     loaded->choice_from, loaded->choice,    loaded->site_id,
                             loaded->reach_from,     loaded->reach,       loaded->witness,   loaded->secret,
                             loaded->public_value,   loaded->signature,   loaded->move,      loaded->lot,
                             loaded->signature_line, loaded->seen,        loaded->choice_lot };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        allot_put(host, blocks[i]);
    }
    allot_result_free(loaded->result, host);
    allot_put(host, loaded);
}

bool transcript_rerun(struct loaded *loaded, const uint8_t seed[SM3_BYTES], const struct allot_host *host,
                      struct allot_error *error)
{
    struct allot_problem *problem = &loaded->problem;
    loaded->lot = allot_get(host, problem->applicants, sizeof *loaded->lot);
    loaded->choice_lot = problem->lot_per_offer ? allot_get(host, loaded->choices, sizeof *loaded->choice_lot) : NULL;
    if (loaded->lot == NULL || (problem->lot_per_offer && loaded->choice_lot == NULL)) {
        return allot_no_memory(error);
    }
    allot_derive_lots(problem, seed, loaded->transcript.round.text, loaded->transcript.round.bytes, host, loaded->lot,
                      loaded->choice_lot);
    problem->lot = loaded->lot;
    problem->choice_lot = loaded->choice_lot;
    if (!allot_run(problem, host, &loaded->result, error)) {
        return false;
    }
    loaded->transcript.result = loaded->result;
    return true;
}

uint32_t transcript_find(const struct transcript *transcript, const uint8_t ticket[ALLOT_TICKET_BYTES])
{
    const struct allot_problem *problem = transcript->problem;
    uint32_t from = 0, to = problem->applicants;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        int order = memcmp(problem->ticket[middle], ticket, ALLOT_TICKET_BYTES);
        if (order == 0) {
            return middle;
        }
        from = order < 0 ? middle + 1 : from;
        to = order < 0 ? to : middle;
    }
    for (uint32_t a = 0; a < problem->applicants; a++) { /* the caller's own may stand in any order */
        if (memcmp(problem->ticket[a], ticket, ALLOT_TICKET_BYTES) == 0) {
            return a;
        }
    }
    return ALLOT_NONE;
}
