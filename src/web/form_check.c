/* What the kinds of fields accept, and what is said when they do not. People type with a Chinese keyboard: full-width
 * digits, blanks and dashes are understood, not complained about.
 */
#include "web/inside.h"

#include "base/citizen.h"
#include "base/clock.h"

#include <stdio.h>

const char *content_type_of(struct str bytes)
{
    static const struct {
        struct str magic;
        const char *type;
    } magics[] = { { { "\xff\xd8\xff", 3 }, "image/jpeg" },
                   { { "\x89PNG\r\n\x1a\n", 8 }, "image/png" },
                   { { "%PDF-", 5 }, "application/pdf" },
                   { { "GIF8", 4 }, "image/gif" },
                   { { "PK\x03\x04", 4 }, "application/zip" } };
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        if (str_starts(bytes, magics[i].magic)) {
            return magics[i].type;
        }
    }
    if (bytes.n >= 12 && memcmp(bytes.p, "RIFF", 4) == 0 && memcmp(bytes.p + 8, "WEBP", 4) == 0) {
        return "image/webp";
    }
    if (bytes.n >= 12 && memcmp(bytes.p + 4, "ftyphei", 7) == 0) {
        return "image/heic";
    }
    return "";
}

/* Full-width letters, digits and signs (U+FF01–FF5E) and the ideographic blank become their ASCII forms. */
static struct str to_half_width(struct arena *arena, struct str s)
{
    char *to = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char *p = (const unsigned char *)s.p + i;
        if (i + 2 < s.n && p[0] == 0xef && (p[1] == 0xbc || p[1] == 0xbd)) {
            unsigned code = (unsigned)(p[1] & 3) * 64 + (p[2] & 63u); /* U+FF00 + code */
            if (code >= 1 && code <= 0x5e) {
                to[n++] = (char)(code + 0x20);
                i += 2;
                continue;
            }
        }
        if (i + 2 < s.n && p[0] == 0xe3 && p[1] == 0x80 && p[2] == 0x80) {
            to[n++] = ' ';
            i += 2;
            continue;
        }
        to[n++] = s.p[i];
    }
    return (struct str){ to, n };
}

static struct str without(struct arena *arena, struct str s, const char *dropped)
{
    char *to = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!strchr(dropped, s.p[i]) || !s.p[i]) {
            to[n++] = s.p[i];
        }
    }
    return (struct str){ to, n };
}

static struct text labelled(struct arena *arena, const struct field *field, const char *zh, const char *en)
{
    struct text label = text_is_empty(field->label) ? T("这一项", "This field") : field->label;
    return (struct text){ arena_printf(arena, zh, label.zh).p, arena_printf(arena, en, label.en).p };
}

static void fail(struct field_state *state, struct text message)
{
    if (text_is_empty(state->error)) {
        state->error = message;
    }
    state->clean = (struct str){ 0 };
}

static bool has_option(const struct field_state *state, struct str value)
{
    for (size_t i = 0; i < state->option_count; i++) {
        if (str_is(value, state->options[i].value)) {
            return true;
        }
    }
    return false;
}

static void check_text(struct arena *arena, struct field_state *state)
{
    const struct field *field = state->field;
    size_t max = field->max ? (size_t)field->max : field->kind == FIELD_LONG ? 2000 : 200;
    size_t n = str_chars(state->clean);
    for (size_t i = 0; i < state->clean.n && field->kind != FIELD_LONG; i++) {
        if ((unsigned char)state->clean.p[i] < ' ') {
            fail(state, labelled(arena, field, "%s只能有一行", "%s must be one line"));
            return;
        }
    }
    if (n > max) {
        struct text message = {
            arena_printf(arena, "%s最多 %zu 个字，现在有 %zu 个", field->label.zh, max, n).p,
            arena_printf(arena, "%s must have at most %zu characters; it has %zu", field->label.en, max, n).p
        };
        fail(state, message);
    } else if (field->min && n < (size_t)field->min) {
        struct text message = {
            arena_printf(arena, "%s至少 %zu 个字", field->label.zh, (size_t)field->min).p,
            arena_printf(arena, "%s must have at least %zu characters", field->label.en, (size_t)field->min).p
        };
        fail(state, message);
    }
}

static void check_int(struct arena *arena, struct field_state *state)
{
    const struct field *field = state->field;
    int64_t value;
    state->clean = without(arena, state->clean, ", ");
    if (!str_to_int(state->clean, INT64_MIN, INT64_MAX, &value)) {
        fail(state, labelled(arena, field, "%s要填整数，例如 45", "%s must be a whole number, like 45"));
    } else if ((field->min || field->max) && (value < field->min || (field->max && value > field->max))) {
        struct text message;
        if (field->max) {
            message.zh = arena_printf(arena, "%s要在 %lld 到 %lld 之间", field->label.zh, (long long)field->min,
                                      (long long)field->max)
                             .p;
            message.en = arena_printf(arena, "%s must be between %lld and %lld", field->label.en, (long long)field->min,
                                      (long long)field->max)
                             .p;
        } else {
            message.zh = arena_printf(arena, "%s不能小于 %lld", field->label.zh, (long long)field->min).p;
            message.en = arena_printf(arena, "%s must be at least %lld", field->label.en, (long long)field->min).p;
        }
        fail(state, message);
    }
}

