/* Facts as pages show them: names of checks and reasons, those of the city and the two of the program. */
#include "places/inside.h"

struct own_kind {
    const char *kind;
    struct name name;
    const char *reason;
    struct name reason_name;
    struct name instruction;
};

#define NAME(chinese, english)                                                                                         \
    {                                                                                                                  \
        { "" chinese, sizeof(chinese) - 1 },                                                                           \
        {                                                                                                              \
            "" english, sizeof(english) - 1                                                                            \
        }                                                                                                              \
    }

/* What the program finds in the register itself; behind the city's checks in lists. */
static const struct own_kind *own_kinds(size_t *n)
{
    static const struct own_kind kinds[] = {
        { "sibling", NAME("长幼随学（兄姐在读学校）", "Sibling at the school"), "sibling_unconfirmed",
          NAME("未能自动确认兄姐在该校就读或为同一家庭",
               "It could not be confirmed that the elder child is at the school and of the same family"),
          NAME("工作人员将核对；您不需要重新提交。", "A person will look at it; you need not do anything.") },
        { "dwelling_lock", NAME("住房学位使用情况", "Use of the dwelling for places"), "dwelling_used",
          NAME("该住房在规定年限内已有其他家庭用于入学",
               "Another household has entered by this dwelling within the years of the policy"),
          NAME("工作人员将核对；住房已转让的，请备好过户材料。",
               "A person will look at it. If the dwelling changed hands, have the papers of the transfer ready.") },
    };
    *n = sizeof kinds / sizeof *kinds;
    return kinds;
}

static const struct own_kind *own_by(struct str kind, struct str reason)
{
    size_t n;
    const struct own_kind *kinds = own_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        if ((kind.n && str_is(kind, kinds[i].kind)) || (reason.n && str_is(reason, kinds[i].reason))) {
            return &kinds[i];
        }
    }
    return NULL;
}

static const struct str nothing;

struct name fact_kind_name(const struct city *city, struct str kind)
{
    size_t check = city_check_index(city, kind);
    const struct own_kind *own = own_by(kind, nothing);
    return check != SIZE_MAX ? city->checks[check].name : own ? own->name : (struct name){ 0 };
}

struct name fact_reason_name(const struct city *city, struct str reason)
{
    size_t i = city_reason_index(city, reason);
    const struct own_kind *own = own_by(nothing, reason);
    return i != SIZE_MAX ? city->reasons[i].name : own ? own->reason_name : (struct name){ 0 };
}

struct name fact_reason_instruction(const struct city *city, struct str reason)
{
    size_t i = city_reason_index(city, reason);
    const struct own_kind *own = own_by(nothing, reason);
    return i != SIZE_MAX ? city->reasons[i].instruction : own ? own->instruction : (struct name){ 0 };
}

struct text fact_state_name(struct str state)
{
    static const struct {
        const char *state;
        struct text name;
    } names[] = {
        { "not_asked", { "未核验", "not asked" } },
        { "queued", { "正在核验", "being checked" } },
        { "passed", { "已通过", "passed" } },
        { "failed", { "未通过", "did not pass" } },
        { "person", { "需要人工核对", "needs a person" } },
        { "silent", { "部门暂无答复，转人工核对", "no answer from the department: a person will check" } },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_is(state, names[i].state)) {
            return names[i].name;
        }
    }
    return T("未知", "unknown");
}

static void read_fact(struct rows *rows, struct arena *arena, const struct city *city, struct fact_row *out)
{
    *out = (struct fact_row){
        .kind = rows_text_in(rows, 0, arena),
        .state = rows_text_in(rows, 1, arena),
        .source = rows_text_in(rows, 2, arena),
        .request = rows_text_in(rows, 3, arena),
        .reason = rows_text_in(rows, 4, arena),
        .facts = (uint32_t)rows_int(rows, 5),
        .asked_at = rows_int(rows, 6),
        .answered_at = rows_int(rows, 7),
    };
    size_t check = city_check_index(city, out->kind), reason = city_reason_index(city, out->reason);
    out->name = fact_kind_name(city, out->kind);
    out->authority = check != SIZE_MAX ? city->authorities[city->checks[check].authority].name : (struct name){ 0 };
    out->reason_name = fact_reason_name(city, out->reason);
    out->reason_instruction = fact_reason_instruction(city, out->reason);
    out->remedy = reason != SIZE_MAX ? city->reasons[reason].remedy : REMEDY_COUNTER;
    out->has_detail = out->request.n > 0 && out->answered_at != 0;
}

bool fact_list(struct db *db, struct arena *arena, struct places *places, int64_t application, struct fact_row **out,
               size_t *n, struct error *error)
{
    const struct city *city = places_city(places);
    struct list list = { .size = sizeof **out }, ordered = { .size = sizeof **out };
    struct rows *rows = db_query(db, error,
                                 "select kind, state, source, request, reason, facts, asked_at, answered_at from fact "
                                 "where application = ?1 order by kind",
                                 V_INT(application));
    while (rows_next(rows)) {
        read_fact(rows, arena, city, list_add(&list, arena));
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    const struct fact_row *found = list.items;
    for (size_t check = 0; check <= city->nchecks; check++) {
        for (size_t i = 0; i < list.n; i++) {
            size_t own = city_check_index(city, found[i].kind);
            if (own == check || (check == city->nchecks && own == SIZE_MAX)) {
                *(struct fact_row *)list_add(&ordered, arena) = found[i];
            }
        }
    }
    *out = ordered.items;
    *n = ordered.n;
    return true;
}

bool fact_detail(struct db *db, struct arena *arena, struct vault *vault, int64_t application, struct str kind,
                 struct str *json, bool *found, struct error *error)
{
    struct str number;
    struct ask ask;
    if (!db_one_text(db, error, arena, &number, found,
                     "select request from fact where application = ?1 and kind = ?2 and answered_at is not null",
                     V_INT(application), V_TEXT(kind))) {
        return false;
    }
    *found = *found && number.n > 0;
    if (!*found) {
        return true;
    }
    if (!ask_by_number(db, vault, arena, number, &ask, found, error)) {
        return false;
    }
    *found = *found && ask.answer.n > 0;
    if (*found) {
        *json = ask.answer;
    }
    return true;
}
