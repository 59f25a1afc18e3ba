/* An explanation from the published tables: outcome, cut-offs, the family's own wishes and facts. It says what
 * allot_explain says (a test compares the two for every child of a round), without reading the whole list. */
#include "places/explain.h"

#include "places/claim.h"
#include "places/fact.h"
#include "places/round_inside.h"
#include "places/waiting.h"
#include "registry/registry.h"

struct teller {
    struct db *db;
    struct places *places;
    struct arena *arena;
    struct explanation *out;
    const struct policy *policy;
    int64_t round;
    struct str division;
    struct str lot;
    struct explain_choice implied;  /* offer 0: none */
    uint32_t implied_member, facts; /* facts: the child's, for wishes that were not judged */
    int64_t kind;                   /* of the place that was given */
    int64_t lead;                   /* whose ticket it is */
    int64_t community;
    struct list choices;
};

/* ---- Standing ---- */

static void name_standing(const struct teller *teller, bool is_public, struct explain_standing *s)
{
    const struct policy *policy = teller->policy;
    size_t category = (size_t)s->category, subrank = (size_t)s->subrank;
    if (!is_public) {
        if (category < policy->nprivate_classes) {
            s->category_name = policy->private_classes[category].name;
        }
    } else if (category < policy->ncategories) {
        s->category_name = policy->categories[category].name;
        if (subrank < policy->categories[category].nsubranks) {
            s->subrank_name = policy->categories[category].subranks[subrank].name;
        }
    }
}

/* The key of the policy's order in which two standings differ first; EXPLAIN_LOT when in none. */
static enum explain_decided differ(const struct teller *teller, bool is_public, const struct explain_standing *own,
                                   const struct explain_standing *last)
{
    const struct policy *policy = teller->policy;
    if (!is_public) {
        return policy->nprivate_classes > 1 && own->category != last->category ? EXPLAIN_CATEGORY : EXPLAIN_LOT;
    }
    for (size_t i = 0; i < policy->norder; i++) {
        switch (policy->order[i]) {
        case ORDER_CATEGORY:
            if (policy->categories[own->category].rank != policy->categories[last->category].rank) {
                return EXPLAIN_CATEGORY;
            }
            break;
        case ORDER_SUBRANK:
            if (own->subrank != last->subrank) {
                return EXPLAIN_SUBRANK;
            }
            break;
        case ORDER_SIBLING:
            if (own->sibling != last->sibling) {
                return EXPLAIN_SIBLING;
            }
            break;
        case ORDER_DISTANCE:
            if (policy_distance_steps(policy, (double)own->distance) !=
                policy_distance_steps(policy, (double)last->distance)) {
                return EXPLAIN_DISTANCE;
            }
            break;
        case ORDER_KEY_COUNT:
            break;
        }
    }
    return EXPLAIN_LOT;
}

/* ---- One kind of place ---- */

/* What is known of a kind of place, or of all of a school that has none. */
struct kind_view {
    int64_t kind, places;
    enum kind_whom whom;
    bool by_lot, full, any;
    int64_t admitted;
    struct explain_standing own, last;
    enum explain_decided decided;
};

static uint32_t priority_of(const struct teller *teller, const struct explain_choice *choice,
                            const struct kind_view *view, const struct explain_standing *s)
{
    const struct policy *policy = teller->policy;
    if (view->by_lot) {
        return 0;
    }
    return choice->public_school          ? policy_priority(policy, (size_t)s->category, (size_t)s->subrank, s->sibling,
                                                            policy_distance_steps(policy, (double)s->distance))
           : policy->nprivate_classes > 1 ? (uint32_t)s->category
                                          : 0;
}

/* Does the child stand before the last one who was admitted? */
static bool stands_before(const struct teller *teller, const struct explain_choice *choice,
                          const struct kind_view *view)
{
    const struct explain_standing *own = &view->own, *last = &view->last;
    if (teller->policy->mechanism == MECHANISM_SERIAL && own->rank != last->rank) {
        return own->rank < last->rank;
    }
    if (own->other != last->other) {
        return last->other;
    }
    uint32_t mine = priority_of(teller, choice, view, own), theirs = priority_of(teller, choice, view, last);
    return mine != theirs ? mine < theirs : str_cmp(own->lot, last->lot) < 0;
}

