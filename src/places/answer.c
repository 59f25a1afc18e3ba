/* Answers and moves.
 *
 * What must hold: the moves of a round, followed one by one from the result, are what the rules of the allotment
 * say (allot_next_waiting); anybody can check that in the transcript. So a place that came free goes to the first in
 * the order of `sort` who still waits; who has confirmed another place meanwhile, or applies in another round (the late
 * one), is asked no more, and the move `passed` says so: a child has one place. */
#include "places/answer.h"

#include "accounts/accounts.h"
#include "places/inside.h"
#include "places/round_inside.h"
#include "store/journal.h"

static const char late_word[] = "not answered in time";
/* A confirmed child's claims elsewhere keep their place in the list under this word, until the place comes to them. */
static const struct str settled_word = { "settled elsewhere", sizeof "settled elsewhere" - 1 };

struct text answer_result_text(enum answer_result result)
{
    static const struct text texts[ANSWER_RESULT_COUNT] = {
        [ANSWER_DONE] = T("已记录您的答复", "Your answer is kept"),
        [ANSWER_ALREADY] = T("此前已经答复过", "It was answered before"),
        [ANSWER_NOT_FOUND] = T("没有这份申请", "There is no such application"),
        [ANSWER_NOT_GUARDIAN] = T("您不是该儿童的监护人", "You are not a guardian of this child"),
        [ANSWER_NOT_PUBLISHED] =
            T("结果尚未公布，或本批次已经结束", "The result is not published yet, or the round ended"),
        [ANSWER_NO_PLACE] = T("没有需要答复的学位", "There is no place to answer for"),
        [ANSWER_TOO_LATE] =
            T("确认时间已过，学位按规则递补", "The time to answer has passed; the place goes to the next"),
    };
    return texts[result];
}

/* ---- Moves ---- */

struct mover {
    struct writing *writing;
    struct places *places;
    int64_t round;
    int64_t answer_by; /* for who is moved now */
    int64_t next_number;
    struct list freed; /* offers (int64_t) at which a place came free, in order */
    size_t done;       /* of them */
    size_t moved;
};

static bool mover_start(struct mover *mover, struct writing *writing, struct places *places, const struct round *round,
                        struct error *error)
{
    /* Whoever is moved after the round's own date has this long to answer. */
    enum { ANSWER_MS = 3 * 24 * 3600 * 1000 };
    int64_t soonest = writing->now + ANSWER_MS;
    *mover = (struct mover){ .writing = writing,
                             .places = places,
                             .round = round->id,
                             .freed = { .size = sizeof(int64_t) },
                             .answer_by = round->dates.answer_by > soonest ? round->dates.answer_by : soonest };
    return db_one_int(writing->db, error, &mover->next_number, NULL,
                      "select coalesce(max(number), 0) + 1 from place_move where round = ?1", V_INT(round->id));
}

static bool add_move(struct mover *mover, int64_t application, const char *kind, int64_t source, int64_t target,
                     const char *note, struct error *error)
{
    return db_run(mover->writing->db, error,
                  "insert into place_move (round, number, application, kind, source, target, at, note) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                  V_INT(mover->round), V_INT(mover->next_number++), V_INT(application), V_TEXT(str_of(kind)),
                  V_IF(source, V_INT(source)), V_IF(target, V_INT(target)), V_INT(mover->writing->now),
                  V_TEXT(str_of(note)));
}

/* The first of an offer's list: who waits, or who settled elsewhere and was not asked yet. */
struct candidate {
    int64_t application;
    bool settled;
    int64_t place; /* offer that the child holds or has taken; 0: none */
    bool overdue;  /* it holds a place that it has not answered for in time */
};

static bool first_candidate(struct mover *mover, int64_t offer, struct candidate *out, bool *found, struct error *error)
{
    struct rows *rows =
        db_query(mover->writing->db, error,
                 "select c.subject, case when c.state = 'returned' then 1 else 0 end, "
                 "h.offer, case when h.state = 'held' and h.answer_by <= ?3 then 1 else 0 end from claim c "
                 "left join claim h on h.subject = c.subject and h.state in ('held', 'taken') where c.offer = ?1 and "
                 "(c.state = 'waiting' or (c.state = 'returned' and c.reason = ?2)) "
                 "order by c.sort, c.id limit 1",
                 V_INT(offer), V_TEXT(settled_word), V_INT(mover->writing->now));
    *found = rows_next(rows);
    if (*found) {
        *out =
            (struct candidate){ rows_int(rows, 0), rows_int(rows, 1) == 1, rows_int(rows, 2), rows_int(rows, 3) == 1 };
    }
    return rows_end(rows, error);
}

