/* A call: opened from a file of the city's folder, with its offers and sessions; witnesses; the table of steps. */
#include "services/inside.h"

#include "base/clock.h"
#include "base/hex.h"
#include "places/witness.h"
#include "store/journal.h"

extern const unsigned char services_001_sql[];
const struct migration services_migrations[] = {
    { "services", 1, (const char *)services_001_sql },
};
const size_t services_migrations_count = sizeof services_migrations / sizeof *services_migrations;

bool service_journal(struct writing *writing, struct actor actor, const char *action, const char *kind, int64_t id,
                     struct str division, struct str detail, struct error *error)
{
    return journal_append(writing,
                          &(struct journal_entry){ .actor = actor.account,
                                                   .role = actor.role ? actor.role : "",
                                                   .action = action,
                                                   .subject_kind = kind,
                                                   .subject_id = id,
                                                   .division = division,
                                                   .detail = detail },
                          error);
}

bool call_load(struct writing *writing, int64_t id, struct call *out, enum service_result *result, struct error *error)
{
    bool found;
    *result = SERVICE_DONE; /* callers tell a failure from a refusal by it */
    if (!call_get(writing->db, writing->arena, id, out, &found, error)) {
        return false;
    }
    *result = found ? SERVICE_DONE : SERVICE_NOT_FOUND;
    return true;
}

bool call_takes(const struct call *call, int64_t now)
{
    return str_is(call->state, "open") && now >= call->service->opens && now < call->service->closes;
}

bool call_is_over(const struct call *call)
{
    return str_is(call->state, "finished") || str_is(call->state, "cancelled");
}

struct str call_label(struct arena *arena, const struct call *call)
{
    return arena_printf(arena, "service-%.*s-%lld", STR_ARG(call->service->id), (long long)call->id);
}

/* ---- Opening ---- */

/* Offers stand in the transcript by code. */
static int64_t number_of(const struct service *service, size_t offer)
{
    int64_t number = 0;
    for (size_t i = 0; i < service->noffers; i++) {
        number += str_cmp(service->offers[i].id, service->offers[offer].id) < 0;
    }
    return number;
}

static bool add_offer(struct writing *writing, const struct service *service, int64_t call, size_t which,
                      int64_t institution, struct error *error)
{
    static const char *const sexes[] = { "", "2", "1" }; /* any, female, male: GB/T 2261.1 */
    const struct service_offer *offer = &service->offers[which];
    int64_t id;
    struct service_session first = offer->sessions[0], last = offer->sessions[offer->nsessions - 1];
    if (!plain_offer_add(writing, offer->capacity, service->division, (int64_t)service->answer_days * DAY_MS, &id,
                         error) ||
        !db_run(writing->db, error,
                "insert into service_offer (id, call, code, name_zh, name_en, place_zh, place_en, institution, "
                "capacity, number, first_day, last_day, from_minute, until_minute, sessions, age_from, age_to, sex, "
                "numbers, lunch, bed, staffed, collect) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
                "?13, ?14, "
                "?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)",
                V_INT(id), V_INT(call), V_TEXT(offer->id), V_TEXT(offer->name.zh), V_TEXT(offer->name.en),
                V_TEXT(offer->place.zh), V_TEXT(offer->place.en), V_IF(institution, V_INT(institution)),
                V_INT(offer->capacity), V_INT(number_of(service, which)), V_INT(first.day), V_INT(last.day),
                V_INT(first.from), V_INT(first.until), V_INT((int64_t)offer->nsessions), V_INT(offer->age_from),
                V_INT(offer->age_to), V_TEXT(str_of(sexes[offer->sex])), V_INT(offer->numbers), V_INT(offer->lunch),
                V_INT(offer->bed), V_INT(offer->group), V_INT(offer->collect))) {
        return false;
    }
    for (size_t i = 0; i < offer->nsessions; i++) {
        if (!db_run(writing->db, error,
                    "insert into service_session (offer, day, from_minute, until_minute) values (?1, ?2, ?3, ?4)",
                    V_INT(id), V_INT(offer->sessions[i].day), V_INT(offer->sessions[i].from),
                    V_INT(offer->sessions[i].until))) {
            return false;
        }
    }
    return true;
}

