/* Events that move many facts at once: each becomes the steps of one change (change.h), so it is proposed, shown,
 * confirmed and can be undone like any other.
 *
 *   merge   institutions A, B … go into one that stands (or a new one) on a day: the others end; their campuses, staff,
 *           pupils, programmes and memberships are the one's from that day; honours end with who held them (those of a
 * teacher stay the teacher's) split   part of an institution becomes a new one: named campuses, stages or classes go
 * over move    an institution belongs to another division from a day on, with all that is its rename  a division or an
 * institution has another name from a day on; its code stays recode  a division has another code from a day on: what
 * stands in it goes over (both codes are known for ever) close   an institution is no more; where its pupils go is
 * named, or their facts end with it
 *
 * Institutions that belong to one (a school's canteen) go along. What was counted or held in the past (cohorts,
 * activities) stays where it was. Of other kinds than institutions one of two that are the same ends (STEP_END); its
 * code and names stay known, and the change's note says which one goes on.
 */
#ifndef REGISTRY_EVENT_H
#define REGISTRY_EVENT_H

#include "registry/change.h"

enum event_act { EVENT_MERGE, EVENT_SPLIT, EVENT_MOVE, EVENT_RENAME, EVENT_RECODE, EVENT_CLOSE };

struct event {
    enum event_act act;
    int64_t day;
    struct str *from; /* codes: of the institutions that end, of the one that is split, moved, renamed, closed, of the
                         division that is renamed or recoded */
    size_t nfrom;
    struct str into;     /* code: of the institution that goes on, of the new one; the new code of a division */
    struct name name;    /* new name, where there is one */
    struct str division; /* where to: of a move, of a new institution */
    struct str *sites;   /* of a split: codes of campuses that go over */
    size_t nsites;
    struct str stage; /* of a split: pupils of this stage go over; empty: none but by campus */
};

/* The steps that the event means on what is known now. Fails with a message that names what does not fit. */
bool event_steps(struct db *db, struct arena *arena, const struct event *event, struct change_step **steps, size_t *n,
                 struct error *error);

/* "merge": the change's kind. */
const char *event_name(enum event_act act);

#endif
