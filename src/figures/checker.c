/* See checker.h: what cannot be.
 *
 * A figure's true number x lies in an interval, here in halves of millionths so that every bound is whole: rounded to a
 * step it lies in [value - step/2, value + step/2), a bound reaches one step. Sums, parts and changes are then
 * comparisons of intervals. A share is a search: is there a whole w and a count c, both whole numbers, with 100 c / w
 * in the share's interval? Past w = 100 / (width of the interval) there is always one, so the search ends.
 */
#include "figures/checker.h"

#include "base/buf.h"

typedef __int128 wide;

#define HALVES INT64_C(2000000) /* of the unit 1 */
enum { TRIES_MOST = 20000000 };

/* low ≤ x, and x < high or, closed, x ≤ high. */
struct interval {
    wide low, high;
    bool closed;
};
#define WIDE_MOST ((wide)1 << 100)

static wide floor_div(wide a, wide b)
{
    wide q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}

static wide ceil_div(wide a, wide b)
{
    return -floor_div(-a, b);
}

static struct interval interval_of(const struct published *figure)
{
    wide one = 2; /* halves of the last decimal, in halves of millionths */
    for (unsigned i = figure->decimals; i < 6; i++) {
        one *= 10;
    }
    wide value = figure->value * one, step = figure->step * one;
    struct interval interval = { 0, 0, false };
    switch (figure->said) {
    case SAID_ROUNDED:
        interval = (struct interval){ value - step / 2, value + step / 2, false };
        break;
    case SAID_ABOVE:
        interval = (struct interval){ value, value + step, false };
        break;
    case SAID_NEARLY:
        interval = (struct interval){ value - step, value, false };
        break;
    case SAID_BELOW:
        interval = (struct interval){ -WIDE_MOST, value, false };
        break;
    }
    if (figure->whole) { /* the whole numbers inside, from the first to the last */
        wide most = ceil_div(interval.high, HALVES) - 1;
        interval.low = interval.low == -WIDE_MOST ? 0 : ceil_div(interval.low, HALVES) * HALVES;
        interval.high = most * HALVES;
        interval.closed = true;
    }
    return interval;
}

/* Is all of a above all of b? */
static bool lies_above(struct interval a, struct interval b)
{
    return a.low > b.high || (a.low == b.high && !b.closed);
}

static struct interval sum_of(const struct published_set *set, const struct relation *relation)
{
    struct interval sum = { 0, 0, true };
    for (size_t i = 0; i < relation->nparts; i++) {
        struct interval part = interval_of(&set->figures[relation->parts[i]]);
        sum.low += part.low;
        sum.high += part.high;
        sum.closed = sum.closed && part.closed;
    }
    return sum;
}

/* ---- words ---- */

static struct str number_text(struct arena *arena, wide halves, unsigned decimals)
{
    wide unit = HALVES;
    for (unsigned i = 0; i < decimals; i++) {
        unit /= 10;
    }
    bool negative = halves < 0;
    wide rounded = ((negative ? -halves : halves) * 2 + unit) / (unit * 2), power = 1;
    for (unsigned i = 0; i < decimals; i++) {
        power *= 10;
    }
    long long whole = (long long)(rounded / power), rest = (long long)(rounded % power);
    return decimals ? arena_printf(arena, "%s%lld.%0*lld", negative ? "-" : "", whole, (int)decimals, rest)
                    : arena_printf(arena, "%s%lld", negative ? "-" : "", whole);
}

static struct str value_text(struct arena *arena, const struct published *figure)
{
    wide halves = (wide)figure->value * HALVES;
    for (unsigned i = 0; i < figure->decimals; i++) {
        halves /= 10;
    }
    return number_text(arena, halves, figure->decimals);
}

static struct text told(struct arena *arena, const char *zh, const char *en, struct str a, struct str b, struct str c)
{
    return (struct text){ arena_printf(arena, zh, STR_ARG(a), STR_ARG(b), STR_ARG(c)).p,
                          arena_printf(arena, en, STR_ARG(a), STR_ARG(b), STR_ARG(c)).p };
}

static struct str range_text(struct arena *arena, struct interval interval, unsigned decimals)
{
    struct str low = number_text(arena, interval.low, decimals), high = number_text(arena, interval.high, decimals);
    return str_eq(low, high) ? low : arena_printf(arena, "%.*s … %.*s", STR_ARG(low), STR_ARG(high));
}

/* ---- shares ---- */

struct share {
    struct interval interval; /* of 100 c / w */
    wide count_least, count_most, whole_least, whole_most;
};

static wide least_of(wide a, wide b)
{
    return a < b ? a : b;
}

static wide most_of(wide a, wide b)
{
    return a > b ? a : b;
}

