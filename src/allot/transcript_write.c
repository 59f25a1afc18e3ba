/*
 * Writing a transcript, line by line, in the one form that docs/transcript.md allows.
 *
 * The writer hashes whatever it writes, so the hash of the rules is the state of that hash after the last line of the
 * sites, and each part's last line holds the hash of all before it. Applicants are written by ticket, whatever order
 * the problem has them in.
 *
 * What must hold: the same content gives the same bytes, always; verify depends on it.
 */
#include "allot/transcript_parts.h"

#include <string.h>

struct emitter {
    struct transcript_writer *writer;
    const struct transcript *transcript;
    struct line line;
    struct allot_error *error;
};

static void emitter_start(struct emitter *emitter, struct transcript_writer *writer,
                          const struct transcript *transcript, const struct allot_host *host, struct allot_error *error)
{
    emitter->writer = writer;
    emitter->transcript = transcript;
    emitter->error = error;
    line_start(&emitter->line, host);
}

/* Sends the line. */
static bool emit(struct emitter *emitter)
{
    struct line *line = &emitter->line;
    line_finish(line);
    if (line->failed) {
        return allot_no_memory(emitter->error);
    }
    sm3_add(&emitter->writer->hash, line->text, line->bytes);
    bool taken = emitter->writer->put(emitter->writer->ctx, line->text, line->bytes);
    line_clear(line);
    return taken || allot_fail(emitter->error, ALLOT_FAULT_RESULT, "the transcript could not be written on");
}

static bool emit_count(struct emitter *emitter, const char *keyword, uint64_t count)
{
    line_word(&emitter->line, keyword);
    line_number(&emitter->line, count);
    return emit(emitter);
}

static bool emit_hash(struct emitter *emitter, const char *keyword, const uint8_t hash[SM3_BYTES])
{
    line_word(&emitter->line, keyword);
    line_hex(&emitter->line, hash, SM3_BYTES);
    return emit(emitter);
}

static bool emit_words(struct emitter *emitter, const char *keyword, const char *word)
{
    line_word(&emitter->line, keyword);
    line_word(&emitter->line, word);
    return emit(emitter);
}

static bool emit_text(struct emitter *emitter, const char *keyword, struct transcript_text text)
{
    if (!line_text_valid(text)) {
        return allot_fail(emitter->error, ALLOT_FAULT_PROBLEM,
                          "the text after \"%s\" is empty, too long, not UTF-8, or has control characters", keyword);
    }
    line_word(&emitter->line, keyword);
    line_last(&emitter->line, text);
    return emit(emitter);
}

/* The hash of everything before this line. */
static bool emit_end(struct emitter *emitter, const char *part)
{
    struct sm3 hash = emitter->writer->hash;
    uint8_t digest[SM3_BYTES];
    sm3_end(&hash, digest);
    line_word(&emitter->line, "end");
    line_word(&emitter->line, part);
    line_hex(&emitter->line, digest, SM3_BYTES);
    return emit(emitter);
}

void transcript_start(struct transcript_writer *writer, transcript_put *put, void *ctx)
{
    writer->put = put;
    writer->ctx = ctx;
    sm3_start(&writer->hash);
}

void transcript_resume(struct transcript_writer *writer, const char *earlier, size_t bytes)
{
    sm3_add(&writer->hash, earlier, bytes);
}

/* --- the list ---------------------------------------------------------------------------------------------------- */

const char *const TRANSCRIPT_MECHANISM[3] = { "serial", "deferred", "draw" };
const char *const TRANSCRIPT_REASON[6] = { "",        "no-balance",       "declined-balance",
                                           "no-site", "nothing-in-reach", "shortage" };
const char *const TRANSCRIPT_MOVE[5] = { "declined", "waiting", "passed", "late", "removed" };

