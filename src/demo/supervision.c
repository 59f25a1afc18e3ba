/* Supervision of the demo: a year of visits by the responsible inspectors, what they found, and what became of it.
 *
 * Who visits which school in which month follows from the register's charges and the rule of the plan
 * (casework/supervision.h); what happens is made up: most visits come on their day, some late, a few never; of what
 * they find most is mended in time, some climbs to the county and the city, some is found again. Rows are written at
 * once, each case with all its steps, as the acts would have left them; what is still open is left to the clock, which
 * looks at it on its next day. No visits in August and February. */
#include "demo/supervision.h"

#include "base/clock.h"
#include "casework/supervision.h"
#include "city/workdays.h"
#include "demo/dice.h"

#include <stdlib.h>

enum {
    STEPS_MOST = 16,
    HOUR_MS = 3600000,
    VISIT_LATE = 400, /* of 10,000; likewise below */
    VISIT_CANCELLED = 60,
    ITEM_FAILS = 230, /* each item of the list */
    ITEM_WEAK = 1500, /* of the two in which the school is weak */
    MEND_LATE = 1000,
    MEND_VERY_LATE = 200,
    RECHECK_LATE = 600,
    RECHECK_BACK = 700
};

struct step {
    const char *act, *from, *to, *role;
    int64_t at, due, day;
    struct str note;
};
struct value_of {
    size_t step;
    const char *field;
    struct str value;
};
/* A case as it grows; the row is written when it stands as on the demo's day. */
struct growing {
    int64_t id, parent, institution, account; /* account: of the inspector */
    struct str kind, number, division, title, severity, item, key;
    const struct case_stage *stage;
    int64_t stage_from, term, due, reach, look_on, opened_at, closed_at;
    bool failed;
    struct step steps[STEPS_MOST];
    size_t nsteps;
    struct value_of values[STEPS_MOST];
    size_t nvalues;
};
struct supervising {
    struct builder *builder;
    const struct city *city;
    const struct case_kind *visit, *finding;
    const struct checklist *list;
    struct arena *arena; /* emptied for each inspector's month */
    struct arena *month_arena;
    int64_t today, month, from, until;
    int64_t cases, steps;    /* the last ids */
    int64_t numbers[2][200]; /* of visits and findings, by year - 1990 */
    struct str staff;        /* of the listed inspector, and the account */
    int64_t account;
};

/* ---- A case grows ---- */

static int64_t moment_of(int64_t day, struct dice *dice)
{
    return day_start_ms(day) + 8 * HOUR_MS + dice_between(dice, 0, 9 * 3600) * 1000;
}

static struct step *add_step(struct growing *one, const char *act, const char *to, const char *role, int64_t at)
{
    struct step *step = &one->steps[one->nsteps++];
    *step = (struct step){ .act = act,
                           .from = one->nsteps > 1 ? one->steps[one->nsteps - 2].to : "",
                           .to = to,
                           .role = role,
                           .at = at,
                           .due = one->due,
                           .day = day_of_ms(at) };
    return step;
}

static void add_value(struct growing *one, const char *field, struct str value)
{
    one->values[one->nvalues++] = (struct value_of){ one->nsteps - 1, field, value };
}

/* The day on which a term that ended on `due` has climbed to that level. */
static int64_t climb_day(const struct city *city, const struct case_climb *climb, int64_t due)
{
    return workday_after(city, due, climb->after ? climb->after : 1);
}

/* What the clock did in the stage up to the day: reminders are told at once and leave steps; climbs too. */
static void clock_until(const struct supervising *s, struct growing *one, int64_t day)
{
    const struct case_stage *stage = one->stage;
    one->look_on = 0;
    for (size_t i = 0; i < stage->nreminds; i++) {
        int64_t on = workday_after(s->city, one->due, -stage->reminds[i]);
        bool counts = on > one->stage_from;
        if (counts && on <= day && on <= s->today && one->nsteps < STEPS_MOST - 4) {
            add_step(one, "remind", one->steps[one->nsteps - 1].to, "", day_start_ms(on) + HOUR_MS / 12);
        } else if (counts && on > day && (!one->look_on || on < one->look_on)) {
            one->look_on = on;
        }
    }
    for (size_t i = 0; i < stage->nclimbs; i++) {
        int64_t on = climb_day(s->city, &stage->climbs[i], one->due);
        if (on <= day && one->nsteps < STEPS_MOST - 2) {
            add_step(one, "climb", one->steps[one->nsteps - 1].to, "", day_start_ms(on) + HOUR_MS / 12);
            one->reach |= stage->climbs[i].to;
        } else if (on > day && (!one->look_on || on < one->look_on)) {
            one->look_on = on;
        }
    }
}

