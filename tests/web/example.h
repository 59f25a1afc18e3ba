/* A small application for the tests and measurements of web/: every kind of route and answer once. */
#ifndef TESTS_WEB_EXAMPLE_H
#define TESTS_WEB_EXAMPLE_H

#include "web/reply.h"
#include "web/server.h"

struct example_row {
    struct str name;
    int64_t number;
};

struct example_view {
    struct str who;
    int64_t count;
    int64_t day;
    const struct example_row *rows;
    size_t row_count;
};

enum { EXAMPLE_FAMILY = 1, EXAMPLE_CLERK = 2 };

extern const struct option example_schools[];
extern const size_t example_school_count;
extern const struct route example_routes[];
extern const size_t example_route_count;
extern const struct web_hooks example_hooks;
/* Token of the session that the hooks know: 32 bytes 'F' (family) or 'C' (clerk of 371502). */
void example_token(char kind, char text[65]);
/* How often the "slow" work ran, and the touch, refusal hooks. */
extern _Atomic int example_worked, example_refused;

#endif