/* Ends the waiting of a child at offers that it no longer prefers: those that stand in its wishes behind the one that
 * it got (`better_than`, in terms of table choice; 0: all). `word`: what stands as the reason. */
static bool end_waiting(struct mover *mover, int64_t application, int64_t got, struct str word, struct error *error)
{
    struct list changes = { .size = sizeof(struct claim_change) };
    struct rows *rows = db_query(
        mover->writing->db, error,
        "select w.offer from claim w left join choice x on x.application = ?1 and x.offer = w.offer "
        "left join choice g on g.application = ?1 and g.offer = ?2 "
        "where w.subject = ?1 and w.state = 'waiting' and (?2 = 0 or coalesce(x.rank, 1000) > coalesce(g.rank, 1000))",
        V_INT(application), V_INT(got));
    while (rows_next(rows)) {
        *(struct claim_change *)list_add(&changes, mover->writing->arena) = (struct claim_change){
            .offer = rows_int(rows, 0), .subject = application, .before = "waiting", .after = "returned", .reason = word
        };
    }
    return rows_end(rows, error) && claim_change(mover->writing, changes.items, changes.n, error);
}

/* Asked no more for this offer. */
static bool pass_over(struct mover *mover, int64_t offer, const struct candidate *candidate, struct error *error)
{
    return db_run(mover->writing->db, error,
                  "update claim set reason = 'passed', at = ?3 where offer = ?1 and subject = ?2", V_INT(offer),
                  V_INT(candidate->application), V_INT(mover->writing->now)) &&
           add_move(mover, candidate->application, "passed", candidate->place, offer, "confirmed its place before",
                    error);
}

/* Has the child gone on to another round: sent an application there, or got a place by it? */
static bool went_on(struct mover *mover, const struct candidate *candidate, bool *went, struct error *error)
{
    int64_t child = 0;
    bool found;
    *went = false;
    return candidate->place ||
           (db_one_int(mover->writing->db, error, &child, &found, "select child from application where id = ?1",
                       V_INT(candidate->application)) &&
            (!found || applies_elsewhere(mover->writing->db, child, mover->round, went, error)));
}

static bool leave_list(struct mover *mover, int64_t offer, const struct candidate *candidate, struct error *error)
{
    struct claim_change change = { .offer = offer,
                                   .subject = candidate->application,
                                   .before = "waiting",
                                   .after = "returned",
                                   .reason = STR("passed") };
    return claim_change(mover->writing, &change, 1, error) &&
           add_move(mover, candidate->application, "passed", 0, offer, "applies in another round", error);
}

static bool move_in(struct mover *mover, int64_t offer, const struct candidate *candidate, struct error *error)
{
    struct claim_change changes[2] = {
        { .offer = offer,
          .subject = candidate->application,
          .before = "waiting",
          .after = "held",
          .answer_by = mover->answer_by,
          .reason = STR("moved up") },
        { .offer = candidate->place,
          .subject = candidate->application,
          .before = "held",
          .after = "returned",
          .reason = STR("moved up") },
    };
    struct arena *arena = mover->writing->arena;
    mover->moved++;
    return claim_change(mover->writing, changes, candidate->place ? 2 : 1, error) &&
           end_waiting(mover, candidate->application, offer, STR("has a better place"), error) &&
           add_move(mover, candidate->application, "waiting", candidate->place, offer, "first on the waiting list",
                    error) &&
           message_add(mover->writing, candidate->application, "moved", arena_printf(arena, "%lld", (long long)offer),
                       error);
}

/* The child leaves its place, which is free from now on; all its waiting ends. */
static bool give_back(struct mover *mover, int64_t application, int64_t offer, bool taken, const char *note,
                      struct error *error)
{
    struct claim_change change = { .offer = offer,
                                   .subject = application,
                                   .before = taken ? "taken" : "held",
                                   .after = "returned",
                                   .reason = str_of(note) };
    *(int64_t *)list_add(&mover->freed, mover->writing->arena) = offer;
    /* A confirmed child's other claims are returned already; now they must not be asked again. */
    return claim_change(mover->writing, &change, 1, error) &&
           end_waiting(mover, application, 0, STR("gave its place back"), error) &&
           db_run(mover->writing->db, error,
                  "update claim set reason = 'gave its place back' where subject = ?1 and state = 'returned' and "
                  "reason = ?2",
                  V_INT(application), V_TEXT(settled_word)) &&
           add_move(mover, application, "declined", offer, 0, note, error) &&
           message_add(mover->writing, application, "declined", str_of(note), error);
}

