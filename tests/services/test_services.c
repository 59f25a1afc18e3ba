/* Services from their files alone: a museum day walks through apply, draw, attend, record; a court goes to who comes
 * first. After every step the ledger of places is whole, and what is drawn is verified as an outsider would. */
#include "places/family_fixture.h"

#include "base/citizen.h"
#include "places/claim.h"
#include "places/ledger.h"
#include "places/round_list.h"
#include "places/witness.h"
#include "records/badge.h"
#include "services/services.h"

#include <stdio.h>

struct scene {
    struct town *town;
    const struct service *service;
    int64_t call;
    int64_t officer;
};

static void at(const char *moment)
{
    int64_t ms;
    assert_true(ms_parse(str_of(moment), &ms));
    clock_shift(ms - clock_wall_ms());
}

static struct service *service_of(struct arena *arena, const char *id)
{
    struct str text;
    struct city_mistakes *mistakes = city_mistakes_new();
    char path[400], bytes[8000];
    (void)snprintf(path, sizeof path, "%s/%s.yaml", getenv("JIAOTI_SERVICES"), id);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text = (struct str){ bytes, fread(bytes, 1, sizeof bytes, file) };
    (void)fclose(file);
    struct service *service = service_parse(arena, str_of(id), text, mistakes);
    assert_non_null(service);
    city_mistakes_free(mistakes);
    return service;
}

static void sound(struct scene *s)
{
    struct error error = { { 0 } };
    struct ledger_report report;
    assert_true(ledger_verify(s->town->db, &report, &error));
    if (!report.whole) {
        fail_msg("%s", report.finding);
    }
    /* Nobody has two places at one time. */
    assert_int_equal(0, town_int(s->town,
                                 "select count(*) from claim c join service_entry e on e.id = c.subject "
                                 "join service_session a on a.offer = c.offer join claim d on d.state = 'taken' and "
                                 "d.offer <> c.offer join service_session b on b.offer = d.offer and b.day = a.day and "
                                 "b.from_minute < a.until_minute and a.from_minute < b.until_minute "
                                 "join service_entry f on f.id = d.subject and f.person = e.person and f.person_kind = "
                                 "e.person_kind where c.state = 'taken' and 0 = ?1",
                                 0));
}

static struct scene scene_new(const char *id)
{
    struct scene s = { .town = town_new(), .officer = 9001 };
    store_fixture_migrate(s.town->fixture, records_migrations, records_migrations_count);
    store_fixture_migrate(s.town->fixture, services_migrations, services_migrations_count);
    /* The town's own offers stand without a ledger. */
    town_sql(s.town, "update offer set capacity = 0");
    s.service = service_of(s.town->arena, id);
    at("2026-07-01 07:00");
    struct call_open open = { .actor = { s.officer, "county_officer" }, .service = s.service };
    town_run(s.town, call_open_run, &open);
    assert_int_equal(SERVICE_DONE, open.result);
    s.call = open.id;
    town_run(s.town, call_open_run, &open);
    assert_int_equal(SERVICE_THERE, open.result);
    assert_true(open.id == s.call);
    sound(&s);
    return s;
}

static int64_t offer_of(struct scene *s, const char *code)
{
    struct error error = { { 0 } };
    int64_t id = 0;
    assert_true(db_one_int(s->town->db, &error, &id, NULL, "select id from service_offer where call = ?1 and code = ?2",
                           V_INT(s->call), V_TEXT(str_of(code))));
    return id;
}

static enum service_result send(struct scene *s, int64_t account, struct record_person person, const int64_t *offers,
                                size_t n, int64_t *entry)
{
    struct entry_send step = { .actor = { account, "family" },
                               .form_key = town_key(s->town),
                               .call = s->call,
                               .person = person,
                               .offers = offers,
                               .n = n };
    town_run(s->town, entry_send_run, &step);
    sound(s);
    if (entry) {
        *entry = step.id;
    }
    return step.result;
}

static enum service_result answers(struct scene *s, int64_t entry, int64_t offer, enum entry_act act)
{
    struct entry_answer step = { .actor = { 1, "family" }, .id = entry, .offer = offer, .act = act };
    town_run(s->town, entry_answer_run, &step);
    sound(s);
    return step.result;
}

static enum service_result step_of(struct scene *s, enum call_step step, const char *reason, int64_t *count)
{
    struct call_advance advance = { .places = s->town->places,
                                    .actor = { s->officer, "county_officer" },
                                    .id = s->call,
                                    .step = step,
                                    .reason = str_of(reason) };
    town_run(s->town, call_advance_run, &advance);
    sound(s);
    if (count) {
        *count = advance.count;
    }
    return advance.result;
}

static enum service_result hands_in(struct scene *s, const char *witness, struct str hex)
{
    struct call_witness_step step = {
        .actor = { s->officer, "county_officer" }, .id = s->call, .witness = str_of(witness), .hex = hex
    };
    town_run(s->town, call_witness_run, &step);
    return step.result;
}

