/*
 * Siblings together or not at all (ALLOT_TOGETHER_FIT): a ticket of several places is refused where fewer are left, and
 * who stands behind it and fits goes in.
 *
 * Such a choice is not substitutable: somebody refused may be wanted again later. There may be no stable answer, and
 * finding out whether there is one is hard (NP-complete, as for couples: Ronn, Journal of Algorithms 11, 1990;
 * McDermid and Manlove, Journal of Combinatorial Optimization 19, 2010). So the rule is a procedure, published and the
 * same for all: rounds of asking; if somebody is passed over after them, a repair.
 *
 * The repair fills places that are free from the offers' side, then lets those who were put out ask from theirs, one by
 * one. Were all tickets of one place, it would end by itself: while offers call, tickets only get better places or are
 * put out, and an offer calls in its own order, so that nobody goes where somebody comes after it who stands before;
 * afterwards places only get better holders (Roth and Vande Vate, Econometrica 58, 1990; Blum, Roth, Rothblum, Journal
 * of Economic Theory 76, 1997). It is the siblings who, put out by one child, leave a place free for another, call
 * after call in a circle. So a ticket of several places may go to a wish only twice. The wish is closed to it then, the
 * rest goes on, and who is passed over at the end is named. Tickets of one place have a limit too, which no city comes
 * near: it holds the end where kinds of places let siblings change their kind.
 *
 * Whether an offer would choose one more is asked for every ticket and every wish, so each line keeps the answer for
 * each number of places: the key before which a ticket of so many places is chosen.
 *
 * What must hold: whoever looks literally at docs/transcript.md, "Siblings together", gets the same.
 */
#include "allot/engine.h"

#include <string.h>

#define NOWHERE UINT16_MAX

struct wide {
    uint64_t first;  /* rank (with serial), not a member, priority */
    uint64_t second; /* place in the order of lots; index in the pool */
};

struct wish {
    uint32_t applicant; /* or ALLOT_NONE */
    uint32_t rank;
};

struct together {
    const struct allot_problem *problem;
    const struct allot_turns *turns; /* of the wishes */
    const struct allot_turns *own;   /* of the applicants */
    uint32_t *line_from;             /* per offer + 1 */
    struct wide (*bound)[ALLOT_MAX_TOGETHER];
    uint32_t *held;   /* per offer: the first of those whom it has */
    uint32_t *asking; /* per offer: the first of those who ask in this round */
    uint32_t *next;   /* per applicant: the next one in its list */
    uint16_t *at;     /* per applicant: rank of the present wish; how many it has when it has nothing */
    uint16_t *stand;  /* per applicant: kind of place */
    uint32_t *pool;   /* whom the offer in hand chooses among */
    uint16_t *chosen; /* per index in the pool: kind, or NOWHERE */
    struct wide *row; /* a kind's order of the pool */
    uint32_t *lost;   /* who has lost its place and is to be told where to go */
    uint32_t lost_count;
    uint32_t *offers;       /* a list of offers: asked in this round; changed since somebody looked */
    uint8_t *listed_offer;  /* per offer: it is in that list */
    uint32_t offers_listed; /* its length */
    /* Only for the repair: */
    uint32_t *lister_from; /* per offer + 1 */
    struct wish *lister;   /* the wishes for it */
    struct wish *call;     /* per offer: whom it calls */
    uint8_t *goes;         /* per wish: how often its ticket has gone to it */
    uint64_t *out;         /* a bit per place in the order of the own lots: is put out */
    uint32_t steps;
};

static inline bool before(struct wide one, struct wide other)
{
    return one.first != other.first ? one.first < other.first : one.second < other.second;
}

static int row_order(const void *one, const void *other, const void *ctx)
{
    (void)ctx;
    return before(*(const struct wide *)one, *(const struct wide *)other) ? -1 : 1;
}

static inline uint32_t ranks_of(const struct together *together, uint32_t applicant)
{
    return together->problem->choice_from[applicant + 1] - together->problem->choice_from[applicant];
}

static inline uint32_t lines_of(const struct together *together, uint32_t offer)
{
    return together->line_from[offer + 1] - together->line_from[offer];
}

/* NULL at an offer without kinds. */
static inline const struct allot_kind *kind_at(const struct together *together, uint32_t offer, uint32_t kind)
{
    const struct allot_problem *problem = together->problem;
    return allot_kinds_at(problem, offer) == 0 ? NULL : &problem->kind[problem->kind_from[offer] + kind];
}

