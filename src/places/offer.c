/* Offers and their plans. The row's capacity and the ledger's plan change in one transaction; the check before the
 * commit compares them. */
#include "places/offer.h"

#include "base/hex.h"
#include "places/round_inside.h"
#include "registry/registry.h"
#include "store/journal.h"

enum { MOST_CLASSES = 200, MOST_CLASS_SIZE = 100, MOST_REASON = 500 };

struct text offer_result_text(enum offer_result result)
{
    static const struct text texts[OFFER_RESULT_COUNT] = {
        [OFFER_DONE] = T("已保存", "Saved"),
        [OFFER_NOT_FOUND] = T("没有这个招生计划", "There is no such offer"),
        [OFFER_TWICE] = T("该校在本批次已有招生计划", "The school has an offer in this round"),
        [OFFER_NO_SCHOOL] = T("本县（市、区）没有这所学校", "There is no such school in the county"),
        [OFFER_TOO_LATE] =
            T("最终名单已确定，招生计划不能再改", "The final list stands: plans cannot be changed any more"),
        [OFFER_NOT_DRAFT] = T("只有拟定中的批次可以增加学校", "Schools are added while the round is a draft"),
        [OFFER_NO_REASON] =
            T("请写明调整理由（500字节以内），理由会公开", "A change needs a reason (at most 500 bytes); it is public"),
        [OFFER_BAD_NUMBER] = T("班数须为0至200，班额须为1至100", "Classes are 0 to 200, their size is 1 to 100"),
        [OFFER_UNCHANGED] = T("与现有计划相同，没有变更", "The plan is as it was"),
    };
    return texts[result];
}

struct offer_last offer_last_of(struct str last_cutoff)
{
    struct offer_last last = { 0 };
    struct str rest = last_cutoff, category, subrank;
    last.known = str_split(&rest, ' ', &category) && str_split(&rest, ' ', &subrank) &&
                 str_to_int(category, 0, 255, &last.category) && str_to_int(subrank, 0, 255, &last.subrank) &&
                 str_to_int(rest, 0, INT32_MAX, &last.distance);
    return last;
}

struct str offer_last_text(struct arena *arena, const struct offer_last *last)
{
    return last->known ? arena_printf(arena, "%lld %lld %lld", (long long)last->category, (long long)last->subrank,
                                      (long long)last->distance)
                       : STR("");
}

static bool good_plan(int64_t classes, int64_t class_size)
{
    return classes >= 0 && classes <= MOST_CLASSES && class_size >= 1 && class_size <= MOST_CLASS_SIZE;
}

/* ---- Adding ---- */

static bool may_add(struct writing *writing, struct offer_add *add, struct str *division, struct error *error)
{
    struct round round;
    struct institution school = { 0 };
    bool has_round, has_school, twice;
    int64_t other;
    if (!round_load(writing->db, writing->arena, add->round, &round, &has_round, error) ||
        !registry_institution(writing->db, writing->arena, add->institution, &school, &has_school, error) ||
        !db_one_int(writing->db, error, &other, &twice, "select id from offer where round = ?1 and institution = ?2",
                    V_INT(add->round), V_INT(add->institution))) {
        return false;
    }
    add->result = !has_round                                                    ? OFFER_NOT_FOUND
                  : round.state != ROUND_DRAFT                                  ? OFFER_NOT_DRAFT
                  : !has_school || !str_starts(school.division, round.division) ? OFFER_NO_SCHOOL
                  : twice                                                       ? OFFER_TWICE
                  : !good_plan(add->classes, add->class_size)                   ? OFFER_BAD_NUMBER
                                                                                : OFFER_DONE;
    *division = has_round ? round.division : STR("");
    return true;
}

bool offer_add_run(struct writing *writing, void *input, struct error *error)
{
    struct offer_add *add = input;
    struct str division;
    add->offer = 0;
    if (!may_add(writing, add, &division, error)) {
        return false;
    }
    if (add->result != OFFER_DONE) {
        return true;
    }
    int64_t capacity = add->classes * add->class_size;
    if (!writing_id(writing, offer_ids, &add->offer, error)) {
        return false;
    }
    struct ledger_move plan = { add->offer, BUCKET_PLAN, BUCKET_FREE, capacity, "plan", 0 };
    return db_run(
               writing->db, error,
               "insert into offer (id, round, institution, kind, classes, class_size, capacity, boarding, last_cutoff) "
               "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
               V_INT(add->offer), V_INT(add->round), V_INT(add->institution),
               V_TEXT(add->public_school ? STR("public") : STR("private")), V_INT(add->classes), V_INT(add->class_size),
               V_INT(capacity), V_INT(add->boarding), V_TEXT(offer_last_text(writing->arena, &add->last))) &&
           (capacity == 0 || ledger_moves(writing, &plan, 1, error)) &&
           journal_append(writing,
                          &(struct journal_entry){
                              .actor = add->actor.account,
                              .role = add->actor.role ? add->actor.role : "",
                              .action = "offer.add",
                              .subject_kind = "offer",
                              .subject_id = add->offer,
                              .division = division,
                              .detail = arena_printf(writing->arena, "round %lld, %lld × %lld", (long long)add->round,
                                                     (long long)add->classes, (long long)add->class_size) },
                          error);
}

