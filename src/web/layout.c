/* Fills the frame of a page from its request, and the parts of components that need more than a template. */
#include "web/layout.h"

#include "base/clock.h"
#include "web/components.h"

#include <stdio.h>

static char *put(char *out, struct str s)
{
    return s.n ? (char *)memcpy(out, s.p, s.n) + s.n : out;
}

/* The same address with name=value put in; without a GET route there, the first page. */
static struct str with_query(struct request *request, const char *name, const char *value)
{
    struct route_match match;
    struct str path = request->head.raw_path;
    if (request->head.method == HTTP_POST && request->path.n) {
        router_find(request->server->router, false, request->path, &match);
        path = match.route ? path : STR("/");
    }
    path = path.n ? path : STR("/");
    struct str rest = request->head.method == HTTP_POST ? (struct str){ 0 } : request->head.raw_query, part;
    char *href = arena_alloc(request->arena, path.n + 1 + rest.n + 1 + strlen(name) + 1 + strlen(value));
    char *end = put(put(href, path), STR("?"));
    while (str_split(&rest, '&', &part)) {
        if (part.n && !str_is(str_part(part, 0, str_find(part, '=')), name)) {
            end = put(put(end, part), STR("&"));
        }
    }
    end = put(put(put(end, str_of(name)), STR("=")), str_of(value));
    return (struct str){ href, (size_t)(end - href) };
}

static void find_notice(struct request *request, struct frame *frame)
{
    struct str key = http_cookie(&request->head, "jiaoti_notice");
    if (!key.n) {
        return;
    }
    request_set_cookie(request, "jiaoti_notice", STR(""), -1);
    for (size_t i = 0; i < request->server->settings.notice_count; i++) {
        const struct web_notice *notice = &request->server->settings.notices[i];
        if (str_is(key, notice->key)) {
            frame->notice = notice->message;
            frame->has_notice = true;
        }
    }
}

static void fill_from_request(struct request *request, struct frame *frame)
{
    const struct web_server *server = request->server;
    const struct web_settings *settings = &server->settings;
    const struct web_hooks *hooks = &server->hooks;
    frame->city = settings->city;
    frame->contact = settings->contact;
    frame->path = request->path;
    frame->language_href = with_query(request, "lang", request->lang == LANG_EN ? "zh" : "en");
    frame->big_href = with_query(request, "big", request->big_type ? "0" : "1");
    frame->session = request_session(request);
    frame->sign_out = settings->sign_out_path;
    frame->sign_in = str_is(request->path, settings->sign_in_path) ? NULL : settings->sign_in_path;
    frame->form = request->form;
    frame->has_errors = request->form && request->form->failed;
    if (hooks->navigation) {
        frame->item_count = hooks->navigation(hooks->context, request, frame->items, FRAME_ITEMS);
    }
    if (hooks->banner) {
        frame->has_banner = hooks->banner(hooks->context, request, &frame->banner);
    }
    find_notice(request, frame);
}

static void begin(struct page *page, struct text title, bool wide)
{
    struct frame *frame = ARENA_NEW(page->arena, struct frame);
    frame->title = title;
    frame->wide = wide;
    frame->css = asset_path("app.css");
    frame->script = asset_path("app.js");
    frame->icon = asset_path("icon.svg");
    if (page->request) {
        fill_from_request(page->request, frame);
    }
    frame_begin(page, frame);
}

static void end(struct page *page)
{
    struct frame frame = { 0 };
    if (page->request) {
        frame.city = page->request->server->settings.city;
        frame.contact = page->request->server->settings.contact;
    }
    frame_end(page, &frame);
}

void layout_main_begin(struct page *page, struct text title)
{
    begin(page, title, false);
}

void layout_main_end(struct page *page)
{
    end(page);
}

void layout_wide_begin(struct page *page, struct text title)
{
    begin(page, title, true);
}

void layout_wide_end(struct page *page)
{
    end(page);
}

bool frame_is_here(const struct frame *frame, const struct navigation_item *item)
{
    struct str path = str_of(item->path);
    if (path.n == 1) {
        return str_eq(frame->path, path);
    }
    return str_starts(frame->path, path) && (frame->path.n == path.n || frame->path.p[path.n] == '/');
}

const char *frame_back(struct page *page)
{
    struct request *request = page->request;
    struct str from = request ? http_find(&request->head, "referer") : (struct str){ 0 };
    struct str host = request ? http_find(&request->head, "host") : (struct str){ 0 };
    struct str schemes[] = { STR("http://"), STR("https://") };
    for (size_t i = 0; i < 2 && host.n; i++) {
        if (str_starts(from, schemes[i]) && str_starts(str_part(from, schemes[i].n, from.n), host)) {
            struct str path = str_part(from, schemes[i].n + host.n, from.n);
            if (path.n && path.p[0] == '/' && !str_starts(path, STR("//")) && str_find(path, '\\') == path.n) {
                return arena_cstr(request->arena, path);
            }
        }
    }
    return NULL;
}

