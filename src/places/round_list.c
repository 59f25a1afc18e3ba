/* Building the canonical list from the database: who asks, for what, with what standing.
 *
 * What must hold: the same rows give the same list, byte for byte, whatever order they were written in. So everything
 * is read in an order of its own (offers by code, sites by id, applicants by ticket, wishes by rank), and nothing that
 * depends on a time enters it.
 *
 * Siblings who ask together are one ticket: the smallest of theirs. It stands at each wish where the one of them stands
 * who stands last, and belongs to the groups to which all of them belong, so that asking together gains no standing. */
#include "places/round_build.h"

#include <stdlib.h>

#define LISTED "a.round = ?1 and a.state = 'submitted' and (a.review = 'passed' or (?2 = 0 and a.review <> 'refused'))"

static const char entries_sql[] =
    "select a.id, a.receipt, a.ticket, a.half_family, a.half_bureau, c.citizen_hash, a.dwelling, d.community, "
    "c.household_community, d.east, d.north, a.claim_kind, a.review, a.review_reasons, a.facts, a.together "
    "from application a join child c on c.id = a.child left join dwelling d on d.id = a.dwelling where " LISTED
    " order by a.ticket";
static const char wishes_sql[] =
    "select c.application, c.offer, c.distance, c.category, c.subrank, c.sibling, c.facts from choice c "
    "join application a on a.id = c.application where " LISTED " order by a.ticket, c.rank";
static const char confirmed_sql[] = "select f.application, f.facts from fact f join application a on "
                                    "a.id = f.application where " LISTED " and f.state = 'passed' and f.facts <> 0 "
                                    "order by a.ticket";

static bool load_entries(struct builder *b, struct list *entries, struct error *error)
{
    struct rows *rows = db_query(b->db, error, entries_sql, V_INT(b->list->round), V_INT(b->list->rule == LIST_PASSED));
    bool tickets = true;
    while (rows_next(rows)) {
        struct entry *e = list_add(entries, b->arena);
        *e = (struct entry){
            .applicant = { .application = rows_int(rows, 0), .receipt = rows_text_in(rows, 1, b->arena) },
            .ticket = rows_blob_in(rows, 2, b->arena),
            .half_family = rows_blob_in(rows, 3, b->arena),
            .half_bureau = rows_blob_in(rows, 4, b->arena),
            .child = rows_blob_in(rows, 5, b->arena),
            .dwelling = rows_int(rows, 6),
            .dwelling_community = rows_int(rows, 7),
            .household_community = rows_int(rows, 8),
            .east = rows_int(rows, 9),
            .north = rows_int(rows, 10),
            .claim_kind = rows_text_in(rows, 11, b->arena),
            .review = rows_text_in(rows, 12, b->arena),
            .review_reasons = rows_text_in(rows, 13, b->arena),
            .facts = (uint32_t)rows_int(rows, 14),
            .together = rows_int(rows, 15),
        };
        e->site = build_site_of(b, e->dwelling_community);
        e->site = e->site == ALLOT_NONE ? build_site_of(b, e->household_community) : e->site;
        tickets = tickets && e->ticket.n == ALLOT_TICKET_BYTES;
    }
    return rows_end(rows, error) && (tickets || error_set(error, "a submitted application has no ticket"));
}

/* A wish not judged yet stands with who remains: the last category, the last class. `facts`: by which it is judged. */
static void judge_wish(const struct builder *b, struct wish *wish, int64_t category, int64_t subrank, uint32_t facts)
{
    const struct policy *policy = b->list->policy;
    bool is_public = b->list->offers[wish->offer].public_school;
    size_t n = is_public ? policy->ncategories : policy->nprivate_classes;
    if (category < 0 || (size_t)category >= n) {
        category = n ? (int64_t)n - 1 : 0;
        subrank = 0;
    }
    struct list_choice *choice = &wish->choice;
    choice->category = (uint16_t)category;
    choice->subrank = (uint16_t)subrank;
    choice->facts = facts;
    choice->members = build_members(b->list, wish->offer, facts);
    choice->steps = policy_distance_steps(policy, (double)choice->distance);
    wish->priority = is_public
                         ? policy_priority(policy, (size_t)category, (size_t)subrank, choice->sibling, choice->steps)
                     : policy->nprivate_classes > 1 ? (uint32_t)category << 24
                                                    : 0;
}

