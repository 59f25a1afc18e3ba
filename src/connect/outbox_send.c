/* Delivery: one thread, one message at a time. A turn writes what came of the last message and takes the next, in one
 * command of the writer: what is taken is lent for LEASE_MS, so that after a crash, and beside another server on the
 * same store, it is sent again only when nobody can still be sending it.
 *
 * A channel whose server does not answer rests, longer each time; its messages do not count the tries that were never
 * made. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/log.h"
#include "connect/outbox_inside.h"
#include "connect/signing.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SEND_MS = 20000,   /* a message, all in all */
    CONNECT_MS = 5000, /* of these */
    LEASE_MS = 30000,
    REST_LEAST_MS = 2000,
    REST_MOST_MS = 300000,
    BODY_BYTES = 64 * 1024,
    ANSWER_BYTES = 4096,
};

enum outcome { OUTCOME_NONE, OUTCOME_SENT, OUTCOME_AGAIN, OUTCOME_REFUSED, OUTCOME_UNREACHED };

struct taken { /* texts live in the outbox's arena until the next turn */
    int64_t id, tries, put_at, at;
    struct str key, to, subject, body, path, about;
    enum outbox_channel channel;
};

/* Of the writer's command; its out parts are set anew each time it runs. */
struct turn {
    struct outbox *outbox;
    int64_t done; /* 0: none */
    enum outcome outcome;
    struct str answer;
    int64_t tries, put_at;
    bool takes[OUTBOX_CHANNELS];
    int64_t now;
    /* out */
    struct arena *arena;
    struct taken next;
    bool found;
};

struct outbox {
    struct outbox_settings settings;
    struct arena *own, *arena; /* of the settings; of a turn */
    struct vault *vault;
    struct writer *writer;
    struct keys *keys;
    struct store *store;
    struct db *db;
    pthread_t thread;
    pthread_mutex_t lock; /* guards `ending` */
    pthread_cond_t wake;
    bool ending, locks;
    CURL *easy;
    struct {
        int64_t until, rest;
    } channels[OUTBOX_CHANNELS];
};

/* ---- The turn ---- */

/* 10 s, 40 s, 2 min 40 s … an hour. */
static int64_t pause_after(int64_t tries)
{
    int64_t ms = 10000;
    for (int64_t i = 1; i < tries && ms < INT64_C(3600000); i++) {
        ms *= 4;
    }
    return ms < INT64_C(3600000) ? ms : INT64_C(3600000);
}

static bool write_outcome(struct writing *writing, const struct turn *turn, struct error *error)
{
    bool old = turn->now - turn->put_at >= OUTBOX_DAYS * INT64_C(86400000);
    bool failed = turn->outcome == OUTCOME_REFUSED || (old && turn->outcome != OUTCOME_SENT);
    const char *state = turn->outcome == OUTCOME_SENT ? "sent" : failed ? "failed" : "waiting";
    bool tried = turn->outcome != OUTCOME_UNREACHED;
    return db_run(writing->db, error,
                  "update outbox_message set state = ?2, tries = tries + ?3, next_at = ?4, answer = ?5, sent_at = ?6 "
                  "where id = ?1",
                  V_INT(turn->done), V_TEXT(str_of(state)), V_INT(tried),
                  V_INT(turn->now + (tried ? pause_after(turn->tries + 1) : 0)), V_TEXT(turn->answer),
                  V_IF(turn->outcome == OUTCOME_SENT, V_INT(turn->now)));
}

static bool open_text(struct turn *turn, struct rows *rows, int column, const char *purpose, struct str *out,
                      struct error *error)
{
    return vault_unseal(turn->outbox->vault, turn->arena, purpose, rows_blob(rows, column), out, error);
}