/* The institutions that the offers name; 0 for the bureau itself. */
static bool find_institutions(struct writing *writing, struct call_open *open, int64_t *ids, struct error *error)
{
    for (size_t i = 0; i < open->service->noffers && open->result == SERVICE_DONE; i++) {
        struct str code = open->service->offers[i].institution;
        bool found = true;
        ids[i] = 0;
        if (code.n && !db_one_int(writing->db, error, &ids[i], &found, "select id from institution where code = ?1",
                                  V_TEXT(code))) {
            return false;
        }
        if (!found) {
            open->result = SERVICE_NO_SCHOOL;
            open->code = code;
        }
    }
    return true;
}

static bool add_call(struct writing *writing, struct call_open *open, struct error *error)
{
    const struct service *service = open->service;
    static const char *const results[] = { "", "times", "points" };
    char first[SERVICE_FIRST_MAX];
    for (size_t i = 0; i < service->nfirst; i++) {
        first[i] = service->first[i] == SERVICE_OWN_SCHOOL ? 's' : 'c';
    }
    return db_one_int(
        writing->db, error, &open->id, NULL,
        "insert into service_call (service, division, yaml, state, opened_at, opened_by, reason, name_zh, "
        "name_en, about_zh, about_en, whom, age_from, age_to, mechanism, wishes, together, first, opens, closes, "
        "answer_days, record_zh, record_en, attended, activity, level, results) values (?1, ?2, ?3, 'open', ?4, ?5, "
        "'', ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25) "
        "returning id",
        V_TEXT(service->id), V_TEXT(service->division), V_TEXT(service->text), V_INT(writing->now),
        V_INT(open->actor.account), V_TEXT(service->name.zh), V_TEXT(service->name.en), V_TEXT(service->about.zh),
        V_TEXT(service->about.en), V_INT(service->whom), V_INT(service->age_from), V_INT(service->age_to),
        V_TEXT(service->mechanism == SERVICE_DRAW ? STR("draw") : STR("first_come")), V_INT(service->wishes),
        V_INT(service->together), V_TEXT(((struct str){ first, service->nfirst })), V_INT(service->opens),
        V_INT(service->closes), V_INT(service->answer_days), V_TEXT(service->record.zh), V_TEXT(service->record.en),
        V_INT(service->attended), V_TEXT(service->activity), V_TEXT(service->level),
        V_TEXT(str_of(results[service->results])));
}

static bool add_witnesses(struct writing *writing, const struct call_open *open, struct error *error)
{
    for (size_t i = 0; i < open->service->nwitnesses; i++) {
        const struct service_witness *witness = &open->service->witnesses[i];
        if (!db_run(writing->db, error,
                    "insert into service_witness (call, witness, place, name_zh, name_en) values (?1, ?2, ?3, ?4, ?5)",
                    V_INT(open->id), V_TEXT(witness->id), V_INT((int64_t)i), V_TEXT(witness->name.zh),
                    V_TEXT(witness->name.en))) {
            return false;
        }
    }
    return true;
}

