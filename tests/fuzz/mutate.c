/* See mutate.h. */
#include "mutate.h"

#include "allot/lines.h"

#include <stdio.h>
#include <string.h>

uint32_t luck_below(struct luck *luck, uint32_t below)
{
    uint64_t z = (luck->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) % below);
}

void sheet_read(struct sheet *sheet, const char *bytes, size_t count)
{
    const char *end = bytes + count;
    sheet->lines = 0;
    while (bytes < end && sheet->lines < SHEET_LINES) {
        const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
        const char *stop = feed == NULL ? end : feed;
        sheet->line[sheet->lines] = bytes;
        sheet->bytes[sheet->lines++] = (size_t)(stop - bytes);
        bytes = stop + 1;
    }
}

bool line_is(const char *line, size_t bytes, const char *keyword)
{
    size_t skip = strlen(keyword);
    return bytes > skip && memcmp(line, keyword, skip) == 0 && line[skip] == ' ';
}

size_t line_content(const char *line, size_t bytes)
{
    return bytes >= LINE_CHECK_BYTES && memcmp(line + bytes - LINE_CHECK_BYTES, " #", 2) == 0 ? bytes - LINE_CHECK_BYTES
                                                                                              : bytes;
}

/* `gone` bytes at `at` become `fresh`, unless that were too much. `piece` must not lie in bytes. */
static size_t splice(char *bytes, size_t count, size_t most, size_t at, size_t gone, const char *piece, size_t fresh)
{
    if (count - gone + fresh > most) {
        return count;
    }
    memmove(bytes + at + fresh, bytes + at + gone, count - at - gone);
    memcpy(bytes + at, piece, fresh);
    return count - gone + fresh;
}

/* --- words ------------------------------------------------------------------------------------------------------- */

struct word {
    size_t at, bytes;
};

/* Some word of the content, or an empty one. */
static struct word some_word(struct luck *luck, const char *line, size_t content)
{
    uint32_t words = 1;
    for (size_t i = 0; i < content; i++) {
        words += line[i] == ' ' || line[i] == ':';
    }
    uint32_t wanted = luck_below(luck, words);
    size_t from = 0;
    for (size_t i = 0; i < content && wanted > 0; i++) {
        if (line[i] == ' ' || line[i] == ':') {
            wanted--;
            from = i + 1;
        }
    }
    size_t to = from;
    while (to < content && line[to] != ' ' && line[to] != ':') {
        to++;
    }
    return (struct word){ from, to - from };
}

static size_t other_number(struct luck *luck, const char *word, size_t bytes, char *fresh, size_t room)
{
    static const char *const EDGE[] = {
        "0",       "1",          "2",          "8",          "9",          "255",
        "256",     "257",        "65535",      "-",          "65536",      "1000000",
        "1000001", "2147483647", "4294967294", "4294967295", "4294967296", "18446744073709551615"
    };
    unsigned long long number = 0;
    for (size_t i = 0; i < bytes && i < 18 && word[i] >= '0' && word[i] <= '9'; i++) {
        number = number * 10 + (unsigned)(word[i] - '0');
    }
    int made;
    switch (luck_below(luck, 4)) {
    case 0:
        made = snprintf(fresh, room, "%llu", number + 1);
        break;
    case 1:
        made = snprintf(fresh, room, "%llu", number == 0 ? 0 : number - 1);
        break;
    case 2:
        made = snprintf(fresh, room, "%u", luck_below(luck, 12));
        break;
    default:
        made = snprintf(fresh, room, "%s", EDGE[luck_below(luck, sizeof EDGE / sizeof *EDGE)]);
        break;
    }
    return (size_t)made;
}

/* What says the same in another form, which no reader may take. */
static size_t second_form(struct luck *luck, const char *word, size_t bytes, char *fresh, size_t room)
{
    static const char *const AROUND[][2] = { { "0", "" }, { "00", "" }, { "+", "" }, { " ", "" },
                                             { "", " " }, { "", "\r" }, { "-", "" }, { "", "\t" } };
    bytes = bytes < room - 3 ? bytes : room - 3;
    uint32_t which = luck_below(luck, 10);
    if (which < sizeof AROUND / sizeof *AROUND) {
        return (size_t)snprintf(fresh, room, "%s%.*s%s", AROUND[which][0], (int)bytes, word, AROUND[which][1]);
    }
    memcpy(fresh, word, bytes);
    for (size_t i = 0; i < bytes; i++) { /* large letters */
        fresh[i] = (char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 'a' + 'A' : word[i]);
    }
    return bytes;
}

