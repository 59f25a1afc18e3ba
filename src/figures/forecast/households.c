/* See households.h. */
#include "figures/forecast/households.h"

#include "base/clock.h"
#include "figures/forecast/load.h"
#include "registry/facts.h"
#include "store/journal.h"

#include <stdlib.h>

#define HEADER "community,birth_month,counted_on,children,registered"
enum { FIELDS = 5 };

struct known {
    struct str division, name;
    int64_t id;
};

struct household_reading {
    struct arena *arena;
    struct known *known; /* by division, then name */
    size_t nknown;
    int64_t *ids; /* ascending */
    int64_t today, line;
    struct household_file *file;
};

static void tell(struct household_reading *reading, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct household_reading *reading, const char *format, ...)
{
    struct household_file *file = reading->file;
    if (file->nmistakes < HOUSEHOLD_MISTAKES_MOST) {
        va_list list;
        va_start(list, format);
        file->mistakes[file->nmistakes++] =
            (struct household_mistake){ reading->line, arena_vprintf(reading->arena, format, list).p };
        va_end(list);
    }
}

/* ---- Communities ---- */

static int by_division_and_name(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    int order = str_cmp(x->division, y->division);
    return order ? order : str_cmp(x->name, y->name);
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool load_communities(struct db *db, struct household_reading *reading, struct error *error)
{
    int64_t n = 0;
    if (!db_one_int(db, error, &n, NULL, "select count(*) from published_community")) {
        return false;
    }
    reading->known = ARENA_ARRAY(reading->arena, struct known, (size_t)n);
    reading->ids = ARENA_ARRAY(reading->arena, int64_t, (size_t)n);
    struct rows *rows = db_query(db, error, "select id, division, name_zh from published_community order by id");
    while ((int64_t)reading->nknown < n && rows_next(rows)) {
        reading->ids[reading->nknown] = rows_int(rows, 0);
        reading->known[reading->nknown++] = (struct known){ rows_text_in(rows, 1, reading->arena),
                                                            rows_text_in(rows, 2, reading->arena), rows_int(rows, 0) };
    }
    qsort(reading->known, reading->nknown, sizeof *reading->known, by_division_and_name);
    return rows_end(rows, error);
}

static bool find_community(struct household_reading *reading, struct str s, int64_t *id)
{
    int64_t number;
    if (str_to_int(s, 1, INT64_MAX, &number)) {
        *id = number;
        if (bsearch(&number, reading->ids, reading->nknown, sizeof *reading->ids, by_id)) {
            return true;
        }
        tell(reading, "there is no community %lld", (long long)number);
        return false;
    }
    size_t blank = str_find(s, ' ');
    struct known asked = { str_part(s, 0, blank), str_trim(str_part(s, blank + 1, s.n)), 0 };
    const struct known *found =
        bsearch(&asked, reading->known, reading->nknown, sizeof *reading->known, by_division_and_name);
    if (!found) {
        tell(reading, "there is no community '%.*s'; expected its number, or its township's code and its name",
             STR_ARG(s));
        return false;
    }
    const struct known *end = reading->known + reading->nknown;
    if ((found > reading->known && by_division_and_name(found - 1, found) == 0) ||
        (found + 1 < end && by_division_and_name(found + 1, found) == 0)) {
        tell(reading, "the township has several communities '%.*s'; give the number", STR_ARG(asked.name));
        return false;
    }
    *id = found->id;
    return true;
}

/* ---- A line ---- */

/* "2019-03" */
static bool read_month(struct household_reading *reading, struct str s, int64_t *month)
{
    int64_t year, of_year;
    if (s.n != 7 || s.p[4] != '-' || !str_to_int(str_part(s, 0, 4), 1900, 9999, &year) ||
        !str_to_int(str_part(s, 5, 2), 1, 12, &of_year)) {
        tell(reading, "birth_month is '%.*s'; expected a month like 2019-03", STR_ARG(s));
        return false;
    }
    *month = year * 12 + of_year - 1;
    return true;
}

static bool read_day(struct household_reading *reading, struct str s, int64_t *day)
{
    if (!day_parse(s, day)) {
        tell(reading, "counted_on is '%.*s'; expected a day like 2026-11-30", STR_ARG(s));
        return false;
    }
    if (*day > reading->today) {
        tell(reading, "counted_on is %.*s, which has not come yet", STR_ARG(s));
        return false;
    }
    return true;
}

static bool read_count(struct household_reading *reading, struct str s, const char *what, int64_t *count)
{
    if (!str_to_int(s, 0, HOUSEHOLD_CHILDREN_MOST, count)) {
        tell(reading, "%s is '%.*s'; expected a whole number from 0 to %d", what, STR_ARG(s), HOUSEHOLD_CHILDREN_MOST);
        return false;
    }
    return true;
}

static void read_line(struct household_reading *reading, struct str line)
{
    struct str field[FIELDS + 1], rest = line;
    size_t n = 0;
    while (n <= FIELDS && str_split(&rest, ',', &field[n])) {
        field[n] = str_trim(field[n]);
        n++;
    }
    if (n != FIELDS) {
        tell(reading, "has %s fields; expected the five of " HEADER, n > FIELDS ? "too many" : "too few");
        return;
    }
    struct household_row row = { .line = reading->line };
    /* Each is looked at, so that one reading tells all. */
    bool community = find_community(reading, field[0], &row.community);
    bool month = read_month(reading, field[1], &row.birth_month), day = read_day(reading, field[2], &row.counted_on);
    bool children = read_count(reading, field[3], "children", &row.children);
    bool registered = read_count(reading, field[4], "registered", &row.registered);
    if (children && registered && row.registered > row.children) {
        tell(reading, "registered is %lld, more than the %lld children", (long long)row.registered,
             (long long)row.children);
        registered = false;
    }
    if (month && day) {
        int year, of_year, of_month;
        day_parts(row.counted_on, &year, &of_year, &of_month);
        int64_t counted = (int64_t)year * 12 + of_year - 1;
        if (row.birth_month > counted || row.birth_month < counted - HOUSEHOLD_YEARS_MOST * 12) {
            tell(reading, "born %.*s, counted on %.*s; expected the birth before, by no more than %d years",
                 STR_ARG(field[1]), STR_ARG(field[2]), HOUSEHOLD_YEARS_MOST);
            month = false;
        }
    }
    if (community && month && day && children && registered) {
        reading->file->rows[reading->file->n++] = row;
    }
}

static int by_key(const void *a, const void *b)
{
    const struct household_row *x = a, *y = b;
    int order = (x->community > y->community) - (x->community < y->community);
    order = order ? order : (x->birth_month > y->birth_month) - (x->birth_month < y->birth_month);
    order = order ? order : (x->counted_on > y->counted_on) - (x->counted_on < y->counted_on);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static void tell_twice(struct household_reading *reading)
{
    struct household_file *file = reading->file;
    for (size_t i = 1; i < file->n; i++) {
        const struct household_row *a = &file->rows[i - 1], *b = &file->rows[i];
        if (a->community == b->community && a->birth_month == b->birth_month && a->counted_on == b->counted_on) {
            reading->line = b->line;
            tell(reading, "says again what line %lld says: the same community, month and day", (long long)a->line);
        }
    }
}

static int by_line(const void *a, const void *b)
{
    const struct household_mistake *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

bool households_read(struct db *db, struct arena *arena, struct str text, int64_t today, struct household_file *out,
                     struct error *error)
{
    *out = (struct household_file){ .mistakes = ARENA_ARRAY(arena, struct household_mistake, HOUSEHOLD_MISTAKES_MOST) };
    struct household_reading reading = { .arena = arena, .today = today, .file = out };
    if (!load_communities(db, &reading, error)) {
        return false;
    }
    if (str_starts(text, STR("\xEF\xBB\xBF"))) {
        text = str_part(text, 3, text.n);
    }
    if (!str_is_utf8(text)) {
        tell(&reading, "is not UTF-8; save it as UTF-8");
        return true;
    }
    size_t lines = 1;
    for (size_t i = 0; i < text.n; i++) {
        lines += text.p[i] == '\n';
    }
    out->rows = ARENA_ARRAY(arena, struct household_row, lines);
    struct str line;
    while (str_split(&text, '\n', &line)) {
        line = str_trim(line);
        reading.line++;
        if (reading.line == 1) {
            if (!str_is(line, HEADER)) {
                tell(&reading, "is '%.*s'; expected " HEADER, (int)(line.n < 80 ? line.n : 80), line.p);
                return true;
            }
        } else if (line.n) {
            read_line(&reading, line);
        }
    }
    if (out->n == 0 && out->nmistakes == 0) {
        reading.line = 0;
        tell(&reading, "has no rows; expected some under the line " HEADER);
    }
    qsort(out->rows, out->n, sizeof *out->rows, by_key);
    tell_twice(&reading);
    qsort(out->mistakes, out->nmistakes, sizeof *out->mistakes, by_line);
    return true;
}

/* ---- Keeping ---- */

static bool keep(struct writing *writing, const struct household_row *row, struct household_import *import,
                 struct error *error)
{
    int64_t children = 0, registered = 0;
    struct rows *rows =
        db_query(writing->db, error,
                 "select children, registered from household_count where community = ?1 and "
                 "birth_month = ?2 and counted_on = ?3 and replaced_at = ?4",
                 V_INT(row->community), V_INT(row->birth_month), V_INT(row->counted_on), V_INT(MOMENT_OPEN));
    bool there = rows_next(rows);
    if (there) {
        children = rows_int(rows, 0);
        registered = rows_int(rows, 1);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    if (there && children == row->children && registered == row->registered) {
        import->same++;
        return true;
    }
    import->added += !there;
    import->changed += there;
    int64_t moment;
    return writing_moment(writing, &moment, error) &&
           (!there || db_run(writing->db, error,
                             "update household_count set replaced_at = ?4 where community = ?1 and birth_month = ?2 "
                             "and counted_on = ?3 and replaced_at = ?5",
                             V_INT(row->community), V_INT(row->birth_month), V_INT(row->counted_on), V_INT(moment),
                             V_INT(MOMENT_OPEN))) &&
           db_run(writing->db, error,
                  "insert into household_count (community, birth_month, counted_on, recorded_at, children, registered) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6)",
                  V_INT(row->community), V_INT(row->birth_month), V_INT(row->counted_on), V_INT(moment),
                  V_INT(row->children), V_INT(row->registered));
}

bool household_import_run(struct writing *writing, void *input, struct error *error)
{
    struct household_import *import = input;
    import->added = import->changed = import->same = 0;
    if (import->file->nmistakes) {
        return error_set(error, "the file has mistakes; nothing was taken");
    }
    for (size_t i = 0; i < import->file->n; i++) {
        if (!keep(writing, &import->file->rows[i], import, error)) {
            return false;
        }
    }
    return (import->added + import->changed == 0 || forecast_touch(writing, error)) &&
           journal_append(
               writing,
               &(struct journal_entry){ .actor = import->account,
                                        .role = import->role,
                                        .action = "forecast.import",
                                        .subject_kind = "household_count",
                                        .detail = arena_printf(writing->arena,
                                                               "%lld new, %lld changed, "
                                                               "%lld as before",
                                                               (long long)import->added, (long long)import->changed,
                                                               (long long)import->same) },
               error);
}
