/* Every rule of the judge is a row; every reason that a machine can give is reached; those of pictures are in the
 * city's list, where a person chooses them. */
#include "family_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define YIELDS_HOUSEHOLD (FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY) | FACT_BIT(FACT_HOUSEHOLD_IN_CATCHMENT))
#define PLACE (FACT_BIT(FACT_DWELLING_IN_COUNTY) | FACT_BIT(FACT_DWELLING_IN_CATCHMENT))
#define OWNS (FACT_BIT(FACT_OWNS_ALL) | FACT_BIT(FACT_OWNS_PART))

enum {
    OWN,
    PARTS,
    GRANDPARENTS,
    LEASED,
    PERMIT,
    JUNIOR,
    ENROLLED,
    MOVED,
    TYPED_NUMBER,
    TYPED_SELF_BUILT,
    TYPED_COMMERCIAL,
    TYPED_SEVERAL
};

struct row {
    const char *name, *kind;
    int setting;
    const char *answer;
    enum judge_state state;
    enum judge_reason reason;
    uint32_t facts;
};

#define TITLE(address, kind, owners)                                                                                   \
    "{\"titles\":[{\"number\":\"鲁1\",\"address\":\"" address "\",\"kind\":\"" kind "\",\"owners\":[" owners "]}]}"
#define OWNER(citizen, name, percent) "{\"citizen\":\"" citizen "\",\"name\":\"" name "\",\"percent\":" percent "}"
#define HOUSEHOLD(birth, division, guardian)                                                                           \
    "{\"found\":true,\"child\":{\"citizen\":\"C\",\"birth\":\"" birth "\",\"division\":\"" division                    \
    "\"},\"guardian\":" guardian "}"
#define GUARDIAN(relation, book) "{\"citizen\":\"G\",\"relation\":\"" relation "\",\"same_book\":" book "}"
#define CONTRACT(address, kind, registered, until)                                                                     \
    "{\"contracts\":[{\"number\":\"鲁1\",\"address\":\"" address "\",\"kind\":\"" kind "\",\"registered\":" registered \
    ",\"from\":\"2025-01-01\",\"until\":\"" until "\"}]}"

