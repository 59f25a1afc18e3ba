/* Proofs of inclusion. On the day of the close every family may ask for its own: the list's file is read once, and what
 * its proofs need is kept (allot/transcript.h, transcript_prover), so that each is a search and some hundred bytes.
 *
 * What must hold: a proof is of the file that lies on the disk at that moment. A kept list carries the file's identity
 * (device, inode, size, time of change); files are only ever replaced as a whole (round_file.c), so another content is
 * another identity. The memory of all kept lists stays below the limit: the one that was used longest ago goes first; a
 * list in use goes with its last user. One list is made at a time, so that a rush does not make the same one twice. */
#include "places/round_proof.h"

#include "base/buf.h"
#include "base/limits.h"
#include "places/round_inside.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

struct kept {
    struct kept *next;
    struct str path; /* owned */
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
    struct transcript_prover *prover;
    size_t users;
    bool listed; /* else it goes with its last user */
    uint64_t used;
};

struct round_proofs {
    pthread_mutex_t making; /* held by who reads a file; taken before `lock` */
    pthread_mutex_t lock;   /* guards all below */
    struct kept *first;
    size_t bytes, most;
    uint64_t clock, made;
};

struct round_proofs *round_proofs_new(size_t most_bytes)
{
    struct round_proofs *proofs = calloc(1, sizeof *proofs);
    if (proofs) {
        proofs->most = most_bytes;
        pthread_mutex_init(&proofs->making, NULL);
        pthread_mutex_init(&proofs->lock, NULL);
    }
    return proofs;
}

static void free_kept(struct kept *kept)
{
    transcript_prover_free(kept->prover, NULL);
    free((char *)(uintptr_t)kept->path.p);
    free(kept);
}

void round_proofs_free(struct round_proofs *proofs)
{
    if (!proofs) {
        return;
    }
    while (proofs->first) {
        struct kept *kept = proofs->first;
        proofs->first = kept->next;
        free_kept(kept);
    }
    pthread_mutex_destroy(&proofs->making);
    pthread_mutex_destroy(&proofs->lock);
    free(proofs);
}

struct round_proof_numbers round_proofs_numbers(struct round_proofs *proofs)
{
    pthread_mutex_lock(&proofs->lock);
    struct round_proof_numbers numbers = { .bytes = proofs->bytes, .made = proofs->made };
    for (const struct kept *kept = proofs->first; kept; kept = kept->next) {
        numbers.lists++;
    }
    pthread_mutex_unlock(&proofs->lock);
    return numbers;
}

/* ---- What is kept; under the lock ---- */

static bool is_of(const struct kept *kept, const struct stat *about)
{
    return kept->device == about->st_dev && kept->inode == about->st_ino && kept->size == about->st_size &&
           kept->changed.tv_sec == about->st_mtim.tv_sec && kept->changed.tv_nsec == about->st_mtim.tv_nsec;
}

static struct kept *take(struct round_proofs *proofs, struct str path, const struct stat *about)
{
    pthread_mutex_lock(&proofs->lock);
    struct kept *kept = proofs->first;
    while (kept && !(str_eq(kept->path, path) && is_of(kept, about))) {
        kept = kept->next;
    }
    if (kept) {
        kept->users++;
        kept->used = ++proofs->clock;
    }
    pthread_mutex_unlock(&proofs->lock);
    return kept;
}

static void strike(struct round_proofs *proofs, struct kept **place)
{
    struct kept *kept = *place;
    *place = kept->next;
    proofs->bytes -= transcript_prover_bytes(kept->prover);
    kept->listed = false;
    if (kept->users == 0) {
        free_kept(kept);
    }
}

/* The file's earlier content, then whatever was used longest ago, until there is room; a list that is larger than all
 * room is not kept. */
static void make_room(struct round_proofs *proofs, struct str path, size_t bytes)
{
    for (struct kept **place = &proofs->first; *place;) {
        if (str_eq((*place)->path, path)) {
            strike(proofs, place);
        } else {
            place = &(*place)->next;
        }
    }
    while (proofs->first && proofs->bytes + bytes > proofs->most) {
        struct kept **oldest = &proofs->first;
        for (struct kept **place = &proofs->first; *place; place = &(*place)->next) {
            oldest = (*place)->used < (*oldest)->used ? place : oldest;
        }
        strike(proofs, oldest);
    }
}

static void keep(struct round_proofs *proofs, struct kept *kept)
{
    size_t bytes = transcript_prover_bytes(kept->prover);
    pthread_mutex_lock(&proofs->lock);
    make_room(proofs, kept->path, bytes);
    proofs->made++;
    kept->users = 1;
    kept->used = ++proofs->clock;
    kept->listed = bytes <= proofs->most;
    if (kept->listed) {
        kept->next = proofs->first;
        proofs->first = kept;
        proofs->bytes += bytes;
    }
    pthread_mutex_unlock(&proofs->lock);
}

static void give_back(struct round_proofs *proofs, struct kept *kept)
{
    pthread_mutex_lock(&proofs->lock);
    bool last = --kept->users == 0 && !kept->listed;
    pthread_mutex_unlock(&proofs->lock);
    if (last) {
        free_kept(kept);
    }
}

/* ---- Making ---- */

static struct transcript_prover *prover_of(struct str file, struct error *error)
{
    struct transcript *transcript;
    struct transcript_report report;
    struct allot_error wrong = { 0 };
    if (!transcript_read(file.p, file.n, NULL, &transcript, &report)) {
        (void)error_set(error, "the published list cannot be read: line %zu: %s", report.line, report.message);
        return NULL;
    }
    struct transcript_prover *prover =
        transcript_prover_new(transcript, TRANSCRIPT_TABLE_LIST, TRANSCRIPT_HASH_SM3, NULL, &wrong);
    transcript_free(transcript, NULL);
    if (!prover) {
        (void)error_set(error, "proofs of the list cannot be made: %s", wrong.message);
    }
    return prover;
}

