/* An act of a stage: is it theirs, is it whole, and what follows from it. */
#include "casework/inside.h"

#include "base/clock.h"

#include <string.h>

struct acting {
    struct writing *writing;
    struct case_do *input;
    struct case_row row;
    const struct case_act *act;
    const struct checklist *list; /* when the act answers one */
    struct str values[CASE_FIELDS_MAX];
    int64_t at, paused_days;
};

static bool program(const struct case_who *who)
{
    return who->account == 0 && who->desks == 0;
}

/* Is it at their desk, and did nobody of them do what another must check? */
static bool is_theirs(struct acting *acting, enum case_result *result, struct error *error)
{
    const struct case_do *input = acting->input;
    const struct case_act *act = acting->act;
    struct db *db = acting->writing->db;
    unsigned desks = 0;
    bool sees = true, same = false;
    if (program(&input->who) || input->by_rule) {
        return true;
    }
    if (!case_sees(db, &input->who, &acting->row, &sees, error) ||
        !case_desks(db, &input->who, &acting->row, day_of_ms(acting->at), &desks, error)) {
        return false;
    }
    if (!sees || !(desks & (act->by ? act->by : (unsigned)acting->row.stage->desk))) {
        *result = CASE_NOT_YOURS;
        return true;
    }
    if (!case_same_person(db, &acting->row, act, input->who.account, &same, error)) {
        return false;
    }
    *result = same ? CASE_SAME_PERSON : *result;
    return true;
}

/* The list of the case: a theme's, else the kind's. */
static bool find_list(struct acting *acting, struct error *error)
{
    struct str id = acting->row.kind->checklist;
    bool found = false;
    if (!db_one_text(acting->writing->db, error, acting->writing->arena, &id, &found,
                     "select value from case_value where case_file = ?1 and field = 'checklist' order by step desc "
                     "limit 1",
                     V_INT(acting->row.id))) {
        return false;
    }
    acting->list = city_checklist(acting->input->city, id);
    return true;
}

static bool answered_whole(const struct acting *acting)
{
    const struct case_answers *answers = acting->input->answers;
    for (size_t i = 0; answers && acting->list && i < acting->list->nitems; i++) {
        if (answers->answer[i] == ANSWER_NONE) {
            return false;
        }
    }
    return answers && acting->list;
}

/* Can the case above do its act now? */
static bool above_can(struct acting *acting, bool *can, struct error *error)
{
    struct case_row above;
    bool found = false;
    *can = true;
    if (acting->act->parent_act.n == 0 || !acting->row.parent) {
        return true;
    }
    if (!case_one(acting->writing->db, acting->writing->arena, acting->input->city, acting->row.parent, &above, &found,
                  error)) {
        return false;
    }
    *can = found && above.stage && !above.closed_at && !above.paused_at &&
           case_act(above.stage, acting->act->parent_act) != NULL;
    return true;
}

static bool is_whole(struct acting *acting, enum case_result *result, struct error *error)
{
    struct case_do *input = acting->input;
    const struct case_act *act = acting->act;
    int64_t lines = 0;
    bool can = true;
    if (act->needs_lines &&
        !db_one_int(acting->writing->db, error, &lines, NULL,
                    "select count(*) from case_line where case_file = ?1 and dropped = 0", V_INT(acting->row.id))) {
        return false;
    }
    if ((act->needs_checklist && !find_list(acting, error)) || !above_can(acting, &can, error)) {
        return false;
    }
    bool values = case_values_of(acting->writing->arena, acting->row.kind, act->asks, act->nasks, input->values,
                                 input->nvalues, acting->values, &input->field, &input->says);
    *result = !can                                                    ? CASE_NOT_NOW
              : act->needs_checklist && !answered_whole(acting)       ? CASE_NEEDS_ANSWERS
              : !values                                               ? CASE_BAD_VALUE
              : act->needs_note && str_trim(input->note).n == 0       ? CASE_NEEDS_NOTE
              : act->needs_evidence && input->nfiles == 0             ? CASE_NEEDS_EVIDENCE
              : act->needs_lines && lines == 0                        ? CASE_NEEDS_LINES
              : act->children_closed && acting->row.children_open > 0 ? CASE_CHILDREN_OPEN
                                                                      : *result;
    return true;
}

