/* A family's way: each step, each refusal; two phones, two guardians, retries. */
#include "family_fixture.h"

#include "places/readings.h"

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

static struct application read_application(struct town *town, int64_t id)
{
    struct application application;
    struct error error = { { 0 } };
    bool found;
    assert_true(application_get(town->db, town->arena, town->fixture->vault, id, &application, &found, &error));
    assert_true(found);
    return application;
}

/* ---- Children ---- */

static void children_are_found_not_doubled(void **state)
{
    struct town *town = *state;
    struct error error = { { 0 } };
    assert_int_equal(town_int(town, "select count(*) from child where id > ?1", 0), 2);
    assert_int_equal(town_int(town, "select count(*) from guardian where child = ?1", town->child), 2);
    town_draft(town, town->mother, town->child, town->home, town->offer_a);
    struct child_list list;
    assert_true(child_list(town->db, town->arena, town->fixture->vault, town->father, &list, &error));
    assert_int_equal(list.nchildren, 1);
    assert_true(str_is(list.children[0].name, "张小明"));
    assert_int_equal(list.children[0].household_dwelling, town->home);
    assert_int_equal(list.nrounds, 1);
    assert_true(str_is(list.rounds[0].state, "draft"));
    assert_int_equal(list.rounds[0].begun_by, town->mother);
    assert_true(child_list(town->db, town->arena, NULL, town->father, &list, &error));
    assert_int_equal(list.children[0].name.n + list.children[0].citizen.n, 0);
}

static void wrong_household_data_is_refused(void **state)
{
    struct town *town = *state;
    struct child_record record = { .actor = { town->mother, "family" },
                                   .guardian = town->mother,
                                   .relation = STR("mother"),
                                   .citizen = STR("370099202001010171"),
                                   .name = STR("张"),
                                   .birth = day_of(2020, 1, 1),
                                   .household_division = STR("371502001") };
    if (citizen_check_character(STR("37009920200101017")) == '1') {
        record.citizen = STR("370099202001010172");
    }
    town_run(town, child_record_run, &record);
    assert_int_equal(record.result, CHILD_BAD_CITIZEN);
    record.citizen = town_citizen(town, "20200101", 17);
    record.birth++;
    town_run(town, child_record_run, &record);
    assert_int_equal(record.result, CHILD_BAD_BIRTH);
    record.birth--;
    record.name = STR("  ");
    town_run(town, child_record_run, &record);
    assert_int_equal(record.result, CHILD_BAD_NAME);
    for (int i = CHILD_RECORDED; i <= CHILD_BAD_NAME; i++) {
        assert_true(child_result_text((enum child_result)i).en[0]);
    }
}

/* ---- Begin ---- */

static enum apply_result begin(struct town *town, int64_t account, int64_t child, int64_t round,
                               struct application_begin *out)
{
    *out = (struct application_begin){ .apply = town_apply(town, account, 0), .round = round, .child = child };
    town_run(town, application_begin_run, out);
    return out->apply.result;
}

static void one_application_whatever_the_family_does(void **state)
{
    struct town *town = *state;
    struct application_begin first, again;
    assert_int_equal(begin(town, town->mother, town->child, town->round, &first), APPLY_DONE);
    /* a retry of the same form */
    struct application_begin retry = first;
    retry.apply.application = 0;
    town_run(town, application_begin_run, &retry);
    assert_int_equal(retry.apply.result, APPLY_DONE);
    assert_true(retry.apply.repeated);
    assert_int_equal(retry.apply.application, first.apply.application);
    /* a second phone, and the other guardian */
    assert_int_equal(begin(town, town->mother, town->child, town->round, &again), APPLY_FOUND_DRAFT);
    assert_int_equal(begin(town, town->father, town->child, town->round, &again), APPLY_FOUND_DRAFT);
    assert_int_equal(again.apply.application, first.apply.application);
    assert_int_equal(again.begun_by, town->mother);
    assert_true(again.begun_at > 0);
    assert_int_equal(town_int(town, "select count(*) from application where child = ?1", town->child), 1);
}

