/*
 * Who is next for a place that came free: the waiting list of a kind of place is all whom the kind takes and who would
 * rather be there, in the order of the kind, with draw numbers the other way round where the rules say so.
 *
 * allot_next_waiting and allot_waiting_list look at everybody anew. `struct allot_waiting` is for many moves: all who
 * listed an offer are put into the list of each of its kinds once, and a list is sorted when it is first asked. Behind
 * the head of a list stands everybody who may be waiting on it; the head moves on past those who are not, and back only
 * when a move puts somebody before it on the list again. So following the moves costs the sorting, and little more.
 *
 * What must hold: nobody but the winner moves when a place is passed on; both ways give the same answer.
 */
#include "allot/seats.h"

#include <string.h>

/* Where the applicant stands on the waiting list; false when it is not on it. */
static bool on_list(const struct allot_problem *problem, const struct allot_outcome *now, const uint8_t *passed,
                    const struct allot_seat *seat, uint32_t applicant, struct allot_key *key)
{
    if (passed != NULL && passed[applicant]) {
        return false;
    }
    for (uint32_t c = problem->choice_from[applicant]; c < problem->choice_from[applicant + 1]; c++) {
        if (problem->choice[c].offer == seat->offer) {
            if (!allot_waits(problem, &now[applicant], c - problem->choice_from[applicant], seat->offer) ||
                !allot_seat_takes(problem, seat, &problem->choice[c])) {
                return false;
            }
            *key = allot_key_at(problem, seat, applicant, c);
            return true;
        }
    }
    return false;
}

uint32_t allot_next_waiting(const struct allot_problem *problem, const struct allot_outcome *now, const uint8_t *passed,
                            uint32_t offer, uint16_t kind, uint32_t free, uint16_t *rank)
{
    struct allot_key first = { .applicant = ALLOT_NONE }, key;
    if (free == 0 || offer >= problem->offers || kind >= allot_seats_at(problem, offer)) {
        return ALLOT_NONE;
    }
    struct allot_seat seat = allot_seat_of(problem, offer, kind);
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (problem->applicant[a].places <= free && on_list(problem, now, passed, &seat, a, &key) &&
            (first.applicant == ALLOT_NONE || allot_compare_waiting(problem, &key, &first) < 0)) {
            first = key;
        }
    }
    if (rank != NULL && first.applicant != ALLOT_NONE) {
        *rank = (uint16_t)(first.choice - problem->choice_from[first.applicant]);
    }
    return first.applicant;
}

uint32_t allot_waiting_list(const struct allot_problem *problem, const struct allot_outcome *now, const uint8_t *passed,
                            uint32_t offer, uint16_t kind, const struct allot_host *host, uint32_t *list)
{
    uint32_t count = 0;
    struct allot_key ignored;
    if (offer >= problem->offers || kind >= allot_seats_at(problem, offer)) {
        return 0;
    }
    struct allot_seat seat = allot_seat_of(problem, offer, kind);
    for (uint32_t a = 0; a < problem->applicants; a++) {
        count += on_list(problem, now, passed, &seat, a, &ignored);
    }
    struct allot_key *key = allot_get(host, count, sizeof *key), *spare = allot_get(host, count, sizeof *spare);
    bool room = key != NULL && spare != NULL;
    if (room) {
        uint32_t filled = 0;
        for (uint32_t a = 0; a < problem->applicants && filled < count; a++) {
            filled += on_list(problem, now, passed, &seat, a, &key[filled]);
        }
        allot_sort_keys(problem, true, key, spare, count);
        for (uint32_t i = 0; i < count; i++) {
            list[i] = key[i].applicant;
        }
    }
    allot_put(host, key);
    allot_put(host, spare);
    return room ? count : ALLOT_NONE;
}

/* --- many moves -------------------------------------------------------------------------------------------------- */

struct entry {
    uint32_t applicant;
    uint32_t choice;
};

struct list {
    size_t from;    /* into `entry` */
    uint32_t count; /* all who may ever wait */
    uint32_t head;  /* nobody before it waits */
    uint32_t taken; /* places of those who stand at this kind */
    bool sorted;
};

