/* What else lies on desks: plans of the vocational schools that fell short of the standard, problems of enterprises
 * with the schools' answers, faults at sports grounds. */
#include "demo/food.h"

#include "base/clock.h"
#include "city/workdays.h"
#include "demo/cases.h"
#include "figures/standard.h"
#include "registry/facts.h"

enum { FAULTS_OF_1000 = 60, PROBLEMS = 12, BIDS = 3, HUNDRED = 100 };

/* ---- One school, one plan ---- */

/* The schools that fell short at the end of 2023 had until the summer of 2025. */
struct plan_days {
    int64_t judged, opened, goal, met;
};
static struct plan_days plan_days(void)
{
    return (struct plan_days){ day_of(2023, 12, 31), day_of(2024, 1, 15), day_of(2025, 8, 31), day_of(2025, 8, 25) };
}

static bool add_line(struct casing *casing, int64_t id, const char *measure, int64_t short_by, int64_t yuan_each,
                     struct error *error)
{
    int64_t step = 0, adds = short_by + short_by / 20 + 1;
    struct case_line line = { .name = arena_printf(casing->arena, "补齐缺口：%s（演示）", measure),
                              .owner = STR("学校（演示）"),
                              .measure = str_of(measure),
                              .adds = adds,
                              .from_day = plan_days().opened + 30,
                              .due = plan_days().goal - 30,
                              .done = plan_days().met - 10,
                              .spent_fen = adds * yuan_each * HUNDRED,
                              .planned_fen = adds * yuan_each * HUNDRED };
    return db_one_int(casing->builder->writing->db, error, &step, NULL,
                      "select max(id) from case_step where case_file = ?1", V_INT(id)) &&
           case_line_add(casing->builder->writing, id, step, &line, error);
}

static bool plan_school(struct casing *casing, const struct case_kind *kind, const struct school_condition *school,
                        const struct judgement *judgement, struct error *error)
{
    static const struct {
        const char *measure;
        int64_t yuan;
    } lines[MEASURES] = {
        { "land_m2", 300 }, { "floor_m2", 2600 }, { "teachers", 90000 }, { "equipment_yuan", 1 }, { "books", 30 }
    };
    struct case_input values[] = {
        { STR("shortfall"), STR("见办学条件页所列差额（演示）。") },
        { STR("goal"), day_format(casing->arena, plan_days().goal) },
    };
    struct case_input progress[] = { { STR("progress"), STR("手续办理中，资金已列入预算（演示）。") } };
    struct case_open open = { .kind = kind,
                              .division = school->division,
                              .institution = school->institution,
                              .title = arena_printf(casing->arena, "%.*s达标方案", STR_ARG(school->name.zh)),
                              .values = values,
                              .nvalues = 2 };
    struct case_input met[] = { { STR("progress"), STR("各项缺口已补齐（演示）。") } };
    const struct plan_days days = plan_days();
    int64_t id;
    if (!casing_open(casing, &open, days.opened, &id, error)) {
        return false;
    }
    for (size_t m = 0; m < MEASURES; m++) {
        const struct measured *measured = &judgement->of[m];
        if (measured->judged <= JUDGED_NOT_MET && measured->shortfall > 0 &&
            !add_line(casing, id, lines[m].measure, measured->shortfall, lines[m].yuan, error)) {
            return false;
        }
    }
    return casing_act(casing, id, "handed_in", NULL, 0, NULL, false, days.opened + 9, error) &&
           casing_act(casing, id, "agreed", NULL, 0, NULL, false, days.opened + 16, error) &&
           casing_act(casing, id, "report", progress, 1, NULL, false, days.opened + 90, error) &&
           casing_act(casing, id, "met", met, 1, NULL, true, days.met, error) &&
           casing_act(casing, id, "passed", NULL, 0, NULL, false, days.met + 7, error);
}

