/* See http.h. */
#include "web/http.h"

#include "base/limits.h"

#include <strings.h>

/* RFC 9110: token */
static bool is_token(unsigned char c)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c && strchr(others, c));
}

static struct str take_line(const char *p, size_t n, size_t *at)
{
    /* The caller saw CRLF CRLF, so that there is an LF from every *at on. */
    const char *end = memchr(p + *at, '\n', n - *at);
    struct str line = { p + *at, (size_t)(end - (p + *at)) };
    *at += line.n + 1;
    if (line.n && line.p[line.n - 1] == '\r') {
        line.n--;
        return line;
    }
    return (struct str){ NULL, 1 }; /* a bare line feed */
}

static bool parse_version(struct str version, struct http_head *head, int *status)
{
    if (version.n != 8 || memcmp(version.p, "HTTP/", 5) != 0 || version.p[6] != '.') {
        *status = 400;
        return false;
    }
    if (version.p[5] != '1' || version.p[7] < '0' || version.p[7] > '9') {
        *status = 505;
        return false;
    }
    head->minor = version.p[7] > '0';
    return true;
}

static int parse_first_line(struct str line, struct http_head *head)
{
    size_t space = str_find(line, ' ');
    head->method_name = str_part(line, 0, space);
    for (size_t i = 0; i < space; i++) {
        if (!is_token((unsigned char)line.p[i])) {
            return 400;
        }
    }
    struct str rest = str_part(line, space + 1, line.n);
    size_t second = str_find(rest, ' ');
    if (space == 0 || space > 16 || space == line.n || second == rest.n) {
        return 400;
    }
    head->target = str_part(rest, 0, second);
    int status = 0;
    if (!parse_version(str_part(rest, second + 1, rest.n), head, &status)) {
        return status;
    }
    if (head->target.n > LIMIT_URL_BYTES) {
        return 414;
    }
    if (head->target.n == 0 || head->target.p[0] != '/') {
        return 400;
    }
    for (size_t i = 0; i < head->target.n; i++) {
        unsigned char c = (unsigned char)head->target.p[i];
        if (c <= ' ' || c >= 0x7f) {
            return 400;
        }
    }
    size_t question = str_find(head->target, '?');
    head->raw_path = str_part(head->target, 0, question);
    head->raw_query = str_part(head->target, question + 1, head->target.n);
    static const struct {
        const char *name;
        enum http_method method;
    } methods[] = { { "GET", HTTP_GET }, { "HEAD", HTTP_HEAD }, { "POST", HTTP_POST } };
    head->method = HTTP_OTHER;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (str_is(head->method_name, methods[i].name)) {
            head->method = methods[i].method;
        }
    }
    return 200;
}

static int parse_header(struct str line, struct http_head *head)
{
    size_t colon = str_find(line, ':');
    if (colon == 0 || colon == line.n) {
        return 400;
    }
    for (size_t i = 0; i < colon; i++) {
        if (!is_token((unsigned char)line.p[i])) {
            return 400;
        }
    }
    for (size_t i = colon; i < line.n; i++) {
        unsigned char c = (unsigned char)line.p[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return 400;
        }
    }
    if (head->header_count == HTTP_HEADERS) {
        return 431;
    }
    head->headers[head->header_count++] =
        (struct http_header){ str_part(line, 0, colon), str_trim(str_part(line, colon + 1, line.n)) };
    return 200;
}

static bool is_name(struct str name, const char *other)
{
    size_t n = strlen(other);
    return name.n == n && strncasecmp(name.p, other, n) == 0;
}

/* Does a comma-separated value hold the word? */
static bool has_word(struct str value, const char *word)
{
    struct str part;
    while (str_split(&value, ',', &part)) {
        if (is_name(str_trim(part), word)) {
            return true;
        }
    }
    return false;
}

/* What the connection needs to know. */
static int understand(struct http_head *head)
{
    int lengths = 0, hosts = 0;
    head->content_length = 0;
    head->keep_alive = head->minor == 1;
    for (size_t i = 0; i < head->header_count; i++) {
        struct str name = head->headers[i].name;
        struct str value = head->headers[i].value;
        if (is_name(name, "content-length")) {
            if (++lengths > 1 || value.n == 0 || value.p[0] == '+' || value.p[0] == '-' ||
                !str_to_int(value, 0, INT64_MAX, &head->content_length)) {
                return 400;
            }
        } else if (is_name(name, "transfer-encoding")) {
            return 411;
        } else if (is_name(name, "host")) {
            hosts++;
        } else if (is_name(name, "connection")) {
            head->keep_alive = has_word(value, "close") ? false : head->keep_alive || has_word(value, "keep-alive");
        } else if (is_name(name, "expect")) {
            if (!is_name(value, "100-continue")) {
                return 417;
            }
            head->expects_continue = head->minor == 1;
        }
    }
    if (hosts > 1 || (hosts == 0 && head->minor == 1)) {
        return 400;
    }
    return 200;
}

