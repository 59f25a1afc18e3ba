/* See project.h. */
#include "registry/project.h"

#include "base/clock.h"
#include "registry/metres.h"

/* Kinds that enrolment's pages may list: schools. The rest of the register (canteens, enterprises, venues …) is found
 * on the register's own pages. Codes of GB/T 33782 are three digits. */
#define IS_SCHOOL "(length(f.kind) = 3 and f.kind >= '1' and f.kind < ':')"

#define PICTURE                                                                                                        \
    "select i.id, i.code, i.kind, i.ownership, i.place_kind, i.division, i.name_zh, i.name_en, i.address_zh, "         \
    "i.phone, i.lon_e6, i.lat_e6, i.listed, i.east, i.north, f.code, f.kind, f.ownership, f.place_kind, "              \
    "f.division, f.name_zh, f.name_en, f.address_zh, f.phone, f.lon_e6, f.lat_e6, "                                    \
    "case when " IS_SCHOOL                                                                                             \
    " then 1 else 0 end, case when f.id is null then 0 else 1 end from institution i left join "                       \
    "institution_fact f on f.subject = i.id and f.valid_from <= ?1 and f.valid_until > ?1 and "                        \
    "f.replaced_at = 253402300800000 "

enum { ROW_TEXTS = 9, ROW_FIRST = 1, FACT_FIRST = 15 };

/* What is in a row and what shall be. */
struct picture {
    int64_t id;
    struct str was[ROW_TEXTS], is[ROW_TEXTS];
    int64_t lon[2], lat[2], listed[2], east, north;
    bool stands;
};

static void read_picture(struct rows *rows, struct arena *arena, struct picture *out)
{
    out->id = rows_int(rows, 0);
    for (int i = 0; i < ROW_TEXTS; i++) {
        out->was[i] = rows_text_in(rows, ROW_FIRST + i, arena);
        out->is[i] = rows_text_in(rows, FACT_FIRST + i, arena);
    }
    for (int i = 0; i < 2; i++) {
        int at = (i ? FACT_FIRST : ROW_FIRST) + ROW_TEXTS;
        out->lon[i] = rows_int(rows, at);
        out->lat[i] = rows_int(rows, at + 1);
        out->listed[i] = rows_int(rows, at + 2);
    }
    out->east = rows_int(rows, 13);
    out->north = rows_int(rows, 14);
    out->stands = rows_int(rows, 27) != 0;
}

static bool differs(const struct picture *picture)
{
    bool differs = picture->lon[0] != picture->lon[1] || picture->lat[0] != picture->lat[1] ||
                   picture->listed[0] != picture->listed[1];
    for (size_t i = 0; i < ROW_TEXTS; i++) {
        differs = differs || !str_eq(picture->was[i], picture->is[i]);
    }
    return differs;
}

static bool write_picture(struct writing *writing, struct metres *metres, struct picture *picture, struct error *error)
{
    if (!picture->stands) {
        return picture->listed[0] == 0 ||
               db_run(writing->db, error, "update institution set listed = 0 where id = ?1", V_INT(picture->id));
    }
    if (!differs(picture)) {
        return true;
    }
    if (picture->lon[0] != picture->lon[1] || picture->lat[0] != picture->lat[1]) {
        picture->east = picture->north = 0; /* 0 0: not known where */
        if ((picture->lon[1] || picture->lat[1]) &&
            !metres_of(metres, picture->lon[1], picture->lat[1], &picture->east, &picture->north, error)) {
            return false;
        }
    }
    const struct str *is = picture->is;
    return db_run(writing->db, error,
                  "update institution set code = ?2, kind = ?3, ownership = ?4, place_kind = ?5, division = ?6, "
                  "name_zh = ?7, name_en = ?8, address_zh = ?9, phone = ?10, lon_e6 = ?11, lat_e6 = ?12, listed = ?13, "
                  "east = ?14, north = ?15 where id = ?1",
                  V_INT(picture->id), V_TEXT(is[0]), V_TEXT(is[1]), V_TEXT(is[2]), V_TEXT(is[3]), V_TEXT(is[4]),
                  V_TEXT(is[5]), V_TEXT(is[6]), V_TEXT(is[7]), V_TEXT(is[8]), V_INT(picture->lon[1]),
                  V_INT(picture->lat[1]), V_INT(picture->listed[1]), V_INT(picture->east), V_INT(picture->north));
}

/* Reads the rows, then writes those that differ. */
static bool project(struct writing *writing, struct rows *rows, struct error *error)
{
    struct picture *pictures = NULL;
    size_t n = 0;
    while (rows_next(rows)) {
        struct picture picture = { 0 };
        read_picture(rows, writing->arena, &picture);
        if (picture.stands ? !differs(&picture) : picture.listed[0] == 0) {
            continue;
        }
        pictures = arena_grow(writing->arena, pictures, n, sizeof *pictures);
        pictures[n++] = picture;
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    if (n == 0) {
        return true;
    }
    struct metres *metres = NULL;
    bool ok = metres_open(&metres, error);
    for (size_t i = 0; i < n && ok; i++) {
        ok = write_picture(writing, metres, &pictures[i], error);
    }
    metres_close(metres);
    return ok;
}

bool project_new(struct writing *writing, struct str code, int64_t *id, struct error *error)
{
    return db_one_int(writing->db, error, id, NULL,
                      "insert into institution (code, kind, ownership, place_kind, division, name_zh, name_en, "
                      "address_zh, phone, east, north, lon_e6, lat_e6, listed) values "
                      "(?1, '', '', '', '', '', '', '', '', 0, 0, 0, 0, 0) returning id",
                      V_TEXT(code));
}

bool project_one(struct writing *writing, int64_t id, int64_t day, struct error *error)
{
    return project(writing,
                   db_query(writing->db, error,
                            PICTURE "where i.id = ?2 and exists (select 1 from institution_fact x "
                                    "where x.subject = i.id)",
                            V_INT(day), V_INT(id)),
                   error);
}

bool facts_project(struct writing *writing, int64_t day, struct error *error)
{
    return project(writing,
                   db_query(writing->db, error,
                            PICTURE "where exists (select 1 from institution_fact x where "
                                    "x.subject = i.id) order by i.id",
                            V_INT(day)),
                   error);
}
