/* See search.h. The letters of single characters come from a table that is made with the program (tools/initials.c);
 * characters that are read otherwise in some words are listed here, with the words. */
#include "registry/search.h"

#include "base/clock.h"
#include "registry/facts_sql.h"
#include "registry/registry.h"

extern const char registry_initials[];

enum { HAN_FIRST = 0x4E00, HAN_BEHIND = 0xA000 };

/* Words of schools and places whose reading the table of single characters does not give; the longest fitting first. */
static const struct reading {
    struct str word, letters;
} readings[] = {
#define READING(word, letters)                                                                                         \
    {                                                                                                                  \
        { "" word, sizeof(word) - 1 },                                                                                 \
        {                                                                                                              \
            "" letters, sizeof(letters) - 1                                                                            \
        }                                                                                                              \
    }
    READING("东阿", "de"), READING("阿城", "ec"), READING("校长", "xz"), READING("家长", "jz"), READING("成长", "cz"),
    READING("长大", "zd"), READING("长者", "zz"), READING("长", "c"),    READING("音乐", "yy"), READING("乐器", "yq"),
    READING("乐团", "yt"), READING("乐队", "yd"), READING("乐", "l"),    READING("重庆", "cq"), READING("重阳", "cy"),
    READING("重", "z"),    READING("调", "t"),    READING("会计", "kj"), READING("厦门", "xm"), READING("银行", "yh"),
    READING("行业", "hy"), READING("行", "x"),    READING("都", "d"),    READING("单县", "sx"), READING("朝阳", "cy"),
    READING("曾", "z"),    READING("校", "x"),    READING("解", "j"),    READING("传", "c"),    READING("觉", "j"),
#undef READING
};

/* The word's reading that fits at the start of the text, or NULL. */
static const struct reading *reading_of(struct str text)
{
    const struct reading *best = NULL;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        if (str_starts(text, readings[i].word) && (!best || readings[i].word.n > best->word.n)) {
            best = &readings[i];
        }
    }
    return best;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

struct str search_initials(struct arena *arena, struct str name)
{
    struct str form = search_form(arena, name);
    char *letters = arena_alloc(arena, form.n + 1);
    size_t n = 0, i = 0;
    while (i < form.n) {
        unsigned char c = (unsigned char)form.p[i];
        const struct reading *reading = c < 0x80 ? NULL : reading_of(str_part(form, i, form.n));
        size_t bytes = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
        if (reading) {
            memcpy(letters + n, reading->letters.p, reading->letters.n);
            n += reading->letters.n;
            bytes = reading->word.n;
        } else if (bytes == 1 && is_letter(form.p[i])) {
            letters[n++] = form.p[i];
        } else if (bytes == 3 && i + 2 < form.n) {
            int point = ((c & 0x0F) << 12) | ((form.p[i + 1] & 0x3F) << 6) | (form.p[i + 2] & 0x3F);
            char letter = point >= HAN_FIRST && point < HAN_BEHIND ? registry_initials[point - HAN_FIRST] : '-';
            if (letter != '-') {
                letters[n++] = letter;
            }
        }
        i += bytes;
    }
    return (struct str){ letters, n };
}

struct str search_form(struct arena *arena, struct str name)
{
    struct str form = registry_address_form(arena, name);
    char *small = arena_alloc(arena, form.n + 1);
    for (size_t i = 0; i < form.n; i++) {
        small[i] = (char)(form.p[i] >= 'A' && form.p[i] <= 'Z' ? form.p[i] - 'A' + 'a' : form.p[i]);
    }
    return (struct str){ small, form.n };
}

static struct str pattern(struct arena *arena, const char *before, struct str text)
{
    char *p = arena_alloc(arena, 2 * text.n + 3);
    size_t n = 0;
    for (; *before; before++) {
        p[n++] = *before;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '\\') {
            p[n++] = '\\';
        }
        p[n++] = text.p[i];
    }
    p[n++] = '%';
    return (struct str){ p, n };
}

struct search_words search_words(struct arena *arena, struct str text)
{
    struct str form = search_form(arena, text);
    return (struct search_words){ .form = form,
                                  .code_starts = pattern(arena, "", registry_address_form(arena, text)),
                                  .starts = pattern(arena, "", form),
                                  .holds = pattern(arena, "%", form) };
}

