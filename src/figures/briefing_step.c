/* The steps of a briefing: see briefing.h. Each is one command: it reads the version as it stands, refuses what does
 * not fit, changes it, and writes the journal. */
#include "figures/briefing.h"

#include "base/hex.h"
#include "store/journal.h"

static struct str bytes_of(const uint8_t hash[SM3_BYTES])
{
    return (struct str){ (const char *)hash, SM3_BYTES };
}

/* ---- figures ---- */

static bool put_figure(struct writing *writing, const struct briefing_version *of, const struct briefing_figure *figure,
                       struct error *error)
{
    const struct figure *f = &figure->figure;
    return db_run(writing->db, error,
                  "insert into briefing_figure (briefing, version, indicator, day, definition, state, numerator, "
                  "denominator, before_numerator, before_denominator, value_e6, said_e6, decimals, other_e6, note, "
                  "answered_by, finding, finding_zh, finding_en) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                  "?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
                  V_INT(of->briefing), V_INT(of->version), V_TEXT(figure->indicator), V_INT(figure->day),
                  V_BLOB(bytes_of(figure->definition)), V_INT((int64_t)f->state), V_INT(f->numerator),
                  V_INT(f->denominator), V_INT(f->before_numerator), V_INT(f->before_denominator), V_INT(f->value_e6),
                  V_INT(f->said_e6), V_INT((int64_t)figure->decimals), V_IF(figure->has_other, V_INT(figure->other_e6)),
                  V_TEXT(figure->note), V_INT(figure->answered_by), V_TEXT(str_of(finding_words[figure->finding])),
                  V_TEXT(figure->finding_words.zh), V_TEXT(figure->finding_words.en));
}

static bool put_figures(struct writing *writing, const struct briefing_version *of,
                        const struct briefing_version *figures, struct error *error)
{
    bool good = db_run(writing->db, error, "delete from briefing_figure where briefing = ?1 and version = ?2",
                       V_INT(of->briefing), V_INT(of->version));
    for (size_t i = 0; good && i < figures->n; i++) {
        good = put_figure(writing, of, &figures->figures[i], error);
    }
    return good;
}

/* Back to the draft: what was checked or approved is so no longer. */
static bool unsettle(struct writing *writing, const struct briefing_version *of, struct error *error)
{
    return db_run(writing->db, error,
                  "update briefing_version set state = 'draft', checked_at = 0, checked_by = 0, checked_hash = null, "
                  "approved_at = 0, approved_by = 0 where briefing = ?1 and version = ?2",
                  V_INT(of->briefing), V_INT(of->version));
}

/* ---- steps ---- */

static bool insert_version(struct writing *writing, const struct briefing_act *act, struct briefing_version *of,
                           struct error *error)
{
    return db_run(writing->db, error,
                  "insert into briefing_version (briefing, version, state, day, recorded, text_zh, text_en, reason, "
                  "drafted_at, drafted_by, checked_at, checked_by, checked_hash, approved_at, approved_by, "
                  "published_at, published_by, publication, publication_version) values (?1, ?2, 'draft', ?3, ?4, ?5, "
                  "?6, ?7, ?8, ?9, 0, 0, null, 0, 0, 0, 0, 0, 0)",
                  V_INT(of->briefing), V_INT(of->version), V_INT(act->of.day), V_INT(act->of.recorded),
                  V_TEXT(act->of.text_zh), V_TEXT(act->of.text_en), V_TEXT(act->of.reason), V_INT(writing->now),
                  V_INT(act->account)) &&
           put_figures(writing, of, &act->of, error);
}

/* now: the version as it stands; of a new briefing empty. */
static bool draft(struct writing *writing, struct briefing_act *act, struct briefing_version *now, struct error *error)
{
    struct briefing_version next = { .briefing = now->briefing, .version = now->version + 1 };
    if (act->of.briefing == 0) {
        next.version = 1;
        if (!db_one_int(writing->db, error, &next.briefing, NULL,
                        "insert into briefing (name_zh, name_en, said_on) values (?1, ?2, ?3) returning id",
                        V_TEXT(act->of.name.zh), V_TEXT(act->of.name.en), V_INT(act->of.said_on))) {
            return false;
        }
    } else if (now->state != BRIEFING_PUBLISHED) {
        act->result = BRIEFING_NOT_NOW;
        return true;
    } else if (str_trim(act->of.reason).n == 0) {
        act->result = BRIEFING_NO_REASON;
        return true;
    }
    act->briefing = next.briefing;
    return insert_version(writing, act, &next, error);
}

