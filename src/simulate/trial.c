/* See trial.h. Each draw is a job of its own; its figures lie in its own row, and the rows are added up in their order,
 * so that the outcome is the same for any number of threads. */
#include "simulate/trial.h"

#include "base/clock.h"
#include "simulate/rules.h"

#include <math.h>
#include <stdlib.h>

/* The problem as a rule sees it: with kinds or without, siblings together or apart. */
struct variant {
    bool made;
    struct allot_problem problem;
    uint32_t *metres;      /* per choice */
    uint32_t *from_ticket; /* per applicant: the ticket of the input … */
    uint32_t *nth;         /* … and which of its children */
    uint32_t *from_choice; /* per choice: the choice of the input */
};

struct run {
    const struct trial_input *input;
    const struct trial_settings *settings;
    struct trial *trial;
    struct variant variants[2][2]; /* [apart][without kinds] */
    double *values;                /* [draw][rule][measure] */
    double *first, *wish;          /* [draw][rule][group]: children */
    struct error *errors;          /* [draw] */
    bool *good;
};

/* ---- Variants ---- */

static uint32_t reach_metres(const struct trial_input *input, uint32_t a, uint32_t offer)
{
    const struct allot_problem *problem = input->problem;
    uint32_t site = problem->applicant[a].site;
    if (input->step_metres && site != ALLOT_NONE && problem->reach_from) {
        for (uint32_t r = problem->reach_from[site]; r < problem->reach_from[site + 1]; r++) {
            if (problem->reach[r].offer == offer) {
                return problem->reach[r].steps * input->step_metres;
            }
        }
    }
    return METRES_UNKNOWN;
}

static const struct allot_offer *one_kind_offers(struct arena *arena, const struct allot_problem *problem)
{
    struct allot_offer *offer = ARENA_ARRAY(arena, struct allot_offer, problem->offers);
    for (uint32_t j = 0; j < problem->offers; j++) {
        offer[j] = problem->offer[j];
        /* Of an offer with kinds the order stands with its kinds: the first one's is taken. */
        if (problem->kind_from[j] < problem->kind_from[j + 1]) {
            offer[j].order = problem->kind[problem->kind_from[j]].order;
        }
    }
    return offer;
}

static void make_variant(struct arena *arena, const struct trial_input *input, bool apart, bool without_kinds,
                         struct variant *variant)
{
    const struct allot_problem *problem = input->problem;
    size_t applicants = 0, choices = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        size_t times = apart ? problem->applicant[a].places : 1;
        applicants += times;
        choices += times * (problem->choice_from[a + 1] - problem->choice_from[a]);
    }
    struct allot_applicant *applicant = ARENA_ARRAY(arena, struct allot_applicant, applicants);
    struct allot_choice *choice = ARENA_ARRAY(arena, struct allot_choice, choices);
    uint32_t *from = ARENA_ARRAY(arena, uint32_t, applicants + 1);
    *variant = (struct variant){ .made = true,
                                 .problem = *problem,
                                 .metres = ARENA_ARRAY(arena, uint32_t, choices),
                                 .from_ticket = ARENA_ARRAY(arena, uint32_t, applicants),
                                 .nth = ARENA_ARRAY(arena, uint32_t, applicants),
                                 .from_choice = ARENA_ARRAY(arena, uint32_t, choices) };
    uint32_t n = 0, k = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        uint32_t times = apart ? problem->applicant[a].places : 1;
        for (uint32_t t = 0; t < times; t++, n++) {
            applicant[n] = problem->applicant[a];
            applicant[n].places = apart ? 1 : applicant[n].places;
            variant->from_ticket[n] = a;
            variant->nth[n] = t;
            for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++, k++) {
                choice[k] = problem->choice[c];
                variant->from_choice[k] = c;
                variant->metres[k] = input->metres ? input->metres[c] : reach_metres(input, a, choice[k].offer);
            }
            from[n + 1] = k;
        }
    }
    variant->problem.applicants = n;
    variant->problem.applicant = applicant;
    variant->problem.choice = choice;
    variant->problem.choice_from = from;
    variant->problem.ticket = NULL; /* lots of 128 bits differ */
    if (without_kinds && problem->kind_from) {
        variant->problem.offer = one_kind_offers(arena, problem);
        variant->problem.kind_from = NULL;
        variant->problem.kind = NULL;
    }
}

static const struct variant *variant_of(struct run *run, const struct trial_rule *rule)
{
    return &run->variants[rule->apart][rule->without_kinds];
}

/* ---- One draw ---- */

