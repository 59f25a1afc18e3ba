/* Facts after submission, the queue of what needs a person, decisions, corrections, the lock, siblings. */
#include "family_fixture.h"

#include <stdio.h>

static int setup(void **state)
{
    *state = town_new();
    return 0;
}

static int teardown(void **state)
{
    town_free(*state);
    return 0;
}

static const char *review_of(struct town *town, int64_t id)
{
    return town_text(town, "select review from application where id = ?1", id);
}

static int64_t version_of(struct town *town, int64_t id)
{
    return town_int(town, "select version from application where id = ?1", id);
}

static int64_t submitted(struct town *town)
{
    return town_submit(town, town->mother, town_draft(town, town->mother, town->child, town->home, town->offer_a));
}

static struct review_decide decision(struct town *town, enum review_level level, int64_t id, enum review_decision what)
{
    return (
        struct review_decide){ .places = town->places,
                               .actor = { town->clerk, level == REVIEW_SCHOOL ? "school_clerk" : "county_reviewer" },
                               .form_key = town_key(town),
                               .level = level,
                               .application = id,
                               .decision = what };
}

static enum review_result decide(struct town *town, enum review_level level, int64_t id, enum review_decision what,
                                 struct str reason)
{
    struct review_decide d = decision(town, level, id, what);
    d.reasons = &reason;
    d.nreasons = reason.n > 0;
    town_run(town, review_decide_run, &d);
    return d.result;
}

/* ---- The machine ---- */

static void all_checks_passed_is_passed(void **state)
{
    struct town *town = *state;
    int64_t id = submitted(town);
    assert_string_equal(review_of(town, id), "none");
    town_answer_all(town, id, town->child, town->mother);
    assert_string_equal(review_of(town, id), "passed");
    assert_int_equal(town_int(town, "select count(*) from message where application = ?1 and kind = 'passed'", id), 1);
    /* registered and living in the catchment, all of it owned: the first sub-rank of "household" */
    const struct policy *policy = city_policy(town->city, STR("371502"), STAGE_PRIMARY);
    int64_t category = town_int(town, "select category from choice where application = ?1", id);
    assert_true(str_is(policy->categories[category].id, "household"));
    assert_int_equal(town_int(town, "select subrank from choice where application = ?1", id), 0);
    assert_int_equal(town_int(town, "select facts from application where id = ?1", id),
                     FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY) | FACT_BIT(FACT_DWELLING_IN_COUNTY) | FACT_BIT(FACT_OWNS_ALL));
}

/* A title of both spouses is the household's whole, whichever of property and birth is answered first. */
static void what_parents_own_is_the_households(void **state)
{
    struct town *town = *state;
    struct str mother = town_account(town, town->mother).citizen, spouse = town_citizen(town, "19870707", 9);
    const char *title =
        arena_printf(
            town->arena,
            "{\"titles\":[{\"number\":\"1\",\"address\":\"山东省聊城市东昌府区柳园街道阳光花园%%d号楼1单元101室\","
            "\"kind\":\"commercial\",\"owners\":[{\"citizen\":\"%.*s\",\"name\":\"李梅\",\"percent\":50},"
            "{\"citizen\":\"%.*s\",\"name\":\"某人\",\"percent\":50}]}]}",
            STR_ARG(mother), STR_ARG(spouse))
            .p;
    const char *birth = arena_printf(town->arena, "{\"found\":true,\"mother\":\"%.*s\",\"father\":\"%.*s\"}",
                                     STR_ARG(mother), STR_ARG(spouse))
                            .p;
    for (int first = 0; first < 2; first++) {
        const char *day = first ? "20200303" : "20200404";
        const char *where =
            arena_printf(town->arena, "山东省聊城市东昌府区柳园街道阳光花园%d号楼1单元101室", 20 + first).p;
        int64_t child = town_child(town, town->mother, day, 91, where);
        int64_t home = town_int(town, "select household_dwelling from child where id = ?1", child);
        int64_t id = town_draft(town, town->mother, child, home, town->offer_a);
        struct str text = str_of(title);
        size_t at = (size_t)((const char *)memmem(text.p, text.n, "%d", 2) - text.p);
        const char *property = arena_printf(town->arena, "%.*s%d%s", (int)at, text.p, 20 + first, text.p + at + 2).p;
        town_answer(town, id, first ? "birth" : "property", first ? birth : property);
        town_answer(town, id, first ? "property" : "birth", first ? property : birth);
        assert_int_equal(town_int(town, "select facts from application where id = ?1", id) & FACTS_OF_OWNING,
                         FACT_BIT(FACT_OWNS_ALL));
    }
}