/* ---- What follows ---- */

static struct str answers_text(const struct acting *acting, struct str *words)
{
    struct buf answers = buf_init(QUERY_BYTES), said = buf_init(256 * 1024);
    for (size_t i = 0; i < acting->list->nitems; i++) {
        enum case_answer answer = acting->input->answers->answer[i];
        struct str own = str_trim(acting->input->answers->words[i]), id = acting->list->items[i].id;
        buf_printf(&answers, "%s%.*s=%s", i ? " " : "", STR_ARG(id),
                   answer == ANSWER_GOOD  ? "yes"
                   : answer == ANSWER_BAD ? "no"
                                          : "none");
        if (own.n) {
            buf_printf(&said, "%.*s\t", STR_ARG(id));
            for (size_t k = 0; k < own.n; k++) { /* a line an item */
                buf_add_char(&said, own.p[k] == '\n' || own.p[k] == '\r' || own.p[k] == '\t' ? ' ' : own.p[k]);
            }
            buf_add_char(&said, '\n');
        }
    }
    struct str out = arena_str(acting->writing->arena, buf_str(&answers));
    *words = arena_str(acting->writing->arena, buf_str(&said));
    buf_free(&answers);
    buf_free(&said);
    return out;
}

static bool open_finding(struct acting *acting, const struct case_kind *kind, size_t item, struct error *error)
{
    const struct checklist_item *at = &acting->list->items[item];
    struct str words = str_trim(acting->input->answers->words[item]);
    struct arena *arena = acting->writing->arena;
    const struct case_do *input = acting->input;
    struct case_input values[] = {
        { STR("severity"), at->major ? STR("major") : STR("usual") },
        { STR("found"), words.n ? words : at->name.zh },
    };
    struct case_file_added *files = ARENA_ARRAY(arena, struct case_file_added, input->nfiles);
    size_t nfiles = 0;
    for (size_t i = 0; i < input->nfiles; i++) { /* the item's pictures belong to its finding too */
        if (str_eq(input->files[i].item, at->id)) {
            files[nfiles++] = input->files[i];
        }
    }
    struct case_open open = { .city = input->city,
                              .kind = kind,
                              .division = acting->row.division,
                              .institution = acting->row.institution,
                              .title = at->name.zh,
                              .values = values,
                              .nvalues = sizeof values / sizeof *values,
                              .files = files,
                              .nfiles = nfiles,
                              .parent = acting->row.id,
                              .item = arena_printf(arena, "%.*s/%.*s", STR_ARG(acting->list->id), STR_ARG(at->id)),
                              .at = acting->at,
                              .quiet = input->quiet };
    return case_open_run(acting->writing, &open, error);
}

static bool keep_answers(struct acting *acting, struct error *error)
{
    struct case_do *input = acting->input;
    struct str words, answers = answers_text(acting, &words);
    const struct case_kind *finding = city_case(input->city, acting->list->finding);
    if (!db_run(acting->writing->db, error,
                "insert into case_answers (step, case_file, checklist, digest, answers, words) values (?1, ?2, ?3, ?4, "
                "?5, ?6)",
                V_INT(input->step), V_INT(acting->row.id), V_TEXT(acting->list->id), V_INT(acting->list->digest),
                V_TEXT(answers), V_TEXT(words))) {
        return false;
    }
    for (size_t i = 0; finding && i < acting->list->nitems; i++) {
        if (input->answers->answer[i] == ANSWER_BAD) {
            if (!open_finding(acting, finding, i, error)) {
                return false;
            }
            input->findings++;
        }
    }
    return true;
}

