/* Acts that every kind has. */
#include "casework/inside.h"

#include "base/clock.h"

struct text case_result_text(enum case_result result)
{
    static const struct text texts[] = {
        [CASE_DONE] = T("已办理", "Done"),
        [CASE_REPEATED] =
            T("这份表单已经收到过了，没有重复办理", "This form had arrived already; nothing was done twice"),
        [CASE_NOT_YOURS] = T("这一步不归您办理", "This step is not yours"),
        [CASE_NOT_NOW] = T("事项的阶段已经变化，请看最新内容", "The case has moved on; see how it stands now"),
        [CASE_NEEDS_NOTE] = T("请写明原因", "Say why"),
        [CASE_NEEDS_EVIDENCE] = T("请至少附一张照片或一份材料", "Add at least one picture or paper"),
        [CASE_NEEDS_LINES] = T("方案里还没有任何一条措施", "The plan has no line yet"),
        [CASE_NEEDS_ANSWERS] = T("清单还有没填的项目", "Some items of the list have no answer"),
        [CASE_CHILDREN_OPEN] = T("它的下级事项还没有全部办结", "Cases that hang on it are still open"),
        [CASE_SAME_PERSON] = T("这一步必须由另一个人办理", "Somebody else must do this step"),
        [CASE_NEEDS_NAMED] = T("请至少指定一位设好密件口令、在范围内的人员",
                               "Name at least one person in reach who has set a passphrase"),
        [CASE_HAS_ONE] = T("你们已经有一件在办理中", "You have one open here already"),
        [CASE_BAD_VALUE] = T("有一项填写有误", "Something was filled in wrong"),
    };
    return texts[result];
}

struct doing {
    struct writing *writing;
    struct case_common_do *input;
    struct case_row row;
    unsigned desks;
    bool mine;
};

static bool step(struct doing *doing, const char *act, int64_t due, int64_t *id, struct error *error)
{
    bool secret = doing->row.kind && doing->row.kind->confidential;
    struct case_stepping stepping = { .case_id = doing->row.id,
                                      .who = &doing->input->who,
                                      .act = str_of(act),
                                      .from_stage = doing->row.stage_id,
                                      .to_stage = doing->row.stage_id,
                                      .note = secret ? STR("") : str_trim(doing->input->note),
                                      .due = due };
    return case_step_add(doing->writing, &stepping, id, error) &&
           (!secret || case_step_seal(doing->writing, doing->row.kind, doing->row.id, *id, str_trim(doing->input->note),
                                      NULL, 0, NULL, error)) &&
           db_run(doing->writing->db, error, "update case_file set changed_at = ?2 where id = ?1", V_INT(doing->row.id),
                  V_INT(doing->writing->now));
}

static bool set_holder(struct doing *doing, const char *act, int64_t account, struct error *error)
{
    int64_t id;
    return step(doing, act, doing->row.due, &id, error) &&
           db_run(doing->writing->db, error, "update case_file set holder = ?2 where id = ?1", V_INT(doing->row.id),
                  V_INT(account));
}

static bool pause(struct doing *doing, struct error *error)
{
    int64_t id;
    return step(doing, "pause", doing->row.due, &id, error) &&
           db_run(doing->writing->db, error, "update case_file set paused_at = ?2, look_on = null where id = ?1",
                  V_INT(doing->row.id), V_INT(doing->writing->now));
}

/* The working days of the pause are added to the due day. */
static bool resume(struct doing *doing, struct error *error)
{
    const struct city *city = doing->input->city;
    const struct case_row *row = &doing->row;
    int64_t id, today = day_of_ms(doing->writing->now);
    int64_t days = workdays_between(city, day_of_ms(row->paused_at), today);
    int64_t due = row->due && days > 0 ? workday_after(city, row->due, days) : row->due;
    int64_t look_on = row->stage ? case_look_on(city, row->stage, due, today) : 0;
    return step(doing, "resume", due, &id, error) &&
           db_run(doing->writing->db, error,
                  "update case_file set paused_at = null, paused_days = paused_days + ?2, due = ?3, look_on = ?4 where "
                  "id = ?1",
                  V_INT(row->id), V_INT(days > 0 ? days : 0), V_IF(due > 0, V_INT(due)),
                  V_IF(look_on > 0, V_INT(look_on)));
}

