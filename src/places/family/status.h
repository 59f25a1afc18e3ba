/* What the pages after submission show: status, receipt. */
#ifndef PLACES_FAMILY_STATUS_H
#define PLACES_FAMILY_STATUS_H

#include "places/family/family.h"

struct reason_words {
    struct name name, instruction;
};
struct status_view {
    struct reason_words *reasons; /* what the reviewer asked for */
    size_t nreasons;
    struct status *status;
    const struct policy *policy;
    const struct city *city;
    struct str round;
    struct text state;
    enum colour colour;
    bool open;      /* the window has not closed: may be withdrawn */
    bool published; /* there is a result */
};
struct receipt_view {
    struct status *status;
    struct str round;
    struct str qr;  /* svg */
    struct str url; /* what it holds */
};

/* Reads the status of the URL's application. False: the reply was made. */
bool status_load(struct request *request, struct status_view *view);
/* "https://host/check?receipt=…": what QR codes hold. */
struct str receipt_url(struct request *request, struct str receipt);

#endif
