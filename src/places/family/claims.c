/* What else may count for a child, and an elder sibling. One command with the dwelling: each of the two pages changes
 * its own half of it. */
#include "places/family/apply.h"

#include "claims.page.h"

static const struct option claim_options[] = {
    { "employment",
      T("父母一方在本县（市、区）就业并缴纳养老保险", "A parent is employed in the county, with pension payments"),
      { 0 } },
    { "business", T("父母一方在本县（市、区）有营业执照", "A parent holds a business licence in the county"), { 0 } },
    { "policy_group",
      T("属于优待政策对象（烈士子女、军人子女等）",
        "Belongs to a group with a policy of its own (children of martyrs, of servicemen …）"),
      { 0 } },
    { "disability", T("孩子有残疾，需要个别安排", "The child has a disability and needs its own plan"), { 0 } },
};
static const struct field claims_fields[] = {
    { .name = "claims",
      .kind = FIELD_CHECKS,
      .label = T("还有下列情况吗？", "Does any of these hold?"),
      .hint = T("有的才选；选了的会向有关部门核验。都没有就直接继续。",
                "Tick only what holds; each is checked with its department. If none does, just go on."),
      FIELD_OPTIONS(claim_options) },
    { .name = "sibling_school",
      .kind = FIELD_TEXT,
      .max = 10,
      .label = T("哥哥或姐姐就读学校的标识码", "Identifier of the elder sibling's school"),
      .hint = T("10位数字，在学校主页和“查学校”页面上。没有可以不填。",
                "10 digits, shown on each school's page. Leave empty if there is none."),
      .width = 12 },
    { .name = "sibling_citizen",
      .kind = FIELD_CITIZEN,
      .label = T("哥哥或姐姐的身份证号", "The elder sibling's citizen number"),
      .width = 20 },
    VERSION_FIELD,
};
const struct form claims_form = FORM(claims_fields);
static const struct {
    const char *id;
    uint32_t bit;
} claim_bits[] = {
    { "employment", FACT_BIT(FACT_EMPLOYMENT) },
    { "business", FACT_BIT(FACT_BUSINESS) },
    { "policy_group", FACT_BIT(FACT_POLICY_GROUP) },
    { "disability", FACT_BIT(FACT_DISABILITY) },
};
enum { CLAIM_BITS = sizeof claim_bits / sizeof *claim_bits };

void show_claims(struct request *request)
{
    struct application application;
    if (!apply_load(request, &application) || !apply_editable(request, &application, PART_DWELLING)) {
        return;
    }
    const struct policy *policy;
    struct error error;
    struct db *db = request_db(request);
    struct institution school;
    bool found = false;
    if (!places_policy(request_app(request)->places, db, application.policy, &policy, &error) ||
        (application.sibling_school &&
         !registry_institution(db, request_arena(request), application.sibling_school, &school, &found, &error))) {
        reply_failed(request, &error);
        return;
    }
    struct claims_view view = { .frame = apply_frame(request, &application, 3, "dwelling"),
                                .sibling = policy->sibling == SIBLING_FOLLOW };
    form_use(request, &claims_form);
    form_set_int(request, "version", view.frame.version);
    for (size_t i = 0; i < CLAIM_BITS; i++) {
        if (application.claims & claim_bits[i].bit) {
            form_add(request, "claims", str_of(claim_bits[i].id));
        }
    }
    if (found) {
        form_set(request, "sibling_school", school.code);
    }
    reply_page(request, 200, claims, &view);
}

static void claimed(struct request *request, void *input)
{
    struct application_dwelling *d = input;
    enum apply_result result = d->apply.result;
    apply_went(request, &d->apply, "checks",
               result == APPLY_BAD_CITIZEN      ? "sibling_citizen"
               : result == APPLY_SIBLING_SCHOOL ? "sibling_school"
                                                : NULL,
               show_claims);
}

void claims_post(struct request *request)
{
    struct application application;
    if (!apply_load(request, &application) || !apply_editable(request, &application, PART_DWELLING)) {
        return;
    }
    struct application_dwelling *d = dwelling_command(request, &application);
    d->claims = 0;
    for (size_t i = 0; i < CLAIM_BITS; i++) {
        d->claims |= form_is(request, "claims", claim_bits[i].id) ? claim_bits[i].bit : 0;
    }
    d->sibling_school = 0;
    struct str code = form_value(request, "sibling_school");
    if (form_ok(request) && code.n) {
        struct institution school;
        bool found;
        struct error error;
        if (!registry_institution_by_code(request_db(request), request_arena(request), code, &school, &found, &error)) {
            reply_failed(request, &error);
            return;
        }
        if (!found) {
            form_error(request, "sibling_school",
                       T("没有这个标识码的学校，请核对。", "No school has this identifier; please check it."));
        } else {
            d->sibling_school = school.id;
        }
        if (found && form_value(request, "sibling_citizen").n == 0) {
            form_error(request, "sibling_citizen",
                       T("请填写哥哥或姐姐的身份证号。", "Write the elder sibling's citizen number."));
        }
    }
    if (!form_ok(request)) {
        show_claims(request);
        return;
    }
    d->sibling_citizen = form_value(request, "sibling_citizen");
    run_command(request, "application.claims", application_dwelling_run, d, claimed);
}
