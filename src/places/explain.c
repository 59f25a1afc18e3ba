/* An explanation from the published tables: outcome, cut-offs, the family's own wishes and facts. It says what
 * allot_explain says (a test compares the two for every child of a round), without reading the whole list. */
#include "places/explain.h"

#include "places/claim.h"
#include "places/fact.h"
#include "places/round_inside.h"
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
    struct explain_choice implied; /* offer 0: none */
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

static void judge_choice(const struct teller *teller, struct explain_choice *choice)
{
    const struct explanation *out = teller->out;
    bool by_choice = str_is(out->how, "choice");
    if (by_choice && choice->own.rank >= out->rank) {
        choice->verdict = choice->own.rank == out->rank ? EXPLAIN_ADMITTED : EXPLAIN_NOT_NEEDED;
        return;
    }
    choice->verdict = EXPLAIN_REFUSED;
    if (!choice->has_last) {
        choice->decided = EXPLAIN_NO_PLACE;
        return;
    }
    if (teller->policy->mechanism == MECHANISM_SERIAL && choice->own.rank != choice->last.rank) {
        choice->decided = EXPLAIN_RANK;
        return;
    }
    choice->decided = differ(teller, choice->public_school, &choice->own, &choice->last);
    choice->lot_suffices = choice->decided == EXPLAIN_LOT;
    bool by_lot = !choice->public_school && teller->policy->nprivate_classes <= 1;
    bool better_lot = str_cmp(choice->own.lot, choice->last.lot) < 0;
    bool first_of_all = choice->public_school
                            ? policy_priority(teller->policy, (size_t)choice->last.category,
                                              (size_t)choice->last.subrank, choice->last.sibling,
                                              policy_distance_steps(teller->policy, (double)choice->last.distance)) == 0
                            : choice->last.category == 0;
    choice->strictly = !better_lot;
    choice->priority_suffices = !by_lot && (better_lot || !first_of_all);
    choice->change = choice->decided;
    choice->sufficient = choice->last;
}

/* ---- Reading ---- */

static const char head_sql[] =
    "select r.id, r.label, r.division, r.policy, r.state, r.seed, a.receipt, a.review, a.review_reasons, u.how, "
    "u.offer, "
    "i.name_zh, i.name_en, u.rank, u.lot, c.offer, c.state, c.answer_by, j.name_zh, j.name_en, "
    "(select s.root from round_step s where s.round = r.id and s.step = 'final'), d.community, h.household_community, "
    "u.implied, u.implied_category, u.implied_subrank, u.implied_distance, m.division, a.state "
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
    t->implied = (struct explain_choice){
        .offer = rows_int(rows, 23),
        .implied = true,
        .own = { .category = rows_int(rows, 24), .subrank = rows_int(rows, 25), .distance = rows_int(rows, 26) }
    };
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
    "k.fully, k.listed, k.admitted, (select count(*) from claim b join claim w on w.offer = o.id and "                 \
    "w.subject = ?1 and w.state = 'waiting' where b.offer = o.id and b.state = 'waiting' and (b.sort < w.sort or "     \
    "(b.sort = w.sort and b.id <= w.id))) "

static void read_choice(struct teller *t, struct rows *rows, int c, struct explain_choice choice)
{
    choice.school = (struct name){ rows_text_in(rows, c, t->arena), rows_text_in(rows, c + 1, t->arena) };
    choice.public_school = str_is(rows_text(rows, c + 2), "public");
    choice.capacity = rows_int(rows, c + 3);
    choice.has_last = rows_int(rows, c + 4) > 0;
    choice.last = (struct explain_standing){ .rank = rows_int(rows, c + 4),
                                             .category = rows_int(rows, c + 5),
                                             .subrank = rows_int(rows, c + 6),
                                             .sibling = rows_int(rows, c + 7) != 0,
                                             .distance = rows_int(rows, c + 8),
                                             .lot = rows_text_in(rows, c + 9, t->arena) };
    choice.full = rows_int(rows, c + 10) != 0;
    choice.listed = rows_int(rows, c + 11);
    choice.admitted = rows_int(rows, c + 12);
    choice.waiting_place = rows_int(rows, c + 13);
    choice.own.lot = t->lot;
    size_t last_category = choice.public_school          ? t->policy->ncategories
                           : t->policy->nprivate_classes ? t->policy->nprivate_classes
                                                         : 1;
    if (choice.own.category < 0 || (size_t)choice.own.category >= last_category) {
        choice.own.category = (int64_t)last_category - 1; /* not judged: who remains */
        choice.own.subrank = 0;
    }
    name_standing(t, choice.public_school, &choice.own);
    name_standing(t, choice.public_school, &choice.last);
    judge_choice(t, &choice);
    *(struct explain_choice *)list_add(&t->choices, t->arena) = choice;
}

static bool load_choices(struct teller *t, int64_t application, struct error *error)
{
    struct rows *rows = db_query(t->db, error,
                                 "select c.rank, c.offer, c.distance, c.category, c.subrank, c.sibling, " CHOICE_TAIL
                                 "from choice c join offer o on o.id = c.offer "
                                 "join institution i on i.id = o.institution left join cutoff k on k.offer = o.id "
                                 "where c.application = ?1 order by c.rank",
                                 V_INT(application));
    while (rows_next(rows)) {
        struct explain_choice choice = { .offer = rows_int(rows, 1),
                                         .own = { .rank = rows_int(rows, 0),
                                                  .distance = rows_int(rows, 2),
                                                  .category = rows_int(rows, 3),
                                                  .subrank = rows_int(rows, 4),
                                                  .sibling = rows_int(rows, 5) != 0 } };
        read_choice(t, rows, 6, choice);
    }
    return rows_end(rows, error);
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
    if (rows_next(rows)) {
        t->implied.own.rank = (int64_t)t->choices.n + 1;
        read_choice(t, rows, 0, t->implied);
    }
    return rows_end(rows, error);
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
                 "select o.id, i.east, i.north, o.kind, case when k.admitted + k.balanced >= o.capacity + "
                 "o.to_late then 1 else 0 end from offer o join institution i on i.id = o.institution "
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
