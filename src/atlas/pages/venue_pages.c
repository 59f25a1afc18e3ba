/* Sports grounds: the list by what somebody looks for, nearest first, and the page of one. */
#include "atlas/pages/pages.h"

#include "base/clock.h"
#include "print/print.h"
#include "registry/facts.h"

#include "atlas_venue.page.h"
#include "atlas_venues.page.h"

enum { A_PAGE = 20, PAGES_MOST = 50, STALE_DAYS = 365, NEAR_MOST = 6, FAULTS_MOST = 10, WEEK = 7 };

static struct str join_words(struct arena *arena, enum lang lang, enum kind_id kind, const char *column,
                             struct str words)
{
    struct str rest = words, word, text = STR("");
    while (str_split(&rest, ' ', &word)) {
        struct str label = name_in(word_label(kind, column, word), lang);
        text = text.n
                   ? arena_printf(arena, lang == LANG_EN ? "%.*s, %.*s" : "%.*s、%.*s", STR_ARG(text), STR_ARG(label))
                   : label;
    }
    return text;
}

static void fill_line(struct request *request, const struct picture *picture, const struct venue_hit *hit,
                      struct venue_line *line)
{
    const struct city *city = request_app(request)->city;
    const struct hours_holidays holidays = { city->holidays, city->nholidays };
    const struct venue *venue = hit->venue;
    struct arena *arena = request_arena(request);
    enum lang lang = request_lang(request);
    struct str sports = join_words(arena, lang, KIND_VENUE, "sports", venue->sports);
    *line = (struct venue_line){
        .venue = venue,
        .county = county_called(city, venue->division),
        .kind = word_label(KIND_VENUE, "kind", venue->kind),
        .fee = word_label(KIND_VENUE, "fee", venue->fee),
        .access = word_label(KIND_VENUE, "access", venue->access),
        .sports = { sports, sports },
        .distance = hit->metres < 0 ? STR("") : distance_words(arena, lang, hit->metres),
        .stale = venue->checked < picture->day - STALE_DAYS,
        .known = venue->hours != UINT32_MAX,
    };
    if (line->known) {
        const struct hours *hours = &picture->hours[venue->hours];
        line->hours = hours_words(arena, hours);
        line->open = hours_open(hours, holidays, clock_ms());
        line->changes = hours_next(hours, holidays, clock_ms(), &line->changes_at);
    }
}

/* ---- /venues ---- */

static struct str word_asked(struct request *request, const char *name, const struct option *options, size_t n)
{
    struct str value = request_query(request, name);
    for (size_t i = 0; i < n; i++) {
        if (str_is(value, options[i].value)) {
            return str_of(options[i].value);
        }
    }
    return STR("");
}

static void read_filter(struct request *request, struct venues_view *view)
{
    struct arena *arena = request_arena(request);
    view->sports = word_options(arena, KIND_VENUE, "sports", &view->nsports);
    view->fees = word_options(arena, KIND_VENUE, "fee", &view->nfees);
    view->accesses = word_options(arena, KIND_VENUE, "access", &view->naccesses);
    view->kinds = word_options(arena, KIND_VENUE, "kind", &view->nkinds);
    view->sport = word_asked(request, "sport", view->sports, view->nsports);
    view->fee = word_asked(request, "fee", view->fees, view->nfees);
    view->access = word_asked(request, "access", view->accesses, view->naccesses);
    view->kind = word_asked(request, "kind", view->kinds, view->nkinds);
    view->open_now = str_is(request_query(request, "open"), "now");
    int64_t page = request_query_int(request, "page", 1);
    view->page = page < 1 ? 1 : page > PAGES_MOST ? PAGES_MOST : page;
    view->now = clock_ms();
    view->base = arena_printf(arena, "/venues?%.*s&sport=%.*s&fee=%.*s&access=%.*s&kind=%.*s&open=%s&page=",
                              STR_ARG(view->place.link), STR_ARG(view->sport), STR_ARG(view->fee),
                              STR_ARG(view->access), STR_ARG(view->kind), view->open_now ? "now" : "");
}

