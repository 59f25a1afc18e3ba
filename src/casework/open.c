/* A case is opened: by hand, by the program, or as the finding of another. */
#include "casework/inside.h"
#include "casework/sealed.h"

#include "base/clock.h"

static bool refuse(struct case_open *open, enum case_result result)
{
    open->result = result;
    return true;
}

static bool may_open(const struct case_open *open)
{
    const struct case_who *who = &open->who;
    unsigned desks = who->desks & open->kind->opens;
    bool program = who->account == 0 && who->desks == 0;
    bool scoped = who->scope.n > 0 && str_starts(open->division, who->scope);
    if (program || (desks & (DESK_FAMILY | DESK_PUBLIC))) {
        return true;
    }
    if ((desks & (DESK_SCHOOL | DESK_VOCATIONAL | DESK_ENTERPRISE)) && who->institution > 0 &&
        (open->kind->under.n || open->institution == who->institution || open->institution == 0)) {
        return true;
    }
    /* Of an inspector the page has asked whether the institution is one of its own; here its county counts. */
    return (desks & (DESK_COUNTY | DESK_CITY | DESK_INSPECTOR)) && scoped;
}

/* Under its parent, of which it takes institution and division; each institution has one open under it, and so has each
 * application. */
static bool hang(struct writing *writing, struct case_open *open, enum case_result *result, struct error *error)
{
    const struct case_kind *kind = open->kind;
    struct case_row above;
    int64_t own = 0;
    bool found = false;
    if (kind->under.n == 0) {
        if (kind->subject == CASE_OF_APPLICATION &&
            !db_one_int(writing->db, error, &own, NULL,
                        "select count(*) from case_file where kind = ?1 and subject = ?2 and closed_at is null",
                        V_TEXT(kind->id), V_TEXT(open->subject))) {
            return false;
        }
        *result = own ? CASE_HAS_ONE : *result;
        return true;
    }
    if (!case_one(writing->db, writing->arena, open->city, open->parent, &above, &found, error) ||
        !db_one_int(writing->db, error, &own, NULL,
                    "select count(*) from case_file where parent = ?1 and kind = ?2 and closed_at is null and "
                    "opener_institution = ?3",
                    V_INT(open->parent), V_TEXT(kind->id), V_INT(open->who.institution))) {
        return false;
    }
    *result = !found || !str_eq(above.kind_id, kind->under)                                      ? CASE_NOT_YOURS
              : above.closed_at || above.paused_at || !str_eq(above.stage_id, kind->under_stage) ? CASE_NOT_NOW
              : own                                                                              ? CASE_HAS_ONE
                                                                                                 : CASE_DONE;
    open->institution = above.institution;
    open->division = above.division;
    return true;
}

static bool bar(struct writing *writing, const struct case_open *open, struct error *error)
{
    for (size_t i = 0; i < open->nbarred; i++) {
        if (!db_run(writing->db, error,
                    "insert into case_barred (case_file, account) values (?1, ?2) on conflict do nothing",
                    V_INT(open->id), V_INT(open->barred[i]))) {
            return false;
        }
    }
    return true;
}

/* "ZG-2026-000123" */
static bool next_number(struct writing *writing, const struct case_kind *kind, int64_t at, struct str *number,
                        struct error *error)
{
    int year, month, day;
    int64_t last = 0;
    day_parts(day_of_ms(at), &year, &month, &day);
    if (!db_one_int(writing->db, error, &last, NULL,
                    "insert into case_number (prefix, year, last) values (?1, ?2, 1) on conflict (prefix, year) do "
                    "update set last = case_number.last + 1 returning last",
                    V_TEXT(kind->prefix), V_INT(year))) {
        return false;
    }
    *number = arena_printf(writing->arena, "%.*s-%d-%06lld", STR_ARG(kind->prefix), year, (long long)last);
    return true;
}