static bool take_next(struct writing *writing, struct turn *turn, struct error *error)
{
    bool good = true;
    struct taken *next = &turn->next;
    struct rows *rows = db_query(writing->db, error,
                                 "select id, key, channel, tries, put_at, at, path, about, to_sealed, subject_sealed, "
                                 "body_sealed from outbox_message where state = 'waiting' and next_at <= ?1 and "
                                 "((channel = 'mail' and ?2 = 1) or (channel = 'sms' and ?3 = 1)) order by next_at, "
                                 "id limit 1",
                                 V_INT(turn->now), V_INT(turn->takes[OUTBOX_MAIL]), V_INT(turn->takes[OUTBOX_SMS]));
    if (rows_next(rows)) {
        turn->found = true;
        *next = (struct taken){ .id = rows_int(rows, 0),
                                .key = rows_text_in(rows, 1, turn->arena),
                                .channel = outbox_channel_of(rows_text(rows, 2)),
                                .tries = rows_int(rows, 3),
                                .put_at = rows_int(rows, 4),
                                .at = rows_int(rows, 5),
                                .path = rows_text_in(rows, 6, turn->arena),
                                .about = rows_text_in(rows, 7, turn->arena) };
        good = open_text(turn, rows, 8, "outbox.to", &next->to, error) &&
               open_text(turn, rows, 9, "outbox.subject", &next->subject, error) &&
               open_text(turn, rows, 10, "outbox.body", &next->body, error);
    }
    good = good ? rows_end(rows, error) : (rows_end(rows, NULL), false);
    return good && (!turn->found || db_run(writing->db, error, "update outbox_message set next_at = ?2 where id = ?1",
                                           V_INT(next->id), V_INT(turn->now + LEASE_MS)));
}

static bool turn_run(struct writing *writing, void *input, struct error *error)
{
    struct turn *turn = input;
    turn->found = false;
    return (turn->done == 0 || write_outcome(writing, turn, error)) && take_next(writing, turn, error);
}

/* ---- Texts ---- */

static struct str with_base(struct arena *arena, struct str text, struct str base)
{
    static const char mark[] = "{base}";
    struct buf out = buf_init(2 * (size_t)BODY_BYTES);
    for (size_t i = 0; i < text.n;) {
        if (str_starts(str_part(text, i, text.n), STR("{base}"))) {
            buf_add(&out, base);
            i += sizeof mark - 1;
        } else {
            buf_add_char(&out, text.p[i++]);
        }
    }
    struct str copy = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return copy;
}

/* 32 digits by which the receiver knows it again; says nothing of the key. */
static struct str mark_of(struct outbox *outbox, struct str key)
{
    unsigned char hash[VAULT_HASH];
    vault_hash(outbox->vault, "outbox.mark", key, hash);
    return hex_encode(outbox->arena, hash, 16);
}

static size_t take_answer(char *bytes, size_t size, size_t n, void *context)
{
    struct buf *answer = context;
    if (answer->n + size * n < ANSWER_BYTES) {
        buf_add(answer, (struct str){ bytes, size * n });
    }
    return size * n; /* the rest of a long answer says nothing to us */
}

/* ---- Mail ---- */

static struct str base64(struct arena *arena, struct str text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *out = arena_alloc(arena, (text.n + 2) / 3 * 4 + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i += 3) {
        size_t have = text.n - i < 3 ? text.n - i : 3;
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++) {
            bits = bits << 8 | (k < have ? (unsigned char)text.p[i + k] : 0u);
        }
        for (size_t k = 0; k < 4; k++) {
            out[n++] = k <= have ? digits[bits >> (18 - 6 * k) & 63] : '=';
        }
    }
    return (struct str){ out, n };
}

/* A header of words in UTF-8: RFC 2047, words of at most 45 bytes, cut between characters. */
static struct str encoded_words(struct arena *arena, struct str text)
{
    struct buf out = buf_init(BODY_BYTES);
    for (size_t i = 0; i < text.n || i == 0;) {
        size_t n = text.n - i < 45 ? text.n - i : 45;
        while (n > 0 && i + n < text.n && ((unsigned char)text.p[i + n] & 0xc0) == 0x80) {
            n--;
        }
        struct str word = base64(arena, str_part(text, i, n));
        buf_printf(&out, "%s=?UTF-8?B?%.*s?=", i ? "\r\n " : "", STR_ARG(word));
        i += n;
        if (n == 0) {
            break;
        }
    }
    struct str copy = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return copy;
}