static void venues_page(struct request *request, const struct picture *picture)
{
    struct arena *arena = request_arena(request);
    struct venues_view *view = ARENA_NEW(arena, struct venues_view);
    struct venue_hit *hits;
    if (!place_of_request(request, &view->place)) {
        return;
    }
    read_filter(request, view);
    struct venues_ask ask = { .sport = view->sport,
                              .fee = view->fee,
                              .access = view->access,
                              .kind = view->kind,
                              .open_at = view->open_now ? view->now : 0,
                              .has_place = view->place.has,
                              .east = view->place.east,
                              .north = view->place.north,
                              .after = (uint32_t)(view->page - 1) * A_PAGE,
                              .most = A_PAGE };
    if (venues_find(picture, request_app(request)->city, arena, &ask, &hits, &view->n, &view->more)) {
        view->lines = ARENA_ARRAY(arena, struct venue_line, view->n);
        for (size_t i = 0; i < view->n; i++) {
            fill_line(request, picture, &hits[i], &view->lines[i]);
        }
    }
    view->more = view->more && view->page < PAGES_MOST;
    reply_page(request, 200, atlas_venues, view);
}

static void show_venues(struct request *request)
{
    with_picture(request, venues_page);
}

/* ---- /venue/CODE ---- */

/* How to report what is broken, and what is known to be. */
static bool fill_faults(struct request *request, const struct picture *picture, struct venue_view *view,
                        struct error *error)
{
    const struct city *city = request_app(request)->city;
    struct db *db = request_db(request);
    for (size_t i = 0; i < city->ncases && !view->fault; i++) {
        const struct case_kind *kind = city->cases[i];
        view->fault = kind->subject == CASE_OF_VENUE && (kind->opens & DESK_PUBLIC) ? kind : NULL;
    }
    if (!view->fault) {
        return true;
    }
    struct case_ask ask = { .city = city,
                            .kind = view->fault->id,
                            .subject = view->line.venue->code,
                            .state = CASE_OPEN,
                            .today = picture->day,
                            .order = CASE_BY_OPENED,
                            .most = FAULTS_MOST };
    return db && case_list(db, request_arena(request), &ask, &view->faults, &view->nfaults, error);
}

static int64_t minutes_a_week(const struct hours *hours)
{
    int64_t minutes = 0;
    for (int day = 0; day < WEEK; day++) {
        for (size_t i = 0; i < hours->n[day]; i++) {
            minutes += hours->spans[day][i].until - hours->spans[day][i].from;
        }
    }
    return minutes;
}

/* Whose it is, and whether the register says that it is open to the public. */
static bool fill_institution(struct request *request, const struct picture *picture, struct venue_view *view,
                             struct error *error)
{
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    struct fact fact, *provisions;
    size_t n = 0;
    const struct as_of today = { picture->day, MOMENT_OPEN };
    int64_t institution = view->line.venue->institution;
    if (!db || !facts_of_subject(db, arena, &KIND_LIST[KIND_INSTITUTION], institution, today, &fact,
                                 &view->has_institution, error)) {
        return false;
    }
    if (!view->has_institution) {
        return true;
    }
    view->institution = fact_name(&KIND_LIST[KIND_INSTITUTION], &fact);
    view->institution_href =
        picture_school(picture, fact.code) ? arena_printf(arena, "/school/%.*s", STR_ARG(fact.code)) : STR("");
    struct facts_ask ask = {
        .as_of = today, .institution = institution, .column = STR("kind"), .value = STR("open_to_public"), .most = 1
    };
    if (!facts_list(db, arena, &KIND_LIST[KIND_PROVISION], &ask, &provisions, &n, error)) {
        return false;
    }
    view->promised = n > 0;
    view->promised_from = n ? provisions[0].valid_from : 0;
    return true;
}

