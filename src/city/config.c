/* city.yaml: who the city is, whom it asks, and in what words. See city.h for the structs, docs/city.md for the keys.
 *
 * An item with a mistake keeps its place and its id, so that what refers to it is not told as wrong too.
 */
#include "city/parts.h"
#include "city/workdays.h"

enum { ITEMS_MAX = 64, DAYS_MOST = 366 };

enum {
    KEY_NAME,
    KEY_CODE,
    KEY_CITY_YEAR,
    KEY_LANGUAGES,
    KEY_CONTACTS,
    KEY_CITY_CALENDAR,
    KEY_STAGES,
    KEY_AUTHORITIES,
    KEY_PAPERS,
    KEY_CITY_CHECKS,
    KEY_DWELLINGS,
    KEY_REASONS,
    KEY_PURPOSES,
    KEY_MAP,
    CITY_KEY_COUNT
};

static const struct key top_keys[CITY_KEY_COUNT] = {
    [KEY_NAME] = { "name", false },           [KEY_CODE] = { "code", false },
    [KEY_CITY_YEAR] = { "year", false },      [KEY_LANGUAGES] = { "languages", false },
    [KEY_CONTACTS] = { "contacts", false },   [KEY_CITY_CALENDAR] = { "calendar", false },
    [KEY_STAGES] = { "stages", false },       [KEY_AUTHORITIES] = { "authorities", false },
    [KEY_PAPERS] = { "papers", false },       [KEY_CITY_CHECKS] = { "checks", false },
    [KEY_DWELLINGS] = { "dwellings", false }, [KEY_REASONS] = { "reasons", false },
    [KEY_PURPOSES] = { "purposes", false },   [KEY_MAP] = { "map", true },
};

static void read_code(struct reading *reading, yaml_value *node, struct city *city)
{
    struct str code;
    int64_t number;
    if (!read_text(reading, node, "code", &code)) {
        return;
    }
    if (code.n != 6 || !str_to_int(code, 0, 999999, &number) || code.p[4] != '0' || code.p[5] != '0') {
        mistake_at(reading, node, "code 是“%.*s”；应为六位区划代码，如 371500",
                   "code is '%.*s'; expected the six digits of a city's division code, such as 371500", STR_ARG(code));
        return;
    }
    city->code = code;
}

static void read_languages(struct reading *reading, yaml_value *node, struct city *city)
{
    static const char *const languages[] = { "zh", "en" };
    yaml_value **items;
    size_t n;
    read_list(reading, node, "languages", 1, 8, &items, &n);
    for (size_t i = 0; i < n; i++) {
        size_t language;
        if (!read_word(reading, items[i], "languages", languages, 2, &language)) {
            continue;
        }
        if (city->languages[language]) {
            mistake_at(reading, items[i], "%s 中“%s”出现了两次；应只有一次", "%s names '%s' twice; expected it once",
                       "languages", languages[language]);
        }
        city->languages[language] = true;
    }
    if (n && !city->languages[LANG_ZH] && reading_is_clean(reading)) {
        mistake_at(reading, node, "languages 中没有 zh；应有", "languages does not name 'zh'; expected it");
    }
}

static void read_contacts(struct reading *reading, yaml_value *node, struct city *city)
{
    static const struct key keys[] = {
        { "name", false }, { "phone", false }, { "hours", false }, { "address", false }
    };
    yaml_value **items, *v[4];
    read_list(reading, node, "contacts", 1, ITEMS_MAX, &items, &city->ncontacts);
    city->contacts = ARENA_ARRAY(reading->arena, struct contact, city->ncontacts);
    for (size_t i = 0; i < city->ncontacts; i++) {
        struct contact *contact = &city->contacts[i];
        if (read_map(reading, items[i], "contact", keys, 4, v)) {
            read_name(reading, v[0], "name", &contact->name);
            read_text(reading, v[1], "phone", &contact->phone);
            read_name(reading, v[2], "hours", &contact->hours);
            read_name(reading, v[3], "address", &contact->address);
        }
    }
}

