/*
 * Reading line by line: the line in hand with its check, what should stand there, the running hash, blame.
 *
 * What must hold: no file, however made, leads outside its bytes or to more memory than a small multiple of its size;
 * every refusal names the line, what stands there and what was expected; lines are looked at in the order of the file,
 * so the first wrong one is blamed.
 */
#include "allot/transcript_parts.h"

#include "allot/transcript_table.h"

#include <string.h>

bool reader_blame(struct reader *reader, const char *expected, const char *message)
{
    return transcript_blame(reader->report, reader->line, reader->text, reader->bytes, expected, strlen(expected),
                            message);
}

bool reader_no_memory(struct reader *reader)
{
    transcript_blame(reader->report, 0, NULL, 0, "", 0, "not enough memory");
    reader->report->fault = ALLOT_FAULT_MEMORY;
    return false;
}

bool reader_failed(struct reader *reader, const struct allot_error *error)
{
    transcript_blame(reader->report, error->fault == ALLOT_FAULT_MEMORY ? 0 : reader->line, NULL, 0, "", 0,
                     error->message);
    reader->report->fault = error->fault;
    return false;
}

bool reader_grow(struct reader *reader, void **items, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return true;
    }
    size_t wider = 2 * *room + 64;
    void *grown = allot_get(reader->host, wider, size);
    if (grown == NULL) {
        return reader_no_memory(reader);
    }
    if (count > 0) {
        memcpy(grown, *items, count * size);
    }
    allot_put(reader->host, *items);
    *items = grown;
    *room = wider;
    return true;
}

void reader_progress(const struct reader *reader)
{
    if (reader->host != NULL && reader->host->progress != NULL) {
        reader->host->progress(reader->host->ctx, (uint64_t)(reader->at - reader->begin),
                               (uint64_t)(reader->end - reader->begin) + 1);
    }
}

/* --- lines ------------------------------------------------------------------------------------------------------- */

bool reader_next(struct reader *reader, const char *expected)
{
    reader->line++;
    reader->text = reader->at;
    size_t left = (size_t)(reader->end - reader->at);
    if (left == 0) {
        reader->bytes = 0;
        return reader_blame(reader, expected, "the file ends here, in the middle of a part");
    }
    const char *feed = memchr(reader->at, '\n', left);
    if (feed == NULL) {
        reader->bytes = left;
        return reader_blame(reader, "a line feed at the end", "the last line is not complete");
    }
    reader->bytes = (size_t)(feed - reader->at);
    const char *mark = reader->bytes <= LINE_CHECK_BYTES ? NULL : feed - LINE_CHECK_BYTES;
    if (mark == NULL || mark[0] != ' ' || mark[1] != '#') {
        return reader_blame(reader, "a line that ends with \" #\" and eight hexadecimal digits",
                            "the line has no check");
    }
    size_t content = reader->bytes - LINE_CHECK_BYTES;
    if (!line_mark_fits(&reader->check, reader->text, content)) {
        char fits[LINE_CHECK_BYTES + 1];
        line_mark(&reader->check, reader->text, content, fits);
        return reader_blame(reader, fits + 1,
                            "the line does not fit its own check: it was changed after it was written");
    }
    reader->bytes = content;
    reader->at = feed + 1;
    reader->words = (struct words){ reader->text, mark, true, NULL };
    return true;
}

bool reader_done(struct reader *reader)
{
    words_done(&reader->words);
    return reader->words.good || reader_blame(reader, reader->words.expected, "the line is not as the format wants it");
}

bool reader_start(struct reader *reader, const char *keyword)
{
    if (!reader_next(reader, keyword)) {
        return false;
    }
    words_keyword(&reader->words, keyword);
    return reader->words.good || reader_blame(reader, keyword, "another line should stand here");
}

bool reader_text(struct reader *reader, const char *keyword, struct transcript_text *text)
{
    if (!reader_start(reader, keyword)) {
        return false;
    }
    *text = words_last(&reader->words, "text of at most 200 bytes");
    return reader_done(reader);
}

bool reader_number(struct reader *reader, const char *keyword, uint64_t most, uint64_t *number)
{
    if (!reader_start(reader, keyword)) {
        return false;
    }
    *number = words_number(&reader->words, most, "a number in its bounds, without leading zero");
    return reader_done(reader);
}

bool reader_count(struct reader *reader, const char *keyword, uint32_t *count)
{
    uint64_t number = 0;
    if (!reader_number(reader, keyword, UINT32_MAX, &number)) {
        return false;
    }
    *count = (uint32_t)number;
    return true;
}

size_t reader_room(const struct reader *reader, uint32_t count)
{
    size_t most = (size_t)(reader->end - reader->at) / LINE_CHECK_BYTES + 1;
    return count < most ? count : most;
}

bool reader_choice(struct reader *reader, const char *keyword, const char *choices, unsigned *position)
{
    if (!reader_start(reader, keyword)) {
        return false;
    }
    *position = words_one_of(&reader->words, choices);
    return reader_done(reader);
}

void reader_seat(struct reader *reader, uint32_t *offer, uint16_t *kind, const char *expected)
{
    struct words *words = &reader->words;
    const struct allot_problem *problem = &reader->loaded->problem;
    *offer = words_number_or_dash(words, problem->offers, expected);
    *kind = 0;
    uint32_t kinds = words->good && *offer != ALLOT_NONE ? allot_kinds_at(problem, *offer) : 0;
    if (kinds > 0) {
        words_mark(words, '.', "a dot, then the kind of place");
        *kind = (uint16_t)words_digits(words, kinds - 1, "the number of a kind of place of this offer");
    }
}

