/* What all measuring programs of allot need: clocks, medians, memory that is counted, rows of the table. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "allot/allot.h"
#include "base/crew.h"

/* The wall's time, and the processor's of all threads; milliseconds. */
double wall_ms(void);
double processor_ms(void);

/* Sorts the times; of an even number the later one of the two. */
double median(double *times, int count);

/* Zeroed; ends the program when there is none. */
void *room(size_t count, size_t size);

/* Memory that a library asks for, counted: what it holds, and the most that it held. */
struct purse {
    size_t held, most;
};
struct allot_host purse_host(struct purse *purse);

/* A host of several threads. */
struct allot_host crew_host(struct crew *crew);

/* Blocks that are given back stay with the process, so that all runs but the first meet warm memory. */
void keep_memory(void);

/* One row, as a line of JSON. What is NULL or 0 is left out. */
struct row {
    const char *what;
    uint32_t applicants;
    double ours;   /* milliseconds, one worker */
    double shared; /* the same with several workers */
    double first;  /* the first run, with memory that the process did not have yet */
    const char *peer;
    double peers;
    const char *verdict; /* same, proved; differs, unproved: a failure */
    const char *wanted;  /* an absolute figure: told, not judged */
    const char *note;
    double ratio; /* where it is not that of the times */
};
void print_row(const struct row *row);

#define ROW(...) print_row(&(struct row){ __VA_ARGS__ })

#endif
