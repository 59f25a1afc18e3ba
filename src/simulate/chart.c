/* Charts and the page that stands alone: see report.h. A chart has one row a rule: the name, under it a bar and its
 * figure as text. The rule in force is told by its name and a thicker outline, not by colour. */
#include "simulate/report.h"

#include <math.h>

const enum measure chart_measures[] = { MEASURE_FIRST,  MEASURE_WISH, MEASURE_PASSED,
                                        MEASURE_TRADES, MEASURE_MEAN, MEASURE_MOVES };
const size_t chart_count = sizeof chart_measures / sizeof *chart_measures;

enum { WIDTH = 340, BAR = 230, ROW = 42, TOP = 30 };

static void escaped(struct buf *buf, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&':
            buf_add_cstr(buf, "&amp;");
            break;
        case '<':
            buf_add_cstr(buf, "&lt;");
            break;
        case '>':
            buf_add_cstr(buf, "&gt;");
            break;
        case '"':
            buf_add_cstr(buf, "&quot;");
            break;
        default:
            buf_add_char(buf, s.p[i]);
        }
    }
}

static void bar_row(struct buf *buf, struct arena *arena, const struct trial *trial, size_t rule, enum measure measure,
                    double most, int y, enum lang lang)
{
    const struct trial_figure *figure = &trial->figures[rule][measure];
    double length = most > 0 && figure->mean > 0 ? BAR * figure->mean / most : 0;
    buf_printf(buf, "<text x=\"0\" y=\"%d\" font-size=\"14\">", y + 14);
    escaped(buf, report_rule(arena, &trial->rules[rule], lang));
    buf_printf(buf,
               "</text><rect x=\"1\" y=\"%d\" width=\"%.1f\" height=\"14\" fill=\"#5694ca\" stroke=\"#0b0c0c\" "
               "stroke-width=\"%d\"/>",
               y + 20, length > 1 ? length : 1, trial->rules[rule].present ? 2 : 1);
    buf_printf(buf, "<text x=\"%.1f\" y=\"%d\" font-size=\"14\">", length + 8, y + 32);
    escaped(buf, report_value(arena, figure, measure));
    buf_add_cstr(buf, "</text>");
}

bool chart_svg(struct buf *buf, struct arena *arena, const struct trial *trial, enum measure measure, enum lang lang)
{
    double most = 0;
    int rows = 0;
    for (size_t r = 0; r < trial->nrules; r++) {
        double mean = trial->figures[r][measure].mean;
        rows += !isnan(mean);
        most = mean > most ? mean : most;
    }
    if (rows == 0) {
        return false;
    }
    const char *name = text_in(measure_words[measure].name, lang);
    buf_printf(
        buf,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" "
        "aria-label=\"%s\" fill=\"currentColor\">"
        "<text x=\"0\" y=\"18\" font-size=\"16\" font-weight=\"bold\">%s</text>",
        WIDTH, TOP + rows * ROW, WIDTH, TOP + rows * ROW, name, name);
    int y = TOP;
    for (size_t r = 0; r < trial->nrules; r++) {
        if (!isnan(trial->figures[r][measure].mean)) {
            bar_row(buf, arena, trial, r, measure, most, y, lang);
            y += ROW;
        }
    }
    buf_add_cstr(buf, "</svg>\n");
    return true;
}

/* ---- The page that stands alone ---- */

static void html_cell(struct buf *buf, const char *before, struct str text, const char *after)
{
    buf_add_cstr(buf, before);
    escaped(buf, text);
    buf_add_cstr(buf, after);
}

/* Up to its head's first cell; a table scrolls inside itself on a phone. */
static void html_table(struct buf *buf, const char *caption, const char *corner)
{
    buf_printf(buf,
               "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table><caption>%s</caption>\n"
               "<thead><tr><th scope=\"col\">%s</th>",
               caption, caption, corner);
}

