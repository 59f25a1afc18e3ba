/* Wishes: what may be chosen, and the step that keeps a family's list.
 *
 * Under serial priority a family applies within the catchments of its dwelling and household (and at the elder child's
 * school); under deferred acceptance at any public school of the county. Private schools are open to all. */
#include "places/inside.h"
#include "registry/registry.h"

#include <stdlib.h>

struct wish {
    int64_t offer, institution, distance;
    bool is_public, allowed;
};

/* May this public school be chosen? */
static bool public_allowed(const struct policy *policy, bool in_catchment, bool sibling)
{
    return policy_is_ranked(policy) || in_catchment || sibling;
}

#define IN_CATCHMENT(catchment)                                                                                        \
    "(select count(*) from catchment_school s where s.catchment = " catchment " and s.institution = o.institution)"

static bool load_wish(struct writing *writing, const struct loaded *loaded, int64_t offer, struct wish *out,
                      bool *found, struct error *error)
{
    struct rows *rows = db_query(
        writing->db, error,
        "select o.institution, o.kind, i.east, i.north, " IN_CATCHMENT("?3") " + " IN_CATCHMENT(
            "?4") " from offer o join institution i on i.id = o.institution "
                  "where o.id = ?1 and o.round = ?2",
        V_INT(offer), V_INT(loaded->round), V_INT(loaded->dwelling_catchment), V_INT(loaded->household_catchment));
    *found = rows_next(rows);
    if (*found) {
        *out = (struct wish){
            .offer = offer,
            .institution = rows_int(rows, 0),
            .is_public = str_is(rows_text(rows, 1), "public"),
            .distance = registry_distance(loaded->east, loaded->north, rows_int(rows, 2), rows_int(rows, 3)),
        };
        out->allowed = !out->is_public || public_allowed(loaded->policy, rows_int(rows, 4) > 0,
                                                         out->institution == loaded->sibling_school);
    }
    return rows_end(rows, error);
}

static void refuse(struct application_choices *step, enum apply_result result, size_t at, uint32_t limit)
{
    step->apply.result = result;
    step->at_fault = at;
    step->at_fault_limit = limit;
}

/* Each wish on its own, and its number among its sort. */
static bool check_wishes(struct writing *writing, struct application_choices *step, const struct loaded *loaded,
                         struct wish *wishes, struct error *error)
{
    const struct policy *policy = loaded->policy;
    uint32_t publics = 0, privates = 0;
    if (step->n == 0) {
        refuse(step, APPLY_CHOICES_MISSING, 0, 0);
        return true;
    }
    if (step->n > policy->most_total || step->n > LIMIT_CHOICES) {
        uint32_t limit = policy->most_total < LIMIT_CHOICES ? policy->most_total : LIMIT_CHOICES;
        refuse(step, APPLY_CHOICES_TOO_MANY, limit, limit);
        return true;
    }
    for (size_t i = 0; i < step->n; i++) {
        bool found;
        for (size_t j = 0; j < i; j++) {
            if (step->offers[j] == step->offers[i]) {
                refuse(step, APPLY_CHOICE_TWICE, i, 0);
                return true;
            }
        }
        if (!load_wish(writing, loaded, step->offers[i], &wishes[i], &found, error)) {
            return false;
        }
        if (!found || !wishes[i].allowed) {
            refuse(step, found ? APPLY_CHOICE_OUTSIDE : APPLY_CHOICE_UNKNOWN, i, 0);
            return true;
        }
        uint32_t *count = wishes[i].is_public ? &publics : &privates;
        uint32_t limit = wishes[i].is_public ? policy->most_public : policy->most_private;
        if (++*count > limit) {
            refuse(step, APPLY_CHOICES_TOO_MANY, i, limit);
            return true;
        }
    }
    return true;
}

static bool keep_wishes(struct writing *writing, const struct loaded *loaded, const struct wish *wishes, size_t n,
                        const char *step, struct error *error)
{
    if (!db_run(writing->db, error, "delete from choice where application = ?1", V_INT(loaded->id))) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!db_run(writing->db, error,
                    "insert into choice (application, rank, offer, distance) values (?1, ?2, ?3, ?4)",
                    V_INT(loaded->id), V_INT((int64_t)i + 1), V_INT(wishes[i].offer), V_INT(wishes[i].distance))) {
            return false;
        }
    }
    return db_run(writing->db, error,
                  "update application set school = ?2, step = ?3, changed_at = ?4, version = version + 1 where id = ?1",
                  V_INT(loaded->id), V_INT(wishes[0].institution), V_TEXT(str_of(step)), V_INT(writing->now));
}

static bool check_for(struct writing *writing, const struct loaded *loaded, const int64_t *offers, size_t n,
                      struct application_choices *step, struct wish wishes[LIMIT_CHOICES], struct error *error)
{
    *step = (struct application_choices){ .n = n };
    memcpy(step->offers, offers, n * sizeof *offers);
    return check_wishes(writing, step, loaded, wishes, error);
}

bool choices_fit(struct writing *writing, const struct loaded *loaded, const int64_t *offers, size_t n,
                 enum apply_result *result, struct error *error)
{
    struct application_choices step;
    struct wish wishes[LIMIT_CHOICES];
    if (!check_for(writing, loaded, offers, n, &step, wishes, error)) {
        return false;
    }
    *result = step.apply.result == APPLY_DONE ? APPLY_DONE : APPLY_TOGETHER_OUTSIDE;
    return true;
}

