/*
 * The city: a plane with a dense middle and a wide rim. Half of the homes and schools lie anywhere, half near the
 * middle; schools differ in size, so that places and children do not match street by street. Each site reaches its
 * nearest schools, found by looking through the squares of a grid, ring after ring.
 */
#include "city.h"

#include "measure.h"

#include <stdlib.h>
#include <string.h>

enum { PLANE = 100000, STEP = 50 }; /* metres */
enum { CATEGORIES = 5, CATEGORY_BITS = 24 };

static uint64_t dice_state;

static uint64_t dice(void)
{
    uint64_t z = (dice_state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)(dice() % n);
}

struct point {
    int32_t x, y;
};

static struct point somewhere(void)
{
    if (below(2)) {
        return (struct point){ (int32_t)below(PLANE), (int32_t)below(PLANE) };
    }
    uint32_t x = 0, y = 0;
    for (int i = 0; i < 4; i++) {
        x += below(PLANE / 4);
        y += below(PLANE / 4);
    }
    return (struct point){ (int32_t)x, (int32_t)y };
}

static uint32_t distance(struct point a, struct point b)
{
    int64_t x = a.x - b.x, y = a.y - b.y;
    uint64_t square = (uint64_t)(x * x + y * y), root = 0;
    for (uint64_t bit = (uint64_t)1 << 18; bit; bit >>= 1) {
        if ((root | bit) * (root | bit) <= square) {
            root |= bit;
        }
    }
    return (uint32_t)root;
}

/* Bits of both coordinates in turns: who is near has a near number (Morton's order). */
static uint64_t way_of(struct point at)
{
    uint64_t way = 0;
    for (int i = 0; i < 17; i++) {
        way |= (uint64_t)(at.x >> i & 1) << (2 * i) | (uint64_t)(at.y >> i & 1) << (2 * i + 1);
    }
    return way;
}

static int by_way(const void *a, const void *b)
{
    uint64_t x = way_of(*(const struct point *)a), y = way_of(*(const struct point *)b);
    return (x > y) - (x < y);
}

static struct point *scatter(uint32_t count, bool near)
{
    struct point *at = room(count, sizeof *at);
    for (uint32_t i = 0; i < count; i++) {
        at[i] = somewhere();
    }
    if (near) {
        qsort(at, count, sizeof *at, by_way);
    }
    return at;
}

struct near {
    uint32_t distance, offer;
};

static int by_distance(const void *a, const void *b)
{
    const struct near *x = a, *y = b;
    return x->distance != y->distance ? (x->distance > y->distance) - (x->distance < y->distance)
                                      : (x->offer > y->offer) - (x->offer < y->offer);
}

struct grid {
    int32_t side;      /* squares per side */
    uint32_t *from;    /* per square + 1 */
    uint32_t *offer;   /* by square */
    struct point *at;  /* per offer */
    struct near *near; /* room for all */
};

static int32_t square_of(const struct grid *grid, int32_t coordinate)
{
    int32_t square = (int32_t)((int64_t)coordinate * grid->side / PLANE);
    return square < grid->side ? square : grid->side - 1;
}

static void grid_make(struct grid *grid, uint32_t offers, bool near)
{
    grid->side = 1;
    while ((uint32_t)(grid->side * grid->side * 4) < offers) {
        grid->side++;
    }
    grid->at = scatter(offers, near);
    grid->near = room(offers, sizeof *grid->near);
    grid->offer = room(offers, sizeof *grid->offer);
    size_t squares = (size_t)grid->side * (size_t)grid->side;
    grid->from = room(squares + 1, sizeof *grid->from);
    uint32_t *square = room(offers, sizeof *square);
    for (uint32_t j = 0; j < offers; j++) {
        square[j] = (uint32_t)(square_of(grid, grid->at[j].y) * grid->side + square_of(grid, grid->at[j].x));
        grid->from[square[j] + 1]++;
    }
    for (size_t i = 0; i < squares; i++) {
        grid->from[i + 1] += grid->from[i];
    }
    uint32_t *next = room(squares, sizeof *next);
    memcpy(next, grid->from, squares * sizeof *next);
    for (uint32_t j = 0; j < offers; j++) {
        grid->offer[next[square[j]]++] = j;
    }
    free(next);
    free(square);
}

/* The nearest offers into grid->near, sorted. Looks one ring further than needed, so that none is missed. */
static void look_around(struct grid *grid, struct point home, uint32_t wanted)
{
    int32_t column = square_of(grid, home.x), line = square_of(grid, home.y);
    int32_t width = PLANE / grid->side;
    for (int32_t ring = 1;; ring *= 2) {
        uint32_t found = 0, within = 0;
        for (int32_t y = line - ring; y <= line + ring; y++) {
            for (int32_t x = column - ring; x <= column + ring; x++) {
                if (x < 0 || y < 0 || x >= grid->side || y >= grid->side) {
                    continue;
                }
                uint32_t square = (uint32_t)(y * grid->side + x);
                for (uint32_t i = grid->from[square]; i < grid->from[square + 1]; i++) {
                    uint32_t far = distance(home, grid->at[grid->offer[i]]);
                    grid->near[found++] = (struct near){ far, grid->offer[i] };
                    within += far <= (uint32_t)(ring * width);
                }
            }
        }
        if (within >= wanted || ring > grid->side) {
            qsort(grid->near, found, sizeof *grid->near, by_distance);
            return;
        }
    }
}

