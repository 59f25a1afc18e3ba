/*
 * Writing a transcript, line by line, in the one form that docs/transcript.md allows. The result part is in
 * transcript_result.c, the tables in transcript_table.c.
 *
 * The writer hashes whatever it writes but the tables, so the hash of the rules is the state of that hash after the
 * last line of the sites, and each part's last line holds the hash of all before it. Applicants are written by ticket,
 * whatever order the problem has them in.
 *
 * What must hold: the same content gives the same bytes, always; verify depends on it.
 */
#include "allot/transcript_parts.h"

#include "allot/digits.h"

#include "allot/transcript_table.h"

#include <string.h>

static const char *const MECHANISM[4] = { "serial", "deferred", "draw", "cycles" };
static const char *const WHOM[4] = { "all", "first", "only", "others" };
const char *const TRANSCRIPT_REASON[6] = { "",        "no-balance",       "declined-balance",
                                           "no-site", "nothing-in-reach", "shortage" };
static const char *const MOVE[5] = { "declined", "waiting", "passed", "late", "removed" };
const char *const TRANSCRIPT_PART[5] = { "", "list", "seed", "result", "moves" };

/* --- lines ------------------------------------------------------------------------------------------------------- */

void emitter_start(struct emitter *emitter, struct transcript_writer *writer, const struct transcript *transcript,
                   const struct allot_host *host, struct allot_error *error)
{
    emitter->writer = writer;
    emitter->transcript = transcript;
    emitter->host = host;
    emitter->error = error;
    line_start(&emitter->line, host);
}

void emitter_end(struct emitter *emitter)
{
    line_end(&emitter->line);
}

bool emit_line(struct emitter *emitter)
{
    struct line *line = &emitter->line;
    line_finish(line);
    if (line->failed) {
        return allot_no_memory(emitter->error);
    }
    emitter->writer->begun = true;
    sm3_add(&emitter->writer->hash, line->text, line->bytes);
    bool taken = emitter->writer->put(emitter->writer->ctx, line->text, line->bytes);
    line_clear(line);
    return taken || allot_fail(emitter->error, ALLOT_FAULT_RESULT, "the transcript could not be written on");
}

bool emit_count(struct emitter *emitter, const char *keyword, uint64_t count)
{
    line_word(&emitter->line, keyword);
    line_number(&emitter->line, count);
    return emit_line(emitter);
}

static bool emit_hash(struct emitter *emitter, const char *keyword, const uint8_t hash[SM3_BYTES])
{
    line_word(&emitter->line, keyword);
    line_hex(&emitter->line, hash, SM3_BYTES);
    return emit_line(emitter);
}

static bool emit_words(struct emitter *emitter, const char *keyword, const char *word)
{
    line_word(&emitter->line, keyword);
    line_word(&emitter->line, word);
    return emit_line(emitter);
}

static bool emit_text(struct emitter *emitter, const char *keyword, struct transcript_text text)
{
    if (!line_text_valid(text)) {
        return allot_fail(emitter->error, ALLOT_FAULT_PROBLEM,
                          "the text after \"%s\" is empty, too long, not UTF-8, or has control characters", keyword);
    }
    line_word(&emitter->line, keyword);
    line_last(&emitter->line, text);
    return emit_line(emitter);
}

bool emit_roots(struct emitter *emitter, const uint8_t sm3[SM3_BYTES], const uint8_t sha256[SM3_BYTES])
{
    return emit_hash(emitter, "root sm3", sm3) && emit_hash(emitter, "root sha256", sha256);
}

bool emit_end(struct emitter *emitter, enum transcript_stage part)
{
    struct transcript_writer *writer = emitter->writer;
    struct sm3 hash = writer->hash;
    uint8_t digest[SM3_BYTES];
    sm3_end(&hash, digest);
    line_word(&emitter->line, "end");
    if (!emit_hash(emitter, TRANSCRIPT_PART[part], digest)) {
        return false;
    }
    memcpy(writer->end, digest, SM3_BYTES);
    writer->batches += part == TRANSCRIPT_MOVES;
    writer->ended = part;
    writer->signatures = 0;
    return true;
}

