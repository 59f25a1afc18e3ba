/* The services of the folder as they live: opened, applied for, drawn, attended, recorded, as far as the demo's moment
 * is. */
#ifndef DEMO_SERVICES_H
#define DEMO_SERVICES_H

#include "demo/build.h"

/* Between transactions; leaves none open. */
bool services_write(struct builder *builder, struct error *error);

#endif