/* ---- Finding ---- */

static bool read_hit(struct rows *rows, struct arena *arena, struct search_hit *out)
{
    const struct kind *kind = kind_named(rows_text(rows, 0));
    *out = (struct search_hit){
        .kind = kind ? kind->id : KIND_DIVISION,
        .subject = rows_int(rows, 1),
        .code = rows_text_in(rows, 2, arena),
        .name = { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) },
        .division = rows_text_in(rows, 5, arena),
    };
    return kind != NULL;
}

bool search_find(struct db *db, struct arena *arena, struct str scope, struct str text, int kind, size_t most,
                 struct search_hit **out, size_t *n, struct error *error)
{
    struct search_words words = search_words(arena, text);
    struct search_hit *hits = ARENA_ARRAY(arena, struct search_hit, most ? most : 1);
    size_t count = 0;
    *out = hits;
    *n = 0;
    if (!words.form.n || !most) {
        return true;
    }
    struct rows *rows = db_query(
        db, error,
        "with hit as (select s.kind, s.subject, min(case when s.code = ?6 then 0 when s.form = ?3 or s.form_en = ?3 "
        "then 1 when s.form like ?4 escape '\\' or s.form_en like ?4 escape '\\' then 2 when s.initials like ?4 escape "
        "'\\' or s.code like ?7 escape '\\' then 3 else 4 end) as fit from search s where s.division >= ?1 and "
        "s.division < ?2 and (s.kind = ?8 or ?8 = '') and (s.form like ?5 escape '\\' or s.form_en like ?5 escape "
        "'\\' or s.initials like ?4 escape '\\' or s.code like ?7 escape '\\') group by s.kind, s.subject) "
        "select h.kind, h.subject, x.code, x.name_zh, x.name_en, x.division from hit h join search x on "
        "x.kind = h.kind and x.subject = h.subject where x.since = (select max(y.since) from search y where "
        "y.kind = h.kind and y.subject = h.subject) order by h.fit, x.code, x.kind limit ?9",
        V_TEXT(scope), V_TEXT(arena_printf(arena, "%.*s~", STR_ARG(scope))), V_TEXT(words.form), V_TEXT(words.starts),
        V_TEXT(words.holds), V_TEXT(registry_address_form(arena, text)), V_TEXT(words.code_starts),
        V_TEXT(kind < 0 ? STR("") : str_of(KIND_LIST[kind].name)), V_INT((int64_t)most));
    while (count < most && rows_next(rows)) {
        count += read_hit(rows, arena, &hits[count]);
    }
    *n = count;
    return rows_end(rows, error);
}

/* ---- Twice the same? ---- */

enum { LIMIT_NAME = 200, COUNTY_CODE = 6 };

/* Code points of a form; at most LIMIT_NAME. */
static size_t points_of(struct str form, int *points)
{
    size_t n = 0;
    for (size_t i = 0; i < form.n && n < LIMIT_NAME;) {
        unsigned char c = (unsigned char)form.p[i];
        size_t bytes = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
        int point = bytes == 1 ? c : c & (0xFF >> (bytes + 1));
        for (size_t k = 1; k < bytes && i + k < form.n; k++) {
            point = (point << 6) | (form.p[i + k] & 0x3F);
        }
        points[n++] = point;
        i += bytes;
    }
    return n;
}

/* Characters by which sisters are told apart: the second school is not the first, the north gate not the south gate. */
static bool tells_apart(int point)
{
    static const int apart[] = { 0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94, 0x516D, 0x4E03, 0x516B, 0x4E5D,
                                 0x5341, 0x4E1C, 0x897F, 0x5357, 0x5317, 0x4E2D, 0x5927, 0x5C0F, 0x9AD8,
                                 0x521D, 0x524D, 0x540E, 0x5DE6, 0x53F3, 0x4E0A, 0x4E0B, 0x65B0, 0x8001 };
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
        if (apart[i] == point) {
            return true;
        }
    }
    return (point >= '0' && point <= '9') || (point >= 'a' && point <= 'z');
}

