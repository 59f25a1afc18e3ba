/* See report.h: words, the terminal's table, the spreadsheet. */
#include "simulate/report.h"

#include <math.h>

const struct measure_words measure_words[MEASURES] = {
    [MEASURE_FIRST] = { "first", T("第一志愿%", "1st wish %"),
                        T("按第一志愿录取的孩子占全部孩子的百分比。",
                          "Children who got their first wish, in per cent of all children.") },
    [MEASURE_SECOND] = { "second", T("第二志愿%", "2nd wish %"),
                         T("按第二志愿录取的百分比。", "Children who got their second wish, in per cent.") },
    [MEASURE_THIRD] = { "third", T("第三志愿%", "3rd wish %"),
                        T("按第三志愿录取的百分比。", "Children who got their third wish, in per cent.") },
    [MEASURE_WISH] = { "wish", T("志愿录取%", "any wish %"),
                       T("按任何一个志愿录取的百分比。", "Children who got any of their wishes, in per cent.") },
    [MEASURE_BALANCED] = { "balanced", T("统筹%", "balanced %"),
                           T("志愿都没有录取、由统筹安排的百分比。",
                             "Children who got none of their wishes and were placed by balancing, in per cent.") },
    [MEASURE_UNPLACED] = { "unplaced", T("未安排%", "not placed %"),
                           T("没有得到学位的百分比。", "Children without a place, in per cent.") },
    [MEASURE_MEAN] = { "mean_metres", T("平均距离km", "mean km"),
                       T("到所得学校的平均直线距离（千米），只算知道距离的孩子。",
                         "Mean straight distance to the school, in km, of children whose distance is known.") },
    [MEASURE_GREATEST] = { "greatest_metres", T("最远km", "greatest km"),
                           T("最远的一个孩子的距离（千米）。", "Distance of the child who has the farthest, in km.") },
    [MEASURE_PASSED] = { "passed_over", T("被越过（份）", "passed over"),
                         T("有多少份申请更想去的学校录取了排在它后面的人。先后按优先次序和本次试算的随机号，不看志愿次"
                           "序。"
                           "延迟接受按构造是0。",
                           "Applications that would rather have a place which went to somebody who stood behind. Who "
                           "stands behind is judged by the priorities and the trial's lots, without the rank of the "
                           "wish. 0 by construction under deferred acceptance.") },
    [MEASURE_PAIRS] = { "passed_over_pairs", T("越过（对）", "pairs"),
                        T("这样的“一前一后”共有多少对。", "How many such pairs of one before and one behind.") },
    [MEASURE_TRADES] = { "trades", T("可无损改善（份）", "could trade"),
                         T("有多少份申请各自可以换到更好的志愿而不使任何人变差（互换成环，或依次递补到空位）。",
                           "Applications each of which could have a better wish with nobody worse off, by trading "
                           "places in a circle or moving up to a free place.") },
    [MEASURE_REORDER] = { "reorder", T("改填可获益（份）", "gain by order"),
                          T("只在“志愿优先”下：有多少份申请如果把另一个志愿填在第一位就能得到更好的学校（别人不变）。"
                            "延迟接受下没有人能这样获益。",
                            "Under serial alone: applications that would have got a better school by naming another "
                            "wish first, all others unchanged. Under deferred acceptance nobody can gain so.") },
    [MEASURE_APART] = { "siblings_apart", T("同胞分开（家）", "siblings apart"),
                        T("同报的同胞没有进同一所学校的家庭数。",
                          "Families whose children asked together and are not at one school.") },
    [MEASURE_MOVES] = { "late_moves", T("补录换校（份）", "late moves"),
                        T("一部分人放弃学位以后，按候补名单递补，有多少份已有学位的申请换了学校。候补次序与派位相同。",
                          "After a share of the places is given back and passed on by the waiting lists: applications "
                          "that had a place and end at another. Waiting lists by the same lots.") },
    [MEASURE_MOVES_REVERSED] = { "late_moves_reversed", T("补录换校，倒序", "moves, reversed"),
                                 T("同上，候补名单的随机号倒过来用。",
                                   "The same with the lots reversed on the waiting lists.") },
};

static const enum measure gets[] = { MEASURE_FIRST,    MEASURE_SECOND,   MEASURE_THIRD, MEASURE_WISH,
                                     MEASURE_BALANCED, MEASURE_UNPLACED, MEASURE_MEAN,  MEASURE_GREATEST };
