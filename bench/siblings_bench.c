/*
 * siblings_bench [CHILDREN]: how many families are passed over where siblings go in together or not at all, and how
 * long the repair is, in the made-up city (city.c; 114,000 children). Prints the table of docs/mechanisms.md, "Siblings
 * together", one line for each share of pairs and kind of order. Each answer is checked; one that fails ends the
 * program with 1.
 */
#include "city.h"
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>

enum { CITIES = 5, PLACES = 105 /* per cent of the children */ };

struct sums {
    uint32_t pairs, steps, most_steps, singles, families, named;
    double times[CITIES];
};

static uint64_t dice_state;

static uint32_t dice(void)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice_state >> 33);
}

/* As many children, so fewer tickets. */
static void make(struct city *city, uint32_t children, uint32_t number, uint32_t share, bool own_orders)
{
    struct city_shape shape = city_with_wishes(children);
    shape.children = (uint32_t)((uint64_t)children * 100 / (100 + share)) + number;
    shape.places = PLACES * (100 + share) / 100;
    city_make(city, &shape);
    dice_state = number + 1;
    for (uint32_t a = 0; a < shape.children; a++) {
        city->applicant[a].places = dice() % 100 < share ? 2 : 1;
    }
    for (uint32_t i = 0; own_orders && i < city->problem.choice_from[shape.children]; i++) {
        city->choice[i].priority = dice();
    }
    city->problem.together = ALLOT_TOGETHER_FIT;
    city->problem.balance = false;
}

static bool measure(struct sums *sums, const struct allot_problem *problem, uint32_t number)
{
    struct allot_result *result = NULL;
    struct allot_error error = { 0 };
    double start = processor_ms();
    if (!allot_run(problem, NULL, &result, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return false;
    }
    sums->times[number] = processor_ms() - start;
    bool right = allot_check(problem, result, NULL, &error);
    if (!right) {
        fprintf(stderr, "%s\n", error.message);
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        sums->pairs += problem->applicant[a].places > 1;
    }
    for (uint32_t i = 0; i < result->passed_over; i++) {
        uint32_t a = result->over[i].applicant;
        sums->families += i == 0 || a != result->over[i - 1].applicant;
        sums->singles += problem->applicant[a].places == 1;
    }
    sums->named += result->passed_over > 0;
    sums->steps += result->repairs;
    sums->most_steps = result->repairs > sums->most_steps ? result->repairs : sums->most_steps;
    allot_result_free(result, NULL);
    return right;
}

static bool tell(uint32_t children, uint32_t share, bool own_orders)
{
    struct sums sums = { 0 };
    bool right = true;
    for (uint32_t number = 0; right && number < CITIES; number++) {
        struct city city;
        make(&city, children, number, share, own_orders);
        right = measure(&sums, &city.problem, number);
        city_free(&city);
    }
    printf("| %u %%, %s | %.1f of %u | %u | %.0f; %u | %.0f ms |\n", share,
           own_orders ? "own orders" : "category and distance", (double)sums.families / CITIES, sums.pairs / CITIES,
           sums.singles, (double)sums.steps / CITIES, sums.most_steps, median(sums.times, CITIES));
    return right;
}

int main(int count, char **word)
{
    uint32_t children = count > 1 ? (uint32_t)strtoul(word[1], NULL, 10) : 114000;
    printf(
        "| pairs; order | families passed over, of pairs (mean of %d cities) | tickets of one place among them, in all "
        "| steps: mean; most | run |\n|---|---|---|---|---|\n",
        CITIES);
    static const uint32_t shares[] = { 1, 4, 20 };
    bool right = true;
    for (size_t i = 0; right && i < sizeof shares / sizeof *shares; i++) {
        right = tell(children, shares[i], false) && tell(children, shares[i], true);
    }
    return right ? 0 : 1;
}
