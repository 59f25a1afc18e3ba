/* After the publication: families answer, places that come free go on by the rules, and each move is public.
 *
 * Who was placed holds a place until the round's answer_by. Who would prefer another school (a better wish, or any wish
 * when sent by balance or without a place) waits there, in the order of the allotment. A place that comes free goes
 * to the first who waits: without a place or with one not yet confirmed, the child is moved at once, holds the
 * new place, and the old one goes on in the same way. Confirming ends the waiting elsewhere; so does declining.
 * Who does not answer in time gives the place back.
 *
 * Each of these is a row of table `move` in the same transaction, and later a line in the transcript's moves
 * (answers_write): the file follows the table and never runs ahead of it.
 */
#ifndef PLACES_ANSWER_H
#define PLACES_ANSWER_H

#include "places/claim.h"
#include "places/round.h"

enum answer_result {
    ANSWER_DONE,
    ANSWER_ALREADY, /* confirmed, or declined, before */
    ANSWER_NOT_FOUND,
    ANSWER_NOT_GUARDIAN,
    ANSWER_NOT_PUBLISHED,
    ANSWER_NO_PLACE, /* nothing to answer: not placed */
    ANSWER_TOO_LATE, /* answer_by has passed */
    ANSWER_RESULT_COUNT
};
struct text answer_result_text(enum answer_result result);

struct answer {
    struct places *places;
    struct actor actor;
    struct str form_key;
    int64_t application;
    bool accept;
    /* out */
    enum answer_result result;
    bool repeated;
    int64_t offer; /* the place that was confirmed or given back */
    size_t moved;  /* children who moved on because of it */
};
/* Confirm or decline the place held; a confirmed one can be given back (accept = false) until the round has ended. */
bool answer_run(struct writing *writing, void *input, struct error *error);

/* Takes back what was not answered in time in one published round, and passes the places on: first all give back, then
 * the places go on, so that nobody who let the time pass is moved to another place. Run it again while `more`. */
struct answers_expire {
    struct places *places;
    /* out */
    size_t expired, moved;
    bool more; /* a round was found; there may be another */
};
bool answers_expire_run(struct writing *writing, void *input, struct error *error);

/* Gathers the moves that are in no batch yet into the next one. Then answers_write brings the file up to date. */
struct answers_batch {
    int64_t round;
    /* out */
    int64_t moves; /* in the new batch; 0: nothing new */
    int64_t batch;
};
bool answers_batch_run(struct writing *writing, void *input, struct error *error);
/* Writes the moves of every batch behind the result in LABEL.txt, unless they are there; outside of any transaction,
 * may be repeated at any time; `writer` signs new batches. *written: the file was changed. */
bool answers_write(struct db *db, struct places *places, struct writer *writer, int64_t round, bool *written,
                   struct error *error);

struct move_row {
    int64_t number; /* from 1 within the round */
    int64_t application;
    struct str kind;        /* declined waiting passed late removed */
    int64_t source, target; /* offers; 0: none */
    int64_t at;
    int64_t batch; /* -1: not in the transcript yet */
    struct str note;
};
bool move_list(struct db *db, struct arena *arena, int64_t round, struct move_row **out, size_t *n,
               struct error *error);

/* Housekeeping in one call: expires, gathers and writes for every published round. For a timer (every minute or so)
 * and for `jiaoti round run`. */
bool answers_housekeeping(struct places *places, struct store *store, struct writer *writer, size_t *expired,
                          struct error *error);

#endif
