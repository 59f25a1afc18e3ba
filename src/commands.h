/* The table of commands. Each stands in its own file with its options; main dispatches. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "base/error.h"
#include "options.h"

struct web_server;

struct command_entry {
    const char *name;  /* one or two words: "serve", "journal verify" */
    const char *words; /* what stands behind it: "FOLDER" */
    const char *help;
    const struct option_rule *rules;
    /* Prints its results on standard output; false with an error, which main prints. */
    bool (*run)(const struct options *options, struct error *error);
};

extern const struct command_entry serve_command, check_command, demo_command, authority_command, verify_command,
    proof_command, journal_command, ledger_command, round_run_command, round_list_command, witness_command,
    account_add_command, account_password_command, keys_rotate_command, routes_command, papers_clean_command,
    setup_command, simulate_command, figures_command, forecast_command, forecast_import_command,
    register_import_command, register_catchments_command, register_export_command, register_undo_command;

/* Every noun's routes. */
bool serve_add_routes(struct web_server *server, struct error *error);

#endif
