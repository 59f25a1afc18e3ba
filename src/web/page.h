/* The page runtime: where compiled templates write. A page is a growing buffer with a language; everything that is
 * not raw is escaped for HTML text and for quoted attributes alike. tools/pagec.c writes the calls.
 */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "base/arena.h"
#include "base/text.h"

struct request;

struct page {
    char *p;
    size_t n, size;
    bool full; /* the maximum was reached: the reply becomes an error */
    enum lang lang;
    bool big_type;           /* 适老化: larger type, high contrast */
    struct arena *arena;     /* of the request */
    struct request *request; /* NULL in unit tests of pages */
    const char *held;        /* from a wrap's begin to its end */
    struct text held_text;
};

/* Makes room for n bytes more; false (and full) past LIMIT_PAGE_BYTES. */
bool page_grow(struct page *page, size_t n);

static inline void page_put(struct page *page, const char *bytes, size_t n)
{
    if (n && (n <= page->size - page->n || page_grow(page, n))) {
        memcpy(page->p + page->n, bytes, n);
        page->n += n;
    }
}

/* Escaped. */
void page_str(struct page *page, struct str s);
void page_cstr(struct page *page, const char *s);
void page_text(struct page *page, struct text text);
void page_name(struct page *page, struct name name);
void page_int(struct page *page, int64_t value);
void page_uint(struct page *page, uint64_t value);
void page_double(struct page *page, double value);
/* Trusted markup. */
void page_raw_str(struct page *page, struct str s);
void page_raw_cstr(struct page *page, const char *s);
/* One component of a URL: everything but letters, digits and -._~ is percent-encoded. */
void page_url_str(struct page *page, struct str s);
void page_url_cstr(struct page *page, const char *s);
void page_url_int(struct page *page, int64_t value);
/* A day number: 2026年8月31日 / 31 August 2026; a moment in ms with the time behind it. */
void page_day(struct page *page, int64_t day);
void page_time(struct page *page, int64_t ms);
/* 114,000 */
void page_number(struct page *page, int64_t value);

#define PAGE_PUT(page, ...)                                                                                            \
    _Generic((__VA_ARGS__), struct str: page_str, char *: page_cstr, const char *: page_cstr, struct text: page_text, \
             struct name: page_name, int: page_int, long: page_int, long long: page_int, short: page_int,             \
             signed char: page_int, unsigned: page_uint, unsigned long: page_uint, unsigned long long: page_uint,     \
             unsigned short: page_uint, unsigned char: page_uint, double: page_double)((page), (__VA_ARGS__))
#define PAGE_RAW(page, ...)                                                                                            \
    _Generic((__VA_ARGS__), struct str: page_raw_str, char *: page_raw_cstr, const char *: page_raw_cstr)(             \
        (page), (__VA_ARGS__))
#define PAGE_URL(page, ...)                                                                                            \
    _Generic((__VA_ARGS__), struct str: page_url_str, char *: page_url_cstr, const char *: page_url_cstr,             \
             int: page_url_int, long: page_url_int, long long: page_url_int)((page), (__VA_ARGS__))

/* The text of the page's language (for expressions inside templates). */
static inline const char *page_in(const struct page *page, struct text text)
{
    return text_in(text, page->lang);
}

#endif
