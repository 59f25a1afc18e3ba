/* The inside of web/: what its files share and nobody else includes. */
#ifndef WEB_INSIDE_H
#define WEB_INSIDE_H

#include "base/limits.h"
#include "web/http.h"
#include "web/reply.h"
#include "web/server.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

struct loop;
struct connection;

/* ---- Router (router.c): the table as a tree of segments. ---- */
enum { ROUTE_PARAMS = 8 };
struct router;
struct route_match {
    const struct route *route; /* NULL: no such path, or not by this method */
    size_t index;              /* of the route in the table */
    bool path_known;           /* the path exists with another method */
    struct str params[ROUTE_PARAMS];
    size_t param_count;
};
struct router *router_new(void);
void router_free(struct router *router);
bool router_add(struct router *router, const struct route *route, size_t index, struct error *error);
void router_find(const struct router *router, bool post, struct str path, struct route_match *match);
/* The value that the path gave to the parameter `name` of the route. */
struct str router_param(const struct route_match *match, const char *name);

/* ---- Numbers (metrics.c): written by the loop's own thread, read by any. ---- */
enum { LATENCY_BUCKETS = 10 };
struct route_numbers {
    _Atomic uint64_t by_class[6]; /* 1xx … 5xx at 1 … 5 */
    _Atomic uint64_t latency[LATENCY_BUCKETS + 1];
    _Atomic uint64_t latency_us;
};
void metrics_count(struct loop *loop, size_t route, int status, int64_t us);
void metrics_write(struct web_server *server, struct buf *out);
void metrics_write_store(struct web_server *server, struct buf *out);
extern const struct route web_own_routes[];
extern const size_t web_own_route_count;

/* ---- Token buckets (rate.c): bounded memory; the coldest key is forgotten. ---- */
struct rate;
struct rate *rate_new(int per_minute);
void rate_free(struct rate *rate);
/* May this key do one more thing now? If not, *retry_seconds says when. */
bool rate_take(struct rate *rate, uint64_t key, int64_t now_us, int *retry_seconds);

/* ---- Sessions (sessions.c): the cache, and cookies' texts. ---- */
struct sessions;
struct sessions *sessions_new(void);
void sessions_free(struct sessions *sessions);
bool sessions_find(struct sessions *sessions, const unsigned char hash[SESSION_HASH_BYTES], int64_t now,
                   struct session *session, bool *touch);
/* stamp: sessions_stamp before the row was read; a session that was forgotten since is not put. */
uint64_t sessions_stamp(const struct sessions *sessions);
void sessions_put(struct sessions *sessions, const struct session *session, int64_t now, uint64_t stamp);
void sessions_forget(struct sessions *sessions, const unsigned char hash[SESSION_HASH_BYTES]);
void sessions_forget_account(struct sessions *sessions, int64_t account);
bool session_is_over(const struct session *session, int64_t now);
void session_token_hash(const unsigned char token[SESSION_TOKEN_BYTES], unsigned char hash[SESSION_HASH_BYTES]);

/* ---- Keys of forms (keys.c) ---- */
enum { FORM_KEY_BYTES = 16, FORM_KEY_TEXT = 80, GUEST_BYTES = 16, GUEST_TEXT = 64 };
/* What makes and checks them; of one thread. */
struct signer;
struct signer *signer_new(const unsigned char secret[32]);
void signer_free(struct signer *signer);
/* As session_token_hash, without fetching SHA-256 anew. */
void signer_token_hash(struct signer *signer, const unsigned char token[SESSION_TOKEN_BYTES],
                       unsigned char hash[SESSION_HASH_BYTES]);
/* text: FORM_KEY_TEXT hexadecimal digits. bound: the session's hash or the guest's number, padded to 32 bytes. */
void form_key_make(struct signer *signer, const unsigned char bound[32], struct str path, int64_t now,
                   char text[FORM_KEY_TEXT]);
bool form_key_check(struct signer *signer, const unsigned char bound[32], struct str path, int64_t now, struct str text,
                    unsigned char key[FORM_KEY_BYTES]);
void guest_make(struct signer *signer, unsigned char guest[GUEST_BYTES], char text[GUEST_TEXT]);
bool guest_check(struct signer *signer, struct str text, unsigned char guest[GUEST_BYTES]);

/* ---- Workers (workers.c) ---- */
struct workers;
struct workers *workers_new(int threads);
/* Waits for what runs and is queued. */
void workers_free(struct workers *workers);
bool workers_add(struct workers *workers, void (*work)(void *), void *context);
int64_t workers_waiting(struct workers *workers);

