/* The queue of what needs a person, in pages by keyset, and the history of decisions.
 *
 * One statement for each desk (a school's, a round's, a division's) and order, so that each walks its index; the
 * filters behind are the same. */
#include "places/inside.h"
#include "places/review.h"

#define ROW_COLUMNS                                                                                                    \
    "a.id, a.version, a.receipt, c.name_sealed, a.state, a.review, a.review_level, a.review_reasons, a.school, "       \
    "i.name_zh, i.name_en, w.category, w.subrank, (select count(*) from paper p where p.application = a.id and "       \
    "p.removed_at is null), a.queue_at, a.submitted_at"
#define ROW_TABLES                                                                                                     \
    " from application a join round r on r.id = a.round join child c on c.id = a.child left join institution i on "    \
    "i.id = a.school left join choice w on w.application = a.id and w.rank = 1 "
#define COUNT_TABLES " from application a join round r on r.id = a.round "

/* ?1 school, ?2 round, ?3 and ?4 the division's prefix and what stands behind it */
#define AT_SCHOOL "where a.school = ?1 and (cast(?2 as bigint) = 0 or a.round = ?2) and ?3 <= ?4 "
#define AT_ROUND "where cast(?1 as bigint) = 0 and a.round = ?2 and ?3 <= ?4 "
#define AT_DIVISION "where cast(?1 as bigint) = 0 and cast(?2 as bigint) = 0 and r.division >= ?3 and r.division < ?4 "

/* ?5 review, ?6 level, ?7 reason, ?8 check, ?9 category, ?10 since */
#define FILTERS                                                                                                        \
    "and a.review = ?5 and a.state = 'submitted' and (cast(?6 as text) = '' or a.review_level = ?6) "                  \
    "and (cast(?7 as text) = '' or replace(' ' || a.review_reasons || ' ', ' ' || ?7 || ' ', '') <> "                  \
    "' ' || a.review_reasons || ' ' or exists (select 1 from fact f where f.application = a.id and f.reason = ?7)) "   \
    "and (cast(?8 as text) = '' or exists (select 1 from fact f where f.application = a.id and f.kind = ?8 and "       \
    "f.state <> 'passed')) and (cast(?9 as bigint) = -1 or exists (select 1 from choice x where "                      \
    "x.application = a.id and x.rank = 1 and x.category = ?9)) "                                                       \
    "and (cast(?10 as bigint) = 0 or a.queue_at <= ?10) "
/* ?11 and ?12 the last row before, ?13 how many */
#define BY_QUEUE "and a.queue_at >= ?11 and (a.queue_at > ?11 or a.id > ?12) order by a.queue_at, a.id limit ?13"
#define BY_ID "and cast(?11 as bigint) >= 0 and a.id > ?12 order by a.id limit ?13"

struct statements {
    const char *by_queue, *by_id, *count, *next;
};

#define NEXT_COLUMNS "select a.id"
#define STATEMENTS(desk)                                                                                               \
    {                                                                                                                  \
        "select " ROW_COLUMNS ROW_TABLES desk FILTERS BY_QUEUE, "select " ROW_COLUMNS ROW_TABLES desk FILTERS BY_ID,   \
            "select count(*)" COUNT_TABLES desk FILTERS, NEXT_COLUMNS COUNT_TABLES desk FILTERS BY_QUEUE               \
    }

static const struct statements at_school = STATEMENTS(AT_SCHOOL);
static const struct statements at_round = STATEMENTS(AT_ROUND);
static const struct statements at_division = STATEMENTS(AT_DIVISION);

enum { QUEUE_VALUES = 13, QUEUE_FILTERS = 10, QUEUE_PAGE = 50, QUEUE_PAGE_MOST = 500 };

static const struct statements *desk_of(const struct review_filter *filter)
{
    return filter->school ? &at_school : filter->round ? &at_round : &at_division;
}

static bool is_waiting(const struct review_filter *filter)
{
    return filter->review.n == 0 || str_is(filter->review, "waiting");
}

static void bind(struct arena *arena, const struct review_filter *filter, size_t most, struct value *values)
{
    struct str after = arena_printf(arena, "%.*s~", STR_ARG(filter->division));
    const struct value bound[QUEUE_VALUES] = {
        V_INT(filter->school),
        V_INT(filter->round),
        V_TEXT(filter->division),
        V_TEXT(after),
        V_TEXT(filter->review.n ? filter->review : STR("waiting")),
        V_TEXT(filter->level),
        V_TEXT(filter->reason),
        V_TEXT(filter->check),
        V_INT(filter->category),
        V_INT(filter->since),
        V_INT(filter->after_queue_at),
        V_INT(filter->after_id),
        V_INT((int64_t)most),
    };
    memcpy(values, bound, sizeof bound);
}

