/* One change of a scenario as it is filled in: classes, a new school, a community that moves, the share of private
 * schools. All four kinds are one form; what a kind needs and what is wrong with it is known here. */
#include "figures/forecast/pages/inside.h"

static const struct field step_fields[] = {
    { .name = "kind", .kind = FIELD_HIDDEN, .required = true, .max = 10, .label = T("改什么", "What") },
    YEAR_FIELD,
    { .name = "school", .kind = FIELD_INT, .min = 0, .max = INT64_MAX, .label = T("学校", "School") },
    { .name = "catchment", .kind = FIELD_INT, .min = 0, .max = INT64_MAX, .label = T("学区", "Catchment") },
    { .name = "community", .kind = FIELD_INT, .min = 0, .max = INT64_MAX, .label = T("小区", "Community") },
    { .name = "amount", .kind = FIELD_TEXT, .max = 8, .label = T("数量", "How many") },
    { .name = "name", .kind = FIELD_TEXT, .max = SCENARIO_NAME_MOST, .label = T("校名", "Its name") },
};
const struct form scenario_step_form = FORM(step_fields);

static bool kind_of(struct str word, enum change_kind *kind)
{
    static const char *const words[FORECAST_CHANGES] = { "classes", "build", "move", "private" };
    for (int k = 0; k < FORECAST_CHANGES; k++) {
        if (str_is(word, words[k])) {
            *kind = (enum change_kind)k;
            return true;
        }
    }
    return false;
}

bool scenario_step_of_form(struct request *request, const struct forecast *forecast, struct scenario_step *step)
{
    if (!kind_of(form_value(request, "kind"), &step->kind)) {
        form_error(request, NULL, T("没有这种改动。", "There is no such change."));
        return false;
    }
    step->year = form_int(request, "year");
    /* One page has four of these fields, so a mistake is told of the form: a link to one could lead to another. */
    if (form_value(request, "amount").n && !str_to_int(form_value(request, "amount"), -1000, 10000, &step->amount)) {
        form_error(request, NULL, T("数量请填整数。", "How many: a whole number."));
    }
    step->name = form_value(request, "name");
    step->institution = form_int(request, "school") / FORECAST_STAGES;
    step->stage = (int)(form_int(request, "school") % FORECAST_STAGES);
    step->catchment = form_int(request, "catchment");
    step->community = form_int(request, "community");
    if (step->kind == CHANGE_BUILD || step->kind == CHANGE_MOVE) {
        uint32_t catchment = forecast_catchment_at(&forecast->data, step->catchment);
        step->stage = catchment == NOWHERE ? 0 : forecast->data.catchments[catchment].stage;
    }
    if (step->kind == CHANGE_MOVE) {
        step->name = STR("");
    }
    int last = forecast->base.first_year + FORECAST_YEARS - 1;
    if (step->year < forecast->base.first_year || step->year > last) {
        form_error(request, NULL, T("请填预测所及六年中的一年。", "The year is one of the six of the forecast."));
    }
    if (step->kind == CHANGE_CLASSES && step->amount == 0) {
        form_error(request, NULL, T("请填增加或减少的班数。", "How many classes more, or fewer?"));
    }
    if (step->kind == CHANGE_BUILD && (step->amount <= 0 || step->name.n == 0)) {
        form_error(request, NULL,
                   T("请填新学校的名称和每年学位。", "A new school needs a name and its places a year."));
    }
    if (step->kind == CHANGE_PRIVATE && (step->amount < 0 || step->amount > 100)) {
        form_error(request, NULL, T("请填0到100的百分比。", "A share from 0 to 100 per cent."));
    }
    return form_ok(request);
}