static struct str claim_state(struct scene *s, int64_t offer, int64_t entry)
{
    struct error error = { { 0 } };
    struct claim claim;
    bool found;
    assert_true(claim_get(s->town->db, s->town->arena, offer, entry, &claim, &found, &error));
    return found ? claim.state : STR("");
}

#define SECRET "00112233445566778899aabbccddeeff"

static struct str commitment(struct scene *s)
{
    struct str out;
    assert_true(witness_commitment(s->town->arena, STR(SECRET), &out));
    return out;
}

enum { PEOPLE = 6 };

static void everybody_wishes(struct scene *s, int64_t entries[PEOPLE])
{
    int64_t wishes[2] = { offer_of(s, "morning"), offer_of(s, "noon") };
    for (int i = 0; i < PEOPLE; i++) {
        int64_t account = 100 + i;
        assert_int_equal(SERVICE_DONE,
                         send(s, account, (struct record_person){ "account", account }, wishes, 2, &entries[i]));
    }
}

static void close_and_open(struct scene *s)
{
    int64_t count;
    assert_int_equal(SERVICE_EARLY, step_of(s, CALL_CLOSE, "", NULL));
    at("2026-07-03 18:00");
    assert_int_equal(SERVICE_NO_WITNESS, step_of(s, CALL_CLOSE, "", NULL));
    at("2026-07-03 17:00");
    assert_int_equal(SERVICE_BAD_HEX, hands_in(s, "notary", STR("12")));
    assert_int_equal(SERVICE_NOT_FOUND, hands_in(s, "nobody", commitment(s)));
    assert_int_equal(SERVICE_DONE, hands_in(s, "notary", commitment(s)));
    assert_int_equal(SERVICE_TWICE, hands_in(s, "notary", commitment(s)));
    at("2026-07-03 18:00");
    assert_int_equal(SERVICE_NOT_NOW, step_of(s, CALL_DRAW, "", NULL));
    assert_int_equal(SERVICE_DONE, step_of(s, CALL_CLOSE, "", &count));
    assert_int_equal(PEOPLE, count);
    assert_int_equal(SERVICE_WITNESSES, step_of(s, CALL_DRAW, "", NULL));
    assert_int_equal(SERVICE_NOT_MATCHING, hands_in(s, "notary", STR("ffeeddccbbaa99887766554433221100")));
    assert_int_equal(SERVICE_DONE, hands_in(s, "notary", STR(SECRET)));
}

static void the_file_verifies(struct scene *s)
{
    struct error error = { { 0 } };
    struct call call;
    struct str text;
    bool found;
    struct transcript_report report;
    assert_true(call_get(s->town->db, s->town->arena, s->call, &call, &found, &error) && found);
    assert_true(round_file_read(s->town->places, s->town->arena, call_label(s->town->arena, &call), "", &text, &found,
                                &error) &&
                found);
    assert_true(round_text_verifies(text, &report));
    /* Nobody's name, and one digit more is found. */
    char *changed = arena_alloc(s->town->arena, text.n);
    memcpy(changed, text.p, text.n);
    for (size_t i = text.n / 2; i < text.n; i++) {
        if (changed[i] == '0') {
            changed[i] = '1';
            break;
        }
    }
    assert_false(round_text_verifies((struct str){ changed, text.n }, &report));
    assert_true(report.line > 0);
}

static enum service_result note(struct scene *s, int64_t session, const int64_t *present, size_t n, int64_t *noted)
{
    struct attendance_note step = {
        .actor = { s->officer, "county_officer" }, .session = session, .present = present, .n = n
    };
    town_run(s->town, attendance_note_run, &step);
    *noted = step.noted;
    return step.result;
}

static void a_record_is_kept(struct scene *s, int64_t account)
{
    struct error error = { { 0 } };
    struct record *records, one;
    size_t n;
    bool found;
    struct record_person person = { "account", account };
    assert_true(record_list(s->town->db, s->town->arena, person, &records, &n, &error));
    assert_int_equal(1, n);
    assert_true(str_is(records[0].state, "proposed") && str_is(records[0].name.en, "Museum day"));
    struct record_decide decide = { .actor = { s->officer, "county_officer" }, .id = records[0].id };
    town_run(s->town, record_decide_run, &decide);
    assert_int_equal(RECORD_SAME_PERSON, decide.result);
    decide.actor.account = s->officer + 1;
    town_run(s->town, record_decide_run, &decide);
    assert_int_equal(RECORD_DONE, decide.result);
    town_run(s->town, record_decide_run, &decide);
    assert_int_equal(RECORD_NOT_NOW, decide.result);
    assert_true(record_by_code(s->town->db, s->town->arena, records[0].code, &one, &found, &error));
    assert_true(found && str_is(one.state, "confirmed"));
    decide.act = RECORD_REVOKE;
    town_run(s->town, record_decide_run, &decide);
    assert_int_equal(RECORD_NEEDS_REASON, decide.result);
    decide.reason = STR("was not there");
    town_run(s->town, record_decide_run, &decide);
    assert_int_equal(RECORD_DONE, decide.result);
    assert_true(record_by_code(s->town->db, s->town->arena, records[0].code, &one, &found, &error));
    assert_true(found && str_is(one.state, "revoked"));
    struct record_step *steps;
    assert_true(record_steps(s->town->db, s->town->arena, records[0].id, &steps, &n, &error));
    assert_int_equal(3, n);
    /* Read twice on one day: seen once. */
    struct record_read read = { person, 77 };
    town_run(s->town, record_read_run, &read);
    town_run(s->town, record_read_run, &read);
    struct record_reader *readers;
    assert_true(record_readers(s->town->db, s->town->arena, person, &readers, &n, &error));
    assert_true(n == 1 && readers[0].account == 77);
}