/* ---- Changing a plan ---- */

struct planned {
    bool found;
    int64_t round, classes, class_size, capacity, free;
    struct round row;
};

static bool load_plan(struct writing *writing, int64_t offer, struct planned *out, struct error *error)
{
    struct rows *rows = db_query(writing->db, error,
                                 "select round, classes, class_size, capacity, coalesce((select b.places from "
                                 "ledger_balance b where b.offer = offer.id and b.bucket = 'free'), 0) from offer "
                                 "where id = ?1",
                                 V_INT(offer));
    *out = (struct planned){ .found = rows_next(rows) };
    if (out->found) {
        out->round = rows_int(rows, 0);
        out->classes = rows_int(rows, 1);
        out->class_size = rows_int(rows, 2);
        out->capacity = rows_int(rows, 3);
        out->free = rows_int(rows, 4);
    }
    bool there;
    return rows_end(rows, error) &&
           (!out->found || round_load(writing->db, writing->arena, out->round, &out->row, &there, error));
}

/* The rules' hash follows a change after the announcement; both are in the journal. */
static bool rules_follow(struct writing *writing, struct offer_plan *plan, const struct planned *old,
                         struct str *detail, struct error *error)
{
    unsigned char hash[SM3_BYTES];
    if (old->row.state == ROUND_DRAFT) {
        return true;
    }
    if (!round_rules_hash(writing->db, plan->places, writing->arena, old->round, hash, error)) {
        return false;
    }
    struct str hex = hex_encode(writing->arena, hash, sizeof hash);
    *detail = arena_printf(writing->arena, "%.*s; rules %.*s, before %.*s", STR_ARG(*detail), STR_ARG(hex),
                           STR_ARG(old->row.rules_hash));
    return db_run(writing->db, error, "update round set rules_hash = ?2 where id = ?1", V_INT(old->round), V_TEXT(hex));
}

static bool keep_plan(struct writing *writing, struct offer_plan *plan, const struct planned *old, struct error *error)
{
    int64_t change = plan->capacity - old->capacity, id;
    struct ledger_move move = { plan->offer,
                                change > 0 ? BUCKET_PLAN : BUCKET_FREE,
                                change > 0 ? BUCKET_FREE : BUCKET_PLAN,
                                change > 0 ? change : -change,
                                "plan",
                                0 };
    struct str detail = arena_printf(writing->arena, "%lld × %lld, before %lld × %lld", (long long)plan->classes,
                                     (long long)plan->class_size, (long long)old->classes, (long long)old->class_size);
    return writing_id(writing, "select coalesce(max(id), 0) from offer_change", &id, error) &&
           db_run(writing->db, error, "update offer set classes = ?2, class_size = ?3, capacity = ?4 where id = ?1",
                  V_INT(plan->offer), V_INT(plan->classes), V_INT(plan->class_size), V_INT(plan->capacity)) &&
           db_run(writing->db, error,
                  "insert into offer_change (id, offer, at, account, classes_before, classes_after, capacity_before, "
                  "capacity_after, reason) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                  V_INT(id), V_INT(plan->offer), V_INT(writing->now), V_INT(plan->actor.account), V_INT(old->classes),
                  V_INT(plan->classes), V_INT(old->capacity), V_INT(plan->capacity), V_TEXT(plan->reason)) &&
           (change == 0 || ledger_moves(writing, &move, 1, error)) &&
           rules_follow(writing, plan, old, &detail, error) &&
           journal_append(writing,
                          &(struct journal_entry){ .actor = plan->actor.account,
                                                   .role = plan->actor.role ? plan->actor.role : "",
                                                   .action = "offer.plan",
                                                   .subject_kind = "offer",
                                                   .subject_id = plan->offer,
                                                   .division = old->row.division,
                                                   .detail = detail },
                          error) &&
           once_close(writing, plan->form_key, STR("done"), error);
}

bool offer_plan_run(struct writing *writing, void *input, struct error *error)
{
    struct offer_plan *plan = input;
    struct planned old;
    struct str answer;
    bool go;
    plan->repeated = false;
    plan->reason = str_trim(plan->reason);
    plan->capacity = plan->classes * plan->class_size;
    if (!once_open(writing, plan->form_key, plan->actor.account, &answer, &go, error) ||
        !load_plan(writing, plan->offer, &old, error)) {
        return false;
    }
    plan->published = old.found && old.row.state >= ROUND_ANNOUNCED;
    plan->repeated = !go;
    plan->result = !go                                                                  ? OFFER_DONE
                   : !old.found                                                         ? OFFER_NOT_FOUND
                   : old.row.state >= ROUND_FINAL                                       ? OFFER_TOO_LATE
                   : !good_plan(plan->classes, plan->class_size)                        ? OFFER_BAD_NUMBER
                   : plan->classes == old.classes && plan->class_size == old.class_size ? OFFER_UNCHANGED
                   : plan->reason.n == 0 || plan->reason.n > MOST_REASON                ? OFFER_NO_REASON
                                                                                        : OFFER_DONE;
    return !go || plan->result != OFFER_DONE || keep_plan(writing, plan, &old, error);
}

