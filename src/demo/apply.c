/* One family before the program: accounts, child, application, and what the departments answer. Each step is the
 * command that the pages run; a refusal that the demo did not mean is an error, so a rule that changes shows here. */
#include "demo/asked.h"
#include "demo/build.h"
#include "demo/dice.h"
#include "demo/papers.h"
#include "demo/taste.h"

#include "base/clock.h"
#include "places/application.h"
#include "places/child.h"
#include "places/fact.h"
#include "places/paper.h"
#include "places/together.h"
#include "registry/registry.h"

static bool refused(const struct family *family, const char *step, enum apply_result result, struct error *error)
{
    return error_set(error, "demo family %u: %s was refused: %s", family->number, step, apply_result_text(result).en);
}

/* ---- People ---- */

static bool add_accounts(struct builder *builder, const struct family *family, int demo, struct name note,
                         int64_t accounts[2], struct error *error)
{
    for (size_t g = 0; g < family->nguardians; g++) {
        struct new_account account = {
            .login = family->phone[g],
            .name = family->guardians[g].name,
            .citizen = family->guardians[g].citizen,
            .roles = ROLE_FAMILY,
            .demo = g == 0 ? demo : 2,
            .demo_note = note,
        };
        accounts[g] = 0;
        if (family->account[g] && !account_add(builder->writing, &account, &accounts[g], error)) {
            return false;
        }
    }
    return true;
}

static bool record_child(struct builder *builder, const struct family *family, const struct person *child,
                         int64_t school, const int64_t accounts[2], int64_t *id, struct error *error)
{
    for (size_t g = 0; g < family->nguardians; g++) {
        if (accounts[g] == 0) {
            continue;
        }
        struct child_record record = {
            .actor = { accounts[g], "family" },
            .guardian = accounts[g],
            .relation = str_of(family->relation[g]),
            .citizen = child->citizen,
            .name = child->name,
            .birth = child->birth,
            .household_division = family->household_division,
            .address = family->household_address,
            .school = school,
        };
        if (!child_record_run(builder->writing, &record, error)) {
            return false;
        }
        if (record.result != CHILD_RECORDED) {
            return error_set(error, "demo family %u: %s", family->number, child_result_text(record.result).en);
        }
        *id = record.child;
    }
    return true;
}

/* Dwellings are known to the register before anybody applies by them. */
static bool record_dwellings(struct builder *builder, const struct family *family, int64_t *dwelling,
                             struct error *error)
{
    int64_t other;
    if (!registry_dwelling_record(builder->writing, builder->vault, family->address,
                                  builder->communities[family->community], family->dwelling_kind, dwelling, error)) {
        return false;
    }
    bool same = family->household_community == MESH_NONE || str_eq(family->household_address, family->address);
    return same || registry_dwelling_record(builder->writing, builder->vault, family->household_address,
                                            builder->communities[family->household_community], STR("self_built"),
                                            &other, error);
}

/* Where a child of the stage is enrolled now: entrants of junior schools finish the primary school of their home. */
static int64_t enrolled_at(const struct builder *builder, const struct family *family)
{
    if (family->stage == STAGE_PRIMARY) {
        return 0;
    }
    uint32_t home = builder->schools->home[STAGE_PRIMARY][family->community];
    return builder->schools->items[builder->schools->catchments[home].schools[0]].id;
}

/* ---- Steps ---- */

static struct apply head_of(const struct builder *builder, int64_t account, int64_t application)
{
    return (struct apply){ .places = builder->places, .actor = { account, "family" }, .application = application };
}

static bool begin(struct builder *builder, const struct family *family, struct applied *applied, size_t i,
                  struct error *error)
{
    const struct demo_round *round =
        round_of(builder, builder->land->communities[family->community].county, family->stage);
    struct application_begin step = { .apply = head_of(builder, applied->account, 0),
                                      .round = round->id,
                                      .child = applied->child[i] };
    if (!application_begin_run(builder->writing, &step, error)) {
        return false;
    }
    applied->application[i] = step.apply.application;
    return step.apply.result == APPLY_DONE || refused(family, "begin", step.apply.result, error);
}

static bool consent(struct builder *builder, const struct family *family, const struct applied *applied, size_t i,
                    struct error *error)
{
    struct application_consent step = { .apply = head_of(builder, applied->account, applied->application[i]),
                                        .consents = true,
                                        .text = builder->consent };
    return application_consent_run(builder->writing, &step, error) &&
           (step.apply.result == APPLY_DONE || refused(family, "consent", step.apply.result, error));
}

