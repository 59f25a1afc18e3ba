/* See stranger.h. */
#include "base/stranger.h"

#include "base/clock.h"
#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, AT_ONCE = 256 * 1024 };

/* ---- The lines ---- */

struct stranger_lines stranger_lines(const struct stranger_hooks *hooks)
{
    return (struct stranger_lines){ .hooks = hooks, .held = buf_init(LIMIT_STRANGER_LINE_BYTES) };
}

void stranger_lines_free(struct stranger_lines *lines)
{
    buf_free(&lines->held);
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
        { "not-a-map", T("这不是 GeoJSON、KML 或装有 Shapefile 的 zip 文件",
                         "This is not a GeoJSON or KML file, nor a ZIP with a Shapefile") },
        { "damaged", T("文件已损坏，无法打开", "The file is damaged and cannot be opened") },
        { "too-large", T("文件超过 32 MB，请分成几份导入", "The file is larger than 32 MB; hand it in in parts") },
        { "too-many-rows",
          T("表格超过 50000 行，请分成几份导入", "The sheet has more than 50,000 rows; hand it in in parts") },
        { "failed",
          T("文件无法读取，请检查文件或分成几份导入", "The file could not be read; check it, or hand it in in parts") },
    };
    enum { COUNT = sizeof problems / sizeof *problems };
    for (size_t i = 0; i < COUNT; i++) {
        if (str_is(word, problems[i].word)) {
            return &problems[i].text;
        }
    }
    return &problems[COUNT - 1].text;
}

/* Where it stands. */
static struct str unescaped(char *p, size_t n)
{
    char *escape = memchr(p, '\\', n);
    if (!escape) {
        return (struct str){ p, n };
    }
    size_t to = (size_t)(escape - p);
    for (size_t i = to; i < n; i++) {
        char c = p[i];
        if (c == '\\' && i + 1 < n) {
            c = p[++i];
            c = (char)(c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c);
        }
        p[to++] = c;
    }
    return (struct str){ p, to };
}

/* The fields of a line behind its word; their number, or SIZE_MAX when there are more than `most`. */
static size_t fields_of(char *line, size_t n, struct str *fields, size_t most)
{
    size_t count = 0;
    for (size_t from = 0; from <= n;) {
        char *tab = memchr(line + from, '\t', n - from);
        size_t end = tab ? (size_t)(tab - line) : n;
        if (count == most) {
            return SIZE_MAX;
        }
        fields[count++] = unescaped(line + from, end - from);
        from = end + 1;
    }
    return count;
}

static bool take_line(struct stranger_lines *lines, char *line, size_t n)
{
    const struct stranger_hooks *hooks = lines->hooks;
    struct str fields[LIMIT_SHEET_COLUMNS + 3];
    int64_t number;
    size_t count = fields_of(line, n, fields, sizeof fields / sizeof *fields);
    if (!lines->begun) {
        lines->begun = count == 1 && str_is(fields[0], "jiaoti-import 1");
        return lines->begun;
    }
    if (count == SIZE_MAX || lines->ended || lines->problem) {
        return false;
    }
    if (str_is(fields[0], "row") && count >= 2 && count <= LIMIT_SHEET_COLUMNS + 2) {
        if (!lines->sheet || !str_to_int(fields[1], 0, UINT32_MAX, &number)) {
            return false;
        }
        lines->stopped = hooks->row && !hooks->row(hooks->context, (uint32_t)number, fields + 2, count - 2);
    } else if (str_is(fields[0], "shape") && count >= 3) {
        if (!lines->sheet || !str_to_int(fields[1], 0, UINT32_MAX, &number)) {
            return false;
        }
        lines->stopped =
            hooks->shape && !hooks->shape(hooks->context, (uint32_t)number, fields[2], fields + 3, count - 3);
    } else if (str_is(fields[0], "sheet") && count == 2) {
        lines->sheet = true;
        lines->stopped = hooks->sheet && !hooks->sheet(hooks->context, fields[1]);
    } else if (str_is(fields[0], "map") && count >= 2) {
        lines->sheet = true;
        lines->stopped = hooks->map && !hooks->map(hooks->context, fields[1], fields + 2, count - 2);
    } else if (str_is(fields[0], "at") && count == 2) {
        if (!str_to_int(fields[1], 0, INT64_MAX, &number)) {
            return false;
        }
        lines->stopped = hooks->at && !hooks->at(hooks->context, number);
    } else if (str_is(fields[0], "problem") && count == 2) {
        lines->problem = problem_text(fields[1]);
    } else {
        lines->ended = count == 1 && str_is(fields[0], "end");
        return lines->ended;
    }
    return true;
}

