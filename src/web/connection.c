/* A connection: HTTP/1.1, one request at a time.
 *
 *   HEAD → (BODY) → BUSY → (WRITE) → HEAD …            or → LINGER → dead
 *
 * Bytes are read into one buffer and parsed where they lie; the head stays there while the request is answered, since
 * nothing is read meanwhile. A reply is written at once; only what the socket does not take waits for an event.
 * evhttp (libevent 2.1) is not used: it shows a request only when its whole body is in memory, so that an upload could
 * not be refused by its route's limit, nor spooled (README.md).
 *
 * A connection that dies is taken off the list and freed by loop_settle, never under its caller's feet.
 */
#include "web/inside.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    FIRST_BUFFER = 4096,
    SPOOL_BYTES = 256 * 1024,  /* a larger body goes to a file */
    HEAD_SECONDS = 15,         /* a head is a few hundred bytes */
    SLOWEST_BYTES = 32 * 1024, /* a second: what a body may take longer than request_seconds */
    LINGER_SECONDS = 20,
    LINGER_BYTES = 256 * 1024 * 1024
};

static void on_read(evutil_socket_t fd, short what, void *context);
static void on_write(evutil_socket_t fd, short what, void *context);
static void process(struct connection *connection);

static void set_deadline(struct connection *connection, int64_t us)
{
    connection->deadline_us = clock_monotonic_us() + us;
}

static int64_t head_us(const struct web_server *server)
{
    int64_t whole = server_request_us(server);
    return whole < (int64_t)HEAD_SECONDS * 1000000 ? whole : (int64_t)HEAD_SECONDS * 1000000;
}

static void want_reading(struct connection *connection, bool wanted)
{
    if (wanted != connection->reading) {
        if (wanted) {
            (void)event_add(&connection->read_event, NULL);
        } else {
            (void)event_del(&connection->read_event);
        }
        connection->reading = wanted;
    }
}

struct connection *connection_new(struct loop *loop, int fd, const struct sockaddr_storage *peer)
{
    struct connection *connection = calloc(1, sizeof *connection);
    char *in = malloc(FIRST_BUFFER);
    if (!connection || !in) {
        free(connection);
        free(in);
        return NULL;
    }
    *connection = (struct connection){
        .loop = loop, .fd = fd, .in = in, .in_size = FIRST_BUFFER, .spool = -1, .peer = *peer, .next = loop->connections
    };
    if (connection->next) {
        connection->next->previous = connection;
    }
    loop->connections = connection;
    atomic_fetch_add_explicit(&loop->connection_count, 1, memory_order_relaxed);
    (void)event_assign(&connection->read_event, loop->base, fd, EV_READ | EV_PERSIST, on_read, connection);
    (void)event_assign(&connection->write_event, loop->base, fd, EV_WRITE | EV_PERSIST, on_write, connection);
    want_reading(connection, true);
    set_deadline(connection, head_us(connection->loop->server));
    return connection;
}

static void drop_body(struct connection *connection)
{
    free(connection->body);
    connection->body = NULL;
    connection->body_n = connection->body_size = connection->body_want = 0;
    if (connection->spool >= 0) {
        (void)close(connection->spool);
        connection->spool = -1;
    }
}

void connection_close(struct connection *connection)
{
    struct loop *loop = connection->loop;
    if (connection->state == CONNECTION_DEAD) {
        return;
    }
    if (connection->state == CONNECTION_BODY) { /* nobody has the request but us */
        connection->request->state = REQUEST_REPLIED;
        atomic_fetch_sub_explicit(&loop->request_count, 1, memory_order_relaxed);
    }
    connection->state = CONNECTION_DEAD;
    want_reading(connection, false);
    if (connection->writing) {
        (void)event_del(&connection->write_event);
        connection->writing = false;
    }
    (void)close(connection->fd);
    connection->fd = -1;
    struct request *request = connection->request;
    if (request) {
        request->connection = NULL;
        request->kept[0] = connection->in; /* its head and body point into these */
        request->kept[1] = connection->body;
        connection->in = NULL;
        connection->body = NULL;
        connection->request = NULL;
        if (request->state == REQUEST_REPLIED) {
            request->next = loop->finished;
            loop->finished = request;
        }
    }
    *(connection->previous ? &connection->previous->next : &loop->connections) = connection->next;
    if (connection->next) {
        connection->next->previous = connection->previous;
    }
    connection->previous = NULL;
    connection->next = loop->dead;
    loop->dead = connection;
    atomic_fetch_sub_explicit(&loop->connection_count, 1, memory_order_relaxed);
}

