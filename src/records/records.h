/* records 档案: what a person has done, confirmed by another than who proposed it, and then kept.
 *
 *     proposed → confirmed → (revoked)        proposed → refused
 *
 * A record is proposed by what it came from (a service that somebody attended, services/services.h), once: its source
 * is unique. What is confirmed is never changed; a mistake is revoked, with a reason. Each step is kept with who and
 * when, and stands in the journal. Whoever holds a record's code can check it without an account, and sees what it is,
 * when it was done and how it stands, never whose it is.
 */
#ifndef RECORDS_RECORDS_H
#define RECORDS_RECORDS_H

#include "base/text.h"
#include "places/places.h"

extern const struct migration records_migrations[];
extern const size_t records_migrations_count;

struct record_person {
    const char *kind; /* "child", "account", or "person": of the register */
    int64_t id;
};
/* The kind as a column has it. */
const char *record_person_kind(struct str kind);

struct record_new {
    struct actor actor;
    struct str source; /* at most once */
    struct str kind;
    struct record_person person;
    struct name name, detail;
    int64_t day;
    struct str division;
    int64_t institution; /* 0: none */
    int64_t id;          /* out */
    bool there;          /* out: this source had given one before; nothing was written */
};
/* Inside a command. */
bool record_propose(struct writing *writing, struct record_new *record, struct error *error);

enum record_act { RECORD_CONFIRM, RECORD_REFUSE, RECORD_REVOKE, RECORD_ACTS };
enum record_result {
    RECORD_DONE,
    RECORD_NOT_FOUND,
    RECORD_NOT_NOW,      /* its state has no such act */
    RECORD_SAME_PERSON,  /* who proposed it does not confirm it */
    RECORD_NEEDS_REASON, /* refused and revoked with a reason alone */
    RECORD_RESULTS
};
struct text record_result_text(enum record_result result);
struct record_decide {
    struct actor actor;
    struct str form_key; /* empty: none */
    int64_t id;
    enum record_act act;
    struct str reason;
    enum record_result result; /* out */
};
/* A command's run. */
bool record_decide_run(struct writing *writing, void *input, struct error *error);
/* All that wait within the division prefix and of the kind, of others than the actor. *n: how many. */
struct record_confirm_all {
    struct actor actor;
    struct str form_key;
    struct str division, kind;
    int64_t confirmed; /* out */
};
bool record_confirm_all_run(struct writing *writing, void *input, struct error *error);

struct record {
    int64_t id;
    struct str kind, state, division, code;
    struct record_person person;
    struct name name, detail;
    int64_t day, institution;
    int64_t proposed_by; /* account; 0: the program */
};
struct text record_state_name(struct str state);
/* Of one person, the newest first. */
bool record_list(struct db *db, struct arena *arena, struct record_person person, struct record **out, size_t *n,
                 struct error *error);
/* Those in a state within a division prefix, at most `most`: what waits by age, else the newest first. */
bool record_in_state(struct db *db, struct arena *arena, struct str division, const char *state, int64_t most,
                     struct record **out, size_t *n, struct error *error);
bool record_get(struct db *db, struct arena *arena, int64_t id, struct record *out, bool *found, struct error *error);
/* By its code as typed; *found false also when the code cannot be one. */
bool record_by_code(struct db *db, struct arena *arena, struct str typed, struct record *out, bool *found,
                    struct error *error);

struct record_step {
    struct str act, reason;
    int64_t at, account;
};
bool record_steps(struct db *db, struct arena *arena, int64_t id, struct record_step **out, size_t *n,
                  struct error *error);

/* That an account read a person's record: once a day in the table, which the person sees. */
struct record_read {
    struct record_person person;
    int64_t account;
};
bool record_read_run(struct writing *writing, void *input, struct error *error);
struct record_reader {
    int64_t account, day;
};
bool record_readers(struct db *db, struct arena *arena, struct record_person person, struct record_reader **out,
                    size_t *n, struct error *error);

#endif
