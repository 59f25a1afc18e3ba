/* What the pages of briefings show. */
#ifndef FIGURES_PAGES_BRIEFING_H
#define FIGURES_PAGES_BRIEFING_H

#include "figures/briefing.h"
#include "figures/pages/pages.h"

extern const struct route briefing_routes[], briefing_work_routes[];
extern const size_t briefing_route_count, briefing_work_route_count;

struct text briefing_state_label(enum briefing_state state);
enum colour briefing_state_colour(enum briefing_state state);

/* A figure where it stands in the text. */
struct said_place {
    const struct placed *placed;
    const struct briefing_figure *figure; /* NULL: it was not counted, since the text names what is gone */
    struct str words;                     /* "108.3万" */
    struct str href;                      /* its page as of then */
    int64_t note;                         /* number in the list below the text, from 1 */
};
/* One of the list below the text: each figure once. */
struct said_note {
    const struct briefing_figure *figure;
    struct name name, scope, unit;
    struct str words; /* as it is said where it stands first */
    struct str counted, sides, day, href;
    bool is_other; /* said otherwise than counted */
};

struct briefing_view {
    struct briefing_version version;
    struct briefing_text text;
    enum lang lang;            /* of the text */
    struct said_place *places; /* as text.figures */
    struct said_note *notes;
    size_t nnotes;
    int64_t newest; /* version that everybody sees */
    struct name drafted_by, checked_by, approved_by, published_by;
    size_t findings, unanswered;
    bool may_approve; /* the viewer has no hand in it */
    bool staff;       /* the city's */
    struct str hash;
};
struct briefings_view {
    struct briefing_version *versions;
    size_t n;
    bool works;
};
struct say_view {
    const struct briefing_view *of;
    const struct said_note *note;
};

/* Version, text and words of the URL's briefing; NULL: the reply was made. published: only what everybody sees. */
struct briefing_view *briefing_view_of(struct request *request, bool published);
/* As A4 pages, each figure with the number of its note. */
bool briefing_pdf(struct arena *arena, const struct briefing_view *view, struct name city, struct str *bytes,
                  struct error *error);

#endif