void connection_free(struct connection *connection)
{
    drop_body(connection);
    free(connection->in);
    free(connection);
}

/* ---- Heads ---- */

static bool grow_in(struct connection *connection)
{
    if (connection->in_n < connection->in_size) {
        return true;
    }
    size_t size = connection->in_size * 2;
    char *in = size <= LIMIT_HEADER_BYTES ? realloc(connection->in, size) : NULL;
    if (!in) {
        return false;
    }
    connection->in = in;
    connection->in_size = size;
    return true;
}

/* The head cannot be understood: a page that says so, and the end of the connection. */
static void refuse_head(struct connection *connection, struct request *request, int status)
{
    request->head = (struct http_head){ .method = HTTP_GET };
    http_salvage(connection->in, connection->in_n, &request->head);
    connection->consumed = connection->in_n;
    connection->close_after = true;
    connection->linger_after = true;
    request_prepare(request);
    request_choose_language(request);
    reply_status(request, status, 0);
}

static void process(struct connection *connection)
{
    struct request *request = loop_request(connection->loop);
    int status = http_parse_head(connection->in, connection->in_n, &request->head);
    if (status == 0) {
        request->next = connection->loop->free_requests;
        connection->loop->free_requests = request;
        connection->loop->free_count++;
        if (!grow_in(connection)) {
            connection_close(connection);
        }
        return;
    }
    connection->request = request;
    connection->state = CONNECTION_BUSY;
    request->connection = connection;
    request->state = REQUEST_RUNNING;
    atomic_fetch_add_explicit(&connection->loop->request_count, 1, memory_order_relaxed);
    if (status != 200) {
        refuse_head(connection, request, status);
        return;
    }
    connection->consumed = request->head.size;
    connection->close_after = !request->head.keep_alive || connection->loop->draining;
    request_begin(request);
}

/* ---- Bodies ---- */

static void body_done(struct connection *connection)
{
    struct request *request = connection->request;
    connection->state = CONNECTION_BUSY;
    if (connection->spool >= 0 && connection->body_n) {
        void *map = mmap(NULL, connection->body_n, PROT_READ, MAP_PRIVATE, connection->spool, 0);
        if (map == MAP_FAILED) {
            connection->close_after = true;
            reply_status(request, 503, 5);
            return;
        }
        request->map = map;
        request->map_size = connection->body_n;
        request->body = (struct str){ map, connection->body_n };
    } else if (connection->body) {
        request->body = (struct str){ connection->body, connection->body_n };
    }
    request_dispatch(request);
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return false;
        }
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static int open_spool(void)
{
    const char *folder = getenv("TMPDIR");
    folder = folder && folder[0] == '/' ? folder : "/tmp";
    return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
}

static bool add_body(struct connection *connection, const char *p, size_t n)
{
    if (connection->spool >= 0) {
        if (!write_all(connection->spool, p, n)) {
            return false;
        }
        connection->body_n += n;
        return true;
    }
    if (connection->body_n + n > connection->body_size) {
        size_t size = connection->body_size ? connection->body_size * 2 : 4096;
        while (size < connection->body_n + n) {
            size *= 2;
        }
        size = size > connection->body_want ? connection->body_want : size;
        char *body = realloc(connection->body, size);
        if (!body) {
            return false;
        }
        connection->body = body;
        connection->body_size = size;
    }
    memcpy(connection->body + connection->body_n, p, n);
    connection->body_n += n;
    return true;
}