bool call_open_run(struct writing *writing, void *input, struct error *error)
{
    struct call_open *open = input;
    const struct service *service = open->service;
    bool go, goes_on = false;
    open->result = SERVICE_DONE;
    if (!once_open_number(writing, open->form_key, open->actor.account, &open->id, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (!db_one_int(writing->db, error, &open->id, &goes_on,
                    "select id from service_call where service = ?1 and state in ('open', 'closed', 'drawn')",
                    V_TEXT(service->id))) {
        return false;
    }
    int64_t *institutions = ARENA_ARRAY(writing->arena, int64_t, service->noffers);
    if (goes_on) {
        open->result = SERVICE_THERE;
        return true;
    }
    if (writing->now >= service->closes) {
        open->result = SERVICE_LATE;
        return true;
    }
    if (!find_institutions(writing, open, institutions, error) || open->result != SERVICE_DONE) {
        return open->result != SERVICE_DONE;
    }
    if (!add_call(writing, open, error) || !add_witnesses(writing, open, error)) {
        return false;
    }
    for (size_t i = 0; i < service->noffers; i++) {
        if (!add_offer(writing, service, open->id, i, institutions[i], error)) {
            return false;
        }
    }
    return service_journal(writing, open->actor, "service.open", "service_call", open->id, service->division,
                           service->id, error) &&
           once_close_number(writing, open->form_key, open->id, error);
}

/* ---- Witnesses ---- */

/* 64 hexadecimal digits in small letters. */
static bool commitment_read(struct arena *arena, struct str typed, struct str *out)
{
    unsigned char bytes[SM3_BYTES];
    if (!hex_decode(str_trim(typed), bytes, sizeof bytes)) {
        return false;
    }
    *out = hex_encode(arena, bytes, sizeof bytes);
    return true;
}

static bool commit(struct writing *writing, struct call_witness_step *step, const struct call *call,
                   struct error *error)
{
    struct str commitment;
    int64_t added = 0;
    if (writing->now >= call->service->closes) {
        step->result = SERVICE_LATE;
    } else if (!commitment_read(writing->arena, step->hex, &commitment)) {
        step->result = SERVICE_BAD_HEX;
    } else if (!db_run_count(writing->db, error, &added,
                             "update service_witness set commitment = ?3, committed_at = ?4 where call = ?1 and "
                             "witness = ?2 and commitment is null",
                             V_INT(call->id), V_TEXT(step->witness), V_TEXT(commitment), V_INT(writing->now))) {
        return false;
    } else if (added == 0) {
        step->result = SERVICE_TWICE;
    }
    return true;
}

static bool open_secret(struct writing *writing, struct call_witness_step *step, const struct call *call,
                        struct error *error)
{
    struct str commitment, kept;
    bool found;
    int64_t changed = 0;
    if (!witness_commitment(writing->arena, step->hex, &commitment)) {
        step->result = SERVICE_BAD_HEX;
        return true;
    }
    if (!db_one_text(
            writing->db, error, writing->arena, &kept, &found,
            "select commitment from service_witness where call = ?1 and witness = ?2 and commitment is not null",
            V_INT(call->id), V_TEXT(step->witness))) {
        return false;
    }
    if (!found || !str_eq(kept, commitment)) {
        step->result = found ? SERVICE_NOT_MATCHING : SERVICE_NO_WITNESS;
        return true;
    }
    size_t bytes = str_trim(step->hex).n / 2;
    unsigned char *secret = arena_alloc(writing->arena, bytes);
    if (!hex_decode(str_trim(step->hex), secret, bytes)) {
        step->result = SERVICE_BAD_HEX;
        return true;
    }
    if (!db_run_count(writing->db, error, &changed,
                      "update service_witness set secret = ?3, opened_at = ?4 where call = ?1 and witness = ?2 and "
                      "secret is null",
                      V_INT(call->id), V_TEXT(step->witness), V_TEXT(hex_encode(writing->arena, secret, bytes)),
                      V_INT(writing->now))) {
        return false;
    }
    step->result = changed ? SERVICE_DONE : SERVICE_TWICE;
    return true;
}

bool call_witness_run(struct writing *writing, void *input, struct error *error)
{
    struct call_witness_step *step = input;
    struct call call;
    if (!call_load(writing, step->id, &call, &step->result, error) || step->result != SERVICE_DONE) {
        return step->result != SERVICE_DONE;
    }
    bool opening = str_is(call.state, "closed"), known;
    int64_t one;
    if (!db_one_int(writing->db, error, &one, &known, "select 1 from service_witness where call = ?1 and witness = ?2",
                    V_INT(call.id), V_TEXT(step->witness))) {
        return false;
    }
    if (!known) {
        step->result = SERVICE_NOT_FOUND;
        return true;
    }
    if (!opening && !str_is(call.state, "open")) {
        step->result = SERVICE_NOT_NOW;
        return true;
    }
    if (!(opening ? open_secret : commit)(writing, step, &call, error)) {
        return false;
    }
    return step->result != SERVICE_DONE ||
           service_journal(writing, step->actor, opening ? "service.witness_open" : "service.witness_commit",
                           "service_call", call.id, call.division, step->witness, error);
}

bool call_witnesses(struct db *db, struct arena *arena, const struct call *call, struct call_witness **out, size_t *n,
                    struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select witness, coalesce(commitment, ''), coalesce(secret, ''), name_zh, name_en from "
                 "service_witness where call = ?1 order by place",
                 V_INT(call->id));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct call_witness){ rows_text_in(rows, 0, arena),
                                                rows_text_in(rows, 1, arena),
                                                rows_text_in(rows, 2, arena),
                                                { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) } };
    }
    return rows_end(rows, error);
}

