/* OneRoster in: what a set of files says of institutions, staff and pupils, as rows of the exchange (exchange.h), which
 * knows what is new, changed, the same or wrong.
 *
 * All of it runs in one transaction that is rolled back when something is wrong or when only a look was asked for: so a
 * pupil of a school that the same files bring is right, and what is shown is what would be recorded. */
#include "registry/exchange_inside.h"
#include "registry/oneroster_inside.h"

#include <stdlib.h>
#include <string.h>

const enum kind_id ROSTER_KIND_OF[ROSTER_KINDS] = { KIND_INSTITUTION, KIND_STAFF, KIND_PUPIL };

/* A row of users.csv with what other files say of it; a row of orgs.csv alone. */
struct subject_row {
    const struct roster_row *row, *role, *class; /* NULL: there is none */
};

struct kind_rows {
    const struct kind *kind;
    enum roster_file file; /* of its rows */
    struct str headings[EXCHANGE_COLUMNS_MOST];
    size_t nheadings;
    struct subject_row *rows;
    size_t n;
};

struct importing {
    struct roster_set set;
    struct kind_rows kinds[ROSTER_KINDS];
    const struct roster_row **roles, **enrollments; /* by userSourcedId */
    size_t nroles, nenrollments;
    bool numbers; /* the set has citizen numbers */
};

/* ---- Joining the files ---- */

static int by_user(const void *a, const void *b, void *context)
{
    const enum roster_file *file = context;
    const struct roster_row *const *x = a, *const *y = b;
    int at = roster_column(*file, "userSourcedId");
    int order = str_cmp((*x)->cells[at], (*y)->cells[at]);
    return order ? order : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

static const struct roster_row **index_users(struct importing *importing, enum roster_file file, size_t *n)
{
    const struct roster_read *read = &importing->set.files[file];
    const struct roster_row **out = ARENA_ARRAY(importing->set.arena, const struct roster_row *, read->n + 1);
    for (size_t i = 0; i < read->n; i++) {
        out[i] = &read->rows[i];
    }
    *n = read->n;
    qsort_r(out, read->n, sizeof *out, by_user, &file);
    return out;
}

/* The user's row whose column has the word, else its first; NULL: it has none. */
static const struct roster_row *of_user(const struct importing *importing, enum roster_file file,
                                        const struct roster_row **rows, size_t n, struct str user, const char *column,
                                        const char *word)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_cmp(roster_cell(&importing->set, file, rows[middle], "userSourcedId"), user) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const struct roster_row *found = NULL;
    for (; low < n && str_eq(roster_cell(&importing->set, file, rows[low], "userSourcedId"), user); low++) {
        if (!found || str_is(roster_cell(&importing->set, file, rows[low], column), word)) {
            found = rows[low];
            if (str_is(roster_cell(&importing->set, file, found, column), word)) {
                break;
            }
        }
    }
    return found;
}

static void add_subject(struct kind_rows *rows, struct subject_row row)
{
    rows->rows[rows->n++] = row;
}

static void join_users(struct importing *importing)
{
    struct roster_set *set = &importing->set;
    const struct roster_read *users = &set->files[ROSTER_USERS];
    for (size_t i = 0; i < users->n; i++) {
        const struct roster_row *user = &users->rows[i];
        struct str id = user->cells[0];
        const struct roster_row *role =
            of_user(importing, ROSTER_ROLES, importing->roles, importing->nroles, id, "roleType", "primary");
        if (!role) {
            roster_mistake(set, "users.csv", user->line, STR("sourcedId"),
                           (struct name){ STR("roles.csv 里没有他的角色"), STR("roles.csv has no role of this user") });
            continue;
        }
        struct str word = roster_cell(set, ROSTER_ROLES, role, "role");
        if (str_is(word, "parent") || str_is(word, "guardian") || str_is(word, "relative")) {
            continue; /* families are no part of the register */
        }
        const struct roster_row *enrollment = of_user(importing, ROSTER_ENROLLMENTS, importing->enrollments,
                                                      importing->nenrollments, id, "role", "student");
        const struct roster_row *class =
            enrollment
                ? roster_find(set, ROSTER_CLASSES, roster_cell(set, ROSTER_ENROLLMENTS, enrollment, "classSourcedId"))
                : NULL;
        bool student = str_is(word, "student");
        add_subject(&importing->kinds[student ? 2 : 1], (struct subject_row){ user, role, student ? class : NULL });
        importing->numbers =
            importing->numbers || str_starts(roster_cell(set, ROSTER_USERS, user, "userIds"), STR("{citizen:"));
    }
}

