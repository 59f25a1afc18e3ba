#include "oracle.h"

#include <string.h>

/* --- the document's order and choice ----------------------------------------------------------------------------- */

static const struct allot_kind *own_kind(const struct allot_problem *problem, uint32_t offer, uint32_t kind)
{
    bool has = problem->kind_from != NULL && problem->kind_from[offer] < problem->kind_from[offer + 1];
    return has ? &problem->kind[problem->kind_from[offer] + kind] : NULL;
}

static const struct allot_choice *choice_of(const struct oracle *oracle, uint32_t ticket, uint32_t offer)
{
    return &oracle->problem->choice[oracle->problem->choice_from[ticket] + oracle->rank[ticket][offer]];
}

static bool belongs(const struct oracle *oracle, const struct allot_kind *kind, uint32_t ticket, uint32_t offer)
{
    bool member = false;
    for (uint32_t i = 0; i < kind->groups; i++) {
        member |= oracle->problem->kind_group[kind->group_from + i] == choice_of(oracle, ticket, offer)->group;
    }
    return member;
}

static int sign(bool first, bool second)
{
    return first ? -1 : second ? 1 : 0;
}

static int compare_lots(struct allot_lot one, struct allot_lot other)
{
    int high = sign(one.high<other.high, one.high> other.high);
    return high != 0 ? high : sign(one.low<other.low, one.low> other.low);
}

static int compare_tickets(const struct allot_problem *problem, uint32_t one, uint32_t other)
{
    return memcmp(problem->ticket[one], problem->ticket[other], ALLOT_TICKET_BYTES);
}

/* (rank with serial; not a member with first; priority; lot; ticket) */
static int compare_at(const struct oracle *oracle, uint32_t offer, uint32_t k, uint32_t one, uint32_t other)
{
    const struct allot_problem *problem = oracle->problem;
    const struct allot_kind *kind = own_kind(problem, offer, k);
    if (problem->mechanism == ALLOT_SERIAL && oracle->rank[one][offer] != oracle->rank[other][offer]) {
        return sign(oracle->rank[one][offer] < oracle->rank[other][offer], true);
    }
    if (kind != NULL && kind->whom == ALLOT_MEMBERS_FIRST &&
        belongs(oracle, kind, one, offer) != belongs(oracle, kind, other, offer)) {
        return sign(belongs(oracle, kind, one, offer), true);
    }
    const struct allot_choice *mine = choice_of(oracle, one, offer), *theirs = choice_of(oracle, other, offer);
    bool lot_alone =
        problem->mechanism == ALLOT_DRAW || (kind == NULL ? problem->offer[offer].order : kind->order) == ALLOT_BY_LOT;
    if (!lot_alone && mine->priority != theirs->priority) {
        return sign(mine->priority < theirs->priority, true);
    }
    int lots = problem->lot_per_offer ? compare_lots(problem->choice_lot[mine - problem->choice],
                                                     problem->choice_lot[theirs - problem->choice])
                                      : compare_lots(problem->lot[one], problem->lot[other]);
    return lots != 0 ? lots : compare_tickets(problem, one, other);
}

static void fill_offer(struct oracle *oracle, uint32_t j)
{
    const struct allot_problem *problem = oracle->problem;
    for (uint32_t a = 0; a < oracle->tickets; a++) {
        if (oracle->rank[a][j] != ORACLE_NO) {
            oracle->listed[j] = (uint8_t)(oracle->listed[j] | 1u << a);
        }
    }
    bool own = own_kind(problem, j, 0) != NULL;
    oracle->kinds[j] = own ? (uint8_t)(problem->kind_from[j + 1] - problem->kind_from[j]) : 1;
    for (uint32_t k = 0; k < oracle->kinds[j]; k++) {
        const struct allot_kind *kind = own_kind(problem, j, k);
        oracle->places[j][k] = own ? kind->places : problem->offer[j].capacity;
        uint32_t count = 0;
        uint8_t *order = oracle->order[j][k];
        for (uint32_t a = 0; a < oracle->tickets; a++) {
            if ((oracle->listed[j] >> a & 1) == 0) {
                continue;
            }
            bool takes = !own || kind->whom == ALLOT_FOR_ALL || kind->whom == ALLOT_MEMBERS_FIRST ||
                         belongs(oracle, kind, a, j) == (kind->whom == ALLOT_MEMBERS_ONLY);
            if (takes) {
                oracle->takes[j][k] = (uint8_t)(oracle->takes[j][k] | 1u << a);
            }
            uint32_t at = count++;
            for (; at > 0 && compare_at(oracle, j, k, a, order[at - 1]) < 0; at--) {
                order[at] = order[at - 1];
            }
            order[at] = (uint8_t)a;
        }
    }
}