/* Apply, draw, attend, record. */
static void a_museum_day(void **state)
{
    (void)state;
    struct scene s = scene_new("museum_day");
    int64_t entries[PEOPLE], morning = offer_of(&s, "morning"), noon = offer_of(&s, "noon");
    int64_t twice[2] = { morning, morning }, elsewhere[1] = { 999999 }, three[3] = { morning, noon, morning };
    struct record_person self = { "account", 100 };
    assert_int_equal(SERVICE_EARLY, send(&s, 100, self, &morning, 1, NULL));
    at("2026-07-01 08:00");
    assert_int_equal(SERVICE_NO_WISH, send(&s, 100, self, twice, 2, NULL));
    assert_int_equal(SERVICE_NO_WISH, send(&s, 100, self, elsewhere, 1, NULL));
    assert_int_equal(SERVICE_NO_WISH, send(&s, 100, self, three, 3, NULL));
    assert_int_equal(SERVICE_NO_WISH, send(&s, 100, self, NULL, 0, NULL));
    assert_int_equal(SERVICE_NOT_YOURS, send(&s, 100, (struct record_person){ "account", 101 }, &morning, 1, NULL));
    assert_int_equal(SERVICE_NOT_YOURS,
                     send(&s, 100, (struct record_person){ "child", s.town->child }, &morning, 1, NULL));
    everybody_wishes(&s, entries);
    /* Never the id of an application: claims know both. */
    assert_true(entries[0] > INT64_C(1) << 40);
    /* A mother enters her child; withdrawn and sent again it is the same entry with the same ticket. */
    int64_t child, again;
    struct record_person hers = { "child", s.town->child };
    assert_int_equal(SERVICE_DONE, send(&s, s.town->mother, hers, &noon, 1, &child));
    const char *ticket = town_text(s.town, "select ticket from service_entry where id = ?1", child);
    assert_int_equal(SERVICE_DONE, answers(&s, child, 0, ENTRY_WITHDRAW));
    assert_int_equal(SERVICE_DONE, send(&s, s.town->father, hers, &morning, 1, &again));
    assert_true(again == child);
    assert_string_equal(ticket, town_text(s.town, "select ticket from service_entry where id = ?1", child));
    assert_int_equal(SERVICE_DONE, answers(&s, child, 0, ENTRY_WITHDRAW));
    close_and_open(&s);
    assert_int_equal(SERVICE_NOT_NOW, send(&s, 100, self, &morning, 1, NULL));
    assert_int_equal(SERVICE_NOT_NOW, answers(&s, entries[0], 0, ENTRY_WITHDRAW));
    /* Somebody changes a wish behind the program's back: nothing is drawn. */
    town_sql(s.town, "update service_wish set rank = rank + 10 where entry = (select min(id) from service_entry)");
    town_sql(s.town, "update service_entry set ticket = '00' || substr(ticket, 3, 62) where id = (select min(id) from "
                     "service_entry)");
    assert_int_equal(SERVICE_TAMPERED, step_of(&s, CALL_DRAW, "", NULL));
    town_sql(s.town, "delete from service_wish where entry = (select min(id) from service_entry)");
    town_free(s.town);

    s = scene_new("museum_day");
    morning = offer_of(&s, "morning"), noon = offer_of(&s, "noon");
    at("2026-07-02 08:00");
    everybody_wishes(&s, entries);
    close_and_open(&s);
    int64_t placed;
    assert_int_equal(SERVICE_DONE, step_of(&s, CALL_DRAW, "", &placed));
    assert_int_equal(3, placed);
    the_file_verifies(&s);
    /* Three have a place, the others wait for both; who got noon waits for the morning. */
    int64_t has[2] = { 0, 0 }, at_noon = 0;
    int in_morning = 0, wait = 0;
    for (int i = 0; i < PEOPLE; i++) {
        struct str m = claim_state(&s, morning, entries[i]), o = claim_state(&s, noon, entries[i]);
        if (str_is(m, "held")) {
            assert_true(in_morning < 2 && o.n == 0);
            has[in_morning++] = entries[i];
        } else {
            assert_true(str_is(m, "waiting"));
            wait++;
            if (str_is(o, "held")) {
                at_noon = entries[i];
            } else {
                assert_true(str_is(o, "waiting"));
            }
        }
    }
    assert_true(in_morning == 2 && wait == 4 && at_noon != 0);
    assert_int_equal(SERVICE_GONE, answers(&s, has[0], noon, ENTRY_TAKE));
    assert_int_equal(SERVICE_DONE, answers(&s, has[0], morning, ENTRY_TAKE));
    /* The second gives back: the one at the head of the list holds the place; taking it gives back noon. */
    int64_t first = town_int(
        s.town, "select subject from claim where offer = ?1 and state = 'waiting' order by sort limit 1", morning);
    assert_int_equal(SERVICE_DONE, answers(&s, has[1], morning, ENTRY_DECLINE));
    assert_true(str_is(claim_state(&s, morning, first), "held"));
    assert_int_equal(SERVICE_GONE, answers(&s, has[1], morning, ENTRY_TAKE));
    /* Nobody answers in time: the place passes on, and again for as long. */
    at("2026-07-05 18:00");
    struct claim_expire expire = { .plain_kind = "service_entry" };
    town_run(s.town, claim_expire_run, &expire);
    sound(&s);
    assert_true(expire.expired >= 1 && str_is(claim_state(&s, morning, first), "returned"));
    int64_t next = town_int(s.town, "select subject from claim where offer = ?1 and state = 'held'", morning);
    assert_true(next != first && next != has[0]);
    assert_int_equal(SERVICE_DONE, answers(&s, next, morning, ENTRY_TAKE));
    assert_int_equal(
        0, town_int(s.town, "select count(*) from claim where subject = ?1 and state in ('held', 'waiting')", next));
    /* Attendance: not before the day; the second note replaces the first. */
    struct error error = { { 0 } };
    struct session_row *sessions;
    size_t n;
    int64_t noted;
    assert_true(session_list(s.town->db, s.town->arena, morning, &sessions, &n, &error) && n == 2);
    assert_int_equal(SERVICE_NOTHING_NOTED, note(&s, sessions[0].id, &has[0], 1, &noted));
    assert_int_equal(SERVICE_EARLY, step_of(&s, CALL_FINISH, "", NULL));
    at("2026-07-21 12:00");
    int64_t both[3] = { has[0], next, 424242 };
    assert_int_equal(SERVICE_DONE, note(&s, sessions[0].id, both, 3, &noted));
    assert_int_equal(2, noted);
    assert_int_equal(SERVICE_DONE, note(&s, sessions[0].id, both, 1, &noted));
    assert_int_equal(1, noted);
    assert_int_equal(SERVICE_DONE, note(&s, sessions[1].id, both, 2, &noted));
    at("2026-07-22 00:00");
    int64_t records;
    assert_int_equal(SERVICE_DONE, step_of(&s, CALL_FINISH, "", &records));
    assert_int_equal(1, records);
    assert_int_equal(SERVICE_NOT_NOW, note(&s, sessions[1].id, both, 2, &noted));
    a_record_is_kept(&s, town_int(s.town, "select person from service_entry where id = ?1", has[0]));
    town_free(s.town);
    clock_shift(0);
}

