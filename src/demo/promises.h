/* Of promises.c: what the city promised in public and what is built, as cases; after supervision. */
#ifndef DEMO_PROMISES_H
#define DEMO_PROMISES_H

#include "demo/build.h"

bool promises_write(struct builder *builder, struct error *error);

#endif
