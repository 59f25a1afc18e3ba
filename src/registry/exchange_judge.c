/* What a row means beside what the register knows: new, changed where, the same; may it; who it is about. The last pass
 * of exchange_check.c. */
#include "registry/exchange_inside.h"

#include "base/cell.h"
#include "base/clock.h"
#include "registry/place_frame.h"

#include <math.h>

/* ---- What the register knows ---- */

/* The version of the code that holds on the day. */
static const struct fact *version_on(const struct exchange_versions *versions, struct str code, int64_t day)
{
    for (size_t i = 0; i < versions->n; i++) {
        const struct fact *version = &versions->items[i];
        if (version->valid_from <= day && version->valid_until > day && str_eq(version->code, code)) {
            return version;
        }
    }
    return NULL;
}

static void find_before(struct exchange_check *check, const struct exchange_versions *versions,
                        struct exchange_row *row, const struct exchange_said *said)
{
    int64_t day = check->setting->day;
    const struct fact *at_from = said->from ? version_on(versions, said->code, said->from) : NULL;
    const struct fact *today = version_on(versions, said->code, day);
    const struct fact *before = at_from ? at_from : today;
    check->matched += today != NULL;
    row->fact.valid_from = said->from ? said->from : day;
    row->fact.valid_until = DAY_OPEN;
    for (size_t i = 0; i < versions->n; i++) {
        const struct fact *version = &versions->items[i];
        if (!str_eq(version->code, said->code)) {
            continue;
        }
        row->fact.subject = version->subject;
        bool later = version->valid_from > row->fact.valid_from && version->valid_from < row->fact.valid_until;
        row->fact.valid_until = later ? version->valid_from : row->fact.valid_until;
    }
    if (!before) {
        return;
    }
    bool said_as_it_is = said->from == 0 || said->from == before->valid_from;
    row->before = *before;
    row->fact.valid_until = before->valid_until;
    if (said_as_it_is) {
        row->fact.valid_from = day > before->valid_from && day < before->valid_until ? day : before->valid_from;
    } else {
        row->changed |= 1u << exchange_column_of(check, EXCHANGE_FROM);
    }
}

/* Does the cell say what the export says of the value, in either language? Line ends and blanks at the ends do not
 * count: formats change them. */
static struct str comparable(struct arena *arena, struct str s)
{
    s = cell_trimmed(s);
    char *out = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\r' || i + 1 == s.n || s.p[i + 1] != '\n') {
            out[n++] = s.p[i] == '\r' ? '\n' : s.p[i];
        }
    }
    return (struct str){ out, n };
}

static bool says_the_same(struct arena *arena, const struct column *column, struct str cell, struct value value)
{
    cell = comparable(arena, cell);
    for (enum lang lang = LANG_ZH; lang <= LANG_EN; lang++) {
        struct str text = exchange_cell(arena, column, value, lang);
        if (str_eq(cell, comparable(arena, text)) || str_eq(cell, comparable(arena, cell_guarded(arena, text)))) {
            return true;
        }
    }
    return false;
}

static bool same_value(struct value a, struct value b)
{
    return a.kind == VALUE_TEXT ? b.kind == VALUE_TEXT && str_eq(a.bytes, b.bytes)
                                : b.kind == VALUE_INT && a.integer == b.integer;
}

static bool field(struct exchange_check *check, struct db *db, struct arena *arena, struct exchange_row *row,
                  struct exchange_said *said, size_t c, struct error *error)
{
    const struct exchange_column *at = &check->columns[c];
    const struct column *column = at->column;
    bool known_thing = row->before.id != 0;
    struct value *value = &row->fact.values[at->index];
    if (known_thing && check->places[c] == SIZE_MAX) {
        *value = row->before.values[at->index];
        return true;
    }
    *value = said->values[c];
    bool same = known_thing && !said->is_wrong[c] && same_value(*value, row->before.values[at->index]);
    if (known_thing && !same &&
        says_the_same(arena, column, exchange_cell_at(check, row, c), row->before.values[at->index])) {
        *value = row->before.values[at->index];
        same = true;
    }
    if (same) {
        return true;
    }
    row->changed |= 1u << c;
    if (said->is_wrong[c]) {
        exchange_add(check, arena, row, c, said->wrong[c]);
        return true;
    }
    if (column->type == COLUMN_CODE && value->bytes.n) {
        bool known = false;
        if (!exchange_is_known(check, db, arena, column->of, value->bytes, row->fact.valid_from, &known, error)) {
            return false;
        }
        if (!known) {
            struct str seen = cell_shown(value->bytes);
            ADD(c, arena_printf(arena, "没有代码为“%.*s”的%s", STR_ARG(seen), KIND_LIST[column->of].one.zh),
                arena_printf(arena, "There is no %s with the code '%.*s'", KIND_LIST[column->of].one.en,
                             STR_ARG(seen)));
        }
    }
    return true;
}

