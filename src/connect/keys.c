/* See keys.h. */
#include "connect/keys.h"

#include "base/buf.h"
#include "base/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

enum { MOST_KEYS = 256, MOST_FILE_BYTES = 64 * 1024, MOST_ID = 63 };

struct key {
    char id[MOST_ID + 1];
    unsigned char bytes[KEY_BYTES];
};

struct keys {
    pthread_mutex_t lock;
    char *folder;
    char *path;
    struct key *items;
    size_t n;
};

/* Ids stand in YAML and in HTTP headers: a plain word. */
static bool id_valid(struct str id)
{
    bool valid = id.n > 0 && id.n <= MOST_ID;
    for (size_t i = 0; valid && i < id.n; i++) {
        char c = id.p[i];
        valid = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                (c == '.' && i > 0);
    }
    return valid;
}

static struct key *find(struct keys *keys, struct str id)
{
    for (size_t i = 0; i < keys->n; i++) {
        if (str_is(id, keys->items[i].id)) {
            return &keys->items[i];
        }
    }
    return NULL;
}

static void add(struct keys *keys, struct str id, const unsigned char bytes[KEY_BYTES])
{
    struct key *key = &keys->items[keys->n++];
    memcpy(key->id, id.p, id.n);
    key->id[id.n] = '\0';
    memcpy(key->bytes, bytes, KEY_BYTES);
}

static struct str scalar(yaml_document_t *document, int node)
{
    yaml_node_t *n = yaml_document_get_node(document, node);
    return n && n->type == YAML_SCALAR_NODE ? (struct str){ (const char *)n->data.scalar.value, n->data.scalar.length }
                                            : (struct str){ NULL, 0 };
}

static bool take_pair(struct keys *keys, yaml_document_t *document, const yaml_node_pair_t *pair, struct error *error)
{
    struct str id = scalar(document, pair->key);
    unsigned char bytes[KEY_BYTES];
    unsigned long line = 1 + yaml_document_get_node(document, pair->key)->start_mark.line;
    if (!id_valid(id)) {
        return error_set(error, "%s:%lu: a key's id is at most %d letters, digits, '-', '_' and '.'.", keys->path, line,
                         MOST_ID);
    }
    if (!hex_decode(scalar(document, pair->value), bytes, sizeof bytes)) {
        return error_set(error, "%s:%lu: the key %.*s is not 64 hexadecimal digits.", keys->path, line, STR_ARG(id));
    }
    if (find(keys, id)) {
        return error_set(error, "%s:%lu: the key %.*s stands there twice.", keys->path, line, STR_ARG(id));
    }
    if (keys->n == MOST_KEYS) {
        return error_set(error, "%s:%lu: more than %d keys.", keys->path, line, MOST_KEYS);
    }
    add(keys, id, bytes);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return true;
}

static bool take_document(struct keys *keys, yaml_document_t *document, struct error *error)
{
    yaml_node_t *root = yaml_document_get_root_node(document);
    if (!root) {
        return true; /* an empty file */
    }
    yaml_node_t *map = NULL;
    if (root->type == YAML_MAPPING_NODE) {
        for (yaml_node_pair_t *p = root->data.mapping.pairs.start; p < root->data.mapping.pairs.top; p++) {
            if (str_is(scalar(document, p->key), "keys")) {
                map = yaml_document_get_node(document, p->value);
            }
        }
    }
    if (!map || map->type != YAML_MAPPING_NODE) {
        return error_set(error, "%s: expected 'keys:' with a line 'id: 64 hexadecimal digits' for each key.",
                         keys->path);
    }
    for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
        if (!take_pair(keys, document, p, error)) {
            return false;
        }
    }
    return true;
}

static bool read_file(struct keys *keys, struct buf *text, struct error *error)
{
    int file = open(keys->path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno == ENOENT || error_set(error, "%s cannot be read: %s.", keys->path, strerror(errno));
    }
    struct stat about;
    bool ok = fstat(file, &about) == 0 || error_set(error, "%s cannot be read: %s.", keys->path, strerror(errno));
    if (ok && (about.st_mode & 077)) {
        ok = error_set(error, "%s may be read by others: chmod 600 it, and have new keys made if somebody did.",
                       keys->path);
    }
    while (ok) {
        char *room = buf_room(text, 4096);
        if (!room) {
            ok = error_set(error, "%s is larger than %d bytes.", keys->path, MOST_FILE_BYTES);
            break;
        }
        ssize_t n = read(file, room, 4096);
        if (n <= 0) {
            ok = n == 0 || error_set(error, "%s cannot be read: %s.", keys->path, strerror(errno));
            break;
        }
        buf_took(text, (size_t)n);
    }
    (void)close(file);
    return ok;
}

