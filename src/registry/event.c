/* See event.h. An event reads what stands from its day on and says of each version what becomes of it: it goes over
 * (the same from that day on, with another institution, division or name), it ends, or it stays. */
#include "registry/event.h"

#include "registry/facts_sql.h"

struct making {
    struct db *db;
    struct arena *arena;
    const struct event *event;
    struct change_step *steps;
    size_t n;
};

static void add(struct making *making, enum step_act act, const struct kind *kind, const struct fact *fact,
                struct str of)
{
    making->steps = arena_grow(making->arena, making->steps, making->n, sizeof *making->steps);
    making->steps[making->n++] = (struct change_step){ act, kind->id, *fact, of, 0 };
}

/* The version from the event's day on. */
static struct fact from_then(const struct making *making, const struct fact *version)
{
    struct fact fact = *version;
    fact.valid_from = fact.valid_from > making->event->day ? fact.valid_from : making->event->day;
    return fact;
}

static void end(struct making *making, const struct kind *kind, const struct fact *version)
{
    struct fact fact = *version;
    fact.valid_from = making->event->day;
    fact.valid_until = DAY_OPEN;
    add(making, STEP_END, kind, &fact, STR(""));
}

static void set_text(const struct kind *kind, struct fact *fact, const char *column, struct str text)
{
    int i = kind_column(kind, str_of(column));
    if (i >= 0) {
        fact->values[i] = V_TEXT(text);
    }
}

static void set_name(const struct kind *kind, struct fact *fact, struct name name)
{
    if (name.zh.n) {
        set_text(kind, fact, "name_zh", name.zh);
        set_text(kind, fact, "name_en", name.en);
    }
}

/* ---- Reading what stands from the day on ---- */

/* Versions of what belongs to an institution. */
static bool of_institution(struct making *making, const struct kind *kind, int64_t institution, struct versions *out,
                           struct error *error)
{
    return facts_read(
        db_query(making->db, error, kind_sql(kind)->of_institution, V_INT(institution), V_INT(making->event->day)),
        kind, making->arena, &out->items, &out->n, error);
}

/* The thing of this code on the event's day. */
static bool thing(struct making *making, const struct kind *kind, struct str code, struct fact *out, bool *found,
                  struct error *error)
{
    return facts_one(making->db, making->arena, kind, code, (struct as_of){ making->event->day, MOMENT_OPEN }, out,
                     found, error);
}

static bool institution(struct making *making, struct str code, struct fact *out, struct error *error)
{
    bool found = false;
    return thing(making, &KIND_LIST[KIND_INSTITUTION], code, out, &found, error) &&
           (found || error_set(error, "there is no institution %.*s on that day", STR_ARG(code)));
}

/* Institutions that belong to it: a school's canteen. */
static bool children(struct making *making, struct str code, struct versions *out, struct error *error)
{
    const struct facts_ask ask = { .as_of = { making->event->day, MOMENT_OPEN },
                                   .column = STR("parent"),
                                   .value = code };
    return facts_list(making->db, making->arena, &KIND_LIST[KIND_INSTITUTION], &ask, &out->items, &out->n, error);
}

/* ---- What becomes of it ---- */

enum fate { STAYS, GOES, ENDS };

/* Of an institution that is no more: who takes over has its campuses, people and doings; what was said of the
 * institution itself ends with it; what was counted or held in the past stays there. Its own row the event ends. */
static enum fate fate_of(const struct kind *kind, const struct fact *fact)
{
    switch (kind->id) {
    case KIND_SITE:
    case KIND_STAFF:
    case KIND_PUPIL:
    case KIND_MEMBER:
    case KIND_PROGRAMME:
    case KIND_PROJECT:
    case KIND_PROVISION:
    case KIND_VENUE:
    case KIND_ATHLETE:
        return GOES;
    case KIND_HONOUR: {
        struct str holder = fact_text(kind, fact, "holder_kind");
        return str_is(holder, "institution") ? ENDS : str_is(holder, "division") ? STAYS : GOES;
    }
    case KIND_CHARGE:
    case KIND_CONDITION:
        return ENDS;
    default:
        return STAYS;
    }
}

/* Who takes over: the institution, by number or, when the event makes it, by code. */
struct heir {
    int64_t id;
    struct str code, division;
};

