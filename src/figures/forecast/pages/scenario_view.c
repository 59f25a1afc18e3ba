/* A scenario computed and put into words for its pages. */
#include "figures/forecast/pages/inside.h"

#include "base/clock.h"

#include <stdlib.h>

static struct str say_step(struct arena *arena, enum lang lang, const struct forecast_data *data,
                           const struct scenario_step *step, const struct forecast_change *change)
{
    bool zh = lang == LANG_ZH;
    long long amount = (long long)step->amount, year = (long long)step->year;
    switch (step->kind) {
    case CHANGE_CLASSES:
        return arena_printf(arena, zh ? "%lld年起，%.*s%s%+lld个班" : "from %lld: %.*s, %s, %+lld classes", year,
                            STR_ARG(name_in(data->schools[change->school].name, lang)),
                            text_in(entry_words(step->stage), lang), amount);
    case CHANGE_BUILD:
        return arena_printf(arena,
                            zh ? "%lld年起，在%.*s新建%.*s，每年%lld个学位"
                               : "from %lld: in %.*s the new school %.*s, %lld places a year",
                            year, STR_ARG(name_in(data->catchments[change->catchment].name, lang)), STR_ARG(step->name),
                            amount);
    case CHANGE_MOVE: {
        uint32_t now = data->communities[change->community].catchment[data->catchments[change->catchment].stage];
        struct str from = now == NOWHERE ? STR("–") : name_in(data->catchments[now].name, lang);
        return arena_printf(arena,
                            zh ? "%lld年起，%.*s从%.*s划到%.*s%s%.*s" : "from %lld: %.*s goes from %.*s to %.*s%s%.*s",
                            year, STR_ARG(name_in(data->communities[change->community].name, lang)), STR_ARG(from),
                            STR_ARG(name_in(data->catchments[change->catchment].name, lang)),
                            step->name.n ? (zh ? "：" : ": ") : "", STR_ARG(step->name));
    }
    case CHANGE_PRIVATE:
        return arena_printf(
            arena,
            zh ? "%lld年起，%.*s进民办学校的占%lld.%lld%%" : "from %lld: in %.*s %lld.%lld %% go to private schools",
            year, STR_ARG(name_in(data->counties[change->county].name, lang)), amount / 10, amount % 10);
    case FORECAST_CHANGES:
        break;
    }
    return STR("");
}

static void fill_bands(struct arena *arena, const struct forecast *forecast, struct scenario_view *view)
{
    const struct forecast_data *data = &forecast->data;
    view->bands = ARENA_ARRAY(arena, struct band_change, data->ncatchments * FORECAST_YEARS);
    for (size_t k = 0; k < data->ncatchments * FORECAST_YEARS; k++) {
        if (forecast->base.catchment[k].band != view->after.catchment[k].band) {
            view->bands[view->nbands++] =
                (struct band_change){ &data->catchments[k / FORECAST_YEARS],
                                      forecast->base.first_year + (int)(k % FORECAST_YEARS),
                                      &forecast->base.catchment[k], &view->after.catchment[k] };
        }
    }
}

static void fill_steps(struct request *request, const struct forecast *forecast, struct scenario_view *view)
{
    struct arena *arena = request_arena(request);
    view->steps = ARENA_ARRAY(arena, struct step_row, view->scenario.n);
    for (size_t i = 0; i < view->scenario.n; i++) {
        const struct scenario_step *step = &view->scenario.steps[i];
        struct forecast_change change;
        bool there = scenario_step_change(&forecast->data, step, &change);
        view->steps[view->nsteps++] =
            (struct step_row){ step, there ? say_step(arena, request_lang(request), &forecast->data, step, &change)
                                           : str_of(text_in(T("所指的学校、学区或小区已不存在，不计算",
                                                              "names what is no more: not counted"),
                                                            request_lang(request))) };
    }
}

static void fill_tables(struct arena *arena, const struct forecast *forecast, uint32_t county,
                        struct scenario_view *view)
{
    static const struct name before = { STR("现状"), STR("As it is") }, after = { STR("方案"), STR("Scenario") };
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        struct forecast_row *rows = ARENA_ARRAY(arena, struct forecast_row, 2);
        rows[0] = (struct forecast_row){ before, STR(""), &forecast->base.county[stage][county * FORECAST_YEARS] };
        rows[1] = (struct forecast_row){ after, STR(""), &view->after.county[stage][county * FORECAST_YEARS] };
        view->tables[stage] = (struct forecast_table){ entry_words(stage), forecast->base.first_year, rows, 2 };
    }
}

/* With the catchments it belongs to, which tell communities of one name apart. */
static struct str say_community(struct arena *arena, enum lang lang, const struct forecast_data *data, size_t community)
{
    const struct forecast_community *c = &data->communities[community];
    struct str in[FORECAST_STAGES];
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        in[stage] =
            c->catchment[stage] == NOWHERE ? STR("–") : name_in(data->catchments[c->catchment[stage]].name, lang);
    }
    return arena_printf(arena, "%.*s (%.*s; %.*s)", STR_ARG(name_in(c->name, lang)), STR_ARG(in[0]), STR_ARG(in[1]));
}

