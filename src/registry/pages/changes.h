/* Changes that wait or were decided, one of them as a difference, and events with what they will move. */
#ifndef REGISTRY_PAGES_CHANGES_H
#define REGISTRY_PAGES_CHANGES_H

#include "registry/event.h"
#include "registry/pages/edit.h"

enum { CHANGES_SHOWN = 50, STEPS_SHOWN = 100 };

struct change_row {
    int64_t id;
    struct text what, state;
    enum colour colour;
    struct name division, institution;
    struct str note;
    int64_t at;
};
struct changes_view {
    struct desk *desk;
    struct str state;
    int shown; /* enum change_state, -1: any */
    struct change_row *rows;
    size_t n;
    int64_t next;
};

/* What a step does, as its page shows it. */
struct step_row {
    enum step_act act;
    const struct kind *kind;
    struct str code, href, span;
    struct name name;
    bool is_new;
    struct changed_cell *cells;
    size_t n;
};
struct step_count {
    const struct kind *kind;
    int64_t records, ends;
};
/* The steps as rows (persons are counted only, unless `persons`), and how many there are of each kind. `then`: what
 * was known before them. */
struct steps_shown {
    struct step_row *rows;
    size_t n;
    struct step_count counts[KINDS];
    size_t ncounts;
    int64_t total;
};
bool steps_show(struct db *db, const struct desk *desk, const struct change_step *steps, size_t n, bool persons,
                int64_t then, struct steps_shown *out, struct error *error);

struct change_view {
    struct desk *desk;
    struct change change;
    struct text what, state;
    enum colour colour;
    struct name division, institution;
    struct str institution_code, proposed_by, decided_by;
    struct steps_shown steps;
    const struct kind *persons; /* a kind of persons whose rows are shown; NULL: none */
    bool may_decide, may_withdraw, may_undo, own;
};

struct event_view {
    struct desk *desk;
    enum event_act act;
    const struct form *form;
    struct event event;
    bool preview;
    struct steps_shown steps;
    struct str problem;
    int64_t day;
};
struct text event_words(enum event_act act);
struct text event_explained(enum event_act act);

#endif
