/* The tables of connect, for store_migrate and for the rotation of keys. */
#include "connect/connect.h"

extern const unsigned char connect_001_sql[], connect_002_sql[];

const struct migration connect_migrations[] = {
    { "connect", 1, (const char *)connect_001_sql },
    { "connect", 2, (const char *)connect_002_sql },
};
const size_t connect_migrations_count = sizeof connect_migrations / sizeof *connect_migrations;

const struct sealed_column connect_sealed[] = {
    { "ask", "id", "question_sealed", "ask.question" },
    { "ask", "id", "answer_sealed", "ask.answer" },
    { "outbox_message", "id", "to_sealed", "outbox.to" },
    { "outbox_message", "id", "subject_sealed", "outbox.subject" },
    { "outbox_message", "id", "body_sealed", "outbox.body" },
    { "outbox_way", "id", "address_sealed", "way.address" },
    { "outbox_line", "id", "subject_sealed", "line.subject" },
    { "outbox_subscription", "id", "address_sealed", "subscription.address" },
    { "outbox_subscription", "id", "token_sealed", "subscription.token" },
};
const size_t connect_sealed_count = sizeof connect_sealed / sizeof *connect_sealed;
