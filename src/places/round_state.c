/* States and steps by name, refusals in words, and the reads of rounds: one query each, also for the whole city. */
#include "places/round.h"

#include "base/clock.h"
#include "places/round_inside.h"

/* ---- Names ---- */

static const struct {
    const char *id;
    struct text name;
} states[ROUND_STATES] = {
    [ROUND_DRAFT] = { "draft", T("拟定中", "Draft") },
    [ROUND_ANNOUNCED] = { "announced", T("已公布方案", "Announced") },
    [ROUND_OPEN] = { "open", T("报名中", "Open for applications") },
    [ROUND_CLOSED] = { "closed", T("报名已截止", "Closed") },
    [ROUND_FINAL] = { "final", T("名单已确定", "List final") },
    [ROUND_OPENED] = { "opened", T("见证秘密已公开", "Secrets opened") },
    [ROUND_ALLOTTED] = { "allotted", T("已派位，待复核", "Allotted") },
    [ROUND_LOOKED] = { "looked", T("已复核，待公布", "Looked at") },
    [ROUND_PUBLISHED] = { "published", T("结果已公布", "Published") },
    [ROUND_ENDED] = { "ended", T("已结束", "Ended") },
};

const char *round_state_id(enum round_state state)
{
    return states[state].id;
}

bool round_state_of(struct str id, enum round_state *state)
{
    for (int i = 0; i < ROUND_STATES; i++) {
        if (str_is(id, states[i].id)) {
            *state = (enum round_state)i;
            return true;
        }
    }
    return false;
}

struct text round_state_name(enum round_state state)
{
    return states[state].name;
}

static const struct {
    const char *id;
    struct text name;
} steps[ROUND_STEPS] = {
    [STEP_ANNOUNCE] = { "announce", T("公布方案和计划", "Announce the rules and plans") },
    [STEP_OPEN] = { "open", T("开始报名", "Open for applications") },
    [STEP_CLOSE] = { "close", T("截止报名并公布名单根值", "Close and publish the list's root") },
    [STEP_FINAL] = { "final", T("确定最终名单并公布根值", "Make the list final and publish its root") },
    [STEP_OPEN_SECRETS] = { "open_secrets", T("公开见证秘密，生成种子", "Make the seed from the witnesses' secrets") },
    [STEP_ALLOT] = { "allot", T("派位", "Allot") },
    [STEP_LOOK] = { "look", T("第二人复核", "A second person looks") },
    [STEP_PUBLISH] = { "publish", T("公布结果", "Publish the result") },
    [STEP_LATE] = { "late", T("安排补录批次", "Make the late round") },
    [STEP_END] = { "end", T("结束本批次", "End the round") },
};

const char *round_step_id(enum round_step step)
{
    return steps[step].id;
}

bool round_step_of(struct str id, enum round_step *step)
{
    for (int i = 0; i < ROUND_STEPS; i++) {
        if (str_is(id, steps[i].id)) {
            *step = (enum round_step)i;
            return true;
        }
    }
    return false;
}

struct text round_step_name(enum round_step step)
{
    return steps[step].name;
}

struct text round_result_text(enum round_result result)
{
    static const struct text texts[ROUND_RESULT_COUNT] = {
        [ROUND_DONE] = T("已完成", "Done"),
        [ROUND_NOT_FOUND] = T("没有这个批次", "There is no such round"),
        [ROUND_TWICE] = T("该县（市、区）本年度本学段已有批次", "There is a round of this county, stage and year"),
        [ROUND_NO_POLICY] = T("还没有本学段的招生方案", "The county has no policy for this stage and year"),
        [ROUND_BAD_POLICY] = T("招生方案有错误，未保存", "The policy has mistakes and was not saved"),
        [ROUND_NOT_DRAFT] = T("方案公布后不能再改日程", "Only a draft can be changed; this round is announced"),
        [ROUND_BAD_DATES] = T("各时间点必须依次靠后", "Each moment must be later than the one before"),
        [ROUND_WRONG_STATE] = T("步骤不能跳过，也不能重复", "No step can be skipped or taken twice"),
        [ROUND_TOO_EARLY] = T("未到日程规定的时间", "Its time by the calendar has not come"),
        [ROUND_TOO_LATE] =
            T("已过日程规定的时间，请先调整日程", "Its time by the calendar is over: change the calendar first"),
        [ROUND_NO_OFFERS] = T("没有任何学校有招生计划", "No school has a place to offer"),
        [ROUND_NO_WITNESS] = T("还没有见证人提交承诺值，不能截止", "No witness has committed to a secret yet"),
        [ROUND_UNDECIDED] = T("还有申请没有审核结论", "Some applications are not decided"),
        [ROUND_NO_PUBLIC] = T("方案规定要加入公开数值，请录入", "The policy names a public value: enter it"),
        [ROUND_WITNESSES] = T("还有见证人没有公开密数", "Witnesses have not opened their secrets yet"),
        [ROUND_NO_SECRET] = T("没有见证人公开秘密，无法生成种子", "Nobody has opened a secret: there is no seed"),
        [ROUND_TAMPERED] = T("数据库中的名单与公布的根值不符，已停止",
                             "The list in the database is not the one whose root was published"),
        [ROUND_BAD_TRANSCRIPT] =
            T("派位记录未通过验证，结果没有采用", "The transcript does not verify; the result was not accepted"),
        [ROUND_SAME_PERSON] = T("复核人不能是执行派位的人", "Who allotted cannot be who looks"),
        [ROUND_HELD] = T("还有学位等待家长确认", "Places still wait for the families' answer"),
        [ROUND_NOTHING_LEFT] = T("没有剩余学位可以补录", "No place is left for a late round"),
        [ROUND_LATE_RUNS] = T("补录批次还没有结束", "Its late round has not ended"),
    };
    return texts[result];
}

