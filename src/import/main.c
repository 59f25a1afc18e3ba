/* jiaoti-import < FILE: see README.md. */
#include "base/arena.h"
#include "base/limits.h"
#include "import/csv.h"
#include "import/lines.h"
#include "import/sandbox.h"
#include "import/workbook.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* The whole of standard input; NULL as the problem when it was read. */
static const char *read_all(char *bytes, size_t size, size_t *n)
{
    for (*n = 0;;) {
        ssize_t got = read(STDIN_FILENO, bytes + *n, size - *n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? "failed" : NULL;
        }
        *n += (size_t)got;
        if (*n == size) {
            return "too-large";
        }
    }
}

static const char *read_file(struct str bytes, const struct encodings *encodings, struct lines *lines)
{
    if (str_starts(bytes, STR("\xd0\xcf\x11\xe0"))) {
        return "old-format"; /* XLS, and XLSX behind a password */
    }
    if (str_starts(bytes, STR("PK\x03\x04"))) {
        return workbook_read(bytes, lines) ? NULL : "damaged";
    }
    if (str_starts(bytes, STR("%PDF")) || !csv_is_text(bytes)) {
        return "not-a-spreadsheet";
    }
    struct arena *arena = arena_new(0);
    csv_read(arena, csv_decode(arena, encodings, bytes), lines);
    arena_free(arena);
    return NULL;
}

int main(void)
{
    struct lines lines = { .out = stdout };
    struct encodings encodings;
    size_t size = LIMIT_SHEET_BYTES + 1, n = 0;
    (void)fputs("jiaoti-import 1\n", stdout);
    char *bytes = NULL;
    const char *problem = "failed";
    if (sandbox_limit() && encodings_open(&encodings) && (bytes = malloc(size)) != NULL) {
        workbook_prepare();
        if (sandbox_shut()) {
            problem = read_all(bytes, size, &n);
            problem = problem ? problem : read_file((struct str){ bytes, n }, &encodings, &lines);
        }
    }
    problem = lines.too_many ? "too-many-rows" : problem;
    if (problem) {
        (void)printf("problem\t%s\n", problem);
    } else {
        (void)fputs("end\n", stdout);
    }
    int status = fflush(stdout) == 0 && !problem ? 0 : 1;
    /* Straight out: what the libraries would do at an end needs calls that are refused. */
    _exit(status);
}
