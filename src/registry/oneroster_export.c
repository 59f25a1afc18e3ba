/* OneRoster out: see oneroster.h. One pass over the register for each file, a page of facts at a time, so memory stays
 * flat; the ZIP's files are written one after the other. A file without rows is not written (the standard forbids it)
 * and is absent in the manifest. */
#include "registry/exchange_inside.h"
#include "registry/oneroster.h"

#include "base/buf.h"
#include "base/clock.h"

#include <minizip/zip.h>
#include <stdio.h>

enum { COUNTIES_MOST = 64, READ_AT_ONCE = 2000, WRITE_AT_ONCE = 64 * 1024, ROW_BYTES = 256 * 1024 };

struct roster {
    const struct roster_ask *ask;
    struct roster_counts *counts;
    struct db *db;
    struct exchange_check *check; /* its institutions and its vault; any kind will do */
    struct arena *arena;          /* of a page of facts */
    struct arena *whole;
    struct str counties[COUNTIES_MOST]; /* codes that are in orgs.csv */
    size_t ncounties;
    zipFile zip;
    enum roster_file file;
    bool open, bad;
    struct buf text;
};

/* ---- CSV ---- */

/* A field; line ends are not allowed within one and become blanks. */
static void add_field(struct buf *text, struct str field, bool first)
{
    bool quoted = false;
    for (size_t i = 0; i < field.n; i++) {
        quoted = quoted || field.p[i] == ',' || field.p[i] == '"' || field.p[i] == ' ' || field.p[i] == '\n' ||
                 field.p[i] == '\r';
    }
    if (!first) {
        buf_add_char(text, ',');
    }
    if (quoted) {
        buf_add_char(text, '"');
    }
    for (size_t i = 0; i < field.n; i++) {
        char c = field.p[i];
        if (c == '"') {
            buf_add_char(text, '"');
        }
        buf_add_char(text, c == '\n' || c == '\r' ? ' ' : c);
    }
    if (quoted) {
        buf_add_char(text, '"');
    }
}

static void flush(struct roster *roster, size_t from)
{
    if (roster->text.n > from) {
        roster->bad = roster->bad || roster->text.full ||
                      zipWriteInFileInZip(roster->zip, roster->text.p, (unsigned)roster->text.n) != ZIP_OK;
        buf_clear(&roster->text);
    }
}

static void open_file(struct roster *roster, const char *name)
{
    char path[64];
    zip_fileinfo about = { .tmz_date = { .tm_year = 1980, .tm_mday = 1 } };
    (void)snprintf(path, sizeof path, "%s.csv", name);
    roster->bad = roster->bad || zipOpenNewFileInZip(roster->zip, path, &about, NULL, 0, NULL, 0, NULL, Z_DEFLATED,
                                                     Z_DEFAULT_COMPRESSION) != ZIP_OK;
    roster->open = !roster->bad;
}

static void close_file(struct roster *roster)
{
    if (roster->open) {
        flush(roster, 0);
        roster->bad = zipCloseFileInZip(roster->zip) != ZIP_OK || roster->bad;
        roster->open = false;
    }
}

static void add_headings(struct roster *roster)
{
    const struct roster_table *table = &ROSTER_TABLES[roster->file];
    struct roster_own own[ROSTER_OWN_MOST];
    size_t n = roster_own(roster->file, own);
    for (size_t i = 0; i < table->ncolumns; i++) {
        add_field(&roster->text, str_of(table->columns[i].name), i == 0);
    }
    for (size_t i = 0; i < n; i++) {
        add_field(&roster->text, roster_own_name(roster->whole, &own[i]), false);
    }
    buf_add_cstr(&roster->text, "\r\n");
}

/* The fields of a row by name: pairs that end with NULL; then our own columns from the fact (NULL: none). */
struct field_of {
    const char *name;
    struct str value;
};

