/* See exchange_world.h. */
#include "registry/exchange_world.h"

#include "base/citizen.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

uint64_t world_dice(struct exchange_world *world, uint64_t below)
{
    world->dice = world->dice * 6364136223846793005u + 1442695040888963407u;
    return (world->dice >> 33) % below;
}

struct adding {
    struct exchange_world *world;
    const struct kind *kind;
    struct fact *fact;
};

static bool add_run(struct writing *writing, void *input, struct error *error)
{
    struct adding *adding = input;
    struct exchange_world *world = adding->world;
    struct fact fact = *adding->fact;
    if (adding->kind->names_persons && fact.subject == 0) {
        int64_t birth = day_of(2000, 1, 1) + (int64_t)world_dice(world, 7000);
        struct str citizen = world_citizen(world, birth, (int)world_dice(world, 1000));
        bool male = (citizen.p[16] - '0') % 2 == 1;
        if (!facts_person(writing, writing->vault, citizen, STR("王 小=明"), male ? STR("1") : STR("2"), birth,
                          &fact.subject, error)) {
            return false;
        }
    }
    bool changed;
    return adding->kind->id == KIND_INSTITUTION ? facts_record(writing, adding->kind, &fact, 1, &changed, error)
                                                : facts_add(writing, adding->kind, &fact, 1, error);
}

void world_add(struct exchange_world *world, const struct kind *kind, struct fact *fact)
{
    struct adding adding = { world, kind, fact };
    world_must(world, writer_call(store_fixture_writer(world->f), "add", add_run, &adding, &world->error));
}

struct str world_citizen(struct exchange_world *world, int64_t birth, int order)
{
    int year, month, day;
    day_parts(birth, &year, &month, &day);
    struct str front = arena_printf(world->f->arena, "999999%04d%02d%02d%03d", year, month, day, order);
    return arena_printf(world->f->arena, "%.*s%c", STR_ARG(front), citizen_check_character(front));
}

static void add_school(struct exchange_world *world, const char *code, const char *division, int64_t *id)
{
    const struct kind *kind = &KIND_LIST[KIND_INSTITUTION];
    struct fact fact = {
        .code = str_of(code), .division = str_of(division), .valid_from = day_of(2010, 9, 1), .valid_until = DAY_OPEN
    };
    fact.values[kind_column(kind, STR("name_zh"))] = V_TEXT(STR("聊城市实验小学"));
    fact.values[kind_column(kind, STR("kind"))] = V_TEXT(STR("211"));
    fact.values[kind_column(kind, STR("ownership"))] = V_TEXT(STR("public"));
    world_add(world, kind, &fact);
    world_must(world, db_one_int(world->db, &world->error, id, NULL,
                                 "select subject from institution_fact where code = ?1", V_TEXT(str_of(code))));
}

static void add_division(struct exchange_world *world, const char *code, const char *level)
{
    const struct kind *kind = &KIND_LIST[KIND_DIVISION];
    struct fact fact = {
        .code = str_of(code), .division = str_of(code), .valid_from = day_of(2000, 1, 1), .valid_until = DAY_OPEN
    };
    fact.values[kind_column(kind, STR("name_zh"))] = V_TEXT(str_of(code));
    fact.values[kind_column(kind, STR("level"))] = V_TEXT(str_of(level));
    world_add(world, kind, &fact);
}

struct exchange_world *world_new(const char *program)
{
    struct exchange_world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->f = store_fixture_new();
    world->program = program;
    world->dice = 20260714;
    world->today = day_of_ms(clock_ms());
    store_fixture_migrate(world->f, registry_migrations, registry_migrations_count);
    world_must(world, db_open(&world->db, world->f->store, DB_READ, &world->error));
    add_division(world, "371502", "county");
    add_division(world, "371502001", "township");
    add_division(world, "371521002", "township");
    add_school(world, SCHOOL, "371502001", &world->schools[0]);
    add_school(world, OTHER_SCHOOL, "371521002", &world->schools[1]);
    return world;
}

void world_free(struct exchange_world *world)
{
    db_close(world->db);
    store_fixture_free(world->f);
    free(world);
}

int world_file(struct str bytes)
{
    int file = memfd_create("file", MFD_CLOEXEC);
    assert_true(file >= 0 && write(file, bytes.p, bytes.n) == (ssize_t)bytes.n && lseek(file, 0, SEEK_SET) == 0);
    return file;
}

int world_export(struct exchange_world *world, const struct kind *kind, enum exchange_format format, enum lang lang)
{
    char *bytes = NULL;
    size_t n = 0;
    int64_t rows;
    struct exchange_ask ask = { .kind = kind, .day = world->today, .lang = lang, .format = format };
    FILE *out = open_memstream(&bytes, &n);
    world_must(world, exchange_export(world->db, world->f->vault, &ask, out, &rows, &world->error));
    (void)fclose(out);
    int file = world_file((struct str){ bytes, n });
    free(bytes);
    return file;
}

struct exchange_outcome world_import(struct exchange_world *world, const struct kind *kind, int file, bool look_only,
                                     int64_t bad_share)
{
    struct exchange_outcome outcome;
    struct exchange_large large = { .store = world->f->store,
                                    .vault = world->f->vault,
                                    .program = world->program,
                                    .kind = kind,
                                    .day = world->today,
                                    .bad_share = bad_share,
                                    .file = file,
                                    .look_only = look_only };
    world_must(world, exchange_large_run(&large, world->f->arena, &outcome, &world->error));
    (void)close(file);
    return outcome;
}

struct fact world_fact(struct exchange_world *world, const struct kind *kind, const char *code)
{
    struct fact fact;
    bool found = false;
    world_must(world, facts_one(world->db, world->f->arena, kind, str_of(code),
                                (struct as_of){ world->today, MOMENT_OPEN }, &fact, &found, &world->error));
    assert_true(found);
    return fact;
}

bool world_has(struct str s, const char *part)
{
    return memmem(s.n ? s.p : "", s.n, part, strlen(part)) != NULL;
}
