/* Commands that tell: check a city folder, verify a transcript or a proof, the journal, the ledger, the routes. */
#include "commands.h"

#include "allot/transcript.h"
#include "base/buf.h"
#include "base/crew.h"
#include "base/hex.h"
#include "base/sm2.h"
#include "base/whole.h"
#include "city/city.h"
#include "figures/folder.h"
#include "figures/forecast/settings.h"
#include "installation.h"
#include "places/ledger.h"
#include "places/pages.h"
#include "places/places.h"
#include "records/badge.h"
#include "store/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool one_word(const struct options *options, const char *what, const char **word, struct error *error)
{
    if (options->word_count != 1) {
        return error_set(error, "give one %s", what);
    }
    *word = options->words[0];
    return true;
}

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
    struct figures_folder figures;
    struct arena *arena = arena_new(0);
    struct forecast_settings forecast;
    struct error later;
    bool good = city_read(&city, folder, mistakes, error);
    if (good && !forecast_settings_read(arena, city, &forecast, mistakes)) {
        good = error_set(error, "%s has mistakes", folder);
    }
    good = figures_folder_read(&figures, folder, mistakes, good ? error : &later) && good;
    arena_free(arena);
    city_mistakes_print(stdout, mistakes, options_has(options, "chinese") ? LANG_ZH : LANG_EN);
    if (good) {
        printf("%s: %zu divisions, %zu policies, %zu checks, %zu reasons, %zu indicators: no mistake\n", folder,
               city->ndivisions, city->npolicies, city->nchecks, city->nreasons, figures.indicators->n);
    }
    figures_folder_free(&figures);
    city_mistakes_free(mistakes);
    city_free(city);
    return good;
}
const struct command_entry check_command = { "check", "FOLDER", "reads a city's folder and tells every mistake in it",
                                             check_rules, check };

/* ---- verify FILE ---- */

/* Who signed what, told when the rest is right. */
struct signers {
    struct arena *arena;
    struct buf told;
    struct str keys; /* that are asked for, hex, between commas; empty: none */
    size_t by_keys;  /* parts that have a signature by one of them */
    enum transcript_stage last_part;
    uint32_t last_batch;
};

static bool is_asked_for(struct signers *signers, const struct transcript_signature *signature)
{
    struct str keys = signers->keys, key, hex = hex_encode(signers->arena, signature->key, TRANSCRIPT_KEY_BYTES);
    while (str_split(&keys, ',', &key)) {
        if (str_eq(str_trim(key), hex)) {
            return true;
        }
    }
    return false;
}

static bool signature_holds(void *ctx, const struct transcript_signature *signature)
{
    static const char *const parts[] = { "nothing", "the list", "the seed", "the result", "moves" };
    struct signers *signers = ctx;
    char message[TRANSCRIPT_SIGNED_MESSAGE_MAX];
    size_t n = transcript_signed_message(signature, message);
    if (!sm2_holds(signature->key, signature->signature, message, n)) {
        return false;
    }
    bool again = signers->last_part == signature->part && signers->last_batch == signature->batch;
    if (is_asked_for(signers, signature) && !(signers->by_keys && again)) {
        signers->by_keys++;
        signers->last_part = signature->part;
        signers->last_batch = signature->batch;
    }
    buf_printf(&signers->told, "  signed: %s, by %.*s\n    key %.*s\n", parts[signature->part],
               (int)signature->text.bytes, signature->text.text,
               STR_ARG(hex_encode(signers->arena, signature->key, TRANSCRIPT_KEY_BYTES)));
    return true;
}

static void tell_hash(struct arena *arena, const char *what, const uint8_t hash[SM3_BYTES])
{
    printf("  %-6s %.*s\n", what, STR_ARG(hex_encode(arena, hash, SM3_BYTES)));
}

static void tell_result(struct arena *arena, const struct transcript_report *report)
{
    printf("  by choice %u, by balance %u, not placed %u", report->placed_by_choice, report->placed_by_balance,
           report->unplaced);
    if (report->added) {
        printf(", places added for siblings %u", report->added);
    }
    printf("\n");
    if (report->together == ALLOT_TOGETHER_FIT && report->passed_over) {
        printf("  no stable answer was found in %u repairs: siblings passed over %u times, named in the transcript\n",
               report->repairs, report->passed_over);
    } else if (report->together == ALLOT_TOGETHER_FIT) {
        printf("  stable, after %u repairs\n", report->repairs);
    }
    if (report->audited) {
        printf("  %u files drawn for the audit\n", report->audited);
    }
    tell_hash(arena, "places", report->result_root);
}