/* Does one become the other by one character more, less or another one? */
static bool differ_little(struct str a, struct str b)
{
    int left[LIMIT_NAME], right[LIMIT_NAME];
    size_t n = points_of(a, left), m = points_of(b, right), front = 0, back = 0;
    if (n > m + 1 || m > n + 1 || n < 4 || m < 4) {
        return false;
    }
    while (front < n && front < m && left[front] == right[front]) {
        front++;
    }
    while (back < n - front && back < m - front && left[n - 1 - back] == right[m - 1 - back]) {
        back++;
    }
    size_t rest_a = n - front - back, rest_b = m - front - back;
    if (rest_a > 1 || rest_b > 1) {
        return false;
    }
    return !(rest_a && tells_apart(left[front])) && !(rest_b && tells_apart(right[front]));
}

struct candidate {
    struct search_hit hit;
    struct str form;
};

static bool alike(const struct candidate *a, const struct candidate *b, struct text *why)
{
    if (str_eq(a->form, b->form)) {
        *why = T("名称相同", "the same name");
        return true;
    }
    *why = T("同一地方名称相近", "names that differ little, at one place");
    return str_eq(a->hit.division, b->hit.division) && differ_little(a->form, b->form);
}

bool search_duplicates(struct db *db, struct arena *arena, const struct kind *kind, struct str scope, size_t most,
                       struct search_pair **out, size_t *n, struct error *error)
{
    struct candidate *all = NULL;
    size_t count = 0, found = 0, county = 0;
    struct search_pair *pairs = ARENA_ARRAY(arena, struct search_pair, most ? most : 1);
    struct rows *rows = db_query(
        db, error,
        "select x.kind, x.subject, x.code, x.name_zh, x.name_en, x.division, x.form from search x where x.kind = ?1 "
        "and "
        "x.division >= ?2 and x.division < ?3 and x.until > ?4 and x.since = (select max(y.since) from search y "
        "where y.kind = x.kind and y.subject = x.subject) order by substr(x.division, 1, 6), x.division, x.code",
        V_TEXT(str_of(kind->name)), V_TEXT(scope), V_TEXT(arena_printf(arena, "%.*s~", STR_ARG(scope))),
        V_INT(day_of_ms(clock_ms())));
    while (rows_next(rows)) {
        all = arena_grow(arena, all, count, sizeof *all);
        (void)read_hit(rows, arena, &all[count].hit);
        all[count++].form = rows_text_in(rows, 6, arena);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < count && found < most; i++) { /* each with those before it in its county */
        if (!str_eq(str_part(all[i].hit.division, 0, COUNTY_CODE),
                    str_part(all[county].hit.division, 0, COUNTY_CODE))) {
            county = i;
        }
        for (size_t k = county; k < i && found < most; k++) {
            struct text why;
            if (alike(&all[k], &all[i], &why)) {
                pairs[found++] = (struct search_pair){ all[k].hit, all[i].hit, why };
            }
        }
    }
    *out = pairs;
    *n = found;
    return true;
}

/* ---- Keeping in step ---- */

bool search_add(struct writing *writing, const struct kind *kind, const struct fact *fact, struct error *error)
{
    struct name name = { fact_text(kind, fact, "name_zh"), fact_text(kind, fact, "name_en") };
    return db_run(
        writing->db, error,
        "insert into search (kind, subject, code, form, form_en, initials, name_zh, name_en, division, since, until) "
        "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) on conflict (kind, subject, form, since) do nothing",
        V_TEXT(str_of(kind->name)), V_INT(fact->subject), V_TEXT(fact->code),
        V_TEXT(search_form(writing->arena, name.zh)), V_TEXT(search_form(writing->arena, name.en)),
        V_TEXT(search_initials(writing->arena, name.zh)), V_TEXT(name.zh), V_TEXT(name.en), V_TEXT(fact->division),
        V_INT(fact->valid_from), V_INT(fact->valid_until));
}

bool search_keep(struct writing *writing, const struct kind *kind, int64_t subject, struct error *error)
{
    struct versions standing;
    if (!facts_standing(writing->db, writing->arena, kind, subject, INT64_MIN, INT64_MAX, &standing, error) ||
        !db_run(writing->db, error, "delete from search where kind = ?1 and subject = ?2", V_TEXT(str_of(kind->name)),
                V_INT(subject))) {
        return false;
    }
    for (size_t i = 0; i < standing.n; i++) {
        if (!search_add(writing, kind, &standing.items[i], error)) {
            return false;
        }
    }
    return true;
}
