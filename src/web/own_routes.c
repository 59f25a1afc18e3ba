/* The routes of web itself: health, numbers, static files, and the three pages that every footer links to. */
#include "about.page.h"
#include "web/inside.h"

/* For the machine itself and its neighbours, not for who comes through the proxy. */
static void show_metrics(struct request *request)
{
    if (request_header(request, "x-forwarded-for").n) {
        reply_not_found(request);
        return;
    }
    struct buf out = buf_init(8 * 1024 * 1024);
    metrics_write(request->server, &out);
    struct str bytes = arena_str(request->arena, buf_str(&out));
    buf_free(&out);
    reply_bytes(request, 200, "text/plain; version=0.0.4; charset=utf-8", (struct str){ 0 }, bytes);
}

static void show_health(struct request *request)
{
    struct web_server *server = request->server;
    struct error error = { 0 };
    bool stopping = atomic_load(&server->stopping);
    bool healthy = !stopping && (!server->hooks.healthy || server->hooks.healthy(server->hooks.context, &error));
    struct str text =
        healthy ? STR("ok\n") : arena_printf(request->arena, "%s\n", stopping ? "stopping" : error.message);
    reply_bytes(request, healthy ? 200 : 503, "text/plain; charset=utf-8", (struct str){ 0 }, text);
}

static void show_accessibility(struct request *request)
{
    reply_page(request, 200, accessibility_page);
}

static void show_privacy(struct request *request)
{
    reply_page(request, 200, privacy_page);
}

static void show_contact(struct request *request)
{
    reply_page(request, 200, contact_page, &request->server->settings);
}

const struct route web_own_routes[] = {
    { .method = "GET",
      .path = "/healthz",
      .roles = WEB_PUBLIC,
      .handler = show_health,
      .answer = "text",
      .flags = ROUTE_QUIET,
      .summary = { "服务是否可用", "Is the service able to answer?" } },
    { .method = "GET",
      .path = "/metrics",
      .roles = WEB_PUBLIC,
      .handler = show_metrics,
      .answer = "text",
      .flags = ROUTE_QUIET,
      .summary = { "运行指标（Prometheus）", "Numbers of the service (Prometheus)" } },
    { .method = "GET",
      .path = "/assets/:file",
      .roles = WEB_PUBLIC,
      .handler = reply_asset,
      .answer = "file",
      .flags = ROUTE_QUIET,
      .summary = { "样式与脚本", "Styles and scripts" } },
    { .method = "GET",
      .path = "/keep-worker.js",
      .roles = WEB_PUBLIC,
      .handler = reply_keep_worker,
      .answer = "file",
      .flags = ROUTE_QUIET,
      .summary = { "没有网络时打开已存页面的脚本", "Opens kept pages where there is no network" } },
    { .method = "GET",
      .path = "/accessibility",
      .roles = WEB_PUBLIC,
      .handler = show_accessibility,
      .answer = "page",
      .flags = ROUTE_CACHE,
      .summary = { "无障碍说明", "Accessibility statement" } },
    { .method = "GET",
      .path = "/privacy",
      .roles = WEB_PUBLIC,
      .handler = show_privacy,
      .answer = "page",
      .flags = ROUTE_CACHE,
      .summary = { "隐私保护", "Privacy" } },
    { .method = "GET",
      .path = "/contact",
      .roles = WEB_PUBLIC,
      .handler = show_contact,
      .answer = "page",
      .flags = ROUTE_CACHE,
      .summary = { "联系我们", "Contact" } },
};
const size_t web_own_route_count = sizeof web_own_routes / sizeof *web_own_routes;
