/* The inside of the client: client.c (the thread, what is due, what is kept), client_http.c (one try over HTTP),
 * client_now.c (the quick question). */
#ifndef CONNECT_CLIENT_INTERNAL_H
#define CONNECT_CLIENT_INTERNAL_H

#include "connect/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

/* One department as the client sees it. breaker and numbers under the client's lock; the rest is the thread's. */
struct department {
    struct client_authority authority;
    struct breaker breaker;
    struct client_numbers numbers;
    _Atomic uint32_t on_the_way; /* taken or being taken, not yet answered */
    bool more;                   /* the last taking found as many as it wanted */
};

struct client {
    struct client_settings settings;
    struct department *departments;
    size_t n;
    uint64_t seed;
    pthread_mutex_t lock;
    pthread_t thread;
    CURLM *multi;
    struct db *db;
    atomic_bool stopping;
    atomic_bool woken;
    struct job *done;     /* under the lock: finished by the writer */
    struct job *put_off;  /* the writer's queue was full */
    struct attempt *sent; /* on the way */
    uint32_t jobs;        /* at the writer or put off */
    uint32_t giving_up;   /* of them: questions whose department is down */
    bool taking;
    int64_t looked_us, next_look_us;
    int64_t next_count_us;
    int64_t next_log_us;
};

/* ---- One try (client_http.c) ---- */

struct attempt {
    struct attempt *next; /* the client's list */
    struct arena *arena;  /* owns the texts */
    size_t department;
    int64_t id; /* in `ask`; 0: a quick question */
    int64_t tries;
    struct str number;
    struct str kind;
    struct str question;
    struct str path; /* of the URL, as signed */
    CURL *easy;
    struct curl_slist *headers;
    struct buf body;
    int64_t began_us;
};

enum attempt_end { ATTEMPT_ANSWERED, ATTEMPT_REFUSED, ATTEMPT_FAILED };
struct attempt_result {
    enum attempt_end end;
    struct str answer; /* JSON, in the attempt's arena */
    struct str problem;
};

/* Makes the request of an attempt whose first fields are filled. False: problem says why it cannot be sent. */
bool attempt_prepare(struct client *client, struct attempt *attempt, uint32_t timeout_ms, struct str *problem);
/* Reads what came. Also tells the breaker and the numbers. */
struct attempt_result attempt_finish(struct client *client, struct attempt *attempt, CURLcode code);
/* Tells the breaker and the numbers of a try that could not be sent. */
struct attempt_result attempt_unsent(struct client *client, struct attempt *attempt, struct str problem);
/* Frees what attempt_prepare made; not the arena. */
void attempt_close(struct attempt *attempt);

/* The department of an authority's id, or client->n. */
size_t client_department(const struct client *client, struct str authority);

#endif
