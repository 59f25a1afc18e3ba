/* Scenarios kept and read; the proposer's question. Deciding is decide.c. */
#include "figures/forecast/scenario.h"

#include "figures/forecast/kept.h"
#include "store/journal.h"

#include <math.h>

enum { SCENARIOS_MOST = 200 };

const char *const change_words[FORECAST_CHANGES] = { "classes", "build", "move", "private" };

struct text scenario_result_text(enum scenario_result result)
{
    static const struct text texts[SCENARIO_RESULTS] = {
        [SCENARIO_DONE] = T("已保存。", "Saved."),
        [SCENARIO_MISSING] = T("没有这个方案。", "There is no such scenario."),
        [SCENARIO_NOT_DRAFT] = T("方案已提交，不能再改。", "The scenario was proposed and cannot be changed."),
        [SCENARIO_FULL] = T("改动太多，最多400项。", "Too many changes: at most 400."),
        [SCENARIO_NOTHING] = T("方案里还没有改动。", "The scenario changes nothing yet."),
        [SCENARIO_SAME] = T("提出的人不能自己确认。", "Who proposed it cannot confirm it."),
        [SCENARIO_DECIDED] = T("方案已经有了决定。", "It was decided already."),
        [SCENARIO_RUNNING] = T("本县这个学段正在招生，招生结束后才能生效。",
                               "A round of this county and stage goes on; it can be put in force when it has ended."),
        [SCENARIO_OVERTAKEN] = T("有小区的学区已经变了，请按现状重做方案。",
                                 "A community belongs elsewhere by now; make the scenario anew on what is."),
        [SCENARIO_WRONG] = T("改动指向不存在或别的县的学校、学区或小区。",
                             "A change names a school, catchment or community that is not there or another county's."),
    };
    return texts[result];
}

/* ---- Reading ---- */

#define SCENARIO_COLUMNS                                                                                               \
    "s.id, s.division, s.name, s.state, s.note, s.reason, s.made_at, s.made_by, coalesce(s.decided_at, 0), "           \
    "coalesce(s.decided_by, 0)"

static struct scenario read_row(struct rows *rows, struct arena *arena)
{
    return (struct scenario){ .id = rows_int(rows, 0),
                              .division = rows_text_in(rows, 1, arena),
                              .name = rows_text_in(rows, 2, arena),
                              .state = rows_text_in(rows, 3, arena),
                              .note = rows_text_in(rows, 4, arena),
                              .reason = rows_text_in(rows, 5, arena),
                              .made_at = rows_int(rows, 6),
                              .made_by = rows_int(rows, 7),
                              .decided_at = rows_int(rows, 8),
                              .decided_by = rows_int(rows, 9) };
}

static bool kind_of(struct str word, enum change_kind *kind)
{
    for (int k = 0; k < FORECAST_CHANGES; k++) {
        if (str_is(word, change_words[k])) {
            *kind = (enum change_kind)k;
            return true;
        }
    }
    return false;
}

