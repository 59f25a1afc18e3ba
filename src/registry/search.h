/* Search over everything that has a name: by name, by code, by the first letters of its pinyin, by its English name.
 * Names are kept in their search form (full width made half, blanks dropped, letters small) beside the initials, in one
 * table that facts_record keeps in step; persons are not in it. */
#ifndef REGISTRY_SEARCH_H
#define REGISTRY_SEARCH_H

#include "registry/facts.h"

struct search_hit {
    enum kind_id kind;
    int64_t subject;
    struct str code;
    struct name name;
    struct str division;
};
/* Best first: code, whole name, name that starts so, initials, name that holds it; then by code. */
bool search_find(struct db *db, struct arena *arena, struct str scope, struct str text, int kind /* -1: all */,
                 size_t most, struct search_hit **out, size_t *n, struct error *error);
/* Pairs of one kind that may be the same: same name in its search form, or names that differ little at one place. */
struct search_pair {
    struct search_hit a, b;
    struct text why;
};
bool search_duplicates(struct db *db, struct arena *arena, const struct kind *kind, struct str scope, size_t most,
                       struct search_pair **out, size_t *n, struct error *error);
/* The first letters of the pinyin of a name ("聊城市第一中学" → "lcsdyzx"). */
struct str search_initials(struct arena *arena, struct str name);

#endif
