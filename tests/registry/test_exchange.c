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

static void hand_in(struct handing *handing, struct exchange_reader *reader, struct str bytes)
{
    struct exchange_world *world = handing->world;
    handing->who = (struct keeper_of){ .account = 7, .level = KEEPER_CITY, .scope = STR("3715"), .role = "city" };
    handing->import = (struct exchange_import){ .kind = &KIND_LIST[KIND_GROUP],
                                                .account = 7,
                                                .division = STR("3715"),
                                                .file_name = STR("groups.csv"),
                                                .format = EXCHANGE_CSV,
                                                .day = world->today,
                                                .bad_share = -1 };
    world_must(world, writer_call(store_fixture_writer(world->f), "add", add_run, handing, &world->error));
    world_must(world, exchange_reader_take(reader, handing->import.id, handing->import.kind, &handing->who,
                                           world->today, false, world_file(bytes), &world->error));
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

int main(int count, char **words)
{
    import_program = count > 1 ? words[1] : NULL;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(import_after_export_changes_nothing),
        cmocka_unit_test(an_import_on_its_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
