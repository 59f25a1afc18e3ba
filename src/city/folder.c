/* A city's folder: which files there are, and that none is missing. */
#include "city/day.h"
#include "city/food.h"
#include "city/parts.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

static struct str path_in(struct arena *arena, struct str folder, const char *name)
{
    while (folder.n > 1 && folder.p[folder.n - 1] == '/') {
        folder.n--;
    }
    return arena_printf(arena, "%.*s/%s", STR_ARG(folder), name);
}

/* "371502-primary.yaml" says whose policy it must hold. */
static bool split_name(struct str name, struct str *county, enum stage *stage)
{
    struct str ending = STR(".yaml");
    if (name.n <= ending.n || !str_eq(str_part(name, name.n - ending.n, ending.n), ending)) {
        return false;
    }
    struct str stem = str_part(name, 0, name.n - ending.n);
    size_t dash = str_find(stem, '-');
    *county = str_part(stem, 0, dash);
    return dash < stem.n && county->n && stage_of(str_part(stem, dash + 1, stem.n), stage);
}

static void check_file_name(struct str path, struct str name, const struct policy *policy,
                            struct city_mistakes *mistakes)
{
    struct str county;
    enum stage stage;
    if (split_name(name, &county, &stage) && policy->county.n &&
        (!str_eq(county, policy->county) || stage != policy->stage)) {
        city_mistake_add(mistakes, path, 0, "文件内是 %.*s 的 %s；文件名应为 %.*s-%s.yaml",
                         "the file holds the policy of %.*s, %s; expected it to be named %.*s-%s.yaml",
                         STR_ARG(policy->county), stage_id(policy->stage), STR_ARG(policy->county),
                         stage_id(policy->stage));
    }
}

static int by_county_and_stage(const void *a, const void *b)
{
    const struct policy *const *x = a, *const *y = b;
    int order = str_cmp((*x)->county, (*y)->county);
    return order ? order : ((*x)->stage > (*y)->stage) - ((*x)->stage < (*y)->stage);
}

static void read_policy_file(struct city *city, struct arena *scratch, struct str folder, const char *name,
                             uint32_t *named, struct city_mistakes *mistakes)
{
    struct str path = path_in(city->arena, folder, name), text, county;
    enum stage stage;
    if (!split_name(str_of(name), &county, &stage)) {
        city_mistake_add(mistakes, path, 0, "不是招生方案的文件名；应为“县代码-学段.yaml”，如 371502-primary.yaml",
                         "not the name of a policy; expected COUNTY-STAGE.yaml such as 371502-primary.yaml");
        return;
    }
    const struct division *division = city_division(city, county);
    if (division) {
        named[division - city->divisions] |= 1u << stage;
    }
    if (read_file(scratch, path.p, mistakes, &text)) {
        struct policy *policy = ARENA_NEW(city->arena, struct policy);
        if (policy_load(city->arena, text, path, city, policy, mistakes)) {
            city->policies[city->npolicies++] = policy;
        }
        check_file_name(path, str_of(name), policy, mistakes);
    }
    arena_reset(scratch);
}

/* Each county needs a policy for each stage of the city: told at the county's line. */
static void check_missing(const struct city *city, struct str csv, const uint32_t *named,
                          struct city_mistakes *mistakes)
{
    for (size_t i = 0; i < city->ndivisions; i++) {
        const struct division *division = &city->divisions[i];
        for (size_t s = 0; s < STAGE_COUNT && division->level == DIVISION_COUNTY; s++) {
            if (city->stages[s].present && !(named[i] & 1u << s)) {
                city_mistake_add(
                    mistakes, csv, division->line, "%.*s 没有 %s 的招生方案；应有文件 admission/%.*s-%s.yaml",
                    "%.*s has no policy for %s; expected the file admission/%.*s-%s.yaml", STR_ARG(division->code),
                    stage_id((enum stage)s), STR_ARG(division->code), stage_id((enum stage)s));
            }
        }
    }
}

