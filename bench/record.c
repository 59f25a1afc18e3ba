/* Writes down the SQL that submissions run, with every value, so that others can run exactly the same:
 *   record DATA DRAFTS FROM COUNT BATCH FILE
 *
 * The program's own writer submits COUNT drafts, from number FROM of the list on, BATCH at a time (DATA is a copy; its
 * drafts are used up). SQLite tells each statement of the writer's connection as it starts; the values are taken from
 * its expanded text. FILE is JSON: a line with all statements, then one line per execution:
 *   [statement, value …]        a number, a text, null, or {"x": "hex"} for bytes */
#include "house.h"

#include "places/application.h"
#include "places/ledger.h"

#include <jansson.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_STATEMENTS = 256, VALUES = 64 };

struct recorder {
    char *sql[MOST_STATEMENTS];
    size_t n;
    FILE *out;
    bool on, failed;
    sqlite3 *handle; /* the writer's: the first that is opened while it is on */
};

/* SQLite hands no context to a function that it calls at every opening. */
static struct recorder recorder;

static size_t number_of(const char *sql)
{
    for (size_t i = 0; i < recorder.n; i++) {
        if (strcmp(recorder.sql[i], sql) == 0) {
            return i;
        }
    }
    if (recorder.n == MOST_STATEMENTS || !(recorder.sql[recorder.n] = strdup(sql))) {
        abort();
    }
    return recorder.n++;
}

/* ---- Values out of the expanded text ---- */

/* A literal of the expanded text as JSON; *p moves behind it. */
static json_t *read_literal(const char **p)
{
    const char *from = *p;
    if (strncmp(from, "NULL", 4) == 0) {
        *p += 4;
        return json_null();
    }
    if (*from == 'x' && from[1] == '\'') {
        const char *end = strchr(from + 2, '\'');
        *p = end + 1;
        return json_pack("{s:s%}", "x", from + 2, (size_t)(end - from - 2));
    }
    if (*from == '\'') {
        char *text = malloc(strlen(from));
        size_t n = 0;
        for (from++; *from != '\'' || from[1] == '\''; from++) {
            from += *from == '\'';
            text[n++] = *from;
        }
        *p = from + 1;
        json_t *value = json_stringn(text, n);
        free(text);
        return value;
    }
    char *end;
    long long number = strtoll(from, &end, 10);
    *p = end;
    return end == from ? NULL : json_integer(number);
}

/* Walks both texts at once: they differ only where the template has ?N. */
static bool read_values(const char *sql, const char *expanded, json_t **values, size_t *n)
{
    bool quoted = false;
    for (const char *p = expanded; *sql; sql++) {
        quoted ^= *sql == '\'';
        if (*sql == '?' && !quoted) {
            char *end;
            size_t number = strtoul(sql + 1, &end, 10);
            json_t *value = read_literal(&p);
            if (!value || number == 0 || number > VALUES) {
                return false;
            }
            json_decref(values[number - 1]);
            values[number - 1] = value;
            *n = number > *n ? number : *n;
            sql = end - 1;
        } else if (*sql != *p++) {
            return false;
        }
    }
    return true;
}

static void write_line(sqlite3_stmt *statement)
{
    json_t *values[VALUES] = { NULL };
    size_t n = 0;
    char *expanded = sqlite3_expanded_sql(statement);
    const char *sql = sqlite3_sql(statement);
    if (!expanded || !read_values(sql, expanded, values, &n)) {
        (void)fprintf(stderr, "record: cannot read the values of: %.200s\n", expanded ? expanded : sql);
        recorder.failed = true;
    }
    json_t *line = json_array();
    json_array_append_new(line, json_integer((json_int_t)number_of(sql)));
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(line, values[i] ? values[i] : json_null());
    }
    if (json_dumpf(line, recorder.out, JSON_COMPACT) != 0 || fputc('\n', recorder.out) == EOF) {
        recorder.failed = true;
    }
    json_decref(line);
    sqlite3_free(expanded);
}

static int on_statement(unsigned kind, void *context, void *statement, void *text)
{
    (void)kind;
    if (recorder.on && context == recorder.handle && strncmp(text, "--", 2) != 0) {
        write_line(statement);
    }
    return 0;
}

static int on_open(sqlite3 *handle, const char **message, const void *api)
{
    (void)message, (void)api;
    if (recorder.on && !recorder.handle) {
        recorder.handle = handle;
        (void)sqlite3_trace_v2(handle, SQLITE_TRACE_STMT, on_statement, handle);
    }
    return SQLITE_OK;
}

/* ---- Batches of an exact size ---- */

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool closed, held; /* held: the writer waits at it */
    size_t answered, failed;
    char first_failure[256];
};

