/* jiaoti simulate: what each rule would do, on a round's list, on a published transcript, on made-up families. Reads
 * only; writes the files that it is told to. */
#include "commands.h"

#include "allot/transcript.h"
#include "base/whole.h"
#include "installation.h"
#include "places/round_trial.h"
#include "simulate/made.h"
#include "simulate/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIMIT_REPORT_BYTES = 4 * 1024 * 1024, TRANSCRIPT_GROUPS = 128 };

static const struct option_rule simulate_rules[] = {
    INSTALLATION_OPTIONS,
    { "city", "FOLDER", "the city's folder (default: the installation's)" },
    { "round", "LABEL", "the list of this round as it stands, like 371502-primary-2026" },
    { "made", "CHILDREN", "made-up families instead, so many children" },
    { "schools", "NUMBER", "of made-up families (default: one for 200 children)" },
    { "wishes", "NUMBER", "of made-up families (default 5, or as many as schools)" },
    { "correlation", "SHARE", "of made-up wishes: 0 own taste, 1 all agree which school is good (default 0.5)" },
    { "supply", "SHARE", "of made-up families: places for each child (default 1)" },
    { "twins", "SHARE", "of made-up families: applications of two children (default 0)" },
    { "kept", "SHARE", "of made-up families: places kept for children from elsewhere (default 0)" },
    { "seed", "NUMBER", "other made-up families and other lots (default 1)" },
    { "draws", "NUMBER", "draws of lots (default 50)" },
    { "declined", "SHARE", "of the places, given back before the late round (default 0.05)" },
    { "lang", "zh|en", "language of table and page (default en)" },
    { "csv", "FILE", "writes the figures there" },
    { "html", "FILE", "writes a page with tables and charts there" },
    { 0 },
};

/* Where the families come from, and what is to be closed after the trial. */
struct source {
    struct arena *arena;
    struct trial_input input;
    struct text title;
    char *bytes; /* of a transcript */
    size_t nbytes;
    struct transcript *transcript;
    struct installation installation;
    struct places *places;
    bool opened;
};

/* "0.05": a number from 0 to most. */
static bool option_share(const struct options *options, const char *name, double otherwise, double most, double *out,
                         struct error *error)
{
    const char *text = options_get(options, name, NULL);
    char *end = NULL;
    *out = otherwise;
    if (!text) {
        return true;
    }
    errno = 0;
    *out = strtod(text, &end);
    return (errno == 0 && end != text && *end == '\0' && *out >= 0 && *out <= most) ||
           error_set(error, "--%s %s: expected a number from 0 to %g, like 0.05", name, text, most);
}

/* ---- Made-up families ---- */

static bool made_source(const struct options *options, struct source *source, struct error *error)
{
    struct made_settings settings = { 0 };
    int64_t children, schools, wishes, seed;
    if (!options_int(options, "made", 0, 1, 2000000, &children, error) ||
        !options_int(options, "schools", children / 200 + 1, 1, 20000, &schools, error) ||
        !options_int(options, "wishes", schools < 5 ? schools : 5, 1, 1000, &wishes, error) ||
        !options_int(options, "seed", 1, 0, INT64_MAX, &seed, error) ||
        !option_share(options, "correlation", 0.5, 1, &settings.correlation, error) ||
        !option_share(options, "supply", 1, 10, &settings.supply, error) ||
        !option_share(options, "twins", 0, 1, &settings.twins, error) ||
        !option_share(options, "kept", 0, 1, &settings.kept, error)) {
        return false;
    }
    settings.children = (uint32_t)children;
    settings.schools = (uint32_t)schools;
    settings.wishes = (uint32_t)wishes;
    settings.seed = (uint64_t)seed;
    source->title = T("各种办法的比较：模拟家庭", "The rules compared: made-up families");
    return made_families(source->arena, &settings, &source->input, error);
}

/* ---- A published transcript ---- */

static void transcript_groups(struct source *source)
{
    const struct allot_problem *problem = source->transcript->problem;
    uint16_t *group = ARENA_ARRAY(source->arena, uint16_t, problem->applicants);
    struct name *names = ARENA_ARRAY(source->arena, struct name, TRANSCRIPT_GROUPS);
    size_t groups = 1;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        uint32_t c = problem->choice_from[a];
        bool any = c < problem->choice_from[a + 1];
        uint32_t category = any ? problem->choice[c].category + 1u : 0;
        group[a] = (uint16_t)(category < TRANSCRIPT_GROUPS ? category : TRANSCRIPT_GROUPS - 1);
        groups = group[a] >= groups ? group[a] + 1u : groups;
    }
    names[0] = (struct name){ STR("没有志愿"), STR("No wish") };
    for (size_t g = 1; g < groups; g++) {
        names[g] = (struct name){ arena_printf(source->arena, "首选时类别%zu", g),
                                  arena_printf(source->arena, "Category %zu at first wish", g) };
    }
    source->input.group = group;
    source->input.groups = groups;
    source->input.group_name = names;
}

