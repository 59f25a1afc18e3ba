/* A4 documents. One cursor runs down the page; what does not fit begins a new page. Lengths are points. */
#include "print/print.h"

#include "base/buf.h"
#include "base/clock.h"

#include <cairo-pdf.h>
#include <cairo.h>
#include <pango/pangocairo.h>
#include <qrencode.h>

enum { PDF_BYTES_MAX = 8 * 1024 * 1024 };
static const double page_width = 595.28, page_height = 841.89, margin = 56, foot = 40;
static const char *const family = "Noto Sans CJK SC, sans-serif";

struct pdf {
    struct buf bytes;
    cairo_surface_t *surface;
    cairo_t *cairo;
    double y;
    int page;
    char *footer;
};

static cairo_status_t take(void *closure, const unsigned char *data, unsigned length)
{
    struct buf *bytes = closure;
    buf_add(bytes, (struct str){ (const char *)data, length });
    return bytes->full ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

struct look {
    double size;
    bool bold;
    PangoAlignment align;
    double grey;
};
static const struct look body = { 11, false, PANGO_ALIGN_LEFT, 0.1 };

/* A laid-out text; its height in *height. The caller unrefs it. */
static PangoLayout *lay(struct pdf *pdf, struct str text, struct look look, double width, double *height)
{
    PangoLayout *layout = pango_cairo_create_layout(pdf->cairo);
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family(font, family);
    pango_font_description_set_absolute_size(font, look.size * PANGO_SCALE);
    pango_font_description_set_weight(font, look.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout, look.align);
    pango_layout_set_spacing(layout, (int)(look.size * 0.35 * PANGO_SCALE));
    pango_layout_set_text(layout, text.n ? text.p : "", (int)text.n);
    int points;
    pango_layout_get_size(layout, NULL, &points);
    *height = (double)points / PANGO_SCALE;
    return layout;
}

static void show(struct pdf *pdf, PangoLayout *layout, double x, double y, double grey)
{
    cairo_set_source_rgb(pdf->cairo, grey, grey, grey);
    cairo_move_to(pdf->cairo, x, y);
    pango_cairo_show_layout(pdf->cairo, layout);
}

static void draw_footer(struct pdf *pdf)
{
    struct look look = { 8.5, false, PANGO_ALIGN_LEFT, 0.4 };
    double height;
    PangoLayout *layout = lay(pdf, str_of(pdf->footer), look, page_width - 2 * margin - 40, &height);
    show(pdf, layout, margin, page_height - foot, look.grey);
    g_object_unref(layout);
    char number[16];
    (void)g_snprintf(number, sizeof number, "%d", pdf->page);
    look.align = PANGO_ALIGN_RIGHT;
    layout = lay(pdf, str_of(number), look, 40, &height);
    show(pdf, layout, page_width - margin - 40, page_height - foot, look.grey);
    g_object_unref(layout);
}

/* Room for a block of this height, on the next page if need be. */
static void need(struct pdf *pdf, double height)
{
    if (pdf->y + height > page_height - foot - 14 && pdf->y > margin) {
        draw_footer(pdf);
        cairo_show_page(pdf->cairo);
        pdf->page++;
        pdf->y = margin;
    }
}

static void block(struct pdf *pdf, struct str text, struct look look, double before, double after)
{
    double height;
    PangoLayout *layout = lay(pdf, text, look, page_width - 2 * margin, &height);
    need(pdf, before + height);
    pdf->y += before;
    show(pdf, layout, margin, pdf->y, look.grey);
    pdf->y += height + after;
    g_object_unref(layout);
}

bool pdf_new(struct pdf **out, struct str title, struct str footer, struct error *error)
{
    struct pdf *pdf = g_new0(struct pdf, 1);
    pdf->bytes = buf_init(PDF_BYTES_MAX);
    pdf->surface = cairo_pdf_surface_create_for_stream(take, &pdf->bytes, page_width, page_height);
    pdf->cairo = cairo_create(pdf->surface);
    pdf->y = margin;
    pdf->page = 1;
    pdf->footer = g_strndup(footer.n ? footer.p : "", footer.n);
    if (cairo_status(pdf->cairo) != CAIRO_STATUS_SUCCESS) {
        const char *why = cairo_status_to_string(cairo_status(pdf->cairo));
        pdf_free(pdf);
        return error_set(error, "the PDF could not be begun: %s", why);
    }
    char *name = g_strndup(title.n ? title.p : "", title.n);
    cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_TITLE, name);
    g_free(name);
    *out = pdf;
    return true;
}

void pdf_large(struct pdf *pdf)
{
    const double root = 1.41421356237;
    cairo_pdf_surface_set_size(pdf->surface, page_width * root, page_height * root);
    cairo_scale(pdf->cairo, root, root);
}

void pdf_free(struct pdf *pdf)
{
    if (pdf) {
        cairo_destroy(pdf->cairo);
        cairo_surface_destroy(pdf->surface);
        buf_free(&pdf->bytes);
        g_free(pdf->footer);
        g_free(pdf);
    }
}

void pdf_title(struct pdf *pdf, struct str text)
{
    block(pdf, text, (struct look){ 20, true, PANGO_ALIGN_CENTER, 0 }, 4, 8);
}

void pdf_subtitle(struct pdf *pdf, struct str text)
{
    block(pdf, text, (struct look){ 12, false, PANGO_ALIGN_CENTER, 0.3 }, 0, 14);
}

void pdf_heading(struct pdf *pdf, struct str text)
{
    block(pdf, text, (struct look){ 14, true, PANGO_ALIGN_LEFT, 0 }, 12, 6);
}

