/* Cases in words, for pages and messages. */
#include "casework/words.h"

#include "base/clock.h"
#include "city/workdays.h"

struct name case_title(const struct case_row *row)
{
    if (row->title.n) {
        return (struct name){ row->title, row->title };
    }
    return row->kind ? row->kind->name : (struct name){ row->kind_id, row->kind_id };
}

struct name case_stage_name(const struct case_row *row)
{
    return row->stage ? row->stage->name : (struct name){ row->stage_id, row->stage_id };
}

struct name case_due_words(struct arena *arena, const struct city *city, const struct case_row *row, int64_t today)
{
    if (!row->due) {
        return (struct name){ STR("没有期限"), STR("No term") };
    }
    struct str day = day_format(arena, row->due);
    long long late = (long long)case_late(city, row, today);
    if (row->closed_at || row->paused_at) {
        return (struct name){ day, day };
    }
    if (today > row->due) {
        return (struct name){ arena_printf(arena, "%.*s，逾期 %lld 个工作日", STR_ARG(day), late),
                              arena_printf(arena, "%.*s, %lld working days late", STR_ARG(day), late) };
    }
    long long left = (long long)workdays_between(city, today, row->due);
    return left == 0 ? (struct name){ arena_printf(arena, "%.*s，今天到期", STR_ARG(day)),
                                      arena_printf(arena, "%.*s, due today", STR_ARG(day)) }
                     : (struct name){ arena_printf(arena, "%.*s，还有 %lld 个工作日", STR_ARG(day), left),
                                      arena_printf(arena, "%.*s, in %lld working days", STR_ARG(day), left) };
}

struct name case_measure_name(const struct case_kind *kind, struct str measure)
{
    for (size_t i = 0; kind && i < kind->nmeasures; i++) {
        if (str_eq(kind->measures[i].id, measure)) {
            return kind->measures[i].name;
        }
    }
    return (struct name){ measure, measure };
}

struct text case_desk_words(unsigned desk)
{
    return desk ? case_desk_name((enum case_desk)desk) : T("—", "—");
}

struct text case_step_words(struct arena *arena, const struct case_row *row, const struct case_step *step)
{
    static const struct {
        const char *act;
        struct text words;
    } usual[] = {
        { "open", T("提出", "Opened") },
        { "remark", T("备注", "Remark") },
        { "remind", T("到期提醒", "Reminder") },
        { "climb", T("逾期上报", "Climbed") },
        { "pause", T("暂停计时", "Paused") },
        { "resume", T("恢复计时", "Resumed") },
        { "take", T("领办", "Taken") },
        { "hand_over", T("移交", "Handed over") },
        { "line", T("修改方案", "Plan changed") },
        { "name", T("增加指定人员", "A person was named") },
        { "pass_on", T("移交负责人", "Passed on to another holder") },
        { "unname", T("减少指定人员", "A person was taken off") },
        { "sibling", T("随另一件事项的结果结束", "Ended by the outcome of another case") },
        { "recount", T("按新的工作日历重算期限", "Due day counted again by the new calendar") },
    };
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (str_is(step->act, usual[i].act)) {
            return usual[i].words;
        }
    }
    for (size_t s = 0; row->kind && s < row->kind->nstages; s++) {
        const struct case_act *act = case_act(&row->kind->stages[s], step->act);
        if (act && str_eq(row->kind->stages[s].id, step->from_stage)) {
            struct name name = act->done.zh.n ? act->done : act->name;
            return (struct text){ arena_cstr(arena, name.zh), arena_cstr(arena, name_in(name, LANG_EN)) };
        }
    }
    return (struct text){ arena_cstr(arena, step->act), arena_cstr(arena, step->act) };
}
