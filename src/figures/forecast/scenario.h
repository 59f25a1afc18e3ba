/* Scenarios: lists of changes under a name. A draft is changed step by step and computed at each look; it can be
 * proposed with a note, and another person confirms or rejects it.
 *
 * What confirming does. A community goes to its new catchment in the register (registry/assign.h): at once, or, while a
 * round of the county and stage goes on, not before it has ended (then the scenario waits as `confirmed`, and is put in
 * force later; in force it is `in_force`). More classes become rows of the plan. A school that is to be built and
 * another private share are kept as decided; they change nothing by themselves. All that moves is checked to stand
 * still where the scenario saw it. */
#ifndef FIGURES_FORECAST_SCENARIO_H
#define FIGURES_FORECAST_SCENARIO_H

#include "figures/forecast/plan.h"
#include "figures/forecast/propose.h"

enum { SCENARIO_STEPS_MOST = 400, SCENARIO_NAME_MOST = 80, SCENARIO_NOTE_MOST = 500 };

enum scenario_result {
    SCENARIO_DONE,
    SCENARIO_MISSING,
    SCENARIO_NOT_DRAFT,
    SCENARIO_FULL,
    SCENARIO_NOTHING, /* it has no steps */
    SCENARIO_SAME,    /* who proposed does not confirm */
    SCENARIO_DECIDED,
    SCENARIO_RUNNING,   /* a round goes on */
    SCENARIO_OVERTAKEN, /* a community stands elsewhere by now */
    SCENARIO_WRONG,     /* a step names what is not there, or another county's */
    SCENARIO_RESULTS
};
struct text scenario_result_text(enum scenario_result result);

struct scenario_step {
    int64_t id;
    enum change_kind kind;
    int64_t year, institution, catchment, community, amount, was;
    int stage;
    struct str division, name;
};
struct scenario {
    int64_t id;
    struct str division, name, state, note, reason;
    int64_t made_at, made_by, decided_at, decided_by;
    struct scenario_step *steps;
    size_t n;
};

bool scenario_read(struct db *db, struct arena *arena, int64_t id, struct scenario *out, bool *found,
                   struct error *error);
/* Those whose division starts with scope; newest first; without steps, n counts them. */
bool scenario_list(struct db *db, struct arena *arena, struct str scope, struct scenario **out, size_t *n,
                   struct error *error);
/* One step as the model takes it; false: it names what is not there. */
bool scenario_step_change(const struct forecast_data *data, const struct scenario_step *step,
                          struct forecast_change *out);
/* The steps as the model takes them; those that name what is no more are left out and counted. */
struct forecast_change *scenario_changes(struct arena *arena, const struct forecast *forecast,
                                         const struct scenario *scenario, size_t *n, size_t *lost);

struct scenario_new {
    struct forecast_actor actor;
    struct str form_key; /* may be empty: no press of a button */
    struct str division, name;
    int64_t id; /* out */
};
bool scenario_new_run(struct writing *writing, void *input, struct error *error);

/* Adds steps, or takes one away (remove: its id). */
struct scenario_edit {
    struct forecast_actor actor;
    struct str form_key;
    const struct forecast *forecast; /* to check ids */
    int64_t scenario;
    const struct scenario_step *steps;
    size_t n;
    int64_t remove;
    struct str note;             /* empty: it stays; else what is said of the draft from now on */
    enum scenario_result result; /* out */
};
bool scenario_edit_run(struct writing *writing, void *input, struct error *error);

/* Does a round of this county and stage go on? Places know; main passes their answer in. */
typedef bool scenario_busy(struct db *db, struct str county, struct str stage, bool *busy, struct error *error);

enum scenario_act { SCENARIO_PROPOSE, SCENARIO_CONFIRM, SCENARIO_REJECT, SCENARIO_APPLY };
struct scenario_decide {
    struct forecast_actor actor;
    const struct forecast *forecast;
    scenario_busy *busy;
    int64_t scenario;
    enum scenario_act act;
    struct str note;             /* of a proposal; reason of a rejection */
    enum scenario_result result; /* out */
};
bool scenario_decide_run(struct writing *writing, void *input, struct error *error);

/* The proposer asked for one county, stage and year of the forecast, on top of a scenario's changes. The problem's
 * indexes are mapped back in communities[] and catchments[]. */
struct scenario_ask {
    struct propose_problem problem;
    struct propose_plan plan;
    uint32_t *communities, *catchments; /* of the forecast's data */
};
void scenario_propose(struct arena *arena, const struct forecast *forecast, const struct forecast_change *changes,
                      size_t n, uint32_t county, int stage, int year_index, struct scenario_ask *out);

#endif
