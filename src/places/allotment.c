/* The step `allot`, and the step `publish` that turns its result into held places.
 *
 * What must hold: the result comes from the final list and the seed alone; the file that is published is verified from
 * its bytes before anything is accepted; every listed application gets a row. Running the step again gives the same
 * bytes, so a crash between file and commit does no harm. */
#include "places/allotment.h"

#include "base/buf.h"
#include "base/hex.h"
#include "places/claim.h"
#include "places/round_inside.h"
#include "places/waiting.h"

#include <stdio.h>
#include <stdlib.h>

enum { LIMIT_TRANSCRIPT_BYTES = 512 * 1024 * 1024 };

/* ---- The run ---- */

struct draw {
    struct round_list list;
    struct str text; /* the list part, then the whole transcript */
    struct transcript_commitment commitment;
    unsigned char seed[SM3_BYTES];
    struct allot_result *result;
};

static bool put_buf(void *ctx, const char *text, size_t bytes)
{
    struct buf *buf = ctx;
    buf_add(buf, (struct str){ text, bytes });
    return !buf->full;
}

static bool run_draw(struct draw *draw, struct arena *arena, struct error *error)
{
    struct allot_problem *problem = &draw->list.problem;
    struct allot_error wrong = { 0 };
    round_list_lots(&draw->list, arena, draw->seed);
    return allot_run(problem, NULL, &draw->result, &wrong) ||
           error_set(error, "the allotment could not be run: %s", wrong.message);
}

static bool write_transcript(struct draw *draw, const struct signer *signer, struct error *error)
{
    struct buf buf = buf_init(LIMIT_TRANSCRIPT_BYTES);
    struct transcript_writer writer;
    struct allot_error wrong = { 0 };
    unsigned char seed[SM3_BYTES];
    draw->list.transcript.result = draw->result;
    buf_add(&buf, draw->text);
    transcript_start(&writer, put_buf, &buf);
    transcript_resume(&writer, draw->text.p, draw->text.n);
    bool said = false; /* is the reason of a failure in *error already? */
    bool good = transcript_write_seed(&writer, &draw->list.transcript, &draw->commitment, NULL, seed, &wrong);
    good = good && ((signer_sign(signer, &writer, "seed", 0, false, error) || !(said = true)));
    good = good && transcript_write_result(&writer, &draw->list.transcript, seed, NULL, &wrong);
    good = good && ((signer_sign(signer, &writer, "result", 0, true, error) || !(said = true)));
    if (good && memcmp(seed, draw->seed, sizeof seed) != 0) {
        good = error_set(error, "the witnesses' secrets do not give the seed that was fixed");
    } else if (!good && !said) {
        error_set(error, "the transcript could not be written: %s", wrong.message);
    }
    if (good) {
        draw->text = arena_str(signer->arena, buf_str(&buf));
    }
    buf_free(&buf);
    return good;
}

/* As an outsider would: from the bytes alone. */
static void verify_transcript(struct round_advance *advance, struct str text)
{
    struct transcript_report report = { 0 };
    if (!round_text_verifies(text, &report)) {
        advance->result = ROUND_BAD_TRANSCRIPT;
        snprintf(advance->detail, sizeof advance->detail, "line %zu: %s", report.line, report.message);
    }
}

/* ---- Keeping ---- */

static struct str lot_text(struct arena *arena, struct allot_lot lot)
{
    return arena_printf(arena, "%016llx%016llx", (unsigned long long)lot.high, (unsigned long long)lot.low);
}

