/* Keys of persons, and what is sealed for them: see sealed.h. */
#include "casework/sealed.h"

#include "accounts/accounts.h"
#include "base/clock.h"
#include "casework/inside.h"
#include "store/journal.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <string.h>

enum {
    ARGON_KIB = 19 * 1024, /* as the passwords' (accounts/password.c) */
    ARGON_PASSES = 2,
    CONTENT_KEY = 32,
    NONCE = 12,
    TAG = 16,
    PARTS_MOST = CASE_FIELDS_MAX + 1
};

void sealed_wipe(void *bytes, size_t n)
{
    OPENSSL_cleanse(bytes, n);
}

/* ---- AES-256-GCM: nonce, ciphertext, tag ---- */

static bool gcm_seal(const unsigned char key[CONTENT_KEY], struct str bound, const void *plain, size_t n,
                     unsigned char *out)
{
    int part = 0, all = 0;
    struct error error;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool good = context && vault_random(out, NONCE, &error) &&
                EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, out) == 1 &&
                EVP_EncryptUpdate(context, NULL, &part, (const unsigned char *)bound.p, (int)bound.n) == 1 &&
                EVP_EncryptUpdate(context, out + NONCE, &all, plain, (int)n) == 1 &&
                EVP_EncryptFinal_ex(context, out + NONCE + all, &part) == 1 && (size_t)(all + part) == n &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, out + NONCE + n) == 1;
    EVP_CIPHER_CTX_free(context);
    return good;
}

/* plain has room for n - NONCE - TAG. */
static bool gcm_open(const unsigned char key[CONTENT_KEY], struct str bound, struct str sealed, unsigned char *plain)
{
    int part = 0, all = 0;
    unsigned char tag[TAG];
    if (sealed.n < NONCE + TAG) {
        return false;
    }
    size_t n = sealed.n - NONCE - TAG;
    const unsigned char *bytes = (const unsigned char *)sealed.p;
    memcpy(tag, bytes + NONCE + n, TAG);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool good = context && EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, bytes) == 1 &&
                EVP_DecryptUpdate(context, NULL, &part, (const unsigned char *)bound.p, (int)bound.n) == 1 &&
                EVP_DecryptUpdate(context, plain, &all, bytes + NONCE, (int)n) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
                EVP_DecryptFinal_ex(context, plain + all, &part) == 1;
    EVP_CIPHER_CTX_free(context);
    return good;
}

/* ---- Keys of persons ---- */

static bool passphrase_key(struct str passphrase, const unsigned char salt[KEY_SALT], unsigned char key[CONTENT_KEY],
                           struct error *error)
{
    int result =
        argon2id_hash_raw(ARGON_PASSES, ARGON_KIB, 1, passphrase.p, passphrase.n, salt, KEY_SALT, key, CONTENT_KEY);
    return result == ARGON2_OK ||
           error_set(error, "the passphrase could not be made a key: %s", argon2_error_message(result));
}

static struct str bound_to_key(const struct person_key *key)
{
    return (struct str){ (const char *)key->public_key, SM2_KEY };
}

bool person_key_wrap(struct person_key *key, const unsigned char secret[SM2_SECRET], struct str passphrase,
                     struct error *error)
{
    unsigned char wrapping[CONTENT_KEY];
    bool good = vault_random(key->salt, KEY_SALT, error) && passphrase_key(passphrase, key->salt, wrapping, error) &&
                (gcm_seal(wrapping, bound_to_key(key), secret, SM2_SECRET, key->wrapped) ||
                 error_set(error, "the key could not be wrapped"));
    sealed_wipe(wrapping, sizeof wrapping);
    return good;
}

bool person_key_make(struct str passphrase, struct person_key *out, struct error *error)
{
    unsigned char secret[SM2_SECRET];
    bool good = (sm2_make(secret, out->public_key) || error_set(error, "a key could not be made")) &&
                person_key_wrap(out, secret, passphrase, error);
    sealed_wipe(secret, sizeof secret);
    return good;
}

bool person_key_secret(const struct person_key *key, struct str passphrase, unsigned char secret[SM2_SECRET],
                       bool *right, struct error *error)
{
    unsigned char wrapping[CONTENT_KEY];
    bool good = passphrase_key(passphrase, key->salt, wrapping, error);
    *right =
        good && gcm_open(wrapping, bound_to_key(key), (struct str){ (const char *)key->wrapped, KEY_WRAPPED }, secret);
    sealed_wipe(wrapping, sizeof wrapping);
    return good;
}