struct name round_refusal(struct arena *arena, const struct round_advance *advance)
{
    struct text words = round_result_text(advance->result);
    struct text step = round_step_name(advance->step);
    enum round_state state = ROUND_DRAFT;
    struct name out = { str_of(words.zh), str_of(words.en) };
    switch (advance->result) {
    case ROUND_TOO_EARLY:
    case ROUND_TOO_LATE: {
        struct str when = ms_format(arena, advance->moment, false);
        bool early = advance->result == ROUND_TOO_EARLY;
        out.zh = arena_printf(arena, "“%s”%s%.*s%s", step.zh, early ? "不得早于" : "应在", STR_ARG(when),
                              early ? "。" : "之前完成，请先调整日程。");
        out.en = arena_printf(arena, "\"%s\" %s %.*s%s", step.en, early ? "cannot be taken before" : "was due before",
                              STR_ARG(when), early ? "." : ": change the calendar first.");
        break;
    }
    case ROUND_WITNESSES: {
        struct str when = ms_format(arena, advance->moment, false);
        out.zh = arena_printf(arena, "还有%lld位见证人没有公开密数；等他们公开，或到%.*s以后缺席进行。",
                              (long long)advance->count, STR_ARG(when));
        out.en = arena_printf(arena, "%lld witnesses have not opened their secrets; wait for them, or until %.*s.",
                              (long long)advance->count, STR_ARG(when));
        break;
    }
    case ROUND_WRONG_STATE:
        (void)round_state_of(str_of(advance->state), &state);
        out.zh = arena_printf(arena, "现在是“%s”，不能进行“%s”：步骤不能跳过，也不能重复。", round_state_name(state).zh,
                              step.zh);
        out.en = arena_printf(arena,
                              "The round is in the state \"%s\": \"%s\" cannot be taken now, no step can be "
                              "skipped or taken twice.",
                              round_state_name(state).en, step.en);
        break;
    case ROUND_UNDECIDED:
    case ROUND_HELD:
        out.zh = arena_printf(arena, "%s：%lld。", words.zh, (long long)advance->count);
        out.en = arena_printf(arena, "%s: %lld.", words.en, (long long)advance->count);
        break;
    case ROUND_TAMPERED:
    case ROUND_BAD_TRANSCRIPT:
        out.zh = arena_printf(arena, "%s：%s", words.zh, advance->detail);
        out.en = arena_printf(arena, "%s: %s", words.en, advance->detail);
        break;
    default:
        break;
    }
    return out;
}

/* ---- One round, light ---- */

static enum round_state state_of(struct str id)
{
    enum round_state state = ROUND_DRAFT;
    (void)round_state_of(id, &state);
    return state;
}

/* The first columns of every query of rounds. */
#define ROUND_COLUMNS                                                                                                  \
    "r.id, r.label, r.division, r.stage, r.year, r.parent, r.policy, r.state, r.opens_at, r.closes_at, "               \
    "r.objections_until, r.draw_at, r.publish_at, r.answer_by, r.rules_hash, r.seed, r.transcript, "                   \
    "(select l.id from round l where l.parent = r.id)"
enum { ROUND_COLUMN_COUNT = 18 };

