/* Values of a return as text, and whether they fit the form: see returns.h. */
#include "registry/returns.h"

#include <string.h>

static struct str plain_digits(struct arena *arena, struct str text)
{
    /* Full-width digits and the full stop, as an input method writes them. */
    char *out = arena_alloc(arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        const unsigned char *c = (const unsigned char *)text.p + i;
        bool wide = i + 2 < text.n && c[0] == 0xEF && c[1] == 0xBC && c[2] >= 0x8E && c[2] <= 0x99;
        out[n++] = wide ? (char)(c[2] - 0x8E + '.') : text.p[i];
        i += wide ? 2 : 0;
    }
    return str_trim((struct str){ out, n });
}

/* "85.72", "85.7", "85" → hundredths. */
static bool hundredths(struct str text, int64_t *out)
{
    size_t point = str_find(text, '.');
    struct str behind = str_part(text, point + 1, text.n);
    int64_t whole = 0, rest = 0;
    bool good = str_to_int(str_part(text, 0, point), 0, 1000000, &whole) &&
                (point == text.n || (behind.n <= 2 && str_to_int(behind, 0, 99, &rest)));
    *out = whole * 100 + (behind.n == 1 ? rest * 10 : rest);
    return good;
}

struct str return_text(struct arena *arena, const struct return_field *field, const struct return_values *values,
                       size_t i)
{
    int64_t number = values->number[i];
    if (!values->has[i]) {
        return STR("");
    }
    if (field->type == RETURN_TEXT) {
        return values->text[i];
    }
    return field->type == RETURN_SHARE
               ? arena_printf(arena, "%lld.%02lld", (long long)(number / 100), (long long)(number % 100))
               : arena_printf(arena, "%lld", (long long)number);
}

static bool wrong(struct name *says, struct str zh, struct str en)
{
    *says = (struct name){ zh, en };
    return false;
}

static bool number_of(struct arena *arena, const struct return_field *field, struct str text, int64_t *number,
                      struct name *says)
{
    struct str plain = plain_digits(arena, text);
    bool share = field->type == RETURN_SHARE;
    long long unit = share ? 100 : 1, least = field->least / unit, most = field->most / unit;
    if (!(share ? hundredths(plain, number) : str_to_int(plain, 0, INT64_C(1000000000), number))) {
        return share ? wrong(says, STR("应为百分比，最多两位小数，如 85.72"),
                             STR("Expected per cent with at most two digits, such as 85.72"))
                     : wrong(says, STR("应为整数"), STR("Expected a whole number"));
    }
    return (*number >= field->least && *number <= field->most) ||
           wrong(says, arena_printf(arena, "应在 %lld 到 %lld 之间", least, most),
                 arena_printf(arena, "Must be from %lld to %lld", least, most));
}

bool return_value_of(struct arena *arena, const struct return_field *field, struct str text,
                     struct return_values *values, size_t i, struct name *says)
{
    values->has[i] = false;
    if (text.n == 0) {
        return true;
    }
    if (field->type == RETURN_TEXT) {
        values->text[i] = arena_str(arena, text);
        if (str_chars(text) > (size_t)field->most) {
            return wrong(says, arena_printf(arena, "最多 %lld 个字", (long long)field->most),
                         arena_printf(arena, "At most %lld characters", (long long)field->most));
        }
    } else if (!number_of(arena, field, text, &values->number[i], says)) {
        return false;
    }
    values->has[i] = true;
    return true;
}

/* ---- Rules ---- */

/* *known: every field of the rule has a value. */
static int64_t right_of(const struct return_rule *rule, const struct return_values *values, bool *known)
{
    int64_t sum = 0;
    for (size_t i = 0; i < rule->nright; i++) {
        *known = *known && values->has[rule->right[i]];
        sum += values->number[rule->right[i]];
    }
    return sum;
}

static bool holds(const struct return_rule *rule, const struct return_values *values, const struct return_values *last)
{
    bool known = values->has[rule->left];
    int64_t right = right_of(rule, rule->last ? last : values, &known) * rule->percent;
    int64_t left = values->number[rule->left] * RETURN_WHOLE;
    if (!known) {
        return true;
    }
    return rule->is == RETURN_AT_MOST ? left <= right : rule->is == RETURN_AT_LEAST ? left >= right : left == right;
}

size_t returns_check(const struct return_form *form, const struct return_values *values,
                     const struct return_values *last, struct return_problem *out)
{
    size_t n = 0;
    for (size_t i = 0; i < form->nfields; i++) {
        if (form->fields[i].required && !values->has[i]) {
            out[n++] = (struct return_problem){ i, false, { STR("不能为空"), STR("May not be empty") } };
        }
    }
    for (size_t i = 0; i < form->nrules; i++) {
        if (!holds(&form->rules[i], values, last)) {
            out[n++] = (struct return_problem){ form->rules[i].left, form->rules[i].warning, form->rules[i].says };
        }
    }
    return n;
}
