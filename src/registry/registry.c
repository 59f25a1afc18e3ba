/* The registry's reads and the few writes that enrolment needs. Tables: sql/001-registry.sql. */
#include "registry/registry.h"

#include "registry/kinds.h"
#include "store/store.h"

extern const unsigned char registry_001_sql[], registry_002_sql[], registry_003_sql[], registry_004_sql[],
    registry_005_sql[], registry_006_sql[], registry_007_sql[], registry_008_sql[], registry_009_sql[];

const struct migration registry_migrations[] = {
    { "registry", 1, (const char *)registry_001_sql }, { "registry", 2, (const char *)registry_002_sql },
    { "registry", 3, (const char *)registry_003_sql }, { "registry", 4, (const char *)registry_004_sql },
    { "registry", 5, (const char *)registry_005_sql }, { "registry", 6, (const char *)registry_006_sql },
    { "registry", 7, (const char *)registry_007_sql }, { "registry", 8, (const char *)registry_008_sql },
    { "registry", 9, (const char *)registry_009_sql },
};
const size_t registry_migrations_count = sizeof registry_migrations / sizeof *registry_migrations;

const struct sealed_column registry_sealed[] = {
    { "dwelling", "id", "address_sealed", "dwelling.address" },
    { "child", "id", "citizen_sealed", "child.citizen" },
    { "child", "id", "name_sealed", "child.name" },
    { "person", "id", "citizen_sealed", "person.citizen" },
    { "person", "id", "name_sealed", "person.name" },
    { "register_import_part", "id", "cells_sealed", "import.cells" },
};
const size_t registry_sealed_count = sizeof registry_sealed / sizeof *registry_sealed;

/* ---- Institutions ---- */

#define INSTITUTION_COLUMNS                                                                                            \
    "i.id, i.code, i.kind, i.ownership, i.place_kind, i.division, i.name_zh, i.name_en, i.address_zh, i.phone, "       \
    "i.east, i.north, i.lon_e6, i.lat_e6"

static void read_institution(struct rows *rows, struct arena *arena, struct institution *out)
{
    *out = (struct institution){
        .id = rows_int(rows, 0),
        .code = rows_text_in(rows, 1, arena),
        .kind = rows_text_in(rows, 2, arena),
        .public_school = str_is(rows_text(rows, 3), "public"),
        .place_kind = rows_text_in(rows, 4, arena),
        .division = rows_text_in(rows, 5, arena),
        .name = { rows_text_in(rows, 6, arena), rows_text_in(rows, 7, arena) },
        .address = rows_text_in(rows, 8, arena),
        .phone = rows_text_in(rows, 9, arena),
        .east = rows_int(rows, 10),
        .north = rows_int(rows, 11),
        .lon_e6 = rows_int(rows, 12),
        .lat_e6 = rows_int(rows, 13),
    };
}

static bool one_institution(struct rows *rows, struct arena *arena, struct institution *out, bool *found,
                            struct error *error)
{
    *found = rows_next(rows);
    if (*found) {
        read_institution(rows, arena, out);
    }
    return rows_end(rows, error);
}

bool registry_institution(struct db *db, struct arena *arena, int64_t id, struct institution *out, bool *found,
                          struct error *error)
{
    struct rows *rows =
        db_query(db, error, "select " INSTITUTION_COLUMNS " from institution i where i.id = ?1", V_INT(id));
    return one_institution(rows, arena, out, found, error);
}

bool registry_institution_by_code(struct db *db, struct arena *arena, struct str code, struct institution *out,
                                  bool *found, struct error *error)
{
    struct rows *rows =
        db_query(db, error, "select " INSTITUTION_COLUMNS " from institution i where i.code = ?1", V_TEXT(code));
    return one_institution(rows, arena, out, found, error);
}

static bool institutions(struct rows *rows, struct arena *arena, struct institution **out, size_t *n,
                         struct error *error)
{
    struct institution *list = NULL;
    size_t count = 0;
    while (rows_next(rows)) {
        list = arena_grow(arena, list, count, sizeof *list);
        read_institution(rows, arena, &list[count++]);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    *out = list;
    *n = count;
    return true;
}

/* Codes are digits and capital letters, so ":" and "[" … "~" stand behind every longer code. */
static struct str after_prefix(struct arena *arena, struct str scope)
{
    return arena_printf(arena, "%.*s~", STR_ARG(scope));
}

bool registry_institutions(struct db *db, struct arena *arena, struct str scope, struct str kind,
                           struct institution **out, size_t *n, struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select " INSTITUTION_COLUMNS " from institution i where i.division >= ?1 and "
                 "i.division < ?2 and (i.kind = ?3 or ?3 = '') and i.listed = 1 order by i.division, i.id",
                 V_TEXT(scope), V_TEXT(after_prefix(arena, scope)), V_TEXT(kind));
    return institutions(rows, arena, out, n, error);
}

