/* CSV: which characters, which separator, which cells. */
#ifndef IMPORT_CSV_H
#define IMPORT_CSV_H

#include "base/arena.h"
#include "import/lines.h"

#include <iconv.h>

/* The converters, opened before the doors are shut (glibc loads them from files). */
struct encodings {
    iconv_t gb18030;
    iconv_t utf16le;
    iconv_t utf16be;
};
bool encodings_open(struct encodings *encodings);

/* Does it look like text at all (no zero bytes but in UTF-16 with a mark)? */
bool csv_is_text(struct str bytes);
/* The bytes as UTF-8 without a mark; what is no character becomes U+FFFD. */
struct str csv_decode(struct arena *arena, const struct encodings *encodings, struct str bytes);
/* RFC 4180 with the separator that the first line shows. A quote that is not closed within a cell's greatest length is
 * taken as itself, so one stray quote costs one cell, not the rest of the file. */
void csv_read(struct arena *arena, struct str text, struct lines *lines);
/* The same of standard input, a regular file of any length, with a window of some megabytes: UTF-8 with or without a
 * mark, else GB 18030. A row of more than a megabyte is cut. NULL, or the problem's word. */
const char *csv_read_large(const struct encodings *encodings, struct lines *lines);

#endif
