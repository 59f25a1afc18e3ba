/* The load generator: keep-alive connections on loopback, prepared requests, one epoll loop. See README.md.
 *
 *   load run --port P --connections N --requests FILE --status CODE [--marker TEXT] [--seconds S] [--extract TEXT]
 *   load start OUT -- PROGRAM ARGUMENTS …     starts a server; OUT gets what it prints
 *   load first --port P --path PATH --since MS --pid PID
 *
 * FILE is a row of requests, each "LENGTH\n" and so many bytes. Without --seconds each request is sent exactly once, by
 * whichever connection is free; with it they go round. An answer counts when it has the status, the marker and its
 * whole body. --extract prints, for each request in order, what stands in its answer between TEXT and the next quote.
 * Connections come from many addresses of 127.0.0.0/8, as families do, so that no limit of one address is met.
 * Prints one JSON line: answers, errors, seconds, and the 50th and 99th percentile of the wait in ms. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER = 256 * 1024, ADDRESSES = 240, EVENTS = 256, GIVE_UP_SECONDS = 120 };

struct request {
    const char *bytes;
    size_t n;
    char *extracted; /* with --extract */
};

struct connection {
    int fd;
    size_t request; /* the one on the way */
    size_t sent;
    char *answer;
    size_t have;
    double asked_at;
    bool busy;
};

struct load {
    int port, wanted, epoll;
    const char *marker, *extract;
    double seconds;
    struct request *requests;
    size_t nrequests, next, done, errors;
    struct connection *connections;
    size_t nconnections, open;
    float *waits; /* ms, of every good answer */
    size_t nwaits, room;
    double start, last;
    char first_error[400];
    size_t bytes;
};

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const char *what)
{
    (void)fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void *must(void *p)
{
    if (!p) {
        die("no memory");
    }
    return p;
}

/* ---- Requests ---- */

static void read_requests(struct load *load, const char *path)
{
    int fd = open(path, O_RDONLY);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0) {
        die(path);
    }
    size_t size = (size_t)about.st_size, room = 1024;
    char *all = must(malloc(size + 1));
    for (size_t have = 0; have < size;) {
        ssize_t n = read(fd, all + have, size - have);
        if (n <= 0) {
            die(path);
        }
        have += (size_t)n;
    }
    (void)close(fd);
    all[size] = '\0';
    load->requests = must(malloc(room * sizeof *load->requests));
    for (char *p = all; p < all + size;) {
        char *after;
        unsigned long n = strtoul(p, &after, 10);
        if (*after != '\n' || n == 0 || after + 1 + n > all + size) {
            errno = EINVAL;
            die(path);
        }
        if (load->nrequests == room) {
            room *= 2;
            load->requests = must(realloc(load->requests, room * sizeof *load->requests));
        }
        load->requests[load->nrequests++] = (struct request){ after + 1, n, NULL };
        p = after + 1 + n;
    }
}

/* ---- Connections ---- */

