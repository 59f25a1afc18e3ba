/* See truth.h. Names, numbers and addresses of the demo hold no quote and no backslash, so they stand in the JSON as
 * they are. */
#include "demo/truth.h"

#include "base/clock.h"
#include "connect/authority_answers.h"

#include <stdlib.h>

static void add(struct truth *truth, const char *kind, struct str citizen, struct str json)
{
    if (truth->n < TRUTH_RECORDS && citizen.n > 0) {
        truth->records[truth->n++] = (struct truth_record){ str_of(kind), citizen, json };
    }
}

static const char *relation_word(const char *relation)
{
    return strcmp(relation, "father") == 0 ? "父亲" : strcmp(relation, "mother") == 0 ? "母亲" : "其他";
}

static struct str outside_address(struct arena *arena, const struct family *family)
{
    return family->household_address.n ? family->household_address
                                       : arena_printf(arena, "示例省示例县示例镇例庄村%u号", family->number + 1);
}

/* Public security: the child as its household book has it. A child that moved has another community's code. */
static struct str child_json(struct arena *arena, const struct family *family, const struct person *child,
                             int64_t primary_latest, const char *relation)
{
    int64_t birth = family->flaw == FLAW_UNDER_AGE ? primary_latest + 6 : child->birth;
    struct str division = family->household_division;
    if (family->flaw == FLAW_MOVED) {
        division = arena_printf(arena, "%.6s899", division.p);
    }
    return arena_printf(arena,
                        "{\"citizen\":\"%.*s\",\"name\":\"%.*s\",\"sex\":\"%d\",\"birth\":\"%.*s\",%s%s%s"
                        "\"%s\":\"%.*s\",\"address\":\"%.*s\"}",
                        STR_ARG(child->citizen), STR_ARG(child->name), child->male ? 1 : 2,
                        STR_ARG(day_format(arena, birth)), relation ? "\"relation\":\"" : "", relation ? relation : "",
                        relation ? "\"," : "", relation ? "household_division" : "division", STR_ARG(division),
                        STR_ARG(outside_address(arena, family)));
}

static void add_household(struct arena *arena, struct truth *truth, const struct family *family, int64_t primary_latest)
{
    for (size_t g = 0; g < family->nguardians; g++) {
        struct str list = { "", 0 };
        for (size_t i = 0; i < family->nchildren; i++) {
            list = arena_printf(arena, "%.*s%s%.*s", STR_ARG(list), i ? "," : "",
                                STR_ARG(child_json(arena, family, &family->children[i], primary_latest,
                                                   relation_word(family->relation[g]))));
        }
        add(truth, "children", family->guardians[g].citizen,
            arena_printf(arena, "{\"children\":[%.*s]}", STR_ARG(list)));
    }
    struct str guardians = { "", 0 };
    for (size_t g = 0; g < family->nguardians; g++) {
        bool same = !((family->flaw == FLAW_BOOKS || family->flaw == FLAW_PAPER_NO_FIRST) && g == 0);
        guardians = arena_printf(
            arena, "%.*s%s{\"citizen\":\"%.*s\",\"name\":\"%.*s\",\"relation\":\"%s\",\"same_book\":%s}",
            STR_ARG(guardians), g ? "," : "", STR_ARG(family->guardians[g].citizen), STR_ARG(family->guardians[g].name),
            relation_word(family->relation[g]), same ? "true" : "false");
    }
    for (size_t i = 0; i < family->nchildren; i++) {
        struct str child = child_json(arena, family, &family->children[i], primary_latest, NULL);
        add(truth, "household", family->children[i].citizen,
            arena_printf(arena, "{\"found\":true,\"book\":\"%.*s\",\"child\":%.*s,\"guardians\":[%.*s]}",
                         STR_ARG(family->book), STR_ARG(child), STR_ARG(guardians)));
        add(truth, "guardianship", family->children[i].citizen,
            arena_printf(arena, "{\"guardians\":[%.*s]}", STR_ARG(guardians)));
    }
}

