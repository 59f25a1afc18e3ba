/* Persons whom the provider enters: a team, a county's runners, the people of a village course. A list is pasted from a
 * spreadsheet; each line is judged before anything is written. */
#include "services/inside.h"

#include "base/cell.h"
#include "base/citizen.h"
#include "registry/facts.h"

enum { NAME_MOST = 60, CITIZEN_BYTES = 18, SEX_DIGIT = 16 };

/* ---- Lines ---- */

bool list_line(struct arena *arena, struct str *rest, size_t *line, struct str *first, struct str *second)
{
    struct str text;
    while (str_split(rest, '\n', &text)) {
        ++*line;
        text = cell_trimmed(cell_plain(arena, text));
        if (text.n == 0) {
            continue;
        }
        size_t at = str_find(text, '\t');
        at = at < text.n ? at : str_find(text, ',');
        at = at < text.n ? at : str_find(text, ' ');
        *first = cell_trimmed(str_part(text, 0, at));
        *second = at < text.n ? cell_trimmed(str_part(text, at + 1, text.n)) : STR("");
        return true;
    }
    return false;
}

void list_problem_add(struct arena *arena, struct list_problem **problems, size_t *n, size_t line, struct text says)
{
    if (*n < SERVICE_LIST_PROBLEMS) {
        *problems = arena_grow(arena, *problems, *n, sizeof **problems);
        (*problems)[(*n)++] = (struct list_problem){ line, says };
    }
}

/* ---- Persons ---- */

struct listed {
    size_t line;
    struct str name, citizen, sex;
    int64_t birth, person; /* person 0: not in the register yet */
};

static struct text citizen_says(enum citizen_fault fault)
{
    switch (fault) {
    case CITIZEN_GOOD:
        break;
    case CITIZEN_LENGTH:
        return T("身份证号应为 18 位", "A citizen number has 18 characters");
    case CITIZEN_DIGITS:
        return T("身份证号里有不是数字的字符", "The citizen number has a character that is no digit");
    case CITIZEN_BIRTH:
        return T("身份证号里的出生日期不存在", "The birthday in the citizen number does not exist");
    case CITIZEN_CHECK:
        return T("身份证号有误：校验码不符", "The citizen number is wrong: its check character does not fit");
    }
    return T("", "");
}

/* What is wrong with the line by itself. */
static bool line_fits(const struct listed *all, size_t n, struct listed *one, struct text *says)
{
    enum citizen_fault fault = citizen_fault_of(one->citizen, &one->birth);
    if (one->name.n == 0 || one->name.n > NAME_MOST) {
        *says = T("缺少姓名，或姓名太长；每行应为“姓名 身份证号”",
                  "The name is missing or too long; each line is a name and a citizen number");
        return false;
    }
    if (fault != CITIZEN_GOOD) {
        *says = citizen_says(fault);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (str_eq(all[i].citizen, one->citizen)) {
            *says = T("这个人在名单里出现了两次", "This person stands in the list twice");
            return false;
        }
    }
    one->sex = (one->citizen.p[SEX_DIGIT] - '0') % 2 ? STR("1") : STR("2");
    return true;
}

/* May the person be entered? Of who is in the register all is known; of the others what the number tells. */
static bool judge(struct writing *writing, const struct entry_enlist *enlist, const struct call *call,
                  struct listed *one, enum service_result *result, struct error *error)
{
    bool found;
    if (!facts_person_find(writing->db, writing->arena, writing->vault, one->citizen, &one->person, &found, error)) {
        return false;
    }
    if (!found) {
        int64_t entry;
        *result = SERVICE_DONE;
        if (!category_fits(writing, call->service, enlist->offer, one->birth, one->sex, result, error) ||
            !db_one_int(writing->db, error, &entry, &found,
                        "select e.id from child h cross join service_entry e where h.citizen_hash = ?1 and "
                        "e.person_kind = 'child' and e.person = h.id and e.call = ?2 and e.state = 'sent'",
                        V_BLOB(vault_hash_in(writing->vault, writing->arena, "citizen", one->citizen)),
                        V_INT(call->id))) {
            return false;
        }
        *result = found ? SERVICE_ENTERED : *result;
        return true;
    }
    struct entry_send send = {
        .actor = enlist->actor, .call = call->id, .person = { "person", one->person }, .offers = &enlist->offer, .n = 1
    };
    if (!entry_refused(writing, &send, call, error)) {
        return false;
    }
    *result = send.result;
    return true;
}

