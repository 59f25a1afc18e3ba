/* Policies as versions, and making a round by one: the calendar of the policy becomes the round's own. */
#include "places/round.h"

#include "allot/sm3.h"
#include "base/hex.h"
#include "places/round_inside.h"
#include "store/journal.h"

/* ---- Versions of a policy ---- */

/* Is this text a policy of that county, stage and year? */
static bool policy_fits(struct policy_save *save, struct arena *arena)
{
    struct city_mistakes *mistakes = city_mistakes_new();
    struct policy *policy;
    bool good = policy_parse(arena, save->text, "policy", places_city(save->places), &policy, mistakes) &&
                str_eq(policy->county, save->division) && policy->stage == save->stage && policy->year == save->year;
    city_mistakes_free(mistakes);
    return good;
}

static struct str text_hash(struct arena *arena, struct str text)
{
    unsigned char digest[SM3_BYTES];
    sm3_of(text.p ? text.p : "", text.n, digest);
    return hex_encode(arena, digest, sizeof digest);
}

static bool newest_policy(struct writing *writing, const struct policy_save *save, int64_t *id, int64_t *version,
                          struct str *hash, struct error *error)
{
    struct rows *rows =
        db_query(writing->db, error,
                 "select id, version, hash from policy where division = ?1 and stage = ?2 and year = ?3 "
                 "order by version desc limit 1",
                 V_TEXT(save->division), V_TEXT(str_of(stage_id(save->stage))), V_INT(save->year));
    *id = *version = 0;
    *hash = STR("");
    if (rows_next(rows)) {
        *id = rows_int(rows, 0);
        *version = rows_int(rows, 1);
        *hash = rows_text_in(rows, 2, writing->arena);
    }
    return rows_end(rows, error);
}

static bool insert_policy(struct writing *writing, struct policy_save *save, struct str hash, struct error *error)
{
    if (!writing_id(writing, "select coalesce(max(id), 0) from policy", &save->policy, error) ||
        !db_run(writing->db, error,
                "insert into policy (id, division, stage, year, version, text, hash, at, account, note) "
                "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                V_INT(save->policy), V_TEXT(save->division), V_TEXT(str_of(stage_id(save->stage))), V_INT(save->year),
                V_INT(save->version), V_TEXT(save->text), V_TEXT(hash), V_INT(writing->now), V_INT(save->actor.account),
                V_TEXT(save->note))) {
        return false;
    }
    return journal_append(writing,
                          &(struct journal_entry){ .actor = save->actor.account,
                                                   .role = save->actor.role ? save->actor.role : "",
                                                   .action = "policy.save",
                                                   .subject_kind = "policy",
                                                   .subject_id = save->policy,
                                                   .division = save->division,
                                                   .detail = arena_printf(writing->arena, "version %lld, %.*s",
                                                                          (long long)save->version, STR_ARG(hash)) },
                          error);
}

/* A draft goes by the newest version. */
static bool drafts_follow(struct writing *writing, const struct policy_save *save, struct error *error)
{
    return db_run(writing->db, error,
                  "update round set policy = ?4 where division = ?1 and stage = ?2 and year = ?3 and state = 'draft'",
                  V_TEXT(save->division), V_TEXT(str_of(stage_id(save->stage))), V_INT(save->year),
                  V_INT(save->policy));
}

bool policy_save_run(struct writing *writing, void *input, struct error *error)
{
    struct policy_save *save = input;
    struct str answer, newest, hash = text_hash(writing->arena, save->text);
    bool go;
    save->repeated = save->unchanged = false;
    save->result = ROUND_DONE;
    if (!once_open(writing, save->form_key, save->actor.account, &answer, &go, error)) {
        return false;
    }
    if (!newest_policy(writing, save, &save->policy, &save->version, &newest, error)) {
        return false;
    }
    if (!go) {
        save->repeated = true;
        return true;
    }
    if (!policy_fits(save, writing->arena)) {
        save->result = ROUND_BAD_POLICY;
        return true;
    }
    save->unchanged = save->policy != 0 && str_eq(hash, newest);
    if (save->unchanged) {
        return once_close(writing, save->form_key, STR("unchanged"), error);
    }
    save->version++;
    return insert_policy(writing, save, hash, error) && drafts_follow(writing, save, error) &&
           once_close(writing, save->form_key, STR("saved"), error);
}

