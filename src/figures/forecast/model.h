/* Expected entrants, six years ahead, by cohort survival. Pure: no database, no clock, no allocation but in the arenas
 * that it is given; the same data give the same numbers on every machine.
 *
 * The idea. Children are counted by community and month of birth, once a year or oftener. A cohort is those who may
 * enter primary school in one year (six by 31 August). From one year's count to the next a cohort shrinks or grows:
 * the ratio by age holds births counted late, moves, transfers. A last ratio leads from the count before September to
 * who really entered. Ratios are learnt by township, drawn towards the county's and the city's where few children stand
 * behind them (shrinkage). New dwellings bring children of their own: homes times children per home, learnt from
 * dwellings handed over before. Junior school is the same cohort six years later. What goes to private schools is a
 * share by county.
 *
 * The error is not assumed. The same method is run as it would have been in each past year, on what was known then, and
 * what came is laid beside it (backtest); the spread of these errors, by years ahead, is the interval that is shown.
 */
#ifndef FIGURES_FORECAST_MODEL_H
#define FIGURES_FORECAST_MODEL_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

enum {
    FORECAST_STAGES = 2, /* by enum stage of city/policy.h */
    FORECAST_YEARS = 6,
    FORECAST_AGES = 13,      /* ages of a cohort in years before (negative) or after its entry into primary: -6 … 6 */
    FORECAST_AGE_FIRST = -6, /* counted in the year that ends with the cohort's birth, six years before it enters */
    FORECAST_JUNIOR_YEARS = 6
};

/* The entry year of primary school of a child born in this month (year * 12 + month - 1): six by 31 August. */
static inline int forecast_cohort(int64_t birth_month)
{
    return (int)((birth_month + 4) / 12) + 6;
}
static inline int64_t forecast_cohort_month(int cohort) /* its first month of birth */
{
    return ((int64_t)cohort - 6) * 12 - 4;
}

#define NOWHERE UINT32_MAX

struct forecast_county {
    struct str code;
    struct name name;
    int64_t counted_on;  /* day of its newest count; 0: none */
    int orange_permille; /* the county's own threshold between yellow and red */
};

/* Arrays of these are ascending by id, which stands first. */
struct forecast_community {
    int64_t id;
    struct name name;
    uint32_t township, county;           /* indexes */
    uint32_t catchment[FORECAST_STAGES]; /* index, or NOWHERE */
    int64_t east, north;                 /* metres */
};

struct forecast_catchment {
    int64_t id;
    struct name name;
    uint32_t county;
    int stage;
};

/* A public school's place in one catchment: a nine-year school has two, a school of two catchments too. */
struct forecast_school {
    int64_t institution;
    struct str code;
    struct name name;
    uint32_t catchment;
    double part; /* of its places that stand for this catchment: 1 / its catchments of the stage */
    int64_t east, north;
    int64_t class_size;
    int64_t places[FORECAST_YEARS];     /* the plan of the whole school; the last known one goes on */
    int64_t planned_at[FORECAST_YEARS]; /* year of the plan that these places are taken from; 0: none is known */
    int64_t building[FORECAST_YEARS];   /* of these places: not in that plan, but under way (casework/progress.h) */
};

/* How a cohort is known in a count: not at all, as children counted, or as those who had entered primary school. */
enum cohort_source { COHORT_UNKNOWN, COHORT_COUNTED, COHORT_ENTERED };

/* Children as counted on a day. */
struct forecast_count {
    int64_t counted_on;    /* day */
    int64_t recorded_at;   /* ms: from when on it was known */
    int first_year;        /* the next year of entry after it */
    double *children;      /* community × cohort; unborn months filled by the means of the two years before */
    int64_t *day;          /* by community: when it was counted; 0: it was not. NULL: all on counted_on */
    unsigned char *source; /* by cohort: enum cohort_source */
};

struct forecast_dwelling {
    uint32_t community;
    int64_t homes, handed_over, recorded_at;
};

struct forecast_data {
    struct forecast_county *counties;
    size_t ncounties, ntownships;
    struct forecast_community *communities;
    size_t ncommunities;
    struct forecast_catchment *catchments;
    size_t ncatchments;
    struct forecast_school *schools;
    size_t nschools;
    struct forecast_count *counts; /* ascending by first_year, one for each */
    size_t ncounts;
    int cohort_first; /* entry year of the first column of counts */
    size_t ncohorts;
    int entered_first;                 /* first year of entrants */
    size_t nentered;                   /* years */
    int32_t *entered[FORECAST_STAGES]; /* community × year; -1: not known */
    int32_t *entered_private[FORECAST_STAGES];
    struct forecast_dwelling *dwellings;
    size_t ndwellings;
};

/* How the ratios are drawn together, and bands. From the city's forecast.yaml (settings.h). */
struct forecast_rules {
    int64_t yellow_permille, red_permille;
    int64_t shrink_children;             /* so many children weigh as much as the wider area's ratio */
    int64_t children_per_thousand_homes; /* of one cohort: assumed where nothing was learnt … */
    int64_t shrink_homes;                /* … and its weight, in homes */
};

