/* Commands of the rounds: list them, run them, make a witness's secret, check a proof. */
#include "commands.h"

#include "allot/transcript.h"
#include "base/hex.h"
#include "installation.h"
#include "places/places.h"
#include "places/round.h"
#include "places/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- round list ---- */

static const struct option_rule list_rules[] = {
    INSTALLATION_OPTIONS,
    { "city", "FOLDER", "the city's folder (default: the installation's)" },
    { "scope", "CODE", "only counties whose code starts so" },
    { 0 },
};

static bool list(const struct options *options, struct error *error)
{
    struct installation installation;
    struct db *db = NULL;
    struct round *rounds;
    size_t n;
    bool good = installation_open(&installation, options, error) && installation_city(&installation, options, error) &&
                db_open(&db, installation.store, DB_READ, error) &&
                round_list(db, installation.arena, installation.city, str_of(options_get(options, "scope", "")),
                           &rounds, &n, error);
    if (good) {
        printf("%-28s %-10s %9s %9s %9s %9s %9s\n", "round", "state", "places", "sent", "decided", "placed", "left");
        for (size_t i = 0; i < n; i++) {
            const struct round *r = &rounds[i];
            printf("%-28.*s %-10s %9lld %9lld %9lld %9lld %9lld\n", STR_ARG(r->label), round_state_id(r->state),
                   (long long)r->capacity, (long long)r->submitted, (long long)r->decided, (long long)r->placed,
                   (long long)r->unplaced);
        }
    }
    db_close(db);
    installation_close(&installation);
    return good;
}
const struct command_entry round_list_command = { "round list", "", "the rounds with their states and counts",
                                                  list_rules, list };

/* ---- round run ---- */

static const struct option_rule run_rules[] = {
    INSTALLATION_OPTIONS,
    { "city", "FOLDER", "the city's folder (default: the installation's)" },
    { "round", "LABEL", "one round, like 371502-primary-2026 (default: all)" },
    { "scope", "CODE", "all rounds of counties whose code starts so" },
    { "undecided", "WHAT", "refuse | established | leave_out: applications not decided at the final list" },
    { "actor", "LOGIN", "who takes the steps (a demo city: one of its officers)" },
    { "second", "LOGIN", "who looks at the result: another person (a demo city: one of its reviewers)" },
    { 0 },
};

static void progress(void *context, const struct round *round, enum round_step step, int64_t took_us)
{
    (void)context;
    printf("  %-28.*s %-13s %6lld.%03lld s\n", STR_ARG(round->label), round_step_id(step),
           (long long)(took_us / 1000000), (long long)(took_us / 1000 % 1000));
    (void)fflush(stdout);
}

static bool undecided_of(const char *text, enum undecided *out, struct error *error)
{
    static const char *const names[] = { "refuse", "established", "leave_out" };
    for (int i = 0; i < 3; i++) {
        if (str_is(str_of(text), names[i])) {
            *out = (enum undecided)i;
            return true;
        }
    }
    return error_set(error, "--undecided %s: expected refuse, established or leave_out", text);
}

static bool find_round(struct installation *installation, const char *label, int64_t *id, struct error *error)
{
    struct db *db;
    bool found = false;
    if (!db_open(&db, installation->store, DB_READ, error)) {
        return false;
    }
    bool good = round_by_label(db, str_of(label), id, &found, error) &&
                (found || error_set(error, "there is no round %s; `jiaoti round list` tells which there are", label));
    db_close(db);
    return good;
}

/* The person of that login; in a demo city without one, its first of the role. */
static bool person_of(struct installation *installation, struct db *db, const char *login, unsigned role,
                      struct actor *actor, struct error *error)
{
    struct account account;
    bool found = false;
    actor->role = login || installation->demo ? accounts_role_name(role, role) : "operator";
    if (login) {
        bool read =
            account_by_login(db, installation->arena, installation->vault, str_of(login), &account, &found, error);
        actor->account = found ? account.id : 0;
        return read && (found || error_set(error, "there is no account %s", login));
    }
    return !installation->demo ||
           db_one_int(db, error, &actor->account, &found,
                      "select id from account where roles = ?1 and demo > 0 order by id limit 1", V_INT(role));
}

/* Two persons take the steps of a round: one allots, another looks. */
static bool find_persons(struct installation *installation, const struct options *options, struct round_run *run,
                         struct error *error)
{
    struct db *db;
    if (!db_open(&db, installation->store, DB_READ, error)) {
        return false;
    }
    bool good =
        person_of(installation, db, options_get(options, "actor", NULL), ROLE_COUNTY_OFFICER, &run->actor, error) &&
        person_of(installation, db, options_get(options, "second", NULL), ROLE_COUNTY_REVIEWER, &run->second, error);
    db_close(db);
    return good;
}