static void make_map(struct city *city, const struct city_shape *shape)
{
    struct grid grid;
    grid_make(&grid, shape->offers, shape->near);
    struct point *home = scatter(shape->sites, shape->near);
    for (uint32_t s = 0; s < shape->sites; s++) {
        look_around(&grid, home[s], shape->reach);
        city->reach_from[s] = s * shape->reach;
        for (uint32_t k = 0; k < shape->reach; k++) {
            city->reach[(size_t)s * shape->reach + k] =
                (struct allot_reach){ grid.near[k].offer, grid.near[k].distance / STEP };
        }
    }
    city->reach_from[shape->sites] = shape->sites * shape->reach;
    free(home);
    free(grid.at);
    free(grid.near);
    free(grid.offer);
    free(grid.from);
}

/* The nearest offer or one behind it, and so on: no offer twice. */
static void walk(struct allot_choice *choice, const struct allot_reach *reach, uint32_t wishes)
{
    for (uint32_t k = 0, at = 0; k < wishes; k++) {
        at += below(2) + (k > 0);
        choice[k] = (struct allot_choice){ .offer = reach[at].offer, .priority = reach[at].steps };
    }
}

static void pick(struct allot_choice *choice, const struct allot_reach *reach, uint32_t wishes, uint32_t picks)
{
    uint32_t category = below(CATEGORIES), taken = 0;
    for (uint32_t k = 0; k < wishes; k++) {
        uint32_t at = below(picks);
        while (taken & 1U << at) {
            at = (at + 1) % picks;
        }
        taken |= 1U << at;
        choice[k] = (struct allot_choice){ .offer = reach[at].offer,
                                           .priority = category << CATEGORY_BITS | reach[at].steps,
                                           .category = (uint16_t)category };
    }
}

static void make_wishes(struct city *city, const struct city_shape *shape)
{
    for (uint32_t a = 0; a < shape->children; a++) {
        const struct allot_reach *reach = &city->reach[city->reach_from[city->applicant[a].site]];
        struct allot_choice *choice = &city->choice[(size_t)a * shape->wishes];
        city->choice_from[a] = a * shape->wishes;
        if (shape->picks) {
            pick(choice, reach, shape->wishes, shape->picks);
        } else {
            walk(choice, reach, shape->wishes);
        }
    }
    city->choice_from[shape->children] = shape->children * shape->wishes;
}

static uint32_t site_of(const struct city_shape *shape, uint32_t child)
{
    if (shape->sites == shape->children) {
        return child;
    }
    return shape->near ? (uint32_t)((uint64_t)child * shape->sites / shape->children) : below(shape->sites);
}

struct city_shape city_with_wishes(uint32_t children)
{
    uint32_t offers = children / 110, sites = children / 28;
    offers = offers < 20 ? 20 : offers;
    return (struct city_shape){ .children = children,
                                .sites = sites < 40 ? 40 : sites,
                                .offers = offers,
                                .open = offers,
                                .reach = offers < 30 ? offers : 30,
                                .places = 105,
                                .wishes = 5,
                                .picks = 12 };
}

size_t city_input_bytes(const struct city *city)
{
    const struct allot_problem *problem = &city->problem;
    return problem->applicants * (sizeof *problem->applicant + sizeof *problem->lot + sizeof *problem->choice_from) +
           (size_t)problem->choice_from[problem->applicants] * sizeof *problem->choice +
           problem->offers * sizeof *problem->offer;
}

void city_make(struct city *city, const struct city_shape *shape)
{
    dice_state = shape->children;
    city->offer = room(shape->offers, sizeof *city->offer);
    city->applicant = room(shape->children, sizeof *city->applicant);
    city->ticket = room(shape->children, sizeof *city->ticket);
    city->choice_from = room(shape->children, sizeof *city->choice_from);
    city->reach_from = room(shape->sites, sizeof *city->reach_from);
    city->reach = room((size_t)shape->sites * shape->reach, sizeof *city->reach);
    city->lot = room(shape->children, sizeof *city->lot);
    city->choice = room((size_t)shape->children * shape->wishes, sizeof *city->choice);
    uint64_t places = (uint64_t)shape->children * shape->places / 100;
    for (uint32_t j = 0; j < shape->offers; j++) {
        bool open = (uint64_t)(j + 1) * shape->open / shape->offers > (uint64_t)j * shape->open / shape->offers;
        uint32_t size = (uint32_t)(places * (50 + below(101)) / (100 * (uint64_t)shape->open));
        city->offer[j] = (struct allot_offer){ .capacity = open ? size + 1 : 0, .balance = 1 };
    }
    make_map(city, shape);
    for (uint32_t a = 0; a < shape->children; a++) {
        for (int i = 0; i < ALLOT_TICKET_BYTES; i += 8) {
            uint64_t word = dice();
            memcpy(city->ticket[a] + i, &word, sizeof word);
        }
        city->applicant[a] = (struct allot_applicant){ site_of(shape, a), 0, 1 };
        city->lot[a] = (struct allot_lot){ dice(), dice() };
    }
    make_wishes(city, shape);
    city->problem = (struct allot_problem){ .version = ALLOT_VERSION,
                                            .mechanism = ALLOT_DEFERRED,
                                            .balance = true,
                                            .offers = shape->offers,
                                            .applicants = shape->children,
                                            .sites = shape->sites,
                                            .offer = city->offer,
                                            .applicant = city->applicant,
                                            .ticket = (const uint8_t(*)[ALLOT_TICKET_BYTES])city->ticket,
                                            .choice_from = city->choice_from,
                                            .choice = city->choice,
                                            .reach_from = city->reach_from,
                                            .reach = city->reach,
                                            .lot = city->lot };
}

void city_free(struct city *city)
{
    free(city->offer);
    free(city->applicant);
    free(city->ticket);
    free(city->choice_from);
    free(city->choice);
    free(city->reach_from);
    free(city->reach);
    free(city->lot);
}