/* One place: to the first who waits, whose own place comes free in turn. */
static bool pass_on(struct mover *mover, int64_t offer, struct error *error)
{
    for (;;) {
        struct candidate candidate;
        bool found, elsewhere;
        if (!first_candidate(mover, offer, &candidate, &found, error)) {
            return false;
        }
        if (!found) {
            return true;
        }
        if (!went_on(mover, &candidate, &elsewhere, error)) {
            return false;
        }
        if (candidate.settled) {
            if (!pass_over(mover, offer, &candidate, error)) {
                return false;
            }
        } else if (candidate.overdue) {
            if (!give_back(mover, candidate.application, candidate.place, false, late_word, error)) {
                return false;
            }
        } else if (elsewhere) {
            if (!leave_list(mover, offer, &candidate, error)) {
                return false;
            }
        } else {
            if (candidate.place) {
                *(int64_t *)list_add(&mover->freed, mover->writing->arena) = candidate.place;
            }
            return move_in(mover, offer, &candidate, error);
        }
    }
}

static bool pass_all_on(struct mover *mover, struct error *error)
{
    while (mover->done < mover->freed.n) {
        int64_t offer = ((const int64_t *)mover->freed.items)[mover->done++];
        if (!pass_on(mover, offer, error)) {
            return false;
        }
    }
    return true;
}

/* ---- The family's answer ---- */

struct answered {
    bool found, is_guardian;
    struct round round;
    int64_t offer; /* of the claim that is held or taken */
    bool taken, was_placed;
    int64_t answer_by;
};

static bool load_answered(struct writing *writing, const struct answer *answer, struct answered *out,
                          struct error *error)
{
    int64_t round = 0;
    struct rows *rows =
        db_query(writing->db, error,
                 "select a.round, (select count(*) from guardian g where g.account = ?2 and g.child = a.child), "
                 "c.offer, c.state, "
                 "c.answer_by, u.offer from application a left join claim c on c.subject = a.id and "
                 "c.state in ('held', 'taken') left join outcome u on u.application = a.id where a.id = ?1",
                 V_INT(answer->application), V_INT(answer->actor.account));
    *out = (struct answered){ .found = rows_next(rows) };
    if (out->found) {
        round = rows_int(rows, 0);
        out->is_guardian = rows_int(rows, 1) > 0;
        out->offer = rows_int(rows, 2);
        out->taken = str_is(rows_text(rows, 3), "taken");
        out->answer_by = rows_int(rows, 4);
        out->was_placed = rows_int(rows, 5) > 0;
    }
    bool there;
    return rows_end(rows, error) &&
           (!out->found || round_load(writing->db, writing->arena, round, &out->round, &there, error));
}

static enum answer_result may_answer(const struct answer *answer, const struct answered *seen, int64_t now)
{
    if (!seen->found) {
        return ANSWER_NOT_FOUND;
    }
    if (is_family(&answer->actor) && !seen->is_guardian) {
        return ANSWER_NOT_GUARDIAN;
    }
    if (seen->round.state != ROUND_PUBLISHED) {
        return ANSWER_NOT_PUBLISHED;
    }
    if (!seen->offer) {
        return seen->was_placed ? ANSWER_ALREADY : ANSWER_NO_PLACE;
    }
    if (seen->taken) {
        return answer->accept ? ANSWER_ALREADY : ANSWER_DONE;
    }
    return seen->answer_by != 0 && seen->answer_by <= now ? ANSWER_TOO_LATE : ANSWER_DONE;
}

static bool confirm(struct mover *mover, const struct answer *answer, int64_t offer, struct error *error)
{
    struct claim_change change = {
        .offer = offer, .subject = answer->application, .before = "held", .after = "taken", .reason = STR("confirm")
    };
    return claim_change(mover->writing, &change, 1, error) &&
           end_waiting(mover, answer->application, 0, settled_word, error) &&
           dwelling_lock_take(mover->writing, mover->places, answer->application, error) &&
           message_add(mover->writing, answer->application, "confirmed", STR(""), error);
}

