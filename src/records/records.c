/* See records.h. Ids of readings and steps are the database's own; the code of a record is random (places/receipt.h).
 */
#include "records/records.h"

#include "base/clock.h"
#include "places/receipt.h"
#include "store/journal.h"

extern const unsigned char records_001_sql[];
const struct migration records_migrations[] = {
    { "records", 1, (const char *)records_001_sql },
};
const size_t records_migrations_count = sizeof records_migrations / sizeof *records_migrations;

struct text record_result_text(enum record_result result)
{
    static const struct text texts[RECORD_RESULTS] = {
        [RECORD_DONE] = T("已完成", "Done"),
        [RECORD_NOT_FOUND] = T("没有这条档案记录", "There is no such record"),
        [RECORD_NOT_NOW] = T("这条记录现在的状态不能这样办理", "Its state does not allow that now"),
        [RECORD_SAME_PERSON] =
            T("提出人不能自己确认，请由另一个人确认", "Who proposed it cannot confirm it: another person must"),
        [RECORD_NEEDS_REASON] = T("请写明原因", "Give the reason"),
    };
    return texts[result];
}

struct text record_state_name(struct str state)
{
    return str_is(state, "proposed")    ? T("待确认", "To be confirmed")
           : str_is(state, "confirmed") ? T("已确认", "Confirmed")
           : str_is(state, "refused")   ? T("未予确认", "Refused")
                                        : T("已撤销", "Revoked");
}

const char *record_person_kind(struct str kind)
{
    return str_is(kind, "child") ? "child" : str_is(kind, "person") ? "person" : "account";
}

/* ---- Steps ---- */

static bool step_add(struct writing *writing, int64_t record, const char *act, struct actor actor, struct str division,
                     struct str reason, struct error *error)
{
    return db_run(writing->db, error,
                  "insert into record_step (record, act, at, account, reason) values (?1, ?2, ?3, ?4, ?5)",
                  V_INT(record), V_TEXT(str_of(act)), V_INT(writing->now), V_IF(actor.account, V_INT(actor.account)),
                  V_TEXT(reason)) &&
           journal_append(writing,
                          &(struct journal_entry){ .actor = actor.account,
                                                   .role = actor.role ? actor.role : "",
                                                   .action = arena_printf(writing->arena, "record.%s", act).p,
                                                   .subject_kind = "record",
                                                   .subject_id = record,
                                                   .division = division },
                          error);
}

bool record_propose(struct writing *writing, struct record_new *record, struct error *error)
{
    unsigned char random[15];
    char code[RECEIPT_BYTES + 1];
    if (!vault_random(random, sizeof random, error)) {
        return false;
    }
    receipt_make(random, code);
    record->there = false;
    if (!db_one_int(writing->db, error, &record->id, &record->there, "select id from record where source = ?1",
                    V_TEXT(record->source))) {
        return false;
    }
    return record->there ||
           (db_one_int(writing->db, error, &record->id, NULL,
                       "insert into record (source, kind, person_kind, person, name_zh, name_en, detail_zh, detail_en, "
                       "day, division, institution, code, state) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
                       "?10, ?11, ?12, 'proposed') returning id",
                       V_TEXT(record->source), V_TEXT(record->kind), V_TEXT(str_of(record->person.kind)),
                       V_INT(record->person.id), V_TEXT(record->name.zh), V_TEXT(record->name.en),
                       V_TEXT(record->detail.zh), V_TEXT(record->detail.en), V_INT(record->day),
                       V_TEXT(record->division), V_IF(record->institution, V_INT(record->institution)),
                       V_TEXT(str_of(code))) &&
            step_add(writing, record->id, "propose", record->actor, record->division, STR(""), error));
}

/* ---- Decisions ---- */

static const struct {
    const char *act, *from, *to;
    bool reason;
} acts[RECORD_ACTS] = {
    [RECORD_CONFIRM] = { "confirm", "proposed", "confirmed", false },
    [RECORD_REFUSE] = { "refuse", "proposed", "refused", true },
    [RECORD_REVOKE] = { "revoke", "confirmed", "revoked", true },
};

static bool decide(struct writing *writing, struct record_decide *decide, struct error *error)
{
    struct record record;
    bool found;
    if (!record_get(writing->db, writing->arena, decide->id, &record, &found, error)) {
        return false;
    }
    decide->result =
        !found                                                        ? RECORD_NOT_FOUND
        : !str_is(record.state, acts[decide->act].from)               ? RECORD_NOT_NOW
        : acts[decide->act].reason && str_trim(decide->reason).n == 0 ? RECORD_NEEDS_REASON
        : decide->act == RECORD_CONFIRM && record.proposed_by && record.proposed_by == decide->actor.account
            ? RECORD_SAME_PERSON
            : RECORD_DONE;
    return decide->result != RECORD_DONE || (db_run(writing->db, error, "update record set state = ?2 where id = ?1",
                                                    V_INT(decide->id), V_TEXT(str_of(acts[decide->act].to))) &&
                                             step_add(writing, decide->id, acts[decide->act].act, decide->actor,
                                                      record.division, str_trim(decide->reason), error));
}

bool record_decide_run(struct writing *writing, void *input, struct error *error)
{
    struct record_decide *step = input;
    struct str answer;
    bool go;
    if (!once_open(writing, step->form_key, step->actor.account, &answer, &go, error)) {
        return false;
    }
    step->result = RECORD_DONE;
    return !go || (decide(writing, step, error) &&
                   (step->result != RECORD_DONE || once_close(writing, step->form_key, STR("done"), error)));
}

