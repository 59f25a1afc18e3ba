/* The client of the departments: a thread that sends what waits in the table `ask` and keeps what comes back.
 *
 * A question is taken (state sent, durable), posted to URL/ask/KIND, its signed answer checked, and kept through the
 * writer, where the hook of places judges it in the same transaction. The rules:
 *   - each department has at most LIMIT_ASK_CONCURRENCY questions on the way;
 *   - a failed try waits LIMIT_ASK_BACKOFF_MS · 2^(tries−1), shortened at random by up to a half, and at most
 *     LIMIT_ASK_BACKOFF_MOST_MS; after the last try, or when the department's breaker (breaker.h) has been open for
 *     LIMIT_ASK_PATIENCE_MS since the question was due, the question is silent and its check goes to a person;
 *   - a question that the department refuses (status 4xx but 401, 408, 429) is silent at once: asking again is no use;
 *   - a row that was `sent` when the program died is taken again with the same number once its time is over. So
 *     several servers may run on one database.
 *
 * The client wakes by client_wake (call it when a command that used ask_queue is done) and looks by itself every
 * LIMIT_ASK_LOOK_MS. Woken many times a second, it looks at most every 10 ms.
 */
#ifndef CONNECT_CLIENT_H
#define CONNECT_CLIENT_H

#include "base/buf.h"
#include "connect/ask.h"
#include "connect/breaker.h"
#include "connect/keys.h"

struct city;

/* A department that is reached over HTTP. */
struct client_authority {
    struct str id;
    struct str url;      /* base, without a final slash */
    struct str key;      /* id of the key that signs */
    uint32_t timeout_ms; /* of one try; 0: LIMIT_ASK_TIMEOUT_MS */
    uint32_t tries;      /* 0: LIMIT_ASK_TRIES */
};

struct client_settings {
    struct store *store;
    struct writer *writer;
    struct vault *vault;
    struct keys *keys;
    const struct client_authority *authorities; /* must outlive the client */
    size_t nauthorities;
    struct ask_hook hook;
    uint64_t seed;       /* of the random waits; 0: from the system */
    uint32_t backoff_ms; /* 0: those of limits.h */
    uint32_t backoff_most_ms;
    uint32_t patience_ms;
    uint32_t concurrency;
    struct breaker_settings breaker; /* zero fields: those of limits.h */
};

/* The city's departments that have an address; base (may be NULL) replaces all of their addresses, as the option
 * --authorities does in the demo. One without an address is asked by spreadsheet, whatever base is. */
struct client_authority *client_authorities(struct arena *arena, const struct city *city, const char *base, size_t *n);

struct client;
bool client_start(struct client **client, const struct client_settings *settings, struct error *error);
/* Waits for answers that are being kept; what is on the way is dropped and asked again after the next start. Stop the
 * client before the writer. NULL is accepted. */
void client_stop(struct client *client);
/* There may be something to send. Any thread; cheap. */
void client_wake(struct client *client);

/* The quick question, for "the children of a guardian" before an application exists: asks now and waits, at most
 * timeout_ms (0: LIMIT_ASK_NOW_MS). On a worker's thread, never on an event loop. request->application is 0.
 * Looks first for an answer that is at most max_age ms old (db, a read connection outside a transaction; NULL: does not
 * look). A new answer is kept in `ask` before it is returned.
 * A department without an interface is not asked and says nothing (problem "no-interface").
 * True: *answered tells whether the department said anything; ask (in the arena) has number, times and answer, or the
 * problem. False: something of ours failed. */
bool ask_now(struct client *client, struct db *db, struct arena *arena, const struct ask_request *request,
             int64_t max_age, uint32_t timeout_ms, struct ask *ask, bool *answered, struct error *error);

/* How a department has done since the start. */
struct client_numbers {
    struct str authority;
    enum breaker_state breaker;
    int64_t opened; /* times that the breaker opened */
    int64_t sent;   /* tries */
    int64_t answered;
    int64_t failed; /* tries that failed */
    int64_t silent; /* questions given up */
    int64_t on_the_way;
    int64_t waiting; /* rows queued or sent, counted every LIMIT_ASK_COUNT_MS */
    int64_t took_ms; /* sum over answered tries */
};
struct client_numbers client_numbers(struct client *client, size_t authority);
/* The same by the department's id; false when the client does not ask it. */
bool client_numbers_of(struct client *client, struct str authority, struct client_numbers *numbers);
/* The same in Prometheus' text format, for the hook `metrics` of web/server.h. */
void client_metrics(struct client *client, struct buf *out);

#endif
