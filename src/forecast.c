/* jiaoti forecast: the city's expected entrants and the method's error on past years; and counts of households taken in
 * from a file. */
#include "commands.h"

#include "base/clock.h"
#include "base/whole.h"
#include "figures/forecast/households.h"
#include "figures/forecast/load.h"
#include "installation.h"
#include "registry/pages/desk.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const stage_words[FORECAST_STAGES] = { "primary", "junior" };
static const char *const band_words[] = { "-", "green", "yellow", "orange", "red" };

/* ---- forecast ---- */

static const struct option_rule forecast_rules[] = {
    INSTALLATION_OPTIONS,
    { "city", "FOLDER", "the city's folder (default: the one that the data was made from)" },
    { "known", "MOMENT", "as computed from what was known then: 2026-11-01 or \"2026-11-01 09:00\"" },
    { "backtest", NULL, "how wrong the method would have been in past years" },
    { 0 },
};

static void print_cells(const char *what, const struct forecast_cell *cells)
{
    printf("%-28s", what);
    for (int h = 0; h < FORECAST_YEARS; h++) {
        printf(" %8.0f", cells[h].demand);
    }
    printf("\n%-28s", "  four times of five");
    for (int h = 0; h < FORECAST_YEARS; h++) {
        char range[32];
        (void)snprintf(range, sizeof range, "%.0f-%.0f", cells[h].low, cells[h].high);
        printf(" %s", range);
    }
    printf("\n%-28s", "  places");
    for (int h = 0; h < FORECAST_YEARS; h++) {
        printf(" %8.0f", cells[h].places);
    }
    printf("\n%-28s", "  warning");
    for (int h = 0; h < FORECAST_YEARS; h++) {
        printf(" %8s", band_words[cells[h].band]);
    }
    printf("\n");
}

static void print_forecast(const struct forecast *forecast)
{
    const struct forecast_data *data = &forecast->data;
    printf("Children who are expected in public schools; counted on day %lld, %zu counts, %zu years of entrants\n",
           (long long)data->counts[forecast->model.from].counted_on, data->ncounts, data->nentered);
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        printf("\n%-28s", stage_words[stage]);
        for (int h = 0; h < FORECAST_YEARS; h++) {
            printf(" %8d", forecast->base.first_year + h);
        }
        printf("\n");
        print_cells("the city", forecast->base.city[stage]);
        for (size_t c = 0; c < data->ncounties; c++) {
            print_cells(arena_cstr(forecast->arena, data->counties[c].name.en),
                        &forecast->base.county[stage][c * FORECAST_YEARS]);
        }
    }
    printf("\n%zu communities, %zu catchments; read and computed in %.1f ms\n", data->ncommunities, data->ncatchments,
           (double)forecast->took_us / 1000);
}

static void print_backtest(const struct forecast_backtest *backtest)
{
    static const char *const levels[LEVELS] = { "catchment", "county", "city" };
    printf("Run as in %zu past years, on what was known then, beside what came.\n", backtest->origins);
    printf("%-8s %-10s %6s %7s %8s %8s %9s %9s\n", "stage", "level", "years", "cases", "MAPE %", "bias %", "within %",
           "tested");
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        for (int level = 0; level < LEVELS; level++) {
            for (int h = 0; h < FORECAST_YEARS; h++) {
                const struct forecast_error *e = &backtest->error[stage][level][h];
                if (e->n == 0) {
                    printf("%-8s %-10s %6d %7s\n", stage_words[stage], levels[level], h + 1, "none");
                    continue;
                }
                printf("%-8s %-10s %6d %7zu %8.2f %8.2f ", stage_words[stage], levels[level], h + 1, e->n, e->mape,
                       e->bias);
                if (e->tested) {
                    printf("%9.1f %9zu\n", e->coverage, e->tested);
                } else {
                    printf("%9s %9s\n", "-", "-");
                }
            }
        }
    }
    printf("\nyears: September's entries ahead. within: of cases judged by the interval that the other years' errors\n"
           "give, those inside; 80 is meant. -: only one year could be tried, so there is no other to judge by.\n");
}

/* Again what was said at a moment. */
static bool show_known(const struct installation *installation, const char *text, struct error *error)
{
    int64_t known;
    if (!desk_moment(str_of(text), &known)) {
        return error_set(error, "--known %s: expected a day or a moment such as 2026-11-01 or \"2026-11-01 09:00\"",
                         text);
    }
    struct forecast *forecast = forecast_known(installation->city, installation->store, known, error);
    bool good = forecast && (forecast->lacks[0] == '\0' || error_set(error, "%s", forecast->lacks));
    if (good) {
        print_forecast(forecast);
    }
    forecast_free(forecast);
    return good;
}

static bool show(const struct options *options, struct error *error)
{
    struct installation installation;
    struct forecaster *forecaster = NULL;
    bool good = installation_open(&installation, options, error) && installation_city(&installation, options, error);
    const char *known = good ? options_get(options, "known", NULL) : NULL;
    if (known) {
        good = show_known(&installation, known, error);
    } else if (good) {
        forecaster = forecaster_new(installation.city);
        const struct forecast *forecast = forecaster_make(forecaster, installation.store, error);
        good = forecast && (forecast->lacks[0] == '\0' || error_set(error, "%s", forecast->lacks));
        if (good && options_has(options, "backtest")) {
            print_backtest(&forecast->model.backtest);
        } else if (good) {
            print_forecast(forecast);
        }
        if (forecast) {
            forecaster_give(forecaster, forecast);
        }
    }
    forecaster_free(forecaster);
    installation_close(&installation);
    return good;
}
const struct command_entry forecast_command = { "forecast", "", "expected entrants of six years, and their error",
                                                forecast_rules, show };

/* ---- forecast import FILE ---- */

static const struct option_rule import_rules[] = { INSTALLATION_OPTIONS, { 0 } };

static bool take_in(struct installation *installation, struct str text, const char *path, struct error *error)
{
    struct household_file file;
    struct household_import import = { .role = "", .file = &file };
    struct db *db;
    if (!db_open(&db, installation->store, DB_READ, error)) {
        return false;
    }
    bool good = households_read(db, installation->arena, text, day_of_ms(clock_ms()), &file, error);
    db_close(db);
    if (!good) {
        return false;
    }
    for (size_t i = 0; i < file.nmistakes; i++) {
        printf("%s:%lld: %s\n", path, (long long)file.mistakes[i].line, file.mistakes[i].says);
    }
    if (file.nmistakes) {
        return error_set(error, "%s has mistakes (%zu told); nothing was taken", path, file.nmistakes);
    }
    good = installation_write(installation, error) &&
           writer_call(installation->writer, "forecast.import", household_import_run, &import, error);
    if (good) {
        printf("%s: %lld rows new, %lld changed, %lld as they were\n", path, (long long)import.added,
               (long long)import.changed, (long long)import.same);
    }
    return good;
}

static bool import(const struct options *options, struct error *error)
{
    struct installation installation;
    char *bytes = NULL;
    size_t n = 0;
    if (options->word_count != 1) {
        return error_set(error, "which file? one of comma-separated values (docs/forecast.md)");
    }
    bool good = installation_open(&installation, options, error) && whole_read(options->words[0], &bytes, &n, error) &&
                take_in(&installation, (struct str){ bytes, n }, options->words[0], error);
    free(bytes);
    installation_close(&installation);
    return good;
}
const struct command_entry forecast_import_command = { "forecast import", "FILE",
                                                       "takes in counts of children by community and month of birth",
                                                       import_rules, import };
