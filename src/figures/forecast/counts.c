/* See counts.h. A full city has millions of rows, so they are read once, by ranges of communities, into a compact list;
 * which days of counting there are is known only at its end. Of each community the last day before each entry counts:
 * counties count on days of their own. */
#include "figures/forecast/counts.h"

#include "base/clock.h"

#include <stdlib.h>

enum { COUNTS_MOST = 60, AT_ONCE = 500, FIRST_ROOM = 1 << 16, DAYS_MOST = 4000 };

struct counted {
    uint32_t community;
    uint16_t day; /* index */
    int16_t cohort;
    uint32_t children;
};

struct reading_counts {
    struct forecast_data *data;
    struct counted *rows;
    size_t n, room;
    int64_t *days, *recorded; /* of counting, as they come */
    int64_t known;            /* moment */
    size_t ndays;
};

/* The next entry after a day: September's of this year, or of the next. */
static int next_entry(int64_t day)
{
    int year, month, of_month;
    day_parts(day, &year, &month, &of_month);
    return month >= 9 ? year + 1 : year;
}

static bool day_index(struct reading_counts *reading, int64_t day, uint16_t *index, struct error *error)
{
    for (size_t i = 0; i < reading->ndays; i++) {
        if (reading->days[i] == day) {
            *index = (uint16_t)i;
            return true;
        }
    }
    if (reading->ndays == DAYS_MOST) {
        return error_set(error, "households were counted on more than %d days", DAYS_MOST);
    }
    reading->days[reading->ndays] = day;
    *index = (uint16_t)reading->ndays++;
    return true;
}

/* Rows come month by month: those of one cohort and day are added to the last such row. */
static bool add_row(struct reading_counts *reading, const struct counted *row, struct error *error)
{
    for (size_t back = 1; back <= reading->n && back <= 16; back++) {
        struct counted *last = &reading->rows[reading->n - back];
        if (last->community != row->community || last->cohort != row->cohort) {
            break;
        }
        if (last->day == row->day) {
            last->children += row->children;
            return true;
        }
    }
    if (reading->n == reading->room) {
        size_t room = reading->room ? reading->room * 2 : FIRST_ROOM;
        struct counted *rows = realloc(reading->rows, room * sizeof *rows);
        if (!rows) {
            return error_set(error, "no memory for %zu counts of children", room);
        }
        reading->rows = rows;
        reading->room = room;
    }
    reading->rows[reading->n++] = *row;
    return true;
}

static bool read_range(struct db *db, struct reading_counts *reading, int64_t after, int64_t until, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select community, birth_month, counted_on, recorded_at, children from "
                                 "household_count where community > ?1 and community <= ?2 and recorded_at <= ?3 and "
                                 "replaced_at > ?3 order by community, birth_month, counted_on",
                                 V_INT(after), V_INT(until), V_INT(reading->known));
    bool good = true;
    uint32_t community = NOWHERE;
    int64_t id = 0;
    while (good && rows_next(rows)) {
        struct counted row = { 0 };
        if (rows_int(rows, 0) != id || community == NOWHERE) {
            id = rows_int(rows, 0);
            community = forecast_community_at(reading->data, id);
        }
        int64_t children = rows_int(rows, 4), recorded = rows_int(rows, 3);
        int cohort = forecast_cohort(rows_int(rows, 1));
        if (community == NOWHERE || cohort < 0 || cohort > INT16_MAX || children < 0 || children > INT32_MAX) {
            continue;
        }
        good = day_index(reading, rows_int(rows, 2), &row.day, error);
        if (good && recorded > reading->recorded[row.day]) {
            reading->recorded[row.day] = recorded;
        }
        row.community = community;
        row.cohort = (int16_t)cohort;
        row.children = (uint32_t)children;
        good = good && add_row(reading, &row, error);
    }
    return rows_end(rows, good ? error : NULL) && good;
}

