/* What the pages of cases show. */
#ifndef CASEWORK_PAGES_CASES_H
#define CASEWORK_PAGES_CASES_H

#include "casework/pages/desk.h"

/* ---- Lists ---- */

struct listed_case {
    struct case_row row;
    struct name title, due;
    struct text state, desk;
    enum colour colour;
    int64_t late;
};
struct cases_view {
    const struct case_desk_view *desk;
    bool all; /* everything in scope, not my desk alone */
    struct case_tally tally;
    struct listed_case *rows;
    size_t n;
    int64_t total, page, pages;
    struct option *kinds;
    size_t nkinds;
    struct str kind, state, text;
    struct str asked, more;                        /* "?kind=…&state=…&q=…", and the same with "&page=" */
    bool opens;                                    /* there are kinds that one may open */
    bool seals;                                    /* one may be named in a confidential one */
    const struct case_kind *sealed[CASE_ACTS_MAX]; /* confidential kinds, for officers above */
    size_t nsealed;
};

/* What the address asks for, of my desk or of all in scope: for the page and for its sheet. */
struct case_ask cases_asked(struct request *request, const struct case_desk_view *desk, bool all);

/* ---- One act on several cases (cases_bulk.c) ---- */

const struct form *cases_bulk_form(struct request *request);
void cases_show_mine(struct request *request);
struct bulk_outcome {
    struct case_row row; /* id 0: one that they do not see */
    enum case_result result;
};
struct bulk_view {
    const struct bulk_outcome *outcomes;
    size_t n, done;
};

/* ---- One case ---- */

struct shown_value {
    struct text label;
    struct name value;
};
struct shown_answer {
    struct text item, words;
    enum case_answer answer;
    bool major;
};
struct shown_step {
    struct text what;
    struct str who, note;
    struct name stage;
    int64_t at, day, due;
};
struct case_view {
    const struct case_desk_view *desk;
    struct listed_case it;
    struct shown_value *values;
    size_t nvalues;
    struct shown_answer *answers; /* those that are not good */
    size_t nanswers, ngood, nnot_here;
    struct case_line *lines;
    size_t nlines;
    struct case_evidence *evidence;
    struct str *places; /* where each was taken, in words; empty: it does not say */
    size_t nevidence;
    struct listed_case *children;
    size_t nchildren;
    struct listed_case *parent;                   /* NULL: none */
    const struct case_kind *below[CASE_ACTS_MAX]; /* kinds of which they may open one under it */
    size_t nbelow;
    struct shown_step *steps;
    size_t nsteps;
    const struct case_act *acts[CASE_ACTS_MAX], *barred[CASE_ACTS_MAX];
    size_t nacts, nbarred;
    bool mine, above, open; /* on my desk; county or city; not closed */
    /* of an act's page */
    const struct case_act *act;
    const struct checklist *list;
    const struct form *form;
    struct str holder;
    const struct case_line *line; /* of a line's page; NULL: a new one */
    bool watching;
    struct str about; /* address of what it is about, when they may see that; empty: none */
};
/* What the page of #case shows; NULL: the reply was made. */
struct case_view *case_view_for(struct request *request);
void case_listed(const struct case_desk_view *desk, const struct case_row *row, struct listed_case *out);
/* The list that the case's act answers. false: the reply was made. */
bool case_list_of(struct request *request, const struct case_row *row, const struct checklist **list);

/* ---- Opening ---- */

struct open_view {
    const struct case_desk_view *desk; /* NULL: the public */
    const struct case_kind *kind;
    const struct form *form;
    struct name institution; /* of the public's */
    struct str code;
    const struct case_row *above; /* on which it will hang; NULL: none */
    const struct case_kind **kinds;
    size_t nkinds;
    /* what came of it */
    struct str number, word;
};

/* ---- In public ---- */

struct public_view {
    const struct case_kind *kind;
    struct listed_case *rows;
    size_t n;
    int64_t total, page, pages;
    struct case_row row;
    struct name stage, due;
    struct shown_value *values;
    size_t nvalues;
    struct case_line *lines;
    size_t nlines;
    struct case_evidence *pictures; /* that may be shown */
    size_t npictures;
    const struct case_kind *below; /* a kind of which one may be opened under it now; NULL: none */
};
/* Of a case's values, by the kind's fields, those that the public may see. */
void case_open_values(struct arena *arena, struct public_view *view, const struct str *values);
/* The kind that may hang on a case as it stands, the i-th of them; NULL: no more. */
const struct case_kind *case_below(const struct city *city, const struct case_row *row, size_t i);

#endif
