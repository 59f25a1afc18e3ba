/* jiaoti figures: what was published beside what the rows give. Reads only. */
#include "commands.h"

#include "base/clock.h"
#include "base/whole.h"
#include "figures/figures.h"
#include "figures/verdict.h"
#include "installation.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static const struct option_rule figures_rules[] = {
    INSTALLATION_OPTIONS,
    { "city", "FOLDER", "the city's folder (default: the installation's)" },
    { "day", "DAY", "all figures as on this day, like 2023-12-31 (default: as each was said)" },
    { "known", "MOMENT", "as known then, like \"2024-02-27 09:00\" (default: now)" },
    { "published", "FILE", "what was published (default: the last in the city's folder published/)" },
    { "threads", "NUMBER", "how many threads count (default: one per processor)" },
    { "lang", "zh|en", "language of the reasons (default en)" },
    { 0 },
};

/* Files and figures of one run; all text lives in the arena. */
struct run {
    struct installation installation;
    struct arena *arena;
    const char *folder;
    struct indicators *indicators;
    struct figures *figures;
    struct published_set published;
    struct as_of as_of;
    bool has_day;
    enum lang lang;
};

static int is_day_file(const struct dirent *entry)
{
    struct str name = str_of(entry->d_name);
    int64_t day;
    return name.n == 14 && str_is(str_part(name, 10, 4), ".csv") && day_parse(str_part(name, 0, 10), &day);
}

