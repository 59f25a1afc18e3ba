/* Does a department's answer establish a fact? A pure function of kind, answer and context: no database, no
 * clock, nothing kept, so every rule is a row of a table in its test. The authority says what it has on file; what
 * that means is decided here, and by a person where a machine cannot know.
 *
 * Reasons are an enumeration (domain of the field); their names and what the family can do are the city's
 * (city.yaml, reasons). Those of the second group only a person who sees the picture can give.
 */
#ifndef PLACES_JUDGE_H
#define PLACES_JUDGE_H

#include "base/arena.h"
#include "base/text.h"
#include "city/city.h"

#include <jansson.h>

enum judge_reason {
    REASON_NONE,
    REASON_TITLE_NUMBER,      /* number of the title typed wrong */
    REASON_OWNER,             /* owner's name or number wrong */
    REASON_SEVERAL_OWNERS,    /* several owners typed as one */
    REASON_TITLE_KIND,        /* kind of title wrong */
    REASON_NOT_COMMERCIAL,    /* self-built, resettlement, unit housing */
    REASON_REJECTED,          /* the authority says no although the data is right */
    REASON_HOUSEHOLD_BOOKS,   /* child and guardian in different books */
    REASON_NOT_PARENT,        /* guardian is not a parent */
    REASON_OUTSIDE_CATCHMENT, /* the address lies elsewhere */
    REASON_NO_RECORD,         /* nothing on file: not handed over, ancestral … */
    REASON_UNDER_AGE,
    REASON_WRONG_STAGE,
    REASON_TEXT_DIFFERS, /* text and picture differ */
    REASON_NOT_REQUIRED, /* not a required paper */
    REASON_UNREADABLE,   /* picture unreadable */
    REASON_FIRST_PAGE,   /* first page of the household book missing */
    REASON_FORGED,       /* forged or stitched */
    REASON_COUNT,
    REASONS_OF_MACHINE = REASON_TEXT_DIFFERS /* those below it can come from a machine */
};
/* "title_number" …, as in city.yaml. REASON_NONE: "". */
const char *judge_reason_id(enum judge_reason reason);
enum judge_reason judge_reason_of(struct str id);

enum judge_state {
    JUDGE_PASSED,
    JUDGE_FAILED, /* with a reason that the family or a person can act on */
    JUDGE_PERSON  /* a machine cannot tell (an answer of an unknown shape, a case between) */
};

/* What is known beside question and answer. Empty strings: not known. */
struct judge_context {
    enum stage stage;
    struct str county;             /* of the round */
    int64_t today;                 /* day */
    int64_t latest_birthday;       /* day; INT64_MAX: none */
    bool enrolled;                 /* the child is in a school already */
    struct str child;              /* citizen number */
    struct str household_division; /* as recorded when the child was chosen */
    struct str address;            /* of the dwelling that the application goes by, in its one form */
    /* What the family typed about the dwelling. */
    struct str owner; /* citizen number of who owns or rents */
    struct str owner_name;
    struct str title_number;  /* of title or contract; empty: not typed */
    struct str title_kind;    /* commercial self_built resettlement unit_housing; empty: as the register has it */
    bool confirms_dwelling;   /* this check is the one that confirms the kind of dwelling */
    bool owner_is_family;     /* claimed as the household's own (not grandparents') */
    const struct str *family; /* citizen numbers of the household: child and guardians */
    size_t nfamily;
    uint32_t yields;         /* fact bits that the check can confirm (city->checks[].yields) */
    uint32_t dwelling_facts; /* fact bits that the kind of dwelling can give (city->dwellings[].facts) */
};

struct judgement {
    enum judge_state state;
    enum judge_reason reason; /* with JUDGE_FAILED; with JUDGE_PERSON perhaps */
    uint32_t facts;           /* bits; with JUDGE_PASSED. The catchment bits mean: confirmed where the place lies */
};

/* kind: household property contract social_security licence permit guardianship birth; any other kind understands
 * {"confirmed": bool}. answer may be anything that a stranger sends. What was asked is in the context. */
struct judgement judge(struct str kind, const json_t *answer, const struct judge_context *context);

#endif
