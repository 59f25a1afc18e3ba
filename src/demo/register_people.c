/* Writing many persons. Who they are is sealed, and that is most of the work: so while the persons of one batch are
 * written by one thread, those of the next are sealed by all others. What comes out depends on neither the number of
 * threads nor their pace: persons are numbered, named and written in the order in which they were added. */
#include "demo/register.h"

#include "base/citizen.h"
#include "base/clock.h"
#include "base/crew.h"
#include "demo/names.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    BATCH = 8192,
    CHUNK = 512,
    CHUNKS = BATCH / CHUNK,
    BATCHES_A_TRANSACTION = 16,
    DIVISION = 999899,  /* 999899, 999898 …: never issued; families have those from 999999 down (people.c) */
    FIRST_BIRTH = -7305 /* 1950-01-01 */
};

struct sealed {
    struct str hash, citizen, name;
};

struct batch {
    struct demo_person *persons;
    struct sealed *sealed;
    struct arena *arenas[CHUNKS];
    size_t n;
    int64_t first; /* number of the first */
};

struct people_writer {
    struct registering *registering;
    struct crew *crew;
    struct batch batches[2];
    struct batch *filling, *full; /* full: sealed, to be written */
    size_t written;
    bool failed[CHUNKS + 1];
    struct error errors[CHUNKS + 1];
};

struct people_writer *people_open(struct registering *registering)
{
    struct people_writer *writer = ARENA_NEW(registering->arena, struct people_writer);
    writer->registering = registering;
    writer->crew = crew_new(0);
    for (size_t b = 0; b < 2; b++) {
        struct batch *batch = &writer->batches[b];
        batch->persons = calloc(BATCH, sizeof *batch->persons);
        batch->sealed = calloc(BATCH, sizeof *batch->sealed);
        if (!batch->persons || !batch->sealed) {
            abort();
        }
        for (size_t i = 0; i < CHUNKS; i++) {
            batch->arenas[i] = arena_new(128 * 1024);
        }
    }
    writer->filling = &writer->batches[0];
    writer->full = &writer->batches[1];
    if (!registering->taken) {
        size_t days = (size_t)(day_of_ms(registering->builder->now) - FIRST_BIRTH);
        registering->taken = ARENA_ARRAY(registering->arena, uint16_t, days * 2);
    }
    return writer;
}

/* ---- Sealing ---- */

static struct str citizen_of(struct arena *arena, const struct demo_person *person)
{
    int year, month, day;
    day_parts(person->birth, &year, &month, &day);
    struct str number = arena_printf(arena, "%06d%04d%02d%02d%03d", DIVISION - person->order / 500, year, month, day,
                                     person->order % 500 * 2 + person->male);
    return arena_printf(arena, "%.*s%c", STR_ARG(number), citizen_check_character(number));
}

static bool seal_chunk(struct people_writer *writer, size_t chunk, struct error *error)
{
    struct batch *batch = writer->filling;
    struct vault *vault = writer->registering->builder->vault;
    struct arena *arena = batch->arenas[chunk];
    arena_reset(arena);
    for (size_t i = chunk * CHUNK; i < (chunk + 1) * CHUNK && i < batch->n; i++) {
        const struct demo_person *person = &batch->persons[i];
        struct str citizen = citizen_of(arena, person);
        struct str name = name_person(arena, person->surname, person->given);
        batch->sealed[i].hash = vault_hash_in(vault, arena, "citizen", citizen);
        if (!vault_seal(vault, arena, "person.citizen", citizen, &batch->sealed[i].citizen, error) ||
            !vault_seal(vault, arena, "person.name", name, &batch->sealed[i].name, error)) {
            return false;
        }
    }
    return true;
}

/* ---- Writing ---- */

