/*
 * Fuzz target of the transcript's reader and verifier.
 *
 * What must hold for any bytes: the verdict is the same with one worker and with several, who begin with the last
 * piece; a failed allocation is told as such and leaves nothing behind; what is accepted, written again, is the same
 * bytes; what the engine made of a list that was read passes the independent check; each proof made from it leads to
 * its root.
 */
#include "target.h"

#include "../allot/written.h"

#include <string.h>

static void *get(void *ctx, size_t bytes)
{
    uint32_t *held = ctx;
    *held += 1;
    return malloc(bytes);
}

static void put(void *ctx, void *block)
{
    uint32_t *held = ctx;
    *held -= 1;
    free(block);
}

struct ration {
    uint32_t left, held;
};

static void *get_rationed(void *ctx, size_t bytes)
{
    struct ration *ration = ctx;
    if (ration->left == 0) {
        return NULL;
    }
    ration->left--;
    ration->held++;
    return malloc(bytes);
}

static void put_rationed(void *ctx, void *block)
{
    ((struct ration *)ctx)->held--;
    free(block);
}

static void each_backwards(void *ctx, void (*job)(void *argument, uint32_t index), void *argument, uint32_t jobs)
{
    (void)ctx;
    for (uint32_t i = jobs; i > 0; i--) {
        job(argument, i - 1);
    }
}

static bool same_verdict(const struct transcript_report *one, const struct transcript_report *other)
{
    return one->ok == other->ok && one->fault == other->fault && one->line == other->line &&
           strcmp(one->message, other->message) == 0 && strcmp(one->found, other->found) == 0 &&
           strcmp(one->expected, other->expected) == 0 && one->stage == other->stage && one->lines == other->lines &&
           memcmp(one->seed, other->seed, SM3_BYTES) == 0 &&
           memcmp(one->result_root, other->result_root, SM3_BYTES) == 0 &&
           memcmp(one->result_root_sha256, other->result_root_sha256, SM3_BYTES) == 0 &&
           one->placed_by_choice == other->placed_by_choice && one->placed_by_balance == other->placed_by_balance &&
           one->unplaced == other->unplaced && one->added == other->added && one->total == other->total;
}

/* Sixteen bits that depend on the whole input: what else is tried with it. */
static uint32_t mark_of(const char *bytes, size_t count)
{
    uint32_t mark = 2166136261u;
    for (size_t i = 0; i < count; i++) {
        mark = (mark ^ (uint8_t)bytes[i]) * 16777619u;
    }
    return (mark >> 16) ^ (mark & 0xffff);
}

static void verify_with_workers(const char *bytes, size_t count, const struct transcript_report *alone)
{
    uint32_t held = 0;
    struct allot_host host = { .get = get, .put = put, .ctx = &held, .each = each_backwards };
    host.workers = 2 + mark_of(bytes, count) % 7;
    struct transcript_report report;
    transcript_verify(bytes, count, &host, &report);
    MUST(same_verdict(alone, &report), "%u workers say line %zu: %s; one says line %zu: %s", host.workers, report.line,
         report.message, alone->line, alone->message);
    MUST(held == 0, "%u blocks were not given back", held);
}

static void verify_without_memory(const char *bytes, size_t count, const struct transcript_report *alone)
{
    struct ration ration = { .left = (mark_of(bytes, count) >> 3) % 120 };
    struct allot_host host = { .get = get_rationed, .put = put_rationed, .ctx = &ration };
    struct transcript_report report;
    transcript_verify(bytes, count, &host, &report);
    MUST(ration.held == 0, "%u blocks were not given back", ration.held);
    MUST(same_verdict(alone, &report) || (!report.ok && report.fault == ALLOT_FAULT_MEMORY && report.line == 0),
         "without memory: line %zu: %s", report.line, report.message);
}

/* --- written again ----------------------------------------------------------------------------------------------- */

struct again {
    struct transcript_writer writer;
    struct text text;
    const struct transcript *read;
    const struct transcript_report *report;
    uint32_t signatures; /* written */
};

static void sign_again(struct again *again)
{
    const struct transcript *read = again->read;
    while (again->signatures < read->signatures) {
        const struct transcript_signature *signature = &read->signature[again->signatures];
        struct allot_error error;
        if (signature->part != again->writer.ended ||
            (signature->part == TRANSCRIPT_MOVES && signature->batch + 1 != again->writer.batches)) {
            return;
        }
        MUST(memcmp(signature->hash, again->writer.end, SM3_BYTES) == 0, "a signature of another hash");
        MUST(transcript_write_signature(&again->writer, signature, NULL, &error), "signature: %s", error.message);
        again->signatures++;
    }
}