/* What one application of a ticket got. lead: whose ticket it is; 0: alone. */
static bool keep_outcome(struct writing *writing, const struct draw *draw, uint32_t a, int64_t application,
                         int64_t lead, struct error *error)
{
    static const char *const how[] = {
        [ALLOT_UNPLACED] = "unplaced", [ALLOT_CHOICE] = "choice", [ALLOT_BALANCED] = "balance"
    };
    const struct allot_problem *problem = &draw->list.problem;
    const struct allot_outcome *outcome = &draw->result->outcome[a];
    bool placed = outcome->offer != ALLOT_NONE;
    uint32_t end = problem->choice_from[a + 1], last = end > problem->choice_from[a] ? end - 1 : 0;
    bool implied = end > problem->choice_from[a] && draw->list.choices[last].implied;
    const struct list_choice *wish = implied ? &draw->list.choices[last] : &(struct list_choice){ 0 };
    struct str implied_lot =
        implied && problem->choice_lot ? lot_text(writing->arena, problem->choice_lot[last]) : STR("");
    return db_run(writing->db, error,
                  "insert into outcome (application, offer, how, rank, lot, implied, implied_category, "
                  "implied_subrank, implied_distance, implied_member, implied_lot, kind, lead, places) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
                  V_INT(application), V_IF(placed, V_INT(placed ? draw->list.offers[outcome->offer].id : 0)),
                  V_TEXT(str_of(how[outcome->how])), V_INT(outcome->how == ALLOT_CHOICE ? outcome->rank + 1 : 0),
                  V_TEXT(lot_text(writing->arena, problem->lot[a])),
                  V_IF(implied, V_INT(implied ? draw->list.offers[problem->choice[last].offer].id : 0)),
                  V_IF(implied, V_INT(wish->category)), V_IF(implied, V_INT(wish->subrank)),
                  V_IF(implied, V_INT(wish->distance)), V_INT(wish->members), V_TEXT(implied_lot), V_INT(outcome->kind),
                  V_IF(lead, V_INT(lead)), V_INT(problem->applicant[a].places));
}

/* The lots of its wishes, where each has its own. */
static bool keep_choice_lots(struct writing *writing, const struct draw *draw, uint32_t a, int64_t application,
                             struct error *error)
{
    const struct allot_problem *problem = &draw->list.problem;
    for (uint32_t c = problem->choice_from[a]; problem->choice_lot && c < problem->choice_from[a + 1]; c++) {
        if (!draw->list.choices[c].implied &&
            !db_run(writing->db, error, "update choice set lot = ?3 where application = ?1 and rank = ?2",
                    V_INT(application), V_INT(c - problem->choice_from[a] + 1),
                    V_TEXT(lot_text(writing->arena, problem->choice_lot[c])))) {
            return false;
        }
    }
    return true;
}

static bool keep_outcomes(struct writing *writing, const struct draw *draw, struct error *error)
{
    for (uint32_t a = 0; a < draw->result->applicants; a++) {
        const struct list_applicant *applicant = &draw->list.applicants[a];
        int64_t lead = applicant->nsiblings ? applicant->application : 0;
        if (!keep_outcome(writing, draw, a, applicant->application, lead, error) ||
            !keep_choice_lots(writing, draw, a, applicant->application, error)) {
            return false;
        }
        for (size_t i = 0; i < applicant->nsiblings; i++) {
            if (!keep_outcome(writing, draw, a, applicant->siblings[i], lead, error) ||
                !keep_choice_lots(writing, draw, a, applicant->siblings[i], error)) {
                return false;
            }
        }
    }
    return true;
}

/* The wish by which the last one admitted stands there; nothing when nobody was. */
static const struct list_choice *choice_of(const struct draw *draw, const struct allot_standing *last)
{
    static const struct list_choice none;
    const struct allot_problem *problem = &draw->list.problem;
    return last->applicant != ALLOT_NONE ? &draw->list.choices[problem->choice_from[last->applicant] + last->rank]
                                         : &none;
}

static bool keep_kinds(struct writing *writing, const struct draw *draw, uint32_t j, struct error *error)
{
    const struct allot_problem *problem = &draw->list.problem;
    const struct kind_set *set = draw->list.offers[j].kinds;
    uint32_t step = list_step_metres(draw->list.policy);
    for (size_t k = 0; set && k < set->nkinds; k++) {
        const struct allot_kind_cutoff *cutoff = &draw->result->kind_cutoff[problem->kind_from[j] + k];
        const struct allot_standing *last = &cutoff->last;
        bool any = last->applicant != ALLOT_NONE;
        const struct list_choice *choice = choice_of(draw, last);
        if (!db_run(writing->db, error,
                    "insert into kind_cutoff (offer, kind, places, whom, ord, admitted, fully, other, choice_rank, "
                    "category, subrank, sibling, distance, lot) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
                    "?11, ?12, ?13, ?14)",
                    V_INT(draw->list.offers[j].id), V_INT((int64_t)k),
                    V_INT(problem->kind[problem->kind_from[j] + k].places),
                    V_TEXT(str_of(kind_whom_id(set->kinds[k].whom))),
                    V_TEXT(str_of(kind_order_id(set->kinds[k].order))), V_INT(cutoff->admitted), V_INT(cutoff->full),
                    V_INT(any && last->other), V_INT(any ? last->rank + 1 : 0), V_INT(choice->category),
                    V_INT(choice->subrank), V_INT(choice->sibling), V_INT((int64_t)choice->steps * step),
                    V_TEXT(any ? lot_text(writing->arena, last->lot) : STR("")))) {
            return false;
        }
    }
    return true;
}

