/* jiaoti-import [large | map] < FILE: see README.md. */
#include "base/arena.h"
#include "base/limits.h"
#include "import/csv.h"
#include "import/lines.h"
#include "import/map.h"
#include "import/sandbox.h"
#include "import/workbook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
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

/* The file's first bytes, left where they are; false when it is no file that can be looked at twice. */
static bool begins_as_zip(bool *zip)
{
    char first[4];
    ssize_t n = read(STDIN_FILENO, first, sizeof first);
    *zip = n == 4 && (memcmp(first, "PK\x03\x04", 4) == 0 || memcmp(first, "\xd0\xcf\x11\xe0", 4) == 0 ||
                      memcmp(first, "\xff\xfe", 2) == 0 || memcmp(first, "\xfe\xff", 2) == 0);
    return n >= 0 && lseek(STDIN_FILENO, 0, SEEK_SET) == 0;
}

static const char *read_whole(bool map, const struct encodings *encodings, struct lines *lines)
{
    size_t size = LIMIT_SHEET_BYTES + 1, n = 0;
    char *bytes = malloc(size);
    const char *problem = bytes ? read_all(bytes, size, &n) : "failed";
    if (problem) {
        return problem;
    }
    struct str all = { bytes, n };
    return map ? map_read(all, encodings, lines) : read_file(all, encodings, lines);
}

int main(int count, char **words)
{
    struct lines lines = { .out = stdout };
    struct encodings encodings;
    bool large = count == 2 && strcmp(words[1], "large") == 0, map = count == 2 && strcmp(words[1], "map") == 0;
    bool zip = false;
    (void)fputs("jiaoti-import 1\n", stdout);
    const char *problem = "failed";
    if (sandbox_limit(large ? LIMIT_IMPORT_LARGE_SECONDS : LIMIT_IMPORT_SECONDS) && encodings_open(&encodings)) {
        (map ? map_prepare : workbook_prepare)();
        (void)setvbuf(stdout, NULL, _IOFBF, 256 * 1024);
        if (sandbox_shut()) {
            /* UTF-16 and workbooks are read whole: their rows are limited. */
            bool whole = !large || !begins_as_zip(&zip) || zip;
            problem = whole ? read_whole(map, &encodings, &lines) : csv_read_large(&encodings, &lines);
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
