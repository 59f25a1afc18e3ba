/* Witnesses: commitments before the close, secrets after the final root; and the demo's own secrets in files. */
#include "places/witness.h"

#include "allot/transcript.h"
#include "base/hex.h"
#include "places/round_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct text witness_result_text(enum witness_result result)
{
    static const struct text texts[WITNESS_RESULT_COUNT] = {
        [WITNESS_DONE] = T("已记录", "Kept"),
        [WITNESS_NOT_FOUND] = T("本批次没有这位见证人", "This round has no such witness"),
        [WITNESS_TOO_EARLY] = T("还不到时候：承诺值在方案公布后提交，秘密在最终名单根值公布后公开",
                                "Too early: commitments after the announcement, secrets after the final root"),
        [WITNESS_TOO_LATE] = T("已过时间：承诺值须在报名截止前提交，秘密须在派位时间后两小时内公开",
                               "Too late: commitments end at the close, secrets two hours after the time of the draw"),
        [WITNESS_BAD_HEX] = T("请填写十六进制数字：承诺值64位，秘密32至128位",
                              "Hexadecimal digits are needed: 64 of a commitment, 32 to 128 of a secret"),
        [WITNESS_NOT_MATCHING] = T("这个秘密与当初的承诺值不符", "The secret is not the one that was committed to"),
        [WITNESS_NO_COMMITMENT] = T("没有提交过承诺值，不能公开秘密", "There was no commitment before the close"),
        [WITNESS_NO_CODE] = T("本批次没有这个一次性码，请核对，或请县（市、区）另发一个",
                              "This round has no such code: check it, or ask the county for another"),
        [WITNESS_TWICE] = T("此前已经提交，不能更改", "It was handed in before and cannot be changed"),
    };
    return texts[result];
}

/* Lower case, without blanks around; false when it is not hexadecimal. */
static bool clean_hex(struct arena *arena, struct str typed, struct str *out)
{
    struct str s = str_trim(typed);
    char *text = arena_alloc(arena, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        text[i] = c >= 'A' && c <= 'F' ? (char)(c + ('a' - 'A')) : c;
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f'))) {
            return false;
        }
    }
    *out = (struct str){ text, s.n };
    return s.n % 2 == 0;
}

bool witness_commitment(struct arena *arena, struct str secret, struct str *commitment)
{
    unsigned char bytes[TRANSCRIPT_SECRET_MAX], digest[SM3_BYTES];
    struct str hex;
    if (!clean_hex(arena, secret, &hex) || hex.n < 2 * (size_t)TRANSCRIPT_SECRET_MIN ||
        hex.n > 2 * (size_t)TRANSCRIPT_SECRET_MAX || !hex_decode(hex, bytes, hex.n / 2)) {
        return false;
    }
    sm3_of(bytes, hex.n / 2, digest);
    *commitment = hex_encode(arena, digest, sizeof digest);
    return true;
}

/* ---- Commands ---- */

struct kept {
    bool found;
    struct str commitment, secret;
    struct round round;
    bool over; /* the time for secrets, and somebody opened in it */
};

bool witness_deadline(struct db *db, const struct round *round, int64_t *deadline, struct error *error)
{
    int64_t final = 0;
    bool found;
    if (!db_one_int(db, error, &final, &found, "select at from round_step where round = ?1 and step = 'final'",
                    V_INT(round->id))) {
        return false;
    }
    *deadline = (final > round->dates.draw_at ? final : round->dates.draw_at) + WITNESS_WAIT_MS;
    return true;
}

/* When nobody opened in time the first who does is let in: a round without a seed would hang for ever. */
static bool look_at_time(struct writing *writing, struct kept *kept, struct error *error)
{
    int64_t deadline, opened;
    if (!witness_deadline(writing->db, &kept->round, &deadline, error) ||
        !db_one_int(writing->db, error, &opened, NULL,
                    "select count(*) from witness where round = ?1 and secret is not null", V_INT(kept->round.id))) {
        return false;
    }
    kept->over = writing->now >= deadline && opened > 0;
    return true;
}

