/* The files of a round under DATA/transcripts, the list as text, and two lists compared leaf by leaf.
 *
 * What must hold: a file is the old one or the new one, whole, whatever happens; who reads it never sees half. */
#include "places/round_list.h"

#include "base/buf.h"
#include "base/crew.h"
#include "base/hex.h"
#include "places/inside.h"
#include "places/sign.h"
#include "store/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A county's transcript has some hundred bytes a child and a line a community: far below. */
enum { LIMIT_TRANSCRIPT_BYTES = 512 * 1024 * 1024 };

/* ---- Files ---- */

struct str round_file_path(struct places *places, struct arena *arena, struct str label, const char *part)
{
    return arena_printf(arena, "%s/transcripts/%.*s%s%s.txt", places_data(places), STR_ARG(label), part[0] ? "." : "",
                        part);
}

static bool read_all(int file, size_t size, char *bytes)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = read(file, bytes + done, size - done);
        if (n <= 0 && !(n < 0 && errno == EINTR)) {
            return false;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

bool round_file_read(struct places *places, struct arena *arena, struct str label, const char *part, struct str *text,
                     bool *found, struct error *error)
{
    struct str path = round_file_path(places, arena, label, part);
    struct stat about;
    int file = open(path.p, O_RDONLY | O_CLOEXEC);
    *found = file >= 0;
    if (file < 0) {
        return errno == ENOENT || error_set(error, "%s cannot be opened: %s", path.p, strerror(errno));
    }
    if (fstat(file, &about) != 0 || about.st_size > LIMIT_TRANSCRIPT_BYTES) {
        (void)close(file);
        return error_set(error, "%s cannot be read", path.p);
    }
    char *bytes = arena_alloc(arena, (size_t)about.st_size + 1);
    bool good = read_all(file, (size_t)about.st_size, bytes);
    (void)close(file);
    *text = (struct str){ bytes, (size_t)about.st_size };
    return good || error_set(error, "%s cannot be read: %s", path.p, strerror(errno));
}

static bool write_all(int file, struct str text)
{
    size_t done = 0;
    while (done < text.n) {
        ssize_t n = write(file, text.p + done, text.n - done);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return !fault_here("fsync") && fsync(file) == 0;
}

static bool sync_folder(const char *folder)
{
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = file >= 0 && fsync(file) == 0;
    if (file >= 0) {
        (void)close(file);
    }
    return good;
}

bool round_file_write(struct places *places, struct arena *arena, struct str label, const char *part, struct str text,
                      struct error *error)
{
    struct str folder = arena_printf(arena, "%s/transcripts", places_data(places));
    struct str path = round_file_path(places, arena, label, part);
    struct str fresh = arena_printf(arena, "%s.new", path.p);
    if (mkdir(folder.p, 0755) != 0 && errno != EEXIST) {
        return error_set(error, "%s cannot be made: %s", folder.p, strerror(errno));
    }
    int file = open(fresh.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) {
        return error_set(error, "%s cannot be made: %s", fresh.p, strerror(errno));
    }
    bool good = write_all(file, text);
    good = close(file) == 0 && good;
    if (!good || fault_here("rename") || rename(fresh.p, path.p) != 0 || !sync_folder(folder.p)) {
        error_set(error, "%s cannot be written: %s", path.p, errno ? strerror(errno) : "a fault");
        (void)unlink(fresh.p);
        return false;
    }
    return true;
}

/* ---- The list as text ---- */

static bool put_buf(void *ctx, const char *text, size_t bytes)
{
    struct buf *buf = ctx;
    buf_add(buf, (struct str){ text, bytes });
    return !buf->full;
}

bool round_list_text(const struct round_list *list, struct arena *arena, const struct signer *signer, const char *part,
                     bool make, struct str *text, struct transcript_commitment *commitment, struct error *error)
{
    struct buf buf = buf_init(LIMIT_TRANSCRIPT_BYTES);
    struct transcript_writer writer;
    struct allot_error wrong = { 0 };
    transcript_start(&writer, put_buf, &buf);
    bool good = transcript_write_list(&writer, &list->transcript, NULL, commitment, &wrong);
    if (!good) {
        error_set(error, "the list cannot be written down: %s", wrong.message);
    }
    good = good && (!signer || signer_sign(signer, &writer, part, 0, make, error));
    if (good) {
        *text = arena_str(arena, buf_str(&buf));
    }
    buf_free(&buf);
    return good;
}

/* ---- Verifying ---- */

bool round_text_verifies(struct str text, struct transcript_report *report)
{
    struct crew *crew = crew_new(0);
    struct allot_host host = {
        .get = crew_get, .put = crew_put, .ctx = crew, .each = crew_each, .workers = crew_size(crew)
    };
    bool good = transcript_verify_signed(text.p, text.n, &host, signature_holds_sm2, NULL, report);
    crew_free(crew);
    return good;
}

/* ---- Comparing ---- */

static const struct str leaf_word = { "applicant ", sizeof "applicant " - 1 };

/* Moves to the next leaf line; false at the end. */
static bool next_leaf(struct str *rest, struct str *line)
{
    while (str_split(rest, '\n', line)) {
        if (str_starts(*line, leaf_word)) {
            return true;
        }
    }
    return false;
}

static struct str ticket_of(struct str line)
{
    return str_part(line, leaf_word.n, 2 * ALLOT_TICKET_BYTES);
}

bool round_list_compare(struct arena *arena, struct str before, struct str after, struct list_difference **out,
                        size_t *n)
{
    struct list list = { .size = sizeof **out };
    struct str old, new;
    bool has_old = next_leaf(&before, &old), has_new = next_leaf(&after, &new);
    while (has_old || has_new) {
        int order = !has_old ? 1 : !has_new ? -1 : str_cmp(ticket_of(old), ticket_of(new));
        if (order != 0 || !str_eq(old, new)) {
            *(struct list_difference *)list_add(&list, arena) = (struct list_difference){
                .kind = order < 0   ? '-'
                        : order > 0 ? '+'
                                    : '~',
                .ticket = ticket_of(order <= 0 ? old : new),
                .before = order <= 0 ? old : (struct str){ NULL, 0 },
                .after = order >= 0 ? new : (struct str){ NULL, 0 },
            };
        }
        has_old = order <= 0 ? next_leaf(&before, &old) : has_old;
        has_new = order >= 0 ? next_leaf(&after, &new) : has_new;
    }
    *out = list.items;
    *n = list.n;
    return list.n > 0;
}
