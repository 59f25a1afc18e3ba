/* The digest of a demo city: each row of each query as text, fields ended by a unit separator, rows by a line end,
 * under the query's name. Ids never enter it, only codes, so it does not depend on how an engine counts. Left out is
 * what depends on the keys of an installation: receipts, salts, tickets, and with them the lots. */
#include "demo/demo.h"

#include "allot/sm3.h"
#include "base/hex.h"

struct section {
    const char *name;
    const char *sql;
    int columns;
};

static const struct section SECTIONS[] = {
    { "institution",
      "select code, kind, ownership, place_kind, division, name_zh, name_en, address_zh, phone, cast(east as text), "
      "cast(north as text), cast(lon_e6 as text), cast(lat_e6 as text) from institution order by code",
      13 },
    { "catchment",
      "select c.stage, c.division, c.name_zh, c.name_en, c.shape, i.code from catchment c "
      "join catchment_school s on s.catchment = c.id join institution i on i.id = s.institution "
      "order by c.division, c.stage, i.code",
      6 },
    { "community",
      "select m.division, m.name_zh, m.name_en, m.road_zh, cast(m.east as text), cast(m.north as text), p.name_zh, "
      "j.name_zh from community m join catchment p on p.id = m.primary_catchment "
      "join catchment j on j.id = m.junior_catchment order by m.division, m.name_zh",
      8 },
    { "round",
      "select r.label, r.state, cast(r.opens_at as text), cast(r.closes_at as text), p.hash from round r "
      "join policy p on p.id = r.policy order by r.label",
      5 },
    { "offer",
      "select r.label, i.code, o.kind, cast(o.classes as text), cast(o.capacity as text), o.last_cutoff from offer o "
      "join round r on r.id = o.round join institution i on i.id = o.institution order by r.label, i.code",
      6 },
    { "application",
      "select r.label, a.state, a.review, a.review_reasons, coalesce(a.claim_kind, ''), cast(a.facts as text), "
      "cast(coalesce(a.submitted_at, 0) as text), coalesce(i.code, ''), cast(coalesce(c.rank, 0) as text), "
      "cast(coalesce(c.distance, 0) as text), cast(coalesce(c.category, 0) as text), "
      "cast(coalesce(c.subrank, 0) as text), cast(coalesce(c.sibling, 0) as text) from application a "
      "join round r on r.id = a.round left join choice c on c.application = a.id left join offer o on o.id = c.offer "
      "left join institution i on i.id = o.institution order by a.id, c.rank",
      13 },
    { "fact", "select f.kind, f.state, f.reason, cast(f.facts as text) from fact f order by f.application, f.kind", 4 },
};

static bool add_section(struct db *db, struct sm3 *sm3, const struct section *section, struct error *error)
{
    sm3_add(sm3, section->name, strlen(section->name));
    sm3_add(sm3, "\n", 1);
    struct rows *rows = db_query(db, error, section->sql);
    while (rows_next(rows)) {
        for (int i = 0; i < section->columns; i++) {
            struct str field = rows_text(rows, i);
            sm3_add(sm3, field.n ? field.p : "", field.n);
            sm3_add(sm3, i + 1 < section->columns ? "\x1f" : "\n", 1);
        }
    }
    return rows_end(rows, error);
}

bool demo_digest(struct db *db, char out[65], struct error *error)
{
    struct sm3 sm3;
    uint8_t digest[SM3_BYTES];
    sm3_start(&sm3);
    for (size_t i = 0; i < sizeof SECTIONS / sizeof *SECTIONS; i++) {
        if (!add_section(db, &sm3, &SECTIONS[i], error)) {
            return false;
        }
    }
    sm3_end(&sm3, digest);
    struct arena *arena = arena_new(256);
    struct str hex = hex_encode(arena, digest, sizeof digest);
    memcpy(out, hex.p, 64);
    out[64] = '\0';
    arena_free(arena);
    return true;
}

bool demo_accounts(struct db *db, struct arena *arena, struct vault *vault, struct account **out, size_t *n,
                   struct error *error)
{
    return accounts_demo_list(db, arena, vault, out, n, error);
}
