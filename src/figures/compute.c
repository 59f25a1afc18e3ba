/* See compute.h. */
#include "figures/compute.h"

#include "base/buf.h"
#include "base/clock.h"

#include <math.h>
#include <stdio.h>

#define E6 INT64_C(1000000)

static const char views_prefix[] = "published_";

/* ---- the queries ---- */

static bool has_part(const struct indicator *indicator)
{
    return indicator->kind == INDICATOR_RATIO || indicator->kind == INDICATOR_MEAN ||
           indicator->kind == INDICATOR_SURVEY;
}

/* A ratio's part may be a truth value, which one engine keeps as a number and the other not: both turn it into int. */
static const char *part_of(const struct indicator *indicator)
{
    if (!has_part(indicator)) {
        return "cast(0 as bigint)";
    }
    return indicator->kind == INDICATOR_MEAN ? "counted.part" : "cast(counted.part as int)";
}

const char *compute_cells_sql(struct arena *arena, const struct indicator *indicator)
{
    const char *nothing = "cast(0 as bigint)"; /* what a kind does not need is not summed up: a third of the time */
    const char *part = has_part(indicator)
                           ? arena_printf(arena, "cast(coalesce(sum(%s), 0) as bigint)", part_of(indicator)).p
                           : nothing;
    return arena_printf(
               arena,
               "select counted.division, counted.institution, count(*),"
               " cast(coalesce(sum(counted.amount), 0) as bigint), %s, %s"
               " from (\n%s\n) counted group by counted.division, counted.institution order by 1, 2",
               part, indicator->kind == INDICATOR_RANK ? "cast(coalesce(max(counted.amount), 0) as bigint)" : nothing,
               indicator->sql)
        .p;
}

size_t compute_places(const struct indicator *indicator, struct period period, int64_t recorded, struct value *out)
{
    for (size_t i = 0; i < indicator->nplaces; i++) {
        switch (indicator->places[i]) {
        case PLACE_DAY:
            out[i] = V_INT(period.day);
            break;
        case PLACE_FROM:
            out[i] = V_INT(period.from);
            break;
        case PLACE_UNTIL:
            out[i] = V_INT(period.until);
            break;
        case PLACE_YEAR:
            out[i] = V_INT(period.year);
            break;
        case PLACE_BEFORE:
            out[i] = V_INT(period.before);
            break;
        case PLACE_RECORDED:
        case PLACES_KINDS:
            /* what stands has the first moment of the year 10000 as its end */
            out[i] = V_INT(recorded < MOMENT_OPEN ? recorded : MOMENT_OPEN - 1);
            break;
        }
    }
    return indicator->nplaces;
}

static void take_cell(struct rows *rows, struct cell *cell, struct error *wrong)
{
    struct str division = rows_text(rows, 0);
    if (division.n > CELL_DIVISION_MOST) {
        error_set(wrong, "a division's code is longer than %d: %.*s", CELL_DIVISION_MOST, STR_ARG(division));
        return;
    }
    memcpy(cell->division, division.p, division.n);
    cell->division[division.n] = '\0';
    cell->institution = rows_int(rows, 1);
    cell->rows = rows_int(rows, 2);
    cell->amount = rows_int(rows, 3);
    cell->part = rows_int(rows, 4);
    cell->greatest = rows_int(rows, 5);
}

static bool cells_at(struct db *db, struct arena *arena, const struct indicator *indicator, struct period period,
                     int64_t recorded, struct cells *out, struct error *error)
{
    struct value values[INDICATOR_PLACES_MOST];
    size_t count = compute_places(indicator, period, recorded, values), n = 0;
    struct error wrong = { "" };
    struct cell *items = NULL;
    db_confine(db, views_prefix);
    struct rows *rows = db_query_values(db, error, compute_cells_sql(arena, indicator), values, count);
    while (!wrong.message[0] && rows_next(rows)) {
        items = arena_grow(arena, items, n, sizeof *items);
        take_cell(rows, &items[n++], &wrong);
    }
    db_confine(db, NULL);
    if (!rows_end(rows, error) || (wrong.message[0] && !error_set(error, "%s", wrong.message))) {
        return error_within(error, "%.*s", STR_ARG(indicator->id));
    }
    *out = (struct cells){ items, n };
    return true;
}

