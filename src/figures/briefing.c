/* See briefing.h: reading, the hash, the check. The commands are in briefing_step.c. */
#include "figures/briefing.h"

#include "base/buf.h"
#include "base/hex.h"
#include "figures/verdict.h"

enum { HASHED_BYTES_MOST = 16 * 1024 * 1024, LIST_MOST = 500 };

extern const unsigned char figures_003_sql[];
const struct migration briefing_migrations[] = { { "figures", 3, (const char *)figures_003_sql } };
const size_t briefing_migrations_count = sizeof briefing_migrations / sizeof *briefing_migrations;

const char *const briefing_state_words[BRIEFING_STATES] = { "draft", "checked", "approved", "published" };
const char *const finding_words[FINDINGS] = { "", "impossible", "differs", "changed", "missing", "few" };

/* ---- reading ---- */

static unsigned word_at(struct str word, const char *const *words, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (str_is(word, words[i])) {
            return i;
        }
    }
    return 0;
}

#define VERSIONS                                                                                                       \
    "select v.briefing, v.version, b.name_zh, b.name_en, b.said_on, v.state, v.day, v.recorded, v.reason, "            \
    "v.drafted_at, v.drafted_by, v.checked_at, v.checked_by, v.approved_at, v.approved_by, v.published_at, "           \
    "v.published_by, v.publication, v.publication_version, v.checked_hash, v.text_zh, v.text_en "                      \
    "from briefing_version v join briefing b on b.id = v.briefing "

static void take_version(struct rows *rows, struct arena *arena, struct briefing_version *out)
{
    *out = (struct briefing_version){
        .briefing = rows_int(rows, 0),
        .version = rows_int(rows, 1),
        .name = { rows_text_in(rows, 2, arena), rows_text_in(rows, 3, arena) },
        .said_on = rows_int(rows, 4),
        .state = (enum briefing_state)word_at(rows_text(rows, 5), briefing_state_words, BRIEFING_STATES),
        .day = rows_int(rows, 6),
        .recorded = rows_int(rows, 7),
        .reason = rows_text_in(rows, 8, arena),
        .drafted_at = rows_int(rows, 9),
        .drafted_by = rows_int(rows, 10),
        .checked_at = rows_int(rows, 11),
        .checked_by = rows_int(rows, 12),
        .approved_at = rows_int(rows, 13),
        .approved_by = rows_int(rows, 14),
        .published_at = rows_int(rows, 15),
        .published_by = rows_int(rows, 16),
        .publication = rows_int(rows, 17),
        .publication_version = rows_int(rows, 18),
    };
    struct str hash = rows_blob(rows, 19);
    if (hash.n == SM3_BYTES) {
        memcpy(out->checked_hash, hash.p, SM3_BYTES);
        out->has_check = true;
    }
}

bool briefing_list(struct db *db, struct arena *arena, bool published, struct briefing_version **out, size_t *n,
                   struct error *error)
{
    *out = ARENA_ARRAY(arena, struct briefing_version, LIST_MOST);
    *n = 0;
    struct rows *rows = db_query(
        db, error,
        VERSIONS "where v.version = (select max(w.version) from briefing_version w where w.briefing = v.briefing and "
                 "(cast(?1 as bigint) = 0 or w.state = 'published')) order by b.said_on desc, b.id desc limit ?2",
        V_INT(published), V_INT(LIST_MOST));
    while (rows_next(rows)) {
        take_version(rows, arena, &(*out)[(*n)++]);
    }
    return rows_end(rows, error);
}

static void take_figure(struct rows *rows, struct arena *arena, struct briefing_figure *out)
{
    *out = (struct briefing_figure){
        .indicator = rows_text_in(rows, 0, arena),
        .day = rows_int(rows, 1),
        .figure = { .numerator = rows_int(rows, 4),
                    .denominator = rows_int(rows, 5),
                    .before_numerator = rows_int(rows, 6),
                    .before_denominator = rows_int(rows, 7),
                    .value_e6 = rows_int(rows, 8),
                    .said_e6 = rows_int(rows, 9) },
        .decimals = (unsigned)rows_int(rows, 10),
        .has_other = !rows_is_null(rows, 11),
        .note = rows_text_in(rows, 12, arena),
        .answered_by = rows_int(rows, 13),
        .finding = (enum finding)word_at(rows_text(rows, 14), finding_words, FINDINGS),
        .finding_words = { rows_text_in(rows, 15, arena), rows_text_in(rows, 16, arena) },
    };
    struct str definition = rows_blob(rows, 2);
    if (definition.n == SM3_BYTES) {
        memcpy(out->definition, definition.p, SM3_BYTES);
    }
    out->figure.state = (unsigned)rows_int(rows, 3);
    out->other_e6 = out->has_other ? rows_int(rows, 11) : 0;
}

