/*
 * Draw numbers. Each is a message of its own, HMAC(seed, "lot" ‖ label ‖ ticket [‖ offer]): the state after "lot" ‖
 * label is the same for all, and batches of what follows are hashed side by side, with as many workers as there are.
 *
 * What must hold: each number is that of allot_lot_of, however many are derived at once (tests/allot/test_hash.c).
 */
#include "allot/blocks_parts.h"
#include "allot/internal.h"
#include "allot/sm3.h"
#include "allot/workers.h"

#include <string.h>

#define BATCH ((size_t)128)

struct batch {
    const struct hmac_sm3 *labelled;
    size_t count;
    struct hash_piece piece[BATCH];
    struct allot_lot *lot[BATCH]; /* where each goes */
    uint8_t with_offer[BATCH][ALLOT_TICKET_BYTES + 4];
    uint8_t mac[BATCH][SM3_BYTES];
};

static void draw(struct batch *batch)
{
    hmac_sm3_many(batch->labelled, batch->piece, batch->count, batch->mac);
    for (size_t i = 0; i < batch->count; i++) {
        *batch->lot[i] = allot_lot_from(batch->mac[i]);
    }
    batch->count = 0;
}

static void add(struct batch *batch, const uint8_t *ticket, uint32_t offer, struct allot_lot *lot)
{
    size_t i = batch->count++;
    batch->lot[i] = lot;
    batch->piece[i] = (struct hash_piece){ ticket, ALLOT_TICKET_BYTES };
    if (offer != ALLOT_NONE) {
        uint8_t *message = batch->with_offer[i];
        memcpy(message, ticket, ALLOT_TICKET_BYTES);
        hash_save(message + ALLOT_TICKET_BYTES, offer);
        batch->piece[i] = (struct hash_piece){ message, sizeof batch->with_offer[i] };
    }
    if (batch->count == BATCH) {
        draw(batch);
    }
}

static void label_key(struct hmac_sm3 *hmac, const uint8_t seed[32], const char *label, size_t label_bytes)
{
    hmac_sm3_key(hmac, seed, 32);
    sm3_add(&hmac->inner, "lot", 3);
    sm3_add(&hmac->inner, label, label_bytes);
}

struct lots_job {
    const struct allot_problem *problem;
    struct hmac_sm3 labelled;
    struct allot_lot *lot;
    struct allot_lot *choice_lot;
    uint32_t pieces;
};

static void some_lots(void *argument, uint32_t index)
{
    const struct lots_job *job = argument;
    const struct allot_problem *problem = job->problem;
    struct batch batch;
    batch.labelled = &job->labelled;
    batch.count = 0;
    size_t to = workers_from(problem->applicants, job->pieces, index + 1);
    for (size_t a = workers_from(problem->applicants, job->pieces, index); a < to; a++) {
        const uint8_t *ticket = problem->ticket[a];
        add(&batch, ticket, ALLOT_NONE, &job->lot[a]);
        for (uint32_t c = problem->choice_from[a]; job->choice_lot != NULL && c < problem->choice_from[a + 1]; c++) {
            add(&batch, ticket, problem->choice[c].offer, &job->choice_lot[c]);
        }
    }
    draw(&batch);
}

void allot_derive_lots(const struct allot_problem *problem, const uint8_t seed[32], const char *label,
                       size_t label_bytes, const struct allot_host *host, struct allot_lot *lot,
                       struct allot_lot *choice_lot)
{
    struct lots_job job = { .problem = problem, .lot = lot, .choice_lot = choice_lot };
    label_key(&job.labelled, seed, label, label_bytes);
    job.pieces = workers_pieces(host, problem->applicants, 4 * BATCH);
    workers_each(host, some_lots, &job, job.pieces);
}

struct allot_lot allot_lot_of(const uint8_t seed[32], const char *label, size_t label_bytes,
                              const uint8_t ticket[ALLOT_TICKET_BYTES], uint32_t offer)
{
    struct hmac_sm3 labelled;
    label_key(&labelled, seed, label, label_bytes);
    uint8_t message[ALLOT_TICKET_BYTES + 4], mac[SM3_BYTES];
    memcpy(message, ticket, ALLOT_TICKET_BYTES);
    hash_save(message + ALLOT_TICKET_BYTES, offer);
    hmac_sm3_of(&labelled, message, offer == ALLOT_NONE ? ALLOT_TICKET_BYTES : sizeof message, mac);
    return allot_lot_from(mac);
}
