/* atlas_bench: the twenty nearest of 100,000 sports grounds that have a sport, beside the same by SQL in the bare
 * client. One line of JSON a round. SQLite has its table in memory and its statement prepared once; an index on the
 * coordinates cannot order by distance, so it looks at each row (with a box around the place, as its users would write
 * it: the box is just large enough to hold twenty). The answers must be the same. */
#include "measure.h"

#include "atlas/hours.h"
#include "atlas/near.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { VENUES = 100000, NEAREST = 20, ASKED = 400, ROUNDS = 9, SPORTS = 14, SIDE = 100000, HOUR_KINDS = 8 };

struct place {
    int64_t east, north;
    uint64_t sport;
};

static uint64_t dice = 20260727;

static uint32_t below(uint32_t n)
{
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((dice >> 33) % n);
}

static void must(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "atlas_bench: %s\n", what);
        exit(1);
    }
}

/* Half anywhere on 100 by 100 km, half near one of some towns; the last sport is rare. */
static void scatter(struct near_point *points)
{
    for (int i = 0; i < VENUES; i++) {
        uint32_t town = below(12), spread = i % 2 ? SIDE : 6000;
        points[i] = (struct near_point){
            .east = (int32_t)(below(spread) + (i % 2 ? 0 : town * 7919 % (SIDE - 6000))),
            .north = (int32_t)(below(spread) + (i % 2 ? 0 : town * 6271 % (SIDE - 6000))),
            .traits = UINT64_C(1) << below(SPORTS - 1) | (below(500) == 0 ? UINT64_C(1) << (SPORTS - 1) : 0),
        };
    }
}

static sqlite3_stmt *fill(sqlite3 **db, const struct near_point *points)
{
    sqlite3_stmt *put = NULL, *ask = NULL;
    must(sqlite3_open(":memory:", db) == SQLITE_OK &&
             sqlite3_exec(*db,
                          "create table venue (id integer primary key, east int, north int, traits int);"
                          "create index venue_place on venue (east, north, traits); begin",
                          NULL, NULL, NULL) == SQLITE_OK,
         "no table in memory");
    must(sqlite3_prepare_v2(*db, "insert into venue values (?1, ?2, ?3, ?4)", -1, &put, NULL) == SQLITE_OK, "insert");
    for (int i = 0; i < VENUES; i++) {
        (void)sqlite3_bind_int(put, 1, i);
        (void)sqlite3_bind_int(put, 2, points[i].east);
        (void)sqlite3_bind_int(put, 3, points[i].north);
        (void)sqlite3_bind_int64(put, 4, (int64_t)points[i].traits);
        must(sqlite3_step(put) == SQLITE_DONE, "insert");
        (void)sqlite3_reset(put);
    }
    (void)sqlite3_finalize(put);
    must(sqlite3_exec(*db, "commit; analyze", NULL, NULL, NULL) == SQLITE_OK, "commit");
    must(sqlite3_prepare_v2(*db,
                            "select id from venue where east between ?1 - ?4 and ?1 + ?4 and north between ?2 - ?4 and "
                            "?2 + ?4 and traits & ?3 order by (east - ?1) * (east - ?1) + (north - ?2) * (north - ?2), "
                            "id limit 20",
                            -1, &ask, NULL) == SQLITE_OK,
         "select");
    return ask;
}

static uint32_t by_sql(sqlite3_stmt *ask, const struct place *place, int64_t box, uint32_t *found)
{
    uint32_t n = 0;
    (void)sqlite3_bind_int64(ask, 1, place->east);
    (void)sqlite3_bind_int64(ask, 2, place->north);
    (void)sqlite3_bind_int64(ask, 3, (int64_t)place->sport);
    (void)sqlite3_bind_int64(ask, 4, box);
    while (sqlite3_step(ask) == SQLITE_ROW) {
        found[n++] = (uint32_t)sqlite3_column_int(ask, 0);
    }
    (void)sqlite3_reset(ask);
    return n;
}

struct opening {
    struct hours hours[HOUR_KINDS];
    int64_t ms;
};

