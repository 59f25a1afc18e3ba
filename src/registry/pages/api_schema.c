/* The description of the interface, OpenAPI 3.1: made from the table of routes (api_routes: method, path, summary) and
 * from the kinds. What a route asks and answers beyond that stands in `operations`, a row a route, found by method and
 * path; a route without a row would stand in the description without answers, and tests/registry/test_api.c sees it. */
#include "registry/pages/api_inside.h"

#include <stdio.h>
#include <string.h>

enum parameter {
    ASKS_AS_OF = 1,
    ASKS_SINCE = 2,
    ASKS_FILTERS = 4,
    ASKS_PAGE = 8,
    ASKS_CODE = 16,
    ASKS_KIND = 32,
    ASKS_CHANGE = 64
};
enum answer { ANSWER_LIST, ANSWER_ONE, ANSWER_HISTORY, ANSWER_DIFFERENCES, ANSWER_CHANGE, ANSWER_OPENAPI };

static const struct operation {
    const char *method, *path, *id;
    unsigned asks;
    enum answer answer;
} operations[] = {
    { "GET", "/api/v1/openapi.json", "description", 0, ANSWER_OPENAPI },
    { "GET", "/api/v1/differences", "differences", ASKS_KIND | ASKS_AS_OF | ASKS_SINCE | ASKS_FILTERS | ASKS_PAGE,
      ANSWER_DIFFERENCES },
    { "GET", "/api/v1/:kind", "list", ASKS_AS_OF | ASKS_FILTERS | ASKS_PAGE, ANSWER_LIST },
    { "POST", "/api/v1/:kind", "propose", ASKS_CHANGE, ANSWER_CHANGE },
    { "GET", "/api/v1/:kind/:code", "read", ASKS_CODE | ASKS_AS_OF, ANSWER_ONE },
    { "GET", "/api/v1/:kind/:code/history", "history", ASKS_CODE, ANSWER_HISTORY },
};

static const struct operation *operation_of(const struct route *route)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(operations[i].method, route->method) == 0 && strcmp(operations[i].path, route->path) == 0) {
            return &operations[i];
        }
    }
    return NULL;
}

static void set(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

static json_t *reference(const char *what, const char *name, const char *more)
{
    char path[200];
    json_t *out = json_object();
    (void)snprintf(path, sizeof path, "#/components/%s/%s%s", what, name, more);
    set(out, "$ref", json_string(path));
    return out;
}

static json_t *array_of(json_t *items)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

/* ---- Parameters ---- */

static void parameter(json_t *all, const char *name, const char *in, bool required, const char *description,
                      json_t *schema)
{
    (void)json_array_append_new(all, json_pack("{s:s, s:s, s:b, s:s, s:o}", "name", name, "in", in, "required",
                                               (int)required, "description", description, "schema", schema));
}

static json_t *day_schema(void)
{
    return json_pack("{s:s, s:s}", "type", "string", "format", "date");
}

static json_t *number_schema(int64_t least, int64_t most)
{
    return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)least, "maximum", (json_int_t)most);
}

static json_t *kinds_schema(void)
{
    json_t *names = json_array();
    for (size_t i = 0; i < KINDS; i++) {
        (void)json_array_append_new(names, json_string(KIND_LIST[i].name));
    }
    return json_pack("{s:s, s:o}", "type", "string", "enum", names);
}

static json_t *text_schema(void)
{
    return json_pack("{s:s}", "type", "string");
}

static json_t *parameters(unsigned asks, const struct kind *kind)
{
    json_t *all = json_array();
    if (asks & ASKS_CODE) {
        parameter(all, "code", "path", true, "The thing's code, one that it has or had", text_schema());
    }
    if (asks & ASKS_KIND) {
        parameter(all, "kind", "query", true, "Of which kind", kinds_schema());
    }
    if (asks & ASKS_AS_OF) {
        parameter(all, "day", "query", false, "As on this day (default: today)", day_schema());
        parameter(all, "known", "query", false, "As known at this moment, in milliseconds since 1970 (default: now)",
                  number_schema(0, MOMENT_OPEN));
    }
    if (asks & ASKS_SINCE) {
        parameter(all, "since", "query", false, "Compared with this day (default: the same day)", day_schema());
        parameter(all, "since_known", "query", false, "Compared with what was known then",
                  number_schema(0, MOMENT_OPEN));
    }
    if (asks & ASKS_FILTERS) {
        parameter(all, "division", "query", false, "Prefix of the division's code", text_schema());
        parameter(all, "institution", "query", false, "Code of the institution to which they belong", text_schema());
        parameter(all, "words", "query", false, "Words of the name, initials or code", text_schema());
    }
    for (size_t i = 0; kind && (asks & ASKS_FILTERS) && i < kind->ncolumns; i++) {
        const struct column *column = &kind->columns[i];
        if ((column->type == COLUMN_WORD || column->type == COLUMN_CODE) && !column->staff_only) {
            parameter(all, column->name, "query", false, column->label.en, text_schema());
        }
    }
    if (asks & ASKS_PAGE) {
        parameter(all, "after", "query", false, "Go on after this subject: `next` of the page before",
                  number_schema(0, INT64_MAX));
        parameter(all, "most", "query", false, "At most so many (default 100)", number_schema(1, API_PAGE_MOST));
    }
    if (asks & ASKS_CHANGE) {
        parameter(all, "Idempotency-Key", "header", false,
                  "A text of the caller's own: the same call sent again is one change", text_schema());
    }
    return all;
}

