/* The key file: see vault.h.
 *
 * Format, text, lines ended by \n:
 *     jiaoti vault 1
 *     lookup HEX64
 *     token HEX64
 *     journal HEX64
 *     key 1 HEX64            (one line a generation, in order, newest last)
 *     sum HEX64              SM3 of all before: damage is told as damage, not as wrong keys
 * It is replaced as a whole and never edited in place, so a crash leaves the old or the new one. */
#include "base/buf.h"
#include "base/hex.h"
#include "store/fault.h"
#include "store/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VAULT_FILE_MAX = 64 * 1024 };
static const char first_line[] = "jiaoti vault 1";
static const char *const lasting_names[LASTING_COUNT] = { "lookup", "token", "journal" };

/* ---- files of the folder ---- */

static bool sync_and_close(int file, const char *path, struct error *error)
{
    bool ok = !fault_here("fsync") && fsync(file) == 0;
    int code = ok ? 0 : errno;
    ok = close(file) == 0 && ok;
    return ok || error_set(error, "cannot make %s durable: %s", path, code ? strerror(code) : "fsync failed");
}

static bool write_all(int file, struct str text)
{
    while (text.n) {
        ssize_t n = write(file, text.p, text.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        text = str_part(text, (size_t)n, text.n);
    }
    return true;
}

bool vault_write_file(struct vault *vault, const char *name, struct str text, struct error *error)
{
    struct arena *arena = arena_new(1024);
    const char *path = arena_printf(arena, "%s/%s", vault->folder, name).p;
    /* The process's number keeps a server and a command apart. */
    const char *fresh = arena_printf(arena, "%s/%s.%ld.new", vault->folder, name, (long)getpid()).p;
    (void)unlink(fresh);
    int file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = file >= 0 || error_set(error, "cannot write %s: %s", fresh, strerror(errno));
    if (ok && !write_all(file, text)) {
        ok = error_set(error, "cannot write %s: %s", fresh, strerror(errno));
        (void)close(file);
    } else if (ok) {
        ok = sync_and_close(file, fresh, error);
    }
    if (ok && (fault_here("rename") || rename(fresh, path) != 0)) {
        ok = error_set(error, "cannot replace %s: %s", path, strerror(errno));
    }
    if (!ok) {
        (void)unlink(fresh);
    } else {
        int folder = open(vault->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ok = (folder >= 0 || error_set(error, "cannot open %s: %s", vault->folder, strerror(errno))) &&
             sync_and_close(folder, vault->folder, error);
    }
    arena_free(arena);
    return ok;
}

static bool private_file(int file, const char *path, struct error *error)
{
    struct stat about;
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        return error_set(error, "%s is not a file", path);
    }
    if (about.st_mode & 077) {
        return error_set(error, "%s may be read by others (mode %03o): chmod 600 it, and think about who has read it",
                         path, (unsigned)(about.st_mode & 0777));
    }
    if (about.st_size > VAULT_FILE_MAX) {
        return error_set(error, "%s is too large to be a key file", path);
    }
    return true;
}

bool vault_read_file(struct vault *vault, const char *name, struct arena *arena, struct str *text, bool *found,
                     struct error *error)
{
    const char *path = arena_printf(arena, "%s/%s", vault->folder, name).p;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) {
        *found = false;
        return true;
    }
    if (file < 0) {
        return error_set(error, "cannot read %s: %s", path, strerror(errno));
    }
    bool ok = private_file(file, path, error);
    char *bytes = arena_alloc(arena, VAULT_FILE_MAX + 1);
    size_t n = 0;
    while (ok && n < VAULT_FILE_MAX) {
        ssize_t got = read(file, bytes + n, VAULT_FILE_MAX - n);
        if (got < 0 && errno != EINTR) {
            ok = error_set(error, "cannot read %s: %s", path, strerror(errno));
        } else if (got == 0) {
            break;
        } else if (got > 0) {
            n += (size_t)got;
        }
    }
    (void)close(file);
    *text = (struct str){ bytes, n };
    *found = true;
    return ok;
}

/* ---- the key file ---- */

