/* Between exchange_check.c, exchange_lookup.c and exchange_judge.c: what rows are compared with. */
#ifndef REGISTRY_EXCHANGE_INSIDE_H
#define REGISTRY_EXCHANGE_INSIDE_H

#include "registry/exchange.h"

struct exchange_institution {
    int64_t id;
    struct str code, division;
};

/* Which codes and citizen numbers a file has named so far: fingerprints of 64 bits with the row, so that a repetition
 * can name both. A file of any length must not be remembered row by row: its first reading (SEEN_SIEVE) only puts each
 * mark through a sieve of a fixed size (Bloom, Communications of the ACM, 1970) and keeps those that it may have met
 * before; where there are any, it is read again and these alone are remembered (SEEN_SUSPECTS). */
enum exchange_seen_how { SEEN_ALL, SEEN_SIEVE, SEEN_SUSPECTS };
struct exchange_seen {
    enum exchange_seen_how how;
    uint64_t *marks; /* 0: free */
    uint32_t *rows;
    size_t size, n;
    uint64_t *sieve; /* SEEN_SIEVE and SEEN_SUSPECTS */
    uint64_t *suspects;
    size_t nsuspects;
    bool strange; /* SEEN_SUSPECTS: something repeats that the first reading did not see: it was another file */
};
void exchange_seen_free(struct exchange_seen *seen);
/* From the first reading to the next: the sieve is emptied, the suspects are put in order. */
void exchange_seen_again(struct exchange_seen *seen);
/* The row in which it stood before; 0: never. */
uint32_t exchange_seen_before(struct exchange_seen *seen, const char *what, struct str text, uint32_t row);

enum { EXCHANGE_KNOWN = 8192 };

struct exchange_check {
    const struct exchange_setting *setting;
    struct vault *vault;
    struct arena *arena; /* of what follows */
    struct exchange_column columns[EXCHANGE_COLUMNS_MOST];
    size_t ncolumns;
    size_t places[EXCHANGE_COLUMNS_MOST]; /* in the file; SIZE_MAX: it is not there */
    size_t width;                         /* of the line of headings */
    struct exchange_institution *by_code, *by_id;
    size_t ninstitutions;
    bool nobody; /* the register knew no person at the beginning, and nothing is recorded meanwhile */
    struct exchange_seen seen;
    int64_t matched; /* rows about things that hold on the day */
    struct {
        uint64_t mark;
        bool known;
    } known[EXCHANGE_KNOWN]; /* codes of other things that were looked up */
};

bool exchange_load_institutions(struct exchange_check *check, struct db *db, struct error *error);
const struct exchange_institution *exchange_institution_by_code(const struct exchange_check *check, struct str code);
const struct exchange_institution *exchange_institution_by_id(const struct exchange_check *check, int64_t id);
/* Is there a thing of the kind with that code on the day? */
bool exchange_is_known(struct exchange_check *check, struct db *db, struct arena *arena, enum kind_id kind,
                       struct str code, int64_t day, bool *known, struct error *error);

/* Standing versions of the things that the rows name, by code. */
struct exchange_versions {
    struct fact *items;
    size_t n;
};
bool exchange_versions(struct db *db, struct arena *arena, const struct kind *kind, const struct str *codes, size_t n,
                       struct exchange_versions *out, struct error *error);
/* Persons of the register by their citizen numbers: id 0 where there is none. */
struct exchange_known_person {
    struct str hash;
    int64_t id;
    struct str name, sex;
    int64_t birth;
};
bool exchange_persons(struct exchange_check *check, struct db *db, struct arena *arena, const struct str *citizens,
                      size_t n, struct exchange_known_person *out, struct error *error);
/* The same by their ids (of things that have a version already). */
bool exchange_person_of(struct exchange_check *check, struct db *db, struct arena *arena, int64_t id,
                        struct exchange_person *out, struct error *error);

/* ---- Shared by the passes ---- */

/* What the first pass found, beside the row. */
struct exchange_said {
    struct value values[EXCHANGE_COLUMNS_MOST];
    struct name wrong[EXCHANGE_COLUMNS_MOST]; /* of a cell that means nothing */
    bool is_wrong[EXCHANGE_COLUMNS_MOST];
    struct str code;
    struct str citizen;
    int64_t from, until; /* 0: not said */
};

size_t exchange_column_of(const struct exchange_check *check, enum exchange_role role);
void exchange_add(const struct exchange_check *check, struct arena *arena, struct exchange_row *row, size_t column,
                  struct name says);
#define ADD(column, zh, en) exchange_add(check, arena, row, (column), (struct name){ (zh), (en) })
struct str exchange_cell_at(const struct exchange_check *check, const struct exchange_row *row, size_t column);
bool exchange_is_blank(struct str cell);
/* The last pass (exchange_judge.c): what the row means beside what the register knows. */
bool exchange_judge(struct exchange_check *check, struct db *db, struct arena *arena, struct exchange_row *row,
                    struct exchange_said *said, const struct exchange_versions *versions,
                    const struct exchange_known_person *known, struct error *error);

#endif
