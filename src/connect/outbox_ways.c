/* How accounts want to hear, and what waits for their morning: see outbox.h. */
#include "base/clock.h"
#include "connect/outbox_inside.h"
#include "store/journal.h"

enum { CODE_DIGITS = 6, MOST_LINES = 200 };

static enum lang lang_of(struct str word)
{
    return str_is(word, "en") ? LANG_EN : LANG_ZH;
}

bool outbox_ways(struct db *db, struct arena *arena, struct vault *vault, int64_t account, struct outbox_way *out,
                 size_t *n, struct error *error)
{
    bool good = true;
    *n = 0;
    struct rows *rows =
        db_query(db, error,
                 "select channel, address_sealed, digest, lang, coalesce(confirmed_at, 0) from "
                 "outbox_way where account = ?1 and (confirmed_at is not null or code_hash is not null) "
                 "order by channel",
                 V_INT(account));
    while (good && *n < OUTBOX_CHANNELS && rows_next(rows)) {
        struct outbox_way *way = &out[(*n)++];
        *way = (struct outbox_way){ .channel = outbox_channel_of(rows_text(rows, 0)),
                                    .digest = rows_int(rows, 2) != 0,
                                    .lang = lang_of(rows_text(rows, 3)),
                                    .confirmed_at = rows_int(rows, 4) };
        good = vault_unseal(vault, arena, "way.address", rows_blob(rows, 1), &way->address, error);
    }
    return good ? rows_end(rows, error) : (rows_end(rows, NULL), false);
}

static bool journal_way(struct writing *writing, int64_t account, const char *role, const char *action,
                        enum outbox_channel channel, struct error *error)
{
    struct journal_entry entry = { .actor = account,
                                   .role = role,
                                   .action = action,
                                   .subject_kind = "account",
                                   .subject_id = account,
                                   .detail = str_of(outbox_channel_word(channel)) };
    return journal_append(writing, &entry, error);
}

/* ---- A code that proves an address ---- */

static struct str code_hash(struct writing *writing, int64_t account, enum outbox_channel channel, struct str code)
{
    struct str text =
        arena_printf(writing->arena, "%lld %s %.*s", (long long)account, outbox_channel_word(channel), STR_ARG(code));
    return vault_hash_in(writing->vault, writing->arena, "way.code", text);
}

static bool new_code(struct writing *writing, struct str *code, struct error *error)
{
    uint64_t random;
    if (!vault_random(&random, sizeof random, error)) {
        return false;
    }
    *code = arena_printf(writing->arena, "%0*llu", CODE_DIGITS, (unsigned long long)(random % 1000000));
    return true;
}

static bool put_code(struct writing *writing, const struct outbox_way_set *set, struct str code, int64_t number,
                     struct error *error)
{
    bool is_new, en = set->way.lang == LANG_EN;
    struct arena *arena = writing->arena;
    struct outbox_message message = {
        .key = arena_printf(arena, "way:%lld:%s:%lld", (long long)set->account, outbox_channel_word(set->way.channel),
                            (long long)number),
        .channel = set->way.channel,
        .to = set->way.address,
        .about = STR("way"),
        .account = set->account,
        .subject = arena_printf(arena, en ? "Your code: %.*s" : "验证码：%.*s", STR_ARG(code)),
        .body =
            arena_printf(arena,
                         en ? "Enter this code on the page \"Messages to me\" within %d minutes: %.*s\nIf you did "
                              "not ask for it, you need not do anything.\n"
                            : "请在 %d 分钟内，在“接收消息”页面填写这个验证码：%.*s\n如果不是您本人操作，不必理会。\n",
                         OUTBOX_CODE_MINUTES, STR_ARG(code)),
    };
    return outbox_put(writing, &message, &is_new, error);
}

struct standing { /* what is kept of a way before it is changed */
    bool found, confirmed;
    int64_t codes, code_until;
    struct str address;
};

static bool standing_of(struct writing *writing, int64_t account, enum outbox_channel channel, struct standing *out,
                        struct error *error)
{
    bool good = true;
    *out = (struct standing){ 0 };
    struct rows *rows = db_query(writing->db, error,
                                 "select address_sealed, coalesce(confirmed_at, 0), codes, coalesce(code_until, 0) "
                                 "from outbox_way where account = ?1 and channel = ?2",
                                 V_INT(account), V_TEXT(str_of(outbox_channel_word(channel))));
    if (rows_next(rows)) {
        out->found = true;
        out->confirmed = rows_int(rows, 1) > 0;
        out->codes = rows_int(rows, 2);
        out->code_until = rows_int(rows, 3);
        good = vault_unseal(writing->vault, writing->arena, "way.address", rows_blob(rows, 0), &out->address, error);
    }
    return good ? rows_end(rows, error) : (rows_end(rows, NULL), false);
}

