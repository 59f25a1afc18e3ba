/* The plate 公示牌 of a school: its responsible inspector, what is looked at, and how to write. Public, as the measures
 * of 2013 ask: at the gate, and here. A photograph is left out where there is none. */
#include "casework/pages/supervision.h"

#include "base/clock.h"
#include "print/print.h"

#include "supervision_lead.page.h"

static bool read_office(struct db *db, const struct city *city, struct arena *arena, struct plate_view *view,
                        int64_t bureau, struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select name_zh, name_en, phone from institution_fact where replaced_at = ?1 and "
                 "valid_until = ?2 and ((cast(?3 as bigint) > 0 and subject = ?3) or (cast(?3 as "
                 "bigint) = 0 and kind = 'bureau' and division = ?4)) order by id limit 1",
                 V_INT(MOMENT_OPEN), V_INT(DAY_OPEN), V_INT(bureau), V_TEXT(str_part(view->division, 0, 6)));
    if (rows_next(rows)) {
        view->office_name = (struct name){ rows_text_in(rows, 0, arena), rows_text_in(rows, 1, arena) };
        view->phone = rows_text_in(rows, 2, arena);
    }
    if (!view->phone.n && city->ncontacts) { /* an office without a number is reached through the city's */
        view->phone = city->contacts[0].phone;
    }
    return rows_end(rows, error);
}

static bool read_inspector(struct request *request, struct plate_view *view, const struct supervised *school,
                           struct error *error)
{
    struct app *app = request_app(request);
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    struct inspector *list;
    size_t n = 0;
    int64_t bureau = 0;
    struct as_of now = { day_of_ms(clock_ms()), MOMENT_OPEN };
    if (!supervision_inspectors(db, arena, str_part(view->division, 0, 6), now, &list, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (school->lack == LACK_NONE && str_eq(list[i].staff, school->staff)) {
            bureau = list[i].bureau;
            view->has_inspector = true;
            if (!facts_person_name(db, arena, app->vault, list[i].person, &view->inspector, error)) {
                return false;
            }
        }
    }
    return read_office(db, app->city, arena, view, bureau, error);
}

static bool read_plate(struct request *request, struct str code, struct plate_view *view, bool *found,
                       struct error *error)
{
    struct app *app = request_app(request);
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    struct supervised school;
    int64_t institution = 0;
    *found = false;
    if (!facts_subject_of(db, &KIND_LIST[KIND_INSTITUTION], code, &institution, found, error)) {
        return false;
    }
    if (*found && !supervision_of(db, arena, institution, (struct as_of){ day_of_ms(clock_ms()), MOMENT_OPEN }, &school,
                                  found, error)) {
        return false;
    }
    if (!*found) {
        return true;
    }
    const struct case_kind *visit = city_case(app->city, STR("visit")), *letter = city_case(app->city, STR("letter"));
    view->school = school.name;
    view->code = school.code;
    view->division = school.division;
    view->county = division_name(app->city, str_part(school.division, 0, 6));
    view->office_name = view->county;
    view->list = visit ? city_checklist(app->city, visit->checklist) : NULL;
    view->letter = arena_printf(arena, "/public/open/letter/%.*s", STR_ARG(school.code));
    view->days = letter && letter->nstages ? letter->stages[0].days : 0;
    return read_inspector(request, view, &school, error);
}

/* ---- As a paper ---- */

struct plate_work {
    const struct plate_view *view;
    enum lang lang;
    bool large;
    struct str url, bytes;
};

static bool draw_plate(struct arena *arena, void *context, struct error *error)
{
    struct plate_work *work = context;
    const struct plate_view *view = work->view;
    enum lang l = work->lang;
    bool en = l == LANG_EN;
    struct pdf *pdf;
    if (!pdf_new(&pdf, en ? STR("Responsible inspector") : STR("责任督学公示牌"), name_in(view->county, l), error)) {
        return false;
    }
    if (work->large) {
        pdf_large(pdf);
    }
    pdf_title(pdf, en ? STR("Responsible inspector") : STR("责任督学公示牌"));
    pdf_subtitle(pdf, name_in(view->school, l));
    pdf_space(pdf, 6);
    pdf_pair(pdf, en ? STR("Inspector") : STR("责任督学"),
             view->has_inspector ? view->inspector
             : en                ? STR("none at present")
                                 : STR("暂缺"));
    pdf_pair(pdf, en ? STR("Office") : STR("单位"), name_in(view->office_name, l));
    if (view->phone.n) {
        pdf_pair(pdf, en ? STR("Telephone") : STR("联系电话"), view->phone);
    }
    pdf_heading(pdf, en ? STR("What is looked at") : STR("督导事项"));
    for (size_t i = 0; view->list && i < view->list->ngroups; i++) {
        pdf_paragraph(pdf, arena_printf(arena, "%zu. %.*s", i + 1, STR_ARG(name_in(view->list->groups[i].name, l))));
    }
    pdf_space(pdf, 6);
    struct str days = !view->days ? STR("")
                      : en ? arena_printf(arena, " You are answered within %lld working days.", (long long)view->days)
                           : arena_printf(arena, "%lld 个工作日内答复。", (long long)view->days);
    struct str beside = arena_printf(arena, "%s%.*s\n%.*s",
                                     en ? "Scan to write to the inspector: no sign-in, no name needed."
                                        : "扫码给督学写信：不用登录，可以不留姓名。",
                                     STR_ARG(days), STR_ARG(work->url));
    if (!pdf_qr(pdf, work->url, beside, error)) {
        pdf_free(pdf);
        return false;
    }
    return pdf_finish(pdf, arena, &work->bytes, error);
}

static void send_plate(struct request *request, bool ok, const struct error *error, void *context)
{
    struct plate_work *work = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_bytes(request, 200, "application/pdf",
                arena_printf(request_arena(request), "plate-%.*s.pdf", STR_ARG(work->view->code)), work->bytes);
}

static void show_plate(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct plate_view *view = ARENA_NEW(arena, struct plate_view);
    struct str code = request_param(request, "code");
    struct error error;
    bool found = false, paper = code.n > 4 && str_is(str_part(code, code.n - 4, 4), ".pdf");
    if (!request_db(request)) {
        return;
    }
    if (!read_plate(request, paper ? str_part(code, 0, code.n - 4) : code, view, &found, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!found) {
        reply_not_found(request);
        return;
    }
    struct str url = request_url(request, view->letter);
    if (paper) {
        struct plate_work *work = ARENA_NEW(arena, struct plate_work);
        *work = (struct plate_work){ .view = view,
                                     .lang = request_lang(request),
                                     .large = str_is(request_query(request, "size"), "a3"),
                                     .url = url };
        request_work(request, draw_plate, work, send_plate);
        return;
    }
    struct str label = request_lang(request) == LANG_EN ? STR("QR code of the letter form") : STR("写信页面的二维码");
    if (!qr_svg(arena, url, label, &view->qr, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, plate_page, view);
}

const struct route plate_routes[] = {
    { .method = "GET",
      .path = "/plate/:code",
      .roles = WEB_PUBLIC,
      .handler = show_plate,
      .answer = "page, pdf",
      .summary = T("学校的责任督学公示牌", "The plate of a school's responsible inspector") },
};
const size_t plate_route_count = sizeof plate_routes / sizeof *plate_routes;
