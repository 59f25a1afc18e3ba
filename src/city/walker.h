/* A small walker over YAML documents that reports every mistake with its line.
 *
 * The idea: a mapping is opened against a list of its keys, which gives the values in the list's order (NULL where
 * one is missing, with the mistake already told); each value is then read by a function of its type. A reader
 * accepts NULL and only returns false, so a caller reads on and nothing is told twice.
 *
 * For readers of a city's folder: this folder's own and those of nouns whose files stand in it (figures).
 */
#ifndef CITY_WALKER_H
#define CITY_WALKER_H

#include "city/mistakes.h"

#include <yaml.h>

/* A file being read. */
struct reading {
    struct arena *arena; /* of what is read */
    struct str file;
    struct city_mistakes *mistakes;
    yaml_document_t document;
    bool open;
    size_t before; /* mistakes there were when it was opened */
};

typedef const yaml_node_t yaml_value;

/* Parses the text; its root or NULL, with the mistake told (not UTF-8, not YAML, empty, more than one document). */
yaml_value *reading_open(struct reading *reading, struct arena *arena, struct str file, struct str text,
                         struct city_mistakes *mistakes);
void reading_close(struct reading *reading);
/* Nothing was wrong since it was opened. */
bool reading_is_clean(const struct reading *reading);

/* Tells a mistake at the node's line. Both formats take the same arguments; words that differ between the languages
 * are given twice, and each format skips the other's by "%.0s". */
void mistake_at(struct reading *reading, yaml_value *at, const char *zh, const char *en, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));
uint32_t line_of(yaml_value *at);

struct key {
    const char *name;
    bool optional;
};

/* Opens a mapping with these keys: values[i] belongs to keys[i]. False when it is no mapping. `what` is the key
 * or the item in whose name mistakes are told. */
bool read_map(struct reading *reading, yaml_value *node, const char *what, const struct key *keys, size_t n,
              yaml_value **values);
/* Opens a sequence of least to most items; *items live in the arena. */
bool read_list(struct reading *reading, yaml_value *node, const char *what, size_t least, size_t most,
               yaml_value ***items, size_t *n);

/* Text of one line, not empty. */
bool read_text(struct reading *reading, yaml_value *node, const char *what, struct str *out);
/* a–z, 0–9 and _, first a letter. */
bool read_id(struct reading *reading, yaml_value *node, const char *what, struct str *out);
/* {zh: …, en: …} */
bool read_name(struct reading *reading, yaml_value *node, const char *what, struct name *out);
bool read_number(struct reading *reading, yaml_value *node, const char *what, int64_t least, int64_t most,
                 uint32_t *out);
bool read_bool(struct reading *reading, yaml_value *node, const char *what, bool *out);
bool read_day(struct reading *reading, yaml_value *node, const char *what, int64_t *out);
bool read_moment(struct reading *reading, yaml_value *node, const char *what, int64_t *out);
/* "08:00-16:30": minutes of the day. */
bool read_hours(struct reading *reading, yaml_value *node, const char *what, int64_t *from, int64_t *until);
/* One of n words; its index. */
bool read_word(struct reading *reading, yaml_value *node, const char *what, const char *const *words, size_t n,
               size_t *out);

/* The word nearest to s, if it is near enough to be what was meant; else NULL. */
const char *nearest_word(struct str s, const char *const *words, size_t n);
/* "'opens'" when one is near, else "one of: a, b, c"; and in Chinese. */
struct text expected_words(struct arena *arena, struct str s, const char *const *words, size_t n);

/* Does an item with this id stand earlier? Then tells the mistake. */
bool id_is_new(struct reading *reading, yaml_value *node, const struct str *earlier, size_t n, struct str id);

/* A scalar's bytes. */
struct str scalar_of(yaml_value *node);

/* The bytes of a file without a byte order mark; false with the mistake told. */
bool read_file(struct arena *arena, const char *path, struct city_mistakes *mistakes, struct str *text);
/* Tells each line that is not UTF-8; false when there is one. */
bool check_utf8(struct str file, struct str text, struct city_mistakes *mistakes);

#endif
