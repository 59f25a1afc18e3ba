/* casework: what a picture says of when and where it was taken; and that a bare one says nothing of it, is the same
 * picture, and is turned the same way. Every picture cut off and with bytes changed at random is refused or taken,
 * never read beyond its end. */
#include "base/clock.h"
#include "casework/picture.h"

#include <libexif/exif-data.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static ExifEntry *entry(ExifData *data, ExifIfd ifd, int tag, ExifFormat format, unsigned components, unsigned size)
{
    ExifEntry *e = exif_entry_new();
    e->tag = (ExifTag)tag;
    e->format = format;
    e->components = components;
    e->size = size;
    e->data = calloc(1, size);
    exif_content_add_entry(data->ifd[ifd], e);
    exif_entry_unref(e);
    return e;
}

static void text(ExifData *data, ExifIfd ifd, int tag, const char *value)
{
    unsigned size = (unsigned)strlen(value) + 1;
    memcpy(entry(data, ifd, tag, EXIF_FORMAT_ASCII, size, size)->data, value, size);
}

static void degrees(ExifData *data, int tag, unsigned d, unsigned m, unsigned hundredths)
{
    unsigned char *at = entry(data, EXIF_IFD_GPS, tag, EXIF_FORMAT_RATIONAL, 3, 24)->data;
    exif_set_rational(at, EXIF_BYTE_ORDER_MOTOROLA, (ExifRational){ d, 1 });
    exif_set_rational(at + 8, EXIF_BYTE_ORDER_MOTOROLA, (ExifRational){ m, 1 });
    exif_set_rational(at + 16, EXIF_BYTE_ORDER_MOTOROLA, (ExifRational){ hundredths, 100 });
}

static const char tables[] = "\xFF\xDB\x00\x04\x01\x02",
                  scan[] = "\xFF\xDA\x00\x04\x01\x02"
                           "\x11\xFF\x00\x22\xFF\xD0\x33",
                  comment[] = "\xFF\xFE\x00\x08secret", icc[] = "\xFF\xE2\x00\x08secret", end[] = "\xFF\xD9";

static struct str add(struct arena *arena, struct str to, const char *p, size_t n)
{
    char *out = arena_alloc(arena, to.n + n + 1);
    memcpy(out, to.p, to.n);
    memcpy(out + to.n, p, n);
    return (struct str){ out, to.n + n };
}
#define ADD(to, literal) (to) = add(arena, (to), (literal), sizeof(literal) - 1)

/* A picture of 6 July 2026, 09:41:05, at 36°27'21.00" N 115°59'06.50" E, turned. */
static struct str picture(struct arena *arena, const char *moment, const char *north)
{
    unsigned char *block;
    unsigned size;
    ExifData *data = exif_data_new();
    exif_data_set_byte_order(data, EXIF_BYTE_ORDER_MOTOROLA);
    exif_set_short(entry(data, EXIF_IFD_0, EXIF_TAG_ORIENTATION, EXIF_FORMAT_SHORT, 1, 2)->data,
                   EXIF_BYTE_ORDER_MOTOROLA, 6);
    text(data, EXIF_IFD_0, EXIF_TAG_MAKE, "secret phone");
    text(data, EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_ORIGINAL, moment);
    text(data, EXIF_IFD_GPS, EXIF_TAG_GPS_LATITUDE_REF, north);
    text(data, EXIF_IFD_GPS, EXIF_TAG_GPS_LONGITUDE_REF, "E");
    degrees(data, EXIF_TAG_GPS_LATITUDE, 36, 27, 2100);
    degrees(data, EXIF_TAG_GPS_LONGITUDE, 115, 59, 650);
    exif_data_save_data(data, &block, &size);
    exif_data_unref(data);
    char head[] = { '\xFF', '\xD8', '\xFF', '\xE1', (char)((size + 2) >> 8), (char)(size + 2) };
    struct str out = add(arena, STR(""), head, sizeof head);
    out = add(arena, out, (const char *)block, size);
    free(block);
    ADD(out, comment);
    ADD(out, icc);
    ADD(out, tables);
    ADD(out, scan);
    ADD(out, end);
    ADD(out, "secret behind the end");
    return out;
}

