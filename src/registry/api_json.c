/* See api_json.h. */
#include "registry/api_json.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

json_t *api_json_str(struct str s)
{
    return json_stringn(s.n ? s.p : "", s.n);
}

json_t *api_json_day(int64_t day)
{
    int year, month, of_month;
    char text[32];
    if (day == 0 || day >= DAY_OPEN) {
        return json_null();
    }
    day_parts(day, &year, &month, &of_month);
    (void)snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, of_month);
    return json_string(text);
}

static json_t *words_of(struct str text)
{
    json_t *array = json_array();
    struct str word;
    while (str_split(&text, ' ', &word)) {
        if (word.n) {
            (void)json_array_append_new(array, api_json_str(word));
        }
    }
    return array;
}

static json_t *value_json(const struct column *column, struct value value)
{
    struct str text = value.kind == VALUE_TEXT ? value.bytes : STR("");
    int64_t number = value.kind == VALUE_INT ? value.integer : 0;
    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_LONG:
        return api_json_str(text);
    case COLUMN_NUMBER:
    case COLUMN_MONEY:
        return json_integer(number);
    case COLUMN_FLAG:
        return json_boolean(number);
    case COLUMN_DAY:
        return api_json_day(number);
    case COLUMN_DEGREE:
        return number ? json_real((double)number / 1e6) : json_null();
    case COLUMN_WORD:
    case COLUMN_CODE:
        return text.n ? api_json_str(text) : json_null();
    case COLUMN_WORDS:
        return words_of(text);
    }
    return json_null();
}

json_t *api_json_fact(const struct kind *kind, const struct fact *fact, struct str institution, bool staff)
{
    json_t *out = json_object(), *values = json_object();
    (void)json_object_set_new(out, "code", api_json_str(fact->code));
    (void)json_object_set_new(out, "subject", json_integer(fact->subject));
    (void)json_object_set_new(out, "division", api_json_str(fact->division));
    (void)json_object_set_new(out, "institution", institution.n ? api_json_str(institution) : json_null());
    (void)json_object_set_new(out, "valid_from", api_json_day(fact->valid_from));
    (void)json_object_set_new(out, "valid_until", api_json_day(fact->valid_until));
    (void)json_object_set_new(out, "recorded_at", json_integer(fact->recorded_at));
    (void)json_object_set_new(out, "replaced_at",
                              fact->replaced_at >= MOMENT_OPEN ? json_null() : json_integer(fact->replaced_at));
    for (size_t i = 0; i < kind->ncolumns; i++) {
        if (staff || !kind->columns[i].staff_only) {
            (void)json_object_set_new(values, kind->columns[i].name, value_json(&kind->columns[i], fact->values[i]));
        }
    }
    (void)json_object_set_new(out, "values", values);
    return out;
}

/* ---- And back ---- */

static bool expected(struct text *says, struct text what)
{
    *says = what;
    return false;
}

static bool text_value(struct arena *arena, const json_t *json, struct value *value, struct text *says)
{
    if (json_is_null(json)) {
        *value = V_TEXT(STR(""));
        return true;
    }
    if (!json_is_string(json)) {
        return expected(says, T("应为文字", "expected text"));
    }
    *value = V_TEXT(arena_str(arena, (struct str){ json_string_value(json), json_string_length(json) }));
    return true;
}

static bool words_value(struct arena *arena, const json_t *json, struct value *value, struct text *says)
{
    struct str text = STR("");
    if (!json_is_array(json)) {
        return expected(says, T("应为文字的数组", "expected an array of words"));
    }
    for (size_t i = 0; i < json_array_size(json); i++) {
        const json_t *word = json_array_get(json, i);
        if (!json_is_string(word)) {
            return expected(says, T("应为文字的数组", "expected an array of words"));
        }
        text = arena_printf(arena, "%.*s%s%s", STR_ARG(text), text.n ? " " : "", json_string_value(word));
    }
    *value = V_TEXT(text);
    return true;
}

static bool day_value(const json_t *json, struct value *value, struct text *says)
{
    int64_t day = 0;
    if (!json_is_null(json) && !(json_is_string(json) && day_parse(str_of(json_string_value(json)), &day))) {
        return expected(says, T("应为日期，如 2026-03-01，或 null", "expected a day such as 2026-03-01, or null"));
    }
    *value = V_INT(day);
    return true;
}

bool api_json_value(struct arena *arena, const struct column *column, const json_t *json, struct value *value,
                    struct text *says)
{
    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_LONG:
    case COLUMN_WORD:
    case COLUMN_CODE:
        return text_value(arena, json, value, says);
    case COLUMN_WORDS:
        return words_value(arena, json, value, says);
    case COLUMN_DAY:
        return day_value(json, value, says);
    case COLUMN_FLAG:
        if (!json_is_boolean(json)) {
            return expected(says, T("应为 true 或 false", "expected true or false"));
        }
        *value = V_INT(json_is_true(json));
        return true;
    case COLUMN_DEGREE:
        if (!json_is_number(json) && !json_is_null(json)) {
            return expected(says, T("应为度数，如 115.985，或 null", "expected degrees such as 115.985, or null"));
        }
        if (fabs(json_number_value(json)) > 180) {
            return expected(says, T("度数超出范围", "there are no such degrees"));
        }
        *value = V_INT(llround(json_number_value(json) * 1e6));
        return true;
    case COLUMN_NUMBER:
    case COLUMN_MONEY:
        break;
    }
    if (!json_is_integer(json)) {
        return expected(says, T("应为整数", "expected a whole number"));
    }
    *value = V_INT(json_integer_value(json));
    return true;
}

