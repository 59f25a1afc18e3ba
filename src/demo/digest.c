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

/* A kind of the register, version by version: code, division, times and the columns named. */
#define TWO_TIMES(kind, columns, ncolumns)                                                                             \
    {                                                                                                                  \
#kind,                                                                                                         \
            "select f.code, f.division, cast(f.valid_from as text), cast(f.valid_until as text), "                     \
            "cast(f.recorded_at as text), cast(f.replaced_at as text), " columns " from " #kind " f "                  \
            "order by f.code, f.valid_from, f.recorded_at, f.valid_until",                                             \
            6 + (ncolumns)                                                                                             \
    }

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
    TWO_TIMES(division_fact, "f.name_zh", 1),
    TWO_TIMES(institution_fact, "f.kind, f.ownership, f.place_kind, f.name_zh, f.name_en, f.parent", 6),
    TWO_TIMES(site_fact, "cast(f.land_m2 as text), cast(f.floor_m2 as text)", 2),
    TWO_TIMES(honour_fact, "f.designation, f.batch, f.holder", 3),
    TWO_TIMES(group_fact, "f.kind, f.name_zh", 2),
    TWO_TIMES(member_fact, "f.group_code, f.role", 2),
    TWO_TIMES(programme_fact, "f.kind, f.name_zh, f.partner", 3),
    TWO_TIMES(project_fact, "f.kind, f.name_zh, f.state, cast(f.invested_fen as text), cast(f.places as text)", 5),
    TWO_TIMES(activity_fact, "f.kind, f.level, cast(f.persons as text), cast(f.attendances as text)", 4),
    TWO_TIMES(statement_fact, "f.kind, cast(f.numerator as text), cast(f.denominator as text)", 3),
    TWO_TIMES(cohort_fact, "f.kind, f.programme, cast(f.persons as text), cast(f.placed as text)", 4),
    TWO_TIMES(charge_fact, "f.staff", 1),
    TWO_TIMES(provision_fact, "f.kind", 1),
    TWO_TIMES(condition_fact, "f.school_type, cast(f.students as text), cast(f.books as text)", 3),
    TWO_TIMES(venue_fact, "f.kind, f.sports, f.hours, f.fee, f.access, cast(f.lon_e6 as text)", 6),
    TWO_TIMES(athlete_fact, "f.programme, f.team", 2),
    /* Of those that are many the numbers. */
    { "staff_fact",
      "select f.division, f.post, cast(f.valid_from as text), cast(count(*) as text), cast(sum(f.full_time) as text) "
      "from staff_fact f group by f.division, f.post, f.valid_from order by f.division, f.post, f.valid_from",
      5 },
    { "pupil_fact",
      "select f.division, f.stage, cast(f.entry_year as text), cast(f.valid_from as text), cast(count(*) as text), "
      "cast(sum(f.class) as text), cast(sum(f.boards) as text) from pupil_fact f group by f.division, f.stage, "
      "f.entry_year, f.valid_from order by f.division, f.stage, f.entry_year, f.valid_from",
      7 },
    { "household_count",
      "select c.division, cast(h.counted_on as text), cast(h.birth_month as text), cast(sum(h.children) as text), "
      "cast(sum(h.registered) as text) from household_count h join community c on c.id = h.community "
      "group by c.division, h.counted_on, h.birth_month order by c.division, h.counted_on, h.birth_month",
      5 },
    { "entrant_count",
      "select c.division, e.stage, cast(e.year as text), cast(sum(e.entrants) as text), cast(sum(e.private) as text) "
      "from entrant_count e join community c on c.id = e.community group by c.division, e.stage, e.year "
      "order by c.division, e.stage, e.year",
      5 },
    { "new_dwelling",
      "select c.division, c.name_zh, cast(n.homes as text), cast(n.handed_over as text) from new_dwelling n join "
      "community c on c.id = n.community order by c.division, c.name_zh, n.handed_over",
      4 },
    { "case_file",
      "select c.kind, c.division, c.stage, c.severity, c.item, cast(c.opened_at as text), cast(coalesce(c.due, 0) as "
      "text), cast(coalesce(c.closed_at, 0) as text) from case_file c order by c.id",
      8 },
    { "case_step", "select s.act, cast(s.at as text) from case_step s order by s.case_file, s.id", 2 },
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
