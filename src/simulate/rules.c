/* See rules.h. */
#include "simulate/rules.h"

struct mechanism {
    const char *id;
    struct text name;
    enum allot_mechanism mechanism;
    bool lot_per_offer;
};

enum { SERIAL, DEFERRED, DEFERRED_PER_SCHOOL, DRAW, CYCLES, MECHANISMS };
static const struct mechanism mechanisms[MECHANISMS] = {
    { "serial", T("志愿优先（逐志愿录取）", "Serial (immediate acceptance)"), ALLOT_SERIAL, false },
    { "deferred", T("延迟接受，一人一号", "Deferred, one lot a child"), ALLOT_DEFERRED, false },
    { "deferred_per_school", T("延迟接受，每校一号", "Deferred, a lot a school"), ALLOT_DEFERRED, true },
    { "draw", T("只按随机号", "Draw alone"), ALLOT_DRAW, false },
    { "cycles", T("优先循环交换", "Top trading cycles"), ALLOT_CYCLES, false },
};
static const struct mechanism serial_per_school = { "serial_per_school",
                                                    T("志愿优先，每校一号", "Serial, a lot a school"), ALLOT_SERIAL,
                                                    true };
static const struct mechanism draw_per_school = { "draw_per_school",
                                                  T("只按随机号，每校一号", "Draw alone, a lot a school"), ALLOT_DRAW,
                                                  true };
static const struct mechanism serial_no_kinds = { "serial_no_kinds",
                                                  T("志愿优先，不留名额", "Serial, no kinds of places"), ALLOT_SERIAL,
                                                  false };
static const struct mechanism deferred_no_kinds = { "deferred_no_kinds",
                                                    T("延迟接受，不留名额", "Deferred, no kinds of places"),
                                                    ALLOT_DEFERRED, false };
static const struct mechanism draw_no_kinds = { "draw_no_kinds",
                                                T("只按随机号，不留名额", "Draw alone, no kinds of places"), ALLOT_DRAW,
                                                false };

/* The rules for siblings of one ticket, under serial priority and under deferred acceptance. */
static const struct mechanism siblings[2][3] = {
    { { "serial_add", T("志愿优先，同胞加位", "Serial, siblings: places added"), ALLOT_SERIAL, false },
      { "serial_fit", T("志愿优先，同胞够位才进", "Serial, siblings: if they fit"), ALLOT_SERIAL, false },
      { "serial_apart", T("志愿优先，同胞分开派", "Serial, siblings apart"), ALLOT_SERIAL, false } },
    { { "deferred_add", T("延迟接受，同胞加位", "Deferred, siblings: places added"), ALLOT_DEFERRED, false },
      { "deferred_fit", T("延迟接受，同胞够位才进", "Deferred, siblings: if they fit"), ALLOT_DEFERRED, false },
      { "deferred_apart", T("延迟接受，同胞分开派", "Deferred, siblings apart"), ALLOT_DEFERRED, false } },
};

static bool any_together(const struct allot_problem *problem)
{
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (problem->applicant[a].places > 1) {
            return true;
        }
    }
    return false;
}

static bool any_kinds(const struct allot_problem *problem)
{
    return problem->kind_from && problem->kind_from[problem->offers] > 0;
}

static struct trial_rule *add(const struct trial_input *input, struct trial *trial, const struct mechanism *mechanism)
{
    struct trial_rule *rule = &trial->rules[trial->nrules++];
    *rule = (struct trial_rule){ .id = mechanism->id,
                                 .name = mechanism->name,
                                 .mechanism = mechanism->mechanism,
                                 .lot_per_offer = mechanism->lot_per_offer,
                                 .together = input->problem->together };
    return rule;
}

static void add_siblings(const struct trial_input *input, struct trial *trial, int of)
{
    for (int i = 0; i < 3; i++) {
        if (i != (input->problem->together == ALLOT_TOGETHER_FIT)) { /* that one is there already */
            struct trial_rule *rule = add(input, trial, &siblings[of][i]);
            rule->together = i == 1 ? ALLOT_TOGETHER_FIT : ALLOT_TOGETHER_ADD;
            rule->apart = i == 2;
        }
    }
}

void rules_for(const struct trial_input *input, struct trial *trial)
{
    const struct allot_problem *problem = input->problem;
    for (int i = 0; i < MECHANISMS; i++) {
        struct trial_rule *rule = add(input, trial, &mechanisms[i]);
        /* Cycles know neither kinds nor tickets of several places. */
        rule->without_kinds = rule->apart = i == CYCLES;
    }
    if (input->present && problem->lot_per_offer && problem->mechanism == ALLOT_SERIAL) {
        add(input, trial, &serial_per_school);
    }
    if (input->present && problem->lot_per_offer && problem->mechanism == ALLOT_DRAW) {
        add(input, trial, &draw_per_school);
    }
    if (any_kinds(problem)) {
        add(input, trial, &serial_no_kinds)->without_kinds = true;
        add(input, trial, &deferred_no_kinds)->without_kinds = true;
        add(input, trial, &draw_no_kinds)->without_kinds = true;
    }
    if (any_together(problem)) {
        add_siblings(input, trial, 0);
        add_siblings(input, trial, 1);
    }
    bool lots = problem->lot_per_offer && problem->mechanism != ALLOT_CYCLES;
    for (size_t i = 0; input->present && i < trial->nrules; i++) {
        struct trial_rule *rule = &trial->rules[i];
        if (rule->mechanism == problem->mechanism && rule->lot_per_offer == lots) {
            rule->present = true;
            break;
        }
    }
}
