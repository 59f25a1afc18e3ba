/* Handing a child over to who has the code of the day. */
#include "services/inside.h"

#include "base/clock.h"

struct str pickup_code(struct arena *arena, struct vault *vault, int64_t entry, int64_t day)
{
    enum { CODES = 1000000 };
    unsigned char mac[VAULT_HASH];
    uint32_t number = 0;
    vault_mac(vault, "service.pickup", arena_printf(arena, "%lld %lld", (long long)entry, (long long)day), mac);
    for (size_t i = 0; i < sizeof number; i++) {
        number = number << 8 | mac[i];
    }
    return arena_printf(arena, "%06u", number % CODES);
}

static bool judge(struct writing *writing, struct pickup *pickup, int64_t *day, struct str *division,
                  struct error *error)
{
    bool here = false;
    struct rows *rows = db_query(
        writing->db, error,
        "select s.day, c.division from service_attendance a join service_session s on s.id = a.session "
        "join service_offer o on o.id = s.offer join service_call c on c.id = o.call where a.session = ?1 and "
        "a.entry = ?2 and a.state = 'present' and o.collect = 1 and not exists (select 1 from service_pickup k "
        "where k.session = a.session and k.entry = a.entry)",
        V_INT(pickup->session), V_INT(pickup->entry));
    if (rows_next(rows)) {
        here = true;
        *day = rows_int(rows, 0);
        *division = rows_text_in(rows, 1, writing->arena);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    struct str typed = str_trim(pickup->code);
    bool right = here && str_eq(typed, pickup_code(writing->arena, writing->vault, pickup->entry, *day));
    pickup->result = !here                                                       ? SERVICE_NOT_HERE
                     : right || (typed.n == 0 && str_trim(pickup->reason).n > 0) ? SERVICE_DONE
                                                                                 : SERVICE_BAD_CODE;
    pickup->reason = right ? STR("") : str_trim(pickup->reason);
    return true;
}

bool pickup_run(struct writing *writing, void *input, struct error *error)
{
    struct pickup *pickup = input;
    struct str division = { "", 0 };
    int64_t done = 1, day = 0;
    bool go;
    pickup->result = SERVICE_DONE;
    if (!once_open_number(writing, pickup->form_key, pickup->actor.account, &done, &go, error) || !go) {
        return !go;
    }
    if (!judge(writing, pickup, &day, &division, error) || pickup->result != SERVICE_DONE) {
        return pickup->result != SERVICE_DONE;
    }
    return db_run(writing->db, error,
                  "insert into service_pickup (session, entry, at, account, reason) values (?1, ?2, ?3, ?4, ?5)",
                  V_INT(pickup->session), V_INT(pickup->entry), V_INT(writing->now), V_INT(pickup->actor.account),
                  V_TEXT(pickup->reason)) &&
           service_journal(writing, pickup->actor, "service.pickup", "service_entry", pickup->entry, division,
                           pickup->reason.n ? STR("without the code") : STR("by code"), error) &&
           once_close_number(writing, pickup->form_key, done, error);
}