static void who_may_not_begin(void **state)
{
    struct town *town = *state;
    struct application_begin out;
    assert_int_equal(begin(town, town->stranger, town->child, town->round, &out), APPLY_NOT_GUARDIAN);
    assert_int_equal(begin(town, town->mother, 999, town->round, &out), APPLY_NOT_FOUND);
    int64_t young = town_child(town, town->mother, "20200901", 21, NULL);
    assert_int_equal(begin(town, town->mother, young, town->round, &out), APPLY_TOO_YOUNG);
    const struct policy *policy = city_policy(town->city, STR("371502"), STAGE_PRIMARY);
    struct name why = child_fit_text(town->arena, out.fit, policy);
    assert_non_null(memmem(why.zh.p, why.zh.n, "2020-08-31", 10));
    assert_non_null(memmem(why.en.p, why.en.n, "2020-08-31", 10));
    int64_t last = town_child(town, town->mother, "20200831", 23, NULL);
    assert_int_equal(begin(town, town->mother, last, town->round, &out), APPLY_DONE);
    int64_t pupil = town_child(town, town->mother, "20190101", 25, NULL);
    town_sql(town, arena_printf(town->arena, "update child set school = %lld where id = %lld",
                                (long long)town->school_a, (long long)pupil)
                       .p);
    assert_int_equal(begin(town, town->mother, pupil, town->round, &out), APPLY_WRONG_STAGE);
    town_sql(town, "update round set state = 'announced'");
    assert_int_equal(begin(town, town->stranger, town->stranger_child, town->round, &out), APPLY_NOT_OPEN);
    town_sql(town, "update round set state = 'closed'");
    assert_int_equal(begin(town, town->stranger, town->stranger_child, town->round, &out), APPLY_CLOSED);
    town_sql(town, "update round set state = 'open', closes_at = 1");
    assert_int_equal(begin(town, town->stranger, town->stranger_child, town->round, &out), APPLY_CLOSED);
    for (int i = 0; i < APPLY_RESULT_COUNT; i++) {
        assert_true(apply_result_text((enum apply_result)i).zh && apply_result_text((enum apply_result)i).en);
    }
}

static void junior_wants_graduates(void **state)
{
    struct town *town = *state;
    const struct policy *junior = city_policy(town->city, STR("371502"), STAGE_JUNIOR);
    int64_t latest = day_of(2020, 8, 31);
    assert_int_equal(child_fits(junior, day_of(2014, 5, 1), true, latest), CHILD_FITS);
    assert_int_equal(child_fits(junior, day_of(2014, 5, 1), false, latest), CHILD_FITS);
    assert_int_equal(child_fits(junior, day_of(2018, 5, 1), false, latest), CHILD_WRONG_STAGE);
}

/* ---- Steps ---- */

static void steps_need_each_other(void **state)
{
    struct town *town = *state;
    struct application_begin out;
    begin(town, town->mother, town->child, town->round, &out);
    int64_t id = out.apply.application;
    struct application_dwelling home = { .apply = town_apply(town, town->mother, id),
                                         .claim_kind = STR("own"),
                                         .dwelling = town->home };
    town_run(town, application_dwelling_run, &home);
    assert_int_equal(home.apply.result, APPLY_CONSENT_MISSING);
    struct application_submit submit = { .apply = town_apply(town, town->mother, id) };
    town_run(town, application_submit_run, &submit);
    assert_int_equal(submit.apply.result, APPLY_CONSENT_MISSING);
    struct application_consent consent = { town_apply(town, town->mother, id), false, STR("文本") };
    town_run(town, application_consent_run, &consent);
    assert_int_equal(consent.apply.result, APPLY_REFUSED_CONSENT);
    assert_true(consent_refused_text().zh[0]);
    consent = (struct application_consent){ town_apply(town, town->mother, id), true, STR("文本") };
    town_run(town, application_consent_run, &consent);
    assert_int_equal(consent.apply.result, APPLY_DONE);
    assert_string_equal(town_text(town, "select step from application where id = ?1", id), "dwelling");
    assert_int_equal(strlen(town_text(town, "select consent_text from application where id = ?1", id)), 64);
    struct application_choices choices = { .apply = town_apply(town, town->mother, id), .offers = { 1 }, .n = 1 };
    town_run(town, application_choices_run, &choices);
    assert_int_equal(choices.apply.result, APPLY_DWELLING_MISSING);
}

