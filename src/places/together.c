/* Asking together: who may, what it does to wishes, and how it ends. See together.h.
 *
 * What must hold: applications that carry the same number in `together` are of one round and of children of one
 * guardian, at most ALLOT_MAX_TOGETHER, and at least two. */
#include "places/together.h"

#include "allot/allot.h"
#include "places/inside.h"

#include <stdlib.h>

/* Another application of the round whose child has a guardian in common; of a draft or handed in. */
struct sibling {
    int64_t id, together;
    bool found, submitted;
};

static bool load_sibling(struct writing *writing, const struct loaded *loaded, int64_t with, int64_t account,
                         struct sibling *out, struct error *error)
{
    struct rows *rows = db_query(
        writing->db, error,
        "select b.id, b.together, b.state from application b where b.id = ?1 and b.round = ?2 and b.child <> ?3 and "
        "b.state in ('draft', 'submitted') and exists (select 1 from guardian g join guardian h on h.account = "
        "g.account where g.child = ?3 and h.child = b.child and (?4 = 0 or g.account = ?4))",
        V_INT(with), V_INT(loaded->round), V_INT(loaded->child), V_INT(account));
    *out = (struct sibling){ .found = rows_next(rows) };
    if (out->found) {
        out->id = rows_int(rows, 0);
        out->together = rows_int(rows, 1);
        out->submitted = str_is(rows_text(rows, 2), "submitted");
    }
    return rows_end(rows, error);
}

static bool group_of(struct db *db, struct arena *arena, int64_t application, int64_t together, struct list *others,
                     struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select b.id from application b join application a on a.id = ?1 and a.round = b.round "
                                 "where b.together = ?2 and b.id <> ?1 and b.state in ('draft', 'submitted') order by "
                                 "b.id",
                                 V_INT(application), V_INT(together));
    while (together && rows_next(rows)) {
        *(int64_t *)list_add(others, arena) = rows_int(rows, 0);
    }
    return rows_end(rows, error);
}

bool together_others(struct db *db, struct arena *arena, const struct loaded *loaded, int64_t **out, size_t *n,
                     struct error *error)
{
    struct list list = { .size = sizeof **out };
    bool good = group_of(db, arena, loaded->id, loaded->together, &list, error);
    *out = list.items;
    *n = list.n;
    return good;
}

bool together_leave(struct writing *writing, const struct loaded *loaded, struct error *error)
{
    int64_t *others;
    size_t n;
    if (!loaded->together) {
        return true;
    }
    if (!together_others(writing->db, writing->arena, loaded, &others, &n, error) ||
        !db_run(writing->db, error, "update application set together = null where id = ?1", V_INT(loaded->id))) {
        return false;
    }
    /* one alone is with nobody */
    return n != 1 ||
           db_run(writing->db, error,
                  "update application set together = null, changed_at = ?2, version = version + 1 where id = ?1",
                  V_INT(others[0]), V_INT(writing->now));
}

static bool wishes_of(struct db *db, int64_t application, int64_t offers[LIMIT_CHOICES], size_t *n, struct error *error)
{
    struct rows *rows =
        db_query(db, error, "select offer from choice where application = ?1 order by rank", V_INT(application));
    *n = 0;
    while (rows_next(rows) && *n < LIMIT_CHOICES) {
        offers[(*n)++] = rows_int(rows, 0);
    }
    return rows_end(rows, error);
}

/* An application that is to have the wishes of another. */
struct taker {
    struct loaded loaded;
    bool takes; /* has a dwelling; who has none takes them with its own step */
};

