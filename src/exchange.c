/* `jiaoti register import | export | undo`: the register in and out, for whoever runs the program. The files of people
 * who work with pages go over the pages. */
#include "commands.h"

#include "base/clock.h"
#include "installation.h"
#include "registry/catchment_map.h"
#include "registry/exchange_keep.h"
#include "store/journal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Set by the interrupt key: the rows under way are finished first. */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static bool kind_of(const struct options *options, const struct kind **kind, struct error *error)
{
    const char *name = options_get(options, "kind", "");
    *kind = kind_named(str_of(name));
    if (*kind) {
        return true;
    }
    char names[256] = "";
    size_t n = 0;
    for (size_t i = 0; i < KINDS && n < sizeof names - 16; i++) {
        n += (size_t)snprintf(names + n, sizeof names - n, " %s", KIND_LIST[i].name);
    }
    return error_set(error, "--kind %s: expected one of%s", name, names);
}

static bool day_of_option(const struct options *options, const char *name, int64_t *day, struct error *error)
{
    const char *text = options_get(options, name, NULL);
    *day = day_of_ms(clock_ms());
    return !text || day_parse(str_of(text), day) || error_set(error, "--%s %s: expected 2026-08-31", name, text);
}

static const char *file_word(const struct options *options, struct error *error)
{
    if (options->word_count != 1) {
        (void)error_set(error, "which file? one is needed");
        return NULL;
    }
    return options->words[0];
}

static bool frame_of_option(const struct options *options, enum place_frame *frame, struct error *error)
{
    const char *word = options_get(options, "frame", NULL);
    *frame = word ? place_frame_of(str_of(word)) : GIVEN_UNKNOWN;
    return !word || *frame != GIVEN_UNKNOWN || error_set(error, "--frame %s: expected cgcs2000, gcj02 or bd09", word);
}

/* ---- import ---- */

struct meter {
    int64_t size, begun_us;
    bool applies, shown;
};

static bool show_progress(void *context, bool applies, int64_t rows, int64_t bytes)
{
    struct meter *meter = context;
    int64_t now = clock_monotonic_us();
    if (applies != meter->applies) {
        meter->applies = applies;
        meter->begun_us = now;
    }
    double seconds = (double)(now - meter->begun_us) / 1e6;
    double share = meter->size ? 100.0 * (double)bytes / (double)meter->size : 0;
    meter->shown = true;
    (void)fprintf(stderr, "\r%s %lld rows, %.0f %%, %.0f rows/s   ", applies ? "recording" : "checking",
                  (long long)rows, share < 100 ? share : 100, seconds > 0 ? (double)rows / seconds : 0);
    return !interrupted;
}

static void print_mistakes(struct arena *arena, const struct exchange_outcome *outcome, enum lang lang)
{
    for (size_t i = 0; i < outcome->nmistakes; i++) {
        const struct exchange_mistake *m = &outcome->mistakes[i];
        struct str place = exchange_place(arena, m), heading = name_in(m->heading, lang), says = name_in(m->says, lang);
        printf("%.*s %.*s%s%.*s\n", STR_ARG(place), STR_ARG(heading), heading.n ? ": " : "", STR_ARG(says));
    }
    if (outcome->counts.of[EXCHANGE_BAD] > 0 && outcome->nmistakes == IMPORT_MISTAKES_MOST) {
        printf("… and more: correct these first\n");
    }
}

static bool say_outcome(struct arena *arena, const struct exchange_large *large, const struct exchange_outcome *outcome,
                        enum lang lang, struct error *error)
{
    const struct exchange_counts *counts = &outcome->counts;
    if (outcome->problem) {
        return error_set(error, "%s", text_in(*outcome->problem, lang));
    }
    print_mistakes(arena, outcome, lang);
    printf("%lld rows: %lld new, %lld changed, %lld the same, %lld with mistakes; %lld of the register are not in the "
           "file and stay as they are\n",
           (long long)counts->rows, (long long)counts->of[EXCHANGE_NEW], (long long)counts->of[EXCHANGE_CHANGED],
           (long long)counts->of[EXCHANGE_SAME], (long long)counts->of[EXCHANGE_BAD], (long long)counts->absent);
    if (outcome->refused) {
        return error_set(error, large->bad_share < 0
                                    ? "nothing was changed: a register takes no file with mistakes (see --feed)"
                                    : "nothing was changed: more rows have mistakes than --feed allows");
    }
    if (outcome->change) {
        printf("recorded as change %lld: %lld rows\n", (long long)outcome->change, (long long)outcome->applied);
    } else {
        printf("nothing was changed\n");
    }
    if (outcome->stopped && outcome->change) {
        return error_set(error,
                         "stopped in the middle: the same import again goes on from here; `jiaoti register undo %lld` "
                         "takes it back",
                         (long long)outcome->change);
    }
    return !outcome->stopped || error_set(error, "stopped; nothing was changed");
}

