/* A call by lot: the list at the close, the seed from root and secrets, the allotment, its transcript, and what follows
 * for each entry: a place that is held until the answer is due, and a place in the lists of what it would rather have.
 *
 * The list is built from the rows twice, at the close and at the draw; the second must give the root that the first
 * published, so that nothing was changed in between. */
#include "services/inside.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "places/round_list.h"
#include "places/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_TRANSCRIPT = 256 * 1024 * 1024 };

/* A wish of the list, and the row that it is. */
struct listed_wish {
    int64_t entry, rank, offer; /* ids */
};
/* An entry of a ticket: its own, or one of siblings who share the first one's. They have the same wishes. */
struct listed_entry {
    int64_t entry;
    uint32_t wishes; /* where its own begin */
};
struct listing {
    struct transcript transcript;
    struct allot_problem problem;
    struct listed_wish *wishes;
    uint32_t nwishes;
    struct listed_entry *entries;
    uint32_t *entry_from; /* applicants + 1 */
    int64_t *offers;      /* ids by number in the transcript */
};

/* ---- The list ---- */

static bool list_offers(struct db *db, struct arena *arena, const struct call *call, struct listing *out,
                        struct error *error)
{
    int64_t count = 0;
    size_t n = 0;
    if (!db_one_int(db, error, &count, NULL, "select count(*) from service_offer where call = ?1", V_INT(call->id))) {
        return false;
    }
    size_t most = (size_t)count;
    struct allot_offer *offers = ARENA_ARRAY(arena, struct allot_offer, most);
    struct transcript_text *ids = ARENA_ARRAY(arena, struct transcript_text, most);
    out->offers = ARENA_ARRAY(arena, int64_t, most);
    struct rows *rows = db_query(
        db, error, "select id, code, capacity from service_offer where call = ?1 order by number", V_INT(call->id));
    while (n < most && rows_next(rows)) {
        struct str code = rows_text_in(rows, 1, arena);
        out->offers[n] = rows_int(rows, 0);
        ids[n] = (struct transcript_text){ code.p, code.n };
        offers[n++] = (struct allot_offer){ .capacity = (uint32_t)rows_int(rows, 2), .order = ALLOT_BY_PRIORITY };
    }
    out->problem.offers = (uint32_t)n;
    out->problem.offer = offers;
    out->transcript.offer_id = ids;
    return rows_end(rows, error);
}

/* By (ticket, entry, rank), of siblings the first one's ticket: who stands first at each offer. The first rule counts
 * most; 0 is the best. */
#define LIST_SQL                                                                                                       \
    "select e.id, coalesce(l.ticket, e.ticket) as t, e.salt, e.receipt, w.rank, w.offer, o.number, case when "         \
    "o.institution is not null and "                                                                                   \
    "h.school = o.institution then 0 else 1 end, case when h.household_division like coalesce(substr(i.division, 1, "  \
    "6), ?2) || '%' then 0 else 1 end from service_entry e join service_wish w on "                                    \
    "w.entry = e.id join service_offer o on o.id = w.offer left join child h on e.person_kind = 'child' and "          \
    "h.id = e.person left join service_entry l on l.id = e.lead left join institution i on i.id = o.institution "      \
    "where e.call = ?1 and e.state = 'sent' "                                                                          \
    "order by t, case when e.id = coalesce(e.lead, e.id) then 0 else 1 end, e.ticket, w.rank"

static uint32_t priority_of(const struct service *service, uint32_t other_school, uint32_t other_county)
{
    uint32_t priority = 0;
    for (size_t i = 0; i < service->nfirst; i++) {
        priority = 2 * priority + (service->first[i] == SERVICE_OWN_SCHOOL ? other_school : other_county);
    }
    return priority;
}

