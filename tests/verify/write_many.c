/*
 * Transcripts for the verifiers beside the native one, of random problems: every mechanism, kinds and groups, siblings,
 * balance, audit, moves of every kind and signatures come up; some shapes are made scarce on purpose, so that repairs
 * happen, somebody is passed over, and balance runs short. The same numbers give the same problems and results; only
 * keys and signatures are fresh each time.
 *
 *   write_many COUNT SEED         right ones to standard output, one behind the other as a pack (pack.mjs): a line
 * "NAME BYTES 0", then the bytes write_many bent FOLDER COUNT  right and bent ones, 0.txt, 1.txt …; prints what the
 * native verifier says of each: number, ok, line, stage, message write_many city FOLDER        one as large as the
 * whole city, city.txt
 */
#include "../allot/played.h"
#include "../allot/signing.h"

#include "base/sm2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "write_many: %s\n", what);
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

/* --- random ones ------------------------------------------------------------------------------------------------- */

/* Siblings, and offers that each order everybody in their own way: answers are often not stable at once, or never. */
static struct shape tight_shape(struct dice *dice)
{
    struct shape shape = written_shape(dice);
    shape.mechanism = dice_below(dice, 2) == 0 ? ALLOT_DEFERRED : (enum allot_mechanism)dice_below(dice, 3);
    shape.together = ALLOT_TOGETHER_FIT;
    shape.applicants = 16 + dice_below(dice, 30);
    shape.offers = 4 + dice_below(dice, 3);
    shape.choices = shape.offers;
    shape.places = 4 + dice_below(dice, 5);
    shape.priorities = 1000;
    shape.most = 2 + dice_below(dice, 2);
    shape.kinds = dice_below(dice, 2) == 0 ? 0 : shape.kinds;
    return shape;
}

/* Few wishes, so that many are left over; sites that reach far, with siblings. */
static struct shape left_over_shape(struct dice *dice)
{
    struct shape shape = written_shape(dice);
    shape.mechanism = (enum allot_mechanism)dice_below(dice, 4);
    shape.balance = true;
    shape.applicants = 30 + dice_below(dice, 30);
    shape.offers = 4 + dice_below(dice, 6);
    shape.sites = 3 + dice_below(dice, 8);
    shape.choices = 1;
    shape.places = (2 + dice_below(dice, 2)) * shape.applicants / shape.offers;
    shape.most = dice_below(dice, 2) == 0 ? 1 : shape.most;
    shape.reach = shape.offers;
    shape.steps = 2 + dice_below(dice, 30);
    if (shape.mechanism == ALLOT_CYCLES) {
        shape.kinds = shape.groups = shape.most = 0;
    }
    return shape;
}

static struct shape shape_of(uint32_t number, struct dice *dice)
{
    switch (number % 4) {
    case 1:
        return tight_shape(dice);
    case 2:
        return left_over_shape(dice);
    default:
        return written_shape(dice);
    }
}

static void sign(struct transcript_writer *writer, EVP_PKEY *key, const uint8_t public_key[TRANSCRIPT_KEY_BYTES],
                 uint32_t times)
{
    struct transcript_signature signature = { .text = TEXT("教育局 the bureau") };
    struct allot_error error = { 0 };
    memcpy(signature.key, public_key, sizeof signature.key);
    for (; times > 0; times--) {
        if (transcript_to_sign(writer, &signature)) {
            signing_sign(key, &signature);
            must(transcript_write_signature(writer, &signature, NULL, &error), error.message);
        }
    }
}

