/* Reading what somebody has handed in, in the background: see exchange_keep.h. One thread takes one file after the
 * other; its lines come from jiaoti-import, and a part of them is kept whenever there is enough, with how many rows
 * were read, which is what the page shows meanwhile.
 *
 * Of a workbook the page that has the line of headings within its first lines is kept, with what stands above it. */
#include "registry/exchange_keep.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/stranger.h"
#include "store/vault.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { JOBS_MOST = 64, HEADINGS_WITHIN = 30, PART_BYTES = 48 * 1024, PART_MOST = 16 << 20 };

struct job {
    int64_t import;
    const struct kind *kind;
    struct keeper_of who; /* its texts are in scope and role */
    char scope[32];
    int64_t day;
    bool map;
    int file;
    atomic_bool stop;
};

struct exchange_reader {
    struct store *store;
    struct vault *vault;
    struct writer *writer;
    const char *program;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake, done;
    struct job *jobs[JOBS_MOST]; /* jobs[0] is under way */
    size_t n;
    bool ending;
    pthread_t thread;
};

/* ---- Commands ---- */

struct save {
    int64_t import, part, rows;
    struct str cells;
};

static bool save_run(struct writing *writing, void *input, struct error *error)
{
    const struct save *save = input;
    struct str sealed;
    return vault_seal(writing->vault, writing->arena, "import.cells", save->cells, &sealed, error) &&
           db_run(writing->db, error,
                  "insert into register_import_part (import, part, cells_sealed) values (?1, ?2, ?3)",
                  V_INT(save->import), V_INT(save->part), V_BLOB(sealed)) &&
           db_run(writing->db, error, "update register_import set read_rows = ?2 where id = ?1", V_INT(save->import),
                  V_INT(save->rows));
}

struct end {
    int64_t import;
    const char *state;
    struct exchange_counts counts;
    struct name problem;
    bool forget;
};

static bool end_run(struct writing *writing, void *input, struct error *error)
{
    const struct end *end = input;
    const struct exchange_counts *counts = &end->counts;
    return db_run(writing->db, error,
                  "update register_import set state = ?2, read_rows = ?3, added = ?4, changed = ?5, same = ?6, "
                  "bad = ?7, absent = ?8, problem_zh = ?9, problem_en = ?10, ended_at = ?11 where id = ?1",
                  V_INT(end->import), V_TEXT(str_of(end->state)), V_INT(counts->rows), V_INT(counts->of[EXCHANGE_NEW]),
                  V_INT(counts->of[EXCHANGE_CHANGED]), V_INT(counts->of[EXCHANGE_SAME]),
                  V_INT(counts->of[EXCHANGE_BAD]), V_INT(counts->absent), V_TEXT(end->problem.zh),
                  V_TEXT(end->problem.en), V_INT(writing->now)) &&
           (!end->forget ||
            db_run(writing->db, error, "delete from register_import_part where import = ?1", V_INT(end->import)));
}

static bool restart_run(struct writing *writing, void *input, struct error *error)
{
    (void)input;
    return db_run(writing->db, error,
                  "delete from register_import_part where import in (select id from register_import where "
                  "state = 'reading')") &&
           db_run(writing->db, error,
                  "update register_import set state = 'failed', problem_zh = '程序重新启动，请再交一次', "
                  "problem_en = 'The program was started again; hand the file in once more' where state = 'reading'");
}

/* ---- One file ---- */

struct reading {
    struct exchange_reader *reader;
    struct job *job;
    struct exchange_check *check;
    struct arena *arena; /* of the line at hand */
    struct buf part;
    int64_t parts, rows;
    uint32_t above;   /* lines of the page at hand so far */
    bool found, done; /* the line of headings; the whole page */
    bool failed;
    struct error error;
};

