/* Names for what does not exist. Each carries a mark that it is a sample (示, 例, 演), so nobody real is meant.
 * All answers live in the arena. */
#ifndef DEMO_NAMES_H
#define DEMO_NAMES_H

#include "base/arena.h"
#include "base/text.h"

/* How many different ones there are; the number-th name, below that. */
size_t names_villages(void);
size_t names_estates(void);
struct name name_village(struct arena *arena, size_t number);
struct name name_estate(struct arena *arena, size_t number);
struct str name_road(struct arena *arena, size_t number);

size_t names_surnames(void);
/* surname ‖ mark ‖ given; all reduced to what there is. */
struct str name_person(struct arena *arena, size_t surname, size_t given);
size_t names_given(void);
struct str name_employer(struct arena *arena, size_t number);

/* 1 → 一, 23 → 二十三; below 100. */
struct str name_number(struct arena *arena, unsigned number);
/* A township's name without the word for its kind (街道, 镇, 乡, 办事处). */
struct name name_place(struct arena *arena, struct name division);

#endif
