/*
 * Lines of a transcript: how they are put together, taken apart, and checked one by one. Internal to the transcript.
 *
 * A line is its content, then " #" and eight hexadecimal digits: the CRC-32 of the content. The hashes prove; the check
 * only finds the place where a digit was changed.
 */
#ifndef ALLOT_LINES_H
#define ALLOT_LINES_H

#include "allot/transcript.h"

#define LINE_CHECK_BYTES 10

/* Tables of the CRC, made where they are needed: this library has no globals. */
struct line_check {
    uint32_t word[16][256];
};

void line_check_start(struct line_check *check);
uint32_t line_crc(const struct line_check *check, const char *text, size_t bytes);
/* What must follow the content: " #", eight digits, and a NUL. */
void line_mark(const struct line_check *check, const char *content, size_t bytes, char mark[LINE_CHECK_BYTES + 1]);
/* Does the mark that stands behind these bytes fit them? */
bool line_mark_fits(const struct line_check *check, const char *content, size_t bytes);
/* Puts mark and line feed behind the content, for which there is room; returns the position behind. */
char *line_close(const struct line_check *check, const char *content, char *end);

/* A line under construction. It grows in memory of the caller and is sent as a whole. */
struct line {
    const struct allot_host *host;
    char *text;
    size_t bytes;
    size_t room;
    bool failed; /* memory was short; everything after does nothing */
    struct line_check check;
};

void line_start(struct line *line, const struct allot_host *host);
void line_end(struct line *line);
void line_text(struct line *line, const char *text, size_t bytes);
void line_word(struct line *line, const char *word); /* a space before it, unless the line is empty */
void line_number(struct line *line, uint64_t number);
void line_bare_number(struct line *line, uint64_t number);    /* without a space before it */
void line_number_or_dash(struct line *line, uint32_t number); /* ALLOT_NONE is "-" */
void line_hex(struct line *line, const uint8_t *bytes, size_t count);
void line_lot(struct line *line, struct allot_lot lot);
void line_last(struct line *line, struct transcript_text text); /* the rest of the line, may hold spaces */
/* Adds check and line feed. The text stands until the next line_clear. */
void line_finish(struct line *line);
void line_clear(struct line *line);

/* What may stand as a label, id or note: 1 to TRANSCRIPT_TEXT_MAX bytes of valid UTF-8 without control characters, and
 * neither beginning nor ending with a space. */
bool line_text_valid(struct transcript_text text);

/* Reading one line from left to right. Each step fails quietly; the reader looks at `good` at the end. */
struct words {
    const char *at;
    const char *end;
    bool good;
    const char *expected; /* of the step that failed */
};

void words_keyword(struct words *words, const char *keyword);
/* A space and a number; and the number alone. */
uint64_t words_number(struct words *words, uint64_t most, const char *expected);
uint64_t words_digits(struct words *words, uint64_t most, const char *expected);
uint32_t words_number_or_dash(struct words *words, uint32_t below, const char *expected);
void words_hex(struct words *words, uint8_t *bytes, size_t count, const char *expected);
/* One of the words, separated by '|' in `choices`; its position. */
unsigned words_one_of(struct words *words, const char *choices);
struct transcript_text words_last(struct words *words, const char *expected);
/* A character that must come now; and a word up to the next space. */
void words_mark(struct words *words, char mark, const char *expected);
struct transcript_text words_word(struct words *words, const char *expected);
bool words_more(const struct words *words);
void words_done(struct words *words);

#endif
