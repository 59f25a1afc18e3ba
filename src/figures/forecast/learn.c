/* What the past teaches: ratios by age and township, entry, private share, children per home. */
#include "figures/forecast/model.h"

#include "base/clock.h"

#include <math.h>

static double counted(const struct forecast_data *data, size_t count, size_t community, int cohort)
{
    long column = (long)cohort - data->cohort_first;
    return column < 0 || column >= (long)data->ncohorts
               ? 0
               : data->counts[count].children[community * data->ncohorts + (size_t)column];
}

static int32_t entered_in(const struct forecast_data *data, const int32_t *table, size_t community, int year)
{
    long column = (long)year - data->entered_first;
    return column < 0 || column >= (long)data->nentered ? -1 : table[community * data->nentered + (size_t)column];
}

/* Children counted at two ages, or counted and entered. */
struct tally {
    double before, after;
};

/* township → county → city: each drawn towards the wider one by its weight. */
static void draw_together(const struct forecast_data *data, const uint32_t *county_of, const struct tally *towns,
                          size_t stride, double weight, double otherwise, double *out)
{
    struct tally city = { 0 };
    for (size_t t = 0; t < data->ntownships; t++) {
        city.before += towns[t * stride].before;
        city.after += towns[t * stride].after;
    }
    double wide = city.before > 0 ? city.after / city.before : otherwise;
    for (size_t c = 0; c < data->ncounties; c++) {
        struct tally county = { 0 };
        for (size_t t = 0; t < data->ntownships; t++) {
            if (county_of[t] == c) {
                county.before += towns[t * stride].before;
                county.after += towns[t * stride].after;
            }
        }
        double middle = (county.after + weight * wide) / (county.before + weight);
        for (size_t t = 0; t < data->ntownships; t++) {
            if (county_of[t] == c) {
                out[t * stride] = (towns[t * stride].after + weight * middle) / (towns[t * stride].before + weight);
            }
        }
    }
}

/* Homes handed over between two counts, by community, as known at a moment. */
static void homes_between(const struct forecast_data *data, int64_t after, int64_t until, int64_t known, double *homes)
{
    memset(homes, 0, data->ncommunities * sizeof *homes);
    for (size_t i = 0; i < data->ndwellings; i++) {
        const struct forecast_dwelling *d = &data->dwellings[i];
        if (d->handed_over > after && d->handed_over <= until && d->recorded_at <= known) {
            homes[d->community] += (double)d->homes;
        }
    }
}

enum { STEPS = FORECAST_AGES - 1 };

static int source_of(const struct forecast_data *data, size_t count, int cohort)
{
    long column = (long)cohort - data->cohort_first;
    return column < 0 || column >= (long)data->ncohorts ? COHORT_UNKNOWN : data->counts[count].source[column];
}

/* Can a cohort's two counts be compared? Not across its entry, where children counted become children entered. */
static bool comparable(const struct forecast_data *data, size_t k, int cohort)
{
    int before = source_of(data, k, cohort), after = source_of(data, k + 1, cohort);
    return before != COHORT_UNKNOWN && before == after;
}

/* Was the community counted anew for this count, not carried on from the one before? */
static bool is_anew(const struct forecast_data *data, size_t k, size_t community)
{
    const struct forecast_count *now = &data->counts[k];
    return !now->day ||
           (now->day[community] != 0 && (k == 0 || now->day[community] != data->counts[k - 1].day[community]));
}

/* Where homes were handed over between two counts, who came is counted apart. */
static void tally_pair(const struct forecast_data *data, size_t k, const double *homes, struct tally *room,
                       struct tally *towns)
{
    int first = data->counts[k].first_year, gap = data->counts[k + 1].first_year - first;
    for (int step = 0; step + gap <= STEPS; step++) {
        int cohort = first - (FORECAST_AGE_FIRST + step);
        if (!comparable(data, k, cohort)) {
            continue;
        }
        memset(room, 0, data->ntownships * sizeof *room);
        for (size_t i = 0; i < data->ncommunities; i++) {
            if (homes[i] <= 0 && is_anew(data, k + 1, i)) {
                room[data->communities[i].township].before += counted(data, k, i, cohort);
                room[data->communities[i].township].after += counted(data, k + 1, i, cohort);
            }
        }
        /* Of several years each is taken to have done the same part as in the whole city: a township's own may have had
         * nobody before, and its children are not lost by that. */
        struct tally city = { 0 };
        for (size_t t = 0; t < data->ntownships; t++) {
            city.before += room[t].before;
            city.after += room[t].after;
        }
        double others = city.before > 0 ? pow(city.after / city.before, (gap - 1.0) / gap) : 0;
        for (size_t t = 0; t < data->ntownships && others > 0; t++) {
            for (int year = 0; year < gap; year++) {
                towns[t * STEPS + (size_t)(step + year)].before += room[t].before;
                towns[t * STEPS + (size_t)(step + year)].after += room[t].after / others;
            }
        }
    }
}