static struct share share_of(const struct published_set *set, const struct relation *relation)
{
    struct share share = { .interval = interval_of(&set->figures[relation->result]),
                           .count_least = 0,
                           .count_most = WIDE_MOST,
                           .whole_least = relation->least > 1 ? relation->least : 1,
                           .whole_most = relation->most ? relation->most : WIDE_MOST };
    if (relation->count != RELATION_NONE) {
        struct interval count = interval_of(&set->figures[relation->count]);
        share.count_least = most_of(0, ceil_div(count.low, HALVES));
        share.count_most = floor_div(count.high, HALVES);
    }
    if (relation->most_figure != RELATION_NONE) {
        share.whole_most = floor_div(interval_of(&set->figures[relation->most_figure]).high, HALVES);
    }
    if (relation->whole != RELATION_NONE) {
        struct interval whole = interval_of(&set->figures[relation->whole]);
        share.whole_least = most_of(1, ceil_div(whole.low, HALVES));
        share.whole_most = floor_div(whole.high, HALVES);
    }
    return share;
}

/* The least count whose share of w is not below the interval, and the greatest that is not past it, within limits. */
static void counts_for(const struct share *share, wide w, wide *least, wide *most)
{
    wide unit = 100 * (wide)HALVES;
    *least = most_of(share->count_least, ceil_div(share->interval.low * w, unit));
    wide last = share->interval.closed ? floor_div(share->interval.high * w, unit)
                                       : ceil_div(share->interval.high * w, unit) - 1;
    *most = least_of(least_of(share->count_most, w), last);
}

/* A whole that fits; 0: none. Looks from the least that can be, in the order of size. */
static wide whole_that_fits(const struct share *share)
{
    wide unit = 100 * (wide)HALVES, first = share->whole_least, last = share->whole_most;
    wide low = most_of(0, share->interval.low), high = share->interval.high;
    if (high <= 0) {
        return low == 0 && high == 0 && share->interval.closed && share->count_least == 0 ? first : 0;
    }
    first = most_of(first, floor_div(unit * share->count_least, high)); /* w ≥ 100 c / high */
    if (low > 0 && share->count_most < WIDE_MOST) {
        last = least_of(last, floor_div(unit * share->count_most, low));
    }
    wide tries = 0;
    for (wide w = most_of(first, 1); w <= last; w++) {
        wide least, most;
        counts_for(share, w, &least, &most);
        if (least <= most || ++tries > TRIES_MOST) {
            return w; /* past the tries nothing is claimed */
        }
    }
    return 0;
}

/* c / w nearest to the share on one side, among the wholes that are possible. */
struct near {
    wide count, whole;
};

static bool is_nearer(struct near a, struct near b, bool below)
{
    wide left = a.count * b.whole, right = b.count * a.whole; /* a > b */
    return b.whole == 0 || (below ? left > right : left < right);
}

static void look_at(const struct share *share, wide w, struct near *below, struct near *above)
{
    wide unit = 100 * (wide)HALVES;
    wide c = least_of(share->count_most, ceil_div(share->interval.low * w, unit) - 1);
    if (c >= share->count_least && c <= w && c >= 0 && is_nearer((struct near){ c, w }, *below, true)) {
        *below = (struct near){ c, w };
    }
    c = most_of(share->count_least, ceil_div(share->interval.high * w, unit));
    if (c <= share->count_most && c <= w && is_nearer((struct near){ c, w }, *above, false)) {
        *above = (struct near){ c, w };
    }
}

static struct str near_text(struct arena *arena, struct near near, unsigned decimals)
{
    if (!near.whole) {
        return STR("");
    }
    wide halves = near.count * 100 * HALVES / near.whole;
    struct str text = number_text(arena, halves, decimals);
    return arena_printf(arena, "%lld/%lld = %.*s", (long long)near.count, (long long)near.whole, STR_ARG(text));
}

/* "nearest: 468/633 = 73.93, 468/634 = 73.82" */
static struct str nearest_text(struct arena *arena, const struct share *share, unsigned decimals)
{
    enum { WHOLES = 100000 };
    wide unit = 100 * (wide)HALVES, first = share->whole_least, last = share->whole_most;
    struct near below = { 0, 0 }, above = { 0, 0 };
    if (share->count_most < WIDE_MOST && share->interval.low > 0) { /* c / w crosses the share near here */
        first = most_of(first, floor_div(unit * share->count_least, share->interval.high) - 1);
        last = least_of(last, ceil_div(unit * share->count_most, share->interval.low) + 1);
        if (first > last) { /* no whole near it is allowed: the allowed one that is next */
            first = last = first > share->whole_most ? share->whole_most : share->whole_least;
        }
    }
    for (wide w = most_of(first, 1); w <= last && w - first < WHOLES; w++) {
        look_at(share, w, &below, &above);
    }
    struct str a = near_text(arena, above, decimals), b = near_text(arena, below, decimals);
    return a.n && b.n ? arena_printf(arena, "%.*s, %.*s", STR_ARG(a), STR_ARG(b)) : a.n ? a : b;
}

