/* See plan.h. */
#include "figures/forecast/plan.h"

#include "registry/registry.h"
#include "store/journal.h"

bool plan_add(struct writing *writing, const struct plan_put *put, struct error *error)
{
    return db_run(writing->db, error,
                  "insert into forecast_plan (institution, stage, year, classes, class_size, recorded_at, recorded_by, "
                  "reason) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                  V_INT(put->institution), V_TEXT(str_of(stage_id((enum stage)put->stage))), V_INT(put->year),
                  V_INT(put->classes), V_INT(put->class_size), V_INT(writing->now), V_INT(put->actor.account),
                  V_TEXT(put->reason));
}

bool plan_put_run(struct writing *writing, void *input, struct error *error)
{
    struct plan_put *put = input;
    struct institution school;
    bool found;
    if (!registry_institution(writing->db, writing->arena, put->institution, &school, &found, error)) {
        return false;
    }
    put->found = found && put->actor.scope.n > 0 && str_starts(school.division, put->actor.scope);
    return !put->found ||
           (plan_add(writing, put, error) && forecast_touch(writing, error) &&
            journal_append(
                writing,
                &(struct journal_entry){ .actor = put->actor.account,
                                         .role = put->actor.role,
                                         .action = "forecast.plan",
                                         .subject_kind = "institution",
                                         .subject_id = put->institution,
                                         .division = school.division,
                                         .detail = arena_printf(writing->arena, "%s %lld: %lld classes of %lld",
                                                                stage_id((enum stage)put->stage), (long long)put->year,
                                                                (long long)put->classes, (long long)put->class_size) },
                error));
}
