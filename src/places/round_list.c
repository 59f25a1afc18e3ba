/* Building the canonical list from the database.
 *
 * What must hold: the same rows give the same list, byte for byte, whatever order they were written in. So everything
 * is read in an order of its own (offers by code, sites by id, applicants by ticket, wishes by rank), and nothing that
 * depends on a time enters it. */
#include "places/round_list.h"

#include "allot/sm3.h"
#include "base/hex.h"
#include "places/inside.h"
#include "registry/registry.h"

#include <stdlib.h>

/* With the hash of the program's version in the rules, nobody can say afterwards that another one was meant. */
#define PROGRAM "jiaoti 0.1, allot 1, transcript 1; built as docs/transcript.md says"
enum { BALANCE_STEP_METRES = 100 };

/* What is read once and needed by every part. */
struct builder {
    struct db *db;
    struct places *places;
    struct arena *arena;
    struct round_list *list;
    struct str division;
    enum stage stage;
    int64_t policy_id;
    unsigned char policy_hash[SM3_BYTES];
    struct community *communities; /* the sites, by id */
    size_t ncommunities;
    struct allot_offer *offers;
    int64_t (*offer_at)[2]; /* east, north */
    struct catchment_offer *catchments;
    size_t ncatchments;
    bool with_leaves;
};

/* A public school of a catchment; by catchment, then offer. */
struct catchment_offer {
    int64_t catchment;
    uint32_t offer;
};

uint32_t list_step_metres(const struct policy *policy)
{
    return policy->distance_step_metres ? policy->distance_step_metres : BALANCE_STEP_METRES;
}

/* ---- The rules: offers, sites, reach ---- */

