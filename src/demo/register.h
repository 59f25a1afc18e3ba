/* Of src/demo/ alone: the register of the demo city at full size, from which every figure of the briefing is counted.
 *
 * How many there are of each thing on the last day of 2023 stands in the file that makes it, for the full city; any
 * other size is a share of it by the same code. Around that day things have a life: from 2021 (the register's first
 * day) to the demo's moment some begin, end, are renamed, and some of it was learnt late. Facts are recorded in loads,
 * as a bureau keeps a register: a few days a year (LOADS below), each one change with its entry in the journal.
 *
 * What must hold: at every moment of recording the versions of a thing do not overlap; all that concerns 2023 was
 * recorded before the briefing of 27 February 2024, and what was corrected later touches no figure of it.
 */
#ifndef DEMO_REGISTER_H
#define DEMO_REGISTER_H

#include "demo/build.h"
#include "demo/dice.h"
#include "demo/frame.h"
#include "registry/kinds.h"

/* What has no end, as registry/facts.h writes it. */
#define DAY_OPEN INT64_C(2932897)
#define MOMENT_OPEN INT64_C(253402300800000)

/* The days on which the register was written. */
enum load {
    LOAD_OPENING,     /* 2021-01-11: what stood when the register began */
    LOAD_AUTUMN_2021, /* 2021-09-13 */
    LOAD_YEAR_2021,   /* 2022-01-10 */
    LOAD_AUTUMN_2022, /* 2022-09-13 */
    LOAD_YEAR_2022,   /* 2023-01-09 */
    LOAD_AUTUMN_2023, /* 2023-09-12: the first with pupils */
    LOAD_YEAR_2023,   /* 2024-01-08 */
    LOAD_PLANS_2024,  /* 2024-02-05: the year's livelihood items */
    LOAD_CORRECTION,  /* 2024-03-15: what was found wrong in the spring of 2024 */
    LOAD_AUTUMN_2024, /* 2024-09-11 */
    LOAD_YEAR_2024,   /* 2025-01-08 */
    LOAD_AUTUMN_2025, /* 2025-09-10 */
    LOAD_YEAR_2025,   /* 2026-01-07 */
    LOADS
};

/* An institution in the register, of whatever kind. */
struct demo_institution {
    int64_t id; /* institution.id */
    const char *kind;
    struct str code;
    struct name name;
    uint32_t county, community;
    const struct division *division; /* its township; its county or the city for those that serve it */
    const char *place_kind;
    bool is_private;
    int64_t founded, from, until; /* days */
    int64_t lon_e6, lat_e6;
    struct str address;
    const struct school *school; /* of the schools of the rounds */
};

/* Which of the list are of one sort. */
struct sort_of {
    size_t first, n;
};

struct registering {
    struct builder *builder;
    struct arena *arena; /* the build's */
    struct frame *frame;
    int64_t changes[LOADS];     /* register_change */
    int64_t subjects[KINDS];    /* the last that was given out; of persons in `persons` */
    const char *inserts[KINDS]; /* statements */
    struct demo_institution *list;
    size_t n, room;
    struct sort_of schools, merged, kindergartens, secondary, new_secondary, colleges, special, rehabilitation, bases,
        canteens, suppliers, enterprises, venues, plazas, bureaus;
    int64_t persons;   /* the last */
    uint16_t *taken;   /* citizen numbers given out, by day of birth and sex (register_people.c) */
    struct str *heads; /* staff codes of each school: of its head, of a form teacher, of another teacher */
    struct str *form_teachers, *teachers;
    struct str *sports; /* codes of the sport programmes, older ones first */
    size_t nsports, nold_sports;
    struct str *inspectors;  /* staff codes by county */
    size_t *first_inspector; /* of each county, and behind the last */
    uint32_t *pupils[3];     /* of each school in the autumn of 2023: primary, junior, senior */
    uint32_t *classes;
};

/* ---- Sizes, days ---- */