/* A ticket's lots come from its number and the child's, so that they are the same in each variant. */
static void draw_lots(struct arena *arena, const struct variant *variant, uint64_t seed, struct allot_problem *problem)
{
    struct allot_lot *lot = ARENA_ARRAY(arena, struct allot_lot, problem->applicants);
    struct allot_lot *choice_lot = ARENA_ARRAY(arena, struct allot_lot, problem->choice_from[problem->applicants]);
    for (uint32_t a = 0; a < problem->applicants; a++) {
        uint64_t own = mix(mix(seed, variant->from_ticket[a]), variant->nth[a]);
        lot[a] = (struct allot_lot){ own, mix(own, 0) };
        for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
            uint64_t here = mix(own, (uint64_t)problem->choice[c].offer + 1);
            choice_lot[c] = (struct allot_lot){ here, mix(here, 0) };
        }
    }
    problem->lot = lot;
    problem->choice_lot = problem->lot_per_offer ? choice_lot : NULL;
}

static void count_groups(const struct run *run, const struct variant *variant, const struct allot_outcome *outcome,
                         size_t row)
{
    for (uint32_t a = 0; run->input->group && a < variant->problem.applicants; a++) {
        size_t at = row * run->input->groups + run->input->group[variant->from_ticket[a]];
        double places = variant->problem.applicant[a].places;
        run->wish[at] += outcome[a].how == ALLOT_CHOICE ? places : 0;
        run->first[at] += outcome[a].how == ALLOT_CHOICE && outcome[a].rank == 0 ? places : 0;
    }
}

static bool try_rule(struct run *run, struct arena *arena, uint32_t draw, size_t r, struct error *error)
{
    const struct trial_rule *rule = &run->trial->rules[r];
    const struct variant *variant = variant_of(run, rule);
    struct allot_problem problem = variant->problem;
    struct allot_result *result = NULL;
    struct allot_error wrong = { 0 };
    size_t row = (size_t)draw * run->trial->nrules + r;
    double *value = run->values + row * MEASURES;
    problem.mechanism = rule->mechanism;
    problem.together = rule->together;
    problem.lot_per_offer = rule->lot_per_offer;
    draw_lots(arena, variant, mix(run->settings->seed, draw), &problem);
    if (!allot_run(&problem, NULL, &result, &wrong)) {
        return error_set(error, "the rule %s could not be tried: %s", rule->id, wrong.message);
    }
    struct measured measured = { .problem = &problem,
                                 .outcome = result->outcome,
                                 .metres = variant->metres,
                                 .family =
                                     problem.applicants > run->input->problem->applicants ? variant->from_ticket : NULL,
                                 .step_metres = run->input->step_metres };
    measure_result(arena, &measured, value);
    count_groups(run, variant, result->outcome, row);
    bool good = true;
    for (int reversed = 0; good && reversed < 2; reversed++) {
        problem.waiting_reversed = reversed;
        good = measure_late(arena, &problem, result->outcome, run->settings->declined,
                            mix(run->settings->seed ^ 0x6C617465, draw), &value[MEASURE_MOVES + reversed], error);
    }
    allot_result_free(result, NULL);
    return good;
}

static void try_draw(void *argument, uint32_t draw)
{
    struct run *run = argument;
    struct arena *arena = arena_new(1 << 20);
    run->good[draw] = true;
    for (size_t r = 0; r < run->trial->nrules && run->good[draw]; r++) {
        arena_reset(arena);
        run->good[draw] = try_rule(run, arena, draw, r, &run->errors[draw]);
    }
    arena_free(arena);
}

/* ---- Mean and spread ---- */

static struct trial_figure figure_of(const struct run *run, size_t rule, int measure)
{
    struct trial_figure figure = { .least = INFINITY, .most = -INFINITY };
    double sum = 0, squares = 0;
    uint32_t draws = run->trial->draws;
    const double *value = run->values + rule * MEASURES + (size_t)measure;
    size_t step = run->trial->nrules * MEASURES;
    for (uint32_t d = 0; d < draws; d++) {
        double x = value[d * step];
        sum += x;
        figure.least = x < figure.least ? x : figure.least;
        figure.most = x > figure.most ? x : figure.most;
    }
    figure.mean = sum / draws;
    for (uint32_t d = 0; d < draws; d++) {
        double off = value[d * step] - figure.mean;
        squares += off * off;
    }
    figure.spread = draws > 1 ? sqrt(squares / (draws - 1)) : 0;
    return figure;
}