static enum explain_decided decided_at(const struct teller *teller, const struct explain_choice *choice,
                                       const struct kind_view *view)
{
    bool fit = teller->policy->together == TOGETHER_FIT && teller->policy->mechanism != MECHANISM_CYCLES;
    if (fit && view->places > 0 && (!view->full || !view->any || stands_before(teller, choice, view))) {
        return EXPLAIN_TOGETHER;
    }
    if (!view->any) {
        return EXPLAIN_NO_PLACE;
    }
    if (teller->policy->mechanism == MECHANISM_SERIAL && view->own.rank != view->last.rank) {
        return EXPLAIN_RANK;
    }
    if (view->own.other != view->last.other) {
        return EXPLAIN_MEMBER;
    }
    return view->by_lot ? EXPLAIN_LOT : differ(teller, choice->public_school, &view->own, &view->last);
}

/* Smaller is easier to reach (allot/explain.c has the same order). */
static int difficulty(enum explain_decided decided)
{
    switch (decided) {
    case EXPLAIN_TOGETHER:
        return 0;
    case EXPLAIN_LOT:
        return 1;
    case EXPLAIN_MEMBER:
        return 3;
    case EXPLAIN_RANK:
        return 4;
    case EXPLAIN_NO_PLACE:
        return 5;
    default:
        return 2;
    }
}

static bool is_easier(const struct teller *teller, const struct explain_choice *choice, const struct kind_view *view,
                      const struct kind_view *than)
{
    int one = difficulty(view->decided), other = difficulty(than->decided);
    if (one != other) {
        return one < other;
    }
    if (view->decided == EXPLAIN_RANK && view->last.rank != than->last.rank) {
        return view->last.rank > than->last.rank;
    }
    uint32_t mine = priority_of(teller, choice, view, &view->last);
    uint32_t theirs = priority_of(teller, choice, than, &than->last);
    return view->decided != EXPLAIN_LOT && mine != theirs ? mine > theirs : str_cmp(view->last.lot, than->last.lot) > 0;
}

/* What would have brought the child before the last one. Of siblings who must fit nothing is said, nor of circles. */
static void weigh_changes(const struct teller *teller, struct explain_choice *choice, const struct kind_view *view)
{
    bool several = teller->policy->together == TOGETHER_FIT && teller->out->together > 1;
    if (teller->policy->mechanism == MECHANISM_CYCLES || several || difficulty(view->decided) < 1 ||
        difficulty(view->decided) > 2) {
        return;
    }
    bool better_lot = str_cmp(view->own.lot, view->last.lot) < 0;
    bool first_of_all = priority_of(teller, choice, view, &view->last) == 0;
    choice->lot_suffices = view->decided == EXPLAIN_LOT;
    choice->strictly = !better_lot;
    choice->priority_suffices = !view->by_lot && (better_lot || !first_of_all);
    choice->change = view->decided;
    choice->sufficient = view->last;
}

static void judge_choice(const struct teller *teller, struct explain_choice *choice, const struct kind_view *view)
{
    const struct explanation *out = teller->out;
    bool by_choice = str_is(out->how, "choice");
    choice->own = view->own;
    choice->last = view->last;
    choice->has_last = view->any;
    choice->full = view->full;
    choice->kind = view->kind;
    choice->kind_places = view->places;
    if (by_choice && choice->own.rank >= out->rank) {
        choice->verdict = choice->own.rank == out->rank ? EXPLAIN_ADMITTED : EXPLAIN_NOT_NEEDED;
        return;
    }
    choice->verdict = EXPLAIN_REFUSED;
    choice->decided = view->decided;
    weigh_changes(teller, choice, view);
}

/* ---- Reading ---- */

