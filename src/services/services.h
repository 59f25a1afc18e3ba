/* services 服务: calls for places of limited number that are no school places. README.md tells the idea,
 * city/services.h what a service says. All that ends in _run is a command of the writer with the struct named before
 * it; what a family or an officer can meet is a result with a text, not an error.
 */
#ifndef SERVICES_SERVICES_H
#define SERVICES_SERVICES_H

#include "city/services.h"
#include "places/places.h"
#include "records/records.h"

extern const struct migration services_migrations[];
extern const size_t services_migrations_count;

enum service_result {
    SERVICE_DONE,
    SERVICE_NOT_FOUND,
    SERVICE_THERE,        /* a call for the service goes on already */
    SERVICE_NO_SCHOOL,    /* an offer names an institution that the register does not have */
    SERVICE_EARLY,        /* the window has not opened, or has not closed yet */
    SERVICE_LATE,         /* the window is over */
    SERVICE_NOT_NOW,      /* the call's state does not allow it */
    SERVICE_NOT_YOURS,    /* the child is not theirs, or the service is not for such a person */
    SERVICE_AGE,          /* too young or too old for an offer */
    SERVICE_NO_WISH,      /* nothing was chosen, the same twice, or an offer of another call */
    SERVICE_NO_WITNESS,   /* nobody committed, or nobody opened */
    SERVICE_WITNESSES,    /* who committed still has time to open */
    SERVICE_BAD_HEX,      /* a commitment has 64 hexadecimal digits, a secret 32 to 128 */
    SERVICE_NOT_MATCHING, /* the secret is not the one that was committed to */
    SERVICE_TWICE,        /* committed or opened before */
    SERVICE_TAMPERED,     /* the rows no longer give the list that was published */
    SERVICE_OVERLAP,      /* another place of the person is at the same time */
    SERVICE_GONE,         /* no such place is held: answered before, passed on, or still waiting */
    SERVICE_NEEDS_REASON,
    SERVICE_NO_TOGETHER,   /* siblings as one ticket: not in this service, or too many */
    SERVICE_NOTHING_NOTED, /* attendance of a session that is to come */
    SERVICE_SEX,           /* not of the category's sex */
    SERVICE_ENTERED,       /* entered in this call already, by the family or from a list */
    SERVICE_BAD_CODE,      /* not the code of the day */
    SERVICE_NOT_HERE,      /* was not noted as present, or was handed over before */
    SERVICE_BAD_NEED,      /* no hours, or no day */
    SERVICE_LIST_WRONG,    /* lines of a list are wrong: nothing was taken over */
    SERVICE_RESULTS
};
struct text service_result_text(enum service_result result);

/* ---- Calls ---- */

struct call {
    int64_t id;
    const struct service *service; /* as the call keeps it: all but offers, sessions, witnesses and text */
    struct str division, state, root, rules, seed, reason;
    int64_t opened_at, closed_at, drawn_at, listed, placed;
};
struct text call_state_name(struct str state);
/* Are entries taken at this moment? */
bool call_takes(const struct call *call, int64_t now);
/* Finished or cancelled. */
bool call_is_over(const struct call *call);
/* The name of its transcript: "service-museum_day-3". */
struct str call_label(struct arena *arena, const struct call *call);

bool call_get(struct db *db, struct arena *arena, int64_t id, struct call *out, bool *found, struct error *error);
/* The call of a service that is open, whether its window is or not; the newest. */
bool call_of_service(struct db *db, struct arena *arena, struct str service, struct call *out, bool *found,
                     struct error *error);
/* All of a division prefix (empty: of the city), the newest first. */
bool call_list(struct db *db, struct arena *arena, struct str division, struct call **out, size_t *n,
               struct error *error);

struct call_open {
    struct actor actor;
    struct str form_key;
    const struct service *service;
    int64_t id; /* out; also of the call that goes on (SERVICE_THERE) */
    enum service_result result;
    struct str code; /* of SERVICE_NO_SCHOOL */
};
bool call_open_run(struct writing *writing, void *input, struct error *error);

/* Only `draw` calls are closed and drawn. finish: after the last session; proposes records. cancel: everybody's claims
 * end, with the reason. */
enum call_step { CALL_CLOSE, CALL_DRAW, CALL_FINISH, CALL_CANCEL, CALL_STEPS };
struct call_advance {
    struct places *places;
    struct actor actor;
    struct str form_key;
    int64_t id;
    enum call_step step;
    struct str reason; /* of cancel */
    enum service_result result;
    int64_t count;  /* entries listed, places given, records proposed, claims ended */
    int64_t moment; /* of SERVICE_WITNESSES: until when */
};
bool call_advance_run(struct writing *writing, void *input, struct error *error);

/* What a witness hands in: before the close the SM3 of a secret, after it the secret (places/witness.h). */
struct call_witness_step {
    struct actor actor;
    struct str form_key;
    int64_t id;
    struct str witness, hex;
    enum service_result result;
};
bool call_witness_run(struct writing *writing, void *input, struct error *error);
struct call_witness {
    struct str id, commitment, secret; /* hex; empty: not yet */
    struct name name;
};
bool call_witnesses(struct db *db, struct arena *arena, const struct call *call, struct call_witness **out, size_t *n,
                    struct error *error);