static bool keep_cutoffs(struct writing *writing, const struct draw *draw, struct error *error)
{
    uint32_t step = list_step_metres(draw->list.policy);
    for (uint32_t j = 0; j < draw->result->offers; j++) {
        const struct allot_cutoff *cutoff = &draw->result->cutoff[j];
        const struct allot_standing *last = &cutoff->last;
        bool any = last->applicant != ALLOT_NONE;
        const struct list_choice *choice = choice_of(draw, last);
        if (!db_run(
                writing->db, error,
                "insert into cutoff (offer, category, subrank, distance, lot, fully, admitted, choice_rank, sibling, "
                "listed, balanced, added) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                V_INT(draw->list.offers[j].id), V_INT(choice->category), V_INT(choice->subrank),
                V_INT((int64_t)choice->steps * step), V_TEXT(any ? lot_text(writing->arena, last->lot) : STR("")),
                V_INT(cutoff->full), V_INT(cutoff->admitted), V_INT(any ? last->rank + 1 : 0), V_INT(choice->sibling),
                V_INT(cutoff->listed), V_INT(cutoff->balanced), V_INT(cutoff->added)) ||
            !keep_kinds(writing, draw, j, error)) {
            return false;
        }
    }
    for (uint32_t t = 0; t < draw->result->tallies; t++) {
        const struct allot_tally *tally = &draw->result->tally[t];
        if (!db_run(writing->db, error,
                    "insert into admitted (offer, category, applied, admitted) values (?1, ?2, ?3, ?4)",
                    V_INT(draw->list.offers[tally->offer].id), V_INT(tally->category), V_INT(tally->listed),
                    V_INT(tally->admitted))) {
            return false;
        }
    }
    return true;
}

/* The files that the seed draws; of siblings together each one's. */
static bool keep_audit(struct writing *writing, const struct draw *draw, struct error *error)
{
    const struct round_list *list = &draw->list;
    uint32_t *sample = ARENA_ARRAY(writing->arena, uint32_t, list->transcript.audit), number = 0;
    uint32_t n =
        allot_audit(&list->problem, draw->seed, list->label.p, list->label.n, list->transcript.audit, NULL, sample);
    if (n == ALLOT_NONE) {
        return error_set(error, "no memory to draw the audit");
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct list_applicant *applicant = &list->applicants[sample[i]];
        for (size_t k = 0; k <= applicant->nsiblings; k++) {
            if (!db_run(writing->db, error, "insert into audit_file (round, number, application) values (?1, ?2, ?3)",
                        V_INT(list->round), V_INT(++number),
                        V_INT(k ? applicant->siblings[k - 1] : applicant->application))) {
                return false;
            }
        }
    }
    return true;
}

static bool keep_result(struct writing *writing, struct round_advance *advance, const struct round *round,
                        const struct draw *draw, struct error *error)
{
    const struct allot_result *result = draw->result;
    uint32_t step = list_step_metres(draw->list.policy), placed = result->placed_by_balance;
    struct str file = arena_printf(writing->arena, "%.*s.txt", STR_ARG(round->label));
    struct str detail =
        arena_printf(writing->arena, "choice %u balance %u unplaced %u added %u greatest %llu mean %llu bytes %zu",
                     result->placed_by_choice, placed, result->unplaced, result->added,
                     (unsigned long long)result->balance.greatest * step,
                     placed ? (unsigned long long)(result->balance.total * step / placed) : 0ULL, draw->text.n);
    advance->count = (int64_t)result->placed_by_choice + placed;
    return keep_outcomes(writing, draw, error) && keep_cutoffs(writing, draw, error) &&
           keep_audit(writing, draw, error) &&
           db_run(writing->db, error, "update round set transcript = ?2 where id = ?1", V_INT(round->id),
                  V_TEXT(file)) &&
           round_step_keep(writing, advance, STR(""), 0, detail, error);
}

