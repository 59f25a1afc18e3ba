/* Imports of any length: see exchange_keep.h. The file is read twice by jiaoti-import. The first time every row is
 * checked against the register, and nothing is written; so a register's file with a mistake costs no more than the
 * reading. (Where it seems to name something twice, that reading is repeated to say in which rows: exchange_inside.h.)
 * The second time the rows are checked again, with what is recorded by then, and recorded in groups, each a
 * commit. A run that ends in the middle leaves whole groups of one change behind: a second import goes on where it
 * stopped, for what is in is the same, and undoing the change takes all of it back. */
#include "registry/exchange_inside.h"
#include "registry/exchange_keep.h"

#include "base/clock.h"
#include "base/stranger.h"

#include <unistd.h>

enum {
    GROUP_ROWS = 8192,
    PLANNER_FACTOR = 4,
    PROGRESS_EVERY_US = 500000,
    HEADINGS_WITHIN = 30,
    CELLS_ARENA = 256 * 1024
};

struct pass {
    const struct exchange_large *large;
    struct exchange_outcome *outcome;
    struct arena *arena; /* of the outcome */
    struct exchange_check *check;
    struct exchange_seen *seen; /* kept from reading to reading */
    struct db *db;
    struct writing *writing; /* of the second pass */
    struct arena *cells, *batch;
    struct exchange_row rows[EXCHANGE_BATCH];
    size_t n;
    struct exchange_counts counts;
    int64_t bytes, told_at, in_group, told_planner;
    uint32_t above;
    bool found, done, failed, stopped; /* the headings; the page that has them */
    struct error error;
};

static void keep_mistakes(struct pass *pass, const struct exchange_mistake *mistakes, size_t n)
{
    struct exchange_outcome *outcome = pass->outcome;
    for (size_t i = 0; i < n && outcome->nmistakes < IMPORT_MISTAKES_MOST && !pass->writing; i++) {
        if (!outcome->mistakes) {
            outcome->mistakes = ARENA_ARRAY(pass->arena, struct exchange_mistake, IMPORT_MISTAKES_MOST);
        }
        struct exchange_mistake *m = &outcome->mistakes[outcome->nmistakes++];
        *m = mistakes[i];
        m->says.zh = arena_str(pass->arena, m->says.zh);
        m->says.en = arena_str(pass->arena, m->says.en);
    }
}

/* PostgreSQL looks a batch up by reading the whole table as long as it believes the table to be as small as it was at
 * the beginning: it is told when the table has grown. */
static bool tell_the_planner(struct pass *pass)
{
    if (db_engine(pass->db) != ENGINE_POSTGRES || pass->outcome->applied < pass->told_planner * PLANNER_FACTOR) {
        return true;
    }
    pass->told_planner = pass->outcome->applied;
    struct str sql = arena_printf(pass->batch, "analyze person; analyze %s;", pass->large->kind->table);
    return db_script(pass->db, sql.p, &pass->error);
}

static bool commit_group(struct pass *pass)
{
    pass->in_group = 0;
    if (!tell_the_planner(pass)) {
        return false;
    }
    return writing_commit(pass->writing, &pass->error) && writing_begin(pass->writing, &pass->error);
}

static bool record_batch(struct pass *pass)
{
    struct writing own = *pass->writing;
    own.arena = pass->batch;
    for (size_t i = 0; i < pass->n; i++) {
        const struct exchange_row *row = &pass->rows[i];
        if (row->state == EXCHANGE_NEW || row->state == EXCHANGE_CHANGED) {
            if (!exchange_write(&own, pass->large->kind, row, pass->outcome->change, &pass->error)) {
                return false;
            }
            pass->outcome->applied++;
            pass->in_group++;
        }
    }
    return pass->in_group < GROUP_ROWS || commit_group(pass);
}

static bool tell(struct pass *pass)
{
    int64_t now = clock_monotonic_us();
    const struct exchange_large *large = pass->large;
    if (large->progress && now - pass->told_at > PROGRESS_EVERY_US) {
        pass->told_at = now;
        pass->stopped = !large->progress(large->context, pass->writing != NULL, pass->counts.rows, pass->bytes);
    }
    return !pass->stopped;
}

