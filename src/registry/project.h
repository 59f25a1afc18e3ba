/* The picture of today: rows of `institution` (sql/001) as the register has them on a day. Enrolment stands on that
 * table. A row is a school's when the register lists it (listed = 1); what is no school, or does not stand on the day,
 * keeps its row and its number but is listed nowhere. */
#ifndef REGISTRY_PROJECT_H
#define REGISTRY_PROJECT_H

#include "registry/facts.h"

/* A row for a new institution, not listed until its facts say so; its id is the subject. */
bool project_new(struct writing *writing, struct str code, int64_t *id, struct error *error);
/* Brings one row to what holds on the day. An institution without facts is left as it is. */
bool project_one(struct writing *writing, int64_t id, int64_t day, struct error *error);

#endif