static bool load_round(struct builder *b, int64_t round, struct error *error)
{
    struct rows *rows = db_query(b->db, error,
                                 "select r.label, r.division, r.stage, r.policy, p.hash from round r "
                                 "join policy p on p.id = r.policy where r.id = ?1",
                                 V_INT(round));
    bool found = rows_next(rows), hash = false;
    if (found) {
        b->list->round = round;
        b->list->label = rows_text_in(rows, 0, b->arena);
        b->division = rows_text_in(rows, 1, b->arena);
        b->stage = str_is(rows_text(rows, 2), "junior") ? STAGE_JUNIOR : STAGE_PRIMARY;
        b->policy_id = rows_int(rows, 3);
        hash = hex_decode(rows_text(rows, 4), b->policy_hash, SM3_BYTES);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    if (!found || !hash) {
        return error_set(error, found ? "the policy of round %lld has no hash" : "there is no round %lld",
                         (long long)round);
    }
    return places_policy(b->places, b->db, b->policy_id, &b->list->policy, error);
}

static struct allot_offer place_of(const struct policy *policy, bool is_public, int64_t capacity)
{
    bool open = (policy->balance_open & (is_public ? OPEN_PUBLIC : OPEN_PRIVATE)) != 0;
    bool classes = policy->nprivate_classes > 1;
    return (struct allot_offer){ .capacity = (uint32_t)capacity,
                                 .order = is_public || classes ? ALLOT_BY_PRIORITY : ALLOT_BY_LOT,
                                 .balance = policy->balance && open };
}

struct read_offer {
    struct list_offer offer;
    int64_t east, north;
};

static bool load_offers(struct builder *b, struct error *error)
{
    struct list list = { .size = sizeof(struct read_offer) };
    struct rows *rows =
        db_query(b->db, error,
                 "select o.id, o.institution, i.code, i.name_zh, i.name_en, o.kind, o.capacity + o.to_late, i.east, "
                 "i.north from offer o join institution i on i.id = o.institution where o.round = ?1 "
                 "order by i.code",
                 V_INT(b->list->round));
    while (rows_next(rows)) {
        *(struct read_offer *)list_add(&list, b->arena) = (struct read_offer){
            { .id = rows_int(rows, 0),
              .institution = rows_int(rows, 1),
              .code = rows_text_in(rows, 2, b->arena),
              .school = { rows_text_in(rows, 3, b->arena), rows_text_in(rows, 4, b->arena) },
              .public_school = str_is(rows_text(rows, 5), "public"),
              .capacity = rows_int(rows, 6) },
            .east = rows_int(rows, 7),
            .north = rows_int(rows, 8),
        };
    }
    const struct read_offer *read = list.items;
    struct transcript_text *ids = ARENA_ARRAY(b->arena, struct transcript_text, list.n);
    b->list->offers = ARENA_ARRAY(b->arena, struct list_offer, list.n);
    b->offers = ARENA_ARRAY(b->arena, struct allot_offer, list.n);
    b->offer_at = arena_array(b->arena, list.n, sizeof *b->offer_at);
    for (size_t j = 0; j < list.n; j++) {
        b->list->offers[j] = read[j].offer;
        b->offers[j] = place_of(b->list->policy, read[j].offer.public_school, read[j].offer.capacity);
        b->offer_at[j][0] = read[j].east;
        b->offer_at[j][1] = read[j].north;
        ids[j] = (struct transcript_text){ read[j].offer.code.p, read[j].offer.code.n };
    }
    b->list->problem.offers = (uint32_t)list.n;
    b->list->problem.offer = b->list->places = b->offers;
    b->list->transcript.offer_id = ids;
    return rows_end(rows, error);
}

/* Every offer that balance may fill is in reach of every community of the county. */
static void build_reach(struct builder *b)
{
    uint32_t offers = b->list->problem.offers, step = list_step_metres(b->list->policy), open = 0, n = 0;
    for (uint32_t j = 0; j < offers; j++) {
        open += b->offers[j].balance;
    }
    uint32_t *from = ARENA_ARRAY(b->arena, uint32_t, b->ncommunities + 1);
    struct allot_reach *reach = ARENA_ARRAY(b->arena, struct allot_reach, b->ncommunities * open);
    for (size_t s = 0; s < b->ncommunities; s++) {
        for (uint32_t j = 0; j < offers; j++) {
            if (b->offers[j].balance) {
                int64_t metres = registry_distance(b->communities[s].east, b->communities[s].north, b->offer_at[j][0],
                                                   b->offer_at[j][1]);
                int64_t steps = metres / step;
                reach[n++] = (struct allot_reach){ j, steps < ALLOT_MAX_STEPS ? (uint32_t)steps : ALLOT_MAX_STEPS };
            }
        }
        from[s + 1] = n;
    }
    b->list->problem.reach_from = from;
    b->list->problem.reach = reach;
}

static bool build_rules(struct builder *b, int64_t round, struct error *error)
{
    struct round_list *list = b->list;
    if (!load_round(b, round, error) || !load_offers(b, error) ||
        !registry_communities(b->db, b->arena, b->division, &b->communities, &b->ncommunities, error)) {
        return false;
    }
    struct transcript_text *ids = ARENA_ARRAY(b->arena, struct transcript_text, b->ncommunities);
    for (size_t s = 0; s < b->ncommunities; s++) {
        struct str id =
            arena_printf(b->arena, "%.*s-%lld", STR_ARG(b->communities[s].division), (long long)b->communities[s].id);
        ids[s] = (struct transcript_text){ id.p, id.n };
    }
    list->problem.version = ALLOT_VERSION;
    list->problem.mechanism = list->policy->mechanism == MECHANISM_DEFERRED ? ALLOT_DEFERRED : ALLOT_SERIAL;
    list->problem.balance = list->policy->balance;
    list->problem.sites = (uint32_t)b->ncommunities;
    build_reach(b);
    list->transcript.round = (struct transcript_text){ list->label.p, list->label.n };
    list->transcript.program = (struct transcript_text){ PROGRAM, sizeof PROGRAM - 1 };
    memcpy(list->transcript.policy, b->policy_hash, SM3_BYTES);
    list->transcript.step_metres = list_step_metres(list->policy);
    list->transcript.site_id = ids;
    list->transcript.problem = &list->problem;
    list->problem.choice_from = ARENA_ARRAY(b->arena, uint32_t, 1);
    return true;
}

/* ---- Applicants ---- */

/* An application as the list needs it. */
struct entry {
    struct list_applicant applicant;
    struct str ticket, half_family, half_bureau, child;
    int64_t dwelling, dwelling_community, household_community;
    int64_t east, north;
    struct str claim_kind, review, review_reasons;
    uint32_t facts, confirmed; /* confirmed: all bits of its passed checks */
    uint32_t site;
    bool wants_public;
    size_t from, n; /* its wishes */
};

struct wish {
    struct list_choice choice;
    uint32_t offer;
    uint32_t priority;
};

#define LISTED "a.round = ?1 and a.state = 'submitted' and (a.review = 'passed' or (?2 = 0 and a.review <> 'refused'))"

static const char entries_sql[] =
    "select a.id, a.receipt, a.ticket, a.half_family, a.half_bureau, c.citizen_hash, a.dwelling, d.community, "
    "c.household_community, d.east, d.north, a.claim_kind, a.review, a.review_reasons, a.facts "
    "from application a join child c on c.id = a.child left join dwelling d on d.id = a.dwelling where " LISTED
    " order by a.ticket";
static const char wishes_sql[] =
    "select c.application, c.offer, c.distance, c.category, c.subrank, c.sibling from choice c "
    "join application a on a.id = c.application where " LISTED " order by a.ticket, c.rank";
static const char confirmed_sql[] = "select f.application, f.facts from fact f join application a on "
                                    "a.id = f.application where " LISTED " and f.state = 'passed' and f.facts <> 0 "
                                    "order by a.ticket";

static uint32_t site_of(const struct builder *b, int64_t community)
{
    size_t low = 0, high = b->ncommunities;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (b->communities[middle].id < community) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < b->ncommunities && b->communities[low].id == community ? (uint32_t)low : ALLOT_NONE;
}

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
        };
        e->site = site_of(b, e->dwelling_community);
        e->site = e->site == ALLOT_NONE ? site_of(b, e->household_community) : e->site;
        tickets = tickets && e->ticket.n == ALLOT_TICKET_BYTES;
    }
    return rows_end(rows, error) && (tickets || error_set(error, "a submitted application has no ticket"));
}

