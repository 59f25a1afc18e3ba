/* Reads services/ID.yaml: see services.h. */
#include "city/services.h"

#include "base/clock.h"
#include "city/parts.h"

enum { WEEKDAYS = 7 };

size_t service_offer_index(const struct service *service, struct str id)
{
    for (size_t i = 0; i < service->noffers; i++) {
        if (str_eq(service->offers[i].id, id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* ---- Times ---- */

/* 1 is Monday. */
static int64_t weekday_of(int64_t day)
{
    return (day + 3) % WEEKDAYS + 1;
}

/* Days of the week as bits; all when the key is missing. */
static unsigned read_weekdays(struct reading *reading, yaml_value *node)
{
    yaml_value **items;
    size_t n = 0;
    unsigned bits = 0;
    if (!node) {
        return ~0U;
    }
    (void)read_list(reading, node, "weekdays", 1, WEEKDAYS, &items, &n);
    for (size_t i = 0; i < n; i++) {
        uint32_t weekday = 0;
        if (read_number(reading, items[i], "weekdays", 1, WEEKDAYS, &weekday)) {
            bits |= 1U << weekday;
        }
    }
    return bits;
}

static void make_sessions(struct reading *reading, yaml_value *at, struct service_offer *offer, int64_t first,
                          int64_t last, unsigned weekdays, int64_t from, int64_t until)
{
    size_t n = 0;
    for (int64_t day = first; day <= last && n <= SERVICE_SESSIONS_MAX; day++) {
        n += (weekdays & 1U << weekday_of(day)) != 0;
    }
    if (n == 0 || n > SERVICE_SESSIONS_MAX) {
        mistake_at(reading, at, "这些日期给出 %zu 次活动；应为 1 到 %d 次",
                   "these days make %zu sessions; expected 1 to %d", n, (int)SERVICE_SESSIONS_MAX);
        return;
    }
    offer->sessions = ARENA_ARRAY(reading->arena, struct service_session, n);
    for (int64_t day = first; day <= last; day++) {
        if (weekdays & 1U << weekday_of(day)) {
            offer->sessions[offer->nsessions++] = (struct service_session){ day, from, until };
        }
    }
}

/* Who applies for themselves has an account, which knows no birthday and no sex. */
static void needs_birthday(struct reading *reading, yaml_value *node, const struct service *service, const char *key)
{
    if (service->whom & SERVICE_FOR_SELF) {
        mistake_at(reading, node, "有本人报名的服务不能有 %s：成年人的生日和性别系统不知道",
                   "a service that one may enter for oneself cannot have %s: an account knows no birthday and no sex",
                   key);
    }
}

static void read_ages(struct reading *reading, yaml_value *node, const struct service *service, uint32_t *from,
                      uint32_t *to)
{
    static const struct key keys[] = { { "from", false }, { "to", false } };
    yaml_value *v[2];
    if (!node || !read_map(reading, node, "ages", keys, 2, v)) {
        return;
    }
    if (read_number(reading, v[0], "from", 0, 120, from) && read_number(reading, v[1], "to", 1, 120, to) &&
        *from > *to) {
        mistake_at(reading, v[1], "to 小于 from%.0s", "'to' is below 'from'%.0s", "");
    }
    needs_birthday(reading, node, service, "ages");
}

/* ---- Offers ---- */

static void read_offer(struct reading *reading, yaml_value *node, struct service *service, struct str *ids)
{
    static const struct key keys[] = { { "id", false },         { "name", false },     { "place", false },
                                       { "institution", true }, { "capacity", false }, { "from", false },
                                       { "to", true },          { "weekdays", true },  { "hours", false },
                                       { "ages", true },        { "sex", true },       { "numbers", true },
                                       { "lunch", true },       { "bed", true },       { "group", true },
                                       { "collect", true } };
    static const char *const sexes[] = { "female", "male" };
    enum { KEYS = sizeof keys / sizeof *keys };
    struct service_offer *offer = &service->offers[service->noffers];
    int64_t first = 0, last = 0, from = 0, until = 0;
    yaml_value *v[KEYS];
    size_t word = 0;
    *offer = (struct service_offer){ 0 };
    if (!read_map(reading, node, "offers", keys, KEYS, v)) {
        return;
    }
    if (read_id(reading, v[0], "id", &offer->id)) {
        (void)id_is_new(reading, v[0], ids, service->noffers, offer->id);
    }
    (void)read_name(reading, v[1], "name", &offer->name);
    (void)read_name(reading, v[2], "place", &offer->place);
    if (v[3]) {
        (void)read_text(reading, v[3], "institution", &offer->institution);
    }
    (void)read_number(reading, v[4], "capacity", 1, 100000, &offer->capacity);
    bool days = read_day(reading, v[5], "from", &first);
    last = first;
    days = (!v[6] || read_day(reading, v[6], "to", &last)) && days;
    unsigned weekdays = read_weekdays(reading, v[7]);
    if (read_hours(reading, v[8], "hours", &from, &until) && days) {
        make_sessions(reading, v[6] ? v[6] : v[5], offer, first, last, weekdays, from, until);
    }
    read_ages(reading, v[9], service, &offer->age_from, &offer->age_to);
    if (v[10] && read_word(reading, v[10], "sex", sexes, 2, &word)) {
        offer->sex = word == 0 ? SERVICE_FEMALE : SERVICE_MALE;
        needs_birthday(reading, v[10], service, "sex");
    }
    if (v[11]) {
        (void)read_number(reading, v[11], "numbers", 1, 900000, &offer->numbers);
    }
    if (v[12]) {
        (void)read_bool(reading, v[12], "lunch", &offer->lunch);
    }
    if (v[13]) {
        (void)read_bool(reading, v[13], "bed", &offer->bed);
    }
    if (v[14]) {
        (void)read_number(reading, v[14], "group", 1, 200, &offer->group);
    }
    if (v[15]) {
        (void)read_bool(reading, v[15], "collect", &offer->collect);
    }
    ids[service->noffers++] = offer->id;
}

static void read_offers(struct reading *reading, yaml_value *node, struct service *service)
{
    yaml_value **items;
    size_t n = 0;
    (void)read_list(reading, node, "offers", 1, SERVICE_OFFERS_MAX, &items, &n);
    service->offers = ARENA_ARRAY(reading->arena, struct service_offer, n);
    struct str *ids = ARENA_ARRAY(reading->arena, struct str, n);
    for (size_t i = 0; i < n; i++) {
        read_offer(reading, items[i], service, ids);
    }
}

/* ---- The rules ---- */

static void read_whom(struct reading *reading, yaml_value *node, struct service *service)
{
    static const char *const words[] = { "child", "self", "listed" };
    yaml_value **items;
    size_t n = 0, word;
    (void)read_list(reading, node, "for", 1, 3, &items, &n);
    for (size_t i = 0; i < n; i++) {
        if (read_word(reading, items[i], "for", words, 3, &word)) {
            service->whom |= 1U << word;
        }
    }
}

static void read_first(struct reading *reading, yaml_value *node, struct service *service)
{
    static const char *const words[] = { "own_school", "own_county" };
    yaml_value **items;
    size_t n = 0, word;
    if (!node) {
        return;
    }
    (void)read_list(reading, node, "first", 0, SERVICE_FIRST_MAX, &items, &n);
    for (size_t i = 0; i < n; i++) {
        if (read_word(reading, items[i], "first", words, 2, &word)) {
            service->first[service->nfirst++] = (enum service_first)word;
        }
    }
    if (service->nfirst && service->mechanism == SERVICE_FIRST_COME) {
        mistake_at(reading, node, "first_come 按先后给名额，没有谁在前%.0s",
                   "first_come gives places by the moment: nobody stands first%.0s", "");
    }
}

static void read_witnesses(struct reading *reading, yaml_value *at, yaml_value *node, struct service *service)
{
    static const struct key keys[] = { { "id", false }, { "name", false } };
    struct str ids[SERVICE_WITNESSES_MAX];
    yaml_value **items, *v[2];
    size_t n = 0;
    if (node) {
        (void)read_list(reading, node, "witnesses", 1, SERVICE_WITNESSES_MAX, &items, &n);
    } else if (service->mechanism == SERVICE_DRAW) {
        mistake_at(reading, at, "mechanism 是 draw；缺少 witnesses（至少一位见证人）%.0s",
                   "mechanism is draw; expected witnesses (at least one)%.0s", "");
    }
    for (size_t i = 0; i < n; i++) {
        struct service_witness *witness = &service->witnesses[service->nwitnesses];
        if (!read_map(reading, items[i], "witnesses", keys, 2, v)) {
            continue;
        }
        if (read_id(reading, v[0], "id", &witness->id)) {
            (void)id_is_new(reading, v[0], ids, service->nwitnesses, witness->id);
        }
        (void)read_name(reading, v[1], "name", &witness->name);
        ids[service->nwitnesses++] = witness->id;
    }
}

static void read_record(struct reading *reading, yaml_value *node, struct service *service)
{
    static const struct key keys[] = { { "name", false }, { "attended", false } };
    yaml_value *v[2];
    if (node && read_map(reading, node, "record", keys, 2, v)) {
        service->records = true;
        (void)read_name(reading, v[0], "name", &service->record);
        (void)read_number(reading, v[1], "attended", 1, SERVICE_SESSIONS_MAX, &service->attended);
    }
}

/* What nobody could attend often enough, and what begins before the window closes. */
static void check_offers(struct reading *reading, yaml_value *node, const struct service *service)
{
    for (size_t i = 0; i < service->noffers; i++) {
        const struct service_offer *offer = &service->offers[i];
        if (offer->nsessions == 0) {
            continue;
        }
        if (service->records && service->attended > offer->nsessions) {
            mistake_at(reading, node, "“%.*s”只有 %zu 次，达不到 record 要求的 %u 次",
                       "'%.*s' has %zu sessions, fewer than the %u that record asks for", STR_ARG(offer->id),
                       offer->nsessions, service->attended);
        }
        if (service->mechanism == SERVICE_DRAW && day_start_ms(offer->sessions[0].day) < service->closes) {
            mistake_at(reading, node, "“%.*s”在 closes 之前就开始", "'%.*s' begins before 'closes'",
                       STR_ARG(offer->id));
        }
    }
}

static void read_activity(struct reading *reading, yaml_value *node, struct service *service)
{
    static const struct key keys[] = { { "kind", false }, { "level", false } };
    static const char *const kinds[] = { "sport_event", "training", "meeting" };
    static const char *const levels[] = { "national", "provincial", "city", "county" };
    yaml_value *v[2];
    size_t word;
    if (!node || !read_map(reading, node, "activity", keys, 2, v)) {
        return;
    }
    if (read_word(reading, v[0], "kind", kinds, 3, &word)) {
        service->activity = str_of(kinds[word]);
    }
    if (read_word(reading, v[1], "level", levels, 4, &word)) {
        service->level = str_of(levels[word]);
    }
}

static void read_results(struct reading *reading, yaml_value *node, struct service *service)
{
    static const char *const words[] = { "times", "points" };
    size_t word;
    if (!node || !read_word(reading, node, "results", words, 2, &word)) {
        return;
    }
    service->results = word == 0 ? SERVICE_TIMES : SERVICE_POINTS;
    for (size_t i = 0; i < service->noffers; i++) {
        if (service->offers[i].numbers == 0) {
            mistake_at(reading, node, "成绩按号码登记：“%.*s”缺少 numbers",
                       "results are noted by start number: '%.*s' has no numbers", STR_ARG(service->offers[i].id));
        }
    }
}

static void read_service(struct reading *reading, yaml_value *root, struct service *service)
{
    static const struct key keys[] = {
        { "name", false },   { "about", false },     { "division", false },    { "for", false },
        { "ages", true },    { "mechanism", false }, { "wishes", true },       { "first", true },
        { "opens", false },  { "closes", false },    { "answer_days", false }, { "witnesses", true },
        { "offers", false }, { "together", true },   { "record", true },       { "activity", true },
        { "results", true },
    };
    enum { KEYS = sizeof keys / sizeof *keys };
    static const char *const mechanisms[] = { "draw", "first_come" };
    yaml_value *v[KEYS];
    size_t word = 0;
    service->wishes = 1;
    if (!read_map(reading, root, "the service", keys, KEYS, v)) {
        return;
    }
    (void)read_name(reading, v[0], "name", &service->name);
    (void)read_name(reading, v[1], "about", &service->about);
    (void)read_text(reading, v[2], "division", &service->division);
    read_whom(reading, v[3], service);
    read_ages(reading, v[4], service, &service->age_from, &service->age_to);
    (void)read_word(reading, v[5], "mechanism", mechanisms, 2, &word);
    service->mechanism = (enum service_mechanism)word;
    if (v[6] && read_number(reading, v[6], "wishes", 1, SERVICE_WISHES_MAX, &service->wishes) && service->wishes > 1 &&
        service->mechanism == SERVICE_FIRST_COME) {
        mistake_at(reading, v[6], "first_come 一次只选一个%.0s", "first_come takes one choice at a time%.0s", "");
    }
    read_first(reading, v[7], service);
    if (read_moment(reading, v[8], "opens", &service->opens) &&
        read_moment(reading, v[9], "closes", &service->closes) && service->closes <= service->opens) {
        mistake_at(reading, v[9], "closes 不晚于 opens%.0s", "'closes' is not after 'opens'%.0s", "");
    }
    (void)read_number(reading, v[10], "answer_days", 1, 60, &service->answer_days);
    read_witnesses(reading, v[5] ? v[5] : root, v[11], service);
    read_offers(reading, v[12], service);
    if (v[13] && read_bool(reading, v[13], "together", &service->together) && service->together &&
        (service->mechanism == SERVICE_FIRST_COME || !(service->whom & SERVICE_FOR_CHILD))) {
        mistake_at(reading, v[13], "together 只用于孩子的摇号%.0s", "together is for draws of children alone%.0s", "");
    }
    read_record(reading, v[14], service);
    read_activity(reading, v[15], service);
    read_results(reading, v[16], service);
    if (v[12]) {
        check_offers(reading, v[12], service);
    }
}

static void read_one(struct reading *reading, yaml_value *root, struct str id, void *out)
{
    struct service *service = out;
    service->id = id;
    read_service(reading, root, service);
}

void services_read(struct arena *arena, struct str folder, struct service ***services, size_t *n,
                   struct city_mistakes *mistakes)
{
    void **items;
    folder_read(arena, folder, "services", sizeof(struct service), read_one, &items, n, mistakes);
    *services = (struct service **)items;
    for (size_t i = 0; i < *n; i++) {
        struct service *service = (*services)[i];
        struct str path = arena_printf(arena, "%.*s/services/%.*s.yaml", STR_ARG(folder), STR_ARG(service->id));
        (void)read_file(arena, path.p, mistakes, &service->text);
    }
}

struct service *service_parse(struct arena *arena, struct str id, struct str text, struct city_mistakes *mistakes)
{
    struct service *service = ARENA_NEW(arena, struct service);
    struct reading reading;
    size_t before = mistakes->n;
    *service = (struct service){ .id = arena_str(arena, id), .text = arena_str(arena, text) };
    yaml_value *root =
        reading_open(&reading, arena, arena_printf(arena, "%.*s.yaml", STR_ARG(id)), service->text, mistakes);
    if (root) {
        read_service(&reading, root, service);
    }
    reading_close(&reading);
    return root && mistakes->n == before ? service : NULL;
}

const struct service *city_service(const struct city *city, struct str id)
{
    for (size_t i = 0; i < city->nservices; i++) {
        if (str_eq(city->services[i]->id, id)) {
            return city->services[i];
        }
    }
    return NULL;
}
