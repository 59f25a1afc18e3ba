/* Measures the transcript of made-up cities: writing and verifying, with one worker and two; medians of the wall's
 * time. Verifying is what `jiaoti verify` does but for signatures: all hashing, the draw, the run and its comparison.
 *
 *   transcript_bench SIZE …            rows (measure.h)
 *   transcript_bench --file FILE SIZE  writes one to a file, for other verifiers
 */
#include "measure.h"
#include "paper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 15, WORKERS = 2, CITY = 114000, COUNTRY = 18000000 };

static bool verify(const struct paper *paper, const struct allot_host *host, double *spent)
{
    struct transcript_report report;
    double start = wall_ms();
    bool good = transcript_verify(paper->text, paper->bytes, host, &report);
    *spent = wall_ms() - start;
    if (!good) {
        (void)fprintf(stderr, "line %zu: %s\n", report.line, report.message);
    }
    return good;
}

/* Two rows; false when the transcript does not verify. */
static bool measure(uint32_t size, const struct allot_host *shared)
{
    struct paper paper;
    double one[2][MOST_RUNS], both[2][MOST_RUNS];
    int runs = size < 20000 ? MOST_RUNS : size < 500000 ? 5 : size < COUNTRY ? 3 : 1;
    bool good = true;
    char note[2][96];
    paper_make(&paper, size);
    for (int i = 0; i < runs && good; i++) {
        both[0][i] = paper_write(&paper, shared);
        one[0][i] = paper_write(&paper, NULL);
        good = verify(&paper, NULL, &one[1][i]) && verify(&paper, shared, &both[1][i]);
    }
    double megabytes = (double)paper.bytes / 1e6;
    for (int k = 0; k < 2; k++) {
        double best = median(both[k], runs) < median(one[k], runs) ? median(both[k], runs) : median(one[k], runs);
        (void)snprintf(note[k], sizeof note[k], "%.1f MB, %.0f MB/s", megabytes, megabytes * 1e3 / best);
    }
    ROW(.what = "transcript, writing it", .applicants = size, .ours = median(one[0], runs),
        .shared = median(both[0], runs), .note = note[0]);
    ROW(.what = "transcript, verifying it", .applicants = size, .ours = median(one[1], runs),
        .shared = median(both[1], runs), .note = note[1], .verdict = good ? "proved" : "unproved",
        .wanted = size == CITY      ? "≤ 0.3 s"
                  : size == COUNTRY ? "≤ 15 s"
                                    : NULL);
    paper_free(&paper);
    return good;
}

static bool to_file(const char *path, uint32_t size, const struct allot_host *shared)
{
    struct paper paper;
    FILE *file = fopen(path, "w");
    if (!file) {
        return false;
    }
    paper_make(&paper, size);
    (void)paper_write(&paper, shared);
    bool good = fwrite(paper.text, 1, paper.bytes, file) == paper.bytes;
    paper_free(&paper);
    return fclose(file) == 0 && good;
}

int main(int argc, char **argv)
{
    struct crew *crew = crew_new(WORKERS);
    struct allot_host shared = crew_host(crew);
    bool good = true;
    keep_memory();
    if (argc == 4 && strcmp(argv[1], "--file") == 0) {
        good = to_file(argv[2], (uint32_t)strtoul(argv[3], NULL, 10), &shared);
    } else {
        for (int i = 1; i < argc && good; i++) {
            good = measure((uint32_t)strtoul(argv[i], NULL, 10), &shared);
        }
    }
    crew_free(crew);
    return good ? 0 : 1;
}
