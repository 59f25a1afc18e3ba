/*
 * What a list commits to, and the seed that follows from it, the witnesses' secrets and the public values. Every field
 * has its length or a fixed one, so no two contents give the same bytes.
 */
#include "allot/transcript_parts.h"

#include <string.h>

static bool put_nowhere(void *ctx, const char *text, size_t bytes)
{
    (void)ctx;
    (void)text;
    (void)bytes;
    return true;
}

bool transcript_commit(const struct transcript *transcript, const struct allot_host *host,
                       struct transcript_commitment *commitment, struct allot_error *error)
{
    struct transcript_writer writer;
    transcript_start(&writer, put_nowhere, NULL);
    return transcript_write_list(&writer, transcript, host, commitment, error);
}

static void add_number(struct sm3 *sm3, uint64_t number, int bytes)
{
    uint8_t big_endian[8];
    for (int i = 0; i < bytes; i++) {
        big_endian[i] = (uint8_t)(number >> (8 * (bytes - 1 - i)));
    }
    sm3_add(sm3, big_endian, (size_t)bytes);
}

static void add_text(struct sm3 *sm3, const void *text, size_t bytes)
{
    add_number(sm3, bytes, 4);
    sm3_add(sm3, text, bytes);
}

bool transcript_secret_matches(const struct transcript_witness *witness)
{
    uint8_t digest[SM3_BYTES];
    sm3_of(witness->secret, witness->secret_bytes, digest);
    return memcmp(digest, witness->commitment, SM3_BYTES) == 0;
}

static bool add_witnesses(struct sm3 *sm3, const struct transcript *transcript, uint32_t *sources,
                          struct allot_error *error)
{
    add_number(sm3, transcript->witnesses, 4);
    for (uint32_t i = 0; i < transcript->witnesses; i++) {
        const struct transcript_witness *witness = &transcript->witness[i];
        if (witness->secret == NULL) {
            add_number(sm3, 0, 1);
            continue;
        }
        if (witness->secret_bytes < TRANSCRIPT_SECRET_MIN || witness->secret_bytes > TRANSCRIPT_SECRET_MAX) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "witness %u: a secret has %d to %d bytes", i,
                              TRANSCRIPT_SECRET_MIN, TRANSCRIPT_SECRET_MAX);
        }
        if (!transcript_secret_matches(witness)) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "witness %u: the secret does not match its commitment", i);
        }
        add_number(sm3, 1, 1);
        add_text(sm3, witness->secret, witness->secret_bytes);
        (*sources)++;
    }
    return true;
}

bool transcript_seed(const struct transcript *transcript, const struct transcript_commitment *commitment,
                     uint8_t seed[SM3_BYTES], struct allot_error *error)
{
    if (transcript->witnesses > TRANSCRIPT_WITNESSES_MAX || transcript->publics > TRANSCRIPT_PUBLIC_MAX) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "more than %d witnesses or %d public values",
                          TRANSCRIPT_WITNESSES_MAX, TRANSCRIPT_PUBLIC_MAX);
    }
    struct sm3 sm3;
    uint32_t sources = 0;
    sm3_start(&sm3);
    add_number(&sm3, TRANSCRIPT_VERSION, 4);
    sm3_add(&sm3, commitment->rules, SM3_BYTES);
    sm3_add(&sm3, commitment->root, SM3_BYTES);
    add_number(&sm3, commitment->count, 8);
    if (!add_witnesses(&sm3, transcript, &sources, error)) {
        return false;
    }
    add_number(&sm3, transcript->publics, 4);
    for (uint32_t i = 0; i < transcript->publics; i++) {
        const struct transcript_public *value = &transcript->public_value[i];
        add_text(&sm3, value->name.text, value->name.bytes);
        add_text(&sm3, value->value.text, value->value.bytes);
        sources++;
    }
    if (sources == 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "no witness opened a secret and there is no public value");
    }
    sm3_end(&sm3, seed);
    return true;
}
