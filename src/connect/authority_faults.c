/* See authority_faults.h. */
#include "connect/authority_faults.h"

#include "base/buf.h"

static const char *const type_names[] = { "none", "slow", "silent", "wrong", "broken", "garbled", "down" };
enum { TYPES = sizeof type_names / sizeof *type_names, DEFAULT_SLOW_MS = 1000, MOST_SLOW_MS = 600000 };

/* "0.25" as 250; whole digits, at most three behind the point. */
static bool parse_probability(struct str text, uint32_t *per_mille)
{
    size_t point = str_find(text, '.');
    struct str behind = str_part(text, point + 1, text.n);
    int64_t whole = 0, part = 0;
    if (!str_to_int(str_part(text, 0, point), 0, 1, &whole) || behind.n > 3 || (point < text.n && behind.n == 0) ||
        (behind.n && !str_to_int(behind, 0, 999, &part))) {
        return false;
    }
    for (size_t i = behind.n; i < 3; i++) {
        part *= 10;
    }
    *per_mille = (uint32_t)(whole * 1000 + part);
    return *per_mille <= 1000;
}

static bool parse_fault(struct str item, struct fault *fault)
{
    size_t colon = str_find(item, ':');
    struct str kind = str_trim(str_part(item, 0, colon));
    struct str rest = str_trim(str_part(item, colon + 1, item.n));
    size_t at = str_find(rest, '@');
    struct str chance = str_part(rest, at + 1, rest.n);
    bool certain = at == rest.n;
    rest = str_part(rest, 0, at);
    size_t equals = str_find(rest, '=');
    struct str ms = str_part(rest, equals + 1, rest.n);
    struct str name = str_part(rest, 0, equals);
    *fault = (struct fault){ .ms = DEFAULT_SLOW_MS, .per_mille = 1000 };
    for (size_t i = 1; i < TYPES; i++) {
        if (str_is(name, type_names[i])) {
            fault->type = (enum fault_type)i;
        }
    }
    if (colon == item.n || kind.n == 0 || kind.n >= FAULT_KIND_BYTES || fault->type == FAULT_NONE) {
        return false;
    }
    memcpy(fault->kind, kind.p, kind.n);
    return (equals == rest.n || (fault->type == FAULT_SLOW && str_to_int(ms, 0, MOST_SLOW_MS, &fault->ms))) &&
           (certain || parse_probability(chance, &fault->per_mille));
}

bool faults_parse(struct str text, struct faults *faults, struct error *error)
{
    struct faults fresh = { .seed = 1 };
    struct str item;
    while (str_split(&text, ',', &item)) {
        item = str_trim(item);
        int64_t seed;
        if (item.n == 0) {
            continue;
        }
        if (str_starts(item, STR("seed=")) && str_to_int(str_part(item, 5, item.n), 0, INT64_MAX, &seed)) {
            fresh.seed = (uint64_t)seed;
            continue;
        }
        if (fresh.n == MOST_FAULTS) {
            return error_set(error, "More than %d faults.", MOST_FAULTS);
        }
        if (!parse_fault(item, &fresh.items[fresh.n])) {
            return error_set(error,
                             "'%.*s' is no fault; expected KIND:FAULT[=MS][@PROBABILITY] with slow, silent, wrong, "
                             "broken, garbled or down, as property:slow=800@0.3, or seed=7.",
                             STR_ARG(str_part(item, 0, 60)));
        }
        fresh.n++;
    }
    *faults = fresh;
    return true;
}

struct str faults_format(struct arena *arena, const struct faults *faults)
{
    struct buf out = buf_init(16384);
    for (size_t i = 0; i < faults->n; i++) {
        const struct fault *fault = &faults->items[i];
        buf_printf(&out, "%s:%s", fault->kind, type_names[fault->type]);
        if (fault->type == FAULT_SLOW) {
            buf_printf(&out, "=%lld", (long long)fault->ms);
        }
        if (fault->per_mille < 1000) {
            buf_printf(&out, "@0.%03u", fault->per_mille);
        }
        buf_add_char(&out, ',');
    }
    buf_printf(&out, "seed=%llu", (unsigned long long)faults->seed);
    struct str text = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

/* splitmix64: a good number from a counter. */
static uint64_t mixed(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct fault faults_roll(struct faults *faults, struct str kind)
{
    uint64_t roll = faults->rolls++;
    for (size_t i = 0; i < faults->n; i++) {
        struct fault *fault = &faults->items[i];
        bool meant = strcmp(fault->kind, "*") == 0 || str_is(kind, fault->kind);
        if (meant && mixed(faults->seed ^ mixed(roll * MOST_FAULTS + i)) % 1000 < fault->per_mille) {
            return *fault;
        }
    }
    return (struct fault){ .type = FAULT_NONE };
}
