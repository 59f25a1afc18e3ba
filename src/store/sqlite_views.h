/* Which tables and columns SQLite may read on behalf of views (db_confine). SQLite's authorizer tells of a table's
 * column the innermost FROM item through which it is read, but a name given by WITH looks there like a view. So a read
 * counts as a view's only if there is a view of that name whose own text names the table and the column. */
#ifndef STORE_SQLITE_VIEWS_H
#define STORE_SQLITE_VIEWS_H

#include <sqlite3.h>
#include <stdbool.h>

struct sqlite_views;

/* The views whose name starts with the prefix; NULL: they could not be read. */
struct sqlite_views *sqlite_views_new(sqlite3 *handle, const char *prefix);
/* NULL is accepted. */
void sqlite_views_free(struct sqlite_views *views);
/* Is it one of them? */
bool sqlite_views_has(const struct sqlite_views *views, const char *name);
/* Does the view of that name (NULL: of none) itself read this column of this table? */
bool sqlite_views_reads(const struct sqlite_views *views, const char *view, const char *table, const char *column);

#endif