static bool run_rounds(const struct options *options, struct error *error)
{
    struct installation installation;
    struct places *places = NULL;
    struct round_run run = { .scope = str_of(options_get(options, "scope", "")), .progress = progress };
    const char *label = options_get(options, "round", NULL);
    bool good = installation_open(&installation, options, error) && installation_city(&installation, options, error) &&
                undecided_of(options_get(options, "undecided", "refuse"), &run.undecided, error) &&
                (!label || find_round(&installation, label, &run.round, error)) &&
                find_persons(&installation, options, &run, error) && installation_write(&installation, error);
    if (good) {
        places = places_new(installation.city, installation.data);
        run.places = places;
        run.store = installation.store;
        run.vault = installation.vault;
        run.writer = installation.writer;
        good = round_run_all(&run, error);
    }
    if (good) {
        printf("%zu steps taken, %zu rounds published, %zu stopped\n", run.steps, run.published, run.stopped);
        if (run.stopped) {
            good = error_set(error, "%s", run.reason_en);
        }
    }
    places_free(places);
    installation_close(&installation);
    return good;
}
const struct command_entry round_run_command = {
    "round run", "", "takes every step of the rounds, close to publication, as far as their calendars allow", run_rules,
    run_rounds
};

/* ---- witness: a secret and its commitment, on the witness's own machine ---- */

static const struct option_rule witness_rules[] = {
    { "file", "FILE", "keeps the secret there (default witness-secret.txt)" }, { 0 }
};

static bool witness(const struct options *options, struct error *error)
{
    unsigned char random[32];
    struct arena *arena = arena_new(0);
    const char *path = options_get(options, "file", "witness-secret.txt");
    struct str secret, commitment = { 0 };
    bool good = vault_random(random, sizeof random, error);
    secret = hex_encode(arena, random, sizeof random);
    good = good && (witness_commitment(arena, secret, &commitment) || error_set(error, "no commitment"));
    FILE *file = good ? fopen(path, "wx") : NULL;
    if (good && !file) {
        good = error_set(error, "%s: %m (an older secret is not overwritten)", path);
    }
    if (good) {
        (void)fprintf(file, "%.*s\n", STR_ARG(secret));
        good = fclose(file) == 0 || error_set(error, "%s: %m", path);
    }
    if (good) {
        printf("secret kept in %s: show it to nobody before the final list is published\ncommitment %.*s\n", path,
               STR_ARG(commitment));
    }
    arena_free(arena);
    return good;
}
const struct command_entry witness_command = { "witness", "", "makes a witness's secret and its commitment",
                                               witness_rules, witness };

/* ---- proof FILE: is a child's entry in the published list? ---- */

static const struct option_rule proof_rules[] = { { "root", "HEX", "the published root" },
                                                  { "count", "NUMBER", "the published number of entries" },
                                                  { 0 } };

static bool read_text(const char *path, struct arena *arena, struct str *text, struct error *error)
{
    enum { MOST = 1 << 20 };
    FILE *file = fopen(path, "rb");
    if (!file) {
        return error_set(error, "%s: %m", path);
    }
    char *p = arena_alloc(arena, MOST);
    *text = (struct str){ p, fread(p, 1, MOST, file) };
    (void)fclose(file);
    return true;
}

static bool proof(const struct options *options, struct error *error)
{
    if (options->word_count != 1) {
        return error_set(error, "give one proof file");
    }
    struct arena *arena = arena_new(0);
    struct str text = { NULL, 0 };
    struct transcript_commitment published = { 0 };
    const char *root = options_get(options, "root", NULL);
    int64_t count = 0;
    uint8_t ticket[ALLOT_TICKET_BYTES];
    struct transcript_report *report = ARENA_NEW(arena, struct transcript_report);
    bool good = read_text(options->words[0], arena, &text, error) &&
                options_int(options, "count", 0, 0, INT64_MAX, &count, error) &&
                (!root || (hex_decode(str_of(root), published.root, sizeof published.root) && count > 0) ||
                 error_set(error, "--root has 64 hexadecimal digits and goes with --count"));
    published.count = (uint64_t)count;
    memcpy(published.root_sha256, published.root, sizeof published.root); /* by whichever hash the proof is */
    if (good && !transcript_proof_verify(text.p, text.n, root ? &published : NULL, ticket, report)) {
        good = error_set(error, "the proof does not hold. Line %zu: %s", report->line, report->message);
    } else if (good) {
        printf("the proof holds%s; ticket %.*s\n",
               root ? " and leads to the published root" : " in itself; compare its root with the published one",
               STR_ARG(hex_encode(arena, ticket, sizeof ticket)));
    }
    arena_free(arena);
    return good;
}
const struct command_entry proof_command = { "proof", "FILE", "checks that a child's entry is in the published list",
                                             proof_rules, proof };