bool record_confirm_all_run(struct writing *writing, void *input, struct error *error)
{
    enum { MOST = 2000 };
    struct record_confirm_all *all = input;
    struct record *waiting;
    size_t n;
    bool go;
    all->confirmed = 0;
    if (!once_open_number(writing, all->form_key, all->actor.account, &all->confirmed, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (!record_in_state(writing->db, writing->arena, all->division, "proposed", MOST, &waiting, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct record_decide one = { .actor = all->actor, .id = waiting[i].id, .act = RECORD_CONFIRM };
        if (!str_eq(waiting[i].kind, all->kind)) {
            continue;
        }
        if (!decide(writing, &one, error)) {
            return false;
        }
        all->confirmed += one.result == RECORD_DONE;
    }
    return once_close_number(writing, all->form_key, all->confirmed, error);
}

/* ---- Reading ---- */

#define RECORD_COLUMNS                                                                                                 \
    "r.id, r.kind, r.state, r.division, r.code, r.person_kind, r.person, r.name_zh, r.name_en, r.detail_zh, "          \
    "r.detail_en, r.day, r.institution, (select s.account from record_step s where s.record = r.id and "               \
    "s.act = 'propose')"

static struct record record_of_row(struct rows *rows, struct arena *arena)
{
    return (struct record){
        .id = rows_int(rows, 0),
        .kind = rows_text_in(rows, 1, arena),
        .state = rows_text_in(rows, 2, arena),
        .division = rows_text_in(rows, 3, arena),
        .code = rows_text_in(rows, 4, arena),
        .person = { record_person_kind(rows_text(rows, 5)), rows_int(rows, 6) },
        .name = { rows_text_in(rows, 7, arena), rows_text_in(rows, 8, arena) },
        .detail = { rows_text_in(rows, 9, arena), rows_text_in(rows, 10, arena) },
        .day = rows_int(rows, 11),
        .institution = rows_int(rows, 12),
        .proposed_by = rows_int(rows, 13),
    };
}

static bool records_of_rows(struct rows *rows, struct arena *arena, struct record **out, size_t *n, struct error *error)
{
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = record_of_row(rows, arena);
    }
    return rows_end(rows, error);
}

bool record_list(struct db *db, struct arena *arena, struct record_person person, struct record **out, size_t *n,
                 struct error *error)
{
    return records_of_rows(db_query(db, error,
                                    "select " RECORD_COLUMNS " from record r where r.person_kind = ?1 and "
                                    "r.person = ?2 order by r.day desc, r.id desc",
                                    V_TEXT(str_of(person.kind)), V_INT(person.id)),
                           arena, out, n, error);
}

bool record_in_state(struct db *db, struct arena *arena, struct str division, const char *state, int64_t most,
                     struct record **out, size_t *n, struct error *error)
{
    return records_of_rows(db_query(db, error,
                                    "select " RECORD_COLUMNS " from record r where r.state = ?1 and r.division like "
                                    "?2 || '%' order by case when r.state = 'proposed' then r.id else -r.id end "
                                    "limit ?3",
                                    V_TEXT(str_of(state)), V_TEXT(division), V_INT(most)),
                           arena, out, n, error);
}

static bool first_of(struct rows *rows, struct arena *arena, struct record *out, bool *found, struct error *error)
{
    *found = rows_next(rows);
    if (*found) {
        *out = record_of_row(rows, arena);
    }
    return rows_end(rows, error);
}

bool record_get(struct db *db, struct arena *arena, int64_t id, struct record *out, bool *found, struct error *error)
{
    return first_of(db_query(db, error, "select " RECORD_COLUMNS " from record r where r.id = ?1", V_INT(id)), arena,
                    out, found, error);
}

bool record_by_code(struct db *db, struct arena *arena, struct str typed, struct record *out, bool *found,
                    struct error *error)
{
    struct str code;
    *found = false;
    return !receipt_read(arena, typed, &code) ||
           first_of(db_query(db, error, "select " RECORD_COLUMNS " from record r where r.code = ?1", V_TEXT(code)),
                    arena, out, found, error);
}

bool record_steps(struct db *db, struct arena *arena, int64_t id, struct record_step **out, size_t *n,
                  struct error *error)
{
    struct rows *rows = db_query(
        db, error, "select act, reason, at, account from record_step where record = ?1 order by id", V_INT(id));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct record_step){ rows_text_in(rows, 0, arena), rows_text_in(rows, 1, arena),
                                               rows_int(rows, 2), rows_int(rows, 3) };
    }
    return rows_end(rows, error);
}

/* ---- Who has read ---- */

bool record_read_run(struct writing *writing, void *input, struct error *error)
{
    const struct record_read *read = input;
    int64_t added = 0;
    return db_run_count(writing->db, error, &added,
                        "insert into record_reading (person_kind, person, account, day) values (?1, ?2, ?3, ?4) "
                        "on conflict do nothing",
                        V_TEXT(str_of(read->person.kind)), V_INT(read->person.id), V_INT(read->account),
                        V_INT(day_of_ms(writing->now))) &&
           (added == 0 || journal_append(writing,
                                         &(struct journal_entry){ .actor = read->account,
                                                                  .role = "",
                                                                  .action = "record.read",
                                                                  .subject_kind = read->person.kind,
                                                                  .subject_id = read->person.id },
                                         error));
}

bool record_readers(struct db *db, struct arena *arena, struct record_person person, struct record_reader **out,
                    size_t *n, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select account, day from record_reading where person_kind = ?1 and person = ?2 "
                                 "order by day desc, account limit 200",
                                 V_TEXT(str_of(person.kind)), V_INT(person.id));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct record_reader){ rows_int(rows, 0), rows_int(rows, 1) };
    }
    return rows_end(rows, error);
}