static void a_court(void **state)
{
    (void)state;
    struct scene s = scene_new("court");
    int64_t early = offer_of(&s, "early"), late = offer_of(&s, "late"), entries[3];
    at("2026-07-02 08:00");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(SERVICE_DONE,
                         send(&s, 100 + i, (struct record_person){ "account", 100 + i }, &early, 1, &entries[i]));
        at(i == 0 ? "2026-07-02 08:01" : "2026-07-02 08:02");
    }
    assert_true(str_is(claim_state(&s, early, entries[0]), "taken"));
    assert_true(str_is(claim_state(&s, early, entries[1]), "waiting"));
    /* The second takes the late court, which ends its waiting; asked for again, the early one comes behind the third,
     * and the late court stays until then. */
    assert_int_equal(SERVICE_DONE, send(&s, 101, (struct record_person){ "account", 101 }, &late, 1, NULL));
    assert_true(str_is(claim_state(&s, late, entries[1]), "taken"));
    assert_int_equal(SERVICE_DONE, send(&s, 101, (struct record_person){ "account", 101 }, &early, 1, NULL));
    assert_true(str_is(claim_state(&s, late, entries[1]), "taken"));
    assert_int_equal(SERVICE_NOT_NOW, step_of(&s, CALL_CLOSE, "", NULL));
    assert_int_equal(SERVICE_DONE, answers(&s, entries[0], early, ENTRY_DECLINE));
    assert_true(str_is(claim_state(&s, early, entries[2]), "held"));
    assert_int_equal(SERVICE_DONE, answers(&s, entries[2], early, ENTRY_TAKE));
    /* Another service at the same hour: refused, and nothing is written. */
    int64_t court = s.call;
    struct service *double_booked = service_of(s.town->arena, "museum_day");
    double_booked->id = STR("museum_now");
    struct str yaml = double_booked->text;
    char *text = arena_alloc(s.town->arena, yaml.n + 1);
    memcpy(text, yaml.p, yaml.n);
    char *draw = strstr(text, "mechanism: draw\nwishes: 2");
    assert_non_null(draw);
    memcpy(draw, "mechanism: first_come    ", strlen("mechanism: first_come    "));
    struct city_mistakes *mistakes = city_mistakes_new();
    s.service = service_parse(s.town->arena, STR("museum_now"), (struct str){ text, yaml.n }, mistakes);
    assert_non_null(s.service);
    city_mistakes_free(mistakes);
    struct call_open open = { .actor = { s.officer, "county_officer" }, .service = s.service };
    town_run(s.town, call_open_run, &open);
    s.call = open.id;
    int64_t morning = offer_of(&s, "morning"),
            wishes = town_int(s.town, "select count(*) from service_wish where 0 = ?1", 0);
    assert_int_equal(SERVICE_OVERLAP, send(&s, 102, (struct record_person){ "account", 102 }, &morning, 1, NULL));
    assert_int_equal(wishes, town_int(s.town, "select count(*) from service_wish where 0 = ?1", 0));
    assert_int_equal(SERVICE_DONE, send(&s, 101, (struct record_person){ "account", 101 }, &morning, 1, NULL));
    struct error error = { { 0 } };
    struct calendar_row *rows;
    size_t n;
    assert_true(
        calendar_list(s.town->db, s.town->arena, 101, day_of(2026, 7, 1), day_of(2026, 8, 1), &rows, &n, &error));
    assert_int_equal(3, n);
    assert_true(!rows[0].overlaps && rows[0].taken);
    /* All is called off in one step, with the reason. */
    s.call = court;
    int64_t ended;
    assert_int_equal(SERVICE_NEEDS_REASON, step_of(&s, CALL_CANCEL, " ", NULL));
    assert_int_equal(SERVICE_DONE, step_of(&s, CALL_CANCEL, "storm", &ended));
    assert_int_equal(3, ended);
    assert_int_equal(0, town_int(s.town,
                                 "select count(*) from claim c join service_offer o on o.id = c.offer where "
                                 "o.call = ?1 and c.state <> 'returned'",
                                 court));
    assert_int_equal(SERVICE_NOT_NOW, send(&s, 103, (struct record_person){ "account", 103 }, &late, 1, NULL));
    town_free(s.town);
    clock_shift(0);
}

