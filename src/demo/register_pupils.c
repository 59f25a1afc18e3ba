/* Pupils of the demo's register: 1,083,000 on the last day of 2023, of whom 114,000 had entered primary or junior
 * school that autumn. The two published numbers fit together only when the years that entered before were larger;
 * the demo puts that into those who had entered junior school before 2023, so that from then on every year goes up
 * with the children that enrolment and forecast know. Later autumns move pupils up, out, and new ones in. */
#include "demo/register.h"

#include "base/clock.h"

#include <stdio.h>

enum { STAGES = 3, FIRST_AUTUMN = 2023, LAST_AUTUMN = 2025, GRADES_MOST = 6 };

static const struct {
    const char *word;
    int years, age;                             /* how long it takes; of who enters */
    uint32_t entered[GRADES_MOST];              /* in 2023, 2022 … of those who were there in the autumn of 2023 */
    uint32_t later[LAST_AUTUMN - FIRST_AUTUMN]; /* new persons in 2024, 2025 */
} GRADES[STAGES] = {
    { "primary", 6, 6, { 58000, 62000, 60000, 56000, 56500, 57000 }, { 57600, 57900 } },
    { "junior", 3, 12, { 56000, 150000, 150000 }, { 0, 0 } },
    { "senior", 3, 15, { 126000, 126000, 125500 }, { 0, 0 } },
};
enum { GO_TO_SENIOR = 8333, /* of ten thousand that leave junior school */ BOYS = 5180 };

/* Where pupils of a stage can go: indexes in the list with their weights. */
struct targets {
    uint32_t *schools, *weights;
    size_t n;
};

struct pupils {
    struct registering *registering;
    struct people_writer *writer;
    uint32_t *weights[STAGES];      /* of each school */
    struct targets *nearby[STAGES]; /* by county: where who moves up goes */
    uint32_t *arrived[STAGES];      /* per school, of the autumn at hand */
    int autumn;
};

static uint32_t weight_of(const struct school *school, int stage, struct dice *dice)
{
    uint32_t base = 0;
    if (stage < STAGE_COUNT) {
        base = school->classes[stage] * school->class_size[stage] * 10;
    } else if (school->kind == SCHOOL_SENIOR) {
        base = school->private_school ? 9000 : 16000;
    } else if (school->kind == SCHOOL_COMPLETE || school->kind == SCHOOL_TWELVE) {
        base = school->private_school ? 2500 : 6000;
    }
    return base ? (uint32_t)(base + (uint32_t)dice_around(dice, base / 8)) : 0;
}

static void find_targets(struct pupils *pupils, int stage)
{
    struct registering *registering = pupils->registering;
    size_t counties = registering->builder->land->ncounties, n = registering->schools.n;
    pupils->nearby[stage] = ARENA_ARRAY(registering->arena, struct targets, counties);
    for (uint32_t c = 0; c < counties; c++) {
        struct targets *targets = &pupils->nearby[stage][c];
        targets->schools = ARENA_ARRAY(registering->arena, uint32_t, n);
        targets->weights = ARENA_ARRAY(registering->arena, uint32_t, n);
        /* Those of the county; where it has none, all. */
        for (int everywhere = 0; everywhere < 2 && targets->n == 0; everywhere++) {
            for (uint32_t i = 0; i < n; i++) {
                if (pupils->weights[stage][i] && (everywhere || registering->list[i].county == c)) {
                    targets->schools[targets->n] = i;
                    targets->weights[targets->n++] = pupils->weights[stage][i];
                }
            }
        }
    }
}

static void prepare(struct pupils *pupils)
{
    struct registering *registering = pupils->registering;
    size_t n = registering->schools.n;
    for (int stage = 0; stage < STAGES; stage++) {
        pupils->weights[stage] = ARENA_ARRAY(registering->arena, uint32_t, n);
        pupils->arrived[stage] = ARENA_ARRAY(registering->arena, uint32_t, n * (LAST_AUTUMN - FIRST_AUTUMN + 1));
        registering->pupils[stage] = ARENA_ARRAY(registering->arena, uint32_t, n);
        for (uint32_t i = 0; i < n; i++) {
            struct dice dice =
                dice_of(registering->builder->land->seed, "size of school", i * STAGES + (uint32_t)stage);
            pupils->weights[stage][i] = weight_of(registering->list[i].school, stage, &dice);
        }
        find_targets(pupils, stage);
    }
    registering->classes = ARENA_ARRAY(registering->arena, uint32_t, n);
}

static bool boards(const struct demo_institution *school, int stage, struct dice *dice)
{
    static const unsigned SHARES[STAGES] = { 150, 1800, 6800 };
    unsigned share = SHARES[stage] * (school->place_kind[0] == '2' && stage < 2 ? 2 : 1);
    return dice_chance(dice, share);
}

static uint32_t class_size(const struct school *school, int stage)
{
    return stage < STAGE_COUNT && school->class_size[stage] ? school->class_size[stage] : stage == 0 ? 45 : 50;
}