/* What stands behind an entry, without a name: SM3("JT-ENTRY-1" ‖ salt ‖ receipt). */
static bool commitment_of(struct str salt, struct str receipt, unsigned char out[SM3_BYTES])
{
    unsigned char bytes[16];
    struct sm3 sm3;
    if (!hex_decode(salt, bytes, sizeof bytes)) {
        return false;
    }
    sm3_start(&sm3);
    sm3_add(&sm3, "JT-ENTRY-1", 10);
    sm3_add(&sm3, bytes, sizeof bytes);
    sm3_add(&sm3, receipt.p, receipt.n);
    sm3_end(&sm3, out);
    return true;
}

/* What a listing grows from, row by row. */
struct growing {
    const struct call *call;
    struct listing *out;
    struct allot_applicant *applicants;
    struct allot_choice *choices;
    uint32_t *from;
    unsigned char (*tickets)[ALLOT_TICKET_BYTES], (*commitments)[SM3_BYTES], (*of_entry)[SM3_BYTES];
    uint32_t a, e, w, c; /* applicants, entries, wishes, choices so far */
    bool whole;
};

static void grow_room(struct growing *g, struct arena *arena, size_t entries, size_t wishes)
{
    g->applicants = ARENA_ARRAY(arena, struct allot_applicant, entries);
    g->choices = ARENA_ARRAY(arena, struct allot_choice, wishes);
    g->from = ARENA_ARRAY(arena, uint32_t, entries + 1);
    g->tickets = arena_array(arena, entries, ALLOT_TICKET_BYTES);
    g->commitments = arena_array(arena, entries, SM3_BYTES);
    g->of_entry = arena_array(arena, entries, SM3_BYTES);
    g->out->wishes = ARENA_ARRAY(arena, struct listed_wish, wishes);
    g->out->entries = ARENA_ARRAY(arena, struct listed_entry, entries);
    g->out->entry_from = ARENA_ARRAY(arena, uint32_t, entries + 1);
}

/* A row of another entry than the one before: a ticket of its own, or one more of the same ticket. */
static void grow_entry(struct growing *g, struct rows *rows)
{
    unsigned char ticket[ALLOT_TICKET_BYTES];
    g->whole = hex_decode(rows_text(rows, 1), ticket, sizeof ticket) && g->whole;
    if (g->a == 0 || memcmp(g->tickets[g->a - 1], ticket, sizeof ticket) != 0) {
        memcpy(g->tickets[g->a], ticket, sizeof ticket);
        g->applicants[g->a] = (struct allot_applicant){ .site = ALLOT_NONE, .places = 0 };
        g->out->entry_from[g->a] = g->e;
        g->from[g->a++] = g->c;
    }
    g->applicants[g->a - 1].places++;
    g->whole = commitment_of(rows_text(rows, 2), rows_text(rows, 3), g->of_entry[g->e]) && g->whole;
    g->out->entries[g->e++] = (struct listed_entry){ rows_int(rows, 0), g->w };
}

/* Siblings stand where the one of them stands who stands last. */
static void grow_wish(struct growing *g, struct rows *rows)
{
    uint32_t priority = priority_of(g->call->service, (uint32_t)rows_int(rows, 7), (uint32_t)rows_int(rows, 8));
    uint32_t offer = (uint32_t)rows_int(rows, 6);
    struct listed_entry *entry = &g->out->entries[g->e - 1];
    uint32_t at = g->from[g->a - 1] + (g->w - entry->wishes);
    g->out->wishes[g->w++] = (struct listed_wish){ entry->entry, rows_int(rows, 4), rows_int(rows, 5) };
    if (g->applicants[g->a - 1].places == 1) {
        g->choices[g->c++] =
            (struct allot_choice){ .offer = offer, .priority = priority, .category = (uint16_t)priority };
        return;
    }
    g->whole = g->whole && at < g->c && g->choices[at].offer == offer;
    if (g->whole && priority > g->choices[at].priority) {
        g->choices[at].priority = priority;
        g->choices[at].category = (uint16_t)priority;
    }
}

