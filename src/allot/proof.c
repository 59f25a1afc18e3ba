/*
 * A child's proof: its line of the list or of the result, and the nodes that lead from it to the published root. A few
 * hundred bytes of text that fit in a QR code's file and can be checked without the table.
 */
#include "allot/transcript_parts.h"

#include "allot/transcript_table.h"

#include <string.h>

static const struct merkle_hash *const HASH[2] = { &merkle_sm3, &merkle_sha256 }; /* by enum transcript_hash */
static const char *const TABLE_NAME[2] = { "list", "result" };
static const char *const HASH_NAME[2] = { "sm3", "sha256" };

/* What a proof is made of, on its way out. */
struct proving {
    struct table table;
    enum transcript_hash hash;
    const struct allot_host *host;
    uint8_t (*leaf)[MERKLE_BYTES];
    struct line line;
    transcript_put *put;
    void *ctx;
    struct allot_error *error;
};

static bool send(struct proving *proving)
{
    struct line *line = &proving->line;
    line_finish(line);
    if (line->failed) {
        return allot_no_memory(proving->error);
    }
    bool taken = proving->put(proving->ctx, line->text, line->bytes);
    line_clear(line);
    return taken || allot_fail(proving->error, ALLOT_FAULT_RESULT, "the proof could not be written on");
}

static bool send_word(struct proving *proving, const char *keyword, const char *word)
{
    line_word(&proving->line, keyword);
    line_word(&proving->line, word);
    return send(proving);
}

static bool send_hash(struct proving *proving, const char *keyword, const uint8_t *hash)
{
    line_word(&proving->line, keyword);
    line_hex(&proving->line, hash, MERKLE_BYTES);
    return send(proving);
}

/* The leaf itself, as it stands in the table. */
static bool send_row(struct proving *proving, uint32_t row)
{
    char *text = allot_get(proving->host, table_line_size(&proving->table, row), 1);
    if (text == NULL) {
        return allot_no_memory(proving->error);
    }
    char *end = table_line_put(&proving->table, row, text);
    bool taken = proving->put(proving->ctx, text, (size_t)(end - text));
    allot_put(proving->host, text);
    return taken || allot_fail(proving->error, ALLOT_FAULT_RESULT, "the proof could not be written on");
}

static bool keep_leaves(void *ctx, const char *text, const size_t *start, uint32_t first, uint32_t rows)
{
    struct proving *proving = ctx;
    for (uint32_t i = 0; i < rows; i++) {
        HASH[proving->hash]->leaf(text + start[i], start[i + 1] - start[i] - 1, proving->leaf[first + i]);
    }
    return true;
}

static bool write_proof(struct proving *proving, uint32_t row)
{
    const struct transcript *transcript = proving->table.transcript;
    uint32_t count = transcript->problem->applicants;
    uint8_t root[2][MERKLE_BYTES], path[MERKLE_DEPTH][MERKLE_BYTES];
    if (table_make(&proving->table, proving->host, keep_leaves, proving, root[0], root[1]) != TABLE_MADE) {
        return allot_no_memory(proving->error);
    }
    unsigned nodes = merkle_path(HASH[proving->hash], (const uint8_t(*)[MERKLE_BYTES])proving->leaf, count, row, path);
    line_word(&proving->line, "jiaoti-proof");
    line_number(&proving->line, TRANSCRIPT_VERSION);
    bool sent = send(proving);
    line_word(&proving->line, "round");
    line_last(&proving->line, transcript->round);
    sent = sent && send(proving) && send_word(proving, "table", TABLE_NAME[proving->table.which]) &&
           send_word(proving, "hash", HASH_NAME[proving->hash]) && send_row(proving, row);
    line_word(&proving->line, "position");
    line_number(&proving->line, row);
    line_number(&proving->line, count);
    sent = sent && send(proving);
    for (unsigned i = 0; sent && i < nodes; i++) {
        sent = send_hash(proving, "node", path[i]);
    }
    return sent && send_hash(proving, "root", root[proving->hash]);
}

static uint32_t row_of(const struct table *table, uint32_t applicant)
{
    uint32_t row = 0;
    while (table_applicant(table, row) != applicant) {
        row++;
    }
    return row;
}

