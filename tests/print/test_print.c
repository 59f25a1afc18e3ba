/* print: files of the right kind come out, with hostile text in them. */
#include "print/print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_pdf_has_as_many_pages_as_it_needs(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct error error;
    struct pdf *pdf;
    struct str bytes;
    assert_true(pdf_new(&pdf, STR("入学通知书"), STR("教体一张网"), &error));
    pdf_title(pdf, STR("入学通知书"));
    for (int i = 0; i < 200; i++) {
        pdf_pair(pdf, STR("回执号"), STR("7KQM-2XPA 很长很长很长很长很长很长很长很长很长很长很长很长的内容"));
    }
    struct str cells[3] = { STR("一"), STR("二"), STR("三") };
    pdf_row(pdf, cells, 3, true);
    assert_true(pdf_qr(pdf, STR("http://127.0.0.1/check?receipt=X"), STR("扫一扫"), &error));
    assert_true(pdf_finish(pdf, arena, &bytes, &error));
    assert_true(str_starts(bytes, STR("%PDF-")));
    assert_true(bytes.n > 5000);
    arena_free(arena);
}

static void a_qr_code_is_markup(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct error error;
    struct str svg;
    assert_true(qr_svg(arena, STR("http://example/check?receipt=ABCD"), STR("QR"), &svg, &error));
    assert_true(str_starts(svg, STR("<svg ")));
    char *huge = arena_alloc(arena, 8000);
    memset(huge, 'x', 8000);
    assert_false(qr_svg(arena, (struct str){ huge, 8000 }, STR("QR"), &svg, &error));
    arena_free(arena);
}

static void a_workbook_keeps_formulas_as_text(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct error error;
    struct sheet *sheet;
    struct str bytes;
    struct sheet_column columns[] = { { STR("文字"), SHEET_TEXT, 20 },
                                      { STR("数"), SHEET_NUMBER, 8 },
                                      { STR("日"), SHEET_DAY, 12 },
                                      { STR("时"), SHEET_TIME, 18 } };
    assert_true(sheet_new(&sheet, STR("队列"), STR("说明"), columns, 4, &error));
    sheet_text(sheet, STR("=HYPERLINK(\"http://evil\")"));
    sheet_number(sheet, 114000);
    sheet_day(sheet, 20000);
    sheet_time(sheet, INT64_C(1783000000000));
    sheet_next_row(sheet);
    assert_true(sheet_finish(sheet, arena, &bytes, &error));
    assert_true(str_starts(bytes, STR("PK")));
    assert_false(sheet_new(&sheet, STR("x"), STR(""), columns, 0, &error));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pdf_has_as_many_pages_as_it_needs),
        cmocka_unit_test(a_qr_code_is_markup),
        cmocka_unit_test(a_workbook_keeps_formulas_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
