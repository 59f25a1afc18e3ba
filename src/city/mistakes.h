/* Mistakes in a city's files: where, what is wrong and what was expected, in both languages (an operator reads
 * them in a terminal, a county's officer in the page where the policy is edited). */
#ifndef CITY_MISTAKES_H
#define CITY_MISTAKES_H

#include "base/arena.h"
#include "base/text.h"

#include <stdio.h>

struct city_mistake {
    struct str file;  /* as it was named to the reader: "cities/liaocheng/city.yaml" */
    uint32_t line;    /* from 1; 0: the file as a whole */
    struct text says; /* "unknown key 'adress'; expected 'address'"; the texts live in the list's arena */
};

/* In order of file and line once reading is done. */
struct city_mistakes {
    struct arena *arena; /* owns the list, its files and its texts */
    struct city_mistake *items;
    size_t n;
    size_t size;
};

/* More than this many say nothing new; the last says that there are more. */
enum { CITY_MISTAKES_MAX = 1000 };

struct city_mistakes *city_mistakes_new(void);
/* NULL is accepted. */
void city_mistakes_free(struct city_mistakes *mistakes);

/* Adds one; both formats take the same arguments in the same order. */
void city_mistake_add(struct city_mistakes *mistakes, struct str file, uint32_t line, const char *zh, const char *en,
                      ...) __attribute__((format(printf, 4, 6), format(printf, 5, 6)));
/* By file, then line, then text; equal ones once. */
void city_mistakes_sort(struct city_mistakes *mistakes);
/* A line each: "file:line: what is wrong; expected …". */
void city_mistakes_print(FILE *out, const struct city_mistakes *mistakes, enum lang lang);

#endif
