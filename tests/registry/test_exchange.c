/* The register in and out by spreadsheets: what is exported and imported again is the same, for every kind, format and
 * language, with texts that nobody would write. argv[1] is jiaoti-import. */
#include "registry/exchange_world.h"

#include "base/buf.h"

#include <stdlib.h>
#include <unistd.h>

static const char *import_program; /* set once by main */

/* ---- Random facts ---- */

static const char *const pieces[] = {
    "=", "+",   "-",          "@",  "'",      "\"",   "\t",           "\n",    " ",       ",",
    ";", "，",  "１２",       "＝", "Ａ",     "中文", "<b>&",         "\\",    "_x0041_", "😀",
    "é", "1.0", "2023-09-01", "00", "[name]", "#",    "\xe3\x80\x80", "A1:B2", "''"
};

static struct str strange(struct exchange_world *world, int64_t most, bool required)
{
    struct buf text = buf_init(4096);
    size_t want = world_dice(world, 4) == 0 ? (size_t)most : world_dice(world, 7) + required;
    while (str_chars(buf_str(&text)) < want) {
        const char *piece = pieces[world_dice(world, sizeof pieces / sizeof *pieces)];
        if (str_chars(buf_str(&text)) + str_chars(str_of(piece)) > (size_t)most) {
            break;
        }
        buf_add_cstr(&text, piece);
    }
    if (required && text.n == 0) {
        buf_add_cstr(&text, "x");
    }
    struct str out = arena_str(world->f->arena, buf_str(&text));
    buf_free(&text);
    return out;
}

static struct str some_words(struct exchange_world *world, const struct column *column)
{
    struct buf text = buf_init(4096);
    for (size_t i = 0; i < column->nwords; i++) {
        if (world_dice(world, 3) == 0) {
            buf_printf(&text, "%s%s", text.n ? " " : "", column->words[i].word);
        }
    }
    struct str out = text.n ? arena_str(world->f->arena, buf_str(&text)) : str_of(column->words[0].word);
    buf_free(&text);
    return out;
}

static struct value any_value(struct exchange_world *world, const struct column *column)
{
    int64_t span = column->most - column->least;
    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_LONG:
        return V_TEXT(strange(world, column->most, column->required));
    case COLUMN_NUMBER:
    case COLUMN_FLAG:
    case COLUMN_MONEY:
        return V_INT(column->least + (int64_t)world_dice(world, (uint64_t)span + 1));
    case COLUMN_DAY:
        return V_INT(world_dice(world, 4) == 0 && !column->required
                         ? 0
                         : day_of(1850, 1, 1) + (int64_t)world_dice(world, 90000));
    case COLUMN_DEGREE:
        return V_INT((column->most > 90000000 ? 116 : 36) * INT64_C(1000000) + (int64_t)world_dice(world, 999999));
    case COLUMN_WORD:
        return V_TEXT(str_of(column->words[world_dice(world, column->nwords)].word));
    case COLUMN_WORDS:
        return V_TEXT(some_words(world, column));
    case COLUMN_CODE:
        /* Also one that nobody knows: what stands is not looked up again. */
        return V_TEXT(column->required || world_dice(world, 2) ? STR("NOBODY-1") : STR(""));
    }
    return V_NULL;
}

static void add_random(struct exchange_world *world, const struct kind *kind, int number)
{
    size_t school = world_dice(world, 2);
    static const char *const divisions[] = { "371502001", "371521002" };
    struct fact fact = { .code = arena_printf(world->f->arena, "%s-%d", kind->name, number),
                         .division = str_of(divisions[school]),
                         .valid_from = world->today - (int64_t)world_dice(world, 1000),
                         .valid_until =
                             world_dice(world, 3) ? DAY_OPEN : world->today + 1 + (int64_t)world_dice(world, 500) };
    if (kind->has_institution && world_dice(world, 4)) {
        fact.institution = world->schools[school];
    }
    for (size_t i = 0; i < kind->ncolumns; i++) {
        fact.values[i] = any_value(world, &kind->columns[i]);
    }
    if (kind->id == KIND_DIVISION) {
        fact.code = fact.division = arena_printf(world->f->arena, "3715%05d", number);
    }
    world_add(world, kind, &fact);
}

