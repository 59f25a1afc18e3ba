/* What the register's pages decide without a database: moments, codes in addresses, who owns what, the form that is
 * made from each kind's columns, what differs between two versions. */
#include "registry/pages/changes.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void a_day_means_its_end(void **state)
{
    int64_t moment = 0, day = 0;
    (void)state;
    assert_true(day_parse(STR("2024-02-27"), &day));
    assert_true(desk_moment(STR("2024-02-27"), &moment));
    assert_int_equal(moment, day_start_ms(day + 1) - 1);
    assert_true(desk_moment(STR("2024-02-27 09:00"), &moment));
    assert_int_equal(moment, day_start_ms(day) + INT64_C(9) * 3600 * 1000);
    assert_true(desk_moment(STR("1709000000123"), &moment));
    assert_int_equal(moment, INT64_C(1709000000123));
    assert_false(desk_moment(STR("yesterday"), &moment));
    assert_false(desk_moment(STR("2024-02-31"), &moment));
    assert_false(desk_moment(STR("2024"), &moment));
}

static void codes_stand_in_addresses(void **state)
{
    struct arena *arena = arena_new(1024);
    (void)state;
    assert_true(str_is(desk_encode(arena, STR("3715-A_1.~")), "3715-A_1.~"));
    assert_true(str_is(desk_encode(arena, STR("a/b?c&d\"e")), "a%2Fb%3Fc%26d%22e"));
    assert_true(str_is(desk_encode(arena, STR("校")), "%E6%A0%A1"));
    arena_free(arena);
}

static void who_owns_what(void **state)
{
    struct desk nobody = { 0 }, school = { .reads = true }, county = { .reads = true }, nowhere = { .reads = true };
    const struct kind *pupil = &KIND_LIST[KIND_PUPIL], *venue = &KIND_LIST[KIND_VENUE];
    const struct column *checked_by = &venue->columns[kind_column(venue, STR("checked_by"))];
    (void)state;
    school.who = (struct keeper_of){ .level = KEEPER_SCHOOL, .scope = STR("371502001"), .institution = 7 };
    county.who = (struct keeper_of){ .level = KEEPER_COUNTY, .scope = STR("371502") };
    assert_false(desk_owns(&nobody, STR("371502001"), 7));
    assert_true(desk_owns(&school, STR("371502001"), 7));
    assert_false(desk_owns(&school, STR("371502001"), 8));
    assert_true(desk_owns(&county, STR("371502001"), 8));
    assert_false(desk_owns(&county, STR("371521001"), 8));
    assert_false(desk_owns(&nowhere, STR("371502001"), 0));
    assert_false(desk_sees(&nobody, pupil, STR("371502001"), 7));
    assert_true(desk_sees(&nobody, venue, STR("371502001"), 7));
    assert_false(desk_shows(&nobody, checked_by, STR("371502001"), 7));
    assert_true(desk_shows(&school, checked_by, STR("371502001"), 7));
}

static const struct field *form_field(const struct form *form, const char *name)
{
    const struct field *found = NULL;
    for (size_t i = 0; i < form->field_count; i++) {
        if (strcmp(form->fields[i].name, name) == 0) {
            assert_null(found); /* no two fields of one name: a column may be called like a common field */
            found = &form->fields[i];
        }
    }
    return found;
}

static void every_kind_has_a_form(void **state)
{
    struct arena *arena = arena_new(1024);
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        const struct kind *kind = &KIND_LIST[k];
        for (int variant = 0; variant < 4; variant++) {
            bool is_new = variant & 1, school = variant & 2;
            const struct form *form = edit_form(arena, kind, is_new, school);
            static const char *const common[] = { "from", "until", "why", "paper", "act" };
            for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
                assert_non_null(form_field(form, common[i]));
            }
            for (size_t i = 0; i < kind->ncolumns; i++) {
                const struct field *field = form_field(form, kind->columns[i].name);
                assert_non_null(field);
                assert_int_equal(field->option_count, kind->columns[i].nwords);
                assert_true(kind->columns[i].type == COLUMN_FLAG || field->required == kind->columns[i].required);
            }
            assert_true((form_field(form, "code") != NULL) == is_new);
            assert_true((form_field(form, "of") != NULL) == (kind->has_institution && !school));
            assert_true((form_field(form, "division") != NULL) == (kind->id != KIND_DIVISION && !school));
        }
    }
    arena_free(arena);
}

static void what_differs(void **state)
{
    struct arena *arena = arena_new(1024);
    struct desk nobody = { .arena = arena, .lang = LANG_EN }, own = nobody;
    const struct kind *kind = &KIND_LIST[KIND_VENUE];
    struct fact before = { .id = 1, .code = STR("V1"), .division = STR("371502001"), .institution = 7 }, after;
    struct changed_cell *cells;
    size_t n = 0;
    (void)state;
    own.reads = true;
    own.who = (struct keeper_of){ .level = KEEPER_COUNTY, .scope = STR("371502") };
    before.values[kind_column(kind, STR("fee"))] = V_TEXT(STR("free"));
    before.values[kind_column(kind, STR("checked_by"))] = V_TEXT(STR("A"));
    after = before;
    after.id = 2;
    after.values[kind_column(kind, STR("fee"))] = V_TEXT(STR("low"));
    after.values[kind_column(kind, STR("checked_by"))] = V_TEXT(STR("B"));
    cells = changed_cells(NULL, &nobody, kind, &before, &after, &n);
    assert_int_equal(n, 1); /* who checked it is for staff */
    assert_string_equal(cells[0].label.en, "Fee");
    assert_true(str_is(cells[0].before, "free"));
    assert_true(str_is(cells[0].after, "low fee"));
    (void)changed_cells(NULL, &own, kind, &before, &after, &n);
    assert_int_equal(n, 2);
    (void)changed_cells(NULL, &own, kind, &before, &before, &n);
    assert_int_equal(n, 0);
    arena_free(arena);
}

static void results_say_what_to_do(void **state)
{
    struct arena *arena = arena_new(1024);
    (void)state;
    for (enum change_result result = CHANGE_OK; result <= CHANGE_WRONG; result++) {
        struct text words = change_result_words(arena, result, STR("institution 1 was changed"));
        assert_true(strlen(words.zh) > 6 && strlen(words.en) > 4);
        bool names = result == CHANGE_OVERTAKEN || result == CHANGE_WRONG;
        assert_true((strstr(words.en, "institution 1") != NULL) == names);
        assert_true((strstr(words.zh, "institution 1") != NULL) == names);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_means_its_end), cmocka_unit_test(codes_stand_in_addresses),
        cmocka_unit_test(who_owns_what),       cmocka_unit_test(every_kind_has_a_form),
        cmocka_unit_test(what_differs),        cmocka_unit_test(results_say_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