/* Siblings on one ticket: both at one offer or neither; whoever is sent again alone parts them. */
static void siblings_together(void **state)
{
    (void)state;
    struct scene s = scene_new("siblings");
    int64_t small = offer_of(&s, "small"), large = offer_of(&s, "large"), placed;
    int64_t wishes[2] = { small, large };
    at("2026-07-02 08:00");
    int64_t children[2] = { s.town->child, town_child(s.town, s.town->mother, "20180305", 301, NULL) };
    struct entry_send_all all = {
        .one = { .actor = { s.town->mother, "family" }, .call = s.call, .offers = wishes, .n = 2 },
        .children = children,
        .nchildren = 1
    };
    town_run(s.town, entry_send_all_run, &all);
    assert_int_equal(SERVICE_NO_TOGETHER, all.one.result);
    all.nchildren = 2;
    children[1] = s.town->stranger_child;
    town_run(s.town, entry_send_all_run, &all);
    assert_int_equal(SERVICE_NOT_YOURS, all.one.result);
    assert_int_equal(0, town_int(s.town, "select count(*) from service_entry where 0 = ?1", 0));
    children[1] = town_int(s.town, "select max(id) from child where id <> ?1", s.town->stranger_child);
    town_run(s.town, entry_send_all_run, &all);
    assert_int_equal(SERVICE_DONE, all.one.result);
    assert_int_equal(2, town_int(s.town, "select count(*) from service_entry where lead = ?1", all.one.id));
    /* Sent again alone, the other stands alone as well. */
    struct record_person second = { "child", children[1] };
    assert_int_equal(SERVICE_DONE, send(&s, s.town->mother, second, &large, 1, NULL));
    assert_int_equal(0, town_int(s.town, "select count(*) from service_entry where lead > ?1", 0));
    town_run(s.town, entry_send_all_run, &all);
    int64_t single;
    assert_int_equal(SERVICE_DONE, send(&s, s.town->stranger, (struct record_person){ "child", s.town->stranger_child },
                                        wishes, 2, &single));
    at("2026-07-03 17:00");
    assert_int_equal(SERVICE_DONE, hands_in(&s, "notary", commitment(&s)));
    at("2026-07-03 18:00");
    assert_int_equal(SERVICE_DONE, step_of(&s, CALL_CLOSE, "", &placed));
    assert_int_equal(3, placed); /* entries, of two tickets */
    assert_int_equal(SERVICE_DONE, hands_in(&s, "notary", STR(SECRET)));
    assert_int_equal(SERVICE_DONE, step_of(&s, CALL_DRAW, "", &placed));
    assert_int_equal(3, placed);
    the_file_verifies(&s);
    /* One place is too little for two, whatever the lot: the single child has it, and they are together at the large.
     */
    assert_true(str_is(claim_state(&s, small, single), "held"));
    int64_t other = town_int(s.town, "select max(id) from service_entry where lead = ?1", all.one.id);
    assert_true(str_is(claim_state(&s, large, all.one.id), "held") && str_is(claim_state(&s, large, other), "held"));
    assert_true(str_is(claim_state(&s, small, all.one.id), "waiting"));
    assert_true(str_is(claim_state(&s, small, other), "waiting"));
    town_free(s.town);
    clock_shift(0);
}