/* ---- Steps ---- */

/* Who waits goes first, so that no place passes on on the way. */
bool call_claims_end(struct writing *writing, struct call_advance *advance, bool taken_too, const char *reason,
                     int64_t *ended, struct error *error)
{
    struct open_claim {
        int64_t offer, entry;
        bool waits;
    } *open = NULL;
    size_t n = 0;
    struct rows *rows = db_query(writing->db, error,
                                 "select c.offer, c.subject, case when c.state = 'waiting' then 1 else 0 end as w from "
                                 "claim c join service_offer o on o.id = c.offer where o.call = ?1 and (c.state in "
                                 "('waiting', 'held') or (c.state = 'taken' and ?2 = 1)) order by w desc, c.id",
                                 V_INT(advance->id), V_INT(taken_too));
    while (rows_next(rows)) {
        open = arena_grow(writing->arena, open, n, sizeof *open);
        open[n++] = (struct open_claim){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2) == 1 };
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    *ended = (int64_t)n;
    for (size_t i = 0; i < n; i++) {
        enum claim_result result;
        if (!entry_claim(writing, advance->actor, open[i].entry, open[i].offer, reason,
                         open[i].waits ? claim_cancel_run : claim_return_run, &result, error)) {
            return false;
        }
    }
    return true;
}

static bool cancel(struct writing *writing, struct call_advance *advance, const struct call *call, struct error *error)
{
    struct str reason = str_trim(advance->reason);
    if (call_is_over(call)) {
        advance->result = SERVICE_NOT_NOW;
        return true;
    }
    if (reason.n == 0) {
        advance->result = SERVICE_NEEDS_REASON;
        return true;
    }
    return call_claims_end(writing, advance, true, "cancelled", &advance->count, error) &&
           db_run(writing->db, error, "update service_call set state = 'cancelled', reason = ?2 where id = ?1",
                  V_INT(call->id), V_TEXT(reason));
}

bool call_advance_run(struct writing *writing, void *input, struct error *error)
{
    static const char *const actions[CALL_STEPS] = { "service.close", "service.draw", "service.finish",
                                                     "service.cancel" };
    struct call_advance *advance = input;
    struct call call;
    bool go;
    advance->count = 0;
    if (!once_open_number(writing, advance->form_key, advance->actor.account, &advance->count, &go, error)) {
        return false;
    }
    if (!go) {
        advance->result = SERVICE_DONE;
        return true;
    }
    if (!call_load(writing, advance->id, &call, &advance->result, error) || advance->result != SERVICE_DONE) {
        return advance->result != SERVICE_DONE;
    }
    bool (*const steps[CALL_STEPS])(struct writing *, struct call_advance *, const struct call *,
                                    struct error *) = { call_do_close, call_do_draw, call_do_finish, cancel };
    return steps[advance->step](writing, advance, &call, error) &&
           (advance->result != SERVICE_DONE ||
            (service_journal(writing, advance->actor, actions[advance->step], "service_call", call.id, call.division,
                             arena_printf(writing->arena, "%lld", (long long)advance->count), error) &&
             once_close_number(writing, advance->form_key, advance->count, error)));
}
