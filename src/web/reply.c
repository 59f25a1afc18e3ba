/* Replies: one head, one body, written at once. */
#include "web/inside.h"

#include "base/clock.h"
#include "web/components.h"

#include <stdio.h>
#include <stdlib.h>

/* Nothing is loaded from elsewhere, nothing inline runs, nobody frames us. */
#define CONTENT_POLICY(scripts, images)                                                                                \
    "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'" scripts                         \
    "; img-src 'self'" images                                                                                          \
    "; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\n"
static const char policy[] = CONTENT_POLICY("", "");
static const char policy_computing[] = CONTENT_POLICY(" 'wasm-unsafe-eval'; worker-src 'self'", "");
static const char policy_images[] = CONTENT_POLICY("", " %.*s");
static const char security[] = "X-Content-Type-Options: nosniff\r\n"
                               "Referrer-Policy: same-origin\r\n"
                               "Cross-Origin-Opener-Policy: same-origin\r\n"
                               "Cross-Origin-Resource-Policy: same-origin\r\n"
                               "Permissions-Policy: camera=(), microphone=(), geolocation=(self)\r\n";
static const char transport[] = "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n";

const char *status_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = { { 200, "OK" },
                    { 201, "Created" },
                    { 204, "No Content" },
                    { 303, "See Other" },
                    { 304, "Not Modified" },
                    { 400, "Bad Request" },
                    { 401, "Unauthorized" },
                    { 403, "Forbidden" },
                    { 404, "Not Found" },
                    { 405, "Method Not Allowed" },
                    { 408, "Request Timeout" },
                    { 409, "Conflict" },
                    { 411, "Length Required" },
                    { 413, "Content Too Large" },
                    { 414, "URI Too Long" },
                    { 417, "Expectation Failed" },
                    { 422, "Unprocessable Content" },
                    { 429, "Too Many Requests" },
                    { 431, "Request Header Fields Too Large" },
                    { 500, "Internal Server Error" },
                    { 503, "Service Unavailable" },
                    { 505, "HTTP Version Not Supported" } };
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        if (phrases[i].status == status) {
            return phrases[i].phrase;
        }
    }
    return "Status";
}

