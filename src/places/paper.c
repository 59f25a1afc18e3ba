/* Papers: the file first (store/sealed_file.h), then the row. */
#include "places/paper.h"

#include "places/inside.h"
#include "store/journal.h"

static struct file_shelf shelf_of(struct places *places, struct arena *arena)
{
    return (struct file_shelf){ arena_printf(arena, "%s/papers", places_data(places)), "paper", LIMIT_PAPER_BYTES };
}

bool paper_store(struct places *places, struct vault *vault, struct arena *arena, struct str bytes,
                 struct stored_file *out, struct error *error)
{
    struct file_shelf shelf = shelf_of(places, arena);
    return sealed_file_store(&shelf, vault, arena, bytes, out, error);
}

bool paper_read(struct places *places, struct vault *vault, struct arena *arena, const struct paper *paper,
                struct str *bytes, struct error *error)
{
    struct file_shelf shelf = shelf_of(places, arena);
    return sealed_file_read(&shelf, vault, arena, paper->stored, paper->digest, bytes, error);
}

bool paper_clean(struct places *places, struct db *db, int64_t now, struct files_cleaning *out, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct file_shelf shelf = shelf_of(places, arena);
    bool good = sealed_files_clean(&shelf, db, "select stored from paper where removed_at is null", now, out, error);
    arena_free(arena);
    return good;
}

/* ---- Rows ---- */

#define PAPER_COLUMNS "id, application, check_kind, kind, type, size, digest, stored, at, account"

static void read_paper(struct rows *rows, struct arena *arena, struct paper *out)
{
    *out = (struct paper){
        .id = rows_int(rows, 0),
        .application = rows_int(rows, 1),
        .check_kind = rows_text_in(rows, 2, arena),
        .kind = rows_text_in(rows, 3, arena),
        .type = rows_text_in(rows, 4, arena),
        .size = rows_int(rows, 5),
        .digest = rows_text_in(rows, 6, arena),
        .stored = rows_text_in(rows, 7, arena),
        .at = rows_int(rows, 8),
        .account = rows_int(rows, 9),
    };
}

