/* See dice.h. The generators are public algorithms (Blackman and Vigna); no floating point is used anywhere. */
#include "demo/dice.h"

static uint64_t split_mix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

struct dice dice_of(uint64_t seed, const char *topic, uint64_t number)
{
    uint64_t state = seed;
    (void)split_mix(&state);
    for (const unsigned char *c = (const unsigned char *)topic; *c; c++) {
        state = (state ^ *c) * 0x100000001b3u;
        (void)split_mix(&state);
    }
    state ^= number * 0xd6e8feb86659fd93u;
    struct dice dice;
    for (size_t i = 0; i < 4; i++) {
        dice.s[i] = split_mix(&state);
    }
    return dice;
}

uint64_t dice_next(struct dice *dice)
{
    uint64_t *s = dice->s;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t dice_below(struct dice *dice, uint64_t n)
{
    if (n == 0) {
        return 0;
    }
    /* Values past the last whole multiple of n would favour the small results. */
    uint64_t past = UINT64_MAX - UINT64_MAX % n;
    uint64_t value = dice_next(dice);
    while (value >= past) {
        value = dice_next(dice);
    }
    return value % n;
}

int64_t dice_between(struct dice *dice, int64_t low, int64_t high)
{
    return low + (int64_t)dice_below(dice, (uint64_t)(high - low) + 1);
}

bool dice_chance(struct dice *dice, unsigned in_ten_thousand)
{
    return dice_below(dice, 10000) < in_ten_thousand;
}

int64_t dice_around(struct dice *dice, int64_t spread)
{
    int64_t sum = dice_between(dice, -spread, spread);
    sum += dice_between(dice, -spread, spread);
    sum += dice_between(dice, -spread, spread);
    return sum / 3;
}

size_t dice_weighted(struct dice *dice, const uint32_t *weights, size_t n)
{
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += weights[i];
    }
    uint64_t at = dice_below(dice, total);
    for (size_t i = 0; i < n; i++) {
        if (at < weights[i]) {
            return i;
        }
        at -= weights[i];
    }
    return 0;
}
