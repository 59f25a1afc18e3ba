/* See folder.h. */
#include "folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const files[] = { "city.yaml",
                                     "divisions.csv",
                                     "admission/990101-junior.yaml",
                                     "admission/990101-primary.yaml",
                                     "admission/9901Z1-junior.yaml",
                                     "admission/9901Z1-primary.yaml" };

struct str file_text(struct arena *arena, const char *folder, const char *file)
{
    FILE *in = fopen(arena_printf(arena, "%s/%s", folder, file).p, "rb");
    assert_non_null(in);
    enum { MOST = 256 * 1024 };
    char *bytes = arena_alloc(arena, MOST);
    size_t n = fread(bytes, 1, MOST, in);
    assert_true(n < MOST);
    assert_int_equal(fclose(in), 0);
    return (struct str){ bytes, n };
}

void put_file(struct arena *arena, const char *folder, const char *file, struct str text)
{
    FILE *out = fopen(arena_printf(arena, "%s/%s", folder, file).p, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text.n ? text.p : "", 1, text.n, out), text.n);
    assert_int_equal(fclose(out), 0);
}

static struct str patched(struct arena *arena, struct str text, const struct patch *patch)
{
    if (!patch->find) {
        return str_of(patch->put);
    }
    const char *at = memmem(text.p, text.n, patch->find, strlen(patch->find));
    if (!at) {
        fail_msg("'%s' is not in %s", patch->find, patch->file);
    }
    size_t before = (size_t)(at - text.p), skip = before + strlen(patch->find), put = strlen(patch->put);
    char *p = arena_alloc(arena, text.n + put);
    memcpy(p, text.p, before);
    memcpy(p + before, patch->put, put);
    memcpy(p + before + put, text.p + skip, text.n - skip);
    return (struct str){ p, before + put + text.n - skip };
}

const char *patched_folder(struct arena *arena, const struct patch *patches, size_t n)
{
    char *folder = arena_alloc(arena, sizeof "/tmp/jiaoti-city-XXXXXX");
    memcpy(folder, "/tmp/jiaoti-city-XXXXXX", sizeof "/tmp/jiaoti-city-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(mkdir(arena_printf(arena, "%s/admission", folder).p, 0700), 0);
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        struct str text = file_text(arena, CITY_FIXTURE, files[f]);
        bool there = true;
        for (size_t i = 0; i < n; i++) {
            if (strcmp(patches[i].file, files[f]) == 0) {
                there = patches[i].put != NULL;
                text = there ? patched(arena, text, &patches[i]) : text;
            }
        }
        if (there) {
            put_file(arena, folder, files[f], text);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!patches[i].find && patches[i].put) { /* perhaps a file that the fixture does not have */
            put_file(arena, folder, patches[i].file, str_of(patches[i].put));
        }
    }
    return folder;
}

void remove_folder(struct arena *arena, const char *folder)
{
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        (void)unlink(arena_printf(arena, "%s/%s", folder, files[f]).p);
    }
    (void)unlink(arena_printf(arena, "%s/admission/notes.txt", folder).p);
    (void)rmdir(arena_printf(arena, "%s/admission", folder).p);
    assert_int_equal(rmdir(folder), 0);
}

struct str said(struct arena *arena, const struct city_mistakes *mistakes, const char *folder, enum lang lang)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    assert_non_null(out);
    city_mistakes_print(out, mistakes, lang);
    assert_int_equal(fclose(out), 0);
    struct str all = { bytes, n }, line, result = str_of("");
    struct str prefix = arena_printf(arena, "%s/", folder);
    while (str_split(&all, '\n', &line)) {
        if (str_starts(line, prefix)) {
            line = str_part(line, prefix.n, line.n);
        }
        result = arena_printf(arena, "%.*s%.*s\n", STR_ARG(result), STR_ARG(line));
    }
    free(bytes);
    return result;
}

struct city *whole_city(const char *folder)
{
    struct city *city = NULL;
    struct error error = { { 0 } };
    struct city_mistakes *mistakes = city_mistakes_new();
    if (!city_read(&city, folder, mistakes, &error)) {
        city_mistakes_print(stderr, mistakes, LANG_EN);
        fail_msg("%s", error.message);
    }
    assert_int_equal(mistakes->n, 0);
    city_mistakes_free(mistakes);
    return city;
}