static void answers_before_submission_count_too(void **state)
{
    struct town *town = *state;
    int64_t id = town_draft(town, town->mother, town->child, town->home, town->offer_a);
    town_answer_all(town, id, town->child, town->mother);
    assert_string_equal(review_of(town, id), "none");
    town_submit(town, town->mother, id);
    assert_string_equal(review_of(town, id), "passed");
    assert_int_equal(version_of(town, id), 5);
}

static void a_silent_department_stops_nobody(void **state)
{
    struct town *town = *state;
    int64_t id = submitted(town);
    town_answer_all(town, id, town->child, town->mother);
    int64_t child =
        town_child(town, town->father, "20200303", 41, "山东省聊城市东昌府区柳园街道阳光花园7号楼1单元101室");
    int64_t home = town_int(town, "select household_dwelling from child where id = ?1", child);
    int64_t other = town_submit(town, town->father, town_draft(town, town->father, child, home, town->offer_a));
    town_answer(town, other, "household", "");
    assert_string_equal(review_of(town, other), "none"); /* two are still on their way */
    town_answer(town, other, "birth", "");
    town_answer(town, other, "property", "{\"titles\":[]}");
    assert_string_equal(review_of(town, other), "waiting");
    struct fact_row *facts;
    size_t n;
    struct error error = { { 0 } };
    assert_true(fact_list(town->db, town->arena, town->places, other, &facts, &n, &error));
    assert_int_equal(n, 3);
    assert_true(str_is(facts[0].kind, "household") && str_is(facts[0].state, "silent"));
    assert_true(str_is(facts[1].kind, "property") && str_is(facts[1].reason, "no_record"));
    assert_int_equal(facts[1].remedy, REMEDY_PAPER);
    assert_true(facts[1].reason_instruction.zh.n > 0 && facts[1].authority.zh.n > 0);
    /* what the department said can be seen, sealed where it is kept */
    struct str json;
    bool found;
    assert_true(
        fact_detail(town->db, town->arena, town->fixture->vault, other, STR("property"), &json, &found, &error));
    assert_true(found && str_is(json, "{\"titles\":[]}"));
    assert_true(fact_detail(town->db, town->arena, town->fixture->vault, other, STR("birth"), &json, &found, &error));
    assert_false(found);
    /* the category that is left without the facts: the last one */
    const struct policy *policy = city_policy(town->city, STR("371502"), STAGE_PRIMARY);
    assert_int_equal(town_int(town, "select category from choice where application = ?1", other),
                     (int64_t)policy->ncategories - 1);
}

struct ask_silent {
    struct str authority;
    const char *scope;
    int64_t n;
};

static bool run_ask_silent(struct writing *writing, void *input, struct error *error)
{
    struct ask_silent *again = input;
    return fact_ask_silent(writing, again->authority, str_of(again->scope), &again->n, error);
}

static void a_silent_department_is_asked_again_within_an_area(void **state)
{
    struct town *town = *state;
    int64_t id = submitted(town);
    struct str authority =
        town->city->authorities[town->city->checks[city_check_index(town->city, STR("household"))].authority].id;
    town_sql(town, "update ask set state = 'silent', tries = 5, problem = 'timeout' where kind = 'household'");
    town_sql(town, "update fact set state = 'silent', answered_at = null where kind = 'household'");
    struct ask_silent again = { authority, "371521", 0 };
    town_run(town, run_ask_silent, &again);
    assert_int_equal(again.n, 0);
    assert_int_equal(town_int(town, "select count(*) from fact where application = ?1 and state = 'silent'", id), 1);
    again.scope = "3715";
    town_run(town, run_ask_silent, &again);
    assert_int_equal(again.n, 1);
    assert_int_equal(town_int(town, "select count(*) from fact where application = ?1 and state = 'silent'", id), 0);
    assert_int_equal(town_int(town, "select tries from ask where application = ?1 and kind = 'household'", id), 0);
    town_run(town, run_ask_silent, &again);
    assert_int_equal(again.n, 0);
}