bool scenario_read(struct db *db, struct arena *arena, int64_t id, struct scenario *out, bool *found,
                   struct error *error)
{
    struct rows *rows =
        db_query(db, error, "select " SCENARIO_COLUMNS " from forecast_scenario s where s.id = ?1", V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        *out = read_row(rows, arena);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    if (!*found) {
        return true;
    }
    out->steps = ARENA_ARRAY(arena, struct scenario_step, SCENARIO_STEPS_MOST);
    rows = db_query(db, error,
                    "select id, kind, year, institution, stage, catchment, community, division, amount, name, was "
                    "from forecast_step where scenario = ?1 order by id limit ?2",
                    V_INT(id), V_INT(SCENARIO_STEPS_MOST));
    while (rows_next(rows)) {
        struct scenario_step *step = &out->steps[out->n];
        enum stage stage = STAGE_PRIMARY;
        (void)stage_of(rows_text(rows, 4), &stage);
        *step = (struct scenario_step){ .id = rows_int(rows, 0),
                                        .year = rows_int(rows, 2),
                                        .institution = rows_int(rows, 3),
                                        .stage = (int)stage,
                                        .catchment = rows_int(rows, 5),
                                        .community = rows_int(rows, 6),
                                        .division = rows_text_in(rows, 7, arena),
                                        .amount = rows_int(rows, 8),
                                        .name = rows_text_in(rows, 9, arena),
                                        .was = rows_int(rows, 10) };
        out->n += kind_of(rows_text(rows, 1), &step->kind);
    }
    return rows_end(rows, error);
}

bool scenario_list(struct db *db, struct arena *arena, struct str scope, struct scenario **out, size_t *n,
                   struct error *error)
{
    *out = ARENA_ARRAY(arena, struct scenario, SCENARIOS_MOST);
    *n = 0;
    struct rows *rows =
        db_query(db, error,
                 "select " SCENARIO_COLUMNS ", (select count(*) from forecast_step t where t.scenario = s.id) from "
                 "forecast_scenario s where s.division >= ?1 and s.division < ?2 order by s.id desc limit ?3",
                 V_TEXT(scope), V_TEXT(arena_printf(arena, "%.*s~", STR_ARG(scope))), V_INT(SCENARIOS_MOST));
    while (rows_next(rows)) {
        (*out)[*n] = read_row(rows, arena);
        (*out)[(*n)++].n = (size_t)rows_int(rows, 10);
    }
    return rows_end(rows, error);
}

bool scenario_step_change(const struct forecast_data *data, const struct scenario_step *step,
                          struct forecast_change *out)
{
    *out = (struct forecast_change){ .kind = step->kind, .year = (int)step->year, .amount = step->amount };
    switch (step->kind) {
    case CHANGE_CLASSES:
        out->school = forecast_school_at(data, step->institution, step->stage);
        return out->school != NOWHERE;
    case CHANGE_BUILD:
        out->catchment = forecast_catchment_at(data, step->catchment);
        return out->catchment != NOWHERE && step->amount >= 0;
    case CHANGE_MOVE:
        out->catchment = forecast_catchment_at(data, step->catchment);
        out->community = forecast_community_at(data, step->community);
        return out->catchment != NOWHERE && out->community != NOWHERE &&
               data->catchments[out->catchment].county == data->communities[out->community].county;
    case CHANGE_PRIVATE:
        out->county = forecast_county_at(data, step->division);
        return out->county != NOWHERE && step->amount >= 0 && step->amount <= 1000;
    case FORECAST_CHANGES:
        break;
    }
    return false;
}

struct forecast_change *scenario_changes(struct arena *arena, const struct forecast *forecast,
                                         const struct scenario *scenario, size_t *n, size_t *lost)
{
    struct forecast_change *changes = ARENA_ARRAY(arena, struct forecast_change, scenario->n);
    *n = *lost = 0;
    for (size_t i = 0; i < scenario->n; i++) {
        if (scenario_step_change(&forecast->data, &scenario->steps[i], &changes[*n])) {
            (*n)++;
        } else {
            (*lost)++;
        }
    }
    return changes;
}

/* ---- Keeping ---- */

bool scenario_journal(struct writing *writing, const struct forecast_actor *actor, const char *action, int64_t id,
                      struct str division, struct str detail, struct error *error)
{
    return journal_append(writing,
                          &(struct journal_entry){ .actor = actor->account,
                                                   .role = actor->role,
                                                   .action = action,
                                                   .subject_kind = "forecast_scenario",
                                                   .subject_id = id,
                                                   .division = division,
                                                   .detail = detail },
                          error);
}

bool scenario_new_run(struct writing *writing, void *input, struct error *error)
{
    struct scenario_new *new = input;
    struct str answer;
    bool is_new = true;
    if (new->form_key.n && !once_claim(writing, new->form_key, new->actor.account, &answer, &is_new, error)) {
        return false;
    }
    if (!is_new) {
        return str_to_int(answer, 1, INT64_MAX, &new->id) || error_set(error, "the form was sent twice; look again");
    }
    return writing_id(writing, "select coalesce(max(id), 0) from forecast_scenario", &new->id, error) &&
           db_run(writing->db, error,
                  "insert into forecast_scenario (id, division, name, state, note, made_at, made_by, reason) values "
                  "(?1, ?2, ?3, 'draft', '', ?4, ?5, '')",
                  V_INT(new->id), V_TEXT(new->division), V_TEXT(new->name), V_INT(writing->now),
                  V_INT(new->actor.account)) &&
           scenario_journal(writing, &new->actor, "forecast.scenario.make", new->id, new->division, STR(""), error) &&
           (new->form_key.n == 0 ||
            once_answer(writing, new->form_key, arena_printf(writing->arena, "%lld", (long long)new->id), error));
}

/* Is all that the step touches in the scenario's own county (the city's scenario: in the city)? */
static bool in_division(const struct forecast_data *data, struct str division, const struct forecast_change *change)
{
    uint32_t county = change->kind == CHANGE_CLASSES ? data->catchments[data->schools[change->school].catchment].county
                      : change->kind == CHANGE_PRIVATE ? change->county
                                                       : data->catchments[change->catchment].county;
    return str_starts(data->counties[county].code, division);
}

static bool add_step(struct writing *writing, const struct scenario *scenario, const struct scenario_step *step,
                     struct error *error)
{
    return db_run(
        writing->db, error,
        "insert into forecast_step (scenario, kind, year, institution, stage, catchment, community, division, "
        "amount, name, was) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0)",
        V_INT(scenario->id), V_TEXT(str_of(change_words[step->kind])), V_INT(step->year), V_INT(step->institution),
        V_TEXT(str_of(stage_id((enum stage)step->stage))), V_INT(step->catchment), V_INT(step->community),
        V_TEXT(step->division), V_INT(step->amount), V_TEXT(step->name));
}

static enum scenario_result judge_edit(const struct scenario_edit *edit, const struct scenario *scenario, bool found)
{
    if (!found || !str_starts(scenario->division, edit->actor.scope)) {
        return SCENARIO_MISSING;
    }
    if (!str_is(scenario->state, "draft")) {
        return SCENARIO_NOT_DRAFT;
    }
    if (scenario->n + edit->n > SCENARIO_STEPS_MOST) {
        return SCENARIO_FULL;
    }
    for (size_t i = 0; i < edit->n; i++) {
        struct forecast_change change;
        if (!scenario_step_change(&edit->forecast->data, &edit->steps[i], &change) ||
            !in_division(&edit->forecast->data, scenario->division, &change)) {
            return SCENARIO_WRONG;
        }
    }
    return SCENARIO_DONE;
}

bool scenario_edit_run(struct writing *writing, void *input, struct error *error)
{
    struct scenario_edit *edit = input;
    struct scenario scenario = { 0 };
    bool found, is_new = true;
    struct str answer;
    edit->result = SCENARIO_DONE;
    if (edit->form_key.n && !once_claim(writing, edit->form_key, edit->actor.account, &answer, &is_new, error)) {
        return false;
    }
    if (!is_new) {
        return true; /* the same press of the button */
    }
    if (!scenario_read(writing->db, writing->arena, edit->scenario, &scenario, &found, error)) {
        return false;
    }
    edit->result = judge_edit(edit, &scenario, found);
    if (edit->result != SCENARIO_DONE) {
        return true;
    }
    for (size_t i = 0; i < edit->n; i++) {
        if (!add_step(writing, &scenario, &edit->steps[i], error)) {
            return false;
        }
    }
    if (edit->note.n && !db_run(writing->db, error, "update forecast_scenario set note = ?1 where id = ?2",
                                V_TEXT(edit->note), V_INT(scenario.id))) {
        return false;
    }
    return (edit->remove == 0 || db_run(writing->db, error, "delete from forecast_step where id = ?1 and scenario = ?2",
                                        V_INT(edit->remove), V_INT(scenario.id))) &&
           scenario_journal(writing, &edit->actor, "forecast.scenario.edit", scenario.id, scenario.division,
                            arena_printf(writing->arena, "%zu added, %d removed", edit->n, edit->remove != 0), error);
}

/* ---- The proposer ---- */

/* Under the changes: who belongs where, and how many places there are. */
static void take_problem(struct arena *arena, const struct forecast *forecast, const struct forecast_change *changes,
                         size_t n, uint32_t county, int stage, int h, struct scenario_ask *out)
{
    const struct forecast_data *data = &forecast->data;
    struct forecast_city city;
    forecast_run(arena, &forecast->model, changes, n, &city);
    uint32_t *index = ARENA_ARRAY(arena, uint32_t, data->ncatchments);
    struct propose_catchment *catchments = ARENA_ARRAY(arena, struct propose_catchment, data->ncatchments);
    struct propose_community *communities = ARENA_ARRAY(arena, struct propose_community, data->ncommunities);
    out->catchments = ARENA_ARRAY(arena, uint32_t, data->ncatchments);
    out->communities = ARENA_ARRAY(arena, uint32_t, data->ncommunities);
    out->problem = (struct propose_problem){ .communities = communities,
                                             .catchments = catchments,
                                             .farthest = forecast->settings.farthest[stage] };
    for (uint32_t c = 0; c < data->ncatchments; c++) {
        if (data->catchments[c].county != county || data->catchments[c].stage != stage) {
            index[c] = NOWHERE;
            continue;
        }
        int64_t(*schools)[2] = arena_array(arena, data->nschools, sizeof *schools);
        uint32_t nschools = 0;
        for (size_t s = 0; s < data->nschools; s++) {
            if (data->schools[s].catchment == c) {
                schools[nschools][0] = data->schools[s].east;
                schools[nschools++][1] = data->schools[s].north;
            }
        }
        double places = city.catchment[c * FORECAST_YEARS + (uint32_t)h].places;
        index[c] = (uint32_t)out->problem.ncatchments;
        out->catchments[out->problem.ncatchments] = c;
        catchments[out->problem.ncatchments++] =
            (struct propose_catchment){ (uint32_t)places, nschools, (const int64_t(*)[2])schools };
    }
    for (uint32_t i = 0; i < data->ncommunities; i++) {
        uint32_t catchment = data->communities[i].catchment[stage];
        for (size_t k = 0; k < n; k++) {
            if (changes[k].kind == CHANGE_MOVE && changes[k].community == i && changes[k].year <= city.first_year + h &&
                data->catchments[changes[k].catchment].stage == stage) {
                catchment = changes[k].catchment;
            }
        }
        if (catchment == NOWHERE || index[catchment] == NOWHERE) {
            continue;
        }
        const struct forecast_cell *all = &city.county[stage][county * FORECAST_YEARS + (uint32_t)h];
        double share = all->entrants > 0 ? all->demand / all->entrants : 1;
        double children = forecast->model.expected[stage][i * FORECAST_YEARS + (uint32_t)h] * share;
        out->communities[out->problem.ncommunities] = i;
        communities[out->problem.ncommunities++] =
            (struct propose_community){ data->communities[i].east, data->communities[i].north, index[catchment],
                                        (uint32_t)llround(children) };
    }
}

void scenario_propose(struct arena *arena, const struct forecast *forecast, const struct forecast_change *changes,
                      size_t n, uint32_t county, int stage, int year_index, struct scenario_ask *out)
{
    *out = (struct scenario_ask){ 0 };
    take_problem(arena, forecast, changes, n, county, stage, year_index, out);
    propose(arena, &out->problem, &out->plan);
}