/* What was said otherwise stays so; whoever counts anew has a hand in every figure. */
static bool recount(struct writing *writing, struct briefing_act *act, struct briefing_version *now,
                    struct error *error)
{
    for (size_t i = 0; i < act->of.n; i++) {
        struct briefing_figure *figure = &act->of.figures[i];
        const struct briefing_figure *before = briefing_figure_of(now, figure->indicator);
        if (before) {
            figure->has_other = before->has_other;
            figure->other_e6 = before->other_e6;
            figure->note = before->note;
        }
        figure->answered_by = act->account;
    }
    return db_run(writing->db, error,
                  "update briefing_version set day = ?3, recorded = ?4, text_zh = ?5, text_en = ?6 where briefing = ?1 "
                  "and version = ?2",
                  V_INT(now->briefing), V_INT(now->version), V_INT(act->of.day), V_INT(act->of.recorded),
                  V_TEXT(act->of.text_zh), V_TEXT(act->of.text_en)) &&
           put_figures(writing, now, &act->of, error) && unsettle(writing, now, error);
}

static bool say(struct writing *writing, struct briefing_act *act, struct briefing_version *now, struct error *error)
{
    const struct briefing_figure *said = &act->say;
    if (!briefing_figure_of(now, said->indicator)) {
        act->result = BRIEFING_MISSING;
        return true;
    }
    if (said->has_other && str_trim(said->note).n == 0) {
        act->result = BRIEFING_NO_REASON;
        return true;
    }
    return db_run(writing->db, error,
                  "update briefing_figure set other_e6 = ?4, note = ?5, answered_by = ?6 where briefing = ?1 and "
                  "version = ?2 and indicator = ?3",
                  V_INT(now->briefing), V_INT(now->version), V_TEXT(said->indicator),
                  V_IF(said->has_other, V_INT(said->other_e6)), V_TEXT(str_trim(said->note)), V_INT(act->account)) &&
           unsettle(writing, now, error);
}

/* What the caller checked must be what stands: else somebody changed it meanwhile. */
static bool check(struct writing *writing, struct briefing_act *act, struct briefing_version *now, struct error *error)
{
    uint8_t checked[SM3_BYTES], stands[SM3_BYTES];
    briefing_hash(writing->arena, &act->of, checked);
    briefing_hash(writing->arena, now, stands);
    if (memcmp(checked, stands, SM3_BYTES) != 0) {
        act->result = BRIEFING_NOT_NOW;
        return true;
    }
    bool clean = briefing_unanswered(&act->of) == NULL;
    if (!put_figures(writing, now, &act->of, error) || !unsettle(writing, now, error)) {
        return false;
    }
    act->result = clean ? BRIEFING_DONE : BRIEFING_UNANSWERED;
    return db_run(writing->db, error,
                  "update briefing_version set state = ?3, checked_at = ?4, checked_by = ?5, checked_hash = ?6 where "
                  "briefing = ?1 and version = ?2",
                  V_INT(now->briefing), V_INT(now->version), V_TEXT(clean ? STR("checked") : STR("draft")),
                  V_INT(writing->now), V_INT(act->account), V_IF(clean, V_BLOB(bytes_of(stands))));
}

static bool is_what_was_checked(struct writing *writing, const struct briefing_version *now)
{
    uint8_t stands[SM3_BYTES];
    briefing_hash(writing->arena, now, stands);
    return now->has_check && memcmp(stands, now->checked_hash, SM3_BYTES) == 0 && !briefing_unanswered(now);
}

static bool has_hand_in(const struct briefing_version *now, int64_t account)
{
    bool own = account == now->drafted_by || account == now->checked_by;
    for (size_t i = 0; i < now->n; i++) {
        own = own || now->figures[i].answered_by == account;
    }
    return own;
}

