/* See picture.h. */
#include "casework/picture.h"

#include "base/buf.h"
#include "base/clock.h"

#include <libexif/exif-data.h>

#include <string.h>

enum {
    MARKER_RST0 = 0xD0,
    MARKER_RST7 = 0xD7,
    MARKER_EOI = 0xD9,
    MARKER_SOS = 0xDA,
    MARKER_APP1 = 0xE1,
    MARKER_APP14 = 0xEE, /* how its colours are coded */
    MARKER_APP15 = 0xEF,
    MARKER_COMMENT = 0xFE,
    CHUNK_EXTRA = 12, /* length, name, checksum of a PNG's chunk */
    CHUNK_HEAD = 8,
    MILLION = 1000000,
    ORIENTATIONS = 8
};

/* ---- Reading ---- */

static int64_t two(const char *text)
{
    return text[0] >= '0' && text[0] <= '9' && text[1] >= '0' && text[1] <= '9' ? (text[0] - '0') * 10 + text[1] - '0'
                                                                                : -1;
}

/* "2026:07:06 09:41:05" */
static int64_t moment_of(const ExifEntry *entry)
{
    const char *t = (const char *)entry->data;
    if (entry->format != EXIF_FORMAT_ASCII || entry->size < 19 || t[4] != ':' || t[7] != ':' || t[13] != ':') {
        return 0;
    }
    int64_t century = two(t), year = two(t + 2), month = two(t + 5), day = two(t + 8);
    int64_t hour = two(t + 11), minute = two(t + 14), second = two(t + 17);
    if (century < 19 || year < 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 60) {
        return 0;
    }
    return day_start_ms(day_of((int)(century * 100 + year), (int)month, (int)day)) +
           ((hour * 60 + minute) * 60 + second) * 1000;
}

/* Degrees, minutes and seconds as three fractions. */
static bool degrees_of(ExifData *data, ExifEntry *entry, int64_t most, int64_t *e6)
{
    double value = 0, part = 1;
    if (!entry || entry->format != EXIF_FORMAT_RATIONAL || entry->components != 3 || entry->size < 24) {
        return false;
    }
    for (size_t i = 0; i < 3; i++, part *= 60) {
        ExifRational r = exif_get_rational(entry->data + 8 * i, exif_data_get_byte_order(data));
        if (r.denominator == 0) {
            return false;
        }
        value += (double)r.numerator / (double)r.denominator / part;
    }
    *e6 = (int64_t)(value * MILLION + 0.5);
    return value >= 0 && value <= (double)most;
}

static bool says(ExifEntry *entry, char letter)
{
    return entry && entry->format == EXIF_FORMAT_ASCII && entry->size > 0 && entry->data[0] == (unsigned char)letter;
}

static void place_of(ExifData *data, struct picture_facts *out)
{
    ExifContent *gps = data->ifd[EXIF_IFD_GPS];
    ExifEntry *ns = exif_content_get_entry(gps, (ExifTag)EXIF_TAG_GPS_LATITUDE_REF);
    ExifEntry *ew = exif_content_get_entry(gps, (ExifTag)EXIF_TAG_GPS_LONGITUDE_REF);
    bool good = degrees_of(data, exif_content_get_entry(gps, (ExifTag)EXIF_TAG_GPS_LATITUDE), 90, &out->lat_e6) &&
                degrees_of(data, exif_content_get_entry(gps, (ExifTag)EXIF_TAG_GPS_LONGITUDE), 180, &out->lon_e6) &&
                (says(ns, 'N') || says(ns, 'S')) && (says(ew, 'E') || says(ew, 'W'));
    out->has_place = good && (out->lat_e6 || out->lon_e6);
    out->lat_e6 = !out->has_place ? 0 : says(ns, 'S') ? -out->lat_e6 : out->lat_e6;
    out->lon_e6 = !out->has_place ? 0 : says(ew, 'W') ? -out->lon_e6 : out->lon_e6;
}

