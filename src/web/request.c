/* What handlers ask of a request, and the gate before them (request_begin, request_dispatch): path, limits, session,
 * role, scope, form key, in this order, each in one place.
 */
#include "web/inside.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { KEPT_PAGE_BYTES = 256 * 1024, TOUCH_MS = 60000 };

/* ---- Asking ---- */

struct arena *request_arena(struct request *request)
{
    return request->arena;
}

enum lang request_lang(const struct request *request)
{
    return request->lang;
}

const struct session *request_session(const struct request *request)
{
    return request->has_session ? &request->session : NULL;
}

bool request_has_role(const struct request *request, unsigned roles)
{
    return request->has_session && (request->session.roles & roles & WEB_SIGNED_IN) != 0;
}

const struct route *request_route(const struct request *request)
{
    return request->match.route;
}

struct web_server *request_server(const struct request *request)
{
    return request->server;
}

void *request_application(const struct request *request)
{
    return request->server->settings.application;
}

struct str request_path(const struct request *request)
{
    return request->path;
}

struct str request_target(const struct request *request)
{
    return request->head.target;
}

bool request_is_post(const struct request *request)
{
    return request->head.method == HTTP_POST;
}

struct str request_header(const struct request *request, const char *name)
{
    return http_find(&request->head, name);
}

struct str request_reference(const struct request *request)
{
    return str_of(request->reference);
}

struct str request_param(const struct request *request, const char *name)
{
    return router_param(&request->match, name);
}

int64_t request_param_int(const struct request *request, const char *name)
{
    int64_t value = 0;
    (void)str_to_int(request_param(request, name), 0, INT64_MAX, &value);
    return value;
}

static const struct http_pair *find_query(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->query_count; i++) {
        if (str_is(request->query[i].name, name)) {
            return &request->query[i];
        }
    }
    return NULL;
}

struct str request_query(const struct request *request, const char *name)
{
    const struct http_pair *pair = find_query(request, name);
    return pair ? pair->value : (struct str){ 0 };
}

int64_t request_query_int(const struct request *request, const char *name, int64_t otherwise)
{
    int64_t value = otherwise;
    (void)str_to_int(request_query(request, name), INT64_MIN, INT64_MAX, &value);
    return value;
}

bool request_has_query(const struct request *request, const char *name)
{
    return find_query(request, name) != NULL;
}

struct str request_body(struct request *request)
{
    return request->body;
}

/* ---- Who asks ---- */

static struct str peer_text(const struct request *request)
{
    char text[INET6_ADDRSTRLEN] = "";
    const struct sockaddr_storage *peer = request->connection ? &request->connection->peer : NULL;
    if (peer && peer->ss_family == AF_INET) {
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)peer)->sin_addr, text, sizeof text);
    } else if (peer && peer->ss_family == AF_INET6) {
        const struct in6_addr *address = &((const struct sockaddr_in6 *)peer)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(address)) {
            (void)inet_ntop(AF_INET, address->s6_addr + 12, text, sizeof text);
        } else {
            (void)inet_ntop(AF_INET6, address, text, sizeof text);
        }
    }
    return arena_str(request->arena, str_of(text));
}

static bool is_trusted(const struct web_server *server, struct str address)
{
    struct str rest = str_of(server->settings.trusted_proxies), part;
    while (str_split(&rest, ',', &part)) {
        if (str_eq(str_trim(part), address)) {
            return true;
        }
    }
    return false;
}

