/* What people write into the cells of a spreadsheet, as text. A spreadsheet changes what it is given: digits become
 * full-width, dates become numbers of days since 1899-12-30, texts that begin with a sign become formulas. Each is
 * understood where nothing is lost.
 *
 * A text that a spreadsheet would compute is guarded by an apostrophe on its way out and loses one on its way in. A
 * text that has such an apostrophe already gets one more, so that both together change nothing.
 */
#ifndef BASE_CELL_H
#define BASE_CELL_H

#include "base/arena.h"

#include <stdio.h>

/* Without blanks of any width at both ends. */
struct str cell_trimmed(struct str cell);
/* The same, with line ends as blanks and without the apostrophe that keeps a formula away. */
struct str cell_text(struct arena *arena, struct str cell);
/* The same with full-width digits, letters and signs as plain ones. May be the cell's own bytes: never written to. */
struct str cell_plain(struct arena *arena, struct str cell);
/* Two texts that a person would call the same: blanks, width, case and '*' do not count. */
bool cell_same(struct arena *arena, struct str a, struct str b);
/* What cell_same compares, for looking up. */
struct str cell_bare(struct arena *arena, struct str cell);
/* The first characters, for a message. */
struct str cell_shown(struct str s);

struct str cell_guarded(struct arena *arena, struct str s);
/* Takes one apostrophe of a guarded text away; another text stays as it is. */
struct str cell_unguarded(struct str s);

/* Dates in their usual forms (2026-03-01, 2026/3/1, 2026.3.1, 2026年3月1日, 20260301, 46082), of a plain cell. */
bool cell_day(struct arena *arena, struct str plain, int64_t *day);
/* A decimal number, of a plain cell; thousands may be parted by commas. */
bool cell_number(struct arena *arena, struct str plain, double *value);
/* A decimal number as a whole number of 10^-places, exactly; false when it has more places or does not fit. Zeros
 * behind the point and an exponent of a spreadsheet (1.2E+5) are understood. */
bool cell_fixed(struct str plain, int places, int64_t *value);

/* Writes a cell of a CSV line, quoted; the first of its line has no comma before it. */
void cell_csv(FILE *out, struct str s, bool first);

#endif
