/* See notice.h. */
#include "figures/forecast/notice.h"
#include "figures/forecast/shortage.h"

#include "allot/sm3.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "store/journal.h"

#include <math.h>

enum { NOTICES_MOST = 200, NOTICE_BYTES = 8 * 1024 * 1024 };

static const char *const bands[] = { "none", "green", "yellow", "orange", "red" };

const char *band_id(enum band band)
{
    return bands[band];
}

bool band_of(struct str id, enum band *band)
{
    for (int i = 0; i <= BAND_RED; i++) {
        if (str_is(id, bands[i])) {
            *band = (enum band)i;
            return true;
        }
    }
    return false;
}

/* A tab or newline in a name would begin another field. */
static void add_field(struct buf *buf, struct str s, char end)
{
    for (size_t i = 0; i < s.n; i++) {
        buf_add_char(buf, s.p[i] == '\t' || s.p[i] == '\n' ? ' ' : s.p[i]);
    }
    buf_add_char(buf, end);
}

struct str notice_text(struct arena *arena, const struct notice *notice)
{
    struct buf buf = buf_init(NOTICE_BYTES);
    buf_printf(&buf, "jiaoti seat notice 1\n%.*s\t%lld\t%.*s\t%lld\t%lld\t%lld\t%lld\n", STR_ARG(notice->division),
               (long long)notice->published_at, STR_ARG(day_format(arena, notice->counted_on)),
               (long long)notice->first_year, (long long)notice->yellow, (long long)notice->orange,
               (long long)notice->red);
    add_field(&buf, notice->sentence.zh, '\t');
    add_field(&buf, notice->sentence.en, '\n');
    for (size_t i = 0; i < notice->n; i++) {
        const struct notice_warning *w = &notice->warnings[i];
        buf_printf(&buf, "%lld\t%s\t%lld\t%lld\t%lld\t%lld\t%lld\t%s\t", (long long)w->catchment,
                   stage_id((enum stage)w->stage), (long long)w->year, (long long)w->expected, (long long)w->low,
                   (long long)w->high, (long long)w->places, band_id(w->band));
        add_field(&buf, w->name.zh, '\t');
        add_field(&buf, w->name.en, '\n');
    }
    struct str text = arena_str(arena, buf_str(&buf));
    buf_free(&buf);
    return text;
}

struct str notice_hash(struct arena *arena, const struct notice *notice)
{
    uint8_t digest[SM3_BYTES];
    struct str text = notice_text(arena, notice);
    sm3_of(text.p, text.n, digest);
    return hex_encode(arena, digest, sizeof digest);
}

/* ---- Publishing ---- */

static void take_warnings(struct arena *arena, const struct forecast *forecast, uint32_t county, struct notice *notice)
{
    const struct forecast_data *data = &forecast->data;
    notice->warnings = ARENA_ARRAY(arena, struct notice_warning, data->ncatchments * FORECAST_YEARS);
    for (size_t c = 0; c < data->ncatchments; c++) {
        const struct forecast_catchment *catchment = &data->catchments[c];
        for (int h = 0; h < FORECAST_YEARS && catchment->county == county; h++) {
            const struct forecast_cell *cell = &forecast->base.catchment[c * FORECAST_YEARS + (size_t)h];
            notice->warnings[notice->n++] = (struct notice_warning){ .catchment = catchment->id,
                                                                     .stage = catchment->stage,
                                                                     .year = forecast->base.first_year + h,
                                                                     .expected = (int64_t)llround(cell->demand),
                                                                     .low = (int64_t)floor(cell->low),
                                                                     .high = (int64_t)ceil(cell->high),
                                                                     .places = (int64_t)llround(cell->places),
                                                                     .band = cell->band,
                                                                     .name = catchment->name };
        }
    }
}

static bool put_warning(struct writing *writing, const struct notice *notice, const struct notice_warning *w,
                        struct error *error)
{
    int64_t id;
    return writing_id(writing, "select coalesce(max(id), 0) from forecast_warning", &id, error) &&
           db_run(writing->db, error,
                  "insert into forecast_warning (id, notice, catchment, stage, year, name_zh, name_en, expected, low, "
                  "high, places, band) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                  V_INT(id), V_INT(notice->id), V_INT(w->catchment), V_TEXT(str_of(stage_id((enum stage)w->stage))),
                  V_INT(w->year), V_TEXT(w->name.zh), V_TEXT(w->name.en), V_INT(w->expected), V_INT(w->low),
                  V_INT(w->high), V_INT(w->places), V_TEXT(str_of(band_id(w->band)))) &&
           (w->band < BAND_YELLOW ||
            db_run(writing->db, error,
                   "insert into forecast_warning_state (warning, state, case_id, changed_at) values (?1, 'open', 0, "
                   "?2)",
                   V_INT(id), V_INT(writing->now)));
}