static bool sum(struct str text, char out[65])
{
    unsigned char digest[32];
    if (EVP_Digest(text.p, text.n, digest, NULL, EVP_sm3(), NULL) != 1) {
        return false;
    }
    for (int i = 0; i < 32; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
    return true;
}

static void add_secret(struct buf *out, const char *name, const unsigned char secret[SECRET])
{
    buf_add_cstr(out, name);
    buf_add_char(out, ' ');
    for (int i = 0; i < SECRET; i++) {
        buf_printf(out, "%02x", secret[i]);
    }
    buf_add_char(out, '\n');
}

static bool save(struct vault *vault, int generations, struct error *error)
{
    struct buf out = buf_init(VAULT_FILE_MAX);
    buf_printf(&out, "%s\n", first_line);
    for (int k = 0; k < LASTING_COUNT; k++) {
        add_secret(&out, lasting_names[k], vault->lasting[k]);
    }
    for (int g = 1; g <= generations; g++) {
        char name[24];
        (void)snprintf(name, sizeof name, "key %d", g);
        add_secret(&out, name, vault->secrets[g]);
    }
    char digest[65];
    bool ok = sum(buf_str(&out), digest) || error_set(error, "OpenSSL has no SM3");
    buf_printf(&out, "sum %s\n", ok ? digest : "");
    ok = ok && !out.full && vault_write_file(vault, "vault.key", buf_str(&out), error);
    if (out.p) {
        OPENSSL_cleanse(out.p, out.size);
    }
    buf_free(&out);
    return ok;
}

/* Takes "NAME HEX64" from the text into the secret. */
static bool take_secret(struct str *rest, const char *name, unsigned char secret[SECRET])
{
    struct str line, prefix = str_of(name);
    return str_split(rest, '\n', &line) && line.n == prefix.n + 1 + 2 * SECRET && str_starts(line, prefix) &&
           line.p[prefix.n] == ' ' && hex_decode(str_part(line, prefix.n + 1, line.n), secret, SECRET);
}

static bool parse(struct vault *vault, struct str text)
{
    char digest[65];
    size_t last = sizeof "sum \n" - 1 + 64;
    struct str line, rest = text;
    if (text.n < last || !sum((struct str){ text.p, text.n - last }, digest)) {
        return false;
    }
    struct str end = str_part(text, text.n - last, last);
    if (!str_starts(end, STR("sum ")) || !str_is(str_part(end, 4, 64), digest)) {
        return false;
    }
    rest.n -= last;
    if (!str_split(&rest, '\n', &line) || !str_is(line, first_line)) {
        return false;
    }
    for (int k = 0; k < LASTING_COUNT; k++) {
        if (!take_secret(&rest, lasting_names[k], vault->lasting[k])) {
            return false;
        }
    }
    int generations = 0;
    while (rest.n) {
        char name[24];
        (void)snprintf(name, sizeof name, "key %d", generations + 1);
        if (generations >= GENERATIONS_MAX || !take_secret(&rest, name, vault->secrets[generations + 1])) {
            return false;
        }
        generations++;
    }
    atomic_store(&vault->generations, generations);
    return generations > 0;
}

/* Takes up the generations that another process has added to the file. */
static bool reload(struct vault *vault, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct vault *fresh = calloc(1, sizeof *fresh);
    if (!fresh) {
        abort();
    }
    struct str text = STR("");
    bool found = false;
    bool ok = vault_read_file(vault, "vault.key", arena, &text, &found, error);
    ok = ok && ((found && parse(fresh, text) && memcmp(fresh->lasting, vault->lasting, sizeof vault->lasting) == 0) ||
                error_set(error, "%s/vault.key was replaced by another city's or is damaged", vault->folder));
    int known = atomic_load(&vault->generations), now = ok ? atomic_load(&fresh->generations) : 0;
    if (now > known) {
        memcpy(vault->secrets[known + 1], fresh->secrets[known + 1], (size_t)(now - known) * SECRET);
        atomic_store_explicit(&vault->generations, now, memory_order_release);
    }
    OPENSSL_cleanse((void *)(uintptr_t)text.p, text.n);
    OPENSSL_cleanse(fresh, sizeof *fresh);
    free(fresh);
    arena_free(arena);
    return ok;
}

bool keys_look_again(struct vault *vault, struct error *error)
{
    (void)pthread_mutex_lock(&vault->rotating);
    bool ok = reload(vault, error);
    (void)pthread_mutex_unlock(&vault->rotating);
    return ok;
}

static bool make_keys(struct vault *vault, struct error *error)
{
    if (!vault_random(vault->lasting, sizeof vault->lasting, error) ||
        !vault_random(vault->secrets[1], SECRET, error) || !save(vault, 1, error)) {
        return false;
    }
    atomic_store(&vault->generations, 1);
    return true;
}

static bool private_folder(const char *folder, struct error *error)
{
    struct stat about;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return error_set(error, "cannot make the folder of keys %s: %s", folder, strerror(errno));
    }
    if (stat(folder, &about) != 0 || !S_ISDIR(about.st_mode)) {
        return error_set(error, "%s is not a folder", folder);
    }
    if (about.st_mode & 077) {
        return error_set(error, "the folder of keys %s is open to others (mode %03o): chmod 700 it", folder,
                         (unsigned)(about.st_mode & 0777));
    }
    return true;
}

static bool load(struct vault *vault, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct str text = STR("");
    bool found = false;
    bool ok = vault_read_file(vault, "vault.key", arena, &text, &found, error);
    if (ok && found && !parse(vault, text)) {
        ok = error_set(error, "%s/vault.key is damaged: put back its backup. Without it sealed data stays closed",
                       vault->folder);
    }
    OPENSSL_cleanse((void *)(uintptr_t)text.p, text.n);
    arena_free(arena);
    return ok && (found || make_keys(vault, error));
}

bool vault_open(struct vault **out, const char *folder, enum vault_cipher cipher, struct error *error)
{
    if (!private_folder(folder, error)) {
        return false;
    }
    struct vault *vault = calloc(1, sizeof *vault);
    if (!vault || !(vault->folder = strdup(folder))) {
        abort();
    }
    vault->cipher = cipher;
    (void)pthread_mutex_init(&vault->rotating, NULL);
    if (!keys_prepare(vault, error) || !load(vault, error)) {
        vault_close(vault);
        return false;
    }
    *out = vault;
    return true;
}

void vault_close(struct vault *vault)
{
    if (vault) {
        keys_free(vault);
        (void)pthread_mutex_destroy(&vault->rotating);
        free(vault->folder);
        OPENSSL_cleanse(vault, sizeof *vault);
        free(vault);
    }
}

const char *vault_folder(const struct vault *vault)
{
    return vault->folder;
}

bool vault_rotate(struct vault *vault, struct error *error)
{
    (void)pthread_mutex_lock(&vault->rotating);
    bool ok = reload(vault, error);
    int fresh = vault_key_number(vault) + 1;
    ok = ok && (fresh <= GENERATIONS_MAX || error_set(error, "the key file is full (%d keys)", GENERATIONS_MAX));
    ok = ok && vault_random(vault->secrets[fresh], SECRET, error) && save(vault, fresh, error);
    if (ok) {
        atomic_store_explicit(&vault->generations, fresh, memory_order_release);
    }
    (void)pthread_mutex_unlock(&vault->rotating);
    return ok;
}