static int64_t consented(struct town *town)
{
    struct application_begin out;
    begin(town, town->mother, town->child, town->round, &out);
    struct application_consent consent = { town_apply(town, town->mother, out.apply.application), true, STR("文本") };
    town_run(town, application_consent_run, &consent);
    return out.apply.application;
}

static void dwellings(void **state)
{
    struct town *town = *state;
    int64_t id = consented(town);
    struct application_dwelling d;
#define TRY(...)                                                                                                       \
    (d = (struct application_dwelling){ .apply = town_apply(town, town->mother, id), __VA_ARGS__ },                    \
     town_run(town, application_dwelling_run, &d), d.apply.result)
    assert_int_equal(TRY(.claim_kind = STR("castle"), .dwelling = town->home), APPLY_DWELLING_KIND);
    assert_int_equal(TRY(.claim_kind = STR("own"), .dwelling = 0), APPLY_ADDRESS_MISSING);
    assert_int_equal(TRY(.claim_kind = STR("own"), .address = STR("某处1号")), APPLY_ADDRESS_UNKNOWN);
    int64_t foreign = town_int(town, "select household_dwelling from child where id = ?1", town->stranger_child);
    assert_int_equal(TRY(.claim_kind = STR("own"), .dwelling = foreign),
                     APPLY_DWELLING_MISSING); /* a stranger's home is no choice */
    assert_int_equal(TRY(.claim_kind = STR("grandparents"), .dwelling = town->home), APPLY_OWNER_MISSING);
    assert_int_equal(TRY(.claim_kind = STR("grandparents"), .dwelling = town->home, .owner_name = STR("张爷爷"),
                         .owner_citizen = STR("110105194912310021")),
                     APPLY_BAD_CITIZEN);
    assert_int_equal(d.citizen_fault, CITIZEN_CHECK);
    assert_int_equal(TRY(.claim_kind = STR("own"), .dwelling = town->home, .sibling_school = 999,
                         .sibling_citizen = town_citizen(town, "20150101", 1)),
                     APPLY_SIBLING_SCHOOL);
    assert_int_equal(TRY(.claim_kind = STR("own"), .dwelling = town->home, .sibling_school = town->school_b,
                         .sibling_citizen = STR("1")),
                     APPLY_BAD_CITIZEN);
    assert_int_equal(TRY(.claim_kind = STR("own"),
                         .address = STR("山东省聊城市东昌府区古楼街道月季小区 ８ 号楼1单元101室"),
                         .title_number = STR("鲁9")),
                     APPLY_DONE);
    struct application application = read_application(town, id);
    assert_true(str_is(application.address, "山东省聊城市东昌府区古楼街道月季小区8号楼1单元101室"));
    assert_true(str_is(application.claim.title_number, "鲁9"));
    assert_true(str_is(application.claim.owner_name, "李梅")); /* "own" is the guardian's */
    assert_int_equal(town_int(town, "select count(*) from fact where application = ?1 and state = 'queued'", id), 3);
    assert_int_equal(town_int(town, "select count(*) from fact where application = ?1 and kind = 'property'", id), 1);
    /* a lease asks the housing department instead; what was asked of others is not asked twice */
    int64_t asked = town_int(town, "select count(*) from ask where id > ?1", 0);
    assert_int_equal(TRY(.claim_kind = STR("leased"), .dwelling = town->home), APPLY_DONE);
    assert_int_equal(town_int(town, "select count(*) from fact where application = ?1 and kind = 'contract'", id), 1);
    assert_int_equal(town_int(town, "select count(*) from fact where application = ?1 and kind = 'property'", id), 0);
    assert_int_equal(town_int(town, "select count(*) from ask where id > ?1", 0), asked + 1);
    assert_int_equal(TRY(.claim_kind = STR("own"), .dwelling = town->home, .claims = FACT_BIT(FACT_POLICY_GROUP)),
                     APPLY_DONE);
    assert_int_equal(town_int(town, "select count(*) from fact where application = ?1 and kind = 'veterans'", id), 1);
#undef TRY
}

