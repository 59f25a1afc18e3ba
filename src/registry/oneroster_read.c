/* The files of a OneRoster set as they are, and whether they are what the standard says. Each is read by jiaoti-import;
 * here every mistake is told with file, line and column, not the first alone. */
#include "registry/oneroster_inside.h"

#include "base/clock.h"
#include "base/stranger.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const file_names[ROSTER_FILES] = {
    "orgs.csv", "academicSessions.csv", "courses.csv", "classes.csv", "users.csv", "roles.csv", "enrollments.csv"
};

void roster_mistake(struct roster_set *set, const char *file, uint32_t line, struct str column, struct name says)
{
    struct roster_outcome *outcome = set->outcome;
    if (!outcome->mistakes) {
        outcome->mistakes = ARENA_ARRAY(set->arena, struct roster_mistake, ROSTER_MISTAKES_MOST);
    }
    if (outcome->nmistakes < ROSTER_MISTAKES_MOST) {
        outcome->mistakes[outcome->nmistakes++] =
            (struct roster_mistake){ file,
                                     line,
                                     arena_str(set->arena, column),
                                     { arena_str(set->arena, says.zh), arena_str(set->arena, says.en) } };
    }
}

/* ---- Reading one file ---- */

struct taking {
    struct roster_set *set;
    struct roster_read *read;
    bool too_many;
};

static bool take_row(void *context, uint32_t number, const struct str *cells, size_t n)
{
    struct taking *taking = context;
    struct roster_read *read = taking->read;
    struct arena *arena = taking->set->arena;
    if (!read->headings) {
        read->nheadings = n;
        read->headings = ARENA_ARRAY(arena, struct str, n + 1);
        for (size_t i = 0; i < n; i++) {
            read->headings[i] = arena_str(arena, cells[i]);
        }
        return true;
    }
    if (taking->set->rows++ >= ROSTER_ROWS_MOST) {
        taking->too_many = true;
        return false;
    }
    read->rows = arena_grow(arena, read->rows, read->n, sizeof *read->rows);
    struct roster_row *row = &read->rows[read->n++];
    *row = (struct roster_row){ number, ARENA_ARRAY(arena, struct str, read->nheadings + 1) };
    for (size_t i = 0; i < n && i < read->nheadings; i++) {
        row->cells[i] = arena_str(arena, cells[i]);
    }
    return true;
}

/* *there: it is in the folder. */
static bool read_file(struct roster_set *set, const char *name, struct roster_read *read, bool *there,
                      struct error *error)
{
    struct taking taking = { .set = set, .read = read };
    const struct stranger_hooks hooks = { .context = &taking, .row = take_row };
    const char *path = arena_printf(set->arena, "%s/%s", set->import->folder, name).p;
    enum stranger_end end = STRANGER_WHOLE;
    const struct text *problem = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    *there = file >= 0;
    if (file < 0) {
        return true;
    }
    bool good = stranger_read(set->import->program, STRANGER_LARGE, file, &hooks, &end, &problem, error);
    (void)close(file);
    if (good && end == STRANGER_PROBLEM) {
        roster_mistake(set, name, 0, STR(""), (struct name){ str_of(problem->zh), str_of(problem->en) });
    } else if (good && taking.too_many) {
        roster_mistake(set, name, 0, STR(""),
                       (struct name){ STR("所有文件合计超过 400,000 行，请按县或学校分开"),
                                      STR("the files have more than 400,000 rows together; divide them by county or "
                                          "school") });
    }
    return good;
}

/* ---- The manifest ---- */

static bool read_manifest(struct roster_set *set, bool bulk[ROSTER_FILES], struct error *error)
{
    struct roster_read manifest = { 0 };
    bool there = false, version = false;
    if (!read_file(set, "manifest.csv", &manifest, &there, error)) {
        return false;
    }
    if (!there) {
        roster_mistake(set, "manifest.csv", 0, STR(""),
                       (struct name){ STR("文件夹里没有它"), STR("it is not in the folder") });
        return true;
    }
    for (size_t i = 0; i < manifest.n; i++) {
        const struct roster_row *row = &manifest.rows[i];
        struct str name = manifest.nheadings > 1 ? row->cells[0] : STR(""), value = row->cells[1];
        version = version || (str_is(name, "oneroster.version") && str_is(value, "1.2"));
        for (size_t f = 0; f < ROSTER_FILES; f++) {
            if (!str_starts(name, STR("file.")) || !str_is(str_part(name, 5, name.n), ROSTER_TABLES[f].name)) {
                continue;
            }
            bulk[f] = str_is(value, "bulk");
            if (!bulk[f] && !str_is(value, "absent")) {
                roster_mistake(set, "manifest.csv", row->line, STR("value"),
                               (struct name){ STR("这里只接收 bulk 或 absent（不接收 delta）"),
                                              STR("expected bulk or absent; delta is not taken here") });
            }
        }
    }
    if (!version) {
        roster_mistake(set, "manifest.csv", 0, STR("oneroster.version"),
                       (struct name){ STR("应为 1.2"), STR("expected 1.2") });
    }
    return true;
}

/* ---- Rows by sourcedId ---- */

