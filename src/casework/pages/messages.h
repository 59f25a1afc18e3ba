/* What the pages of messages show. */
#ifndef CASEWORK_PAGES_MESSAGES_H
#define CASEWORK_PAGES_MESSAGES_H

#include "accounts/accounts.h"
#include "connect/outbox.h"
#include "web/components.h"
#include "web/reply.h"

struct text message_channel_name(enum outbox_channel channel);
struct text message_state_name(enum outbox_state state, enum colour *colour);

struct shown_message {
    struct outbox_row row;
    struct text state;
    enum colour colour;
};

/* How one account hears, and what it was sent. */
struct ways_view {
    struct {
        struct outbox_way way;
        bool has, works; /* works: the installation has set the channel up */
        struct str masked;
    } ways[OUTBOX_CHANNELS];
    struct shown_message *sent;
    size_t nsent;
};
struct way_view {
    enum outbox_channel channel;
    struct outbox_way way;
    bool has;
    struct str masked;
};

/* All that was sent, within scope. */
struct outbox_view {
    struct shown_message *rows;
    size_t n;
    int64_t total, page, pages;
    struct str state, channel, more;
    bool works[OUTBOX_CHANNELS], subjects;
    int64_t waiting, failed;
};

struct subscribe_view {
    struct str what, number; /* of the URL */
    struct name title;
    bool asked, confirmed, ended;
    struct str token;
    struct str subject; /* what is subscribed to */
};

#endif