static void read_days(struct reading *reading, yaml_value *node, const char *what, int64_t **days, size_t *ndays)
{
    yaml_value **items;
    size_t n = 0;
    if (!read_list(reading, node, what, 0, DAYS_MOST, &items, &n)) {
        return;
    }
    *days = ARENA_ARRAY(reading->arena, int64_t, n);
    for (size_t i = 0; i < n; i++) {
        int64_t day;
        if (!read_day(reading, items[i], what, &day)) {
            continue;
        }
        if (*ndays && day <= (*days)[*ndays - 1]) {
            mistake_at(reading, items[i], "%s 中 %.*s 不晚于前一天；应按先后列出，每天一次",
                       "%s: %.*s is not later than the one before; expected ascending days, each once", what,
                       STR_ARG(scalar_of(items[i])));
            continue;
        }
        (*days)[(*ndays)++] = day;
    }
}

static void read_city_calendar(struct reading *reading, yaml_value *node, struct city *city)
{
    static const struct key keys[] = { { "holidays", false }, { "working", true } };
    yaml_value *v[2];
    if (!read_map(reading, node, "calendar", keys, 2, v)) {
        return;
    }
    read_days(reading, v[0], "holidays", &city->holidays, &city->nholidays);
    if (v[1]) {
        read_days(reading, v[1], "working", &city->working, &city->nworking);
    }
    for (size_t i = 0; i < city->nworking; i++) {
        if (!weekend(city->working[i])) {
            mistake_at(reading, v[1], "working 中第 %zu 天不是周末，本来就上班",
                       "working: the day %zu of the list is no weekend and worked anyway", i + 1);
        }
    }
}

static void read_stages(struct reading *reading, yaml_value *node, struct city *city)
{
    static const struct key keys[] = { { "name", false }, { "class_size", false } };
    struct key stages[STAGE_COUNT];
    yaml_value *v[STAGE_COUNT], *of[2];
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        stages[i] = (struct key){ stage_id((enum stage)i), true };
    }
    if (!read_map(reading, node, "stages", stages, STAGE_COUNT, v)) {
        return;
    }
    bool any = false;
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        struct stage_info *stage = &city->stages[i];
        stage->present = v[i] != NULL;
        any = any || stage->present;
        if (read_map(reading, v[i], stages[i].name, keys, 2, of)) {
            read_name(reading, of[0], "name", &stage->name);
            read_number(reading, of[1], "class_size", 1, 100, &stage->class_size);
        }
    }
    if (!any) {
        mistake_at(reading, node, "stages 是空的；应有 primary、junior 或两者",
                   "stages is empty; expected primary, junior or both");
    }
}

static void read_url(struct reading *reading, yaml_value *node, struct str *url)
{
    if (read_text(reading, node, "url", url) &&
        ((!str_starts(*url, STR("http://")) && !str_starts(*url, STR("https://"))) || url->p[url->n - 1] == '/' ||
         str_find(*url, ' ') < url->n)) {
        mistake_at(reading, node, "url 是“%.*s”；应以 http:// 或 https:// 开头，末尾没有“/”",
                   "url is '%.*s'; expected http://… or https://… without a slash at its end", STR_ARG(*url));
    }
}

/* url, key, timeout_ms: all of them, or none for a department that is asked by spreadsheet. */
static void read_interface(struct reading *reading, yaml_value *item, yaml_value **v, struct authority *authority)
{
    static const char *const names[] = { "url", "key", "timeout_ms" };
    if (!v[0] && !v[1] && !v[2]) {
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        if (!v[i]) {
            mistake_at(reading, item, "缺少 %s；url、key、timeout_ms 应都有，或都没有（用表格交换）",
                       "%s is missing; expected url, key and timeout_ms, or none of them (asked by spreadsheet)",
                       names[i]);
        }
    }
    if (v[0]) {
        read_url(reading, v[0], &authority->url);
    }
    if (v[1]) {
        read_id(reading, v[1], "key", &authority->key);
    }
    if (v[2]) {
        read_number(reading, v[2], "timeout_ms", 100, 60000, &authority->timeout_ms);
    }
}

