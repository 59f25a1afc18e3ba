/* Papers, only where a check failed or nobody answers. A file is sealed and on disk before its row is written
 * (places/paper.h); it is shown only to those in scope, and each look is in the journal. */
#include "places/family/apply.h"

#include "base/clock.h"

#include "paper_upload.page.h"
#include "papers.page.h"

static const struct field paper_fields[] = {
    { .name = "kind",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("这是哪种材料？", "Which paper is it?"),
      .missing = T("请选择材料种类。", "Choose which paper it is.") },
    { .name = "file",
      .kind = FIELD_FILE,
      .required = true,
      .max = LIMIT_PAPER_BYTES,
      .label = T("照片或PDF", "Photo or PDF"),
      .hint = T("JPEG、PNG 或 PDF，不超过 10 MB。拍照时四角拍全、字迹清楚。",
                "JPEG, PNG or PDF, at most 10 MB. Show all four corners, and letters that can be read."),
      .missing = T("请选择要上传的照片或PDF。", "Choose the photo or PDF."),
      .accept = "image/jpeg,image/png,application/pdf" },
    VERSION_FIELD,
};
const struct form paper_form = FORM(paper_fields);

static bool wants_paper(const struct fact_row *fact)
{
    return str_is(fact->state, "failed") || str_is(fact->state, "silent") || str_is(fact->state, "person");
}

/* An application whose papers may be changed, with its checks and what was handed in. */
struct open_papers {
    struct application application;
    struct fact_row *facts;
    struct paper *list;
    size_t nfacts, nlist;
};

static bool load(struct request *request, struct open_papers *out)
{
    if (!apply_load(request, &out->application) || !apply_editable(request, &out->application, PART_PAPERS)) {
        return false;
    }
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    struct error error;
    if (!fact_list(db, arena, request_app(request)->places, out->application.id, &out->facts, &out->nfacts, &error) ||
        !paper_list(db, arena, out->application.id, &out->list, &out->nlist, &error)) {
        reply_failed(request, &error);
        return false;
    }
    return true;
}

void show_papers(struct request *request)
{
    struct open_papers mine;
    if (!load(request, &mine)) {
        return;
    }
    struct arena *arena = request_arena(request);
    struct papers_view view = { .frame = apply_frame(request, &mine.application, 6, "choices"),
                                .correcting = !str_is(mine.application.state, "draft") };
    view.checks = ARENA_ARRAY(arena, struct papers_check, mine.nfacts);
    for (size_t i = 0; i < mine.nfacts; i++) {
        struct papers_check check = { .fact = &mine.facts[i], .wanted = wants_paper(&mine.facts[i]) };
        check.papers = ARENA_ARRAY(arena, struct paper *, mine.nlist);
        for (size_t k = 0; k < mine.nlist; k++) {
            if (str_eq(mine.list[k].check_kind, mine.facts[i].kind)) {
                check.papers[check.npapers++] = &mine.list[k];
            }
        }
        if (check.wanted || check.npapers) {
            view.checks[view.n++] = check;
        }
    }
    form_use(request, &papers_done_form);
    form_set_int(request, "version", view.frame.version);
    reply_page(request, 200, papers, &view);
}

/* The kinds of paper that the check takes, as options. False: there is no such check here. */
static bool paper_options(struct request *request, const struct fact_row *fact)
{
    const struct city *city = request_app(request)->city;
    struct arena *arena = request_arena(request);
    size_t check = city_check_index(city, fact->kind);
    size_t n = check == SIZE_MAX ? city->npapers : city->checks[check].npapers;
    struct option *options = ARENA_ARRAY(arena, struct option, n);
    for (size_t i = 0; i < n; i++) {
        const struct paper_kind *kind = &city->papers[check == SIZE_MAX ? i : city->checks[check].papers[i]];
        options[i].value = arena_cstr(arena, kind->id);
        options[i].label = T(arena_cstr(arena, kind->name.zh), arena_cstr(arena, name_in(kind->name, LANG_EN)));
    }
    form_options(request, "kind", options, n);
    return n > 0;
}

static struct fact_row *check_of(struct request *request, const struct open_papers *papers)
{
    for (size_t i = 0; i < papers->nfacts; i++) {
        if (str_eq(papers->facts[i].kind, request_param(request, "check"))) {
            return &papers->facts[i];
        }
    }
    return NULL;
}

void show_paper_upload(struct request *request)
{
    struct open_papers papers;
    if (!load(request, &papers)) {
        return;
    }
    struct paper_view view = { .frame = apply_frame(request, &papers.application, 6, "papers"),
                               .fact = check_of(request, &papers) };
    form_use(request, &paper_form);
    if (!view.fact || !paper_options(request, view.fact)) {
        reply_not_found(request);
        return;
    }
    form_set_int(request, "version", view.frame.version);
    reply_page(request, 200, paper_upload, &view);
}

