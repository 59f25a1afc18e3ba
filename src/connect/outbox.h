/* The outbox: messages that leave the machine: mail by SMTP, short messages by a signed webhook.
 *
 * A message is put in the transaction of what it tells, under a key that names the event and the receiver: the same
 * event never makes two. A thread of its own delivers, with growing pauses, until the receiver says that it has it; a
 * crash in between sends it again with the same mark (Message-ID of a mail, Idempotency-Key of a webhook), by which the
 * receiver knows it. So each arrives at least once, and none twice by its mark. What is refused for good, or not taken
 * within OUTBOX_DAYS, is kept with the reason, and can be sent again by hand. Messages of a channel that the
 * installation has not set up wait, however long.
 *
 * An account hears by the ways that it chose and proved (a code sent there); the public by a subscription, proved
 * likewise. Addresses and texts are sealed. Times here are the system's clock: a demo's moved clock stays at home. */
#ifndef CONNECT_OUTBOX_H
#define CONNECT_OUTBOX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "connect/keys.h"
#include "store/db.h"
#include "store/vault.h"
#include "store/writer.h"

enum outbox_channel { OUTBOX_MAIL, OUTBOX_SMS, OUTBOX_CHANNELS };
enum outbox_state { OUTBOX_WAITING, OUTBOX_SENT, OUTBOX_FAILED, OUTBOX_STATES };
enum { OUTBOX_DAYS = 3, OUTBOX_CODE_MINUTES = 30, OUTBOX_CODE_TRIES = 5 };

const char *outbox_channel_word(enum outbox_channel channel); /* "mail", as in tables and queries */
const char *outbox_state_word(enum outbox_state state);

struct outbox_message {
    struct str key; /* "case_step:123 account:55": event and receiver, at most 200 bytes, no personal data */
    enum outbox_channel channel;
    struct str to;       /* mail address or mobile number */
    struct str subject;  /* of a short message all that it says, with the link of the body's last line behind it */
    struct str body;     /* plain text, lines end with \n; "{base}" becomes the address of the city's pages */
    struct str path;     /* "/case/12": where it is shown; the last line of what is sent; may be empty */
    struct str about;    /* "case", for the list; may be empty */
    int64_t about_id;    /* 0: none */
    struct str division; /* of what it is about: the list is shown within scope */
    int64_t account;     /* that hears; 0: the public */
};
/* *is_new: false when the key was put before. */
bool outbox_put(struct writing *writing, const struct outbox_message *message, bool *is_new, struct error *error);

/* Addresses as people write them: a mail address of one line with one @ and a host, a mobile number of 11 digits that
 * begins with 1. Gives it back trimmed. */
bool outbox_address(enum outbox_channel channel, struct str text, struct str *address);
/* For showing: "z***@example.org", "138****0001". */
struct str outbox_masked(struct arena *arena, enum outbox_channel channel, struct str address);

/* ---- Ways: how an account wants to hear (outbox_ways.c) ---- */

struct outbox_way {
    enum outbox_channel channel;
    struct str address;
    bool digest; /* once a morning, all together */
    enum lang lang;
    int64_t confirmed_at; /* 0: not yet: hears nothing but the code */
};
/* At most OUTBOX_CHANNELS, by channel. */
bool outbox_ways(struct db *db, struct arena *arena, struct vault *vault, int64_t account, struct outbox_way *out,
                 size_t *n, struct error *error);

struct outbox_way_set {
    int64_t account;
    const char *role;
    struct outbox_way way; /* address empty: takes the channel away */
    bool known;            /* of builders: the address is proved already */
    bool soon;             /* out: a code was sent less than a minute ago; nothing was changed */
};
/* Keeps the way, and puts a message with the code by which it is confirmed, unless the address was proved before.
 * input is struct outbox_way_set. */
bool outbox_way_set_run(struct writing *writing, void *input, struct error *error);

struct outbox_way_confirm {
    int64_t account;
    const char *role;
    enum outbox_channel channel;
    struct str code;
    bool good; /* out: false also when it is too old, or was tried too often */
};
bool outbox_way_confirm_run(struct writing *writing, void *input, struct error *error);

/* Tells an account something in the language of its ways: at once, or into its digest. `what` names the event; nothing
 * is put where the account has no way. path: of the page that shows it ("/case/12"). */
struct outbox_notice {
    int64_t account;
    struct str what; /* "case_step:123" */
    struct name subject, body;
    struct str path, about;
    int64_t about_id;
    struct str division;
};
bool outbox_tell(struct writing *writing, const struct outbox_notice *notice, struct error *error);

/* ---- Digests (outbox_ways.c): lines that wait for the morning; what a morning's mail says is the caller's ---- */