static bool put_notice(struct writing *writing, struct notice *notice, struct error *error)
{
    if (!writing_id(writing, "select coalesce(max(id), 0) from forecast_notice", &notice->id, error) ||
        !db_run(
            writing->db, error,
            "insert into forecast_notice (id, division, published_at, published_by, counted_on, first_year, yellow, "
            "orange, red, sentence_zh, sentence_en, hash) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
            "?12)",
            V_INT(notice->id), V_TEXT(notice->division), V_INT(notice->published_at), V_INT(notice->published_by),
            V_INT(notice->counted_on), V_INT(notice->first_year), V_INT(notice->yellow), V_INT(notice->orange),
            V_INT(notice->red), V_TEXT(notice->sentence.zh), V_TEXT(notice->sentence.en), V_TEXT(notice->hash))) {
        return false;
    }
    for (size_t i = 0; i < notice->n; i++) {
        if (!put_warning(writing, notice, &notice->warnings[i], error)) {
            return false;
        }
    }
    return true;
}

/* Does the newest notice of the county, of the same day, say the same? */
static bool said_today(struct writing *writing, const struct notice *notice, int64_t *same, struct error *error)
{
    struct notice last;
    bool found;
    int64_t id = 0;
    *same = 0;
    if (!db_one_int(writing->db, error, &id, &found,
                    "select id from forecast_notice where division = ?1 order by id desc limit 1",
                    V_TEXT(notice->division))) {
        return false;
    }
    if (!found) {
        return true;
    }
    if (!notice_read(writing->db, writing->arena, id, &last, &found, error)) {
        return false;
    }
    if (found && day_of_ms(last.published_at) == day_of_ms(notice->published_at)) {
        last.published_at = notice->published_at;
        *same = str_eq(notice_text(writing->arena, &last), notice_text(writing->arena, notice)) ? id : 0;
    }
    return true;
}

bool notice_publish_run(struct writing *writing, void *input, struct error *error)
{
    struct notice_publish *publish = input;
    const struct forecast *forecast = publish->forecast;
    uint32_t county = forecast_county_at(&forecast->data, publish->division);
    if (county == NOWHERE || forecast->lacks[0]) {
        return error_set(error, "there is no forecast for %.*s yet", STR_ARG(publish->division));
    }
    const struct forecast_rules *rules = &forecast->settings.rules;
    struct notice notice = { .division = publish->division,
                             .published_at = writing->now,
                             .published_by = publish->actor.account,
                             .counted_on = forecast->data.counties[county].counted_on,
                             .first_year = forecast->base.first_year,
                             .yellow = rules->yellow_permille,
                             .orange = forecast->data.counties[county].orange_permille,
                             .red = rules->red_permille,
                             .sentence = forecast->settings.sentence };
    take_warnings(writing->arena, forecast, county, &notice);
    notice.hash = notice_hash(writing->arena, &notice);
    if (!said_today(writing, &notice, &publish->notice, error)) {
        return false;
    }
    publish->repeated = publish->notice != 0;
    if (publish->repeated) {
        return true;
    }
    if (!put_notice(writing, &notice, error) ||
        !shortage_open(writing, publish->city, publish, &notice, &publish->opened, error)) {
        return false;
    }
    publish->notice = notice.id;
    return journal_append(writing,
                          &(struct journal_entry){ .actor = publish->actor.account,
                                                   .role = publish->actor.role,
                                                   .action = "forecast.publish",
                                                   .subject_kind = "forecast_notice",
                                                   .subject_id = notice.id,
                                                   .division = publish->division,
                                                   .detail = notice.hash },
                          error);
}

/* ---- Reading ---- */

#define NOTICE_COLUMNS                                                                                                 \
    "n.id, n.division, n.published_at, n.published_by, n.counted_on, n.first_year, n.yellow, n.orange, n.red, "        \
    "n.sentence_zh, n.sentence_en, n.hash"

