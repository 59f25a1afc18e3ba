/* Submitting: the one step that a family must be able to trust.
 *
 * What must hold: nobody hears of a receipt that is not on disk (the writer answers after the commit); the ticket is
 * the same for a child and a year whatever the family does; nothing that the allotment reads depends on when. */
#include "allot/sm3.h"
#include "places/inside.h"
#include "places/receipt.h"

#include <stdio.h>

enum { HALF_BYTES = 16, RECEIPT_RANDOM = 15 };

void application_ticket(struct vault *vault, int64_t year, struct str child_citizen_hash, unsigned char out[32])
{
    unsigned char text[8 + VAULT_HASH] = { 0 };
    for (int i = 0; i < 8; i++) {
        text[i] = (unsigned char)((uint64_t)year >> (56 - 8 * i));
    }
    size_t n = child_citizen_hash.n < VAULT_HASH ? child_citizen_hash.n : VAULT_HASH;
    memcpy(text + 8, child_citizen_hash.p, n);
    vault_mac(vault, "ticket", (struct str){ (const char *)text, 8 + n }, out);
}

/* What a submission draws, at once: the generator's call costs more than its bytes. */
struct drawn {
    unsigned char family[HALF_BYTES], bureau[HALF_BYTES], receipt[RECEIPT_RANDOM];
};

/* 16 bytes as they are; typed digits of any number are hashed; none: what was drawn. */
static struct str family_half(struct arena *arena, struct str given, const struct drawn *drawn)
{
    unsigned char *bytes = arena_alloc(arena, SM3_BYTES);
    if (given.n && given.n != HALF_BYTES) {
        sm3_of(given.p, given.n, bytes);
    } else {
        memcpy(bytes, given.n ? (const void *)given.p : drawn->family, HALF_BYTES);
    }
    return (struct str){ (const char *)bytes, HALF_BYTES };
}

/* Another child of the round, born on the same day, under the same guardian: twins, who are noted on
 * both applications. The order of the tables
 * (cross join) keeps the walk with the family, never over the round. */
static bool find_twin(struct writing *writing, const struct loaded *loaded, int64_t *twin, struct error *error)
{
    bool found;
    *twin = 0;
    return db_one_int(writing->db, error, twin, &found,
                      "select a.id from guardian g cross join guardian h cross join child c cross join application a "
                      "where g.child = ?1 and h.account = g.account and h.child <> g.child and c.id = h.child and "
                      "c.birth_day = ?2 and a.round = ?3 and a.child = h.child and a.state = 'submitted' "
                      "order by a.id limit 1",
                      V_INT(loaded->child), V_INT(loaded->birth), V_INT(loaded->round)) &&
           (*twin == 0 || db_run(writing->db, error, "update application set twin = ?2 where id = ?1 and twin is null",
                                 V_INT(*twin), V_INT(loaded->id)));
}

bool applies_elsewhere(struct db *db, int64_t child, int64_t round, bool *elsewhere, struct error *error)
{
    int64_t n;
    if (!db_one_int(db, error, &n, NULL,
                    "select count(*) from application a cross join round r cross join round here where a.child = ?1 "
                    "and a.round <> ?2 and a.state = 'submitted' and r.id = a.round and here.id = ?2 and "
                    "r.year = here.year and r.stage = here.stage and (r.state not in ('published', 'ended') or "
                    "exists (select 1 from claim c where c.subject = a.id and c.state in ('held', 'taken')))",
                    V_INT(child), V_INT(round))) {
        return false;
    }
    *elsewhere = n > 0;
    return true;
}

static void complete(struct application_submit *submit, const struct loaded *loaded, int64_t now)
{
    struct apply *apply = &submit->apply;
    if (str_is(loaded->state, "submitted")) {
        apply->result = APPLY_ALREADY_SUBMITTED;
        submit->submitted_at = loaded->submitted_at;
        submit->submitted_by = loaded->account;
        snprintf(submit->receipt, sizeof submit->receipt, "%.*s", STR_ARG(loaded->receipt));
        return;
    }
    apply->result = !str_is(loaded->state, "draft")
                        ? APPLY_NOT_FOUND
                        : round_window(loaded->round_state, loaded->opens_at, loaded->closes_at, now);
    if (apply->result == APPLY_DONE) {
        apply->result = apply->version && apply->version != loaded->version ? APPLY_CHANGED
                        : !loaded->consented                                ? APPLY_CONSENT_MISSING
                        : !loaded->dwelling                                 ? APPLY_DWELLING_MISSING
                        : !loaded->nchoices                                 ? APPLY_CHOICES_MISSING
                                                                            : APPLY_DONE;
    }
}

