/* How far a plan is: the state of a case with lines by a rule that is published (docs/casework.md), and where its lines
 * lie in time.
 *
 *     kept       closed with success
 *     given up   closed without
 *     late       open after its due day
 *     behind     open, and a line is not done after its day; or the last report says at least ten points less than the
 *                share of the time that was over on its day
 *     on course  else
 */
#ifndef CASEWORK_PROGRESS_H
#define CASEWORK_PROGRESS_H

#include "casework/casework.h"

enum plan_state { PLAN_KEPT, PLAN_GIVEN_UP, PLAN_LATE, PLAN_BEHIND, PLAN_ON_COURSE };
enum { BEHIND_POINTS = 10 };
struct text plan_state_words(enum plan_state state);

struct case_progress {
    enum plan_state state;
    struct case_line *lines; /* those that were not dropped, by due day */
    size_t nlines, done, missed;
    int64_t planned_fen, spent_fen;
    int64_t from, until; /* first and last day of its lines and of what was promised; 0: none */
    int64_t promised;    /* the day that the field of the first stage's term has, else its due day; 0: none */
    int64_t reported;    /* per cent, by the newest value of the field `progress`; 100 when it is kept; -1: none */
    int64_t expected;    /* per cent of its time that was over on the day of that report (without one: is over today) */
};
/* The rule alone: of a case with its lines and its newest report (-1: none). */
enum plan_state plan_state_of(const struct case_row *row, const struct case_progress *progress, int64_t today);
bool case_progress_of(struct db *db, struct arena *arena, const struct case_row *row, int64_t today,
                      struct case_progress *out, struct error *error);
/* Money in the lines of all cases that are asked for. */
bool case_money(struct db *db, const struct case_ask *ask, int64_t *planned_fen, int64_t *spent_fen,
                struct error *error);
/* What open cases of a kind (empty: of any) still add to an institution, by the measure of their lines: those not done,
 * nor dropped. *last: the due day of the last of them; 0: none. */
bool case_adds(struct db *db, struct str kind, int64_t institution, struct str measure, int64_t *adds, int64_t *last,
               struct error *error);

/* The same for every institution at once, line by line: what is under way, by institution, then day. */
struct case_adding {
    int64_t institution, adds, due;
};
bool case_under_way(struct db *db, struct arena *arena, struct str measure, struct case_adding **out, size_t *n,
                    struct error *error);
/* A number that changes with what case_under_way says. */
bool case_under_way_version(struct db *db, struct str measure, int64_t *version, struct error *error);

#endif
