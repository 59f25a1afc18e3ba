/* What the departments have on file about a family, as JSON of docs/departments.md: the right data, wrong data or none,
 * by the family's flaw. The same text goes to DATA/authority.db and into the answers of the applications that the demo
 * hands in, so the program that plays the departments would say nothing else. */
#ifndef DEMO_TRUTH_H
#define DEMO_TRUTH_H

#include "demo/people.h"

#include <jansson.h>

struct truth_record {
    struct str kind;    /* of a check, or "children" */
    struct str citizen; /* the first number of the question */
    struct str json;
};

enum { TRUTH_RECORDS = 40 };

struct truth {
    struct truth_record records[TRUTH_RECORDS];
    size_t n;
};

/* county: in which the family lives. Text lives in the arena. */
void truth_of(struct arena *arena, const struct family *family, struct str county, int64_t today,
              int64_t primary_latest, struct truth *truth);

/* What the department would answer to a question about this family; empty: it stays silent. */
struct str truth_answer(struct arena *arena, const struct truth *truth, const struct family *family, struct str kind,
                        struct str question);

#endif
