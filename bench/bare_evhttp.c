/* The bare library beside the status page: evhttp on as many loops as asked for, that answers every request with the
 * same bytes of a file and the headers that a page of ours has. No parsing of paths, no session, no database.
 *   bare_evhttp PORT LOOPS FILE */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/thread.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_LOOPS = 64, PAGE = 1024 * 1024 };

static void answer(struct evhttp_request *request, void *context)
{
    const struct evbuffer_iovec *page = context;
    struct evbuffer *body = evhttp_request_get_output_buffer(request);
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    (void)evhttp_add_header(headers, "Content-Type", "text/html; charset=utf-8");
    (void)evhttp_add_header(headers, "Cache-Control", "private, no-store");
    (void)evhttp_add_header(headers, "Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'");
    (void)evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
    (void)evhttp_add_header(headers, "Referrer-Policy", "same-origin");
    (void)evbuffer_add_reference(body, page->iov_base, page->iov_len, NULL, NULL);
    evhttp_send_reply(request, 200, "OK", NULL);
}

struct loop {
    int port;
    struct evbuffer_iovec *page;
    pthread_t thread;
};

static int listen_at(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&here, sizeof here) != 0 || listen(fd, 4096) != 0) {
        perror("bare_evhttp");
        exit(1);
    }
    return fd;
}

static void *serve(void *context)
{
    struct loop *loop = context;
    struct event_base *base = event_base_new();
    struct evhttp *http = base ? evhttp_new(base) : NULL;
    if (!http || evhttp_accept_socket(http, listen_at(loop->port)) != 0) {
        (void)fprintf(stderr, "bare_evhttp: cannot listen\n");
        exit(1);
    }
    evhttp_set_gencb(http, answer, loop->page);
    (void)event_base_dispatch(base);
    return NULL;
}

int main(int argc, char **argv)
{
    static char bytes[PAGE];
    struct loop loops[MOST_LOOPS];
    int fd = argc == 4 ? open(argv[3], O_RDONLY) : -1;
    ssize_t n = fd >= 0 ? read(fd, bytes, sizeof bytes) : -1;
    long count = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
    if (n <= 0 || count < 1 || count > MOST_LOOPS) {
        (void)fprintf(stderr, "usage: bare_evhttp PORT LOOPS FILE\n");
        return 2;
    }
    struct evbuffer_iovec page = { bytes, (size_t)n };
    for (long i = 0; i < count; i++) {
        loops[i] = (struct loop){ .port = (int)strtol(argv[1], NULL, 10), .page = &page };
        if (pthread_create(&loops[i].thread, NULL, serve, &loops[i]) != 0) {
            return 1;
        }
    }
    for (long i = 0; i < count; i++) {
        (void)pthread_join(loops[i].thread, NULL);
    }
    return 0;
}