static void enter(const struct supervising *s, struct growing *one, const struct case_kind *kind, const char *stage,
                  int64_t day)
{
    size_t i = case_stage(kind, str_of(stage));
    one->stage = &kind->stages[i == SIZE_MAX ? 0 : i];
    one->stage_from = day;
    one->reach = 0;
    one->look_on = 0;
    one->term = one->stage->days;
    for (size_t t = 0; t < one->stage->nterms; t++) {
        if (str_eq(one->stage->terms[t].word, one->severity)) {
            one->term = one->stage->terms[t].days;
        }
    }
    if (one->stage->due_of_month) {
        one->due = month_first_day(month_of_day(day) + 1) - 1;
    } else if (one->term) {
        one->due = workday_after(s->city, day, one->term);
    }
}

static void end(const struct supervising *s, struct growing *one, const struct case_kind *kind, const char *stage,
                const char *act, const char *role, int64_t at)
{
    int64_t due = one->due;
    enter(s, one, kind, stage, day_of_ms(at));
    one->due = due; /* of what was to be done: so that a list can say whether it was in time */
    one->term = 0;
    one->closed_at = at;
    one->failed = one->stage->failed;
    add_step(one, act, stage, role, at);
}

/* ---- Writing ---- */

static bool write_steps(struct supervising *s, const struct growing *one, int64_t *first, struct error *error)
{
    struct db *db = s->builder->writing->db;
    *first = s->steps + 1;
    for (size_t i = 0; i < one->nsteps; i++) {
        const struct step *step = &one->steps[i];
        bool own = one->account && strcmp(step->role, "inspector") == 0;
        if (!db_run(db, error,
                    "insert into case_step (id, case_file, at, account, role, act, from_stage, to_stage, note, due, "
                    "day) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                    V_INT(++s->steps), V_INT(one->id), V_INT(step->at), V_IF(own, V_INT(one->account)),
                    V_TEXT(str_of(step->role)), V_TEXT(str_of(step->act)), V_TEXT(str_of(step->from)),
                    V_TEXT(str_of(step->to)), V_TEXT(step->note), V_IF(step->due, V_INT(step->due)),
                    V_INT(step->day))) {
            return false;
        }
    }
    for (size_t i = 0; i < one->nvalues; i++) {
        const struct value_of *value = &one->values[i];
        if (!db_run(db, error, "insert into case_value (case_file, field, step, value) values (?1, ?2, ?3, ?4)",
                    V_INT(one->id), V_TEXT(str_of(value->field)), V_INT(*first + (int64_t)value->step),
                    V_TEXT(value->value))) {
            return false;
        }
    }
    return true;
}

static bool write_case(struct supervising *s, struct growing *one, int64_t *first, struct error *error)
{
    bool closed = one->closed_at != 0;
    int64_t opener = one->parent ? one->account : 0;
    return db_run(s->builder->writing->db, error,
                  "insert into case_file (id, kind, number, division, institution, title, stage, desk, opener, "
                  "opened_at, stage_from, term, due, reach, look_on, severity, item, parent, closed_at, failed, "
                  "changed_at, client_key) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
                  "?16, ?17, ?18, ?19, ?20, ?21, ?22)",
                  V_INT(one->id), V_TEXT(one->kind), V_TEXT(one->number), V_TEXT(one->division),
                  V_INT(one->institution), V_TEXT(one->title), V_TEXT(one->stage->id),
                  V_INT(closed ? 0 : one->stage->desk), V_IF(opener, V_INT(opener)), V_INT(one->opened_at),
                  V_INT(one->stage_from), V_INT(one->term), V_IF(one->due, V_INT(one->due)),
                  V_INT(closed ? 0 : one->reach), V_IF(!closed && one->look_on, V_INT(one->look_on)),
                  V_TEXT(one->severity), V_TEXT(one->item), V_IF(one->parent, V_INT(one->parent)),
                  V_IF(closed, V_INT(one->closed_at)), V_INT(one->failed), V_INT(one->steps[one->nsteps - 1].at),
                  V_IF(one->key.n, V_TEXT(one->key))) &&
           write_steps(s, one, first, error);
}

