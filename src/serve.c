/* `jiaoti serve`: opens the installation, starts what runs beside the pages (the departments' client, housekeeping),
 * adds every noun's routes, serves until SIGTERM, and ends in the opposite order. */
#include "commands.h"

#include "atlas/pages/pages.h"
#include "base/clock.h"
#include "base/log.h"
#include "casework/pages/desk.h"
#include "casework/pages/routes.h"
#include "casework/pages/supervision_routes.h"
#include "connect/client.h"
#include "connect/outbox.h"
#include "figures/folder.h"
#include "figures/forecast/load.h"
#include "figures/forecast/pages/pages.h"
#include "figures/pages/briefing.h"
#include "figures/pages/conditions.h"
#include "figures/pages/dashboard.h"
#include "housekeeping.h"
#include "installation.h"
#include "places/pages.h"
#include "places/readings.h"
#include "places/round.h"
#include "records/pages/pages.h"
#include "registry/exchange_reader.h"
#include "registry/pages/api_routes.h"
#include "registry/pages/exchange_routes.h"
#include "registry/pages/oneroster_page.h"
#include "registry/pages/register_routes.h"
#include "registry/pages/returns_routes.h"
#include "services/pages/pages.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct web_notice notices[] = {
    { "password-changed", T("密码已修改。", "The password is changed.") },
    { "clock-moved", T("演示时钟已拨动。", "The demo's clock was set.") },
    { "draft-found", T("您的家人已经开始填写，这是同一份申请。",
                       "Somebody of your family has begun already: this is the same application.") },
    { "already-submitted", T("这个孩子已经提交过了，一个孩子只有一份申请。",
                             "This child's application was sent already; there is one for each child.") },
    { "changed-elsewhere", T("这份申请刚在另一部手机上改过，下面是最新内容。",
                             "The application was just changed on another phone; this is how it stands now.") },
    { "locked", T("申请已锁定，不能再改。", "The application is locked and cannot be changed.") },
    { "together", T("已申请同校：志愿以后一起改变。", "They ask together: from now on they have the same wishes.") },
    { "apart", T("已取消同校申请，各自参加派位。", "They no longer ask together: each stands alone.") },
    { "step-missing", T("还有一步没有填完。", "One step is not complete yet.") },
    { "service-sent", T("报名已收到。", "Your entry is received.") },
    { "service-answered", T("已办理。", "Done.") },
    { "service-opened", T("已开放，家庭可以看到了。", "It is open: families see it now.") },
    { "service-there",
      T("这项服务已有正在进行的批次，就是这个。", "A call for this service goes on already: this one.") },
    { "service-enlisted", T("名单已登记。", "The list is entered.") },
    { "results-noted", T("成绩已登记。", "The results are noted.") },
    { "attendance-noted", T("出勤已保存。", "Attendance is saved.") },
    { "saved", T("已保存。", "Saved.") },
    { "reason-first", T("材料里有姓名、证件号和住址：请先写明为什么要看。",
                        "Papers show names, numbers and addresses: first write why you need to see them.") },
    { "decided", T("决定已记录。", "The decision is recorded.") },
    { "asked-again", T("已重新查询，答复到了会自动更新。", "They are asked again; answers show as they arrive.") },
    { "done", T("已完成。", "Done.") },
    { "way-saved", T("已保存：以后按这个方式通知您。", "Saved: this is how you will hear.") },
    { "way-removed", T("不再用这个方式通知您。", "You will not hear by it any more.") },
    { "standin-ended", T("代办已结束。", "Nobody stands in any more.") },
    { "standin-not-ended", T("没有这样的代办，或者已经结束。", "There is no such stand-in, or it is over.") },
    { "feed-ended", T("日历地址已停用。", "The calendar's address is ended.") },
    { "message-again", T("会再发一次。", "It will be sent again.") },
    { "message-not-again",
      T("这条消息不在“未能送达”之列，没有重发。", "It is not among those that failed; nothing was sent again.") },
    { "case-moved-on", T("事项的阶段已经变化，下面是最新内容。", "The case has moved on; this is how it stands now.") },
    { "register-proposed", T("已提出，等待上一级确认。", "It is proposed and waits for the level above.") },
    { "register-confirmed", T("已确认，名录已更新。", "Confirmed: the register says so now.") },
    { "register-rejected", T("已退回，提出人会看到原因。", "Rejected; who proposed it sees the reason.") },
    { "register-withdrawn", T("已撤下。", "Withdrawn.") },
    { "register-undone", T("已撤回，恢复成变更前的样子。", "Undone: what stood before is recorded again.") },
};

