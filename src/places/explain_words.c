/* The explanation in sentences, Chinese and English. Plain words; numbers as the tables have them. */
#include "places/explain.h"

/* 1350 → "1.35". */
static struct str kilometres(struct arena *arena, int64_t metres)
{
    return arena_printf(arena, "%lld.%02lld", (long long)(metres / 1000), (long long)(metres % 1000 / 10));
}

struct name explain_standing_words(struct arena *arena, const struct explanation *explanation,
                                   const struct explain_standing *s)
{
    struct str zh = s->category_name.zh, en = name_in(s->category_name, LANG_EN);
    if (s->subrank_name.zh.n) {
        zh = arena_printf(arena, "%.*s（%.*s）", STR_ARG(zh), STR_ARG(s->subrank_name.zh));
        en = arena_printf(arena, "%.*s (%.*s)", STR_ARG(en), STR_ARG(name_in(s->subrank_name, LANG_EN)));
    }
    if (s->sibling) {
        zh = arena_printf(arena, "%.*s，有兄姐在读", STR_ARG(zh));
        en = arena_printf(arena, "%.*s, a brother or sister there", STR_ARG(en));
    }
    if (explanation->ordered_by_distance) {
        struct str km = kilometres(arena, s->distance);
        zh = arena_printf(arena, "%.*s，距离%.*s公里", STR_ARG(zh), STR_ARG(km));
        en = arena_printf(arena, "%.*s, %.*s km", STR_ARG(en), STR_ARG(km));
    }
    struct str lot = str_part(s->lot, 0, 8);
    return (struct name){
        arena_printf(arena, "%.*s%s随机号%.*s…", STR_ARG(zh), zh.n ? "，" : "", STR_ARG(lot)),
        arena_printf(arena, "%.*s%slot %.*s…", STR_ARG(en), en.n ? ", " : "", STR_ARG(lot)),
    };
}

struct name explain_result_words(struct arena *arena, const struct explanation *e)
{
    struct str school_en = name_in(e->school, LANG_EN);
    if (!e->listed) {
        bool refused = str_is(e->review, "refused");
        return refused
                   ? (struct name){ STR("审核未通过，没有参加派位。"),
                                    STR("The review refused the application, so it took no part in the allotment.") }
                   : (struct name){ STR("最终名单确定时仍没有审核结论，没有参加派位，可参加补录。"),
                                    STR("It was not decided when the list became final, so it took no part; the late "
                                        "round is open to it.") };
    }
    if (str_is(e->how, "choice")) {
        return (struct name){
            arena_printf(arena, "按第%lld志愿录取到%.*s。", (long long)e->rank, STR_ARG(e->school.zh)),
            arena_printf(arena, "Admitted to %.*s, wish number %lld.", STR_ARG(school_en), (long long)e->rank),
        };
    }
    if (str_is(e->how, "balance")) {
        return (struct name){
            arena_printf(arena, "所填志愿均已满额，统筹安排到%.*s。", STR_ARG(e->school.zh)),
            arena_printf(arena, "Every wish was full; placed at %.*s by balancing.", STR_ARG(school_en)),
        };
    }
    return (
        struct name){ STR("所填志愿均已满额，范围内也没有剩余学位，本批次未能安排；保留在候补名单上，并可参加补录。"),
                      STR("Every wish was full and no place was left in reach: not placed in this round. It stays on "
                          "the waiting lists, and the late round is open to it.") };
}

/* By what the child stood behind the last one. */
static struct text decided_words(enum explain_decided decided)
{
    switch (decided) {
    case EXPLAIN_NO_PLACE:
        return T("该校没有可供志愿录取的学位", "the school had no place to give by choice");
    case EXPLAIN_RANK:
        return T("把该校填在更靠前志愿的先录取", "who put the school higher came first");
    case EXPLAIN_CATEGORY:
        return T("类别顺序在后", "the category comes later");
    case EXPLAIN_SUBRANK:
        return T("类别内的顺位在后", "the rank within the category comes later");
    case EXPLAIN_SIBLING:
        return T("没有兄姐在该校就读", "no brother or sister is at the school");
    case EXPLAIN_DISTANCE:
        return T("距离更远", "the distance is longer");
    case EXPLAIN_LOT:
        return T("条件相同，随机号在后", "equal in everything, the lot comes later");
    case EXPLAIN_MEMBER:
        return T("这些学位先录取为其保留的儿童", "children for whom these places are kept came first");
    case EXPLAIN_TOGETHER:
        return T("剩余学位不够兄弟姐妹一起入学",
                 "places were left, but not enough for the brothers and sisters together");
    case EXPLAIN_NOTHING:
        break;
    }
    return T("", "");
}

static struct name refused_words(struct arena *arena, const struct explanation *e, const struct explain_choice *c)
{
    struct text why = decided_words(c->decided);
    int64_t places = c->kind_name.zh.n ? c->kind_places : c->capacity;
    if (!c->has_last) {
        return (struct name){ arena_printf(arena, "未录取：%s。", why.zh),
                              arena_printf(arena, "Refused: %s.", why.en) };
    }
    struct name own = explain_standing_words(arena, e, &c->own), last = explain_standing_words(arena, e, &c->last);
    struct name out = {
        arena_printf(arena, "未录取：%s。计划%lld人，最后录取者：第%lld志愿，%.*s；您的孩子：第%lld志愿，%.*s。",
                     why.zh, (long long)places, (long long)c->last.rank, STR_ARG(last.zh), (long long)c->own.rank,
                     STR_ARG(own.zh)),
        arena_printf(arena, "Refused: %s. %lld places; the last one in: wish %lld, %.*s; your child: wish %lld, %.*s.",
                     why.en, (long long)places, (long long)c->last.rank, STR_ARG(last.en), (long long)c->own.rank,
                     STR_ARG(own.en)),
    };
    if (e->by_cycles) {
        out.zh = arena_printf(arena, "%.*s本批次按交换循环派位，录取线只供参考。", STR_ARG(out.zh));
        out.en =
            arena_printf(arena, "%.*s This round trades in circles: a cut-off is information only.", STR_ARG(out.en));
    }
    if (c->waiting_place) {
        out.zh = arena_printf(arena, "%.*s现为候补第%lld位。", STR_ARG(out.zh), (long long)c->waiting_place);
        out.en = arena_printf(arena, "%.*s Number %lld on the waiting list now.", STR_ARG(out.en),
                              (long long)c->waiting_place);
    }
    return out;
}