static void html_part(struct buf *buf, struct arena *arena, const struct trial *trial, enum report_part part,
                      enum lang lang)
{
    enum measure columns[MEASURES];
    size_t n = report_columns(trial, part, columns);
    html_table(buf, text_in(report_part_name(part), lang), lang == LANG_EN ? "Rule" : "办法");
    for (size_t c = 0; c < n; c++) {
        html_cell(buf, "<th scope=\"col\">", str_of(text_in(measure_words[columns[c]].name, lang)), "</th>");
    }
    buf_add_cstr(buf, "</tr></thead>\n<tbody>\n");
    for (size_t r = 0; r < trial->nrules; r++) {
        html_cell(buf, "<tr><th scope=\"row\">", report_rule(arena, &trial->rules[r], lang), "</th>");
        for (size_t c = 0; c < n; c++) {
            html_cell(buf, "<td>", report_value(arena, &trial->figures[r][columns[c]], columns[c]), "</td>");
        }
        buf_add_cstr(buf, "</tr>\n");
    }
    buf_add_cstr(buf, "</tbody></table></div>\n");
}

static void html_groups(struct buf *buf, struct arena *arena, const struct trial *trial, enum lang lang)
{
    if (trial->ngroups == 0) {
        return;
    }
    html_table(buf, lang == LANG_EN ? "Who pays: 1st wish % by group" : "谁在付代价：各组第一志愿%",
               lang == LANG_EN ? "Group" : "组");
    buf_printf(buf, "<th scope=\"col\">%s</th>", lang == LANG_EN ? "Children" : "孩子");
    for (size_t r = 0; r < trial->nrules; r++) {
        html_cell(buf, "<th scope=\"col\">", report_rule(arena, &trial->rules[r], lang), "</th>");
    }
    buf_add_cstr(buf, "</tr></thead>\n<tbody>\n");
    for (size_t g = 0; g < trial->ngroups; g++) {
        const struct trial_group *group = &trial->groups[g];
        html_cell(buf, "<tr><th scope=\"row\">", name_in(group->name, lang), "</th>");
        html_cell(buf, "<td>", report_children(arena, group, lang), "</td>");
        for (size_t r = 0; r < trial->nrules; r++) {
            html_cell(buf, "<td>", report_share(arena, group, group->first[r]), "</td>");
        }
        buf_add_cstr(buf, "</tr>\n");
    }
    buf_add_cstr(buf, "</tbody></table></div>\n");
}

static void html_meanings(struct buf *buf, const struct trial *trial, enum lang lang)
{
    buf_printf(buf, "<h2>%s</h2>\n<dl>\n", lang == LANG_EN ? "What each column means" : "各列的意思");
    for (int m = 0; m < MEASURES; m++) {
        if (trial_has(trial, (enum measure)m)) {
            buf_printf(buf, "<dt>%s</dt><dd>%s</dd>\n", text_in(measure_words[m].name, lang),
                       text_in(measure_words[m].meaning, lang));
        }
    }
    buf_add_cstr(buf, "</dl>\n");
}

void report_html(struct buf *buf, struct arena *arena, const struct trial *trial, struct text title, enum lang lang)
{
    buf_printf(buf,
               "<!doctype html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\">"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>",
               lang == LANG_EN ? "en" : "zh-CN");
    escaped(buf, str_of(text_in(title, lang)));
    buf_add_cstr(buf,
                 "</title>\n<style>body{font:16px/1.5 sans-serif;max-width:75rem;margin:1rem auto;padding:0 1rem;color:"
                 "#0b0c0c}.wide{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;"
                 "font-weight:bold}th,td{padding:.3rem .6rem;border-bottom:1px solid #b1b4b6;text-align:right;"
                 "white-space:nowrap}th[scope=row],th:first-child{text-align:left}thead th{white-space:normal}.charts{"
                 "display:flex;flex-wrap:wrap;align-items:flex-start;gap:2rem}svg{max-width:100%;height:auto}dt{font-"
                 "weight:bold}</style>"
                 "</head>\n<body>\n<main>\n<h1>");
    escaped(buf, str_of(text_in(title, lang)));
    buf_add_cstr(buf, "</h1>\n<p>");
    escaped(buf, report_about(arena, trial, lang));
    buf_printf(buf, "</p>\n<p>%s</p>\n", text_in(report_limits, lang));
    html_part(buf, arena, trial, REPORT_GETS, lang);
    html_part(buf, arena, trial, REPORT_COSTS, lang);
    html_groups(buf, arena, trial, lang);
    buf_add_cstr(buf, "<div class=\"charts\">\n");
    for (size_t i = 0; i < chart_count; i++) {
        (void)chart_svg(buf, arena, trial, chart_measures[i], lang);
    }
    buf_add_cstr(buf, "</div>\n");
    html_meanings(buf, trial, lang);
    buf_add_cstr(buf, "</main>\n</body>\n</html>\n");
}
