/* See assign.h. */
#include "registry/assign.h"

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
    return good &&
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