bool compute_cells(struct db *db, struct arena *arena, const struct indicators *set, const struct indicator *indicator,
                   struct as_of as_of, struct counted *out, struct error *error)
{
    *out = (struct counted){ .period = indicator_period(indicator, as_of.day) };
    if (indicator->kind != INDICATOR_CHANGE) {
        return cells_at(db, arena, indicator, out->period, as_of.recorded, &out->now, error);
    }
    const struct indicator *of = &set->items[indicator->of];
    struct period before = indicator_period(of, day_year_before(as_of.day));
    return cells_at(db, arena, of, out->period, as_of.recorded, &out->now, error) &&
           cells_at(db, arena, of, before, as_of.recorded, &out->before, error);
}

enum rows_way { ROWS_ALL, ROWS_NEAR };
enum { ROWS_NEAR_NUMBERS = 20000 };

/* near: only among the next numbers, which are walked in their order; else by whatever index finds the scope's. */
static bool rows_by(enum rows_way way, struct db *db, struct arena *arena, const struct indicator *indicator,
                    struct as_of as_of, const struct rows_ask *ask, struct counted_row *out, size_t *n,
                    struct error *error)
{
    struct value values[INDICATOR_PLACES_MOST + 5];
    struct period period = indicator_period(indicator, as_of.day);
    size_t count = compute_places(indicator, period, as_of.recorded, values);
    struct buf sql = buf_init(1024 * 1024);
    buf_printf(&sql,
               "select counted.id, counted.division, counted.institution, counted.amount, %s from (\n%s\n) counted"
               " where counted.id > cast(?%zu as bigint)",
               part_of(indicator), indicator->sql, count + 1);
    values[count++] = V_INT(ask->after);
    if (way == ROWS_NEAR) {
        buf_printf(&sql, " and counted.id <= cast(?%zu as bigint) and substr(counted.division, 1, %d) = ?%zu",
                   count + 1, (int)str_chars(ask->scope), count + 2);
        values[count++] = V_INT(ask->after + ROWS_NEAR_NUMBERS);
        values[count++] = V_TEXT(ask->scope);
    } else if (ask->scope.n) {
        buf_printf(&sql, " and counted.division like ?%zu", count + 1);
        values[count++] = V_TEXT(arena_printf(arena, "%.*s%%", STR_ARG(ask->scope)));
    }
    if (ask->institution) {
        buf_printf(&sql, " and counted.institution = cast(?%zu as bigint)", count + 1);
        values[count++] = V_INT(ask->institution < 0 ? 0 : ask->institution);
    }
    buf_printf(&sql, " order by counted.id limit cast(?%zu as bigint)", count + 1);
    values[count++] = V_INT(ask->most);
    const char *text = arena_str(arena, buf_str(&sql)).p;
    buf_free(&sql);
    *n = 0;
    db_confine(db, views_prefix);
    struct rows *rows = db_query_values(db, error, text, values, count);
    while (rows_next(rows) && *n < (size_t)ask->most) {
        out[(*n)++] = (struct counted_row){ rows_int(rows, 0), rows_text_in(rows, 1, arena), rows_int(rows, 2),
                                            rows_int(rows, 3), rows_int(rows, 4) };
    }
    db_confine(db, NULL);
    return rows_end(rows, error) || error_within(error, "%.*s", STR_ARG(indicator->id));
}

/* A county's rows lie mostly near one another, so a page of them is found among the next numbers; where it is not, all
 * of the county is looked up, which costs the same however far they are. */