/* So many in a city of this size: at least one. */
size_t register_scaled(const struct registering *registering, size_t full);
/* `total` split by chance into n whole parts, each within about a third of the mean. */
uint32_t *register_split(const struct registering *registering, struct dice *dice, size_t total, size_t n);
/* The load by which something of a day was learnt: the first that is not before it. */
enum load register_load_of(int64_t day);
/* The day of the last load: nothing later is in the register. */
int64_t register_last_day(void);
static inline int64_t register_first_day(void)
{
    return 18628; /* 2021-01-01 */
}
/* n different indexes below `of`, in an order by chance; n is cut to `of`. */
size_t *register_draw(const struct registering *registering, struct dice *dice, size_t of, size_t *n);

/* ---- Writing ---- */

/* Whose a version is and when it holds. */
struct entry {
    int64_t subject; /* 0: the next of its kind, given back here */
    struct str code;
    int64_t from, until; /* until 0: open, as far as was known when it was recorded */
    int64_t ended;       /* 0: not; else the day on which it ended after all, learnt at the load after it */
    enum load load;      /* LOADS: by its first day */
    struct str division;
    int64_t institution;
};

/* Writes a version; the columns' values in the order of kinds.c. One that ended after all is written as what was known
 * first and what was known then. */
bool register_put(struct registering *registering, enum kind_id kind, struct entry *entry, const struct value *values,
                  size_t nvalues, struct error *error);
/* The same, but until the correction of 2024 column `column` was said to be `wrong`. */
bool register_correct(struct registering *registering, enum kind_id kind, struct entry *entry,
                      const struct value *values, size_t nvalues, size_t column, struct value wrong,
                      struct error *error);
#define REGISTER(registering, kind, entry, error, ...)                                                                 \
    register_put((registering), (kind), (entry), (struct value[]){ __VA_ARGS__ },                                      \
                 sizeof((struct value[]){ __VA_ARGS__ }) / sizeof(struct value), (error))
#define V_WORD(word) V_TEXT(str_of(word))

/* ---- The parts, in this order ---- */
bool register_divisions(struct registering *registering, struct error *error);
bool register_institutions(struct registering *registering, struct error *error);
bool register_sites(struct registering *registering, struct error *error);
bool register_pupils(struct registering *registering, struct error *error);
bool register_staff(struct registering *registering, struct error *error);
bool register_programmes(struct registering *registering, struct error *error);
bool register_athletes(struct registering *registering, struct error *error);
bool register_honours(struct registering *registering, struct error *error);
bool register_groups(struct registering *registering, struct error *error);
bool register_projects(struct registering *registering, struct error *error);
bool register_activities(struct registering *registering, struct error *error);
bool register_vocational(struct registering *registering, struct error *error);
bool register_provisions(struct registering *registering, struct error *error);
bool register_venues(struct registering *registering, struct error *error);
bool register_households(struct registering *registering, struct error *error);

/* ---- Persons (register_people.c) ---- */

/* One person to come, and up to three versions of what it does. */
struct demo_version {
    uint32_t institution; /* index in the list; UINT32_MAX: of none */
    int64_t from, until, ended;
    enum load load;
    struct str division; /* where it is of no institution */
    struct str words[3]; /* text columns of the kind, in order */
    int64_t numbers[3];  /* its numbers, in order */
};
struct demo_person {
    enum kind_id kind; /* staff, pupil, athlete */
    bool male;
    int64_t birth;
    uint16_t surname, given;
    uint16_t order; /* of those born on the day with the sex */
    char code[24];
    uint8_t nversions;
    struct demo_version versions[3];
};
/* Persons are sealed many at a time on all processors while those before them are written. `people_add` gives room
 * for the next one, to be filled before the next call; its number will be registering->persons. */
struct people_writer;
struct people_writer *people_open(struct registering *registering);
struct demo_person *people_add(struct people_writer *writer, struct dice *dice, bool male, int64_t birth,
                               struct error *error);
/* Writes what is left, and frees. */
bool people_close(struct people_writer *writer, struct error *error);
/* Frees without writing. */
void people_drop(struct people_writer *writer);

#endif
