/* Commands that tell: check a city folder, verify a transcript or a proof, the journal, the ledger, the routes. */
#include "commands.h"

#include "allot/transcript.h"
#include "base/hex.h"
#include "city/city.h"
#include "installation.h"
#include "places/ledger.h"
#include "places/pages.h"
#include "places/places.h"
#include "store/journal.h"

#include <stdio.h>
#include <stdlib.h>

static bool one_word(const struct options *options, const char *what, const char **word, struct error *error)
{
    if (options->word_count != 1) {
        return error_set(error, "give one %s", what);
    }
    *word = options->words[0];
    return true;
}

static const struct option_rule no_options[] = { { 0 } };

/* ---- check FOLDER ---- */

static const struct option_rule check_rules[] = { { "chinese", NULL, "tells the mistakes in Chinese" }, { 0 } };

static bool check(const struct options *options, struct error *error)
{
    const char *folder = NULL;
    if (!one_word(options, "city folder: cities/liaocheng", &folder, error)) {
        return false;
    }
    struct city *city = NULL;
    struct city_mistakes *mistakes = city_mistakes_new();
    bool good = city_read(&city, folder, mistakes, error);
    city_mistakes_print(stdout, mistakes, options_has(options, "chinese") ? LANG_ZH : LANG_EN);
    if (good) {
        printf("%s: %zu divisions, %zu policies, %zu checks, %zu reasons: no mistake\n", folder, city->ndivisions,
               city->npolicies, city->nchecks, city->nreasons);
    }
    city_mistakes_free(mistakes);
    city_free(city);
    return good;
}
const struct command_entry check_command = { "check", "FOLDER", "reads a city's folder and tells every mistake in it",
                                             check_rules, check };

/* ---- verify FILE ---- */

static bool read_file(const char *path, char **bytes, size_t *n, struct error *error)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        if (file) {
            (void)fclose(file);
        }
        return error_set(error, "%s: %m", path);
    }
    long size = ftell(file);
    rewind(file);
    *bytes = size >= 0 ? malloc((size_t)size + 1) : NULL;
    *n = *bytes ? fread(*bytes, 1, (size_t)size, file) : 0;
    bool good = *bytes && *n == (size_t)size;
    (void)fclose(file);
    if (!good) {
        free(*bytes);
        *bytes = NULL;
        return error_set(error, "%s could not be read", path);
    }
    return true;
}

static void tell_report(const char *path, const struct transcript_report *report)
{
    static const char *const stages[] = { "nothing", "the list", "the seed", "the result", "the moves after it" };
    struct arena *arena = arena_new(0);
    printf("%s verifies, up to %s\n", path, stages[report->stage]);
    printf("  %zu lines, %u applicants, %u offers, %u witnesses of whom %u opened, %u moves\n", report->lines,
           report->applicants, report->offers, report->witnesses, report->opened, report->moves);
    printf("  by choice %u, by balance %u, not placed %u\n", report->placed_by_choice, report->placed_by_balance,
           report->unplaced);
    printf("  rules %.*s\n  root  %.*s\n  seed  %.*s\n",
           STR_ARG(hex_encode(arena, report->commitment.rules, SM3_BYTES)),
           STR_ARG(hex_encode(arena, report->commitment.root, SM3_BYTES)),
           STR_ARG(hex_encode(arena, report->seed, SM3_BYTES)));
    arena_free(arena);
}

static bool verify(const struct options *options, struct error *error)
{
    const char *path = NULL;
    char *bytes = NULL;
    size_t n = 0;
    if (!one_word(options, "transcript file", &path, error) || !read_file(path, &bytes, &n, error)) {
        return false;
    }
    struct transcript_report *report = calloc(1, sizeof *report);
    bool good = report && transcript_verify(bytes, n, NULL, report);
    if (good) {
        tell_report(path, report);
    } else if (report) {
        (void)error_set(error, "%s does not verify. Line %zu: %s", path, report->line, report->message);
        printf("line %zu\n  stands:   %s\n  expected: %s\n", report->line, report->found, report->expected);
    }
    free(report);
    free(bytes);
    return good;
}
const struct command_entry verify_command = {
    "verify", "FILE", "replays an allotment from its published transcript and tells where it disagrees", no_options,
    verify
};

/* ---- journal verify ---- */

static const struct option_rule data_rules[] = { INSTALLATION_OPTIONS, { 0 } };

static bool journal(const struct options *options, struct error *error)
{
    struct installation installation;
    struct journal_report report;
    bool good = installation_open(&installation, options, error) &&
                journal_verify(installation.store, installation.vault, &report, error);
    if (good && report.first_bad) {
        good = error_set(error, "the journal was tampered with: %s", report.finding);
    } else if (good) {
        printf("journal: %lld rows, the chain is whole; newest hash %.*s\n", (long long)report.rows,
               STR_ARG(hex_encode(installation.arena, report.head, JOURNAL_HASH)));
    }
    installation_close(&installation);
    return good;
}
const struct command_entry journal_command = { "journal verify", "",
                                               "finds rows changed, removed or inserted behind the program's back",
                                               data_rules, journal };

/* ---- ledger verify ---- */

static bool ledger(const struct options *options, struct error *error)
{
    struct installation installation;
    struct db *db = NULL;
    struct ledger_report report;
    bool good = installation_open(&installation, options, error) && db_open(&db, installation.store, DB_READ, error) &&
                ledger_verify(db, &report, error);
    if (good && !report.whole) {
        good = error_set(error, "the ledger of places is wrong: %s", report.finding);
    } else if (good) {
        printf("ledger: %lld entries over %lld offers; every sum holds\n", (long long)report.entries,
               (long long)report.offers);
    }
    db_close(db);
    installation_close(&installation);
    return good;
}
const struct command_entry ledger_command = { "ledger verify", "", "recomputes the ledger of places from its entries",
                                              data_rules, ledger };

/* ---- routes ---- */

static const struct option_rule routes_rules[] = { { "json", NULL, "as JSON" }, { 0 } };

static bool routes(const struct options *options, struct error *error)
{
    struct web_settings settings = { .address = "127.0.0.1", .city = { STR("jiaoti"), STR("jiaoti") } };
    struct web_hooks hooks = { 0 };
    struct web_server *server = web_server_new(&settings, &hooks, error);
    bool good =
        server && serve_add_routes(server, error) &&
        (web_write_route_table(server, stdout, options_has(options, "json") ? WEB_TABLE_JSON : WEB_TABLE_MARKDOWN,
                               accounts_roles, accounts_roles_count) ||
         error_set(error, "the table could not be written"));
    web_server_free(server);
    return good;
}
const struct command_entry routes_command = { "routes", "", "prints every route with who may use it", routes_rules,
                                              routes };
