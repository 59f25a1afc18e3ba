/* See step.h, and change.h for the steps' text. */
#include "registry/step.h"

#include "base/buf.h"
#include "base/clock.h"

enum { LIMIT_BODY = 64 << 20 };

/* ---- Text ---- */

static void add_escaped(struct buf *text, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '\t':
            buf_add_cstr(text, "\\t");
            break;
        case '\n':
            buf_add_cstr(text, "\\n");
            break;
        case '\\':
            buf_add_cstr(text, "\\\\");
            break;
        default:
            buf_add_char(text, s.p[i]);
        }
    }
}

static void add_field(struct buf *text, struct str s)
{
    buf_add_char(text, '\t');
    add_escaped(text, s);
}

static void add_step(struct buf *text, struct arena *arena, const struct change_step *step)
{
    const struct kind *kind = &KIND_LIST[step->kind];
    const struct fact *fact = &step->fact;
    int64_t until = fact->valid_until ? fact->valid_until : DAY_OPEN;
    buf_add_cstr(text, step->act == STEP_END ? "end" : "record");
    add_field(text, str_of(kind->name));
    add_field(text, fact->code);
    add_field(text, day_format(arena, fact->valid_from));
    add_field(text, until == DAY_OPEN ? STR("open") : day_format(arena, until));
    add_field(text, fact->division);
    add_field(text, step->of.n ? arena_printf(arena, "@%.*s", STR_ARG(step->of))
                               : arena_printf(arena, "%lld", (long long)fact->institution));
    buf_printf(text, "\t%lld\t%lld", (long long)fact->subject, (long long)step->known);
    for (size_t i = 0; i < kind->ncolumns && step->act == STEP_RECORD; i++) {
        struct value value = fact->values[i];
        if (value.kind == VALUE_INT && value.integer) {
            buf_printf(text, "\t%s=%lld", kind->columns[i].name, (long long)value.integer);
        } else if (value.kind == VALUE_TEXT && value.bytes.n) {
            buf_printf(text, "\t%s=", kind->columns[i].name);
            add_escaped(text, value.bytes);
        }
    }
    buf_add_char(text, '\n');
}

struct str change_body(struct arena *arena, const struct change_step *steps, size_t n)
{
    struct buf text = buf_init(LIMIT_BODY);
    for (size_t i = 0; i < n; i++) {
        add_step(&text, arena, &steps[i]);
    }
    struct str body = arena_str(arena, buf_str(&text));
    buf_free(&text);
    return body;
}

static struct str unescaped(struct arena *arena, struct str s)
{
    if (str_find(s, '\\') == s.n) {
        return s;
    }
    char *p = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n) {
            i++;
            p[n++] = s.p[i];
            if (s.p[i] == 't') {
                p[n - 1] = '\t';
            } else if (s.p[i] == 'n') {
                p[n - 1] = '\n';
            }
        } else {
            p[n++] = s.p[i];
        }
    }
    return (struct str){ p, n };
}

/* The next field; an empty one is a field too, so str_split alone would not do at the end of a line. */
static bool take(struct arena *arena, struct str *line, struct str *field)
{
    if (!line->p) {
        return false;
    }
    size_t end = str_find(*line, '\t');
    *field = unescaped(arena, str_part(*line, 0, end));
    *line = end < line->n ? str_part(*line, end + 1, line->n) : (struct str){ NULL, 0 };
    return true;
}

static bool take_int(struct arena *arena, struct str *line, int64_t *out)
{
    struct str field;
    return take(arena, line, &field) && str_to_int(field, INT64_MIN, INT64_MAX, out);
}

static bool take_values(struct arena *arena, struct str *line, const struct kind *kind, struct fact *fact)
{
    struct str field;
    while (take(arena, line, &field)) {
        size_t equals = str_find(field, '=');
        int i = kind_column(kind, str_part(field, 0, equals));
        if (equals == field.n || i < 0) {
            return false;
        }
        struct str value = str_part(field, equals + 1, field.n);
        int64_t number = 0;
        if (!column_is_number(&kind->columns[i])) {
            fact->values[i] = V_TEXT(value);
        } else if (str_to_int(value, INT64_MIN, INT64_MAX, &number)) {
            fact->values[i] = V_INT(number);
        } else {
            return false;
        }
    }
    return true;
}