static void add_row(struct roster *roster, const struct field_of *fields, size_t n, const struct kind *kind,
                    const struct fact *fact)
{
    const struct roster_table *table = &ROSTER_TABLES[roster->file];
    struct roster_own own[ROSTER_OWN_MOST];
    struct str cells[ROSTER_OWN_MOST] = { { NULL, 0 } };
    size_t nown = roster_own(roster->file, own);
    if (!roster->open) {
        open_file(roster, table->name);
        add_headings(roster);
    }
    for (size_t i = 0; i < n; i++) {
        int column = roster_column(roster->file, fields[i].name);
        roster->bad = roster->bad || column < 0;
        cells[column < 0 ? 0 : column] = fields[i].value;
    }
    for (size_t i = 0; i < table->ncolumns; i++) {
        add_field(&roster->text, cells[i], i == 0);
    }
    for (size_t i = 0; i < nown; i++) {
        bool has = fact && own[i].kind == kind;
        struct str cell = STR("");
        if (has && own[i].column == ROSTER_DIVISION) {
            cell = fact->division;
        } else if (has) {
            cell = exchange_cell(roster->arena, &kind->columns[own[i].column], fact->values[own[i].column], LANG_EN);
        }
        add_field(&roster->text, cell, false);
    }
    buf_add_cstr(&roster->text, "\r\n");
    roster->counts->rows[roster->file]++;
    flush(roster, WRITE_AT_ONCE);
}

#define ADD_ROW(roster, kind, fact, ...)                                                                               \
    add_row((roster), (const struct field_of[]){ __VA_ARGS__ },                                                        \
            sizeof(const struct field_of[]){ __VA_ARGS__ } / sizeof(struct field_of), (kind), (fact))

/* ---- What the rows say ---- */

static struct str id_of(struct roster *roster, const char *kind, struct str code)
{
    return arena_printf(roster->arena, "%s-%.*s", kind, STR_ARG(code));
}

static struct str school_of(struct roster *roster, const struct fact *fact)
{
    const struct exchange_institution *institution = exchange_institution_by_id(roster->check, fact->institution);
    return institution ? id_of(roster, "institution", institution->code) : STR("");
}

static struct str day_text(struct roster *roster, int64_t day)
{
    return day && day < DAY_OPEN ? day_format(roster->arena, day) : STR("");
}

/* The school year of the day: from 1 September. */
static int year_of(const struct roster *roster)
{
    int year, month, day;
    day_parts(roster->ask->day, &year, &month, &day);
    return month >= 9 ? year : year - 1;
}

static struct str class_of(struct roster *roster, const struct fact *fact)
{
    const struct kind *kind = &KIND_LIST[KIND_PUPIL];
    const struct exchange_institution *institution = exchange_institution_by_id(roster->check, fact->institution);
    struct str stage = fact_text(kind, fact, "stage");
    int64_t number = fact_int(kind, fact, "class");
    return institution && number
               ? arena_printf(roster->arena, "class-%.*s-%.*s-%lld-%lld", STR_ARG(institution->code), STR_ARG(stage),
                              (long long)fact_int(kind, fact, "entry_year"), (long long)number)
               : STR("");
}

/* How long the family name is: the first character, or the first two of a family name that has two. 0: there is one
 * name alone, which then stands as both (what the standard requires may not be empty). A name in letters is not
 * divided. */
static size_t family_length(struct str name)
{
    static const char *const doubles[] = { "欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容",
                                           "令狐", "夏侯", "司徒", "独孤", "南宫", "端木", "宇文", "长孙", "申屠" };
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        struct str family = str_of(doubles[i]);
        if (str_starts(name, family) && name.n > family.n) {
            return family.n;
        }
    }
    size_t n = 1;
    if (name.n && (unsigned char)name.p[0] < 0x80) {
        return 0;
    }
    while (n < name.n && ((unsigned char)name.p[n] & 0xC0) == 0x80) {
        n++;
    }
    return n < name.n ? n : 0;
}

static const char *role_of(const struct kind *kind, const struct fact *fact)
{
    if (kind->id == KIND_PUPIL) {
        return "student";
    }
    struct str post = fact_text(kind, fact, "post");
    return str_is(post, "head")                                      ? "principal"
           : str_is(post, "teacher") || str_is(post, "form_teacher") ? "teacher"
           : str_is(post, "deputy_head")                             ? "siteAdministrator"
                                                                     : "aide";
}