static bool import_file(struct installation *installation, const struct options *options, struct exchange_large *large,
                        struct error *error)
{
    struct meter meter = { .begun_us = clock_monotonic_us() };
    struct stat about;
    struct exchange_outcome outcome;
    struct sigaction action = { .sa_handler = interrupt };
    enum lang lang = str_is(STR("zh"), options_get(options, "lang", "en")) ? LANG_ZH : LANG_EN;
    if (fstat(large->file, &about) != 0 || !S_ISREG(about.st_mode)) {
        return error_set(error, "it is not a regular file");
    }
    meter.size = about.st_size;
    (void)sigaction(SIGINT, &action, NULL);
    large->store = installation->store;
    large->vault = installation->vault;
    large->progress = show_progress;
    large->context = &meter;
    bool good = exchange_large_run(large, installation->arena, &outcome, error);
    if (meter.shown) {
        (void)fprintf(stderr, "\n");
    }
    return good && say_outcome(installation->arena, large, &outcome, lang, error);
}

static const struct option_rule import_rules[] = {
    INSTALLATION_OPTIONS,
    { "kind", "KIND", "what it lists: pupil, institution, staff …" },
    { "day", "DATE", "from which day changes hold (default: today)" },
    { "feed", "PERCENT", "take the good rows as long as no more than so many have mistakes" },
    { "frame", "NAME", "of a map that does not say it: cgcs2000, gcj02 or bd09" },
    { "look", NULL, "show the difference alone" },
    { "note", "TEXT", "why, for the change" },
    { "lang", "zh|en", "of the messages (default en)" },
    { 0 },
};

static bool import_run(const struct options *options, struct error *error)
{
    struct installation installation = { 0 };
    struct exchange_large large = { .look_only = options_has(options, "look"),
                                    .note = str_of(options_get(options, "note", "")) };
    const char *path = file_word(options, error);
    if (!path || !kind_of(options, &large.kind, error) ||
        !options_int(options, "feed", -1, 0, 100, &large.bad_share, error) ||
        !frame_of_option(options, &large.frame, error)) {
        return false;
    }
    large.map = exchange_is_map(large.kind, str_of(path));
    large.file = open(path, O_RDONLY | O_CLOEXEC);
    if (large.file < 0) {
        return error_set(error, "%s: %m", path);
    }
    bool good = installation_open(&installation, options, error) && day_of_option(options, "day", &large.day, error) &&
                import_file(&installation, options, &large, error);
    (void)close(large.file);
    installation_close(&installation);
    return good;
}
const struct command_entry register_import_command = { "register import", "FILE",
                                                       "takes a CSV (of any length), XLSX or ODS into the register",
                                                       import_rules, import_run };

/* ---- catchments ---- */

static const struct option_rule catchment_rules[] = {
    INSTALLATION_OPTIONS,
    { "division", "CODE", "of which county" },
    { "stage", "STAGE", "primary or junior" },
    { "frame", "NAME", "of a map that does not say it: cgcs2000, gcj02 or bd09" },
    { "look", NULL, "look whether it fits; nothing is changed" },
    { "undo", "IMPORT", "takes an import back instead" },
    { "lang", "zh|en", "of the messages (default en)" },
    { 0 },
};

