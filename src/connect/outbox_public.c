/* Subscriptions of the public: asked for by anybody, meant only when a link of the mail was followed. See outbox.h. */
#include "base/clock.h"
#include "base/hex.h"
#include "connect/outbox_inside.h"
#include "store/journal.h"

enum { TOKEN_BYTES = 20, HOUR_MS = 3600 * 1000, MOST_A_DAY = 5 };

static struct str token_hash(struct vault *vault, struct arena *arena, struct str token)
{
    return vault_hash_in(vault, arena, "subscription.token", token);
}

static bool journal_subscription(struct writing *writing, const char *role, const char *action, int64_t id,
                                 struct str division, struct str topic, struct error *error)
{
    struct journal_entry entry = { .role = role,
                                   .action = action,
                                   .subject_kind = "subscription",
                                   .subject_id = id,
                                   .division = division,
                                   .detail = topic };
    return journal_append(writing, &entry, error);
}

/* ---- Asking ---- */

static bool put_question(struct writing *writing, const struct outbox_subscribe *ask, int64_t id, int64_t asks,
                         struct str token, struct error *error)
{
    bool is_new, en = ask->lang == LANG_EN;
    struct arena *arena = writing->arena;
    struct outbox_message message = {
        .key = arena_printf(arena, "subscription:%lld:%lld", (long long)id, (long long)asks),
        .channel = OUTBOX_MAIL,
        .to = ask->address,
        .about = STR("subscription"),
        .about_id = id,
        .division = ask->division,
        .subject =
            arena_printf(arena, en ? "Do you want to hear of it? %.*s" : "请确认是否订阅：%.*s", STR_ARG(ask->title)),
        .body = arena_printf(arena,
                             en ? "Somebody asked that this address be told when something changes in: %.*s\n\nYes, or "
                                  "no more of it:\n{base}/subscription?c=%.*s\n\nWithout your yes nothing is sent.\n"
                                : "有人填写了这个邮箱，希望在以下事项有变化时收到通知：%.*s\n\n确认订阅或不再接收：\n"
                                  "{base}/subscription?c=%.*s\n\n不确认就不会再收到通知。\n",
                             STR_ARG(ask->title), STR_ARG(token)),
    };
    return outbox_put(writing, &message, &is_new, error);
}

struct kept {
    bool found;
    int64_t id, asks, asked_at;
    bool ended;
    struct str token;
};

static bool kept_of(struct writing *writing, const struct outbox_subscribe *ask, struct str hash, struct kept *out,
                    struct error *error)
{
    bool good = true;
    *out = (struct kept){ 0 };
    struct rows *rows = db_query(writing->db, error,
                                 "select id, asks, asked_at, ended_at is not null, token_sealed from "
                                 "outbox_subscription where topic = ?1 and address_hash = ?2",
                                 V_TEXT(ask->topic), V_BLOB(hash));
    if (rows_next(rows)) {
        *out = (struct kept){ .found = true,
                              .id = rows_int(rows, 0),
                              .asks = rows_int(rows, 1),
                              .asked_at = rows_int(rows, 2),
                              .ended = rows_int(rows, 3) != 0 };
        good =
            vault_unseal(writing->vault, writing->arena, "subscription.token", rows_blob(rows, 4), &out->token, error);
    }
    return good ? rows_end(rows, error) : (rows_end(rows, NULL), false);
}

static bool keep_new(struct writing *writing, const struct outbox_subscribe *ask, struct str hash, struct kept *kept,
                     struct error *error)
{
    unsigned char bytes[TOKEN_BYTES];
    struct value address, token;
    if (!vault_random(bytes, sizeof bytes, error)) {
        return false;
    }
    *kept = (struct kept){ .asks = 1, .token = hex_encode(writing->arena, bytes, sizeof bytes) };
    return outbox_seal(writing, "subscription.address", ask->address, &address, error) &&
           outbox_seal(writing, "subscription.token", kept->token, &token, error) &&
           db_one_int(writing->db, error, &kept->id, NULL,
                      "insert into outbox_subscription (topic, title, division, address_hash, address_sealed, lang, "
                      "token_hash, token_sealed, asked_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) returning id",
                      V_TEXT(ask->topic), V_TEXT(ask->title), V_TEXT(ask->division), V_BLOB(hash), address,
                      V_TEXT(ask->lang == LANG_EN ? STR("en") : STR("zh")),
                      V_BLOB(token_hash(writing->vault, writing->arena, kept->token)), token, V_INT(writing->now));
}