static void outside_the_county(void **state)
{
    struct town *town = *state;
    struct application_begin out;
    begin(town, town->mother, town->child, town->late_county_round, &out); /* registered in Dongchangfu */
    struct application_consent consent = { town_apply(town, town->mother, out.apply.application), true, STR("文本") };
    town_run(town, application_consent_run, &consent);
    struct application_dwelling d = { .apply = town_apply(town, town->mother, out.apply.application),
                                      .claim_kind = STR("own"),
                                      .dwelling = town->home };
    town_run(town, application_dwelling_run, &d);
    assert_int_equal(d.apply.result, APPLY_OUTSIDE_COUNTY);
}

static void choices_follow_the_policy(void **state)
{
    struct town *town = *state;
    int64_t id = town_draft(town, town->mother, town->child, town->home, town->offer_a);
    struct application_choices c;
#define TRY(count, ...)                                                                                                \
    (c = (struct application_choices){ .apply = town_apply(town, town->mother, id),                                    \
                                       .offers = { __VA_ARGS__ },                                                      \
                                       .n = (count) },                                                                 \
     town_run(town, application_choices_run, &c), c.apply.result)
    assert_int_equal(TRY(0, 0), APPLY_CHOICES_MISSING);
    assert_int_equal(TRY(1, town->offer_b), APPLY_CHOICE_OUTSIDE);
    assert_int_equal(TRY(1, town->offer_d1), APPLY_CHOICE_UNKNOWN); /* another round's */
    assert_int_equal(TRY(2, town->offer_a, town->offer_p), APPLY_CHOICES_TOO_MANY);
    assert_int_equal(c.at_fault_limit, 1);
    assert_int_equal(TRY(1, town->offer_p), APPLY_DONE); /* a private school is open to all */
    assert_int_equal(TRY(1, town->offer_a), APPLY_DONE);
#undef TRY
    struct application application = read_application(town, id);
    assert_int_equal(application.nchoices, 1);
    assert_int_equal(application.choices[0].distance, 100);
    struct application_option *options;
    struct error error = { { 0 } };
    size_t n;
    assert_true(application_options(town->db, town->arena, town->places, id, &options, &n, &error));
    assert_int_equal(n, 2); /* A and the private one, not B */
    assert_int_equal(options[0].offer, town->offer_a);
    assert_true(options[0].in_catchment);
    assert_int_equal(options[1].offer, town->offer_p);
    /* Dong'e, deferred acceptance: schools of the county may be ranked */
    int64_t child = town_child(town, town->father, "20200303", 31, "山东省聊城市东阿县铜城街道阿胶新村1号");
    int64_t home = town_int(town, "select household_dwelling from child where id = ?1", child);
    int64_t other = town_draft(town, town->father, child, home, town->offer_d1);
    c = (struct application_choices){ .apply = town_apply(town, town->father, other),
                                      .offers = { town->offer_d2, town->offer_d1 },
                                      .n = 2 };
    town_run(town, application_choices_run, &c);
    assert_int_equal(c.apply.result, APPLY_DONE);
    c.apply = town_apply(town, town->father, other);
    c.offers[1] = town->offer_d2;
    town_run(town, application_choices_run, &c);
    assert_int_equal(c.apply.result, APPLY_CHOICE_TWICE);
    assert_int_equal(c.at_fault, 1);
}