static bool put_stretch(void *ctx, const char *text, const size_t *start, uint32_t first, uint32_t rows)
{
    (void)first;
    struct transcript_writer *writer = ctx;
    return writer->put(writer->ctx, text, start[rows]);
}

bool emit_table(struct emitter *emitter, enum transcript_table which, const uint32_t *order, uint8_t sm3[SM3_BYTES],
                uint8_t sha256[SM3_BYTES])
{
    struct table table = { which, emitter->transcript, order, &emitter->line.check };
    switch (table_make(&table, emitter->host, put_stretch, emitter->writer, sm3, sha256)) {
    case TABLE_NO_MEMORY:
        return allot_no_memory(emitter->error);
    case TABLE_STOPPED:
        return allot_fail(emitter->error, ALLOT_FAULT_RESULT, "the transcript could not be written on");
    case TABLE_MADE:
        break;
    }
    return true;
}

/* --- going on with a file ---------------------------------------------------------------------------------------- */

void transcript_start(struct transcript_writer *writer, transcript_put *put, void *ctx)
{
    *writer = (struct transcript_writer){ .put = put, .ctx = ctx, .ended = TRANSCRIPT_NOTHING };
    sm3_start(&writer->hash);
}

static bool starts_with(const char *line, size_t bytes, const char *keyword)
{
    size_t length = strlen(keyword);
    return bytes > length && memcmp(line, keyword, length) == 0;
}

/* Takes note of a closing line or a signature among the earlier lines. */
static void note_line(struct transcript_writer *writer, const char *line, size_t bytes)
{
    if (starts_with(line, bytes, "signed ")) {
        writer->signatures++;
    } else if (starts_with(line, bytes, "end ")) {
        struct words words = { line + 4, line + bytes, true, NULL };
        struct transcript_text part = words_word(&words, "a part");
        uint8_t hash[SM3_BYTES];
        words_hex(&words, hash, SM3_BYTES, "a hash");
        for (int stage = TRANSCRIPT_LIST; words.good && stage <= TRANSCRIPT_MOVES; stage++) {
            if (part.bytes == strlen(TRANSCRIPT_PART[stage]) &&
                memcmp(part.text, TRANSCRIPT_PART[stage], part.bytes) == 0) {
                writer->ended = (enum transcript_stage)stage;
                writer->batches += stage == TRANSCRIPT_MOVES;
                writer->signatures = 0;
                memcpy(writer->end, hash, SM3_BYTES);
            }
        }
    }
}

void transcript_resume(struct transcript_writer *writer, const char *earlier, size_t bytes)
{
    const char *at = earlier, *end = earlier + bytes, *hashed = earlier;
    while (at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *next = feed == NULL ? end : feed + 1;
        size_t length = (size_t)(next - at);
        if (starts_with(at, length, "applicant ") || starts_with(at, length, "place ")) {
            sm3_add(&writer->hash, hashed, (size_t)(at - hashed));
            hashed = next;
        } else {
            note_line(writer, at, length);
        }
        at = next;
    }
    sm3_add(&writer->hash, hashed, (size_t)(end - hashed));
    writer->begun = writer->begun || bytes > 0;
}

/* --- the list ---------------------------------------------------------------------------------------------------- */

