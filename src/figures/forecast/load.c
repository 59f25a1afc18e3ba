/* See load.h. Communities, catchments and schools are kept in order of their ids, so an id is found by halving. */
#include "figures/forecast/load.h"

#include "base/clock.h"
#include "casework/progress.h"
#include "figures/forecast/counts.h"
#include "registry/facts.h"

extern const unsigned char figures_002_sql[];

const struct migration forecast_migrations[] = {
    { "figures", 2, (const char *)figures_002_sql },
};
const size_t forecast_migrations_count = sizeof forecast_migrations / sizeof *forecast_migrations;

enum { COUNTIES_MOST = 200, YEARS_MOST = 60, PRIMARY_YEARS = 6, JUNIOR_YEARS = 3 };

/* ---- Places in arrays ---- */

static uint32_t find(const void *items, size_t n, size_t size, int64_t id)
{
    size_t low = 0, high = n; /* each item begins with its id */
    while (low < high) {
        size_t middle = (low + high) / 2;
        int64_t there;
        memcpy(&there, (const char *)items + middle * size, sizeof there);
        if (there == id) {
            return (uint32_t)middle;
        }
        if (there < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NOWHERE;
}

uint32_t forecast_catchment_at(const struct forecast_data *data, int64_t id)
{
    return find(data->catchments, data->ncatchments, sizeof *data->catchments, id);
}

uint32_t forecast_community_at(const struct forecast_data *data, int64_t id)
{
    return find(data->communities, data->ncommunities, sizeof *data->communities, id);
}

uint32_t forecast_county_at(const struct forecast_data *data, struct str code)
{
    for (size_t i = 0; i < data->ncounties; i++) {
        if (str_starts(code, data->counties[i].code)) {
            return (uint32_t)i;
        }
    }
    return NOWHERE;
}

uint32_t forecast_school_at(const struct forecast_data *data, int64_t institution, int stage)
{
    for (uint32_t i = 0; i < data->nschools; i++) {
        if (data->schools[i].institution == institution &&
            data->catchments[data->schools[i].catchment].stage == stage) {
            return i;
        }
    }
    return NOWHERE;
}

/* ---- Reading ---- */

struct loading {
    struct db *db;
    struct arena *arena;
    const struct city *city;
    const struct forecast_settings *settings;
    int64_t known; /* moment */
    struct forecast_data *data;
};

static bool count_of(struct loading *loading, const char *sql, size_t *n, struct error *error)
{
    int64_t count = 0;
    bool good = db_one_int(loading->db, error, &count, NULL, sql);
    *n = (size_t)count;
    return good;
}

static void load_counties(struct loading *loading)
{
    struct forecast_data *data = loading->data;
    data->counties = ARENA_ARRAY(loading->arena, struct forecast_county, COUNTIES_MOST);
    for (size_t i = 0; i < loading->city->ndivisions && data->ncounties < COUNTIES_MOST; i++) {
        const struct division *division = &loading->city->divisions[i];
        if (division->level == DIVISION_COUNTY) {
            data->counties[data->ncounties++] =
                (struct forecast_county){ arena_str(loading->arena, division->code),
                                          { arena_str(loading->arena, division->name.zh),
                                            arena_str(loading->arena, division->name.en) },
                                          0,
                                          forecast_orange_of(loading->settings, division->code) };
        }
    }
}

static bool load_catchments(struct loading *loading, struct error *error)
{
    struct forecast_data *data = loading->data;
    size_t n;
    if (!count_of(loading, "select count(*) from published_catchment", &n, error)) {
        return false;
    }
    data->catchments = ARENA_ARRAY(loading->arena, struct forecast_catchment, n);
    struct rows *rows = db_query(loading->db, error,
                                 "select id, stage, division, name_zh, name_en from published_catchment order by id");
    while (data->ncatchments < n && rows_next(rows)) {
        enum stage stage;
        uint32_t county = forecast_county_at(data, rows_text(rows, 2));
        if (county != NOWHERE && stage_of(rows_text(rows, 1), &stage)) {
            data->catchments[data->ncatchments++] =
                (struct forecast_catchment){ .id = rows_int(rows, 0),
                                             .name = { rows_text_in(rows, 3, loading->arena),
                                                       rows_text_in(rows, 4, loading->arena) },
                                             .county = county,
                                             .stage = (int)stage };
        }
    }
    return rows_end(rows, error);
}

static uint32_t township_at(struct forecast_data *data, struct str *codes, struct arena *arena, struct str code)
{
    for (size_t i = data->ntownships; i > 0; i--) {
        if (str_eq(codes[i - 1], code)) {
            return (uint32_t)(i - 1);
        }
    }
    codes[data->ntownships] = arena_str(arena, code);
    return (uint32_t)data->ntownships++;
}

static bool load_communities(struct loading *loading, struct error *error)
{
    struct forecast_data *data = loading->data;
    size_t n;
    if (!count_of(loading, "select count(*) from published_community", &n, error)) {
        return false;
    }
    struct str *townships = ARENA_ARRAY(loading->arena, struct str, n + 1);
    data->communities = ARENA_ARRAY(loading->arena, struct forecast_community, n);
    struct rows *rows = db_query(loading->db, error,
                                 "select c.id, c.division, c.name_zh, c.name_en, c.east, c.north, "
                                 "coalesce(p.catchment, c.primary_catchment), "
                                 "coalesce(j.catchment, c.junior_catchment) from published_community c "
                                 "left join published_assignment p on p.community = c.id and p.stage = 'primary' "
                                 "and p.recorded_at <= ?1 and p.replaced_at > ?1 and p.valid_from <= ?2 and "
                                 "p.valid_until > ?2 "
                                 "left join published_assignment j on j.community = c.id and j.stage = 'junior' "
                                 "and j.recorded_at <= ?1 and j.replaced_at > ?1 and j.valid_from <= ?2 and "
                                 "j.valid_until > ?2 order by c.id",
                                 V_INT(loading->known), V_INT(day_of_ms(loading->known)));
    while (data->ncommunities < n && rows_next(rows)) {
        uint32_t county = forecast_county_at(data, rows_text(rows, 1));
        if (county != NOWHERE) {
            data->communities[data->ncommunities++] = (struct forecast_community){
                .id = rows_int(rows, 0),
                .name = { rows_text_in(rows, 2, loading->arena), rows_text_in(rows, 3, loading->arena) },
                .township = township_at(data, townships, loading->arena, rows_text(rows, 1)),
                .county = county,
                .east = rows_int(rows, 4),
                .north = rows_int(rows, 5),
                .catchment = { forecast_catchment_at(data, rows_int(rows, 6)),
                               forecast_catchment_at(data, rows_int(rows, 7)) }
            };
        }
    }
    return rows_end(rows, error);
}

static bool load_schools(struct loading *loading, struct error *error)
{
    struct forecast_data *data = loading->data;
    size_t n;
    if (!count_of(loading, "select count(*) from published_catchment_school", &n, error)) {
        return false;
    }
    data->schools = ARENA_ARRAY(loading->arena, struct forecast_school, n);
    struct rows *rows = db_query(loading->db, error,
                                 "select s.catchment, s.institution, i.code, i.name_zh, i.name_en, i.east, i.north "
                                 "from published_catchment_school s join institution i on i.id = s.institution "
                                 "where i.ownership = 'public' order by s.institution, s.catchment");
    while (data->nschools < n && rows_next(rows)) {
        uint32_t catchment = forecast_catchment_at(data, rows_int(rows, 0));
        if (catchment != NOWHERE) {
            data->schools[data->nschools++] = (struct forecast_school){
                .catchment = catchment,
                .institution = rows_int(rows, 1),
                .code = rows_text_in(rows, 2, loading->arena),
                .name = { rows_text_in(rows, 3, loading->arena), rows_text_in(rows, 4, loading->arena) },
                .east = rows_int(rows, 5),
                .north = rows_int(rows, 6),
                .class_size = loading->city->stages[data->catchments[catchment].stage].class_size,
            };
        }
    }
    /* A school of several catchments of one stage stands in equal parts for each. */
    for (size_t i = 0; i < data->nschools; i++) {
        size_t shared = 0;
        for (size_t k = i; k > 0 && data->schools[k - 1].institution == data->schools[i].institution; k--) {
            shared += data->catchments[data->schools[k - 1].catchment].stage ==
                      data->catchments[data->schools[i].catchment].stage;
        }
        for (size_t k = i; k < data->nschools && data->schools[k].institution == data->schools[i].institution; k++) {
            shared += data->catchments[data->schools[k].catchment].stage ==
                      data->catchments[data->schools[i].catchment].stage;
        }
        data->schools[i].part = 1.0 / (double)shared;
    }
    return rows_end(rows, error);
}

/* Plans in order of year, then of recording: a later row overrides, a later year goes on until the next. */
static bool load_plans(struct loading *loading, int first_year, struct error *error)
{
    struct forecast_data *data = loading->data;
    struct rows *rows =
        db_query(loading->db, error,
                 "select institution, stage, year, classes, class_size from forecast_plan order by year, id");
    while (rows_next(rows)) {
        enum stage stage;
        int64_t institution = rows_int(rows, 0), year = rows_int(rows, 2);
        if (!stage_of(rows_text(rows, 1), &stage)) {
            continue;
        }
        size_t low = 0, high = data->nschools; /* the institution's first row */
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (data->schools[middle].institution < institution) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        for (size_t s = low; s < data->nschools && data->schools[s].institution == institution; s++) {
            struct forecast_school *school = &data->schools[s];
            if (data->catchments[school->catchment].stage != (int)stage) {
                continue;
            }
            school->class_size = rows_int(rows, 4);
            for (int h = 0; h < FORECAST_YEARS; h++) {
                if (year <= first_year + h) {
                    school->places[h] = rows_int(rows, 3) * rows_int(rows, 4);
                    school->planned_at[h] = year;
                }
            }
        }
    }
    return rows_end(rows, error);
}

static bool load_dwellings(struct loading *loading, struct error *error)
{
    struct forecast_data *data = loading->data;
    size_t n;
    if (!count_of(loading, "select count(*) from new_dwelling", &n, error)) {
        return false;
    }
    data->dwellings = ARENA_ARRAY(loading->arena, struct forecast_dwelling, n);
    struct rows *rows =
        db_query(loading->db, error, "select community, homes, handed_over, recorded_at from new_dwelling order by id");
    while (data->ndwellings < n && rows_next(rows)) {
        uint32_t community = forecast_community_at(data, rows_int(rows, 0));
        if (community != NOWHERE) {
            data->dwellings[data->ndwellings++] =
                (struct forecast_dwelling){ community, rows_int(rows, 1), rows_int(rows, 2), rows_int(rows, 3) };
        }
    }
    return rows_end(rows, error);
}

static bool load_entrants(struct loading *loading, struct error *error)
{
    struct forecast_data *data = loading->data;
    int64_t first = 0, last = -1;
    struct rows *rows = db_query(loading->db, error, "select min(year), max(year) from published_entrant");
    if (rows_next(rows) && !rows_is_null(rows, 0)) {
        first = rows_int(rows, 0);
        last = rows_int(rows, 1);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    if (last - first + 1 > YEARS_MOST) {
        return error_set(error, "entrants are known of %lld years; expected no more than %d", (long long)(last - first),
                         YEARS_MOST);
    }
    data->entered_first = (int)first;
    data->nentered = (size_t)(last - first + 1);
    bool *known[FORECAST_STAGES];
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        known[stage] = ARENA_ARRAY(loading->arena, bool, data->nentered * data->ncounties);
        data->entered[stage] = ARENA_ARRAY(loading->arena, int32_t, data->ncommunities * data->nentered);
        data->entered_private[stage] = ARENA_ARRAY(loading->arena, int32_t, data->ncommunities * data->nentered);
    }
    rows = db_query(loading->db, error, "select community, stage, year, entrants, private from published_entrant");
    while (rows_next(rows)) {
        enum stage stage;
        uint32_t community = forecast_community_at(data, rows_int(rows, 0));
        if (community == NOWHERE || !stage_of(rows_text(rows, 1), &stage)) {
            continue;
        }
        size_t year = (size_t)(rows_int(rows, 2) - first), at = community * data->nentered + year;
        data->entered[stage][at] = (int32_t)rows_int(rows, 3);
        data->entered_private[stage][at] = (int32_t)rows_int(rows, 4);
        known[stage][year * data->ncounties + data->communities[community].county] = true;
    }
    /* A community without a row in a year of which its county has rows sent nobody; else the year is not known. */
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        for (size_t i = 0; i < data->ncommunities; i++) {
            for (size_t year = 0; year < data->nentered; year++) {
                if (!known[stage][year * data->ncounties + data->communities[i].county]) {
                    data->entered[stage][i * data->nentered + year] = -1;
                    data->entered_private[stage][i * data->nentered + year] = -1;
                }
            }
        }
    }
    return rows_end(rows, error);
}

/* Places that are being built, as many for each grade, count from the September by which they are due, in years for
 * which the county has not set a plan of its own: a plan that is set has them in it. A school with several stages has
 * them at the first alone. */
static bool load_works(struct loading *loading, int first_year, struct error *error)
{
    struct forecast_data *data = loading->data;
    struct case_adding *works;
    size_t n;
    if (!case_under_way(loading->db, loading->arena, STR("places"), &works, &n, error)) {
        return false;
    }
    for (size_t w = 0; w < n; w++) {
        int stage = -1;
        for (size_t s = 0; s < data->nschools; s++) {
            struct forecast_school *school = &data->schools[s];
            int of = data->catchments[school->catchment].stage;
            if (school->institution != works[w].institution || (stage >= 0 && of != stage)) {
                continue;
            }
            stage = of;
            for (int h = 0; h < FORECAST_YEARS; h++) {
                bool set = school->planned_at[h] == first_year + h;
                if (school->planned_at[h] && !set && works[w].due < day_of(first_year + h, 9, 1)) {
                    int64_t entry = works[w].adds / (stage == STAGE_PRIMARY ? PRIMARY_YEARS : JUNIOR_YEARS);
                    school->places[h] += entry;
                    school->building[h] += entry;
                }
            }
        }
    }
    return true;
}

bool forecast_load(struct db *db, struct arena *arena, const struct city *city,
                   const struct forecast_settings *settings, int64_t known, struct forecast_data *out,
                   struct error *error)
{
    /* The last moment at which what stands now is known. */
    struct loading loading = { db, arena, city, settings, known < MOMENT_OPEN ? known : MOMENT_OPEN - 1, out };
    *out = (struct forecast_data){ 0 };
    load_counties(&loading);
    if (!load_catchments(&loading, error) || !load_communities(&loading, error) || !load_schools(&loading, error) ||
        !load_dwellings(&loading, error) || !load_entrants(&loading, error) ||
        !counts_load(db, arena, loading.known, out, error)) {
        return false;
    }
    int first_year = out->ncounts ? out->counts[out->ncounts - 1].first_year : city->year;
    return load_plans(&loading, first_year, error) && load_works(&loading, first_year, error);
}
