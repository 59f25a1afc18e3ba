/* pagec IN.html OUT.c OUT.h: compiles a template into C functions with typed parameters (docs/pages.md).
 *
 * The template is cut into tokens (text, {{ }}, {% %}, [[ || ]]); each page is then written twice, once a language,
 * so that all text between two values is one memcpy and nothing is decided while a page is served. Expressions go
 * into the C as they are, under #line: the C compiler checks their types and names the template's line.
 *
 * What must hold: every value is escaped unless it says {{! }}; a value inside a tag stands in quotes; nothing that
 * the Content-Security-Policy would block gets into a page.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* vasprintf; a tool of the build gets no project arguments */
#endif
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum token_kind { TOKEN_TEXT, TOKEN_VALUE, TOKEN_TAG, TOKEN_OPEN, TOKEN_OR, TOKEN_CLOSE, TOKEN_END };

struct token {
    enum token_kind kind;
    const char *p; /* text; or the inside of {{ }}, {% %}, trimmed */
    size_t n;
    int line;
};

struct out {
    char *p;
    size_t n, size;
};

enum { NESTING = 64, TAG_TEXT = 4096 };

struct open_block {
    char word; /* i: if, f: for, w: wrap or layout */
    bool had_else;
    int line;
    char name[128]; /* of the wrap */
};

/* Where in the HTML the writer stands. */
enum place { IN_TEXT, IN_TAG, IN_DOUBLE, IN_SINGLE };

struct compiler {
    const char *file;
    char *source;
    struct token *tokens;
    size_t count, room;
    struct out c, h;
    /* of the page being written */
    struct out still; /* static text not yet written */
    struct open_block blocks[NESTING];
    int depth;
    enum place place;
    bool keep_blanks; /* inside pre and textarea */
    unsigned char last;
    char tag[TAG_TEXT]; /* text of the HTML tag so far */
    size_t tag_n;
    int loops;
};

static void fail(const struct compiler *compiler, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));
static void fail(const struct compiler *compiler, int line, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)fprintf(stderr, "%s:%d: error: ", compiler->file, line);
    (void)vfprintf(stderr, format, list);
    (void)fputc('\n', stderr);
    va_end(list);
    exit(1);
}

static void *must(void *p)
{
    if (!p) {
        (void)fprintf(stderr, "pagec: no memory\n");
        exit(1);
    }
    return p;
}

static void add(struct out *out, const char *p, size_t n)
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

