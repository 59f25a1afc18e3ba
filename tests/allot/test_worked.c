/*
 * Worked examples. Where it says "from", the numbers are the paper's; where it says "after", the example is our own and
 * shows the paper's point. How they are written down: tale.h.
 */
#include "misreport.h"
#include "oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The result is to be freed. */
static struct allot_result *assert_outcome(const char *text, const char *wanted, struct told *told)
{
    struct tale tale;
    char outcome[TALE_TEXT];
    if (!tale_read(&tale, text)) {
        fail_msg("not a tale: %s", text);
    }
    struct allot_result *result = tale_run(&tale, told);
    tale_outcome(&tale, result, outcome);
    if (strcmp(outcome, wanted) != 0) {
        fail_msg("%s\n=> %s, to be %s", text, outcome, wanted);
    }
    return result;
}

static void assert_tale(const char *text, const char *wanted)
{
    struct told told;
    struct allot_error error = { 0 };
    struct allot_result *result = assert_outcome(text, wanted, &told);
    if (!allot_check(&told.problem, result, NULL, &error)) {
        fail_msg("%s: %s", text, error.message);
    }
    allot_result_free(result, NULL);
}

/* How many stable answers there are; does the run claim one; could all gain by another assignment? */
static void look_at(const char *text, uint32_t *stable, bool *claims, bool *improvable)
{
    struct tale tale;
    struct told told;
    struct oracle oracle;
    struct oracle_found found;
    struct oracle_plan plan;
    assert_true(tale_read(&tale, text));
    struct allot_result *result = tale_run(&tale, &told);
    oracle_fill(&oracle, &told.problem);
    oracle_enumerate(&oracle, &found);
    oracle_read(&oracle, result, &plan);
    *stable = found.stable;
    *claims = result->passed_over == 0;
    *improvable = oracle_improvable(&oracle, &plan);
    allot_result_free(result, NULL);
}

/* From: Gale and Shapley, "College Admissions and the Stability of Marriage", American Mathematical Monthly 69 (1962),
 * doi:10.2307/2312726, examples 1 and 2: three people on each side with three stable answers; four on each side with
 * one, in which only one of the proposers gets the first wish. */
static void gale_and_shapley(void **state)
{
    (void)state;
    uint32_t stable = 0;
    bool claims, improvable;
    const char *one = "deferred\ns 1: b c a\nt 1: c a b\nu 1: a b c\na > s t u\nb > t u s\nc > u s t";
    assert_tale(one, "b:t c:u a:s");
    look_at(one, &stable, &claims, &improvable);
    assert_int_equal(stable, 3);
    /* the other side proposes */
    assert_tale("deferred\ns 1: a c b\nt 1: b a c\nu 1: c b a\na > t u s\nb > u s t\nc > s t u", "a:t c:s b:u");
    const char *two = "deferred\ns 1: d c a b\nt 1: b d a c\nu 1: d a b c\nv 1: c b a d\n"
                      "a > s t u v\nb > s v u t\nc > t s u v\nd > v t u s";
    assert_tale(two, "d:t c:s a:u b:v");
    look_at(two, &stable, &claims, &improvable);
    assert_int_equal(stable, 1);
}

/* From: Abdulkadiroğlu and Sönmez, "School Choice: A Mechanism Design Approach", American Economic Review 93(3) (2003),
 * doi:10.1257/000282803322157061: the example (it goes back to Roth, "The Economics of Matching", Mathematics of
 * Operations Research 7(4), 1982, doi:10.1287/moor.7.4.617) in which the only stable answer gives a and b their second
 * wishes, though they could exchange; */
static void stable_is_not_efficient(void **state)
{
    (void)state;
    uint32_t stable = 0;
    bool claims, improvable;
    const char *deferred = "deferred\ns 1: a c b\nt 1: b a c\nu 1: b a c\na > t s u\nb > s t u\nc > s t u";
    assert_tale(deferred, "a:s c:u b:t");
    look_at(deferred, &stable, &claims, &improvable);
    assert_int_equal(stable, 1);
    assert_true(improvable);
    assert_tale("cycles\ns 1: a c b\nt 1: b a c\nu 1: b a c\na > t s u\nb > s t u\nc > s t u", "a:t c:u b:s");
}

/* … and the same paper's example of top trading cycles, eight students and four schools. */
static void trading_cycles(void **state)
{
    (void)state;
    assert_tale("cycles\n"
                "s 2: a b c d e f g h\n"
                "t 2: c e d h g b a f\n"
                "u 3: e c a g b h f d\n"
                "v 3: f h g d b c e a\n"
                "a > t s u v\nb > s t u v\nc > u t s v\nd > u v s t\n"
                "e > s u v t\nf > v s t u\ng > s t u v\nh > s t v u",
                "a:t b:s c:u d:u e:s f:v g:t h:v");
}