struct allot_waiting {
    const struct allot_problem *problem;
    struct allot_seats seats;
    struct allot_outcome *now;
    uint8_t *passed; /* per choice */
    struct list *list;
    struct entry *entry;
    struct allot_key *key; /* room to sort the longest list */
    struct allot_key *spare;
};

/* Calls for all kinds of all wishes: `fill` false only counts. */
static void enter_all(struct allot_waiting *waiting, bool fill)
{
    const struct allot_problem *problem = waiting->problem;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
            uint32_t offer = problem->choice[c].offer;
            for (uint32_t s = waiting->seats.from[offer]; s < waiting->seats.from[offer + 1]; s++) {
                struct list *list = &waiting->list[s];
                if (!allot_seat_takes(problem, &waiting->seats.seat[s], &problem->choice[c])) {
                    continue;
                }
                if (fill) {
                    waiting->entry[list->from + list->count] = (struct entry){ a, c };
                }
                list->count++;
            }
        }
    }
}

static struct list *list_of(const struct allot_waiting *waiting, const struct allot_outcome *outcome)
{
    return outcome->how == ALLOT_UNPLACED || outcome->offer >= waiting->problem->offers ||
                   outcome->kind >= allot_seats_at(waiting->problem, outcome->offer)
               ? NULL
               : &waiting->list[waiting->seats.from[outcome->offer] + outcome->kind];
}

static bool build(struct allot_waiting *waiting, const struct allot_outcome *now, const struct allot_host *host)
{
    const struct allot_problem *problem = waiting->problem;
    if (!allot_seats_start(&waiting->seats, problem, host)) {
        return false;
    }
    waiting->now = allot_get(host, problem->applicants, sizeof *waiting->now);
    waiting->passed = allot_get_zero(host, problem->choice_from[problem->applicants], 1);
    waiting->list = allot_get_zero(host, waiting->seats.count, sizeof *waiting->list);
    if (!waiting->now || !waiting->passed || !waiting->list) {
        return false;
    }
    enter_all(waiting, false);
    size_t entries = 0;
    uint32_t longest = 0;
    for (uint32_t s = 0; s < waiting->seats.count; s++) {
        struct list *list = &waiting->list[s];
        longest = list->count > longest ? list->count : longest;
        list->from = entries;
        entries += list->count;
        list->count = 0;
    }
    waiting->entry = allot_get(host, entries, sizeof *waiting->entry);
    waiting->key = allot_get(host, longest, sizeof *waiting->key);
    waiting->spare = allot_get(host, longest, sizeof *waiting->spare);
    if (!waiting->entry || !waiting->key || !waiting->spare) {
        return false;
    }
    enter_all(waiting, true);
    for (uint32_t a = 0; a < problem->applicants; a++) {
        waiting->now[a] = now[a];
        struct list *list = list_of(waiting, &now[a]);
        if (list != NULL) {
            list->taken += problem->applicant[a].places;
        }
    }
    return true;
}

bool allot_waiting_new(const struct allot_problem *problem, const struct allot_outcome *now,
                       const struct allot_host *host, struct allot_waiting **waiting, struct allot_error *error)
{
    struct allot_waiting *made = allot_get_zero(host, 1, sizeof *made);
    if (made == NULL) {
        return allot_no_memory(error);
    }
    made->problem = problem;
    if (!build(made, now, host)) {
        allot_waiting_free(made, host);
        return allot_no_memory(error);
    }
    *waiting = made;
    return true;
}

void allot_waiting_free(struct allot_waiting *waiting, const struct allot_host *host)
{
    if (waiting != NULL) {
        allot_seats_end(&waiting->seats, host);
        allot_put(host, waiting->now);
        allot_put(host, waiting->passed);
        allot_put(host, waiting->list);
        allot_put(host, waiting->entry);
        allot_put(host, waiting->key);
        allot_put(host, waiting->spare);
        allot_put(host, waiting);
    }
}

static void sort_list(struct allot_waiting *waiting, uint32_t s)
{
    struct list *list = &waiting->list[s];
    struct entry *entry = waiting->entry + list->from;
    for (uint32_t i = 0; i < list->count; i++) {
        waiting->key[i] = allot_key_at(waiting->problem, &waiting->seats.seat[s], entry[i].applicant, entry[i].choice);
    }
    allot_sort_keys(waiting->problem, true, waiting->key, waiting->spare, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        entry[i] = (struct entry){ waiting->key[i].applicant, waiting->key[i].choice };
    }
    list->sorted = true;
}

