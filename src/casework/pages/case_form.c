/* Forms made of a kind's fields: see desk.h. */
#include "casework/pages/desk.h"

#include "base/hex.h"

#include "base/limits.h"

enum { FIELD_NAME = 80, NOTE_CHARACTERS = 1000, WORDS_CHARACTERS = 500 };

static const char *named(struct arena *arena, char prefix, struct str id)
{
    return arena_printf(arena, "%c_%.*s", prefix, STR_ARG(id)).p;
}

static struct text text_in_arena(struct arena *arena, struct name name)
{
    return (struct text){ arena_cstr(arena, name.zh), arena_cstr(arena, name_in(name, LANG_EN)) };
}

static struct field field_of(struct arena *arena, const struct case_field *asked)
{
    struct field field = { .name = named(arena, 'f', asked->id),
                           .required = asked->required,
                           .label = text_in_arena(arena, asked->name),
                           .hint = asked->hint.zh.n ? text_in_arena(arena, asked->hint) : T("", "") };
    struct option *options = ARENA_ARRAY(arena, struct option, asked->nwords + 1);
    for (size_t i = 0; i < asked->nwords; i++) {
        options[i] = (struct option){ arena_cstr(arena, asked->words[i].id), text_in_arena(arena, asked->words[i].name),
                                      T("", "") };
    }
    switch (asked->type) {
    case CASE_TEXT:
        field.kind = FIELD_TEXT;
        field.max = asked->most;
        break;
    case CASE_LONG:
        field.kind = FIELD_LONG;
        field.max = asked->most;
        break;
    case CASE_NUMBER:
        field.kind = FIELD_INT;
        field.min = asked->least;
        field.max = asked->most;
        field.width = 10;
        break;
    case CASE_MONEY:
        field.kind = FIELD_TEXT;
        field.max = 20;
        field.width = 20;
        field.hint = text_is_empty(field.hint) ? T("以元计", "In yuan") : field.hint;
        break;
    case CASE_DAY:
        field.kind = FIELD_DATE;
        break;
    case CASE_WORD:
        field.kind = FIELD_CHOICE;
        field.options = options;
        field.option_count = asked->nwords;
        break;
    case CASE_YES:
        field.kind = FIELD_YES;
        field.required = false;
        break;
    }
    return field;
}

static const struct option answers[] = {
    { "yes", T("符合", "Good"), T("", "") },
    { "no", T("不符合", "Not good"), T("", "") },
    { "none", T("不适用", "Does not apply"), T("", "") },
};

static size_t list_fields(struct arena *arena, const struct checklist *list, struct field *fields)
{
    size_t n = 0;
    for (size_t i = 0; i < list->nitems; i++) {
        const struct checklist_item *item = &list->items[i];
        fields[n++] = (struct field){ .name = named(arena, 'i', item->id),
                                      .kind = FIELD_CHOICE,
                                      .required = true,
                                      .label = text_in_arena(arena, item->name),
                                      .hint = item->hint.zh.n ? text_in_arena(arena, item->hint)
                                              : item->major   ? T("重大隐患项", "A major hazard")
                                                              : T("", ""),
                                      FIELD_OPTIONS(answers) };
        fields[n++] = (struct field){
            .name = named(arena, 'w', item->id),
            .kind = FIELD_TEXT,
            .max = WORDS_CHARACTERS,
            .label =
                (struct text){ arena_printf(arena, "“%.*s”不符合的具体情况", STR_ARG(item->name.zh)).p,
                               arena_printf(arena, "What is not good: %.*s", STR_ARG(name_in(item->name, LANG_EN))).p }
        };
    }
    return n;
}

