/*
 * The table of docs/mechanisms.md. Each "yes" is looked for in thousands of small problems, with every list of wishes
 * that a family could hand in; each "no" is an example that the document shows. How they are written down: tale.h.
 */
#include "misreport.h"
#include "oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t problems(void)
{
    const char *text = getenv("ALLOT_PROBLEMS");
    unsigned long count = text == NULL ? 0 : strtoul(text, NULL, 10);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return count == 0 ? 1000 : (uint32_t)count;
#else
    return count == 0 ? 10000 : (uint32_t)count;
#endif
}

/* Two to five tickets, one to four offers. */
static void roll(struct tale *tale, struct dice *dice, struct form form)
{
    form.tickets = 2 + dice_below(dice, 4);
    form.offers = form.tickets == 5 ? 1 + dice_below(dice, 3) : 1 + dice_below(dice, 4);
    form.level = form.level && dice_below(dice, 2) == 0;
    form.full = form.full || dice_below(dice, 2) == 0;
    form.places = dice_below(dice, 2) == 0 ? 1 : form.places;
    tale_roll(tale, dice, &form);
}

/* --- nothing is gained ------------------------------------------------------------------------------------------- */

struct promise {
    const char *of;
    struct form form;
    enum lists lists;
};

static const struct promise promises[] = {
    { "deferred", { .mechanism = ALLOT_DEFERRED, .places = 2, .level = true }, LISTS_ANY },
    { "deferred, a lot per wish",
      { .mechanism = ALLOT_DEFERRED, .places = 2, .level = true, .lot_per_offer = true },
      LISTS_ANY },
    { "deferred, kinds", { .mechanism = ALLOT_DEFERRED, .places = 2, .kinds = true, .level = true }, LISTS_ANY },
    { "draw, kinds", { .mechanism = ALLOT_DRAW, .places = 2, .kinds = true }, LISTS_ANY },
    { "draw, a lot per wish", { .mechanism = ALLOT_DRAW, .places = 2, .lot_per_offer = true }, LISTS_ANY },
    { "draw, siblings, add", { .mechanism = ALLOT_DRAW, .places = 3, .several = 3 }, LISTS_ANY },
    { "draw, siblings, fit",
      { .mechanism = ALLOT_DRAW, .together = ALLOT_TOGETHER_FIT, .places = 3, .several = 3 },
      LISTS_ANY },
    { "draw, then waiting lists", { .mechanism = ALLOT_DRAW, .places = 2, .back = true }, LISTS_ANY },
    { "cycles, fewer wishes", { .mechanism = ALLOT_CYCLES, .places = 2, .level = true }, LISTS_FEWER },
    { "cycles, everybody lists all", { .mechanism = ALLOT_CYCLES, .places = 2, .full = true }, LISTS_ANY },
    { "deferred, then balance", { .mechanism = ALLOT_DEFERRED, .places = 1, .balance = true }, LISTS_ANY },
    { "deferred, kinds without caps, then balance",
      { .mechanism = ALLOT_DEFERRED, .places = 1, .kinds = true, .no_caps = true, .balance = true },
      LISTS_ANY },
    { "cycles, fewer wishes, then balance", { .mechanism = ALLOT_CYCLES, .places = 1, .balance = true }, LISTS_FEWER },
};

static void nothing_is_gained(void **state)
{
    (void)state;
    struct dice dice = { 61 };
    for (size_t i = 0; i < sizeof promises / sizeof *promises; i++) {
        uint64_t tried = 0;
        for (uint32_t k = 0; k < problems(); k++) {
            struct tale tale, how;
            roll(&tale, &dice, promises[i].form);
            for (uint32_t a = 0; a < tale.tickets; a++) {
                if (!tale.gives_back[a] && tale_gains(&tale, a, promises[i].lists, 0, &how, &tried)) {
                    char one[TALE_TEXT], other[TALE_TEXT];
                    tale_write(&tale, one);
                    tale_write(&how, other);
                    fail_msg("%s: %c gains:\n%s\nby\n%s", promises[i].of, tale.ticket[a], one, other);
                }
            }
        }
        print_message("%s: nothing gained by %llu lists in %u problems\n", promises[i].of, (unsigned long long)tried,
                      problems());
        assert_true(tried > problems());
    }
}

