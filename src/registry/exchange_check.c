/* Rows that come in: what each says, whether it may, and what of the register it would change. See exchange.h.
 *
 * A batch goes through three passes, so that the database is asked once a batch: what the cells say by themselves; what
 * the register knows of these codes and persons; what both together mean. A mistake never ends the look at a row: all
 * that is wrong with it is said at once. */
#include "registry/exchange_inside.h"

#include "base/cell.h"
#include "base/citizen.h"
#include "base/clock.h"

#include <stdlib.h>

/* ---- Mistakes ---- */

size_t exchange_column_of(const struct exchange_check *check, enum exchange_role role)
{
    size_t c = 0;
    while (c < check->ncolumns && check->columns[c].role != role) {
        c++;
    }
    return c;
}

static struct exchange_mistake mistake_at(const struct exchange_check *check, uint32_t row, size_t column,
                                          struct name says)
{
    struct exchange_mistake mistake = { .row = row, .says = says };
    if (column < check->ncolumns) {
        size_t place = check->places[column];
        mistake.column = place == SIZE_MAX ? 0 : (uint32_t)place + 1;
        mistake.heading = (struct name){ str_of(check->columns[column].column->label.zh),
                                         str_of(check->columns[column].column->label.en) };
    }
    return mistake;
}

void exchange_add(const struct exchange_check *check, struct arena *arena, struct exchange_row *row, size_t column,
                  struct name says)
{
    if (!row->mistakes) {
        row->mistakes = ARENA_ARRAY(arena, struct exchange_mistake, EXCHANGE_MISTAKES_MOST);
    }
    if (row->nmistakes < EXCHANGE_MISTAKES_MOST) {
        row->mistakes[row->nmistakes++] = mistake_at(check, row->number, column, says);
    }
    row->state = EXCHANGE_BAD;
}

struct str exchange_place(struct arena *arena, const struct exchange_mistake *mistake)
{
    char letters[8];
    size_t at = sizeof letters;
    for (uint32_t c = mistake->column; c > 0 && at > 0; c = (c - 1) / 26) {
        letters[--at] = (char)('A' + (c - 1) % 26);
    }
    if (!mistake->row) {
        return STR("");
    }
    return arena_printf(arena, "%.*s%u", (int)(sizeof letters - at), letters + at, mistake->row);
}

/* ---- The check ---- */

bool exchange_check_new(struct exchange_check **out, struct db *db, struct vault *vault,
                        const struct exchange_setting *setting, struct error *error)
{
    struct exchange_check *check = calloc(1, sizeof *check);
    if (!check) {
        return error_set(error, "no memory for an import");
    }
    check->setting = setting;
    check->vault = vault;
    check->arena = arena_new(64 * 1024);
    check->ncolumns = exchange_columns(setting->kind, check->columns);
    for (size_t c = 0; c < EXCHANGE_COLUMNS_MOST; c++) {
        check->places[c] = SIZE_MAX;
    }
    if (!exchange_load_institutions(check, db, error)) {
        exchange_check_free(check);
        return false;
    }
    *out = check;
    return true;
}

void exchange_check_free(struct exchange_check *check)
{
    if (check) {
        exchange_seen_free(&check->seen);
        arena_free(check->arena);
        free(check);
    }
}

size_t exchange_check_place(const struct exchange_check *check, size_t column)
{
    return check->places[column];
}

const struct exchange_column *exchange_check_columns(const struct exchange_check *check, size_t *n)
{
    *n = check->ncolumns;
    return check->columns;
}

bool exchange_check_headings(struct exchange_check *check, struct arena *arena, uint32_t number,
                             const struct str *cells, size_t n, struct exchange_mistake **mistakes, size_t *nmistakes)
{
    size_t places[EXCHANGE_COLUMNS_MOST], known = 0;
    *mistakes = ARENA_ARRAY(arena, struct exchange_mistake, n + 1);
    *nmistakes = 0;
    for (size_t c = 0; c < check->ncolumns; c++) {
        places[c] = SIZE_MAX;
    }
    for (size_t i = 0; i < n; i++) {
        size_t c = 0;
        while (c < check->ncolumns && !exchange_is_heading(arena, check->columns[c].column, cells[i])) {
            c++;
        }
        struct str seen = cell_shown(cell_text(arena, cells[i]));
        if (c == check->ncolumns) {
            continue; /* a column of their own: not read */
        }
        known++;
        if (places[c] != SIZE_MAX) {
            struct exchange_mistake *m = &(*mistakes)[(*nmistakes)++];
            *m = mistake_at(check, number, SIZE_MAX,
                            (struct name){ arena_printf(arena, "“%.*s”这一列出现了两次，请删去一列", STR_ARG(seen)),
                                           arena_printf(arena, "The column '%.*s' stands there twice; delete one",
                                                        STR_ARG(seen)) });
            m->column = (uint32_t)i + 1;
            continue;
        }
        places[c] = i;
    }
    /* Two headings, or the code alone in its column: else it is a title above the table. */
    bool found = places[exchange_column_of(check, EXCHANGE_CODE)] != SIZE_MAX && (known > 1 || n == 1);
    if (found) {
        memcpy(check->places, places, sizeof places);
        check->width = n;
    }
    return found;
}

