/* Facts in two times.
 *
 * A thing (kinds.h) has versions of its facts. Each holds in the world from a day until another (valid), and in the
 * register from the moment at which it was recorded until it was replaced by better knowledge (recorded). So two
 * questions have answers: how was it on a day, and what did we say about that day at a moment. No version is ever
 * changed or removed; recording only sets when, and by which change, an old one was replaced.
 *
 * What must hold, whatever is recorded in whatever order: at any moment of recording the versions of one thing do not
 * overlap in validity; and what was answered for (day, moment) in the past is answered again.
 *
 * The table `institution` (sql/001) is the picture of today: facts_record keeps its rows in step for institutions, and
 * facts_project, run by housekeeping at midnight, for what begins or ends by itself.
 */
#ifndef REGISTRY_FACTS_H
#define REGISTRY_FACTS_H

#include "base/arena.h"
#include "base/error.h"
#include "registry/kinds.h"
#include "store/db.h"
#include "store/writer.h"

/* Ends of what has no end: the day after 9999-12-31 and its first moment. */
#define DAY_OPEN INT64_C(2932897)
#define MOMENT_OPEN INT64_C(253402300800000)

/* One version. Text lives in the caller's arena. values[i] belongs to kind->columns[i]: VALUE_TEXT for text, words and
 * codes, VALUE_INT for the rest. */
struct fact {
    int64_t id;
    int64_t subject;
    struct str code;
    int64_t valid_from, valid_until; /* days; until is the first day on which it no longer holds */
    int64_t recorded_at, replaced_at;
    int64_t change, replaced_by; /* register_change; replaced_by 0: stands */
    struct str division;
    int64_t institution; /* id, 0: none. Of an institution its own */
    struct value values[KIND_COLUMNS_MOST];
};

/* As on a day, as known at a moment. */
struct as_of {
    int64_t day;
    int64_t recorded; /* MOMENT_OPEN: as known now. To ask the same again later: writing_moment_seen of the reading */
};

/* The text or number of a column by its name; empty or 0 when the kind has no such column. */
struct str fact_text(const struct kind *kind, const struct fact *fact, const char *column);
int64_t fact_int(const struct kind *kind, const struct fact *fact, const char *column);
/* What the thing is called: its name, else its code. */
struct name fact_name(const struct kind *kind, const struct fact *fact);
/* Do two versions say the same (all but times, change and id)? */
bool fact_same(const struct kind *kind, const struct fact *a, const struct fact *b);

/* ---- Reading ---- */

/* The subject that has or had the code. A division may have had several: each names it for ever. */
bool facts_subject_of(struct db *db, const struct kind *kind, struct str code, int64_t *subject, bool *found,
                      struct error *error);
/* The version of a thing as of; *found tells whether there is one. */
bool facts_one(struct db *db, struct arena *arena, const struct kind *kind, struct str code, struct as_of as_of,
               struct fact *out, bool *found, struct error *error);
bool facts_of_subject(struct db *db, struct arena *arena, const struct kind *kind, int64_t subject, struct as_of as_of,
                      struct fact *out, bool *found, struct error *error);

/* Which of a kind. Empty and 0 mean: any. */
struct facts_ask {
    struct as_of as_of;
    struct str scope;    /* prefix of division */
    int64_t institution; /* whose */
    struct str column;   /* only those whose column of this name … */
    struct str value;    /* … has this word, code or text */
    struct str text;     /* holds these words (search.h), of kinds that have names */
    int64_t after, most; /* a page: those whose subject is greater, at most so many */
};
/* By subject. */
bool facts_list(struct db *db, struct arena *arena, const struct kind *kind, const struct facts_ask *ask,
                struct fact **out, size_t *n, struct error *error);
bool facts_count(struct db *db, const struct kind *kind, const struct facts_ask *ask, int64_t *n, struct error *error);

/* Every version of one thing, in order of recording, then validity. */
bool facts_history(struct db *db, struct arena *arena, const struct kind *kind, int64_t subject, struct fact **out,
                   size_t *n, struct error *error);