/* The disk for temporary files is full, or no memory: refused in words, like everything. */
static void cannot_keep(struct connection *connection)
{
    drop_body(connection);
    connection->state = CONNECTION_BUSY;
    connection->close_after = connection->linger_after = true;
    reply_status(connection->request, 503, 30);
}

void connection_read_body(struct connection *connection, size_t size)
{
    struct request *request = connection->request;
    size_t have = connection->in_n - connection->consumed;
    if (have >= size) {
        request->body = (struct str){ connection->in + connection->consumed, size };
        connection->consumed += size;
        request_dispatch(request);
        return;
    }
    connection->state = CONNECTION_BODY;
    connection->body_want = size;
    if (size > SPOOL_BYTES) {
        connection->spool = open_spool();
        if (connection->spool < 0) {
            cannot_keep(connection);
            return;
        }
    }
    if (have && !add_body(connection, connection->in + connection->consumed, have)) {
        cannot_keep(connection);
        return;
    }
    connection->consumed = connection->in_n;
    if (request->head.expects_continue && have == 0) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        (void)!send(connection->fd, go_on, sizeof go_on - 1, MSG_NOSIGNAL); /* lost: the client sends after a wait */
    }
    set_deadline(connection, server_request_us(connection->loop->server) + (int64_t)(size / SLOWEST_BYTES) * 1000000);
    want_reading(connection, true);
}

void connection_refuse_body(struct connection *connection)
{
    connection->close_after = connection->linger_after = true;
    connection->consumed = connection->in_n;
}

static void read_body(struct connection *connection)
{
    char part[64 * 1024];
    while (connection->state == CONNECTION_BODY) {
        size_t left = connection->body_want - connection->body_n;
        if (left == 0) {
            body_done(connection);
            return;
        }
        ssize_t n = recv(connection->fd, part, left < sizeof part ? left : sizeof part, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (n <= 0) {
            connection_close(connection); /* the client went: nobody reads a reply */
            return;
        }
        if (!add_body(connection, part, (size_t)n)) {
            cannot_keep(connection);
            return;
        }
    }
}

/* ---- Replies ---- */

static void finish(struct connection *connection)
{
    struct request *request = connection->request;
    connection->state = CONNECTION_BUSY;
    request->next = connection->loop->finished;
    connection->loop->finished = request;
}

/* Writes what is left; false when the client is gone. */
static bool write_out(struct connection *connection)
{
    struct str *out = connection->out;
    while (out[0].n || out[1].n) {
        struct iovec parts[2] = { { (void *)(uintptr_t)out[0].p, out[0].n },
                                  { (void *)(uintptr_t)out[1].p, out[1].n } };
        struct msghdr message = { .msg_iov = out[0].n ? parts : parts + 1, .msg_iovlen = out[0].n && out[1].n ? 2 : 1 };
        ssize_t n = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return errno == EAGAIN;
        }
        size_t done = (size_t)n;
        for (int i = 0; i < 2; i++) {
            size_t part = done < out[i].n ? done : out[i].n;
            out[i] = (struct str){ out[i].p + part, out[i].n - part };
            done -= part;
        }
    }
    return true;
}

void connection_reply(struct connection *connection, struct str head, struct str body)
{
    connection->out[0] = head;
    connection->out[1] = body;
    if (!write_out(connection)) {
        connection_close(connection);
        return;
    }
    if (connection->out[0].n || connection->out[1].n) {
        connection->out[0] = arena_str(connection->request->arena, connection->out[0]); /* it is the loop's buffer */
        connection->state = CONNECTION_WRITE;
        want_reading(connection, false);
        connection->writing = event_add(&connection->write_event, NULL) == 0;
        set_deadline(connection, server_request_us(connection->loop->server));
        return;
    }
    finish(connection);
}