static struct str mail_date(struct arena *arena, int64_t ms)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    (void)gmtime_r(&seconds, &tm);
    return arena_printf(arena, "%s, %d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
                        tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static bool add_line(struct curl_slist **list, struct str line)
{
    struct curl_slist *longer = curl_slist_append(*list, line.p);
    if (longer) {
        *list = longer;
    }
    return longer != NULL;
}

#define OPTION(option, value) (curl_easy_setopt(outbox->easy, (option), (value)) == CURLE_OK)

static bool set_common(struct outbox *outbox, struct buf *answer)
{
    curl_easy_reset(outbox->easy);
    return OPTION(CURLOPT_NOSIGNAL, 1L) && OPTION(CURLOPT_PROXY, "") && OPTION(CURLOPT_TIMEOUT_MS, (long)SEND_MS) &&
           OPTION(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) && OPTION(CURLOPT_WRITEFUNCTION, take_answer) &&
           OPTION(CURLOPT_WRITEDATA, answer) && OPTION(CURLOPT_FOLLOWLOCATION, 0L);
}

static bool set_server(struct outbox *outbox)
{
    const struct outbox_settings *s = &outbox->settings;
    return OPTION(CURLOPT_URL, arena_cstr(outbox->arena, s->smtp)) && OPTION(CURLOPT_PROTOCOLS_STR, "smtp,smtps") &&
           OPTION(CURLOPT_USE_SSL, (long)(s->smtp_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL)) &&
           (s->user.n == 0 || (OPTION(CURLOPT_USERNAME, arena_cstr(outbox->arena, s->user)) &&
                               OPTION(CURLOPT_PASSWORD, arena_cstr(outbox->arena, s->password))));
}

static struct str mail_text(struct outbox *outbox, const struct taken *message)
{
    struct str base = outbox->settings.base, body = with_base(outbox->arena, message->body, base);
    if (message->path.n == 0) {
        return body;
    }
    return arena_printf(outbox->arena, "%.*s\n%.*s%.*s\n", STR_ARG(body), STR_ARG(base), STR_ARG(message->path));
}

static bool set_mail(struct outbox *outbox, const struct taken *message, struct curl_slist **lines,
                     struct curl_slist **to, curl_mime **mime)
{
    struct arena *arena = outbox->arena;
    struct str from = outbox->settings.from, host = str_part(from, str_find(from, '@') + 1, from.n);
    struct str body = mail_text(outbox, message);
    curl_mimepart *part;
    bool good =
        add_line(lines, arena_printf(arena, "From: <%.*s>", STR_ARG(from))) &&
        add_line(lines, arena_printf(arena, "To: <%.*s>", STR_ARG(message->to))) &&
        add_line(lines, arena_printf(arena, "Subject: %.*s", STR_ARG(encoded_words(arena, message->subject)))) &&
        add_line(lines, arena_printf(arena, "Date: %.*s", STR_ARG(mail_date(arena, message->put_at)))) &&
        add_line(lines, arena_printf(arena, "Message-ID: <%.*s@%.*s>", STR_ARG(mark_of(outbox, message->key)),
                                     STR_ARG(host))) &&
        add_line(lines, STR("Auto-Submitted: auto-generated")) && add_line(to, message->to);
    *mime = curl_mime_init(outbox->easy);
    part = *mime ? curl_mime_addpart(*mime) : NULL;
    return good && part && curl_mime_data(part, body.p, body.n) == CURLE_OK &&
           curl_mime_type(part, "text/plain; charset=utf-8") == CURLE_OK &&
           curl_mime_encoder(part, "base64") == CURLE_OK &&
           OPTION(CURLOPT_MAIL_FROM, arena_printf(arena, "<%.*s>", STR_ARG(from)).p) &&
           OPTION(CURLOPT_MAIL_RCPT, *to) && OPTION(CURLOPT_MIMEPOST, *mime) && OPTION(CURLOPT_HTTPHEADER, *lines);
}

/* What a code of the transfer means where no server spoke. */
static bool unreached(CURLcode code)
{
    return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_SSL_CONNECT_ERROR ||
           code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED;
}

static enum outcome send_mail(struct outbox *outbox, const struct taken *message, struct str *said)
{
    struct curl_slist *lines = NULL, *to = NULL;
    curl_mime *mime = NULL;
    struct buf answer = buf_init(ANSWER_BYTES);
    enum outcome outcome = OUTCOME_AGAIN;
    long status = 0;
    if (set_common(outbox, &answer) && set_server(outbox) && set_mail(outbox, message, &lines, &to, &mime)) {
        CURLcode code = curl_easy_perform(outbox->easy);
        (void)curl_easy_getinfo(outbox->easy, CURLINFO_RESPONSE_CODE, &status);
        outcome = code == CURLE_OK                                    ? OUTCOME_SENT
                  : unreached(code)                                   ? OUTCOME_UNREACHED
                  : code != CURLE_OPERATION_TIMEDOUT && status >= 500 ? OUTCOME_REFUSED
                                                                      : OUTCOME_AGAIN;
        *said = arena_printf(outbox->arena, "%s (%ld)", code == CURLE_OK ? "taken" : curl_easy_strerror(code), status);
    } else {
        *said = STR("the mail could not be made");
    }
    curl_mime_free(mime);
    curl_slist_free_all(lines);
    curl_slist_free_all(to);
    buf_free(&answer);
    return outcome;
}

/* ---- Short messages ---- */

static struct str path_of_url(struct str url)
{
    size_t at = 0, slashes = 0;
    while (at < url.n && slashes < 3) {
        slashes += url.p[at] == '/';
        at += slashes < 3;
    }
    return at < url.n ? str_part(url, at, url.n) : STR("/");
}

static bool signed_lines(struct outbox *outbox, struct str body, struct str mark, struct curl_slist **lines)
{
    struct arena *arena = outbox->arena;
    const struct outbox_settings *s = &outbox->settings;
    struct signed_message message = { .kind = SIGNING_QUESTION,
                                      .verb = STR("POST"),
                                      .path = path_of_url(s->sms),
                                      .time = clock_wall_ms(),
                                      .number = mark,
                                      .body = body };
    unsigned char key[KEY_BYTES];
    struct str signature = STR("");
    bool good = keys_find(outbox->keys, s->sms_key, key) && signing_sign(arena, key, &message, &signature, NULL);
    OPENSSL_cleanse(key, sizeof key);
    return good && add_line(lines, arena_printf(arena, SIGNING_KEY ": %.*s", STR_ARG(s->sms_key))) &&
           add_line(lines, arena_printf(arena, SIGNING_TIME ": %lld", (long long)message.time)) &&
           add_line(lines, arena_printf(arena, SIGNING_NUMBER ": %.*s", STR_ARG(mark))) &&
           add_line(lines, arena_printf(arena, SIGNING_SIGNATURE ": %.*s", STR_ARG(signature))) &&
           add_line(lines, arena_printf(arena, "Idempotency-Key: %.*s", STR_ARG(mark))) &&
           add_line(lines, STR("Content-Type: application/json; charset=utf-8")) && add_line(lines, STR("Expect:"));
}

static struct str sms_body(struct outbox *outbox, const struct taken *message)
{
    struct buf out = buf_init(BODY_BYTES);
    struct str text = message->path.n ? arena_printf(outbox->arena, "%.*s %.*s%.*s", STR_ARG(message->subject),
                                                     STR_ARG(outbox->settings.base), STR_ARG(message->path))
                                      : message->subject;
    buf_add_cstr(&out, "{\"to\":");
    buf_add_json(&out, message->to);
    buf_add_cstr(&out, ",\"text\":");
    buf_add_json(&out, text);
    buf_add_cstr(&out, ",\"about\":");
    buf_add_json(&out, message->about);
    buf_add_char(&out, '}');
    struct str body = arena_str(outbox->arena, buf_str(&out));
    buf_free(&out);
    return body;
}

static enum outcome send_sms(struct outbox *outbox, const struct taken *message, struct str *said)
{
    struct curl_slist *lines = NULL;
    struct buf answer = buf_init(ANSWER_BYTES);
    struct str body = sms_body(outbox, message);
    enum outcome outcome = OUTCOME_UNREACHED;
    long status = 0;
    *said = STR("no key for the gateway");
    if (set_common(outbox, &answer) && signed_lines(outbox, body, mark_of(outbox, message->key), &lines) &&
        OPTION(CURLOPT_URL, arena_cstr(outbox->arena, outbox->settings.sms)) &&
        OPTION(CURLOPT_PROTOCOLS_STR, "http,https") && OPTION(CURLOPT_POST, 1L) &&
        OPTION(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n) && OPTION(CURLOPT_POSTFIELDS, body.p) &&
        OPTION(CURLOPT_HTTPHEADER, lines)) {
        CURLcode code = curl_easy_perform(outbox->easy);
        (void)curl_easy_getinfo(outbox->easy, CURLINFO_RESPONSE_CODE, &status);
        bool refused = status >= 400 && status < 500 && status != 401 && status != 408 && status != 429;
        outcome = code != CURLE_OK                ? (unreached(code) ? OUTCOME_UNREACHED : OUTCOME_AGAIN)
                  : status >= 200 && status < 300 ? OUTCOME_SENT
                  : refused                       ? OUTCOME_REFUSED
                                                  : OUTCOME_AGAIN;
        *said = code == CURLE_OK ? arena_printf(outbox->arena, "%ld", status) : str_of(curl_easy_strerror(code));
    }
    curl_slist_free_all(lines);
    buf_free(&answer);
    return outcome;
}

/* ---- The thread ---- */

static bool wait_a_second(struct outbox *outbox)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&outbox->lock);
    if (!outbox->ending) {
        (void)pthread_cond_timedwait(&outbox->wake, &outbox->lock, &until);
    }
    bool ending = outbox->ending;
    pthread_mutex_unlock(&outbox->lock);
    return !ending;
}

