/* What the program that plays the departments knows: DATA/authority.db, a file of its own, as the departments' data is
 * not the bureau's. For the demo builder and tests.
 *
 *     record(kind, citizen, answer): the answer to a question whose first citizen number is `citizen`
 *
 * The shapes are those of docs/departments.md. In the records of household and guardianship "guardians" lists all
 * guardians of the child, [{"citizen", "name", "relation", "same_book"}]; the authority answers about the one asked
 * for.
 */
#ifndef CONNECT_AUTHORITY_RECORDS_H
#define CONNECT_AUTHORITY_RECORDS_H

#include "base/error.h"
#include "base/str.h"

struct authority_records;

/* Makes the file or replaces what it held; everything is one transaction until close. */
bool authority_records_open(struct authority_records **records, const char *path, struct error *error);
/* A second record of the same kind and citizen replaces the first. The JSON is the caller's duty (an object). */
bool authority_record_put(struct authority_records *records, struct str kind, struct str citizen, struct str json,
                          struct error *error);
/* Commits, makes it durable and frees; false when that failed. NULL is accepted. */
bool authority_records_close(struct authority_records *records, struct error *error);
/* Frees without keeping anything. NULL is accepted. */
void authority_records_drop(struct authority_records *records);

#endif
