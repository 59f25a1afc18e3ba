/* Reads checklists/ID.yaml (cases.h), and the folders in which every file is an item. */
#include "city/cases_inside.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static void read_item(struct reading *reading, yaml_value *node, struct checklist *list, struct str *ids)
{
    static const struct key keys[] = {
        { "id", false }, { "group", false }, { "name", false }, { "hint", true }, { "major", true }
    };
    struct checklist_item *item = &list->items[list->nitems];
    yaml_value *v[5];
    if (!read_map(reading, node, "items", keys, 5, v)) {
        return;
    }
    if (read_id(reading, v[0], "id", &item->id)) {
        (void)id_is_new(reading, v[0], ids, list->nitems, item->id);
    }
    if (read_id(reading, v[1], "group", &item->group)) {
        size_t g = 0;
        while (g < list->ngroups && !str_eq(list->groups[g].id, item->group)) {
            g++;
        }
        if (g == list->ngroups) {
            mistake_at(reading, v[1], "group 是“%.*s”；应为 groups 中的一个", "group is '%.*s'; expected one of groups",
                       STR_ARG(item->group));
        }
    }
    (void)read_name(reading, v[2], "name", &item->name);
    if (v[3]) {
        (void)read_name(reading, v[3], "hint", &item->hint);
    }
    if (v[4]) {
        (void)read_bool(reading, v[4], "major", &item->major);
    }
    ids[list->nitems++] = item->id;
}

void checklist_read(struct reading *reading, yaml_value *root, struct str id, void *out)
{
    static const struct key keys[] = {
        { "name", false }, { "finding", true }, { "groups", false }, { "items", false }
    };
    struct checklist *list = out;
    yaml_value *v[4], **items;
    struct str ids[CHECKLIST_ITEMS_MAX];
    size_t n = 0;
    list->id = id;
    if (!read_map(reading, root, "the checklist", keys, 4, v)) {
        return;
    }
    (void)read_name(reading, v[0], "name", &list->name);
    if (v[1]) {
        (void)read_id(reading, v[1], "finding", &list->finding);
    }
    case_words_read(reading, v[2], "groups", CHECKLIST_ITEMS_MAX, &list->groups, &list->ngroups);
    (void)read_list(reading, v[3], "items", 1, CHECKLIST_ITEMS_MAX, &items, &n);
    list->items = ARENA_ARRAY(reading->arena, struct checklist_item, n);
    for (size_t i = 0; i < n; i++) {
        read_item(reading, items[i], list, ids);
    }
    /* The list as answers must name it: its items in their order (FNV-1a). */
    uint64_t digest = 1469598103934665603u;
    for (size_t i = 0; i < list->nitems; i++) {
        for (size_t k = 0; k <= list->items[i].id.n; k++) {
            unsigned char c = k < list->items[i].id.n ? (unsigned char)list->items[i].id.p[k] : '\n';
            digest = (digest ^ c) * 1099511628211u;
        }
    }
    list->digest = (int64_t)(digest >> 1);
}

static bool id_of_file(struct str name, struct str *id)
{
    struct str ending = STR(".yaml");
    bool good = name.n > ending.n && str_eq(str_part(name, name.n - ending.n, ending.n), ending);
    *id = good ? str_part(name, 0, name.n - ending.n) : STR("");
    for (size_t i = 0; i < id->n; i++) {
        char c = id->p[i];
        good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
    }
    return good;
}

static void *read_one(struct arena *arena, struct str path, struct str id, size_t size, folder_item *read,
                      struct city_mistakes *mistakes)
{
    struct arena *scratch = arena_new(0);
    struct str text;
    void *item = arena_alloc(arena, size);
    memset(item, 0, size);
    if (read_file(scratch, path.p, mistakes, &text)) {
        struct reading reading = { 0 };
        yaml_value *root = reading_open(&reading, arena, path, text, mistakes);
        if (root) {
            read(&reading, root, arena_str(arena, id), item);
        }
        reading_close(&reading);
    }
    arena_free(scratch);
    return item;
}

void folder_read(struct arena *arena, struct str folder, const char *part, size_t size, folder_item *read,
                 void ***items, size_t *n, struct city_mistakes *mistakes)
{
    struct dirent **entries;
    const char *path = arena_printf(arena, "%.*s/%s", STR_ARG(folder), part).p;
    int count = scandir(path, &entries, NULL, alphasort);
    *n = 0;
    *items = ARENA_ARRAY(arena, void *, (size_t)(count > 0 ? count : 0) + 1);
    for (int i = 0; i < count; i++) {
        struct str id, file = arena_printf(arena, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] == '.') {
            /* not ours */
        } else if (!id_of_file(str_of(entries[i]->d_name), &id)) {
            city_mistake_add(mistakes, file, 0, "文件名应为小写字母、数字和下划线加 .yaml%.0s",
                             "the name of the file: expected small letters, digits and _ with .yaml%.0s", "");
        } else {
            (*items)[(*n)++] = read_one(arena, file, id, size, read, mistakes);
        }
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
}