static bool is_ending(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    bool ending = outbox->ending;
    pthread_mutex_unlock(&outbox->lock);
    return ending;
}

/* Is something due? Asked by a reader, so that an idle outbox writes nothing. */
static bool something_waits(struct outbox *outbox, const struct turn *turn)
{
    struct error error;
    int64_t n = 0;
    bool found = false;
    if (!outbox->db && !db_open(&outbox->db, outbox->store, DB_READ, &error)) {
        return false;
    }
    if (!db_one_int(outbox->db, &error, &n, &found,
                    "select 1 from outbox_message where state = 'waiting' and next_at <= ?1 and ((channel = 'mail' and "
                    "?2 = 1) or (channel = 'sms' and ?3 = 1)) limit 1",
                    V_INT(turn->now), V_INT(turn->takes[OUTBOX_MAIL]), V_INT(turn->takes[OUTBOX_SMS]))) {
        db_close(outbox->db); /* opened again at the next look */
        outbox->db = NULL;
    }
    return found;
}

static void look_at_channels(struct outbox *outbox, struct turn *turn)
{
    turn->now = clock_wall_ms();
    turn->takes[OUTBOX_MAIL] = outbox->settings.smtp.n && turn->now >= outbox->channels[OUTBOX_MAIL].until;
    turn->takes[OUTBOX_SMS] = outbox->settings.sms.n && turn->now >= outbox->channels[OUTBOX_SMS].until;
}