/* ---- What JSON Schema says of it ---- */

static json_t *both(struct text text)
{
    json_t *out = json_object();
    (void)json_object_set_new(out, "zh", json_string(text.zh ? text.zh : ""));
    (void)json_object_set_new(out, "en", json_string(text.en ? text.en : ""));
    return out;
}

static void type_of(json_t *schema, const char *type, bool or_null)
{
    json_t *value = json_string(type);
    if (or_null) {
        json_t *types = json_array();
        (void)json_array_append_new(types, value);
        (void)json_array_append_new(types, json_string("null"));
        value = types;
    }
    (void)json_object_set_new(schema, "type", value);
}

static void words_schema(json_t *schema, json_t *of, const struct column *column, bool or_null)
{
    json_t *words = json_array(), *labels = json_object();
    for (size_t i = 0; i < column->nwords; i++) {
        (void)json_array_append_new(words, json_string(column->words[i].word));
        (void)json_object_set_new(labels, column->words[i].word, both(column->words[i].label));
    }
    if (or_null) {
        (void)json_array_append_new(words, json_null());
    }
    (void)json_object_set_new(of, "enum", words);
    (void)json_object_set_new(schema, "x-words", labels);
}

static void limits(json_t *schema, int64_t least, int64_t most, double unit)
{
    if (least || most) {
        (void)json_object_set_new(schema, "minimum", unit > 1 ? json_real((double)least / unit) : json_integer(least));
        (void)json_object_set_new(schema, "maximum", unit > 1 ? json_real((double)most / unit) : json_integer(most));
    }
}

json_t *api_schema_column(const struct column *column)
{
    json_t *schema = json_object();
    (void)json_object_set_new(schema, "title", json_string(column->label.en));
    (void)json_object_set_new(schema, "x-label", both(column->label));
    if (!text_is_empty(column->hint)) {
        (void)json_object_set_new(schema, "description", json_string(column->hint.en));
    }
    if (column->staff_only) {
        (void)json_object_set_new(schema, "x-staff-only", json_true());
    }
    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_LONG:
        type_of(schema, "string", false);
        if (column->most) {
            (void)json_object_set_new(schema, "maxLength", json_integer(column->most));
        }
        break;
    case COLUMN_NUMBER:
        type_of(schema, "integer", false);
        limits(schema, column->least, column->most, 1);
        break;
    case COLUMN_MONEY:
        type_of(schema, "integer", false);
        limits(schema, column->least, column->most, 1);
        (void)json_object_set_new(schema, "x-unit", json_string("fen"));
        break;
    case COLUMN_FLAG:
        type_of(schema, "boolean", false);
        break;
    case COLUMN_DAY:
        type_of(schema, "string", true);
        (void)json_object_set_new(schema, "format", json_string("date"));
        break;
    case COLUMN_DEGREE:
        type_of(schema, "number", true);
        limits(schema, column->least, column->most, 1e6);
        break;
    case COLUMN_WORD:
        type_of(schema, "string", true);
        words_schema(schema, schema, column, true);
        break;
    case COLUMN_WORDS: {
        json_t *items = json_object();
        type_of(schema, "array", false);
        type_of(items, "string", false);
        words_schema(schema, items, column, false);
        (void)json_object_set_new(schema, "items", items);
        break;
    }
    case COLUMN_CODE:
        type_of(schema, "string", true);
        (void)json_object_set_new(schema, "x-code-of", json_string(KIND_LIST[column->of].name));
        break;
    }
    return schema;
}

json_t *api_schema_values(const struct kind *kind, bool asked)
{
    json_t *schema = json_object(), *properties = json_object(), *required = json_array();
    type_of(schema, "object", false);
    for (size_t i = 0; i < kind->ncolumns; i++) {
        const struct column *column = &kind->columns[i];
        (void)json_object_set_new(properties, column->name, api_schema_column(column));
        if (!column->staff_only && !asked) {
            (void)json_array_append_new(required, json_string(column->name));
        }
    }
    (void)json_object_set_new(schema, "properties", properties);
    (void)json_object_set_new(schema, "required", required);
    (void)json_object_set_new(schema, "additionalProperties", json_false());
    return schema;
}

json_t *api_schema_fact(const struct kind *kind)
{
    /* Days and moments of a version are the same for each kind. */
    json_t *common = json_pack("{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:[s,s]}, s:{s:[s,s], s:s}, s:{s:[s,s], s:s}, s:{s:s}, "
                               "s:{s:[s,s]}}",
                               "code", "type", "string", "subject", "type", "integer", "division", "type", "string",
                               "institution", "type", "string", "null", "valid_from", "type", "string", "null",
                               "format", "date", "valid_until", "type", "string", "null", "format", "date",
                               "recorded_at", "type", "integer", "replaced_at", "type", "integer", "null");
    json_t *schema = json_object(), *required = json_array();
    const char *name;
    json_t *unused;
    type_of(schema, "object", false);
    (void)json_object_set_new(schema, "title", json_string(kind->one.en));
    (void)json_object_set_new(schema, "x-label", both(kind->one));
    (void)json_object_set_new(common, "values", api_schema_values(kind, false));
    json_object_foreach(common, name, unused)
    {
        (void)json_array_append_new(required, json_string(name));
    }
    (void)json_object_set_new(schema, "properties", common);
    (void)json_object_set_new(schema, "required", required);
    (void)json_object_set_new(schema, "additionalProperties", json_false());
    return schema;
}