/* After: Abdulkadiroğlu and Sönmez 2003, Ergin and Sönmez, "Games of School Choice under the Boston Mechanism", Journal
 * of Public Economics 90 (2006), doi:10.1016/j.jpubeco.2005.02.002. b stands first at s, but asked at t before; one who
 * asked for s at once has it. */
static void serial_priority(void **state)
{
    (void)state;
    assert_tale("serial\ns 1: b c\nt 1: a b\na > t\nb > t s\nc > s", "b:- c:s a:t");
    assert_tale("serial\ns 1: b c\nt 1: a b\na > t\nb > s t\nc > s", "b:s c:- a:t");
    assert_tale("deferred\ns 1: b c\nt 1: a b\na > t\nb > t s\nc > s", "b:s c:- a:t");
}

/* After: Erdil and Ergin, "What's the Matter with Tie-Breaking?", American Economic Review 98(3) (2008),
 * doi:10.1257/aer.98.3.669. a and c stand level at t. When the lot breaks the tie for a, a gains nothing by it, and b
 * and c lose their first wishes. */
static void tie_breaking(void **state)
{
    (void)state;
    assert_tale("deferred\ns 1: a\nt 1: b a =c\nu 1: c a =b\na > t s\nb > u t\nc > t u\nlots a b c", "a:s b:t c:u");
    assert_tale("deferred\ns 1: a\nt 1: b a =c\nu 1: c a =b\na > t s\nb > u t\nc > t u\nlots c b a", "a:s b:u c:t");
    /* circles find it with any lot */
    assert_tale("cycles\ns 1: a\nt 1: b a =c\nu 1: c a =b\na > t s\nb > u t\nc > t u\nlots a b c", "a:s b:u c:t");
}

/* After: Hafalir, Yenmez, Yildirim, "Effective Affirmative Action in School Choice", Theoretical Economics 8 (2013),
 * doi:10.3982/TE1135; Kojima, "School Choice: Impossibilities for Affirmative Action", Games and Economic Behavior 75
 * (2012). The place at s is for m's group. Kept hard, it sends n to t, where n stands before m: both lose, m too. Kept
 * soft, both have their first wish, as without any reserve. */
static void hard_reserves_can_hurt_those_they_are_for(void **state)
{
    (void)state;
    assert_tale("deferred\ns 1: n m\nt 1: n m\nn > s t\nm > t s", "n:s m:t");
    assert_tale("deferred\ns only 1: n m*\nt 1: n m\nn > s t\nm > t s", "n:t m:s.0");
    assert_tale("deferred\ns first 1: n m*\nt 1: n m\nn > s t\nm > t s", "n:s.0 m:t");
}

/* After: Dur, Kominers, Pathak, Sönmez, "Reserve Design: Unintended Consequences and the Demise of Boston's Walk
 * Zones", Journal of Political Economy 126(6) (2018), doi:10.1086/699974; Kominers and Sönmez, "Matching with
 * Slot-Specific Priorities: Theory", Theoretical Economics 11 (2016), doi:10.3982/TE1839. Neighbours a and c, others b
 * and d, lots in the order a b c d; one of two places is for neighbours first. Filled first, it takes the neighbour
 * whose lot would have won an open place anyhow; filled last, it comes on top. */
static void the_order_of_kinds(void **state)
{
    (void)state;
    assert_tale("draw\ns first 1, all 1: a* b c* d\na > s\nb > s\nc > s\nd > s", "a:s.0 b:s.1 c:- d:-");
    assert_tale("draw\ns all 1, first 1: a* b c* d\na > s\nb > s\nc > s\nd > s", "a:s.0 b:- c:s.1 d:-");
}

/* What each kind of place does with who is in the group (*) and who is not. */
static void reserves_and_caps(void **state)
{
    (void)state;
    /* hard: what members leave stays empty; soft: others take it */
    assert_tale("deferred\ns all 1, only 1: a b c\na > s\nb > s\nc > s", "a:s.0 b:- c:-");
    assert_tale("deferred\ns all 1, first 1: a b c\na > s\nb > s\nc > s", "a:s.0 b:s.1 c:-");
    /* a quota behind the open places is used only by who gets no open one … */
    assert_tale("deferred\ns all 2, only 1: a* b c d*\na > s\nb > s\nc > s\nd > s", "a:s.0 b:s.0 c:- d:s.1");
    /* … before them it is used up by the best of the group */
    assert_tale("deferred\ns only 1, all 2: a* b c d*\na > s\nb > s\nc > s\nd > s", "a:s.0 b:s.1 c:s.1 d:-");
    /* at most one place for the group: the others are for others */
    assert_tale("deferred\ns all 1, others 2: a* b* c d\na > s\nb > s\nc > s\nd > s", "a:s.0 b:- c:s.1 d:s.1");
    assert_tale("deferred\ns others 2, all 1: a* b* c d\na > s\nb > s\nc > s\nd > s", "a:s.1 b:- c:s.0 d:s.0");
    /* at least one and at most two of three */
    assert_tale("deferred\ns all 1, only 1, others 1: a b* c* d\na > s\nb > s\nc > s\nd > s", "a:s.0 b:s.1 c:- d:s.2");
    assert_tale("deferred\ns all 1, only 1, others 1: b* c* e* d\nb > s\nc > s\ne > s\nd > s", "b:s.0 c:s.1 e:- d:s.2");
    /* the same kinds with serial: the first wish comes before the group */
    assert_tale("serial\ns first 1: a b*\nt 1: c b\na > s\nb > t s\nc > t", "a:s.0 b:- c:t");
}

