/* See journal.h for the format of the chain.
 *
 * The anchor file FOLDER/journal.anchor is text:
 *     jiaoti journal anchor 1
 *     seq N
 *     hash HEX64
 *     mac HEX64          HMAC-SM3(token key, "journal.anchor" ‖ 0 ‖ the lines before)
 */
#include "store/journal.h"

#include "base/clock.h"
#include "base/hex.h"
#include "store/engine.h"
#include "store/writing.h"

#include <stdio.h>

enum { FIXED = 12 + 4 * 8, PART = 1000 };
static const char anchor_file[] = "journal.anchor";

static void put_number(unsigned char *out, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--, value >>= 8) {
        out[i] = (unsigned char)value;
    }
}

/* A row as it is hashed. */
struct record {
    int64_t seq, at, actor, subject_id;
    struct str texts[5]; /* role, action, subject_kind, division, detail */
};

static struct str canonical(struct arena *arena, const struct record *row)
{
    size_t n = FIXED;
    for (int i = 0; i < 5; i++) {
        n += 4 + row->texts[i].n;
    }
    unsigned char *out = arena_alloc(arena, n), *p = out + 12;
    memcpy(out, "JT-JOURNAL-1", 12);
    const int64_t numbers[] = { row->seq, row->at, row->actor, row->subject_id };
    for (int i = 0; i < 4; i++, p += 8) {
        put_number(p, (uint64_t)numbers[i], 8);
    }
    for (int i = 0; i < 5; i++) {
        put_number(p, row->texts[i].n, 4);
        p += 4;
        if (row->texts[i].n) {
            memcpy(p, row->texts[i].p, row->texts[i].n);
            p += row->texts[i].n;
        }
    }
    return (struct str){ (const char *)out, n };
}

static void chain(struct vault *vault, struct arena *arena, const unsigned char previous[JOURNAL_HASH],
                  const struct record *row, unsigned char out[JOURNAL_HASH])
{
    vault_journal_mac(vault, (struct str){ (const char *)previous, JOURNAL_HASH }, canonical(arena, row), out);
}

bool journal_load_head(struct writing *writing, struct error *error)
{
    struct journal_head head = { 0 };
    struct rows *rows = db_query(writing->db, error, "select seq, hash from journal order by seq desc limit 1");
    if (rows_next(rows)) {
        struct str hash = rows_blob(rows, 1);
        head.seq = rows_int(rows, 0);
        memcpy(head.hash, hash.p, hash.n < JOURNAL_HASH ? hash.n : JOURNAL_HASH);
    }
    if (!rows_end(rows, error)) {
        return error_within(error, "the journal's end");
    }
    writing->state->head = head;
    return true;
}

bool journal_append(struct writing *writing, const struct journal_entry *entry, struct error *error)
{
    struct journal_head *head = &writing->state->head;
    if (!writing->vault) {
        return error_set(error, "the journal needs a vault");
    }
    if (entry->detail.n > LIMIT_JOURNAL_DETAIL) {
        return error_set(error, "the journal's detail of %s is longer than %d bytes", entry->action,
                         LIMIT_JOURNAL_DETAIL);
    }
    struct record row = { .seq = head->seq + 1,
                          .at = writing->now,
                          .actor = entry->actor,
                          .subject_id = entry->subject_id,
                          .texts = { str_of(entry->role), str_of(entry->action), str_of(entry->subject_kind),
                                     entry->division, entry->detail } };
    unsigned char hash[JOURNAL_HASH];
    chain(writing->vault, writing->arena, head->hash, &row, hash);
    if (!db_run(writing->db, error,
                "insert into journal (seq, at, actor, role, action, subject_kind, subject_id, division, detail, hash) "
                "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                V_INT(row.seq), V_INT(row.at), V_INT(row.actor), V_TEXT(row.texts[0]), V_TEXT(row.texts[1]),
                V_TEXT(row.texts[2]), V_INT(row.subject_id), V_TEXT(row.texts[3]), V_TEXT(row.texts[4]),
                V_BLOB(((struct str){ (const char *)hash, JOURNAL_HASH })))) {
        return false;
    }
    head->seq = row.seq;
    memcpy(head->hash, hash, JOURNAL_HASH);
    return true;
}

/* ---- the anchor ---- */