/* From three inputs, or from one with "2026-08-31", "2026.8.31", "2026年8月31日". */
static void check_date(struct arena *arena, struct field_state *state)
{
    int64_t parts[3], day;
    bool ok = true;
    for (int i = 0; i < 3 && ok; i++) {
        struct str part = str_trim(to_half_width(arena, state->parts[i]));
        ok = str_to_int(part, 0, 9999, &parts[i]);
    }
    char text[24];
    int n = ok ? snprintf(text, sizeof text, "%04d-%02d-%02d", (int)parts[0], (int)parts[1], (int)parts[2]) : 0;
    if (!ok || !day_parse((struct str){ text, (size_t)n }, &day)) {
        fail(state, labelled(arena, state->field, "%s要填真实的日期，例如 2020 年 3 月 27 日",
                             "%s must be a real date, like 2020, 3, 27"));
        return;
    }
    state->clean = arena_str(arena, (struct str){ text, (size_t)n });
}

static void split_date(struct arena *arena, struct field_state *state)
{
    if (state->parts[0].n || state->parts[1].n || state->parts[2].n || !state->value_count) {
        return;
    }
    struct str value = to_half_width(arena, state->values[0]);
    int part = 0;
    for (size_t i = 0; i < value.n && part < 3;) {
        size_t from = i;
        while (i < value.n && value.p[i] >= '0' && value.p[i] <= '9') {
            i++;
        }
        if (i > from) {
            state->parts[part++] = (struct str){ value.p + from, i - from };
        } else {
            i++;
        }
    }
}

static void check_phone(struct arena *arena, struct field_state *state)
{
    state->clean = without(arena, state->clean, " -()");
    struct str s = state->clean;
    bool digits = s.n >= 7 && s.n <= 14;
    for (size_t i = 0; i < s.n && digits; i++) {
        digits = (s.p[i] >= '0' && s.p[i] <= '9') || (i == 0 && s.p[i] == '+');
    }
    if (!digits || (s.n == 11 && s.p[0] == '1' && (s.p[1] < '3' || s.p[1] > '9'))) {
        fail(state, labelled(arena, state->field, "%s要填手机号（11 位）或带区号的固定电话",
                             "%s must be a mobile number of 11 digits, or a fixed one with its area code"));
    }
}

static void check_email(struct arena *arena, struct field_state *state)
{
    struct str s = state->clean;
    size_t at = str_find(s, '@');
    struct str domain = str_part(s, at + 1, s.n);
    if (at == 0 || domain.n < 3 || s.n > 254 || str_find(domain, '@') != domain.n || str_find(s, ' ') != s.n ||
        str_find(domain, '.') == domain.n || domain.p[0] == '.') {
        fail(state, labelled(arena, state->field, "%s要填邮箱地址，例如 name@example.cn",
                             "%s must be an e-mail address, like name@example.cn"));
    }
}

static void check_citizen(struct arena *arena, struct field_state *state)
{
    state->clean = without(arena, state->clean, " -");
    if (state->clean.n == 18 && state->clean.p[17] == 'x') {
        state->clean = arena_printf(arena, "%.*sX", 17, state->clean.p);
    }
    if (!citizen_number_valid(state->clean)) {
        fail(state, labelled(arena, state->field, "%s不对：请对照证件核对 18 位，最后一位可能是 X",
                             "%s is not right: compare the 18 characters with the card; the last may be X"));
    }
}

static void check_list(struct arena *arena, struct field_state *state)
{
    const struct field *field = state->field;
    for (size_t i = 0; i < state->value_count && field->kind == FIELD_CHECKS; i++) {
        if (!has_option(state, state->values[i])) {
            fail(state, labelled(arena, field, "%s：请从列出的选项中选", "%s: choose from the list"));
        }
    }
    if (field->max && state->value_count > (size_t)field->max) {
        struct text message = { arena_printf(arena, "%s：最多选 %zu 项", field->label.zh, (size_t)field->max).p,
                                arena_printf(arena, "%s: choose at most %zu", field->label.en, (size_t)field->max).p };
        fail(state, message);
    }
}

/* Is type one of the comma-separated words? */
static bool accepts(const char *words, const char *type)
{
    struct str rest = str_of(words), word;
    while (str_split(&rest, ',', &word)) {
        if (str_is(str_trim(word), type)) {
            return true;
        }
    }
    return false;
}