/* ---- What a row says by itself ---- */

struct str exchange_cell_at(const struct exchange_check *check, const struct exchange_row *row, size_t column)
{
    size_t place = check->places[column];
    return place < row->ncells ? row->cells[place] : STR("");
}

bool exchange_is_blank(struct str cell)
{
    return cell.n == 0 || cell_trimmed(cell).n == 0;
}

/* A citizen number in its one form; empty with a mistake. */
static struct str citizen_of(struct exchange_check *check, struct arena *arena, struct exchange_row *row, size_t column)
{
    struct str s = cell_plain(arena, exchange_cell_at(check, row, column));
    if (s.n && s.p[0] == '\'') {
        s = str_part(s, 1, s.n);
    }
    if (s.n && s.p[s.n - 1] == 'x') {
        s = arena_printf(arena, "%.*sX", (int)s.n - 1, s.p);
    }
    if (s.n == 0) {
        return s;
    }
    switch (citizen_fault_of(s, &row->person.birth)) {
    case CITIZEN_GOOD:
        return s;
    case CITIZEN_LENGTH:
    case CITIZEN_DIGITS:
        if (str_find(s, '.') < s.n || str_find(s, 'E') < s.n) {
            ADD(column, STR("身份证号被存成了数字，末几位已丢失；请把单元格设为文本后重填"),
                STR("The citizen number was stored as a number and has lost its last digits; format the cell as text "
                    "and type it again"));
        } else {
            ADD(column, arena_printf(arena, "身份证号有 %zu 个字符或含非数字，应为 18 位（末位可为 X）", str_chars(s)),
                arena_printf(arena,
                             "The citizen number has %zu characters or something that is no digit; expected 18, the "
                             "last may be X",
                             str_chars(s)));
        }
        break;
    case CITIZEN_BIRTH:
        ADD(column, STR("身份证号中的出生日期不存在"),
            STR("The day of birth within the citizen number does not exist"));
        break;
    case CITIZEN_CHECK:
        ADD(column, STR("身份证号的校验码不符：有一位写错，或两位颠倒"),
            STR("The citizen number's check character does not fit: a digit is wrong, or two are swapped"));
        break;
    }
    return STR("");
}

static void read_person(struct exchange_check *check, struct arena *arena, struct exchange_row *row,
                        struct exchange_said *said)
{
    size_t number = exchange_column_of(check, EXCHANGE_CITIZEN), name = exchange_column_of(check, EXCHANGE_NAME);
    size_t sex = exchange_column_of(check, EXCHANGE_SEX), birth = exchange_column_of(check, EXCHANGE_BIRTH);
    row->person.citizen = said->citizen = citizen_of(check, arena, row, number);
    row->person.name = said->is_wrong[name] ? STR("") : said->values[name].bytes;
    if (!said->citizen.n) {
        return;
    }
    bool male = (said->citizen.p[16] - '0') % 2 == 1;
    struct str stated = said->is_wrong[sex] ? STR("") : said->values[sex].bytes;
    row->person.sex = male ? STR("1") : STR("2");
    if (stated.n && !str_eq(stated, row->person.sex)) {
        ADD(sex, male ? STR("性别与身份证号不符，身份证号为男") : STR("性别与身份证号不符，身份证号为女"),
            male ? STR("The sex does not fit the citizen number, which says male")
                 : STR("The sex does not fit the citizen number, which says female"));
    }
    int64_t day = said->is_wrong[birth] ? 0 : said->values[birth].integer;
    if (day && day != row->person.birth) {
        struct str is = day_format(arena, day), says = day_format(arena, row->person.birth);
        ADD(birth, arena_printf(arena, "出生日期 %.*s 与身份证号不符，身份证号为 %.*s", STR_ARG(is), STR_ARG(says)),
            arena_printf(arena, "The day of birth %.*s does not fit the citizen number, which says %.*s", STR_ARG(is),
                         STR_ARG(says)));
    }
}