struct name explain_choice_words(struct arena *arena, const struct explanation *e, const struct explain_choice *c)
{
    struct name own = explain_standing_words(arena, e, &c->own), words;
    if (c->verdict == EXPLAIN_REFUSED) {
        words = refused_words(arena, e, c);
    } else if (c->verdict == EXPLAIN_ADMITTED) {
        words = (struct name){ arena_printf(arena, "已录取。您的孩子：%.*s。", STR_ARG(own.zh)),
                               arena_printf(arena, "Admitted. Your child: %.*s.", STR_ARG(own.en)) };
    } else {
        words = (struct name){ STR("更靠前的志愿已录取，没有用到。"), STR("Not needed: a better wish was granted.") };
    }
    if (c->kind_name.zh.n && c->verdict != EXPLAIN_NOT_NEEDED) {
        words.zh = arena_printf(arena, "学位种类“%.*s”。%.*s", STR_ARG(c->kind_name.zh), STR_ARG(words.zh));
        words.en = arena_printf(arena, "Kind of place: %.*s. %.*s", STR_ARG(name_in(c->kind_name, LANG_EN)),
                                STR_ARG(words.en));
    }
    if (c->groups.zh.n) {
        words.zh = arena_printf(arena, "%.*s该校有学位与您的孩子所属类别有关：%.*s。", STR_ARG(words.zh),
                                STR_ARG(c->groups.zh));
        words.en = arena_printf(arena, "%.*s Your child is of a group that has a kind of place here: %.*s.",
                                STR_ARG(words.en), STR_ARG(name_in(c->groups, LANG_EN)));
    }
    struct text what =
        c->implied ? T("（片区学校，抽签未中后的保底志愿）", " (the catchment's school after a lost draw)") : T("", "");
    return (struct name){
        arena_printf(arena, "第%lld志愿 %.*s%s：%.*s", (long long)c->own.rank, STR_ARG(c->school.zh), what.zh,
                     STR_ARG(words.zh)),
        arena_printf(arena, "Wish %lld, %.*s%s: %.*s", (long long)c->own.rank, STR_ARG(name_in(c->school, LANG_EN)),
                     what.en, STR_ARG(words.en)),
    };
}

struct name explain_change_words(struct arena *arena, const struct explanation *e, const struct explain_choice *c)
{
    struct name out = { STR(""), STR("") };
    if (c->verdict != EXPLAIN_REFUSED) {
        return out;
    }
    if (c->decided == EXPLAIN_RANK) {
        return (struct name){
            arena_printf(arena, "如果把该校填为第%lld志愿，会与当时的录取者一起比较。", (long long)c->last.rank),
            arena_printf(arena, "As wish number %lld it would have been compared with those admitted.",
                         (long long)c->last.rank)
        };
    }
    if (c->lot_suffices) {
        out = (struct name){ STR("按公布的录取线，其他条件不变，随机号若排在最后录取者之前，即可录取。"),
                             STR("By the published cut-off, with everything else as it is, a lot before the last one's "
                                 "would have been enough.") };
    }
    if (c->priority_suffices) {
        struct name enough = explain_standing_words(arena, e, &c->sufficient);
        out.zh = arena_printf(arena, "%.*s按公布的录取线，随机号不变，条件%s最后录取者（%.*s）即可录取。",
                              STR_ARG(out.zh), c->strictly ? "优于" : "达到", STR_ARG(enough.zh));
        out.en = arena_printf(arena,
                              "%.*s%sBy the published cut-off, with the same lot, a standing %s the last one's (%.*s) "
                              "would have been enough.",
                              STR_ARG(out.en), out.en.n ? " " : "", c->strictly ? "better than" : "equal to",
                              STR_ARG(enough.en));
    }
    return out;
}

struct name explain_balance_words(struct arena *arena, const struct explanation *e)
{
    const struct explain_balance *b = &e->balance;
    if (!e->balanced) {
        return (struct name){ STR(""), STR("") };
    }
    struct str own = kilometres(arena, b->distance), most = kilometres(arena, b->greatest);
    return (struct name){
        arena_printf(arena,
                     "统筹把全县%lld名未录取的孩子安排到有空位的学校，使最远的距离最短（%.*s公里），再使总距离最短。"
                     "您的孩子到该校%.*s公里；更近的%lld所学校中%lld所已满。",
                     (long long)b->children, STR_ARG(most), STR_ARG(own), (long long)b->nearer,
                     (long long)b->nearer_full),
        arena_printf(
            arena,
            "Balancing placed the %lld children of the county who were left where places were free, so that the "
            "greatest distance is as short as can be (%.*s km), then the total. Your child's is %.*s km; of the "
            "%lld nearer schools %lld are full.",
            (long long)b->children, STR_ARG(most), STR_ARG(own), (long long)b->nearer, (long long)b->nearer_full),
    };
}
