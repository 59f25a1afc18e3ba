/* Services in public: what is offered, who may apply, how places were given, and the files to check it by. */
#include "services/pages/pages.h"

#include "places/round_list.h"

#include "services_public.page.h"

#include <string.h>

struct str session_words(struct arena *arena, int64_t from, int64_t until)
{
    return arena_printf(arena, "%02d:%02d–%02d:%02d", (int)(from / 60), (int)(from % 60), (int)(until / 60),
                        (int)(until % 60));
}

struct text whom_words(struct arena *arena, const struct service *service)
{
    bool child = service->whom & SERVICE_FOR_CHILD, self = service->whom & SERVICE_FOR_SELF;
    if (service->whom == SERVICE_FOR_LISTED) {
        return T("由主办单位按名单登记的人", "Persons whom the provider enters from a list");
    }
    if (child && self) {
        return T("孩子和成年人", "Children and grown-ups");
    }
    if (!child) {
        return T("成年人", "Grown-ups");
    }
    return service->age_to == 0
               ? T("孩子", "Children")
               : T(arena_printf(arena, "%u 至 %u 周岁的孩子", service->age_from, service->age_to).p,
                   arena_printf(arena, "Children of %u to %u years", service->age_from, service->age_to).p);
}

struct text who_may(struct arena *arena, const struct offered *offer)
{
    bool aged = offer->age_to > 0, female = str_is(offer->sex, "2");
    if (!aged && offer->sex.n == 0) {
        return T("", "");
    }
    struct text sex = offer->sex.n == 0 ? T("", "") : female ? T("女子", "women and girls") : T("男子", "men and boys");
    if (!aged) {
        return sex;
    }
    return T(
        arena_printf(arena, "%s %lld 至 %lld 周岁", sex.zh, (long long)offer->age_from, (long long)offer->age_to).p,
        arena_printf(arena, "%s%s%lld to %lld years", sex.en, *sex.en ? ", " : "", (long long)offer->age_from,
                     (long long)offer->age_to)
            .p);
}

struct call *call_of_url(struct request *request)
{
    struct db *db = request_db(request);
    struct call *call = ARENA_NEW(request_arena(request), struct call);
    struct error error;
    bool found;
    if (!db) {
        return NULL;
    }
    if (!call_get(db, request_arena(request), request_param_int(request, "call"), call, &found, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    if (!found) {
        reply_not_found(request);
        return NULL;
    }
    return call;
}

bool person_name(struct request *request, struct record_person person, bool own, struct str *name, struct error *error)
{
    if (own && strcmp(person.kind, "account") == 0) {
        *name = request_lang(request) == LANG_ZH ? STR("本人") : STR("Myself");
        return true;
    }
    return named_person(request, person.kind, person.id, name, error);
}

static bool is_family_session(struct request *request)
{
    return request_has_role(request, ROLE_FAMILY);
}

static void show_services(struct request *request)
{
    struct services_view *view = ARENA_NEW(request_arena(request), struct services_view);
    struct db *db = request_db(request);
    struct error error;
    *view = (struct services_view){ .now = clock_ms(), .family = is_family_session(request) };
    if (!db) {
        return;
    }
    if (!call_list(db, request_arena(request), STR(""), &view->calls, &view->n, &error)) {
        reply_failed(request, &error);
        return;
    }
    for (size_t i = 0; i < view->n; i++) {
        view->over += call_is_over(&view->calls[i]);
    }
    reply_page(request, 200, services_page, view);
}

static void show_call(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct call_view *view = ARENA_NEW(arena, struct call_view);
    struct error error;
    *view = (struct call_view){ .call = call_of_url(request), .now = clock_ms(), .family = is_family_session(request) };
    if (!view->call) {
        return;
    }
    view->takes = call_takes(view->call, view->now);
    view->division = division_words(request_app(request)->city, view->call->division);
    if (!offered_list(request_db(request), arena, view->call->id, &view->offers, &view->noffers, &error) ||
        !call_witnesses(request_db(request), arena, view->call, &view->witnesses, &view->nwitnesses, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, service_call_page, view);
}

static void send_file(struct request *request, const char *part)
{
    struct arena *arena = request_arena(request);
    struct call *call = call_of_url(request);
    struct str text, label;
    struct error error;
    bool found;
    if (!call) {
        return;
    }
    label = call_label(arena, call);
    if (!round_file_read(request_app(request)->places, arena, label, part, &text, &found, &error)) {
        reply_failed(request, &error);
    } else if (!found) {
        reply_not_found(request);
    } else {
        reply_bytes(request, 200, "text/plain; charset=utf-8",
                    arena_printf(arena, "%.*s%s%s.txt", STR_ARG(label), *part ? "." : "", part), text);
    }
}

static void send_transcript(struct request *request)
{
    send_file(request, "");
}

static void send_close(struct request *request)
{
    send_file(request, "close");
}

/* By number alone: who it was stands on the person's own page. */
static void show_results(struct request *request)
{
    enum { RESULTS_MOST = 500 };
    struct arena *arena = request_arena(request);
    struct results_view *view = ARENA_NEW(arena, struct results_view);
    struct offered *offers;
    struct error error;
    size_t n;
    *view = (struct results_view){ .call = call_of_url(request) };
    if (!view->call) {
        return;
    }
    struct db *db = request_db(request);
    (void)str_to_int(request_query(request, "number"), 1, INT32_MAX, &view->number);
    bool good = offered_list(db, arena, view->call->id, &offers, &n, &error);
    view->offers = ARENA_ARRAY(arena, struct offer_results, good ? n + 1 : 1);
    for (size_t i = 0; good && i < n; i++) {
        struct offer_results *one = &view->offers[view->n];
        one->offer = offers[i];
        good = result_list(db, arena, offers[i].id, view->number, RESULTS_MOST, &one->rows, &one->n, &error);
        view->n += one->n > 0;
    }
    if (!good) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, service_results_page, view);
}

const struct route services_public_routes[] = {
    { .method = "GET",
      .path = "/services",
      .roles = WEB_PUBLIC,
      .handler = show_services,
      .answer = "page",
      .summary = T("报名服务", "Services to apply for") },
    { .method = "GET",
      .path = "/services/#call",
      .roles = WEB_PUBLIC,
      .handler = show_call,
      .answer = "page",
      .summary = T("一项服务", "A service") },
    { .method = "GET",
      .path = "/services/#call/results",
      .roles = WEB_PUBLIC,
      .handler = show_results,
      .answer = "page",
      .summary = T("成绩", "Results") },
    { .method = "GET",
      .path = "/services/#call/transcript.txt",
      .roles = WEB_PUBLIC,
      .handler = send_transcript,
      .answer = "text",
      .summary = T("派位全过程记录", "The transcript of its draw") },
    { .method = "GET",
      .path = "/services/#call/close.txt",
      .roles = WEB_PUBLIC,
      .handler = send_close,
      .answer = "text",
      .summary = T("截止时的名单", "Its list at the close") },
};
const size_t services_public_route_count = sizeof services_public_routes / sizeof *services_public_routes;
