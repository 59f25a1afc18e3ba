/* Lists that a provider pastes from a spreadsheet: persons to enter, results by start number. */
#include "services/pages/pages.h"

#include "services_desk.page.h"

#define PROVIDERS (ROLE_COUNTY_OFFICER | ROLE_CITY | ROLE_SCHOOL)

enum { TEXT_MOST = 60000 };

static const struct field people_fields[] = {
    { .name = "people",
      .kind = FIELD_LONG,
      .required = true,
      .max = TEXT_MOST,
      .label = T("名单：每行“姓名 身份证号”", "The list: each line a name and a citizen number"),
      .hint = T("可以从表格里复制两列粘贴；有一行不对就都不写入，并逐行说明。",
                "Two columns copied from a spreadsheet will do; if a line is wrong none is taken over, and each is "
                "told.") },
};
static const struct form people_form = FORM(people_fields);

static const struct field marks_fields[] = {
    { .name = "marks",
      .kind = FIELD_LONG,
      .required = true,
      .max = TEXT_MOST,
      .label = T("成绩：每行“号码 成绩”", "Results: each line a start number and a mark"),
      .hint = T("成绩如 1:45:02.35、45:02、12.31，或得分；没有成绩的写 DNF（退赛）、DSQ（取消成绩）、DNS（未到）。",
                "Such as 1:45:02.35, 45:02, 12.31, or points; DNF, DSQ or DNS where there is none.") },
};
static const struct form marks_form = FORM(marks_fields);

static void show_pasted(struct request *request, bool results, const struct list_problem *problems, size_t nproblems)
{
    struct arena *arena = request_arena(request);
    struct pasted_view *view = ARENA_NEW(arena, struct pasted_view);
    struct db *db = request_db(request);
    struct error error;
    bool found;
    *view = (struct pasted_view){ .results = results, .problems = problems, .nproblems = nproblems };
    if (!db) {
        return;
    }
    if (!offered_get(db, arena, request_param_int(request, "option"), &view->offer, &found, &error) ||
        !call_get(db, arena, view->offer.call, &view->call, &found, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!request_is_post(request)) {
        form_use(request, results ? &marks_form : &people_form);
    }
    reply_page(request, request_is_post(request) ? 422 : 200, service_pasted_page, view);
}

static void show_people(struct request *request)
{
    show_pasted(request, false, NULL, 0);
}

static void show_marks(struct request *request)
{
    show_pasted(request, true, NULL, 0);
}

static void did_enlist(struct request *request, void *input)
{
    const struct entry_enlist *enlist = input;
    if (enlist->result != SERVICE_DONE) {
        form_error(request, "people", service_result_text(enlist->result));
        show_pasted(request, false, enlist->problems, enlist->nproblems);
        return;
    }
    reply_notice(request, "service-enlisted");
    reply_redirect_to(request, "/services/offer/%lld", (long long)enlist->offer);
}

static void post_people(struct request *request)
{
    if (!form_ok(request)) {
        show_people(request);
        return;
    }
    struct entry_enlist *enlist = ARENA_NEW(request_arena(request), struct entry_enlist);
    *enlist = (struct entry_enlist){ .actor = request_actor(request, PROVIDERS),
                                     .form_key = request_form_key(request),
                                     .offer = request_param_int(request, "option"),
                                     .text = form_value(request, "people") };
    run_command(request, "service.enlist", entry_enlist_run, enlist, did_enlist);
}

static void did_note(struct request *request, void *input)
{
    const struct result_note *note = input;
    if (note->result != SERVICE_DONE) {
        form_error(request, "marks", service_result_text(note->result));
        show_pasted(request, true, note->problems, note->nproblems);
        return;
    }
    reply_notice(request, "results-noted");
    reply_redirect_to(request, "/services/offer/%lld", (long long)note->offer);
}

static void post_marks(struct request *request)
{
    if (!form_ok(request)) {
        show_marks(request);
        return;
    }
    struct result_note *note = ARENA_NEW(request_arena(request), struct result_note);
    *note = (struct result_note){ .actor = request_actor(request, PROVIDERS),
                                  .form_key = request_form_key(request),
                                  .offer = request_param_int(request, "option"),
                                  .text = form_value(request, "marks") };
    run_command(request, "service.results", result_note_run, note, did_note);
}

const struct route services_list_routes[] = {
    { .method = "GET",
      .path = "/services/offer/#option/people",
      .roles = PROVIDERS,
      .scope = scope_of_offer,
      .handler = show_people,
      .answer = "page",
      .summary = T("按名单登记", "Enter persons from a list") },
    { .method = "POST",
      .path = "/services/offer/#option/people",
      .roles = PROVIDERS,
      .scope = scope_of_offer,
      .form = &people_form,
      .handler = post_people,
      .answer = "redirect",
      .summary = T("提交名单", "Send a list of persons") },
    { .method = "GET",
      .path = "/services/offer/#option/results",
      .roles = PROVIDERS,
      .scope = scope_of_offer,
      .handler = show_marks,
      .answer = "page",
      .summary = T("登记成绩", "Note results") },
    { .method = "POST",
      .path = "/services/offer/#option/results",
      .roles = PROVIDERS,
      .scope = scope_of_offer,
      .form = &marks_form,
      .handler = post_marks,
      .answer = "redirect",
      .summary = T("提交成绩", "Send results") },
};
const size_t services_list_route_count = sizeof services_list_routes / sizeof *services_list_routes;
