/* Runs jiaoti-import on a stranger's file and reads its lines (src/import/README.md). The child gets the file, a pipe
 * and nothing else: no environment, no other descriptor. It is ended when it takes too long or says too much. */
#include "connect/sheet_internal.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* Escapes double a text at most; what 32 MB of compressed cells may grow to is bounded by rows and cells. */
enum { MOST_SAID = 8 * LIMIT_SHEET_BYTES, PATH_BYTES = 4096 };

static bool beside_this_program(char path[PATH_BYTES])
{
    ssize_t n = readlink("/proc/self/exe", path, PATH_BYTES - sizeof "jiaoti-import");
    while (n > 0 && path[n - 1] != '/') {
        n--;
    }
    if (n <= 0) {
        return false;
    }
    memcpy(path + n, "jiaoti-import", sizeof "jiaoti-import");
    return true;
}

static bool spawn(const char *program, int file, int out, pid_t *child, struct error *error)
{
    char *const arguments[] = { (char[]){ "jiaoti-import" }, NULL };
    char *const environment[] = { (char[]){ "LC_ALL=C.UTF-8" }, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int problem = posix_spawn_file_actions_init(&actions);
    if (problem == 0) {
        problem = posix_spawnattr_init(&attributes);
    }
    if (problem != 0) {
        return error_set(error, "%s cannot be run: %s.", program, strerror(problem));
    }
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setsigdefault(&attributes, &all);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    problem = posix_spawn_file_actions_adddup2(&actions, file, STDIN_FILENO);
    problem = problem ? problem : posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    problem = problem ? problem : posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    problem = problem ? problem : posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    problem = problem ? problem : posix_spawn(child, program, &actions, &attributes, arguments, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    return problem == 0 ||
           error_set(error, "%s cannot be run: %s. It belongs beside the program jiaoti.", program, strerror(problem));
}

/* All that the child says; false when it was too long or too slow. */
static bool listen_to(int in, struct buf *said)
{
    int64_t until = clock_monotonic_us() + (int64_t)(LIMIT_IMPORT_SECONDS + 10) * 1000000;
    for (;;) {
        int64_t left = (until - clock_monotonic_us()) / 1000;
        struct pollfd wait = { .fd = in, .events = POLLIN };
        int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        char *room = ready > 0 ? buf_room(said, 65536) : NULL;
        if (!room) {
            return false;
        }
        ssize_t n = read(in, room, 65536);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0;
        }
        buf_took(said, (size_t)n);
    }
}

static bool run(const char *program, int file, struct buf *said, bool *whole, struct error *error)
{
    int ends[2];
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_set(error, "No pipe for %s: %s.", program, strerror(errno));
    }
    bool ok = spawn(program, file, ends[1], &child, error);
    (void)close(ends[1]);
    if (ok) {
        *whole = listen_to(ends[0], said);
        if (!*whole) {
            (void)kill(child, SIGKILL);
        }
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    (void)close(ends[0]);
    return ok;
}

/* ---- The lines ---- */

static struct str unescaped(struct arena *arena, struct str s)
{
    char *out = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\\' && i + 1 < s.n) {
            c = s.p[++i];
            c = (char)(c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c);
        }
        out[n++] = c;
    }
    return (struct str){ out, n };
}

static const struct text *problem_text(struct str word)
{
    static const struct {
        const char *word;
        struct text text;
    } problems[] = {
        { "old-format", T("这是旧版 xls 文件或加了密码，请另存为不加密码的 xlsx",
                          "This is an old XLS file, or one behind a password; save it as XLSX without a password") },
        { "not-a-spreadsheet", T("这不是 xlsx、ods 或 csv 表格", "This is not a spreadsheet (XLSX, ODS or CSV)") },
        { "damaged", T("表格文件已损坏，无法打开", "The spreadsheet is damaged and cannot be opened") },
        { "too-large", T("文件超过 32 MB，请分成几份导入", "The file is larger than 32 MB; hand it in in parts") },
        { "too-many-rows",
          T("表格超过 50000 行，请分成几份导入", "The sheet has more than 50,000 rows; hand it in in parts") },
        { "failed", T("表格无法读取，请检查文件或分成几份导入",
                      "The spreadsheet could not be read; check the file, or hand it in in parts") },
    };
    enum { COUNT = sizeof problems / sizeof *problems };
    for (size_t i = 0; i < COUNT; i++) {
        if (str_is(word, problems[i].word)) {
            return &problems[i].text;
        }
    }
    return &problems[COUNT - 1].text;
}

static void *grown(struct arena *arena, void *items, size_t n, size_t size)
{
    /* Doubled at each power of two from 16 on. */
    if (n >= 16 ? (n & (n - 1)) != 0 : n != 0) {
        return items;
    }
    char *larger = arena_array(arena, n < 16 ? 16 : 2 * n, size);
    if (n) {
        memcpy(larger, items, n * size);
    }
    return larger;
}

static bool take_row(struct arena *arena, struct sheet_page *page, struct str rest)
{
    struct str part;
    struct sheet_line line = { 0 };
    int64_t number;
    struct str cells[LIMIT_SHEET_COLUMNS];
    if (!str_split(&rest, '\t', &part) || !str_to_int(part, 0, UINT32_MAX, &number)) {
        return false;
    }
    while (line.n < LIMIT_SHEET_COLUMNS && str_split(&rest, '\t', &part)) {
        cells[line.n++] = unescaped(arena, part);
    }
    line.number = (uint32_t)number;
    line.cells = ARENA_ARRAY(arena, struct str, line.n);
    memcpy(line.cells, cells, line.n * sizeof *cells);
    page->lines = grown(arena, page->lines, page->n, sizeof *page->lines);
    page->lines[page->n++] = line;
    return true;
}

/* False: the lines end without `end`, or are none of ours. */
static bool parse(struct arena *arena, struct str said, struct sheet_book *book, const struct text **problem)
{
    struct str line, word;
    if (!str_split(&said, '\n', &line) || !str_is(line, "jiaoti-import 1")) {
        return false;
    }
    while (str_split(&said, '\n', &line)) {
        struct str rest = line;
        (void)str_split(&rest, '\t', &word);
        if (str_is(word, "end")) {
            return true;
        }
        if (str_is(word, "problem")) {
            *problem = problem_text(rest);
            return true;
        }
        if (str_is(word, "sheet")) {
            book->pages = grown(arena, book->pages, book->n, sizeof *book->pages);
            book->pages[book->n++] = (struct sheet_page){ .name = unescaped(arena, rest) };
        } else if (!str_is(word, "row") || !book->n || !take_row(arena, &book->pages[book->n - 1], rest)) {
            return false;
        }
    }
    return false;
}

bool sheet_read(const char *program, int file, struct arena *arena, struct sheet_book *book,
                const struct text **problem, struct error *error)
{
    char path[PATH_BYTES];
    struct buf said = buf_init(MOST_SAID);
    bool whole = false;
    *problem = NULL;
    *book = (struct sheet_book){ 0 };
    if (!program && !beside_this_program(path)) {
        return error_set(error, "jiaoti-import is not beside this program.");
    }
    bool ok = run(program ? program : path, file, &said, &whole, error);
    if (ok && (!whole || !parse(arena, buf_str(&said), book, problem))) {
        *problem = problem_text(STR("failed"));
    }
    buf_free(&said);
    return ok;
}
