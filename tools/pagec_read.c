#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* vasprintf: a tool of the build gets no project arguments */
#endif
/* The reading half of pagec: a template becomes tokens. Quotes inside {{ }} and {% %} are C and are passed over. */
#include "pagec.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail(const struct compiler *compiler, int line, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)fprintf(stderr, "%s:%d: error: ", compiler->file, line);
    (void)vfprintf(stderr, format, list);
    (void)fputc('\n', stderr);
    va_end(list);
    exit(1);
}

void *must(void *p)
{
    if (!p) {
        (void)fprintf(stderr, "pagec: no memory\n");
        exit(1);
    }
    return p;
}

void add(struct out *out, const char *p, size_t n)
{
    if (out->size - out->n < n) {
        out->size = (out->size + n) * 2;
        out->p = must(realloc(out->p, out->size));
    }
    if (n) {
        memcpy(out->p + out->n, p, n);
        out->n += n;
    }
}

void addf(struct out *out, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = NULL;
    int n = vasprintf(&text, format, list);
    va_end(list);
    if (n < 0) {
        must(NULL);
    }
    add(out, text, (size_t)n);
    free(text);
}

/* ---- Tokens ---- */

static void push(struct compiler *compiler, enum token_kind kind, const char *p, size_t n, int line)
{
    if (kind == TOKEN_TEXT && n == 0) {
        return;
    }
    if (compiler->count == compiler->room) {
        compiler->room = compiler->room ? compiler->room * 2 : 256;
        compiler->tokens = must(realloc(compiler->tokens, compiler->room * sizeof *compiler->tokens));
    }
    compiler->tokens[compiler->count++] = (struct token){ kind, p, n, line };
}

void trim(const char **p, size_t *n)
{
    while (*n && isspace((unsigned char)**p)) {
        (*p)++;
        (*n)--;
    }
    while (*n && isspace((unsigned char)(*p)[*n - 1])) {
        (*n)--;
    }
}

static int lines_in(const char *p, const char *end)
{
    int lines = 0;
    for (; p < end; p++) {
        lines += *p == '\n';
    }
    return lines;
}

/* The end of a bracket whose inside is C: quotes are skipped. */
static const char *find_close(const struct compiler *compiler, const char *p, const char *close, int line)
{
    char quote = 0;
    for (; *p; p++) {
        if (quote) {
            if (*p == '\\' && p[1]) {
                p++;
            } else if (*p == quote) {
                quote = 0;
            }
        } else if (*p == '"' || *p == '\'') {
            quote = *p;
        } else if (p[0] == close[0] && p[1] == close[1]) {
            return p;
        }
    }
    fail(compiler, line, "'%s' is missing", close);
}

/* A {% %} or {# #} alone on its line takes the line with it. */
static void swallow_line(struct compiler *compiler, const char **after)
{
    const char *p = *after;
    while (*p == ' ' || *p == '\t' || *p == '\r') {
        p++;
    }
    if (*p != '\n') {
        return;
    }
    struct token *last = compiler->count ? &compiler->tokens[compiler->count - 1] : NULL;
    if (last && last->kind != TOKEN_TEXT) {
        return;
    }
    if (last) {
        size_t n = last->n;
        while (n && (last->p[n - 1] == ' ' || last->p[n - 1] == '\t')) {
            n--;
        }
        bool at_start = n == 0 && last->p == compiler->source;
        bool after_tag = n == 0 && last->p > compiler->source && last->p[-1] == '\n';
        if (!at_start && !after_tag && !(n && last->p[n - 1] == '\n')) {
            return;
        }
        last->n = n;
    }
    *after = p + 1;
}

void tokenize(struct compiler *compiler)
{
    const char *p = compiler->source;
    const char *from = p;
    int line = 1, from_line = 1;
    int bracket = 0; /* 0 outside [[ ]], 1 before ||, 2 behind */
    int bracket_line = 0;
    while (*p) {
        enum token_kind kind = TOKEN_END;
        const char *close = NULL;
        if (p[0] == '{' && (p[1] == '{' || p[1] == '%' || p[1] == '#')) {
            kind = p[1] == '{' ? TOKEN_VALUE : TOKEN_TAG;
            close = p[1] == '{' ? "}}" : p[1] == '%' ? "%}" : "#}";
        } else if (p[0] == '[' && p[1] == '[') {
            kind = TOKEN_OPEN;
        } else if (bracket && p[0] == '|' && p[1] == '|') {
            kind = TOKEN_OR;
        } else if (bracket && p[0] == ']' && p[1] == ']') {
            kind = TOKEN_CLOSE;
        } else {
            line += *p == '\n';
            p++;
            continue;
        }
        push(compiler, TOKEN_TEXT, from, (size_t)(p - from), from_line);
        if (close) {
            bool remark = close[0] == '#';
            const char *end = remark ? strstr(p + 2, close) : find_close(compiler, p + 2, close, line);
            if (!end) {
                fail(compiler, line, "'#}' is missing");
            }
            const char *inside = p + 2;
            size_t n = (size_t)(end - inside);
            int next_line = line + lines_in(p, end);
            const char *after = end + 2;
            if (kind == TOKEN_TAG) {
                swallow_line(compiler, &after);
                next_line += lines_in(end, after);
            }
            if (!remark) {
                if (kind == TOKEN_TAG) {
                    trim(&inside, &n);
                }
                push(compiler, kind, inside, n, line);
            }
            p = after;
            line = next_line;
        } else {
            if (kind == TOKEN_OPEN && bracket) {
                fail(compiler, line, "[[ inside [[ of line %d", bracket_line);
            }
            if (kind == TOKEN_OR && bracket == 2) {
                fail(compiler, line, "a second || in the [[ of line %d: there are two languages", bracket_line);
            }
            if (kind == TOKEN_CLOSE && bracket == 1) {
                fail(compiler, line, "the English is missing: [[中文||English]]");
            }
            bracket = kind == TOKEN_OPEN ? 1 : kind == TOKEN_OR ? 2 : 0;
            bracket_line = kind == TOKEN_OPEN ? line : bracket_line;
            push(compiler, kind, p, 2, line);
            p += 2;
        }
        from = p;
        from_line = line;
    }
    if (bracket) {
        fail(compiler, bracket_line, "[[ without ]]");
    }
    push(compiler, TOKEN_TEXT, from, (size_t)(p - from), from_line);
    push(compiler, TOKEN_END, p, 0, line);
}

bool word(const struct token *token, const char *name, const char **rest, size_t *n)
{
    size_t length = strlen(name);
    if (token->n < length || strncmp(token->p, name, length) != 0 ||
        (token->n > length && !isspace((unsigned char)token->p[length]))) {
        return false;
    }
    *rest = token->p + length;
    *n = token->n - length;
    trim(rest, n);
    return true;
}
