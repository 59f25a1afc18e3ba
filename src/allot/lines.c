/*
 * Lines, words, numbers, and what may stand as text. Nothing here knows what a transcript says.
 *
 * What must hold: whatever the writer makes, the reader takes, and the reader takes nothing else: one form for each
 * number (no sign, no leading zero), small hexadecimal digits, valid UTF-8.
 */
#include "allot/lines.h"

#include "allot/digits.h"
#include "allot/internal.h"

#include <string.h>

/* --- writing ----------------------------------------------------------------------------------------------------- */

void line_start(struct line *line, const struct allot_host *host)
{
    line->host = host;
    line->text = NULL;
    line->bytes = line->room = 0;
    line->failed = false;
    line_check_start(&line->check);
}

void line_end(struct line *line)
{
    allot_put(line->host, line->text);
    line->text = NULL;
}

static bool line_room(struct line *line, size_t more)
{
    if (line->failed) {
        return false;
    }
    if (line->room - line->bytes >= more) {
        return true;
    }
    size_t room = 2 * (line->bytes + more) + 500;
    char *grown = allot_get(line->host, room, 1);
    if (grown == NULL) {
        line->failed = true;
        return false;
    }
    if (line->bytes > 0) {
        memcpy(grown, line->text, line->bytes);
    }
    allot_put(line->host, line->text);
    line->text = grown;
    line->room = room;
    return true;
}

void line_text(struct line *line, const char *text, size_t bytes)
{
    if (bytes > 0 && line_room(line, bytes)) {
        memcpy(line->text + line->bytes, text, bytes);
        line->bytes += bytes;
    }
}

static void line_space(struct line *line)
{
    if (line->bytes > 0) {
        line_text(line, " ", 1);
    }
}

void line_word(struct line *line, const char *word)
{
    line_space(line);
    line_text(line, word, strlen(word));
}

void line_bare_number(struct line *line, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    line_text(line, digits + at, sizeof digits - at);
}

void line_number(struct line *line, uint64_t number)
{
    char last = line->bytes > 0 ? line->text[line->bytes - 1] : ':';
    if (last != ':' && last != '.') {
        line_space(line);
    }
    line_bare_number(line, number);
}

void line_number_or_dash(struct line *line, uint32_t number)
{
    if (number == ALLOT_NONE) {
        line_word(line, "-");
    } else {
        line_number(line, number);
    }
}

static void bare_hex(struct line *line, const uint8_t *bytes, size_t count)
{
    static const char DIGIT[] = "0123456789abcdef";
    if (!line_room(line, 2 * count)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        line->text[line->bytes++] = DIGIT[bytes[i] >> 4];
        line->text[line->bytes++] = DIGIT[bytes[i] & 15];
    }
}

void line_hex(struct line *line, const uint8_t *bytes, size_t count)
{
    line_space(line);
    bare_hex(line, bytes, count);
}

void line_lot(struct line *line, struct allot_lot lot)
{
    uint8_t bytes[16];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(lot.high >> (56 - 8 * i));
        bytes[8 + i] = (uint8_t)(lot.low >> (56 - 8 * i));
    }
    line_hex(line, bytes, sizeof bytes);
}

void line_last(struct line *line, struct transcript_text text)
{
    line_space(line);
    line_text(line, text.text, text.bytes);
}

void line_finish(struct line *line)
{
    if (!line_room(line, LINE_CHECK_BYTES + 1)) {
        return;
    }
    char mark[LINE_CHECK_BYTES + 1];
    line_mark(&line->check, line->text, line->bytes, mark);
    mark[LINE_CHECK_BYTES] = '\n';
    line_text(line, mark, sizeof mark);
}

void line_clear(struct line *line)
{
    line->bytes = 0;
}

/* --- the check --------------------------------------------------------------------------------------------------- */

/* CRC-32 (ISO-HDLC, as in zip), 16 bytes at a time: word[k] is the effect of a byte that k more bytes follow. */
void line_check_start(struct line_check *check)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
        }
        check->word[0][byte] = crc;
    }
    for (int k = 1; k < 16; k++) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t crc = check->word[k - 1][byte];
            check->word[k][byte] = (crc >> 8) ^ check->word[0][crc & 255];
        }
    }
}

uint32_t line_crc(const struct line_check *check, const char *text, size_t bytes)
{
    const uint32_t(*word)[256] = check->word;
    const uint8_t *at = (const uint8_t *)text;
    uint32_t crc = 0xffffffff;
    for (; bytes >= 16; bytes -= 16, at += 16) {
        uint64_t first = digits_load(at) ^ crc, second = digits_load(at + 8);
        crc = word[15][first & 255] ^ word[14][first >> 8 & 255] ^ word[13][first >> 16 & 255] ^
              word[12][first >> 24 & 255] ^ word[11][first >> 32 & 255] ^ word[10][first >> 40 & 255] ^
              word[9][first >> 48 & 255] ^ word[8][first >> 56] ^ word[7][second & 255] ^ word[6][second >> 8 & 255] ^
              word[5][second >> 16 & 255] ^ word[4][second >> 24 & 255] ^ word[3][second >> 32 & 255] ^
              word[2][second >> 40 & 255] ^ word[1][second >> 48 & 255] ^ word[0][second >> 56];
    }
    for (; bytes > 0; bytes--, at++) {
        crc = (crc >> 8) ^ word[0][(crc ^ *at) & 255];
    }
    return ~crc;
}

/* " #" and the eight digits, most significant first. */
static void put_mark(uint32_t crc, char *mark)
{
    uint32_t turned = crc >> 24 | (crc >> 8 & 0xff00) | (crc << 8 & 0xff0000) | crc << 24;
    mark[0] = ' ';
    mark[1] = '#';
    digits_put_four(mark + 2, turned);
}

