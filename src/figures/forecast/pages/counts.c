/* Counts of children, sent by public security's own program: POST /forecast/counts, the body a file as
 * `jiaoti forecast import` takes it (households.h), signed with the key that both sides share (connect/signing.h: a
 * question whose path is /forecast/counts). What is answered is JSON, signed as an answer:
 *
 *     200 {"new":N,"changed":N,"same":N}                        taken in
 *     422 {"mistakes":[{"line":N,"says":"…"}, …]}               nothing was taken in
 *     401 {"problem":"…"}                                       who is it? (not signed)
 *
 * A message that is sent again with the same number is answered again and taken in once. */
#include "figures/forecast/pages/inside.h"

#include "base/clock.h"
#include "base/limits.h"
#include "connect/signing.h"
#include "figures/forecast/households.h"

#include <jansson.h>
#include <stdlib.h>

struct sent {
    struct store *store;
    struct keys *keys;
    struct signed_message message;
    struct str key_id;
    unsigned char key[KEY_BYTES];
    struct household_file file;
    struct household_import import;
    struct str body;   /* of the answer */
    struct str number; /* once */
};

static void refuse(struct request *request, const char *problem)
{
    reply_json(request, 401, arena_printf(request_arena(request), "{\"problem\":\"%s\"}\n", problem));
}

/* Who is it, and is it theirs? False when it was refused and answered. */
static bool receive(struct request *request, struct sent *sent)
{
    const struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    size_t authority = city_authority_index(app->city, STR("public_security"));
    sent->store = app->store;
    sent->keys = app->keys;
    sent->key_id = request_header(request, SIGNING_KEY);
    sent->message = (struct signed_message){ .kind = SIGNING_QUESTION,
                                             .verb = STR("POST"),
                                             .path = STR("/forecast/counts"),
                                             .number = request_header(request, SIGNING_NUMBER),
                                             .body = request_body(request) };
    if (authority == SIZE_MAX || !app->keys || !str_eq(sent->key_id, app->city->authorities[authority].key) ||
        sent->key_id.n == 0 || sent->message.number.n < 8 || sent->message.number.n > 48 ||
        !str_to_int(request_header(request, SIGNING_TIME), 0, INT64_MAX, &sent->message.time) ||
        !keys_find(app->keys, sent->key_id, sent->key)) {
        refuse(request, "counts carry " SIGNING_KEY " (public security's), " SIGNING_TIME ", " SIGNING_NUMBER
                        " (8 to 48 characters) and " SIGNING_SIGNATURE);
        return false;
    }
    switch (
        signing_check(arena, sent->key, &sent->message, request_header(request, SIGNING_SIGNATURE), clock_wall_ms())) {
    case SIGNING_GOOD:
        return true;
    case SIGNING_STALE:
        refuse(request, "the time is more than five minutes from ours");
        return false;
    case SIGNING_FORGED:
        break;
    }
    refuse(request, "the signature does not fit");
    return false;
}

static void answer(struct request *request, struct sent *sent, int status, struct str body)
{
    struct arena *arena = request_arena(request);
    struct signed_message message = { .kind = SIGNING_ANSWER,
                                      .verb = arena_printf(arena, "%d", status),
                                      .path = sent->message.path,
                                      .time = clock_wall_ms(),
                                      .number = sent->message.number,
                                      .body = body };
    struct str signature;
    struct error error;
    if (!signing_sign(arena, sent->key, &message, &signature, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_header(request, SIGNING_KEY, sent->key_id);
    reply_header(request, SIGNING_TIME, arena_printf(arena, "%lld", (long long)message.time));
    reply_header(request, SIGNING_NUMBER, sent->message.number);
    reply_header(request, SIGNING_SIGNATURE, signature);
    reply_json(request, status, body);
}

static struct str mistakes_json(struct arena *arena, const struct household_file *file)
{
    json_t *list = json_array();
    for (size_t i = 0; i < file->nmistakes; i++) {
        (void)json_array_append_new(
            list, json_pack("{s:I, s:s}", "line", (json_int_t)file->mistakes[i].line, "says", file->mistakes[i].says));
    }
    json_t *all = json_pack("{s:o}", "mistakes", list);
    char *text = json_dumps(all, JSON_COMPACT);
    struct str body = arena_printf(arena, "%s\n", text ? text : "{\"mistakes\":[]}");
    free(text);
    json_decref(all);
    return body;
}

/* The command: a number that was used before gets the answer that it had. */
static bool take_in(struct writing *writing, void *input, struct error *error)
{
    struct sent *sent = input;
    struct str before;
    bool is_new;
    if (!once_claim(writing, sent->number, 0, &before, &is_new, error)) {
        return false;
    }
    if (!is_new) {
        struct str part[3] = { 0 };
        for (size_t i = 0; i < 3; i++) {
            (void)str_split(&before, ' ', &part[i]);
        }
        return (str_to_int(part[0], 0, INT64_MAX, &sent->import.added) &&
                str_to_int(part[1], 0, INT64_MAX, &sent->import.changed) &&
                str_to_int(part[2], 0, INT64_MAX, &sent->import.same)) ||
               error_set(error, "the first sending of this number has not ended");
    }
    return household_import_run(writing, &sent->import, error) &&
           once_answer(writing, sent->number,
                       arena_printf(writing->arena, "%lld %lld %lld", (long long)sent->import.added,
                                    (long long)sent->import.changed, (long long)sent->import.same),
                       error);
}

static void taken(struct request *request, bool ok, const struct error *error, void *context)
{
    struct sent *sent = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    answer(request, sent, 200,
           arena_printf(request_arena(request), "{\"new\":%lld,\"changed\":%lld,\"same\":%lld}\n",
                        (long long)sent->import.added, (long long)sent->import.changed, (long long)sent->import.same));
}

static bool look(struct arena *arena, void *context, struct error *error)
{
    struct sent *sent = context;
    struct db *db;
    if (!db_open(&db, sent->store, DB_READ, error)) {
        return false;
    }
    bool good = households_read(db, arena, sent->message.body, day_of_ms(clock_ms()), &sent->file, error);
    db_close(db);
    return good;
}

static void looked(struct request *request, bool ok, const struct error *error, void *context)
{
    struct sent *sent = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (sent->file.nmistakes) {
        answer(request, sent, 422, mistakes_json(request_arena(request), &sent->file));
    } else {
        sent->import = (struct household_import){ .role = "", .file = &sent->file };
        sent->number = arena_printf(request_arena(request), "forecast.counts %.*s", STR_ARG(sent->message.number));
        request_command(request, "forecast.counts", take_in, sent, taken, sent);
    }
}

static void receive_counts(struct request *request)
{
    struct sent *sent = ARENA_NEW(request_arena(request), struct sent);
    if (receive(request, sent)) {
        request_work(request, look, sent, looked);
    }
}

const struct route forecast_counts_routes[] = {
    { .method = "POST",
      .path = "/forecast/counts",
      .roles = WEB_PUBLIC,
      .handler = receive_counts,
      .body_limit = LIMIT_SHEET_BYTES,
      .answer = "json",
      .flags = ROUTE_NO_KEY,
      .summary = T("公安部门送来的适龄儿童数，带签名", "Counts of children from public security, signed") },
};
const size_t forecast_counts_route_count = sizeof forecast_counts_routes / sizeof *forecast_counts_routes;