/* ---- Answers ---- */

static json_t *object_of(json_t *properties)
{
    json_t *required = json_array();
    const char *name;
    json_t *unused;
    json_object_foreach(properties, name, unused)
    {
        (void)json_array_append_new(required, json_string(name));
    }
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required", required,
                     "additionalProperties", 0);
}

static json_t *or_null(json_t *schema)
{
    return json_pack("{s:[o, {s:s}]}", "oneOf", schema, "type", "null");
}

static json_t *as_of_schema(void)
{
    return reference("schemas", "as_of", "");
}

/* The answers of a kind: institution, institution.list, institution.history, … */
static void kind_schemas(json_t *schemas, const struct kind *kind)
{
    char name[100];
    const char *fact = kind->name;
    set(schemas, fact, api_schema_fact(kind));
    (void)snprintf(name, sizeof name, "%s.one", fact);
    set(schemas, name,
        object_of(json_pack("{s:{s:s}, s:o, s:o}", "kind", "const", fact, "as_of", as_of_schema(), "item",
                            reference("schemas", fact, ""))));
    (void)snprintf(name, sizeof name, "%s.list", fact);
    set(schemas, name,
        object_of(json_pack("{s:{s:s}, s:o, s:o, s:{s:[s,s]}}", "kind", "const", fact, "as_of", as_of_schema(), "items",
                            array_of(reference("schemas", fact, "")), "next", "type", "integer", "null")));
    (void)snprintf(name, sizeof name, "%s.history", fact);
    set(schemas, name,
        object_of(
            json_pack("{s:{s:s}, s:o}", "kind", "const", fact, "versions", array_of(reference("schemas", fact, "")))));
    (void)snprintf(name, sizeof name, "%s.differences", fact);
    json_t *pair = object_of(json_pack("{s:o, s:o}", "before", or_null(reference("schemas", fact, "")), "after",
                                       or_null(reference("schemas", fact, ""))));
    set(schemas, name,
        object_of(json_pack("{s:{s:s}, s:o, s:o, s:o, s:{s:[s,s]}}", "kind", "const", fact, "as_of", as_of_schema(),
                            "since", as_of_schema(), "items", array_of(pair), "next", "type", "integer", "null")));
    (void)snprintf(name, sizeof name, "%s.change", fact);
    json_t *step = json_pack(
        "{s:s, s:{s:{s:[s,s]}, s:{s:s}, s:{s:s, s:s}, s:{s:[s,s], s:s}, s:{s:s}, s:{s:s}, s:o}, s:[s,s,s], s:b}",
        "type", "object", "properties", "act", "enum", "record", "end", "code", "type", "string", "valid_from", "type",
        "string", "format", "date", "valid_until", "type", "string", "null", "format", "date", "division", "type",
        "string", "institution", "type", "string", "values", api_schema_values(kind, true), "required", "act", "code",
        "valid_from", "additionalProperties", 0);
    set(schemas, name,
        json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s, s:i, s:i, s:o}}, s:[s,s], s:b}", "type", "object", "properties",
                  "note", "type", "string", "document", "type", "string", "steps", "type", "array", "minItems", 1,
                  "maxItems", (int)API_STEPS_MOST, "items", step, "required", "note", "steps", "additionalProperties",
                  0));
}

static void common_schemas(json_t *schemas)
{
    set(schemas, "as_of",
        object_of(json_pack("{s:{s:s, s:s}, s:{s:s}}", "day", "type", "string", "format", "date", "known", "type",
                            "integer")));
    set(schemas, "proposed",
        object_of(json_pack("{s:{s:s}, s:{s:s}}", "change", "type", "integer", "state", "const", "proposed")));
    json_t *mistakes =
        array_of(json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}, s:[s,s,s,s]}", "type", "object", "properties",
                           "step", "type", "integer", "field", "type", "string", "zh", "type", "string", "en", "type",
                           "string", "required", "step", "field", "zh", "en"));
    json_t *problem = object_of(json_pack("{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}", "type", "type",
                                          "string", "status", "type", "integer", "title", "type", "string", "detail",
                                          "type", "string", "todo", "type", "string", "reference", "type", "string"));
    set(json_object_get(problem, "properties"), "mistakes", mistakes);
    set(problem, "description", json_string("What happened (title), why (detail), what to do (todo); RFC 9457"));
    set(schemas, "problem", problem);
}

static json_t *content(const char *type, json_t *schema)
{
    return json_pack("{s:{s:o}}", type, "schema", schema);
}

