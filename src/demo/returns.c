/* Returns of the demo: the schools' monthly reports about double reduction, for the months from the form's first to the
 * demo's moment. Most come in time, some late, some not at all; the newest month waits to be accepted, and of it some
 * were sent back. The figures are made up, within the form's rules. A city whose folder has no such form has none. */
#include "demo/build.h"
#include "demo/dice.h"

#include "base/clock.h"
#include "registry/returns.h"

enum { LATE_OF_100 = 5, MISSING_OF_100 = 3, SENT_BACK_OF_100 = 4, MINUTES_A_DAY = 24 * 60, HOUR_MS = 3600 * 1000 };

struct reporting {
    struct builder *builder;
    const struct return_form *form;
    struct return_period period;
    bool newest;
};

static void set(struct return_act *act, const char *id, int64_t value)
{
    size_t i = return_field(act->form, str_of(id));
    if (i != SIZE_MAX) {
        act->values.has[i] = true;
        act->values.number[i] = value;
    }
}

static void make_up(struct return_act *act, struct dice *dice, int64_t pupils)
{
    int64_t checks = dice_between(dice, 0, 4), days = dice_between(dice, 17, 22);
    set(act, "pupils", pupils);
    set(act, "joined", pupils * dice_between(dice, 86, 98) / 100);
    set(act, "days", days);
    set(act, "hours", days * 2);
    set(act, "written", dice_between(dice, 30, 60));
    set(act, "published", dice_between(dice, 9000, 10000));
    set(act, "checks", checks);
    set(act, "found", checks ? dice_between(dice, 0, 1) : 0);
    set(act, "free", 0);
}

static bool report(const struct reporting *reporting, const struct filing *filing, struct error *error)
{
    struct builder *builder = reporting->builder;
    const struct return_period *period = &reporting->period;
    int64_t today = day_of_ms(builder->now);
    struct dice dice = dice_of(builder->land->seed, period->id, (uint64_t)filing->institution);
    struct return_act act = { .form = reporting->form,
                              .period = *period,
                              .institution = filing->institution,
                              .division = filing->division,
                              .role = STR("") };
    enum return_result result = RETURN_DONE;
    int64_t fate = (int64_t)dice_below(&dice, 100);
    int64_t day = fate < LATE_OF_100 + MISSING_OF_100
                      ? period->due + dice_between(&dice, 1, 9)
                      : period->until + dice_between(&dice, 0, period->due - period->until);
    if (fate < MISSING_OF_100 || day >= today) {
        return true;
    }
    if (!returns_prefill(builder->writing->db, builder->family, reporting->form, period, filing->institution, today,
                         &act.values, error)) {
        return false;
    }
    size_t pupils = return_field(reporting->form, STR("pupils"));
    make_up(&act, &dice, act.values.has[pupils] ? act.values.number[pupils] : dice_between(&dice, 200, 1500));
    act.at = day_start_ms(day) + (int64_t)dice_below(&dice, MINUTES_A_DAY) * 60 * 1000;
    if (!returns_hand_in(builder->writing, &act, &result, error)) {
        return false;
    }
    act.at += HOUR_MS;
    if (!reporting->newest) {
        return returns_accept(builder->writing, &act, &result, error);
    }
    act.note = STR("请核对课后服务时长");
    return dice_below(&dice, 100) >= SENT_BACK_OF_100 || returns_send_back(builder->writing, &act, &result, error);
}

static bool report_period(const struct reporting *reporting, struct error *error)
{
    struct builder *builder = reporting->builder;
    struct arena *arena = arena_new(256 * 1024);
    struct filing *filings = NULL;
    size_t n = 0;
    bool good = returns_due(builder->writing->db, arena, reporting->form, &reporting->period, STR(""), 0,
                            day_of_ms(builder->now), &filings, &n, error);
    for (size_t i = 0; good && i < n; i++) {
        arena_reset(builder->family);
        good = report(reporting, &filings[i], error);
    }
    arena_free(arena);
    return good;
}

bool returns_write(struct builder *builder, struct error *error)
{
    const struct city *city = builder->city;
    int64_t today = day_of_ms(builder->now);
    for (size_t i = 0; i < city->nreturns; i++) {
        struct reporting reporting = { .builder = builder, .form = city->returns[i], .newest = true };
        if (return_field(reporting.form, STR("pupils")) == SIZE_MAX ||
            !str_is(reporting.form->id, "double_reduction")) {
            continue;
        }
        reporting.period = return_period_of(reporting.form, today);
        while (reporting.period.from > reporting.form->first) {
            reporting.period = return_period_before(reporting.form, &reporting.period);
            if (!report_period(&reporting, error)) {
                return false;
            }
            reporting.newest = false;
        }
    }
    return true;
}
