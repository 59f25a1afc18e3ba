/* What would each rule have done? The same families with the same wishes under each rule, with many draws of lots,
 * because a result depends on them: mean and spread of every measure.
 *
 * The lots are pseudo-random numbers of the trial's own seed: no draw of a round ever has them. In one draw a ticket
 * has the same lot under each rule, so what differs between rules comes from the rules. Nothing here knows of a
 * database.
 */
#ifndef SIMULATE_TRIAL_H
#define SIMULATE_TRIAL_H

#include "base/crew.h"
#include "base/text.h"
#include "simulate/measure.h"

enum {
    TRIAL_RULES_MOST = 24,
    TRIAL_DRAWS_MOST = 10000,
    TRIAL_DRAWS_LEAST = 5,
    TRIAL_GROUP_LEAST = 5 /* figures of a smaller group are not shown */
};

/* Whose wishes. All arrays are the caller's. */
struct trial_input {
    const struct allot_problem *problem; /* its mechanism and lots are not looked at unless `present` */
    const uint32_t *metres;              /* per choice, METRES_UNKNOWN where not known; NULL: taken from the reach */
    uint32_t step_metres;                /* of the reach; 0: distances are not known from it */
    const uint16_t *group;               /* per applicant, whose share is told apart; NULL: no groups */
    size_t groups;
    const struct name *group_name;
    bool present; /* the problem's own rule is in force: mark it */
};

struct trial_settings {
    uint32_t draws;
    double declined; /* share of placed children who give their place back, 0 … 1 */
    uint64_t seed;
    struct crew *crew; /* NULL: alone */
    uint64_t work;     /* unless 0: draws are cut, to TRIAL_DRAWS_LEAST if need be, so that tickets × rules × draws is
                        * not more; trial->draws says how many there were */
};

struct trial_rule {
    const char *id; /* "deferred", "serial_no_kinds" */
    struct text name;
    enum allot_mechanism mechanism;
    enum allot_together together;
    bool lot_per_offer;
    bool without_kinds;
    bool apart;   /* siblings as single tickets */
    bool present; /* the rule in force */
};

struct trial_figure {
    double mean;   /* not a number: does not apply */
    double spread; /* standard deviation over the draws; 0 with one draw */
    double least, most;
};

struct trial_group {
    struct name name;
    uint32_t children;
    double *first; /* per rule: mean share with the first wish */
    double *wish;  /* … with any wish */
};

struct trial {
    uint32_t tickets, children, offers, places, draws;
    double declined;
    size_t nrules;
    struct trial_rule rules[TRIAL_RULES_MOST];
    struct trial_figure figures[TRIAL_RULES_MOST][MEASURES];
    struct trial_group *groups;
    size_t ngroups;
    int64_t took_us;
};

/* Everything of `out` is in the arena. */
bool trial_run(struct arena *arena, const struct trial_input *input, const struct trial_settings *settings,
               struct trial *out, struct error *error);

/* Does any rule have a figure for this measure? */
bool trial_has(const struct trial *trial, enum measure measure);

#endif
