/* Problems: every refusal and failure is a page that says what happened, why, what to do, and a number that the log
 * shows too. For routes that answer JSON it is the same as JSON;
 * for the programming interface (/api/v1/) as application/problem+json of RFC 9457.
 */
#include "web/inside.h"

#include "base/log.h"

#include <stdio.h>

static void add_json_text(struct buf *out, const char *s)
{
    buf_add_char(out, '"');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\') {
            buf_add_char(out, '\\');
        }
        if (c < ' ') {
            buf_printf(out, "\\u%04x", c);
        } else {
            buf_add_char(out, *s);
        }
    }
    buf_add_char(out, '"');
}

static void reply_problem_json(struct request *request, int status, struct text what, struct text why, struct text todo)
{
    struct buf json = buf_init(64 * 1024);
    const char *names[] = { "{\"error\":{\"what\":", ",\"why\":", ",\"todo\":" };
    struct text texts[] = { what, why, todo };
    for (size_t i = 0; i < 3; i++) {
        buf_add_cstr(&json, names[i]);
        add_json_text(&json, text_is_empty(texts[i]) ? "" : text_in(texts[i], request->lang));
    }
    buf_printf(&json, ",\"reference\":\"%s\"}}\n", request->reference);
    struct str bytes = arena_str(request->arena, buf_str(&json));
    buf_free(&json);
    reply_json(request, status, bytes);
}

/* Also of addresses that no route has: a program reads no pages. */
static bool is_interface(const struct request *request)
{
    return str_starts(request->path, STR("/api/v1/"));
}

static void reply_interface_problem(struct request *request, int status, struct text what, struct text why,
                                    struct text todo)
{
    struct buf json = buf_init(64 * 1024);
    const char *names[] = { ",\"title\":", ",\"detail\":", ",\"todo\":" };
    struct text texts[] = { what, why, todo };
    buf_printf(&json, "{\"type\":\"about:blank\",\"status\":%d", status);
    for (size_t i = 0; i < 3; i++) {
        buf_add_cstr(&json, names[i]);
        add_json_text(&json, text_is_empty(texts[i]) ? "" : text_in(texts[i], request->lang));
    }
    buf_printf(&json, ",\"reference\":\"%s\"}\n", request->reference);
    struct str bytes = arena_str(request->arena, buf_str(&json));
    buf_free(&json);
    reply_bytes(request, status, "application/problem+json", (struct str){ 0 }, bytes);
}

void reply_problem(struct request *request, int status, struct text what, struct text why, struct text what_to_do)
{
    const struct route *route = request->match.route;
    log_line(status >= 500 ? LOG_WARNING : LOG_DEBUG, "web: %s: %d %s", request->reference, status,
             route ? route->path : "(no route)");
    if (is_interface(request)) {
        reply_interface_problem(request, status, what, why, what_to_do);
        return;
    }
    if (route && route->answer && strcmp(route->answer, "json") == 0) {
        reply_problem_json(request, status, what, why, what_to_do);
        return;
    }
    request->form = NULL; /* its errors belong to another page */
    reply_page(request, status, problem_page, status, what, why, what_to_do);
}

void reply_not_found(struct request *request)
{
    reply_status(request, 404, 0);
}

void reply_forbidden(struct request *request)
{
    reply_status(request, 403, 0);
}

void reply_failed(struct request *request, const struct error *error)
{
    log_line(LOG_ERROR, "web: %s: %s failed: %s", request->reference,
             request->match.route ? request->match.route->path : "(no route)", error ? error->message : "");
    reply_status(request, 500, 0);
}

void reply_conflict(struct request *request, struct text why)
{
    if (text_is_empty(why)) {
        why = T("这个表单的钥匙缺失、过期，或属于另一次登录。可能是页面打开太久，或在别处登录过。",
                "The key of this form is missing, old, or of another sign-in: the page was open for long, perhaps, or "
                "you signed in elsewhere.");
    }
    reply_problem(request, 403, T("这次提交没有被接受", "This was not accepted"), why,
                  T("之前保存的内容都在，没有丢失。请回到上一页刷新后再提交一次。",
                    "What you saved before is still there, nothing was lost. Go back, load the page again, and send it "
                    "once more."));
}

struct usual {
    int status;
    struct text what, why, todo;
};

