/* What the past teaches: ratios by age and township, entry, private share, children per home. */
#include "figures/forecast/model.h"

#include "base/clock.h"

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

static void learn_survival(struct arena *arena, const struct forecast_data *data, const struct forecast_rules *rules,
                           size_t upto, const uint32_t *county_of, struct forecast_ratios *out)
{
    enum { STEPS = FORECAST_AGES - 1 };
    struct tally *towns = ARENA_ARRAY(arena, struct tally, data->ntownships * STEPS);
    double *homes = ARENA_ARRAY(arena, double, data->ncommunities);
    int64_t known = data->counts[upto].recorded_at;
    for (size_t k = 0; k < upto; k++) {
        const struct forecast_count *a = &data->counts[k], *b = &data->counts[k + 1];
        if (b->first_year != a->first_year + 1) {
            continue; /* a year without a count: nothing to be learnt of one year */
        }
        homes_between(data, a->counted_on, b->counted_on, known, homes);
        out->pairs++;
        for (size_t i = 0; i < data->ncommunities; i++) {
            if (homes[i] > 0) {
                continue; /* who came with new homes is counted apart */
            }
            for (int step = 0; step < STEPS; step++) {
                int cohort = a->first_year - (FORECAST_AGE_FIRST + step);
                struct tally *tally = &towns[data->communities[i].township * STEPS + (size_t)step];
                tally->before += counted(data, k, i, cohort);
                tally->after += counted(data, k + 1, i, cohort);
            }
        }
    }
    for (int step = 0; step < STEPS; step++) {
        draw_together(data, county_of, towns + step, STEPS, (double)rules->shrink_children, 1, out->survival + step);
    }
    /* Children per home: what came above the ratios where homes were handed over. */
    double excess = 0, all = 0;
    for (size_t k = 0; k < upto; k++) {
        const struct forecast_count *a = &data->counts[k], *b = &data->counts[k + 1];
        if (b->first_year != a->first_year + 1) {
            continue;
        }
        homes_between(data, a->counted_on, b->counted_on, known, homes);
        for (size_t i = 0; i < data->ncommunities; i++) {
            for (int step = 0; step < STEPS && homes[i] > 0; step++) {
                int cohort = a->first_year - (FORECAST_AGE_FIRST + step);
                double ratio = out->survival[data->communities[i].township * STEPS + (size_t)step];
                excess += (counted(data, k + 1, i, cohort) - ratio * counted(data, k, i, cohort)) / STEPS;
            }
            all += homes[i];
        }
    }
    double weight = (double)rules->shrink_homes;
    double assumed = (double)rules->children_per_thousand_homes / 1000;
    out->per_home = all + weight > 0 ? (excess + weight * assumed) / (all + weight) : assumed;
    out->per_home = out->per_home < 0 ? 0 : out->per_home;
}

static void learn_entry(struct arena *arena, const struct forecast_data *data, const struct forecast_rules *rules,
                        size_t upto, const uint32_t *county_of, int stage, struct forecast_ratios *out)
{
    struct tally *towns = ARENA_ARRAY(arena, struct tally, data->ntownships);
    struct tally *shares = ARENA_ARRAY(arena, struct tally, data->ncounties);
    struct tally whole = { 0 };
    for (size_t k = 0; k < upto; k++) {
        int year = data->counts[k].first_year;
        int cohort = stage ? year - FORECAST_JUNIOR_YEARS : year;
        if (year >= data->counts[upto].first_year) {
            continue;
        }
        bool any = false;
        for (size_t i = 0; i < data->ncommunities; i++) {
            int32_t came = entered_in(data, data->entered[stage], i, year);
            if (came >= 0) {
                struct tally *tally = &towns[data->communities[i].township];
                tally->before += counted(data, k, i, cohort);
                tally->after += came;
                any = true;
            }
        }
        out->entries += any && stage == 0;
    }
    draw_together(data, county_of, towns, 1, (double)rules->shrink_children, 1, out->entry[stage]);
    /* The private share of the last three years that were known. */
    for (int back = 1; back <= 3; back++) {
        int year = data->counts[upto].first_year - back;
        for (size_t i = 0; i < data->ncommunities; i++) {
            int32_t came = entered_in(data, data->entered[stage], i, year);
            int32_t private = entered_in(data, data->entered_private[stage], i, year);
            if (came > 0 && private >= 0) {
                struct tally *tally = &shares[data->communities[i].county];
                tally->before += came;
                tally->after += private;
                whole.before += came;
                whole.after += private;
            }
        }
    }
    double weight = (double)rules->shrink_children, wide = whole.before > 0 ? whole.after / whole.before : 0;
    for (size_t c = 0; c < data->ncounties; c++) {
        out->private_share[stage][c] = (shares[c].after + weight * wide) / (shares[c].before + weight);
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
    }
}

void forecast_expect(const struct forecast_data *data, const struct forecast_ratios *ratios, size_t from, int stage,
                     double *out)
{
    enum { STEPS = FORECAST_AGES - 1 };
    const struct forecast_count *count = &data->counts[from];
    for (size_t i = 0; i < data->ncommunities; i++) {
        const struct forecast_community *community = &data->communities[i];
        const double *survival = &ratios->survival[community->township * STEPS];
        for (int h = 0; h < FORECAST_YEARS; h++) {
            int cohort = count->first_year + h - (stage ? FORECAST_JUNIOR_YEARS : 0);
            int age = count->first_year - cohort; /* -h, or 6 - h */
            double children = counted(data, from, i, cohort);
            for (int step = 0; step < h; step++) {
                children *= survival[age + step - FORECAST_AGE_FIRST];
            }
            out[i * FORECAST_YEARS + (size_t)h] = children * ratios->entry[stage][community->township];
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