/* What a pupil does in a stage from an autumn on. */
static struct demo_version in_stage(struct pupils *pupils, uint32_t school, int stage, int entered, uint32_t class,
                                    struct dice *dice)
{
    int from = entered > FIRST_AUTUMN ? entered : FIRST_AUTUMN;
    return (struct demo_version){
        .institution = school,
        .from = day_of(from, 9, 1),
        .until = day_of(entered + GRADES[stage].years, 9, 1),
        .load = LOADS,
        .words = { str_of(GRADES[stage].word) },
        .numbers = { entered, class, boards(&pupils->registering->list[school], stage, dice) },
    };
}

/* Those who finish a stage in 2024 or 2025 go on to the next, in their county. */
static void move_up(struct pupils *pupils, struct demo_person *person, uint32_t school, int stage, int entered,
                    struct dice *dice)
{
    int autumn = entered + GRADES[stage].years;
    if (autumn > LAST_AUTUMN || stage + 1 == STAGES || (stage == 1 && !dice_chance(dice, GO_TO_SENIOR))) {
        return;
    }
    const struct targets *targets = &pupils->nearby[stage + 1][pupils->registering->list[school].county];
    uint32_t to = targets->schools[dice_weighted(dice, targets->weights, targets->n)];
    size_t slot = (size_t)(autumn - FIRST_AUTUMN) * pupils->registering->schools.n + to;
    uint32_t arrived = pupils->arrived[stage + 1][slot]++;
    uint32_t class = arrived / class_size(pupils->registering->list[to].school, stage + 1) + 1;
    person->versions[person->nversions++] = in_stage(pupils, to, stage + 1, autumn, class > 99 ? 99 : class, dice);
}

static bool add_grade_of_school(struct pupils *pupils, uint32_t school, int stage, int entered, uint32_t n,
                                struct error *error)
{
    struct registering *registering = pupils->registering;
    const struct school *of = registering->list[school].school;
    struct dice dice = dice_of(registering->builder->land->seed, "pupils",
                               ((uint64_t)school * STAGES + (uint64_t)stage) * 64 + (uint64_t)(entered - 2000));
    uint32_t size = class_size(of, stage);
    /* Where more want in than fit, classes are larger than they should be. */
    bool crowded = stage < STAGE_COUNT && of->sought[stage];
    uint32_t classes = crowded ? (n * 10 + size * 6) / (size * 10) : (n + size - 1) / size;
    classes = classes == 0 ? 1 : classes > 99 ? 99 : classes;
    int64_t latest = day_of(entered - GRADES[stage].age, 8, 31);
    for (uint32_t i = 0; i < n; i++) {
        struct demo_person *person = people_add(pupils->writer, &dice, dice_chance(&dice, BOYS),
                                                latest - (int64_t)dice_below(&dice, 365), error);
        if (!person) {
            return false;
        }
        person->kind = KIND_PUPIL;
        (void)snprintf(person->code, sizeof person->code, "G9999%014lld", (long long)registering->persons);
        person->versions[person->nversions++] =
            in_stage(pupils, school, stage, entered, (uint32_t)((uint64_t)i * classes / n) + 1, &dice);
        move_up(pupils, person, school, stage, entered, &dice);
    }
    if (entered <= FIRST_AUTUMN) {
        registering->pupils[stage][school] += n;
        registering->classes[school] += n ? classes : 0;
    }
    return true;
}

static bool add_grade(struct pupils *pupils, int stage, int entered, uint32_t full, struct error *error)
{
    struct registering *registering = pupils->registering;
    uint32_t *parts = ARENA_ARRAY(registering->arena, uint32_t, registering->schools.n);
    land_share(registering->arena, full ? register_scaled(registering, full) : 0, pupils->weights[stage],
               registering->schools.n, parts);
    for (uint32_t i = 0; i < registering->schools.n; i++) {
        if (parts[i] && !add_grade_of_school(pupils, i, stage, entered, parts[i], error)) {
            return false;
        }
    }
    return true;
}

static bool add_all(struct pupils *pupils, struct error *error)
{
    for (int stage = 0; stage < STAGES; stage++) {
        for (int grade = 0; grade < GRADES[stage].years; grade++) {
            if (!add_grade(pupils, stage, FIRST_AUTUMN - grade, GRADES[stage].entered[grade], error)) {
                return false;
            }
            build_tell(pupils->registering->builder, "pupils", (size_t)(stage * GRADES_MOST + grade),
                       STAGES * GRADES_MOST);
        }
        for (int autumn = FIRST_AUTUMN + 1; autumn <= LAST_AUTUMN; autumn++) {
            if (!add_grade(pupils, stage, autumn, GRADES[stage].later[autumn - FIRST_AUTUMN - 1], error)) {
                return false;
            }
        }
    }
    return true;
}

bool register_pupils(struct registering *registering, struct error *error)
{
    struct pupils pupils = { .registering = registering, .writer = people_open(registering) };
    prepare(&pupils);
    if (!add_all(&pupils, error)) {
        people_drop(pupils.writer);
        return false;
    }
    return people_close(pupils.writer, error);
}