static bool read_step(struct arena *arena, struct str line, struct change_step *step)
{
    struct str act, name, from, until, institution;
    *step = (struct change_step){ 0 };
    if (!take(arena, &line, &act) || !take(arena, &line, &name)) {
        return false;
    }
    const struct kind *kind = kind_named(name);
    if (!kind || !(str_is(act, "record") || str_is(act, "end"))) {
        return false;
    }
    step->act = str_is(act, "end") ? STEP_END : STEP_RECORD;
    step->kind = kind->id;
    for (size_t i = 0; i < kind->ncolumns; i++) {
        step->fact.values[i] = column_is_number(&kind->columns[i]) ? V_INT(0) : V_TEXT(STR(""));
    }
    if (!take(arena, &line, &step->fact.code) || !take(arena, &line, &from) || !take(arena, &line, &until) ||
        !take(arena, &line, &step->fact.division) || !take(arena, &line, &institution) ||
        !day_parse(from, &step->fact.valid_from)) {
        return false;
    }
    step->fact.valid_until = DAY_OPEN;
    if (!str_is(until, "open") && !day_parse(until, &step->fact.valid_until)) {
        return false;
    }
    if (institution.n && institution.p[0] == '@') {
        step->of = str_part(institution, 1, institution.n);
    } else if (!str_to_int(institution, 0, INT64_MAX, &step->fact.institution)) {
        return false;
    }
    return take_int(arena, &line, &step->fact.subject) && take_int(arena, &line, &step->known) &&
           take_values(arena, &line, kind, &step->fact);
}

bool change_steps(struct arena *arena, struct str body, struct change_step **steps, size_t *n, struct error *error)
{
    size_t lines = 0;
    for (size_t i = 0; i < body.n; i++) {
        lines += body.p[i] == '\n';
    }
    struct change_step *read = ARENA_ARRAY(arena, struct change_step, lines ? lines : 1);
    struct str line;
    size_t count = 0;
    while (count < lines && str_split(&body, '\n', &line)) {
        if (!read_step(arena, line, &read[count])) {
            return error_set(error, "step %zu of the change is not understood", count + 1);
        }
        count++;
    }
    *steps = read;
    *n = count;
    return true;
}

/* ---- What is known ---- */

static bool subject_of(struct db *db, const struct change_step *step, int64_t *subject, bool *found,
                       struct error *error)
{
    *subject = step->fact.subject;
    *found = *subject != 0;
    return *found || facts_subject_of(db, &KIND_LIST[step->kind], step->fact.code, subject, found, error);
}

bool step_standing(struct db *db, struct arena *arena, const struct change_step *step, struct versions *out,
                   struct error *error)
{
    int64_t subject = 0;
    bool found = false;
    *out = (struct versions){ NULL, 0 };
    return subject_of(db, step, &subject, &found, error) &&
           (!found || facts_standing(db, arena, &KIND_LIST[step->kind], subject, INT64_MIN, INT64_MAX, out, error));
}

bool step_reaches(const struct change_step *step, const struct fact *version)
{
    bool open = step->act == STEP_END || step->fact.valid_until == 0;
    return version->valid_until > step->fact.valid_from && (open || version->valid_from < step->fact.valid_until);
}

bool step_known(struct db *db, struct arena *arena, const struct change_step *step, struct fact *known, bool *found,
                struct error *error)
{
    struct versions standing;
    *found = false;
    if (!step_standing(db, arena, step, &standing, error)) {
        return false;
    }
    for (size_t i = 0; i < standing.n; i++) { /* the last that begins by then, else the first of all */
        if (i == 0 || standing.items[i].valid_from <= step->fact.valid_from) {
            *known = standing.items[i];
            *found = true;
        }
    }
    return true;
}

bool step_weight(struct db *db, const struct change_step *step, int64_t *weight, struct error *error)
{
    int64_t subject = 0;
    bool found = false;
    *weight = 0;
    return subject_of(db, step, &subject, &found, error) &&
           (!found || db_one_int(db, error, weight, NULL, kind_sql(&KIND_LIST[step->kind])->weight, V_INT(subject)));
}

bool step_changes(struct db *db, struct arena *arena, const struct change_step *step, bool *changes,
                  struct error *error)
{
    const struct kind *kind = &KIND_LIST[step->kind];
    bool known = false;
    if (step->act == STEP_RECORD) {
        *changes = true;
        if (step->of.n) {
            return true;
        }
        bool ok = facts_known(db, arena, kind, &step->fact, &known, error);
        *changes = !known;
        return ok;
    }
    int64_t subject = 0;
    bool found = false;
    *changes = false;
    if (!subject_of(db, step, &subject, &found, error)) {
        return false;
    }
    if (!found) {
        return true;
    }
    struct rows *rows =
        db_query(db, error, kind_sql(kind)->standing, V_INT(subject), V_INT(step->fact.valid_from), V_INT(DAY_OPEN));
    *changes = rows_next(rows);
    return rows_end(rows, error);
}