static bool bytes_of(struct rows *rows, int column, unsigned char *out, size_t n)
{
    struct str blob = rows_blob(rows, column);
    if (blob.n != n) {
        return false;
    }
    memcpy(out, blob.p, n);
    return true;
}

bool person_key_of(struct db *db, int64_t account, struct person_key *out, bool *found, struct error *error)
{
    bool whole = true;
    struct rows *rows = db_query(
        db, error, "select account, made_at, public_key, salt, secret_wrapped from person_key where account = ?1",
        V_INT(account));
    *found = rows_next(rows);
    if (*found) {
        out->account = rows_int(rows, 0);
        out->made_at = rows_int(rows, 1);
        whole = bytes_of(rows, 2, out->public_key, SM2_KEY) && bytes_of(rows, 3, out->salt, KEY_SALT) &&
                bytes_of(rows, 4, out->wrapped, KEY_WRAPPED);
    }
    return rows_end(rows, error) &&
           (whole || error_set(error, "the key of account %lld is spoiled", (long long)account));
}

static struct value blob(const unsigned char *bytes, size_t n)
{
    return V_BLOB(((struct str){ (const char *)bytes, n }));
}

bool person_key_keep_run(struct writing *writing, void *input_, struct error *error)
{
    struct person_key_keep *input = input_;
    const struct person_key *key = &input->key;
    int64_t account = input->who.account;
    return (!input->anew ||
            db_run(writing->db, error, "delete from case_sealed_key where account = ?1", V_INT(account))) &&
           db_run(writing->db, error,
                  "insert into person_key (account, public_key, salt, secret_wrapped, made_at) values (?1, ?2, ?3, ?4, "
                  "?5) on conflict (account) do update set public_key = excluded.public_key, salt = excluded.salt, "
                  "secret_wrapped = excluded.secret_wrapped, made_at = excluded.made_at",
                  V_INT(account), blob(key->public_key, SM2_KEY), blob(key->salt, KEY_SALT),
                  blob(key->wrapped, KEY_WRAPPED), V_INT(writing->now)) &&
           journal_append(writing,
                          &(struct journal_entry){ .actor = account,
                                                   .role = input->who.role ? input->who.role : "",
                                                   .action = "key.keep",
                                                   .subject_kind = "account",
                                                   .subject_id = account,
                                                   .division = input->who.scope,
                                                   .detail = input->anew ? STR("anew") : STR("") },
                          error);
}

bool key_holders(struct db *db, struct arena *arena, struct str division, int64_t institution, struct key_holder **out,
                 size_t *n, struct error *error)
{
    struct rows *rows = db_query(
        db, error,
        "select a.id, a.name_sealed, coalesce(i.name_zh, ''), coalesce(i.name_en, '') from person_key k join account a "
        "on a.id = k.account left join institution i on i.id = a.institution where a.state = 'active' and "
        "((cast(?1 as bigint) > 0 and a.institution = ?1) or ((a.roles & ?2) <> 0 and a.scope <> '' and substr(?3, 1, "
        "cast(length(a.scope) as int)) = a.scope)) order by case when a.institution = ?1 then 0 else 1 end, "
        "length(a.scope) desc, a.id limit 200",
        V_INT(institution), V_INT(ROLE_COUNTY_OFFICER | ROLE_CITY), V_TEXT(division));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct key_holder){ rows_int(rows, 0),
                                              rows_blob_in(rows, 1, arena),
                                              { rows_text_in(rows, 2, arena), rows_text_in(rows, 3, arena) } };
    }
    return rows_end(rows, error);
}

/* ---- Sealing ---- */

/* A content sealed for one part of one step is good nowhere else. */
static struct str bound_to(struct arena *arena, int64_t case_id, int64_t step, struct str part)
{
    return arena_printf(arena, "case:%lld:%lld:%.*s", (long long)case_id, (long long)step, STR_ARG(part));
}

struct reader {
    int64_t account;
    unsigned char key[SM2_KEY];
};

