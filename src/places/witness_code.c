/* Codes for witnesses without an account. See witness.h; what a code opens are the same two commands. */
#include "places/witness.h"

#include "base/hex.h"
#include "places/round_inside.h"

#include <stdio.h>

/* 20 of 32 signs without I, L, O, U: 100 bits, in groups of five. */
static const char signs[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
enum { CODE_SIGNS = 20, GROUP = 5 };

static bool make_code(char out[WITNESS_CODE_SIZE], struct error *error)
{
    unsigned char random[CODE_SIGNS];
    size_t n = 0;
    if (!vault_random(random, sizeof random, error)) {
        return false;
    }
    for (size_t i = 0; i < CODE_SIGNS; i++) {
        if (i && i % GROUP == 0) {
            out[n++] = '-';
        }
        out[n++] = signs[random[i] % 32];
    }
    out[n] = 0;
    return true;
}

/* Upper case, signs that look alike read as what they must be, all else dropped. */
static struct str clean_code(struct arena *arena, struct str typed)
{
    char *out = arena_alloc(arena, typed.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < typed.n; i++) {
        char c = typed.p[i];
        c = c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
        c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
        if (c && strchr(signs, c)) {
            out[n++] = c;
        }
    }
    return (struct str){ out, n };
}

static struct str hash_of(struct writing *writing, struct str code)
{
    return vault_hash_in(writing->vault, writing->arena, "witness.code", clean_code(writing->arena, code));
}

static enum witness_result may_give(const struct round *round, bool found, bool opened)
{
    return !found                           ? WITNESS_NOT_FOUND
           : round->state < ROUND_ANNOUNCED ? WITNESS_TOO_EARLY
           : round->state > ROUND_FINAL     ? WITNESS_TOO_LATE
           : opened                         ? WITNESS_TWICE
                                            : WITNESS_DONE;
}

bool witness_code_run(struct writing *writing, void *input, struct error *error)
{
    struct witness_code *give = input;
    struct str answer, secret = { "", 0 };
    struct round round;
    bool go, row, found;
    give->repeated = false;
    give->result = WITNESS_DONE;
    give->code[0] = 0;
    if (!once_open(writing, give->form_key, give->actor.account, &answer, &go, error)) {
        return false;
    }
    if (!go) {
        give->repeated = true;
        return true;
    }
    if (!db_one_text(writing->db, error, writing->arena, &secret, &row,
                     "select coalesce(secret, '') from witness where round = ?1 and id = ?2", V_INT(give->round),
                     V_TEXT(give->id)) ||
        !round_load(writing->db, writing->arena, give->round, &round, &found, error)) {
        return false;
    }
    give->result = may_give(&round, row && found, secret.n > 0);
    if (give->result != WITNESS_DONE) {
        return true;
    }
    if (!make_code(give->code, error)) {
        return false;
    }
    struct str hash = hash_of(writing, str_of(give->code));
    return db_run(writing->db, error, "update witness set code_hash = ?3, code_at = ?4 where round = ?1 and id = ?2",
                  V_INT(give->round), V_TEXT(give->id), V_TEXT(hex_encode(writing->arena, hash.p, hash.n)),
                  V_INT(writing->now)) &&
           round_journal(writing, &give->actor, "witness.code", give->round, round.division, give->id, error) &&
           once_close(writing, give->form_key, STR("done"), error);
}

bool witness_coded_run(struct writing *writing, void *input, struct error *error)
{
    struct witness_coded *coded = input;
    struct witness_step *step = &coded->step;
    struct str hash = hash_of(writing, coded->code);
    bool found;
    step->repeated = false;
    if (!db_one_text(writing->db, error, writing->arena, &step->id, &found,
                     "select id from witness where round = ?1 and code_hash = ?2", V_INT(step->round),
                     V_TEXT(hex_encode(writing->arena, hash.p, hash.n)))) {
        return false;
    }
    if (!found) {
        step->result = WITNESS_NO_CODE;
        return true;
    }
    if (!(coded->opening ? witness_open_run(writing, step, error) : witness_commit_run(writing, step, error))) {
        return false;
    }
    return !coded->opening || step->result != WITNESS_DONE ||
           db_run(writing->db, error, "update witness set code_hash = '' where round = ?1 and id = ?2",
                  V_INT(step->round), V_TEXT(step->id));
}
