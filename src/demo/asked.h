/* Of asked.c. */
#ifndef DEMO_ASKED_H
#define DEMO_ASKED_H

#include "demo/build.h"

/* Keeps the departments' answers to what an application will ask, by the kind of dwelling and the claims with which
 * the next step is taken. */
bool asked_before(struct builder *builder, const struct family *family, const struct truth *truth,
                  const struct dwelling_kind *kind, uint32_t claims, int64_t application, const struct person *child,
                  struct error *error);

#endif
