/* See authority.h. One event loop on one thread: the departments that it plays are simple people.
 *
 * The way of a question: size and shape → key, time and signature → was this number answered already? the same
 * answer → else the record's answer (or, by a fault, its contradiction), kept under the number before it is sent →
 * signed. Faults of transport (slow, silent, broken, garbled, down) lie around it and are never kept. */
#include "connect/authority.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "connect/ask.h"
#include "connect/authority_answers.h"
#include "connect/authority_faults.h"
#include "connect/authority_phone.h"
#include "connect/keys.h"
#include "connect/signing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

enum { HELD_SECONDS = 300, KEEP_ANSWERS_DAYS = 30 };

struct authority_server {
    struct event_base *base;
    struct evhttp *http;
    sqlite3 *db;
    sqlite3_stmt *find_record;
    sqlite3_stmt *find_answer;
    sqlite3_stmt *keep_answer;
    struct keys *keys;
    struct faults faults;
    struct arena *arena; /* of the question at hand */
    struct held *held;
    int64_t garbled;
    int64_t asked[16]; /* by kind, repeated numbers too */
};

/* A question whose end comes later: a slow answer, a silence, a reset. */
struct held {
    struct held *next;
    struct authority_server *server;
    struct evhttp_request *request; /* NULL: the other side has gone */
    struct evhttp_connection *connection;
    struct event *timer;
    bool answer; /* else the connection is reset */
    int status;
    char *body; /* of a slow answer; with its headers already on the request */
    size_t n;
};

/* What came in, after the first look. */
struct question {
    const struct kind *kind;
    struct signed_message message;
    struct str key_id;
    unsigned char key[KEY_BYTES];
    json_t *json;
    struct str digest;
};

/* ---- Sending ---- */

static void set_header(struct evhttp_request *request, const char *name, struct str value)
{
    (void)evhttp_add_header(evhttp_request_get_output_headers(request), name, value.p);
}

static void send_body(struct evhttp_request *request, int status, struct str body)
{
    struct evbuffer *buffer = evbuffer_new();
    if (buffer) {
        (void)evbuffer_add(buffer, body.p, body.n);
    }
    evhttp_send_reply(request, status, NULL, buffer);
    if (buffer) {
        evbuffer_free(buffer);
    }
}

static void send_json(struct evhttp_request *request, int status, struct str body)
{
    set_header(request, "Content-Type", STR("application/json; charset=utf-8"));
    send_body(request, status, body);
}

static void send_problem(struct authority_server *server, struct evhttp_request *request, int status, const char *says)
{
    send_json(request, status, arena_printf(server->arena, "{\"problem\":\"%s\"}\n", says));
}

static void sign(struct authority_server *server, struct evhttp_request *request, const struct question *question,
                 int status, struct str body, bool rightly)
{
    struct signed_message message = { .kind = SIGNING_ANSWER,
                                      .verb = arena_printf(server->arena, "%d", status),
                                      .path = question->message.path,
                                      .time = clock_wall_ms(),
                                      .number = question->message.number,
                                      .body = rightly ? body : STR("something else") };
    struct str signature;
    if (!signing_sign(server->arena, question->key, &message, &signature, NULL)) {
        signature = STR("");
    }
    set_header(request, SIGNING_KEY, arena_str(server->arena, question->key_id));
    set_header(request, SIGNING_TIME, arena_printf(server->arena, "%lld", (long long)message.time));
    set_header(request, SIGNING_NUMBER, arena_str(server->arena, question->message.number));
    set_header(request, SIGNING_SIGNATURE, signature);
    set_header(request, "Content-Type", STR("application/json; charset=utf-8"));
}

/* ---- Holding ---- */

static void held_free(struct held *held)
{
    struct held **place = &held->server->held;
    while (*place != held) {
        place = &(*place)->next;
    }
    *place = held->next;
    event_free(held->timer);
    free(held->body);
    free(held);
}

static void reset_connection(struct evhttp_connection *connection)
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    evutil_socket_t fd = bufferevent_getfd(evhttp_connection_get_bufferevent(connection));
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    evhttp_connection_free(connection);
}

static void held_due(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct held *held = context;
    struct evhttp_request *request = held->request;
    struct evhttp_connection *connection = held->connection;
    if (request) {
        evhttp_connection_set_closecb(connection, NULL, NULL);
        if (held->answer) {
            send_body(request, held->status, (struct str){ held->body, held->n });
        } else {
            reset_connection(connection);
        }
    }
    held_free(held);
}

static void held_gone(struct evhttp_connection *connection, void *context)
{
    (void)connection;
    struct held *held = context;
    held->request = NULL;
    held->connection = NULL;
}

