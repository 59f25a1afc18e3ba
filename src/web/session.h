/* Sessions: a random 256-bit token in a cookie; only its SHA-256 is stored. web keeps a cache in front of the
 * table; the table itself belongs to accounts, which web reaches through hooks (server.h).
 */
#ifndef WEB_SESSION_H
#define WEB_SESSION_H

#include "base/text.h"

enum { SESSION_TOKEN_BYTES = 32, SESSION_HASH_BYTES = 32 };

/* A value, copied freely; holds no pointer. */
struct session {
    unsigned char hash[SESSION_HASH_BYTES]; /* of the token: the key of the table and of form keys */
    int64_t account;
    unsigned roles;      /* bits */
    char scope[16];      /* prefix of division codes, NUL-terminated; "" sees no division, "37" the whole province */
    int64_t institution; /* 0 or the one school of a school clerk or head */
    char name_zh[96];    /* how the header greets */
    char name_en[96];    /* "" when there is none */
    int64_t created_ms;  /* the absolute limit counts from here (LIMIT_SESSION_HOURS) */
    int64_t used_ms;     /* the idle limit counts from here */
    int idle_minutes;    /* LIMIT_FAMILY_SESSION_MINUTES or LIMIT_STAFF_SESSION_MINUTES */
};

static inline struct str session_scope(const struct session *session)
{
    return str_of(session->scope);
}

static inline struct name session_name(const struct session *session)
{
    return (struct name){ str_of(session->name_zh), str_of(session->name_en) };
}

/* A new token and its hash. The token goes into the cookie (request_sign_in), the hash into the table. */
void session_token_new(unsigned char token[SESSION_TOKEN_BYTES], unsigned char hash[SESSION_HASH_BYTES]);

#endif
