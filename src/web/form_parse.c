/* The two ways in which a browser sends a form. Strict: what no browser sends is refused, with a word for the log.
 * Pure; fuzzed (tests/fuzz/web.c). Parts point into the body where they can.
 */
#include "web/inside.h"

#include <strings.h>

bool form_parse_urlencoded(struct arena *arena, struct str body, struct form_parts *parts, struct error *error)
{
    size_t count = 1; /* as many as may come, not as many as are allowed: most forms have a few */
    for (size_t i = 0; i < body.n && count < LIMIT_FIELDS; i++) {
        count += body.p[i] == '&';
    }
    struct http_pair *pairs = ARENA_ARRAY(arena, struct http_pair, count);
    if (!http_parse_pairs(arena, body, true, pairs, count, &count)) {
        return error_set(error, "a broken escape, no UTF-8, or more than %d fields", LIMIT_FIELDS);
    }
    parts->parts = ARENA_ARRAY(arena, struct form_part, count);
    parts->count = count;
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].value.n > LIMIT_FIELD_BYTES) {
            return error_set(error, "a field has more than %d bytes", LIMIT_FIELD_BYTES);
        }
        parts->parts[i] = (struct form_part){ .name = pairs[i].name, .value = pairs[i].value };
    }
    return true;
}

static bool starts_without_case(struct str s, const char *prefix)
{
    size_t n = strlen(prefix);
    return s.n >= n && strncasecmp(s.p, prefix, n) == 0;
}

bool form_boundary(struct str type, struct str *boundary)
{
    if (!starts_without_case(type, "multipart/form-data")) {
        return false;
    }
    *boundary = (struct str){ 0 };
    struct str part;
    while (str_split(&type, ';', &part)) {
        part = str_trim(part);
        if (starts_without_case(part, "boundary=")) {
            *boundary = str_part(part, 9, part.n);
            if (boundary->n >= 2 && boundary->p[0] == '"' && boundary->p[boundary->n - 1] == '"') {
                *boundary = str_part(*boundary, 1, boundary->n - 2);
            }
        }
    }
    return true; /* an empty boundary is refused by the parser */
}

/* name="…" or filename="…" of a Content-Disposition. Browsers write %22 for a quote, so none is inside. */
static bool find_parameter(struct str line, const char *name, struct str *value)
{
    size_t n = strlen(name);
    bool quoted = false;
    for (size_t i = 0; i + n + 2 < line.n; i++) {
        quoted ^= line.p[i] == '"';
        if (quoted || (line.p[i] != ';' && line.p[i] != ' ')) {
            continue;
        }
        if (strncasecmp(line.p + i + 1, name, n) == 0 && line.p[i + n + 1] == '=' && line.p[i + n + 2] == '"') {
            struct str rest = str_part(line, i + n + 3, line.n);
            size_t end = str_find(rest, '"');
            if (end == rest.n) {
                return false;
            }
            *value = (struct str){ line.p + i + n + 3, end };
            return true;
        }
    }
    return false;
}

static bool parse_part_head(struct str head, struct form_part *part)
{
    struct str line;
    bool named = false;
    while (str_split(&head, '\n', &line)) {
        if (line.n && line.p[line.n - 1] == '\r') {
            line.n--;
        }
        if (starts_without_case(line, "content-disposition:")) {
            named = find_parameter(line, "name", &part->name);
            (void)find_parameter(line, "filename", &part->file_name);
        }
    }
    return named && part->name.n > 0 && part->name.n <= 128 && str_is_utf8(part->name);
}

static struct str behind(struct str s, const char *p)
{
    return (struct str){ p, s.n - (size_t)(p - s.p) };
}

/* Text fields come as they were typed; control characters other than line ends are no text. */
static bool is_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < ' ' && c != '\r' && c != '\n' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return str_is_utf8(s);
}

static bool check_part(const struct form_part *part, struct error *error)
{
    if (part->file_name.p) {
        return true;
    }
    if (part->value.n > LIMIT_FIELD_BYTES) {
        return error_set(error, "a field has more than %d bytes", LIMIT_FIELD_BYTES);
    }
    return is_text(part->value) || error_set(error, "a field is no UTF-8 text");
}

bool form_parse_multipart(struct arena *arena, struct str body, struct str boundary, struct form_parts *parts,
                          struct error *error)
{
    if (boundary.n == 0 || boundary.n > 70) {
        return error_set(error, "the boundary has no or more than 70 characters");
    }
    struct str line = arena_printf(arena, "\r\n--%.*s", STR_ARG(boundary));
    struct str first = str_part(line, 2, line.n); /* the first has no line end before it */
    if (!str_starts(body, first)) {
        return error_set(error, "the body does not begin with its boundary");
    }
    parts->parts = ARENA_ARRAY(arena, struct form_part, LIMIT_FIELDS);
    parts->count = 0;
    struct str rest = behind(body, body.p + first.n);
    for (;;) {
        if (str_starts(rest, STR("--"))) {
            return true;
        }
        if (!str_starts(rest, STR("\r\n"))) {
            return error_set(error, "a boundary is followed by something else than a part");
        }
        if (parts->count == LIMIT_FIELDS) {
            return error_set(error, "more than %d fields", LIMIT_FIELDS);
        }
        rest = behind(rest, rest.p + 2);
        const char *blank = rest.n ? memmem(rest.p, rest.n < 8192 ? rest.n : 8192, "\r\n\r\n", 4) : NULL;
        const char *end = blank ? memmem(blank + 2, rest.n - (size_t)(blank + 2 - rest.p), line.p, line.n) : NULL;
        if (!end) {
            return error_set(error, "a part is not ended by its boundary");
        }
        struct form_part *part = &parts->parts[parts->count++];
        const char *value = blank + 4;
        *part = (struct form_part){ .value = { value, end > value ? (size_t)(end - value) : 0 } };
        if (!parse_part_head((struct str){ rest.p, (size_t)(blank - rest.p) }, part)) {
            return error_set(error, "a part without a name");
        }
        if (!check_part(part, error)) {
            return false;
        }
        rest = behind(rest, end + line.n);
    }
}