/* The last address of X-Forwarded-For that is no proxy of ours: each proxy adds whom it saw at the end. */
struct str request_address(const struct request *request)
{
    struct str peer = peer_text(request);
    if (!request->server->settings.trusted_proxies || !is_trusted(request->server, peer)) {
        return peer;
    }
    struct str list = http_find(&request->head, "x-forwarded-for");
    while (list.n) {
        size_t at = list.n;
        while (at && list.p[at - 1] != ',') {
            at--;
        }
        struct str last = str_trim(str_part(list, at, list.n));
        struct in6_addr any;
        const char *text = arena_cstr(request->arena, last);
        if (inet_pton(AF_INET, text, &any) != 1 && inet_pton(AF_INET6, text, &any) != 1) {
            break;
        }
        peer = last;
        if (!is_trusted(request->server, last) || at == 0) {
            break;
        }
        list.n = at - 1;
    }
    return peer;
}

/* The bytes that tell an address from others: of IPv6 the first 64 bits, since a household has the rest. */
static size_t address_bytes(const struct request *request, unsigned char bytes[16])
{
    const struct sockaddr_storage *peer = request->connection ? &request->connection->peer : NULL;
    if (peer && peer->ss_family == AF_INET && !request->server->settings.trusted_proxies) {
        memcpy(bytes, &((const struct sockaddr_in *)peer)->sin_addr, 4); /* what the text below would say */
        return 4;
    }
    const char *text = arena_cstr(request->arena, request_address(request));
    if (inet_pton(AF_INET, text, bytes) == 1) {
        return 4;
    }
    (void)inet_pton(AF_INET6, text, bytes);
    return 8;
}

static uint64_t address_key(const struct request *request)
{
    unsigned char bytes[16] = { 0 };
    size_t n = address_bytes(request, bytes);
    uint64_t key = 1469598103934665603u;
    for (size_t i = 0; i < n; i++) {
        key = (key ^ bytes[i]) * 1099511628211u;
    }
    return key;
}

/* ---- The beginning ---- */

static uint64_t next_random(struct loop *loop)
{
    /* xorshift128+: a reference only names a line of the log. */
    uint64_t a = loop->random[0], b = loop->random[1];
    loop->random[0] = b;
    a ^= a << 23;
    loop->random[1] = a ^ b ^ (a >> 18) ^ (b >> 5);
    return loop->random[1] + b;
}

void request_choose_language(struct request *request)
{
    struct str wanted = request_query(request, "lang");
    if (str_is(wanted, "en") || str_is(wanted, "zh")) {
        request_set_cookie(request, "lang", wanted, 365 * 86400);
    } else {
        wanted = http_cookie(&request->head, "lang");
    }
    if (wanted.n == 0) {
        wanted = http_find(&request->head, "accept-language");
    }
    struct str first = str_part(wanted, 0, 2);
    request->lang = str_is(first, "en") || str_is(first, "EN") ? LANG_EN : LANG_ZH;
    struct str big = request_query(request, "big");
    if (str_is(big, "1") || str_is(big, "0")) {
        request_set_cookie(request, "big", big, 365 * 86400);
    } else {
        big = http_cookie(&request->head, "big");
    }
    request->big_type = str_is(big, "1");
}

