/*
 * Small problems told in a few lines, as docs/mechanisms.md prints them, and back again:
 *
 *     deferred                 the mechanism: serial, deferred, draw, cycles; then, where they hold: fit (else add),
 *                              choice, balance, unplaced (else all), reversed
 *     s 1: a c b               an offer, its places, who stands before whom
 *     t first 1, all 1: b* =a  kinds of places in their order; * marks a member; = stands level with the one before
 *     a > t s                  a ticket and its wishes
 *     P2 > s                   a ticket of two places
 *     lots b a                 the order of the draw (without this line, that of the tickets)
 *     a @ s1 t9                for balance: what a can be sent to, and how far that is
 *     back b                   b gives its place back, and waiting lists are served
 *
 * Offers are small letters from the end of the alphabet, tickets any other letters. Who is not named at an offer stands
 * behind all others there. With `choice` there is a lot per wish: the order at an offer is then that of the lots.
 */
#ifndef TESTS_ALLOT_TALE_H
#define TESTS_ALLOT_TALE_H

#include "allot/allot.h"

enum { TALE_TICKETS = 8, TALE_OFFERS = 5, TALE_KINDS = 3, TALE_TEXT = 1024 };

struct tale {
    enum allot_mechanism mechanism;
    enum allot_together together;
    bool lot_per_offer, balance, waiting_unplaced, waiting_reversed;
    uint32_t tickets, offers;
    char ticket[TALE_TICKETS], offer[TALE_OFFERS];
    uint16_t places[TALE_TICKETS];
    uint32_t wishes[TALE_TICKETS];
    uint8_t wish[TALE_TICKETS][TALE_OFFERS];
    uint32_t turn[TALE_TICKETS]; /* in the draw */
    bool gives_back[TALE_TICKETS];
    uint32_t capacity[TALE_OFFERS];
    uint32_t kinds[TALE_OFFERS];
    struct allot_kind kind[TALE_OFFERS][TALE_KINDS];
    uint32_t stand[TALE_OFFERS][TALE_TICKETS]; /* smaller stands first */
    bool member[TALE_OFFERS][TALE_TICKETS];
    uint32_t reaches[TALE_TICKETS];
    struct allot_reach reach[TALE_TICKETS][TALE_OFFERS];
};

/* The same as a problem: the arrays are inside. */
struct told {
    struct allot_problem problem;
    struct allot_offer offer[TALE_OFFERS];
    uint32_t kind_from[TALE_OFFERS + 1];
    struct allot_kind kind[TALE_OFFERS * TALE_KINDS];
    uint16_t group[1];
    struct allot_applicant applicant[TALE_TICKETS];
    uint8_t ticket[TALE_TICKETS][ALLOT_TICKET_BYTES];
    uint32_t choice_from[TALE_TICKETS + 1];
    struct allot_choice choice[TALE_TICKETS * TALE_OFFERS];
    uint32_t reach_from[TALE_TICKETS + 1];
    struct allot_reach reach[TALE_TICKETS * TALE_OFFERS];
    struct allot_lot lot[TALE_TICKETS];
    struct allot_lot choice_lot[TALE_TICKETS * TALE_OFFERS];
};

/* False when the text does not keep to the form above. */
bool tale_read(struct tale *tale, const char *text);
void tale_write(const struct tale *tale, char text[TALE_TEXT]);
void tale_build(const struct tale *tale, struct told *told);
/* "a:t b:s.1 c:-": who has what; with the kind where the offer has kinds; c:t! where balance sent somebody. */
void tale_outcome(const struct tale *tale, const struct allot_result *result, char text[TALE_TEXT]);

#endif
