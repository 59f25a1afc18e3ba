/* A request: what was asked, by whom, and the arena in which its answer is made. A handler runs on the thread of the
 * event loop that owns the request and must not block; long work goes to request_work, writes to request_command.
 * Exactly one reply (reply.h) ends it. A client that hangs up in between changes nothing: the work is finished
 * and its answer dropped.
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "web/form.h"
#include "web/route.h"
#include "web/session.h"

struct db;
struct web_server;
struct writing;

struct arena *request_arena(struct request *request);
enum lang request_lang(const struct request *request);
/* NULL: nobody is signed in. */
const struct session *request_session(const struct request *request);
bool request_has_role(const struct request *request, unsigned roles);
const struct route *request_route(const struct request *request);
struct web_server *request_server(const struct request *request);
/* The application's pointer (settings.application). */
void *request_application(const struct request *request);

struct str request_path(const struct request *request);   /* decoded, without the query */
struct str request_target(const struct request *request); /* path and query as sent */
bool request_is_post(const struct request *request);
/* Counts this request as one of the account's, of a program that comes without a session. False: it has made too many
 * and the reply was made. */
bool request_account_rate(struct request *request, int64_t account);
struct str request_header(const struct request *request, const char *name); /* empty when absent */
struct str request_address(const struct request *request); /* of the client, as text; never into a log */
/* The address of a page of this site as the client reached it, "https://host/path", for what is printed or sent; a host
 * with anything odd in it is left out. */
struct str request_url(struct request *request, struct str path);
/* The request's number, as error pages and the log show it: 10 characters. */
struct str request_reference(const struct request *request);

/* Parameters of the path; empty / 0 when the route has none of that name. */
struct str request_param(const struct request *request, const char *name);
int64_t request_param_int(const struct request *request, const char *name);
/* Parameters of the query, decoded; empty when absent. */
struct str request_query(const struct request *request, const char *name);
int64_t request_query_int(const struct request *request, const char *name, int64_t otherwise);
bool request_has_query(const struct request *request, const char *name);

/* The loop's read connection, within one read transaction that began with the first call and ends with the reply
 * (or when the request is handed over). On failure (no database) it is NULL and the reply is made: return. */
struct db *request_db(struct request *request);

/* The raw body of a ROUTE_NO_KEY POST. */
struct str request_body(struct request *request);

/* After the durable commit, on the loop. ok false: error says why; nothing was written. */
typedef void request_done(struct request *request, bool ok, const struct error *error, void *context);
/* Gives a command (store/writer.h) to the writer and lets go of the request: return at once after it. name is a
 * literal; input and context live in the request's arena; run may put its results into the input. When the queue is
 * full the reply (503, come again) is made and done is not called. */
typedef bool request_run(struct writing *writing, void *input, struct error *error);
void request_command(struct request *request, const char *name, request_run *run, void *input, request_done *done,
                     void *context);

/* Runs work(context) on a worker thread, then done on the loop. work must not touch the request but by its arena
 * (nobody else uses it meanwhile). Queue full: as above. */
typedef bool request_work_fn(struct arena *arena, void *context, struct error *error);
void request_work(struct request *request, request_work_fn *work, void *context, request_done *done);

/* Cookie with the session's token; later requests of the client belong to it. */
void request_sign_in(struct request *request, const unsigned char token[SESSION_TOKEN_BYTES]);
/* Forgets the session in the cache and takes the cookie back. The table's row is the caller's. */
void request_sign_out(struct request *request);

#endif
