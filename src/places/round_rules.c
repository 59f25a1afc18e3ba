/* The rules of a round as the list has them: offers with their kinds of places, communities, and who may be sent where
 * by balance. They do not depend on who applies; their hash is published before anybody does. */
#include "base/hex.h"
#include "places/round_build.h"
#include "registry/touch.h"

#include <stdlib.h>

/* With the hash of the program's version in the rules, nobody can say afterwards that another one was meant. */
#define PROGRAM "jiaoti 0.1, allot 2, transcript 2; built as docs/transcript.md says"
enum { BALANCE_STEP_METRES = 100 };

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

static struct allot_offer place_of(const struct policy *policy, const struct list_offer *offer)
{
    bool open = (policy->balance_open & (offer->public_school ? OPEN_PUBLIC : OPEN_PRIVATE)) != 0;
    bool classes = policy->nprivate_classes > 1;
    return (struct allot_offer){ .capacity = (uint32_t)offer->capacity,
                                 .order =
                                     offer->public_school || classes || offer->kinds ? ALLOT_BY_PRIORITY : ALLOT_BY_LOT,
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
    struct allot_offer *offers = ARENA_ARRAY(b->arena, struct allot_offer, list.n);
    b->offer_at = arena_array(b->arena, list.n, sizeof *b->offer_at);
    for (size_t j = 0; j < list.n; j++) {
        struct list_offer *offer = &b->list->offers[j];
        *offer = read[j].offer;
        offer->kinds = policy_kind_set(b->list->policy, offer->public_school, offer->code);
        offers[j] = place_of(b->list->policy, offer);
        b->offer_at[j][0] = read[j].east;
        b->offer_at[j][1] = read[j].north;
        ids[j] = (struct transcript_text){ read[j].offer.code.p, read[j].offer.code.n };
    }
    b->list->problem.offers = (uint32_t)list.n;
    b->list->problem.offer = b->list->places = offers;
    b->list->transcript.offer_id = ids;
    return rows_end(rows, error);
}

/* ---- Kinds of places ---- */

/* For whom places are kept or capped, as the transcript names it. */
static void name_groups(struct builder *b)
{
    struct transcript_text *names = ARENA_ARRAY(b->arena, struct transcript_text, b->ngroups);
    for (size_t g = 0; g < b->ngroups; g++) {
        struct str name = b->groups[g].name.zh;
        if (name.n > TRANSCRIPT_TEXT_MAX) {
            name = arena_printf(b->arena, "group %zu", g + 1);
        }
        names[g] = (struct transcript_text){ name.p, name.n };
    }
    b->list->transcript.groups = (uint32_t)b->ngroups;
    b->list->transcript.group = names;
}

/* The numbers of the groups that a kind means: all that hold its bit. Sets of different schools have groups of their
 * own. */
static void groups_of(const struct builder *b, const struct kind_set *set, size_t k, struct allot_kind *kind,
                      uint16_t *numbers, uint32_t *used)
{
    kind->group_from = *used;
    for (size_t g = 0; g < b->ngroups; g++) {
        if (&b->list->policy->kind_sets[b->groups[g].set] == set && b->groups[g].members & 1u << k) {
            numbers[(*used)++] = (uint16_t)(g + 1);
        }
    }
    kind->groups = (uint16_t)(*used - kind->group_from);
}

void build_kinds_of(struct round_list *list, uint32_t offer)
{
    const struct kind_set *set = list->offers[offer].kinds;
    uint32_t places[KINDS_MAX], from = list->problem.kind_from ? list->problem.kind_from[offer] : 0;
    if (!set) {
        return;
    }
    kind_set_places(set, list->places[offer].capacity, places);
    for (size_t k = 0; k < set->nkinds; k++) {
        list->kinds[from + k].places = places[k];
    }
}

static void load_kinds(struct builder *b)
{
    static const uint8_t whoms[] = { [KIND_FOR_ALL] = ALLOT_FOR_ALL,
                                     [KIND_FIRST] = ALLOT_MEMBERS_FIRST,
                                     [KIND_ONLY] = ALLOT_MEMBERS_ONLY,
                                     [KIND_OTHERS] = ALLOT_OTHERS_ONLY };
    struct round_list *list = b->list;
    const struct policy *policy = list->policy;
    uint32_t offers = list->problem.offers, used = 0;
    b->ngroups = policy_groups(policy, b->arena, &b->groups);
    name_groups(b);
    if (policy->nkind_sets == 0) {
        return;
    }
    uint32_t *from = ARENA_ARRAY(b->arena, uint32_t, offers + 1);
    list->kinds = ARENA_ARRAY(b->arena, struct allot_kind, (size_t)offers * KINDS_MAX);
    uint16_t *numbers = ARENA_ARRAY(b->arena, uint16_t, (size_t)offers * KINDS_MAX << KIND_GROUPS_MAX);
    for (uint32_t j = 0; j < offers; j++) {
        const struct kind_set *set = list->offers[j].kinds;
        from[j + 1] = from[j];
        for (size_t k = 0; set && k < set->nkinds; k++) {
            struct allot_kind *kind = &list->kinds[from[j + 1]++];
            kind->whom = whoms[set->kinds[k].whom];
            kind->order = set->kinds[k].order == KIND_BY_LOT ? ALLOT_BY_LOT : ALLOT_BY_PRIORITY;
            if (set->kinds[k].whom != KIND_FOR_ALL) {
                groups_of(b, set, k, kind, numbers, &used);
            }
        }
    }
    list->problem.kind_from = from;
    list->problem.kind = list->kinds;
    list->problem.kind_group = numbers;
    for (uint32_t j = 0; j < offers; j++) {
        build_kinds_of(list, j);
    }
}

uint32_t build_members(const struct round_list *list, uint32_t offer, uint32_t facts)
{
    const struct kind_set *set = list->offers[offer].kinds;
    return set ? kind_set_members(set, facts) : 0;
}

uint16_t build_group(const struct builder *b, uint32_t offer, uint32_t members)
{
    const struct kind_set *set = b->list->offers[offer].kinds;
    for (size_t g = 0; members && g < b->ngroups; g++) {
        if (&b->list->policy->kind_sets[b->groups[g].set] == set && b->groups[g].members == members) {
            return (uint16_t)(g + 1);
        }
    }
    return 0;
}

void round_list_plan(struct round_list *list, uint32_t offer, uint32_t capacity)
{
    list->places[offer].capacity = capacity;
    build_kinds_of(list, offer);
}

/* ---- Communities and reach ---- */

/* ---- Balance within touching catchments ---- */

/* May children of catchment c (an index) be sent to offer j? [c * offers + j]; NULL: everywhere. */
struct nearness {
    uint8_t *near;
    int64_t *catchment; /* by id */
    size_t n;
};

static size_t catchment_index(const struct nearness *nearness, int64_t id)
{
    size_t low = 0, high = nearness->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (nearness->catchment[middle] < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < nearness->n && nearness->catchment[low] == id ? low : SIZE_MAX;
}

static bool load_catchment_ids(struct builder *b, struct nearness *out, struct error *error)
{
    struct list list = { .size = sizeof *out->catchment };
    struct rows *rows =
        db_query(b->db, error, "select id from catchment where division = ?1 and stage = ?2 order by id",
                 V_TEXT(b->division), V_TEXT(str_of(stage_id(b->stage))));
    while (rows_next(rows)) {
        *(int64_t *)list_add(&list, b->arena) = rows_int(rows, 0);
    }
    out->catchment = list.items;
    out->n = list.n;
    return rows_end(rows, error);
}

/* Where each offer is at home: the catchments of its school. */
static bool load_homes(struct builder *b, const struct nearness *nearness, struct allot_map *map, struct error *error)
{
    uint32_t offers = b->list->problem.offers, *from = ARENA_ARRAY(b->arena, uint32_t, offers + 1), at = 0;
    struct list homes = { .size = sizeof(uint32_t) };
    struct rows *rows = db_query(b->db, error,
                                 "select i.code, s.catchment from offer o join institution i on i.id = o.institution "
                                 "join catchment_school s on s.institution = i.id join catchment c on c.id = "
                                 "s.catchment and c.stage = ?2 where o.round = ?1 order by i.code, s.catchment",
                                 V_INT(b->list->round), V_TEXT(str_of(stage_id(b->stage))));
    while (rows_next(rows)) {
        size_t home = catchment_index(nearness, rows_int(rows, 1));
        while (at < offers && !str_eq(b->list->offers[at].code, rows_text(rows, 0))) {
            from[++at] = (uint32_t)homes.n;
        }
        if (at < offers && home != SIZE_MAX) {
            *(uint32_t *)list_add(&homes, b->arena) = (uint32_t)home;
        }
    }
    while (at < offers) {
        from[++at] = (uint32_t)homes.n;
    }
    map->home_from = from;
    map->home = homes.items;
    return rows_end(rows, error);
}

/* The catchments as the sites of a small problem of their own, of which only the contiguous pairs stay. */
static bool build_nearness(struct builder *b, struct nearness *out, struct error *error)
{
    struct touch *touches;
    size_t ntouches, at = 0;
    struct allot_error wrong = { 0 };
    uint32_t offers = b->list->problem.offers;
    struct allot_map map = { 0 };
    if (!load_catchment_ids(b, out, error) ||
        !registry_touches(b->db, b->arena, b->division, str_of(stage_id(b->stage)), &touches, &ntouches, error) ||
        !load_homes(b, out, &map, error)) {
        return false;
    }
    uint32_t *touch_from = ARENA_ARRAY(b->arena, uint32_t, out->n + 1),
             *touch = ARENA_ARRAY(b->arena, uint32_t, ntouches);
    uint32_t *reach_from = ARENA_ARRAY(b->arena, uint32_t, out->n + 1);
    uint32_t *kept_from = ARENA_ARRAY(b->arena, uint32_t, out->n + 1);
    struct allot_reach *reach = ARENA_ARRAY(b->arena, struct allot_reach, out->n * offers);
    struct allot_reach *kept = ARENA_ARRAY(b->arena, struct allot_reach, out->n * offers);
    for (size_t c = 0; c < out->n; c++) {
        uint32_t n = touch_from[c];
        while (at < ntouches && touches[at].catchment == out->catchment[c]) {
            size_t other = catchment_index(out, touches[at++].other);
            if (other != SIZE_MAX) {
                touch[n++] = (uint32_t)other;
            }
        }
        touch_from[c + 1] = n;
        for (uint32_t j = 0; j < offers; j++) {
            reach[c * offers + j] = (struct allot_reach){ j, 0 };
        }
        reach_from[c + 1] = (uint32_t)((c + 1) * offers);
    }
    map.touch_from = touch_from;
    map.touch = touch;
    struct allot_problem whole = { .version = ALLOT_VERSION,
                                   .offers = offers,
                                   .offer = b->list->places,
                                   .sites = (uint32_t)out->n,
                                   .reach_from = reach_from,
                                   .reach = reach };
    if (!allot_reach_contiguous(&whole, &map, b->list->policy->balance_neighbours, NULL, kept_from, kept, &wrong)) {
        return error_set(error, "the reach of balance could not be made contiguous: %s", wrong.message);
    }
    out->near = ARENA_ARRAY(b->arena, uint8_t, out->n * offers);
    for (size_t c = 0; c < out->n; c++) {
        for (uint32_t e = kept_from[c]; e < kept_from[c + 1]; e++) {
            out->near[c * offers + kept[e].offer] = 1;
        }
    }
    return true;
}

static bool is_near(const struct builder *b, const struct nearness *nearness, size_t s, uint32_t offer)
{
    if (b->list->policy->balance_neighbours == 0) {
        return true;
    }
    size_t c = catchment_index(nearness, b->communities[s].catchment[b->stage]);
    return c != SIZE_MAX && nearness->near[c * b->list->problem.offers + offer];
}

/* Every offer that balance may fill is in reach of every community of the county, or of those within so many touching
 * catchments as the policy says. */
static bool build_reach(struct builder *b, struct error *error)
{
    uint32_t offers = b->list->problem.offers, step = list_step_metres(b->list->policy), open = 0, n = 0;
    struct nearness nearness = { 0 };
    if (b->list->policy->balance_neighbours && !build_nearness(b, &nearness, error)) {
        return false;
    }
    for (uint32_t j = 0; j < offers; j++) {
        open += b->list->places[j].balance;
    }
    uint32_t *from = ARENA_ARRAY(b->arena, uint32_t, b->ncommunities + 1);
    struct allot_reach *reach = ARENA_ARRAY(b->arena, struct allot_reach, b->ncommunities * open);
    for (size_t s = 0; s < b->ncommunities; s++) {
        for (uint32_t j = 0; j < offers; j++) {
            if (b->list->places[j].balance && is_near(b, &nearness, s, j)) {
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
    return true;
}

bool build_rules(struct builder *b, int64_t round, struct error *error)
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
    static const enum allot_mechanism mechanisms[] = {
        [MECHANISM_SERIAL] = ALLOT_SERIAL, [MECHANISM_DEFERRED] = ALLOT_DEFERRED, [MECHANISM_CYCLES] = ALLOT_CYCLES
    };
    list->problem.mechanism = mechanisms[list->policy->mechanism];
    list->problem.together = list->policy->together == TOGETHER_FIT ? ALLOT_TOGETHER_FIT : ALLOT_TOGETHER_ADD;
    list->problem.lot_per_offer = list->policy->lots == LOTS_CHOICE;
    list->problem.waiting_unplaced_only = list->policy->waiting_who == WAITING_UNPLACED;
    list->problem.waiting_reversed = list->policy->waiting_lots == WAITING_REVERSED;
    list->problem.balance = list->policy->balance;
    list->problem.sites = (uint32_t)b->ncommunities;
    load_kinds(b);
    if (!build_reach(b, error)) {
        return false;
    }
    list->transcript.round = (struct transcript_text){ list->label.p, list->label.n };
    list->transcript.program = (struct transcript_text){ PROGRAM, sizeof PROGRAM - 1 };
    memcpy(list->transcript.policy, b->policy_hash, SM3_BYTES);
    list->transcript.step_metres = list_step_metres(list->policy);
    list->transcript.site_id = ids;
    list->transcript.audit = list->policy->audit_files;
    list->transcript.problem = &list->problem;
    list->problem.choice_from = ARENA_ARRAY(b->arena, uint32_t, 1);
    return true;
}

/* ---- Finding ---- */

uint32_t build_site_of(const struct builder *b, int64_t community)
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

int build_by_id(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (x[0] > y[0]) - (x[0] < y[0]);
}

int64_t (*build_offer_numbers(const struct builder *b))[2]
{
    uint32_t n = b->list->problem.offers;
    int64_t(*pairs)[2] = arena_array(b->arena, n, sizeof *pairs);
    for (uint32_t j = 0; j < n; j++) {
        pairs[j][0] = b->list->offers[j].id;
        pairs[j][1] = j;
    }
    if (n) {
        qsort(pairs, n, sizeof *pairs, build_by_id);
    }
    return pairs;
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
