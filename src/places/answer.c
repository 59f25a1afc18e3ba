/* Answers and moves.
 *
 * What must hold: the moves of a round, followed one by one from the result, are what the rules of the allotment
 * say (allot_next_waiting); anybody can check that in the transcript. So a place that came free goes to the first in
 * the order of its kind (waiting.h) who still waits and fits; who has confirmed another place meanwhile, or applies in
 * another round (the late one), is asked no more, and the move `passed` says so: a child has one place.
 *
 * Siblings who asked together are one ticket with as many places: they are moved, confirm and give back together. One
 * of their applications leads; claims are changed for all of them, moves have the one that leads. */
#include "places/answer.h"

#include "accounts/accounts.h"
#include "places/inside.h"
#include "places/round_inside.h"
#include "places/waiting.h"
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

/* A place: at an offer, of a kind. */
struct spot {
    int64_t offer; /* 0: none */
    int64_t kind;
};

/* The applications of one ticket, the one that leads first. */
struct ticket {
    int64_t application[ALLOT_MAX_TOGETHER];
    size_t n;
};

struct mover {
    struct writing *writing;
    struct places *places;
    int64_t round;
    int64_t answer_by; /* for who is moved now */
    int64_t next_number;
    bool unplaced_only; /* who has a place waits nowhere */
    struct list freed;  /* spots at which places came free, in order */
    size_t done;        /* of them */
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
                             .freed = { .size = sizeof(struct spot) },
                             .answer_by = round->dates.answer_by > soonest ? round->dates.answer_by : soonest };
    const struct policy *policy;
    if (!places_policy(places, writing->db, round->policy, &policy, error)) {
        return false;
    }
    mover->unplaced_only = policy->waiting_who == WAITING_UNPLACED;
    return db_one_int(writing->db, error, &mover->next_number, NULL,
                      "select coalesce(max(number), 0) + 1 from place_move where round = ?1", V_INT(round->id));
}

/* Of any application of a ticket. */
static bool ticket_of(struct db *db, int64_t application, struct ticket *out, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select g.application from outcome u join outcome g on g.lead = u.lead where "
                                 "u.application = ?1 order by case when g.application = g.lead then 0 else 1 end, "
                                 "g.application",
                                 V_INT(application));
    *out = (struct ticket){ .application = { application } };
    while (rows_next(rows) && out->n < ALLOT_MAX_TOGETHER) {
        out->application[out->n++] = rows_int(rows, 0);
    }
    out->n = out->n ? out->n : 1;
    return rows_end(rows, error);
}

static bool add_move(struct mover *mover, int64_t application, const char *kind, struct spot source, struct spot target,
                     const char *note, struct error *error)
{
    return db_run(mover->writing->db, error,
                  "insert into place_move (round, number, application, kind, source, target, at, note, source_kind, "
                  "target_kind) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                  V_INT(mover->round), V_INT(mover->next_number++), V_INT(application), V_TEXT(str_of(kind)),
                  V_IF(source.offer, V_INT(source.offer)), V_IF(target.offer, V_INT(target.offer)),
                  V_INT(mover->writing->now), V_TEXT(str_of(note)), V_INT(source.kind), V_INT(target.kind));
}

/* The same change for all of a ticket. */
static bool change_all(struct mover *mover, const struct ticket *ticket, struct claim_change change,
                       struct error *error)
{
    struct claim_change changes[ALLOT_MAX_TOGETHER];
    for (size_t i = 0; i < ticket->n; i++) {
        changes[i] = change;
        changes[i].subject = ticket->application[i];
    }
    return claim_change(mover->writing, changes, ticket->n, error);
}

/* The first of a list: who waits, or who settled elsewhere and was not asked yet. */
struct candidate {
    struct ticket ticket;
    bool settled;
    struct spot place; /* that the child holds or has taken */
    bool overdue;      /* it holds a place that it has not answered for in time */
};

