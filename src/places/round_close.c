/* Steps that fix what everybody can check: announce (the rules), close and final (the list).
 *
 * What must hold: what is published is what the next step uses. The hash of the rules is published before anybody
 * applies; the list of the close is on disk before the round is closed; nothing that changes between close and final
 * changes without its line in the journal; after final nothing changes at all, and round_final_list finds it if it did.
 */
#include "places/round_inside.h"

#include "base/buf.h"
#include "base/hex.h"
#include "places/sign.h"
#include "registry/touch.h"
#include "store/journal.h"

#include <stdio.h>

/* ---- Announce ---- */

bool round_do_announce(struct writing *writing, struct round_advance *advance, const struct round *round,
                       struct error *error)
{
    const struct policy *policy;
    unsigned char hash[SM3_BYTES];
    int64_t places;
    if (!db_one_int(writing->db, error, &places, NULL,
                    "select coalesce(cast(sum(capacity) as bigint), 0) from offer where round = ?1",
                    V_INT(round->id))) {
        return false;
    }
    if (places == 0) {
        advance->result = ROUND_NO_OFFERS;
        return true;
    }
    size_t touching;
    if (!places_policy(advance->places, writing->db, round->policy, &policy, error) ||
        (policy->balance_neighbours && !round->parent &&
         !registry_touch_compute(writing, round->division, str_of(stage_id(round->stage)), &touching, error)) ||
        !round_rules_hash(writing->db, advance->places, writing->arena, round->id, hash, error)) {
        return false;
    }
    for (size_t i = 0; i < policy->nwitnesses; i++) {
        if (!db_run(writing->db, error, "insert into witness (round, id) values (?1, ?2) on conflict do nothing",
                    V_INT(round->id), V_TEXT(policy->witnesses[i].id))) {
            return false;
        }
    }
    struct str hex = hex_encode(writing->arena, hash, sizeof hash);
    advance->count = places;
    return db_run(writing->db, error, "update round set rules_hash = ?2 where id = ?1", V_INT(round->id),
                  V_TEXT(hex)) &&
           round_step_keep(writing, advance, STR(""), 0,
                           arena_printf(writing->arena, "policy %lld rules %.*s places %lld", (long long)round->policy,
                                        STR_ARG(hex), (long long)places),
                           error);
}

/* ---- Close ---- */

static bool publish_list(struct writing *writing, struct round_advance *advance, const struct round *round,
                         enum list_rule rule, const char *part, struct str *text, struct str *rules_hash,
                         struct error *error)
{
    struct round_list list;
    struct transcript_commitment commitment;
    struct signer signer = round_signer(writing, advance->places, round->id);
    const char *signed_as = strcmp(part, "close") == 0 ? "close" : "list";
    if (!round_list_build(writing->db, advance->places, writing->arena, round->id, rule, true, &list, error) ||
        !round_list_text(&list, writing->arena, &signer, signed_as, true, text, &commitment, error) ||
        !round_file_write(advance->places, writing->arena, round->label, part, *text, error)) {
        return false;
    }
    struct str root = hex_encode(writing->arena, commitment.root, SM3_BYTES);
    *rules_hash = hex_encode(writing->arena, commitment.rules, SM3_BYTES);
    snprintf(advance->root, sizeof advance->root, "%.*s", STR_ARG(root));
    advance->count = (int64_t)commitment.count;
    return true;
}

/* Somebody must have committed, or a public value must be named: else there will be no seed. */
static bool has_source(struct writing *writing, struct round_advance *advance, const struct round *round, bool *has,
                       struct error *error)
{
    const struct policy *policy;
    int64_t committed;
    if (!places_policy(advance->places, writing->db, round->policy, &policy, error) ||
        !db_one_int(writing->db, error, &committed, NULL,
                    "select count(*) from witness where round = ?1 and commitment is not null", V_INT(round->id))) {
        return false;
    }
    *has = committed > 0 || policy->public_value.zh.n > 0;
    return true;
}

bool round_do_close(struct writing *writing, struct round_advance *advance, const struct round *round,
                    struct error *error)
{
    struct str text, rules;
    bool has;
    if (!has_source(writing, advance, round, &has, error)) {
        return false;
    }
    if (!has) {
        advance->result = ROUND_NO_WITNESS;
        return true;
    }
    return publish_list(writing, advance, round, LIST_STANDING, "close", &text, &rules, error) &&
           round_step_keep(writing, advance, str_of(advance->root), advance->count,
                           arena_printf(writing->arena, "rules %.*s", STR_ARG(rules)), error);
}

/* ---- Final ---- */

/* Is the file of the close the one whose root was published? */
static bool closed_list(struct writing *writing, struct round_advance *advance, const struct round *round,
                        struct str *text, struct error *error)
{
    struct transcript_report report = { 0 };
    struct str root = { 0 };
    bool found, there;
    if (!db_one_text(writing->db, error, writing->arena, &root, &found,
                     "select root from round_step where round = ?1 and step = 'close'", V_INT(round->id)) ||
        !round_file_read(advance->places, writing->arena, round->label, "close", text, &there, error)) {
        return false;
    }
    bool same = found && there && round_text_verifies(*text, &report) &&
                str_eq(hex_encode(writing->arena, report.commitment.root, SM3_BYTES), root);
    if (!same) {
        advance->result = ROUND_TAMPERED;
        snprintf(advance->detail, sizeof advance->detail,
                 there ? "%.*s.close.txt is not the list that was published at the close (line %zu)"
                       : "%.*s.close.txt is missing",
                 STR_ARG(round->label), report.line);
    }
    return true;
}

