/* Explanations: they say what the engine says, and what they say would have changed a refusal would have: it is changed
 * in the list, exactly that and nothing else, and the allotment is run again. */
#include "round_fixture.h"

#include "base/hex.h"
#include "base/limits.h"

static struct shire *published(const char *county, int schools, int capacity, int children)
{
    struct shire *s = shire_new(county, STAGE_PRIMARY, schools, capacity, children);
    shire_reach(s, s->round, STEP_PUBLISH);
    return s;
}

/* ---- The same as the engine says ---- */

static enum explain_verdict verdict_of(enum allot_verdict verdict)
{
    return verdict == ALLOT_ADMITTED  ? EXPLAIN_ADMITTED
           : verdict == ALLOT_REFUSED ? EXPLAIN_REFUSED
                                      : EXPLAIN_NOT_NEEDED;
}

static void same_choice(const struct allot_reasoning *why, const struct explain_choice *choice)
{
    assert_int_equal(verdict_of(why->verdict), choice->verdict);
    if (why->verdict != ALLOT_NOT_NEEDED && choice->kind_name.zh.n) {
        assert_int_equal(why->kind, choice->kind);
    }
    if (why->verdict != ALLOT_REFUSED) {
        return;
    }
    assert_int_equal(why->full, choice->full);
    assert_int_equal(why->waiting_place, choice->waiting_place);
    assert_int_equal(why->other_priority_suffices, choice->priority_suffices);
    switch (why->decided) {
    case ALLOT_DECIDED_RANK:
        assert_int_equal(EXPLAIN_RANK, choice->decided);
        break;
    case ALLOT_DECIDED_LOT:
        assert_int_equal(EXPLAIN_LOT, choice->decided);
        break;
    case ALLOT_DECIDED_MEMBER:
        assert_int_equal(EXPLAIN_MEMBER, choice->decided);
        break;
    case ALLOT_DECIDED_TOGETHER:
        assert_int_equal(EXPLAIN_TOGETHER, choice->decided);
        break;
    case ALLOT_DECIDED_NO_PLACE:
        assert_int_equal(EXPLAIN_NO_PLACE, choice->decided);
        break;
    default:
        assert_true(choice->decided >= EXPLAIN_CATEGORY && choice->decided <= EXPLAIN_DISTANCE);
        break;
    }
}

/* What was met among the children of a round. */
struct met {
    int refused, balanced, together, kinds, members, fitting;
};

static void agree(struct shire *s, struct met *met)
{
    struct error error = { { 0 } };
    struct str text = shire_file(s, s->round, "");
    struct transcript *transcript;
    struct transcript_report report;
    struct round_list list;
    assert_true(transcript_read(text.p, text.n, NULL, &transcript, &report));
    assert_true(round_list_build(s->db, s->places, s->arena, s->round, LIST_STANDING, false, &list, &error));
    for (uint32_t a = 0; a < list.problem.applicants; a++) {
        const struct list_applicant *applicant = &list.applicants[a];
        uint32_t number = transcript_find(transcript, list.problem.ticket[a]);
        uint32_t wishes = list.problem.choice_from[a + 1] - list.problem.choice_from[a];
        struct allot_reasoning why[LIMIT_CHOICES + 1];
        allot_explain(transcript->problem, transcript->result, number, why);
        for (size_t k = 0; k <= applicant->nsiblings; k++) {
            struct explanation explanation;
            bool found;
            int64_t application = k ? applicant->siblings[k - 1] : applicant->application;
            if (!explain(s->db, s->places, s->arena, application, false, &explanation, &found, &error)) {
                fail_msg("%s", error.message);
            }
            assert_true(found && explanation.listed);
            assert_int_equal(wishes, explanation.nchoices);
            assert_int_equal(1 + applicant->nsiblings, explanation.together);
            assert_true(explain_result_words(s->arena, &explanation).zh.n > 0);
            for (uint32_t i = 0; i < wishes; i++) {
                const struct explain_choice *choice = &explanation.choices[i];
                same_choice(&why[i], choice);
                met->refused += choice->verdict == EXPLAIN_REFUSED;
                met->kinds += choice->kind_name.zh.n > 0 && choice->kind > 0;
                met->members += choice->decided == EXPLAIN_MEMBER;
                met->fitting += choice->decided == EXPLAIN_TOGETHER;
                assert_true(explain_choice_words(s->arena, &explanation, choice).zh.n > 0);
                bool changes = explain_change_words(s->arena, &explanation, choice).en.n > 0;
                assert_true(changes || choice->verdict != EXPLAIN_REFUSED || choice->decided == EXPLAIN_NO_PLACE ||
                            !choice->priority_suffices);
            }
            met->together += explanation.together > 1;
            met->balanced += explanation.balanced;
            assert_true(!explanation.balanced || explanation.together > 1 ||
                        explanation.balance.nearer == explanation.balance.nearer_full);
            assert_int_equal(explanation.balanced, explain_balance_words(s->arena, &explanation).zh.n > 0);
            assert_true(explanation.nfacts >= 1);
        }
    }
    transcript_free(transcript, NULL);
}