/* What was learnt. */
struct forecast_ratios {
    double *survival;                       /* township × (FORECAST_AGES - 1): from age a to a + 1 */
    double *entry[FORECAST_STAGES];         /* township */
    double *private_share[FORECAST_STAGES]; /* county */
    double per_home;                        /* children of one cohort */
    size_t pairs;                           /* pairs of counts it was learnt from */
    size_t entries;                         /* years of entrants */
};

/* Learns from counts[0 … upto], the entrants of years before counts[upto].first_year and the dwellings known then. */
void forecast_learn(struct arena *arena, const struct forecast_data *data, const struct forecast_rules *rules,
                    size_t upto, struct forecast_ratios *out);
/* Expected entrants by community: out[community * FORECAST_YEARS + h] of year counts[from].first_year + h. */
void forecast_expect(const struct forecast_data *data, const struct forecast_ratios *ratios, size_t from, int stage,
                     double *out);

/* ---- Error, from the past ---- */

enum forecast_level { LEVEL_CATCHMENT, LEVEL_COUNTY, LEVEL_CITY, LEVELS };
enum { QUANTILES = 2 };

struct forecast_error {
    size_t n;
    double mape;      /* mean of |forecast - actual| / actual, in per cent */
    double bias;      /* mean of (forecast - actual) / actual, in per cent */
    double low, high; /* between these lie four of five of (actual - forecast) / sqrt(forecast) */
    size_t tested;    /* of n: judged by an interval made of other years' errors alone */
    double coverage;  /* per cent of these that lay within; meant to be 80 */
    bool assumed;     /* n is 0: low and high are carried on from a nearer year, or stand for chance alone */
};
struct forecast_backtest {
    size_t origins; /* past years in which it was run */
    struct forecast_error error[FORECAST_STAGES][LEVELS][FORECAST_YEARS];
};
void forecast_test(struct arena *arena, const struct forecast_data *data, const struct forecast_rules *rules,
                   struct forecast_backtest *out);

/* ---- The forecast of the city, and what if ---- */

enum band { BAND_NONE, BAND_GREEN, BAND_YELLOW, BAND_ORANGE, BAND_RED }; /* NONE: no plan is known */

struct forecast_cell {
    double entrants;  /* all who enter */
    double demand;    /* of these in public schools */
    double low, high; /* four of five years lie between */
    double places;    /* of public schools */
    enum band band;   /* of the demand that is expected */
};

enum change_kind { CHANGE_CLASSES, CHANGE_BUILD, CHANGE_MOVE, CHANGE_PRIVATE, FORECAST_CHANGES };
/* One step of a scenario; it holds from `year` on. */
struct forecast_change {
    enum change_kind kind;
    int year;
    uint32_t school;    /* CLASSES: index of data->schools */
    int64_t amount;     /* CLASSES: more (or fewer) classes; BUILD: places a year; PRIVATE: the share in permille */
    uint32_t catchment; /* BUILD, MOVE: where; index */
    uint32_t community; /* MOVE */
    uint32_t county;    /* PRIVATE */
};

struct forecast_city {
    int first_year;
    struct forecast_cell *catchment; /* × FORECAST_YEARS */
    struct forecast_cell *county[FORECAST_STAGES];
    struct forecast_cell city[FORECAST_STAGES][FORECAST_YEARS];
};

/* All that is learnt once and asked many times. */
struct forecast_model {
    const struct forecast_data *data;
    struct forecast_rules rules;
    struct forecast_ratios ratios;
    struct forecast_backtest backtest;
    size_t from;                       /* the newest count */
    double *expected[FORECAST_STAGES]; /* community × FORECAST_YEARS: entrants before any change */
};
/* False when there is no count of households. */
bool forecast_model_make(struct arena *arena, const struct forecast_data *data, const struct forecast_rules *rules,
                         struct forecast_model *out, struct error *error);
/* The whole city from the counts on, with these changes. */
void forecast_run(struct arena *arena, const struct forecast_model *model, const struct forecast_change *changes,
                  size_t n, struct forecast_city *out);
/* The same for a school: its part of what its catchment expects, by places. */
double forecast_school_demand(const struct forecast_model *model, const struct forecast_city *city, uint32_t school,
                              int year_index);

enum band forecast_band(const struct forecast_rules *rules, int orange_permille, double demand, double places);

/* What a scenario changes. */
struct forecast_difference {
    size_t better, worse; /* catchments × years whose band is milder, graver */
    double moved;         /* children expected to enter within the six years from communities that move */
    double shortage_before, shortage_after; /* places missing, summed over catchments and years */
};
void forecast_compare(const struct forecast_model *model, const struct forecast_city *before,
                      const struct forecast_city *after, const struct forecast_change *changes, size_t n,
                      struct forecast_difference *out);

#endif
