/* Services with places of limited number, as the city describes each in services/ID.yaml (docs/services.md): who may
 * apply for whom, what is offered and when, who stands first, how places are given, what becomes a record. A new
 * service needs no C: what C knows is the vocabulary below.
 *
 * A call for a service keeps the text of its file, so that its rules are those with which it opened. */
#ifndef CITY_SERVICES_H
#define CITY_SERVICES_H

#include "base/arena.h"
#include "base/text.h"
#include "city/mistakes.h"

enum {
    SERVICE_OFFERS_MAX = 2500,
    SERVICE_SESSIONS_MAX = 250, /* of one offer */
    SERVICE_WISHES_MAX = 8,
    SERVICE_FIRST_MAX = 4,
    SERVICE_WITNESSES_MAX = 8,
};

enum service_mechanism {
    SERVICE_DRAW,       /* wishes until the close, then an allotment by lot within who stands first */
    SERVICE_FIRST_COME, /* a place at once while there is one, else the waiting list */
};
/* For whom one may apply: bits. LISTED: persons whom the provider enters from a list (a team, a village course). */
enum service_whom { SERVICE_FOR_CHILD = 1, SERVICE_FOR_SELF = 2, SERVICE_FOR_LISTED = 4 };
/* Who stands before others at an offer. */
enum service_first {
    SERVICE_OWN_SCHOOL, /* a pupil of the institution that offers */
    SERVICE_OWN_COUNTY, /* a child whose household is registered in the county that offers */
};

enum service_sex { SERVICE_ANY_SEX, SERVICE_FEMALE, SERVICE_MALE };
/* What a sheet of results holds: nothing, a time (the least wins), points (the most win). */
enum service_result_kind { SERVICE_NO_RESULTS, SERVICE_TIMES, SERVICE_POINTS };

struct service_session {
    int64_t day;
    int64_t from, until; /* minutes of the day */
};
struct service_offer {
    struct str id;
    struct name name, place;
    struct str institution; /* code in the register; empty: the bureau itself */
    uint32_t capacity;
    uint32_t age_from, age_to;        /* of a category; 0 and 0: as the service */
    enum service_sex sex;             /* of a category */
    uint32_t numbers;                 /* start numbers are given from here; 0: none */
    bool lunch, bed;                  /* each session has a lunch, a bed to rest */
    bool collect;                     /* who comes is handed over to whoever has the code of the day */
    uint32_t group;                   /* a member of staff for so many; 0: not said */
    struct service_session *sessions; /* ascending */
    size_t nsessions;
};
struct service_witness {
    struct str id;
    struct name name;
};
struct service {
    struct str id;
    struct name name, about;
    struct str division; /* whose service it is */
    unsigned whom;
    uint32_t age_from, age_to; /* whole years on the first day of the offer; 0 and 0: any */
    enum service_mechanism mechanism;
    uint32_t wishes;
    bool together; /* of a draw: children of one family may be one ticket, all at one offer or none */
    enum service_first first[SERVICE_FIRST_MAX]; /* in this order */
    size_t nfirst;
    int64_t opens, closes;                                   /* ms */
    uint32_t answer_days;                                    /* a place that is offered is held so long */
    struct service_witness witnesses[SERVICE_WITNESSES_MAX]; /* of SERVICE_DRAW: at least one */
    size_t nwitnesses;
    struct service_offer *offers;
    size_t noffers;
    bool records;       /* who attended `attended` sessions gets a record */
    struct name record; /* what it is called */
    uint32_t attended;
    /* What the register counts when a call is finished: an activity of this kind and level (registry/kinds.h), with
     * the persons and attendances that were noted. Empty: nothing. */
    struct str activity, level;
    enum service_result_kind results;
    struct str text; /* the file */
};

/* Every service of the folder, by id; none where it has no such folder. Mistakes are told with file and line. */
void services_read(struct arena *arena, struct str folder, struct service ***services, size_t *n,
                   struct city_mistakes *mistakes);
/* One text, as a call keeps it. NULL with mistakes told. */
struct service *service_parse(struct arena *arena, struct str id, struct str text, struct city_mistakes *mistakes);

/* The index of an offer; SIZE_MAX: none. */
size_t service_offer_index(const struct service *service, struct str id);

#endif