static bool read_figures(struct db *db, struct arena *arena, struct briefing_version *out, struct error *error)
{
    int64_t n = 0;
    if (!db_one_int(db, error, &n, NULL, "select count(*) from briefing_figure where briefing = ?1 and version = ?2",
                    V_INT(out->briefing), V_INT(out->version))) {
        return false;
    }
    out->figures = ARENA_ARRAY(arena, struct briefing_figure, (size_t)n);
    struct rows *rows =
        db_query(db, error,
                 "select indicator, day, definition, state, numerator, denominator, before_numerator, "
                 "before_denominator, value_e6, said_e6, decimals, other_e6, note, answered_by, finding, finding_zh, "
                 "finding_en from briefing_figure where briefing = ?1 and version = ?2 order by indicator",
                 V_INT(out->briefing), V_INT(out->version));
    while (rows_next(rows) && out->n < (size_t)n) {
        take_figure(rows, arena, &out->figures[out->n++]);
    }
    return rows_end(rows, error);
}

bool briefing_read(struct db *db, struct arena *arena, int64_t briefing, int64_t version, bool published,
                   struct briefing_version *out, bool *found, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 VERSIONS "where v.briefing = ?1 and (cast(?2 as bigint) = 0 or v.version = ?2) and "
                                          "(cast(?3 as bigint) = 0 or v.state = 'published') "
                                          "order by v.version desc limit 1",
                                 V_INT(briefing), V_INT(version), V_INT(published));
    *found = rows_next(rows);
    if (*found) {
        take_version(rows, arena, out);
        out->text_zh = rows_text_in(rows, 20, arena);
        out->text_en = rows_text_in(rows, 21, arena);
    }
    return rows_end(rows, error) && (!*found || read_figures(db, arena, out, error));
}

const struct briefing_figure *briefing_figure_of(const struct briefing_version *version, struct str indicator)
{
    for (size_t i = 0; i < version->n; i++) {
        if (str_eq(version->figures[i].indicator, indicator)) {
            return &version->figures[i];
        }
    }
    return NULL;
}

bool briefing_said(const struct briefing_figure *figure, int64_t *value_e6)
{
    *value_e6 = figure->has_other ? figure->other_e6 : figure->figure.said_e6;
    return figure->has_other || figure->figure.state == FIGURE_IS;
}

/* ---- the hash ---- */

/* Length first: no text can look like another's end. */
static void add_text(struct buf *out, struct str text)
{
    buf_printf(out, "%zu:", text.n);
    buf_add(out, text);
    buf_add_char(out, '\n');
}

void briefing_hash(struct arena *arena, const struct briefing_version *version, uint8_t hash[SM3_BYTES])
{
    struct buf out = buf_init(HASHED_BYTES_MOST);
    buf_add_cstr(&out, "jiaoti-briefing-1\n");
    add_text(&out, version->name.zh);
    add_text(&out, version->name.en);
    buf_printf(&out, "%lld %lld %lld\n", (long long)version->said_on, (long long)version->day,
               (long long)version->recorded);
    add_text(&out, version->reason);
    add_text(&out, version->text_zh);
    add_text(&out, version->text_en);
    for (size_t i = 0; i < version->n; i++) {
        const struct briefing_figure *figure = &version->figures[i];
        const struct figure *f = &figure->figure;
        add_text(&out, figure->indicator);
        add_text(&out, hex_encode(arena, figure->definition, SM3_BYTES));
        buf_printf(&out, "%lld %d %lld %lld %lld %lld %lld %lld %u %d %lld %lld\n", (long long)figure->day,
                   (int)f->state, (long long)f->numerator, (long long)f->denominator, (long long)f->before_numerator,
                   (long long)f->before_denominator, (long long)f->value_e6, (long long)f->said_e6, figure->decimals,
                   figure->has_other, (long long)figure->other_e6, (long long)figure->answered_by);
        add_text(&out, figure->note);
    }
    sm3_of(out.p, out.n, hash);
    buf_free(&out);
}

/* ---- the check ---- */

static void find(struct briefing_figure *figure, enum finding finding, struct text words)
{
    if (figure->finding == FINDING_NONE) {
        figure->finding = finding;
        figure->finding_words = (struct name){ str_of(words.zh), str_of(words.en) };
    }
}

/* The figures of the text as what was published, each where the text says it first, with the folder's relations. */
static struct published_set set_of(struct arena *arena, const struct indicators *set, const struct briefing_text *text,
                                   struct str relations, const struct briefing_version *version)
{
    struct published_set out = { .figures = ARENA_ARRAY(arena, struct published, text->nfigures) };
    for (size_t i = 0; i < text->nfigures; i++) {
        const struct placed *placed = &text->figures[i];
        const struct briefing_figure *figure = briefing_figure_of(version, placed->id);
        int64_t value;
        bool again = false;
        for (size_t k = 0; k < out.n; k++) {
            again = again || str_eq(out.figures[k].id, placed->id);
        }
        if (!again && figure && placed->indicator != SIZE_MAX && briefing_said(figure, &value)) {
            out.figures[out.n++] = placed_published(placed, set, value);
        }
    }
    struct city_mistakes *none = city_mistakes_new();
    if (relations.n) {
        (void)relations_read(arena, STR("relations.yaml"), relations, &out, none);
    }
    city_mistakes_free(none);
    return out;
}

