/* What rows are compared with: institutions, codes, standing versions, persons. Each is asked for a batch at a time, so
 * that a server of the database on another machine costs a round trip a batch, not a row. */
#include "registry/exchange_inside.h"

#include "registry/facts_sql.h"
#include "store/vault.h"

#include <assert.h>
#include <stdlib.h>

enum { SEEN_FIRST = 4096, SIEVE_BITS = 27, SIEVE_KEYS = 6 };

/* ---- Seen before ---- */

/* FNV-1a with a last mixing; two of a million texts meet with a chance of 1 in 30 million. */
static uint64_t fingerprint(const char *what, struct str text)
{
    uint64_t mark = 1469598103934665603u;
    for (; *what; what++) {
        mark = (mark ^ (unsigned char)*what) * 1099511628211u;
    }
    for (size_t i = 0; i < text.n; i++) {
        mark = (mark ^ (unsigned char)text.p[i]) * 1099511628211u;
    }
    mark ^= mark >> 32;
    mark *= 0xd6e8feb86659fd93u;
    mark ^= mark >> 32;
    return mark ? mark : 1;
}

static void seen_put(struct exchange_seen *seen, uint64_t mark, uint32_t row)
{
    size_t at = mark & (seen->size - 1);
    while (seen->marks[at]) {
        at = (at + 1) & (seen->size - 1);
    }
    seen->marks[at] = mark;
    seen->rows[at] = row;
    seen->n++;
}

static void seen_grow(struct exchange_seen *seen)
{
    struct exchange_seen larger = *seen;
    larger.size = seen->size ? seen->size * 2 : SEEN_FIRST;
    larger.n = 0;
    larger.marks = calloc(larger.size, sizeof *larger.marks);
    larger.rows = calloc(larger.size, sizeof *larger.rows);
    if (!larger.marks || !larger.rows) {
        abort();
    }
    for (size_t i = 0; i < seen->size; i++) {
        if (seen->marks[i]) {
            seen_put(&larger, seen->marks[i], seen->rows[i]);
        }
    }
    free(seen->marks);
    free(seen->rows);
    *seen = larger;
}

/* May the mark have been put in before? 16 MB tell two millions apart with one mistake in a hundred millions, twenty
 * millions with one in thirty. */
static bool sieve_put(struct exchange_seen *seen, uint64_t mark)
{
    uint64_t step = (mark >> 29) | 1;
    bool met = true;
    if (!seen->sieve) {
        seen->sieve = calloc((size_t)1 << (SIEVE_BITS - 6), sizeof *seen->sieve);
        if (!seen->sieve) {
            abort();
        }
    }
    for (size_t key = 0; key < SIEVE_KEYS; key++, mark += step) {
        uint64_t bit = mark & (((uint64_t)1 << SIEVE_BITS) - 1), one = (uint64_t)1 << (bit & 63);
        met = met && (seen->sieve[bit >> 6] & one);
        seen->sieve[bit >> 6] |= one;
    }
    return met;
}