/* Of siblings: SM3 over theirs, in their order. */
static void grow_commitments(struct growing *g)
{
    g->from[g->a] = g->c;
    g->out->entry_from[g->a] = g->e;
    for (uint32_t a = 0; a < g->a; a++) {
        uint32_t first = g->out->entry_from[a];
        if (g->applicants[a].places == 1) {
            memcpy(g->commitments[a], g->of_entry[first], SM3_BYTES);
        } else {
            sm3_of(g->of_entry[first], (size_t)g->applicants[a].places * SM3_BYTES, g->commitments[a]);
        }
    }
}

static bool list_entries(struct db *db, struct arena *arena, const struct call *call, struct listing *out,
                         struct error *error)
{
    int64_t entries = 0, wishes = 0, last = 0;
    if (!db_one_int(db, error, &entries, NULL,
                    "select count(*) from service_entry e where e.call = ?1 and e.state = 'sent'", V_INT(call->id)) ||
        !db_one_int(db, error, &wishes, NULL,
                    "select count(*) from service_wish w join service_entry e on e.id = w.entry where e.call = ?1 and "
                    "e.state = 'sent'",
                    V_INT(call->id))) {
        return false;
    }
    struct growing g = { .call = call, .out = out, .whole = true };
    grow_room(&g, arena, (size_t)entries, (size_t)wishes);
    /* The whole city's service: the city's code without its two zeros is what its counties begin with. */
    bool of_city = call->division.n == 6 && str_is(str_part(call->division, 4, 2), "00");
    struct str county = str_part(call->division, 0, of_city ? 4 : call->division.n);
    struct rows *rows = db_query(db, error, LIST_SQL, V_INT(call->id), V_TEXT(county));
    while (g.w < wishes && rows_next(rows)) {
        if (rows_int(rows, 0) != last && g.e < entries) {
            grow_entry(&g, rows);
            last = rows_int(rows, 0);
        }
        grow_wish(&g, rows);
    }
    grow_commitments(&g);
    out->nwishes = g.w;
    out->problem.applicants = g.a;
    out->problem.applicant = g.applicants;
    out->problem.ticket = (const uint8_t(*)[ALLOT_TICKET_BYTES])g.tickets;
    out->problem.choice_from = g.from;
    out->problem.choice = g.choices;
    out->transcript.commitment = (const uint8_t(*)[SM3_BYTES])g.commitments;
    return rows_end(rows, error) &&
           (g.whole || error_set(error, "a ticket, a salt or the wishes of siblings of call %lld are damaged",
                                 (long long)call->id));
}

static bool list_build(struct db *db, struct arena *arena, const struct call *call, struct listing *out,
                       struct error *error)
{
    struct str label = call_label(arena, call);
    *out = (struct listing){ .problem = { .version = ALLOT_VERSION,
                                          .mechanism = call->service->nfirst ? ALLOT_DEFERRED : ALLOT_DRAW,
                                          .together =
                                              call->service->together ? ALLOT_TOGETHER_FIT : ALLOT_TOGETHER_ADD } };
    out->transcript = (struct transcript){ .round = { label.p, label.n },
                                           .program = { "jiaoti services 1", strlen("jiaoti services 1") } };
    struct str yaml;
    if (!db_one_text(db, error, arena, &yaml, NULL, "select yaml from service_call where id = ?1", V_INT(call->id))) {
        return false;
    }
    sm3_of(yaml.p, yaml.n, out->transcript.policy);
    return list_offers(db, arena, call, out, error) && list_entries(db, arena, call, out, error);
}

static bool put_buf(void *ctx, const char *text, size_t bytes)
{
    struct buf *buf = ctx;
    buf_add(buf, (struct str){ text, bytes });
    return !buf->full;
}

/* ---- Close ---- */

static bool count_witnesses(struct writing *writing, const struct call *call, int64_t *committed, int64_t *missing,
                            struct error *error)
{
    return db_one_int(writing->db, error, committed, NULL,
                      "select count(*) from service_witness where call = ?1 and commitment is not null",
                      V_INT(call->id)) &&
           db_one_int(
               writing->db, error, missing, NULL,
               "select count(*) from service_witness where call = ?1 and commitment is not null and secret is null",
               V_INT(call->id));
}