/* The explanation from the tables says for every child what allot_explain says from the transcript. */
static void explanations_agree_with_the_engine(void **state)
{
    (void)state;
    static const char *const counties[] = { "371502", "371524" };
    struct met met = { 0 };
    for (size_t c = 0; c < 2; c++) {
        struct shire *s = published(counties[c], 6, 20, 130);
        agree(s, &met);
        shire_free(s);
    }
    assert_true(met.refused > 0 && met.balanced > 0);
}

/* The same with kinds of places, siblings together, a lot per wish, lists reversed, circles. */
static void explanations_agree_by_every_rule(void **state)
{
    (void)state;
    struct met met = { 0 };
    for (size_t v = 0; v < shire_variant_count; v++) {
        struct shire *s = shire_new_by(shire_variants[v].county, STAGE_PRIMARY, 6, 20, 170, shire_variants[v].edit);
        shire_reach(s, s->round, STEP_OPEN);
        shire_mix(s, s->round);
        shire_reach(s, s->round, STEP_PUBLISH);
        agree(s, &met);
        shire_sound(s);
        shire_free(s);
    }
    assert_true(met.refused > 0 && met.balanced > 0 && met.together > 0 && met.kinds > 0 && met.members > 0);
}

/* ---- What would have changed it ---- */

/* A round's list as it was drawn, with copies of what is changed: lots and choices. */
struct again {
    struct shire *s;
    struct round_list list;
    struct allot_lot *lot, *lot_kept;
    struct allot_choice *choice, *choice_kept;
    size_t choices;
    int by_lot, by_standing, as_equal; /* changes that were tried */
};

static struct again again_of(struct shire *s)
{
    struct again again = { .s = s };
    struct error error = { { 0 } };
    struct round_list *list = &again.list;
    unsigned char seed[SM3_BYTES];
    assert_true(round_list_build(s->db, s->places, s->arena, s->round, LIST_STANDING, false, list, &error));
    assert_true(hex_decode(shire_round(s, s->round).seed, seed, SM3_BYTES));
    size_t n = list->problem.applicants;
    again.choices = list->problem.choice_from[n];
    again.lot = ARENA_ARRAY(s->arena, struct allot_lot, n);
    again.lot_kept = ARENA_ARRAY(s->arena, struct allot_lot, n);
    again.choice = ARENA_ARRAY(s->arena, struct allot_choice, again.choices);
    again.choice_kept = ARENA_ARRAY(s->arena, struct allot_choice, again.choices);
    allot_derive_lots(&list->problem, seed, list->label.p, list->label.n, NULL, again.lot, NULL);
    memcpy(again.lot_kept, again.lot, n * sizeof *again.lot);
    memcpy(again.choice, list->problem.choice, again.choices * sizeof *again.choice);
    memcpy(again.choice_kept, again.choice, again.choices * sizeof *again.choice);
    return again;
}

/* Runs over the list as it is now; what became of one applicant. Then everything is as it was drawn again. */
static struct allot_outcome run_again(struct again *again, uint32_t applicant)
{
    struct allot_problem problem = again->list.problem;
    struct allot_error wrong = { 0 };
    struct allot_result *result;
    problem.lot = again->lot;
    problem.choice = again->choice;
    if (!allot_run(&problem, NULL, &result, &wrong)) {
        fail_msg("%s", wrong.message);
    }
    assert_true(allot_check(&problem, result, NULL, &wrong));
    struct allot_outcome outcome = result->outcome[applicant];
    allot_result_free(result, NULL);
    memcpy(again->lot, again->lot_kept, problem.applicants * sizeof *again->lot);
    memcpy(again->choice, again->choice_kept, again->choices * sizeof *again->choice);
    return outcome;
}

