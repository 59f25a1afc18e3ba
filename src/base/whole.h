/* A file as a whole, in memory.
 *
 * Read, not mapped: a mapped file that somebody shortens while it is looked at ends the program.
 */
#ifndef BASE_WHOLE_H
#define BASE_WHOLE_H

#include "base/error.h"

#include <stddef.h>

/* *bytes is to be freed with free(), also when the file is empty; untouched on failure. */
bool whole_read(const char *path, char **bytes, size_t *n, struct error *error);

#endif
