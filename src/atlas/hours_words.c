/* Opening hours in words, and in their one written form. Days with the same hours are told together. */
#include "atlas/hours.h"

enum { DAY_MINUTES = 1440, WEEK = 7 };

static const char *const written[HOURS_DAYS] = { "Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH" };
static const struct text called[HOURS_DAYS] = {
    T("周一", "Monday"), T("周二", "Tuesday"),  T("周三", "Wednesday"), T("周四", "Thursday"),
    T("周五", "Friday"), T("周六", "Saturday"), T("周日", "Sunday"),    T("节假日", "public holidays"),
};

static bool same(const struct hours *hours, int a, int b)
{
    return hours->n[a] == hours->n[b] &&
           memcmp(hours->spans[a], hours->spans[b], hours->n[a] * sizeof(struct hours_span)) == 0;
}

/* The days that have the hours of `day`, as bits; a holiday stands by itself. */
static unsigned days_like(const struct hours *hours, int day)
{
    unsigned days = 0;
    for (int i = 0; i < WEEK; i++) {
        days |= same(hours, day, i) ? 1u << i : 0;
    }
    return days;
}

/* How many days in a row stand in the set from `day` on. */
static int run_from(unsigned days, int day)
{
    int n = 0;
    while (day + n < WEEK && (days & 1u << (day + n))) {
        n++;
    }
    return n;
}

/* ---- The written form ---- */

static struct str add(struct arena *arena, struct str text, const char *between, struct str more)
{
    return text.n ? arena_printf(arena, "%.*s%s%.*s", STR_ARG(text), between, STR_ARG(more)) : more;
}

static struct str beside(struct arena *arena, struct str days, struct str spans)
{
    return arena_printf(arena, "%.*s %.*s", STR_ARG(days), STR_ARG(spans));
}

static struct str write_days(struct arena *arena, unsigned days)
{
    struct str text = STR("");
    for (int day = 0; day < WEEK; day++) {
        int n = run_from(days, day);
        if (n) {
            const char *last = written[day + n - 1];
            text = add(arena, text, ",",
                       n == 1 ? str_of(written[day])
                              : arena_printf(arena, "%s%s%s", written[day], n == 2 ? "," : "-", last));
            day += n - 1;
        }
    }
    return text;
}

static struct str write_spans(struct arena *arena, const struct hours *hours, int day)
{
    struct str text = STR("");
    for (size_t i = 0; i < hours->n[day]; i++) {
        unsigned from = hours->spans[day][i].from, until = hours->spans[day][i].until;
        text = add(arena, text, ",",
                   arena_printf(arena, "%02u:%02u-%02u:%02u", from / 60, from % 60, until / 60, until % 60));
    }
    return text.n ? text : STR("off");
}

struct str hours_format(struct arena *arena, const struct hours *hours)
{
    struct str text = STR("");
    unsigned told = 0;
    for (int day = 0; day < WEEK; day++) {
        if ((told & 1u << day) || hours->n[day] == 0) {
            continue;
        }
        unsigned days = days_like(hours, day);
        told |= days;
        text = add(arena, text, "; ", beside(arena, write_days(arena, days), write_spans(arena, hours, day)));
    }
    if (hours->holidays) {
        text =
            add(arena, text, "; ", arena_printf(arena, "PH %.*s", STR_ARG(write_spans(arena, hours, HOURS_HOLIDAY))));
    }
    return text;
}

/* ---- Words ---- */

static struct str say_days(struct arena *arena, enum lang lang, unsigned days)
{
    const char *to = lang == LANG_EN ? " to " : "至", *also = lang == LANG_EN ? ", " : "、";
    struct str text = STR("");
    if (days == (1u << WEEK) - 1) {
        return lang == LANG_EN ? STR("Every day") : STR("每天");
    }
    for (int day = 0; day < WEEK; day++) {
        int n = run_from(days, day);
        if (n) {
            const char *first = text_in(called[day], lang), *last = text_in(called[day + n - 1], lang);
            text = add(arena, text, also,
                       n == 1 ? str_of(first) : arena_printf(arena, "%s%s%s", first, n == 2 ? also : to, last));
            day += n - 1;
        }
    }
    return text;
}

static struct str say_span(struct arena *arena, enum lang lang, struct hours_span span)
{
    unsigned until = span.until;
    bool next = until > DAY_MINUTES;
    if (span.from == 0 && until == DAY_MINUTES) {
        return lang == LANG_EN ? STR("day and night") : STR("全天");
    }
    until -= next ? DAY_MINUTES : 0;
    return arena_printf(arena, "%02u:%02u–%s%02u:%02u%s", span.from / 60, span.from % 60,
                        next && lang == LANG_ZH ? "次日" : "", until / 60, until % 60,
                        next && lang == LANG_EN ? " the next day" : "");
}

static struct str say_spans(struct arena *arena, enum lang lang, const struct hours *hours, int day)
{
    struct str text = STR("");
    for (size_t i = 0; i < hours->n[day]; i++) {
        text = add(arena, text, lang == LANG_EN ? ", " : "、", say_span(arena, lang, hours->spans[day][i]));
    }
    return text.n ? text : lang == LANG_EN ? STR("closed") : STR("不开放");
}

static struct str say(struct arena *arena, enum lang lang, const struct hours *hours)
{
    const char *between = lang == LANG_EN ? "; " : "；";
    struct str text = STR("");
    unsigned told = 0;
    for (int day = 0; day < WEEK; day++) {
        if (told & 1u << day) {
            continue;
        }
        unsigned days = days_like(hours, day);
        told |= days;
        text =
            add(arena, text, between, beside(arena, say_days(arena, lang, days), say_spans(arena, lang, hours, day)));
    }
    if (hours->holidays) {
        text = add(
            arena, text, between,
            beside(arena, str_of(text_in(called[HOURS_HOLIDAY], lang)), say_spans(arena, lang, hours, HOURS_HOLIDAY)));
    }
    return text;
}

struct name hours_words(struct arena *arena, const struct hours *hours)
{
    return (struct name){ say(arena, LANG_ZH, hours), say(arena, LANG_EN, hours) };
}
