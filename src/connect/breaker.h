/* A circuit breaker: leaves a department in peace that does not answer, and finds out by single questions whether it
 * is back. Pure: the caller brings the time and the lock.
 *
 *     closed ──(failures one after another)──▶ open ──(its time is over)──▶ half-open: one question is let through
 *        ▲                                      ▲                               │
 *        └──────────── it is answered ──────────│───────────────────────────────┤
 *                                               └── it fails: open, for twice as long ──┘
 */
#ifndef CONNECT_BREAKER_H
#define CONNECT_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };
/* "closed", "open", "half-open". */
const char *breaker_state_name(enum breaker_state state);

struct breaker_settings {
    uint32_t failures; /* one after another, that open it; 0: LIMIT_BREAKER_FAILURES */
    uint32_t open_ms;  /* the first time; 0: LIMIT_BREAKER_OPEN_MS */
    uint32_t most_ms;  /* the longest; 0: LIMIT_BREAKER_MOST_MS */
};

struct breaker {
    struct breaker_settings settings;
    enum breaker_state state;
    uint32_t failures; /* one after another */
    int64_t until;     /* of an open one, ms */
    int64_t wait_ms;   /* of the present opening */
    bool probing;      /* half-open: the one question is on the way */
    int64_t opened;    /* times */
};

struct breaker breaker_init(const struct breaker_settings *settings);
/* How many of `wanted` questions may go now: all when closed, none when open, one when half-open. What is granted must
 * be answered by succeeded, failed or unused. */
uint32_t breaker_admit(struct breaker *breaker, int64_t now, uint32_t wanted);
/* A granted question was not sent. */
void breaker_unused(struct breaker *breaker);
void breaker_succeeded(struct breaker *breaker);
void breaker_failed(struct breaker *breaker, int64_t now);

#endif
