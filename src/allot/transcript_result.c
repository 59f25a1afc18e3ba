/*
 * Writing the result part: how many, who was passed over, the places, the audit, cut-offs and tallies, the proofs of
 * balance. All lines but the table of places go through the emitter, so that verifying can make them again and compare.
 */
#include "allot/transcript_parts.h"

#include "allot/transcript_table.h"

#include <string.h>

/* --- before the table -------------------------------------------------------------------------------------------- */

static bool write_over(struct emitter *emitter)
{
    const struct allot_result *result = emitter->transcript->result;
    if (result->passed_over == 0) {
        return emit_count(emitter, "stable", result->repairs);
    }
    line_word(&emitter->line, "passed-over");
    line_number(&emitter->line, result->passed_over);
    line_number(&emitter->line, result->repairs);
    bool done = emit_line(emitter);
    for (uint32_t i = 0; done && i < result->passed_over; i++) {
        line_word(&emitter->line, "over");
        line_hex(&emitter->line, emitter->transcript->problem->ticket[result->over[i].applicant], ALLOT_TICKET_BYTES);
        line_number(&emitter->line, result->over[i].offer);
        done = emit_line(emitter);
    }
    return done;
}

bool result_write_head(struct emitter *emitter)
{
    const struct allot_result *result = emitter->transcript->result;
    line_word(&emitter->line, "result");
    line_number(&emitter->line, result->placed_by_choice);
    line_number(&emitter->line, result->placed_by_balance);
    line_number(&emitter->line, result->unplaced);
    line_number(&emitter->line, result->added);
    return emit_line(emitter) && (emitter->transcript->problem->together != ALLOT_TOGETHER_FIT || write_over(emitter));
}

/* --- behind the table -------------------------------------------------------------------------------------------- */

static bool write_audit(struct emitter *emitter, const uint8_t seed[SM3_BYTES])
{
    const struct transcript *transcript = emitter->transcript;
    const struct allot_problem *problem = transcript->problem;
    uint32_t wanted = transcript->audit < problem->applicants ? transcript->audit : problem->applicants;
    if (wanted == 0) {
        return true;
    }
    uint32_t *sample = allot_get(emitter->host, wanted, sizeof *sample);
    uint32_t drawn = sample == NULL ? ALLOT_NONE
                                    : allot_audit(problem, seed, transcript->round.text, transcript->round.bytes,
                                                  wanted, emitter->host, sample);
    bool done = drawn != ALLOT_NONE || allot_no_memory(emitter->error);
    for (uint32_t i = 0; done && i < drawn; i++) {
        line_word(&emitter->line, "audit");
        line_hex(&emitter->line, problem->ticket[sample[i]], ALLOT_TICKET_BYTES);
        done = emit_line(emitter);
    }
    allot_put(emitter->host, sample);
    return done;
}

static void add_standing(struct line *line, const struct allot_standing *standing, bool members_first)
{
    if (standing->applicant == ALLOT_NONE) {
        line_word(line, "-");
        return;
    }
    if (members_first) {
        line_word(line, standing->other ? "other" : "member");
    }
    line_number(line, (uint64_t)standing->rank + 1);
    line_number(line, standing->category);
    line_number(line, standing->priority);
    line_lot(line, standing->lot);
}

static bool write_kind_cutoffs(struct emitter *emitter, uint32_t j)
{
    const struct allot_problem *problem = emitter->transcript->problem;
    bool done = true;
    for (uint32_t k = 0; done && k < allot_kinds_at(problem, j); k++) {
        const struct allot_kind *kind = &problem->kind[problem->kind_from[j] + k];
        const struct allot_kind_cutoff *cutoff = &emitter->transcript->result->kind_cutoff[problem->kind_from[j] + k];
        line_word(&emitter->line, "kind-cutoff");
        line_number(&emitter->line, cutoff->admitted);
        line_word(&emitter->line, cutoff->full ? "full" : "open");
        add_standing(&emitter->line, &cutoff->last, kind->whom == ALLOT_MEMBERS_FIRST);
        done = emit_line(emitter);
    }
    return done;
}

