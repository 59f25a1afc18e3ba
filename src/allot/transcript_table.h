/*
 * The two tables of a transcript, one line per applicant: the bulk of the file. Their lines are made and hashed side by
 * side, in pieces; what comes out does not depend on the pieces. Internal to the transcript.
 */
#ifndef ALLOT_TRANSCRIPT_TABLE_H
#define ALLOT_TRANSCRIPT_TABLE_H

#include "allot/internal.h"
#include "allot/lines.h"
#include "allot/transcript.h"

/* Into how many pieces a stretch of the tables is cut: a few for each worker, and for a single one, too, as a stretch
 * is in memory at once. */
uint32_t table_pieces(const struct allot_host *host);

extern const struct merkle_hash *const TABLE_HASH[2]; /* by enum transcript_hash */

/* Both roots over leaves that come in stretches. `leaf[h]` has room for `room` hashes and what is left over of the
 * stretch before: the caller writes the next ones from `pending` on. */
struct table_roots {
    struct merkle_tree tree[2]; /* by enum transcript_hash */
    uint8_t (*leaf[2])[MERKLE_BYTES];
    uint32_t pending;
    uint32_t next; /* while jobs run: how many leaves there are */
};

bool table_roots_start(struct table_roots *roots, const struct allot_host *host, uint32_t room);
void table_roots_free(struct table_roots *roots, const struct allot_host *host);
void table_roots_add(struct table_roots *roots, const struct allot_host *host, uint32_t leaves);
void table_roots_end(struct table_roots *roots, uint8_t sm3[MERKLE_BYTES], uint8_t sha256[MERKLE_BYTES]);

/* Hashes `count` lines, from start[i] to before the line feed that ends at start[i + 1], as leaves number `at` … of the
 * stretch in hand. */
void table_roots_leaves(struct table_roots *roots, uint32_t at, const char *text, const size_t *start, uint32_t count);

/* One of the tables, to be made. */
struct table {
    enum transcript_table which;
    const struct transcript *transcript;
    const uint32_t *order; /* applicants by ticket; NULL: they stand so */
    const struct line_check *check;
};

/* Bytes of a row's line with check and line feed; and the line itself, for which there is room. */
size_t table_line_size(const struct table *table, uint32_t row);
char *table_line_put(const struct table *table, uint32_t row, char *to);

/* Makes the whole table: each stretch of it is given to `take` with the places where its lines start (start[rows] is
 * the end), rows from `first` on. Fills in both roots. */
typedef bool table_take(void *ctx, const char *text, const size_t *start, uint32_t first, uint32_t rows);
enum table_made { TABLE_MADE, TABLE_STOPPED, TABLE_NO_MEMORY };
enum table_made table_make(const struct table *table, const struct allot_host *host, table_take *take, void *ctx,
                           uint8_t sm3[MERKLE_BYTES], uint8_t sha256[MERKLE_BYTES]);

/* Applicants by ticket into *order, NULL where they stand so; `twice` (unless NULL) is set when two have the same.
 * False without memory. */
bool table_order(const struct allot_problem *problem, const struct allot_host *host, uint32_t **order, bool *twice);

#endif
