/* What the auditor's and the operator's pages show. */
#ifndef PLACES_COUNTY_AUDIT_H
#define PLACES_COUNTY_AUDIT_H

#include "store/writer.h"

struct audit_row {
    int64_t seq, at, actor;
    struct str role, action, subject_kind, division, detail;
    int64_t subject;
};
struct audit_view {
    struct str action; /* filter */
    int64_t before;
    struct audit_row *rows;
    size_t n;
    int64_t next; /* seq to go on from; 0: the end */
};
struct operator_finding {
    bool good;
    struct text what, todo;
};
struct operator_view {
    struct writer_numbers writer;
    int key;
    struct operator_finding findings[8];
    size_t n;
};

#endif
