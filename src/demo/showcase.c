/* What there is to see: families that are listed on the sign-in page, one for each stage of the way. Those whose child
 * has not applied are made for it; the others are found among the families, by where their application stands. */
#include "demo/build.h"
#include "demo/dice.h"

#include "base/clock.h"
#include "places/answer.h"

#include <stdio.h>

enum {
    CONFIRMED = 3600, /* of ten thousand who were placed, by the demo's moment */
    DECLINED = 150,
};

/* ---- Not applied yet ---- */

/* The community of the county's town with most children of the stage. */
static uint32_t town_of(const struct builder *builder, uint32_t county, enum stage stage)
{
    const struct land_county *land = &builder->land->counties[county];
    uint32_t best = land->first_community;
    for (uint32_t i = 0; i < land->ncommunities; i++) {
        const struct land_community *community = &builder->land->communities[land->first_community + i];
        if (community->children[stage] > builder->land->communities[best].children[stage]) {
            best = land->first_community + i;
        }
    }
    return best;
}

static bool add_extra(struct builder *builder, uint32_t county, enum stage stage, uint32_t number, enum extra extra,
                      struct error *error)
{
    struct family family;
    struct applied applied;
    struct name place = builder->land->counties[county].division->name;
    struct arena *arena = builder->family;
    people_extra(builder->people, arena, town_of(builder, county, stage), stage, number, extra, &family);
    struct name note;
    if (extra == EXTRA_TOO_YOUNG) {
        note = (struct name){ arena_printf(arena, "%.*s：孩子未满六周岁，今年还不能报名", STR_ARG(place.zh)),
                              arena_printf(arena, "%.*s: a child too young to apply this year", STR_ARG(place.en)) };
    } else if (extra == EXTRA_TWINS) {
        note =
            (struct name){ arena_printf(arena, "%.*s：双胞胎要上小学，都还没有报名，可以申请同校", STR_ARG(place.zh)),
                           arena_printf(arena,
                                        "%.*s: twins for primary school, neither has applied; they may ask together",
                                        STR_ARG(place.en)) };
    } else {
        bool junior = stage == STAGE_JUNIOR;
        note = (struct name){
            arena_printf(arena, "%.*s：孩子要上%s，还没有报名", STR_ARG(place.zh), junior ? "初中" : "小学"),
            arena_printf(arena, "%.*s: a child for %s school who has not applied yet", STR_ARG(place.en),
                         junior ? "junior" : "primary"),
        };
    }
    bool ok = apply_family(builder, &family, 1, note, &applied, error);
    arena_reset(builder->family);
    arena_reset(builder->writing->arena);
    return ok;
}

static bool add_extras(struct builder *builder, struct error *error)
{
    uint32_t number = 0;
    for (size_t i = 0; i < builder->nrounds; i++) {
        const struct demo_round *round = &builder->rounds[i];
        bool open = round->policy->moments[MOMENT_CLOSES] > builder->now;
        if (open && !add_extra(builder, round->county, round->stage, number++, EXTRA_CHILD, error)) {
            return false;
        }
    }
    if (!add_extra(builder, 0, STAGE_PRIMARY, number++, EXTRA_TOO_YOUNG, error)) {
        return false;
    }
    /* Where the rules let siblings ask together: twins who may. */
    for (size_t i = 0; i < builder->nrounds; i++) {
        const struct demo_round *round = &builder->rounds[i];
        bool open = round->policy->moments[MOMENT_CLOSES] > builder->now;
        if (open && round->stage == STAGE_PRIMARY && round->policy->together != TOGETHER_NONE &&
            !add_extra(builder, round->county, round->stage, number++, EXTRA_TWINS, error)) {
            return false;
        }
    }
    return true;
}

/* ---- Found among the families ---- */

static const struct {
    const char *sql; /* the first account that fits */
    const char *zh, *en;
} FINDS[] = {
#define FIND(more, where) FIND_BY(more, where, "a.id")
#define FIND_BY(more, where, order)                                                                                    \
    "select a.account, r.division from application a join round r on r.id = a.round "                                  \
    "join account u on u.id = a.account and u.demo = 2 " more " where " where " order by " order " limit 1"
    { FIND("", "r.state = 'open' and a.state = 'submitted' and a.review = 'passed'"), "已提交，部门核验全部通过",
      "submitted, every check passed" },
    { FIND("join paper p on p.application = a.id",
           "r.state = 'open' and a.state = 'submitted' and a.review = 'waiting'"),
      "已提交，交了材料，等候人工审核", "submitted with papers, waiting for a person" },
    { FIND("", "r.state = 'open' and a.state = 'submitted' and a.review = 'correction'"), "被退回补正",
      "a correction was asked for" },
    { FIND("", "r.state = 'open' and a.state = 'submitted' and a.review = 'counter'"), "请到窗口核对原件",
      "asked to come to the counter" },
    { FIND("join choice c on c.application = a.id", "r.state = 'open' and a.state = 'draft'"),
      "草稿：填到一半，可以接着填", "a draft, to be continued" },
    { FIND("", "r.state = 'open' and a.state = 'submitted' and a.twin is not null"), "双胞胎，两份报名相互关联",
      "twins: two applications that draw as one" },
    { FIND("join fact f on f.application = a.id and f.kind = 'dwelling_lock'", "r.state = 'open'"),
      "住房在锁定年限内已被使用", "a dwelling that another household uses within the lock years" },
    { FIND("join outcome o on o.application = a.id", "r.state = 'published' and o.how = 'choice'"),
      "结果已公布：按志愿录取", "result published: placed by choice" },
    { FIND_BY("join outcome o on o.application = a.id", "r.state = 'published' and o.how = 'choice' and o.rank > 1",
              "o.rank desc, a.id"),
      "结果已公布：录取到靠后的志愿，附解释", "result published: placed at a later wish, with the explanation" },
    { FIND("join outcome o on o.application = a.id", "r.state = 'published' and o.how = 'balance'"),
      "结果已公布：统筹安排", "result published: placed by balancing" },
    { FIND("", "r.state = 'published' and a.review = 'refused'"), "结果已公布：审核未通过，附理由",
      "result published: refused in review, with the reason" },
#undef FIND
#undef FIND_BY
};

