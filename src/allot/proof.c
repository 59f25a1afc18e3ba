/*
 * A child's proof: its line of the list, and the nodes that lead from it to the published root. A few hundred bytes of
 * text that fit in a QR code's file and can be checked without the list.
 */
#include "allot/transcript_parts.h"

#include <string.h>

static bool send(struct line *line, transcript_put *put, void *ctx, struct allot_error *error)
{
    line_finish(line);
    if (line->failed) {
        return allot_no_memory(error);
    }
    bool taken = put(ctx, line->text, line->bytes);
    line_clear(line);
    return taken || allot_fail(error, ALLOT_FAULT_RESULT, "the proof could not be written on");
}

static bool send_hash(struct line *line, const char *keyword, const uint8_t *hash, transcript_put *put, void *ctx,
                      struct allot_error *error)
{
    line_word(line, keyword);
    line_hex(line, hash, SM3_BYTES);
    return send(line, put, ctx, error);
}

static bool write_proof(const struct transcript *transcript, uint32_t applicant, const uint32_t *order,
                        uint8_t (*leaf)[SM3_BYTES], struct line *line, transcript_put *put, void *ctx,
                        struct allot_error *error)
{
    uint32_t count = transcript->problem->applicants, index = 0;
    for (uint32_t i = 0; i < count; i++) {
        transcript_applicant_line(line, transcript, order[i]);
        if (line->failed) {
            return allot_no_memory(error);
        }
        merkle_sm3.leaf(line->text, line->bytes - 1, leaf[i]);
        line_clear(line);
        index = order[i] == applicant ? i : index;
    }
    uint8_t path[MERKLE_DEPTH][MERKLE_BYTES], root[MERKLE_BYTES];
    unsigned nodes = merkle_path(&merkle_sm3, (const uint8_t(*)[MERKLE_BYTES])leaf, count, index, path);
    struct merkle_tree tree;
    merkle_start(&tree, &merkle_sm3);
    for (uint32_t i = 0; i < count; i++) {
        merkle_add_leaf_hash(&tree, leaf[i]);
    }
    merkle_root(&tree, root);

    line_word(line, "jiaoti-proof");
    line_number(line, TRANSCRIPT_VERSION);
    bool sent = send(line, put, ctx, error);
    line_word(line, "round");
    line_last(line, transcript->round);
    sent = sent && send(line, put, ctx, error);
    transcript_applicant_line(line, transcript, applicant);
    sent = sent && !line->failed && put(ctx, line->text, line->bytes);
    line_clear(line);
    line_word(line, "position");
    line_number(line, index);
    line_number(line, count);
    sent = sent && send(line, put, ctx, error);
    for (unsigned i = 0; sent && i < nodes; i++) {
        sent = send_hash(line, "node", path[i], put, ctx, error);
    }
    sent = sent && send_hash(line, "root", root, put, ctx, error);
    return sent || allot_fail(error, ALLOT_FAULT_RESULT, "the proof could not be written on");
}

bool transcript_proof_write(const struct transcript *transcript, uint32_t applicant, const struct allot_host *host,
                            transcript_put *put, void *ctx, struct allot_error *error)
{
    if (applicant >= transcript->problem->applicants || !line_text_valid(transcript->round)) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "there is no applicant %u, or the round has no label", applicant);
    }
    uint32_t *order = transcript_order(transcript, host);
    uint8_t(*leaf)[SM3_BYTES] = allot_get(host, transcript->problem->applicants, sizeof *leaf);
    struct line line;
    line_start(&line, host);
    bool done = order != NULL && leaf != NULL ? write_proof(transcript, applicant, order, leaf, &line, put, ctx, error)
                                              : allot_no_memory(error);
    line_end(&line);
    allot_put(host, order);
    allot_put(host, leaf);
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

static bool take_head(struct proof *proof, uint8_t ticket[ALLOT_TICKET_BYTES], uint8_t leaf[SM3_BYTES])
{
    if (!take(proof, "jiaoti-proof")) {
        return false;
    }
    words_mark(&proof->words, ' ', "a version");
    if (words_number(&proof->words, UINT32_MAX, "a version") != TRANSCRIPT_VERSION || !proof->words.good) {
        return refuse(proof, "jiaoti-proof 1", "this program does not know this version of the format");
    }
    if (!taken(proof) || !take(proof, "round")) {
        return false;
    }
    words_last(&proof->words, "the label of the round");
    if (!taken(proof) || !take(proof, "applicant")) {
        return false;
    }
    words_hex(&proof->words, ticket, ALLOT_TICKET_BYTES, "the ticket, 64 hexadecimal digits");
    merkle_sm3.leaf(proof->text, proof->bytes, leaf);
    return proof->words.good || refuse(proof, proof->words.expected, "the line is not as the format wants it");
}

static bool check_proof(struct proof *proof, const struct transcript_commitment *published,
                        uint8_t ticket[ALLOT_TICKET_BYTES])
{
    uint8_t leaf[SM3_BYTES], path[MERKLE_DEPTH][MERKLE_BYTES], root[SM3_BYTES];
    struct transcript_report *report = proof->report;
    if (!take_head(proof, ticket, leaf) || !take(proof, "position")) {
        return false;
    }
    words_mark(&proof->words, ' ', "a position");
    uint64_t index = words_number(&proof->words, UINT32_MAX, "a position, counted from 0");
    words_mark(&proof->words, ' ', "the count");
    uint64_t count = words_number(&proof->words, UINT32_MAX, "how many the list has");
    if (!taken(proof)) {
        return false;
    }
    if (index >= count || (published != NULL && published->count != count)) {
        return refuse(proof, "a position in the published list", "the position is not one of the published list");
    }
    unsigned nodes = merkle_path_length(index, count);
    for (unsigned i = 0; i < nodes; i++) {
        if (!take_hash(proof, "node", path[i])) {
            return false;
        }
    }
    if (!take_hash(proof, "root", root)) {
        return false;
    }
    if (!merkle_path_holds(&merkle_sm3, leaf, index, count, (const uint8_t(*)[MERKLE_BYTES])path, nodes, root)) {
        return refuse(proof, "the root to which the nodes lead", "the nodes do not lead from the line to this root");
    }
    if (published != NULL && memcmp(published->root, root, SM3_BYTES) != 0) {
        return refuse(proof, "the published root", "the proof leads to another root than the published one");
    }
    if (proof->at != proof->end) {
        proof->line++;
        proof->text = proof->at;
        proof->bytes = 0;
        return refuse(proof, "the end", "something stands after the proof");
    }
    memcpy(report->commitment.root, root, SM3_BYTES);
    report->commitment.count = count;
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
