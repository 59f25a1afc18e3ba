/* See desk.h. */
#include "registry/pages/desk.h"

#include "base/clock.h"
#include "registry/exchange.h"
#include "registry/registry.h"
#include "store/journal.h"

/* ---- Who looks ---- */

bool desk_keeper(struct request *request, unsigned among, struct keeper_of *who)
{
    const struct session *session = request_session(request);
    struct arena *arena = request_arena(request);
    unsigned roles = session->roles & among;
    *who = (struct keeper_of){ .account = session->account,
                               .level = roles & ROLE_CITY     ? KEEPER_CITY
                                        : roles & ROLE_COUNTY ? KEEPER_COUNTY
                                                              : KEEPER_SCHOOL,
                               .scope = arena_str(arena, session_scope(session)),
                               .role = accounts_role_name(roles, among) };
    if (roles & ROLE_AUDITOR || who->level != KEEPER_SCHOOL) {
        return true;
    }
    struct institution institution;
    struct error error;
    bool found = false;
    struct db *db = request_db(request);
    if (!db) {
        return false;
    }
    who->institution = session->institution ? session->institution : -1; /* a desk without a school sees none */
    if (!registry_institution(db, arena, session->institution, &institution, &found, &error)) {
        reply_failed(request, &error);
        return false;
    }
    who->scope = found ? institution.division : STR("");
    return true;
}

static bool look(struct request *request, struct desk *desk)
{
    const struct session *session = request_session(request);
    unsigned roles = session ? session->roles : 0;
    if (!(roles & REGISTER_READERS)) {
        return true;
    }
    desk->reads = true;
    desk->keeps = (roles & REGISTER_ROLES) != 0;
    /* Who may propose acts by that role alone: reading more elsewhere must not widen what may be changed. */
    return desk_keeper(request, desk->keeps ? REGISTER_ROLES : REGISTER_READERS, &desk->who);
}

bool desk_moment(struct str text, int64_t *moment)
{
    int64_t day;
    if (text.n <= 10 && day_parse(text, &day)) {
        *moment = day_start_ms(day + 1) - 1;
        return true;
    }
    return ms_parse(text, moment) || str_to_int(text, INT64_C(1000000000), MOMENT_OPEN, moment);
}

struct str desk_encode(struct arena *arena, struct str text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = arena_alloc(arena, text.n * 3 + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                     c == '_' || c == '.' || c == '~';
        if (plain) {
            out[n++] = (char)c;
        } else {
            out[n++] = '%';
            out[n++] = digits[c >> 4];
            out[n++] = digits[c & 15];
        }
    }
    out[n] = '\0';
    return (struct str){ out, n };
}

struct desk *desk_of(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct desk *desk = ARENA_NEW(arena, struct desk);
    *desk = (struct desk){ .app = request_app(request),
                           .arena = arena,
                           .lang = request_lang(request),
                           .day = str_trim(request_query(request, "day")),
                           .known = str_trim(request_query(request, "known")),
                           .query = STR(""),
                           .more = STR(""),
                           .today = day_of_ms(clock_ms()) };
    desk->as_of = (struct as_of){ desk->today, MOMENT_OPEN };
    if ((desk->day.n && !day_parse(desk->day, &desk->as_of.day)) ||
        (desk->known.n && !desk_moment(desk->known, &desk->as_of.recorded))) {
        reply_problem(request, 400, T("日期看不懂", "The date is not one"),
                      T("日期应写作 2023-12-31；“按当时所知”也可写时刻，如 2024-02-27 09:00。",
                        "A day is written 2023-12-31; what was known may also be asked of a moment, such as "
                        "2024-02-27 09:00."),
                      T("请返回上一页改正。", "Please go back and correct it."));
        return NULL;
    }
    if (desk->as_of.day != desk->today || desk->known.n) {
        struct str day = day_format(arena, desk->as_of.day);
        desk->query = desk->known.n ? arena_printf(arena, "?day=%.*s&known=%.*s", STR_ARG(day),
                                                   STR_ARG(desk_encode(arena, desk->known)))
                                    : arena_printf(arena, "?day=%.*s", STR_ARG(day));
        desk->more = arena_printf(arena, "&%.*s", STR_ARG(str_part(desk->query, 1, desk->query.n)));
        desk->day = day;
    }
    return look(request, desk) ? desk : NULL;
}