static bool readers_of(struct writing *writing, int64_t case_id, struct reader **out, size_t *n, struct error *error)
{
    bool whole = true;
    struct rows *rows = db_query(writing->db, error,
                                 "select n.account, k.public_key from case_named n join person_key k on k.account = "
                                 "n.account where n.case_file = ?1 and n.until is null order by n.account",
                                 V_INT(case_id));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(writing->arena, *out, *n, sizeof **out);
        struct reader *reader = &(*out)[(*n)++];
        reader->account = rows_int(rows, 0);
        whole = bytes_of(rows, 1, reader->key, SM2_KEY) && whole;
    }
    return rows_end(rows, error) && (whole || error_set(error, "a person's key is spoiled")) &&
           (*n > 0 || error_set(error, "nobody whom the case names has a key"));
}

static bool put_part(struct writing *writing, int64_t case_id, int64_t step, const unsigned char *key,
                     const struct sealed_part *part, struct error *error)
{
    size_t n = NONCE + part->text.n + TAG;
    unsigned char *sealed = arena_alloc(writing->arena, n);
    struct str bound = bound_to(writing->arena, case_id, step, part->part);
    return (gcm_seal(key, bound, part->text.p, part->text.n, sealed) ||
            error_set(error, "a text could not be sealed")) &&
           db_run(writing->db, error,
                  "insert into case_sealed (step, case_file, part, content) values (?1, ?2, ?3, ?4)", V_INT(step),
                  V_INT(case_id), V_TEXT(part->part), blob(sealed, n));
}

static bool put_key(struct writing *writing, int64_t case_id, int64_t step, int64_t account,
                    const unsigned char *wrapped, size_t n, struct error *error)
{
    return db_run(writing->db, error,
                  "insert into case_sealed_key (step, account, case_file, wrapped) values (?1, ?2, ?3, ?4) on conflict "
                  "(step, account) do update set wrapped = excluded.wrapped",
                  V_INT(step), V_INT(account), V_INT(case_id), blob(wrapped, n));
}

bool case_seal(struct writing *writing, int64_t case_id, int64_t step, const struct sealed_part *parts, size_t n,
               struct error *error)
{
    unsigned char key[CONTENT_KEY], wrapped[SM2_SEALED_MOST];
    struct reader *readers;
    size_t nreaders, bytes, said = 0;
    for (size_t i = 0; i < n; i++) {
        said += parts[i].text.n > 0;
    }
    if (said == 0) {
        return true;
    }
    bool good = readers_of(writing, case_id, &readers, &nreaders, error) && vault_random(key, sizeof key, error);
    for (size_t i = 0; good && i < n; i++) {
        good = parts[i].text.n == 0 || put_part(writing, case_id, step, key, &parts[i], error);
    }
    for (size_t i = 0; good && i < nreaders; i++) {
        good = (sm2_seal(readers[i].key, key, sizeof key, wrapped, &bytes) ||
                error_set(error, "a key could not be sealed")) &&
               put_key(writing, case_id, step, readers[i].account, wrapped, bytes, error);
    }
    sealed_wipe(key, sizeof key);
    return good;
}

bool case_step_seal(struct writing *writing, const struct case_kind *kind, int64_t case_id, int64_t step,
                    struct str note, const size_t *asks, size_t nasks, const struct str *values, struct error *error)
{
    struct sealed_part parts[PARTS_MOST] = { { STR("note"), note } };
    for (size_t i = 0; i < nasks; i++) {
        parts[i + 1] = (struct sealed_part){ kind->fields[asks[i]].id, values[asks[i]] };
    }
    return case_seal(writing, case_id, step, parts, nasks + 1, error);
}

/* ---- Opening ---- */

bool case_sealed_read(struct db *db, struct arena *arena, int64_t case_id, int64_t account, struct sealed_said **out,
                      size_t *n, struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select s.step, k.wrapped, s.part, s.content from case_sealed s join case_sealed_key k "
                 "on k.step = s.step and k.account = ?2 where s.case_file = ?1 order by s.step, s.part",
                 V_INT(case_id), V_INT(account));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct sealed_said){ .step = rows_int(rows, 0),
                                               .wrapped = rows_blob_in(rows, 1, arena),
                                               .part = rows_text_in(rows, 2, arena),
                                               .content = rows_blob_in(rows, 3, arena) };
    }
    return rows_end(rows, error);
}

static bool content_key(const struct sealed_said *said, const struct person_key *key,
                        const unsigned char secret[SM2_SECRET], unsigned char content[CONTENT_KEY])
{
    size_t n = 0;
    return sm2_open(secret, key->public_key, said->wrapped.p, said->wrapped.n, content, CONTENT_KEY, &n) &&
           n == CONTENT_KEY;
}