/* --- no assignment is better for somebody and worse for nobody --------------------------------------------------- */

static void read_plan(const struct tale *tale, struct told *told, struct oracle *oracle, struct oracle_plan *plan)
{
    struct allot_result *result = tale_run(tale, told);
    oracle_fill(oracle, &told->problem);
    oracle_read(oracle, result, plan);
    allot_result_free(result, NULL);
}

static void nothing_better_for_all(void **state)
{
    (void)state;
    struct dice dice = { 62 };
    const struct form forms[] = {
        { .mechanism = ALLOT_SERIAL, .places = 2, .level = true },
        { .mechanism = ALLOT_SERIAL, .places = 2, .level = true, .lot_per_offer = true },
        { .mechanism = ALLOT_DRAW, .places = 2 },
        { .mechanism = ALLOT_DRAW, .together = ALLOT_TOGETHER_FIT, .places = 3, .several = 3 },
        { .mechanism = ALLOT_SERIAL, .together = ALLOT_TOGETHER_FIT, .places = 3, .several = 3 },
        { .mechanism = ALLOT_CYCLES, .places = 2, .level = true },
        { .mechanism = ALLOT_CYCLES, .places = 2, .level = true, .lot_per_offer = true }
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        for (uint32_t k = 0; k < 4 * problems(); k++) {
            struct tale tale;
            struct told told;
            struct oracle oracle;
            struct oracle_plan plan;
            roll(&tale, &dice, forms[i]);
            read_plan(&tale, &told, &oracle, &plan);
            assert_false(oracle_improvable(&oracle, &plan));
        }
    }
}

/* --- no place stays empty that somebody wished for and may have, but what is said of those passed over ----------- */

static bool has_room(const struct tale *tale, const struct allot_result *result, uint32_t ticket, uint32_t j)
{
    uint32_t kinds = tale->kinds[j] == 0 ? 1 : tale->kinds[j];
    for (uint32_t k = 0; k < kinds; k++) {
        uint32_t places = tale->kinds[j] == 0 ? tale->capacity[j] : tale->kind[j][k].places, given = 0;
        uint8_t whom = tale->kinds[j] == 0 ? (uint8_t)ALLOT_FOR_ALL : tale->kind[j][k].whom;
        bool takes = tale->member[j][ticket] ? whom != ALLOT_OTHERS_ONLY : whom != ALLOT_MEMBERS_ONLY;
        for (uint32_t a = 0; a < tale->tickets; a++) {
            bool here = result->outcome[a].offer == j && result->outcome[a].kind == k;
            given += here ? tale->places[a] : 0;
        }
        bool fits = tale->together == ALLOT_TOGETHER_ADD ? given < places : given + tale->places[ticket] <= places;
        if (takes && fits) {
            return true;
        }
    }
    return false;
}

static bool is_named(const struct allot_result *result, uint32_t ticket, uint32_t offer)
{
    bool named = false;
    for (uint32_t i = 0; i < result->passed_over; i++) {
        named |= result->over[i].applicant == ticket && result->over[i].offer == offer;
    }
    return named;
}

static void no_place_is_wasted(void **state)
{
    (void)state;
    struct dice dice = { 63 };
    for (uint32_t k = 0; k < 8 * problems(); k++) {
        struct form form = { .mechanism = (enum allot_mechanism)(k % 4), .places = 3, .level = true };
        if (form.mechanism != ALLOT_CYCLES) {
            form.several = 1 + dice_below(&dice, 3);
            form.kinds = dice_below(&dice, 2) == 0;
            form.together = (enum allot_together)dice_below(&dice, 2);
        }
        struct tale tale;
        struct told told;
        roll(&tale, &dice, form);
        struct allot_result *result = tale_run(&tale, &told);
        for (uint32_t a = 0; a < tale.tickets; a++) {
            uint32_t value = tale_value(&tale, a, result);
            for (uint32_t i = 0; i < value && i < tale.wishes[a]; i++) {
                assert_true(!has_room(&tale, result, a, tale.wish[a][i]) || is_named(result, a, tale.wish[a][i]));
            }
        }
        allot_result_free(result, NULL);
    }
}

/* --- examples of what does not hold ------------------------------------------------------------------------------ */

static char *document; /* NULL: not given */

