/* See mapped.h. */
#include "mapped.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool map_file(const char *path, char **bytes, size_t *n, struct error *error)
{
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) != 0) {
        error_set(error, "%s: %m", path);
        if (file >= 0) {
            (void)close(file);
        }
        return false;
    }
    *n = about.st_size > 0 ? (size_t)about.st_size : 0;
    void *map = *n ? mmap(NULL, *n, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    (void)close(file);
    if (map == MAP_FAILED) {
        return error_set(error, "%s could not be read", path);
    }
    (void)madvise(map, *n, MADV_WILLNEED);
    *bytes = map;
    return true;
}

void unmap_file(char *bytes, size_t n)
{
    (void)munmap(bytes, n);
}
