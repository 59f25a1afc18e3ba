/* See register.h: the loads, the one way in which a version is written, and the order of the parts. */
#include "demo/register.h"

#include "base/clock.h"
#include "demo/register_facts.h"
#include "store/journal.h"

#include <stdio.h>

static const struct {
    int year, month, day;
    const char *note;
} LOAD_LIST[LOADS] = {
    [LOAD_OPENING] = { 2021, 1, 11, "名录启用：截至2021年1月1日的情况（演示数据）" },
    [LOAD_AUTUMN_2021] = { 2021, 9, 13, "2021年秋季学期变动（演示数据）" },
    [LOAD_YEAR_2021] = { 2022, 1, 10, "2021年度变动（演示数据）" },
    [LOAD_AUTUMN_2022] = { 2022, 9, 13, "2022年秋季学期变动（演示数据）" },
    [LOAD_YEAR_2022] = { 2023, 1, 9, "2022年度变动（演示数据）" },
    [LOAD_AUTUMN_2023] = { 2023, 9, 12, "2023年秋季学期变动，学籍启用（演示数据）" },
    [LOAD_YEAR_2023] = { 2024, 1, 8, "2023年度变动（演示数据）" },
    [LOAD_PLANS_2024] = { 2024, 2, 5, "2024年民生实事清单（演示数据）" },
    [LOAD_CORRECTION] = { 2024, 3, 15, "核对后更正（演示数据）" },
    [LOAD_AUTUMN_2024] = { 2024, 9, 11, "2024年秋季学期变动（演示数据）" },
    [LOAD_YEAR_2024] = { 2025, 1, 8, "2024年度变动（演示数据）" },
    [LOAD_AUTUMN_2025] = { 2025, 9, 10, "2025年秋季学期变动（演示数据）" },
    [LOAD_YEAR_2025] = { 2026, 1, 7, "2025年度变动（演示数据）" },
};

static int64_t load_day(enum load load)
{
    return day_of(LOAD_LIST[load].year, LOAD_LIST[load].month, LOAD_LIST[load].day);
}

static int64_t load_moment(enum load load)
{
    return day_start_ms(load_day(load)) + 9 * 3600 * 1000;
}

enum load register_load_of(int64_t day)
{
    enum load load = LOAD_OPENING;
    while (load + 1 < LOADS && (load_day(load) < day || load == LOAD_CORRECTION || load == LOAD_PLANS_2024)) {
        load++;
    }
    return load;
}

int64_t register_last_day(void)
{
    return load_day(LOADS - 1);
}

/* ---- Sizes ---- */

size_t register_scaled(const struct registering *registering, size_t full)
{
    size_t n = (size_t)(((uint64_t)full * registering->builder->settings->per_million + 500000) / 1000000);
    return n ? n : 1;
}

uint32_t *register_split(const struct registering *registering, struct dice *dice, size_t total, size_t n)
{
    uint32_t *weights = ARENA_ARRAY(registering->arena, uint32_t, n + 1);
    uint32_t *parts = ARENA_ARRAY(registering->arena, uint32_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        weights[i] = (uint32_t)(3000 + dice_around(dice, 1000));
    }
    if (n > 0) {
        land_share(registering->arena, total, weights, n, parts);
    }
    return parts;
}

