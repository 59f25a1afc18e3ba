/* Giving up what a reader of strangers' files does not need. */
#ifndef IMPORT_SANDBOX_H
#define IMPORT_SANDBOX_H

#include <stdbool.h>

/* Bounded time, memory and descriptors; no core file; no privileges, now or later; not root. First of all. */
bool sandbox_limit(int seconds);
/* From here on the kernel refuses all but memory, and reading and writing what is open. Before the file is looked at.
 */
bool sandbox_shut(void);

#endif
