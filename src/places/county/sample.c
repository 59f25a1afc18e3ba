/* The random audit: the files that the seed drew, what such a sample would have found, and what came of each. */
#include "places/county/sample.h"

#include "allot/allot.h"

#include "sample.page.h"

static const struct option found_options[] = { { "right", T("无误", "Right"), { 0 } },
                                               { "wrong", T("有误", "Wrong"), { 0 } } };
static const struct field found_fields[] = {
    { .name = "number", .kind = FIELD_HIDDEN, .required = true, .max = 20, .label = T("序号", "Number") },
    { .name = "found",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("复核结果", "What was found"),
      .missing = T("请选择无误或有误。", "Choose right or wrong."),
      FIELD_OPTIONS(found_options) },
    { .name = "reason", .kind = FIELD_TEXT, .max = 60, .label = T("原因", "Reason") },
};
static const struct form found_form = FORM(found_fields);

struct name sample_reason_words(const struct city *city, struct str reason)
{
    for (size_t i = 0; i < city->nreasons; i++) {
        if (str_eq(city->reasons[i].id, reason)) {
            return city->reasons[i].name;
        }
    }
    return (struct name){ reason, reason };
}

/* Of all listed files, were 1, 2, 5 or 10 in a hundred wrong. */
static void weigh(struct sample_view *view)
{
    static const int64_t hundredths[] = { 1, 2, 5, 10 };
    int64_t files = view->round->listed;
    for (size_t i = 0; i < 4; i++) {
        int64_t wrong = (files * hundredths[i] + 99) / 100;
        double chance = allot_audit_chance((uint32_t)files, (uint32_t)wrong, (uint32_t)view->numbers.files);
        view->chances[i] = (struct sample_chance){ wrong, hundredths[i], (int64_t)(chance * 1000 + 0.5) };
    }
}

static void show_sample(struct request *request)
{
    struct sample_view view = { .city = request_app(request)->city };
    struct error error;
    view.round = round_of_url(request, &view.words);
    if (!view.round) {
        return;
    }
    if (!sample_list(request_db(request), request_arena(request), view.round->id, &view.rows, &view.n, &error) ||
        !sample_numbers(request_db(request), view.round->id, &view.numbers, &error)) {
        reply_failed(request, &error);
        return;
    }
    view.officer = request_has_role(request, ROLE_COUNTY_OFFICER);
    weigh(&view);
    form_use(request, &found_form);
    reply_page(request, 200, sample, &view);
}

static void recorded(struct request *request, void *input)
{
    const struct sample_record *record = input;
    reply_ending(request, (struct ending){ .done = record->result == SAMPLE_DONE,
                                           .notice = "saved",
                                           .next = arena_printf(request_arena(request), "/county/round/%lld/sample",
                                                                (long long)record->round),
                                           .why = sample_result_text(record->result),
                                           .again = show_sample });
}

static void sample_post(struct request *request)
{
    struct sample_record *record = ARENA_NEW(request_arena(request), struct sample_record);
    *record = (struct sample_record){ .places = request_app(request)->places,
                                      .actor = request_actor(request, ROLE_COUNTY_OFFICER),
                                      .form_key = request_form_key(request),
                                      .round = request_param_int(request, "round"),
                                      .right = form_is(request, "found", "right"),
                                      .reason = form_value(request, "reason") };
    if (!form_ok(request) || !str_to_int(form_value(request, "number"), 1, INT64_MAX, &record->number)) {
        show_sample(request);
        return;
    }
    run_command(request, "audit.found", sample_record_run, record, recorded);
}

const struct route sample_routes[] = {
    { .method = "GET",
      .path = "/county/round/#round/sample",
      .roles = ROLE_COUNTY | ROLE_CITY | ROLE_AUDITOR,
      .scope = scope_of_round,
      .handler = show_sample,
      .answer = "page",
      .summary = T("随机复核", "The random audit") },
    { .method = "POST",
      .path = "/county/round/#round/sample",
      .roles = ROLE_COUNTY_OFFICER,
      .scope = scope_of_round,
      .form = &found_form,
      .handler = sample_post,
      .answer = "redirect",
      .summary = T("记录复核结果", "Record what came of a file") },
};
const size_t sample_route_count = sizeof sample_routes / sizeof *sample_routes;