static const char head_sql[] =
    "select r.id, r.label, r.division, r.policy, r.state, r.seed, a.receipt, a.review, a.review_reasons, u.how, "
    "u.offer, "
    "i.name_zh, i.name_en, u.rank, u.lot, c.offer, c.state, c.answer_by, j.name_zh, j.name_en, "
    "(select s.root from round_step s where s.round = r.id and s.step = 'final'), d.community, h.household_community, "
    "u.implied, u.implied_category, u.implied_subrank, u.implied_distance, m.division, a.state, u.implied_member, "
    "u.implied_lot, u.kind, coalesce(u.places, 1), a.facts, coalesce(u.lead, a.id) "
    "from application a join round r on r.id = a.round join child h on h.id = a.child "
    "left join dwelling d on d.id = a.dwelling left join community m on m.id = d.community "
    "left join outcome u on u.application = a.id left join offer o on o.id = u.offer "
    "left join institution i on i.id = o.institution "
    /* the place that the child has, else the one that it had (answer.c), not where it only waited */
    "left join claim c on c.id = (select k.id from claim k where k.subject = a.id and (k.state in ('held', 'taken') "
    "or (k.state = 'returned' and k.reason in ('declined', 'not answered in time'))) "
    "order by case k.state when 'returned' then 1 else 0 end, k.at desc, k.id desc limit 1) "
    "left join offer p on p.id = c.offer "
    "left join institution j on j.id = p.institution where a.id = ?1";

static void read_head(struct teller *t, struct rows *rows)
{
    struct explanation *out = t->out;
    struct arena *arena = t->arena;
    t->round = rows_int(rows, 0);
    out->label = rows_text_in(rows, 1, arena);
    t->division = rows_text_in(rows, 2, arena);
    out->seed = rows_text_in(rows, 5, arena);
    out->receipt = rows_text_in(rows, 6, arena);
    out->review = rows_text_in(rows, 7, arena);
    out->review_reasons = rows_text_in(rows, 8, arena);
    out->listed = !rows_is_null(rows, 9);
    out->how = rows_text_in(rows, 9, arena);
    out->offer = rows_int(rows, 10);
    out->school = (struct name){ rows_text_in(rows, 11, arena), rows_text_in(rows, 12, arena) };
    out->rank = rows_int(rows, 13);
    t->lot = rows_text_in(rows, 14, arena);
    out->claim_offer = rows_int(rows, 15);
    out->claim = rows_text_in(rows, 16, arena);
    out->answer_by = rows_int(rows, 17);
    out->claim_school = (struct name){ rows_text_in(rows, 18, arena), rows_text_in(rows, 19, arena) };
    out->root = rows_text_in(rows, 20, arena);
    t->community = str_starts(rows_text(rows, 27), t->division) ? rows_int(rows, 21) : rows_int(rows, 22);
    t->implied = (struct explain_choice){ .offer = rows_int(rows, 23),
                                          .implied = true,
                                          .own = { .category = rows_int(rows, 24),
                                                   .subrank = rows_int(rows, 25),
                                                   .distance = rows_int(rows, 26),
                                                   .lot = rows_text_in(rows, 30, arena) } };
    t->implied_member = (uint32_t)rows_int(rows, 29);
    t->kind = rows_int(rows, 31);
    out->together = rows_int(rows, 32);
    t->facts = (uint32_t)rows_int(rows, 33);
    t->lead = rows_int(rows, 34);
}

/* Has the round a result that may be told? *policy: row of its policy. */
static bool load_head(struct teller *t, int64_t application, bool any_state, int64_t *policy, bool *found,
                      struct error *error)
{
    struct rows *rows = db_query(t->db, error, head_sql, V_INT(application));
    enum round_state state = ROUND_DRAFT;
    *found = rows_next(rows) && str_is(rows_text(rows, 28), "submitted") &&
             round_state_of(rows_text(rows, 4), &state) && state >= (any_state ? ROUND_ALLOTTED : ROUND_PUBLISHED);
    if (*found) {
        *policy = rows_int(rows, 3);
        read_head(t, rows);
    }
    return rows_end(rows, error);
}

#define CHOICE_TAIL                                                                                                    \
    "i.name_zh, i.name_en, o.kind, o.capacity + o.to_late, k.choice_rank, k.category, k.subrank, k.sibling, "          \
    "k.distance, k.lot, "                                                                                              \
    "k.fully, k.listed, k.admitted, (select count(distinct b.sort) from claim b join claim w on w.offer = o.id and "   \
    "w.subject = ?1 and w.state = 'waiting' where b.offer = o.id and b.state = 'waiting' and b.sort <= w.sort), "      \
    "i.code "

/* A wish with what was read of its school; the members of a ticket are joined before it is judged. */
struct read_wish {
    struct explain_choice choice;
    struct kind_view whole;
    struct str code;
    uint32_t facts;
    uint32_t members; /* to the groups of which kinds of the school the ticket belongs */
};

