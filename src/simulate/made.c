/* See made.h. Every number comes from the seed by mix(), in whole numbers and square roots alone, so that the same seed
 * makes the same families on every machine. */
#include "simulate/made.h"

#include <math.h>

enum {
    SPACING = 2000,             /* metres between schools, about */
    CHILDREN_OF_COMMUNITY = 20, /* about */
    FROM_ELSEWHERE = 15,        /* of a hundred children */
    STEP = 100                  /* metres */
};

struct maker {
    const struct made_settings *settings;
    struct arena *arena;
    uint32_t tickets, communities;
    uint32_t *metres; /* [community][school] */
    uint32_t *nearest;
};

enum purpose { OF_PLACE = 1, OF_QUALITY, OF_TASTE, OF_HOME, OF_TWINS, OF_ORIGIN };

static uint64_t number(const struct maker *maker, enum purpose purpose, uint64_t index)
{
    return mix(mix(maker->settings->seed, purpose), index);
}

/* Nearly normal, mean 0, deviation 1: the sum of four even numbers. */
static double normal(uint64_t x)
{
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        sum += (double)(x >> (16 * i) & 0xFFFF) / 65535.0 - 0.5;
    }
    return sum * sqrt(3.0);
}

static double share(uint64_t x)
{
    return (double)(x >> 11) / 9007199254740992.0;
}

static void lay_land(struct maker *maker)
{
    const struct made_settings *s = maker->settings;
    double side = SPACING * sqrt((double)s->schools);
    maker->communities = maker->tickets / CHILDREN_OF_COMMUNITY + 1;
    maker->metres = ARENA_ARRAY(maker->arena, uint32_t, (size_t)maker->communities * s->schools);
    maker->nearest = ARENA_ARRAY(maker->arena, uint32_t, maker->communities);
    for (uint32_t i = 0; i < maker->communities; i++) {
        uint64_t at = (uint64_t)s->schools + i;
        double east = side * share(number(maker, OF_PLACE, 2 * at));
        double north = side * share(number(maker, OF_PLACE, 2 * at + 1));
        uint32_t *metres = maker->metres + (size_t)i * s->schools;
        for (uint32_t j = 0; j < s->schools; j++) {
            double x = side * share(number(maker, OF_PLACE, 2 * (uint64_t)j)) - east;
            double y = side * share(number(maker, OF_PLACE, 2 * (uint64_t)j + 1)) - north;
            metres[j] = (uint32_t)sqrt(x * x + y * y);
            maker->nearest[i] = metres[j] < metres[maker->nearest[i]] ? j : maker->nearest[i];
        }
    }
}

static void make_offers(const struct maker *maker, uint32_t places, struct allot_problem *problem)
{
    const struct made_settings *s = maker->settings;
    struct allot_offer *offer = ARENA_ARRAY(maker->arena, struct allot_offer, s->schools);
    struct allot_kind *kind = ARENA_ARRAY(maker->arena, struct allot_kind, 2 * (size_t)s->schools);
    uint32_t *from = ARENA_ARRAY(maker->arena, uint32_t, (size_t)s->schools + 1);
    uint16_t *group = ARENA_ARRAY(maker->arena, uint16_t, 1);
    group[0] = 1;
    for (uint32_t j = 0; j < s->schools; j++) {
        uint32_t capacity = places / s->schools + (j < places % s->schools);
        uint32_t kept = (uint32_t)(s->kept * capacity);
        offer[j] = (struct allot_offer){ .capacity = capacity, .order = ALLOT_BY_PRIORITY, .balance = 1 };
        kind[2 * j] = (struct allot_kind){ .places = capacity - kept, .whom = ALLOT_FOR_ALL };
        kind[2 * j + 1] = (struct allot_kind){ .places = kept, .groups = 1, .whom = ALLOT_MEMBERS_FIRST };
        from[j + 1] = 2 * (j + 1);
    }
    problem->offers = s->schools;
    problem->offer = offer;
    if (s->kept > 0) {
        problem->kind_from = from;
        problem->kind = kind;
        problem->kind_group = group;
    }
}

static void make_reach(const struct maker *maker, struct allot_problem *problem)
{
    size_t schools = maker->settings->schools, pairs = schools * maker->communities;
    struct allot_reach *reach = ARENA_ARRAY(maker->arena, struct allot_reach, pairs);
    uint32_t *from = ARENA_ARRAY(maker->arena, uint32_t, (size_t)maker->communities + 1);
    for (size_t i = 0; i < pairs; i++) {
        reach[i] = (struct allot_reach){ (uint32_t)(i % schools), maker->metres[i] / STEP };
    }
    for (uint32_t i = 0; i < maker->communities; i++) {
        from[i + 1] = (uint32_t)((i + 1) * schools);
    }
    problem->sites = maker->communities;
    problem->reach_from = from;
    problem->reach = reach;
}

