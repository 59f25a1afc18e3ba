/* Writing facts: see facts.h. A row is inserted, and of an old row the end of its recording is set, once. Every
 * recording of a transaction has the same moment (writing_moment), which is later than whatever anybody has read. */
#include "base/clock.h"
#include "registry/facts_sql.h"
#include "registry/project.h"
#include "registry/search.h"
#include "store/vault.h"

static struct value column_value(const struct column *column, struct value value)
{
    if (column_is_number(column)) {
        return V_INT(value.kind == VALUE_INT ? value.integer : 0);
    }
    return V_TEXT(value.kind == VALUE_TEXT ? value.bytes : STR(""));
}

static bool insert(struct writing *writing, const struct kind *kind, const struct fact *fact, struct error *error)
{
    struct value values[FACT_COMMON + KIND_COLUMNS_MOST];
    size_t n = 0;
    values[n++] = V_INT(fact->subject);
    values[n++] = V_TEXT(fact->code);
    values[n++] = V_INT(fact->valid_from);
    values[n++] = V_INT(fact->valid_until);
    values[n++] = V_INT(fact->recorded_at);
    values[n++] = V_INT(fact->replaced_at);
    values[n++] = V_INT(fact->change);
    values[n++] = V_TEXT(fact->division);
    values[n++] = V_INT(fact->institution);
    for (size_t i = 0; i < kind->ncolumns; i++) {
        values[n++] = column_value(&kind->columns[i], fact->values[i]);
    }
    return db_run_values(writing->db, error, kind_sql(kind)->insert, values, n);
}

/* ---- Subjects ---- */

bool facts_subject(struct writing *writing, const struct kind *kind, struct str code, int64_t *subject,
                   struct error *error)
{
    if (kind->names_persons) {
        return error_set(error, "%s %.*s is not known: who it is comes first", kind->name, STR_ARG(code));
    }
    if (kind->id == KIND_INSTITUTION) {
        return project_new(writing, code, subject, error);
    }
    return writing_id(writing, kind_sql(kind)->last_subject, subject, error);
}

static bool subject_of(struct writing *writing, const struct kind *kind, struct fact *fact, struct error *error)
{
    bool found = fact->subject != 0;
    if (!found && !facts_subject_of(writing->db, kind, fact->code, &fact->subject, &found, error)) {
        return false;
    }
    if (!found && kind->id == KIND_INSTITUTION &&
        !db_one_int(writing->db, error, &fact->subject, &found, "select id from institution where code = ?1",
                    V_TEXT(fact->code))) {
        return false; /* a school that enrolment knew before the register did */
    }
    return found || facts_subject(writing, kind, fact->code, &fact->subject, error);
}

/* Brings a fact into its whole form: open end, subject, an institution's own number. */
static bool complete(struct writing *writing, const struct kind *kind, struct fact *fact, struct error *error)
{
    if (fact->valid_until == 0) {
        fact->valid_until = DAY_OPEN;
    }
    if (fact->code.n == 0 || fact->division.n == 0) {
        return error_set(error, "a fact about %s lacks %s", kind->name, fact->code.n ? "its division" : "its code");
    }
    if (fact->valid_from >= fact->valid_until || fact->valid_until > DAY_OPEN) {
        return error_set(error, "%s %.*s: the days of validity are no span", kind->name, STR_ARG(fact->code));
    }
    if (!subject_of(writing, kind, fact, error)) {
        return false;
    }
    if (kind->id == KIND_INSTITUTION) {
        fact->institution = fact->subject;
    }
    return true;
}

/* ---- Recording ---- */

/* Is all that the fact says known already? */
static bool is_known(const struct kind *kind, const struct versions *standing, const struct fact *fact)
{
    int64_t covered = fact->valid_from;
    for (size_t i = 0; i < standing->n; i++) {
        const struct fact *version = &standing->items[i];
        if (version->valid_from > covered || !fact_same(kind, version, fact)) {
            return false;
        }
        covered = version->valid_until;
    }
    return covered >= fact->valid_until;
}

/* Ends the recording of a version. */
static bool replace(struct writing *writing, const struct kind *kind, int64_t id, int64_t moment, int64_t change,
                    struct error *error)
{
    return db_run(writing->db, error, kind_sql(kind)->replace, V_INT(moment), V_INT(change), V_INT(id));
}

/* Records a version again for a part of its days, if that is a part. */
static bool insert_part(struct writing *writing, const struct kind *kind, const struct fact *version, int64_t from,
                        int64_t until, int64_t moment, int64_t change, struct error *error)
{
    struct fact part = *version;
    if (from >= until) {
        return true;
    }
    part.valid_from = from;
    part.valid_until = until;
    part.recorded_at = moment;
    part.replaced_at = MOMENT_OPEN;
    part.change = change;
    return insert(writing, kind, &part, error);
}

