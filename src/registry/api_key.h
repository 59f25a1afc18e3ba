/* Keys of programs: a token that an office's system sends with each call of the programming interface. Only its hash is
 * kept. A key is an account that cannot sign in: what it may do and of whom are that account's roles and scope, and the
 * journal and the changes name it like any other. Each use is counted. */
#ifndef REGISTRY_API_KEY_H
#define REGISTRY_API_KEY_H

#include "base/arena.h"
#include "base/error.h"
#include "store/db.h"
#include "store/writer.h"

enum { API_TOKEN_BYTES = 32, API_HASH_BYTES = 32, API_HINT = 6, API_KEY_DAYS_MOST = 730 };

struct api_key {
    int64_t id, account;
    struct str name, hint;
    unsigned roles; /* of its account */
    struct str scope;
    int64_t institution;
    int64_t made_at, until_day, revoked_at, uses, used_at;
};

/* A new token as it is given out: hexadecimal, and its hash. */
void api_key_make(char token[2 * API_TOKEN_BYTES + 1], unsigned char hash[API_HASH_BYTES]);
bool api_key_add(struct writing *writing, int64_t account, struct str name, struct str hint,
                 const unsigned char hash[API_HASH_BYTES], int64_t by, int64_t until_day, int64_t *id,
                 struct error *error);
/* The key of a token that works on the day. */
bool api_key_find(struct db *db, struct arena *arena, struct str token, int64_t day, struct api_key *key, bool *found,
                  struct error *error);
bool api_key_used(struct writing *writing, int64_t id, struct error *error);
/* *revoked: false when there is no such key, or it was revoked before. */
bool api_key_revoke(struct writing *writing, int64_t id, int64_t by, bool *revoked, struct error *error);
/* All, newest first. */
bool api_key_list(struct db *db, struct arena *arena, struct api_key **out, size_t *n, struct error *error);

#endif
