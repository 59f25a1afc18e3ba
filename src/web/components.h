/* What templates are made of. Every one writes HTML into the page; `{% call NAME(…) %}` and `{% wrap NAME(…) %}…{% end
 * %}` pass the page themselves (docs/pages.md). Plain elements (h1 h2 h3 p ul ol table dl a) need no class: the styles
 * know them. A wrap is a pair NAME_begin, NAME_end.
 */
#ifndef WEB_COMPONENTS_H
#define WEB_COMPONENTS_H

#include "web/form.h"
#include "web/page.h"

enum colour { COLOUR_GREY, COLOUR_BLUE, COLOUR_GREEN, COLOUR_YELLOW, COLOUR_RED };

/* Texts that are data, or hold numbers: they live in the request's arena. */
struct text text_of(struct page *page, struct str s);
struct text text_of_name(struct page *page, struct name name);
struct text text_format(struct page *page, struct text format, ...); /* T("前面还有 %d 份", "%d before yours") */

/* "850 m", "1.2 km". */
struct str distance_words(struct arena *arena, enum lang lang, int64_t metres);

/* ---- The whole page: {% layout main(T("标题", "Title")) %} … {% end %}. Skip link, banner, header with navigation,
 * language and big-type switches, a waiting notice, the error summary of the form, footer. wide: for queues and
 * tables, the full width. ---- */
void layout_main_begin(struct page *page, struct text title);
void layout_main_end(struct page *page);
void layout_wide_begin(struct page *page, struct text title);
void layout_wide_end(struct page *page);

/* ---- Finding the way ---- */
void back_link(struct page *page, const char *href);
void breadcrumbs_begin(struct page *page);
void breadcrumb(struct page *page, struct text label, const char *href); /* href NULL: where you are */
void breadcrumbs_end(struct page *page);
void tabs_begin(struct page *page, struct text label);
void tab(struct page *page, struct text label, const char *href, bool current);
void tabs_end(struct page *page);
/* current counts from 1; href is the address up to the number ("/queue?state=open&page="). */
void pagination(struct page *page, const char *href, int64_t current, int64_t pages);
/* 第 3 步，共 7 步 */
void steps(struct page *page, int current, int of);

/* ---- Forms: a POST with its one-time key. action is a path without a query; multipart when the form has a file.
 * A page may have several forms; the one of form_use / of the POST gives fields their values and errors. ---- */
void form_begin(struct page *page, const char *action);
void form_end(struct page *page);
/* A declared field with label, hint, kept value and error. */
void field(struct page *page, const char *name);
/* The same, its label as the page's h1 (one thing per page). */
void field_as_title(struct page *page, const char *name);
void hidden(struct page *page, const char *name, struct str value);
/* A checkbox in a row of a table (FIELD_LIST, FIELD_CHECKS), ticked when the form has the value; the label is for
 * screen readers. */
void row_check(struct page *page, const char *name, struct str value, struct text label);
void submit(struct page *page, struct text label);
void submit_secondary(struct page *page, struct text label);
void submit_warning(struct page *page, struct text label);
/* One of several buttons: the form gets name=value. key: a keyboard shortcut ("a") or NULL. */
void submit_value(struct page *page, struct text label, const char *name, const char *value, const char *key);
/* Filters and searches: a GET form without key. */
void filter_begin(struct page *page, const char *action);
void filter_text(struct page *page, const char *name, struct text label, struct str value);
void filter_select(struct page *page, const char *name, struct text label, const struct option *options, size_t count,
                   struct str value);
void filter_end(struct page *page); /* with its button */

/* ---- Links as buttons ---- */
void button_link(struct page *page, struct text label, const char *href);
void secondary_link(struct page *page, struct text label, const char *href);
void start_link(struct page *page, struct text label, const char *href);

/* ---- Showing ---- */
/* Check your answers: key, value, and a link to change it. */
void summary_begin(struct page *page);
void summary_row(struct page *page, struct text key, struct str value);
void summary_row_change(struct page *page, struct text key, struct str value, const char *href);
void summary_item_begin(struct page *page, struct text key, const char *href); /* any markup; href NULL: no link */
void summary_item_end(struct page *page);
void summary_end(struct page *page);

void tasks_begin(struct page *page);
void task(struct page *page, struct text name, const char *href, struct text status, enum colour colour);
void tasks_end(struct page *page); /* href NULL: cannot be started yet */

/* A table that scrolls inside itself on a phone; write thead, tbody, tr, th scope, td. class "number" aligns right. */
void table_begin(struct page *page, struct text caption);
void table_end(struct page *page);
/* The same, and ui/charts/charts.js draws it as "line", "bar" or "stack": headings have data-series, cells data-value.
 * The page loads the script once, at its end: charts(page). */
void chart_begin(struct page *page, struct text caption, const char *kind, struct text unit);
void chart_end(struct page *page);
void charts(struct page *page);
/* The script that keeps forms on the device where there is no network (ui/keep): once a page, at its end. It looks for
 * data-keep around a form, data-kept-list, data-take-along; data-account says whose. */
void keeps(struct page *page);
/* The forms that wait on this device, with the script; hidden while there are none. */
void kept_list(struct page *page, int64_t account);

void tag(struct page *page, struct text label, enum colour colour);
void notice_begin(struct page *page, struct text title, enum colour colour);
void notice_end(struct page *page);
void warning(struct page *page, struct text message);
void inset_begin(struct page *page);
void inset_end(struct page *page);
void details_begin(struct page *page, struct text summary);
void details_end(struct page *page);
/* The end of a way: "received", with a number to keep. */
void panel(struct page *page, struct text title, struct text below, struct str reference);
void cards_begin(struct page *page);
void card_begin(struct page *page, struct text title, const char *href); /* href NULL: no link */
void card_end(struct page *page);
void cards_end(struct page *page);
/* A figure with its label, inside cards. */
void figure(struct page *page, struct text label, int64_t value, struct text unit);
/* A share as a bar with its words: 62 / 90. */
void bar(struct page *page, struct text label, int64_t value, int64_t of, enum colour colour);
/* A list of events in time. */
void timeline_begin(struct page *page);
void timeline_item_begin(struct page *page, struct text title, int64_t ms); /* ms 0: not yet */
void timeline_item_end(struct page *page);
void timeline_end(struct page *page);

/* ---- Maps ---- */
/* Fillings for the scripts of map pages, once a page; map_swatch shows one of them: green yellow orange red. */
void map_patterns(struct page *page);
void map_swatch(struct page *page, const char *mark);

/* The path of a compiled-in static file with its content hash: "app.css" → "/assets/app.3f2a91.css"; NULL unknown. */
const char *asset_path(const char *name);

#endif
