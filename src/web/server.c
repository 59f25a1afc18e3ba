/* The server as a whole: settings, the table of routes, threads, and the clean stop.
 *
 * The thread that calls web_server_run waits for SIGTERM, SIGINT or web_server_stop; the loops run beside it. A stop
 * closes the listening sockets, lets every accepted request come to its answer (at most drain_seconds), and ends.
 */
#include "web/inside.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <openssl/rand.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { DRAIN_SECONDS = 20, IDLE_SECONDS = 75, MAX_CONNECTIONS = 20000, MAX_THREADS = 256 };

static int otherwise(int value, int standard)
{
    return value > 0 ? value : standard;
}

static bool is_zero(const unsigned char *bytes, size_t n)
{
    unsigned char any = 0;
    for (size_t i = 0; i < n; i++) {
        any |= bytes[i];
    }
    return !any;
}

static char *copy_of(const char *s)
{
    char *copy = s ? strdup(s) : NULL;
    if (s && !copy) {
        abort();
    }
    return copy;
}

/* Each descriptor of the limit is one connection less than we might hold: ask for what we may have. */
static void raise_descriptors(int connections)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)connections + 256) {
        limit.rlim_cur = limit.rlim_max < (rlim_t)connections + 256 ? limit.rlim_max : (rlim_t)connections + 256;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool take_settings(struct web_server *server, const struct web_settings *given, struct error *error)
{
    struct web_settings *settings = &server->settings;
    int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    *settings = *given;
    if (given->port < 0 || given->port > 65535) {
        return error_set(error, "%d is no port: 0 to 65535", given->port);
    }
    if (given->loops < 0 || given->loops > MAX_THREADS || given->workers < 0 || given->workers > MAX_THREADS) {
        return error_set(error, "loops and workers must be between 0 (one per core) and %d", MAX_THREADS);
    }
    settings->address = copy_of(given->address ? given->address : "127.0.0.1");
    settings->trusted_proxies = copy_of(given->trusted_proxies);
    settings->access_log = copy_of(given->access_log);
    settings->sign_in_path = copy_of(given->sign_in_path ? given->sign_in_path : "/sign-in");
    settings->sign_out_path = copy_of(given->sign_out_path ? given->sign_out_path : "/sign-out");
    settings->loops = otherwise(given->loops, cores > 0 ? cores : 1);
    settings->workers = otherwise(given->workers, cores > 0 ? cores : 1);
    settings->drain_seconds = otherwise(given->drain_seconds, DRAIN_SECONDS);
    settings->address_per_minute = otherwise(given->address_per_minute, LIMIT_ADDRESS_PER_MINUTE);
    settings->account_per_minute = otherwise(given->account_per_minute, LIMIT_ACCOUNT_PER_MINUTE);
    settings->sign_in_per_minute = otherwise(given->sign_in_per_minute, LIMIT_SIGN_IN_PER_MINUTE);
    settings->request_seconds = otherwise(given->request_seconds, LIMIT_REQUEST_SECONDS);
    settings->idle_seconds = otherwise(given->idle_seconds, IDLE_SECONDS);
    settings->max_connections = otherwise(given->max_connections, MAX_CONNECTIONS);
    if (settings->max_connections < settings->loops) {
        settings->max_connections = settings->loops;
    }
    if (is_zero(given->secret, sizeof given->secret) && RAND_bytes(settings->secret, sizeof settings->secret) != 1) {
        return error_set(error, "no random numbers for the secret of the forms");
    }
    raise_descriptors(settings->max_connections);
    return true;
}

struct web_server *web_server_new(const struct web_settings *settings, const struct web_hooks *hooks,
                                  struct error *error)
{
    struct web_server *server = calloc(1, sizeof *server);
    if (!server) {
        abort();
    }
    server->hooks = hooks ? *hooks : (struct web_hooks){ 0 };
    server->router = router_new();
    server->sessions = sessions_new();
    server->started_us = clock_monotonic_us();
    server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->stop_fd < 0) {
        (void)error_set(error, "the server cannot be made: %s", strerror(errno));
        web_server_free(server);
        return NULL;
    }
    if (!take_settings(server, settings, error) ||
        !web_add_routes(server, web_own_routes, web_own_route_count, error)) {
        web_server_free(server);
        return NULL;
    }
    server->by_address = rate_new(server->settings.address_per_minute);
    server->by_account = rate_new(server->settings.account_per_minute);
    server->by_sign_in = rate_new(server->settings.sign_in_per_minute);
    return server;
}

static void free_copy(const char *s)
{
    free((void *)(uintptr_t)s);
}

