/* One rule for errors: a function that can fail returns bool (true: done) and fills a `struct error`.
 *
 * The message is one that somebody can act on: what happened, why, what to do. It is for the operator and
 * for commands; it never holds a person's data. What a family reads beside a field is a `struct text`
 * (text.h), chosen by the page. Library code neither prints nor exits.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

enum { ERROR_MAX = 512 };

struct error {
    char message[ERROR_MAX]; /* always NUL-terminated; empty when nothing failed */
};

/* Sets the message and returns false, so that `return error_set(error, …);` is the whole failure path.
 * error may be NULL. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "WHAT: " before the message that is already there; returns false. */
bool error_within(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