static void join_orgs(struct importing *importing)
{
    const struct roster_read *orgs = &importing->set.files[ROSTER_ORGS];
    for (size_t i = 0; i < orgs->n; i++) {
        if (str_is(roster_cell(&importing->set, ROSTER_ORGS, &orgs->rows[i], "type"), "school")) {
            add_subject(&importing->kinds[0], (struct subject_row){ &orgs->rows[i], NULL, NULL });
        }
    }
}

/* ---- A row of the exchange ---- */

static struct str own_heading(struct arena *arena, const struct kind *kind, struct str column)
{
    return arena_printf(arena, "metadata.jiaoti.%s.%.*s", kind->name, STR_ARG(column));
}

static bool file_has(const struct roster_read *read, struct str heading)
{
    for (size_t i = 0; i < read->nheadings; i++) {
        if (str_eq(read->headings[i], heading)) {
            return true;
        }
    }
    return false;
}

/* A column that the files cannot say stays as it is: it has no heading. */
static bool is_said(struct importing *importing, const struct kind_rows *rows, const struct exchange_column *column)
{
    const struct roster_read *files = importing->set.files;
    struct str heading = own_heading(importing->set.arena, rows->kind, str_of(column->column->name));
    switch (column->role) {
    case EXCHANGE_CODE:
    case EXCHANGE_NAME:
        return true;
    case EXCHANGE_CITIZEN:
        return importing->numbers;
    case EXCHANGE_INSTITUTION:
        return rows->file == ROSTER_USERS;
    case EXCHANGE_FIELD:
        return str_is(str_of(column->column->name), "name_zh") || file_has(&files[rows->file], heading) ||
               (rows->kind->id == KIND_PUPIL && file_has(&files[ROSTER_CLASSES], heading));
    case EXCHANGE_DIVISION:
        return file_has(&files[rows->file], heading);
    default:
        return false; /* sex and birth come with the number; days of roles are told, not read */
    }
}

static void choose_headings(struct importing *importing, struct kind_rows *rows)
{
    struct exchange_column columns[EXCHANGE_COLUMNS_MOST];
    size_t n = exchange_columns(rows->kind, columns);
    for (size_t i = 0; i < n; i++) {
        if (is_said(importing, rows, &columns[i])) {
            rows->headings[rows->nheadings++] = str_of(columns[i].column->name);
        }
    }
}

static struct str code_of(const struct importing *importing, enum roster_file file, const struct roster_row *row)
{
    struct str code = row ? roster_cell(&importing->set, file, row, "identifier") : STR("");
    return code.n || !row ? code : row->cells[0];
}

static struct str person_name(struct arena *arena, struct str family, struct str given)
{
    bool letters = (family.n && (unsigned char)family.p[0] < 0x80) || (given.n && (unsigned char)given.p[0] < 0x80);
    if (str_eq(family, given)) {
        return family;
    }
    return letters && given.n && given.p[0] != ' ' && (unsigned char)family.p[0] < 0x80
               ? arena_printf(arena, "%.*s %.*s", STR_ARG(given), STR_ARG(family))
               : arena_printf(arena, "%.*s%.*s", STR_ARG(family), STR_ARG(given));
}

static struct str citizen_of(struct str ids)
{
    struct str rest = str_part(ids, 9, ids.n);
    return str_starts(ids, STR("{citizen:")) ? str_part(rest, 0, str_find(rest, '}')) : STR("");
}

