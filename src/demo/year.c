/* See year.h. Who takes part is made up here: citizen numbers begin with 99980 (never issued), names have a mark. The
 * number of persons follows the demo's scale, the number of trainings and events does not. */
#include "demo/year.h"

#include "base/buf.h"
#include "base/citizen.h"
#include "base/clock.h"
#include "demo/dice.h"
#include "demo/land.h"
#include "demo/names.h"
#include "services/services.h"

enum {
    YEAR = 2023,
    EVENTS = 51,
    PARTICIPANTS = 104260, /* "over 100,000" */
    TRAININGS = 27,
    ATTENDANCES = 120000,
    TRAINING_SESSIONS = 4,
    ASKED_SESSIONS = 3, /* for the certificate */
    COME_OF_100 = 96,
    A_LIST = 1000,
    LIST_BYTES = 1 << 20,
    WEEKDAYS = 7,
    HOUR_MS = 3600 * 1000,
    DAY_MS = 24 * HOUR_MS,
    BIRTHS = 14000,     /* days of birth, from FIRST_BIRTH */
    FIRST_BIRTH = -4383 /* 1958-01-01 */
};

/* One call from its text to its end. */
struct holding {
    struct builder *builder;
    struct arena *arena; /* of this one */
    const struct service *service;
    int64_t call;
    int64_t first_day;
    uint32_t division; /* of citizen numbers */
    uint32_t *persons; /* indexes of the pool */
    size_t n, came;    /* the first `came` of them were there */
};

/* ---- Persons ---- */

static void add_line(struct buf *out, struct arena *arena, const struct holding *holding, uint32_t index)
{
    int year, month, day;
    bool male = index % 2;
    day_parts(FIRST_BIRTH + (int64_t)(index / 2 % BIRTHS), &year, &month, &day);
    struct str number =
        arena_printf(arena, "%06u%04d%02d%02d%03u", holding->division, year, month, day, index / 2 / BIRTHS * 2 + male);
    struct str name = name_person(arena, index * 7919U % names_surnames(), index * 104729U % names_given());
    buf_printf(out, "%.*s\t%.*s%c\n", STR_ARG(name), STR_ARG(number), citizen_check_character(number));
}

/* Those of the sex that an offer is for (male −1: both), in lists. */
static bool enlist(struct holding *holding, int64_t offer, int male, struct error *error)
{
    struct buf text = buf_init(LIST_BYTES);
    size_t in_list = 0;
    for (size_t i = 0; i <= holding->n; i++) {
        if (i < holding->n && (male < 0 || (int)(holding->persons[i] % 2) == male)) {
            add_line(&text, holding->arena, holding, holding->persons[i]);
            in_list++;
        }
        if (in_list == 0 || (i < holding->n && in_list < A_LIST)) {
            continue;
        }
        struct entry_enlist enlist = { .actor = { 0, "city" }, .offer = offer, .text = buf_str(&text) };
        if (!build_begin(holding->builder, holding->service->opens + DAY_MS, error) ||
            !entry_enlist_run(holding->builder->writing, &enlist, error) || !build_commit(holding->builder, error)) {
            buf_free(&text);
            return false;
        }
        if (enlist.result != SERVICE_DONE) {
            buf_free(&text);
            return error_set(error, "%.*s: %s", STR_ARG(holding->service->id),
                             enlist.nproblems ? enlist.problems[0].says.en : service_result_text(enlist.result).en);
        }
        buf_clear(&text);
        in_list = 0;
    }
    buf_free(&text);
    return true;
}

/* ---- The steps of a call ---- */

static bool open_call(struct holding *holding, const char *id, struct str text, struct error *error)
{
    struct city_mistakes *mistakes = city_mistakes_new();
    holding->service = service_parse(holding->arena, str_of(id), text, mistakes);
    if (!holding->service) {
        (void)error_set(error, "%s: %s", id, mistakes->n ? mistakes->items[0].says.en : "no service");
    }
    city_mistakes_free(mistakes);
    if (!holding->service) {
        return false;
    }
    struct call_open open = { .actor = { 0, "city" }, .service = holding->service };
    if (!build_begin(holding->builder, holding->service->opens, error) ||
        !call_open_run(holding->builder->writing, &open, error) || !build_commit(holding->builder, error)) {
        return false;
    }
    holding->call = open.id;
    return open.result == SERVICE_DONE || error_set(error, "%s: %s", id, service_result_text(open.result).en);
}

