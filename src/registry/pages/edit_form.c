/* The form of a kind: see edit.h. Money and degrees are text to the form and are read as spreadsheets' cells are
 * (exchange.h), so that both understand the same. */
#include "registry/pages/edit.h"

#include "registry/exchange.h"

enum { CODE_CHARACTERS = 60, WHY_CHARACTERS = 200 };

static struct field column_field(struct arena *arena, const struct column *column)
{
    struct field field = { .name = column->name,
                           .required = column->required,
                           .label = column->label,
                           .hint = text_is_empty(column->hint) ? T("", "") : column->hint };
    struct option *options = ARENA_ARRAY(arena, struct option, column->nwords ? column->nwords : 1);
    for (size_t i = 0; i < column->nwords; i++) {
        options[i] = (struct option){ column->words[i].word, column->words[i].label, { 0 } };
    }
    field.options = options;
    field.option_count = column->nwords;
    switch (column->type) {
    case COLUMN_TEXT:
        field.kind = FIELD_TEXT;
        field.max = column->most;
        break;
    case COLUMN_LONG:
        field.kind = FIELD_LONG;
        field.max = column->most;
        break;
    case COLUMN_NUMBER:
        field.kind = FIELD_INT;
        field.min = column->least;
        field.max = column->most;
        field.width = 10;
        break;
    case COLUMN_FLAG:
        field.kind = FIELD_YES;
        field.required = false; /* not ticked means no */
        break;
    case COLUMN_DAY:
        field.kind = FIELD_DATE;
        break;
    case COLUMN_WORD:
        field.kind = FIELD_SELECT;
        break;
    case COLUMN_WORDS:
        field.kind = FIELD_CHECKS;
        break;
    case COLUMN_MONEY:
    case COLUMN_DEGREE:
        field.kind = FIELD_TEXT;
        field.max = 40;
        field.width = 20;
        break;
    case COLUMN_CODE:
        field.kind = FIELD_TEXT;
        field.max = CODE_CHARACTERS;
        field.width = 20;
        if (text_is_empty(field.hint)) {
            field.hint = (struct text){
                arena_printf(arena, "填%s的代码；可在名录首页按名称查到", KIND_LIST[column->of].one.zh).p,
                arena_printf(arena, "The code of the %s; the register's front page finds it by name",
                             KIND_LIST[column->of].one.en)
                    .p
            };
        }
        break;
    }
    return field;
}

/* The city's designations as options; none: an id is typed. */
static void choose_designation(struct arena *arena, const struct city *city, struct field *field)
{
    if (!city || !city->ndesignations) {
        return;
    }
    struct option *options = ARENA_ARRAY(arena, struct option, city->ndesignations);
    for (size_t i = 0; i < city->ndesignations; i++) {
        const struct honour_kind *designation = &city->designations[i];
        options[i] = (struct option){ arena_str(arena, designation->id).p,
                                      T(arena_str(arena, designation->name.zh).p,
                                        arena_str(arena, name_in(designation->name, LANG_EN)).p),
                                      { 0 } };
    }
    field->kind = FIELD_SELECT;
    field->hint = T("", "");
    field->options = options;
    field->option_count = city->ndesignations;
}

const struct form *edit_form(struct arena *arena, const struct kind *kind, bool is_new, bool school,
                             const struct city *city)
{
    static const struct field code = { .name = "code",
                                       .kind = FIELD_TEXT,
                                       .required = true,
                                       .max = CODE_CHARACTERS,
                                       .width = 20,
                                       .label = T("代码", "Code"),
                                       .hint = T("全市唯一，以后不变；学校用学校标识码",
                                                 "One thing's alone, for ever; of a school its identifier") };
    static const struct field of = { .name = "of",
                                     .kind = FIELD_TEXT,
                                     .required = true,
                                     .max = CODE_CHARACTERS,
                                     .width = 20,
                                     .label = T("所属单位代码", "Code of its institution"),
                                     .hint =
                                         T("可在名录首页按名称查到", "The register's front page finds it by name") };
    static const struct field division = { .name = "division",
                                           .kind = FIELD_TEXT,
                                           .required = true,
                                           .max = 16,
                                           .width = 20,
                                           .label = T("行政区划代码", "Code of the division"),
                                           .hint = T("县（市、区）6 位，乡镇（街道）9 位",
                                                     "6 digits of a county, 9 of a township") };
    static const struct field last[] = {
        { .name = "from",
          .kind = FIELD_DATE,
          .required = true,
          .label = T("从哪一天起是这样", "From which day is it so?"),
          .hint = T("可以是过去：更正以前的记录", "May lie in the past: that corrects what was recorded") },
        { .name = "until",
          .kind = FIELD_DATE,
          .label = T("到哪一天为止", "Until which day?"),
          .hint = T("最后有效的一天；不填表示一直有效", "The last day on which it holds; empty: without an end") },
        { .name = "why",
          .kind = FIELD_TEXT,
          .required = true,
          .max = WHY_CHARACTERS,
          .label = T("为什么改", "Why is it changed?"),
          .hint = T("不要写个人信息", "No personal data, please") },
        { .name = "paper",
          .kind = FIELD_TEXT,
          .max = WHY_CHARACTERS,
          .label = T("依据文件", "Paper"),
          .hint = T("文件名称或文号，公众可见", "Its title or number; the public sees it") },
        { .name = "act", .kind = FIELD_HIDDEN, .max = 8, .label = T("步骤", "Step") },
    };
    struct field *fields = ARENA_ARRAY(arena, struct field, kind->ncolumns + 8);
    struct form *form = ARENA_NEW(arena, struct form);
    size_t n = 0;
    if (is_new) {
        fields[n++] = code;
    }
    if (kind->has_institution && !school) {
        fields[n++] = of;
    }
    if (kind->id != KIND_DIVISION && !school) {
        fields[n++] = division;
    }
    for (size_t i = 0; i < kind->ncolumns; i++) {
        fields[n] = column_field(arena, &kind->columns[i]);
        if (kind->id == KIND_HONOUR && str_is(str_of(kind->columns[i].name), "designation")) {
            choose_designation(arena, city, &fields[n]);
        }
        n++;
    }
    memcpy(&fields[n], last, sizeof last);
    n += sizeof last / sizeof *last;
    *form = (struct form){ fields, n };
    return form;
}