static bool load_wishes(struct builder *b, struct entry *entries, size_t n, struct list *wishes, struct error *error)
{
    int64_t(*numbers)[2] = build_offer_numbers(b);
    struct rows *rows = db_query(b->db, error, wishes_sql, V_INT(b->list->round), V_INT(b->list->rule == LIST_PASSED));
    size_t at = 0;
    bool known = true;
    while (rows_next(rows)) {
        int64_t application = rows_int(rows, 0), offer = rows_int(rows, 1);
        while (at < n && entries[at].applicant.application != application) {
            at++;
        }
        const int64_t(*pair)[2] = bsearch(&offer, numbers, b->list->problem.offers, sizeof *numbers, build_by_id);
        if (at == n || !pair) {
            known = false;
            break;
        }
        struct wish *wish = list_add(wishes, b->arena);
        *wish = (struct wish){ .offer = (uint32_t)(*pair)[1],
                               .choice = { .distance = rows_int(rows, 2), .sibling = rows_int(rows, 5) != 0 } };
        int64_t facts = rows_int(rows, 6);
        judge_wish(b, wish, rows_int(rows, 3), rows_int(rows, 4), facts < 0 ? entries[at].facts : (uint32_t)facts);
        entries[at].from = entries[at].n++ == 0 ? wishes->n - 1 : entries[at].from;
        entries[at].wants_public |= b->list->offers[wish->offer].public_school;
    }
    return rows_end(rows, error) && (known || error_set(error, "a wish is for no offer of its round"));
}

/* ---- The catchment's school after a lost draw ---- */

static bool load_catchments(struct builder *b, struct error *error)
{
    struct list list = { .size = sizeof(struct catchment_offer) };
    int64_t(*numbers)[2] = build_offer_numbers(b);
    struct rows *rows = db_query(b->db, error,
                                 "select s.catchment, o.id from catchment_school s join offer o "
                                 "on o.institution = s.institution join institution i on i.id = o.institution "
                                 "where o.round = ?1 and o.kind = 'public' order by s.catchment, i.code",
                                 V_INT(b->list->round));
    while (rows_next(rows)) {
        int64_t offer = rows_int(rows, 1);
        const int64_t(*pair)[2] = bsearch(&offer, numbers, b->list->problem.offers, sizeof *numbers, build_by_id);
        *(struct catchment_offer *)list_add(&list, b->arena) =
            (struct catchment_offer){ rows_int(rows, 0), pair ? (uint32_t)(*pair)[1] : 0 };
    }
    b->catchments = list.items;
    b->ncatchments = list.n;
    return rows_end(rows, error);
}

static bool load_confirmed(struct builder *b, struct entry *entries, size_t n, struct error *error)
{
    struct rows *rows =
        db_query(b->db, error, confirmed_sql, V_INT(b->list->round), V_INT(b->list->rule == LIST_PASSED));
    size_t at = 0;
    while (rows_next(rows)) {
        while (at < n && entries[at].applicant.application != rows_int(rows, 0)) {
            at++;
        }
        if (at < n) {
            entries[at].confirmed |= (uint32_t)rows_int(rows, 1);
        }
    }
    return rows_end(rows, error);
}

static int64_t catchment_of(const struct builder *b, int64_t community)
{
    uint32_t site = build_site_of(b, community);
    return site == ALLOT_NONE ? 0 : b->communities[site].catchment[b->stage];
}

/* The facts of a child before a school of its own catchment (compare settle.c, which judges what was chosen). */
static uint32_t facts_at_home(const struct entry *e, bool dwelling_in, bool household_in)
{
    uint32_t facts = e->facts;
    if (household_in && e->confirmed & FACT_BIT(FACT_HOUSEHOLD_IN_CATCHMENT)) {
        facts |= FACT_BIT(FACT_HOUSEHOLD_IN_CATCHMENT) | FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY);
    }
    if (dwelling_in && e->confirmed & FACT_BIT(FACT_DWELLING_IN_CATCHMENT)) {
        facts |= FACT_BIT(FACT_DWELLING_IN_CATCHMENT) | FACT_BIT(FACT_DWELLING_IN_COUNTY);
    }
    return facts;
}

