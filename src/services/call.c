/* A call: opened from a file of the city's folder, with its offers and sessions; witnesses; the table of steps. */
#include "services/inside.h"

#include "base/clock.h"
#include "base/hex.h"
#include "places/witness.h"
#include "registry/registry.h"
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
    const struct service_offer *offer = &service->offers[which];
    int64_t id;
    if (!plain_offer_add(writing, offer->capacity, service->division, (int64_t)service->answer_days * DAY_MS, &id,
                         error) ||
        !db_run(writing->db, error,
                "insert into service_offer (id, call, code, name_zh, name_en, place_zh, place_en, institution, "
                "capacity, number) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                V_INT(id), V_INT(call), V_TEXT(offer->id), V_TEXT(offer->name.zh), V_TEXT(offer->name.en),
                V_TEXT(offer->place.zh), V_TEXT(offer->place.en), V_IF(institution, V_INT(institution)),
                V_INT(offer->capacity), V_INT(number_of(service, which)))) {
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

bool call_open_run(struct writing *writing, void *input, struct error *error)
{
    struct call_open *open = input;
    const struct service *service = open->service;
    struct str answer;
    bool go, goes_on = false;
    open->result = SERVICE_DONE;
    if (!once_open(writing, open->form_key, open->actor.account, &answer, &go, error)) {
        return false;
    }
    if (!go) {
        return str_to_int(answer, 1, INT64_MAX, &open->id) ||
               error_set(error, "this form's key was used by something else; open it again");
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
    if (!db_one_int(writing->db, error, &open->id, NULL,
                    "insert into service_call (service, division, yaml, state, opened_at, opened_by, reason) "
                    "values (?1, ?2, ?3, 'open', ?4, ?5, '') returning id",
                    V_TEXT(service->id), V_TEXT(service->division), V_TEXT(service->text), V_INT(writing->now),
                    V_INT(open->actor.account))) {
        return false;
    }
    for (size_t i = 0; i < service->noffers; i++) {
        if (!add_offer(writing, service, open->id, i, institutions[i], error)) {
            return false;
        }
    }
    return service_journal(writing, open->actor, "service.open", "service_call", open->id, service->division,
                           service->id, error) &&
           once_close(writing, open->form_key, arena_printf(writing->arena, "%lld", (long long)open->id), error);
}

/* ---- Witnesses ---- */

static const struct service_witness *witness_of(const struct service *service, struct str id)
{
    for (size_t i = 0; i < service->nwitnesses; i++) {
        if (str_eq(service->witnesses[i].id, id)) {
            return &service->witnesses[i];
        }
    }
    return NULL;
}

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
                             "insert into service_witness (call, witness, commitment, committed_at) values "
                             "(?1, ?2, ?3, ?4) on conflict do nothing",
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
    if (!db_one_text(writing->db, error, writing->arena, &kept, &found,
                     "select commitment from service_witness where call = ?1 and witness = ?2", V_INT(call->id),
                     V_TEXT(step->witness))) {
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
    bool opening = str_is(call.state, "closed");
    if (!witness_of(call.service, step->witness)) {
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
    *n = call->service->nwitnesses;
    *out = ARENA_ARRAY(arena, struct call_witness, *n);
    for (size_t i = 0; i < *n; i++) {
        (*out)[i] =
            (struct call_witness){ .id = call->service->witnesses[i].id, .name = call->service->witnesses[i].name };
    }
    struct rows *rows =
        db_query(db, error, "select witness, commitment, secret from service_witness where call = ?1", V_INT(call->id));
    while (rows_next(rows)) {
        for (size_t i = 0; i < *n; i++) {
            if (str_eq((*out)[i].id, rows_text(rows, 0))) {
                (*out)[i].commitment = rows_text_in(rows, 1, arena);
                (*out)[i].secret = rows_text_in(rows, 2, arena);
            }
        }
    }
    return rows_end(rows, error);
}

/* ---- Steps ---- */

static bool end_claims(struct writing *writing, struct call_advance *advance, struct error *error)
{
    int64_t *entries = NULL;
    size_t n = 0;
    struct rows *rows =
        db_query(writing->db, error, "select id from service_entry where call = ?1 order by id", V_INT(advance->id));
    while (rows_next(rows)) {
        entries = arena_grow(writing->arena, entries, n, sizeof *entries);
        entries[n++] = rows_int(rows, 0);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    /* Who waits goes first, so that no place passes on on the way. */
    int64_t ended = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t *offers = NULL;
        size_t noffers = 0;
        rows = db_query(writing->db, error,
                        "select c.offer from claim c join service_offer o on o.id = c.offer where c.subject = ?1 and "
                        "o.call = ?2 and c.state = 'waiting'",
                        V_INT(entries[i]), V_INT(advance->id));
        while (rows_next(rows)) {
            offers = arena_grow(writing->arena, offers, noffers, sizeof *offers);
            offers[noffers++] = rows_int(rows, 0);
        }
        if (!rows_end(rows, error)) {
            return false;
        }
        for (size_t k = 0; k < noffers; k++) {
            enum claim_result result;
            if (!entry_claim(writing, advance->actor, entries[i], offers[k], "cancelled", claim_cancel_run, &result,
                             error)) {
                return false;
            }
            advance->count++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!entry_claims_end(writing, advance->actor, entries[i], 0, "cancelled", &ended, error)) {
            return false;
        }
        advance->count += ended;
    }
    return true;
}

static bool cancel(struct writing *writing, struct call_advance *advance, const struct call *call, struct error *error)
{
    struct str reason = str_trim(advance->reason);
    if (str_is(call->state, "finished") || str_is(call->state, "cancelled")) {
        advance->result = SERVICE_NOT_NOW;
        return true;
    }
    if (reason.n == 0) {
        advance->result = SERVICE_NEEDS_REASON;
        return true;
    }
    return end_claims(writing, advance, error) &&
           db_run(writing->db, error, "update service_call set state = 'cancelled', reason = ?2 where id = ?1",
                  V_INT(call->id), V_TEXT(reason));
}

bool call_advance_run(struct writing *writing, void *input, struct error *error)
{
    static const char *const actions[CALL_STEPS] = { "service.close", "service.draw", "service.finish",
                                                     "service.cancel" };
    struct call_advance *advance = input;
    struct call call;
    struct str answer;
    bool go;
    advance->count = 0;
    if (!once_open(writing, advance->form_key, advance->actor.account, &answer, &go, error)) {
        return false;
    }
    if (!go) {
        advance->result = SERVICE_DONE;
        return str_to_int(answer, 0, INT64_MAX, &advance->count) ||
               error_set(error, "this form's key was used by something else; open it again");
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
             once_close(writing, advance->form_key, arena_printf(writing->arena, "%lld", (long long)advance->count),
                        error)));
}
