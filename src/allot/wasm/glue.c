/*
 * The verifier for a browser: this file and the library, compiled to WebAssembly (meson.build beside this).
 *
 * JavaScript puts the file's bytes into memory that `get` gave and calls `verify`, which keeps what it read of a right
 * file; then `kept`, and asks `find`, `tell` and `proof` of it. Every answer is JSON (a proof: its text) that `said`
 * points to until the next call. Whether a signature holds JavaScript says: the library has no SM2. One file at a time;
 * its bytes must stay.
 *
 * The module imports the two functions below and nothing else, so that it can do nothing but compute.
 */
#include "allot/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(name) __attribute__((import_module("page"), import_name(#name)))

IMPORT(progress) void page_progress(double done, double total);
/* text: message, then who says to have signed. Not 0: it holds. */
IMPORT(signature)
int page_signature(const uint8_t *key, const uint8_t *signature, const char *message, size_t message_bytes,
                   const char *text, size_t text_bytes, uint32_t part);

/* The C library's output ends here, so that it asks the browser for nothing. Nobody prints. */
__wasi_errno_t __wasi_fd_write(__wasi_fd_t file, const __wasi_ciovec_t *parts, size_t count, __wasi_size_t *written)
{
    (void)file, (void)parts, (void)count, (void)written;
    return __WASI_ERRNO_BADF;
}

__wasi_errno_t __wasi_fd_close(__wasi_fd_t file)
{
    (void)file;
    return __WASI_ERRNO_BADF;
}

__wasi_errno_t __wasi_fd_seek(__wasi_fd_t file, __wasi_filedelta_t offset, __wasi_whence_t whence,
                              __wasi_filesize_t *at)
{
    (void)file, (void)offset, (void)whence, (void)at;
    return __WASI_ERRNO_BADF;
}

/* --- the host ---------------------------------------------------------------------------------------------------- */

static void *host_get(void *ctx, size_t bytes)
{
    (void)ctx;
    return malloc(bytes);
}

static void host_put(void *ctx, void *block)
{
    (void)ctx;
    free(block);
}

static void host_progress(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    page_progress((double)done, (double)total);
}

static const struct allot_host host = { .get = host_get, .put = host_put, .progress = host_progress };

EXPORT(get) void *page_get(size_t bytes)
{
    return malloc(bytes == 0 ? 1 : bytes);
}

EXPORT(put) void page_put(void *block)
{
    free(block);
}

EXPORT(sm3) void page_sm3(const uint8_t *bytes, size_t count, uint8_t *hash)
{
    sm3_of(bytes, count, hash);
}

/* --- what is said ------------------------------------------------------------------------------------------------ */

/* One answer, grown as needed; without memory it stays empty. */
static struct {
    char *bytes;
    size_t count, room;
    bool full, comma;
} answer;

EXPORT(said) const char *page_said(void)
{
    return answer.bytes;
}

EXPORT(said_bytes) size_t page_said_bytes(void)
{
    return answer.full ? 0 : answer.count;
}

static bool add(void *ctx, const char *text, size_t bytes)
{
    (void)ctx;
    if (answer.count + bytes > answer.room && !answer.full) {
        size_t room = 2 * (answer.count + bytes) + 4096;
        char *more = realloc(answer.bytes, room);
        answer.full = more == NULL;
        answer.bytes = more == NULL ? answer.bytes : more;
        answer.room = more == NULL ? answer.room : room;
    }
    if (!answer.full) {
        memcpy(answer.bytes + answer.count, text, bytes);
        answer.count += bytes;
    }
    return !answer.full;
}

static void begin(void)
{
    answer.count = 0;
    answer.full = false;
    answer.comma = false;
}

static void mark(char character)
{
    add(NULL, &character, 1);
}