static struct growing *begin_case(struct supervising *s, const struct case_kind *kind, const struct supervised *school,
                                  int64_t at)
{
    struct growing *one = ARENA_NEW(s->arena, struct growing);
    int year, month, day;
    day_parts(day_of_ms(at), &year, &month, &day);
    *one = (struct growing){ .id = ++s->cases,
                             .kind = kind->id,
                             .institution = school->institution,
                             .division = school->division,
                             .severity = STR(""),
                             .item = STR(""),
                             .opened_at = at,
                             .account = str_eq(school->staff, s->staff) ? s->account : 0 };
    one->number = arena_printf(s->arena, "%.*s-%d-%06lld", STR_ARG(kind->prefix), year,
                               (long long)++s->numbers[kind == s->finding][year - 1990]);
    return one;
}

/* ---- What was found, and what became of it ---- */

static int64_t mended_after(struct dice *dice, int64_t term)
{
    return dice_chance(dice, MEND_VERY_LATE) ? term + dice_between(dice, 7, 20)
           : dice_chance(dice, MEND_LATE)    ? term + dice_between(dice, 1, 6)
                                             : dice_between(dice, term > 3 ? 2 : 1, term);
}

/* One turn of mending and checking; false: it is still open, or it is closed. */
static bool mend(struct supervising *s, struct growing *one, struct dice *dice, bool may_fail)
{
    int64_t done = workday_after(s->city, one->stage_from, mended_after(dice, one->term));
    if (done >= s->today) {
        clock_until(s, one, s->today);
        return false;
    }
    clock_until(s, one, done);
    int64_t at = moment_of(done, dice);
    enter(s, one, s->finding, "recheck", done);
    add_step(one, "mended", "recheck", "school_head", at);
    add_value(one, "measures", STR("已按要求整改，责任到人，并在全校开展同类问题自查。"));
    done = workday_after(s->city, done,
                         dice_chance(dice, RECHECK_LATE) ? dice_between(dice, 6, 9) : dice_between(dice, 1, 5));
    if (done >= s->today) {
        clock_until(s, one, s->today);
        return false;
    }
    clock_until(s, one, done);
    at = moment_of(done, dice);
    if (may_fail && dice_chance(dice, RECHECK_BACK)) {
        enter(s, one, s->finding, "mend", done);
        struct step *step = add_step(one, "back", "mend", "inspector", at);
        step->note = STR("现场复查发现整改不彻底，请继续整改。");
        add_value(one, "checked", STR("仍有部分问题没有落实。"));
        return true;
    }
    end(s, one, s->finding, "closed", "passed", "inspector", at);
    add_value(one, "checked", STR("现场查看，已整改到位。"));
    return false;
}

static bool write_finding(struct supervising *s, const struct supervised *school, const struct growing *visit,
                          size_t item, struct dice *dice, struct error *error)
{
    const struct checklist_item *failed = &s->list->items[item];
    struct growing *one = begin_case(s, s->finding, school, visit->closed_at);
    int64_t first;
    one->parent = visit->id;
    one->title = failed->name.zh;
    one->severity = failed->major ? STR("major") : STR("usual");
    one->item = arena_printf(s->arena, "%.*s/%.*s", STR_ARG(s->list->id), STR_ARG(failed->id));
    enter(s, one, s->finding, "mend", day_of_ms(visit->closed_at));
    add_step(one, "open", "mend", "inspector", visit->closed_at);
    add_value(one, "severity", one->severity);
    add_value(one, "found", arena_printf(s->arena, "“%.*s”一项没有达到要求。", STR_ARG(failed->name.zh)));
    if (mend(s, one, dice, true)) {
        (void)mend(s, one, dice, false);
    }
    return write_case(s, one, &first, error);
}

static bool write_findings(struct supervising *s, const struct supervised *school, const struct growing *visit,
                           int64_t step, struct dice *dice, struct error *error)
{
    struct dice school_dice = dice_of(s->builder->land->seed, "weak", (uint64_t)school->institution);
    size_t n = s->list->nitems, weak[2] = { (size_t)dice_below(&school_dice, n), (size_t)dice_below(&school_dice, n) };
    struct str answers = STR("");
    bool is_weak = dice_chance(&school_dice, 2500), fails[CHECKLIST_ITEMS_MAX] = { false };
    for (size_t i = 0; i < n; i++) {
        unsigned chance = is_weak && (i == weak[0] || i == weak[1]) ? ITEM_WEAK : ITEM_FAILS;
        fails[i] = dice_chance(dice, s->list->items[i].major ? chance / 2 : chance);
        answers = arena_printf(s->arena, "%.*s%s%.*s=%s", STR_ARG(answers), i ? " " : "", STR_ARG(s->list->items[i].id),
                               fails[i] ? "no" : "yes");
    }
    if (!db_run(s->builder->writing->db, error,
                "insert into case_answers (step, case_file, checklist, digest, answers) values (?1, ?2, ?3, ?4, ?5)",
                V_INT(step), V_INT(visit->id), V_TEXT(s->list->id), V_INT(s->list->digest), V_TEXT(answers))) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (fails[i] && !write_finding(s, school, visit, i, dice, error)) {
            return false;
        }
    }
    return true;
}