static size_t navigation(void *context, struct request *request, struct navigation_item *items, size_t max)
{
    (void)context;
    const struct session *session = request_session(request);
    unsigned roles = session ? session->roles : 0;
    const struct {
        unsigned roles; /* 0: everyone */
        struct navigation_item item;
    } all[] = {
        { ROLE_FAMILY, { T("我的孩子", "My children"), "/family" } },
        { ROLE_SCHOOL | ROLE_COUNTY_OFFICER | ROLE_CITY, { T("服务管理", "Services at work"), "/desk/services" } },
        { ROLE_SCHOOL | ROLE_COUNTY, { T("审核", "Review"), "/work" } },
        { ROLE_COUNTY | ROLE_AUDITOR, { T("招生管理", "Rounds"), "/county" } },
        { ROLE_CITY | ROLE_AUDITOR, { T("全市", "City"), "/city" } },
        { ROLE_COUNTY | ROLE_CITY, { T("部门核验", "Departments"), "/departments" } },
        { ROLE_WITNESS, { T("见证", "Witness"), "/witness" } },
        { ROLE_AUDITOR, { T("日志", "Journal"), "/audit" } },
        { ROLE_OPERATOR, { T("运行", "Operation"), "/operator" } },
        { ROLE_OPERATOR, { T("发出的消息", "Messages"), "/outbox" } },
        { ROLE_COUNTY | ROLE_CITY, { T("学位方案", "Scenarios"), "/forecast/scenarios" } },
        { ROLE_SCHOOL | ROLE_COUNTY | ROLE_CITY | ROLE_AUDITOR, { T("看板", "Dashboard"), "/dashboard" } },
        { ROLE_SCHOOL | ROLE_COUNTY_OFFICER | ROLE_CITY, { T("报表", "Returns"), "/returns" } },
        { CASE_ROLES & ~(unsigned)ROLE_FAMILY, { T("督办", "My work"), "/cases" } },
        { ROLE_COUNTY_OFFICER | ROLE_CITY | ROLE_AUDITOR, { T("督导", "Supervision"), "/supervision" } },
        { ROLE_INSPECTOR, { T("我的督导", "My visits"), "/supervision/mine" } },
        { 0, { T("数据", "Figures"), "/figures" } },
        { ROLE_SCHOOL | ROLE_COUNTY_OFFICER | ROLE_CITY,
          { T("名录变更", "Changes"), "/register/changes?state=proposed" } },
        { 0, { T("名录", "Register"), "/register" } },
        { 0, { T("报名服务", "Services"), "/services" } },
        { 0, { T("查学区", "Find a school"), "/find" } },
        { 0, { T("地图", "Map"), "/map" } },
        { 0, { T("健身场地", "Sports"), "/venues" } },
        { 0, { T("学位预警", "Seats ahead"), "/forecast" } },
        { 0, { T("查结果", "Results"), "/check" } },
    };
    size_t n = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all && n < max; i++) {
        if (all[i].roles == 0 || (roles & all[i].roles)) {
            items[n++] = all[i].item;
        }
    }
    return n;
}

static bool banner(void *context, struct request *request, struct name *out)
{
    const struct app *app = context;
    if (!app->demo) {
        return false;
    }
    struct arena *arena = request_arena(request);
    struct str now = ms_format(arena, clock_ms(), false);
    out->zh = arena_printf(arena, "演示城市，人物全部虚构。演示时钟：%.*s", STR_ARG(now));
    out->en = arena_printf(arena, "A demo city; every person is made up. The demo's clock: %.*s", STR_ARG(now));
    return true;
}

