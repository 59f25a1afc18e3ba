/* Confidential cases: the passphrase, sealing a new one, how many there are. One of them is another file
 * (sealed_open.c). */
#include "casework/pages/sealed.h"

#include "base/clock.h"
#include "casework/pages/routes.h"
#include "registry/registry.h"

#include "sealed.page.h"

enum { HOLDERS_MOST = 200, NAMED_MOST = 10 };

struct str sealed_copy(struct request *request, const char *field)
{
    return arena_str(request_arena(request), form_value(request, field));
}

/* ---- The passphrase ---- */

static const struct field passphrase_fields[] = {
    { .name = "old",
      .kind = FIELD_PASSWORD,
      .max = PASSPHRASE_MOST,
      .label = T("现在的口令", "The present passphrase"),
      .hint = T("忘了就空着，并勾选最下面一项", "Leave it empty if it is forgotten, and tick the last box") },
    { .name = "new",
      .kind = FIELD_PASSWORD,
      .required = true,
      .min = PASSPHRASE_LEAST,
      .max = PASSPHRASE_MOST,
      .label = T("新口令", "New passphrase"),
      .hint = T("至少 10 个字符，可以是一句话", "10 characters at least; a sentence is fine") },
    { .name = "again",
      .kind = FIELD_PASSWORD,
      .required = true,
      .max = PASSPHRASE_MOST,
      .label = T("再输一次", "Once more") },
    { .name = "anew",
      .kind = FIELD_YES,
      .label = T("口令忘了：换一把新钥匙", "It is forgotten: make a new key"),
      .hint = T("以前为我加密的内容从此打不开，除非别的指定人员再交给我",
                "What was sealed for me stays closed unless somebody else who is named hands it to me again") },
};
static const struct form passphrase_form = FORM(passphrase_fields);

static void show_passphrase(struct request *request)
{
    struct passphrase_view view = { 0 };
    struct person_key key;
    struct error error;
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    if (!person_key_of(db, request_session(request)->account, &key, &view.has, &error)) {
        reply_failed(request, &error);
        return;
    }
    view.made_at = view.has ? key.made_at : 0;
    if (!request_is_post(request)) {
        form_use(request, &passphrase_form);
    }
    reply_page(request, 200, passphrase_page, &view);
}

struct passphrase_work {
    struct person_key_keep keep;
    struct str old, new;
    bool has, right;
};

static bool make_key(struct arena *arena, void *context, struct error *error)
{
    struct passphrase_work *work = context;
    unsigned char secret[SM2_SECRET];
    (void)arena;
    work->right = true;
    if (!work->has || work->keep.anew) {
        return person_key_make(work->new, &work->keep.key, error);
    }
    bool good = person_key_secret(&work->keep.key, work->old, secret, &work->right, error) &&
                (!work->right || person_key_wrap(&work->keep.key, secret, work->new, error));
    sealed_wipe(secret, sizeof secret);
    return good;
}

static void kept_key(struct request *request, bool ok, const struct error *error, void *context)
{
    (void)context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_notice(request, "saved");
    reply_redirect(request, STR("/cases/passphrase"));
}

static void made_key(struct request *request, bool ok, const struct error *error, void *context)
{
    struct passphrase_work *work = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (!work->right) {
        form_error(request, "old", T("现在的口令不对", "The present passphrase is another one"));
        show_passphrase(request);
    } else {
        request_command(request, "key.keep", person_key_keep_run, &work->keep, kept_key, work);
    }
}

