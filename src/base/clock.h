/* Time: milliseconds since 1970-01-01 UTC as int64_t ("ms"); dates as days since then ("day", the civil
 * day in China Standard Time, UTC+8, no summer time). One clock for the whole program, which tests may move.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/arena.h"

/* The program's clock: the system's plus the shift. */
int64_t clock_ms(void);
/* The system's clock, never shifted: only for messages to other machines, whose clocks are not ours to move. */
int64_t clock_wall_ms(void);
/* Monotonic, for time-outs and measuring; never shifted. */
int64_t clock_monotonic_us(void);
/* Moves the program's clock by ms (tests, rehearsals); replaces an earlier shift. */
void clock_shift(int64_t ms);
/* The same, but only forward; false: it stands there, or further, already. */
bool clock_advance(int64_t ms);

/* A civil day number; month 1–12, day 1–31. */
int64_t day_of(int year, int month, int day);
void day_parts(int64_t day, int *year, int *month, int *day_of_month);
/* The China Standard Time day of a moment, and the moment at which a day begins. */
int64_t day_of_ms(int64_t ms);
int64_t day_start_ms(int64_t day);

/* "2026-08-31"; false when it is no such day. */
bool day_parse(struct str s, int64_t *day);
struct str day_format(struct arena *arena, int64_t day);
/* "2026-08-31 09:05" in China Standard Time, with seconds when asked. */
struct str ms_format(struct arena *arena, int64_t ms, bool seconds);
/* "2026-08-31 09:05" or a date alone (its first moment); false when malformed. */
bool ms_parse(struct str s, int64_t *ms);

#endif
