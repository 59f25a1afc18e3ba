/* See arena.h. Blocks form a list; only the first one has room. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

struct block {
    struct block *next;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

enum { FIRST_ROOM = 4 }; /* items of an array that grows; a power of two */

struct arena {
    struct block *first;
    size_t block;
    size_t used;
};

static void *must(void *p)
{
    if (!p) {
        abort();
    }
    return p;
}

struct arena *arena_new(size_t block)
{
    struct arena *arena = must(calloc(1, sizeof *arena));
    arena->block = block ? block : 8192;
    return arena;
}

static void free_blocks(struct block *block)
{
    while (block) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_free(struct arena *arena)
{
    if (arena) {
        free_blocks(arena->first);
        free(arena);
    }
}

void arena_reset(struct arena *arena)
{
    struct block *keep = arena->first;
    if (keep) {
        free_blocks(keep->next);
        keep->next = NULL;
        if (keep->size > 4 * arena->block) {
            free(keep);
            arena->first = NULL;
        } else {
            keep->used = 0;
        }
    }
    arena->used = 0;
}

/* Not cleared: for who writes every byte at once. */
static void *take(struct arena *arena, size_t n)
{
    size_t align = alignof(max_align_t);
    if (n > SIZE_MAX / 2) {
        abort();
    }
    n = (n + align - 1) & ~(align - 1);
    struct block *block = arena->first;
    if (!block || block->size - block->used < n) {
        size_t size = n > arena->block ? n : arena->block;
        block = must(malloc(sizeof *block + size));
        block->size = size;
        block->used = 0;
        block->next = arena->first;
        arena->first = block;
    }
    void *p = block->bytes + block->used;
    block->used += n;
    arena->used += n;
    return p;
}

void *arena_alloc(struct arena *arena, size_t n)
{
    return memset(take(arena, n), 0, n);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) {
        abort();
    }
    return arena_alloc(arena, n);
}

void *arena_grow(struct arena *arena, void *items, size_t n, size_t size)
{
    bool full = n == 0 || (n >= FIRST_ROOM && (n & (n - 1)) == 0);
    if (!full) {
        return items;
    }
    void *larger = arena_array(arena, n ? 2 * n : FIRST_ROOM, size);
    return n ? memcpy(larger, items, n * size) : larger;
}

struct str arena_str(struct arena *arena, struct str s)
{
    char *p = take(arena, s.n + 1);
    if (s.n) {
        memcpy(p, s.p, s.n);
    }
    p[s.n] = '\0';
    return (struct str){ p, s.n };
}

const char *arena_cstr(struct arena *arena, struct str s)
{
    return arena_str(arena, s).p;
}

struct str arena_vprintf(struct arena *arena, const char *format, va_list list)
{
    /* Most texts fit into what the block has left: written there, and taken afterwards. */
    struct block *block = arena->first;
    char *place = block ? block->bytes + block->used : NULL;
    va_list again;
    va_copy(again, list);
    int n = vsnprintf(place, block ? block->size - block->used : 0, format, list);
    if (n < 0) {
        va_end(again);
        return (struct str){ "", 0 };
    }
    char *p = take(arena, (size_t)n + 1);
    if (p != place) {
        (void)vsnprintf(p, (size_t)n + 1, format, again);
    }
    va_end(again);
    return (struct str){ p, (size_t)n };
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    struct str s = arena_vprintf(arena, format, list);
    va_end(list);
    return s;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
