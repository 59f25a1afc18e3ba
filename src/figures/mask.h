/* Small cells for the public: which cells of an indicator's tables are not shown, so that none of them can be worked
 * out from what is.
 *
 * The public sees an indicator's total, its table by county and its table by institution, on several days and in
 * several versions. A cell of 1 to mask − 1 persons is hidden (of a share also one whose numerator, or the rest, is so
 * small). Because sums are shown, others are hidden with it: of the cells of a county at least two, and so that each
 * could still hold `mask` persons or more; where a county has no others, the whole county is hidden with its cells, and
 * then another county with it. What is hidden in one table is hidden in all of them: then two tables differ only by
 * sums, and no difference of days or versions says more than each table.
 */
#ifndef FIGURES_MASK_H
#define FIGURES_MASK_H

#include "figures/compute.h"

enum { COUNTY_CHARS = 6 };

struct mask_cell {
    char county[COUNTY_CHARS + 1];
    int64_t institution;
};

struct masked {
    bool all;                /* nothing but the total may be shown … */
    bool total;              /* … and not even that */
    struct mask_cell *cells; /* hidden ones, by county, then institution */
    size_t n;
    char (*counties)[COUNTY_CHARS + 1]; /* hidden ones, with all their cells */
    size_t ncounties;
};

/* tables: all that the public can ask for. An indicator without mask hides nothing. */
void mask_find(struct arena *arena, const struct indicators *set, const struct indicator *indicator,
               const struct cells *tables, size_t ntables, struct masked *out);

bool mask_hides_county(const struct masked *masked, struct str division);
bool mask_hides(const struct masked *masked, struct str division, int64_t institution);

#endif
