/* Cases of the demo that are made by the commands which the pages use, so that every row is one that they could have
 * left; of promises.c, food.c and board.c. */
#ifndef DEMO_CASES_H
#define DEMO_CASES_H

#include "casework/casework.h"
#include "demo/build.h"
#include "demo/dice.h"

struct casing {
    struct builder *builder;
    const struct city *city;
    struct case_file_added picture; /* one for all: visibly synthetic */
    struct arena *arena;            /* emptied between cases */
    int64_t today;
};
bool casing_begin(struct casing *casing, struct builder *builder, struct error *error);
void casing_end(struct casing *casing);

/* Ten in the morning of the day. */
int64_t casing_moment(int64_t day);
/* Opens, by the program; *id. what has kind, division, institution, subject, title, values, parent. */
bool casing_open(struct casing *casing, struct case_open *what, int64_t day, int64_t *id, struct error *error);
/* Does an act; answers may be NULL. Nothing on days that are not over. */
bool casing_act(struct casing *casing, int64_t id, const char *act, struct case_input *values, size_t nvalues,
                const struct case_answers *answers, bool picture, int64_t day, struct error *error);

#endif