static int by_year(const void *a, const void *b)
{
    const struct forecast_count *x = a, *y = b;
    return (x->first_year > y->first_year) - (x->first_year < y->first_year);
}

/* One count for each entry that days of counting stand before. */
static bool make_counts(struct arena *arena, struct reading_counts *reading, struct error *error)
{
    struct forecast_data *data = reading->data;
    data->counts = ARENA_ARRAY(arena, struct forecast_count, COUNTS_MOST);
    for (size_t d = 0; d < reading->ndays; d++) {
        int year = next_entry(reading->days[d]);
        size_t k = 0;
        while (k < data->ncounts && data->counts[k].first_year != year) {
            k++;
        }
        if (k == COUNTS_MOST) {
            return error_set(error, "households were counted before more than %d entries", COUNTS_MOST);
        }
        struct forecast_count *count = &data->counts[k];
        data->ncounts += k == data->ncounts;
        count->first_year = year;
        count->counted_on = reading->days[d] > count->counted_on ? reading->days[d] : count->counted_on;
        count->recorded_at = reading->recorded[d] > count->recorded_at ? reading->recorded[d] : count->recorded_at;
    }
    qsort(data->counts, data->ncounts, sizeof *data->counts, by_year);
    /* From those who enter junior school with the first count until those born six years before they enter. */
    data->cohort_first = data->ncounts ? data->counts[0].first_year - FORECAST_JUNIOR_YEARS : 0;
    data->ncohorts =
        data->ncounts ? (size_t)(data->counts[data->ncounts - 1].first_year + FORECAST_YEARS - data->cohort_first + 1)
                      : 0;
    for (size_t k = 0; k < data->ncounts; k++) {
        data->counts[k].children = ARENA_ARRAY(arena, double, data->ncommunities * data->ncohorts);
        data->counts[k].day = ARENA_ARRAY(arena, int64_t, data->ncommunities);
        data->counts[k].source = ARENA_ARRAY(arena, unsigned char, data->ncohorts);
    }
    return true;
}

static void put_rows(struct reading_counts *reading)
{
    struct forecast_data *data = reading->data;
    struct forecast_count *of_day[DAYS_MOST] = { NULL };
    for (size_t d = 0; d < reading->ndays; d++) {
        for (size_t k = 0; k < data->ncounts; k++) {
            if (data->counts[k].first_year == next_entry(reading->days[d])) {
                of_day[d] = &data->counts[k];
            }
        }
    }
    for (size_t i = 0; i < reading->n; i++) { /* the last day of each */
        const struct counted *row = &reading->rows[i];
        int64_t *day = &of_day[row->day]->day[row->community];
        *day = reading->days[row->day] > *day ? reading->days[row->day] : *day;
    }
    for (size_t i = 0; i < reading->n; i++) {
        const struct counted *row = &reading->rows[i];
        int column = row->cohort - data->cohort_first;
        if (of_day[row->day]->day[row->community] == reading->days[row->day] && column >= 0 &&
            column < (int)data->ncohorts) {
            of_day[row->day]->children[row->community * data->ncohorts + (size_t)column] += row->children;
        }
    }
}

/* A county that has not counted for this entry yet stands as it was counted last, not as if nobody lived there. */
static void carry_counties(struct arena *arena, struct forecast_data *data, const struct forecast_count *before,
                           struct forecast_count *count)
{
    bool *counted = ARENA_ARRAY(arena, bool, data->ncounties);
    for (size_t i = 0; i < data->ncommunities; i++) {
        counted[data->communities[i].county] = counted[data->communities[i].county] || count->day[i] != 0;
    }
    for (size_t i = 0; i < data->ncommunities; i++) {
        if (!counted[data->communities[i].county]) {
            memcpy(&count->children[i * data->ncohorts], &before->children[i * data->ncohorts],
                   data->ncohorts * sizeof(double));
            count->day[i] = before->day[i];
        }
    }
}

