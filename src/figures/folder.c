/* See folder.h. */
#include "figures/folder.h"

bool figures_folder_read(struct figures_folder *out, const char *folder, struct city_mistakes *mistakes,
                         struct error *error)
{
    struct error later; /* the first is told; what the later ones say stands in mistakes */
    *out = (struct figures_folder){ 0 };
    bool good = indicators_read(&out->indicators, folder, mistakes, error);
    good = standards_read(&out->standards, folder, mistakes, good ? error : &later) && good;
    if (out->indicators) { /* what names indicators can only be judged beside them */
        good = dashboards_read(&out->dashboards, folder, out->indicators, mistakes, good ? error : &later) && good;
        good = briefing_files_read(&out->briefing, folder, out->indicators, mistakes, good ? error : &later) && good;
        good = indicators_try(out->indicators, mistakes, good ? error : &later) && good;
    }
    return good;
}

void figures_folder_free(struct figures_folder *folder)
{
    briefing_files_free(folder->briefing);
    dashboards_free(folder->dashboards);
    standards_free(folder->standards);
    indicators_free(folder->indicators);
    *folder = (struct figures_folder){ 0 };
}
