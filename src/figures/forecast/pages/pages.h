/* The forecast's pages: what everybody sees, and what county and city officers try and decide. */
#ifndef FIGURES_FORECAST_PAGES_H
#define FIGURES_FORECAST_PAGES_H

#include "accounts/accounts.h"
#include "figures/forecast/notice.h"
#include "figures/forecast/scenario.h"
#include "web/components.h"
#include "web/reply.h"

extern const struct route forecast_routes[];
extern const size_t forecast_route_count;
extern const struct route scenario_routes[];
extern const size_t scenario_route_count;
extern const struct route forecast_plan_routes[];
extern const size_t forecast_plan_route_count;
extern const struct route forecast_counts_routes[];
extern const size_t forecast_counts_route_count;

/* ---- The forecast in a request ---- */

typedef void forecast_page(struct request *request, const struct forecast *forecast);
/* Runs the page with the forecast of now, reading it first (on a worker) when it is not in memory. It is given back
 * when the page returns. Without one the page that says so is the reply. */
void with_forecast(struct request *request, forecast_page *page);
/* The same, but `page` has to see to forecaster_give itself, after its command has ended. */
void with_forecast_kept(struct request *request, forecast_page *page);

struct forecast_actor forecast_actor_of(const struct request *request);
/* Of the URL's :county; SCOPE_NOT_FOUND when the city has no such county. */
enum scope_result scope_of_county(struct request *request, struct subject *subject);
bool may_work(const struct request *request, struct str division);

/* ---- Words ---- */

struct text entry_words(int stage);
struct text band_words(enum band band);
const char *band_colour(enum band band); /* the style of its tag */
/* "97 %" of the plan; "–" where there is none. */
struct str share_words(struct arena *arena, double demand, double places);
int64_t whole(double value);
struct name county_name(const struct city *city, struct str code);

/* ---- Views ---- */

struct forecast_row {
    struct name name;
    struct str href;                   /* empty: no link */
    const struct forecast_cell *cells; /* FORECAST_YEARS */
};
struct forecast_table {
    struct text caption;
    int first_year;
    struct forecast_row *rows;
    size_t n;
};
struct error_row {
    struct text level;
    const struct forecast_error *errors; /* FORECAST_YEARS */
};
struct area_view {
    const struct forecast *forecast;
    struct name name;  /* of the county; of the city */
    struct str county; /* code; empty: the city */
    int64_t counted_on;
    struct name sentence;
    struct forecast_table tables[FORECAST_STAGES];
    struct error_row errors[FORECAST_STAGES][LEVELS];
    struct notice *notices;
    size_t nnotices;
    size_t warned[BAND_RED + 1]; /* catchments and years, by band */
    bool officer;
};
struct school_part {
    struct name name;
    struct str code;
    double demand;
    int64_t places;
    int64_t planned_at;
    int64_t building; /* places for each entering year that are under way and not in that plan */
};
struct catchment_view {
    const struct forecast *forecast;
    const struct forecast_catchment *catchment;
    const struct forecast_cell *cells;
    const struct forecast_error *errors;
    struct name county;
    struct str county_code;
    struct school_part *schools;
    size_t nschools;
    struct notice_past *past; /* of the first year */
    size_t npast;
};
struct notices_view {
    const struct city *city;
    struct notice *notices;
    size_t n;
};
struct notice_view {
    struct notice notice;
    struct notice before;     /* id 0: it is the county's first */
    int64_t *expected_before; /* by warning; -1: nothing was said */
    struct name county;
    bool whole; /* the hash is that of its text */
    size_t warned;
};
struct plan_row {
    struct name name;
    struct str code;
    int64_t institution;
    int stage;
    int64_t classes, class_size, planned_at;
    double demand;
};
struct forecast_plan_view {
    struct name name;
    struct str county;
    int64_t year;
    int first_year;
    struct plan_row *rows;
    size_t n;
};

struct scenarios_view {
    const struct city *city;
    struct scenario *items;
    size_t n;
    const struct division **counties; /* in which the session may make one */
    size_t ncounties;
};
struct band_change {
    const struct forecast_catchment *catchment;
    int year;
    const struct forecast_cell *before, *after;
};
struct step_row {
    const struct scenario_step *step;
    struct str words;
};
struct choice {
    int64_t id;
    struct str words;
};
struct scenario_view {
    const struct forecast *forecast;
    struct scenario scenario;
    struct forecast_change *changes;
    size_t nchanges, lost;
    struct forecast_city after;
    struct forecast_difference difference;
    int64_t took_us;
    struct band_change *bands;
    size_t nbands;
    struct step_row *steps;
    size_t nsteps;
    struct choice *schools, *catchments, *communities;
    size_t nschools, ncatchments, ncommunities;
    struct name county;
    struct forecast_table tables[FORECAST_STAGES]; /* the county, before and after */
    bool draft, mine;
};
struct compare_view {
    struct scenario_view side[2];
};

#endif
