/* The permission matrix and the documentation of all routes, from the table that also dispatches. */
#include "web/inside.h"

static const char *const kind_names[] = { "text",   "long text",      "number", "date",  "choice",
                                          "select", "checks",         "yes",    "file",  "hidden",
                                          "list",   "citizen number", "phone",  "email", "password" };

static void write_roles(FILE *file, const struct route *route, const struct web_role *roles, size_t count,
                        const char *separator, const char *quote)
{
    bool any = false;
    if (route->roles & WEB_PUBLIC) {
        (void)fprintf(file, "%sanyone%s", quote, quote);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (route->roles & roles[i].bit) {
            (void)fprintf(file, "%s%s%s%s", any ? separator : "", quote, roles[i].name, quote);
            any = true;
        }
    }
}

static void write_markdown(const struct web_server *server, FILE *file, const struct web_role *roles, size_t count)
{
    (void)fprintf(file, "| route | what | roles | scope | form | answer |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < server->route_count; i++) {
        const struct route *route = server->routes[i];
        (void)fprintf(file, "| `%s %s` | %s %s | ", route->method, route->path,
                      route->summary.zh ? route->summary.zh : "", route->summary.en ? route->summary.en : "");
        write_roles(file, route, roles, count, ", ", "");
        (void)fprintf(file, " | %s | ", route->scope ? "by division" : "none");
        for (size_t f = 0; route->form && f < route->form->field_count; f++) {
            const struct field *field = &route->form->fields[f];
            (void)fprintf(file, "%s%s (%s%s)", f ? ", " : "", field->name, kind_names[field->kind],
                          field->required ? "" : ", optional");
        }
        (void)fprintf(file, "%s", route->form_of ? "fields by the URL" : "");
        (void)fprintf(file, " | %s |\n", route->answer ? route->answer : "");
    }
}

static void write_string(FILE *file, const char *s)
{
    (void)fputc('"', file);
    for (; s && *s; s++) {
        if (*s == '"' || *s == '\\') {
            (void)fputc('\\', file);
        }
        (void)fputc((unsigned char)*s < ' ' ? ' ' : *s, file);
    }
    (void)fputc('"', file);
}

static void write_json(const struct web_server *server, FILE *file, const struct web_role *roles, size_t count)
{
    (void)fprintf(file, "[");
    for (size_t i = 0; i < server->route_count; i++) {
        const struct route *route = server->routes[i];
        (void)fprintf(file, "%s\n{\"method\":\"%s\",\"path\":\"%s\",\"summary\":{\"zh\":", i ? "," : "", route->method,
                      route->path);
        write_string(file, route->summary.zh);
        (void)fprintf(file, ",\"en\":");
        write_string(file, route->summary.en);
        (void)fprintf(file, "},\"roles\":[");
        write_roles(file, route, roles, count, ",", "\"");
        (void)fprintf(file, "],\"scope\":%s,\"body_limit\":%zu,\"key\":%s,\"fields\":[",
                      route->scope ? "true" : "false",
                      strcmp(route->method, "POST") != 0 ? 0
                      : route->body_limit                ? route->body_limit
                                                         : (size_t)LIMIT_FORM_BYTES,
                      strcmp(route->method, "POST") == 0 && !(route->flags & ROUTE_NO_KEY) ? "true" : "false");
        for (size_t f = 0; route->form && f < route->form->field_count; f++) {
            const struct field *field = &route->form->fields[f];
            (void)fprintf(file, "%s{\"name\":\"%s\",\"kind\":\"%s\",\"required\":%s}", f ? "," : "", field->name,
                          kind_names[field->kind], field->required ? "true" : "false");
        }
        (void)fprintf(file, "],\"answer\":");
        write_string(file, route->answer);
        (void)fprintf(file, "}");
    }
    (void)fprintf(file, "\n]\n");
}

bool web_write_route_table(const struct web_server *server, FILE *file, enum web_table_format format,
                           const struct web_role *roles, size_t role_count)
{
    (format == WEB_TABLE_JSON ? write_json : write_markdown)(server, file, roles, role_count);
    return !ferror(file);
}
