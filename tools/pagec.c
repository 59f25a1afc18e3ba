/* pagec IN.html OUT.c OUT.h: compiles a template into C functions with typed parameters (docs/pages.md).
 *
 * The template is cut into tokens (text, {{ }}, {% %}, [[ || ]]); each page is then written twice, once a language,
 * so that all text between two values is one memcpy and nothing is decided while a page is served. Expressions go
 * into the C as they are, under #line: the C compiler checks their types and names the template's line.
 *
 * What must hold: every value is escaped unless it says {{! }}; a value inside a tag stands in quotes; nothing that
 * the Content-Security-Policy would block gets into a page.
 */
#include "pagec.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_language(struct compiler *compiler, size_t from, const char *name, size_t name_n,
                           const char *parameters, size_t parameters_n, bool english)
{
    addf(&compiler->c, "static void %.*s_%s(struct page *page%s%.*s)\n{\n    (void)page;\n", (int)name_n, name,
         english ? "en" : "zh", parameters_n ? ", " : "", (int)parameters_n, parameters);
    compiler->depth = 0;
    compiler->place = IN_TEXT;
    compiler->keep_blanks = false;
    compiler->last = '\n';
    int side = 0; /* 1: inside the Chinese, 2: inside the English */
    size_t i = from;
    for (;; i++) {
        const struct token *token = &compiler->tokens[i];
        const char *rest = NULL;
        size_t n = 0;
        if (token->kind == TOKEN_END || (token->kind == TOKEN_TAG && word(token, "page", &rest, &n))) {
            break;
        }
        if (token->kind == TOKEN_OPEN || token->kind == TOKEN_OR || token->kind == TOKEN_CLOSE) {
            side = token->kind == TOKEN_OPEN ? 1 : token->kind == TOKEN_OR ? 2 : 0;
        } else if (side && (side == 2) != english) {
            continue;
        } else if (token->kind == TOKEN_TEXT) {
            put_text(compiler, token);
        } else if (token->kind == TOKEN_VALUE) {
            put_value(compiler, token);
        } else {
            if (side) {
                fail(compiler, token->line, "{%% %%} inside [[ ]]: put the text inside the block instead");
            }
            put_tag(compiler, token);
        }
    }
    flush(compiler);
    if (compiler->depth) {
        fail(compiler, compiler->blocks[compiler->depth - 1].line, "this block has no {%% end %%}");
    }
    if (compiler->place != IN_TEXT) {
        fail(compiler, compiler->tokens[i].line, "the page ends inside a tag");
    }
    addf(&compiler->c, "}\n\n");
}

/* Writes ", a, b" for the parameters "const struct x *a, int b". */
static void write_names(struct compiler *compiler, const char *p, size_t n)
{
    const char *end = p + n;
    while (p < end) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *stop = comma ? comma : end;
        const char *bracket = memchr(p, '[', (size_t)(stop - p));
        const char *last = bracket ? bracket : stop;
        while (last > p && isspace((unsigned char)last[-1])) {
            last--;
        }
        const char *first = last;
        while (first > p && (isalnum((unsigned char)first[-1]) || first[-1] == '_')) {
            first--;
        }
        addf(&compiler->c, ", %.*s", (int)(last - first), first);
        p = comma ? comma + 1 : end;
    }
}

static void write_page(struct compiler *compiler, size_t at, const char *p, size_t n)
{
    int line = compiler->tokens[at].line;
    size_t name_n = 0;
    while (name_n < n && (isalnum((unsigned char)p[name_n]) || p[name_n] == '_')) {
        name_n++;
    }
    const char *parameters = p + name_n;
    size_t parameters_n = n - name_n;
    trim(&parameters, &parameters_n);
    if (!name_n || parameters_n < 2 || parameters[0] != '(' || parameters[parameters_n - 1] != ')') {
        fail(compiler, line, "expected: page name(parameters)");
    }
    parameters++;
    parameters_n -= 2;
    trim(&parameters, &parameters_n);
    if (parameters_n == 4 && strncmp(parameters, "void", 4) == 0) {
        parameters_n = 0;
    }
    addf(&compiler->h, "void %.*s(struct page *page%s%.*s);\n", (int)name_n, p, parameters_n ? ", " : "",
         (int)parameters_n, parameters);
    write_language(compiler, at + 1, p, name_n, parameters, parameters_n, false);
    write_language(compiler, at + 1, p, name_n, parameters, parameters_n, true);
    addf(&compiler->c, "void %.*s(struct page *page%s%.*s)\n{\n    (page->lang == LANG_EN ? %.*s_en : %.*s_zh)(page",
         (int)name_n, p, parameters_n ? ", " : "", (int)parameters_n, parameters, (int)name_n, p, (int)name_n, p);
    write_names(compiler, parameters, parameters_n);
    addf(&compiler->c, ");\n}\n\n");
}

static void compile(struct compiler *compiler, const char *header)
{
    addf(&compiler->h, "/* Made from %s by pagec. */\n#pragma once\n#include \"web/components.h\"\n", compiler->file);
    addf(&compiler->c,
         "/* Made from %s by pagec. */\n#include \"%s\"\n"
         "#pragma GCC diagnostic ignored \"-Wunused-parameter\"\n#pragma GCC diagnostic ignored \"-Wunused-variable\"\n"
         "\n",
         compiler->file, header);
    bool any = false;
    for (size_t i = 0; i < compiler->count; i++) {
        const struct token *token = &compiler->tokens[i];
        const char *rest = NULL;
        size_t n = 0;
        if (token->kind == TOKEN_TAG && word(token, "include", &rest, &n)) {
            if (any) {
                fail(compiler, token->line, "include stands before the first page");
            }
            addf(&compiler->h, "#include %.*s\n", (int)n, rest);
        } else if (token->kind == TOKEN_TAG && word(token, "page", &rest, &n)) {
            any = true;
            write_page(compiler, i, rest, n);
        } else if (!any && token->kind != TOKEN_END) {
            const char *p = token->p;
            size_t left = token->n;
            trim(&p, &left);
            if (token->kind != TOKEN_TEXT || left) {
                fail(compiler, token->line, "text before the first {%% page name(parameters) %%}");
            }
        }
    }
    if (!any) {
        fail(compiler, 1, "no {%% page name(parameters) %%}");
    }
}

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    struct out text = { 0 };
    char part[8192];
    for (size_t n = fread(part, 1, sizeof part, file); n; n = fread(part, 1, sizeof part, file)) {
        add(&text, part, n);
    }
    if (ferror(file) || fclose(file)) {
        perror(path);
        exit(1);
    }
    add(&text, "", 1);
    return text.p;
}

static void write_all(const char *path, const struct out *out)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(out->p, 1, out->n, file) != out->n || fclose(file)) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        (void)fprintf(stderr, "usage: pagec IN.html OUT.c OUT.h\n");
        return 2;
    }
    struct compiler compiler = { .file = argv[1], .source = read_all(argv[1]) };
    tokenize(&compiler);
    const char *slash = strrchr(argv[3], '/');
    compile(&compiler, slash ? slash + 1 : argv[3]);
    write_all(argv[2], &compiler.c);
    write_all(argv[3], &compiler.h);
    free(compiler.source);
    free(compiler.tokens);
    free(compiler.c.p);
    free(compiler.h.p);
    free(compiler.still.p);
    return 0;
}
