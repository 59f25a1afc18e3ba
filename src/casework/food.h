/* Food safety 食品安全: canteens and meal suppliers by their results. What there is stands in cases (inspections, their
 * findings, incidents), in the schools' daily notes (a return) and in the register (licences, who supplies whom); what
 * a star canteen must have stands in the city's food.yaml. */
#ifndef CASEWORK_FOOD_H
#define CASEWORK_FOOD_H

#include "casework/casework.h"
#include "city/food.h"

enum food_why { /* why it cannot be a star canteen; bits */
                FOOD_NO_LICENCE = 1 << 0,
                FOOD_FEW_INSPECTIONS = 1 << 1,
                FOOD_FAILED_ITEMS = 1 << 2,
                FOOD_OPEN_FINDINGS = 1 << 3,
                FOOD_FEW_RECORDS = 1 << 4,
                FOOD_INCIDENTS = 1 << 5,
};
enum { FOOD_WHYS = 6 };
extern const enum food_why food_whys_all[FOOD_WHYS];
struct text food_why_words(enum food_why why);

struct food_place {
    int64_t institution, school; /* school: whose canteen it is; 0: a supplier */
    struct str code, school_code, division;
    struct name name, school_name;
    bool supplier, star;
    int64_t licence_until; /* last day; 0: none holds */
    int64_t inspections, failed_items, open_findings, incidents;
    int64_t noted, days;  /* of the last working days its school noted so many; suppliers: 0 of 0 */
    int64_t inspected_on; /* day of the last inspection; 0: never */
    int64_t supplies;     /* schools that a supplier supplies */
    unsigned why;         /* bits of enum food_why; 0: it meets the rule */
};
/* Every canteen and supplier on the register today within the scope (a prefix), by code; `only` > 0: that one alone. Of
 * a supplier incidents are those of all schools that it supplies. */
bool food_places(struct db *db, struct arena *arena, const struct city *city, struct str scope, int64_t only,
                 int64_t today, struct food_place **out, size_t *n, struct error *error);

/* Whom a supplier supplies today: schools of its group of the kind `meal_supply`. */
struct food_school {
    struct str code;
    struct name name;
    int64_t from, incidents, open_findings;
};
bool food_supplied(struct db *db, struct arena *arena, const struct city *city, int64_t supplier, int64_t today,
                   struct food_school **out, size_t *n, struct error *error);

#endif