/* The row after the step: the new stage with its term, or the same with what the values changed. */
static bool move(struct acting *acting, const struct case_stage *to, const struct case_terms *terms,
                 struct error *error)
{
    struct case_row *row = &acting->row;
    struct str severity = row->kind->severity != SIZE_MAX ? acting->values[row->kind->severity] : row->severity;
    int64_t from = day_of_ms(acting->at);
    bool opens = row->kind->public && to->open && !row->open_from;
    if (to->ends) { /* its last due day stays: was it in time? */
        return db_run(acting->writing->db, error,
                      "update case_file set stage = ?2, desk = 0, reach = 0, look_on = null, closed_at = ?3, failed = "
                      "?4, changed_at = ?3, severity = ?5, open_from = coalesce(open_from, ?6), stage_from = ?7 where "
                      "id = ?1",
                      V_INT(row->id), V_TEXT(to->id), V_INT(acting->at), V_INT(to->failed), V_TEXT(severity),
                      V_IF(opens, V_INT(acting->at)), V_INT(from));
    }
    return db_run(acting->writing->db, error,
                  "update case_file set stage = ?2, desk = ?3, holder = null, reach = 0, stage_from = ?4, term = ?5, "
                  "due = ?6, look_on = ?7, paused_days = 0, changed_at = ?8, severity = ?9, open_from = "
                  "coalesce(open_from, ?10) where id = ?1",
                  V_INT(row->id), V_TEXT(to->id), V_INT(to->desk), V_INT(from), V_INT(terms->term),
                  V_IF(terms->due > 0, V_INT(terms->due)), V_IF(terms->look_on > 0, V_INT(terms->look_on)),
                  V_INT(acting->at), V_TEXT(severity), V_IF(opens, V_INT(acting->at)));
}

/* ---- What follows for the case above, and for those beside this one ---- */

static bool then_parent(struct acting *acting, struct error *error)
{
    const struct case_kind *kind = acting->row.kind;
    if (acting->act->parent_act.n == 0 || !acting->row.parent) {
        return true;
    }
    struct case_input *values = ARENA_ARRAY(acting->writing->arena, struct case_input, kind->nfields);
    size_t n = 0;
    for (size_t i = 0; i < kind->nfields; i++) {
        if (acting->values[i].n) {
            values[n++] = (struct case_input){ kind->fields[i].id, acting->values[i] };
        }
    }
    struct case_do above = { .city = acting->input->city,
                             .who = acting->input->who,
                             .id = acting->row.parent,
                             .act = acting->act->parent_act,
                             .values = values,
                             .nvalues = n,
                             .note = acting->row.number,
                             .by_rule = true,
                             .at = acting->at,
                             .quiet = acting->input->quiet };
    return case_do_run(acting->writing, &above, error) &&
           (above.result == CASE_DONE ||
            error_set(error, "the case above did not follow: %s", case_result_text(above.result).en));
}

static bool carry_out(struct acting *acting, struct error *error);

