/* See mistakes.h. */
#include "city/mistakes.h"

#include <stdlib.h>

struct city_mistakes *city_mistakes_new(void)
{
    struct arena *arena = arena_new(0);
    struct city_mistakes *mistakes = ARENA_NEW(arena, struct city_mistakes);
    mistakes->arena = arena;
    return mistakes;
}

void city_mistakes_free(struct city_mistakes *mistakes)
{
    if (mistakes) {
        arena_free(mistakes->arena); /* which holds the struct itself */
    }
}

static void grow(struct city_mistakes *mistakes)
{
    if (mistakes->n == mistakes->size) {
        size_t size = mistakes->size ? 2 * mistakes->size : 32;
        struct city_mistake *items = ARENA_ARRAY(mistakes->arena, struct city_mistake, size);
        if (mistakes->n) {
            memcpy(items, mistakes->items, mistakes->n * sizeof *items);
        }
        mistakes->items = items;
        mistakes->size = size;
    }
}

void city_mistake_add(struct city_mistakes *mistakes, struct str file, uint32_t line, const char *zh, const char *en,
                      ...)
{
    if (mistakes->n > CITY_MISTAKES_MAX) {
        return;
    }
    grow(mistakes);
    struct city_mistake *mistake = &mistakes->items[mistakes->n++];
    mistake->file = arena_str(mistakes->arena, file);
    mistake->line = line;
    if (mistakes->n > CITY_MISTAKES_MAX) {
        mistake->says =
            T("错误太多，其余未列出；请先改正以上各处", "too many mistakes, the rest is not listed; expected "
                                                        "those above to be corrected first");
        return;
    }
    va_list list;
    va_start(list, en);
    va_list again;
    va_copy(again, list);
    mistake->says.zh = arena_vprintf(mistakes->arena, zh, list).p;
    mistake->says.en = arena_vprintf(mistakes->arena, en, again).p;
    va_end(again);
    va_end(list);
}

static int compare(const void *a, const void *b)
{
    const struct city_mistake *x = a, *y = b;
    int order = str_cmp(x->file, y->file);
    if (!order) {
        order = x->line < y->line ? -1 : x->line > y->line;
    }
    return order ? order : strcmp(x->says.en, y->says.en);
}

void city_mistakes_sort(struct city_mistakes *mistakes)
{
    if (!mistakes->n) {
        return;
    }
    qsort(mistakes->items, mistakes->n, sizeof *mistakes->items, compare);
    size_t kept = 1;
    for (size_t i = 1; i < mistakes->n; i++) {
        if (compare(&mistakes->items[i], &mistakes->items[kept - 1]) != 0) {
            mistakes->items[kept++] = mistakes->items[i];
        }
    }
    mistakes->n = kept;
}

void city_mistakes_print(FILE *out, const struct city_mistakes *mistakes, enum lang lang)
{
    for (size_t i = 0; i < mistakes->n; i++) {
        const struct city_mistake *mistake = &mistakes->items[i];
        fprintf(out, "%.*s:", STR_ARG(mistake->file));
        if (mistake->line) {
            fprintf(out, "%u:", (unsigned)mistake->line);
        }
        fprintf(out, " %s\n", text_in(mistake->says, lang));
    }
}