void stranger_feed(struct stranger_lines *lines, char *bytes, size_t n)
{
    while (n && !lines->bad && !lines->stopped) {
        char *end = memchr(bytes, '\n', n);
        size_t part = end ? (size_t)(end - bytes) : n;
        if (lines->held.n || !end) {
            buf_add(&lines->held, (struct str){ bytes, part });
            lines->bad = lines->held.full;
        }
        if (end && lines->held.n) {
            lines->bad = lines->bad || !take_line(lines, lines->held.p, lines->held.n);
            buf_clear(&lines->held);
        } else if (end) {
            lines->bad = !take_line(lines, bytes, part);
        }
        bytes += part + (end != NULL);
        n -= part + (end != NULL);
    }
}

/* ---- The program ---- */

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

static bool spawn(const char *program, enum stranger_mode mode, int file, int out, pid_t *child, struct error *error)
{
    char *const arguments[] = { (char[]){ "jiaoti-import" },
                                mode == STRANGER_LARGE ? (char[]){ "large" }
                                : mode == STRANGER_MAP ? (char[]){ "map" }
                                                       : NULL,
                                NULL };
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

/* All that the child says, to the hooks. False when it was too slow or was not heard to its end. */
static bool listen_to(int in, enum stranger_mode mode, struct stranger_lines *lines)
{
    int64_t seconds = mode == STRANGER_LARGE ? LIMIT_IMPORT_LARGE_SECONDS : LIMIT_IMPORT_SECONDS;
    int64_t until = clock_monotonic_us() + (seconds + 10) * 1000000;
    char *bytes = malloc(AT_ONCE);
    bool heard = false, going = bytes != NULL;
    while (going) {
        int64_t left = (until - clock_monotonic_us()) / 1000;
        struct pollfd wait = { .fd = in, .events = POLLIN };
        int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        ssize_t n = ready > 0 ? read(in, bytes, AT_ONCE) : -1;
        if (n < 0 && ready > 0 && errno == EINTR) {
            continue;
        }
        heard = n == 0;
        going = n > 0;
        if (n > 0) {
            stranger_feed(lines, bytes, (size_t)n);
            going = !lines->bad && !lines->stopped;
        }
    }
    free(bytes);
    return heard;
}

bool stranger_read(const char *program, enum stranger_mode mode, int file, const struct stranger_hooks *hooks,
                   enum stranger_end *end, const struct text **problem, struct error *error)
{
    char path[PATH_BYTES];
    int ends[2];
    pid_t child;
    if (!program && !beside_this_program(path)) {
        return error_set(error, "jiaoti-import is not beside this program.");
    }
    program = program ? program : path;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_set(error, "No pipe for %s: %s.", program, strerror(errno));
    }
    (void)fcntl(ends[0], F_SETPIPE_SZ, 1 << 20); /* fewer turns; the usual size does too */
    bool ok = spawn(program, mode, file, ends[1], &child, error);
    (void)close(ends[1]);
    if (ok) {
        struct stranger_lines lines = stranger_lines(hooks);
        if (!listen_to(ends[0], mode, &lines)) {
            (void)kill(child, SIGKILL);
        }
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
        }
        *end = lines.stopped ? STRANGER_STOPPED : lines.ended && !lines.bad ? STRANGER_WHOLE : STRANGER_PROBLEM;
        *problem = lines.problem ? lines.problem : problem_text(STR("failed"));
        stranger_lines_free(&lines);
    }
    (void)close(ends[0]);
    return ok;
}
