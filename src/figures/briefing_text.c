/* See briefing_text.h. */
#include "figures/briefing_text.h"

#include "base/buf.h"
#include "base/clock.h"
#include "city/walker.h"

#include <sys/stat.h>

enum { TEXT_BYTES_MOST = 256 * 1024, BLOCKS_MOST = 1000, FIGURES_MOST = 1000, OPTIONS = 12 };

#define E6 INT64_C(1000000)

static const char *const option_words[OPTIONS] = { "number", "percent", "wan",    "yi",    "thousand", "million",
                                                   "over",   "above",   "nearly", "below", "change",   "next_year" };

struct writer_of_text {
    struct arena *arena;
    struct str file;
    enum lang lang;
    const struct indicators *set;
    struct city_mistakes *mistakes;
    struct briefing_text *out;
    uint32_t line;
    bool good;
    /* The paragraph that is being read. */
    struct piece *pieces;
    size_t n;
};

static void tell(struct writer_of_text *w, struct text says)
{
    w->good = false;
    if (w->mistakes) {
        city_mistake_add(w->mistakes, w->file, w->line, "%s%.0s", "%.0s%s", says.zh, says.en);
    }
}

static struct text format2(struct writer_of_text *w, const char *zh, const char *en, struct str a)
{
    return (struct text){ arena_printf(w->arena, "%s“%.*s”", zh, STR_ARG(a)).p,
                          arena_printf(w->arena, "%s '%.*s'", en, STR_ARG(a)).p };
}

/* ---- a figure ---- */

static void take_option(struct writer_of_text *w, struct str word, struct placed *placed, bool *has_decimals)
{
    int64_t digit;
    if (str_to_int(word, 0, 6, &digit)) {
        placed->decimals = (unsigned)digit;
        *has_decimals = true;
        return;
    }
    for (size_t i = 0; i < OPTIONS; i++) {
        if (!str_is(word, option_words[i])) {
            continue;
        }
        if (i < WRITTENS) {
            placed->written = (enum written)i;
        } else if (i < WRITTENS + BOUND_WORDS - 1) {
            placed->word = (enum bound_word)(i - WRITTENS + 1);
        } else if (str_is(word, "change")) {
            placed->change = true;
        } else {
            placed->next_year = true;
        }
        return;
    }
    struct text expected = expected_words(w->arena, word, option_words, OPTIONS);
    tell(w, (struct text){
                arena_printf(w->arena, "不认识写法“%.*s”；应为 %s 或 0 到 6 的小数位数", STR_ARG(word), expected.zh).p,
                arena_printf(w->arena, "unknown option '%.*s'; expected %s, or 0 to 6 for the decimals", STR_ARG(word),
                             expected.en)
                    .p });
}

/* Is what is written true of such an indicator? */
static void judge_options(struct writer_of_text *w, const struct placed *placed, const struct indicator *indicator)
{
    static const enum indicator_bound bound_of[BOUND_WORDS] = { BOUND_NONE, BOUND_ABOVE, BOUND_ABOVE, BOUND_NEARLY,
                                                                BOUND_BELOW };
    struct str unit = w->set->units[indicator->unit].id;
    if (!indicator->is_public) {
        tell(w, format2(w, "不公开的指标不能写进发布稿：", "a briefing is public, this figure is not:", placed->id));
    }
    if (placed->word && bound_of[placed->word] != indicator->bound) {
        tell(w, format2(w, "界限词和指标的 bound 不符：", "its bound is another than this word says:", placed->id));
    } else if (!placed->word && indicator->bound) {
        tell(w, format2(w, "指标有 bound，应写 over、above、nearly 或 below：",
                        "it is said as a bound; expected over, above, nearly or below:", placed->id));
    }
    if (placed->written == WRITTEN_PERCENT && !str_is(unit, "percent")) {
        tell(w, format2(w, "单位不是百分数，不能写 percent：", "its unit is no percent:", placed->id));
    }
    if (placed->change != (indicator->kind == INDICATOR_CHANGE)) {
        tell(w, format2(w, "change 只用于、也必须用于 change 类指标：",
                        "change belongs to indicators of this kind, and to no other:", placed->id));
    }
}

