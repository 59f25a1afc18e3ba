/* See badge.h. */
#include "records/badge.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "places/sign.h"

#include <jansson.h>
#include <stdlib.h>

enum { BYTES_MOST = 4 * 1024 * 1024, RECORDS_MOST = 2000 };

static const char suite[] = "jiaoti-sm2-sm3-2026", urn[] = "urn:jiaoti:record:";

struct text badge_result_text(enum badge_result result)
{
    static const struct text texts[BADGE_RESULTS] = {
        [BADGE_HOLDS] =
            T("签名有效：内容与签发时完全一样", "The signature holds: nothing was changed since it was signed"),
        [BADGE_NOT_READ] = T("这不是档案文件，或者文件不完整", "This is no file of records, or not a whole one"),
        [BADGE_UNSIGNED] = T("文件没有签名，或签名方式不认识", "The file has no signature, or one of another kind"),
        [BADGE_CHANGED] = T("签名无效：文件被改动过", "The signature does not hold: the file was changed"),
    };
    return texts[result];
}

/* What is signed: the document without its proof. */
static struct str message_of(struct arena *arena, json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
    struct str message = arena_printf(arena, "JT-RECORD-1\n%s", text ? text : "");
    free(text);
    return message;
}

static struct str day_words(struct arena *arena, int64_t day)
{
    return arena_printf(arena, "%.*sT00:00:00+08:00", STR_ARG(day_format(arena, day)));
}

/* ---- Writing ---- */

#define TEXT(s) (s).p, (s).n

static json_t *credential_of(struct arena *arena, const struct record *record, struct str issuer)
{
    struct str id = arena_printf(arena, "%s%.*s", urn, STR_ARG(record->code)), day = day_words(arena, record->day);
    return json_pack("{s:[ss] s:s% s:{s:[s] s:s%} s:s% s:{s:[s] s:{s:s% s:[s] s:s% s:s% s:{s:s%}}}}", "type",
                     "VerifiableCredential", "AchievementCredential", "id", TEXT(id), "issuer", "type", "Profile",
                     "name", TEXT(issuer), "validFrom", TEXT(day), "credentialSubject", "type", "AchievementSubject",
                     "achievement", "id", TEXT(id), "type", "Achievement", "name", TEXT(record->name.zh), "description",
                     TEXT(record->detail.zh), "criteria", "narrative", TEXT(record->detail.zh));
}

static json_t *document_of(struct arena *arena, const struct badge_from *from, struct str person,
                           const struct record *records, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        if (str_is(records[i].state, "confirmed")) {
            (void)json_array_append_new(list, credential_of(arena, &records[i], from->issuer.zh));
        }
    }
    struct str made = ms_format(arena, from->now, true), issuer = from->issuer.zh;
    return json_pack("{s:[ss] s:[ss] s:{s:[s] s:s%} s:s% s:s s:{s:[s] s:s% s:o}}", "@context",
                     "https://www.w3.org/ns/credentials/v2",
                     "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", "type", "VerifiableCredential",
                     "ClrCredential", "issuer", "type", "Profile", "name", TEXT(issuer), "validFrom", TEXT(made),
                     "name", "\xe6\xa1\xa3\xe6\xa1\x88", "credentialSubject", "type", "ClrSubject", "name",
                     TEXT(person), "verifiableCredential", list);
}

bool badge_write(struct arena *arena, const struct badge_from *from, struct str person, const struct record *records,
                 size_t n, struct str *out, struct error *error)
{
    unsigned char key[SM2_KEY], signature[SM2_SIGNATURE];
    json_t *document = document_of(arena, from, person, records, n);
    if (!document) {
        return error_set(error, "the file of records could not be made");
    }
    bool good = keys_sign(from->vault, arena, from->now, message_of(arena, document), key, signature, error);
    struct str key_hex = hex_encode(arena, key, sizeof key),
               signed_hex = hex_encode(arena, signature, sizeof signature);
    json_t *proof =
        json_pack("{s:s s:s s:s s:s% s:s%}", "type", "DataIntegrityProof", "cryptosuite", suite, "proofPurpose",
                  "assertionMethod", "verificationMethod", TEXT(key_hex), "proofValue", TEXT(signed_hex));
    (void)json_object_set_new(document, "proof", proof);
    char *text = good ? json_dumps(document, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
    *out = arena_str(arena, str_of(text));
    free(text);
    json_decref(document);
    return good;
}

/* ---- Checking ---- */

static struct str text_at(struct arena *arena, json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    return arena_str(arena, (struct str){ json_string_value(value), json_string_length(value) });
}

static bool read_proof(struct arena *arena, json_t *document, unsigned char *key, unsigned char *signature)
{
    json_t *proof = json_object_get(document, "proof");
    return str_is(text_at(arena, proof, "cryptosuite"), suite) &&
           hex_decode(text_at(arena, proof, "verificationMethod"), key, SM2_KEY) &&
           hex_decode(text_at(arena, proof, "proofValue"), signature, SM2_SIGNATURE);
}

static bool read_badge(struct arena *arena, json_t *document, struct badge *out)
{
    json_t *subject = json_object_get(document, "credentialSubject");
    json_t *list = json_object_get(subject, "verifiableCredential");
    if (!json_is_array(list) || json_array_size(list) > RECORDS_MOST) {
        return false;
    }
    out->person = text_at(arena, subject, "name");
    out->issuer = text_at(arena, json_object_get(document, "issuer"), "name");
    out->made = text_at(arena, document, "validFrom");
    out->records = ARENA_ARRAY(arena, struct badge_record, json_array_size(list) + 1);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i),
               *achievement = json_object_get(json_object_get(one, "credentialSubject"), "achievement");
        struct str id = text_at(arena, achievement, "id");
        if (!str_starts(id, str_of(urn))) {
            return false;
        }
        out->records[out->n++] = (struct badge_record){ .code = str_part(id, sizeof urn - 1, id.n),
                                                        .name = text_at(arena, achievement, "name"),
                                                        .description = text_at(arena, achievement, "description"),
                                                        .day = str_part(text_at(arena, one, "validFrom"), 0, 10) };
    }
    return true;
}

enum badge_result badge_check(struct arena *arena, struct str text, struct badge *out)
{
    unsigned char signature[SM2_SIGNATURE];
    json_error_t wrong;
    *out = (struct badge){ 0 };
    json_t *document = text.n <= BYTES_MOST ? json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &wrong) : NULL;
    enum badge_result result = BADGE_HOLDS;
    if (!json_is_object(document)) {
        result = BADGE_NOT_READ;
    } else if (!read_proof(arena, document, out->key, signature)) {
        result = BADGE_UNSIGNED;
    } else {
        (void)json_object_del(document, "proof");
        struct str message = message_of(arena, document);
        result = !sm2_holds(out->key, signature, message.p, message.n) ? BADGE_CHANGED
                 : !read_badge(arena, document, out)                   ? BADGE_NOT_READ
                                                                       : BADGE_HOLDS;
    }
    json_decref(document);
    return result;
}
