/* The forecast of the whole city, with and without changes. */
#include "figures/forecast/model.h"

#include <math.h>

bool forecast_model_make(struct arena *arena, const struct forecast_data *data, const struct forecast_rules *rules,
                         struct forecast_model *out, struct error *error)
{
    if (data->ncounts == 0) {
        return error_set(error, "no households have been counted yet; `jiaoti forecast import FILE` takes them in");
    }
    *out = (struct forecast_model){ .data = data, .rules = *rules, .from = data->ncounts - 1 };
    forecast_learn(arena, data, rules, out->from, &out->ratios);
    forecast_test(arena, data, rules, &out->backtest);
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        out->expected[stage] = ARENA_ARRAY(arena, double, data->ncommunities *FORECAST_YEARS);
        forecast_expect(data, &out->ratios, out->from, stage, out->expected[stage]);
    }
    return true;
}

enum band forecast_band(const struct forecast_rules *rules, int orange_permille, double demand, double places)
{
    if (places <= 0) {
        return demand < 1 ? BAND_NONE : BAND_RED;
    }
    double permille = 1000 * demand / places;
    return permille >= (double)rules->red_permille      ? BAND_RED
           : permille >= (double)orange_permille        ? BAND_ORANGE
           : permille >= (double)rules->yellow_permille ? BAND_YELLOW
                                                        : BAND_GREEN;
}

/* Communities' catchments and counties' private shares as they are in one year under the changes. */
struct year_view {
    uint32_t *catchment[FORECAST_STAGES];
    double *share[FORECAST_STAGES];
};

static void apply_changes(const struct forecast_model *model, const struct forecast_change *changes, size_t n, int year,
                          struct year_view *view)
{
    const struct forecast_data *data = model->data;
    for (size_t k = 0; k < n; k++) {
        const struct forecast_change *change = &changes[k];
        if (change->year > year) {
            continue;
        }
        if (change->kind == CHANGE_MOVE) {
            view->catchment[data->catchments[change->catchment].stage][change->community] = change->catchment;
        } else if (change->kind == CHANGE_PRIVATE) {
            for (int stage = 0; stage < FORECAST_STAGES; stage++) {
                view->share[stage][change->county] = (double)change->amount / 1000;
            }
        }
    }
}

static void start_year(const struct forecast_model *model, struct year_view *view)
{
    const struct forecast_data *data = model->data;
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        for (size_t i = 0; i < data->ncommunities; i++) {
            view->catchment[stage][i] = data->communities[i].catchment[stage];
        }
        if (data->ncounties) {
            memcpy(view->share[stage], model->ratios.private_share[stage], data->ncounties * sizeof(double));
        }
    }
}

/* Places of public schools by catchment in one year. A plan never falls below none. */
static void count_places(const struct forecast_model *model, const struct forecast_change *changes, size_t n, int h,
                         int year, struct forecast_city *out)
{
    const struct forecast_data *data = model->data;
    for (uint32_t s = 0; s < data->nschools; s++) {
        const struct forecast_school *school = &data->schools[s];
        int64_t places = school->places[h];
        for (size_t k = 0; k < n; k++) {
            if (changes[k].kind == CHANGE_CLASSES && changes[k].year <= year &&
                data->schools[changes[k].school].institution == school->institution &&
                data->catchments[data->schools[changes[k].school].catchment].stage ==
                    data->catchments[school->catchment].stage) {
                places += changes[k].amount * school->class_size;
            }
        }
        out->catchment[school->catchment * FORECAST_YEARS + (uint32_t)h].places +=
            (double)(places < 0 ? 0 : places) * school->part;
    }
    for (size_t k = 0; k < n; k++) {
        if (changes[k].kind == CHANGE_BUILD && changes[k].year <= year) {
            out->catchment[changes[k].catchment * FORECAST_YEARS + (uint32_t)h].places += (double)changes[k].amount;
        }
    }
}

static void add_cell(struct forecast_cell *to, double entrants, double demand)
{
    to->entrants += entrants;
    to->demand += demand;
}

static void finish_cell(const struct forecast_model *model, struct forecast_cell *cell, int stage,
                        enum forecast_level level, int h, int orange)
{
    const struct forecast_error *error = &model->backtest.error[stage][level][h];
    double root = sqrt(cell->entrants), share = cell->entrants > 0 ? cell->demand / cell->entrants : 0;
    cell->low = (cell->entrants + error->low * root) * share;
    cell->high = (cell->entrants + error->high * root) * share;
    cell->low = cell->low < 0 ? 0 : cell->low;
    cell->band = forecast_band(&model->rules, orange, cell->demand, cell->places);
}

/* Of several counties none has the last word: the city's middle between yellow and red would be invented, so the sum of
 * the city has yellow and red alone. */