static const struct usual usuals[] = {
    { 400,
      { "这个请求无法理解", "This request cannot be understood" },
      { "网址或表单的内容不完整或有错误。", "The address or the form is incomplete or malformed." },
      { "请回到上一页再试一次，或从首页开始。", "Go back and try again, or start from the first page." } },
    { 401,
      { "请先登录", "Please sign in" },
      { "您还没有登录，或登录已经到期。", "You are not signed in, or your session has ended." },
      { "登录后回到这一页再提交。已保存的内容不会丢失。",
        "Sign in, come back to this page and send it again. What was saved is not lost." } },
    { 403,
      { "您的身份不能使用这一页", "This page is not for your role" },
      { "这一页是给另一种身份使用的。", "It is made for another role than the one that you signed in with." },
      { "请核对网址；需要权限时，请联系您单位的管理员。",
        "Check the address; if you need access, ask the administrator of your office." } },
    { 404,
      { "没有找到这一页", "This page was not found" },
      { "网址有误，这一页已经不在了，或者它不属于您、不在您的管辖范围。",
        "The address is wrong, the page is gone, or it is not yours or not in your area." },
      { "请核对网址，或从首页开始。", "Check the address, or start from the first page." } },
    { 405,
      { "这个地址不能这样使用", "This address cannot be used this way" },
      { "它不接受这种请求方式。", "It does not take this kind of request." },
      { "请从页面上的链接或按钮进入。", "Use the links and buttons of the pages." } },
    { 408,
      { "等待时间过长", "This took too long" },
      { "没有在规定时间内收到完整的内容，可能是网络不稳定。",
        "What you sent did not arrive in time; the network may be slow." },
      { "没有保存任何不完整的内容。请再试一次。", "Nothing incomplete was kept. Please try again." } },
    { 414,
      { "网址太长", "The address is too long" },
      { "网址超过了本站的上限。", "It is longer than this site allows." },
      { "请从首页开始。", "Start from the first page." } },
    { 429,
      { "请求太多，请稍等", "Too many requests, please wait a little" },
      { "短时间内来自同一账户或同一网络的请求超过了上限。",
        "There were more requests from this account or this network than the limit allows." },
      { "请稍后再试。名额与提交先后无关，不必着急。",
        "Try again shortly. Places do not depend on the order of submission, so there is no hurry." } },
    { 431,
      { "请求头太大", "The request's headers are too large" },
      { "浏览器发送的信息（例如 Cookie）超过了上限。", "The browser sent more, cookies for example, than the limit." },
      { "请清除本站的 Cookie 后再试。", "Clear this site's cookies and try again." } },
    { 503,
      { "现在很忙，请稍后再试", "We are busy, please come again shortly" },
      { "等待处理的请求太多，或数据库暂时不可用。",
        "Too much is waiting, or the database cannot be reached just now." },
      { "已提交成功的内容都已保存。请一分钟后再试；名额与提交先后无关。",
        "All that was confirmed is saved. Try again in a minute; places do not depend on the order of submission." } },
};

static const struct usual failed = {
    500,
    { "出现了问题", "Something went wrong" },
    { "是我们这一边的错误，不是您的。", "It is our mistake, not yours." },
    { "请再试一次；如果仍然不行，请把下面的编号告诉我们。", "Try again; if it stays, tell us the number below." },
};

static void reply_too_large(struct request *request)
{
    size_t limit = request_body_limit(request);
    struct text why = T("这个地址不接收内容。", "This address takes no content.");
    if (limit >= 1024 * 1024) {
        size_t mb = limit / (1024 * 1024);
        why.zh = arena_printf(request->arena, "这一页一次最多接收 %zu MB。", mb).p;
        why.en = arena_printf(request->arena, "This page takes at most %zu MB at once.", mb).p;
    } else if (limit) {
        why.zh = arena_printf(request->arena, "这一页一次最多接收 %zu KB。", limit / 1024).p;
        why.en = arena_printf(request->arena, "This page takes at most %zu KB at once.", limit / 1024).p;
    }
    reply_problem(request, 413, T("文件或内容太大", "The file or the form is too large"), why,
                  T("请压缩图片（例如用手机重新拍照，选择较小的尺寸）后再上传。已保存的内容没有丢失。",
                    "Make the picture smaller (take it again with a smaller size, for example) and send it again. What "
                    "was saved is not lost."));
}

void reply_status(struct request *request, int status, int retry_seconds)
{
    if (retry_seconds > 0) {
        reply_header(request, "Retry-After", arena_printf(request->arena, "%d", retry_seconds));
    }
    if (status == 413) {
        reply_too_large(request);
        return;
    }
    const struct usual *usual = status >= 500 ? &failed : &usuals[0];
    for (size_t i = 0; i < sizeof usuals / sizeof *usuals; i++) {
        if (usuals[i].status == status) {
            usual = &usuals[i];
        }
    }
    reply_problem(request, status, usual->what, usual->why, usual->todo);
}
