/* Cases in words, for pages and messages (words.c). */
#ifndef CASEWORK_WORDS_H
#define CASEWORK_WORDS_H

#include "casework/casework.h"

struct name case_title(const struct case_row *row); /* its title, else its kind's name */
struct name case_stage_name(const struct case_row *row);
/* "due 2026-03-16, in 3 working days" */
struct name case_due_words(struct arena *arena, const struct city *city, const struct case_row *row, int64_t today);
/* What a line adds to, in words. */
struct name case_measure_name(const struct case_kind *kind, struct str measure);
struct text case_desk_words(unsigned desk);
struct text case_step_words(struct arena *arena, const struct case_row *row, const struct case_step *step);

#endif
