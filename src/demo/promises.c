/* What was promised in public, as cases: livelihood items and measures, buildings and works at schools, each project of
 * the register one case with its milestones, what it costs, a report a month, and how it ended. Made by the commands
 * that the pages use, so that every row is one that they could have left. Most milestones are reached in time; some
 * slip. */
#include "demo/promises.h"

#include "base/clock.h"
#include "city/workdays.h"
#include "demo/cases.h"
#include "registry/facts.h"

enum { MILESTONES = 4, SLIP_OF_100 = 12, REPORTS_MOST = 4, DAYS_A_MONTH = 30, FEN_A_YUAN = 100 };

struct work { /* a project of the register */
    struct str code, kind, division, lead;
    struct name name;
    int64_t institution, year, planned, finished, fen, places, land, floor;
};
struct promising {
    struct casing casing;
    const struct case_kind *promise, *project;
    struct work *documents; /* that carry out the measures */
    size_t ndocuments, measures;
};

static struct str lead_of(const struct work *work)
{
    static const struct {
        const char *word, *name;
    } leads[] = { { "education", "市教育和体育局" },   { "sports", "市教育和体育局" },
                  { "housing", "市住房城乡建设部门" }, { "health", "市卫生健康部门" },
                  { "transport", "市交通运输部门" },   { "civil_affairs", "市民政部门" },
                  { "water", "市水利部门" },           { "agriculture", "市农业农村部门" } };
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        if (str_is(work->lead, leads[i].word)) {
            return str_of(leads[i].name);
        }
    }
    return STR("项目学校");
}

/* ---- Milestones ---- */

static bool add_lines(struct promising *p, const struct work *work, int64_t id, struct dice *dice, bool slips,
                      struct error *error)
{
    static const char *const built[MILESTONES] = { "立项和设计", "招标", "施工", "竣工验收" };
    static const char *const promised[MILESTONES] = { "制定实施方案", "落实资金和责任", "组织实施", "总结公布" };
    static const int64_t shares[MILESTONES + 1] = { 0, 20, 35, 90, 100 };
    bool builds = work->fen > 0;
    int64_t begins = day_of((int)work->year, 1, 10), whole = work->planned - begins, step = 0;
    int64_t last = work->finished && work->finished <= p->casing.today ? work->finished : 0;
    if (!db_one_int(p->casing.builder->writing->db, error, &step, NULL,
                    "select max(id) from case_step where case_file = ?1", V_INT(id))) {
        return false;
    }
    for (size_t i = 0; i < MILESTONES; i++) {
        int64_t from = begins + whole * shares[i] / 100, due = begins + whole * shares[i + 1] / 100;
        int64_t done = due - dice_between(dice, 0, 12);
        done = last && (i + 1 == MILESTONES || done > last) ? last : done;
        bool reached = done <= p->casing.today && (last || (i + 1 < MILESTONES && !(slips && i == 2)));
        struct case_line line = {
            .name = str_of(builds ? built[i] : promised[i]),
            .owner = lead_of(work),
            .measure = STR(""),
            .from_day = from,
            .due = due,
            .done = reached ? (done > from ? done : from) : 0,
            .planned_fen = builds && i ? work->fen * (shares[i + 1] - shares[i]) / 80 : 0,
        };
        line.spent_fen = line.done ? line.planned_fen : 0;
        if (i + 1 == MILESTONES && work->places) { /* what stands in the end */
            line.measure = STR("places");
            line.adds = work->places;
        } else if (i == 2 && work->floor) {
            line.measure = STR("floor_m2");
            line.adds = work->floor;
        }
        if (!case_line_add(p->casing.builder->writing, id, step, &line, error)) {
            return false;
        }
    }
    return true;
}

/* The documents that carry out a measure: each is a line of it. Of 24 measures and 36 documents every second has two.
 */
static bool add_documents(struct promising *p, const struct work *work, int64_t id, size_t number, struct error *error)
{
    int64_t step = 0;
    if (!str_is(work->kind, "policy_measure") || !p->measures) {
        return true;
    }
    if (!db_one_int(p->casing.builder->writing->db, error, &step, NULL,
                    "select max(id) from case_step where case_file = ?1", V_INT(id))) {
        return false;
    }
    for (size_t i = number % p->measures; i < p->ndocuments; i += p->measures) {
        const struct work *document = &p->documents[i];
        struct case_line line = {
            .name = arena_printf(p->casing.arena, "出台%.*s", STR_ARG(document->name.zh)),
            .owner = lead_of(document),
            .measure = STR(""),
            .from_day = day_of((int)document->year, 1, 10),
            .due = document->planned,
            .done = document->finished && document->finished < p->casing.today ? document->finished : 0,
        };
        if (!case_line_add(p->casing.builder->writing, id, step, &line, error)) {
            return false;
        }
    }
    return true;
}

/* ---- What happened ---- */

static bool report(struct promising *p, const struct work *work, int64_t id, int64_t day, int64_t percent,
                   struct error *error)
{
    struct case_input values[] = {
        { STR("progress"), arena_printf(p->casing.arena, "%lld", (long long)percent) },
        { STR("spent"), arena_printf(p->casing.arena, "%lld", (long long)(work->fen / FEN_A_YUAN * percent / 100)) },
        { STR("report"), STR("按计划推进，资金按进度拨付（演示）。") },
    };
    return casing_act(&p->casing, id, "report", values, 3, NULL, false, day, error);
}