static struct str anchor_lines(struct arena *arena, const struct journal_head *head)
{
    struct str hash = hex_encode(arena, head->hash, JOURNAL_HASH);
    return arena_printf(arena, "jiaoti journal anchor 1\nseq %lld\nhash %.*s\n", (long long)head->seq, STR_ARG(hash));
}

bool journal_anchor_is_behind(const struct writing *writing)
{
    return writing->vault && writing->state->saved.seq > writing->state->anchored;
}

enum anchor_state { ANCHOR_NONE, ANCHOR_GOOD, ANCHOR_BAD };

static bool read_anchor(struct vault *vault, struct arena *arena, struct journal_head *head, enum anchor_state *state,
                        struct error *error)
{
    struct str text, line, rest;
    bool found = false;
    if (!vault_read_file(vault, anchor_file, arena, &text, &found, error)) {
        return false;
    }
    *state = found ? ANCHOR_BAD : ANCHOR_NONE;
    rest = text;
    if (!found || !str_split(&rest, '\n', &line) || !str_split(&rest, '\n', &line) || !str_starts(line, STR("seq ")) ||
        !str_to_int(str_part(line, 4, line.n), 1, INT64_MAX, &head->seq) || !str_split(&rest, '\n', &line) ||
        !str_starts(line, STR("hash ")) || !hex_decode(str_part(line, 5, line.n), head->hash, JOURNAL_HASH) ||
        !str_split(&rest, '\n', &line) || !str_starts(line, STR("mac "))) {
        return true;
    }
    unsigned char told[VAULT_HASH], mac[VAULT_HASH];
    struct str lines = anchor_lines(arena, head);
    vault_mac(vault, anchor_file, lines, mac);
    if (str_starts(text, lines) && hex_decode(str_part(line, 4, line.n), told, sizeof told) &&
        vault_same(told, mac, sizeof mac)) {
        *state = ANCHOR_GOOD;
    }
    return true;
}

/* May the anchor move to our end? Only along the chain that it names: an end that was cut off and written anew must
 * stay found. *behind says that the file is older than what we have. */
static bool may_move(struct writing *writing, struct arena *arena, bool *behind)
{
    struct journal_head old = { 0 };
    enum anchor_state state = ANCHOR_NONE;
    struct error ignored;
    struct str hash = STR("");
    bool found = false;
    if (!read_anchor(writing->vault, arena, &old, &state, &ignored) || state == ANCHOR_BAD) {
        return false;
    }
    *behind = old.seq < writing->state->saved.seq;
    return state == ANCHOR_NONE || (db_one_blob(writing->db, &ignored, arena, &hash, &found,
                                                "select hash from journal where seq = ?1", V_INT(old.seq)) &&
                                    found && hash.n == JOURNAL_HASH && vault_same(hash.p, old.hash, JOURNAL_HASH));
}

static bool write_anchor(struct writing *writing, struct arena *arena)
{
    unsigned char mac[VAULT_HASH];
    struct error ignored;
    struct str lines = anchor_lines(arena, &writing->state->saved);
    vault_mac(writing->vault, anchor_file, lines, mac);
    struct str text =
        arena_printf(arena, "%.*smac %.*s\n", STR_ARG(lines), STR_ARG(hex_encode(arena, mac, sizeof mac)));
    return vault_write_file(writing->vault, anchor_file, text, &ignored);
}

void journal_write_anchor(struct writing *writing, bool now)
{
    struct writing_state *state = writing->state;
    int64_t clock = clock_monotonic_us();
    bool due = state->anchored_at_us == 0 || clock - state->anchored_at_us >= ANCHOR_EVERY_US;
    if (!journal_anchor_is_behind(writing) || writing->db->lost || (!now && !due)) {
        return;
    }
    struct arena *arena = arena_new(1024);
    bool behind = true;
    state->anchored_at_us = clock;
    if (may_move(writing, arena, &behind) && (!behind || write_anchor(writing, arena))) {
        state->anchored = state->saved.seq;
    } else {
        state->anchor_failures++;
    }
    arena_free(arena);
}

/* ---- verifying ---- */

struct verification {
    struct vault *vault;
    struct arena *arena; /* reset for each part */
    struct journal_report *report;
    struct journal_head head;   /* of the last good row */
    struct journal_head anchor; /* seq 0: none to compare */
};

