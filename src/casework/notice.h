/* Who is written to about cases: found by following the cases' history, step by step, so that no step is missed and
 * none told twice, whatever stops in between.
 *
 * A step that brings a case to a desk is told to who holds it, else to all who sit there; a reminder and a climb
 * likewise, a climb also to the desk above; every step to who watches; nobody is told of what they did themselves, or
 * of what they may not see. Of a confidential case a message says nothing but that there is something to read. What is
 * public is told to its subscribers when its stage changes, a letter's writer that it has moved on.
 *
 * Inside a command. */
#ifndef CASEWORK_NOTICE_H
#define CASEWORK_NOTICE_H

#include "casework/casework.h"

/* Are there steps that were not followed yet? The first time ever all that there is counts as told. */
bool notice_waits(struct db *db, bool *waits, struct error *error);
/* Follows at most `most` steps; *more: call again. */
bool notice_follow(struct writing *writing, const struct city *city, size_t most, bool *more, struct error *error);

enum { NOTICE_DIGEST_HOUR = 7 };
/* The morning's mail of each account that hears so, once a day from NOTICE_DIGEST_HOUR on (China Standard Time): what
 * happened since the last, and what lies on its desk by urgency. None where there is nothing. */
bool notice_digests(struct writing *writing, const struct city *city, size_t most, bool *more, struct error *error);

/* What somebody of the public subscribes to: a public case, or a letter that they wrote. */
struct str notice_topic(struct arena *arena, bool letter, int64_t id);

#endif
