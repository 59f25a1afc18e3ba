/* Pictures of papers: JPEG, PNG or PDF, known by their first bytes (not by their name), sealed by the vault, outside
 * the database and the web root: DATA/papers/3f/3f9c….sealed.
 *
 * The file is on disk (written, fsynced, renamed, its folder fsynced) before the row that names it is committed.
 * So a crash leaves at worst a file without a row, which paper_clean removes; never a row without its file.
 *
 *     paper_store (a worker thread: slow)  →  paper_add_run (the writer)
 */
#ifndef PLACES_PAPER_H
#define PLACES_PAPER_H

#include "places/application.h"
#include "store/sealed_file.h"

/* Seals and writes. Any thread. False when the disk failed. */
bool paper_store(struct places *places, struct vault *vault, struct arena *arena, struct str bytes,
                 struct stored_file *out, struct error *error);

struct paper_add {
    struct apply apply;
    struct str check_kind; /* the check that it is for */
    struct str kind;       /* id of city->papers */
    struct stored_file file;
    /* out */
    int64_t paper;
};
/* Only where the check failed, is silent or waits for a person; in a draft, or when a correction opened the papers.
 * A repeated picture (same digest and check) is one paper. */
bool paper_add_run(struct writing *writing, void *input, struct error *error);

struct paper_remove {
    struct apply apply;
    int64_t paper;
};
/* The row stays with its time of removal; the file goes at the next paper_clean. */
bool paper_remove_run(struct writing *writing, void *input, struct error *error);

struct paper {
    int64_t id;
    int64_t application;
    struct str check_kind, kind;
    struct str type;
    int64_t size;
    struct str digest;
    struct str stored;
    int64_t at;
    int64_t account;
};
/* Those not removed, oldest first. */
bool paper_list(struct db *db, struct arena *arena, int64_t application, struct paper **out, size_t *n,
                struct error *error);
bool paper_get(struct db *db, struct arena *arena, int64_t id, struct paper *out, bool *found, struct error *error);
/* The plain bytes. An error when the file is missing, was changed on disk, or is not the one that was handed in. */
bool paper_read(struct places *places, struct vault *vault, struct arena *arena, const struct paper *paper,
                struct str *bytes, struct error *error);
/* Who opens a paper is written down: run it before the bytes are shown. The caller has checked the scope. */
struct paper_open {
    struct actor actor;
    int64_t paper;
    /* out */
    bool found;
};
bool paper_open_run(struct writing *writing, void *input, struct error *error);

/* Removes files that no row names (older than an hour: younger ones may be on their way to their row) and those of
 * removed papers; counts the rows whose file is missing. For the operator and for housekeeping. */
bool paper_clean(struct places *places, struct db *db, int64_t now, struct files_cleaning *out, struct error *error);

#endif