/* Every example of these stands in the document, word for word. */
static void read_tale(struct tale *tale, const char *text)
{
    if (document != NULL && strstr(document, text) == NULL) {
        fail_msg("not in the document: %s", text);
    }
    if (!tale_read(tale, text)) {
        fail_msg("not a tale: %s", text);
    }
}

static void assert_outcome(const struct tale *tale, const char *wanted)
{
    struct told told;
    char outcome[TALE_TEXT];
    struct allot_result *result = tale_run(tale, &told);
    tale_outcome(tale, result, outcome);
    assert_string_equal(outcome, wanted);
    allot_result_free(result, NULL);
}

static uint32_t place_of(const struct tale *tale, char offer)
{
    uint32_t j = 0;
    while (j < tale->offers && tale->offer[j] != offer) {
        j++;
    }
    assert_true(j < tale->offers);
    return j;
}

static void assert_other_list(struct tale *tale, uint32_t ticket, const char *list, const char *other)
{
    tale->wishes[ticket] = 0;
    for (const char *at = list; *at != '\0'; at++) {
        tale->wish[ticket][tale->wishes[ticket]++] = (uint8_t)place_of(tale, *at);
    }
    assert_outcome(tale, other);
}

/* With the wishes of the text the outcome is the one, with the list instead the other. What is gained is seen there. */
static void assert_gain(const char *text, const char *one, uint32_t ticket, const char *list, const char *other)
{
    struct tale tale;
    read_tale(&tale, text);
    assert_outcome(&tale, one);
    assert_other_list(&tale, ticket, list, other);
}

static void assert_hurt_in(struct tale *tale, const char *one, char offer, const char *other)
{
    assert_outcome(tale, one);
    tale->capacity[place_of(tale, offer)]++;
    assert_outcome(tale, other);
}

/* One place more at the offer. */
static void assert_hurt(const char *text, const char *one, char offer, const char *other)
{
    struct tale tale;
    read_tale(&tale, text);
    assert_hurt_in(&tale, one, offer, other);
}

static bool can_improve(const char *text)
{
    struct tale tale;
    struct told told;
    struct oracle oracle;
    struct oracle_plan plan;
    read_tale(&tale, text);
    read_plan(&tale, &told, &oracle, &plan);
    return oracle_improvable(&oracle, &plan);
}

static void serial_is_not(void **state)
{
    (void)state;
    /* truthful: b should have asked for s at once; and c, who stands behind b at s, has it: b is passed over */
    assert_gain("serial\ns 1: b c\nt 1: a b\nb > t s\na > t\nc > s", "b:- c:s a:t", 0, "s", "b:s c:- a:t");
    /* efficient with kinds: a could stand at the kept place */
    assert_true(can_improve("serial\ns all 1, only 1: a* b\na > s\nb > s"));
}

static void deferred_is_not(void **state)
{
    (void)state;
    /* efficient: b and c could exchange, and a, who gets nothing either way, is the reason that they may not */
    assert_true(can_improve("deferred\ns 1: c b\nt 1: b a c\na > t\nb > s t\nc > t s"));
    /* efficient with kinds */
    assert_true(can_improve("deferred\ns all 1, only 1: a* b\na > s\nb > s"));
    /* truthful when the form has room for one wish: t is what a wants, then s; under every rule */
    const enum allot_mechanism all[] = { ALLOT_SERIAL, ALLOT_DEFERRED, ALLOT_DRAW, ALLOT_CYCLES };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct tale tale;
        read_tale(&tale, "deferred\ns 1: a\nt 1: b a\na > t\nb > t\nlots b a");
        tale.mechanism = all[i];
        assert_outcome(&tale, "a:- b:t");
        assert_other_list(&tale, 0, "s", "a:s b:t");
    }
}

static void draw_is_not(void **state)
{
    (void)state;
    /* efficient with a lot per wish, nor with kinds */
    assert_true(can_improve("draw choice\ns 1: c b\nt 1: b a c\na > t\nb > s t\nc > t s"));
    assert_true(can_improve("draw\ns all 1, others 1: b* a\na > s\nb > s\nlots a b"));
}

