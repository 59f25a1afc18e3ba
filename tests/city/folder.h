/* Folders of cities for tests: copies of the fixture with a part changed, and what is said of them. */
#ifndef TESTS_CITY_FOLDER_H
#define TESTS_CITY_FOLDER_H

#include "city/city.h"

/* The first `find` in `file` (a path within the folder) becomes `put`; find NULL: put is the whole text; put NULL: the
 * file is taken away. */
struct patch {
    const char *file;
    const char *find;
    const char *put;
};

/* The bytes of a file in the arena; fails the test when it cannot be read. */
struct str file_text(struct arena *arena, const char *folder, const char *file);
void put_file(struct arena *arena, const char *folder, const char *file, struct str text);

/* A copy of the fixture with the patches, in a new folder below /tmp. */
const char *patched_folder(struct arena *arena, const struct patch *patches, size_t n);
void remove_folder(struct arena *arena, const char *folder);

/* What city_mistakes_print says, with the folder's name left out. */
struct str said(struct arena *arena, const struct city_mistakes *mistakes, const char *folder, enum lang lang);

/* A city that must have no mistake; city_free. */
struct city *whole_city(const char *folder);

#endif