static struct notice read_row(struct rows *rows, struct arena *arena)
{
    return (struct notice){ .id = rows_int(rows, 0),
                            .division = rows_text_in(rows, 1, arena),
                            .published_at = rows_int(rows, 2),
                            .published_by = rows_int(rows, 3),
                            .counted_on = rows_int(rows, 4),
                            .first_year = rows_int(rows, 5),
                            .yellow = rows_int(rows, 6),
                            .orange = rows_int(rows, 7),
                            .red = rows_int(rows, 8),
                            .sentence = { rows_text_in(rows, 9, arena), rows_text_in(rows, 10, arena) },
                            .hash = rows_text_in(rows, 11, arena) };
}

static bool read_warnings(struct db *db, struct arena *arena, struct notice *notice, struct error *error)
{
    int64_t n = 0;
    if (!db_one_int(db, error, &n, NULL, "select count(*) from forecast_warning where notice = ?1",
                    V_INT(notice->id))) {
        return false;
    }
    notice->warnings = ARENA_ARRAY(arena, struct notice_warning, (size_t)n);
    struct rows *rows =
        db_query(db, error,
                 "select w.id, w.catchment, w.stage, w.year, w.expected, w.low, w.high, w.places, "
                 "w.band, w.name_zh, w.name_en, coalesce(s.state, '') from forecast_warning w left join "
                 "forecast_warning_state s on s.warning = w.id where w.notice = ?1 order by w.id",
                 V_INT(notice->id));
    while ((int64_t)notice->n < n && rows_next(rows)) {
        struct notice_warning *w = &notice->warnings[notice->n++];
        enum stage stage = STAGE_PRIMARY;
        (void)stage_of(rows_text(rows, 2), &stage);
        *w = (struct notice_warning){ .id = rows_int(rows, 0),
                                      .catchment = rows_int(rows, 1),
                                      .stage = (int)stage,
                                      .year = rows_int(rows, 3),
                                      .expected = rows_int(rows, 4),
                                      .low = rows_int(rows, 5),
                                      .high = rows_int(rows, 6),
                                      .places = rows_int(rows, 7),
                                      .name = { rows_text_in(rows, 9, arena), rows_text_in(rows, 10, arena) },
                                      .state = rows_text_in(rows, 11, arena) };
        (void)band_of(rows_text(rows, 8), &w->band);
    }
    return rows_end(rows, error);
}

bool notice_read(struct db *db, struct arena *arena, int64_t id, struct notice *out, bool *found, struct error *error)
{
    struct rows *rows =
        db_query(db, error, "select " NOTICE_COLUMNS " from forecast_notice n where n.id = ?1", V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        *out = read_row(rows, arena);
    }
    return rows_end(rows, error) && (!*found || read_warnings(db, arena, out, error));
}

bool notice_list(struct db *db, struct arena *arena, struct str division, struct notice **out, size_t *n,
                 struct error *error)
{
    *out = ARENA_ARRAY(arena, struct notice, NOTICES_MOST);
    *n = 0;
    struct rows *rows = db_query(db, error,
                                 "select " NOTICE_COLUMNS ", (select count(*) from forecast_warning w where w.notice = "
                                 "n.id and w.band in ('yellow', 'orange', 'red')) from forecast_notice n where ?1 = '' "
                                 "or n.division = ?1 order by n.id desc limit ?2",
                                 V_TEXT(division), V_INT(NOTICES_MOST));
    while (rows_next(rows)) {
        (*out)[*n] = read_row(rows, arena);
        (*out)[(*n)++].n = (size_t)rows_int(rows, 12);
    }
    return rows_end(rows, error);
}

bool notice_series(struct db *db, struct arena *arena, int64_t catchment, int64_t year, struct notice_past **out,
                   size_t *n, struct error *error)
{
    *out = ARENA_ARRAY(arena, struct notice_past, NOTICES_MOST);
    *n = 0;
    struct rows *rows = db_query(db, error,
                                 "select n.id, n.published_at, w.expected, w.places, w.band, w.year from "
                                 "forecast_warning w join forecast_notice n on n.id = w.notice where w.catchment = ?1 "
                                 "and w.year = ?2 order by n.id limit ?3",
                                 V_INT(catchment), V_INT(year), V_INT(NOTICES_MOST));
    while (rows_next(rows)) {
        struct notice_past *past = &(*out)[(*n)++];
        *past = (struct notice_past){ .notice = rows_int(rows, 0),
                                      .published_at = rows_int(rows, 1),
                                      .expected = rows_int(rows, 2),
                                      .places = rows_int(rows, 3),
                                      .year = rows_int(rows, 5) };
        (void)band_of(rows_text(rows, 4), &past->band);
    }
    return rows_end(rows, error);
}