static void judge_twice(struct writer_of_text *w, const struct placed *placed)
{
    for (size_t i = 0; i < w->out->nfigures; i++) {
        if (str_eq(w->out->figures[i].id, placed->id) && w->out->figures[i].next_year != placed->next_year) {
            tell(w, format2(w, "同一个数据不能既写今年又写明年：", "it stands here for two years:", placed->id));
            return;
        }
    }
}

/* `inside`: what stands between the braces. Its place in figures. */
static size_t take_figure(struct writer_of_text *w, struct str inside)
{
    struct placed placed = { .indicator = SIZE_MAX, .line = w->line };
    struct str rest = str_trim(inside), word;
    bool has_decimals = false;
    (void)str_split(&rest, ' ', &placed.id);
    placed.id = arena_str(w->arena, placed.id);
    while (str_split(&rest, ' ', &word)) {
        if (word.n) {
            take_option(w, word, &placed, &has_decimals);
        }
    }
    placed.indicator = indicators_find(w->set, placed.id);
    if (placed.indicator == SIZE_MAX) {
        const char **ids = ARENA_ARRAY(w->arena, const char *, w->set->n + 1);
        for (size_t i = 0; i < w->set->n; i++) {
            ids[i] = w->set->items[i].id.p;
        }
        const char *near = nearest_word(placed.id, ids, w->set->n);
        struct str hint = near ? arena_printf(w->arena, "'%s'", near) : STR("");
        struct text none = { arena_printf(w->arena, "没有指标“%.*s”；应为 %s", STR_ARG(placed.id),
                                          near ? hint.p : "indicators/ 中的标识")
                                 .p,
                             arena_printf(w->arena, "there is no indicator '%.*s'; expected %s", STR_ARG(placed.id),
                                          near ? hint.p : "an id of indicators/")
                                 .p };
        tell(w, none);
    } else {
        judge_options(w, &placed, &w->set->items[placed.indicator]);
        if (!has_decimals && placed.written <= WRITTEN_PERCENT) {
            placed.decimals = w->set->items[placed.indicator].round;
        }
    }
    judge_twice(w, &placed);
    if (w->out->nfigures == FIGURES_MOST) {
        tell(w, T("数据太多；最多 1000 个", "too many figures; expected at most 1000"));
        return 0;
    }
    w->out->figures[w->out->nfigures] = placed;
    return w->out->nfigures++;
}

/* ---- lines ---- */

static void add_piece(struct writer_of_text *w, struct str text, size_t figure)
{
    w->pieces = arena_grow(w->arena, w->pieces, w->n, sizeof *w->pieces);
    w->pieces[w->n++] = (struct piece){ arena_str(w->arena, text), figure };
}

static size_t find2(struct str s, char c)
{
    for (size_t i = 0; i + 1 < s.n; i++) {
        if (s.p[i] == c && s.p[i + 1] == c) {
            return i;
        }
    }
    return s.n;
}

static void add_line(struct writer_of_text *w, struct str line)
{
    if (w->n && w->lang == LANG_EN) {
        add_piece(w, STR(" "), SIZE_MAX); /* lines of a paragraph are joined; Chinese without a blank */
    }
    while (line.n) {
        size_t at = find2(line, '{');
        if (at) {
            add_piece(w, str_part(line, 0, at), SIZE_MAX);
        }
        line = str_part(line, at, line.n);
        if (!line.n) {
            return;
        }
        size_t end = find2(line, '}');
        if (end == line.n) {
            tell(w, T("“{{”没有“}}”；应在同一行", "{{ without }}; expected both on one line"));
            return;
        }
        add_piece(w, STR(""), take_figure(w, str_part(line, 2, end - 2)));
        line = str_part(line, end + 2, line.n);
    }
}

static void end_block(struct writer_of_text *w, int kind)
{
    if (w->n && w->out->n < BLOCKS_MOST) {
        struct block *block = &w->out->blocks[w->out->n++];
        block->kind = (unsigned)kind;
        block->pieces = w->pieces;
        block->n = w->n;
    } else if (w->n) {
        tell(w, T("段落太多；最多 1000 段", "too many paragraphs; expected at most 1000"));
    }
    w->pieces = NULL;
    w->n = 0;
}

