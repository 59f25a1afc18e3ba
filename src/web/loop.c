/* An event loop: a thread with its own listening socket, connections, requests and read connection. Nothing of a loop
 * is touched by another thread but through loop_post. The listening sockets share the port (SO_REUSEPORT), so the
 * kernel spreads the clients.
 */
#include "web/inside.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { FREE_REQUESTS = 256, ACCEPTS_A_TURN = 64 };

/* ---- Requests are kept for reuse with their arena and page buffer. ---- */

struct request *loop_request(struct loop *loop)
{
    struct request *request = loop->free_requests;
    if (request) {
        loop->free_requests = request->next;
        loop->free_count--;
        request->next = NULL;
        return request;
    }
    request = calloc(1, sizeof *request);
    if (!request) {
        abort();
    }
    request->arena = arena_new(0);
    request->loop = loop;
    request->server = loop->server;
    return request;
}

static void request_free(struct request *request)
{
    arena_free(request->arena);
    free(request->page.p);
    free(request);
}

static void recycle(struct loop *loop, struct request *request)
{
    request_reset(request);
    if (loop->free_count >= FREE_REQUESTS) {
        request_free(request);
        return;
    }
    request->next = loop->free_requests;
    loop->free_requests = request;
    loop->free_count++;
}

void loop_settle(struct loop *loop)
{
    while (loop->finished) {
        struct request *request = loop->finished;
        loop->finished = request->next;
        struct connection *connection = request->connection;
        recycle(loop, request);
        if (connection) {
            connection->request = NULL;
            connection_next(connection);
        }
    }
    while (loop->dead) {
        struct connection *connection = loop->dead;
        loop->dead = connection->next;
        connection_free(connection);
    }
    if (loop->draining && atomic_load(&loop->connection_count) == 0 && atomic_load(&loop->request_count) == 0) {
        (void)event_base_loopbreak(loop->base);
    }
}

/* ---- Posts ---- */

void loop_post(struct loop *loop, struct post *post)
{
    post->next = NULL;
    (void)pthread_mutex_lock(&loop->mutex);
    bool was_empty = loop->posts == NULL;
    *loop->posts_end = post;
    loop->posts_end = &post->next;
    (void)pthread_mutex_unlock(&loop->mutex);
    if (was_empty) {
        uint64_t one = 1;
        while (write(loop->wake_fd, &one, sizeof one) < 0 && errno == EINTR) {
        }
    }
}

static void run_posts(struct loop *loop)
{
    (void)pthread_mutex_lock(&loop->mutex);
    struct post *post = loop->posts;
    loop->posts = NULL;
    loop->posts_end = &loop->posts;
    (void)pthread_mutex_unlock(&loop->mutex);
    while (post) {
        struct post *next = post->next; /* the post may be freed by its run */
        post->run(post->context);
        loop_settle(loop);
        post = next;
    }
}

static void on_wake(evutil_socket_t fd, short what, void *context)
{
    (void)what;
    struct loop *loop = context;
    uint64_t count;
    if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN && errno != EINTR) {
        log_line(LOG_ERROR, "web: reading the wake-up of loop %d: %s", loop->number, strerror(errno));
    }
    run_posts(loop);
}

/* ---- Accepting ---- */

static void accept_one(struct loop *loop, int fd, const struct sockaddr_storage *peer)
{
    int one = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    atomic_fetch_add_explicit(&loop->server->accepted, 1, memory_order_relaxed);
    if (!connection_new(loop, fd, peer)) {
        (void)close(fd);
    }
}

static bool is_full(const struct loop *loop)
{
    int64_t most = loop->server->settings.max_connections / loop->server->loop_count;
    return atomic_load_explicit(&loop->connection_count, memory_order_relaxed) >= most;
}

static void pause_accepting(struct loop *loop)
{
    if (loop->accepting) {
        (void)event_del(&loop->listen_event);
        loop->accepting = false;
    }
}

static void on_listen(evutil_socket_t fd, short what, void *context)
{
    (void)what;
    struct loop *loop = context;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        if (is_full(loop)) {
            pause_accepting(loop); /* clients wait in the kernel's queue; the tick goes on */
            break;
        }
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        int client = accept4(fd, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                log_line(LOG_WARNING, "web: cannot accept: %s (raise LimitNOFILE)", strerror(errno));
                pause_accepting(loop);
            }
            break;
        }
        accept_one(loop, client, &peer);
    }
    loop_settle(loop);
}

/* ---- Time ---- */