static void metrics(void *context, struct buf *out)
{
    const struct app *app = context; /* the writer's numbers are written by web itself */
    if (app->client) {
        client_metrics(app->client, out);
    }
    if (app->figures) {
        struct figures_numbers numbers = figures_numbers(app->figures);
        buf_printf(out,
                   "# TYPE jiaoti_figures_counted_total counter\njiaoti_figures_counted_total %lld\n"
                   "# TYPE jiaoti_figures_kept_total counter\njiaoti_figures_kept_total %lld\n"
                   "# TYPE jiaoti_figures_kept_bytes gauge\njiaoti_figures_kept_bytes %lld\n",
                   (long long)numbers.counted, (long long)numbers.kept, (long long)numbers.bytes);
    }
}

/* ---- The command ---- */

bool serve_add_routes(struct web_server *server, struct error *error)
{
    const struct {
        const struct route *routes;
        size_t n;
        /* clang-format off: one a line */
    } all[] = {
        { accounts_routes, accounts_route_count },
        { exchange_routes, exchange_route_count },
        { family_routes, family_route_count },
        { apply_routes, apply_route_count },
        { status_routes, status_route_count },
        { result_routes, result_route_count },
        { appeal_routes, appeal_route_count },
        { work_routes, work_route_count },
        { county_routes, county_route_count },
        { policy_routes, policy_route_count },
        { sample_routes, sample_route_count },
        { city_routes, city_route_count },
        { department_routes, department_route_count },
        { public_routes, public_route_count },
        { public_round_routes, public_round_route_count },
        { register_routes, register_route_count },
        { api_routes, api_route_count },
        { oneroster_routes, oneroster_route_count },
        { returns_routes, returns_route_count },
        { register_edit_routes, register_edit_route_count },
        { register_change_routes, register_change_route_count },
        { register_event_routes, register_event_route_count },
        { services_public_routes, services_public_route_count },
        { services_family_routes, services_family_route_count },
        { services_desk_routes, services_desk_route_count },
        { services_day_routes, services_day_route_count },
        { services_list_routes, services_list_route_count },
        { records_routes, records_route_count },
        { verify_routes, verify_route_count },
        { forecast_routes, forecast_route_count },
        { scenario_routes, scenario_route_count },
        { forecast_plan_routes, forecast_plan_route_count },
        { forecast_counts_routes, forecast_counts_route_count },
        { figures_routes, figures_route_count },
        { published_routes, published_route_count },
        { map_routes, map_route_count },
        { venue_routes, venue_route_count },
        { conditions_routes, conditions_route_count },
        { dashboard_routes, dashboard_route_count },
        { briefing_routes, briefing_route_count },
        { briefing_work_routes, briefing_work_route_count },
        { cases_routes, cases_route_count },
        { case_routes, case_route_count },
        { case_act_routes, case_act_route_count },
        { case_open_routes, case_open_route_count },
        { case_evidence_routes, case_evidence_route_count },
        { case_line_routes, case_line_route_count },
        { timeline_routes, timeline_route_count },
        { handover_routes, handover_route_count },
        { zone_routes, zone_route_count },
        { food_routes, food_route_count },
        { sealed_open_routes, sealed_open_route_count },
        { sealed_routes, sealed_route_count },
        { case_letter_routes, case_letter_route_count },
        { case_public_routes, case_public_route_count },
        { supervision_routes, supervision_route_count },
        { supervision_lead_routes, supervision_lead_route_count },
        { plate_routes, plate_route_count },
        { calendar_routes, calendar_route_count },
        { standin_routes, standin_route_count },
        { cases_sheet_routes, cases_sheet_route_count },
        { cases_bulk_routes, cases_bulk_route_count },
        { message_routes, message_route_count },
        { outbox_routes, outbox_route_count },
        { subscribe_routes, subscribe_route_count },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!web_add_routes(server, all[i].routes, all[i].n, error)) {
            return false;
        }
    }
    return true;
}