/* Who is here at the which-th session: `present` says. */
static bool note(struct holding *holding, const struct session_row *session, size_t which,
                 bool (*present)(const struct holding *holding, int64_t number, size_t which, uint64_t dice),
                 struct error *error)
{
    struct arena *arena = holding->arena;
    struct roster_row *roster;
    size_t n;
    if (!build_begin(holding->builder, day_start_ms(session->day) + session->until * 60000, error) ||
        !roster_list(holding->builder->writing->db, arena, session->offer, 0, &roster, &n, error)) {
        return false;
    }
    struct dice dice = dice_of(holding->builder->settings->seed, "year attendance", (uint64_t)session->id);
    int64_t *here = ARENA_ARRAY(arena, int64_t, n + 1);
    struct attendance_note step = { .actor = { 0, "city" }, .session = session->id, .present = here };
    for (size_t i = 0; i < n; i++) {
        if (present(holding, (int64_t)i, which, dice_next(&dice))) {
            here[step.n++] = roster[i].entry;
        }
    }
    return attendance_note_run(holding->builder->writing, &step, error) && build_commit(holding->builder, error) &&
           (step.result == SERVICE_DONE ||
            error_set(error, "%.*s: %s", STR_ARG(holding->service->id), service_result_text(step.result).en));
}

static bool finish(struct holding *holding, int64_t at, struct error *error)
{
    struct call_advance advance = {
        .places = holding->builder->places, .actor = { 0, "city" }, .id = holding->call, .step = CALL_FINISH
    };
    return build_begin(holding->builder, at, error) && call_advance_run(holding->builder->writing, &advance, error) &&
           build_commit(holding->builder, error) &&
           (advance.result == SERVICE_DONE ||
            error_set(error, "%.*s: %s", STR_ARG(holding->service->id), service_result_text(advance.result).en));
}

static bool offers_of(struct holding *holding, struct offered **offers, size_t *n, struct error *error)
{
    return offered_list(holding->builder->writing->db, holding->arena, holding->call, offers, n, error);
}

/* ---- Events ---- */

/* Marks for who came, by start number: a walk has none. */
static bool note_results(struct holding *holding, const struct offered *offer, size_t came, struct error *error)
{
    struct dice dice = dice_of(holding->builder->settings->seed, "year results", (uint64_t)offer->id);
    struct roster_row *roster;
    struct buf text = buf_init(LIST_BYTES);
    size_t n;
    if (!build_begin(holding->builder, day_start_ms(offer->last_day) + 13 * HOUR_MS, error) ||
        !roster_list(holding->builder->writing->db, holding->arena, offer->id, 0, &roster, &n, error)) {
        return false;
    }
    struct result_note marks = { .actor = { 0, "city" }, .offer = offer->id };
    bool good = true;
    for (size_t i = 0; i < n && good; i++) {
        unsigned seconds = 3900 + (unsigned)dice_below(&dice, 6000);
        if (i < came && dice_below(&dice, 100) >= 2) {
            buf_printf(&text, "%lld %u:%02u:%02u.%02u\n", (long long)roster[i].number, seconds / 3600,
                       seconds / 60 % 60, seconds % 60, (unsigned)dice_below(&dice, 100));
        } else {
            buf_printf(&text, "%lld %s\n", (long long)roster[i].number, i < came ? "DNF" : "DNS");
        }
        if (i + 1 == n || (i + 1) % A_LIST == 0) {
            marks.text = buf_str(&text);
            marks.result = SERVICE_DONE;
            good =
                result_note_run(holding->builder->writing, &marks, error) &&
                (marks.result == SERVICE_DONE || error_set(error, "results: %s", service_result_text(marks.result).en));
            buf_clear(&text);
        }
    }
    buf_free(&text);
    return good && build_commit(holding->builder, error);
}