/* Has the heir such a membership or provision already? Then the other one ends. */
static bool has_already(struct making *making, const struct kind *kind, const struct fact *fact, struct heir heir,
                        bool *has, struct error *error)
{
    const char *column = kind->id == KIND_MEMBER ? "group_code" : kind->id == KIND_PROVISION ? "kind" : NULL;
    *has = false;
    if (!column) {
        return true;
    }
    for (size_t i = 0; i < making->n && !*has; i++) { /* that an earlier one of the merged brings along */
        const struct change_step *step = &making->steps[i];
        *has = step->act == STEP_RECORD && step->kind == kind->id && step->fact.subject != fact->subject &&
               str_eq(fact_text(kind, &step->fact, column), fact_text(kind, fact, column));
    }
    if (*has || !heir.id) {
        return true;
    }
    int64_t n = 0;
    const struct facts_ask ask = { .as_of = { making->event->day, MOMENT_OPEN },
                                   .institution = heir.id,
                                   .column = str_of(column),
                                   .value = fact_text(kind, fact, column) };
    bool ok = facts_count(making->db, kind, &ask, &n, error);
    *has = n > 0;
    return ok;
}

static void goes(struct making *making, const struct kind *kind, const struct fact *version, struct heir heir)
{
    struct fact fact = from_then(making, version);
    fact.institution = heir.id;
    fact.division = heir.division;
    if (kind->id == KIND_SITE && str_eq(fact_text(kind, &fact, "shared_with"), heir.code)) {
        set_text(kind, &fact, "shared_with", STR(""));
    }
    add(making, STEP_RECORD, kind, &fact, heir.id ? STR("") : heir.code);
}

/* What an event does with one version. heir: who takes over, where the event has one. */
typedef bool act_on(struct making *making, const struct kind *kind, const struct fact *version, const struct heir *heir,
                    struct error *error);

/* Does it with all that is the institution's from the day on, its own versions among them. */
static bool each_of_institution(struct making *making, int64_t institution, act_on *act, const struct heir *heir,
                                struct error *error)
{
    for (size_t k = 0; k < KINDS; k++) {
        const struct kind *kind = &KIND_LIST[k];
        struct versions versions;
        if (!of_institution(making, kind, institution, &versions, error)) {
            return false;
        }
        for (size_t i = 0; i < versions.n; i++) {
            if (!act(making, kind, &versions.items[i], heir, error)) {
                return false;
            }
        }
    }
    return true;
}

/* Of an institution that ends: it goes to the heir, ends or stays. */
static bool hand_over(struct making *making, const struct kind *kind, const struct fact *version,
                      const struct heir *heir, struct error *error)
{
    enum fate fate = fate_of(kind, version);
    bool has = false;
    if (fate == GOES && !has_already(making, kind, version, *heir, &has, error)) {
        return false;
    }
    if (fate == ENDS || has) {
        end(making, kind, version);
    } else if (fate == GOES) {
        goes(making, kind, version, *heir);
    }
    return true;
}

/* ---- The events ---- */

/* The institution that an event makes, after the model of another. */
static void make_institution(struct making *making, const struct fact *model)
{
    const struct kind *kind = &KIND_LIST[KIND_INSTITUTION];
    const struct event *event = making->event;
    struct fact fact = *model;
    fact.subject = 0;
    fact.institution = 0;
    fact.code = event->into;
    fact.valid_from = event->day;
    fact.valid_until = DAY_OPEN;
    if (event->division.n) {
        fact.division = event->division;
    }
    set_name(kind, &fact, event->name);
    int founded = kind_column(kind, STR("founded"));
    fact.values[founded] = V_INT(event->day);
    add(making, STEP_RECORD, kind, &fact, STR(""));
}

static bool rename_from(struct making *making, const struct kind *kind, int64_t subject, struct error *error)
{
    struct versions versions;
    if (!facts_standing(making->db, making->arena, kind, subject, making->event->day, DAY_OPEN, &versions, error)) {
        return false;
    }
    for (size_t i = 0; i < versions.n; i++) {
        struct fact fact = from_then(making, &versions.items[i]);
        set_name(kind, &fact, making->event->name);
        add(making, STEP_RECORD, kind, &fact, STR(""));
    }
    return true;
}

/* The heir of a merger: one that stands, perhaps with a new name, or a new one after the model of the first. */
static bool merge_heir(struct making *making, const struct fact *model, struct heir *heir, struct error *error)
{
    const struct kind *kind = &KIND_LIST[KIND_INSTITUTION];
    const struct event *event = making->event;
    struct fact into;
    bool found = false;
    if (!thing(making, kind, event->into, &into, &found, error)) {
        return false;
    }
    if (found) {
        *heir = (struct heir){ into.subject, into.code, into.division };
        return !event->name.zh.n || rename_from(making, kind, into.subject, error);
    }
    if (!event->into.n || !event->name.zh.n) {
        return error_set(error, "a merger names an institution that goes on, or code and name of a new one");
    }
    *heir = (struct heir){ 0, event->into, event->division.n ? event->division : model->division };
    make_institution(making, model);
    return true;
}