bool outbox_subscribe_run(struct writing *writing, void *input, struct error *error)
{
    struct outbox_subscribe *ask = input;
    struct str hash = vault_hash_in(writing->vault, writing->arena, "subscription.address", ask->address);
    struct kept kept;
    if (!kept_of(writing, ask, hash, &kept, error)) {
        return false;
    }
    /* Nobody can have a stranger's mailbox filled: an address is asked once an hour a topic, and a few times a day. */
    int64_t today = 0;
    if (!db_one_int(writing->db, error, &today, NULL,
                    "select count(*) from outbox_subscription where address_hash = ?1 and asked_at > ?2", V_BLOB(hash),
                    V_INT(writing->now - INT64_C(24) * HOUR_MS))) {
        return false;
    }
    ask->again = (kept.found && writing->now - kept.asked_at < HOUR_MS) || today >= MOST_A_DAY;
    if (ask->again) {
        return true;
    }
    if (!kept.found) {
        if (!keep_new(writing, ask, hash, &kept, error)) {
            return false;
        }
    } else {
        kept.asks++;
        if (!db_run(writing->db, error,
                    "update outbox_subscription set asked_at = ?2, asks = ?3, ended_at = null, confirmed_at = case "
                    "when ended_at is null then confirmed_at end where id = ?1",
                    V_INT(kept.id), V_INT(writing->now), V_INT(kept.asks))) {
            return false;
        }
    }
    return put_question(writing, ask, kept.id, kept.asks, kept.token, error) &&
           journal_subscription(writing, ask->role, "subscription.ask", kept.id, ask->division, ask->topic, error);
}

/* ---- Yes, and no more ---- */

bool outbox_subscription_of(struct db *db, struct arena *arena, struct vault *vault, struct str token,
                            struct outbox_subscription *out, bool *found, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select id, topic, title, confirmed_at is not null and ended_at is null from "
                                 "outbox_subscription where token_hash = ?1",
                                 V_BLOB(token_hash(vault, arena, token)));
    *found = rows_next(rows);
    if (*found) {
        *out = (struct outbox_subscription){ .id = rows_int(rows, 0),
                                             .topic = rows_text_in(rows, 1, arena),
                                             .title = rows_text_in(rows, 2, arena),
                                             .confirmed = rows_int(rows, 3) != 0 };
    }
    return rows_end(rows, error);
}

bool outbox_subscription_run(struct writing *writing, void *input, struct error *error)
{
    struct outbox_subscription_end *end = input;
    struct outbox_subscription it = { 0 };
    struct str division = STR("");
    if (!outbox_subscription_of(writing->db, writing->arena, writing->vault, end->token, &it, &end->found, error)) {
        return false;
    }
    if (!end->found) {
        return true;
    }
    return db_one_text(writing->db, error, writing->arena, &division, NULL,
                       "select division from outbox_subscription where id = ?1", V_INT(it.id)) &&
           db_run(writing->db, error,
                  "update outbox_subscription set confirmed_at = case when ?2 = 1 then ?3 else confirmed_at end, "
                  "ended_at = case when ?2 = 1 then null else ?3 end where id = ?1",
                  V_INT(it.id), V_INT(end->yes), V_INT(writing->now)) &&
           journal_subscription(writing, "", end->yes ? "subscription.confirm" : "subscription.end", it.id, division,
                                it.topic, error);
}

/* ---- Telling ---- */

struct subscriber {
    int64_t id;
    enum lang lang;
    struct str address, token;
};

static bool read_subscribers(struct writing *writing, struct str topic, struct subscriber **out, size_t *n,
                             struct error *error)
{
    bool good = true;
    *out = NULL;
    *n = 0;
    struct rows *rows = db_query(writing->db, error,
                                 "select id, lang, address_sealed, token_sealed from outbox_subscription where topic "
                                 "= ?1 and confirmed_at is not null and ended_at is null order by id",
                                 V_TEXT(topic));
    while (good && rows_next(rows)) {
        struct subscriber it = { .id = rows_int(rows, 0),
                                 .lang = str_is(rows_text(rows, 1), "en") ? LANG_EN : LANG_ZH };
        good = vault_unseal(writing->vault, writing->arena, "subscription.address", rows_blob(rows, 2), &it.address,
                            error) &&
               vault_unseal(writing->vault, writing->arena, "subscription.token", rows_blob(rows, 3), &it.token, error);
        *out = arena_grow(writing->arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = it;
    }
    return good ? rows_end(rows, error) : (rows_end(rows, NULL), false);
}

bool outbox_tell_public(struct writing *writing, struct str topic, struct str what, struct name subject,
                        struct name body, struct str path, struct str division, struct error *error)
{
    struct subscriber *them;
    size_t n;
    bool good = read_subscribers(writing, topic, &them, &n, error), is_new;
    for (size_t i = 0; good && i < n; i++) {
        struct outbox_message message = {
            .key = arena_printf(writing->arena, "%.*s subscription:%lld", STR_ARG(what), (long long)them[i].id),
            .channel = OUTBOX_MAIL,
            .to = them[i].address,
            .subject = name_in(subject, them[i].lang),
            .body = arena_printf(writing->arena,
                                 them[i].lang == LANG_EN ? "%.*s\nNo more of this: {base}/subscription?c=%.*s\n"
                                                         : "%.*s\n不再接收：{base}/subscription?c=%.*s\n",
                                 STR_ARG(name_in(body, them[i].lang)), STR_ARG(them[i].token)),
            .path = path,
            .about = STR("subscription"),
            .about_id = them[i].id,
            .division = division,
        };
        good = outbox_put(writing, &message, &is_new, error);
    }
    return good;
}