/* The cell under a heading, and where it stands in the files, for a mistake. */
struct said {
    struct str cell;
    const char *file;
    uint32_t line;
    struct str column;
};

static struct said say(struct importing *importing, const struct kind_rows *rows, const struct subject_row *subject,
                       struct str heading)
{
    struct roster_set *set = &importing->set;
    const struct roster_row *row = subject->row;
    struct str own = own_heading(set->arena, rows->kind, heading);
    bool org = rows->file == ROSTER_ORGS;
    const char *file = org ? "orgs.csv" : "users.csv";
    if (str_is(heading, "code")) {
        return (struct said){ code_of(importing, rows->file, row), file, row->line, STR("identifier") };
    }
    if (org && str_is(heading, "name_zh")) {
        return (struct said){ roster_cell(set, ROSTER_ORGS, row, "name"), file, row->line, STR("name") };
    }
    if (!org && str_is(heading, "name")) {
        struct str name = person_name(set->arena, roster_cell(set, ROSTER_USERS, row, "familyName"),
                                      roster_cell(set, ROSTER_USERS, row, "givenName"));
        return (struct said){ name, file, row->line, STR("familyName") };
    }
    if (str_is(heading, "citizen")) {
        return (struct said){ citizen_of(roster_cell(set, ROSTER_USERS, row, "userIds")), file, row->line,
                              STR("userIds") };
    }
    if (!org && str_is(heading, "institution")) {
        const struct roster_row *school =
            roster_find(set, ROSTER_ORGS, roster_cell(set, ROSTER_ROLES, subject->role, "orgSourcedId"));
        return (struct said){ code_of(importing, ROSTER_ORGS, school), "roles.csv", subject->role->line,
                              STR("orgSourcedId") };
    }
    struct str of_class = subject->class ? roster_cell_under(set, ROSTER_CLASSES, subject->class, own) : STR("");
    if (of_class.n) {
        return (struct said){ of_class, "classes.csv", subject->class->line, own };
    }
    return (struct said){ roster_cell_under(set, rows->file, row, own), file, row->line, own };
}

/* ---- Checking and recording ---- */

static void tell(struct importing *importing, const struct kind_rows *rows, const struct exchange_row *row,
                 const struct subject_row *subject)
{
    for (size_t m = 0; m < row->nmistakes; m++) {
        const struct exchange_mistake *mistake = &row->mistakes[m];
        struct str heading = mistake->column ? rows->headings[mistake->column - 1] : STR("code");
        struct said said = say(importing, rows, subject, heading);
        roster_mistake(&importing->set, said.file, said.line, said.column, mistake->says);
    }
}

