/* Length-carrying text.
 *
 * A `struct str` borrows bytes: it owns nothing and need not end in NUL. Who made the bytes says how
 * long they live (mostly an arena). An empty str has n == 0; its p may be NULL.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

/* A str of a string literal, without counting at run time. */
#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
/* For printf: `printf("%.*s", STR_ARG(s))`. */
#define STR_ARG(s) (int)(s).n, ((s).p ? (s).p : "")

static inline struct str str_of(const char *c)
{
    return c ? (struct str){ c, strlen(c) } : (struct str){ NULL, 0 };
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *b)
{
    return str_eq(a, str_of(b));
}

static inline bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

/* Byte order, then length: <0, 0, >0. */
int str_cmp(struct str a, struct str b);

/* The part from `from` of at most `n` bytes; empty when from is past the end. */
struct str str_part(struct str s, size_t from, size_t n);

/* Without ASCII blanks at both ends. */
struct str str_trim(struct str s);

/* Takes the part of *rest before the first `sep` into *part and moves *rest behind it.
 * False when *rest is empty (nothing was left). */
bool str_split(struct str *rest, char sep, struct str *part);

/* Index of the first byte c, or s.n. */
size_t str_find(struct str s, char c);

/* Whole text as a decimal number within [min, max]; false (and *out untouched) otherwise. */
bool str_to_int(struct str s, int64_t min, int64_t max, int64_t *out);

/* Is s well-formed UTF-8 (no surrogates, no overlong forms, no NUL)? */
bool str_is_utf8(struct str s);

/* Number of code points of well-formed UTF-8. */
size_t str_chars(struct str s);

#endif