static bool write_version(struct registering *registering, const struct demo_person *person, int64_t number,
                          const struct demo_version *version, struct error *error)
{
    const struct demo_institution *of =
        version->institution == UINT32_MAX ? NULL : &registering->list[version->institution];
    struct entry entry = { .subject = number,
                           .code = str_of(person->code),
                           .from = version->from,
                           .until = version->until,
                           .ended = version->ended,
                           .load = version->load,
                           .division = of ? of->division->code : version->division,
                           .institution = of ? of->id : 0 };
    const struct str *words = version->words;
    const int64_t *numbers = version->numbers;
    switch (person->kind) {
    case KIND_PUPIL:
        return REGISTER(registering, KIND_PUPIL, &entry, error, V_TEXT(words[0]), V_INT(numbers[0]), V_INT(numbers[1]),
                        V_INT(numbers[2]), V_WORD(""));
    case KIND_STAFF:
        return REGISTER(registering, KIND_STAFF, &entry, error, V_TEXT(words[0]), V_INT(numbers[0]), V_TEXT(words[1]),
                        V_TEXT(words[2]));
    default:
        return REGISTER(registering, KIND_ATHLETE, &entry, error, V_TEXT(words[0]), V_TEXT(words[1]));
    }
}

static bool write_batch(struct people_writer *writer, struct error *error)
{
    struct registering *registering = writer->registering;
    struct builder *builder = registering->builder;
    const struct batch *batch = writer->full;
    for (size_t i = 0; i < batch->n; i++) {
        const struct demo_person *person = &batch->persons[i];
        if (!db_run(
                builder->writing->db, error,
                "insert into person (id, citizen_hash, citizen_sealed, name_sealed, sex, birth_day) values (?1, ?2, "
                "?3, ?4, ?5, ?6)",
                V_INT(batch->first + (int64_t)i), V_BLOB(batch->sealed[i].hash), V_BLOB(batch->sealed[i].citizen),
                V_BLOB(batch->sealed[i].name), V_WORD(person->male ? "1" : "2"), V_INT(person->birth))) {
            return false;
        }
        for (size_t v = 0; v < person->nversions; v++) {
            if (!write_version(registering, person, batch->first + (int64_t)i, &person->versions[v], error)) {
                return false;
            }
        }
    }
    return ++writer->written % BATCHES_A_TRANSACTION != 0 ||
           (build_commit(builder, error) && build_begin(builder, builder->writing->now, error));
}

static void job(void *argument, uint32_t index)
{
    struct people_writer *writer = argument;
    writer->failed[index] = index == 0 ? writer->full->n > 0 && !write_batch(writer, &writer->errors[0])
                                       : !seal_chunk(writer, index - 1, &writer->errors[index]);
}

/* Writes the batch that is sealed and seals the one that was filled. */
static bool turn(struct people_writer *writer, struct error *error)
{
    crew_each(writer->crew, job, writer, CHUNKS + 1);
    for (size_t i = 0; i <= CHUNKS; i++) {
        if (writer->failed[i]) {
            *error = writer->errors[i];
            return false;
        }
    }
    struct batch *was = writer->full;
    writer->full = writer->filling;
    writer->filling = was;
    was->n = 0;
    return true;
}

struct demo_person *people_add(struct people_writer *writer, struct dice *dice, bool male, int64_t birth,
                               struct error *error)
{
    struct registering *registering = writer->registering;
    if (writer->filling->n == BATCH && !turn(writer, error)) {
        return NULL;
    }
    struct batch *batch = writer->filling;
    if (batch->n == 0) {
        batch->first = registering->persons + 1;
    }
    struct demo_person *person = &batch->persons[batch->n++];
    *person = (struct demo_person){ .male = male,
                                    .birth = birth,
                                    .surname = (uint16_t)dice_below(dice, names_surnames()),
                                    .given = (uint16_t)dice_below(dice, names_given()),
                                    .order = registering->taken[(birth - FIRST_BIRTH) * 2 + male]++ };
    registering->persons++;
    return person;
}

static void release(struct people_writer *writer)
{
    for (size_t b = 0; b < 2; b++) {
        free(writer->batches[b].persons);
        free(writer->batches[b].sealed);
        for (size_t i = 0; i < CHUNKS; i++) {
            arena_free(writer->batches[b].arenas[i]);
        }
    }
    crew_free(writer->crew);
}

bool people_close(struct people_writer *writer, struct error *error)
{
    bool ok = turn(writer, error) && turn(writer, error);
    release(writer);
    return ok;
}

void people_drop(struct people_writer *writer)
{
    release(writer);
}