/* The city's kind of dwelling that gives these rights; NULL: it has none. */
static const struct dwelling_kind *kind_that_gives(const struct city *city, uint32_t facts, bool contract)
{
    size_t check = city_check_index(city, STR("contract"));
    for (size_t i = 0; i < city->ndwellings; i++) {
        const struct dwelling_kind *kind = &city->dwellings[i];
        if ((kind->facts & facts) == facts && (kind->check == check) == contract) {
            return kind;
        }
    }
    return NULL;
}

static const struct dwelling_kind *kind_of(const struct city *city, const struct family *family)
{
    switch (family->situation) {
    case LIVES_GRANDPARENTS:
        for (size_t i = 0; i < city->ndwellings; i++) {
            if (city->dwellings[i].facts == FACT_BIT(FACT_OWNS_NONE)) {
                return &city->dwellings[i];
            }
        }
        return NULL;
    case LIVES_RENTED:
        return kind_that_gives(city, FACT_BIT(FACT_LEASE_REGISTERED), true);
    case LIVES_BOUGHT_NEW:
        return kind_that_gives(city, FACT_BIT(FACT_OWNS_ALL), true);
    case LIVES_PERMIT_WORK:
    case LIVES_PERMIT_TRADE:
        return kind_that_gives(city, FACT_BIT(FACT_RESIDENCE_PERMIT), false);
    default:
        return kind_that_gives(city, FACT_BIT(FACT_OWNS_ALL), false);
    }
}

/* What the family types about its dwelling: right, or wrong as its flaw says. */
static void type_claim(const struct family *family, struct arena *arena, struct application_dwelling *step)
{
    step->title_number = family->title_number;
    bool titled = family->situation != LIVES_RENTED && family->situation < LIVES_PERMIT_WORK &&
                  family->situation != LIVES_BOUGHT_NEW;
    if (titled) {
        step->title_kind = family->dwelling_kind;
    }
    if (family->situation == LIVES_GRANDPARENTS) {
        step->owner_citizen = family->grandparent.citizen;
        step->owner_name = family->grandparent.name;
    }
    switch (family->flaw) {
    case FLAW_TITLE_NUMBER:
        step->title_number = arena_printf(arena, "鲁(2019)示例不动产权第%07u号", 9000000 + family->number % 1000000);
        break;
    case FLAW_OWNER:
        step->owner_citizen = family->owners[0].citizen;
        step->owner_name = STR("示错名");
        break;
    case FLAW_SEVERAL_OWNERS:
        step->owner_citizen = family->owners[0].citizen;
        step->owner_name =
            arena_printf(arena, "%.*s、%.*s", STR_ARG(family->owners[0].name), STR_ARG(family->owners[1].name));
        break;
    case FLAW_TITLE_KIND:
        step->title_kind = STR("resettlement");
        break;
    case FLAW_NOT_COMMERCIAL:
        step->title_kind = STR("commercial");
        break;
    default:
        break;
    }
}

static bool dwelling(struct builder *builder, const struct family *family, const struct truth *truth,
                     const struct policy *policy, const struct applied *applied, size_t i, struct error *error)
{
    const struct dwelling_kind *kind = kind_of(builder->city, family);
    if (!kind) {
        return error_set(error, "the city's folder has no kind of dwelling for how some demo families live (%d)",
                         (int)family->situation);
    }
    struct application_dwelling step = {
        .apply = head_of(builder, applied->account, applied->application[i]),
        .claim_kind = kind->id,
        .address = family->address,
        .community = builder->communities[family->community],
    };
    type_claim(family, builder->family, &step);
    bool working = family->pension_months > 0 && family->situation >= LIVES_RENTED;
    step.claims = (working ? FACT_BIT(FACT_EMPLOYMENT) : 0) | (family->licence.n ? FACT_BIT(FACT_BUSINESS) : 0) |
                  (family->policy_group ? FACT_BIT(FACT_POLICY_GROUP) : 0) |
                  (family->disabled ? FACT_BIT(FACT_DISABILITY) : 0);
    if (family->elder.citizen.n && policy->sibling == SIBLING_FOLLOW) {
        step.sibling_school = builder->schools->items[family->elder_school].id;
        step.sibling_citizen = family->elder.citizen;
    }
    bool seen_at_once = family->flaw == FLAW_NONE;
    if (seen_at_once && !asked_before(builder, family, truth, kind, step.claims, applied->application[i],
                                      &family->children[i], error)) {
        return false;
    }
    return application_dwelling_run(builder->writing, &step, error) &&
           (step.apply.result == APPLY_DONE || refused(family, "dwelling", step.apply.result, error));
}

