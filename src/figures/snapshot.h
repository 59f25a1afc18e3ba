/* What was said: figures frozen as they were published, with all that is needed to count them again.
 *
 * A publication is a set of figures said together. Each is kept with its numerator and denominator, its scope in words,
 * its definition (text and SM3), its day, and the moment of knowledge; SM3 over the publication's text (snapshot_text)
 * stands beside it, so that whoever kept the text can show that nothing was changed. A version is never changed: a
 * correction is a new version with its reason. What the rows would say now is counted anew and set beside it.
 */
#ifndef FIGURES_SNAPSHOT_H
#define FIGURES_SNAPSHOT_H

#include "figures/compute.h"
#include "store/writer.h"

struct said_figure {
    struct str indicator; /* its id */
    struct name name, scope;
    struct str unit, kind;
    uint8_t definition[SM3_BYTES];
    struct str definition_text;
    int64_t day;
    struct figure figure; /* state, sides, value and said */
    unsigned decimals;
};

struct publication_version {
    int64_t publication, version;
    struct name name;
    int64_t said_on;
    int64_t day, recorded, published_at, published_by;
    struct str reason;
    uint8_t hash[SM3_BYTES];
    struct said_figure *figures; /* by indicator */
    size_t n;
};

/* The text that is hashed: lines of "key<tab>value", the figures in the order of their ids. */
struct str snapshot_text(struct arena *arena, const struct publication_version *version);
void snapshot_hash(struct arena *arena, const struct publication_version *version, uint8_t hash[SM3_BYTES]);

enum publish_result {
    PUBLISH_DONE,
    PUBLISH_NOTHING,   /* no figure was chosen */
    PUBLISH_MISSING,   /* there is no such publication to correct */
    PUBLISH_NO_REASON, /* a correction without one */
    PUBLISH_OVERTAKEN  /* somebody corrected it meanwhile */
};

/* The command: writes a version. publication 0: a new one, version 1; else `version` is the one that is corrected. */
struct publish {
    struct publication_version said; /* name, said_on (of a new one), day, recorded, reason, figures */
    int64_t account;
    const char *role;
    struct str form_key; /* a retry is the same publication; empty: none */
    enum publish_result result;
    int64_t publication, version; /* of the answer */
};
bool snapshot_publish_run(struct writing *writing, void *input, struct error *error);

/* Freezes an indicator's value. */
struct said_figure snapshot_figure(const struct indicators *set, const struct indicator *indicator, int64_t day,
                                   const struct figure *figure);

/* Newest first, without figures. */
bool snapshot_list(struct db *db, struct arena *arena, struct publication_version **out, size_t *n,
                   struct error *error);
/* version 0: the newest. */
bool snapshot_read(struct db *db, struct arena *arena, int64_t publication, int64_t version,
                   struct publication_version *out, bool *found, struct error *error);

/* Changes of the register recorded since a moment that touched what an indicator counts, oldest first, at most `most`.
 */
bool snapshot_causes(struct db *db, struct arena *arena, const struct indicators *set,
                     const struct indicator *indicator, int64_t since, size_t most, int64_t **changes, size_t *n,
                     struct error *error);

#endif