/* A line of a part: see sql/006. */
static void add_line(struct buf *out, uint32_t number, const struct str *cells, size_t n)
{
    buf_add_int(out, number);
    for (size_t i = 0; i < n; i++) {
        buf_add_char(out, '\t');
        for (size_t k = 0; k < cells[i].n; k++) {
            char c = cells[i].p[k];
            char instead = (char)(c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\\' ? '\\' : 0);
            if (instead) {
                buf_add_char(out, '\\');
            }
            buf_add_char(out, instead ? instead : c);
        }
    }
    buf_add_char(out, '\n');
}

static bool save_part(struct reading *reading)
{
    struct save save = { reading->job->import, reading->parts, reading->rows, buf_str(&reading->part) };
    if (reading->part.n == 0) {
        return true;
    }
    if (!writer_call(reading->reader->writer, "register.import_part", save_run, &save, &reading->error)) {
        reading->failed = true;
        return false;
    }
    reading->parts++;
    buf_clear(&reading->part);
    return true;
}

static bool take_sheet(void *context, struct str name)
{
    struct reading *reading = context;
    (void)name;
    reading->done = reading->found;
    reading->above = 0;
    if (!reading->found) {
        buf_clear(&reading->part);
    }
    return !atomic_load(&reading->job->stop);
}

static bool take_row(void *context, uint32_t number, const struct str *cells, size_t n)
{
    struct reading *reading = context;
    struct exchange_mistake *mistakes;
    size_t nmistakes;
    if (reading->done || reading->above > HEADINGS_WITHIN) {
        return !atomic_load(&reading->job->stop);
    }
    add_line(&reading->part, number, cells, n);
    if (reading->found) {
        reading->rows++;
    } else {
        arena_reset(reading->arena);
        reading->found =
            exchange_check_headings(reading->check, reading->arena, number, cells, n, &mistakes, &nmistakes);
        reading->above++;
    }
    return !atomic_load(&reading->job->stop) && (reading->part.n < PART_BYTES || !reading->found || save_part(reading));
}

static const struct text no_headings = T(
    "没有找到标题行：至少要有代码一列和另外一列，请用模板或导出的表格",
    "No line of headings was found: it needs the column of codes and one more; use the template or an exported sheet");

static const struct text failed_here = T("系统故障，请稍后再试", "Something failed here; try again later");

static bool count(struct reading *reading, struct db *db, struct end *end)
{
    struct exchange_import import;
    struct exchange_mistake *mistakes;
    const struct exchange_walk walk = { 0 };
    size_t n = 0;
    bool found = false;
    struct arena *arena = arena_new(0);
    bool good = db_read_begin(db, &reading->error) &&
                exchange_import_get(db, arena, reading->job->import, &import, &found, &reading->error) && found &&
                exchange_walk(db, reading->reader->vault, arena, &import, &reading->job->who, &walk, &end->counts,
                              &mistakes, &n, &reading->error);
    db_read_end(db);
    arena_free(arena);
    return good;
}

static void read_file(struct reading *reading, struct db *db)
{
    struct job *job = reading->job;
    const struct stranger_hooks hooks = { .context = reading, .sheet = take_sheet, .row = take_row };
    enum stranger_end how = STRANGER_PROBLEM;
    const struct text *problem = &no_headings;
    struct end end = { .import = job->import, .state = "failed", .forget = true };
    bool ran =
        stranger_read(reading->reader->program, STRANGER_SHEET, job->file, &hooks, &how, &problem, &reading->error);
    if (atomic_load(&job->stop)) {
        end.state = "stopped";
    } else if (!ran || reading->failed) {
        log_line(LOG_WARNING, "import %lld: %s", (long long)job->import, reading->error.message);
        problem = &failed_here;
    } else if (how == STRANGER_WHOLE && !reading->found) {
        problem = &no_headings;
    } else if (how == STRANGER_WHOLE && save_part(reading) && count(reading, db, &end)) {
        end.state = "read";
        end.forget = false;
    }
    if (end.forget && str_is(STR("failed"), end.state)) {
        end.problem = (struct name){ str_of(problem->zh), str_of(problem->en) };
    }
    if (!writer_call(reading->reader->writer, "register.import_end", end_run, &end, &reading->error)) {
        log_line(LOG_WARNING, "import %lld: %s", (long long)job->import, reading->error.message);
    }
}

static void run_job(struct exchange_reader *reader, struct job *job)
{
    struct exchange_setting setting = { job->kind, job->who, job->day };
    struct reading reading = { .reader = reader, .job = job, .arena = arena_new(0), .part = buf_init(PART_MOST) };
    struct db *db = NULL;
    if (db_open(&db, reader->store, DB_READ, &reading.error) &&
        exchange_check_new(&reading.check, db, reader->vault, &setting, &reading.error)) {
        read_file(&reading, db);
    } else {
        log_line(LOG_WARNING, "import %lld: %s", (long long)job->import, reading.error.message);
    }
    exchange_check_free(reading.check);
    db_close(db);
    buf_free(&reading.part);
    arena_free(reading.arena);
}

/* ---- The thread ---- */

static void free_job(struct job *job)
{
    (void)close(job->file);
    free(job);
}

static void *work(void *context)
{
    struct exchange_reader *reader = context;
    pthread_mutex_lock(&reader->lock);
    for (;;) {
        while (reader->n == 0 && !reader->ending) {
            pthread_cond_wait(&reader->wake, &reader->lock);
        }
        if (reader->n == 0) {
            break;
        }
        struct job *job = reader->jobs[0];
        pthread_mutex_unlock(&reader->lock);
        run_job(reader, job);
        pthread_mutex_lock(&reader->lock);
        reader->n--;
        memmove(reader->jobs, reader->jobs + 1, reader->n * sizeof(struct job *));
        free_job(job);
        pthread_cond_broadcast(&reader->done);
    }
    pthread_mutex_unlock(&reader->lock);
    return NULL;
}

bool exchange_reader_start(struct exchange_reader **out, struct store *store, struct vault *vault,
                           struct writer *writer, const char *program, struct error *error)
{
    struct exchange_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        return error_set(error, "no memory for imports");
    }
    *reader = (struct exchange_reader){ .store = store, .vault = vault, .writer = writer, .program = program };
    pthread_mutex_init(&reader->lock, NULL);
    pthread_cond_init(&reader->wake, NULL);
    pthread_cond_init(&reader->done, NULL);
    if (!writer_call(writer, "register.import_restart", restart_run, NULL, error)) {
        free(reader);
        return false;
    }
    if (pthread_create(&reader->thread, NULL, work, reader) != 0) {
        free(reader);
        return error_set(error, "the thread of imports could not be started");
    }
    *out = reader;
    return true;
}