/* ---- Submitting ---- */

static void submit_once(void **state)
{
    struct town *town = *state;
    int64_t id = town_draft(town, town->mother, town->child, town->home, town->offer_a);
    struct application_submit first = { .apply = town_apply(town, town->mother, id), .half_family = STR("314159") };
    town_run(town, application_submit_run, &first);
    assert_int_equal(first.apply.result, APPLY_DONE);
    assert_int_equal(strlen(first.receipt), 19);
    /* the same form again: the same receipt, nothing new */
    struct application_submit retry = first;
    memset(retry.receipt, 0, sizeof retry.receipt);
    town_run(town, application_submit_run, &retry);
    assert_true(retry.apply.repeated);
    assert_string_equal(retry.receipt, first.receipt);
    /* the father's phone */
    struct application_submit second = { .apply = town_apply(town, town->father, id) };
    town_run(town, application_submit_run, &second);
    assert_int_equal(second.apply.result, APPLY_ALREADY_SUBMITTED);
    assert_string_equal(second.receipt, first.receipt);
    assert_int_equal(second.submitted_by, town->mother);
    assert_int_equal(second.submitted_at, first.submitted_at);
    struct application_begin begun;
    assert_int_equal(begin(town, town->father, town->child, town->round, &begun), APPLY_ALREADY_SUBMITTED);
    assert_string_equal(begun.receipt, first.receipt);
    assert_int_equal(town_int(town, "select count(*) from message where application = ?1 and kind = 'submitted'", id),
                     1);
    assert_int_equal(
        town_int(town, "select count(*) from journal where action = 'application.submit' and subject_id = ?1", id), 1);
    int64_t found_id;
    bool found;
    struct error error = { { 0 } };
    assert_true(application_by_receipt(town->db, town->arena, str_of(first.receipt), &found_id, &found, &error));
    assert_true(found && found_id == id);
    /* locked */
    struct application_choices c = { .apply = town_apply(town, town->mother, id), .offers = { town->offer_p }, .n = 1 };
    town_run(town, application_choices_run, &c);
    assert_int_equal(c.apply.result, APPLY_LOCKED);
}

static void a_form_belongs_to_its_account(void **state)
{
    struct town *town = *state;
    int64_t id = town_draft(town, town->mother, town->child, town->home, town->offer_a);
    struct application_submit mine = { .apply = town_apply(town, town->mother, id) };
    town_run(town, application_submit_run, &mine);
    struct application_submit theirs = { .apply = town_apply(town, town->stranger, id) };
    theirs.apply.form_key = mine.apply.form_key;
    struct error error = { { 0 } };
    assert_false(writer_call(town->writer, "test", application_submit_run, &theirs, &error));
    theirs.apply.form_key = town_key(town);
    town_run(town, application_submit_run, &theirs);
    assert_int_equal(theirs.apply.result, APPLY_NOT_GUARDIAN);
}

static void two_phones(void **state)
{
    struct town *town = *state;
    int64_t id = town_draft(town, town->mother, town->child, town->home, town->offer_a);
    int64_t version = town_int(town, "select version from application where id = ?1", id);
    struct application_choices one = { .apply = town_apply(town, town->mother, id),
                                       .offers = { town->offer_p },
                                       .n = 1 };
    struct application_choices two = { .apply = town_apply(town, town->father, id),
                                       .offers = { town->offer_a },
                                       .n = 1 };
    one.apply.version = two.apply.version = version;
    town_run(town, application_choices_run, &one);
    assert_int_equal(one.apply.result, APPLY_DONE);
    assert_int_equal(one.apply.new_version, version + 1);
    town_run(town, application_choices_run, &two);
    assert_int_equal(two.apply.result, APPLY_CHANGED);
    assert_int_equal(town_int(town, "select offer from choice where application = ?1", id), town->offer_p);
    /* having looked again, the same form is sent once more and goes through */
    two.apply.version = one.apply.new_version;
    town_run(town, application_choices_run, &two);
    assert_int_equal(two.apply.result, APPLY_DONE);
    /* an answer of a department is no change by another phone */
    town_answer(town, id, "property", "{\"titles\":[]}");
    assert_int_equal(town_int(town, "select version from application where id = ?1", id), two.apply.new_version);
    struct application_submit late = { .apply = town_apply(town, town->mother, id) };
    late.apply.version = version;
    town_run(town, application_submit_run, &late);
    assert_int_equal(late.apply.result, APPLY_CHANGED);
}

