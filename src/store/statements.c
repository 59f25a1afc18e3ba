/* See statements.h. */
#include "store/statements.h"

#include <stdlib.h>

static uint64_t text_hash(const char *text)
{
    uint64_t hash = 1469598103934665603u; /* FNV-1a */
    for (; *text; text++) {
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    }
    return hash;
}

static size_t near_slot(const char *address)
{
    uint64_t mixed = (uint64_t)(uintptr_t)address * 0x9E3779B97F4A7C15u;
    return (size_t)(mixed >> 40) % STATEMENT_SLOTS;
}

struct statement *statements_find(struct statements *statements, const char *sql)
{
    size_t slot = near_slot(sql);
    struct statement *found = statements->near[slot].statement;
    if (found && statements->near[slot].address == sql && strcmp(found->text, sql) == 0) {
        return found;
    }
    uint64_t hash = text_hash(sql);
    for (found = statements->slots[hash % STATEMENT_SLOTS]; found; found = found->next) {
        if (found->hash == hash && strcmp(found->text, sql) == 0) {
            statements->near[slot].address = sql;
            statements->near[slot].statement = found;
            return found;
        }
    }
    return NULL;
}

bool statements_add(struct statements *statements, struct statement *statement, const char *sql)
{
    statement->text = strdup(sql);
    if (!statement->text) {
        abort();
    }
    if (statements->count >= LIMIT_STATEMENTS) {
        return false;
    }
    statement->hash = text_hash(sql);
    struct statement **slot = &statements->slots[statement->hash % STATEMENT_SLOTS];
    statement->next = *slot;
    *slot = statement;
    statements->count++;
    return true;
}

struct statement *statements_take(struct statements *statements)
{
    memset(statements->near, 0, sizeof statements->near);
    for (size_t i = 0; statements->count && i < STATEMENT_SLOTS; i++) {
        struct statement *first = statements->slots[i];
        if (first) {
            statements->slots[i] = first->next;
            statements->count--;
            return first;
        }
    }
    return NULL;
}