static void take_line(struct writer_of_text *w, struct str line)
{
    if (str_starts(line, STR("<!--"))) {
        return; /* a remark for who keeps the file */
    }
    bool title = str_starts(line, STR("# ")), heading = str_starts(line, STR("## "));
    if (!line.n || title || heading) {
        end_block(w, BLOCK_PARAGRAPH);
    }
    if (title || heading) {
        add_line(w, str_trim(str_part(line, title ? 2 : 3, line.n)));
        end_block(w, title ? BLOCK_TITLE : BLOCK_HEADING);
    } else if (line.n) {
        add_line(w, line);
    }
}

bool briefing_text_read(struct arena *arena, struct str file, struct str text, enum lang lang,
                        const struct indicators *set, struct briefing_text *out, struct city_mistakes *mistakes)
{
    struct writer_of_text w = {
        .arena = arena, .file = file, .lang = lang, .set = set, .mistakes = mistakes, .out = out, .good = true
    };
    struct str line;
    *out = (struct briefing_text){ .blocks = ARENA_ARRAY(arena, struct block, BLOCKS_MOST),
                                   .figures = ARENA_ARRAY(arena, struct placed, FIGURES_MOST) };
    if (text.n > TEXT_BYTES_MOST) {
        tell(&w, T("太长；应不超过 256 KiB", "too long; expected at most 256 KiB"));
        return false;
    }
    while (str_split(&text, '\n', &line)) {
        w.line++;
        take_line(&w, str_trim(line));
    }
    end_block(&w, BLOCK_PARAGRAPH);
    w.line = 1;
    if (!out->n || out->blocks[0].kind != BLOCK_TITLE) {
        tell(&w, T("没有标题；第一行应为“# 标题”", "there is no title; expected '# Title' first"));
    }
    return w.good;
}

/* ---- files ---- */

static bool has_figure(const struct briefing_text *text, struct str id)
{
    for (size_t i = 0; i < text->nfigures; i++) {
        if (str_eq(text->figures[i].id, id)) {
            return true;
        }
    }
    return false;
}

/* One text may not say a figure that the other does not. */
static void compare(struct str file, const struct briefing_text *text, const struct briefing_text *other,
                    struct city_mistakes *mistakes)
{
    for (size_t i = 0; i < text->nfigures; i++) {
        const struct placed *placed = &text->figures[i];
        if (!has_figure(other, placed->id)) {
            city_mistake_add(mistakes, file, placed->line, "另一种语言的发布稿没有“%.*s”；应两种都有",
                             "the text in the other language does not have '%.*s'; expected it in both",
                             STR_ARG(placed->id));
        }
    }
}

bool briefing_files_read(struct briefing_files **out, const char *folder, const struct indicators *set,
                         struct city_mistakes *mistakes, struct error *error)
{
    struct arena *arena = arena_new(64 * 1024), *scratch = arena_new(0);
    struct briefing_files *files = ARENA_NEW(arena, struct briefing_files);
    struct str zh = arena_printf(arena, "%s/briefing.zh.md", folder),
               en = arena_printf(arena, "%s/briefing.en.md", folder);
    struct briefing_text zh_text = { 0 }, en_text = { 0 };
    struct stat about;
    size_t before = mistakes->n;
    files->arena = arena;
    bool has_zh =
        stat(zh.p, &about) == 0 && read_file(arena, zh.p, mistakes, &files->zh) && check_utf8(zh, files->zh, mistakes);
    bool has_en =
        stat(en.p, &about) == 0 && read_file(arena, en.p, mistakes, &files->en) && check_utf8(en, files->en, mistakes);
    bool good_zh = has_zh && briefing_text_read(scratch, zh, files->zh, LANG_ZH, set, &zh_text, mistakes);
    bool good_en = has_en && briefing_text_read(scratch, en, files->en, LANG_EN, set, &en_text, mistakes);
    if (good_zh && good_en) {
        compare(zh, &zh_text, &en_text, mistakes);
        compare(en, &en_text, &zh_text, mistakes);
    } else if (has_en && !has_zh) {
        city_mistake_add(mistakes, en, 0, "没有 briefing.zh.md；应先有中文稿",
                         "there is no briefing.zh.md; expected the Chinese text too");
    }
    struct str relations = arena_printf(arena, "%s/published/relations.yaml", folder);
    struct published_set empty = { 0 };
    if (stat(relations.p, &about) == 0 && read_file(arena, relations.p, mistakes, &files->relations)) {
        (void)relations_read(scratch, relations, files->relations, &empty, mistakes);
    }
    arena_free(scratch);
    size_t n = mistakes->n - before;
    if (n) {
        briefing_files_free(files);
        return error_set(error, "the briefing of %s has %zu mistake%s", folder, n, n == 1 ? "" : "s");
    }
    *out = files;
    return true;
}