static void cycles_are_not(void **state)
{
    (void)state;
    /* stable: a stands before c at t, and c has it */
    const char *passed = "cycles\ns 1: c b\nt 1: b a c\na > t\nb > s t\nc > t s";
    struct tale tale;
    struct told told;
    struct oracle oracle;
    struct oracle_plan plan;
    read_tale(&tale, passed);
    assert_outcome(&tale, "c:t b:s a:-");
    read_plan(&tale, &told, &oracle, &plan);
    assert_true(oracle_passed(&oracle, &plan, 2, 0));
    /* truthful: c wants t alone; with s behind it c has something to exchange */
    assert_gain("cycles\ns 1: c a\nt 1: a b c\na > s t\nb > t\nc > t", "c:- a:s b:t", 0, "ts", "c:t a:s b:-");
    /* kind to all when a place is added: b needs no exchange any more, and c loses what came of it */
    assert_hurt("cycles\ns 1: d b\nt 1: b c a\nu 1: a b\na > t u\nb > s u t\nc > t\nd > s\nlots a d b c",
                "d:s b:u c:- a:t", 's', "d:s b:s c:t a:u");
}

static void siblings_are_not(void **state)
{
    (void)state;
    /* truthful with add, not even for a single child. c asks at t in vain, but sends the pair to s and a to t, and so
     * stands behind a pair at s; with s alone, nobody moves. */
    assert_gain("deferred\ns 2: b a c\nt 1: a c b\na > s t\nb2 > t s\nc > t s", "b:s a:t c:-", 2, "s", "b:t a:s c:s");
    /* the same by another order of the same wishes */
    assert_gain("deferred\ns 2: b a c\nt 1: a c b\na > s t\nb2 > t s\nc > t s", "b:s a:t c:-", 2, "st", "b:t a:s c:s");
    /* with fit: no stable answer, and the run says so */
    struct tale tale;
    struct told told;
    read_tale(&tale, "deferred fit\ns 2: a b c\nt 1: c a\na > t s\nb2 > s\nc > s t\nlots c a b");
    struct allot_result *result = tale_run(&tale, &told);
    struct oracle oracle;
    struct oracle_found found;
    oracle_fill(&oracle, &told.problem);
    oracle_enumerate(&oracle, &found);
    assert_int_equal(found.stable, 0);
    assert_true(result->passed_over > 0);
    allot_result_free(result, NULL);
    /* truthful with fit: who stands before the pair at an offer that it does not want shuts it out by asking there */
    assert_gain("deferred fit\ns 2: a c b\nt 1: b c a\na > t\nb > s t\nc2 > s\nlots b c a", "a:- c:s b:t", 0, "ts",
                "a:t c:- b:s");
    /* … and so it is in a larger one for the pair itself */
    assert_gain("deferred fit\ns 2: c a d b\nt 2: d b c a\na2 > t s\nb2 > t s\nc > t s\nd > s t\nlots c a b d",
                "c:s a:- d:s b:t", 1, "s", "c:t a:s d:t b:-");
    /* kind to all when a place is added: the pair stands before a, and now it fits; under every rule */
    for (int mechanism = ALLOT_SERIAL; mechanism <= ALLOT_DRAW; mechanism++) {
        read_tale(&tale, "deferred fit\ns 1: b a\na > s\nb2 > s");
        tale.mechanism = (enum allot_mechanism)mechanism;
        assert_hurt_in(&tale, "b:- a:s", 's', "b:s a:-");
    }
    /* the draw with add: truthful neither with a number per wish … */
    read_tale(&tale, "deferred\ns 2: b a c\nt 1: a c b\na > s t\nb2 > t s\nc > t s");
    tale.mechanism = ALLOT_DRAW;
    tale.lot_per_offer = true;
    assert_outcome(&tale, "b:s a:t c:-");
    assert_other_list(&tale, 2, "s", "b:t a:s c:s");
    /* … nor with kinds */
    assert_gain("draw\ns 2: b c d\nt first 1: b* a c* d\na > t\nb > s t\nc > t s\nd2 > t s\nlots d a b c",
                "b:t.0 c:- d:s a:-", 1, "s", "b:s c:s d:t.0 a:-");
}