/* ---- Offers ---- */

struct offered {
    int64_t id, call, institution, capacity, free, held, taken, waiting;
    struct str code;
    struct name name, place;
    int64_t first_day, last_day, from, until; /* of its sessions; minutes of the first one */
    int64_t sessions;
    int64_t age_from, age_to; /* of a category; 0 and 0: as the call */
    struct str sex;           /* GB/T 2261.1; empty: any */
    int64_t numbers;          /* the first start number; 0: none are given */
    bool lunch, bed, collect; /* collect: handed over to who has the code of the day */
    int64_t group;            /* a member of staff for so many; 0: not said */
};
bool offered_list(struct db *db, struct arena *arena, int64_t call, struct offered **out, size_t *n,
                  struct error *error);
bool offered_get(struct db *db, struct arena *arena, int64_t offer, struct offered *out, bool *found,
                 struct error *error);
/* What is offered at an institution (0: anywhere within the division prefix) and not over. */
bool offered_at(struct db *db, struct arena *arena, struct str division, int64_t institution, struct offered **out,
                size_t *n, struct error *error);

struct session_row {
    int64_t id, offer, day, from, until, present, noted_at;
};
bool session_list(struct db *db, struct arena *arena, int64_t offer, struct session_row **out, size_t *n,
                  struct error *error);
bool session_get(struct db *db, struct arena *arena, int64_t id, struct session_row *out, bool *found,
                 struct error *error);

/* ---- Entries ---- */

struct entry_send {
    struct actor actor;
    struct str form_key;
    int64_t call;
    struct record_person person; /* a child of the account, or the account itself */
    const int64_t *offers;       /* best first */
    size_t n;
    enum service_result result;
    int64_t id; /* out */
};
/* Several children of one family as one ticket: each sent with the same wishes; SERVICE_NO_TOGETHER when the service
 * has no such tickets, they are too many, or one of them is none of the account's. All or none is sent. */
struct entry_send_all {
    struct entry_send one; /* person is not looked at; id: of the first */
    const int64_t *children;
    size_t nchildren; /* 2 to ALLOT_MAX_TOGETHER */
};
bool entry_send_all_run(struct writing *writing, void *input, struct error *error);
/* Sends, or sends again with other wishes while the window is open. First come: takes a place or joins the list. */
bool entry_send_run(struct writing *writing, void *input, struct error *error);

/* ---- Lists: who is entered by the provider, results by start number (list.c, result.c) ---- */

struct list_problem {
    size_t line; /* from 1 */
    struct text says;
};

/* Lines of name and citizen number, as pasted from a spreadsheet: parted by a tab, a comma or a blank. All or nothing.
 * Who is there already stays as they are. */
struct entry_enlist {
    struct actor actor;
    struct str form_key;
    int64_t offer;
    struct str text;
    enum service_result result;
    struct list_problem *problems; /* of SERVICE_LIST_WRONG */
    size_t nproblems;
    int64_t entered, there; /* out */
};
enum { SERVICE_LIST_MOST = 2000, SERVICE_LIST_PROBLEMS = 20 };
bool entry_enlist_run(struct writing *writing, void *input, struct error *error);

/* Lines of start number and mark: 1:45:02.35, 45:02, 12.31, points with up to three places, or a word: DNF 退赛, DSQ
 * 取消成绩, DNS 未到. What a number had before is replaced, until the call is finished. Whoever started was there. */
struct result_note {
    struct actor actor;
    struct str form_key;
    int64_t offer;
    struct str text;
    enum service_result result;
    struct list_problem *problems;
    size_t nproblems;
    int64_t noted; /* out */
};
bool result_note_run(struct writing *writing, void *input, struct error *error);

struct result_row {
    int64_t number, mark, place; /* place 0: none */
    struct str state;
    int64_t entry;
};
/* By place, the others behind; number 0: all, at most `most`. */
bool result_list(struct db *db, struct arena *arena, int64_t offer, int64_t number, int64_t most,
                 struct result_row **out, size_t *n, struct error *error);
/* "1:45:02.350", "8.55", "DNF" */
struct str result_words(struct arena *arena, enum service_result_kind kind, const struct result_row *row);

enum entry_act { ENTRY_TAKE, ENTRY_DECLINE, ENTRY_WITHDRAW, ENTRY_ACTS };
struct entry_answer {
    struct actor actor;
    struct str form_key;
    int64_t id, offer; /* offer: of take and decline (a held place, a taken one or a place in the list) */
    enum entry_act act;
    enum service_result result;
};
bool entry_answer_run(struct writing *writing, void *input, struct error *error);

struct entry {
    int64_t id, call, account, sent_at;
    struct record_person person;
    struct str state, receipt, ticket, salt;
    int64_t lead; /* the entry whose ticket it shares; 0: alone */
};
bool entry_get(struct db *db, struct arena *arena, int64_t id, struct entry *out, bool *found, struct error *error);
/* Those that an account sent or that are of its children, the newest first. */
bool entry_list(struct db *db, struct arena *arena, int64_t account, struct entry **out, size_t *n,
                struct error *error);