/* Takes the span out of what stands: what holds before and after it is recorded again. */
static bool clear_span(struct writing *writing, const struct kind *kind, const struct versions *standing, int64_t from,
                       int64_t until, int64_t moment, int64_t change, struct error *error)
{
    for (size_t i = 0; i < standing->n; i++) {
        const struct fact *version = &standing->items[i];
        if (!replace(writing, kind, version->id, moment, change, error) ||
            !insert_part(writing, kind, version, version->valid_from, from, moment, change, error) ||
            !insert_part(writing, kind, version, until, version->valid_until, moment, change, error)) {
            return false;
        }
    }
    return true;
}

/* What stands beside the facts: the names that are searched, the picture of today. */
static bool keep_in_step(struct writing *writing, const struct kind *kind, int64_t subject, struct error *error)
{
    return (!kind->name_from || search_keep(writing, kind, subject, error)) &&
           (kind->id != KIND_INSTITUTION || project_one(writing, subject, day_of_ms(writing->now), error));
}

bool facts_record(struct writing *writing, const struct kind *kind, const struct fact *fact, int64_t change,
                  bool *changed, struct error *error)
{
    struct fact made = *fact;
    struct versions standing;
    *changed = false;
    if (!complete(writing, kind, &made, error)) {
        return false;
    }
    /* asked together, read one after the other: one round trip on PostgreSQL */
    struct rows *others =
        db_query(writing->db, error, kind_sql(kind)->other_of_code, V_TEXT(made.code), V_INT(made.subject));
    bool ok = others && facts_standing(writing->db, writing->arena, kind, made.subject, made.valid_from,
                                       made.valid_until, &standing, error);
    struct error failure;
    bool another = rows_next(others);
    if (!rows_end(others, ok ? error : &failure) || !ok) {
        return false;
    }
    if (another) {
        return error_set(error, "%s %.*s is the code of another one", kind->name, STR_ARG(made.code));
    }
    if (is_known(kind, &standing, &made)) {
        return true;
    }
    made.replaced_at = MOMENT_OPEN;
    made.change = change;
    *changed = true;
    return writing_moment(writing, &made.recorded_at, error) &&
           clear_span(writing, kind, &standing, made.valid_from, made.valid_until, made.recorded_at, change, error) &&
           insert(writing, kind, &made, error) && keep_in_step(writing, kind, made.subject, error);
}

bool facts_end(struct writing *writing, const struct kind *kind, int64_t subject, int64_t day, int64_t change,
               struct error *error)
{
    struct versions standing;
    int64_t moment = 0;
    if (!facts_standing(writing->db, writing->arena, kind, subject, day, DAY_OPEN, &standing, error)) {
        return false;
    }
    return standing.n == 0 || (writing_moment(writing, &moment, error) &&
                               clear_span(writing, kind, &standing, day, DAY_OPEN, moment, change, error) &&
                               keep_in_step(writing, kind, subject, error));
}

bool facts_add(struct writing *writing, const struct kind *kind, const struct fact *fact, int64_t change,
               struct error *error)
{
    struct fact made = *fact;
    made.change = change;
    if (!made.replaced_at) {
        made.replaced_at = MOMENT_OPEN;
    }
    return complete(writing, kind, &made, error) &&
           (made.recorded_at || writing_moment(writing, &made.recorded_at, error)) &&
           insert(writing, kind, &made, error) && (!kind->name_from || search_add(writing, kind, &made, error));
}

bool facts_known(struct db *db, struct arena *arena, const struct kind *kind, const struct fact *fact, bool *known,
                 struct error *error)
{
    struct fact asked = *fact;
    struct versions standing;
    bool found = asked.subject != 0;
    *known = false;
    if (!asked.valid_until) {
        asked.valid_until = DAY_OPEN;
    }
    if (!found && !facts_subject_of(db, kind, asked.code, &asked.subject, &found, error)) {
        return false;
    }
    if (kind->id == KIND_INSTITUTION) {
        asked.institution = asked.subject;
    }
    if (!found) {
        return true;
    }
    if (!facts_standing(db, arena, kind, asked.subject, asked.valid_from, asked.valid_until, &standing, error)) {
        return false;
    }
    *known = is_known(kind, &standing, &asked);
    return true;
}

/* ---- Taking back ---- */

/* By whole tables, not row by row: an import of a million pupils is taken back like the change of one name. */

static bool is_over(struct db *db, struct arena *arena, const struct kind *kind, int64_t change, bool *over,
                    struct error *error)
{
    const struct kind_sql *sql = kind_sql(kind);
    struct str code = STR("");
    if (!db_one_text(db, error, arena, &code, over, sql->over_made, V_INT(change)) ||
        (!*over && !db_one_text(db, error, arena, &code, over, sql->over_replaced, V_INT(change)))) {
        return false;
    }
    if (*over) {
        (void)error_set(error, "%s %.*s was changed again since", kind->name, STR_ARG(code));
    }
    return true;
}

