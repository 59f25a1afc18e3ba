/* See world.h. */
#include "connect/world.h"

#include "base/clock.h"

#include <curl/curl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

static const char titles[] =
    "{\"titles\":[{\"number\":\"LC-2019-0007\",\"address\":\"聊城市东昌府区柳园街道育新社区1号\","
    "\"kind\":\"commercial\",\"owners\":[{\"citizen\":\"" OWNER "\",\"name\":\"赵一\",\"percent\":100}]}]}";
static const char household[] =
    "{\"found\":true,\"book\":\"371502001-17\",\"child\":{\"citizen\":\"" CHILD "\",\"name\":\"赵小一\",\"sex\":\"1\","
    "\"birth\":\"2019-09-01\",\"division\":\"371502001\",\"address\":\"聊城市东昌府区柳园街道育新社区1号\"},"
    "\"guardians\":[{\"citizen\":\"" OWNER "\",\"name\":\"赵一\",\"relation\":\"父\",\"same_book\":true},"
    "{\"citizen\":\"" GUARDIAN "\",\"name\":\"钱二\",\"relation\":\"母\",\"same_book\":false}]}";
static const char children[] = "{\"children\":[{\"citizen\":\"" CHILD "\",\"name\":\"赵小一\",\"sex\":\"1\","
                               "\"birth\":\"2019-09-01\",\"relation\":\"父\",\"household_division\":\"371502001\","
                               "\"address\":\"聊城市东昌府区柳园街道育新社区1号\"}]}";

bool has(struct str s, const char *part)
{
    return s.n && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

static void put_records(struct world *world)
{
    struct error error = { "" };
    struct authority_records *records;
    const char *path = arena_printf(world->f->arena, "%s/authority.db", world->f->folder).p;
    must(authority_records_open(&records, path, &error));
    must(authority_record_put(records, STR("property"), STR(OWNER), STR("{\"titles\":[]}"), &error));
    must(authority_record_put(records, STR("property"), STR(OWNER), str_of(titles), &error));
    must(authority_record_put(records, STR("household"), STR(CHILD), str_of(household), &error));
    must(authority_record_put(records, STR("guardianship"), STR(CHILD), str_of(household), &error));
    must(authority_record_put(records, STR("children"), STR(OWNER), str_of(children), &error));
    must(authority_records_close(records, &error));
}

struct world *world_new(const char *faults)
{
    struct error error = { "" };
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)pthread_mutex_init(&world->lock, NULL);
    world->f = store_fixture_new();
    store_fixture_migrate(world->f, connect_migrations, connect_migrations_count);
    world->writer = store_fixture_writer(world->f);
    put_records(world);
    must(keys_open(&world->keys, arena_printf(world->f->arena, "%s/keys", world->f->folder).p, &error));
    must(keys_make(world->keys, (struct str[]){ STR("land-key"), STR("police-key") }, 2, &error));
    must(authority_start(&world->departments, world->f->folder, faults, &world->port, &error));
    struct str url = arena_printf(world->f->arena, "http://127.0.0.1:%d", world->port);
    world->authorities[0] = (struct client_authority){ STR("land"), url, STR("land-key"), 2000, 3 };
    world->authorities[1] = (struct client_authority){ STR("police"), url, STR("police-key"), 2000, 3 };
    return world;
}

void world_free(struct world *world)
{
    world_stop(world);
    authority_stop(world->departments);
    keys_close(world->keys);
    store_fixture_free(world->f);
    (void)pthread_mutex_destroy(&world->lock);
    free(world);
    clock_shift(0);
}

static bool write_down(void *context, struct writing *writing, const struct ask *ask, struct error *error)
{
    struct world *world = context;
    (void)writing;
    (void)pthread_mutex_lock(&world->lock);
    bool refuse = world->refuse > 0;
    if (refuse) {
        world->refuse--;
    } else if (world->ntold < TOLD_MOST) {
        struct told *told = &world->told[world->ntold++];
        told->application = ask->application;
        told->state = ask->state;
        (void)snprintf(told->number, sizeof told->number, "%.*s", STR_ARG(ask->number));
        (void)snprintf(told->problem, sizeof told->problem, "%.*s", STR_ARG(ask->problem));
        (void)snprintf(told->answer, sizeof told->answer, "%.*s", STR_ARG(ask->answer));
    }
    (void)pthread_mutex_unlock(&world->lock);
    return !refuse || error_set(error, "the hook refuses");
}

struct ask_hook world_hook(struct world *world)
{
    return (struct ask_hook){ world, write_down };
}

struct client_settings world_settings(struct world *world)
{
    return (struct client_settings){ .store = world->f->store,
                                     .writer = world->writer,
                                     .vault = world->f->vault,
                                     .keys = world->keys,
                                     .authorities = world->authorities,
                                     .nauthorities = 2,
                                     .hook = world_hook(world),
                                     .seed = 7,
                                     .backoff_ms = 20,
                                     .backoff_most_ms = 100,
                                     .breaker = { .failures = 1000 } };
}