static int by_id(const void *a, const void *b)
{
    const struct roster_row *x = a, *y = b;
    int order = str_cmp(x->cells[0], y->cells[0]);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

const struct roster_row *roster_find(const struct roster_set *set, enum roster_file file, struct str id)
{
    const struct roster_read *read = &set->files[file];
    size_t low = 0, high = read->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(read->rows[middle].cells[0], id);
        if (order == 0) {
            return &read->rows[middle];
        }
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    return NULL;
}

struct str roster_cell_under(const struct roster_set *set, enum roster_file file, const struct roster_row *row,
                             struct str heading)
{
    const struct roster_read *read = &set->files[file];
    for (size_t i = ROSTER_TABLES[file].ncolumns; i < read->nheadings; i++) {
        if (str_eq(read->headings[i], heading)) {
            return row->cells[i];
        }
    }
    return STR("");
}

struct str roster_cell(const struct roster_set *set, enum roster_file file, const struct roster_row *row,
                       const char *column)
{
    int i = roster_column(file, column);
    return i >= 0 && (size_t)i < set->files[file].nheadings ? row->cells[i] : STR("");
}

/* ---- Looking ---- */

/* The standard's columns, in their order; others may follow. */
static bool check_headings(struct roster_set *set, enum roster_file f)
{
    const struct roster_table *table = &ROSTER_TABLES[f];
    const struct roster_read *read = &set->files[f];
    bool good = true;
    for (size_t i = 0; i < table->ncolumns; i++) {
        struct str seen = i < read->nheadings ? read->headings[i] : STR("");
        if (!str_is(seen, table->columns[i].name)) {
            roster_mistake(set, file_names[f], 1, str_of(table->columns[i].name),
                           (struct name){ arena_printf(set->arena, "第 %zu 列应为 %s，而不是“%.*s”", i + 1,
                                                       table->columns[i].name, STR_ARG(seen)),
                                          arena_printf(set->arena, "column %zu must be %s, not '%.*s'", i + 1,
                                                       table->columns[i].name, STR_ARG(seen)) });
            good = false;
        }
    }
    return good;
}

static bool is_word(const char *const *words, struct str cell)
{
    for (; *words; words++) {
        if (str_is(cell, *words)) {
            return true;
        }
    }
    return false;
}

static void check_reference(struct roster_set *set, enum roster_file f, const struct roster_row *row,
                            const struct roster_column *column, struct str cell)
{
    struct str id;
    while (str_split(&cell, column->several ? ',' : '\n', &id)) {
        id = str_trim(id);
        if (!roster_find(set, column->of, id)) {
            roster_mistake(
                set, file_names[f], row->line, str_of(column->name),
                (struct name){
                    arena_printf(set->arena, "%s 里没有“%.*s”", file_names[column->of], STR_ARG(id)),
                    arena_printf(set->arena, "there is no '%.*s' in %s", STR_ARG(id), file_names[column->of]) });
        }
    }
}

static void check_cell(struct roster_set *set, enum roster_file f, const struct roster_row *row, size_t i)
{
    const struct roster_column *column = &ROSTER_TABLES[f].columns[i];
    struct str cell = row->cells[i], name = str_of(column->name);
    size_t n = name.n;
    int64_t day;
    if (cell.n == 0) {
        if (column->required) {
            roster_mistake(set, file_names[f], row->line, name,
                           (struct name){ STR("不能为空"), STR("may not be empty") });
        }
    } else if (column->words && !is_word(column->words, cell)) {
        roster_mistake(set, file_names[f], row->line, name,
                       (struct name){ arena_printf(set->arena, "标准里没有“%.*s”这个词", STR_ARG(cell)),
                                      arena_printf(set->arena, "'%.*s' is no word of the standard", STR_ARG(cell)) });
    } else if (n > 4 && str_is(str_part(name, n - 4, 4), "Date") && !day_parse(cell, &day)) {
        roster_mistake(set, file_names[f], row->line, name,
                       (struct name){ STR("应为日期，如 2026-09-01"), STR("expected a day such as 2026-09-01") });
    } else if (column->of != ROSTER_NONE) {
        check_reference(set, f, row, column, cell);
    }
    if (str_is(name, "status") && str_is(cell, "tobedeleted")) {
        roster_mistake(set, file_names[f], row->line, name,
                       (struct name){ STR("完整导入（bulk）不接收删除标记"),
                                      STR("a bulk set does not say what is to be deleted") });
    }
}

static void check_rows(struct roster_set *set, enum roster_file f)
{
    const struct roster_read *read = &set->files[f];
    for (size_t r = 0; r < read->n; r++) {
        for (size_t i = 0; i < ROSTER_TABLES[f].ncolumns; i++) {
            check_cell(set, f, &read->rows[r], i);
        }
        if (r > 0 && str_eq(read->rows[r].cells[0], read->rows[r - 1].cells[0])) {
            roster_mistake(set, file_names[f], read->rows[r].line, STR("sourcedId"),
                           (struct name){ arena_printf(set->arena, "与第 %u 行相同", read->rows[r - 1].line),
                                          arena_printf(set->arena, "the same as in line %u", read->rows[r - 1].line) });
        }
    }
}

bool roster_read_set(struct roster_set *set, struct error *error)
{
    bool bulk[ROSTER_FILES] = { false }, fit = true;
    if (!read_manifest(set, bulk, error)) {
        return false;
    }
    for (size_t f = 0; f < ROSTER_FILES; f++) {
        struct roster_read *read = &set->files[f];
        if (!bulk[f]) {
            continue; /* absent, whatever lies in the folder */
        }
        if (!read_file(set, file_names[f], read, &read->present, error)) {
            return false;
        }
        if (!read->present) {
            roster_mistake(set, file_names[f], 0, STR(""),
                           (struct name){ STR("manifest.csv 说有这个文件，文件夹里没有"),
                                          STR("manifest.csv has it, the folder has not") });
        } else if (!check_headings(set, (enum roster_file)f)) {
            fit = false;
        }
        if (read->n) {
            qsort(read->rows, read->n, sizeof *read->rows, by_id);
        }
    }
    for (size_t f = 0; fit && f < ROSTER_FILES; f++) {
        check_rows(set, (enum roster_file)f);
    }
    return true;
}