/* False when the kind does not take this one. */
static bool key_of(const struct together *together, uint32_t applicant, uint32_t rank, const struct allot_kind *kind,
                   struct wide *key)
{
    const struct allot_problem *problem = together->problem;
    uint32_t c = problem->choice_from[applicant] + rank;
    const struct allot_choice *choice = &problem->choice[c];
    uint8_t other = 0;
    if (kind != NULL && !allot_kind_takes(problem, kind, choice->group, &other)) {
        return false;
    }
    uint8_t order = kind == NULL ? problem->offer[choice->offer].order : kind->order;
    uint64_t priority = order == ALLOT_BY_LOT || problem->mechanism == ALLOT_DRAW ? 0 : choice->priority;
    uint64_t counted_rank = problem->mechanism == ALLOT_SERIAL ? rank : 0;
    uint64_t place = together->turns->place[problem->lot_per_offer ? c : applicant];
    *key = (struct wide){ counted_rank << 33 | (uint64_t)other << 32 | priority, place << 32 };
    return true;
}

/* One kind goes through its order and chooses whom it still has places for; notes its bounds. */
static void choose_kind(struct together *together, uint32_t offer, uint32_t kind_number, uint32_t count)
{
    const struct allot_problem *problem = together->problem;
    const struct allot_kind *kind = kind_at(together, offer, kind_number);
    uint32_t places = kind == NULL ? problem->offer[offer].capacity : kind->places, used = 0, standing = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct wide key;
        if (together->chosen[i] == NOWHERE &&
            key_of(together, together->pool[i], together->at[together->pool[i]], kind, &key)) {
            key.second |= i;
            together->row[standing++] = key;
        }
    }
    allot_sort(together->row, standing, sizeof *together->row, row_order, NULL);
    struct wide *bound = together->bound[together->line_from[offer] + kind_number];
    uint32_t fits = places < ALLOT_MAX_TOGETHER ? places : ALLOT_MAX_TOGETHER; /* so many places are left */
    for (uint32_t w = 0; w < ALLOT_MAX_TOGETHER; w++) {
        bound[w] = w < fits ? (struct wide){ UINT64_MAX, UINT64_MAX } : (struct wide){ 0, 0 };
    }
    for (uint32_t r = 0; r < standing && used < places; r++) {
        uint32_t i = (uint32_t)together->row[r].second;
        uint32_t wanted = problem->applicant[together->pool[i]].places;
        if (wanted > places - used) {
            continue;
        }
        used += wanted;
        together->chosen[i] = (uint16_t)kind_number;
        for (; fits > places - used; fits--) {
            bound[fits - 1] = together->row[r];
        }
    }
}

/* The offer chooses among the pool: `chosen` of each. */
static void choose(struct together *together, uint32_t offer, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        together->chosen[i] = NOWHERE;
    }
    for (uint32_t kind = 0; kind < lines_of(together, offer); kind++) {
        choose_kind(together, offer, kind, count);
    }
}

static uint32_t pool_of(struct together *together, uint32_t first, uint32_t count)
{
    for (uint32_t a = first; a != ALLOT_NONE; a = together->next[a]) {
        together->pool[count++] = a;
    }
    return count;
}

/* Makes the choice true; those of the pool who were not chosen are put at the end of `lost`. */
static void take_chosen(struct together *together, uint32_t offer, uint32_t count)
{
    together->held[offer] = ALLOT_NONE;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t a = together->pool[i];
        if (together->chosen[i] == NOWHERE) {
            together->lost[together->lost_count++] = a;
            continue;
        }
        together->stand[a] = together->chosen[i];
        together->next[a] = together->held[offer];
        together->held[offer] = a;
    }
}

/* At which kind the offer of this rank, choosing among those it has and this one, would choose the applicant; else
 * NOWHERE. *key is where it stands in that kind's order. */
static uint32_t kind_for(const struct together *together, uint32_t applicant, uint32_t rank, struct wide *key)
{
    uint32_t offer = together->problem->choice[together->problem->choice_from[applicant] + rank].offer;
    uint32_t places = together->problem->applicant[applicant].places;
    for (uint32_t kind = 0; kind < lines_of(together, offer); kind++) {
        if (key_of(together, applicant, rank, kind_at(together, offer, kind), key) &&
            before(*key, together->bound[together->line_from[offer] + kind][places - 1])) {
            return kind;
        }
    }
    return NOWHERE;
}

static bool would_choose(const struct together *together, uint32_t applicant, uint32_t rank)
{
    struct wide key;
    return kind_for(together, applicant, rank, &key) != NOWHERE;
}

static void list_offer(struct together *together, uint32_t offer)
{
    if (!together->listed_offer[offer]) {
        together->listed_offer[offer] = 1;
        together->offers[together->offers_listed++] = offer;
    }
}