bool compute_rows(struct db *db, struct arena *arena, const struct indicator *indicator, struct as_of as_of,
                  const struct rows_ask *ask, struct counted_row **out, size_t *n, struct error *error)
{
    *out = ARENA_ARRAY(arena, struct counted_row, (size_t)ask->most);
    *n = 0;
    bool near = ask->scope.n && !ask->institution && ask->after < INT64_MAX - ROWS_NEAR_NUMBERS;
    if (near && !rows_by(ROWS_NEAR, db, arena, indicator, as_of, ask, *out, n, error)) {
        return false;
    }
    return *n == (size_t)ask->most || rows_by(ROWS_ALL, db, arena, indicator, as_of, ask, *out, n, error);
}

/* ---- arithmetic ---- */

bool compute_round(__int128 numerator, __int128 denominator, unsigned decimals, int64_t *e6)
{
    __int128 power = 1, rest = E6;
    for (unsigned i = 0; i < decimals; i++) {
        power *= 10;
        rest /= 10;
    }
    bool negative = numerator < 0;
    __int128 size = negative ? -numerator : numerator, scaled, twice, halves, rounded;
    if (__builtin_mul_overflow(size, power * 2, &scaled) || __builtin_add_overflow(scaled, denominator, &twice) ||
        __builtin_mul_overflow(denominator, 2, &halves)) {
        return false;
    }
    if (__builtin_mul_overflow(twice / halves, rest, &rounded) || rounded > INT64_MAX) { /* floor(x + 1/2) */
        return false;
    }
    *e6 = (int64_t)(negative ? -rounded : rounded);
    return true;
}

void compute_wilson(int64_t k, int64_t n, unsigned decimals, int64_t *low_e6, int64_t *high_e6)
{
    const double z = 1.959963984540054; /* the normal distribution's 97.5 % */
    double size = (double)n, p = (double)k / size, z2 = z * z;
    double middle = (p + z2 / (2 * size)) / (1 + z2 / size);
    double half = z / (1 + z2 / size) * sqrt(p * (1 - p) / size + z2 / (4 * size * size));
    double power = pow(10, (int)decimals), rest = pow(10, 6 - (int)decimals);
    double low = middle - half < 0 ? 0 : middle - half, high = middle + half > 1 ? 1 : middle + half;
    *low_e6 = (int64_t)(floor(low * 100 * power + 0.5) * rest);
    *high_e6 = (int64_t)(floor(high * 100 * power + 0.5) * rest);
}

static struct cell sum_cells(struct cells cells, struct str scope, int64_t institution, bool *whole)
{
    struct cell sum = { .institution = institution };
    for (size_t i = 0; i < cells.n; i++) {
        const struct cell *cell = &cells.items[i];
        if (!str_starts(str_of(cell->division), scope) || (institution && cell->institution != institution)) {
            continue;
        }
        *whole = !__builtin_add_overflow(sum.amount, cell->amount, &sum.amount) &&
                 !__builtin_add_overflow(sum.part, cell->part, &sum.part) && *whole;
        sum.rows += cell->rows;
        sum.greatest = cell->greatest > sum.greatest ? cell->greatest : sum.greatest;
    }
    return sum;
}

/* The two sides of a value, as counted. */
static void sides(enum indicator_kind kind, const struct cell *sum, int64_t *numerator, int64_t *denominator)
{
    bool divided = kind == INDICATOR_RATIO || kind == INDICATOR_MEAN || kind == INDICATOR_SURVEY;
    *numerator = divided ? sum->part : kind == INDICATOR_RANK ? sum->greatest : sum->amount;
    *denominator = divided ? sum->amount : 1;
}

static int64_t floor_to(int64_t value, int64_t step)
{
    int64_t rest = value % step;
    return value - (rest < 0 ? rest + step : rest);
}

