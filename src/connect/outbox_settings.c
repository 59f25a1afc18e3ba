/* DATA/keys/messages.yaml, which an operator writes:
 *
 *     base: https://jiaoti.example.org       # of the pages, for links
 *     from: jiaoti@example.org
 *     smtp: {url: smtps://mail.example.org:465, user: jiaoti, password: …}
 *     sms: {url: https://gateway.example.org/send, key: sms-2026}   # the key stands in authorities.yaml
 *
 * Each part may be missing: its messages wait. Others must not be able to read the file, for the password's sake. */
#include "connect/outbox.h"

#include "base/clock.h"
#include "city/walker.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool is_url(struct str url, const char *one, const char *other)
{
    return str_starts(url, str_of(one)) || str_starts(url, str_of(other));
}

static void read_smtp(struct reading *reading, yaml_value *node, struct outbox_settings *out)
{
    static const struct key keys[] = { { "url", false }, { "user", true }, { "password", true }, { "plain", true } };
    yaml_value *values[4];
    if (!node || !read_map(reading, node, "smtp", keys, 4, values)) {
        return;
    }
    if (read_text(reading, values[0], "url", &out->smtp) && !is_url(out->smtp, "smtp://", "smtps://")) {
        mistake_at(reading, values[0], "smtp 的 url 应以 smtp:// 或 smtps:// 开头",
                   "the url of smtp must begin with smtp:// or smtps://");
    }
    (void)(values[1] && read_text(reading, values[1], "user", &out->user));
    (void)(values[2] && read_text(reading, values[2], "password", &out->password));
    (void)(values[3] && read_bool(reading, values[3], "plain", &out->smtp_plain));
}

static void read_sms(struct reading *reading, yaml_value *node, struct outbox_settings *out)
{
    static const struct key keys[] = { { "url", false }, { "key", false } };
    yaml_value *values[2];
    if (!node || !read_map(reading, node, "sms", keys, 2, values)) {
        return;
    }
    if (read_text(reading, values[0], "url", &out->sms) && !is_url(out->sms, "http://", "https://")) {
        mistake_at(reading, values[0], "sms 的 url 应以 http:// 或 https:// 开头",
                   "the url of sms must begin with http:// or https://");
    }
    (void)read_text(reading, values[1], "key", &out->sms_key);
}

static void read_all(struct reading *reading, yaml_value *root, struct outbox_settings *out)
{
    static const struct key keys[] = { { "base", false }, { "from", true }, { "smtp", true }, { "sms", true } };
    yaml_value *values[4];
    if (!root || !read_map(reading, root, "messages", keys, 4, values)) {
        return;
    }
    if (read_text(reading, values[0], "base", &out->base) &&
        (!is_url(out->base, "http://", "https://") || out->base.p[out->base.n - 1] == '/')) {
        mistake_at(reading, values[0], "base 应以 http:// 或 https:// 开头，结尾不带 /",
                   "base must begin with http:// or https:// and not end with /");
    }
    if (values[1] && read_text(reading, values[1], "from", &out->from) &&
        !outbox_address(OUTBOX_MAIL, out->from, &out->from)) {
        mistake_at(reading, values[1], "from 不是邮箱地址", "from is no mail address");
    }
    read_smtp(reading, values[2], out);
    read_sms(reading, values[3], out);
    if (out->smtp.n && out->from.n == 0) {
        mistake_at(reading, values[2], "有 smtp 就要有 from", "where smtp is set, from must be set");
    }
}

bool outbox_settings_read(struct arena *arena, const char *data, struct outbox_settings *out, struct error *error)
{
    struct stat about;
    struct str text;
    *out = (struct outbox_settings){ .file = arena_printf(arena, "%s/keys/messages.yaml", data) };
    if (stat(out->file.p, &about) != 0) {
        return errno == ENOENT || error_set(error, "%s cannot be read: %s.", out->file.p, strerror(errno));
    }
    if (about.st_mode & 077) {
        return error_set(error, "%s may be read by others: chmod 600 it.", out->file.p);
    }
    struct city_mistakes *mistakes = city_mistakes_new();
    struct reading reading;
    if (read_file(arena, out->file.p, mistakes, &text)) {
        read_all(&reading, reading_open(&reading, arena, out->file, text, mistakes), out);
        reading_close(&reading);
    }
    bool good = mistakes->n == 0 || error_set(error, "%s is not right.", out->file.p);
    city_mistakes_print(stderr, mistakes, LANG_EN);
    city_mistakes_free(mistakes);
    return good;
}