bool paper_list(struct db *db, struct arena *arena, int64_t application, struct paper **out, size_t *n,
                struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(
        db, error, "select " PAPER_COLUMNS " from paper where application = ?1 and removed_at is null order by id",
        V_INT(application));
    while (rows_next(rows)) {
        read_paper(rows, arena, list_add(&list, arena));
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

bool paper_get(struct db *db, struct arena *arena, int64_t id, struct paper *out, bool *found, struct error *error)
{
    struct rows *rows =
        db_query(db, error, "select " PAPER_COLUMNS " from paper where id = ?1 and removed_at is null", V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        read_paper(rows, arena, out);
    }
    return rows_end(rows, error);
}

/* Does the check take this kind, and does it need a paper at all? */
static bool paper_fits(struct writing *writing, const struct paper_add *add, enum apply_result *result,
                       struct error *error)
{
    const struct city *city = places_city(add->apply.places);
    size_t check = city_check_index(city, add->check_kind), kind = city_paper_index(city, add->kind);
    int64_t asks;
    bool found, taken = check == SIZE_MAX && kind != SIZE_MAX; /* a fact of the program's own takes any paper */
    for (size_t i = 0; check != SIZE_MAX && i < city->checks[check].npapers; i++) {
        taken |= city->checks[check].papers[i] == kind;
    }
    if (!db_one_int(writing->db, error, &asks, &found,
                    "select 1 from fact where application = ?1 and kind = ?2 and state in ('failed', 'silent', "
                    "'person')",
                    V_INT(add->apply.application), V_TEXT(add->check_kind))) {
        return false;
    }
    *result = !found ? APPLY_PAPER_NOT_ASKED : !taken ? APPLY_PAPER_KIND : APPLY_DONE;
    return true;
}

/* The same picture for the same check is there already; or there are too many. */
static bool look_at_others(struct writing *writing, struct paper_add *add, bool *there, struct error *error)
{
    struct paper *papers;
    size_t n;
    *there = false;
    if (!paper_list(writing->db, writing->arena, add->apply.application, &papers, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (str_eq(papers[i].digest, add->file.digest) && str_eq(papers[i].check_kind, add->check_kind)) {
            *there = true;
            add->paper = papers[i].id;
        }
    }
    if (!*there && n >= LIMIT_PAPERS) {
        add->apply.result = APPLY_PAPERS_TOO_MANY;
    }
    return true;
}

static bool touch(struct writing *writing, int64_t application, struct error *error)
{
    return db_run(writing->db, error, "update application set changed_at = ?2, version = version + 1 where id = ?1",
                  V_INT(application), V_INT(writing->now));
}

bool paper_add_run(struct writing *writing, void *input, struct error *error)
{
    struct paper_add *add = input;
    struct apply *apply = &add->apply;
    struct loaded loaded;
    bool go, there;
    add->paper = 0;
    if (add->file.fault != FILE_GOOD || !add->file.stored.n) {
        return error_set(error, "this paper was not stored");
    }
    if (!step_open(writing, apply, PART_PAPERS, &loaded, &go, error)) {
        return false;
    }
    if (go && !paper_fits(writing, add, &apply->result, error)) {
        return false;
    }
    if (!go || apply->result != APPLY_DONE) {
        return true;
    }
    if (!look_at_others(writing, add, &there, error)) {
        return false;
    }
    if (apply->result != APPLY_DONE || there) {
        return true;
    }
    return db_one_int(writing->db, error, &add->paper, NULL,
                      "insert into paper (application, check_kind, kind, type, size, digest, stored, at, account) "
                      "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) returning id",
                      V_INT(apply->application), V_TEXT(add->check_kind), V_TEXT(add->kind),
                      V_TEXT(str_of(add->file.type)), V_INT(add->file.size), V_TEXT(add->file.digest),
                      V_TEXT(add->file.stored), V_INT(writing->now), V_INT(apply->actor.account)) &&
           touch(writing, loaded.id, error) && step_close(writing, apply, &loaded, "paper.add", add->check_kind, error);
}

bool paper_remove_run(struct writing *writing, void *input, struct error *error)
{
    struct paper_remove *remove = input;
    struct apply *apply = &remove->apply;
    struct loaded loaded;
    int64_t changed = 0;
    bool go;
    if (!step_open(writing, apply, PART_PAPERS, &loaded, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (!db_run_count(writing->db, error, &changed,
                      "update paper set removed_at = ?3 where id = ?1 and application = ?2 and removed_at is null",
                      V_INT(remove->paper), V_INT(apply->application), V_INT(writing->now))) {
        return false;
    }
    if (!changed) {
        apply->result = APPLY_NOT_FOUND;
        return true;
    }
    return touch(writing, loaded.id, error) &&
           step_close(writing, apply, &loaded, "paper.remove",
                      arena_printf(writing->arena, "%lld", (long long)remove->paper), error);
}

bool paper_open_run(struct writing *writing, void *input, struct error *error)
{
    struct paper_open *open = input;
    struct rows *rows = db_query(writing->db, error,
                                 "select p.application, r.division from paper p join application a on "
                                 "a.id = p.application join round r on r.id = a.round where p.id = ?1",
                                 V_INT(open->paper));
    open->found = rows_next(rows);
    int64_t application = open->found ? rows_int(rows, 0) : 0;
    struct str division = open->found ? rows_text_in(rows, 1, writing->arena) : (struct str){ NULL, 0 };
    if (!rows_end(rows, error)) {
        return false;
    }
    return !open->found || journal_append(writing,
                                          &(struct journal_entry){
                                              .actor = open->actor.account,
                                              .role = open->actor.role,
                                              .action = "paper.open",
                                              .subject_kind = "application",
                                              .subject_id = application,
                                              .division = division,
                                              .detail = arena_printf(writing->arena, "%lld", (long long)open->paper) },
                                          error);
}