/* ---- Texts that are data ---- */

struct text text_of(struct page *page, struct str s)
{
    const char *text = arena_cstr(page->arena, s);
    return (struct text){ text, text };
}

struct text text_of_name(struct page *page, struct name name)
{
    const char *zh = arena_cstr(page->arena, name.zh);
    return (struct text){ zh, name.en.n ? arena_cstr(page->arena, name.en) : zh };
}

struct text text_format(struct page *page, struct text format, ...)
{
    va_list list;
    va_start(list, format);
    const char *text = arena_vprintf(page->arena, text_in(format, page->lang), list).p;
    va_end(list);
    return (struct text){ text, text };
}

struct str distance_words(struct arena *arena, enum lang lang, int64_t metres)
{
    if (metres < 1000) {
        return arena_printf(arena, lang == LANG_EN ? "%lld m" : "%lld 米", (long long)metres);
    }
    long long tenths = (long long)(metres + 50) / 100;
    return arena_printf(arena, lang == LANG_EN ? "%lld.%lld km" : "%lld.%lld 公里", tenths / 10, tenths % 10);
}

/* ---- Forms ---- */

static bool has_file(const struct form_state *state)
{
    for (size_t i = 0; state && i < state->form->field_count; i++) {
        if (state->form->fields[i].kind == FIELD_FILE) {
            return true;
        }
    }
    return false;
}

void form_begin(struct page *page, const char *action)
{
    static const char open[] = "<form method=\"post\" novalidate action=\"";
    static const char multipart[] = "\" enctype=\"multipart/form-data";
    static const char key[] = "\"><input type=\"hidden\" name=\"form_key\" value=\"";
    page_put(page, open, sizeof open - 1);
    page_cstr(page, action);
    struct request *request = page->request;
    if (request && has_file(request->form)) {
        page_put(page, multipart, sizeof multipart - 1);
    }
    page_put(page, key, sizeof key - 1);
    if (request) {
        unsigned char bound[32];
        char text[FORM_KEY_TEXT];
        struct str path = str_of(action), decoded;
        request->shows_key = true;
        request_guest(request);
        request_bound(request, bound);
        if (!http_decode_path(page->arena, str_part(path, 0, str_find(path, '?')), &decoded)) {
            decoded = path;
        }
        form_key_make(request->loop->signer, bound, decoded, clock_ms(), text);
        page_put(page, text, sizeof text);
    }
    page_put(page, "\">", 2);
}

void form_end(struct page *page)
{
    page_put(page, "</form>", 7);
}

struct str field_kept(const struct field_state *state)
{
    bool hidden = state->field->kind == FIELD_PASSWORD || state->value_count == 0;
    return hidden ? (struct str){ 0 } : state->values[0];
}

bool field_holds(const struct field_state *state, const char *value)
{
    for (size_t i = 0; i < state->value_count; i++) {
        if (str_is(state->values[i], value)) {
            return true;
        }
    }
    return false;
}

struct str field_described_by(struct page *page, const struct field_state *state)
{
    bool hint = !text_is_empty(state->field->hint), error = !text_is_empty(state->error);
    const char *name = state->field->name;
    return arena_printf(page->arena, "%s%s%s%s%s", hint ? name : "", hint ? "-hint" : "", hint && error ? " " : "",
                        error ? name : "", error ? "-error" : "");
}

const char *field_input_type(enum field_kind kind)
{
    switch (kind) {
    case FIELD_PASSWORD:
        return "password";
    case FIELD_EMAIL:
        return "email";
    case FIELD_PHONE:
        return "tel";
    default:
        return "text";
    }
}

const char *field_input_mode(enum field_kind kind)
{
    switch (kind) {
    case FIELD_INT:
        return "numeric";
    case FIELD_PHONE:
        return "tel";
    case FIELD_EMAIL:
        return "email";
    default:
        return "text";
    }
}

static void show_field(struct page *page, const char *name, bool title)
{
    struct field_state *state = form_state_field(request_form_state(page->request), name);
    if (state) {
        field_body(page, state, title);
        return;
    }
    /* A mistake of the page: better seen than silent. */
    page_put(page, "<p>? ", 5);
    page_cstr(page, name);
    page_put(page, "</p>", 4);
}

void field(struct page *page, const char *name)
{
    show_field(page, name, false);
}

void field_as_title(struct page *page, const char *name)
{
    show_field(page, name, true);
}
