/* Returns: what institutions report about a period, as the city describes it in returns/ID.yaml (docs/returns.md). A
 * form is data: its fields, their limits, and rules between them, against the last period too. */
#ifndef CITY_RETURNS_H
#define CITY_RETURNS_H

#include "base/arena.h"
#include "base/text.h"
#include "city/mistakes.h"

struct city;

enum return_every { RETURN_MONTH, RETURN_TERM, RETURN_YEAR, RETURN_DAY /* that is worked, by the city's calendar */ };

enum return_type {
    RETURN_NUMBER, /* whole */
    RETURN_SHARE,  /* per cent with two digits, kept as hundredths: 8572 is 85.72 % */
    RETURN_YES,    /* 0 or 1 */
    RETURN_TEXT    /* at most `most` characters; not published */
};

/* What the register knows of the institution on the period's last day; the form begins with it. */
enum return_prefill { PREFILL_NONE, PREFILL_PUPILS, PREFILL_CLASSES, PREFILL_STAFF };

struct return_field {
    struct str id;
    struct name name, unit, hint; /* unit and hint may be empty */
    enum return_type type;
    bool required;
    int64_t least, most; /* of numbers; of shares in hundredths; of text characters */
    enum return_prefill prefill;
};

enum return_is { RETURN_AT_MOST, RETURN_AT_LEAST, RETURN_EQUALS };

enum { RETURN_FIELDS_MAX = 40, RETURN_RULES_MAX = 40, RETURN_SUM_MAX = 8, RETURN_KINDS_MAX = 24, RETURN_WHOLE = 100 };

/* left IS percent/100 × (sum of right), where right are fields of this period or, with `last`, of the one before. An
 * error must be put right; a warning needs a word of explanation. A rule whose fields have no value is passed over. */
struct return_rule {
    size_t left;
    enum return_is is;
    size_t right[RETURN_SUM_MAX];
    size_t nright;
    bool last;
    int64_t percent;
    bool warning;
    struct name says;
};

struct return_form {
    struct str id;
    struct name name, about;
    struct str kinds[RETURN_KINDS_MAX]; /* of institutions that report: codes of GB/T 33782 */
    size_t nkinds;
    enum return_every every;
    int64_t due_days;            /* after the period's last day */
    int64_t first;               /* the first period is the one in which this day lies */
    const struct city *calendar; /* of RETURN_DAY */
    struct return_field fields[RETURN_FIELDS_MAX];
    size_t nfields;
    struct return_rule rules[RETURN_RULES_MAX];
    size_t nrules;
};

/* Every form of the city's folder, by id; none when it has no folder `returns`. Mistakes are told; texts live in the
 * arena. */
void returns_read(struct arena *arena, struct str folder, struct return_form ***forms, size_t *n,
                  struct city_mistakes *mistakes);
/* Index of a field, or SIZE_MAX. */
size_t return_field(const struct return_form *form, struct str id);

/* ---- Periods ---- */

struct return_period {
    char id[16];         /* 2026-03 · 2025-autumn, 2026-spring · 2026 · 2026-03-02 */
    int64_t from, until; /* days; until is the first day after it */
    int64_t due;         /* the last day on which it is in time */
};
/* The period in which the day lies; the autumn term runs from September, the spring term from February. Of daily
 * forms: the day itself when it is worked, else the last one before that is. */
struct return_period return_period_of(const struct return_form *form, int64_t day);
struct return_period return_period_before(const struct return_form *form, const struct return_period *period);
/* By its id; false: the form has no such period (or it lies before its first). */
bool return_period_named(const struct return_form *form, struct str id, struct return_period *period);
struct name return_period_name(struct arena *arena, const struct return_form *form, const struct return_period *period);

#endif
