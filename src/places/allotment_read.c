/* What may be seen of a result: cut-offs, counts, outcomes, and who is not on the list. */
#include "places/allotment.h"

#include "places/round_inside.h"

/* Is the result to be shown? From `published` on, or from `allotted` on for who looks. */
#define SHOWN                                                                                                          \
    "(r.state in ('published', 'ended') or (?2 = 1 and r.state in ('allotted', 'looked', 'published', 'ended')))"

static enum kind_whom whom_of(struct str id)
{
    enum kind_whom whom = KIND_FOR_ALL;
    while (whom < KIND_OTHERS && !str_is(id, kind_whom_id(whom))) {
        whom++;
    }
    return whom;
}

bool kind_cutoffs(struct db *db, struct arena *arena, int64_t offer, const struct kind_set *set,
                  struct kind_cutoff_row **out, size_t *n, struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(db, error,
                                 "select kind, places, whom, ord, admitted, fully, other, choice_rank, category, "
                                 "subrank, sibling, distance, lot from kind_cutoff where offer = ?1 order by kind",
                                 V_INT(offer));
    while (rows_next(rows)) {
        int64_t kind = rows_int(rows, 0);
        *(struct kind_cutoff_row *)list_add(&list, arena) = (struct kind_cutoff_row){
            .kind = kind,
            .name = set && kind < (int64_t)set->nkinds ? set->kinds[kind].name : (struct name){ STR(""), STR("") },
            .places = rows_int(rows, 1),
            .whom = whom_of(rows_text(rows, 2)),
            .by_lot = str_is(rows_text(rows, 3), "lot"),
            .admitted = rows_int(rows, 4),
            .full = rows_int(rows, 5) != 0,
            .other = rows_int(rows, 6) != 0,
            .any = rows_int(rows, 7) > 0,
            .rank = rows_int(rows, 7),
            .category = rows_int(rows, 8),
            .subrank = rows_int(rows, 9),
            .sibling = rows_int(rows, 10) != 0,
            .distance = rows_int(rows, 11),
            .lot = rows_text_in(rows, 12, arena),
        };
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

/* The kinds of each, when the round's policy has any. */
static bool add_kinds(struct db *db, struct places *places, struct arena *arena, int64_t round, struct cutoff_row *rows,
                      size_t n, struct error *error)
{
    const struct policy *policy;
    int64_t id = 0;
    if (!db_one_int(db, error, &id, NULL, "select policy from round where id = ?1", V_INT(round)) ||
        !places_policy(places, db, id, &policy, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct kind_set *set = policy_kind_set(policy, rows[i].public_school, rows[i].code);
        if (set && !kind_cutoffs(db, arena, rows[i].offer, set, &rows[i].kinds, &rows[i].nkinds, error)) {
            return false;
        }
    }
    return true;
}

bool cutoff_list(struct db *db, struct places *places, struct arena *arena, int64_t round, bool any_state,
                 struct cutoff_row **out, size_t *n, struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(
        db, error,
        "select o.id, i.code, i.name_zh, i.name_en, o.kind, o.capacity + o.to_late, c.listed, c.admitted, c.balanced, "
        "c.fully, "
        "c.choice_rank, c.category, c.subrank, c.sibling, c.distance, c.lot, o.to_late, c.added from offer o "
        "join round r on r.id = o.round join cutoff c on c.offer = o.id join institution i on i.id = o.institution "
        "where o.round = ?1 and " SHOWN " order by i.code",
        V_INT(round), V_INT(any_state));
    while (rows_next(rows)) {
        *(struct cutoff_row *)list_add(&list, arena) = (struct cutoff_row){
            .offer = rows_int(rows, 0),
            .code = rows_text_in(rows, 1, arena),
            .school = { rows_text_in(rows, 2, arena), rows_text_in(rows, 3, arena) },
            .public_school = str_is(rows_text(rows, 4), "public"),
            .capacity = rows_int(rows, 5),
            .listed = rows_int(rows, 6),
            .admitted = rows_int(rows, 7),
            .balanced = rows_int(rows, 8),
            .full = rows_int(rows, 9) != 0,
            .any = rows_int(rows, 10) > 0,
            .rank = rows_int(rows, 10),
            .category = rows_int(rows, 11),
            .subrank = rows_int(rows, 12),
            .sibling = rows_int(rows, 13) != 0,
            .distance = rows_int(rows, 14),
            .lot = rows_text_in(rows, 15, arena),
            .to_late = rows_int(rows, 16),
            .added = rows_int(rows, 17),
        };
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error) && (list.n == 0 || add_kinds(db, places, arena, round, list.items, list.n, error));
}

bool admitted_list(struct db *db, struct arena *arena, int64_t round, bool any_state, struct admitted_row **out,
                   size_t *n, struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(db, error,
                                 "select m.offer, m.category, m.applied, m.admitted from admitted m "
                                 "join offer o on o.id = m.offer join round r on r.id = o.round "
                                 "join institution i on i.id = o.institution where o.round = ?1 and " SHOWN
                                 " order by i.code, m.category",
                                 V_INT(round), V_INT(any_state));
    while (rows_next(rows)) {
        *(struct admitted_row *)list_add(&list, arena) =
            (struct admitted_row){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2), rows_int(rows, 3) };
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

/* ---- Numbers of the whole ---- */

/* The number behind a word of the step's detail: "choice 12 balance 3 …". */
int64_t round_detail_number(struct str detail, const char *word)
{
    struct str rest = detail, part;
    bool next = false;
    int64_t number = 0;
    while (str_split(&rest, ' ', &part)) {
        if (next) {
            (void)str_to_int(part, 0, INT64_MAX, &number);
            return number;
        }
        next = str_is(part, word);
    }
    return 0;
}

bool allotment_numbers(struct db *db, struct arena *arena, int64_t round, struct allotment_summary *out,
                       struct error *error)
{
    struct str detail;
    *out = (struct allotment_summary){ 0 };
    if (!round_step_detail(db, arena, round, STEP_ALLOT, &detail, error)) {
        return false;
    }
    out->allotted = detail.n > 0;
    out->by_choice = round_detail_number(detail, "choice");
    out->by_balance = round_detail_number(detail, "balance");
    out->unplaced = round_detail_number(detail, "unplaced");
    out->listed = out->by_choice + out->by_balance + out->unplaced;
    out->added = round_detail_number(detail, "added");
    out->greatest = round_detail_number(detail, "greatest");
    out->mean = round_detail_number(detail, "mean");
    return true;
}

bool allotment_summary(struct db *db, struct arena *arena, int64_t round, struct allotment_summary *out,
                       struct error *error)
{
    if (!allotment_numbers(db, arena, round, out, error)) {
        return false;
    }
    struct rows *rows = db_query(
        db, error,
        "select (select count(*) from application a join outcome u on u.application = a.id where a.round = ?1 and "
        "u.how = 'choice' and u.rank = 1), "
        "(select count(*) from application a where a.round = ?1 and a.state = 'submitted'), "
        "(select count(*) from claim c join offer o on o.id = c.offer where o.round = ?1 and c.state = 'taken'), "
        "(select count(*) from claim c join offer o on o.id = c.offer where o.round = ?1 and c.state = 'held'), "
        "(select count(*) from place_move m where m.round = ?1 and m.kind = 'declined'), "
        "(select count(*) from place_move m where m.round = ?1 and m.kind = 'waiting')",
        V_INT(round));
    if (rows_next(rows)) {
        out->first_choice = rows_int(rows, 0);
        out->left_out = out->allotted ? rows_int(rows, 1) - out->listed : 0;
        out->confirmed = rows_int(rows, 2);
        out->held = rows_int(rows, 3);
        out->declined = rows_int(rows, 4);
        out->moved = rows_int(rows, 5);
    }
    return rows_end(rows, error);
}

/* ---- Outcomes ---- */

/* The claim that counts: on the place that is held or taken now, else on the one that was given. */
#define OUTCOME_COLUMNS                                                                                                \
    "a.id, a.receipt, coalesce(c.offer, u.offer), i.name_zh, i.name_en, u.how, u.rank, "                               \
    "coalesce(c.state, (select g.state from claim g where g.offer = u.offer and g.subject = a.id))"
#define OUTCOME_FROM                                                                                                   \
    " from application a join outcome u on u.application = a.id join round r on r.id = a.round "                       \
    "left join claim c on c.subject = a.id and c.state in ('held', 'taken') "                                          \
    "left join offer o on o.id = coalesce(c.offer, u.offer) left join institution i on i.id = o.institution "

static struct outcome_row outcome_of_row(struct rows *rows, struct arena *arena)
{
    return (struct outcome_row){
        .application = rows_int(rows, 0),
        .receipt = rows_text_in(rows, 1, arena),
        .offer = rows_int(rows, 2),
        .school = { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) },
        .how = rows_text_in(rows, 5, arena),
        .rank = rows_int(rows, 6),
        .claim = rows_text_in(rows, 7, arena),
    };
}

bool outcome_get(struct db *db, struct arena *arena, int64_t application, struct outcome_row *out, bool *found,
                 struct error *error)
{
    struct rows *rows =
        db_query(db, error, "select " OUTCOME_COLUMNS OUTCOME_FROM "where a.id = ?1", V_INT(application));
    *found = rows_next(rows);
    if (*found) {
        *out = outcome_of_row(rows, arena);
    }
    return rows_end(rows, error);
}

bool outcome_list(struct db *db, struct arena *arena, int64_t round, int64_t offer, struct str how, int64_t after,
                  size_t most, struct outcome_row **out, size_t *n, struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows =
        db_query(db, error,
                 "select " OUTCOME_COLUMNS OUTCOME_FROM
                 "where a.round = ?1 and (?2 = 0 or o.id = ?2) and (?3 = '' or u.how = ?3) and a.id > ?4 "
                 "order by a.id limit ?5",
                 V_INT(round), V_INT(offer), V_TEXT(how), V_INT(after), V_INT((int64_t)most));
    while (rows_next(rows)) {
        *(struct outcome_row *)list_add(&list, arena) = outcome_of_row(rows, arena);
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

bool left_out_list(struct db *db, struct arena *arena, int64_t round, int64_t after, size_t most,
                   struct left_out_row **out, size_t *n, struct error *error)
{
    struct list list = { .size = sizeof **out };
    enum list_rule rule;
    if (!round_list_rule(db, round, &rule, error)) {
        return false;
    }
    struct rows *rows = db_query(db, error,
                                 "select id, receipt, review, review_reasons from application where round = ?1 and "
                                 "state = 'submitted' and (review = 'refused' or (?2 = 1 and review <> 'passed')) and "
                                 "id > ?3 order by id limit ?4",
                                 V_INT(round), V_INT(rule == LIST_PASSED), V_INT(after), V_INT((int64_t)most));
    while (rows_next(rows)) {
        *(struct left_out_row *)list_add(&list, arena) =
            (struct left_out_row){ rows_int(rows, 0), rows_text_in(rows, 1, arena), rows_text_in(rows, 2, arena),
                                   rows_text_in(rows, 3, arena) };
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}
