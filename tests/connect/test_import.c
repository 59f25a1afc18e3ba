/* jiaoti-import: its CSV reader on documents that nobody would write, and the program's doors. argv[1] is its path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "import/csv.h"

#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *import_program; /* set once by main */

static char *lines_of(const char *bytes, size_t n)
{
    char *said = NULL;
    size_t size = 0;
    struct arena *arena = arena_new(0);
    struct encodings encodings;
    assert_true(encodings_open(&encodings));
    struct lines lines = { .out = open_memstream(&said, &size) };
    csv_read(arena, csv_decode(arena, &encodings, (struct str){ bytes, n }), &lines);
    (void)fclose(lines.out);
    (void)iconv_close(encodings.gb18030);
    (void)iconv_close(encodings.utf16le);
    (void)iconv_close(encodings.utf16be);
    arena_free(arena);
    return said;
}

static void expect_lines(const char *bytes, size_t n, const char *expected)
{
    char *said = lines_of(bytes, n);
    assert_string_equal(said, expected);
    free(said);
}
#define EXPECT(bytes, expected) expect_lines((bytes), sizeof(bytes) - 1, "sheet\t\n" expected)

static void csv_as_it_comes(void **state)
{
    (void)state;
    EXPECT("", "");
    EXPECT("a,b\r\nc\r\n", "row\t1\ta\tb\nrow\t2\tc\n");
    EXPECT("a;b;c,d\n1;2;3", "row\t1\ta\tb\tc,d\nrow\t2\t1\t2\t3\n");
    EXPECT("a\tb\n1\t2", "row\t1\ta\tb\nrow\t2\t1\t2\n");
    EXPECT("a,b\r\n\r\n,\r\nc,\r\n", "row\t1\ta\tb\nrow\t4\tc\n");
    EXPECT("\"a \"\"b\"\", c\",\"d\r\ne\"\nf,g", "row\t1\ta \"b\", c\td\\r\\ne\nrow\t2\tf\tg\n");
    EXPECT("a,b\n\"c,d\ne,f\n", "row\t1\ta\tb\nrow\t2\t\"c\td\nrow\t3\te\tf\n");
    EXPECT("a,\"b\"c,d\n", "row\t1\ta\t\"b\"c\td\n");
    EXPECT("a\\,b\rc,d", "row\t1\ta\\\\\tb\nrow\t2\tc\td\n");
    EXPECT("\xef\xbb\xbf\xe7\x94\xb2,\xff", "row\t1\t\xe7\x94\xb2\t\xef\xbf\xbd\n");
    EXPECT("\xbc\xd7,\xd2\xd2", "row\t1\t甲\t乙\n");
    EXPECT("\xff\xfe\x32\x75,\0\x59\x4e", "row\t1\t甲\t乙\n");
    EXPECT("\xfe\xff\x75\x32\0,\x4e\x59", "row\t1\t甲\t乙\n");
    EXPECT("\xff\xfe\x32", "row\t1\t\xef\xbf\xbd\n");
}

static void csv_of_noise(void **state)
{
    (void)state;
    static const char alphabet[] = "\"\"\"\",,;\t\r\n\n\\a1'=\xe7\x94\xb2\xbc\xd7\xff\xfe";
    uint64_t dice = 20260714;
    for (int round = 0; round < 20000; round++) {
        char bytes[96];
        size_t n = 0;
        dice = dice * 6364136223846793005u + 1442695040888963407u;
        size_t want = (dice >> 33) % sizeof bytes;
        while (n < want) {
            dice = dice * 6364136223846793005u + 1442695040888963407u;
            bytes[n++] = alphabet[(dice >> 33) % (sizeof alphabet - 1)];
        }
        char *said = lines_of(bytes, n);
        /* Whatever it was: whole lines of well-formed text. */
        struct str rest = str_of(said), line;
        assert_true(str_is_utf8(rest));
        assert_true(rest.n > 0 && rest.p[rest.n - 1] == '\n');
        while (str_split(&rest, '\n', &line)) {
            assert_true(str_starts(line, STR("row\t")) || str_is(line, "sheet\t"));
        }
        free(said);
    }
}

static void a_cell_is_cut_between_characters(void **state)
{
    (void)state;
    char *text = malloc(LIMIT_SHEET_CELL_BYTES + 8);
    assert_non_null(text);
    for (size_t i = 0; i + 3 <= LIMIT_SHEET_CELL_BYTES + 8; i += 3) {
        memcpy(text + i, "\xe7\x94\xb2", 3);
    }
    char *said = lines_of(text, (LIMIT_SHEET_CELL_BYTES + 8) / 3 * 3);
    assert_true(str_is_utf8(str_of(said)));
    assert_in_range(strlen(said), LIMIT_SHEET_CELL_BYTES, LIMIT_SHEET_CELL_BYTES + 32);
    free(said);
    free(text);
}

static void too_many_rows_are_too_many(void **state)
{
    (void)state;
    FILE *nowhere = fopen("/dev/null", "w");
    struct lines lines = { .out = nowhere };
    struct str cell = STR("x");
    for (uint32_t i = 1; i <= LIMIT_SHEET_ROWS + 101; i++) {
        assert_false(lines.too_many);
        lines_row(&lines, i, &cell, 1);
    }
    assert_true(lines.too_many);
    (void)fclose(nowhere);
}

/* A line of /proc/PID/status: the number behind its name. */
static long status_of(pid_t child, const char *name)
{
    char path[64], line[256];
    long value = -1;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)child);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, name, strlen(name)) == 0) {
            value = strtol(line + strlen(name) + 1, NULL, 10);
        }
    }
    if (file) {
        (void)fclose(file);
    }
    return value;
}

/* While it waits for its file it has shut its doors already. */
static void the_program_has_no_privileges(void **state)
{
    (void)state;
    int in[2], out[2];
    pid_t child;
    char *const arguments[] = { (char[]){ "jiaoti-import" }, NULL };
    char *const environment[] = { NULL };
    posix_spawn_file_actions_t actions;
    assert_int_equal(pipe(in) | pipe(out), 0);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    assert_int_equal(posix_spawn(&child, import_program, &actions, NULL, arguments, environment), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(in[0]);
    (void)close(out[1]);
    long seccomp = 0;
    for (int i = 0; i < 1000 && seccomp != 2; i++) {
        struct timespec wait = { 0, 10000000 };
        (void)nanosleep(&wait, NULL);
        seccomp = status_of(child, "Seccomp:");
    }
    assert_int_equal(seccomp, 2);
    assert_int_equal(status_of(child, "NoNewPrivs:"), 1);
    assert_int_not_equal(status_of(child, "Uid:"), 0);
    assert_int_equal(write(in[1], "a,b\n", 4), 4);
    (void)close(in[1]);
    char said[256];
    size_t n = 0;
    for (ssize_t got; (got = read(out[0], said + n, sizeof said - 1 - n)) > 0;) {
        n += (size_t)got;
    }
    said[n] = '\0';
    (void)close(out[0]);
    int end;
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_true(WIFEXITED(end) && WEXITSTATUS(end) == 0);
    assert_string_equal(said, "jiaoti-import 1\nsheet\t\nrow\t1\ta\tb\nend\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_as_it_comes),
        cmocka_unit_test(csv_of_noise),
        cmocka_unit_test(a_cell_is_cut_between_characters),
        cmocka_unit_test(too_many_rows_are_too_many),
        cmocka_unit_test(the_program_has_no_privileges),
    };
    if (argc != 2) {
        (void)fputs("usage: test-import PATH-OF-jiaoti-import\n", stderr);
        return 2;
    }
    import_program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