static void a_claim_that_was_denied_leads_to_the_next_category(void **state)
{
    struct town *town = *state;
    struct application_begin begin = { .apply = town_apply(town, town->mother, 0),
                                       .round = town->round,
                                       .child = town->child };
    town_run(town, application_begin_run, &begin);
    int64_t id = begin.apply.application;
    struct application_consent consent = { town_apply(town, town->mother, id), true, STR("文本") };
    town_run(town, application_consent_run, &consent);
    struct application_dwelling d = { .apply = town_apply(town, town->mother, id),
                                      .claim_kind = STR("own"),
                                      .dwelling = town->home,
                                      .claims = FACT_BIT(FACT_POLICY_GROUP) };
    town_run(town, application_dwelling_run, &d);
    struct application_choices c = { .apply = town_apply(town, town->mother, id), .offers = { town->offer_a }, .n = 1 };
    town_run(town, application_choices_run, &c);
    uint32_t checks;
    struct error error = { { 0 } };
    assert_true(fact_needed(town->db, town->arena, town->places, id, &checks, &error));
    assert_true(checks & 1u << city_check_index(town->city, STR("veterans")));
    assert_false(checks & 1u << city_check_index(town->city, STR("property")));
    assert_int_equal(town_int(town, "select count(*) from fact where application = ?1 and kind = 'property'", id), 0);
    town_answer(town, id, "veterans", "{\"confirmed\":false}");
    /* now the dwelling matters, and is asked for without a word from the family */
    assert_int_equal(town_int(town, "select count(*) from fact where application = ?1 and kind = 'property'", id), 1);
}

static void an_answer_after_the_final_root_changes_no_list(void **state)
{
    struct town *town = *state;
    int64_t id = submitted(town);
    int64_t before = town_int(town, "select category from choice where application = ?1", id);
    town_sql(town, "update round set state = 'final'");
    town_answer_all(town, id, town->child, town->mother);
    assert_int_equal(town_int(town, "select category from choice where application = ?1", id), before);
    assert_string_equal(review_of(town, id), "none");
    /* not even its row: the catchment's school after a lost draw is judged by what the rows say */
    assert_int_equal(town_int(town, "select count(*) from fact where application = ?1 and state = 'passed'", id), 0);
    assert_int_equal(town_int(town, "select count(*) from fact where application = ?1 and facts <> 0", id), 0);
    assert_int_equal(decide(town, REVIEW_COUNTY, id, REVIEW_PASSED, STR("")), REVIEW_TOO_LATE);
}

/* Who looks the child up once more after the final list, with another household, does not make it another list. */
static void a_listed_household_stands_still(void **state)
{
    struct town *town = *state;
    static const char elsewhere[] = "山东省聊城市东昌府区柳园街道阳光花园3号楼1单元101室";
    int64_t id = submitted(town);
    int64_t before = town_int(town, "select household_dwelling from child where id = ?1", town->child);
    assert_true(id > 0 && before > 0);
    town_sql(town, "update round set state = 'final'");
    assert_int_equal(town_child(town, town->mother, "20200101", 17, elsewhere), town->child);
    assert_int_equal(town_int(town, "select household_dwelling from child where id = ?1", town->child), before);
    town_sql(town, "update round set state = 'published'");
    assert_int_equal(town_child(town, town->mother, "20200101", 17, elsewhere), town->child);
    assert_true(town_int(town, "select household_dwelling from child where id = ?1", town->child) != before);
}

/* ---- Decisions ---- */

static int64_t waiting(struct town *town)
{
    int64_t id = submitted(town);
    town_answer(town, id, "household", "");
    town_answer(town, id, "birth", "");
    town_answer(town, id, "property", "");
    assert_string_equal(review_of(town, id), "waiting");
    return id;
}