static void tell_report(const char *path, const struct transcript_report *report, const struct signers *signers)
{
    static const char *const stages[] = { "nothing", "the list", "the seed", "the result", "the moves after it" };
    struct arena *arena = signers->arena;
    printf("%s verifies, up to %s\n", path, stages[report->stage]);
    printf("  %zu lines, %u applicants, %u offers, %u witnesses of whom %u opened, %u moves\n", report->lines,
           report->applicants, report->offers, report->witnesses, report->opened, report->moves);
    if (report->stage >= TRANSCRIPT_RESULT) {
        tell_result(arena, report);
    }
    tell_hash(arena, "rules", report->commitment.rules);
    tell_hash(arena, "root", report->commitment.root);
    if (report->stage >= TRANSCRIPT_SEED) {
        tell_hash(arena, "seed", report->seed);
    }
    printf("%.*s", STR_ARG(buf_str(&signers->told)));
    if (signers->keys.n) {
        printf("  every part is signed by a key that you gave\n");
    } else if (report->signatures) {
        printf("  whether these keys are the published ones is for you to compare\n");
    }
}

/* Each part ends with a line "end …", which no table has. */
static size_t parts_of(const char *bytes, size_t n)
{
    size_t parts = 0;
    for (const char *at = bytes; (at = memmem(at, (size_t)(bytes + n - at), "\nend ", 5)) != NULL; at++) {
        parts++;
    }
    return parts;
}

static bool verify_bytes(const char *path, const char *bytes, size_t n, struct str keys, struct error *error)
{
    enum { LIMIT_SIGNERS_BYTES = 1024 * 1024 };
    struct crew *crew = crew_new(0);
    struct allot_host host = {
        .get = crew_get, .put = crew_put, .ctx = crew, .each = crew_each, .workers = crew_size(crew)
    };
    struct signers signers = { .arena = arena_new(0), .told = buf_init(LIMIT_SIGNERS_BYTES), .keys = keys };
    struct transcript_report *report = ARENA_NEW(signers.arena, struct transcript_report);
    bool good = transcript_verify_signed(bytes, n, &host, signature_holds, &signers, report);
    if (good && keys.n && signers.by_keys != parts_of(bytes, n)) {
        good = error_set(error, "%s holds, but of its %zu parts only %zu are signed by a key that you gave", path,
                         parts_of(bytes, n), signers.by_keys);
    } else if (good) {
        tell_report(path, report, &signers);
    } else {
        (void)error_set(error, "%s does not verify. Line %zu: %s", path, report->line, report->message);
        printf("line %zu\n  stands:   %s\n  expected: %s\n", report->line, report->found, report->expected);
    }
    buf_free(&signers.told);
    arena_free(signers.arena);
    crew_free(crew);
    return good;
}

/* A person's file of records (records/badge.h). Whether a record was revoked since then the installation alone knows.
 */
static bool verify_records(const char *path, struct str text, struct str keys, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct badge badge;
    struct str key, rest = keys;
    enum badge_result result = badge_check(arena, text, &badge);
    struct str signed_by = hex_encode(arena, badge.key, sizeof badge.key);
    bool given = keys.n == 0;
    while (str_split(&rest, ',', &key)) {
        given = given || str_eq(str_trim(key), signed_by);
    }
    bool good = result == BADGE_HOLDS && given;
    if (result != BADGE_HOLDS) {
        (void)error_set(error, "%s: %s", path, badge_result_text(result).en);
    } else if (!given) {
        (void)error_set(error, "%s holds, but is signed by another key than you gave: %.*s", path, STR_ARG(signed_by));
    } else {
        printf("%s holds: %zu records of %.*s, signed for %.*s on %.*s\n  by key %.*s\n", path, badge.n,
               STR_ARG(badge.person), STR_ARG(badge.issuer), STR_ARG(badge.made), STR_ARG(signed_by));
        for (size_t i = 0; i < badge.n; i++) {
            printf("  %.*s  %.*s  %.*s\n", STR_ARG(badge.records[i].day), STR_ARG(badge.records[i].code),
                   STR_ARG(badge.records[i].name));
        }
        printf("  whether each still stands: /records/check of the installation\n");
    }
    arena_free(arena);
    return good;
}

static bool verify(const struct options *options, struct error *error)
{
    const char *path = NULL;
    char *bytes = NULL;
    size_t n = 0;
    if (!one_word(options, "transcript file", &path, error) || !whole_read(path, &bytes, &n, error)) {
        return false;
    }
    struct str keys = str_of(options_get(options, "key", ""));
    bool of_records = n > 0 && bytes[strspn(bytes, " \t\r\n")] == '{';
    bool good = of_records ? verify_records(path, (struct str){ bytes, n }, keys, error)
                           : verify_bytes(path, bytes, n, keys, error);
    free(bytes);
    return good;
}
static const struct option_rule verify_rules[] = {
    { "key", "HEX", "every part must be signed by this public key (several: between commas)" }, { 0 }
};
const struct command_entry verify_command = {
    "verify", "FILE",
    "replays an allotment from its transcript, or checks a person's signed file of records; tells what disagrees",
    verify_rules, verify
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
