/*
 * The mutator of transcripts: lines and words change (mutate.c), then, mostly, what follows from them is put right as
 * docs/transcript.md tells it: numbers of lines, order of tickets, rules, roots, seed, the parts' hashes, the checks.
 * Now and then the library itself writes the result of the changed list, so that whole right files of every shape come
 * up, to be changed further.
 */
#include "mutate.h"

#include "allot/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 16 };

/* --- a line taken apart and put together ------------------------------------------------------------------------- */

struct line_out {
    char text[9000];
    size_t bytes;
};

/* Where word `index` of the content stands; false when there are not as many. */
static bool word_at(const char *line, size_t content, unsigned index, size_t *at, size_t *bytes)
{
    size_t from = 0;
    for (size_t i = 0; i <= content; i++) {
        if (i == content || line[i] == ' ') {
            if (index == 0) {
                *at = from;
                *bytes = i - from;
                return true;
            }
            index--;
            from = i + 1;
        }
    }
    return false;
}

static void set_word(struct line_out *out, unsigned index, const char *word)
{
    size_t at, bytes, fresh = strlen(word);
    if (word_at(out->text, out->bytes, index, &at, &bytes) && out->bytes + fresh < sizeof out->text) {
        memmove(out->text + at + fresh, out->text + at + bytes, out->bytes - at - bytes);
        memcpy(out->text + at, word, fresh);
        out->bytes = out->bytes - bytes + fresh;
    }
}

static void set_number(struct line_out *out, unsigned index, uint64_t number)
{
    char word[24];
    (void)snprintf(word, sizeof word, "%llu", (unsigned long long)number);
    set_word(out, index, word);
}

static void set_hash(struct line_out *out, unsigned index, const uint8_t hash[32])
{
    char word[65];
    for (int i = 0; i < 32; i++) {
        (void)snprintf(word + 2 * i, 3, "%02x", hash[i]);
    }
    set_word(out, index, word);
}

static bool out_is(const struct line_out *out, const char *keyword)
{
    return line_is(out->text, out->bytes, keyword);
}

/* --- numbers of lines -------------------------------------------------------------------------------------------- */

static uint64_t count_of(const struct sheet *sheet, const char *keyword)
{
    uint64_t count = 0;
    for (size_t i = 0; i < sheet->lines; i++) {
        count += line_is(sheet->line[i], sheet->bytes[i], keyword);
    }
    return count;
}

/* Lines with the keyword that stand directly behind line `at`. */
static uint64_t count_behind(const struct sheet *sheet, size_t at, const char *keyword)
{
    uint64_t count = 0;
    for (size_t i = at + 1; i < sheet->lines && line_is(sheet->line[i], sheet->bytes[i], keyword); i++) {
        count++;
    }
    return count;
}

static uint64_t children(const struct sheet *sheet)
{
    uint64_t count = 0;
    for (size_t i = 0; i < sheet->lines; i++) {
        size_t at, bytes;
        if (line_is(sheet->line[i], sheet->bytes[i], "applicant") &&
            word_at(sheet->line[i], line_content(sheet->line[i], sheet->bytes[i]), 5, &at, &bytes) && bytes == 1) {
            count += (uint64_t)(sheet->line[i][at] - '0');
        }
    }
    return count;
}

struct numbers {
    uint64_t group, offer, site;
};

static void renumber(struct line_out *out, const struct sheet *sheet, size_t at, struct numbers *next)
{
    static const char *const TABLE[][2] = { { "groups", "group" },      { "offers", "offer" },
                                            { "sites", "site" },        { "applicants", "applicant" },
                                            { "witnesses", "witness" }, { "publics", "public" } };
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
        if (out_is(out, TABLE[i][0])) {
            set_number(out, 1, count_of(sheet, TABLE[i][1]));
        }
    }
    if (out_is(out, "group")) {
        set_number(out, 1, ++next->group);
    } else if (out_is(out, "offer")) {
        set_number(out, 1, next->offer++);
        set_number(out, 5, count_behind(sheet, at, "kind"));
    } else if (out_is(out, "site")) {
        set_number(out, 1, next->site++);
    } else if (out_is(out, "moves")) {
        set_number(out, 1, count_behind(sheet, at, "move"));
    } else if (out_is(out, "count")) {
        set_number(out, 1, count_of(sheet, "applicant"));
        set_number(out, 2, children(sheet));
    }
}

static int by_text(const void *one, const void *other)
{
    return memcmp(*(const char *const *)one, *(const char *const *)other, sizeof "applicant" + 64);
}

