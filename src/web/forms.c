/* The state of a form during a request: what was typed, what it means, what is wrong with it (form.h). */
#include "web/inside.h"

#include "base/clock.h"

#include <stdio.h>

struct form_state *form_state_new(struct arena *arena, const struct form *form)
{
    struct form_state *state = ARENA_NEW(arena, struct form_state);
    state->form = form;
    state->fields = ARENA_ARRAY(arena, struct field_state, form->field_count);
    for (size_t i = 0; i < form->field_count; i++) {
        state->fields[i].field = &form->fields[i];
        state->fields[i].options = form->fields[i].options;
        state->fields[i].option_count = form->fields[i].option_count;
    }
    return state;
}

struct field_state *form_state_field(struct form_state *state, const char *name)
{
    for (size_t i = 0; state && i < state->form->field_count; i++) {
        if (strcmp(state->form->fields[i].name, name) == 0) {
            return &state->fields[i];
        }
    }
    return NULL;
}

static void add_value(struct arena *arena, struct field_state *field, struct str value)
{
    if (field->value_count == field->value_room) {
        size_t room = field->value_room ? field->value_room * 2 : 1;
        struct str *values = ARENA_ARRAY(arena, struct str, room);
        if (field->value_count) {
            memcpy(values, field->values, field->value_count * sizeof *values);
        }
        field->values = values;
        field->value_room = room;
    }
    field->values[field->value_count++] = value;
}

/* Is `name` the field's name followed by -year, -month or -day? */
static int date_part(const char *field, struct str name)
{
    static const char *const ends[] = { "-year", "-month", "-day" };
    size_t n = strlen(field);
    for (int i = 0; i < 3; i++) {
        if (name.n > n && memcmp(name.p, field, n) == 0 && str_is(str_part(name, n, name.n), ends[i])) {
            return i;
        }
    }
    return -1;
}

/* The last component, whatever the client's system calls a separator; without control characters and quotes. */
static struct str clean_file_name(struct arena *arena, struct str name)
{
    size_t from = 0;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '/' || name.p[i] == '\\') {
            from = i + 1;
        }
    }
    name = str_part(name, from, name.n);
    if (!str_is_utf8(name)) {
        return STR("file");
    }
    char *text = arena_alloc(arena, name.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < name.n && n < 200; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c >= ' ' && c != 0x7f && c != '"') {
            text[n++] = (char)c;
        }
    }
    while (n && !str_is_utf8((struct str){ text, n })) {
        n--; /* the cut was inside a character */
    }
    return (struct str){ text, n };
}

static void take_part(struct arena *arena, struct field_state *field, const struct form_part *part)
{
    if (field->field->kind == FIELD_FILE) {
        if (part->file_name.p && (part->file_name.n || part->value.n)) {
            field->has_upload = true;
            field->upload = (struct upload){ .name = clean_file_name(arena, part->file_name),
                                             .type = content_type_of(part->value),
                                             .size = part->value.n,
                                             .bytes = part->value };
        }
        return;
    }
    bool list = field->field->kind == FIELD_CHECKS || field->field->kind == FIELD_LIST;
    if (!part->file_name.p && (list || field->value_count == 0)) {
        add_value(arena, field, part->value);
    }
}

void form_state_take(struct arena *arena, struct form_state *state, const struct form_parts *parts)
{
    state->sent = true;
    for (size_t p = 0; p < parts->count; p++) {
        const struct form_part *part = &parts->parts[p];
        for (size_t i = 0; i < state->form->field_count; i++) {
            struct field_state *field = &state->fields[i];
            if (str_is(part->name, field->field->name)) {
                take_part(arena, field, part);
            } else if (field->field->kind == FIELD_DATE) {
                int at = date_part(field->field->name, part->name);
                if (at >= 0) {
                    field->parts[at] = part->value;
                }
            }
        }
    }
}

/* ---- For handlers ---- */

struct form_state *request_form_state(struct request *request)
{
    return request ? request->form : NULL;
}

static struct field_state *find(struct request *request, const char *name)
{
    return form_state_field(request->form, name);
}

bool form_ok(struct request *request)
{
    return request->form && !request->form->failed;
}

bool form_check(struct request *request)
{
    if (request->form) {
        request->form->failed = !text_is_empty(request->form->error);
        for (size_t i = 0; i < request->form->form->field_count; i++) {
            request->form->fields[i].error = (struct text){ 0 };
        }
        form_state_check(request->arena, request->form);
    }
    return form_ok(request);
}

struct str form_value(struct request *request, const char *field)
{
    struct field_state *state = find(request, field);
    return state ? state->clean : (struct str){ 0 };
}

const struct str *form_values(struct request *request, const char *field, size_t *count)
{
    struct field_state *state = find(request, field);
    *count = state && text_is_empty(state->error) ? state->value_count : 0;
    return state ? state->values : NULL;
}

bool form_has(struct request *request, const char *field)
{
    struct field_state *state = find(request, field);
    return state && (state->clean.n || state->has_upload ||
                     (state->value_count && (state->field->kind == FIELD_CHECKS || state->field->kind == FIELD_LIST)));
}

bool form_is(struct request *request, const char *field, const char *value)
{
    struct field_state *state = find(request, field);
    for (size_t i = 0; state && i < state->value_count; i++) {
        if (str_is(state->values[i], value)) {
            return true;
        }
    }
    return false;
}

int64_t form_int(struct request *request, const char *field)
{
    int64_t value = 0;
    (void)str_to_int(form_value(request, field), INT64_MIN, INT64_MAX, &value);
    return value;
}

bool form_day(struct request *request, const char *field, int64_t *day)
{
    return day_parse(form_value(request, field), day);
}

const struct upload *form_file(struct request *request, const char *field)
{
    struct field_state *state = find(request, field);
    return state && state->has_upload && text_is_empty(state->error) ? &state->upload : NULL;
}

void form_error(struct request *request, const char *field, struct text message)
{
    if (!request->form) {
        return;
    }
    struct field_state *state = field ? find(request, field) : NULL;
    struct text *place = state ? &state->error : &request->form->error;
    if (text_is_empty(*place)) {
        *place = message;
    }
    request->form->failed = true;
}

void form_use(struct request *request, const struct form *form)
{
    if (!request->form || request->form->form != form) {
        request->form = form_state_new(request->arena, form);
    }
}

void form_set(struct request *request, const char *field, struct str value)
{
    struct field_state *state = find(request, field);
    if (!state || request->form->sent) {
        return;
    }
    state->value_count = 0;
    add_value(request->arena, state, value);
    state->clean = value;
    if (state->field->kind == FIELD_DATE) {
        struct str rest = value;
        for (int i = 0; i < 3; i++) {
            if (!str_split(&rest, '-', &state->parts[i])) {
                state->parts[i] = (struct str){ 0 };
            }
        }
    }
}

void form_set_int(struct request *request, const char *field, int64_t value)
{
    form_set(request, field, arena_printf(request->arena, "%lld", (long long)value));
}

void form_set_day(struct request *request, const char *field, int64_t day)
{
    form_set(request, field, day_format(request->arena, day));
}

void form_add(struct request *request, const char *field, struct str value)
{
    struct field_state *state = find(request, field);
    if (state && !request->form->sent) {
        add_value(request->arena, state, value);
    }
}

void form_options(struct request *request, const char *field, const struct option *options, size_t count)
{
    struct field_state *state = find(request, field);
    if (state) {
        state->options = options;
        state->option_count = count;
    }
}