/* The first who may have this kind of place and for whom there is room. */
static bool first_candidate(struct mover *mover, const struct seat *seat, struct candidate *out, bool *found,
                            struct error *error)
{
    int64_t first = 0;
    struct rows *rows =
        db_query(mover->writing->db, error,
                 "select c.subject, case when c.state = 'returned' then 1 else 0 end, h.offer, h.kind, case when "
                 "h.state = 'held' and h.answer_by <= ?6 then 1 else 0 end from claim c "
                 "join outcome u on u.application = c.subject and (u.lead is null or u.lead = c.subject) "
                 "left join claim h on h.subject = c.subject and h.state in ('held', 'taken') where c.offer = ?1 and "
                 "(c.state = 'waiting' or (c.state = 'returned' and c.reason = ?5)) and u.places <= ?7 and " SEAT_TAKES
                 "order by " SEAT_KEY("c") ", c.id limit 1",
                 V_INT(seat->offer), V_TEXT(seat->whom), V_INT(seat_bit(seat)), V_TEXT(seat->order),
                 V_TEXT(settled_word), V_INT(mover->writing->now), V_INT(seat->unused));
    *found = rows_next(rows);
    if (*found) {
        first = rows_int(rows, 0);
        *out = (struct candidate){ .settled = rows_int(rows, 1) == 1,
                                   .place = { rows_int(rows, 2), rows_int(rows, 3) },
                                   .overdue = rows_int(rows, 4) == 1 };
    }
    return rows_end(rows, error) && (!*found || ticket_of(mover->writing->db, first, &out->ticket, error));
}

/* Ends the waiting of a child at offers that it no longer prefers: those that stand in its wishes behind the one that
 * it got (`better_than`, in terms of table choice; 0: all). `word`: what stands as the reason. */
static bool end_waiting_of(struct mover *mover, int64_t application, int64_t got, struct str word, struct error *error)
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

static bool end_waiting(struct mover *mover, const struct ticket *ticket, int64_t got, struct str word,
                        struct error *error)
{
    for (size_t i = 0; i < ticket->n; i++) {
        if (!end_waiting_of(mover, ticket->application[i], got, word, error)) {
            return false;
        }
    }
    return true;
}

/* The same message to each family of a ticket (it is one family, with an application for each child). */
static bool tell_all(struct mover *mover, const struct ticket *ticket, const char *kind, struct str detail,
                     struct error *error)
{
    for (size_t i = 0; i < ticket->n; i++) {
        if (!message_add(mover->writing, ticket->application[i], kind, detail, error)) {
            return false;
        }
    }
    return true;
}

/* Asked no more for this offer. */
static bool pass_over(struct mover *mover, struct spot spot, const struct candidate *candidate, struct error *error)
{
    for (size_t i = 0; i < candidate->ticket.n; i++) {
        if (!db_run(mover->writing->db, error,
                    "update claim set reason = 'passed', at = ?3 where offer = ?1 and subject = ?2", V_INT(spot.offer),
                    V_INT(candidate->ticket.application[i]), V_INT(mover->writing->now))) {
            return false;
        }
    }
    return add_move(mover, candidate->ticket.application[0], "passed", candidate->place, spot,
                    "confirmed its place before", error);
}

/* Has the child gone on to another round: sent an application there, or got a place by it? */
static bool went_on(struct mover *mover, const struct candidate *candidate, bool *went, struct error *error)
{
    *went = false;
    for (size_t i = 0; i < candidate->ticket.n && !candidate->place.offer && !*went; i++) {
        int64_t child = 0;
        bool found;
        if (!db_one_int(mover->writing->db, error, &child, &found, "select child from application where id = ?1",
                        V_INT(candidate->ticket.application[i])) ||
            (found && !applies_elsewhere(mover->writing->db, child, mover->round, went, error))) {
            return false;
        }
    }
    return true;
}

static bool leave_list(struct mover *mover, struct spot spot, const struct candidate *candidate, struct error *error)
{
    struct claim_change change = {
        .offer = spot.offer, .before = "waiting", .after = "returned", .reason = STR("passed")
    };
    return change_all(mover, &candidate->ticket, change, error) &&
           add_move(mover, candidate->ticket.application[0], "passed", (struct spot){ 0 }, spot,
                    "applies in another round", error);
}

static bool move_in(struct mover *mover, struct spot spot, const struct candidate *candidate, struct error *error)
{
    struct claim_change in = { .offer = spot.offer,
                               .before = "waiting",
                               .after = "held",
                               .kind = spot.kind,
                               .answer_by = mover->answer_by,
                               .reason = STR("moved up") };
    struct claim_change out = {
        .offer = candidate->place.offer, .before = "held", .after = "returned", .reason = STR("moved up")
    };
    struct arena *arena = mover->writing->arena;
    mover->moved += candidate->ticket.n;
    return change_all(mover, &candidate->ticket, in, error) &&
           (!candidate->place.offer || change_all(mover, &candidate->ticket, out, error)) &&
           end_waiting(mover, &candidate->ticket, mover->unplaced_only ? 0 : spot.offer, STR("has a better place"),
                       error) &&
           add_move(mover, candidate->ticket.application[0], "waiting", candidate->place, spot,
                    "first on the waiting list", error) &&
           tell_all(mover, &candidate->ticket, "moved", arena_printf(arena, "%lld", (long long)spot.offer), error);
}