static void import_after_export_changes_nothing(void **state)
{
    enum { EACH = 25 };
    struct exchange_world *world = world_new(import_program);
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        const struct kind *kind = &KIND_LIST[k];
        for (int i = 0; i < EACH; i++) {
            add_random(world, kind, i);
        }
        int64_t rows = EACH + (kind->id == KIND_INSTITUTION ? 2 : kind->id == KIND_DIVISION ? 3 : 0);
        for (enum exchange_format format = EXCHANGE_XLSX; format <= EXCHANGE_CSV; format++) {
            for (enum lang lang = LANG_ZH; lang <= LANG_EN; lang++) {
                int file = world_export(world, kind, format, lang);
                struct exchange_outcome outcome = world_import(world, kind, file, false, -1);
                if (outcome.problem) {
                    fail_msg("%s.%s: %s", kind->name, exchange_format_word(format), outcome.problem->en);
                }
                for (size_t i = 0; i < outcome.nmistakes && i < 3; i++) {
                    print_message("row %u %.*s: %.*s\n", outcome.mistakes[i].row,
                                  STR_ARG(outcome.mistakes[i].heading.en), STR_ARG(outcome.mistakes[i].says.en));
                }
                if (outcome.counts.of[EXCHANGE_SAME] != rows || outcome.counts.rows != rows ||
                    outcome.counts.absent != 0 || outcome.change != 0) {
                    fail_msg("%s.%s in %s: %lld rows, %lld the same, %lld new, %lld changed, %lld bad, %lld absent",
                             kind->name, exchange_format_word(format), lang == LANG_ZH ? "zh" : "en",
                             (long long)outcome.counts.rows, (long long)outcome.counts.of[EXCHANGE_SAME],
                             (long long)outcome.counts.of[EXCHANGE_NEW], (long long)outcome.counts.of[EXCHANGE_CHANGED],
                             (long long)outcome.counts.of[EXCHANGE_BAD], (long long)outcome.counts.absent);
                }
            }
        }
    }
    world_free(world);
}

/* ---- Handed in ---- */

struct handing {
    struct exchange_world *world;
    struct exchange_import import;
    struct keeper_of who;
    enum import_result result;
    bool undo;
};

static bool add_run(struct writing *writing, void *input, struct error *error)
{
    struct handing *handing = input;
    return exchange_import_add(writing, &handing->import, "city", &handing->import.id, error);
}

static bool act_run(struct writing *writing, void *input, struct error *error)
{
    struct handing *handing = input;
    return (handing->undo ? exchange_undo : exchange_apply)(writing, &handing->who, handing->import.id, STR("why"),
                                                            &handing->result, error);
}

static bool forget_run(struct writing *writing, void *input, struct error *error)
{
    (void)input;
    return exchange_forget(writing, error);
}

static void hand_in_as(struct handing *handing, struct exchange_reader *reader, enum kind_id kind, struct keeper_of who,
                       const char *file_name, struct str bytes)
{
    struct exchange_world *world = handing->world;
    handing->who = who;
    handing->import = (struct exchange_import){ .kind = &KIND_LIST[kind],
                                                .account = who.account,
                                                .division = who.scope,
                                                .institution = who.institution,
                                                .file_name = str_of(file_name),
                                                .format = EXCHANGE_CSV,
                                                .day = world->today,
                                                .bad_share = -1 };
    world_must(world, writer_call(store_fixture_writer(world->f), "add", add_run, handing, &world->error));
    world_must(world, exchange_reader_take(reader, handing->import.id, handing->import.kind, &handing->who,
                                           world->today, exchange_is_map(handing->import.kind, str_of(file_name)),
                                           world_file(bytes), &world->error));
}

