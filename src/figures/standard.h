/* Conditions of schools against a standard (docs/conditions.md).
 *
 * A standard is a file of the city's folder, standards/ID.yaml: for each type of school what is asked of land, floor
 * area, teachers, equipment and books, as an amount that any school needs and an amount a student. It holds from a day;
 * on a day the newest that has begun applies. Some cells the national rows leave to the province and stay empty: then
 * nothing is judged and the page says so. What is asked is never guessed.
 *
 * All arithmetic is in whole numbers. What is asked is the greater of the two amounts; a school has it, or has at least
 * the standard's share of it (nearly), or not; the shortfall is what is asked less what there is.
 */
#ifndef FIGURES_STANDARD_H
#define FIGURES_STANDARD_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "city/mistakes.h"
#include "registry/facts.h"
#include "store/db.h"

enum measure { MEASURE_LAND, MEASURE_FLOOR, MEASURE_TEACHERS, MEASURE_EQUIPMENT, MEASURE_BOOKS, MEASURES };
extern const char *const standard_measure_words[MEASURES];

/* What a row asks of a measure: something · nothing · what the province decides, and has not. */
enum asks { ASKS_SOMETHING, ASKS_NOTHING, ASKS_PROVINCE };

struct threshold {
    enum asks asks;
    int64_t least; /* any school; 0: none. m², persons, yuan, books */
    int64_t each;  /* a student; of teachers: the most students to one. 0: none */
};

enum { SCHOOL_TYPES_MOST = 16 };

struct standard {
    struct str id; /* the file's name without .yaml */
    struct name name, source;
    int64_t from;                                                      /* day from which it applies */
    uint32_t nearly;                                                   /* percent */
    int64_t founded_before;                                            /* day */
    enum { STANDARD_HIDDEN, STANDARD_RESULT, STANDARD_FIGURES } shows; /* to the public */
    bool in_scope[SCHOOL_TYPES_MOST];
    struct threshold asks[SCHOOL_TYPES_MOST][MEASURES]; /* by the type's place in standard_type_words */
    uint32_t line[SCHOOL_TYPES_MOST];
};

struct standards {
    struct arena *arena;
    struct standard *items; /* by `from` */
    size_t n;
};

/* The words of the register's column school_type. */
size_t standard_type_words(const char *words[SCHOOL_TYPES_MOST]);
struct text standard_type_label(size_t type);

/* Reads standards/ of the folder; a folder without it is a city without standards. True: no mistake. */
bool standards_read(struct standards **out, const char *folder, struct city_mistakes *mistakes, struct error *error);
/* NULL is accepted. */
void standards_free(struct standards *standards);
/* The one that applies on a day; NULL: none had begun. */
const struct standard *standards_on(const struct standards *standards, int64_t day);

/* ---- What a school has ---- */

struct school_condition {
    int64_t institution;
    struct str code, division;
    struct name name;
    int64_t founded;
    bool reported; /* it has a report that holds on the day */
    size_t type;   /* SIZE_MAX: a word that this program does not know */
    int64_t students;
    int64_t has[MEASURES]; /* as reported; equipment in fen */
    /* Of that: land and floor of campuses that another school owns too and that count there. */
    int64_t shared[MEASURES];
};

/* Of the secondary vocational schools on the register on the day, by code; whoever reported conditions, too. */
bool conditions_read(struct db *db, struct arena *arena, struct as_of as_of, struct str scope, int64_t institution,
                     struct school_condition **out, size_t *n, struct error *error);

/* ---- Judging ---- */

enum judged {
    JUDGED_MET,
    JUDGED_NEARLY,
    JUDGED_NOT_MET,
    JUDGED_OUT_OF_SCOPE,
    JUDGED_DECLINED,     /* the province decides and has not */
    JUDGED_NOT_ASKED,    /* of a measure: the standard asks nothing of this type */
    JUDGED_NOT_REPORTED, /* the school has no report that holds on the day */
    JUDGED_STATES
};
extern const struct text judged_words[JUDGED_STATES];

struct measured {
    enum judged judged;
    int64_t has, asked; /* m², persons, yuan, books; has: without what counts elsewhere. yuan rounded down */
    int64_t shortfall;  /* 0: none */
    int64_t holds;      /* for how many students `has` is enough; INT64_MAX: any number; -1: not even for none */
};
struct judgement {
    enum judged overall;
    struct measured of[MEASURES];
    int64_t students; /* for which it was judged */
    int64_t holds;    /* the most students with which all that is judged is met; -1 and INT64_MAX as above */
};

/* more: so many students more than reported (or fewer); never below none. */
struct judgement standard_judge(const struct standard *standard, const struct school_condition *condition,
                                int64_t more);

/* How a whole list stands: 100 × met / (met + nearly + not met) is the indicator voc_compliance. */
struct compliance {
    int64_t schools[JUDGED_STATES];
    int64_t met, judged;
};
struct compliance standard_compliance(const struct judgement *judgements, size_t n);

#endif