bool call_do_close(struct writing *writing, struct call_advance *advance, const struct call *call, struct error *error)
{
    struct listing list;
    struct transcript_writer writer;
    struct transcript_commitment commitment;
    struct allot_error wrong = { 0 };
    int64_t committed, missing;
    if (!str_is(call->state, "open") || call->service->mechanism != SERVICE_DRAW) {
        advance->result = SERVICE_NOT_NOW;
        return true;
    }
    if (writing->now < call->service->closes) {
        advance->result = SERVICE_EARLY;
        return true;
    }
    if (!count_witnesses(writing, call, &committed, &missing, error)) {
        return false;
    }
    if (committed == 0) {
        advance->result = SERVICE_NO_WITNESS;
        return true;
    }
    if (!list_build(writing->db, writing->arena, call, &list, error)) {
        return false;
    }
    list.transcript.problem = &list.problem;
    struct buf buf = buf_init(LIMIT_TRANSCRIPT);
    transcript_start(&writer, put_buf, &buf);
    bool good = transcript_write_list(&writer, &list.transcript, NULL, &commitment, &wrong) ||
                error_set(error, "the list cannot be written down: %s", wrong.message);
    good = good && round_file_write(advance->places, writing->arena, call_label(writing->arena, call), "close",
                                    buf_str(&buf), error);
    buf_free(&buf);
    advance->count = list.entry_from[list.problem.applicants];
    return good &&
           db_run(writing->db, error,
                  "update service_call set state = 'closed', closed_at = ?2, root = ?3, rules = ?4, listed = ?5 "
                  "where id = ?1",
                  V_INT(call->id), V_INT(writing->now), V_TEXT(hex_encode(writing->arena, commitment.root, SM3_BYTES)),
                  V_TEXT(hex_encode(writing->arena, commitment.rules, SM3_BYTES)), V_INT(advance->count));
}

/* ---- Draw ---- */

/* The witnesses as the seed takes them: those who committed, in the file's order. */
static bool take_witnesses(struct db *db, struct arena *arena, const struct call *call, struct transcript *transcript,
                           struct error *error)
{
    struct call_witness *rows;
    size_t n;
    if (!call_witnesses(db, arena, call, &rows, &n, error)) {
        return false;
    }
    struct transcript_witness *witness = ARENA_ARRAY(arena, struct transcript_witness, n);
    transcript->witness = witness;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].commitment.n == 0) {
            continue;
        }
        struct transcript_witness *w = &witness[transcript->witnesses++];
        size_t bytes = rows[i].secret.n / 2;
        unsigned char *secret = arena_alloc(arena, bytes);
        if (!hex_decode(rows[i].commitment, w->commitment, SM3_BYTES) || !hex_decode(rows[i].secret, secret, bytes)) {
            return error_set(error, "what witness %.*s handed in is damaged", STR_ARG(rows[i].id));
        }
        w->id = (struct transcript_text){ rows[i].id.p, rows[i].id.n };
        w->secret = bytes ? secret : NULL;
        w->secret_bytes = bytes;
    }
    return true;
}

static bool keep_wish(struct writing *writing, const struct listed_wish *wish, const struct allot_choice *choice,
                      const struct allot_lot *lot, bool granted, struct error *error)
{
    return db_run(writing->db, error,
                  "update service_wish set priority = ?3, lot = ?4, granted = ?5 where entry = ?1 and rank = ?2",
                  V_INT(wish->entry), V_INT(wish->rank), V_INT(choice->priority),
                  V_TEXT(arena_printf(writing->arena, "%016llx%016llx", (unsigned long long)lot->high,
                                      (unsigned long long)lot->low)),
                  V_INT(granted));
}

static int by_offer(const void *a, const void *b)
{
    const struct claim_change *x = a, *y = b;
    return x->offer != y->offer ? (x->offer < y->offer ? -1 : 1) : x->subject < y->subject ? -1 : 1;
}