static void school_then_county(void **state)
{
    struct town *town = *state;
    int64_t id = waiting(town);
    int64_t shown = version_of(town, id);
    struct fact_setting facts[] = { { STR("household"), true, 0, STR("") },
                                    { STR("birth"), true, 0, STR("") },
                                    { STR("property"), true,
                                      FACT_BIT(FACT_OWNS_PART) | FACT_BIT(FACT_DWELLING_IN_CATCHMENT) |
                                          FACT_BIT(FACT_DWELLING_IN_COUNTY) | FACT_BIT(FACT_EMPLOYMENT),
                                      STR("") } };
    struct review_decide d = decision(town, REVIEW_SCHOOL, id, REVIEW_PASSED);
    d.version = shown;
    d.facts = facts;
    d.nfacts = 3;
    d.note = STR("原件已核");
    town_run(town, review_decide_run, &d);
    assert_int_equal(d.result, REVIEW_DONE);
    assert_string_equal(review_of(town, id), "waiting"); /* a proposal */
    assert_string_equal(town_text(town, "select review_level from application where id = ?1", id), "county");
    assert_int_equal(town_int(town, "select count(*) from message where application = ?1 and kind = 'passed'", id), 0);
    /* a person's word is a fact, but only what the check can say */
    assert_int_equal(town_int(town, "select facts from application where id = ?1", id),
                     FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY) | FACT_BIT(FACT_DWELLING_IN_COUNTY) | FACT_BIT(FACT_OWNS_PART));
    assert_int_equal(town_int(town, "select subrank from choice where application = ?1", id), 1);
    /* the same form again changes nothing; a colleague with the old page is told */
    town_run(town, review_decide_run, &d);
    assert_true(d.repeated);
    struct review_decide late = decision(town, REVIEW_COUNTY, id, REVIEW_REFUSED);
    struct str reason = STR("forged");
    late.version = shown;
    late.reasons = &reason;
    late.nreasons = 1;
    town_run(town, review_decide_run, &late);
    assert_int_equal(late.result, REVIEW_CHANGED);
    assert_int_equal(late.changed_by, town->clerk);
    assert_true(late.changed_at > 0);
    assert_int_equal(decide(town, REVIEW_SCHOOL, id, REVIEW_PASSED, STR("")), REVIEW_NOT_HERE);
    assert_int_equal(decide(town, REVIEW_COUNTY, id, REVIEW_PASSED, STR("")), REVIEW_DONE);
    assert_string_equal(review_of(town, id), "passed");
    assert_int_equal(town_int(town, "select count(*) from message where application = ?1 and kind = 'passed'", id), 1);
    struct review_entry *entries;
    size_t n;
    struct error error = { { 0 } };
    assert_true(review_history(town->db, town->arena, town->fixture->vault, id, &entries, &n, &error));
    assert_int_equal(n, 2);
    assert_true(str_is(entries[0].level, "school") && str_is(entries[0].note, "原件已核"));
    assert_true(str_is(entries[1].level, "county") && str_is(entries[1].decision, "passed"));
    /* a later answer of the machine does not overrule the person */
    town_sql(town, "update ask set state = 'sent', answer_sealed = null, answered_at = null");
    town_answer(town, id, "birth", "{\"found\":false}");
    assert_string_equal(town_text(town, "select source from fact where application = ?1 and kind = 'birth'", id),
                        "person");
    assert_string_equal(review_of(town, id), "passed");
}

