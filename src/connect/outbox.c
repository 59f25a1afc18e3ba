/* Messages are put, listed and sent again by hand: see outbox.h. */
#include "connect/outbox.h"

#include "base/clock.h"
#include "connect/outbox_inside.h"
#include "store/journal.h"

const char *outbox_channel_word(enum outbox_channel channel)
{
    static const char *const words[] = { [OUTBOX_MAIL] = "mail", [OUTBOX_SMS] = "sms" };
    return channel < OUTBOX_CHANNELS ? words[channel] : "";
}

const char *outbox_state_word(enum outbox_state state)
{
    static const char *const words[] = {
        [OUTBOX_WAITING] = "waiting", [OUTBOX_SENT] = "sent", [OUTBOX_FAILED] = "failed"
    };
    return state < OUTBOX_STATES ? words[state] : "";
}

enum outbox_channel outbox_channel_of(struct str word)
{
    return str_is(word, "mail") ? OUTBOX_MAIL : str_is(word, "sms") ? OUTBOX_SMS : OUTBOX_CHANNELS;
}

static enum outbox_state state_of(struct str word)
{
    return str_is(word, "sent") ? OUTBOX_SENT : str_is(word, "failed") ? OUTBOX_FAILED : OUTBOX_WAITING;
}

/* ---- Addresses ---- */

/* The part of an address before or behind its @: what stands in an SMTP command without quotes. */
static bool plain_part(struct str part, bool host)
{
    bool good = part.n > 0 && part.p[0] != '.' && part.p[part.n - 1] != '.';
    for (size_t i = 0; good && i < part.n; i++) {
        char c = part.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        good = letter || c == '-' || (c == '.' && part.p[i - 1] != '.') ||
               (!host && (c == '_' || c == '+' || c == '=' || c == '~'));
    }
    return good;
}

static bool mail_address(struct str text)
{
    size_t at = str_find(text, '@');
    struct str host = str_part(text, at + 1, text.n);
    return text.n <= 254 && at > 0 && at <= 64 && at < text.n && plain_part(str_part(text, 0, at), false) &&
           plain_part(host, true) && str_find(host, '.') < host.n;
}

static bool mobile_number(struct str text)
{
    bool good = text.n == 11 && text.p[0] == '1';
    for (size_t i = 0; good && i < text.n; i++) {
        good = text.p[i] >= '0' && text.p[i] <= '9';
    }
    return good;
}

bool outbox_address(enum outbox_channel channel, struct str text, struct str *address)
{
    *address = str_trim(text);
    return channel == OUTBOX_MAIL ? mail_address(*address) : mobile_number(*address);
}

struct str outbox_masked(struct arena *arena, enum outbox_channel channel, struct str address)
{
    if (channel == OUTBOX_SMS) {
        return address.n < 8 ? STR("***")
                             : arena_printf(arena, "%.*s****%.*s", STR_ARG(str_part(address, 0, 3)),
                                            STR_ARG(str_part(address, address.n - 4, 4)));
    }
    size_t at = str_find(address, '@');
    return arena_printf(arena, "%.*s***%.*s", STR_ARG(str_part(address, 0, 1)),
                        STR_ARG(str_part(address, at, address.n)));
}

/* ---- Putting ---- */

bool outbox_seal(struct writing *writing, const char *purpose, struct str plain, struct value *out, struct error *error)
{
    struct str sealed;
    if (!vault_seal(writing->vault, writing->arena, purpose, plain, &sealed, error)) {
        return false;
    }
    *out = V_BLOB(sealed);
    return true;
}

bool outbox_put(struct writing *writing, const struct outbox_message *message, bool *is_new, struct error *error)
{
    struct value to, subject, body;
    int64_t changed = 0, wall = clock_wall_ms();
    *is_new = false;
    if (!outbox_seal(writing, "outbox.to", message->to, &to, error) ||
        !outbox_seal(writing, "outbox.subject", message->subject, &subject, error) ||
        !outbox_seal(writing, "outbox.body", message->body, &body, error) ||
        !db_run_count(writing->db, error, &changed,
                      "insert into outbox_message (key, channel, to_sealed, subject_sealed, body_sealed, path, about, "
                      "about_id, division, account, state, at, put_at, next_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                      "?8, ?9, ?10, 'waiting', ?11, ?12, ?12) on conflict (key) do nothing",
                      V_TEXT(message->key), V_TEXT(str_of(outbox_channel_word(message->channel))), to, subject, body,
                      V_TEXT(message->path), V_TEXT(message->about),
                      V_IF(message->about_id > 0, V_INT(message->about_id)), V_TEXT(message->division),
                      V_IF(message->account > 0, V_INT(message->account)), V_INT(writing->now), V_INT(wall))) {
        return false;
    }
    *is_new = changed == 1;
    return true;
}

