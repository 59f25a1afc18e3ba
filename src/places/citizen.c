/* Citizen numbers. What must hold: a number is taken only in its one form, whatever was typed. */
#include "places/citizen.h"

#include "registry/registry.h"

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
    int64_t birth;
    enum citizen_fault fault = citizen_fault_of((struct str){ p, 18 }, &birth);
    if (fault != CITIZEN_GOOD) {
        return fault;
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
