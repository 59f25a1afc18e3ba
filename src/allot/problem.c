/*
 * The problem: memory, messages, validity, and who is before whom by lot and ticket.
 *
 * What must hold: nothing after allot_shape_valid indexes outside the caller's arrays; the order is strict for
 * different tickets.
 */
#include "allot/internal.h"
#include "allot/workers.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *allot_get(const struct allot_host *host, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    size_t bytes = count * size;
    if (bytes == 0) {
        bytes = 1;
    }
    return host == NULL ? malloc(bytes) : host->get(host->ctx, bytes);
}

void *allot_get_zero(const struct allot_host *host, size_t count, size_t size)
{
    if (host == NULL) {
        return calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
    }
    void *block = allot_get(host, count, size);
    if (block != NULL) {
        memset(block, 0, count * size);
    }
    return block;
}

void allot_put(const struct allot_host *host, const void *block)
{
    if (block == NULL) {
        return;
    }
    void *bare = (void *)(uintptr_t)block;
    if (host == NULL) {
        free(bare);
    } else {
        host->put(host->ctx, bare);
    }
}

bool allot_fail(struct allot_error *error, enum allot_fault fault, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        error->fault = fault;
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return false;
}

bool allot_no_memory(struct allot_error *error)
{
    return allot_fail(error, ALLOT_FAULT_MEMORY, "not enough memory");
}

static bool rules_valid(const struct allot_problem *problem, struct allot_error *error)
{
    if (problem->version != ALLOT_VERSION) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "problem version %u, this library knows %u", problem->version,
                          ALLOT_VERSION);
    }
    if (problem->mechanism != ALLOT_SERIAL && problem->mechanism != ALLOT_DEFERRED &&
        problem->mechanism != ALLOT_DRAW && problem->mechanism != ALLOT_CYCLES) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "unknown mechanism %d", (int)problem->mechanism);
    }
    if (problem->together != ALLOT_TOGETHER_ADD && problem->together != ALLOT_TOGETHER_FIT) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "unknown rule %d for tickets of several places",
                          (int)problem->together);
    }
    if (problem->offers == ALLOT_NONE || problem->applicants == ALLOT_NONE || problem->sites == ALLOT_NONE) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "more than %u offers, applicants or sites", ALLOT_NONE - 1);
    }
    if ((problem->offers > 0 && problem->offer == NULL) || (problem->applicants > 0 && problem->applicant == NULL)) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the offers or the applicants are missing");
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        const struct allot_offer *offer = &problem->offer[j];
        if (offer->order > ALLOT_BY_LOT || offer->balance > 1 || offer->reserved != 0) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u: order %u, balance %u, reserved %u are not known",
                              j, offer->order, offer->balance, offer->reserved);
        }
    }
    return true;
}

bool allot_is_member(const uint16_t *groups, uint32_t count, uint16_t group)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (groups[middle] < group) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return group != 0 && low < count && groups[low] == group;
}

bool allot_any_several(const struct allot_problem *problem)
{
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (problem->applicant[a].places > 1) {
            return true;
        }
    }
    return false;
}

static bool kind_valid(const struct allot_problem *problem, uint32_t j, uint32_t k, struct allot_error *error)
{
    const struct allot_kind *kind = &problem->kind[problem->kind_from[j] + k];
    if (kind->whom > ALLOT_OTHERS_ONLY || kind->order > ALLOT_BY_LOT) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u, kind %u: whom %u, order %u are not known", j, k,
                          kind->whom, kind->order);
    }
    if ((kind->groups == 0) != (kind->whom == ALLOT_FOR_ALL)) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u, kind %u: %u groups where whom is %u", j, k,
                          kind->groups, kind->whom);
    }
    if (kind->groups > 0 && (problem->kind_group == NULL || kind->group_from > UINT32_MAX - kind->groups)) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u, kind %u: its groups are missing", j, k);
    }
    for (uint32_t g = 0, last = 0; g < kind->groups; g++) {
        uint32_t group = problem->kind_group[kind->group_from + g];
        if (group <= last) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u, kind %u: group %u after group %u", j, k, group,
                              last);
        }
        last = group;
    }
    return true;
}