struct upload_work {
    struct app *app;
    struct str bytes;
    struct paper_add add;
};

static void uploaded(struct request *request, bool ok, const struct error *error, void *context)
{
    struct upload_work *work = context;
    if (!ok) {
        reply_failed(request, error);
    } else {
        apply_went(request, &work->add.apply, "papers", work->add.apply.result == APPLY_PAPER_KIND ? "kind" : "file",
                   show_paper_upload);
    }
}

static bool store_work(struct arena *arena, void *context, struct error *error)
{
    struct upload_work *work = context;
    return paper_store(work->app->places, work->app->vault, arena, work->bytes, &work->add.file, error);
}

static void stored(struct request *request, bool ok, const struct error *error, void *context)
{
    struct upload_work *work = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (work->add.file.fault != FILE_GOOD) {
        form_error(request, "file", file_fault_text(work->add.file.fault));
        show_paper_upload(request);
    } else {
        request_command(request, "paper.add", paper_add_run, &work->add, uploaded, work);
    }
}

void paper_upload_post(struct request *request)
{
    struct open_papers papers;
    if (!load(request, &papers)) {
        return;
    }
    struct fact_row *fact = check_of(request, &papers);
    if (!fact || !paper_options(request, fact)) {
        reply_not_found(request);
        return;
    }
    const struct upload *upload = form_file(request, "file");
    if (!form_check(request) || !upload) {
        show_paper_upload(request);
        return;
    }
    struct upload_work *work = ARENA_NEW(request_arena(request), struct upload_work);
    work->app = request_app(request);
    work->bytes = upload->bytes;
    work->add.apply = apply_head(request, papers.application.id, 0);
    work->add.check_kind = fact->kind;
    work->add.kind = form_value(request, "kind");
    request_work(request, store_work, work, stored);
}

static void removed(struct request *request, void *input)
{
    struct paper_remove *remove = input;
    apply_went(request, &remove->apply, "papers", NULL, show_papers);
}

/* The page's button says which: /papers/17/remove. */
void paper_remove_post(struct request *request)
{
    struct paper_remove *remove = ARENA_NEW(request_arena(request), struct paper_remove);
    remove->apply = apply_head(request, request_param_int(request, "application"), 0);
    if (!str_to_int(request_param(request, "check"), 1, INT64_MAX, &remove->paper)) {
        reply_not_found(request);
        return;
    }
    run_command(request, "paper.remove", paper_remove_run, remove, removed);
}

/* ---- Looking at one ---- */

struct look {
    struct app *app;
    struct paper_open open;
    struct paper paper;
    struct str bytes;
};

static bool read_work(struct arena *arena, void *context, struct error *error)
{
    struct look *look = context;
    return paper_read(look->app->places, look->app->vault, arena, &look->paper, &look->bytes, error);
}

static void was_read(struct request *request, bool ok, const struct error *error, void *context)
{
    struct look *look = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    /* A stranger's file: shown by itself, with nothing that it could run or load. */
    reply_header(request, "Content-Security-Policy", STR("default-src 'none'; img-src 'self'; sandbox"));
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_bytes(request, 200, arena_cstr(request_arena(request), look->paper.type), (struct str){ NULL, 0 },
                look->bytes);
}

static void opened(struct request *request, bool ok, const struct error *error, void *context)
{
    struct look *look = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (!look->open.found) {
        reply_not_found(request);
    } else {
        request_work(request, read_work, look, was_read);
    }
}

void show_paper(struct request *request)
{
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct look *look = ARENA_NEW(request_arena(request), struct look);
    bool found;
    struct error error;
    look->app = request_app(request);
    look->open = (struct paper_open){ .actor = request_actor(request, ROLE_FAMILY | ROLE_STAFF),
                                      .paper = request_param_int(request, "paper") };
    const struct session *session = request_session(request);
    bool may = session->roles & ROLE_FAMILY; /* its own; a picture cannot be masked, so of staff a reason comes first */
    if (!paper_get(db, request_arena(request), look->open.paper, &look->paper, &found, &error) ||
        (found && !may &&
         !accounts_unmasked(db, session->account, "application", look->paper.application, clock_ms(), &may, &error))) {
        reply_failed(request, &error);
    } else if (!found) {
        reply_not_found(request);
    } else if (!may) {
        reply_notice(request, "reason-first");
        reply_redirect_to(request, "/file/%lld", (long long)look->paper.application);
    } else {
        request_command(request, "paper.open", paper_open_run, &look->open, opened, look);
    }
}
