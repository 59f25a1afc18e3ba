/* The rounds of the year: each is made a draft with its plan, and then takes the steps that its policy's calendar has
 * due, as the county's officer would take them, one transaction a step, at the step's own moment. */
#include "demo/build.h"
#include "demo/plans.h"

#include "base/clock.h"
#include "places/offer.h"
#include "places/round.h"
#include "places/witness.h"

#include <errno.h>
#include <stdio.h>

enum event {
    EVENT_ANNOUNCE,
    EVENT_COMMIT, /* the witnesses hand in their commitments */
    EVENT_OPEN,
    EVENT_CLOSE,
    EVENT_REVIEW, /* what waits is decided */
    EVENT_FINAL,
    EVENT_SECRETS, /* the witnesses open */
    EVENT_OPEN_SECRETS,
    EVENT_ALLOT,
    EVENT_LOOK,
    EVENT_PUBLISH,
    EVENTS
};

enum { HOUR_MS = 3600 * 1000, LIMIT_POLICY_BYTES = 256 * 1024 };

static int64_t moment_of(const struct demo_round *round, enum event event)
{
    const int64_t *moments = round->policy->moments;
    switch (event) {
    case EVENT_ANNOUNCE:
        return moments[MOMENT_RULES_PUBLISHED];
    case EVENT_COMMIT:
        return moments[MOMENT_RULES_PUBLISHED] + HOUR_MS;
    case EVENT_OPEN:
        return moments[MOMENT_OPENS];
    case EVENT_CLOSE:
        return moments[MOMENT_CLOSES];
    case EVENT_REVIEW:
        return moments[MOMENT_CLOSES] + 16 * HOUR_MS;
    case EVENT_FINAL:
        return moments[MOMENT_OBJECTIONS_UNTIL];
    case EVENT_SECRETS:
        return moments[MOMENT_OBJECTIONS_UNTIL] + 16 * HOUR_MS;
    case EVENT_OPEN_SECRETS:
    case EVENT_ALLOT:
    case EVENT_LOOK:
        return moments[MOMENT_DRAW] + (event - EVENT_OPEN_SECRETS) * 60000;
    case EVENT_PUBLISH:
        return moments[MOMENT_PUBLISHED];
    case EVENTS:
        break;
    }
    return INT64_MAX;
}

static struct str label_of(const struct builder *builder, struct arena *arena, const struct demo_round *round)
{
    return arena_printf(arena, "%.*s-%s-%d", STR_ARG(builder->land->counties[round->county].division->code),
                        stage_id(round->stage), round->policy->year);
}

/* ---- Making the rounds ---- */

static bool read_policy(struct builder *builder, const struct demo_round *round, struct str *text, struct error *error)
{
    struct arena *arena = builder->writing->arena;
    struct str path = arena_printf(arena, "%.*s/admission/%.*s-%s.yaml", STR_ARG(builder->city->folder),
                                   STR_ARG(round->policy->county), stage_id(round->stage));
    FILE *file = fopen(path.p, "rb");
    if (!file) {
        return error_set(error, "%s: %s", path.p, strerror(errno));
    }
    char *bytes = arena_alloc(arena, LIMIT_POLICY_BYTES);
    size_t n = fread(bytes, 1, LIMIT_POLICY_BYTES, file);
    bool ok = !ferror(file) && n < LIMIT_POLICY_BYTES;
    fclose(file);
    *text = (struct str){ bytes, n };
    return ok || error_set(error, "%s: cannot be read, or is longer than %d bytes", path.p, LIMIT_POLICY_BYTES);
}

static bool add_offers(struct builder *builder, const struct demo_round *round, struct actor actor, struct error *error)
{
    for (size_t i = 0; i < builder->schools->n; i++) {
        struct school *school = &builder->schools->items[i];
        if (school->county != round->county || !school->serves[round->stage]) {
            continue;
        }
        struct offer_add offer = {
            .actor = actor,
            .round = round->id,
            .institution = school->id,
            .public_school = !school->private_school,
            .classes = school->classes[round->stage],
            .class_size = school->class_size[round->stage],
            .boarding = round->stage == STAGE_JUNIOR && !builder->land->communities[school->community].town,
            .last = offer_last_of(school->cutoff[round->stage]),
        };
        if (!offer_add_run(builder->writing, &offer, error)) {
            return false;
        }
        if (offer.result != OFFER_DONE) {
            return error_set(error, "the plan of school %.*s was refused: %s", STR_ARG(school->code),
                             offer_result_text(offer.result).en);
        }
        school->offer[round->stage] = offer.offer;
    }
    return true;
}