static bool first_ones(const struct holding *holding, int64_t number, size_t which, uint64_t dice)
{
    (void)which;
    (void)dice;
    return (size_t)number < holding->came;
}

static bool hold_event(struct builder *builder, struct arena *arena, unsigned number, uint32_t persons, uint32_t pool,
                       struct error *error)
{
    static const char *const LEVELS[] = { "city", "city", "city", "provincial", "national" };
    static const struct {
        const char *zh, *en;
        bool timed;
    } NAMES[] = { { "健步走", "Walk", false },
                  { "半程马拉松", "Half Marathon", true },
                  { "龙舟赛", "Dragon Boats", false },
                  { "乒乓球赛", "Table Tennis", false },
                  { "广场舞展演", "Square Dance", false },
                  { "篮球赛", "Basketball", false },
                  { "太极拳展演", "Tai Chi", false },
                  { "自行车赛", "Cycling", true },
                  { "羽毛球赛", "Badminton", false },
                  { "公路跑", "Road Run", true } };
    enum { KINDS = sizeof NAMES / sizeof *NAMES, LEVEL_COUNT = sizeof LEVELS / sizeof *LEVELS };
    struct dice dice = dice_of(builder->settings->seed, "year event", number);
    int64_t day = day_of(YEAR, 1, 7) + WEEKDAYS * (int64_t)number; /* Saturdays */
    struct holding holding = { .builder = builder, .arena = arena, .division = 999801, .first_day = day };
    /* As many came as the figure says; a few more had entered. */
    holding.n = persons + persons * (100 - COME_OF_100) / 100;
    holding.persons = ARENA_ARRAY(arena, uint32_t, holding.n);
    uint32_t start = (uint32_t)dice_below(&dice, pool);
    for (size_t i = 0; i < holding.n; i++) {
        holding.persons[i] = (start + (uint32_t)i) % pool;
    }
    struct str from = day_format(arena, day), opens = day_format(arena, day - 40), closes = day_format(arena, day - 5);
    struct str text = arena_printf(
        arena,
        "name: {zh: %d年示例%s（第%u场）, en: \"Sample %s %d No. %u\"}\nabout: {zh: 演示赛事。, en: An event of the "
        "demo.}\ndivision: \"%.*s\"\nfor: [listed]\nmechanism: first_come\nopens: %.*s 08:00\ncloses: %.*s 18:00\n"
        "answer_days: 1\nactivity: {kind: sport_event, level: %s}\n%soffers:\n"
        "  - {id: women, name: {zh: 女子组, en: Women}, place: {zh: 市体育公园, en: City sports park}, capacity: %zu, "
        "sex: female, numbers: 1, from: %.*s, hours: 08:00-11:00}\n"
        "  - {id: men, name: {zh: 男子组, en: Men}, place: {zh: 市体育公园, en: City sports park}, capacity: %zu, "
        "sex: male, numbers: 50001, from: %.*s, hours: 08:00-11:00}\n",
        YEAR, NAMES[number % KINDS].zh, number + 1, NAMES[number % KINDS].en, YEAR, number + 1,
        STR_ARG(builder->city->code), STR_ARG(opens), STR_ARG(closes), LEVELS[dice_below(&dice, LEVEL_COUNT)],
        NAMES[number % KINDS].timed ? "results: times\n" : "", holding.n, STR_ARG(from), holding.n, STR_ARG(from));
    struct offered *offers;
    struct session_row *sessions;
    size_t n, nsessions;
    if (!open_call(&holding, arena_printf(arena, "sport_event_%u", number + 1).p, text, error) ||
        !offers_of(&holding, &offers, &n, error)) {
        return false;
    }
    size_t left = persons;
    for (size_t i = 0; i < n; i++) {
        bool men = str_is(offers[i].code, "men");
        size_t here = 0, came;
        for (size_t k = 0; k < holding.n; k++) {
            here += (holding.persons[k] % 2 == 1) == men;
        }
        came = i + 1 == n ? left : here * persons / holding.n;
        left -= came;
        holding.came = came;
        if (!enlist(&holding, offers[i].id, men, error)) {
            return false;
        }
        if (NAMES[number % KINDS].timed) {
            if (!note_results(&holding, &offers[i], came, error)) {
                return false;
            }
        } else if (!session_list(builder->writing->db, arena, offers[i].id, &sessions, &nsessions, error) ||
                   !note(&holding, &sessions[0], 0, first_ones, error)) {
            return false;
        }
    }
    return finish(&holding, day_start_ms(day + 1) + 9 * HOUR_MS, error);
}

