/* See api_key.h. */
#include "registry/api_key.h"

#include "base/hex.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define COLUMNS                                                                                                        \
    "select k.id, k.account, k.name, k.hint, a.roles, a.scope, coalesce(a.institution, 0), k.made_at, k.until_day, "   \
    "k.revoked_at, k.uses, k.used_at from api_key k join account a on a.id = k.account "

static void hash_of(const unsigned char token[API_TOKEN_BYTES], unsigned char hash[API_HASH_BYTES])
{
    if (!EVP_Digest(token, API_TOKEN_BYTES, hash, NULL, EVP_sha256(), NULL)) {
        abort();
    }
}

void api_key_make(char token[2 * API_TOKEN_BYTES + 1], unsigned char hash[API_HASH_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[API_TOKEN_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        abort();
    }
    hash_of(bytes, hash);
    for (size_t i = 0; i < sizeof bytes; i++) {
        token[2 * i] = digits[bytes[i] >> 4];
        token[2 * i + 1] = digits[bytes[i] & 15];
    }
    token[2 * sizeof bytes] = '\0';
    explicit_bzero(bytes, sizeof bytes);
}

bool api_key_add(struct writing *writing, int64_t account, struct str name, struct str hint,
                 const unsigned char hash[API_HASH_BYTES], int64_t by, int64_t until_day, int64_t *id,
                 struct error *error)
{
    struct str bytes = { (const char *)hash, API_HASH_BYTES };
    return db_run(writing->db, error,
                  "insert into api_key (account, name, hash, hint, made_at, made_by, until_day) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                  V_INT(account), V_TEXT(name), V_BLOB(bytes), V_TEXT(hint), V_INT(writing->now), V_INT(by),
                  V_INT(until_day)) &&
           db_one_int(writing->db, error, id, NULL, "select id from api_key where hash = ?1", V_BLOB(bytes));
}

static void key_read(struct rows *rows, struct arena *arena, struct api_key *key)
{
    *key = (struct api_key){ .id = rows_int(rows, 0),
                             .account = rows_int(rows, 1),
                             .name = rows_text_in(rows, 2, arena),
                             .hint = rows_text_in(rows, 3, arena),
                             .roles = (unsigned)rows_int(rows, 4),
                             .scope = rows_text_in(rows, 5, arena),
                             .institution = rows_int(rows, 6),
                             .made_at = rows_int(rows, 7),
                             .until_day = rows_int(rows, 8),
                             .revoked_at = rows_int(rows, 9),
                             .uses = rows_int(rows, 10),
                             .used_at = rows_int(rows, 11) };
}

bool api_key_find(struct db *db, struct arena *arena, struct str token, int64_t day, struct api_key *key, bool *found,
                  struct error *error)
{
    unsigned char bytes[API_TOKEN_BYTES], hash[API_HASH_BYTES];
    *found = false;
    if (token.n != 2 * sizeof bytes || !hex_decode(token, bytes, sizeof bytes)) {
        return true;
    }
    hash_of(bytes, hash);
    struct rows *rows = db_query(
        db, error, COLUMNS "where k.hash = ?1 and k.revoked_at = 0 and k.until_day > ?2 and a.state = 'active'",
        V_BLOB(((struct str){ (const char *)hash, sizeof hash })), V_INT(day));
    if (rows_next(rows)) {
        key_read(rows, arena, key);
        *found = true;
    }
    return rows_end(rows, error);
}

bool api_key_used(struct writing *writing, int64_t id, struct error *error)
{
    return db_run(writing->db, error, "update api_key set uses = uses + 1, used_at = ?2 where id = ?1", V_INT(id),
                  V_INT(writing->now));
}

bool api_key_revoke(struct writing *writing, int64_t id, int64_t by, bool *revoked, struct error *error)
{
    int64_t changed = 0;
    bool good = db_run_count(writing->db, error, &changed,
                             "update api_key set revoked_at = ?2, revoked_by = ?3 where id = ?1 and revoked_at = 0",
                             V_INT(id), V_INT(writing->now), V_INT(by));
    *revoked = changed > 0;
    return good;
}

bool api_key_list(struct db *db, struct arena *arena, struct api_key **out, size_t *n, struct error *error)
{
    int64_t count = 0;
    *n = 0;
    if (!db_one_int(db, error, &count, NULL, "select count(*) from api_key")) {
        return false;
    }
    *out = ARENA_ARRAY(arena, struct api_key, (size_t)count + 1);
    struct rows *rows = db_query(db, error, COLUMNS "order by k.id desc");
    while (*n < (size_t)count && rows_next(rows)) {
        key_read(rows, arena, &(*out)[(*n)++]);
    }
    return rows_end(rows, error);
}