static bool choices(struct builder *builder, const struct family *family, const struct policy *policy,
                    const struct applied *applied, size_t i, struct error *error)
{
    struct application_choices step = { .apply = head_of(builder, applied->account, applied->application[i]) };
    uint32_t wishes[LIMIT_CHOICES];
    step.n = taste_wishes(builder, family, policy, wishes, LIMIT_CHOICES);
    for (size_t k = 0; k < step.n; k++) {
        step.offers[k] = builder->schools->items[wishes[k]].offer[family->stage];
    }
    return application_choices_run(builder->writing, &step, error) &&
           (step.apply.result == APPLY_DONE || refused(family, "choices", step.apply.result, error));
}

/* Most families with twins want one school for both, where the rules have it. */
static bool together(struct builder *builder, const struct family *family, const struct policy *policy,
                     const struct applied *applied, size_t i, struct error *error)
{
    struct dice dice = dice_of(builder->land->seed, "together", family->number);
    if (i == 0 || policy->together == TOGETHER_NONE || !dice_chance(&dice, 7000)) {
        return true;
    }
    struct application_together step = { .apply = head_of(builder, applied->account, applied->application[i]),
                                         .with = applied->application[0],
                                         .ask = true };
    return application_together_run(builder->writing, &step, error) &&
           (step.apply.result == APPLY_DONE || refused(family, "together", step.apply.result, error));
}

static bool submit(struct builder *builder, const struct family *family, const struct applied *applied, size_t i,
                   struct error *error)
{
    struct application_submit step = { .apply = head_of(builder, applied->account, applied->application[i]) };
    if (!application_submit_run(builder->writing, &step, error)) {
        return false;
    }
    builder->applications += step.apply.result == APPLY_DONE;
    return step.apply.result == APPLY_DONE || refused(family, "submit", step.apply.result, error);
}

/* ---- The departments ---- */

bool apply_answers(struct builder *builder, const struct family *family, const struct truth *truth, int64_t application,
                   struct error *error)
{
    struct ask_hook hook = { .context = builder->places, .on_answer = fact_on_answer };
    /* An answer may make another question necessary: until nothing waits. */
    for (bool waits = true; waits;) {
        struct ask *asks;
        size_t n;
        int64_t queued;
        waits = false;
        if (!db_one_int(builder->writing->db, error, &queued, NULL,
                        "select count(*) from fact where application = ?1 and state = 'queued'", V_INT(application))) {
            return false;
        }
        if (queued == 0) {
            return true;
        }
        if (!ask_of_application(builder->writing->db, builder->vault, builder->writing->arena, application, &asks, &n,
                                error)) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            bool kept;
            if (asks[i].state != ASK_QUEUED) {
                continue;
            }
            struct str answer = truth_answer(builder->family, truth, family, asks[i].kind, asks[i].question);
            struct str problem = answer.n ? (struct str){ NULL, 0 } : STR("timeout");
            if (!ask_settle(builder->writing, &hook, asks[i].id, answer, "http", problem, &kept, error)) {
                return false;
            }
            waits = true;
        }
    }
    return true;
}

/* ---- Papers ---- */

static const struct {
    enum flaw flaw;
    const char *check; /* that fails by it */
    const char *paper; /* preferred kind, when the check takes it */
    unsigned share;    /* of ten thousand families with the flaw who hand in a paper at once */
} PAPERS[] = {
    { FLAW_NO_RECORD, "property", "purchase_contract", 6000 },
    { FLAW_NOT_COMMERCIAL, "property", "resettlement_agreement", 5000 },
    { FLAW_BOOKS, "household", "household_book", 6000 },
    { FLAW_NOT_PARENT, "household", "guardian_card", 5000 },
    { FLAW_SILENT, "property", "title_certificate", 5000 },
    { FLAW_PAPER_DIFFERS, "property", "title_certificate", 10000 },
    { FLAW_PAPER_WRONG, "property", "homestead_proof", 10000 },
    { FLAW_PAPER_BLURRED, "property", "title_certificate", 10000 },
    { FLAW_PAPER_NO_FIRST, "household", "household_book", 10000 },
    { FLAW_PAPER_FORGED, "property", "title_certificate", 10000 },
};

static bool keep_papered(struct builder *builder, const struct family *family, int64_t application)
{
    builder->papered = arena_grow(builder->arena, builder->papered, builder->npapered, sizeof *builder->papered);
    uint32_t county = builder->land->communities[family->community].county;
    builder->papered[builder->npapered++] =
        (struct papered){ application, county * STAGE_COUNT + (uint32_t)family->stage, family->flaw };
    return true;
}

