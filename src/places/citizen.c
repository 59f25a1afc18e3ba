/* Citizen numbers. What must hold: a number is taken only in its one form, whatever was typed. */
#include "places/citizen.h"

#include "base/clock.h"
#include "registry/registry.h"

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

/* The day that the number names; false when there is no such day. */
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

enum citizen_fault citizen_read(struct arena *arena, struct str typed, struct citizen *out)
{
    struct str number = registry_address_form(arena, typed); /* drops blanks, narrows full-width characters */
    if (number.n != 18) {
        return CITIZEN_LENGTH;
    }
    char *p = arena_alloc(arena, 19);
    memcpy(p, number.p, 18);
    if (p[17] == 'x') {
        p[17] = 'X';
    }
    char check = citizen_check_character((struct str){ p, 17 });
    bool last = (p[17] >= '0' && p[17] <= '9') || p[17] == 'X';
    if (!check || !last) {
        return CITIZEN_DIGITS;
    }
    int64_t birth;
    if (!birth_of((struct str){ p, 18 }, &birth)) {
        return CITIZEN_BIRTH;
    }
    if (check != p[17]) {
        return CITIZEN_CHECK;
    }
    *out =
        (struct citizen){ .number = { p, 18 }, .division = { p, 6 }, .birth = birth, .male = (p[16] - '0') % 2 == 1 };
    return CITIZEN_GOOD;
}

struct text citizen_fault_text(enum citizen_fault fault)
{
    switch (fault) {
    case CITIZEN_LENGTH:
        return T("身份证号应为 18 位", "A citizen number has 18 characters");
    case CITIZEN_DIGITS:
        return T("身份证号只能是数字，最后一位可以是 X",
                 "A citizen number is made of digits; only the last character may be X");
    case CITIZEN_BIRTH:
        return T("身份证号中的出生日期不存在", "The birthday in the citizen number does not exist");
    case CITIZEN_CHECK:
        return T("身份证号有误：某一位写错，或两位写反了",
                 "The citizen number is wrong: one digit is mistyped or two are swapped");
    case CITIZEN_GOOD:
        break;
    }
    return T("身份证号正确", "The citizen number is right");
}