/* What is checked, and in the second pass recorded. */
static bool take_batch(struct pass *pass)
{
    if (pass->n == 0) {
        return true;
    }
    bool good = exchange_check_rows(pass->check, pass->db, pass->batch, pass->rows, pass->n, &pass->error);
    for (size_t i = 0; good && i < pass->n; i++) {
        pass->counts.rows++;
        pass->counts.of[pass->rows[i].state]++;
        keep_mistakes(pass, pass->rows[i].mistakes, pass->rows[i].nmistakes);
    }
    good = good && (!pass->writing || record_batch(pass));
    pass->failed = !good;
    pass->n = 0;
    arena_reset(pass->cells);
    arena_reset(pass->batch);
    return good && tell(pass);
}

/* Of a workbook the page with the headings counts. */
static bool take_sheet(void *context, struct str name)
{
    struct pass *pass = context;
    (void)name;
    pass->done = pass->found;
    pass->above = 0;
    return true;
}

static bool take_row(void *context, uint32_t number, const struct str *cells, size_t n)
{
    struct pass *pass = context;
    if (pass->done || pass->above > HEADINGS_WITHIN) {
        return true;
    }
    if (!pass->found) {
        struct exchange_mistake *mistakes;
        size_t nmistakes = 0;
        pass->found = exchange_check_headings(pass->check, pass->arena, number, cells, n, &mistakes, &nmistakes);
        keep_mistakes(pass, mistakes, nmistakes);
        pass->counts.of[EXCHANGE_BAD] += (int64_t)nmistakes;
        pass->above++;
        return true;
    }
    struct str *own = ARENA_ARRAY(pass->cells, struct str, n);
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        bytes += cells[i].n;
    }
    char *to = arena_alloc(pass->cells, bytes);
    for (size_t i = 0; i < n; i++) {
        memcpy(to, cells[i].p, cells[i].n);
        own[i] = (struct str){ to, cells[i].n };
        to += cells[i].n;
    }
    pass->rows[pass->n++] = (struct exchange_row){ .number = number, .cells = own, .ncells = n };
    return pass->n < EXCHANGE_BATCH || take_batch(pass);
}

static bool take_at(void *context, int64_t bytes)
{
    struct pass *pass = context;
    pass->bytes = bytes;
    return true;
}

/* Reads the file once. */
static bool run_pass(struct pass *pass, const struct exchange_setting *setting, struct error *error)
{
    static const struct text no_headings =
        T("没有找到标题行：至少要有代码一列和另外一列", "No line of headings was found: it needs the column of codes "
                                                        "and one more");
    const struct exchange_large *large = pass->large;
    const struct stranger_hooks hooks = { .context = pass, .sheet = take_sheet, .row = take_row, .at = take_at };
    enum stranger_end end = STRANGER_PROBLEM;
    const struct text *problem = NULL;
    if (lseek(large->file, 0, SEEK_SET) != 0) {
        return error_set(error, "the file cannot be read twice: give a regular file");
    }
    if (!exchange_check_new(&pass->check, pass->db, large->vault, setting, error)) {
        return false;
    }
    pass->check->nobody = pass->check->nobody && !pass->writing;
    pass->check->seen = *pass->seen;
    pass->cells = arena_new(CELLS_ARENA);
    pass->batch = arena_new(CELLS_ARENA);
    struct exchange_points points = { .kind = large->kind, .given = large->frame, .context = pass, .row = take_row };
    const struct stranger_hooks of_points = exchange_points_hooks(&points);
    bool good = (!large->map || exchange_points_begin(&points, &pass->error)) &&
                stranger_read(large->program, large->map ? STRANGER_MAP : STRANGER_LARGE, large->file,
                              large->map ? &of_points : &hooks, &end, &problem, &pass->error) &&
                !pass->failed && (end != STRANGER_WHOLE || take_batch(pass) || pass->stopped);
    if (good && !pass->stopped && !pass->writing) {
        pass->outcome->problem = end == STRANGER_PROBLEM ? problem
                                 : points.no_frame       ? &exchange_no_frame
                                 : !pass->found          ? &no_headings
                                                         : NULL;
        good =
            pass->outcome->problem || exchange_check_absent(pass->check, pass->db, &pass->counts.absent, &pass->error);
    } else if (good && !pass->stopped && end != STRANGER_WHOLE) {
        good = error_set(&pass->error, "the file was changed while it was read");
    }
    *pass->seen = pass->check->seen;
    pass->check->seen = (struct exchange_seen){ SEEN_ALL };
    if (good && pass->seen->strange) {
        good = error_set(&pass->error, "the file was changed while it was read");
    }
    if (large->map) {
        exchange_points_end(&points);
    }
    arena_free(pass->cells);
    arena_free(pass->batch);
    exchange_check_free(pass->check);
    return good || error_set(error, "%s", pass->error.message);
}

