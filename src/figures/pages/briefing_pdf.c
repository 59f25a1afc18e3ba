/* A briefing as paper: the text with a number behind each figure, and the notes: value, numerator and denominator, day,
 * scope. */
#include "figures/pages/briefing.h"

#include "base/buf.h"
#include "base/clock.h"
#include "print/print.h"

enum { BLOCK_BYTES_MOST = 256 * 1024 };

static struct str block_text(struct arena *arena, const struct briefing_view *view, const struct block *block,
                             bool numbers)
{
    struct buf out = buf_init(BLOCK_BYTES_MOST);
    for (size_t i = 0; i < block->n; i++) {
        const struct piece *piece = &block->pieces[i];
        if (piece->figure == SIZE_MAX) {
            buf_add(&out, piece->text);
            continue;
        }
        buf_add(&out, view->places[piece->figure].words);
        if (numbers && view->places[piece->figure].note) {
            buf_printf(&out, "[%lld]", (long long)view->places[piece->figure].note);
        }
    }
    struct str text = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

static void add_note(struct pdf *pdf, struct arena *arena, const struct said_note *note, size_t number, enum lang lang)
{
    bool en = lang == LANG_EN;
    struct str line = arena_printf(arena, "[%zu] %.*s%s%.*s", number, STR_ARG(name_in(note->name, lang)),
                                   en ? ": " : "：", STR_ARG(note->words));
    if (note->sides.n) {
        line =
            arena_printf(arena, "%.*s%s%.*s%s", STR_ARG(line), en ? " (" : "（", STR_ARG(note->sides), en ? ")" : "）");
    }
    line = arena_printf(arena, "%.*s%s%.*s%s%.*s", STR_ARG(line), en ? "; as on " : "；截至 ", STR_ARG(note->day),
                        en ? ". " : "。", STR_ARG(name_in(note->scope, lang)));
    if (note->is_other) {
        line = arena_printf(arena, "%.*s%s%.*s", STR_ARG(line), en ? ". The rows give " : "。名录数到 ",
                            STR_ARG(note->counted));
    }
    if (note->figure->note.n) {
        line =
            arena_printf(arena, "%.*s%s%.*s", STR_ARG(line), en ? ". Note: " : "。注：", STR_ARG(note->figure->note));
    }
    pdf_paragraph(pdf, line);
}

bool briefing_pdf(struct arena *arena, const struct briefing_view *view, struct name city, struct str *bytes,
                  struct error *error)
{
    const struct briefing_version *version = &view->version;
    bool en = view->lang == LANG_EN;
    struct pdf *pdf;
    struct str day = day_format(arena, version->day), said_on = day_format(arena, version->said_on);
    if (!pdf_new(&pdf, name_in(version->name, view->lang), name_in(city, view->lang), error)) {
        return false;
    }
    for (size_t i = 0; i < view->text.n; i++) {
        const struct block *block = &view->text.blocks[i];
        struct str text = block_text(arena, view, block, block->kind == BLOCK_PARAGRAPH);
        if (block->kind == BLOCK_TITLE) {
            pdf_title(pdf, text);
            pdf_subtitle(pdf, en ? arena_printf(arena, "%.*s · version %lld · figures as on %.*s", STR_ARG(said_on),
                                                (long long)version->version, STR_ARG(day))
                                 : arena_printf(arena, "%.*s · 第 %lld 版 · 数据截至 %.*s", STR_ARG(said_on),
                                                (long long)version->version, STR_ARG(day)));
        } else if (block->kind == BLOCK_HEADING) {
            pdf_heading(pdf, text);
        } else {
            pdf_paragraph(pdf, text);
        }
    }
    if (version->reason.n) {
        pdf_paragraph(
            pdf, arena_printf(arena, "%s%.*s", en ? "Why it was corrected: " : "更正原因：", STR_ARG(version->reason)));
    }
    pdf_heading(pdf, en ? STR("What each figure counts") : STR("各数的口径"));
    for (size_t i = 0; i < view->nnotes; i++) {
        add_note(pdf, arena, &view->notes[i], i + 1, view->lang);
    }
    pdf_paragraph(pdf, arena_printf(arena, "SM3 %.*s", STR_ARG(view->hash)));
    return pdf_finish(pdf, arena, bytes, error);
}
