/* What the files of the page compiler share: pagec_read.c cuts a template into tokens, pagec_write.c writes C for them,
 * pagec.c puts pages together. A mistake ends the program with the template's line: it is a tool of the build. */
#ifndef TOOLS_PAGEC_H
#define TOOLS_PAGEC_H

#include <stdbool.h>
#include <stddef.h>

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

void fail(const struct compiler *compiler, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));
void *must(void *p);
void add(struct out *out, const char *p, size_t n);
void addf(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Without blanks at both ends. */
void trim(const char **p, size_t *n);
/* Cuts compiler->source into compiler->tokens. */
void tokenize(struct compiler *compiler);
/* Does the token begin with the word? Then *rest is what follows it. */
bool word(const struct token *token, const char *name, const char **rest, size_t *n);

/* Writes what a token becomes in the language that is being written. */
void put_text(struct compiler *compiler, const struct token *token);
void put_value(struct compiler *compiler, const struct token *token);
void put_tag(struct compiler *compiler, const struct token *token);
/* Writes the static text that was gathered. */
void flush(struct compiler *compiler);
void at_line(struct compiler *compiler, int line);

#endif
