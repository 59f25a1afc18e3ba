/* What if: another class here, a moved plan there. The same engine on the list as it stands, with a rehearsal seed;
 * nothing is written. Runs on a worker with a read connection of its own. */
#include "places/county/what_if.h"

#include "what_if.page.h"

struct trial {
    struct app *app;
    struct what_if_view view;
    struct preview preview;
    struct preview_question question;
};

static bool load_trial(struct request *request, struct trial *trial)
{
    struct what_if_view *view = &trial->view;
    struct arena *arena = request_arena(request);
    struct offer_row *offers;
    struct error error;
    trial->app = request_app(request);
    view->round = round_of_url(request, &view->words);
    if (!view->round) {
        return false;
    }
    if (!offer_list(request_db(request), arena, view->round->id, &offers, &view->n, &error)) {
        reply_failed(request, &error);
        return false;
    }
    view->rows = ARENA_ARRAY(arena, struct what_if_row, view->n);
    for (size_t i = 0; i < view->n; i++) {
        view->rows[i] = (struct what_if_row){ .offer = &offers[i], .classes = offers[i].classes };
    }
    return true;
}

void show_what_if(struct request *request)
{
    struct trial *trial = ARENA_NEW(request_arena(request), struct trial);
    if (load_trial(request, trial)) {
        reply_page(request, 200, what_if, &trial->view);
    }
}

static bool try_it(struct arena *arena, void *context, struct error *error)
{
    struct trial *trial = context;
    struct db *db;
    if (!db_open(&db, trial->app->store, DB_READ, error)) {
        return false;
    }
    bool good = db_read_begin(db, error) && preview_run(db, arena, &trial->question, &trial->preview, error);
    db_read_end(db);
    db_close(db);
    return good;
}

static void tried(struct request *request, bool ok, const struct error *error, void *context)
{
    struct trial *trial = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    struct what_if_view *view = &trial->view;
    struct error wrong;
    view->preview = &trial->preview;
    if (!places_policy(trial->app->places, request_db(request), view->round->policy, &view->policy, &wrong)) {
        reply_failed(request, &wrong);
        return;
    }
    for (size_t k = 0; k < trial->preview.nschools; k++) {
        view->kinds = view->kinds || trial->preview.schools[k].nkinds > 0;
    }
    for (size_t i = 0; i < view->n; i++) {
        for (size_t k = 0; k < trial->preview.nschools; k++) {
            if (trial->preview.schools[k].offer == view->rows[i].offer->id) {
                view->rows[i].result = &trial->preview.schools[k];
            }
        }
    }
    reply_page(request, 200, what_if, view);
}

/* One value a changed school: "offer.classes". */
static const struct field what_if_fields[] = {
    { .name = "classes", .kind = FIELD_LIST, .max = LIMIT_FIELDS, .label = T("班数", "Classes") },
    { .name = "offer", .kind = FIELD_LIST, .max = LIMIT_FIELDS, .label = T("学校", "School") },
};
const struct form what_if_form = FORM(what_if_fields);

void what_if_post(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct trial *trial = ARENA_NEW(arena, struct trial);
    if (!load_trial(request, trial)) {
        return;
    }
    size_t nclasses, noffers;
    const struct str *classes = form_values(request, "classes", &nclasses);
    const struct str *offers = form_values(request, "offer", &noffers);
    struct preview_edit *edits = ARENA_ARRAY(arena, struct preview_edit, trial->view.n);
    size_t n = 0;
    for (size_t i = 0; i < noffers && i < nclasses; i++) {
        int64_t id, count;
        if (!str_to_int(offers[i], 1, INT64_MAX, &id) || !str_to_int(str_trim(classes[i]), 0, 200, &count)) {
            form_error(request, NULL,
                       T("班数请填0到200的整数。", "The number of classes is a whole number from 0 to 200."));
            continue;
        }
        for (size_t k = 0; k < trial->view.n; k++) {
            struct what_if_row *row = &trial->view.rows[k];
            if (row->offer->id == id && row->offer->classes != count) {
                row->classes = count;
                edits[n++] = (struct preview_edit){ id, count * row->offer->class_size };
            }
        }
    }
    if (!form_ok(request)) {
        reply_page(request, 422, what_if, &trial->view);
        return;
    }
    trial->question = (struct preview_question){
        .places = trial->app->places, .round = trial->view.round->id, .edits = edits, .nedits = n, .with_children = true
    };
    request_work(request, try_it, trial, tried);
}