/* The lot just before this one. */
static struct allot_lot before(struct str hex)
{
    unsigned char bytes[16];
    uint64_t part[2] = { 0, 0 };
    assert_true(hex.n == 32 && hex_decode(hex, bytes, sizeof bytes));
    for (int i = 0; i < 16; i++) {
        part[i / 8] = part[i / 8] << 8 | bytes[i];
    }
    return (struct allot_lot){ part[0] - (part[1] == 0), part[1] - 1 };
}

static uint32_t priority_of(const struct policy *policy, bool is_public, const struct explain_standing *s)
{
    return is_public ? policy_priority(policy, (size_t)s->category, (size_t)s->subrank, s->sibling,
                                       policy_distance_steps(policy, (double)s->distance))
                     : (uint32_t)s->category << 24;
}

/* It is in at this wish, or at a better one. */
static void is_in(struct again *again, uint32_t applicant, uint32_t wish, const char *by)
{
    struct allot_outcome outcome = run_again(again, applicant);
    if (outcome.how != ALLOT_CHOICE || outcome.rank > wish) {
        fail_msg("application %lld, wish %u: %s does not suffice",
                 (long long)again->list.applicants[applicant].application, wish + 1, by);
    }
}

static void refused_wish(struct again *again, uint32_t applicant, uint32_t wish, const struct explain_choice *choice)
{
    uint32_t at = again->list.problem.choice_from[applicant] + wish;
    if (choice->lot_suffices) {
        again->lot[applicant] = before(choice->last.lot);
        is_in(again, applicant, wish, "a lot before the last one's");
        again->by_lot++;
    }
    if (choice->priority_suffices) {
        uint32_t enough = priority_of(again->s->policy, choice->public_school, &choice->sufficient);
        assert_true(again->choice[at].priority >= enough); /* it had no better one */
        again->choice[at].priority = enough - choice->strictly;
        is_in(again, applicant, wish, choice->strictly ? "a standing better than the last one's" : "an equal standing");
        again->by_standing++;
        again->as_equal += !choice->strictly;
    }
    if (choice->strictly && choice->decided != EXPLAIN_LOT) { /* and less than what is said does not */
        again->choice[at].priority = priority_of(again->s->policy, choice->public_school, &choice->sufficient);
        struct allot_outcome outcome = run_again(again, applicant);
        assert_true(outcome.how != ALLOT_CHOICE || outcome.rank != wish);
    }
}

static void what_is_said_would_have_changed_it(void **state)
{
    (void)state;
    static const struct {
        const char *county;
        int schools, capacity, children;
    } shires[] = {
        { "371502", 6, 20, 130 }, { "371502", 4, 6, 160 }, { "371524", 6, 20, 130 }, { "371524", 5, 6, 160 }
    };
    int by_lot = 0, by_standing = 0, as_equal = 0;
    for (size_t i = 0; i < sizeof shires / sizeof *shires; i++) {
        struct shire *s = published(shires[i].county, shires[i].schools, shires[i].capacity, shires[i].children);
        struct error error = { { 0 } };
        struct again again = again_of(s);
        for (uint32_t a = 0; a < again.list.problem.applicants; a++) {
            struct explanation why;
            bool found;
            int64_t application = again.list.applicants[a].application;
            if (!explain(s->db, s->places, s->arena, application, false, &why, &found, &error)) {
                fail_msg("%s", error.message);
            }
            struct allot_outcome drawn = run_again(&again, a); /* with nothing changed: the published result */
            assert_int_equal(drawn.how == ALLOT_CHOICE, str_is(why.how, "choice"));
            assert_true(drawn.how != ALLOT_CHOICE || drawn.rank + 1 == why.rank);
            for (uint32_t wish = 0; wish < why.nchoices; wish++) {
                if (why.choices[wish].verdict == EXPLAIN_REFUSED) {
                    refused_wish(&again, a, wish, &why.choices[wish]);
                }
            }
        }
        by_lot += again.by_lot;
        by_standing += again.by_standing;
        as_equal += again.as_equal;
        shire_free(s);
    }
    assert_true(by_lot > 20 && by_standing > 100 && as_equal > 20 && as_equal < by_standing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explanations_agree_with_the_engine),
        cmocka_unit_test(explanations_agree_by_every_rule),
        cmocka_unit_test(what_is_said_would_have_changed_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