/* The receipt of an earlier submission (withdrawn and begun again) stays the child's. */
static void make_receipt(struct application_submit *submit, const struct loaded *loaded, const struct drawn *drawn)
{
    if (loaded->receipt.n) {
        snprintf(submit->receipt, sizeof submit->receipt, "%.*s", STR_ARG(loaded->receipt));
    } else {
        receipt_make(drawn->receipt, submit->receipt);
    }
}

static bool keep_submission(struct writing *writing, struct application_submit *submit, const struct loaded *loaded,
                            struct error *error)
{
    struct drawn drawn;
    unsigned char ticket[32];
    int64_t twin;
    if (!vault_random(&drawn, sizeof drawn, error) || !find_twin(writing, loaded, &twin, error)) {
        return false;
    }
    struct str family = family_half(writing->arena, submit->half_family, &drawn);
    struct str bureau = { (const char *)drawn.bureau, HALF_BYTES };
    make_receipt(submit, loaded, &drawn);
    application_ticket(writing->vault, loaded->year, loaded->citizen_hash, ticket);
    return db_run(writing->db, error,
                  "update application set state = 'submitted', step = 'answers', receipt = ?2, half_family = ?3, "
                  "half_bureau = ?4, ticket = ?5, twin = ?6, submitted_at = ?7, changed_at = ?7, "
                  "version = version + 1 where id = ?1",
                  V_INT(loaded->id), V_TEXT(str_of(submit->receipt)), V_BLOB(family), V_BLOB(bureau),
                  V_BLOB(((struct str){ (const char *)ticket, sizeof ticket })), V_IF(twin, V_INT(twin)),
                  V_INT(writing->now));
}

static bool repeated_receipt(struct writing *writing, struct application_submit *submit, struct error *error)
{
    struct rows *rows =
        db_query(writing->db, error, "select receipt, submitted_at, account from application where id = ?1",
                 V_INT(submit->apply.application));
    if (rows_next(rows)) {
        struct str receipt = rows_text(rows, 0);
        snprintf(submit->receipt, sizeof submit->receipt, "%.*s", STR_ARG(receipt));
        submit->submitted_at = rows_int(rows, 1);
        submit->submitted_by = rows_int(rows, 2);
    }
    return rows_end(rows, error);
}

bool application_submit_run(struct writing *writing, void *input, struct error *error)
{
    struct application_submit *submit = input;
    struct apply *apply = &submit->apply;
    struct loaded loaded;
    bool go;
    submit->receipt[0] = 0;
    submit->submitted_at = submit->submitted_by = 0;
    if (!step_open(writing, apply, STEP_ANY_STATE, &loaded, &go, error)) {
        return false;
    }
    if (!go) {
        return !apply->repeated || repeated_receipt(writing, submit, error);
    }
    bool elsewhere;
    complete(submit, &loaded, writing->now);
    if (apply->result != APPLY_DONE) {
        return true;
    }
    if (!applies_elsewhere(writing->db, loaded.child, loaded.round, &elsewhere, error)) {
        return false;
    }
    bool same;
    if (!together_same(writing->db, writing->arena, &loaded, &same, error)) {
        return false;
    }
    if (elsewhere || !same) {
        apply->result = elsewhere ? APPLY_ELSEWHERE : APPLY_TOGETHER_DIFFER;
        return true;
    }
    if (!keep_submission(writing, submit, &loaded, error)) {
        return false;
    }
    submit->submitted_at = writing->now;
    submit->submitted_by = loaded.account;
    loaded.state = STR("submitted");
    return dwelling_lock_check(writing, apply->places, &loaded, error) &&
           facts_settle(writing, apply->places, &loaded, error) &&
           message_add(writing, loaded.id, "submitted", STR(""), error) &&
           step_close(writing, apply, &loaded, "application.submit", loaded.round_label, error);
}
