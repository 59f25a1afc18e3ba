/* Signing in and out.
 *
 * The password is compared on a worker thread (Argon2 is slow on purpose), then one command writes the verdict: a
 * session, or one more wrong try. After LIMIT_LOGIN_TRIES wrong ones an account waits LIMIT_LOGIN_WAIT_MINUTES. An
 * unknown name takes as long as a wrong password and is told the same, so nobody learns who has an account.
 *
 * In a demo city (setting `demo`) listed accounts are entered by one click; elsewhere those routes do not exist.
 * (Place for what comes later: a second factor and OIDC would stand between the verdict and the session.) */
#include "accounts/accounts.h"
#include "accounts/pages.h"

#include "base/clock.h"
#include "base/limits.h"
#include "store/journal.h"
#include "web/reply.h"

#include "change_password.page.h"
#include "demo_clock.page.h"
#include "sign_in.page.h"

#include <stdlib.h>

/* Where each role begins. The first that matches. */
static const struct {
    unsigned roles;
    const char *path;
} homes[] = {
    { ROLE_FAMILY, "/family" },         { ROLE_SCHOOL | ROLE_COUNTY_REVIEWER, "/work" },
    { ROLE_COUNTY_OFFICER, "/county" }, { ROLE_CITY, "/city" },
    { ROLE_WITNESS, "/witness" },       { ROLE_AUDITOR, "/audit" },
    { ROLE_OPERATOR, "/operator" },     { ROLE_INSPECTOR, "/supervision/mine" },
    { ROLE_ENTERPRISE, "/cases" },
};

const char *accounts_home(unsigned roles)
{
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
        if (roles & homes[i].roles) {
            return homes[i].path;
        }
    }
    return "/";
}

static const struct field sign_in_fields[] = {
    { .name = "login",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 100,
      .label = T("手机号或账号", "Mobile number or account name"),
      .autocomplete = "username" },
    { .name = "password",
      .kind = FIELD_PASSWORD,
      .required = true,
      .max = PASSWORD_MOST,
      .label = T("密码", "Password"),
      .autocomplete = "current-password" },
};
static const struct form sign_in_form = FORM(sign_in_fields);

static void show_sign_in(struct request *request)
{
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct app *app = request_app(request);
    struct sign_in_view view = { .demo = app->demo };
    struct error error;
    if (!accounts_demo_list(db, request_arena(request), app->vault, &view.accounts, &view.count, &error)) {
        reply_failed(request, &error);
        return;
    }
    form_use(request, &sign_in_form);
    reply_page(request, 200, sign_in, &view);
}

/* One try, from the form to the session. Lives in the request's arena. */
struct
try {
    int64_t account; /* 0: no such account */
    struct str encoded;
    struct str password;
    bool locked;
    bool matches;
    const char *how;
    unsigned roles;
    unsigned char token[SESSION_TOKEN_BYTES];
    unsigned char hash[SESSION_HASH_BYTES];
};

static bool try_run(struct writing *writing, void *input, struct error *error)
{
    struct try *try = input;
    if (!try->matches) {
        return db_run(writing->db, error,
                      "update account set tries = tries + 1, locked_until = case when tries + 1 >= ?2 then ?3 else "
                      "locked_until end where id = ?1",
                      V_INT(try->account), V_INT(LIMIT_LOGIN_TRIES),
                      V_INT(writing->now + LIMIT_LOGIN_WAIT_MINUTES * INT64_C(60000))) &&
               journal_append(writing,
                              &(struct journal_entry){ .actor = try->account,
                                                       .action = "account.sign_in_failed",
                                                       .subject_kind = "account",
                                                       .subject_id = try->account },
                              error);
    }
    return db_run(writing->db, error, "update account set tries = 0, locked_until = 0 where id = ?1",
                  V_INT(try->account)) &&
           db_run(writing->db, error,
                  "insert into session (token_hash, account, created_at, seen_at, expires_at) values "
                  "(?1, ?2, ?3, ?3, ?4)",
                  V_BLOB(((struct str){ (const char *)try->hash, SESSION_HASH_BYTES })), V_INT(try->account),
                  V_INT(writing->now), V_INT(writing->now + LIMIT_SESSION_HOURS * INT64_C(3600000))) &&
           journal_append(writing,
                          &(struct journal_entry){ .actor = try->account,
                                                   .action = "account.sign_in",
                                                   .subject_kind = "account",
                                                   .subject_id = try->account,
                                                   .detail = str_of(try->how) },
                          error);
}