/* ---- A pass over a kind ---- */

typedef bool add_fact(struct roster *roster, const struct kind *kind, const struct fact *fact, struct error *error);

static bool each_fact(struct roster *roster, enum kind_id id, add_fact *add, struct error *error)
{
    const struct kind *kind = &KIND_LIST[id];
    struct facts_ask page = { .as_of = { roster->ask->day, MOMENT_OPEN },
                              .scope = roster->ask->scope,
                              .institution = roster->ask->institution,
                              .most = READ_AT_ONCE };
    size_t n = READ_AT_ONCE;
    while (n == READ_AT_ONCE) {
        struct fact *facts;
        arena_reset(roster->arena);
        if (!facts_list(roster->db, roster->arena, kind, &page, &facts, &n, error)) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            page.after = facts[i].subject;
            if (!add(roster, kind, &facts[i], error)) {
                return false;
            }
            if (roster->bad) {
                return error_set(error, "the ZIP cannot be written: no room?");
            }
        }
    }
    return true;
}

/* A county is a local authority, the city a district; the standard has no word for townships, which are left out. */
static bool add_division(struct roster *roster, const struct kind *kind, const struct fact *fact, struct error *error)
{
    struct str level = fact_text(kind, fact, "level"), parent = fact_text(kind, fact, "parent");
    (void)error;
    if (!str_is(level, "city") && !str_is(level, "county")) {
        return true;
    }
    if (str_is(level, "county") && roster->ncounties < COUNTIES_MOST) {
        roster->counties[roster->ncounties++] = arena_str(roster->whole, fact->code);
    }
    bool inside = str_starts(parent, roster->ask->scope); /* the org above is in the file too */
    ADD_ROW(roster, NULL, NULL, { "sourcedId", id_of(roster, "division", fact->code) },
            { "name", fact_text(kind, fact, "name_zh") },
            { "type", str_is(level, "city") ? STR("district") : STR("local") }, { "identifier", fact->code },
            { "parentSourcedId",
              parent.n && inside && str_is(level, "county") ? id_of(roster, "division", parent) : STR("") });
    return true;
}

static bool add_institution(struct roster *roster, const struct kind *kind, const struct fact *fact,
                            struct error *error)
{
    (void)error;
    if (roster->ask->institution && fact->subject != roster->ask->institution) {
        return true;
    }
    struct str county = STR("");
    for (size_t i = 0; i < roster->ncounties && !county.n; i++) {
        county =
            str_starts(fact->division, roster->counties[i]) ? id_of(roster, "division", roster->counties[i]) : county;
    }
    ADD_ROW(roster, kind, fact, { "sourcedId", id_of(roster, "institution", fact->code) },
            { "name", fact_text(kind, fact, "name_zh") }, { "type", STR("school") }, { "identifier", fact->code },
            { "parentSourcedId", county });
    return true;
}

static bool add_user(struct roster *roster, const struct kind *kind, const struct fact *fact, struct error *error)
{
    struct exchange_person person = { 0 };
    if (!exchange_person_of(roster->check, roster->db, roster->arena, fact->subject, &person, error)) {
        return false;
    }
    size_t family = family_length(person.name);
    struct str id = id_of(roster, kind->name, fact->code);
    ADD_ROW(roster, kind, fact, { "sourcedId", id }, { "enabledUser", STR("true") }, { "username", id },
            { "userIds", roster->ask->numbers && person.citizen.n
                             ? arena_printf(roster->arena, "{citizen:%.*s}", STR_ARG(person.citizen))
                             : STR("") },
            { "givenName", str_part(person.name, family, person.name.n) },
            { "familyName", family ? str_part(person.name, 0, family) : person.name }, { "identifier", fact->code },
            { "primaryOrgSourcedId", school_of(roster, fact) });
    return true;
}

