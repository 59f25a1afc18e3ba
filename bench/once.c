/* once OPERATION: does one operation on a small made-up city, for instructions.sh, which counts what `measured` runs.
 * Operations: see the table. */
#include "allot/engine.h"
#include "city.h"
#include "measure.h"
#include "paper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHILDREN = 10000, FEWER = 1000 };

struct once {
    struct paper paper;
    struct allot_problem problem;
    struct allot_turns turns;
    struct allot_result *result;
    struct allot_error error;
};

typedef bool operation(struct once *once);

/* Not static and not inlined: the tool finds it by its name. */
bool measured(operation *work, struct once *once);
bool __attribute__((noinline)) measured(operation *work, struct once *once)
{
    return work(once);
}

static bool run(struct once *once)
{
    return allot_run(&once->problem, NULL, &once->result, &once->error);
}

static bool choose(struct once *once)
{
    return allot_choose_deferred(&once->problem, NULL, &once->turns, false, once->result, &once->error);
}

static bool check(struct once *once)
{
    return allot_check_result(&once->problem, once->result, NULL, &once->error);
}

static bool lots(struct once *once)
{
    static const uint8_t seed[32] = "the bench's own seed, not secret";
    allot_derive_lots(&once->problem, seed, "bench", 5, NULL, once->paper.city.lot, NULL);
    return true;
}

static bool write_text(struct once *once)
{
    return paper_write(&once->paper, NULL) >= 0;
}

static bool verify(struct once *once)
{
    struct transcript_report report;
    return transcript_verify(once->paper.text, once->paper.bytes, NULL, &report);
}

struct named {
    const char *name;
    operation *work;
    enum allot_mechanism mechanism;
    bool balance;
    bool left_over; /* 1,000 children without a wish, who are all balanced */
    bool ran;       /* on a result that is there */
};

static const struct named table[] = {
    { "choose", choose, ALLOT_DEFERRED, .ran = true },
    { "deferred", run, ALLOT_DEFERRED },
    { "serial", run, ALLOT_SERIAL },
    { "draw", run, ALLOT_DRAW },
    { "cycles", run, ALLOT_CYCLES },
    { "balance", run, ALLOT_DEFERRED, .balance = true, .left_over = true },
    { "check", check, ALLOT_DEFERRED, .ran = true },
    { "check-balance", check, ALLOT_DEFERRED, .balance = true, .left_over = true, .ran = true },
    { "lots", lots, ALLOT_DEFERRED },
    { "write", write_text, ALLOT_DEFERRED, .balance = true, .ran = true },
    { "verify", verify, ALLOT_DEFERRED, .balance = true, .ran = true },
};

static struct once once;

static bool prepare(const struct named *named)
{
    static const struct city_shape left_over = { FEWER, 300, 104, 60, 40, 110 };
    if (named->left_over) {
        city_make(&once.paper.city, &left_over);
    } else {
        paper_make(&once.paper, CHILDREN);
        (void)paper_write(&once.paper, NULL);
    }
    once.problem = once.paper.city.problem;
    once.problem.mechanism = named->mechanism;
    once.problem.balance = named->balance;
    return (!named->ran || run(&once)) && allot_turns_make(&once.problem, NULL, false, &once.turns, &once.error);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (argc == 1) {
            printf("%s\n", table[i].name);
        } else if (strcmp(argv[1], table[i].name) == 0) {
            if (prepare(&table[i]) && measured(table[i].work, &once)) {
                return 0;
            }
            (void)fprintf(stderr, "%s: %s\n", argv[1], once.error.message);
            return 1;
        }
    }
    return argc == 1 ? 0 : 2;
}