/* One ticket, one draw number, both or neither. */
static void siblings(void **state)
{
    (void)state;
    assert_tale("draw\ns 2: a b\nlots a b\na > s\nb2 > s", "a:s b:s");     /* add: a third child goes in */
    assert_tale("draw fit\ns 2: a b\nlots a b\na > s\nb2 > s", "a:s b:-"); /* fit: neither of b */
    assert_tale("draw fit\ns 2: a b\nlots b a\na > s\nb2 > s", "a:- b:s"); /* both of b */
    assert_tale("draw fit\ns 2: a b c\nlots a b c\na > s\nb2 > s\nc > s", "a:s b:- c:s"); /* who fits goes in */
}

/* After: Roth, "The Evolution of the Labor Market for Medical Interns and Residents", Journal of Political Economy 92
 * (1984), doi:10.1086/261272 (couples); for siblings, Correa and others, "School Choice in Chile", Operations Research
 * 70(2) (2022). With p at s, b or c is passed over; without p, c goes to s beside b, b to t, and p can have c's place.
 */
static void no_stable_answer(void **state)
{
    (void)state;
    uint32_t stable = 1;
    bool claims = true, improvable;
    look_at("deferred fit\ns 2: b p c\nt 1: c b\np2 > s\nb > t s\nc > s t\nlots p b c", &stable, &claims, &improvable);
    assert_int_equal(stable, 0);
    assert_false(claims);
    look_at("deferred\ns 2: b p c\nt 1: c b\np2 > s\nb > t s\nc > s t\nlots p b c", &stable, &claims, &improvable);
    assert_true(stable > 0 && claims); /* with a place added there is one */
}

/* After: Feigenbaum, Kanoria, Lo, Sethuraman, "Dynamic Matching in School Choice: Efficient Seat Reassignment After
 * Late Cancellations", Management Science 66(12) (2020), doi:10.1287/mnsc.2019.3469. When a gives its place back, lists
 * by the same numbers move two children, reversed ones one; as many have a place afterwards. */
static void reversed_lots_move_fewer(void **state)
{
    (void)state;
    struct told told;
    const char *same = "draw\ns 1: a b c\nt 1: a b c\na > s t\nb > s t\nc > s t\nback a";
    allot_result_free(assert_outcome(same, "a:- b:s c:t", &told), NULL);
    const char *reversed = "draw reversed\ns 1: a b c\nt 1: a b c\na > s t\nb > s t\nc > s t\nback a";
    allot_result_free(assert_outcome(reversed, "a:- b:t c:s", &told), NULL);
}

/* Our own: the nearest open offer in the order of the lots leaves b over; balance leaves nobody. The greatest distance
 * counts before the total: 4 + 4 is preferred to 0 + 6. */
static void balance_is_not_greedy(void **state)
{
    (void)state;
    assert_tale("serial balance\ns 1:\nt 1:\na @ s1 t2\nb @ s1", "a:t! b:s!");
    assert_tale("serial balance\ns 1:\nt 1:\na @ s0 t4\nb @ s4 t6", "a:t! b:s!");
    /* nobody can be sent where places are kept hard */
    struct told told;
    allot_result_free(assert_outcome("serial balance\ns only 1:\na @ s1", "a:-", &told), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gale_and_shapley),
        cmocka_unit_test(stable_is_not_efficient),
        cmocka_unit_test(trading_cycles),
        cmocka_unit_test(serial_priority),
        cmocka_unit_test(tie_breaking),
        cmocka_unit_test(hard_reserves_can_hurt_those_they_are_for),
        cmocka_unit_test(the_order_of_kinds),
        cmocka_unit_test(reserves_and_caps),
        cmocka_unit_test(siblings),
        cmocka_unit_test(no_stable_answer),
        cmocka_unit_test(reversed_lots_move_fewer),
        cmocka_unit_test(balance_is_not_greedy),
    };
    return cmocka_run_group_tests_name("worked", tests, NULL, NULL);
}