static inline bool entry_waits(const struct allot_waiting *waiting, const struct entry *entry)
{
    const struct allot_problem *problem = waiting->problem;
    return !waiting->passed[entry->choice] &&
           allot_waits(problem, &waiting->now[entry->applicant], entry->choice - problem->choice_from[entry->applicant],
                       problem->choice[entry->choice].offer);
}

/* The wish waits (again) on the list: its head must not stand behind it. */
static void bring_back(struct allot_waiting *waiting, uint32_t s, uint32_t applicant, uint32_t choice)
{
    const struct allot_problem *problem = waiting->problem;
    const struct allot_seat *seat = &waiting->seats.seat[s];
    struct list *list = &waiting->list[s];
    if (!list->sorted || !allot_seat_takes(problem, seat, &problem->choice[choice])) {
        return;
    }
    struct allot_key own = allot_key_at(problem, seat, applicant, choice);
    uint32_t low = 0, high = list->head;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct entry *entry = &waiting->entry[list->from + middle];
        struct allot_key key = allot_key_at(problem, seat, entry->applicant, entry->choice);
        if (allot_compare_waiting(problem, &key, &own) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    list->head = low;
}

const struct allot_outcome *allot_waiting_now(const struct allot_waiting *waiting, uint32_t applicant)
{
    return &waiting->now[applicant];
}

uint32_t allot_waiting_room(const struct allot_waiting *waiting, uint32_t offer, uint16_t kind)
{
    if (offer >= waiting->problem->offers || kind >= allot_seats_at(waiting->problem, offer)) {
        return 0;
    }
    uint32_t s = waiting->seats.from[offer] + kind;
    uint32_t places = waiting->seats.seat[s].places, taken = waiting->list[s].taken;
    return taken < places ? places - taken : 0;
}

void allot_waiting_move(struct allot_waiting *waiting, uint32_t applicant, struct allot_outcome to)
{
    const struct allot_problem *problem = waiting->problem;
    uint32_t places = problem->applicant[applicant].places;
    struct list *from = list_of(waiting, &waiting->now[applicant]), *at = list_of(waiting, &to);
    if (from != NULL) {
        from->taken -= places;
    }
    if (at != NULL) {
        at->taken += places;
    }
    waiting->now[applicant] = to;
    for (uint32_t c = problem->choice_from[applicant]; c < problem->choice_from[applicant + 1]; c++) {
        struct entry entry = { applicant, c };
        uint32_t offer = problem->choice[c].offer;
        for (uint32_t s = waiting->seats.from[offer];
             entry_waits(waiting, &entry) && s < waiting->seats.from[offer + 1]; s++) {
            bring_back(waiting, s, applicant, c);
        }
    }
}

void allot_waiting_pass(struct allot_waiting *waiting, uint32_t applicant, uint32_t offer)
{
    const struct allot_problem *problem = waiting->problem;
    for (uint32_t c = problem->choice_from[applicant]; c < problem->choice_from[applicant + 1]; c++) {
        if (problem->choice[c].offer == offer) {
            waiting->passed[c] = 1;
        }
    }
}

uint32_t allot_waiting_next(struct allot_waiting *waiting, uint32_t offer, uint16_t kind, uint32_t free, uint16_t *rank)
{
    const struct allot_problem *problem = waiting->problem;
    if (free == 0 || offer >= problem->offers || kind >= allot_seats_at(problem, offer)) {
        return ALLOT_NONE;
    }
    uint32_t s = waiting->seats.from[offer] + kind;
    struct list *list = &waiting->list[s];
    if (!list->sorted) {
        sort_list(waiting, s);
    }
    const struct entry *entry = waiting->entry + list->from;
    while (list->head < list->count && !entry_waits(waiting, &entry[list->head])) {
        list->head++;
    }
    for (uint32_t i = list->head; i < list->count; i++) {
        if (problem->applicant[entry[i].applicant].places <= free && entry_waits(waiting, &entry[i])) {
            if (rank != NULL) {
                *rank = (uint16_t)(entry[i].choice - problem->choice_from[entry[i].applicant]);
            }
            return entry[i].applicant;
        }
    }
    return ALLOT_NONE;
}
