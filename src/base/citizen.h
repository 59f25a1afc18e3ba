/* Citizen numbers, GB 11643: 6 digits of division, 8 of birth, 3 of order (odd: male), a check character. Forms,
 * answers of departments, sheets and the demo all ask here, so a number that one of them takes none of the others
 * refuses. */
#ifndef BASE_CITIZEN_H
#define BASE_CITIZEN_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum citizen_fault {
    CITIZEN_GOOD,
    CITIZEN_LENGTH, /* not 18 characters */
    CITIZEN_DIGITS, /* something that is no digit (at the end: nor X) */
    CITIZEN_BIRTH,  /* no such day, or before 1800 */
    CITIZEN_CHECK   /* the check character does not fit: a digit is wrong or two are swapped */
};

/* Of a number in its one form: plain digits, X in capitals. *birth is the day number, only when CITIZEN_GOOD; may be
 * NULL. */
enum citizen_fault citizen_fault_of(struct str number, int64_t *birth);
bool citizen_number_valid(struct str number);
/* The check character for the first 17 digits; 0 when they are not 17 digits. */
char citizen_check_character(struct str digits);

#endif