/* Kind by kind, each among all whom it takes and whom no kind before it has chosen. */
static void choose(struct oracle *oracle, uint32_t j, uint32_t set)
{
    uint32_t rest = set, listed = (uint32_t)__builtin_popcount(oracle->listed[j]);
    for (uint32_t k = 0; k < oracle->kinds[j]; k++) {
        uint32_t given = 0;
        for (uint32_t i = 0; i < listed; i++) {
            uint32_t a = oracle->order[j][k][i], needs = oracle->problem->applicant[a].places;
            if ((rest & oracle->takes[j][k] & 1u << a) == 0) {
                continue;
            }
            bool yes = oracle->problem->together == ALLOT_TOGETHER_ADD ? given < oracle->places[j][k]
                                                                       : given + needs <= oracle->places[j][k];
            if (yes) {
                given += needs;
                rest &= ~(1u << a);
                oracle->kind[j][set][a] = (uint8_t)k;
            }
        }
    }
    oracle->chosen[j][set] = (uint8_t)(set & ~rest);
}

void oracle_fill(struct oracle *oracle, const struct allot_problem *problem)
{
    memset(oracle, 0, sizeof *oracle);
    memset(oracle->rank, ORACLE_NO, sizeof oracle->rank);
    oracle->problem = problem;
    oracle->tickets = problem->applicants;
    oracle->offers = problem->offers;
    for (uint32_t a = 0; a < oracle->tickets; a++) {
        for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
            oracle->wish[a][oracle->wishes[a]] = (uint8_t)problem->choice[c].offer;
            oracle->rank[a][problem->choice[c].offer] = oracle->wishes[a]++;
        }
        uint32_t at = a;
        for (; at > 0 && compare_tickets(problem, a, oracle->by_ticket[at - 1]) < 0; at--) {
            oracle->by_ticket[at] = oracle->by_ticket[at - 1];
        }
        oracle->by_ticket[at] = (uint8_t)a;
    }
    for (uint32_t i = 0; i < oracle->tickets; i++) { /* equal lots stay in the order of tickets */
        uint32_t a = oracle->by_ticket[i], at = i;
        for (; at > 0 && compare_lots(problem->lot[a], problem->lot[oracle->by_lot[at - 1]]) < 0; at--) {
            oracle->by_lot[at] = oracle->by_lot[at - 1];
        }
        oracle->by_lot[at] = (uint8_t)a;
    }
    for (uint32_t j = 0; j < oracle->offers; j++) {
        fill_offer(oracle, j);
        uint32_t listed = oracle->listed[j], set = 0;
        do { /* every subset of those who list it */
            choose(oracle, j, set);
            set = (set - listed) & listed;
        } while (set != 0);
        do {
            for (uint32_t others = listed & ~set; others != 0; others &= others - 1) {
                uint32_t one = others & -others;
                oracle->would[j][set] |= (uint8_t)(oracle->chosen[j][set | one] & one);
            }
            set = (set - listed) & listed;
        } while (set != 0);
    }
}

/* --- what a plan is worth ---------------------------------------------------------------------------------------- */

bool oracle_has(const struct oracle *oracle, const struct oracle_plan *plan, uint32_t ticket)
{
    return plan->rank[ticket] < oracle->wishes[ticket];
}

bool oracle_passed(const struct oracle *oracle, const struct oracle_plan *plan, uint32_t ticket, uint32_t rank)
{
    uint32_t offer = oracle->wish[ticket][rank];
    return rank < plan->rank[ticket] && (oracle->would[offer][plan->held[offer]] >> ticket & 1) != 0;
}

bool oracle_unmoved(const struct oracle *oracle, const struct oracle_plan *plan)
{
    for (uint32_t a = 0; a < oracle->tickets; a++) {
        for (uint32_t rank = 0; rank < plan->rank[a]; rank++) {
            if (oracle_passed(oracle, plan, a, rank)) {
                return false;
            }
        }
    }
    return true;
}

static bool kept(const struct oracle *oracle, const struct oracle_plan *plan)
{
    bool all = true;
    for (uint32_t j = 0; j < oracle->offers; j++) {
        all &= oracle->chosen[j][plan->held[j]] == plan->held[j];
    }
    return all;
}

bool oracle_stable(const struct oracle *oracle, const struct oracle_plan *plan)
{
    return kept(oracle, plan) && oracle_unmoved(oracle, plan);
}