bool answer_run(struct writing *writing, void *input, struct error *error)
{
    struct answer *answer = input;
    struct answered seen;
    struct mover mover;
    struct str kept;
    bool go;
    answer->repeated = false;
    answer->moved = 0;
    if (!once_open(writing, answer->form_key, answer->actor.account, &kept, &go, error) ||
        !load_answered(writing, answer, &seen, error)) {
        return false;
    }
    answer->offer = seen.offer;
    answer->repeated = !go;
    answer->result = go ? may_answer(answer, &seen, writing->now) : ANSWER_DONE;
    if (!go || answer->result != ANSWER_DONE) {
        return true;
    }
    if (!mover_start(&mover, writing, answer->places, &seen.round, error) ||
        !(answer->accept ? confirm(&mover, answer, seen.offer, error)
                         : give_back(&mover, answer->application, seen.offer, seen.taken, "declined", error)) ||
        !pass_all_on(&mover, error)) {
        return false;
    }
    answer->moved = mover.moved;
    return journal_append(writing,
                          &(struct journal_entry){ .actor = answer->actor.account,
                                                   .role = answer->actor.role ? answer->actor.role : "",
                                                   .action = answer->accept ? "answer.confirm" : "answer.decline",
                                                   .subject_kind = "application",
                                                   .subject_id = answer->application,
                                                   .division = seen.round.division,
                                                   .detail = arena_printf(writing->arena, "offer %lld, moved %zu",
                                                                          (long long)seen.offer, mover.moved) },
                          error) &&
           once_close(writing, answer->form_key, STR("done"), error);
}

/* ---- Not answered in time ---- */

struct due {
    int64_t offer, application;
};

/* The round in which somebody has not answered for longest. */
static bool due_round(struct writing *writing, int64_t *round, bool *found, struct error *error)
{
    return db_one_int(writing->db, error, round, found,
                      "select o.round from claim c join offer o on o.id = c.offer join round r on r.id = o.round and "
                      "r.state = 'published' where c.state = 'held' and c.answer_by <= ?1 order by c.answer_by, c.id "
                      "limit 1",
                      V_INT(writing->now));
}

static bool load_due(struct writing *writing, int64_t round, struct list *due, struct error *error)
{
    struct rows *rows =
        db_query(writing->db, error,
                 "select c.offer, c.subject from claim c join offer o on o.id = c.offer and o.round = ?2 "
                 "where c.state = 'held' and c.answer_by <= ?1 order by c.answer_by, c.id",
                 V_INT(writing->now), V_INT(round));
    while (rows_next(rows)) {
        *(struct due *)list_add(due, writing->arena) = (struct due){ rows_int(rows, 0), rows_int(rows, 1) };
    }
    return rows_end(rows, error);
}

/* All of a round first give back, then the places go on: nobody who let the time pass is moved to another place. */
static bool expire_round(struct writing *writing, struct answers_expire *expire, int64_t id, struct error *error)
{
    struct round round;
    struct mover mover;
    struct list due = { .size = sizeof(struct due) };
    bool found;
    if (!round_load(writing->db, writing->arena, id, &round, &found, error) ||
        !mover_start(&mover, writing, expire->places, &round, error) || !load_due(writing, id, &due, error)) {
        return false;
    }
    for (size_t i = 0; i < due.n; i++) {
        const struct due *one = (const struct due *)due.items + i;
        if (!give_back(&mover, one->application, one->offer, false, late_word, error)) {
            return false;
        }
    }
    expire->expired = due.n;
    return pass_all_on(&mover, error) && ((expire->moved = mover.moved), true) &&
           round_journal(writing, &(struct actor){ 0, "" }, "answer.expire", id, round.division,
                         arena_printf(writing->arena, "expired %zu, moved %zu", due.n, mover.moved), error);
}

bool answers_expire_run(struct writing *writing, void *input, struct error *error)
{
    struct answers_expire *expire = input;
    int64_t round;
    expire->expired = expire->moved = 0;
    expire->more = false;
    if (!due_round(writing, &round, &expire->more, error)) {
        return false;
    }
    return !expire->more || expire_round(writing, expire, round, error);
}