/* --- rounds ------------------------------------------------------------------------------------------------------ */

static void ask_all(struct together *together)
{
    const struct allot_problem *problem = together->problem;
    for (uint32_t i = 0; i < together->lost_count; i++) {
        uint32_t a = together->lost[i];
        uint32_t offer = problem->choice[problem->choice_from[a] + together->at[a]].offer;
        together->next[a] = together->asking[offer];
        together->asking[offer] = a;
        list_offer(together, offer);
    }
    together->lost_count = 0;
}

static void rounds(struct together *together)
{
    const struct allot_problem *problem = together->problem;
    for (uint32_t j = 0; j < problem->offers; j++) { /* whose bounds nobody's asking sets */
        choose(together, j, 0);
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (ranks_of(together, a) > 0) {
            together->lost[together->lost_count++] = a;
        }
    }
    while (together->lost_count > 0) {
        ask_all(together);
        for (uint32_t i = 0; i < together->offers_listed; i++) {
            uint32_t offer = together->offers[i];
            together->listed_offer[offer] = 0;
            uint32_t count = pool_of(together, together->held[offer], 0);
            count = pool_of(together, together->asking[offer], count);
            together->asking[offer] = ALLOT_NONE;
            choose(together, offer, count);
            take_chosen(together, offer, count);
        }
        together->offers_listed = 0;
        uint32_t on = 0;
        for (uint32_t i = 0; i < together->lost_count; i++) {
            uint32_t a = together->lost[i];
            together->at[a]++;
            if (together->at[a] < ranks_of(together, a)) {
                together->lost[on++] = a;
            }
        }
        together->lost_count = on;
    }
}

/* Who is passed over; with `over` also into that list. */
static uint32_t look_for_passed_over(const struct together *together, struct allot_passed_over *over)
{
    const struct allot_problem *problem = together->problem;
    uint32_t count = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        for (uint32_t rank = 0; rank < together->at[a]; rank++) {
            if (would_choose(together, a, rank)) {
                if (over != NULL) {
                    over[count] =
                        (struct allot_passed_over){ a, problem->choice[problem->choice_from[a] + rank].offer };
                }
                count++;
            }
        }
    }
    return count;
}

static uint32_t rank_at(const struct allot_problem *problem, const struct allot_passed_over *over)
{
    uint32_t c = problem->choice_from[over->applicant];
    while (problem->choice[c].offer != over->offer) {
        c++;
    }
    return c;
}

static int over_order(const void *one, const void *other, const void *ctx)
{
    const struct allot_passed_over *first = one, *second = other;
    int order = allot_compare_tickets(ctx, first->applicant, second->applicant);
    if (order == 0 && first->applicant != second->applicant) {
        order = first->applicant < second->applicant ? -1 : 1;
    }
    if (order == 0) {
        order = rank_at(ctx, first) < rank_at(ctx, second) ? -1 : 1;
    }
    return order;
}

/* --- repair ------------------------------------------------------------------------------------------------------ */

static bool ready_to_repair(struct together *together, const struct allot_host *host)
{
    const struct allot_problem *problem = together->problem;
    uint32_t applicants = problem->applicants, choices = problem->choice_from[applicants];
    together->lister_from = allot_get_zero(host, (size_t)problem->offers + 1, sizeof *together->lister_from);
    together->lister = allot_get(host, choices, sizeof *together->lister);
    together->call = allot_get(host, problem->offers, sizeof *together->call);
    together->goes = allot_get_zero(host, choices, sizeof *together->goes);
    together->out = allot_get_zero(host, (size_t)applicants / 64 + 1, sizeof *together->out);
    if (!together->lister_from || !together->lister || !together->call || !together->goes || !together->out) {
        return false;
    }
    for (uint32_t c = 0; c < choices; c++) {
        together->lister_from[problem->choice[c].offer]++;
    }
    for (uint32_t j = 0, sum = 0; j <= problem->offers; j++) { /* where each offer's listers end … */
        sum += together->lister_from[j];
        together->lister_from[j] = sum;
    }
    for (uint32_t a = applicants; a > 0; a--) { /* … and, filled from behind, begin */
        for (uint32_t rank = ranks_of(together, a - 1); rank > 0; rank--) {
            uint32_t offer = problem->choice[problem->choice_from[a - 1] + rank - 1].offer;
            together->lister[--together->lister_from[offer]] = (struct wish){ a - 1, rank - 1 };
        }
    }
    return true;
}