void briefing_files_free(struct briefing_files *files)
{
    if (files) {
        arena_free(files->arena);
    }
}

/* ---- writing ---- */

int64_t placed_day(const struct placed *placed, int64_t day)
{
    int year, month, date;
    day_parts(day, &year, &month, &date);
    return placed->next_year ? day_of(year + 1, 12, 31) : day;
}

static int64_t unit_of(enum written written)
{
    static const int64_t units[WRITTENS] = { 1, 1, 10000, 100000000, 1000, 1000000 };
    return units[written];
}

struct str placed_words(struct arena *arena, const struct placed *placed, int64_t value_e6, enum lang lang)
{
    static const struct text units[WRITTENS] = { T("", ""),   T("%", "%"),          T("万", ""),
                                                 T("亿", ""), T("千", " thousand"), T("百万", " million") };
    static const struct text before[BOUND_WORDS] = { T("", ""), T("", "over "), T("", "above "), T("近", "nearly "),
                                                     T("低于", "below ") };
    static const struct text after[BOUND_WORDS] = { T("", ""), T("余", ""), T("以上", ""), T("", ""), T("", "") };
    int64_t e6 = 0, size = placed->change && value_e6 < 0 ? -value_e6 : value_e6;
    (void)compute_round(size, (__int128)unit_of(placed->written) * E6, placed->decimals, &e6);
    /* English has no word for ten thousands: the number is written out, rounded as it is in Chinese. */
    bool whole = lang == LANG_EN && (placed->written == WRITTEN_WAN || placed->written == WRITTEN_YI);
    struct str number = whole ? figure_number(arena, e6 * unit_of(placed->written), 0, true)
                              : figure_number(arena, e6, placed->decimals, lang == LANG_EN);
    struct text change = !placed->change ? T("", "")
                         : value_e6 > 0  ? T("提高", "up ")
                         : value_e6 < 0  ? T("下降", "down ")
                                         : T("持平，变化", "unchanged, ");
    return arena_printf(arena, "%s%s%.*s%s%s", text_in(change, lang), text_in(before[placed->word], lang),
                        STR_ARG(number), text_in(units[placed->written], lang), text_in(after[placed->word], lang));
}

struct published placed_published(const struct placed *placed, const struct indicators *set, int64_t value_e6)
{
    const struct indicator *indicator = &set->items[placed->indicator];
    struct str unit = set->units[indicator->unit].id;
    int64_t e6 = 0, scale = unit_of(placed->written), step = E6;
    struct published out = {
        .id = placed->id,
        .unit = unit,
        .whole = indicator->kind != INDICATOR_RATIO && indicator->kind != INDICATOR_MEAN &&
                 indicator->kind != INDICATOR_SURVEY && indicator->kind != INDICATOR_CHANGE,
        .step = 1,
        .line = placed->line,
    };
    (void)compute_round(value_e6, (__int128)scale * E6, placed->decimals, &e6);
    for (unsigned i = 0; i < placed->decimals; i++) {
        step /= 10;
    }
    if (scale > 1) { /* "108.3万": 1,083,000 to the thousand */
        int64_t digits = e6 / step;
        out.step = scale;
        for (unsigned i = 0; i < placed->decimals && out.step >= 10; i++) {
            out.step /= 10;
        }
        out.value = digits * out.step;
    } else {
        out.value = e6 / step;
        out.decimals = placed->decimals;
    }
    if (placed->word) {
        int64_t bound_step = indicator->step_e6 / (scale > 1 ? E6 : step);
        out.step = bound_step > 0 ? bound_step : 1;
        out.said = placed->word == WORD_NEARLY ? SAID_NEARLY : placed->word == WORD_BELOW ? SAID_BELOW : SAID_ABOVE;
    }
    return out;
}
