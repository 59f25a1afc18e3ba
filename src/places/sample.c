/* The files that the audit drew, and what came of each. See sample.h; the step `allot` writes them (allotment.c). */
#include "places/sample.h"

#include "places/round_inside.h"

struct text sample_result_text(enum sample_result result)
{
    static const struct text texts[SAMPLE_RESULT_COUNT] = {
        [SAMPLE_DONE] = T("已记录", "Kept"),
        [SAMPLE_NOT_DRAWN] = T("这份材料没有被抽中", "This file was not drawn"),
        [SAMPLE_NO_REASON] = T("有误的必须选择原因", "A wrong file needs its reason"),
    };
    return texts[result];
}

static enum sample_found found_of(struct str word)
{
    return str_is(word, "right") ? SAMPLE_RIGHT : str_is(word, "wrong") ? SAMPLE_WRONG : SAMPLE_OPEN;
}

bool sample_list(struct db *db, struct arena *arena, int64_t round, struct sample_row **out, size_t *n,
                 struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(db, error,
                                 "select s.number, s.application, a.receipt, s.found, s.reason, s.at, s.account from "
                                 "audit_file s join application a on a.id = s.application where s.round = ?1 order by "
                                 "s.number",
                                 V_INT(round));
    while (rows_next(rows)) {
        *(struct sample_row *)list_add(&list, arena) = (struct sample_row){ .number = rows_int(rows, 0),
                                                                            .application = rows_int(rows, 1),
                                                                            .receipt = rows_text_in(rows, 2, arena),
                                                                            .found = found_of(rows_text(rows, 3)),
                                                                            .reason = rows_text_in(rows, 4, arena),
                                                                            .at = rows_int(rows, 5),
                                                                            .account = rows_int(rows, 6) };
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

bool sample_numbers(struct db *db, int64_t round, struct sample_numbers *out, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select count(*), coalesce(cast(sum(case when found = 'right' then 1 else 0 end) as "
                                 "bigint), 0), coalesce(cast(sum(case when found = 'wrong' then 1 else 0 end) as "
                                 "bigint), 0) from audit_file where round = ?1",
                                 V_INT(round));
    *out = (struct sample_numbers){ 0 };
    if (rows_next(rows)) {
        *out = (struct sample_numbers){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2) };
    }
    return rows_end(rows, error);
}

bool sample_record_run(struct writing *writing, void *input, struct error *error)
{
    struct sample_record *record = input;
    const struct city *city = places_city(record->places);
    struct str answer, division = { "", 0 }, reason = record->right ? STR("") : record->reason;
    bool go, found, known = record->right;
    int64_t changed;
    record->repeated = false;
    record->result = SAMPLE_DONE;
    if (!once_open(writing, record->form_key, record->actor.account, &answer, &go, error)) {
        return false;
    }
    if (!go) {
        record->repeated = true;
        return true;
    }
    for (size_t i = 0; i < city->nreasons && !known; i++) {
        known = str_eq(city->reasons[i].id, reason);
    }
    if (!known) {
        record->result = SAMPLE_NO_REASON;
        return true;
    }
    const char *word = record->right ? "right" : "wrong";
    if (!db_one_text(writing->db, error, writing->arena, &division, &found, "select division from round where id = ?1",
                     V_INT(record->round)) ||
        !db_run_count(writing->db, error, &changed,
                      "update audit_file set found = ?3, reason = ?4, at = ?5, account = ?6 where round = ?1 and "
                      "number = ?2",
                      V_INT(record->round), V_INT(record->number), V_TEXT(str_of(word)), V_TEXT(reason),
                      V_INT(writing->now), V_INT(record->actor.account))) {
        return false;
    }
    if (!found || changed == 0) {
        record->result = SAMPLE_NOT_DRAWN;
        return true;
    }
    return round_journal(
               writing, &record->actor, "audit.found", record->round, division,
               arena_printf(writing->arena, "file %lld %s %.*s", (long long)record->number, word, STR_ARG(reason)),
               error) &&
           once_close(writing, record->form_key, STR("done"), error);
}