static bool approve(struct writing *writing, struct briefing_act *act, struct briefing_version *now,
                    struct error *error)
{
    if (has_hand_in(now, act->account)) {
        act->result = BRIEFING_OWN;
    } else if (!is_what_was_checked(writing, now)) {
        act->result = BRIEFING_CHANGED;
    }
    return act->result != BRIEFING_DONE ||
           db_run(writing->db, error,
                  "update briefing_version set state = 'approved', approved_at = ?3, approved_by = ?4 where briefing = "
                  "?1 and version = ?2",
                  V_INT(now->briefing), V_INT(now->version), V_INT(writing->now), V_INT(act->account));
}

/* The publication that the version before it froze; 0: this is the first. */
static bool publication_before(struct writing *writing, const struct briefing_version *now, struct publish *publish,
                               struct error *error)
{
    struct publication_version newest;
    bool found = false;
    if (!db_one_int(writing->db, error, &publish->said.publication, &found,
                    "select publication from briefing_version where briefing = ?1 and version = ?2",
                    V_INT(now->briefing), V_INT(now->version - 1))) {
        return false;
    }
    if (!found) {
        publish->said.publication = 0;
        return true;
    }
    /* Somebody may have corrected it on its own page meanwhile. */
    return snapshot_read(writing->db, writing->arena, publish->said.publication, 0, &newest, &found, error) &&
           (publish->said.version = newest.version, true);
}

static bool freeze(struct writing *writing, struct briefing_act *act, struct briefing_version *now,
                   struct publish *publish, struct error *error)
{
    *publish = (struct publish){ .said = { .name = now->name,
                                           .said_on = now->said_on,
                                           .day = now->day,
                                           .recorded = now->recorded,
                                           .reason = now->reason },
                                 .account = act->account,
                                 .role = act->role };
    publish->said.figures = ARENA_ARRAY(writing->arena, struct said_figure, now->n);
    for (size_t i = 0; i < now->n; i++) {
        const struct briefing_figure *figure = &now->figures[i];
        size_t index = indicators_find(act->set, figure->indicator);
        if (figure->finding == FINDING_FEW) {
            continue; /* its number is not published */
        }
        if (index == SIZE_MAX || memcmp(act->set->items[index].definition, figure->definition, SM3_BYTES) != 0) {
            act->result = BRIEFING_REDEFINED;
            return true;
        }
        publish->said.figures[publish->said.n++] =
            snapshot_figure(act->set, &act->set->items[index], figure->day, &figure->figure);
    }
    if (!publication_before(writing, now, publish, error) || !snapshot_publish_run(writing, publish, error)) {
        return false;
    }
    act->result = publish->result == PUBLISH_DONE ? BRIEFING_DONE : BRIEFING_NOT_NOW;
    return true;
}

static bool publish(struct writing *writing, struct briefing_act *act, struct briefing_version *now,
                    struct error *error)
{
    struct publish frozen;
    if (!is_what_was_checked(writing, now) || has_hand_in(now, now->approved_by)) {
        act->result = BRIEFING_CHANGED;
        return true;
    }
    if (!freeze(writing, act, now, &frozen, error)) {
        return false;
    }
    return act->result != BRIEFING_DONE ||
           db_run(
               writing->db, error,
               "update briefing_version set state = 'published', published_at = ?3, published_by = ?4, publication = "
               "?5, publication_version = ?6 where briefing = ?1 and version = ?2",
               V_INT(now->briefing), V_INT(now->version), V_INT(writing->now), V_INT(act->account),
               V_INT(frozen.publication), V_INT(frozen.version));
}

/* ---- the command ---- */