/* The best standing among the schools of the dwelling's and the household's catchments; the dwelling's on a tie. */
static bool imply_wish(const struct builder *b, const struct entry *e, struct wish *out)
{
    int64_t dwelling = catchment_of(b, e->dwelling_community), household = catchment_of(b, e->household_community);
    bool any = false;
    for (int turn = 0; turn < 2; turn++) {
        int64_t catchment = turn == 0 ? dwelling : household;
        for (size_t i = 0; catchment && i < b->ncatchments; i++) {
            if (b->catchments[i].catchment != catchment) {
                continue;
            }
            size_t category, subrank;
            uint32_t offer = b->catchments[i].offer;
            uint32_t facts = facts_at_home(e, catchment == dwelling, catchment == household);
            policy_category(b->list->policy, facts, &category, &subrank);
            struct wish wish = { .offer = offer, .choice = { .implied = true } };
            wish.choice.distance = registry_distance(e->east, e->north, b->offer_at[offer][0], b->offer_at[offer][1]);
            judge_wish(b, &wish, (int64_t)category, (int64_t)subrank, facts);
            if (!any || wish.priority < out->priority) {
                *out = wish;
                any = true;
            }
        }
    }
    return any;
}

/* ---- Siblings who ask together ---- */

/* The entries of one ticket, by ticket; most have one alone. */
struct party {
    size_t member[ALLOT_MAX_TOGETHER];
    size_t n;
};

struct sibling {
    int64_t together;
    size_t entry;
};

static int by_together(const void *a, const void *b)
{
    const struct sibling *x = a, *y = b;
    if (x->together != y->together) {
        return x->together < y->together ? -1 : 1;
    }
    return (x->entry > y->entry) - (x->entry < y->entry);
}

static bool same_wishes(const struct entry *one, const struct entry *other, const struct wish *wishes)
{
    bool same = one->n == other->n;
    for (size_t i = 0; same && i < one->n; i++) {
        same = wishes[one->from + i].offer == wishes[other->from + i].offer;
    }
    return same;
}

/* Who asks together is one party, if all of them are listed with the same wishes; in the place of the first. Others
 * have an empty one. */
static struct party *make_parties(const struct builder *b, const struct entry *entries, size_t n,
                                  const struct wish *wishes)
{
    struct party *parties = ARENA_ARRAY(b->arena, struct party, n);
    struct sibling *siblings = ARENA_ARRAY(b->arena, struct sibling, n);
    size_t count = 0;
    for (size_t e = 0; e < n; e++) {
        parties[e] = (struct party){ .member = { e }, .n = 1 };
        if (entries[e].together && b->list->policy->together != TOGETHER_NONE) {
            siblings[count++] = (struct sibling){ entries[e].together, e };
        }
    }
    if (count) {
        qsort(siblings, count, sizeof *siblings, by_together);
    }
    for (size_t i = 0, end; i < count; i = end) {
        bool good = true;
        for (end = i + 1; end < count && siblings[end].together == siblings[i].together; end++) {
            good = good && same_wishes(&entries[siblings[i].entry], &entries[siblings[end].entry], wishes);
        }
        if (!good || end - i > ALLOT_MAX_TOGETHER) {
            continue;
        }
        struct party *lead = &parties[siblings[i].entry];
        for (size_t k = i + 1; k < end; k++) {
            lead->member[lead->n++] = siblings[k].entry;
            parties[siblings[k].entry].n = 0;
        }
    }
    return parties;
}

/* ---- All together ---- */

/* A party's wish is that of the one who stands last there, in the groups of all. */
static void join_wish(struct wish *wish, const struct wish *other)
{
    uint32_t members = wish->choice.members & other->choice.members;
    if (other->priority > wish->priority) {
        *wish = *other;
    }
    wish->choice.members = members;
}

