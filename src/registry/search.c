/* See search.h. The letters of single characters come from a table that is made with the program (tools/initials.c);
 * characters that are read otherwise in some words are listed here, with the words. */
#include "registry/search.h"

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

/* ---- Keeping in step ---- */

bool search_add(struct writing *writing, const struct kind *kind, const struct fact *fact, struct error *error)
{
    struct name name = { fact_text(kind, fact, "name_zh"), fact_text(kind, fact, "name_en") };
    return db_run(
        writing->db, error,
        "insert into search (kind, subject, code, form, form_en, initials, name_zh, name_en, division, since) "
        "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) on conflict (kind, subject, form, since) do nothing",
        V_TEXT(str_of(kind->name)), V_INT(fact->subject), V_TEXT(fact->code),
        V_TEXT(search_form(writing->arena, name.zh)), V_TEXT(search_form(writing->arena, name.en)),
        V_TEXT(search_initials(writing->arena, name.zh)), V_TEXT(name.zh), V_TEXT(name.en), V_TEXT(fact->division),
        V_INT(fact->valid_from));
}

bool search_keep(struct writing *writing, const struct kind *kind, int64_t subject, struct error *error)
{
    struct fact *versions = NULL;
    size_t n = 0, room = 0;
    struct rows *rows =
        db_query(writing->db, error, kind_sql(kind)->standing, V_INT(subject), V_INT(INT64_MIN), V_INT(INT64_MAX));
    while (rows_next(rows)) {
        if (n == room) {
            room = room ? room * 2 : 4;
            struct fact *more = ARENA_ARRAY(writing->arena, struct fact, room);
            if (n) {
                memcpy(more, versions, n * sizeof *more);
            }
            versions = more;
        }
        fact_read(rows, 0, kind, writing->arena, &versions[n++]);
    }
    if (!rows_end(rows, error) || !db_run(writing->db, error, "delete from search where kind = ?1 and subject = ?2",
                                          V_TEXT(str_of(kind->name)), V_INT(subject))) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!search_add(writing, kind, &versions[i], error)) {
            return false;
        }
    }
    return true;
}