bool transcript_proof_write(const struct transcript *transcript, uint32_t applicant, enum transcript_table table,
                            enum transcript_hash hash, const struct allot_host *host, transcript_put *put, void *ctx,
                            struct allot_error *error)
{
    if (applicant >= transcript->problem->applicants || !line_text_valid(transcript->round)) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "there is no applicant %u, or the round has no label", applicant);
    }
    if (table == TRANSCRIPT_TABLE_RESULT && transcript->result == NULL) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "there is no result to prove");
    }
    uint32_t *order = NULL;
    struct proving proving = { .hash = hash, .host = host, .put = put, .ctx = ctx, .error = error };
    line_start(&proving.line, host);
    proving.leaf = allot_get(host, transcript->problem->applicants, sizeof *proving.leaf);
    bool done = proving.leaf != NULL && table_order(transcript->problem, host, &order, NULL);
    if (done) {
        proving.table = (struct table){ table, transcript, order, &proving.line.check };
        done = write_proof(&proving, row_of(&proving.table, applicant));
    } else {
        allot_no_memory(error);
    }
    line_end(&proving.line);
    allot_put(host, order);
    allot_put(host, proving.leaf);
    return done;
}

/* --- checking ---------------------------------------------------------------------------------------------------- */

struct proof {
    const char *at;
    const char *end;
    size_t line;
    const char *text;
    size_t bytes; /* with its check, without line feed: as hashed */
    struct words words;
    struct line_check check;
    struct transcript_report *report;
};

static bool refuse(struct proof *proof, const char *expected, const char *message)
{
    return transcript_blame(proof->report, proof->line, proof->text, proof->bytes, expected, strlen(expected), message);
}

static bool take(struct proof *proof, const char *keyword)
{
    proof->line++;
    proof->text = proof->at;
    size_t left = (size_t)(proof->end - proof->at);
    const char *feed = left == 0 ? NULL : memchr(proof->at, '\n', left);
    proof->bytes = feed == NULL ? left : (size_t)(feed - proof->at);
    if (feed == NULL || proof->bytes <= LINE_CHECK_BYTES) {
        return refuse(proof, keyword, "the proof ends too early");
    }
    proof->at = feed + 1;
    size_t content = proof->bytes - LINE_CHECK_BYTES;
    char mark[LINE_CHECK_BYTES + 1];
    line_mark(&proof->check, proof->text, content, mark);
    if (memcmp(feed - LINE_CHECK_BYTES, mark, LINE_CHECK_BYTES) != 0) {
        return refuse(proof, mark + 1, "the line does not fit its own check: it was changed after it was written");
    }
    proof->words = (struct words){ proof->text, proof->text + content, true, NULL };
    words_keyword(&proof->words, keyword);
    return proof->words.good || refuse(proof, keyword, "another line should stand here");
}

static bool taken(struct proof *proof)
{
    words_done(&proof->words);
    return proof->words.good || refuse(proof, proof->words.expected, "the line is not as the format wants it");
}

static bool take_hash(struct proof *proof, const char *keyword, uint8_t hash[SM3_BYTES])
{
    if (!take(proof, keyword)) {
        return false;
    }
    words_hex(&proof->words, hash, SM3_BYTES, "64 hexadecimal digits, in small letters");
    return taken(proof);
}

static bool take_choice(struct proof *proof, const char *keyword, const char *choices, unsigned *position)
{
    if (!take(proof, keyword)) {
        return false;
    }
    *position = words_one_of(&proof->words, choices);
    return taken(proof);
}

/* The lines before the leaf. */
static bool take_head(struct proof *proof)
{
    unsigned table = 0, hash = 0;
    if (!take(proof, "jiaoti-proof")) {
        return false;
    }
    if (words_number(&proof->words, UINT32_MAX, "a version") != TRANSCRIPT_VERSION || !proof->words.good) {
        return refuse(proof, "jiaoti-proof 2", "this program does not know this version of the format");
    }
    if (!taken(proof) || !take(proof, "round")) {
        return false;
    }
    struct transcript_text round = words_last(&proof->words, "the label of the round");
    if (!taken(proof) || !take_choice(proof, "table", "list|result", &table) ||
        !take_choice(proof, "hash", "sm3|sha256", &hash)) {
        return false;
    }
    memcpy(proof->report->round, round.text, round.bytes);
    proof->report->round[round.bytes] = '\0';
    proof->report->table = (enum transcript_table)table;
    proof->report->hash = (enum transcript_hash)hash;
    return true;
}

