/* Forms: fields are declared once; parsing, checks, kept values, errors, labels and the documentation come from
 * the declaration.
 *
 *     static const struct field guardian_fields[] = {
 *         { .name = "name", .kind = FIELD_TEXT, .required = true, .max = 40, .label = T("姓名", "Name") },
 *         { .name = "number", .kind = FIELD_CITIZEN, .required = true, .label = T("身份证号", "Citizen number") },
 *         { .name = "relation", .kind = FIELD_CHOICE, .required = true, .label = …, FIELD_OPTIONS(relations) },
 *     };
 *     const struct form guardian_form = FORM(guardian_fields);
 *
 * A POST route with a form arrives at its handler parsed and checked:
 *
 *     if (!form_ok(request)) { show_guardian(request); return; }   // the same page again, values kept, errors shown
 *     struct str name = form_value(request, "name");
 *
 * The page writes {% call field("name") %}: label, hint, kept value and error come along (docs/pages.md).
 * Handlers add what only they can know with form_error(request, "number", T(…)).
 */
#ifndef WEB_FORM_H
#define WEB_FORM_H

#include "base/text.h"

struct request;

enum field_kind {
    FIELD_TEXT,    /* one line; trimmed, control characters refused */
    FIELD_LONG,    /* several lines */
    FIELD_INT,     /* a whole number within min..max (max == 0: any); full-width digits are understood */
    FIELD_DATE,    /* year, month, day in three inputs NAME-year …; the value is "2026-08-31"; NAME alone works too */
    FIELD_CHOICE,  /* one of the options: radios */
    FIELD_SELECT,  /* one of the options: a list that opens */
    FIELD_CHECKS,  /* any number of the options: checkboxes */
    FIELD_YES,     /* one checkbox; value "yes"; required means: must be ticked */
    FIELD_FILE,    /* an upload; max is its size in bytes */
    FIELD_HIDDEN,  /* as text, not shown */
    FIELD_LIST,    /* repeated hidden or table values (ids of a bulk decision); no options */
    FIELD_CITIZEN, /* citizen number with its check character; x becomes X */
    FIELD_PHONE,   /* mobile number of 11 digits or a fixed one; blanks and dashes are dropped */
    FIELD_EMAIL,
    FIELD_PASSWORD, /* never kept, never trimmed */
};

struct option {
    const char *value;
    struct text label;
    struct text hint; /* may be empty */
};

struct field {
    const char *name;
    enum field_kind kind;
    bool required;
    int64_t min; /* characters of text, value of a number, count of a list */
    int64_t max; /* the same; bytes of a file; 0: 200 for FIELD_TEXT, 2,000 for FIELD_LONG */
    struct text label;
    struct text hint;    /* may be empty */
    struct text missing; /* what to say when it is required and empty; empty: a sentence made of the label */
    const struct option *options;
    size_t option_count;
    const char *accept;       /* files: "image/jpeg,image/png,application/pdf"; checked against the content */
    const char *autocomplete; /* HTML's word, or NULL */
    int width;                /* of the input in characters, or 0 */
};

#define FIELD_OPTIONS(array) .options = (array), .option_count = sizeof(array) / sizeof *(array)

struct form {
    const struct field *fields;
    size_t field_count;
};

#define FORM(array)                                                                                                    \
    {                                                                                                                  \
        (array), sizeof(array) / sizeof *(array)                                                                       \
    }

/* An uploaded file. Up to 256 KiB it is in memory; larger ones in an unlinked temporary file. */
struct upload {
    struct str name;  /* as the client said, last path component, control characters removed */
    const char *type; /* recognised from the content: "image/jpeg", "image/png", "application/pdf", …; "" unknown */
    size_t size;
    struct str bytes; /* all bytes: in memory or mapped; valid until the reply */
};

/* Does the form have no error (so far)? */
bool form_ok(struct request *request);
/* The cleaned value; empty when absent or in error. Lives in the request's arena. */
struct str form_value(struct request *request, const char *field);
/* All values of FIELD_CHECKS and FIELD_LIST. */
const struct str *form_values(struct request *request, const char *field, size_t *count);
bool form_has(struct request *request, const char *field);                   /* has it a value? */
bool form_is(struct request *request, const char *field, const char *value); /* has it this value (among others)? */
int64_t form_int(struct request *request, const char *field);                /* 0 when absent */
bool form_day(struct request *request, const char *field, int64_t *day);
const struct upload *form_file(struct request *request, const char *field); /* NULL when none was sent */

/* Errors that the handler finds. field NULL: of the whole form. The text's C strings must outlive the reply
 * (literals or the arena). The first error of a field stays. */
void form_error(struct request *request, const char *field, struct text message);

/* For the page of a GET: which form it shows, and what its fields hold at first. A POST's own values win. */
void form_use(struct request *request, const struct form *form);
void form_set(struct request *request, const char *field, struct str value);
void form_set_int(struct request *request, const char *field, int64_t value);
void form_set_day(struct request *request, const char *field, int64_t day);
void form_add(struct request *request, const char *field, struct str value); /* one more value of a list */
/* Options that are data (schools): replace the declared ones, for checking and for the page. For a POST they must
 * be known before the check: set them in `scope` or call form_check again after form_options. */
void form_options(struct request *request, const char *field, const struct option *options, size_t count);
/* Checks again (after form_options); true when there is no error. */
bool form_check(struct request *request);

/* The one-time key of the form that was sent: 16 bytes, the same in every retry and double click of that page.
 * Empty when the route has no key. Give it to the command, which claims it (once_claim). */
struct str request_form_key(struct request *request);

#endif