static const struct row rows[] = {
    { "household in the county", "household", OWN, HOUSEHOLD("2020-01-01", "371502001", GUARDIAN("mother", "true")),
      JUDGE_PASSED, REASON_NONE, YIELDS_HOUSEHOLD },
    { "household elsewhere", "household", MOVED, HOUSEHOLD("2020-01-01", "371521001", GUARDIAN("father", "true")),
      JUDGE_PASSED, REASON_NONE, 0 },
    { "moved away", "household", OWN, HOUSEHOLD("2020-01-01", "371521001", GUARDIAN("mother", "true")), JUDGE_FAILED,
      REASON_OUTSIDE_CATCHMENT, 0 },
    { "moved within the county", "household", OWN, HOUSEHOLD("2020-01-01", "371502009", GUARDIAN("mother", "true")),
      JUDGE_FAILED, REASON_OUTSIDE_CATCHMENT, 0 },
    { "last day of age", "household", OWN, HOUSEHOLD("2020-08-31", "371502001", GUARDIAN("mother", "true")),
      JUDGE_PASSED, REASON_NONE, YIELDS_HOUSEHOLD },
    { "a day too young", "household", OWN, HOUSEHOLD("2020-09-01", "371502001", GUARDIAN("mother", "true")),
      JUDGE_FAILED, REASON_UNDER_AGE, 0 },
    { "in school already", "household", ENROLLED, HOUSEHOLD("2019-01-01", "371502001", GUARDIAN("mother", "true")),
      JUDGE_FAILED, REASON_WRONG_STAGE, 0 },
    { "too young for junior", "household", JUNIOR, HOUSEHOLD("2020-09-01", "371502001", GUARDIAN("mother", "true")),
      JUDGE_FAILED, REASON_WRONG_STAGE, 0 },
    { "two books", "household", OWN, HOUSEHOLD("2020-01-01", "371502001", GUARDIAN("mother", "false")), JUDGE_FAILED,
      REASON_HOUSEHOLD_BOOKS, 0 },
    { "guardian in no book", "household", OWN, HOUSEHOLD("2020-01-01", "371502001", "null"), JUDGE_FAILED,
      REASON_HOUSEHOLD_BOOKS, 0 },
    { "grandmother", "household", OWN, HOUSEHOLD("2020-01-01", "371502001", GUARDIAN("grandparent", "true")),
      JUDGE_FAILED, REASON_NOT_PARENT, 0 },
    { "not on file", "household", OWN, "{\"found\":false}", JUDGE_FAILED, REASON_NO_RECORD, 0 },
    { "no birthday", "household", OWN, HOUSEHOLD("", "371502001", GUARDIAN("mother", "true")), JUDGE_PERSON,
      REASON_NONE, 0 },
    { "empty object", "household", OWN, "{}", JUDGE_PERSON, REASON_NONE, 0 },
    { "an array", "household", OWN, "[1]", JUDGE_PERSON, REASON_NONE, 0 },

    { "owns all", "property", OWN, TITLE("A 1", "commercial", OWNER("G", "李梅", "100")), JUDGE_PASSED, REASON_NONE,
      FACT_BIT(FACT_OWNS_ALL) | PLACE },
    { "spouses own all", "property", OWN,
      TITLE("A1", "commercial", OWNER("G", "李梅", "50") "," OWNER("H", "张强", "50")), JUDGE_PASSED, REASON_NONE,
      FACT_BIT(FACT_OWNS_ALL) | PLACE },
    { "owns part", "property", OWN, TITLE("A1", "commercial", OWNER("G", "李梅", "30") "," OWNER("X", "外人", "70")),
      JUDGE_PASSED, REASON_NONE, FACT_BIT(FACT_OWNS_PART) | PLACE },
    { "grandparents own", "property", GRANDPARENTS, TITLE("A1", "commercial", OWNER("G", "李梅", "100")), JUDGE_PASSED,
      REASON_NONE, FACT_BIT(FACT_OWNS_NONE) | PLACE },
    { "full-width address", "property", OWN, TITLE("Ａ　１", "commercial", OWNER("G", "李梅", "100")), JUDGE_PASSED,
      REASON_NONE, FACT_BIT(FACT_OWNS_ALL) | PLACE },
    { "title number wrong", "property", TYPED_NUMBER, TITLE("A1", "commercial", OWNER("G", "李梅", "100")),
      JUDGE_FAILED, REASON_TITLE_NUMBER, 0 },
    { "owner's number wrong", "property", OWN, TITLE("A1", "commercial", OWNER("X", "李梅", "100")), JUDGE_FAILED,
      REASON_OWNER, 0 },
    { "owner's name wrong", "property", OWN, TITLE("A1", "commercial", OWNER("G", "李眉", "100")), JUDGE_FAILED,
      REASON_OWNER, 0 },
    { "several typed as one", "property", TYPED_SEVERAL,
      TITLE("A1", "commercial", OWNER("G", "李梅", "50") "," OWNER("H", "张强", "50")), JUDGE_FAILED,
      REASON_SEVERAL_OWNERS, 0 },
    { "kind wrong", "property", TYPED_SELF_BUILT, TITLE("A1", "resettlement", OWNER("G", "李梅", "100")), JUDGE_FAILED,
      REASON_TITLE_KIND, 0 },
    { "not commercial", "property", TYPED_COMMERCIAL, TITLE("A1", "self_built", OWNER("G", "李梅", "100")),
      JUDGE_FAILED, REASON_NOT_COMMERCIAL, 0 },
    { "self-built as said", "property", TYPED_SELF_BUILT, TITLE("A1", "self_built", OWNER("G", "李梅", "100")),
      JUDGE_PASSED, REASON_NONE, FACT_BIT(FACT_OWNS_ALL) | PLACE },
    { "nothing on file", "property", OWN, "{\"titles\":[]}", JUDGE_FAILED, REASON_NO_RECORD, 0 },
    { "title elsewhere", "property", OWN, TITLE("B9", "commercial", OWNER("G", "李梅", "100")), JUDGE_FAILED,
      REASON_OUTSIDE_CATCHMENT, 0 },
    { "no owners said", "property", OWN, TITLE("A1", "commercial", ""), JUDGE_PERSON, REASON_NONE, 0 },
    { "titles of another shape", "property", OWN, "{\"titles\":7}", JUDGE_PERSON, REASON_NONE, 0 },

    { "lease", "contract", LEASED, CONTRACT("A1", "lease", "true", "2027-01-01"), JUDGE_PASSED, REASON_NONE,
      FACT_BIT(FACT_OWNS_NONE) | FACT_BIT(FACT_LEASE_REGISTERED) | PLACE },
    { "lease not registered", "contract", LEASED, CONTRACT("A1", "lease", "false", "2027-01-01"), JUDGE_FAILED,
      REASON_REJECTED, 0 },
    { "lease over", "contract", LEASED, CONTRACT("A1", "lease", "true", "2026-01-01"), JUDGE_FAILED, REASON_NO_RECORD,
      0 },
    { "presale shown as lease", "contract", LEASED, CONTRACT("A1", "presale", "true", "2027-01-01"), JUDGE_FAILED,
      REASON_TITLE_KIND, 0 },
    { "presale", "contract", PARTS, CONTRACT("A1", "presale", "true", "2027-01-01"), JUDGE_PASSED, REASON_NONE,
      FACT_BIT(FACT_OWNS_ALL) | PLACE },
    { "contract number wrong", "contract", TYPED_NUMBER, CONTRACT("A1", "presale", "true", "2027-01-01"), JUDGE_FAILED,
      REASON_TITLE_NUMBER, 0 },
    { "contract elsewhere", "contract", LEASED, CONTRACT("B1", "lease", "true", "2027-01-01"), JUDGE_FAILED,
      REASON_OUTSIDE_CATCHMENT, 0 },
    { "no contract", "contract", LEASED, "{\"contracts\":[]}", JUDGE_FAILED, REASON_NO_RECORD, 0 },

    { "pension of a year", "social_security", OWN, "{\"employment\":[{\"division\":\"371502\",\"pension_months\":12}]}",
      JUDGE_PASSED, REASON_NONE, FACT_BIT(FACT_EMPLOYMENT) },
    { "contract of a year", "social_security", OWN,
      "{\"employment\":[{\"division\":\"371502\",\"from\":\"2025-06-01\",\"pension_months\":3}]}", JUDGE_PASSED,
      REASON_NONE, FACT_BIT(FACT_EMPLOYMENT) },
    { "shorter than a year", "social_security", OWN,
      "{\"employment\":[{\"division\":\"371502\",\"pension_months\":11}]}", JUDGE_PERSON, REASON_NONE, 0 },
    { "works elsewhere", "social_security", OWN, "{\"employment\":[{\"division\":\"371581\",\"pension_months\":40}]}",
      JUDGE_FAILED, REASON_OUTSIDE_CATCHMENT, 0 },
    { "no work", "social_security", OWN, "{\"employment\":[]}", JUDGE_FAILED, REASON_NO_RECORD, 0 },
    { "licence", "licence", OWN, "{\"licences\":[{\"division\":\"371502\",\"from\":\"2024-01-01\",\"until\":null}]}",
      JUDGE_PASSED, REASON_NONE, FACT_BIT(FACT_BUSINESS) },
    { "young licence", "licence", OWN, "{\"licences\":[{\"division\":\"371502\",\"from\":\"2026-01-01\"}]}",
      JUDGE_PERSON, REASON_NONE, 0 },
    { "licence over", "licence", OWN,
      "{\"licences\":[{\"division\":\"371502\",\"from\":\"2020-01-01\",\"until\":\"2026-06-30\"}]}", JUDGE_FAILED,
      REASON_NO_RECORD, 0 },
    { "licence elsewhere", "licence", OWN, "{\"licences\":[{\"division\":\"371581\",\"from\":\"2020-01-01\"}]}",
      JUDGE_FAILED, REASON_OUTSIDE_CATCHMENT, 0 },

    { "permit", "permit", PERMIT,
      "{\"permits\":[{\"number\":\"1\",\"address\":\"A1\",\"division\":\"371502001\",\"from\":\"2025-01-01\",\"until\":"
      "\"2027-01-01\"}]}",
      JUDGE_PASSED, REASON_NONE, FACT_BIT(FACT_RESIDENCE_PERMIT) | FACT_BIT(FACT_OWNS_NONE) | PLACE },
    { "permit elsewhere", "permit", PERMIT,
      "{\"permits\":[{\"address\":\"B1\",\"division\":\"371502001\",\"until\":\"2027-01-01\"}]}", JUDGE_FAILED,
      REASON_OUTSIDE_CATCHMENT, 0 },
    { "permit over", "permit", PERMIT,
      "{\"permits\":[{\"address\":\"A1\",\"division\":\"371502001\",\"until\":\"2026-07-04\"}]}", JUDGE_FAILED,
      REASON_NO_RECORD, 0 },

    { "guardian", "guardianship", OWN, "{\"guardian\":true,\"relation\":\"grandparent\"}", JUDGE_PASSED, REASON_NONE,
      0 },
    { "no guardian", "guardianship", OWN, "{\"guardian\":false,\"relation\":\"other\"}", JUDGE_FAILED,
      REASON_NOT_PARENT, 0 },
    { "no guardian, though the father", "guardianship", OWN, "{\"guardian\":false,\"relation\":\"father\"}",
      JUDGE_FAILED, REASON_REJECTED, 0 },
    { "born of the guardian", "birth", OWN, "{\"found\":true,\"mother\":\"G\",\"father\":null}", JUDGE_PASSED,
      REASON_NONE, 0 },
    { "born of others", "birth", OWN, "{\"found\":true,\"mother\":\"X\",\"father\":\"Y\"}", JUDGE_FAILED,
      REASON_NOT_PARENT, 0 },
    { "no birth record", "birth", OWN, "{\"found\":false}", JUDGE_FAILED, REASON_NO_RECORD, 0 },
    { "parents unknown", "birth", OWN, "{\"found\":true,\"mother\":null,\"father\":null}", JUDGE_PERSON, REASON_NONE,
      0 },

    { "a city's own kind", "veterans", OWN, "{\"confirmed\":true}", JUDGE_PASSED, REASON_NONE,
      FACT_BIT(FACT_POLICY_GROUP) },
    { "a city's own kind denied", "veterans", OWN, "{\"confirmed\":false}", JUDGE_FAILED, REASON_REJECTED, 0 },
    { "a city's own kind unclear", "veterans", OWN, "{\"confirmed\":\"perhaps\"}", JUDGE_PERSON, REASON_NONE, 0 },
};