/* The best schools, best first, into `best`. */
static void wish(const struct maker *maker, uint32_t a, uint32_t community, double *utility, uint32_t *best)
{
    const struct made_settings *s = maker->settings;
    uint32_t n = 0;
    for (uint32_t j = 0; j < s->schools; j++) {
        double own = s->correlation * normal(number(maker, OF_QUALITY, j)) +
                     (1 - s->correlation) * normal(number(maker, OF_TASTE, (uint64_t)a * s->schools + j)) -
                     (double)maker->metres[(size_t)community * s->schools + j] / SPACING;
        uint32_t at = n < s->wishes ? n++ : s->wishes;
        while (at > 0 && utility[at - 1] < own) {
            if (at < s->wishes) {
                utility[at] = utility[at - 1];
                best[at] = best[at - 1];
            }
            at--;
        }
        if (at < s->wishes) {
            utility[at] = own;
            best[at] = j;
        }
    }
}

/* Before a child's nearest school stands its own catchment; elsewhere all are alike. */
static void make_children(const struct maker *maker, struct allot_problem *problem, struct trial_input *out)
{
    const struct made_settings *s = maker->settings;
    size_t choices = (size_t)maker->tickets * s->wishes, c = 0;
    struct allot_applicant *applicant = ARENA_ARRAY(maker->arena, struct allot_applicant, maker->tickets);
    struct allot_choice *choice = ARENA_ARRAY(maker->arena, struct allot_choice, choices);
    uint32_t *from = ARENA_ARRAY(maker->arena, uint32_t, (size_t)maker->tickets + 1);
    uint32_t *metres = ARENA_ARRAY(maker->arena, uint32_t, choices);
    uint16_t *group = ARENA_ARRAY(maker->arena, uint16_t, maker->tickets);
    double *utility = ARENA_ARRAY(maker->arena, double, s->wishes);
    uint32_t *best = ARENA_ARRAY(maker->arena, uint32_t, s->wishes);
    for (uint32_t a = 0; a < maker->tickets; a++) {
        uint32_t community = (uint32_t)(number(maker, OF_HOME, a) % maker->communities);
        bool elsewhere = number(maker, OF_ORIGIN, a) % 100 < FROM_ELSEWHERE;
        applicant[a] = problem->applicant[a];
        applicant[a].site = community;
        wish(maker, a, community, utility, best);
        for (uint32_t i = 0; i < s->wishes; i++, c++) {
            bool home = best[i] == maker->nearest[community] && !elsewhere;
            choice[c] =
                (struct allot_choice){ .offer = best[i], .priority = !home, .category = !home, .group = elsewhere };
            metres[c] = maker->metres[(size_t)community * s->schools + best[i]];
        }
        from[a + 1] = (uint32_t)c;
        group[a] = elsewhere ? 2 : choice[from[a]].category;
    }
    problem->applicants = maker->tickets;
    problem->applicant = applicant;
    problem->choice = choice;
    problem->choice_from = from;
    out->metres = metres;
    out->group = group;
}

/* Tickets until there are children enough; a pair of twins counts two. */
static void count_tickets(struct maker *maker, struct allot_problem *problem)
{
    const struct made_settings *s = maker->settings;
    struct allot_applicant *applicant = ARENA_ARRAY(maker->arena, struct allot_applicant, s->children);
    uint32_t n = 0;
    for (uint32_t left = s->children; left > 0; n++) {
        bool twins = left > 1 && share(number(maker, OF_TWINS, n)) < s->twins;
        applicant[n].places = twins ? 2 : 1;
        left -= applicant[n].places;
    }
    maker->tickets = n;
    problem->applicant = applicant;
}

static const struct name group_names[] = {
    { STR("首选本片区学校"), STR("First wish: own catchment") },
    { STR("首选片区外学校"), STR("First wish: elsewhere") },
    { STR("外来子女"), STR("Children from elsewhere") },
};

bool made_families(struct arena *arena, const struct made_settings *settings, struct trial_input *out,
                   struct error *error)
{
    struct maker maker = { .settings = settings, .arena = arena };
    if (settings->wishes < 1 || settings->wishes > settings->schools) {
        return error_set(error, "a child has at least one wish, and at most as many as there are schools");
    }
    if ((double)settings->children * settings->schools > 5e8) {
        return error_set(error, "that many children and schools would take too long: at most 500 million pairs");
    }
    struct allot_problem *problem = ARENA_NEW(arena, struct allot_problem);
    problem->version = ALLOT_VERSION;
    problem->mechanism = ALLOT_DEFERRED;
    problem->balance = true;
    count_tickets(&maker, problem);
    lay_land(&maker);
    make_offers(&maker, (uint32_t)(settings->supply * settings->children), problem);
    make_reach(&maker, problem);
    *out = (struct trial_input){ .problem = problem,
                                 .step_metres = STEP,
                                 .groups = sizeof group_names / sizeof *group_names,
                                 .group_name = group_names };
    make_children(&maker, problem, out);
    return true;
}