/* Replaces what is held by what the file says; on failure what was held stays. */
static bool load(struct keys *keys, struct error *error)
{
    struct buf text = buf_init(MOST_FILE_BYTES);
    struct keys fresh = { .path = keys->path, .items = calloc(MOST_KEYS, sizeof *fresh.items) };
    bool ok = fresh.items ? read_file(keys, &text, error) : error_set(error, "Not enough memory for the keys.");
    if (ok && text.n) {
        yaml_parser_t parser;
        yaml_document_t document;
        ok = yaml_parser_initialize(&parser) != 0;
        if (ok) {
            yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
            ok = yaml_parser_load(&parser, &document);
            if (ok) {
                ok = take_document(&fresh, &document, error);
                yaml_document_delete(&document);
            } else {
                (void)error_set(error, "%s:%lu: %s.", keys->path, 1 + (unsigned long)parser.problem_mark.line,
                                parser.problem ? parser.problem : "is not YAML");
            }
            yaml_parser_delete(&parser);
        } else {
            (void)error_set(error, "Not enough memory for the keys.");
        }
    }
    if (text.p) {
        OPENSSL_cleanse(text.p, text.n);
    }
    buf_free(&text);
    struct key *gone = ok ? keys->items : fresh.items;
    if (ok) {
        keys->items = fresh.items;
        keys->n = fresh.n;
    }
    if (gone) {
        OPENSSL_cleanse(gone, MOST_KEYS * sizeof *gone);
        free(gone);
    }
    return ok;
}

bool keys_open(struct keys **out, const char *folder, struct error *error)
{
    struct keys *keys = calloc(1, sizeof *keys);
    size_t n = strlen(folder) + sizeof "/authorities.yaml";
    if (keys) {
        keys->folder = strdup(folder);
        keys->path = malloc(n);
    }
    if (!keys || !keys->folder || !keys->path) {
        if (keys) {
            free(keys->folder);
            free(keys->path);
        }
        free(keys);
        return error_set(error, "Not enough memory for the keys.");
    }
    (void)snprintf(keys->path, n, "%s/authorities.yaml", folder);
    (void)pthread_mutex_init(&keys->lock, NULL);
    if (!load(keys, error)) {
        keys_close(keys);
        return false;
    }
    *out = keys;
    return true;
}

void keys_close(struct keys *keys)
{
    if (!keys) {
        return;
    }
    if (keys->items) {
        OPENSSL_cleanse(keys->items, MOST_KEYS * sizeof *keys->items);
    }
    free(keys->items);
    free(keys->folder);
    free(keys->path);
    (void)pthread_mutex_destroy(&keys->lock);
    free(keys);
}

bool keys_find(struct keys *keys, struct str id, unsigned char bytes[KEY_BYTES])
{
    (void)pthread_mutex_lock(&keys->lock);
    struct key *key = find(keys, id);
    if (!key && id_valid(id) && load(keys, NULL)) {
        key = find(keys, id);
    }
    if (key) {
        memcpy(bytes, key->bytes, KEY_BYTES);
    }
    (void)pthread_mutex_unlock(&keys->lock);
    return key != NULL;
}

static bool write_whole(const char *path, struct str text, struct error *error)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = file >= 0;
    for (size_t done = 0; ok && done < text.n;) {
        ssize_t n = write(file, text.p + done, text.n - done);
        ok = n > 0;
        done += n > 0 ? (size_t)n : 0;
    }
    ok = ok && fsync(file) == 0;
    if (file >= 0) {
        ok = close(file) == 0 && ok;
    }
    return ok || error_set(error, "%s cannot be written: %s.", path, strerror(errno));
}

/* Written beside, made durable, put in place: a crash leaves the old file or the new one. */
static bool save(struct keys *keys, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct buf text = buf_init(MOST_FILE_BYTES);
    buf_add_cstr(&text, "# Keys shared with the departments: 64 hexadecimal digits each.\nkeys:\n");
    for (size_t i = 0; i < keys->n; i++) {
        buf_printf(&text, "  %s: %s\n", keys->items[i].id, hex_encode(arena, keys->items[i].bytes, KEY_BYTES).p);
    }
    const char *beside = arena_printf(arena, "%s.new", keys->path).p;
    bool ok = !text.full || error_set(error, "Too many keys for %s.", keys->path);
    ok = ok && write_whole(beside, buf_str(&text), error);
    if (ok && rename(beside, keys->path) != 0) {
        ok = error_set(error, "%s cannot be written: %s.", keys->path, strerror(errno));
    }
    int folder = ok ? open(keys->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (folder >= 0) {
        (void)fsync(folder);
        (void)close(folder);
    }
    if (text.p) {
        OPENSSL_cleanse(text.p, text.n);
    }
    buf_free(&text);
    arena_free(arena);
    return ok;
}

static bool make_missing(struct keys *keys, const struct str *ids, size_t n, bool *changed, struct error *error)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char bytes[KEY_BYTES];
        if (find(keys, ids[i])) {
            continue;
        }
        if (!id_valid(ids[i]) || keys->n == MOST_KEYS) {
            return error_set(error, "No key can be made with the id '%.*s'.", STR_ARG(ids[i]));
        }
        if (RAND_bytes(bytes, sizeof bytes) != 1) {
            return error_set(error, "The system gives no random bytes.");
        }
        add(keys, ids[i], bytes);
        OPENSSL_cleanse(bytes, sizeof bytes);
        *changed = true;
    }
    return true;
}

bool keys_make(struct keys *keys, const struct str *ids, size_t n, struct error *error)
{
    bool changed = false;
    (void)pthread_mutex_lock(&keys->lock);
    bool ok = mkdir(keys->folder, 0700) == 0 || errno == EEXIST ||
              error_set(error, "The folder %s cannot be made: %s.", keys->folder, strerror(errno));
    ok = ok && load(keys, error) && make_missing(keys, ids, n, &changed, error) && (!changed || save(keys, error));
    (void)pthread_mutex_unlock(&keys->lock);
    return ok;
}
