/* What the frame of a page shows of the request (layout.c fills it, pages/layout.html shows it). */
#ifndef WEB_LAYOUT_H
#define WEB_LAYOUT_H

#include "web/inside.h"

enum { FRAME_ITEMS = 16 };

struct frame {
    struct text title;
    const char *css, *script, *icon;
    struct name city, contact;
    struct str path;
    struct str language_href, big_href;
    const char *sign_in, *sign_out; /* sign_in NULL: the page is the sign-in itself, or a problem's */
    const struct session *session;
    struct navigation_item items[FRAME_ITEMS];
    size_t item_count;
    bool wide, has_banner, has_notice, has_errors;
    struct name banner;
    struct text notice;
    const struct form_state *form;
};

void frame_begin(struct page *page, const struct frame *frame);
void frame_end(struct page *page, const struct frame *frame);
bool frame_is_here(const struct frame *frame, const struct navigation_item *item);
/* Where the visitor came from, when it is a page of ours; NULL otherwise. */
const char *frame_back(struct page *page);

/* Of a field, for pages/fields.html. */
struct str field_described_by(struct page *page, const struct field_state *state);
struct str field_kept(const struct field_state *state);
bool field_holds(const struct field_state *state, const char *value);
const char *field_input_type(enum field_kind kind);
const char *field_input_mode(enum field_kind kind);
void field_body(struct page *page, const struct field_state *state, bool title);

#endif