/* The row stays, without an address: it numbers the codes. */
static bool take_away(struct writing *writing, const struct outbox_way_set *set, struct error *error)
{
    struct str channel = str_of(outbox_channel_word(set->way.channel));
    struct value none;
    return outbox_seal(writing, "way.address", STR(""), &none, error) &&
           db_run(writing->db, error,
                  "update outbox_way set confirmed_at = null, code_hash = null, address_sealed = ?3 where account = ?1 "
                  "and channel = ?2",
                  V_INT(set->account), V_TEXT(channel), none) &&
           db_run(writing->db, error, "delete from outbox_line where account = ?1 and channel = ?2",
                  V_INT(set->account), V_TEXT(channel)) &&
           journal_way(writing, set->account, set->role, "way.remove", set->way.channel, error);
}

bool outbox_way_set_run(struct writing *writing, void *input, struct error *error)
{
    struct outbox_way_set *set = input;
    struct standing before;
    struct value address;
    struct str code = STR("");
    set->soon = false;
    if (!standing_of(writing, set->account, set->way.channel, &before, error)) {
        return false;
    }
    if (set->way.address.n == 0) {
        return !before.found || take_away(writing, set, error);
    }
    bool proved = set->known || (before.confirmed && str_eq(before.address, set->way.address));
    int64_t sent_at = before.code_until - OUTBOX_CODE_MINUTES * INT64_C(60000);
    if (!proved && before.found && before.code_until && writing->now - sent_at < 60000) {
        set->soon = true;
        return true;
    }
    if (!outbox_seal(writing, "way.address", set->way.address, &address, error) ||
        (!proved && !new_code(writing, &code, error))) {
        return false;
    }
    struct str hash = proved ? STR("") : code_hash(writing, set->account, set->way.channel, code);
    return db_run(writing->db, error,
                  "insert into outbox_way (account, channel, address_sealed, digest, lang, confirmed_at, code_hash, "
                  "code_until, tries, codes) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9) on conflict (account, "
                  "channel) do update set address_sealed = excluded.address_sealed, digest = excluded.digest, lang = "
                  "excluded.lang, confirmed_at = excluded.confirmed_at, code_hash = excluded.code_hash, code_until = "
                  "excluded.code_until, tries = 0, codes = excluded.codes",
                  V_INT(set->account), V_TEXT(str_of(outbox_channel_word(set->way.channel))), address,
                  V_INT(set->way.digest), V_TEXT(set->way.lang == LANG_EN ? STR("en") : STR("zh")),
                  V_IF(proved, V_INT(writing->now)), V_IF(!proved, V_BLOB(hash)),
                  V_IF(!proved, V_INT(writing->now + OUTBOX_CODE_MINUTES * INT64_C(60000))),
                  V_INT(before.codes + !proved)) &&
           (proved || put_code(writing, set, code, before.codes + 1, error)) &&
           journal_way(writing, set->account, set->role, "way.set", set->way.channel, error);
}

bool outbox_way_confirm_run(struct writing *writing, void *input, struct error *error)
{
    struct outbox_way_confirm *confirm = input;
    struct str channel = str_of(outbox_channel_word(confirm->channel));
    struct str hash = code_hash(writing, confirm->account, confirm->channel, str_trim(confirm->code));
    int64_t tried = 0, changed = 0;
    confirm->good = false;
    /* Each try counts, also one that fails. */
    if (!db_run_count(writing->db, error, &tried,
                      "update outbox_way set tries = tries + 1 where account = ?1 and channel = ?2 and code_hash is "
                      "not null and tries < ?3 and code_until > ?4",
                      V_INT(confirm->account), V_TEXT(channel), V_INT(OUTBOX_CODE_TRIES), V_INT(writing->now)) ||
        tried == 0) {
        return tried == 0;
    }
    if (!db_run_count(writing->db, error, &changed,
                      "update outbox_way set confirmed_at = ?4, code_hash = null where account = ?1 and channel = ?2 "
                      "and code_hash = ?3",
                      V_INT(confirm->account), V_TEXT(channel), V_BLOB(hash), V_INT(writing->now))) {
        return false;
    }
    confirm->good = changed == 1;
    return !confirm->good ||
           journal_way(writing, confirm->account, confirm->role, "way.confirm", confirm->channel, error);
}

/* ---- Telling ---- */