static void finish(const struct forecast_model *model, struct forecast_city *out)
{
    const struct forecast_data *data = model->data;
    for (size_t c = 0; c < data->ncatchments; c++) {
        const struct forecast_catchment *catchment = &data->catchments[c];
        for (int h = 0; h < FORECAST_YEARS; h++) {
            struct forecast_cell *cell = &out->catchment[c * FORECAST_YEARS + (size_t)h];
            finish_cell(model, cell, catchment->stage, LEVEL_CATCHMENT, h,
                        data->counties[catchment->county].orange_permille);
            out->county[catchment->stage][catchment->county * FORECAST_YEARS + (uint32_t)h].places += cell->places;
            out->city[catchment->stage][h].places += cell->places;
        }
    }
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        for (int h = 0; h < FORECAST_YEARS; h++) {
            for (size_t c = 0; c < data->ncounties; c++) {
                finish_cell(model, &out->county[stage][c * FORECAST_YEARS + (size_t)h], stage, LEVEL_COUNTY, h,
                            data->counties[c].orange_permille);
            }
            finish_cell(model, &out->city[stage][h], stage, LEVEL_CITY, h, (int)model->rules.red_permille);
        }
    }
}

void forecast_run(struct arena *arena, const struct forecast_model *model, const struct forecast_change *changes,
                  size_t n, struct forecast_city *out)
{
    const struct forecast_data *data = model->data;
    struct year_view view;
    *out = (struct forecast_city){ .first_year = data->counts[model->from].first_year };
    out->catchment = ARENA_ARRAY(arena, struct forecast_cell, data->ncatchments * FORECAST_YEARS);
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        out->county[stage] = ARENA_ARRAY(arena, struct forecast_cell, data->ncounties * FORECAST_YEARS);
        view.catchment[stage] = ARENA_ARRAY(arena, uint32_t, data->ncommunities);
        view.share[stage] = ARENA_ARRAY(arena, double, data->ncounties);
    }
    for (int h = 0; h < FORECAST_YEARS; h++) {
        int year = out->first_year + h;
        start_year(model, &view);
        apply_changes(model, changes, n, year, &view);
        count_places(model, changes, n, h, year, out);
        for (int stage = 0; stage < FORECAST_STAGES; stage++) {
            for (size_t i = 0; i < data->ncommunities; i++) {
                double entrants = model->expected[stage][i * FORECAST_YEARS + (size_t)h];
                uint32_t county = data->communities[i].county, catchment = view.catchment[stage][i];
                double demand = entrants * (1 - view.share[stage][county]);
                if (catchment != NOWHERE) {
                    add_cell(&out->catchment[catchment * FORECAST_YEARS + (uint32_t)h], entrants, demand);
                }
                add_cell(&out->county[stage][county * FORECAST_YEARS + (uint32_t)h], entrants, demand);
                add_cell(&out->city[stage][h], entrants, demand);
            }
        }
    }
    finish(model, out);
}

double forecast_school_demand(const struct forecast_model *model, const struct forecast_city *city, uint32_t school,
                              int h)
{
    const struct forecast_school *s = &model->data->schools[school];
    const struct forecast_cell *cell = &city->catchment[s->catchment * FORECAST_YEARS + (uint32_t)h];
    return cell->places > 0 ? cell->demand * (double)s->places[h] * s->part / cell->places : 0;
}

static double shortage(const struct forecast_cell *cell)
{
    return cell->demand > cell->places ? cell->demand - cell->places : 0;
}

void forecast_compare(const struct forecast_model *model, const struct forecast_city *before,
                      const struct forecast_city *after, const struct forecast_change *changes, size_t n,
                      struct forecast_difference *out)
{
    const struct forecast_data *data = model->data;
    *out = (struct forecast_difference){ 0 };
    for (size_t k = 0; k < data->ncatchments * FORECAST_YEARS; k++) {
        out->better += after->catchment[k].band < before->catchment[k].band;
        out->worse += after->catchment[k].band > before->catchment[k].band;
        out->shortage_before += shortage(&before->catchment[k]);
        out->shortage_after += shortage(&after->catchment[k]);
    }
    for (size_t k = 0; k < n; k++) {
        if (changes[k].kind != CHANGE_MOVE) {
            continue;
        }
        int stage = data->catchments[changes[k].catchment].stage;
        bool last = true; /* a community that is moved twice is one that moves */
        for (size_t later = k + 1; later < n && last; later++) {
            last = changes[later].kind != CHANGE_MOVE || changes[later].community != changes[k].community ||
                   data->catchments[changes[later].catchment].stage != stage;
        }
        if (last && data->communities[changes[k].community].catchment[stage] != changes[k].catchment) {
            for (int h = 0; h < FORECAST_YEARS; h++) {
                if (changes[k].year <= before->first_year + h) {
                    out->moved += model->expected[stage][changes[k].community * FORECAST_YEARS + (uint32_t)h];
                }
            }
        }
    }
}