static void assign(const struct oracle *oracle, struct oracle_plan *plan, uint32_t ticket, struct oracle_found *found)
{
    if (ticket == oracle->tickets) {
        found->looked_at++;
        if (!oracle_unmoved(oracle, plan)) {
            return;
        }
        found->unmoved++;
        if (kept(oracle, plan)) {
            found->stable++;
            for (uint32_t a = 0; a < oracle->tickets && a < ORACLE_TICKETS; a++) {
                found->best[a] = plan->rank[a] < found->best[a] ? plan->rank[a] : found->best[a];
            }
        }
        return;
    }
    for (uint32_t rank = 0; rank <= oracle->wishes[ticket]; rank++) {
        plan->rank[ticket] = (uint8_t)rank;
        if (rank == oracle->wishes[ticket]) {
            assign(oracle, plan, ticket + 1, found);
            continue;
        }
        uint8_t *held = &plan->held[oracle->wish[ticket][rank]], before = *held;
        *held = (uint8_t)(before | 1u << ticket);
        assign(oracle, plan, ticket + 1, found);
        *held = before;
    }
}

void oracle_enumerate(const struct oracle *oracle, struct oracle_found *found)
{
    struct oracle_plan plan = { 0 };
    memset(found, 0, sizeof *found);
    memset(found->best, ORACLE_NO, sizeof found->best);
    assign(oracle, &plan, 0, found);
}

/* Can the tickets of the set, from this one on, stand at the offer's kinds? */
static bool seats(const struct oracle *oracle, uint32_t offer, uint32_t set, uint32_t *left)
{
    if (set == 0) {
        return true;
    }
    uint32_t ticket = (uint32_t)__builtin_ctz(set), needs = oracle->problem->applicant[ticket].places;
    for (uint32_t k = 0; k < oracle->kinds[offer]; k++) {
        if (left[k] >= needs && (oracle->takes[offer][k] >> ticket & 1) != 0) {
            left[k] -= needs;
            bool done = seats(oracle, offer, set & (set - 1), left);
            left[k] += needs;
            if (done) {
                return true;
            }
        }
    }
    return false;
}

static bool better_for_all(const struct oracle *oracle, const struct oracle_plan *plan, uint8_t *held, uint32_t ticket,
                           bool somebody)
{
    if (ticket == oracle->tickets) {
        return somebody;
    }
    if (!oracle_has(oracle, plan, ticket) && better_for_all(oracle, plan, held, ticket + 1, somebody)) {
        return true;
    }
    for (uint32_t rank = 0; rank <= plan->rank[ticket] && rank < oracle->wishes[ticket]; rank++) {
        uint32_t offer = oracle->wish[ticket][rank], left[ORACLE_KINDS];
        memcpy(left, oracle->places[offer], sizeof left);
        held[offer] ^= (uint8_t)(1u << ticket);
        bool found = seats(oracle, offer, held[offer], left) &&
                     better_for_all(oracle, plan, held, ticket + 1, somebody || rank < plan->rank[ticket]);
        held[offer] ^= (uint8_t)(1u << ticket);
        if (found) {
            return true;
        }
    }
    return false;
}

bool oracle_improvable(const struct oracle *oracle, const struct oracle_plan *plan)
{
    uint8_t held[ORACLE_OFFERS] = { 0 };
    return better_for_all(oracle, plan, held, 0, false);
}

/* --- the runs ---------------------------------------------------------------------------------------------------- */

static void nobody_has(const struct oracle *oracle, struct oracle_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    memcpy(plan->rank, oracle->wishes, sizeof plan->rank);
}

static void give(const struct oracle *oracle, struct oracle_plan *plan, uint32_t ticket, uint32_t rank, uint32_t kind)
{
    plan->rank[ticket] = (uint8_t)rank;
    plan->kind[ticket] = (uint8_t)kind;
    plan->held[oracle->wish[ticket][rank]] |= (uint8_t)(1u << ticket);
}

