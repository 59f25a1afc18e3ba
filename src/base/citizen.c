/* Citizen numbers. What must hold: a day that does not exist is no birthday, and a check character is computed in one
 * place. */
#include "base/citizen.h"

#include "base/clock.h"

char citizen_check_character(struct str digits)
{
    static const unsigned weight[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
    unsigned sum = 0;
    if (digits.n != 17) {
        return 0;
    }
    for (size_t i = 0; i < 17; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9') {
            return 0;
        }
        sum += weight[i] * (unsigned)(digits.p[i] - '0');
    }
    return "10X98765432"[sum % 11];
}

/* The day that the number names; false when there is no such day: one that exists comes back as itself. */
static bool birth_of(struct str number, int64_t *out)
{
    int64_t year, month, day;
    int y, m, d;
    if (!str_to_int(str_part(number, 6, 4), 1800, 2200, &year) || !str_to_int(str_part(number, 10, 2), 1, 12, &month) ||
        !str_to_int(str_part(number, 12, 2), 1, 31, &day)) {
        return false;
    }
    *out = day_of((int)year, (int)month, (int)day);
    day_parts(*out, &y, &m, &d);
    return y == year && m == month && d == day;
}

enum citizen_fault citizen_fault_of(struct str number, int64_t *birth)
{
    int64_t day;
    if (number.n != 18) {
        return CITIZEN_LENGTH;
    }
    char check = citizen_check_character(str_part(number, 0, 17)), last = number.p[17];
    if (!check || !((last >= '0' && last <= '9') || last == 'X')) {
        return CITIZEN_DIGITS;
    }
    if (!birth_of(number, &day)) {
        return CITIZEN_BIRTH;
    }
    if (check != last) {
        return CITIZEN_CHECK;
    }
    if (birth) {
        *birth = day;
    }
    return CITIZEN_GOOD;
}

bool citizen_number_valid(struct str number)
{
    return citizen_fault_of(number, NULL) == CITIZEN_GOOD;
}