static int by_id(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (x[0] > y[0]) - (x[0] < y[0]);
}

/* Number of each offer by its id: pairs (id, number), by id. */
static int64_t (*offer_numbers(const struct builder *b))[2]
{
    uint32_t n = b->list->problem.offers;
    int64_t(*pairs)[2] = arena_array(b->arena, n, sizeof *pairs);
    for (uint32_t j = 0; j < n; j++) {
        pairs[j][0] = b->list->offers[j].id;
        pairs[j][1] = j;
    }
    if (n) {
        qsort(pairs, n, sizeof *pairs, by_id);
    }
    return pairs;
}

/* A wish not judged yet stands with who remains: the last category, the last class. */
static void judge_wish(const struct builder *b, struct wish *wish, int64_t category, int64_t subrank)
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
    choice->steps = policy_distance_steps(policy, (double)choice->distance);
    wish->priority = is_public
                         ? policy_priority(policy, (size_t)category, (size_t)subrank, choice->sibling, choice->steps)
                     : policy->nprivate_classes > 1 ? (uint32_t)category << 24
                                                    : 0;
}

static bool load_wishes(struct builder *b, struct entry *entries, size_t n, struct list *wishes, struct error *error)
{
    int64_t(*numbers)[2] = offer_numbers(b);
    struct rows *rows = db_query(b->db, error, wishes_sql, V_INT(b->list->round), V_INT(b->list->rule == LIST_PASSED));
    size_t at = 0;
    bool known = true;
    while (rows_next(rows)) {
        int64_t application = rows_int(rows, 0), offer = rows_int(rows, 1);
        while (at < n && entries[at].applicant.application != application) {
            at++;
        }
        const int64_t(*pair)[2] = bsearch(&offer, numbers, b->list->problem.offers, sizeof *numbers, by_id);
        if (at == n || !pair) {
            known = false;
            break;
        }
        struct wish *wish = list_add(wishes, b->arena);
        *wish = (struct wish){ .offer = (uint32_t)(*pair)[1],
                               .choice = { .distance = rows_int(rows, 2), .sibling = rows_int(rows, 5) != 0 } };
        judge_wish(b, wish, rows_int(rows, 3), rows_int(rows, 4));
        entries[at].from = entries[at].n++ == 0 ? wishes->n - 1 : entries[at].from;
        entries[at].wants_public |= b->list->offers[wish->offer].public_school;
    }
    return rows_end(rows, error) && (known || error_set(error, "a wish is for no offer of its round"));
}

/* ---- The catchment's school after a lost draw ---- */

