/* The journal: who did what to whom, in the same transaction as the change, as a hash chain.
 *
 * Format. Row n (seq counts from 1, without gaps) has
 *     hash(n) = HMAC-SM3(journal key, hash(n−1) ‖ canonical(n)),   hash(0) = 32 zero bytes
 *     canonical(n) = "JT-JOURNAL-1" ‖ seq ‖ at ‖ actor ‖ subject_id     (each 8 bytes, big-endian)
 *                    ‖ for role, action, subject_kind, division, detail: length (4 bytes, big-endian) ‖ bytes
 * Numbers are two's complement. The key lives in the vault, outside the database, so who can only write
 * to the database cannot mend the chain. In the vault's folder the anchor file keeps the newest (seq, hash) with
 * a MAC, rewritten at most every five seconds and at the writer's stop: rows cut off the end before the last
 * anchor are seen, although the chain that is left is whole. The anchor moves only along the chain that it names:
 * when its row is gone or another, it stays (writer_numbers: anchor_failures) and journal_verify keeps finding it.
 *
 * What it cannot see: rows cut off the end that are younger than the anchor; a change by who holds the vault too.
 *
 * The detail holds no personal data: ids, codes, numbers, reasons from lists.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "store/writer.h"

struct journal_entry {
    int64_t actor;            /* account id; 0: the program itself */
    const char *role;         /* the role that the actor used; "" for none */
    const char *action;       /* "application.submit": noun and verb */
    const char *subject_kind; /* "application", "child", "round" … */
    int64_t subject_id;
    struct str division; /* the subject's division code, so that scope can be kept when it is read; may be empty */
    struct str detail;   /* no personal data; may be empty */
};

enum { JOURNAL_HASH = 32, LIMIT_JOURNAL_DETAIL = 4096 };

/* Appends a row with the time of the transaction. */
bool journal_append(struct writing *writing, const struct journal_entry *entry, struct error *error);

struct journal_report {
    bool whole;                       /* chain and anchor agree */
    int64_t rows;                     /* read, up to the finding */
    int64_t first_bad;                /* 0: whole; else the seq at which it first disagrees */
    int64_t anchor;                   /* seq of the anchor; 0: there is none */
    unsigned char head[JOURNAL_HASH]; /* hash of the last good row */
    char finding[256]; /* in words: "row 17 was changed", "rows 12 to 14 are missing", … ; empty when whole */
};

/* Reads the whole chain (in parts: memory stays small) and compares with the anchor. False only when it could
 * not be read; a broken chain is a finding of the report. */
bool journal_verify(struct store *store, struct vault *vault, struct journal_report *report, struct error *error);

#endif
