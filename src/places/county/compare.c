/* Compare the rules: the list as it stands under each of them, with lots that no draw will have; nothing is written.
 * Runs on a worker with a read connection of its own, like what-if. */
#include "places/county/compare.h"

#include "places/round_trial.h"

#include "compare_rules.page.h"

/* Enough draws that a spread says something, few enough to wait for: twenty of 10,000 children under six rules. */
enum { DRAWS = 20, WORK = DRAWS * 10000 * 6, DECLINED_DEFAULT = 5, DECLINED_MOST = 50, LIMIT_CHART_BYTES = 64 * 1024 };

static const struct field compare_fields[] = {
    { .name = "declined",
      .kind = FIELD_INT,
      .required = true,
      .min = 0,
      .max = DECLINED_MOST,
      .width = 4,
      .label = T("补录试算：百分之几的学位被放弃", "Late round: per cent of places given back"),
      .hint = T("0到50的整数。", "A whole number from 0 to 50.") },
};
const struct form compare_rules_form = FORM(compare_fields);

struct comparing {
    struct app *app;
    int64_t declined; /* per cent */
    struct compare_view view;
    struct trial trial;
};

static struct comparing *begin(struct request *request)
{
    struct comparing *comparing = ARENA_NEW(request_arena(request), struct comparing);
    comparing->app = request_app(request);
    comparing->view.round = round_of_url(request, &comparing->view.words);
    return comparing->view.round ? comparing : NULL;
}

void show_compare_rules(struct request *request)
{
    struct comparing *comparing = begin(request);
    if (comparing) {
        form_use(request, &compare_rules_form);
        form_set_int(request, "declined", DECLINED_DEFAULT);
        reply_page(request, 200, compare_rules, &comparing->view);
    }
}

static bool compare_them(struct arena *arena, void *context, struct error *error)
{
    struct comparing *comparing = context;
    struct trial_input input;
    struct trial_settings settings = {
        .draws = DRAWS, .declined = (double)comparing->declined / 100, .seed = 1, .work = WORK
    };
    struct db *db;
    if (!db_open(&db, comparing->app->store, DB_READ, error)) {
        return false;
    }
    bool good = db_read_begin(db, error) &&
                round_trial_input(db, comparing->app->places, arena, comparing->view.round->id, &input, error);
    db_read_end(db);
    db_close(db);
    return good && trial_run(arena, &input, &settings, &comparing->trial, error);
}

static void draw_charts(struct arena *arena, enum lang lang, const struct trial *trial, struct compare_view *view)
{
    view->charts = ARENA_ARRAY(arena, struct str, chart_count);
    for (size_t i = 0; i < chart_count; i++) {
        struct buf buf = buf_init(LIMIT_CHART_BYTES);
        if (chart_svg(&buf, arena, trial, chart_measures[i], lang) && !buf.full) {
            view->charts[view->ncharts++] = arena_str(arena, buf_str(&buf));
        }
        buf_free(&buf);
    }
}

static void lay_out(struct arena *arena, enum lang lang, const struct trial *trial, struct compare_view *view)
{
    enum measure *means = ARENA_ARRAY(arena, enum measure, MEASURES);
    size_t *rule = ARENA_ARRAY(arena, size_t, trial->nrules);
    for (size_t r = 0; r < trial->nrules; r++) {
        rule[r] = r;
    }
    for (int part = 0; part < REPORT_PARTS; part++) {
        struct compare_table *table = &view->tables[part];
        table->name = report_part_name((enum report_part)part);
        table->n = report_columns(trial, (enum report_part)part, table->columns);
        for (size_t c = 0; c < table->n; c++) {
            means[view->nmeans++] = table->columns[c];
        }
    }
    view->trial = trial;
    view->rule = rule;
    view->means = means;
    draw_charts(arena, lang, trial, view);
}

static void compared(struct request *request, bool ok, const struct error *error, void *context)
{
    struct comparing *comparing = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    bool enough = comparing->trial.children >= TRIAL_GROUP_LEAST;
    if (enough) {
        lay_out(request_arena(request), request_lang(request), &comparing->trial, &comparing->view);
    } else {
        form_error(request, NULL,
                   T("不到5名孩子，不作比较。", "With fewer than 5 children the rules are not compared."));
    }
    reply_page(request, enough ? 200 : 422, compare_rules, &comparing->view);
}

void compare_rules_post(struct request *request)
{
    struct comparing *comparing = begin(request);
    if (!comparing) {
        return;
    }
    if (!form_ok(request)) {
        reply_page(request, 422, compare_rules, &comparing->view);
        return;
    }
    comparing->declined = form_int(request, "declined");
    request_work(request, compare_them, comparing, compared);
}