struct wish_row {
    int64_t rank, offer;
    struct name offer_name;
    struct str lot, claim; /* claim: waiting held taken returned, or empty */
    int64_t answer_by, position;
    bool granted;
    int64_t number;           /* start number; 0: none */
    struct result_row result; /* number 0: none yet */
};
bool wish_list(struct db *db, struct arena *arena, int64_t entry, struct wish_row **out, size_t *n,
               struct error *error);

/* Sessions of held and taken places of an account's people between two days (the second not included). */
struct calendar_row {
    int64_t day, from, until, entry;
    struct record_person person;
    struct name offer, place;
    bool taken;
    bool overlaps; /* with another of the same person */
};
bool calendar_list(struct db *db, struct arena *arena, int64_t account, int64_t from_day, int64_t until_day,
                   struct calendar_row **out, size_t *n, struct error *error);

/* ---- The seamless day (day.c) ---- */

/* Minutes of a day; `until` is the first that is none of it. */
struct span {
    int64_t from, until;
};
enum { DAY_SPANS_MOST = 64 };
/* gaps: of `need`, what no cover covers. doubles: what two covers or more cover, whether it is needed or not. Both
 * ascending, apart from each other, as long as they can be; room for n + 1 each. Covers in any order; empty ones count
 * for nothing. `covers` is sorted in place. */
void day_seams(struct span need, struct span *covers, size_t n, struct span *gaps, size_t *ngaps, struct span *doubles,
               size_t *ndoubles);

struct day_cover {
    struct span span;
    bool school;       /* lessons; else: */
    struct name offer; /* a place that is taken or held */
    struct name place;
    bool taken, collect;
    int64_t entry, session;
};
struct day_fill { /* what would cover a part of a gap and can be applied for now */
    struct str service;
    struct name service_name, offer;
    struct span span;
    int64_t free;
};
struct child_day {
    int64_t day;
    bool needed;
    struct span need;
    struct day_cover *covers; /* by time */
    size_t ncovers;
    struct span *gaps; /* only taken places and lessons cover */
    size_t ngaps;
    struct span *doubles; /* held places too */
    size_t ndoubles;
    struct day_fill *fills;
    size_t nfills;
};
struct city;
/* The days from `from` on, `n` of them. The city's day.yaml says when there is school: without one there are no
 * lessons, and no need but what the family said. */
bool child_days(struct db *db, struct arena *arena, const struct city *city, int64_t child, int64_t from, size_t n,
                struct child_day **out, struct error *error);

struct need {
    unsigned weekdays; /* bits: 1 << 1 Monday … 1 << 7 Sunday */
    struct span span;
    bool said; /* by the family; else the city's proposal for working days */
};
bool need_get(struct db *db, const struct city *city, int64_t child, struct need *out, struct error *error);
struct need_set {
    struct actor actor;
    struct str form_key;
    int64_t child;
    struct need need;
    enum service_result result;
};
bool need_set_run(struct writing *writing, void *input, struct error *error);

/* What a provider prepares for a day: of an institution, or (0) anywhere within the division prefix. */
struct sheet_row {
    int64_t session, offer, from, until, taken, present, lunches, beds, groups;
    int64_t here; /* noted as present and not handed over, where children are */
    struct name name, place;
    bool noted;
};
bool sheet_list(struct db *db, struct arena *arena, struct str division, int64_t institution, int64_t day,
                struct sheet_row **out, size_t *n, struct error *error);
/* Of n persons in as few groups as may be, evenly: the group of the i-th, from 1. */
int64_t group_of(int64_t i, int64_t n, int64_t most);

/* ---- Handing over (pickup.c) ---- */

/* Six digits that the family has and the provider can work out, other ones each day. */
struct str pickup_code(struct arena *arena, struct vault *vault, int64_t entry, int64_t day);
struct pickup {
    struct actor actor;
    struct str form_key;
    int64_t session, entry;
    struct str code, reason; /* the code, or a reason without it */
    enum service_result result;
};
bool pickup_run(struct writing *writing, void *input, struct error *error);

/* ---- Attendance ---- */

struct roster_row {
    int64_t entry;
    struct record_person person;
    struct str state; /* of one session: present, absent, or empty */
    int64_t present;  /* sessions of the offer so far */
    int64_t number;   /* start number; 0: none */
    int64_t left_at;  /* handed over at, in one session; 0: not */
};
/* Who has taken a place. session 0: none in particular. */
bool roster_list(struct db *db, struct arena *arena, int64_t offer, int64_t session, struct roster_row **out, size_t *n,
                 struct error *error);

struct attendance_note {
    struct actor actor;
    struct str form_key;
    int64_t session;
    const int64_t *present; /* entries; the others of the roster are absent */
    size_t n;
    enum service_result result;
    int64_t noted; /* out: present */
};
bool attendance_note_run(struct writing *writing, void *input, struct error *error);

#endif