static bool load_catchments(struct builder *b, struct error *error)
{
    struct list list = { .size = sizeof(struct catchment_offer) };
    int64_t(*numbers)[2] = offer_numbers(b);
    struct rows *rows = db_query(b->db, error,
                                 "select s.catchment, o.id from catchment_school s join offer o "
                                 "on o.institution = s.institution join institution i on i.id = o.institution "
                                 "where o.round = ?1 and o.kind = 'public' order by s.catchment, i.code",
                                 V_INT(b->list->round));
    while (rows_next(rows)) {
        int64_t offer = rows_int(rows, 1);
        const int64_t(*pair)[2] = bsearch(&offer, numbers, b->list->problem.offers, sizeof *numbers, by_id);
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
    uint32_t site = site_of(b, community);
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
            policy_category(b->list->policy, facts_at_home(e, catchment == dwelling, catchment == household), &category,
                            &subrank);
            struct wish wish = { .offer = offer, .choice = { .implied = true } };
            wish.choice.distance = registry_distance(e->east, e->north, b->offer_at[offer][0], b->offer_at[offer][1]);
            judge_wish(b, &wish, (int64_t)category, (int64_t)subrank);
            if (!any || wish.priority < out->priority) {
                *out = wish;
                any = true;
            }
        }
    }
    return any;
}

/* ---- The leaf's commitment ---- */

static void part_of(const struct hmac_sm3 *salt, const char *name, struct str content, unsigned char out[SM3_BYTES])
{
    struct sm3 sm3;
    unsigned char mac[SM3_BYTES];
    hmac_sm3_of(salt, name, strlen(name), mac);
    sm3_start(&sm3);
    sm3_add(&sm3, mac, SM3_BYTES);
    sm3_add(&sm3, content.p, content.n);
    sm3_end(&sm3, out);
}

enum { PARTS = 4 };
static const char *const part_names[PARTS] = { "identity", "evidence", "place", "wishes" };

static void contents_of(const struct builder *b, const struct entry *e, const struct wish *wishes,
                        struct str out[PARTS])
{
    struct arena *arena = b->arena;
    out[0] = arena_printf(arena, "receipt %.*s\nchild %.*s\n", STR_ARG(e->applicant.receipt),
                          STR_ARG(hex_encode(arena, e->child.p, e->child.n)));
    out[1] = arena_printf(arena, "facts %u\nreview %.*s\nreasons %.*s\n", e->facts, STR_ARG(e->review),
                          STR_ARG(e->review_reasons));
    out[2] = arena_printf(arena, "dwelling %lld\ncommunity %lld\nkind %.*s\n", (long long)e->dwelling,
                          (long long)e->dwelling_community, STR_ARG(e->claim_kind));
    struct str text = { "", 0 };
    for (size_t i = 0; i < e->n; i++) {
        const struct wish *w = &wishes[e->from + i];
        text = arena_printf(arena, "%.*swish %zu %.*s %lld %u %u %d\n", STR_ARG(text), i + 1,
                            STR_ARG(b->list->offers[w->offer].code), (long long)w->choice.distance, w->choice.category,
                            w->choice.subrank, w->choice.sibling);
    }
    out[3] = text;
}

static void commit_leaf(const struct builder *b, const struct entry *e, const struct wish *wishes,
                        unsigned char out[SM3_BYTES])
{
    static const char version[] = "JT-LEAF-1";
    struct str contents[PARTS];
    struct hmac_sm3 salt;
    struct sm3 sm3;
    char *bytes = arena_alloc(b->arena, e->half_family.n + e->half_bureau.n);
    if (e->half_family.n) {
        memcpy(bytes, e->half_family.p, e->half_family.n);
    }
    if (e->half_bureau.n) {
        memcpy(bytes + e->half_family.n, e->half_bureau.p, e->half_bureau.n);
    }
    contents_of(b, e, wishes, contents);
    hmac_sm3_key(&salt, bytes, e->half_family.n + e->half_bureau.n);
    sm3_start(&sm3);
    sm3_add(&sm3, version, sizeof version - 1);
    for (int i = 0; i < PARTS; i++) {
        unsigned char part[SM3_BYTES];
        part_of(&salt, part_names[i], contents[i], part);
        sm3_add(&sm3, part, SM3_BYTES);
    }
    sm3_end(&sm3, out);
}

/* ---- All together ---- */

