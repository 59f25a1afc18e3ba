/* Entries: sent, sent again, answered, withdrawn. What a person takes is looked at in the transaction that takes it,
 * and there is one writer, so two requests at once cannot both pass. */
#include "services/inside.h"

#include "allot/allot.h"
#include "base/clock.h"
#include "base/hex.h"
#include "places/child.h"
#include "places/receipt.h"

#include <string.h>

/* ---- May they? ---- */

int64_t age_on(int64_t birth, int64_t day)
{
    int year, month, date, born_year, born_month, born_date;
    day_parts(day, &year, &month, &date);
    day_parts(birth, &born_year, &born_month, &born_date);
    return year - born_year - (month < born_month || (month == born_month && date < born_date));
}

/* Is somebody of this birthday and sex of the category of an offer, on its first day? */
bool category_fits(struct writing *writing, const struct service *service, int64_t offer, int64_t birth, struct str sex,
                   enum service_result *result, struct error *error)
{
    struct rows *rows = db_query(
        writing->db, error, "select first_day, age_from, age_to, sex from service_offer where id = ?1", V_INT(offer));
    if (rows_next(rows)) {
        int64_t age = age_on(birth, rows_int(rows, 0)), from = rows_int(rows, 1), to = rows_int(rows, 2);
        struct str wanted = rows_text(rows, 3);
        bool young = (service->age_to && age < service->age_from) || (to && age < from);
        bool old = (service->age_to && age > service->age_to) || (to && age > to);
        *result = young || old ? SERVICE_AGE : wanted.n && sex.n && !str_eq(wanted, sex) ? SERVICE_SEX : SERVICE_DONE;
    }
    return rows_end(rows, error);
}

/* SERVICE_DONE when the person may be entered by the account. */
static bool person_fits(struct writing *writing, const struct entry_send *send, const struct service *service,
                        enum service_result *result, struct error *error)
{
    bool is_child = strcmp(send->person.kind, "child") == 0, is_listed = strcmp(send->person.kind, "person") == 0;
    bool theirs = is_listed || send->person.id == send->actor.account, found = false;
    int64_t birth = 0;
    struct str sex = { "", 0 };
    *result = SERVICE_NOT_YOURS;
    if (!(service->whom & (is_child ? SERVICE_FOR_CHILD : is_listed ? SERVICE_FOR_LISTED : SERVICE_FOR_SELF))) {
        return true;
    }
    if (is_child && !child_has_guardian(writing->db, send->actor.account, send->person.id, &theirs, error)) {
        return false;
    }
    if (!theirs) {
        return true;
    }
    *result = SERVICE_DONE;
    if (!is_child && !is_listed) {
        return true;
    }
    struct rows *rows = db_query(writing->db, error,
                                 is_child ? "select birth_day, sex from child where id = ?1"
                                          : "select birth_day, sex from person where id = ?1",
                                 V_INT(send->person.id));
    if (rows_next(rows)) {
        found = true;
        birth = rows_int(rows, 0);
        sex = rows_text_in(rows, 1, writing->arena);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < send->n && found && *result == SERVICE_DONE; i++) {
        if (!category_fits(writing, service, send->offers[i], birth, sex, result, error)) {
            return false;
        }
    }
    *result = found ? *result : SERVICE_NOT_YOURS;
    return true;
}

/* Each an offer of the call, none twice, not more than the service takes. */
static bool wishes_fit(struct writing *writing, const struct entry_send *send, const struct service *service,
                       enum service_result *result, struct error *error)
{
    *result = send->n >= 1 && send->n <= service->wishes ? SERVICE_DONE : SERVICE_NO_WISH;
    for (size_t i = 0; i < send->n && *result == SERVICE_DONE; i++) {
        int64_t one;
        bool found;
        if (!db_one_int(writing->db, error, &one, &found, "select 1 from service_offer where id = ?1 and call = ?2",
                        V_INT(send->offers[i]), V_INT(send->call))) {
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            found = found && send->offers[k] != send->offers[i];
        }
        *result = found ? SERVICE_DONE : SERVICE_NO_WISH;
    }
    return true;
}

/* A child of a family and a person of the register may be one human: by the number's hash, which both have. Has the
 * other one an entry in the call? */
