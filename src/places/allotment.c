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
    struct allot_lot *lots = ARENA_ARRAY(arena, struct allot_lot, problem->applicants);
    allot_derive_lots(problem, draw->seed, draw->list.label.p, draw->list.label.n, NULL, lots, NULL);
    problem->lot = lots;
    return allot_run(problem, NULL, &draw->result, &wrong) ||
           error_set(error, "the allotment could not be run: %s", wrong.message);
}

static bool write_transcript(struct draw *draw, struct arena *arena, struct error *error)
{
    struct buf buf = buf_init(LIMIT_TRANSCRIPT_BYTES);
    struct transcript_writer writer;
    struct allot_error wrong = { 0 };
    unsigned char seed[SM3_BYTES];
    draw->list.transcript.result = draw->result;
    buf_add(&buf, draw->text);
    transcript_start(&writer, put_buf, &buf);
    transcript_resume(&writer, draw->text.p, draw->text.n);
    bool good = transcript_write_seed(&writer, &draw->list.transcript, &draw->commitment, NULL, seed, &wrong) &&
                transcript_write_result(&writer, &draw->list.transcript, seed, NULL, &wrong);
    if (good && memcmp(seed, draw->seed, sizeof seed) != 0) {
        good = error_set(error, "the witnesses' secrets do not give the seed that was fixed");
    } else if (!good) {
        error_set(error, "the transcript could not be written: %s", wrong.message);
    }
    if (good) {
        draw->text = arena_str(arena, buf_str(&buf));
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

static bool keep_outcomes(struct writing *writing, const struct draw *draw, struct error *error)
{
    static const char *const how[] = {
        [ALLOT_UNPLACED] = "unplaced", [ALLOT_CHOICE] = "choice", [ALLOT_BALANCED] = "balance"
    };
    const struct allot_problem *problem = &draw->list.problem;
    for (uint32_t a = 0; a < draw->result->applicants; a++) {
        const struct allot_outcome *outcome = &draw->result->outcome[a];
        bool placed = outcome->offer != ALLOT_NONE;
        uint32_t end = problem->choice_from[a + 1], last = end > problem->choice_from[a] ? end - 1 : 0;
        bool implied = end > problem->choice_from[a] && draw->list.choices[last].implied;
        const struct list_choice *wish = implied ? &draw->list.choices[last] : &(struct list_choice){ 0 };
        if (!db_run(writing->db, error,
                    "insert into outcome (application, offer, how, rank, lot, implied, implied_category, "
                    "implied_subrank, implied_distance) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                    V_INT(draw->list.applicants[a].application),
                    V_IF(placed, V_INT(placed ? draw->list.offers[outcome->offer].id : 0)),
                    V_TEXT(str_of(how[outcome->how])), V_INT(outcome->how == ALLOT_CHOICE ? outcome->rank + 1 : 0),
                    V_TEXT(lot_text(writing->arena, problem->lot[a])),
                    V_IF(implied, V_INT(implied ? draw->list.offers[problem->choice[last].offer].id : 0)),
                    V_IF(implied, V_INT(wish->category)), V_IF(implied, V_INT(wish->subrank)),
                    V_IF(implied, V_INT(wish->distance)))) {
            return false;
        }
    }
    return true;
}

static bool keep_cutoffs(struct writing *writing, const struct draw *draw, struct error *error)
{
    const struct allot_problem *problem = &draw->list.problem;
    uint32_t step = list_step_metres(draw->list.policy);
    for (uint32_t j = 0; j < draw->result->offers; j++) {
        const struct allot_cutoff *cutoff = &draw->result->cutoff[j];
        const struct allot_standing *last = &cutoff->last;
        bool any = last->applicant != ALLOT_NONE;
        struct list_choice none = { 0 };
        const struct list_choice *choice =
            any ? &draw->list.choices[problem->choice_from[last->applicant] + last->rank] : &none;
        if (!db_run(
                writing->db, error,
                "insert into cutoff (offer, category, subrank, distance, lot, fully, admitted, choice_rank, sibling, "
                "listed, balanced) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                V_INT(draw->list.offers[j].id), V_INT(choice->category), V_INT(choice->subrank),
                V_INT((int64_t)choice->steps * step), V_TEXT(any ? lot_text(writing->arena, last->lot) : STR("")),
                V_INT(cutoff->full), V_INT(cutoff->admitted), V_INT(any ? last->rank + 1 : 0), V_INT(choice->sibling),
                V_INT(cutoff->listed), V_INT(cutoff->balanced))) {
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

static bool keep_result(struct writing *writing, struct round_advance *advance, const struct round *round,
                        const struct draw *draw, struct error *error)
{
    const struct allot_result *result = draw->result;
    uint32_t step = list_step_metres(draw->list.policy), placed = result->placed_by_balance;
    struct str file = arena_printf(writing->arena, "%.*s.txt", STR_ARG(round->label));
    struct str detail = arena_printf(
        writing->arena, "choice %u balance %u unplaced %u greatest %llu mean %llu bytes %zu", result->placed_by_choice,
        placed, result->unplaced, (unsigned long long)result->balance.greatest * step,
        placed ? (unsigned long long)(result->balance.total * step / placed) : 0ULL, draw->text.n);
    advance->count = (int64_t)result->placed_by_choice + placed;
    return keep_outcomes(writing, draw, error) && keep_cutoffs(writing, draw, error) &&
           db_run(writing->db, error, "update round set transcript = ?2 where id = ?1", V_INT(round->id),
                  V_TEXT(file)) &&
           round_step_keep(writing, advance, STR(""), 0, detail, error);
}

bool allotment_allot(struct writing *writing, struct round_advance *advance, const struct round *round,
                     struct error *error)
{
    struct draw draw = { 0 };
    struct str value;
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
        run_draw(&draw, writing->arena, error) && write_transcript(&draw, writing->arena, error);
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

/* What each listed application got, in the order of the list. */
static bool load_outcomes(struct writing *writing, const struct round_list *list, struct outcome_row *out,
                          struct error *error)
{
    uint32_t a = 0;
    struct rows *rows = db_query(writing->db, error,
                                 "select o.application, o.offer, o.how, o.rank from outcome o join application a "
                                 "on a.id = o.application where a.round = ?1 order by a.ticket",
                                 V_INT(list->round));
    bool same = true;
    while (rows_next(rows)) {
        same = same && a < list->problem.applicants && list->applicants[a].application == rows_int(rows, 0);
        if (same) {
            out[a++] = (struct outcome_row){ .application = rows_int(rows, 0),
                                             .offer = rows_int(rows, 1),
                                             .how = rows_text_in(rows, 2, writing->arena),
                                             .rank = rows_int(rows, 3) };
        }
    }
    return rows_end(rows, error) && ((same && a == list->problem.applicants) ||
                                     error_set(error, "the outcomes are not those of the final list"));
}

/* A place held for who was placed; a place in the waiting list at each wish that is better than what was got. */
static void add_claims(const struct round_list *list, const struct round *round, uint32_t a,
                       const struct outcome_row *outcome, struct arena *arena, struct list *changes)
{
    const struct allot_problem *problem = &list->problem;
    if (outcome->offer) {
        *(struct claim_change *)list_add(changes, arena) = (struct claim_change){ .offer = outcome->offer,
                                                                                  .subject = outcome->application,
                                                                                  .after = "held",
                                                                                  .answer_by = round->dates.answer_by,
                                                                                  .reason = STR("placed") };
    }
    uint32_t from = problem->choice_from[a], to = problem->choice_from[a + 1];
    uint32_t end = str_is(outcome->how, "choice") ? from + (uint32_t)outcome->rank - 1 : to;
    for (uint32_t c = from; c < end; c++) {
        *(struct claim_change *)list_add(changes, arena) =
            (struct claim_change){ .offer = list->offers[problem->choice[c].offer].id,
                                   .subject = outcome->application,
                                   .after = "waiting",
                                   .sort = waiting_sort(arena, problem, a, c),
                                   .reason = STR("refused") };
    }
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
        add_claims(&list, round, a, &outcomes[a], writing->arena, &changes);
    }
    if (changes.n) {
        qsort(changes.items, changes.n, changes.size, by_offer);
    }
    advance->count = (int64_t)changes.n;
    return claim_change(writing, changes.items, changes.n, error) && tell_families(writing, &list, outcomes, error) &&
           round_step_keep(writing, advance, STR(""), 0,
                           arena_printf(writing->arena, "answer by %lld", (long long)round->dates.answer_by), error);
}
