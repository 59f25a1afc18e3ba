/* See clock.h. Day arithmetic by the era method of proleptic Gregorian calendars (400-year eras). */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

enum { CST_MS = 8 * 3600 * 1000, DAY_MS = 86400 * 1000 };

static _Atomic int64_t shift; /* the one exception to "no globals": one clock for the program */

int64_t clock_wall_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_ms(void)
{
    return clock_wall_ms() + atomic_load_explicit(&shift, memory_order_relaxed);
}

int64_t clock_monotonic_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_shift(int64_t ms)
{
    atomic_store(&shift, ms);
}

bool clock_advance(int64_t ms)
{
    int64_t now = atomic_load(&shift);
    while (now < ms) {
        if (atomic_compare_exchange_weak(&shift, &now, ms)) {
            return true;
        }
    }
    return false;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t day_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void day_parts(int64_t day, int *year, int *month, int *day_of_month)
{
    int64_t z = day + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t mp = (5 * day_of_year + 2) / 153;
    *day_of_month = (int)(day_of_year - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

int64_t day_of_ms(int64_t ms)
{
    return floor_div(ms + CST_MS, DAY_MS);
}

int64_t day_start_ms(int64_t day)
{
    return day * DAY_MS - CST_MS;
}

bool day_parse(struct str s, int64_t *day)
{
    int64_t year, month, dom;
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' || !str_to_int(str_part(s, 0, 4), 1900, 2200, &year) ||
        !str_to_int(str_part(s, 5, 2), 1, 12, &month) || !str_to_int(str_part(s, 8, 2), 1, 31, &dom)) {
        return false;
    }
    int64_t found = day_of((int)year, (int)month, (int)dom);
    int y, m, d;
    day_parts(found, &y, &m, &d);
    if (y != year || m != month || d != dom) {
        return false;
    }
    *day = found;
    return true;
}

/* The last `width` digits, with zeros in front; returns their end. */
static char *put_digits(char *out, int value, int width)
{
    for (int i = width - 1; i >= 0; i--, value /= 10) {
        out[i] = (char)('0' + value % 10);
    }
    return out + width;
}

/* Ten characters; returns their end. Without printf: a page shows many dates. */
static char *put_day(char *out, int64_t day)
{
    int year, month, day_of_month;
    day_parts(day, &year, &month, &day_of_month);
    out = put_digits(out, year, 4);
    *out++ = '-';
    out = put_digits(out, month, 2);
    *out++ = '-';
    return put_digits(out, day_of_month, 2);
}

struct str day_format(struct arena *arena, int64_t day)
{
    char text[10];
    return arena_str(arena, (struct str){ text, (size_t)(put_day(text, day) - text) });
}

struct str ms_format(struct arena *arena, int64_t ms, bool seconds)
{
    int64_t day = day_of_ms(ms);
    int second = (int)((ms - day_start_ms(day)) / 1000);
    char text[19], *end = put_day(text, day);
    *end++ = ' ';
    end = put_digits(end, second / 3600, 2);
    *end++ = ':';
    end = put_digits(end, second / 60 % 60, 2);
    if (seconds) {
        *end++ = ':';
        end = put_digits(end, second % 60, 2);
    }
    return arena_str(arena, (struct str){ text, (size_t)(end - text) });
}

bool ms_parse(struct str s, int64_t *ms)
{
    int64_t day, hour = 0, minute = 0;
    if (!day_parse(str_part(s, 0, 10), &day)) {
        return false;
    }
    if (s.n > 10 &&
        (s.n != 16 || (s.p[10] != ' ' && s.p[10] != 'T') || s.p[13] != ':' ||
         !str_to_int(str_part(s, 11, 2), 0, 23, &hour) || !str_to_int(str_part(s, 14, 2), 0, 59, &minute))) {
        return false;
    }
    *ms = day_start_ms(day) + (hour * 60 + minute) * 60000;
    return true;
}
