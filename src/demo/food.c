/* Food safety of the demo: inspections of every canteen and supplier and what became of what they found, the schools'
 * daily notes, some incidents (most of them drills). Star canteens have earned it; of the others each lacks something,
 * so that the rule of the folder finds the same ones. */
#include "demo/food.h"

#include "base/clock.h"
#include "casework/food.h"
#include "city/workdays.h"
#include "demo/cases.h"
#include "registry/facts.h"
#include "registry/returns.h"

enum { ITEM_FAILS_OF_1000 = 70, MENDED_OF_100 = 88, NOTED_OF_100 = 84, DRILLS_OF_1000 = 30, REAL_OF_1000 = 3 };

struct feeding {
    struct casing casing;
    const struct food_rule *rule;
    const struct case_kind *inspection, *incident;
    const struct checklist *list;
};

/* ---- Inspections ---- */

static bool mend(struct feeding *f, int64_t inspection, int64_t day, struct dice *dice, struct error *error)
{
    int64_t ids[CHECKLIST_ITEMS_MAX];
    size_t n = 0;
    struct rows *rows = db_query(f->casing.builder->writing->db, error,
                                 "select id from case_file where parent = ?1 order by id", V_INT(inspection));
    while (n < CHECKLIST_ITEMS_MAX && rows_next(rows)) {
        ids[n++] = rows_int(rows, 0);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct case_input measures[] = { { STR("measures"), STR("已按要求整改（演示）。") } };
        struct case_input checked[] = { { STR("checked"), STR("现场复查，符合要求（演示）。") } };
        int64_t mended = workday_after(f->casing.city, day, dice_between(dice, 1, 3));
        int64_t seen = workday_after(f->casing.city, mended, dice_between(dice, 1, 4));
        if (dice_below(dice, 100) < MENDED_OF_100 && seen < f->casing.today &&
            (!casing_act(&f->casing, ids[i], "mended", measures, 1, NULL, true, mended, error) ||
             !casing_act(&f->casing, ids[i], "passed", checked, 1, NULL, false, seen, error))) {
            return false;
        }
    }
    return true;
}

static bool inspect(struct feeding *f, const struct food_place *place, int64_t day, bool good, struct dice *dice,
                    struct error *error)
{
    struct case_answers answers = { { ANSWER_NONE } };
    struct case_input report[] = { { STR("report"), good ? STR("全部符合要求（演示）。")
                                                         : STR("发现的问题已当场告知并限期整改（演示）。") } };
    struct case_open open = {
        .kind = f->inspection, .division = place->division, .institution = place->institution, .title = place->name.zh
    };
    size_t failed = 0;
    int64_t id;
    for (size_t i = 0; i < f->list->nitems; i++) {
        bool bad = !good && dice_below(dice, 1000) < ITEM_FAILS_OF_1000;
        failed += bad;
        answers.answer[i] = bad ? ANSWER_BAD : ANSWER_GOOD;
    }
    if (!good && !failed) { /* there is always something */
        answers.answer[dice_below(dice, (uint32_t)f->list->nitems)] = ANSWER_BAD;
    }
    return casing_open(&f->casing, &open, workday_after(f->casing.city, day, -6), &id, error) &&
           casing_act(&f->casing, id, "inspected", report, 1, &answers, false, day, error) &&
           (day >= f->casing.today || mend(f, id, day, dice, error));
}

static bool add_incident(struct feeding *f, const struct food_place *place, struct dice *dice, bool real,
                         struct error *error)
{
    int64_t day = workday_after(f->casing.city, f->casing.today - dice_between(dice, 30, 300), 0), id;
    struct case_input values[] = { { STR("severity"), real ? STR("major") : STR("usual") },
                                   { STR("persons"), real ? STR("3") : STR("0") },
                                   { STR("what"),
                                     real ? STR("数名学生餐后腹痛（演示）。") : STR("年度演练（演示）。") } };
    struct case_input done[] = { { STR("done"), STR("封存留样、停供、送医并报告（演示）。") } };
    struct case_input cause[] = { { STR("cause"), STR("已查明并通报（演示）。") } };
    struct case_open open = { .kind = f->incident,
                              .division = place->division,
                              .institution = place->school,
                              .title = real ? STR("食品安全事件") : STR("食品安全演练"),
                              .values = values,
                              .nvalues = 3 };
    return casing_open(&f->casing, &open, day, &id, error) &&
           casing_act(&f->casing, id, "contained", done, 1, NULL, false, day, error) &&
           casing_act(&f->casing, id, "concluded", cause, 1, NULL, false, workday_after(f->casing.city, day, 3), error);
}

