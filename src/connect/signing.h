/* How a question and its answer prove who sent them. Both carry headers
 *
 *     Jiaoti-Key: id of the shared key
 *     Jiaoti-Time: ms since 1970, UTC, by the system's clock (a demo's moved clock stays at home)
 *     Jiaoti-Number: the request number
 *     Jiaoti-Signature: hex of HMAC-SM3(key, text)
 *
 * with the text (lines ended by \n but the last)
 *     question  JT-ASK-1, method, path, time, number, hex SM3 of the body
 *     answer    JT-ANSWER-1, status, path, time, number, hex SM3 of the body
 *
 * The receiver refuses a time more than LIMIT_SIGNATURE_AGE_MS from its own, so an old message cannot be sent again,
 * and the asker refuses an answer that carries another number or path than its question.
 */
#ifndef CONNECT_SIGNING_H
#define CONNECT_SIGNING_H

#include "base/arena.h"
#include "connect/keys.h"

#define SIGNING_KEY "Jiaoti-Key"
#define SIGNING_TIME "Jiaoti-Time"
#define SIGNING_NUMBER "Jiaoti-Number"
#define SIGNING_SIGNATURE "Jiaoti-Signature"

enum signing_kind { SIGNING_QUESTION, SIGNING_ANSWER };

struct signed_message {
    enum signing_kind kind;
    struct str verb; /* method of a question, status of an answer */
    struct str path;
    int64_t time;
    struct str number;
    struct str body;
};

/* 64 hexadecimal digits in the arena; false when the crypto library fails. */
bool signing_sign(struct arena *arena, const unsigned char key[KEY_BYTES], const struct signed_message *message,
                  struct str *signature, struct error *error);

enum signing_verdict { SIGNING_GOOD, SIGNING_STALE, SIGNING_FORGED };
/* The time is compared with `now`, the signature in constant time. */
enum signing_verdict signing_check(struct arena *arena, const unsigned char key[KEY_BYTES],
                                   const struct signed_message *message, struct str signature, int64_t now);

/* Hex SM3 of bytes (also: what the authority's idempotence compares). */
bool signing_digest(struct arena *arena, struct str bytes, struct str *hex, struct error *error);

#endif