/* What a change recorded, and what of others it replaced: by subject, at most `most` (0: all). */
bool facts_of_change(struct db *db, struct arena *arena, const struct kind *kind, int64_t change, int64_t most,
                     struct fact **out, size_t *n, struct error *error);
bool facts_replaced_by(struct db *db, struct arena *arena, const struct kind *kind, int64_t change, int64_t most,
                       struct fact **out, size_t *n, struct error *error);

/* What changed between two as-ofs: of each thing that differs the version before and after (id 0: there was none). */
struct fact_difference {
    struct fact before, after;
};
bool facts_differences(struct db *db, struct arena *arena, const struct kind *kind, const struct facts_ask *ask,
                       struct as_of since, struct fact_difference **out, size_t *n, struct error *error);

/* ---- Writing; inside a command, under a change (change.h) ---- */

/* A new subject for a code that the kind does not have. Of kinds that name persons facts_person gives it. */
bool facts_subject(struct writing *writing, const struct kind *kind, struct str code, int64_t *subject,
                   struct error *error);
/* Records that `fact` holds from its valid_from until its valid_until; what was known of the thing for these days is
 * replaced, what was known of other days stays. *changed: false when all of that was known already (nothing is
 * written). subject 0: found by its code, or new; valid_until 0: open. id, times of recording and change are set by the
 * call: the moment is the transaction's (writing_moment), later than whatever was read before. */
bool facts_record(struct writing *writing, const struct kind *kind, const struct fact *fact, int64_t change,
                  bool *changed, struct error *error);
/* Records that the thing is no more from that day on. */
bool facts_end(struct writing *writing, const struct kind *kind, int64_t subject, int64_t day, int64_t change,
               struct error *error);
/* Is all that the fact says recorded already? */
bool facts_known(struct db *db, struct arena *arena, const struct kind *kind, const struct fact *fact, bool *known,
                 struct error *error);
/* Can a change be taken back? *overtaken: something was recorded over it since; error then names the thing. */
bool facts_undo_fits(struct db *db, struct arena *arena, int64_t change, bool *overtaken, struct error *error);
/* Takes back everything that a change recorded: what it replaced is recorded again as new versions, under the change
 * `by`. Fails when it does not fit. */
bool facts_undo(struct writing *writing, int64_t change, int64_t by, struct error *error);
/* Brings `institution` to what holds on the day. */
bool facts_project(struct writing *writing, int64_t day, struct error *error);

/* For builders and large imports: adds a version of a thing that has none yet for those days, without looking.
 * recorded_at and replaced_at may be given (a register that begins with a past); 0: this transaction's moment, and
 * open. `institution` is not brought in step: facts_project does it once, at the end. With a subject it asks the
 * database nothing. */
bool facts_add(struct writing *writing, const struct kind *kind, const struct fact *fact, int64_t change,
               struct error *error);

/* A person of the register by citizen number: found by its keyed hash or added. */
bool facts_person(struct writing *writing, struct vault *vault, struct str citizen, struct str name, struct str sex,
                  int64_t birth_day, int64_t *person, struct error *error);
/* The same for builders, of a person who is not there yet: without looking. */
bool facts_person_add(struct writing *writing, struct vault *vault, struct str citizen, struct str name, struct str sex,
                      int64_t birth_day, int64_t *person, struct error *error);
/* The same with the number's keyed hash (of the purpose "citizen"), which who looked for the person has. */
bool facts_person_hashed(struct writing *writing, struct vault *vault, struct str citizen, struct str hash,
                         struct str name, struct str sex, int64_t birth_day, int64_t *person, struct error *error);
/* The person of the register with this number; *found false: none. */
bool facts_person_find(struct db *db, struct arena *arena, struct vault *vault, struct str citizen, int64_t *person,
                       bool *found, struct error *error);
/* What a person of the register is called; empty: there is none. */
bool facts_person_name(struct db *db, struct arena *arena, struct vault *vault, int64_t person, struct str *name,
                       struct error *error);

#endif