static bool list_account(struct builder *builder, int64_t account, struct str division, const char *zh, const char *en,
                         struct error *error)
{
    struct arena *arena = builder->writing->arena;
    const struct division *county = city_division(builder->city, division);
    struct name place = county ? county->name : builder->city->name;
    return db_run(builder->writing->db, error,
                  "update account set demo = 1, demo_note_zh = ?2, demo_note_en = ?3 where id = ?1", V_INT(account),
                  V_TEXT(arena_printf(arena, "%.*s：%s", STR_ARG(place.zh), zh)),
                  V_TEXT(arena_printf(arena, "%.*s: %s", STR_ARG(place.en), en)));
}

static bool find_families(struct builder *builder, struct error *error)
{
    for (size_t i = 0; i < sizeof FINDS / sizeof *FINDS; i++) {
        struct rows *rows = db_query(builder->writing->db, error, FINDS[i].sql);
        int64_t account = 0;
        struct str division = { 0 };
        if (rows_next(rows)) {
            account = rows_int(rows, 0);
            division = rows_text_in(rows, 1, builder->writing->arena);
        }
        if (!rows_end(rows, error) ||
            (account && !list_account(builder, account, division, FINDS[i].zh, FINDS[i].en, error))) {
            return false;
        }
    }
    return true;
}

/* ---- Answers of families in published rounds ---- */

struct placed {
    int64_t application, account;
    int64_t child;
};

static bool read_placed(struct builder *builder, int64_t round, struct placed **out, size_t *n, struct error *error)
{
    int64_t count = 0;
    if (!db_one_int(builder->writing->db, error, &count, NULL, "select count(*) from application where round = ?1",
                    V_INT(round))) {
        return false;
    }
    *out = ARENA_ARRAY(builder->arena, struct placed, (size_t)count + 1);
    *n = 0;
    struct rows *rows = db_query(builder->writing->db, error,
                                 "select a.id, a.account, a.child from application a join outcome o on o.application = "
                                 "a.id and o.offer is not null join account u on u.id = a.account and u.demo = 2 "
                                 "where a.round = ?1 order by a.id",
                                 V_INT(round));
    while (rows_next(rows) && *n < (size_t)count) {
        (*out)[(*n)++] = (struct placed){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2) };
    }
    return rows_end(rows, error);
}

/* Some have confirmed since the publication, a few have declined; the listed ones have not answered. */
static bool answer_round(struct builder *builder, const struct demo_round *round, struct error *error)
{
    struct placed *placed;
    size_t n;
    if (!read_placed(builder, round->id, &placed, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct dice dice = dice_of(builder->land->seed, "answer", (uint64_t)placed[i].child);
        bool accept = dice_chance(&dice, CONFIRMED);
        if (!accept && !dice_chance(&dice, DECLINED)) {
            continue;
        }
        struct answer answer = { .places = builder->places,
                                 .actor = { placed[i].account, "family" },
                                 .application = placed[i].application,
                                 .accept = accept };
        if (!answer_run(builder->writing, &answer, error)) {
            return false;
        }
        if (answer.result != ANSWER_DONE && answer.result != ANSWER_ALREADY) {
            return error_set(error, "an answer of a demo family was refused: %s", answer_result_text(answer.result).en);
        }
        arena_reset(builder->writing->arena);
    }
    return true;
}

bool showcase_write(struct builder *builder, struct error *error)
{
    if (!add_extras(builder, error) || !find_families(builder, error)) {
        return false;
    }
    for (size_t i = 0; i < builder->nrounds; i++) {
        const struct demo_round *round = &builder->rounds[i];
        bool published = round->policy->moments[MOMENT_PUBLISHED] < builder->now;
        if (published && !answer_round(builder, round, error)) {
            return false;
        }
    }
    return true;
}
