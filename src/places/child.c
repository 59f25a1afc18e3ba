/* Children and their guardians. What must hold: a child is one row, whoever finds it; its household data is the
 * department's. */
#include "places/child.h"

#include "base/clock.h"
#include "places/citizen.h"
#include "places/inside.h"
#include "registry/registry.h"
#include "store/journal.h"

struct text child_result_text(enum child_result result)
{
    switch (result) {
    case CHILD_BAD_CITIZEN:
        return T("孩子的身份证号有误，请核对公安户籍数据",
                 "The child's citizen number is wrong; check the household data with public security");
    case CHILD_BAD_BIRTH:
        return T("出生日期与身份证号不一致", "The birthday does not agree with the citizen number");
    case CHILD_BAD_NAME:
        return T("没有孩子的姓名", "The child's name is missing");
    case CHILD_RECORDED:
        break;
    }
    return T("已添加孩子", "The child was added");
}

/* ---- Recording ---- */

/* Where the household is: from a dwelling that is known already, else by the address. Zeros: outside the city. */
static bool household_place(struct writing *writing, struct str address, int64_t *community, int64_t *dwelling,
                            struct error *error)
{
    *community = *dwelling = 0;
    if (address.n == 0) {
        return true;
    }
    struct str form = registry_address_form(writing->arena, address);
    struct str hash = vault_hash_in(writing->vault, writing->arena, "dwelling.address", form);
    struct rows *rows =
        db_query(writing->db, error, "select id, community from dwelling where address_hash = ?1", V_BLOB(hash));
    if (rows_next(rows)) {
        *dwelling = rows_int(rows, 0);
        *community = rows_int(rows, 1);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    if (*dwelling) {
        return true;
    }
    struct community place;
    bool found;
    if (!registry_address_community(writing->db, writing->arena, form, &place, &found, error)) {
        return false;
    }
    if (found) {
        *community = place.id;
        return registry_dwelling_record(writing, writing->vault, form, place.id, STR(""), dwelling, error);
    }
    return true;
}

static bool insert_child(struct writing *writing, struct child_record *record, const struct citizen *citizen,
                         struct str hash, int64_t community, int64_t dwelling, struct error *error)
{
    struct str number, name;
    struct str sex = record->sex.n ? record->sex : citizen->male ? STR("1") : STR("2");
    record->added = true;
    return vault_seal(writing->vault, writing->arena, "child.citizen", citizen->number, &number, error) &&
           vault_seal(writing->vault, writing->arena, "child.name", str_trim(record->name), &name, error) &&
           db_one_int(writing->db, error, &record->child, NULL,
                      "insert into child (citizen_hash, citizen_sealed, name_sealed, sex, birth_day, "
                      "household_division, household_community, household_dwelling, school, facts_at) "
                      "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) returning id",
                      V_BLOB(hash), V_BLOB(number), V_BLOB(name), V_TEXT(sex), V_INT(citizen->birth),
                      V_TEXT(record->household_division), V_IF(community, V_INT(community)),
                      V_IF(dwelling, V_INT(dwelling)), V_IF(record->school, V_INT(record->school)),
                      V_INT(writing->now));
}

/* From the final list to the publication a household stands as the list was built from it: whoever looks their child up
 * in between must not make it another list than the one whose root is published. */
static bool is_listed(struct writing *writing, int64_t child, bool *listed, struct error *error)
{
    int64_t one;
    return db_one_int(writing->db, error, &one, listed,
                      "select 1 from application a join round r on r.id = a.round where a.child = ?1 and "
                      "a.state = 'submitted' and r.state in ('final', 'opened', 'allotted', 'looked') limit 1",
                      V_INT(child));
}

static bool update_child(struct writing *writing, struct child_record *record, int64_t community, int64_t dwelling,
                         struct error *error)
{
    struct str name;
    bool listed;
    if (!is_listed(writing, record->child, &listed, error)) {
        return false;
    }
    return listed ||
           (vault_seal(writing->vault, writing->arena, "child.name", str_trim(record->name), &name, error) &&
            db_run(
                writing->db, error,
                "update child set name_sealed = ?2, household_division = ?3, household_community = ?4, "
                "household_dwelling = ?5, school = coalesce(cast(?6 as bigint), school), facts_at = ?7 where id = ?1",
                V_INT(record->child), V_BLOB(name), V_TEXT(record->household_division),
                V_IF(community, V_INT(community)), V_IF(dwelling, V_INT(dwelling)),
                V_IF(record->school, V_INT(record->school)), V_INT(writing->now)));
}

static bool link_guardian(struct writing *writing, const struct child_record *record, int64_t *linked,
                          struct error *error)
{
    *linked = 0;
    return record->guardian == 0 ||
           db_run_count(writing->db, error, linked,
                        "insert into guardian (account, child, relation) values (?1, ?2, ?3) "
                        "on conflict (account, child) do nothing",
                        V_INT(record->guardian), V_INT(record->child), V_TEXT(record->relation));
}

bool child_record_run(struct writing *writing, void *input, struct error *error)
{
    struct child_record *record = input;
    struct citizen citizen;
    int64_t community, dwelling, linked;
    bool found;
    record->added = false;
    record->child = 0;
    if (citizen_read(writing->arena, record->citizen, &citizen) != CITIZEN_GOOD) {
        record->result = CHILD_BAD_CITIZEN;
        return true;
    }
    if (citizen.birth != record->birth) {
        record->result = CHILD_BAD_BIRTH;
        return true;
    }
    if (str_trim(record->name).n == 0) {
        record->result = CHILD_BAD_NAME;
        return true;
    }
    struct str hash = vault_hash_in(writing->vault, writing->arena, "citizen", citizen.number);
    if (!household_place(writing, record->address, &community, &dwelling, error) ||
        !db_one_int(writing->db, error, &record->child, &found, "select id from child where citizen_hash = ?1",
                    V_BLOB(hash))) {
        return false;
    }
    if (!(found ? update_child(writing, record, community, dwelling, error)
                : insert_child(writing, record, &citizen, hash, community, dwelling, error)) ||
        !link_guardian(writing, record, &linked, error)) {
        return false;
    }
    record->result = CHILD_RECORDED;
    if (!record->added && !linked) {
        return true; /* the same data once more: nothing that somebody would look for */
    }
    return journal_append(writing,
                          &(struct journal_entry){ .actor = record->actor.account,
                                                   .role = record->actor.role,
                                                   .action = "child.record",
                                                   .subject_kind = "child",
                                                   .subject_id = record->child,
                                                   .division = record->household_division,
                                                   .detail = record->added ? STR("added") : STR("guardian linked") },
                          error);
}

/* ---- Reads ---- */

bool child_has_guardian(struct db *db, int64_t account, int64_t child, bool *is, struct error *error)
{
    int64_t one;
    return db_one_int(db, error, &one, is, "select 1 from guardian where account = ?1 and child = ?2", V_INT(account),
                      V_INT(child));
}

#define CHILD_COLUMNS                                                                                                  \
    "c.id, c.citizen_sealed, c.name_sealed, c.sex, c.birth_day, c.household_division, c.household_community, "         \
    "c.household_dwelling, c.school, c.facts_at"

static bool read_child(struct rows *rows, struct arena *arena, struct vault *vault, struct child *out,
                       struct error *error)
{
    *out = (struct child){
        .id = rows_int(rows, 0),
        .sex = rows_text_in(rows, 3, arena),
        .birth = rows_int(rows, 4),
        .household_division = rows_text_in(rows, 5, arena),
        .household_community = rows_int(rows, 6),
        .household_dwelling = rows_int(rows, 7),
        .school = rows_int(rows, 8),
        .facts_at = rows_int(rows, 9),
    };
    return !vault || (vault_unseal(vault, arena, "child.citizen", rows_blob(rows, 1), &out->citizen, error) &&
                      vault_unseal(vault, arena, "child.name", rows_blob(rows, 2), &out->name, error));
}

bool child_get(struct db *db, struct arena *arena, struct vault *vault, int64_t id, struct child *out, bool *found,
               struct error *error)
{
    struct rows *rows = db_query(db, error, "select " CHILD_COLUMNS " from child c where c.id = ?1", V_INT(id));
    struct child child;
    bool good = true;
    *found = rows_next(rows);
    if (*found) {
        good = read_child(rows, arena, vault, &child, error);
    }
    if (!rows_end(rows, good ? error : NULL) || !good) {
        return false;
    }
    if (*found) {
        *out = child;
    }
    return true;
}

void *list_add(struct list *list, struct arena *arena)
{
    list->items = arena_grow(arena, list->items, list->n, list->size);
    return (char *)list->items + list->size * list->n++;
}

static bool list_children(struct rows *rows, struct arena *arena, struct vault *vault, struct child_list *out,
                          struct error *error)
{
    struct list list = { .size = sizeof(struct child) };
    bool good = true;
    while (good && rows_next(rows)) {
        struct child *child = list_add(&list, arena);
        good = read_child(rows, arena, vault, child, error);
        child->relation = rows_text_in(rows, 10, arena);
    }
    out->children = list.items;
    out->nchildren = list.n;
    return rows_end(rows, good ? error : NULL) && good;
}

static bool list_rounds(struct rows *rows, struct arena *arena, struct child_list *out, struct error *error)
{
    struct list list = { .size = sizeof(struct child_round) };
    while (rows_next(rows)) {
        *(struct child_round *)list_add(&list, arena) = (struct child_round){
            .child = rows_int(rows, 0),
            .application = rows_int(rows, 1),
            .round = rows_int(rows, 2),
            .round_label = rows_text_in(rows, 3, arena),
            .round_state = rows_text_in(rows, 4, arena),
            .state = rows_text_in(rows, 5, arena),
            .step = rows_text_in(rows, 6, arena),
            .review = rows_text_in(rows, 7, arena),
            .receipt = rows_text_in(rows, 8, arena),
            .begun_by = rows_int(rows, 9),
            .changed_at = rows_int(rows, 10),
        };
    }
    out->rounds = list.items;
    out->nrounds = list.n;
    return rows_end(rows, error);
}

bool child_list(struct db *db, struct arena *arena, struct vault *vault, int64_t guardian, struct child_list *out,
                struct error *error)
{
    struct child_list lists = { 0 };
    struct rows *children =
        db_query(db, error,
                 "select " CHILD_COLUMNS ", g.relation from guardian g join child c on c.id = g.child "
                 "where g.account = ?1 order by c.id",
                 V_INT(guardian));
    struct rows *rounds = db_query(db, children ? error : NULL,
                                   "select a.child, a.id, r.id, r.label, r.state, a.state, a.step, a.review, "
                                   "a.receipt, a.account, a.changed_at from guardian g join application a on "
                                   "a.child = g.child join round r on r.id = a.round where g.account = ?1 "
                                   "order by a.child, a.id desc",
                                   V_INT(guardian));
    bool first = list_children(children, arena, vault, &lists, error);
    if (!list_rounds(rounds, arena, &lists, first ? error : NULL) || !first) {
        return false;
    }
    *out = lists;
    return true;
}

/* ---- Age and stage ---- */

enum child_fit child_fits(const struct policy *policy, int64_t birth, bool enrolled, int64_t primary_latest)
{
    if (policy->stage == STAGE_PRIMARY) {
        return birth > policy_latest_birthday(policy) ? CHILD_TOO_YOUNG : enrolled ? CHILD_WRONG_STAGE : CHILD_FITS;
    }
    /* Nobody finishes primary school (five years at least) who was too young to enter it five years ago. */
    if (!enrolled && primary_latest != INT64_MAX) {
        int year, month, day;
        day_parts(primary_latest, &year, &month, &day);
        return birth > day_of(year - 5, month, day) ? CHILD_WRONG_STAGE : CHILD_FITS;
    }
    return CHILD_FITS;
}

struct name child_fit_text(struct arena *arena, enum child_fit fit, const struct policy *policy)
{
    if (fit == CHILD_TOO_YOUNG) {
        struct str latest = day_format(arena, policy_latest_birthday(policy));
        struct str day = day_format(arena, policy->age_day);
        return (struct name){
            arena_printf(arena, "未到入学年龄：须在 %.*s 当日或以前出生（至 %.*s 年满 %u 周岁）", STR_ARG(latest),
                         STR_ARG(day), policy->least_age),
            arena_printf(arena,
                         "Too young: children born on or before %.*s may enter (%u years of age by "
                         "%.*s)",
                         STR_ARG(latest), policy->least_age, STR_ARG(day)),
        };
    }
    if (fit == CHILD_WRONG_STAGE && policy->stage == STAGE_PRIMARY) {
        return (struct name){ STR("学段不符：孩子已在小学就读，不能再报名小学一年级"),
                              STR("Wrong stage: the child is in primary school already") };
    }
    if (fit == CHILD_WRONG_STAGE) {
        return (struct name){ STR("学段不符：初中招收小学毕业生，孩子未到小学毕业年龄"),
                              STR("Wrong stage: junior schools admit graduates of primary school, and the child is too "
                                  "young to be one") };
    }
    return (struct name){ STR("符合入学条件"), STR("The child may enter") };
}
