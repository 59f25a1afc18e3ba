/* Of staff.c. */
#ifndef DEMO_STAFF_H
#define DEMO_STAFF_H

#include "demo/build.h"

/* The second county to show: the district or city with most children after the first. */
uint32_t staff_largest(const struct builder *builder);

#endif