/* body.p == NULL: resets the connection when the time is over. */
static void hold(struct authority_server *server, struct evhttp_request *request, int64_t ms, int status,
                 struct str body)
{
    struct held *held = calloc(1, sizeof *held);
    char *copy = body.p ? malloc(body.n + 1) : NULL;
    struct event *timer = held ? evtimer_new(server->base, held_due, held) : NULL;
    if (!held || !timer || (body.p && !copy)) {
        free(held);
        free(copy);
        if (timer) {
            event_free(timer);
        }
        send_problem(server, request, 503, "no memory");
        return;
    }
    if (copy) {
        memcpy(copy, body.p, body.n);
    }
    *held = (struct held){ server->held, server, request, evhttp_request_get_connection(request), timer, body.p != NULL,
                           status,       copy,   body.n };
    server->held = held;
    evhttp_connection_set_closecb(held->connection, held_gone, held);
    struct timeval in = { .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };
    (void)evtimer_add(timer, &in);
}

/* ---- What is known ---- */

static struct str column(struct authority_server *server, sqlite3_stmt *statement, int i)
{
    return arena_str(server->arena, (struct str){ (const char *)sqlite3_column_text(statement, i),
                                                  (size_t)sqlite3_column_bytes(statement, i) });
}

/* The answer that this number was given; false when it is new. *same tells whether the question was the same. */
static bool answered_before(struct authority_server *server, const struct question *question, struct str *body,
                            bool *same)
{
    sqlite3_stmt *find = server->find_answer;
    struct str number = question->message.number;
    (void)sqlite3_bind_text(find, 1, number.p, (int)number.n, SQLITE_STATIC);
    bool found = sqlite3_step(find) == SQLITE_ROW;
    if (found) {
        *body = column(server, find, 0);
        *same = str_eq(column(server, find, 1), question->digest);
    }
    (void)sqlite3_reset(find);
    return found;
}