static bool note_in_journal(struct writing *writing, const struct briefing_act *act, const struct briefing_version *now,
                            struct error *error)
{
    static const char *const actions[BRIEFING_STEPS] = { "briefing.draft",  "briefing.recount", "briefing.say",
                                                         "briefing.check",  "briefing.approve", "briefing.return",
                                                         "briefing.publish" };
    int64_t version = act->step == BRIEF_DRAFT ? now->version + 1 : now->version;
    struct str detail = arena_printf(writing->arena, "version=%lld", (long long)version);
    if (act->step == BRIEF_SAY) {
        struct str value = act->say.has_other ? figure_number(writing->arena, act->say.other_e6, 6, false) : STR("");
        detail = arena_printf(writing->arena, "%.*s figure=%.*s said=%.*s note=%.*s", STR_ARG(detail),
                              STR_ARG(act->say.indicator), STR_ARG(value), STR_ARG(act->say.note));
    } else if (act->step == BRIEF_CHECK) {
        size_t findings = 0;
        for (size_t i = 0; i < act->of.n; i++) {
            findings += act->of.figures[i].finding != FINDING_NONE;
        }
        detail = arena_printf(writing->arena, "%.*s findings=%zu%s", STR_ARG(detail), findings,
                              act->result == BRIEFING_UNANSWERED ? " unanswered" : "");
    } else if (act->step == BRIEF_APPROVE || act->step == BRIEF_PUBLISH) {
        detail = arena_printf(writing->arena, "%.*s sm3=%.*s", STR_ARG(detail),
                              STR_ARG(hex_encode(writing->arena, now->checked_hash, SM3_BYTES)));
    }
    struct journal_entry entry = { .actor = act->account,
                                   .role = act->role,
                                   .action = actions[act->step],
                                   .subject_kind = "briefing",
                                   .subject_id = act->briefing,
                                   .detail = detail };
    return journal_append(writing, &entry, error);
}

static bool fits(enum briefing_step step, enum briefing_state state)
{
    switch (step) {
    case BRIEF_DRAFT:
        return true;
    case BRIEF_RECOUNT:
    case BRIEF_SAY:
    case BRIEF_CHECK:
        return state == BRIEFING_DRAFT || state == BRIEFING_CHECKED;
    case BRIEF_APPROVE:
        return state == BRIEFING_CHECKED;
    case BRIEF_RETURN:
        return state == BRIEFING_CHECKED || state == BRIEFING_APPROVED;
    case BRIEF_PUBLISH:
        return state == BRIEFING_APPROVED;
    case BRIEFING_STEPS:
        break;
    }
    return false;
}

static bool take_step(struct writing *writing, struct briefing_act *act, struct briefing_version *now,
                      struct error *error)
{
    switch (act->step) {
    case BRIEF_DRAFT:
        return draft(writing, act, now, error);
    case BRIEF_RECOUNT:
        return recount(writing, act, now, error);
    case BRIEF_SAY:
        return say(writing, act, now, error);
    case BRIEF_CHECK:
        return check(writing, act, now, error);
    case BRIEF_APPROVE:
        return approve(writing, act, now, error);
    case BRIEF_RETURN:
        return unsettle(writing, now, error);
    case BRIEF_PUBLISH:
        return publish(writing, act, now, error);
    case BRIEFING_STEPS:
        break;
    }
    return error_set(error, "there is no such step of a briefing");
}

static bool run_once(struct writing *writing, struct briefing_act *act, struct error *error)
{
    struct briefing_version now = { 0 };
    bool found = act->of.briefing == 0;
    act->result = BRIEFING_DONE;
    act->briefing = act->of.briefing;
    if (!found && !briefing_read(writing->db, writing->arena, act->of.briefing, 0, false, &now, &found, error)) {
        return false;
    }
    if (!found) {
        act->result = BRIEFING_MISSING;
        return true;
    }
    if (!fits(act->step, now.state) || (act->of.version && act->of.version != now.version)) {
        act->result = BRIEFING_NOT_NOW;
        return true;
    }
    return take_step(writing, act, &now, error) &&
           ((act->result != BRIEFING_DONE && act->result != BRIEFING_UNANSWERED) ||
            note_in_journal(writing, act, &now, error));
}

bool briefing_step_run(struct writing *writing, void *input, struct error *error)
{
    struct briefing_act *act = input;
    struct str answer;
    bool is_new = true;
    if (act->form_key.n) {
        if (!once_claim(writing, act->form_key, act->account, &answer, &is_new, error)) {
            return false;
        }
        if (!is_new) {
            act->result = BRIEFING_DONE;
            return str_to_int(answer, 1, INT64_MAX, &act->briefing) ||
                   error_set(error, "the briefing's number was not kept");
        }
    }
    if (!run_once(writing, act, error)) {
        return false;
    }
    return !act->form_key.n ||
           once_answer(writing, act->form_key, arena_printf(writing->arena, "%lld", (long long)act->briefing), error);
}
