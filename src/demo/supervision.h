/* Of supervision.c: the year of visits, after the register and the accounts of staff. */
#ifndef DEMO_SUPERVISION_H
#define DEMO_SUPERVISION_H

#include "demo/build.h"

bool supervision_write(struct builder *builder, struct error *error);

#endif
