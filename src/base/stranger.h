/* A stranger's file, read by the separate program jiaoti-import without privileges (src/import/README.md): what arrives
 * here is lines of text. The child gets the file, a pipe and nothing else: no environment, no other descriptor. It is
 * ended when it takes too long, and when whoever listens wants no more.
 *
 * The lines are taken as they come, so memory does not grow with the file.
 */
#ifndef BASE_STRANGER_H
#define BASE_STRANGER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

enum stranger_mode {
    STRANGER_SHEET, /* a spreadsheet that somebody hands in: at most LIMIT_SHEET_BYTES and LIMIT_SHEET_ROWS */
    STRANGER_LARGE, /* CSV of any length, read from a regular file; an XLSX or ODS within the limits above */
    STRANGER_MAP    /* GeoJSON, KML, Shapefile in a ZIP */
};

/* Who listens. Each returns false to hear no more; NULL: not wanted. Cells live until the hook returns. */
struct stranger_hooks {
    void *context;
    bool (*sheet)(void *context, struct str name);
    bool (*row)(void *context, uint32_t number, const struct str *cells, size_t n);
    /* Of a map: its frame in words ("EPSG:4490", "WGS 84", empty: not said) and the names of the fields; then shapes.
     */
    bool (*map)(void *context, struct str frame, const struct str *fields, size_t n);
    bool (*shape)(void *context, uint32_t number, struct str geojson, const struct str *cells, size_t n);
    bool (*at)(void *context, int64_t bytes); /* of a large CSV: so much of it was read */
};

enum stranger_end {
    STRANGER_WHOLE,   /* read to its end */
    STRANGER_STOPPED, /* a hook said so */
    STRANGER_PROBLEM  /* it cannot be read */
};

/* Runs program (NULL: jiaoti-import beside this one) on `file`. *problem (with STRANGER_PROBLEM) in words for who
 * handed it in. False: the program could not be run. */
bool stranger_read(const char *program, enum stranger_mode mode, int file, const struct stranger_hooks *hooks,
                   enum stranger_end *end, const struct text **problem, struct error *error);

/* ---- The lines alone, for the above and for tests ---- */

struct stranger_lines {
    const struct stranger_hooks *hooks;
    struct buf held; /* of a line that has not ended */
    bool begun, ended, stopped, bad;
    bool sheet;                 /* there was one: rows may come */
    const struct text *problem; /* what the program said */
};
struct stranger_lines stranger_lines(const struct stranger_hooks *hooks);
/* Takes the next bytes; they are written over. */
void stranger_feed(struct stranger_lines *lines, char *bytes, size_t n);
void stranger_lines_free(struct stranger_lines *lines);

#endif
