/* The tables of casework. */
#include "casework/casework.h"

extern const unsigned char casework_001_sql[], casework_002_sql[], casework_003_sql[], casework_004_sql[],
    casework_005_sql[];

const struct migration casework_migrations[] = {
    { "casework", 1, (const char *)casework_001_sql }, { "casework", 2, (const char *)casework_002_sql },
    { "casework", 3, (const char *)casework_003_sql }, { "casework", 4, (const char *)casework_004_sql },
    { "casework", 5, (const char *)casework_005_sql },
};
const size_t casework_migrations_count = sizeof casework_migrations / sizeof *casework_migrations;
