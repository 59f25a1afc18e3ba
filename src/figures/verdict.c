/* See verdict.h. */
#include "figures/verdict.h"

#include "base/clock.h"

bool published_day(struct str period, int64_t *day)
{
    size_t slash = str_find(period, '/');
    struct str last = slash < period.n ? str_part(period, slash + 1, period.n) : period;
    int64_t year;
    if (day_parse(last, day)) {
        return true;
    }
    if (!str_to_int(last, 1900, 2999, &year)) {
        return false;
    }
    *day = day_of((int)year, 12, 31);
    return true;
}

static __int128 e6_of(int64_t value, unsigned decimals)
{
    __int128 e6 = value;
    for (unsigned i = decimals; i < 6; i++) {
        e6 *= 10;
    }
    return e6;
}

/* Compares without rounding: numerator / denominator is the exact value in the unit. */
static enum verdict_says judge(const struct published *said, const struct figure *figure, bool percent)
{
    __int128 hundred = percent ? 100 : 1;
    __int128 bottom = (__int128)figure->denominator * figure->before_denominator;
    __int128 top = ((__int128)figure->numerator * figure->before_denominator -
                    (__int128)figure->before_numerator * figure->denominator) *
                   hundred * 2000000; /* halves of millionths, times bottom */
    __int128 value = e6_of(said->value, said->decimals) * 2 * bottom;
    __int128 step = e6_of(said->step, said->decimals) * 2 * bottom;
    bool within = false;
    switch (said->said) {
    case SAID_ROUNDED:
        /* halves go away from zero, as compute_round has them */
        within = value >= 0 ? top >= value - step / 2 && top < value + step / 2
                            : top > value - step / 2 && top <= value + step / 2;
        break;
    case SAID_ABOVE:
        within = top >= value && top < value + step;
        break;
    case SAID_NEARLY:
        within = top < value && top >= value - step;
        break;
    case SAID_BELOW:
        within = top < value;
        break;
    }
    if (!within) {
        return VERDICT_DIFFERS;
    }
    return said->said == SAID_ROUNDED && (said->step == 1 || top == value) ? VERDICT_SAME : VERDICT_WITHIN;
}

static struct text words(struct arena *arena, enum verdict_says says, const struct figure *figure,
                         const struct indicator *indicator, const struct text *why)
{
    switch (says) {
    case VERDICT_SAME:
        return T("相同", "same");
    case VERDICT_WITHIN:
        return T("在所说的范围内", "within its bound");
    case VERDICT_DIFFERS:
        return T("不同", "differs");
    case VERDICT_IMPOSSIBLE:
        return (struct text){ arena_printf(arena, "公布的数不可能：%s", why->zh).p,
                              arena_printf(arena, "impossible as published: %s", why->en).p };
    case VERDICT_NOT_COUNTED:
    case VERDICTS:
        break;
    }
    if (!indicator) {
        return T("没有这个指标", "there is no such indicator");
    }
    return figure->state == FIGURE_EARLIER ? T("名录中没有那时的数据", "the register holds nothing of that day")
                                           : T("没有可数的行", "there are no rows to count");
}

struct verdict verdict_of(struct arena *arena, const struct published_set *set, size_t published,
                          const struct indicator *indicator, const struct figure *figure,
                          const struct impossible *impossible, size_t nimpossible)
{
    const struct published *said = &set->figures[published];
    struct verdict verdict = { .says = VERDICT_NOT_COUNTED };
    const struct text *why = NULL;
    verdict.published = figure_number(arena, (int64_t)e6_of(said->value, said->decimals), said->decimals, false);
    for (size_t i = 0; i < nimpossible && !why; i++) {
        why = impossible[i].figure == published ? &impossible[i].why : NULL;
    }
    if (indicator && figure->state == FIGURE_IS) {
        unsigned decimals = said->decimals > indicator->round ? said->decimals : indicator->round;
        int64_t difference = figure->value_e6 - (int64_t)e6_of(said->value, said->decimals);
        bool percent = !said->whole && (indicator->kind == INDICATOR_RATIO || indicator->kind == INDICATOR_SURVEY ||
                                        indicator->kind == INDICATOR_CHANGE);
        verdict.says = judge(said, figure, percent);
        verdict.computed = figure_number(arena, figure->value_e6, indicator->round, false);
        verdict.difference = figure_number(arena, difference, decimals, false);
    }
    if (why) {
        verdict.says = VERDICT_IMPOSSIBLE;
    }
    verdict.text = words(arena, verdict.says, figure, indicator, why);
    return verdict;
}
