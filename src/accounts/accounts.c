/* Accounts in the database: adding, finding, settings, unmasking. Rules of access: access.c. Pages: sign_in.c. */
#include "accounts/accounts.h"

#include "base/hex.h"
#include "base/limits.h"
#include "store/journal.h"

extern const unsigned char accounts_001_sql[];
extern const unsigned char accounts_002_sql[];

const struct migration accounts_migrations[] = {
    { "accounts", 1, (const char *)accounts_001_sql },
    { "accounts", 2, (const char *)accounts_002_sql },
};
const size_t accounts_migrations_count = sizeof accounts_migrations / sizeof *accounts_migrations;

const struct sealed_column accounts_sealed[] = {
    { "account", "id", "login_sealed", "account.login" },
    { "account", "id", "name_sealed", "account.name" },
    { "account", "id", "citizen_sealed", "account.citizen" },
};
const size_t accounts_sealed_count = sizeof accounts_sealed / sizeof *accounts_sealed;

/* ---- Adding and finding ---- */

bool account_add(struct writing *writing, const struct new_account *account, int64_t *id, struct error *error)
{
    struct arena *arena = writing->arena;
    struct vault *vault = writing->vault;
    struct str login_hash = vault_hash_in(vault, arena, "account.login", account->login);
    struct str citizen_hash = vault_hash_in(vault, arena, "citizen", account->citizen);
    struct str login, name, citizen;
    if (!vault_seal(vault, arena, "account.login", account->login, &login, error) ||
        !vault_seal(vault, arena, "account.name", account->name, &name, error) ||
        !vault_seal(vault, arena, "account.citizen", account->citizen, &citizen, error)) {
        return false;
    }
    bool has_citizen = account->citizen.n > 0;
    bool found;
    if (!db_one_int(writing->db, error, id, &found,
                    "insert into account (login_hash, login_sealed, name_sealed, citizen_hash, citizen_sealed, roles, "
                    "scope, institution, password, demo, demo_note_zh, demo_note_en, created_at, witness, "
                    "staff) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) on conflict "
                    "(login_hash) do nothing "
                    "returning id",
                    V_BLOB(login_hash), V_BLOB(login), V_BLOB(name), V_IF(has_citizen, V_BLOB(citizen_hash)),
                    V_IF(has_citizen, V_BLOB(citizen)), V_INT(account->roles), V_TEXT(account->scope),
                    V_IF(account->institution > 0, V_INT(account->institution)),
                    V_IF(account->password.n > 0, V_TEXT(account->password)), V_INT(account->demo),
                    V_TEXT(account->demo_note.zh), V_TEXT(account->demo_note.en), V_INT(writing->now),
                    V_TEXT(account->witness), V_TEXT(account->staff))) {
        return false;
    }
    if (!found) {
        return error_set(error, "an account with this sign-in name exists already; choose another name");
    }
    return journal_append(writing,
                          &(struct journal_entry){ .action = "account.add",
                                                   .subject_kind = "account",
                                                   .subject_id = *id,
                                                   .division = account->scope,
                                                   .detail = arena_printf(arena, "roles %u", account->roles) },
                          error);
}

#define ACCOUNT_COLUMNS                                                                                                \
    "id, login_sealed, name_sealed, citizen_sealed, roles, scope, institution, demo, demo_note_zh, demo_note_en, "     \
    "password is not null, state"

static bool read_account(struct rows *rows, struct arena *arena, struct vault *vault, struct account *out,
                         struct error *error)
{
    *out = (struct account){
        .id = rows_int(rows, 0),
        .roles = (unsigned)rows_int(rows, 4),
        .scope = rows_text_in(rows, 5, arena),
        .institution = rows_int(rows, 6),
        .demo = (int)rows_int(rows, 7),
        .demo_note = { rows_text_in(rows, 8, arena), rows_text_in(rows, 9, arena) },
        .has_password = rows_int(rows, 10) != 0,
        .closed = !str_is(rows_text(rows, 11), "active"),
    };
    return vault_unseal(vault, arena, "account.login", rows_blob(rows, 1), &out->login, error) &&
           vault_unseal(vault, arena, "account.name", rows_blob(rows, 2), &out->name, error) &&
           (rows_is_null(rows, 3) ||
            vault_unseal(vault, arena, "account.citizen", rows_blob(rows, 3), &out->citizen, error));
}

static bool one_account(struct rows *rows, struct arena *arena, struct vault *vault, struct account *out, bool *found,
                        struct error *error)
{
    *found = rows_next(rows);
    bool good = !*found || read_account(rows, arena, vault, out, error);
    return rows_end(rows, good ? error : NULL) && good;
}