/* One of the words that the formats know. */
static const char *known_word(struct luck *luck)
{
    static const char *const KNOWN[] = {
        "serial",   "deferred", "draw",    "cycles",   "applicant", "choice",  "add",    "fit",     "no",      "yes",
        "all",      "unplaced", "same",    "reversed", "priority",  "lot",     "closed", "balance", "first",   "only",
        "others",   "missing",  "sm3",     "sha256",   "list",      "result",  "moves",  "seed",    "waiting", "passed",
        "declined", "late",     "removed", "none",     "shortage",  "no-site", "full",   "open",    "member",  "other"
    };
    return KNOWN[luck_below(luck, sizeof KNOWN / sizeof *KNOWN)];
}

static size_t change_word(struct luck *luck, const struct sheet *sheet, size_t at, char *fresh, size_t room,
                          struct word *word)
{
    const char *line = sheet->line[at];
    *word = some_word(luck, line, line_content(line, sheet->bytes[at]));
    bool number = word->bytes > 0 && word->bytes < 21 && line[word->at] >= '0' && line[word->at] <= '9';
    if (luck_below(luck, 6) == 0) {
        return second_form(luck, line + word->at, word->bytes, fresh, room);
    }
    switch (luck_below(luck, number ? 3 : 6)) {
    case 0:
    case 1:
        if (number) {
            return other_number(luck, line + word->at, word->bytes, fresh, room);
        }
        return (size_t)snprintf(fresh, room, "%s", known_word(luck));
    case 2: { /* a word from elsewhere, of the same keyword if there is one near */
        size_t from = luck_below(luck, 2) == 0 && at > 0 ? at - 1 : luck_below(luck, (uint32_t)sheet->lines);
        struct word other = some_word(luck, sheet->line[from], line_content(sheet->line[from], sheet->bytes[from]));
        size_t bytes = other.bytes < room ? other.bytes : room;
        memcpy(fresh, sheet->line[from] + other.at, bytes);
        return bytes;
    }
    case 3: { /* one digit or letter of it */
        size_t bytes = word->bytes < room ? word->bytes : room;
        memcpy(fresh, line + word->at, bytes);
        if (bytes > 0) {
            fresh[luck_below(luck, (uint32_t)bytes)] = "0123456789abcdef"[luck_below(luck, 16)];
        }
        return bytes;
    }
    case 4: /* one more of it */
        return (size_t)snprintf(fresh, room, "%.*s%c%.*s", (int)(word->bytes < 200 ? word->bytes : 200),
                                line + word->at, luck_below(luck, 2) == 0 ? ' ' : ':',
                                (int)(word->bytes < 200 ? word->bytes : 200), line + word->at);
    default:
        return 0;
    }
}

/* --- lines ------------------------------------------------------------------------------------------------------- */

static size_t copy_line(const struct sheet *sheet, size_t at, char *piece, size_t room)
{
    size_t bytes = sheet->bytes[at] + 1 < room ? sheet->bytes[at] : room - 1;
    memcpy(piece, sheet->line[at], bytes);
    piece[bytes] = '\n';
    return bytes + 1;
}