/* Lines of applicants stand by ticket; each is long enough to be compared. */
static void sort_applicants(struct sheet *sheet, struct luck *luck)
{
    static struct {
        const char *line;
        size_t bytes;
    } run[SHEET_LINES];
    size_t first = 0, runs = 0;
    for (size_t i = 0; i < sheet->lines; i++) {
        if (line_is(sheet->line[i], sheet->bytes[i], "applicant") && sheet->bytes[i] > sizeof "applicant" + 64) {
            first = runs == 0 ? i : first;
            if (i != first + runs) {
                break;
            }
            run[runs].line = sheet->line[i];
            run[runs++].bytes = sheet->bytes[i];
        }
    }
    (void)luck;
    qsort(run, runs, sizeof *run, by_text);
    for (size_t i = 0; i < runs; i++) {
        sheet->line[first + i] = run[i].line;
        sheet->bytes[first + i] = run[i].bytes;
    }
}

/* --- hashes ------------------------------------------------------------------------------------------------------ */

struct hashing {
    struct sm3 all;                 /* but the tables' lines */
    struct merkle_tree sm3, sha256; /* of the table in hand */
    struct sm3 seed;
    uint64_t tickets;
    uint32_t publics;
    bool publics_told;
};

static void add_number(struct sm3 *hash, uint64_t number, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--) {
        uint8_t byte = (uint8_t)(number >> (8 * i));
        sm3_add(hash, &byte, 1);
    }
}

static void add_secret(struct hashing *hashing, struct line_out *out)
{
    size_t at, bytes;
    uint8_t secret[64], digest[32];
    if (!word_at(out->text, out->bytes, 2, &at, &bytes) || bytes > 128 || bytes % 2 != 0) {
        return;
    }
    if (bytes == 7 || memcmp(out->text + at, "missin", 6) == 0) {
        add_number(&hashing->seed, 0, 1);
        return;
    }
    for (size_t i = 0; i < bytes / 2; i++) {
        const char pair[3] = { out->text[at + 2 * i], out->text[at + 2 * i + 1], 0 };
        unsigned value = 0;
        (void)sscanf(pair, "%2x", &value);
        secret[i] = (uint8_t)value;
    }
    sm3_of(secret, bytes / 2, digest);
    set_hash(out, 1, digest);
    add_number(&hashing->seed, 1, 1);
    add_number(&hashing->seed, bytes / 2, 4);
    sm3_add(&hashing->seed, secret, bytes / 2);
}

static void add_to_seed(struct hashing *hashing, struct line_out *out, const struct sheet *sheet)
{
    if (out_is(out, "witnesses")) {
        add_number(&hashing->seed, count_of(sheet, "witness"), 4);
    } else if (out_is(out, "witness")) {
        size_t at, bytes;
        if (word_at(out->text, out->bytes, 2, &at, &bytes) && bytes == 7) {
            add_number(&hashing->seed, 0, 1);
        } else {
            add_secret(hashing, out);
        }
    } else if (out_is(out, "publics")) {
        add_number(&hashing->seed, count_of(sheet, "public"), 4);
    } else if (out_is(out, "public") || out_is(out, "value")) {
        size_t skip = out_is(out, "public") ? sizeof "public" : sizeof "value";
        add_number(&hashing->seed, out->bytes - skip, 4);
        sm3_add(&hashing->seed, out->text + skip, out->bytes - skip);
    } else if (out_is(out, "seed")) {
        struct sm3 copy = hashing->seed;
        uint8_t digest[32];
        sm3_end(&copy, digest);
        set_hash(out, 1, digest);
    }
}

static void repair_hashes(struct hashing *hashing, struct line_out *out)
{
    struct sm3 copy = hashing->all;
    uint8_t digest[32];
    if (out_is(out, "rules")) {
        sm3_end(&copy, digest);
        set_hash(out, 1, digest);
        sm3_start(&hashing->seed);
        add_number(&hashing->seed, TRANSCRIPT_VERSION, 4);
        sm3_add(&hashing->seed, digest, sizeof digest);
    } else if (out_is(out, "end")) {
        sm3_end(&copy, digest);
        set_hash(out, 2, digest);
    } else if (out_is(out, "root")) {
        bool sm3 = memcmp(out->text, "root sm3", 8) == 0;
        merkle_root(sm3 ? &hashing->sm3 : &hashing->sha256, digest);
        set_hash(out, 2, digest);
        if (sm3 && hashing->tickets != UINT64_MAX) { /* of the list */
            sm3_add(&hashing->seed, digest, sizeof digest);
            add_number(&hashing->seed, hashing->tickets, 8);
            hashing->tickets = UINT64_MAX;
        }
    }
}

static void start_table(struct hashing *hashing)
{
    merkle_start(&hashing->sm3, &merkle_sm3);
    merkle_start(&hashing->sha256, &merkle_sha256);
}

/* --- the whole file ---------------------------------------------------------------------------------------------- */

