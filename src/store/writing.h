/* The inside of a write transaction, shared by the writer, the direct mode and the journal. */
#ifndef STORE_WRITING_H
#define STORE_WRITING_H

#include "store/journal.h"
#include "store/writer.h"

enum { ID_TABLES = 64, ANCHOR_EVERY_US = 5 * 1000 * 1000 };

struct journal_head {
    int64_t seq;
    unsigned char hash[JOURNAL_HASH];
};

struct writing_state {
    struct journal_head head;  /* in this transaction */
    struct journal_head saved; /* as committed last */
    struct {
        const char *sql;
        int64_t last;
    } ids[ID_TABLES];
    size_t id_count;
    int64_t moment;         /* given out in this transaction; 0: none yet */
    int64_t anchored;       /* seq in the anchor file */
    int64_t anchored_at_us; /* 0: never in this process */
    int64_t anchor_failures;
};

/* journal.c: reads the chain's end at the begin of a transaction. */
bool journal_load_head(struct writing *writing, struct error *error);
/* journal.c: writes the anchor when five seconds have passed, or now; counts failures. */
void journal_write_anchor(struct writing *writing, bool now);
/* Is there something committed that the anchor does not cover? */
bool journal_anchor_is_behind(const struct writing *writing);

#endif