static bool run_batch(struct importing *importing, size_t k, struct exchange_check *check, struct writing *writing,
                      struct exchange_row *batch, size_t first, size_t n, struct error *error)
{
    const struct kind_rows *rows = &importing->kinds[k];
    struct roster_outcome *outcome = importing->set.outcome;
    if (!exchange_check_rows(check, writing->db, writing->arena, batch, n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        outcome->of[k][batch[i].state]++;
        tell(importing, rows, &batch[i], &rows->rows[first + i]);
        bool changes = batch[i].state == EXCHANGE_NEW || batch[i].state == EXCHANGE_CHANGED;
        if (changes && !exchange_write(writing, rows->kind, &batch[i], outcome->change, error)) {
            return false;
        }
    }
    return true;
}

static bool run_kind(struct importing *importing, size_t k, struct writing *writing, struct exchange_check *check,
                     struct error *error)
{
    struct kind_rows *rows = &importing->kinds[k];
    struct writing own = *writing;
    struct exchange_row batch[EXCHANGE_BATCH];
    struct exchange_mistake *mistakes;
    size_t nmistakes, n = 0;
    bool good = true;
    own.arena = arena_new(256 * 1024);
    check->nobody = false; /* it records on the way */
    if (!exchange_check_headings(check, importing->set.arena, 1, rows->headings, rows->nheadings, &mistakes,
                                 &nmistakes)) {
        good = error_set(error, "the columns of %s are not known", rows->kind->name);
    }
    for (size_t i = 0; good && i < rows->n; i++) {
        struct str *cells = ARENA_ARRAY(own.arena, struct str, rows->nheadings);
        for (size_t c = 0; c < rows->nheadings; c++) {
            cells[c] = say(importing, rows, &rows->rows[i], rows->headings[c]).cell;
        }
        batch[n++] = (struct exchange_row){ .number = (uint32_t)i + 2, .cells = cells, .ncells = rows->nheadings };
        if (n == EXCHANGE_BATCH || i + 1 == rows->n) {
            good = run_batch(importing, k, check, &own, batch, i + 1 - n, n, error);
            arena_reset(own.arena);
            n = 0;
        }
    }
    arena_free(own.arena);
    return good && exchange_check_absent(check, writing->db, &importing->set.outcome->absent[k], error);
}

static bool run_all(struct importing *importing, struct writing *writing, struct error *error)
{
    const struct roster_import *import = importing->set.import;
    const struct keeper_of city = { .level = KEEPER_CITY, .scope = STR(""), .role = "" };
    if (!change_made(writing, NULL, STR("import"), STR(""), 0, import->note, STR("OneRoster"),
                     &importing->set.outcome->change, error)) {
        return false;
    }
    for (size_t k = 0; k < ROSTER_KINDS; k++) {
        struct exchange_setting setting = { importing->kinds[k].kind, city, import->day };
        struct exchange_check *check = NULL;
        if (importing->kinds[k].n == 0) {
            continue;
        }
        bool good = exchange_check_new(&check, writing->db, import->vault, &setting, error) &&
                    run_kind(importing, k, writing, check, error);
        exchange_check_free(check);
        if (!good) {
            return false;
        }
    }
    return true;
}

static bool run(struct importing *importing, bool look_only, struct error *error)
{
    const struct roster_import *import = importing->set.import;
    struct roster_outcome *outcome = importing->set.outcome;
    struct writing *writing = NULL;
    if (!writing_open(&writing, import->store, import->vault, error)) {
        return false;
    }
    bool good = writing_begin(writing, error) && run_all(importing, writing, error);
    int64_t moved = 0;
    for (size_t k = 0; k < ROSTER_KINDS; k++) {
        moved += outcome->of[k][EXCHANGE_NEW] + outcome->of[k][EXCHANGE_CHANGED];
    }
    if (!good || look_only || outcome->nmistakes || !moved) {
        writing_rollback(writing);
        outcome->change = 0;
    } else {
        good = writing_commit(writing, error);
    }
    writing_close(writing);
    return good;
}

bool oneroster_import(const struct roster_import *import, struct arena *arena, struct roster_outcome *outcome,
                      struct error *error)
{
    static const enum roster_file files[ROSTER_KINDS] = { ROSTER_ORGS, ROSTER_USERS, ROSTER_USERS };
    struct importing *importing = ARENA_NEW(arena, struct importing);
    *outcome = (struct roster_outcome){ 0 };
    importing->set = (struct roster_set){ .import = import, .outcome = outcome, .arena = arena };
    if (!roster_read_set(&importing->set, error)) {
        return false;
    }
    if (outcome->nmistakes) {
        return true;
    }
    for (size_t k = 0; k < ROSTER_KINDS; k++) {
        importing->kinds[k].kind = &KIND_LIST[ROSTER_KIND_OF[k]];
        importing->kinds[k].file = files[k];
        importing->kinds[k].rows = ARENA_ARRAY(arena, struct subject_row, importing->set.files[files[k]].n + 1);
    }
    importing->roles = index_users(importing, ROSTER_ROLES, &importing->nroles);
    importing->enrollments = index_users(importing, ROSTER_ENROLLMENTS, &importing->nenrollments);
    join_orgs(importing);
    join_users(importing);
    for (size_t k = 0; k < ROSTER_KINDS; k++) {
        choose_headings(importing, &importing->kinds[k]);
    }
    return run(importing, import->look_only, error);
}
