/* All that figures reads of a city's folder: indicators, standards, dashboards, the briefing's templates. */
#ifndef FIGURES_FOLDER_H
#define FIGURES_FOLDER_H

#include "figures/briefing_text.h"
#include "figures/dashboard.h"
#include "figures/standard.h"

struct figures_folder {
    struct indicators *indicators;
    struct standards *standards;
    struct dashboards *dashboards;
    struct briefing_files *briefing;
};

/* Each file read and checked, each indicator's SQL tried by a database. False: mistakes tells them all, and *out holds
 * what has none (figures_folder_free frees it in any case). */
bool figures_folder_read(struct figures_folder *out, const char *folder, struct city_mistakes *mistakes,
                         struct error *error);
void figures_folder_free(struct figures_folder *folder);

#endif