/* ---- Static files (assets.c) ---- */
struct asset {
    const char *name; /* "app.css" */
    const char *path; /* "/assets/app.3f2a91c4.css" */
    const char *type;
    const unsigned char *plain, *gzip, *brotli; /* gzip, brotli may be NULL */
    size_t plain_size, gzip_size, brotli_size;
};
extern const struct asset assets[];
extern const size_t asset_count;
void reply_asset(struct request *request);
/* The worker that keeps pages: at the root, so that it may answer for every page; never kept by the browser unasked. */
void reply_keep_worker(struct request *request);

/* ---- Forms (forms.c, form_parse.c, form_check.c) ---- */
struct form_part {
    struct str name;
    struct str value;
    struct str file_name; /* p NULL: no file */
};
struct form_parts {
    struct form_part *parts;
    size_t count;
};
/* Strict parsers of a body; pure and fuzzed. error is for the log. */
bool form_parse_urlencoded(struct arena *arena, struct str body, struct form_parts *parts, struct error *error);
bool form_parse_multipart(struct arena *arena, struct str body, struct str boundary, struct form_parts *parts,
                          struct error *error);
bool form_boundary(struct str content_type, struct str *boundary);

struct field_state {
    const struct field *field;
    const struct option *options;
    size_t option_count;
    struct str *values; /* as typed; what the page keeps */
    size_t value_count, value_room;
    struct str clean;    /* the checked value */
    struct str parts[3]; /* of a date: year, month, day as typed */
    struct upload upload;
    bool has_upload;
    bool bad_encoding;
    struct text error;
};
struct form_state {
    const struct form *form;
    struct field_state *fields;
    struct text error; /* of the whole form */
    bool sent;
    bool failed;
};
struct form_state *form_state_new(struct arena *arena, const struct form *form);
struct field_state *form_state_field(struct form_state *state, const char *name);
void form_state_take(struct arena *arena, struct form_state *state, const struct form_parts *parts);
void form_state_check(struct arena *arena, struct form_state *state);
const char *content_type_of(struct str bytes);
struct form_state *request_form_state(struct request *request); /* NULL: the page has no form */

/* ---- Requests ---- */
enum request_state {
    REQUEST_RUNNING, /* the handler has it, or the writer, or a worker */
    REQUEST_REPLIED  /* the reply is made; recycled when its bytes are gone */
};

struct request {
    struct loop *loop;
    struct connection *connection; /* NULL: the client is gone */
    struct web_server *server;
    struct arena *arena;
    struct str path;
    size_t query_count;
    struct route_match match;
    enum lang lang;
    bool big_type;
    bool has_session;
    struct session session;
    bool has_guest;
    unsigned char guest[GUEST_BYTES];
    struct subject subject;
    char reference[11];
    int64_t began_us;
    enum request_state state;
    int status;
    size_t sent_bytes;
    /* body */
    struct str body;
    bool body_read;
    void *map;
    size_t map_size;
    /* form */
    struct form_state *form;
    bool has_key;
    bool shows_key; /* the page holds a key: it is for this visitor alone */
    unsigned char key[FORM_KEY_BYTES];
    /* database */
    bool reading;
    /* reply */
    struct page page;
    int page_status;
    struct str extra_headers; /* whole lines */
    char *kept[2];            /* the connection's buffers, when it went before the request */
    struct request *next;     /* free list, finished list */
    /* Large and written before they are read: request_reset leaves them (see REQUEST_CLEARED). */
    struct http_head head; /* points into the connection's buffer, or `kept` when the client is gone */
    struct http_pair query[HTTP_QUERY];
};

/* What stands after the head of a reply. */
struct reply_body {
    const char *type;
    struct str bytes;
    const char *cache; /* Cache-Control */
    bool close;
};
void reply_send(struct request *request, int status, const struct reply_body *body);
void reply_status(struct request *request, int status, int retry_seconds);
void request_prepare(struct request *request); /* reference, clock, Chinese */
void request_choose_language(struct request *request);
void request_begin(struct request *request);    /* the head is there: route, limits, session */
void request_dispatch(struct request *request); /* the body is there */
void request_end_reading(struct request *request);
void request_reset(struct request *request);
void request_set_cookie(struct request *request, const char *name, struct str value, int64_t seconds);
void request_guest(struct request *request);
void request_bound(const struct request *request, unsigned char bound[32]);
bool request_accepts(const struct request *request, const char *coding);
size_t request_body_limit(const struct request *request);
void problem_page(struct page *page, int status, struct text what, struct text why, struct text todo);
const char *status_phrase(int status);