static bool kinds_valid(const struct allot_problem *problem, struct allot_error *error)
{
    if (problem->kind_from == NULL) {
        return true;
    }
    if (problem->kind_from[0] != 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "kind_from must start with 0");
    }
    if ((uint64_t)problem->offers + problem->kind_from[problem->offers] >= ALLOT_NONE) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "more than %u offers and kinds of places", ALLOT_NONE - 1);
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t from = problem->kind_from[j], to = problem->kind_from[j + 1];
        if (to < from || to > problem->kind_from[problem->offers] || to - from > ALLOT_MAX_KINDS) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u: kinds from %u to %u", j, from, to);
        }
        if (to == from) {
            continue;
        }
        if (problem->mechanism == ALLOT_CYCLES || problem->kind == NULL) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM,
                              problem->kind == NULL ? "offer %u: its kinds are missing"
                                                    : "offer %u: trading cycles know no kinds of places",
                              j);
        }
        uint64_t places = 0;
        for (uint32_t k = 0; k < to - from; k++) {
            if (!kind_valid(problem, j, k, error)) {
                return false;
            }
            places += problem->kind[from + k].places;
        }
        if (places != problem->offer[j].capacity) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u: its kinds have %llu places, the offer %u", j,
                              (unsigned long long)places, problem->offer[j].capacity);
        }
    }
    return true;
}

/*
 * All applicants with their wishes, looked at once. The pass only finds the first one who is wrong, and leaves it to
 * name_wrong to say why. Each offer has a row of words: the last one remembers who listed it last, so that nobody lists
 * it twice; those before it, where they are wanted, add up who listed it by category, as the row is at hand then. Many
 * applicants are shared out among the workers, each with rows of its own; the first wrong one is named whoever finds
 * it.
 */
enum { MANY = 1 << 15, MOST_WORKERS = 16 };

struct look {
    const struct allot_problem *problem;
    uint32_t *row; /* per offer */
    uint32_t from, to;
    uint32_t wrong;    /* the first wrong applicant, or `to` */
    uint32_t together; /* the bits of all tickets' places */
    bool unlisted;     /* a category was met that has no word in the row */
    uint64_t places;
};

struct looking {
    uint32_t width; /* of the rows: ALLOT_LISTED, or 1 */
    struct look look[MOST_WORKERS];
};

static inline __attribute__((always_inline)) void look_at(struct look *look, const uint32_t width)
{
    const struct allot_problem *problem = look->problem;
    const struct allot_choice *choice = problem->choice;
    uint32_t *const rows = look->row;
    const uint32_t choices = problem->choice_from[problem->applicants], offers = problem->offers;
    const uint32_t most = problem->mechanism == ALLOT_CYCLES ? 1 : ALLOT_MAX_TOGETHER;
    uint32_t a = look->from, together = 0;
    bool unlisted = false;
    uint64_t sum = 0;
    for (; a < look->to; a++) {
        const struct allot_applicant applicant = problem->applicant[a];
        const uint32_t from = problem->choice_from[a], to = problem->choice_from[a + 1], places = applicant.places;
        bool site = applicant.site + 1 <= problem->sites; /* ALLOT_NONE + 1 is 0 */
        if (to < from || to > choices || to - from > ALLOT_MAX_CHOICES || !site || places - 1 >= most ||
            (applicant.flags & ~(uint32_t)ALLOT_DECLINES_BALANCE) != 0) {
            break;
        }
        uint32_t c = from;
        for (; c < to && choice[c].offer < offers; c++) {
            uint32_t *row = rows + (size_t)choice[c].offer * width;
            if (row[width - 1] == a + 1) {
                break;
            }
            row[width - 1] = a + 1;
            if (width > 1 && choice[c].category < width - 1) {
                row[choice[c].category] += places;
            } else {
                unlisted = true;
            }
        }
        if (c < to) {
            break;
        }
        sum += places;
        together |= places;
    }
    look->wrong = a;
    look->together = together;
    look->unlisted = unlisted;
    look->places = sum;
}

static void look_at_piece(void *argument, uint32_t piece)
{
    struct looking *looking = argument;
    struct look *look = &looking->look[piece];
    memset(look->row, 0, (size_t)look->problem->offers * looking->width * sizeof *look->row);
    if (looking->width > 1) {
        look_at(look, ALLOT_LISTED);
    } else {
        look_at(look, 1);
    }
}

