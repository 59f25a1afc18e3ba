/* What the pages of accounts show. */
#ifndef ACCOUNTS_PAGES_H
#define ACCOUNTS_PAGES_H

#include "accounts/accounts.h"

struct sign_in_view {
    bool demo;
    struct account *accounts; /* listed demo accounts */
    size_t count;
};

struct demo_clock_view {
    int64_t now; /* ms */
};

#endif
