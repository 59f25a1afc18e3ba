/* The faults that `jiaoti authority` can play (authority.h has the notation). */
#ifndef CONNECT_AUTHORITY_FAULTS_H
#define CONNECT_AUTHORITY_FAULTS_H

#include "base/arena.h"
#include "base/error.h"

enum fault_type { FAULT_NONE, FAULT_SLOW, FAULT_SILENT, FAULT_WRONG, FAULT_BROKEN, FAULT_GARBLED, FAULT_DOWN };

enum { MOST_FAULTS = 64, FAULT_KIND_BYTES = 32 };

struct fault {
    char kind[FAULT_KIND_BYTES]; /* "*": every kind */
    enum fault_type type;
    int64_t ms;         /* of slow */
    uint32_t per_mille; /* of 1,000 questions */
};

struct faults {
    struct fault items[MOST_FAULTS];
    size_t n;
    uint64_t seed;
    uint64_t rolls; /* questions so far */
};

/* False: *faults is untouched and error says which part is wrong. */
bool faults_parse(struct str text, struct faults *faults, struct error *error);
/* The list in its notation. */
struct str faults_format(struct arena *arena, const struct faults *faults);
/* Rolls the dice for one question. */
struct fault faults_roll(struct faults *faults, struct str kind);

#endif