/* The wishes of a party into own; returns how many. */
static size_t wishes_of(const struct builder *b, const struct entry *entries, const struct party *party,
                        const struct wish *wishes, struct wish own[LIMIT_CHOICES + 1])
{
    const struct entry *first = &entries[party->member[0]];
    size_t count = first->n < LIMIT_CHOICES ? first->n : LIMIT_CHOICES;
    bool imply = b->list->policy->mechanism == MECHANISM_SERIAL && !first->wants_public;
    imply = imply && imply_wish(b, first, &own[count]);
    if (count) {
        memcpy(own, wishes + first->from, count * sizeof *own);
    }
    for (size_t k = 1; k < party->n; k++) {
        const struct entry *e = &entries[party->member[k]];
        struct wish implied;
        for (size_t i = 0; i < count; i++) {
            join_wish(&own[i], &wishes[e->from + i]);
        }
        imply = imply && imply_wish(b, e, &implied) && implied.offer == own[count].offer;
        if (imply) {
            join_wish(&own[count], &implied);
        }
    }
    return count + imply;
}

static void commit_party(const struct builder *b, const struct entry *entries, const struct party *party,
                         const struct wish *wishes, unsigned char out[SM3_BYTES])
{
    unsigned char leaves[ALLOT_MAX_TOGETHER][SM3_BYTES];
    for (size_t k = 0; k < party->n; k++) {
        build_leaf(b, &entries[party->member[k]], wishes, leaves[k]);
    }
    if (party->n == 1) {
        memcpy(out, leaves[0], SM3_BYTES);
    } else {
        build_leaf_together((const unsigned char(*)[SM3_BYTES])leaves, party->n, out);
    }
}

static struct list_applicant applicant_of(const struct builder *b, const struct entry *entries,
                                          const struct party *party)
{
    struct list_applicant applicant = entries[party->member[0]].applicant;
    if (party->n > 1) {
        applicant.siblings = ARENA_ARRAY(b->arena, int64_t, party->n - 1);
        applicant.nsiblings = party->n - 1;
        for (size_t k = 1; k < party->n; k++) {
            applicant.siblings[k - 1] = entries[party->member[k]].applicant.application;
        }
    }
    return applicant;
}

static void fill(struct builder *b, const struct entry *entries, size_t n, const struct wish *wishes, size_t nwishes)
{
    struct round_list *list = b->list;
    size_t a = 0, c = 0;
    struct allot_applicant *applicant = ARENA_ARRAY(b->arena, struct allot_applicant, n);
    struct allot_choice *choice = ARENA_ARRAY(b->arena, struct allot_choice, nwishes + n);
    uint32_t *from = ARENA_ARRAY(b->arena, uint32_t, n + 1);
    unsigned char(*ticket)[ALLOT_TICKET_BYTES] = arena_array(b->arena, n, ALLOT_TICKET_BYTES);
    unsigned char(*commitment)[SM3_BYTES] = arena_array(b->arena, n, SM3_BYTES);
    const struct party *parties = make_parties(b, entries, n, wishes);
    list->applicants = ARENA_ARRAY(b->arena, struct list_applicant, n);
    list->choices = ARENA_ARRAY(b->arena, struct list_choice, nwishes + n);
    for (size_t e = 0; e < n; e++) {
        const struct party *party = &parties[e];
        struct wish own[LIMIT_CHOICES + 1];
        if (party->n == 0) {
            continue;
        }
        memcpy(ticket[a], entries[e].ticket.p, ALLOT_TICKET_BYTES);
        applicant[a] = (struct allot_applicant){ .site = entries[e].site, .places = (uint16_t)party->n };
        list->applicants[a] = applicant_of(b, entries, party);
        size_t count = wishes_of(b, entries, party, wishes, own);
        for (size_t i = 0; i < count; i++, c++) {
            list->choices[c] = own[i].choice;
            choice[c] = (struct allot_choice){ .offer = own[i].offer,
                                               .priority = own[i].priority,
                                               .category = own[i].choice.category,
                                               .group = build_group(b, own[i].offer, own[i].choice.members) };
        }
        if (b->with_leaves) {
            commit_party(b, entries, party, wishes, commitment[a]);
        }
        from[++a] = (uint32_t)c;
    }
    list->problem.applicants = (uint32_t)a;
    list->problem.applicant = applicant;
    list->problem.ticket = (const unsigned char(*)[ALLOT_TICKET_BYTES])ticket;
    list->problem.choice_from = from;
    list->problem.choice = choice;
    list->transcript.commitment = (const unsigned char(*)[SM3_BYTES])commitment;
}