static void every_picture_reason_can_be_given(void **state)
{
    struct town *town = *state;
    int64_t id = waiting(town);
    assert_int_equal(decide(town, REVIEW_SCHOOL, id, REVIEW_CORRECTION, STR("")), REVIEW_REASON_MISSING);
    assert_int_equal(decide(town, REVIEW_SCHOOL, id, REVIEW_CORRECTION, STR("because")), REVIEW_REASON_UNKNOWN);
    for (int reason = REASON_TEXT_DIFFERS; reason < REASON_COUNT; reason++) {
        const char *name = judge_reason_id((enum judge_reason)reason);
        assert_int_equal(decide(town, REVIEW_COUNTY, id, REVIEW_CORRECTION, str_of(name)), REVIEW_DONE);
        assert_string_equal(review_of(town, id), "correction");
        assert_string_equal(town_text(town, "select review_reasons from application where id = ?1", id), name);
    }
    assert_int_equal(decide(town, REVIEW_COUNTY, id, REVIEW_COUNTER, STR("forged")), REVIEW_DONE);
    assert_string_equal(review_of(town, id), "counter");
    assert_int_equal(decide(town, REVIEW_COUNTY, id, REVIEW_REFUSED, STR("forged")), REVIEW_DONE);
    assert_string_equal(review_of(town, id), "refused");
    struct fact_setting unknown = { STR("licence"), true, 0, STR("") };
    struct review_decide d = decision(town, REVIEW_COUNTY, id, REVIEW_PASSED);
    d.facts = &unknown;
    d.nfacts = 1;
    town_run(town, review_decide_run, &d);
    assert_int_equal(d.result, REVIEW_FACT_UNKNOWN);
    assert_int_equal(decide(town, REVIEW_COUNTY, 999, REVIEW_PASSED, STR("")), REVIEW_NOT_FOUND);
    for (int i = REVIEW_DONE; i <= REVIEW_FACT_UNKNOWN; i++) {
        assert_true(review_result_text((enum review_result)i).zh[0]);
    }
}

static void a_correction_opens_what_was_asked(void **state)
{
    struct town *town = *state;
    int64_t id = waiting(town);
    int64_t queue_at = town_int(town, "select queue_at from application where id = ?1", id);
    assert_int_equal(decide(town, REVIEW_SCHOOL, id, REVIEW_CORRECTION, STR("owner")), REVIEW_DONE);
    assert_int_equal(town_int(town, "select unlocked from application where id = ?1", id), PART_DWELLING);
    struct application_choices c = { .apply = town_apply(town, town->father, id), .offers = { town->offer_p }, .n = 1 };
    town_run(town, application_choices_run, &c);
    assert_int_equal(c.apply.result, APPLY_LOCKED);
    struct application_dwelling d = { .apply = town_apply(town, town->father, id),
                                      .claim_kind = STR("own"),
                                      .dwelling = town->home,
                                      .owner_name = STR("张强"),
                                      .owner_citizen = town_account(town, town->father).citizen };
    town_run(town, application_dwelling_run, &d);
    assert_int_equal(d.apply.result, APPLY_DONE);
    struct application_correct correct = { town_apply(town, town->father, id) };
    town_run(town, application_correct_run, &correct);
    assert_int_equal(correct.apply.result, APPLY_DONE);
    assert_int_equal(town_int(town, "select unlocked from application where id = ?1", id), 0);
    assert_int_equal(town_int(town, "select queue_at from application where id = ?1", id),
                     queue_at); /* keeps its place */
    correct.apply = town_apply(town, town->father, id);
    town_run(town, application_correct_run, &correct);
    assert_int_equal(correct.apply.result, APPLY_NO_CORRECTION);
    d.apply = town_apply(town, town->father, id);
    town_run(town, application_dwelling_run, &d);
    assert_int_equal(d.apply.result, APPLY_LOCKED);
    /* the departments are asked with the new data, and then nobody needs to look */
    struct str reason = STR("outside_catchment");
    assert_int_equal(decide(town, REVIEW_COUNTY, id, REVIEW_CORRECTION, reason), REVIEW_DONE);
    assert_int_equal(town_int(town, "select unlocked from application where id = ?1", id),
                     PART_DWELLING | PART_CHOICES);
}

/* ---- The queue ---- */

static int64_t queued(struct town *town, int order)
{
    char birth[9];
    snprintf(birth, sizeof birth, "202001%02d", order);
    int64_t child =
        town_child(town, town->father, birth, 100 + order,
                   arena_printf(town->arena, "山东省聊城市东昌府区柳园街道阳光花园%d号楼1单元101室", order).p);
    int64_t home = town_int(town, "select household_dwelling from child where id = ?1", child);
    int64_t id = town_submit(town, town->father, town_draft(town, town->father, child, home, town->offer_a));
    town_answer(town, id, "household", "");
    town_answer(town, id, "birth", "");
    town_answer(town, id, "property", order % 2 ? "{\"titles\":[]}" : "");
    return id;
}