/* What came above the ratios in a community of new homes, of one cohort on average. */
static double excess_of(const struct forecast_data *data, size_t k, size_t community, const double *survival)
{
    int first = data->counts[k].first_year, gap = data->counts[k + 1].first_year - first, cohorts = 0;
    double excess = 0;
    for (int step = 0; step + gap <= STEPS; step++) {
        int cohort = first - (FORECAST_AGE_FIRST + step);
        if (!comparable(data, k, cohort) || source_of(data, k, cohort) != COHORT_COUNTED) {
            continue;
        }
        double expected = counted(data, k, community, cohort);
        for (int year = 0; year < gap; year++) {
            expected *= survival[data->communities[community].township * STEPS + (size_t)(step + year)];
        }
        excess += counted(data, k + 1, community, cohort) - expected;
        cohorts++;
    }
    return cohorts ? excess / cohorts : 0;
}

static void learn_survival(struct arena *arena, const struct forecast_data *data, const struct forecast_rules *rules,
                           size_t upto, const uint32_t *county_of, struct forecast_ratios *out)
{
    struct tally *towns = ARENA_ARRAY(arena, struct tally, data->ntownships * STEPS);
    struct tally *room = ARENA_ARRAY(arena, struct tally, data->ntownships);
    double *homes = ARENA_ARRAY(arena, double, data->ncommunities);
    int64_t known = data->counts[upto].recorded_at;
    for (size_t k = 0; k < upto; k++) {
        homes_between(data, data->counts[k].counted_on, data->counts[k + 1].counted_on, known, homes);
        tally_pair(data, k, homes, room, towns);
        out->pairs++;
    }
    for (int step = 0; step < STEPS; step++) {
        draw_together(data, county_of, towns + step, STEPS, (double)rules->shrink_children, 1, out->survival + step);
    }
    double excess = 0, all = 0;
    for (size_t k = 0; k < upto; k++) {
        homes_between(data, data->counts[k].counted_on, data->counts[k + 1].counted_on, known, homes);
        for (size_t i = 0; i < data->ncommunities; i++) {
            if (homes[i] > 0 && is_anew(data, k + 1, i)) {
                excess += excess_of(data, k, i, out->survival);
                all += homes[i];
            }
        }
    }
    double weight = (double)rules->shrink_homes;
    double assumed = (double)rules->children_per_thousand_homes / 1000;
    out->per_home = (excess + weight * assumed) / (all + weight);
    out->per_home = out->per_home < 0 ? 0 : out->per_home;
}

/* The last count before a year's entry, among those before `upto`; SIZE_MAX: there is none. */
static size_t count_before(const struct forecast_data *data, size_t upto, int year)
{
    size_t found = SIZE_MAX;
    for (size_t k = 0; k < upto && data->counts[k].first_year <= year; k++) {
        found = k;
    }
    return found;
}

/* Children of a cohort as they should stand `years` after a count. */
static double survived(const struct forecast_data *data, const double *survival, size_t count, size_t community,
                       int cohort, int years)
{
    double children = counted(data, count, community, cohort);
    int age = data->counts[count].first_year - cohort;
    for (int year = 0; year < years; year++) {
        children *= survival[data->communities[community].township * STEPS + (size_t)(age + year - FORECAST_AGE_FIRST)];
    }
    return children;
}

