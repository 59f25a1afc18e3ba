#include "made.h"

#include "base/clock.h"

#include <math.h>

const struct forecast_rules made_rules = { .yellow_permille = 900,
                                           .red_permille = 1000,
                                           .shrink_children = 1,
                                           .children_per_thousand_homes = 0,
                                           .shrink_homes = 1 };

uint64_t made_next(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

double made_share(uint64_t *seed)
{
    return (double)(made_next(seed) >> 11) / 9007199254740992.0;
}

/* Twelve shares less six: nearly normal. */
static double chance(const struct made_city *made, uint64_t *seed, double expected)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        sum += made_share(seed);
    }
    double value = expected + made->noise * sqrt(expected) * sum;
    return value < 0 ? 0 : value;
}

void made_data(struct arena *arena, const struct made_city *made, struct forecast_data *out)
{
    uint64_t seed = made->seed;
    size_t per_stage = made->communities / made->per_catchment;
    *out = (struct forecast_data){ .ncounties = made->counties,
                                   .ntownships = made->counties * 2,
                                   .ncommunities = made->communities,
                                   .ncatchments = per_stage * 2,
                                   .nschools = per_stage * 2,
                                   .ncounts = (size_t)made->counts };
    out->counties = ARENA_ARRAY(arena, struct forecast_county, made->counties);
    for (size_t c = 0; c < made->counties; c++) {
        out->counties[c] =
            (struct forecast_county){ arena_printf(arena, "3715%02zu", c), { STR("县"), STR("County") }, 0, 950 };
    }
    out->communities = ARENA_ARRAY(arena, struct forecast_community, made->communities);
    for (size_t i = 0; i < made->communities; i++) {
        uint32_t catchment = (uint32_t)(i / made->per_catchment),
                 county = (uint32_t)(i * made->counties / made->communities);
        out->communities[i] =
            (struct forecast_community){ .id = (int64_t)i + 1,
                                         .township = county * 2 + (uint32_t)(i % 2),
                                         .county = county,
                                         .catchment = { catchment, (uint32_t)per_stage + catchment } };
    }
    out->catchments = ARENA_ARRAY(arena, struct forecast_catchment, out->ncatchments);
    out->schools = ARENA_ARRAY(arena, struct forecast_school, out->nschools);
    for (uint32_t c = 0; c < out->ncatchments; c++) {
        uint32_t first = (uint32_t)((c % per_stage) * made->per_catchment);
        out->catchments[c] = (struct forecast_catchment){ .id = c + 1,
                                                          .county = out->communities[first].county,
                                                          .stage = c >= per_stage };
        out->schools[c] = (struct forecast_school){ .institution = c + 1, .catchment = c, .part = 1, .class_size = 45 };
        for (int h = 0; h < FORECAST_YEARS; h++) {
            out->schools[c].places[h] = (int64_t)(made->children * (double)made->per_catchment * 0.75);
        }
    }
    /* Cohorts from those who enter junior school with the first count to those born with the last. */
    out->cohort_first = made->first_count - FORECAST_JUNIOR_YEARS;
    out->ncohorts = (size_t)(made->counts + FORECAST_JUNIOR_YEARS + FORECAST_YEARS);
    out->counts = ARENA_ARRAY(arena, struct forecast_count, (size_t)made->counts);
    out->entered_first = made->first_count;
    out->nentered = (size_t)made->counts - 1;
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        out->entered[stage] = ARENA_ARRAY(arena, int32_t, made->communities * out->nentered);
        out->entered_private[stage] = ARENA_ARRAY(arena, int32_t, made->communities * out->nentered);
    }
    out->dwellings = ARENA_ARRAY(arena, struct forecast_dwelling, (size_t)made->counts * (made->communities / 10 + 1));
    for (int k = 0; k < made->counts; k++) {
        struct forecast_count *count = &out->counts[k];
        count->first_year = made->first_count + k;
        count->counted_on = day_of(count->first_year, 3, 31);
        count->recorded_at = day_start_ms(count->counted_on);
        count->children = ARENA_ARRAY(arena, double, made->communities * out->ncohorts);
        count->source = ARENA_ARRAY(arena, unsigned char, out->ncohorts);
        memset(count->source, COHORT_COUNTED, out->ncohorts);
        for (size_t i = 0; i < made->communities; i++) {
            bool builds = made->homes > 0 && i % 10 == 0 && k > 0;
            if (builds) {
                out->dwellings[out->ndwellings++] =
                    (struct forecast_dwelling){ (uint32_t)i, made->homes, count->counted_on - 30,
                                                out->counts[0].recorded_at };
            }
            for (size_t c = 0; c < out->ncohorts; c++) {
                double *cell = &count->children[i * out->ncohorts + c];
                int age = count->first_year - (out->cohort_first + (int)c);
                bool before = k > 0 && age - 1 >= FORECAST_AGE_FIRST;
                double last = before ? out->counts[k - 1].children[i * out->ncohorts + c] : 0;
                double expected = before ? last * made->survival + (builds ? (double)made->homes * made->per_home : 0)
                                  : age >= FORECAST_AGE_FIRST ? made->children
                                                              : 0;
                *cell = made->noise > 0 ? chance(made, &seed, expected) : expected;
            }
            for (int stage = 0; stage < FORECAST_STAGES && k < made->counts - 1; stage++) {
                size_t c = (size_t)(count->first_year - out->cohort_first - (stage ? FORECAST_JUNIOR_YEARS : 0));
                double came = count->children[i * out->ncohorts + c] * made->entry[stage];
                came = made->noise > 0 ? chance(made, &seed, came) : came;
                out->entered[stage][i * out->nentered + (size_t)k] = (int32_t)lround(came);
                out->entered_private[stage][i * out->nentered + (size_t)k] =
                    (int32_t)lround(came * made->private_share);
            }
        }
    }
}
