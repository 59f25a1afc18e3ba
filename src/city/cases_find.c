/* Look-ups in what a city's folder says about cases (cases.h). */
#include "city/city.h"

const struct case_kind *city_case(const struct city *city, struct str id)
{
    for (size_t i = 0; i < city->ncases; i++) {
        if (str_eq(city->cases[i]->id, id)) {
            return city->cases[i];
        }
    }
    return NULL;
}

const struct checklist *city_checklist(const struct city *city, struct str id)
{
    for (size_t i = 0; i < city->nchecklists; i++) {
        if (str_eq(city->checklists[i]->id, id)) {
            return city->checklists[i];
        }
    }
    return NULL;
}

size_t case_field(const struct case_kind *kind, struct str id)
{
    size_t i = 0;
    while (i < kind->nfields && !str_eq(kind->fields[i].id, id)) {
        i++;
    }
    return i < kind->nfields ? i : SIZE_MAX;
}

size_t case_stage(const struct case_kind *kind, struct str id)
{
    size_t i = 0;
    while (i < kind->nstages && !str_eq(kind->stages[i].id, id)) {
        i++;
    }
    return i < kind->nstages ? i : SIZE_MAX;
}

const struct case_act *case_act(const struct case_stage *stage, struct str id)
{
    for (size_t i = 0; i < stage->nacts; i++) {
        if (str_eq(stage->acts[i].id, id)) {
            return &stage->acts[i];
        }
    }
    return NULL;
}

size_t checklist_item(const struct checklist *list, struct str id)
{
    size_t i = 0;
    while (i < list->nitems && !str_eq(list->items[i].id, id)) {
        i++;
    }
    return i < list->nitems ? i : SIZE_MAX;
}