static bool go_on(struct promising *p, const struct work *work, int64_t id, struct dice *dice, bool slips,
                  struct error *error)
{
    int64_t begins = day_of((int)work->year, 1, 10);
    int64_t end = work->finished && work->finished <= p->casing.today ? work->finished : p->casing.today;
    int64_t every =
        (end - begins) / (REPORTS_MOST + 1) > DAYS_A_MONTH ? (end - begins) / (REPORTS_MOST + 1) : DAYS_A_MONTH;
    for (int64_t day = begins + every, n = 0; n < REPORTS_MOST && day < end; day += every, n++) {
        int64_t percent =
            (day - begins) * 100 / (work->planned - begins) - (slips ? 15 : 0) + dice_between(dice, -3, 4);
        percent = percent < 0 ? 0 : percent > 99 ? 99 : percent;
        if (!report(p, work, id, day, percent, error)) {
            return false;
        }
    }
    if (!work->finished || work->finished >= p->casing.today) {
        return true;
    }
    struct case_input done[] = { { STR("report"), STR("已全部完成，资料齐全（演示）。") } };
    int64_t checked = workday_after(p->casing.city, work->finished, 4);
    return report(p, work, id, work->finished, 100, error) &&
           casing_act(&p->casing, id, "finished", done, 1, NULL, true, work->finished, error) &&
           casing_act(&p->casing, id, "passed", NULL, 0, NULL, false, checked, error);
}

static bool write_one(struct promising *p, const struct work *work, size_t number, struct error *error)
{
    const struct case_kind *kind = work->fen ? p->project : p->promise;
    struct dice dice = dice_of(p->casing.builder->land->seed, arena_cstr(p->casing.arena, work->code), 0);
    bool slips = dice_below(&dice, 100) < SLIP_OF_100;
    struct case_input values[] = { { STR("promised"), work->name.zh },
                                   { STR("lead"), lead_of(work) },
                                   { STR("until"), day_format(p->casing.arena, work->planned) } };
    struct case_open open = { .kind = kind,
                              .division = work->division,
                              .institution = work->institution,
                              .subject = work->code,
                              .title = work->name.zh,
                              .values = values,
                              .nvalues = 3 };
    int64_t id;
    return casing_open(&p->casing, &open, day_of((int)work->year, 1, 8), &id, error) &&
           add_lines(p, work, id, &dice, slips, error) && add_documents(p, work, id, number, error) &&
           go_on(p, work, id, &dice, slips, error);
}

/* ---- Which ---- */

/* documents: those of the measures; else what was promised and what is built. */
static bool read_works(struct promising *p, bool documents, struct work **out, size_t *n, struct error *error)
{
    int year, month, day;
    day_parts(p->casing.today, &year, &month, &day);
    struct rows *rows = db_query(
        p->casing.builder->writing->db, error,
        "select code, kind, division, lead, name_zh, name_en, institution, year, planned, finished, "
        "invested_fen, places, land_m2, floor_m2 from project_fact where replaced_at = ?1 and valid_until = ?2 "
        "and case when cast(?4 as bigint) = 1 then kind = 'policy_document' else kind in ('school_building', "
        "'weak_link', 'policy_measure') or (kind = 'livelihood_item' and year = ?3) end order by year, code",
        V_INT(MOMENT_OPEN), V_INT(DAY_OPEN), V_INT(year), V_INT(documents));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        struct arena *arena = p->casing.builder->arena;
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct work){ .code = rows_text_in(rows, 0, arena),
                                        .kind = rows_text_in(rows, 1, arena),
                                        .division = rows_text_in(rows, 2, arena),
                                        .lead = rows_text_in(rows, 3, arena),
                                        .name = { rows_text_in(rows, 4, arena), rows_text_in(rows, 5, arena) },
                                        .institution = rows_int(rows, 6),
                                        .year = rows_int(rows, 7),
                                        .planned = rows_int(rows, 8),
                                        .finished = rows_int(rows, 9),
                                        .fen = rows_int(rows, 10),
                                        .places = rows_int(rows, 11),
                                        .land = rows_int(rows, 12),
                                        .floor = rows_int(rows, 13) };
    }
    return rows_end(rows, error);
}

bool promises_write(struct builder *builder, struct error *error)
{
    struct promising p = { .promise = city_case(builder->city, STR("promise")),
                           .project = city_case(builder->city, STR("project")) };
    struct work *works;
    size_t n = 0, measure = 0;
    if (!p.promise || !p.project) {
        return true; /* a city that promises nothing in public */
    }
    bool good = casing_begin(&p.casing, builder, error) && read_works(&p, false, &works, &n, error) &&
                read_works(&p, true, &p.documents, &p.ndocuments, error);
    for (size_t i = 0; good && i < n; i++) {
        p.measures += str_is(works[i].kind, "policy_measure");
    }
    for (size_t i = 0; good && i < n; i++) {
        arena_reset(p.casing.arena);
        build_tell(builder, "promises", i, n);
        good = write_one(&p, &works[i], measure, error);
        measure += str_is(works[i].kind, "policy_measure");
    }
    casing_end(&p.casing);
    return good;
}