static void frees(struct mover *mover, struct spot spot)
{
    *(struct spot *)list_add(&mover->freed, mover->writing->arena) = spot;
}

/* The ticket leaves its place, which is free from now on; all its waiting ends. */
static bool give_back(struct mover *mover, const struct ticket *ticket, struct spot spot, bool taken, const char *note,
                      struct error *error)
{
    struct claim_change change = {
        .offer = spot.offer, .before = taken ? "taken" : "held", .after = "returned", .reason = str_of(note)
    };
    frees(mover, spot);
    if (!change_all(mover, ticket, change, error) ||
        !end_waiting(mover, ticket, 0, STR("gave its place back"), error)) {
        return false;
    }
    /* A confirmed child's other claims are returned already; now they must not be asked again. */
    for (size_t i = 0; i < ticket->n; i++) {
        if (!db_run(mover->writing->db, error,
                    "update claim set reason = 'gave its place back' where subject = ?1 and state = 'returned' and "
                    "reason = ?2",
                    V_INT(ticket->application[i]), V_TEXT(settled_word))) {
            return false;
        }
    }
    return add_move(mover, ticket->application[0], "declined", spot, (struct spot){ 0 }, note, error) &&
           tell_all(mover, ticket, "declined", str_of(note), error);
}

/* Places above the plan are for the siblings for whom they were added: what such a kind has less of them now leaves the
 * plan, and nobody gets it. */
static bool take_added_back(struct mover *mover, int64_t offer, struct error *error)
{
    struct writing *writing = mover->writing;
    int64_t added = 0, over = 0;
    if (!db_one_int(writing->db, error, &added, NULL, "select added from offer where id = ?1", V_INT(offer))) {
        return false;
    }
    if (added == 0) {
        return true;
    }
    struct rows *rows =
        db_query(writing->db, error,
                 "select coalesce(k.places, o.capacity + o.to_late), (select count(*) from claim c where c.offer = "
                 "o.id and c.kind = coalesce(k.kind, 0) and c.state in ('held', 'taken')) from offer o left join "
                 "kind_cutoff k on k.offer = o.id where o.id = ?1",
                 V_INT(offer));
    while (rows_next(rows)) {
        int64_t above = rows_int(rows, 1) - rows_int(rows, 0);
        over += above > 0 ? above : 0;
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    if (over >= added) {
        return true;
    }
    struct ledger_move move = {
        offer, BUCKET_FREE, BUCKET_PLAN, added - over, "added for siblings, not needed any more", 0
    };
    return ledger_moves(writing, &move, 1, error) &&
           db_run(writing->db, error, "update offer set added = ?2 where id = ?1", V_INT(offer), V_INT(over));
}

/* What came free at one kind of place: to the first who waits and fits, whose own place comes free in turn. */
static bool pass_on(struct mover *mover, struct spot spot, struct error *error)
{
    for (;;) {
        struct candidate candidate;
        struct seat seat;
        bool found = false, elsewhere;
        if (!take_added_back(mover, spot.offer, error) ||
            !seat_read(mover->writing->db, mover->writing->arena, spot.offer, spot.kind, &seat, error) ||
            (seat.room > 0 && !first_candidate(mover, &seat, &candidate, &found, error))) {
            return false;
        }
        /* who is first and does not fit into what the late round has left keeps the others waiting too */
        if (!found || (int64_t)candidate.ticket.n > seat.room) {
            return true;
        }
        if (!went_on(mover, &candidate, &elsewhere, error)) {
            return false;
        }
        if (candidate.settled) {
            if (!pass_over(mover, spot, &candidate, error)) {
                return false;
            }
        } else if (candidate.overdue) {
            if (!give_back(mover, &candidate.ticket, candidate.place, false, late_word, error)) {
                return false;
            }
        } else if (elsewhere) {
            if (!leave_list(mover, spot, &candidate, error)) {
                return false;
            }
        } else {
            if (!move_in(mover, spot, &candidate, error)) {
                return false;
            }
            if (candidate.place.offer) {
                frees(mover, candidate.place);
            }
        }
    }
}

static bool pass_all_on(struct mover *mover, struct error *error)
{
    while (mover->done < mover->freed.n) {
        struct spot spot = ((const struct spot *)mover->freed.items)[mover->done++];
        if (!pass_on(mover, spot, error)) {
            return false;
        }
    }
    return true;
}

/* ---- The family's answer ---- */

struct answered {
    bool found, is_guardian;
    struct round round;
    struct spot spot; /* of the claim that is held or taken */
    struct ticket ticket;
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
                 "c.offer, c.kind, c.state, "
                 "c.answer_by, u.offer from application a left join claim c on c.subject = a.id and "
                 "c.state in ('held', 'taken') left join outcome u on u.application = a.id where a.id = ?1",
                 V_INT(answer->application), V_INT(answer->actor.account));
    *out = (struct answered){ .found = rows_next(rows) };
    if (out->found) {
        round = rows_int(rows, 0);
        out->is_guardian = rows_int(rows, 1) > 0;
        out->spot = (struct spot){ rows_int(rows, 2), rows_int(rows, 3) };
        out->taken = str_is(rows_text(rows, 4), "taken");
        out->answer_by = rows_int(rows, 5);
        out->was_placed = rows_int(rows, 6) > 0;
    }
    bool there;
    return rows_end(rows, error) &&
           (!out->found || (round_load(writing->db, writing->arena, round, &out->round, &there, error) &&
                            ticket_of(writing->db, answer->application, &out->ticket, error)));
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
    if (!seen->spot.offer) {
        return seen->was_placed ? ANSWER_ALREADY : ANSWER_NO_PLACE;
    }
    if (seen->taken) {
        return answer->accept ? ANSWER_ALREADY : ANSWER_DONE;
    }
    return seen->answer_by != 0 && seen->answer_by <= now ? ANSWER_TOO_LATE : ANSWER_DONE;
}

