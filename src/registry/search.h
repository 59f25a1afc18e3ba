/* Search over everything that has a name: by name, by code, by the first letters of its pinyin, by its English name.
 * Names are kept in their search form (full width made half, blanks dropped, letters small) beside the initials, in one
 * table that facts_record keeps in step; persons are not in it. A thing is found by every name that it has or had. */
#ifndef REGISTRY_SEARCH_H
#define REGISTRY_SEARCH_H

#include "registry/facts.h"

struct search_hit {
    enum kind_id kind;
    int64_t subject;
    struct str code;
    struct name name; /* its name now, though it was found by an older one */
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
/* A name in its search form. */
struct str search_form(struct arena *arena, struct str name);

/* What is typed, as patterns for `like … escape '\'`: the code starts so, the search form is so, starts so, holds it.
 */
struct search_words {
    struct str form, code_starts, starts, holds;
};
struct search_words search_words(struct arena *arena, struct str text);

/* ---- For facts.h: keeping in step, inside a command ---- */

/* Writes the rows of a thing anew from its standing versions. */
bool search_keep(struct writing *writing, const struct kind *kind, int64_t subject, struct error *error);
/* Adds the row of one version, for facts_add. */
bool search_add(struct writing *writing, const struct kind *kind, const struct fact *fact, struct error *error);

#endif