static void queue_order_filters_and_places(void **state)
{
    struct town *town = *state;
    struct error error = { { 0 } };
    int64_t ids[6];
    for (int i = 0; i < 6; i++) {
        ids[i] = queued(town, i + 2);
        clock_shift(0);
        int64_t now;
        assert_true(ms_parse(STR("2026-07-05 10:00"), &now));
        clock_shift(now + (i + 1) * 60000 - clock_ms());
    }
    struct review_filter filter = { .school = town->school_a, .category = -1, .most = 4 };
    struct review_page page;
    int64_t n, position;
    assert_true(review_queue(town->db, town->arena, town->fixture->vault, &filter, &page, &error));
    assert_int_equal(page.n, 4);
    assert_true(page.more);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(page.rows[i].id, ids[i]);
        assert_true(review_position(town->db, ids[i], &position, &error));
        assert_int_equal(position, (int64_t)i + 1);
    }
    assert_true(str_is(page.rows[0].child_name, "张小明"));
    assert_true(str_is(page.rows[1].check_reasons, "birth:silent household:silent property:no_record"));
    filter.after_queue_at = page.rows[3].queue_at;
    filter.after_id = page.rows[3].id;
    assert_true(review_queue(town->db, town->arena, NULL, &filter, &page, &error));
    assert_int_equal(page.n, 2);
    assert_false(page.more);
    assert_int_equal(page.rows[0].child_name.n, 0);
    int64_t next;
    assert_true(review_next(town->db, town->arena, &filter, &next, &error));
    assert_int_equal(next, ids[4]);
#define COUNT(...)                                                                                                     \
    (filter = (struct review_filter){ __VA_ARGS__ },                                                                   \
     assert_true(review_queue_count(town->db, town->arena, &filter, &n, &error)), n)
    assert_int_equal(COUNT(.category = -1, .school = town->school_a), 6);
    assert_int_equal(COUNT(.category = -1, .school = town->school_b), 0);
    assert_int_equal(COUNT(.category = -1, .round = town->round), 6);
    assert_int_equal(COUNT(.category = -1, .round = town->round, .reason = STR("no_record")), 3);
    assert_int_equal(COUNT(.category = -1, .round = town->round, .reason = STR("under_age")), 0);
    assert_int_equal(COUNT(.category = -1, .division = STR("3715"), .check = STR("property")), 6);
    assert_int_equal(COUNT(.category = -1, .division = STR("371524")), 0);
    assert_int_equal(COUNT(.category = -1, .division = STR("3715"), .check = STR("licence")), 0);
    assert_int_equal(COUNT(.category = -1, .round = town->round, .level = STR("county")), 0);
    assert_int_equal(COUNT(.category = -1, .round = town->round, .review = STR("passed")), 0);
    assert_int_equal(COUNT(.round = town->round, .category = 0), 0);
    int64_t since = town_int(town, "select queue_at from application where id = ?1", ids[2]);
    assert_int_equal(COUNT(.category = -1, .round = town->round, .since = since), 3);
#undef COUNT
    /* one leaves, those behind move up; the county's desk has its own places */
    assert_int_equal(decide(town, REVIEW_SCHOOL, ids[0], REVIEW_PASSED, STR("")), REVIEW_DONE);
    assert_true(review_position(town->db, ids[5], &position, &error));
    assert_int_equal(position, 5);
    assert_true(review_position(town->db, ids[0], &position, &error));
    assert_int_equal(position, 1);
    struct status status;
    bool found;
    assert_true(status_read(town->db, town->arena, NULL, ids[5], &status, &found, &error));
    assert_int_equal(status.position, 5);
}

