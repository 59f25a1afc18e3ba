/*
 * How often a family could gain by another list of wishes than its true one, in made-up problems, and how often other
 * things happen that docs/mechanisms.md speaks of. Prints the table of that document. With the document as argument:
 * says whether every line stands in it, and fails when one does not.
 *
 * Each problem has six tickets and four offers with one or two places each; wishes and orders are drawn at random, each
 * as likely as any other. Real wishes are more alike and lists of real schools longer, so these figures compare the
 * rules with one another; they do not say how often anything happens in a city.
 */
#include "misreport.h"
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBLEMS = 1000, TICKETS = 6, OFFERS = 4 };

struct line {
    const char *of;
    struct form form;
    enum lists lists;
    uint32_t longest;
};

#define FIT .together = ALLOT_TOGETHER_FIT

static const struct line lines[] = {
    { "serial", { .mechanism = ALLOT_SERIAL, .places = 2 }, LISTS_FEWER, 0 },
    { "serial, room for two wishes", { .mechanism = ALLOT_SERIAL, .places = 2, .full = true }, LISTS_SHORT, 2 },
    { "deferred", { .mechanism = ALLOT_DEFERRED, .places = 2 }, LISTS_ANY, 0 },
    { "deferred, room for two wishes", { .mechanism = ALLOT_DEFERRED, .places = 2, .full = true }, LISTS_SHORT, 2 },
    { "deferred, room for three wishes", { .mechanism = ALLOT_DEFERRED, .places = 2, .full = true }, LISTS_SHORT, 3 },
    { "deferred, kinds of places", { .mechanism = ALLOT_DEFERRED, .places = 1, .kinds = true }, LISTS_ANY, 0 },
    { "deferred, pairs of siblings, add", { .mechanism = ALLOT_DEFERRED, .places = 2, .several = 2 }, LISTS_ANY, 0 },
    { "deferred, pairs of siblings, fit",
      { .mechanism = ALLOT_DEFERRED, FIT, .places = 2, .several = 2 },
      LISTS_ANY,
      0 },
    { "deferred, then waiting lists of all", { .mechanism = ALLOT_DEFERRED, .places = 2, .back = true }, LISTS_ANY, 0 },
    { "deferred, then waiting lists of the unplaced",
      { .mechanism = ALLOT_DEFERRED, .places = 2, .back = true, .waiting_unplaced = true },
      LISTS_ANY,
      0 },
    { "deferred, caps, then balance",
      { .mechanism = ALLOT_DEFERRED, .places = 1, .kinds = true, .balance = true },
      LISTS_ANY,
      0 },
    { "draw, one lot", { .mechanism = ALLOT_DRAW, .places = 2 }, LISTS_ANY, 0 },
    { "cycles, hiding and reordering", { .mechanism = ALLOT_CYCLES, .places = 2 }, LISTS_FEWER, 0 },
    { "cycles, adding too", { .mechanism = ALLOT_CYCLES, .places = 2 }, LISTS_ANY, 0 },
};

struct counted {
    uint32_t problems; /* in which somebody gains */
    uint32_t families, asked;
    uint32_t passed, improvable;
};

/* Passed over: by priority and lot alone, whatever the mechanism's own order looks at before. */
static void count_faults(const struct tale *tale, struct counted *counted)
{
    struct told told;
    struct oracle oracle;
    struct oracle_plan plan;
    struct allot_result *result = tale_run(tale, &told);
    told.problem.mechanism = tale->mechanism == ALLOT_DRAW ? ALLOT_DRAW : ALLOT_DEFERRED;
    oracle_fill(&oracle, &told.problem);
    oracle_read(&oracle, result, &plan);
    counted->passed += !oracle_unmoved(&oracle, &plan);
    bool single = true;
    for (uint32_t a = 0; a < tale->tickets; a++) {
        single = single && tale->places[a] == 1;
    }
    counted->improvable += single && oracle_improvable(&oracle, &plan);
    allot_result_free(result, NULL);
}

static struct counted count(const struct line *line)
{
    struct dice dice = { 71 };
    struct counted counted = { 0 };
    struct form form = line->form;
    form.tickets = TICKETS;
    form.offers = OFFERS;
    for (uint32_t i = 0; i < PROBLEMS; i++) {
        struct tale tale;
        bool somebody = false;
        tale_roll(&tale, &dice, &form);
        for (uint32_t a = 0; a < TICKETS; a++) {
            bool gains = !tale.gives_back[a] && tale_gains(&tale, a, line->lists, line->longest, NULL, NULL);
            counted.asked += !tale.gives_back[a];
            counted.families += gains;
            somebody |= gains;
        }
        counted.problems += somebody;
        if (!form.back && !form.balance && line->lists != LISTS_SHORT) {
            count_faults(&tale, &counted);
        }
    }
    return counted;
}

static void say_count(char *text, size_t bytes, uint32_t part, uint32_t whole, bool counted)
{
    if (counted) {
        snprintf(text, bytes, "%u of %u", part, whole);
    } else {
        snprintf(text, bytes, "–");
    }
}

static void say(char *text, size_t bytes, const struct line *line)
{
    struct counted counted = count(line);
    bool faults = !line->form.back && !line->form.balance && line->lists != LISTS_SHORT;
    char share[4][16];
    say_count(share[0], sizeof share[0], counted.problems, PROBLEMS, true);
    say_count(share[1], sizeof share[1], counted.families, counted.asked, true);
    say_count(share[2], sizeof share[2], counted.passed, PROBLEMS, faults);
    say_count(share[3], sizeof share[3], counted.improvable, PROBLEMS, faults && line->form.several < 2);
    snprintf(text, bytes, "| %s | %s | %s | %s | %s |", line->of, share[0], share[1], share[2], share[3]);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 18);
    if (file == NULL || text == NULL || fread(text, 1, (1 << 18) - 1, file) == 0) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    fclose(file);
    return text;
}

int main(int count_of, char **arguments)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    if (count_of > 1) {
        return 77; /* skipped: the figures are the same, and slow; test_properties.c runs the same code */
    }
#endif
    char *document = count_of > 1 ? read_file(arguments[1]) : NULL;
    bool right = true;
    printf("| rules | problems in which somebody can gain | families who can | somebody is passed over | something "
           "is better for all |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char text[256];
        say(text, sizeof text, &lines[i]);
        bool there = document == NULL || strstr(document, text) != NULL;
        printf("%s%s\n", text, there ? "" : " NOT IN THE DOCUMENT");
        right = right && there;
    }
    free(document);
    return right ? 0 : 1;
}