static bool take_leaf(struct proof *proof, uint8_t ticket[ALLOT_TICKET_BYTES], uint8_t leaf[MERKLE_BYTES])
{
    if (!take(proof, proof->report->table == TRANSCRIPT_TABLE_LIST ? "applicant" : "place")) {
        return false;
    }
    words_hex(&proof->words, ticket, ALLOT_TICKET_BYTES, "the ticket, 64 hexadecimal digits");
    HASH[proof->report->hash]->leaf(proof->text, proof->bytes, leaf);
    return proof->words.good || refuse(proof, proof->words.expected, "the line is not as the format wants it");
}

static bool check_path(struct proof *proof, const struct transcript_commitment *published,
                       const uint8_t leaf[MERKLE_BYTES], uint64_t index, uint64_t count, uint8_t root[MERKLE_BYTES])
{
    uint8_t path[MERKLE_DEPTH][MERKLE_BYTES];
    enum transcript_hash hash = proof->report->hash;
    unsigned nodes = merkle_path_length(index, count);
    for (unsigned i = 0; i < nodes; i++) {
        if (!take_hash(proof, "node", path[i])) {
            return false;
        }
    }
    if (!take_hash(proof, "root", root)) {
        return false;
    }
    if (!merkle_path_holds(HASH[hash], leaf, index, count, (const uint8_t(*)[MERKLE_BYTES])path, nodes, root)) {
        return refuse(proof, "the root to which the nodes lead", "the nodes do not lead from the line to this root");
    }
    const uint8_t *known = published == NULL             ? root
                           : hash == TRANSCRIPT_HASH_SM3 ? published->root
                                                         : published->root_sha256;
    return memcmp(known, root, MERKLE_BYTES) == 0 ||
           refuse(proof, "the published root", "the proof leads to another root than the published one");
}

static bool check_proof(struct proof *proof, const struct transcript_commitment *published,
                        uint8_t ticket[ALLOT_TICKET_BYTES])
{
    uint8_t leaf[MERKLE_BYTES], root[MERKLE_BYTES];
    struct transcript_commitment *commitment = &proof->report->commitment;
    if (!take_head(proof) || !take_leaf(proof, ticket, leaf) || !take(proof, "position")) {
        return false;
    }
    uint64_t index = words_number(&proof->words, UINT32_MAX, "a position, counted from 0");
    uint64_t count = words_number(&proof->words, UINT32_MAX, "how many the table has");
    if (!taken(proof)) {
        return false;
    }
    if (index >= count || (published != NULL && published->count != count)) {
        return refuse(proof, "a position in the published table", "the position is not one of the published table");
    }
    if (!check_path(proof, published, leaf, index, count, root)) {
        return false;
    }
    if (proof->at != proof->end) {
        proof->line++;
        proof->text = proof->at;
        proof->bytes = 0;
        return refuse(proof, "the end", "something stands after the proof");
    }
    memcpy(proof->report->hash == TRANSCRIPT_HASH_SM3 ? commitment->root : commitment->root_sha256, root, MERKLE_BYTES);
    commitment->count = count;
    return true;
}

bool transcript_proof_verify(const char *bytes, size_t count, const struct transcript_commitment *published,
                             uint8_t ticket[ALLOT_TICKET_BYTES], struct transcript_report *report)
{
    *report = (struct transcript_report){ .ok = false };
    struct proof proof = { .at = bytes, .end = bytes + count, .report = report };
    uint8_t proved[ALLOT_TICKET_BYTES];
    line_check_start(&proof.check);
    report->ok = check_proof(&proof, published, proved);
    report->lines = proof.line;
    if (report->ok && ticket != NULL) {
        memcpy(ticket, proved, ALLOT_TICKET_BYTES);
    }
    return report->ok;
}
