/* Who looks at figures, for which day, and the words that all pages share. See pages.h. */
#include "figures/pages/pages.h"

#include "base/clock.h"

#include <ctype.h>

struct viewer viewer_of(struct request *request)
{
    const struct session *session = request_session(request);
    struct viewer viewer = { 0 };
    if (!session || !(session->roles & ROLE_STAFF)) {
        return viewer;
    }
    const struct city *city = request_app(request)->city;
    viewer.staff = true;
    viewer.scope = arena_str(request_arena(request), session_scope(session));
    viewer.institution = session->institution;
    viewer.city = viewer.scope.n && viewer.scope.n <= 4 && str_starts(city->code, viewer.scope);
    return viewer;
}

bool viewer_sees(const struct viewer *viewer, const struct indicator *indicator)
{
    return indicator->is_public || (viewer->staff && (viewer->scope.n || viewer->institution));
}

enum figures_for viewer_for(const struct viewer *viewer)
{
    return viewer->staff ? FIGURES_FOR_STAFF : FIGURES_FOR_EVERYBODY;
}

void reply_not_counted(struct request *request, const struct error *error)
{
    if (!figures_was_busy(error)) {
        reply_failed(request, error);
        return;
    }
    reply_header(request, "Retry-After", STR("3"));
    reply_problem(
        request, 503, T("正在为别人计数", "Others are being counted for"),
        T("这一天的数还没有人数过，现在数的人太多。", "Nobody has asked for this day yet, and too many ask just now."),
        T("请过几秒再打开这一页。", "Please open this page again in a few seconds."));
}

bool viewer_owns(const struct viewer *viewer, struct str division, int64_t institution)
{
    if (viewer->institution) {
        return viewer->institution == institution;
    }
    return viewer->staff && viewer->scope.n && str_starts(division, viewer->scope);
}

/* Without ?day: the end of the last whole year, since a year that is not over has no figures of its own. */
static int64_t usual_day(void)
{
    int year, month, day;
    day_parts(day_of_ms(clock_ms()), &year, &month, &day);
    return day_of(year - 1, 12, 31);
}

bool asked_of(struct request *request, struct asked *asked)
{
    struct arena *arena = request_arena(request);
    struct str day = str_trim(request_query(request, "day")), known = str_trim(request_query(request, "known"));
    asked->as_of = (struct as_of){ usual_day(), MOMENT_OPEN };
    /* A moment to the millisecond is a number: what a publication froze is asked again exactly. */
    bool exact = str_to_int(known, 1, MOMENT_OPEN, &asked->as_of.recorded);
    if ((day.n && !day_parse(day, &asked->as_of.day)) ||
        (known.n && !exact && !ms_parse(known, &asked->as_of.recorded))) {
        reply_problem(request, 400, T("日期看不懂", "The date is not one"),
                      T("日期应写作 2023-12-31，时刻应写作 2024-02-27 09:00。",
                        "A day is written 2023-12-31, a moment 2024-02-27 09:00."),
                      T("请返回上一页改正。", "Please go back and correct it."));
        return false;
    }
    asked->day = day_format(arena, asked->as_of.day);
    asked->known = known.n ? ms_format(arena, asked->as_of.recorded, exact) : (struct str){ "", 0 };
    asked->known_field = exact ? known : asked->known;
    asked->query = arena_printf(arena, "?day=%.*s", STR_ARG(asked->day));
    if (exact) {
        asked->query = arena_printf(arena, "%.*s&known=%lld", STR_ARG(asked->query), (long long)asked->as_of.recorded);
    } else if (known.n) {
        asked->query = arena_printf(arena, "%.*s&known=%.*sT%.*s", STR_ARG(asked->query),
                                    STR_ARG(str_part(asked->known, 0, 10)), STR_ARG(str_part(asked->known, 11, 5)));
    }
    return true;
}

bool division_asked(struct request *request, struct str *division)
{
    *division = request_query(request, "division");
    bool good = division->n <= CELL_DIVISION_MOST;
    for (size_t i = 0; good && i < division->n; i++) {
        char c = division->p[i];
        good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    }
    if (!good) {
        reply_not_found(request);
    }
    return good;
}

/* ---- words ---- */

struct name bound_words(const struct indicator *indicator)
{
    switch (indicator->bound) {
    case BOUND_ABOVE:
        return (struct name){ STR("超过"), STR("over ") };
    case BOUND_NEARLY:
        return (struct name){ STR("近"), STR("nearly ") };
    case BOUND_BELOW:
        return (struct name){ STR("低于"), STR("below ") };
    case BOUND_NONE:
        break;
    }
    return (struct name){ STR(""), STR("") };
}

struct name figure_value_words(struct arena *arena, const struct indicator *indicator, const struct figure *figure)
{
    switch (figure->state) {
    case FIGURE_IS: {
        struct str number = figure_number(arena, figure->said_e6, indicator->round, true);
        struct name bound = bound_words(indicator);
        return (struct name){ arena_printf(arena, "%.*s%.*s", STR_ARG(bound.zh), STR_ARG(number)),
                              arena_printf(arena, "%.*s%.*s", STR_ARG(bound.en), STR_ARG(number)) };
    }
    case FIGURE_EMPTY:
        return (struct name){ STR("无可数的行"), STR("nothing to count") };
    case FIGURE_EARLIER:
        return (struct name){ STR("名录中没有那时的数据"), STR("before the register began") };
    case FIGURE_TOO_MANY:
        break;
    }
    return (struct name){ STR("数太大"), STR("too great a number") };
}

