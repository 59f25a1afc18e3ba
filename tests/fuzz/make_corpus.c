/*
 * Makes the beginnings of the corpora of transcripts and proofs: make_corpus FOLDER. Small random problems of every
 * mechanism, with kinds of places, siblings, balance, signatures and moves; always the same files.
 */
#include "target.h"

#include "../allot/played.h"

#include <string.h>
#include <sys/stat.h>

enum { TRANSCRIPTS = 40, PROOFS = 16 };

static void save(const char *folder, const char *kind, int number, const struct text *text)
{
    char path[4096];
    MUST((size_t)snprintf(path, sizeof path, "%s/%s", folder, kind) < sizeof path, "a path is too long");
    (void)mkdir(path, 0777);
    MUST((size_t)snprintf(path, sizeof path, "%s/%s/made-%02d", folder, kind, number) < sizeof path,
         "a path is too long");
    FILE *file = fopen(path, "wb");
    MUST(file != NULL && fwrite(text->bytes, 1, text->count, file) == text->count && fclose(file) == 0,
         "%s cannot be written", path);
}

/* Of every mechanism in turn, a little of everything. */
static struct shape next_shape(struct dice *dice, int number)
{
    struct shape shape = rich_shape(dice);
    shape.mechanism = (enum allot_mechanism)(number % 4);
    shape.applicants = number < 2 ? 0 : 2 + dice_below(dice, 9);
    shape.offers = 1 + dice_below(dice, 4);
    shape.sites = dice_below(dice, 4);
    shape.places = 1 + dice_below(dice, 3);
    shape.balance = number / 4 % 2 == 0;
    shape.together = (enum allot_together)(number / 8 % 2);
    if (shape.mechanism == ALLOT_CYCLES) {
        shape.kinds = shape.groups = shape.most = 0;
    }
    return shape;
}

static void make_transcript(struct dice *dice, const char *folder, int number)
{
    struct shape shape = next_shape(dice, number);
    struct written *written = written_new(dice, &shape, NULL, number % 3 == 0);
    struct text text = { 0 };
    if (number % 2 == 0 && shape.applicants > 0) {
        struct play play;
        play_moves(&play, written, dice);
        MUST(play_append(written, play.move, play.moves, &text), "the moves cannot be written");
        play_free(&play);
    } else {
        const size_t ends[] = { written->list_end, written->seed_end, written->result_end, written->result_end };
        text_keep(&text, written->text.bytes, ends[number / 2 % 4]);
    }
    save(folder, "transcript", number, &text);
    free(text.bytes);
    written_free(written);
}

static void make_proof(struct dice *dice, const char *folder, int number)
{
    struct shape shape = next_shape(dice, number + 2);
    struct written *written = written_new(dice, &shape, NULL, false);
    struct text text = { 0 };
    struct allot_error error;
    MUST(transcript_proof_write(&written->transcript, dice_below(dice, shape.applicants),
                                (enum transcript_table)(number % 2), (enum transcript_hash)(number / 2 % 2), NULL,
                                text_keep, &text, &error),
         "the proof cannot be written: %s", error.message);
    save(folder, "proof", number, &text);
    free(text.bytes);
    written_free(written);
}

int main(int count, char **word)
{
    MUST(count == 2, "usage: make_corpus FOLDER");
    struct dice dice = { 2026 };
    for (int i = 0; i < TRANSCRIPTS; i++) {
        make_transcript(&dice, word[1], i);
    }
    for (int i = 0; i < PROOFS; i++) {
        make_proof(&dice, word[1], i);
    }
    return 0;
}
