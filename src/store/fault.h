/* Fault points: places where a test makes the program fail, as the machine one day will.
 *
 * JIAOTI_FAULT=commit:3 in the environment makes the third passage of the point "commit" fail; a list is
 * separated by commas; `commit:3+` fails from the third on. Off by default; a passage then costs one load.
 * Points: connect, begin, send (PostgreSQL), commit, commit-answer (committed, but the answer is lost),
 * fsync, rename (key and anchor files).
 */
#ifndef STORE_FAULT_H
#define STORE_FAULT_H

#include <stdbool.h>

/* True when this passage must fail. The name is a literal. */
bool fault_here(const char *name);
/* Replaces the list (tests in one process); NULL or "" for none. Not while other threads pass a point. */
void fault_set(const char *list);

#endif
