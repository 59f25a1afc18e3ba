/* The keys' file, and signatures that are made once and kept. See sign.h. */
#include "places/sign.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/sm2.h"
#include "places/inside.h"
#include "places/round_inside.h"

#include <openssl/crypto.h>

static const char file_name[] = "rounds.keys";
static const char file_head[] =
    "# SM2 keys that sign rounds: number, made (ms), public key; the last with its secret.\n";
enum { MOST_FILE_BYTES = 256 * 1024 };

/* ---- The keys ---- */

struct held {
    struct list keys; /* struct round_key */
    unsigned char secret[SM2_SECRET];
    bool has_secret;
};

static bool take_line(struct held *held, struct arena *arena, struct str line)
{
    struct round_key key = { 0 };
    struct str word;
    bool good = str_split(&line, ' ', &word) && str_to_int(word, 1, INT64_MAX, &key.number) &&
                str_split(&line, ' ', &word) && str_to_int(word, 0, INT64_MAX, &key.at) &&
                str_split(&line, ' ', &key.key) && key.key.n == 2 * SM2_KEY;
    held->has_secret = good && str_split(&line, ' ', &word) && hex_decode(word, held->secret, SM2_SECRET);
    key.key = arena_str(arena, key.key);
    *(struct round_key *)list_add(&held->keys, arena) = key;
    return good;
}

static bool read_keys(struct vault *vault, struct arena *arena, struct held *held, struct error *error)
{
    struct str text, line;
    bool found;
    *held = (struct held){ .keys = { .size = sizeof(struct round_key) } };
    if (!vault_read_file(vault, file_name, arena, &text, &found, error)) {
        return false;
    }
    while (found && str_split(&text, '\n', &line)) {
        if (line.n && line.p[0] != '#' && !take_line(held, arena, line)) {
            return error_set(error, "the file keys/%s is damaged", file_name);
        }
    }
    return held->keys.n == 0 || held->has_secret ||
           error_set(error, "the file keys/%s has no secret for its last key", file_name);
}

bool round_keys(struct vault *vault, struct arena *arena, struct round_key **out, size_t *n, struct error *error)
{
    struct held held;
    bool good = read_keys(vault, arena, &held, error);
    OPENSSL_cleanse(held.secret, sizeof held.secret);
    *out = good ? held.keys.items : NULL;
    *n = good ? held.keys.n : 0;
    return good;
}

static bool add_key(struct vault *vault, struct arena *arena, const struct held *held, int64_t now, struct error *error)
{
    unsigned char secret[SM2_SECRET], key[SM2_KEY];
    char digits[2 * SM2_SECRET + 1];
    struct buf text = buf_init(MOST_FILE_BYTES);
    if (!sm2_make(secret, key)) {
        return error_set(error, "an SM2 key could not be made");
    }
    buf_add_cstr(&text, file_head);
    const struct round_key *keys = held->keys.items;
    for (size_t i = 0; i < held->keys.n; i++) {
        buf_printf(&text, "%lld %lld %.*s\n", (long long)keys[i].number, (long long)keys[i].at, STR_ARG(keys[i].key));
    }
    for (size_t i = 0; i < SM2_SECRET; i++) {
        static const char hex[] = "0123456789abcdef";
        digits[2 * i] = hex[secret[i] >> 4];
        digits[2 * i + 1] = hex[secret[i] & 15];
    }
    digits[2 * SM2_SECRET] = 0;
    buf_printf(&text, "%zu %lld %.*s %s\n", held->keys.n + 1, (long long)now,
               STR_ARG(hex_encode(arena, key, sizeof key)), digits);
    bool good = (!text.full || error_set(error, "the file keys/%s is full", file_name)) &&
                vault_write_file(vault, file_name, buf_str(&text), error);
    OPENSSL_cleanse(secret, sizeof secret);
    OPENSSL_cleanse(digits, sizeof digits);
    buf_free(&text);
    return good;
}

bool round_keys_make(struct vault *vault, int64_t now, bool another, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct held held;
    bool good = read_keys(vault, arena, &held, error) &&
                ((held.keys.n && !another) || add_key(vault, arena, &held, now, error));
    OPENSSL_cleanse(held.secret, sizeof held.secret);
    arena_free(arena);
    return good;
}