static void read_row(struct exchange_check *check, struct arena *arena, struct exchange_row *row,
                     struct exchange_said *said)
{
    *said = (struct exchange_said){ 0 };
    row->state = EXCHANGE_SAME;
    row->mistakes = NULL;
    row->nmistakes = 0;
    row->changed = 0;
    row->ends = 0;
    row->records = false;
    row->before = row->fact = (struct fact){ 0 };
    row->person = (struct exchange_person){ 0 };
    for (size_t c = 0; c < check->ncolumns; c++) {
        if (check->columns[c].role == EXCHANGE_CITIZEN) {
            said->values[c] = V_TEXT(STR(""));
            continue;
        }
        said->is_wrong[c] = !exchange_value(arena, check->columns[c].column, exchange_cell_at(check, row, c),
                                            &said->values[c], &said->wrong[c]);
    }
    size_t code = exchange_column_of(check, EXCHANGE_CODE), from = exchange_column_of(check, EXCHANGE_FROM),
           until = exchange_column_of(check, EXCHANGE_UNTIL);
    if (said->is_wrong[code]) {
        exchange_add(check, arena, row, code, said->wrong[code]);
    } else {
        said->code = said->values[code].bytes;
        uint32_t before = exchange_seen_before(&check->seen, "code", said->code, row->number);
        if (before) {
            ADD(code, arena_printf(arena, "代码“%.*s”与第 %u 行重复", STR_ARG(said->code), before),
                arena_printf(arena, "The code '%.*s' stands in row %u already", STR_ARG(said->code), before));
        }
    }
    said->from = said->is_wrong[from] ? 0 : said->values[from].integer;
    said->until = said->is_wrong[until] ? 0 : said->values[until].integer;
    if (said->is_wrong[from]) {
        exchange_add(check, arena, row, from, said->wrong[from]);
    }
    if (said->is_wrong[until]) {
        exchange_add(check, arena, row, until, said->wrong[until]);
    }
    if (check->setting->kind->names_persons) {
        read_person(check, arena, row, said);
    }
    for (size_t i = check->width; i < row->ncells; i++) {
        if (!exchange_is_blank(row->cells[i])) {
            struct str seen = cell_shown(cell_text(arena, row->cells[i]));
            ADD(SIZE_MAX,
                arena_printf(arena, "标题行以外还有内容“%.*s”；是否多了一个分隔符，或整行错位", STR_ARG(seen)),
                arena_printf(arena,
                             "There is '%.*s' right of the last heading; is there one separator too many, or did the "
                             "row move?",
                             STR_ARG(seen)));
            break;
        }
    }
}

bool exchange_check_rows(struct exchange_check *check, struct db *db, struct arena *arena, struct exchange_row *rows,
                         size_t n, struct error *error)
{
    struct str codes[EXCHANGE_BATCH], citizens[EXCHANGE_BATCH];
    struct exchange_known_person found[EXCHANGE_BATCH];
    static const struct exchange_known_person nobody = { 0 };
    struct exchange_versions versions;
    struct exchange_said *said = ARENA_ARRAY(arena, struct exchange_said, n);
    size_t ncodes = 0, ncitizens = 0;
    for (size_t i = 0; i < n; i++) {
        read_row(check, arena, &rows[i], &said[i]);
        if (said[i].code.n) {
            codes[ncodes++] = said[i].code;
        }
        if (said[i].citizen.n) {
            citizens[ncitizens++] = said[i].citizen;
        }
    }
    if (!exchange_versions(db, arena, check->setting->kind, codes, ncodes, &versions, error) ||
        !exchange_persons(check, db, arena, citizens, ncitizens, found, error)) {
        return false;
    }
    for (size_t i = 0, p = 0; i < n; i++) {
        const struct exchange_known_person *known = said[i].citizen.n ? &found[p++] : &nobody;
        if (!exchange_judge(check, db, arena, &rows[i], &said[i], &versions, known, error)) {
            return false;
        }
    }
    return true;
}

bool exchange_check_absent(struct exchange_check *check, struct db *db, int64_t *absent, struct error *error)
{
    const struct keeper_of *who = &check->setting->who;
    struct facts_ask ask = { .as_of = { check->setting->day, MOMENT_OPEN },
                             .scope = who->scope,
                             .institution = who->level == KEEPER_SCHOOL ? who->institution : 0 };
    int64_t all = 0;
    if (!facts_count(db, check->setting->kind, &ask, &all, error)) {
        return false;
    }
    *absent = all > check->matched ? all - check->matched : 0;
    return true;
}

bool exchange_add_person(struct writing *writing, const struct exchange_person *person, int64_t *subject,
                         struct error *error)
{
    struct str hash =
        person->hash.n ? person->hash : vault_hash_in(writing->vault, writing->arena, "citizen", person->citizen);
    return facts_person_hashed(writing, writing->vault, person->citizen, hash, person->name, person->sex, person->birth,
                               subject, error);
}

bool exchange_write(struct writing *writing, const struct kind *kind, const struct exchange_row *row, int64_t change,
                    struct error *error)
{
    struct fact fact = row->fact;
    bool changed;
    if (kind->names_persons && fact.subject == 0 && !exchange_add_person(writing, &row->person, &fact.subject, error)) {
        return false;
    }
    if (row->records) {
        /* An institution's picture of today is kept by facts_record alone. */
        bool first = row->before.id == 0 && row->fact.subject == 0 && kind->id != KIND_INSTITUTION;
        if (!(first ? facts_add(writing, kind, &fact, change, error)
                    : facts_record(writing, kind, &fact, change, &changed, error))) {
            return false;
        }
    }
    return !row->ends || facts_end(writing, kind, row->before.subject, row->ends, change, error);
}