void oracle_serial(const struct oracle *oracle, struct oracle_plan *plan)
{
    uint32_t given[ORACLE_OFFERS][ORACLE_KINDS] = { 0 };
    nobody_has(oracle, plan);
    for (uint32_t round = 0; round < ORACLE_OFFERS; round++) {
        for (uint32_t j = 0; j < oracle->offers; j++) {
            for (uint32_t k = 0; k < oracle->kinds[j]; k++) {
                uint32_t listed = (uint32_t)__builtin_popcount(oracle->listed[j]);
                for (uint32_t i = 0; i < listed; i++) {
                    uint32_t a = oracle->order[j][k][i], places = oracle->places[j][k];
                    uint32_t needs = oracle->problem->applicant[a].places;
                    bool asks = oracle->rank[a][j] == round && !oracle_has(oracle, plan, a) &&
                                (oracle->takes[j][k] >> a & 1) != 0;
                    bool room = oracle->problem->together == ALLOT_TOGETHER_ADD ? given[j][k] < places
                                                                                : given[j][k] + needs <= places;
                    if (asks && room) {
                        given[j][k] += needs;
                        give(oracle, plan, a, round, k);
                    }
                }
            }
        }
    }
}

void oracle_picking(const struct oracle *oracle, struct oracle_plan *plan)
{
    uint32_t given[ORACLE_OFFERS] = { 0 };
    nobody_has(oracle, plan);
    for (uint32_t i = 0; i < oracle->tickets; i++) {
        uint32_t a = oracle->by_lot[i], needs = oracle->problem->applicant[a].places;
        for (uint32_t rank = 0; rank < oracle->wishes[a] && !oracle_has(oracle, plan, a); rank++) {
            uint32_t offer = oracle->wish[a][rank], places = oracle->places[offer][0];
            bool add = oracle->problem->together == ALLOT_TOGETHER_ADD;
            if (add ? given[offer] < places : given[offer] + needs <= places) {
                given[offer] += needs;
                give(oracle, plan, a, rank, 0);
            }
        }
    }
}

void oracle_cycles(const struct oracle *oracle, struct oracle_plan *plan)
{
    uint32_t left[ORACLE_OFFERS];
    nobody_has(oracle, plan);
    for (uint32_t j = 0; j < oracle->offers; j++) {
        left[j] = oracle->places[j][0];
    }
    for (;;) {
        uint8_t wants[ORACLE_TICKETS], points[ORACLE_OFFERS]; /* a rank; a ticket */
        for (uint32_t a = 0; a < oracle->tickets; a++) {
            wants[a] = 0;
            while (wants[a] < oracle->wishes[a] && left[oracle->wish[a][wants[a]]] == 0) {
                wants[a]++;
            }
        }
        uint32_t start = ORACLE_NO;
        for (uint32_t j = 0; j < oracle->offers; j++) {
            uint32_t listed = (uint32_t)__builtin_popcount(oracle->listed[j]);
            points[j] = ORACLE_NO;
            for (uint32_t i = 0; i < listed && left[j] > 0 && points[j] == ORACLE_NO; i++) {
                points[j] = oracle_has(oracle, plan, oracle->order[j][0][i]) ? ORACLE_NO : oracle->order[j][0][i];
            }
            start = points[j] == ORACLE_NO ? start : j;
        }
        if (start == ORACLE_NO) {
            return;
        }
        for (uint32_t i = 0; i < oracle->offers; i++) { /* whoever walks as many steps as there are offers is on it */
            start = oracle->wish[points[start]][wants[points[start]]];
        }
        uint32_t j = start;
        do {
            uint32_t a = points[j];
            j = oracle->wish[a][wants[a]];
            left[j]--;
            give(oracle, plan, a, wants[a], 0);
        } while (j != start);
    }
}

/* The offer of this wish chooses among those it has and the ticket. Returns the set of those who lose their place. */
static uint32_t go(const struct oracle *oracle, struct oracle_plan *plan, uint32_t ticket, uint32_t rank)
{
    uint32_t offer = oracle->wish[ticket][rank], pool = plan->held[offer] | 1u << ticket;
    uint32_t out = pool & (uint32_t)~oracle->chosen[offer][pool];
    plan->rank[ticket] = (uint8_t)rank;
    plan->held[offer] = oracle->chosen[offer][pool];
    for (uint32_t a = 0; a < oracle->tickets; a++) {
        if (pool >> a & 1) {
            plan->kind[a] = oracle->kind[offer][pool][a];
        }
        if (out >> a & 1) {
            plan->rank[a] = oracle->wishes[a];
            plan->kind[a] = 0;
        }
    }
    return out;
}