static bool confirm(struct mover *mover, const struct ticket *ticket, int64_t offer, struct error *error)
{
    struct claim_change change = { .offer = offer, .before = "held", .after = "taken", .reason = STR("confirm") };
    if (!change_all(mover, ticket, change, error) || !end_waiting(mover, ticket, 0, settled_word, error)) {
        return false;
    }
    for (size_t i = 0; i < ticket->n; i++) {
        if (!dwelling_lock_take(mover->writing, mover->places, ticket->application[i], error)) {
            return false;
        }
    }
    return tell_all(mover, ticket, "confirmed", STR(""), error);
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
    answer->offer = seen.spot.offer;
    answer->repeated = !go;
    answer->result = go ? may_answer(answer, &seen, writing->now) : ANSWER_DONE;
    if (!go || answer->result != ANSWER_DONE) {
        return true;
    }
    if (!mover_start(&mover, writing, answer->places, &seen.round, error) ||
        !(answer->accept ? confirm(&mover, &seen.ticket, seen.spot.offer, error)
                         : give_back(&mover, &seen.ticket, seen.spot, seen.taken, "declined", error)) ||
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
                                                                          (long long)seen.spot.offer, mover.moved) },
                          error) &&
           once_close(writing, answer->form_key, STR("done"), error);
}

/* ---- Not answered in time ---- */

struct due {
    struct spot spot;
    int64_t application;
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
                 "select c.offer, c.kind, c.subject from claim c join offer o on o.id = c.offer and o.round = ?2 "
                 "join outcome u on u.application = c.subject and (u.lead is null or u.lead = c.subject) "
                 "where c.state = 'held' and c.answer_by <= ?1 order by c.answer_by, c.id",
                 V_INT(writing->now), V_INT(round));
    while (rows_next(rows)) {
        *(struct due *)list_add(due, writing->arena) =
            (struct due){ { rows_int(rows, 0), rows_int(rows, 1) }, rows_int(rows, 2) };
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
        struct ticket ticket;
        if (!ticket_of(writing->db, one->application, &ticket, error) ||
            !give_back(&mover, &ticket, one->spot, false, late_word, error)) {
            return false;
        }
        expire->expired += ticket.n;
    }
    return pass_all_on(&mover, error) && ((expire->moved = mover.moved), true) &&
           round_journal(writing, &(struct actor){ 0, "" }, "answer.expire", id, round.division,
                         arena_printf(writing->arena, "expired %zu, moved %zu", expire->expired, mover.moved), error);
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
