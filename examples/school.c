/* Three schools, seven tickets, one of them twins. The harbour school keeps a place for children of migrant families.
 */
#include <allot/allot.h>
#include <inttypes.h>
#include <stdio.h>

enum { HILL, RIVER, HARBOUR, OFFERS };
enum { MIGRANT = 1 };

static const char *const school_name[OFFERS] = { "hill", "river", "harbour" };
static const char *const child_name[] = { "An", "Bo", "the twins Chu", "Ding", "E", "Fu", "Gu" };
enum { APPLICANTS = sizeof child_name / sizeof *child_name };

static const struct allot_offer offer[OFFERS] = { { .capacity = 2 }, { .capacity = 2 }, { .capacity = 3 } };

/* Only the harbour school has kinds of places: first two for all, then one that migrant children have first claim to.
 */
static const uint32_t kind_from[OFFERS + 1] = { 0, 0, 0, 2 };
static const uint16_t kind_group[] = { MIGRANT };
static const struct allot_kind kind[] = {
    { .places = 2, .whom = ALLOT_FOR_ALL },
    { .places = 1, .whom = ALLOT_MEMBERS_FIRST, .group_from = 0, .groups = 1 },
};

static const struct allot_applicant applicant[APPLICANTS] = {
    { ALLOT_NONE, 0, 1 }, { ALLOT_NONE, 0, 1 }, { ALLOT_NONE, 0, 2 }, { ALLOT_NONE, 0, 1 },
    { ALLOT_NONE, 0, 1 }, { ALLOT_NONE, 0, 1 }, { ALLOT_NONE, 0, 1 },
};

/* Wishes, best first: school, priority (the category here), category, group. */
static const uint32_t choice_from[APPLICANTS + 1] = { 0, 2, 4, 6, 8, 10, 12, 13 };
static const struct allot_choice choice[] = {
    { HILL, 1, 1, 0 },          { RIVER, 1, 1, 0 },   /* An */
    { HILL, 2, 2, 0 },          { HARBOUR, 1, 1, 0 }, /* Bo */
    { RIVER, 1, 1, 0 },         { HARBOUR, 2, 2, 0 }, /* the twins */
    { RIVER, 2, 2, 0 },         { HILL, 2, 2, 0 },    /* Ding */
    { HARBOUR, 1, 1, 0 },       { RIVER, 2, 2, 0 },   /* E */
    { HARBOUR, 2, 2, 0 },       { HILL, 3, 3, 0 },    /* Fu */
    { HARBOUR, 3, 3, MIGRANT },                       /* Gu */
};

int main(void)
{
    static const uint8_t seed[32] = "for an example, not for children";
    uint8_t ticket[APPLICANTS][ALLOT_TICKET_BYTES] = { { 0 } };
    struct allot_lot lot[APPLICANTS];
    for (uint32_t a = 0; a < APPLICANTS; a++) {
        ticket[a][0] = (uint8_t)(a + 1);
    }
    struct allot_problem problem = { .version = ALLOT_VERSION,
                                     .mechanism = ALLOT_DEFERRED,
                                     .offers = OFFERS,
                                     .offer = offer,
                                     .kind_from = kind_from,
                                     .kind = kind,
                                     .kind_group = kind_group,
                                     .applicants = APPLICANTS,
                                     .applicant = applicant,
                                     .ticket = (const uint8_t(*)[ALLOT_TICKET_BYTES])ticket,
                                     .choice_from = choice_from,
                                     .choice = choice,
                                     .lot = lot };
    allot_derive_lots(&problem, seed, "example", 7, NULL, lot, NULL);

    struct allot_result *result = NULL;
    struct allot_error error;
    if (!allot_run(&problem, NULL, &result, &error) || !allot_check(&problem, result, NULL, &error)) {
        fprintf(stderr, "%s\n", error.message);
        allot_result_free(result, NULL);
        return 1;
    }
    for (uint32_t a = 0; a < APPLICANTS; a++) {
        const struct allot_outcome *outcome = &result->outcome[a];
        if (outcome->how == ALLOT_UNPLACED) {
            printf("%s: no place\n", child_name[a]);
        } else {
            printf("%s: %s, wish %u, kind of place %u\n", child_name[a], school_name[outcome->offer],
                   outcome->rank + 1U, outcome->kind);
        }
        struct allot_reasoning why[2];
        allot_explain(&problem, result, a, why);
        for (uint32_t r = 0; r < choice_from[a + 1] - choice_from[a]; r++) {
            if (why[r].verdict == ALLOT_REFUSED) {
                printf("  not %s: %" PRIu32 " places were given to who stood before\n", school_name[why[r].offer],
                       why[r].stood_before);
            }
        }
    }
    allot_result_free(result, NULL);
    return 0;
}
