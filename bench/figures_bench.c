/* figures_bench URL CITY DAY SQL: counts all indicators of a city as on a day, cold (new connections, nothing kept), on
 * one thread and on all, then from what is kept; opens a page of rows of the figure that counts the most; one line of
 * JSON, each time as [wall, processor] in milliseconds. SQL becomes a file with the same queries, their values written
 * in, for the database's own client, and SQL.rows one with the page's. Called by figures.mjs, which takes turns and
 * medians. */
#include "base/buf.h"
#include "base/clock.h"
#include "figures/figures.h"

#include <stdio.h>
#include <time.h>

enum { SQL_BYTES_MOST = 4 * 1024 * 1024, PAGE = 50, PAGES = 9 };

struct bench {
    struct store *store;
    struct indicators *set;
    struct arena *arena;
    struct as_of as_of;
    struct figures_ask *asks;
};

/* Both clocks, milliseconds: on a machine that does other work the processor's time alone means something. */
struct took {
    double wall, processor;
};

static struct took now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (struct took){ (double)clock_monotonic_us() / 1000, (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6 };
}

static struct took since(struct took began)
{
    struct took ended = now();
    return (struct took){ ended.wall - began.wall, ended.processor - began.processor };
}

static bool read_city(struct bench *bench, const char *folder, struct error *error)
{
    struct city_mistakes *mistakes = city_mistakes_new();
    bool good = indicators_read(&bench->set, folder, mistakes, error);
    city_mistakes_free(mistakes);
    return good;
}

/* All indicators, on so many threads. */
static bool count_all(struct bench *bench, struct figures *figures, unsigned threads, struct took *took,
                      struct error *error)
{
    struct took began = now();
    for (size_t i = 0; i < bench->set->n; i++) {
        bench->asks[i] = (struct figures_ask){ .indicator = i, .as_of = bench->as_of };
    }
    bool good = figures_many(figures, bench->arena, bench->asks, bench->set->n, threads, FIGURES_FOR_STAFF, error);
    *took = since(began);
    return good;
}

/* Pages of the figure with the most rows, from its beginning, in its middle, of one county; the slowest, milliseconds.
 */
static bool open_rows(struct bench *bench, struct figures *figures, size_t most, struct took *slowest,
                      struct error *error)
{
    struct counted_row *rows;
    size_t n;
    *slowest = (struct took){ 0 };
    for (int i = 0; i < PAGES; i++) {
        struct rows_ask ask = { .most = PAGE, .after = (int64_t)i * 100000 };
        struct cells cells = bench->asks[most].counted.now;
        if (i % 3 == 1 && cells.n) {
            ask.after = 0; /* the first page of a county: i chooses which */
            ask.scope = str_part(str_of(cells.items[cells.n * (size_t)i / PAGES].division), 0, 6);
        } else if (i % 3 == 2 && cells.n) {
            ask = (struct rows_ask){ .most = PAGE, .institution = cells.items[cells.n / 2].institution };
        }
        struct took began = now();
        if (!figures_rows(figures, bench->arena, most, bench->as_of, &ask, &rows, &n, error)) {
            return false;
        }
        struct took took = since(began);
        *slowest = took.processor > slowest->processor ? took : *slowest;
    }
    return true;
}

/* A query with ?n replaced by its values, which are all numbers. */
static void write_sql(struct buf *out, const char *sql, const struct value *values, size_t count)
{
    for (const char *p = sql; *p; p++) {
        if (*p == '?' && p[1] >= '1' && p[1] < '1' + (int)count) {
            buf_printf(out, "%lld", (long long)values[p[1] - '1'].integer);
            p++;
        } else {
            buf_add_char(out, *p);
        }
    }
    buf_add_cstr(out, ";\n");
}

static bool write_file(const char *path, struct buf *text, struct error *error)
{
    FILE *file = fopen(path, "w");
    bool good = file && fwrite(text->p, 1, text->n, file) == text->n;
    good = file && fclose(file) == 0 && good;
    buf_free(text);
    return good || error_set(error, "cannot write %s", path);
}