static int by_mark(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void suspect(struct exchange_seen *seen, uint64_t mark)
{
    size_t n = seen->nsuspects;
    if ((n & (n - 1)) == 0) {
        seen->suspects = reallocarray(seen->suspects, n ? 2 * n : 1, sizeof *seen->suspects);
        if (!seen->suspects) {
            abort();
        }
    }
    seen->suspects[seen->nsuspects++] = mark;
}

void exchange_seen_again(struct exchange_seen *seen)
{
    free(seen->marks);
    free(seen->rows);
    free(seen->sieve);
    if (seen->how == SEEN_SIEVE && seen->nsuspects) {
        qsort(seen->suspects, seen->nsuspects, sizeof *seen->suspects, by_mark);
    }
    *seen = (struct exchange_seen){ .how = SEEN_SUSPECTS, .suspects = seen->suspects, .nsuspects = seen->nsuspects };
}

void exchange_seen_free(struct exchange_seen *seen)
{
    free(seen->marks);
    free(seen->rows);
    free(seen->sieve);
    free(seen->suspects);
    *seen = (struct exchange_seen){ .how = seen->how };
}

uint32_t exchange_seen_before(struct exchange_seen *seen, const char *what, struct str text, uint32_t row)
{
    uint64_t mark = fingerprint(what, text);
    if (seen->how != SEEN_ALL) {
        bool met = sieve_put(seen, mark), suspected = false;
        if (seen->how == SEEN_SIEVE && met) {
            suspect(seen, mark);
        } else if (seen->how == SEEN_SUSPECTS && seen->nsuspects) {
            suspected = bsearch(&mark, seen->suspects, seen->nsuspects, sizeof mark, by_mark) != NULL;
        }
        seen->strange |= seen->how == SEEN_SUSPECTS && met && !suspected;
        if (!suspected) {
            return 0;
        }
    }
    if (4 * (seen->n + 1) > 3 * seen->size) {
        seen_grow(seen);
    }
    for (size_t at = mark & (seen->size - 1); seen->marks[at]; at = (at + 1) & (seen->size - 1)) {
        if (seen->marks[at] == mark) {
            return seen->rows[at];
        }
    }
    seen_put(seen, mark, row);
    return 0;
}

/* ---- Institutions ---- */

static int by_code(const void *a, const void *b)
{
    const struct exchange_institution *x = a, *y = b;
    return str_cmp(x->code, y->code);
}

static int by_id(const void *a, const void *b)
{
    const struct exchange_institution *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

bool exchange_load_institutions(struct exchange_check *check, struct db *db, struct error *error)
{
    int64_t count = 0, persons = 0;
    size_t n = 0;
    if (!db_one_int(db, error, &count, NULL, "select count(*) from institution") ||
        !db_one_int(db, error, &persons, NULL, "select count(*) from (select 1 from person limit 1) p")) {
        return false;
    }
    check->nobody = persons == 0;
    check->by_code = ARENA_ARRAY(check->arena, struct exchange_institution, (size_t)count);
    check->by_id = ARENA_ARRAY(check->arena, struct exchange_institution, (size_t)count);
    struct rows *rows =
        db_query(db, error, "select id, code, division from institution order by id limit ?1", V_INT(count));
    while (rows_next(rows)) {
        check->by_id[n++] = (struct exchange_institution){ rows_int(rows, 0), rows_text_in(rows, 1, check->arena),
                                                           rows_text_in(rows, 2, check->arena) };
    }
    check->ninstitutions = n;
    if (n) {
        memcpy(check->by_code, check->by_id, n * sizeof *check->by_code);
        qsort(check->by_code, n, sizeof *check->by_code, by_code);
    }
    return rows_end(rows, error);
}

const struct exchange_institution *exchange_institution_by_code(const struct exchange_check *check, struct str code)
{
    struct exchange_institution wanted = { .code = code };
    return check->ninstitutions ? bsearch(&wanted, check->by_code, check->ninstitutions, sizeof wanted, by_code) : NULL;
}

const struct exchange_institution *exchange_institution_by_id(const struct exchange_check *check, int64_t id)
{
    struct exchange_institution wanted = { .id = id };
    return check->ninstitutions ? bsearch(&wanted, check->by_id, check->ninstitutions, sizeof wanted, by_id) : NULL;
}

/* ---- Codes of other things ---- */

bool exchange_is_known(struct exchange_check *check, struct db *db, struct arena *arena, enum kind_id kind,
                       struct str code, int64_t day, bool *known, struct error *error)
{
    const struct kind *of = &KIND_LIST[kind];
    uint64_t mark = fingerprint(of->name, code) + (uint64_t)day * 0x9e3779b97f4a7c15u;
    size_t slot = (mark >> 20) % EXCHANGE_KNOWN;
    if (check->known[slot].mark != mark) {
        struct fact fact;
        bool found = false;
        if (!facts_one(db, arena, of, code, (struct as_of){ day, MOMENT_OPEN }, &fact, &found, error)) {
            return false;
        }
        check->known[slot].mark = mark;
        check->known[slot].known = found;
    }
    *known = check->known[slot].known;
    return true;
}

/* ---- Versions ---- */

static void *one_more(struct arena *arena, void *items, size_t n, size_t size)
{
    /* Doubled at each power of two from 64 on. */
    if (n >= EXCHANGE_BATCH ? (n & (n - 1)) != 0 : n != 0) {
        return items;
    }
    char *larger = arena_array(arena, n < EXCHANGE_BATCH ? EXCHANGE_BATCH : 2 * n, size);
    if (n) {
        memcpy(larger, items, n * size);
    }
    return larger;
}

bool exchange_versions(struct db *db, struct arena *arena, const struct kind *kind, const struct str *codes, size_t n,
                       struct exchange_versions *out, struct error *error)
{
    struct value values[FACT_CODES];
    static_assert((int)EXCHANGE_BATCH <= (int)FACT_CODES, "a batch's codes have their placeholders");
    *out = (struct exchange_versions){ NULL, 0 };
    if (n == 0) {
        return true;
    }
    for (size_t i = 0; i < FACT_CODES; i++) {
        values[i] = V_TEXT(codes[i < n ? i : 0]);
    }
    struct rows *rows = db_query_values(db, error, kind_sql(kind)->of_codes, values, FACT_CODES);
    while (rows_next(rows)) {
        out->items = one_more(arena, out->items, out->n, sizeof *out->items);
        fact_read(rows, 0, kind, arena, &out->items[out->n++]);
    }
    return rows_end(rows, error);
}

/* ---- Persons ---- */

#define TEN(a) "?" a "0, ?" a "1, ?" a "2, ?" a "3, ?" a "4, ?" a "5, ?" a "6, ?" a "7, ?" a "8, ?" a "9, "

static bool read_person(struct exchange_check *check, struct rows *rows, struct arena *arena,
                        struct exchange_known_person *out, struct error *error)
{
    out->id = rows_int(rows, 0);
    out->sex = rows_text_in(rows, 2, arena);
    out->birth = rows_int(rows, 3);
    return vault_unseal(check->vault, arena, "person.name", rows_blob(rows, 1), &out->name, error);
}

bool exchange_persons(struct exchange_check *check, struct db *db, struct arena *arena, const struct str *citizens,
                      size_t n, struct exchange_known_person *out, struct error *error)
{
    struct value values[EXCHANGE_BATCH];
    bool good = true;
    memset(out, 0, n * sizeof *out);
    if (n == 0 || check->nobody) {
        return true;
    }
    for (size_t i = 0; i < EXCHANGE_BATCH; i++) {
        values[i] = i < n ? V_BLOB(vault_hash_in(check->vault, arena, "citizen", citizens[i])) : values[0];
    }
    struct rows *rows = db_query_values(
        db, error,
        "select id, name_sealed, sex, birth_day, citizen_hash from person where citizen_hash in "
        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, " TEN("1") TEN("2") TEN("3") TEN("4") TEN("5") "?60, ?61, ?62, ?63, ?64)",
        values, EXCHANGE_BATCH);
    for (size_t i = 0; i < n; i++) {
        out[i].hash = values[i].bytes;
    }
    while (good && rows_next(rows)) {
        struct str hash = rows_blob(rows, 4);
        for (size_t i = 0; good && i < n; i++) {
            good = !str_eq(values[i].bytes, hash) || read_person(check, rows, arena, &out[i], error);
        }
    }
    return rows_end(rows, good ? error : NULL) && good;
}

bool exchange_person_of(struct exchange_check *check, struct db *db, struct arena *arena, int64_t id,
                        struct exchange_person *out, struct error *error)
{
    struct rows *rows =
        db_query(db, error, "select name_sealed, sex, birth_day, citizen_sealed from person where id = ?1", V_INT(id));
    bool good = true;
    if (rows_next(rows)) {
        out->id = id;
        out->sex = rows_text_in(rows, 1, arena);
        out->birth = rows_int(rows, 2);
        good = vault_unseal(check->vault, arena, "person.name", rows_blob(rows, 0), &out->name, error) &&
               vault_unseal(check->vault, arena, "person.citizen", rows_blob(rows, 3), &out->citizen, error);
    }
    return rows_end(rows, good ? error : NULL) && good;
}
