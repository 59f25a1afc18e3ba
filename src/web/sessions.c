/* Sessions in memory: a cache in front of the table of accounts.
 *
 * Entries live for CACHE_MS and are then read again, so that a role taken away by another process acts within that
 * time; in this process web_session_forget acts at once. Locks are striped by the hash, which is random by itself.
 */
#include "web/inside.h"

#include "base/clock.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>

enum { STRIPES = 64, BUCKETS = 256, STRIPE_MOST = 2048, CACHE_MS = 30000, CACHE_TOUCH_MS = 60000 };

struct entry {
    struct session session;
    int64_t loaded_ms;
    int64_t touched_ms;
    struct entry *next;
};

struct stripe {
    pthread_mutex_t lock;
    struct entry *buckets[BUCKETS];
    size_t count;
    size_t hand; /* bucket whose entries go next when the stripe is full */
};

struct sessions {
    struct stripe stripes[STRIPES];
    _Atomic uint64_t stamp; /* grows with each forgetting */
};

struct sessions *sessions_new(void)
{
    struct sessions *sessions = calloc(1, sizeof *sessions);
    if (!sessions) {
        abort();
    }
    for (size_t i = 0; i < STRIPES; i++) {
        (void)pthread_mutex_init(&sessions->stripes[i].lock, NULL);
    }
    return sessions;
}

static void remove_entry(struct stripe *stripe, struct entry **place)
{
    struct entry *entry = *place;
    *place = entry->next;
    stripe->count--;
    free(entry);
}

void sessions_free(struct sessions *sessions)
{
    for (size_t i = 0; sessions && i < STRIPES; i++) {
        struct stripe *stripe = &sessions->stripes[i];
        for (size_t b = 0; b < BUCKETS; b++) {
            while (stripe->buckets[b]) {
                remove_entry(stripe, &stripe->buckets[b]);
            }
        }
        (void)pthread_mutex_destroy(&stripe->lock);
    }
    free(sessions);
}

static struct stripe *stripe_of(struct sessions *sessions, const unsigned char *hash)
{
    return &sessions->stripes[hash[0] % STRIPES];
}

static struct entry **find(struct stripe *stripe, const unsigned char *hash)
{
    struct entry **place = &stripe->buckets[hash[1]];
    while (*place && memcmp((*place)->session.hash, hash, SESSION_HASH_BYTES) != 0) {
        place = &(*place)->next;
    }
    return place;
}

bool session_is_over(const struct session *session, int64_t now)
{
    int64_t idle = session->idle_minutes > 0 ? session->idle_minutes : LIMIT_STAFF_SESSION_MINUTES;
    return now - session->used_ms > idle * 60000 ||
           now - session->created_ms > (int64_t)LIMIT_SESSION_HOURS * 3600 * 1000;
}

bool sessions_find(struct sessions *sessions, const unsigned char hash[SESSION_HASH_BYTES], int64_t now,
                   struct session *session, bool *touch)
{
    struct stripe *stripe = stripe_of(sessions, hash);
    bool found = false;
    (void)pthread_mutex_lock(&stripe->lock);
    struct entry **place = find(stripe, hash);
    struct entry *entry = *place;
    if (entry &&
        (now - entry->loaded_ms > CACHE_MS || now < entry->loaded_ms || session_is_over(&entry->session, now))) {
        remove_entry(stripe, place);
    } else if (entry) {
        found = true;
        entry->session.used_ms = now;
        *touch = now - entry->touched_ms >= CACHE_TOUCH_MS;
        if (*touch) {
            entry->touched_ms = now;
        }
        *session = entry->session;
    }
    (void)pthread_mutex_unlock(&stripe->lock);
    return found;
}

uint64_t sessions_stamp(const struct sessions *sessions)
{
    return atomic_load(&sessions->stamp);
}

static void make_room(struct stripe *stripe)
{
    while (stripe->count >= STRIPE_MOST) {
        struct entry **bucket = &stripe->buckets[stripe->hand++ % BUCKETS];
        while (*bucket) {
            remove_entry(stripe, bucket);
        }
    }
}

void sessions_put(struct sessions *sessions, const struct session *session, int64_t now, uint64_t stamp)
{
    struct stripe *stripe = stripe_of(sessions, session->hash);
    (void)pthread_mutex_lock(&stripe->lock);
    struct entry **place = find(stripe, session->hash);
    if (*place) {
        remove_entry(stripe, place);
    }
    make_room(stripe);
    struct entry *entry = calloc(1, sizeof *entry);
    /* A sign-out between the reading and now would otherwise be undone for CACHE_MS. */
    if (entry && atomic_load(&sessions->stamp) == stamp) {
        *entry = (struct entry){ .session = *session, .loaded_ms = now, .touched_ms = now };
        entry->next = stripe->buckets[session->hash[1]];
        stripe->buckets[session->hash[1]] = entry;
        stripe->count++;
        entry = NULL;
    }
    (void)pthread_mutex_unlock(&stripe->lock);
    free(entry);
}

void sessions_forget(struct sessions *sessions, const unsigned char hash[SESSION_HASH_BYTES])
{
    struct stripe *stripe = stripe_of(sessions, hash);
    atomic_fetch_add(&sessions->stamp, 1);
    (void)pthread_mutex_lock(&stripe->lock);
    struct entry **place = find(stripe, hash);
    if (*place) {
        remove_entry(stripe, place);
    }
    (void)pthread_mutex_unlock(&stripe->lock);
}

void sessions_forget_account(struct sessions *sessions, int64_t account)
{
    atomic_fetch_add(&sessions->stamp, 1);
    for (size_t i = 0; i < STRIPES; i++) {
        struct stripe *stripe = &sessions->stripes[i];
        (void)pthread_mutex_lock(&stripe->lock);
        for (size_t b = 0; b < BUCKETS; b++) {
            for (struct entry **place = &stripe->buckets[b]; *place;) {
                if ((*place)->session.account == account) {
                    remove_entry(stripe, place);
                } else {
                    place = &(*place)->next;
                }
            }
        }
        (void)pthread_mutex_unlock(&stripe->lock);
    }
}

void session_token_hash(const unsigned char token[SESSION_TOKEN_BYTES], unsigned char hash[SESSION_HASH_BYTES])
{
    unsigned int n = 0;
    if (EVP_Digest(token, SESSION_TOKEN_BYTES, hash, &n, EVP_sha256(), NULL) != 1 || n != SESSION_HASH_BYTES) {
        abort(); /* no digest: no session can be told from another */
    }
}

void session_token_new(unsigned char token[SESSION_TOKEN_BYTES], unsigned char hash[SESSION_HASH_BYTES])
{
    if (RAND_bytes(token, SESSION_TOKEN_BYTES) != 1) {
        abort();
    }
    session_token_hash(token, hash);
}
