/* The year that the briefing speaks of: its trainings and sports events, each a call of a service that was opened,
 * entered by lists, attended and finished, so that the register counts what was noted (services/README.md). */
#ifndef DEMO_YEAR_H
#define DEMO_YEAR_H

#include "demo/build.h"

/* Before the register is written: what it records then was known in that year. */
bool year_write(struct builder *builder, struct error *error);

#endif
