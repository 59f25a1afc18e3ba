/* Fuzz target of web's parsers of outside data: heads, urlencoded and multipart bodies, with the checks behind them.
 *
 * Each input's first byte chooses the parser (run.sh; README.md).
 */
#include "web/inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct option options[] = { { "a", T("甲", "A"), { 0 } } };
static const struct field fields[] = {
    { .name = "a", .kind = FIELD_TEXT, .max = 4, .label = T("甲", "A") },
    { .name = "b", .kind = FIELD_DATE, .label = T("乙", "B") },
    { .name = "c", .kind = FIELD_CHECKS, .label = T("丙", "C"), FIELD_OPTIONS(options) },
    { .name = "d", .kind = FIELD_FILE, .max = 10, .accept = "image/png", .label = T("丁", "D") },
    { .name = "e", .kind = FIELD_CITIZEN, .label = T("戊", "E") },
    { .name = "f", .kind = FIELD_PHONE, .label = T("己", "F") },
    { .name = "g", .kind = FIELD_INT, .label = T("庚", "G") },
    { .name = "h", .kind = FIELD_EMAIL, .label = T("辛", "H") },
};
static const struct form form = FORM(fields);

static void check(struct arena *arena, const struct form_parts *parts)
{
    struct form_state *state = form_state_new(arena, &form);
    form_state_take(arena, state, parts);
    form_state_check(arena, state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct arena *arena = arena_new(0);
    struct str rest = { (const char *)data + 1, size - 1 };
    struct form_parts parts = { 0 };
    struct http_head head;
    struct str path;
    switch (data[0] % 3) {
    case 0:
        if (http_parse_head(rest.p, rest.n, &head) == 200) {
            struct http_pair pairs[HTTP_QUERY];
            size_t count;
            (void)http_cookie(&head, "jiaoti");
            (void)http_decode_path(arena, head.raw_path, &path);
            (void)http_parse_pairs(arena, head.raw_query, false, pairs, HTTP_QUERY, &count);
        }
        break;
    case 1:
        if (form_parse_urlencoded(arena, rest, &parts, NULL)) {
            check(arena, &parts);
        }
        break;
    default:
        if (form_parse_multipart(arena, rest, STR("b"), &parts, NULL)) {
            check(arena, &parts);
        }
        break;
    }
    arena_free(arena);
    return 0;
}
