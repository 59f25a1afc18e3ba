/* The page compiler: what it refuses, with the line; what it makes of a template, in both languages; and that a wrong
 * field is an error of the C compiler which names the template's line. argv: pagec, compiler, source root, folder.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

static const char *pagec, *compiler, *source, *folder;
static char html[512], c_file[512], h_file[512], log_file[512];

/* Runs a program with its errors in log_file; its exit status. */
static int run(char *const arguments[])
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_addopen(&actions, 2, log_file, O_WRONLY | O_CREAT | O_TRUNC, 0600), 0);
    assert_int_equal(posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int compile_page(const char *template)
{
    FILE *file = fopen(html, "w");
    assert_non_null(file);
    assert_true(fputs(template, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return run((char *const[]){ (char *)pagec, html, c_file, h_file, NULL });
}

static bool file_has(const char *path, const char *text)
{
    static char all[256 * 1024];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(all, 1, sizeof all - 1, file);
    all[n] = 0;
    (void)fclose(file);
    return strstr(all, text) != NULL;
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *template;
        const char *message; /* behind the file's name */
    } cases[] = {
        { "<p>", ":1: error: text before the first" },
        { "{# only a remark #}\n", ":1: error: no {% page" },
        { "{% page p() %}\n<p>\n{{ x\n", ":3: error: '}}' is missing" },
        { "{% page p() %}\n{% if 1 %}\n<p>\n", ":2: error: this block has no {% end %}" },
        { "{% page p() %}\n{% end %}\n", ":2: error: {% end %} without a beginning" },
        { "{% page p() %}\n\n{% else %}\n", ":3: error: else or elif outside" },
        { "{% page p() %}\n{% unless 1 %}\n", ":2: error: unknown {% unless 1 %}" },
        { "{% page p() %}\n{% for x %}{% end %}\n", ":2: error: expected: for" },
        { "{% page p() %}\n[[中文]]\n", ":2: error: the English is missing" },
        { "{% page p() %}\n[[中||En||x]]\n", ":2: error: a second ||" },
        { "{% page p() %}\n[[中||En\n", ":2: error: [[ without ]]" },
        { "{% page p() %}\n[[a{% if 1 %}b{% end %}||c]]\n", ":2: error: {% %} inside [[ ]]" },
        { "{% page p(int x) %}\n<a href={{ x }}>\n", ":2: error: a value inside a tag must stand in quotes" },
        { "{% page p() %}\n<script>x</script>\n", ":2: error: <script> without src" },
        { "{% page p() %}\n<style>x</style>\n", ":2: error: <style> is blocked" },
        { "{% page p() %}\n<p style=\"color:red\">\n", ":2: error: style= is blocked" },
        { "{% page p() %}\n<p>\n<p class=\"a\"\n onclick=\"x\">\n", ":4: error: onclick= is blocked" },
        { "{% page p() %}\n<p class=\"a\n", ":3: error: the page ends inside a tag" },
        { "{% page p %}\n", ":1: error: expected: page name(parameters)" },
        { "{% page p() %}\n{% call two words %}\n", ":2: error: expected name(arguments)" },
        { "{% page p() %}\n{{ }}\n", ":2: error: an empty {{ }}" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[1024];
        int status = compile_page(cases[i].template);
        (void)snprintf(message, sizeof message, "%s%s", html, cases[i].message);
        if (status != 1 || !file_has(log_file, message)) {
            print_message("%s\n", cases[i].template);
        }
        assert_int_equal(status, 1);
        assert_true(file_has(log_file, message));
    }
}

static void test_blanks(void **state)
{
    (void)state;
    assert_int_equal(compile_page("{% page p(int x) %}\n"
                                  "  {# a remark #}\n"
                                  "<p>\n    第一行\n    第二行\n\n</p>\n"
                                  "{% if x %}\n  <b>[[甲||A]]</b>\n{% end %}\n"
                                  "<pre>\n  a   b\n</pre>\n"),
                     0);
    assert_true(file_has(c_file, "第一行第二行")); /* no gap between Chinese lines */
    assert_true(file_has(c_file, "<b>甲</b>"));    /* one piece in each language */
    assert_true(file_has(c_file, "<b>A</b>"));
    assert_true(file_has(c_file, "  a   b")); /* kept where blanks count */
    assert_false(file_has(c_file, "remark"));
    assert_true(file_has(h_file, "void p(struct page *page, int x);"));
}

static int compile_c(void)
{
    char include[600];
    (void)snprintf(include, sizeof include, "-I%s/src", source);
    return run((char *const[]){ (char *)compiler, "-std=gnu17", "-fsyntax-only", "-Werror", include, c_file, NULL });
}

static void test_types(void **state)
{
    (void)state;
    static const char head[] =
        "{% page p(const struct name *n, struct text t, const char *c, struct str s, int64_t i) %}\n";
    char template[1024];
    (void)snprintf(template, sizeof template,
                   "%s{{ *n }}{{ t }}{{ c }}{{ s }}{{ i }}{{ n->zh }}{{ 1.5 }}{{ s.n }}{{url i}}{{url s}}\n"
                   "{{day i}}{{time i}}{{number i}}{{! s}}\n",
                   head);
    assert_int_equal(compile_page(template), 0);
    assert_int_equal(compile_c(), 0);
    static const char *const wrong[] = { "{{ n->wrong }}",    "{{ n }}",
                                         "{{! i }}",          "{{url t}}",
                                         "{% call tag(c) %}", "{% for int *x in c, 3 %}{{ x->y }}{% end %}",
                                         "{{ &i }}" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char place[600];
        (void)snprintf(template, sizeof template, "%s<p>\n%s\n", head, wrong[i]);
        (void)snprintf(place, sizeof place, "%s:3:", html);
        assert_int_equal(compile_page(template), 0);
        assert_int_not_equal(compile_c(), 0);
        assert_true(file_has(log_file, place)); /* the line of the template */
    }
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        (void)fprintf(stderr, "usage: test-web-pagec PAGEC COMPILER SOURCE FOLDER\n");
        return 2;
    }
    pagec = argv[1];
    compiler = argv[2];
    source = argv[3];
    folder = argv[4];
    (void)snprintf(html, sizeof html, "%s/pagec-test.html", folder);
    (void)snprintf(c_file, sizeof c_file, "%s/pagec-test.page.c", folder);
    (void)snprintf(h_file, sizeof h_file, "%s/pagec-test.page.h", folder);
    (void)snprintf(log_file, sizeof log_file, "%s/pagec-test.log", folder);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_blanks),
        cmocka_unit_test(test_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
