/* Decisions: which state follows from which desk's word, one application or many.
 *
 * What must hold: no decision is lost (a row each, in the same transaction) and none is made on a page that is out of
 * date; the family hears of what is final, and of what it has to do; a school's word on passing or refusing is a
 * proposal to the county. */
#include "places/review.h"

#include "places/inside.h"
#include "places/judge.h"
#include "store/journal.h"

#include <stdlib.h>

/* ---- Words ---- */

static const struct {
    const char *id;
    struct text name;
} decisions[] = {
    [REVIEW_PASSED] = { "passed", { "通过", "pass" } },
    [REVIEW_CORRECTION] = { "correction", { "请家长补正", "ask to correct" } },
    [REVIEW_COUNTER] = { "counter", { "转线下窗口", "to the counter" } },
    [REVIEW_REFUSED] = { "refused", { "不予通过", "refuse" } },
    [REVIEW_NOTE] = { "note", { "备注", "note" } },
};

const char *review_decision_id(enum review_decision decision)
{
    return decisions[decision].id;
}

bool review_decision_of(struct str id, enum review_decision *decision)
{
    for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++) {
        if (str_is(id, decisions[i].id)) {
            *decision = (enum review_decision)i;
            return true;
        }
    }
    return false;
}

struct text review_decision_name(struct str id)
{
    enum review_decision decision;
    return review_decision_of(id, &decision) ? decisions[decision].name : T("未知", "unknown");
}

struct text review_state_name(struct str review)
{
    static const struct {
        const char *review;
        struct text name;
    } names[] = {
        { "none", { "正在联网核验", "checks are running" } },
        { "waiting", { "等待人工审核", "waits for a person" } },
        { "correction", { "等待家长补正", "waits for the family's correction" } },
        { "counter", { "转线下窗口办理", "to be settled at the counter" } },
        { "passed", { "审核通过", "passed" } },
        { "refused", { "审核未通过", "refused" } },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_is(review, names[i].review)) {
            return names[i].name;
        }
    }
    return T("未知", "unknown");
}

struct text review_result_text(enum review_result result)
{
    static const struct text texts[] = {
        [REVIEW_DONE] = { "已保存", "Saved" },
        [REVIEW_NOT_FOUND] = { "没有找到这份申请", "There is no such application" },
        [REVIEW_CHANGED] = { "这份申请刚刚有变动（他人已处理或家长已修改），请查看后再决定",
                             "The application has changed meanwhile (a colleague or the family); look again, then "
                             "decide" },
        [REVIEW_NOT_SUBMITTED] = { "这份申请还没有提交，或已撤回",
                                   "The application is not submitted, or was withdrawn" },
        [REVIEW_TOO_LATE] = { "名单已最终确定，不能再审核", "The final list stands; reviews have ended" },
        [REVIEW_NOT_HERE] = { "学校已初审，现由县（市、区）复审，或已有结论",
                              "The school's part is done: the county reviews it, or has decided" },
        [REVIEW_REASON_MISSING] = { "请选择原因", "Choose a reason" },
        [REVIEW_REASON_UNKNOWN] = { "原因不在目录中", "This reason is not in the list" },
        [REVIEW_FACT_UNKNOWN] = { "这份申请没有这一项核验", "The application has no such check" },
    };
    return (size_t)result < sizeof texts / sizeof *texts ? texts[result] : texts[REVIEW_NOT_FOUND];
}

/* ---- One decision ---- */

/* Where an application stands after a desk's word. */
static const char *state_after(enum review_level level, enum review_decision decision)
{
    bool proposes = level == REVIEW_SCHOOL && (decision == REVIEW_PASSED || decision == REVIEW_REFUSED);
    return proposes ? "waiting" : decisions[decision].id;
}

static const char *level_after(enum review_level level, enum review_decision decision)
{
    bool stays = level == REVIEW_SCHOOL && (decision == REVIEW_CORRECTION || decision == REVIEW_COUNTER);
    return stays ? "school" : "county";
}

