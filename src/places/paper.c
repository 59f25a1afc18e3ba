/* Papers: first the file, then the row. See paper.h for what must hold; the order of the calls in write_sealed is the
 * proof: write, fsync, rename, fsync of the folder, and only then does anybody hear of the name. */
#include "places/paper.h"

#include "allot/sm3.h"
#include "base/hex.h"
#include "places/inside.h"
#include "store/fault.h"
#include "store/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char paper_purpose[] = "paper";
enum { MS_HOUR = 3600 * 1000 };

struct text paper_fault_text(enum paper_fault fault)
{
    switch (fault) {
    case PAPER_EMPTY:
        return T("没有选择文件，或文件是空的", "No file was chosen, or it is empty");
    case PAPER_TOO_LARGE:
        return T("文件超过 10 MB，请重拍或压缩后再上传",
                 "The file is larger than 10 MB; take it again or make it smaller");
    case PAPER_TYPE:
        return T("只能上传 JPEG、PNG 图片或 PDF 文件", "Only JPEG and PNG pictures and PDF files can be handed in");
    case PAPER_GOOD:
        break;
    }
    return T("已上传", "Handed in");
}

const char *paper_type(struct str bytes)
{
    static const struct {
        const char *type;
        struct str magic;
    } types[] = {
        { "image/jpeg", { "\xFF\xD8\xFF", 3 } },
        { "image/png", { "\x89PNG\r\n\x1A\n", 8 } },
        { "application/pdf", { "%PDF-", 5 } },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (str_starts(bytes, types[i].magic)) {
            return types[i].type;
        }
    }
    return NULL;
}

/* ---- Files ---- */

static bool make_folder(const char *path, struct error *error)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ||
           error_set(error, "the folder of papers cannot be made: %s", strerror(errno));
}

static bool sync_folder(const char *path, struct error *error)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = folder >= 0 && !fault_here("fsync") && fsync(folder) == 0;
    if (folder >= 0) {
        close(folder);
    }
    return good || error_set(error, "a paper could not be made durable: %s", strerror(errno));
}

static bool write_all(int file, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = write(file, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        bytes.p += n;
        bytes.n -= (size_t)n;
    }
    return true;
}

static bool write_file(const char *path, struct str bytes, struct error *error)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = file >= 0 && write_all(file, bytes) && !fault_here("fsync") && fsync(file) == 0;
    int because = errno;
    if (file >= 0) {
        close(file);
    }
    if (!good && file >= 0) {
        unlink(path);
    }
    return good || error_set(error, "a paper could not be written: %s; try again", strerror(because));
}

static bool write_sealed(const char *data, struct arena *arena, struct str stored, struct str sealed,
                         struct error *error)
{
    const char *papers = arena_printf(arena, "%s/papers", data).p;
    const char *folder = arena_printf(arena, "%s/%.2s", papers, stored.p).p;
    const char *path = arena_printf(arena, "%s/%.*s", papers, STR_ARG(stored)).p;
    const char *draft = arena_printf(arena, "%s.tmp", path).p;
    if (!make_folder(papers, error) || !make_folder(folder, error) || !write_file(draft, sealed, error)) {
        return false;
    }
    if (fault_here("rename") || rename(draft, path) != 0) {
        unlink(draft);
        return error_set(error, "a paper could not be put in its place; try again");
    }
    return sync_folder(folder, error) && sync_folder(papers, error);
}