static bool is_open(const void *context, uint32_t point)
{
    const struct opening *opening = context;
    return hours_open(&opening->hours[point % HOUR_KINDS], (struct hours_holidays){ NULL, 0 }, opening->ms);
}

static void read_hours(struct opening *opening)
{
    static const char *const texts[HOUR_KINDS] = { "24/7",
                                                   "Mo-Fr 06:00-22:00; Sa,Su 08:00-21:00; PH off",
                                                   "Sa,Su 08:00-17:30",
                                                   "Mo-Su 05:30-22:00",
                                                   "Mo-Fr 18:30-20:30; Sa,Su 08:00-18:00",
                                                   "Mo-Su 22:00-04:00",
                                                   "PH 08:00-12:00",
                                                   "Tu 09:00-12:00,14:00-17:00" };
    struct error error;
    for (int i = 0; i < HOUR_KINDS; i++) {
        struct str text = str_of(texts[i]);
        must(hours_parse(text, &opening->hours[i], &error), texts[i]);
    }
    opening->ms = INT64_C(1785200000000);
}

int main(void)
{
    struct arena *arena = arena_new(0);
    struct near_point *points = ARENA_ARRAY(arena, struct near_point, VENUES);
    static struct near_hit hits[ASKED][NEAREST], open_hits[NEAREST];
    static struct place places[ASKED];
    static uint32_t found[NEAREST];
    static int64_t boxes[ASKED];
    struct opening opening;
    sqlite3 *db;
    scatter(points);
    read_hours(&opening);
    double began = processor_ms();
    const struct near *near = near_new(arena, points, VENUES);
    double build = processor_ms() - began;
    sqlite3_stmt *ask = fill(&db, points);
    for (int i = 0; i < ASKED; i++) {
        places[i] = (struct place){ below(SIDE), below(SIDE), UINT64_C(1) << below(SPORTS) };
    }
    for (int round = 0; round < ROUNDS; round++) {
        double most = 0;
        began = processor_ms();
        for (int i = 0; i < ASKED; i++) {
            struct near_ask search = {
                .east = places[i].east, .north = places[i].north, .traits = { places[i].sport }, .most = NEAREST
            };
            double one = processor_ms();
            must(near_find(near, &search, hits[i]) == NEAREST, "too few of a sport");
            one = processor_ms() - one;
            most = one > most ? one : most;
        }
        double ours = (processor_ms() - began) / ASKED;
        began = processor_ms();
        for (int i = 0; i < ASKED; i++) {
            struct near_ask search = { .east = places[i].east,
                                       .north = places[i].north,
                                       .traits = { places[i].sport },
                                       .pass = is_open,
                                       .context = &opening,
                                       .most = NEAREST };
            (void)near_find(near, &search, open_hits);
        }
        double ours_open = (processor_ms() - began) / ASKED;
        for (int i = 0; i < ASKED; i++) {
            boxes[i] = near_metres(hits[i][NEAREST - 1].square);
        }
        began = processor_ms();
        for (int i = 0; i < ASKED; i++) {
            must(by_sql(ask, &places[i], boxes[i], found) == NEAREST, "SQL found fewer");
            for (int k = 0; k < NEAREST; k++) {
                must(found[k] == hits[i][k].point, "the two do not agree");
            }
        }
        double box = (processor_ms() - began) / ASKED;
        began = processor_ms();
        for (int i = 0; i < ASKED / 20; i++) {
            must(by_sql(ask, &places[i], 4 * SIDE, found) == NEAREST, "SQL found fewer");
        }
        double whole = (processor_ms() - began) / (ASKED / 20);
        printf("{\"venues\":%d,\"ours_ms\":%.5f,\"open_ms\":%.5f,\"most_ms\":%.4f,\"box_ms\":%.4f,\"sql_ms\":%.4f,"
               "\"build_ms\":%.2f}\n",
               VENUES, ours, ours_open, most, box, whole, build);
    }
    (void)sqlite3_finalize(ask);
    (void)sqlite3_close(db);
    arena_free(arena);
    return 0;
}