static bool entered_otherwise(struct writing *writing, const struct entry_send *send, bool *out, struct error *error)
{
    int64_t one;
    bool is_child = strcmp(send->person.kind, "child") == 0;
    *out = false;
    if (!is_child && strcmp(send->person.kind, "person") != 0) {
        return true;
    }
    return db_one_int(writing->db, error, &one, out,
                      is_child ? "select 1 from child a cross join person b cross join service_entry e where a.id = ?1 "
                                 "and b.citizen_hash = a.citizen_hash and e.person_kind = 'person' and e.person = b.id "
                                 "and e.call = ?2 and e.state = 'sent'"
                               : "select 1 from person a cross join child b cross join service_entry e where a.id = ?1 "
                                 "and b.citizen_hash = a.citizen_hash and e.person_kind = 'child' and e.person = b.id "
                                 "and e.call = ?2 and e.state = 'sent'",
                      V_INT(send->person.id), V_INT(send->call));
}

/* Has the person a taken place at the time of a session of the offer, other than on this offer? Of a call that was
 * cancelled nobody has. */
static bool overlaps(struct writing *writing, struct record_person person, int64_t offer, bool *out,
                     struct error *error)
{
    int64_t one;
    /* From the few places of the person to their sessions, whatever a planner knows of the tables. */
    return db_one_int(
        writing->db, error, &one, out,
        "select 1 from service_entry e cross join claim c cross join service_session b cross join service_session a "
        "where e.person_kind = ?2 and e.person = ?3 and c.subject = e.id and c.state = 'taken' and c.offer <> ?1 and "
        "b.offer = c.offer and a.offer = ?1 and a.day = b.day and b.from_minute < a.until_minute and "
        "a.from_minute < b.until_minute limit 1",
        V_INT(offer), V_TEXT(str_of(person.kind)), V_INT(person.id));
}

/* ---- Claims ---- */

bool entry_claim(struct writing *writing, struct actor actor, int64_t entry, int64_t offer, const char *reason,
                 bool (*run)(struct writing *writing, void *input, struct error *error), enum claim_result *result,
                 struct error *error)
{
    struct claim_step step = { .actor = actor,
                               .offer = offer,
                               .subject = entry,
                               .subject_kind = "service_entry",
                               .reason = reason ? str_of(reason) : STR("") };
    /* First come, first in the list, whatever the clock says: the ledger's entries are counted one by one, and every
     * claim writes one. */
    int64_t last = 0;
    if (run == claim_wait_run &&
        !db_one_int(writing->db, error, &last, NULL, "select coalesce(max(id), 0) from ledger_entry")) {
        return false;
    }
    step.sort = arena_printf(writing->arena, "%020lld", (long long)last);
    if (!run(writing, &step, error)) {
        return false;
    }
    *result = step.result;
    return true;
}