/* Of an applicant in whom something is wrong. */
static bool name_wrong(const struct look *look, uint32_t width, struct allot_error *error)
{
    const struct allot_problem *problem = look->problem;
    uint32_t a = look->wrong, *mark = look->row + width - 1;
    const struct allot_applicant *applicant = &problem->applicant[a];
    uint32_t from = problem->choice_from[a], to = problem->choice_from[a + 1];
    uint32_t choices = problem->choice_from[problem->applicants];
    if (to < from || to > choices || to - from > ALLOT_MAX_CHOICES) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: choices from %u to %u of %u", a, from, to,
                          choices);
    }
    for (uint32_t c = from; c < to; c++) {
        uint32_t offer = problem->choice[c].offer;
        if (offer >= problem->offers) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: there is no offer %u", a, offer);
        }
        mark[(size_t)offer * width] = 0;
    }
    for (uint32_t c = from; c < to; c++) {
        uint32_t *here = &mark[(size_t)problem->choice[c].offer * width];
        if (*here != 0) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: an offer is listed twice", a);
        }
        *here = 1;
    }
    if (applicant->site != ALLOT_NONE && applicant->site >= problem->sites) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: there is no site %u", a, applicant->site);
    }
    if (applicant->places == 0 || applicant->places > ALLOT_MAX_TOGETHER) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: %u places", a, applicant->places);
    }
    if (applicant->flags & ~(uint32_t)ALLOT_DECLINES_BALANCE) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: unknown flags %u", a, applicant->flags);
    }
    return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: trading cycles know no tickets of several places", a);
}

/* Adds all rows to the first; the marks go. */
static void add_rows(struct looking *looking, uint32_t pieces)
{
    uint32_t offers = looking->look[0].problem->offers, *all = looking->look[0].row;
    for (size_t j = 0; j < offers; j++) {
        for (uint32_t i = 1; i < pieces; i++) {
            for (uint32_t k = 0; k < ALLOT_LISTED - 1; k++) {
                all[j * ALLOT_LISTED + k] += looking->look[i].row[j * ALLOT_LISTED + k];
            }
        }
        all[j * ALLOT_LISTED + ALLOT_LISTED - 1] = 0;
    }
}

static bool looks_valid(struct looking *looking, uint32_t pieces, struct allot_seen *seen, struct allot_error *error)
{
    uint64_t places = 0;
    uint32_t together = 0;
    bool unlisted = looking->width == 1;
    for (uint32_t i = 0; i < pieces; i++) {
        const struct look *look = &looking->look[i];
        if (look->wrong < look->to) {
            return name_wrong(look, looking->width, error);
        }
        places += look->places;
        together |= look->together;
        unlisted = unlisted || look->unlisted;
    }
    if (places > UINT32_MAX) { /* results count them so */
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the applicants ask for more than %u places", UINT32_MAX);
    }
    seen->several = together > 1;
    if (!unlisted) {
        add_rows(looking, pieces);
        seen->listed = looking->look[0].row;
    }
    return true;
}

/* `listed`: is it worth adding up who listed what? */
static bool applicants_valid(const struct allot_problem *problem, const struct allot_host *host, bool listed,
                             struct allot_seen *seen, struct allot_error *error)
{
    if (problem->choice_from == NULL || problem->choice_from[0] != 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "choice_from must start with 0");
    }
    if (problem->choice == NULL && problem->choice_from[problem->applicants] > 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the choices are missing");
    }
    struct looking looking = { .width = 1 };
    if (listed && allot_listed_fits(problem, ALLOT_LISTED)) {
        looking.width = ALLOT_LISTED;
    }
    uint32_t pieces = problem->applicants / MANY + 1, most = workers_of(host);
    most = most < MOST_WORKERS ? most : MOST_WORKERS;
    pieces = pieces < most ? pieces : most;
    bool room = true;
    for (uint32_t i = 0; i < pieces; i++) {
        looking.look[i] =
            (struct look){ .problem = problem,
                           .row = allot_get(host, (size_t)problem->offers * looking.width, sizeof(uint32_t)),
                           .from = (uint32_t)workers_from(problem->applicants, pieces, i),
                           .to = (uint32_t)workers_from(problem->applicants, pieces, i + 1) };
        room = room && looking.look[i].row != NULL;
    }
    bool valid = room;
    if (room) {
        workers_each(host, look_at_piece, &looking, pieces);
        valid = looks_valid(&looking, pieces, seen, error);
    } else {
        allot_no_memory(error);
    }
    for (uint32_t i = seen->listed != NULL; i < pieces; i++) {
        allot_put(host, looking.look[i].row);
    }
    return valid;
}

