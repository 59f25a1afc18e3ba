/* Citizen numbers as people type them, and what to say when one is wrong. What a right one is stands in
 * base/citizen.h. */
#ifndef PLACES_CITIZEN_H
#define PLACES_CITIZEN_H

#include "base/arena.h"
#include "base/citizen.h"
#include "base/text.h"

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
#endif