static size_t change_once(struct luck *luck, char *bytes, size_t count, size_t most)
{
    static struct sheet sheet;
    char piece[8000];
    sheet_read(&sheet, bytes, count);
    if (sheet.lines == 0) {
        return splice(bytes, count, most, 0, 0, "jiaoti\n", 7);
    }
    size_t at = luck_below(luck, (uint32_t)sheet.lines), start = (size_t)(sheet.line[at] - bytes);
    size_t whole = sheet.bytes[at] + (start + sheet.bytes[at] < count), content;
    struct word word;
    switch (luck_below(luck, 12)) {
    case 0: /* without the line */
        return splice(bytes, count, most, start, whole, "", 0);
    case 1: { /* a line of another place, here too */
        size_t from = luck_below(luck, 2) == 0 ? at : luck_below(luck, (uint32_t)sheet.lines);
        size_t fresh = copy_line(&sheet, from, piece, sizeof piece);
        return splice(bytes, count, most, start, 0, piece, fresh);
    }
    case 2: { /* with its neighbour */
        size_t fresh = copy_line(&sheet, at, piece, sizeof piece);
        if (at + 1 < sheet.lines && fresh == sheet.bytes[at] + 1) {
            count = splice(bytes, count, most, start, whole, "", 0);
            return splice(bytes, count, most,
                          start + sheet.bytes[at + 1] + 1 < count ? start + sheet.bytes[at + 1] + 1 : count, 0, piece,
                          fresh);
        }
        return count;
    }
    case 3: /* bytes of it */
        content = line_content(sheet.line[at], sheet.bytes[at]);
        content = content < 400 ? content : 400;
        memcpy(piece, sheet.line[at], content);
        return splice(bytes, count, most, start, content, piece,
                      LLVMFuzzerMutate((uint8_t *)piece, content, content + 40));
    case 4: /* the end of the file */
        return luck_below(luck, 4) == 0 ? start : count;
    default: {
        size_t fresh = change_word(luck, &sheet, at, piece, 500, &word);
        return splice(bytes, count, most, start + word.at, word.bytes, piece, fresh < 500 ? fresh : 499);
    }
    }
}

size_t mutate_lines(struct luck *luck, char *bytes, size_t count, size_t most)
{
    for (uint32_t i = 1 + luck_below(luck, 3); i > 0; i--) {
        count = change_once(luck, bytes, count, most);
    }
    return count;
}

size_t repair_checks(char *bytes, size_t count, size_t most, char *spare)
{
    static struct sheet sheet;
    static struct line_check check;
    static bool started;
    if (!started) {
        line_check_start(&check);
        started = true;
    }
    sheet_read(&sheet, bytes, count);
    size_t made = 0;
    for (size_t i = 0; i < sheet.lines; i++) {
        size_t content = line_content(sheet.line[i], sheet.bytes[i]);
        if (made + content + LINE_CHECK_BYTES + 1 > most) {
            break;
        }
        char mark[LINE_CHECK_BYTES + 1];
        line_mark(&check, sheet.line[i], content, mark);
        memcpy(spare + made, sheet.line[i], content);
        memcpy(spare + made + content, mark, LINE_CHECK_BYTES);
        made += content + LINE_CHECK_BYTES;
        spare[made++] = '\n';
    }
    memcpy(bytes, spare, made);
    return made;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size,
                                 uint8_t *out, size_t most, unsigned seed)
{
    static struct sheet from;
    struct luck luck = { seed };
    char piece[8000];
    size_t count = one_size < most ? one_size : most;
    memcpy(out, one, count);
    sheet_read(&from, (const char *)other, other_size);
    for (uint32_t i = 1 + luck_below(&luck, 6); i > 0 && from.lines > 0; i--) {
        static struct sheet to;
        sheet_read(&to, (const char *)out, count);
        size_t taken = luck_below(&luck, (uint32_t)from.lines), fresh = copy_line(&from, taken, piece, sizeof piece);
        size_t keyword = 0, at = to.lines;
        while (keyword < fresh && piece[keyword] != ' ' && piece[keyword] != '\n') {
            keyword++;
        }
        for (size_t k = 0; k < to.lines; k++) {
            bool same = to.bytes[k] > keyword && memcmp(to.line[k], piece, keyword + 1) == 0;
            at = same && (at == to.lines || luck_below(&luck, 3) == 0) ? k : at;
        }
        if (at < to.lines) {
            size_t start = (size_t)(to.line[at] - (const char *)out);
            size_t whole = to.bytes[at] + (start + to.bytes[at] < count);
            count = splice((char *)out, count, most, start, luck_below(&luck, 2) == 0 ? whole : 0, piece, fresh);
        }
    }
    return count;
}
