/* The plans (classes and places) of the demo's schools, and last year's cut-offs. */
#ifndef DEMO_PLANS_H
#define DEMO_PLANS_H

#include "demo/schools.h"

/* Fills classes, class_size, demand, sought and cutoff of every school. The public places of each county and
 * stage are at least as many as its children. */
void plans_make(struct arena *arena, const struct city *city, const struct land *land, struct schools *schools);

static inline uint32_t school_places(const struct school *school, enum stage stage)
{
    return school->classes[stage] * school->class_size[stage];
}

#endif
