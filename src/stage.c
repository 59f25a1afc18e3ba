/* Commands that set the stage: `setup` for a real city, `demo` for a made-up one, `authority` to play its departments.
 */
#include "commands.h"

#include "base/clock.h"
#include "connect/authority.h"
#include "connect/keys.h"
#include "demo/demo.h"
#include "installation.h"
#include "places/places.h"
#include "places/round.h"
#include "places/sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- demo ---- */

struct teller {
    char stage[80];
    int64_t last_us;
    int64_t began_us;
    bool terminal;
};

static void tell(void *context, const char *stage, size_t done, size_t total)
{
    struct teller *teller = context;
    int64_t now = clock_monotonic_us();
    bool new_stage = strcmp(teller->stage, stage) != 0;
    if (!new_stage && done < total && now - teller->last_us < 200000) {
        return;
    }
    if (new_stage && teller->stage[0] && teller->terminal) {
        printf("\n");
    }
    teller->last_us = now;
    if (teller->terminal) {
        printf("\r  %-34s %9zu / %-9zu %4llds ", stage, done, total, (long long)(now - teller->began_us) / 1000000);
    } else if (new_stage) {
        printf("  %s (%zu)\n", stage, total);
    }
    (void)snprintf(teller->stage, sizeof teller->stage, "%s", stage);
    (void)fflush(stdout);
}

/* "1", "0.02": parts per million without floating point. */
static bool read_scale(const char *text, uint32_t *per_million, struct error *error)
{
    struct str s = str_of(text);
    size_t dot = str_find(s, '.');
    int64_t whole = 0, part = 0;
    struct str digits = str_part(s, dot + 1, s.n);
    bool good = str_to_int(str_part(s, 0, dot), 0, 3, &whole) &&
                (digits.n == 0 || (digits.n <= 6 && str_to_int(digits, 0, 999999, &part)));
    for (size_t i = digits.n; i < 6; i++) {
        part *= 10;
    }
    int64_t all = whole * 1000000 + part;
    if (!good || all < 1000 || all > 3000000) {
        return error_set(error, "--scale %s: expected a number from 0.001 to 3, like 1 or 0.02", text);
    }
    *per_million = (uint32_t)all;
    return true;
}

/* The keys with which questions and answers are signed; the stand-in for the departments reads the same file. */
static bool make_keys(const char *data, const struct city *city, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct keys *keys = NULL;
    struct str *ids = ARENA_ARRAY(arena, struct str, city->nauthorities);
    size_t n = 0;
    for (size_t i = 0; i < city->nauthorities; i++) {
        if (city->authorities[i].key.n) { /* one without an interface has none */
            ids[n++] = city->authorities[i].key;
        }
    }
    bool good = keys_open(&keys, arena_printf(arena, "%s/keys", data).p, error) && keys_make(keys, ids, n, error);
    keys_close(keys);
    arena_free(arena);
    return good;
}

static const struct option_rule demo_rules[] = {
    INSTALLATION_OPTIONS,
    { "city", "FOLDER", "the city's folder (default cities/liaocheng)" },
    { "scale", "NUMBER", "1 is the full city of 114,000 entrants, 0.02 a fiftieth" },
    { "seed", "NUMBER", "another seed, another city (default 1)" },
    { "register-only", NULL, "no families and no rounds: land, schools and the register, for figures" },
    { 0 },
};

static bool demo(const struct options *options, struct error *error)
{
    struct city *city = NULL;
    struct city_mistakes *mistakes = city_mistakes_new();
    const char *data = options_get(options, "data", "var/city");
    char file_url[600];
    (void)snprintf(file_url, sizeof file_url, "sqlite:%s/jiaoti.db", data);
    struct demo_settings settings = {
        .data = data,
        .url = options_get(options, "db", file_url),
        .cipher = str_is(STR("aes"), options_get(options, "cipher", "sm4")) ? VAULT_AES : VAULT_SM4,
        .migrate = installation_migrate,
        .register_only = options_has(options, "register-only"),
    };
    struct teller teller = { .began_us = clock_monotonic_us(), .terminal = isatty(STDOUT_FILENO) };
    struct demo_progress progress = { tell, &teller };
    struct demo_report report;
    int64_t seed;
    bool good = options_int(options, "seed", 1, 0, INT64_MAX, &seed, error) &&
                read_scale(options_get(options, "scale", "1"), &settings.per_million, error) &&
                city_read(&city, options_get(options, "city", "cities/liaocheng"), mistakes, error);
    city_mistakes_print(stderr, mistakes, LANG_EN);
    city_mistakes_free(mistakes);
    if (good) {
        settings.city = city;
        settings.seed = (uint64_t)seed;
        good = demo_build(&settings, &progress, &report, error);
    }
    good = good && make_keys(data, city, error);
    if (good && report.was_there) {
        printf("The demo city in %s is complete.\n", data);
    } else if (good) {
        printf("\nA demo city in %s: %zu children, %zu schools, %zu communities, %zu applications; digest %s\n", data,
               report.children, report.schools, report.communities, report.applications, report.digest);
    }
    city_free(city);
    return good;
}
const struct command_entry demo_command = { "demo", "", "builds a synthetic city to look at, the same on every machine",
                                            demo_rules, demo };

