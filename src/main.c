/* jiaoti: one program, one table of commands. Only this file prints errors and decides the exit code: 0 done, 1 not
 * done (the reason is on standard error), 2 the command line was wrong. */
#include "commands.h"

#include <stdio.h>

/* clang-format off: one a line */
static const struct command_entry *const commands[] = {
    &serve_command,
    &check_command,
    &setup_command,
    &demo_command,
    &authority_command,
    &round_list_command,
    &round_run_command,
    &witness_command,
    &verify_command,
    &proof_command,
    &journal_command,
    &ledger_command,
    &account_add_command,
    &account_password_command,
    &keys_rotate_command,
    &papers_clean_command,
    &routes_command,
    &simulate_command,
    &forecast_command,
    &forecast_import_command,
    &figures_command,
    &register_import_command,
    &register_catchments_command,
    &register_export_command,
    &register_undo_command,
};
/* clang-format on */
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help_one(const struct command_entry *entry)
{
    printf("  %s %s\n      %s\n", entry->name, entry->words, entry->help);
    for (const struct option_rule *rule = entry->rules; rule->name; rule++) {
        printf("      --%s%s%-*s %s\n", rule->name, rule->value ? " " : "",
               rule->value ? 20 - (int)str_of(rule->name).n : 21 - (int)str_of(rule->name).n,
               rule->value ? rule->value : "", rule->help);
    }
}

static int help(void)
{
    printf("jiaoti " JIAOTI_VERSION ": places, allotted by rules that anyone can check\n\nCommands:\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        help_one(commands[i]);
    }
    return 0;
}

/* How many arguments name this command: 0 when they do not. */
static int names(const struct command_entry *entry, int argc, char **argv)
{
    struct str rest = str_of(entry->name), word;
    int used = 0;
    while (str_split(&rest, ' ', &word)) {
        if (used >= argc || !str_is(word, argv[used])) {
            return 0;
        }
        used++;
    }
    return used;
}

int main(int argc, char **argv)
{
    if (argc < 2 || str_is(STR("help"), argv[1]) || str_is(STR("--help"), argv[1])) {
        return help();
    }
    if (str_is(STR("--version"), argv[1]) || str_is(STR("version"), argv[1])) {
        printf("jiaoti " JIAOTI_VERSION "\n");
        return 0;
    }
    const struct command_entry *entry = NULL;
    int used = 0;
    for (size_t i = 0; i < COMMANDS; i++) {
        int n = names(commands[i], argc - 1, argv + 1);
        if (n > used) {
            used = n;
            entry = commands[i];
        }
    }
    struct error error = { "" };
    struct options options;
    if (!entry) {
        (void)fprintf(stderr, "jiaoti: there is no command \"%s\"; `jiaoti help` lists them\n", argv[1]);
        return 2;
    }
    if (!options_parse(&options, entry->rules, argc - 1 - used, argv + 1 + used, &error)) {
        (void)fprintf(stderr, "jiaoti %s: %s\n", entry->name, error.message);
        return 2;
    }
    if (!entry->run(&options, &error)) {
        if (error.message[0]) {
            (void)fprintf(stderr, "jiaoti %s: %s\n", entry->name, error.message);
        }
        return 1;
    }
    return 0;
}