static bool keep(struct authority_server *server, const struct question *question, struct str body)
{
    sqlite3_stmt *put = server->keep_answer;
    struct str number = question->message.number;
    (void)sqlite3_bind_text(put, 1, number.p, (int)number.n, SQLITE_STATIC);
    (void)sqlite3_bind_text(put, 2, question->kind->id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(put, 3, question->digest.p, (int)question->digest.n, SQLITE_STATIC);
    (void)sqlite3_bind_text(put, 4, body.p, (int)body.n, SQLITE_STATIC);
    (void)sqlite3_bind_int64(put, 5, clock_wall_ms());
    bool ok = sqlite3_step(put) == SQLITE_DONE;
    (void)sqlite3_reset(put);
    return ok;
}

static json_t *record_of(struct authority_server *server, const struct question *question, struct str citizen)
{
    sqlite3_stmt *find = server->find_record;
    (void)sqlite3_bind_text(find, 1, question->kind->id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(find, 2, citizen.p, (int)citizen.n, SQLITE_STATIC);
    json_t *record = NULL;
    if (sqlite3_step(find) == SQLITE_ROW) {
        struct str text = column(server, find, 0);
        record = json_loadb(text.p, text.n, 0, NULL);
    }
    (void)sqlite3_reset(find);
    return record;
}

/* The answer's text in the arena; empty when the question lacks its citizen number. */
static struct str answer_text(struct authority_server *server, const struct question *question, bool contradict)
{
    struct str citizen = answer_citizen(question->kind, question->json);
    if (!citizen.n) {
        return (struct str){ NULL, 0 };
    }
    json_t *record = record_of(server, question, citizen);
    json_t *answer = answer_from_record(question->kind, question->json, record);
    if (contradict) {
        answer_contradict(question->kind, answer);
    }
    char *text = json_dumps(answer, JSON_COMPACT | JSON_SORT_KEYS);
    struct str body = arena_str(server->arena, str_of(text));
    free(text);
    json_decref(answer);
    json_decref(record);
    return body;
}

/* ---- A question ---- */

static struct str in_header(struct evhttp_request *request, const char *name)
{
    return str_of(evhttp_find_header(evhttp_request_get_input_headers(request), name));
}

static struct str body_of(struct authority_server *server, struct evhttp_request *request)
{
    struct evbuffer *buffer = evhttp_request_get_input_buffer(request);
    size_t n = evbuffer_get_length(buffer);
    char *bytes = arena_alloc(server->arena, n + 1);
    (void)evbuffer_copyout(buffer, bytes, n);
    return (struct str){ bytes, n };
}

/* Fills the question; false when it was refused (and answered). */
static bool receive(struct authority_server *server, struct evhttp_request *request, struct question *question)
{
    struct str path = str_of(evhttp_request_get_uri(request));
    *question = (struct question){ .key_id = in_header(request, SIGNING_KEY) };
    question->message = (struct signed_message){ .kind = SIGNING_QUESTION,
                                                 .verb = STR("POST"),
                                                 .path = path,
                                                 .number = in_header(request, SIGNING_NUMBER),
                                                 .body = body_of(server, request) };
    if (!question->message.number.n || question->message.number.n > 64 ||
        !str_to_int(in_header(request, SIGNING_TIME), 0, INT64_MAX, &question->message.time) ||
        !keys_find(server->keys, question->key_id, question->key)) {
        send_problem(server, request, 401,
                     "a question carries " SIGNING_KEY ", " SIGNING_TIME ", " SIGNING_NUMBER " and " SIGNING_SIGNATURE
                     " of a known key");
        return false;
    }
    switch (signing_check(server->arena, question->key, &question->message, in_header(request, SIGNING_SIGNATURE),
                          clock_wall_ms())) {
    case SIGNING_GOOD:
        break;
    case SIGNING_STALE:
        send_problem(server, request, 401, "the time is more than five minutes from ours");
        return false;
    case SIGNING_FORGED:
        send_problem(server, request, 401, "the signature does not fit");
        return false;
    }
    question->kind = kind_find(str_part(path, sizeof "/ask/" - 1, path.n));
    question->json = json_loadb(question->message.body.p, question->message.body.n, JSON_REJECT_DUPLICATES, NULL);
    return signing_digest(server->arena, question->message.body, &question->digest, NULL);
}

static void refuse(struct authority_server *server, struct evhttp_request *request, const struct question *question,
                   int status, const char *says)
{
    struct str body = arena_printf(server->arena, "{\"problem\":\"%s\"}\n", says);
    sign(server, request, question, status, body, true);
    send_body(request, status, body);
}

static void answer(struct authority_server *server, struct evhttp_request *request, const struct question *question,
                   struct fault fault)
{
    struct str body = { NULL, 0 };
    bool same = true;
    if (!answered_before(server, question, &body, &same)) {
        body = answer_text(server, question, fault.type == FAULT_WRONG);
        if (!body.n) {
            refuse(server, request, question, 400, "the question lacks its citizen number");
            return;
        }
        if (!keep(server, question, body)) {
            send_problem(server, request, 503, "the answer could not be kept");
            return;
        }
    }
    if (!same) {
        refuse(server, request, question, 409, "this number was used for another question");
        return;
    }
    bool garbled = fault.type == FAULT_GARBLED;
    bool half = garbled && server->garbled++ % 2 == 0;
    struct str sent = half ? str_part(body, 0, body.n / 2) : body;
    sign(server, request, question, 200, sent, !garbled || half);
    if (fault.type == FAULT_SLOW) {
        hold(server, request, fault.ms, 200, sent);
    } else {
        send_body(request, 200, sent);
    }
}

static void on_question(struct authority_server *server, struct evhttp_request *request)
{
    struct question question;
    if (!receive(server, request, &question)) {
        json_decref(question.json);
        return;
    }
    if (!question.kind || !json_is_object(question.json)) {
        refuse(server, request, &question, question.kind ? 400 : 404,
               question.kind ? "the question is not a JSON object" : "this kind of question is not answered here");
        json_decref(question.json);
        return;
    }
    server->asked[question.kind - kinds]++;
    struct fault fault = faults_roll(&server->faults, str_of(question.kind->id));
    switch (fault.type) {
    case FAULT_SILENT:
        hold(server, request, (int64_t)HELD_SECONDS * 1000, 0, (struct str){ NULL, 0 });
        break;
    case FAULT_DOWN:
        hold(server, request, 0, 0, (struct str){ NULL, 0 });
        break;
    case FAULT_BROKEN:
        send_problem(server, request, 500, "broken");
        break;
    case FAULT_NONE:
    case FAULT_SLOW:
    case FAULT_WRONG:
    case FAULT_GARBLED:
        answer(server, request, &question, fault);
        break;
    }
    json_decref(question.json);
}

/* ---- For the operator ---- */

static bool from_this_machine(struct evhttp_request *request)
{
    char *address = NULL;
    uint16_t port;
    evhttp_connection_get_peer(evhttp_request_get_connection(request), &address, &port);
    struct str peer = str_of(address);
    return str_starts(peer, STR("127.")) || str_is(peer, "::1") || str_starts(peer, STR("::ffff:127."));
}

/* ---- Short messages (authority_phone.h) ---- */

static void on_message(struct authority_server *server, struct evhttp_request *request)
{
    struct question question;
    bool again = false;
    if (receive(server, request, &question)) {
        if (phone_keep(server->db, question.message.number, question.json, &again)) {
            send_json(request, 200, again ? STR("{\"taken\":\"before\"}\n") : STR("{\"taken\":\"now\"}\n"));
        } else {
            send_problem(server, request, 400, "a message has 'to' and 'text'");
        }
    }
    json_decref(question.json);
}

static void show_messages(struct authority_server *server, struct evhttp_request *request)
{
    set_header(request, "Content-Type", STR("text/plain; charset=utf-8"));
    send_body(request, 200, phone_list(server->db, server->arena));
}

static void on_faults(struct authority_server *server, struct evhttp_request *request)
{
    struct error error = { "" };
    if (evhttp_request_get_command(request) == EVHTTP_REQ_POST &&
        !faults_parse(body_of(server, request), &server->faults, &error)) {
        set_header(request, "Content-Type", STR("text/plain; charset=utf-8"));
        send_body(request, 400, arena_printf(server->arena, "%s\n", error.message));
        return;
    }
    set_header(request, "Content-Type", STR("text/plain; charset=utf-8"));
    send_body(request, 200,
              arena_printf(server->arena, "%.*s\n", STR_ARG(faults_format(server->arena, &server->faults))));
}

static void on_numbers(struct authority_server *server, struct evhttp_request *request)
{
    json_t *all = json_object();
    sqlite3_stmt *count = NULL;
    bool ok = sqlite3_prepare_v2(server->db, "select count(*), count(distinct digest) from answered where kind = ?1",
                                 -1, &count, NULL) == SQLITE_OK;
    for (size_t i = 0; ok && i < kinds_count; i++) {
        (void)sqlite3_bind_text(count, 1, kinds[i].id, -1, SQLITE_STATIC);
        ok = sqlite3_step(count) == SQLITE_ROW;
        if (ok) {
            json_object_set_new(all, kinds[i].id,
                                json_pack("{s:I, s:I, s:I}", "requests", (json_int_t)server->asked[i], "numbers",
                                          (json_int_t)sqlite3_column_int64(count, 0), "questions",
                                          (json_int_t)sqlite3_column_int64(count, 1)));
        }
        (void)sqlite3_reset(count);
    }
    (void)sqlite3_finalize(count);
    char *text = json_dumps(all, JSON_INDENT(1) | JSON_SORT_KEYS);
    send_json(request, ok && text ? 200 : 500, str_of(text ? text : "{}"));
    free(text);
    json_decref(all);
}

static void on_request(struct evhttp_request *request, void *context)
{
    struct authority_server *server = context;
    struct str path = str_of(evhttp_request_get_uri(request));
    enum evhttp_cmd_type method = evhttp_request_get_command(request);
    bool operators =
        str_is(path, "/faults") || str_is(path, "/numbers") || (str_is(path, "/phone") && method == EVHTTP_REQ_GET);
    arena_reset(server->arena);
    if (operators && !from_this_machine(request)) {
        send_problem(server, request, 403, "only from the machine itself");
    } else if (str_is(path, "/faults")) {
        on_faults(server, request);
    } else if (str_is(path, "/numbers")) {
        on_numbers(server, request);
    } else if (str_is(path, "/phone")) {
        (method == EVHTTP_REQ_POST ? on_message : show_messages)(server, request);
    } else if (str_starts(path, STR("/ask/")) && method == EVHTTP_REQ_POST) {
        on_question(server, request);
    } else {
        send_problem(server, request, 404, "POST /ask/KIND");
    }
}

/* ---- Start and end ---- */

static bool open_records(struct authority_server *server, const char *data, struct error *error)
{
    const char *path = arena_printf(server->arena, "%s/authority.db", data).p;
    if (access(path, R_OK | W_OK) != 0) {
        return error_set(error, "%s: %s. `jiaoti demo` makes it.", path, strerror(errno));
    }
    bool ok = sqlite3_open_v2(path, &server->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
              sqlite3_busy_timeout(server->db, 5000) == SQLITE_OK &&
              sqlite3_exec(server->db,
                           "pragma journal_mode = wal; pragma synchronous = off; pragma mmap_size = 1073741824;"
                           "create table if not exists answered (number text primary key, kind text not null,"
                           " digest text not null, body text not null, at integer not null) without rowid;"
                           "create index if not exists answered_kind on answered (kind, digest)",
                           NULL, NULL, NULL) == SQLITE_OK &&
              phone_open(server->db) &&
              sqlite3_prepare_v2(server->db, "select answer from record where kind = ?1 and citizen = ?2", -1,
                                 &server->find_record, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(server->db, "select body, digest from answered where number = ?1", -1,
                                 &server->find_answer, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(server->db,
                                 "insert into answered (number, kind, digest, body, at) values (?1, ?2, ?3, ?4, ?5)",
                                 -1, &server->keep_answer, NULL) == SQLITE_OK;
    sqlite3_stmt *forget = NULL;
    ok = ok && sqlite3_prepare_v2(server->db, "delete from answered where at < ?1", -1, &forget, NULL) == SQLITE_OK &&
         sqlite3_bind_int64(forget, 1, clock_wall_ms() - (int64_t)KEEP_ANSWERS_DAYS * 86400000) == SQLITE_OK &&
         sqlite3_step(forget) == SQLITE_DONE;
    (void)sqlite3_finalize(forget);
    return ok || error_set(error, "%s: %s.", path, server->db ? sqlite3_errmsg(server->db) : "no memory");
}

static bool listen_at(struct authority_server *server, const struct authority_settings *settings, int *port,
                      struct error *error)
{
    const char *address = settings->address ? settings->address : "127.0.0.1";
    server->base = event_base_new();
    server->http = server->base ? evhttp_new(server->base) : NULL;
    if (!server->http) {
        return error_set(error, "Not enough memory for the departments' server.");
    }
    evhttp_set_gencb(server->http, on_request, server);
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
    evhttp_set_max_body_size(server->http, LIMIT_ASK_BYTES);
    evhttp_set_max_headers_size(server->http, LIMIT_HEADER_BYTES);
    struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(server->http, address, (uint16_t)settings->port);
    if (!bound) {
        return error_set(error, "Cannot listen at %s port %d: %s. Is another `jiaoti authority` running?", address,
                         settings->port, strerror(errno));
    }
    struct sockaddr_storage name;
    socklen_t n = sizeof name;
    *port = settings->port;
    if (getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&name, &n) == 0) {
        *port = ntohs(name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&name)->sin6_port
                                                 : ((struct sockaddr_in *)&name)->sin_port);
    }
    return true;
}

static void on_stop(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)event_base_loopexit(context, NULL);
}

/* Runs until it is told to stop. */
static bool run(struct authority_server *server, int stop_fd, struct error *error)
{
    struct event *stops[2] = { NULL, NULL };
    if (stop_fd >= 0) {
        stops[0] = event_new(server->base, stop_fd, EV_READ, on_stop, server->base);
    } else {
        stops[0] = evsignal_new(server->base, SIGTERM, on_stop, server->base);
        stops[1] = evsignal_new(server->base, SIGINT, on_stop, server->base);
    }
    bool ok = stops[0] && (stop_fd >= 0 || stops[1]);
    for (size_t i = 0; i < 2; i++) {
        ok = ok && (!stops[i] || event_add(stops[i], NULL) == 0);
    }
    ok = (ok && event_base_dispatch(server->base) >= 0) || error_set(error, "The departments' event loop failed.");
    for (size_t i = 0; i < 2; i++) {
        if (stops[i]) {
            event_free(stops[i]);
        }
    }
    return ok;
}

static void end(struct authority_server *server)
{
    if (server->http) {
        evhttp_free(server->http); /* closes connections: what is held learns of it */
    }
    while (server->held) {
        held_free(server->held);
    }
    if (server->base) {
        event_base_free(server->base);
    }
    (void)sqlite3_finalize(server->find_record);
    (void)sqlite3_finalize(server->find_answer);
    (void)sqlite3_finalize(server->keep_answer);
    (void)sqlite3_close(server->db);
    keys_close(server->keys);
    arena_free(server->arena);
}

bool authority_serve(const struct authority_settings *settings, int stop_fd, struct error *error)
{
    struct authority_server server = { .arena = arena_new(64 * 1024) };
    int port = 0;
    /* A peer that has gone is an error of one write, not the program's end; the mask is this thread's alone. */
    sigset_t pipe;
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    bool ok = faults_parse(str_of(settings->faults), &server.faults, error) &&
              keys_open(&server.keys, arena_printf(server.arena, "%s/keys", settings->data).p, error) &&
              open_records(&server, settings->data, error) && listen_at(&server, settings, &port, error);
    if (ok && settings->ready) {
        settings->ready(settings->context, port);
    }
    ok = ok && run(&server, stop_fd, error);
    end(&server);
    return ok;
}
