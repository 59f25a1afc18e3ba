/*
 * Proofs of one table, as many as are asked for. What a proof needs is kept: the lines by ticket, and every node of the
 * tree over them, so that a proof costs a search and a copy, whatever the size of the table.
 *
 * What must hold: a prover never changes once it is made, so any number of threads may read it.
 */
#include "allot/digits.h"
#include "allot/transcript_parts.h"
#include "allot/transcript_table.h"

#include <string.h>

static const char *const TABLE_NAME[2] = { "list", "result" };
static const char *const HASH_NAME[2] = { "sm3", "sha256" };
static const char *const ROW[2] = { "applicant ", "place " };

struct transcript_prover {
    enum transcript_table table;
    enum transcript_hash hash;
    char round[TRANSCRIPT_TEXT_MAX];
    size_t round_bytes;
    uint32_t count;
    char *text;                    /* the finished lines, by ticket */
    size_t *from;                  /* where line i begins; [count]: the end */
    uint8_t (*node)[MERKLE_BYTES]; /* the kept tree */
    size_t bytes;
};

/* --- making ------------------------------------------------------------------------------------------------------ */

/* All lines into one block, their hashes into the tree. */
static bool keep_lines(struct transcript_prover *prover, const struct table *table, const struct allot_host *host)
{
    size_t room = 0;
    for (uint32_t i = 0; i < prover->count; i++) {
        room += table_line_size(table, i);
    }
    struct merkle_piece *piece = allot_get(host, prover->count, sizeof *piece);
    prover->text = allot_get(host, room, 1);
    bool kept = piece != NULL && prover->text != NULL;
    char *to = prover->text;
    prover->from[0] = 0;
    for (uint32_t i = 0; kept && i < prover->count; i++) {
        const char *line = to;
        to = table_line_put(table, i, to);
        prover->from[i + 1] = (size_t)(to - prover->text);
        piece[i] = (struct merkle_piece){ line, (size_t)(to - line) - 1 };
    }
    if (kept) {
        merkle_leaves_of(TABLE_HASH[prover->hash], piece, prover->count, host, prover->node);
        merkle_nodes(TABLE_HASH[prover->hash], prover->count, host, prover->node);
    }
    allot_put(host, piece);
    return kept;
}

static bool make(struct transcript_prover *prover, const struct transcript *transcript, const struct allot_host *host)
{
    uint32_t *order = NULL;
    struct line_check check;
    line_check_start(&check);
    size_t nodes = (size_t)merkle_nodes_count(prover->count);
    prover->from = allot_get(host, (size_t)prover->count + 1, sizeof *prover->from);
    prover->node = allot_get(host, nodes, sizeof *prover->node);
    bool made = prover->from != NULL && prover->node != NULL && table_order(transcript->problem, host, &order, NULL);
    if (made) {
        struct table table = { prover->table, transcript, order, &check };
        made = keep_lines(prover, &table, host);
        prover->bytes = made ? sizeof *prover + prover->from[prover->count] +
                                   ((size_t)prover->count + 1) * sizeof *prover->from + nodes * sizeof *prover->node
                             : 0;
    }
    allot_put(host, order);
    return made;
}

struct transcript_prover *transcript_prover_new(const struct transcript *transcript, enum transcript_table table,
                                                enum transcript_hash hash, const struct allot_host *host,
                                                struct allot_error *error)
{
    if (!line_text_valid(transcript->round)) {
        (void)allot_fail(error, ALLOT_FAULT_PROBLEM, "the round has no label");
        return NULL;
    }
    const struct allot_problem *problem = transcript->problem;
    if (table == TRANSCRIPT_TABLE_RESULT &&
        (transcript->result == NULL || transcript->result->applicants != problem->applicants)) {
        (void)allot_fail(error, ALLOT_FAULT_PROBLEM, "there is no result of this problem to prove");
        return NULL;
    }
    if (problem->applicants > 0 &&
        (problem->ticket == NULL || (table == TRANSCRIPT_TABLE_LIST && transcript->commitment == NULL))) {
        (void)allot_fail(error, ALLOT_FAULT_PROBLEM, "tickets or commitments are missing");
        return NULL;
    }
    struct transcript_prover *prover = allot_get_zero(host, 1, sizeof *prover);
    if (prover != NULL) {
        prover->table = table;
        prover->hash = hash;
        prover->count = transcript->problem->applicants;
        memcpy(prover->round, transcript->round.text, transcript->round.bytes);
        prover->round_bytes = transcript->round.bytes;
    }
    if (prover == NULL || !make(prover, transcript, host)) {
        transcript_prover_free(prover, host);
        (void)allot_no_memory(error);
        return NULL;
    }
    return prover;
}