bool entry_claims_end(struct writing *writing, struct actor actor, int64_t entry, int64_t but, const char *reason,
                      int64_t *ended, struct error *error)
{
    struct open_claim {
        int64_t offer;
        bool waits;
    } *open = NULL;
    size_t n = 0;
    struct rows *rows = db_query(writing->db, error,
                                 "select c.offer, c.state from claim c join service_offer o on o.id = c.offer "
                                 "join service_entry e on e.id = c.subject and e.call = o.call "
                                 "where c.subject = ?1 and c.offer <> ?2 and c.state <> 'returned' order by c.id",
                                 V_INT(entry), V_INT(but));
    while (rows_next(rows)) {
        open = arena_grow(writing->arena, open, n, sizeof *open);
        open[n++] = (struct open_claim){ rows_int(rows, 0), str_is(rows_text(rows, 1), "waiting") };
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    *ended = (int64_t)n;
    for (size_t i = 0; i < n; i++) {
        enum claim_result result;
        if (!entry_claim(writing, actor, entry, open[i].offer, reason,
                         open[i].waits ? claim_cancel_run : claim_return_run, &result, error)) {
            return false;
        }
    }
    return true;
}

/* The start number that goes with a place: kept by who gives the place back, never given again. */
static bool number_give(struct writing *writing, int64_t entry, int64_t offer, struct error *error)
{
    return db_run(writing->db, error,
                  "insert into service_number (offer, number, entry) select o.id, coalesce((select max(x.number) + 1 "
                  "from service_number x where x.offer = o.id), o.numbers), cast(?1 as bigint) from service_offer o "
                  "where o.id = ?2 and o.numbers > 0 and not exists (select 1 from service_number y where "
                  "y.offer = o.id and y.entry = ?1)",
                  V_INT(entry), V_INT(offer));
}

/* Takes a place that the entry holds; the others of the call end. */
static bool take(struct writing *writing, struct actor actor, const struct entry *entry, int64_t offer,
                 enum service_result *result, struct error *error)
{
    bool meets;
    enum claim_result claimed;
    int64_t ended;
    if (!overlaps(writing, entry->person, offer, &meets, error)) {
        return false;
    }
    if (meets) {
        *result = SERVICE_OVERLAP;
        return true;
    }
    if (!entry_claim(writing, actor, entry->id, offer, NULL, claim_confirm_run, &claimed, error)) {
        return false;
    }
    *result = claimed == CLAIM_DONE || claimed == CLAIM_ALREADY ? SERVICE_DONE : SERVICE_GONE;
    return *result != SERVICE_DONE || (number_give(writing, entry->id, offer, error) &&
                                       entry_claims_end(writing, actor, entry->id, offer, "elsewhere", &ended, error));
}

/* ---- Sending ---- */

static bool find_entry(struct writing *writing, int64_t call, struct record_person person, struct entry *out,
                       bool *found, struct error *error)
{
    int64_t id = 0;
    return db_one_int(writing->db, error, &id, found,
                      "select id from service_entry where call = ?1 and person_kind = ?2 and person = ?3", V_INT(call),
                      V_TEXT(str_of(person.kind)), V_INT(person.id)) &&
           (!*found || entry_get(writing->db, writing->arena, id, out, found, error));
}

/* The ticket is the person's in this call, for good: a keyed hash that nobody outside can make. */
static bool new_entry(struct writing *writing, const struct entry_send *send, struct entry *out, struct error *error)
{
    unsigned char ticket[VAULT_HASH], salt[16], random[15];
    char receipt[RECEIPT_BYTES + 1];
    struct str who = arena_printf(writing->arena, "%lld %s %lld", (long long)send->call, send->person.kind,
                                  (long long)send->person.id);
    if (!vault_random(salt, sizeof salt, error) || !vault_random(random, sizeof random, error)) {
        return false;
    }
    receipt_make(random, receipt);
    vault_mac(writing->vault, "service.ticket", who, ticket);
    if (!writing_id(writing, "select coalesce(max(id), 1099511627776) from service_entry", &out->id, error) ||
        !db_run(writing->db, error,
                "insert into service_entry (id, call, person_kind, person, account, ticket, salt, receipt, state, "
                "sent_at) values (?9, ?1, ?2, ?3, ?4, ?5, ?6, ?7, 'sent', ?8)",
                V_INT(send->call), V_TEXT(str_of(send->person.kind)), V_INT(send->person.id),
                V_INT(send->actor.account), V_TEXT(hex_encode(writing->arena, ticket, sizeof ticket)),
                V_TEXT(hex_encode(writing->arena, salt, sizeof salt)), V_TEXT(str_of(receipt)), V_INT(writing->now),
                V_INT(out->id))) {
        return false;
    }
    bool found;
    return entry_get(writing->db, writing->arena, out->id, out, &found, error);
}

static bool write_wishes(struct writing *writing, const struct entry_send *send, int64_t entry, bool instead,
                         struct error *error)
{
    int64_t kept = 0;
    if (!db_run(writing->db, error, "update service_entry set state = 'sent', sent_at = ?2, account = ?3 where id = ?1",
                V_INT(entry), V_INT(writing->now), V_INT(send->actor.account)) ||
        (instead && !db_run(writing->db, error, "delete from service_wish where entry = ?1", V_INT(entry))) ||
        !db_one_int(writing->db, error, &kept, NULL,
                    "select coalesce(max(rank), -1) + 1 from service_wish where entry = ?1", V_INT(entry))) {
        return false;
    }
    for (size_t i = 0; i < send->n; i++) {
        if (!db_run(writing->db, error,
                    "insert into service_wish (entry, rank, offer) select cast(?1 as bigint), cast(?2 as bigint), id "
                    "from service_offer o where o.id = ?3 and not exists (select 1 from service_wish w where "
                    "w.entry = ?1 and w.offer = ?3)",
                    V_INT(entry), V_INT(kept + (int64_t)i), V_INT(send->offers[i]))) {
            return false;
        }
    }
    return true;
}

/* First come: the place at once, and what the entry had elsewhere in the call ends; else the list, and it does not. */
static bool come(struct writing *writing, struct entry_send *send, const struct entry *entry, struct error *error)
{
    enum claim_result claimed;
    int64_t offer = send->offers[0];
    if (!entry_claim(writing, send->actor, entry->id, offer, NULL, claim_hold_run, &claimed, error)) {
        return false;
    }
    if (claimed == CLAIM_DONE) {
        return take(writing, send->actor, entry, offer, &send->result, error);
    }
    return claimed == CLAIM_ALREADY ||
           entry_claim(writing, send->actor, entry->id, offer, NULL, claim_wait_run, &claimed, error);
}

/* Everything that can refuse an entry, before anything is written. */
bool entry_refused(struct writing *writing, struct entry_send *send, const struct call *call, struct error *error)
{
    bool meets = false, otherwise = false;
    if (!call_takes(call, writing->now)) {
        send->result = !str_is(call->state, "open")          ? SERVICE_NOT_NOW
                       : writing->now < call->service->opens ? SERVICE_EARLY
                                                             : SERVICE_LATE;
        return true;
    }
    if (!wishes_fit(writing, send, call->service, &send->result, error) ||
        (send->result == SERVICE_DONE && !person_fits(writing, send, call->service, &send->result, error)) ||
        (send->result == SERVICE_DONE && !entered_otherwise(writing, send, &otherwise, error)) ||
        (send->result == SERVICE_DONE && call->service->mechanism == SERVICE_FIRST_COME &&
         !overlaps(writing, send->person, send->offers[0], &meets, error))) {
        return false;
    }
    if (otherwise || meets) {
        send->result = otherwise ? SERVICE_ENTERED : SERVICE_OVERLAP;
    }
    return true;
}

/* Who shared a ticket with this entry stands alone from now on. */
static bool part(struct writing *writing, int64_t entry, struct error *error)
{
    return db_run(writing->db, error,
                  "update service_entry set lead = null where lead = (select lead from service_entry where id = ?1)",
                  V_INT(entry));
}

bool entry_send_one(struct writing *writing, struct entry_send *send, struct error *error)
{
    struct call call;
    struct entry entry;
    bool found;
    if (!call_load(writing, send->call, &call, &send->result, error) || send->result != SERVICE_DONE) {
        return send->result != SERVICE_DONE;
    }
    if (!entry_refused(writing, send, &call, error)) {
        return false;
    }
    if (send->result != SERVICE_DONE) {
        return true;
    }
    bool by_lot = call.service->mechanism == SERVICE_DRAW;
    if (!find_entry(writing, send->call, send->person, &entry, &found, error) ||
        (!found && !new_entry(writing, send, &entry, error)) || !part(writing, entry.id, error) ||
        !write_wishes(writing, send, entry.id, by_lot, error) || (!by_lot && !come(writing, send, &entry, error))) {
        return false;
    }
    send->id = entry.id;
    return service_journal(writing, send->actor, "service.send", "service_entry", entry.id, call.division,
                           arena_printf(writing->arena, "call %lld", (long long)call.id), error);
}

bool entry_send_all_run(struct writing *writing, void *input, struct error *error)
{
    struct entry_send_all *all = input;
    struct entry_send *send = &all->one;
    struct call call;
    int64_t ids[ALLOT_MAX_TOGETHER] = { 0 };
    bool go;
    if (!once_open_number(writing, send->form_key, send->actor.account, &send->id, &go, error)) {
        return false;
    }
    if (!go) {
        send->result = SERVICE_DONE;
        return true;
    }
    if (!call_load(writing, send->call, &call, &send->result, error) || send->result != SERVICE_DONE) {
        return send->result != SERVICE_DONE;
    }
    if (!call.service->together || all->nchildren < 2 || all->nchildren > ALLOT_MAX_TOGETHER) {
        send->result = SERVICE_NO_TOGETHER;
        return true;
    }
    /* Nothing is written before every one of them may be. */
    for (size_t i = 0; i < all->nchildren; i++) {
        send->person = (struct record_person){ "child", all->children[i] };
        if (!entry_refused(writing, send, &call, error)) {
            return false;
        }
        if (send->result != SERVICE_DONE) {
            return true;
        }
    }
    for (size_t i = 0; i < all->nchildren; i++) {
        send->person = (struct record_person){ "child", all->children[i] };
        if (!entry_send_one(writing, send, error)) {
            return false;
        }
        ids[i] = send->id;
    }
    for (size_t i = 0; i < all->nchildren; i++) {
        if (!db_run(writing->db, error, "update service_entry set lead = ?2 where id = ?1", V_INT(ids[i]),
                    V_INT(ids[0]))) {
            return false;
        }
    }
    send->id = ids[0];
    return once_close_number(writing, send->form_key, send->id, error);
}

bool entry_send_run(struct writing *writing, void *input, struct error *error)
{
    struct entry_send *send = input;
    bool go;
    if (!once_open_number(writing, send->form_key, send->actor.account, &send->id, &go, error)) {
        return false;
    }
    if (!go) {
        send->result = SERVICE_DONE;
        return true;
    }
    if (!entry_send_one(writing, send, error)) {
        return false;
    }
    return send->result != SERVICE_DONE || once_close_number(writing, send->form_key, send->id, error);
}

/* ---- Answering ---- */

static bool answer(struct writing *writing, struct entry_answer *step, const struct entry *entry, struct error *error)
{
    struct claim claim;
    bool found;
    if (step->act == ENTRY_TAKE) {
        return take(writing, step->actor, entry, step->offer, &step->result, error);
    }
    if (!claim_get(writing->db, writing->arena, step->offer, entry->id, &claim, &found, error)) {
        return false;
    }
    if (!found || str_is(claim.state, "returned")) {
        step->result = SERVICE_GONE;
        return true;
    }
    enum claim_result claimed;
    return entry_claim(writing, step->actor, entry->id, step->offer, NULL,
                       str_is(claim.state, "waiting") ? claim_cancel_run : claim_decline_run, &claimed, error);
}

bool entry_answer_run(struct writing *writing, void *input, struct error *error)
{
    struct entry_answer *step = input;
    struct entry entry;
    struct call call;
    struct str before;
    bool found, go;
    step->result = SERVICE_DONE;
    if (!once_open(writing, step->form_key, step->actor.account, &before, &go, error) || !go) {
        return !go;
    }
    if (!entry_get(writing->db, writing->arena, step->id, &entry, &found, error)) {
        return false;
    }
    if (!found) {
        step->result = SERVICE_NOT_FOUND;
        return true;
    }
    if (!call_load(writing, entry.call, &call, &step->result, error) || step->result != SERVICE_DONE) {
        return step->result != SERVICE_DONE;
    }
    int64_t ended, of_call = 0;
    bool whole = step->act == ENTRY_WITHDRAW;
    if (call_is_over(&call) || (whole && (str_is(entry.state, "withdrawn") || str_is(call.state, "closed")))) {
        step->result = SERVICE_NOT_NOW;
        return true;
    }
    if (!whole && !db_one_int(writing->db, error, &of_call, NULL,
                              "select count(*) from service_offer where id = ?1 and call = ?2", V_INT(step->offer),
                              V_INT(entry.call))) {
        return false;
    }
    if (!whole && of_call == 0) {
        step->result = SERVICE_NOT_FOUND;
        return true;
    }
    bool done = whole ? part(writing, entry.id, error) &&
                            entry_claims_end(writing, step->actor, entry.id, 0, "withdrawn", &ended, error) &&
                            db_run(writing->db, error, "update service_entry set state = 'withdrawn' where id = ?1",
                                   V_INT(entry.id))
                      : answer(writing, step, &entry, error);
    static const char *const actions[ENTRY_ACTS] = { "service.take", "service.decline", "service.withdraw" };
    return done && (step->result != SERVICE_DONE ||
                    (service_journal(writing, step->actor, actions[step->act], "service_entry", entry.id, call.division,
                                     arena_printf(writing->arena, "offer %lld", (long long)step->offer), error) &&
                     once_close(writing, step->form_key, STR("done"), error)));
}