/* Every leaf that differs, into the journal; as many as fit in one entry together. */
static bool journal_leaves(struct writing *writing, const struct round_advance *advance, const struct round *round,
                           const struct list_difference *differences, size_t n, struct error *error)
{
    enum { TOGETHER = 50 };
    for (size_t i = 0; i < n; i += TOGETHER) {
        struct buf buf = buf_init(LIMIT_JOURNAL_DETAIL);
        for (size_t j = i; j < n && j < i + TOGETHER; j++) {
            buf_printf(&buf, "%c%.*s\n", differences[j].kind, STR_ARG(differences[j].ticket));
        }
        bool good =
            round_journal(writing, &advance->actor, "round.leaves", round->id, round->division, buf_str(&buf), error);
        buf_free(&buf);
        if (!good) {
            return false;
        }
    }
    return true;
}

static bool keep_final(struct writing *writing, struct round_advance *advance, const struct round *round,
                       struct str closed, struct error *error)
{
    struct list_difference *differences;
    size_t n, by_kind[3] = { 0 };
    struct str text, rules;
    enum list_rule rule = advance->undecided == UNDECIDED_LEAVE_OUT ? LIST_PASSED : LIST_STANDING;
    if (!publish_list(writing, advance, round, rule, "final", &text, &rules, error)) {
        return false;
    }
    round_list_compare(writing->arena, closed, text, &differences, &n);
    for (size_t i = 0; i < n; i++) {
        by_kind[differences[i].kind == '+' ? 0 : differences[i].kind == '-' ? 1 : 2]++;
    }
    struct str detail = arena_printf(writing->arena, "%s; added %zu removed %zu changed %zu; rules %.*s",
                                     rule == LIST_PASSED ? "passed only" : "with undecided as established", by_kind[0],
                                     by_kind[1], by_kind[2], STR_ARG(rules));
    return journal_leaves(writing, advance, round, differences, n, error) &&
           db_run(writing->db, error, "update round set rules_hash = ?2 where id = ?1", V_INT(round->id),
                  V_TEXT(rules)) &&
           round_step_keep(writing, advance, str_of(advance->root), advance->count, detail, error);
}

bool round_do_final(struct writing *writing, struct round_advance *advance, const struct round *round,
                    struct error *error)
{
    int64_t undecided;
    struct str closed;
    if (!db_one_int(writing->db, error, &undecided, NULL,
                    "select count(*) from application where round = ?1 and state = 'submitted' and "
                    "review not in ('passed', 'refused')",
                    V_INT(round->id))) {
        return false;
    }
    if (undecided > 0 && advance->undecided == UNDECIDED_REFUSE) {
        advance->result = ROUND_UNDECIDED;
        advance->count = undecided;
        return true;
    }
    return closed_list(writing, advance, round, &closed, error) &&
           (advance->result != ROUND_DONE || keep_final(writing, advance, round, closed, error));
}

/* ---- After final ---- */

/* In words, where the database's list departs from the published one. */
static void tell_difference(struct writing *writing, struct round_advance *advance, const struct round *round,
                            struct str text, struct str final)
{
    struct list_difference *differences;
    size_t n;
    round_list_compare(writing->arena, final, text, &differences, &n);
    if (n == 0) {
        snprintf(advance->detail, sizeof advance->detail, "the rules of %.*s (capacities, distances) were changed",
                 STR_ARG(round->label));
        return;
    }
    snprintf(advance->detail, sizeof advance->detail, "%zu leaves differ; the first: %s %.*s", n,
             differences[0].kind == '+'   ? "added"
             : differences[0].kind == '-' ? "removed"
                                          : "changed",
             STR_ARG(differences[0].ticket));
}

bool round_final_list(struct writing *writing, struct round_advance *advance, const struct round *round,
                      struct round_list *list, struct str *text, struct transcript_commitment *commitment,
                      struct error *error)
{
    enum list_rule rule;
    struct str root, final = { 0 };
    bool there;
    struct signer signer = round_signer(writing, advance->places, round->id);
    if (!db_one_text(writing->db, error, writing->arena, &root, NULL,
                     "select root from round_step where round = ?1 and step = 'final'", V_INT(round->id)) ||
        !round_list_rule(writing->db, round->id, &rule, error) ||
        !round_list_build(writing->db, advance->places, writing->arena, round->id, rule, true, list, error) ||
        !round_list_text(list, writing->arena, &signer, "list", false, text, commitment, error) ||
        !round_file_read(advance->places, writing->arena, round->label, "final", &final, &there, error)) {
        return false;
    }
    bool same_root = str_eq(hex_encode(writing->arena, commitment->root, SM3_BYTES), root);
    bool same_rules = str_eq(hex_encode(writing->arena, commitment->rules, SM3_BYTES), round->rules_hash);
    if (!same_root || !same_rules || (there && !str_eq(*text, final))) {
        advance->result = ROUND_TAMPERED;
        tell_difference(writing, advance, round, *text, final);
        return true;
    }
    /* A published file that is gone can be made again: its root is known. */
    return there || round_file_write(advance->places, writing->arena, round->label, "final", *text, error);
}
