/* The tables of casework, and which of their columns are sealed. */
#include "casework/casework.h"

extern const unsigned char casework_001_sql[], casework_002_sql[];

const struct migration casework_migrations[] = {
    { "casework", 1, (const char *)casework_001_sql },
    { "casework", 2, (const char *)casework_002_sql },
};
const size_t casework_migrations_count = sizeof casework_migrations / sizeof *casework_migrations;

const struct sealed_column casework_sealed[] = {
    { "case_subscription", "id", "address_sealed", "case.subscriber" },
};
const size_t casework_sealed_count = sizeof casework_sealed / sizeof *casework_sealed;