size_t *register_draw(const struct registering *registering, struct dice *dice, size_t of, size_t *n)
{
    size_t *order = ARENA_ARRAY(registering->arena, size_t, of + 1);
    for (size_t i = 0; i < of; i++) {
        size_t k = (size_t)dice_below(dice, i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    *n = *n < of ? *n : of;
    return order;
}

/* ---- Writing ---- */

/* The statement of a kind: common columns ?1 … ?11, then its own. */
static const char *insert_of(struct registering *registering, const struct kind *kind)
{
    if (!registering->inserts[kind->id]) {
        struct arena *arena = registering->arena;
        struct str columns = { "", 0 }, places = { "", 0 };
        for (size_t i = 0; i < kind->ncolumns; i++) {
            columns = arena_printf(arena, "%.*s, %s", STR_ARG(columns), kind->columns[i].name);
            places = arena_printf(arena, "%.*s, ?%zu", STR_ARG(places), i + 12);
        }
        registering->inserts[kind->id] =
            arena_printf(arena,
                         "insert into %s (subject, code, valid_from, valid_until, recorded_at, replaced_at, change, "
                         "replaced_by, division, institution%.*s) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                         "nullif(cast(?8 as bigint), ?9), ?10, ?11%.*s)",
                         kind->table, STR_ARG(columns), STR_ARG(places))
                .p;
    }
    return registering->inserts[kind->id];
}

/* How a version stands in two times. */
struct standing_of {
    int64_t from, until;
    enum load load, replaced; /* LOADS: it stands */
};

static bool put_version(struct registering *registering, const struct kind *kind, const struct entry *entry,
                        struct standing_of standing, const struct value *values, struct error *error)
{
    bool stands = standing.replaced == LOADS;
    struct value all[11 + KIND_COLUMNS_MOST] = {
        V_INT(entry->subject),
        V_TEXT(entry->code),
        V_INT(standing.from),
        V_INT(standing.until),
        V_INT(load_moment(standing.load)),
        V_INT(stands ? MOMENT_OPEN : load_moment(standing.replaced)),
        V_INT(registering->changes[standing.load]),
        V_INT(stands ? 0 : registering->changes[standing.replaced]),
        V_INT(0),
        V_TEXT(entry->division),
        V_INT(entry->institution),
    };
    memcpy(all + 11, values, kind->ncolumns * sizeof *values);
    struct writing *writing = registering->builder->writing;
    return db_run_values(writing->db, error, insert_of(registering, kind), all, 11 + kind->ncolumns) &&
           (!stands || !kind->name_from ||
            register_find_by_name(writing, kind, entry->subject, entry->code, entry->division, standing.from,
                                  standing.until, values, error));
}

bool register_put(struct registering *registering, enum kind_id id, struct entry *entry, const struct value *values,
                  size_t nvalues, struct error *error)
{
    const struct kind *kind = &KIND_LIST[id];
    if (nvalues != kind->ncolumns) {
        return error_set(error, "the demo gives %zu values for the %zu columns of %s", nvalues, kind->ncolumns,
                         kind->name);
    }
    if (!entry->subject) {
        entry->subject = ++registering->subjects[id];
    }
    struct standing_of standing = { .from = entry->from,
                                    .until = entry->until ? entry->until : DAY_OPEN,
                                    .load = entry->load < LOADS ? entry->load : register_load_of(entry->from),
                                    .replaced = LOADS };
    if (!entry->ended) {
        return put_version(registering, kind, entry, standing, values, error);
    }
    enum load learnt = register_load_of(entry->ended);
    if (learnt > standing.load) {
        standing.replaced = learnt;
        if (!put_version(registering, kind, entry, standing, values, error)) {
            return false;
        }
    }
    standing =
        (struct standing_of){ entry->from, entry->ended, learnt > standing.load ? learnt : standing.load, LOADS };
    return put_version(registering, kind, entry, standing, values, error);
}

bool register_correct(struct registering *registering, enum kind_id id, struct entry *entry, const struct value *values,
                      size_t nvalues, size_t column, struct value wrong, struct error *error)
{
    const struct kind *kind = &KIND_LIST[id];
    struct value said[KIND_COLUMNS_MOST];
    memcpy(said, values, nvalues * sizeof *values);
    said[column] = wrong;
    entry->subject = entry->subject ? entry->subject : ++registering->subjects[id];
    struct standing_of first = { entry->from, DAY_OPEN, register_load_of(entry->from), LOAD_CORRECTION };
    struct standing_of then = { entry->from, DAY_OPEN, LOAD_CORRECTION, LOADS };
    return put_version(registering, kind, entry, first, said, error) &&
           put_version(registering, kind, entry, then, values, error);
}

/* ---- The loads' changes ---- */

static bool open_loads(struct registering *registering, struct error *error)
{
    struct builder *builder = registering->builder;
    for (int load = 0; load < LOADS; load++) {
        int64_t moment = load_moment((enum load)load);
        if (!build_begin(builder, moment, error) ||
            !db_one_int(builder->writing->db, error, &registering->changes[load], NULL,
                        "insert into register_change (kind, division, institution, state, note, document, body, "
                        "proposed_at, proposed_by, decided_at, decided_by, reason) values ('demo', ?1, 0, 'confirmed', "
                        "?2, '', '', ?3, 0, ?3, 0, '') returning id",
                        V_TEXT(builder->city->code), V_TEXT(str_of(LOAD_LIST[load].note)), V_INT(moment))) {
            return false;
        }
        struct journal_entry entry = { .role = "",
                                       .action = "change.confirm",
                                       .subject_kind = "register_change",
                                       .subject_id = registering->changes[load],
                                       .division = builder->city->code,
                                       .detail = STR("demo") };
        if (!journal_append(builder->writing, &entry, error) || !build_commit(builder, error)) {
            return false;
        }
    }
    return true;
}

bool register_write(struct builder *builder, struct error *error)
{
    static const struct {
        const char *name;
        bool (*write)(struct registering *registering, struct error *error);
    } PARTS[] = {
        { "divisions", register_divisions },   { "institutions", register_institutions },
        { "sites", register_sites },           { "pupils", register_pupils },
        { "staff", register_staff },           { "programmes", register_programmes },
        { "athletes", register_athletes },     { "honours", register_honours },
        { "groups", register_groups },         { "projects", register_projects },
        { "activities", register_activities }, { "vocational", register_vocational },
        { "provisions", register_provisions }, { "venues", register_venues },
        { "households", register_households },
    };
    const size_t n = sizeof PARTS / sizeof *PARTS;
    struct registering registering = { .builder = builder, .arena = builder->arena };
    bool ok =
        frame_open(&registering.frame, error) && open_loads(&registering, error) &&
        db_one_int(builder->writing->db, error, &registering.persons, NULL, "select coalesce(max(id), 0) from person");
    /* Some of the year's activities are there already (year.h). */
    ok = ok && db_one_int(builder->writing->db, error, &registering.subjects[KIND_ACTIVITY], NULL,
                          "select coalesce(max(subject), 0) from activity_fact");
    for (size_t i = 0; ok && i < n; i++) {
        build_tell(builder, "register", i, n);
        ok = build_begin(builder, load_moment(LOADS - 1), error) && PARTS[i].write(&registering, error) &&
             build_commit(builder, error);
    }
    /* What was recorded last is a moment that readers see: figures are frozen as known then. */
    int64_t seen;
    ok = ok && build_begin(builder, load_moment(LOADS - 1), error) &&
         register_picture(builder->writing, day_of_ms(builder->now), error) &&
         writing_moment(builder->writing, &seen, error) && build_commit(builder, error);
    build_tell(builder, "register", n, n);
    frame_close(registering.frame);
    return ok;
}
