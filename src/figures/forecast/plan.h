/* Places planned by school, stage and year (table forecast_plan). Who acts comes as accounts say it; this part of the
 * house does not know accounts. */
#ifndef FIGURES_FORECAST_PLAN_H
#define FIGURES_FORECAST_PLAN_H

#include "figures/forecast/load.h"

struct forecast_actor {
    int64_t account;
    const char *role;
    struct str scope; /* prefix of divisions */
};

enum { PLAN_CLASSES_MOST = 200, PLAN_CLASS_SIZE_MOST = 100 };

struct plan_put {
    struct forecast_actor actor;
    int64_t institution;
    int stage;
    int64_t year, classes, class_size;
    struct str reason;
    /* out */
    bool found; /* false: no such school in the actor's scope */
};
bool plan_put_run(struct writing *writing, void *input, struct error *error);
/* One row, without questions: for builders, and for what was asked before. */
bool plan_add(struct writing *writing, const struct plan_put *put, struct error *error);

#endif