static bool put_line(struct writing *writing, const struct outbox_notice *notice, const struct outbox_way *way,
                     struct str key, struct error *error)
{
    struct value subject;
    return outbox_seal(writing, "line.subject", name_in(notice->subject, way->lang), &subject, error) &&
           db_run(writing->db, error,
                  "insert into outbox_line (account, channel, key, subject_sealed, path, at) values (?1, ?2, ?3, ?4, "
                  "?5, ?6) on conflict (key) do nothing",
                  V_INT(notice->account), V_TEXT(str_of(outbox_channel_word(way->channel))), V_TEXT(key), subject,
                  V_TEXT(notice->path), V_INT(writing->now));
}

bool outbox_tell(struct writing *writing, const struct outbox_notice *notice, struct error *error)
{
    struct outbox_way ways[OUTBOX_CHANNELS];
    size_t n = 0;
    if (!outbox_ways(writing->db, writing->arena, writing->vault, notice->account, ways, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct outbox_way *way = &ways[i];
        bool is_new;
        if (!way->confirmed_at) {
            continue;
        }
        struct outbox_message message = {
            .key = arena_printf(writing->arena, "%.*s %s:%lld", STR_ARG(notice->what),
                                outbox_channel_word(way->channel), (long long)notice->account),
            .channel = way->channel,
            .to = way->address,
            .subject = name_in(notice->subject, way->lang),
            .body = name_in(notice->body, way->lang),
            .path = notice->path,
            .about = notice->about,
            .about_id = notice->about_id,
            .division = notice->division,
            .account = notice->account,
        };
        if (!(way->digest ? put_line(writing, notice, way, message.key, error)
                          : outbox_put(writing, &message, &is_new, error))) {
            return false;
        }
    }
    return true;
}

/* ---- Digests ---- */

bool outbox_digest_due(struct db *db, struct arena *arena, int64_t day, int64_t **accounts, size_t *n,
                       struct error *error)
{
    *accounts = NULL;
    *n = 0;
    struct rows *rows = db_query(db, error,
                                 "select distinct account from outbox_way where digest = 1 and confirmed_at is not "
                                 "null and digest_day < ?1 order by account",
                                 V_INT(day));
    while (rows_next(rows)) {
        *accounts = arena_grow(arena, *accounts, *n, sizeof **accounts);
        (*accounts)[(*n)++] = rows_int(rows, 0);
    }
    return rows_end(rows, error);
}

bool outbox_lines(struct db *db, struct arena *arena, struct vault *vault, int64_t account, enum outbox_channel channel,
                  struct outbox_line **out, size_t *n, struct error *error)
{
    bool good = true;
    *out = ARENA_ARRAY(arena, struct outbox_line, MOST_LINES);
    *n = 0;
    struct rows *rows = db_query(db, error,
                                 "select id, at, subject_sealed, path from outbox_line where account = ?1 and channel "
                                 "= ?2 order by id limit ?3",
                                 V_INT(account), V_TEXT(str_of(outbox_channel_word(channel))), V_INT(MOST_LINES));
    while (good && *n < MOST_LINES && rows_next(rows)) {
        struct outbox_line *line = &(*out)[(*n)++];
        *line = (struct outbox_line){ .id = rows_int(rows, 0),
                                      .at = rows_int(rows, 1),
                                      .path = rows_text_in(rows, 3, arena) };
        good = vault_unseal(vault, arena, "line.subject", rows_blob(rows, 2), &line->subject, error);
    }
    return good ? rows_end(rows, error) : (rows_end(rows, NULL), false);
}

bool outbox_digest_put(struct writing *writing, int64_t account, const struct outbox_way *way, int64_t day,
                       int64_t last, struct str subject, struct str body, struct error *error)
{
    struct str channel = str_of(outbox_channel_word(way->channel));
    bool is_new;
    struct outbox_message message = {
        .key = arena_printf(writing->arena, "digest:%lld %s:%lld", (long long)day, outbox_channel_word(way->channel),
                            (long long)account),
        .channel = way->channel,
        .to = way->address,
        .subject = subject,
        .body = body,
        .path = STR("/cases"),
        .about = STR("digest"),
        .account = account,
    };
    return (subject.n == 0 || outbox_put(writing, &message, &is_new, error)) &&
           db_run(writing->db, error, "delete from outbox_line where account = ?1 and channel = ?2 and id <= ?3",
                  V_INT(account), V_TEXT(channel), V_INT(last)) &&
           db_run(writing->db, error, "update outbox_way set digest_day = ?3 where account = ?1 and channel = ?2",
                  V_INT(account), V_TEXT(channel), V_INT(day));
}
