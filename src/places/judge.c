/* The judge: one small function per kind of question, in the order of the table at the end.
 *
 * What must hold: a fact is established only by an answer of the known shape that says so about the right person and
 * the right place; everything that a machine cannot tell goes to a person, never to a refusal.
 */
#include "places/judge.h"

#include "base/clock.h"

#include <string.h>

static const char *const reason_ids[REASON_COUNT] = {
    [REASON_NONE] = "",
    [REASON_TITLE_NUMBER] = "title_number",
    [REASON_OWNER] = "owner",
    [REASON_SEVERAL_OWNERS] = "several_owners",
    [REASON_TITLE_KIND] = "title_kind",
    [REASON_NOT_COMMERCIAL] = "not_commercial",
    [REASON_REJECTED] = "rejected",
    [REASON_HOUSEHOLD_BOOKS] = "household_books",
    [REASON_NOT_PARENT] = "not_parent",
    [REASON_OUTSIDE_CATCHMENT] = "outside_catchment",
    [REASON_NO_RECORD] = "no_record",
    [REASON_UNDER_AGE] = "under_age",
    [REASON_WRONG_STAGE] = "wrong_stage",
    [REASON_TEXT_DIFFERS] = "text_differs",
    [REASON_NOT_REQUIRED] = "not_required",
    [REASON_UNREADABLE] = "unreadable",
    [REASON_FIRST_PAGE] = "first_page",
    [REASON_FORGED] = "forged",
};

const char *judge_reason_id(enum judge_reason reason)
{
    return reason < REASON_COUNT ? reason_ids[reason] : "";
}

enum judge_reason judge_reason_of(struct str id)
{
    for (int i = 1; i < REASON_COUNT; i++) {
        if (str_is(id, reason_ids[i])) {
            return (enum judge_reason)i;
        }
    }
    return REASON_NONE;
}

/* ---- Small readers ---- */

static struct judgement passed(uint32_t facts)
{
    return (struct judgement){ .state = JUDGE_PASSED, .facts = facts };
}

static struct judgement failed(enum judge_reason reason)
{
    return (struct judgement){ .state = JUDGE_FAILED, .reason = reason };
}

static struct judgement person(void)
{
    return (struct judgement){ .state = JUDGE_PERSON };
}

/* Text of a member; empty when it is missing or something else. */
static struct str text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? (struct str){ json_string_value(value), json_string_length(value) }
                                 : (struct str){ "", 0 };
}

static bool day_of_member(const json_t *object, const char *key, int64_t *day)
{
    return day_parse(text_of(object, key), day);
}

/* Does it hold on this day? A missing end is open. */
static bool runs_on(const json_t *object, int64_t today)
{
    int64_t from, until;
    return !(day_of_member(object, "from", &from) && from > today) &&
           !(day_of_member(object, "until", &until) && until < today);
}

/* Since a year and more? */
static bool runs_a_year(const json_t *object, int64_t today)
{
    int64_t from;
    return day_of_member(object, "from", &from) && from <= today - 365;
}

/* The next character of an address in its one form: blanks are skipped, full-width forms are narrow. 0 at the end. */
static unsigned next_letter(struct str *s)
{
    while (s->n) {
        unsigned char c = (unsigned char)s->p[0];
        unsigned point = c;
        size_t n = 1;
        if (c >= 0xE0 && c < 0xF0 && s->n >= 3) {
            n = 3;
            point = ((c & 0x0FU) << 12) | (((unsigned char)s->p[1] & 0x3FU) << 6) | ((unsigned char)s->p[2] & 0x3FU);
        }
        s->p += n;
        s->n -= n;
        if (point == ' ' || point == '\t' || point == '\r' || point == '\n' || point == 0x3000) {
            continue;
        }
        return point >= 0xFF01 && point <= 0xFF5E ? point - 0xFF01 + '!' : point;
    }
    return 0;
}

static bool same_text(struct str a, struct str b)
{
    unsigned letter;
    do {
        letter = next_letter(&a);
        if (letter != next_letter(&b)) {
            return false;
        }
    } while (letter);
    return true;
}

static bool is_parent(struct str relation)
{
    static const char *const parents[] = { "father", "mother", "父亲", "母亲", "父", "母" };
    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) {
        if (str_is(relation, parents[i])) {
            return true;
        }
    }
    return false;
}

