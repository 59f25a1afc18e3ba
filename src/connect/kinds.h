/* The kinds of questions to departments and the shape of each answer (docs/departments.md), in one table: from it come
 * the check of what a department sends, the columns of the spreadsheets and what `jiaoti authority` says of
 * somebody of whom it knows nothing. A city may ask kinds that are not here: their answers may be any JSON object, and
 * they cannot go by spreadsheet.
 */
#ifndef CONNECT_KINDS_H
#define CONNECT_KINDS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <jansson.h>

enum field_type { FIELD_TEXT, FIELD_CITIZEN, FIELD_DATE, FIELD_NUMBER, FIELD_PERCENT, FIELD_CHOICE, FIELD_YES_NO };

struct field_choice {
    const char *id;
    struct text name;
};

struct field {
    const char *id; /* key of the JSON */
    struct text name;
    enum field_type type;
    bool required;                      /* in an answer that confirms */
    const struct field_choice *choices; /* of FIELD_CHOICE; ended by id NULL */
};

enum { KIND_FIELDS = 10 };

struct kind {
    const char *id;
    struct text name;
    struct field question[KIND_FIELDS]; /* ended by id NULL */
    struct field answer[KIND_FIELDS];   /* what a department fills into a sheet; ended by id NULL */
    bool by_sheet;
    /* Builds the answer from one sheet row: `details` (id → JSON) of a department that confirms, NULL: it does not. */
    json_t *(*build)(const json_t *question, const json_t *details);
    /* The shape of an answer; *where names the first member that is missing or of another type. */
    bool (*check)(const json_t *answer, const char **where);
};

extern const struct kind kinds[];
extern const size_t kinds_count;
/* NULL when there is none. */
const struct kind *kind_find(struct str id);

/* Is this text an answer that a question of this kind can have? The parsed answer when `out` is not NULL (json_decref). */
bool kind_answer_parse(struct str kind, struct str text, json_t **out, struct error *error);

/* GB 11643: 18 characters, date, check character. */
bool citizen_number_valid(struct str citizen);

#endif