void transcript_prover_free(struct transcript_prover *prover, const struct allot_host *host)
{
    if (prover != NULL) {
        allot_put(host, prover->text);
        allot_put(host, prover->from);
        allot_put(host, prover->node);
        allot_put(host, prover);
    }
}

size_t transcript_prover_bytes(const struct transcript_prover *prover)
{
    return prover->bytes;
}

/* --- writing ----------------------------------------------------------------------------------------------------- */

/* The line with this ticket: digits in small letters order as the bytes do. ALLOT_NONE: there is none. */
static uint32_t find(const struct transcript_prover *prover, const uint8_t ticket[ALLOT_TICKET_BYTES])
{
    char hex[2 * ALLOT_TICKET_BYTES];
    digits_put_hex(hex, ticket, ALLOT_TICKET_BYTES);
    uint32_t low = 0, high = prover->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(prover->text + prover->from[middle] + strlen(ROW[prover->table]), hex, sizeof hex);
        if (order == 0) {
            return middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return ALLOT_NONE;
}

bool transcript_prover_has(const struct transcript_prover *prover, const uint8_t ticket[ALLOT_TICKET_BYTES])
{
    return find(prover, ticket) != ALLOT_NONE;
}

/* A proof on its way out; after the first thing that went wrong nothing more is sent. */
struct sending {
    struct line line;
    transcript_put *put;
    void *ctx;
    struct allot_error *error;
    bool good;
};

static void send_text(struct sending *sending, const char *text, size_t bytes)
{
    sending->good =
        sending->good && (sending->put(sending->ctx, text, bytes) ||
                          allot_fail(sending->error, ALLOT_FAULT_RESULT, "the proof could not be written on"));
}

static void send(struct sending *sending)
{
    line_finish(&sending->line);
    if (sending->line.failed) {
        sending->good = sending->good && allot_no_memory(sending->error);
    } else {
        send_text(sending, sending->line.text, sending->line.bytes);
    }
    line_clear(&sending->line);
}

static void send_word(struct sending *sending, const char *keyword, const char *word)
{
    line_word(&sending->line, keyword);
    line_word(&sending->line, word);
    send(sending);
}

static void send_hash(struct sending *sending, const char *keyword, const uint8_t *hash)
{
    line_word(&sending->line, keyword);
    line_hex(&sending->line, hash, MERKLE_BYTES);
    send(sending);
}

static void write_proof(const struct transcript_prover *prover, uint32_t index, struct sending *sending)
{
    struct line *line = &sending->line;
    line_word(line, "jiaoti-proof");
    line_number(line, TRANSCRIPT_VERSION);
    send(sending);
    line_word(line, "round");
    line_last(line, (struct transcript_text){ prover->round, prover->round_bytes });
    send(sending);
    send_word(sending, "table", TABLE_NAME[prover->table]);
    send_word(sending, "hash", HASH_NAME[prover->hash]);
    send_text(sending, prover->text + prover->from[index], prover->from[index + 1] - prover->from[index]);
    line_word(line, "position");
    line_number(line, index);
    line_number(line, prover->count);
    send(sending);
    uint8_t path[MERKLE_DEPTH][MERKLE_BYTES];
    const uint8_t(*node)[MERKLE_BYTES] = (const uint8_t(*)[MERKLE_BYTES])prover->node;
    unsigned nodes = merkle_nodes_path(node, prover->count, index, path);
    for (unsigned i = 0; i < nodes; i++) {
        send_hash(sending, "node", path[i]);
    }
    send_hash(sending, "root", node[merkle_nodes_count(prover->count) - 1]);
}

bool transcript_prover_write(const struct transcript_prover *prover, const uint8_t ticket[ALLOT_TICKET_BYTES],
                             const struct allot_host *host, transcript_put *put, void *ctx, struct allot_error *error)
{
    uint32_t index = find(prover, ticket);
    if (index == ALLOT_NONE) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "nobody in the table has this ticket");
    }
    struct sending sending = { .put = put, .ctx = ctx, .error = error, .good = true };
    line_start(&sending.line, host);
    write_proof(prover, index, &sending);
    line_end(&sending.line);
    return sending.good;
}

bool transcript_proof_write(const struct transcript *transcript, uint32_t applicant, enum transcript_table table,
                            enum transcript_hash hash, const struct allot_host *host, transcript_put *put, void *ctx,
                            struct allot_error *error)
{
    if (applicant >= transcript->problem->applicants) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "there is no applicant %u", applicant);
    }
    struct transcript_prover *prover = transcript_prover_new(transcript, table, hash, host, error);
    bool written = prover != NULL &&
                   transcript_prover_write(prover, transcript->problem->ticket[applicant], host, put, ctx, error);
    transcript_prover_free(prover, host);
    return written;
}