static bool in_family(const struct judge_context *context, struct str citizen)
{
    for (size_t i = 0; i < context->nfamily; i++) {
        if (str_eq(context->family[i], citizen)) {
            return true;
        }
    }
    return false;
}

static bool in_county(const struct judge_context *context, struct str division)
{
    return context->county.n > 0 && str_starts(division, context->county);
}

/* The bits that say where the dwelling lies, when this check speaks for the dwelling. */
static uint32_t dwelling_bits(const struct judge_context *context)
{
    uint32_t place = FACT_BIT(FACT_DWELLING_IN_COUNTY) | FACT_BIT(FACT_DWELLING_IN_CATCHMENT);
    return context->confirms_dwelling ? place : place & context->yields;
}

/* A right that this check may confirm and this kind of dwelling may give. */
static uint32_t right_bits(const struct judge_context *context, uint32_t bits)
{
    uint32_t open = context->confirms_dwelling ? context->dwelling_facts : context->yields & context->dwelling_facts;
    return bits & open;
}

/* ---- household: public security ---- */

static struct judgement judge_household(const json_t *answer, const struct judge_context *context)
{
    const json_t *child = json_object_get(answer, "child");
    const json_t *guardian = json_object_get(answer, "guardian");
    int64_t birth;
    if (json_is_false(json_object_get(answer, "found"))) {
        return failed(REASON_NO_RECORD);
    }
    if (!json_is_true(json_object_get(answer, "found")) || !day_of_member(child, "birth", &birth) ||
        !text_of(child, "division").n ||
        (context->child.n && text_of(child, "citizen").n && !str_eq(text_of(child, "citizen"), context->child))) {
        return person();
    }
    if (birth > context->latest_birthday) {
        return failed(context->stage == STAGE_PRIMARY ? REASON_UNDER_AGE : REASON_WRONG_STAGE);
    }
    if (context->stage == STAGE_PRIMARY && context->enrolled) {
        return failed(REASON_WRONG_STAGE);
    }
    if (!json_is_object(guardian)) {
        return failed(REASON_HOUSEHOLD_BOOKS); /* the guardian is in no book with the child */
    }
    if (!is_parent(text_of(guardian, "relation"))) {
        return failed(REASON_NOT_PARENT);
    }
    if (!json_is_true(json_object_get(guardian, "same_book"))) {
        return failed(REASON_HOUSEHOLD_BOOKS);
    }
    struct str division = text_of(child, "division");
    /* The child was recorded as registered here, and public security now says elsewhere: it moved. */
    if (in_county(context, context->household_division) && !str_starts(division, context->household_division) &&
        !str_starts(context->household_division, division)) {
        return failed(REASON_OUTSIDE_CATCHMENT);
    }
    uint32_t place = FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY) | FACT_BIT(FACT_HOUSEHOLD_IN_CATCHMENT);
    uint32_t other = context->yields & ~place & ~(uint32_t)FACTS_OF_OWNING;
    return passed(in_county(context, division) ? (context->yields & place) | other : other);
}

/* ---- property: natural resources ---- */

/* The entry at the application's address; with no address known, the first. NULL: none. */
static const json_t *at_address(const json_t *entries, struct str address)
{
    size_t i;
    json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        if (address.n == 0 || same_text(text_of(entry, "address"), address)) {
            return entry;
        }
    }
    return NULL;
}

static bool contains(struct str text, struct str part)
{
    return part.n && text.n >= part.n && memmem(text.p, text.n, part.p, part.n) != NULL;
}

/* Was "张三、李四" typed where one owner belongs? */
static bool several_in_one(const json_t *owners, struct str typed)
{
    size_t i, held = 0;
    json_t *owner;
    json_array_foreach(owners, i, owner)
    {
        struct str name = text_of(owner, "name");
        held += name.n < typed.n && contains(typed, name);
    }
    return json_array_size(owners) > 1 && held > 0;
}

static const json_t *owner_named(const json_t *owners, const struct judge_context *context)
{
    size_t i;
    json_t *owner;
    json_array_foreach(owners, i, owner)
    {
        if (str_eq(text_of(owner, "citizen"), context->owner) &&
            (context->owner_name.n == 0 || same_text(text_of(owner, "name"), context->owner_name))) {
            return owner;
        }
    }
    return NULL;
}

