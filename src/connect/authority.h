/* `jiaoti authority`: a program that plays all departments, for the demo and for tests, over real HTTP.
 *
 *     POST /ask/KIND    a signed question; answers from DATA/authority.db, the same for the same number
 *     GET  /numbers     what was asked so far, as JSON: for each kind requests, distinct numbers, distinct questions
 *     GET  /faults      the faults that are switched on
 *     POST /faults      replaces them (the body is a list as below; empty: none)
 *     POST /phone       a short message (docs/messages.md), kept once by its mark
 *     GET  /phone       the newest of them, to be read
 *
 * What is read and set here is for the machine itself alone. A list of faults:
 *
 *     KIND:FAULT[=MS][@PROBABILITY], …   and   seed=N
 *     property:slow=800@0.3,household:silent,*:down@0.1,seed=7
 *
 * slow      answers after MS milliseconds
 * silent    takes the question and never answers
 * wrong     answers what contradicts the record, properly signed
 * broken    status 500
 * garbled   half of a JSON text, or a signature that is not its own, by turns
 * down      resets the connection
 * KIND * is every kind; the first fault whose dice fall is taken. The dice are drawn from the seed and the count of
 * questions, so a run can be repeated.
 */
#ifndef CONNECT_AUTHORITY_H
#define CONNECT_AUTHORITY_H

#include "base/error.h"

struct authority_settings {
    const char *data;    /* folder with authority.db and keys/authorities.yaml */
    const char *address; /* NULL: 127.0.0.1 */
    int port;            /* 0: any free one */
    const char *faults;  /* NULL: none */
    /* Called once when it listens, with the port; may be NULL. */
    void (*ready)(void *context, int port);
    void *context;
};

/* Serves until SIGTERM or SIGINT, or until a byte can be read from stop_fd (-1: none). With a stop_fd it leaves signals
 * alone (tests run it on a thread). */
bool authority_serve(const struct authority_settings *settings, int stop_fd, struct error *error);

/* For tests: the same on a thread of this process, on a free port. */
struct authority_thread;
bool authority_start(struct authority_thread **thread, const char *data, const char *faults, int *port,
                     struct error *error);
/* NULL is accepted. */
void authority_stop(struct authority_thread *thread);

#endif