/* May these wishes be those of all of them? Nothing is written. `from`: whose wishes they are. */
static bool may_take(struct writing *writing, struct apply *apply, const struct loaded *from,
                     const int64_t *applications, size_t count, const int64_t *offers, size_t n, struct taker *takers,
                     struct error *error)
{
    for (size_t i = 0; i < count && apply->result == APPLY_DONE; i++) {
        struct taker *taker = &takers[i];
        bool found;
        if (!application_load(writing->db, writing->arena, apply->places, applications[i], 0, &taker->loaded, &found,
                              error)) {
            return false;
        }
        bool fixed = found && str_is(taker->loaded.state, "submitted") && str_is(from->state, "draft");
        taker->takes = found && !fixed && taker->loaded.dwelling;
        if (fixed) {
            int64_t has[LIMIT_CHOICES];
            size_t nhas;
            if (!wishes_of(writing->db, applications[i], has, &nhas, error)) {
                return false;
            }
            bool same = nhas == n && memcmp(has, offers, n * sizeof *offers) == 0;
            apply->result = same ? APPLY_DONE : APPLY_TOGETHER_FIXED;
        }
        if (taker->takes && !choices_fit(writing, &taker->loaded, offers, n, &apply->result, error)) {
            return false;
        }
    }
    return true;
}

static bool take(struct writing *writing, struct apply *apply, struct taker *takers, size_t count,
                 const int64_t *offers, size_t n, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (takers[i].takes && !choices_take(writing, apply->places, &takers[i].loaded, offers, n, error)) {
            return false;
        }
    }
    return true;
}

bool together_spread(struct writing *writing, struct apply *apply, const struct loaded *loaded, const int64_t *offers,
                     size_t n, struct error *error)
{
    int64_t *others;
    size_t count;
    struct taker takers[ALLOT_MAX_TOGETHER];
    if (!together_others(writing->db, writing->arena, loaded, &others, &count, error)) {
        return false;
    }
    count = count < ALLOT_MAX_TOGETHER ? count : ALLOT_MAX_TOGETHER;
    return may_take(writing, apply, loaded, others, count, offers, n, takers, error) &&
           (apply->result != APPLY_DONE || take(writing, apply, takers, count, offers, n, error));
}

bool together_same(struct db *db, struct arena *arena, const struct loaded *loaded, bool *same, struct error *error)
{
    int64_t *others, own[LIMIT_CHOICES], other[LIMIT_CHOICES];
    size_t n, count, rows;
    *same = true;
    if (!together_others(db, arena, loaded, &others, &n, error) || !wishes_of(db, loaded->id, own, &count, error)) {
        return false;
    }
    for (size_t i = 0; i < n && *same; i++) {
        if (!wishes_of(db, others[i], other, &rows, error)) {
            return false;
        }
        /* who has none yet will take these */
        *same = rows == 0 || (rows == count && memcmp(own, other, rows * sizeof *own) == 0);
    }
    return true;
}

/* Who joins takes the wishes that are there; if there are none, it brings its own. Then the numbers are written. */
static bool join(struct writing *writing, struct application_together *step, struct loaded *loaded,
                 const struct sibling *sibling, struct error *error)
{
    struct apply *apply = &step->apply;
    struct list group = { .size = sizeof(int64_t) };
    struct taker takers[ALLOT_MAX_TOGETHER];
    int64_t offers[LIMIT_CHOICES], together = sibling->together ? sibling->together : sibling->id;
    size_t n;
    if (!group_of(writing->db, writing->arena, loaded->id, together, &group, error) ||
        !wishes_of(writing->db, sibling->id, offers, &n, error)) {
        return false;
    }
    if (group.n == 0) {
        *(int64_t *)list_add(&group, writing->arena) = sibling->id;
    }
    if (group.n + 1 > ALLOT_MAX_TOGETHER) {
        apply->result = APPLY_TOGETHER_MANY;
        return true;
    }
    const int64_t *applications = n ? &loaded->id : group.items;
    size_t count = n ? 1 : group.n;
    if (n == 0 && !wishes_of(writing->db, loaded->id, offers, &n, error)) {
        return false;
    }
    if (n && !may_take(writing, apply, loaded, applications, count, offers, n, takers, error)) {
        return false;
    }
    if (apply->result != APPLY_DONE) {
        return true;
    }
    return together_leave(writing, loaded, error) &&
           db_run(writing->db, error,
                  "update application set together = ?3, changed_at = ?4, version = version + 1 where id in (?1, ?2)",
                  V_INT(loaded->id), V_INT(sibling->id), V_INT(together), V_INT(writing->now)) &&
           (n == 0 || take(writing, apply, takers, count, offers, n, error));
}

