/* Chance that is the same on every machine: xoshiro256** seeded by splitmix64, whole numbers only.
 *
 * Each topic of the city has dice of its own (dice_of), named after it and after a number (a county, a child), so
 * that a change in one topic leaves all others as they were, and children can be made in any order.
 */
#ifndef DEMO_DICE_H
#define DEMO_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
    uint64_t s[4];
};

/* Dice of a topic and a number within it. */
struct dice dice_of(uint64_t seed, const char *topic, uint64_t number);
uint64_t dice_next(struct dice *dice);
/* 0 … n−1, each as likely as the others; 0 when n is 0. */
uint64_t dice_below(struct dice *dice, uint64_t n);
/* low … high, both included. */
int64_t dice_between(struct dice *dice, int64_t low, int64_t high);
/* True in `in_ten_thousand` of 10,000 throws. */
bool dice_chance(struct dice *dice, unsigned in_ten_thousand);
/* −spread … spread, the middle more often than the ends (the mean of three throws). */
int64_t dice_around(struct dice *dice, int64_t spread);
/* Index of one of n weights, in their proportion; 0 when all are nothing. */
size_t dice_weighted(struct dice *dice, const uint32_t *weights, size_t n);

#endif