static void add_birth(struct arena *arena, struct truth *truth, const struct family *family)
{
    struct str parents[2] = { { "null", 4 }, { "null", 4 } };
    for (size_t g = 0; g < family->nguardians; g++) {
        if (strcmp(family->relation[g], "other") != 0) {
            parents[family->guardians[g].male] = arena_printf(arena, "\"%.*s\"", STR_ARG(family->guardians[g].citizen));
        }
    }
    for (size_t i = 0; i < family->nchildren; i++) {
        struct str json = STR("{\"found\":false,\"mother\":null,\"father\":null}");
        if (family->flaw != FLAW_NO_BIRTH) {
            json = arena_printf(arena, "{\"found\":true,\"mother\":%.*s,\"father\":%.*s}", STR_ARG(parents[0]),
                                STR_ARG(parents[1]));
        }
        add(truth, "birth", family->children[i].citizen, json);
    }
}

static bool has_title(const struct family *family)
{
    return family->situation <= LIVES_GRANDPARENTS || family->situation == LIVES_BOUGHT ||
           family->situation == LIVES_OUTSIDE_OWN;
}

/* Natural resources: every owner finds the title. */
static void add_property(struct arena *arena, struct truth *truth, const struct family *family)
{
    bool none = !has_title(family) || family->flaw == FLAW_NO_RECORD ||
                (family->flaw >= FLAW_PAPER_DIFFERS && family->flaw != FLAW_PAPER_NO_FIRST);
    struct str owners = { "", 0 };
    for (size_t i = 0; i < family->nowners; i++) {
        owners = arena_printf(arena, "%.*s%s{\"citizen\":\"%.*s\",\"name\":\"%.*s\",\"percent\":%u}", STR_ARG(owners),
                              i ? "," : "", STR_ARG(family->owners[i].citizen), STR_ARG(family->owners[i].name),
                              family->owners[i].percent);
    }
    if (none) {
        return;
    }
    struct str json =
        arena_printf(arena,
                     "{\"titles\":[{\"number\":\"%.*s\",\"address\":\"%.*s%s\",\"kind\":\"%.*s\","
                     "\"owners\":[%.*s]}]}",
                     STR_ARG(family->title_number), STR_ARG(family->address),
                     family->flaw == FLAW_ELSEWHERE ? "附1号" : "", STR_ARG(family->dwelling_kind), STR_ARG(owners));
    for (size_t i = 0; i < family->nowners; i++) {
        add(truth, "property", family->owners[i].citizen, json);
    }
}

/* Housing: leases and presale contracts, for each guardian who may sign. */
static void add_contract(struct arena *arena, struct truth *truth, const struct family *family)
{
    bool lease = family->situation == LIVES_RENTED;
    if (!lease && family->situation != LIVES_BOUGHT_NEW) {
        return;
    }
    struct str json =
        arena_printf(arena,
                     "{\"contracts\":[{\"number\":\"%.*s\",\"address\":\"%.*s\",\"kind\":\"%s\","
                     "\"registered\":%s,\"from\":\"2025-03-01\",\"until\":\"%s\"}]}",
                     STR_ARG(family->title_number), STR_ARG(family->address), lease ? "lease" : "presale",
                     family->flaw == FLAW_UNREGISTERED ? "false" : "true", lease ? "2028-02-29" : "2099-12-31");
    for (size_t g = 0; g < family->nguardians; g++) {
        add(truth, "contract", family->guardians[g].citizen, json);
    }
}

