/* A scenario is proposed, confirmed or rejected, and put in force. See scenario.h. */
#include "figures/forecast/kept.h"

#include "registry/assign.h"

static bool set_state(struct writing *writing, const struct scenario_decide *decide, const char *state,
                      struct error *error)
{
    return db_run(
        writing->db, error,
        "update forecast_scenario set state = ?1, decided_at = ?2, decided_by = ?3, reason = ?4 where id = ?5",
        V_TEXT(str_of(state)), V_INT(writing->now), V_INT(decide->actor.account),
        V_TEXT(decide->act == SCENARIO_REJECT ? decide->note : STR("")), V_INT(decide->scenario));
}

/* Does a round go on in a county and stage in which a community moves? */
static bool is_busy(struct writing *writing, const struct scenario_decide *decide, const struct scenario *scenario,
                    bool *busy, struct error *error)
{
    const struct forecast_data *data = &decide->forecast->data;
    *busy = false;
    for (size_t i = 0; i < scenario->n && !*busy; i++) {
        struct forecast_change change;
        if (scenario->steps[i].kind == CHANGE_MOVE && scenario_step_change(data, &scenario->steps[i], &change) &&
            !decide->busy(writing->db, data->counties[data->catchments[change.catchment].county].code,
                          str_of(stage_id((enum stage)data->catchments[change.catchment].stage)), busy, error)) {
            return false;
        }
    }
    return true;
}

static bool move_community(struct writing *writing, const struct scenario_decide *decide,
                           const struct scenario *scenario, const struct scenario_step *step,
                           const struct forecast_change *change, enum assign_result *result, struct error *error)
{
    const struct forecast_data *data = &decide->forecast->data;
    uint32_t before = data->communities[change->community].catchment[data->catchments[change->catchment].stage];
    struct assign assign = { .account = decide->actor.account,
                             .role = decide->actor.role,
                             .community = step->community,
                             .catchment = step->catchment,
                             .from = before == NOWHERE ? 0 : data->catchments[before].id,
                             .why = arena_printf(writing->arena, "scenario %lld, proposed by account %lld",
                                                 (long long)scenario->id, (long long)scenario->made_by) };
    return registry_assign(writing, &assign, result, error) &&
           (*result != ASSIGN_DONE || db_run(writing->db, error, "update forecast_step set was = ?1 where id = ?2",
                                             V_INT(assign.from), V_INT(step->id)));
}

/* A school may stand in several steps: what they add by a year is taken together, and becomes that year's row. */
static bool add_classes(struct writing *writing, const struct scenario_decide *decide,
                        const struct forecast_change *changes, size_t n, size_t at, int h, struct error *error)
{
    const struct forecast *forecast = decide->forecast;
    const struct forecast_school *school = &forecast->data.schools[changes[at].school];
    int64_t year = forecast->base.first_year + h, classes = school->places[h] / school->class_size;
    for (size_t k = 0; k < n; k++) {
        if (changes[k].kind == CHANGE_CLASSES && changes[k].school == changes[at].school && changes[k].year <= year) {
            if (k < at) {
                return true; /* done with the first of them */
            }
            classes += changes[k].amount;
        }
    }
    struct plan_put put = { .actor = decide->actor,
                            .institution = school->institution,
                            .stage = forecast->data.catchments[school->catchment].stage,
                            .year = year,
                            .classes = classes < 0 ? 0 : classes,
                            .class_size = school->class_size,
                            .reason = arena_printf(writing->arena, "scenario %lld", (long long)decide->scenario) };
    return plan_add(writing, &put, error);
}

/* Is the community moved again by a later step? Then that one counts. */
static bool moves_again(const struct scenario *scenario, const struct forecast_data *data,
                        const struct forecast_change *changes, size_t at)
{
    for (size_t k = at + 1; k < scenario->n; k++) {
        if (changes[k].kind == CHANGE_MOVE && changes[k].community == changes[at].community &&
            data->catchments[changes[k].catchment].stage == data->catchments[changes[at].catchment].stage) {
            return true;
        }
    }
    return false;
}

