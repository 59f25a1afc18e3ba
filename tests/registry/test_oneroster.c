/* OneRoster out and in: what goes out comes in again without a change; into another register it brings the same people;
 * a spoiled file is told with file, line and column, and then nothing is recorded. argv[1] is jiaoti-import. */
#include "registry/exchange_world.h"

#include "registry/oneroster.h"

#include <fcntl.h>
#include <ftw.h>
#include <minizip/unzip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *import_program; /* set once by main */

/* ---- A register with people ---- */

static void put(const struct kind *kind, struct fact *fact, const char *column, struct value value)
{
    int i = kind_column(kind, str_of(column));
    assert_true(i >= 0);
    fact->values[i] = value;
}

static void add_person(struct exchange_world *world, enum kind_id id, size_t school, int number)
{
    static const char *const divisions[] = { "371502001", "371521002" };
    const struct kind *kind = &KIND_LIST[id];
    struct fact fact = { .code = arena_printf(world->f->arena, "%s%d", id == KIND_PUPIL ? "G" : "T", number),
                         .division = str_of(divisions[school]),
                         .institution = world->schools[school],
                         .valid_from = world->today - 300,
                         .valid_until = DAY_OPEN };
    for (size_t i = 0; i < kind->ncolumns; i++) {
        bool text = kind->columns[i].type != COLUMN_NUMBER && kind->columns[i].type != COLUMN_FLAG;
        fact.values[i] = text ? V_TEXT(STR("")) : V_INT(0);
    }
    if (id == KIND_PUPIL) {
        put(kind, &fact, "stage", V_TEXT(STR("primary")));
        put(kind, &fact, "entry_year", V_INT(2022 + number % 3));
        put(kind, &fact, "class", V_INT(number % 4)); /* some are in no class */
        put(kind, &fact, "boards", V_INT(number % 2));
    } else {
        put(kind, &fact, "post", V_TEXT(number % 2 ? STR("teacher") : STR("head")));
        put(kind, &fact, "full_time", V_INT(1));
        put(kind, &fact, "course", V_TEXT(STR("数学, \"几何\"")));
        put(kind, &fact, "title", V_TEXT(STR("first")));
    }
    world_add(world, kind, &fact);
}

static struct exchange_world *people(void)
{
    struct exchange_world *world = world_new(import_program);
    for (int i = 0; i < 40; i++) {
        add_person(world, KIND_PUPIL, (size_t)i % 2, i);
    }
    for (int i = 0; i < 6; i++) {
        add_person(world, KIND_STAFF, (size_t)i % 2, i);
    }
    return world;
}

/* ---- Out, unpacked; and in ---- */

static void unpack(int file, const char *folder)
{
    char path[64], name[64], to[256], bytes[65536];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    unz_file_info about;
    unzFile zip = unzOpen(path);
    assert_non_null(zip);
    for (int more = unzGoToFirstFile(zip); more == UNZ_OK; more = unzGoToNextFile(zip)) {
        assert_int_equal(unzGetCurrentFileInfo(zip, &about, name, sizeof name, NULL, 0, NULL, 0), UNZ_OK);
        (void)snprintf(to, sizeof to, "%s/%s", folder, name);
        FILE *out = fopen(to, "w");
        assert_non_null(out);
        assert_int_equal(unzOpenCurrentFile(zip), UNZ_OK);
        for (int n; (n = unzReadCurrentFile(zip, bytes, sizeof bytes)) > 0;) {
            assert_int_equal(fwrite(bytes, 1, (size_t)n, out), n);
        }
        assert_int_equal(unzCloseCurrentFile(zip), UNZ_OK);
        (void)fclose(out);
    }
    (void)unzClose(zip);
}

static struct roster_counts take(struct exchange_world *world, struct roster_ask ask, char folder[64])
{
    struct roster_counts counts;
    int file = memfd_create("oneroster", MFD_CLOEXEC);
    (void)snprintf(folder, 64, "/tmp/jiaoti-oneroster-XXXXXX");
    assert_non_null(mkdtemp(folder));
    ask.day = world->today;
    world_must(world, oneroster_export(world->db, world->f->vault, &ask, file, &counts, &world->error));
    unpack(file, folder);
    (void)close(file);
    return counts;
}

static struct roster_outcome hand_in(struct exchange_world *world, const char *folder, bool look_only)
{
    struct roster_outcome outcome;
    struct roster_import import = { .store = world->f->store,
                                    .vault = world->f->vault,
                                    .look_only = look_only,
                                    .program = world->program,
                                    .folder = folder,
                                    .day = world->today,
                                    .note = STR("test") };
    world_must(world, oneroster_import(&import, world->f->arena, &outcome, &world->error));
    return outcome;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *at)
{
    (void)about, (void)type, (void)at;
    return remove(path);
}

