/* See workdays.h. A week has five working days, so days far apart are counted by weeks and only what the calendar says
 * of single days is looked up. */
#include "city/workdays.h"

static bool is_listed(const int64_t *days, size_t n, int64_t day)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (days[middle] < day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < n && days[low] == day;
}

bool weekend(int64_t day)
{
    int64_t weekday = ((day + 3) % 7 + 7) % 7; /* day 0 was a Thursday; 0: Monday */
    return weekday >= 5;
}

bool workday(const struct city *city, int64_t day)
{
    return weekend(day) ? is_listed(city->working, city->nworking, day)
                        : !is_listed(city->holidays, city->nholidays, day);
}

int64_t workday_after(const struct city *city, int64_t day, int64_t n)
{
    int64_t step = n < 0 ? -1 : 1;
    if (n == 0) {
        while (!workday(city, day)) {
            day++;
        }
        return day;
    }
    while (n != 0) {
        day += step;
        n -= workday(city, day) ? step : 0;
    }
    return day;
}

int64_t workdays_between(const struct city *city, int64_t from, int64_t until)
{
    if (until < from) {
        return -workdays_between(city, until, from);
    }
    int64_t weeks = (until - from) / 7, n = weeks * 5;
    for (int64_t day = from + weeks * 7 + 1; day <= until; day++) {
        n += !weekend(day);
    }
    for (size_t i = 0; i < city->nholidays; i++) {
        n -= city->holidays[i] > from && city->holidays[i] <= until && !weekend(city->holidays[i]);
    }
    for (size_t i = 0; i < city->nworking; i++) {
        n += city->working[i] > from && city->working[i] <= until && weekend(city->working[i]);
    }
    return n;
}

int64_t workdays_digest(const struct city *city)
{
    uint64_t digest = UINT64_C(14695981039346656037); /* FNV-1a over the days of both lists */
    for (size_t i = 0; i < city->nholidays + city->nworking; i++) {
        int64_t day = i < city->nholidays ? city->holidays[i] : -city->working[i - city->nholidays];
        for (int byte = 0; byte < 8; byte++) {
            digest = (digest ^ ((uint64_t)day >> (8 * byte) & 255)) * UINT64_C(1099511628211);
        }
    }
    return (int64_t)(digest >> 1);
}