/* What follows from the lines, put right in one pass. `spare` has room for `most`. */
static size_t repair(struct luck *luck, char *bytes, size_t count, size_t most, char *spare)
{
    static struct sheet sheet;
    static struct line_out out;
    bool numbers = luck_below(luck, 4) != 0, hashes = luck_below(luck, 16) != 0;
    struct numbers next = { 0 };
    struct hashing hashing = { .tickets = 0 };
    size_t made = 0;
    sheet_read(&sheet, bytes, count);
    if (numbers) {
        sort_applicants(&sheet, luck);
    }
    sm3_start(&hashing.all);
    sm3_start(&hashing.seed);
    start_table(&hashing);
    for (size_t i = 0; i < sheet.lines; i++) {
        size_t content = line_content(sheet.line[i], sheet.bytes[i]);
        out.bytes = content < 8000 ? content : 8000;
        memcpy(out.text, sheet.line[i], out.bytes);
        if (numbers) {
            renumber(&out, &sheet, i, &next);
        }
        if (hashes) {
            add_to_seed(&hashing, &out, &sheet);
            repair_hashes(&hashing, &out);
        }
        memcpy(out.text + out.bytes, "\n", 1);
        size_t whole = repair_checks(out.text, out.bytes + 1, sizeof out.text, spare + most);
        bool row = out_is(&out, "applicant") || out_is(&out, "place");
        if (row) {
            merkle_add(&hashing.sm3, out.text, whole - 1);
            merkle_add(&hashing.sha256, out.text, whole - 1);
            hashing.tickets += hashing.tickets != UINT64_MAX;
        } else {
            sm3_add(&hashing.all, out.text, whole);
        }
        if (line_is(out.text, out.bytes, "end")) {
            start_table(&hashing);
        }
        if (made + whole > most) {
            break;
        }
        memcpy(spare + made, out.text, whole);
        made += whole;
    }
    memcpy(bytes, spare, made);
    return made;
}

struct kept {
    char *bytes;
    size_t count, most;
};

static bool keep(void *ctx, const char *text, size_t bytes)
{
    struct kept *kept = ctx;
    if (kept->count + bytes > kept->most) {
        return false;
    }
    memcpy(kept->bytes + kept->count, text, bytes);
    kept->count += bytes;
    return true;
}

/* The library's own result behind a list and a seed that can be read, and the old moves behind it. */
static size_t complete(char *bytes, size_t count, size_t most, char *spare)
{
    static struct sheet sheet;
    struct transcript *read = NULL;
    struct transcript_report report;
    struct transcript_writer writer;
    struct allot_error error;
    sheet_read(&sheet, bytes, count);
    size_t seed_end = 0, moves = count;
    for (size_t i = 0; i < sheet.lines; i++) {
        if (memcmp(sheet.line[i], "end seed ", sheet.bytes[i] < 9 ? sheet.bytes[i] : 9) == 0) {
            seed_end = (size_t)(sheet.line[i] - bytes) + sheet.bytes[i] + 1;
        } else if (line_is(sheet.line[i], sheet.bytes[i], "moves") && moves == count) {
            moves = (size_t)(sheet.line[i] - bytes);
        }
    }
    if (seed_end == 0 || seed_end > count || !transcript_read(bytes, seed_end, NULL, &read, &report)) {
        return count;
    }
    struct kept kept = { spare, 0, most };
    uint8_t seed[SM3_BYTES];
    transcript_start(&writer, keep, &kept);
    bool good = read->result != NULL && transcript_write_list(&writer, read, NULL, NULL, &error) &&
                transcript_write_seed(&writer, read, &report.commitment, NULL, seed, &error) &&
                transcript_write_result(&writer, read, seed, NULL, &error) && keep(&kept, bytes + moves, count - moves);
    transcript_free(read, NULL);
    if (!good) {
        return count;
    }
    memcpy(bytes, spare, kept.count);
    return kept.count;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static char bytes[MOST], spare[MOST + 20000];
    struct luck luck = { seed };
    if (luck_below(&luck, 40) == 0 || size > MOST) {
        return LLVMFuzzerMutate(data, size, most);
    }
    most = most < MOST ? most : MOST;
    memcpy(bytes, data, size);
    size_t count = mutate_lines(&luck, bytes, size, most);
    if (luck_below(&luck, 16) == 0) {
        count = repair_checks(bytes, count, most, spare);
    } else {
        count = repair(&luck, bytes, count, most, spare);
        if (luck_below(&luck, 2) == 0) {
            count = complete(bytes, count, most, spare);
            count = luck_below(&luck, 2) == 0 ? repair(&luck, bytes, count, most, spare) : count;
        }
    }
    memcpy(data, bytes, count);
    return count;
}