static void bulk_decisions_stand_alone(void **state)
{
    struct town *town = *state;
    struct review_bulk_item items[4] = { 0 };
    for (int i = 0; i < 3; i++) {
        items[i].application = queued(town, i + 2);
        items[i].version = version_of(town, items[i].application);
    }
    items[3].application = 999;
    assert_int_equal(decide(town, REVIEW_SCHOOL, items[1].application, REVIEW_COUNTER, STR("forged")), REVIEW_DONE);
    struct str reason = STR("unreadable");
    struct review_bulk bulk = { .decide = decision(town, REVIEW_SCHOOL, 0, REVIEW_CORRECTION), .items = items, .n = 4 };
    bulk.decide.reasons = &reason;
    bulk.decide.nreasons = 1;
    for (int again = 0; again < 2; again++) {
        town_run(town, review_bulk_run, &bulk);
        assert_int_equal(bulk.decide.repeated, again);
        assert_int_equal(bulk.done, 2);
        assert_int_equal(items[0].result, REVIEW_DONE);
        assert_int_equal(items[1].result, REVIEW_CHANGED);
        assert_int_equal(items[2].result, REVIEW_DONE);
        assert_int_equal(items[3].result, REVIEW_NOT_FOUND);
    }
    assert_string_equal(review_of(town, items[1].application), "counter");
    assert_int_equal(town_int(town, "select count(*) from review where id > ?1", 0), 3);
    assert_int_equal(town_int(town, "select unlocked from application where id = ?1", items[0].application),
                     PART_PAPERS);
}

/* ---- Lock and siblings ---- */

static void a_dwelling_serves_one_household(void **state)
{
    struct town *town = *state;
    int64_t mine = submitted(town);
    town_answer_all(town, mine, town->child, town->mother);
    assert_string_equal(review_of(town, mine), "passed");
    /* a sibling of the same dwelling: nothing */
    int64_t sibling = town_child(town, town->father, "20200404", 51, NULL);
    int64_t sisters =
        town_submit(town, town->father, town_draft(town, town->father, sibling, town->home, town->offer_a));
    assert_int_equal(
        town_int(town, "select count(*) from fact where application = ?1 and kind = 'dwelling_lock'", sisters), 0);
    /* a stranger who claims the same dwelling: both go to a person, whoever was first; nobody is refused */
    struct application_begin begin = { .apply = town_apply(town, town->stranger, 0),
                                       .round = town->round,
                                       .child = town->stranger_child };
    town_run(town, application_begin_run, &begin);
    int64_t theirs = begin.apply.application;
    struct application_consent consent = { town_apply(town, town->stranger, theirs), true, STR("文本") };
    town_run(town, application_consent_run, &consent);
    struct application_dwelling d = { .apply = town_apply(town, town->stranger, theirs),
                                      .claim_kind = STR("own"),
                                      .address = STR("山东省聊城市东昌府区柳园街道阳光花园12号楼3单元501室") };
    town_run(town, application_dwelling_run, &d);
    assert_int_equal(d.apply.result, APPLY_DONE);
    struct application_choices c = { .apply = town_apply(town, town->stranger, theirs),
                                     .offers = { town->offer_a },
                                     .n = 1 };
    town_run(town, application_choices_run, &c);
    town_submit(town, town->stranger, theirs);
    assert_string_equal(
        town_text(town, "select reason from fact where application = ?1 and kind = 'dwelling_lock'", theirs),
        "dwelling_used");
    assert_string_equal(
        town_text(town, "select reason from fact where application = ?1 and kind = 'dwelling_lock'", mine),
        "dwelling_used");
    assert_string_equal(review_of(town, mine), "waiting");
    assert_true(fact_reason_name(town->city, STR("dwelling_used")).zh.n > 0);
    assert_true(fact_kind_name(town->city, STR("dwelling_lock")).zh.n > 0);
    /* a person settles it */
    struct fact_setting holds = { STR("dwelling_lock"), true, 0, STR("") };
    struct review_decide pass = decision(town, REVIEW_COUNTY, mine, REVIEW_PASSED);
    pass.facts = &holds;
    pass.nfacts = 1;
    town_run(town, review_decide_run, &pass);
    assert_int_equal(pass.result, REVIEW_DONE);
    assert_string_equal(review_of(town, mine), "passed");
}

struct take {
    struct town *town;
    int64_t application;
};

static bool take_run(struct writing *writing, void *input, struct error *error)
{
    struct take *take = input;
    return dwelling_lock_take(writing, take->town->places, take->application, error);
}

