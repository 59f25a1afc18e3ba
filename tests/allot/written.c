/* Making transcripts, and bending them. A failure here ends the test program. */
#include "written.h"

#include "allot/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool good, const struct allot_error *error)
{
    if (!good) {
        fprintf(stderr, "a transcript cannot be made: %s\n", error->message);
        abort();
    }
}

bool text_keep(void *ctx, const char *bytes, size_t count)
{
    struct text *text = ctx;
    if (text->count + count + 1 > text->room) {
        text->room = 2 * (text->count + count) + 1000;
        text->bytes = realloc(text->bytes, text->room);
    }
    memcpy(text->bytes + text->count, bytes, count);
    text->count += count;
    text->bytes[text->count] = '\0';
    return true;
}

struct shape written_shape(struct dice *dice)
{
    struct shape shape = dice_below(dice, 3) == 0 ? small_shape(dice) : rich_shape(dice);
    shape.applicants = dice_below(dice, 40);
    shape.offers = 1 + dice_below(dice, 6);
    shape.sites = dice_below(dice, 6);
    shape.places = 1 + dice_below(dice, 8);
    shape.balance = dice_below(dice, 3) != 0;
    return shape;
}

static struct transcript_text *names(struct written *written, uint32_t count)
{
    struct transcript_text *text = calloc(count + 1, sizeof *text);
    for (uint32_t i = 0; i < count; i++) {
        int bytes = snprintf(written->names[i], sizeof written->names[i], "第%u校 no.%u", i, i);
        text[i] = (struct transcript_text){ written->names[i], (size_t)bytes };
    }
    return text;
}

static void sign(struct written *written, struct transcript_writer *writer, struct dice *dice)
{
    struct transcript_signature signature = { .text = TEXT("教育局 the bureau") };
    struct allot_error error = { 0 };
    for (uint32_t i = dice_below(dice, 3); i > 0; i--) {
        signature.key[0] = 4;
        for (int k = 1; k < TRANSCRIPT_KEY_BYTES; k++) {
            signature.key[k] = (uint8_t)dice_next(dice);
            signature.signature[k - 1] = (uint8_t)dice_next(dice);
        }
        must(transcript_write_signature(writer, &signature, NULL, &error), &error);
        written->signatures++;
    }
}

static void write_parts(struct written *written, struct dice *dice, const struct allot_host *host, bool signed_parts)
{
    struct transcript *transcript = &written->transcript;
    struct made *made = written->made;
    struct transcript_writer writer;
    struct allot_error error = { 0 };
    transcript_start(&writer, text_keep, &written->text);
    must(transcript_write_list(&writer, transcript, host, &written->committed, &error), &error);
    if (signed_parts) {
        sign(written, &writer, dice);
    }
    written->list_end = written->text.count;
    must(transcript_write_seed(&writer, transcript, &written->committed, host, written->seed, &error), &error);
    if (signed_parts) {
        sign(written, &writer, dice);
    }
    written->seed_end = written->text.count;
    allot_derive_lots(&made->problem, written->seed, transcript->round.text, transcript->round.bytes, host, made->lot,
                      made->problem.lot_per_offer ? made->choice_lot : NULL);
    must(allot_run(&made->problem, host, &written->result, &error), &error);
    transcript->result = written->result;
    must(transcript_write_result(&writer, transcript, written->seed, host, &error), &error);
    if (signed_parts) {
        sign(written, &writer, dice);
    }
    written->result_end = written->text.count;
}

static void fill_witnesses(struct written *written, struct dice *dice)
{
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 32; k++) {
            written->secret[i][k] = (uint8_t)dice_next(dice);
        }
        sm3_of(written->secret[i], 32, written->witness[i].commitment);
        written->witness[i].id = i == 0 ? TEXT("公证处") : TEXT("parents' committee");
        written->witness[i].secret = i == 1 ? NULL : written->secret[i];
        written->witness[i].secret_bytes = i == 1 ? 0 : 32;
    }
    written->transcript.witness = written->witness;
    written->transcript.witnesses = 3;
    written->value.name = TEXT("welfare lottery 2026-08-01");
    written->value.value = TEXT("03 07 11 19 22 30 + 04");
    written->transcript.public_value = &written->value;
    written->transcript.publics = 1;
}

struct written *written_new(struct dice *dice, const struct shape *shape, const struct allot_host *host,
                            bool signed_parts)
{
    return written_of(made_new(dice, shape), dice, shape, host, signed_parts);
}

struct written *written_of(struct made *made, struct dice *dice, const struct shape *shape,
                           const struct allot_host *host, bool signed_parts)
{
    struct written *written = calloc(1, sizeof *written);
    written->made = made;
    written->made->problem.waiting_reversed = dice_below(dice, 2) == 0;
    written->shape = *shape;
    struct transcript *transcript = &written->transcript;
    transcript->round = TEXT("2026 小学一年级 round 1");
    transcript->program = TEXT("jiaoti 0.1.0");
    transcript->policy[0] = 7;
    transcript->step_metres = 50;
    transcript->audit = dice_below(dice, 4) == 0 ? 0 : dice_below(dice, 12);
    transcript->problem = &written->made->problem;
    transcript->offer_id = written->offer_id = names(written, shape->offers);
    transcript->site_id = written->site_id = names(written, shape->sites);
    transcript->groups = shape->groups;
    transcript->group = written->group = names(written, shape->groups);
    written->commitment = calloc(shape->applicants + 1, sizeof *written->commitment);
    for (uint32_t a = 0; a < shape->applicants; a++) {
        written->commitment[a][a % 32] = (uint8_t)dice_next(dice);
    }
    transcript->commitment = (const uint8_t(*)[SM3_BYTES])written->commitment;
    fill_witnesses(written, dice);
    write_parts(written, dice, host, signed_parts);
    return written;
}

void written_free(struct written *written)
{
    allot_result_free(written->result, NULL);
    made_free(written->made);
    free(written->offer_id);
    free(written->site_id);
    free(written->group);
    free(written->commitment);
    free(written->text.bytes);
    free(written);
}

size_t line_of(const char *bytes, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++) {
        line += bytes[i] == '\n';
    }
    return line;
}

size_t line_begins(const char *bytes, size_t count, size_t line)
{
    size_t at = 0;
    for (size_t i = 1; i < line && at < count; at++) {
        i += bytes[at] == '\n';
    }
    return at;
}

void repair_check(char *bytes, size_t at)
{
    struct line_check check;
    line_check_start(&check);
    size_t from = at, to = at;
    while (from > 0 && bytes[from - 1] != '\n') {
        from--;
    }
    while (bytes[to] != '\n') {
        to++;
    }
    char mark[LINE_CHECK_BYTES + 1];
    line_mark(&check, bytes + from, to - from - LINE_CHECK_BYTES, mark);
    memcpy(bytes + to - LINE_CHECK_BYTES, mark, LINE_CHECK_BYTES);
}
