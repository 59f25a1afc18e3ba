/* The page runtime and the components, without a server: escaping, types, languages. */
#include "example.h"
#include "example.page.h"
#include "web/components.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct page page;

static int open_page(void **state)
{
    (void)state;
    page = (struct page){ .arena = arena_new(0) };
    return 0;
}

static int close_page(void **state)
{
    (void)state;
    arena_free(page.arena);
    free(page.p);
    return 0;
}

/* What the page holds, as a C string; empties it. */
static const char *taken(void)
{
    const char *text = arena_cstr(page.arena, (struct str){ page.p, page.n });
    page.n = 0;
    return text;
}

static void test_escaping(void **state)
{
    (void)state;
    page_str(&page, STR("<a href=\"x\" b='y'>&amp;王</a>"));
    assert_string_equal(taken(), "&lt;a href=&#34;x&#34; b=&#39;y&#39;&gt;&amp;amp;王&lt;/a&gt;");
    page_str(&page, (struct str){ 0 });
    page_cstr(&page, NULL);
    assert_string_equal(taken(), "");
    page_url_str(&page, STR("a/b?c=d&e 王~._-"));
    assert_string_equal(taken(), "a%2Fb%3Fc%3Dd%26e%20%E7%8E%8B~._-");
    page_raw_cstr(&page, "<b>");
    assert_string_equal(taken(), "<b>");
}

static void test_numbers(void **state)
{
    (void)state;
    page_int(&page, INT64_MIN);
    assert_string_equal(taken(), "-9223372036854775808");
    page_uint(&page, UINT64_MAX);
    assert_string_equal(taken(), "18446744073709551615");
    page_number(&page, 0);
    assert_string_equal(taken(), "0");
    page_number(&page, -1140000);
    assert_string_equal(taken(), "-1,140,000");
    page_number(&page, INT64_MIN);
    assert_string_equal(taken(), "-9,223,372,036,854,775,808");
    page_day(&page, 20666);
    assert_string_equal(taken(), "2026年8月1日");
    page.lang = LANG_EN;
    page_time(&page, 20666 * 86400000LL + 60000);
    assert_string_equal(taken(), "1 August 2026, 08:01");
    page.lang = LANG_ZH;
    PAGE_PUT(&page, (short)-3);
    PAGE_PUT(&page, (size_t)4);
    PAGE_PUT(&page, T("甲", "A"));
    PAGE_PUT(&page, ((struct name){ STR("乙"), STR("B") }));
    PAGE_PUT(&page, 0.5);
    assert_string_equal(taken(), "-34甲乙0.5");
}

static void test_languages(void **state)
{
    (void)state;
    struct example_row rows[] = { { STR("<一>"), 90 } };
    struct example_view view = {
        .who = STR("O'Neill & <王>"), .count = 114000, .day = 20666, .rows = rows, .row_count = 1
    };
    example_home(&page, &view);
    const char *zh = taken();
    assert_non_null(strstr(zh, "<h1>你好，O&#39;Neill &amp; &lt;王&gt;</h1>"));
    assert_non_null(strstr(zh, "href=\"/q?x=O%27Neill%20%26%20%3C%E7%8E%8B%3E\""));
    assert_non_null(strstr(zh, "<td>&lt;一&gt;</td>"));
    assert_non_null(strstr(zh, "lang=\"zh-CN\""));
    assert_null(strstr(zh, "Hello"));
    page.lang = LANG_EN;
    example_home(&page, &view);
    const char *en = taken();
    page.lang = LANG_ZH;
    assert_non_null(strstr(en, "Hello, O&#39;Neill"));
    assert_non_null(strstr(en, "lang=\"en\""));
    assert_null(strstr(en, "你好"));
}

static void test_components(void **state)
{
    (void)state;
    summary_item_begin(&page, T("住址", "Dwelling"), "/a?b=c&d");
    summary_item_end(&page);
    const char *with = taken();
    assert_non_null(strstr(with, "href=\"/a?b=c&amp;d\""));
    summary_item_begin(&page, T("住址", "Dwelling"), NULL);
    summary_item_end(&page);
    assert_null(strstr(taken(), "href"));
    pagination(&page, "/q?page=", 1, 1);
    assert_string_equal(taken(), "");
    pagination(&page, "/q?page=", 50, 114);
    const char *links = taken();
    assert_non_null(strstr(links, "/q?page=48\""));
    assert_non_null(strstr(links, "/q?page=52\""));
    assert_null(strstr(links, "/q?page=47\""));
    assert_non_null(strstr(links, "/q?page=114\""));
    bar(&page, T("甲", "A"), 3, 0, COLOUR_RED);
    assert_non_null(strstr(taken(), "max=\"1\""));
    assert_non_null(asset_path("app.css"));
    assert_null(asset_path("none.css"));
    page_text(&page, text_format(&page, T("还有 %d 份", "%d left"), 7));
    assert_string_equal(taken(), "还有 7 份");
}

static void test_limit(void **state)
{
    (void)state;
    static char megabyte[1024 * 1024];
    for (int i = 0; i < 20; i++) {
        page_put(&page, megabyte, sizeof megabyte);
    }
    assert_true(page.full);
    assert_int_equal(page.n, 16 * sizeof megabyte);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escaping),   cmocka_unit_test(test_numbers), cmocka_unit_test(test_languages),
        cmocka_unit_test(test_components), cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, open_page, close_page);
}
