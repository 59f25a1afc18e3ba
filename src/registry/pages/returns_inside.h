/* Pages of returns: a school's due returns, the form, who has handed in. */
#ifndef REGISTRY_PAGES_RETURNS_INSIDE_H
#define REGISTRY_PAGES_RETURNS_INSIDE_H

#include "accounts/accounts.h"
#include "registry/pages/returns_routes.h"
#include "registry/returns.h"
#include "web/components.h"
#include "web/reply.h"

#define RETURNS_LEVELS (ROLE_COUNTY_OFFICER | ROLE_CITY | ROLE_AUDITOR)
#define RETURNS_DECIDERS (ROLE_COUNTY_OFFICER | ROLE_CITY)

enum { RETURNS_PERIODS = 6, RETURNS_PAGE = 50, RETURN_NOTE_MOST = 500 };

/* Of a form and a period how many must, have, are late. */
struct return_counts {
    int64_t due, handed_in, accepted, late, missing; /* late: handed in late; missing: due and not there */
};
struct return_line {
    const struct return_form *form;
    struct return_period period;
    struct name period_name;
    struct filing filing;        /* of a school */
    struct return_counts counts; /* of a level above */
};
struct returns_list_view {
    bool school;
    struct return_line *lines;
    size_t n;
    int64_t today, institution;
};

struct returns_view {
    const struct return_form *form;
    struct return_period period;
    struct name period_name;
    struct filing filing;
    struct return_values last;
    struct return_problem problems[RETURN_FIELDS_MAX + RETURN_RULES_MAX];
    size_t nproblems;
    struct return_step *steps;
    size_t nsteps;
    bool edits, decides;
    int64_t today;
    const char *action;
};

struct returns_complete_view {
    const struct return_form *form;
    struct return_period period;
    struct name period_name;
    struct filing *filings; /* of the page */
    size_t n;
    struct return_counts counts;
    struct str show;
    int64_t page, pages, today;
};

/* Form and period of the URL. False: the reply was made. */
bool returns_asked(struct request *request, const struct return_form **form, struct return_period *period);
void returns_count(struct return_counts *counts, const struct filing *filing, int64_t today);
struct str returns_scope(const struct session *session); /* of a level; empty: of none */
struct text filing_label(const struct filing *filing, int64_t today);
enum colour filing_colour(const struct filing *filing, int64_t today);
/* "17 人 / pupils" */
struct str return_shown(struct arena *arena, const struct return_field *field, const struct return_values *values,
                        size_t i, enum lang lang);

enum scope_result returns_subject(struct request *request, struct subject *subject);
const struct form *returns_form_of(struct request *request);
void returns_show(struct request *request);
void returns_post(struct request *request);
void returns_post_decision(struct request *request);
void returns_show_complete(struct request *request);
void returns_take_csv(struct request *request);
extern const struct form returns_decision_form;

#endif