static bool feed_one(struct feeding *f, const struct food_place *place, struct error *error)
{
    struct dice dice = dice_of(f->casing.builder->land->seed, arena_cstr(f->casing.arena, place->code), 7);
    int64_t today = f->casing.today;
    size_t times = place->star ? 2 : 1 + dice_below(&dice, 2);
    for (size_t i = 0; i < times; i++) {
        int64_t day = workday_after(f->casing.city, today - dice_between(&dice, 40, 160) - (int64_t)i * 150, 0);
        bool good = place->star || (i > 0 && dice_below(&dice, 3) == 0);
        if (!inspect(f, place, day, good, &dice, error)) {
            return false;
        }
    }
    if (place->supplier || !place->school) {
        return true;
    }
    if (dice_below(&dice, 1000) < DRILLS_OF_1000 && !add_incident(f, place, &dice, false, error)) {
        return false;
    }
    return place->star || dice_below(&dice, 1000) >= REAL_OF_1000 || add_incident(f, place, &dice, true, error);
}

/* ---- Notes of each day ---- */

static void set(struct return_act *act, const char *id, int64_t value)
{
    size_t i = return_field(act->form, str_of(id));
    if (i != SIZE_MAX) {
        act->values.has[i] = true;
        act->values.number[i] = value;
    }
}

static bool note(struct feeding *f, const struct return_form *form, const struct return_period *period,
                 const struct filing *filing, struct error *error)
{
    struct dice dice = dice_of(f->casing.builder->land->seed, period->id, (uint64_t)filing->institution + 1);
    struct return_act act = { .form = form,
                              .period = *period,
                              .institution = filing->institution,
                              .division = filing->division,
                              .role = STR(""),
                              .at = day_start_ms(period->from) + 13LL * 3600000 };
    enum return_result result;
    set(&act, "meals", dice_between(&dice, 180, 1600));
    set(&act, "health", 1);
    set(&act, "storage", 1);
    set(&act, "clean", 1);
    set(&act, "samples", dice_between(&dice, 5, 9));
    set(&act, "grams", dice_between(&dice, 125, 160));
    set(&act, "leaders", dice_between(&dice, 1, 2));
    set(&act, "parents", dice_between(&dice, 0, 2));
    return returns_hand_in(f->casing.builder->writing, &act, &result, error);
}

/* Schools of star canteens note every day, the others most. */
static bool is_star(const struct food_place *places, size_t n, int64_t school)
{
    for (size_t i = 0; i < n; i++) {
        if (places[i].star && places[i].school == school) {
            return true;
        }
    }
    return false;
}

static bool note_days(struct feeding *f, const struct food_place *places, size_t n, struct error *error)
{
    const struct return_form *form = NULL;
    for (size_t i = 0; i < f->casing.city->nreturns; i++) {
        form = str_eq(f->casing.city->returns[i]->id, f->rule->daily) ? f->casing.city->returns[i] : form;
    }
    if (!form) {
        return true;
    }
    struct return_period period = return_period_of(form, f->casing.today);
    for (int64_t d = 0; d < f->rule->records_days; d++) {
        struct arena *arena = arena_new(256 * 1024);
        struct filing *filings = NULL;
        size_t nfilings = 0;
        period = return_period_before(form, &period);
        build_tell(f->casing.builder, "canteens", (size_t)d, (size_t)f->rule->records_days);
        bool good = returns_due(f->casing.builder->writing->db, arena, form, &period, STR(""), 0, f->casing.today,
                                &filings, &nfilings, error);
        for (size_t i = 0; good && i < nfilings; i++) {
            struct dice dice = dice_of(f->casing.builder->land->seed, period.id, (uint64_t)filings[i].institution);
            bool noted = dice_below(&dice, 100) < NOTED_OF_100;
            if (noted || is_star(places, n, filings[i].institution)) {
                arena_reset(f->casing.builder->family);
                good = note(f, form, &period, &filings[i], error);
            }
        }
        arena_free(arena);
        if (!good) {
            return false;
        }
    }
    return true;
}

bool food_write(struct builder *builder, struct error *error)
{
    struct feeding f = { .rule = builder->city->food };
    struct food_place *places = NULL;
    size_t n = 0;
    if (!f.rule) {
        return true;
    }
    f.inspection = city_case(builder->city, f.rule->inspection);
    f.incident = city_case(builder->city, f.rule->incident);
    f.list = city_checklist(builder->city, f.inspection->checklist);
    bool good = casing_begin(&f.casing, builder, error) &&
                food_places(builder->writing->db, builder->arena, builder->city, str_part(builder->city->code, 0, 4), 0,
                            f.casing.today, &places, &n, error);
    for (size_t i = 0; good && i < n; i++) {
        arena_reset(f.casing.arena);
        good = feed_one(&f, &places[i], error);
    }
    good = good && note_days(&f, places, n, error);
    casing_end(&f.casing);
    return good;
}