_Static_assert(LIMIT_LOGIN_TRIES == 8 && LIMIT_LOGIN_WAIT_MINUTES == 15, "the words below say so");
/* The same for an unknown name, a wrong password and an account that has to wait: who asks learns of none of them. */
static void refuse(struct request *request)
{
    form_error(
        request, "password",
        T("账号或密码不正确，请重新输入；连续输错8次的账号要等15分钟再试。忘记密码请联系学校或县（市、区）教体局。",
          "The account or the password is not right; please try again. After eight wrong passwords an account has "
          "to wait 15 minutes. If you forgot it, ask your school or the county bureau."));
    show_sign_in(request);
}

static void tried(struct request *request, bool ok, const struct error *error, void *context)
{
    struct try *try = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (!try->matches) {
        refuse(request);
    } else {
        request_sign_in(request, try->token);
        reply_redirect(request, str_of(accounts_home(try->roles)));
    }
}

static void open_session(struct request *request, struct try *try)
{
    session_token_new(try->token, try->hash);
    request_command(request, "sign-in", try_run, try, tried, try);
}

/* Compared against when there is no account of that name: nobody's password, with the real cost. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static bool compare(struct arena *arena, void *context, struct error *error)
{
    (void)error;
    struct try *try = context;
    bool known = try->account != 0 && try->encoded.n > 0;
    bool same = accounts_password_matches(arena, known ? try->encoded : str_of(nobody), try->password);
    try->matches = known && same;
    return true;
}

static void compared(struct request *request, bool ok, const struct error *error, void *context)
{
    struct try *try = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (try->account == 0 || try->locked) {
        refuse(request);
    } else {
        open_session(request, try);
    }
}

static void sign_in_post(struct request *request)
{
    if (!form_ok(request)) {
        show_sign_in(request);
        return;
    }
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct try *try = ARENA_NEW(arena, struct try);
    try->how = "password";
    try->password = arena_str(arena, form_value(request, "password"));
    struct error error;
    struct rows *rows = db_query(
        db, &error, "select id, password, locked_until, roles from account where login_hash = ?1 and state = 'active'",
        V_BLOB(vault_hash_in(app->vault, arena, "account.login", form_value(request, "login"))));
    if (rows_next(rows)) {
        try->account = rows_int(rows, 0);
        try->encoded = rows_text_in(rows, 1, arena);
        try->locked = rows_int(rows, 2) > clock_ms();
        try->roles = (unsigned)rows_int(rows, 3);
    }
    if (!rows_end(rows, &error)) {
        reply_failed(request, &error);
        return;
    }
    request_work(request, compare, try, compared);
}

/* ---- Signing out ---- */

struct leave {
    unsigned char hash[SESSION_HASH_BYTES];
    int64_t account;
};

static bool leave_run(struct writing *writing, void *input, struct error *error)
{
    struct leave *leave = input;
    return db_run(writing->db, error, "delete from session where token_hash = ?1",
                  V_BLOB(((struct str){ (const char *)leave->hash, SESSION_HASH_BYTES }))) &&
           journal_append(writing,
                          &(struct journal_entry){ .actor = leave->account,
                                                   .action = "account.sign_out",
                                                   .subject_kind = "account",
                                                   .subject_id = leave->account },
                          error);
}

static void left(struct request *request, bool ok, const struct error *error, void *context)
{
    (void)context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    request_sign_out(request);
    reply_redirect(request, STR("/"));
}

static void sign_out_post(struct request *request)
{
    struct leave *leave = ARENA_NEW(request_arena(request), struct leave);
    const struct session *session = request_session(request);
    memcpy(leave->hash, session->hash, sizeof leave->hash);
    leave->account = session->account;
    request_command(request, "sign-out", leave_run, leave, left, leave);
}

static void show_home(struct request *request)
{
    reply_redirect(request, str_of(accounts_home(request_session(request)->roles)));
}

/* ---- Change of password ---- */

static const struct field password_fields[] = {
    { .name = "old",
      .kind = FIELD_PASSWORD,
      .required = true,
      .max = PASSWORD_MOST,
      .label = T("现在的密码", "Present password"),
      .autocomplete = "current-password" },
    { .name = "new",
      .kind = FIELD_PASSWORD,
      .required = true,
      .min = PASSWORD_LEAST,
      .max = PASSWORD_MOST,
      .label = T("新密码", "New password"),
      .hint = T("至少10个字符；几个不相干的词最好记也最安全。",
                "At least 10 characters; a few unrelated words are easiest to keep and safest."),
      .autocomplete = "new-password" },
    { .name = "again",
      .kind = FIELD_PASSWORD,
      .required = true,
      .max = PASSWORD_MOST,
      .label = T("再输入一次新密码", "New password once more"),
      .autocomplete = "new-password" },
};
static const struct form password_form = FORM(password_fields);

