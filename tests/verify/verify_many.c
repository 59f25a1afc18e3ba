/*
 * The library's verifier over many files: reads a pack (pack.mjs) from standard input, each case a line "NAME BYTES
 * PROOF", the bytes of a transcript and those of a proof (none: 0), and prints one line of JSON for each: what is
 * right, or which line of which of the two is wrong. verify_many.mjs prints the same of the second verifier.
 */
#include "allot/transcript.h"
#include "base/sm2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool holds(void *ctx, const struct transcript_signature *signature)
{
    char message[TRANSCRIPT_SIGNED_MESSAGE_MAX];
    size_t bytes = transcript_signed_message(signature, message);
    (void)ctx;
    return sm2_holds(signature->key, signature->signature, message, bytes);
}

static char *read_bytes(size_t count)
{
    char *bytes = malloc(count + 1);
    if (bytes == NULL || fread(bytes, 1, count, stdin) != count) {
        fprintf(stderr, "verify_many: the pack is cut off\n");
        exit(2);
    }
    return bytes;
}

static void print_hash(const char *name, const uint8_t hash[SM3_BYTES])
{
    printf(",\"%s\":\"", name);
    for (int i = 0; i < SM3_BYTES; i++) {
        printf("%02x", hash[i]);
    }
    putchar('"');
}

static void print_right(const struct transcript_report *report)
{
    static const char *const STAGE[] = { "none", "list", "seed", "result", "moves" };
    printf(",\"stage\":\"%s\",\"applicants\":%u,\"children\":%llu,\"moves\":%u,\"signatures\":%u", STAGE[report->stage],
           report->applicants, (unsigned long long)report->commitment.children, report->moves, report->signatures);
    print_hash("rules", report->commitment.rules);
    print_hash("root", report->commitment.root);
    print_hash("rootSha256", report->commitment.root_sha256);
    if (report->stage >= TRANSCRIPT_SEED) {
        print_hash("seed", report->seed);
    }
    if (report->stage >= TRANSCRIPT_RESULT) {
        print_hash("resultRoot", report->result_root);
        print_hash("resultRootSha256", report->result_root_sha256);
    }
}

/* The messages are the library's own: no quotes but those it writes itself. */
static void print_wrong(const struct transcript_report *report, const char *file)
{
    printf(",\"file\":\"%s\",\"line\":%zu,\"message\":\"", file, report->line);
    for (const char *at = report->message; *at != '\0'; at++) {
        printf(*at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
    }
    putchar('"');
}

static bool refuse(struct transcript_report *report, size_t line, const char *message)
{
    *report = (struct transcript_report){ .line = line };
    (void)snprintf(report->message, sizeof report->message, "%s", message);
    return false;
}

/* Against what the transcript says: its round, the table that the proof is of, the roots and the count of that. */
static bool proof_holds(const char *bytes, size_t count, const struct transcript_report *of,
                        struct transcript_report *report)
{
    enum { ROUND_LINE = 2, TABLE_LINE = 3 };
    bool alone = transcript_proof_verify(bytes, count, NULL, NULL, report);
    struct transcript_commitment published = of->commitment;
    if ((alone || report->line > ROUND_LINE) && strcmp(report->round, of->round) != 0) {
        return refuse(report, ROUND_LINE, "the proof is of another round");
    }
    if ((alone || report->line > TABLE_LINE) && report->table == TRANSCRIPT_TABLE_RESULT) {
        if (of->stage < TRANSCRIPT_RESULT) {
            return refuse(report, TABLE_LINE, "the transcript does not have this table yet");
        }
        memcpy(published.root, of->result_root, sizeof published.root);
        memcpy(published.root_sha256, of->result_root_sha256, sizeof published.root_sha256);
    }
    return transcript_proof_verify(bytes, count, &published, NULL, report);
}

static void verify_one(const char *bytes, size_t count, const char *proof, size_t proof_count)
{
    struct transcript_report report, proved;
    bool right = transcript_verify_signed(bytes, count, NULL, holds, NULL, &report);
    bool proof_right = !right || proof_count == 0 || proof_holds(proof, proof_count, &report, &proved);
    printf(",\"ok\":%s", right && proof_right ? "true" : "false");
    if (!right) {
        print_wrong(&report, "transcript");
    } else if (!proof_right) {
        print_wrong(&proved, "proof");
    } else {
        print_right(&report);
    }
}

int main(void)
{
    char line[200], name[100];
    while (fgets(line, sizeof line, stdin) != NULL) {
        unsigned long long count = 0, proof_count = 0;
        if (sscanf(line, "%99s %llu %llu", name, &count, &proof_count) != 3) {
            fprintf(stderr, "verify_many: no case: %s", line);
            return 2;
        }
        char *bytes = read_bytes(count), *proof = read_bytes(proof_count);
        printf("{\"name\":\"%s\"", name);
        verify_one(bytes, count, proof, proof_count);
        printf("}\n");
        free(bytes);
        free(proof);
    }
    return 0;
}