static bool write_header(struct emitter *emitter)
{
    const struct transcript *transcript = emitter->transcript;
    const struct allot_problem *problem = transcript->problem;
    bool done = emit_count(emitter, "jiaoti-transcript", TRANSCRIPT_VERSION) &&
                emit_text(emitter, "round", transcript->round) && emit_hash(emitter, "policy", transcript->policy) &&
                emit_text(emitter, "program", transcript->program) &&
                emit_words(emitter, "mechanism", MECHANISM[problem->mechanism]) &&
                emit_words(emitter, "lots", problem->lot_per_offer ? "choice" : "applicant") &&
                emit_words(emitter, "together", problem->together == ALLOT_TOGETHER_FIT ? "fit" : "add") &&
                emit_words(emitter, "balance", problem->balance ? "yes" : "no") &&
                emit_words(emitter, "waiting", problem->waiting_unplaced_only ? "unplaced" : "all") &&
                emit_words(emitter, "waiting-lots", problem->waiting_reversed ? "reversed" : "same") &&
                emit_count(emitter, "audit", transcript->audit) &&
                emit_count(emitter, "step", transcript->step_metres) &&
                emit_count(emitter, "groups", transcript->groups);
    for (uint32_t g = 0; done && g < transcript->groups; g++) {
        if (!line_text_valid(transcript->group[g])) {
            return allot_fail(emitter->error, ALLOT_FAULT_PROBLEM, "the text of group %u cannot be written", g + 1);
        }
        line_word(&emitter->line, "group");
        line_number(&emitter->line, (uint64_t)g + 1);
        line_last(&emitter->line, transcript->group[g]);
        done = emit_line(emitter);
    }
    return done;
}

static bool write_kind(struct emitter *emitter, const struct allot_kind *kind)
{
    const struct allot_problem *problem = emitter->transcript->problem;
    line_word(&emitter->line, "kind");
    line_number(&emitter->line, kind->places);
    line_word(&emitter->line, WHOM[kind->whom]);
    line_word(&emitter->line, kind->order == ALLOT_BY_LOT ? "lot" : "priority");
    line_word(&emitter->line, kind->groups == 0 ? "-" : "");
    for (uint16_t g = 0; g < kind->groups; g++) {
        uint16_t group = problem->kind_group[kind->group_from + g];
        if (group > emitter->transcript->groups) {
            return allot_fail(emitter->error, ALLOT_FAULT_PROBLEM,
                              "a kind of places is for group %u, which has no name", group);
        }
        line_text(&emitter->line, ",", g == 0 ? 0 : 1);
        line_bare_number(&emitter->line, group);
    }
    return emit_line(emitter);
}

static bool write_offer(struct emitter *emitter, uint32_t j)
{
    const struct allot_problem *problem = emitter->transcript->problem;
    const struct allot_offer *offer = &problem->offer[j];
    struct transcript_text id = emitter->transcript->offer_id[j];
    uint32_t kinds = allot_kinds_at(problem, j);
    if (!line_text_valid(id)) {
        return allot_fail(emitter->error, ALLOT_FAULT_PROBLEM, "the id of offer %u cannot be written", j);
    }
    line_word(&emitter->line, "offer");
    line_number(&emitter->line, j);
    line_number(&emitter->line, offer->capacity);
    line_word(&emitter->line, offer->order == ALLOT_BY_LOT && kinds == 0 ? "lot" : "priority");
    line_word(&emitter->line, offer->balance ? "balance" : "closed");
    line_number(&emitter->line, kinds);
    line_last(&emitter->line, id);
    bool done = emit_line(emitter);
    for (uint32_t k = 0; done && k < kinds; k++) {
        done = write_kind(emitter, &problem->kind[problem->kind_from[j] + k]);
    }
    return done;
}

static bool write_offers(struct emitter *emitter)
{
    const struct allot_problem *problem = emitter->transcript->problem;
    bool done = emit_count(emitter, "offers", problem->offers);
    for (uint32_t j = 0; done && j < problem->offers; j++) {
        done = write_offer(emitter, j);
    }
    return done;
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
    if (!emit_line(emitter)) {
        return false;
    }
    uint32_t count = problem->reach_from[s + 1] - problem->reach_from[s];
    if (count > 0) {
        memcpy(reach, problem->reach + problem->reach_from[s], count * sizeof *reach);
    }
    allot_sort(reach, count, sizeof *reach, allot_nearer, NULL);
    line_word(&emitter->line, "reach");
    for (uint32_t e = 0; e < count; e++) {
        line_number(&emitter->line, reach[e].offer);
        line_text(&emitter->line, ":", 1);
        line_number(&emitter->line, reach[e].steps);
    }
    return emit_line(emitter);
}

