/* The head of an HTTP/1.1 request, parsed in place and strictly. What is unusual is refused: bare line feeds, folded
 * headers, two lengths, transfer codings, control characters. A proxy and we can thus not disagree about where a
 * request ends. Pure: no I/O; fuzzed (tests/fuzz/web.c).
 */
#ifndef WEB_HTTP_H
#define WEB_HTTP_H

#include "base/arena.h"

enum { HTTP_HEADERS = 64, HTTP_QUERY = 64 };

struct http_header {
    struct str name;
    struct str value;
};

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER };

struct http_head {
    enum http_method method;
    struct str method_name;
    struct str target; /* as sent; begins with / */
    struct str raw_path;
    struct str raw_query;
    int minor; /* HTTP/1.minor */
    struct http_header headers[HTTP_HEADERS];
    size_t header_count;
    int64_t content_length; /* 0 when absent */
    bool keep_alive;
    bool expects_continue;
    size_t size; /* bytes of the head, the empty line included */
};

/* 0: needs more bytes; 200: parsed; else the status of the refusal (400, 411, 414, 431, 501, 505). */
int http_parse_head(const char *p, size_t n, struct http_head *head);
/* Of a head that is refused: the headers behind its first line, up to the first that is wrong, so that the refusal is
 * in the visitor's language. Touches the headers alone. */
void http_salvage(const char *p, size_t n, struct http_head *head);

/* Empty when absent. Names compare without case. */
struct str http_find(const struct http_head *head, const char *name);
/* One cookie's value; empty when absent. */
struct str http_cookie(const struct http_head *head, const char *name);

/* Percent-decoding. false: a broken escape, a control character, or no UTF-8. plus: + means a blank. newlines: CR, LF
 * and tab are allowed (form fields). *out is s itself when there is nothing to decode. */
bool http_decode(struct arena *arena, struct str s, bool plus, bool newlines, struct str *out);
/* A path: as above, and %2F is refused because it would change the segments. */
bool http_decode_path(struct arena *arena, struct str s, struct str *out);

struct http_pair {
    struct str name;
    struct str value;
};
/* name=value&…; false when malformed or more than max pairs. */
bool http_parse_pairs(struct arena *arena, struct str s, bool newlines, struct http_pair *pairs, size_t max,
                      size_t *count);

#endif
