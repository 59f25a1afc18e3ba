/* The demo's clock in the database: setting `clock_shift`, ms that are added to the system's clock; often less
 * than zero.
 *
 * What must hold: it never goes back, whoever moves it; sessions move along, so that nobody is signed out by it; and
 * every process that runs follows (the one that moves it at once, a server within a second: housekeeping.c). */
#include "accounts/accounts.h"

#include "base/clock.h"

bool demo_clock_set(struct writing *writing, int64_t to, int64_t *shift, struct error *error)
{
    int64_t kept = setting_int(writing->db, writing->arena, "clock_shift", INT64_MIN), wanted = to - clock_wall_ms();
    *shift = wanted > kept ? wanted : kept;
    if (*shift == kept) {
        return true;
    }
    return db_run(writing->db, error,
                  "update session set created_at = created_at + ?1, seen_at = seen_at + ?1, expires_at = expires_at "
                  "+ ?1",
                  V_INT(*shift - (kept == INT64_MIN ? 0 : kept))) &&
           setting_put(writing, "clock_shift", arena_printf(writing->arena, "%lld", (long long)*shift), error);
}

bool demo_clock_follow(struct db *db, struct arena *arena, bool *moved, struct error *error)
{
    struct str value;
    int64_t shift;
    *moved = false;
    if (!setting_get(db, arena, "clock_shift", &value, error)) {
        return false;
    }
    *moved = str_to_int(value, INT64_MIN, INT64_MAX, &shift) && clock_advance(shift);
    return true;
}