/* ---- A race: categories, a team from a list, start numbers, results, what the register counts ---- */

static enum service_result enlists(struct scene *s, int64_t offer, const char *text, struct entry_enlist *out)
{
    *out = (struct entry_enlist){ .actor = { s->officer, "school" }, .offer = offer, .text = str_of(text) };
    town_run(s->town, entry_enlist_run, out);
    sound(s);
    return out->result;
}

static enum service_result notes(struct scene *s, int64_t offer, const char *text, struct result_note *out)
{
    *out = (struct result_note){ .actor = { s->officer, "school" }, .offer = offer, .text = str_of(text) };
    town_run(s->town, result_note_run, out);
    return out->result;
}

/* A line "name number" of somebody born on a day; order odd: male. Numbers that begin so are never issued. */
static const char *runner(struct scene *s, const char *name, const char *birth, int order)
{
    struct str number = arena_printf(s->town->arena, "999990%s%03d", birth, order);
    return arena_printf(s->town->arena, "%s\t%.*s%c\n", name, STR_ARG(number), citizen_check_character(number)).p;
}

static void a_race(void **state)
{
    (void)state;
    struct scene s = scene_new("race");
    struct arena *arena = s.town->arena;
    int64_t girls = offer_of(&s, "girls"), boys = offer_of(&s, "boys");
    const char *anna = runner(&s, "示例安", "20160301", 2), *bella = runner(&s, "示例贝", "20160302", 4);
    const char *carl = runner(&s, "示例卡", "20160303", 5), *old = runner(&s, "示例老", "20100101", 6);
    const char *dora = runner(&s, "示例朵", "20160304", 8), *emma = runner(&s, "示例艾", "20160305", 10);
    struct entry_enlist list;
    assert_int_equal(SERVICE_NOT_NOW, enlists(&s, girls, anna, &list));
    at("2026-07-02 09:00");
    /* Each wrong line is told and nobody is entered. */
    struct str wrong =
        arena_printf(arena, "%s\n%s%s%s%s无号\n示例错 999990201603010029\n", anna, carl, old, anna, bella);
    assert_int_equal(SERVICE_LIST_WRONG, enlists(&s, girls, wrong.p, &list));
    assert_int_equal(5, list.nproblems);
    static const size_t lines[] = { 3, 4, 5, 7, 8 };
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(lines[i], list.problems[i].line);
    }
    assert_true(strstr(list.problems[0].says.en, "other sex") != NULL);
    assert_true(strstr(list.problems[1].says.en, "age") != NULL);
    assert_true(strstr(list.problems[2].says.en, "twice") != NULL);
    assert_int_equal(0, town_int(s.town, "select count(*) from service_entry where call = ?1", s.call));
    /* A good one enters all; sent again it changes nothing. */
    struct str good = arena_printf(arena, "%s%s", anna, bella);
    assert_int_equal(SERVICE_DONE, enlists(&s, girls, good.p, &list));
    assert_int_equal(2, list.entered);
    assert_int_equal(SERVICE_DONE, enlists(&s, girls, arena_printf(arena, "%s%s", good.p, dora).p, &list));
    assert_int_equal(1, list.entered);
    assert_int_equal(2, list.there);
    assert_int_equal(SERVICE_DONE, enlists(&s, girls, emma, &list)); /* full: waits */
    assert_int_equal(SERVICE_DONE, enlists(&s, boys, carl, &list));
    assert_int_equal(3, town_int(s.town, "select count(*) from service_number where offer = ?1", girls));
    assert_int_equal(101, town_int(s.town, "select min(number) from service_number where offer = ?1", girls));
    /* The second gives back: who waited moves up, and gets a number of their own when the place is taken. */
    int64_t second = town_int(s.town, "select entry from service_number where number = 102 and offer = ?1", girls);
    assert_int_equal(SERVICE_DONE, answers(&s, second, girls, ENTRY_DECLINE));
    int64_t last = town_int(
        s.town, "select max(id) from service_entry where id < (select max(id) from service_entry where 0 = ?1)", 0);
    assert_true(str_is(claim_state(&s, girls, last), "held"));
    assert_int_equal(SERVICE_DONE, answers(&s, last, girls, ENTRY_TAKE));
    assert_int_equal(104, town_int(s.town, "select max(number) from service_number where offer = ?1", girls));
    /* Results. */
    struct result_note note;
    assert_int_equal(SERVICE_NOTHING_NOTED, notes(&s, girls, "101 12:00", &note));
    at("2026-07-20 11:00");
    assert_int_equal(SERVICE_LIST_WRONG,
                     notes(&s, girls, "102 12:00\n101 twelve\n101 61:75\n999 1:00\nx 1:00\n", &note));
    assert_int_equal(5, note.nproblems);
    assert_int_equal(SERVICE_DONE, notes(&s, girls, "101,12:01.5\n103,12:00\n104,DNF\n", &note));
    assert_int_equal(3, note.noted);
    assert_int_equal(SERVICE_DONE, notes(&s, girls, "１０１ 11:59.25\n", &note)); /* mended: the places move */
    struct error error = { { 0 } };
    struct result_row *rows;
    size_t n;
    assert_true(result_list(s.town->db, arena, girls, 0, 10, &rows, &n, &error));
    assert_int_equal(3, n);
    assert_int_equal(101, rows[0].number);
    assert_int_equal(1, rows[0].place);
    assert_true(str_is(result_words(arena, SERVICE_TIMES, &rows[0]), "11:59.250"));
    assert_int_equal(2, rows[1].place);
    assert_true(str_is(result_words(arena, SERVICE_TIMES, &rows[2]), "DNF"));
    assert_int_equal(SERVICE_DONE, notes(&s, boys, "501 DNS", &note));
    /* Finish: records for those who ran, and the register counts them. */
    int64_t count = 0;
    assert_int_equal(SERVICE_EARLY, step_of(&s, CALL_FINISH, "", NULL));
    at("2026-07-21 09:00");
    assert_int_equal(SERVICE_DONE, step_of(&s, CALL_FINISH, "", &count));
    assert_int_equal(3, count);
    assert_int_equal(
        1,
        town_int(s.town, "select count(*) from record where detail_zh like '%第 1 名，成绩 11:59.250' and 0 = ?1", 0));
    assert_int_equal(
        3,
        town_int(s.town,
                 "select persons from published_activity where kind = 'sport_event' and level = 'city' and 0 = ?1", 0));
    assert_int_equal(3, town_int(s.town, "select attendances from published_activity where 0 = ?1", 0));
    assert_int_equal(SERVICE_NOT_NOW, notes(&s, girls, "101 10:00", &note));
    town_free(s.town);
    clock_shift(0);
}