/* ---- Signing ---- */

static bool find_kept(struct db *db, struct arena *arena, int64_t round, const char *part, int64_t batch,
                      struct transcript_signature *out, bool *found, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select hash, key, signature from round_signature where round = ?1 and part = ?2 and "
                                 "batch = ?3",
                                 V_INT(round), V_TEXT(str_of(part)), V_INT(batch));
    *found = rows_next(rows) && str_eq(rows_text(rows, 0), hex_encode(arena, out->hash, sizeof out->hash)) &&
             hex_decode(rows_text(rows, 1), out->key, sizeof out->key) &&
             hex_decode(rows_text(rows, 2), out->signature, sizeof out->signature);
    return rows_end(rows, error);
}

bool keys_sign(struct vault *vault, struct arena *arena, int64_t now, struct str message, unsigned char *key,
               unsigned char *signature, struct error *error)
{
    struct held held;
    if (!round_keys_make(vault, now, false, error) || !read_keys(vault, arena, &held, error)) {
        return false;
    }
    const struct round_key *last = (const struct round_key *)held.keys.items + held.keys.n - 1;
    bool good = hex_decode(last->key, key, SM2_KEY) && sm2_sign(held.secret, key, message.p, message.n, signature);
    OPENSSL_cleanse(held.secret, sizeof held.secret);
    return good || error_set(error, "the message could not be signed");
}

static bool make_signature(struct writing *writing, int64_t round, const char *part, int64_t batch,
                           struct transcript_signature *out, struct error *error)
{
    char message[TRANSCRIPT_SIGNED_MESSAGE_MAX];
    struct error why;
    if (!keys_sign(writing->vault, writing->arena, writing->now,
                   (struct str){ message, transcript_signed_message(out, message) }, out->key, out->signature, &why)) {
        return error_set(error, "the %s of round %lld: %s", part, (long long)round, why.message);
    }
    struct arena *arena = writing->arena;
    return db_run(
        writing->db, error,
        "insert into round_signature (round, part, batch, hash, key, signature, at) values (?1, ?2, ?3, ?4, "
        "?5, ?6, ?7) on conflict (round, part, batch) do update set hash = excluded.hash, key = excluded.key, "
        "signature = excluded.signature, at = excluded.at",
        V_INT(round), V_TEXT(str_of(part)), V_INT(batch), V_TEXT(hex_encode(arena, out->hash, sizeof out->hash)),
        V_TEXT(hex_encode(arena, out->key, sizeof out->key)),
        V_TEXT(hex_encode(arena, out->signature, sizeof out->signature)), V_INT(writing->now));
}

bool signer_sign(const struct signer *signer, struct transcript_writer *writer, const char *part, int64_t batch,
                 bool make, struct error *error)
{
    struct transcript_signature signature = { 0 };
    struct allot_error wrong = { 0 };
    struct str who = places_city(signer->places)->name.zh;
    bool found;
    if (!transcript_to_sign(writer, &signature)) {
        return error_set(error, "there is nothing to sign");
    }
    if (!find_kept(signer->db, signer->arena, signer->round, part, batch, &signature, &found, error) ||
        (!found && make && signer->writing &&
         !make_signature(signer->writing, signer->round, part, batch, &signature, error))) {
        return false;
    }
    if (!found && (!make || !signer->writing)) {
        return true;
    }
    signature.text = (struct transcript_text){ who.p, who.n };
    return transcript_write_signature(writer, &signature, NULL, &wrong) ||
           error_set(error, "the signature cannot be written down: %s", wrong.message);
}

bool round_sign_run(struct writing *writing, void *input, struct error *error)
{
    struct round_sign *sign = input;
    bool found;
    return find_kept(writing->db, writing->arena, sign->round, "moves", sign->signature.batch, &sign->signature, &found,
                     error) &&
           (found || make_signature(writing, sign->round, "moves", sign->signature.batch, &sign->signature, error));
}

bool signature_holds_sm2(void *ctx, const struct transcript_signature *signature)
{
    char message[TRANSCRIPT_SIGNED_MESSAGE_MAX];
    (void)ctx;
    return sm2_holds(signature->key, signature->signature, message, transcript_signed_message(signature, message));
}