/* Holds the writer until a whole batch waits behind it. */
static bool hold(struct writing *writing, void *input, struct error *error)
{
    struct gate *gate = input;
    (void)writing, (void)error;
    pthread_mutex_lock(&gate->lock);
    gate->held = true;
    pthread_cond_broadcast(&gate->moved);
    while (gate->closed) {
        pthread_cond_wait(&gate->moved, &gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
    return true;
}

static void answered(void *input, bool ok, const struct error *error)
{
    struct gate *gate = input;
    pthread_mutex_lock(&gate->lock);
    gate->answered++;
    if (!ok) {
        gate->failed++;
        (void)snprintf(gate->first_failure, sizeof gate->first_failure, "%s", error->message);
    }
    pthread_cond_broadcast(&gate->moved);
    pthread_mutex_unlock(&gate->lock);
}

struct submission {
    struct application_submit submit;
    struct gate *gate;
};

static bool submit_run(struct writing *writing, void *input, struct error *error)
{
    struct submission *submission = input;
    return application_submit_run(writing, &submission->submit, error) &&
           (submission->submit.apply.result == APPLY_DONE ||
            error_set(error, "a draft was refused: %d", (int)submission->submit.apply.result));
}

static void submit_done(void *input, bool ok, const struct error *error)
{
    answered(((struct submission *)input)->gate, ok, error);
}

static void wait_for(struct gate *gate, size_t n)
{
    pthread_mutex_lock(&gate->lock);
    while (gate->answered < n) {
        pthread_cond_wait(&gate->moved, &gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
}

static void wait_until_held(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    while (!gate->held && !gate->answered) {
        pthread_cond_wait(&gate->moved, &gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
}

static void open_gate(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->closed = false;
    pthread_cond_broadcast(&gate->moved);
    pthread_mutex_unlock(&gate->lock);
}

static bool one_batch(struct house *house, struct writer *writer, struct gate *gate, const struct draft *drafts,
                      size_t n, struct error *error)
{
    struct submission *all = calloc(n, sizeof *all);
    unsigned char *keys = calloc(n, 16);
    if (!all || !keys) {
        abort();
    }
    gate->closed = true;
    gate->held = false;
    gate->answered = 0;
    bool good = vault_random(keys, n * 16, error) &&
                writer_submit(writer, &(struct command){ "hold", hold, answered, gate }, error);
    size_t accepted = good ? 1 : 0, sent = 0;
    if (good) {
        wait_until_held(gate);
    }
    for (; good && sent < n; sent++) {
        all[sent].gate = gate;
        all[sent].submit.apply = (struct apply){ .places = house->places,
                                                 .actor = { drafts[sent].account, "family" },
                                                 .form_key = { (const char *)keys + sent * 16, 16 },
                                                 .application = drafts[sent].application,
                                                 .version = 1 };
        good = writer_submit(writer, &(struct command){ "submit", submit_run, submit_done, &all[sent] }, error);
        accepted += good;
    }
    open_gate(gate);
    wait_for(gate, accepted);
    free(all);
    free(keys);
    if (good && gate->failed) {
        return error_set(error, "%zu drafts were not submitted: %s", gate->failed, gate->first_failure);
    }
    return good;
}

static bool record(struct house *house, const struct draft *drafts, size_t count, size_t batch, struct error *error)
{
    struct writer *writer;
    struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER };
    recorder.on = true;
    if (!writer_start(&writer, house->store, house->vault, error)) {
        return false;
    }
    bool good = writer_add_check(writer, ledger_check, NULL, error);
    for (size_t i = 0; good && i < count; i += batch) {
        good = one_batch(house, writer, &gate, drafts + i, batch < count - i ? batch : count - i, error);
    }
    writer_stop(writer);
    recorder.on = false;
    return good && (!recorder.failed || error_set(error, "the recording is not whole"));
}

/* The line with the statements comes first, but is known last. */
static bool write_file(const char *path, FILE *lines, struct error *error)
{
    FILE *out = fopen(path, "w");
    json_t *list = json_array();
    static char part[1 << 16];
    bool good = out != NULL;
    for (size_t i = 0; i < recorder.n; i++) {
        json_array_append_new(list, json_string(recorder.sql[i]));
    }
    good = good && json_dumpf(list, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF;
    rewind(lines);
    for (size_t n; good && (n = fread(part, 1, sizeof part, lines)) > 0;) {
        good = fwrite(part, 1, n, out) == n;
    }
    json_decref(list);
    good = (!out || fclose(out) == 0) && good;
    return good || error_set(error, "%s cannot be written: %m", path);
}

int main(int argc, char **argv)
{
    struct house house = { 0 };
    struct error error = { "usage: record DATA DRAFTS FROM COUNT BATCH FILE" };
    struct draft *drafts;
    size_t n = 0, from = argc == 7 ? strtoul(argv[3], NULL, 10) : 0, count = argc == 7 ? strtoul(argv[4], NULL, 10) : 0;
    size_t batch = argc == 7 ? strtoul(argv[5], NULL, 10) : 0;
    recorder.out = tmpfile();
    bool good = recorder.out && batch && sqlite3_auto_extension((void (*)(void))on_open) == SQLITE_OK &&
                house_open(&house, argv[1], NULL, &error) && drafts_read(&house, argv[2], &drafts, &n, &error);
    if (good && from + count > n) {
        good = error_set(&error, "the list has only %zu drafts", n);
    }
    good = good && record(&house, drafts + from, count, batch, &error) && write_file(argv[6], recorder.out, &error);
    if (house.arena) {
        house_close(&house);
    }
    if (!good) {
        (void)fprintf(stderr, "record: %s\n", error.message);
    }
    return good ? 0 : 1;
}