bool case_unseal(struct arena *arena, int64_t case_id, const struct person_key *key,
                 const unsigned char secret[SM2_SECRET], struct sealed_said *said, size_t n, struct error *error)
{
    unsigned char content[CONTENT_KEY];
    for (size_t i = 0; i < n; i++) {
        if (said[i].content.n < NONCE + TAG) {
            return error_set(error, "what step %lld says is spoiled", (long long)said[i].step);
        }
        size_t bytes = said[i].content.n - NONCE - TAG;
        unsigned char *plain = arena_alloc(arena, bytes + 1);
        if (!content_key(&said[i], key, secret, content)) {
            continue;
        }
        said[i].opened =
            gcm_open(content, bound_to(arena, case_id, said[i].step, said[i].part), said[i].content, plain);
        said[i].text = (struct str){ (const char *)plain, said[i].opened ? bytes : 0 };
    }
    sealed_wipe(content, sizeof content);
    return true;
}

bool case_keys_for(struct arena *arena, const struct sealed_said *said, size_t n, const struct person_key *key,
                   const unsigned char secret[SM2_SECRET], const unsigned char other[SM2_KEY], struct sealed_key **out,
                   size_t *nkeys, struct error *error)
{
    unsigned char content[CONTENT_KEY];
    bool good = true;
    *out = ARENA_ARRAY(arena, struct sealed_key, n + 1);
    *nkeys = 0;
    for (size_t i = 0; good && i < n; i++) { /* parts of one step stand together and share its key */
        if ((i && said[i].step == said[i - 1].step) || !content_key(&said[i], key, secret, content)) {
            continue;
        }
        struct sealed_key *one = &(*out)[(*nkeys)++];
        one->step = said[i].step;
        good = sm2_seal(other, content, sizeof content, one->wrapped, &one->n) ||
               error_set(error, "a key could not be sealed");
    }
    sealed_wipe(content, sizeof content);
    return good;
}

static bool is_named(struct db *db, int64_t case_id, int64_t account, bool *named, bool *holder, struct error *error)
{
    int64_t n = 0, holds = 0;
    bool good =
        db_one_int(db, error, &n, NULL,
                   "select count(*) from case_named where case_file = ?1 and account = ?2 and until is null",
                   V_INT(case_id), V_INT(account)) &&
        db_one_int(db, error, &holds, NULL,
                   "select count(*) from case_named where case_file = ?1 and account = ?2 and until is null and "
                   "holder = 1",
                   V_INT(case_id), V_INT(account));
    *named = n > 0;
    *holder = holds > 0;
    return good;
}

bool case_opened_run(struct writing *writing, void *input_, struct error *error)
{
    struct case_opened *input = input_;
    struct case_row row;
    bool found = false, holder = false;
    input->seen = false;
    if (!case_one(writing->db, writing->arena, input->city, input->id, &row, &found, error) ||
        !is_named(writing->db, input->id, input->who.account, &input->seen, &holder, error)) {
        return false;
    }
    input->seen = input->seen && found;
    return !input->seen ||
           (db_run(writing->db, error,
                   "insert into case_opening (case_file, account, at, reason) values (?1, ?2, ?3, ?4)",
                   V_INT(input->id), V_INT(input->who.account), V_INT(writing->now), V_TEXT(str_of(input->reason))) &&
            case_journal(writing, &input->who, "case.unseal", input->id, row.division, str_of(input->reason), error));
}

bool case_wrong_tries(struct db *db, int64_t account, int64_t now, int64_t *n, struct error *error)
{
    return db_one_int(db, error, n, NULL,
                      "select count(*) from case_opening where account = ?1 and reason = 'wrong' and at > ?2",
                      V_INT(account), V_INT(now - OPENING_TRIES_MS));
}

bool case_openings(struct db *db, struct arena *arena, int64_t id, struct case_opening **out, size_t *n,
                   struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select account, at, reason from case_opening where case_file = ?1 order by id desc "
                                 "limit 200",
                                 V_INT(id));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct case_opening){ rows_int(rows, 0), rows_int(rows, 1), rows_text_in(rows, 2, arena) };
    }
    return rows_end(rows, error);
}

/* ---- Who is named ---- */