struct change {
    int64_t account;
    struct str encoded, old, new, fresh;
    bool matches;
    unsigned char keep[SESSION_HASH_BYTES];
};

static void show_change_password(struct request *request)
{
    form_use(request, &password_form);
    reply_page(request, 200, change_password);
}

static bool change_run(struct writing *writing, void *input, struct error *error)
{
    struct change *change = input;
    return db_run(writing->db, error, "update account set password = ?2, must_change = 0 where id = ?1",
                  V_INT(change->account), V_TEXT(change->fresh)) &&
           db_run(writing->db, error, "delete from session where account = ?1 and token_hash <> ?2",
                  V_INT(change->account), V_BLOB(((struct str){ (const char *)change->keep, SESSION_HASH_BYTES }))) &&
           journal_append(writing,
                          &(struct journal_entry){ .actor = change->account,
                                                   .action = "account.password",
                                                   .subject_kind = "account",
                                                   .subject_id = change->account },
                          error);
}

static bool change_work(struct arena *arena, void *context, struct error *error)
{
    struct change *change = context;
    change->matches = accounts_password_matches(arena, change->encoded, change->old);
    return !change->matches || accounts_password_hash(arena, change->new, &change->fresh, error);
}

static void changed(struct request *request, bool ok, const struct error *error, void *context)
{
    struct change *change = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    web_session_forget_account(request_app(request)->server, change->account);
    reply_notice(request, "password-changed");
    show_home(request);
}

static void change_worked(struct request *request, bool ok, const struct error *error, void *context)
{
    struct change *change = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (!change->matches) {
        form_error(request, "old", T("现在的密码不正确。", "The present password is not right."));
        show_change_password(request);
    } else {
        request_command(request, "change-password", change_run, change, changed, change);
    }
}

static void change_password_post(struct request *request)
{
    if (form_ok(request) && !str_eq(form_value(request, "new"), form_value(request, "again"))) {
        form_error(request, "again", T("两次输入的新密码不一样。", "The two new passwords differ."));
    }
    if (!form_ok(request)) {
        show_change_password(request);
        return;
    }
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct arena *arena = request_arena(request);
    struct change *change = ARENA_NEW(arena, struct change);
    const struct session *session = request_session(request);
    bool found;
    struct error error;
    change->account = session->account;
    memcpy(change->keep, session->hash, sizeof change->keep);
    change->old = arena_str(arena, form_value(request, "old"));
    change->new = arena_str(arena, form_value(request, "new"));
    if (!db_one_text(db, &error, arena, &change->encoded, &found, "select password from account where id = ?1",
                     V_INT(change->account))) {
        reply_failed(request, &error);
        return;
    }
    request_work(request, change_work, change, change_worked);
}

/* ---- The demo city: one click, and a clock that can be moved ---- */

static const struct field demo_fields[] = {
    { .name = "account",
      .kind = FIELD_INT,
      .required = true,
      .min = 1,
      .max = INT64_C(1) << 53,
      .label = T("演示账号", "Demo account") },
};
static const struct form demo_form = FORM(demo_fields);

static void demo_sign_in_post(struct request *request)
{
    struct app *app = request_app(request);
    if (!app->demo || !form_ok(request)) {
        reply_not_found(request);
        return;
    }
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct try *try = ARENA_NEW(request_arena(request), struct try);
    try->how = "demo";
    struct error error;
    struct rows *rows =
        db_query(db, &error, "select id, roles from account where id = ?1 and demo > 0 and state = 'active'",
                 V_INT(form_int(request, "account")));
    if (rows_next(rows)) {
        try->account = rows_int(rows, 0);
        try->roles = (unsigned)rows_int(rows, 1);
        try->matches = true;
    }
    if (!rows_end(rows, &error)) {
        reply_failed(request, &error);
    } else if (!try->matches) {
        reply_not_found(request);
    } else {
        open_session(request, try);
    }
}

static const struct field clock_fields[] = {
    { .name = "to",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 16,
      .label = T("把演示时钟拨到", "Set the demo's clock to"),
      .hint = T("例如 2026-07-10 18:05", "For example 2026-07-10 18:05"),
      .width = 20 },
};
static const struct form clock_form = FORM(clock_fields);