static void one_county_a_year(void **state)
{
    struct town *town = *state;
    /* While the child applies here, nothing is begun in another county; withdrawn, it may be. */
    int64_t here = town_draft(town, town->mother, town->child, town->home, town->offer_a);
    town_submit(town, town->mother, here);
    struct application_begin begin = { .apply = town_apply(town, town->father, 0),
                                       .round = town->late_county_round,
                                       .child = town->child };
    town_run(town, application_begin_run, &begin);
    assert_int_equal(begin.apply.result, APPLY_ELSEWHERE);
    struct application_withdraw withdraw = { .apply = town_apply(town, town->mother, here) };
    town_run(town, application_withdraw_run, &withdraw);
    assert_int_equal(withdraw.apply.result, APPLY_DONE);
    begin.apply = town_apply(town, town->father, 0);
    town_run(town, application_begin_run, &begin);
    assert_int_equal(begin.apply.result, APPLY_DONE);
}

static void the_ticket_stays(void **state)
{
    struct town *town = *state;
    int64_t id = town_draft(town, town->mother, town->child, town->home, town->offer_a);
    town_submit(town, town->mother, id);
    struct error error = { { 0 } };
    struct str before, after, hash;
    const char *receipt = town_text(town, "select receipt from application where id = ?1", id);
    assert_true(db_one_blob(town->db, &error, town->arena, &before, NULL,
                            "select ticket from application where id = ?1", V_INT(id)));
    struct application_withdraw withdraw = { town_apply(town, town->mother, id) };
    town_run(town, application_withdraw_run, &withdraw);
    assert_int_equal(withdraw.apply.result, APPLY_DONE);
    assert_int_equal(town_int(town, "select count(*) from fact where application = ?1", id), 0);
    struct application_begin again;
    assert_int_equal(begin(town, town->father, town->child, town->round, &again), APPLY_DONE);
    assert_true(again.reopened);
    assert_int_equal(again.apply.application, id);
    struct application_consent consent = { town_apply(town, town->father, id), true, STR("文本") };
    town_run(town, application_consent_run, &consent);
    assert_true(town_int(town, "select count(*) from fact where application = ?1", id) >= 3); /* asked again */
    town_submit(town, town->father, id);
    assert_true(db_one_blob(town->db, &error, town->arena, &after, NULL, "select ticket from application where id = ?1",
                            V_INT(id)));
    assert_int_equal(before.n, 32);
    assert_true(str_eq(before, after));
    assert_string_equal(town_text(town, "select receipt from application where id = ?1", id), receipt);
    unsigned char ticket[32];
    assert_true(db_one_blob(town->db, &error, town->arena, &hash, NULL, "select citizen_hash from child where id = ?1",
                            V_INT(town->child)));
    application_ticket(town->fixture->vault, 2026, hash, ticket);
    assert_memory_equal(ticket, before.p, 32);
    application_ticket(town->fixture->vault, 2027, hash, ticket);
    assert_memory_not_equal(ticket, before.p, 32);
    town_sql(town, "update round set closes_at = 1");
    withdraw.apply = town_apply(town, town->mother, id);
    town_run(town, application_withdraw_run, &withdraw);
    assert_int_equal(withdraw.apply.result, APPLY_CLOSED);
}