static bool say_catchments(struct arena *arena, const struct catchment_map *map,
                           const struct catchment_map_outcome *outcome, enum lang lang, struct error *error)
{
    if (outcome->problem) {
        return error_set(error, "%s", text_in(*outcome->problem, lang));
    }
    for (size_t i = 0; i < outcome->nmistakes; i++) {
        struct str place = exchange_place(arena, &outcome->mistakes[i]),
                   says = name_in(outcome->mistakes[i].says, lang);
        printf("%.*s %.*s\n", STR_ARG(place), STR_ARG(says));
    }
    if (outcome->nmistakes) {
        return error_set(error, "nothing was changed: correct the shapes first");
    }
    printf("%lld shapes: %lld new, %lld changed, %lld the same%s\n", (long long)outcome->shapes,
           (long long)outcome->added, (long long)outcome->changed, (long long)outcome->same,
           map->look_only ? "; nothing was changed" : "");
    if (outcome->import) {
        printf("import %lld; `jiaoti register catchments --undo %lld` takes it back\n", (long long)outcome->import,
               (long long)outcome->import);
    }
    return true;
}

static bool undo_catchments(struct installation *installation, int64_t import, struct error *error)
{
    struct catchment_undo undo = { .import = import, .arena = installation->arena };
    if (!installation_write(installation, error) ||
        !writer_call(installation->writer, "register.catchments_undo", catchment_undo_run, &undo, error)) {
        return false;
    }
    switch (undo.result) {
    case CATCHMENT_UNDONE:
        printf("import %lld is taken back\n", (long long)import);
        return true;
    case CATCHMENT_MISSING:
        return error_set(error, "there is no such import, or it was taken back already");
    case CATCHMENT_OVERTAKEN:
        return error_set(error, "another import of this county and stage came after it; take that one back first");
    case CATCHMENT_USED:
        return error_set(error, "communities or schools belong to '%.*s', which it added; move them first",
                         STR_ARG(undo.name));
    }
    return false;
}

static bool catchments_run(const struct options *options, struct error *error)
{
    struct installation installation = { 0 };
    struct catchment_map_outcome outcome;
    struct catchment_map map = { .division = str_of(options_get(options, "division", "")),
                                 .stage = str_of(options_get(options, "stage", "")),
                                 .look_only = options_has(options, "look") };
    enum lang lang = str_is(STR("zh"), options_get(options, "lang", "en")) ? LANG_ZH : LANG_EN;
    int64_t undo = 0;
    if (!options_int(options, "undo", 0, 0, INT64_MAX, &undo, error)) {
        return false;
    }
    if (undo) {
        bool undone = installation_open(&installation, options, error) && undo_catchments(&installation, undo, error);
        installation_close(&installation);
        return undone;
    }
    const char *path = file_word(options, error);
    if (!path || !frame_of_option(options, &map.frame, error)) {
        return false;
    }
    if (map.division.n != 6 || (!str_is(map.stage, "primary") && !str_is(map.stage, "junior"))) {
        return error_set(error, "--division needs a county's code of six digits, --stage primary or junior");
    }
    map.file = open(path, O_RDONLY | O_CLOEXEC);
    if (map.file < 0) {
        return error_set(error, "%s: %m", path);
    }
    bool good = installation_open(&installation, options, error) && installation_write(&installation, error);
    map.store = installation.store;
    map.writer = installation.writer;
    good = good && catchment_map_take(&map, installation.arena, &outcome, error) &&
           say_catchments(installation.arena, &map, &outcome, lang, error);
    (void)close(map.file);
    installation_close(&installation);
    return good;
}
const struct command_entry register_catchments_command = { "register catchments", "FILE",
                                                           "takes catchments from GeoJSON, KML or a Shapefile in a ZIP",
                                                           catchment_rules, catchments_run };

/* ---- export ---- */

static const struct option_rule export_rules[] = {
    INSTALLATION_OPTIONS,
    { "kind", "KIND", "what to list" },
    { "day", "DATE", "as on that day (default: today)" },
    { "scope", "CODE", "of a division alone" },
    { "format", "csv|xlsx|ods", "default csv" },
    { "template", NULL, "headings and drop-down lists alone" },
    { "lang", "zh|en", "of the headings (default zh)" },
    { 0 },
};

struct exported {
    const struct exchange_ask *ask;
    int64_t rows;
};

static bool exported_run(struct writing *writing, void *input, struct error *error)
{
    const struct exported *exported = input;
    struct journal_entry entry = { .role = "",
                                   .action = "register.export",
                                   .subject_kind = exported->ask->kind->name,
                                   .division = exported->ask->scope,
                                   .detail = arena_printf(writing->arena, "%lld rows", (long long)exported->rows) };
    return journal_append(writing, &entry, error);
}

