/* See shortage.h. */
#include "figures/forecast/shortage.h"

#include "casework/casework.h"

/* The warning's catchment, as a case's subject. */
static struct str subject_of(struct arena *arena, const struct notice_warning *w)
{
    return arena_printf(arena, "catchment:%lld", (long long)w->catchment);
}

static bool open_case_of(struct writing *writing, struct str subject, int64_t *id, struct error *error)
{
    bool found = false;
    *id = 0;
    return db_one_int(writing->db, error, id, &found,
                      "select id from case_file where kind = 'seats' and subject = ?1 and closed_at is null order by "
                      "id limit 1",
                      V_TEXT(subject));
}

static bool open_one(struct writing *writing, const struct city *city, const struct case_kind *kind,
                     const struct notice_publish *publish, const struct notice_warning *w, struct str subject,
                     int64_t *id, struct error *error)
{
    struct arena *arena = writing->arena;
    struct case_input values[] = {
        { STR("year"), arena_printf(arena, "%lld", (long long)w->year) },
        { STR("expected"), arena_printf(arena, "%lld", (long long)w->expected) },
        { STR("places"), arena_printf(arena, "%lld", (long long)w->places) },
    };
    struct case_open open = {
        .city = city,
        .kind = kind,
        .who = { .role = "", .scope = STR(""), .staff = STR("") },
        .division = publish->division,
        .subject = subject,
        .title = arena_printf(arena, "%.*s %lld 年%s学位缺口 %lld", STR_ARG(w->name.zh), (long long)w->year,
                              w->stage == 0 ? "小学" : "初中", (long long)(w->expected - w->places)),
        .values = values,
        .nvalues = sizeof values / sizeof *values,
        .note = STR(""),
        .client_key = STR(""),
    };
    if (!case_open_run(writing, &open, error)) {
        return false;
    }
    *id = open.result == CASE_DONE ? open.id : 0;
    return open.result == CASE_DONE ||
           error_set(error, "the kind of case 'seats' cannot be opened by a warning: it asks for more than year, "
                            "expected and places");
}

static bool hang_on(struct writing *writing, int64_t notice, const struct notice_warning *w, int64_t id,
                    struct error *error)
{
    return db_run(writing->db, error,
                  "update forecast_warning_state set state = 'case', case_id = ?1, changed_at = ?2 where warning in "
                  "(select id from forecast_warning where notice = ?3 and catchment = ?4 and band = 'red')",
                  V_INT(id), V_INT(writing->now), V_INT(notice), V_INT(w->catchment));
}

/* The first year in red of the catchment stands for it. */
static bool is_first(const struct notice *notice, size_t i)
{
    for (size_t k = 0; k < notice->n; k++) {
        const struct notice_warning *other = &notice->warnings[k];
        bool same = other->catchment == notice->warnings[i].catchment && other->band == BAND_RED;
        if (same && (other->year < notice->warnings[i].year || (other->year == notice->warnings[i].year && k < i))) {
            return false;
        }
    }
    return true;
}

bool shortage_open(struct writing *writing, const struct city *city, const struct notice_publish *publish,
                   const struct notice *notice, size_t *opened, struct error *error)
{
    const struct case_kind *kind = city ? city_case(city, STR("seats")) : NULL;
    *opened = 0;
    for (size_t i = 0; kind && i < notice->n; i++) {
        const struct notice_warning *w = &notice->warnings[i];
        struct str subject = subject_of(writing->arena, w);
        int64_t id = 0;
        if (w->band != BAND_RED || !is_first(notice, i)) {
            continue;
        }
        if (!open_case_of(writing, subject, &id, error)) {
            return false;
        }
        if (id == 0) {
            if (!open_one(writing, city, kind, publish, w, subject, &id, error)) {
                return false;
            }
            (*opened)++;
        }
        if (!hang_on(writing, notice->id, w, id, error)) {
            return false;
        }
    }
    return true;
}
