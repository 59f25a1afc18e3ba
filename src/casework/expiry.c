/* What ends soon by the register: a licence, an approval. */
#include "casework/inside.h"

#include "base/clock.h"

#include <inttypes.h>

enum { ENDING_MOST = 5000 };

struct ending {
    struct str code, division;
    struct name holder;
    int64_t institution, until;
};

/* Those that end by the day, are not followed by a later one of the same holder, and have no case of this end yet. */
static bool read_endings(struct writing *writing, const struct case_kind *kind, int64_t today, int64_t by,
                         struct ending **out, size_t *n, struct error *error)
{
    struct rows *rows = db_query(
        writing->db, error,
        "select h.code, h.division, h.institution, h.valid_until, i.name_zh, i.name_en from honour_fact h join "
        "institution "
        "i on i.id = h.institution where h.designation = ?1 and h.replaced_at = ?2 and h.valid_from <= ?3 and "
        "h.valid_until > ?3 and h.valid_until <= ?4 and not exists (select 1 from honour_fact l where l.institution = "
        "h.institution and l.designation = h.designation and l.replaced_at = ?2 and l.valid_until > h.valid_until) and "
        "not exists (select 1 from case_file f where f.institution = h.institution and f.kind = ?5 and f.item = h.code "
        "|| "
        "'/' || cast(h.valid_until as text)) order by h.valid_until, h.code limit ?6",
        V_TEXT(kind->expires), V_INT(MOMENT_OPEN), V_INT(today), V_INT(by), V_TEXT(kind->id), V_INT(ENDING_MOST));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        struct arena *arena = writing->arena;
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct ending){ .code = rows_text_in(rows, 0, arena),
                                          .division = rows_text_in(rows, 1, arena),
                                          .institution = rows_int(rows, 2),
                                          .until = rows_int(rows, 3),
                                          .holder = { rows_text_in(rows, 4, arena), rows_text_in(rows, 5, arena) } };
    }
    return rows_end(rows, error);
}

static bool open_one(struct writing *writing, const struct city *city, const struct case_kind *kind,
                     const struct ending *ending, int64_t today, struct error *error)
{
    struct arena *arena = writing->arena;
    int64_t last = ending->until - 1; /* the last day on which it holds */
    struct case_input values[] = { { STR("until"), day_format(arena, last) } };
    struct case_open open = { .city = city,
                              .kind = kind,
                              .division = ending->division,
                              .institution = ending->institution,
                              .subject = ending->code,
                              .title = ending->holder.zh,
                              .values = values,
                              .nvalues = 1,
                              .item = arena_printf(arena, "%.*s/%" PRId64, STR_ARG(ending->code), ending->until),
                              .note = STR(""),
                              .at = day_of_ms(writing->now) == today ? 0 : day_start_ms(today) };
    return case_open_run(writing, &open, error);
}

bool expiry_open(struct writing *writing, const struct city *city, int64_t today, struct error *error)
{
    for (size_t k = 0; k < city->ncases; k++) {
        const struct case_kind *kind = city->cases[k];
        struct ending *endings;
        int64_t looked = 0;
        bool found = false;
        size_t n;
        if (!kind->expires.n) {
            continue;
        }
        if (!db_one_int(writing->db, error, &looked, &found, "select day from case_looked where kind = ?1",
                        V_TEXT(kind->id))) {
            return false;
        }
        if (found && looked >= today) {
            continue;
        }
        if (!read_endings(writing, kind, today, workday_after(city, today, kind->expires_days), &endings, &n, error)) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            if (!open_one(writing, city, kind, &endings[i], today, error)) {
                return false;
            }
        }
        if (!db_run(writing->db, error,
                    "insert into case_looked (kind, day) values (?1, ?2) on conflict (kind) do update set day = "
                    "excluded.day",
                    V_TEXT(kind->id), V_INT(n == ENDING_MOST ? today - 1 : today))) {
            return false;
        }
    }
    return true;
}
