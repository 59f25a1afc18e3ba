/* Sealed files: pictures and papers that people hand in, outside the database and the web root:
 * DATA/FOLDER/3f/3f9c….sealed. What may be kept is known by the first bytes (JPEG, PNG, PDF), never by a name.
 *
 * The file is on disk (written, fsynced, renamed, its folder fsynced) before the row that names it is committed. So a
 * crash leaves at worst a file without a row, which sealed_files_clean removes; never a row without its file. */
#ifndef STORE_SEALED_FILE_H
#define STORE_SEALED_FILE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "store/db.h"
#include "store/vault.h"

enum file_fault { FILE_GOOD, FILE_EMPTY, FILE_TOO_LARGE, FILE_TYPE };
struct text file_fault_text(enum file_fault fault);
/* "image/jpeg", "image/png", "application/pdf" by the first bytes; NULL: none of them. */
const char *file_type(struct str bytes);

/* Where files of one purpose lie. `purpose` is a literal for the vault ("paper", "evidence"). */
struct file_shelf {
    struct str folder; /* DATA/papers */
    const char *purpose;
    int64_t most; /* bytes of one file */
};
struct stored_file {
    enum file_fault fault; /* FILE_GOOD, else nothing was stored */
    const char *type;
    int64_t size;
    struct str digest; /* SM3 of the plain bytes, hex */
    struct str stored; /* "3f/3f9c….sealed" under the folder */
};
/* Seals and writes. Any thread. False when the disk failed. */
bool sealed_file_store(const struct file_shelf *shelf, struct vault *vault, struct arena *arena, struct str bytes,
                       struct stored_file *out, struct error *error);
/* The plain bytes. An error when the file is missing, was changed on disk, or is not the one with this digest. */
bool sealed_file_read(const struct file_shelf *shelf, struct vault *vault, struct arena *arena, struct str stored,
                      struct str digest, struct str *bytes, struct error *error);

struct files_cleaning {
    int64_t files;   /* looked at */
    int64_t removed; /* without a row */
    int64_t missing; /* rows without their file */
};
/* Removes files that no row names, older than an hour (younger ones may be on their way to their row). `names` is a
 * literal that selects the column `stored` of each row whose file stays. */
bool sealed_files_clean(const struct file_shelf *shelf, struct db *db, const char *names, int64_t now,
                        struct files_cleaning *out, struct error *error);

#endif