/* ---- Store (store_glue.c) ---- */
struct db *loop_db(struct loop *loop, struct error *error);
void loop_db_close(struct loop *loop);
void loop_end_snapshot(struct loop *loop);

/* ---- Connections and loops (loop.c, connection.c) ---- */
enum connection_state {
    CONNECTION_HEAD,   /* waits for, or reads, a request's head */
    CONNECTION_BODY,   /* reads its body */
    CONNECTION_BUSY,   /* the request is being answered; nothing is read */
    CONNECTION_WRITE,  /* the reply did not fit into the socket at once */
    CONNECTION_LINGER, /* the refusal is sent; what the client still sends is thrown away, so that it can read it */
    CONNECTION_DEAD
};

struct connection {
    struct loop *loop;
    int fd;
    struct event read_event, write_event;
    enum connection_state state;
    bool reading, writing; /* events added */
    bool close_after;
    bool linger_after;
    int64_t deadline_us;
    char *in;
    size_t in_n, in_size;
    size_t consumed; /* bytes of `in` that belong to the request */
    struct request *request;
    /* body */
    char *body;
    size_t body_n, body_size, body_want;
    int spool; /* -1: in memory */
    /* reply: not yet written */
    struct str out[2];
    int64_t lingered;
    struct sockaddr_storage peer;
    struct connection *previous, *next;
};

struct post {
    void (*run)(void *context);
    void *context;
    struct post *next;
};

struct loop {
    struct web_server *server;
    int number;
    pthread_t thread;
    struct event_base *base;
    struct event listen_event, wake_event, tick_event, turn_event;
    int listen_fd, wake_fd;
    bool listening, draining, accepting;
    int64_t drain_until_us;
    struct connection *connections;
    _Atomic int64_t connection_count;
    _Atomic int64_t request_count; /* running */
    struct connection *dead;
    struct request *finished; /* replied, to be recycled */
    struct request *free_requests;
    int free_count;
    pthread_mutex_t mutex; /* of posts */
    struct post *posts, **posts_end;
    struct signer *signer;
    struct db *db;
    bool snapshot;  /* a read transaction of db is open: a request's, or left for the next of this turn */
    bool turn_ends; /* turn_event is on its way */
    struct route_numbers *numbers; /* one a route, then one for what has none */
    char date[40];
    int64_t date_second;
    struct buf head;
    struct buf access;
    int access_fd;
    uint64_t random[2];
};

bool loop_init(struct loop *loop, struct web_server *server, int number, struct error *error);
void loop_free(struct loop *loop);
bool loop_listen(struct loop *loop, int port, struct error *error);
void *loop_main(void *loop);
/* Runs run(context) on the loop's thread; from any thread. Memory for the post is the caller's until it ran. */
void loop_post(struct loop *loop, struct post *post);
void loop_stop(struct loop *loop);
struct request *loop_request(struct loop *loop);
/* After each event: recycles finished requests, goes on with what their connections hold, frees the dead. */
void loop_settle(struct loop *loop);
void loop_log_access(struct loop *loop, const struct request *request, int64_t us);

struct connection *connection_new(struct loop *loop, int fd, const struct sockaddr_storage *peer);
void connection_close(struct connection *connection);
void connection_free(struct connection *connection);
/* Writes the reply; both parts stay valid until the request is recycled. */
void connection_reply(struct connection *connection, struct str head, struct str body);
/* The request was recycled: reads the next one. */
void connection_next(struct connection *connection);
void connection_tick(struct connection *connection, int64_t now_us);
void connection_drain(struct connection *connection);
/* Reads the body that the head announced, or none. */
void connection_read_body(struct connection *connection, size_t size);
/* The request is refused before its body came: reply, then throw the body away. */
void connection_refuse_body(struct connection *connection);

struct web_server {
    struct web_settings settings;
    struct web_hooks hooks;
    char *texts; /* copies of the settings' strings */
    const struct route **routes;
    size_t route_count, route_room;
    struct router *router;
    struct loop *loops;
    int loop_count;
    int port;
    struct workers *workers;
    struct sessions *sessions;
    struct rate *by_address, *by_account, *by_sign_in;
    _Atomic uint64_t refused_address, refused_account, refused_sign_in, refused_size, timeouts;
    _Atomic uint64_t accepted;
    _Atomic bool stopping;
    int stop_fd;
    int64_t started_us;
};

static inline int64_t server_request_us(const struct web_server *server)
{
    return (int64_t)server->settings.request_seconds * 1000000;
}

#endif