static bool write_sites(struct emitter *emitter)
{
    const struct allot_problem *problem = emitter->transcript->problem;
    struct allot_reach *reach = allot_get(emitter->host, problem->offers, sizeof *reach);
    bool done = reach != NULL ? emit_count(emitter, "sites", problem->sites) : allot_no_memory(emitter->error);
    for (uint32_t s = 0; done && s < problem->sites; s++) {
        done = write_site(emitter, s, reach);
    }
    allot_put(emitter->host, reach);
    return done;
}

static bool write_list(struct emitter *emitter, const uint32_t *order, struct transcript_commitment *commitment)
{
    const struct allot_problem *problem = emitter->transcript->problem;
    if (!write_header(emitter) || !write_offers(emitter) || !write_sites(emitter)) {
        return false;
    }
    struct sm3 rules = emitter->writer->hash;
    sm3_end(&rules, commitment->rules);
    commitment->count = problem->applicants;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        commitment->children += problem->applicant[a].places;
    }
    if (!emit_hash(emitter, "rules", commitment->rules) || !emit_count(emitter, "applicants", problem->applicants) ||
        !emit_table(emitter, TRANSCRIPT_TABLE_LIST, order, commitment->root, commitment->root_sha256) ||
        !emit_roots(emitter, commitment->root, commitment->root_sha256)) {
        return false;
    }
    line_word(&emitter->line, "count");
    line_number(&emitter->line, commitment->count);
    line_number(&emitter->line, commitment->children);
    return emit_line(emitter) && emit_end(emitter, TRANSCRIPT_LIST);
}

/* What a problem may do without, but not a transcript. */
static bool nothing_missing(const struct transcript *transcript, struct allot_error *error)
{
    const struct allot_problem *problem = transcript->problem;
    if ((problem->applicants > 0 && (problem->ticket == NULL || transcript->commitment == NULL)) ||
        (problem->offers > 0 && transcript->offer_id == NULL) || (problem->sites > 0 && transcript->site_id == NULL) ||
        (transcript->groups > 0 && transcript->group == NULL)) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "tickets, commitments, ids or groups are missing");
    }
    return true;
}

/* What the format has no words for. */
static bool groups_named(const struct transcript *transcript, struct allot_error *error)
{
    const struct allot_problem *problem = transcript->problem;
    if (transcript->groups > TRANSCRIPT_GROUPS_MAX) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "more than %d groups", TRANSCRIPT_GROUPS_MAX);
    }
    uint32_t choices = problem->choice_from[problem->applicants];
    for (uint32_t c = 0; c < choices; c++) {
        if (problem->choice[c].group > transcript->groups) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "a wish names group %u, which has no name",
                              problem->choice[c].group);
        }
    }
    return true;
}

bool transcript_write_list(struct transcript_writer *writer, const struct transcript *transcript,
                           const struct allot_host *host, struct transcript_commitment *commitment,
                           struct allot_error *error)
{
    uint32_t *order = NULL;
    bool twice = false;
    if (!allot_shape_valid(transcript->problem, host, error) || !nothing_missing(transcript, error) ||
        !groups_named(transcript, error)) {
        return false;
    }
    if (writer->begun) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the list is the first part of a transcript");
    }
    if (!table_order(transcript->problem, host, &order, &twice)) {
        return allot_no_memory(error);
    }
    struct transcript_commitment made = { .count = 0 };
    struct emitter emitter;
    emitter_start(&emitter, writer, transcript, host, error);
    bool done = twice ? allot_fail(error, ALLOT_FAULT_PROBLEM, "two applicants have the same ticket")
                      : write_list(&emitter, order, &made);
    emitter_end(&emitter);
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
        if (!emit_line(emitter)) {
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
    return emit_hash(emitter, "seed", seed) && emit_end(emitter, TRANSCRIPT_SEED);
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
    emitter_end(&emitter);
    if (done && seed != NULL) {
        memcpy(seed, made, SM3_BYTES);
    }
    return done;
}

/* --- moves ------------------------------------------------------------------------------------------------------- */

static void add_seat(struct line *line, const struct allot_problem *problem, uint32_t offer, uint16_t kind)
{
    line_number_or_dash(line, offer);
    if (offer != ALLOT_NONE && allot_kinds_at(problem, offer) > 0) {
        line_text(line, ".", 1);
        line_number(line, kind);
    }
}

