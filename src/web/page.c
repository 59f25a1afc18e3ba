/* See page.h. Escaping looks at each byte once and copies runs. */
#include "web/page.h"

#include "base/clock.h"
#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>

bool page_grow(struct page *page, size_t n)
{
    if (page->full || n > LIMIT_PAGE_BYTES - page->n) {
        page->full = true;
        return false;
    }
    size_t size = page->size ? page->size : 16 * 1024;
    while (size - page->n < n) {
        size *= 2;
    }
    char *p = realloc(page->p, size);
    if (!p) {
        abort();
    }
    page->p = p;
    page->size = size;
    return true;
}

static const char *const entities[256] = {
    ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&#34;", ['\''] = "&#39;",
};

static const bool special[256] = { ['&'] = true, ['<'] = true, ['>'] = true, ['"'] = true, ['\''] = true };

void page_str(struct page *page, struct str s)
{
    const char *p = s.p, *end = s.p + s.n;
    for (;;) {
        const char *from = p;
        while (p < end && !special[(unsigned char)*p]) {
            p++;
        }
        page_put(page, from, (size_t)(p - from));
        if (p == end) {
            return;
        }
        const char *entity = entities[(unsigned char)*p++];
        page_put(page, entity, strlen(entity));
    }
}

void page_cstr(struct page *page, const char *s)
{
    page_str(page, str_of(s));
}

void page_text(struct page *page, struct text text)
{
    page_cstr(page, text_in(text, page->lang));
}

void page_name(struct page *page, struct name name)
{
    page_str(page, name_in(name, page->lang));
}

void page_uint(struct page *page, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    page_put(page, digits + at, sizeof digits - at);
}

void page_int(struct page *page, int64_t value)
{
    if (value < 0) {
        page_put(page, "-", 1);
    }
    page_uint(page, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void page_double(struct page *page, double value)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%g", value);
    page_put(page, text, (size_t)n);
}

void page_raw_str(struct page *page, struct str s)
{
    if (s.n) {
        page_put(page, s.p, s.n);
    }
}

void page_raw_cstr(struct page *page, const char *s)
{
    page_raw_str(page, str_of(s));
}

void page_url_str(struct page *page, struct str s)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' || c == '.' || c == '_' ||
            c == '~') {
            page_put(page, s.p + i, 1);
        } else {
            page_put(page, (char[]){ '%', digits[c >> 4], digits[c & 15] }, 3);
        }
    }
}

void page_url_cstr(struct page *page, const char *s)
{
    page_url_str(page, str_of(s));
}

void page_url_int(struct page *page, int64_t value)
{
    page_int(page, value);
}

void page_day(struct page *page, int64_t day)
{
    static const char *const months[] = { "January", "February", "March",     "April",   "May",      "June",
                                          "July",    "August",   "September", "October", "November", "December" };
    int year, month, day_of_month;
    day_parts(day, &year, &month, &day_of_month);
    if (page->lang == LANG_EN) {
        page_int(page, day_of_month);
        page_put(page, " ", 1);
        page_put(page, months[month - 1], strlen(months[month - 1]));
        page_put(page, " ", 1);
        page_int(page, year);
        return;
    }
    page_int(page, year);
    page_put(page, "年", strlen("年"));
    page_int(page, month);
    page_put(page, "月", strlen("月"));
    page_int(page, day_of_month);
    page_put(page, "日", strlen("日"));
}

void page_time(struct page *page, int64_t ms)
{
    int64_t day = day_of_ms(ms);
    int minutes = (int)((ms - day_start_ms(day)) / 60000), hour = minutes / 60, minute = minutes % 60;
    const char text[] = { (char)('0' + hour / 10), (char)('0' + hour % 10), ':', (char)('0' + minute / 10),
                          (char)('0' + minute % 10) };
    page_day(page, day);
    page_put(page, page->lang == LANG_EN ? ", " : " ", page->lang == LANG_EN ? 2 : 1);
    page_put(page, text, sizeof text);
}

void page_number(struct page *page, int64_t value)
{
    char text[32];
    size_t at = sizeof text;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    for (int digits = 0; left || !digits; digits++) {
        if (digits && digits % 3 == 0) {
            text[--at] = ',';
        }
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    }
    if (value < 0) {
        text[--at] = '-';
    }
    page_put(page, text + at, sizeof text - at);
}