/* ---- Trainings ---- */

/* Who is here at a session, so that the sum over all sessions is exact: each session has its share, given round the
 * list from another start. Most miss none or one session, some two. */
static bool by_turns(const struct holding *holding, int64_t number, size_t which, uint64_t dice)
{
    (void)dice;
    size_t share = holding->came / TRAINING_SESSIONS + (which < holding->came % TRAINING_SESSIONS);
    size_t start = which * (holding->n - share) / 2 % holding->n;
    return ((size_t)number + holding->n - start) % holding->n < share;
}

static bool confirm_certificates(struct holding *holding, int64_t at, struct error *error)
{
    for (int64_t confirmed = 1; confirmed > 0;) {
        struct record_confirm_all all = { .actor = { 0, "city" },
                                          .division = holding->builder->city->code,
                                          .kind = holding->service->id };
        if (!build_begin(holding->builder, at, error) ||
            !record_confirm_all_run(holding->builder->writing, &all, error) || !build_commit(holding->builder, error)) {
            return false;
        }
        confirmed = all.confirmed;
    }
    return true;
}

static bool hold_training(struct builder *builder, struct arena *arena, unsigned number, uint32_t attendances,
                          uint32_t pool, struct error *error)
{
    static const struct {
        const char *zh, *en;
    } NAMES[] = {
        { "乡村公益岗", "Village posts" }, { "电子商务", "E-commerce" },    { "特种作业", "Special works" },
        { "鲁菜烹饪", "Lu cuisine" },      { "企业职工技能", "Skills" },    { "非遗传承", "Heritage" },
        { "家政服务", "Housekeeping" },    { "农机操作", "Farm machines" }, { "养老护理", "Care of the old" }
    };
    static const char *const HOURS[] = { "08:30-11:30", "14:00-17:00", "19:00-21:00" };
    enum { KINDS = sizeof NAMES / sizeof *NAMES, SLOTS = 3 };
    /* A weekday and a slot for each, and the same ones only in another part of the year: nobody is in two at once. */
    unsigned combination = number % (WEEKDAYS * SLOTS), round = number / (WEEKDAYS * SLOTS);
    int64_t monday = day_of(YEAR, 2, 6) + (int64_t)(combination * 6 / 9 * WEEKDAYS) + round * 30 * WEEKDAYS;
    int64_t day = monday + combination % WEEKDAYS;
    struct holding holding = { .builder = builder, .arena = arena, .division = 999802, .first_day = day };
    holding.came = attendances;
    holding.n = attendances * 10 / 32 + 1; /* each comes 3.2 times of four */
    holding.persons = ARENA_ARRAY(arena, uint32_t, holding.n);
    struct dice dice = dice_of(builder->settings->seed, "year training", number);
    uint32_t start = (uint32_t)dice_below(&dice, pool);
    for (size_t i = 0; i < holding.n; i++) {
        holding.persons[i] = (start + (uint32_t)i) % pool;
    }
    struct str from = day_format(arena, day), to = day_format(arena, day + (TRAINING_SESSIONS - 1) * WEEKDAYS);
    struct str opens = day_format(arena, day - 20), closes = day_format(arena, day - 2);
    struct str text = arena_printf(
        arena,
        "name: {zh: %d年%s培训（第%u项）, en: \"Training %d: %s (%u)\"}\nabout: {zh: 演示培训。, en: A training of the "
        "demo.}\ndivision: \"%.*s\"\nfor: [listed]\nmechanism: first_come\nopens: %.*s 08:00\ncloses: %.*s 18:00\n"
        "answer_days: 1\nactivity: {kind: training, level: city}\noffers:\n"
        "  - {id: class, name: {zh: 培训班, en: The class}, place: {zh: 市实训基地, en: Training base}, capacity: %zu, "
        "from: %.*s, to: %.*s, weekdays: [%u], hours: %s}\n"
        "record: {name: {zh: %s培训结业, en: \"Training completed: %s\"}, attended: %d}\n",
        YEAR, NAMES[number % KINDS].zh, number + 1, YEAR, NAMES[number % KINDS].en, number + 1,
        STR_ARG(builder->city->code), STR_ARG(opens), STR_ARG(closes), holding.n, STR_ARG(from), STR_ARG(to),
        combination % WEEKDAYS + 1, HOURS[combination / WEEKDAYS], NAMES[number % KINDS].zh, NAMES[number % KINDS].en,
        ASKED_SESSIONS);
    struct offered *offers;
    struct session_row *sessions;
    size_t n, nsessions;
    if (!open_call(&holding, arena_printf(arena, "training_%u", number + 1).p, text, error) ||
        !offers_of(&holding, &offers, &n, error) || !enlist(&holding, offers[0].id, -1, error) ||
        !session_list(builder->writing->db, arena, offers[0].id, &sessions, &nsessions, error)) {
        return false;
    }
    for (size_t i = 0; i < nsessions; i++) {
        if (!note(&holding, &sessions[i], i, by_turns, error)) {
            return false;
        }
    }
    int64_t end = day_start_ms(day + TRAINING_SESSIONS * WEEKDAYS) + 9 * HOUR_MS;
    return finish(&holding, end, error) && confirm_certificates(&holding, end + DAY_MS, error);
}