static bool write_header(struct emitter *emitter)
{
    const struct transcript *transcript = emitter->transcript;
    const struct allot_problem *problem = transcript->problem;
    return emit_count(emitter, "jiaoti-transcript", TRANSCRIPT_VERSION) &&
           emit_text(emitter, "round", transcript->round) && emit_hash(emitter, "policy", transcript->policy) &&
           emit_text(emitter, "program", transcript->program) &&
           emit_words(emitter, "mechanism", TRANSCRIPT_MECHANISM[problem->mechanism]) &&
           emit_words(emitter, "lots", problem->lot_per_offer ? "choice" : "applicant") &&
           emit_words(emitter, "balance", problem->balance ? "yes" : "no") &&
           emit_words(emitter, "waiting", problem->waiting_unplaced_only ? "unplaced" : "all") &&
           emit_count(emitter, "step", transcript->step_metres);
}

static bool write_offers(struct emitter *emitter)
{
    const struct allot_problem *problem = emitter->transcript->problem;
    if (!emit_count(emitter, "offers", problem->offers)) {
        return false;
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        const struct allot_offer *offer = &problem->offer[j];
        struct transcript_text id = emitter->transcript->offer_id[j];
        if (!line_text_valid(id)) {
            return allot_fail(emitter->error, ALLOT_FAULT_PROBLEM, "the id of offer %u cannot be written", j);
        }
        line_word(&emitter->line, "offer");
        line_number(&emitter->line, j);
        line_number(&emitter->line, offer->capacity);
        line_word(&emitter->line, offer->order == ALLOT_BY_LOT ? "lot" : "priority");
        line_word(&emitter->line, offer->balance ? "balance" : "closed");
        line_last(&emitter->line, id);
        if (!emit(emitter)) {
            return false;
        }
    }
    return true;
}

static int nearer(const void *one, const void *other, const void *ctx)
{
    (void)ctx;
    const struct allot_reach *first = one, *second = other;
    if (first->steps != second->steps) {
        return first->steps < second->steps ? -1 : 1;
    }
    return (first->offer > second->offer) - (first->offer < second->offer);
}

static bool write_site(struct emitter *emitter, uint32_t s, struct allot_reach *reach)
{
    const struct allot_problem *problem = emitter->transcript->problem;
    struct transcript_text id = emitter->transcript->site_id[s];
    if (!line_text_valid(id)) {
        return allot_fail(emitter->error, ALLOT_FAULT_PROBLEM, "the id of site %u cannot be written", s);
    }
    line_word(&emitter->line, "site");
    line_number(&emitter->line, s);
    line_last(&emitter->line, id);
    if (!emit(emitter)) {
        return false;
    }
    uint32_t count = problem->reach_from[s + 1] - problem->reach_from[s];
    if (count > 0) {
        memcpy(reach, problem->reach + problem->reach_from[s], count * sizeof *reach);
    }
    allot_sort(reach, count, sizeof *reach, nearer, NULL);
    line_word(&emitter->line, "reach");
    for (uint32_t e = 0; e < count; e++) {
        line_number(&emitter->line, reach[e].offer);
        line_text(&emitter->line, ":", 1);
        line_number(&emitter->line, reach[e].steps);
    }
    return emit(emitter);
}

static bool write_sites(struct emitter *emitter, const struct allot_host *host)
{
    const struct allot_problem *problem = emitter->transcript->problem;
    struct allot_reach *reach = allot_get(host, problem->offers, sizeof *reach);
    bool done = reach != NULL ? emit_count(emitter, "sites", problem->sites) : allot_no_memory(emitter->error);
    for (uint32_t s = 0; done && s < problem->sites; s++) {
        done = write_site(emitter, s, reach);
    }
    allot_put(host, reach);
    return done;
}

void transcript_applicant_line(struct line *line, const struct transcript *transcript, uint32_t a)
{
    const struct allot_problem *problem = transcript->problem;
    const struct allot_applicant *applicant = &problem->applicant[a];
    line_word(line, "applicant");
    line_hex(line, transcript->problem->ticket[a], ALLOT_TICKET_BYTES);
    line_hex(line, transcript->commitment[a], SM3_BYTES);
    line_number_or_dash(line, applicant->site);
    line_number(line, applicant->flags);
    for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
        line_number(line, problem->choice[c].offer);
        line_text(line, ":", 1);
        line_number(line, problem->choice[c].category);
        line_text(line, ":", 1);
        line_number(line, problem->choice[c].priority);
    }
    line_finish(line);
}