static bool merge(struct making *making, struct error *error)
{
    const struct kind *kind = &KIND_LIST[KIND_INSTITUTION];
    const struct event *event = making->event;
    struct heir heir = { 0 };
    for (size_t i = 0; i < event->nfrom; i++) {
        struct fact old;
        struct versions sub;
        if (str_eq(event->from[i], event->into)) {
            return error_set(error, "%.*s cannot go into itself", STR_ARG(event->into));
        }
        if (!institution(making, event->from[i], &old, error) || (i == 0 && !merge_heir(making, &old, &heir, error)) ||
            !each_of_institution(making, old.subject, hand_over, &heir, error) ||
            !children(making, old.code, &sub, error)) {
            return false;
        }
        for (size_t k = 0; k < sub.n; k++) {
            struct fact fact = from_then(making, &sub.items[k]);
            set_text(kind, &fact, "parent", heir.code);
            add(making, STEP_RECORD, kind, &fact, STR(""));
        }
        end(making, kind, &old);
    }
    return event->nfrom || error_set(error, "a merger names who goes into the other");
}

static bool is_among(struct str code, const struct str *codes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(code, codes[i])) {
            return true;
        }
    }
    return false;
}

static bool split(struct making *making, struct error *error)
{
    const struct event *event = making->event;
    const struct kind *site = &KIND_LIST[KIND_SITE], *pupil = &KIND_LIST[KIND_PUPIL];
    struct fact old, other;
    struct versions sites, pupils;
    bool found = false;
    if (event->nfrom != 1 || !event->into.n || !event->name.zh.n || !(event->nsites || event->stage.n)) {
        return error_set(error, "a split names the institution, code and name of the new one, and what goes over");
    }
    if (!institution(making, event->from[0], &old, error) ||
        !thing(making, &KIND_LIST[KIND_INSTITUTION], event->into, &other, &found, error)) {
        return false;
    }
    if (found) {
        return error_set(error, "%.*s stands already", STR_ARG(event->into));
    }
    struct heir heir = { 0, event->into, event->division.n ? event->division : old.division };
    size_t over = 0;
    make_institution(making, &old);
    if (!of_institution(making, site, old.subject, &sites, error) ||
        !of_institution(making, pupil, old.subject, &pupils, error)) {
        return false;
    }
    for (size_t i = 0; i < sites.n; i++) {
        if (is_among(sites.items[i].code, event->sites, event->nsites)) {
            goes(making, site, &sites.items[i], heir);
            over++;
        }
    }
    if (over < event->nsites) {
        return error_set(error, "a campus that is named does not belong to %.*s", STR_ARG(old.code));
    }
    for (size_t i = 0; i < pupils.n; i++) {
        if (event->stage.n && str_eq(fact_text(pupil, &pupils.items[i], "stage"), event->stage)) {
            goes(making, pupil, &pupils.items[i], heir);
        }
    }
    return true;
}

/* It belongs to another division. */
static bool move_version(struct making *making, const struct kind *kind, const struct fact *version,
                         const struct heir *heir, struct error *error)
{
    struct fact fact = from_then(making, version);
    (void)heir;
    (void)error;
    fact.division = making->event->division;
    add(making, STEP_RECORD, kind, &fact, STR(""));
    return true;
}

static bool move(struct making *making, struct error *error)
{
    const struct event *event = making->event;
    struct fact old, division;
    struct versions sub;
    bool found = false;
    if (event->nfrom != 1 || !event->division.n) {
        return error_set(error, "a move names the institution and the division");
    }
    if (!institution(making, event->from[0], &old, error) || !children(making, old.code, &sub, error) ||
        !thing(making, &KIND_LIST[KIND_DIVISION], event->division, &division, &found, error)) {
        return false;
    }
    if (!found) {
        return error_set(error, "there is no division %.*s on that day", STR_ARG(event->division));
    }
    if (!each_of_institution(making, old.subject, move_version, NULL, error)) {
        return false;
    }
    for (size_t i = 0; i < sub.n; i++) {
        if (!each_of_institution(making, sub.items[i].subject, move_version, NULL, error)) {
            return false;
        }
    }
    return true;
}

static bool rename_thing(struct making *making, struct error *error)
{
    const struct event *event = making->event;
    const enum kind_id kinds[] = { KIND_INSTITUTION, KIND_DIVISION };
    if (event->nfrom != 1 || !event->name.zh.n) {
        return error_set(error, "a renaming names the institution or division and its new name");
    }
    for (size_t i = 0; i < 2; i++) {
        struct fact old;
        bool found = false;
        if (!thing(making, &KIND_LIST[kinds[i]], event->from[0], &old, &found, error)) {
            return false;
        }
        if (found) {
            return rename_from(making, &KIND_LIST[kinds[i]], old.subject, error);
        }
    }
    return error_set(error, "there is no institution or division %.*s on that day", STR_ARG(event->from[0]));
}

