/* See client.h. */
#include "client.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

int client_open(int port)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct timeval wait = { .tv_sec = 10 };
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    return fd;
}

void client_send(int fd, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n <= 0) {
            return; /* the server has refused already: its answer tells */
        }
        bytes = str_part(bytes, (size_t)n, bytes.n);
    }
}

static size_t announced(struct str head)
{
    int64_t length = 0;
    (void)str_to_int(answer_header((struct answer){ .head = head }, "content-length"), 0, INT64_MAX, &length);
    return (size_t)length;
}

struct answer client_read(int fd, struct arena *arena, bool head_only)
{
    struct buf all = buf_init((size_t)64 * 1024 * 1024);
    struct answer answer = { 0 };
    size_t head = 0, body = 0;
    while (!head || all.n < head + body) {
        char *room = buf_room(&all, 1);
        assert_non_null(room);
        size_t most = head ? head + body - all.n : 1; /* not a byte of the next answer */
        room = buf_room(&all, most);
        ssize_t n = recv(fd, room, most, 0);
        if (n <= 0) {
            answer.closed = true;
            break;
        }
        buf_took(&all, (size_t)n);
        if (!head && all.n >= 4 && memcmp(all.p + all.n - 4, "\r\n\r\n", 4) == 0) {
            if (str_starts(buf_str(&all), STR("HTTP/1.1 100"))) {
                buf_clear(&all);
                continue;
            }
            head = all.n;
            body = head_only ? 0 : announced(buf_str(&all));
        }
    }
    struct str text = arena_str(arena, buf_str(&all));
    buf_free(&all);
    if (head) {
        int64_t status = 0;
        (void)str_to_int(str_part(text, 9, 3), 100, 999, &status);
        answer.status = (int)status;
        answer.head = str_part(text, 0, head);
        answer.body = str_part(text, head, text.n);
    }
    return answer;
}

struct answer client_ask(int port, struct arena *arena, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    struct str request = arena_vprintf(arena, format, list);
    va_end(list);
    int fd = client_open(port);
    client_send(fd, request);
    struct answer answer = client_read(fd, arena, str_starts(request, STR("HEAD ")));
    (void)close(fd);
    return answer;
}

struct str answer_header(struct answer answer, const char *name)
{
    struct str rest = answer.head, line;
    size_t n = strlen(name);
    while (str_split(&rest, '\n', &line)) {
        if (line.n > n && line.p[n] == ':' && strncasecmp(line.p, name, n) == 0) {
            return str_trim(str_part(line, n + 1, line.n));
        }
    }
    return (struct str){ 0 };
}

bool answer_has(struct answer answer, const char *text)
{
    return answer.body.n && memmem(answer.body.p, answer.body.n, text, strlen(text)) != NULL;
}

struct str answer_between(struct answer answer, const char *before, const char *after)
{
    const char *from = answer.body.n ? memmem(answer.body.p, answer.body.n, before, strlen(before)) : NULL;
    if (!from) {
        return (struct str){ 0 };
    }
    from += strlen(before);
    size_t left = answer.body.n - (size_t)(from - answer.body.p);
    const char *to = memmem(from, left, after, strlen(after));
    return to ? (struct str){ from, (size_t)(to - from) } : (struct str){ 0 };
}