static uint32_t yields_of(const char *kind)
{
    return strcmp(kind, "household") == 0         ? YIELDS_HOUSEHOLD
           : strcmp(kind, "property") == 0        ? PLACE | OWNS | FACT_BIT(FACT_OWNS_NONE)
           : strcmp(kind, "contract") == 0        ? PLACE | OWNS | FACT_BIT(FACT_LEASE_REGISTERED)
           : strcmp(kind, "permit") == 0          ? PLACE | FACT_BIT(FACT_RESIDENCE_PERMIT)
           : strcmp(kind, "social_security") == 0 ? FACT_BIT(FACT_EMPLOYMENT)
           : strcmp(kind, "licence") == 0         ? FACT_BIT(FACT_BUSINESS)
           : strcmp(kind, "veterans") == 0        ? FACT_BIT(FACT_POLICY_GROUP)
                                                  : 0;
}

static struct judge_context context_of(const struct row *row)
{
    static const struct str family[] = { { "C", 1 }, { "G", 1 }, { "H", 1 } };
    int s = row->setting;
    bool own = s != GRANDPARENTS && s != LEASED && s != PERMIT;
    return (struct judge_context){
        .stage = s == JUNIOR ? STAGE_JUNIOR : STAGE_PRIMARY,
        .county = STR("371502"),
        .today = day_of(2026, 7, 5),
        .latest_birthday = day_of(2020, 8, 31),
        .enrolled = s == ENROLLED,
        .child = STR("C"),
        .household_division = s == MOVED ? STR("371521001") : STR("371502001"),
        .address = STR("A1"),
        .owner = STR("G"),
        .owner_name = s == TYPED_SEVERAL ? STR("李梅、张强") : STR("李梅"),
        .title_number = s == TYPED_NUMBER ? STR("鲁2") : STR(""),
        .title_kind = s == TYPED_SELF_BUILT   ? STR("self_built")
                      : s == TYPED_COMMERCIAL ? STR("commercial")
                                              : STR(""),
        .confirms_dwelling = strcmp(row->kind, "property") == 0 || strcmp(row->kind, "contract") == 0 || s == PERMIT,
        .owner_is_family = own,
        .family = family,
        .nfamily = 3,
        .yields = yields_of(row->kind),
        .dwelling_facts = own                 ? OWNS
                          : s == GRANDPARENTS ? FACT_BIT(FACT_OWNS_NONE)
                          : s == LEASED       ? FACT_BIT(FACT_OWNS_NONE) | FACT_BIT(FACT_LEASE_REGISTERED)
                                              : FACT_BIT(FACT_OWNS_NONE) | FACT_BIT(FACT_RESIDENCE_PERMIT),
    };
}