bool application_together_run(struct writing *writing, void *input, struct error *error)
{
    struct application_together *step = input;
    struct apply *apply = &step->apply;
    struct loaded loaded;
    struct sibling sibling;
    bool go;
    if (!step_open(writing, apply, STEP_OF_DRAFT, &loaded, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    int64_t account = is_family(&apply->actor) ? apply->actor.account : 0;
    if (!load_sibling(writing, &loaded, step->with, account, &sibling, error)) {
        return false;
    }
    bool with_it = sibling.found && loaded.together && sibling.together == loaded.together;
    if (loaded.policy->together == TOGETHER_NONE || !sibling.found || (!step->ask && !with_it)) {
        apply->result = APPLY_TOGETHER_NOBODY;
        return true;
    }
    if (step->ask && !with_it && !join(writing, step, &loaded, &sibling, error)) {
        return false;
    }
    if (apply->result != APPLY_DONE) {
        return true;
    }
    if (!step->ask &&
        (!together_leave(writing, &loaded, error) ||
         !db_run(writing->db, error, "update application set changed_at = ?2, version = version + 1 where id = ?1",
                 V_INT(loaded.id), V_INT(writing->now)))) {
        return false;
    }
    int64_t version;
    if (!db_one_int(writing->db, error, &version, NULL, "select version from application where id = ?1",
                    V_INT(loaded.id))) {
        return false;
    }
    loaded.version = version - 1; /* step_close names the one behind */
    return step_close(writing, apply, &loaded, step->ask ? "application.together" : "application.apart",
                      arena_printf(writing->arena, "%lld", (long long)step->with), error);
}

bool together_list(struct db *db, struct arena *arena, struct vault *vault, struct places *places, int64_t application,
                   int64_t account, struct together_row **out, size_t *n, struct error *error)
{
    struct loaded loaded;
    struct list list = { .size = sizeof **out };
    bool found;
    *out = NULL;
    *n = 0;
    if (!application_load(db, arena, places, application, account, &loaded, &found, error)) {
        return false;
    }
    if (!found || loaded.policy->together == TOGETHER_NONE) {
        return true;
    }
    struct rows *rows = db_query(
        db, error,
        "select b.id, c.name_sealed, b.state, c.birth_day, b.together, (select count(*) from choice w where "
        "w.application = b.id) from guardian g join application b on b.child = g.child and b.round = ?2 and b.id <> ?3 "
        "join child c on c.id = b.child where g.account = ?1 and b.state in ('draft', 'submitted') order by b.id",
        V_INT(account), V_INT(loaded.round), V_INT(application));
    bool good = true;
    while (good && rows_next(rows)) {
        struct together_row row = { .application = rows_int(rows, 0),
                                    .submitted = str_is(rows_text(rows, 2), "submitted"),
                                    .twin = rows_int(rows, 3) == loaded.birth,
                                    .asks = loaded.together && rows_int(rows, 4) == loaded.together,
                                    .wishes = rows_int(rows, 5) > 0 };
        good = !vault || vault_unseal(vault, arena, "child.name", rows_blob(rows, 1), &row.name, error);
        *(struct together_row *)list_add(&list, arena) = row;
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error) && good;
}

bool together_files(struct db *db, struct arena *arena, int64_t application, struct together_file **out, size_t *n,
                    struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(
        db, error,
        "select b.id, b.school, r.division, b.receipt, b.review from application a join application b on b.round = "
        "a.round and b.together = a.together and b.id <> a.id join round r on r.id = b.round where a.id = ?1 and "
        "b.state in ('draft', 'submitted') order by b.id",
        V_INT(application));
    while (rows_next(rows)) {
        *(struct together_file *)list_add(&list, arena) = (struct together_file){
            rows_int(rows, 0),
            rows_int(rows, 1),
            rows_text_in(rows, 2, arena),
            rows_text_in(rows, 3, arena),
            rows_text_in(rows, 4, arena),
        };
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}
