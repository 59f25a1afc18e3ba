/* The method tried on the past: run in each year on what was known then, what came laid beside it. */
#include "figures/forecast/model.h"

#include <math.h>
#include <stdlib.h>

/* One comparison: how wrong, in parts of the root of what was expected (a count's own chance grows so). */
struct miss {
    double z;
    double relative;
    uint32_t origin;
};
struct misses {
    struct miss *items;
    size_t n;
};

static void add(struct arena *arena, struct misses *misses, double expected, double came, uint32_t origin)
{
    if (expected < 1 || came < 1) {
        return; /* nobody lives there: a share of nothing says nothing */
    }
    misses->items = arena_grow(arena, misses->items, misses->n, sizeof *misses->items);
    misses->items[misses->n++] = (struct miss){ (came - expected) / sqrt(expected), (expected - came) / came, origin };
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the two nearest ranks; n > 0. */
static double quantile(const double *sorted, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t below = (size_t)at;
    return below + 1 < n ? sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]) : sorted[n - 1];
}

/* The quantile 0.9 of Student's t with so many degrees; not whole ones count as the next below, less than one as one.
 */
static double student(double degrees)
{
    static const double t[] = { 3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383 };
    enum { FEW = sizeof t / sizeof *t };
    double normal = 1.2816;
    return degrees < 1 ? t[0] : degrees < FEW + 1 ? t[(size_t)degrees - 1] : normal + 0.9 / degrees;
}

/* How many misses that know nothing of one another these are worth. Misses of one year go the same way more or less (a
 * city's growth moves all its catchments): by how much more the years' means differ than they should by chance tells
 * how alike they are (analysis of variance), from all alike (each year one) to not at all (each miss one). */
static double worth(const struct misses *misses, uint32_t without, size_t n)
{
    enum { ORIGINS_MOST = 64 };
    double sum[ORIGINS_MOST] = { 0 }, all = 0, within = 0, between = 0;
    size_t count[ORIGINS_MOST] = { 0 }, origins = 0;
    for (size_t i = 0; i < misses->n; i++) {
        const struct miss *miss = &misses->items[i];
        if (miss->origin != without && miss->origin < ORIGINS_MOST) {
            origins += count[miss->origin]++ == 0;
            sum[miss->origin] += miss->z;
            all += miss->z;
        }
    }
    if (origins < 2 || n <= origins) {
        return (double)origins;
    }
    for (size_t o = 0; o < ORIGINS_MOST; o++) {
        double off = count[o] ? sum[o] / (double)count[o] - all / (double)n : 0;
        between += (double)count[o] * off * off / (double)(origins - 1);
    }
    for (size_t i = 0; i < misses->n; i++) {
        const struct miss *miss = &misses->items[i];
        if (miss->origin != without && miss->origin < ORIGINS_MOST) {
            double off = miss->z - sum[miss->origin] / (double)count[miss->origin];
            within += off * off / (double)(n - origins);
        }
    }
    double each = (double)n / (double)origins, alike = (between - within) / (between + (each - 1) * within);
    alike = !(alike > 0) ? 0 : alike > 1 ? 1 : alike;
    return (double)n / (1 + (each - 1) * alike);
}

/* The interval by all misses but those of one origin (UINT32_MAX: by all): where they are worth ten or more their
 * quantiles; else their mean size, wider by Student's t, since the extremes of a few are not the extremes there are.
 * Gives the number of misses. */
static size_t spread(const struct misses *misses, uint32_t without, double *room, double *low, double *high)
{
    enum { MANY = 10 };
    size_t n = 0;
    double squares = 0;
    for (size_t i = 0; i < misses->n; i++) {
        if (misses->items[i].origin != without) {
            squares += misses->items[i].z * misses->items[i].z;
            room[n++] = misses->items[i].z;
        }
    }
    double worth_of = worth(misses, without, n);
    if (n && worth_of >= MANY) {
        qsort(room, n, sizeof *room, by_size);
        *low = quantile(room, n, 0.1);
        *high = quantile(room, n, 0.9);
    } else if (n) {
        *high = student(worth_of) * sqrt(squares / (double)n) * sqrt(1 + 1 / worth_of);
        *low = -*high;
    }
    return n;
}

static void judge(struct arena *arena, const struct misses *misses, size_t origins, struct forecast_error *out)
{
    double *room = ARENA_ARRAY(arena, double, misses->n);
    *out = (struct forecast_error){ 0 };
    out->n = spread(misses, UINT32_MAX, room, &out->low, &out->high);
    size_t within = 0;
    for (uint32_t o = 0; o < origins; o++) {
        double low = 0, high = 0;
        bool others = spread(misses, o, room, &low, &high) > 0;
        for (size_t i = 0; i < misses->n && others; i++) {
            if (misses->items[i].origin == o) {
                out->tested++;
                within += misses->items[i].z >= low && misses->items[i].z <= high;
            }
        }
    }
    for (size_t i = 0; i < misses->n; i++) {
        out->mape += 100 * fabs(misses->items[i].relative) / (double)misses->n;
        out->bias += 100 * misses->items[i].relative / (double)misses->n;
    }
    out->coverage = out->tested ? 100 * (double)within / (double)out->tested : 0;
}