static const enum measure costs[] = { MEASURE_PASSED, MEASURE_PAIRS, MEASURE_TRADES,        MEASURE_REORDER,
                                      MEASURE_APART,  MEASURE_MOVES, MEASURE_MOVES_REVERSED };

const struct text report_limits = T(
    "这是试算：随机号是试算自己的，不是正式的号；不写入任何数据。各办法用的是同一份志愿，"
    "而换了办法，家庭会换一种填法，这里看不出来。",
    "This is a trial: its lots are its own, not the real ones, and nothing is written. Every rule is shown on the same "
    "wishes; under another rule families would wish differently, which no figure here can tell.");

struct text report_part_name(enum report_part part)
{
    return part == REPORT_GETS ? T("家庭得到什么", "What families get") : T("每种办法的代价", "The price of each rule");
}

size_t report_columns(const struct trial *trial, enum report_part part, enum measure *out)
{
    const enum measure *all = part == REPORT_GETS ? gets : costs;
    size_t n = 0, count = part == REPORT_GETS ? sizeof gets / sizeof *gets : sizeof costs / sizeof *costs;
    for (size_t i = 0; i < count; i++) {
        if (trial_has(trial, all[i])) {
            out[n++] = all[i];
        }
    }
    return n;
}

static double unit_of(enum measure measure)
{
    return measure <= MEASURE_UNPLACED ? 100 : measure <= MEASURE_GREATEST ? 0.001 : 1;
}

struct str report_value(struct arena *arena, const struct trial_figure *figure, enum measure measure)
{
    /* A count that is mostly 0 shows that it is not always. */
    bool small = figure->mean < 10 && figure->most > 0;
    int digits = measure <= MEASURE_UNPLACED ? 1 : measure <= MEASURE_GREATEST ? 2 : small;
    if (isnan(figure->mean)) {
        return STR("–");
    }
    return arena_printf(arena, "%.*f\u00a0±%.*f", digits, figure->mean * unit_of(measure), digits,
                        figure->spread * unit_of(measure));
}

struct str report_children(struct arena *arena, const struct trial_group *group, enum lang lang)
{
    return group->children >= TRIAL_GROUP_LEAST ? arena_printf(arena, "%u", group->children)
           : lang == LANG_EN                    ? STR("under 5")
                                                : STR("不足5");
}

struct str report_share(struct arena *arena, const struct trial_group *group, double share)
{
    return group->children >= TRIAL_GROUP_LEAST ? arena_printf(arena, "%.1f", 100 * share) : STR("–");
}

struct str report_rule(struct arena *arena, const struct trial_rule *rule, enum lang lang)
{
    return arena_printf(arena, rule->present ? (lang == LANG_EN ? "%s (in force)" : "%s（现行）") : "%s",
                        text_in(rule->name, lang));
}

struct str report_about(struct arena *arena, const struct trial *trial, enum lang lang)
{
    return arena_printf(
        arena,
        lang == LANG_EN ? "%u children on %u applications, %u places at %u schools; %u draws of lots; %.1f %% of the "
                          "places given back. Each figure: mean ± standard deviation over the draws."
                        : "%u名孩子、%u份申请，%u个学位、%u所学校；%u次随机号；%.1f%%的学位被放弃。"
                          "每个数：平均值±标准差（各次随机号之间）。",
        trial->children, trial->tickets, trial->places, trial->offers, trial->draws, 100 * trial->declined);
}

/* ---- The terminal ---- */

/* Columns of a terminal: a Chinese character takes two. */
static int width_of(struct str s)
{
    int width = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        width += c < 0x80 || (c >= 0xC0 && c < 0xE0) ? 1 : c >= 0xE3 ? 2 : c == 0xE2 ? 1 : 0;
    }
    return width;
}

static void cell(struct buf *buf, struct str s, int width, bool right)
{
    int blanks = width - width_of(s);
    if (right && blanks > 0) {
        buf_printf(buf, "%*s", blanks, "");
    }
    buf_add(buf, s);
    if (!right && blanks > 0) {
        buf_printf(buf, "%*s", blanks, "");
    }
}

/* Numbered, so that the table of groups can name the rules by their numbers. */
static struct str numbered_rule(struct arena *arena, const struct trial *trial, size_t rule, enum lang lang)
{
    return arena_printf(arena, "%2zu %.*s", rule + 1, STR_ARG(report_rule(arena, &trial->rules[rule], lang)));
}

static int rule_width(struct arena *arena, const struct trial *trial, enum lang lang)
{
    int width = 0;
    for (size_t r = 0; r < trial->nrules; r++) {
        int own = width_of(numbered_rule(arena, trial, r, lang));
        width = own > width ? own : width;
    }
    return width;
}