bool choices_take(struct writing *writing, struct places *places, struct loaded *loaded, const int64_t *offers,
                  size_t n, struct error *error)
{
    struct application_choices step;
    struct wish wishes[LIMIT_CHOICES];
    return check_for(writing, loaded, offers, n, &step, wishes, error) &&
           keep_wishes(writing, loaded, wishes, n, arena_cstr(writing->arena, loaded->step), error) &&
           facts_ask(writing, places, loaded, error);
}

bool application_choices_run(struct writing *writing, void *input, struct error *error)
{
    struct application_choices *step = input;
    struct apply *apply = &step->apply;
    struct wish wishes[LIMIT_CHOICES];
    struct loaded loaded;
    bool go;
    step->at_fault = step->at_fault_limit = 0;
    if (!step_open(writing, apply, PART_CHOICES, &loaded, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (!loaded.consented || !loaded.dwelling) {
        apply->result = loaded.consented ? APPLY_DWELLING_MISSING : APPLY_CONSENT_MISSING;
        return true;
    }
    if (!check_wishes(writing, step, &loaded, wishes, error)) {
        return false;
    }
    if (apply->result == APPLY_DONE && !together_spread(writing, apply, &loaded, step->offers, step->n, error)) {
        return false;
    }
    const char *next = step_after(loaded.step, "choices");
    return apply->result != APPLY_DONE || (keep_wishes(writing, &loaded, wishes, step->n, next, error) &&
                                           facts_ask(writing, apply->places, &loaded, error) &&
                                           step_close(writing, apply, &loaded, "application.choices",
                                                      arena_printf(writing->arena, "%zu", step->n), error));
}

bool choice_places(struct db *db, struct arena *arena, const struct loaded *loaded, struct choice_place **out,
                   size_t *n, struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows =
        db_query(db, error,
                 "select c.rank, c.offer, o.institution, o.kind, " IN_CATCHMENT("?2") ", " IN_CATCHMENT(
                     "?3") ", c.category, c.subrank, c.sibling, c.facts from choice c join offer o on o.id = c.offer "
                           "where c.application = ?1 order by c.rank",
                 V_INT(loaded->id), V_INT(loaded->dwelling_catchment), V_INT(loaded->household_catchment));
    while (rows_next(rows)) {
        *(struct choice_place *)list_add(&list, arena) = (struct choice_place){
            .rank = rows_int(rows, 0),
            .offer = rows_int(rows, 1),
            .institution = rows_int(rows, 2),
            .is_public = str_is(rows_text(rows, 3), "public"),
            .dwelling_in = rows_int(rows, 4) > 0,
            .household_in = rows_int(rows, 5) > 0,
            .category = rows_int(rows, 6),
            .subrank = rows_int(rows, 7),
            .sibling = rows_int(rows, 8) != 0,
            .facts = rows_int(rows, 9),
        };
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

/* Public before private, then the nearest. */
static int compare_options(const void *a, const void *b)
{
    const struct application_option *x = a, *y = b;
    if (x->public_school != y->public_school) {
        return x->public_school ? -1 : 1;
    }
    return x->distance != y->distance ? (x->distance < y->distance ? -1 : 1)
                                      : (x->offer > y->offer) - (x->offer < y->offer);
}

bool application_options(struct db *db, struct arena *arena, struct places *places, int64_t application,
                         struct application_option **out, size_t *n, struct error *error)
{
    struct loaded loaded;
    bool found;
    struct list list = { .size = sizeof **out };
    if (!application_load(db, arena, places, application, 0, &loaded, &found, error)) {
        return false;
    }
    if (!found || !loaded.dwelling) {
        *out = NULL;
        *n = 0;
        return true;
    }
    struct rows *rows = db_query(
        db, error,
        "select o.id, o.institution, i.name_zh, i.name_en, i.address_zh, o.kind, i.east, i.north, o.capacity, "
        "o.last_cutoff, " IN_CATCHMENT("?2") " + " IN_CATCHMENT("?3") " from offer o join institution i on "
                                                                      "i.id = o.institution where o.round = ?1",
        V_INT(loaded.round), V_INT(loaded.dwelling_catchment), V_INT(loaded.household_catchment));
    while (rows_next(rows)) {
        struct application_option option = {
            .offer = rows_int(rows, 0),
            .institution = rows_int(rows, 1),
            .public_school = str_is(rows_text(rows, 5), "public"),
            .distance = registry_distance(loaded.east, loaded.north, rows_int(rows, 6), rows_int(rows, 7)),
            .capacity = rows_int(rows, 8),
            .in_catchment = rows_int(rows, 10) > 0,
            .sibling = rows_int(rows, 1) == loaded.sibling_school,
        };
        if (!option.public_school || public_allowed(loaded.policy, option.in_catchment, option.sibling)) {
            option.school = (struct name){ rows_text_in(rows, 2, arena), rows_text_in(rows, 3, arena) };
            option.address = rows_text_in(rows, 4, arena);
            option.last_cutoff = rows_text_in(rows, 9, arena);
            *(struct application_option *)list_add(&list, arena) = option;
        }
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    if (list.n) {
        qsort(list.items, list.n, sizeof **out, compare_options);
    }
    *out = list.items;
    *n = list.n;
    return true;
}