static size_t column_of_field(const struct exchange_check *check, int index)
{
    size_t c = 0;
    while (check->columns[c].role != EXCHANGE_FIELD || check->columns[c].index != (size_t)index) {
        c++;
    }
    return c;
}

/* Of a campus the place that is kept is computed from the one that was given, where it is not said itself. */
static void computed_place(const struct exchange_check *check, struct exchange_row *row)
{
    const struct kind *kind = check->setting->kind;
    int x = kind_column(kind, STR("x_e6")), y = kind_column(kind, STR("y_e6")), frame = kind_column(kind, STR("frame")),
        lon = kind_column(kind, STR("lon_e6")), lat = kind_column(kind, STR("lat_e6"));
    if (x < 0 || y < 0 || frame < 0 || lon < 0 || lat < 0 || row->state == EXCHANGE_BAD) {
        return;
    }
    struct value *values = row->fact.values;
    uint32_t given =
        1u << column_of_field(check, x) | 1u << column_of_field(check, y) | 1u << column_of_field(check, frame);
    uint32_t kept = 1u << column_of_field(check, lon) | 1u << column_of_field(check, lat);
    bool said = (row->changed & kept) && values[lon].integer && values[lat].integer;
    if (!(row->changed & given) || said || !values[x].integer || !values[y].integer) {
        return;
    }
    struct degrees place = { (double)values[x].integer / 1e6, (double)values[y].integer / 1e6 };
    place = place_to_cgcs2000(place_frame_of(values[frame].bytes), place);
    values[lon] = V_INT(llround(place.lon * 1e6));
    values[lat] = V_INT(llround(place.lat * 1e6));
    row->changed |= kept;
}

/* Longitude and latitude come together, and lie in the country: two that were swapped do not. */
static void degrees(struct exchange_check *check, struct arena *arena, struct exchange_row *row)
{
    const struct kind *kind = check->setting->kind;
    int lon = kind_column(kind, STR("lon_e6")), lat = kind_column(kind, STR("lat_e6"));
    if (lon < 0 || lat < 0 || row->state == EXCHANGE_BAD) {
        return;
    }
    size_t east = column_of_field(check, lon), north = column_of_field(check, lat);
    int64_t x = row->fact.values[lon].integer, y = row->fact.values[lat].integer;
    if (!(row->changed & (1u << east | 1u << north)) || (x == 0 && y == 0)) {
        return;
    }
    if (x == 0 || y == 0) {
        ADD(x == 0 ? east : north, STR("经度和纬度要么都填，要么都不填"),
            STR("Longitude and latitude: both or neither"));
    } else if (x < 73000000 || x > 136000000 || y < 3000000 || y > 54000000) {
        ADD(x < 73000000 || x > 136000000 ? east : north, STR("坐标不在中国范围内；经度和纬度是否填反"),
            STR("The place lies outside of China; are longitude and latitude swapped?"));
    }
}

static bool no_institution(struct exchange_check *check, struct arena *arena, struct exchange_row *row, size_t c,
                           struct str code)
{
    struct str seen = cell_shown(code);
    ADD(c, arena_printf(arena, "没有代码为“%.*s”的单位", STR_ARG(seen)),
        arena_printf(arena, "There is no institution with the code '%.*s'", STR_ARG(seen)));
    return true;
}

/* The institution that the row names. A mistake when it names none, or one that does not stand on the day. */
static bool institution_of(struct exchange_check *check, struct db *db, struct arena *arena, struct exchange_row *row,
                           const struct exchange_said *said, const struct exchange_institution **institution,
                           struct error *error)
{
    size_t c = exchange_column_of(check, EXCHANGE_INSTITUTION);
    bool stands = true;
    *institution = NULL;
    if (c == check->ncolumns) {
        return true;
    }
    if (row->before.id && check->places[c] == SIZE_MAX) {
        *institution = exchange_institution_by_id(check, row->before.institution);
        return true;
    }
    if (said->is_wrong[c]) {
        exchange_add(check, arena, row, c, said->wrong[c]);
        return true;
    }
    struct str code = said->values[c].bytes;
    *institution = exchange_institution_by_code(check, code);
    if (row->before.id && row->before.institution == (*institution ? (*institution)->id : 0) &&
        (*institution || !code.n)) {
        return true;
    }
    if (!code.n) {
        ADD(c, STR("“单位代码”不能为空"), STR("'Code of the institution' must be filled in"));
        return true;
    }
    if (*institution &&
        !exchange_is_known(check, db, arena, KIND_INSTITUTION, code, row->fact.valid_from, &stands, error)) {
        return false;
    }
    return (*institution && stands) || no_institution(check, arena, row, c, code);
}

