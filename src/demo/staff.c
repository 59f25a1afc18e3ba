/* Accounts of staff: one of each role, so that every page can be seen. Names are offices, not people. Those of three
 * counties and of the city are listed on the sign-in page; the other counties' sign in by a click too, from
 * demo-accounts.txt. Two have a password, drawn at the build and written into that file alone. */
#include "demo/staff.h"
#include "demo/build.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct post {
    unsigned role;
    const char *login; /* before the code */
    const char *zh, *en;
    struct name shows;
};

#define POST(role, login, zh, en, shows_zh, shows_en)                                                                  \
    {                                                                                                                  \
        role, login, zh, en,                                                                                           \
        {                                                                                                              \
            { shows_zh, sizeof shows_zh - 1 },                                                                         \
            {                                                                                                          \
                shows_en, sizeof shows_en - 1                                                                          \
            }                                                                                                          \
        }                                                                                                              \
    }

static const struct post CITY_POSTS[] = {
    POST(ROLE_CITY, "city", "市教体局招生办（演示）", "City bureau", "全市各县进度、各轮次、名录",
         "City bureau: every county's progress and rounds on one page"),
    POST(ROLE_AUDITOR, "auditor", "审计员（演示）", "Auditor", "只看不改：操作日志、每次查阅",
         "Auditor: the journal, and who read what"),
    POST(ROLE_OPERATOR, "operator", "系统运维（演示）", "Operator", "系统状态、密钥、日志校验",
         "Operator: the state of the system"),
    POST(ROLE_CITY, "approver", "市教体局负责人（演示）", "City bureau, who approves", "批准别人起草并核对过的发布稿",
         "City bureau, another person: approves the briefings that the first has drafted and checked"),
};
static const struct post COUNTY_POSTS[] = {
    POST(ROLE_COUNTY_OFFICER, "officer", "招生负责人（演示）", "County officer", "方案、计划、日程、试算、截止与派位",
         "County officer: policy, plans, calendar, preview, close, allot, publish"),
    POST(ROLE_COUNTY_REVIEWER, "reviewer", "复审员（演示）", "County reviewer", "县级复审队列：材料、理由、统筹",
         "County reviewer: what waits for the county's decision"),
};
static const struct post SCHOOL_POSTS[] = {
    POST(ROLE_SCHOOL_CLERK, "clerk", "初审员（演示）", "School clerk", "学校初审队列：批量处理、退回补正、转线下",
         "School clerk: the first review, bulk decisions, corrections"),
    POST(ROLE_SCHOOL_HEAD, "head", "校长（演示）", "School head", "本校报名情况与计划",
         "School head: the school's applications and plan"),
};
static const struct post INSPECTOR_POST =
    POST(ROLE_INSPECTOR, "inspector", "责任督学（演示）", "Responsible inspector", "督导计划、入校督导、复查、年度考核",
         "Responsible inspector: the plan of visits, visits, re-checks, the year's assessment");
static const struct post ENTERPRISE_POST = POST(ROLE_ENTERPRISE, "enterprise", "企业（演示）", "Enterprise",
                                                "校企合作需求", "Enterprise: what it asks of schools");
static const struct post WITNESS_POST =
    POST(ROLE_WITNESS, "witness", "见证人（演示）", "Witness", "提交承诺、公开秘密值",
         "Witness: commits to a secret, opens it after the root is published");

/* Counties whose posts are listed: with serial priority, with several wishes, and the one that is published. */
static bool is_listed(const struct builder *builder, uint32_t county)
{
    const struct policy *policy = round_of(builder, county, STAGE_PRIMARY)->policy;
    bool published = policy->moments[MOMENT_PUBLISHED] < builder->now;
    return county == 0 || published || county == staff_largest(builder);
}

uint32_t staff_largest(const struct builder *builder)
{
    uint32_t best = builder->land->ncounties > 1 ? 1 : 0;
    for (uint32_t c = best; c < builder->land->ncounties; c++) {
        bool city_like = builder->land->counties[c].urban && !builder->land->counties[c].division->local;
        if (city_like && builder->land->counties[c].children > builder->land->counties[best].children) {
            best = c;
        }
    }
    return best;
}

