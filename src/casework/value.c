/* Values of a case's fields: from text, in one form, and as people read them. Money is yuan with at most two decimals,
 * days are 2026-03-01, words are ids, yes is "yes" or nothing. */
#include "casework/inside.h"

#include "base/cell.h"
#include "base/clock.h"

static bool wrong(struct name *says, struct str zh, struct str en)
{
    *says = (struct name){ zh, en };
    return false;
}

static bool whole(struct arena *arena, const struct case_field *field, struct str text, int places, struct str *value,
                  struct name *says)
{
    int64_t number;
    int64_t unit = places ? 100 : 1;
    if (!cell_fixed(cell_plain(arena, text), places, &number)) {
        return places ? wrong(says, STR("应为以元计的数，至多两位小数"), STR("Expected yuan with at most two decimals"))
                      : wrong(says, STR("应为整数"), STR("Expected a whole number"));
    }
    if (number < field->least || number > field->most) {
        long long least = (long long)(field->least / unit), most = (long long)(field->most / unit);
        return wrong(says, arena_printf(arena, "应在 %lld 到 %lld 之间", least, most),
                     arena_printf(arena, "Expected %lld to %lld", least, most));
    }
    int64_t rest = number % unit;
    *value = rest ? arena_printf(arena, "%lld.%02lld", (long long)(number / unit), (long long)rest)
                  : arena_printf(arena, "%lld", (long long)(number / unit));
    return true;
}

static bool word(const struct case_field *field, struct str text, struct str *value, struct name *says)
{
    for (size_t i = 0; i < field->nwords; i++) {
        if (str_eq(field->words[i].id, text)) {
            *value = field->words[i].id;
            return true;
        }
    }
    return wrong(says, STR("请从选项中选择"), STR("Choose one of the options"));
}

bool case_value_of(struct arena *arena, const struct case_field *field, struct str text, struct str *value,
                   struct name *says)
{
    int64_t day;
    text = str_trim(text);
    *value = STR("");
    if (text.n == 0) {
        return !field->required || wrong(says, arena_printf(arena, "请填写“%.*s”", STR_ARG(field->name.zh)),
                                         arena_printf(arena, "Fill in '%.*s'", STR_ARG(field->name.en)));
    }
    switch (field->type) {
    case CASE_TEXT:
    case CASE_LONG: {
        size_t chars = str_chars(text);
        if ((int64_t)chars > field->most || (int64_t)chars < field->least) {
            return wrong(says,
                         arena_printf(arena, "有 %zu 个字，应为 %lld 到 %lld 个", chars, (long long)field->least,
                                      (long long)field->most),
                         arena_printf(arena, "It has %zu characters; expected %lld to %lld", chars,
                                      (long long)field->least, (long long)field->most));
        }
        *value = text;
        return true;
    }
    case CASE_NUMBER:
        return whole(arena, field, text, 0, value, says);
    case CASE_MONEY:
        return whole(arena, field, text, 2, value, says);
    case CASE_DAY:
        if (!cell_day(arena, cell_plain(arena, text), &day)) {
            return wrong(says, STR("应为日期，如 2026-03-01"), STR("Expected a date such as 2026-03-01"));
        }
        *value = day_format(arena, day);
        return true;
    case CASE_WORD:
        return word(field, text, value, says);
    case CASE_YES:
        *value = str_is(text, "yes") ? text : STR("");
        return true;
    }
    return false;
}

struct name case_shown(struct arena *arena, const struct case_field *field, struct str value)
{
    int64_t day;
    if (value.n == 0) {
        return field->type == CASE_YES ? (struct name){ STR("否"), STR("no") } : (struct name){ STR("—"), STR("—") };
    }
    switch (field->type) {
    case CASE_WORD:
        for (size_t i = 0; i < field->nwords; i++) {
            if (str_eq(field->words[i].id, value)) {
                return field->words[i].name;
            }
        }
        break;
    case CASE_YES:
        return (struct name){ STR("是"), STR("yes") };
    case CASE_MONEY:
        return (struct name){ arena_printf(arena, "%.*s 元", STR_ARG(value)),
                              arena_printf(arena, "%.*s yuan", STR_ARG(value)) };
    case CASE_DAY:
        if (day_parse(value, &day)) {
            return (struct name){ value, value };
        }
        break;
    case CASE_TEXT:
    case CASE_LONG:
    case CASE_NUMBER:
        break;
    }
    return (struct name){ value, value };
}

bool case_values_of(struct arena *arena, const struct case_kind *kind, const size_t *asks, size_t nasks,
                    const struct case_input *inputs, size_t ninputs, struct str *out, struct str *field,
                    struct name *says)
{
    for (size_t i = 0; i < nasks; i++) {
        const struct case_field *asked = &kind->fields[asks[i]];
        struct str text = STR("");
        for (size_t k = 0; k < ninputs; k++) {
            text = str_eq(inputs[k].field, asked->id) ? inputs[k].value : text;
        }
        if (!case_value_of(arena, asked, text, &out[asks[i]], says)) {
            *field = asked->id;
            return false;
        }
    }
    return true;
}