static void quoted(const char *text, size_t bytes)
{
    mark('"');
    for (size_t i = 0; i < bytes; i++) {
        uint8_t c = (uint8_t)text[i];
        char coded[8];
        if (c == '"' || c == '\\') {
            mark('\\');
            mark((char)c);
        } else if (c < 0x20 || c == 0x7f) {
            add(NULL, coded, (size_t)snprintf(coded, sizeof coded, "\\u%04x", c));
        } else {
            mark((char)c);
        }
    }
    mark('"');
}

static void key(const char *name)
{
    if (answer.comma) {
        mark(',');
    }
    if (name != NULL) {
        quoted(name, strlen(name));
        mark(':');
    }
    answer.comma = true;
}

static void open_with(const char *name, char bracket)
{
    key(name);
    mark(bracket);
    answer.comma = false;
}

static void close_with(char bracket)
{
    mark(bracket);
    answer.comma = true;
}

static void say_number(const char *name, uint64_t number)
{
    char digits[24];
    key(name);
    add(NULL, digits, (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number));
}

static void say_flag(const char *name, bool flag)
{
    key(name);
    add(NULL, flag ? "true" : "false", flag ? 4 : 5);
}

static void say_none(const char *name)
{
    key(name);
    add(NULL, "null", 4);
}

static void say_bytes(const char *name, const char *text, size_t bytes)
{
    key(name);
    quoted(text, bytes);
}

static void say_text(const char *name, struct transcript_text text)
{
    say_bytes(name, text.text, text.bytes);
}

static void say_words(const char *name, const char *words)
{
    say_bytes(name, words, strlen(words));
}

