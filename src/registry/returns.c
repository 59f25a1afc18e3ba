/* See returns.h. */
#include "registry/returns.h"

#include "base/buf.h"
#include "base/clock.h"
#include "store/journal.h"

#include <string.h>

static const char *const states[] = { "none", "draft", "submitted", "sent_back", "accepted" };

const char *filing_state_word(enum return_state state)
{
    return states[state];
}

static enum return_state state_of(struct str word)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (str_is(word, states[i])) {
            return (enum return_state)i;
        }
    }
    return FILING_NONE;
}

int64_t filing_late(const struct filing *filing, int64_t today)
{
    int64_t day = filing->handed_in_at ? day_of_ms(filing->handed_in_at) : today;
    return day > filing->due ? day - filing->due : 0;
}

/* ---- Drafts: FIELD=VALUE lines; in a text \n and \\ ---- */

static struct str draft_text(struct arena *arena, const struct return_form *form, const struct return_values *values)
{
    struct buf out = buf_init(256 * 1024);
    for (size_t i = 0; i < form->nfields; i++) {
        struct str text = return_text(arena, &form->fields[i], values, i);
        if (!values->has[i]) {
            continue;
        }
        buf_printf(&out, "%.*s=", STR_ARG(form->fields[i].id));
        for (size_t c = 0; c < text.n; c++) {
            bool bent = text.p[c] == '\n' || text.p[c] == '\\';
            if (bent) {
                buf_add_char(&out, '\\');
            }
            buf_add_char(&out, text.p[c] == '\n' ? 'n' : text.p[c]);
        }
        buf_add_char(&out, '\n');
    }
    struct str text = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

static struct str straight(struct arena *arena, struct str text)
{
    char *out = arena_alloc(arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool bent = text.p[i] == '\\' && i + 1 < text.n;
        i += bent;
        out[n++] = bent && text.p[i] == 'n' ? '\n' : text.p[i];
    }
    return (struct str){ out, n };
}

static void draft_values(struct arena *arena, const struct return_form *form, struct str text,
                         struct return_values *values)
{
    struct str line;
    while (str_split(&text, '\n', &line)) {
        size_t at = str_find(line, '=');
        size_t i = return_field(form, str_part(line, 0, at));
        struct name says;
        if (i != SIZE_MAX) {
            (void)return_value_of(arena, &form->fields[i], straight(arena, str_part(line, at + 1, line.n)), values, i,
                                  &says);
        }
    }
}

/* ---- Reading ---- */

static bool is_kind(const struct return_form *form, struct str kind)
{
    for (size_t i = 0; i < form->nkinds; i++) {
        if (str_eq(form->kinds[i], kind)) {
            return true;
        }
    }
    return false;
}

#define DUE_COLUMNS                                                                                                    \
    "select f.subject, f.code, f.name_zh, f.name_en, f.division, f.kind, coalesce(r.id, 0), coalesce(r.state, ''), "   \
    "coalesce(r.due, 0), coalesce(r.handed_in_at, 0), coalesce(r.changed_at, 0), coalesce(r.draft, '') "               \
    "from institution_fact f left join register_return r on r.form = ?1 and r.period = ?2 and "                        \
    "r.institution = f.subject where f.replaced_at = ?3 and f.valid_from <= ?4 and f.valid_until > ?4 and "

static void filing_read(struct rows *rows, struct arena *arena, const struct return_form *form,
                        const struct return_period *period, struct filing *out)
{
    struct str state = rows_text(rows, 7);
    *out = (struct filing){ .institution = rows_int(rows, 0),
                            .code = rows_text_in(rows, 1, arena),
                            .name = { rows_text_in(rows, 2, arena), rows_text_in(rows, 3, arena) },
                            .division = rows_text_in(rows, 4, arena),
                            .id = rows_int(rows, 6),
                            .state = state_of(state),
                            .due = rows_int(rows, 6) ? rows_int(rows, 8) : period->due,
                            .handed_in_at = rows_int(rows, 9),
                            .changed_at = rows_int(rows, 10) };
    draft_values(arena, form, rows_text(rows, 11), &out->values);
}

static int64_t day_for(const struct return_period *period, int64_t today)
{
    return period->until - 1 < today ? period->until - 1 : today;
}

bool returns_due(struct db *db, struct arena *arena, const struct return_form *form, const struct return_period *period,
                 struct str scope, int64_t institution, int64_t today, struct filing **out, size_t *n,
                 struct error *error)
{
    struct filing *filings = NULL;
    size_t count = 0;
    struct rows *rows = db_query(
        db, error,
        DUE_COLUMNS "f.division >= ?5 and f.division < ?6 and (?7 = 0 or f.subject = ?7) order by f.division, f.code",
        V_TEXT(form->id), V_TEXT(str_of(period->id)), V_INT(MOMENT_OPEN), V_INT(day_for(period, today)), V_TEXT(scope),
        V_TEXT(arena_printf(arena, "%.*s~", STR_ARG(scope))), V_INT(institution));
    while (rows_next(rows)) {
        if (!is_kind(form, rows_text(rows, 5))) {
            continue;
        }
        filings = arena_grow(arena, filings, count, sizeof *filings);
        filing_read(rows, arena, form, period, &filings[count++]);
    }
    *out = filings;
    *n = count;
    return rows_end(rows, error);
}

static bool read_values(struct db *db, struct arena *arena, const struct return_form *form, int64_t filing,
                        struct return_values *out, struct error *error)
{
    struct rows *rows =
        db_query(db, error, "select field, value, words from return_value where filing = ?1 and replaced_at = ?2",
                 V_INT(filing), V_INT(MOMENT_OPEN));
    *out = (struct return_values){ 0 };
    while (rows_next(rows)) {
        size_t i = return_field(form, rows_text(rows, 0));
        if (i != SIZE_MAX) {
            out->has[i] = true;
            out->number[i] = rows_int(rows, 1);
            out->text[i] = rows_text_in(rows, 2, arena);
        }
    }
    return rows_end(rows, error);
}

bool returns_one(struct db *db, struct arena *arena, const struct return_form *form, const struct return_period *period,
                 int64_t institution, int64_t today, struct filing *out, bool *found, struct error *error)
{
    struct filing *filings = NULL;
    size_t n = 0;
    if (!returns_due(db, arena, form, period, STR(""), institution, today, &filings, &n, error)) {
        return false;
    }
    *found = n > 0;
    if (n == 0) {
        return true;
    }
    *out = filings[0];
    bool draft = out->state == FILING_DRAFT || out->state == FILING_NONE;
    return draft || read_values(db, arena, form, out->id, &out->values, error);
}

bool returns_last(struct db *db, struct arena *arena, const struct return_form *form,
                  const struct return_period *period, int64_t institution, struct return_values *out,
                  struct error *error)
{
    struct return_period before = return_period_before(form, period);
    int64_t id = 0;
    bool found = false;
    *out = (struct return_values){ 0 };
    return db_one_int(db, error, &id, &found,
                      "select id from register_return where form = ?1 and period = ?2 and institution = ?3",
                      V_TEXT(form->id), V_TEXT(str_of(before.id)), V_INT(institution)) &&
           (!found || read_values(db, arena, form, id, out, error));
}

bool returns_prefill(struct db *db, struct arena *arena, const struct return_form *form,
                     const struct return_period *period, int64_t institution, int64_t today,
                     struct return_values *values, struct error *error)
{
    static const char *const counts[] = {
        [PREFILL_PUPILS] = "select count(*) from pupil_fact where institution = ?1 and replaced_at = ?2 and "
                           "valid_from <= ?3 and valid_until > ?3",
        [PREFILL_CLASSES] = "select count(*) from (select distinct stage, entry_year, class from pupil_fact where "
                            "institution = ?1 and replaced_at = ?2 and valid_from <= ?3 and valid_until > ?3 and "
                            "class > 0) c",
        [PREFILL_STAFF] = "select count(*) from staff_fact where institution = ?1 and replaced_at = ?2 and "
                          "valid_from <= ?3 and valid_until > ?3",
    };
    (void)arena;
    for (size_t i = 0; i < form->nfields; i++) {
        const char *sql = counts[form->fields[i].prefill];
        if (!sql || values->has[i]) {
            continue;
        }
        if (!db_one_int(db, error, &values->number[i], NULL, sql, V_INT(institution), V_INT(MOMENT_OPEN),
                        V_INT(day_for(period, today)))) {
            return false;
        }
        values->has[i] = values->number[i] > 0; /* a register without pupils knows nothing */
    }
    return true;
}

/* ---- Acts ---- */

static bool journal(struct writing *writing, const struct return_act *act, const char *action, int64_t filing,
                    struct error *error)
{
    struct journal_entry entry = { .actor = act->account,
                                   .role = arena_cstr(writing->arena, act->role),
                                   .action = action,
                                   .subject_kind = "return",
                                   .subject_id = filing,
                                   .division = act->division,
                                   .detail = arena_printf(writing->arena, "%.*s %s", STR_ARG(act->form->id),
                                                          act->period.id) };
    return journal_append(writing, &entry, error);
}

/* The filing of the act, made when it is not there. */
static bool own_filing(struct writing *writing, const struct return_act *act, struct filing *out, struct error *error)
{
    if (!db_run(
            writing->db, error,
            "insert into register_return (form, period, institution, division, valid_from, valid_until, due, state, "
            "draft, handed_in_at, changed_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'draft', '', 0, ?8) "
            "on conflict (form, period, institution) do nothing",
            V_TEXT(act->form->id), V_TEXT(str_of(act->period.id)), V_INT(act->institution), V_TEXT(act->division),
            V_INT(act->period.from), V_INT(act->period.until), V_INT(act->period.due), V_INT(writing->now))) {
        return false;
    }
    struct rows *rows = db_query(writing->db, error,
                                 "select id, state, handed_in_at, due from register_return where form = ?1 and "
                                 "period = ?2 and institution = ?3",
                                 V_TEXT(act->form->id), V_TEXT(str_of(act->period.id)), V_INT(act->institution));
    if (rows_next(rows)) {
        *out = (struct filing){ .id = rows_int(rows, 0),
                                .state = state_of(rows_text(rows, 1)),
                                .handed_in_at = rows_int(rows, 2),
                                .due = rows_int(rows, 3) };
    }
    return rows_end(rows, error);
}

bool returns_save(struct writing *writing, const struct return_act *act, enum return_result *result,
                  struct error *error)
{
    struct filing filing = { 0 };
    if (!own_filing(writing, act, &filing, error)) {
        return false;
    }
    *result = filing.state == FILING_DRAFT ? RETURN_DONE : RETURN_NOT_NOW;
    return *result != RETURN_DONE ||
           (db_run(writing->db, error, "update register_return set draft = ?2, changed_at = ?3 where id = ?1",
                   V_INT(filing.id), V_TEXT(draft_text(writing->arena, act->form, &act->values)),
                   V_INT(writing->now)) &&
            journal(writing, act, "return.save", filing.id, error));
}

static bool add_step(struct writing *writing, const struct return_act *act, int64_t filing, const char *word,
                     int64_t at, int64_t *step, struct error *error)
{
    return writing_id(writing, "select coalesce(max(id), 0) from return_step", step, error) &&
           db_run(writing->db, error,
                  "insert into return_step (id, filing, act, at, account, note) values (?1, ?2, ?3, ?4, ?5, ?6)",
                  V_INT(*step), V_INT(filing), V_TEXT(str_of(word)), V_INT(at), V_INT(act->account), V_TEXT(act->note));
}

static bool is_same(const struct return_form *form, const struct return_values *a, const struct return_values *b,
                    size_t i)
{
    if (a->has[i] != b->has[i] || !a->has[i]) {
        return a->has[i] == b->has[i];
    }
    return form->fields[i].type == RETURN_TEXT ? str_eq(a->text[i], b->text[i]) : a->number[i] == b->number[i];
}

static bool is_all_same(const struct return_form *form, const struct return_values *a, const struct return_values *b)
{
    bool same = true;
    for (size_t i = 0; i < form->nfields; i++) {
        same = same && is_same(form, a, b, i);
    }
    return same;
}

/* Replaces the values that differ. */
static bool put_values(struct writing *writing, const struct return_act *act, const struct return_values *known,
                       int64_t filing, int64_t step, int64_t moment, struct error *error)
{
    for (size_t i = 0; i < act->form->nfields; i++) {
        const struct return_values *values = &act->values;
        bool text = act->form->fields[i].type == RETURN_TEXT;
        struct str field = act->form->fields[i].id;
        if (is_same(act->form, known, values, i)) {
            continue;
        }
        if (known->has[i] &&
            !db_run(writing->db, error,
                    "update return_value set replaced_at = ?3 where filing = ?1 and field = ?2 and replaced_at = ?4",
                    V_INT(filing), V_TEXT(field), V_INT(moment), V_INT(MOMENT_OPEN))) {
            return false;
        }
        if (values->has[i] &&
            !db_run(writing->db, error,
                    "insert into return_value (filing, field, value, words, recorded_at, replaced_at, step) "
                    "values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    V_INT(filing), V_TEXT(field), V_INT(text ? 0 : values->number[i]),
                    V_TEXT(text ? values->text[i] : STR("")), V_INT(moment), V_INT(MOMENT_OPEN), V_INT(step))) {
            return false;
        }
    }
    return true;
}

bool returns_hand_in(struct writing *writing, const struct return_act *act, enum return_result *result,
                     struct error *error)
{
    struct filing filing = { 0 };
    struct return_values known;
    int64_t moment = act->at, step = 0;
    if (!own_filing(writing, act, &filing, error) || (!moment && !writing_moment(writing, &moment, error)) ||
        !read_values(writing->db, writing->arena, act->form, filing.id, &known, error)) {
        return false;
    }
    bool correction = filing.state == FILING_SUBMITTED || filing.state == FILING_ACCEPTED;
    *result = correction && is_all_same(act->form, &known, &act->values) ? RETURN_SAME
              : correction && act->note.n == 0                           ? RETURN_NEEDS_NOTE
                                                                         : RETURN_DONE;
    if (*result != RETURN_DONE) {
        return true;
    }
    if (!add_step(writing, act, filing.id, correction ? "correct" : "hand_in", moment, &step, error) ||
        !put_values(writing, act, &known, filing.id, step, moment, error)) {
        return false;
    }
    return db_run(writing->db, error,
                  "update register_return set state = 'submitted', draft = '', changed_at = ?2, "
                  "handed_in_at = case when handed_in_at = 0 then ?2 else handed_in_at end where id = ?1",
                  V_INT(filing.id), V_INT(moment)) &&
           journal(writing, act, correction ? "return.correct" : "return.hand_in", filing.id, error);
}

static bool decide(struct writing *writing, const struct return_act *act, const char *state, const char *word,
                   const char *action, enum return_result *result, struct error *error)
{
    struct filing filing = { 0 };
    int64_t moment = act->at, step = 0;
    if (!own_filing(writing, act, &filing, error) || (!moment && !writing_moment(writing, &moment, error))) {
        return false;
    }
    *result = filing.state == FILING_SUBMITTED ? RETURN_DONE : RETURN_NOT_NOW;
    return *result != RETURN_DONE ||
           (add_step(writing, act, filing.id, word, moment, &step, error) &&
            db_run(writing->db, error, "update register_return set state = ?2, changed_at = ?3 where id = ?1",
                   V_INT(filing.id), V_TEXT(str_of(state)), V_INT(moment)) &&
            journal(writing, act, action, filing.id, error));
}

bool returns_send_back(struct writing *writing, const struct return_act *act, enum return_result *result,
                       struct error *error)
{
    if (act->note.n == 0) {
        *result = RETURN_NEEDS_NOTE;
        return true;
    }
    return decide(writing, act, "sent_back", "send_back", "return.send_back", result, error);
}

bool returns_accept(struct writing *writing, const struct return_act *act, enum return_result *result,
                    struct error *error)
{
    return decide(writing, act, "accepted", "accept", "return.accept", result, error);
}

/* ---- The trace ---- */

static struct str shown(struct arena *arena, const struct return_form *form, size_t i, int64_t number, struct str text)
{
    struct return_values one = { 0 };
    size_t at = i == SIZE_MAX ? 0 : i;
    one.has[at] = true;
    one.number[at] = number;
    one.text[at] = text;
    return i == SIZE_MAX ? text : return_text(arena, &form->fields[i], &one, i);
}

/* What a correction changed: of each field the value that it recorded and the one that it replaced. */
static bool changes_of(struct db *db, struct arena *arena, const struct return_form *form, int64_t filing, int64_t at,
                       struct return_step *step, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select field, value, words, recorded_at from return_value where filing = ?1 and "
                                 "(recorded_at = ?2 or replaced_at = ?2) order by field, recorded_at",
                                 V_INT(filing), V_INT(at));
    step->changes = ARENA_ARRAY(arena, struct return_change, 2 * RETURN_FIELDS_MAX);
    size_t last = SIZE_MAX - 1;
    while (rows_next(rows) && step->nchanges < 2 * RETURN_FIELDS_MAX) {
        size_t i = return_field(form, rows_text(rows, 0));
        struct str text = shown(arena, form, i, rows_int(rows, 1), rows_text_in(rows, 2, arena));
        if (i != last) {
            step->changes[step->nchanges++] = (struct return_change){ .field = i };
            last = i;
        }
        struct return_change *change = &step->changes[step->nchanges - 1];
        *(rows_int(rows, 3) == at ? &change->after : &change->before) = text;
    }
    return rows_end(rows, error);
}

bool returns_trace(struct db *db, struct arena *arena, const struct return_form *form, int64_t filing,
                   struct return_step **out, size_t *n, struct error *error)
{
    int64_t count = 0;
    *n = 0;
    if (!db_one_int(db, error, &count, NULL, "select count(*) from return_step where filing = ?1", V_INT(filing))) {
        return false;
    }
    *out = ARENA_ARRAY(arena, struct return_step, (size_t)count + 1);
    struct rows *rows = db_query(
        db, error, "select act, note, at, account from return_step where filing = ?1 order by id", V_INT(filing));
    while (*n < (size_t)count && rows_next(rows)) {
        (*out)[(*n)++] = (struct return_step){ .act = rows_text_in(rows, 0, arena),
                                               .note = rows_text_in(rows, 1, arena),
                                               .at = rows_int(rows, 2),
                                               .account = rows_int(rows, 3) };
    }
    bool good = rows_end(rows, error);
    for (size_t i = 0; good && i < *n; i++) {
        bool again = i > 0 && (str_is((*out)[i].act, "correct") || str_is((*out)[i].act, "hand_in"));
        good = !again || changes_of(db, arena, form, filing, (*out)[i].at, &(*out)[i], error);
    }
    return good;
}