static bool write_cutoff(struct emitter *emitter, uint32_t j)
{
    const struct allot_cutoff *cutoff = &emitter->transcript->result->cutoff[j];
    line_word(&emitter->line, "cutoff");
    line_number(&emitter->line, j);
    line_number(&emitter->line, cutoff->listed);
    line_number(&emitter->line, cutoff->admitted);
    line_number(&emitter->line, cutoff->balanced);
    line_number(&emitter->line, cutoff->added);
    line_word(&emitter->line, cutoff->full ? "full" : "open");
    if (allot_kinds_at(emitter->transcript->problem, j) > 0) {
        line_word(&emitter->line, "-");
    } else {
        add_standing(&emitter->line, &cutoff->last, false);
    }
    return emit_line(emitter) && write_kind_cutoffs(emitter, j);
}

static bool write_tally(struct emitter *emitter, const struct allot_tally *tally)
{
    line_word(&emitter->line, "tally");
    line_number(&emitter->line, tally->offer);
    line_number(&emitter->line, tally->category);
    line_number(&emitter->line, tally->listed);
    line_number(&emitter->line, tally->admitted);
    add_standing(&emitter->line, &tally->last, false);
    return emit_line(emitter);
}

static bool write_cutoffs(struct emitter *emitter)
{
    const struct allot_result *result = emitter->transcript->result;
    uint32_t t = 0;
    bool done = true;
    for (uint32_t j = 0; done && j < result->offers; j++) {
        done = write_cutoff(emitter, j);
        for (; done && t < result->tallies && result->tally[t].offer == j; t++) {
            done = write_tally(emitter, &result->tally[t]);
        }
    }
    return done;
}

static bool write_marked_sites(struct emitter *emitter, const char *keyword, const uint8_t *marked)
{
    line_word(&emitter->line, keyword);
    for (uint32_t s = 0; s < emitter->transcript->problem->sites; s++) {
        if (marked[s]) {
            line_number(&emitter->line, s);
        }
    }
    return emit_line(emitter);
}

static bool write_balance(struct emitter *emitter)
{
    const struct allot_problem *problem = emitter->transcript->problem;
    const struct allot_balance *balance = &emitter->transcript->result->balance;
    line_word(&emitter->line, "balanced");
    line_number(&emitter->line, balance->asked);
    line_number(&emitter->line, balance->placed);
    line_number(&emitter->line, balance->unplaced);
    line_number(&emitter->line, balance->greatest);
    line_number(&emitter->line, balance->total);
    bool done = emit_line(emitter);
    if (done && allot_any_several(problem)) {
        line_word(&emitter->line, "balanced-together");
        line_number(&emitter->line, balance->together_asked);
        line_number(&emitter->line, balance->together_placed);
        done = emit_line(emitter);
    }
    for (uint32_t j = 0; done && j < problem->offers; j++) {
        if (balance->price[j] != 0) {
            line_word(&emitter->line, "price");
            line_number(&emitter->line, j);
            line_number(&emitter->line, balance->price[j]);
            done = emit_line(emitter);
        }
    }
    return done && write_marked_sites(emitter, "cut", balance->cut_site) &&
           write_marked_sites(emitter, "short", balance->short_site);
}

bool result_write_tail(struct emitter *emitter, const uint8_t seed[SM3_BYTES], const uint8_t sm3[SM3_BYTES],
                       const uint8_t sha256[SM3_BYTES])
{
    return emit_roots(emitter, sm3, sha256) && write_audit(emitter, seed) && write_cutoffs(emitter) &&
           (!emitter->transcript->problem->balance || write_balance(emitter));
}

bool transcript_write_result(struct transcript_writer *writer, const struct transcript *transcript,
                             const uint8_t seed[SM3_BYTES], const struct allot_host *host, struct allot_error *error)
{
    if (transcript->result == NULL || transcript->result->applicants != transcript->problem->applicants ||
        transcript->result->offers != transcript->problem->offers) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "there is no result of this problem to write");
    }
    uint32_t *order = NULL;
    if (!table_order(transcript->problem, host, &order, NULL)) {
        return allot_no_memory(error);
    }
    uint8_t sm3[SM3_BYTES], sha256[SM3_BYTES];
    struct emitter emitter;
    emitter_start(&emitter, writer, transcript, host, error);
    bool done = result_write_head(&emitter) && emit_table(&emitter, TRANSCRIPT_TABLE_RESULT, order, sm3, sha256) &&
                result_write_tail(&emitter, seed, sm3, sha256) && emit_end(&emitter, TRANSCRIPT_RESULT);
    emitter_end(&emitter);
    allot_put(host, order);
    return done;
}