void request_prepare(struct request *request)
{
    static const char digits[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; /* none that look alike */
    request->began_us = clock_monotonic_us();
    uint64_t number = next_random(request->loop);
    for (size_t i = 0; i < 10; i++) {
        request->reference[i] = digits[number & 31];
        number >>= 5;
    }
    request->reference[10] = '\0';
    request->lang = LANG_ZH;
}

static const char *session_cookie(const struct web_server *server)
{
    return server->settings.tls ? "__Host-jiaoti" : "jiaoti";
}

/* The session of the cookie, from the cache or through the hook. False when a reply was made. */
static bool load_session(struct request *request)
{
    struct web_server *server = request->server;
    unsigned char token[SESSION_TOKEN_BYTES], hash[SESSION_HASH_BYTES];
    struct str cookie = http_cookie(&request->head, session_cookie(server));
    if (cookie.n != 2 * sizeof token || !hex_decode(cookie, token, sizeof token)) {
        return true;
    }
    signer_token_hash(request->loop->signer, token, hash);
    int64_t now = clock_ms();
    bool touch = false;
    if (sessions_find(server->sessions, hash, now, &request->session, &touch)) {
        request->has_session = true;
    } else if (server->hooks.session_load) {
        uint64_t stamp = sessions_stamp(server->sessions);
        struct db *db = request_db(request);
        if (!db) {
            return false;
        }
        if (server->hooks.session_load(server->hooks.context, db, hash, &request->session) &&
            !session_is_over(&request->session, now)) {
            memcpy(request->session.hash, hash, sizeof hash);
            touch = now - request->session.used_ms >= TOUCH_MS;
            request->session.used_ms = now;
            request->has_session = true;
            sessions_put(server->sessions, &request->session, now, stamp);
        }
    }
    if (touch && server->hooks.session_touch) {
        server->hooks.session_touch(server->hooks.context, hash, now);
    }
    return true;
}

size_t request_body_limit(const struct request *request)
{
    const struct route *route = request->match.route;
    if (!route || request->head.method != HTTP_POST) {
        return 0;
    }
    return route->body_limit ? route->body_limit : LIMIT_FORM_BYTES;
}

static bool within_rates(struct request *request)
{
    struct web_server *server = request->server;
    const struct route *route = request->match.route;
    int retry = 0;
    if (route && (route->flags & ROUTE_QUIET)) {
        return true;
    }
    uint64_t key = address_key(request);
    if (!rate_take(server->by_address, key, request->began_us, &retry)) {
        atomic_fetch_add_explicit(&server->refused_address, 1, memory_order_relaxed);
        reply_status(request, 429, retry);
        return false;
    }
    if (route && (route->flags & ROUTE_SIGN_IN) && request->head.method == HTTP_POST &&
        !rate_take(server->by_sign_in, key, request->began_us, &retry)) {
        atomic_fetch_add_explicit(&server->refused_sign_in, 1, memory_order_relaxed);
        reply_status(request, 429, retry);
        return false;
    }
    return true;
}

bool request_account_rate(struct request *request, int64_t account)
{
    int retry = 0;
    if (!rate_take(request->server->by_account, (uint64_t)account, request->began_us, &retry)) {
        atomic_fetch_add_explicit(&request->server->refused_account, 1, memory_order_relaxed);
        reply_status(request, 429, retry);
        return false;
    }
    return true;
}

static bool within_account_rate(struct request *request)
{
    return !request->has_session || request_account_rate(request, request->session.account);
}

static void tell_refused(struct request *request, const struct subject *subject)
{
    const struct web_hooks *hooks = &request->server->hooks;
    if (hooks->refused) {
        hooks->refused(hooks->context, request, subject);
    }
}

/* The one place that answers it: whoever tries numbers cannot tell by the answer which of them are in use. */
void reply_out_of_scope(struct request *request, const struct subject *subject)
{
    tell_refused(request, subject);
    reply_not_found(request);
}

static bool url_is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~/", c));
}

static void send_to_sign_in(struct request *request)
{
    static const char digits[] = "0123456789ABCDEF";
    struct buf path = buf_init(4 * (size_t)LIMIT_URL_BYTES);
    buf_printf(&path, "%s?next=", request->server->settings.sign_in_path);
    for (size_t i = 0; i < request->head.target.n; i++) {
        char c = request->head.target.p[i];
        if (url_is_unreserved(c)) {
            buf_add_char(&path, c);
        } else {
            buf_add_char(&path, '%');
            buf_add_char(&path, digits[(unsigned char)c >> 4]);
            buf_add_char(&path, digits[c & 15]);
        }
    }
    struct str target = arena_str(request->arena, buf_str(&path));
    buf_free(&path);
    reply_redirect(request, target);
}