static void each_rule(void **state)
{
    (void)state;
    bool reached[REASON_COUNT] = { false };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *answer = json_loads(rows[i].answer, 0, NULL);
        if (!answer) {
            fail_msg("%s: the row's JSON is broken", rows[i].name);
        }
        struct judge_context context = context_of(&rows[i]);
        struct judgement got = judge(str_of(rows[i].kind), answer, &context);
        json_decref(answer);
        if (got.state != rows[i].state || got.reason != rows[i].reason || got.facts != rows[i].facts) {
            fail_msg("%s: state %d reason '%s' facts %x, expected %d '%s' %x", rows[i].name, got.state,
                     judge_reason_id(got.reason), got.facts, rows[i].state, judge_reason_id(rows[i].reason),
                     rows[i].facts);
        }
        reached[got.reason] = true;
    }
    for (int i = 1; i < REASONS_OF_MACHINE; i++) {
        if (!reached[i]) {
            fail_msg("no row reaches '%s'", judge_reason_id((enum judge_reason)i));
        }
    }
}

static void no_answer_is_no_refusal(void **state)
{
    (void)state;
    struct judge_context context = context_of(&rows[0]);
    static const char *const kinds[] = { "household", "property",     "contract", "social_security", "licence",
                                         "permit",    "guardianship", "birth",    "veterans" };
    json_t *answers[] = { NULL, json_null(), json_integer(3), json_string("x"), json_object() };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
            assert_int_equal(judge(str_of(kinds[k]), answers[i], &context).state, JUDGE_PERSON);
        }
    }
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        json_decref(answers[i]);
    }
}