/* ---- Visits ---- */

static bool write_visit(struct supervising *s, const struct supervised *school, int64_t planned, struct str theme,
                        struct error *error)
{
    struct dice dice = dice_of(s->builder->land->seed, "visit", (uint64_t)(school->institution * 40000 + s->month));
    struct growing *one = begin_case(s, s->visit, school, day_start_ms(s->from) + 8 * HOUR_MS);
    int64_t first, day = planned;
    one->title = arena_printf(s->arena, "%d年%d月督导", (int)(s->month / 12), (int)(s->month % 12) + 1);
    one->key = arena_printf(s->arena, "visit:%lld:%lld", (long long)school->institution, (long long)s->month);
    enter(s, one, s->visit, "planned", s->from);
    add_step(one, "open", "planned", "", one->opened_at);
    add_value(one, "planned", day_format(s->arena, planned));
    if (theme.n) {
        add_value(one, "theme", theme);
    }
    bool cancelled = dice_chance(&dice, VISIT_CANCELLED);
    if (dice_chance(&dice, VISIT_LATE)) {
        day = workday_after(s->city, one->due, dice_between(&dice, 1, 4));
    } else if (dice_chance(&dice, 1500) && planned < s->until) {
        day = workday_after(s->city, planned, dice_between(&dice, 1, 3));
        day = day < s->until ? day : s->until;
    }
    if (day >= s->today) {
        clock_until(s, one, s->today);
        return write_case(s, one, &first, error);
    }
    clock_until(s, one, day);
    int64_t at = moment_of(day, &dice);
    if (cancelled) {
        end(s, one, s->visit, "cancelled", "cancelled", "county_officer", at);
        one->steps[one->nsteps - 1].note = STR("学校当月临时停课，由县督导室取消。");
        return write_case(s, one, &first, error);
    }
    end(s, one, s->visit, "visited", "visited", "inspector", at);
    add_value(one, "report", STR("查看了校门、食堂、教室和有关台账，与师生作了交流，逐项核对了督导清单。"));
    return write_case(s, one, &first, error) &&
           write_findings(s, school, one, first + (int64_t)one->nsteps - 1, &dice, error);
}

static bool write_round(struct supervising *s, const struct supervised *schools, size_t n, struct error *error)
{
    arena_reset(s->arena);
    size_t *order = ARENA_ARRAY(s->arena, size_t, n);
    int64_t *days = ARENA_ARRAY(s->arena, int64_t, n);
    struct theme theme;
    bool themed = false;
    supervision_plan(s->city, schools, n, s->from, s->until, order, days);
    if (!supervision_theme(s->builder->writing->db, s->arena, schools[0].division, s->month, &theme, &themed, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!write_visit(s, &schools[i], days[i], themed ? theme.name.zh : STR(""), error)) {
            return false;
        }
    }
    return true;
}

static int by_inspector(const void *a, const void *b)
{
    const struct supervised *one = a, *other = b;
    int order = str_cmp(one->staff, other->staff);
    return order ? order : str_cmp(one->code, other->code);
}