static bool known_before(struct writing *writing, struct case_open *open, bool *known, struct error *error)
{
    *known = false;
    if (open->client_key.n == 0) {
        return true;
    }
    struct rows *rows = db_query(writing->db, error, "select id, number from case_file where client_key = ?1",
                                 V_TEXT(open->client_key));
    if (rows_next(rows)) {
        *known = true;
        open->id = rows_int(rows, 0);
        open->number = rows_text_in(rows, 1, writing->arena);
    }
    return rows_end(rows, error);
}

static bool insert(struct writing *writing, const struct case_open *open, const struct case_terms *terms, int64_t at,
                   struct str severity, struct error *error)
{
    const struct case_stage *stage = &open->kind->stages[0];
    const struct case_who *who = &open->who;
    return db_run(
        writing->db, error,
        "insert into case_file (id, kind, number, division, institution, subject, title, stage, desk, holder, opener, "
        "opener_institution, opened_at, stage_from, term, due, look_on, severity, item, parent, open_from, changed_at, "
        "client_key, confidential) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
        "?18, ?19, ?20, ?21, ?22, ?23, ?24)",
        V_INT(open->id), V_TEXT(open->kind->id), V_TEXT(open->number), V_TEXT(open->division),
        V_IF(open->institution > 0, V_INT(open->institution)), V_TEXT(open->subject),
        V_TEXT(open->kind->confidential ? STR("") : open->title), V_TEXT(stage->id), V_INT(stage->desk),
        V_IF(open->holder > 0, V_INT(open->holder)), V_IF(who->account > 0, V_INT(who->account)),
        V_IF(who->institution > 0, V_INT(who->institution)), V_INT(at), V_INT(day_of_ms(at)), V_INT(terms->term),
        V_IF(terms->due > 0, V_INT(terms->due)), V_IF(terms->look_on > 0, V_INT(terms->look_on)), V_TEXT(severity),
        V_TEXT(open->item), V_IF(open->parent > 0, V_INT(open->parent)),
        V_IF(stage->open && open->kind->public, V_INT(at)), V_INT(at),
        V_IF(open->client_key.n > 0, V_TEXT(open->client_key)), V_INT(open->kind->confidential));
}

/* The values that stand beside what the form asked: the list of a theme, given by the program. */
static bool add_given(struct writing *writing, const struct case_open *open, int64_t step, struct error *error)
{
    for (size_t i = 0; i < open->nvalues; i++) {
        size_t field = case_field(open->kind, open->values[i].field);
        bool asked = field == SIZE_MAX;
        for (size_t k = 0; k < open->kind->nasks; k++) {
            asked = asked || open->kind->asks[k] == field;
        }
        struct str value;
        struct name says;
        if (asked || !case_value_of(writing->arena, &open->kind->fields[field], open->values[i].value, &value, &says)) {
            continue;
        }
        if (!db_run(writing->db, error,
                    "insert into case_value (case_file, field, step, value) values (?1, ?2, ?3, ?4)", V_INT(open->id),
                    V_TEXT(open->values[i].field), V_INT(step), V_TEXT(value))) {
            return false;
        }
    }
    return open->checklist.n == 0 ||
           db_run(writing->db, error,
                  "insert into case_value (case_file, field, step, value) values (?1, 'checklist', ?2, ?3)",
                  V_INT(open->id), V_INT(step), V_TEXT(open->checklist));
}

