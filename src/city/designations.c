/* designations.yaml: what honours are called (docs/city.md). A city may have none: then an honour shows its id. */
#include "city/parts.h"

enum { DESIGNATIONS_MAX = 1000 };

void designations_read(struct city *city, struct str text, struct str file, struct city_mistakes *mistakes)
{
    static const struct key top[] = { { "designations", false } };
    static const struct key keys[] = { { "id", false }, { "name", false }, { "level", false }, { "holder", false } };
    static const char *const levels[] = { "national", "provincial", "city", "county" };
    static const char *const holders[] = { "institution", "division", "staff", "group", "programme" };
    struct reading reading;
    yaml_value *root = reading_open(&reading, city->arena, file, text, mistakes), *v[4], **items = NULL;
    size_t n = 0;
    if (read_map(&reading, root, "designations.yaml", top, 1, v) &&
        read_list(&reading, v[0], "designations", 0, DESIGNATIONS_MAX, &items, &n)) {
        city->designations = ARENA_ARRAY(city->arena, struct honour_kind, n ? n : 1);
    }
    for (size_t i = 0; i < n; i++) {
        struct honour_kind *designation = &city->designations[city->ndesignations];
        size_t word = 0;
        if (!read_map(&reading, items[i], "designations", keys, 4, v)) {
            continue;
        }
        bool good = read_id(&reading, v[0], "id", &designation->id);
        good = read_name(&reading, v[1], "name", &designation->name) && good;
        good = read_word(&reading, v[2], "level", levels, sizeof levels / sizeof *levels, &word) && good;
        good = read_word(&reading, v[3], "holder", holders, sizeof holders / sizeof *holders, &word) && good;
        if (good && city_designation(city, designation->id)) {
            mistake_at(&reading, v[0], "id %.*s 重复", "the id %.*s stands twice", STR_ARG(designation->id));
            good = false;
        }
        city->ndesignations += good;
    }
    reading_close(&reading);
}