/* Reads the file. What is read may be newer than `about`: then its identity will never be asked for again. */
static struct kept *make(struct places *places, struct arena *arena, const struct round_list_file *list,
                         struct str path, const struct stat *about, struct error *error)
{
    struct str file;
    bool there;
    if (!round_file_read(places, arena, list->label, list->part, &file, &there, error)) {
        return NULL;
    }
    if (!there) {
        (void)error_set(error, "the published list of %.*s is missing on disk", STR_ARG(list->label));
        return NULL;
    }
    struct kept *kept = calloc(1, sizeof *kept);
    char *copy = malloc(path.n);
    struct transcript_prover *prover = kept && copy ? prover_of(file, error) : NULL;
    if (!prover) {
        if (!kept || !copy) {
            (void)error_set(error, "no memory for proofs of %.*s", STR_ARG(list->label));
        }
        free(kept);
        free(copy);
        return NULL;
    }
    memcpy(copy, path.p, path.n);
    *kept = (struct kept){ .path = { copy, path.n },
                           .device = about->st_dev,
                           .inode = about->st_ino,
                           .size = about->st_size,
                           .changed = about->st_mtim,
                           .prover = prover };
    return kept;
}

static struct kept *take_or_make(struct round_proofs *proofs, struct places *places, struct arena *arena,
                                 const struct round_list_file *list, struct error *error)
{
    struct str path = round_file_path(places, arena, list->label, list->part);
    struct stat about;
    if (stat(path.p, &about) != 0) {
        (void)error_set(error, "the published list of %.*s cannot be found: %s", STR_ARG(list->label), strerror(errno));
        return NULL;
    }
    struct kept *kept = take(proofs, path, &about);
    if (kept) {
        return kept;
    }
    pthread_mutex_lock(&proofs->making);
    kept = take(proofs, path, &about); /* somebody made it meanwhile */
    if (!kept) {
        kept = make(places, arena, list, path, &about, error);
        if (kept) {
            keep(proofs, kept);
        }
    }
    pthread_mutex_unlock(&proofs->making);
    return kept;
}

static bool put_buf(void *ctx, const char *text, size_t bytes)
{
    struct buf *buf = ctx;
    buf_add(buf, (struct str){ text, bytes });
    return !buf->full;
}

bool round_proofs_write(struct round_proofs *proofs, struct places *places, struct arena *arena,
                        const struct round_list_file *list, const unsigned char ticket[ALLOT_TICKET_BYTES],
                        struct str *text, bool *found, struct error *error)
{
    enum { MOST_PROOF_BYTES = 64 * 1024 };
    struct kept *kept = take_or_make(proofs, places, arena, list, error);
    if (!kept) {
        return false;
    }
    struct allot_error wrong = { 0 };
    struct buf buf = buf_init(MOST_PROOF_BYTES);
    bool good = true;
    *found = transcript_prover_has(kept->prover, ticket);
    if (*found) {
        good = transcript_prover_write(kept->prover, ticket, NULL, put_buf, &buf, &wrong) ||
               error_set(error, "the proof cannot be written: %s", wrong.message);
        *text = arena_str(arena, buf_str(&buf));
    }
    buf_free(&buf);
    give_back(proofs, kept);
    return good;
}

/* ---- Of an application ---- */

/* The tickets under which an application may stand: its own, or that of a sibling who asks with it. */
static bool tickets_of(struct db *db, struct arena *arena, int64_t application, struct list *out, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select b.ticket from application a join application b on b.id = a.id or "
                                 "(b.together = a.together and b.round = a.round) where a.id = ?1 order by case when "
                                 "b.id = a.id then 0 else 1 end, b.ticket",
                                 V_INT(application));
    while (rows_next(rows)) {
        struct str ticket = rows_blob_in(rows, 0, arena);
        if (ticket.n == ALLOT_TICKET_BYTES) {
            *(struct str *)list_add(out, arena) = ticket;
        }
    }
    return rows_end(rows, error);
}

bool round_proof(struct db *db, struct places *places, struct arena *arena, int64_t application, struct str *text,
                 bool *found, struct error *error)
{
    struct round_list_file list = { 0 };
    struct list tickets = { .size = sizeof(struct str) };
    int64_t is_closed = 0;
    struct rows *rows =
        db_query(db, error,
                 "select r.label, (select count(*) from round_step s where s.round = r.id and s.step = 'final'), "
                 "(select count(*) from round_step s where s.round = r.id and s.step = 'close') "
                 "from application a join round r on r.id = a.round where a.id = ?1",
                 V_INT(application));
    *found = false;
    if (rows_next(rows)) {
        list.label = rows_text_in(rows, 0, arena);
        list.part = rows_int(rows, 1) ? "final" : "close";
        is_closed = rows_int(rows, 2);
    }
    if (!rows_end(rows, error) || !tickets_of(db, arena, application, &tickets, error)) {
        return false;
    }
    for (size_t i = 0; i < tickets.n && is_closed && !*found; i++) {
        const struct str *ticket = (const struct str *)tickets.items + i;
        if (!round_proofs_write(places_proofs(places), places, arena, &list, (const unsigned char *)ticket->p, text,
                                found, error)) {
            return false;
        }
    }
    return true;
}
