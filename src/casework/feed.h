/* The calendar feed of an account's desk (RFC 5545): behind a secret address, of which the hash alone is kept. */
#ifndef CASEWORK_FEED_H
#define CASEWORK_FEED_H

#include "casework/casework.h"

enum { FEED_TOKEN_DIGITS = 40, FEED_CASES_MOST = 1000 };

struct feed_make { /* a new address; an older one of the account ends */
    int64_t account;
    const char *role;
    enum lang lang;
    struct arena *arena;
    struct str token; /* out: shown once; in `arena` */
};
bool feed_make_run(struct writing *writing, void *input, struct error *error);
struct feed_end {
    int64_t account;
    const char *role;
};
bool feed_end_run(struct writing *writing, void *input, struct error *error);

struct feed {
    int64_t account, made_at, read_on;
    enum lang lang;
};
bool feed_of_account(struct db *db, int64_t account, struct feed *out, bool *found, struct error *error);
bool feed_of_token(struct db *db, struct arena *arena, struct vault *vault, struct str token, struct feed *out,
                   bool *found, struct error *error);
/* Notes that the feed was read on the day; once a day an entry of the journal. */
struct feed_read {
    int64_t account, day;
};
bool feed_read_run(struct writing *writing, void *input, struct error *error);

/* The calendar: an all-day event on the due day of each open case of the desk; of confidential ones nothing but that
 * there is something to do. `base`: address of the pages, for links and UIDs. */
struct str feed_calendar(struct arena *arena, const struct city *city, const struct case_row *rows, size_t n,
                         enum lang lang, struct str base);

#endif