/* What one entry of a ticket has and waits for. */
static bool keep_entry(struct writing *writing, const struct listing *list, uint32_t applicant,
                       const struct listed_entry *entry, const struct allot_outcome *outcome, int64_t answer_by,
                       struct claim_change *changes, size_t *n, struct error *error)
{
    const struct allot_problem *problem = &list->problem;
    const struct allot_lot *lot = &problem->lot[applicant];
    uint32_t first = problem->choice_from[applicant], wishes = problem->choice_from[applicant + 1] - first;
    bool placed = outcome->how == ALLOT_CHOICE;
    for (uint32_t rank = 0; rank < wishes; rank++) {
        const struct listed_wish *wish = &list->wishes[entry->wishes + rank];
        const struct allot_choice *choice = &problem->choice[first + rank];
        bool granted = placed && rank == outcome->rank;
        if (!keep_wish(writing, wish, choice, lot, granted, error)) {
            return false;
        }
        if (placed && rank > outcome->rank) {
            continue;
        }
        changes[(*n)++] = (struct claim_change){
            .offer = wish->offer,
            .subject = entry->entry,
            .after = granted ? "held" : "waiting",
            .answer_by = granted ? answer_by : 0,
            .sort = arena_printf(writing->arena, "%08x%016llx%016llx", choice->priority, (unsigned long long)lot->high,
                                 (unsigned long long)lot->low),
            .reason = STR("drawn"),
        };
    }
    return true;
}

/* The place that was granted is held; what the entry would rather have it waits for, in the order of the draw. Siblings
 * of a ticket wait each for themselves, one behind the other. */
static bool keep_result(struct writing *writing, const struct call *call, const struct listing *list,
                        const struct allot_result *result, struct error *error)
{
    struct claim_change *changes = ARENA_ARRAY(writing->arena, struct claim_change, list->nwishes);
    size_t n = 0;
    int64_t answer_by = writing->now + (int64_t)call->service->answer_days * DAY_MS;
    for (uint32_t a = 0; a < list->problem.applicants; a++) {
        for (uint32_t e = list->entry_from[a]; e < list->entry_from[a + 1]; e++) {
            if (!keep_entry(writing, list, a, &list->entries[e], &result->outcome[a], answer_by, changes, &n, error)) {
                return false;
            }
        }
    }
    qsort(changes, n, sizeof *changes, by_offer);
    return claim_change(writing, changes, n, error);
}

/* What was too little for siblings who go together goes to who waits, one by one. */
static bool give_rest(struct writing *writing, struct call_advance *advance, const struct call *call,
                      const struct listing *list, struct error *error)
{
    int64_t answer_by = writing->now + (int64_t)call->service->answer_days * DAY_MS;
    for (uint32_t i = 0; i < list->problem.offers; i++) {
        struct ledger_balances left;
        bool found = true;
        if (!ledger_balances(writing->db, list->offers[i], &left, error)) {
            return false;
        }
        for (int64_t free = left.places[BUCKET_FREE]; free > 0 && found; free--) {
            struct claim_step step = { .actor = advance->actor,
                                       .offer = list->offers[i],
                                       .subject_kind = "service_entry",
                                       .answer_by = answer_by,
                                       .reason = STR("promoted") };
            if (!claim_next(writing, step.offer, &step.subject, &found, error) ||
                (found && !claim_hold_run(writing, &step, error))) {
                return false;
            }
        }
    }
    return true;
}