static void add_work(struct arena *arena, struct truth *truth, const struct family *family, struct str county,
                     int64_t today)
{
    if (family->pension_months > 0) {
        unsigned months = family->flaw == FLAW_SHORT_WORK ? 5 : family->pension_months;
        add(truth, "social_security", family->guardians[0].citizen,
            arena_printf(arena,
                         "{\"employment\":[{\"employer\":\"%.*s\",\"division\":\"%.*s\",\"from\":\"%.*s\","
                         "\"pension_months\":%u}]}",
                         STR_ARG(family->employer), STR_ARG(county),
                         STR_ARG(day_format(arena, today - (int64_t)months * 30)), months));
    }
    if (family->licence.n > 0) {
        add(truth, "licence", family->guardians[0].citizen,
            arena_printf(arena,
                         "{\"licences\":[{\"number\":\"%.*s\",\"name\":\"示例商行\",\"division\":\"%.*s\","
                         "\"from\":\"2022-05-01\",\"until\":\"2099-12-31\"}]}",
                         STR_ARG(family->licence), STR_ARG(county)));
    }
}

static void add_permit(struct arena *arena, struct truth *truth, const struct family *family, struct str county)
{
    if (family->situation != LIVES_PERMIT_WORK && family->situation != LIVES_PERMIT_TRADE) {
        return;
    }
    struct str json = arena_printf(arena,
                                   "{\"permits\":[{\"number\":\"%.*s\",\"address\":\"%.*s\",\"division\":\"%.*s\","
                                   "\"from\":\"2024-02-01\",\"until\":\"%s\"}]}",
                                   STR_ARG(family->title_number), STR_ARG(family->address), STR_ARG(county),
                                   family->flaw == FLAW_OLD_PERMIT ? "2026-01-31" : "2027-01-31");
    for (size_t g = 0; g < family->nguardians; g++) {
        add(truth, "permit", family->guardians[g].citizen, json);
    }
}

/* Veterans affairs and the federation of the disabled: who is on file is confirmed. */
static void add_others(struct truth *truth, const struct family *family)
{
    for (size_t i = 0; i < family->nchildren; i++) {
        if (family->policy_group) {
            add(truth, "veterans", family->children[i].citizen,
                family->flaw == FLAW_REJECTED ? STR("{\"confirmed\":false}") : STR("{\"confirmed\":true}"));
        }
        if (family->disabled) {
            add(truth, "disability", family->children[i].citizen, STR("{\"confirmed\":true}"));
        }
    }
}

void truth_of(struct arena *arena, const struct family *family, struct str county, int64_t today,
              int64_t primary_latest, struct truth *truth)
{
    truth->n = 0;
    add_household(arena, truth, family, primary_latest);
    add_birth(arena, truth, family);
    add_property(arena, truth, family);
    add_contract(arena, truth, family);
    add_work(arena, truth, family, county, today);
    add_permit(arena, truth, family, county);
    add_others(truth, family);
}

/* ---- Answering ---- */

static struct str text_of(struct arena *arena, json_t *answer)
{
    char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
    struct str copy = arena_str(arena, str_of(text));
    free(text);
    json_decref(answer);
    return copy;
}

static const struct truth_record *find(const struct truth *truth, struct str kind, struct str citizen)
{
    for (size_t i = 0; i < truth->n; i++) {
        if (str_eq(truth->records[i].kind, kind) && str_eq(truth->records[i].citizen, citizen)) {
            return &truth->records[i];
        }
    }
    return NULL;
}

struct str truth_answer(struct arena *arena, const struct truth *truth, const struct family *family, struct str kind,
                        struct str question)
{
    struct str nothing = { NULL, 0 };
    if (family->flaw == FLAW_SILENT && str_is(kind, "property")) {
        return nothing;
    }
    json_t *asked = json_loadb(question.p, question.n, 0, NULL);
    const struct kind *known = kind_find(kind);
    struct str citizen =
        known ? answer_citizen(known, asked) : str_of(json_string_value(json_object_get(asked, "child")));
    const struct truth_record *record = find(truth, kind, citizen);
    struct str answer = nothing;
    if (known) {
        json_t *filed = record ? json_loadb(record->json.p, record->json.n, 0, NULL) : NULL;
        answer = text_of(arena, answer_from_record(known, asked, filed));
        json_decref(filed);
    } else { /* a kind of the city's own: the record is the answer */
        answer = record ? record->json : STR("{\"confirmed\":false}");
    }
    json_decref(asked);
    return answer;
}