bool registry_catchment_schools(struct db *db, struct arena *arena, int64_t catchment, struct institution **out,
                                size_t *n, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select " INSTITUTION_COLUMNS " from catchment_school c join institution i on "
                                 "i.id = c.institution where c.catchment = ?1 order by i.id",
                                 V_INT(catchment));
    return institutions(rows, arena, out, n, error);
}

struct text registry_kind_name(struct str kind)
{
    const struct kind *institution = &KIND_LIST[KIND_INSTITUTION];
    const struct column *column = &institution->columns[kind_column(institution, STR("kind"))];
    for (size_t i = 0; i < column->nwords; i++) {
        if (str_is(kind, column->words[i].word)) {
            return column->words[i].label;
        }
    }
    return T("学校", "school");
}

/* ---- Catchments and communities ---- */

bool registry_catchment(struct db *db, struct arena *arena, int64_t id, struct catchment *out, bool *found,
                        struct error *error)
{
    struct rows *rows =
        db_query(db, error, "select id, stage, division, name_zh, name_en from catchment where id = ?1", V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        *out = (struct catchment){
            .id = rows_int(rows, 0),
            .stage = rows_text_in(rows, 1, arena),
            .division = rows_text_in(rows, 2, arena),
            .name = { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) },
        };
    }
    return rows_end(rows, error);
}

bool registry_catchment_shape(struct db *db, struct arena *arena, int64_t catchment, struct str *geojson, bool *found,
                              struct error *error)
{
    return db_one_text(db, error, arena, geojson, found, "select shape from catchment where id = ?1", V_INT(catchment));
}

#define COMMUNITY_COLUMNS                                                                                              \
    "c.id, c.division, c.name_zh, c.name_en, c.road_zh, c.east, c.north, c.primary_catchment, c.junior_catchment"

static void read_community(struct rows *rows, struct arena *arena, struct community *out)
{
    *out = (struct community){
        .id = rows_int(rows, 0),
        .division = rows_text_in(rows, 1, arena),
        .name = { rows_text_in(rows, 2, arena), rows_text_in(rows, 3, arena) },
        .road = rows_text_in(rows, 4, arena),
        .east = rows_int(rows, 5),
        .north = rows_int(rows, 6),
        .catchment = { rows_int(rows, 7), rows_int(rows, 8) },
    };
}

bool registry_community(struct db *db, struct arena *arena, int64_t id, struct community *out, bool *found,
                        struct error *error)
{
    struct rows *rows = db_query(db, error, "select " COMMUNITY_COLUMNS " from community c where c.id = ?1", V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        read_community(rows, arena, out);
    }
    return rows_end(rows, error);
}

static bool communities(struct rows *rows, struct arena *arena, struct community **out, size_t *n, struct error *error)
{
    struct community *list = NULL;
    size_t count = 0;
    while (rows_next(rows)) {
        list = arena_grow(arena, list, count, sizeof *list);
        read_community(rows, arena, &list[count++]);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    *out = list;
    *n = count;
    return true;
}

bool registry_communities(struct db *db, struct arena *arena, struct str scope, struct community **out, size_t *n,
                          struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select " COMMUNITY_COLUMNS " from community c where c.division >= ?1 and "
                                 "c.division < ?2 order by c.id",
                                 V_TEXT(scope), V_TEXT(after_prefix(arena, scope)));
    return communities(rows, arena, out, n, error);
}

/* A pattern for `like` in which the text stands for itself. */
static struct str like_pattern(struct arena *arena, const char *before, struct str text, const char *behind)
{
    char *p = arena_alloc(arena, 2 * text.n + 4);
    size_t n = 0;
    for (const char *c = before; *c; c++) {
        p[n++] = *c;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '\\') {
            p[n++] = '\\';
        }
        p[n++] = text.p[i];
    }
    for (const char *c = behind; *c; c++) {
        p[n++] = *c;
    }
    return (struct str){ p, n };
}

bool registry_find_communities(struct db *db, struct arena *arena, struct str scope, struct str text, size_t most,
                               struct community **out, size_t *n, struct error *error)
{
    text = registry_address_form(arena, text);
    if (text.n == 0) {
        *out = NULL;
        *n = 0;
        return true;
    }
    /* ?3 is the text: a community whose name stands whole inside it comes first, the longest name before others. */
    struct rows *rows = db_query(
        db, error,
        "select " COMMUNITY_COLUMNS ", case when replace(?3, c.name_zh, '') <> ?3 then 0 "
        "when c.name_zh like ?4 escape '\\' then 1 when c.name_zh like ?5 escape '\\' then 2 else 3 end as fit "
        "from community c where c.division >= ?1 and c.division < ?2 and (replace(?3, c.name_zh, '') <> ?3 "
        "or c.name_zh like ?5 escape '\\' or c.road_zh like ?5 escape '\\' or lower(c.name_en) like ?6 escape '\\') "
        "order by fit, length(c.name_zh) desc, c.id limit ?7",
        V_TEXT(scope), V_TEXT(after_prefix(arena, scope)), V_TEXT(text), V_TEXT(like_pattern(arena, "", text, "%")),
        V_TEXT(like_pattern(arena, "%", text, "%")), V_TEXT(like_pattern(arena, "", text, "%")), V_INT((int64_t)most));
    return communities(rows, arena, out, n, error);
}

