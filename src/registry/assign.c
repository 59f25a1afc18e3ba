/* See assign.h. */
#include "registry/assign.h"

#include "base/clock.h"
#include "registry/facts.h"
#include "store/journal.h"

struct pair {
    bool found, primary;
    struct str community_division, catchment_division;
    int64_t primary_catchment, junior_catchment;
};

static bool load(struct writing *writing, const struct assign *assign, struct pair *out, struct error *error)
{
    struct rows *rows = db_query(writing->db, error,
                                 "select m.division, m.primary_catchment, m.junior_catchment, c.division, c.stage "
                                 "from community m, catchment c where m.id = ?1 and c.id = ?2",
                                 V_INT(assign->community), V_INT(assign->catchment));
    *out = (struct pair){ .found = rows_next(rows) };
    if (out->found) {
        out->community_division = rows_text_in(rows, 0, writing->arena);
        out->primary_catchment = rows_int(rows, 1);
        out->junior_catchment = rows_int(rows, 2);
        out->catchment_division = rows_text_in(rows, 3, writing->arena);
        out->primary = str_is(rows_text(rows, 4), "primary");
    }
    return rows_end(rows, error);
}

/* The day on which something holds that has always been so. */
enum { ALWAYS = 0 };

/* What is known so far ends with this moment, and is said again up to today; from today on the new one holds. */
static bool keep_versions(struct writing *writing, const struct assign *assign, const char *stage, int64_t now,
                          struct error *error)
{
    int64_t moment, today = day_of_ms(writing->now), since = ALWAYS, standing = 0;
    bool found = false;
    struct str of = str_of(stage);
    if (!writing_moment(writing, &moment, error)) {
        return false;
    }
    struct rows *rows = db_query(writing->db, error,
                                 "select valid_from, catchment from community_assignment where community = ?1 and "
                                 "stage = ?2 and replaced_at = ?3 and valid_until = ?4",
                                 V_INT(assign->community), V_TEXT(of), V_INT(MOMENT_OPEN), V_INT(DAY_OPEN));
    if (rows_next(rows)) {
        found = true;
        since = rows_int(rows, 0);
        standing = rows_int(rows, 1);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    const char *add = "insert into community_assignment (community, stage, catchment, valid_from, valid_until, "
                      "recorded_at, replaced_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (community, stage, "
                      "valid_from, recorded_at) do update set catchment = excluded.catchment, valid_until = "
                      "excluded.valid_until, replaced_at = excluded.replaced_at";
    bool good = found ? db_run(writing->db, error,
                               "update community_assignment set replaced_at = ?3 where community = ?1 and stage = ?2 "
                               "and replaced_at = ?4 and valid_until = ?5",
                               V_INT(assign->community), V_TEXT(of), V_INT(moment), V_INT(MOMENT_OPEN), V_INT(DAY_OPEN))
                      : db_run(writing->db, error, add, V_INT(assign->community), V_TEXT(of), V_INT(now), V_INT(ALWAYS),
                               V_INT(DAY_OPEN), V_INT(0), V_INT(moment));
    if (good && since < today) {
        good = db_run(writing->db, error, add, V_INT(assign->community), V_TEXT(of), V_INT(found ? standing : now),
                      V_INT(since), V_INT(today), V_INT(moment), V_INT(MOMENT_OPEN));
    }
    return good && db_run(writing->db, error, add, V_INT(assign->community), V_TEXT(of), V_INT(assign->catchment),
                          V_INT(today), V_INT(DAY_OPEN), V_INT(moment), V_INT(MOMENT_OPEN));
}

bool registry_assign(struct writing *writing, const struct assign *assign, enum assign_result *result,
                     struct error *error)
{
    struct pair pair;
    if (!load(writing, assign, &pair, error)) {
        return false;
    }
    int64_t now = pair.primary ? pair.primary_catchment : pair.junior_catchment;
    *result = !pair.found                                                     ? ASSIGN_MISSING
              : !str_starts(pair.community_division, pair.catchment_division) ? ASSIGN_ELSEWHERE
              : now != assign->from                                           ? ASSIGN_OVERTAKEN
                                                                              : ASSIGN_DONE;
    if (*result != ASSIGN_DONE || now == assign->catchment) {
        return true;
    }
    bool good = pair.primary ? db_run(writing->db, error, "update community set primary_catchment = ?1 where id = ?2",
                                      V_INT(assign->catchment), V_INT(assign->community))
                             : db_run(writing->db, error, "update community set junior_catchment = ?1 where id = ?2",
                                      V_INT(assign->catchment), V_INT(assign->community));
    return good && keep_versions(writing, assign, pair.primary ? "primary" : "junior", now, error) &&
           journal_append(writing,
                          &(struct journal_entry){
                              .actor = assign->account,
                              .role = assign->role,
                              .action = "community.assign",
                              .subject_kind = "community",
                              .subject_id = assign->community,
                              .division = pair.community_division,
                              .detail = arena_printf(writing->arena, "%s %lld -> %lld; %.*s",
                                                     pair.primary ? "primary" : "junior", (long long)assign->from,
                                                     (long long)assign->catchment, STR_ARG(assign->why)) },
                          error);
}