static bool start_client(struct app *app, struct installation *installation, const struct options *options,
                         struct keys **keys, struct error *error)
{
    const char *base = options_get(options, "authorities", NULL);
    struct client_settings settings = {
        .store = app->store,
        .writer = app->writer,
        .vault = app->vault,
        .hook = { app->places, fact_on_answer },
    };
    settings.authorities = client_authorities(installation->arena, app->city, base, &settings.nauthorities);
    struct str folder = arena_printf(installation->arena, "%s/keys", installation->data);
    if (!keys_open(keys, folder.p, error)) {
        return false;
    }
    settings.keys = *keys;
    app->keys = *keys;
    return client_start(&app->client, &settings, error);
}

/* A demo's stand-in for the departments carries short messages too, where the installation names no gateway: what
 * was sent is read at its /phone. */
static bool set_up_messages(struct installation *installation, const struct options *options, struct keys *keys,
                            struct outbox_settings *messages, struct error *error)
{
    const char *stand_in = options_get(options, "authorities", NULL);
    int64_t port = 0;
    if (!options_int(options, "port", 8080, 0, 65535, &port, error)) {
        return false;
    }
    if (installation->demo && messages->base.n == 0) {
        messages->base = arena_printf(installation->arena, "http://127.0.0.1:%lld", (long long)port);
    }
    if (!installation->demo || !stand_in || messages->sms.n) {
        return true;
    }
    messages->sms = arena_printf(installation->arena, "%s/phone", stand_in);
    messages->sms_key = STR("phone");
    return keys_make(keys, &messages->sms_key, 1, error);
}

/* The city's indicators and what else figures reads, each tried before anybody asks for it. */
static bool start_figures(struct app *app, struct figures_folder *folder, struct error *error)
{
    struct city_mistakes *mistakes = city_mistakes_new();
    bool good = figures_folder_read(folder, app->city->folder.p, mistakes, error);
    city_mistakes_print(stderr, mistakes, LANG_EN);
    city_mistakes_free(mistakes);
    if (good) {
        app->figures_folder = folder;
        app->figures = figures_new(app->store, folder->indicators);
    }
    return good;
}

static void greet(const struct installation *installation, const struct web_server *server, const char *address)
{
    printf("\njiaoti serves %.*s at http://%s:%d/\n", STR_ARG(name_in(installation->city->name, LANG_EN)), address,
           web_server_port(server));
    if (installation->demo) {
        printf("Demo accounts stand on the sign-in page: http://%s:%d/sign-in#demo\n", address,
               web_server_port(server));
        struct db *db;
        struct error error;
        struct account *accounts;
        size_t n = 0;
        if (db_open(&db, installation->store, DB_READ, &error)) {
            if (!accounts_demo_list(db, installation->arena, installation->vault, &accounts, &n, &error)) {
                n = 0;
            }
            for (size_t i = 0; i < n; i++) {
                printf("  %.*s\n      %.*s\n", STR_ARG(accounts[i].name), STR_ARG(accounts[i].demo_note.en));
            }
            db_close(db);
        }
    }
    printf("\nhttp://%s:%d/ is being served. Ctrl-C ends it.\n", address, web_server_port(server));
    (void)fflush(stdout);
}

/* Before the first thread: each inherits it, so that a stop is seen by the server alone and kills nobody half-way. */
static void hold_stops(void)
{
    sigset_t stops;
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGTERM);
    (void)sigaddset(&stops, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &stops, NULL);
}