/* As far as `until`; everything that was read can be written. */
static void write_again(struct again *again, enum transcript_stage until)
{
    const struct transcript *read = again->read;
    struct transcript_commitment commitment;
    uint8_t seed[SM3_BYTES];
    struct allot_error error;
    transcript_start(&again->writer, text_keep, &again->text);
    MUST(transcript_write_list(&again->writer, read, NULL, &commitment, &error), "list: %s", error.message);
    MUST(memcmp(&commitment, &again->report->commitment, sizeof commitment) == 0, "another commitment");
    sign_again(again);
    if (until >= TRANSCRIPT_SEED) {
        MUST(transcript_write_seed(&again->writer, read, &commitment, NULL, seed, &error), "seed: %s", error.message);
        MUST(memcmp(seed, again->report->seed, SM3_BYTES) == 0, "another seed");
        sign_again(again);
    }
    if (until >= TRANSCRIPT_RESULT) {
        MUST(transcript_write_result(&again->writer, read, seed, NULL, &error), "result: %s", error.message);
        sign_again(again);
    }
    for (uint32_t batch = 0; read->moves > 0 && until >= TRANSCRIPT_MOVES && batch <= read->move[read->moves - 1].batch;
         batch++) {
        MUST(transcript_write_moves(&again->writer, read, batch, NULL, &error), "moves: %s", error.message);
        sign_again(again);
    }
}

/* --- what follows from an accepted list -------------------------------------------------------------------------- */

static void check_proof(const struct transcript *read, const struct transcript_report *report, uint32_t mark)
{
    uint32_t applicant = mark % read->problem->applicants;
    enum transcript_hash hash = mark % 2 == 0 ? TRANSCRIPT_HASH_SM3 : TRANSCRIPT_HASH_SHA256;
    struct text text = { 0 };
    struct allot_error error;
    struct transcript_report proved;
    uint8_t ticket[ALLOT_TICKET_BYTES];
    MUST(transcript_proof_write(read, applicant, TRANSCRIPT_TABLE_LIST, hash, NULL, text_keep, &text, &error),
         "proof: %s", error.message);
    MUST(transcript_proof_verify(text.bytes, text.count, &report->commitment, ticket, &proved), "proof, line %zu: %s",
         proved.line, proved.message);
    MUST(memcmp(ticket, read->problem->ticket[applicant], sizeof ticket) == 0, "a proof of another ticket");
    free(text.bytes);
}

static void check_result(const struct transcript *read, uint32_t mark)
{
    const struct allot_problem *problem = read->problem;
    struct allot_error error;
    MUST(allot_check(problem, read->result, NULL, &error), "check: %s", error.message);
    uint32_t applicant = problem->applicants == 0 ? 0 : mark % problem->applicants;
    struct allot_reasoning *reasoning = calloc(problem->offers + 1, sizeof *reasoning);
    uint32_t *list = calloc(problem->applicants + 1, sizeof *list);
    if (problem->applicants > 0) {
        allot_explain(problem, read->result, applicant, reasoning);
    }
    for (uint32_t j = 0; j < problem->offers && j < 4; j++) {
        uint16_t rank;
        uint32_t waiting = allot_waiting_list(problem, read->result->outcome, NULL, j, 0, NULL, list);
        uint32_t next = allot_next_waiting(problem, read->result->outcome, NULL, j, 0, ALLOT_MAX_TOGETHER, &rank);
        MUST(waiting == 0 ? next == ALLOT_NONE : next == list[0], "the first on the list of offer %u is not next", j);
    }
    free(list);
    free(reasoning);
}

static void check_read(const char *bytes, size_t count, const struct transcript_report *verified)
{
    struct transcript *read = NULL;
    struct transcript_report report;
    bool good = transcript_read(bytes, count, NULL, &read, &report);
    MUST(good || !verified->ok, "verified, but not read: line %zu: %s", report.line, report.message);
    if (!good) {
        MUST(read == NULL, "a transcript that could not be read");
        return;
    }
    enum transcript_stage until = verified->ok                     ? verified->stage
                                  : report.stage > TRANSCRIPT_SEED ? TRANSCRIPT_SEED
                                                                   : report.stage;
    struct again again = { .read = read, .report = &report };
    write_again(&again, until);
    MUST(again.text.count <= count && memcmp(again.text.bytes, bytes, again.text.count) == 0,
         "written again it is something else");
    MUST(!verified->ok || again.text.count == count, "written again it is shorter");
    free(again.text.bytes);
    uint32_t mark = mark_of(bytes, count);
    if (read->problem->applicants > 0) {
        check_proof(read, &report, mark);
    }
    if (read->result != NULL) {
        check_result(read, mark);
    }
    transcript_free(read, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of exactly this size, so that a step beyond its end is seen. */
    char *bytes = malloc(size + (size == 0));
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    struct transcript_report report;
    MUST(transcript_verify(bytes, size, NULL, &report) == report.ok, "the answer is not the report's");
    MUST(report.ok || report.message[0] != '\0', "refused without a word");
    verify_with_workers(bytes, size, &report);
    if (mark_of(bytes, size) % 8 == 0) {
        verify_without_memory(bytes, size, &report);
    }
    check_read(bytes, size, &report);
    free(bytes);
    return 0;
}
