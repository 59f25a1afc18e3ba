/* What people decided: in rounds that closed, everything that waited; in rounds that are open, some of it, so that
 * families with a correction asked can be seen. */
#include "demo/build.h"

#include "base/clock.h"
#include "places/judge.h"
#include "places/review.h"

enum { REVIEW_PAGE = 200, CHECKS_MOST = 16 };

static bool decide(struct builder *builder, const struct demo_round *round, struct review_decide *decide,
                   struct error *error)
{
    decide->places = builder->places;
    decide->actor = (struct actor){ round->reviewer, "county_reviewer" };
    decide->level = REVIEW_COUNTY;
    if (!review_decide_run(builder->writing, decide, error)) {
        return false;
    }
    return decide->result == REVIEW_DONE ||
           error_set(error, "a demo decision was refused: %s", review_result_text(decide->result).en);
}

/* "kind:reason kind:reason" of a row of the queue into settings: with papers a check holds, without it does not. */
static size_t settings_of(const struct review_row *row, struct fact_setting *settings, bool *ends, struct str *reason)
{
    struct str rest = row->check_reasons, part = { 0 };
    size_t n = 0;
    *ends = false;
    while (n < CHECKS_MOST && str_split(&rest, ' ', &part)) {
        size_t colon = str_find(part, ':');
        struct str why = str_part(part, colon + 1, part.n);
        enum judge_reason known = judge_reason_of(why);
        if (known == REASON_UNDER_AGE || known == REASON_WRONG_STAGE) {
            *ends = true;
            *reason = why;
        }
        bool missing = known == REASON_NONE; /* nobody said why: the department was silent, or a person was needed */
        settings[n++] = (struct fact_setting){ .kind = str_part(part, 0, colon),
                                               .holds = row->papers > 0 || missing,
                                               .reason = missing ? STR("no_record") : why };
    }
    return n;
}

static bool decide_row(struct builder *builder, const struct demo_round *round, const struct review_row *row,
                       struct error *error)
{
    struct fact_setting settings[CHECKS_MOST];
    struct str reason = { 0 };
    bool ends;
    size_t n = settings_of(row, settings, &ends, &reason);
    struct review_decide step = {
        .application = row->id,
        .decision = ends ? REVIEW_REFUSED : REVIEW_PASSED,
        .reasons = &reason,
        .nreasons = ends ? 1 : 0,
        .facts = settings,
        .nfacts = ends ? 0 : n,
    };
    return decide(builder, round, &step, error);
}

bool reviews_all(struct builder *builder, const struct demo_round *round, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct review_filter filter = { .round = round->id, .review = STR("waiting"), .category = -1, .most = REVIEW_PAGE };
    struct review_page page = { .more = true };
    bool ok = true;
    while (ok && page.more) {
        ok = review_queue(builder->writing->db, arena, NULL, &filter, &page, error);
        for (size_t i = 0; ok && i < page.n; i++) {
            ok = decide_row(builder, round, &page.rows[i], error);
            filter.after_queue_at = page.rows[i].queue_at;
            filter.after_id = page.rows[i].id;
            arena_reset(builder->writing->arena);
        }
    }
    arena_free(arena);
    return ok;
}

/* Bad pictures are seen by people alone. */
static enum judge_reason seen(enum flaw flaw)
{
    switch (flaw) {
    case FLAW_PAPER_DIFFERS:
        return REASON_TEXT_DIFFERS;
    case FLAW_PAPER_WRONG:
        return REASON_NOT_REQUIRED;
    case FLAW_PAPER_BLURRED:
        return REASON_UNREADABLE;
    case FLAW_PAPER_NO_FIRST:
        return REASON_FIRST_PAGE;
    case FLAW_PAPER_FORGED:
        return REASON_FORGED;
    default:
        return REASON_NONE;
    }
}

bool reviews_some(struct builder *builder, struct error *error)
{
    size_t seen_of[FLAWS] = { 0 };
    for (size_t i = 0; i < builder->npapered; i++) {
        const struct papered *papered = &builder->papered[i];
        const struct demo_round *round = &builder->rounds[papered->round];
        enum judge_reason why = seen(papered->flaw);
        /* Two of three are decided; the rest waits, so that the queue has each kind too. */
        if (why == REASON_NONE || round->policy->moments[MOMENT_CLOSES] < builder->now ||
            seen_of[papered->flaw]++ % 3 == 2) {
            continue;
        }
        struct str reason = str_of(judge_reason_id(why));
        struct review_decide step = {
            .application = papered->application,
            .decision = why == REASON_FORGED ? REVIEW_COUNTER : REVIEW_CORRECTION,
            .reasons = &reason,
            .nreasons = 1,
            .note = STR("演示：图片需要核对"),
        };
        if (!decide(builder, round, &step, error)) {
            return false;
        }
        arena_reset(builder->writing->arena);
    }
    return true;
}