void pdf_paragraph(struct pdf *pdf, struct str text)
{
    block(pdf, text, body, 0, 8);
}

static void line(struct pdf *pdf, double y, double grey)
{
    cairo_set_source_rgb(pdf->cairo, grey, grey, grey);
    cairo_set_line_width(pdf->cairo, 0.6);
    cairo_move_to(pdf->cairo, margin, y);
    cairo_line_to(pdf->cairo, page_width - margin, y);
    cairo_stroke(pdf->cairo);
}

void pdf_pair(struct pdf *pdf, struct str label, struct str value)
{
    double left = 130, high, low;
    struct look grey = { 10.5, false, PANGO_ALIGN_LEFT, 0.35 };
    PangoLayout *a = lay(pdf, label, grey, left - 10, &low);
    PangoLayout *b = lay(pdf, value, body, page_width - 2 * margin - left, &high);
    double height = low > high ? low : high;
    need(pdf, height + 10);
    show(pdf, a, margin, pdf->y + 4, grey.grey);
    show(pdf, b, margin + left, pdf->y + 4, body.grey);
    pdf->y += height + 9;
    line(pdf, pdf->y, 0.85);
    g_object_unref(a);
    g_object_unref(b);
}

void pdf_row(struct pdf *pdf, const struct str *cells, size_t columns, bool heading)
{
    enum { MOST = 12 };
    PangoLayout *layouts[MOST];
    struct look look = { 9.5, heading, PANGO_ALIGN_LEFT, 0.1 };
    double width = (page_width - 2 * margin) / (double)(columns ? columns : 1), tallest = 0;
    size_t n = columns < MOST ? columns : MOST;
    for (size_t i = 0; i < n; i++) {
        double height;
        layouts[i] = lay(pdf, cells[i], look, width - 6, &height);
        tallest = height > tallest ? height : tallest;
    }
    need(pdf, tallest + 8);
    for (size_t i = 0; i < n; i++) {
        show(pdf, layouts[i], margin + width * (double)i, pdf->y + 3, look.grey);
        g_object_unref(layouts[i]);
    }
    pdf->y += tallest + 7;
    line(pdf, pdf->y, heading ? 0.4 : 0.85);
}

void pdf_space(struct pdf *pdf, double millimetres)
{
    pdf->y += millimetres * 72 / 25.4;
}

bool pdf_qr(struct pdf *pdf, struct str content, struct str beside, struct error *error)
{
    char *text = g_strndup(content.p, content.n);
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    g_free(text);
    if (!code) {
        return error_set(error, "a QR code could not hold %zu bytes", content.n);
    }
    double side = 100, high;
    PangoLayout *layout = lay(pdf, beside, body, page_width - 2 * margin - side - 16, &high);
    need(pdf, (high > side ? high : side) + 16);
    double step = side / code->width;
    cairo_set_source_rgb(pdf->cairo, 0, 0, 0);
    for (int row = 0; row < code->width; row++) {
        for (int column = 0; column < code->width; column++) {
            if (code->data[row * code->width + column] & 1) {
                cairo_rectangle(pdf->cairo, margin + column * step, pdf->y + 8 + row * step, step + 0.05, step + 0.05);
            }
        }
    }
    cairo_fill(pdf->cairo);
    show(pdf, layout, margin + side + 16, pdf->y + 8, body.grey);
    pdf->y += (high > side ? high : side) + 20;
    g_object_unref(layout);
    QRcode_free(code);
    return true;
}

bool pdf_finish(struct pdf *pdf, struct arena *arena, struct str *bytes, struct error *error)
{
    draw_footer(pdf);
    cairo_show_page(pdf->cairo);
    cairo_surface_finish(pdf->surface);
    cairo_status_t status = cairo_surface_status(pdf->surface);
    bool good = status == CAIRO_STATUS_SUCCESS && !pdf->bytes.full;
    if (good) {
        *bytes = arena_str(arena, buf_str(&pdf->bytes));
    } else {
        (void)error_set(error, "the PDF could not be made: %s", cairo_status_to_string(status));
    }
    pdf_free(pdf);
    return good;
}

/* ---- QR codes for pages ---- */

bool qr_svg(struct arena *arena, struct str content, struct str label, struct str *svg, struct error *error)
{
    QRcode *code = QRcode_encodeString(arena_cstr(arena, content), 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (!code) {
        return error_set(error, "a QR code could not hold %zu bytes", content.n);
    }
    enum { QUIET = 4 };
    struct buf out = buf_init(256 * 1024);
    int side = code->width + 2 * QUIET;
    buf_printf(
        &out,
        "<svg class=\"qr\" role=\"img\" aria-label=\"%.*s\" viewBox=\"0 0 %d %d\" width=\"180\" height=\"180\" "
        "shape-rendering=\"crispEdges\"><rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path fill=\"#000\" d=\"",
        STR_ARG(label), side, side, side, side);
    for (int row = 0; row < code->width; row++) {
        for (int column = 0; column < code->width; column++) {
            int from = column;
            while (column < code->width && (code->data[row * code->width + column] & 1)) {
                column++;
            }
            if (column > from) {
                buf_printf(&out, "M%d %dh%dv1h-%dz", from + QUIET, row + QUIET, column - from, column - from);
            }
        }
    }
    buf_add_cstr(&out, "\"/></svg>");
    *svg = arena_str(arena, buf_str(&out));
    buf_free(&out);
    QRcode_free(code);
    return true;
}
