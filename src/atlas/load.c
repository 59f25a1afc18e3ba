/* Reads the picture of today from the register. See atlas.h. */
#include "atlas/atlas.h"

#include "registry/facts.h"
#include "registry/kinds.h"

/* Versions that stand today: ?1 is MOMENT_OPEN, ?2 the day. */
#define TODAY "replaced_at = ?1 and valid_from <= ?2 and valid_until > ?2"

/* ---- Sports grounds ---- */

/* Many have the same hours: each text is read once. */
struct told {
    struct str text;
    uint32_t hours;
};

struct telling {
    struct told *table; /* open addressing; a power of two */
    size_t size, n;
    struct arena *arena; /* of the reading alone */
};

static uint64_t hash_of(struct str text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < text.n; i++) {
        hash = (hash ^ (unsigned char)text.p[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static struct told *place_of(const struct telling *telling, struct str text)
{
    size_t at = (size_t)hash_of(text) & (telling->size - 1);
    while (telling->table[at].text.p && !str_eq(telling->table[at].text, text)) {
        at = (at + 1) & (telling->size - 1);
    }
    return &telling->table[at];
}

static void widen(struct telling *telling)
{
    struct telling wider = { .size = telling->size ? 2 * telling->size : 1024, .n = telling->n };
    wider.table = ARENA_ARRAY(telling->arena, struct told, wider.size);
    for (size_t i = 0; i < telling->size; i++) {
        if (telling->table[i].text.p) {
            *place_of(&wider, telling->table[i].text) = telling->table[i];
        }
    }
    telling->table = wider.table;
    telling->size = wider.size;
}

/* The index of the hours that the text says; UINT32_MAX: none, or nobody understands them. */
static uint32_t hours_of(struct picture *picture, struct telling *telling, struct str text)
{
    struct hours hours;
    struct error error;
    if (text.n == 0) {
        return UINT32_MAX;
    }
    if (2 * telling->n >= telling->size) {
        widen(telling);
    }
    struct told *told = place_of(telling, text);
    if (!told->text.p) {
        *told = (struct told){ text, UINT32_MAX };
        telling->n++;
        if (hours_parse(text, &hours, &error)) {
            picture->hours = arena_grow(picture->arena, picture->hours, picture->nhours, sizeof hours);
            told->hours = (uint32_t)picture->nhours;
            picture->hours[picture->nhours++] = hours;
        }
    }
    return told->hours;
}

static bool load_venues(struct db *db, struct atlas *atlas, struct picture *picture, struct telling *telling,
                        struct error *error)
{
    struct arena *arena = picture->arena;
    struct rows *rows = db_query(db, error,
                                 "select code, division, institution, kind, sports, hours, fee, access, name_zh, "
                                 "name_en, address_zh, lon_e6, lat_e6, checked, checked_by from venue_fact where " TODAY
                                 " order by code",
                                 V_INT(MOMENT_OPEN), V_INT(picture->day));
    while (rows_next(rows)) {
        picture->venues = arena_grow(arena, picture->venues, picture->nvenues, sizeof *picture->venues);
        struct venue *venue = &picture->venues[picture->nvenues++];
        *venue = (struct venue){
            .code = rows_text_in(rows, 0, arena),
            .division = rows_text_in(rows, 1, arena),
            .institution = rows_int(rows, 2),
            .kind = rows_text_in(rows, 3, arena),
            .sports = rows_text_in(rows, 4, arena),
            .hours_text = rows_text_in(rows, 5, arena),
            .fee = rows_text_in(rows, 6, arena),
            .access = rows_text_in(rows, 7, arena),
            .name = { rows_text_in(rows, 8, arena), rows_text_in(rows, 9, arena) },
            .address = rows_text_in(rows, 10, arena),
            .lon_e6 = rows_int(rows, 11),
            .lat_e6 = rows_int(rows, 12),
            .checked = rows_int(rows, 13),
            .checked_by = rows_text_in(rows, 14, arena),
        };
        venue->hours = hours_of(picture, telling, venue->hours_text);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < picture->nvenues; i++) {
        struct venue *venue = &picture->venues[i];
        if ((venue->lon_e6 || venue->lat_e6) &&
            !atlas_metres(atlas, venue->lon_e6, venue->lat_e6, &venue->east, &venue->north, error)) {
            return false;
        }
    }
    return true;
}

/* A word that the register no longer has leaves its bit away: the ground is found when nobody asks for it. */
static uint64_t traits_of(const struct venue *venue)
{
    uint64_t sports = 0, kind = 0, fee = 0, access = 0;
    (void)venue_traits(STR("sports"), venue->sports, TRAIT_SPORT, &sports);
    (void)venue_traits(STR("kind"), venue->kind, TRAIT_KIND, &kind);
    (void)venue_traits(STR("fee"), venue->fee, TRAIT_FEE, &fee);
    (void)venue_traits(STR("access"), venue->access, TRAIT_ACCESS, &access);
    return sports | kind | fee | access;
}

static void index_venues(struct picture *picture, struct arena *work)
{
    struct near_point *points = ARENA_ARRAY(work, struct near_point, picture->nvenues);
    for (size_t i = 0; i < picture->nvenues; i++) {
        const struct venue *venue = &picture->venues[i];
        points[i] = (struct near_point){ (int32_t)venue->east, (int32_t)venue->north, traits_of(venue) };
    }
    picture->near = near_new(picture->arena, points, (uint32_t)picture->nvenues);
}

/* ---- Schools and groups ---- */

/* Codes of schools are numbers of GB/T 33782; the rest are words (venue, canteen …). */
static bool load_schools(struct db *db, struct picture *picture, struct error *error)
{
    struct arena *arena = picture->arena;
    struct rows *rows =
        db_query(db, error,
                 "select code, subject, kind, ownership, division, name_zh, name_en, lon_e6, lat_e6 from "
                 "institution_fact where " TODAY " and kind >= '1' and kind < '9' order by code",
                 V_INT(MOMENT_OPEN), V_INT(picture->day));
    while (rows_next(rows)) {
        picture->schools = arena_grow(arena, picture->schools, picture->nschools, sizeof *picture->schools);
        picture->schools[picture->nschools++] = (struct map_school){
            .code = rows_text_in(rows, 0, arena),
            .id = rows_int(rows, 1),
            .kind = rows_text_in(rows, 2, arena),
            .ownership = rows_text_in(rows, 3, arena),
            .division = rows_text_in(rows, 4, arena),
            .name = { rows_text_in(rows, 5, arena), rows_text_in(rows, 6, arena) },
            .lon_e6 = rows_int(rows, 7),
            .lat_e6 = rows_int(rows, 8),
        };
    }
    return rows_end(rows, error);
}

static bool load_groups(struct db *db, struct picture *picture, struct error *error)
{
    struct arena *arena = picture->arena;
    struct rows *rows = db_query(
        db, error, "select code, division, kind, stage, name_zh, name_en from group_fact where " TODAY " order by code",
        V_INT(MOMENT_OPEN), V_INT(picture->day));
    while (rows_next(rows)) {
        picture->groups = arena_grow(arena, picture->groups, picture->ngroups, sizeof *picture->groups);
        picture->groups[picture->ngroups++] = (struct map_group){
            .code = rows_text_in(rows, 0, arena),
            .division = rows_text_in(rows, 1, arena),
            .kind = rows_text_in(rows, 2, arena),
            .stage = rows_text_in(rows, 3, arena),
            .name = { rows_text_in(rows, 4, arena), rows_text_in(rows, 5, arena) },
        };
    }
    return rows_end(rows, error);
}

/* Members come by group, the leading one first; members of no group of today are left out. */
static bool load_members(struct db *db, struct picture *picture, struct error *error)
{
    struct arena *arena = picture->arena;
    size_t at = 0;
    struct rows *rows =
        db_query(db, error,
                 "select m.group_code, m.role, i.code, i.name_zh, i.name_en, i.lon_e6, i.lat_e6 from member_fact m "
                 "join institution_fact i on i.subject = m.institution and i.replaced_at = ?1 and i.valid_from <= ?2 "
                 "and i.valid_until > ?2 where m.replaced_at = ?1 and m.valid_from <= ?2 and m.valid_until > ?2 "
                 "order by m.group_code, case m.role when 'lead' then 0 else 1 end, i.code",
                 V_INT(MOMENT_OPEN), V_INT(picture->day));
    while (rows_next(rows)) {
        while (at < picture->ngroups && str_cmp(picture->groups[at].code, rows_text(rows, 0)) < 0) {
            at++;
        }
        if (at == picture->ngroups || !str_eq(picture->groups[at].code, rows_text(rows, 0))) {
            continue;
        }
        struct map_group *group = &picture->groups[at];
        group->members = arena_grow(arena, group->members, group->n, sizeof *group->members);
        struct map_member *member = &group->members[group->n++];
        *member = (struct map_member){
            .role = rows_text_in(rows, 1, arena),
            .code = rows_text_in(rows, 2, arena),
            .name = { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) },
            .lon_e6 = rows_int(rows, 5),
            .lat_e6 = rows_int(rows, 6),
        };
        const struct map_school *school = picture_school(picture, member->code);
        member->school = school ? (uint32_t)(school - picture->schools) : UINT32_MAX;
    }
    return rows_end(rows, error);
}

/* ---- Catchments and what they make together ---- */

static bool load_areas(struct db *db, struct picture *picture, struct error *error)
{
    struct arena *arena = picture->arena;
    struct rows *rows =
        db_query(db, error, "select id, stage, division, name_zh, name_en, shape from catchment order by id");
    while (rows_next(rows)) {
        struct map_area area = { .id = rows_int(rows, 0) };
        if (!stage_of(rows_text(rows, 1), &area.stage) || !shape_read(arena, rows_text(rows, 5), &area.shape)) {
            continue; /* an outline that cannot be drawn; its list and its finder stand */
        }
        area.division = rows_text_in(rows, 2, arena);
        area.name = (struct name){ rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) };
        picture->areas = arena_grow(arena, picture->areas, picture->nareas, sizeof area);
        picture->areas[picture->nareas++] = area;
    }
    return rows_end(rows, error);
}

static bool load_communities(struct db *db, struct atlas *atlas, struct picture *picture, struct error *error)
{
    struct arena *arena = picture->arena;
    bool placed = true;
    struct rows *rows = db_query(db, error,
                                 "select id, division, name_zh, name_en, primary_catchment, junior_catchment, east, "
                                 "north from community order by id");
    while (placed && rows_next(rows)) {
        picture->communities =
            arena_grow(arena, picture->communities, picture->ncommunities, sizeof *picture->communities);
        struct map_community *community = &picture->communities[picture->ncommunities++];
        *community = (struct map_community){
            .id = rows_int(rows, 0),
            .division = rows_text_in(rows, 1, arena),
            .name = { rows_text_in(rows, 2, arena), rows_text_in(rows, 3, arena) },
            .catchment = { [STAGE_PRIMARY] = rows_int(rows, 4), [STAGE_JUNIOR] = rows_int(rows, 5) },
        };
        placed =
            atlas_degrees(atlas, rows_int(rows, 6), rows_int(rows, 7), &community->lon_e6, &community->lat_e6, error);
    }
    struct error ended;
    return rows_end(rows, placed ? error : &ended) && placed;
}

/* A county is what its catchments cover: of primary schools, or of junior schools where it has no others. */
static void outline_counties(const struct city *city, struct picture *picture, struct arena *work)
{
    const struct shape **parts = ARENA_ARRAY(work, const struct shape *, picture->nareas);
    picture->outlines = ARENA_ARRAY(picture->arena, struct map_outline, city->ndivisions);
    for (size_t i = 0; i < city->ndivisions; i++) {
        const struct division *county = &city->divisions[i];
        size_t n = 0;
        for (int stage = 0; stage < STAGE_COUNT && n == 0 && county->level == DIVISION_COUNTY; stage++) {
            for (size_t k = 0; k < picture->nareas; k++) {
                if ((int)picture->areas[k].stage == stage && str_eq(picture->areas[k].division, county->code)) {
                    parts[n++] = &picture->areas[k].shape;
                }
            }
        }
        struct map_outline *outline = &picture->outlines[picture->noutlines];
        outline->county = county;
        if (n && shape_join(picture->arena, parts, n, &outline->shape)) {
            picture->noutlines++;
        }
    }
}

bool picture_load(struct db *db, struct atlas *atlas, const struct city *city, struct picture *picture,
                  struct error *error)
{
    struct arena *work = arena_new(64 * 1024);
    struct telling telling = { .arena = work };
    bool good = load_venues(db, atlas, picture, &telling, error) && load_schools(db, picture, error) &&
                load_groups(db, picture, error) && load_members(db, picture, error) && load_areas(db, picture, error) &&
                load_communities(db, atlas, picture, error);
    if (good) {
        index_venues(picture, work);
        outline_counties(city, picture, work);
    }
    arena_free(work);
    return good;
}