static bool make_round(struct builder *builder, struct demo_round *round, struct error *error)
{
    struct actor actor = { round->officer, "county_officer" };
    struct str text;
    if (!read_policy(builder, round, &text, error)) {
        return false;
    }
    struct policy_save policy = { .places = builder->places,
                                  .actor = actor,
                                  .division = round->policy->county,
                                  .stage = round->stage,
                                  .year = round->policy->year,
                                  .text = text,
                                  .note = STR("演示城市文件夹中的方案 · from the city's folder") };
    struct round_new made = { .places = builder->places,
                              .actor = actor,
                              .division = round->policy->county,
                              .stage = round->stage,
                              .year = round->policy->year };
    if (!policy_save_run(builder->writing, &policy, error)) {
        return false;
    }
    if (policy.result == ROUND_DONE && !round_new_run(builder->writing, &made, error)) {
        return false;
    }
    enum round_result result = policy.result == ROUND_DONE ? made.result : policy.result;
    if (result != ROUND_DONE) {
        return error_set(error, "the round of county %.*s, stage %s, was refused: %s", STR_ARG(round->policy->county),
                         stage_id(round->stage), round_result_text(result).en);
    }
    round->id = made.round;
    return add_offers(builder, round, actor, error);
}

bool calendar_prepare(struct builder *builder, struct error *error)
{
    for (size_t i = 0; i < builder->nrounds; i++) {
        if (!make_round(builder, &builder->rounds[i], error)) {
            return false;
        }
        arena_reset(builder->writing->arena);
    }
    return true;
}

/* ---- Witnesses ---- */

/* Commits or opens, for each witness of the policy. */
static bool witnesses(struct builder *builder, const struct demo_round *round, bool opening, struct error *error)
{
    struct arena *arena = builder->writing->arena;
    struct str label = label_of(builder, arena, round);
    for (size_t i = 0; i < round->policy->nwitnesses; i++) {
        struct str id = round->policy->witnesses[i].id;
        struct str seed = arena_printf(arena, "demo %llu %.*s %.*s", (unsigned long long)builder->settings->seed,
                                       STR_ARG(label), STR_ARG(id));
        struct witness_step step = { .actor = { round->officer, "witness" }, .round = round->id, .id = id };
        struct str secret;
        bool found = true;
        if (!(opening ? witness_demo_read(builder->places, arena, label, id, &secret, &found, error)
                      : witness_demo_secret(builder->places, arena, label, id, seed, &secret, error))) {
            return false;
        }
        step.hex = secret;
        if (!found || (!opening && !witness_commitment(arena, secret, &step.hex))) {
            return error_set(error, "witness %.*s of round %.*s has no secret", STR_ARG(id), STR_ARG(label));
        }
        if (!(opening ? witness_open_run : witness_commit_run)(builder->writing, &step, error)) {
            return false;
        }
        if (step.result != WITNESS_DONE) {
            return error_set(error, "witness %.*s of round %.*s: %s", STR_ARG(id), STR_ARG(label),
                             witness_result_text(step.result).en);
        }
    }
    return true;
}

/* ---- Steps ---- */

static bool advance(struct builder *builder, const struct demo_round *round, enum round_step step, struct error *error)
{
    bool look = step == STEP_LOOK;
    struct round_advance advance = {
        .places = builder->places,
        .actor = { look ? round->reviewer : round->officer, look ? "county_reviewer" : "county_officer" },
        .round = round->id,
        .step = step,
        .undecided = UNDECIDED_AS_ESTABLISHED,
    };
    if (!round_advance_run(builder->writing, &advance, error)) {
        return false;
    }
    return advance.result == ROUND_DONE ||
           error_set(error, "round %.*s, step %s: %.*s", STR_ARG(label_of(builder, builder->writing->arena, round)),
                     round_step_id(step), STR_ARG(round_refusal(builder->writing->arena, &advance).en));
}

static bool take(struct builder *builder, struct demo_round *round, enum event event, struct error *error)
{
    static const enum round_step STEPS[EVENTS] = {
        [EVENT_ANNOUNCE] = STEP_ANNOUNCE,
        [EVENT_OPEN] = STEP_OPEN,
        [EVENT_CLOSE] = STEP_CLOSE,
        [EVENT_FINAL] = STEP_FINAL,
        [EVENT_ALLOT] = STEP_ALLOT,
        [EVENT_LOOK] = STEP_LOOK,
        [EVENT_OPEN_SECRETS] = STEP_OPEN_SECRETS,
        [EVENT_PUBLISH] = STEP_PUBLISH,
    };
    if (!build_begin(builder, moment_of(round, event), error)) {
        return false;
    }
    bool ok = event == EVENT_COMMIT    ? witnesses(builder, round, false, error)
              : event == EVENT_SECRETS ? witnesses(builder, round, true, error)
              : event == EVENT_REVIEW  ? reviews_all(builder, round, error)
                                       : advance(builder, round, STEPS[event], error);
    return ok && build_commit(builder, error);
}

bool calendar_until(struct builder *builder, int64_t at, struct error *error)
{
    for (;;) {
        struct demo_round *first = NULL;
        int64_t moment = at;
        for (size_t i = 0; i < builder->nrounds; i++) {
            struct demo_round *round = &builder->rounds[i];
            int64_t due = moment_of(round, (enum event)round->done);
            if (due <= moment && (!first || due < moment)) {
                first = round;
                moment = due;
            }
        }
        if (!first) {
            return true;
        }
        if (!take(builder, first, (enum event)first->done, error)) {
            return false;
        }
        first->done++;
    }
}