static void sum_groups(struct arena *arena, const struct run *run)
{
    struct trial *trial = run->trial;
    const struct trial_input *input = run->input;
    trial->ngroups = input->group ? input->groups : 0;
    trial->groups = ARENA_ARRAY(arena, struct trial_group, trial->ngroups);
    for (uint32_t a = 0; trial->ngroups && a < input->problem->applicants; a++) {
        trial->groups[input->group[a]].children += input->problem->applicant[a].places;
    }
    for (size_t g = 0; g < trial->ngroups; g++) {
        struct trial_group *group = &trial->groups[g];
        group->name = input->group_name[g];
        group->first = ARENA_ARRAY(arena, double, trial->nrules);
        group->wish = ARENA_ARRAY(arena, double, trial->nrules);
        for (size_t r = 0; r < trial->nrules; r++) {
            for (uint32_t d = 0; d < run->trial->draws; d++) {
                size_t at = (d * trial->nrules + r) * input->groups + g;
                group->first[r] += run->first[at];
                group->wish[r] += run->wish[at];
            }
            double all = (double)group->children * run->trial->draws;
            group->first[r] = all > 0 ? group->first[r] / all : 0;
            group->wish[r] = all > 0 ? group->wish[r] / all : 0;
        }
    }
}

static void count_input(const struct allot_problem *problem, struct trial *trial)
{
    trial->tickets = problem->applicants;
    trial->offers = problem->offers;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        trial->children += problem->applicant[a].places;
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        trial->places += problem->offer[j].capacity;
    }
}

static bool in_order(const struct trial_input *input, const struct trial_settings *settings, struct error *error)
{
    struct allot_error wrong = { 0 };
    if (settings->draws < 1 || settings->draws > TRIAL_DRAWS_MOST) {
        return error_set(error, "a trial has from 1 to %d draws", TRIAL_DRAWS_MOST);
    }
    struct allot_problem problem = *input->problem;
    problem.lot_per_offer = false;
    return allot_problem_valid(&problem, NULL, &wrong) ||
           error_set(error, "the data cannot be tried: %s", wrong.message);
}

static uint32_t draws_within(const struct trial_settings *settings, const struct trial *trial)
{
    uint64_t each = (uint64_t)trial->tickets * trial->nrules, most = settings->draws;
    if (settings->work && each > 0) {
        most = settings->work / each < most ? settings->work / each : most;
        most = most < TRIAL_DRAWS_LEAST ? TRIAL_DRAWS_LEAST : most;
    }
    return most < settings->draws ? (uint32_t)most : settings->draws;
}

bool trial_run(struct arena *arena, const struct trial_input *input, const struct trial_settings *settings,
               struct trial *out, struct error *error)
{
    int64_t begun = clock_monotonic_us();
    *out = (struct trial){ .declined = settings->declined };
    if (!in_order(input, settings, error)) {
        return false;
    }
    count_input(input->problem, out);
    rules_for(input, out);
    uint32_t draws = out->draws = draws_within(settings, out);
    struct run run = { .input = input, .settings = settings, .trial = out };
    size_t rows = draws * out->nrules;
    run.values = ARENA_ARRAY(arena, double, rows *MEASURES);
    run.first = ARENA_ARRAY(arena, double, rows * input->groups);
    run.wish = ARENA_ARRAY(arena, double, rows * input->groups);
    run.errors = ARENA_ARRAY(arena, struct error, draws);
    run.good = ARENA_ARRAY(arena, bool, draws);
    for (size_t r = 0; r < out->nrules; r++) {
        struct variant *variant = &run.variants[out->rules[r].apart][out->rules[r].without_kinds];
        if (!variant->made) {
            make_variant(arena, input, out->rules[r].apart, out->rules[r].without_kinds, variant);
        }
    }
    for (uint32_t d = 0; !settings->crew && d < draws; d++) {
        try_draw(&run, d);
    }
    if (settings->crew) {
        crew_each(settings->crew, try_draw, &run, draws);
    }
    for (uint32_t d = 0; d < draws; d++) {
        if (!run.good[d]) {
            *error = run.errors[d];
            return false;
        }
    }
    for (size_t r = 0; r < out->nrules; r++) {
        for (int m = 0; m < MEASURES; m++) {
            out->figures[r][m] = figure_of(&run, r, m);
        }
    }
    sum_groups(arena, &run);
    out->took_us = clock_monotonic_us() - begun;
    return true;
}

bool trial_has(const struct trial *trial, enum measure measure)
{
    for (size_t r = 0; r < trial->nrules; r++) {
        if (!isnan(trial->figures[r][measure].mean)) {
            return true;
        }
    }
    return false;
}