static void learn_entry(struct arena *arena, const struct forecast_data *data, const struct forecast_rules *rules,
                        size_t upto, const uint32_t *county_of, int stage, struct forecast_ratios *out)
{
    struct tally *towns = ARENA_ARRAY(arena, struct tally, data->ntownships);
    for (int year = data->entered_first; year < data->counts[upto].first_year; year++) {
        int cohort = stage ? year - FORECAST_JUNIOR_YEARS : year;
        size_t k = count_before(data, upto, year);
        if (k == SIZE_MAX || source_of(data, k, cohort) == COHORT_UNKNOWN ||
            year - data->counts[k].first_year >= FORECAST_YEARS) {
            continue;
        }
        bool any = false;
        for (size_t i = 0; i < data->ncommunities; i++) {
            int32_t came = entered_in(data, data->entered[stage], i, year);
            if (came >= 0 && is_anew(data, k, i)) {
                struct tally *tally = &towns[data->communities[i].township];
                tally->before += survived(data, out->survival, k, i, cohort, year - data->counts[k].first_year);
                tally->after += came;
                any = true;
            }
        }
        out->entries += any && stage == 0;
    }
    draw_together(data, county_of, towns, 1, (double)rules->shrink_children, 1, out->entry[stage]);
}

/* The private share of the last three years that were known. */
static void learn_share(struct arena *arena, const struct forecast_data *data, const struct forecast_rules *rules,
                        size_t upto, int stage, double *out)
{
    struct tally *shares = ARENA_ARRAY(arena, struct tally, data->ncounties), whole = { 0 };
    for (int back = 1; back <= 3; back++) {
        int year = data->counts[upto].first_year - back;
        for (size_t i = 0; i < data->ncommunities; i++) {
            int32_t came = entered_in(data, data->entered[stage], i, year);
            int32_t private = entered_in(data, data->entered_private[stage], i, year);
            if (came > 0 && private >= 0) {
                shares[data->communities[i].county].before += came;
                shares[data->communities[i].county].after += private;
                whole.before += came;
                whole.after += private;
            }
        }
    }
    double weight = (double)rules->shrink_children, wide = whole.before > 0 ? whole.after / whole.before : 0;
    for (size_t c = 0; c < data->ncounties; c++) {
        out[c] = (shares[c].after + weight * wide) / (shares[c].before + weight);
    }
}

void forecast_learn(struct arena *arena, const struct forecast_data *data, const struct forecast_rules *rules,
                    size_t upto, struct forecast_ratios *out)
{
    uint32_t *county_of = ARENA_ARRAY(arena, uint32_t, data->ntownships);
    for (size_t i = 0; i < data->ncommunities; i++) {
        county_of[data->communities[i].township] = data->communities[i].county;
    }
    *out = (struct forecast_ratios){ .survival = ARENA_ARRAY(arena, double, data->ntownships *(FORECAST_AGES - 1)) };
    learn_survival(arena, data, rules, upto, county_of, out);
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        out->entry[stage] = ARENA_ARRAY(arena, double, data->ntownships);
        out->private_share[stage] = ARENA_ARRAY(arena, double, data->ncounties);
        learn_entry(arena, data, rules, upto, county_of, stage, out);
        learn_share(arena, data, rules, upto, stage, out->private_share[stage]);
    }
}

void forecast_expect(const struct forecast_data *data, const struct forecast_ratios *ratios, size_t from, int stage,
                     double *out)
{
    const struct forecast_count *count = &data->counts[from];
    for (size_t i = 0; i < data->ncommunities; i++) {
        double entry = ratios->entry[stage][data->communities[i].township];
        for (int h = 0; h < FORECAST_YEARS; h++) {
            int cohort = count->first_year + h - (stage ? FORECAST_JUNIOR_YEARS : 0);
            out[i * FORECAST_YEARS + (size_t)h] = entry * survived(data, ratios->survival, from, i, cohort, h);
        }
    }
    for (size_t d = 0; d < data->ndwellings; d++) {
        const struct forecast_dwelling *dwelling = &data->dwellings[d];
        uint32_t township = data->communities[dwelling->community].township;
        if (dwelling->handed_over <= count->counted_on || dwelling->recorded_at > count->recorded_at) {
            continue;
        }
        for (int h = 0; h < FORECAST_YEARS; h++) {
            if (dwelling->handed_over < day_of(count->first_year + h, 9, 1)) {
                out[dwelling->community * FORECAST_YEARS + (size_t)h] +=
                    (double)dwelling->homes * ratios->per_home * ratios->entry[stage][township];
            }
        }
    }
}
