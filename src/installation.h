/* An installation: a folder of data with its store, vault and settings, opened for a command. */
#ifndef INSTALLATION_H
#define INSTALLATION_H

#include "accounts/accounts.h"
#include "options.h"
#include "store/store.h"

struct installation {
    char data[512];
    char url[512];
    struct store *store;
    struct vault *vault;
    struct writer *writer; /* NULL until installation_write */
    struct city *city;     /* NULL until installation_city */
    struct arena *arena;
    bool demo;
};

/* The options that every such command takes. */
#define INSTALLATION_OPTIONS                                                                                           \
    { "data", "FOLDER", "the installation's data (default var/city)" },                                                \
        { "db", "URL", "its database (default: the SQLite file in that folder)" },                                     \
    {                                                                                                                  \
        "cipher", "sm4|aes", "what seals personal data from now on (default sm4)"                                      \
    }

/* Opens store and vault, brings the tables up to date, sets the clock of a demo city. */
bool installation_open(struct installation *installation, const struct options *options, struct error *error);
/* Starts the writer with every check registered. */
bool installation_write(struct installation *installation, struct error *error);
/* Reads the city's folder (--city, else the one that the installation was made from). Prints the folder's mistakes. */
bool installation_city(struct installation *installation, const struct options *options, struct error *error);
/* Ends what was begun; safe after a failure. */
void installation_close(struct installation *installation);

/* All tables of the program, in their order; and all sealed columns. */
bool installation_migrate(struct store *store, struct error *error);
size_t installation_sealed(struct sealed_column *out, size_t most);

#endif
