/* Sealed files: first the file, then the row that names it. The order of the calls in write_sealed is the proof: write,
 * fsync, rename, fsync of the folder, and only then does anybody hear of the name. */
#include "store/sealed_file.h"

#include "base/hex.h"
#include "base/str.h"
#include "store/fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MS_HOUR = 3600 * 1000, SM3_BYTES = 32 };

struct text file_fault_text(enum file_fault fault)
{
    switch (fault) {
    case FILE_EMPTY:
        return T("没有选择文件，或文件是空的", "No file was chosen, or it is empty");
    case FILE_TOO_LARGE:
        return T("文件太大（最多 10 MB），请重拍或压缩后再上传",
                 "The file is too large (at most 10 MB); take it again or make it smaller");
    case FILE_TYPE:
        return T("只能上传 JPEG、PNG 图片或 PDF 文件", "Only JPEG and PNG pictures and PDF files can be handed in");
    case FILE_GOOD:
        break;
    }
    return T("已上传", "Handed in");
}

const char *file_type(struct str bytes)
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
           error_set(error, "the folder of files cannot be made: %s", strerror(errno));
}

static bool sync_folder(const char *path, struct error *error)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = folder >= 0 && !fault_here("fsync") && fsync(folder) == 0;
    if (folder >= 0) {
        close(folder);
    }
    return good || error_set(error, "a file could not be made durable: %s", strerror(errno));
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
    return good || error_set(error, "a file could not be written: %s; try again", strerror(because));
}

static bool write_sealed(const struct file_shelf *shelf, struct arena *arena, struct str stored, struct str sealed,
                         struct error *error)
{
    const char *papers = arena_cstr(arena, shelf->folder);
    const char *folder = arena_printf(arena, "%s/%.2s", papers, stored.p).p;
    const char *path = arena_printf(arena, "%s/%.*s", papers, STR_ARG(stored)).p;
    const char *draft = arena_printf(arena, "%s.tmp", path).p;
    if (!make_folder(papers, error) || !make_folder(folder, error) || !write_file(draft, sealed, error)) {
        return false;
    }
    if (fault_here("rename") || rename(draft, path) != 0) {
        unlink(draft);
        return error_set(error, "a file could not be put in its place; try again");
    }
    return sync_folder(folder, error) && sync_folder(papers, error);
}

/* SM3, in hex. */
static bool digest_of(struct arena *arena, struct str bytes, struct str *hex, struct error *error)
{
    unsigned char digest[SM3_BYTES];
    size_t n = sizeof digest;
    if (EVP_Q_digest(NULL, "SM3", NULL, bytes.p, bytes.n, digest, &n) != 1) {
        return error_set(error, "the digest of a file could not be made");
    }
    *hex = hex_encode(arena, digest, sizeof digest);
    return true;
}

bool sealed_file_store(const struct file_shelf *shelf, struct vault *vault, struct arena *arena, struct str bytes,
                       struct stored_file *out, struct error *error)
{
    unsigned char name[16];
    struct stored_file file = { .type = file_type(bytes), .size = (int64_t)bytes.n };
    struct str sealed;
    file.fault = bytes.n == 0                     ? FILE_EMPTY
                 : (int64_t)bytes.n > shelf->most ? FILE_TOO_LARGE
                 : !file.type                     ? FILE_TYPE
                                                  : FILE_GOOD;
    if (file.fault != FILE_GOOD) {
        *out = file;
        return true;
    }
    if (!vault_random(name, sizeof name, error) || !vault_seal(vault, arena, shelf->purpose, bytes, &sealed, error) ||
        !digest_of(arena, bytes, &file.digest, error)) {
        return false;
    }
    struct str hex = hex_encode(arena, name, sizeof name);
    file.stored = arena_printf(arena, "%.2s/%.*s.sealed", hex.p, STR_ARG(hex));
    if (!write_sealed(shelf, arena, file.stored, sealed, error)) {
        return false;
    }
    *out = file;
    return true;
}

static bool read_file(const char *path, int64_t most, struct arena *arena, struct str *out, struct error *error)
{
    struct stat stat;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return error_set(error, "the file of this paper is missing; ask the operator");
    }
    size_t n = 0;
    bool good = fstat(file, &stat) == 0 && stat.st_size >= 0 && stat.st_size <= most + VAULT_OVERHEAD_MAX + 64;
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

bool sealed_file_read(const struct file_shelf *shelf, struct vault *vault, struct arena *arena, struct str stored,
                      struct str digest, struct str *bytes, struct error *error)
{
    struct str sealed, plain, is;
    const char *path = arena_printf(arena, "%.*s/%.*s", STR_ARG(shelf->folder), STR_ARG(stored)).p;
    if (!read_file(path, shelf->most, arena, &sealed, error)) {
        return false;
    }
    if (!vault_unseal(vault, arena, shelf->purpose, sealed, &plain, error)) {
        return error_within(error, "the file of this paper was changed on disk");
    }
    if (!digest_of(arena, plain, &is, error)) {
        return false;
    }
    if (!str_eq(is, digest)) {
        return error_set(error, "the file of this paper is not the one that was handed in");
    }
    *bytes = plain;
    return true;
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

struct all_named {
    struct named *items;
    size_t n;
};

static bool read_named(struct db *db, struct arena *arena, const char *sql, struct all_named *named,
                       struct error *error)
{
    *named = (struct all_named){ NULL, 0 };
    struct rows *rows = db_query(db, error, sql);
    while (rows_next(rows)) {
        named->items = arena_grow(arena, named->items, named->n, sizeof *named->items);
        named->items[named->n++] = (struct named){ .stored = rows_text_in(rows, 0, arena) };
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    if (named->n) {
        qsort(named->items, named->n, sizeof *named->items, compare_named);
    }
    return true;
}

/* One file: kept when a row names it, else removed once it is old enough. */
static void clean_file(const char *path, struct str stored, const struct all_named *named, int64_t now,
                       struct files_cleaning *out)
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

static void clean_folder(const char *papers, const char *name, const struct all_named *named, int64_t now,
                         struct files_cleaning *out)
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

bool sealed_files_clean(const struct file_shelf *shelf, struct db *db, const char *names, int64_t now,
                        struct files_cleaning *out, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct all_named named;
    *out = (struct files_cleaning){ 0 };
    const char *shelves = arena_cstr(arena, shelf->folder);
    bool good = read_named(db, arena, names, &named, error);
    DIR *folders = good ? opendir(shelves) : NULL;
    for (struct dirent *entry = folders ? readdir(folders) : NULL; entry; entry = readdir(folders)) {
        if (entry->d_name[0] != '.') {
            clean_folder(shelves, entry->d_name, &named, now, out);
        }
    }
    if (folders) {
        closedir(folders);
    }
    for (size_t i = 0; good && i < named.n; i++) {
        out->missing += !named.items[i].on_disk;
    }
    arena_free(arena);
    return good;
}