int http_parse_head(const char *p, size_t n, struct http_head *head)
{
    size_t skip = 0; /* RFC 9112: an empty line before the request is passed over */
    while (skip + 1 < n && skip < 4 && p[skip] == '\r' && p[skip + 1] == '\n') {
        skip += 2;
    }
    const char *end = n > skip ? memmem(p + skip, n - skip, "\r\n\r\n", 4) : NULL;
    if (!end) {
        const char *line = n > skip ? memchr(p + skip, '\n', n - skip) : NULL;
        if (!line && n - skip > LIMIT_URL_BYTES + 64) {
            return 414;
        }
        return n >= LIMIT_HEADER_BYTES ? 431 : 0;
    }
    size_t size = (size_t)(end - p) + 4;
    if (size > LIMIT_HEADER_BYTES) {
        return 431;
    }
    head->header_count = 0;
    head->expects_continue = false;
    head->size = size;
    size_t at = skip;
    int status = 0;
    for (bool first = true; at < size - 2; first = false) {
        struct str line = take_line(p, size, &at);
        if (!line.p) {
            return 400;
        }
        status = first ? parse_first_line(line, head) : parse_header(line, head);
        if (status != 200) {
            return status;
        }
    }
    return understand(head);
}

void http_salvage(const char *p, size_t n, struct http_head *head)
{
    size_t at = 0;
    head->header_count = 0;
    for (bool first = true; at < n && memchr(p + at, '\n', n - at); first = false) {
        struct str line = take_line(p, n, &at);
        if (!first && (!line.p || parse_header(line, head) != 200)) {
            return;
        }
    }
}

struct str http_find(const struct http_head *head, const char *name)
{
    for (size_t i = 0; i < head->header_count; i++) {
        if (is_name(head->headers[i].name, name)) {
            return head->headers[i].value;
        }
    }
    return (struct str){ 0 };
}

struct str http_cookie(const struct http_head *head, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < head->header_count; i++) {
        if (!is_name(head->headers[i].name, "cookie")) {
            continue;
        }
        struct str rest = head->headers[i].value, part;
        while (str_split(&rest, ';', &part)) {
            part = str_trim(part);
            if (part.n > n && part.p[n] == '=' && memcmp(part.p, name, n) == 0) {
                return str_part(part, n + 1, part.n);
            }
        }
    }
    return (struct str){ 0 };
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool clean(struct str s, bool newlines)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == 0x7f || (c < ' ' && !(newlines && (c == '\r' || c == '\n' || c == '\t')))) {
            return false;
        }
    }
    return str_is_utf8(s);
}

bool http_decode(struct arena *arena, struct str s, bool plus, bool newlines, struct str *out)
{
    bool coded = s.n && (memchr(s.p, '%', s.n) || (plus && memchr(s.p, '+', s.n)));
    if (!coded) {
        *out = s;
        return clean(s, newlines);
    }
    char *to = arena_alloc(arena, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%') {
            int high = i + 2 < s.n ? digit_of(s.p[i + 1]) : -1;
            int low = i + 2 < s.n ? digit_of(s.p[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            to[n++] = (char)(high * 16 + low);
            i += 2;
        } else {
            to[n++] = plus && s.p[i] == '+' ? ' ' : s.p[i];
        }
    }
    *out = (struct str){ to, n };
    return clean(*out, newlines);
}

bool http_decode_path(struct arena *arena, struct str s, struct str *out)
{
    for (size_t i = 0; i + 2 < s.n; i++) {
        if (s.p[i] == '%' && s.p[i + 1] == '2' && (s.p[i + 2] | 32) == 'f') {
            return false;
        }
    }
    return http_decode(arena, s, false, false, out);
}

bool http_parse_pairs(struct arena *arena, struct str s, bool newlines, struct http_pair *pairs, size_t max,
                      size_t *count)
{
    *count = 0;
    struct str part;
    while (str_split(&s, '&', &part)) {
        if (part.n == 0) {
            continue;
        }
        if (*count == max) {
            return false;
        }
        size_t equals = str_find(part, '=');
        struct http_pair *pair = &pairs[(*count)++];
        if (!http_decode(arena, str_part(part, 0, equals), true, false, &pair->name) ||
            !http_decode(arena, str_part(part, equals + 1, part.n), true, newlines, &pair->value)) {
            return false;
        }
    }
    return true;
}