/* --- what should stand there ------------------------------------------------------------------------------------- */

bool reader_must_be_text(struct reader *reader, const char *text, size_t bytes, const char *message)
{
    size_t left = (size_t)(reader->end - reader->at);
    reader->line++;
    reader->text = reader->at;
    if (left >= bytes && memcmp(reader->at, text, bytes) == 0) {
        reader->bytes = bytes - 1;
        reader->at += bytes;
        return true;
    }
    const char *feed = left == 0 ? NULL : memchr(reader->at, '\n', left);
    reader->bytes = feed == NULL ? left : (size_t)(feed - reader->at);
    return transcript_blame(reader->report, reader->line, reader->text, reader->bytes, text, bytes - 1,
                            left == 0 ? "the file ends here, in the middle of a part" : message);
}

bool reader_must_be(struct reader *reader, const char *message)
{
    struct line *made = &reader->made;
    line_finish(made);
    if (made->failed) {
        return reader_no_memory(reader);
    }
    size_t bytes = made->bytes;
    line_clear(made);
    return reader_must_be_text(reader, made->text, bytes, message);
}

bool reader_must_be_hash(struct reader *reader, const char *keyword, const uint8_t hash[SM3_BYTES], const char *message)
{
    line_word(&reader->made, keyword);
    line_hex(&reader->made, hash, SM3_BYTES);
    return reader_must_be(reader, message);
}

bool reader_must_be_roots(struct reader *reader, const uint8_t sm3[SM3_BYTES], const uint8_t sha256[SM3_BYTES])
{
    static const char MESSAGE[] = "the root is not that of the lines before it";
    return reader_must_be_hash(reader, "root sm3", sm3, MESSAGE) &&
           reader_must_be_hash(reader, "root sha256", sha256, MESSAGE);
}

/* --- hashes ------------------------------------------------------------------------------------------------------ */

static void hash_up_to_here(struct reader *reader)
{
    sm3_add(&reader->hash, reader->hashed, (size_t)(reader->at - reader->hashed));
    reader->hashed = reader->at;
}

void reader_hash(struct reader *reader, uint8_t hash[SM3_BYTES])
{
    hash_up_to_here(reader);
    struct sm3 copy = reader->hash;
    sm3_end(&copy, hash);
}

void reader_before_table(struct reader *reader)
{
    hash_up_to_here(reader);
}

void reader_behind_table(struct reader *reader)
{
    reader->hashed = reader->at;
}

/* --- signatures -------------------------------------------------------------------------------------------------- */

static bool read_signature(struct reader *reader, enum transcript_stage part, const uint8_t hash[SM3_BYTES])
{
    struct loaded *loaded = reader->loaded;
    if (!reader_start(reader, "signed") ||
        !reader_grow(reader, (void **)&loaded->signature, loaded->signatures, &loaded->signature_room,
                     sizeof *loaded->signature) ||
        !reader_grow(reader, (void **)&loaded->signature_line, loaded->signatures, &loaded->signature_line_room,
                     sizeof *loaded->signature_line)) {
        return false;
    }
    struct transcript_signature *signature = &loaded->signature[loaded->signatures];
    *signature = (struct transcript_signature){ .part = part, .batch = loaded->batches == 0 ? 0 : loaded->batches - 1 };
    memcpy(signature->hash, hash, SM3_BYTES);
    words_mark(&reader->words, ' ', "the part that is signed");
    words_keyword(&reader->words, TRANSCRIPT_PART[part]);
    words_hex(&reader->words, signature->key, TRANSCRIPT_KEY_BYTES, "the key, 130 hexadecimal digits");
    words_hex(&reader->words, signature->signature, TRANSCRIPT_SIGNATURE_BYTES,
              "the signature, 128 hexadecimal digits");
    signature->text = words_last(&reader->words, "who signed, text of at most 200 bytes");
    if (!reader_done(reader)) {
        return false;
    }
    if (signature->key[0] != 4) {
        return reader_blame(reader, "a key that begins with 04", "the key is not an uncompressed point");
    }
    loaded->signature_line[loaded->signatures++] = reader->line;
    loaded->transcript.signature = loaded->signature;
    loaded->transcript.signatures = (uint32_t)loaded->signatures;
    return true;
}

static bool signature_follows(const struct reader *reader)
{
    static const char KEYWORD[] = "signed ";
    return (size_t)(reader->end - reader->at) >= sizeof KEYWORD - 1 &&
           memcmp(reader->at, KEYWORD, sizeof KEYWORD - 1) == 0;
}

bool reader_end_part(struct reader *reader, enum transcript_stage part)
{
    uint8_t hash[SM3_BYTES];
    reader_hash(reader, hash);
    line_word(&reader->made, "end");
    if (!reader_must_be_hash(reader, TRANSCRIPT_PART[part], hash,
                             "the hash is not that of the lines before it: one of them was changed")) {
        return false;
    }
    reader->loaded->stage = part;
    for (int i = 0; signature_follows(reader); i++) {
        if (i == TRANSCRIPT_SIGNATURES_MAX) {
            reader_next(reader, "");
            return reader_blame(reader, "at most 16 signatures behind a part", "too many signatures");
        }
        if (!read_signature(reader, part, hash)) {
            return false;
        }
    }
    reader_progress(reader);
    return true;
}