/* ---- The year ---- */

/* `total` in about equal parts, at least two each. */
static uint32_t *parts_of(struct builder *builder, const char *what, uint64_t total, size_t n)
{
    struct dice dice = dice_of(builder->settings->seed, what, YEAR);
    uint32_t *weights = ARENA_ARRAY(builder->arena, uint32_t, n), *parts = ARENA_ARRAY(builder->arena, uint32_t, n);
    size_t scaled = (size_t)(total * builder->settings->per_million / 1000000);
    for (size_t i = 0; i < n; i++) {
        weights[i] = (uint32_t)(3000 + dice_around(&dice, 1000));
    }
    land_share(builder->arena, scaled > 4 * n ? scaled : 4 * n, weights, n, parts);
    return parts;
}

bool year_write(struct builder *builder, struct error *error)
{
    uint32_t *persons = parts_of(builder, "year events", PARTICIPANTS, EVENTS);
    uint32_t *attendances = parts_of(builder, "year trainings", ATTENDANCES, TRAININGS);
    uint32_t most = 0;
    for (size_t i = 0; i < EVENTS; i++) {
        most = persons[i] > most ? persons[i] : most;
    }
    for (size_t i = 0; i < TRAININGS; i++) {
        most = attendances[i] > most ? attendances[i] : most;
    }
    /* Who takes part takes part again: about two in a year. */
    uint32_t pool = most * 12;
    bool good = true;
    for (unsigned i = 0; i < EVENTS + TRAININGS && good; i++) {
        struct arena *arena = arena_new(1 << 20);
        build_tell(builder, "year", i, EVENTS + TRAININGS);
        good = i < EVENTS ? hold_event(builder, arena, i, persons[i], pool, error)
                          : hold_training(builder, arena, i - EVENTS, attendances[i - EVENTS], pool, error);
        arena_free(arena);
    }
    build_tell(builder, "year", EVENTS + TRAININGS, EVENTS + TRAININGS);
    return good;
}
