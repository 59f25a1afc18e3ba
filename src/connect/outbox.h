/* The outbox: messages that leave the machine: mail by SMTP, short messages and others by signed webhooks.
 *
 * A message is put in the transaction of what it tells, under a key that names the event and the receiver: the same
 * event never makes two. A thread of its own delivers, with growing pauses, until the receiver says that it has it; a
 * crash in between sends it again with the same key (Message-ID of a mail, Idempotency-Key of a webhook), by which the
 * receiver knows it. So each arrives at least once, and none twice by its key. What is refused for good, or not taken
 * within OUTBOX_DAYS, is kept with the reason for the operator, who can send it again.
 *
 * Addresses and texts are sealed. A message about a confidential case says nothing but that there is something to
 * read. */
#ifndef CONNECT_OUTBOX_H
#define CONNECT_OUTBOX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "store/db.h"
#include "store/vault.h"
#include "store/writer.h"

enum outbox_channel { OUTBOX_MAIL, OUTBOX_SMS, OUTBOX_HOOK };
enum outbox_state { OUTBOX_WAITING, OUTBOX_SENT, OUTBOX_FAILED };
enum { OUTBOX_DAYS = 3 };

struct outbox_message {
    struct str key; /* "case.climb:123:7:account 55": event and receiver, at most 200 bytes, no personal data */
    enum outbox_channel channel;
    struct str to;            /* mail address, mobile number, or id of a hook of the settings */
    struct str subject, body; /* one language; body plain text, lines end with \n */
    struct str about;         /* "case", for the list */
    int64_t about_id;         /* 0: none */
    struct str division;      /* of what it is about: the list is shown within scope */
    int64_t not_before;       /* moment; 0: at once */
};
/* *is_new: false when the key was put before. */
bool outbox_put(struct writing *writing, const struct outbox_message *message, bool *is_new, struct error *error);

/* ---- To whom: ways by which an account wants to hear ---- */

struct outbox_way {
    enum outbox_channel channel;
    struct str address; /* unsealed */
    bool digest;        /* once a morning, all together */
    enum lang lang;
    int64_t confirmed_at; /* 0: not yet: gets the confirmation alone */
};
/* Ways of an account; *n 0: it hears on its page alone. */
bool outbox_ways(struct db *db, struct arena *arena, struct vault *vault, int64_t account, struct outbox_way **out,
                 size_t *n, struct error *error);
struct outbox_way_set {
    int64_t account;
    struct outbox_way way; /* address empty: takes the channel away */
    bool confirmed;        /* of builders and the operator: without asking the address first */
    struct str code;       /* out: what the confirmation holds, to be sent by outbox_put of the caller */
};
bool outbox_way_set_run(struct writing *writing, void *input, struct error *error);
bool outbox_way_confirm(struct writing *writing, int64_t account, struct str code, bool *good, struct error *error);

/* Tells an account something in the languages of its ways: at once, or into its digest. `what` names the event;
 * nothing is put where the account has no way. path: of the page that shows it ("/case/12"). */
struct outbox_notice {
    int64_t account;
    struct str what; /* "case.climb:123:7" */
    struct name subject, body;
    struct str path, about;
    int64_t about_id;
    struct str division;
};
bool outbox_tell(struct writing *writing, const struct outbox_notice *notice, struct error *error);
/* Puts the digests of the day, each once; called by housekeeping from the hour of the settings on. */
bool outbox_digests(struct writing *writing, int64_t today, int64_t *put, struct error *error);

/* ---- Delivery ---- */

struct outbox_settings {
    const char *smtp;      /* smtp://host:port or smtps://…; NULL: mail waits */
    const char *smtp_user; /* NULL: none; the password is in the vault's folder (smtp.password) */
    const char *from;      /* address of the sender */
    const char *base;      /* https://… of this city's pages, for links */
    struct {
        const char *id;  /* "sms": mobile numbers go there too */
        const char *url; /* signed by the key of this id in connect/keys.h */
    } hooks[8];
    size_t nhooks;
};
struct outbox;
/* Starts the thread. It has its own read connection and writes through the writer. */
bool outbox_start(struct outbox **outbox, const struct outbox_settings *settings, struct store *store,
                  struct vault *vault, struct writer *writer, struct error *error);
/* Ends after the message on its way. NULL is accepted. */
void outbox_stop(struct outbox *outbox);

/* ---- The list ---- */

struct outbox_row {
    int64_t id, at, next_at, sent_at, tries, about_id;
    struct str key, about, division;
    struct str subject; /* unsealed; empty where the caller may not see it */
    struct str to;      /* masked: "z***@example.org" */
    struct str answer;  /* what the receiver said last */
    enum outbox_channel channel;
    enum outbox_state state;
};
struct outbox_ask {
    struct str scope; /* prefix of division */
    enum outbox_state state;
    bool any_state;
    struct str about;
    int64_t about_id;
    int64_t skip, most;
};
bool outbox_list(struct db *db, struct arena *arena, struct vault *vault, const struct outbox_ask *ask,
                 struct outbox_row **out, size_t *n, int64_t *total, struct error *error);
/* Sends a failed one again, with the same key. */
struct outbox_again {
    int64_t id, account;
    const char *role;
    bool found; /* out */
};
bool outbox_again_run(struct writing *writing, void *input, struct error *error);

#endif
