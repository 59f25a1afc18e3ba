/*
 * A draw that anybody can repeat: twenty people ask for five tickets. The seed is given on the command line (64
 * hexadecimal digits: the hash of what witnesses opened, of dice thrown in public …); the tickets are hashes of names.
 */
#include <allot/allot.h>
#include <allot/sm3.h>
#include <stdio.h>
#include <string.h>

enum { PEOPLE = 20, TICKETS = 5 };

static bool seed_from(const char *text, uint8_t seed[32])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 64; i++) {
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
        if (digit == NULL) {
            return false;
        }
        unsigned value = (unsigned)(digit - digits);
        seed[i / 2] = (uint8_t)(i % 2 ? seed[i / 2] | value : value << 4);
    }
    return text[64] == 0;
}

int main(int count, char **word)
{
    uint8_t seed[32];
    if (count != 2 || !seed_from(word[1], seed)) {
        fprintf(stderr, "usage: draw SEED (64 digits 0-9a-f)\n");
        return 2;
    }
    uint8_t ticket[PEOPLE][ALLOT_TICKET_BYTES];
    struct allot_applicant applicant[PEOPLE];
    struct allot_choice choice[PEOPLE];
    uint32_t choice_from[PEOPLE + 1], waiting[PEOPLE];
    struct allot_lot lot[PEOPLE];
    for (uint32_t a = 0; a < PEOPLE; a++) {
        char name[24];
        int bytes = snprintf(name, sizeof name, "person %u", a + 1U);
        sm3_of(name, (size_t)bytes, ticket[a]);
        applicant[a] = (struct allot_applicant){ .site = ALLOT_NONE, .places = 1 };
        choice[a] = (struct allot_choice){ .offer = 0 };
        choice_from[a] = a;
    }
    choice_from[PEOPLE] = PEOPLE;
    struct allot_offer offer = { .capacity = TICKETS, .order = ALLOT_BY_LOT };
    struct allot_problem problem = { .version = ALLOT_VERSION,
                                     .mechanism = ALLOT_DRAW,
                                     .offers = 1,
                                     .offer = &offer,
                                     .applicants = PEOPLE,
                                     .applicant = applicant,
                                     .ticket = (const uint8_t(*)[ALLOT_TICKET_BYTES])ticket,
                                     .choice_from = choice_from,
                                     .choice = choice,
                                     .lot = lot };
    allot_derive_lots(&problem, seed, "marathon", 8, NULL, lot, NULL);

    struct allot_result *result = NULL;
    struct allot_error error;
    if (!allot_run(&problem, NULL, &result, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    for (uint32_t a = 0; a < PEOPLE; a++) {
        if (result->outcome[a].how == ALLOT_CHOICE) {
            printf("person %u has a ticket, number %016llx%016llx\n", a + 1U, (unsigned long long)lot[a].high,
                   (unsigned long long)lot[a].low);
        }
    }
    uint32_t substitutes = allot_waiting_list(&problem, result->outcome, NULL, 0, 0, NULL, waiting);
    for (uint32_t i = 0; substitutes != ALLOT_NONE && i < substitutes; i++) {
        printf("substitute %u: person %u\n", i + 1U, waiting[i] + 1U);
    }
    allot_result_free(result, NULL);
    return substitutes == ALLOT_NONE;
}
