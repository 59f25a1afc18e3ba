/* A question to a department: one row of the table `ask`, from the moment that somebody needs the fact.
 *
 *     queued ──▶ sent ──▶ answered
 *       ▲          │ failed: queued again, later
 *       │          ▼ last try failed, or the department is down for too long
 *       └──────  silent          (ask_again)
 *     by_sheet: the department has no interface; its answer comes by spreadsheet (sheet.h), as may that of a silent one
 *     cancelled: nobody needs it any more
 *
 * What must hold: a fact is asked once. The subject of a question is a keyed hash of its kind and its JSON in canonical
 * form (sorted keys, no blanks); while a row with that subject waits, or was answered not long ago
 * (LIMIT_ASK_KEEP_DAYS), a second question for it only adds its application to that row. The number is made with the
 * row and is the same for each try, so a department that got it twice answers once.
 *
 * Questions and answers are personal data: sealed in the table, never in logs or errors.
 */
#ifndef CONNECT_ASK_H
#define CONNECT_ASK_H

#include "store/writer.h"

enum ask_state { ASK_QUEUED, ASK_SENT, ASK_ANSWERED, ASK_SILENT, ASK_BY_SHEET, ASK_CANCELLED };
/* As in the table: "queued" … */
const char *ask_state_name(enum ask_state state);

struct ask_request {
    struct str authority; /* id in city.yaml */
    struct str kind;      /* id of the check in city.yaml, or "children" */
    int64_t application;  /* 0: before there is one */
    struct str division;  /* of the application's round; may be empty */
    struct str question;  /* a JSON object, in any order of keys */
    bool by_sheet;        /* the department has no interface (no URL in city.yaml) */
};

struct ask {
    int64_t id;
    struct str number;
    struct str authority;
    struct str kind;
    int64_t application; /* 0: none. In the hook: the one that is told now */
    struct str division;
    enum ask_state state;
    struct str source; /* of an answer: "http" or "sheet" */
    int64_t tries;
    int64_t asked_at;    /* ms */
    int64_t answered_at; /* ms; 0: not yet */
    struct str question; /* JSON, unsealed */
    struct str answer;   /* JSON, unsealed, of the kind's shape (kinds.h); empty: not answered */
    struct str problem;  /* of the last failed try: "timeout", "connection", "status-500", "signature", "shape",
                            "refused", "department-down", "no-interface"; ask_problem_text says it in words */
};
struct text ask_problem_text(struct str problem);

/* What places does with an answer, in the transaction that keeps it. Called once for each application that waits for
 * the fact, with state ASK_ANSWERED (judge ask->answer) or ASK_SILENT (the check goes to a person). A row without an
 * application calls nobody. False with an error undoes the keeping: the question is then tried again later. */
struct ask_hook {
    void *context;
    bool (*on_answer)(void *context, struct writing *writing, const struct ask *ask, struct error *error);
};

/* Inside a command: asks, or joins the question that was asked already. *ask is the row as it stands then, in
 * writing->arena: when its state is ASK_ANSWERED the caller judges ask->answer at once, for the hook is not called.
 * A silent question is put into the queue again with the same number. */
bool ask_queue(struct writing *writing, const struct ask_request *request, struct ask *ask, struct error *error);

/* Inside a command, for the button "ask again": a silent question is queued with its old number and fresh tries.
 * *changed is false when there was nothing to do (no such number, answered, or waiting already). */
bool ask_again(struct writing *writing, struct str number, bool *changed, struct error *error);

/* The same for all silent questions of a department within a prefix of division codes; *n is their number. */
bool ask_again_all(struct writing *writing, struct str authority, struct str scope, int64_t *n, struct error *error);

/* Inside a command: nobody needs the answers for this application any more (withdrawn). Questions that other
 * applications wait for too stay. */
bool ask_cancel(struct writing *writing, int64_t application, struct error *error);

/* Inside a command: keeps an answer that is known already under a new number (the quick question of client.h). */
bool ask_keep(struct writing *writing, const struct ask_request *request, struct str number, struct str answer,
              int64_t asked_at, struct error *error);

/* An answer to the same question that is not older than max_age ms. */
bool ask_known(struct db *db, struct vault *vault, struct arena *arena, struct str kind, struct str question,
               int64_t max_age, struct ask *ask, bool *found, struct error *error);
bool ask_by_number(struct db *db, struct vault *vault, struct arena *arena, struct str number, struct ask *ask,
                   bool *found, struct error *error);
/* All that were asked for an application, oldest first. */
bool ask_of_application(struct db *db, struct vault *vault, struct arena *arena, int64_t application, struct ask **asks,
                        size_t *n, struct error *error);

/* What waits for a spreadsheet (by_sheet, silent) of one kind and department within a prefix of division codes, by id,
 * from behind `after`, at most `most`. */
bool ask_waiting(struct db *db, struct vault *vault, struct arena *arena, struct str authority, struct str kind,
                 struct str scope, int64_t after, size_t most, struct ask **asks, size_t *n, struct error *error);

/* How many questions of each department and kind stand where, within a prefix of division codes. Reads the whole table:
 * for a worker's thread. */
struct ask_count {
    struct str authority;
    struct str kind;
    enum ask_state state;
    int64_t n;
    int64_t last_asked, last_answered; /* ms; 0: none */
};
bool ask_counts(struct db *db, struct arena *arena, struct str scope, struct ask_count **counts, size_t *n,
                struct error *error);

/* For connect/ alone: keeps the answer of a waiting row or, with an empty answer, that there is none, and tells the
 * hook. *kept is false when the row no longer waits (answered by a sheet meanwhile, cancelled). */
bool ask_settle(struct writing *writing, const struct ask_hook *hook, int64_t id, struct str answer, const char *source,
                struct str problem, bool *kept, struct error *error);
/* A JSON object in canonical form, in the arena; false when it is none. */
bool ask_canonical(struct arena *arena, struct str json, struct str *canonical, struct error *error);
/* A new request number: "Q" and 25 letters and digits, unguessable. */
bool ask_number(struct arena *arena, struct str *number, struct error *error);

#endif
