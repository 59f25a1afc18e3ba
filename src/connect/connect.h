/* connect: all that leaves the machine: the questions to the departments, and messages.
 *
 * ask.h                what is asked and what was said: rows that outlive a crash
 * client.h             the runner that sends them over HTTP, and the quick question that a page waits for
 * breaker.h            when a department is left in peace
 * signing.h, keys.h    how both sides prove who they are
 * kinds.h              the kinds of questions, and the shape of each answer
 * sheet.h              the same exchange by spreadsheet
 * outbox.h             messages by mail and short message, ways, digests, subscriptions
 * authority.h          `jiaoti authority`: plays the departments in demo and tests, in its own process
 * authority_records.h  writes what that program knows
 *
 * Judging is not done here: whether an answer establishes a fact is for places, through struct ask_hook.
 */
#ifndef CONNECT_CONNECT_H
#define CONNECT_CONNECT_H

#include "store/reseal.h"
#include "store/store.h"

extern const struct migration connect_migrations[];
extern const size_t connect_migrations_count;
/* Columns that hold sealed data, for the rotation of keys. */
extern const struct sealed_column connect_sealed[];
extern const size_t connect_sealed_count;

#endif
