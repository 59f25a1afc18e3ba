/*
 * Transcripts for the verifiers beside the native one. made_files DIR COUNT writes COUNT files 0.txt, 1.txt … into DIR,
 * right and bent ones, and prints what the native verifier says of each: number, ok, line, stage, message.
 * made_files DIR city writes one as large as the whole city, city.txt.
 */
#include "../allot/written.h"

#include "base/sm2.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "made_files: %s\n", what);
        exit(1);
    }
}

static void write_file(const char *folder, const char *name, const char *bytes, size_t count)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s.txt", folder, name);
    FILE *file = fopen(path, "wb");
    must(file && fwrite(bytes, 1, count, file) == count && fclose(file) == 0, path);
}

/* --- signing ----------------------------------------------------------------------------------------------------- */

static void sign(struct transcript_signature *signature)
{
    char message[TRANSCRIPT_SIGNED_MESSAGE_MAX];
    size_t bytes = transcript_signed_message(signature, message), der_bytes = 200, key_bytes = 0;
    uint8_t der[200];
    const uint8_t *at = der;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    must(key && EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, signature->key,
                                                TRANSCRIPT_KEY_BYTES, &key_bytes) == 1,
         "no key");
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    must(EVP_PKEY_CTX_set1_id(context, "1234567812345678", 16) == 1, "no identity");
    EVP_MD_CTX_set_pkey_ctx(digest, context);
    must(EVP_DigestSignInit(digest, NULL, EVP_sm3(), NULL, key) == 1 &&
             EVP_DigestSign(digest, der, &der_bytes, (const uint8_t *)message, bytes) == 1,
         "no signature");
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der_bytes);
    must(BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature->signature, 32) == 32 &&
             BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature->signature + 32, 32) == 32,
         "no signature");
    ECDSA_SIG_free(pair);
    EVP_MD_CTX_free(digest);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
}

static bool holds(void *ctx, const struct transcript_signature *signature)
{
    char message[TRANSCRIPT_SIGNED_MESSAGE_MAX];
    size_t bytes = transcript_signed_message(signature, message);
    (void)ctx;
    return sm2_holds(signature->key, signature->signature, message, bytes);
}

static void append_signature(struct written *written)
{
    struct transcript_signature signature = { .text = TEXT("教育局 <b>the bureau</b>") };
    struct transcript_writer writer;
    struct allot_error error = { 0 };
    transcript_start(&writer, text_keep, &written->text);
    transcript_resume(&writer, written->text.bytes, written->text.count);
    must(transcript_to_sign(&writer, &signature), "nothing to sign");
    sign(&signature);
    must(transcript_write_signature(&writer, &signature, NULL, &error), error.message);
}

/* Somebody gives the place back: a batch of one move, when anybody has one. */
static void append_move(struct written *written)
{
    struct allot_error error = { 0 };
    for (uint32_t a = 0; a < written->shape.applicants; a++) {
        const struct allot_outcome *outcome = &written->result->outcome[a];
        struct transcript_move move = { .applicant = a,
                                        .from = outcome->offer,
                                        .from_kind = outcome->kind,
                                        .to = ALLOT_NONE,
                                        .kind = TRANSCRIPT_DECLINED,
                                        .note = TEXT("2026-08-20") };
        if (outcome->offer != ALLOT_NONE) {
            struct transcript_writer writer;
            written->transcript.move = &move;
            written->transcript.moves = 1;
            transcript_start(&writer, text_keep, &written->text);
            transcript_resume(&writer, written->text.bytes, written->text.count);
            must(transcript_write_moves(&writer, &written->transcript, 0, NULL, &error), error.message);
            return;
        }
    }
}

/* --- many small ones --------------------------------------------------------------------------------------------- */

/* Changes one digit somewhere; every other time with the line's check made right again. */
static void bend(struct written *written, struct dice *dice)
{
    char *bytes = written->text.bytes;
    size_t at = dice_below(dice, (uint32_t)written->text.count);
    while (bytes[at] < '0' || bytes[at] > '9') {
        at = (at + 1) % written->text.count;
    }
    bytes[at] = (char)('0' + (bytes[at] - '0' + 1 + (int)dice_below(dice, 9)) % 10);
    if (dice_below(dice, 2) == 0) {
        repair_check(bytes, at);
    }
}

static void tell(uint32_t number, const char *bytes, size_t count)
{
    struct transcript_report report;
    bool ok = transcript_verify_signed(bytes, count, NULL, holds, NULL, &report);
    printf("%u\t%d\t%zu\t%d\t%s\n", number, ok, report.line, (int)report.stage, report.message);
}

