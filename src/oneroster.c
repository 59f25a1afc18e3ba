/* `jiaoti register oneroster-export | oneroster-import`: schools, people, classes and enrolments as OneRoster 1.2 CSV.
 */
#include "commands.h"

#include "base/clock.h"
#include "installation.h"
#include "registry/oneroster.h"
#include "registry/registry.h"
#include "store/journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static bool day_of_option(const struct options *options, int64_t *day, struct error *error)
{
    const char *text = options_get(options, "day", NULL);
    *day = day_of_ms(clock_ms());
    return !text || day_parse(str_of(text), day) || error_set(error, "--day %s: expected 2026-08-31", text);
}

static bool one_word(const struct options *options, struct error *error)
{
    return options->word_count == 1 || error_set(error, "which file or folder? one is needed");
}

/* ---- Out ---- */

static const struct option_rule export_rules[] = {
    INSTALLATION_OPTIONS,
    { "scope", "CODE", "of a division alone" },
    { "school", "CODE", "of an institution alone" },
    { "day", "DATE", "as on that day (default: today)" },
    { "numbers", NULL, "with citizen numbers: for another register, not for a learning platform" },
    { 0 },
};

struct taken {
    const struct roster_ask *ask;
    struct roster_counts counts;
};

static bool taken_run(struct writing *writing, void *input, struct error *error)
{
    const struct taken *taken = input;
    struct journal_entry entry = {
        .role = "",
        .action = "register.export",
        .subject_kind = "oneroster",
        .subject_id = taken->ask->institution,
        .division = taken->ask->scope,
        .detail = arena_printf(writing->arena, "%lld users%s", (long long)taken->counts.rows[ROSTER_USERS],
                               taken->ask->numbers ? " with citizen numbers" : ""),
    };
    return journal_append(writing, &entry, error);
}

/* The journal has it before the file has its name. */
static bool export_to(struct installation *installation, struct taken *taken, int file, struct error *error)
{
    struct db *db = NULL;
    bool good = db_open(&db, installation->store, DB_READ, error) && db_read_begin(db, error) &&
                oneroster_export(db, installation->vault, taken->ask, file, &taken->counts, error);
    if (db) {
        db_read_end(db);
    }
    db_close(db);
    return good && installation_write(installation, error) &&
           writer_call(installation->writer, "register.export", taken_run, taken, error);
}

static bool export_file(struct installation *installation, const struct roster_ask *ask, const char *path,
                        struct error *error)
{
    struct taken taken = { .ask = ask };
    const char *half = arena_printf(installation->arena, "%s.part", path).p;
    int file = open(half, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        return error_set(error, "%s: %m", half);
    }
    bool good = export_to(installation, &taken, file, error);
    if (close(file) != 0 && good) {
        good = error_set(error, "%s: %m", half);
    }
    good = good && (rename(half, path) == 0 || error_set(error, "%s: %m", path));
    if (!good) {
        (void)unlink(half);
        return false;
    }
    for (size_t i = 0; i < ROSTER_FILES; i++) {
        printf("%s.csv: %lld rows\n", ROSTER_TABLES[i].name, (long long)taken.counts.rows[i]);
    }
    return true;
}

static bool school_of_option(struct installation *installation, const struct options *options, struct roster_ask *ask,
                             struct error *error)
{
    const char *code = options_get(options, "school", NULL);
    struct institution institution;
    struct db *db = NULL;
    bool found = false;
    if (!code) {
        return true;
    }
    bool good = db_open(&db, installation->store, DB_READ, error) &&
                registry_institution_by_code(db, installation->arena, str_of(code), &institution, &found, error);
    db_close(db);
    ask->institution = found ? institution.id : 0;
    return good && (found || error_set(error, "--school %s: there is no such institution", code));
}

static bool export_run(const struct options *options, struct error *error)
{
    struct installation installation = { 0 };
    struct roster_ask ask = { .scope = str_of(options_get(options, "scope", "")),
                              .numbers = options_has(options, "numbers") };
    bool good = one_word(options, error) && installation_open(&installation, options, error) &&
                day_of_option(options, &ask.day, error) && school_of_option(&installation, options, &ask, error) &&
                export_file(&installation, &ask, options->words[0], error);
    installation_close(&installation);
    return good;
}
const struct command_entry register_oneroster_export_command = { "register oneroster-export", "FILE.zip",
                                                                 "writes schools and people as OneRoster 1.2 CSV",
                                                                 export_rules, export_run };

/* ---- In ---- */

static const struct option_rule import_rules[] = {
    INSTALLATION_OPTIONS,
    { "day", "DATE", "from which day changes hold (default: today)" },
    { "look", NULL, "show the difference alone" },
    { "note", "TEXT", "why, for the change" },
    { "lang", "zh|en", "of the messages (default en)" },
    { 0 },
};

static bool say_outcome(const struct roster_outcome *outcome, bool look_only, enum lang lang, struct error *error)
{
    for (size_t i = 0; i < outcome->nmistakes; i++) {
        const struct roster_mistake *m = &outcome->mistakes[i];
        struct str says = name_in(m->says, lang);
        printf("%s:%u:%.*s: %.*s\n", m->file, m->line, STR_ARG(m->column), STR_ARG(says));
    }
    for (size_t k = 0; k < ROSTER_KINDS; k++) {
        const int64_t *of = outcome->of[k];
        printf("%s: %lld new, %lld changed, %lld the same, %lld with mistakes; %lld of the register are not in the "
               "files and stay as they are\n",
               KIND_LIST[ROSTER_KIND_OF[k]].many.en, (long long)of[EXCHANGE_NEW], (long long)of[EXCHANGE_CHANGED],
               (long long)of[EXCHANGE_SAME], (long long)of[EXCHANGE_BAD], (long long)outcome->absent[k]);
    }
    if (outcome->nmistakes) {
        return error_set(error, "nothing was changed: correct the files first");
    }
    if (outcome->change) {
        printf("recorded as change %lld; `jiaoti register undo %lld` takes it back\n", (long long)outcome->change,
               (long long)outcome->change);
    } else {
        printf("nothing was changed%s\n", look_only ? ": only looked" : "");
    }
    return true;
}

static bool import_run(const struct options *options, struct error *error)
{
    struct installation installation = { 0 };
    struct roster_outcome outcome;
    struct roster_import import = { .look_only = options_has(options, "look"),
                                    .note = str_of(options_get(options, "note", "OneRoster")) };
    enum lang lang = str_is(STR("zh"), options_get(options, "lang", "en")) ? LANG_ZH : LANG_EN;
    bool good = one_word(options, error) && installation_open(&installation, options, error) &&
                day_of_option(options, &import.day, error);
    if (good) {
        import.store = installation.store;
        import.vault = installation.vault;
        import.folder = options->words[0];
        good = oneroster_import(&import, installation.arena, &outcome, error) &&
               say_outcome(&outcome, import.look_only, lang, error);
    }
    installation_close(&installation);
    return good;
}
const struct command_entry register_oneroster_import_command = { "register oneroster-import", "FOLDER",
                                                                 "takes the unpacked CSV files of a OneRoster 1.2 set",
                                                                 import_rules, import_run };