static struct text share_text(struct arena *arena, const struct published_set *set, const struct relation *relation,
                              const struct share *share)
{
    const struct published *figure = &set->figures[relation->result];
    struct str value = value_text(arena, figure), near = nearest_text(arena, share, figure->decimals);
    struct str count = relation->count == RELATION_NONE ? STR("k") : value_text(arena, &set->figures[relation->count]);
    struct str whole = STR("N");
    if (relation->whole != RELATION_NONE) {
        whole = value_text(arena, &set->figures[relation->whole]);
    } else if (share->whole_most < WIDE_MOST) {
        whole = arena_printf(arena, "N (%lld … %lld)", (long long)share->whole_least, (long long)share->whole_most);
    }
    struct str ratio = arena_printf(arena, "%.*s/%.*s", STR_ARG(count), STR_ARG(whole));
    struct str nearest = near.n ? near : STR("-");
    return told(arena, "没有整数使 %.*s = %.*s %%；最接近的：%.*s",
                "no whole numbers give %.*s = %.*s %%; nearest: %.*s", ratio, value, nearest);
}

/* ---- relations ---- */

static bool check_share(struct arena *arena, const struct published_set *set, const struct relation *relation,
                        struct text *why)
{
    struct share share = share_of(set, relation);
    bool fits = whole_that_fits(&share) != 0;
    if (!fits) {
        *why = share_text(arena, set, relation, &share);
    }
    return fits;
}

static bool check_parts(struct arena *arena, const struct published_set *set, const struct relation *relation,
                        struct text *why)
{
    const struct published *whole = &set->figures[relation->result];
    struct interval sum = sum_of(set, relation), most = interval_of(whole);
    bool fits = !lies_above(sum, most);
    if (!fits) {
        *why = told(arena, "各部分合计至少 %.*s，多于整体 %.*s；整体至少应为 %.*s",
                    "the parts are together at least %.*s, more than the whole %.*s; nearest whole: %.*s",
                    number_text(arena, sum.low, whole->decimals), value_text(arena, whole),
                    number_text(arena, sum.low, whole->decimals));
    }
    return fits;
}

static bool check_sum(struct arena *arena, const struct published_set *set, const struct relation *relation,
                      struct text *why)
{
    const struct published *total = &set->figures[relation->result];
    struct interval sum = sum_of(set, relation), said = interval_of(total);
    bool fits = !lies_above(sum, said) && !lies_above(said, sum);
    if (!fits) {
        *why =
            told(arena, "各部分合计为 %.*s，不是 %.*s；最接近的：%.*s", "the parts make %.*s, not %.*s; nearest: %.*s",
                 range_text(arena, sum, total->decimals), value_text(arena, total),
                 number_text(arena, lies_above(sum, said) ? sum.low : sum.high, total->decimals));
    }
    return fits;
}

static bool check_change(struct arena *arena, const struct published_set *set, const struct relation *relation,
                         struct text *why)
{
    const struct published *change = &set->figures[relation->result], *figure = &set->figures[relation->now];
    struct interval now = interval_of(figure), said = interval_of(change);
    struct interval before = { 0, figure->whole ? WIDE_MOST : 100 * (wide)HALVES, true };
    if (relation->before != RELATION_NONE) {
        before = interval_of(&set->figures[relation->before]);
    }
    /* now's least less before's greatest is reached only where that is: as an interval it is closed below */
    struct interval rise = { now.low - before.high, now.high - before.low, now.closed };
    bool fits = !lies_above(said, rise) && !lies_above(rise, said) && (before.closed || said.high != rise.low);
    if (!fits) {
        struct str least = number_text(arena, rise.low, change->decimals);
        struct str most = number_text(arena, rise.high, change->decimals);
        *why =
            told(arena, "由两年的数得出的变化在 %.*s 与 %.*s 之间，不是 %.*s",
                 "the two years give a change between %.*s and %.*s, not %.*s", least, most, value_text(arena, change));
    }
    return fits;
}

static bool check_within(struct arena *arena, const struct published_set *set, const struct relation *relation,
                         struct text *why)
{
    const struct published *whole = &set->figures[relation->result], *part = &set->figures[relation->parts[0]];
    bool fits = !lies_above(interval_of(part), interval_of(whole));
    if (!fits) {
        *why = told(arena, "其中的一部分是 %.*s，多于 %.*s；应不多于 %.*s",
                    "a part of it is %.*s, more than %.*s; expected at most %.*s", value_text(arena, part),
                    value_text(arena, whole), value_text(arena, whole));
    }
    return fits;
}

void checker_run(struct arena *arena, const struct published_set *set, struct impossible **out, size_t *n)
{
    static bool (*const checks[])(struct arena *, const struct published_set *, const struct relation *,
                                  struct text *) = {
        [RELATION_SHARE] = check_share,   [RELATION_PARTS] = check_parts,   [RELATION_SUM] = check_sum,
        [RELATION_CHANGE] = check_change, [RELATION_WITHIN] = check_within,
    };
    *out = ARENA_ARRAY(arena, struct impossible, set->nrelations);
    *n = 0;
    for (size_t i = 0; i < set->nrelations; i++) {
        struct text why = T("", "");
        if (!checks[set->relations[i].kind](arena, set, &set->relations[i], &why)) {
            (*out)[(*n)++] = (struct impossible){ i, set->relations[i].result, why };
        }
    }
}