/* A child that its family enters and a school lists is one human: one entry in a call, whichever came first. */
static void one_human_one_entry(void **state)
{
    (void)state;
    struct scene s = scene_new("race");
    struct town *t = s.town;
    int64_t boys = offer_of(&s, "boys"), entry;
    int64_t first = town_child(t, t->mother, "20160310", 301, NULL),
            second = town_child(t, t->mother, "20160311", 303, NULL);
    struct str line = arena_printf(t->arena, "张小明\t%.*s", STR_ARG(town_citizen(t, "20160310", 301)));
    struct str other = arena_printf(t->arena, "张小明\t%.*s", STR_ARG(town_citizen(t, "20160311", 303)));
    struct entry_enlist list;
    at("2026-07-02 09:00");
    /* The family, then the list: of who is not in the register yet. */
    assert_int_equal(SERVICE_DONE, send(&s, t->mother, (struct record_person){ "child", first }, &boys, 1, &entry));
    assert_int_equal(SERVICE_LIST_WRONG, enlists(&s, boys, line.p, &list));
    assert_true(strstr(list.problems[0].says.en, "already") != NULL);
    assert_int_equal(0, town_int(t, "select count(*) from person where 0 = ?1", 0));
    /* Withdrawn by the family, the list may; then the family may not, with either child that is listed. */
    assert_int_equal(SERVICE_DONE, answers(&s, entry, 0, ENTRY_WITHDRAW));
    assert_int_equal(SERVICE_DONE, enlists(&s, boys, arena_printf(t->arena, "%s\n%s", line.p, other.p).p, &list));
    assert_int_equal(2, list.entered);
    assert_int_equal(SERVICE_ENTERED, send(&s, t->mother, (struct record_person){ "child", first }, &boys, 1, NULL));
    assert_int_equal(SERVICE_ENTERED, send(&s, t->mother, (struct record_person){ "child", second }, &boys, 1, NULL));
    /* In the register by now: the list is refused while the family's stands. */
    int64_t listed = town_int(t,
                              "select e.id from service_entry e join person p on p.id = e.person where "
                              "e.person_kind = 'person' and p.birth_day = ?1",
                              day_of(2016, 3, 11));
    assert_int_equal(SERVICE_DONE, answers(&s, listed, 0, ENTRY_WITHDRAW));
    assert_int_equal(SERVICE_DONE, send(&s, t->mother, (struct record_person){ "child", second }, &boys, 1, NULL));
    assert_int_equal(SERVICE_LIST_WRONG, enlists(&s, boys, other.p, &list));
    town_free(t);
    clock_shift(0);
}

/* ---- The file that a person takes along ---- */