static void all_ask(const struct oracle *oracle, struct oracle_plan *plan)
{
    uint8_t next[ORACLE_TICKETS] = { 0 };
    nobody_has(oracle, plan);
    for (bool asked = true; asked;) {
        uint8_t ask[ORACLE_OFFERS] = { 0 };
        asked = false;
        for (uint32_t a = 0; a < oracle->tickets; a++) {
            if (!oracle_has(oracle, plan, a) && next[a] < oracle->wishes[a]) {
                ask[oracle->wish[a][next[a]]] |= (uint8_t)(1u << a);
                asked = true;
            }
        }
        for (uint32_t j = 0; j < oracle->offers; j++) {
            uint32_t pool = plan->held[j] | ask[j], chosen = oracle->chosen[j][pool];
            plan->held[j] = (uint8_t)chosen;
            for (uint32_t a = 0; a < oracle->tickets; a++) {
                if (chosen >> a & 1) {
                    plan->rank[a] = next[a];
                    plan->kind[a] = oracle->kind[j][pool][a];
                } else if (pool >> a & 1) {
                    plan->rank[a] = oracle->wishes[a];
                    plan->kind[a] = 0;
                    next[a]++;
                }
            }
        }
    }
}

struct repair {
    uint32_t out; /* a set */
    uint8_t goes[ORACLE_TICKETS][ORACLE_OFFERS];
};

static bool closed(const struct oracle *oracle, const struct repair *repair, uint32_t ticket, uint32_t rank)
{
    return repair->goes[ticket][rank] == (oracle->problem->applicant[ticket].places > 1 ? 1 : 50);
}

static void step(const struct oracle *oracle, struct oracle_plan *plan, struct repair *repair, uint32_t ticket,
                 uint32_t rank)
{
    if (oracle_has(oracle, plan, ticket)) {
        plan->held[oracle->wish[ticket][plan->rank[ticket]]] &= (uint8_t) ~(1u << ticket);
    }
    repair->goes[ticket][rank]++;
    repair->out |= go(oracle, plan, ticket, rank);
    plan->steps++;
}

/* The set of those whom an offer calls: one, or nobody. Kind by kind, each in its order. */
static uint32_t called_by(const struct oracle *oracle, const struct oracle_plan *plan, const struct repair *repair,
                          uint32_t offer)
{
    uint32_t listed = (uint32_t)__builtin_popcount(oracle->listed[offer]);
    for (uint32_t k = 0; k < oracle->kinds[offer]; k++) {
        for (uint32_t i = 0; i < listed; i++) {
            uint32_t a = oracle->order[offer][k][i];
            uint32_t rank = oracle->rank[a][offer], pool = plan->held[offer] | 1u << a;
            if (rank < plan->rank[a] && !(repair->out >> a & 1) && !closed(oracle, repair, a, rank) &&
                oracle_passed(oracle, plan, a, rank) && oracle->kind[offer][pool][a] == k) {
                return 1u << a;
            }
        }
    }
    return 0;
}

static bool call(const struct oracle *oracle, struct oracle_plan *plan, struct repair *repair)
{
    uint32_t called[ORACLE_OFFERS];
    for (uint32_t j = 0; j < oracle->offers; j++) {
        called[j] = called_by(oracle, plan, repair, j);
    }
    for (uint32_t i = 0; i < oracle->tickets; i++) {
        uint32_t a = oracle->by_lot[i];
        for (uint32_t rank = 0; rank < oracle->wishes[a]; rank++) {
            if (called[oracle->wish[a][rank]] >> a & 1) {
                step(oracle, plan, repair, a, rank);
                return true;
            }
        }
    }
    return false;
}

static bool come_back(const struct oracle *oracle, struct oracle_plan *plan, struct repair *repair)
{
    for (uint32_t i = 0; i < oracle->tickets; i++) {
        uint32_t a = oracle->by_lot[i];
        if (!(repair->out >> a & 1)) {
            continue;
        }
        repair->out &= ~(1u << a);
        for (uint32_t rank = 0; rank < oracle->wishes[a]; rank++) {
            if (!closed(oracle, repair, a, rank) && oracle_passed(oracle, plan, a, rank)) {
                step(oracle, plan, repair, a, rank);
                break;
            }
        }
        return true;
    }
    return false;
}

void oracle_fit(const struct oracle *oracle, struct oracle_plan *plan)
{
    struct repair repair = { 0 };
    all_ask(oracle, plan);
    while (call(oracle, plan, &repair) || come_back(oracle, plan, &repair)) {
    }
}

void oracle_read(const struct oracle *oracle, const struct allot_result *result, struct oracle_plan *plan)
{
    nobody_has(oracle, plan);
    for (uint32_t a = 0; a < oracle->tickets; a++) {
        if (result->outcome[a].how == ALLOT_CHOICE) {
            give(oracle, plan, a, result->outcome[a].rank, result->outcome[a].kind);
        }
    }
    plan->steps = result->repairs;
}