static int64_t said(const struct indicator *indicator, int64_t exact_e6)
{
    switch (indicator->bound) {
    case BOUND_ABOVE:
        return floor_to(exact_e6, indicator->step_e6);
    case BOUND_NEARLY:
    case BOUND_BELOW:
        return floor_to(exact_e6, indicator->step_e6) + indicator->step_e6; /* "nearly" is less than what is said */
    case BOUND_NONE:
        break;
    }
    return exact_e6;
}

struct figure compute_figure(const struct indicators *set, const struct indicator *indicator,
                             const struct counted *counted, struct str scope, int64_t institution)
{
    struct figure figure = { .before_denominator = 1, .denominator = 1 };
    bool change = indicator->kind == INDICATOR_CHANGE, whole = true;
    enum indicator_kind kind = change ? set->items[indicator->of].kind : indicator->kind;
    int64_t since = change ? set->items[indicator->of].since : indicator->since;
    int64_t first = change ? day_year_before(counted->period.day) : counted->period.day;
    if (since > first || indicator->since > counted->period.day) {
        figure.state = FIGURE_EARLIER;
        return figure;
    }
    struct cell now = sum_cells(counted->now, scope, institution, &whole);
    struct cell before = sum_cells(counted->before, scope, institution, &whole);
    figure.rows = now.rows;
    sides(kind, &now, &figure.numerator, &figure.denominator);
    if (change) {
        sides(kind, &before, &figure.before_numerator, &figure.before_denominator);
    }
    if (figure.denominator == 0 || figure.before_denominator == 0 || (kind == INDICATOR_RANK && now.rows == 0)) {
        figure.state = FIGURE_EMPTY;
        return figure;
    }
    __int128 hundred = kind == INDICATOR_RATIO || kind == INDICATOR_SURVEY ? 100 : 1;
    __int128 top;
    bool fits = !__builtin_sub_overflow((__int128)figure.numerator * figure.before_denominator,
                                        (__int128)figure.before_numerator * figure.denominator, &top) &&
                !__builtin_mul_overflow(top, hundred, &top);
    __int128 bottom = (__int128)figure.denominator * figure.before_denominator;
    int64_t exact_e6 = 0;
    if (!whole || !fits || !compute_round(top, bottom, indicator->round, &figure.value_e6) ||
        !compute_round(top, bottom, 6, &exact_e6)) {
        figure.state = FIGURE_TOO_MANY;
        return figure;
    }
    figure.said_e6 = indicator->bound ? said(indicator, exact_e6) : figure.value_e6;
    if (kind == INDICATOR_SURVEY && !change) {
        compute_wilson(figure.numerator, figure.denominator, indicator->round, &figure.low_e6, &figure.high_e6);
    }
    return figure;
}

bool indicator_divides(const struct indicators *set, const struct indicator *indicator)
{
    return has_part(indicator->kind == INDICATOR_CHANGE ? &set->items[indicator->of] : indicator);
}

struct str figure_number(struct arena *arena, int64_t e6, unsigned decimals, bool groups)
{
    struct buf out = buf_init(64);
    uint64_t size = e6 < 0 ? -(uint64_t)e6 : (uint64_t)e6;
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)(size / (uint64_t)E6));
    if (e6 < 0) {
        buf_add_char(&out, '-');
    }
    for (int i = 0; i < n; i++) {
        if (groups && i && (n - i) % 3 == 0) {
            buf_add_char(&out, ',');
        }
        buf_add_char(&out, digits[i]);
    }
    if (decimals) {
        (void)snprintf(digits, sizeof digits, ".%06llu", (unsigned long long)(size % (uint64_t)E6));
        buf_add(&out, (struct str){ digits, decimals + 1 });
    }
    struct str text = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

int figure_band(const struct indicator *indicator, int64_t value_e6)
{
    bool more = indicator->better == BETTER_MORE;
    if (indicator->has_red && (more ? value_e6 < indicator->red_e6 : value_e6 > indicator->red_e6)) {
        return 2;
    }
    return indicator->has_yellow && (more ? value_e6 < indicator->yellow_e6 : value_e6 > indicator->yellow_e6);
}