static void set_date(struct loop *loop)
{
    time_t now = time(NULL); /* lint: the Date header tells the machine's own time */
    struct tm tm;
    if (now != loop->date_second && gmtime_r(&now, &tm)) {
        loop->date_second = now;
        (void)strftime(loop->date, sizeof loop->date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    }
}

static void flush_access(struct loop *loop)
{
    struct str left = buf_str(&loop->access);
    while (left.n && loop->access_fd >= 0) {
        ssize_t n = write(loop->access_fd, left.p, left.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break; /* a full disk must not stop the service: the lines are lost, /metrics still counts */
        }
        left = str_part(left, (size_t)n, left.n);
    }
    buf_clear(&loop->access);
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct loop *loop = context;
    int64_t now = clock_monotonic_us();
    set_date(loop);
    for (struct connection *connection = loop->connections, *next; connection; connection = next) {
        next = connection->next;
        connection_tick(connection, now);
    }
    flush_access(loop);
    if (loop->listening && !loop->accepting && !is_full(loop)) {
        loop->accepting = event_add(&loop->listen_event, NULL) == 0;
    }
    loop_settle(loop);
    if (loop->draining && now > loop->drain_until_us) {
        (void)event_base_loopbreak(loop->base);
    }
}

static void on_turn_end(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct loop *loop = context;
    loop->turn_ends = false;
    loop_end_snapshot(loop);
}

void loop_log_access(struct loop *loop, const struct request *request, int64_t us)
{
    if (loop->access_fd < 0 || (request->match.route && (request->match.route->flags & ROUTE_QUIET))) {
        return;
    }
    struct tm tm;
    time_t now = (time_t)loop->date_second;
    char when[24] = "";
    if (gmtime_r(&now, &tm)) {
        (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    }
    /* The route's pattern, not the path: a path may hold a receipt or a person's number. */
    buf_printf(&loop->access, "%s %s %s %d %zu %lldus %s\n", when,
               request->head.method == HTTP_GET    ? "GET"
               : request->head.method == HTTP_HEAD ? "HEAD"
               : request->head.method == HTTP_POST ? "POST"
                                                   : "other",
               request->match.route ? request->match.route->path : "-", request->status, request->sent_bytes,
               (long long)us, request->reference);
    if (loop->access.n > 48 * 1024) {
        flush_access(loop);
    }
}

/* ---- Life ---- */

static bool open_access(struct loop *loop, struct error *error)
{
    const char *path = loop->server->settings.access_log;
    loop->access_fd = -1;
    if (!path) {
        return true;
    }
    if (strcmp(path, "-") == 0) {
        loop->access_fd = STDERR_FILENO;
        return true;
    }
    FILE *file = fopen(path, "ae");
    int fd = file ? dup(fileno(file)) : -1;
    if (file) {
        (void)fclose(file);
    }
    if (fd < 0) {
        return error_set(error, "the access log %s cannot be opened: %s", path, strerror(errno));
    }
    loop->access_fd = fd;
    return true;
}

bool loop_init(struct loop *loop, struct web_server *server, int number, struct error *error)
{
    *loop = (struct loop){ .server = server, .number = number, .listen_fd = -1, .wake_fd = -1, .access_fd = -1 };
    loop->posts_end = &loop->posts;
    loop->access = buf_init(256 * 1024);
    loop->head = buf_init(64 * 1024);
    loop->signer = signer_new(server->settings.secret);
    (void)pthread_mutex_init(&loop->mutex, NULL);
    struct event_config *config = event_config_new();
    if (config) {
        (void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK); /* one thread; others use loop_post */
        loop->base = event_base_new_with_config(config);
        event_config_free(config);
    }
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    loop->numbers = calloc(server->route_count + 1, sizeof *loop->numbers);
    if (!loop->base || loop->wake_fd < 0 || !loop->numbers) {
        return error_set(error, "an event loop cannot be made: %s", strerror(errno));
    }
    if (!open_access(loop, error)) {
        return false;
    }
    struct timeval second = { .tv_sec = 1 };
    if (event_assign(&loop->wake_event, loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake, loop) != 0 ||
        event_add(&loop->wake_event, NULL) != 0 ||
        event_assign(&loop->turn_event, loop->base, -1, 0, on_turn_end, loop) != 0 ||
        event_assign(&loop->tick_event, loop->base, -1, EV_PERSIST, on_tick, loop) != 0 ||
        event_add(&loop->tick_event, &second) != 0) {
        return error_set(error, "an event loop cannot be made: %s", strerror(errno));
    }
    if (getrandom(loop->random, sizeof loop->random, 0) != (ssize_t)sizeof loop->random) {
        return error_set(error, "no random numbers: %s", strerror(errno));
    }
    set_date(loop);
    return true;
}

/* Our loops share a port; another server of the same port would silently take half of the visitors. So the first loop
 * asks for the port alone before it is shared. */
static bool port_is_free(const struct sockaddr_storage *name, socklen_t size)
{
    int one = 1;
    int fd = socket(name->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_free = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
                   bind(fd, (const struct sockaddr *)name, size) == 0;
    int kept = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    errno = kept;
    return is_free;
}

static bool bind_socket(struct loop *loop, const struct addrinfo *info, int port, struct error *error)
{
    const char *address = loop->server->settings.address;
    struct sockaddr_storage name;
    memcpy(&name, info->ai_addr, info->ai_addrlen);
    if (name.ss_family == AF_INET6) {
        ((struct sockaddr_in6 *)&name)->sin6_port = htons((uint16_t)port);
    } else {
        ((struct sockaddr_in *)&name)->sin_port = htons((uint16_t)port);
    }
    if (loop->number == 0 && port != 0 && !port_is_free(&name, info->ai_addrlen)) {
        return error_set(error, "cannot listen on %s port %d: %s", address, port, strerror(errno));
    }
    int one = 1;
    loop->listen_fd = socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (loop->listen_fd < 0 || setsockopt(loop->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        setsockopt(loop->listen_fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) < 0 ||
        bind(loop->listen_fd, (struct sockaddr *)&name, info->ai_addrlen) < 0 || listen(loop->listen_fd, 4096) < 0) {
        return error_set(error, "cannot listen on %s port %d: %s", address, port, strerror(errno));
    }
    socklen_t size = sizeof name;
    if (getsockname(loop->listen_fd, (struct sockaddr *)&name, &size) == 0) {
        loop->server->port = ntohs(name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&name)->sin6_port
                                                              : ((struct sockaddr_in *)&name)->sin_port);
    }
    return true;
}

bool loop_listen(struct loop *loop, int port, struct error *error)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
    struct addrinfo *info = NULL;
    if (getaddrinfo(loop->server->settings.address, NULL, &hints, &info) != 0 || !info) {
        return error_set(error, "'%s' is no address to listen on (127.0.0.1, 0.0.0.0 or ::, for example)",
                         loop->server->settings.address);
    }
    bool ok = bind_socket(loop, info, port, error);
    freeaddrinfo(info);
    if (!ok) {
        return false;
    }
    if (event_assign(&loop->listen_event, loop->base, loop->listen_fd, EV_READ | EV_PERSIST, on_listen, loop) != 0 ||
        event_add(&loop->listen_event, NULL) != 0) {
        return error_set(error, "cannot listen: %s", strerror(errno));
    }
    loop->listening = loop->accepting = true;
    return true;
}

void *loop_main(void *context)
{
    struct loop *loop = context;
    (void)event_base_dispatch(loop->base);
    flush_access(loop);
    return NULL;
}

/* The end has come: nobody new; who is idle goes; who waits for an answer gets it. */
static void start_draining(void *context)
{
    struct loop *loop = context;
    if (loop->draining) {
        return;
    }
    if (loop->listening) {
        if (loop->accepting) {
            on_listen(loop->listen_fd, EV_READ, loop); /* who is in the queue already would be reset */
        }
        pause_accepting(loop);
        (void)close(loop->listen_fd);
        loop->listen_fd = -1;
        loop->listening = false;
    }
    loop->draining = true;
    loop->drain_until_us = clock_monotonic_us() + (int64_t)loop->server->settings.drain_seconds * 1000000;
    for (struct connection *connection = loop->connections, *next; connection; connection = next) {
        next = connection->next;
        connection_drain(connection);
    }
}

static void run_stop(void *context)
{
    struct post *post = context;
    struct loop *loop = post->context;
    free(post);
    start_draining(loop);
}

/* A post whose context is itself, so that it can be freed. */
void loop_stop(struct loop *loop)
{
    struct stop {
        struct post inner;
        struct post outer;
    } *stop = calloc(1, sizeof *stop);
    if (!stop) {
        abort();
    }
    stop->inner.context = loop;
    stop->outer = (struct post){ .run = run_stop, .context = &stop->inner };
    loop_post(loop, &stop->outer);
}

void loop_free(struct loop *loop)
{
    while (loop->connections) {
        connection_close(loop->connections);
    }
    run_posts(loop); /* answers that came too late */
    while (loop->finished) {
        struct request *request = loop->finished;
        loop->finished = request->next;
        recycle(loop, request);
    }
    while (loop->dead) {
        struct connection *connection = loop->dead;
        loop->dead = connection->next;
        connection_free(connection);
    }
    while (loop->free_requests) {
        struct request *request = loop->free_requests;
        loop->free_requests = request->next;
        request_free(request);
    }
    loop_db_close(loop);
    signer_free(loop->signer);
    if (loop->base) {
        if (loop->listening) {
            (void)event_del(&loop->listen_event);
        }
        (void)event_del(&loop->wake_event);
        (void)event_del(&loop->tick_event);
        event_base_free(loop->base);
    }
    if (loop->listen_fd >= 0) {
        (void)close(loop->listen_fd);
    }
    if (loop->wake_fd >= 0) {
        (void)close(loop->wake_fd);
    }
    if (loop->access_fd > STDERR_FILENO) {
        (void)close(loop->access_fd);
    }
    buf_free(&loop->access);
    buf_free(&loop->head);
    free(loop->numbers);
    (void)pthread_mutex_destroy(&loop->mutex);
}
