/*
 * Proofs of one list, as many as are asked for. What a proof needs is kept: the lines by ticket, and every node of the
 * tree over them, so that a proof costs a search and a copy, whatever the size of the list.
 *
 * What must hold: a prover never changes once it is made, so any number of threads may read it.
 */
#include "allot/transcript_parts.h"

#include <string.h>

struct transcript_prover {
    char round[TRANSCRIPT_TEXT_MAX];
    size_t round_bytes;
    uint32_t count;
    char *text;                    /* the finished lines, by ticket */
    size_t *from;                  /* where line i begins; [count]: the end */
    uint8_t (*node)[MERKLE_BYTES]; /* the kept tree */
    size_t bytes;
};

/* --- making ------------------------------------------------------------------------------------------------------ */

/* All lines into one block: first how long they are, then themselves. */
static bool keep_lines(struct transcript_prover *prover, const struct transcript *transcript, const uint32_t *order,
                       struct line *line, const struct allot_host *host)
{
    size_t size = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < prover->count; i++) {
            transcript_applicant_line(line, transcript, order[i]);
            if (line->failed) {
                return false;
            }
            if (pass == 0) {
                prover->from[i] = size;
                size += line->bytes;
            } else {
                memcpy(prover->text + prover->from[i], line->text, line->bytes);
                merkle_sm3.leaf(line->text, line->bytes - 1, prover->node[i]);
            }
            line_clear(line);
        }
        prover->from[prover->count] = size;
        prover->text = pass == 0 ? allot_get(host, size, 1) : prover->text;
        if (prover->text == NULL) {
            return false;
        }
    }
    merkle_fill(&merkle_sm3, prover->node, prover->count);
    return true;
}

struct transcript_prover *transcript_prover_new(const struct transcript *transcript, const struct allot_host *host,
                                                struct allot_error *error)
{
    if (!line_text_valid(transcript->round)) {
        (void)allot_fail(error, ALLOT_FAULT_PROBLEM, "the round has no label");
        return NULL;
    }
    struct transcript_prover *prover = allot_get_zero(host, 1, sizeof *prover);
    uint32_t *order = transcript_order(transcript, host);
    struct line line;
    line_start(&line, host);
    bool made = prover != NULL && order != NULL;
    if (made) {
        prover->count = transcript->problem->applicants;
        memcpy(prover->round, transcript->round.text, transcript->round.bytes);
        prover->round_bytes = transcript->round.bytes;
        size_t nodes = (size_t)merkle_nodes(prover->count);
        prover->from = allot_get(host, (size_t)prover->count + 1, sizeof *prover->from);
        prover->node = allot_get(host, nodes, sizeof *prover->node);
        made = prover->from != NULL && prover->node != NULL && keep_lines(prover, transcript, order, &line, host);
        prover->bytes = made ? sizeof *prover + prover->from[prover->count] +
                                   ((size_t)prover->count + 1) * sizeof *prover->from + nodes * sizeof *prover->node
                             : 0;
    }
    line_end(&line);
    allot_put(host, order);
    if (!made) {
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
    static const char digits[] = "0123456789abcdef";
    char hex[2 * ALLOT_TICKET_BYTES];
    for (size_t i = 0; i < ALLOT_TICKET_BYTES; i++) {
        hex[2 * i] = digits[ticket[i] >> 4];
        hex[2 * i + 1] = digits[ticket[i] & 15];
    }
    uint32_t low = 0, high = prover->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(prover->text + prover->from[middle] + strlen("applicant "), hex, sizeof hex);
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

static bool write_proof(const struct transcript_prover *prover, uint32_t index, struct line *line, transcript_put *put,
                        void *ctx, struct allot_error *error)
{
    line_word(line, "jiaoti-proof");
    line_number(line, TRANSCRIPT_VERSION);
    bool sent = send(line, put, ctx, error);
    line_word(line, "round");
    line_last(line, (struct transcript_text){ prover->round, prover->round_bytes });
    sent = sent && send(line, put, ctx, error);
    sent = sent && (put(ctx, prover->text + prover->from[index], prover->from[index + 1] - prover->from[index]) ||
                    allot_fail(error, ALLOT_FAULT_RESULT, "the proof could not be written on"));
    line_clear(line);
    line_word(line, "position");
    line_number(line, index);
    line_number(line, prover->count);
    sent = sent && send(line, put, ctx, error);
    uint8_t path[MERKLE_DEPTH][MERKLE_BYTES];
    const uint8_t(*node)[MERKLE_BYTES] = (const uint8_t(*)[MERKLE_BYTES])prover->node;
    unsigned nodes = merkle_path(node, prover->count, index, path);
    for (unsigned i = 0; sent && i < nodes; i++) {
        sent = send_hash(line, "node", path[i], put, ctx, error);
    }
    return sent && send_hash(line, "root", node[merkle_nodes(prover->count) - 1], put, ctx, error);
}

bool transcript_prover_write(const struct transcript_prover *prover, const uint8_t ticket[ALLOT_TICKET_BYTES],
                             const struct allot_host *host, transcript_put *put, void *ctx, struct allot_error *error)
{
    uint32_t index = find(prover, ticket);
    if (index == ALLOT_NONE) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "nobody on the list has this ticket");
    }
    struct line line;
    line_start(&line, host);
    bool done = write_proof(prover, index, &line, put, ctx, error);
    line_end(&line);
    return done;
}