bool facts_undo_fits(struct db *db, struct arena *arena, int64_t change, bool *overtaken, struct error *error)
{
    *overtaken = false;
    for (size_t i = 0; i < KINDS && !*overtaken; i++) {
        if (!is_over(db, arena, &KIND_LIST[i], change, overtaken, error)) {
            return false;
        }
    }
    return true;
}

/* What stands beside the facts, of all things that the change touched. */
static bool all_in_step(struct writing *writing, const struct kind *kind, int64_t change, struct error *error)
{
    int64_t *subjects = NULL;
    size_t n = 0;
    if (!kind->name_from) {
        return true;
    }
    struct rows *rows = db_query(writing->db, error, kind_sql(kind)->touched, V_INT(change));
    while (rows_next(rows)) {
        subjects = arena_grow(writing->arena, subjects, n, sizeof *subjects);
        subjects[n++] = rows_int(rows, 0);
    }
    bool ok = rows_end(rows, error);
    for (size_t i = 0; i < n && ok; i++) {
        ok = keep_in_step(writing, kind, subjects[i], error);
    }
    return ok;
}

bool facts_undo(struct writing *writing, int64_t change, int64_t by, struct error *error)
{
    int64_t moment = 0;
    bool over = false;
    if (!facts_undo_fits(writing->db, writing->arena, change, &over, error) || over ||
        !writing_moment(writing, &moment, error)) {
        return false;
    }
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind_sql *sql = kind_sql(&KIND_LIST[i]);
        if (!db_run(writing->db, error, sql->take, V_INT(change), V_INT(moment), V_INT(by)) ||
            !db_run(writing->db, error, sql->restore, V_INT(change), V_INT(moment), V_INT(by)) ||
            !all_in_step(writing, &KIND_LIST[i], change, error)) {
            return false;
        }
    }
    return true;
}

/* ---- Persons ---- */

bool facts_person_hashed(struct writing *writing, struct vault *vault, struct str citizen, struct str hash,
                         struct str name, struct str sex, int64_t birth_day, int64_t *person, struct error *error)
{
    struct str citizen_sealed, name_sealed;
    return vault_seal(vault, writing->arena, "person.citizen", citizen, &citizen_sealed, error) &&
           vault_seal(vault, writing->arena, "person.name", name, &name_sealed, error) &&
           writing_id(writing, "select coalesce(max(id), 0) from person", person, error) &&
           db_run(writing->db, error,
                  "insert into person (id, citizen_hash, citizen_sealed, name_sealed, sex, birth_day) values "
                  "(?1, ?2, ?3, ?4, ?5, ?6)",
                  V_INT(*person), V_BLOB(hash), V_BLOB(citizen_sealed), V_BLOB(name_sealed), V_TEXT(sex),
                  V_INT(birth_day));
}

bool facts_person_add(struct writing *writing, struct vault *vault, struct str citizen, struct str name, struct str sex,
                      int64_t birth_day, int64_t *person, struct error *error)
{
    return facts_person_hashed(writing, vault, citizen, vault_hash_in(vault, writing->arena, "citizen", citizen), name,
                               sex, birth_day, person, error);
}

bool facts_person_find(struct db *db, struct arena *arena, struct vault *vault, struct str citizen, int64_t *person,
                       bool *found, struct error *error)
{
    *person = 0;
    return db_one_int(db, error, person, found, "select id from person where citizen_hash = ?1",
                      V_BLOB(vault_hash_in(vault, arena, "citizen", citizen)));
}

bool facts_person_name(struct db *db, struct arena *arena, struct vault *vault, int64_t person, struct str *name,
                       struct error *error)
{
    struct str sealed = { NULL, 0 };
    bool found = false;
    *name = STR("");
    return db_one_blob(db, error, arena, &sealed, &found, "select name_sealed from person where id = ?1",
                       V_INT(person)) &&
           (!found || vault_unseal(vault, arena, "person.name", sealed, name, error));
}

bool facts_person(struct writing *writing, struct vault *vault, struct str citizen, struct str name, struct str sex,
                  int64_t birth_day, int64_t *person, struct error *error)
{
    bool found = false;
    struct str hash = vault_hash_in(vault, writing->arena, "citizen", citizen);
    if (!db_one_int(writing->db, error, person, &found, "select id from person where citizen_hash = ?1",
                    V_BLOB(hash))) {
        return false;
    }
    return found || facts_person_hashed(writing, vault, citizen, hash, name, sex, birth_day, person, error);
}