/* Readings of personal data are in the journal before the file has its name. */
static bool export_to(struct installation *installation, const struct exchange_ask *ask, FILE *out, int64_t *rows,
                      struct error *error)
{
    struct db *db = NULL;
    struct exported exported = { .ask = ask };
    bool good = db_open(&db, installation->store, DB_READ, error) && db_read_begin(db, error) &&
                exchange_export(db, installation->vault, ask, out, rows, error);
    if (db) {
        db_read_end(db);
    }
    db_close(db);
    exported.rows = *rows;
    return good && (!ask->kind->names_persons || ask->template ||
                    (installation_write(installation, error) &&
                     writer_call(installation->writer, "register.export", exported_run, &exported, error)));
}

static bool export_file(struct installation *installation, const struct exchange_ask *ask, const char *path,
                        struct error *error)
{
    int64_t rows = 0;
    const char *half = arena_printf(installation->arena, "%s.part", path).p;
    int file = open(half, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *out = file >= 0 ? fdopen(file, "w") : NULL;
    if (!out) {
        return error_set(error, "%s: %m", half);
    }
    bool good = export_to(installation, ask, out, &rows, error);
    if (fclose(out) != 0 && good) {
        good = error_set(error, "%s: %m", half);
    }
    good = good && (rename(half, path) == 0 || error_set(error, "%s: %m", path));
    if (good) {
        printf("%lld rows\n", (long long)rows);
    } else {
        (void)unlink(half);
    }
    return good;
}

static bool export_run(const struct options *options, struct error *error)
{
    struct installation installation = { 0 };
    struct exchange_ask ask = { .scope = str_of(options_get(options, "scope", "")),
                                .template = options_has(options, "template"),
                                .lang = str_is(STR("en"), options_get(options, "lang", "zh")) ? LANG_EN : LANG_ZH };
    const char *path = file_word(options, error);
    if (!path || !kind_of(options, &ask.kind, error)) {
        return false;
    }
    bool good = (exchange_format_of(str_of(options_get(options, "format", "csv")), &ask.format) ||
                 error_set(error, "--format: expected csv, xlsx or ods")) &&
                installation_open(&installation, options, error) && day_of_option(options, "day", &ask.day, error) &&
                export_file(&installation, &ask, path, error);
    installation_close(&installation);
    return good;
}
const struct command_entry register_export_command = { "register export", "FILE",
                                                       "writes a kind of the register as CSV, XLSX or ODS",
                                                       export_rules, export_run };

/* ---- undo ---- */

static const struct option_rule undo_rules[] = { INSTALLATION_OPTIONS, { "reason", "TEXT", "why" }, { 0 } };

struct undoing {
    int64_t change;
    struct str reason;
    enum change_result result;
};

static bool undo_change(struct writing *writing, void *input, struct error *error)
{
    struct undoing *undoing = input;
    struct keeper_of who = { .level = KEEPER_CITY, .scope = STR(""), .role = "" };
    return change_undo(writing, &who, undoing->change, undoing->reason, &undoing->result, error);
}

static bool undo_run(const struct options *options, struct error *error)
{
    struct installation installation = { 0 };
    struct undoing undoing = { .reason = str_of(options_get(options, "reason", "register undo")) };
    if (options->word_count != 1 || !str_to_int(str_of(options->words[0]), 1, INT64_MAX, &undoing.change)) {
        return error_set(error, "which change? its number is needed");
    }
    bool good = installation_open(&installation, options, error) && installation_write(&installation, error) &&
                writer_call(installation.writer, "register.undo", undo_change, &undoing, error);
    if (good) {
        good = undoing.result == CHANGE_OK          ? printf("change %lld is undone\n", (long long)undoing.change) > 0
               : undoing.result == CHANGE_OVERTAKEN ? error_set(error, "something was recorded over it since")
               : undoing.result == CHANGE_MISSING   ? error_set(error, "there is no such change")
                                                    : error_set(error, "it does not stand, or may not be undone");
    }
    installation_close(&installation);
    return good;
}
const struct command_entry register_undo_command = { "register undo", "CHANGE",
                                                     "takes back what a change recorded, an import's too", undo_rules,
                                                     undo_run };
