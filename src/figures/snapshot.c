/* See snapshot.h. */
#include "figures/snapshot.h"

#include "base/buf.h"
#include "base/hex.h"
#include "store/journal.h"

#include <stdlib.h>

enum { TEXT_BYTES_MOST = 16 * 1024 * 1024 };

/* ---- text and hash ---- */

static void line(struct buf *out, const char *key, struct str value)
{
    buf_printf(out, "%s\t", key);
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '\n' || c == '\t' || c == '\\') {
            buf_add_char(out, '\\');
        }
        buf_add_char(out, c == '\n' ? 'n' : c == '\t' ? 't' : c);
    }
    buf_add_char(out, '\n');
}

static void number_line(struct buf *out, const char *key, int64_t value)
{
    buf_printf(out, "%s\t%lld\n", key, (long long)value);
}

struct str snapshot_text(struct arena *arena, const struct publication_version *version)
{
    struct buf out = buf_init(TEXT_BYTES_MOST);
    buf_add_cstr(&out, "jiaoti-publication-1\n");
    line(&out, "name_zh", version->name.zh);
    line(&out, "name_en", version->name.en);
    number_line(&out, "said_on", version->said_on);
    number_line(&out, "version", version->version);
    line(&out, "reason", version->reason);
    number_line(&out, "day", version->day);
    number_line(&out, "recorded", version->recorded);
    number_line(&out, "published_at", version->published_at);
    for (size_t i = 0; i < version->n; i++) {
        const struct said_figure *said = &version->figures[i];
        line(&out, "figure", said->indicator);
        line(&out, "name_zh", said->name.zh);
        line(&out, "name_en", said->name.en);
        line(&out, "scope_zh", said->scope.zh);
        line(&out, "scope_en", said->scope.en);
        line(&out, "unit", said->unit);
        line(&out, "kind", said->kind);
        line(&out, "definition", hex_encode(arena, said->definition, SM3_BYTES));
        number_line(&out, "day", said->day);
        number_line(&out, "state", said->figure.state);
        number_line(&out, "numerator", said->figure.numerator);
        number_line(&out, "denominator", said->figure.denominator);
        number_line(&out, "before_numerator", said->figure.before_numerator);
        number_line(&out, "before_denominator", said->figure.before_denominator);
        line(&out, "value", figure_number(arena, said->figure.value_e6, said->decimals, false));
        line(&out, "said", figure_number(arena, said->figure.said_e6, said->decimals, false));
    }
    struct str text = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

void snapshot_hash(struct arena *arena, const struct publication_version *version, uint8_t hash[SM3_BYTES])
{
    struct str text = snapshot_text(arena, version);
    sm3_of(text.p, text.n, hash);
}

struct said_figure snapshot_figure(const struct indicators *set, const struct indicator *indicator, int64_t day,
                                   const struct figure *figure)
{
    struct said_figure said = {
        .indicator = indicator->id,
        .name = indicator->name,
        .scope = indicator->scope,
        .unit = set->units[indicator->unit].id,
        .kind = str_of(indicator_kind_words[indicator->kind]),
        .definition_text = indicator->text,
        .day = day,
        .figure = *figure,
        .decimals = indicator->round,
    };
    memcpy(said.definition, indicator->definition, SM3_BYTES);
    return said;
}

/* ---- publishing ---- */

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct said_figure *)a)->indicator, ((const struct said_figure *)b)->indicator);
}

/* A new publication, or the next version of the one that is corrected. */
static bool place(struct writing *writing, struct publish *publish, struct error *error)
{
    struct publication_version *said = &publish->said;
    if (said->publication == 0) {
        said->version = 1;
        said->reason = STR("");
        return db_one_int(writing->db, error, &said->publication, NULL,
                          "insert into publication (name_zh, name_en, said_on) values (?1, ?2, ?3) returning id",
                          V_TEXT(said->name.zh), V_TEXT(said->name.en), V_INT(said->said_on));
    }
    struct publication_version newest;
    bool found = false;
    if (!snapshot_read(writing->db, writing->arena, said->publication, 0, &newest, &found, error)) {
        return false;
    }
    if (!found) {
        publish->result = PUBLISH_MISSING;
    } else if (newest.version != said->version) {
        publish->result = PUBLISH_OVERTAKEN;
    } else if (str_trim(said->reason).n == 0) {
        publish->result = PUBLISH_NO_REASON;
    }
    said->version++;
    said->name = newest.name;
    said->said_on = newest.said_on;
    return true;
}

