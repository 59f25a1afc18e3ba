/*
 * Verifying: one way through the file. Inputs are read in their one form and hashed; what follows from them is made
 * again and must stand there, byte for byte: hashes, roots, the seed, the result, where moves lead.
 *
 * A line's own check names a changed input line exactly, where the hashes only say that some line was changed. After
 * the comparison the independent checker looks at the result.
 */
#include "allot/transcript_parts.h"

#include <string.h>

static bool read_parts(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    struct allot_error error = { 0 };
    if (!reader_rules(reader) || !reader_applicants(reader)) {
        return false;
    }
    if (!allot_shape_valid(&loaded->problem, reader->calm, &error)) {
        return reader_failed(reader, &error);
    }
    if (reader->at < reader->end && !reader_seed(reader)) {
        return false;
    }
    if (reader->keep && loaded->stage == TRANSCRIPT_SEED && reader->at == reader->end) {
        return transcript_rerun(loaded, reader->report->seed, reader->calm, &error) || reader_failed(reader, &error);
    }
    if (reader->at < reader->end && !reader_result(reader)) {
        return false;
    }
    while (reader->at < reader->end) {
        if (!reader_moves(reader)) {
            return false;
        }
    }
    return true;
}

static void reader_of(struct reader *reader, const char *bytes, size_t count, const struct allot_host *host,
                      bool verify, bool keep, struct transcript_report *report)
{
    *report = (struct transcript_report){ .ok = false };
    *reader = (struct reader){ .begin = bytes, .at = bytes, .end = bytes + count, .host = host };
    reader->verify = verify;
    reader->keep = keep;
    reader->hashed = bytes;
    reader->report = report;
    if (host != NULL) {
        reader->inner = *host;
        reader->inner.progress = NULL;
        reader->calm = &reader->inner;
    }
    line_check_start(&reader->check);
    line_start(&reader->made, host);
    sm3_start(&reader->hash);
}

/* Signatures behind the first wrong line do not matter; the first that does not hold is blamed. */
static bool signatures_hold(const struct loaded *loaded, transcript_signature_holds *holds, void *ctx, bool right,
                            struct transcript_report *report)
{
    for (size_t i = 0; holds != NULL && i < loaded->signatures; i++) {
        bool before = right || report->line == 0 || loaded->signature_line[i] < report->line;
        if (before && !holds(ctx, &loaded->signature[i])) {
            const struct transcript_text *text = &loaded->signature[i].text;
            static const char EXPECTED[] = "a signature of this part's hash by this key";
            return transcript_blame(report, loaded->signature_line[i], text->text, text->bytes, EXPECTED,
                                    sizeof EXPECTED - 1, "the signature does not hold");
        }
    }
    return right;
}

/* --- the report -------------------------------------------------------------------------------------------------- */

static void copy_label(char to[TRANSCRIPT_TEXT_MAX + 1], struct transcript_text text)
{
    size_t bytes = text.bytes <= TRANSCRIPT_TEXT_MAX ? text.bytes : 0;
    if (bytes > 0) {
        memcpy(to, text.text, bytes);
    }
    to[bytes] = '\0';
}

static void summarise_result(const struct loaded *loaded, struct transcript_report *report)
{
    const struct allot_result *result = loaded->result;
    report->placed_by_choice = result->placed_by_choice;
    report->placed_by_balance = result->placed_by_balance;
    report->unplaced = result->unplaced;
    report->added = result->added;
    report->repairs = result->repairs;
    report->passed_over = result->passed_over;
    report->audited = loaded->transcript.audit < result->applicants ? loaded->transcript.audit : result->applicants;
    report->greatest = loaded->problem.balance ? result->balance.greatest : 0;
    report->total = loaded->problem.balance ? result->balance.total : 0;
}

static void summarise(const struct reader *reader)
{
    const struct loaded *loaded = reader->loaded;
    const struct transcript *transcript = &loaded->transcript;
    struct transcript_report *report = reader->report;
    report->stage = loaded->stage;
    report->lines = reader->line;
    copy_label(report->round, transcript->round);
    copy_label(report->program, transcript->program);
    memcpy(report->policy, transcript->policy, SM3_BYTES);
    report->mechanism = loaded->problem.mechanism;
    report->together = loaded->problem.together;
    report->balance = loaded->problem.balance;
    report->applicants = loaded->problem.applicants;
    report->offers = loaded->problem.offers;
    report->sites = loaded->problem.sites;
    report->kinds = (uint32_t)loaded->kinds;
    report->groups = transcript->groups;
    report->witnesses = transcript->witnesses;
    for (uint32_t i = 0; i < transcript->witnesses; i++) {
        report->opened += loaded->witness[i].secret != NULL;
    }
    report->publics = transcript->publics;
    report->signatures = transcript->signatures;
    report->moves = transcript->moves;
    if (loaded->result != NULL) {
        summarise_result(loaded, report);
    }
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

/* Reads the file; what was read stays in reader->loaded (NULL without memory). */
static bool read_file(struct reader *reader)
{
    reader->loaded = allot_get_zero(reader->host, 1, sizeof *reader->loaded);
    if (reader->loaded == NULL) {
        return reader_no_memory(reader);
    }
    bool read = read_parts(reader);
    line_end(&reader->made);
    allot_waiting_free(reader->waiting, reader->host);
    summarise(reader);
    return read;
}

/* transcript: NULL, or where a right file is kept. */
static bool verify_file(const char *bytes, size_t count, const struct allot_host *host,
                        transcript_signature_holds *holds, void *ctx, struct transcript **transcript,
                        struct transcript_report *report)
{
    struct reader reader;
    reader_of(&reader, bytes, count, host, true, transcript != NULL, report);
    bool right = read_file(&reader);
    if (reader.loaded == NULL) {
        return false;
    }
    if (report->fault != ALLOT_FAULT_MEMORY) {
        right = signatures_hold(reader.loaded, holds, ctx, right, report);
    }
    report->ok = right;
    if (report->ok && transcript != NULL) {
        *transcript = &reader.loaded->transcript;
    } else {
        transcript_free(&reader.loaded->transcript, host);
    }
    return report->ok;
}

bool transcript_verify_signed(const char *bytes, size_t count, const struct allot_host *host,
                              transcript_signature_holds *holds, void *ctx, struct transcript_report *report)
{
    return verify_file(bytes, count, host, holds, ctx, NULL, report);
}

bool transcript_verify_keep(const char *bytes, size_t count, const struct allot_host *host,
                            transcript_signature_holds *holds, void *ctx, struct transcript **transcript,
                            struct transcript_report *report)
{
    return verify_file(bytes, count, host, holds, ctx, transcript, report);
}

bool transcript_verify(const char *bytes, size_t count, const struct allot_host *host, struct transcript_report *report)
{
    return verify_file(bytes, count, host, NULL, NULL, NULL, report);
}

bool transcript_read(const char *bytes, size_t count, const struct allot_host *host, struct transcript **transcript,
                     struct transcript_report *report)
{
    struct reader reader;
    reader_of(&reader, bytes, count, host, false, true, report);
    report->ok = read_file(&reader);
    if (report->ok) {
        *transcript = &reader.loaded->transcript;
    } else if (reader.loaded != NULL) {
        transcript_free(&reader.loaded->transcript, host);
    }
    return report->ok;
}