static void read_school(struct teller *t, struct rows *rows, int c, struct read_wish *wish)
{
    struct explain_choice *choice = &wish->choice;
    choice->school = (struct name){ rows_text_in(rows, c, t->arena), rows_text_in(rows, c + 1, t->arena) };
    choice->public_school = str_is(rows_text(rows, c + 2), "public");
    choice->capacity = rows_int(rows, c + 3);
    wish->whole = (struct kind_view){ .places = choice->capacity,
                                      .by_lot = !choice->public_school && t->policy->nprivate_classes <= 1,
                                      .any = rows_int(rows, c + 4) > 0,
                                      .full = rows_int(rows, c + 10) != 0,
                                      .last = { .rank = rows_int(rows, c + 4),
                                                .category = rows_int(rows, c + 5),
                                                .subrank = rows_int(rows, c + 6),
                                                .sibling = rows_int(rows, c + 7) != 0,
                                                .distance = rows_int(rows, c + 8),
                                                .lot = rows_text_in(rows, c + 9, t->arena) } };
    choice->listed = rows_int(rows, c + 11);
    choice->admitted = rows_int(rows, c + 12);
    choice->waiting_place = rows_int(rows, c + 13);
    wish->code = rows_text_in(rows, c + 14, t->arena);
    const struct kind_set *set = policy_kind_set(t->policy, choice->public_school, wish->code);
    wish->members = set ? kind_set_members(set, wish->facts) : 0;
    if (choice->own.lot.n == 0) {
        choice->own.lot = t->lot;
    }
    size_t last_category = choice->public_school         ? t->policy->ncategories
                           : t->policy->nprivate_classes ? t->policy->nprivate_classes
                                                         : 1;
    if (choice->own.category < 0 || (size_t)choice->own.category >= last_category) {
        choice->own.category = (int64_t)last_category - 1; /* not judged: who remains */
        choice->own.subrank = 0;
    }
}

/* The groups of the child at this school, in words. */
static struct name groups_of(const struct teller *t, const struct kind_set *set, uint32_t members)
{
    struct name out = { STR(""), STR("") };
    for (size_t k = 0; k < set->nkinds; k++) {
        if (members & 1u << k) {
            const char *between = out.zh.n ? " + " : "";
            out.zh = arena_printf(t->arena, "%.*s%s%.*s", STR_ARG(out.zh), between, STR_ARG(set->kinds[k].name.zh));
            out.en = arena_printf(t->arena, "%.*s%s%.*s", STR_ARG(out.en), between,
                                  STR_ARG(name_in(set->kinds[k].name, LANG_EN)));
        }
    }
    return out;
}

static struct kind_view view_of(const struct teller *t, const struct explain_choice *choice,
                                const struct kind_cutoff_row *row, uint32_t members)
{
    struct kind_view view = { .kind = row->kind,
                              .places = row->places,
                              .whom = row->whom,
                              .by_lot = row->by_lot,
                              .full = row->full,
                              .any = row->any,
                              .admitted = row->admitted,
                              .own = choice->own,
                              .last = { .rank = row->rank,
                                        .category = row->category,
                                        .subrank = row->subrank,
                                        .sibling = row->sibling,
                                        .distance = row->distance,
                                        .lot = row->lot,
                                        .other = row->other } };
    view.own.other = row->whom == KIND_FIRST && !(members & 1u << row->kind);
    view.decided = decided_at(t, choice, &view);
    return view;
}

/* The kind of place to tell of, of a school that has several. */
static bool choose_kind(struct teller *t, const struct kind_set *set, struct read_wish *wish, struct kind_view *out,
                        struct error *error)
{
    struct kind_cutoff_row *rows;
    size_t n;
    struct explain_choice *choice = &wish->choice;
    uint32_t members = wish->members;
    bool admitted = str_is(t->out->how, "choice") && choice->own.rank == t->out->rank, found = false;
    if (!kind_cutoffs(t->db, t->arena, choice->offer, set, &rows, &n, error)) {
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        bool member = (members & 1u << k) != 0;
        bool takes = rows[k].whom == KIND_ONLY ? member : rows[k].whom != KIND_OTHERS || !member;
        struct kind_view view = view_of(t, choice, &rows[k], members);
        if (admitted ? rows[k].kind == t->kind : takes && (!found || is_easier(t, choice, &view, out))) {
            *out = view;
            choice->kind_name = rows[k].name;
            found = true;
        }
    }
    if (!found) {
        *out = (struct kind_view){ .full = true, .own = choice->own, .decided = EXPLAIN_NO_PLACE };
    }
    choice->groups = groups_of(t, set, members);
    struct seat seat;
    return !choice->waiting_place || (seat_read(t->db, t->arena, choice->offer, out->kind, &seat, error) &&
                                      seat_position(t->db, &seat, t->out->application, &choice->waiting_place, error));
}