static void read_authorities(struct reading *reading, yaml_value *node, struct city *city)
{
    static const struct key keys[] = {
        { "id", false }, { "name", false }, { "url", true }, { "key", true }, { "timeout_ms", true }
    };
    yaml_value **items, *v[5];
    struct str ids[ITEMS_MAX] = { 0 };
    read_list(reading, node, "authorities", 1, ITEMS_MAX, &items, &city->nauthorities);
    city->authorities = ARENA_ARRAY(reading->arena, struct authority, city->nauthorities);
    for (size_t i = 0; i < city->nauthorities; i++) {
        struct authority *authority = &city->authorities[i];
        if (!read_map(reading, items[i], "authority", keys, 5, v)) {
            continue;
        }
        if (read_id(reading, v[0], "id", &authority->id)) {
            id_is_new(reading, v[0], ids, i, authority->id);
        }
        read_name(reading, v[1], "name", &authority->name);
        read_interface(reading, items[i], v + 2, authority);
        ids[i] = authority->id;
    }
}

static void read_papers(struct reading *reading, yaml_value *node, struct city *city)
{
    static const struct key keys[] = { { "id", false }, { "name", false } };
    yaml_value **items, *v[2];
    struct str ids[ITEMS_MAX] = { 0 };
    read_list(reading, node, "papers", 1, ITEMS_MAX, &items, &city->npapers);
    city->papers = ARENA_ARRAY(reading->arena, struct paper_kind, city->npapers);
    for (size_t i = 0; i < city->npapers; i++) {
        struct paper_kind *paper = &city->papers[i];
        if (!read_map(reading, items[i], "paper", keys, 2, v)) {
            continue;
        }
        if (read_id(reading, v[0], "id", &paper->id)) {
            id_is_new(reading, v[0], ids, i, paper->id);
        }
        read_name(reading, v[1], "name", &paper->name);
        ids[i] = paper->id;
    }
}

/* An id as a word to choose; one that could not be read stays as "", so that an index is an index. */
static const char *word_of(struct str id)
{
    return id.n ? id.p : "";
}

static void read_check_papers(struct reading *reading, yaml_value *node, const struct city *city, struct check *check)
{
    yaml_value **items;
    const char *words[ITEMS_MAX];
    size_t n;
    for (size_t i = 0; i < city->npapers; i++) {
        words[i] = word_of(city->papers[i].id);
    }
    read_list(reading, node, "papers", 0, ITEMS_MAX, &items, &n);
    check->papers = ARENA_ARRAY(reading->arena, size_t, n);
    for (size_t i = 0; i < n && city->npapers; i++) {
        size_t paper;
        if (!read_word(reading, items[i], "papers", words, city->npapers, &paper)) {
            continue;
        }
        for (size_t j = 0; j < check->npapers; j++) {
            if (check->papers[j] == paper) {
                mistake_at(reading, items[i], "%s 中“%s”出现了两次；应只有一次",
                           "%s names '%s' twice; expected it once", "papers", words[paper]);
            }
        }
        check->papers[check->npapers++] = paper;
    }
}

static void read_sent(struct reading *reading, yaml_value *node, struct check *check)
{
    yaml_value **items;
    read_list(reading, node, "sent", 1, ITEMS_MAX, &items, &check->nsent);
    check->sent = ARENA_ARRAY(reading->arena, struct name, check->nsent);
    for (size_t i = 0; i < check->nsent; i++) {
        read_name(reading, items[i], "sent", &check->sent[i]);
    }
}

static void read_city_checks(struct reading *reading, yaml_value *node, struct city *city)
{
    static const struct key keys[] = { { "id", false },   { "name", false },   { "authority", false },
                                       { "sent", false }, { "yields", false }, { "papers", false } };
    yaml_value **items, *v[6];
    struct str ids[CHECKS_MAX] = { 0 };
    const char *authorities[ITEMS_MAX];
    for (size_t i = 0; i < city->nauthorities; i++) {
        authorities[i] = word_of(city->authorities[i].id);
    }
    read_list(reading, node, "checks", 1, CHECKS_MAX, &items, &city->nchecks);
    city->checks = ARENA_ARRAY(reading->arena, struct check, city->nchecks);
    for (size_t i = 0; i < city->nchecks; i++) {
        struct check *check = &city->checks[i];
        check->id = STR("");
        if (!read_map(reading, items[i], "check", keys, 6, v)) {
            continue;
        }
        if (read_id(reading, v[0], "id", &check->id)) {
            id_is_new(reading, v[0], ids, i, check->id);
        }
        read_name(reading, v[1], "name", &check->name);
        if (city->nauthorities &&
            read_word(reading, v[2], "authority", authorities, city->nauthorities, &check->authority)) {
            city->authorities[check->authority].checks |= 1u << i;
        }
        read_sent(reading, v[3], check);
        read_facts(reading, v[4], "yields", &check->yields);
        read_check_papers(reading, v[5], city, check);
        ids[i] = check->id;
    }
}