static void find(struct verification *v, int64_t seq, const char *what, int64_t to)
{
    v->report->whole = false;
    v->report->first_bad = seq;
    if (to > seq) {
        (void)snprintf(v->report->finding, sizeof v->report->finding, "rows %lld to %lld %s", (long long)seq,
                       (long long)to, what);
    } else {
        (void)snprintf(v->report->finding, sizeof v->report->finding, "row %lld %s", (long long)seq, what);
    }
}

/* Looks at one row; false at the first that does not follow from those before. */
static bool follows(struct verification *v, const struct record *row, struct str hash)
{
    int64_t expected = v->head.seq + 1;
    v->report->rows++;
    if (row->seq != expected) {
        if (row->seq > expected) {
            find(v, expected, "missing: removed behind the program's back", row->seq - 1);
        } else {
            find(v, row->seq, "was inserted before the first", 0);
        }
        return false;
    }
    unsigned char mac[JOURNAL_HASH];
    chain(v->vault, v->arena, v->head.hash, row, mac);
    bool own = hash.n == JOURNAL_HASH && vault_same(hash.p, mac, JOURNAL_HASH);
    if (!own || (row->seq == v->anchor.seq && !vault_same(mac, v->anchor.hash, JOURNAL_HASH))) {
        find(v, row->seq, "was changed, inserted or moved: it does not follow from the rows before", 0);
        return false;
    }
    v->head.seq = row->seq;
    memcpy(v->head.hash, mac, JOURNAL_HASH);
    return true;
}

/* Reads one part of the chain; *more says whether there may be another. */
static bool verify_part(struct verification *v, struct db *db, int64_t *last, bool *more, struct error *error)
{
    int64_t rows_here = 0;
    bool good = true;
    arena_reset(v->arena);
    struct rows *rows =
        db_query(db, error,
                 "select seq, at, actor, subject_id, role, action, subject_kind, division, detail, hash "
                 "from journal where seq > ?1 order by seq limit ?2",
                 V_INT(*last), V_INT(PART));
    while (good && rows_next(rows)) {
        struct record row = { .seq = rows_int(rows, 0),
                              .at = rows_int(rows, 1),
                              .actor = rows_int(rows, 2),
                              .subject_id = rows_int(rows, 3) };
        for (int i = 0; i < 5; i++) {
            row.texts[i] = rows_text(rows, 4 + i);
        }
        good = follows(v, &row, rows_blob(rows, 9));
        *last = row.seq;
        rows_here++;
    }
    *more = good && rows_here == PART;
    return rows_end(rows, error);
}

static void verify_end(struct verification *v, enum anchor_state anchor)
{
    struct journal_report *report = v->report;
    if (report->whole && anchor == ANCHOR_BAD) {
        find(v, v->head.seq + 1, "cannot be told: the anchor file was changed or belongs to other keys", 0);
    } else if (report->whole && anchor == ANCHOR_GOOD && v->anchor.seq > v->head.seq) {
        find(v, v->head.seq + 1, "missing: cut off the end behind the program's back", v->anchor.seq);
    }
    memcpy(report->head, v->head.hash, JOURNAL_HASH);
}

bool journal_verify(struct store *store, struct vault *vault, struct journal_report *report, struct error *error)
{
    struct verification v = { .vault = vault, .report = report };
    enum anchor_state anchor = ANCHOR_NONE;
    struct db *db = NULL;
    *report = (struct journal_report){ .whole = true };
    v.arena = arena_new(1 << 20);
    /* The anchor first: what it names was committed before, so the rows read after it must have it. */
    bool ok = read_anchor(vault, v.arena, &v.anchor, &anchor, error) && db_open(&db, store, DB_READ, error);
    v.anchor.seq = anchor == ANCHOR_GOOD ? v.anchor.seq : 0;
    report->anchor = v.anchor.seq;
    if (ok && db_read_begin(db, error)) {
        int64_t last = INT64_MIN;
        for (bool more = true; ok && more;) {
            ok = verify_part(&v, db, &last, &more, error);
        }
        db_read_end(db);
        if (ok) {
            verify_end(&v, anchor);
        }
    } else {
        ok = false;
    }
    db_close(db);
    arena_free(v.arena);
    return ok;
}
