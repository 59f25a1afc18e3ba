/* Counts of children from public security: by community and month of birth, as counted on a day. A file of
 * comma-separated values, UTF-8:
 *
 *     community,birth_month,counted_on,children,registered
 *     4711,2019-03,2026-11-30,12,9
 *     371502001 阳光小区,2019-04,2026-11-30,7,7
 *
 * A community is its number, or its township's code and its name. Every mistake is told with its line, and a file with
 * one is not taken: half a count would look like fewer children. A row that is known already is replaced; what the file
 * does not name stays. */
#ifndef FIGURES_FORECAST_HOUSEHOLDS_H
#define FIGURES_FORECAST_HOUSEHOLDS_H

#include "store/writer.h"

enum {
    HOUSEHOLD_MISTAKES_MOST = 200,
    HOUSEHOLD_CHILDREN_MOST = 100000,
    HOUSEHOLD_YEARS_MOST = 20, /* between birth and counting */
};

struct household_row {
    int64_t community, birth_month, counted_on, children, registered;
    int64_t line;
};
struct household_mistake {
    int64_t line; /* 0: of the file */
    const char *says;
};
struct household_file {
    struct household_row *rows; /* by community, month, day */
    size_t n;
    struct household_mistake *mistakes; /* in order of lines, of communities that are not there first */
    size_t nmistakes;
};

/* Reads and checks; db: to find communities. today: no count is of a later day. */
bool households_read(struct db *db, struct arena *arena, struct str text, int64_t today, struct household_file *out,
                     struct error *error);

struct household_import {
    int64_t account;
    const char *role;
    const struct household_file *file;
    int64_t added, changed, same; /* out */
};
bool household_import_run(struct writing *writing, void *input, struct error *error);

#endif
