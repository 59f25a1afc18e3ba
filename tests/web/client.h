/* A client over a real socket, for tests: sends bytes as they are, reads one answer. Any failure fails the test. */
#ifndef TESTS_WEB_CLIENT_H
#define TESTS_WEB_CLIENT_H

#include "base/arena.h"

struct answer {
    int status;
    struct str head; /* all header lines */
    struct str body;
    bool closed; /* the server ended the connection before a whole answer came */
};

int client_open(int port);
void client_send(int fd, struct str bytes);
/* One answer; head_only: to a HEAD request. Waits at most ten seconds. */
struct answer client_read(int fd, struct arena *arena, bool head_only);
/* Opens, sends, reads, closes. */
struct answer client_ask(int port, struct arena *arena, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A header's value; empty when absent. */
struct str answer_header(struct answer answer, const char *name);
bool answer_has(struct answer answer, const char *text);
/* The text between two marks of the body, for keys of forms. */
struct str answer_between(struct answer answer, const char *before, const char *after);

#endif
