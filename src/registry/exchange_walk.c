/* Looking at what was read: see exchange_keep.h. */
#include "registry/exchange_inside.h"
#include "registry/exchange_keep.h"

#include "base/cell.h"
#include "base/limits.h"
#include "registry/exchange_sheet.h"
#include "store/vault.h"

enum { GAP_MOST = 1000 };

/* One walk under way. */
struct walking {
    struct db *db;
    struct exchange_check *check;
    const struct exchange_walk *walk;
    struct exchange_counts *counts;
    struct arena *arena;        /* of the caller */
    struct arena *part, *batch; /* of a part's cells, of a batch */
    struct exchange_row rows[EXCHANGE_BATCH];
    size_t n;
    bool found; /* the line of headings */
    bool stopped;
    struct exchange_mistake **mistakes;
    size_t *nmistakes;
};

static struct str unescaped(char *p, size_t n)
{
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        if (c == '\\' && i + 1 < n) {
            c = p[++i];
            c = (char)(c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c);
        }
        p[to++] = c;
    }
    return (struct str){ p, to };
}

static bool check_batch(struct walking *walking, struct error *error)
{
    const struct exchange_walk *walk = walking->walk;
    if (walking->n == 0) {
        return true;
    }
    arena_reset(walking->batch);
    if (!exchange_check_rows(walking->check, walking->db, walking->batch, walking->rows, walking->n, error)) {
        return false;
    }
    for (size_t i = 0; i < walking->n; i++) {
        walking->counts->rows++;
        walking->counts->of[walking->rows[i].state]++;
    }
    bool good = !walk->rows || walk->rows(walk->context, walking->check, walking->rows, walking->n, error);
    walking->n = 0;
    return good;
}

static bool take_line(struct walking *walking, struct str line, struct error *error)
{
    const struct exchange_walk *walk = walking->walk;
    struct str part, *cells = ARENA_ARRAY(walking->part, struct str, LIMIT_SHEET_COLUMNS + 1);
    int64_t number = 0;
    size_t n = 0;
    (void)str_split(&line, '\t', &part);
    (void)str_to_int(part, 0, UINT32_MAX, &number);
    /* str_split ends at a last empty cell; there is none, for rows end with a cell that holds something. */
    while (n < LIMIT_SHEET_COLUMNS && str_split(&line, '\t', &part)) {
        cells[n++] = unescaped((char *)(uintptr_t)part.p, part.n);
    }
    if (!walking->found) {
        walking->found = exchange_check_headings(walking->check, walking->arena, (uint32_t)number, cells, n,
                                                 walking->mistakes, walking->nmistakes);
        return !walk->line || walk->line(walk->context, (uint32_t)number, cells, n, walking->found) ||
               error_set(error, "the lines were not wanted");
    }
    walking->rows[walking->n++] = (struct exchange_row){ .number = (uint32_t)number, .cells = cells, .ncells = n };
    return walking->n < EXCHANGE_BATCH || check_batch(walking, error);
}

static bool take_part(struct walking *walking, struct str text, struct error *error)
{
    struct str line;
    while (str_split(&text, '\n', &line)) {
        if (line.n && !take_line(walking, line, error)) {
            return false;
        }
    }
    return check_batch(walking, error);
}

static bool walk_parts(struct walking *walking, struct vault *vault, int64_t import, struct error *error)
{
    for (int64_t part = 0;; part++) {
        struct str sealed, text;
        bool found = false;
        arena_reset(walking->part);
        if (!db_one_blob(walking->db, error, walking->part, &sealed, &found,
                         "select cells_sealed from register_import_part where import = ?1 and part = ?2", V_INT(import),
                         V_INT(part))) {
            return false;
        }
        if (!found) {
            return true;
        }
        if (!vault_unseal(vault, walking->part, "import.cells", sealed, &text, error) ||
            !take_part(walking, text, error)) {
            return false;
        }
    }
}