static bool serve(struct installation *installation, const struct options *options, struct error *error)
{
    int64_t port, loops, drain;
    hold_stops();
    if (!options_int(options, "port", 8080, 0, 65535, &port, error) ||
        !options_int(options, "loops", 0, 0, 64, &loops, error) ||
        !options_int(options, "drain", 0, 0, 600, &drain, error) || !installation_write(installation, error)) {
        return false;
    }
    struct app app = {
        .store = installation->store,
        .vault = installation->vault,
        .writer = installation->writer,
        .city = installation->city,
        .places = places_new(installation->city, installation->data),
        .forecaster = forecaster_new(installation->city),
        .round_goes_on = round_goes_on,
        .readings = readings_new(),
        .atlas = atlas_new(installation->city, installation->store),
        .data = installation->data,
        .demo = installation->demo,
    };
    const char *address = options_get(options, "address", "127.0.0.1");
    const struct city *city = installation->city;
    struct web_settings settings = {
        .address = address,
        .port = (int)port,
        .loops = (int)loops,
        .drain_seconds = (int)drain,
        .tls = options_has(options, "tls"),
        .trusted_proxies = options_get(options, "proxies", NULL),
        .access_log = options_get(options, "access-log", NULL),
        .city = city->name,
        .images_from = city->map.origin,
        .notices = notices,
        .notice_count = sizeof notices / sizeof *notices,
        .store = app.store,
        .writer = app.writer,
        .application = &app,
    };
    vault_mac(app.vault, "web.secret", STR("form keys"), settings.secret);
    if (city->ncontacts) {
        const struct contact *c = &city->contacts[0];
        settings.contact.zh = arena_printf(installation->arena, "%.*s %.*s", STR_ARG(c->name.zh), STR_ARG(c->phone));
        settings.contact.en =
            arena_printf(installation->arena, "%.*s %.*s", STR_ARG(name_in(c->name, LANG_EN)), STR_ARG(c->phone));
    }
    struct web_hooks hooks = {
        .context = &app,
        .session_load = accounts_session_load,
        .session_touch = accounts_session_touch,
        .allowed = accounts_allowed,
        .refused = accounts_refused,
        .navigation = navigation,
        .banner = banner,
        .metrics = metrics,
    };
    struct keys *keys = NULL;
    struct housekeeper *keeper = NULL;
    struct outbox *outbox = NULL;
    struct outbox_settings messages;
    struct figures_folder figures_folder = { 0 };
    if (!outbox_settings_read(installation->arena, installation->data, &messages, error)) {
        return false;
    }
    app.messages = &messages;
    bool good = false;
    struct web_server *server = web_server_new(&settings, &hooks, error);
    app.server = server;
    if (server && serve_add_routes(server, error) && start_figures(&app, &figures_folder, error) &&
        exchange_reader_start(&app.imports, app.store, app.vault, app.writer, NULL, error) &&
        start_client(&app, installation, options, &keys, error) &&
        set_up_messages(installation, options, keys, &messages, error) && web_server_listen(server, error)) {
        keeper = housekeeper_start(&app, error);
        if (keeper && outbox_start(&outbox, &messages, app.store, app.vault, app.writer, keys, error)) {
            greet(installation, server, address);
            good = web_server_run(server, error);
        }
    }
    outbox_stop(outbox);
    housekeeper_stop(keeper);
    client_stop(app.client);
    exchange_reader_stop(app.imports);
    writer_stop(installation->writer);
    installation->writer = NULL;
    web_server_free(server);
    keys_close(keys);
    places_free(app.places);
    forecaster_free(app.forecaster);
    figures_free(app.figures);
    atlas_free(app.atlas);
    figures_folder_free(&figures_folder);
    readings_free(app.readings);
    return good;
}

static const struct option_rule rules[] = {
    INSTALLATION_OPTIONS,
    { "city", "FOLDER", "the city's folder (default: the one that the data was made from)" },
    { "address", "ADDRESS", "where to listen (default 127.0.0.1)" },
    { "port", "NUMBER", "default 8080; 0: any free one" },
    { "loops", "NUMBER", "event loops (default: one a core)" },
    { "authorities", "URL", "asks all departments there instead of at the addresses of city.yaml" },
    { "tls", NULL, "a TLS proxy stands in front: Secure cookies, HSTS" },
    { "proxies", "ADDRESSES", "whose X-Forwarded-For is believed, separated by commas" },
    { "access-log", "FILE", "one line a request, without personal data; - for standard error" },
    { "drain", "SECONDS", "how long a stop waits for what is running (default 20)" },
    { 0 },
};

static bool run(const struct options *options, struct error *error)
{
    struct installation installation;
    bool good = installation_open(&installation, options, error) && installation_city(&installation, options, error) &&
                serve(&installation, options, error);
    installation_close(&installation);
    return good;
}

const struct command_entry serve_command = { "serve", "", "serves the pages", rules, run };
