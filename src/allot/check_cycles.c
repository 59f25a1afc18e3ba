/*
 * The check of top trading cycles: the circles are followed, and each must give what the result says.
 *
 * Whoever lists an offer is sorted into its order once. Then a walk goes from an offer to the first without a place who
 * lists it, from there to the best wish that has a place left, and so on, until it meets itself: that is a circle.
 * It is taken out and the walk goes on from where it entered it. Heads of offers and wishes of applicants only move
 * forwards, and every step either lengthens the walk or ends with a circle, so all of it costs one look at each choice
 * beside the sorting. The order in which circles are taken does not matter, so this is the answer of the mechanism.
 */
#include "allot/seats.h"

struct circles {
    const struct allot_problem *problem;
    const struct allot_result *result;
    struct allot_error *error;
    uint32_t *from;        /* per offer + 1: into `key` */
    struct allot_key *key; /* who lists an offer, in its order */
    struct allot_key *spare;
    uint32_t *head; /* per offer: who is looked at next */
    uint32_t *left; /* per offer: places */
    uint32_t *wish; /* per applicant: the choice it points to */
    uint8_t *done;  /* per applicant: has a place */
    uint32_t *walk; /* offers, none twice */
    uint8_t *on;    /* per offer: is on the walk */
};

static bool wrong(const struct circles *circles, uint32_t applicant)
{
    return allot_fail(circles->error, ALLOT_FAULT_RESULT,
                      "an applicant has not the place that its circle gives it (number %u)", applicant);
}

static void list_wishes(struct circles *circles)
{
    const struct allot_problem *problem = circles->problem;
    uint32_t choices = problem->choice_from[problem->applicants];
    for (uint32_t c = 0; c < choices; c++) {
        circles->from[problem->choice[c].offer]++;
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        circles->from[j + 1] += circles->from[j];
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
            uint32_t offer = problem->choice[c].offer;
            struct allot_seat seat = allot_whole_of(problem, offer);
            circles->key[--circles->from[offer]] = allot_key_at(problem, &seat, a, c);
        }
        circles->wish[a] = problem->choice_from[a];
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        circles->head[j] = circles->from[j];
        circles->left[j] = problem->offer[j].capacity;
        allot_sort_keys(problem, false, circles->key + circles->from[j], circles->spare,
                        circles->from[j + 1] - circles->from[j]);
    }
}

/* The first without a place who lists the offer, or ALLOT_NONE. */
static uint32_t first_at(struct circles *circles, uint32_t offer)
{
    uint32_t *head = &circles->head[offer];
    while (*head < circles->from[offer + 1] && circles->done[circles->key[*head].applicant]) {
        (*head)++;
    }
    return *head < circles->from[offer + 1] ? circles->key[*head].applicant : ALLOT_NONE;
}

/* Takes out the circle from the last offer of the walk back to `offer`; false if the result says otherwise. */
static bool take_circle(struct circles *circles, uint32_t offer, uint32_t *length)
{
    const struct allot_problem *problem = circles->problem;
    for (uint32_t at = ALLOT_NONE; at != offer;) {
        at = circles->walk[--*length];
        circles->on[at] = 0;
        uint32_t a = circles->key[circles->head[at]].applicant;
        uint32_t c = circles->wish[a];
        const struct allot_outcome *outcome = &circles->result->outcome[a];
        circles->done[a] = 1;
        circles->left[problem->choice[c].offer]--;
        if (outcome->how != ALLOT_CHOICE || outcome->rank != c - problem->choice_from[a]) {
            return wrong(circles, a);
        }
    }
    return true;
}

/* One walk, until it has nowhere to go or its beginning is in a circle. */
static bool walk_from(struct circles *circles, uint32_t start)
{
    const struct allot_problem *problem = circles->problem;
    uint32_t length = 0;
    circles->walk[length++] = start;
    circles->on[start] = 1;
    while (length > 0) {
        uint32_t at = circles->walk[length - 1];
        uint32_t a = circles->left[at] > 0 ? first_at(circles, at) : ALLOT_NONE;
        if (a == ALLOT_NONE) {
            circles->on[at] = 0;
            length--;
            continue;
        }
        while (circles->left[problem->choice[circles->wish[a]].offer] == 0) { /* `at` is a wish that has places */
            circles->wish[a]++;
        }
        uint32_t next = problem->choice[circles->wish[a]].offer;
        if (!circles->on[next]) {
            circles->walk[length++] = next;
            circles->on[next] = 1;
        } else if (!take_circle(circles, next, &length)) {
            return false;
        }
    }
    return true;
}

static bool follow(struct circles *circles)
{
    const struct allot_problem *problem = circles->problem;
    list_wishes(circles);
    for (uint32_t j = 0; j < problem->offers; j++) {
        while (circles->left[j] > 0 && first_at(circles, j) != ALLOT_NONE) {
            if (!walk_from(circles, j)) {
                return false;
            }
        }
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (circles->result->outcome[a].how == ALLOT_CHOICE && !circles->done[a]) {
            return wrong(circles, a);
        }
    }
    return true;
}

bool allot_check_cycles(const struct allot_problem *problem, const struct allot_result *result,
                        const struct allot_host *host, struct allot_error *error)
{
    size_t offers = problem->offers, applicants = problem->applicants, choices = problem->choice_from[applicants];
    struct circles circles = { .problem = problem, .result = result, .error = error };
    circles.from = allot_get_zero(host, offers + 1, sizeof *circles.from);
    circles.key = allot_get(host, choices, sizeof *circles.key);
    circles.spare = allot_get(host, choices, sizeof *circles.spare);
    circles.head = allot_get(host, offers, sizeof *circles.head);
    circles.left = allot_get(host, offers, sizeof *circles.left);
    circles.wish = allot_get(host, applicants, sizeof *circles.wish);
    circles.done = allot_get_zero(host, applicants, 1);
    circles.walk = allot_get(host, offers, sizeof *circles.walk);
    circles.on = allot_get_zero(host, offers, 1);
    bool room = circles.from && circles.key && circles.spare && circles.head && circles.left && circles.wish &&
                circles.done && circles.walk && circles.on;
    bool right = room ? follow(&circles) : allot_no_memory(error);
    const void *blocks[] = { circles.from, circles.key,  circles.spare, circles.head, circles.left,
                             circles.wish, circles.done, circles.walk,  circles.on };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        allot_put(host, blocks[i]);
    }
    return right;
}