static bool write_applicants(struct emitter *emitter, const uint32_t *order, uint8_t root[SM3_BYTES])
{
    const struct allot_problem *problem = emitter->transcript->problem;
    struct transcript_writer *writer = emitter->writer;
    struct merkle_tree tree;
    merkle_start(&tree, &merkle_sm3);
    if (!emit_count(emitter, "applicants", problem->applicants)) {
        return false;
    }
    for (uint32_t i = 0; i < problem->applicants; i++) {
        struct line *line = &emitter->line;
        transcript_applicant_line(line, emitter->transcript, order[i]);
        if (line->failed) {
            return allot_no_memory(emitter->error);
        }
        merkle_add(&tree, line->text, line->bytes - 1);
        sm3_add(&writer->hash, line->text, line->bytes);
        bool taken = writer->put(writer->ctx, line->text, line->bytes);
        line_clear(line);
        if (!taken) {
            return allot_fail(emitter->error, ALLOT_FAULT_RESULT, "the transcript could not be written on");
        }
    }
    merkle_root(&tree, root);
    return true;
}

uint32_t *transcript_order(const struct transcript *transcript, const struct allot_host *host)
{
    const struct allot_problem *problem = transcript->problem;
    uint32_t count = problem->applicants;
    uint32_t *order = allot_get(host, count, sizeof *order);
    struct allot_drawn *ticket = allot_get(host, count, sizeof *ticket);
    struct allot_drawn *spare = allot_get(host, count, sizeof *spare);
    if (order != NULL && ticket != NULL && spare != NULL) {
        for (uint32_t a = 0; a < count; a++) {
            uint64_t high = 0;
            for (int i = 0; i < 8; i++) {
                high = high << 8 | problem->ticket[a][i];
            }
            ticket[a] = (struct allot_drawn){ { high, 0 }, a, a };
        }
        allot_sort_drawn(problem, ticket, spare, count);
        for (uint32_t i = 0; i < count; i++) {
            order[i] = ticket[i].applicant;
        }
    } else {
        allot_put(host, order);
        order = NULL;
    }
    allot_put(host, ticket);
    allot_put(host, spare);
    return order;
}

static bool write_list(struct emitter *emitter, const struct allot_host *host, const uint32_t *order,
                       struct transcript_commitment *commitment)
{
    if (!write_header(emitter) || !write_offers(emitter) || !write_sites(emitter, host)) {
        return false;
    }
    struct sm3 rules = emitter->writer->hash;
    sm3_end(&rules, commitment->rules);
    commitment->count = emitter->transcript->problem->applicants;
    return write_applicants(emitter, order, commitment->root) && emit_hash(emitter, "root", commitment->root) &&
           emit_hash(emitter, "rules", commitment->rules) && emit_count(emitter, "count", commitment->count) &&
           emit_end(emitter, "list");
}

bool transcript_write_list(struct transcript_writer *writer, const struct transcript *transcript,
                           const struct allot_host *host, struct transcript_commitment *commitment,
                           struct allot_error *error)
{
    if (!allot_problem_valid(transcript->problem, host, error)) {
        return false;
    }
    if (writer->hash.stream.bytes != 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the list is the first part of a transcript");
    }
    uint32_t *order = transcript_order(transcript, host);
    if (order == NULL) {
        return allot_no_memory(error);
    }
    struct transcript_commitment made = { .count = 0 };
    struct emitter emitter;
    emitter_start(&emitter, writer, transcript, host, error);
    bool done = write_list(&emitter, host, order, &made);
    line_end(&emitter.line);
    allot_put(host, order);
    if (done && commitment != NULL) {
        *commitment = made;
    }
    return done;
}

/* --- the seed ---------------------------------------------------------------------------------------------------- */