void round_list_lots(struct round_list *list, struct arena *arena, const unsigned char seed[SM3_BYTES])
{
    struct allot_problem *problem = &list->problem;
    struct allot_lot *lots = ARENA_ARRAY(arena, struct allot_lot, problem->applicants), *by_choice = NULL;
    if (problem->lot_per_offer) {
        by_choice = ARENA_ARRAY(arena, struct allot_lot, problem->choice_from[problem->applicants]);
    }
    allot_derive_lots(problem, seed, list->label.p, list->label.n, NULL, lots, by_choice);
    problem->lot = lots;
    problem->choice_lot = by_choice;
}

bool round_list_build(struct db *db, struct places *places, struct arena *arena, int64_t round, enum list_rule rule,
                      bool with_leaves, struct round_list *out, struct error *error)
{
    struct builder b = { .db = db, .places = places, .arena = arena, .list = out, .with_leaves = with_leaves };
    struct list entries = { .size = sizeof(struct entry) }, wishes = { .size = sizeof(struct wish) };
    *out = (struct round_list){ .rule = rule };
    if (!build_rules(&b, round, error) || !load_entries(&b, &entries, error) ||
        !load_wishes(&b, entries.items, entries.n, &wishes, error)) {
        return false;
    }
    if (out->policy->mechanism == MECHANISM_SERIAL &&
        (!load_catchments(&b, error) || !load_confirmed(&b, entries.items, entries.n, error))) {
        return false;
    }
    fill(&b, entries.items, entries.n, wishes.items, wishes.n);
    return true;
}

bool round_list_rule(struct db *db, int64_t round, enum list_rule *rule, struct error *error)
{
    int64_t left_out = 0;
    bool found;
    if (!db_one_int(db, error, &left_out, &found,
                    "select case when detail like 'passed only%' then 1 else 0 end from round_step "
                    "where round = ?1 and step = 'final'",
                    V_INT(round))) {
        return false;
    }
    *rule = left_out ? LIST_PASSED : LIST_STANDING;
    return true;
}

/* ---- What the family alone gets ---- */

/* The entries of its ticket, in the order of their tickets. */
static size_t siblings_of(const struct builder *b, const struct list *entries, size_t e, const struct wish *wishes,
                          const struct entry *out[ALLOT_MAX_TOGETHER])
{
    const struct entry *all = entries->items;
    const struct party *parties = make_parties(b, all, entries->n, wishes);
    for (size_t p = 0; p < entries->n; p++) {
        bool here = false;
        for (size_t k = 0; k < parties[p].n; k++) {
            out[k] = &all[parties[p].member[k]];
            here = here || parties[p].member[k] == e;
        }
        if (here) {
            return parties[p].n;
        }
    }
    return 0;
}

bool round_leaf_opening(struct db *db, struct places *places, struct arena *arena, int64_t application,
                        struct str *text, bool *found, struct error *error)
{
    struct round_list list = { 0 };
    struct builder b = { .db = db, .places = places, .arena = arena, .list = &list };
    struct list entries = { .size = sizeof(struct entry) }, wishes = { .size = sizeof(struct wish) };
    const struct entry *siblings[ALLOT_MAX_TOGETHER];
    int64_t round;
    if (!db_one_int(db, error, &round, found, "select round from application where id = ?1", V_INT(application))) {
        return false;
    }
    if (!*found) {
        return true;
    }
    *found = false;
    if (!round_list_rule(db, round, &list.rule, error) || !build_rules(&b, round, error) ||
        !load_entries(&b, &entries, error) || !load_wishes(&b, entries.items, entries.n, &wishes, error)) {
        return false;
    }
    const struct entry *all = entries.items;
    for (size_t i = 0; i < entries.n && !*found; i++) {
        *found = all[i].applicant.application == application;
        if (*found) {
            size_t n = siblings_of(&b, &entries, i, wishes.items, siblings);
            *text = build_opening(&b, &all[i], siblings, n, wishes.items);
        }
    }
    return true;
}