static bool add_choice(struct teller *t, struct read_wish *wish, struct error *error)
{
    struct explain_choice *choice = &wish->choice;
    const struct kind_set *set = policy_kind_set(t->policy, choice->public_school, wish->code);
    struct kind_view view = wish->whole;
    view.own = choice->own;
    view.decided = decided_at(t, choice, &view);
    if (set && !choose_kind(t, set, wish, &view, error)) {
        return false;
    }
    name_standing(t, choice->public_school, &view.own);
    name_standing(t, choice->public_school, &view.last);
    judge_choice(t, choice, &view);
    *(struct explain_choice *)list_add(&t->choices, t->arena) = *choice;
    return true;
}

/* The same wish of a sibling on the same ticket: the ticket stands where the one of them stands who stands last, in the
 * groups of all (round_list.c). */
static void join_sibling(const struct teller *t, struct read_wish *wish, const struct read_wish *other)
{
    struct kind_view by_priority = { .by_lot = false };
    if (priority_of(t, &wish->choice, &by_priority, &other->choice.own) >
        priority_of(t, &wish->choice, &by_priority, &wish->choice.own)) {
        struct str lot = wish->choice.own.lot;
        wish->choice.own = other->choice.own;
        wish->choice.own.lot = lot;
    }
    wish->members &= other->members;
}

static bool load_choices(struct teller *t, int64_t application, struct error *error)
{
    struct list wishes = { .size = sizeof(struct read_wish) };
    struct rows *rows = db_query(
        t->db, error,
        "select c.rank, c.offer, c.distance, c.category, c.subrank, c.sibling, c.facts, c.lot, "
        "a.facts, " CHOICE_TAIL "from choice c join application a on a.id = c.application join offer o on o.id = "
        "c.offer join institution i on i.id = o.institution left join cutoff k on k.offer = "
        "o.id where c.application = ?2 or c.application in (select u.application from outcome "
        "u where u.lead = ?2) order by c.rank, a.ticket",
        V_INT(application), V_INT(t->lead));
    while (rows_next(rows)) {
        int64_t facts = rows_int(rows, 6);
        struct read_wish wish = { .choice = { .offer = rows_int(rows, 1),
                                              .own = { .rank = rows_int(rows, 0),
                                                       .distance = rows_int(rows, 2),
                                                       .category = rows_int(rows, 3),
                                                       .subrank = rows_int(rows, 4),
                                                       .sibling = rows_int(rows, 5) != 0,
                                                       .lot = rows_text_in(rows, 7, t->arena) } },
                                  .facts = (uint32_t)(facts < 0 ? rows_int(rows, 8) : facts) };
        read_school(t, rows, 9, &wish);
        struct read_wish *before = wishes.n ? (struct read_wish *)wishes.items + wishes.n - 1 : NULL;
        if (before && before->choice.own.rank == wish.choice.own.rank) {
            join_sibling(t, before, &wish);
        } else {
            *(struct read_wish *)list_add(&wishes, t->arena) = wish;
        }
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < wishes.n; i++) {
        if (!add_choice(t, (struct read_wish *)wishes.items + i, error)) {
            return false;
        }
    }
    return true;
}

static bool load_implied(struct teller *t, int64_t application, struct error *error)
{
    if (t->implied.offer == 0) {
        return true;
    }
    struct rows *rows = db_query(t->db, error,
                                 "select " CHOICE_TAIL "from offer o join institution i on i.id = o.institution "
                                 "left join cutoff k on k.offer = o.id where o.id = ?2",
                                 V_INT(application), V_INT(t->implied.offer));
    struct read_wish wish = { .choice = t->implied };
    bool found = rows_next(rows);
    if (found) {
        wish.choice.own.rank = (int64_t)t->choices.n + 1;
        read_school(t, rows, 0, &wish);
        wish.members = t->implied_member;
    }
    return rows_end(rows, error) && (!found || add_choice(t, &wish, error));
}

