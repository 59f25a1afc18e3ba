/* The order of waiting as text: rank (under serial priority), priority, lot, ticket, each as hexadecimal digits of
 * fixed width; lot and ticket the other way round where the policy says so. The order of a kind of place is made of its
 * parts (seat_order in SQL): members first, or the lot alone. */
#include "places/waiting.h"

#include "base/hex.h"

bool waiting_problem(struct db *db, struct places *places, struct arena *arena, const struct round *round,
                     struct round_list *list, struct error *error)
{
    enum list_rule rule;
    unsigned char seed[SM3_BYTES];
    if (!round_list_rule(db, round->id, &rule, error) ||
        !round_list_build(db, places, arena, round->id, rule, false, list, error)) {
        return false;
    }
    if (!hex_decode(round->seed, seed, SM3_BYTES)) {
        return error_set(error, "the seed of the round is damaged");
    }
    round_list_lots(list, arena, seed);
    return true;
}

struct str waiting_sort(struct arena *arena, const struct allot_problem *problem, uint32_t a, uint32_t c)
{
    const struct allot_choice *choice = &problem->choice[c];
    uint32_t rank = problem->mechanism == ALLOT_SERIAL ? c - problem->choice_from[a] : 0;
    uint32_t priority = problem->offer[choice->offer].order == ALLOT_BY_LOT ? 0 : choice->priority;
    struct allot_lot lot = problem->choice_lot ? problem->choice_lot[c] : problem->lot[a];
    unsigned char ticket[ALLOT_TICKET_BYTES];
    memcpy(ticket, problem->ticket[a], sizeof ticket);
    if (problem->waiting_reversed) {
        lot = (struct allot_lot){ ~lot.high, ~lot.low };
        for (size_t i = 0; i < sizeof ticket; i++) {
            ticket[i] = (unsigned char)~ticket[i];
        }
    }
    return arena_printf(arena, "%02x%016llx%016llx%016llx%.*s", rank, (unsigned long long)priority,
                        (unsigned long long)lot.high, (unsigned long long)lot.low,
                        STR_ARG(hex_encode(arena, ticket, sizeof ticket)));
}

bool seat_read(struct db *db, struct arena *arena, int64_t offer, int64_t kind, struct seat *out, struct error *error)
{
    struct rows *rows = db_query(
        db, error,
        "select coalesce(k.whom, 'all'), coalesce(k.ord, 'priority'), coalesce(k.places, o.capacity + o.to_late), "
        "(select count(*) from claim c where c.offer = o.id and c.kind = ?2 and c.state in ('held', 'taken')), "
        "coalesce((select b.places from ledger_balance b where b.offer = o.id and b.bucket = 'free'), 0) "
        "from offer o left join kind_cutoff k on k.offer = o.id and k.kind = ?2 where o.id = ?1",
        V_INT(offer), V_INT(kind));
    *out = (struct seat){ .offer = offer, .kind = kind, .whom = STR("all"), .order = STR("priority") };
    if (rows_next(rows)) {
        int64_t room = rows_int(rows, 2) - rows_int(rows, 3), free = rows_int(rows, 4);
        out->whom = rows_text_in(rows, 0, arena);
        out->order = rows_text_in(rows, 1, arena);
        out->unused = room > 0 ? room : 0;
        out->room = out->unused < free ? out->unused : free;
    }
    return rows_end(rows, error);
}

bool seat_position(struct db *db, const struct seat *seat, int64_t application, int64_t *position, struct error *error)
{
    bool found;
    *position = 0;
    /* Siblings together wait as one: they have the same `sort`. */
    return db_one_int(
        db, error, position, &found,
        "select (select count(distinct c.sort) from claim c where c.offer = ?1 and c.state = 'waiting' "
        "and " SEAT_TAKES
        "and (" SEAT_KEY("c") " < " SEAT_KEY("w") " or c.sort = w.sort)) from claim w "
                                                  "where w.offer = ?1 and w.subject = ?5 and w.state = 'waiting'",
        V_INT(seat->offer), V_TEXT(seat->whom), V_INT(seat_bit(seat)), V_TEXT(seat->order), V_INT(application));
}

int64_t seat_bit(const struct seat *seat)
{
    return INT64_C(1) << seat->kind;
}
