/* registry: events by hand, with all that they take along; the search, by old names and new. */
#include "registry/small_city.h"

#include "base/clock.h"
#include "registry/event.h"
#include "registry/registry.h"
#include "registry/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct city_world world;

static const struct kind *const institutions = &KIND_LIST[KIND_INSTITUTION];

static int start(void **state)
{
    *state = &world;
    return city_world_start(&world, 1, day_of(2024, 3, 1));
}

/* ---- Events ---- */

static bool is_known(const struct kind *kind, struct str code)
{
    struct fact fact;
    bool found = false;
    assert_true(facts_one(world.db, world.f->arena, kind, code, world.now, &fact, &found, &world.error));
    return found;
}

static int64_t count(enum kind_id kind, int64_t institution, const char *scope)
{
    int64_t n = 0;
    const struct facts_ask ask = { .as_of = world.now, .institution = institution, .scope = str_of(scope) };
    assert_true(facts_count(world.db, &KIND_LIST[kind], &ask, &n, &world.error));
    return n;
}

static enum change_result carry_out(struct event *event, struct deed *deed)
{
    struct fact any = { .division = STR("3715") };
    struct str scope = STR("3715");
    *deed = (struct deed){ .kind = event_name(event->act), .division = scope };
    event->day = world.now.day;
    if (!event_steps(world.db, world.f->arena, event, &deed->steps, &deed->n, &world.error)) {
        return CHANGE_WRONG;
    }
    enum change_result result = doing(&world, deed, PROPOSE, keeper(5, KEEPER_CITY, &any));
    return result == CHANGE_OK ? doing(&world, deed, CONFIRM, keeper(6, KEEPER_CITY, &any)) : result;
}

static void a_merger_takes_all_along(void **state)
{
    (void)state;
    struct fact a = known(&world, institutions, "3715000001"), b = known(&world, institutions, "3715000002"),
                c = known(&world, institutions, "3715000003");
    int64_t pupils = count(KIND_PUPIL, 0, ""), staff = count(KIND_STAFF, 0, ""), sites = count(KIND_SITE, 0, "");
    struct str from[] = { a.code, b.code };
    struct event event = {
        .act = EVENT_MERGE, .from = from, .nfrom = 2, .into = c.code, .name = { STR("联合学校"), STR("") }
    };
    struct deed deed;
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_false(is_known(institutions, a.code));
    assert_false(is_known(institutions, b.code));
    struct fact one = known(&world, institutions, "3715000003");
    assert_true(str_is(fact_text(institutions, &one, "name_zh"), "联合学校"));
    assert_int_equal(count(KIND_PUPIL, c.subject, ""), 15);
    assert_int_equal(count(KIND_STAFF, c.subject, ""), 6);
    assert_int_equal(count(KIND_PUPIL, 0, ""), pupils);
    assert_int_equal(count(KIND_STAFF, 0, ""), staff);
    assert_int_equal(count(KIND_SITE, 0, ""), sites);
    assert_int_equal(count(KIND_HONOUR, a.subject, "") + count(KIND_HONOUR, b.subject, ""), 0);
    /* in no group twice */
    int64_t twice = 0;
    assert_true(db_one_int(world.db, &world.error, &twice, NULL,
                           "select count(*) from (select group_code from member_fact where institution = ?1 and "
                           "replaced_at = 253402300800000 and valid_until > ?2 group by group_code having "
                           "count(*) > 1) t",
                           V_INT(c.subject), V_INT(world.now.day)));
    assert_int_equal(twice, 0);
    struct fact canteen = known(&world, institutions, "C01");
    assert_true(str_eq(fact_text(institutions, &canteen, "parent"), c.code));
    /* enrolment lists it no more, but knows it */
    struct institution row;
    bool found = false;
    struct institution *listed;
    size_t n;
    assert_true(registry_institution(world.db, world.f->arena, a.subject, &row, &found, &world.error));
    assert_true(found);
    assert_true(registry_institutions(world.db, world.f->arena, STR("3715"), STR(""), &listed, &n, &world.error));
    for (size_t i = 0; i < n; i++) {
        assert_true(listed[i].id != a.subject && listed[i].id != b.subject && !str_is(listed[i].kind, "canteen"));
    }
    /* and all of it back */
    struct fact any = { .division = STR("3715") };
    assert_int_equal(doing(&world, &deed, UNDO, keeper(6, KEEPER_CITY, &any)), CHANGE_OK);
    assert_true(is_known(institutions, a.code));
    assert_int_equal(count(KIND_PUPIL, a.subject, ""), 5);
    one = known(&world, institutions, "3715000003");
    assert_false(str_is(fact_text(institutions, &one, "name_zh"), "联合学校"));
}

