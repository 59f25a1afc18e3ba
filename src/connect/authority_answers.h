/* What `jiaoti authority` says: from the record of a citizen to the answer of a question, and its contradiction. */
#ifndef CONNECT_AUTHORITY_ANSWERS_H
#define CONNECT_AUTHORITY_ANSWERS_H

#include "connect/kinds.h"

/* The number under which the record is found: the question's first citizen number. Empty: the question is malformed. */
struct str answer_citizen(const struct kind *kind, const json_t *question);
/* The answer; record is NULL when nothing is known. A new reference. */
json_t *answer_from_record(const struct kind *kind, const json_t *question, json_t *record);
/* Changes the answer to one that contradicts the record. */
void answer_contradict(const struct kind *kind, json_t *answer);

#endif