static bool plan_schools(struct casing *casing, struct error *error)
{
    const struct case_kind *kind = city_case(casing->city, STR("school_plan"));
    struct city_mistakes *mistakes = city_mistakes_new();
    struct standards *standards = NULL;
    struct school_condition *schools;
    size_t n = 0;
    bool good = standards_read(&standards, arena_cstr(casing->arena, casing->city->folder), mistakes, error);
    const struct standard *standard = good ? standards_on(standards, plan_days().judged) : NULL;
    good =
        good && (!kind || !standard ||
                 conditions_read(casing->builder->writing->db, casing->builder->arena,
                                 (struct as_of){ plan_days().judged, MOMENT_OPEN }, STR(""), 0, &schools, &n, error));
    for (size_t i = 0; good && kind && standard && i < n; i++) {
        struct judgement judgement = standard_judge(standard, &schools[i], 0);
        if (judgement.overall == JUDGED_NEARLY || judgement.overall == JUDGED_NOT_MET) {
            good = plan_school(casing, kind, &schools[i], &judgement, error);
        }
    }
    standards_free(standards);
    city_mistakes_free(mistakes);
    return good;
}

/* ---- The board ---- */

struct place {
    int64_t id;
    struct str code, division;
    struct name name;
};

static bool read_places(struct casing *casing, const char *sql, struct place **out, size_t *n, struct error *error)
{
    struct rows *rows = db_query(casing->builder->writing->db, error, sql, V_INT(MOMENT_OPEN), V_INT(casing->today));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        struct arena *arena = casing->builder->arena;
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct place){ rows_int(rows, 0),
                                         rows_text_in(rows, 1, arena),
                                         rows_text_in(rows, 2, arena),
                                         { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) } };
    }
    return rows_end(rows, error);
}

static bool add_bids(struct casing *casing, const struct place *schools, size_t nschools, size_t number, int64_t above,
                     int64_t day, bool chosen, struct error *error)
{
    const struct case_kind *kind = city_case(casing->city, STR("bid"));
    int64_t first = 0, id;
    for (size_t k = 0; kind && k < BIDS && k < nschools; k++) {
        struct case_input values[] = { { STR("plan"), STR("按题目要求提出的方案（演示）。") },
                                       { STR("team"), STR("专业教师与学生团队（演示）。") },
                                       { STR("ready"), day_format(casing->arena, casing->today + 120) } };
        struct case_open open = { .kind = kind,
                                  .who = { .institution = schools[(number * BIDS + k) % nschools].id },
                                  .title = schools[(number * BIDS + k) % nschools].name.zh,
                                  .values = values,
                                  .nvalues = 3,
                                  .parent = above };
        if (!casing_open(casing, &open, day + (int64_t)k, &id, error)) {
            return false;
        }
        first = first ? first : id;
    }
    struct case_input why[] = { { STR("chosen"), STR("方案成熟，条件具备（演示）。") } };
    return !chosen || !first || casing_act(casing, first, "choose", why, 1, NULL, false, day + 20, error);
}

