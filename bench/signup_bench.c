/* Measures a whole city's holiday sign-up: 100,000 wishes of 33,334 families over 2,000 groups, every eighth with two
 * children who go together; from the list in memory to the whole transcript: lots, allotment, list, seed and result
 * with their Merkle roots. Then verifies it. One worker and two; medians of the wall's time. */
#include "measure.h"
#include "paper.h"

#include <stdio.h>

enum { RUNS = 7, WORKERS = 2, FAMILIES = 33334, GROUPS = 2000, WISHES = 3, TOGETHER = 8, PLACES = 105 };

/* Draws, allots and writes everything anew. */
static double everything(struct paper *paper, const struct allot_host *host)
{
    allot_result_free(paper->result, NULL);
    paper->result = NULL;
    double start = wall_ms();
    (void)paper_write(paper, host);
    return wall_ms() - start;
}

int main(void)
{
    struct crew *crew = crew_new(WORKERS);
    struct allot_host shared = crew_host(crew);
    struct city_shape shape = { .children = FAMILIES,
                                .sites = 40,
                                .offers = GROUPS,
                                .open = GROUPS,
                                .reach = 30,
                                .places = PLACES * (TOGETHER + 1) / TOGETHER,
                                .wishes = WISHES,
                                .picks = 12 };
    struct paper paper;
    struct transcript_report report;
    double one[RUNS], both[RUNS];
    bool good = true;
    keep_memory();
    paper_make_of(&paper, &shape);
    paper.city.problem.balance = false;
    for (uint32_t a = 0; a < FAMILIES; a += TOGETHER) {
        paper.city.applicant[a].places = 2;
    }
    for (int i = 0; i < RUNS; i++) {
        both[i] = everything(&paper, &shared);
        one[i] = everything(&paper, NULL);
    }
    good = transcript_verify(paper.text, paper.bytes, &shared, &report);
    if (!good) {
        (void)fprintf(stderr, "line %zu: %s\n", report.line, report.message);
    }
    ROW(.what = "holiday sign-up, wishes to transcript", .applicants = FAMILIES, .ours = median(one, RUNS),
        .shared = median(both, RUNS), .verdict = good ? "proved" : "unproved", .wanted = "≤ 1 s");
    paper_free(&paper);
    crew_free(crew);
    return good ? 0 : 1;
}