static bool is_seat(const struct allot_problem *problem, uint32_t offer, uint16_t kind)
{
    return offer == ALLOT_NONE ? kind == 0
                               : offer < problem->offers && (kind == 0 || kind < allot_kinds_at(problem, offer));
}

static bool write_move(struct emitter *emitter, const struct transcript_move *move)
{
    const struct allot_problem *problem = emitter->transcript->problem;
    if (move->applicant >= problem->applicants || (unsigned)move->kind > TRANSCRIPT_REMOVED ||
        !is_seat(problem, move->from, move->from_kind) || !is_seat(problem, move->to, move->to_kind)) {
        return allot_fail(emitter->error, ALLOT_FAULT_PROBLEM,
                          "a move names an applicant, an offer or a kind that there is not");
    }
    if (!line_text_valid(move->note)) {
        return allot_fail(emitter->error, ALLOT_FAULT_PROBLEM, "the note of a move cannot be written");
    }
    line_word(&emitter->line, "move");
    line_word(&emitter->line, MOVE[move->kind]);
    line_hex(&emitter->line, problem->ticket[move->applicant], ALLOT_TICKET_BYTES);
    add_seat(&emitter->line, problem, move->from, move->from_kind);
    add_seat(&emitter->line, problem, move->to, move->to_kind);
    line_last(&emitter->line, move->note);
    return emit_line(emitter);
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
    return done && emit_end(emitter, TRANSCRIPT_MOVES);
}

bool transcript_write_moves(struct transcript_writer *writer, const struct transcript *transcript, uint32_t batch,
                            const struct allot_host *host, struct allot_error *error)
{
    struct emitter emitter;
    emitter_start(&emitter, writer, transcript, host, error);
    bool done = write_moves(&emitter, batch);
    emitter_end(&emitter);
    return done;
}

/* --- signatures -------------------------------------------------------------------------------------------------- */

bool transcript_to_sign(const struct transcript_writer *writer, struct transcript_signature *signature)
{
    if (writer->ended == TRANSCRIPT_NOTHING || writer->signatures >= TRANSCRIPT_SIGNATURES_MAX) {
        return false;
    }
    signature->part = writer->ended;
    signature->batch = writer->batches == 0 ? 0 : writer->batches - 1;
    memcpy(signature->hash, writer->end, SM3_BYTES);
    return true;
}

size_t transcript_signed_message(const struct transcript_signature *signature,
                                 char message[TRANSCRIPT_SIGNED_MESSAGE_MAX])
{
    const char *words[] = { "jiaoti ", TRANSCRIPT_PART[signature->part], " " };
    size_t bytes = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        memcpy(message + bytes, words[i], strlen(words[i]));
        bytes += strlen(words[i]);
    }
    return (size_t)(digits_put_hex(message + bytes, signature->hash, SM3_BYTES) - message);
}

bool transcript_write_signature(struct transcript_writer *writer, const struct transcript_signature *signature,
                                const struct allot_host *host, struct allot_error *error)
{
    struct transcript_signature here;
    if (!transcript_to_sign(writer, &here)) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "there is nothing to sign, or it has %d signatures already",
                          TRANSCRIPT_SIGNATURES_MAX);
    }
    if (signature->key[0] != 4 || !line_text_valid(signature->text)) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM,
                          "a signature has a key that begins with 04, and a text that can be written");
    }
    struct emitter emitter;
    emitter_start(&emitter, writer, NULL, host, error);
    line_word(&emitter.line, "signed");
    line_word(&emitter.line, TRANSCRIPT_PART[here.part]);
    line_hex(&emitter.line, signature->key, TRANSCRIPT_KEY_BYTES);
    line_hex(&emitter.line, signature->signature, TRANSCRIPT_SIGNATURE_BYTES);
    line_last(&emitter.line, signature->text);
    bool done = emit_line(&emitter);
    emitter_end(&emitter);
    writer->signatures += done;
    return done;
}