static bool add_problems(struct casing *casing, struct error *error)
{
    static const char *const titles[] = { "装配线视觉对中不准",     "轴承钢热处理变形", "冷链包装破损率高",
                                          "焊接机器人编程人手不足", "乡村民宿服务标准", "设施蔬菜水肥一体化" };
    const struct case_kind *kind = city_case(casing->city, STR("problem"));
    struct place *firms, *schools;
    size_t nfirms, nschools;
    if (!kind) {
        return true;
    }
    if (!read_places(
            casing,
            "select subject, code, division, name_zh, name_en from institution_fact where kind = 'enterprise' and "
            "replaced_at = ?1 and valid_from <= ?2 and valid_until > ?2 order by code limit 40",
            &firms, &nfirms, error) ||
        !read_places(
            casing,
            "select subject, code, division, name_zh, name_en from institution_fact where kind between '361' and "
            "'369' and replaced_at = ?1 and valid_from <= ?2 and valid_until > ?2 order by code limit 40",
            &schools, &nschools, error)) {
        return false;
    }
    for (size_t i = 0; i < PROBLEMS && nfirms; i++) {
        const struct place *firm = &firms[(i + nfirms - 1) % nfirms]; /* the first, of the demo account, has answers */
        int64_t id, day = workday_after(casing->city, casing->today - 20 - (int64_t)i * 12, 0);
        struct case_input values[] = { { STR("problem"), STR("问题和要求见附件（演示）。") },
                                       { STR("offers"), STR("提供场地、设备和经费（演示）。") },
                                       { STR("until"), day_format(casing->arena, day + 60) } };
        struct case_open open = { .kind = kind,
                                  .who = { .institution = firm->id },
                                  .division = firm->division,
                                  .institution = firm->id,
                                  .title = str_of(titles[i % (sizeof titles / sizeof *titles)]),
                                  .values = values,
                                  .nvalues = 3 };
        struct case_input outcome[] = { { STR("outcome"), STR("已解决，形成合作协议（演示）。") } };
        if (!casing_open(casing, &open, day, &id, error) ||
            (i > 0 && (!casing_act(casing, id, "publish", NULL, 0, NULL, false, day + 2, error) ||
                       !add_bids(casing, schools, nschools, i, id, day + 5, i > 4, error))) ||
            (i > 8 && nschools && !casing_act(casing, id, "finish", outcome, 1, NULL, true, day + 80, error))) {
            return false;
        }
    }
    return true;
}

/* ---- Faults ---- */

static bool add_faults(struct casing *casing, struct error *error)
{
    static const char *const faults[] = { "篮球架篮圈松动", "灯光不亮", "健身器材踏板断裂", "入口不按时开放" };
    const struct case_kind *kind = city_case(casing->city, STR("fault"));
    struct place *venues;
    size_t n;
    if (!kind) {
        return true;
    }
    if (!read_places(casing,
                     "select institution, code, division, name_zh, name_en from venue_fact where replaced_at = ?1 and "
                     "valid_from <= ?2 and valid_until > ?2 order by code",
                     &venues, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct dice dice = dice_of(casing->builder->land->seed, arena_cstr(casing->arena, venues[i].code), 3);
        if (dice_below(&dice, 1000) >= FAULTS_OF_1000) {
            continue;
        }
        arena_reset(casing->arena);
        size_t what = dice_below(&dice, sizeof faults / sizeof *faults);
        int64_t id, day = workday_after(casing->city, casing->today - dice_between(&dice, 2, 90), 0);
        struct case_input values[] = { { STR("severity"), what == 2 ? STR("major") : STR("usual") },
                                       { STR("fault"), str_of(faults[what]) } };
        struct case_input notice[] = { { STR("notice"), str_of(faults[what]) } };
        struct case_input answer[] = { { STR("answer"), STR("已修好（演示）。") } };
        struct case_open open = { .kind = kind,
                                  .division = venues[i].division,
                                  .institution = venues[i].id,
                                  .subject = venues[i].code,
                                  .title = venues[i].name.zh,
                                  .values = values,
                                  .nvalues = 2 };
        bool slow = dice_below(&dice, 10) == 0;
        if (!casing_open(casing, &open, day, &id, error) ||
            !casing_act(casing, id, "confirmed", notice, 1, NULL, false, day + 1, error) ||
            (!slow && day + 9 < casing->today &&
             !casing_act(casing, id, "mended", answer, 1, NULL, true, day + 8, error))) {
            return false;
        }
    }
    return true;
}

bool board_write(struct builder *builder, struct error *error)
{
    struct casing casing;
    bool good = casing_begin(&casing, builder, error) && plan_schools(&casing, error) && add_problems(&casing, error) &&
                add_faults(&casing, error);
    casing_end(&casing);
    return good;
}
