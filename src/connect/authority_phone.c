/* See authority_phone.h. */
#include "connect/authority_phone.h"

#include "base/buf.h"
#include "base/clock.h"

enum { SHOWN = 50, LIST_BYTES = 256 * 1024 };

bool phone_open(sqlite3 *db)
{
    return sqlite3_exec(db,
                        "create table if not exists phone (mark text primary key, number text not null, text text not "
                        "null, at integer not null)",
                        NULL, NULL, NULL) == SQLITE_OK;
}

bool phone_keep(sqlite3 *db, struct str mark, json_t *message, bool *again)
{
    sqlite3_stmt *put = NULL;
    const char *to = json_string_value(json_object_get(message, "to"));
    const char *text = json_string_value(json_object_get(message, "text"));
    bool ok = to && text &&
              sqlite3_prepare_v2(db, "insert or ignore into phone (mark, number, text, at) values (?1, ?2, ?3, ?4)", -1,
                                 &put, NULL) == SQLITE_OK &&
              sqlite3_bind_text(put, 1, mark.p, (int)mark.n, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_bind_text(put, 2, to, -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_bind_text(put, 3, text, -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_bind_int64(put, 4, clock_wall_ms()) == SQLITE_OK && sqlite3_step(put) == SQLITE_DONE;
    *again = ok && sqlite3_changes(db) == 0;
    (void)sqlite3_finalize(put);
    return ok;
}

static struct str column(sqlite3_stmt *list, int i)
{
    return (struct str){ (const char *)sqlite3_column_text(list, i), (size_t)sqlite3_column_bytes(list, i) };
}

struct str phone_list(sqlite3 *db, struct arena *arena)
{
    struct buf out = buf_init(LIST_BYTES);
    sqlite3_stmt *list = NULL;
    buf_add_cstr(&out, "The newest short messages:\n\n");
    bool ok = sqlite3_prepare_v2(db, "select number, text, at from phone order by at desc limit ?1", -1, &list, NULL) ==
                  SQLITE_OK &&
              sqlite3_bind_int(list, 1, SHOWN) == SQLITE_OK;
    while (ok && sqlite3_step(list) == SQLITE_ROW) {
        struct str when = ms_format(arena, sqlite3_column_int64(list, 2), true);
        buf_printf(&out, "%.*s  %.*s\n    %.*s\n", STR_ARG(when), STR_ARG(column(list, 0)), STR_ARG(column(list, 1)));
    }
    (void)sqlite3_finalize(list);
    struct str text = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return text;
}