static json_t *answer_schema(enum answer answer, const struct kind *kind)
{
    static const char *const more[] = { ".list", ".one", ".history", ".differences" };
    if (answer == ANSWER_CHANGE) {
        return reference("schemas", "proposed", "");
    }
    if (answer == ANSWER_OPENAPI) {
        return json_pack("{s:s}", "type", "object");
    }
    if (kind) {
        return reference("schemas", kind->name, more[answer]);
    }
    json_t *any = json_array();
    for (size_t i = 0; i < KINDS; i++) {
        (void)json_array_append_new(any, reference("schemas", KIND_LIST[i].name, more[answer]));
    }
    return json_pack("{s:o}", "oneOf", any);
}

static json_t *operation_json(const struct route *route, const struct operation *operation, const struct kind *kind)
{
    char id[100];
    json_t *out = json_object(), *responses = json_object();
    (void)snprintf(id, sizeof id, "%s%s%s", operation->id, kind ? "_" : "", kind ? kind->name : "");
    set(out, "operationId", json_string(id));
    set(out, "summary", json_string(route->summary.en));
    set(out, "x-summary-zh", json_string(route->summary.zh));
    set(out, "tags", json_pack("[s]", kind ? kind->name : "register"));
    set(out, "parameters", parameters(operation->asks, kind));
    set(responses, operation->answer == ANSWER_CHANGE ? "201" : "200",
        json_pack("{s:s, s:o}", "description", "The answer", "content",
                  content("application/json", answer_schema(operation->answer, kind))));
    set(responses, "default",
        json_pack("{s:s, s:o}", "description", "A problem", "content",
                  content("application/problem+json", reference("schemas", "problem", ""))));
    set(out, "responses", responses);
    if (kind && (operation->asks & ASKS_CHANGE)) {
        set(out, "requestBody",
            json_pack("{s:b, s:o}", "required", 1, "content",
                      content("application/json", reference("schemas", kind->name, ".change"))));
    }
    /* With a key only; or without one as well, where a key shows more. */
    bool key = operation->asks & ASKS_CHANGE || (kind && kind->names_persons);
    set(out, "security", key ? json_pack("[{s:[]}]", "key") : json_pack("[{}, {s:[]}]", "key"));
    return out;
}

/* "/api/v1/:kind/:code" of institution: "/api/v1/institution/{code}". */
static void path_of(const char *pattern, const struct kind *kind, char *out, size_t size)
{
    struct str rest = str_of(pattern + 1), part;
    size_t n = 0;
    while (str_split(&rest, '/', &part) && n < size) {
        bool named = part.n && part.p[0] == ':';
        int added = str_is(part, ":kind") ? snprintf(out + n, size - n, "/%s", kind->name)
                    : named               ? snprintf(out + n, size - n, "/{%.*s}", (int)part.n - 1, part.p + 1)
                                          : snprintf(out + n, size - n, "/%.*s", STR_ARG(part));
        n += added > 0 ? (size_t)added : 0;
    }
}

static void add_path(json_t *paths, const struct route *route, const struct operation *operation,
                     const struct kind *kind)
{
    char path[200], method[8] = "";
    path_of(route->path, kind, path, sizeof path);
    for (size_t i = 0; route->method[i] && i + 1 < sizeof method; i++) {
        method[i] = (char)(route->method[i] | 32);
    }
    json_t *item = json_object_get(paths, path);
    if (!item) {
        item = json_object();
        set(paths, path, item);
    }
    set(item, method, operation_json(route, operation, kind));
}

json_t *api_openapi(const char *version)
{
    json_t *out = json_object(), *paths = json_object(), *schemas = json_object(), *tags = json_array();
    common_schemas(schemas);
    (void)json_array_append_new(tags, json_pack("{s:s}", "name", "register"));
    for (size_t k = 0; k < KINDS; k++) {
        kind_schemas(schemas, &KIND_LIST[k]);
        (void)json_array_append_new(
            tags, json_pack("{s:s, s:s}", "name", KIND_LIST[k].name, "description", KIND_LIST[k].many.en));
    }
    for (size_t i = 0; i < api_route_count; i++) {
        const struct route *route = &api_routes[i];
        const struct operation *operation = operation_of(route);
        if (!operation) {
            continue; /* a page */
        }
        bool each = strstr(route->path, ":kind") != NULL;
        for (size_t k = 0; k < (each ? (size_t)KINDS : 1); k++) {
            add_path(paths, route, operation, each ? &KIND_LIST[k] : NULL);
        }
    }
    set(out, "openapi", json_string("3.1.0"));
    set(out, "info",
        json_pack("{s:s, s:s, s:s}", "title", "jiaoti: the register", "version", version, "description",
                  "Institutions and all that the register knows, as on a day and as known at a moment. Days are "
                  "2026-08-31, moments milliseconds since 1970, money fen. Public data need no key."));
    set(out, "servers", json_pack("[{s:s}]", "url", "/"));
    set(out, "tags", tags);
    set(out, "paths", paths);
    set(out, "components",
        json_pack("{s:o, s:{s:{s:s, s:s}}}", "schemas", schemas, "securitySchemes", "key", "type", "http", "scheme",
                  "bearer"));
    return out;
}

void api_show_openapi(struct request *request)
{
    reply_json(request, 200, api_dump(request_arena(request), api_openapi("1")));
}