static bool transcript_source(const char *path, struct source *source, struct error *error)
{
    struct transcript_report *report = ARENA_NEW(source->arena, struct transcript_report);
    if (!whole_read(path, &source->bytes, &source->nbytes, error)) {
        return false;
    }
    if (!transcript_read(source->bytes, source->nbytes, NULL, &source->transcript, report)) {
        return error_set(error, "%s cannot be read. Line %zu: %s", path, report->line, report->message);
    }
    source->input = (struct trial_input){ .problem = source->transcript->problem,
                                          .step_metres = source->transcript->step_metres,
                                          .present = true };
    transcript_groups(source);
    const char *title = arena_printf(source->arena, "%s", report->round).p;
    source->title = T(title, title);
    return true;
}

/* ---- A round's list as it stands ---- */

static bool round_source(const struct options *options, const char *label, struct source *source, struct error *error)
{
    struct installation *installation = &source->installation;
    struct db *db = NULL;
    int64_t round;
    bool found = false;
    source->opened = true;
    if (!installation_open(installation, options, error) || !installation_city(installation, options, error) ||
        !db_open(&db, installation->store, DB_READ, error)) {
        return false;
    }
    source->places = places_new(installation->city, installation->data);
    bool good = round_by_label(db, str_of(label), &round, &found, error) &&
                (found || error_set(error, "there is no round %s; `jiaoti round list` tells which there are", label)) &&
                db_read_begin(db, error) &&
                round_trial_input(db, source->places, source->arena, round, &source->input, error);
    db_read_end(db);
    db_close(db);
    source->title = T(label, label);
    return good;
}

static bool open_source(const struct options *options, struct source *source, struct error *error)
{
    const char *label = options_get(options, "round", NULL);
    int ways = (label != NULL) + options_has(options, "made") + options->word_count;
    if (ways != 1) {
        return error_set(error, "whose wishes? give one of --round LABEL, --made CHILDREN, a transcript FILE");
    }
    return label                          ? round_source(options, label, source, error)
           : options_has(options, "made") ? made_source(options, source, error)
                                          : transcript_source(options->words[0], source, error);
}

static void close_source(struct source *source)
{
    transcript_free(source->transcript, NULL);
    free(source->bytes);
    places_free(source->places);
    if (source->opened) {
        installation_close(&source->installation);
    }
    arena_free(source->arena);
}

/* ---- The answer ---- */

static bool write_file(const char *path, const struct buf *buf, struct error *error)
{
    if (buf->full) {
        return error_set(error, "the report is too long");
    }
    FILE *file = fopen(path, "wb");
    if (!file) {
        return error_set(error, "%s: %m", path);
    }
    bool written = fwrite(buf->p, 1, buf->n, file) == buf->n;
    return (fclose(file) == 0 && written) || error_set(error, "%s: %m", path);
}

static bool tell(const struct options *options, const struct source *source, const struct trial *trial, enum lang lang,
                 struct error *error)
{
    struct buf buf = buf_init(LIMIT_REPORT_BYTES);
    const char *csv = options_get(options, "csv", NULL), *html = options_get(options, "html", NULL);
    report_text(&buf, source->arena, trial, lang);
    printf("%.*s%.3f s\n", STR_ARG(buf_str(&buf)), (double)trial->took_us / 1e6);
    buf_clear(&buf);
    bool good = true;
    if (csv) {
        report_csv(&buf, trial);
        good = write_file(csv, &buf, error);
        buf_clear(&buf);
    }
    if (good && html) {
        report_html(&buf, source->arena, trial, source->title, lang);
        good = write_file(html, &buf, error);
    }
    buf_free(&buf);
    return good;
}

static bool read_settings(const struct options *options, struct trial_settings *settings, enum lang *lang,
                          struct error *error)
{
    int64_t draws, seed;
    struct str language = str_of(options_get(options, "lang", "en"));
    if (!options_int(options, "draws", 50, 1, TRIAL_DRAWS_MOST, &draws, error) ||
        !options_int(options, "seed", 1, 0, INT64_MAX, &seed, error) ||
        !option_share(options, "declined", 0.05, 1, &settings->declined, error)) {
        return false;
    }
    settings->draws = (uint32_t)draws;
    settings->seed = (uint64_t)seed;
    *lang = str_is(language, "zh") ? LANG_ZH : LANG_EN;
    return *lang == LANG_ZH || str_is(language, "en") || error_set(error, "--lang is zh or en");
}

static bool simulate(const struct options *options, struct error *error)
{
    struct source source = { .arena = arena_new(0) };
    struct trial_settings settings = { 0 };
    struct trial *trial = ARENA_NEW(source.arena, struct trial);
    enum lang lang;
    bool good = read_settings(options, &settings, &lang, error) && open_source(options, &source, error);
    if (good) {
        settings.crew = crew_new(0);
        good = trial_run(source.arena, &source.input, &settings, trial, error) &&
               tell(options, &source, trial, lang, error);
        crew_free(settings.crew);
    }
    close_source(&source);
    return good;
}
const struct command_entry simulate_command = {
    "simulate", "[FILE]", "shows what each rule would do: on a round's list, a transcript or made-up families",
    simulate_rules, simulate
};
