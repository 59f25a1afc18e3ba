/*
 * A child's proof, checked: its line of the list or of the result, and the nodes that lead from it to the published
 * root. A few hundred bytes of text that need no table (prover.c makes them).
 */
#include "allot/transcript_parts.h"

#include "allot/transcript_table.h"

#include <string.h>

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
    if (!taken(proof)) {
        return false;
    }
    memcpy(proof->report->round, round.text, round.bytes);
    proof->report->round[round.bytes] = '\0';
    if (!take_choice(proof, "table", "list|result", &table)) {
        return false;
    }
    proof->report->table = (enum transcript_table)table;
    if (!take_choice(proof, "hash", "sm3|sha256", &hash)) {
        return false;
    }
    proof->report->hash = (enum transcript_hash)hash;
    return true;
}

static bool take_leaf(struct proof *proof, uint8_t ticket[ALLOT_TICKET_BYTES], uint8_t leaf[MERKLE_BYTES])
{
    if (!take(proof, proof->report->table == TRANSCRIPT_TABLE_LIST ? "applicant" : "place")) {
        return false;
    }
    words_hex(&proof->words, ticket, ALLOT_TICKET_BYTES, "the ticket, 64 hexadecimal digits");
    if (proof->words.good && proof->words.at < proof->words.end && *proof->words.at != ' ') {
        return refuse(proof, "a space behind the 64 digits of the ticket", "the ticket is too long");
    }
    TABLE_HASH[proof->report->hash]->leaf(proof->text, proof->bytes, leaf);
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
    if (!merkle_path_holds(TABLE_HASH[hash], leaf, index, count, (const uint8_t(*)[MERKLE_BYTES])path, nodes, root)) {
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