/* "published/2024-02-27.csv": the last day's. */
static const char *last_published(struct run *run, struct error *error)
{
    const char *folder = arena_printf(run->arena, "%s/published", run->folder).p, *found = NULL;
    struct dirent **entries;
    int n = scandir(folder, &entries, is_day_file, alphasort);
    for (int i = 0; i < n; i++) {
        found = arena_printf(run->arena, "%s/%s", folder, entries[i]->d_name).p;
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
    if (!found) {
        error_set(error, "%s has no file like 2024-02-27.csv; give one with --published FILE", folder);
    }
    return found;
}

static bool read_whole(struct run *run, const char *path, bool needed, struct str *text, struct error *error)
{
    char *bytes = NULL;
    size_t n = 0;
    struct error ignored;
    if (!whole_read(path, &bytes, &n, needed ? error : &ignored)) {
        *text = STR("relations: []\n");
        return !needed;
    }
    *text = arena_str(run->arena, (struct str){ bytes, n });
    free(bytes);
    return true;
}

static bool read_published(struct run *run, const struct options *options, struct error *error)
{
    const char *path = options_get(options, "published", NULL);
    path = path ? path : last_published(run, error);
    const char *relations = arena_printf(run->arena, "%s/published/relations.yaml", run->folder).p;
    struct str csv, yaml;
    if (!path || !read_whole(run, path, true, &csv, error) || !read_whole(run, relations, false, &yaml, error)) {
        return false;
    }
    struct city_mistakes *mistakes = city_mistakes_new();
    bool good = published_read(run->arena, str_of(path), csv, str_of(relations), yaml, &run->published, mistakes);
    city_mistakes_print(stderr, mistakes, LANG_EN);
    city_mistakes_free(mistakes);
    return good || error_set(error, "what was published could not be read");
}

static bool read_indicators(struct run *run, struct error *error)
{
    struct city_mistakes *mistakes = city_mistakes_new();
    bool good = indicators_read(&run->indicators, run->folder, mistakes, error) &&
                indicators_try(run->indicators, mistakes, error);
    city_mistakes_print(stderr, mistakes, LANG_EN);
    city_mistakes_free(mistakes);
    return good;
}

static bool read_options(struct run *run, const struct options *options, struct error *error)
{
    const char *day = options_get(options, "day", NULL), *known = options_get(options, "known", NULL);
    run->lang = str_is(STR("zh"), options_get(options, "lang", "en")) ? LANG_ZH : LANG_EN;
    run->as_of.recorded = MOMENT_OPEN;
    run->has_day = day != NULL;
    if (day && !day_parse(str_of(day), &run->as_of.day)) {
        return error_set(error, "--day %s: expected a day such as 2023-12-31", day);
    }
    if (known && !ms_parse(str_of(known), &run->as_of.recorded)) {
        return error_set(error, "--known %s: expected a moment such as \"2024-02-27 09:00\"", known);
    }
    struct str folder = str_of(options_get(options, "city", ""));
    if (folder.n == 0) {
        struct db *db;
        if (!db_open(&db, run->installation.store, DB_READ, error)) {
            return false;
        }
        bool good = setting_get(db, run->arena, "city", &folder, error);
        db_close(db);
        if (!good) {
            return false;
        }
    }
    run->folder = arena_cstr(run->arena, folder);
    return folder.n || error_set(error, "which city? give its folder: --city cities/liaocheng");
}

static void print_rows(const struct run *run, const struct verdict *verdicts, int64_t took_us)
{
    size_t counts[VERDICTS] = { 0 };
    printf("%-28s %18s %18s %14s  %s\n", "id", "published", "computed", "difference", "verdict");
    for (size_t i = 0; i < run->published.n; i++) {
        const struct verdict *verdict = &verdicts[i];
        counts[verdict->says]++;
        printf("%-28.*s %18.*s %18.*s %14.*s  %s\n", STR_ARG(run->published.figures[i].id), STR_ARG(verdict->published),
               STR_ARG(verdict->computed), STR_ARG(verdict->difference), text_in(verdict->text, run->lang));
    }
    printf("%zu figures: %zu same, %zu within their bounds, %zu differ, %zu impossible as published, %zu not counted; "
           "counted in %.2f s\n",
           run->published.n, counts[VERDICT_SAME], counts[VERDICT_WITHIN], counts[VERDICT_DIFFERS],
           counts[VERDICT_IMPOSSIBLE], counts[VERDICT_NOT_COUNTED], (double)took_us / 1e6);
}

static bool compare(struct run *run, unsigned threads, struct error *error)
{
    size_t n = 0;
    struct figures_ask *asks = ARENA_ARRAY(run->arena, struct figures_ask, run->published.n);
    struct verdict *verdicts = ARENA_ARRAY(run->arena, struct verdict, run->published.n);
    size_t *ask_of = ARENA_ARRAY(run->arena, size_t, run->published.n);
    int64_t began = clock_monotonic_us();
    for (size_t i = 0; i < run->published.n; i++) {
        const struct published *figure = &run->published.figures[i];
        struct as_of as_of = run->as_of;
        size_t indicator = indicators_find(run->indicators, figure->id);
        ask_of[i] = SIZE_MAX;
        if (!run->has_day && !published_day(figure->period, &as_of.day)) {
            return error_set(error, "%.*s: as_of is '%.*s'; expected 2023-12-31, 2023 or 2021/2023",
                             STR_ARG(figure->id), STR_ARG(figure->period));
        }
        if (indicator != SIZE_MAX) {
            ask_of[i] = n;
            asks[n++] = (struct figures_ask){ .indicator = indicator, .as_of = as_of };
        }
    }
    if (!figures_many(run->figures, run->arena, asks, n, threads, FIGURES_FOR_STAFF, error)) {
        return false;
    }
    int64_t took = clock_monotonic_us() - began;
    struct impossible *impossible;
    size_t nimpossible;
    checker_run(run->arena, &run->published, &impossible, &nimpossible);
    for (size_t i = 0; i < run->published.n; i++) {
        struct figure figure = { 0 };
        const struct indicator *indicator = NULL;
        if (ask_of[i] != SIZE_MAX) {
            indicator = &run->indicators->items[asks[ask_of[i]].indicator];
            figure = compute_figure(run->indicators, indicator, &asks[ask_of[i]].counted, STR(""), 0);
        }
        verdicts[i] = verdict_of(run->arena, &run->published, i, indicator, &figure, impossible, nimpossible);
    }
    print_rows(run, verdicts, took);
    return true;
}

static bool tell_figures(const struct options *options, struct error *error)
{
    struct run run = { 0 };
    int64_t threads = 0;
    bool good = installation_open(&run.installation, options, error);
    run.arena = run.installation.arena;
    good = good && options_int(options, "threads", 0, 0, 64, &threads, error) && read_options(&run, options, error) &&
           read_indicators(&run, error) && read_published(&run, options, error);
    if (good) {
        run.figures = figures_new(run.installation.store, run.indicators);
        good = compare(&run, (unsigned)threads, error);
    }
    figures_free(run.figures);
    indicators_free(run.indicators);
    installation_close(&run.installation);
    return good;
}
const struct command_entry figures_command = { "figures", "",
                                               "counts every published figure from the rows and says what differs",
                                               figures_rules, tell_figures };
