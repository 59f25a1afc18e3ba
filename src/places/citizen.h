/* Citizen numbers, GB 11643: 6 digits of division, 8 of birth, 3 of order (odd: male), a check character. */
#ifndef PLACES_CITIZEN_H
#define PLACES_CITIZEN_H

#include "base/arena.h"
#include "base/text.h"

enum citizen_fault {
    CITIZEN_GOOD,
    CITIZEN_LENGTH, /* not 18 characters */
    CITIZEN_DIGITS, /* something that is no digit (at the end: nor X) */
    CITIZEN_BIRTH,  /* no such day, or before 1800 */
    CITIZEN_CHECK   /* the check character does not fit: a digit is wrong or two are swapped */
};

struct citizen {
    struct str number;   /* 18 characters, X in capitals */
    struct str division; /* of first issue: may be a code that no longer exists */
    int64_t birth;       /* day number */
    bool male;
};

/* Reads a number as people type it: blanks around, x for X, full-width digits. *out only when CITIZEN_GOOD. */
enum citizen_fault citizen_read(struct arena *arena, struct str typed, struct citizen *out);
/* What to say beside the field. */
struct text citizen_fault_text(enum citizen_fault fault);
/* The check character for the first 17 digits; 0 when they are not 17 digits. */
char citizen_check_character(struct str digits);

#endif