/* Each goes to its stage with the number of this case as the reason. */
static bool then_siblings(struct acting *acting, struct error *error)
{
    struct case_act passed = { .id = STR("sibling"), .to = acting->act->siblings_to, .siblings_to = SIZE_MAX };
    if (acting->act->siblings_to == SIZE_MAX || !acting->row.parent) {
        return true;
    }
    struct case_row *rows;
    size_t n;
    if (!case_siblings(acting->writing->db, acting->writing->arena, acting->input->city, &acting->row, &rows, &n,
                       error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct case_do input = { .city = acting->input->city,
                                 .who = acting->input->who,
                                 .id = rows[i].id,
                                 .act = passed.id,
                                 .note = acting->row.number,
                                 .by_rule = true,
                                 .quiet = acting->input->quiet };
        struct acting other = {
            .writing = acting->writing, .input = &input, .row = rows[i], .act = &passed, .at = acting->at
        };
        if (!case_values(acting->writing->db, acting->writing->arena, &other.row, other.values, error) ||
            !carry_out(&other, error)) {
            return false;
        }
    }
    return true;
}

/* What the act says: as values, or sealed with its note. */
static bool keep_said(struct acting *acting, struct error *error)
{
    struct case_do *input = acting->input;
    const struct case_act *act = acting->act;
    const struct case_kind *kind = acting->row.kind;
    return kind->confidential ? case_step_seal(acting->writing, kind, acting->row.id, input->step,
                                               str_trim(input->note), act->asks, act->nasks, acting->values, error)
                              : case_values_add(acting->writing, kind, acting->row.id, input->step, act->asks,
                                                act->nasks, acting->values, error);
}

static bool carry_out(struct acting *acting, struct error *error)
{
    struct case_do *input = acting->input;
    const struct case_act *act = acting->act;
    struct case_row *row = &acting->row;
    const struct case_kind *kind = row->kind;
    bool stays = act->to == SIZE_MAX || &kind->stages[act->to] == row->stage;
    const struct case_stage *to = stays ? row->stage : &kind->stages[act->to];
    struct case_terms terms = { .due = row->due };
    if (!to->ends && !(stays && act->to == SIZE_MAX)) {
        terms = case_term(input->city, kind, to, acting->values, day_of_ms(row->opened_at), day_of_ms(acting->at), 0);
    }
    struct case_stepping step = { .case_id = row->id,
                                  .at = acting->at,
                                  .who = &input->who,
                                  .act = act->id,
                                  .from_stage = row->stage_id,
                                  .to_stage = to->id,
                                  .note = kind->confidential ? STR("") : str_trim(input->note),
                                  .due = terms.due };
    if (kind->confidential && input->nfiles) {
        return error_set(error, "a confidential case takes no files");
    }
    if (!case_step_add(acting->writing, &step, &input->step, error) || !keep_said(acting, error) ||
        !case_files_add(acting->writing, row->id, input->step, input->files, input->nfiles, error) ||
        !case_key_add(acting->writing, input->client_key, input->who.account, row->id, input->step, error)) {
        return false;
    }
    bool good = act->to == SIZE_MAX
                    ? db_run(acting->writing->db, error, "update case_file set changed_at = ?2 where id = ?1",
                             V_INT(row->id), V_INT(acting->at))
                    : move(acting, to, &terms, error);
    return good && (!act->needs_checklist || keep_answers(acting, error)) &&
           (input->quiet ||
            case_journal(acting->writing, &input->who, "case.act", row->id, row->division,
                         arena_printf(acting->writing->arena, "%.*s %.*s", STR_ARG(row->kind_id), STR_ARG(act->id)),
                         error)) &&
           then_parent(acting, error) && then_siblings(acting, error);
}

bool case_do_run(struct writing *writing, void *input_, struct error *error)
{
    struct case_do *input = input_;
    struct acting acting = { .writing = writing, .input = input, .at = input->at ? input->at : writing->now };
    bool found = false, repeated = false;
    int64_t id;
    input->result = CASE_DONE;
    input->findings = 0;
    if (!case_key_of(writing, input->client_key, input->who.account, &id, &input->step, &repeated, error) ||
        !case_one(writing->db, writing->arena, input->city, input->id, &acting.row, &found, error)) {
        return false;
    }
    if (repeated) {
        input->result = CASE_REPEATED;
        return true;
    }
    acting.act = found && acting.row.stage && !acting.row.closed_at && !acting.row.paused_at
                     ? case_act(acting.row.stage, input->act)
                     : NULL;
    if (!found || !acting.act) {
        input->result = found ? CASE_NOT_NOW : CASE_NOT_YOURS;
        return true;
    }
    if (!case_values(writing->db, writing->arena, &acting.row, acting.values, error) ||
        !is_theirs(&acting, &input->result, error)) {
        return false;
    }
    if (input->result != CASE_DONE) {
        return true;
    }
    return is_whole(&acting, &input->result, error) && (input->result != CASE_DONE || carry_out(&acting, error));
}
