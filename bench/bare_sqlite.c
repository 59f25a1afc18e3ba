/* The bare library beside the durable submissions: runs a recording (record.c) on a copy of the database that it was
 * made from, with nothing around it: one thread, one connection, prepared statements, the same values, the same
 * savepoints, the same transactions, each as durable as ours (the recording has the connection's pragmas too).
 *   bare_sqlite DATABASE RECORDING
 * Reading the recording is not timed. The hold that keeps batches together leaves empty transactions behind: they are
 * left out, as nothing of ours waits for them. Prints one JSON line. */
#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_STATEMENTS = 256 };

struct value {
    char kind; /* n i t x */
    long long integer;
    void *bytes;
    int size;
};

struct execution {
    int statement;
    int nvalues;
    struct value *values;
};

struct recording {
    char *sql[MOST_STATEMENTS];
    size_t nsql;
    struct execution *steps;
    size_t n, room;
};

static void die(const char *what)
{
    (void)fprintf(stderr, "bare_sqlite: %s\n", what);
    exit(1);
}

static void *must(void *p)
{
    if (!p) {
        die("no memory");
    }
    return p;
}

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- Reading ---- */

static int digit(char c)
{
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

static struct value read_value(const json_t *json)
{
    struct value value = { .kind = 'n' };
    if (json_is_integer(json)) {
        value.kind = 'i';
        value.integer = json_integer_value(json);
    } else if (json_is_string(json)) {
        value.kind = 't';
        value.size = (int)json_string_length(json);
        value.bytes = must(malloc((size_t)value.size + 1));
        memcpy(value.bytes, json_string_value(json), (size_t)value.size + 1);
    } else if (json_is_object(json)) {
        const char *hex = json_string_value(json_object_get(json, "x"));
        value.kind = 'x';
        value.size = (int)strlen(hex) / 2;
        char *bytes = value.bytes = must(malloc((size_t)value.size + 1));
        for (int i = 0; i < value.size; i++) {
            bytes[i] = (char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
        }
    }
    return value;
}

static void add_step(struct recording *r, const json_t *line)
{
    if (r->n == r->room) {
        r->room = r->room ? 2 * r->room : 65536;
        r->steps = must(realloc(r->steps, r->room * sizeof *r->steps));
    }
    struct execution *step = &r->steps[r->n++];
    step->statement = (int)json_integer_value(json_array_get(line, 0));
    step->nvalues = (int)json_array_size(line) - 1;
    step->values = must(calloc((size_t)step->nvalues + 1, sizeof *step->values));
    for (int i = 0; i < step->nvalues; i++) {
        step->values[i] = read_value(json_array_get(line, (size_t)i + 1));
    }
}

static void read_recording(struct recording *r, const char *path)
{
    FILE *in = fopen(path, "r");
    json_error_t where;
    json_t *line = in ? json_loadf(in, JSON_DISABLE_EOF_CHECK, &where) : NULL;
    if (!line || json_array_size(line) > MOST_STATEMENTS) {
        die("the recording cannot be read");
    }
    for (; r->nsql < json_array_size(line); r->nsql++) {
        r->sql[r->nsql] = must(strdup(json_string_value(json_array_get(line, r->nsql))));
    }
    do {
        json_decref(line);
        line = json_loadf(in, JSON_DISABLE_EOF_CHECK, &where);
        if (line) {
            add_step(r, line);
        }
    } while (line);
    (void)fclose(in);
}

static bool is(const struct recording *r, size_t i, const char *word)
{
    return i < r->n && strncasecmp(r->sql[r->steps[i].statement], word, strlen(word)) == 0;
}

/* From one `begin` to the step after its `commit`. */
static size_t end_of_transaction(const struct recording *r, size_t i)
{
    while (i < r->n && !is(r, i, "commit")) {
        i++;
    }
    return i + 1;
}

/* Does it write anything? */
static bool writes(const struct recording *r, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (is(r, i, "insert") || is(r, i, "update")) {
            return true;
        }
    }
    return false;
}

static void leave_out_empty(struct recording *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->n;) {
        size_t end = is(r, i, "begin") ? end_of_transaction(r, i) : i + 1;
        if (!is(r, i, "begin") || writes(r, i, end)) {
            memmove(&r->steps[kept], &r->steps[i], (end - i) * sizeof *r->steps);
            kept += end - i;
        }
        i = end;
    }
    r->n = kept;
}

/* ---- Running ---- */

static void bind(sqlite3_stmt *statement, const struct execution *step)
{
    for (int i = 0; i < step->nvalues; i++) {
        const struct value *v = &step->values[i];
        if (v->kind == 'i') {
            (void)sqlite3_bind_int64(statement, i + 1, v->integer);
        } else if (v->kind == 't') {
            (void)sqlite3_bind_text(statement, i + 1, v->bytes, v->size, SQLITE_STATIC);
        } else if (v->kind == 'x') {
            (void)sqlite3_bind_blob(statement, i + 1, v->bytes, v->size, SQLITE_STATIC);
        } else {
            (void)sqlite3_bind_null(statement, i + 1);
        }
    }
}

static void run_step(sqlite3 *db, const struct recording *r, sqlite3_stmt **prepared, const struct execution *step)
{
    sqlite3_stmt **statement = &prepared[step->statement];
    if (!*statement &&
        sqlite3_prepare_v3(db, r->sql[step->statement], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK) {
        die(sqlite3_errmsg(db));
    }
    bind(*statement, step);
    int code;
    while ((code = sqlite3_step(*statement)) == SQLITE_ROW) {
        for (int i = sqlite3_column_count(*statement); i-- > 0;) {
            (void)sqlite3_column_blob(*statement, i);
        }
    }
    if (code != SQLITE_DONE) {
        die(sqlite3_errmsg(db));
    }
    (void)sqlite3_reset(*statement);
}

int main(int argc, char **argv)
{
    static struct recording r;
    sqlite3_stmt *prepared[MOST_STATEMENTS] = { NULL };
    sqlite3 *db;
    if (argc != 3) {
        die("usage: bare_sqlite DATABASE RECORDING");
    }
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    read_recording(&r, argv[2]);
    leave_out_empty(&r);
    if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        die("the database cannot be opened");
    }
    size_t i = 0, submissions = 0, commits = 0, statements = 0;
    while (i < r.n && !is(&r, i, "begin")) {
        run_step(db, &r, prepared, &r.steps[i++]);
    }
    statements = r.n - i;
    double start = seconds_of(CLOCK_MONOTONIC), used = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    for (; i < r.n; i++) {
        run_step(db, &r, prepared, &r.steps[i]);
        submissions += is(&r, i, "release");
        commits += is(&r, i, "commit");
    }
    double seconds = seconds_of(CLOCK_MONOTONIC) - start;
    used = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - used;
    printf("{\"answers\":%zu,\"commits\":%zu,\"statements\":%.1f,\"seconds\":%.4f,\"rate\":%.1f,\"cost\":%.2f}\n",
           submissions, commits, submissions ? (double)statements / (double)submissions : 0.0, seconds,
           (double)submissions / seconds, submissions ? used * 1e6 / (double)submissions : 0.0);
    for (size_t s = 0; s < MOST_STATEMENTS; s++) {
        (void)sqlite3_finalize(prepared[s]);
    }
    (void)sqlite3_close(db);
    return submissions ? 0 : 1;
}