static bool write_seed(struct emitter *emitter, const uint8_t seed[SM3_BYTES])
{
    const struct transcript *transcript = emitter->transcript;
    if (!emit_count(emitter, "witnesses", transcript->witnesses)) {
        return false;
    }
    for (uint32_t i = 0; i < transcript->witnesses; i++) {
        const struct transcript_witness *witness = &transcript->witness[i];
        if (!line_text_valid(witness->id)) {
            return allot_fail(emitter->error, ALLOT_FAULT_PROBLEM, "the id of witness %u cannot be written", i);
        }
        line_word(&emitter->line, "witness");
        line_hex(&emitter->line, witness->commitment, SM3_BYTES);
        if (witness->secret == NULL) {
            line_word(&emitter->line, "missing");
        } else {
            line_hex(&emitter->line, witness->secret, witness->secret_bytes);
        }
        line_last(&emitter->line, witness->id);
        if (!emit(emitter)) {
            return false;
        }
    }
    if (!emit_count(emitter, "publics", transcript->publics)) {
        return false;
    }
    for (uint32_t i = 0; i < transcript->publics; i++) {
        if (!emit_text(emitter, "public", transcript->public_value[i].name) ||
            !emit_text(emitter, "value", transcript->public_value[i].value)) {
            return false;
        }
    }
    return emit_hash(emitter, "seed", seed) && emit_end(emitter, "seed");
}

bool transcript_write_seed(struct transcript_writer *writer, const struct transcript *transcript,
                           const struct transcript_commitment *commitment, const struct allot_host *host,
                           uint8_t seed[SM3_BYTES], struct allot_error *error)
{
    uint8_t made[SM3_BYTES];
    if (!transcript_seed(transcript, commitment, made, error)) {
        return false;
    }
    struct emitter emitter;
    emitter_start(&emitter, writer, transcript, host, error);
    bool done = write_seed(&emitter, made);
    line_end(&emitter.line);
    if (done && seed != NULL) {
        memcpy(seed, made, SM3_BYTES);
    }
    return done;
}

/* --- the result -------------------------------------------------------------------------------------------------- */

static bool write_place(struct emitter *emitter, uint32_t a)
{
    const struct allot_outcome *outcome = &emitter->transcript->result->outcome[a];
    line_word(&emitter->line, "place");
    line_hex(&emitter->line, emitter->transcript->problem->ticket[a], ALLOT_TICKET_BYTES);
    line_number_or_dash(&emitter->line, outcome->offer);
    if (outcome->how == ALLOT_CHOICE) {
        line_word(&emitter->line, "choice");
        line_number(&emitter->line, (uint64_t)outcome->rank + 1);
    } else if (outcome->how == ALLOT_BALANCED) {
        line_word(&emitter->line, "balance");
    } else {
        line_word(&emitter->line, "none");
        line_word(&emitter->line, TRANSCRIPT_REASON[outcome->reason]);
    }
    return emit(emitter);
}

static void line_standing(struct line *line, const struct allot_standing *standing)
{
    if (standing->applicant == ALLOT_NONE) {
        line_word(line, "-");
        return;
    }
    line_number(line, (uint64_t)standing->rank + 1);
    line_number(line, standing->category);
    line_number(line, standing->priority);
    line_lot(line, standing->lot);
}

static bool write_cutoffs(struct emitter *emitter)
{
    const struct allot_result *result = emitter->transcript->result;
    uint32_t t = 0;
    for (uint32_t j = 0; j < result->offers; j++) {
        const struct allot_cutoff *cutoff = &result->cutoff[j];
        line_word(&emitter->line, "cutoff");
        line_number(&emitter->line, j);
        line_number(&emitter->line, cutoff->listed);
        line_number(&emitter->line, cutoff->admitted);
        line_number(&emitter->line, cutoff->balanced);
        line_word(&emitter->line, cutoff->full ? "full" : "open");
        line_standing(&emitter->line, &cutoff->last);
        if (!emit(emitter)) {
            return false;
        }
        for (; t < result->tallies && result->tally[t].offer == j; t++) {
            line_word(&emitter->line, "tally");
            line_number(&emitter->line, j);
            line_number(&emitter->line, result->tally[t].category);
            line_number(&emitter->line, result->tally[t].listed);
            line_number(&emitter->line, result->tally[t].admitted);
            line_standing(&emitter->line, &result->tally[t].last);
            if (!emit(emitter)) {
                return false;
            }
        }
    }
    return true;
}

static bool write_marked_sites(struct emitter *emitter, const char *keyword, const uint8_t *marked)
{
    line_word(&emitter->line, keyword);
    for (uint32_t s = 0; s < emitter->transcript->problem->sites; s++) {
        if (marked[s]) {
            line_number(&emitter->line, s);
        }
    }
    return emit(emitter);
}