static void hand_in(struct handing *handing, struct exchange_reader *reader, struct str bytes)
{
    static const struct keeper_of city = { .account = 7, .level = KEEPER_CITY, .scope = { "3715", 4 }, .role = "city" };
    hand_in_as(handing, reader, KIND_GROUP, city, "groups.csv", bytes);
}

static struct exchange_import state_of(struct handing *handing)
{
    struct exchange_import import;
    bool found = false;
    world_must(handing->world, exchange_import_get(handing->world->db, handing->world->f->arena, handing->import.id,
                                                   &import, &found, &handing->world->error));
    assert_true(found);
    return import;
}

static enum import_result act(struct handing *handing, bool undo)
{
    handing->undo = undo;
    world_must(handing->world,
               writer_call(store_fixture_writer(handing->world->f), "act", act_run, handing, &handing->world->error));
    return handing->result;
}

static void an_import_on_its_way(void **state)
{
    enum { MANY = 3000 };
    (void)state;
    struct exchange_world *world = world_new(import_program);
    struct exchange_reader *reader = NULL;
    struct handing many = { .world = world }, stopped = { .world = world }, spoiled = { .world = world };
    struct buf text = buf_init(1 << 20);
    buf_add_cstr(&text, "代码,名称,类别,学段,区划代码\n");
    for (int i = 0; i < MANY; i++) {
        buf_printf(&text, "J%d,集团%d,教育集团,义务教育,371502\n", i, i);
    }
    world_must(world, exchange_reader_start(&reader, world->f->store, world->f->vault, store_fixture_writer(world->f),
                                            import_program, &world->error));
    hand_in(&many, reader, buf_str(&text));
    hand_in(&stopped, reader, buf_str(&text));
    exchange_reader_stop_one(reader, stopped.import.id); /* while the first one is read */
    hand_in(&spoiled, reader, STR("代码,名称,类别,学段,区划代码\nX1,,教育集团,义务教育,371502\n"));
    exchange_reader_wait(reader, spoiled.import.id, 60000);
    struct exchange_import import = state_of(&many);
    assert_true(import.state == IMPORT_READ && import.counts.of[EXCHANGE_NEW] == MANY);
    assert_int_equal(state_of(&stopped).state, IMPORT_STOPPED);
    assert_int_equal(act(&stopped, false), IMPORT_NOT_NOW);
    assert_int_equal(state_of(&spoiled).counts.of[EXCHANGE_BAD], 1);
    assert_int_equal(act(&spoiled, false), IMPORT_REFUSED);
    spoiled.who.account = 8;
    assert_int_equal(act(&spoiled, false), IMPORT_MISSING); /* another's */
    assert_int_equal(act(&many, false), IMPORT_OK);
    assert_int_equal(act(&many, false), IMPORT_NOT_NOW); /* once */
    assert_int_equal(state_of(&many).state, IMPORT_APPLIED);
    struct fact fact = world_fact(world, &KIND_LIST[KIND_GROUP], "J2999");
    assert_true(str_is(fact_text(&KIND_LIST[KIND_GROUP], &fact, "name_zh"), "集团2999"));
    assert_int_equal(act(&many, true), IMPORT_OK);
    int64_t n = 0;
    world_must(world, db_one_int(world->db, &world->error, &n, NULL,
                                 "select count(*) from group_fact where replaced_at = ?1", V_INT(MOMENT_OPEN)));
    assert_int_equal(n, 0); /* all of it is taken back */
    clock_shift((IMPORT_KEEP_DAYS + 1) * INT64_C(86400000));
    world_must(world, writer_call(store_fixture_writer(world->f), "forget", forget_run, NULL, &world->error));
    clock_shift(0);
    world_must(world, db_one_int(world->db, &world->error, &n, NULL, "select count(*) from register_import_part"));
    assert_int_equal(n, 0);
    exchange_reader_stop(reader);
    buf_free(&text);
    world_free(world);
}

/* ---- Others' days ---- */

static const struct keeper_of county = { .account = 9, .level = KEEPER_COUNTY, .scope = { "371502", 6 }, .role = "c" };

