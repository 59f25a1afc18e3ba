/* See sqlite_views.h. */
#include "store/sqlite_views.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct view {
    char *name, *sql;
    struct view *next;
};

struct sqlite_views {
    struct view *first;
};

static char *copy(const unsigned char *text)
{
    char *bytes = strdup(text ? (const char *)text : "");
    if (!bytes) {
        abort();
    }
    return bytes;
}

static void take(struct sqlite_views *views, sqlite3_stmt *rows)
{
    struct view *view = malloc(sizeof *view);
    if (!view) {
        abort();
    }
    *view = (struct view){ copy(sqlite3_column_text(rows, 0)), copy(sqlite3_column_text(rows, 1)), views->first };
    views->first = view;
}

struct sqlite_views *sqlite_views_new(sqlite3 *handle, const char *prefix)
{
    static const char sql[] = "select name, sql from sqlite_schema where type = 'view' and substr(name, 1, ?2) = ?1";
    sqlite3_stmt *rows = NULL;
    if (sqlite3_prepare_v2(handle, sql, -1, &rows, NULL) != SQLITE_OK) {
        return NULL;
    }
    struct sqlite_views *views = calloc(1, sizeof *views);
    if (!views) {
        abort();
    }
    (void)sqlite3_bind_text(rows, 1, prefix, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int(rows, 2, (int)strlen(prefix));
    while (sqlite3_step(rows) == SQLITE_ROW) {
        take(views, rows);
    }
    (void)sqlite3_finalize(rows);
    return views;
}

void sqlite_views_free(struct sqlite_views *views)
{
    for (struct view *view = views ? views->first : NULL; view;) {
        struct view *next = view->next;
        free(view->name);
        free(view->sql);
        free(view);
        view = next;
    }
    free(views);
}

static const struct view *named(const struct sqlite_views *views, const char *name)
{
    const struct view *view = name ? views->first : NULL;
    while (view && strcmp(view->name, name) != 0) {
        view = view->next;
    }
    return view;
}

bool sqlite_views_has(const struct sqlite_views *views, const char *name)
{
    return named(views, name) != NULL;
}

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = text; (p = strstr(p, word)); p++) {
        if ((p == text || !is_word_byte(p[-1])) && !is_word_byte(p[n])) {
            return true;
        }
    }
    return false;
}

bool sqlite_views_reads(const struct sqlite_views *views, const char *view, const char *table, const char *column)
{
    const struct view *found = named(views, view);
    return found && table && column && has_word(found->sql, table) && has_word(found->sql, column);
}