static bool add_post(struct builder *builder, const struct post *post, struct str code, struct name place,
                     int64_t institution, bool listed, struct str password, int64_t *id, struct error *error)
{
    struct arena *arena = builder->writing->arena;
    struct new_account account = {
        .login = arena_printf(arena, "demo-%s-%.*s", post->login, STR_ARG(code)),
        .name = arena_printf(arena, "%.*s%s", STR_ARG(place.zh), post->zh),
        .roles = post->role,
        .scope = institution ? (struct str){ "", 0 } : code,
        .institution = institution,
        .password = password,
        .demo = listed ? 1 : 2,
        .demo_note = { arena_printf(arena, "%.*s：%.*s", STR_ARG(place.zh), STR_ARG(post->shows.zh)),
                       arena_printf(arena, "%.*s — %.*s", STR_ARG(place.en), STR_ARG(post->shows.en)) },
    };
    return account_add(builder->writing, &account, id, error);
}

/* ---- Passwords ---- */

/* 16 characters of an alphabet without those that are mistaken for each other. */
static bool draw_password(struct arena *arena, struct str *password, struct error *error)
{
    static const char LETTERS[] = "abcdefghjkmnpqrstuvwxyz23456789A";
    unsigned char random[16];
    char *text = arena_alloc(arena, sizeof random + 1);
    if (!vault_random(random, sizeof random, error)) {
        return false;
    }
    for (size_t i = 0; i < sizeof random; i++) {
        text[i] = LETTERS[random[i] % 32];
    }
    *password = (struct str){ text, sizeof random };
    return true;
}

static bool write_passwords(const struct builder *builder, struct str text, struct error *error)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s/demo-accounts.txt", builder->settings->data);
    (void)unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        return error_set(error, "%s: %m", path);
    }
    bool ok = write(file, text.p, text.n) == (ssize_t)text.n && fsync(file) == 0;
    ok = close(file) == 0 && ok;
    return ok || error_set(error, "%s could not be written: %m", path);
}

/* ---- Those of supervision, enterprises and counselling ---- */

/* The inspector in whose charge the school is on the demo's day. */
static bool add_inspector(struct builder *builder, const struct division *county, const struct school *school,
                          struct error *error)
{
    struct arena *arena = builder->writing->arena;
    struct str code = STR("");
    bool found = false;
    if (!db_one_text(builder->writing->db, error, arena, &code, &found,
                     "select staff from charge_fact where institution = ?1 and kind = 'inspector' and valid_from <= ?2 "
                     "and valid_until > ?2 and replaced_by is null order by id limit 1",
                     V_INT(school->id), V_INT(day_of_ms(builder->now)))) {
        return false;
    }
    struct new_account account = {
        .login = arena_printf(arena, "demo-inspector-%.*s", STR_ARG(county->code)),
        .name = arena_printf(arena, "%.*s%s", STR_ARG(county->name.zh), INSPECTOR_POST.zh),
        .roles = INSPECTOR_POST.role,
        .scope = county->code,
        .staff = code,
        .demo = 1,
        .demo_note = { arena_printf(arena, "%.*s：%.*s", STR_ARG(county->name.zh), STR_ARG(INSPECTOR_POST.shows.zh)),
                       arena_printf(arena, "%.*s — %.*s", STR_ARG(county->name.en), STR_ARG(INSPECTOR_POST.shows.en)) },
    };
    int64_t id;
    return !found || account_add(builder->writing, &account, &id, error);
}

static bool add_enterprise(struct builder *builder, const struct division *county, struct error *error)
{
    struct arena *arena = builder->writing->arena;
    int64_t enterprise = 0, id;
    struct name name = { STR(""), STR("") };
    struct rows *rows = db_query(builder->writing->db, error,
                                 "select institution, name_zh, name_en from institution_fact where kind = 'enterprise' "
                                 "and replaced_by is null and valid_from <= ?1 and valid_until > ?1 order by case when "
                                 "substr(division, 1, 6) = ?2 then 0 else 1 end, id limit 1",
                                 V_INT(day_of_ms(builder->now)), V_TEXT(county->code));
    if (rows_next(rows)) {
        enterprise = rows_int(rows, 0);
        name = (struct name){ rows_text_in(rows, 1, arena), rows_text_in(rows, 2, arena) };
    }
    struct str none = { NULL, 0 };
    return rows_end(rows, error) &&
           (!enterprise || add_post(builder, &ENTERPRISE_POST, county->code, name, enterprise, true, none, &id, error));
}

static const struct school *school_to_show(const struct builder *builder, uint32_t county, enum stage stage);

static bool add_others(struct builder *builder, struct error *error)
{
    const struct division *county = builder->land->counties[0].division;
    const struct school *school = school_to_show(builder, 0, STAGE_PRIMARY);
    return !school || (add_inspector(builder, county, school, error) && add_enterprise(builder, county, error));
}

/* ---- All of it ---- */

