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

enum field_type { FIELD_TEXT, FIELD_CITIZEN, FIELD_DATE, FIELD_NUMBER, FIELD_PERCENT, FIELD_CHOICE, FIELD_FLAG };

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

/* A member that an answer must have. */
enum member_type {
    MEMBER_TEXT,
    MEMBER_FLAG,
    MEMBER_NUMBER,
    MEMBER_CODE /* text or number */,
    MEMBER_OBJECT,
    MEMBER_LIST
};
struct member {
    const char *key;
    enum member_type type;
    bool nullable;               /* may be null or missing */
    const struct member *inside; /* of an object, or of each object of a list; ended by key NULL */
};

struct kind {
    const char *id;
    struct text name;
    const struct field *question; /* ended by id NULL */
    const struct field *details;  /* what a department fills into a sheet; NULL: no sheet for this kind */
    const struct member *shape;   /* of an answer; ended by key NULL */
    const char *nothing;          /* the answer that knows of nothing, JSON */
    /* The answer of a department that confirms, from the question and the details (id → value) of a sheet row. */
    json_t *(*confirm)(const json_t *question, const json_t *details);
};

extern const struct kind kinds[];
extern const size_t kinds_count;
/* NULL when there is none. */
const struct kind *kind_find(struct str id);

/* Is this text an answer that a question of this kind can have? The parsed answer when `out` is not NULL (json_decref).
 * The error names the member that is missing or of another type, never its value. */
bool kind_answer_parse(struct str kind, struct str text, json_t **out, struct error *error);

#endif