static bool read_row(struct rows *rows, struct arena *arena, struct vault *vault, struct review_row *out,
                     struct error *error)
{
    *out = (struct review_row){
        .id = rows_int(rows, 0),
        .version = rows_int(rows, 1),
        .receipt = rows_text_in(rows, 2, arena),
        .state = rows_text_in(rows, 4, arena),
        .review = rows_text_in(rows, 5, arena),
        .level = rows_text_in(rows, 6, arena),
        .reasons = rows_text_in(rows, 7, arena),
        .school = rows_int(rows, 8),
        .school_name = { rows_text_in(rows, 9, arena), rows_text_in(rows, 10, arena) },
        .category = rows_is_null(rows, 11) ? -1 : rows_int(rows, 11),
        .subrank = rows_int(rows, 12),
        .papers = rows_int(rows, 13),
        .queue_at = rows_int(rows, 14),
        .submitted_at = rows_int(rows, 15),
    };
    return !vault || vault_unseal(vault, arena, "child.name", rows_blob(rows, 3), &out->child_name, error);
}

/* Checks that did not pass, for the rows of a page: "kind:reason" in one text a row. */
static bool read_check_reasons(struct db *db, struct arena *arena, struct review_page *page, struct error *error)
{
    for (size_t i = 0; i < page->n; i++) {
        struct review_row *row = &page->rows[i];
        struct rows *rows = db_query(db, error,
                                     "select kind, case reason when '' then state else reason end from fact where "
                                     "application = ?1 and state <> 'passed' order by kind",
                                     V_INT(row->id));
        while (rows_next(rows)) {
            struct str kind = rows_text(rows, 0), reason = rows_text(rows, 1);
            row->check_reasons = arena_printf(arena, "%.*s%s%.*s:%.*s", STR_ARG(row->check_reasons),
                                              row->check_reasons.n ? " " : "", STR_ARG(kind), STR_ARG(reason));
        }
        if (!rows_end(rows, error)) {
            return false;
        }
    }
    return true;
}

bool review_queue(struct db *db, struct arena *arena, struct vault *vault, const struct review_filter *filter,
                  struct review_page *out, struct error *error)
{
    struct value values[QUEUE_VALUES];
    size_t most = filter->most == 0 ? QUEUE_PAGE : filter->most > QUEUE_PAGE_MOST ? QUEUE_PAGE_MOST : filter->most;
    bind(arena, filter, most + 1, values);
    const struct statements *desk = desk_of(filter);
    struct list list = { .size = sizeof(struct review_row) };
    struct rows *rows =
        db_query_values(db, error, is_waiting(filter) ? desk->by_queue : desk->by_id, values, QUEUE_VALUES);
    bool good = true;
    while (good && rows_next(rows)) {
        good = read_row(rows, arena, vault, list_add(&list, arena), error);
    }
    if (!rows_end(rows, good ? error : NULL) || !good) {
        return false;
    }
    struct review_page page = { .rows = list.items, .n = list.n > most ? most : list.n, .more = list.n > most };
    if (!read_check_reasons(db, arena, &page, error)) {
        return false;
    }
    *out = page;
    return true;
}

bool review_queue_count(struct db *db, struct arena *arena, const struct review_filter *filter, int64_t *n,
                        struct error *error)
{
    struct value values[QUEUE_VALUES];
    bind(arena, filter, 0, values);
    return db_one_int_values(db, error, n, NULL, desk_of(filter)->count, values, QUEUE_FILTERS);
}

bool review_next(struct db *db, struct arena *arena, const struct review_filter *filter, int64_t *application,
                 struct error *error)
{
    struct value values[QUEUE_VALUES];
    bool found;
    struct review_filter waiting = *filter;
    waiting.review = STR("waiting");
    bind(arena, &waiting, 1, values);
    *application = 0;
    return db_one_int_values(db, error, application, &found, desk_of(filter)->next, values, QUEUE_VALUES);
}

bool review_position(struct db *db, int64_t application, int64_t *position, struct error *error)
{
    bool found;
    *position = 0;
    return db_one_int(
        db, error, position, &found,
        "select case when a.review = 'waiting' then case a.review_level when 'school' then "
        "(select count(*) from application b where b.school = a.school and b.review = 'waiting' and "
        "b.review_level = 'school' and b.queue_at <= a.queue_at and (b.queue_at < a.queue_at or b.id <= a.id)) else "
        "(select count(*) from application b where b.round = a.round and b.review = 'waiting' and "
        "b.review_level = 'county' and b.queue_at <= a.queue_at and (b.queue_at < a.queue_at or b.id <= a.id)) end "
        "else 0 end from application a where a.id = ?1",
        V_INT(application));
}

bool review_history(struct db *db, struct arena *arena, struct vault *vault, int64_t application,
                    struct review_entry **out, size_t *n, struct error *error)
{
    struct list list = { .size = sizeof **out };
    bool good = true;
    struct rows *rows = db_query(db, error,
                                 "select at, account, level, decision, reasons, note_sealed from review where "
                                 "application = ?1 order by id",
                                 V_INT(application));
    while (good && rows_next(rows)) {
        struct review_entry *entry = list_add(&list, arena);
        struct str sealed = rows_blob(rows, 5);
        *entry = (struct review_entry){
            .at = rows_int(rows, 0),
            .account = rows_int(rows, 1),
            .level = rows_text_in(rows, 2, arena),
            .decision = rows_text_in(rows, 3, arena),
            .reasons = rows_text_in(rows, 4, arena),
        };
        good = !vault || !sealed.n || vault_unseal(vault, arena, "review.note", sealed, &entry->note, error);
    }
    if (!rows_end(rows, good ? error : NULL) || !good) {
        return false;
    }
    *out = list.items;
    *n = list.n;
    return true;
}