/* What the allotment reads of two families that differ in when they applied alone. */
static void order_does_not_matter(void **state)
{
    struct town *town = *state;
    int64_t late =
        town_child(town, town->father, "20200105", 33, "山东省聊城市东昌府区柳园街道阳光花园12号楼3单元502室");
    int64_t home = town_int(town, "select household_dwelling from child where id = ?1", late);
    int64_t one =
        town_submit(town, town->mother, town_draft(town, town->mother, town->child, town->home, town->offer_a));
    int64_t now;
    assert_true(ms_parse(STR("2026-07-09 23:00"), &now));
    clock_shift(0);
    clock_shift(now - clock_ms());
    int64_t two = town_submit(town, town->father, town_draft(town, town->father, late, home, town->offer_a));
    town_answer_all(town, one, town->child, town->mother);
    town_answer_all(town, two, late, town->father);
    struct application a = read_application(town, one), b = read_application(town, two);
    assert_true(a.submitted_at < b.submitted_at);
    assert_int_equal(a.choices[0].category, b.choices[0].category);
    assert_int_equal(a.choices[0].subrank, b.choices[0].subrank);
    assert_int_equal(a.choices[0].distance, b.choices[0].distance);
    assert_int_equal(a.facts, b.facts);
    assert_int_equal(a.twin, 0);
    assert_int_equal(b.twin, 0);
}

static void twins_are_noticed(void **state)
{
    struct town *town = *state;
    int64_t twin = town_child(town, town->mother, "20200101", 35, NULL);
    int64_t one =
        town_submit(town, town->mother, town_draft(town, town->mother, town->child, town->home, town->offer_a));
    int64_t two = town_submit(town, town->mother, town_draft(town, town->mother, twin, town->home, town->offer_a));
    assert_int_equal(town_int(town, "select twin from application where id = ?1", two), one);
    assert_int_equal(town_int(town, "select twin from application where id = ?1", one), two);
}

/* ---- Counting and reading ---- */

/* What was added is known; a stranger's is not; and a full set forgets one, not all. */
static void readings_are_remembered(void **state)
{
    (void)state;
    enum { FAMILIES = 50000 };
    const uint64_t step = UINT64_C(0x9E3779B97F4A7C15);
    struct readings *readings = readings_new();
    size_t known = 0;
    for (uint64_t i = 1; i <= FAMILIES; i++) {
        assert_false(readings_has(readings, (i * step) | 1));
        readings_add(readings, (i * step) | 1);
        assert_true(readings_has(readings, (i * step) | 1));
        readings_add(readings, (i * step) | 1);
    }
    for (uint64_t i = 1; i <= FAMILIES; i++) {
        known += readings_has(readings, (i * step) | 1);
    }
    assert_true(known > FAMILIES * 99 / 100);
    readings_free(readings);
    readings = readings_new();
    for (uint64_t i = 1; i <= 5; i++) { /* one set: they differ only in high bits */
        readings_add(readings, i << 40 | 1);
    }
    assert_true(readings_has(readings, UINT64_C(5) << 40 | 1));
    known = 0;
    for (uint64_t i = 1; i <= 5; i++) {
        known += readings_has(readings, i << 40 | 1);
    }
    assert_int_equal(known, 4);
    readings_free(readings);
}

