/* See authority_records.h. Written beside and put in place at the end, so a demo that was interrupted leaves no half.
 */
#include "connect/authority_records.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct authority_records {
    sqlite3 *db;
    sqlite3_stmt *put;
    char *path;
    char *beside;
};

static char *joined(const char *path, const char *ending)
{
    size_t n = strlen(path) + strlen(ending) + 1;
    char *text = malloc(n);
    if (text) {
        (void)snprintf(text, n, "%s%s", path, ending);
    }
    return text;
}

static bool fail(struct authority_records *records, struct error *error)
{
    return error_set(error, "%s cannot be written: %s.", records->path,
                     records->db ? sqlite3_errmsg(records->db) : "not enough memory");
}

bool authority_records_open(struct authority_records **out, const char *path, struct error *error)
{
    struct authority_records *records = calloc(1, sizeof *records);
    if (records) {
        records->path = joined(path, "");
        records->beside = joined(path, ".new");
    }
    if (!records || !records->path || !records->beside) {
        authority_records_drop(records);
        return error_set(error, "Not enough memory for the departments' records.");
    }
    (void)unlink(records->beside);
    bool ok = sqlite3_open_v2(records->beside, &records->db,
                              SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
              sqlite3_exec(records->db,
                           "pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -65536;"
                           "create table record (kind text not null, citizen text not null, answer text not null,"
                           " primary key (kind, citizen)) without rowid;"
                           "begin",
                           NULL, NULL, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(records->db,
                                 "insert into record (kind, citizen, answer) values (?1, ?2, ?3)"
                                 " on conflict (kind, citizen) do update set answer = excluded.answer",
                                 -1, &records->put, NULL) == SQLITE_OK;
    if (!ok) {
        (void)fail(records, error);
        authority_records_drop(records);
        return false;
    }
    *out = records;
    return true;
}

bool authority_record_put(struct authority_records *records, struct str kind, struct str citizen, struct str json,
                          struct error *error)
{
    sqlite3_stmt *put = records->put;
    bool ok = sqlite3_bind_text(put, 1, kind.p, (int)kind.n, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_bind_text(put, 2, citizen.p, (int)citizen.n, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_bind_text(put, 3, json.p, (int)json.n, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_step(put) == SQLITE_DONE;
    if (!ok) {
        (void)fail(records, error);
    }
    (void)sqlite3_reset(put);
    (void)sqlite3_clear_bindings(put);
    return ok;
}

static bool make_durable(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = file >= 0 && fsync(file) == 0;
    if (file >= 0) {
        (void)close(file);
    }
    return ok;
}

/* A program that played the departments from the old file may have left these beside it. */
static void remove_leftovers(struct authority_records *records)
{
    static const char *const endings[] = { "-wal", "-shm", "-journal" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char *name = joined(records->path, endings[i]);
        if (name) {
            (void)unlink(name);
            free(name);
        }
    }
}

bool authority_records_close(struct authority_records *records, struct error *error)
{
    if (!records) {
        return true;
    }
    bool ok = sqlite3_exec(records->db, "commit", NULL, NULL, NULL) == SQLITE_OK || fail(records, error);
    (void)sqlite3_finalize(records->put);
    records->put = NULL;
    (void)sqlite3_close(records->db);
    records->db = NULL;
    if (ok) {
        remove_leftovers(records);
        ok = (make_durable(records->beside) && rename(records->beside, records->path) == 0) ||
             error_set(error, "%s cannot be written: %s.", records->path, strerror(errno));
    }
    authority_records_drop(records);
    return ok;
}

void authority_records_drop(struct authority_records *records)
{
    if (!records) {
        return;
    }
    (void)sqlite3_finalize(records->put);
    (void)sqlite3_close(records->db);
    if (records->beside) {
        (void)unlink(records->beside);
    }
    free(records->beside);
    free(records->path);
    free(records);
}
