/* The mutator of proofs: lines and words change, then the checks are put right and, mostly, the root. */
#include "mutate.h"
#include "path.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 1 << 14 };

/* What the lines say, as far as they can be read. */
struct reading {
    enum transcript_hash hash;
    unsigned long long index, count;
    uint8_t leaf[32], node[80][32];
    size_t nodes, root_line;
};

static void read_hash(const char *text, size_t bytes, uint8_t hash[32])
{
    for (size_t i = 0; i < 32 && 2 * i + 2 <= bytes; i++) {
        unsigned value = 0;
        char digits[3] = { text[2 * i], text[2 * i + 1], 0 };
        (void)sscanf(digits, "%2x", &value);
        hash[i] = (uint8_t)value;
    }
}

static void read_lines(const struct sheet *sheet, struct reading *reading)
{
    for (size_t i = 0; i < sheet->lines; i++) {
        const char *line = sheet->line[i];
        size_t bytes = sheet->bytes[i];
        if (line_is(line, bytes, "hash")) {
            reading->hash =
                bytes > 7 && memcmp(line, "hash sha", 8) == 0 ? TRANSCRIPT_HASH_SHA256 : TRANSCRIPT_HASH_SM3;
        } else if (line_is(line, bytes, "applicant") || line_is(line, bytes, "place")) {
            path_leaf(reading->hash, line, bytes, reading->leaf);
        } else if (line_is(line, bytes, "position")) {
            char text[80] = { 0 };
            memcpy(text, line, bytes < 79 ? bytes : 79);
            (void)sscanf(text, "position %llu %llu", &reading->index, &reading->count);
        } else if (line_is(line, bytes, "node") && reading->nodes < 80) {
            read_hash(line + 5, bytes - 5, reading->node[reading->nodes++]);
        } else if (line_is(line, bytes, "root")) {
            reading->root_line = i;
        }
    }
}

static void repair_root(char *bytes, size_t count)
{
    static struct sheet sheet;
    struct reading reading = { .root_line = SIZE_MAX };
    uint8_t root[32];
    sheet_read(&sheet, bytes, count);
    read_lines(&sheet, &reading);
    if (reading.root_line == SIZE_MAX || sheet.bytes[reading.root_line] < 5 + 64 ||
        !path_root(reading.hash, reading.leaf, reading.index, reading.count, (const uint8_t(*)[32])reading.node,
                   reading.nodes, root)) {
        return;
    }
    char *digit = bytes + (sheet.line[reading.root_line] - bytes) + 5;
    for (int i = 0; i < 32; i++) {
        digit[2 * i] = "0123456789abcdef"[root[i] >> 4];
        digit[2 * i + 1] = "0123456789abcdef"[root[i] & 15];
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static char bytes[MOST], spare[MOST];
    struct luck luck = { seed };
    if (luck_below(&luck, 40) == 0 || size > MOST) {
        return LLVMFuzzerMutate(data, size, most);
    }
    most = most < MOST ? most : MOST;
    memcpy(bytes, data, size);
    size_t count = mutate_lines(&luck, bytes, size, most);
    count = repair_checks(bytes, count, most, spare);
    if (luck_below(&luck, 8) != 0) {
        repair_root(bytes, count);
        count = repair_checks(bytes, count, most, spare);
    }
    memcpy(data, bytes, count);
    return count;
}
