/* The keys shared with the departments: DATA/keys/authorities.yaml, beside the vault's key and never in the city
 * folder.
 *
 *     # Keys shared with the departments: 64 hexadecimal digits each.
 *     keys:
 *       gongan-2026: 0f1e…
 *
 * The file has mode 0600 and is refused when others may read it. An operator writes what a department gave; for a demo
 * keys_make writes random ones. A key may be added while the program runs: an unknown id reads the file again.
 */
#ifndef CONNECT_KEYS_H
#define CONNECT_KEYS_H

#include "base/arena.h"
#include "base/error.h"

enum { KEY_BYTES = 32 };

struct keys;

/* Opens FOLDER/authorities.yaml; a missing file is an empty set. May be shared by threads. */
bool keys_open(struct keys **keys, const char *folder, struct error *error);
/* Wipes. NULL is accepted. */
void keys_close(struct keys *keys);
/* False when there is no such key, even after reading the file again. */
bool keys_find(struct keys *keys, struct str id, unsigned char key[KEY_BYTES]);
/* Makes a random key for each id that has none and writes the file; the old or the new one after a crash. */
bool keys_make(struct keys *keys, const struct str *ids, size_t n, struct error *error);

#endif
