/* The seed: what the witnesses committed to, what they opened, and what became of who did not. */
#include "places/round_inside.h"

#include "base/buf.h"
#include "base/hex.h"
#include "places/witness.h"

#include <stdio.h>

/* The detail of the step ends with this and the value, so that the value may hold anything. */
static const struct str public_word = { "; public ", sizeof "; public " - 1 };

bool round_public_value(struct db *db, struct arena *arena, int64_t round, struct str *value, struct error *error)
{
    struct str detail;
    *value = STR("");
    if (!round_step_detail(db, arena, round, STEP_OPEN_SECRETS, &detail, error)) {
        return false;
    }
    for (size_t i = 0; i + public_word.n <= detail.n; i++) {
        if (str_starts(str_part(detail, i, detail.n), public_word)) {
            *value = str_part(detail, i + public_word.n, detail.n);
            return true;
        }
    }
    return true;
}

bool round_sources(struct db *db, struct places *places, struct arena *arena, const struct round *round,
                   struct str public_value, struct transcript *transcript, struct error *error)
{
    const struct policy *policy;
    struct witness_row *rows;
    size_t n;
    if (!places_policy(places, db, round->policy, &policy, error) ||
        !witness_list(db, arena, places, round->id, &rows, &n, error)) {
        return false;
    }
    struct transcript_witness *witness = ARENA_ARRAY(arena, struct transcript_witness, n);
    transcript->witness = witness;
    transcript->witnesses = 0;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].commitment.n == 0) {
            continue;
        }
        struct transcript_witness *w = &witness[transcript->witnesses++];
        unsigned char *secret = arena_alloc(arena, TRANSCRIPT_SECRET_MAX);
        size_t bytes = rows[i].secret.n / 2;
        if (!hex_decode(rows[i].commitment, w->commitment, SM3_BYTES) || bytes > TRANSCRIPT_SECRET_MAX ||
            !hex_decode(rows[i].secret, secret, bytes)) {
            return error_set(error, "the commitment or the secret of witness %.*s is damaged", STR_ARG(rows[i].id));
        }
        w->id = (struct transcript_text){ rows[i].id.p, rows[i].id.n };
        w->secret = bytes ? secret : NULL;
        w->secret_bytes = bytes;
    }
    transcript->publics = policy->public_value.zh.n > 0 && public_value.n > 0;
    if (transcript->publics) {
        struct transcript_public *value = ARENA_NEW(arena, struct transcript_public);
        value->name = (struct transcript_text){ policy->public_value.zh.p, policy->public_value.zh.n };
        value->value = (struct transcript_text){ public_value.p, public_value.n };
        transcript->public_value = value;
    }
    return true;
}

/* "opened notary parents; missing discipline; public 0123" */
static struct str draw_detail(struct arena *arena, const struct transcript *transcript, struct str public_value)
{
    struct buf buf = buf_init(64 * 1024);
    for (int turn = 0; turn < 2; turn++) {
        buf_add_cstr(&buf, turn == 0 ? "opened" : "; missing");
        for (uint32_t i = 0; i < transcript->witnesses; i++) {
            const struct transcript_witness *w = &transcript->witness[i];
            if ((w->secret == NULL) == (turn == 1)) {
                buf_printf(&buf, " %.*s", (int)w->id.bytes, w->id.text);
            }
        }
    }
    if (transcript->publics) {
        buf_add(&buf, public_word);
        buf_add(&buf, public_value);
    }
    struct str detail = arena_str(arena, buf_str(&buf));
    buf_free(&buf);
    return detail;
}

/* Who committed has until then; before, the set of secrets is not settled, and whoever drew could choose among sets. */
static bool witnesses_settled(struct writing *writing, struct round_advance *advance, const struct round *round,
                              struct error *error)
{
    int64_t missing, until;
    if (!witness_deadline(writing->db, round, &until, error) ||
        !db_one_int(writing->db, error, &missing, NULL,
                    "select count(*) from witness where round = ?1 and commitment is not null and secret is null",
                    V_INT(round->id))) {
        return false;
    }
    if (missing > 0 && writing->now < until) {
        advance->result = ROUND_WITNESSES;
        advance->count = missing;
        advance->moment = until;
    }
    return true;
}

struct signer round_signer(struct writing *writing, struct places *places, int64_t round)
{
    return (struct signer){
        .writing = writing, .db = writing->db, .arena = writing->arena, .places = places, .round = round
    };
}

static bool put_nowhere(void *ctx, const char *text, size_t bytes)
{
    (void)ctx;
    (void)text;
    (void)bytes;
    return true;
}

/* The seed part is signed now, when it is fixed; the step `allot` writes the same bytes into the file. */
static bool sign_seed(struct writing *writing, struct places *places, const struct round_list *list, struct str text,
                      const struct transcript_commitment *commitment, struct error *error)
{
    struct transcript_writer writer;
    struct allot_error wrong = { 0 };
    struct signer signer = round_signer(writing, places, list->round);
    unsigned char seed[SM3_BYTES];
    transcript_start(&writer, put_nowhere, NULL);
    transcript_resume(&writer, text.p, text.n);
    if (!transcript_write_seed(&writer, &list->transcript, commitment, NULL, seed, &wrong)) {
        return error_set(error, "the seed cannot be written down: %s", wrong.message);
    }
    return signer_sign(&signer, &writer, "seed", 0, true, error);
}

bool round_do_open_secrets(struct writing *writing, struct round_advance *advance, const struct round *round,
                           struct error *error)
{
    const struct policy *policy;
    struct round_list list;
    struct str text, public_value = str_trim(advance->public_value);
    struct transcript_commitment commitment;
    struct allot_error wrong = { 0 };
    unsigned char seed[SM3_BYTES];
    if (!places_policy(advance->places, writing->db, round->policy, &policy, error)) {
        return false;
    }
    if (policy->public_value.zh.n > 0 && (public_value.n == 0 || public_value.n > TRANSCRIPT_TEXT_MAX)) {
        advance->result = ROUND_NO_PUBLIC;
        return true;
    }
    if (!round_final_list(writing, advance, round, &list, &text, &commitment, error) || advance->result != ROUND_DONE) {
        return advance->result != ROUND_DONE;
    }
    if (!witnesses_settled(writing, advance, round, error) || advance->result != ROUND_DONE) {
        return advance->result != ROUND_DONE;
    }
    if (!round_sources(writing->db, advance->places, writing->arena, round, public_value, &list.transcript, error)) {
        return false;
    }
    if (!transcript_seed(&list.transcript, &commitment, seed, &wrong)) {
        advance->result = ROUND_NO_SECRET;
        snprintf(advance->detail, sizeof advance->detail, "%s", wrong.message);
        return true;
    }
    return sign_seed(writing, advance->places, &list, text, &commitment, error) &&
           db_run(writing->db, error, "update round set seed = ?2 where id = ?1", V_INT(round->id),
                  V_TEXT(hex_encode(writing->arena, seed, sizeof seed))) &&
           round_step_keep(writing, advance, STR(""), 0, draw_detail(writing->arena, &list.transcript, public_value),
                           error);
}