static void a_file_to_take_along(void **state)
{
    (void)state;
    struct town *t = town_new();
    struct arena *arena = t->arena;
    struct error error = { { 0 } };
    struct badge_from from = { t->fixture->vault, { STR("演示市"), STR("Sample City") }, 1783303200000 };
    struct record records[] = {
        { .id = 1,
          .state = STR("confirmed"),
          .code = STR("ABCD2345EFGH6789"),
          .name = { STR("路跑“完赛”"), STR("Run") },
          .detail = { STR("第 1 名"), STR("place 1") },
          .day = 20654 },
        { .id = 2,
          .state = STR("revoked"),
          .code = STR("ABCD2345EFGH678A"),
          .name = { STR("撤销的"), STR("Revoked") },
          .detail = { STR("无"), STR("none") },
          .day = 20655 },
    };
    struct str file;
    struct badge badge;
    assert_true(badge_write(arena, &from, STR("示例甲"), records, 2, &file, &error));
    assert_int_equal(BADGE_HOLDS, badge_check(arena, file, &badge));
    assert_int_equal(1, badge.n); /* what was revoked is not taken along */
    assert_true(str_is(badge.person, "示例甲"));
    assert_true(str_is(badge.records[0].code, "ABCD2345EFGH6789"));
    assert_true(str_is(badge.records[0].name, "路跑“完赛”"));
    assert_true(str_is(badge.records[0].day, "2026-07-20"));
    /* Written another way it holds: blanks and line ends are no part of what is signed. */
    char *bytes = arena_alloc(arena, file.n);
    memcpy(bytes, file.p, file.n);
    for (size_t i = 0; i < file.n; i++) {
        bytes[i] = bytes[i] == '\n' ? ' ' : bytes[i];
    }
    assert_int_equal(BADGE_HOLDS, badge_check(arena, (struct str){ bytes, file.n }, &badge));
    /* One byte of what it says, or of the proof, and it does not. */
    size_t refused = 0;
    for (size_t i = 0; i < file.n; i++) {
        memcpy(bytes, file.p, file.n);
        bytes[i] ^= 1;
        refused += badge_check(arena, (struct str){ bytes, file.n }, &badge) != BADGE_HOLDS;
    }
    assert_true(refused > file.n - 2 * 120); /* but for blanks, and words of the proof that nobody reads */
    const char *name = strstr(file.p, "示例甲");
    memcpy(bytes, file.p, file.n);
    memcpy(bytes + (name - file.p), "示例乙", strlen("示例乙"));
    assert_int_equal(BADGE_CHANGED, badge_check(arena, (struct str){ bytes, file.n }, &badge));
    assert_int_equal(BADGE_NOT_READ, badge_check(arena, str_part(file, 0, file.n / 2), &badge));
    assert_int_equal(BADGE_NOT_READ, badge_check(arena, STR("[]"), &badge));
    assert_int_equal(BADGE_UNSIGNED, badge_check(arena, STR("{}"), &badge));
    town_free(t);
}

/* Everything that is wrong is told, with its line. */
static void mistakes_have_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *says;
        uint32_t line;
    } changes[] = {
        { "mechanism: draw", "mechanism: lot", "draw", 6 },
        { "for: [child, self]", "for: [child, dog]", "self", 5 },
        { "for: [child, self]", "for: [self]\nages: {from: 6, to: 9}", "birthday", 6 },
        { "wishes: 2", "wishes: 9", "wishes", 7 },
        { "closes: 2026-07-03 18:00", "closes: 2026-06-03 18:00", "opens", 9 },
        { "hours: 09:00-11:30", "hours: 11:30-09:00", "08:00-11:30", 21 },
        { "attended: 2", "attended: 3", "fewer", 15 },
        { "capacity: 1\n", "capacity: 1\n    sex: male\n", "birthday", 26 },
        { "record:\n", "results: times\nrecord:\n", "numbers", 29 },
        { "record:\n", "activity: {kind: party, level: city}\nrecord:\n", "sport_event", 29 },
        { "capacity: 1\n", "capacity: 0\n", "capacity", 25 },
        { "  - id: noon", "  - id: morning", "morning", 22 },
        { "to: 2026-07-21\n    hours: 09", "to: 2026-07-21\n    weekdays: [7]\n    hours: 09", "sessions", 20 },
        { "from: 2026-07-20\n    to: 2026-07-21\n    hours: 09", "from: 2026-07-02\n    hours: 09", "closes", 15 },
    };
    struct arena *arena = arena_new(0);
    struct service *good = service_of(arena, "museum_day");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const char *at = strstr(good->text.p, changes[i].from);
        assert_non_null(at);
        size_t before = (size_t)(at - good->text.p);
        struct str text =
            arena_printf(arena, "%.*s%s%s", (int)before, good->text.p, changes[i].to, at + strlen(changes[i].from));
        struct city_mistakes *mistakes = city_mistakes_new();
        assert_null(service_parse(arena, STR("museum_day"), text, mistakes));
        bool told = false;
        for (size_t k = 0; k < mistakes->n; k++) {
            told = told ||
                   (strstr(mistakes->items[k].says.en, changes[i].says) && mistakes->items[k].line == changes[i].line);
        }
        if (!told) {
            fail_msg("%s: %u: %s", changes[i].to, mistakes->n ? mistakes->items[0].line : 0,
                     mistakes->n ? mistakes->items[0].says.en : "nothing told");
        }
        city_mistakes_free(mistakes);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_museum_day),
        cmocka_unit_test(a_court),
        cmocka_unit_test(siblings_together),
        cmocka_unit_test(a_race),
        cmocka_unit_test(one_human_one_entry),
        cmocka_unit_test(a_file_to_take_along),
        cmocka_unit_test(mistakes_have_their_line),
    };
    return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