/* The household's share: three thirds of 33.33 % are a whole. */
static uint32_t owning(const json_t *owners, const struct judge_context *context)
{
    double share = 0;
    size_t i;
    json_t *owner;
    json_array_foreach(owners, i, owner)
    {
        struct str citizen = text_of(owner, "citizen");
        if (str_eq(citizen, context->owner) || in_family(context, citizen)) {
            share += json_number_value(json_object_get(owner, "percent"));
        }
    }
    return share >= 99.9 ? FACT_BIT(FACT_OWNS_ALL) : FACT_BIT(FACT_OWNS_PART);
}

static enum judge_reason kind_fault(struct str typed, struct str kind)
{
    if (typed.n == 0 || str_eq(typed, kind)) {
        return REASON_NONE;
    }
    return str_is(typed, "commercial") ? REASON_NOT_COMMERCIAL : REASON_TITLE_KIND;
}

static struct judgement judge_property(const json_t *answer, const struct judge_context *context)
{
    const json_t *titles = json_object_get(answer, "titles");
    if (!json_is_array(titles)) {
        return person();
    }
    if (json_array_size(titles) == 0) {
        return failed(REASON_NO_RECORD);
    }
    const json_t *title = at_address(titles, context->address);
    if (!title) {
        return failed(REASON_OUTSIDE_CATCHMENT);
    }
    const json_t *owners = json_object_get(title, "owners");
    if (json_array_size(owners) == 0) {
        return person();
    }
    if (several_in_one(owners, context->owner_name)) {
        return failed(REASON_SEVERAL_OWNERS);
    }
    if (!owner_named(owners, context)) {
        return failed(REASON_OWNER);
    }
    if (context->title_number.n && !same_text(context->title_number, text_of(title, "number"))) {
        return failed(REASON_TITLE_NUMBER);
    }
    enum judge_reason kind = kind_fault(context->title_kind, text_of(title, "kind"));
    if (kind != REASON_NONE) {
        return failed(kind);
    }
    uint32_t right = context->owner_is_family ? owning(owners, context) : FACT_BIT(FACT_OWNS_NONE);
    return passed(right_bits(context, right) | dwelling_bits(context));
}

/* ---- contract: housing ---- */

static struct judgement judge_contract(const json_t *answer, const struct judge_context *context)
{
    const json_t *contracts = json_object_get(answer, "contracts");
    if (!json_is_array(contracts)) {
        return person();
    }
    if (json_array_size(contracts) == 0) {
        return failed(REASON_NO_RECORD);
    }
    const json_t *contract = at_address(contracts, context->address);
    if (!contract) {
        return failed(REASON_OUTSIDE_CATCHMENT);
    }
    if (context->title_number.n && !same_text(context->title_number, text_of(contract, "number"))) {
        return failed(REASON_TITLE_NUMBER);
    }
    bool lease = str_is(text_of(contract, "kind"), "lease");
    bool leased = (context->dwelling_facts & FACT_BIT(FACT_LEASE_REGISTERED)) != 0;
    if (lease != leased) {
        return failed(REASON_TITLE_KIND);
    }
    if (!json_is_true(json_object_get(contract, "registered"))) {
        return failed(REASON_REJECTED);
    }
    if (lease && !runs_on(contract, context->today)) {
        return failed(REASON_NO_RECORD);
    }
    uint32_t right = lease ? FACT_BIT(FACT_LEASE_REGISTERED) | FACT_BIT(FACT_OWNS_NONE) : FACT_BIT(FACT_OWNS_ALL);
    return passed(right_bits(context, right) | dwelling_bits(context));
}

/* ---- social_security, licence: work and business in the county, for a year ---- */

enum { YEAR_OF_MONTHS = 12 };

static struct judgement judge_social_security(const json_t *answer, const struct judge_context *context)
{
    const json_t *employment = json_object_get(answer, "employment");
    if (!json_is_array(employment)) {
        return person();
    }
    if (json_array_size(employment) == 0) {
        return failed(REASON_NO_RECORD);
    }
    size_t i;
    json_t *job;
    bool here = false;
    json_array_foreach(employment, i, job)
    {
        if (!in_county(context, text_of(job, "division"))) {
            continue;
        }
        here = true;
        if (json_integer_value(json_object_get(job, "pension_months")) >= YEAR_OF_MONTHS ||
            runs_a_year(job, context->today)) {
            return passed(context->yields & FACT_BIT(FACT_EMPLOYMENT));
        }
    }
    return here ? person() : failed(REASON_OUTSIDE_CATCHMENT);
}

