/* See seats.h. The files are plain CSV without quotes: a line of titles, then numbers. */
#include "demo/seats.h"

#include "demo/frame.h"

#include <errno.h>
#include <stdio.h>

enum { LIMIT_TABLE_BYTES = 256 * 1024 };

struct table {
    const char *file;
    const char *titles; /* as the first line must be */
    struct str rest;
    int line;
};

static bool table_open(struct arena *arena, const struct city *city, const char *name, const char *titles,
                       struct table *table, struct error *error)
{
    struct str path = arena_printf(arena, "%.*s/demo/%s", STR_ARG(city->folder), name);
    FILE *file = fopen(path.p, "rb");
    if (!file) {
        return error_set(error, "%s: %s; the demo city is grown from it (docs/demo.md)", path.p, strerror(errno));
    }
    char *bytes = arena_alloc(arena, LIMIT_TABLE_BYTES);
    size_t n = fread(bytes, 1, LIMIT_TABLE_BYTES, file);
    bool bad = ferror(file) != 0;
    fclose(file);
    if (bad || n == LIMIT_TABLE_BYTES) {
        return error_set(error, "%s: cannot be read, or is longer than %d bytes", path.p, LIMIT_TABLE_BYTES);
    }
    *table = (struct table){ path.p, titles, { bytes, n }, 1 };
    struct str first = { 0 };
    str_split(&table->rest, '\n', &first);
    if (!str_is(str_trim(first), titles)) {
        return error_set(error, "%s:1: the first line must be '%s'", path.p, titles);
    }
    return true;
}

/* The next line that is not empty: `texts` plain columns, then numbers. False at the end. */
static bool table_next(struct table *table, struct str *line)
{
    while (str_split(&table->rest, '\n', line)) {
        table->line++;
        *line = str_trim(*line);
        if (line->n > 0) {
            return true;
        }
    }
    return false;
}

static bool numbers_of(const struct table *table, struct str line, int64_t *numbers, size_t n, struct error *error)
{
    for (size_t i = 0; i < n; i++) {
        struct str part = { 0 };
        if (!str_split(&line, ',', &part) || !str_to_int(str_trim(part), 0, 1000000000, &numbers[i])) {
            return error_set(error, "%s:%d: %zu whole numbers expected; the columns are '%s'", table->file, table->line,
                             n, table->titles);
        }
    }
    return line.n == 0 || error_set(error, "%s:%d: more columns than '%s'", table->file, table->line, table->titles);
}

static bool read_seats(struct arena *arena, const struct city *city, struct frame *frame, struct seats *seats,
                       struct error *error)
{
    struct table table;
    struct str line;
    if (!table_open(arena, city, "seats.csv", "code,lon_e6,lat_e6,children,town_share,town_spread,pace", &table,
                    error)) {
        return false;
    }
    seats->items = ARENA_ARRAY(arena, struct seat, city->ndivisions);
    while (table_next(&table, &line)) {
        struct str code = { 0 };
        int64_t numbers[6];
        str_split(&line, ',', &code);
        const struct division *division = city_division(city, code);
        if (!division || division->level != DIVISION_COUNTY) {
            return error_set(error, "%s:%d: '%.*s' is no county of divisions.csv", table.file, table.line,
                             STR_ARG(code));
        }
        if (!numbers_of(&table, line, numbers, 6, error)) {
            return false;
        }
        for (size_t i = 0; i < seats->n; i++) {
            if (seats->items[i].division == division) {
                return error_set(error, "%s:%d: '%.*s' has a seat already", table.file, table.line, STR_ARG(code));
            }
        }
        if (numbers[2] < 1 || numbers[2] > 1000 || numbers[3] > 1000 || numbers[4] < 100 || numbers[4] > 30000 ||
            numbers[5] < 20 || numbers[5] > 1000) {
            return error_set(error,
                             "%s:%d: expected children 1–1000, town_share 0–1000, town_spread 100–30000, pace 20–1000",
                             table.file, table.line);
        }
        struct seat *seat = &seats->items[seats->n++];
        *seat = (struct seat){ .division = division,
                               .children = (uint32_t)numbers[2],
                               .town_share = (uint32_t)numbers[3],
                               .town_spread = (uint32_t)numbers[4],
                               .pace = (uint32_t)numbers[5] };
        if (!frame_metres(frame, numbers[0], numbers[1], &seat->at, error)) {
            return error_within(error, "%s:%d", table.file, table.line);
        }
    }
    for (size_t i = 0; i < city->ndivisions; i++) {
        const struct division *division = &city->divisions[i];
        bool seated = division->level != DIVISION_COUNTY;
        for (size_t k = 0; k < seats->n; k++) {
            seated |= seats->items[k].division == division;
        }
        if (!seated) {
            return error_set(error, "%s: county %.*s has no line", table.file, STR_ARG(division->code));
        }
    }
    return true;
}

static bool read_outline(struct arena *arena, const struct city *city, struct frame *frame, struct seats *seats,
                         struct error *error)
{
    struct table table;
    struct str line;
    if (!table_open(arena, city, "outline.csv", "lon_e6,lat_e6", &table, error)) {
        return false;
    }
    seats->outline = ARENA_ARRAY(arena, struct point, LIMIT_TABLE_BYTES / 8);
    while (table_next(&table, &line)) {
        int64_t numbers[2];
        if (!numbers_of(&table, line, numbers, 2, error) ||
            !frame_metres(frame, numbers[0], numbers[1], &seats->outline[seats->noutline], error)) {
            return false;
        }
        seats->noutline++;
    }
    return seats->noutline >= 3 || error_set(error, "%s: an outline has three corners at least", table.file);
}

bool seats_read(struct arena *arena, const struct city *city, struct seats *seats, struct error *error)
{
    struct frame *frame = NULL;
    *seats = (struct seats){ 0 };
    bool ok = frame_open(&frame, error) && read_seats(arena, city, frame, seats, error) &&
              read_outline(arena, city, frame, seats, error);
    frame_close(frame);
    return ok;
}
