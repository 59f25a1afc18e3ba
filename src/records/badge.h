/* What a person takes along: their confirmed records as one signed file, in the shape of a Comprehensive Learner Record
 * of Open Badges 3.0 (a verifiable credential in JSON). Whoever gets it checks the signature without an account, by
 * `jiaoti verify FILE` or the page /records/check, and asks there whether each record still stands.
 *
 * The signature is SM2 with SM3 over "JT-RECORD-1" and a line end, then the JSON without its member `proof`, written as
 * RFC 8785 has it (members in the order of their names, no blanks): any program with SM2 can check it. docs/services.md
 * tells it with an example.
 */
#ifndef RECORDS_BADGE_H
#define RECORDS_BADGE_H

#include "base/sm2.h"
#include "records/records.h"

struct badge_from {
    struct vault *vault;
    struct name issuer; /* the city */
    int64_t now;
};
/* The file of the records that stand (state confirmed), with the name of the person. *out lives in the arena. */
bool badge_write(struct arena *arena, const struct badge_from *from, struct str person, const struct record *records,
                 size_t n, struct str *out, struct error *error);

enum badge_result {
    BADGE_HOLDS,
    BADGE_NOT_READ, /* no such file: not JSON, or of another shape */
    BADGE_UNSIGNED, /* has no proof, or not of this kind */
    BADGE_CHANGED,  /* the signature does not hold: something was changed */
    BADGE_RESULTS
};
struct text badge_result_text(enum badge_result result);

struct badge_record {
    struct str code, name, description, day;
};
struct badge {
    struct str person, issuer, made;
    unsigned char key[SM2_KEY]; /* that signed it: to be compared with the published ones */
    struct badge_record *records;
    size_t n;
};
/* Reads and checks a file; *out is filled with BADGE_HOLDS alone. Needs no database. */
enum badge_result badge_check(struct arena *arena, struct str text, struct badge *out);

#endif