static void check_file(struct arena *arena, struct field_state *state)
{
    const struct field *field = state->field;
    if (field->max && state->upload.size > (size_t)field->max) {
        double mb = (double)field->max / (1024 * 1024);
        struct text message = {
            arena_printf(arena, "%s太大：最多 %.0f MB，请缩小图片后再上传", field->label.zh, mb).p,
            arena_printf(arena, "%s is too large: at most %.0f MB; make the picture smaller", field->label.en, mb).p
        };
        fail(state, message);
    } else if (state->upload.size == 0) {
        fail(state, labelled(arena, field, "%s：文件是空的，请重新选择", "%s: the file is empty; choose it again"));
    } else if (field->accept && !accepts(field->accept, state->upload.type)) {
        fail(state, labelled(arena, field, "%s：文件类型不对，请上传要求的类型（例如照片 JPG、PNG 或 PDF）",
                             "%s: this kind of file is not accepted; send one of those asked for (a JPG or PNG photo, "
                             "or a PDF, for example)"));
    }
}

static void check_kind(struct arena *arena, struct field_state *state)
{
    switch (state->field->kind) {
    case FIELD_TEXT:
    case FIELD_LONG:
    case FIELD_HIDDEN:
    case FIELD_PASSWORD:
        check_text(arena, state);
        break;
    case FIELD_INT:
        check_int(arena, state);
        break;
    case FIELD_DATE:
        check_date(arena, state);
        break;
    case FIELD_CHOICE:
    case FIELD_SELECT:
        if (!has_option(state, state->clean)) {
            fail(state, labelled(arena, state->field, "%s：请从列出的选项中选", "%s: choose from the list"));
        }
        break;
    case FIELD_YES:
        if (!str_is(state->clean, "yes")) {
            fail(state, labelled(arena, state->field, "请勾选：%s", "Tick: %s"));
        }
        break;
    case FIELD_CITIZEN:
        check_citizen(arena, state);
        break;
    case FIELD_PHONE:
        check_phone(arena, state);
        break;
    case FIELD_EMAIL:
        check_email(arena, state);
        break;
    case FIELD_CHECKS:
    case FIELD_LIST:
        check_list(arena, state);
        break;
    case FIELD_FILE:
        check_file(arena, state);
        break;
    }
}

static bool is_empty(const struct field_state *state)
{
    switch (state->field->kind) {
    case FIELD_FILE:
        return !state->has_upload;
    case FIELD_CHECKS:
    case FIELD_LIST:
        return state->value_count == 0;
    case FIELD_DATE:
        return !state->parts[0].n && !state->parts[1].n && !state->parts[2].n;
    default:
        return state->clean.n == 0;
    }
}

static void clean(struct arena *arena, struct field_state *state)
{
    enum field_kind kind = state->field->kind;
    state->clean = state->value_count ? state->values[0] : (struct str){ 0 };
    if (kind == FIELD_INT || kind == FIELD_PHONE || kind == FIELD_CITIZEN || kind == FIELD_EMAIL) {
        state->clean = to_half_width(arena, state->clean);
    }
    if (kind != FIELD_PASSWORD) {
        state->clean = str_trim(state->clean);
    }
    if (kind == FIELD_LONG) {
        state->clean = without(arena, state->clean, "\r"); /* browsers send CRLF, whatever was in the page */
    }
    if (kind == FIELD_CHECKS || kind == FIELD_LIST || kind == FIELD_FILE) {
        state->clean = (struct str){ 0 };
    } else if (kind == FIELD_DATE) {
        split_date(arena, state);
    }
}

static struct text missing_text(struct arena *arena, const struct field *field)
{
    if (!text_is_empty(field->missing)) {
        return field->missing;
    }
    switch (field->kind) {
    case FIELD_CHOICE:
    case FIELD_SELECT:
    case FIELD_CHECKS:
    case FIELD_LIST:
        return labelled(arena, field, "请选择：%s", "Choose: %s");
    case FIELD_YES:
        return labelled(arena, field, "请勾选：%s", "Tick: %s");
    case FIELD_FILE:
        return labelled(arena, field, "请选择文件：%s", "Choose a file: %s");
    default:
        return labelled(arena, field, "请填写：%s", "Fill in: %s");
    }
}

void form_state_check(struct arena *arena, struct form_state *state)
{
    for (size_t i = 0; i < state->form->field_count; i++) {
        struct field_state *field = &state->fields[i];
        clean(arena, field);
        if (!is_empty(field)) {
            check_kind(arena, field);
        } else if (field->field->required) {
            fail(field, missing_text(arena, field->field));
        }
        state->failed |= !text_is_empty(field->error);
    }
}