static bool write_figure(struct writing *writing, const struct publication_version *version,
                         const struct said_figure *said, struct error *error)
{
    const struct figure *f = &said->figure;
    return db_run(writing->db, error,
                  "insert into publication_figure (publication, version, indicator, name_zh, name_en, scope_zh, "
                  "scope_en, unit, kind, definition, definition_text, day, state, numerator, denominator, "
                  "before_numerator, before_denominator, value_e6, said_e6, decimals) values (?1, ?2, ?3, ?4, ?5, ?6, "
                  "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
                  V_INT(version->publication), V_INT(version->version), V_TEXT(said->indicator), V_TEXT(said->name.zh),
                  V_TEXT(said->name.en), V_TEXT(said->scope.zh), V_TEXT(said->scope.en), V_TEXT(said->unit),
                  V_TEXT(said->kind), V_BLOB(((struct str){ (const char *)said->definition, SM3_BYTES })),
                  V_TEXT(said->definition_text), V_INT(said->day), V_INT((int64_t)f->state), V_INT(f->numerator),
                  V_INT(f->denominator), V_INT(f->before_numerator), V_INT(f->before_denominator), V_INT(f->value_e6),
                  V_INT(f->said_e6), V_INT((int64_t)said->decimals));
}

static bool write_version(struct writing *writing, struct publish *publish, struct error *error)
{
    struct publication_version *said = &publish->said;
    said->published_at = writing->now;
    said->published_by = publish->account;
    snapshot_hash(writing->arena, said, said->hash);
    bool good =
        db_run(writing->db, error,
               "insert into publication_version (publication, version, day, recorded, published_at, published_by, "
               "reason, hash) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
               V_INT(said->publication), V_INT(said->version), V_INT(said->day), V_INT(said->recorded),
               V_INT(said->published_at), V_INT(said->published_by), V_TEXT(said->reason),
               V_BLOB(((struct str){ (const char *)said->hash, SM3_BYTES })));
    for (size_t i = 0; good && i < said->n; i++) {
        good = write_figure(writing, said, &said->figures[i], error);
    }
    struct str hash = hex_encode(writing->arena, said->hash, SM3_BYTES);
    struct journal_entry entry = {
        .actor = publish->account,
        .role = publish->role,
        .action = said->version == 1 ? "figures.publish" : "figures.correct",
        .subject_kind = "publication",
        .subject_id = said->publication,
        .detail = arena_printf(writing->arena, "version=%lld figures=%zu sm3=%.*s", (long long)said->version, said->n,
                               STR_ARG(hash)),
    };
    return good && journal_append(writing, &entry, error);
}

bool snapshot_publish_run(struct writing *writing, void *input, struct error *error)
{
    struct publish *publish = input;
    struct publication_version as_asked = publish->said; /* the command may be run again */
    publish->result = PUBLISH_DONE;
    if (publish->form_key.n) {
        struct str answer;
        bool is_new = true;
        if (!once_claim(writing, publish->form_key, publish->account, &answer, &is_new, error)) {
            return false;
        }
        if (!is_new) {
            publish->version = as_asked.publication ? as_asked.version + 1 : 1;
            return str_to_int(answer, 1, INT64_MAX, &publish->publication) ||
                   error_set(error, "the publication's number was not kept");
        }
    }
    if (as_asked.n == 0) {
        publish->result = PUBLISH_NOTHING;
        return true;
    }
    qsort(publish->said.figures, publish->said.n, sizeof *publish->said.figures, by_id);
    bool good =
        place(writing, publish, error) && (publish->result != PUBLISH_DONE || write_version(writing, publish, error));
    publish->publication = publish->said.publication;
    publish->version = publish->said.version;
    publish->said = as_asked;
    if (good && publish->form_key.n && publish->result == PUBLISH_DONE) {
        good = once_answer(writing, publish->form_key,
                           arena_printf(writing->arena, "%lld", (long long)publish->publication), error);
    }
    return good;
}

/* ---- reading ---- */

static void take_version(struct rows *rows, struct arena *arena, struct publication_version *out)
{
    *out = (struct publication_version){
        .publication = rows_int(rows, 0),
        .version = rows_int(rows, 1),
        .name = { rows_text_in(rows, 2, arena), rows_text_in(rows, 3, arena) },
        .said_on = rows_int(rows, 4),
        .day = rows_int(rows, 5),
        .recorded = rows_int(rows, 6),
        .published_at = rows_int(rows, 7),
        .published_by = rows_int(rows, 8),
        .reason = rows_text_in(rows, 9, arena),
    };
    struct str hash = rows_blob(rows, 10);
    if (hash.n == SM3_BYTES) {
        memcpy(out->hash, hash.p, SM3_BYTES);
    }
}

#define VERSION_COLUMNS                                                                                                \
    "select v.publication, v.version, p.name_zh, p.name_en, p.said_on, v.day, v.recorded, v.published_at, "            \
    "v.published_by, v.reason, v.hash from publication_version v join publication p on p.id = v.publication "

