/* The wishes: one by radio buttons where the policy gives one, else a ranked list of selects. Each school stands with
 * distance, plan and last year's cut-off. */
#include "places/family/apply.h"

#include "choices.page.h"

#include <stdio.h>

#define CHOICE(number)                                                                                                 \
    {                                                                                                                  \
        .name = "choice" #number, .kind = FIELD_SELECT, .label = T("第" #number "志愿", "Wish " #number)               \
    }
static const struct field choice_fields[] = {
    { .name = "choice1",
      .kind = FIELD_SELECT,
      .required = true,
      .label = T("第1志愿", "Wish 1"),
      .missing = T("请至少选择一所学校。", "Choose at least one school.") },
    CHOICE(2),
    CHOICE(3),
    CHOICE(4),
    CHOICE(5),
    CHOICE(6),
    CHOICE(7),
    CHOICE(8),
    CHOICE(9),
    CHOICE(10),
    CHOICE(11),
    CHOICE(12),
    VERSION_FIELD,
};
_Static_assert(sizeof choice_fields / sizeof *choice_fields == LIMIT_CHOICES + 1, "a field for each wish");
const struct form choices_form = FORM(choice_fields);

static const char *choice_name(struct arena *arena, uint32_t rank)
{
    return arena_printf(arena, "choice%u", rank).p;
}

void choice_fields_of(struct page *page, uint32_t most)
{
    for (uint32_t rank = 1; rank <= most; rank++) {
        field(page, choice_name(page->arena, rank));
    }
}

/* What may be chosen, as options of every wish. */
static bool load_options(struct request *request, const struct application *application, struct choices_view *view,
                         const struct policy **policy)
{
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct error error;
    if (!places_policy(app->places, request_db(request), application->policy, policy, &error) ||
        !application_options(request_db(request), arena, app->places, application->id, &view->options, &view->noptions,
                             &error)) {
        reply_failed(request, &error);
        return false;
    }
    view->most = (*policy)->most_total < LIMIT_CHOICES ? (*policy)->most_total : LIMIT_CHOICES;
    struct option *options = ARENA_ARRAY(arena, struct option, view->noptions);
    for (size_t i = 0; i < view->noptions; i++) {
        const struct application_option *o = &view->options[i];
        options[i].value = arena_printf(arena, "%lld", (long long)o->offer).p;
        options[i].label.zh = arena_printf(arena, "%.*s（%.*s）", STR_ARG(o->school.zh),
                                           STR_ARG(distance_words(arena, LANG_ZH, o->distance)))
                                  .p;
        options[i].label.en = arena_printf(arena, "%.*s (%.*s)", STR_ARG(name_in(o->school, LANG_EN)),
                                           STR_ARG(distance_words(arena, LANG_EN, o->distance)))
                                  .p;
    }
    for (uint32_t rank = 1; rank <= view->most; rank++) {
        form_options(request, choice_name(arena, rank), options, view->noptions);
    }
    return true;
}

/* Who asks together and has no wishes yet is shown those of the others. */
static bool wishes_of_siblings(struct request *request, struct application *application, struct choices_view *view,
                               struct error *error)
{
    for (size_t i = 0; i < view->nsiblings; i++) {
        struct application other;
        bool found;
        view->together = view->together || view->siblings[i].asks;
        if (view->siblings[i].asks && application->nchoices == 0) {
            if (!application_get(request_db(request), request_arena(request), NULL, view->siblings[i].application,
                                 &other, &found, error)) {
                return false;
            }
            application->choices = found ? other.choices : NULL;
            application->nchoices = found ? other.nchoices : 0;
        }
    }
    return true;
}

void show_choices(struct request *request)
{
    struct application application;
    if (!apply_load(request, &application) || !apply_editable(request, &application, PART_CHOICES)) {
        return;
    }
    struct arena *arena = request_arena(request);
    struct choices_view view = { .frame = apply_frame(request, &application, 5, "checks") };
    const struct policy *policy;
    form_use(request, &choices_form);
    if (!load_options(request, &application, &view, &policy)) {
        return;
    }
    view.policy = policy;
    struct error error;
    if (!together_list(request_db(request), arena, request_app(request)->vault, request_app(request)->places,
                       application.id, request_session(request)->account, &view.siblings, &view.nsiblings, &error) ||
        !wishes_of_siblings(request, &application, &view, &error)) {
        reply_failed(request, &error);
        return;
    }
    view.draft = str_is(application.state, "draft");
    form_set_int(request, "version", view.frame.version);
    for (size_t i = 0; i < application.nchoices; i++) {
        form_set_int(request, choice_name(arena, (uint32_t)i + 1), application.choices[i].offer);
    }
    reply_page(request, 200, choices, &view);
}

static void chosen(struct request *request, void *input)
{
    struct application_choices *choices = input;
    uint32_t at = choices->at_fault < LIMIT_CHOICES ? (uint32_t)choices->at_fault + 1 : 1;
    bool papers = choices->apply.result == APPLY_DONE;
    apply_went(request, &choices->apply, papers ? "papers" : "choices", choice_name(request_arena(request), at),
               show_choices);
}

void choices_post(struct request *request)
{
    struct application application;
    struct choices_view view = { 0 };
    const struct policy *policy;
    if (!apply_load(request, &application) || !apply_editable(request, &application, PART_CHOICES) ||
        !load_options(request, &application, &view, &policy)) {
        return;
    }
    if (!form_check(request)) {
        show_choices(request);
        return;
    }
    struct arena *arena = request_arena(request);
    struct application_choices *choices = ARENA_NEW(arena, struct application_choices);
    choices->apply = apply_head(request, application.id, form_int(request, "version"));
    for (uint32_t rank = 1; rank <= view.most; rank++) {
        int64_t offer;
        if (str_to_int(form_value(request, choice_name(arena, rank)), 1, INT64_MAX, &offer)) {
            choices->offers[choices->n++] = offer;
        }
    }
    run_command(request, "application.choices", application_choices_run, choices, chosen);
}

/* ---- Asking together ---- */

static const struct field together_fields[] = {
    { .name = "with", .kind = FIELD_HIDDEN, .required = true, .max = 20 },
    { .name = "ask", .kind = FIELD_HIDDEN, .required = true, .max = 3 },
};
const struct form together_form = FORM(together_fields);

static void joined(struct request *request, void *input)
{
    struct application_together *step = input;
    if (step->apply.result == APPLY_DONE) {
        reply_notice(request, step->ask ? "together" : "apart");
    }
    apply_went(request, &step->apply, "choices", NULL, show_choices);
}

void together_post(struct request *request)
{
    struct application_together *step = ARENA_NEW(request_arena(request), struct application_together);
    step->apply = apply_head(request, request_param_int(request, "application"), 0);
    (void)str_to_int(form_value(request, "with"), 1, INT64_MAX, &step->with);
    step->ask = form_is(request, "ask", "yes");
    run_command(request, "application.together", application_together_run, step, joined);
}
