/*
 * Mutations of files made of checked lines (transcripts, proofs). A fuzzer that only changes bytes never gets past the
 * CRC of a line, nor past the hashes; so inputs are changed by lines and words, and then repaired: what is still wrong
 * is what somebody could write who knows the format.
 */
#ifndef TESTS_FUZZ_MUTATE_H
#define TESTS_FUZZ_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own mutation of bytes. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size,
                                 uint8_t *out, size_t most, unsigned seed);

struct luck {
    uint64_t state;
};
uint32_t luck_below(struct luck *luck, uint32_t below);

/* A file as lines, without line feeds. The lines point into `bytes`, which has room for `most`. */
enum { SHEET_LINES = 4000 };
struct sheet {
    const char *line[SHEET_LINES];
    size_t bytes[SHEET_LINES]; /* of each */
    size_t lines;
};
void sheet_read(struct sheet *sheet, const char *bytes, size_t count);
bool line_is(const char *line, size_t bytes, const char *keyword);
/* The content of a line: without the mark of its check, if it has one. */
size_t line_content(const char *line, size_t bytes);

/* A few changes of lines and words. Gives the new size. */
size_t mutate_lines(struct luck *luck, char *bytes, size_t count, size_t most);
/* Every line gets its right check. `spare` has room for `most`. */
size_t repair_checks(char *bytes, size_t count, size_t most, char *spare);

#endif
