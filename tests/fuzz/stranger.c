/*
 * Fuzz target of what arrives from jiaoti-import: its lines (base/stranger.h), and each cell as a value of every column
 * of every kind (registry/exchange.h). The program that writes the lines has read a stranger's file: it may have been
 * taken over by it, and then writes anything.
 *
 * What must hold for any bytes: fed at once or in pieces, the same is heard; a value that was understood, written into
 * a cell and read again, is the same value; what was not understood is said in both languages.
 */
#include "target.h"

#include "base/cell.h"
#include "base/limits.h"
#include "base/stranger.h"
#include "registry/exchange.h"

#include <string.h>

enum { HEARD_MOST = 1 << 24 };

static bool same_value(struct value a, struct value b)
{
    return a.kind == b.kind && (a.kind == VALUE_TEXT ? str_eq(a.bytes, b.bytes) : a.integer == b.integer);
}

static void check_cell(struct arena *arena, const struct column *column, struct str cell)
{
    struct value value = V_NULL, again = V_NULL;
    struct name says = { { NULL, 0 }, { NULL, 0 } };
    if (!exchange_value(arena, column, cell, &value, &says)) {
        MUST(says.zh.n > 0 && says.en.n > 0, "%s refuses without a word", column->name);
        return;
    }
    for (enum lang lang = LANG_ZH; lang <= LANG_EN; lang++) {
        struct str text = cell_guarded(arena, exchange_cell(arena, column, value, lang));
        bool nothing = text.n == 0 || cell_trimmed(text).n == 0;
        MUST(exchange_value(arena, column, text, &again, &says) || (nothing && column->required),
             "%s: '%.*s' is refused when read again: %.*s", column->name, STR_ARG(text), STR_ARG(says.en));
        MUST(nothing || same_value(value, again), "%s: '%.*s' becomes another value", column->name, STR_ARG(text));
    }
}

struct hearing {
    struct buf heard;
    bool cells; /* look at them too */
};

static void note(struct hearing *hearing, char what, uint32_t number, const struct str *cells, size_t n)
{
    buf_printf(&hearing->heard, "%c%u", what, number);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&hearing->heard, "|%zu:", cells[i].n);
        buf_add(&hearing->heard, cells[i]);
    }
}

static bool hear_sheet(void *context, struct str name)
{
    note(context, 's', 0, &name, 1);
    return true;
}

static bool hear_row(void *context, uint32_t number, const struct str *cells, size_t n)
{
    struct hearing *hearing = context;
    MUST(n <= LIMIT_SHEET_COLUMNS, "a row of %zu cells", n);
    note(hearing, 'r', number, cells, n);
    for (size_t i = 0; hearing->cells && i < n; i++) {
        struct arena *arena = arena_new(0);
        const struct kind *kind = &KIND_LIST[(number + i) % KINDS];
        struct exchange_column columns[EXCHANGE_COLUMNS_MOST];
        size_t ncolumns = exchange_columns(kind, columns);
        for (size_t c = 0; c < ncolumns; c++) {
            check_cell(arena, columns[c].column, cells[i]);
            (void)exchange_is_heading(arena, columns[c].column, cells[i]);
        }
        arena_free(arena);
    }
    return true;
}

static bool hear_map(void *context, struct str frame, const struct str *fields, size_t n)
{
    note(context, 'f', 0, &frame, 1);
    note(context, 'm', 0, fields, n);
    return true;
}

static bool hear_shape(void *context, uint32_t number, struct str geojson, const struct str *cells, size_t n)
{
    note(context, 'g', number, &geojson, 1);
    note(context, 'c', number, cells, n);
    return true;
}

static bool hear_at(void *context, int64_t bytes)
{
    note(context, 'a', (uint32_t)bytes, NULL, 0);
    return true;
}

/* Feeds the bytes, in pieces of `piece` or at once. */
static struct str listen_to(struct hearing *hearing, const uint8_t *data, size_t size, size_t piece)
{
    const struct stranger_hooks hooks = { hearing, hear_sheet, hear_row, hear_map, hear_shape, hear_at };
    struct stranger_lines lines = stranger_lines(&hooks);
    for (size_t at = 0; at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        char *bytes = malloc(n);
        memcpy(bytes, data + at, n);
        stranger_feed(&lines, bytes, n);
        free(bytes);
    }
    buf_printf(&hearing->heard, "%d%d%d", lines.begun, lines.ended && !lines.bad, lines.bad);
    stranger_lines_free(&lines);
    return buf_str(&hearing->heard);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hearing whole = { buf_init(HEARD_MOST), true }, pieces = { buf_init(HEARD_MOST), false };
    struct str a = listen_to(&whole, data, size, size ? size : 1);
    struct str b = listen_to(&pieces, data, size, 1 + size % 7);
    MUST(str_eq(a, b), "in pieces something else is heard");
    buf_free(&whole.heard);
    buf_free(&pieces.heard);
    return 0;
}