static bool add_role(struct roster *roster, const struct kind *kind, const struct fact *fact, struct error *error)
{
    struct str school = school_of(roster, fact);
    (void)error;
    if (school.n) {
        ADD_ROW(roster, NULL, NULL,
                { "sourcedId", arena_printf(roster->arena, "role-%s-%.*s", kind->name, STR_ARG(fact->code)) },
                { "userSourcedId", id_of(roster, kind->name, fact->code) }, { "roleType", STR("primary") },
                { "role", str_of(role_of(kind, fact)) }, { "beginDate", day_text(roster, fact->valid_from) },
                { "endDate", fact->valid_until < DAY_OPEN ? day_text(roster, fact->valid_until - 1) : STR("") },
                { "orgSourcedId", school });
    }
    return true;
}

static bool add_enrollment(struct roster *roster, const struct kind *kind, const struct fact *fact, struct error *error)
{
    struct str class = class_of(roster, fact);
    (void)error;
    if (class.n) {
        ADD_ROW(roster, NULL, NULL,
                { "sourcedId", arena_printf(roster->arena, "enrollment-%.*s", STR_ARG(fact->code)) },
                { "classSourcedId", class }, { "schoolSourcedId", school_of(roster, fact) },
                { "userSourcedId", id_of(roster, kind->name, fact->code) }, { "role", STR("student") },
                { "primary", STR("false") });
    }
    return true;
}

/* ---- What is derived: the school year, a course a stage, the classes that pupils are in ---- */

static struct str session_id(struct roster *roster)
{
    return arena_printf(roster->arena, "year-%d", year_of(roster));
}

static void add_session(struct roster *roster)
{
    int year = year_of(roster);
    ADD_ROW(roster, NULL, NULL, { "sourcedId", session_id(roster) },
            { "title", arena_printf(roster->arena, "%d-%d", year, year + 1) }, { "type", STR("schoolYear") },
            { "startDate", arena_printf(roster->arena, "%d-09-01", year) },
            { "endDate", arena_printf(roster->arena, "%d-08-31", year + 1) },
            { "schoolYear", arena_printf(roster->arena, "%d", year + 1) });
}

static struct rows *classes_of(struct roster *roster, struct error *error)
{
    const struct roster_ask *ask = roster->ask;
    return db_query(roster->db, error,
                    "select distinct institution, stage, entry_year, class from pupil_fact where class > 0 and "
                    "institution > 0 and replaced_at = ?1 and valid_from <= ?2 and valid_until > ?2 and "
                    "(?3 = 0 or institution = ?3) and division >= ?4 and division < ?5 order by 1, 2, 3, 4",
                    V_INT(MOMENT_OPEN), V_INT(ask->day), V_INT(ask->institution), V_TEXT(ask->scope),
                    V_TEXT(arena_printf(roster->whole, "%.*s~", STR_ARG(ask->scope))));
}

/* A course belongs to a school, the only org that every export has. */
static bool add_courses_or_classes(struct roster *roster, bool courses, struct error *error)
{
    const struct kind *kind = &KIND_LIST[KIND_PUPIL];
    struct str stages = STR("");
    int64_t school = 0;
    struct rows *rows = classes_of(roster, error);
    while (rows_next(rows)) {
        struct fact fact = { .institution = rows_int(rows, 0) };
        arena_reset(roster->arena);
        struct str stage = rows_text_in(rows, 1, roster->arena);
        int64_t year = rows_int(rows, 2), number = rows_int(rows, 3);
        const struct exchange_institution *institution = exchange_institution_by_id(roster->check, fact.institution);
        fact.values[kind_column(kind, STR("stage"))] = V_TEXT(stage);
        fact.values[kind_column(kind, STR("entry_year"))] = V_INT(year);
        fact.values[kind_column(kind, STR("class"))] = V_INT(number);
        if (!institution) {
            continue;
        }
        struct str course = arena_printf(roster->arena, "course-%.*s-%.*s", STR_ARG(institution->code), STR_ARG(stage));
        bool seen = school == institution->id && str_eq(stages, stage);
        if (courses && !seen) {
            ADD_ROW(roster, NULL, NULL, { "sourcedId", course }, { "schoolYearSourcedId", session_id(roster) },
                    { "title", kind_label(&kind->columns[kind_column(kind, STR("stage"))], stage).zh },
                    { "orgSourcedId", school_of(roster, &fact) });
        } else if (!courses) {
            ADD_ROW(roster, kind, &fact, { "sourcedId", class_of(roster, &fact) },
                    { "title", arena_printf(roster->arena, "%lld级%lld班", (long long)year, (long long)number) },
                    { "courseSourcedId", course }, { "classType", STR("homeroom") },
                    { "schoolSourcedId", school_of(roster, &fact) }, { "termSourcedIds", session_id(roster) });
        }
        school = institution->id;
        stages = arena_str(roster->whole, stage);
    }
    return rows_end(rows, error);
}