/* ---- From the form ---- */

static struct value column_value(struct request *request, const struct column *column)
{
    struct arena *arena = request_arena(request);
    struct str typed = form_value(request, column->name);
    struct value value = V_TEXT(typed);
    int64_t day = 0;
    switch (column->type) {
    case COLUMN_NUMBER:
        return V_INT(form_int(request, column->name));
    case COLUMN_FLAG:
        return V_INT(form_is(request, column->name, "yes") ? 1 : 0);
    case COLUMN_DAY:
        return V_INT(form_day(request, column->name, &day) ? day : 0);
    case COLUMN_MONEY:
    case COLUMN_DEGREE: {
        struct name says = { { 0 }, { 0 } };
        if (!typed.n) {
            return V_INT(0);
        }
        if (!exchange_value(arena, column, typed, &value, &says)) {
            form_error(request, column->name, T(arena_str(arena, says.zh).p, arena_str(arena, says.en).p));
            return V_INT(0);
        }
        return value;
    }
    case COLUMN_WORDS: {
        size_t n = 0;
        const struct str *words = form_values(request, column->name, &n);
        struct str all = STR("");
        for (size_t i = 0; i < n; i++) {
            all = arena_printf(arena, "%.*s%s%.*s", STR_ARG(all), i ? " " : "", STR_ARG(words[i]));
        }
        return V_TEXT(all);
    }
    case COLUMN_TEXT:
    case COLUMN_LONG:
    case COLUMN_WORD:
    case COLUMN_CODE:
        break;
    }
    return value;
}

void edit_fact(struct request *request, const struct kind *kind, struct fact *fact)
{
    int64_t day = 0;
    for (size_t i = 0; i < kind->ncolumns; i++) {
        fact->values[i] = column_value(request, &kind->columns[i]);
    }
    if (form_has(request, "division")) {
        fact->division = form_value(request, "division");
    }
    fact->valid_from = form_day(request, "from", &day) ? day : 0;
    fact->valid_until = form_day(request, "until", &day) ? day + 1 : DAY_OPEN;
}

/* ---- Into the form ---- */

void edit_fill(struct request *request, const struct kind *kind, const struct fact *fact, const struct desk *desk)
{
    for (size_t i = 0; i < kind->ncolumns; i++) {
        const struct column *column = &kind->columns[i];
        struct str rest = fact->values[i].kind == VALUE_TEXT ? fact->values[i].bytes : STR(""), word;
        switch (column->type) {
        case COLUMN_FLAG:
            if (fact->values[i].integer) {
                form_set(request, column->name, STR("yes"));
            }
            break;
        case COLUMN_DAY:
            if (fact->values[i].integer) {
                form_set_day(request, column->name, fact->values[i].integer);
            }
            break;
        case COLUMN_WORDS:
            while (str_split(&rest, ' ', &word)) {
                form_add(request, column->name, word);
            }
            break;
        case COLUMN_NUMBER:
            form_set_int(request, column->name, fact->values[i].integer);
            break;
        case COLUMN_MONEY:
        case COLUMN_DEGREE:
            form_set(request, column->name, exchange_cell(desk->arena, column, fact->values[i], desk->lang));
            break;
        case COLUMN_TEXT:
        case COLUMN_LONG:
        case COLUMN_WORD:
        case COLUMN_CODE:
            form_set(request, column->name, rest);
            break;
        }
    }
    form_set(request, "division", fact->division);
}

struct kept_field *edit_kept(struct request *request, const struct form *form, size_t *n)
{
    struct arena *arena = request_arena(request);
    struct kept_field *kept = NULL;
    *n = 0;
    for (size_t i = 0; i < form->field_count; i++) {
        const struct field *field = &form->fields[i];
        size_t count = 0;
        const struct str *values = form_values(request, field->name, &count);
        bool many = field->kind == FIELD_CHECKS || field->kind == FIELD_LIST;
        if (strcmp(field->name, "act") == 0) {
            continue;
        }
        for (size_t v = 0; v < (many ? count : 1); v++) {
            struct str value = many ? values[v] : form_value(request, field->name);
            if (value.n) {
                kept = arena_grow(arena, kept, *n, sizeof *kept);
                kept[(*n)++] = (struct kept_field){ field->name, value };
            }
        }
    }
    return kept;
}