struct picture_facts picture_facts(struct str bytes)
{
    struct picture_facts out = { 0 };
    if (!str_starts(bytes, STR("\xFF\xD8\xFF")) || bytes.n > UINT32_MAX) {
        return out;
    }
    ExifData *data = exif_data_new_from_data((const unsigned char *)bytes.p, (unsigned)bytes.n);
    if (!data) {
        return out;
    }
    ExifEntry *taken = exif_content_get_entry(data->ifd[EXIF_IFD_EXIF], EXIF_TAG_DATE_TIME_ORIGINAL);
    ExifEntry *turned = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    out.taken_at = taken ? moment_of(taken) : 0;
    if (turned && turned->format == EXIF_FORMAT_SHORT && turned->size >= 2) {
        int value = exif_get_short(turned->data, exif_data_get_byte_order(data));
        out.orientation = value >= 1 && value <= ORIENTATIONS ? value : 0;
    }
    place_of(data, &out);
    exif_data_unref(data);
    return out;
}

/* ---- Without it ---- */

/* The one thing that a picture is not seen right without. */
static void add_orientation(struct buf *out, int orientation)
{
    char segment[] = "\xFF\xE1\x00\x22"
                     "Exif\0\0"
                     "MM\0\x2A\0\0\0\x08"
                     "\0\x01"
                     "\x01\x12\0\x03\0\0\0\x01\0\0\0\0"
                     "\0\0\0\0";
    segment[29] = (char)orientation;
    buf_add(out, (struct str){ segment, sizeof segment - 1 });
}

/* The end of the coded data that begins there: at the next marker, restarts apart. */
static size_t scan_end(const unsigned char *p, size_t at, size_t n)
{
    while (at + 1 < n && !(p[at] == 0xFF && p[at + 1] != 0 && (p[at + 1] < MARKER_RST0 || p[at + 1] > MARKER_RST7))) {
        at++;
    }
    return at;
}

static bool says_more(unsigned marker)
{
    return (marker >= MARKER_APP1 && marker <= MARKER_APP15 && marker != MARKER_APP14) || marker == MARKER_COMMENT;
}

/* What stands behind the end of the picture is left out too. */
static bool bare_jpeg(struct buf *out, struct str bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    int orientation = picture_facts(bytes).orientation;
    size_t at = 2;
    bool seen = false;
    buf_add(out, str_part(bytes, 0, 2));
    if (orientation > 1) {
        add_orientation(out, orientation);
    }
    while (at + 2 <= bytes.n && p[at] == 0xFF) {
        unsigned marker = p[at + 1];
        if (marker == 0xFF) { /* filling */
            at++;
            continue;
        }
        if (marker == MARKER_EOI) {
            buf_add(out, str_part(bytes, at, 2));
            return seen;
        }
        size_t length = at + 4 <= bytes.n ? (size_t)p[at + 2] << 8 | p[at + 3] : 0;
        if (length < 2 || at + 2 + length > bytes.n) {
            return false;
        }
        size_t end = at + 2 + length;
        if (marker == MARKER_SOS) {
            end = scan_end(p, end, bytes.n);
            seen = true;
        }
        if (!says_more(marker)) {
            buf_add(out, str_part(bytes, at, end - at));
        }
        at = end;
    }
    return false;
}

static bool bare_png(struct buf *out, struct str bytes)
{
    static const char *const kept[] = { "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA",
                                        "cHRM", "sRGB", "sBIT", "bKGD", "pHYs" };
    const unsigned char *p = (const unsigned char *)bytes.p;
    size_t at = CHUNK_HEAD;
    buf_add(out, str_part(bytes, 0, CHUNK_HEAD));
    while (at + CHUNK_EXTRA <= bytes.n) {
        size_t length = (size_t)p[at] << 24 | (size_t)p[at + 1] << 16 | (size_t)p[at + 2] << 8 | p[at + 3];
        if (length > bytes.n - at - CHUNK_EXTRA) {
            return false;
        }
        struct str name = str_part(bytes, at + 4, 4);
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
            if (str_is(name, kept[i])) {
                buf_add(out, str_part(bytes, at, length + CHUNK_EXTRA));
            }
        }
        if (str_is(name, "IEND")) {
            return true;
        }
        at += length + CHUNK_EXTRA;
    }
    return false;
}

struct str picture_bare(struct arena *arena, struct str bytes, bool *bare)
{
    struct buf out = buf_init(bytes.n + 64);
    *bare = str_starts(bytes, STR("\xFF\xD8\xFF"))        ? bare_jpeg(&out, bytes)
            : str_starts(bytes, STR("\x89PNG\r\n\x1A\n")) ? bare_png(&out, bytes)
                                                          : false;
    *bare = *bare && !out.full;
    struct str text = *bare ? arena_str(arena, buf_str(&out)) : STR("");
    buf_free(&out);
    return text;
}
