/* The random audit: files whose papers are looked at once more after the allotment. The seed draws them (allot_audit),
 * so nobody knows before the draw which they will be; how many is the policy's. What came of each is recorded by the
 * county and journaled; the public sees counts alone. A wrong file changes nothing by itself: what follows is a
 * decision of its own.
 */
#ifndef PLACES_SAMPLE_H
#define PLACES_SAMPLE_H

#include "places/round.h"

enum sample_found { SAMPLE_OPEN, SAMPLE_RIGHT, SAMPLE_WRONG };

struct sample_row {
    int64_t number; /* from 1, in the order drawn */
    int64_t application;
    struct str receipt;
    enum sample_found found;
    struct str reason; /* id of the city's reasons, when wrong */
    int64_t at, account;
};
bool sample_list(struct db *db, struct arena *arena, int64_t round, struct sample_row **out, size_t *n,
                 struct error *error);

struct sample_numbers {
    int64_t files, right, wrong; /* files: drawn */
};
bool sample_numbers(struct db *db, int64_t round, struct sample_numbers *out, struct error *error);

enum sample_result {
    SAMPLE_DONE,
    SAMPLE_NOT_DRAWN, /* the file is none of those that were drawn, or nothing was drawn yet */
    SAMPLE_NO_REASON, /* wrong needs one of the city's reasons */
    SAMPLE_RESULT_COUNT
};
struct text sample_result_text(enum sample_result result);

/* What came of a file; may be corrected later, each time with its entry in the journal. */
struct sample_record {
    struct places *places;
    struct actor actor;
    struct str form_key;
    int64_t round, number;
    bool right;
    struct str reason;
    /* out */
    enum sample_result result;
    bool repeated;
};
bool sample_record_run(struct writing *writing, void *input, struct error *error);

#endif
