/*
 * The result, made again and compared line by line, and the moves, followed one by one.
 *
 * The long table is not taken apart: the lines that should stand there are made a stretch at a time and their bytes
 * compared with those of the file. Whoever only reads passes over the result.
 */
#include "allot/transcript_parts.h"

#include "allot/transcript_table.h"

#include <string.h>

/* --- comparing --------------------------------------------------------------------------------------------------- */

/* Takes one line that was made again. */
static bool compare_line(void *ctx, const char *text, size_t bytes)
{
    return reader_must_be_text(ctx, text, bytes, "the line is not what follows from the lines before it");
}

static bool compare_stretch(void *ctx, const char *text, const size_t *start, uint32_t first, uint32_t rows)
{
    struct reader *reader = ctx;
    (void)first;
    if ((size_t)(reader->end - reader->at) >= start[rows] && memcmp(reader->at, text, start[rows]) == 0) {
        reader->at += start[rows];
        reader->line += rows;
        reader_progress(reader);
        return true;
    }
    bool same = true;
    for (uint32_t i = 0; same && i < rows; i++) {
        same = compare_line(reader, text + start[i], start[i + 1] - start[i]);
    }
    return same;
}

static bool compare_table(struct reader *reader)
{
    struct transcript_report *report = reader->report;
    struct table table = { TRANSCRIPT_TABLE_RESULT, &reader->loaded->transcript, NULL, &reader->check };
    reader_before_table(reader);
    enum table_made made =
        table_make(&table, reader->host, compare_stretch, reader, report->result_root, report->result_root_sha256);
    reader_behind_table(reader);
    return made == TABLE_NO_MEMORY ? reader_no_memory(reader) : made == TABLE_MADE;
}

/* Lines that the emitter makes are compared as they come; what it says of its failure is only true of memory. */
static bool compare_result(struct reader *reader)
{
    struct transcript_writer writer;
    struct allot_error error = { 0 };
    struct emitter emitter;
    transcript_start(&writer, compare_line, reader);
    emitter_start(&emitter, &writer, &reader->loaded->transcript, reader->calm, &error);
    bool same = result_write_head(&emitter) && compare_table(reader) &&
                result_write_tail(&emitter, reader->report->seed, reader->report->result_root,
                                  reader->report->result_root_sha256);
    emitter_end(&emitter);
    if (!same && error.fault == ALLOT_FAULT_MEMORY) {
        return reader_no_memory(reader);
    }
    return same;
}

/* --- the result -------------------------------------------------------------------------------------------------- */

/* Goes to the closing line; only the lines' own checks are looked at. */
static bool pass_over_result(struct reader *reader)
{
    static const char END[] = "end result ";
    do {
        if (!reader_next(reader, "end result")) {
            return false;
        }
        bool place = reader->bytes > 6 && memcmp(reader->text, "place ", 6) == 0;
        if (place) {
            size_t before = (size_t)(reader->text - reader->hashed);
            sm3_add(&reader->hash, reader->hashed, before);
            reader->hashed = reader->at;
        }
    } while (reader->bytes < sizeof END - 1 || memcmp(reader->text, END, sizeof END - 1) != 0);
    reader->at = reader->text;
    reader->line--;
    return true;
}

bool reader_result(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    struct allot_error error = { 0 };
    if (!transcript_rerun(loaded, reader->report->seed, reader->calm, &error)) {
        return reader_failed(reader, &error);
    }
    if (!(reader->verify ? compare_result(reader) : pass_over_result(reader)) ||
        !reader_end_part(reader, TRANSCRIPT_RESULT)) {
        return false;
    }
    if (reader->verify && !allot_check_result(&loaded->problem, loaded->result, reader->calm, &error)) {
        return reader_failed(reader, &error);
    }
    return true;
}

/* --- the moves --------------------------------------------------------------------------------------------------- */

static bool follow_move(struct reader *reader, const struct transcript_move *move)
{
    char at[MOVE_WORDS];
    const struct loaded *loaded = reader->loaded;
    struct allot_error error = { 0 };
    if (!reader->verify) {
        return true;
    }
    if (reader->waiting == NULL &&
        !allot_waiting_new(&loaded->problem, loaded->result->outcome, reader->calm, &reader->waiting, &error)) {
        return reader_failed(reader, &error);
    }
    const char *fault = transcript_follow(reader->waiting, &loaded->problem, move, at);
    if (fault != NULL) {
        reader_blame(reader, at, fault);
        reader->report->fault = ALLOT_FAULT_RESULT;
    }
    return fault == NULL;
}

static bool read_move(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    if (!reader_start(reader, "move") ||
        !reader_grow(reader, (void **)&loaded->move, loaded->moves, &loaded->move_room, sizeof *loaded->move)) {
        return false;
    }
    struct transcript_move *move = &loaded->move[loaded->moves];
    uint8_t ticket[ALLOT_TICKET_BYTES];
    *move = (struct transcript_move){ .batch = loaded->batches };
    move->kind = (enum transcript_move_kind)words_one_of(&reader->words, "declined|waiting|passed|late|removed");
    words_hex(&reader->words, ticket, sizeof ticket, "the ticket, 64 hexadecimal digits");
    reader_seat(reader, &move->from, &move->from_kind, "the seat before, or -");
    reader_seat(reader, &move->to, &move->to_kind, "the seat after, or -");
    move->note = words_last(&reader->words, "a note, text of at most 200 bytes");
    if (!reader_done(reader)) {
        return false;
    }
    move->applicant = transcript_find(&loaded->transcript, ticket);
    if (move->applicant == ALLOT_NONE) {
        return reader_blame(reader, "a ticket of the list", "nobody on the list has this ticket");
    }
    loaded->moves++;
    loaded->transcript.moves = (uint32_t)loaded->moves;
    loaded->transcript.move = loaded->move;
    return follow_move(reader, move);
}

bool reader_moves(struct reader *reader)
{
    uint32_t count = 0;
    if (!reader_count(reader, "moves", &count)) {
        return false;
    }
    if (count == 0) {
        return reader_blame(reader, "at least one move", "the batch is empty");
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_move(reader)) {
            return false;
        }
    }
    reader->loaded->batches++;
    return reader_end_part(reader, TRANSCRIPT_MOVES);
}
