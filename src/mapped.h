/* A file as it lies on the disk, read as it is looked at. */
#ifndef MAPPED_H
#define MAPPED_H

#include "base/error.h"

#include <stddef.h>

bool map_file(const char *path, char **bytes, size_t *n, struct error *error);
void unmap_file(char *bytes, size_t n);

#endif
