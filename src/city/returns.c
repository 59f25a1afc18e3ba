/* Reads returns/ID.yaml: see returns.h. */
#include "city/returns.h"

#include "base/clock.h"
#include "city/parts.h"
#include "city/workdays.h"

#include <string.h>

size_t return_field(const struct return_form *form, struct str id)
{
    for (size_t i = 0; i < form->nfields; i++) {
        if (str_eq(form->fields[i].id, id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* ---- Fields ---- */

static void read_limits(struct reading *reading, yaml_value *least, yaml_value *most, struct return_field *field)
{
    uint32_t low = 0, high = field->type == RETURN_SHARE ? 100 : field->type == RETURN_TEXT ? 500 : 100000000;
    int64_t unit = field->type == RETURN_SHARE ? 100 : 1;
    if (least) {
        (void)read_number(reading, least, "least", 0, 100000000, &low);
    }
    if (most) {
        (void)read_number(reading, most, "most", 1, field->type == RETURN_TEXT ? 2000 : 100000000, &high);
    }
    if (low > high) {
        mistake_at(reading, least, "least 大于 most%.0s", "'least' is above 'most'%.0s", "");
    }
    field->least = low * unit;
    field->most = field->type == RETURN_YES ? 1 : high * unit;
}

static void read_field(struct reading *reading, yaml_value *node, struct return_form *form, struct str *ids)
{
    static const struct key keys[] = { { "id", false },   { "name", false }, { "type", false },
                                       { "unit", true },  { "hint", true },  { "required", true },
                                       { "least", true }, { "most", true },  { "prefill", true } };
    static const char *const types[] = { "number", "share", "yes", "text" };
    static const char *const prefills[] = { "none", "pupils", "classes", "staff" };
    struct return_field *field = &form->fields[form->nfields];
    yaml_value *v[9];
    size_t word = 0;
    if (!read_map(reading, node, "fields", keys, 9, v)) {
        return;
    }
    field->required = true;
    if (read_id(reading, v[0], "id", &field->id)) {
        (void)id_is_new(reading, v[0], ids, form->nfields, field->id);
    }
    (void)read_name(reading, v[1], "name", &field->name);
    if (read_word(reading, v[2], "type", types, 4, &word)) {
        field->type = (enum return_type)word;
    }
    if (v[3]) {
        (void)read_name(reading, v[3], "unit", &field->unit);
    }
    if (v[4]) {
        (void)read_name(reading, v[4], "hint", &field->hint);
    }
    if (v[5]) {
        (void)read_bool(reading, v[5], "required", &field->required);
    }
    read_limits(reading, v[6], v[7], field);
    word = 0;
    if (v[8] && read_word(reading, v[8], "prefill", prefills, 4, &word) && field->type != RETURN_NUMBER) {
        mistake_at(reading, v[8], "只有 number 可以预填%.0s", "only a number can be prefilled%.0s", "");
    }
    field->prefill = (enum return_prefill)word;
    ids[form->nfields++] = field->id;
}

static void read_fields(struct reading *reading, yaml_value *node, struct return_form *form)
{
    yaml_value **items;
    struct str ids[RETURN_FIELDS_MAX];
    size_t n = 0;
    (void)read_list(reading, node, "fields", 1, RETURN_FIELDS_MAX, &items, &n);
    for (size_t i = 0; i < n; i++) {
        read_field(reading, items[i], form, ids);
    }
}

/* ---- Rules ---- */

static bool field_named(struct reading *reading, yaml_value *node, const struct return_form *form, const char *what,
                        size_t *out)
{
    struct str id;
    if (!read_id(reading, node, what, &id)) {
        return false;
    }
    *out = return_field(form, id);
    if (*out == SIZE_MAX || form->fields[*out].type == RETURN_TEXT) {
        mistake_at(reading, node, "%s 是“%.*s”；应为本表的一个数字字段", "%s is '%.*s'; expected a field of numbers",
                   what, STR_ARG(id));
        return false;
    }
    return true;
}

static void read_rule(struct reading *reading, yaml_value *node, struct return_form *form)
{
    static const struct key keys[] = { { "left", false },   { "is", false },   { "right", false }, { "last", true },
                                       { "percent", true }, { "kind", false }, { "says", false } };
    static const char *const words[] = { "at_most", "at_least", "equals" };
    static const char *const kinds[] = { "error", "warning" };
    struct return_rule *rule = &form->rules[form->nrules];
    yaml_value *v[7], **right;
    size_t word = 0, n = 0;
    uint32_t percent = RETURN_WHOLE;
    if (!read_map(reading, node, "rules", keys, 7, v)) {
        return;
    }
    (void)field_named(reading, v[0], form, "left", &rule->left);
    if (read_word(reading, v[1], "is", words, 3, &word)) {
        rule->is = (enum return_is)word;
    }
    (void)read_list(reading, v[2], "right", 1, RETURN_SUM_MAX, &right, &n);
    for (size_t i = 0; i < n; i++) {
        rule->nright += field_named(reading, right[i], form, "right", &rule->right[rule->nright]);
    }
    if (v[3]) {
        (void)read_bool(reading, v[3], "last", &rule->last);
    }
    if (v[4]) {
        (void)read_number(reading, v[4], "percent", 1, 100000, &percent);
    }
    rule->percent = percent;
    word = 0;
    (void)read_word(reading, v[5], "kind", kinds, 2, &word);
    rule->warning = word == 1;
    (void)read_name(reading, v[6], "says", &rule->says);
    form->nrules++;
}

/* ---- The form ---- */

static void read_kinds(struct reading *reading, yaml_value *node, struct return_form *form)
{
    yaml_value **items;
    size_t n = 0;
    (void)read_list(reading, node, "reports", 1, RETURN_KINDS_MAX, &items, &n);
    for (size_t i = 0; i < n; i++) {
        form->nkinds += read_text(reading, items[i], "reports", &form->kinds[form->nkinds]);
    }
}

static void read_form(struct reading *reading, yaml_value *root, struct return_form *form)
{
    static const struct key keys[] = { { "name", false },   { "about", false },    { "reports", false },
                                       { "every", false },  { "due_days", false }, { "first", false },
                                       { "fields", false }, { "rules", true } };
    static const char *const periods[] = { "month", "term", "year", "day" };
    yaml_value *v[8], **items;
    size_t word = 0, n = 0;
    uint32_t days = 0;
    if (!read_map(reading, root, "the form", keys, 8, v)) {
        return;
    }
    (void)read_name(reading, v[0], "name", &form->name);
    (void)read_name(reading, v[1], "about", &form->about);
    read_kinds(reading, v[2], form);
    if (read_word(reading, v[3], "every", periods, 4, &word)) {
        form->every = (enum return_every)word;
    }
    (void)read_number(reading, v[4], "due_days", form->every == RETURN_DAY ? 0 : 1, 180, &days);
    form->due_days = days;
    (void)read_day(reading, v[5], "first", &form->first);
    read_fields(reading, v[6], form);
    if (v[7]) {
        (void)read_list(reading, v[7], "rules", 0, RETURN_RULES_MAX, &items, &n);
    }
    for (size_t i = 0; i < n; i++) {
        read_rule(reading, items[i], form);
    }
}

static void read_one(struct reading *reading, yaml_value *root, struct str id, void *out)
{
    struct return_form *form = out;
    form->id = id;
    read_form(reading, root, form);
}

void returns_read(struct arena *arena, struct str folder, struct return_form ***forms, size_t *n,
                  struct city_mistakes *mistakes)
{
    void **items;
    folder_read(arena, folder, "returns", sizeof(struct return_form), read_one, &items, n, mistakes);
    *forms = (struct return_form **)items;
}

/* ---- Periods ---- */

static struct return_period period(const struct return_form *form, int64_t from, int64_t until)
{
    struct return_period out = { .from = from, .until = until, .due = until - 1 + form->due_days };
    int year, month, day;
    day_parts(from, &year, &month, &day);
    (void)(form->every == RETURN_DAY     ? snprintf(out.id, sizeof out.id, "%04d-%02d-%02d", year, month, day)
           : form->every == RETURN_MONTH ? snprintf(out.id, sizeof out.id, "%04d-%02d", year, month)
           : form->every == RETURN_TERM
               ? snprintf(out.id, sizeof out.id, "%04d-%s", year, month == 9 ? "autumn" : "spring")
               : snprintf(out.id, sizeof out.id, "%04d", year));
    return out;
}

struct return_period return_period_of(const struct return_form *form, int64_t day)
{
    int year, month, of_month;
    day_parts(day, &year, &month, &of_month);
    switch (form->every) {
    case RETURN_MONTH:
        return period(form, day_of(year, month, 1), day_of(month == 12 ? year + 1 : year, month % 12 + 1, 1));
    case RETURN_TERM:
        if (month >= 2 && month < 9) {
            return period(form, day_of(year, 2, 1), day_of(year, 9, 1));
        }
        year -= month < 2;
        return period(form, day_of(year, 9, 1), day_of(year + 1, 2, 1));
    case RETURN_DAY:
        day = workday_after(form->calendar, day + 1, -1);
        return period(form, day, day + 1);
    case RETURN_YEAR:
        break;
    }
    return period(form, day_of(year, 1, 1), day_of(year + 1, 1, 1));
}

struct return_period return_period_before(const struct return_form *form, const struct return_period *after)
{
    return return_period_of(form, after->from - 1);
}

bool return_period_named(const struct return_form *form, struct str id, struct return_period *out)
{
    int64_t year = 0, month = 1, day = 0;
    struct str rest = str_part(id, 5, id.n);
    if (!str_to_int(str_part(id, 0, 4), 1990, 2100, &year)) {
        return false;
    }
    if (form->every == RETURN_DAY) {
        bool good = day_parse(id, &day);
        *out = return_period_of(form, good ? day : form->first);
        return good && str_is(id, out->id) && out->until > form->first;
    }
    if (form->every == RETURN_TERM) {
        month = str_is(rest, "autumn") ? 9 : 2;
    } else if (form->every == RETURN_MONTH && !str_to_int(rest, 1, 12, &month)) {
        return false;
    }
    *out = return_period_of(form, day_of((int)year, (int)month, 1));
    return str_is(id, out->id) && out->until > form->first;
}

struct name return_period_name(struct arena *arena, const struct return_form *form, const struct return_period *of)
{
    int year, month, day;
    day_parts(of->from, &year, &month, &day);
    switch (form->every) {
    case RETURN_MONTH:
        return (struct name){ arena_printf(arena, "%d年%d月", year, month),
                              arena_printf(arena, "%d-%02d", year, month) };
    case RETURN_TERM:
        return (struct name){ arena_printf(arena, "%d年%s学期", year, month == 9 ? "秋季" : "春季"),
                              arena_printf(arena, "%s term %d", month == 9 ? "autumn" : "spring", year) };
    case RETURN_DAY:
        return (struct name){ arena_printf(arena, "%d年%d月%d日", year, month, day),
                              arena_printf(arena, "%d-%02d-%02d", year, month, day) };
    case RETURN_YEAR:
        break;
    }
    return (struct name){ arena_printf(arena, "%d年", year), arena_printf(arena, "%d", year) };
}