/* Does the account sit at the desk of the case as it stands? */
static bool sits_there(struct doing *doing, int64_t account, bool *sits, struct error *error)
{
    int64_t n = 0;
    bool good = db_one_int(doing->writing->db, error, &n, NULL,
                           "select count(*) from account a where a.id = ?1 and a.state = 'active' and "
                           "(a.institution = ?2 or (a.scope <> '' and substr(?3, 1, length(a.scope)) = a.scope)) and "
                           "(cast(?4 as bigint) = 0 or exists (select 1 from case_named m where m.case_file = ?5 and "
                           "m.account = a.id and m.until is null))",
                           V_INT(account), V_INT(doing->row.institution), V_TEXT(doing->row.division),
                           V_INT(doing->row.kind && doing->row.kind->confidential), V_INT(doing->row.id));
    *sits = n > 0;
    return good;
}

static bool carry_out(struct doing *doing, struct error *error)
{
    struct case_common_do *input = doing->input;
    struct db *db = doing->writing->db;
    const struct case_row *row = &doing->row;
    bool above = (doing->desks & (DESK_COUNTY | DESK_CITY)) != 0, note = str_trim(input->note).n > 0, sits = true,
         barred = false;
    int64_t id;
    switch (input->what) {
    case CASE_REMARK:
        if (input->nfiles && row->kind && row->kind->confidential) {
            return error_set(error, "a confidential case takes no files");
        }
        if (!note && input->nfiles == 0) {
            input->result = CASE_NEEDS_NOTE;
            return true;
        }
        return step(doing, "remark", row->due, &id, error) &&
               case_files_add(doing->writing, row->id, id, input->files, input->nfiles, error);
    case CASE_TAKE:
    case CASE_HAND_OVER:
        if (!doing->mine && !above) {
            input->result = CASE_NOT_YOURS;
            return true;
        }
        if (!case_same_person(db, row, &(struct case_act){ .to = SIZE_MAX },
                              input->what == CASE_TAKE ? input->who.account : input->to, &barred, error)) {
            return false;
        }
        if (barred) {
            input->result = CASE_SAME_PERSON;
            return true;
        }
        if (input->what == CASE_TAKE) {
            return set_holder(doing, "take", input->who.account, error);
        }
        if (!sits_there(doing, input->to, &sits, error)) {
            return false;
        }
        input->result = sits ? CASE_DONE : CASE_NOT_YOURS;
        return !sits || set_holder(doing, "hand_over", input->to, error);
    case CASE_PAUSE:
    case CASE_RESUME:
        if (!above || (row->paused_at != 0) == (input->what == CASE_PAUSE) || !note) {
            input->result = !above ? CASE_NOT_YOURS : !note ? CASE_NEEDS_NOTE : CASE_NOT_NOW;
            return true;
        }
        return input->what == CASE_PAUSE ? pause(doing, error) : resume(doing, error);
    case CASE_WATCH:
        return db_run(db, error,
                      "insert into case_watch (case_file, account, at) values (?1, ?2, ?3) on conflict do nothing",
                      V_INT(row->id), V_INT(input->who.account), V_INT(doing->writing->now));
    case CASE_UNWATCH:
        return db_run(db, error, "delete from case_watch where case_file = ?1 and account = ?2", V_INT(row->id),
                      V_INT(input->who.account));
    }
    return true;
}

bool case_common_run(struct writing *writing, void *input_, struct error *error)
{
    static const char *const actions[] = { "case.remark", "case.take",  "case.hand_over", "case.pause",
                                           "case.resume", "case.watch", "case.unwatch" };
    struct case_common_do *input = input_;
    struct doing doing = { .writing = writing, .input = input };
    int64_t today = day_of_ms(writing->now);
    bool found = false, sees = false;
    input->result = CASE_DONE;
    if (!case_one(writing->db, writing->arena, input->city, input->id, &doing.row, &found, error) ||
        (found && (!case_sees(writing->db, &input->who, &doing.row, &sees, error) ||
                   !case_desks(writing->db, &input->who, &doing.row, today, &doing.desks, error) ||
                   !case_is_mine(writing->db, &input->who, &doing.row, today, &doing.mine, error)))) {
        return false;
    }
    if (!found || !sees || !(doing.desks || doing.mine)) {
        input->result = CASE_NOT_YOURS;
        return true;
    }
    if (doing.row.closed_at && input->what != CASE_REMARK && input->what != CASE_UNWATCH) {
        input->result = CASE_NOT_NOW;
        return true;
    }
    return carry_out(&doing, error) &&
           (input->result != CASE_DONE || case_journal(writing, &input->who, actions[input->what], doing.row.id,
                                                       doing.row.division, doing.row.kind_id, error));
}