bool allotment_allot(struct writing *writing, struct round_advance *advance, const struct round *round,
                     struct error *error)
{
    struct draw draw = { 0 };
    struct str value;
    struct signer signer = round_signer(writing, advance->places, round->id);
    if (!round_final_list(writing, advance, round, &draw.list, &draw.text, &draw.commitment, error)) {
        return false;
    }
    if (advance->result != ROUND_DONE) {
        return true;
    }
    if (!hex_decode(round->seed, draw.seed, SM3_BYTES)) {
        return error_set(error, "the seed of the round is damaged");
    }
    bool good =
        round_public_value(writing->db, writing->arena, round->id, &value, error) &&
        round_sources(writing->db, advance->places, writing->arena, round, value, &draw.list.transcript, error) &&
        run_draw(&draw, writing->arena, error) && write_transcript(&draw, &signer, error);
    if (good) {
        verify_transcript(advance, draw.text);
    }
    if (good && advance->result == ROUND_DONE) {
        good = round_file_write(advance->places, writing->arena, round->label, "", draw.text, error) &&
               keep_result(writing, advance, round, &draw, error);
    }
    allot_result_free(draw.result, NULL);
    return good;
}

/* ---- Publishing ---- */

static int by_offer(const void *a, const void *b)
{
    const struct claim_change *x = a, *y = b;
    if (x->offer != y->offer) {
        return x->offer < y->offer ? -1 : 1;
    }
    return (x->subject > y->subject) - (x->subject < y->subject);
}

/* What each listed ticket got, in the order of the list. */
static bool load_outcomes(struct writing *writing, const struct round_list *list, struct outcome_row *out,
                          struct error *error)
{
    uint32_t a = 0;
    struct rows *rows = db_query(writing->db, error,
                                 "select o.application, o.offer, o.how, o.rank, o.kind, o.places from outcome o join "
                                 "application a on a.id = o.application where a.round = ?1 and (o.lead is null or "
                                 "o.lead = o.application) order by a.ticket",
                                 V_INT(list->round));
    bool same = true;
    while (rows_next(rows)) {
        same = same && a < list->problem.applicants && list->applicants[a].application == rows_int(rows, 0) &&
               list->problem.applicant[a].places == rows_int(rows, 5);
        if (same) {
            out[a++] = (struct outcome_row){ .application = rows_int(rows, 0),
                                             .offer = rows_int(rows, 1),
                                             .how = rows_text_in(rows, 2, writing->arena),
                                             .rank = rows_int(rows, 3),
                                             .kind = rows_int(rows, 4) };
        }
    }
    return rows_end(rows, error) && ((same && a == list->problem.applicants) ||
                                     error_set(error, "the outcomes are not those of the final list"));
}

/* A place held for who was placed; a place in the waiting list at each wish that is better than what was got, as far as
 * the policy lets those wait who have a place. */
static void add_claims(const struct round_list *list, const struct round *round, uint32_t a, int64_t application,
                       const struct outcome_row *outcome, struct arena *arena, struct list *changes)
{
    const struct allot_problem *problem = &list->problem;
    if (outcome->offer) {
        *(struct claim_change *)list_add(changes, arena) = (struct claim_change){ .offer = outcome->offer,
                                                                                  .subject = application,
                                                                                  .after = "held",
                                                                                  .kind = outcome->kind,
                                                                                  .answer_by = round->dates.answer_by,
                                                                                  .reason = STR("placed") };
    }
    uint32_t from = problem->choice_from[a], to = problem->choice_from[a + 1];
    uint32_t end = str_is(outcome->how, "choice") ? from + (uint32_t)outcome->rank - 1 : to;
    if (outcome->offer && problem->waiting_unplaced_only) {
        end = from;
    }
    for (uint32_t c = from; c < end; c++) {
        if (list->offers[problem->choice[c].offer].id == outcome->offer) {
            continue; /* balanced to an offer that it wished for: it does not wait where it stands */
        }
        *(struct claim_change *)list_add(changes, arena) =
            (struct claim_change){ .offer = list->offers[problem->choice[c].offer].id,
                                   .subject = application,
                                   .after = "waiting",
                                   .member = list->choices[c].members,
                                   .sort = waiting_sort(arena, problem, a, c),
                                   .reason = STR("refused") };
    }
}