static void other_events(void **state)
{
    (void)state;
    struct deed deed;
    struct fact school = known(&world, institutions, "3715000004"),
                pupil_to = known(&world, institutions, "3715000005");
    struct str from[] = { school.code };
    /* split: the junior stage goes */
    struct event event = { .act = EVENT_SPLIT,
                           .from = from,
                           .nfrom = 1,
                           .into = STR("3715990001"),
                           .name = { STR("新初中"), STR("") },
                           .stage = STR("junior") };
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    struct fact made = known(&world, institutions, "3715990001");
    assert_int_equal(count(KIND_PUPIL, made.subject, ""), 1);
    assert_int_equal(count(KIND_PUPIL, school.subject, ""), 4);
    assert_int_equal(carry_out(&event, &deed), CHANGE_WRONG); /* stands already */
    /* move to the other county, with all */
    const char *there = str_starts(school.division, STR("371502")) ? "371526002" : "371502002";
    event = (struct event){ .act = EVENT_MOVE, .from = from, .nfrom = 1, .division = str_of(there) };
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_int_equal(count(KIND_PUPIL, school.subject, there), 4);
    assert_true(str_is(known(&world, institutions, "C04").division, there));
    /* a division has another code, and both are known */
    struct str codes[] = { str_of(there) };
    event = (struct event){ .act = EVENT_RECODE, .from = codes, .nfrom = 1, .into = STR("371599002") };
    int64_t inside = count(KIND_PUPIL, 0, there);
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_int_equal(count(KIND_PUPIL, 0, there), 0);
    assert_int_equal(count(KIND_PUPIL, 0, "371599002"), inside);
    assert_true(str_is(known(&world, &KIND_LIST[KIND_DIVISION], there).code, "371599002"));
    assert_true(str_is(known(&world, &KIND_LIST[KIND_DIVISION], "371599002").code, "371599002"));
    struct fact before;
    bool found = false;
    assert_true(facts_one(world.db, world.f->arena, &KIND_LIST[KIND_DIVISION], STR("371599002"),
                          (struct as_of){ world.now.day - 1, MOMENT_OPEN }, &before, &found, &world.error));
    assert_true(found && str_is(before.code, there));
    /* close: pupils go where they are sent, the canteen closes too */
    event = (struct event){ .act = EVENT_CLOSE, .from = from, .nfrom = 1, .into = pupil_to.code };
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_int_equal(count(KIND_PUPIL, pupil_to.subject, ""), 9);
    assert_int_equal(count(KIND_STAFF, school.subject, ""), 0);
    assert_false(is_known(institutions, STR("C04")));
    event.from = &(struct str){ "nobody", 6 };
    assert_int_equal(carry_out(&event, &deed), CHANGE_WRONG);
    assert_non_null(strstr(world.error.message, "nobody"));
}

/* ---- The search ---- */

static struct search_hit first_hit(const char *text, int kind)
{
    struct search_hit *hits;
    size_t n;
    assert_true(search_find(world.db, world.f->arena, STR("3715"), str_of(text), kind, 5, &hits, &n, &world.error));
    assert_true(n > 0);
    return hits[0];
}

static void names_are_found(void **state)
{
    (void)state;
    assert_true(str_is(search_initials(world.f->arena, STR("聊城市第一中学")), "lcsdyzx"));
    assert_true(str_is(search_initials(world.f->arena, STR("东阿县实验小学 （ＡＢ２）")), "dexsyxxab2"));
    assert_true(str_is(search_initials(world.f->arena, STR("长清音乐学校")), "cqyyxx"));
    assert_true(str_is(first_hit("3715000021", -1).code, "3715000021"));
    assert_true(str_is(first_hit("第２１ 小学", KIND_INSTITUTION).code, "3715000021"));
    assert_true(str_is(first_hit("d21xx", -1).code, "3715000021"));
    assert_true(str_is(first_hit("柳园", KIND_DIVISION).code, "371502001"));
    /* and by an English name */
    struct deed deed;
    struct str from[] = { STR("371502001") };
    struct event event = { .act = EVENT_RENAME, .from = from, .nfrom = 1, .name = { STR("柳园街道"), STR("Liuyuan") } };
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_true(str_is(first_hit("liuyuan", -1).code, "371502001"));
    struct search_hit *hits;
    size_t n;
    assert_true(search_find(world.db, world.f->arena, STR("3715"), STR("100%"), -1, 5, &hits, &n, &world.error));
    assert_int_equal(n, 0);
    /* by its old name, under its new one */
    from[0] = STR("3715000022");
    event.name = (struct name){ STR("凤凰学校"), STR("") };
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_true(str_is(first_hit("第22", KIND_INSTITUTION).name.zh, "凤凰学校"));
    struct fact *facts;
    const struct facts_ask ask = { .as_of = world.now, .text = STR("fhx") };
    assert_true(facts_list(world.db, world.f->arena, institutions, &ask, &facts, &n, &world.error));
    assert_int_equal(n, 1);
    /* twice the same? */
    struct search_pair *pairs;
    size_t before = 0;
    assert_true(
        search_duplicates(world.db, world.f->arena, institutions, STR("3715"), 50, &pairs, &before, &world.error));
    from[0] = STR("3715000026");
    event.name.zh = STR("凤凰学校");
    struct fact school = known(&world, institutions, "3715000022");
    struct str to = school.division;
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    event = (struct event){ .act = EVENT_MOVE, .from = from, .nfrom = 1, .division = to };
    (void)carry_out(&event, &deed); /* it may be there already */
    assert_true(search_duplicates(world.db, world.f->arena, institutions, STR("3715"), 50, &pairs, &n, &world.error));
    assert_int_equal(n, before + 1);
    event = (struct event){ .act = EVENT_RENAME, .from = from, .nfrom = 1, .name = { STR("凤凰学校区"), STR("") } };
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_true(search_duplicates(world.db, world.f->arena, institutions, STR("3715"), 50, &pairs, &n, &world.error));
    assert_int_equal(n, before + 1);
    event.name.zh = STR("凤凰二学校"); /* a sister */
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_true(search_duplicates(world.db, world.f->arena, institutions, STR("3715"), 50, &pairs, &n, &world.error));
    assert_int_equal(n, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_merger_takes_all_along),
        cmocka_unit_test(other_events),
        cmocka_unit_test(names_are_found),
    };
    return cmocka_run_group_tests_name("event", tests, start, city_world_finish);
}
