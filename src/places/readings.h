/* Which readings of a file are in the journal already: fingerprints of (session, application), in memory. A lost one
 * (its set is full, a restart) only asks the writer once more, who finds it written. */
#ifndef PLACES_READINGS_H
#define PLACES_READINGS_H

#include <stdbool.h>
#include <stdint.h>

struct readings;
/* One for the program; any thread may ask and add. */
struct readings *readings_new(void);
void readings_free(struct readings *readings);
/* mark: not 0. */
bool readings_has(struct readings *readings, uint64_t mark);
void readings_add(struct readings *readings, uint64_t mark);

#endif