bool snapshot_list(struct db *db, struct arena *arena, struct publication_version **out, size_t *n, struct error *error)
{
    enum { MOST = 500 };
    *out = ARENA_ARRAY(arena, struct publication_version, MOST);
    *n = 0;
    struct rows *rows = db_query(
        db, error, VERSION_COLUMNS "order by p.said_on desc, v.publication desc, v.version desc limit ?1", V_INT(MOST));
    while (rows_next(rows)) {
        take_version(rows, arena, &(*out)[(*n)++]);
    }
    return rows_end(rows, error);
}

static void take_figure(struct rows *rows, struct arena *arena, struct said_figure *out)
{
    *out = (struct said_figure){
        .indicator = rows_text_in(rows, 0, arena),
        .name = { rows_text_in(rows, 1, arena), rows_text_in(rows, 2, arena) },
        .scope = { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) },
        .unit = rows_text_in(rows, 5, arena),
        .kind = rows_text_in(rows, 6, arena),
        .definition_text = rows_text_in(rows, 8, arena),
        .day = rows_int(rows, 9),
        .figure = { .numerator = rows_int(rows, 11),
                    .denominator = rows_int(rows, 12),
                    .before_numerator = rows_int(rows, 13),
                    .before_denominator = rows_int(rows, 14),
                    .value_e6 = rows_int(rows, 15),
                    .said_e6 = rows_int(rows, 16) },
        .decimals = (unsigned)rows_int(rows, 17),
    };
    out->figure.state = (unsigned)rows_int(rows, 10);
    struct str definition = rows_blob(rows, 7);
    if (definition.n == SM3_BYTES) {
        memcpy(out->definition, definition.p, SM3_BYTES);
    }
}

static bool read_figures(struct db *db, struct arena *arena, struct publication_version *out, struct error *error)
{
    int64_t n = 0;
    if (!db_one_int(db, error, &n, NULL,
                    "select count(*) from publication_figure where publication = ?1 and version = ?2",
                    V_INT(out->publication), V_INT(out->version))) {
        return false;
    }
    out->figures = ARENA_ARRAY(arena, struct said_figure, (size_t)n);
    struct rows *rows = db_query(
        db, error,
        "select indicator, name_zh, name_en, scope_zh, scope_en, unit, kind, definition, definition_text, day, "
        "state, numerator, denominator, before_numerator, before_denominator, value_e6, said_e6, decimals "
        "from publication_figure where publication = ?1 and version = ?2 order by indicator",
        V_INT(out->publication), V_INT(out->version));
    while (rows_next(rows) && out->n < (size_t)n) {
        take_figure(rows, arena, &out->figures[out->n++]);
    }
    return rows_end(rows, error);
}

bool snapshot_read(struct db *db, struct arena *arena, int64_t publication, int64_t version,
                   struct publication_version *out, bool *found, struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 VERSION_COLUMNS "where v.publication = ?1 and (cast(?2 as bigint) = 0 or v.version = ?2) "
                                 "order by v.version desc limit 1",
                 V_INT(publication), V_INT(version));
    *found = rows_next(rows);
    if (*found) {
        take_version(rows, arena, out);
    }
    return rows_end(rows, error) && (!*found || read_figures(db, arena, out, error));
}

/* ---- causes ---- */

bool snapshot_causes(struct db *db, struct arena *arena, const struct indicators *set,
                     const struct indicator *indicator, int64_t since, size_t most, int64_t **changes, size_t *n,
                     struct error *error)
{
    const char *counted = indicator->kind == INDICATOR_CHANGE ? set->items[indicator->of].sql : indicator->sql;
    static const char head[] = "select c.id from register_change c where c.decided_at > ?1 and (0 = 1";
    struct buf sql = buf_init(64 * 1024);
    buf_add_cstr(&sql, head); /* to it come tables of kinds.h; every value is bound */
    for (size_t i = 0; i < KINDS; i++) {
        const char *name = KIND_LIST[i].name, *table = KIND_LIST[i].table;
        if (strstr(counted, arena_printf(arena, "published_%s where", name).p)) {
            buf_printf(&sql,
                       " or exists (select 1 from %s f where f.change = c.id) or exists (select 1 from %s f where "
                       "f.replaced_by = c.id)",
                       table, table);
        }
    }
    buf_add_cstr(&sql, ") order by c.decided_at, c.id limit ?2");
    *changes = ARENA_ARRAY(arena, int64_t, most);
    *n = 0;
    const char *text = arena_str(arena, buf_str(&sql)).p;
    buf_free(&sql);
    struct rows *rows = db_query(db, error, text, V_INT(since), V_INT((int64_t)most));
    while (rows_next(rows) && *n < most) {
        (*changes)[(*n)++] = rows_int(rows, 0);
    }
    return rows_end(rows, error);
}