static void show_demo_clock(struct request *request)
{
    if (!request_app(request)->demo) {
        reply_not_found(request);
        return;
    }
    struct arena *arena = request_arena(request);
    struct demo_clock_view view = { .now = clock_ms() };
    form_use(request, &clock_form);
    form_set(request, "to", ms_format(arena, view.now, false));
    reply_page(request, 200, demo_clock, &view);
}

struct move_clock {
    int64_t to;
    int64_t shift;
    int64_t account;
};

static bool move_clock_run(struct writing *writing, void *input, struct error *error)
{
    struct move_clock *move = input;
    return demo_clock_set(writing, move->to, &move->shift, error) &&
           journal_append(writing,
                          &(struct journal_entry){ .actor = move->account,
                                                   .action = "demo.clock",
                                                   .subject_kind = "setting",
                                                   .detail = ms_format(writing->arena, move->to, false) },
                          error);
}

static void clock_moved(struct request *request, bool ok, const struct error *error, void *context)
{
    struct move_clock *move = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    (void)clock_advance(move->shift);
    reply_notice(request, "clock-moved");
    reply_redirect(request, STR("/demo/clock"));
}

static void demo_clock_post(struct request *request)
{
    struct app *app = request_app(request);
    struct move_clock *move = ARENA_NEW(request_arena(request), struct move_clock);
    move->account = request_session(request)->account;
    if (app->demo && form_ok(request) && !ms_parse(form_value(request, "to"), &move->to)) {
        form_error(request, "to",
                   T("请写成 2026-07-10 18:05 这样的日期和时间。", "Write a date and time like 2026-07-10 18:05."));
    }
    if (app->demo && form_ok(request) && move->to < clock_ms()) {
        form_error(request, "to",
                   T("时钟只能向前拨：已经记入日志的事情不会倒退。",
                     "The clock only goes forward: what is in the journal does not go back."));
    }
    if (!app->demo || !form_ok(request)) {
        show_demo_clock(request);
        return;
    }
    request_command(request, "demo-clock", move_clock_run, move, clock_moved, move);
}

const struct route accounts_routes[] = {
    { .method = "GET",
      .path = "/sign-in",
      .roles = WEB_PUBLIC,
      .handler = show_sign_in,
      .answer = "page",
      .summary = T("登录", "Sign in") },
    { .method = "POST",
      .path = "/sign-in",
      .roles = WEB_PUBLIC,
      .form = &sign_in_form,
      .handler = sign_in_post,
      .answer = "redirect",
      .summary = T("用密码登录", "Sign in by password"),
      .flags = ROUTE_SIGN_IN },
    { .method = "POST",
      .path = "/sign-out",
      .roles = WEB_SIGNED_IN,
      .handler = sign_out_post,
      .answer = "redirect",
      .summary = T("退出登录", "Sign out") },
    { .method = "GET",
      .path = "/home",
      .roles = WEB_SIGNED_IN,
      .handler = show_home,
      .answer = "redirect",
      .summary = T("到本人的起始页", "To one's own first page") },
    { .method = "GET",
      .path = "/password",
      .roles = WEB_SIGNED_IN,
      .handler = show_change_password,
      .answer = "page",
      .summary = T("修改密码", "Change the password") },
    { .method = "POST",
      .path = "/password",
      .roles = WEB_SIGNED_IN,
      .form = &password_form,
      .handler = change_password_post,
      .answer = "redirect",
      .summary = T("保存新密码", "Save the new password"),
      .flags = ROUTE_SIGN_IN },
    { .method = "POST",
      .path = "/demo/sign-in",
      .roles = WEB_PUBLIC,
      .form = &demo_form,
      .handler = demo_sign_in_post,
      .answer = "redirect",
      .summary = T("演示账号一键登录", "One-click sign-in of a demo account") },
    { .method = "GET",
      .path = "/demo/clock",
      .roles = WEB_SIGNED_IN,
      .handler = show_demo_clock,
      .answer = "page",
      .summary = T("演示时钟", "The demo's clock") },
    { .method = "POST",
      .path = "/demo/clock",
      .roles = WEB_SIGNED_IN,
      .form = &clock_form,
      .handler = demo_clock_post,
      .answer = "redirect",
      .summary = T("拨动演示时钟", "Move the demo's clock") },
};
const size_t accounts_route_count = sizeof accounts_routes / sizeof *accounts_routes;