/* All reasons, those of pictures too, are in the city's list with an instruction; each can arise at some check. */
static void reasons_are_the_citys(void **state)
{
    (void)state;
    struct city *city;
    struct error error = { { 0 } };
    struct city_mistakes *mistakes = city_mistakes_new();
    if (!city_read(&city, getenv("JIAOTI_CITY"), mistakes, &error)) {
        fail_msg("%s", error.message);
    }
    for (int i = 1; i < REASON_COUNT; i++) {
        struct str id = str_of(judge_reason_id((enum judge_reason)i));
        assert_int_equal(judge_reason_of(id), i);
        size_t reason = city_reason_index(city, id);
        if (reason == SIZE_MAX) {
            fail_msg("the city has no reason '%.*s'", STR_ARG(id));
        }
        assert_true(city->reasons[reason].instruction.zh.n > 0);
    }
    /* A reason that a machine gives for a check is one that the city allows there. */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t reason = city_reason_index(city, str_of(judge_reason_id(rows[i].reason)));
        size_t check = city_check_index(city, str_of(rows[i].kind));
        if (rows[i].reason != REASON_NONE && city->reasons[reason].checks &&
            !(city->reasons[reason].checks & 1u << check)) {
            fail_msg("%s: '%s' is not a reason of '%s'", rows[i].name, judge_reason_id(rows[i].reason), rows[i].kind);
        }
    }
    city_mistakes_free(mistakes);
    city_free(city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule),
        cmocka_unit_test(no_answer_is_no_refusal),
        cmocka_unit_test(reasons_are_the_citys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