static bool division_exists(struct exchange_check *check, struct db *db, struct arena *arena, struct exchange_row *row,
                            size_t c, struct error *error)
{
    bool known = false;
    struct str division = row->fact.division, seen = cell_shown(division);
    if (!exchange_is_known(check, db, arena, KIND_DIVISION, division, row->fact.valid_from, &known, error)) {
        return false;
    }
    if (!known) {
        ADD(c, arena_printf(arena, "没有代码为“%.*s”的行政区划", STR_ARG(seen)),
            arena_printf(arena, "There is no division with the code '%.*s'", STR_ARG(seen)));
    }
    return true;
}

/* The division that the row says, else the institution's, else what it was. */
static struct str division_of(const struct exchange_check *check, const struct exchange_row *row,
                              const struct exchange_said *said, const struct exchange_institution *institution,
                              bool moved)
{
    size_t c = exchange_column_of(check, EXCHANGE_DIVISION);
    struct str said_so = c == check->ncolumns ? said->code : said->is_wrong[c] ? STR("") : said->values[c].bytes;
    if (said_so.n) {
        return said_so;
    }
    return institution && (moved || !row->before.id) ? institution->division : row->before.division;
}

/* Whose it is. */
static bool whose(struct exchange_check *check, struct db *db, struct arena *arena, struct exchange_row *row,
                  const struct exchange_said *said, struct error *error)
{
    const struct exchange_institution *institution;
    size_t c = exchange_column_of(check, EXCHANGE_DIVISION), i = exchange_column_of(check, EXCHANGE_INSTITUTION);
    size_t mistakes = row->nmistakes;
    if (!institution_of(check, db, arena, row, said, &institution, error)) {
        return false;
    }
    bool own = check->setting->kind->id == KIND_INSTITUTION;
    row->fact.institution = institution ? institution->id : own ? row->before.institution : 0;
    bool moved = row->before.id && row->before.institution != row->fact.institution;
    if (c < check->ncolumns && said->is_wrong[c]) {
        exchange_add(check, arena, row, c, said->wrong[c]);
    }
    if (row->nmistakes > mistakes) {
        return true; /* one mistake about whose it is says it all */
    }
    row->fact.division = division_of(check, row, said, institution, moved);
    bool as_it_was = row->before.id && str_eq(row->fact.division, row->before.division);
    if (row->before.id && moved) {
        row->changed |= 1u << i;
    } else if (row->before.id && !as_it_was) {
        row->changed |= 1u << (c < check->ncolumns ? c : exchange_column_of(check, EXCHANGE_CODE));
    }
    if (as_it_was) {
        return true;
    }
    if (row->fact.division.n == 0) {
        ADD(c, STR("“区划代码”不能为空"), STR("'Code of the division' must be filled in"));
        return true;
    }
    if (institution && !str_eq(row->fact.division, institution->division)) {
        ADD(c,
            arena_printf(arena, "区划代码“%.*s”与单位所在的“%.*s”不符", STR_ARG(row->fact.division),
                         STR_ARG(institution->division)),
            arena_printf(arena, "The division '%.*s' is not that of the institution, '%.*s'",
                         STR_ARG(row->fact.division), STR_ARG(institution->division)));
        return true;
    }
    return c == check->ncolumns || division_exists(check, db, arena, row, c, error);
}

/* May who hands it in say this about that thing? */
static void scope(struct exchange_check *check, struct arena *arena, struct exchange_row *row)
{
    const struct exchange_setting *setting = check->setting;
    if (row->fact.division.n == 0 || (row->before.id && !row->changed)) {
        return;
    }
    bool may = change_may_propose(setting->kind, &setting->who, row->fact.division, row->fact.institution);
    if (may && row->before.id) {
        may = change_may_propose(setting->kind, &setting->who, row->before.division, row->before.institution);
    }
    if (!may) {
        size_t c = exchange_column_of(check, EXCHANGE_INSTITUTION);
        c = c == check->ncolumns ? exchange_column_of(check, EXCHANGE_DIVISION) : c;
        ADD(c, arena_printf(arena, "不在您的管理范围内（区划 %.*s）", STR_ARG(row->fact.division)),
            arena_printf(arena, "Outside of what you may change (division %.*s)", STR_ARG(row->fact.division)));
    }
}

