/* See reseal.h. A part is one command: it reads some cells of old keys, seals them anew and writes them in the same
 * transaction, so it cannot lose a change that somebody made between. */
#include "store/reseal.h"

enum { CELLS = 500 };

struct part {
    const struct sealed_column *column;
    const char *select, *update; /* SQL */
    int64_t after;               /* ids up to here are done */
    int64_t last;                /* out: the last id of this part */
    int64_t changed;             /* out */
};

struct cell {
    int64_t id;
    struct str sealed;
};

static bool read_cells(struct writing *writing, const struct part *part, struct cell *cells, size_t *count,
                       struct error *error)
{
    unsigned char prefix[3];
    size_t n = 0;
    vault_seal_prefix(writing->vault, prefix);
    struct rows *rows = db_query(writing->db, error, part->select, V_INT(part->after),
                                 V_BLOB(((struct str){ (const char *)prefix, 3 })), V_INT(CELLS));
    while (n < CELLS && rows_next(rows)) {
        cells[n++] = (struct cell){ rows_int(rows, 0), rows_blob_in(rows, 1, writing->arena) };
    }
    *count = n;
    return rows_end(rows, error);
}

static bool reseal_part(struct writing *writing, void *input, struct error *error)
{
    struct part *part = input;
    struct cell *cells = ARENA_ARRAY(writing->arena, struct cell, CELLS);
    size_t n = 0;
    if (!read_cells(writing, part, cells, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct str plain, sealed;
        const char *purpose = part->column->purpose;
        if (!vault_unseal(writing->vault, writing->arena, purpose, cells[i].sealed, &plain, error) ||
            !vault_seal(writing->vault, writing->arena, purpose, plain, &sealed, error) ||
            !db_run(writing->db, error, part->update, V_BLOB(sealed), V_INT(cells[i].id))) {
            return error_within(error, "%s %lld", part->column->table, (long long)cells[i].id);
        }
    }
    part->changed = (int64_t)n;
    part->last = n ? cells[n - 1].id : part->after;
    return true;
}

bool reseal(struct writer *writer, const struct sealed_column *columns, size_t count, int64_t *changed,
            struct error *error)
{
    struct arena *arena = arena_new(0);
    bool ok = true;
    *changed = 0;
    for (size_t i = 0; ok && i < count; i++) {
        const struct sealed_column *c = &columns[i];
        struct part part = { .column = c, .after = INT64_MIN, .changed = CELLS };
        part.select = arena_printf(arena,
                                   "select %s, %s from %s where %s > ?1 and substr(%s, 1, 3) <> ?2 "
                                   "order by %s limit ?3",
                                   c->id, c->column, c->table, c->id, c->column, c->id)
                          .p;
        part.update = arena_printf(arena, "update %s set %s = ?1 where %s = ?2", /* lint: names are literals */
                                   c->table, c->column, c->id)
                          .p;
        while (ok && part.changed == CELLS) {
            ok = writer_call(writer, "reseal", reseal_part, &part, error);
            *changed += ok ? part.changed : 0;
            part.after = part.last;
        }
    }
    arena_free(arena);
    return ok;
}