static bool reach_valid(const struct allot_problem *problem, uint32_t *seen, struct allot_error *error)
{
    if (problem->sites == 0) {
        return true;
    }
    if (problem->reach_from == NULL || problem->reach_from[0] != 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "reach_from must start with 0");
    }
    if (problem->reach == NULL && problem->reach_from[problem->sites] > 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the reach is missing");
    }
    for (uint32_t s = 0; s < problem->sites; s++) {
        uint32_t from = problem->reach_from[s], to = problem->reach_from[s + 1];
        if (to < from || to > problem->reach_from[problem->sites]) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "site %u: reach from %u to %u", s, from, to);
        }
        for (uint32_t e = from; e < to; e++) {
            uint32_t offer = problem->reach[e].offer;
            if (offer >= problem->offers || problem->reach[e].steps > ALLOT_MAX_STEPS) {
                return allot_fail(error, ALLOT_FAULT_PROBLEM, "site %u: offer %u at %u steps cannot be", s, offer,
                                  problem->reach[e].steps);
            }
            if (seen[offer] == s + 1) {
                return allot_fail(error, ALLOT_FAULT_PROBLEM, "site %u: offer %u is in reach twice", s, offer);
            }
            seen[offer] = s + 1;
        }
    }
    return true;
}

static bool see(const struct allot_problem *problem, const struct allot_host *host, bool listed,
                struct allot_seen *seen, struct allot_error *error)
{
    *seen = (struct allot_seen){ .listed = NULL };
    if (!rules_valid(problem, error) || !kinds_valid(problem, error) ||
        !applicants_valid(problem, host, listed, seen, error)) {
        return false;
    }
    uint32_t *met = allot_get_zero(host, problem->offers, sizeof *met);
    bool valid = met == NULL ? allot_no_memory(error) : reach_valid(problem, met, error);
    allot_put(host, met);
    if (!valid) {
        allot_seen_drop(seen, host);
    }
    return valid;
}

bool allot_see(const struct allot_problem *problem, const struct allot_host *host, struct allot_seen *seen,
               struct allot_error *error)
{
    return see(problem, host, true, seen, error);
}

void allot_seen_drop(struct allot_seen *seen, const struct allot_host *host)
{
    allot_put(host, seen->listed);
    seen->listed = NULL;
}

bool allot_shape_valid(const struct allot_problem *problem, const struct allot_host *host, struct allot_error *error)
{
    struct allot_seen seen;
    return see(problem, host, false, &seen, error);
}

bool allot_problem_valid(const struct allot_problem *problem, const struct allot_host *host, struct allot_error *error)
{
    if (!allot_shape_valid(problem, host, error)) {
        return false;
    }
    if (problem->ticket == NULL) {
        return true;
    }
    struct allot_drawn *ticket = allot_get(host, problem->applicants, sizeof *ticket);
    struct allot_drawn *spare = allot_get(host, problem->applicants, sizeof *spare);
    bool valid = ticket != NULL && spare != NULL;
    if (!valid) {
        allot_no_memory(error);
    } else {
        uint32_t twice = allot_sort_tickets(problem, ticket, spare);
        if (twice != ALLOT_NONE) {
            valid = allot_fail(error, ALLOT_FAULT_PROBLEM, "applicants %u and %u have the same ticket",
                               ticket[twice - 1].applicant, ticket[twice].applicant);
        }
    }
    allot_put(host, ticket);
    allot_put(host, spare);
    return valid;
}

int allot_compare_lots(struct allot_lot first, struct allot_lot second)
{
    if (first.high != second.high) {
        return first.high < second.high ? -1 : 1;
    }
    return (first.low > second.low) - (first.low < second.low);
}

int allot_compare_tickets(const struct allot_problem *problem, uint32_t first, uint32_t second)
{
    return problem->ticket == NULL ? 0 : memcmp(problem->ticket[first], problem->ticket[second], ALLOT_TICKET_BYTES);
}

int allot_compare_own_lots(const struct allot_problem *problem, uint32_t first, uint32_t second)
{
    int order = allot_compare_lots(problem->lot[first], problem->lot[second]);
    return order != 0 ? order : allot_compare_tickets(problem, first, second);
}
