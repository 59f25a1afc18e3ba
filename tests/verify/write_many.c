/*
 * write_many COUNT SEED: writes COUNT random right transcripts of the library to standard output, one behind the other
 * as a pack (pack.mjs): a line "NAME BYTES 0", then the bytes. The same numbers give the same problems and results;
 * only keys and signatures are fresh each time.
 *
 * Every mechanism, kinds and groups, siblings, balance, audit, moves of every kind and signatures come up; some shapes
 * are made scarce on purpose, so that repairs happen, give up, and balance runs short.
 */
#include "../allot/played.h"
#include "../allot/signing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void must(bool good, const struct allot_error *error)
{
    if (!good) {
        fprintf(stderr, "write_many: %s\n", error->message);
        exit(1);
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
            must(transcript_write_signature(writer, &signature, NULL, &error), &error);
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
    must(transcript_write_list(&writer, &written->transcript, NULL, &committed, &error), &error);
    sign(&writer, key, public_key, dice_below(dice, most));
    must(transcript_write_seed(&writer, &written->transcript, &committed, NULL, seed, &error), &error);
    sign(&writer, key, public_key, dice_below(dice, most));
    must(transcript_write_result(&writer, &written->transcript, seed, NULL, &error), &error);
    sign(&writer, key, public_key, dice_below(dice, most));
    for (uint32_t batch = 0; batch < batches; batch++) {
        must(transcript_write_moves(&writer, &written->transcript, batch, NULL, &error), &error);
        sign(&writer, key, public_key, dice_below(dice, most));
    }
    EVP_PKEY_free(key);
}

static void write_one(uint32_t number, uint64_t seed)
{
    struct dice dice = { seed * 0x100000001u + number };
    struct shape shape = shape_of(number, &dice);
    struct written *written = written_new(&dice, &shape, NULL, false);
    struct play play = { 0 };
    struct text text = { 0 };
    uint32_t batches = 0;
    if (shape.applicants > 0) {
        play_moves(&play, written, &dice);
        written->transcript.move = play.move;
        written->transcript.moves = play.moves;
        batches = play.moves == 0 ? 0 : play.move[play.moves - 1].batch + 1;
    }
    write_signed(written, &dice, batches, &text);
    printf("c-%llu-%u %zu 0\n", (unsigned long long)seed, number, text.count);
    fwrite(text.bytes, 1, text.count, stdout);
    free(text.bytes);
    play_free(&play);
    written_free(written);
}

int main(int count, char **word)
{
    if (count != 3) {
        fprintf(stderr, "write_many COUNT SEED\n");
        return 2;
    }
    unsigned long many = strtoul(word[1], NULL, 10);
    for (uint32_t number = 0; number < many; number++) {
        write_one(number, strtoull(word[2], NULL, 10));
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