static bool load_facts(struct teller *t, int64_t application, struct error *error)
{
    struct fact_row *rows;
    size_t n;
    if (!fact_list(t->db, t->arena, t->places, application, &rows, &n, error)) {
        return false;
    }
    t->out->facts = ARENA_ARRAY(t->arena, struct explain_fact, n);
    t->out->nfacts = n;
    for (size_t i = 0; i < n; i++) {
        bool person = str_is(rows[i].source, "person"), sheet = str_is(rows[i].source, "register");
        struct name by = person                   ? (struct name){ STR("审核人员"), STR("a reviewer") }
                         : sheet                  ? (struct name){ STR("学籍登记"), STR("the register") }
                         : rows[i].authority.zh.n ? rows[i].authority
                                                  : (struct name){ STR("系统"), STR("the program") };
        t->out->facts[i] = (struct explain_fact){ .kind = rows[i].kind,
                                                  .name = rows[i].name,
                                                  .by = by,
                                                  .state = rows[i].state,
                                                  .request = rows[i].request,
                                                  .at = rows[i].answered_at };
    }
    return true;
}

/* ---- Balance ---- */

static bool load_balance(struct teller *t, struct error *error)
{
    struct allotment_summary summary;
    struct community home;
    struct explain_balance *balance = &t->out->balance;
    bool found;
    if (!registry_community(t->db, t->arena, t->community, &home, &found, error) ||
        !allotment_numbers(t->db, t->arena, t->round, &summary, error)) {
        return false;
    }
    balance->greatest = summary.greatest;
    balance->children = summary.by_balance;
    struct rows *rows =
        db_query(t->db, error,
                 "select o.id, i.east, i.north, o.kind, case when k.balanced >= coalesce((select sum(case when "
                 "s.places > s.admitted and s.whom <> 'only' then s.places - s.admitted else 0 end) from kind_cutoff s "
                 "where s.offer = o.id), case when o.capacity + o.to_late > k.admitted then o.capacity + o.to_late - "
                 "k.admitted else 0 end) then 1 else 0 end from offer o join institution i on i.id = o.institution "
                 "left join cutoff k on k.offer = o.id where o.round = ?1 "
                 "order by case when o.id = ?2 then 0 else 1 end, o.id",
                 V_INT(t->round), V_INT(t->out->offer));
    uint32_t step = list_step_metres(t->policy);
    while (found && rows_next(rows)) {
        int64_t metres = registry_distance(home.east, home.north, rows_int(rows, 1), rows_int(rows, 2));
        bool is_public = str_is(rows_text(rows, 3), "public");
        if (rows_int(rows, 0) == t->out->offer) {
            balance->distance = metres;
        } else if (t->policy->balance_open & (is_public ? OPEN_PUBLIC : OPEN_PRIVATE) &&
                   metres / step < balance->distance / step) {
            balance->nearer++;
            balance->nearer_full += rows_int(rows, 4);
        }
    }
    return rows_end(rows, error);
}

bool explain(struct db *db, struct places *places, struct arena *arena, int64_t application, bool any_state,
             struct explanation *out, bool *found, struct error *error)
{
    struct teller t = { .db = db, .places = places, .arena = arena, .out = out };
    int64_t policy = 0;
    t.choices.size = sizeof(struct explain_choice);
    *out = (struct explanation){ .application = application };
    if (!load_head(&t, application, any_state, &policy, found, error)) {
        return false;
    }
    if (!*found) {
        return true;
    }
    if (!places_policy(places, db, policy, &t.policy, error) || !load_facts(&t, application, error)) {
        return false;
    }
    out->by_cycles = t.policy->mechanism == MECHANISM_CYCLES;
    for (size_t i = 0; i < t.policy->norder; i++) {
        out->ordered_by_distance |= t.policy->order[i] == ORDER_DISTANCE;
    }
    if (out->listed && (!load_choices(&t, application, error) || !load_implied(&t, application, error))) {
        return false;
    }
    out->choices = t.choices.items;
    out->nchoices = t.choices.n;
    out->balanced = str_is(out->how, "balance");
    return !out->balanced || load_balance(&t, error);
}
