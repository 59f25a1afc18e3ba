/* Between cases.c, cases_stages.c and checklists.c. */
#ifndef CITY_CASES_INSIDE_H
#define CITY_CASES_INSIDE_H

#include "city/cases.h"
#include "city/parts.h"

/* [{id, name}, …]; each id once. */
void case_words_read(struct reading *reading, yaml_value *node, const char *what, size_t most, struct case_word **words,
                     size_t *nwords);
bool case_desk_read(struct reading *reading, yaml_value *node, const char *what, unsigned *out);
void case_desks_read(struct reading *reading, yaml_value *node, const char *what, unsigned *out);
bool case_field_read(struct reading *reading, yaml_value *node, const struct case_kind *kind, const char *what,
                     size_t *out);
void case_asks_read(struct reading *reading, yaml_value *node, const struct case_kind *kind, size_t *asks, size_t *n);
/* After the fields. */
void case_stages_read(struct reading *reading, yaml_value *node, struct case_kind *kind);

folder_item checklist_read;

#endif