/* All of it or nothing: what does not fit leaves the command with nothing written, so it is looked at first. */
static bool put_in_force(struct writing *writing, struct scenario_decide *decide, const struct scenario *scenario,
                         struct error *error)
{
    size_t n, lost;
    struct forecast_change *changes = scenario_changes(writing->arena, decide->forecast, scenario, &n, &lost);
    if (lost) {
        decide->result = SCENARIO_OVERTAKEN;
        return true;
    }
    for (size_t i = 0; i < scenario->n; i++) { /* n == scenario->n */
        enum assign_result result = ASSIGN_DONE;
        if (changes[i].kind == CHANGE_MOVE && !moves_again(scenario, &decide->forecast->data, changes, i) &&
            !move_community(writing, decide, scenario, &scenario->steps[i], &changes[i], &result, error)) {
            return false;
        }
        if (result != ASSIGN_DONE) {
            return error_set(error, "community %lld belongs elsewhere by now; make the scenario anew",
                             (long long)scenario->steps[i].community);
        }
        for (int h = 0; changes[i].kind == CHANGE_CLASSES && h < FORECAST_YEARS; h++) {
            if (changes[i].year <= decide->forecast->base.first_year + h &&
                !add_classes(writing, decide, changes, n, i, h, error)) {
                return false;
            }
        }
    }
    return forecast_touch(writing, error);
}

static bool propose_it(struct writing *writing, struct scenario_decide *decide, const struct scenario *scenario,
                       struct error *error)
{
    decide->result = !str_is(scenario->state, "draft") ? SCENARIO_NOT_DRAFT
                     : scenario->n == 0                ? SCENARIO_NOTHING
                                                       : SCENARIO_DONE;
    return decide->result != SCENARIO_DONE ||
           (db_run(writing->db, error,
                   "update forecast_scenario set state = 'proposed', note = ?1, made_by = ?2 where id = ?3",
                   V_TEXT(decide->note), V_INT(decide->actor.account), V_INT(scenario->id)) &&
            scenario_journal(writing, &decide->actor, "forecast.scenario.propose", scenario->id, scenario->division,
                             arena_printf(writing->arena, "%zu changes", scenario->n), error));
}

static bool decide_it(struct writing *writing, struct scenario_decide *decide, const struct scenario *scenario,
                      struct error *error)
{
    bool busy = false, later = decide->act == SCENARIO_APPLY;
    decide->result = !str_is(scenario->state, later ? "confirmed" : "proposed") ? SCENARIO_DECIDED
                     : !later && scenario->made_by == decide->actor.account     ? SCENARIO_SAME
                                                                                : SCENARIO_DONE;
    if (decide->result != SCENARIO_DONE) {
        return true;
    }
    if (decide->act == SCENARIO_REJECT) {
        return set_state(writing, decide, "rejected", error) &&
               scenario_journal(writing, &decide->actor, "forecast.scenario.reject", scenario->id, scenario->division,
                                STR(""), error);
    }
    if (!is_busy(writing, decide, scenario, &busy, error)) {
        return false;
    }
    if (busy && later) {
        decide->result = SCENARIO_RUNNING;
        return true;
    }
    if (!busy && !put_in_force(writing, decide, scenario, error)) {
        return false;
    }
    return decide->result != SCENARIO_DONE ||
           (set_state(writing, decide, busy ? "confirmed" : "in_force", error) &&
            scenario_journal(writing, &decide->actor, busy ? "forecast.scenario.confirm" : "forecast.scenario.enforce",
                             scenario->id, scenario->division, arena_printf(writing->arena, "%zu changes", scenario->n),
                             error));
}

bool scenario_decide_run(struct writing *writing, void *input, struct error *error)
{
    struct scenario_decide *decide = input;
    struct scenario scenario = { 0 };
    bool found;
    if (!scenario_read(writing->db, writing->arena, decide->scenario, &scenario, &found, error)) {
        return false;
    }
    if (!found || !str_starts(scenario.division, decide->actor.scope)) {
        decide->result = SCENARIO_MISSING;
        return true;
    }
    return decide->act == SCENARIO_PROPOSE ? propose_it(writing, decide, &scenario, error)
                                           : decide_it(writing, decide, &scenario, error);
}