static void make_small(const char *folder, uint32_t count)
{
    struct dice dice = { 2026 };
    for (uint32_t i = 0; i < count; i++) {
        char name[16];
        struct shape shape = written_shape(&dice);
        struct written *written = written_new(&dice, &shape, NULL, false);
        if (dice_below(&dice, 2) == 0) {
            append_signature(written);
        }
        if (dice_below(&dice, 2) == 0) {
            append_move(written);
        }
        if (i % 3 != 0) {
            bend(written, &dice);
        }
        if (i % 11 == 10) { /* cut off */
            written->text.count = dice_below(&dice, (uint32_t)written->text.count);
        }
        (void)snprintf(name, sizeof name, "%u", i);
        write_file(folder, name, written->text.bytes, written->text.count);
        tell(i, written->text.bytes, written->text.count);
        written_free(written);
    }
}

/* --- the whole city ---------------------------------------------------------------------------------------------- */

static struct transcript_text *numbered(const char *word, uint32_t count)
{
    enum { NAME_BYTES = 24 };
    struct transcript_text *text = calloc(count + 1u, sizeof *text);
    char *names = malloc((count + 1u) * (size_t)NAME_BYTES);
    must(text && names, "no memory");
    for (uint32_t i = 0; i < count; i++) {
        int bytes = snprintf(names + (size_t)i * NAME_BYTES, NAME_BYTES, "%s %u", word, i);
        text[i] = (struct transcript_text){ names + (size_t)i * NAME_BYTES, (size_t)bytes };
    }
    return text; /* until the program ends */
}

static void make_city(const char *folder)
{
    enum { CATEGORIES = 8 };
    struct dice dice = { 114000 };
    struct shape shape = { .applicants = 114000,
                           .offers = 1037,
                           .sites = 4000,
                           .choices = 5,
                           .places = 220,
                           .priorities = 4000,
                           .reach = 30,
                           .steps = 400,
                           .mechanism = ALLOT_DEFERRED,
                           .balance = true };
    struct made *made = made_new(&dice, &shape);
    for (uint32_t i = 0; i < made->problem.choice_from[shape.applicants]; i++) {
        made->choice[i].category %= CATEGORIES; /* a policy has a handful */
    }
    struct text text = { 0 };
    struct transcript_witness witness = { .id = TEXT("公证处"),
                                          .secret = (const uint8_t *)"sixteen bytes and",
                                          .secret_bytes = 16 };
    struct transcript transcript = { .round = TEXT("2026 the whole city"),
                                     .program = TEXT("jiaoti"),
                                     .step_metres = 50,
                                     .audit = 300,
                                     .problem = &made->problem,
                                     .witnesses = 1,
                                     .witness = &witness };
    struct transcript_writer writer;
    struct transcript_commitment committed;
    struct allot_result *result = NULL;
    struct allot_error error = { 0 };
    uint8_t seed[SM3_BYTES], (*commitment)[SM3_BYTES] = calloc(shape.applicants, sizeof *commitment);
    must(commitment != NULL, "no memory");
    for (uint32_t a = 0; a < shape.applicants; a++) {
        for (int k = 0; k < SM3_BYTES; k++) {
            commitment[a][k] = (uint8_t)dice_next(&dice);
        }
    }
    sm3_of(witness.secret, 16, witness.commitment);
    transcript.offer_id = numbered("school", shape.offers);
    transcript.site_id = numbered("community", shape.sites);
    transcript.commitment = (const uint8_t(*)[SM3_BYTES])commitment;
    transcript_start(&writer, text_keep, &text);
    must(transcript_write_list(&writer, &transcript, NULL, &committed, &error), error.message);
    must(transcript_write_seed(&writer, &transcript, &committed, NULL, seed, &error), error.message);
    allot_derive_lots(&made->problem, seed, transcript.round.text, transcript.round.bytes, NULL, made->lot, NULL);
    must(allot_run(&made->problem, NULL, &result, &error), error.message);
    transcript.result = result;
    must(transcript_write_result(&writer, &transcript, seed, NULL, &error), error.message);
    write_file(folder, "city", text.bytes, text.count);
    allot_result_free(result, NULL);
    made_free(made);
    free(commitment);
    free(text.bytes);
}

int main(int argc, char **argv)
{
    must(argc == 3, "give a folder, and a count or city");
    if (strcmp(argv[2], "city") == 0) {
        make_city(argv[1]);
    } else {
        make_small(argv[1], (uint32_t)strtoul(argv[2], NULL, 10));
    }
    return 0;
}