/* Every line; *n of them are good when there is no problem. */
static bool read_list(struct writing *writing, struct entry_enlist *enlist, const struct call *call,
                      struct listed **out, size_t *n, struct error *error)
{
    struct arena *arena = writing->arena;
    struct str rest = enlist->text;
    struct listed one = { 0 };
    size_t line = 0;
    *out = NULL;
    *n = 0;
    while (list_line(arena, &rest, &line, &one.name, &one.citizen)) {
        enum service_result result = SERVICE_DONE;
        struct text says;
        one.line = line;
        if (*n == SERVICE_LIST_MOST) {
            list_problem_add(arena, &enlist->problems, &enlist->nproblems, line,
                             T("一次最多 2000 人，请分几次提交", "At most 2000 persons at once: send several lists"));
            return true;
        }
        if (!line_fits(*out, *n, &one, &says)) {
            list_problem_add(arena, &enlist->problems, &enlist->nproblems, line, says);
            continue;
        }
        if (!judge(writing, enlist, call, &one, &result, error)) {
            return false;
        }
        if (result != SERVICE_DONE) {
            list_problem_add(arena, &enlist->problems, &enlist->nproblems, line, service_result_text(result));
            continue;
        }
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = one;
    }
    if (*n == 0 && enlist->nproblems == 0) {
        list_problem_add(arena, &enlist->problems, &enlist->nproblems, 1, T("名单是空的", "The list is empty"));
    }
    return true;
}

static bool enter(struct writing *writing, struct entry_enlist *enlist, const struct call *call, struct listed *one,
                  struct error *error)
{
    int64_t id = 0;
    bool there = false;
    if (!one->person &&
        !facts_person(writing, writing->vault, one->citizen, one->name, one->sex, one->birth, &one->person, error)) {
        return false;
    }
    if (!db_one_int(writing->db, error, &id, &there,
                    "select id from service_entry where call = ?1 and person_kind = 'person' and person = ?2 and "
                    "state = 'sent'",
                    V_INT(call->id), V_INT(one->person))) {
        return false;
    }
    if (there) {
        enlist->there++;
        return true;
    }
    struct entry_send send = {
        .actor = enlist->actor, .call = call->id, .person = { "person", one->person }, .offers = &enlist->offer, .n = 1
    };
    enlist->entered++;
    return entry_send_one(writing, &send, error) &&
           (send.result == SERVICE_DONE || error_set(error, "line %zu of a list was good and is refused: %s", one->line,
                                                     service_result_text(send.result).en));
}

bool entry_enlist_run(struct writing *writing, void *input, struct error *error)
{
    struct entry_enlist *enlist = input;
    struct listed *list;
    struct call call;
    size_t n;
    int64_t id = 0;
    bool go, found;
    enlist->result = SERVICE_DONE;
    enlist->entered = enlist->there = 0;
    if (!once_open_number(writing, enlist->form_key, enlist->actor.account, &enlist->entered, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (!db_one_int(writing->db, error, &id, &found, "select call from service_offer where id = ?1",
                    V_INT(enlist->offer)) ||
        !call_load(writing, id, &call, &enlist->result, error)) {
        return false;
    }
    if (enlist->result != SERVICE_DONE) {
        return true;
    }
    if (!(call.service->whom & SERVICE_FOR_LISTED) || !call_takes(&call, writing->now)) {
        enlist->result = call.service->whom & SERVICE_FOR_LISTED ? SERVICE_NOT_NOW : SERVICE_NOT_YOURS;
        return true;
    }
    if (!read_list(writing, enlist, &call, &list, &n, error)) {
        return false;
    }
    if (enlist->nproblems > 0) {
        enlist->result = SERVICE_LIST_WRONG;
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if (!enter(writing, enlist, &call, &list[i], error)) {
            return false;
        }
    }
    return service_journal(writing, enlist->actor, "service.enlist", "service_offer", enlist->offer, call.division,
                           arena_printf(writing->arena, "%lld entered, %lld there before", (long long)enlist->entered,
                                        (long long)enlist->there),
                           error) &&
           once_close_number(writing, enlist->form_key, enlist->entered, error);
}