bool desk_owns(const struct desk *desk, struct str division, int64_t institution)
{
    if (!desk->reads || !desk->who.scope.n) {
        return false;
    }
    return desk->who.institution ? institution == desk->who.institution : str_starts(division, desk->who.scope);
}

bool desk_sees(const struct desk *desk, const struct kind *kind, struct str division, int64_t institution)
{
    return !kind->names_persons || desk_owns(desk, division, institution);
}

bool desk_shows(const struct desk *desk, const struct column *column, struct str division, int64_t institution)
{
    return !column->staff_only || desk_owns(desk, division, institution);
}

const struct kind *desk_kind(struct request *request, const struct desk *desk)
{
    const struct kind *kind = kind_named(request_param(request, "kind"));
    if (!kind || (kind->names_persons && !(desk->reads && desk->who.scope.n))) {
        reply_not_found(request);
        return NULL;
    }
    return kind;
}

/* ---- Reading ---- */

struct loading {
    struct app *app;
    desk_loader *load;
    void *context;
    request_done *show;
};

static bool load_work(struct arena *arena, void *context, struct error *error)
{
    struct loading *loading = context;
    struct db *db = NULL;
    (void)arena;
    if (!db_open(&db, loading->app->store, DB_READ, error)) {
        return false;
    }
    bool good = db_read_begin(db, error) && loading->load(db, loading->context, error);
    db_read_end(db);
    db_close(db);
    return good;
}

static void loaded(struct request *request, bool ok, const struct error *error, void *context)
{
    struct loading *loading = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    loading->show(request, true, error, loading->context);
}

void desk_load(struct request *request, bool heavy, desk_loader *load, request_done *show, void *context)
{
    struct loading *loading = ARENA_NEW(request_arena(request), struct loading);
    *loading = (struct loading){ request_app(request), load, context, show };
    if (heavy) {
        request_work(request, load_work, loading, loaded);
        return;
    }
    struct error error = { "" };
    struct db *db = request_db(request);
    if (db) {
        loaded(request, load(db, context, &error), &error, loading);
    }
}

struct reading_command {
    struct reading_of reading;
    struct keeper_of who;
    request_done *show;
    void *context;
};

static bool read_run(struct writing *writing, void *input, struct error *error)
{
    const struct reading_command *command = input;
    return journal_append(writing,
                          &(struct journal_entry){ .actor = command->who.account,
                                                   .role = command->who.role,
                                                   .action = "register.read",
                                                   .subject_kind = command->reading.kind->name,
                                                   .subject_id = command->reading.subject,
                                                   .division = command->reading.division,
                                                   .detail = command->reading.detail },
                          error);
}

static void was_read(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct reading_command *command = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    command->show(request, true, error, command->context);
}

void desk_reading(struct request *request, const struct reading_of *reading, request_done *show, void *context)
{
    const struct session *session = request_session(request);
    struct reading_command *command = ARENA_NEW(request_arena(request), struct reading_command);
    *command = (struct reading_command){ .reading = *reading,
                                         .who = { .account = session->account,
                                                  .role = accounts_role_name(session->roles, REGISTER_READERS) },
                                         .show = show,
                                         .context = context };
    request_command(request, "register.read", read_run, command, was_read, command);
}

/* ---- Words ---- */

struct name desk_name(const struct desk *desk, const struct kind *kind, const struct fact *fact)
{
    const struct honour_kind *designation =
        kind->id == KIND_HONOUR ? city_designation(desk->app->city, fact_text(kind, fact, "designation")) : NULL;
    return designation ? designation->name : fact_name(kind, fact);
}

struct str desk_cell(const struct desk *desk, const struct column *column, struct value value)
{
    bool honour = strcmp(column->name, "designation") == 0 && value.kind == VALUE_TEXT;
    const struct honour_kind *designation = honour ? city_designation(desk->app->city, value.bytes) : NULL;
    if (designation) {
        return name_in(designation->name, desk->lang);
    }
    if (value.kind == VALUE_NULL || ((column->type == COLUMN_DAY || column->type == COLUMN_DEGREE) && !value.integer)) {
        return STR("—");
    }
    struct str cell = exchange_cell(desk->arena, column, value, desk->lang);
    return cell.n ? cell : STR("—");
}