static bool open_step(struct writing *writing, struct witness_step *step, struct kept *out, bool *go,
                      struct error *error)
{
    struct str answer;
    step->repeated = false;
    step->result = WITNESS_DONE;
    *out = (struct kept){ 0 };
    if (!once_open(writing, step->form_key, step->actor.account, &answer, go, error)) {
        return false;
    }
    if (!*go) {
        step->repeated = true;
        return true;
    }
    struct rows *rows =
        db_query(writing->db, error, "select commitment, secret from witness where round = ?1 and id = ?2",
                 V_INT(step->round), V_TEXT(step->id));
    bool row = rows_next(rows);
    if (row) {
        out->commitment = rows_text_in(rows, 0, writing->arena);
        out->secret = rows_text_in(rows, 1, writing->arena);
    }
    return rows_end(rows, error) &&
           round_load(writing->db, writing->arena, step->round, &out->round, &out->found, error) &&
           ((out->found = out->found && row), true);
}

static bool close_step(struct writing *writing, struct witness_step *step, const struct kept *kept, const char *action,
                       struct error *error)
{
    return round_journal(writing, &step->actor, action, step->round, kept->round.division, step->id, error) &&
           once_close(writing, step->form_key, STR("done"), error);
}

bool witness_commit_run(struct writing *writing, void *input, struct error *error)
{
    struct witness_step *step = input;
    struct kept kept;
    struct str hex = { 0 };
    bool go;
    if (!open_step(writing, step, &kept, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    step->result = !kept.found                                                                     ? WITNESS_NOT_FOUND
                   : kept.round.state < ROUND_ANNOUNCED                                            ? WITNESS_TOO_EARLY
                   : kept.round.state > ROUND_OPEN                                                 ? WITNESS_TOO_LATE
                   : kept.commitment.n                                                             ? WITNESS_TWICE
                   : !clean_hex(writing->arena, step->hex, &hex) || hex.n != 2 * (size_t)SM3_BYTES ? WITNESS_BAD_HEX
                                                                                                   : WITNESS_DONE;
    return step->result != WITNESS_DONE ||
           (db_run(writing->db, error,
                   "update witness set commitment = ?3, committed_at = ?4 where round = ?1 and id = ?2",
                   V_INT(step->round), V_TEXT(step->id), V_TEXT(hex), V_INT(writing->now)) &&
            close_step(writing, step, &kept, "witness.commit", error));
}

static enum witness_result may_open(struct writing *writing, const struct witness_step *step, const struct kept *kept,
                                    struct str *hex)
{
    struct str commitment;
    if (!kept->found) {
        return WITNESS_NOT_FOUND;
    }
    if (kept->round.state != ROUND_FINAL) {
        return kept->round.state < ROUND_FINAL ? WITNESS_TOO_EARLY : WITNESS_TOO_LATE;
    }
    if (kept->over) {
        return WITNESS_TOO_LATE;
    }
    if (kept->commitment.n == 0 || kept->secret.n) {
        return kept->secret.n ? WITNESS_TWICE : WITNESS_NO_COMMITMENT;
    }
    if (!clean_hex(writing->arena, step->hex, hex) || !witness_commitment(writing->arena, *hex, &commitment)) {
        return WITNESS_BAD_HEX;
    }
    return str_eq(commitment, kept->commitment) ? WITNESS_DONE : WITNESS_NOT_MATCHING;
}

bool witness_open_run(struct writing *writing, void *input, struct error *error)
{
    struct witness_step *step = input;
    struct kept kept;
    struct str hex = { 0 };
    bool go;
    if (!open_step(writing, step, &kept, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (kept.found && !look_at_time(writing, &kept, error)) {
        return false;
    }
    step->result = may_open(writing, step, &kept, &hex);
    return step->result != WITNESS_DONE ||
           (db_run(writing->db, error, "update witness set secret = ?3, opened_at = ?4 where round = ?1 and id = ?2",
                   V_INT(step->round), V_TEXT(step->id), V_TEXT(hex), V_INT(writing->now)) &&
            close_step(writing, step, &kept, "witness.open", error));
}

/* ---- Reads ---- */

static bool fill_witness(struct rows *rows, struct arena *arena, struct witness_row *out, size_t n)
{
    struct str id = rows_text(rows, 0);
    for (size_t i = 0; i < n; i++) {
        if (str_eq(out[i].id, id)) {
            out[i].commitment = rows_text_in(rows, 1, arena);
            out[i].committed_at = rows_int(rows, 2);
            out[i].secret = rows_text_in(rows, 3, arena);
            out[i].opened_at = rows_int(rows, 4);
            out[i].code_at = rows_int(rows, 5);
            return true;
        }
    }
    return false;
}

bool witness_list(struct db *db, struct arena *arena, struct places *places, int64_t round, struct witness_row **out,
                  size_t *n, struct error *error)
{
    const struct policy *policy;
    struct round row;
    bool found, known = true;
    *out = NULL;
    *n = 0;
    if (!round_load(db, arena, round, &row, &found, error)) {
        return false;
    }
    if (!found) {
        return error_set(error, "there is no round %lld", (long long)round);
    }
    if (!places_policy(places, db, row.policy, &policy, error)) {
        return false;
    }
    *out = ARENA_ARRAY(arena, struct witness_row, policy->nwitnesses);
    *n = policy->nwitnesses;
    for (size_t i = 0; i < *n; i++) {
        (*out)[i].id = policy->witnesses[i].id;
        (*out)[i].name = policy->witnesses[i].name;
        (*out)[i].kind = policy->witnesses[i].kind;
    }
    struct rows *rows = db_query(
        db, error, "select id, commitment, committed_at, secret, opened_at, code_at from witness where round = ?1",
        V_INT(round));
    while (rows_next(rows)) {
        known = fill_witness(rows, arena, *out, *n) && known;
    }
    return rows_end(rows, error) &&
           (known || error_set(error, "round %lld has a witness that its policy does not name", (long long)round));
}

/* ---- The demo's secrets ---- */

static struct str secret_path(struct places *places, struct arena *arena, struct str label, struct str id)
{
    return arena_printf(arena, "%s/witness/%.*s-%.*s.txt", places_data(places), STR_ARG(label), STR_ARG(id));
}

static bool write_secret(struct places *places, struct arena *arena, struct str path, struct str secret,
                         struct error *error)
{
    struct str folder = arena_printf(arena, "%s/witness", places_data(places));
    struct str line = arena_printf(arena, "%.*s\n", STR_ARG(secret));
    if (mkdir(folder.p, 0700) != 0 && errno != EEXIST) {
        return error_set(error, "%s cannot be made: %s", folder.p, strerror(errno));
    }
    int file = open(path.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        return error_set(error, "%s cannot be made: %s", path.p, strerror(errno));
    }
    bool good = write(file, line.p, line.n) == (ssize_t)line.n;
    good = close(file) == 0 && good;
    return good || error_set(error, "%s cannot be written: %s", path.p, strerror(errno));
}

bool witness_demo_secret(struct places *places, struct arena *arena, struct str label, struct str id, struct str seed,
                         struct str *secret, struct error *error)
{
    unsigned char bytes[SM3_BYTES];
    if (seed.n) {
        struct str text = arena_printf(arena, "witness %.*s %.*s %.*s", STR_ARG(seed), STR_ARG(label), STR_ARG(id));
        sm3_of(text.p, text.n, bytes);
    } else if (!vault_random(bytes, sizeof bytes, error)) {
        return false;
    }
    *secret = hex_encode(arena, bytes, sizeof bytes);
    return write_secret(places, arena, secret_path(places, arena, label, id), *secret, error);
}

bool witness_demo_read(struct places *places, struct arena *arena, struct str label, struct str id, struct str *secret,
                       bool *found, struct error *error)
{
    struct str path = secret_path(places, arena, label, id);
    char bytes[2 * TRANSCRIPT_SECRET_MAX + 2];
    int file = open(path.p, O_RDONLY | O_CLOEXEC);
    *found = file >= 0;
    if (file < 0) {
        return errno == ENOENT || error_set(error, "%s cannot be opened: %s", path.p, strerror(errno));
    }
    ssize_t n = read(file, bytes, sizeof bytes);
    (void)close(file);
    if (n < 0) {
        return error_set(error, "%s cannot be read: %s", path.p, strerror(errno));
    }
    *secret = arena_str(arena, str_trim((struct str){ bytes, (size_t)n }));
    return true;
}