static bool is_closed(const struct together *together, uint32_t applicant, uint32_t rank)
{
    const struct allot_problem *problem = together->problem;
    return together->goes[problem->choice_from[applicant] + rank] ==
           allot_most_goes(problem->applicant[applicant].places);
}

static bool is_out(const struct together *together, uint32_t applicant)
{
    uint32_t place = together->own->place[applicant];
    return together->out[place / 64] >> place % 64 & 1;
}

/* Something changed for the ticket: its offers may call somebody else now. */
static void list_offers_of(struct together *together, uint32_t applicant)
{
    const struct allot_problem *problem = together->problem;
    for (uint32_t c = problem->choice_from[applicant]; c < problem->choice_from[applicant + 1]; c++) {
        list_offer(together, problem->choice[c].offer);
    }
}

static void find_call(struct together *together, uint32_t offer)
{
    struct wish *call = &together->call[offer];
    uint32_t first_kind = NOWHERE;
    struct wide first = { 0, 0 }, key;
    call->applicant = ALLOT_NONE;
    for (uint32_t i = together->lister_from[offer]; i < together->lister_from[offer + 1]; i++) {
        struct wish wish = together->lister[i];
        if (wish.rank >= together->at[wish.applicant] || is_out(together, wish.applicant) ||
            is_closed(together, wish.applicant, wish.rank)) {
            continue;
        }
        uint32_t kind = kind_for(together, wish.applicant, wish.rank, &key);
        if (kind != NOWHERE && (kind < first_kind || (kind == first_kind && before(key, first)))) {
            *call = wish;
            first_kind = kind;
            first = key;
        }
    }
}

/* Of those called, the first by lot, with the best wish at which it is called. */
static struct wish first_called(struct together *together)
{
    for (uint32_t i = 0; i < together->offers_listed; i++) {
        together->listed_offer[together->offers[i]] = 0;
        find_call(together, together->offers[i]);
    }
    together->offers_listed = 0;
    const uint32_t *place = together->own->place;
    struct wish first = { ALLOT_NONE, 0 };
    for (uint32_t j = 0; j < together->problem->offers; j++) {
        struct wish call = together->call[j];
        if (call.applicant != ALLOT_NONE &&
            (first.applicant == ALLOT_NONE || place[call.applicant] < place[first.applicant] ||
             (call.applicant == first.applicant && call.rank < first.rank))) {
            first = call;
        }
    }
    return first;
}

static void leave(struct together *together, uint32_t applicant)
{
    uint32_t c = together->problem->choice_from[applicant] + together->at[applicant];
    uint32_t offer = together->problem->choice[c].offer;
    uint32_t *link = &together->held[offer];
    while (*link != applicant) {
        link = &together->next[*link];
    }
    *link = together->next[applicant];
    choose(together, offer, pool_of(together, together->held[offer], 0)); /* for the bounds: nobody moves by it */
}

/* A step. The bounds at an offer that somebody left are those of a choice that was not made, so the offer chooses from
 * those it has afresh. */
static void go(struct together *together, struct wish wish)
{
    const struct allot_problem *problem = together->problem;
    uint32_t a = wish.applicant, offer = problem->choice[problem->choice_from[a] + wish.rank].offer;
    if (together->at[a] < ranks_of(together, a)) {
        leave(together, a);
    }
    together->steps++;
    together->goes[problem->choice_from[a] + wish.rank]++;
    together->at[a] = (uint16_t)wish.rank;
    together->pool[0] = a;
    uint32_t count = pool_of(together, together->held[offer], 1);
    choose(together, offer, count);
    take_chosen(together, offer, count);
    list_offers_of(together, a);
    for (uint32_t i = 0; i < together->lost_count; i++) {
        uint32_t lost = together->lost[i], place = together->own->place[lost];
        together->at[lost] = (uint16_t)ranks_of(together, lost);
        together->out[place / 64] |= (uint64_t)1 << place % 64;
        list_offers_of(together, lost);
    }
    together->lost_count = 0;
}

/* The first by lot of those put out is so no longer, and goes where it can; false when nobody is put out. */
static bool return_first(struct together *together)
{
    uint32_t word = 0, words = together->problem->applicants / 64 + 1;
    while (word < words && together->out[word] == 0) {
        word++;
    }
    if (word == words) {
        return false;
    }
    uint32_t a = together->own->who[word * 64 + (uint32_t)__builtin_ctzll(together->out[word])];
    together->out[word] &= together->out[word] - 1;
    for (uint32_t rank = 0; rank < ranks_of(together, a); rank++) {
        if (!is_closed(together, a, rank) && would_choose(together, a, rank)) {
            go(together, (struct wish){ a, rank });
            break;
        }
    }
    return true;
}

