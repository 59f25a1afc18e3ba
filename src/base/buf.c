/* See buf.h. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

struct buf buf_init(size_t max)
{
    return (struct buf){ .max = max };
}

void buf_free(struct buf *buf)
{
    free(buf->p);
    *buf = buf_init(buf->max);
}

void buf_clear(struct buf *buf)
{
    buf->n = 0;
    buf->full = false;
}

char *buf_room(struct buf *buf, size_t n)
{
    if (buf->full || n > buf->max - buf->n) {
        buf->full = true;
        return NULL;
    }
    if (n > buf->size - buf->n) {
        size_t size = buf->size ? buf->size : 256;
        while (size - buf->n < n) {
            size = size > buf->max / 2 ? buf->max : size * 2;
        }
        char *p = realloc(buf->p, size);
        if (!p) {
            abort();
        }
        buf->p = p;
        buf->size = size;
    }
    return buf->p + buf->n;
}

void buf_took(struct buf *buf, size_t n)
{
    buf->n += n;
}

void buf_add(struct buf *buf, struct str s)
{
    char *room = s.n ? buf_room(buf, s.n) : NULL;
    if (room) {
        memcpy(room, s.p, s.n);
        buf->n += s.n;
    }
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, (struct str){ &c, 1 });
}

void buf_add_cstr(struct buf *buf, const char *s)
{
    buf_add(buf, str_of(s));
}

void buf_add_json(struct buf *buf, struct str s)
{
    buf_add_char(buf, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20) {
            buf_printf(buf, "\\u%04x", c);
            continue;
        }
        if (c == '"' || c == '\\') {
            buf_add_char(buf, '\\');
        }
        buf_add_char(buf, (char)c);
    }
    buf_add_char(buf, '"');
}

void buf_add_int(struct buf *buf, int64_t value)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0) {
        digits[--at] = '-';
    }
    buf_add(buf, (struct str){ digits + at, sizeof digits - at });
}

void buf_vprintf(struct buf *buf, const char *format, va_list list)
{
    va_list again;
    va_copy(again, list);
    int n = vsnprintf(NULL, 0, format, list);
    char *room = n > 0 ? buf_room(buf, (size_t)n + 1) : NULL;
    if (room) {
        (void)vsnprintf(room, (size_t)n + 1, format, again);
        buf->n += (size_t)n;
    }
    va_end(again);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    buf_vprintf(buf, format, list);
    va_end(list);
}
