/* The server: N event loops, each a thread with its own listening socket (SO_REUSEPORT), its own connections and its
 * own read connection to the database; a pool of workers for what takes longer than a couple of milliseconds;
 * one table of routes. README.md tells the way of a request.
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include "base/buf.h"
#include "base/error.h"
#include "web/reply.h"
#include "web/request.h"

#include <stdio.h>

struct store;
struct writer;
struct web_server;

struct navigation_item {
    struct text label;
    const char *path;
};

/* A notice that reply_notice can leave for the next page. */
struct web_notice {
    const char *key;
    struct text message;
};

struct web_settings {
    const char *address; /* "127.0.0.1", "0.0.0.0", "::" */
    int port;            /* 0: any free one (web_server_port tells) */
    int loops;           /* 0: one per core */
    int workers;         /* 0: one per core */
    bool tls;            /* a TLS proxy stands in front: Secure cookies, HSTS */
    /* Addresses of proxies whose X-Forwarded-For is believed, "10.0.0.1, 10.0.0.2"; NULL: nobody. */
    const char *trusted_proxies;
    const char *access_log; /* a file, "-" for standard error, NULL for none */
    int drain_seconds;      /* how long a stop waits for what is running; 0: 20 */
    int address_per_minute; /* rate limits; 0: those of limits.h */
    int account_per_minute;
    int sign_in_per_minute;
    int request_seconds;       /* 0: LIMIT_REQUEST_SECONDS */
    int idle_seconds;          /* a kept connection without a request; 0: 75 */
    int max_connections;       /* over all loops; 0: 20,000 */
    unsigned char secret[32];  /* signs form keys and anonymous cookies; all zero: made at start (keys die with it) */
    struct name city;          /* in the header; must outlive the server */
    const char *sign_in_path;  /* where an anonymous visitor of a closed page goes; NULL: "/sign-in" */
    const char *sign_out_path; /* a POST route that ends the session; NULL: "/sign-out" */
    /* "https://host": from where pages with ROUTE_IMAGES may load pictures; empty: from here alone. Must
     * outlive the server. */
    struct str images_from;
    const struct web_notice *notices;
    size_t notice_count;
    struct name contact;   /* whom to call, shown on problem pages and in the footer; may be empty */
    struct store *store;   /* NULL: request_db answers 503 */
    struct writer *writer; /* NULL: request_command answers 503 */
    void *application;     /* request_application */
};

/* What other parts provide. Any may be NULL. Called on loop threads, so they must be thread-safe. */
struct web_hooks {
    void *context;
    /* The session with this token hash, read through db; false when there is none (or it ended). */
    bool (*session_load)(void *context, struct db *db, const unsigned char hash[SESSION_HASH_BYTES],
                         struct session *session);
    /* The session is in use (at most once a minute each); must not block: posts a command and returns. */
    void (*session_touch)(void *context, const unsigned char hash[SESSION_HASH_BYTES], int64_t now_ms);
    /* May this session (NULL: anonymous) call the route for this subject? The one place where scope is compared.
     * Roles were checked before. NULL hook: only subjects of nobody are allowed. */
    bool (*allowed)(void *context, const struct session *session, const struct route *route,
                    const struct subject *subject);
    /* A call was refused by role or scope (for the journal); must not block. */
    void (*refused)(void *context, struct request *request, const struct subject *subject);
    /* Navigation of the header for this session; fills at most max items and returns their number. */
    size_t (*navigation)(void *context, struct request *request, struct navigation_item *items, size_t max);
    /* Banner above every page (the demo's clock); false: none. Text lives in the request's arena. */
    bool (*banner)(void *context, struct request *request, struct name *banner);
    /* More lines for /metrics, in Prometheus' text format. */
    void (*metrics)(void *context, struct buf *out);
    /* Is the program able to serve? For /healthz; error says why not. */
    bool (*healthy)(void *context, struct error *error);
};

/* Copies settings and hooks. NULL with error when a setting is wrong. */
struct web_server *web_server_new(const struct web_settings *settings, const struct web_hooks *hooks,
                                  struct error *error);
/* Frees a server that is not running. */
void web_server_free(struct web_server *server);

/* The table must outlive the server. false: two routes with the same method and path, or a malformed path. */
bool web_add_routes(struct web_server *server, const struct route *routes, size_t count, struct error *error);

/* Listens. After it web_server_port is known and connections queue up; web_server_run serves them. */
bool web_server_listen(struct web_server *server, struct error *error);
int web_server_port(const struct web_server *server);
/* Serves until SIGTERM, SIGINT or web_server_stop; waits for what is running; true when everything was finished. */
bool web_server_run(struct web_server *server, struct error *error);
/* Asks a running server to end; from any thread. */
void web_server_stop(struct web_server *server);

/* Ends a session everywhere at once (sign-out, password changed, role taken); from any thread. */
void web_session_forget(struct web_server *server, const unsigned char hash[SESSION_HASH_BYTES]);
void web_session_forget_account(struct web_server *server, int64_t account);

/* Names of role bits, for the matrix and the documentation. */
struct web_role {
    unsigned bit;
    const char *name;
    struct text label;
};
enum web_table_format { WEB_TABLE_MARKDOWN, WEB_TABLE_JSON };
/* Each route with its roles, scope, form fields and answer. */
bool web_write_route_table(const struct web_server *server, FILE *file, enum web_table_format format,
                           const struct web_role *roles, size_t role_count);
/* The table as data, for tests that try each route as each role. */
size_t web_route_count(const struct web_server *server);
const struct route *web_route_at(const struct web_server *server, size_t i);

#endif