/* ---- The list ---- */

#define LIST_WHERE                                                                                                     \
    " from outbox_message where ((?1 > 0 and account = ?1) or (?1 = 0 and division >= ?2 and division < ?3)) and "     \
    "(?4 = '' or state = ?4) and (?5 = '' or channel = ?5) and (?6 = '' or about = ?6)"

/* The first text behind all that begin with the prefix. */
static struct str behind(struct arena *arena, struct str prefix)
{
    return arena_printf(arena, "%.*s\x7f", STR_ARG(prefix));
}

bool outbox_count(struct db *db, const struct outbox_ask *ask, int64_t *n, struct error *error)
{
    struct arena *arena = arena_new(256);
    bool good = db_one_int(db, error, n, NULL, "select count(*)" LIST_WHERE, V_INT(ask->account), V_TEXT(ask->scope),
                           V_TEXT(behind(arena, ask->scope)), V_TEXT(str_of(outbox_state_word(ask->state))),
                           V_TEXT(str_of(outbox_channel_word(ask->channel))), V_TEXT(ask->about));
    arena_free(arena);
    return good;
}

static bool read_row(struct rows *rows, struct arena *arena, struct vault *vault, bool subjects, struct outbox_row *out,
                     struct error *error)
{
    struct str to;
    *out = (struct outbox_row){ .id = rows_int(rows, 0),
                                .at = rows_int(rows, 1),
                                .next_at = rows_int(rows, 2),
                                .sent_at = rows_int(rows, 3),
                                .tries = rows_int(rows, 4),
                                .about_id = rows_int(rows, 5),
                                .account = rows_int(rows, 6),
                                .key = rows_text_in(rows, 7, arena),
                                .about = rows_text_in(rows, 8, arena),
                                .division = rows_text_in(rows, 9, arena),
                                .answer = rows_text_in(rows, 10, arena),
                                .channel = outbox_channel_of(rows_text(rows, 11)),
                                .state = state_of(rows_text(rows, 12)) };
    if (!vault_unseal(vault, arena, "outbox.to", rows_blob(rows, 13), &to, error) ||
        (subjects && !vault_unseal(vault, arena, "outbox.subject", rows_blob(rows, 14), &out->subject, error))) {
        return false;
    }
    out->to = outbox_masked(arena, out->channel, to);
    return true;
}

bool outbox_list(struct db *db, struct arena *arena, struct vault *vault, const struct outbox_ask *ask,
                 struct outbox_row **out, size_t *n, struct error *error)
{
    bool good = true;
    *out = ARENA_ARRAY(arena, struct outbox_row, (size_t)ask->most);
    *n = 0;
    struct rows *rows = db_query(
        db, error,
        "select id, at, next_at, coalesce(sent_at, 0), tries, coalesce(about_id, 0), coalesce(account, 0), key, about, "
        "division, answer, channel, state, to_sealed, subject_sealed" LIST_WHERE " order by id desc limit ?7 offset ?8",
        V_INT(ask->account), V_TEXT(ask->scope), V_TEXT(behind(arena, ask->scope)),
        V_TEXT(str_of(outbox_state_word(ask->state))), V_TEXT(str_of(outbox_channel_word(ask->channel))),
        V_TEXT(ask->about), V_INT(ask->most), V_INT(ask->skip));
    while (good && *n < (size_t)ask->most && rows_next(rows)) {
        good = read_row(rows, arena, vault, ask->subjects, &(*out)[(*n)++], error);
    }
    return good ? rows_end(rows, error) : (rows_end(rows, NULL), false);
}

bool outbox_division(struct db *db, struct arena *arena, int64_t id, struct str *division, bool *found,
                     struct error *error)
{
    return db_one_text(db, error, arena, division, found, "select division from outbox_message where id = ?1",
                       V_INT(id));
}

bool outbox_again_run(struct writing *writing, void *input, struct error *error)
{
    struct outbox_again *again = input;
    struct str division = STR("");
    int64_t changed = 0;
    bool found = false;
    again->done = false;
    /* Its days begin anew. */
    if (!outbox_division(writing->db, writing->arena, again->id, &division, &found, error) ||
        !db_run_count(writing->db, error, &changed,
                      "update outbox_message set state = 'waiting', tries = 0, put_at = ?2, next_at = ?2 where id = ?1 "
                      "and state = 'failed'",
                      V_INT(again->id), V_INT(clock_wall_ms()))) {
        return false;
    }
    again->done = changed == 1;
    struct journal_entry entry = { .actor = again->account,
                                   .role = again->role,
                                   .action = "message.again",
                                   .subject_kind = "message",
                                   .subject_id = again->id,
                                   .division = division };
    return changed == 0 || journal_append(writing, &entry, error);
}