/* ---- Reads ---- */

#define BALANCE(name)                                                                                                  \
    "coalesce((select b.places from ledger_balance b where b.offer = o.id and b.bucket = '" name "'), 0)"
#define OFFER_COLUMNS                                                                                                  \
    "o.id, o.institution, i.code, i.name_zh, i.name_en, o.kind, o.classes, o.class_size, o.capacity, o.boarding, "     \
    "o.last_cutoff, (select count(*) from offer_change h where h.offer = o.id), " BALANCE("free") ", " BALANCE(        \
        "held") ", " BALANCE("taken") ", " BALANCE("waiting") ", w.first_wishes, w.wishes, o.round, o.to_late, "       \
                                                              "o.added"
#define WISHES(where)                                                                                                  \
    "select c.offer, count(*) as wishes, cast(sum(case when c.rank = 1 then 1 else 0 end) as bigint) as "              \
    "first_wishes from choice c join application a on a.id = c.application and a.state = 'submitted' where " where     \
    " group by c.offer"

static struct offer_row offer_of_row(struct rows *rows, struct arena *arena)
{
    return (struct offer_row){
        .id = rows_int(rows, 0),
        .institution = rows_int(rows, 1),
        .code = rows_text_in(rows, 2, arena),
        .school = { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) },
        .public_school = str_is(rows_text(rows, 5), "public"),
        .classes = rows_int(rows, 6),
        .class_size = rows_int(rows, 7),
        .capacity = rows_int(rows, 8),
        .boarding = rows_int(rows, 9) != 0,
        .last_cutoff = rows_text_in(rows, 10, arena),
        .changes = rows_int(rows, 11),
        .free = rows_int(rows, 12),
        .held = rows_int(rows, 13),
        .taken = rows_int(rows, 14),
        .waiting = rows_int(rows, 15),
        .first_wishes = rows_int(rows, 16),
        .wishes = rows_int(rows, 17),
        .to_late = rows_int(rows, 19),
        .added = rows_int(rows, 20),
    };
}

bool offer_list(struct db *db, struct arena *arena, int64_t round, struct offer_row **out, size_t *n,
                struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(db, error,
                                 "select " OFFER_COLUMNS " from offer o join institution i on i.id = o.institution "
                                 "left join (" WISHES("a.round = ?1") ") w on w.offer = o.id where o.round = ?1 "
                                                                      "order by i.code",
                                 V_INT(round));
    while (rows_next(rows)) {
        *(struct offer_row *)list_add(&list, arena) = offer_of_row(rows, arena);
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

bool offer_get(struct db *db, struct arena *arena, int64_t id, struct offer_row *out, int64_t *round, bool *found,
               struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select " OFFER_COLUMNS " from offer o join institution i on i.id = o.institution "
                                 "left join (" WISHES("c.offer = ?1") ") w on w.offer = o.id where o.id = ?1",
                                 V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        *out = offer_of_row(rows, arena);
        *round = rows_int(rows, 18);
    }
    return rows_end(rows, error);
}

bool offer_changes(struct db *db, struct arena *arena, int64_t round, bool published_only, struct offer_change **out,
                   size_t *n, struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(
        db, error,
        "select h.offer, i.name_zh, i.name_en, h.at, h.account, h.classes_before, h.classes_after, h.capacity_before, "
        "h.capacity_after, h.reason from offer_change h join offer o on o.id = h.offer "
        "join institution i on i.id = o.institution "
        "left join round_step s on s.round = o.round and s.step = 'announce' "
        "where o.round = ?1 and (?2 = 0 or h.at >= s.at) order by h.at, h.id",
        V_INT(round), V_INT(published_only));
    while (rows_next(rows)) {
        *(struct offer_change *)list_add(&list, arena) = (struct offer_change){
            .offer = rows_int(rows, 0),
            .school = { rows_text_in(rows, 1, arena), rows_text_in(rows, 2, arena) },
            .at = rows_int(rows, 3),
            .account = rows_int(rows, 4),
            .classes_before = rows_int(rows, 5),
            .classes_after = rows_int(rows, 6),
            .capacity_before = rows_int(rows, 7),
            .capacity_after = rows_int(rows, 8),
            .reason = rows_text_in(rows, 9, arena),
        };
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}
