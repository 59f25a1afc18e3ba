/* Commands of the operator: accounts, keys, papers. */
#include "commands.h"

#include "base/clock.h"
#include "installation.h"
#include "places/paper.h"
#include "places/places.h"
#include "places/sign.h"

#include <stdio.h>
#include <termios.h>
#include <unistd.h>

/* A password from the terminal (not echoed) or from a pipe: one line. */
static bool read_password(struct arena *arena, struct str *password, struct error *error)
{
    struct termios before, silent;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        (void)fprintf(stderr, "Password: ");
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    char line[PASSWORD_MOST + 2];
    bool good = fgets(line, sizeof line, stdin) != NULL;
    if (terminal) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        (void)fprintf(stderr, "\n");
    }
    if (!good) {
        return error_set(error, "no password was given");
    }
    struct str text = str_of(line);
    text.n -= text.n && text.p[text.n - 1] == '\n';
    if (str_chars(text) < PASSWORD_LEAST) {
        return error_set(error, "a password has at least %d characters", PASSWORD_LEAST);
    }
    *password = arena_str(arena, text);
    return true;
}

/* ---- account add ---- */

static const struct option_rule add_rules[] = {
    INSTALLATION_OPTIONS,
    { "login", "NAME", "the sign-in name" },
    { "name", "NAME", "how the person is called" },
    { "role", "ROLES", "separated by commas: school_clerk, county_officer, auditor …" },
    { "scope", "CODE", "division whose data the account may see" },
    { "institution", "NUMBER", "the school of school staff" },
    { "witness", "ID", "which of the policy's witnesses it is" },
    { "citizen", "NUMBER", "citizen number (of families)" },
    { 0 },
};

struct adding {
    struct new_account account;
    int64_t id;
};

static bool adding_run(struct writing *writing, void *input, struct error *error)
{
    struct adding *adding = input;
    return account_add(writing, &adding->account, &adding->id, error);
}

static bool roles_of(const char *text, unsigned *roles, struct error *error)
{
    struct str rest = str_of(text), name;
    while (str_split(&rest, ',', &name)) {
        unsigned bit = accounts_role_of(str_trim(name));
        if (!bit) {
            return error_set(error, "--role %.*s: there is no such role", STR_ARG(name));
        }
        *roles |= bit;
    }
    return *roles != 0 || error_set(error, "--role is needed");
}

static bool add_account(const struct options *options, struct error *error)
{
    struct installation installation;
    struct adding adding = { .account = { .login = str_of(options_get(options, "login", "")),
                                          .name = str_of(options_get(options, "name", "")),
                                          .scope = str_of(options_get(options, "scope", "")),
                                          .witness = str_of(options_get(options, "witness", "")),
                                          .citizen = str_of(options_get(options, "citizen", "")) } };
    struct str password;
    bool good =
        installation_open(&installation, options, error) &&
        roles_of(options_get(options, "role", ""), &adding.account.roles, error) &&
        options_int(options, "institution", 0, 0, INT64_MAX, &adding.account.institution, error) &&
        ((adding.account.login.n && adding.account.name.n) || error_set(error, "--login and --name are needed")) &&
        read_password(installation.arena, &password, error) &&
        accounts_password_hash(installation.arena, password, &adding.account.password, error) &&
        installation_write(&installation, error) &&
        writer_call(installation.writer, "account.add", adding_run, &adding, error);
    if (good) {
        printf("account %lld added\n", (long long)adding.id);
    }
    installation_close(&installation);
    return good;
}
const struct command_entry account_add_command = { "account add", "", "adds an account; asks for its password",
                                                   add_rules, add_account };

/* ---- account password ---- */

static const struct option_rule password_rules[] = { INSTALLATION_OPTIONS,
                                                     { "login", "NAME", "the sign-in name" },
                                                     { 0 } };

static bool change_password(const struct options *options, struct error *error)
{
    struct installation installation;
    struct set_password set = { .login = str_of(options_get(options, "login", "")) };
    struct str password;
    bool good = installation_open(&installation, options, error) &&
                read_password(installation.arena, &password, error) &&
                accounts_password_hash(installation.arena, password, &set.encoded, error) &&
                installation_write(&installation, error) &&
                writer_call(installation.writer, "account.password", set_password_run, &set, error) &&
                (set.found || error_set(error, "there is no account of that name"));
    if (good) {
        printf("the password is set; the account's sessions are ended\n");
    }
    installation_close(&installation);
    return good;
}
const struct command_entry account_password_command = { "account password", "", "sets an account's password",
                                                        password_rules, change_password };

/* ---- keys rotate ---- */

static const struct option_rule rotate_rules[] = { INSTALLATION_OPTIONS, { 0 } };

static bool rotate(const struct options *options, struct error *error)
{
    enum { MOST = 64 };
    struct installation installation;
    struct sealed_column columns[MOST];
    int64_t changed = 0;
    bool good = installation_open(&installation, options, error) && installation_write(&installation, error) &&
                vault_rotate(installation.vault, error) &&
                round_keys_make(installation.vault, clock_ms(), true, error) &&
                reseal(installation.writer, columns, installation_sealed(columns, MOST), &changed, error);
    if (good) {
        printf("key generation %d seals now; %lld fields were sealed again. Rounds are signed with a new key. A "
               "running server must be restarted.\n",
               vault_key_number(installation.vault), (long long)changed);
    }
    installation_close(&installation);
    return good;
}
const struct command_entry keys_rotate_command = { "keys rotate", "",
                                                   "adds a key generation and seals everything again", rotate_rules,
                                                   rotate };

/* ---- papers clean ---- */

static const struct option_rule papers_rules[] = {
    INSTALLATION_OPTIONS, { "city", "FOLDER", "the city's folder (default: the installation's)" }, { 0 }
};

static bool clean(const struct options *options, struct error *error)
{
    struct installation installation;
    struct db *db = NULL;
    struct places *places = NULL;
    struct files_cleaning cleaning = { 0 };
    bool good = installation_open(&installation, options, error) && installation_city(&installation, options, error) &&
                db_open(&db, installation.store, DB_READ, error);
    if (good) {
        places = places_new(installation.city, installation.data);
        good = paper_clean(places, db, clock_ms(), &cleaning, error);
    }
    if (good) {
        printf("%lld files, %lld removed, %lld rows without their file\n", (long long)cleaning.files,
               (long long)cleaning.removed, (long long)cleaning.missing);
    }
    places_free(places);
    db_close(db);
    installation_close(&installation);
    return good;
}
const struct command_entry papers_clean_command = { "papers clean", "", "removes files of papers that nobody names",
                                                    papers_rules, clean };
