/* Rate limits: a token bucket a key, in a table of fixed size.
 *
 * The table is cut into sets of eight; a key lives in the set that its hash names, and when the set is full the key
 * that was seen longest ago makes room. Memory is thus bounded, and who floods from many addresses pushes out only
 * cold ones. A bucket holds a minute's allowance, so that a morning's rush is served and only a flood waits.
 */
#include "web/inside.h"

#include <stdlib.h>
#include <sys/random.h>

enum { SETS = 8192, WAYS = 8, LOCKS = 64 };

struct bucket {
    uint64_t key; /* hashed; 0: free */
    int64_t seen_us;
    double tokens;
};

struct rate {
    struct bucket buckets[SETS][WAYS];
    pthread_mutex_t locks[LOCKS];
    double per_us;
    double full;
    uint64_t seed;
};

struct rate *rate_new(int per_minute)
{
    struct rate *rate = calloc(1, sizeof *rate);
    if (!rate) {
        abort();
    }
    rate->full = per_minute;
    rate->per_us = per_minute / 60e6;
    if (getrandom(&rate->seed, sizeof rate->seed, 0) != (ssize_t)sizeof rate->seed) {
        abort();
    }
    for (size_t i = 0; i < LOCKS; i++) {
        (void)pthread_mutex_init(&rate->locks[i], NULL);
    }
    return rate;
}

void rate_free(struct rate *rate)
{
    if (rate) {
        for (size_t i = 0; i < LOCKS; i++) {
            (void)pthread_mutex_destroy(&rate->locks[i]);
        }
        free(rate);
    }
}

static uint64_t mix(uint64_t key)
{
    key ^= key >> 30;
    key *= 0xbf58476d1ce4e5b9u;
    key ^= key >> 27;
    key *= 0x94d049bb133111ebu;
    key ^= key >> 31;
    return key ? key : 1;
}

static struct bucket *find(struct rate *rate, struct bucket *set, uint64_t key, int64_t now_us)
{
    struct bucket *oldest = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key) {
            return &set[i];
        }
        if (set[i].key == 0 || (oldest->key && set[i].seen_us < oldest->seen_us)) {
            oldest = set[i].key == 0 && oldest->key == 0 ? oldest : &set[i];
        }
    }
    *oldest = (struct bucket){ .key = key, .seen_us = now_us, .tokens = rate->full };
    return oldest;
}

bool rate_take(struct rate *rate, uint64_t key, int64_t now_us, int *retry_seconds)
{
    key = mix(key ^ rate->seed);
    size_t set = key % SETS;
    pthread_mutex_t *lock = &rate->locks[set % LOCKS];
    (void)pthread_mutex_lock(lock);
    struct bucket *bucket = find(rate, rate->buckets[set], key, now_us);
    if (now_us > bucket->seen_us) {
        bucket->tokens += (double)(now_us - bucket->seen_us) * rate->per_us;
        bucket->tokens = bucket->tokens > rate->full ? rate->full : bucket->tokens;
        bucket->seen_us = now_us;
    }
    bool taken = bucket->tokens >= 1;
    bucket->tokens -= taken;
    double missing = taken ? 0 : (1 - bucket->tokens) / rate->per_us / 1e6;
    (void)pthread_mutex_unlock(lock);
    *retry_seconds = taken ? 0 : (int)missing + 1;
    return taken;
}