static bool write_month(struct supervising *s, int64_t month, struct error *error)
{
    struct supervised *schools;
    size_t n = 0, covered = 0;
    int64_t before = s->numbers[0][month / 12 - 1990];
    s->month = month;
    s->from = workday_after(s->city, month_first_day(month), 0);
    s->until = workday_after(s->city, month_first_day(month + 1), -1);
    arena_reset(s->month_arena);
    if (!supervision_coverage(s->builder->writing->db, s->month_arena, str_part(s->city->code, 0, 4),
                              (struct as_of){ s->from, MOMENT_OPEN }, &schools, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (schools[i].lack == LACK_NONE) {
            schools[covered++] = schools[i];
        }
    }
    if (covered) {
        qsort(schools, covered, sizeof *schools, by_inspector);
    }
    for (size_t i = 0, next; i < covered; i = next) {
        next = i + 1;
        while (next < covered && str_eq(schools[next].staff, schools[i].staff)) {
            next++;
        }
        if (!write_round(s, schools + i, next - i, error)) {
            return false;
        }
    }
    return db_run(s->builder->writing->db, error,
                  "insert into supervision_month (month, opened_at, visits) values (?1, ?2, ?3)", V_INT(month),
                  V_INT(day_start_ms(s->from) + 8 * HOUR_MS), V_INT(s->numbers[0][month / 12 - 1990] - before));
}

/* ---- Themes, zones, numbers ---- */

static bool write_themes(struct supervising *s, int64_t from, int64_t until, struct error *error)
{
    static const struct name themes[12] = {
        { STR("期末考试和寒假安全"), STR("End of term and winter safety") },
        { STR(""), STR("") },
        { STR("春季食堂和饮水"), STR("Canteen and water in spring") },
        { STR("体育锻炼和视力"), STR("Exercise and eyesight") },
        { STR("防溺水和心理健康"), STR("Drowning and mental health") },
        { STR("招生收费"), STR("Admissions and fees") },
        { STR("暑期安全和假期托管"), STR("Safety and care in summer") },
        { STR(""), STR("") },
        { STR("开学条件和教材"), STR("Ready for the term, and textbooks") },
        { STR("作业和睡眠"), STR("Homework and sleep") },
        { STR("消防和冬季取暖"), STR("Fire and heating in winter") },
        { STR("师德师风"), STR("Teachers' conduct") },
    };
    struct str divisions[2] = { str_part(s->city->code, 0, 4), s->builder->land->counties[0].division->code };
    for (int64_t month = from; month <= until; month++) {
        for (int i = 0; i < 2; i++) {
            /* The first county lays stress on what the city did the month before, every third month. */
            const struct name *theme = &themes[(month + 12 - i) % 12];
            if ((i == 1 && month % 3) || !theme->zh.n || !themes[month % 12].zh.n) {
                continue;
            }
            if (!db_run(s->builder->writing->db, error,
                        "insert into supervision_theme (division, month, name_zh, name_en, checklist, at) values (?1, "
                        "?2, ?3, ?4, '', ?5)",
                        V_TEXT(divisions[i]), V_INT(month), V_TEXT(theme->zh), V_TEXT(theme->en),
                        V_INT(day_start_ms(month_first_day(month)) - 24 * HOUR_MS))) {
                return false;
            }
        }
    }
    return true;
}

static bool write_numbers(struct supervising *s, struct error *error)
{
    for (size_t kind = 0; kind < 2; kind++) {
        for (int64_t year = 0; year < 200; year++) {
            if (s->numbers[kind][year] && !db_run(s->builder->writing->db, error,
                                                  "insert into case_number (prefix, year, last) values (?1, ?2, ?3)",
                                                  V_TEXT((kind ? s->finding : s->visit)->prefix), V_INT(year + 1990),
                                                  V_INT(s->numbers[kind][year]))) {
                return false;
            }
        }
    }
    return true;
}

static bool find_account(struct supervising *s, struct error *error)
{
    struct rows *rows =
        db_query(s->builder->writing->db, error, "select id, staff from account where staff <> '' order by id limit 1");
    if (rows_next(rows)) {
        s->account = rows_int(rows, 0);
        s->staff = rows_text_in(rows, 1, s->builder->arena);
    }
    return rows_end(rows, error);
}

bool supervision_write(struct builder *builder, struct error *error)
{
    struct supervising s = { .builder = builder,
                             .city = builder->city,
                             .visit = city_case(builder->city, STR("visit")),
                             .finding = city_case(builder->city, STR("rectification")),
                             .today = day_of_ms(builder->now) };
    int64_t last = month_of_day(s.today), first = last - 11;
    if (!s.visit || !s.finding || !(s.list = city_checklist(builder->city, s.visit->checklist))) {
        return true; /* a city without supervision */
    }
    s.arena = arena_new(0);
    s.month_arena = arena_new(0);
    bool good = find_account(&s, error) && write_themes(&s, first, last + 1, error);
    for (int64_t month = first; good && month <= last; month++) {
        bool holidays = month % 12 == 1 || month % 12 == 7;
        build_tell(builder, "supervision", (size_t)(month - first), 12);
        good = holidays || write_month(&s, month, error);
    }
    good = good && write_numbers(&s, error);
    arena_free(s.arena);
    arena_free(s.month_arena);
    return good;
}
