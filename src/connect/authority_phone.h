/* The telephone of a demo: short messages that the stand-in for the departments took, for who tries the city to read.
 */
#ifndef CONNECT_AUTHORITY_PHONE_H
#define CONNECT_AUTHORITY_PHONE_H

#include "base/arena.h"

#include <jansson.h>
#include <sqlite3.h>

/* Makes its table. */
bool phone_open(sqlite3 *db);
/* Keeps {"to", "text"} under its mark; *again: the mark was there before, and nothing was kept. False when a part is
 * missing. */
bool phone_keep(sqlite3 *db, struct str mark, json_t *message, bool *again);
/* The newest, as plain text. */
struct str phone_list(sqlite3 *db, struct arena *arena);

#endif
