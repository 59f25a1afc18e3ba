/* See food.h. */
#include "city/food.h"

#include "city/parts.h"

struct food_rule *food_rule_read(struct arena *arena, struct str text, struct str file, struct city_mistakes *mistakes)
{
    static const struct key keys[] = {
        { "months", false },        { "inspections", false },     { "failed_items", false },
        { "open_findings", false }, { "records_percent", false }, { "records_days", false },
        { "incidents", false },     { "licence", false },         { "star", false },
        { "daily", true },          { "inspection", false },      { "incident", false },
    };
    enum { KEYS = sizeof keys / sizeof *keys, NUMBERS = 7, MOST = 1000 };
    struct food_rule *rule = ARENA_NEW(arena, struct food_rule);
    int64_t *numbers[NUMBERS] = { &rule->months,        &rule->inspections,     &rule->failed_items,
                                  &rule->open_findings, &rule->records_percent, &rule->records_days,
                                  &rule->incidents };
    struct str *ids[KEYS - NUMBERS] = { &rule->licence, &rule->star, &rule->daily, &rule->inspection, &rule->incident };
    static const uint32_t least[NUMBERS] = { 1, 0, 0, 0, 0, 1, 0 },
                          most[NUMBERS] = { 36, MOST, MOST, MOST, 100, 60, MOST };
    struct reading reading;
    yaml_value *v[KEYS], *root = reading_open(&reading, arena, file, text, mistakes);
    size_t before = mistakes->n;
    *rule = (struct food_rule){ 0 };
    if (read_map(&reading, root, "food.yaml", keys, KEYS, v)) {
        for (size_t i = 0; i < NUMBERS; i++) {
            uint32_t number = 0;
            (void)read_number(&reading, v[i], keys[i].name, least[i], most[i], &number);
            *numbers[i] = number;
        }
        for (size_t i = NUMBERS; i < KEYS; i++) {
            if (v[i]) {
                (void)read_id(&reading, v[i], keys[i].name, ids[i - NUMBERS]);
            }
        }
    }
    reading_close(&reading);
    return root && mistakes->n == before ? rule : NULL;
}