/* All parts once more, with signatures between them. */
static void write_signed(struct written *written, struct dice *dice, uint32_t batches, struct text *text)
{
    struct transcript_writer writer;
    struct transcript_commitment committed;
    struct allot_error error = { 0 };
    uint8_t seed[SM3_BYTES], public_key[TRANSCRIPT_KEY_BYTES];
    uint32_t most = dice_below(dice, 8) == 0 ? 3 : 1; /* signatures of a part, below */
    EVP_PKEY *key = signing_key(public_key);
    transcript_start(&writer, text_keep, text);
    must(transcript_write_list(&writer, &written->transcript, NULL, &committed, &error), error.message);
    sign(&writer, key, public_key, dice_below(dice, most));
    must(transcript_write_seed(&writer, &written->transcript, &committed, NULL, seed, &error), error.message);
    sign(&writer, key, public_key, dice_below(dice, most));
    must(transcript_write_result(&writer, &written->transcript, seed, NULL, &error), error.message);
    sign(&writer, key, public_key, dice_below(dice, most));
    for (uint32_t batch = 0; batch < batches; batch++) {
        must(transcript_write_moves(&writer, &written->transcript, batch, NULL, &error), error.message);
        sign(&writer, key, public_key, dice_below(dice, most));
    }
    EVP_PKEY_free(key);
}

static void make_text(uint32_t number, uint64_t seed, struct text *text)
{
    struct dice dice = { seed * 0x100000001u + number };
    struct shape shape = shape_of(number, &dice);
    struct written *written = written_new(&dice, &shape, NULL, false);
    struct play play = { 0 };
    uint32_t batches = 0;
    if (shape.applicants > 0) {
        play_moves(&play, written, &dice);
        written->transcript.move = play.move;
        written->transcript.moves = play.moves;
        batches = play.moves == 0 ? 0 : play.move[play.moves - 1].batch + 1;
    }
    write_signed(written, &dice, batches, text);
    play_free(&play);
    written_free(written);
}

static void write_pack(uint32_t count, uint64_t seed)
{
    for (uint32_t number = 0; number < count; number++) {
        struct text text = { 0 };
        make_text(number, seed, &text);
        printf("c-%llu-%u %zu 0\n", (unsigned long long)seed, number, text.count);
        fwrite(text.bytes, 1, text.count, stdout);
        free(text.bytes);
    }
}

/* --- bent ones --------------------------------------------------------------------------------------------------- */

static bool holds(void *ctx, const struct transcript_signature *signature)
{
    char message[TRANSCRIPT_SIGNED_MESSAGE_MAX];
    size_t bytes = transcript_signed_message(signature, message);
    (void)ctx;
    return sm2_holds(signature->key, signature->signature, message, bytes);
}

/* Changes one digit somewhere; every other time with the line's check made right again. */
static void bend(struct text *text, struct dice *dice)
{
    char *bytes = text->bytes;
    size_t at = dice_below(dice, (uint32_t)text->count);
    while (bytes[at] < '0' || bytes[at] > '9') {
        at = (at + 1) % text->count;
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

static void write_bent(const char *folder, uint32_t count)
{
    const uint64_t seed = 2026;
    struct dice dice = { seed };
    for (uint32_t i = 0; i < count; i++) {
        char name[16];
        struct text text = { 0 };
        make_text(i, seed, &text);
        if (i % 3 != 0) {
            bend(&text, &dice);
        }
        if (i % 11 == 10) { /* cut off */
            text.count = dice_below(&dice, (uint32_t)text.count);
        }
        (void)snprintf(name, sizeof name, "%u", i);
        write_file(folder, name, text.bytes, text.count);
        tell(i, text.bytes, text.count);
        free(text.bytes);
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

static void write_city(const char *folder)
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

int main(int count, char **word)
{
    if (count == 4 && strcmp(word[1], "bent") == 0) {
        write_bent(word[2], (uint32_t)strtoul(word[3], NULL, 10));
    } else if (count == 3 && strcmp(word[1], "city") == 0) {
        write_city(word[2]);
    } else if (count == 3) {
        write_pack((uint32_t)strtoul(word[1], NULL, 10), strtoull(word[2], NULL, 10));
    } else {
        must(false, "COUNT SEED, bent FOLDER COUNT, or city FOLDER");
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