static void on_write(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct connection *connection = context;
    struct loop *loop = connection->loop;
    size_t before = connection->out[0].n + connection->out[1].n;
    if (!write_out(connection)) {
        connection_close(connection);
    } else if (connection->out[0].n || connection->out[1].n) {
        if (connection->out[0].n + connection->out[1].n < before) {
            set_deadline(connection, server_request_us(loop->server));
        }
    } else {
        (void)event_del(&connection->write_event);
        connection->writing = false;
        finish(connection);
    }
    loop_settle(loop);
}

void connection_next(struct connection *connection)
{
    drop_body(connection);
    if (connection->linger_after) {
        (void)shutdown(connection->fd, SHUT_WR);
        connection->state = CONNECTION_LINGER;
        connection->in_n = 0;
        set_deadline(connection, (int64_t)LINGER_SECONDS * 1000000);
        want_reading(connection, true);
        return;
    }
    if (connection->close_after) {
        connection_close(connection);
        return;
    }
    size_t left = connection->in_n - connection->consumed;
    if (left) {
        memmove(connection->in, connection->in + connection->consumed, left);
    }
    connection->in_n = left;
    connection->consumed = 0;
    connection->state = CONNECTION_HEAD;
    if (left) {
        set_deadline(connection, head_us(connection->loop->server));
        process(connection);
    } else {
        set_deadline(connection, (int64_t)connection->loop->server->settings.idle_seconds * 1000000);
    }
    if (connection->state == CONNECTION_HEAD) {
        want_reading(connection, true);
    }
}

/* ---- Events ---- */

static void read_head(struct connection *connection)
{
    ssize_t n = recv(connection->fd, connection->in + connection->in_n, connection->in_size - connection->in_n, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        connection_close(connection);
        return;
    }
    if (connection->in_n == 0) {
        set_deadline(connection, head_us(connection->loop->server));
    }
    connection->in_n += (size_t)n;
    process(connection);
}

static void linger(struct connection *connection)
{
    char part[64 * 1024];
    ssize_t n = recv(connection->fd, part, sizeof part, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    connection->lingered += n;
    if (n <= 0 || connection->lingered > LINGER_BYTES) {
        connection_close(connection);
    }
}

static void on_read(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct connection *connection = context;
    struct loop *loop = connection->loop;
    switch (connection->state) {
    case CONNECTION_HEAD:
        read_head(connection);
        break;
    case CONNECTION_BODY:
        read_body(connection);
        break;
    case CONNECTION_LINGER:
        linger(connection);
        break;
    case CONNECTION_BUSY:
    case CONNECTION_WRITE:
        want_reading(connection, false); /* what comes waits until this request is answered */
        break;
    case CONNECTION_DEAD:
        break;
    }
    loop_settle(loop);
}

void connection_tick(struct connection *connection, int64_t now_us)
{
    if (now_us < connection->deadline_us || connection->state == CONNECTION_BUSY ||
        connection->state == CONNECTION_DEAD) {
        return;
    }
    struct web_server *server = connection->loop->server;
    if (connection->state == CONNECTION_HEAD && connection->in_n) {
        atomic_fetch_add_explicit(&server->timeouts, 1, memory_order_relaxed);
        struct request *request = loop_request(connection->loop);
        connection->request = request;
        connection->state = CONNECTION_BUSY;
        request->connection = connection;
        request->state = REQUEST_RUNNING;
        atomic_fetch_add_explicit(&connection->loop->request_count, 1, memory_order_relaxed);
        refuse_head(connection, request, 408);
    } else if (connection->state == CONNECTION_BODY) {
        atomic_fetch_add_explicit(&server->timeouts, 1, memory_order_relaxed);
        connection->state = CONNECTION_BUSY;
        connection_refuse_body(connection);
        reply_status(connection->request, 408, 0);
    } else {
        connection_close(connection);
    }
}

void connection_drain(struct connection *connection)
{
    connection->close_after = true;
    char byte;
    if (connection->state == CONNECTION_HEAD && connection->in_n == 0 &&
        recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) {
        connection_close(connection); /* idle; but a request that lies in the socket is still answered */
    }
}