bool policy_versions(struct db *db, struct arena *arena, struct str division, enum stage stage, int64_t year,
                     struct policy_row **out, size_t *n, struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(db, error,
                                 "select id, version, hash, at, account, note from policy "
                                 "where division = ?1 and stage = ?2 and year = ?3 order by version desc",
                                 V_TEXT(division), V_TEXT(str_of(stage_id(stage))), V_INT(year));
    while (rows_next(rows)) {
        *(struct policy_row *)list_add(&list, arena) =
            (struct policy_row){ rows_int(rows, 0), rows_int(rows, 1), rows_text_in(rows, 2, arena),
                                 rows_int(rows, 3), rows_int(rows, 4), rows_text_in(rows, 5, arena) };
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

bool policy_text(struct db *db, struct arena *arena, int64_t policy, struct str *text, bool *found, struct error *error)
{
    return db_one_text(db, error, arena, text, found, "select text from policy where id = ?1", V_INT(policy));
}

/* ---- A round ---- */

static bool dates_rise(const struct round_dates *d)
{
    return d->opens_at < d->closes_at && d->closes_at < d->objections_until && d->objections_until < d->draw_at &&
           d->draw_at < d->publish_at && d->publish_at < d->answer_by;
}

static bool insert_round(struct writing *writing, struct round_new *new, int64_t policy_id, const struct policy *policy,
                         struct error *error)
{
    const int64_t *m = policy->moments;
    struct str label = arena_printf(writing->arena, "%.*s-%s-%lld", STR_ARG(new->division), stage_id(new->stage),
                                    (long long)new->year);
    if (!writing_id(writing, "select coalesce(max(id), 0) from round", &new->round, error) ||
        !db_run(writing->db, error,
                "insert into round (id, label, division, stage, year, policy, state, opens_at, closes_at, "
                "objections_until, draw_at, publish_at, answer_by) values (?1, ?2, ?3, ?4, ?5, ?6, 'draft', ?7, ?8, "
                "?9, ?10, ?11, ?12)",
                V_INT(new->round), V_TEXT(label), V_TEXT(new->division), V_TEXT(str_of(stage_id(new->stage))),
                V_INT(new->year), V_INT(policy_id), V_INT(m[MOMENT_OPENS]), V_INT(m[MOMENT_CLOSES]),
                V_INT(m[MOMENT_OBJECTIONS_UNTIL]), V_INT(m[MOMENT_DRAW]), V_INT(m[MOMENT_PUBLISHED]),
                V_INT(m[MOMENT_CONFIRM_UNTIL]))) {
        return false;
    }
    return round_journal(writing, &new->actor, "round.new", new->round, new->division, label, error);
}

bool round_new_run(struct writing *writing, void *input, struct error *error)
{
    struct round_new *new = input;
    const struct policy *policy;
    int64_t policy_id = 0, other;
    bool found, twice;
    new->round = 0;
    if (!db_one_int(writing->db, error, &policy_id, &found,
                    "select id from policy where division = ?1 and stage = ?2 and year = ?3 order by version desc "
                    "limit 1",
                    V_TEXT(new->division), V_TEXT(str_of(stage_id(new->stage))), V_INT(new->year)) ||
        !db_one_int(writing->db, error, &other, &twice,
                    "select id from round where division = ?1 and stage = ?2 and year = ?3 and parent is null",
                    V_TEXT(new->division), V_TEXT(str_of(stage_id(new->stage))), V_INT(new->year))) {
        return false;
    }
    new->result = twice ? ROUND_TWICE : !found ? ROUND_NO_POLICY : ROUND_DONE;
    return new->result != ROUND_DONE || (places_policy(new->places, writing->db, policy_id, &policy, error) &&
                                         insert_round(writing, new, policy_id, policy, error));
}

bool round_set_dates_run(struct writing *writing, void *input, struct error *error)
{
    struct round_set_dates *set = input;
    const struct round_dates *d = &set->dates;
    struct round round;
    bool found;
    if (!round_load(writing->db, writing->arena, set->round, &round, &found, error)) {
        return false;
    }
    set->result = !found                       ? ROUND_NOT_FOUND
                  : round.state != ROUND_DRAFT ? ROUND_NOT_DRAFT
                  : !dates_rise(d)             ? ROUND_BAD_DATES
                                               : ROUND_DONE;
    if (set->result != ROUND_DONE) {
        return true;
    }
    struct str detail = arena_printf(writing->arena, "%lld %lld %lld %lld %lld %lld", (long long)d->opens_at,
                                     (long long)d->closes_at, (long long)d->objections_until, (long long)d->draw_at,
                                     (long long)d->publish_at, (long long)d->answer_by);
    return db_run(writing->db, error,
                  "update round set opens_at = ?2, closes_at = ?3, objections_until = ?4, draw_at = ?5, "
                  "publish_at = ?6, answer_by = ?7 where id = ?1",
                  V_INT(set->round), V_INT(d->opens_at), V_INT(d->closes_at), V_INT(d->objections_until),
                  V_INT(d->draw_at), V_INT(d->publish_at), V_INT(d->answer_by)) &&
           round_journal(writing, &set->actor, "round.dates", set->round, round.division, detail, error);
}