bool paper_store(struct places *places, struct vault *vault, struct arena *arena, struct str bytes,
                 struct stored_paper *out, struct error *error)
{
    unsigned char name[16], digest[SM3_BYTES];
    struct stored_paper paper = { .type = paper_type(bytes), .size = (int64_t)bytes.n };
    struct str sealed;
    paper.fault = bytes.n == 0                  ? PAPER_EMPTY
                  : bytes.n > LIMIT_PAPER_BYTES ? PAPER_TOO_LARGE
                  : !paper.type                 ? PAPER_TYPE
                                                : PAPER_GOOD;
    if (paper.fault != PAPER_GOOD) {
        *out = paper;
        return true;
    }
    if (!vault_random(name, sizeof name, error) || !vault_seal(vault, arena, paper_purpose, bytes, &sealed, error)) {
        return false;
    }
    sm3_of(bytes.p, bytes.n, digest);
    struct str hex = hex_encode(arena, name, sizeof name);
    paper.digest = hex_encode(arena, digest, sizeof digest);
    paper.stored = arena_printf(arena, "%.2s/%.*s.sealed", hex.p, STR_ARG(hex));
    if (!write_sealed(places_data(places), arena, paper.stored, sealed, error)) {
        return false;
    }
    *out = paper;
    return true;
}

static bool read_file(const char *path, struct arena *arena, struct str *out, struct error *error)
{
    struct stat stat;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return error_set(error, "the file of this paper is missing; ask the operator");
    }
    size_t n = 0;
    bool good =
        fstat(file, &stat) == 0 && stat.st_size >= 0 && stat.st_size <= LIMIT_PAPER_BYTES + VAULT_OVERHEAD_MAX + 64;
    char *p = good ? arena_alloc(arena, (size_t)stat.st_size + 1) : NULL;
    while (good && n < (size_t)stat.st_size) {
        ssize_t got = read(file, p + n, (size_t)stat.st_size - n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        good = got > 0;
        n += good ? (size_t)got : 0;
    }
    close(file);
    *out = (struct str){ p, n };
    return good || error_set(error, "the file of this paper cannot be read; ask the operator");
}

bool paper_read(struct places *places, struct vault *vault, struct arena *arena, const struct paper *paper,
                struct str *bytes, struct error *error)
{
    unsigned char digest[SM3_BYTES];
    struct str sealed, plain;
    const char *path = arena_printf(arena, "%s/papers/%.*s", places_data(places), STR_ARG(paper->stored)).p;
    if (!read_file(path, arena, &sealed, error)) {
        return false;
    }
    if (!vault_unseal(vault, arena, paper_purpose, sealed, &plain, error)) {
        return error_within(error, "the file of this paper was changed on disk");
    }
    sm3_of(plain.p, plain.n, digest);
    if (!str_eq(hex_encode(arena, digest, sizeof digest), paper->digest)) {
        return error_set(error, "the file of this paper is not the one that was handed in");
    }
    *bytes = plain;
    return true;
}

/* ---- Rows ---- */

#define PAPER_COLUMNS "id, application, check_kind, kind, type, size, digest, stored, at, account"

static void read_paper(struct rows *rows, struct arena *arena, struct paper *out)
{
    *out = (struct paper){
        .id = rows_int(rows, 0),
        .application = rows_int(rows, 1),
        .check_kind = rows_text_in(rows, 2, arena),
        .kind = rows_text_in(rows, 3, arena),
        .type = rows_text_in(rows, 4, arena),
        .size = rows_int(rows, 5),
        .digest = rows_text_in(rows, 6, arena),
        .stored = rows_text_in(rows, 7, arena),
        .at = rows_int(rows, 8),
        .account = rows_int(rows, 9),
    };
}