void line_mark(const struct line_check *check, const char *content, size_t bytes, char mark[LINE_CHECK_BYTES + 1])
{
    put_mark(line_crc(check, content, bytes), mark);
    mark[LINE_CHECK_BYTES] = '\0';
}

bool line_mark_fits(const struct line_check *check, const char *content, size_t bytes)
{
    char mark[LINE_CHECK_BYTES];
    put_mark(line_crc(check, content, bytes), mark);
    return memcmp(mark, content + bytes, LINE_CHECK_BYTES) == 0;
}

char *line_close(const struct line_check *check, const char *content, char *end)
{
    put_mark(line_crc(check, content, (size_t)(end - content)), end);
    end[LINE_CHECK_BYTES] = '\n';
    return end + LINE_CHECK_BYTES + 1;
}

/* How many bytes the UTF-8 character at text has; 0 when it is none (too long, surrogate, cut off, out of range). */
static size_t utf8_length(const uint8_t *text, size_t bytes)
{
    uint8_t first = text[0];
    if (first < 0x80) {
        return 1;
    }
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || length > bytes) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool too_long = (first == 0xe0 && text[1] < 0xa0) || (first == 0xf0 && text[1] < 0x90);
    bool outside = (first == 0xed && text[1] > 0x9f) || (first == 0xf4 && text[1] > 0x8f);
    bool control = first == 0xc2 && text[1] < 0xa0;
    return too_long || outside || control ? 0 : length;
}

bool line_text_valid(struct transcript_text text)
{
    if (text.text == NULL || text.bytes == 0 || text.bytes > TRANSCRIPT_TEXT_MAX || text.text[0] == ' ' ||
        text.text[text.bytes - 1] == ' ') {
        return false;
    }
    const uint8_t *at = (const uint8_t *)text.text;
    for (size_t left = text.bytes; left > 0;) {
        size_t length = utf8_length(at, left);
        if (length == 0 || at[0] < 0x20 || at[0] == 0x7f) {
            return false;
        }
        at += length;
        left -= length;
    }
    return true;
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

static void fail(struct words *words, const char *expected)
{
    if (words->good) {
        words->good = false;
        words->expected = expected;
    }
}

bool words_more(const struct words *words)
{
    return words->good && words->at < words->end;
}

void words_mark(struct words *words, char mark, const char *expected)
{
    if (!words_more(words) || *words->at != mark) {
        fail(words, expected);
        return;
    }
    words->at++;
}

struct transcript_text words_word(struct words *words, const char *expected)
{
    const char *from = words->at;
    while (words_more(words) && *words->at != ' ') {
        words->at++;
    }
    if (words->at == from) {
        fail(words, expected);
    }
    return (struct transcript_text){ from, (size_t)(words->at - from) };
}

void words_keyword(struct words *words, const char *keyword)
{
    struct transcript_text word = words_word(words, keyword);
    if (words->good && (word.bytes != strlen(keyword) || memcmp(word.text, keyword, word.bytes) != 0)) {
        fail(words, keyword);
    }
}

/* Decimal, no sign, no leading zero. */
uint64_t words_digits(struct words *words, uint64_t most, const char *expected)
{
    const char *from = words->at;
    uint64_t value = 0;
    for (; words_more(words) && *words->at >= '0' && *words->at <= '9'; words->at++) {
        uint64_t digit = (uint64_t)(*words->at - '0');
        if (digit > most || value > (most - digit) / 10 || (words->at > from && value == 0)) {
            fail(words, expected);
            return 0;
        }
        value = 10 * value + digit;
    }
    if (words->at == from || value > most) {
        fail(words, expected);
        return 0;
    }
    return value;
}

uint64_t words_number(struct words *words, uint64_t most, const char *expected)
{
    words_mark(words, ' ', expected);
    return words_digits(words, most, expected);
}

uint32_t words_number_or_dash(struct words *words, uint32_t below, const char *expected)
{
    words_mark(words, ' ', expected);
    if (words_more(words) && *words->at == '-') {
        words->at++;
        return ALLOT_NONE;
    }
    if (below == 0) {
        fail(words, expected);
        return 0;
    }
    return (uint32_t)words_digits(words, below - 1, expected);
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

void words_hex(struct words *words, uint8_t *bytes, size_t count, const char *expected)
{
    words_mark(words, ' ', expected);
    if (!words->good || (size_t)(words->end - words->at) < 2 * count) {
        fail(words, expected);
        return;
    }
    for (size_t i = 0; i < count; i++, words->at += 2) {
        int high = hex_digit(words->at[0]), low = hex_digit(words->at[1]);
        if (high < 0 || low < 0) {
            fail(words, expected);
            return;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
}

unsigned words_one_of(struct words *words, const char *choices)
{
    words_mark(words, ' ', choices);
    struct transcript_text word = words_word(words, choices);
    unsigned position = 0;
    for (const char *choice = choices; words->good; position++) {
        const char *bar = strchr(choice, '|');
        size_t bytes = bar == NULL ? strlen(choice) : (size_t)(bar - choice);
        if (bytes == word.bytes && memcmp(choice, word.text, bytes) == 0) {
            return position;
        }
        if (bar == NULL) {
            fail(words, choices);
            break;
        }
        choice = bar + 1;
    }
    return 0;
}

struct transcript_text words_last(struct words *words, const char *expected)
{
    words_mark(words, ' ', expected);
    struct transcript_text text = { words->at, (size_t)(words->end - words->at) };
    if (words->good && !line_text_valid(text)) {
        fail(words, expected);
    }
    if (words->good) {
        words->at = words->end;
    }
    return text;
}

void words_done(struct words *words)
{
    if (words_more(words)) {
        fail(words, "the line to end here");
    }
}