void web_server_free(struct web_server *server)
{
    if (!server) {
        return;
    }
    workers_free(server->workers);
    for (int i = 0; i < server->loop_count; i++) {
        loop_free(&server->loops[i]);
    }
    free(server->loops);
    router_free(server->router);
    sessions_free(server->sessions);
    rate_free(server->by_address);
    rate_free(server->by_account);
    rate_free(server->by_sign_in);
    free(server->routes);
    free_copy(server->settings.address);
    free_copy(server->settings.trusted_proxies);
    free_copy(server->settings.access_log);
    free_copy(server->settings.sign_in_path);
    free_copy(server->settings.sign_out_path);
    if (server->stop_fd >= 0) {
        (void)close(server->stop_fd);
    }
    free(server);
}

bool web_add_routes(struct web_server *server, const struct route *routes, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (server->route_count == server->route_room) {
            server->route_room = server->route_room ? server->route_room * 2 : 64;
            server->routes = realloc(server->routes, server->route_room * sizeof(const struct route *));
            if (!server->routes) {
                abort();
            }
        }
        if (!router_add(server->router, &routes[i], server->route_count, error)) {
            return false;
        }
        server->routes[server->route_count++] = &routes[i];
    }
    return true;
}

size_t web_route_count(const struct web_server *server)
{
    return server->route_count;
}

const struct route *web_route_at(const struct web_server *server, size_t i)
{
    return server->routes[i];
}

bool web_server_listen(struct web_server *server, struct error *error)
{
    if (server->loops) {
        return error_set(error, "the server listens already");
    }
    server->loops = calloc((size_t)server->settings.loops, sizeof *server->loops);
    if (!server->loops) {
        abort();
    }
    server->workers = workers_new(server->settings.workers);
    server->port = server->settings.port;
    for (int i = 0; i < server->settings.loops; i++) {
        server->loop_count = i + 1;
        if (!loop_init(&server->loops[i], server, i, error) || !loop_listen(&server->loops[i], server->port, error)) {
            return false;
        }
    }
    return true;
}

int web_server_port(const struct web_server *server)
{
    return server->port;
}

void web_server_stop(struct web_server *server)
{
    uint64_t one = 1;
    (void)!write(server->stop_fd, &one, sizeof one); /* full means: asked often enough */
}

static void wait_for_stop(struct web_server *server, int signal_fd)
{
    struct pollfd fds[2] = { { .fd = server->stop_fd, .events = POLLIN }, { .fd = signal_fd, .events = POLLIN } };
    while (poll(fds, 2, -1) < 0 && errno == EINTR) {
    }
    if (fds[1].revents) {
        struct signalfd_siginfo info;
        (void)!read(signal_fd, &info, sizeof info);
        log_line(LOG_NOTE, "web: stopping: no new connections, waiting for what is running");
    }
}

static bool start_loops(struct web_server *server, int *started, struct error *error)
{
    for (*started = 0; *started < server->loop_count; (*started)++) {
        struct loop *loop = &server->loops[*started];
        int failure = pthread_create(&loop->thread, NULL, loop_main, loop);
        if (failure) {
            return error_set(error, "a thread cannot be started: %s", strerror(failure));
        }
    }
    return true;
}

bool web_server_run(struct web_server *server, struct error *error)
{
    if (!server->loops && !web_server_listen(server, error)) {
        return false;
    }
    sigset_t stops, before;
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGTERM);
    (void)sigaddset(&stops, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &stops, &before); /* the loops inherit it: only this thread sees them */
    (void)signal(SIGPIPE, SIG_IGN);
    int signal_fd = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
    int started = 0;
    bool ok = start_loops(server, &started, error);
    if (ok) {
        wait_for_stop(server, signal_fd);
    }
    atomic_store(&server->stopping, true);
    for (int i = 0; i < started; i++) {
        loop_stop(&server->loops[i]);
    }
    int64_t unfinished = 0;
    for (int i = 0; i < started; i++) {
        (void)pthread_join(server->loops[i].thread, NULL);
        unfinished += atomic_load(&server->loops[i].request_count);
    }
    workers_free(server->workers);
    server->workers = NULL;
    if (signal_fd >= 0) {
        (void)close(signal_fd);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (ok && unfinished) {
        return error_set(error, "stopped after %d seconds with %lld requests unanswered",
                         server->settings.drain_seconds, (long long)unfinished);
    }
    return ok;
}

void web_session_forget(struct web_server *server, const unsigned char hash[SESSION_HASH_BYTES])
{
    sessions_forget(server->sessions, hash);
}

void web_session_forget_account(struct web_server *server, int64_t account)
{
    sessions_forget_account(server->sessions, account);
}