static bool has_role(struct request *request)
{
    const struct route *route = request->match.route;
    if (route->roles & WEB_PUBLIC || request_has_role(request, route->roles)) {
        return true;
    }
    if (request->has_session) {
        tell_refused(request, &request->subject);
        reply_forbidden(request);
    } else if (request->head.method == HTTP_POST) {
        reply_status(request, 401, 0);
    } else {
        send_to_sign_in(request);
    }
    return false;
}

/* Is there a route, and may a body of this size come? False when refused. */
static bool find_route(struct request *request)
{
    struct http_head *head = &request->head;
    router_find(request->server->router, head->method == HTTP_POST, request->path, &request->match);
    if (head->method == HTTP_OTHER && (request->match.route || request->match.path_known)) {
        request->match.route = NULL;
        request->match.path_known = true;
    }
    if (!request->match.route) {
        if (request->match.path_known) {
            reply_header(request, "Allow", head->method == HTTP_POST ? STR("GET, HEAD") : STR("POST"));
        }
        reply_status(request, request->match.path_known ? 405 : 404, 0);
        return false;
    }
    if ((uint64_t)head->content_length > request_body_limit(request)) {
        atomic_fetch_add_explicit(&request->server->refused_size, 1, memory_order_relaxed);
        reply_status(request, 413, 0);
        return false;
    }
    return true;
}

void request_begin(struct request *request)
{
    struct http_head *head = &request->head;
    request_prepare(request);
    if (!http_decode_path(request->arena, head->raw_path, &request->path) ||
        !http_parse_pairs(request->arena, head->raw_query, false, request->query, HTTP_QUERY, &request->query_count)) {
        request->path = STR("/");
        request->query_count = 0;
        request_choose_language(request);
        reply_status(request, 400, 0);
        return;
    }
    request_choose_language(request);
    if (!find_route(request) || !within_rates(request) || !load_session(request) || !within_account_rate(request) ||
        !has_role(request)) {
        return;
    }
    if (head->content_length) {
        request_end_reading(request); /* no snapshot is held while a slow client sends */
        connection_read_body(request->connection, (size_t)head->content_length);
    } else {
        request_dispatch(request);
    }
}

/* ---- Scope and form ---- */

static bool in_scope(struct request *request)
{
    const struct route *route = request->match.route;
    if (!route->scope) {
        return true;
    }
    enum scope_result result = route->scope(request, &request->subject);
    if (request->state == REQUEST_REPLIED) {
        return false;
    }
    if (result == SCOPE_NOT_FOUND) {
        reply_not_found(request);
        return false;
    }
    const struct subject *subject = &request->subject;
    const struct web_hooks *hooks = &request->server->hooks;
    bool allowed = hooks->allowed ? hooks->allowed(hooks->context, request_session(request), route, subject)
                                  : subject->division.n == 0 && subject->institution == 0 && subject->account == 0;
    if (!allowed) {
        reply_out_of_scope(request, subject);
    }
    return allowed;
}

void request_bound(const struct request *request, unsigned char bound[32])
{
    memset(bound, 0, 32);
    if (request->has_session) {
        memcpy(bound, request->session.hash, SESSION_HASH_BYTES);
    } else if (request->has_guest) {
        memcpy(bound, request->guest, GUEST_BYTES);
    }
}

static void load_guest(struct request *request)
{
    request->has_guest = request->has_guest || guest_check(request->loop->signer,
                                                           http_cookie(&request->head, "jiaoti_guest"), request->guest);
}

/* The visitor without a session gets a number, to which the form's key is bound. */
void request_guest(struct request *request)
{
    if (request->has_session) {
        return;
    }
    load_guest(request);
    if (!request->has_guest) {
        char text[GUEST_TEXT];
        guest_make(request->loop->signer, request->guest, text);
        request->has_guest = true;
        request_set_cookie(request, "jiaoti_guest", (struct str){ text, sizeof text }, 0);
    }
}