/* Reads, then applies what the county hands in about pupils; how many mistakes were found. */
static int64_t county_says(struct exchange_world *world, struct exchange_reader *reader, const char *line,
                           enum import_result expected)
{
    struct handing handing = { .world = world };
    struct str text = arena_printf(world->f->arena,
                                   "学籍号,身份证号,姓名,单位代码,学段,入学年份,班级,自何日起,"
                                   "valid_until\n%s\n",
                                   line);
    hand_in_as(&handing, reader, KIND_PUPIL, county, "pupils.csv", text);
    exchange_reader_wait(reader, handing.import.id, 60000);
    int64_t bad = state_of(&handing).counts.of[EXCHANGE_BAD];
    assert_int_equal(state_of(&handing).state, IMPORT_READ);
    if (act(&handing, false) != expected) {
        fail_msg("%s: %lld mistakes, result %d", line, (long long)bad, (int)handing.result);
    }
    return bad;
}

static void add_pupil(struct exchange_world *world, int64_t person, const char *code, int school, int64_t from,
                      int64_t until)
{
    const struct kind *kind = &KIND_LIST[KIND_PUPIL];
    struct fact fact = { .code = str_of(code),
                         .subject = person,
                         .division = school ? STR("371521002") : STR("371502001"),
                         .institution = world->schools[school],
                         .valid_from = from,
                         .valid_until = until };
    fact.values[kind_column(kind, STR("stage"))] = V_TEXT(STR("primary"));
    fact.values[kind_column(kind, STR("entry_year"))] = V_INT(2020);
    world_add(world, kind, &fact);
}

static int64_t new_person(struct exchange_world *world, const char *code, int school, int64_t from, int64_t until)
{
    int64_t person = 0;
    add_pupil(world, 0, code, school, from, until);
    world_must(world, db_one_int(world->db, &world->error, &person, NULL,
                                 "select subject from pupil_fact where code = ?1", V_TEXT(str_of(code))));
    return person;
}

/* A county that had a pupil, or shall have it, changes its own days alone, whatever days and codes its file names. */
static void a_county_does_not_reach_into_others_days(void **state)
{
    (void)state;
    struct exchange_world *world = world_new(import_program);
    struct exchange_reader *reader = NULL;
    int64_t went = day_of(2023, 9, 1), n = 0;
    world_must(world, exchange_reader_start(&reader, world->f->store, world->f->vault, store_fixture_writer(world->f),
                                            import_program, &world->error));
    add_pupil(world, new_person(world, "G1", 0, day_of(2020, 9, 1), went), "G1", 1, went, DAY_OPEN);
    add_pupil(world, new_person(world, "G2", 1, day_of(2020, 9, 1), went), "G2", 0, went, DAY_OPEN);
    /* its last day put off to ten years after the pupil left */
    assert_int_equal(county_says(world, reader, "G1,,," SCHOOL ",小学,2020,9,2022-01-01,2033-01-01", IMPORT_REFUSED),
                     1);
    /* its first day put before the other county's */
    assert_int_equal(county_says(world, reader, "G2,,," SCHOOL ",小学,2020,9,2019-09-01,", IMPORT_REFUSED), 1);
    /* another code for a person whom another county has by then, or had until then */
    struct str citizen = world_citizen(world, day_of(2014, 5, 5), 77);
    const char *person =
        arena_printf(world->f->arena, "G3,%.*s,王小明," OTHER_SCHOOL ",小学,2020,1,2020-09-01,2023-09-01",
                     STR_ARG(citizen))
            .p;
    struct handing city = { .world = world };
    struct keeper_of bureau = { .account = 7, .level = KEEPER_CITY, .scope = STR("3715"), .role = "city" };
    hand_in_as(&city, reader, KIND_PUPIL, bureau, "pupils.csv",
               arena_printf(world->f->arena,
                            "学籍号,身份证号,姓名,单位代码,学段,入学年份,班级,自何日起,valid_until\n%s\n", person));
    exchange_reader_wait(reader, city.import.id, 60000);
    assert_int_equal(act(&city, false), IMPORT_OK);
    assert_int_equal(
        county_says(
            world, reader,
            arena_printf(world->f->arena, "G4,%.*s,王小明," SCHOOL ",小学,2020,1,2021-01-01,", STR_ARG(citizen)).p,
            IMPORT_REFUSED),
        1);
    /* a number whose name the file does not know */
    assert_int_equal(
        county_says(world, reader,
                    arena_printf(world->f->arena, "G5,%.*s,," SCHOOL ",小学,2023,1,2023-09-01,", STR_ARG(citizen)).p,
                    IMPORT_REFUSED),
        1);
    /* nothing of the others' moved */
    world_must(world, db_one_int(world->db, &world->error, &n, NULL,
                                 "select count(*) from pupil_fact where replaced_at = ?1 and institution = ?2",
                                 V_INT(MOMENT_OPEN), V_INT(world->schools[1])));
    assert_int_equal(n, 3);
    /* its own days it changes */
    assert_int_equal(county_says(world, reader, "G1,,," SCHOOL ",小学,2020,9,2022-01-01,2023-09-01", IMPORT_OK), 0);
    assert_int_equal(
        county_says(
            world, reader,
            arena_printf(world->f->arena, "G4,%.*s,王小明," SCHOOL ",小学,2023,1,2023-09-01,", STR_ARG(citizen)).p,
            IMPORT_OK),
        0);
    world_must(world, db_one_int(world->db, &world->error, &n, NULL,
                                 "select count(*) from pupil_fact where replaced_at = ?1 and institution = ?2",
                                 V_INT(MOMENT_OPEN), V_INT(world->schools[1])));
    assert_int_equal(n, 3);
    exchange_reader_stop(reader);
    world_free(world);
}