void world_start(struct world *world, const struct client_settings *settings)
{
    struct error error = { "" };
    must(client_start(&world->client, settings, &error));
}

void world_stop(struct world *world)
{
    client_stop(world->client);
    world->client = NULL;
}

static size_t collect(char *bytes, size_t size, size_t n, void *context)
{
    buf_add(context, (struct str){ bytes, size * n });
    return size * n;
}

static long http(struct world *world, const char *path, const char *body, struct buf *answer)
{
    CURL *easy = curl_easy_init();
    long status = 0;
    (void)curl_easy_setopt(easy, CURLOPT_URL,
                           arena_printf(world->f->arena, "http://127.0.0.1:%d%s", world->port, path).p);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
    if (body) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    }
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(easy);
    return status;
}

long world_faults(struct world *world, const char *faults)
{
    struct buf answer = buf_init(65536);
    long status = http(world, "/faults", faults, &answer);
    buf_free(&answer);
    return status;
}

int64_t world_numbers(struct world *world, const char *kind, const char *what)
{
    struct buf answer = buf_init(65536);
    assert_int_equal(http(world, "/numbers", NULL, &answer), 200);
    json_t *all = json_loadb(answer.p, answer.n, 0, NULL);
    int64_t n = json_integer_value(json_object_get(json_object_get(all, kind), what));
    json_decref(all);
    buf_free(&answer);
    return n;
}

struct asking {
    struct world *world;
    struct ask_request request;
    struct ask ask;
};

static struct ask lasting(struct arena *arena, struct ask ask)
{
    ask.number = arena_str(arena, ask.number);
    ask.question = arena_str(arena, ask.question);
    ask.answer = arena_str(arena, ask.answer);
    ask.problem = arena_str(arena, ask.problem);
    ask.source = arena_str(arena, ask.source);
    ask.authority = ask.kind = ask.division = (struct str){ NULL, 0 };
    return ask;
}

static bool run_ask(struct writing *writing, void *input, struct error *error)
{
    struct asking *asking = input;
    struct ask ask;
    bool ok = ask_queue(writing, &asking->request, &ask, error);
    if (ok) {
        asking->ask = lasting(asking->world->f->arena, ask);
    }
    return ok;
}

struct ask world_ask(struct world *world, const char *kind, int64_t application, const char *question, bool by_sheet)
{
    struct error error = { "" };
    struct asking asking = { .world = world,
                             .request = { .authority = strcmp(kind, "property") == 0 ? STR("land") : STR("police"),
                                          .kind = str_of(kind),
                                          .application = application,
                                          .division = STR("371502"),
                                          .question = str_of(question),
                                          .by_sheet = by_sheet } };
    must(writer_call(world->writer, "test.ask", run_ask, &asking, &error));
    if (world->client) {
        client_wake(world->client);
    }
    return asking.ask;
}

struct ask world_property(struct world *world, int64_t application, const char *owner)
{
    const char *question =
        arena_printf(world->f->arena, "{\"owner\":\"%s\",\"owner_name\":\"赵一\",\"address\":\"育新社区1号\"}", owner)
            .p;
    return world_ask(world, "property", application, question, false);
}

struct ask world_row(struct world *world, struct str number)
{
    struct error error = { "" };
    struct db *db;
    struct ask ask = { 0 };
    bool found = false;
    must(db_open(&db, world->f->store, DB_READ, &error));
    must(ask_by_number(db, world->f->vault, world->f->arena, number, &ask, &found, &error));
    db_close(db);
    assert_true(found);
    return ask;
}

struct ask world_wait(struct world *world, struct str number, enum ask_state state)
{
    struct ask ask = world_row(world, number);
    for (int i = 0; i < 1000 && ask.state != state; i++) {
        world_sleep(10);
        ask = world_row(world, number);
    }
    if (ask.state != state) {
        fail_msg("the question is %s (%.*s), not %s", ask_state_name(ask.state), STR_ARG(ask.problem),
                 ask_state_name(state));
    }
    return ask;
}

static bool run_sql(struct writing *writing, void *input, struct error *error)
{
    return db_run(writing->db, error, (const char *)input);
}

void world_sql(struct world *world, const char *sql)
{
    struct error error = { "" };
    must(writer_call(world->writer, "test.sql", run_sql, (void *)(uintptr_t)sql, &error));
}

size_t world_told(struct world *world, int64_t application, struct told *last)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&world->lock);
    for (size_t i = 0; i < world->ntold; i++) {
        if (world->told[i].application == application) {
            n++;
            if (last) {
                *last = world->told[i];
            }
        }
    }
    (void)pthread_mutex_unlock(&world->lock);
    return n;
}

void world_sleep(int ms)
{
    struct timespec wait = { ms / 1000, (long)(ms % 1000) * 1000000 };
    (void)nanosleep(&wait, NULL);
}