static bool is_header_value(struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

void reply_header(struct request *request, const char *name, struct str value)
{
    if (is_header_value(value) && is_header_value(str_of(name))) {
        request->extra_headers =
            arena_printf(request->arena, "%.*s%s: %.*s\r\n", STR_ARG(request->extra_headers), name, STR_ARG(value));
    }
}

/* seconds 0: until the browser ends; below 0: take it back. The value is made of letters and digits by the callers. */
void request_set_cookie(struct request *request, const char *name, struct str value, int64_t seconds)
{
    char age[48] = "";
    if (seconds != 0) {
        (void)snprintf(age, sizeof age, "; Max-Age=%lld", (long long)(seconds < 0 ? 0 : seconds));
    }
    struct str cookie = arena_printf(request->arena, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s%s", name,
                                     STR_ARG(value), request->server->settings.tls ? "; Secure" : "", age);
    reply_header(request, "Set-Cookie", cookie);
}

static void write_head(struct request *request, int status, const struct reply_body *body, struct buf *head)
{
    const struct web_server *server = request->server;
    bool has_body = status != 304 && status != 204;
    buf_add_cstr(head, "HTTP/1.1 ");
    buf_add_int(head, status);
    buf_add_char(head, ' ');
    buf_add_cstr(head, status_phrase(status));
    buf_add_cstr(head, "\r\nDate: ");
    buf_add_cstr(head, request->loop->date);
    if (has_body) {
        buf_add_cstr(head, "\r\nContent-Type: ");
        buf_add_cstr(head, body->type);
        buf_add_cstr(head, "\r\nContent-Length: ");
        buf_add_int(head, (int64_t)body->bytes.n);
    }
    buf_add_cstr(head, "\r\nCache-Control: ");
    buf_add_cstr(head, body->cache ? body->cache : "no-store");
    buf_add_cstr(head, "\r\n");
    unsigned flags = request->match.route ? request->match.route->flags : 0;
    if ((flags & ROUTE_IMAGES) && server->settings.images_from.n) {
        buf_printf(head, policy_images, STR_ARG(server->settings.images_from));
    } else {
        buf_add(head, flags & ROUTE_COMPUTES ? (struct str){ policy_computing, sizeof policy_computing - 1 }
                                             : (struct str){ policy, sizeof policy - 1 });
    }
    buf_add(head, (struct str){ security, sizeof security - 1 });
    if (server->settings.tls) {
        buf_add(head, (struct str){ transport, sizeof transport - 1 });
    }
    buf_add(head, request->extra_headers);
    if (request->connection && request->connection->close_after) {
        buf_add_cstr(head, "Connection: close\r\n");
    } else if (request->head.minor == 0) {
        buf_add_cstr(head, "Connection: keep-alive\r\n");
    }
    buf_add_cstr(head, "\r\n");
}

void reply_send(struct request *request, int status, const struct reply_body *body)
{
    struct loop *loop = request->loop;
    if (request->state == REQUEST_REPLIED) {
        return; /* a second reply is a mistake of the handler; the first has gone out */
    }
    request_end_reading(request);
    request->state = REQUEST_REPLIED;
    request->status = status;
    atomic_fetch_sub_explicit(&loop->request_count, 1, memory_order_relaxed);
    struct connection *connection = request->connection;
    if (connection && loop->draining) {
        connection->close_after = true;
    }
    if (connection && !request->body_read && request->head.content_length > 0) {
        connection_refuse_body(connection);
    }
    buf_clear(&loop->head);
    write_head(request, status, body, &loop->head);
    bool silent = request->head.method == HTTP_HEAD || status == 304 || status == 204;
    struct str bytes = silent ? (struct str){ 0 } : body->bytes;
    request->sent_bytes = bytes.n;
    int64_t us = clock_monotonic_us() - request->began_us;
    metrics_count(loop, request->match.route ? request->match.index : request->server->route_count, status, us);
    loop_log_access(loop, request, us);
    if (!connection) {
        request->next = loop->finished;
        loop->finished = request;
        return;
    }
    if (loop->head.full) {
        connection_close(connection);
        return;
    }
    connection_reply(connection, buf_str(&loop->head), bytes);
}

/* ---- Pages ---- */

struct page *reply_page_begin(struct request *request, int status)
{
    struct page *page = &request->page;
    page->n = 0;
    page->full = false;
    page->lang = request->lang;
    page->big_type = request->big_type;
    page->arena = request->arena;
    page->request = request;
    request->page_status = status;
    return page;
}

static uint64_t hash_of(struct str bytes)
{
    uint64_t hash = 0x9e3779b97f4a7c15u;
    while (bytes.n >= 8) {
        uint64_t word;
        memcpy(&word, bytes.p, 8);
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
        bytes = (struct str){ bytes.p + 8, bytes.n - 8 };
    }
    for (size_t i = 0; i < bytes.n; i++) {
        hash = (hash ^ (unsigned char)bytes.p[i]) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    return hash;
}

void reply_page_end(struct page *page)
{
    struct request *request = page->request;
    int status = request->page_status;
    if (page->full) {
        struct error error;
        (void)error_set(&error, "the page has more than %d bytes: show it in parts", LIMIT_PAGE_BYTES);
        reply_failed(request, &error);
        return;
    }
    if (status == 200 && request->form && request->form->sent && request->form->failed) {
        status = 422;
    }
    struct reply_body body = { .type = "text/html; charset=utf-8", .bytes = { page->p, page->n } };
    const struct route *route = request->match.route;
    if (route && (route->flags & ROUTE_CACHE) && status == 200 && !request->has_session && !request->shows_key &&
        request->extra_headers.n == 0) {
        char tag[24];
        (void)snprintf(tag, sizeof tag, "\"%016llx\"", (unsigned long long)hash_of(body.bytes));
        reply_header(request, "ETag", str_of(tag));
        reply_header(request, "Vary", STR("Cookie, Accept-Language"));
        body.cache = "public, max-age=60";
        status = str_is(http_find(&request->head, "if-none-match"), tag) ? 304 : status;
    }
    reply_send(request, status, &body);
}

/* ---- Others ---- */

void reply_redirect(struct request *request, struct str path)
{
    bool ours = path.n > 0 && path.p[0] == '/' && path.n <= LIMIT_URL_BYTES &&
                !(path.n > 1 && (path.p[1] == '/' || path.p[1] == '\\'));
    for (size_t i = 0; i < path.n && ours; i++) {
        unsigned char c = (unsigned char)path.p[i];
        ours = c > ' ' && c < 0x7f && c != '\\';
    }
    reply_header(request, "Location", ours ? path : STR("/"));
    reply_send(request, 303, &(struct reply_body){ .type = "text/plain" });
}

void reply_redirect_to(struct request *request, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    struct str path = arena_vprintf(request->arena, format, list);
    va_end(list);
    reply_redirect(request, path);
}

static struct str disposition(struct request *request, struct str name)
{
    static const char digits[] = "0123456789ABCDEF";
    char *plain = arena_alloc(request->arena, name.n + 1);
    char *coded = arena_alloc(request->arena, 3 * name.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        bool simple =
            (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' || c == '.' || c == '_';
        plain[i] = simple ? (char)c : '_';
        if (simple) {
            coded[n++] = (char)c;
        } else {
            coded[n++] = '%';
            coded[n++] = digits[c >> 4];
            coded[n++] = digits[c & 15];
        }
    }
    return arena_printf(request->arena, "attachment; filename=\"%.*s\"; filename*=UTF-8''%.*s", (int)name.n, plain,
                        (int)n, coded);
}

void reply_bytes(struct request *request, int status, const char *type, struct str filename, struct str bytes)
{
    if (filename.n) {
        reply_header(request, "Content-Disposition", disposition(request, filename));
    }
    reply_send(request, status, &(struct reply_body){ .type = type, .bytes = bytes });
}

void reply_json(struct request *request, int status, struct str json)
{
    reply_send(request, status, &(struct reply_body){ .type = "application/json; charset=utf-8", .bytes = json });
}

void reply_notice(struct request *request, const char *key)
{
    request_set_cookie(request, "jiaoti_notice", str_of(key), 300);
}

bool request_accepts(const struct request *request, const char *coding)
{
    struct str rest = http_find(&request->head, "accept-encoding"), part;
    while (str_split(&rest, ',', &part)) {
        size_t end = str_find(part, ';');
        bool refused = str_is(str_trim(str_part(part, end + 1, part.n)), "q=0");
        if (str_is(str_trim(str_part(part, 0, end)), coding)) {
            return !refused;
        }
    }
    return false;
}

/* hashed: its address holds its hash, so it may be kept for ever, and who has it has the same bytes. */
static void send_asset(struct request *request, const struct asset *asset, bool hashed)
{
    struct reply_body body = { .type = asset->type,
                               .cache = hashed ? "public, max-age=31536000, immutable" : "no-cache" };
    struct str tag = arena_printf(request->arena, "\"%s\"", asset->path);
    struct str has = http_find(&request->head, "if-none-match");
    if (str_starts(str_of(asset->type), STR("text/html"))) { /* a whole page to keep: it has no place on this site */
        reply_header(request, "Content-Disposition", disposition(request, str_of(asset->name)));
    }
    reply_header(request, "ETag", tag);
    reply_header(request, "Vary", STR("Accept-Encoding"));
    body.bytes = (struct str){ (const char *)asset->plain, asset->plain_size };
    if (asset->brotli && request_accepts(request, "br")) {
        reply_header(request, "Content-Encoding", STR("br"));
        body.bytes = (struct str){ (const char *)asset->brotli, asset->brotli_size };
    } else if (asset->gzip && request_accepts(request, "gzip")) {
        reply_header(request, "Content-Encoding", STR("gzip"));
        body.bytes = (struct str){ (const char *)asset->gzip, asset->gzip_size };
    }
    reply_send(request, has.n && (hashed || str_eq(has, tag)) ? 304 : 200, &body);
}

void reply_asset(struct request *request)
{
    struct str name = request_param(request, "file");
    for (size_t i = 0; i < asset_count; i++) {
        if (str_is(name, assets[i].path + sizeof "/assets/" - 1)) {
            send_asset(request, &assets[i], true);
            return;
        }
    }
    reply_not_found(request);
}

void reply_keep_worker(struct request *request)
{
    for (size_t i = 0; i < asset_count; i++) {
        if (str_is(str_of(assets[i].name), "keep-worker.js")) {
            send_asset(request, &assets[i], false);
            return;
        }
    }
    reply_not_found(request);
}

const char *asset_path(const char *name)
{
    for (size_t i = 0; i < asset_count; i++) {
        if (strcmp(assets[i].name, name) == 0) {
            return assets[i].path;
        }
    }
    return NULL;
}