static int connect_one(const struct load *load, size_t number)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in here = { .sin_family = AF_INET },
                       there = { .sin_family = AF_INET, .sin_port = htons((uint16_t)load->port) };
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(number % ADDRESSES));
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) != 0 ||
        connect(fd, (struct sockaddr *)&there, sizeof there) != 0) {
        die("connecting");
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void watch(struct load *load, struct connection *c, uint32_t events, int how)
{
    struct epoll_event event = { .events = events, .data.ptr = c };
    if (epoll_ctl(load->epoll, how, c->fd, &event) != 0) {
        die("epoll");
    }
}

static void send_more(struct load *load, struct connection *c)
{
    const struct request *request = &load->requests[c->request];
    while (c->sent < request->n) {
        ssize_t n = send(c->fd, request->bytes + c->sent, request->n - c->sent, MSG_NOSIGNAL);
        if (n < 0) {
            watch(load, c, errno == EAGAIN ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
            return; /* a broken connection shows when it is read */
        }
        c->sent += (size_t)n;
    }
}

static bool more_to_ask(const struct load *load)
{
    return load->seconds > 0 ? now_ms() - load->start < load->seconds * 1e3 : load->next < load->nrequests;
}

static void ask_next(struct load *load, struct connection *c)
{
    c->busy = more_to_ask(load);
    if (c->busy) {
        c->request = load->next++ % load->nrequests;
        c->sent = c->have = 0;
        c->asked_at = now_ms();
        send_more(load, c);
    }
}

static void reconnect(struct load *load, struct connection *c)
{
    (void)close(c->fd);
    c->fd = connect_one(load, (size_t)(c - load->connections));
    watch(load, c, EPOLLIN, EPOLL_CTL_ADD);
}

/* ---- Answers ---- */

static void fault(struct load *load, const char *why, const char *answer, size_t n)
{
    load->errors++;
    if (!load->first_error[0]) {
        (void)snprintf(load->first_error, sizeof load->first_error, "%s: %.*s", why, (int)(n < 300 ? n : 300), answer);
    }
}

static void note_wait(struct load *load, const struct connection *c)
{
    load->last = now_ms();
    if (load->nwaits == load->room) {
        load->room = load->room ? load->room * 2 : 65536;
        load->waits = must(realloc(load->waits, load->room * sizeof *load->waits));
    }
    load->waits[load->nwaits++] = (float)(load->last - c->asked_at);
}

static void extract(struct load *load, const struct connection *c)
{
    const char *from = strstr(c->answer, load->extract);
    const char *end = from ? strchr(from + strlen(load->extract), '"') : NULL;
    if (!end) {
        fault(load, "nothing to extract", c->answer, c->have);
        return;
    }
    from += strlen(load->extract);
    load->requests[c->request].extracted = must(strndup(from, (size_t)(end - from)));
}

/* Bytes of the whole answer; 0: the head is not all there; SIZE_MAX: no length. */
static size_t answer_length(const struct connection *c)
{
    const char *end = strstr(c->answer, "\r\n\r\n"), *length = strcasestr(c->answer, "\r\nContent-Length:");
    if (!end) {
        return 0;
    }
    return length && length < end ? (size_t)(end - c->answer) + 4 + strtoul(length + 17, NULL, 10) : SIZE_MAX;
}

static void finish(struct load *load, struct connection *c)
{
    load->done++;
    load->bytes = c->have;
    int status = c->have > 12 ? (int)strtol(c->answer + 9, NULL, 10) : 0;
    if (status != load->wanted || (load->marker && !strstr(c->answer, load->marker))) {
        fault(load, "another answer", c->answer, c->have);
    } else {
        note_wait(load, c);
        if (load->extract) {
            extract(load, c);
        }
    }
}

static void receive(struct load *load, struct connection *c)
{
    ssize_t n = recv(c->fd, c->answer + c->have, ANSWER - c->have, 0);
    if (n < 0 && errno == EAGAIN) {
        return;
    }
    if (n <= 0 || !c->busy) {
        if (c->busy) {
            fault(load, "the server hung up", c->answer, c->have);
            load->done++;
        }
        reconnect(load, c);
        ask_next(load, c);
        return;
    }
    c->have += (size_t)n;
    c->answer[c->have] = '\0';
    size_t whole = answer_length(c);
    if (whole == SIZE_MAX || whole > ANSWER) {
        errno = EPROTO;
        die("an answer without a length, or too long");
    }
    if (whole && c->have >= whole) {
        bool closing = strcasestr(c->answer, "\r\nConnection: close") != NULL;
        finish(load, c);
        if (closing) {
            reconnect(load, c);
        }
        ask_next(load, c);
    }
}

static bool all_idle(const struct load *load)
{
    for (size_t i = 0; i < load->nconnections; i++) {
        if (load->connections[i].busy) {
            return false;
        }
    }
    return true;
}

static void run(struct load *load)
{
    struct epoll_event events[EVENTS];
    load->epoll = epoll_create1(0);
    load->connections = must(calloc(load->nconnections, sizeof *load->connections));
    for (size_t i = 0; i < load->nconnections; i++) {
        struct connection *c = &load->connections[i];
        c->answer = must(malloc(ANSWER + 1));
        c->fd = connect_one(load, i);
        watch(load, c, EPOLLIN, EPOLL_CTL_ADD);
    }
    load->start = load->last = now_ms();
    for (size_t i = 0; i < load->nconnections; i++) {
        ask_next(load, &load->connections[i]);
    }
    while (more_to_ask(load) || !all_idle(load)) {
        int n = epoll_wait(load->epoll, events, EVENTS, 1000);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT) {
                watch(load, c, EPOLLIN, EPOLL_CTL_MOD);
                send_more(load, c);
            }
            if (events[i].events & ~(uint32_t)EPOLLOUT) {
                receive(load, c);
            }
        }
        if (now_ms() - load->start > (load->seconds + GIVE_UP_SECONDS) * 1e3) {
            (void)fprintf(stderr, "load: gave up waiting\n");
            break;
        }
    }
}