static bool add_file(struct roster *roster, enum roster_file file, struct error *error)
{
    roster->file = file;
    switch (file) {
    case ROSTER_ORGS:
        return (roster->ask->institution || each_fact(roster, KIND_DIVISION, add_division, error)) &&
               each_fact(roster, KIND_INSTITUTION, add_institution, error);
    case ROSTER_SESSIONS:
        add_session(roster);
        return true;
    case ROSTER_COURSES:
    case ROSTER_CLASSES:
        return add_courses_or_classes(roster, file == ROSTER_COURSES, error);
    case ROSTER_USERS:
        return each_fact(roster, KIND_STAFF, add_user, error) && each_fact(roster, KIND_PUPIL, add_user, error);
    case ROSTER_ROLES:
        return each_fact(roster, KIND_STAFF, add_role, error) && each_fact(roster, KIND_PUPIL, add_role, error);
    case ROSTER_ENROLLMENTS:
        return each_fact(roster, KIND_PUPIL, add_enrollment, error);
    case ROSTER_FILES:
        break;
    }
    return true;
}

static void add_manifest(struct roster *roster)
{
    open_file(roster, "manifest");
    buf_add_cstr(&roster->text, "propertyName,value\r\nmanifest.version,1.0\r\noneroster.version,1.2\r\n");
    for (size_t i = 0; i < ROSTER_FILES; i++) {
        buf_printf(&roster->text, "file.%s,%s\r\n", ROSTER_TABLES[i].name, roster->counts->rows[i] ? "bulk" : "absent");
    }
    for (size_t i = 0; i < ROSTER_ABSENT_COUNT; i++) {
        buf_printf(&roster->text, "file.%s,absent\r\n", ROSTER_ABSENT[i]);
    }
    buf_add_cstr(&roster->text, "source.systemName,jiaoti\r\nsource.systemCode,jiaoti\r\n");
    close_file(roster);
}

static bool write_files(struct roster *roster, struct error *error)
{
    for (size_t i = 0; i < ROSTER_FILES; i++) {
        bool good = add_file(roster, (enum roster_file)i, error);
        close_file(roster);
        if (!good) {
            return false;
        }
    }
    add_manifest(roster);
    return !roster->bad || error_set(error, "the ZIP cannot be written: no room?");
}

bool oneroster_export(struct db *db, struct vault *vault, const struct roster_ask *ask, int file,
                      struct roster_counts *counts, struct error *error)
{
    char path[64];
    struct exchange_setting setting = { .kind = &KIND_LIST[KIND_PUPIL],
                                        .who = { .level = KEEPER_CITY, .scope = STR("") },
                                        .day = ask->day };
    struct roster roster = {
        .ask = ask, .counts = counts, .db = db, .text = buf_init(WRITE_AT_ONCE + (size_t)4 * ROW_BYTES)
    };
    *counts = (struct roster_counts){ 0 };
    if (!exchange_check_new(&roster.check, db, vault, &setting, error)) {
        return false;
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    roster.arena = arena_new(256 * 1024);
    roster.whole = arena_new(16 * 1024);
    roster.zip = zipOpen(path, APPEND_STATUS_CREATE);
    bool good = roster.zip ? write_files(&roster, error) : error_set(error, "the ZIP cannot be written");
    if (roster.zip && zipClose(roster.zip, NULL) != ZIP_OK && good) {
        good = error_set(error, "the ZIP cannot be written: no room?");
    }
    if (roster.text.p) {
        explicit_bzero(roster.text.p, roster.text.n);
    }
    buf_free(&roster.text);
    arena_free(roster.arena);
    arena_free(roster.whole);
    exchange_check_free(roster.check);
    return good;
}
