/* What the demo's register asks of the registry for versions that it writes itself: that they are found by their names,
 * and that the picture of today follows. (Apart from register.h: registry/facts.h and places/fact.h use the same words
 * for different things, and no file can know both.) */
#ifndef DEMO_REGISTER_FACTS_H
#define DEMO_REGISTER_FACTS_H

#include "base/error.h"
#include "registry/kinds.h"
#include "store/writer.h"

/* A standing version into the search; of kinds that have names. */
bool register_find_by_name(struct writing *writing, const struct kind *kind, int64_t subject, struct str code,
                           struct str division, int64_t from, int64_t until, const struct value *values,
                           struct error *error);
/* The table `institution` as on the day. */
bool register_picture(struct writing *writing, int64_t day, struct error *error);

#endif