static struct round round_of_row(struct rows *rows, struct arena *arena)
{
    return (struct round){
        .id = rows_int(rows, 0),
        .label = rows_text_in(rows, 1, arena),
        .division = rows_text_in(rows, 2, arena),
        .stage = str_is(rows_text(rows, 3), "junior") ? STAGE_JUNIOR : STAGE_PRIMARY,
        .year = rows_int(rows, 4),
        .parent = rows_int(rows, 5),
        .policy = rows_int(rows, 6),
        .state = state_of(rows_text(rows, 7)),
        .dates = { rows_int(rows, 8), rows_int(rows, 9), rows_int(rows, 10), rows_int(rows, 11), rows_int(rows, 12),
                   rows_int(rows, 13) },
        .rules_hash = rows_text_in(rows, 14, arena),
        .seed = rows_text_in(rows, 15, arena),
        .transcript = rows_text_in(rows, 16, arena),
        .late = rows_int(rows, 17),
    };
}

bool round_load(struct db *db, struct arena *arena, int64_t id, struct round *out, bool *found, struct error *error)
{
    struct rows *rows = db_query(db, error, "select " ROUND_COLUMNS " from round r where r.id = ?1", V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        *out = round_of_row(rows, arena);
    }
    return rows_end(rows, error);
}

/* ---- With counts ---- */

/* ?1 ?2: from the scope's first code up to behind its last; ?3: one round, or 0. The counts of applications come from
 * an index alone; each part is grouped once, so that the city's page is one pass. */
static const char overview_sql[] =
    "with scope as (select id from round where division >= ?1 and division < ?2 and (?3 = 0 or id = ?3)), "
    "a as (select round, cast(sum(n) as bigint) as total, "
    "cast(sum(case when state = 'submitted' then n else 0 end) as bigint) as submitted, "
    "cast(sum(case when state = 'submitted' and review in ('passed', 'refused') then n else 0 end) as bigint) as "
    "decided, "
    "cast(sum(case when state = 'submitted' and review = 'refused' then n else 0 end) as bigint) as refused, "
    "cast(sum(case when state = 'submitted' and review = 'waiting' and review_level = 'school' then n else 0 end) as "
    "bigint) as at_school, "
    "cast(sum(case when state = 'submitted' and review = 'waiting' and review_level = 'county' then n else 0 end) as "
    "bigint) as at_county from (select round, state, review, review_level, count(*) as n from application "
    "where round in (select id from scope) group by round, state, review, review_level) g group by round), "
    "o as (select o.round, count(*) as offers, cast(sum(o.capacity) as bigint) as capacity, "
    "cast(sum(o.to_late) as bigint) as to_late, cast(sum(o.added) as bigint) as added, cast(sum(c.admitted + "
    "c.balanced) as bigint) as placed from offer o "
    "left join cutoff c on c.offer = o.id "
    "where o.round in (select id from scope) group by o.round), "
    "b as (select o.round, cast(sum(case when l.bucket = 'free' then l.places else 0 end) as bigint) as free, "
    "cast(sum(case when l.bucket = 'held' then l.places else 0 end) as bigint) as held, "
    "cast(sum(case when l.bucket = 'taken' then l.places else 0 end) as bigint) as taken, "
    "cast(sum(case when l.bucket = 'waiting' then l.places else 0 end) as bigint) as waiting "
    "from offer o join ledger_balance l on l.offer = o.id where o.round in (select id from scope) group by o.round) "
    "select " ROUND_COLUMNS ", a.total, a.submitted, a.decided, a.refused, a.at_school, a.at_county, "
    "coalesce(f.listed, k.listed), coalesce(f.root, k.root), o.placed, o.offers, o.capacity, b.free, b.held, b.taken, "
    "b.waiting, o.to_late, t.detail, o.added from round r left join a on a.round = r.id left join o on o.round = r.id "
    "left join b on "
    "b.round = r.id "
    "left join round_step k on k.round = r.id and k.step = 'close' "
    "left join round_step f on f.round = r.id and f.step = 'final' "
    "left join round_step t on t.round = r.id and t.step = 'allot' "
    "where r.division >= ?1 and r.division < ?2 and (?3 = 0 or r.id = ?3) "
    "order by r.division, r.stage desc, r.year, case when r.parent is null then 0 else 1 end, r.id";

static bool overview(struct db *db, struct arena *arena, const struct city *city, struct str scope, int64_t id,
                     struct list *out, struct error *error)
{
    struct str behind = arena_printf(arena, "%.*s~", STR_ARG(scope));
    struct rows *rows = db_query(db, error, overview_sql, V_TEXT(scope), V_TEXT(behind), V_INT(id));
    while (rows_next(rows)) {
        struct round *round = list_add(out, arena);
        *round = round_of_row(rows, arena);
        const struct division *county = city ? city_division(city, round->division) : NULL;
        round->county = county ? county->name : (struct name){ round->division, round->division };
        int c = ROUND_COLUMN_COUNT;
        round->applications = rows_int(rows, c++);
        round->submitted = rows_int(rows, c++);
        round->decided = rows_int(rows, c++);
        round->refused = rows_int(rows, c++);
        round->waiting_school = rows_int(rows, c++);
        round->waiting_county = rows_int(rows, c++);
        round->listed = rows_int(rows, c++);
        round->root = rows_text_in(rows, c++, arena);
        round->placed = rows_int(rows, c++);
        round->offers = rows_int(rows, c++);
        round->capacity = rows_int(rows, c++);
        round->free = rows_int(rows, c++);
        round->held = rows_int(rows, c++);
        round->taken = rows_int(rows, c++);
        round->waiting = rows_int(rows, c++);
        round->to_late = rows_int(rows, c++);
        round->unplaced = round_detail_number(rows_text(rows, c++), "unplaced");
        round->added = rows_int(rows, c++);
    }
    return rows_end(rows, error);
}