/* 1,527 */
static struct str grouped(struct arena *arena, int64_t value)
{
    int64_t e6;
    return __builtin_mul_overflow(value, INT64_C(1000000), &e6) ? arena_printf(arena, "%lld", (long long)value)
                                                                : figure_number(arena, e6, 0, true);
}

struct str figure_sides_words(struct arena *arena, const struct figure *figure, bool divided)
{
    struct str top = grouped(arena, figure->numerator);
    if (figure->state != FIGURE_IS) {
        return STR("");
    }
    if (divided) {
        struct str bottom = grouped(arena, figure->denominator);
        top = arena_printf(arena, "%.*s / %.*s", STR_ARG(top), STR_ARG(bottom));
    }
    if (figure->before_numerator || figure->before_denominator != 1) { /* of a change */
        struct str before = grouped(arena, figure->before_numerator);
        struct str bottom = grouped(arena, figure->before_denominator);
        top = !divided ? arena_printf(arena, "%.*s − %.*s", STR_ARG(top), STR_ARG(before))
                       : arena_printf(arena, "%.*s − %.*s / %.*s", STR_ARG(top), STR_ARG(before), STR_ARG(bottom));
    }
    return top;
}

struct name kind_words(enum indicator_kind kind)
{
    static const struct text words[INDICATOR_KINDS] = {
        [INDICATOR_COUNT] = T("计数", "a count"),
        [INDICATOR_SUM] = T("合计", "a sum"),
        [INDICATOR_RATIO] = T("比例：100 × 分子 ÷ 分母", "a share: 100 × numerator / denominator"),
        [INDICATOR_MEAN] = T("平均：分子 ÷ 分母", "a mean: numerator / denominator"),
        [INDICATOR_CHANGE] = T("与上一年之差", "the change from a year before"),
        [INDICATOR_RANK] = T("名次（由外部公布）", "a rank (as others found it)"),
        [INDICATOR_SURVEY] = T("抽样调查", "a survey of a sample"),
    };
    return (struct name){ str_of(words[kind].zh), str_of(words[kind].en) };
}

struct str period_words(struct arena *arena, const struct indicator *indicator, int64_t day)
{
    struct period period = indicator_period(indicator, day);
    if (indicator->years == 0) {
        return day_format(arena, day);
    }
    return indicator->years == 1 ? arena_printf(arena, "%d", period.year)
                                 : arena_printf(arena, "%d–%d", period.year - (int)indicator->years + 1, period.year);
}

struct name place_of_code(struct db *db, struct arena *arena, const struct city *city, struct str code,
                          struct as_of as_of)
{
    struct fact fact;
    struct error error;
    bool found = false;
    if (facts_one(db, arena, &KIND_LIST[KIND_DIVISION], code, as_of, &fact, &found, &error) && found) {
        return fact_name(&KIND_LIST[KIND_DIVISION], &fact);
    }
    const struct division *division = city_division(city, code);
    return division ? division->name : (struct name){ code, code };
}

struct name place_of_institution(struct db *db, struct arena *arena, int64_t institution, struct as_of as_of,
                                 struct str *code)
{
    struct fact fact;
    struct error error;
    bool found = false;
    *code = STR("");
    if (institution == 0) {
        return (struct name){ STR("不属于机构"), STR("of no institution") };
    }
    if (facts_of_subject(db, arena, &KIND_LIST[KIND_INSTITUTION], institution, as_of, &fact, &found, &error) && found) {
        *code = fact.code;
        return fact_name(&KIND_LIST[KIND_INSTITUTION], &fact);
    }
    struct str number = arena_printf(arena, "%lld", (long long)institution);
    return (struct name){ number, number };
}

struct name division_called(struct request *request, struct str code, struct as_of as_of)
{
    struct db *db = request_db(request);
    return db ? place_of_code(db, request_arena(request), request_app(request)->city, code, as_of)
              : (struct name){ code, code };
}

struct name institution_called(struct request *request, int64_t institution, struct as_of as_of, struct str *code)
{
    struct db *db = request_db(request);
    *code = STR("");
    return db ? place_of_institution(db, request_arena(request), institution, as_of, code)
              : (struct name){ STR(""), STR("") };
}

enum scope_result scope_of_city(struct request *request, const char *parameter, const char *sql,
                                struct subject *subject)
{
    struct db *db = request_db(request);
    struct error error;
    int64_t id = 0;
    bool found = false;
    if (!db || !db_one_int(db, &error, &id, &found, sql, V_INT(request_param_int(request, parameter))) || !found) {
        return SCOPE_NOT_FOUND;
    }
    subject->division = request_app(request)->city->code;
    return SCOPE_OK;
}

struct str thing_href(struct arena *arena, enum kind_id kind, struct str code, const struct asked *asked)
{
    for (size_t i = 0; i < code.n; i++) {
        if (!strchr("-._~", code.p[i]) && !isalnum((unsigned char)code.p[i])) {
            return STR(""); /* what a path may not hold as it is */
        }
    }
    if (!code.n) {
        return STR("");
    }
    struct str known = asked->as_of.recorded == MOMENT_OPEN
                           ? STR("")
                           : arena_printf(arena, "&known=%lld", (long long)asked->as_of.recorded);
    return arena_printf(arena, "/register/%s/%.*s?day=%.*s%.*s", KIND_LIST[kind].name, STR_ARG(code),
                        STR_ARG(asked->day), STR_ARG(known));
}