static void forget(const char *folder)
{
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Puts another text for the first place where `from` stands in the file. */
static void spoil(const char *folder, const char *name, const char *from, const char *to)
{
    static char bytes[1 << 20];
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(bytes, 1, sizeof bytes - 1, file);
    (void)fclose(file);
    bytes[n] = '\0';
    char *at = strstr(bytes, from);
    assert_non_null(at);
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fwrite(bytes, 1, (size_t)(at - bytes), file);
    (void)fputs(to, file);
    (void)fputs(at + strlen(from), file);
    (void)fclose(file);
}

static void tell_all(const struct roster_outcome *outcome)
{
    for (size_t i = 0; i < outcome->nmistakes; i++) {
        const struct roster_mistake *m = &outcome->mistakes[i];
        print_message("%s:%u:%.*s %.*s\n", m->file, m->line, STR_ARG(m->column), STR_ARG(m->says.en));
    }
}

/* ---- Tests ---- */

static void import_after_export_changes_nothing(void **state)
{
    struct exchange_world *world = people();
    char folder[64];
    (void)state;
    for (int numbers = 0; numbers < 2; numbers++) {
        struct roster_counts counts = take(world, (struct roster_ask){ .numbers = numbers }, folder);
        assert_int_equal(counts.rows[ROSTER_USERS], 46);
        assert_int_equal(counts.rows[ROSTER_ROLES], 46);
        assert_int_equal(counts.rows[ROSTER_ENROLLMENTS], 30);
        struct roster_outcome outcome = hand_in(world, folder, false);
        tell_all(&outcome);
        assert_int_equal(outcome.nmistakes, 0);
        assert_int_equal(outcome.of[0][EXCHANGE_SAME], 2);
        assert_int_equal(outcome.of[1][EXCHANGE_SAME], 6);
        assert_int_equal(outcome.of[2][EXCHANGE_SAME], 40);
        assert_int_equal(outcome.change, 0);
        forget(folder);
    }
    world_free(world);
}

/* A folder of one school says nothing of the others. */
static void absent_is_not_deleted(void **state)
{
    struct exchange_world *world = people();
    char folder[64];
    int64_t standing = 0;
    (void)state;
    struct roster_counts counts = take(world, (struct roster_ask){ .institution = world->schools[0] }, folder);
    assert_int_equal(counts.rows[ROSTER_USERS], 23);
    assert_int_equal(counts.rows[ROSTER_ORGS], 1);
    struct roster_outcome outcome = hand_in(world, folder, false);
    tell_all(&outcome);
    assert_int_equal(outcome.nmistakes, 0);
    assert_int_equal(outcome.absent[2], 20);
    world_must(world, db_one_int(world->db, &world->error, &standing, NULL,
                                 "select count(*) from pupil_fact where replaced_at = ?1", V_INT(MOMENT_OPEN)));
    assert_int_equal(standing, 40);
    forget(folder);
    world_free(world);
}

/* A change is shown first, then recorded as one change that can be undone. */
static void a_difference_is_shown_first(void **state)
{
    struct exchange_world *world = people();
    const struct kind *pupil = &KIND_LIST[KIND_PUPIL];
    char folder[64];
    (void)state;
    (void)take(world, (struct roster_ask){ 0 }, folder);
    spoil(folder, "enrollments.csv", "enrollment-G1,,,class-3715210001-primary-2023-1",
          "enrollment-G1,,,class-3715210001-primary-2022-3");
    struct roster_outcome outcome = hand_in(world, folder, true);
    tell_all(&outcome);
    assert_int_equal(outcome.of[2][EXCHANGE_CHANGED], 1);
    assert_int_equal(outcome.change, 0);
    struct fact before = world_fact(world, pupil, "G1");
    assert_int_equal(fact_int(pupil, &before, "class"), 1);
    outcome = hand_in(world, folder, false);
    assert_true(outcome.change > 0);
    struct fact after = world_fact(world, pupil, "G1");
    assert_int_equal(fact_int(pupil, &after, "class"), 3);
    assert_int_equal(fact_int(pupil, &after, "entry_year"), 2022);
    assert_int_equal(after.change, outcome.change);
    outcome = hand_in(world, folder, false);
    assert_int_equal(outcome.change, 0);
    forget(folder);
    world_free(world);
}

/* With citizen numbers another register gets the same people. */
static void another_register(void **state)
{
    struct exchange_world *from = people(), *to = world_new(import_program);
    char folder[64], again[64];
    (void)state;
    (void)take(from, (struct roster_ask){ .numbers = true }, folder);
    struct roster_outcome outcome = hand_in(to, folder, false);
    tell_all(&outcome);
    assert_int_equal(outcome.nmistakes, 0);
    assert_int_equal(outcome.of[1][EXCHANGE_NEW], 6);
    assert_int_equal(outcome.of[2][EXCHANGE_NEW], 40);
    (void)take(to, (struct roster_ask){ .numbers = true }, again);
    outcome = hand_in(from, again, false);
    tell_all(&outcome);
    assert_int_equal(outcome.nmistakes, 0);
    assert_int_equal(outcome.of[2][EXCHANGE_SAME], 40);
    assert_int_equal(outcome.of[1][EXCHANGE_SAME], 6);
    forget(folder);
    forget(again);
    world_free(to);
    world_free(from);
}

static void mistakes_are_named(void **state)
{
    enum { GROUPS = 5 }; /* what is told together: of one reading */
    static const struct {
        int group;
        const char *file, *from, *to;        /* what is spoiled */
        const char *told_file, *told_column; /* where it is told */
        uint32_t line;                       /* 0: whichever */
    } cases[] = {
        { 0, "manifest.csv", "oneroster.version,1.2", "oneroster.version,1.1", "manifest.csv", "oneroster.version", 0 },
        { 0, "manifest.csv", "file.users,bulk", "file.users,delta", "manifest.csv", "value", 0 },
        { 1, "manifest.csv", "file.orgs,bulk", "file.orgs,absent", "roles.csv", "orgSourcedId", 0 },
        { 2, "users.csv", "enabledUser,username", "username,enabledUser", "users.csv", "enabledUser", 1 },
        { 3, "users.csv", ",,,true,staff-T0", ",,,yes,staff-T0", "users.csv", "enabledUser", 0 },
        { 3, "orgs.csv", "school,3715020001", "castle,3715020001", "orgs.csv", "type", 0 },
        { 3, "roles.csv", "role-staff-T1,,,staff-T1", "role-staff-T1,,,staff-T99", "roles.csv", "userSourcedId", 0 },
        { 3, "roles.csv", "primary,principal", "primary,king", "roles.csv", "role", 0 },
        { 3, "enrollments.csv", "pupil-G1,student", "pupil-G1,prefect", "enrollments.csv", "role", 0 },
        { 3, "academicSessions.csv", "-09-01", "-09-31", "academicSessions.csv", "startDate", 2 },
        { 3, "classes.csv", "year-", "term-", "classes.csv", "termSourcedIds", 2 },
        { 4, "classes.csv", "primary,2022,3", "primary,2022,333", "classes.csv", "metadata.jiaoti.pupil.class", 0 },
        { 4, "users.csv", "head,yes", "king,yes", "users.csv", "metadata.jiaoti.staff.post", 0 },
    };
    enum { CASES = sizeof cases / sizeof *cases };
    struct exchange_world *world = people();
    char folder[64];
    int64_t changes = 0, later = 0;
    (void)state;
    world_must(world, db_one_int(world->db, &world->error, &changes, NULL, "select count(*) from register_change"));
    for (int group = 0; group < GROUPS; group++) {
        (void)take(world, (struct roster_ask){ 0 }, folder);
        for (size_t i = 0; i < CASES; i++) {
            if (cases[i].group == group) {
                spoil(folder, cases[i].file, cases[i].from, cases[i].to);
            }
        }
        struct roster_outcome outcome = hand_in(world, folder, false);
        for (size_t i = 0; i < CASES; i++) {
            bool told = cases[i].group != group;
            for (size_t m = 0; m < outcome.nmistakes && !told; m++) {
                const struct roster_mistake *mistake = &outcome.mistakes[m];
                told = strcmp(mistake->file, cases[i].told_file) == 0 &&
                       str_is(mistake->column, cases[i].told_column) &&
                       (cases[i].line == 0 || cases[i].line == mistake->line);
            }
            if (!told) {
                tell_all(&outcome);
                fail_msg("%s: '%s' is not told", cases[i].file, cases[i].to);
            }
        }
        assert_int_equal(outcome.change, 0);
        forget(folder);
    }
    world_must(world, db_one_int(world->db, &world->error, &later, NULL, "select count(*) from register_change"));
    assert_int_equal(later, changes);
    world_free(world);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(import_after_export_changes_nothing),
        cmocka_unit_test(absent_is_not_deleted),
        cmocka_unit_test(a_difference_is_shown_first),
        cmocka_unit_test(another_register),
        cmocka_unit_test(mistakes_are_named),
    };
    import_program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