/* What the repair finds is not always what it could. */
static void the_repair_is_not_the_best(void **state)
{
    (void)state;
    struct tale tale;
    struct told told;
    struct oracle oracle;
    struct oracle_found found;
    struct oracle_plan plan;
    /* a stable answer is there, and is not found */
    read_tale(&tale, "deferred fit\ns 2: a c d b\nt 2: b e a c d\na > t s\nb > s t\nc > t s\nd > s t\ne2 > t\n"
                     "lots a e c b d");
    struct allot_result *result = tale_run(&tale, &told);
    oracle_fill(&oracle, &told.problem);
    oracle_enumerate(&oracle, &found);
    assert_true(found.stable > 0);
    assert_true(result->passed_over > 0);
    allot_result_free(result, NULL);
    /* it is stable, and another stable one is better for somebody */
    read_tale(&tale, "deferred fit\ns 2: a c\nt 2: c a b\na2 > t s\nb > t\nc > s t\nlots a c b");
    read_plan(&tale, &told, &oracle, &plan);
    oracle_enumerate(&oracle, &found);
    assert_true(oracle_stable(&oracle, &plan) && found.stable > 0);
    bool worse = false;
    for (uint32_t a = 0; a < tale.tickets; a++) {
        worse |= plan.rank[a] > found.best[a];
    }
    assert_true(worse);
    /* nobody is passed over, and yet the offer, choosing again, would give the pair b the open places, and a nothing */
    read_tale(&tale, "deferred fit\ns all 2, all 0, only 3: d* b* a\nt first 1, others 2: a* c b* d*\n"
                     "a > s t\nb2 > t s\nc2 > t\nd > t s\nlots c a d b");
    read_plan(&tale, &told, &oracle, &plan);
    assert_true(oracle_unmoved(&oracle, &plan) && !oracle_stable(&oracle, &plan));
}

static void balance_is_not(void **state)
{
    (void)state;
    /* truthful with a cap: a may not have the place at s by wish, but may be sent there */
    assert_gain("deferred balance\ns others 1: a*\nt 1: a b\na > s t\nb > t\na @ s0 t0\nb @ s0 t0", "a:t b:s.0!", 0,
                "s", "a:s.0! b:t");
}

static void waiting_lists_are_not(void **state)
{
    (void)state;
    /* who waits only without a place does well to have none */
    assert_gain("deferred unplaced\ns 1: a b\nt 1: b\na > s\nb > s t\nback a", "a:- b:t", 1, "s", "a:- b:s");
    struct tale tale;
    read_tale(&tale, "deferred unplaced\ns 1: a b\nt 1: b\na > s\nb > s t\nback a");
    tale.waiting_unplaced = false;
    assert_outcome(&tale, "a:- b:s");
    /* also where all wait: a, without t, lets b have it */
    assert_gain("deferred\ns 1: b a\nt 1: c a b\na > s t\nb > t s\nc > t\nback c", "b:s a:t c:-", 1, "s",
                "b:t a:s c:-");
    /* and in the draw, where lots are reversed */
    assert_gain("draw reversed\ns 1: c a b\nt 1: c a\na > s t\nb > s\nc > t s\nlots b a c\nback b", "c:s a:t b:-", 1,
                "s", "c:t a:s b:-");
}

/* The figure of the document. */
static void a_sample_finds(void **state)
{
    (void)state;
    double chance = allot_audit_chance(1000, 10, 100);
    assert_true(chance > 0.645 && chance < 0.655);
}

int main(int count, char **arguments)
{
    FILE *file = count > 1 ? fopen(arguments[1], "rb") : NULL;
    if (count > 1) {
        document = calloc(1, 1 << 18);
        if (file == NULL || document == NULL || fread(document, 1, (1 << 18) - 1, file) == 0) {
            fprintf(stderr, "%s cannot be read\n", arguments[1]);
            return 2;
        }
        fclose(file);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_gained),
        cmocka_unit_test(nothing_better_for_all),
        cmocka_unit_test(no_place_is_wasted),
        cmocka_unit_test(serial_is_not),
        cmocka_unit_test(deferred_is_not),
        cmocka_unit_test(draw_is_not),
        cmocka_unit_test(cycles_are_not),
        cmocka_unit_test(siblings_are_not),
        cmocka_unit_test(the_repair_is_not_the_best),
        cmocka_unit_test(balance_is_not),
        cmocka_unit_test(waiting_lists_are_not),
        cmocka_unit_test(a_sample_finds),
    };
    int failed = cmocka_run_group_tests_name("properties", tests, NULL, NULL);
    free(document);
    return failed;
}
