/* A growable buffer that names its maximum.
 *
 * Past the maximum nothing is added and `full` becomes true, so that a chain of adds needs one check at
 * its end. The bytes belong to the buffer until buf_free.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

#include <stdarg.h>

struct buf {
    char *p;
    size_t n;
    size_t size;
    size_t max;
    bool full;
};

/* An empty buffer of at most max bytes; allocates nothing yet. */
struct buf buf_init(size_t max);
/* Frees the bytes; the buffer may be used again. */
void buf_free(struct buf *buf);
/* Empties it and keeps the memory. */
void buf_clear(struct buf *buf);

void buf_add(struct buf *buf, struct str s);
void buf_add_char(struct buf *buf, char c);
void buf_add_cstr(struct buf *buf, const char *s);
/* A JSON string in its quotes; s is UTF-8. */
void buf_add_json(struct buf *buf, struct str s);
void buf_add_int(struct buf *buf, int64_t value);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list list);

/* Room for n more bytes at the returned place, or NULL when the maximum forbids it; buf_took counts them. */
char *buf_room(struct buf *buf, size_t n);
void buf_took(struct buf *buf, size_t n);

static inline struct str buf_str(const struct buf *buf)
{
    return (struct str){ buf->p, buf->n };
}

#endif
