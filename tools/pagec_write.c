/* The writing half of pagec: text, values and tags become C. Follows the HTML while it writes, so that a value outside
 * of quotes, an inline script and the like are refused. */
#include "pagec.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- Static text ---- */

void flush(struct compiler *compiler)
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

void put_text(struct compiler *compiler, const struct token *token)
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

void at_line(struct compiler *compiler, int line)
{
    addf(&compiler->c, "#line %d \"%s\"\n", line, compiler->file);
}

void put_value(struct compiler *compiler, const struct token *token)
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

void put_tag(struct compiler *compiler, const struct token *token)
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
