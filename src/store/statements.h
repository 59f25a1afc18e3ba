/* Prepared statements of one connection, found by the address of their text and then by the text itself.
 *
 * SQL is mostly literals, so the address finds the statement; the text is still compared, because text made
 * at run time may come to lie at an old address. At most LIMIT_STATEMENTS are kept; what comes later is
 * prepared for one use (statements_add then returns false and the caller frees it after use). */
#ifndef STORE_STATEMENTS_H
#define STORE_STATEMENTS_H

#include "base/str.h"

enum { LIMIT_STATEMENTS = 1024, STATEMENT_SLOTS = 512 };

/* An engine's statement starts with this. */
struct statement {
    struct statement *next; /* of the same slot */
    char *text;
    uint64_t hash;
};

struct statements {
    struct {
        const char *address;
        struct statement *statement;
    } near[STATEMENT_SLOTS];
    struct statement *slots[STATEMENT_SLOTS];
    size_t count;
};

/* The statement of this text, or NULL. */
struct statement *statements_find(struct statements *statements, const char *sql);
/* Keeps a statement; its text is copied. False when the table is full: text is copied all the same. */
bool statements_add(struct statements *statements, struct statement *statement, const char *sql);
/* Takes every statement out, one a call; NULL when empty. Free it with its text. */
struct statement *statements_take(struct statements *statements);

#endif