static void venue_page(struct request *request, const struct picture *picture)
{
    struct venue_view *view = ARENA_NEW(request_arena(request), struct venue_view);
    const struct venue *venue = picture_venue(picture, request_param(request, "code"));
    struct error error;
    bool more;
    if (!venue) {
        reply_not_found(request);
        return;
    }
    fill_line(request, picture, &(struct venue_hit){ venue, -1 }, &view->line);
    view->is_large = str_is(venue->kind, "large") || str_is(venue->kind, "pool");
    view->minutes_a_week = view->line.known ? minutes_a_week(&picture->hours[venue->hours]) : 0;
    view->staff = request_has_role(request, ROLE_STAFF);
    view->now = clock_ms();
    if (!fill_faults(request, picture, view, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (venue->institution && !fill_institution(request, picture, view, &error)) {
        reply_failed(request, &error);
        return;
    }
    struct venues_ask ask = { .has_place = true, .east = venue->east, .north = venue->north, .most = NEAR_MOST };
    (void)venues_find(picture, request_app(request)->city, request_arena(request), &ask, &view->near, &view->nnear,
                      &more);
    reply_page(request, 200, atlas_venue, view);
}

static void show_venue(struct request *request)
{
    with_picture(request, venue_page);
}

/* ---- The sign that hangs there ---- */

struct sign_work {
    const struct venue *venue;
    enum lang lang;
    struct name county;
    struct str hours, url, bytes;
};

static bool draw_sign(struct arena *arena, void *context, struct error *error)
{
    struct sign_work *work = context;
    bool en = work->lang == LANG_EN;
    struct str name = name_in(work->venue->name, work->lang);
    struct pdf *pdf;
    if (!pdf_new(&pdf, name, name_in(work->county, work->lang), error)) {
        return false;
    }
    pdf_title(pdf, name);
    pdf_subtitle(pdf, work->venue->address);
    pdf_space(pdf, 6);
    if (work->hours.n) {
        pdf_pair(pdf, en ? STR("Open") : STR("开放时间"), work->hours);
    }
    struct str beside = arena_printf(arena, "%s\n%.*s",
                                     en ? "Something broken? Scan: hours, how to report it, and how far the repair is."
                                        : "设施坏了？扫一扫：看开放时间、报修和维修进度，不用登录。",
                                     STR_ARG(work->url));
    if (!pdf_qr(pdf, work->url, beside, error)) {
        pdf_free(pdf);
        return false;
    }
    return pdf_finish(pdf, arena, &work->bytes, error);
}

static void send_sign(struct request *request, bool ok, const struct error *error, void *context)
{
    struct sign_work *work = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_bytes(request, 200, "application/pdf",
                arena_printf(request_arena(request), "sign-%.*s.pdf", STR_ARG(work->venue->code)), work->bytes);
}

static void sign_of(struct request *request, const struct picture *picture)
{
    struct arena *arena = request_arena(request);
    const struct venue *venue = picture_venue(picture, request_param(request, "code"));
    struct venue_line line;
    if (!venue) {
        reply_not_found(request);
        return;
    }
    struct venue *kept = ARENA_NEW(arena, struct venue); /* the picture may be replaced while the sign is drawn */
    *kept = *venue;
    kept->code = arena_str(arena, venue->code);
    kept->address = arena_str(arena, venue->address);
    kept->name = (struct name){ arena_str(arena, venue->name.zh), arena_str(arena, venue->name.en) };
    fill_line(request, picture, &(struct venue_hit){ venue, -1 }, &line);
    struct sign_work *work = ARENA_NEW(arena, struct sign_work);
    *work = (struct sign_work){ .venue = kept,
                                .lang = request_lang(request),
                                .county = line.county,
                                .hours =
                                    line.known ? arena_str(arena, name_in(line.hours, request_lang(request))) : STR(""),
                                .url = request_url(request, arena_printf(arena, "/venue/%.*s", STR_ARG(kept->code))) };
    request_work(request, draw_sign, work, send_sign);
}

static void show_sign(struct request *request)
{
    with_picture(request, sign_of);
}

const struct route venue_routes[] = {
    { .method = "GET",
      .path = "/venues",
      .roles = WEB_PUBLIC,
      .handler = show_venues,
      .answer = "page",
      .summary = T("健身场地：按项目、开放、远近", "Sports grounds: by sport, open now, how near") },
    { .method = "GET",
      .path = "/venue/:code",
      .roles = WEB_PUBLIC,
      .handler = show_venue,
      .answer = "page",
      .summary = T("一个健身场地", "A sports ground") },
    { .method = "GET",
      .path = "/venue/:code/sign.pdf",
      .roles = WEB_PUBLIC,
      .handler = show_sign,
      .answer = "pdf",
      .summary = T("场地的二维码标牌", "The sign of a sports ground, with its code") },
};
const size_t venue_route_count = sizeof venue_routes / sizeof *venue_routes;