static void text_part(struct buf *buf, struct arena *arena, const struct trial *trial, enum report_part part,
                      enum lang lang)
{
    enum measure columns[MEASURES];
    size_t n = report_columns(trial, part, columns);
    int first = rule_width(arena, trial, lang), widths[MEASURES];
    cell(buf, str_of(text_in(report_part_name(part), lang)), first, false);
    for (size_t c = 0; c < n; c++) {
        struct str head = str_of(text_in(measure_words[columns[c]].name, lang));
        widths[c] = width_of(head) + 2;
        for (size_t r = 0; r < trial->nrules; r++) {
            int own = width_of(report_value(arena, &trial->figures[r][columns[c]], columns[c])) + 2;
            widths[c] = own > widths[c] ? own : widths[c];
        }
        cell(buf, head, widths[c], true);
    }
    buf_add_char(buf, '\n');
    for (size_t r = 0; r < trial->nrules; r++) {
        cell(buf, numbered_rule(arena, trial, r, lang), first, false);
        for (size_t c = 0; c < n; c++) {
            cell(buf, report_value(arena, &trial->figures[r][columns[c]], columns[c]), widths[c], true);
        }
        buf_add_char(buf, '\n');
    }
    buf_add_char(buf, '\n');
}

static void text_groups(struct buf *buf, struct arena *arena, const struct trial *trial, enum lang lang)
{
    int first = 0;
    if (trial->ngroups == 0) {
        return;
    }
    buf_add_cstr(buf, lang == LANG_EN ? "Who pays: 1st wish % by group, under the rules by their numbers\n"
                                      : "谁在付代价：各组第一志愿%，按办法的编号\n");
    for (size_t g = 0; g < trial->ngroups; g++) {
        int own = width_of(name_in(trial->groups[g].name, lang));
        first = own > first ? own : first;
    }
    buf_printf(buf, "%*s", first, "");
    cell(buf, lang == LANG_EN ? STR("children") : STR("孩子"), 10, true);
    for (size_t r = 0; r < trial->nrules; r++) {
        buf_printf(buf, "%9zu", r + 1);
    }
    buf_add_char(buf, '\n');
    for (size_t g = 0; g < trial->ngroups; g++) {
        const struct trial_group *group = &trial->groups[g];
        cell(buf, name_in(group->name, lang), first, false);
        cell(buf, report_children(arena, group, lang), 10, true);
        for (size_t r = 0; r < trial->nrules; r++) {
            cell(buf, report_share(arena, group, group->first[r]), 9, true);
        }
        buf_add_char(buf, '\n');
    }
    buf_add_char(buf, '\n');
}

void report_text(struct buf *buf, struct arena *arena, const struct trial *trial, enum lang lang)
{
    buf_add(buf, report_about(arena, trial, lang));
    buf_add_cstr(buf, "\n\n");
    for (int part = 0; part < REPORT_PARTS; part++) {
        text_part(buf, arena, trial, (enum report_part)part, lang);
    }
    text_groups(buf, arena, trial, lang);
    buf_add_cstr(buf, text_in(report_limits, lang));
    buf_add_char(buf, '\n');
}

/* ---- The spreadsheet ---- */

static void csv_name(struct buf *buf, struct str name)
{
    buf_add_char(buf, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"') {
            buf_add_char(buf, '"');
        }
        buf_add_char(buf, name.p[i]);
    }
    buf_add_char(buf, '"');
}

void report_csv(struct buf *buf, const struct trial *trial)
{
    buf_add_cstr(buf, "rule,measure,group,mean,spread,least,most\n");
    for (size_t r = 0; r < trial->nrules; r++) {
        for (int m = 0; m < MEASURES; m++) {
            const struct trial_figure *f = &trial->figures[r][m];
            if (!isnan(f->mean)) {
                buf_printf(buf, "%s,%s,,%.6g,%.6g,%.6g,%.6g\n", trial->rules[r].id, measure_words[m].id, f->mean,
                           f->spread, f->least, f->most);
            }
        }
        for (size_t g = 0; g < trial->ngroups; g++) {
            const struct trial_group *group = &trial->groups[g];
            if (group->children >= TRIAL_GROUP_LEAST) {
                buf_printf(buf, "%s,first,", trial->rules[r].id);
                csv_name(buf, group->name.zh);
                buf_printf(buf, ",%.6g,,,\n", group->first[r]);
            }
        }
    }
}
