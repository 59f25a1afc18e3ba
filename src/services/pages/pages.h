/* What the pages of services show, and their routes. */
#ifndef SERVICES_PAGES_PAGES_H
#define SERVICES_PAGES_PAGES_H

#include "accounts/accounts.h"
#include "base/clock.h"
#include "places/claim.h"
#include "places/pages/common.h"
#include "services/services.h"

extern const struct route services_public_routes[];
extern const size_t services_public_route_count;
extern const struct route services_family_routes[];
extern const size_t services_family_route_count;
extern const struct route services_list_routes[];
extern const size_t services_list_route_count;
extern const struct route services_day_routes[];
extern const size_t services_day_route_count;
extern const struct route services_desk_routes[];
extern const size_t services_desk_route_count;

/* ---- Shared (public.c) ---- */

/* "08:00–17:30" */
struct str session_words(struct arena *arena, int64_t from, int64_t until);
/* Who may apply, in words: "children of 6 to 13 years". */
struct text whom_words(struct arena *arena, const struct service *service);
/* The call #call. NULL: the reply was made. */
struct call *call_of_url(struct request *request);
/* Name of a person as the session may see it: the family its own, whole; "Myself" for the account. */
bool person_name(struct request *request, struct record_person person, bool own, struct str *name, struct error *error);

/* Where an offer #option lies: of its service's division and its institution. */
enum scope_result scope_of_offer(struct request *request, struct subject *subject);
enum scope_result scope_of_session(struct request *request, struct subject *subject);
/* Shows what names persons of the session #session once the reading is in the journal. */
void read_session(struct request *request, void (*show)(struct request *request));
bool names_of(struct request *request, const struct roster_row *rows, size_t n, struct str **names,
              struct error *error);
/* "6 to 13 years, girls", of a category; empty where there is none. */
struct text who_may(struct arena *arena, const struct offered *offer);

struct str span_words(struct arena *arena, const struct span *span);
struct str code_words(struct page *page, int64_t entry, int64_t day);

/* The selects wish1 … of the form of an entry: a component of its page. */
void wish_fields(struct page *page, size_t wishes);

/* ---- Views ---- */

struct services_view {
    struct call *calls;
    size_t n, over;
    int64_t now;
    bool family;
};
struct call_view {
    struct call *call;
    struct offered *offers;
    size_t noffers;
    struct call_witness *witnesses;
    size_t nwitnesses;
    int64_t now;
    struct name division;
    bool takes, family;
};

struct apply_service_view {
    struct call *call;
    struct offered *offers;
    size_t noffers;
    size_t persons;
};
struct shown_entry {
    struct entry entry;
    struct call *call;
    struct str person;
    struct wish_row *wishes;
    size_t nwishes;
    bool takes;   /* can be changed */
    bool goes_on; /* can be answered and withdrawn */
};
struct shown_day {
    struct calendar_row row;
    struct str person;
};
struct shown_child {
    int64_t id;
    struct str name;
};
struct mine_view {
    struct shown_child *children;
    size_t nchildren;
    struct shown_entry *entries;
    size_t n;
    struct shown_day *days;
    size_t ndays;
    int64_t from_day;
};

struct services_desk_view {
    struct call *calls;
    size_t ncalls;
    const struct service **closed; /* of the folder, within scope, without a call that goes on */
    size_t nclosed;
    struct offered *offers;
    size_t noffers;
    bool officer;
    int64_t now;
};
struct call_desk_view {
    struct call_view view;
    bool can[CALL_STEPS];
};
struct call_witness_view {
    struct call *call;
    bool opening;
};
struct roster_view {
    struct offered offer;
    struct call call;
    struct session_row *sessions;
    size_t nsessions;
    struct roster_row *rows;
    struct str *names; /* beside rows */
    size_t n;
    int64_t today;
};
/* A list that is pasted: persons to enter, or results. */
struct pasted_view {
    struct offered offer;
    struct call call;
    const struct list_problem *problems;
    size_t nproblems;
    bool results;
};
struct offer_results {
    struct offered offer;
    struct result_row *rows;
    size_t n;
};
struct results_view {
    struct call *call;
    struct offer_results *offers; /* those with results */
    size_t n;
    int64_t number; /* asked for; 0: none */
};
struct day_view {
    int64_t child;
    struct str name;
    struct child_day *days;
    size_t n;
    int64_t from, today;
    struct need need;
};
struct sheet_view {
    struct sheet_row *rows;
    size_t n;
    int64_t day, minute; /* minute: of the day that is shown, now; before it 0, after it a whole day */
    int64_t lunches, beds, children;
};
struct pickup_view {
    struct offered offer;
    struct session_row session;
    struct roster_row *rows; /* who was here */
    struct str *names;
    size_t n, waiting;
    int64_t late; /* minutes since the end; 0: not over yet */
};
struct session_view {
    struct offered offer;
    struct session_row session;
    struct roster_row *rows;
    struct str *names;
    size_t n;
    bool begun;
};

#endif