static void addf(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void addf(struct out *out, const char *format, ...)
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

static void trim(const char **p, size_t *n)
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

static void tokenize(struct compiler *compiler)
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

/* ---- Static text ---- */

static void flush(struct compiler *compiler)
{
    struct out *still = &compiler->still;
    if (!still->n) {
        return;
    }
    addf(&compiler->c, "    page_put(page, \"");
    for (size_t i = 0; i < still->n; i++) {
        unsigned char c = (unsigned char)still->p[i];
        if (c == '"' || c == '\\') {
            addf(&compiler->c, "\\%c", c);
        } else if (c == '\n') {
            addf(&compiler->c, i + 1 < still->n ? "\\n\"\n        \"" : "\\n");
        } else if (c < ' ') {
            addf(&compiler->c, "\\%03o", c);
        } else {
            add(&compiler->c, (const char *)&c, 1);
        }
    }
    addf(&compiler->c, "\", %zu);\n", still->n);
    still->n = 0;
}

static bool tag_is(const struct compiler *compiler, const char *name)
{
    size_t n = strlen(name);
    return compiler->tag_n >= n && strncasecmp(compiler->tag, name, n) == 0 &&
           (compiler->tag_n == n || !isalnum((unsigned char)compiler->tag[n]));
}

/* The tag text (names only; what stood in quotes is left out) is whole: is anything in it that the policy blocks? */
static void check_tag(struct compiler *compiler, int line)
{
    compiler->tag[compiler->tag_n] = '\0';
    if (tag_is(compiler, "style")) {
        fail(compiler, line, "<style> is blocked by the Content-Security-Policy: write it in ui/styles");
    }
    if (tag_is(compiler, "script") && !strstr(compiler->tag, " src=")) {
        fail(compiler, line, "<script> without src is blocked by the Content-Security-Policy: write it in ui/");
    }
    for (const char *p = compiler->tag; *p; p++) {
        if (!isspace((unsigned char)*p)) {
            continue;
        }
        if (strncasecmp(p + 1, "style=", 6) == 0) {
            fail(compiler, line, "style= is blocked by the Content-Security-Policy: use a class");
        }
        if (strncasecmp(p + 1, "on", 2) == 0 && isalpha((unsigned char)p[3])) {
            const char *end = p + 3;
            while (isalpha((unsigned char)*end)) {
                end++;
            }
            if (*end == '=') {
                fail(compiler, line, "%.*s= is blocked by the Content-Security-Policy: write it in ui/",
                     (int)(end - p - 1), p + 1);
            }
        }
    }
    if (tag_is(compiler, "pre") || tag_is(compiler, "textarea")) {
        compiler->keep_blanks = true;
    } else if (tag_is(compiler, "/pre") || tag_is(compiler, "/textarea")) {
        compiler->keep_blanks = false;
    }
}

/* Follows the HTML: where does the next byte stand? */
static void follow(struct compiler *compiler, char c, int line)
{
    switch (compiler->place) {
    case IN_TEXT:
        if (c == '<') {
            compiler->place = IN_TAG;
            compiler->tag_n = 0;
        }
        return;
    case IN_DOUBLE:
    case IN_SINGLE:
        if (c == (compiler->place == IN_DOUBLE ? '"' : '\'')) {
            compiler->place = IN_TAG;
        }
        return;
    case IN_TAG:
        if (c == '>') {
            check_tag(compiler, line);
            compiler->place = IN_TEXT;
        } else if (c == '"' || c == '\'') {
            compiler->place = c == '"' ? IN_DOUBLE : IN_SINGLE;
        } else if (c == '<') {
            fail(compiler, line, "'<' inside a tag");
        } else if (compiler->tag_n + 1 < TAG_TEXT) {
            compiler->tag[compiler->tag_n++] = c == '\n' ? ' ' : c;
        }
        return;
    }
}

static void put(struct compiler *compiler, char c, int line)
{
    add(&compiler->still, &c, 1);
    compiler->last = (unsigned char)c;
    follow(compiler, c, line);
}

static void put_text(struct compiler *compiler, const struct token *token)
{
    int line = token->line;
    for (size_t i = 0; i < token->n;) {
        unsigned char c = (unsigned char)token->p[i];
        if (!isspace(c) || compiler->keep_blanks) {
            put(compiler, (char)c, line);
            line += c == '\n';
            i++;
            continue;
        }
        bool newline = false;
        while (i < token->n && isspace((unsigned char)token->p[i])) {
            newline |= token->p[i] == '\n';
            line += token->p[i++] == '\n';
        }
        unsigned char next = i < token->n ? (unsigned char)token->p[i] : 0;
        if (compiler->last == '\n' || (newline && compiler->last >= 0x80 && next >= 0x80)) {
            continue;
        }
        put(compiler, newline ? '\n' : ' ', line);
    }
}

/* ---- Values and tags ---- */

static bool word(const struct token *token, const char *name, const char **rest, size_t *n)
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

static void at_line(struct compiler *compiler, int line)
{
    addf(&compiler->c, "#line %d \"%s\"\n", line, compiler->file);
}

static void put_value(struct compiler *compiler, const struct token *token)
{
    static const struct {
        const char *word;
        const char *call;
    } kinds[] = { { "url", "PAGE_URL" }, { "day", "page_day" }, { "time", "page_time" }, { "number", "page_number" } };
    const char *call = "PAGE_PUT";
    const char *p = token->p;
    size_t n = token->n;
    bool raw = n && p[0] == '!';
    if (raw) {
        call = "PAGE_RAW";
        p++;
        n--;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !raw; i++) {
        if (word(token, kinds[i].word, &p, &n)) {
            call = kinds[i].call;
            break;
        }
        p = token->p;
        n = token->n;
    }
    trim(&p, &n);
    if (!n) {
        fail(compiler, token->line, "an empty {{ }}");
    }
    if (compiler->place == IN_TAG && !raw) {
        fail(compiler, token->line, "a value inside a tag must stand in quotes: name=\"{{ … }}\"");
    }
    flush(compiler);
    at_line(compiler, token->line);
    addf(&compiler->c, "    %s(page, %.*s);\n", call, (int)n, p);
    compiler->last = 'x';
}

static struct open_block *open_block(struct compiler *compiler, char kind, const struct token *token)
{
    if (compiler->depth == NESTING) {
        fail(compiler, token->line, "more than %d blocks inside each other", NESTING);
    }
    struct open_block *block = &compiler->blocks[compiler->depth++];
    *block = (struct open_block){ .word = kind, .line = token->line };
    return block;
}

/* `name(arguments)` as a call with the page before the arguments. */
static void write_call(struct compiler *compiler, const struct token *token, const char *p, size_t n,
                       const char *before, const char *after, char *name, size_t name_size)
{
    size_t length = 0;
    while (length < n && (isalnum((unsigned char)p[length]) || p[length] == '_')) {
        length++;
    }
    const char *arguments = p + length;
    size_t arguments_n = n - length;
    trim(&arguments, &arguments_n);
    if (!length || (arguments_n && (arguments[0] != '(' || arguments[arguments_n - 1] != ')'))) {
        fail(compiler, token->line, "expected name(arguments), not '%.*s'", (int)n, p);
    }
    if (name) {
        (void)snprintf(name, name_size, "%s%.*s", before, (int)length, p);
    }
    if (arguments_n) {
        arguments++;
        arguments_n -= 2;
        trim(&arguments, &arguments_n);
    }
    at_line(compiler, token->line);
    addf(&compiler->c, "    %s%.*s%s(page%s%.*s);\n", before, (int)length, p, after, arguments_n ? ", " : "",
         (int)arguments_n, arguments);
}

static const char *find_word(const char *p, size_t n, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 1; i + length < n; i++) {
        if (strncmp(p + i, name, length) == 0 && isspace((unsigned char)p[i - 1]) &&
            isspace((unsigned char)p[i + length])) {
            return p + i;
        }
    }
    return NULL;
}