const struct form *case_form(struct arena *arena, const struct case_kind *kind, const size_t *asks, size_t nasks,
                             const struct checklist *list, const struct text *note, bool needs_note, bool with_pictures)
{
    struct form *form = ARENA_NEW(arena, struct form);
    struct field *fields = ARENA_ARRAY(arena, struct field, nasks + (list ? 2 * list->nitems : 0) + 3 + CASE_PICTURES);
    size_t n = list ? list_fields(arena, list, fields) : 0;
    for (size_t i = 0; i < nasks; i++) {
        fields[n++] = field_of(arena, &kind->fields[asks[i]]);
    }
    if (note) {
        fields[n++] = (struct field){
            .name = "note", .kind = FIELD_LONG, .required = needs_note, .max = NOTE_CHARACTERS, .label = *note
        };
    }
    fields[n++] = (struct field){ /* of a form that was kept on a phone: case_kept_key */
                                  .name = "client_key",
                                  .kind = FIELD_HIDDEN,
                                  .max = KEPT_KEY_DIGITS,
                                  .label = T("表单标识", "Key of the form")
    };
    for (int i = 1; with_pictures && i <= CASE_PICTURES; i++) {
        fields[n++] = (struct field){ .name = arena_printf(arena, "picture%d", i).p,
                                      .kind = FIELD_FILE,
                                      .max = LIMIT_PAPER_BYTES,
                                      .accept = "image/jpeg,image/png,application/pdf",
                                      .label = (struct text){ arena_printf(arena, "照片或材料 %d", i).p,
                                                              arena_printf(arena, "Picture or paper %d", i).p },
                                      .hint = T("JPEG、PNG 或 PDF，最多 10 MB", "JPEG, PNG or PDF, at most 10 MB") };
    }
    if (with_pictures && kind->public) {
        fields[n++] =
            (struct field){ .name = "open_pictures",
                            .kind = FIELD_YES,
                            .label = T("这些照片可以公开", "These pictures may be shown in public"),
                            .hint = T("没有人脸、车牌和个人信息", "Nobody's face, plate or data is in them") };
    }
    *form = (struct form){ fields, n };
    return form;
}

struct case_input *case_form_values(struct request *request, const struct case_kind *kind, const size_t *asks,
                                    size_t nasks)
{
    struct arena *arena = request_arena(request);
    struct case_input *inputs = ARENA_ARRAY(arena, struct case_input, nasks + 1);
    for (size_t i = 0; i < nasks; i++) {
        const struct case_field *asked = &kind->fields[asks[i]];
        inputs[i] = (struct case_input){ asked->id, form_value(request, named(arena, 'f', asked->id)) };
    }
    return inputs;
}

struct case_answers *case_form_answers(struct request *request, const struct checklist *list)
{
    struct arena *arena = request_arena(request);
    struct case_answers *out = ARENA_NEW(arena, struct case_answers);
    *out = (struct case_answers){ { ANSWER_NONE } };
    for (size_t i = 0; i < list->nitems; i++) {
        const char *name = named(arena, 'i', list->items[i].id);
        out->answer[i] = form_is(request, name, "yes")  ? ANSWER_GOOD
                         : form_is(request, name, "no") ? ANSWER_BAD
                         : form_has(request, name)      ? ANSWER_NOT_HERE
                                                        : ANSWER_NONE;
        out->words[i] = form_value(request, named(arena, 'w', list->items[i].id));
    }
    return out;
}

struct str case_kept_key(const struct case_desk_view *desk, struct str digits)
{
    bool good = digits.n == KEPT_KEY_DIGITS;
    for (size_t i = 0; good && i < digits.n; i++) {
        good = (digits.p[i] >= '0' && digits.p[i] <= '9') || (digits.p[i] >= 'a' && digits.p[i] <= 'f');
    }
    return good ? arena_printf(desk->arena, "kept:%lld:%.*s", (long long)desk->who.account, STR_ARG(digits)) : STR("");
}

void case_form_error(struct request *request, struct str field, struct name says)
{
    struct arena *arena = request_arena(request);
    form_error(request, named(arena, 'f', field), text_in_arena(arena, says));
}

struct str case_form_once(struct request *request)
{
    struct str key = request_form_key(request);
    struct arena *arena = request_arena(request);
    return key.n ? arena_printf(arena, "form:%.*s", STR_ARG(hex_encode(arena, key.p, key.n))) : STR("");
}