/* ---- setup: a real city's installation ---- */

static const struct option_rule setup_rules[] = {
    INSTALLATION_OPTIONS,
    { "city", "FOLDER", "the city's folder" },
    { 0 },
};

struct setting_up {
    const char *folder;
};

static bool setting_up_run(struct writing *writing, void *input, struct error *error)
{
    struct setting_up *setting = input;
    return setting_put(writing, "city", str_of(setting->folder), error);
}

/* Keeps each policy of the folder as a version and makes its draft round; what is there stays. */
static bool set_up_rounds(struct installation *installation, struct places *places, size_t *made, struct error *error)
{
    const struct city *city = installation->city;
    for (size_t i = 0; i < city->npolicies; i++) {
        const struct policy *p = city->policies[i];
        struct policy_save save = { .places = places,
                                    .division = p->county,
                                    .stage = p->stage,
                                    .year = p->year,
                                    .text = policy_format(installation->arena, p, city),
                                    .note = STR("from the city's folder") };
        struct round_new round = { .places = places, .division = p->county, .stage = p->stage, .year = p->year };
        if (!writer_call(installation->writer, "policy.save", policy_save_run, &save, error) ||
            !writer_call(installation->writer, "round.new", round_new_run, &round, error)) {
            return false;
        }
        *made += round.result == ROUND_DONE;
    }
    return true;
}

static bool setup(const struct options *options, struct error *error)
{
    struct installation installation;
    struct setting_up setting = { .folder = options_get(options, "city", NULL) };
    size_t made = 0;
    bool good = (setting.folder || error_set(error, "give the city's folder: --city cities/NAME")) &&
                installation_open(&installation, options, error);
    if (!setting.folder) {
        return false;
    }
    good = good && installation_city(&installation, options, error) && installation_write(&installation, error) &&
           round_keys_make(installation.vault, clock_ms(), false, error) &&
           writer_call(installation.writer, "setup", setting_up_run, &setting, error);
    struct places *places = good ? places_new(installation.city, installation.data) : NULL;
    good = good && set_up_rounds(&installation, places, &made, error);
    if (good) {
        printf("%s is set up for %s: %zu new draft rounds. Add accounts with `jiaoti account add`.\n",
               installation.data, setting.folder, made);
    }
    places_free(places);
    installation_close(&installation);
    return good;
}
const struct command_entry setup_command = { "setup", "", "prepares an empty installation for a city's folder",
                                             setup_rules, setup };

/* ---- authority ---- */

static const struct option_rule authority_rules[] = {
    { "data", "FOLDER", "folder with authority.db (default var/city)" },
    { "port", "NUMBER", "default 8081; 0: any free one" },
    { "faults", "LIST", "KIND:FAULT[=MS][@PROBABILITY],… (connect/authority.h)" },
    { 0 },
};

static void ready(void *context, int port)
{
    (void)context;
    printf("The departments' stand-in listens on 127.0.0.1:%d\n", port);
    (void)fflush(stdout);
}

static bool authority(const struct options *options, struct error *error)
{
    int64_t port;
    if (!options_int(options, "port", 8081, 0, 65535, &port, error)) {
        return false;
    }
    struct authority_settings settings = { .data = options_get(options, "data", "var/city"),
                                           .port = (int)port,
                                           .faults = options_get(options, "faults", NULL),
                                           .ready = ready };
    return authority_serve(&settings, -1, error);
}
const struct command_entry authority_command = { "authority", "", "plays the departments, for demo and tests",
                                                 authority_rules, authority };