static void read_policies(struct city *city, struct arena *scratch, struct str csv, struct city_mistakes *mistakes)
{
    struct str folder = path_in(city->arena, city->folder, "admission");
    struct dirent **entries;
    int n = scandir(folder.p, &entries, NULL, alphasort);
    if (n < 0) {
        city_mistake_add(mistakes, folder, 0, "打不开；应为放招生方案的文件夹",
                         "cannot be opened; expected a folder of admission policies");
        return;
    }
    uint32_t *named = ARENA_ARRAY(city->arena, uint32_t, city->ndivisions);
    city->policies = ARENA_ARRAY(city->arena, struct policy *, (size_t)n);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            read_policy_file(city, scratch, folder, entries[i]->d_name, named, mistakes);
        }
        free(entries[i]);
    }
    free(entries);
    qsort(city->policies, city->npolicies, sizeof *city->policies, by_county_and_stage);
    check_missing(city, csv, named, mistakes);
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static bool is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* What the rule of star canteens names must be there. */
static void check_food(const struct city *city, struct str file, struct city_mistakes *mistakes)
{
    const struct food_rule *rule = city->food;
    if (!rule) {
        return;
    }
    bool daily = rule->daily.n == 0;
    for (size_t i = 0; i < city->nreturns; i++) {
        daily = daily || str_eq(city->returns[i]->id, rule->daily);
    }
    const struct {
        struct str id;
        bool there;
    } names[] = { { rule->licence, city_designation(city, rule->licence) != NULL },
                  { rule->star, city_designation(city, rule->star) != NULL },
                  { rule->inspection, city_case(city, rule->inspection) != NULL },
                  { rule->incident, city_case(city, rule->incident) != NULL },
                  { rule->daily, daily } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!names[i].there) {
            city_mistake_add(mistakes, file, 0, "“%.*s”在 designations、cases 或 returns 中没有",
                             "'%.*s' is in none of designations, cases, returns", STR_ARG(names[i].id));
        }
    }
}

/* Whose service it is must be a division of the city. */
static void check_services(const struct city *city, struct city_mistakes *mistakes)
{
    for (size_t i = 0; i < city->nservices; i++) {
        const struct service *service = city->services[i];
        if (service->division.n && !city_division(city, service->division)) {
            struct str file =
                arena_printf(mistakes->arena, "%.*s/services/%.*s.yaml", STR_ARG(city->folder), STR_ARG(service->id));
            city_mistake_add(mistakes, file, 0, "division“%.*s”不是本市的区划代码",
                             "division '%.*s' is none of the city's", STR_ARG(service->division));
        }
    }
}

bool city_read(struct city **out, const char *folder, struct city_mistakes *mistakes, struct error *error)
{
    if (!is_folder(folder)) {
        return error_set(error, "%s is no folder that can be read; expected a city's folder such as cities/liaocheng",
                         folder);
    }
    struct arena *arena = arena_new(64 * 1024), *scratch = arena_new(0);
    struct city *city = ARENA_NEW(arena, struct city);
    size_t before = mistakes->n;
    city->arena = arena;
    city->folder = arena_str(arena, str_of(folder));
    struct str yaml = path_in(arena, city->folder, "city.yaml"), csv = path_in(arena, city->folder, "divisions.csv");
    struct str text;
    if (read_file(scratch, yaml.p, mistakes, &text)) {
        config_read(city, text, yaml, mistakes);
    }
    if (read_file(scratch, csv.p, mistakes, &text)) {
        divisions_read(city, text, csv, mistakes);
    }
    struct str designations = path_in(arena, city->folder, "designations.yaml");
    if (is_file(designations.p) && read_file(scratch, designations.p, mistakes, &text)) {
        designations_read(city, text, designations, mistakes);
    }
    read_policies(city, scratch, csv, mistakes);
    returns_read(arena, city->folder, &city->returns, &city->nreturns, mistakes);
    for (size_t i = 0; i < city->nreturns; i++) {
        city->returns[i]->calendar = city;
    }
    cases_read(arena, city->folder, &city->cases, &city->ncases, &city->checklists, &city->nchecklists, mistakes);
    services_read(arena, city->folder, &city->services, &city->nservices, mistakes);
    check_services(city, mistakes);
    struct str day = path_in(arena, city->folder, "day.yaml");
    if (is_file(day.p) && read_file(scratch, day.p, mistakes, &text)) {
        city->day = school_day_read(arena, text, day, mistakes);
    }
    struct str food = path_in(arena, city->folder, "food.yaml");
    if (is_file(food.p) && read_file(scratch, food.p, mistakes, &text)) {
        city->food = food_rule_read(arena, text, food, mistakes);
        check_food(city, food, mistakes);
    }
    arena_free(scratch);
    city_mistakes_sort(mistakes);
    if (mistakes->n == before) {
        *out = city;
        return true;
    }
    city_free(city);
    size_t n = mistakes->n - before;
    return error_set(error, "%s has %zu mistake%s", folder, n, n == 1 ? "" : "s");
}