/* ---- Fitting ---- */

/* Does an earlier step of the same change bring the thing that the code names? */
static bool brought(const struct change_step *steps, size_t n, enum kind_id kind, struct str code)
{
    for (size_t i = 0; i < n; i++) {
        if (steps[i].act == STEP_RECORD && steps[i].kind == kind && str_eq(steps[i].fact.code, code)) {
            return true;
        }
    }
    return false;
}

/* Does an earlier step bring the institution to that division? */
static bool carried(const struct change_step *steps, size_t n, int64_t institution, struct str division)
{
    for (size_t i = 0; i < n; i++) {
        if (steps[i].act == STEP_RECORD && steps[i].kind == KIND_INSTITUTION && steps[i].fact.subject == institution &&
            str_eq(steps[i].fact.division, division)) {
            return true;
        }
    }
    return false;
}

/* A mistake that an earlier step of the change mends: the code that is missed is brought by it. */
static bool mended(const struct change_step *steps, size_t at, const struct fact_mistake *mistake)
{
    const struct change_step *step = &steps[at];
    if (mistake->column >= 0) {
        const struct column *column = &KIND_LIST[step->kind].columns[mistake->column];
        struct value value = step->fact.values[mistake->column];
        return column->type == COLUMN_CODE && value.kind == VALUE_TEXT && brought(steps, at, column->of, value.bytes);
    }
    if (mistake->of == MISTAKE_DIVISION) {
        return brought(steps, at, KIND_DIVISION, step->fact.division) ||
               (step->fact.institution && carried(steps, at, step->fact.institution, step->fact.division));
    }
    return mistake->of == MISTAKE_INSTITUTION && step->of.n && brought(steps, at, KIND_INSTITUTION, step->of);
}

bool steps_check(struct db *db, struct arena *arena, const struct change_step *steps, size_t n, bool *good,
                 struct error *error)
{
    *good = true;
    for (size_t i = 0; i < n; i++) {
        const struct kind *kind = &KIND_LIST[steps[i].kind];
        struct fact_mistake *mistakes = NULL;
        size_t count = 0;
        bool found = false;
        struct fact known;
        if (steps[i].act == STEP_END) {
            if (!step_known(db, arena, &steps[i], &known, &found, error)) {
                return false;
            }
            if (!found) {
                *good = false;
                (void)error_set(error, "%s %.*s is not known", kind->name, STR_ARG(steps[i].fact.code));
                return true;
            }
            continue;
        }
        if (!change_check(db, arena, kind, &steps[i].fact, &mistakes, &count, error)) {
            return false;
        }
        for (size_t k = 0; k < count; k++) {
            if (!mended(steps, i, &mistakes[k])) {
                *good = false;
                (void)error_set(error, "%s %.*s: %.*s", kind->name, STR_ARG(steps[i].fact.code),
                                STR_ARG(mistakes[k].says.en));
                return true;
            }
        }
    }
    return true;
}

/* ---- Doing ---- */

static bool apply(struct writing *writing, const struct change_step *step, int64_t change, struct error *error)
{
    const struct kind *kind = &KIND_LIST[step->kind];
    struct fact fact = step->fact;
    bool found = false, changed = false;
    if (step->of.n) {
        if (!facts_subject_of(writing->db, &KIND_LIST[KIND_INSTITUTION], step->of, &fact.institution, &found, error)) {
            return false;
        }
        if (!found) {
            return error_set(error, "there is no institution %.*s", STR_ARG(step->of));
        }
    }
    if (step->act == STEP_RECORD) {
        return facts_record(writing, kind, &fact, change, &changed, error);
    }
    int64_t subject = 0;
    if (!subject_of(writing->db, step, &subject, &found, error)) {
        return false;
    }
    return !found || facts_end(writing, kind, subject, fact.valid_from, change, error);
}

bool steps_apply(struct writing *writing, const struct change_step *steps, size_t n, int64_t change,
                 struct error *error)
{
    for (size_t i = 0; i < n; i++) {
        if (!apply(writing, &steps[i], change, error)) {
            return false;
        }
    }
    return true;
}