static void fill(struct builder *b, const struct entry *entries, size_t n, const struct wish *wishes, size_t nwishes)
{
    struct round_list *list = b->list;
    size_t c = 0;
    struct allot_applicant *applicant = ARENA_ARRAY(b->arena, struct allot_applicant, n);
    struct allot_choice *choice = ARENA_ARRAY(b->arena, struct allot_choice, nwishes + n);
    uint32_t *from = ARENA_ARRAY(b->arena, uint32_t, n + 1);
    unsigned char(*ticket)[ALLOT_TICKET_BYTES] = arena_array(b->arena, n, ALLOT_TICKET_BYTES);
    unsigned char(*commitment)[SM3_BYTES] = arena_array(b->arena, n, SM3_BYTES);
    list->applicants = ARENA_ARRAY(b->arena, struct list_applicant, n);
    list->choices = ARENA_ARRAY(b->arena, struct list_choice, nwishes + n);
    bool imply = list->policy->mechanism == MECHANISM_SERIAL;
    for (size_t a = 0; a < n; a++) {
        const struct entry *e = &entries[a];
        struct wish own[LIMIT_CHOICES + 1];
        size_t count = e->n < LIMIT_CHOICES ? e->n : LIMIT_CHOICES;
        memcpy(ticket[a], e->ticket.p, ALLOT_TICKET_BYTES);
        applicant[a] = (struct allot_applicant){ .site = e->site, .places = 1 };
        list->applicants[a] = e->applicant;
        if (count) {
            memcpy(own, wishes + e->from, count * sizeof *own);
        }
        if (imply && !e->wants_public && imply_wish(b, e, &own[count])) {
            count++;
        }
        for (size_t i = 0; i < count; i++, c++) {
            list->choices[c] = own[i].choice;
            choice[c] = (struct allot_choice){ .offer = own[i].offer,
                                               .priority = own[i].priority,
                                               .category = own[i].choice.category };
        }
        from[a + 1] = (uint32_t)c;
        if (b->with_leaves) {
            commit_leaf(b, e, wishes, commitment[a]);
        }
    }
    list->problem.applicants = (uint32_t)n;
    list->problem.applicant = applicant;
    list->problem.ticket = (const unsigned char(*)[ALLOT_TICKET_BYTES])ticket;
    list->problem.choice_from = from;
    list->problem.choice = choice;
    list->transcript.commitment = (const unsigned char(*)[SM3_BYTES])commitment;
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

bool round_rules_hash(struct db *db, struct places *places, struct arena *arena, int64_t round,
                      unsigned char hash[SM3_BYTES], struct error *error)
{
    struct round_list list = { 0 };
    struct builder b = { .db = db, .places = places, .arena = arena, .list = &list };
    struct transcript_commitment commitment;
    struct allot_error wrong = { 0 };
    if (!build_rules(&b, round, error)) {
        return false;
    }
    if (!transcript_commit(&list.transcript, NULL, &commitment, &wrong)) {
        return error_set(error, "the rules cannot be written down: %s", wrong.message);
    }
    memcpy(hash, commitment.rules, SM3_BYTES);
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

static struct str opening_of(const struct builder *b, const struct entry *e, const struct wish *wishes)
{
    struct str contents[PARTS], text;
    unsigned char leaf[SM3_BYTES];
    contents_of(b, e, wishes, contents);
    commit_leaf(b, e, wishes, leaf);
    text = arena_printf(b->arena, "jiaoti-leaf 1\nticket %.*s\nhalf_family %.*s\nhalf_bureau %.*s\ncommitment %.*s\n",
                        STR_ARG(hex_encode(b->arena, e->ticket.p, e->ticket.n)),
                        STR_ARG(hex_encode(b->arena, e->half_family.p, e->half_family.n)),
                        STR_ARG(hex_encode(b->arena, e->half_bureau.p, e->half_bureau.n)),
                        STR_ARG(hex_encode(b->arena, leaf, sizeof leaf)));
    for (int i = 0; i < PARTS; i++) {
        text = arena_printf(b->arena, "%.*s\npart %s, %zu bytes\n%.*s", STR_ARG(text), part_names[i], contents[i].n,
                            STR_ARG(contents[i]));
    }
    return text;
}

bool round_leaf_opening(struct db *db, struct places *places, struct arena *arena, int64_t application,
                        struct str *text, bool *found, struct error *error)
{
    struct round_list list = { 0 };
    struct builder b = { .db = db, .places = places, .arena = arena, .list = &list };
    struct list entries = { .size = sizeof(struct entry) }, wishes = { .size = sizeof(struct wish) };
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
            *text = opening_of(&b, &all[i], wishes.items);
        }
    }
    return true;
}