/* Sums of expected and actual entrants by area; an area with a community whose actual figure is not known is not
 * judged. */
struct areas {
    double *expected, *came;
    bool *whole;
    size_t n;
};

static struct areas areas_new(struct arena *arena, size_t n)
{
    struct areas areas = { ARENA_ARRAY(arena, double, n), ARENA_ARRAY(arena, double, n), ARENA_ARRAY(arena, bool, n),
                           n };
    for (size_t i = 0; i < n; i++) {
        areas.whole[i] = true;
    }
    return areas;
}

static void areas_add(struct areas *areas, size_t at, double expected, int32_t came)
{
    areas->expected[at] += expected;
    areas->came[at] += came > 0 ? came : 0;
    areas->whole[at] = areas->whole[at] && came >= 0;
}

static void compare_year(struct arena *arena, const struct forecast_data *data, const double *expected, int stage,
                         int year, int h, uint32_t origin, struct misses misses[LEVELS][FORECAST_YEARS])
{
    struct areas areas[LEVELS] = { areas_new(arena, data->ncatchments), areas_new(arena, data->ncounties),
                                   areas_new(arena, 1) };
    size_t column = (size_t)(year - data->entered_first);
    for (size_t i = 0; i < data->ncommunities; i++) {
        const struct forecast_community *community = &data->communities[i];
        int32_t came = data->entered[stage][i * data->nentered + column];
        double e = expected[i * FORECAST_YEARS + (size_t)h];
        if (community->catchment[stage] != NOWHERE) {
            areas_add(&areas[LEVEL_CATCHMENT], community->catchment[stage], e, came);
        }
        areas_add(&areas[LEVEL_COUNTY], community->county, e, came);
        areas_add(&areas[LEVEL_CITY], 0, e, came);
    }
    for (int level = 0; level < LEVELS; level++) {
        for (size_t a = 0; a < areas[level].n; a++) {
            if (areas[level].whole[a]) {
                add(arena, &misses[level][h], areas[level].expected[a], areas[level].came[a], origin);
            }
        }
    }
}

/* Where a year ahead was never tried: the nearest that was, wider by the root of how much further. */
static void carry_on(struct forecast_error *errors)
{
    for (int h = 0; h < FORECAST_YEARS; h++) {
        if (errors[h].n == 0) {
            double wider = h ? sqrt((h + 1.0) / h) : 1;
            errors[h].assumed = true;
            errors[h].low = h ? errors[h - 1].low * wider : -1.2816; /* 0.1 and 0.9 of the normal curve */
            errors[h].high = h ? errors[h - 1].high * wider : 1.2816;
        }
        /* An interval holds what is expected, also where all past errors went one way. */
        errors[h].low = errors[h].low > 0 ? 0 : errors[h].low;
        errors[h].high = errors[h].high < 0 ? 0 : errors[h].high;
    }
}

void forecast_test(struct arena *arena, const struct forecast_data *data, const struct forecast_rules *rules,
                   struct forecast_backtest *out)
{
    *out = (struct forecast_backtest){ 0 };
    double *expected = ARENA_ARRAY(arena, double, data->ncommunities *FORECAST_YEARS);
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        struct misses misses[LEVELS][FORECAST_YEARS] = { 0 };
        size_t origins = 0;
        for (size_t k = 1; k < data->ncounts; k++) {
            struct forecast_ratios ratios;
            int last = data->entered_first + (int)data->nentered - 1;
            if (data->nentered == 0 || data->counts[k].first_year > last) {
                break;
            }
            forecast_learn(arena, data, rules, k, &ratios);
            if (ratios.pairs == 0 || ratios.entries == 0) {
                continue; /* nothing could have been learnt in that year */
            }
            forecast_expect(data, &ratios, k, stage, expected);
            for (int h = 0; h < FORECAST_YEARS && data->counts[k].first_year + h <= last; h++) {
                compare_year(arena, data, expected, stage, data->counts[k].first_year + h, h, (uint32_t)origins,
                             misses);
            }
            origins++;
        }
        out->origins = origins > out->origins ? origins : out->origins;
        for (int level = 0; level < LEVELS; level++) {
            for (int h = 0; h < FORECAST_YEARS; h++) {
                judge(arena, &misses[level][h], origins, &out->error[stage][level][h]);
            }
            carry_on(out->error[stage][level]);
        }
    }
}