bool case_named_in(struct db *db, struct arena *arena, int64_t id, struct case_person **out, size_t *n,
                   struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select account, at, holder from case_named where case_file = ?1 and until is null "
                                 "order by holder desc, at, account",
                                 V_INT(id));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct case_person){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2) != 0 };
    }
    return rows_end(rows, error);
}

static bool in_reach(struct writing *writing, const struct case_row *row, int64_t account, bool *is,
                     struct error *error)
{
    struct key_holder *holders;
    size_t n;
    *is = false;
    if (!key_holders(writing->db, writing->arena, row->division, row->institution, &holders, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        *is = *is || holders[i].account == account;
    }
    return true;
}

static bool name_one(struct writing *writing, const struct case_name *input, struct error *error)
{
    bool good =
        db_run(writing->db, error,
               "insert into case_named (case_file, account, at, by_account) values (?1, ?2, ?3, ?4) on conflict "
               "(case_file, account) do update set until = null, at = excluded.at, by_account = "
               "excluded.by_account",
               V_INT(input->id), V_INT(input->account), V_INT(writing->now), V_INT(input->who.account));
    for (size_t i = 0; good && i < input->nkeys; i++) {
        good = put_key(writing, input->id, input->keys[i].step, input->account, input->keys[i].wrapped,
                       input->keys[i].n, error);
    }
    return good;
}

/* Another of the named holds it from now on. */
static bool pass_on(struct writing *writing, const struct case_name *input, struct error *error)
{
    return db_run(writing->db, error,
                  "update case_named set holder = case when account = ?2 then 1 else 0 end where case_file = ?1",
                  V_INT(input->id), V_INT(input->account));
}

static bool take_off(struct writing *writing, const struct case_name *input, struct error *error)
{
    return db_run(writing->db, error, "update case_named set until = ?3 where case_file = ?1 and account = ?2",
                  V_INT(input->id), V_INT(input->account), V_INT(writing->now)) &&
           db_run(writing->db, error, "delete from case_sealed_key where case_file = ?1 and account = ?2",
                  V_INT(input->id), V_INT(input->account)) &&
           db_run(writing->db, error, "delete from case_watch where case_file = ?1 and account = ?2", V_INT(input->id),
                  V_INT(input->account));
}

bool case_name_run(struct writing *writing, void *input_, struct error *error)
{
    static const char *const acts[] = { [NAME_ON] = "name", [NAME_OFF] = "unname", [NAME_PASS_ON] = "pass_on" };
    static const char *const actions[] = {
        [NAME_ON] = "case.name", [NAME_OFF] = "case.unname", [NAME_PASS_ON] = "case.pass_on"
    };
    struct case_name *input = input_;
    struct case_row row;
    bool found = false, named = false, holds = false, other_named = false, other_holds = false, reach = false;
    int64_t step;
    input->result = CASE_NOT_YOURS;
    if (!case_one(writing->db, writing->arena, input->city, input->id, &row, &found, error) || !found) {
        return !found;
    }
    if (!is_named(writing->db, row.id, input->who.account, &named, &holds, error) ||
        !is_named(writing->db, row.id, input->account, &other_named, &other_holds, error) ||
        !in_reach(writing, &row, input->account, &reach, error)) {
        return false;
    }
    bool self = input->account == input->who.account;
    bool may = named && row.kind && row.kind->confidential &&
               (input->what == NAME_OFF       ? (holds || self) && other_named
                : input->what == NAME_PASS_ON ? holds && other_named
                                              : reach && !other_named);
    if (!may || (input->what != NAME_ON && other_holds)) {
        input->result = may ? CASE_NOT_NOW : CASE_NOT_YOURS;
        return true;
    }
    input->result = CASE_DONE;
    struct case_stepping stepping = { .case_id = row.id,
                                      .who = &input->who,
                                      .act = str_of(acts[input->what]),
                                      .from_stage = row.stage_id,
                                      .to_stage = row.stage_id,
                                      .note = STR(""),
                                      .due = row.due };
    bool good = input->what == NAME_OFF       ? take_off(writing, input, error)
                : input->what == NAME_PASS_ON ? pass_on(writing, input, error)
                                              : name_one(writing, input, error);
    return good && case_step_add(writing, &stepping, &step, error) &&
           case_journal(writing, &input->who, actions[input->what], row.id, row.division,
                        arena_printf(writing->arena, "%lld", (long long)input->account), error);
}
