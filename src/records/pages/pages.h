/* What the pages of records show, and their routes. */
#ifndef RECORDS_PAGES_PAGES_H
#define RECORDS_PAGES_PAGES_H

#include "accounts/accounts.h"
#include "places/pages/common.h"
#include "records/badge.h"
#include "records/records.h"

extern const struct route records_routes[];
extern const size_t records_route_count;

struct shown_person {
    struct record_person person;
    struct str name;
    struct record *records;
    size_t n;
    struct record_reader *readers; /* of others than the family itself */
    struct str *reader_names;
    size_t nreaders;
};
struct records_view {
    struct shown_person *persons;
    size_t n;
};
struct waiting_kind {
    struct str kind;
    struct name name;
    int64_t n;
};
struct records_work_view {
    struct waiting_kind *kinds;
    size_t nkinds;
    struct record *waiting;
    struct str *names;
    size_t n;
    struct record *kept; /* the newest confirmed ones */
    struct str *kept_names;
    size_t nkept;
};
/* A file of records that somebody hands in. */
struct badge_view {
    bool asked;
    enum badge_result result;
    struct badge badge;
    bool ours;            /* signed by a key of this installation */
    struct record *stand; /* as they stand here, beside badge.records; id 0: not known */
};
struct record_check_view {
    struct str code;
    bool asked, found;
    struct record record;
    struct record_step *steps;
    size_t nsteps;
};

#endif