static void post_passphrase(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct error error;
    if (!desk) {
        return;
    }
    struct passphrase_work *work = ARENA_NEW(desk->arena, struct passphrase_work);
    *work = (struct passphrase_work){ .keep = { .who = desk->who, .anew = form_is(request, "anew", "yes") },
                                      .old = sealed_copy(request, "old"),
                                      .new = sealed_copy(request, "new") };
    if (!person_key_of(request_db(request), desk->who.account, &work->keep.key, &work->has, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (form_ok(request) && !str_eq(work->new, form_value(request, "again"))) {
        form_error(request, "again", T("两次输入的口令不一样", "The two are not the same"));
    }
    if (form_ok(request) && work->has && !work->keep.anew && !work->old.n) {
        form_error(request, "old", T("请填写现在的口令", "Fill in the present passphrase"));
    }
    work->keep.anew = work->keep.anew && work->has;
    if (!form_ok(request)) {
        show_passphrase(request);
        return;
    }
    request_work(request, make_key, work, made_key);
}

/* ---- Sealing a new one ---- */

/* Where it lies, as far as the session says: a school's own, a county's or the city's scope. */
bool sealed_holders(struct request *request, struct str division, int64_t institution, struct option **out, size_t *n,
                    struct error *error)
{
    struct arena *arena = request_arena(request);
    struct key_holder *holders;
    if (!key_holders(request_db(request), arena, division, institution, &holders, n, error)) {
        return false;
    }
    *out = ARENA_ARRAY(arena, struct option, *n + 1);
    for (size_t i = 0; i < *n; i++) {
        struct str name;
        if (!case_account_name(request, holders[i].account, &name, error)) {
            return false;
        }
        struct name at = holders[i].institution;
        (*out)[i] = (struct option){
            arena_printf(arena, "%lld", (long long)holders[i].account).p,
            { arena_printf(arena, "%.*s%s%.*s", STR_ARG(name), at.zh.n ? "，" : "", STR_ARG(at.zh)).p,
              arena_printf(arena, "%.*s%s%.*s", STR_ARG(name), at.zh.n ? ", " : "", STR_ARG(name_in(at, LANG_EN))).p },
            T("", "")
        };
    }
    return true;
}

/* The institution that a form's code names, or the session's own; 0: none. */
static bool institution_of(struct request *request, const struct case_desk_view *desk, struct institution *out,
                           bool *found, struct error *error)
{
    struct str code = request_is_post(request) ? form_value(request, "code") : STR("");
    *found = false;
    if (desk->who.institution > 0) {
        *out = (struct institution){ .id = desk->who.institution, .division = desk->who.scope };
        *found = true;
        return true;
    }
    bool good = code.n == 0 || registry_institution_by_code(request_db(request), desk->arena, code, out, found, error);
    *found = *found && str_starts(out->division, desk->who.scope);
    return good;
}

static const struct form *form_of_sealing(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct case_desk_view *desk = request_session(request) ? case_desk_of(request) : NULL;
    const struct case_kind *kind = desk ? city_case(desk->city, request_param(request, "kind")) : NULL;
    struct option *options;
    struct error error;
    size_t n;
    if (!kind || !kind->confidential ||
        !sealed_holders(request, desk->who.scope, desk->who.institution, &options, &n, &error)) {
        return NULL;
    }
    const struct form *said = case_form(arena, kind, kind->asks, kind->nasks, NULL, NULL, false, false);
    struct field *fields = ARENA_ARRAY(arena, struct field, said->field_count + 3);
    size_t count = 0;
    fields[count++] = (struct field){ .name = "code",
                                      .kind = FIELD_TEXT,
                                      .max = 60,
                                      .width = 20,
                                      .label = T("学校标识码", "Code of the school"),
                                      .hint = T("不涉及某一所学校可不填", "Empty when it is about no school") };
    for (size_t i = 0; i < said->field_count; i++) {
        fields[count++] = said->fields[i];
    }
    fields[count++] = (struct field){ .name = "holder",
                                      .kind = FIELD_SELECT,
                                      .required = true,
                                      .label = T("由谁负责", "Who holds it"),
                                      .options = options,
                                      .option_count = n };
    fields[count++] = (struct field){ .name = "others",
                                      .kind = FIELD_CHECKS,
                                      .label = T("还给谁看", "Who else may read it"),
                                      .hint = T("越少越好", "The fewer, the better"),
                                      .options = options,
                                      .option_count = n };
    struct form *form = ARENA_NEW(arena, struct form);
    *form = (struct form){ fields, count };
    return form;
}

static struct sealing_view *sealing_of(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    if (!desk) {
        return NULL;
    }
    struct sealing_view *view = ARENA_NEW(desk->arena, struct sealing_view);
    *view = (struct sealing_view){ .desk = desk, .kind = city_case(desk->city, request_param(request, "kind")) };
    if (!view->kind || !view->kind->confidential || !(view->kind->opens & desk->who.desks)) {
        reply_not_found(request);
        return NULL;
    }
    view->form = form_of_sealing(request);
    if (!view->form) {
        reply_failed(request, NULL);
        return NULL;
    }
    view->holders = view->form->fields[view->form->field_count - 1].option_count;
    return view;
}

static void show_sealing(struct request *request)
{
    struct sealing_view *view = sealing_of(request);
    if (view) {
        if (!request_is_post(request)) {
            form_use(request, view->form);
        }
        reply_page(request, 200, sealing_page, view);
    }
}

static void did_seal(struct request *request, bool ok, const struct error *error, void *context)
{
    struct case_open *input = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (input->result == CASE_BAD_VALUE) {
        case_form_error(request, input->field, input->says);
        show_sealing(request);
    } else if (input->result == CASE_DONE || input->result == CASE_REPEATED) {
        reply_page(request, 200, sealed_sent_page, input->number);
    } else {
        form_error(request, "holder", case_result_text(input->result));
        show_sealing(request);
    }
}

static void post_sealing(struct request *request)
{
    struct sealing_view *view = sealing_of(request);
    struct institution institution = { 0 };
    struct error error;
    bool found = false;
    if (!view) {
        return;
    }
    const struct case_desk_view *desk = view->desk;
    if (!institution_of(request, desk, &institution, &found, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!found && form_value(request, "code").n) {
        form_error(request, "code",
                   T("名录中没有这个代码，或不在您的范围内", "There is no such code within your scope"));
    }
    if (!form_ok(request)) {
        show_sealing(request);
        return;
    }
    int64_t *named = ARENA_ARRAY(desk->arena, int64_t, NAMED_MOST);
    size_t n = 0, nothers;
    const struct str *others = form_values(request, "others", &nothers);
    named[n++] = case_account_in(form_value(request, "holder"));
    for (size_t i = 0; i < nothers && n < NAMED_MOST; i++) {
        named[n] = case_account_in(others[i]);
        n += named[n] != named[0];
    }
    struct case_open *input = ARENA_NEW(desk->arena, struct case_open);
    *input = (struct case_open){ .city = desk->city,
                                 .kind = view->kind,
                                 .who = desk->who,
                                 .division = found ? institution.division : desk->who.scope,
                                 .institution = found ? institution.id : 0,
                                 .subject = STR(""),
                                 .title = STR(""),
                                 .values = case_form_values(request, view->kind, view->kind->asks, view->kind->nasks),
                                 .nvalues = view->kind->nasks,
                                 .named = named,
                                 .nnamed = n,
                                 .note = STR(""),
                                 .client_key = case_form_once(request) };
    request_command(request, "case.open", case_open_run, input, did_seal, input);
}

/* ---- How many ---- */

enum { SHOWN_LEAST = 5, MONTHS_A_QUARTER = 3, QUARTERS_A_YEAR = 4 };

/* Only quarters that are over are counted, so that a difference tells of nobody. */
static bool fill_counts(struct request *request, const struct case_desk_view *desk, struct sealed_counts_view *view,
                        struct error *error)
{
    int year, month, day;
    day_parts(desk->today, &year, &month, &day);
    int64_t now = (int64_t)year * QUARTERS_A_YEAR + (month - 1) / MONTHS_A_QUARTER, at = now - 1, asked, quarter;
    struct str word = request_query(request, "quarter");
    if (word.n == 7 && str_to_int(str_part(word, 0, 4), 2000, 2100, &asked) &&
        str_to_int(str_part(word, 6, 1), 1, QUARTERS_A_YEAR, &quarter) && asked * QUARTERS_A_YEAR + quarter - 1 < now) {
        at = asked * QUARTERS_A_YEAR + quarter - 1;
    }
    struct arena *arena = desk->arena;
    const int64_t ends[] = { at, at - 1, at + 1 };
    struct str words[3];
    for (size_t i = 0; i < 3; i++) {
        words[i] = arena_printf(arena, "%lld-Q%lld", (long long)(ends[i] / QUARTERS_A_YEAR),
                                (long long)(ends[i] % QUARTERS_A_YEAR + 1));
    }
    view->quarter = words[0];
    view->before = words[1];
    view->after = at + 1 < now ? words[2] : STR("");
    int first = (int)(at % QUARTERS_A_YEAR) * MONTHS_A_QUARTER + 1;
    int64_t from = day_of((int)(at / QUARTERS_A_YEAR), first, 1);
    int64_t until = at % QUARTERS_A_YEAR == QUARTERS_A_YEAR - 1
                        ? day_of((int)(at / QUARTERS_A_YEAR) + 1, 1, 1)
                        : day_of((int)(at / QUARTERS_A_YEAR), first + MONTHS_A_QUARTER, 1);
    view->rows = ARENA_ARRAY(arena, struct sealed_count, desk->city->ndivisions + 1);
    for (size_t i = 0; i < desk->city->ndivisions; i++) {
        const struct division *division = &desk->city->divisions[i];
        int64_t n = 0;
        if (division->level != DIVISION_COUNTY || !str_starts(division->code, desk->who.scope)) {
            continue;
        }
        if (!db_one_int(
                request_db(request), error, &n, NULL,
                "select count(*) from case_file where kind = ?1 and substr(division, 1, 6) = ?2 and opened_at >= "
                "?3 and opened_at < ?4",
                V_TEXT(view->kind->id), V_TEXT(division->code), V_INT(day_start_ms(from)),
                V_INT(day_start_ms(until)))) {
            return false;
        }
        view->rows[view->n++] = (struct sealed_count){ division->name, n > 0 && n < SHOWN_LEAST ? -1 : n };
    }
    return true;
}

static void show_counts(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct error error;
    if (!desk) {
        return;
    }
    struct sealed_counts_view view = { .kind = city_case(desk->city, request_param(request, "kind")) };
    if (!view.kind || !view.kind->confidential || !desk->who.scope.n) {
        reply_not_found(request);
        return;
    }
    if (!fill_counts(request, desk, &view, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, sealed_counts_page, &view);
}

#define SEALED(verb, at, handle, zh, en, ...)                                                                          \
    {                                                                                                                  \
        .method = verb, .path = at, .roles = SEALED_ROLES, .handler = handle, .summary = T(zh, en), __VA_ARGS__        \
    }

const struct route sealed_routes[] = {
    SEALED("GET", "/cases/passphrase", show_passphrase, "密件口令", "The passphrase of confidential cases",
           .answer = "page"),
    SEALED("POST", "/cases/passphrase", post_passphrase, "设密件口令", "Set the passphrase", .answer = "redirect",
           .form = &passphrase_form),
    SEALED("GET", "/cases/seal/:kind", show_sealing, "提出一件密件", "Open a confidential case", .answer = "page"),
    SEALED("POST", "/cases/seal/:kind", post_sealing, "提出一件密件", "Open a confidential case", .answer = "page",
           .form_of = form_of_sealing),
    { .method = "GET",
      .path = "/cases/counts/:kind",
      .roles = ROLE_COUNTY_OFFICER | ROLE_CITY,
      .handler = show_counts,
      .answer = "page",
      .summary = T("密件的件数", "How many confidential cases there are") },
};
const size_t sealed_route_count = sizeof sealed_routes / sizeof *sealed_routes;