static size_t published_at(const struct published_set *set, struct str id)
{
    for (size_t i = 0; i < set->n; i++) {
        if (str_eq(set->figures[i].id, id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool same(const struct figure *a, const struct figure *b)
{
    return a->state == b->state && a->numerator == b->numerator && a->denominator == b->denominator &&
           a->before_numerator == b->before_numerator && a->before_denominator == b->before_denominator &&
           a->said_e6 == b->said_e6;
}

static void check_verdict(struct arena *arena, const struct indicators *set, const struct published_set *said,
                          const struct impossible *impossible, size_t nimpossible, struct briefing_figure *figure)
{
    size_t at = published_at(said, figure->indicator), index = indicators_find(set, figure->indicator);
    if (at == SIZE_MAX || index == SIZE_MAX) {
        find(figure, FINDING_MISSING, T("没有可说的数", "there is no value to be said"));
        return;
    }
    struct verdict verdict = verdict_of(arena, said, at, &set->items[index], &figure->figure, impossible, nimpossible);
    struct text differs = { arena_printf(arena, "数到的是 %.*s，与要说的 %.*s 不同", STR_ARG(verdict.computed),
                                         STR_ARG(verdict.published))
                                .p,
                            arena_printf(arena, "the rows gave %.*s, not the %.*s that is to be said",
                                         STR_ARG(verdict.computed), STR_ARG(verdict.published))
                                .p };
    if (verdict.says == VERDICT_IMPOSSIBLE) {
        find(figure, FINDING_IMPOSSIBLE, verdict.text);
    } else if (verdict.says == VERDICT_DIFFERS) {
        find(figure, FINDING_DIFFERS, differs);
    } else if (verdict.says == VERDICT_NOT_COUNTED) {
        find(figure, FINDING_MISSING, verdict.text);
    }
}

/* Every place of the text says the figure in its own way; each must be true of it. */
static void check_places(struct arena *arena, const struct indicators *set, const struct briefing_text *text,
                         struct briefing_version *version)
{
    for (size_t i = 0; i < text->nfigures; i++) {
        const struct placed *placed = &text->figures[i];
        struct briefing_figure *figure = NULL;
        int64_t value;
        for (size_t k = 0; k < version->n; k++) {
            figure = str_eq(version->figures[k].indicator, placed->id) ? &version->figures[k] : figure;
        }
        if (!figure || figure->finding || placed->indicator == SIZE_MAX || !briefing_said(figure, &value)) {
            continue;
        }
        struct published one = placed_published(placed, set, value);
        struct published_set said = { .figures = &one, .n = 1 };
        check_verdict(arena, set, &said, NULL, 0, figure);
    }
}

void briefing_check(struct arena *arena, const struct indicators *set, const struct briefing_text *text,
                    struct str relations, const struct figure *now, const bool *few, struct briefing_version *version)
{
    struct published_set said = set_of(arena, set, text, relations, version);
    struct impossible *impossible = NULL;
    size_t n = 0;
    checker_run(arena, &said, &impossible, &n);
    for (size_t i = 0; i < version->n; i++) {
        struct briefing_figure *figure = &version->figures[i];
        figure->finding = FINDING_NONE;
        figure->finding_words = (struct name){ STR(""), STR("") };
        if (few[i]) {
            find(figure, FINDING_FEW,
                 T("人数太少，稿中写作“不足若干”",
                   "too few persons: the text says \"fewer than\" instead of the number"));
        }
        check_verdict(arena, set, &said, impossible, n, figure);
        if (!same(&now[i], &figure->figure)) {
            struct str value =
                now[i].state == FIGURE_IS ? figure_number(arena, now[i].said_e6, figure->decimals, false) : STR("—");
            find(figure, FINDING_CHANGED,
                 (struct text){ arena_printf(arena, "名录已变，现在数到 %.*s", STR_ARG(value)).p,
                                arena_printf(arena, "the rows have changed: they give %.*s now", STR_ARG(value)).p });
        }
    }
    check_places(arena, set, text, version);
}

const struct briefing_figure *briefing_unanswered(const struct briefing_version *version)
{
    for (size_t i = 0; i < version->n; i++) {
        const struct briefing_figure *figure = &version->figures[i];
        int64_t value;
        if (!briefing_said(figure, &value) || (figure->finding && figure->note.n == 0)) {
            return figure;
        }
    }
    return NULL;
}
