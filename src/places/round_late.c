/* The late round takes over the places that are left; and the end of a round.
 *
 * What must hold: a place is in one round at a time, and the plan of the transcript (capacity + to_late) stays. It
 * leaves the plan of the main round (an entry in its ledger, a public change of its plan) in the same transaction in
 * which it comes into the plan of the late one. */
#include "places/claim.h"
#include "places/offer.h"
#include "places/round_inside.h"

#include <stdio.h>

enum { DAY_MS = 24 * 3600 * 1000 };

/* From the policy's two dates: objections three days, the draw a day later, published another day later; all of it
 * closer together when the policy leaves less time. */
static struct round_dates late_dates(const struct policy *policy)
{
    const int64_t *m = policy->moments;
    int64_t closes = m[MOMENT_LATE_CLOSES], confirm = m[MOMENT_LATE_CONFIRM_UNTIL];
    int64_t day = DAY_MS;
    if (closes + 8 * day > confirm) {
        day = (confirm - closes) / 8;
    }
    return (struct round_dates){ m[MOMENT_LATE_OPENS], closes,           closes + 3 * day,
                                 closes + 4 * day,     closes + 5 * day, confirm };
}

static bool insert_late(struct writing *writing, struct round_advance *advance, const struct round *round,
                        const struct round_dates *d, struct error *error)
{
    struct str label = arena_printf(writing->arena, "%.*s-late", STR_ARG(round->label));
    return writing_id(writing, "select coalesce(max(id), 0) from round", &advance->late, error) &&
           db_run(writing->db, error,
                  "insert into round (id, label, division, stage, year, parent, policy, state, opens_at, closes_at, "
                  "objections_until, draw_at, publish_at, answer_by) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'draft', ?8, "
                  "?9, ?10, ?11, ?12, ?13)",
                  V_INT(advance->late), V_TEXT(label), V_TEXT(round->division), V_TEXT(str_of(stage_id(round->stage))),
                  V_INT(round->year), V_INT(round->id), V_INT(round->policy), V_INT(d->opens_at), V_INT(d->closes_at),
                  V_INT(d->objections_until), V_INT(d->draw_at), V_INT(d->publish_at), V_INT(d->answer_by)) &&
           round_journal(writing, &advance->actor, "round.new", advance->late, round->division, label, error);
}

struct left {
    int64_t offer, institution, capacity, free, class_size, classes, boarding;
    struct str kind, last;
};

static bool load_left(struct writing *writing, int64_t round, struct list *out, struct error *error)
{
    struct rows *rows =
        db_query(writing->db, error,
                 "select o.id, o.institution, o.capacity, b.places, o.class_size, o.classes, o.boarding, "
                 "o.kind, o.last_cutoff from offer o join ledger_balance b on b.offer = o.id and "
                 "b.bucket = 'free' and b.places > 0 where o.round = ?1 order by o.id",
                 V_INT(round));
    while (rows_next(rows)) {
        *(struct left *)list_add(out, writing->arena) = (struct left){
            .offer = rows_int(rows, 0),
            .institution = rows_int(rows, 1),
            .capacity = rows_int(rows, 2),
            .free = rows_int(rows, 3),
            .class_size = rows_int(rows, 4),
            .classes = rows_int(rows, 5),
            .boarding = rows_int(rows, 6),
            .kind = rows_text_in(rows, 7, writing->arena),
            .last = rows_text_in(rows, 8, writing->arena),
        };
    }
    return rows_end(rows, error);
}

/* The free places of one offer leave the main round and come into the late one. A late offer counts single places:
 * its classes are the free places, each of one. */
static bool hand_over(struct writing *writing, const struct round_advance *advance, const struct left *left,
                      struct error *error)
{
    int64_t offer, change;
    if (!writing_id(writing, offer_ids, &offer, error) ||
        !writing_id(writing, "select coalesce(max(id), 0) from offer_change", &change, error)) {
        return false;
    }
    struct ledger_move moves[2] = {
        { left->offer, BUCKET_FREE, BUCKET_PLAN, left->free, "to the late round", 0 },
        { offer, BUCKET_PLAN, BUCKET_FREE, left->free, "from the main round", 0 },
    };
    return db_run(writing->db, error, "update offer set capacity = ?2, to_late = ?3 where id = ?1", V_INT(left->offer),
                  V_INT(left->capacity - left->free), V_INT(left->free)) &&
           db_run(writing->db, error,
                  "insert into offer_change (id, offer, at, account, classes_before, classes_after, capacity_before, "
                  "capacity_after, reason) values (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8)",
                  V_INT(change), V_INT(left->offer), V_INT(writing->now), V_INT(advance->actor.account),
                  V_INT(left->classes), V_INT(left->capacity), V_INT(left->capacity - left->free),
                  V_TEXT(STR("剩余学位转入补录批次 (places left go to the late round)"))) &&
           db_run(writing->db, error,
                  "insert into offer (id, round, institution, kind, classes, class_size, capacity, boarding, "
                  "last_cutoff) values (?1, ?2, ?3, ?4, ?5, 1, ?5, ?6, ?7)",
                  V_INT(offer), V_INT(advance->late), V_INT(left->institution), V_TEXT(left->kind), V_INT(left->free),
                  V_INT(left->boarding), V_TEXT(left->last)) &&
           ledger_moves(writing, moves, 2, error);
}

static bool due_claims(struct writing *writing, const struct round *round, int64_t *n, struct error *error)
{
    return db_one_int(writing->db, error, n, NULL,
                      "select count(*) from claim c join offer o on o.id = c.offer where o.round = ?1 and "
                      "c.state = 'held'",
                      V_INT(round->id));
}

bool round_do_late(struct writing *writing, struct round_advance *advance, const struct round *round,
                   struct error *error)
{
    const struct policy *policy;
    struct list left = { .size = sizeof(struct left) };
    if (round->late || round->parent) {
        advance->result = ROUND_WRONG_STATE;
        return true;
    }
    if (!due_claims(writing, round, &advance->count, error) || !load_left(writing, round->id, &left, error) ||
        !places_policy(advance->places, writing->db, round->policy, &policy, error)) {
        return false;
    }
    if (advance->count > 0 || left.n == 0) {
        advance->result = advance->count > 0 ? ROUND_HELD : ROUND_NOTHING_LEFT;
        return true;
    }
    struct round_dates dates = late_dates(policy);
    if (!insert_late(writing, advance, round, &dates, error)) {
        return false;
    }
    for (size_t i = 0; i < left.n; i++) {
        const struct left *one = (const struct left *)left.items + i;
        advance->count += one->free;
        if (!hand_over(writing, advance, one, error)) {
            return false;
        }
    }
    return round_step_keep(
        writing, advance, STR(""), 0,
        arena_printf(writing->arena, "round %lld, places %lld", (long long)advance->late, (long long)advance->count),
        error);
}

/* ---- The end ---- */

bool round_do_end(struct writing *writing, struct round_advance *advance, const struct round *round,
                  struct error *error)
{
    int64_t running;
    if (!due_claims(writing, round, &advance->count, error) ||
        !db_one_int(writing->db, error, &running, NULL,
                    "select count(*) from round where parent = ?1 and state <> 'ended'", V_INT(round->id))) {
        return false;
    }
    advance->result = advance->count > 0 ? ROUND_HELD : running > 0 ? ROUND_LATE_RUNS : ROUND_DONE;
    return advance->result != ROUND_DONE || round_step_keep(writing, advance, STR(""), 0, STR(""), error);
}