/* Campuses handed in as a map of points; what cannot even begin to be read does not wait for ever. */
static void a_map_and_what_is_never_read(void **state)
{
    (void)state;
    struct exchange_world *world = world_new(import_program);
    struct exchange_reader *reader = NULL;
    struct handing map = { .world = world }, none = { .world = world }, late = { .world = world };
    static const char points[] = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{"
                                 "\"代码\":\"S1\",\"name_zh\":\"东校区\",\"institution\":\"" SCHOOL
                                 "\",\"land_m2\":12000,\"floor_m2\":8000},\"geometry\":{\"type\":\"Point\","
                                 "\"coordinates\":[115.985,36.457]}}]}";
    world_must(world, exchange_reader_start(&reader, world->f->store, world->f->vault, store_fixture_writer(world->f),
                                            import_program, &world->error));
    hand_in_as(&map, reader, KIND_SITE, county, "sites.geojson", str_of(points));
    hand_in_as(&none, reader, KIND_SITE, county, "sites.geojson", STR("{}"));
    exchange_reader_wait(reader, none.import.id, 60000);
    assert_int_equal(state_of(&map).state, IMPORT_READ);
    assert_int_equal(act(&map, false), IMPORT_OK);
    struct fact fact = world_fact(world, &KIND_LIST[KIND_SITE], "S1");
    assert_int_equal(fact_int(&KIND_LIST[KIND_SITE], &fact, "lon_e6"), 115985000);
    assert_int_equal(state_of(&none).state, IMPORT_FAILED);
    /* more than may wait: said at once */
    for (int i = 0; i < 80; i++) {
        hand_in_as(&late, reader, KIND_GROUP, county, "groups.csv", STR("a\n"));
    }
    exchange_reader_stop(reader);
    int64_t n = 0;
    world_must(world, db_one_int(world->db, &world->error, &n, NULL,
                                 "select count(*) from register_import where state = 'reading'"));
    assert_int_equal(n, 0);
    world_free(world);
}

int main(int count, char **words)
{
    import_program = count > 1 ? words[1] : NULL;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(import_after_export_changes_nothing),
        cmocka_unit_test(an_import_on_its_way),
        cmocka_unit_test(a_county_does_not_reach_into_others_days),
        cmocka_unit_test(a_map_and_what_is_never_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