static void counts_and_readings(void **state)
{
    struct town *town = *state;
    struct error error = { { 0 } };
    int64_t one =
        town_submit(town, town->mother, town_draft(town, town->mother, town->child, town->home, town->offer_a));
    town_answer_all(town, one, town->child, town->mother);
    struct application_count *counts;
    struct application_tally *tallies;
    size_t n;
    assert_true(application_counts(town->db, town->arena, town->round, &counts, &n, &error));
    assert_int_equal(n, 1);
    assert_int_equal(counts[0].offer, town->offer_a);
    assert_int_equal(counts[0].first, 1);
    assert_true(counts[0].category >= 0);
    assert_true(application_tallies(town->db, town->arena, town->round, &tallies, &n, &error));
    assert_int_equal(n, 1);
    assert_true(str_is(tallies[0].review, "passed"));
    struct application_subject subject;
    bool found;
    assert_true(application_subject(town->db, town->arena, one, &subject, &found, &error));
    assert_int_equal(subject.school, town->school_a);
    assert_true(str_is(subject.division, "371502"));
    /* a family's reading is written once a session and child, a clerk's each time */
    struct file_read family = { { town->mother, "family" }, one, STR("status"), STR("session one") };
    struct file_read clerk = { { town->clerk, "school_clerk" }, one, STR("review"), STR("") };
    town_run(town, file_read_run, &family);
    town_run(town, file_read_run, &family);
    town_run(town, file_read_run, &clerk);
    town_run(town, file_read_run, &clerk);
    family.session = STR("session two");
    town_run(town, file_read_run, &family);
    assert_int_equal(
        town_int(town, "select count(*) from journal where action = 'application.read' and actor = ?1", town->mother),
        2);
    assert_int_equal(
        town_int(town, "select count(*) from journal where action = 'application.read' and actor = ?1", town->clerk),
        2);
    struct status status;
    assert_true(status_read(town->db, town->arena, town->fixture->vault, one, &status, &found, &error));
    assert_true(found);
    assert_true(str_is(status.child_name, "张**"));
    assert_true(str_is(status.review, "passed"));
    assert_int_equal(status.position, 0);
    assert_int_equal(status.nchoices, 1);
    assert_int_equal(status.nchecks, 3);
    assert_int_equal(status.nmessages, 2);
    assert_true(str_is(status.messages[0].kind, "passed"));
    assert_false(status.messages[0].read);
    assert_false(status.has_outcome);
    struct message_read seen = { { town->stranger, "family" }, one };
    town_run(town, message_read_run, &seen);
    assert_int_equal(town_int(town, "select count(*) from message where read_at is not null and id > ?1", 0), 0);
    seen.actor.account = town->father;
    town_run(town, message_read_run, &seen);
    assert_int_equal(town_int(town, "select count(*) from message where read_at is not null and id > ?1", 0), 2);
}

/* Nothing of a person stands in a journal row, nor unsealed in any table. */
static void nothing_personal_in_the_journal(void **state)
{
    struct town *town = *state;
    town_submit(town, town->mother, town_draft(town, town->mother, town->child, town->home, town->offer_a));
    struct error error = { { 0 } };
    struct rows *rows = db_query(town->db, &error, "select detail from journal");
    while (rows_next(rows)) {
        struct str detail = rows_text(rows, 0);
        assert_null(memmem(detail.p, detail.n, "张", 3));
        assert_null(memmem(detail.p, detail.n, "370099", 6));
        assert_null(memmem(detail.p, detail.n, "阳光", 6));
    }
    assert_true(rows_end(rows, &error));
}

int main(void)
{
#define TOWN(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TOWN(children_are_found_not_doubled),
        TOWN(wrong_household_data_is_refused),
        TOWN(one_application_whatever_the_family_does),
        TOWN(who_may_not_begin),
        TOWN(junior_wants_graduates),
        TOWN(steps_need_each_other),
        TOWN(dwellings),
        TOWN(outside_the_county),
        TOWN(choices_follow_the_policy),
        TOWN(submit_once),
        TOWN(a_form_belongs_to_its_account),
        TOWN(two_phones),
        TOWN(one_county_a_year),
        TOWN(the_ticket_stays),
        TOWN(order_does_not_matter),
        TOWN(twins_are_noticed),
        TOWN(counts_and_readings),
        cmocka_unit_test(readings_are_remembered),
        TOWN(nothing_personal_in_the_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