/* Those whom it names must have keys and be in reach; what it says is sealed for them. */
static bool name_them(struct writing *writing, struct case_open *open, bool *good, struct error *error)
{
    struct key_holder *holders;
    size_t n;
    *good = open->nnamed > 0;
    if (!key_holders(writing->db, writing->arena, open->division, open->institution, &holders, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < open->nnamed; i++) {
        bool known = false;
        for (size_t k = 0; k < n; k++) {
            known = known || holders[k].account == open->named[i];
        }
        *good = *good && known;
    }
    return true;
}

static bool open_sealed(struct writing *writing, struct case_open *open, const struct case_stepping *stepping,
                        const struct case_terms *terms, const struct str *values, struct error *error)
{
    const struct case_kind *kind = open->kind;
    int64_t at = stepping->at, step;
    if (!insert(writing, open, terms, at, STR(""), error)) {
        return false;
    }
    for (size_t i = 0; i < open->nnamed; i++) {
        if (!db_run(
                writing->db, error,
                "insert into case_named (case_file, account, at, by_account, holder) values (?1, ?2, ?3, ?4, ?5) on "
                "conflict do nothing",
                V_INT(open->id), V_INT(open->named[i]), V_INT(at), V_INT(open->who.account), V_INT(i == 0))) {
            return false;
        }
    }
    return case_step_add(writing, stepping, &step, error) &&
           case_step_seal(writing, kind, open->id, step, open->note, kind->asks, kind->nasks, values, error) &&
           (open->quiet || case_journal(writing, &open->who, "case.open", open->id, open->division, kind->id, error));
}

bool case_open_run(struct writing *writing, void *input, struct error *error)
{
    struct case_open *open = input;
    const struct case_kind *kind = open->kind;
    struct str values[CASE_FIELDS_MAX] = { { NULL, 0 } };
    int64_t at = open->at ? open->at : writing->now, step;
    bool known, program = open->who.account == 0 && open->who.desks == 0;
    open->result = CASE_DONE;
    if (kind->confidential && open->nfiles) {
        return error_set(error, "a confidential case takes no files");
    }
    if (!known_before(writing, open, &known, error)) {
        return false;
    }
    if (known) {
        return refuse(open, CASE_REPEATED);
    }
    if (!hang(writing, open, &open->result, error)) {
        return false;
    }
    if (open->result != CASE_DONE) {
        return true;
    }
    if (!may_open(open)) {
        return refuse(open, CASE_NOT_YOURS);
    }
    if (!case_values_of(writing->arena, kind, kind->asks, kind->nasks, open->values, open->nvalues, values,
                        &open->field, &open->says)) {
        if (!program) {
            return refuse(open, CASE_BAD_VALUE);
        }
    }
    for (size_t i = 0; i < open->nvalues; i++) { /* what the term depends on may be given beside what is asked */
        size_t field = case_field(kind, open->values[i].field);
        if (field != SIZE_MAX && values[field].n == 0) {
            values[field] = open->values[i].value;
        }
    }
    struct case_terms terms = case_term(open->city, kind, &kind->stages[0], values, day_of_ms(at), day_of_ms(at), 0);
    if (open->due) {
        terms.due = open->due;
        terms.look_on = case_look_on(open->city, &kind->stages[0], open->due, day_of_ms(at));
    }
    struct str severity = kind->severity != SIZE_MAX && !kind->confidential ? values[kind->severity] : STR("");
    const struct case_stepping opened = { .at = at,
                                          .who = &open->who,
                                          .act = STR("open"),
                                          .from_stage = STR(""),
                                          .to_stage = kind->stages[0].id,
                                          .note = kind->confidential ? STR("") : open->note,
                                          .due = terms.due };
    struct case_stepping stepping = opened;
    bool named = true;
    if (kind->confidential && !name_them(writing, open, &named, error)) {
        return false;
    }
    if (!named) {
        return refuse(open, CASE_NEEDS_NAMED);
    }
    if (!writing_id(writing, "select coalesce(max(id), 0) from case_file", &open->id, error) ||
        !next_number(writing, kind, at, &open->number, error)) {
        return false;
    }
    stepping.case_id = open->id;
    if (kind->confidential) {
        return open_sealed(writing, open, &stepping, &terms, values, error);
    }
    return insert(writing, open, &terms, at, severity, error) && case_step_add(writing, &stepping, &step, error) &&
           case_values_add(writing, kind, open->id, step, kind->asks, kind->nasks, values, error) &&
           add_given(writing, open, step, error) &&
           case_files_add(writing, open->id, step, open->files, open->nfiles, error) && bar(writing, open, error) &&
           (open->quiet || case_journal(writing, &open->who, "case.open", open->id, open->division, kind->id, error));
}