static void rest(struct outbox *outbox, enum outbox_channel channel, enum outcome outcome, struct str said)
{
    int64_t *pause = &outbox->channels[channel].rest;
    if (outcome != OUTCOME_UNREACHED) {
        *pause = 0;
        return;
    }
    if (*pause == 0) {
        log_line(LOG_WARNING, "messages: no %s can be sent: %.*s", outbox_channel_word(channel), STR_ARG(said));
    }
    *pause = *pause == 0 ? REST_LEAST_MS : *pause * 2 < REST_MOST_MS ? *pause * 2 : REST_MOST_MS;
    outbox->channels[channel].until = clock_wall_ms() + *pause;
}

/* Sends one after another until nothing is due. */
static void work(struct outbox *outbox)
{
    struct error error;
    struct turn turn = { .outbox = outbox };
    struct arena *other = arena_new(0); /* of the message whose outcome is still to be written */
    for (;;) {
        look_at_channels(outbox, &turn);
        bool takes = (turn.takes[OUTBOX_MAIL] || turn.takes[OUTBOX_SMS]) && !is_ending(outbox);
        memset(turn.takes, 0, takes ? 0 : sizeof turn.takes);
        if (turn.done == 0 && (!takes || !something_waits(outbox, &turn))) {
            break;
        }
        arena_reset(other);
        turn.arena = other;
        if (!writer_call(outbox->writer, "outbox.turn", turn_run, &turn, &error)) {
            /* What was sent but not written is sent again with its mark when its lease ends. */
            log_line(LOG_WARNING, "messages: %s", error.message);
            break;
        }
        turn.done = 0;
        if (!turn.found) {
            break;
        }
        struct taken next = turn.next;
        struct arena *spent = outbox->arena;
        outbox->arena = other;
        other = spent;
        turn.outcome = next.channel == OUTBOX_MAIL ? send_mail(outbox, &next, &turn.answer)
                                                   : send_sms(outbox, &next, &turn.answer);
        turn.done = next.id;
        turn.tries = next.tries;
        turn.put_at = next.put_at;
        rest(outbox, next.channel, turn.outcome, turn.answer);
    }
    arena_free(other);
}