/* {% for TYPE *name in ARRAY, COUNT %} */
static void write_for(struct compiler *compiler, const struct token *token, const char *p, size_t n)
{
    const char *in = find_word(p, n, "in");
    const char *of = in ? NULL : find_word(p, n, "from");
    const char *divider = in ? in : of;
    const char *comma = NULL;
    int nesting = 0;
    for (const char *at = divider; at && at < p + n; at++) {
        nesting += (*at == '(' || *at == '[') - (*at == ')' || *at == ']');
        comma = *at == ',' && nesting == 0 ? at : comma;
    }
    if (!divider || !comma) {
        fail(compiler, token->line, "expected: for TYPE *name in ARRAY, COUNT (or: for TYPE name from ARRAY, COUNT)");
    }
    const char *declaration = p;
    size_t declaration_n = (size_t)(divider - p);
    trim(&declaration, &declaration_n);
    size_t name = declaration_n;
    while (name && (isalnum((unsigned char)declaration[name - 1]) || declaration[name - 1] == '_')) {
        name--;
    }
    if (name == declaration_n || name == 0) {
        fail(compiler, token->line, "the loop's item has no type or no name");
    }
    const char *array = divider + (in ? 2 : 4);
    size_t array_n = (size_t)(comma - array);
    trim(&array, &array_n);
    const char *count = comma + 1;
    size_t count_n = (size_t)(p + n - count);
    trim(&count, &count_n);
    int length = (int)(declaration_n - name);
    const char *item = declaration + name;
    at_line(compiler, token->line);
    addf(&compiler->c, "    for (size_t %.*s_index = 0; %.*s_index < (size_t)(%.*s); %.*s_index++) {\n", length, item,
         length, item, (int)count_n, count, length, item);
    at_line(compiler, token->line);
    addf(&compiler->c, "    %.*s = %s(%.*s)[%.*s_index];\n", (int)declaration_n, declaration, in ? "&" : "",
         (int)array_n, array, length, item);
    (void)open_block(compiler, 'f', token);
}

static void write_end(struct compiler *compiler, const struct token *token)
{
    if (!compiler->depth) {
        fail(compiler, token->line, "{%% end %%} without a beginning");
    }
    struct open_block *block = &compiler->blocks[--compiler->depth];
    if (block->word == 'w') {
        at_line(compiler, token->line);
        addf(&compiler->c, "    %s_end(page);\n", block->name);
    } else {
        addf(&compiler->c, "    }\n");
    }
}

static void write_else(struct compiler *compiler, const struct token *token, const char *condition, size_t n)
{
    struct open_block *block = compiler->depth ? &compiler->blocks[compiler->depth - 1] : NULL;
    if (!block || block->word != 'i' || block->had_else) {
        fail(compiler, token->line, "else or elif outside of an if");
    }
    if (condition) {
        addf(&compiler->c, "    } else if (\n");
        at_line(compiler, token->line);
        addf(&compiler->c, "    %.*s) {\n", (int)n, condition);
    } else {
        block->had_else = true;
        addf(&compiler->c, "    } else {\n");
    }
}

static void put_tag(struct compiler *compiler, const struct token *token)
{
    const char *rest = NULL;
    size_t n = 0;
    flush(compiler);
    if (word(token, "if", &rest, &n)) {
        at_line(compiler, token->line);
        addf(&compiler->c, "    if (%.*s) {\n", (int)n, rest);
        (void)open_block(compiler, 'i', token);
    } else if (word(token, "elif", &rest, &n)) {
        write_else(compiler, token, rest, n);
    } else if (word(token, "else", &rest, &n) && !n) {
        write_else(compiler, token, NULL, 0);
    } else if (word(token, "for", &rest, &n)) {
        write_for(compiler, token, rest, n);
    } else if (word(token, "end", &rest, &n) && !n) {
        write_end(compiler, token);
    } else if (word(token, "let", &rest, &n)) {
        at_line(compiler, token->line);
        addf(&compiler->c, "    %.*s;\n", (int)n, rest);
    } else if (word(token, "call", &rest, &n)) {
        write_call(compiler, token, rest, n, "", "", NULL, 0);
        compiler->last = '>';
    } else if (word(token, "wrap", &rest, &n) || word(token, "layout", &rest, &n)) {
        struct open_block *block = open_block(compiler, 'w', token);
        write_call(compiler, token, rest, n, token->p[0] == 'l' ? "layout_" : "", "_begin", block->name,
                   sizeof block->name);
        compiler->last = '\n';
    } else {
        fail(compiler, token->line,
             "unknown {%% %.*s %%}: if, elif, else, for, let, call, wrap, layout, end, page, include", (int)token->n,
             token->p);
    }
    if (compiler->last != '\n' && compiler->last != '>') {
        compiler->last = 0;
    }
}

/* ---- Pages ---- */

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