static void what_it_says(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct picture_facts facts = picture_facts(picture(arena, "2026:07:06 09:41:05", "N"));
    assert_int_equal(facts.taken_at, day_start_ms(day_of(2026, 7, 6)) + ((9 * 60 + 41) * 60 + 5) * 1000);
    assert_true(facts.has_place);
    assert_int_equal(facts.lat_e6, 36455833);
    assert_int_equal(facts.lon_e6, 115985139);
    assert_int_equal(facts.orientation, 6);
    assert_int_equal(picture_facts(picture(arena, "2026:07:06 09:41:05", "S")).lat_e6, -36455833);
    assert_int_equal(picture_facts(picture(arena, "2026:13:06 09:41:05", "N")).taken_at, 0);
    assert_int_equal(picture_facts(picture(arena, "    :  :     :  :  ", "N")).taken_at, 0);
    assert_false(picture_facts(picture(arena, "2026:07:06 09:41:05", "X")).has_place);
    assert_int_equal(picture_facts(STR("%PDF-1.4")).taken_at, 0);
    assert_int_equal(picture_facts(STR("")).taken_at, 0);
    arena_free(arena);
}

static void a_bare_one_says_nothing(void **state)
{
    (void)state;
    bool is;
    struct arena *arena = arena_new(0);
    struct str whole = picture(arena, "2026:07:06 09:41:05", "N"), bare = picture_bare(arena, whole, &is);
    assert_true(is);
    assert_null(memmem(bare.p, bare.n, "secret", 6));
    assert_null(memmem(bare.p, bare.n, "2026", 4));
    assert_non_null(memmem(bare.p, bare.n, tables, sizeof tables - 1));
    assert_non_null(memmem(bare.p, bare.n, scan, sizeof scan - 1));
    assert_memory_equal(bare.p + bare.n - 2, end, 2);
    struct picture_facts facts = picture_facts(bare);
    assert_int_equal(facts.orientation, 6);
    assert_false(facts.has_place);
    assert_int_equal(facts.taken_at, 0);
    struct str again = picture_bare(arena, bare, &is);
    assert_true(is && str_eq(again, bare));

    static const char png[] = "\x89PNG\r\n\x1A\n"
                              "\0\0\0\1IHDRx1234"
                              "\0\0\0\6tEXtsecret1234"
                              "\0\0\0\2IDATyz1234"
                              "\0\0\0\0IEND1234secret";
    bare = picture_bare(arena, (struct str){ png, sizeof png - 1 }, &is);
    assert_true(is);
    assert_null(memmem(bare.p, bare.n, "secret", 6));
    assert_non_null(memmem(bare.p, bare.n, "IDATyz1234", 10));
    (void)picture_bare(arena, STR("%PDF-1.4"), &is);
    assert_false(is);
    arena_free(arena);
}

static void spoiled_ones(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str whole = picture(arena, "2026:07:06 09:41:05", "N");
    uint64_t dice = 88172645463325252u;
    for (size_t n = 0; n < whole.n; n++) { /* in memory of its own, so that a reader beyond the end is seen */
        char *copy = malloc(n ? n : 1);
        bool is;
        memcpy(copy, whole.p, n);
        struct arena *one = arena_new(0);
        (void)picture_facts((struct str){ copy, n });
        struct str bare = picture_bare(one, (struct str){ copy, n }, &is);
        assert_true(!is || bare.n <= n + 40);
        arena_free(one);
        free(copy);
    }
    for (size_t i = 0; i < 20000; i++) {
        char *copy = malloc(whole.n);
        bool is;
        memcpy(copy, whole.p, whole.n);
        for (size_t k = 0; k < 1 + i % 4; k++) {
            dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
            copy[dice % whole.n] = (char)(dice >> 32);
        }
        struct arena *one = arena_new(0);
        struct picture_facts facts = picture_facts((struct str){ copy, whole.n });
        assert_true(facts.orientation >= 0 && facts.orientation <= 8);
        assert_true(!facts.has_place || (facts.lat_e6 >= -90000000 && facts.lat_e6 <= 90000000));
        (void)picture_bare(one, (struct str){ copy, whole.n }, &is);
        arena_free(one);
        free(copy);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_it_says), cmocka_unit_test(a_bare_one_says_nothing),
                                        cmocka_unit_test(spoiled_ones) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
