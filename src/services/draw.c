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
struct listing {
    struct transcript transcript;
    struct allot_problem problem;
    struct listed_wish *wishes; /* beside problem.choice */
    int64_t *entries;           /* beside problem.applicant */
    int64_t *offers;            /* ids by number in the transcript */
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

/* By (ticket, rank): who stands first at each offer. The first rule counts most; 0 is the best. */
#define LIST_SQL                                                                                                       \
    "select e.id, e.ticket, e.salt, e.receipt, w.rank, w.offer, o.number, case when o.institution is not null and "    \
    "h.school = o.institution then 0 else 1 end, case when h.household_division like coalesce(substr(i.division, 1, "  \
    "6), ?2) || '%' then 0 else 1 end from service_entry e join service_wish w on "                                    \
    "w.entry = e.id join service_offer o on o.id = w.offer left join child h on e.person_kind = 'child' and "          \
    "h.id = e.person left join institution i on i.id = o.institution where e.call = ?1 and e.state = 'sent' "          \
    "order by e.ticket, w.rank"

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

static bool list_entries(struct db *db, struct arena *arena, const struct call *call, struct listing *out,
                         struct error *error)
{
    int64_t entries = 0, wishes = 0;
    if (!db_one_int(db, error, &entries, NULL,
                    "select count(*) from service_entry e where e.call = ?1 and e.state = 'sent'", V_INT(call->id)) ||
        !db_one_int(db, error, &wishes, NULL,
                    "select count(*) from service_wish w join service_entry e on e.id = w.entry where e.call = ?1 and "
                    "e.state = 'sent'",
                    V_INT(call->id))) {
        return false;
    }
    struct allot_applicant *applicants = ARENA_ARRAY(arena, struct allot_applicant, (size_t)entries);
    unsigned char(*tickets)[ALLOT_TICKET_BYTES] = arena_array(arena, (size_t)entries, ALLOT_TICKET_BYTES);
    unsigned char(*commitments)[SM3_BYTES] = arena_array(arena, (size_t)entries, SM3_BYTES);
    uint32_t *from = ARENA_ARRAY(arena, uint32_t, (size_t)entries + 1);
    struct allot_choice *choices = ARENA_ARRAY(arena, struct allot_choice, (size_t)wishes);
    out->wishes = ARENA_ARRAY(arena, struct listed_wish, (size_t)wishes);
    out->entries = ARENA_ARRAY(arena, int64_t, (size_t)entries);
    uint32_t a = 0, c = 0;
    bool whole = true;
    /* The whole city's service: the city's code without its two zeros is what its counties begin with. */
    bool of_city = call->division.n == 6 && str_is(str_part(call->division, 4, 2), "00");
    struct str county = str_part(call->division, 0, of_city ? 4 : call->division.n);
    struct rows *rows = db_query(db, error, LIST_SQL, V_INT(call->id), V_TEXT(county));
    while (c < wishes && rows_next(rows)) {
        int64_t entry = rows_int(rows, 0);
        if (a == 0 || out->entries[a - 1] != entry) {
            if (a == entries) {
                break;
            }
            whole = hex_decode(rows_text(rows, 1), tickets[a], ALLOT_TICKET_BYTES) &&
                    commitment_of(rows_text(rows, 2), rows_text(rows, 3), commitments[a]) && whole;
            applicants[a] = (struct allot_applicant){ .site = ALLOT_NONE, .places = 1 };
            out->entries[a] = entry;
            from[a++] = c;
        }
        uint32_t priority = priority_of(call->service, (uint32_t)rows_int(rows, 7), (uint32_t)rows_int(rows, 8));
        out->wishes[c] = (struct listed_wish){ entry, rows_int(rows, 4), rows_int(rows, 5) };
        choices[c++] = (struct allot_choice){ .offer = (uint32_t)rows_int(rows, 6),
                                              .priority = priority,
                                              .category = (uint16_t)priority };
    }
    from[a] = c;
    out->problem.applicants = a;
    out->problem.applicant = applicants;
    out->problem.ticket = (const uint8_t(*)[ALLOT_TICKET_BYTES])tickets;
    out->problem.choice_from = from;
    out->problem.choice = choices;
    out->transcript.commitment = (const uint8_t(*)[SM3_BYTES])commitments;
    return rows_end(rows, error) &&
           (whole || error_set(error, "a ticket or salt of call %lld is damaged", (long long)call->id));
}

static bool list_build(struct db *db, struct arena *arena, const struct call *call, struct listing *out,
                       struct error *error)
{
    struct str label = call_label(arena, call);
    *out = (struct listing){ .problem = { .version = ALLOT_VERSION,
                                          .mechanism = call->service->nfirst ? ALLOT_DEFERRED : ALLOT_DRAW,
                                          .together = ALLOT_TOGETHER_ADD } };
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
    advance->count = list.problem.applicants;
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

static bool keep_wish(struct writing *writing, const struct listing *list, const struct allot_result *result,
                      uint32_t applicant, uint32_t choice, struct error *error)
{
    const struct listed_wish *wish = &list->wishes[choice];
    const struct allot_lot *lot = &list->problem.lot[applicant];
    const struct allot_outcome *outcome = &result->outcome[applicant];
    uint32_t rank = choice - list->problem.choice_from[applicant];
    bool placed = outcome->how == ALLOT_CHOICE;
    return db_run(writing->db, error,
                  "update service_wish set priority = ?3, lot = ?4, granted = ?5 where entry = ?1 and rank = ?2",
                  V_INT(wish->entry), V_INT(wish->rank), V_INT(list->problem.choice[choice].priority),
                  V_TEXT(arena_printf(writing->arena, "%016llx%016llx", (unsigned long long)lot->high,
                                      (unsigned long long)lot->low)),
                  V_INT(placed && outcome->rank == rank));
}

static int by_offer(const void *a, const void *b)
{
    const struct claim_change *x = a, *y = b;
    return x->offer != y->offer ? (x->offer < y->offer ? -1 : 1) : x->subject < y->subject ? -1 : 1;
}

/* The place that was granted is held; what the entry would rather have it waits for, in the order of the draw. */
static bool keep_result(struct writing *writing, const struct call *call, const struct listing *list,
                        const struct allot_result *result, struct error *error)
{
    const struct allot_problem *problem = &list->problem;
    struct claim_change *changes =
        ARENA_ARRAY(writing->arena, struct claim_change, problem->choice_from[problem->applicants]);
    size_t n = 0;
    int64_t answer_by = writing->now + (int64_t)call->service->answer_days * DAY_MS;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        const struct allot_outcome *outcome = &result->outcome[a];
        bool placed = outcome->how == ALLOT_CHOICE;
        for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
            uint32_t rank = c - problem->choice_from[a];
            if (!keep_wish(writing, list, result, a, c, error)) {
                return false;
            }
            if (placed && rank > outcome->rank) {
                continue;
            }
            bool granted = placed && rank == outcome->rank;
            changes[n++] = (struct claim_change){
                .offer = list->wishes[c].offer,
                .subject = list->entries[a],
                .after = granted ? "held" : "waiting",
                .answer_by = granted ? answer_by : 0,
                .sort = arena_printf(writing->arena, "%08x%016llx%016llx", problem->choice[c].priority,
                                     (unsigned long long)problem->lot[a].high, (unsigned long long)problem->lot[a].low),
                .reason = STR("drawn"),
            };
        }
    }
    qsort(changes, n, sizeof *changes, by_offer);
    return claim_change(writing, changes, n, error);
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
                keep_result(writing, call, list, result, error) &&
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