static bool write_balance(struct emitter *emitter)
{
    const struct allot_balance *balance = &emitter->transcript->result->balance;
    line_word(&emitter->line, "balanced");
    line_number(&emitter->line, balance->asked);
    line_number(&emitter->line, balance->placed);
    line_number(&emitter->line, balance->unplaced);
    line_number(&emitter->line, balance->greatest);
    line_number(&emitter->line, balance->total);
    if (!emit(emitter)) {
        return false;
    }
    for (uint32_t j = 0; j < emitter->transcript->problem->offers; j++) {
        if (balance->price[j] == 0) {
            continue;
        }
        line_word(&emitter->line, "price");
        line_number(&emitter->line, j);
        line_number(&emitter->line, balance->price[j]);
        if (!emit(emitter)) {
            return false;
        }
    }
    return write_marked_sites(emitter, "cut", balance->cut_site) &&
           write_marked_sites(emitter, "short", balance->short_site);
}

static bool write_result(struct emitter *emitter, const uint32_t *order)
{
    const struct allot_result *result = emitter->transcript->result;
    line_word(&emitter->line, "result");
    line_number(&emitter->line, result->placed_by_choice);
    line_number(&emitter->line, result->placed_by_balance);
    line_number(&emitter->line, result->unplaced);
    bool done = emit(emitter);
    for (uint32_t i = 0; done && i < result->applicants; i++) {
        done = write_place(emitter, order[i]);
    }
    return done && write_cutoffs(emitter) && (!emitter->transcript->problem->balance || write_balance(emitter)) &&
           emit_end(emitter, "result");
}

bool transcript_write_result(struct transcript_writer *writer, const struct transcript *transcript,
                             const struct allot_host *host, struct allot_error *error)
{
    if (transcript->result == NULL || transcript->result->applicants != transcript->problem->applicants) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "there is no result of this problem to write");
    }
    uint32_t *order = transcript_order(transcript, host);
    if (order == NULL) {
        return allot_no_memory(error);
    }
    struct emitter emitter;
    emitter_start(&emitter, writer, transcript, host, error);
    bool done = write_result(&emitter, order);
    line_end(&emitter.line);
    allot_put(host, order);
    return done;
}

/* --- moves ------------------------------------------------------------------------------------------------------- */

static bool write_move(struct emitter *emitter, const struct transcript_move *move)
{
    if (!line_text_valid(move->note)) {
        return allot_fail(emitter->error, ALLOT_FAULT_PROBLEM, "the note of a move cannot be written");
    }
    line_word(&emitter->line, "move");
    line_word(&emitter->line, TRANSCRIPT_MOVE[move->kind]);
    line_hex(&emitter->line, emitter->transcript->problem->ticket[move->applicant], ALLOT_TICKET_BYTES);
    line_number_or_dash(&emitter->line, move->from);
    line_number_or_dash(&emitter->line, move->to);
    line_last(&emitter->line, move->note);
    return emit(emitter);
}

static bool write_moves(struct emitter *emitter, uint32_t batch)
{
    const struct transcript *transcript = emitter->transcript;
    uint32_t count = 0;
    for (uint32_t i = 0; i < transcript->moves; i++) {
        count += transcript->move[i].batch == batch;
    }
    if (count == 0) {
        return allot_fail(emitter->error, ALLOT_FAULT_PROBLEM, "there is no move in batch %u", batch);
    }
    bool done = emit_count(emitter, "moves", count);
    for (uint32_t i = 0; done && i < transcript->moves; i++) {
        done = transcript->move[i].batch != batch || write_move(emitter, &transcript->move[i]);
    }
    return done && emit_end(emitter, "moves");
}

bool transcript_write_moves(struct transcript_writer *writer, const struct transcript *transcript, uint32_t batch,
                            const struct allot_host *host, struct allot_error *error)
{
    struct emitter emitter;
    emitter_start(&emitter, writer, transcript, host, error);
    bool done = write_moves(&emitter, batch);
    line_end(&emitter.line);
    return done;
}