/* A code within the division has another beginning. */
static struct str recoded(struct making *making, struct str code)
{
    const struct event *event = making->event;
    if (!code.n || !str_starts(code, event->from[0])) {
        return code;
    }
    return arena_printf(making->arena, "%.*s%.*s", STR_ARG(event->into),
                        STR_ARG(str_part(code, event->from[0].n, code.n)));
}

static bool recode(struct making *making, struct error *error)
{
    const struct event *event = making->event;
    const struct kind *division = &KIND_LIST[KIND_DIVISION];
    struct fact old;
    int64_t subject = 0;
    bool found = false;
    if (event->nfrom != 1 || !event->into.n) {
        return error_set(error, "a recoding names the division's old and new code");
    }
    if (!facts_subject_of(making->db, division, event->into, &subject, &found, error)) {
        return false;
    }
    if (found) {
        return error_set(error, "%.*s is the code of a division already", STR_ARG(event->into));
    }
    if (!thing(making, division, event->from[0], &old, &found, error)) {
        return false;
    }
    if (!found || !str_eq(old.code, event->from[0])) {
        return error_set(error, "there is no division %.*s on that day", STR_ARG(event->from[0]));
    }
    for (size_t k = 0; k < KINDS; k++) {
        const struct kind *kind = &KIND_LIST[k];
        struct versions versions;
        struct str behind = arena_printf(making->arena, "%.*s~", STR_ARG(event->from[0]));
        if (!facts_read(db_query(making->db, error, kind_sql(kind)->of_division, V_TEXT(event->from[0]), V_TEXT(behind),
                                 V_INT(event->day)),
                        kind, making->arena, &versions.items, &versions.n, error)) {
            return false;
        }
        for (size_t i = 0; i < versions.n; i++) {
            struct fact fact = from_then(making, &versions.items[i]);
            fact.division = recoded(making, fact.division);
            if (kind->id == KIND_DIVISION) {
                fact.code = recoded(making, fact.code);
                set_text(kind, &fact, "parent", recoded(making, fact_text(kind, &fact, "parent")));
            } else if (kind->id == KIND_HONOUR && str_is(fact_text(kind, &fact, "holder_kind"), "division")) {
                set_text(kind, &fact, "holder", recoded(making, fact_text(kind, &fact, "holder")));
            }
            add(making, STEP_RECORD, kind, &fact, STR(""));
        }
    }
    return true;
}

/* What is an institution's ends with it, but the past that stays; its pupils go where they are sent. */
static bool close_version(struct making *making, const struct kind *kind, const struct fact *version,
                          const struct heir *heir, struct error *error)
{
    enum fate fate = fate_of(kind, version);
    (void)error;
    if (heir && kind->id == KIND_PUPIL) {
        goes(making, kind, version, *heir);
    } else if (fate != STAYS && !(kind->id == KIND_HONOUR && fate == GOES)) {
        end(making, kind, version);
    }
    return true;
}

static bool close_one(struct making *making, const struct fact *old, const struct heir *heir, struct error *error)
{
    if (!each_of_institution(making, old->subject, close_version, heir, error)) {
        return false;
    }
    end(making, &KIND_LIST[KIND_INSTITUTION], old);
    return true;
}

static bool close_down(struct making *making, struct error *error)
{
    const struct event *event = making->event;
    struct fact old, into;
    struct versions sub;
    struct heir heir = { 0 };
    if (event->nfrom != 1) {
        return error_set(error, "a closing names the institution");
    }
    if (!institution(making, event->from[0], &old, error) || !children(making, old.code, &sub, error)) {
        return false;
    }
    if (event->into.n) {
        if (!institution(making, event->into, &into, error)) {
            return false;
        }
        heir = (struct heir){ into.subject, into.code, into.division };
    }
    for (size_t i = 0; i < sub.n; i++) {
        if (!close_one(making, &sub.items[i], NULL, error)) {
            return false;
        }
    }
    return close_one(making, &old, event->into.n ? &heir : NULL, error);
}

bool event_steps(struct db *db, struct arena *arena, const struct event *event, struct change_step **steps, size_t *n,
                 struct error *error)
{
    static bool (*const makers[])(struct making *, struct error *) = {
        [EVENT_MERGE] = merge,         [EVENT_SPLIT] = split,   [EVENT_MOVE] = move,
        [EVENT_RENAME] = rename_thing, [EVENT_RECODE] = recode, [EVENT_CLOSE] = close_down,
    };
    struct making making = { .db = db, .arena = arena, .event = event };
    if (!makers[event->act](&making, error)) {
        return false;
    }
    *steps = making.steps;
    *n = making.n;
    return true;
}

const char *event_name(enum event_act act)
{
    static const char *const names[] = { "merge", "split", "move", "rename", "recode", "close" };
    return names[act];
}
