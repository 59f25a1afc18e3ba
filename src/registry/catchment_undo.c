/* An import of catchments is taken back: see catchment_map.h. What it changed gets its earlier outline as a new one, so
 * that what was known in between stays known; what it added goes, while nothing hangs on it. */
#include "registry/catchment_map.h"
#include "registry/facts.h"
#include "registry/touch.h"
#include "store/journal.h"

struct import {
    bool stands, newest;
    int64_t moment;
    struct str division, stage;
};

static bool import_of(struct writing *writing, int64_t id, struct import *out, struct error *error)
{
    *out = (struct import){ 0 };
    struct rows *rows = db_query(
        writing->db, error,
        "select i.moment, i.division, i.stage, not exists (select 1 from catchment_import n where n.division = "
        "i.division and n.stage = i.stage and n.id > i.id and n.undone_at is null) from catchment_import i "
        "where i.id = ?1 and i.undone_at is null",
        V_INT(id));
    if (rows_next(rows)) {
        *out = (struct import){ .stands = true,
                                .newest = rows_int(rows, 3) != 0,
                                .moment = rows_int(rows, 0),
                                .division = rows_text_in(rows, 1, writing->arena),
                                .stage = rows_text_in(rows, 2, writing->arena) };
    }
    return rows_end(rows, error);
}

struct brought { /* a catchment whose outline the import brought */
    int64_t id;
    bool added;
    struct str before;
};

static bool read_brought(struct writing *writing, const struct import *import, struct brought **out, size_t *n,
                         struct error *error)
{
    *out = NULL;
    *n = 0;
    struct rows *rows =
        db_query(writing->db, error,
                 "select o.catchment, b.shape is null, coalesce(b.shape, '') from catchment_outline o join catchment c "
                 "on c.id = o.catchment left join catchment_outline b on b.catchment = o.catchment and b.replaced_at = "
                 "?3 where o.recorded_at = ?3 and c.division = ?1 and c.stage = ?2 order by o.catchment",
                 V_TEXT(import->division), V_TEXT(import->stage), V_INT(import->moment));
    while (rows_next(rows)) {
        *out = arena_grow(writing->arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct brought){ .id = rows_int(rows, 0),
                                           .added = rows_int(rows, 1) != 0,
                                           .before = rows_text_in(rows, 2, writing->arena) };
    }
    return rows_end(rows, error);
}

/* The name of an added catchment to which something belongs; empty: there is none. */
static bool used_of(struct writing *writing, const struct brought *brought, size_t n, struct str *name,
                    struct error *error)
{
    *name = STR("");
    for (size_t i = 0; i < n && name->n == 0; i++) {
        bool found = false;
        if (brought[i].added &&
            !db_one_text(writing->db, error, writing->arena, name, &found,
                         "select name_zh from catchment where id = ?1 and (exists (select 1 from community where "
                         "primary_catchment = ?1 or junior_catchment = ?1) or exists (select 1 from catchment_school "
                         "where catchment = ?1) or exists (select 1 from community_assignment where catchment = ?1))",
                         V_INT(brought[i].id))) {
            return false;
        }
    }
    return true;
}

static bool restore(struct writing *writing, const struct brought *brought, int64_t moment, struct error *error)
{
    struct value id = V_INT(brought->id);
    if (brought->added) {
        return db_run(writing->db, error, "delete from catchment_touch where catchment = ?1 or other = ?1", id) &&
               db_run(writing->db, error, "delete from catchment_outline where catchment = ?1", id) &&
               db_run(writing->db, error, "delete from catchment where id = ?1", id);
    }
    return db_run(writing->db, error,
                  "update catchment_outline set replaced_at = ?2 where catchment = ?1 and replaced_at = ?3", id,
                  V_INT(moment), V_INT(MOMENT_OPEN)) &&
           db_run(writing->db, error,
                  "insert into catchment_outline (catchment, recorded_at, shape) values (?1, ?2, ?3)", id,
                  V_INT(moment), V_TEXT(brought->before)) &&
           db_run(writing->db, error, "update catchment set shape = ?2 where id = ?1", id, V_TEXT(brought->before));
}

bool catchment_undo_run(struct writing *writing, void *input, struct error *error)
{
    struct catchment_undo *undo = input;
    struct import import;
    struct brought *brought;
    struct str used;
    int64_t moment;
    size_t n, pairs = 0;
    undo->name = STR("");
    if (!import_of(writing, undo->import, &import, error)) {
        return false;
    }
    undo->result = !import.stands ? CATCHMENT_MISSING : import.newest ? CATCHMENT_UNDONE : CATCHMENT_OVERTAKEN;
    if (undo->result != CATCHMENT_UNDONE) {
        return true;
    }
    if (!read_brought(writing, &import, &brought, &n, error) || !used_of(writing, brought, n, &used, error)) {
        return false;
    }
    if (used.n) {
        undo->result = CATCHMENT_USED;
        undo->name = arena_str(undo->arena, used);
        return true;
    }
    bool good = writing_moment(writing, &moment, error);
    for (size_t i = 0; good && i < n; i++) {
        good = restore(writing, &brought[i], moment, error);
    }
    struct journal_entry entry = { .actor = undo->account,
                                   .role = undo->role ? undo->role : "",
                                   .action = "register.catchments_undo",
                                   .subject_kind = "catchment",
                                   .subject_id = undo->import,
                                   .division = import.division,
                                   .detail = import.stage };
    return good &&
           db_run(writing->db, error, "update catchment_import set undone_at = ?2, undone_by = ?3 where id = ?1",
                  V_INT(undo->import), V_INT(writing->now), V_IF(undo->account > 0, V_INT(undo->account))) &&
           registry_touch_compute(writing, import.division, import.stage, &pairs, error) &&
           journal_append(writing, &entry, error);
}