/* The whole file, verified from its bytes before anything of it counts. */
static bool write_file(struct writing *writing, struct call_advance *advance, const struct call *call,
                       const struct listing *list, const unsigned char seed[SM3_BYTES], struct error *error)
{
    struct transcript_writer writer;
    struct transcript_report report;
    struct transcript_commitment commitment;
    struct allot_error wrong = { 0 };
    unsigned char again[SM3_BYTES];
    struct buf buf = buf_init(LIMIT_TRANSCRIPT);
    transcript_start(&writer, put_buf, &buf);
    bool good = (transcript_write_list(&writer, &list->transcript, NULL, &commitment, &wrong) &&
                 transcript_write_seed(&writer, &list->transcript, &commitment, NULL, again, &wrong) &&
                 transcript_write_result(&writer, &list->transcript, seed, NULL, &wrong)) ||
                error_set(error, "the transcript cannot be written down: %s", wrong.message);
    if (good && !round_text_verifies(buf_str(&buf), &report)) {
        good = error_set(error, "the transcript does not verify, line %zu: %s", report.line, report.message);
    }
    good = good && round_file_write(advance->places, writing->arena, call_label(writing->arena, call), "",
                                    buf_str(&buf), error);
    buf_free(&buf);
    return good;
}

static bool draw(struct writing *writing, struct call_advance *advance, const struct call *call, struct listing *list,
                 const unsigned char seed[SM3_BYTES], struct error *error)
{
    struct allot_lot *lots = ARENA_ARRAY(writing->arena, struct allot_lot, list->problem.applicants);
    struct allot_result *result;
    struct allot_error wrong = { 0 };
    allot_derive_lots(&list->problem, seed, list->transcript.round.text, list->transcript.round.bytes, NULL, lots,
                      NULL);
    list->problem.lot = lots;
    if (!allot_run(&list->problem, NULL, &result, &wrong)) {
        return error_set(error, "the allotment failed: %s", wrong.message);
    }
    list->transcript.result = result;
    advance->count = result->placed_by_choice;
    bool good = write_file(writing, advance, call, list, seed, error) &&
                keep_result(writing, call, list, result, error) && give_rest(writing, advance, call, list, error) &&
                db_run(writing->db, error,
                       "update service_call set state = 'drawn', drawn_at = ?2, seed = ?3, placed = ?4 where id = ?1",
                       V_INT(call->id), V_INT(writing->now), V_TEXT(hex_encode(writing->arena, seed, SM3_BYTES)),
                       V_INT(advance->count));
    list->transcript.result = NULL;
    allot_result_free(result, NULL);
    return good;
}

bool call_do_draw(struct writing *writing, struct call_advance *advance, const struct call *call, struct error *error)
{
    struct listing list;
    struct transcript_commitment commitment;
    struct allot_error wrong = { 0 };
    unsigned char seed[SM3_BYTES];
    int64_t committed, missing;
    if (!str_is(call->state, "closed")) {
        advance->result = SERVICE_NOT_NOW;
        return true;
    }
    if (!count_witnesses(writing, call, &committed, &missing, error)) {
        return false;
    }
    if (missing > 0 && writing->now < call->closed_at + WITNESS_WAIT_MS) {
        advance->result = SERVICE_WITNESSES;
        advance->moment = call->closed_at + WITNESS_WAIT_MS;
        return true;
    }
    if (missing == committed) {
        advance->result = SERVICE_NO_WITNESS;
        return true;
    }
    if (!list_build(writing->db, writing->arena, call, &list, error)) {
        return false;
    }
    list.transcript.problem = &list.problem;
    if (!transcript_commit(&list.transcript, NULL, &commitment, &wrong)) {
        return error_set(error, "the list cannot be hashed: %s", wrong.message);
    }
    if (!str_eq(call->root, hex_encode(writing->arena, commitment.root, SM3_BYTES)) ||
        !str_eq(call->rules, hex_encode(writing->arena, commitment.rules, SM3_BYTES))) {
        advance->result = SERVICE_TAMPERED;
        return true;
    }
    if (!take_witnesses(writing->db, writing->arena, call, &list.transcript, error)) {
        return false;
    }
    if (!transcript_seed(&list.transcript, &commitment, seed, &wrong)) {
        return error_set(error, "the seed cannot be made: %s", wrong.message);
    }
    return draw(writing, advance, call, &list, seed, error);
}