void exchange_reader_stop(struct exchange_reader *reader)
{
    if (!reader) {
        return;
    }
    pthread_mutex_lock(&reader->lock);
    reader->ending = true;
    for (size_t i = 0; i < reader->n; i++) {
        atomic_store(&reader->jobs[i]->stop, true);
    }
    pthread_cond_signal(&reader->wake);
    pthread_mutex_unlock(&reader->lock);
    (void)pthread_join(reader->thread, NULL);
    pthread_mutex_destroy(&reader->lock);
    pthread_cond_destroy(&reader->wake);
    pthread_cond_destroy(&reader->done);
    free(reader);
}

bool exchange_reader_take(struct exchange_reader *reader, int64_t import, const struct kind *kind,
                          const struct keeper_of *who, int64_t day, bool map, int file, struct error *error)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job) {
        (void)close(file);
        return error_set(error, "no memory for the import");
    }
    job->import = import;
    job->kind = kind;
    job->who = *who;
    (void)snprintf(job->scope, sizeof job->scope, "%.*s", STR_ARG(who->scope));
    job->who.scope = str_of(job->scope);
    job->day = day;
    job->map = map;
    job->file = file;
    pthread_mutex_lock(&reader->lock);
    bool room = reader->n < JOBS_MOST && !reader->ending;
    if (room) {
        reader->jobs[reader->n++] = job;
        pthread_cond_signal(&reader->wake);
    }
    pthread_mutex_unlock(&reader->lock);
    if (!room) {
        free_job(job);
        return error_set(error, "too many files wait to be read; try again later");
    }
    return true;
}

void exchange_reader_stop_one(struct exchange_reader *reader, int64_t import)
{
    pthread_mutex_lock(&reader->lock);
    for (size_t i = 0; i < reader->n; i++) {
        if (reader->jobs[i]->import == import) {
            atomic_store(&reader->jobs[i]->stop, true);
        }
    }
    pthread_mutex_unlock(&reader->lock);
}

static bool is_under_way(const struct exchange_reader *reader, int64_t import)
{
    for (size_t i = 0; i < reader->n; i++) {
        if (reader->jobs[i]->import == import) {
            return true;
        }
    }
    return false;
}

void exchange_reader_wait(struct exchange_reader *reader, int64_t import, int milliseconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    until.tv_sec += milliseconds / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&reader->lock);
    while (is_under_way(reader, import) && pthread_cond_timedwait(&reader->done, &reader->lock, &until) == 0) {
    }
    pthread_mutex_unlock(&reader->lock);
}