static void repair(struct together *together)
{
    for (uint32_t j = 0; j < together->problem->offers; j++) {
        list_offer(together, j);
    }
    do {
        for (struct wish called = first_called(together); called.applicant != ALLOT_NONE;
             called = first_called(together)) {
            go(together, called);
        }
    } while (return_first(together));
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

static void write_outcomes(const struct together *together, struct allot_outcome *outcome)
{
    const struct allot_problem *problem = together->problem;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        uint32_t rank = together->at[a];
        outcome[a] = rank == ranks_of(together, a)
                         ? allot_outcome_unplaced(problem, a)
                         : (struct allot_outcome){ .offer = problem->choice[problem->choice_from[a] + rank].offer,
                                                   .kind = together->stand[a],
                                                   .rank = (uint16_t)rank,
                                                   .how = ALLOT_CHOICE,
                                                   .reason = ALLOT_WHY_NOTHING };
    }
}

static bool name_passed_over(const struct together *together, const struct allot_host *host,
                             struct allot_result *result)
{
    uint32_t count = look_for_passed_over(together, NULL);
    struct allot_passed_over *over = count == 0 ? NULL : allot_get(host, count, sizeof *over);
    if (over != NULL) {
        look_for_passed_over(together, over);
        allot_sort(over, count, sizeof *over, over_order, together->problem);
        result->over = over;
        result->passed_over = count;
    }
    return count == 0 || over != NULL;
}

static bool run(struct together *together, const struct allot_host *host, struct allot_result *result)
{
    rounds(together);
    if (look_for_passed_over(together, NULL) > 0) {
        if (!ready_to_repair(together, host)) {
            return false;
        }
        repair(together);
        result->repairs = together->steps;
    }
    write_outcomes(together, result->outcome);
    return name_passed_over(together, host, result);
}

static void set_lines(struct together *together)
{
    const struct allot_problem *problem = together->problem;
    uint32_t from = 0;
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t kinds = allot_kinds_at(problem, j);
        together->line_from[j] = from;
        from += kinds == 0 ? 1 : kinds;
        together->held[j] = ALLOT_NONE;
        together->asking[j] = ALLOT_NONE;
    }
    together->line_from[problem->offers] = from;
}

bool allot_choose_together(const struct allot_problem *problem, const struct allot_host *host,
                           const struct allot_turns *turns, struct allot_result *result, struct allot_error *error)
{
    struct allot_turns own = { NULL, NULL };
    if (problem->lot_per_offer && !allot_turns_make(problem, host, false, &own, error)) {
        allot_turns_drop(host, &own);
        return false;
    }
    struct together together = { .problem = problem, .turns = turns, .own = problem->lot_per_offer ? &own : turns };
    size_t lines = problem->offers, applicants = problem->applicants, offers = problem->offers;
    lines += problem->kind_from == NULL ? 0 : problem->kind_from[problem->offers];
    together.line_from = allot_get(host, offers + 1, sizeof *together.line_from);
    together.bound = allot_get(host, lines, sizeof *together.bound);
    together.held = allot_get(host, offers, sizeof *together.held);
    together.asking = allot_get(host, offers, sizeof *together.asking);
    together.next = allot_get(host, applicants, sizeof *together.next);
    together.at = allot_get_zero(host, applicants, sizeof *together.at);
    together.stand = allot_get_zero(host, applicants, sizeof *together.stand);
    together.pool = allot_get(host, applicants, sizeof *together.pool);
    together.chosen = allot_get(host, applicants, sizeof *together.chosen);
    together.row = allot_get(host, applicants, sizeof *together.row);
    together.lost = allot_get(host, applicants, sizeof *together.lost);
    together.offers = allot_get(host, offers, sizeof *together.offers);
    together.listed_offer = allot_get_zero(host, offers, sizeof *together.listed_offer);
    bool done = together.line_from && together.bound && together.held && together.asking && together.next &&
                together.at && together.stand && together.pool && together.chosen && together.row && together.lost &&
                together.offers && together.listed_offer;
    if (done) {
        set_lines(&together);
        done = run(&together, host, result);
    }
    const void *mine[] = {
        own.place,     own.who,         together.line_from,    together.bound,  together.held,        together.asking,
        together.next, together.at,     together.stand,        together.pool,   together.chosen,      together.row,
        together.lost, together.offers, together.listed_offer, together.lister, together.lister_from, together.call,
        together.goes, together.out
    };
    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++) {
        allot_put(host, mine[i]);
    }
    return done || allot_no_memory(error);
}
