/* One rule for memory: a request (a command, a run) has an arena, and all that it makes dies with it.
 *
 * An arena grows in blocks and is freed or reset at once. When memory ends, allocation calls the process's
 * end (arena_alloc never returns NULL): a server that cannot get a few kilobytes cannot keep its promises,
 * and what was acknowledged is on disk already. Large, refusable sizes (uploads) are bounded by limits.h first.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

#include <stdarg.h>

struct arena;

/* A new, empty arena; its blocks have at least `block` bytes (0: a default of 8 KiB). */
struct arena *arena_new(size_t block);
/* Frees all; NULL is accepted. */
void arena_free(struct arena *arena);
/* Forgets all that was allocated and keeps one block for reuse. */
void arena_reset(struct arena *arena);

/* n zeroed bytes, aligned for any type. Never NULL; n == 0 is a valid pointer. */
void *arena_alloc(struct arena *arena, size_t n);
/* An array of count zeroed items; the product is checked. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* The same array with a place for one more item behind its n, for what comes one by one in unknown number: `items`
 * itself, or a copy with twice the room. How much room there is follows from n, so items was made by this alone, from
 * n == 0 on (whatever items is then). */
void *arena_grow(struct arena *arena, void *items, size_t n, size_t size);
#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

/* Copies; the copy is NUL-terminated as a convenience (the NUL is not counted). */
struct str arena_str(struct arena *arena, struct str s);
/* As a C string. */
const char *arena_cstr(struct arena *arena, struct str s);
/* Formatted text, NUL-terminated. */
struct str arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct str arena_vprintf(struct arena *arena, const char *format, va_list list);

/* Bytes handed out since the last reset (for limits and metrics). */
size_t arena_used(const struct arena *arena);

#endif