static void read_dwellings(struct reading *reading, yaml_value *node, struct city *city)
{
    static const struct key keys[] = { { "id", false }, { "name", false }, { "check", false }, { "facts", false } };
    const uint32_t rights = FACTS_OF_OWNING | FACT_BIT(FACT_LEASE_REGISTERED) | FACT_BIT(FACT_RESIDENCE_PERMIT);
    yaml_value **items, *v[4];
    struct str ids[ITEMS_MAX] = { 0 };
    const char *checks[CHECKS_MAX];
    for (size_t i = 0; i < city->nchecks; i++) {
        checks[i] = word_of(city->checks[i].id);
    }
    read_list(reading, node, "dwellings", 1, ITEMS_MAX, &items, &city->ndwellings);
    city->dwellings = ARENA_ARRAY(reading->arena, struct dwelling_kind, city->ndwellings);
    for (size_t i = 0; i < city->ndwellings; i++) {
        struct dwelling_kind *dwelling = &city->dwellings[i];
        if (!read_map(reading, items[i], "dwelling", keys, 4, v)) {
            continue;
        }
        if (read_id(reading, v[0], "id", &dwelling->id)) {
            id_is_new(reading, v[0], ids, i, dwelling->id);
        }
        read_name(reading, v[1], "name", &dwelling->name);
        if (city->nchecks) {
            read_word(reading, v[2], "check", checks, city->nchecks, &dwelling->check);
        }
        if (read_facts(reading, v[3], "facts", &dwelling->facts) && dwelling->facts & ~rights) {
            mistake_at(reading, v[3],
                       "facts 中有与居住权利无关的事实；应只有 owns_…、lease_registered、residence_permit",
                       "facts names one that is no right to live there; expected only owns_…, lease_registered, "
                       "residence_permit");
        }
        ids[i] = dwelling->id;
    }
}

static void read_reasons(struct reading *reading, yaml_value *node, struct city *city)
{
    static const struct key keys[] = {
        { "id", false }, { "name", false }, { "instruction", false }, { "remedy", false }, { "checks", true }
    };
    static const char *const remedies[] = { "correct", "paper", "counter", "none" };
    yaml_value **items, *v[5];
    struct str ids[ITEMS_MAX] = { 0 };
    read_list(reading, node, "reasons", 1, ITEMS_MAX, &items, &city->nreasons);
    city->reasons = ARENA_ARRAY(reading->arena, struct reason, city->nreasons);
    for (size_t i = 0; i < city->nreasons; i++) {
        struct reason *reason = &city->reasons[i];
        size_t remedy = 0;
        if (!read_map(reading, items[i], "reason", keys, 5, v)) {
            continue;
        }
        if (read_id(reading, v[0], "id", &reason->id)) {
            id_is_new(reading, v[0], ids, i, reason->id);
        }
        read_name(reading, v[1], "name", &reason->name);
        read_name(reading, v[2], "instruction", &reason->instruction);
        read_word(reading, v[3], "remedy", remedies, sizeof remedies / sizeof *remedies, &remedy);
        reason->remedy = (enum remedy)remedy;
        read_checks(reading, v[4], "checks", city, &reason->checks);
        ids[i] = reason->id;
    }
}