static bool look_once(const struct exchange_large *large, struct arena *arena, const struct exchange_setting *setting,
                      struct exchange_seen *seen, struct exchange_outcome *outcome, struct error *error)
{
    struct pass *pass = ARENA_NEW(arena, struct pass);
    *outcome = (struct exchange_outcome){ 0 };
    *pass = (struct pass){ .large = large, .outcome = outcome, .arena = arena, .seen = seen };
    if (!db_open(&pass->db, large->store, DB_READ, error)) {
        return false;
    }
    bool good = run_pass(pass, setting, error);
    db_close(pass->db);
    outcome->counts = pass->counts;
    outcome->stopped = pass->stopped;
    return good;
}

static bool look(const struct exchange_large *large, struct arena *arena, const struct exchange_setting *setting,
                 struct exchange_seen *seen, struct exchange_outcome *outcome, struct error *error)
{
    if (!look_once(large, arena, setting, seen, outcome, error)) {
        return false;
    }
    exchange_seen_again(seen);
    if (seen->nsuspects == 0 || outcome->problem || outcome->stopped) {
        return true;
    }
    bool good = look_once(large, arena, setting, seen, outcome, error);
    exchange_seen_again(seen);
    return good;
}

static bool record(const struct exchange_large *large, struct arena *arena, const struct exchange_setting *setting,
                   struct exchange_seen *seen, struct exchange_outcome *outcome, struct error *error)
{
    struct pass *pass = ARENA_NEW(arena, struct pass);
    *pass = (struct pass){ .large = large, .outcome = outcome, .arena = arena, .seen = seen };
    struct str note = large->note.n ? large->note : arena_printf(arena, "import: %s", large->kind->name);
    if (!writing_open(&pass->writing, large->store, large->vault, error)) {
        return false;
    }
    pass->db = pass->writing->db;
    bool good = writing_begin(pass->writing, error) &&
                change_made(pass->writing, &setting->who, STR("import"), setting->who.scope, 0, note, STR(""),
                            &outcome->change, error) &&
                run_pass(pass, setting, error) && writing_commit(pass->writing, error);
    writing_close(pass->writing);
    outcome->stopped = pass->stopped;
    return good;
}

bool exchange_large_run(const struct exchange_large *large, struct arena *arena, struct exchange_outcome *outcome,
                        struct error *error)
{
    struct exchange_setting setting = { .kind = large->kind,
                                        .day = large->day,
                                        .who = { .level = KEEPER_CITY, .scope = STR(""), .role = "" } };
    struct exchange_import as_import = { .kind = large->kind, .bad_share = large->bad_share };
    struct exchange_seen seen = { SEEN_SIEVE };
    bool good = look(large, arena, &setting, &seen, outcome, error);
    if (good && !outcome->problem && !outcome->stopped) {
        outcome->refused = exchange_import_refused(&as_import, &outcome->counts);
        bool changes = outcome->counts.of[EXCHANGE_NEW] + outcome->counts.of[EXCHANGE_CHANGED] > 0;
        good =
            outcome->refused || large->look_only || !changes || record(large, arena, &setting, &seen, outcome, error);
    }
    exchange_seen_free(&seen);
    return good;
}
