/* The desk of a school clerk and of a county reviewer: the queue of what needs a person, one file beside its papers,
 * decisions one by one and in bulk, export. */
#ifndef PLACES_DESK_H
#define PLACES_DESK_H

#include "places/fact.h"
#include "places/pages/common.h"
#include "places/paper.h"
#include "places/review.h"

extern const struct route work_routes[];
extern const size_t work_route_count;

struct work_row {
    struct review_row *row;
    struct str child;   /* masked */
    struct str reasons; /* in words */
    struct str category;
    struct str waits; /* since */
};
struct work_view {
    struct review_filter filter;
    struct str review; /* the filter's state */
    struct str reason, check;
    struct option *reasons, *checks, *reviews;
    size_t nreasons, nchecks, nreviews;
    struct work_row *rows;
    size_t n;
    int64_t total;
    const char *next;  /* href of the next page; NULL: none */
    const char *query; /* what the filter adds to a URL */
    bool school;       /* at a school's desk, else the county's */
    struct str where;
};

struct file_check {
    struct fact_row *fact;
    struct paper **papers;
    size_t npapers;
    struct str answer; /* what the department said: masked until unmasked; JSON in lines */
};
/* A file of who asks together with this one. */
struct file_sibling {
    struct str receipt; /* empty: not handed in yet */
    int64_t open;       /* the file, where this session may see it; else 0 */
    struct text state;
};
struct file_view {
    struct application *application;
    const struct policy *policy;
    const struct city *city;
    struct str child, citizen, address; /* masked unless unmasked */
    bool unmasked;
    struct str round;
    struct name dwelling_kind;
    struct file_check *checks;
    size_t nchecks;
    struct file_sibling *siblings;
    size_t nsiblings;
    struct review_entry *history;
    size_t nhistory;
    struct text state;
    bool decidable; /* by this session, now */
    bool school;
    int64_t next; /* the next in the queue; 0: none */
};

/* Of the page `file`: the ids of reasons in words, a kind of paper by its name. */
struct str desk_reason_words(struct page *page, const struct city *city, struct str reasons);
struct name desk_paper_name(const struct city *city, struct str kind);

#endif