struct outbox_line {
    int64_t id, at;
    struct str subject, path; /* unsealed */
};
/* Accounts that hear by digest and have not had one on this day. */
bool outbox_digest_due(struct db *db, struct arena *arena, int64_t day, int64_t **accounts, size_t *n,
                       struct error *error);
bool outbox_lines(struct db *db, struct arena *arena, struct vault *vault, int64_t account, enum outbox_channel channel,
                  struct outbox_line **out, size_t *n, struct error *error);
/* Ends the account's digest of this channel and day: with a message, or without one (subject empty: there was nothing
 * to say). The lines up to `last` are gone into it. */
bool outbox_digest_put(struct writing *writing, int64_t account, const struct outbox_way *way, int64_t day,
                       int64_t last, struct str subject, struct str body, struct error *error);

/* ---- Subscriptions of the public (outbox_public.c) ---- */

struct outbox_subscribe {
    const char *role; /* of the session, for the journal; "" of nobody */
    struct str topic; /* "case:12" */
    struct str title; /* what it is, for the mail that asks whether they meant it */
    struct str division, address;
    enum lang lang;
    bool again; /* out: asked within the hour, or too often today: nothing was sent */
};
/* Keeps it unconfirmed and puts a mail with two links: yes, and never again. input is struct outbox_subscribe. */
bool outbox_subscribe_run(struct writing *writing, void *input, struct error *error);
struct outbox_subscription {
    int64_t id;
    struct str topic, title;
    bool confirmed;
};
bool outbox_subscription_of(struct db *db, struct arena *arena, struct vault *vault, struct str token,
                            struct outbox_subscription *out, bool *found, struct error *error);
struct outbox_subscription_end {
    struct str token;
    bool yes;   /* confirms it; else ends it */
    bool found; /* out */
};
bool outbox_subscription_run(struct writing *writing, void *input, struct error *error);
/* One mail to each confirmed subscriber of the topic. */
bool outbox_tell_public(struct writing *writing, struct str topic, struct str what, struct name subject,
                        struct name body, struct str path, struct str division, struct error *error);

/* ---- The installation's settings: DATA/keys/messages.yaml (outbox_settings.c) ---- */

struct outbox_settings {
    struct str file;
    struct str smtp; /* smtp://host:port or smtps://…; empty: mail waits */
    struct str user, password;
    struct str from;    /* address of the sender */
    struct str base;    /* https://… of this city's pages, for links */
    struct str sms;     /* URL of the gateway; empty: short messages wait */
    struct str sms_key; /* id in keys/authorities.yaml */
    bool smtp_plain;    /* no TLS, for a server on the same machine */
};
/* A missing file is no mistake: all waits. False with the mistakes printed to standard error. */
bool outbox_settings_read(struct arena *arena, const char *data, struct outbox_settings *out, struct error *error);

/* ---- Delivery (outbox_send.c) ---- */

struct outbox;
/* Starts the thread. All that is given must outlive it. */
bool outbox_start(struct outbox **outbox, const struct outbox_settings *settings, struct store *store,
                  struct vault *vault, struct writer *writer, struct keys *keys, struct error *error);
/* Ends after the message on its way. NULL is accepted. */
void outbox_stop(struct outbox *outbox);

/* ---- The list (outbox_list.c) ---- */

struct outbox_row {
    int64_t id, at, next_at, sent_at, tries, about_id, account;
    struct str key, about, division;
    struct str subject; /* unsealed; empty unless asked for */
    struct str to;      /* masked */
    struct str answer;  /* what the receiver said last */
    enum outbox_channel channel;
    enum outbox_state state;
};
struct outbox_ask {
    struct str scope;            /* prefix of division */
    int64_t account;             /* of one account alone (scope is then not looked at); 0: by scope */
    enum outbox_state state;     /* OUTBOX_STATES: any */
    enum outbox_channel channel; /* OUTBOX_CHANNELS: any */
    struct str about;            /* or empty */
    bool subjects;
    int64_t skip, most;
};
bool outbox_list(struct db *db, struct arena *arena, struct vault *vault, const struct outbox_ask *ask,
                 struct outbox_row **out, size_t *n, struct error *error);
bool outbox_count(struct db *db, const struct outbox_ask *ask, int64_t *n, struct error *error);
/* The division of a message, for its scope. */
bool outbox_division(struct db *db, struct arena *arena, int64_t id, struct str *division, bool *found,
                     struct error *error);
/* Sends a failed one again, with the same mark. input is struct outbox_again. */
struct outbox_again {
    int64_t id, account;
    const char *role;
    bool done; /* out: false: it is not a failed one */
};
bool outbox_again_run(struct writing *writing, void *input, struct error *error);

#endif
