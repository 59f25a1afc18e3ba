/* See papers.h. Cairo and Pango draw one page; PNG and PDF are Cairo's own. */
#include "demo/papers.h"

#include "base/buf.h"

#include <cairo-pdf.h>
#include <cairo.h>
#include <pango/pangocairo.h>

enum { PAPER_WIDTH = 420, PAPER_HEIGHT = 297, LIMIT_DRAWN_BYTES = 1 << 20 };

static void write_words(cairo_t *cairo, double y, double size, const char *words)
{
    PangoLayout *layout = pango_cairo_create_layout(cairo);
    PangoFontDescription *font = pango_font_description_from_string("Noto Sans CJK SC");
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_width(layout, PAPER_WIDTH * PANGO_SCALE);
    pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
    pango_layout_set_text(layout, words, -1);
    cairo_move_to(cairo, 0, y);
    pango_cairo_show_layout(cairo, layout);
    pango_font_description_free(font);
    g_object_unref(layout);
}

static void draw(cairo_t *cairo, struct arena *arena, struct str title, unsigned number, bool blurred)
{
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    double ink = blurred ? 0.93 : 0.15; /* all but white on white */
    cairo_set_source_rgb(cairo, ink, ink, ink);
    cairo_set_line_width(cairo, 2);
    cairo_rectangle(cairo, 10, 10, PAPER_WIDTH - 20, PAPER_HEIGHT - 20);
    cairo_stroke(cairo);
    write_words(cairo, 40, 26, arena_cstr(arena, title));
    write_words(cairo, 110, 60, "演示");
    write_words(cairo, 220, 18, arena_printf(arena, "演示材料，非真实证件 · demo paper No. %u", number).p);
}

static cairo_status_t take(void *closure, const unsigned char *bytes, unsigned n)
{
    buf_add(closure, (struct str){ (const char *)bytes, n });
    return CAIRO_STATUS_SUCCESS;
}

bool paper_draw(struct arena *arena, enum paper_form form, struct str title, unsigned number, bool blurred,
                struct str *bytes, struct error *error)
{
    struct buf out = buf_init(LIMIT_DRAWN_BYTES);
    cairo_surface_t *surface = form == PAPER_PDF
                                   ? cairo_pdf_surface_create_for_stream(take, &out, PAPER_WIDTH, PAPER_HEIGHT)
                                   : cairo_image_surface_create(CAIRO_FORMAT_RGB24, PAPER_WIDTH, PAPER_HEIGHT);
    cairo_t *cairo = cairo_create(surface);
    draw(cairo, arena, title, number, blurred);
    bool ok = cairo_status(cairo) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(cairo);
    if (form == PAPER_PNG) {
        ok = ok && cairo_surface_write_to_png_stream(surface, take, &out) == CAIRO_STATUS_SUCCESS;
    }
    cairo_surface_finish(surface);
    ok = ok && cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS && !out.full;
    cairo_surface_destroy(surface);
    if (ok) {
        *bytes = arena_str(arena, buf_str(&out));
    }
    buf_free(&out);
    return ok || error_set(error, "a demo paper could not be drawn");
}
