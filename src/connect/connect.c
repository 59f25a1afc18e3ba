/* The tables of connect, for store_migrate and for the rotation of keys. */
#include "connect/connect.h"

extern const unsigned char connect_001_sql[];

const struct migration connect_migrations[] = {
    { "connect", 1, (const char *)connect_001_sql },
};
const size_t connect_migrations_count = sizeof connect_migrations / sizeof *connect_migrations;

const struct sealed_column connect_sealed[] = {
    { "ask", "id", "question_sealed", "ask.question" },
    { "ask", "id", "answer_sealed", "ask.answer" },
};
const size_t connect_sealed_count = sizeof connect_sealed / sizeof *connect_sealed;