static void the_lock_of_earlier_years(void **state)
{
    struct town *town = *state;
    int64_t mine = submitted(town);
    struct take take = { town, mine };
    town_run(town, take_run, &take);
    assert_int_equal(town_int(town, "select until_year from dwelling_lock where dwelling = ?1", town->home), 2031);
    /* six years: another family of 2026 meets it; a lock that ran out is nothing */
    town_sql(town, "update application set state = 'withdrawn'");
    town_sql(town, "update dwelling_lock set family_hash = (select citizen_hash from child where id = 1)");
    int64_t sibling = town_child(town, town->stranger, "20200505", 61, NULL);
    int64_t theirs =
        town_submit(town, town->stranger, town_draft(town, town->stranger, sibling, town->home, town->offer_a));
    assert_int_equal(
        town_int(town, "select count(*) from fact where application = ?1 and kind = 'dwelling_lock'", theirs), 1);
    town_sql(town, "update dwelling_lock set until_year = 2025");
    int64_t third = town_child(town, town->stranger, "20200606", 63, NULL);
    int64_t free_again =
        town_submit(town, town->stranger, town_draft(town, town->stranger, third, town->home, town->offer_a));
    assert_int_equal(
        town_int(town, "select count(*) from fact where application = ?1 and kind = 'dwelling_lock'", free_again), 0);
}

static void a_sibling_follows(void **state)
{
    struct town *town = *state;
    int64_t elder = town_child(town, town->mother, "20150101", 71, NULL);
    town_sql(town, arena_printf(town->arena, "update child set school = %lld where id = %lld",
                                (long long)town->school_b, (long long)elder)
                       .p);
    struct application_begin begin = { .apply = town_apply(town, town->mother, 0),
                                       .round = town->round,
                                       .child = town->child };
    town_run(town, application_begin_run, &begin);
    int64_t id = begin.apply.application;
    struct application_consent consent = { town_apply(town, town->mother, id), true, STR("文本") };
    town_run(town, application_consent_run, &consent);
    struct application_dwelling d = { .apply = town_apply(town, town->mother, id),
                                      .claim_kind = STR("own"),
                                      .dwelling = town->home,
                                      .sibling_school = town->school_b,
                                      .sibling_citizen = town_citizen(town, "20150101", 71) };
    town_run(town, application_dwelling_run, &d);
    assert_int_equal(d.apply.result, APPLY_DONE);
    assert_string_equal(town_text(town, "select state from fact where application = ?1 and kind = 'sibling'", id),
                        "passed");
    /* B lies outside the catchment, but the elder is there */
    struct application_choices c = { .apply = town_apply(town, town->mother, id), .offers = { town->offer_b }, .n = 1 };
    town_run(town, application_choices_run, &c);
    assert_int_equal(c.apply.result, APPLY_DONE);
    assert_int_equal(town_int(town, "select sibling from choice where application = ?1", id), 1);
    /* an elder who is not there goes to a person, and gives nothing meanwhile */
    town_sql(town, "update child set school = null");
    d.apply = town_apply(town, town->mother, id);
    town_run(town, application_dwelling_run, &d);
    assert_string_equal(town_text(town, "select state from fact where application = ?1 and kind = 'sibling'", id),
                        "person");
    assert_int_equal(town_int(town, "select sibling from choice where application = ?1", id), 0);
}

int main(void)
{
#define TOWN(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TOWN(all_checks_passed_is_passed),
        TOWN(what_parents_own_is_the_households),
        TOWN(answers_before_submission_count_too),
        TOWN(a_silent_department_stops_nobody),
        TOWN(a_silent_department_is_asked_again_within_an_area),
        TOWN(a_claim_that_was_denied_leads_to_the_next_category),
        TOWN(an_answer_after_the_final_root_changes_no_list),
        TOWN(a_listed_household_stands_still),
        TOWN(school_then_county),
        TOWN(every_picture_reason_can_be_given),
        TOWN(a_correction_opens_what_was_asked),
        TOWN(queue_order_filters_and_places),
        TOWN(bulk_decisions_stand_alone),
        TOWN(a_dwelling_serves_one_household),
        TOWN(the_lock_of_earlier_years),
        TOWN(a_sibling_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