bool paper_list(struct db *db, struct arena *arena, int64_t application, struct paper **out, size_t *n,
                struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(
        db, error, "select " PAPER_COLUMNS " from paper where application = ?1 and removed_at is null order by id",
        V_INT(application));
    while (rows_next(rows)) {
        read_paper(rows, arena, list_add(&list, arena));
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

bool paper_get(struct db *db, struct arena *arena, int64_t id, struct paper *out, bool *found, struct error *error)
{
    struct rows *rows =
        db_query(db, error, "select " PAPER_COLUMNS " from paper where id = ?1 and removed_at is null", V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        read_paper(rows, arena, out);
    }
    return rows_end(rows, error);
}

/* Does the check take this kind, and does it need a paper at all? */
static bool paper_fits(struct writing *writing, const struct paper_add *add, enum apply_result *result,
                       struct error *error)
{
    const struct city *city = places_city(add->apply.places);
    size_t check = city_check_index(city, add->check_kind), kind = city_paper_index(city, add->kind);
    int64_t asks;
    bool found, taken = check == SIZE_MAX && kind != SIZE_MAX; /* a fact of the program's own takes any paper */
    for (size_t i = 0; check != SIZE_MAX && i < city->checks[check].npapers; i++) {
        taken |= city->checks[check].papers[i] == kind;
    }
    if (!db_one_int(writing->db, error, &asks, &found,
                    "select 1 from fact where application = ?1 and kind = ?2 and state in ('failed', 'silent', "
                    "'person')",
                    V_INT(add->apply.application), V_TEXT(add->check_kind))) {
        return false;
    }
    *result = !found ? APPLY_PAPER_NOT_ASKED : !taken ? APPLY_PAPER_KIND : APPLY_DONE;
    return true;
}

/* The same picture for the same check is there already; or there are too many. */
static bool look_at_others(struct writing *writing, struct paper_add *add, bool *there, struct error *error)
{
    struct paper *papers;
    size_t n;
    *there = false;
    if (!paper_list(writing->db, writing->arena, add->apply.application, &papers, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (str_eq(papers[i].digest, add->file.digest) && str_eq(papers[i].check_kind, add->check_kind)) {
            *there = true;
            add->paper = papers[i].id;
        }
    }
    if (!*there && n >= LIMIT_PAPERS) {
        add->apply.result = APPLY_PAPERS_TOO_MANY;
    }
    return true;
}

static bool touch(struct writing *writing, int64_t application, struct error *error)
{
    return db_run(writing->db, error, "update application set changed_at = ?2, version = version + 1 where id = ?1",
                  V_INT(application), V_INT(writing->now));
}

bool paper_add_run(struct writing *writing, void *input, struct error *error)
{
    struct paper_add *add = input;
    struct apply *apply = &add->apply;
    struct loaded loaded;
    bool go, there;
    add->paper = 0;
    if (add->file.fault != PAPER_GOOD || !add->file.stored.n) {
        return error_set(error, "this paper was not stored");
    }
    if (!step_open(writing, apply, PART_PAPERS, &loaded, &go, error)) {
        return false;
    }
    if (go && !paper_fits(writing, add, &apply->result, error)) {
        return false;
    }
    if (!go || apply->result != APPLY_DONE) {
        return true;
    }
    if (!look_at_others(writing, add, &there, error)) {
        return false;
    }
    if (apply->result != APPLY_DONE || there) {
        return true;
    }
    return db_one_int(writing->db, error, &add->paper, NULL,
                      "insert into paper (application, check_kind, kind, type, size, digest, stored, at, account) "
                      "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) returning id",
                      V_INT(apply->application), V_TEXT(add->check_kind), V_TEXT(add->kind),
                      V_TEXT(str_of(add->file.type)), V_INT(add->file.size), V_TEXT(add->file.digest),
                      V_TEXT(add->file.stored), V_INT(writing->now), V_INT(apply->actor.account)) &&
           touch(writing, loaded.id, error) && step_close(writing, apply, &loaded, "paper.add", add->check_kind, error);
}

bool paper_remove_run(struct writing *writing, void *input, struct error *error)
{
    struct paper_remove *remove = input;
    struct apply *apply = &remove->apply;
    struct loaded loaded;
    int64_t changed = 0;
    bool go;
    if (!step_open(writing, apply, PART_PAPERS, &loaded, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (!db_run_count(writing->db, error, &changed,
                      "update paper set removed_at = ?3 where id = ?1 and application = ?2 and removed_at is null",
                      V_INT(remove->paper), V_INT(apply->application), V_INT(writing->now))) {
        return false;
    }
    if (!changed) {
        apply->result = APPLY_NOT_FOUND;
        return true;
    }
    return touch(writing, loaded.id, error) &&
           step_close(writing, apply, &loaded, "paper.remove",
                      arena_printf(writing->arena, "%lld", (long long)remove->paper), error);
}

bool paper_open_run(struct writing *writing, void *input, struct error *error)
{
    struct paper_open *open = input;
    struct rows *rows = db_query(writing->db, error,
                                 "select p.application, r.division from paper p join application a on "
                                 "a.id = p.application join round r on r.id = a.round where p.id = ?1",
                                 V_INT(open->paper));
    open->found = rows_next(rows);
    int64_t application = open->found ? rows_int(rows, 0) : 0;
    struct str division = open->found ? rows_text_in(rows, 1, writing->arena) : (struct str){ NULL, 0 };
    if (!rows_end(rows, error)) {
        return false;
    }
    return !open->found || journal_append(writing,
                                          &(struct journal_entry){
                                              .actor = open->actor.account,
                                              .role = open->actor.role,
                                              .action = "paper.open",
                                              .subject_kind = "application",
                                              .subject_id = application,
                                              .division = division,
                                              .detail = arena_printf(writing->arena, "%lld", (long long)open->paper) },
                                          error);
}

/* ---- Cleaning ---- */

struct named {
    struct str stored;
    bool on_disk;
};

static int compare_named(const void *a, const void *b)
{
    return str_cmp(((const struct named *)a)->stored, ((const struct named *)b)->stored);
}

static bool read_named(struct db *db, struct arena *arena, struct list *list, struct error *error)
{
    *list = (struct list){ .size = sizeof(struct named) };
    struct rows *rows = db_query(db, error, "select stored from paper where removed_at is null");
    while (rows_next(rows)) {
        *(struct named *)list_add(list, arena) = (struct named){ .stored = rows_text_in(rows, 0, arena) };
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    if (list->n) {
        qsort(list->items, list->n, sizeof(struct named), compare_named);
    }
    return true;
}

/* One file: kept when a row names it, else removed once it is old enough. */
static void clean_file(const char *path, struct str stored, const struct list *named, int64_t now,
                       struct paper_cleaning *out)
{
    struct named wanted = { .stored = stored };
    struct stat stat;
    out->files++;
    struct named *row = named->n ? bsearch(&wanted, named->items, named->n, sizeof wanted, compare_named) : NULL;
    if (row) {
        row->on_disk = true;
    } else if (lstat(path, &stat) == 0 && S_ISREG(stat.st_mode) &&
               (int64_t)stat.st_mtim.tv_sec * 1000 < now - MS_HOUR && unlink(path) == 0) {
        out->removed++;
    }
}

static void clean_folder(const char *papers, const char *name, const struct list *named, int64_t now,
                         struct paper_cleaning *out)
{
    struct arena *arena = arena_new(0);
    const char *folder = arena_printf(arena, "%s/%s", papers, name).p;
    DIR *entries = opendir(folder);
    for (struct dirent *entry = entries ? readdir(entries) : NULL; entry; entry = readdir(entries)) {
        if (entry->d_name[0] != '.') {
            struct str stored = arena_printf(arena, "%s/%s", name, entry->d_name);
            clean_file(arena_printf(arena, "%s/%s", papers, stored.p).p, stored, named, now, out);
        }
    }
    if (entries) {
        closedir(entries);
    }
    arena_free(arena);
}

bool paper_clean(struct places *places, struct db *db, int64_t now, struct paper_cleaning *out, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct list named;
    *out = (struct paper_cleaning){ 0 };
    const char *papers = arena_printf(arena, "%s/papers", places_data(places)).p;
    bool good = read_named(db, arena, &named, error);
    DIR *folders = good ? opendir(papers) : NULL;
    for (struct dirent *entry = folders ? readdir(folders) : NULL; entry; entry = readdir(folders)) {
        if (entry->d_name[0] != '.') {
            clean_folder(papers, entry->d_name, &named, now, out);
        }
    }
    if (folders) {
        closedir(folders);
    }
    const struct named *rows = named.items;
    for (size_t i = 0; good && i < named.n; i++) {
        out->missing += !rows[i].on_disk;
    }
    arena_free(arena);
    return good;
}