static bool hand_in(struct builder *builder, const struct family *family, const struct applied *applied, size_t i,
                    size_t which, struct error *error)
{
    const struct city *city = builder->city;
    size_t check = city_check_index(city, str_of(PAPERS[which].check));
    size_t kind = city_paper_index(city, str_of(PAPERS[which].paper));
    if (check == SIZE_MAX || city->checks[check].npapers == 0) {
        return true; /* this city takes no paper for it */
    }
    bool taken = false;
    for (size_t k = 0; k < city->checks[check].npapers; k++) {
        taken |= city->checks[check].papers[k] == kind;
    }
    kind = taken ? kind : city->checks[check].papers[0];
    struct str bytes;
    struct paper_add step = { .apply = head_of(builder, applied->account, applied->application[i]),
                              .check_kind = city->checks[check].id,
                              .kind = city->papers[kind].id };
    if (!paper_draw(builder->family, family->number % 3 ? PAPER_PNG : PAPER_PDF, city->papers[kind].name.zh,
                    family->number, family->flaw == FLAW_PAPER_BLURRED, &bytes, error) ||
        !paper_store(builder->places, builder->vault, builder->family, bytes, &step.file, error) ||
        !paper_add_run(builder->writing, &step, error)) {
        return false;
    }
    if (step.apply.result == APPLY_PAPER_NOT_ASKED) {
        return true; /* a child of a category that does not ask for this check */
    }
    return step.apply.result == APPLY_DONE ? keep_papered(builder, family, applied->application[i])
                                           : refused(family, "paper", step.apply.result, error);
}

static bool papers(struct builder *builder, const struct family *family, const struct applied *applied, size_t i,
                   struct error *error)
{
    struct dice dice = dice_of(builder->land->seed, "papers", family->number);
    for (size_t k = 0; k < sizeof PAPERS / sizeof *PAPERS; k++) {
        if (PAPERS[k].flaw == family->flaw && dice_chance(&dice, PAPERS[k].share)) {
            return hand_in(builder, family, applied, i, k, error);
        }
    }
    return true;
}

/* ---- All of it ---- */

static bool apply_child(struct builder *builder, const struct family *family, const struct truth *truth,
                        struct applied *applied, size_t i, const int64_t accounts[2], struct error *error)
{
    const struct demo_round *round =
        round_of(builder, builder->land->communities[family->community].county, family->stage);
    if (!begin(builder, family, applied, i, error) || !consent(builder, family, applied, i, error)) {
        return false;
    }
    if (family->flaw == FLAW_WRONG_STAGE) {
        /* The roster of a school arrives: the child is in its first year already. */
        int64_t school =
            builder->schools
                ->items[builder->schools->catchments[builder->schools->home[STAGE_PRIMARY][family->community]]
                            .schools[0]]
                .id;
        if (!record_child(builder, family, &family->children[i], school, accounts, &applied->child[i], error)) {
            return false;
        }
    }
    if (family->progress == STOPS_CONSENT) {
        return true;
    }
    /* Who has something wrong sees it once the departments have answered, and may hand in a paper. */
    return dwelling(builder, family, truth, round->policy, applied, i, error) &&
           (family->flaw == FLAW_NONE || (apply_answers(builder, family, truth, applied->application[i], error) &&
                                          papers(builder, family, applied, i, error))) &&
           (family->progress == STOPS_DWELLING || (together(builder, family, round->policy, applied, i, error) &&
                                                   choices(builder, family, round->policy, applied, i, error))) &&
           (family->progress != STOPS_NEVER || submit(builder, family, applied, i, error)) &&
           apply_answers(builder, family, truth, applied->application[i], error);
}

bool apply_family(struct builder *builder, const struct family *family, int demo, struct name note,
                  struct applied *applied, struct error *error)
{
    const struct land_county *county = &builder->land->counties[builder->land->communities[family->community].county];
    struct truth truth;
    int64_t accounts[2] = { 0, 0 };
    int64_t place, elder;
    *applied = (struct applied){ 0 };
    truth_of(builder->family, family, county->division->code, day_of_ms(builder->now), builder->people->primary_latest,
             &truth);
    for (size_t i = 0; i < truth.n; i++) {
        if (!authority_record_put(builder->records, truth.records[i].kind, truth.records[i].citizen,
                                  truth.records[i].json, error)) {
            return false;
        }
    }
    if (family->progress == STOPS_BEFORE && demo == 2) {
        return true; /* has never signed in: only the departments know it */
    }
    if (!add_accounts(builder, family, demo, note, accounts, error) ||
        !record_dwellings(builder, family, &place, error)) {
        return false;
    }
    applied->account = accounts[0];
    if (family->elder.citizen.n &&
        !record_child(builder, family, &family->elder, builder->schools->items[family->elder_school].id, accounts,
                      &elder, error)) {
        return false;
    }
    if (family->progress == STOPS_BEFORE) {
        return true;
    }
    for (size_t i = 0; i < family->nchildren; i++) {
        if (!record_child(builder, family, &family->children[i], enrolled_at(builder, family), accounts,
                          &applied->child[i], error) ||
            !apply_child(builder, family, &truth, applied, i, accounts, error)) {
            return false;
        }
    }
    return true;
}
