/* See log.h. Each line is written by one write(2), so that lines of several threads do not mix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static _Atomic int least = LOG_NOTE;

void log_set_level(enum log_level level)
{
    atomic_store(&least, (int)level);
}

void log_line(enum log_level level, const char *format, ...)
{
    static const char *const names[] = { "error", "warning", "note", "debug" };
    if ((int)level > atomic_load_explicit(&least, memory_order_relaxed)) {
        return;
    }
    char line[1024];
    struct timespec now;
    struct tm tm;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &tm);
    int n = (int)strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%SZ ", &tm);
    n += snprintf(line + n, sizeof line - (size_t)n, "%s ", names[level]);
    va_list list;
    va_start(list, format);
    int more = vsnprintf(line + n, sizeof line - (size_t)n, format, list);
    va_end(list);
    n = more < 0 ? n : n + more;
    if (n > (int)sizeof line - 2) {
        n = (int)sizeof line - 2;
    }
    for (int i = 0; i < n; i++) {
        if ((unsigned char)line[i] < ' ') {
            line[i] = ' '; /* one event stays one line */
        }
    }
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)n) < 0) {
        return;
    }
}