bool round_list(struct db *db, struct arena *arena, const struct city *city, struct str scope, struct round **out,
                size_t *n, struct error *error)
{
    struct list list = { .size = sizeof **out };
    bool good = overview(db, arena, city, scope, 0, &list, error);
    *out = list.items;
    *n = list.n;
    return good;
}

bool round_get(struct db *db, struct arena *arena, const struct city *city, int64_t id, struct round *out, bool *found,
               struct error *error)
{
    struct list list = { .size = sizeof *out };
    *found = false;
    if (id <= 0) {
        return true; /* 0 would be every round */
    }
    if (!overview(db, arena, city, STR(""), id, &list, error)) {
        return false;
    }
    *found = list.n > 0;
    if (*found) {
        *out = *(const struct round *)list.items;
    }
    return true;
}

bool round_by_label(struct db *db, struct str label, int64_t *id, bool *found, struct error *error)
{
    return db_one_int(db, error, id, found, "select id from round where label = ?1", V_TEXT(label));
}

bool round_steps(struct db *db, struct arena *arena, int64_t round, struct round_step_row **out, size_t *n,
                 struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(
        db, error, "select step, at, account, root, listed, detail from round_step where round = ?1", V_INT(round));
    struct round_step_row by_step[ROUND_STEPS];
    bool taken[ROUND_STEPS] = { false };
    while (rows_next(rows)) {
        enum round_step step;
        if (round_step_of(rows_text(rows, 0), &step)) {
            taken[step] = true;
            by_step[step] = (struct round_step_row){ step,
                                                     rows_int(rows, 1),
                                                     rows_int(rows, 2),
                                                     rows_text_in(rows, 3, arena),
                                                     rows_int(rows, 4),
                                                     rows_text_in(rows, 5, arena) };
        }
    }
    for (int i = 0; i < ROUND_STEPS; i++) {
        if (taken[i]) {
            *(struct round_step_row *)list_add(&list, arena) = by_step[i];
        }
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

bool round_step_detail(struct db *db, struct arena *arena, int64_t round, enum round_step step, struct str *detail,
                       struct error *error)
{
    bool found;
    *detail = STR("");
    return db_one_text(db, error, arena, detail, &found, "select detail from round_step where round = ?1 and step = ?2",
                       V_INT(round), V_TEXT(str_of(round_step_id(step))));
}

struct round_next round_next(const struct round *round)
{
    const struct round_dates *d = &round->dates;
    switch (round->state) {
    case ROUND_DRAFT:
        return (struct round_next){ true, STEP_ANNOUNCE, 0 };
    case ROUND_ANNOUNCED:
        return (struct round_next){ true, STEP_OPEN, d->opens_at };
    case ROUND_OPEN:
        return (struct round_next){ true, STEP_CLOSE, d->closes_at };
    case ROUND_CLOSED:
        return (struct round_next){ true, STEP_FINAL, d->objections_until };
    case ROUND_FINAL:
        return (struct round_next){ true, STEP_OPEN_SECRETS, d->draw_at };
    case ROUND_OPENED:
        return (struct round_next){ true, STEP_ALLOT, 0 };
    case ROUND_ALLOTTED:
        return (struct round_next){ true, STEP_LOOK, 0 };
    case ROUND_LOOKED:
        return (struct round_next){ true, STEP_PUBLISH, d->publish_at };
    case ROUND_PUBLISHED:
        return (struct round_next){ true, STEP_END, d->answer_by };
    default:
        return (struct round_next){ .has = false };
    }
}

bool round_goes_on(struct db *db, struct str county, struct str stage, bool *goes_on, struct error *error)
{
    int64_t n = 0;
    bool good = db_one_int(db, error, &n, NULL,
                           "select count(*) from round where division = ?1 and stage = ?2 and state not in ('draft', "
                           "'ended')",
                           V_TEXT(county), V_TEXT(stage));
    *goes_on = n > 0;
    return good;
}