static void digits_of(const uint8_t *bytes, size_t count, char *digits)
{
    for (size_t i = 0; i < count; i++) {
        digits[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        digits[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
}

static void say_digits(const char *name, const uint8_t *bytes, size_t count)
{
    char digits[2 * TRANSCRIPT_SECRET_MAX];
    digits_of(bytes, count, digits);
    say_bytes(name, digits, 2 * count);
}

static void say_hash(const char *name, const uint8_t hash[SM3_BYTES])
{
    say_digits(name, hash, SM3_BYTES);
}

/* --- verifying --------------------------------------------------------------------------------------------------- */

static struct {
    struct transcript *transcript; /* NULL: nothing is loaded */
    const char *bytes;
    size_t count;
    struct transcript_report report; /* of the last verify or load */
} state;

static bool signature_holds(void *ctx, const struct transcript_signature *signature)
{
    char message[TRANSCRIPT_SIGNED_MESSAGE_MAX];
    size_t bytes = transcript_signed_message(signature, message);
    (void)ctx;
    return page_signature(signature->key, signature->signature, message, bytes, signature->text.text,
                          signature->text.bytes, signature->part) != 0;
}

static void say_counts(const struct transcript_report *report)
{
    say_number("stage", report->stage);
    say_number("lines", report->lines);
    say_number("mechanism", report->mechanism);
    say_number("together", report->together);
    say_flag("balance", report->balance);
    say_number("applicants", report->applicants);
    say_number("children", report->commitment.children);
    say_number("offers", report->offers);
    say_number("sites", report->sites);
    say_number("kinds", report->kinds);
    say_number("groups", report->groups);
    say_number("witnesses", report->witnesses);
    say_number("opened", report->opened);
    say_number("publics", report->publics);
    say_number("signatures", report->signatures);
    say_number("moves", report->moves);
    say_number("byChoice", report->placed_by_choice);
    say_number("byBalance", report->placed_by_balance);
    say_number("unplaced", report->unplaced);
    say_number("added", report->added);
    say_number("repairs", report->repairs);
    say_number("passedOver", report->passed_over);
    say_number("audited", report->audited);
    say_number("greatest", report->greatest);
    say_number("total", report->total);
}

static void say_report(const struct transcript_report *report)
{
    begin();
    open_with(NULL, '{');
    say_flag("ok", report->ok);
    say_number("fault", report->fault);
    say_number("line", report->line);
    say_words("message", report->message);
    say_words("found", report->found);
    say_words("expected", report->expected);
    say_words("round", report->round);
    say_words("program", report->program);
    say_hash("policy", report->policy);
    say_counts(report);
    say_hash("rules", report->commitment.rules);
    say_hash("root", report->commitment.root);
    say_hash("rootSha256", report->commitment.root_sha256);
    say_hash("seed", report->seed);
    say_hash("placesRoot", report->result_root);
    say_hash("placesRootSha256", report->result_root_sha256);
    close_with('}');
}

EXPORT(unload) void page_unload(void)
{
    transcript_free(state.transcript, &host);
    state.transcript = NULL;
}

/* What a right file says is kept for the questions below; the bytes must stay where they are until `unload`. */
EXPORT(verify) int page_verify(const char *bytes, size_t count)
{
    page_unload();
    bool right = transcript_verify_keep(bytes, count, &host, signature_holds, NULL, &state.transcript, &state.report);
    state.bytes = bytes;
    state.count = count;
    say_report(&state.report);
    return right;
}

/* A proof file by itself; what is published beside it is for the reader to compare. */
EXPORT(verify_proof) int page_verify_proof(const char *bytes, size_t count)
{
    static struct transcript_report report;
    uint8_t ticket[ALLOT_TICKET_BYTES] = { 0 };
    bool right = transcript_proof_verify(bytes, count, NULL, ticket, &report);
    begin();
    open_with(NULL, '{');
    say_flag("ok", right);
    say_number("line", report.line);
    say_words("message", report.message);
    say_words("found", report.found);
    say_words("expected", report.expected);
    say_words("round", report.round);
    say_number("table", report.table);
    say_number("hash", report.hash);
    say_number("applicants", report.commitment.count);
    say_hash("root", report.hash == TRANSCRIPT_HASH_SM3 ? report.commitment.root : report.commitment.root_sha256);
    say_hash("ticket", ticket);
    close_with('}');
    return right;
}

/* --- looking up -------------------------------------------------------------------------------------------------- */

static void say_seed(const struct transcript *transcript)
{
    open_with("witnesses", '[');
    for (uint32_t i = 0; i < transcript->witnesses; i++) {
        const struct transcript_witness *witness = &transcript->witness[i];
        uint8_t hash[SM3_BYTES];
        open_with(NULL, '{');
        say_text("name", witness->id);
        say_hash("commitment", witness->commitment);
        if (witness->secret == NULL) {
            say_none("secret");
        } else {
            sm3_of(witness->secret, witness->secret_bytes, hash);
            say_digits("secret", witness->secret, witness->secret_bytes);
            say_hash("hash", hash);
        }
        close_with('}');
    }
    close_with(']');
    open_with("publics", '[');
    for (uint32_t i = 0; i < transcript->publics; i++) {
        open_with(NULL, '{');
        say_text("name", transcript->public_value[i].name);
        say_text("value", transcript->public_value[i].value);
        close_with('}');
    }
    close_with(']');
}

/* What of the file stands beside the answers; 0 when nothing was kept. */
EXPORT(kept) int page_kept(void)
{
    begin();
    if (state.transcript == NULL) {
        return 0;
    }
    open_with(NULL, '{');
    say_seed(state.transcript);
    say_number("step", state.transcript->step_metres);
    close_with('}');
    return 1;
}

/* Does the ticket stand before all tickets that begin with these digits (-1), among them (0), behind them (1)? */
static int beside(const uint8_t ticket[ALLOT_TICKET_BYTES], const char *digits, size_t count)
{
    char own[2 * ALLOT_TICKET_BYTES];
    digits_of(ticket, ALLOT_TICKET_BYTES, own);
    int order = memcmp(own, digits, count);
    return (order > 0) - (order < 0);
}

/* How many tickets begin with these digits (0-9a-f); *first, unless there is none, is the first of them. */
EXPORT(find) uint32_t page_find(const char *digits, size_t count, uint32_t *first)
{
    if (state.transcript == NULL || count == 0 || count > 2 * ALLOT_TICKET_BYTES) {
        return 0;
    }
    const struct allot_problem *problem = state.transcript->problem;
    uint32_t from = 0, to = problem->applicants, found = 0;
    while (from < to) { /* tickets rise in a transcript that was read */
        uint32_t middle = from + (to - from) / 2;
        bool before = beside(problem->ticket[middle], digits, count) < 0;
        from = before ? middle + 1 : from;
        to = before ? to : middle;
    }
    *first = from;
    while (from + found < problem->applicants && beside(problem->ticket[from + found], digits, count) == 0) {
        found++;
    }
    return found;
}

/* The line of a table that begins with this word and ticket: its number from 1, and itself. */
static void say_row(const char *name, const char *number, const char *word, const uint8_t ticket[ALLOT_TICKET_BYTES])
{
    char wanted[16 + 2 * ALLOT_TICKET_BYTES];
    int word_bytes = snprintf(wanted, 16, "\n%s ", word);
    digits_of(ticket, ALLOT_TICKET_BYTES, wanted + word_bytes);
    const char *end = state.bytes + state.count;
    const char *at = memmem(state.bytes, state.count, wanted, (size_t)word_bytes + 2 * ALLOT_TICKET_BYTES);
    if (at == NULL) {
        return;
    }
    at++;
    uint64_t line = 1;
    for (const char *i = state.bytes; (i = memchr(i, '\n', (size_t)(at - i))) != NULL; i++) {
        line++;
    }
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    say_number(number, line);
    say_bytes(name, at, (size_t)((stop == NULL ? end : stop) - at));
}

static void say_offer(const char *name, const char *id, uint32_t offer)
{
    if (offer == ALLOT_NONE) {
        say_none(name);
        return;
    }
    say_number(name, offer);
    say_text(id, state.transcript->offer_id[offer]);
}

static void say_standing(const char *name, const struct allot_standing *standing)
{
    char lot[40];
    if (standing->applicant == ALLOT_NONE) {
        say_none(name);
        return;
    }
    open_with(name, '{');
    say_number("rank", standing->rank + 1u);
    say_number("category", standing->category);
    say_number("priority", standing->priority);
    say_flag("other", standing->other != 0);
    (void)snprintf(lot, sizeof lot, "%016llx%016llx", (unsigned long long)standing->lot.high,
                   (unsigned long long)standing->lot.low);
    say_words("lot", lot);
    close_with('}');
}

static void say_reasoning(const struct allot_reasoning *reasoning)
{
    const struct allot_problem *problem = state.transcript->problem;
    uint32_t first = problem->kind_from == NULL ? 0 : problem->kind_from[reasoning->offer];
    uint32_t kinds = problem->kind_from == NULL ? 0 : problem->kind_from[reasoning->offer + 1] - first;
    open_with(NULL, '{');
    say_offer("offer", "id", reasoning->offer);
    say_number("kind", reasoning->kind);
    say_number("kinds", kinds);
    say_number("whom", kinds == 0 ? ALLOT_FOR_ALL : problem->kind[first + reasoning->kind].whom);
    say_number("places",
               kinds == 0 ? problem->offer[reasoning->offer].capacity : problem->kind[first + reasoning->kind].places);
    say_number("verdict", reasoning->verdict);
    say_number("decided", reasoning->decided);
    say_standing("own", &reasoning->own);
    say_standing("last", &reasoning->last);
    say_number("admitted", reasoning->admitted);
    say_number("before", reasoning->stood_before);
    say_number("waiting", reasoning->waiting_place);
    say_flag("otherPriority", reasoning->other_priority_suffices);
    say_number("priority", reasoning->sufficient_priority);
    say_number("category", reasoning->sufficient_category);
    say_flag("otherLot", reasoning->other_lot_suffices);
    close_with('}');
}

static void say_choices(uint32_t applicant)
{
    const struct transcript *transcript = state.transcript;
    const struct allot_problem *problem = transcript->problem;
    uint32_t choices = problem->choice_from[applicant + 1] - problem->choice_from[applicant];
    struct allot_reasoning *reasoning = calloc(choices + 1u, sizeof *reasoning);
    if (reasoning == NULL) {
        answer.full = true;
        return;
    }
    allot_explain(problem, transcript->result, applicant, reasoning);
    open_with("choices", '[');
    for (uint32_t i = 0; i < choices; i++) {
        say_reasoning(&reasoning[i]);
    }
    close_with(']');
    free(reasoning);
}

static void say_outcome(uint32_t applicant)
{
    const struct allot_problem *problem = state.transcript->problem;
    const struct allot_outcome *outcome = &state.transcript->result->outcome[applicant];
    uint32_t site = problem->applicant[applicant].site;
    say_offer("offer", "id", outcome->offer);
    say_number("how", outcome->how);
    say_number("rank", outcome->rank + 1u);
    say_number("kind", outcome->kind);
    say_number("reason", outcome->reason);
    if (outcome->how == ALLOT_BALANCED && site != ALLOT_NONE) {
        for (uint32_t i = problem->reach_from[site]; i < problem->reach_from[site + 1]; i++) {
            if (problem->reach[i].offer == outcome->offer) {
                say_number("steps", problem->reach[i].steps);
            }
        }
    }
}

static void say_moves(uint32_t applicant)
{
    const struct transcript *transcript = state.transcript;
    open_with("moves", '[');
    for (uint32_t i = 0; i < transcript->moves; i++) {
        const struct transcript_move *move = &transcript->move[i];
        if (move->applicant != applicant) {
            continue;
        }
        open_with(NULL, '{');
        say_number("kind", move->kind);
        say_offer("from", "fromId", move->from);
        say_offer("to", "toId", move->to);
        say_text("note", move->note);
        close_with('}');
    }
    close_with(']');
}

/* All about one ticket, as far as the file goes. */
EXPORT(tell) int page_tell(uint32_t applicant)
{
    const struct transcript *transcript = state.transcript;
    begin();
    if (transcript == NULL || applicant >= transcript->problem->applicants) {
        return 0;
    }
    const struct allot_problem *problem = transcript->problem;
    const struct allot_applicant *about = &problem->applicant[applicant];
    open_with(NULL, '{');
    say_hash("ticket", problem->ticket[applicant]);
    say_number("index", applicant);
    say_number("applicants", problem->applicants);
    say_number("places", about->places);
    say_flag("declines", (about->flags & ALLOT_DECLINES_BALANCE) != 0);
    say_row("row", "line", "applicant", problem->ticket[applicant]);
    if (transcript->result != NULL) {
        say_row("placeRow", "placeLine", "place", problem->ticket[applicant]);
        say_outcome(applicant);
        say_choices(applicant);
        say_moves(applicant);
    }
    close_with('}');
    return 1;
}

/* Makes a proof from the file and checks it by itself against the roots that `verify` found: 1 when it holds, 0 when it
 * does not or cannot be made. What is said is the proof, as a file. */
EXPORT(proof) int page_proof(uint32_t applicant, uint32_t table, uint32_t hash)
{
    static struct transcript_report report;
    struct allot_error error = { 0 };
    struct transcript_commitment published = state.report.commitment;
    enum transcript_table of = table == 0 ? TRANSCRIPT_TABLE_LIST : TRANSCRIPT_TABLE_RESULT;
    begin();
    if (state.transcript == NULL || applicant >= state.transcript->problem->applicants ||
        !transcript_proof_write(state.transcript, applicant, of,
                                hash == 0 ? TRANSCRIPT_HASH_SM3 : TRANSCRIPT_HASH_SHA256, &host, add, NULL, &error)) {
        return 0;
    }
    if (of == TRANSCRIPT_TABLE_RESULT) {
        memcpy(published.root, state.report.result_root, SM3_BYTES);
        memcpy(published.root_sha256, state.report.result_root_sha256, SM3_BYTES);
    }
    return !answer.full && transcript_proof_verify(answer.bytes, answer.count, &published, NULL, &report);
}
