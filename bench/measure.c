/* See measure.h. A counted block has its size in front. */
#include "measure.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double read_clock(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

double wall_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double processor_ms(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double median(double *times, int count)
{
    qsort(times, (size_t)count, sizeof *times, by_time);
    return times[count / 2];
}

void *room(size_t count, size_t size)
{
    void *block = calloc(count + 1, size);
    if (!block) {
        abort();
    }
    return block;
}

enum { FRONT = 16 };

static void *purse_get(void *ctx, size_t bytes)
{
    struct purse *purse = ctx;
    char *block = malloc(bytes + FRONT);
    if (!block) {
        return NULL;
    }
    *(size_t *)(void *)block = bytes;
    purse->held += bytes;
    purse->most = purse->held > purse->most ? purse->held : purse->most;
    return block + FRONT;
}

static void purse_put(void *ctx, void *block)
{
    struct purse *purse = ctx;
    if (block) {
        char *front = (char *)block - FRONT;
        purse->held -= *(size_t *)(void *)front;
        free(front);
    }
}

struct allot_host purse_host(struct purse *purse)
{
    return (struct allot_host){ .get = purse_get, .put = purse_put, .ctx = purse };
}

struct allot_host crew_host(struct crew *crew)
{
    return (struct allot_host){
        .get = crew_get, .put = crew_put, .ctx = crew, .each = crew_each, .workers = crew_size(crew)
    };
}

void keep_memory(void)
{
    (void)mallopt(M_MMAP_MAX, 0);
    (void)mallopt(M_TRIM_THRESHOLD, -1);
}

static void print_number(const char *name, double number)
{
    if (number > 0) {
        printf(",\"%s\":%.4f", name, number);
    }
}

static void print_text(const char *name, const char *text)
{
    if (text) {
        printf(",\"%s\":\"%s\"", name, text);
    }
}

void print_row(const struct row *row)
{
    printf("{\"what\":\"%s\",\"applicants\":%u", row->what, row->applicants);
    print_number("ours_ms", row->ours);
    print_number("shared_ms", row->shared);
    print_number("first_ms", row->first);
    print_text("peer", row->peer);
    print_number("peer_ms", row->peers);
    print_text("verdict", row->verdict);
    print_text("wanted", row->wanted);
    print_text("note", row->note);
    print_number("ratio", row->ratio);
    printf("}\n");
    (void)fflush(stdout);
}
