/* Who looks at the register, as of when, and what all its pages share (desk.c).
 *
 * Everybody sees kinds that name no persons, without the columns that are for staff. Staff of schools, counties and the
 * city, and auditors, see persons and those columns within their scope; each such reading is in the journal before
 * anything is shown. A page that shows persons is made in three steps: the right is decided on the loop, the rows are
 * read on a worker, the journal's entry is durable, then the page is written. */
#ifndef REGISTRY_PAGES_DESK_H
#define REGISTRY_PAGES_DESK_H

#include "accounts/accounts.h"
#include "city/city.h"
#include "registry/change.h"
#include "web/components.h"
#include "web/reply.h"

/* Who may propose changes and see what waits. */
#define REGISTER_ROLES (ROLE_SCHOOL | ROLE_COUNTY_OFFICER | ROLE_CITY)
/* Who may see persons of the register, within scope. */
#define REGISTER_READERS (ROLE_SCHOOL | ROLE_COUNTY | ROLE_CITY | ROLE_AUDITOR)

struct desk {
    struct app *app;
    struct arena *arena;
    enum lang lang;
    bool reads;           /* persons, within scope */
    bool keeps;           /* may propose changes */
    struct keeper_of who; /* of school staff: the scope is its institution's division */
    struct as_of as_of;
    int64_t today;
    struct str day, known; /* as asked; known empty: as known now */
    struct str query;      /* "?day=…&known=…", or "" for today as known now: kept through links */
    struct str more;       /* the same behind other parameters: "&day=…" */
};

/* As whom the session acts where only the roles `among` count, one of which it has: city, counties and auditors (who
 * keep nothing) within their prefix; a school's staff for their institution, with its division as scope, which is empty
 * where there is none. false: the reply was made. */
bool desk_keeper(struct request *request, unsigned among, struct keeper_of *who);
/* NULL: the reply was made. */
struct desk *desk_of(struct request *request);
/* What ?known= means: a day (all that was known at its end), a moment "2024-02-27 09:00", or a number of
 * milliseconds. */
bool desk_moment(struct str text, int64_t *moment);
/* The kind of :kind when the session may see any of it. NULL: the reply was made. */
const struct kind *desk_kind(struct request *request, const struct desk *desk);
/* Is this within what the session sees as staff? */
bool desk_owns(const struct desk *desk, struct str division, int64_t institution);
bool desk_sees(const struct desk *desk, const struct kind *kind, struct str division, int64_t institution);
/* Is the column shown for a thing of this place? */
bool desk_shows(const struct desk *desk, const struct column *column, struct str division, int64_t institution);

/* ---- Reading ---- */

/* Reads rows into the context, then shows. heavy: on a worker with a connection of its own, since the rows may be many
 * (persons, whole kinds); else at once. */
typedef bool desk_loader(struct db *db, void *context, struct error *error);
void desk_load(struct request *request, bool heavy, desk_loader *load, request_done *show, void *context);

struct reading_of {
    const struct kind *kind;
    int64_t subject; /* 0: a list */
    struct str division;
    struct str detail; /* no personal data */
};
/* Writes that the session reads persons, then shows. */
void desk_reading(struct request *request, const struct reading_of *reading, request_done *show, void *context);

/* ---- Words ---- */

/* What the thing is called: its name, of an honour what it is, else its code. */
struct name desk_name(const struct desk *desk, const struct kind *kind, const struct fact *fact);
/* What a cell shows: labels for words, yuan for fen, days as days; "—" for what is not known. */
struct str desk_cell(const struct desk *desk, const struct column *column, struct value value);
struct name desk_division(struct db *db, const struct desk *desk, struct str code);
/* The institution with this number: its name and code. */
struct name desk_institution(struct db *db, const struct desk *desk, int64_t id, struct str *code);
/* The name of a person of the register, unsealed. */
bool desk_person(struct db *db, const struct desk *desk, int64_t person, struct str *name, struct error *error);
/* "2024-09-01 – ", "2024-09-01 – 2025-08-31": the last day, not the one after. */
struct str desk_span(const struct desk *desk, const struct fact *fact);
/* The same as the beginning of a line: "institutions" becomes "Institutions". */
struct text desk_title(struct arena *arena, struct text text);
struct text kind_change_words(const struct desk *desk, struct str change_kind);
struct text change_state_words(enum change_state state, enum colour *colour);
/* "/register/KIND/CODE" with day and moment; a code may hold what a path may not. */
struct str desk_thing(const struct desk *desk, const struct kind *kind, struct str code);
struct str desk_encode(struct arena *arena, struct str text);

#endif