static struct judgement judge_licence(const json_t *answer, const struct judge_context *context)
{
    const json_t *licences = json_object_get(answer, "licences");
    if (!json_is_array(licences)) {
        return person();
    }
    size_t i;
    json_t *licence;
    bool valid = false, here = false;
    json_array_foreach(licences, i, licence)
    {
        if (!runs_on(licence, context->today)) {
            continue;
        }
        valid = true;
        if (!in_county(context, text_of(licence, "division"))) {
            continue;
        }
        here = true;
        if (runs_a_year(licence, context->today)) {
            return passed(context->yields & FACT_BIT(FACT_BUSINESS));
        }
    }
    return here ? person() : failed(valid ? REASON_OUTSIDE_CATCHMENT : REASON_NO_RECORD);
}

/* ---- permit: public security ---- */

static struct judgement judge_permit(const json_t *answer, const struct judge_context *context)
{
    const json_t *permits = json_object_get(answer, "permits");
    if (!json_is_array(permits)) {
        return person();
    }
    size_t i;
    json_t *permit;
    bool valid = false;
    json_array_foreach(permits, i, permit)
    {
        if (!runs_on(permit, context->today)) {
            continue;
        }
        valid = true;
        bool at_home = context->address.n == 0 || same_text(text_of(permit, "address"), context->address);
        if (!at_home || !in_county(context, text_of(permit, "division"))) {
            continue;
        }
        return passed((context->yields & FACT_BIT(FACT_RESIDENCE_PERMIT)) |
                      right_bits(context, FACT_BIT(FACT_RESIDENCE_PERMIT) | FACT_BIT(FACT_OWNS_NONE)) |
                      dwelling_bits(context));
    }
    return failed(valid ? REASON_OUTSIDE_CATCHMENT : REASON_NO_RECORD);
}

/* ---- guardianship: civil affairs · birth: health ---- */

static struct judgement judge_guardianship(const json_t *answer, const struct judge_context *context)
{
    const json_t *guardian = json_object_get(answer, "guardian");
    if (!json_is_boolean(guardian)) {
        return person();
    }
    if (json_is_true(guardian)) {
        return passed(context->yields);
    }
    /* "No guardian, and the father": the data is right and the authority says no. */
    return failed(is_parent(text_of(answer, "relation")) ? REASON_REJECTED : REASON_NOT_PARENT);
}

static struct judgement judge_birth(const json_t *answer, const struct judge_context *context)
{
    if (json_is_false(json_object_get(answer, "found"))) {
        return failed(REASON_NO_RECORD);
    }
    struct str mother = text_of(answer, "mother"), father = text_of(answer, "father");
    if (!json_is_true(json_object_get(answer, "found")) || (!mother.n && !father.n)) {
        return person();
    }
    bool parent = (mother.n && in_family(context, mother)) || (father.n && in_family(context, father));
    return parent ? passed(context->yields) : failed(REASON_NOT_PARENT);
}

/* ---- Any other kind of a city ---- */

static struct judgement judge_confirmed(const json_t *answer, const struct judge_context *context)
{
    const json_t *confirmed = json_object_get(answer, "confirmed");
    if (!json_is_boolean(confirmed)) {
        return person();
    }
    return json_is_true(confirmed) ? passed(context->yields) : failed(REASON_REJECTED);
}

struct judgement judge(struct str kind, const json_t *answer, const struct judge_context *context)
{
    static const struct {
        const char *kind;
        struct judgement (*judge)(const json_t *answer, const struct judge_context *context);
    } judges[] = {
        { "household", judge_household },       { "property", judge_property },
        { "contract", judge_contract },         { "social_security", judge_social_security },
        { "licence", judge_licence },           { "permit", judge_permit },
        { "guardianship", judge_guardianship }, { "birth", judge_birth },
    };
    if (!json_is_object(answer)) {
        return person();
    }
    for (size_t i = 0; i < sizeof judges / sizeof *judges; i++) {
        if (str_is(kind, judges[i].kind)) {
            return judges[i].judge(answer, context);
        }
    }
    return judge_confirmed(answer, context);
}