/* The last day on which it holds, and what that means for the row. */
static void until(struct exchange_check *check, struct arena *arena, struct exchange_row *row,
                  const struct exchange_said *said)
{
    size_t c = exchange_column_of(check, EXCHANGE_UNTIL);
    int64_t day = said->until ? said->until : DAY_OPEN;
    bool open = row->before.id == 0 || row->before.valid_until == DAY_OPEN;
    if (said->is_wrong[c] || (row->before.id && check->places[c] == SIZE_MAX) ||
        (row->before.id && day == row->before.valid_until) || (!row->before.id && !said->until)) {
        return;
    }
    row->changed |= 1u << c;
    if (day <= row->fact.valid_from) {
        struct str is = day_format(arena, day), first = day_format(arena, row->fact.valid_from);
        ADD(c, arena_printf(arena, "结束日期 %.*s 不晚于起始日期 %.*s", STR_ARG(is), STR_ARG(first)),
            arena_printf(arena, "It ends on %.*s, which is not after its first day %.*s", STR_ARG(is), STR_ARG(first)));
        return;
    }
    if (row->before.id && open) {
        row->ends = day;
    }
    row->fact.valid_until = day;
}

/* Who the row is about. `known`: the person of its citizen number. */
static bool person(struct exchange_check *check, struct db *db, struct arena *arena, struct exchange_row *row,
                   const struct exchange_said *said, const struct exchange_known_person *known, struct error *error)
{
    const struct kind *kind = check->setting->kind;
    size_t number = exchange_column_of(check, EXCHANGE_CITIZEN), name = exchange_column_of(check, EXCHANGE_NAME);
    bool blank = exchange_is_blank(exchange_cell_at(check, row, number)), thing = row->fact.subject != 0;
    row->person.id = said->citizen.n ? known->id : 0;
    row->person.hash = said->citizen.n ? known->hash : STR("");
    if (!said->citizen.n) {
        if (blank && !thing) {
            ADD(number, STR("新登记的人必须填写身份证号"), STR("Somebody new needs a citizen number"));
        }
        return true;
    }
    if (thing && row->person.id != row->fact.subject) {
        ADD(number, arena_printf(arena, "代码“%.*s”在名录中是另一个人", STR_ARG(said->code)),
            arena_printf(arena, "The code '%.*s' is another person's in the register", STR_ARG(said->code)));
        return true;
    }
    uint32_t before = exchange_seen_before(&check->seen, "citizen", said->citizen, row->number);
    if (before) {
        ADD(number, arena_printf(arena, "这个身份证号在第 %u 行已经出现", before),
            arena_printf(arena, "This citizen number stands in row %u already", before));
    }
    if (row->person.id && row->person.name.n && !str_eq(row->person.name, known->name) &&
        !says_the_same(arena, check->columns[name].column, exchange_cell_at(check, row, name), V_TEXT(known->name))) {
        ADD(name, STR("姓名与名录中这个身份证号的姓名不同；改名请走更名手续"),
            STR("The name is not the one that the register has for this citizen number; a change of name is not made "
                "by import"));
    }
    if (!row->person.id && said->is_wrong[name]) {
        exchange_add(check, arena, row, name, said->wrong[name]);
    }
    if (row->person.id && !thing) {
        struct fact other;
        bool found = false;
        struct as_of as_of = { check->setting->day, MOMENT_OPEN };
        if (!facts_of_subject(db, arena, kind, row->person.id, as_of, &other, &found, error)) {
            return false;
        }
        if (found) {
            ADD(number, arena_printf(arena, "这个人已登记，代码是“%.*s”", STR_ARG(other.code)),
                arena_printf(arena, "This person is registered with the code '%.*s'", STR_ARG(other.code)));
        }
        row->fact.subject = row->person.id;
    }
    return true;
}

bool exchange_judge(struct exchange_check *check, struct db *db, struct arena *arena, struct exchange_row *row,
                    struct exchange_said *said, const struct exchange_versions *versions,
                    const struct exchange_known_person *known, struct error *error)
{
    row->fact.code = said->code;
    find_before(check, versions, row, said);
    for (size_t c = 0; c < check->ncolumns; c++) {
        if (check->columns[c].role == EXCHANGE_FIELD && !field(check, db, arena, row, said, c, error)) {
            return false;
        }
    }
    if (!whose(check, db, arena, row, said, error) ||
        (check->setting->kind->names_persons && !person(check, db, arena, row, said, known, error))) {
        return false;
    }
    computed_place(check, row);
    uint32_t without_until = row->changed;
    until(check, arena, row, said);
    degrees(check, arena, row);
    scope(check, arena, row);
    if (row->state == EXCHANGE_BAD) {
        return true;
    }
    row->state = row->before.id == 0 ? EXCHANGE_NEW : row->changed ? EXCHANGE_CHANGED : EXCHANGE_SAME;
    row->records = row->state == EXCHANGE_NEW || without_until != 0 ||
                   (row->state == EXCHANGE_CHANGED && row->fact.valid_until > row->before.valid_until);
    return true;
}