/* Places above the plan, for siblings who stand at its last place together: they come into the plan from outside. */
static bool add_places(struct writing *writing, const struct round_advance *advance, const struct round *round,
                       int64_t *added, struct error *error)
{
    struct list offers = { .size = sizeof(struct ledger_move) };
    struct rows *rows = db_query(writing->db, error,
                                 "select o.id, c.added from cutoff c join offer o on o.id = c.offer where o.round = ?1 "
                                 "and c.added > 0 order by o.id",
                                 V_INT(round->id));
    *added = 0;
    while (rows_next(rows)) {
        *(struct ledger_move *)list_add(&offers, writing->arena) =
            (struct ledger_move){ rows_int(rows, 0), BUCKET_PLAN,          BUCKET_FREE,
                                  rows_int(rows, 1), "added for siblings", 0 };
    }
    if (!rows_end(rows, error) || !ledger_moves(writing, offers.items, offers.n, error)) {
        return false;
    }
    for (size_t i = 0; i < offers.n; i++) {
        const struct ledger_move *move = (const struct ledger_move *)offers.items + i;
        *added += move->places;
        if (!db_run(writing->db, error, "update offer set added = ?2 where id = ?1", V_INT(move->offer),
                    V_INT(move->places)) ||
            !round_journal(writing, &advance->actor, "offer.added", round->id, round->division,
                           arena_printf(writing->arena, "offer %lld, places %lld", (long long)move->offer,
                                        (long long)move->places),
                           error)) {
            return false;
        }
    }
    return true;
}

/* Everybody who handed in an application hears that there is a result: placed, not placed, not on the list. */
static bool tell_families(struct writing *writing, const struct round_list *list, const struct outcome_row *outcomes,
                          struct error *error)
{
    struct list left_out = { .size = sizeof(int64_t) };
    for (uint32_t a = 0; a < list->problem.applicants; a++) {
        struct str detail =
            outcomes[a].offer ? arena_printf(writing->arena, "%lld", (long long)outcomes[a].offer) : STR("");
        if (!message_add(writing, outcomes[a].application, "placed", detail, error)) {
            return false;
        }
        for (size_t k = 0; k < list->applicants[a].nsiblings; k++) {
            if (!message_add(writing, list->applicants[a].siblings[k], "placed", detail, error)) {
                return false;
            }
        }
    }
    struct rows *rows = db_query(writing->db, error,
                                 "select a.id from application a left join outcome u on u.application = a.id "
                                 "where a.round = ?1 and a.state = 'submitted' and u.application is null order by a.id",
                                 V_INT(list->round));
    while (rows_next(rows)) {
        *(int64_t *)list_add(&left_out, writing->arena) = rows_int(rows, 0);
    }
    bool good = rows_end(rows, error);
    for (size_t i = 0; i < left_out.n && good; i++) {
        good = message_add(writing, ((const int64_t *)left_out.items)[i], "placed", STR(""), error);
    }
    return good;
}

bool allotment_publish(struct writing *writing, struct round_advance *advance, const struct round *round,
                       struct error *error)
{
    struct round_list list;
    struct list changes = { .size = sizeof(struct claim_change) };
    if (!waiting_problem(writing->db, advance->places, writing->arena, round, &list, error)) {
        return false;
    }
    struct outcome_row *outcomes = ARENA_ARRAY(writing->arena, struct outcome_row, list.problem.applicants);
    if (!load_outcomes(writing, &list, outcomes, error)) {
        return false;
    }
    for (uint32_t a = 0; a < list.problem.applicants; a++) {
        const struct list_applicant *applicant = &list.applicants[a];
        add_claims(&list, round, a, applicant->application, &outcomes[a], writing->arena, &changes);
        for (size_t k = 0; k < applicant->nsiblings; k++) {
            add_claims(&list, round, a, applicant->siblings[k], &outcomes[a], writing->arena, &changes);
        }
    }
    if (changes.n) {
        qsort(changes.items, changes.n, changes.size, by_offer);
    }
    advance->count = (int64_t)changes.n;
    int64_t added;
    return add_places(writing, advance, round, &added, error) &&
           claim_change(writing, changes.items, changes.n, error) && tell_families(writing, &list, outcomes, error) &&
           round_step_keep(writing, advance, STR(""), 0,
                           arena_printf(writing->arena, "answer by %lld; added for siblings %lld",
                                        (long long)round->dates.answer_by, (long long)added),
                           error);
}
