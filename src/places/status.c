/* The status page's reads. Four queries, started together: on PostgreSQL they cost one round trip. */
#include "places/status.h"

#include "base/hex.h"
#include "places/inside.h"

#define TEXT(column) rows_text_in(rows, (column), arena)

/* The place in the queue is counted within an index (places/sql: application_school, application_review). */
static const char status_sql[] =
    "select a.id, a.round, r.label, r.division, r.state, r.stage, r.year, r.policy, r.closes_at, r.publish_at, "
    "r.answer_by, a.account, a.child, c.name_sealed, a.state, a.step, a.receipt, a.review, a.review_level, "
    "a.review_reasons, a.unlocked, case when a.review = 'waiting' then case a.review_level when 'school' then "
    "(select count(*) from application b where b.school = a.school and b.review = 'waiting' and "
    "b.review_level = 'school' and b.queue_at <= a.queue_at and (b.queue_at < a.queue_at or b.id <= a.id)) else "
    "(select count(*) from application b where b.round = a.round and b.review = 'waiting' and "
    "b.review_level = 'county' and b.queue_at <= a.queue_at and (b.queue_at < a.queue_at or b.id <= a.id)) end "
    "else 0 end, a.begun_at, a.submitted_at, a.changed_at, a.version, "
    "case when r.state in ('published', 'ended') then o.how else null end, o.offer, o.rank, l.state, "
    "a.ticket from application a join round r on r.id = a.round join child c on c.id = a.child "
    "left join outcome o on o.application = a.id left join claim l on l.offer = o.offer and l.subject = a.id "
    "where a.id = ?1";

static bool read_head(struct rows *rows, struct arena *arena, struct vault *vault, struct status *out,
                      struct error *error)
{
    *out = (struct status){
        .id = rows_int(rows, 0),
        .round = rows_int(rows, 1),
        .round_label = TEXT(2),
        .round_division = TEXT(3),
        .round_state = TEXT(4),
        .stage = str_is(rows_text(rows, 5), "primary") ? STAGE_PRIMARY : STAGE_JUNIOR,
        .year = rows_int(rows, 6),
        .policy = rows_int(rows, 7),
        .closes_at = rows_int(rows, 8),
        .publish_at = rows_int(rows, 9),
        .answer_by = rows_int(rows, 10),
        .account = rows_int(rows, 11),
        .child = rows_int(rows, 12),
        .state = TEXT(14),
        .step = TEXT(15),
        .receipt = TEXT(16),
        .review = TEXT(17),
        .review_level = TEXT(18),
        .review_reasons = TEXT(19),
        .unlocked = (unsigned)rows_int(rows, 20),
        .position = rows_int(rows, 21),
        .begun_at = rows_int(rows, 22),
        .submitted_at = rows_int(rows, 23),
        .changed_at = rows_int(rows, 24),
        .version = rows_int(rows, 25),
        .has_outcome = !rows_is_null(rows, 26),
        .check_code = hex_encode(arena, str_part(rows_blob(rows, 30), 0, CHECK_CODE_BYTES).p,
                                 str_part(rows_blob(rows, 30), 0, CHECK_CODE_BYTES).n),
    };
    if (out->has_outcome) {
        out->outcome_how = TEXT(26);
        out->outcome_offer = rows_int(rows, 27);
        out->outcome_rank = rows_int(rows, 28);
        out->claim_state = TEXT(29);
    }
    struct str name;
    if (vault && !vault_unseal(vault, arena, "child.name", rows_blob(rows, 13), &name, error)) {
        return false;
    }
    out->child_name = vault ? mask_name(arena, name) : (struct str){ "", 0 };
    return true;
}

static bool read_choices(struct rows *rows, struct arena *arena, struct status *out, struct error *error)
{
    struct list list = { .size = sizeof(struct status_choice) };
    while (rows_next(rows)) {
        *(struct status_choice *)list_add(&list, arena) = (struct status_choice){
            .rank = rows_int(rows, 0),
            .offer = rows_int(rows, 1),
            .institution = rows_int(rows, 2),
            .school = { TEXT(3), TEXT(4) },
            .public_school = str_is(rows_text(rows, 5), "public"),
            .distance = rows_int(rows, 6),
            .category = rows_int(rows, 7),
            .subrank = rows_int(rows, 8),
            .sibling = rows_int(rows, 9) != 0,
        };
    }
    out->choices = list.items;
    out->nchoices = list.n;
    return rows_end(rows, error);
}

static bool read_checks(struct rows *rows, struct arena *arena, struct status *out, struct error *error)
{
    struct list list = { .size = sizeof(struct status_check) };
    while (rows_next(rows)) {
        *(struct status_check *)list_add(&list, arena) = (struct status_check){
            .kind = TEXT(0),
            .state = TEXT(1),
            .reason = TEXT(2),
            .request = TEXT(3),
            .asked_at = rows_int(rows, 4),
            .answered_at = rows_int(rows, 5),
        };
    }
    out->checks = list.items;
    out->nchecks = list.n;
    return rows_end(rows, error);
}

static bool read_messages(struct rows *rows, struct arena *arena, struct status *out, struct error *error)
{
    struct list list = { .size = sizeof(struct status_message) };
    while (rows_next(rows)) {
        *(struct status_message *)list_add(&list, arena) = (struct status_message){
            .id = rows_int(rows, 0),
            .kind = TEXT(1),
            .detail = TEXT(2),
            .at = rows_int(rows, 3),
            .read = !rows_is_null(rows, 4),
        };
    }
    out->messages = list.items;
    out->nmessages = list.n;
    return rows_end(rows, error);
}

bool status_read(struct db *db, struct arena *arena, struct vault *vault, int64_t application, struct status *out,
                 bool *found, struct error *error)
{
    struct status status = { 0 };
    bool good = true;
    struct rows *head = db_query(db, error, status_sql, V_INT(application));
    struct rows *choices =
        db_query(db, head ? error : NULL,
                 "select c.rank, c.offer, o.institution, i.name_zh, i.name_en, o.kind, c.distance, c.category, "
                 "c.subrank, c.sibling from choice c join offer o on o.id = c.offer join institution i on "
                 "i.id = o.institution where c.application = ?1 order by c.rank",
                 V_INT(application));
    /* Each walks an index in its order: cheaper than one query of both with a sorter. */
    struct rows *checks = db_query(db, choices ? error : NULL,
                                   "select kind, state, reason, request, asked_at, answered_at from fact where "
                                   "application = ?1 order by kind",
                                   V_INT(application));
    struct rows *messages =
        db_query(db, checks ? error : NULL,
                 "select id, kind, detail, at, read_at from message where application = ?1 order by id desc",
                 V_INT(application));
    *found = rows_next(head);
    if (*found) {
        good = read_head(head, arena, vault, &status, error);
    }
    good = rows_end(head, good ? error : NULL) && good;
    good = read_choices(choices, arena, &status, good ? error : NULL) && good;
    good = read_checks(checks, arena, &status, good ? error : NULL) && good;
    if (!read_messages(messages, arena, &status, good ? error : NULL) || !good) {
        return false;
    }
    if (*found) {
        *out = status;
    }
    return true;
}
