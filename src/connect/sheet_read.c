/* A stranger's file as pages of lines in an arena, by base/stranger.h. */
#include "connect/sheet_internal.h"

#include "base/stranger.h"

struct reading {
    struct arena *arena;
    struct sheet_book *book;
};

static bool take_page(void *context, struct str name)
{
    struct reading *reading = context;
    struct sheet_book *book = reading->book;
    book->pages = arena_grow(reading->arena, book->pages, book->n, sizeof *book->pages);
    book->pages[book->n++] = (struct sheet_page){ .name = arena_str(reading->arena, name) };
    return true;
}

static bool take_row(void *context, uint32_t number, const struct str *cells, size_t n)
{
    struct reading *reading = context;
    struct sheet_page *page = &reading->book->pages[reading->book->n - 1];
    struct sheet_line line = { .number = number, .cells = ARENA_ARRAY(reading->arena, struct str, n), .n = n };
    for (size_t i = 0; i < n; i++) {
        line.cells[i] = arena_str(reading->arena, cells[i]);
    }
    page->lines = arena_grow(reading->arena, page->lines, page->n, sizeof *page->lines);
    page->lines[page->n++] = line;
    return true;
}

bool sheet_read(const char *program, int file, struct arena *arena, struct sheet_book *book,
                const struct text **problem, struct error *error)
{
    struct reading reading = { arena, book };
    const struct stranger_hooks hooks = { .context = &reading, .sheet = take_page, .row = take_row };
    enum stranger_end end;
    const struct text *says;
    *book = (struct sheet_book){ 0 };
    *problem = NULL;
    if (!stranger_read(program, STRANGER_SHEET, file, &hooks, &end, &says, error)) {
        return false;
    }
    *problem = end == STRANGER_WHOLE ? NULL : says;
    return true;
}