static int by_wait(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void tell(struct load *load)
{
    if (load->extract) {
        for (size_t i = 0; i < load->nrequests; i++) {
            puts(load->requests[i].extracted ? load->requests[i].extracted : "");
        }
        return;
    }
    double seconds = (load->last - load->start) / 1e3;
    qsort(load->waits, load->nwaits, sizeof *load->waits, by_wait);
#define AT(share) (load->nwaits ? (double)load->waits[(size_t)((double)(load->nwaits - 1) * (share))] : 0.0)
    printf("{\"answers\":%zu,\"errors\":%zu,\"seconds\":%.4f,\"rate\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
           "\"most_ms\":%.3f,\"bytes\":%zu}\n",
           load->nwaits, load->errors, seconds, seconds > 0 ? (double)load->nwaits / seconds : 0.0, AT(0.5), AT(0.99),
           AT(1.0), load->bytes);
#undef AT
}

/* ---- Starting a server and its first answer ---- */

static int start_server(int argc, char **argv)
{
    if (argc < 5 || strcmp(argv[3], "--") != 0) {
        return 2;
    }
    double since = now_ms();
    pid_t child = fork();
    if (child < 0) {
        die("fork");
    }
    if (child == 0) {
        int out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || setsid() < 0) {
            die(argv[2]);
        }
        execvp(argv[4], argv + 4);
        die(argv[4]);
    }
    printf("%d %.3f\n", (int)child, since);
    return 0;
}

static bool answers(int port, const char *path)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct timeval patience = { .tv_sec = 2 };
    char text[512];
    bool good = false;
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&there, sizeof there) == 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n", path);
        good = send(fd, text, (size_t)n, MSG_NOSIGNAL) == n && recv(fd, text, sizeof text, 0) > 12 &&
               memcmp(text + 9, "200", 3) == 0;
    }
    (void)close(fd);
    return good;
}

static int first_answer(int port, const char *path, double since, pid_t pid)
{
    while (!answers(port, path)) {
        struct timespec pause = { .tv_nsec = 500000 };
        if (kill(pid, 0) != 0 || now_ms() - since > GIVE_UP_SECONDS * 1e3) {
            (void)fprintf(stderr, "load: the server does not answer\n");
            return 1;
        }
        (void)nanosleep(&pause, NULL);
    }
    printf("%.1f\n", now_ms() - since);
    return 0;
}

int main(int argc, char **argv)
{
    struct load load = { .wanted = 200, .nconnections = 64 };
    const char *path = "/", *requests = NULL;
    double since = 0;
    pid_t pid = 0;
    if (argc > 1 && strcmp(argv[1], "start") == 0) {
        return start_server(argc, argv);
    }
    for (int i = 2; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (strcmp(name, "--port") == 0) {
            load.port = (int)strtol(value, NULL, 10);
        } else if (strcmp(name, "--connections") == 0) {
            load.nconnections = strtoul(value, NULL, 10);
        } else if (strcmp(name, "--requests") == 0) {
            requests = value;
        } else if (strcmp(name, "--status") == 0) {
            load.wanted = (int)strtol(value, NULL, 10);
        } else if (strcmp(name, "--marker") == 0) {
            load.marker = value;
        } else if (strcmp(name, "--extract") == 0) {
            load.extract = value;
        } else if (strcmp(name, "--seconds") == 0) {
            load.seconds = strtod(value, NULL);
        } else if (strcmp(name, "--path") == 0) {
            path = value;
        } else if (strcmp(name, "--since") == 0) {
            since = strtod(value, NULL);
        } else if (strcmp(name, "--pid") == 0) {
            pid = (pid_t)strtol(value, NULL, 10);
        } else {
            (void)fprintf(stderr, "load: what is %s?\n", name);
            return 2;
        }
    }
    if (argc > 1 && strcmp(argv[1], "first") == 0) {
        return first_answer(load.port, path, since, pid);
    }
    if (argc < 2 || strcmp(argv[1], "run") != 0 || !requests) {
        (void)fprintf(stderr, "usage: load run|first|start …, see the top of bench/load.c\n");
        return 2;
    }
    read_requests(&load, requests);
    run(&load);
    tell(&load);
    if (load.errors) {
        (void)fprintf(stderr, "load: %zu errors, the first: %s\n", load.errors, load.first_error);
    }
    return load.errors ? 1 : 0;
}