static bool check_key(struct request *request, const struct form_parts *parts)
{
    unsigned char bound[32];
    struct str text = { 0 };
    for (size_t i = 0; i < parts->count; i++) {
        if (str_is(parts->parts[i].name, "form_key")) {
            text = parts->parts[i].value;
        }
    }
    if (!request->has_session) {
        load_guest(request);
    }
    request_bound(request, bound);
    bool bound_to_somebody = request->has_session || request->has_guest;
    request->has_key = bound_to_somebody && !str_is(http_find(&request->head, "sec-fetch-site"), "cross-site") &&
                       form_key_check(request->loop->signer, bound, request->path, clock_ms(), text, request->key);
    return request->has_key;
}

static bool take_form(struct request *request)
{
    const struct route *route = request->match.route;
    if (request->head.method != HTTP_POST || (route->flags & ROUTE_NO_KEY && !route->form)) {
        return true;
    }
    struct form_parts parts = { 0 };
    struct error error = { 0 };
    struct str boundary;
    bool ok = form_boundary(http_find(&request->head, "content-type"), &boundary)
                  ? form_parse_multipart(request->arena, request->body, boundary, &parts, &error)
                  : form_parse_urlencoded(request->arena, request->body, &parts, &error);
    if (!ok) {
        log_line(LOG_NOTE, "web: %s: form of %s refused: %s", request->reference, route->path, error.message);
        reply_status(request, 400, 0);
        return false;
    }
    if (!(route->flags & ROUTE_NO_KEY) && !check_key(request, &parts)) {
        reply_conflict(request, (struct text){ 0 });
        return false;
    }
    const struct form *form = route->form_of ? route->form_of(request) : route->form;
    if (form) {
        request->form = form_state_new(request->arena, form);
        form_state_take(request->arena, request->form, &parts);
    }
    return true;
}

void request_dispatch(struct request *request)
{
    request->body_read = true;
    if (!take_form(request) || !in_scope(request)) {
        return;
    }
    if (request->form) {
        form_state_check(request->arena, request->form);
    }
    request->match.route->handler(request);
}

struct str request_form_key(struct request *request)
{
    return request->has_key ? (struct str){ (const char *)request->key, sizeof request->key } : (struct str){ 0 };
}

/* ---- Cookies of sessions ---- */

void request_sign_in(struct request *request, const unsigned char token[SESSION_TOKEN_BYTES])
{
    struct str text = hex_encode(request->arena, token, SESSION_TOKEN_BYTES);
    request_set_cookie(request, session_cookie(request->server), text, 0);
}

void request_sign_out(struct request *request)
{
    if (request->has_session) {
        sessions_forget(request->server->sessions, request->session.hash);
        request->has_session = false;
    }
    request_set_cookie(request, session_cookie(request->server), STR(""), -1);
}

/* ---- The end ---- */

void request_reset(struct request *request)
{
    request_end_reading(request);
    if (request->map) {
        (void)munmap(request->map, request->map_size);
    }
    free(request->kept[0]);
    free(request->kept[1]);
    if (request->page.size > KEPT_PAGE_BYTES) {
        free(request->page.p);
        request->page.p = NULL;
        request->page.size = 0;
    }
    struct loop *loop = request->loop;
    struct web_server *server = request->server;
    struct arena *arena = request->arena;
    char *page = request->page.p;
    size_t page_size = request->page.size;
    memset(request, 0, offsetof(struct request, head)); /* head and query are written before they are read */
    request->loop = loop;
    request->server = server;
    request->arena = arena;
    request->page.p = page;
    request->page.size = page_size;
    arena_reset(arena);
}

struct str request_url(struct request *request, struct str path)
{
    struct str host = request_header(request, "Host");
    bool tls = str_is(request_header(request, "X-Forwarded-Proto"), "https");
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
              c == ':' || c == '[' || c == ']')) {
            host.n = 0;
        }
    }
    return arena_printf(request_arena(request), "%s://%.*s%.*s", tls ? "https" : "http", STR_ARG(host), STR_ARG(path));
}