struct name desk_division(struct db *db, const struct desk *desk, struct str code)
{
    const struct kind *kind = &KIND_LIST[KIND_DIVISION];
    struct fact fact;
    struct error error;
    bool found = false;
    if (facts_one(db, desk->arena, kind, code, desk->as_of, &fact, &found, &error) && found) {
        return fact_name(kind, &fact);
    }
    return (struct name){ code, code };
}

struct name desk_institution(struct db *db, const struct desk *desk, int64_t id, struct str *code)
{
    const struct kind *kind = &KIND_LIST[KIND_INSTITUTION];
    struct fact fact;
    struct error error;
    bool found = false;
    *code = STR("");
    if (id && facts_of_subject(db, desk->arena, kind, id, desk->as_of, &fact, &found, &error) && found) {
        *code = fact.code;
        return fact_name(kind, &fact);
    }
    return (struct name){ STR("—"), STR("—") };
}

bool desk_person(struct db *db, const struct desk *desk, int64_t person, struct str *name, struct error *error)
{
    struct rows *rows = db_query(db, error, "select name_sealed from person where id = ?1", V_INT(person));
    bool good = true;
    *name = STR("—");
    if (rows_next(rows)) {
        good = vault_unseal(desk->app->vault, desk->arena, "person.name", rows_blob(rows, 0), name, error);
    }
    return rows_end(rows, good ? error : &(struct error){ "" }) && good;
}

struct str desk_span(const struct desk *desk, const struct fact *fact)
{
    struct str from = day_format(desk->arena, fact->valid_from);
    if (fact->valid_until >= DAY_OPEN) {
        return arena_printf(desk->arena, desk->lang == LANG_EN ? "from %.*s" : "%.*s 起", STR_ARG(from));
    }
    struct str last = day_format(desk->arena, fact->valid_until - 1);
    return arena_printf(desk->arena, desk->lang == LANG_EN ? "%.*s to %.*s" : "%.*s 至 %.*s", STR_ARG(from),
                        STR_ARG(last));
}

struct text desk_title(struct arena *arena, struct text text)
{
    struct str en = str_of(text.en);
    char first = en.n && en.p[0] >= 'a' && en.p[0] <= 'z' ? (char)(en.p[0] - 'a' + 'A') : '\0';
    return first ? T(text.zh, arena_printf(arena, "%c%.*s", first, STR_ARG(str_part(en, 1, en.n))).p) : text;
}

struct text kind_change_words(const struct desk *desk, struct str change_kind)
{
    static const struct {
        const char *name;
        struct text words;
    } events[] = {
        { "merge", T("合并", "merger") },      { "split", T("拆分", "split") },
        { "move", T("划转", "move") },         { "rename", T("更名", "renaming") },
        { "recode", T("换代码", "recoding") }, { "close", T("撤销", "closing") },
        { "import", T("导入", "import") },     { "undo", T("撤回", "undoing") },
        { "demo", T("建库", "first entry") },
    };
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (str_is(change_kind, events[i].name)) {
            return events[i].words;
        }
    }
    const struct kind *kind = kind_named(change_kind);
    const char *own = arena_str(desk->arena, change_kind).p;
    return kind ? kind->one : (struct text){ own, own };
}

struct text change_state_words(enum change_state state, enum colour *colour)
{
    static const struct {
        struct text words;
        enum colour colour;
    } all[] = {
        [CHANGE_PROPOSED] = { T("待确认", "waits to be confirmed"), COLOUR_YELLOW },
        [CHANGE_CONFIRMED] = { T("已生效", "confirmed"), COLOUR_GREEN },
        [CHANGE_REJECTED] = { T("已退回", "rejected"), COLOUR_RED },
        [CHANGE_WITHDRAWN] = { T("已撤下", "withdrawn"), COLOUR_GREY },
        [CHANGE_UNDONE] = { T("已撤回", "undone"), COLOUR_GREY },
    };
    *colour = all[state].colour;
    return all[state].words;
}

struct str desk_thing(const struct desk *desk, const struct kind *kind, struct str code)
{
    return arena_printf(desk->arena, "/register/%s/%.*s%.*s", kind->name, STR_ARG(desk_encode(desk->arena, code)),
                        STR_ARG(desk->query));
}