/* What a correction opens, when the reviewer does not say it: what the reasons ask for. */
static unsigned parts_of(const struct city *city, const struct review_decide *decide)
{
    unsigned parts = decide->parts & PART_ALL;
    if (decide->decision != REVIEW_CORRECTION || parts) {
        return decide->decision == REVIEW_CORRECTION ? parts : 0;
    }
    for (size_t i = 0; i < decide->nreasons; i++) {
        size_t reason = city_reason_index(city, decide->reasons[i]);
        if (reason != SIZE_MAX && city->reasons[reason].remedy == REMEDY_CORRECT) {
            parts |= PART_DWELLING;
        }
        if (reason != SIZE_MAX && city->reasons[reason].remedy == REMEDY_PAPER) {
            parts |= PART_PAPERS;
        }
        if (judge_reason_of(decide->reasons[i]) == REASON_OUTSIDE_CATCHMENT) {
            parts |= PART_CHOICES;
        }
    }
    return parts ? parts : PART_PAPERS;
}

static enum review_result check_words(const struct review_decide *decide)
{
    const struct city *city = places_city(decide->places);
    bool asks = decide->decision == REVIEW_CORRECTION || decide->decision == REVIEW_COUNTER ||
                decide->decision == REVIEW_REFUSED;
    if (asks && decide->nreasons == 0) {
        return REVIEW_REASON_MISSING;
    }
    for (size_t i = 0; i < decide->nreasons; i++) {
        if (!fact_reason_name(city, decide->reasons[i]).zh.n) {
            return REVIEW_REASON_UNKNOWN;
        }
    }
    for (size_t i = 0; i < decide->nfacts; i++) {
        struct str reason = decide->facts[i].reason;
        if (!decide->facts[i].holds && reason.n && !fact_reason_name(city, reason).zh.n) {
            return REVIEW_REASON_UNKNOWN;
        }
    }
    return REVIEW_DONE;
}

static bool check_facts(struct writing *writing, const struct review_decide *decide, int64_t application,
                        enum review_result *result, struct error *error)
{
    struct kept_facts kept;
    if (decide->nfacts == 0) {
        return true;
    }
    if (!facts_kept(writing->db, writing->arena, application, &kept, error)) {
        return false;
    }
    for (size_t i = 0; i < decide->nfacts; i++) {
        if (!kept_of(&kept, decide->facts[i].kind)) {
            *result = REVIEW_FACT_UNKNOWN;
        }
    }
    return true;
}

static enum review_result check_state(const struct review_decide *decide, const struct loaded *loaded, int64_t version)
{
    bool at_school = str_is(loaded->review_level, "school") &&
                     (str_is(loaded->review, "waiting") || str_is(loaded->review, "correction") ||
                      str_is(loaded->review, "counter"));
    if (!str_is(loaded->state, "submitted")) {
        return REVIEW_NOT_SUBMITTED;
    }
    if (!round_reviewable(loaded->round_state)) {
        return REVIEW_TOO_LATE;
    }
    if (version && version != loaded->version) {
        return REVIEW_CHANGED;
    }
    return decide->level == REVIEW_SCHOOL && !at_school && decide->decision != REVIEW_NOTE ? REVIEW_NOT_HERE
                                                                                           : REVIEW_DONE;
}

static bool last_decision(struct writing *writing, int64_t application, struct review_decide *decide,
                          struct error *error)
{
    struct rows *rows =
        db_query(writing->db, error, "select account, at from review where application = ?1 order by id desc limit 1",
                 V_INT(application));
    if (rows_next(rows)) {
        decide->changed_by = rows_int(rows, 0);
        decide->changed_at = rows_int(rows, 1);
    }
    return rows_end(rows, error);
}

static struct str joined(struct arena *arena, const struct str *words, size_t n)
{
    struct str all = { "", 0 };
    for (size_t i = 0; i < n; i++) {
        all = arena_printf(arena, "%.*s%s%.*s", STR_ARG(all), i ? " " : "", STR_ARG(words[i]));
    }
    return all;
}

static bool keep_decision(struct writing *writing, const struct review_decide *decide, const struct loaded *loaded,
                          struct str reasons, struct error *error)
{
    struct str note = { NULL, 0 };
    if (decide->note.n && !vault_seal(writing->vault, writing->arena, "review.note", decide->note, &note, error)) {
        return false;
    }
    const char *id = decisions[decide->decision].id;
    return db_run(writing->db, error,
                  "insert into review (application, at, account, level, decision, reasons, note_sealed) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                  V_INT(loaded->id), V_INT(writing->now), V_INT(decide->actor.account),
                  V_TEXT(decide->level == REVIEW_SCHOOL ? STR("school") : STR("county")), V_TEXT(str_of(id)),
                  V_TEXT(reasons), V_IF(note.n, V_BLOB(note))) &&
           journal_append(
               writing,
               &(struct journal_entry){ .actor = decide->actor.account,
                                        .role = decide->actor.role,
                                        .action = "application.review",
                                        .subject_kind = "application",
                                        .subject_id = loaded->id,
                                        .division = loaded->division,
                                        .detail = arena_printf(writing->arena, "%s %.*s", id, STR_ARG(reasons)) },
               error);
}

