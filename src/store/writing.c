/* A write transaction: see writer.h for the direct mode, ids and one-time keys. */
#include "store/writing.h"

#include "base/clock.h"
#include "store/engine.h"

#include <stdlib.h>

bool writing_open(struct writing **out, struct store *store, struct vault *vault, struct error *error)
{
    struct db *db = NULL;
    if (!db_open(&db, store, DB_WRITE, error)) {
        return false;
    }
    struct writing *writing = calloc(1, sizeof *writing);
    if (!writing || !(writing->state = calloc(1, sizeof *writing->state))) {
        abort();
    }
    writing->db = db;
    writing->arena = arena_new(16 * 1024);
    writing->store = store;
    writing->vault = vault;
    *out = writing;
    return true;
}

bool writing_begin(struct writing *writing, struct error *error)
{
    writing->db->defer = true;
    writing->db->mark = true;
    arena_reset(writing->arena);
    if (!db_begin(writing->db, error)) {
        return false;
    }
    writing->now = clock_ms();
    writing->state->id_count = 0;
    writing->state->moment = 0;
    if (!journal_load_head(writing, error)) {
        db_rollback(writing->db);
        return false;
    }
    return true;
}

bool writing_commit(struct writing *writing, struct error *error)
{
    if (!db_commit(writing->db, error)) {
        return false;
    }
    writing->state->saved = writing->state->head;
    journal_write_anchor(writing, false);
    return true;
}

void writing_rollback(struct writing *writing)
{
    db_rollback(writing->db);
}

void writing_close(struct writing *writing)
{
    if (writing) {
        db_rollback(writing->db);
        journal_write_anchor(writing, true);
        db_close(writing->db);
        arena_free(writing->arena);
        free(writing->state);
        free(writing);
    }
}

bool writing_id(struct writing *writing, const char *max_sql, int64_t *id, struct error *error)
{
    struct writing_state *state = writing->state;
    size_t i = 0;
    while (i < state->id_count && state->ids[i].sql != max_sql && strcmp(state->ids[i].sql, max_sql) != 0) {
        i++;
    }
    if (i == state->id_count) {
        int64_t last = 0;
        if (i == ID_TABLES) {
            return error_set(error, "a transaction gives ids to at most %d tables", ID_TABLES);
        }
        if (!db_one_int(writing->db, error, &last, NULL, max_sql)) {
            return false;
        }
        state->ids[i].sql = max_sql;
        state->ids[i].last = last;
        state->id_count++;
    }
    *id = ++state->ids[i].last;
    return true;
}

bool writing_moment(struct writing *writing, int64_t *moment, struct error *error)
{
    struct writing_state *state = writing->state;
    if (!state->moment &&
        !db_one_int(writing->db, error, &state->moment, NULL,
                    "insert into moment (id, at) values (1, ?1) on conflict (id) do update set at = "
                    "case when moment.at < excluded.at then excluded.at else moment.at + 1 end returning at",
                    V_INT(writing->now))) {
        return false;
    }
    *moment = state->moment;
    return true;
}

bool writing_moment_seen(struct db *db, int64_t *moment, struct error *error)
{
    bool found = false;
    *moment = 0;
    return db_one_int(db, error, moment, &found, "select at from moment where id = 1");
}

bool once_claim(struct writing *writing, struct str key, int64_t account, struct str *answer, bool *is_new,
                struct error *error)
{
    int64_t added = 0;
    if (key.n < 8 || key.n > 64) {
        return error_set(error, "a form's key has 8 to 64 bytes");
    }
    if (!db_run_count(writing->db, error, &added,
                      "insert into form_once (key, account, at, answer) values (?1, ?2, ?3, '') "
                      "on conflict (key) do nothing",
                      V_BLOB(key), V_INT(account), V_INT(writing->now))) {
        return false;
    }
    if (added) {
        *is_new = true;
        *answer = (struct str){ "", 0 };
        return true;
    }
    struct rows *rows =
        db_query(writing->db, error, "select account, answer from form_once where key = ?1", V_BLOB(key));
    bool row = rows_next(rows);
    int64_t owner = row ? rows_int(rows, 0) : 0;
    struct str given = row ? rows_text_in(rows, 1, writing->arena) : (struct str){ "", 0 };
    if (!rows_end(rows, error)) {
        return false;
    }
    if (!row || owner != account) {
        return error_set(error, "this form belongs to another account; open it again");
    }
    *is_new = false;
    *answer = given;
    return true;
}

bool once_answer(struct writing *writing, struct str key, struct str answer, struct error *error)
{
    return db_run(writing->db, error, "update form_once set answer = ?1 where key = ?2", V_TEXT(answer), V_BLOB(key));
}

bool once_forget(struct writing *writing, int64_t before, struct error *error)
{
    return db_run(writing->db, error, "delete from form_once where at < ?1", V_INT(before));
}