/* What the county's forms choose between. A school's or catchment's place carries its stage in its words. */
static void fill_choices(struct request *request, const struct forecast *forecast, uint32_t county,
                         struct scenario_view *view)
{
    struct arena *arena = request_arena(request);
    enum lang lang = request_lang(request);
    const struct forecast_data *data = &forecast->data;
    view->schools = ARENA_ARRAY(arena, struct choice, data->nschools);
    view->catchments = ARENA_ARRAY(arena, struct choice, data->ncatchments);
    view->communities = ARENA_ARRAY(arena, struct choice, data->ncommunities);
    for (size_t s = 0; s < data->nschools; s++) {
        const struct forecast_school *school = &data->schools[s];
        const struct forecast_catchment *catchment = &data->catchments[school->catchment];
        if (catchment->county == county) {
            view->schools[view->nschools++] =
                (struct choice){ school->institution * FORECAST_STAGES + catchment->stage,
                                 arena_printf(arena, "%.*s (%s)", STR_ARG(name_in(school->name, lang)),
                                              text_in(entry_words(catchment->stage), lang)) };
        }
    }
    for (size_t c = 0; c < data->ncatchments; c++) {
        if (data->catchments[c].county == county) {
            view->catchments[view->ncatchments++] =
                (struct choice){ data->catchments[c].id,
                                 arena_printf(arena, "%.*s (%s)", STR_ARG(name_in(data->catchments[c].name, lang)),
                                              text_in(entry_words(data->catchments[c].stage), lang)) };
        }
    }
    for (size_t i = 0; i < data->ncommunities; i++) {
        if (data->communities[i].county == county) {
            view->communities[view->ncommunities++] =
                (struct choice){ data->communities[i].id, say_community(arena, lang, data, i) };
        }
    }
}

bool scenario_view_fill(struct request *request, const struct forecast *forecast, int64_t id, bool choices,
                        struct scenario_view *view, bool *found, struct error *error)
{
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    *view = (struct scenario_view){ .forecast = forecast };
    if (!db) {
        return error_set(error, "no database");
    }
    if (!scenario_read(db, arena, id, &view->scenario, found, error)) {
        return false;
    }
    if (!*found) {
        return true;
    }
    int64_t began = clock_monotonic_us();
    view->changes = scenario_changes(arena, forecast, &view->scenario, &view->nchanges, &view->lost);
    forecast_run(arena, &forecast->model, view->changes, view->nchanges, &view->after);
    forecast_compare(&forecast->model, &forecast->base, &view->after, view->changes, view->nchanges, &view->difference);
    view->took_us = clock_monotonic_us() - began;
    uint32_t county = forecast_county_at(&forecast->data, view->scenario.division);
    if (county == NOWHERE) {
        return error_set(error, "the city's folder has no county %.*s", STR_ARG(view->scenario.division));
    }
    view->county = forecast->data.counties[county].name;
    view->draft = str_is(view->scenario.state, "draft");
    view->mine = request_session(request) && request_session(request)->account == view->scenario.made_by;
    fill_bands(arena, forecast, view);
    fill_steps(request, forecast, view);
    fill_tables(arena, forecast, county, view);
    if (choices) {
        fill_choices(request, forecast, county, view);
    }
    return true;
}

/* ---- For the map ---- */

static void add_cells(struct buf *out, const struct forecast_cell *before, const struct forecast_cell *after)
{
    buf_add_cstr(out, "\"years\":[");
    for (int h = 0; h < FORECAST_YEARS; h++) {
        buf_printf(
            out,
            "%s{\"expected\":%lld,\"places\":%lld,\"band\":\"%s\",\"expected_before\":%lld,\"places_before\":%lld,"
            "\"band_before\":\"%s\"}",
            h ? "," : "", (long long)whole(after[h].demand), (long long)whole(after[h].places), band_id(after[h].band),
            (long long)whole(before[h].demand), (long long)whole(before[h].places), band_id(before[h].band));
    }
    buf_add_cstr(out, "]");
}

void scenario_json(const struct scenario_view *view, struct buf *out)
{
    const struct forecast *forecast = view->forecast;
    const struct forecast_data *data = &forecast->data;
    uint32_t county = forecast_county_at(data, view->scenario.division);
    buf_printf(out, "{\"scenario\":%lld,\"county\":\"%.*s\",\"state\":\"%.*s\",\"first_year\":%d,\"took_us\":%lld,",
               (long long)view->scenario.id, STR_ARG(view->scenario.division), STR_ARG(view->scenario.state),
               forecast->base.first_year, (long long)view->took_us);
    buf_printf(out,
               "\"better\":%zu,\"worse\":%zu,\"children_moved\":%lld,\"missing_before\":%lld,\"missing_after\":%lld,",
               view->difference.better, view->difference.worse, (long long)whole(view->difference.moved),
               (long long)whole(view->difference.shortage_before), (long long)whole(view->difference.shortage_after));
    buf_add_cstr(out, "\"moves\":[");
    bool first = true;
    for (size_t k = 0; k < view->nchanges; k++) {
        const struct forecast_change *change = &view->changes[k];
        if (change->kind == CHANGE_MOVE) {
            uint32_t from = data->communities[change->community].catchment[data->catchments[change->catchment].stage];
            buf_printf(out, "%s{\"community\":%lld,\"from\":%lld,\"to\":%lld,\"year\":%d}", first ? "" : ",",
                       (long long)data->communities[change->community].id,
                       from == NOWHERE ? 0LL : (long long)data->catchments[from].id,
                       (long long)data->catchments[change->catchment].id, change->year);
            first = false;
        }
    }
    buf_add_cstr(out, "],\"catchments\":[");
    first = true;
    for (size_t c = 0; c < data->ncatchments; c++) {
        if (data->catchments[c].county == county) {
            buf_printf(out, "%s{\"id\":%lld,\"stage\":\"%s\",", first ? "" : ",", (long long)data->catchments[c].id,
                       stage_id((enum stage)data->catchments[c].stage));
            add_cells(out, &forecast->base.catchment[c * FORECAST_YEARS], &view->after.catchment[c * FORECAST_YEARS]);
            buf_add_cstr(out, "}");
            first = false;
        }
    }
    buf_add_cstr(out, "]}\n");
}
