/* Going on: one command for every step, with its conditions in one table.
 *
 * What must hold: a step changes something only when the round is in the state before it, its time has come, and its
 * own conditions hold; then state, step row, journal and what the step fixes are written in one transaction. */
#include "places/round.h"

#include "accounts/accounts.h"
#include "places/allotment.h"
#include "places/round_inside.h"
#include "store/journal.h"

#include <stdio.h>

/* ---- What steps share ---- */

bool round_journal(struct writing *writing, const struct actor *actor, const char *action, int64_t round,
                   struct str division, struct str detail, struct error *error)
{
    return journal_append(writing,
                          &(struct journal_entry){ .actor = actor->account,
                                                   .role = actor->role ? actor->role : "",
                                                   .action = action,
                                                   .subject_kind = "round",
                                                   .subject_id = round,
                                                   .division = division,
                                                   .detail = detail },
                          error);
}

bool round_step_keep(struct writing *writing, const struct round_advance *advance, struct str root, int64_t listed,
                     struct str detail, struct error *error)
{
    return db_run(writing->db, error,
                  "insert into round_step (round, step, at, account, root, listed, detail) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                  V_INT(advance->round), V_TEXT(str_of(round_step_id(advance->step))), V_INT(writing->now),
                  V_INT(advance->actor.account), V_IF(root.n, V_TEXT(root)), V_IF(root.n, V_INT(listed)),
                  V_TEXT(detail));
}

/* ---- Small steps ---- */

static bool do_open(struct writing *writing, struct round_advance *advance, const struct round *round,
                    struct error *error)
{
    (void)round;
    return round_step_keep(writing, advance, STR(""), 0, STR(""), error);
}

static bool do_look(struct writing *writing, struct round_advance *advance, const struct round *round,
                    struct error *error)
{
    int64_t allotted_by;
    if (!db_one_int(writing->db, error, &allotted_by, NULL,
                    "select account from round_step where round = ?1 and step = 'allot'", V_INT(round->id))) {
        return false;
    }
    if (allotted_by == advance->actor.account && setting_int(writing->db, writing->arena, "two_persons", 1)) {
        advance->result = ROUND_SAME_PERSON;
        return true;
    }
    return round_step_keep(writing, advance, STR(""), 0, STR(""), error);
}

/* ---- The table of steps ---- */

struct step_rule {
    enum round_state from, to;
    size_t not_before; /* offset of the moment in struct round_dates; NEVER: none */
    size_t before;     /* the step is too late from this moment on */
    bool (*run)(struct writing *writing, struct round_advance *advance, const struct round *round, struct error *error);
};
#define NEVER SIZE_MAX
#define MOMENT(name) offsetof(struct round_dates, name)

static const struct step_rule rules[ROUND_STEPS] = {
    [STEP_ANNOUNCE] = { ROUND_DRAFT, ROUND_ANNOUNCED, NEVER, MOMENT(opens_at), round_do_announce },
    [STEP_OPEN] = { ROUND_ANNOUNCED, ROUND_OPEN, MOMENT(opens_at), MOMENT(closes_at), do_open },
    [STEP_CLOSE] = { ROUND_OPEN, ROUND_CLOSED, MOMENT(closes_at), NEVER, round_do_close },
    [STEP_FINAL] = { ROUND_CLOSED, ROUND_FINAL, MOMENT(objections_until), NEVER, round_do_final },
    [STEP_OPEN_SECRETS] = { ROUND_FINAL, ROUND_OPENED, MOMENT(draw_at), NEVER, round_do_open_secrets },
    [STEP_ALLOT] = { ROUND_OPENED, ROUND_ALLOTTED, NEVER, NEVER, allotment_allot },
    [STEP_LOOK] = { ROUND_ALLOTTED, ROUND_LOOKED, NEVER, NEVER, do_look },
    [STEP_PUBLISH] = { ROUND_LOOKED, ROUND_PUBLISHED, MOMENT(publish_at), NEVER, allotment_publish },
    [STEP_LATE] = { ROUND_PUBLISHED, ROUND_PUBLISHED, MOMENT(answer_by), NEVER, round_do_late },
    [STEP_END] = { ROUND_PUBLISHED, ROUND_ENDED, MOMENT(answer_by), NEVER, round_do_end },
};

static int64_t moment_of(const struct round *round, size_t offset)
{
    int64_t moment;
    memcpy(&moment, (const char *)&round->dates + offset, sizeof moment);
    return moment;
}

static enum round_result may_go(struct round_advance *advance, const struct round *round, int64_t now)
{
    const struct step_rule *rule = &rules[advance->step];
    if (round->state != rule->from) {
        return ROUND_WRONG_STATE;
    }
    if (rule->not_before != NEVER && now < moment_of(round, rule->not_before)) {
        advance->moment = moment_of(round, rule->not_before);
        return ROUND_TOO_EARLY;
    }
    if (rule->before != NEVER && now >= moment_of(round, rule->before)) {
        advance->moment = moment_of(round, rule->before);
        return ROUND_TOO_LATE;
    }
    return ROUND_DONE;
}

static void tell_state(struct round_advance *advance, enum round_state state)
{
    snprintf(advance->state, sizeof advance->state, "%s", round_state_id(state));
}

/* The step is done: its state and its line in the journal. */
static bool close_step(struct writing *writing, struct round_advance *advance, const struct round *round,
                       struct error *error)
{
    enum round_state to = rules[advance->step].to;
    struct str action = arena_printf(writing->arena, "round.%s", round_step_id(advance->step));
    struct str detail =
        arena_printf(writing->arena, "%s%s%s", advance->root, advance->root[0] ? " " : "",
                     advance->count ? arena_printf(writing->arena, "%lld", (long long)advance->count).p : "");
    tell_state(advance, to);
    return db_run(writing->db, error, "update round set state = ?2 where id = ?1", V_INT(round->id),
                  V_TEXT(str_of(round_state_id(to)))) &&
           round_journal(writing, &advance->actor, action.p, round->id, round->division, detail, error) &&
           once_close(writing, advance->form_key, STR("done"), error);
}

bool round_advance_run(struct writing *writing, void *input, struct error *error)
{
    struct round_advance *advance = input;
    struct round round;
    struct str answer;
    bool go, found;
    advance->repeated = false;
    advance->moment = advance->count = advance->late = 0;
    advance->root[0] = advance->detail[0] = advance->state[0] = 0;
    if (!once_open(writing, advance->form_key, advance->actor.account, &answer, &go, error) ||
        !round_load(writing->db, writing->arena, advance->round, &round, &found, error)) {
        return false;
    }
    if (!found) {
        advance->result = ROUND_NOT_FOUND;
        return true;
    }
    tell_state(advance, round.state);
    if (!go) {
        advance->repeated = true;
        advance->result = ROUND_DONE;
        advance->late = advance->step == STEP_LATE ? round.late : 0;
        return true;
    }
    advance->result = may_go(advance, &round, writing->now);
    if (advance->result == ROUND_DONE && !rules[advance->step].run(writing, advance, &round, error)) {
        return error_within(error, "%.*s, %s", STR_ARG(round.label), round_step_id(advance->step));
    }
    return advance->result != ROUND_DONE || close_step(writing, advance, &round, error);
}
