/* The published views are what docs/views.md says, column by column; more may stand in them, not less. */
#include "figures/small_register.h"

#include "base/whole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* "| `published_site` | … | `subject` `code` |": the view and its columns; false: no such line. */
static bool view_of_line(struct arena *arena, struct str line, struct str *view, struct str *columns)
{
    if (!str_starts(line, STR("| `published_"))) {
        return false;
    }
    struct str word;
    int at = 0;
    *columns = STR("");
    while (str_split(&line, '`', &word)) {
        if (at == 1) {
            *view = word;
        } else if (at > 1 && at % 2 == 1) {
            *columns = arena_printf(arena, "%.*s%s%.*s", STR_ARG(*columns), columns->n ? ", " : "", STR_ARG(word));
        }
        at++;
    }
    return true;
}

static void the_views_are_as_documented(void **state)
{
    (void)state;
    struct store_fixture *f = small_register_new();
    struct db *db;
    struct error error = { "" };
    char *bytes;
    size_t n, views = 0;
    assert_true(whole_read(FIGURES_VIEWS, &bytes, &n, &error));
    assert_true(db_open(&db, f->store, DB_READ, &error));
    struct str rest = { bytes, n }, line, view = STR(""), columns = STR("");
    while (str_split(&rest, '\n', &line)) {
        if (!view_of_line(f->arena, line, &view, &columns)) {
            continue;
        }
        const char *sql = arena_printf(f->arena, "select %.*s from %.*s limit 1", STR_ARG(columns), STR_ARG(view)).p;
        struct rows *rows = db_query(db, &error, sql);
        (void)rows_next(rows);
        if (!rows_end(rows, &error)) {
            fail_msg("%.*s: %s", STR_ARG(view), error.message);
        }
        views++;
    }
    assert_int_equal(views, PUBLISHED_VIEWS_COUNT);
    free(bytes);
    db_close(db);
    store_fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_views_are_as_documented) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