static bool apply_decision(struct writing *writing, const struct review_decide *decide, const struct loaded *loaded,
                           struct error *error)
{
    struct str reasons = joined(writing->arena, decide->reasons, decide->nreasons);
    if (!keep_decision(writing, decide, loaded, reasons, error)) {
        return false;
    }
    if (decide->decision == REVIEW_NOTE) {
        return decide->nfacts == 0 ||
               fact_set(writing, decide->places, loaded->id, decide->facts, decide->nfacts, error);
    }
    const char *state = state_after(decide->level, decide->decision);
    bool told = strcmp(state, "waiting") != 0;
    return db_run(writing->db, error,
                  "update application set review = ?2, review_level = ?3, review_reasons = ?4, reviewer = ?5, "
                  "unlocked = ?6, queue_at = coalesce(queue_at, ?7), changed_at = ?7, version = version + 1 "
                  "where id = ?1",
                  V_INT(loaded->id), V_TEXT(str_of(state)),
                  V_TEXT(str_of(level_after(decide->level, decide->decision))), V_TEXT(reasons),
                  V_INT(decide->actor.account), V_INT((int64_t)parts_of(places_city(decide->places), decide)),
                  V_INT(writing->now)) &&
           (decide->nfacts == 0 ||
            fact_set(writing, decide->places, loaded->id, decide->facts, decide->nfacts, error)) &&
           (!told || message_add(writing, loaded->id, state, reasons, error));
}

static bool decide_one(struct writing *writing, struct review_decide *decide, int64_t application, int64_t version,
                       enum review_result *result, struct error *error)
{
    struct loaded loaded;
    bool found;
    *result = check_words(decide);
    if (*result != REVIEW_DONE) {
        return true;
    }
    if (!application_load(writing->db, writing->arena, decide->places, application, 0, &loaded, &found, error)) {
        return false;
    }
    *result = found ? check_state(decide, &loaded, version) : REVIEW_NOT_FOUND;
    if (*result == REVIEW_CHANGED) {
        return last_decision(writing, application, decide, error);
    }
    if (*result == REVIEW_DONE && !check_facts(writing, decide, application, result, error)) {
        return false;
    }
    return *result != REVIEW_DONE || apply_decision(writing, decide, &loaded, error);
}

bool review_decide_run(struct writing *writing, void *input, struct error *error)
{
    struct review_decide *decide = input;
    struct str answer;
    bool go;
    decide->repeated = false;
    decide->changed_by = decide->changed_at = 0;
    if (!once_open(writing, decide->form_key, decide->actor.account, &answer, &go, error)) {
        return false;
    }
    if (!go) {
        decide->repeated = true;
        decide->result = REVIEW_DONE;
        return true;
    }
    return decide_one(writing, decide, decide->application, decide->version, &decide->result, error) &&
           (decide->result != REVIEW_DONE || once_close(writing, decide->form_key, STR("1"), error));
}

bool review_bulk_run(struct writing *writing, void *input, struct error *error)
{
    struct review_bulk *bulk = input;
    struct review_decide *decide = &bulk->decide;
    struct str answer;
    bool go;
    bulk->done = 0;
    decide->repeated = false;
    decide->result = REVIEW_DONE;
    if (bulk->n > LIMIT_BULK) {
        return error_set(error, "at most %d applications can be decided at once", LIMIT_BULK);
    }
    if (!once_open(writing, decide->form_key, decide->actor.account, &answer, &go, error)) {
        return false;
    }
    /* The answer keeps a digit of result for each item, so a retry says the same. */
    char *results = arena_alloc(writing->arena, bulk->n + 1);
    decide->repeated = !go;
    for (size_t i = 0; i < bulk->n; i++) {
        struct review_bulk_item *item = &bulk->items[i];
        if (!go) {
            item->result = i < answer.n ? (enum review_result)(answer.p[i] - '0') : REVIEW_NOT_FOUND;
        } else if (!decide_one(writing, decide, item->application, item->version, &item->result, error)) {
            return false;
        }
        results[i] = (char)('0' + item->result);
        bulk->done += item->result == REVIEW_DONE;
    }
    return !go || bulk->done == 0 || once_close(writing, decide->form_key, (struct str){ results, bulk->n }, error);
}
