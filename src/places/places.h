/* places 学位: offers of limited number, applications for them, the facts behind these, the allotment, the answer.
 *
 * What every command of the noun needs beside the database: the city (its checks, papers and reasons) and the
 * policies of the rounds. A round keeps the version of its policy as text (table policy); parsing it for each
 * command would cost more than the command, so a struct places keeps each version parsed. Versions never change,
 * so nothing here is ever out of date. One struct places serves all threads.
 *
 * child.h        children and their guardians
 * application.h  the life of an application: begin, consent, dwelling, choices, submit, withdraw, correct
 * together.h     siblings of one round who ask together
 * fact.h         what is asked of whom, what it established, category and sub-rank
 * judge.h        does an answer establish a fact? A pure function
 * paper.h        pictures of papers, sealed, outside the database
 * review.h       the queue of what needs a person, and decisions
 * status.h       what a family's status page shows
 * receipt.h      receipts · citizen.h  citizen numbers
 * round.h, offer.h, ledger.h, claim.h, allotment.h, explain.h: the round and what comes after the close
 */
#ifndef PLACES_PLACES_H
#define PLACES_PLACES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "city/city.h"
#include "store/db.h"
#include "store/reseal.h"
#include "store/vault.h"
#include "store/writer.h"

extern const struct migration places_migrations[];
extern const size_t places_migrations_count;
/* Columns that hold sealed data, for the rotation of keys. */
extern const struct sealed_column places_sealed[];
extern const size_t places_sealed_count;

struct places;

/* `data` is the installation's folder (DATA: papers/, transcripts/). City and folder must outlive it. */
struct places *places_new(const struct city *city, const char *data);
/* NULL is accepted. */
void places_free(struct places *places);
const struct city *places_city(const struct places *places);
const char *places_data(const struct places *places);
/* The policy of a row of table policy, parsed at its first use; lives as long as places. An error when there is no such
 * row or its text no longer fits the city folder. Any thread. */
bool places_policy(struct places *places, struct db *db, int64_t policy_id, const struct policy **out,
                   struct error *error);

/* Who acts. role is a name of accounts_roles ("family", "county_reviewer" …; "" for the program itself). Whether
 * the role may do it, and in whose scope, was decided before (accounts_allowed); commands of families check once
 * more that the account is a guardian of the child. */
struct actor {
    int64_t account;
    const char *role;
};

/* A form's key, inside a command (store/writer.h, once_claim). once_open: *go is false when it has succeeded before;
 * *answer then holds its text. A step that was refused leaves no answer and may be tried again. An empty key: always
 * go.
 */
bool once_open(struct writing *writing, struct str key, int64_t account, struct str *answer, bool *go,
               struct error *error);
bool once_close(struct writing *writing, struct str key, struct str answer, struct error *error);
/* The same for steps whose answer is a number: *number is what the first use answered when *go is false. */
bool once_open_number(struct writing *writing, struct str key, int64_t account, int64_t *number, bool *go,
                      struct error *error);
bool once_close_number(struct writing *writing, struct str key, int64_t number, struct error *error);

/* Masked for pages: 张*, 欧阳** (all but the first character); 3715**********1234. In the arena. */
struct str mask_name(struct arena *arena, struct str name);
struct str mask_citizen(struct arena *arena, struct str citizen);
/* What stands before the first number is kept, numbers of house, building and flat are not: …柳园街道阳光花园***. */
struct str mask_address(struct arena *arena, struct str address);

#endif