bool registry_address_community(struct db *db, struct arena *arena, struct str address, struct community *out,
                                bool *found, struct error *error)
{
    struct community *all;
    size_t n;
    struct str form = registry_address_form(arena, address);
    struct rows *rows = db_query(db, error,
                                 "select " COMMUNITY_COLUMNS " from community c where replace(?1, c.name_zh, '') <> ?1 "
                                 "order by case when replace(?1, c.road_zh || c.name_zh, '') <> ?1 then 0 else 1 end, "
                                 "length(c.name_zh) desc, c.id limit 64",
                                 V_TEXT(form));
    if (!communities(rows, arena, &all, &n, error)) {
        return false;
    }
    *found = n > 0;
    if (n) {
        *out = all[0];
    }
    return true;
}

/* ---- Dwellings ---- */

int64_t registry_distance(int64_t east, int64_t north, int64_t other_east, int64_t other_north)
{
    int64_t de = east - other_east, dn = north - other_north;
    uint64_t square = (uint64_t)(de * de) + (uint64_t)(dn * dn);
    /* Integer square root, rounded up: Newton from above, exact for all squares below 2^63. */
    if (square == 0) {
        return 0;
    }
    uint64_t root = square < UINT32_MAX ? square : UINT32_MAX;
    for (;;) {
        uint64_t next = (root + square / root) / 2;
        if (next >= root) {
            break;
        }
        root = next;
    }
    return (int64_t)(root + (root * root < square));
}

struct str registry_address_form(struct arena *arena, struct str address)
{
    char *p = arena_alloc(arena, address.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < address.n; i++) {
        unsigned char c = (unsigned char)address.p[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            continue;
        }
        /* U+3000 is a blank; U+FF01 … U+FF5E are full-width forms of ASCII. */
        bool wide = i + 2 < address.n && (c == 0xEF || c == 0xE3);
        if (wide) {
            unsigned char b = (unsigned char)address.p[i + 1], a = (unsigned char)address.p[i + 2];
            if (c == 0xE3 && b == 0x80 && a == 0x80) {
                i += 2;
                continue;
            }
            unsigned point = ((c & 0x0FU) << 12) | ((b & 0x3FU) << 6) | (a & 0x3FU);
            if (point >= 0xFF01 && point <= 0xFF5E) {
                p[n++] = (char)(point - 0xFF01 + '!');
                i += 2;
                continue;
            }
        }
        p[n++] = (char)c;
    }
    return (struct str){ p, n };
}

static void read_dwelling(struct rows *rows, struct arena *arena, struct dwelling *out)
{
    *out = (struct dwelling){
        .id = rows_int(rows, 0),
        .community = rows_int(rows, 1),
        .kind = rows_text_in(rows, 2, arena),
        .east = rows_int(rows, 4),
        .north = rows_int(rows, 5),
    };
}

bool registry_dwelling(struct db *db, struct arena *arena, struct vault *vault, int64_t id, struct dwelling *out,
                       bool *found, struct error *error)
{
    struct rows *rows = db_query(
        db, error, "select id, community, kind, address_sealed, east, north from dwelling where id = ?1", V_INT(id));
    bool good = true;
    *found = rows_next(rows);
    if (*found) {
        struct dwelling dwelling;
        read_dwelling(rows, arena, &dwelling);
        good = vault_unseal(vault, arena, "dwelling.address", rows_blob(rows, 3), &dwelling.address, error);
        if (good) {
            *out = dwelling;
        }
    }
    return rows_end(rows, good ? error : NULL) && good;
}

bool registry_dwelling_record(struct writing *writing, struct vault *vault, struct str address, int64_t community,
                              struct str kind, int64_t *id, struct error *error)
{
    struct arena *arena = writing->arena;
    struct str form = registry_address_form(arena, address);
    struct str hash = vault_hash_in(vault, arena, "dwelling.address", form);
    bool found;
    if (!db_one_int(writing->db, error, id, &found, "select id from dwelling where address_hash = ?1", V_BLOB(hash))) {
        return false;
    }
    if (found) {
        return kind.n == 0 || db_run(writing->db, error, "update dwelling set kind = ?2 where id = ?1 and kind <> ?2",
                                     V_INT(*id), V_TEXT(kind));
    }
    struct community place;
    struct str sealed;
    if (!registry_community(writing->db, arena, community, &place, &found, error)) {
        return false;
    }
    if (!found) {
        return error_set(error, "dwelling: there is no community %lld", (long long)community);
    }
    return vault_seal(vault, arena, "dwelling.address", form, &sealed, error) &&
           db_one_int(writing->db, error, id, NULL,
                      "insert into dwelling (community, address_hash, address_sealed, kind, east, north) values "
                      "(?1, ?2, ?3, ?4, ?5, ?6) returning id",
                      V_INT(community), V_BLOB(hash), V_BLOB(sealed), V_TEXT(kind), V_INT(place.east),
                      V_INT(place.north));
}
