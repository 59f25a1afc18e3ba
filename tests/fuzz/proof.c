/*
 * Fuzz target of the proof's reader.
 *
 * What must hold for any bytes: a proof that is accepted leads from its line to its root by the RFC's own words
 * (path.h), is the one form of what it says, is accepted again beside exactly that root and count, and beside no other.
 */
#include "path.h"
#include "target.h"

#include "allot/lines.h"

#include <inttypes.h>
#include <string.h>

/* The lines of an accepted proof, taken apart again by the simplest means. */
struct taken {
    const char *line[80];
    size_t bytes[80]; /* without the line feed */
    size_t lines;
    uint64_t index, count;
    uint8_t node[64][32];
    size_t nodes;
};

static void take_apart(struct taken *taken, const char *bytes, size_t count)
{
    const char *end = bytes + count;
    while (bytes < end) {
        const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
        MUST(feed != NULL && taken->lines < 80, "accepted without a last line feed, or with too many lines");
        taken->line[taken->lines] = bytes;
        taken->bytes[taken->lines++] = (size_t)(feed - bytes);
        bytes = feed + 1;
    }
    MUST(taken->lines >= 7, "accepted with %zu lines", taken->lines);
}

static void take_hash(const char *line, const char *keyword, uint8_t hash[32])
{
    size_t skip = strlen(keyword);
    MUST(memcmp(line, keyword, skip) == 0 && line[skip] == ' ', "not a line that begins with %s", keyword);
    for (int i = 0; i < 32; i++) {
        const char pair[3] = { line[skip + 1 + 2 * (size_t)i], line[skip + 2 + 2 * (size_t)i],
                               0 }; /* the file does not end with NUL */
        unsigned value = 0;
        MUST(sscanf(pair, "%2x", &value) == 1, "no digits of a hash");
        hash[i] = (uint8_t)value;
    }
}

/* Each line again from its words. */
static void same_form(const struct taken *taken, size_t at, const char *content)
{
    struct line_check check;
    char mark[LINE_CHECK_BYTES + 1];
    line_check_start(&check);
    line_mark(&check, content, strlen(content), mark);
    MUST(taken->bytes[at] == strlen(content) + LINE_CHECK_BYTES &&
             memcmp(taken->line[at], content, strlen(content)) == 0 &&
             memcmp(taken->line[at] + strlen(content), mark, LINE_CHECK_BYTES) == 0,
         "line %zu has a second form: %s", at + 1, content);
}

static void check_lines(struct taken *taken, const struct transcript_report *report)
{
    char content[300];
    same_form(taken, 0, "jiaoti-proof 2");
    (void)snprintf(content, sizeof content, "round %s", report->round);
    same_form(taken, 1, content);
    same_form(taken, 2, report->table == TRANSCRIPT_TABLE_LIST ? "table list" : "table result");
    same_form(taken, 3, report->hash == TRANSCRIPT_HASH_SM3 ? "hash sm3" : "hash sha256");
    size_t shown = taken->bytes[5] < sizeof content - 1 ? taken->bytes[5] : sizeof content - 1;
    memcpy(content, taken->line[5], shown); /* the file does not end with NUL */
    content[shown] = 0;
    MUST(sscanf(content, "position %" SCNu64 " %" SCNu64, &taken->index, &taken->count) == 2, "no position");
    (void)snprintf(content, sizeof content, "position %" PRIu64 " %" PRIu64, taken->index, taken->count);
    same_form(taken, 5, content);
    for (size_t i = 6; i + 1 < taken->lines; i++) {
        take_hash(taken->line[i], "node", taken->node[taken->nodes++]);
    }
}

static void check_accepted(const char *bytes, size_t count, const struct transcript_report *report)
{
    struct taken taken = { .lines = 0 };
    uint8_t leaf[32], root[32], said[32];
    take_apart(&taken, bytes, count);
    check_lines(&taken, report);
    path_leaf(report->hash, taken.line[4], taken.bytes[4], leaf);
    take_hash(taken.line[taken.lines - 1], "root", said);
    MUST(path_root(report->hash, leaf, taken.index, taken.count, (const uint8_t(*)[32])taken.node, taken.nodes, root),
         "the nodes are not as many as the position needs");
    MUST(memcmp(root, said, 32) == 0, "the nodes lead elsewhere");

    struct transcript_commitment published = report->commitment;
    struct transcript_report again;
    uint8_t *known = report->hash == TRANSCRIPT_HASH_SM3 ? published.root : published.root_sha256;
    MUST(memcmp(known, root, 32) == 0 && published.count == taken.count, "the report says another root or count");
    MUST(transcript_proof_verify(bytes, count, &published, NULL, &again), "refused beside its own root");
    known[taken.index % 32] ^= 1;
    MUST(!transcript_proof_verify(bytes, count, &published, NULL, &again), "accepted beside another root");
    known[taken.index % 32] ^= 1;
    published.count++;
    MUST(!transcript_proof_verify(bytes, count, &published, NULL, &again), "accepted beside another count");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size + (size == 0));
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    struct transcript_report report;
    uint8_t ticket[ALLOT_TICKET_BYTES];
    MUST(transcript_proof_verify(bytes, size, NULL, ticket, &report) == report.ok, "the answer is not the report's");
    MUST(report.ok || report.message[0] != '\0', "refused without a word");
    if (report.ok) {
        check_accepted(bytes, size, &report);
    }
    free(bytes);
    return 0;
}