static bool write_queries(struct bench *bench, const char *path, size_t most, struct error *error)
{
    struct buf all = buf_init(SQL_BYTES_MOST), page = buf_init(SQL_BYTES_MOST);
    struct value values[INDICATOR_PLACES_MOST];
    for (size_t i = 0; i < bench->set->n; i++) {
        const struct indicator *indicator = &bench->set->items[i];
        bool change = indicator->kind == INDICATOR_CHANGE;
        const struct indicator *of = change ? &bench->set->items[indicator->of] : indicator;
        for (int side = 0; side < (change ? 2 : 1); side++) {
            int64_t day = side ? day_year_before(bench->as_of.day) : bench->as_of.day;
            size_t count = compute_places(of, indicator_period(of, day), bench->as_of.recorded, values);
            write_sql(&all, compute_cells_sql(bench->arena, of), values, count);
        }
    }
    const struct indicator *indicator = &bench->set->items[most];
    size_t count =
        compute_places(indicator, indicator_period(indicator, bench->as_of.day), bench->as_of.recorded, values);
    struct str sql = arena_printf(bench->arena,
                                  "select counted.id, counted.division, counted.institution, counted.amount from "
                                  "(\n%s\n) counted where counted.id > 300000 order by counted.id limit %d",
                                  indicator->sql, PAGE);
    write_sql(&page, sql.p, values, count);
    return write_file(path, &all, error) && write_file(arena_printf(bench->arena, "%s.rows", path).p, &page, error);
}

static size_t greatest(const struct bench *bench)
{
    size_t found = 0;
    int64_t most = -1;
    for (size_t i = 0; i < bench->set->n; i++) {
        int64_t rows = 0;
        for (size_t k = 0; k < bench->asks[i].counted.now.n; k++) {
            rows += bench->asks[i].counted.now.items[k].rows;
        }
        if (rows > most && bench->set->items[i].kind != INDICATOR_CHANGE) {
            most = rows;
            found = i;
        }
    }
    return found;
}

static bool run(struct bench *bench, char **argv, struct error *error)
{
    struct took cold, cold_all, kept, rows;
    if (!read_city(bench, argv[2], error) || !store_open(&bench->store, argv[1], error)) {
        return false;
    }
    if (!day_parse(str_of(argv[3]), &bench->as_of.day)) {
        return error_set(error, "%s is no day", argv[3]);
    }
    bench->as_of.recorded = MOMENT_OPEN;
    bench->asks = ARENA_ARRAY(bench->arena, struct figures_ask, bench->set->n);
    struct figures *figures = figures_new(bench->store, bench->set);
    bool good = count_all(bench, figures, 1, &cold, error) && count_all(bench, figures, 1, &kept, error);
    figures_free(figures);
    figures = figures_new(bench->store, bench->set);
    good = good && count_all(bench, figures, 0, &cold_all, error);
    size_t most = good ? greatest(bench) : 0;
    good = good && open_rows(bench, figures, most, &rows, error) && write_queries(bench, argv[4], most, error);
    figures_free(figures);
    if (good) {
        int64_t n = 0;
        for (size_t k = 0; k < bench->asks[most].counted.now.n; k++) {
            n += bench->asks[most].counted.now.items[k].rows;
        }
        printf("{\"indicators\": %zu, \"most\": \"%.*s\", \"rows\": %lld, \"cold\": [%.1f, %.1f], \"cold_all\": [%.1f, "
               "%.1f], \"kept\": [%.2f, %.2f], \"page\": [%.2f, %.2f]}\n",
               bench->set->n, STR_ARG(bench->set->items[most].id), (long long)n, cold.wall, cold.processor,
               cold_all.wall, cold_all.processor, kept.wall, kept.processor, rows.wall, rows.processor);
    }
    return good;
}

int main(int argc, char **argv)
{
    struct bench bench = { .arena = arena_new(0) };
    struct error error = { "" };
    if (argc != 5) {
        (void)fprintf(stderr, "usage: figures_bench URL CITY DAY SQL\n");
        return 2;
    }
    bool good = run(&bench, argv, &error);
    if (!good) {
        (void)fprintf(stderr, "figures_bench: %s\n", error.message);
    }
    indicators_free(bench.set);
    store_close(bench.store);
    arena_free(bench.arena);
    return good ? 0 : 1;
}
