/* The check in the browser: the page offers the transcripts of published rounds; ui/verify does the rest there. The
 * server learns nothing of what is looked up. */
#include "places/public/verify.h"

#include "verify.page.h"

static void show_verify(struct request *request)
{
    enum { MOST = 200 };
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct arena *arena = request_arena(request);
    struct verify_view view = { .rounds = ARENA_ARRAY(arena, struct verify_round, MOST) };
    struct error error;
    struct rows *rows = db_query(db, &error,
                                 "select id, label, division, stage, year, case when parent is null then 0 else 1 end "
                                 "from round where state in ('published', 'ended') "
                                 "order by year desc, division, stage desc, id limit ?1",
                                 V_INT(MOST));
    while (rows_next(rows)) {
        enum stage stage = STAGE_PRIMARY;
        (void)stage_of(rows_text(rows, 3), &stage);
        view.rounds[view.n++] = (struct verify_round){
            .id = rows_int(rows, 0),
            .label = rows_text_in(rows, 1, arena),
            .words = round_words(arena, request_lang(request), request_app(request)->city, rows_text_in(rows, 2, arena),
                                 stage, rows_int(rows, 4)),
            .late = rows_int(rows, 5) != 0,
        };
    }
    if (!rows_end(rows, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, verify, &view);
}

const struct route verify_routes[] = {
    { .method = "GET",
      .path = "/verify",
      .roles = WEB_PUBLIC,
      .handler = show_verify,
      .answer = "page",
      .summary = T("自己核对一次派位", "Check an allotment oneself"),
      .flags = ROUTE_COMPUTES },
};
const size_t verify_route_count = sizeof verify_routes / sizeof *verify_routes;
