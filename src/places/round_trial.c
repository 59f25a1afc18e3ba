/* See round_trial.h. */
#include "places/round_trial.h"

/* The category at the first wish for a public school, counted from 1; 0: it has none. */
static uint16_t group_of(const struct round_list *list, uint32_t a)
{
    for (uint32_t c = list->problem.choice_from[a]; c < list->problem.choice_from[a + 1]; c++) {
        if (list->offers[list->problem.choice[c].offer].public_school) {
            return (uint16_t)(list->choices[c].category + 1);
        }
    }
    return 0;
}

static void tell_groups(struct arena *arena, const struct round_list *list, struct trial_input *out)
{
    const struct policy *policy = list->policy;
    uint16_t *group = ARENA_ARRAY(arena, uint16_t, list->problem.applicants);
    struct name *names = ARENA_ARRAY(arena, struct name, policy->ncategories + 2);
    names[0] = (struct name){ STR("没有公办志愿"), STR("No public wish") };
    for (size_t i = 0; i < policy->ncategories; i++) {
        names[i + 1] = policy->categories[i].name;
    }
    for (uint32_t a = 0; a < list->problem.applicants; a++) {
        group[a] = group_of(list, a);
    }
    out->group = group;
    out->group_name = names;
    out->groups = policy->ncategories + 1;
}

bool round_trial_input(struct db *db, struct places *places, struct arena *arena, int64_t round,
                       struct trial_input *out, struct error *error)
{
    struct round_list *list = ARENA_NEW(arena, struct round_list);
    enum list_rule rule;
    if (!round_list_rule(db, round, &rule, error) ||
        !round_list_build(db, places, arena, round, rule, false, list, error)) {
        return false;
    }
    uint32_t choices = list->problem.choice_from[list->problem.applicants];
    uint32_t *metres = ARENA_ARRAY(arena, uint32_t, choices);
    for (uint32_t c = 0; c < choices; c++) {
        int64_t distance = list->choices[c].distance;
        metres[c] = distance > 0 && distance < METRES_UNKNOWN ? (uint32_t)distance : METRES_UNKNOWN;
    }
    *out = (struct trial_input){
        .problem = &list->problem, .metres = metres, .step_metres = list_step_metres(list->policy), .present = true
    };
    tell_groups(arena, list, out);
    return true;
}