bool account_get(struct db *db, struct arena *arena, struct vault *vault, int64_t id, struct account *out, bool *found,
                 struct error *error)
{
    struct rows *rows = db_query(db, error, "select " ACCOUNT_COLUMNS " from account where id = ?1", V_INT(id));
    return one_account(rows, arena, vault, out, found, error);
}

bool account_by_login(struct db *db, struct arena *arena, struct vault *vault, struct str login, struct account *out,
                      bool *found, struct error *error)
{
    struct rows *rows = db_query(db, error, "select " ACCOUNT_COLUMNS " from account where login_hash = ?1",
                                 V_BLOB(vault_hash_in(vault, arena, "account.login", login)));
    return one_account(rows, arena, vault, out, found, error);
}

bool accounts_demo_list(struct db *db, struct arena *arena, struct vault *vault, struct account **out, size_t *n,
                        struct error *error)
{
    enum { MOST = 200 };
    *out = ARENA_ARRAY(arena, struct account, MOST);
    *n = 0;
    if (setting_int(db, arena, "demo", 0) != 1) {
        return true;
    }
    struct rows *rows =
        db_query(db, error, "select " ACCOUNT_COLUMNS " from account where demo = 1 order by id limit ?1", V_INT(MOST));
    bool good = true;
    while (good && rows_next(rows)) {
        good = read_account(rows, arena, vault, *out + *n, error);
        *n += good;
    }
    return rows_end(rows, good ? error : NULL) && good;
}

/* ---- Settings ---- */

bool setting_get(struct db *db, struct arena *arena, const char *name, struct str *value, struct error *error)
{
    bool found;
    *value = (struct str){ "", 0 };
    return db_one_text(db, error, arena, value, &found, "select value from setting where name = ?1",
                       V_TEXT(str_of(name)));
}

bool setting_put(struct writing *writing, const char *name, struct str value, struct error *error)
{
    return db_run(writing->db, error,
                  "insert into setting (name, value) values (?1, ?2) on conflict (name) do update set value = "
                  "excluded.value",
                  V_TEXT(str_of(name)), V_TEXT(value));
}

int64_t setting_int(struct db *db, struct arena *arena, const char *name, int64_t otherwise)
{
    struct str value;
    struct error ignored;
    int64_t number = otherwise;
    if (setting_get(db, arena, name, &value, &ignored)) {
        (void)str_to_int(value, INT64_MIN, INT64_MAX, &number);
    }
    return number;
}

/* ---- Commands ---- */

bool set_password_run(struct writing *writing, void *input, struct error *error)
{
    struct set_password *set = input;
    struct str hash = vault_hash_in(writing->vault, writing->arena, "account.login", set->login);
    int64_t id;
    if (!db_one_int(writing->db, error, &id, &set->found, "select id from account where login_hash = ?1",
                    V_BLOB(hash))) {
        return false;
    }
    if (!set->found) {
        return true;
    }
    return db_run(writing->db, error,
                  "update account set password = ?2, must_change = 0, tries = 0, locked_until = 0 where id = ?1",
                  V_INT(id), V_TEXT(set->encoded)) &&
           db_run(writing->db, error, "delete from session where account = ?1", V_INT(id)) &&
           journal_append(
               writing,
               &(struct journal_entry){ .action = "account.password", .subject_kind = "account", .subject_id = id },
               error);
}

bool unmask_run(struct writing *writing, void *input, struct error *error)
{
    struct unmask *unmask = input;
    return db_run(writing->db, error,
                  "insert into unmasking (account, subject_kind, subject, reason, at, until) values "
                  "(?1, ?2, ?3, ?4, ?5, ?6)",
                  V_INT(unmask->account), V_TEXT(str_of(unmask->subject_kind)), V_INT(unmask->subject),
                  V_TEXT(unmask->reason), V_INT(writing->now),
                  V_INT(writing->now + LIMIT_UNMASK_MINUTES * INT64_C(60000))) &&
           journal_append(writing,
                          &(struct journal_entry){ .actor = unmask->account,
                                                   .role = accounts_role_name(unmask->roles, ROLE_STAFF),
                                                   .action = "file.unmask",
                                                   .subject_kind = unmask->subject_kind,
                                                   .subject_id = unmask->subject,
                                                   .division = unmask->division },
                          error);
}

bool accounts_unmasked(struct db *db, int64_t account, const char *subject_kind, int64_t subject, int64_t now,
                       bool *unmasked, struct error *error)
{
    int64_t n;
    if (!db_one_int(db, error, &n, NULL,
                    "select count(*) from unmasking where account = ?1 and subject_kind = ?2 and subject = ?3 and "
                    "until > ?4",
                    V_INT(account), V_TEXT(str_of(subject_kind)), V_INT(subject), V_INT(now))) {
        return false;
    }
    *unmasked = n > 0;
    return true;
}