/* Months of the cohort's birth that had passed when it was counted: of 12. */
static int months_born(int cohort, int64_t counted_on)
{
    int year, month, of_month;
    day_parts(counted_on, &year, &month, &of_month);
    int64_t now = (int64_t)year * 12 + month - 1, passed = now - forecast_cohort_month(cohort) + (of_month >= 28);
    return passed < 0 ? 0 : passed > 12 ? 12 : (int)passed;
}

static double in_cohort(const struct forecast_data *data, const struct forecast_count *count, size_t c)
{
    double all = 0;
    for (size_t i = 0; i < data->ncommunities; i++) {
        all += count->children[i * data->ncohorts + c];
    }
    return all;
}

/* Which cohorts were counted; and children not born yet: each missing month as a twelfth of the mean of the two years
 * before. */
static void fill_unborn(struct forecast_data *data, struct forecast_count *count)
{
    for (size_t c = 0; c < data->ncohorts; c++) {
        int cohort = data->cohort_first + (int)c;
        if (in_cohort(data, count, c) > 0 || months_born(cohort, count->counted_on) < 12) {
            count->source[c] = COHORT_COUNTED;
        }
        for (size_t i = 0; c >= 2 && i < data->ncommunities; i++) {
            int born = count->day[i] ? months_born(cohort, count->day[i]) : 12;
            double *row = &count->children[i * data->ncohorts];
            row[c] += (12 - born) / 12.0 * (row[c - 1] + row[c - 2]) / 2;
        }
    }
}

/* Where public security counts small children alone, who entered primary school stands for the cohort from then on. */
static void fill_grown(struct forecast_data *data, struct forecast_count *count)
{
    for (size_t c = 0; c < data->ncohorts; c++) {
        int cohort = data->cohort_first + (int)c;
        long column = (long)cohort - data->entered_first;
        if (cohort >= count->first_year || column < 0 || column >= (long)data->nentered ||
            count->source[c] != COHORT_UNKNOWN) {
            continue;
        }
        for (size_t i = 0; i < data->ncommunities; i++) {
            int32_t came = data->entered[0][i * data->nentered + (size_t)column];
            count->children[i * data->ncohorts + c] = came > 0 ? came : 0;
            count->source[c] = came >= 0 ? COHORT_ENTERED : count->source[c];
        }
    }
}

static void finish(struct arena *arena, struct forecast_data *data)
{
    for (size_t k = 1; k < data->ncounts; k++) {
        carry_counties(arena, data, &data->counts[k - 1], &data->counts[k]);
    }
    for (size_t i = 0; data->ncounts && i < data->ncommunities; i++) {
        int64_t day = data->counts[data->ncounts - 1].day[i];
        int64_t *last = &data->counties[data->communities[i].county].counted_on;
        *last = day > *last ? day : *last;
    }
    for (size_t k = 0; k < data->ncounts; k++) {
        fill_unborn(data, &data->counts[k]);
        fill_grown(data, &data->counts[k]);
    }
}

bool counts_load(struct db *db, struct arena *arena, int64_t known, struct forecast_data *data, struct error *error)
{
    struct reading_counts reading = { .data = data,
                                      .known = known,
                                      .days = ARENA_ARRAY(arena, int64_t, DAYS_MOST),
                                      .recorded = ARENA_ARRAY(arena, int64_t, DAYS_MOST) };
    bool good = true;
    int64_t after = 0;
    for (size_t i = 0; good && i < data->ncommunities; i += AT_ONCE) {
        size_t last = i + AT_ONCE < data->ncommunities ? i + AT_ONCE - 1 : data->ncommunities - 1;
        good = read_range(db, &reading, after, data->communities[last].id, error);
        after = data->communities[last].id;
    }
    good = good && make_counts(arena, &reading, error);
    if (good) {
        put_rows(&reading);
        finish(arena, data);
    }
    free(reading.rows);
    return good;
}