bool exchange_walk(struct db *db, struct vault *vault, struct arena *arena, const struct exchange_import *import,
                   const struct keeper_of *who, const struct exchange_walk *walk, struct exchange_counts *counts,
                   struct exchange_mistake **mistakes, size_t *nmistakes, struct error *error)
{
    struct exchange_setting setting = { import->kind, *who, import->day };
    struct walking *walking = ARENA_NEW(arena, struct walking);
    *counts = (struct exchange_counts){ 0 };
    *walking = (struct walking){
        .db = db, .walk = walk, .counts = counts, .arena = arena, .mistakes = mistakes, .nmistakes = nmistakes
    };
    *mistakes = NULL;
    *nmistakes = 0;
    if (!exchange_check_new(&walking->check, db, vault, &setting, error)) {
        return false;
    }
    walking->check->nobody = false; /* who walks may record on the way */
    walking->part = arena_new(256 * 1024);
    walking->batch = arena_new(256 * 1024);
    bool good = walk_parts(walking, vault, import->id, error) &&
                exchange_check_absent(walking->check, db, &counts->absent, error);
    counts->of[EXCHANGE_BAD] += (int64_t)*nmistakes; /* a mistake of the headings spoils the whole */
    arena_free(walking->part);
    arena_free(walking->batch);
    exchange_check_free(walking->check);
    return good;
}

/* ---- The file with its mistakes ---- */

struct erring {
    struct sheet *sheet;
    struct arena *arena;
    enum lang lang;
    size_t width;  /* of the headings: the mistakes stand behind them */
    uint32_t last; /* row written */
};

static void write_line(struct erring *erring, uint32_t number, const struct str *cells, size_t n, struct str says,
                       bool mistake)
{
    struct sheet_cell out[LIMIT_SHEET_COLUMNS + 1];
    size_t to = 0, least = says.n ? erring->width : 0;
    for (; erring->last + 1 < number && number - erring->last < GAP_MOST; erring->last++) {
        sheet_row(erring->sheet, NULL, 0); /* an empty row, so that numbers stay */
    }
    erring->last = number;
    for (size_t i = 0; i < n || to < least; i++) {
        if (to == erring->width && says.n) {
            out[to++] = (struct sheet_cell){ mistake ? SHEET_MARK : SHEET_TEXT, says, 0 };
        }
        out[to++] = (struct sheet_cell){ SHEET_TEXT, i < n ? cell_unguarded(cells[i]) : STR(""), 0 };
    }
    if (says.n && to <= erring->width) {
        out[to++] = (struct sheet_cell){ mistake ? SHEET_MARK : SHEET_TEXT, says, 0 };
    }
    sheet_row(erring->sheet, out, to);
}

static bool error_line(void *context, uint32_t number, const struct str *cells, size_t n, bool headings)
{
    struct erring *erring = context;
    if (headings) {
        erring->width = n;
    }
    write_line(erring, number, cells, n, headings ? str_of(text_in(T("问题", "Problem"), erring->lang)) : STR(""),
               false);
    return true;
}

static struct str all_that_is_wrong(struct arena *arena, const struct exchange_row *row, enum lang lang)
{
    struct str all = STR("");
    for (size_t i = 0; i < row->nmistakes; i++) {
        const struct exchange_mistake *m = &row->mistakes[i];
        struct str heading = name_in(m->heading, lang);
        all = arena_printf(arena, "%.*s%s%.*s%s%.*s", STR_ARG(all), all.n ? "\n" : "", STR_ARG(heading),
                           heading.n ? (lang == LANG_EN ? ": " : "：") : "", STR_ARG(name_in(m->says, lang)));
    }
    return all;
}

static bool error_rows(void *context, struct exchange_check *check, struct exchange_row *rows, size_t n,
                       struct error *error)
{
    struct erring *erring = context;
    (void)check;
    (void)error;
    arena_reset(erring->arena);
    for (size_t i = 0; i < n; i++) {
        struct str says =
            rows[i].state == EXCHANGE_BAD ? all_that_is_wrong(erring->arena, &rows[i], erring->lang) : STR("");
        write_line(erring, rows[i].number, rows[i].cells, rows[i].ncells, says, true);
    }
    return true;
}

bool exchange_errors(struct db *db, struct vault *vault, const struct exchange_import *import,
                     const struct keeper_of *who, enum exchange_format format, enum lang lang, FILE *out,
                     struct error *error)
{
    struct erring erring = { .lang = lang };
    struct exchange_counts counts;
    struct exchange_mistake *mistakes;
    size_t n;
    if (!sheet_open(&erring.sheet, format, import->kind->many, lang, NULL, 0, 0, out, error)) {
        return false;
    }
    const struct exchange_walk walk = { &erring, error_line, error_rows };
    struct arena *arena = arena_new(0);
    erring.arena = arena_new(0);
    bool good = exchange_walk(db, vault, arena, import, who, &walk, &counts, &mistakes, &n, error);
    arena_free(erring.arena);
    arena_free(arena);
    return sheet_close(erring.sheet, good, error);
}
