/* Indicators of a city's folder (docs/indicators.md): how each figure is counted from rows.
 *
 * indicators.yaml names areas and units, indicators/ID.yaml holds one indicator each. All mistakes are told with file
 * and line, as for the rest of the folder; what SQL says can only be judged by a database, so indicators_try prepares
 * each against an empty one. A set is read-only after it was read and may be shared by threads.
 */
#ifndef FIGURES_INDICATOR_H
#define FIGURES_INDICATOR_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "city/mistakes.h"
#include "registry/kinds.h"

#include "allot/sm3.h"

enum indicator_kind {
    INDICATOR_COUNT,
    INDICATOR_SUM,
    INDICATOR_RATIO,
    INDICATOR_MEAN,
    INDICATOR_CHANGE,
    INDICATOR_RANK,
    INDICATOR_SURVEY,
    INDICATOR_KINDS
};
extern const char *const indicator_kind_words[INDICATOR_KINDS];

enum indicator_bound { BOUND_NONE, BOUND_ABOVE, BOUND_NEARLY, BOUND_BELOW };
enum indicator_better { BETTER_MORE, BETTER_LESS, BETTER_NEITHER };

/* An area or a unit. */
struct indicator_word {
    struct str id;
    struct name name;
};

/* A placeholder of the SQL, in the order of ?1 ?2 … */
enum indicator_value {
    PLACE_DAY,
    PLACE_FROM,
    PLACE_UNTIL,
    PLACE_YEAR,
    PLACE_BEFORE,   /* the last day before the period */
    PLACE_RECORDED, /* what was recorded at this moment or earlier counts */
    PLACES_KINDS
};
enum { INDICATOR_PLACES_MOST = 6 };

struct indicator {
    struct str id;
    struct name name, scope, source;
    size_t area, unit;
    enum indicator_kind kind;
    uint32_t years; /* 0: on the day; else the period has so many years */
    enum kind_id opens;
    bool opens_something; /* a `change` opens nothing of its own */
    const char *sql;      /* rows with views and ?n in place of braces and :names; NULL of a change */
    enum indicator_value places[INDICATOR_PLACES_MOST];
    size_t nplaces;
    size_t of; /* of a change: index of the indicator; else SIZE_MAX */
    uint32_t round;
    enum indicator_bound bound;
    int64_t step_e6; /* of a bound */
    enum indicator_better better;
    bool has_target, has_yellow, has_red;
    int64_t target_e6, yellow_e6, red_e6; /* times 1,000,000 */
    int64_t since;                        /* INT64_MIN: since ever */
    bool is_public;
    uint32_t mask;                 /* 0: nothing is hidden */
    struct str file;               /* as it is told in mistakes */
    struct str text;               /* the file's bytes: the definition */
    uint8_t definition[SM3_BYTES]; /* SM3 of them; of a change also of its `of` */
    uint32_t line, rows_line;      /* where the SQL begins */
};

struct indicators {
    struct arena *arena; /* owns all */
    struct indicator_word *areas, *units;
    size_t nareas, nunits;
    struct indicator *items; /* by area, then id */
    size_t n;
};

/* Reads indicators.yaml and indicators/ of the folder. A folder that has neither is a city without indicators: an empty
 * set. True: no mistake. False: *out is untouched, mistakes has each. */
bool indicators_read(struct indicators **out, const char *folder, struct city_mistakes *mistakes, struct error *error);
/* NULL is accepted. */
void indicators_free(struct indicators *indicators);
/* Index; SIZE_MAX: there is none. */
size_t indicators_find(const struct indicators *indicators, struct str id);

/* The SQL of a rows text: braces and placeholders replaced. False: *zh, *en and *at (byte in rows) say what is wrong.
 */
bool indicator_sql(struct arena *arena, struct str rows, const char **sql, enum indicator_value *places,
                   size_t *nplaces, struct text *says, size_t *at);

/* A view that an indicator may read: its short name ("honour") and whether it is kept in two times. */
struct published_view {
    const char *name;
    enum { VIEW_TWO_TIMES, VIEW_RECORDED, VIEW_PLAIN } times;
};
extern const struct published_view PUBLISHED_VIEWS[];
extern const size_t PUBLISHED_VIEWS_COUNT;

/* The first and last day of an indicator's period and the last day before it, for a day. */
struct period {
    int64_t day, from, until, before;
    int year;
};
struct period indicator_period(const struct indicator *indicator, int64_t day);
/* The same day a year earlier (28 February for 29). */
int64_t day_year_before(int64_t day);

/* Tries every indicator on an empty database that has the published views: what a database thinks of its SQL becomes a
 * mistake of its file. It is a SQLite one that lets SQL read published views alone, so whoever passed names no table,
 * on any engine. False: a mistake was told, or (error) the trial could not be made. */
bool indicators_try(const struct indicators *set, struct city_mistakes *mistakes, struct error *error);

#endif
