/* What the tests of connect share: a store, the departments' program on a thread, a client, and a hook that writes down
 * what it was told. */
#ifndef TESTS_CONNECT_WORLD_H
#define TESTS_CONNECT_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "connect/ask.h"
#include "connect/authority.h"
#include "connect/authority_records.h"
#include "connect/client.h"
#include "connect/connect.h"
#include "support/store_fixture.h"

#include <pthread.h>

#define must(expression)                                                                                               \
    do {                                                                                                               \
        if (!(expression)) {                                                                                           \
            fail_msg("%s: %s", #expression, error.message);                                                            \
        }                                                                                                              \
    } while (0)

bool has(struct str s, const char *part);

enum { TOLD_MOST = 512 };

struct told {
    int64_t application;
    enum ask_state state;
    char number[32];
    char problem[32];
    char answer[1024];
};

struct world {
    struct store_fixture *f;
    struct writer *writer;
    struct keys *keys;
    struct authority_thread *departments;
    int port;
    struct client_authority authorities[2];
    struct client *client;
    pthread_mutex_t lock;
    struct told told[TOLD_MOST]; /* under the lock */
    size_t ntold;
    int refuse; /* under the lock: so many calls of the hook fail first */
};

/* The citizen numbers of the tests (a division that was never issued). */
#define OWNER "999999198503070014"
#define OTHER_OWNER "999999198604080027"
#define CHILD "999999201909010032"
#define GUARDIAN "999999199001010040"

/* Store, keys, records, departments with the faults. No client yet. */
struct world *world_new(const char *faults);
void world_free(struct world *world);
/* Small waits, so that tests are short. Fields may be changed before world_start. */
struct client_settings world_settings(struct world *world);
void world_start(struct world *world, const struct client_settings *settings);
void world_stop(struct world *world);
/* Replaces the departments' faults by POST /faults; the status. */
long world_faults(struct world *world, const char *faults);
/* GET /numbers: requests, numbers or questions of a kind. */
int64_t world_numbers(struct world *world, const char *kind, const char *what);

/* Asks in a command; the row as ask_queue gave it (texts in the fixture's arena). */
struct ask world_ask(struct world *world, const char *kind, int64_t application, const char *question, bool by_sheet);
struct ask world_property(struct world *world, int64_t application, const char *owner);
struct ask world_row(struct world *world, struct str number);
/* Waits until the row is in the state (10 seconds at most) and returns it. */
struct ask world_wait(struct world *world, struct str number, enum ask_state state);
/* Runs SQL in a command. */
void world_sql(struct world *world, const char *sql);
size_t world_told(struct world *world, int64_t application, struct told *last);
void world_sleep(int ms);
struct ask_hook world_hook(struct world *world);

#endif