static void *deliver(void *context)
{
    struct outbox *outbox = context;
    do {
        work(outbox);
    } while (wait_a_second(outbox));
    return NULL;
}

static void free_outbox(struct outbox *outbox)
{
    if (outbox->locks) {
        (void)pthread_mutex_destroy(&outbox->lock);
        (void)pthread_cond_destroy(&outbox->wake);
    }
    curl_easy_cleanup(outbox->easy);
    db_close(outbox->db);
    arena_free(outbox->arena);
    arena_free(outbox->own);
    curl_global_cleanup();
    free(outbox);
}

static struct str copy(struct arena *arena, struct str s)
{
    return arena_str(arena, s);
}

bool outbox_start(struct outbox **out, const struct outbox_settings *settings, struct store *store, struct vault *vault,
                  struct writer *writer, struct keys *keys, struct error *error)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return error_set(error, "The library for mail (libcurl) cannot be started.");
    }
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox) {
        curl_global_cleanup();
        return error_set(error, "Not enough memory for the outbox.");
    }
    outbox->own = arena_new(0);
    outbox->arena = arena_new(0);
    const struct outbox_settings *s = settings;
    outbox->settings = (struct outbox_settings){
        copy(outbox->own, s->file),     copy(outbox->own, s->smtp),    copy(outbox->own, s->user),
        copy(outbox->own, s->password), copy(outbox->own, s->from),    copy(outbox->own, s->base),
        copy(outbox->own, s->sms),      copy(outbox->own, s->sms_key), s->smtp_plain
    };
    outbox->store = store;
    outbox->vault = vault;
    outbox->writer = writer;
    outbox->keys = keys;
    outbox->easy = curl_easy_init();
    outbox->locks = pthread_mutex_init(&outbox->lock, NULL) == 0 && pthread_cond_init(&outbox->wake, NULL) == 0;
    bool good = (outbox->easy && outbox->locks) || error_set(error, "Not enough memory for the outbox.");
    if (good && pthread_create(&outbox->thread, NULL, deliver, outbox) != 0) {
        good = error_set(error, "The thread of the outbox cannot be started.");
    }
    if (!good) {
        free_outbox(outbox);
        return false;
    }
    *out = outbox;
    return true;
}

void outbox_stop(struct outbox *outbox)
{
    if (!outbox) {
        return;
    }
    pthread_mutex_lock(&outbox->lock);
    outbox->ending = true;
    (void)pthread_cond_signal(&outbox->wake);
    pthread_mutex_unlock(&outbox->lock);
    (void)pthread_join(outbox->thread, NULL);
    free_outbox(outbox);
}