/* A public school of the county and stage in a town, with the most children. */
static const struct school *school_to_show(const struct builder *builder, uint32_t county, enum stage stage)
{
    const struct school *best = NULL;
    for (size_t i = 0; i < builder->schools->n; i++) {
        const struct school *school = &builder->schools->items[i];
        if (school->county == county && !school->private_school && school->serves[stage] &&
            (!best || school->demand[stage] > best->demand[stage])) {
            best = school;
        }
    }
    return best;
}

static bool add_schools(struct builder *builder, uint32_t county, struct error *error)
{
    int64_t id;
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        const struct school *school = school_to_show(builder, county, (enum stage)stage);
        if (stage == STAGE_JUNIOR && school == school_to_show(builder, county, STAGE_PRIMARY)) {
            continue; /* a nine-year school has one desk for both */
        }
        for (size_t i = 0; school && i < sizeof SCHOOL_POSTS / sizeof *SCHOOL_POSTS; i++) {
            if (!add_post(builder, &SCHOOL_POSTS[i], school->code, school->name, school->id, true,
                          (struct str){ NULL, 0 }, &id, error)) {
                return false;
            }
        }
    }
    return true;
}

/* An account for each witness of the county's policies. */
static bool add_witnesses(struct builder *builder, uint32_t county, struct error *error)
{
    struct arena *arena = builder->writing->arena;
    const struct division *division = builder->land->counties[county].division;
    const struct policy *policy = round_of(builder, county, STAGE_PRIMARY)->policy;
    for (size_t i = 0; i < policy->nwitnesses; i++) {
        const struct witness *witness = &policy->witnesses[i];
        struct new_account account = {
            .login = arena_printf(arena, "demo-witness-%.*s-%.*s", STR_ARG(witness->id), STR_ARG(division->code)),
            .name = arena_printf(arena, "%.*s%.*s（演示）", STR_ARG(division->name.zh), STR_ARG(witness->name.zh)),
            .roles = WITNESS_POST.role,
            .scope = division->code,
            .witness = witness->id,
            .demo = 1,
            .demo_note = { arena_printf(arena, "%.*s：%.*s", STR_ARG(division->name.zh),
                                        STR_ARG(WITNESS_POST.shows.zh)),
                           arena_printf(arena, "%.*s — %.*s", STR_ARG(division->name.en),
                                        STR_ARG(WITNESS_POST.shows.en)) },
        };
        int64_t id;
        if (!account_add(builder->writing, &account, &id, error)) {
            return false;
        }
    }
    return true;
}

static bool add_county(struct builder *builder, uint32_t county, struct str password, struct error *error)
{
    const struct division *division = builder->land->counties[county].division;
    bool listed = is_listed(builder, county);
    int64_t officer, reviewer;
    struct str none = { NULL, 0 };
    if (!add_post(builder, &COUNTY_POSTS[0], division->code, division->name, 0, listed, password, &officer, error) ||
        !add_post(builder, &COUNTY_POSTS[1], division->code, division->name, 0, listed, none, &reviewer, error) ||
        (listed && !add_witnesses(builder, county, error))) {
        return false;
    }
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        round_of(builder, county, (enum stage)stage)->officer = officer;
        round_of(builder, county, (enum stage)stage)->reviewer = reviewer;
    }
    return !listed || add_schools(builder, county, error);
}

bool staff_write(struct builder *builder, struct error *error)
{
    struct arena *arena = builder->arena;
    struct str city_password, county_password, city_hash, county_hash, none = { NULL, 0 };
    if (!draw_password(arena, &city_password, error) || !draw_password(arena, &county_password, error) ||
        !accounts_password_hash(arena, city_password, &city_hash, error) ||
        !accounts_password_hash(arena, county_password, &county_hash, error)) {
        return false;
    }
    struct str scope = str_part(builder->city->code, 0, 4);
    int64_t id;
    for (size_t i = 0; i < sizeof CITY_POSTS / sizeof *CITY_POSTS; i++) {
        if (!add_post(builder, &CITY_POSTS[i], scope, builder->city->name, 0, true, i == 0 ? city_hash : none, &id,
                      error)) {
            return false;
        }
    }
    for (uint32_t c = 0; c < builder->land->ncounties; c++) {
        if (!add_county(builder, c, c == 0 ? county_hash : none, error)) {
            return false;
        }
    }
    if (!add_others(builder, error)) {
        return false;
    }
    struct str code = builder->land->counties[0].division->code;
    return write_passwords(builder,
                           arena_printf(arena,
                                        "# Demo accounts with a password (all others sign in by a click on the sign-in "
                                        "page).\ndemo-city-%.*s %.*s\ndemo-officer-%.*s %.*s\n",
                                        STR_ARG(scope), STR_ARG(city_password), STR_ARG(code),
                                        STR_ARG(county_password)),
                           error);
}
