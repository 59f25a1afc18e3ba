/* print: what leaves as paper or as a spreadsheet. PDF by Pango and Cairo (Chinese set right), QR codes by
 * libqrencode, XLSX by libxlsxwriter. Takes some milliseconds to tens of them: call it on a worker thread
 * (request_work). Nothing here knows what it prints.
 */
#ifndef PRINT_PRINT_H
#define PRINT_PRINT_H

#include "base/arena.h"
#include "base/error.h"

/* ---- An A4 document, from top to bottom, with as many pages as it needs ---- */

struct pdf;

/* title goes into the file's properties; footer stands at the foot of every page. */
bool pdf_new(struct pdf **pdf, struct str title, struct str footer, struct error *error);
/* As A3, everything larger by the root of two: for what hangs on a wall. Before anything is drawn. */
void pdf_large(struct pdf *pdf);
/* NULL is accepted. */
void pdf_free(struct pdf *pdf);

/* Large, centred; a smaller line below it. */
void pdf_title(struct pdf *pdf, struct str text);
void pdf_subtitle(struct pdf *pdf, struct str text);
void pdf_heading(struct pdf *pdf, struct str text);
void pdf_paragraph(struct pdf *pdf, struct str text);
/* A row of a form: label left, value right. */
void pdf_pair(struct pdf *pdf, struct str label, struct str value);
/* A table row with `columns` cells of equal width; a heading row is bold. */
void pdf_row(struct pdf *pdf, const struct str *cells, size_t columns, bool heading);
void pdf_space(struct pdf *pdf, double millimetres);
/* A QR code at the left with text beside it. */
bool pdf_qr(struct pdf *pdf, struct str content, struct str beside, struct error *error);

/* Ends the document; the bytes are in the arena. The pdf is freed in any case. */
bool pdf_finish(struct pdf *pdf, struct arena *arena, struct str *bytes, struct error *error);

/* ---- A QR code for a page: an <svg> element, black on white, with alt text by `label` ---- */
bool qr_svg(struct arena *arena, struct str content, struct str label, struct str *svg, struct error *error);

/* ---- A workbook with one sheet ---- */

enum sheet_column_kind { SHEET_TEXT, SHEET_NUMBER, SHEET_DAY, SHEET_TIME };
struct sheet_column {
    struct str title;
    enum sheet_column_kind kind;
    double width; /* characters */
};

struct sheet;
/* note: a line above the table (what it is, when it was made); may be empty. */
bool sheet_new(struct sheet **sheet, struct str name, struct str note, const struct sheet_column *columns, size_t count,
               struct error *error);
void sheet_free(struct sheet *sheet);
/* Cells of the present row, from the left. Text is written as text: a formula in it stays text. */
void sheet_text(struct sheet *sheet, struct str text);
void sheet_number(struct sheet *sheet, int64_t number);
void sheet_day(struct sheet *sheet, int64_t day);
void sheet_time(struct sheet *sheet, int64_t ms);
void sheet_empty(struct sheet *sheet);
void sheet_next_row(struct sheet *sheet);
/* Ends it; the bytes are in the arena. The sheet is freed in any case. */
bool sheet_finish(struct sheet *sheet, struct arena *arena, struct str *bytes, struct error *error);

#endif
