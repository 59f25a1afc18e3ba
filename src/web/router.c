/* The router: the table of routes as a tree of path segments.
 *
 * Finding walks one node a segment; at each, a literal child is tried first (binary search), then the number, then
 * any text, then the rest. Trying goes back when a deeper segment fits nothing, so that /school/new and
 * /school/:code/plan may both exist. The tree is built at the start and never changes: no lock.
 */
#include "web/inside.h"

#include <stdlib.h>

struct node {
    struct str literal; /* of the edge to this node */
    struct node **literals;
    size_t literal_count;
    struct node *number, *any, *rest;
    const struct route *routes[2]; /* GET, POST */
    size_t indexes[2];
};

struct router {
    struct node root;
};

static void *must(void *p)
{
    if (!p) {
        abort();
    }
    return p;
}

struct router *router_new(void)
{
    return must(calloc(1, sizeof(struct router)));
}

static void node_clear(struct node *node)
{
    for (size_t i = 0; i < node->literal_count; i++) {
        node_clear(node->literals[i]);
        free(node->literals[i]);
    }
    free(node->literals);
    struct node *others[] = { node->number, node->any, node->rest };
    for (size_t i = 0; i < 3; i++) {
        if (others[i]) {
            node_clear(others[i]);
            free(others[i]);
        }
    }
}

void router_free(struct router *router)
{
    if (router) {
        node_clear(&router->root);
        free(router);
    }
}

static size_t find_literal(const struct node *node, struct str segment, bool *found)
{
    size_t low = 0, high = node->literal_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_cmp(node->literals[middle]->literal, segment);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = false;
    return low;
}

static struct node *literal_child(struct node *node, struct str segment)
{
    bool found;
    size_t at = find_literal(node, segment, &found);
    if (found) {
        return node->literals[at];
    }
    node->literals = must(realloc(node->literals, (node->literal_count + 1) * sizeof(struct node *)));
    memmove(node->literals + at + 1, node->literals + at, (node->literal_count - at) * sizeof(struct node *));
    node->literal_count++;
    node->literals[at] = must(calloc(1, sizeof(struct node)));
    node->literals[at]->literal = segment;
    return node->literals[at];
}

static struct node *child_of(struct node *node, struct str segment)
{
    struct node **place = NULL;
    switch (segment.n ? segment.p[0] : 0) {
    case '#':
        place = &node->number;
        break;
    case ':':
        place = &node->any;
        break;
    case '*':
        place = &node->rest;
        break;
    default:
        return literal_child(node, segment);
    }
    if (!*place) {
        *place = must(calloc(1, sizeof(struct node)));
    }
    return *place;
}

bool router_add(struct router *router, const struct route *route, size_t index, struct error *error)
{
    struct str path = str_of(route->path);
    if (path.n == 0 || path.p[0] != '/' || !route->handler) {
        return error_set(error, "route '%s %s': the path must begin with / and a handler must be given",
                         route->method ? route->method : "", route->path ? route->path : "");
    }
    bool post = route->method && strcmp(route->method, "POST") == 0;
    if (!post && (!route->method || strcmp(route->method, "GET") != 0)) {
        return error_set(error, "route '%s': the method must be GET or POST", route->path);
    }
    struct node *node = &router->root;
    struct str rest = str_part(path, 1, path.n), segment;
    size_t params = 0;
    while (str_split(&rest, '/', &segment)) {
        bool param = segment.n && strchr("#:*", segment.p[0]);
        params += param;
        if (segment.n == 0 || (param && segment.n == 1) || params > ROUTE_PARAMS ||
            (segment.p[0] == '*' && rest.n != 0)) {
            return error_set(error,
                             "route '%s': an empty segment, a nameless or surplus parameter, or * before the end",
                             route->path);
        }
        node = child_of(node, segment);
    }
    if (node->routes[post]) {
        return error_set(error, "route '%s %s' is declared twice ('%s')", route->method, route->path,
                         node->routes[post]->path);
    }
    node->routes[post] = route;
    node->indexes[post] = index;
    return true;
}

static bool is_number(struct str s)
{
    if (s.n == 0 || s.n > 18) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool end_here(const struct node *node, bool post, struct route_match *match)
{
    if (node->routes[post]) {
        match->route = node->routes[post];
        match->index = node->indexes[post];
        return true;
    }
    match->path_known |= node->routes[!post] != NULL;
    return false;
}

static bool walk(const struct node *node, bool post, struct str rest, struct route_match *match);

static bool walk_param(const struct node *child, bool post, struct str segment, struct str rest,
                       struct route_match *match)
{
    match->params[match->param_count++] = segment;
    if (walk(child, post, rest, match)) {
        return true;
    }
    match->param_count--;
    return false;
}

/* rest: NULL p when the path has ended; else the text behind a slash. */
static bool walk(const struct node *node, bool post, struct str rest, struct route_match *match)
{
    if (!rest.p) {
        return end_here(node, post, match);
    }
    size_t slash = str_find(rest, '/');
    struct str segment = { rest.p, slash };
    struct str next = { NULL, 0 };
    if (slash < rest.n) {
        next = (struct str){ rest.p + slash + 1, rest.n - slash - 1 };
    }
    bool found;
    size_t at = find_literal(node, segment, &found);
    if (found && walk(node->literals[at], post, next, match)) {
        return true;
    }
    if (node->number && is_number(segment) && walk_param(node->number, post, segment, next, match)) {
        return true;
    }
    if (node->any && segment.n && walk_param(node->any, post, segment, next, match)) {
        return true;
    }
    if (node->rest && rest.n) {
        match->params[match->param_count++] = rest;
        if (end_here(node->rest, post, match)) {
            return true;
        }
        match->param_count--;
    }
    return false;
}

void router_find(const struct router *router, bool post, struct str path, struct route_match *match)
{
    match->route = NULL;
    match->path_known = false;
    match->param_count = 0;
    struct str rest = { path.p + 1, path.n - 1 };
    if (path.n == 1) {
        rest.p = NULL;
    }
    (void)walk(&router->root, post, rest, match);
}

struct str router_param(const struct route_match *match, const char *name)
{
    if (!match->route) {
        return (struct str){ 0 };
    }
    struct str rest = str_of(match->route->path), segment;
    size_t at = 0;
    while (str_split(&rest, '/', &segment)) {
        if (segment.n && strchr("#:*", segment.p[0])) {
            if (str_is(str_part(segment, 1, segment.n), name)) {
                return at < match->param_count ? match->params[at] : (struct str){ 0 };
            }
            at++;
        }
    }
    return (struct str){ 0 };
}