static void read_purposes(struct reading *reading, yaml_value *node, struct city *city)
{
    static const struct key keys[] = { { "id", false }, { "text", false }, { "keep_months", false } };
    yaml_value **items, *v[3];
    struct str ids[ITEMS_MAX] = { 0 };
    read_list(reading, node, "purposes", 1, ITEMS_MAX, &items, &city->npurposes);
    city->purposes = ARENA_ARRAY(reading->arena, struct purpose, city->npurposes);
    for (size_t i = 0; i < city->npurposes; i++) {
        struct purpose *purpose = &city->purposes[i];
        if (!read_map(reading, items[i], "purpose", keys, 3, v)) {
            continue;
        }
        if (read_id(reading, v[0], "id", &purpose->id)) {
            id_is_new(reading, v[0], ids, i, purpose->id);
        }
        read_name(reading, v[1], "text", &purpose->text);
        read_number(reading, v[2], "keep_months", 1, 1200, &purpose->keep_months);
        ids[i] = purpose->id;
    }
}

/* "https://host:port" of an address of pictures; empty: it is none. What follows stands in a header, so that only
 * letters, digits, points, hyphens and a port are taken. */
static struct str origin_of(struct str tiles)
{
    size_t start = sizeof "https://" - 1, end = start;
    while (end < tiles.n && tiles.p[end] != '/') {
        char c = tiles.p[end];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '-' && c != ':') {
            return (struct str){ NULL, 0 };
        }
        end++;
    }
    return str_starts(tiles, STR("https://")) && end > start && end < tiles.n ? str_part(tiles, 0, end)
                                                                              : (struct str){ NULL, 0 };
}

static bool holds(struct str text, const char *part)
{
    return text.n && strstr(text.p, part); /* a scalar ends in a NUL */
}

static void read_base_map(struct reading *reading, yaml_value *node, struct city *city)
{
    static const struct key keys[] = { { "tiles", false }, { "frame", false }, { "attribution", false } };
    static const char *const frames[] = { "cgcs2000", "gcj02" };
    yaml_value *v[3];
    size_t frame = 0;
    struct base_map *map = &city->map;
    if (!node || !read_map(reading, node, "map", keys, 3, v)) {
        return;
    }
    if (read_text(reading, v[0], "tiles", &map->tiles)) {
        map->origin = origin_of(map->tiles);
        if (!map->origin.n || !holds(map->tiles, "{z}") || !holds(map->tiles, "{x}") || !holds(map->tiles, "{y}")) {
            mistake_at(reading, v[0], "tiles 是“%.*s”；应以 https:// 和主机名开头，并含有 {z}、{x}、{y}",
                       "tiles is '%.*s'; expected https://, a host, and {z}, {x}, {y}", STR_ARG(map->tiles));
        }
    }
    if (read_word(reading, v[1], "frame", frames, 2, &frame)) {
        map->frame_gcj02 = frame == 1;
    }
    read_name(reading, v[2], "attribution", &map->attribution);
}

void config_read(struct city *city, struct str text, struct str file, struct city_mistakes *mistakes)
{
    struct reading reading;
    yaml_value *v[CITY_KEY_COUNT];
    yaml_value *root = reading_open(&reading, city->arena, file, text, mistakes);
    if (root && read_map(&reading, root, "city.yaml", top_keys, CITY_KEY_COUNT, v)) {
        uint32_t year = 0;
        read_name(&reading, v[KEY_NAME], "name", &city->name);
        read_code(&reading, v[KEY_CODE], city);
        read_number(&reading, v[KEY_CITY_YEAR], "year", 2000, 2100, &year);
        city->year = (int)year;
        read_languages(&reading, v[KEY_LANGUAGES], city);
        read_contacts(&reading, v[KEY_CONTACTS], city);
        read_city_calendar(&reading, v[KEY_CITY_CALENDAR], city);
        read_stages(&reading, v[KEY_STAGES], city);
        read_authorities(&reading, v[KEY_AUTHORITIES], city);
        read_papers(&reading, v[KEY_PAPERS], city);
        read_city_checks(&reading, v[KEY_CITY_CHECKS], city);
        read_dwellings(&reading, v[KEY_DWELLINGS], city);
        read_reasons(&reading, v[KEY_REASONS], city);
        read_purposes(&reading, v[KEY_PURPOSES], city);
        read_base_map(&reading, v[KEY_MAP], city);
    }
    reading_close(&reading);
}
