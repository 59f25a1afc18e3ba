/* The exchange by spreadsheet: out, filled in by people, back. argv[1] is the path of jiaoti-import. */
#include "connect/world.h"

#include "base/clock.h"
#include "base/limits.h"
#include "connect/sheet.h"

#include <iconv.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

static const char *import_program; /* set once by main */

static struct sheet_import import_of(struct world *w)
{
    return (struct sheet_import){ .writer = w->writer,
                                  .store = w->f->store,
                                  .vault = w->f->vault,
                                  .scope = { .authority = STR("land"),
                                             .authority_name = { STR("自然资源局"), STR("Natural resources") },
                                             .kind = STR("property"),
                                             .division = STR("371502") },
                                  .hook = world_hook(w),
                                  .account = 5,
                                  .role = "county_officer",
                                  .program = import_program };
}

static struct str exported(struct world *w, const struct sheet_scope *scope, enum sheet_format format, int64_t *n)
{
    struct error error = { "" };
    struct db *db;
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    must(db_open(&db, w->f->store, DB_READ, &error));
    must(db_read_begin(db, &error));
    must(sheet_export(db, w->f->vault, scope, format, out, n, &error));
    db_read_end(db);
    db_close(db);
    (void)fclose(out);
    struct str text = arena_str(w->f->arena, (struct str){ bytes, size });
    free(bytes);
    return text;
}

static struct sheet_result taken(struct world *w, const struct sheet_import *import, struct str bytes)
{
    struct error error = { "" };
    struct sheet_result result;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
    (void)fflush(file);
    assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
    must(sheet_take(import, fileno(file), w->f->arena, &result, &error));
    (void)fclose(file);
    return result;
}

/* The mistake at a cell ("E4", "9"), whose Chinese or English holds the words. */
static void expect_mistake(struct world *w, const struct sheet_result *result, const char *cell, const char *words)
{
    for (size_t i = 0; i < result->nmistakes; i++) {
        const struct sheet_mistake *m = &result->mistakes[i];
        struct str name = sheet_cell_name(w->f->arena, m->row, m->column);
        if (str_is(name, cell)) {
            if (!has(m->says.zh, words) && !has(m->says.en, words)) {
                fail_msg("%s says: %.*s / %.*s, not %s", cell, STR_ARG(m->says.zh), STR_ARG(m->says.en), words);
            }
            assert_true(m->says.zh.n > 0 && m->says.en.n > 0);
            assert_true((m->column > 0) == (m->heading.zh.n > 0));
            return;
        }
    }
    fail_msg("no mistake at %s (%zu mistakes)", cell, result->nmistakes);
}

static struct ask by_sheet(struct world *w, int64_t application, const char *name)
{
    const char *question =
        arena_printf(w->f->arena, "{\"owner\":\"" OWNER "\",\"owner_name\":\"%s\",\"address\":\"育新社区%d号\"}", name,
                     (int)application)
            .p;
    return world_ask(w, "property", application, question, true);
}

/* A row as the export writes it, with what a clerk fills in (a CSV text from the verdict on). */
static void add_row(struct buf *csv, struct str number, int64_t application, const char *name, const char *filled)
{
    buf_printf(csv, "%.*s," OWNER ",%s,育新社区%d号,%s\r\n", STR_ARG(number), name, (int)application, filled);
}

static const char heading[] = "请求编号 Request number,产权人身份证号 owner's citizen number,产权人姓名 owner's name,"
                              "房屋坐落 address of the dwelling,核验结论 Verdict,不动产权证号 title number,"
                              "房屋性质 kind of title,产权份额（%） share (%),备注 Remark\r\n";

static void out_as_csv(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    struct ask first = by_sheet(w, 1, "赵一");
    assert_int_equal(first.state, ASK_BY_SHEET);
    (void)by_sheet(w, 2, "=HYPERLINK(\\\"x\\\")");
    (void)world_ask(w, "household", 3, "{\"child\":\"" CHILD "\",\"guardian\":\"" OWNER "\"}", true);
    struct sheet_import import = import_of(w);
    int64_t n = 0;
    struct str csv = exported(w, &import.scope, SHEET_CSV, &n);
    assert_int_equal(n, 2);
    assert_true(str_starts(csv, STR("\xef\xbb\xbf\"请求编号 Request number\",")));
    assert_true(has(csv, "\"赵一\""));
    assert_true(has(csv, "\"'=HYPERLINK(\"\"x\"\")\""));
    /* Another county's officer gets nothing of it; the file's name says what it is. */
    import.scope.division = STR("371521");
    (void)exported(w, &import.scope, SHEET_CSV, &n);
    assert_int_equal(n, 0);
    assert_true(str_is(sheet_file_name(w->f->arena, &import.scope, SHEET_XLSX, day_start_ms(day_of(2026, 7, 14))),
                       "371521-property-20260714.xlsx"));
    /* What comes back as it went is not filled in, and no mistake. */
    import.scope.division = STR("371502");
    struct sheet_result result = taken(w, &import, csv);
    assert_int_equal(result.rows, 2);
    assert_int_equal(result.unfilled, 2);
    assert_int_equal(result.bad, 0);
    world_free(w);
}

static void out_and_back_as_xlsx(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    for (int64_t i = 1; i <= 30; i++) {
        (void)by_sheet(w, i, "赵一");
    }
    struct sheet_import import = import_of(w);
    int64_t n = 0;
    struct str xlsx = exported(w, &import.scope, SHEET_XLSX, &n);
    assert_int_equal(n, 30);
    assert_true(str_starts(xlsx, STR("PK")));
    struct sheet_result result = taken(w, &import, xlsx);
    assert_int_equal(result.rows, 30);
    assert_int_equal(result.unfilled, 30);
    assert_int_equal(result.nmistakes, 0);
    world_free(w);
}

static void good_rows_are_kept_and_bad_ones_named(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    struct sheet_import import = import_of(w);
    struct str number[32];
    for (int64_t i = 2; i < 24; i++) {
        number[i] = by_sheet(w, i, "赵一").number;
    }
    struct ask household = world_ask(w, "household", 90, "{\"child\":\"" CHILD "\",\"guardian\":\"" OWNER "\"}", true);
    world_sql(w, "update ask set division = '371521' where application = 16");
    world_sql(w, "update ask set state = 'cancelled' where application = 17");
    struct buf csv = buf_init(1 << 20);
    buf_add_cstr(&csv, heading);
    add_row(&csv, number[2], 2, "赵一", "属实,LC-2,商品房,100,");
    add_row(&csv, number[3], 3, "赵一", "不属实,,,,已过户");
    add_row(&csv, number[4], 4, "赵一", "也许,LC-4,商品房,100,");
    add_row(&csv, number[5], 5, "赵一", "属实,,商品房,100,");
    add_row(&csv, number[6], 6, "赵一", "属实,LC-6,商品房,1.5倍,");
    add_row(&csv, number[7], 7, "赵一", "属实,LC-7,别墅,100,");
    add_row(&csv, STR("Q0000000000000000000000000"), 8, "赵一", "属实,LC-8,商品房,100,");
    add_row(&csv, STR(""), 9, "赵一", "属实,LC-9,商品房,100,");
    add_row(&csv, number[10], 10, "赵一", "属实,LC-10,商品房,100,");
    add_row(&csv, number[10], 10, "赵一", "不属实,,,,");
    add_row(&csv, number[12], 12, "钱二", "属实,LC-12,商品房,100,");
    add_row(&csv, number[13], 13, "赵一", ",LC-13,商品房,100,");
    add_row(&csv, number[14], 14, "赵一", ",,,,");
    add_row(&csv, household.number, 15, "赵一", "属实,LC-15,商品房,100,");
    add_row(&csv, number[16], 16, "赵一", "属实,LC-16,商品房,100,");
    add_row(&csv, number[17], 17, "赵一", "属实,LC-17,商品房,100,");
    add_row(&csv, number[18], 18, "赵一", "Confirmed,\"'=LC-18\",commercial,５０％,");
    add_row(&csv, number[19], 19, "赵一", "查无记录,,,,\xff\xfe");
    buf_add_cstr(&csv, ",,,,,,,,\r\n\r\n");
    add_row(&csv, number[22], 22, "赵一", "属实,,别墅,0.5,");
    buf_add_cstr(&csv,
                 arena_printf(w->f->arena, "%.*s," OWNER ",赵一,\"育新社区23号\",属实,\"LC-23", STR_ARG(number[23])).p);
    buf_add_cstr(&csv, ",商品房,100,没有闭合的引号\r\n");
    /* The mark says UTF-8, so the broken bytes are broken and not taken for GBK. */
    struct str text = arena_printf(w->f->arena, "\xef\xbb\xbf%.*s", STR_ARG(buf_str(&csv)));
    buf_free(&csv);

    struct sheet_result r = taken(w, &import, text);
    expect_mistake(w, &r, "E4", "“也许”不在可选项中：属实、不属实、查无记录");
    expect_mistake(w, &r, "F5", "必须填写");
    expect_mistake(w, &r, "H6", "'1.5倍' is no share");
    expect_mistake(w, &r, "G7", "“别墅”不在可选项中：商品房");
    expect_mistake(w, &r, "A8", "no such request number");
    expect_mistake(w, &r, "A9", "没有请求编号");
    expect_mistake(w, &r, "A10", "与第 11 行");
    expect_mistake(w, &r, "A11", "in row 10");
    expect_mistake(w, &r, "C12", "与当初的查询不符");
    expect_mistake(w, &r, "E13", "No verdict");
    expect_mistake(w, &r, "A15", "另一个部门");
    expect_mistake(w, &r, "A16", "outside your area");
    expect_mistake(w, &r, "A17", "已撤回");
    expect_mistake(w, &r, "I19", "无法识别的文字");
    expect_mistake(w, &r, "F22", "必须填写");
    expect_mistake(w, &r, "G22", "none of");
    expect_mistake(w, &r, "H22", "份额");
    assert_int_equal(r.rows, 20);
    assert_int_equal(r.applied, 4);
    assert_int_equal(r.unfilled, 1);
    assert_int_equal(r.already, 0);
    assert_int_equal(r.bad, 15);
    assert_int_equal(r.nmistakes, 17);
    for (size_t i = 1; i < r.nmistakes; i++) {
        assert_true(r.mistakes[i - 1].row <= r.mistakes[i].row);
    }
    struct ask confirmed = world_row(w, number[2]);
    assert_int_equal(confirmed.state, ASK_ANSWERED);
    assert_true(str_is(confirmed.source, "sheet"));
    assert_true(has(confirmed.answer, "\"owners\":[{\"citizen\":\"" OWNER "\",\"name\":\"赵一\",\"percent\":100}]"));
    assert_true(has(world_row(w, number[3]).answer, "\"titles\":[]"));
    assert_true(has(world_row(w, number[3]).answer, "\"remark\":\"已过户\""));
    assert_true(has(world_row(w, number[18]).answer, "\"number\":\"=LC-18\""));
    assert_true(has(world_row(w, number[18]).answer, "\"percent\":50"));
    assert_int_equal(world_row(w, number[23]).state, ASK_ANSWERED);
    struct told told;
    assert_int_equal(world_told(w, 2, &told), 1);
    assert_int_equal(told.state, ASK_ANSWERED);
    assert_int_equal(world_told(w, 4, NULL), 0);

    /* The same file again: what was taken is said to be taken, and the rest is as bad as before. */
    r = taken(w, &import, text);
    assert_int_equal(r.applied, 0);
    assert_int_equal(r.already, 4);
    assert_int_equal(r.bad, 15);
    assert_int_equal(world_told(w, 2, NULL), 1);
    world_free(w);
}

/* A workbook as a person leaves it: another page first, another order of columns, numbers and dates as such. */
static struct str filled_workbook(struct world *w, struct str number, struct str citizen_question)
{
    const char *path = arena_printf(w->f->arena, "%s/filled.xlsx", w->f->folder).p;
    lxw_workbook *book = workbook_new(path);
    lxw_worksheet *notes = workbook_add_worksheet(book, "便条");
    (void)worksheet_write_string(notes, 0, 0, "请查收", NULL);
    lxw_worksheet *sheet = workbook_add_worksheet(book, "查询");
    lxw_format *date = workbook_add_format(book);
    format_set_num_format(date, "yyyy-mm-dd");
    static const char *const heads[] = { "核验结论 *", "合同编号", "合同种类", "是否备案",
                                         "起始日期",   "终止日期", "请求编号", "合同当事人身份证号" };
    (void)worksheet_write_string(sheet, 0, 0, "住建局回复", NULL);
    for (lxw_col_t i = 0; i < 8; i++) {
        (void)worksheet_write_string(sheet, 2, i, heads[i], NULL);
    }
    lxw_datetime from = { .year = 2025, .month = 3, .day = 1 };
    (void)worksheet_write_string(sheet, 4, 0, "属实", NULL);
    (void)worksheet_write_number(sheet, 4, 1, 20250017, NULL);
    (void)worksheet_write_string(sheet, 4, 2, "租赁合同", NULL);
    (void)worksheet_write_boolean(sheet, 4, 3, 1, NULL);
    (void)worksheet_write_datetime(sheet, 4, 4, &from, date);
    (void)worksheet_write_number(sheet, 4, 5, 46446, NULL); /* 2027-02-28, its format lost */
    (void)worksheet_write_string(sheet, 4, 6, number.p, NULL);
    (void)worksheet_write_string(sheet, 4, 7, citizen_question.p, NULL);
    /* A row whose citizen number was typed as a number. */
    (void)worksheet_write_string(sheet, 6, 6, "Q1", NULL);
    assert_int_equal(workbook_close(book), LXW_NO_ERROR);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = arena_alloc(w->f->arena, 1 << 20);
    size_t n = fread(bytes, 1, 1 << 20, file);
    (void)fclose(file);
    return (struct str){ bytes, n };
}

static void a_workbook_as_people_leave_it(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    struct ask ask = world_ask(w, "contract", 1, "{\"holder\":\"" OWNER "\",\"address\":\"育新社区1号\"}", true);
    struct sheet_import import = import_of(w);
    import.scope.authority = STR("police");
    import.scope.kind = STR("contract");
    struct sheet_result r = taken(w, &import, filled_workbook(w, ask.number, STR(OWNER)));
    for (size_t i = 0; i < r.nmistakes; i++) {
        print_message("%u/%u %.*s\n", r.mistakes[i].row, r.mistakes[i].column, STR_ARG(r.mistakes[i].says.en));
    }
    assert_int_equal(r.rows, 2);
    assert_int_equal(r.applied, 1);
    expect_mistake(w, &r, "G7", "no such request number");
    struct str answer = world_row(w, ask.number).answer;
    assert_true(has(answer, "\"number\":\"20250017\""));
    assert_true(has(answer, "\"from\":\"2025-03-01\""));
    assert_true(has(answer, "\"until\":\"2027-02-28\""));
    assert_true(has(answer, "\"registered\":true"));
    world_free(w);
}

static struct str as_gbk(struct world *w, struct str text)
{
    char *out = arena_alloc(w->f->arena, text.n * 2), *to = out, *from = (char *)(uintptr_t)text.p;
    size_t left = text.n, room = text.n * 2;
    iconv_t converter = iconv_open("GBK", "UTF-8");
    assert_int_equal(iconv(converter, &from, &left, &to, &room), 0);
    (void)iconv_close(converter);
    return (struct str){ out, (size_t)(to - out) };
}

static void a_csv_in_gbk(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    struct sheet_import import = import_of(w);
    struct ask ask = by_sheet(w, 1, "赵一");
    struct buf csv = buf_init(1 << 16);
    buf_add_cstr(&csv, heading);
    add_row(&csv, ask.number, 1, "赵一", "属实,鲁(2024)聊城市不动产权第0001号,商品房,100,");
    struct sheet_result r = taken(w, &import, as_gbk(w, buf_str(&csv)));
    buf_free(&csv);
    assert_int_equal(r.applied, 1);
    assert_true(has(world_row(w, ask.number).answer, "鲁(2024)聊城市不动产权第0001号"));
    world_free(w);
}

static void files_that_are_none(void **state)
{
    (void)state;
    struct error error = { "" };
    struct world *w = world_new(NULL);
    struct sheet_import import = import_of(w);
    static const struct {
        const char *bytes;
        size_t n;
        const char *words;
    } files[] = {
        { "%PDF-1.7", 8, "not a spreadsheet" },
        { "\x7f"
          "ELF\0\0",
          6, "不是" },
        { "PK\x03\x04 and nothing", 16, "damaged" },
        { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, "xls" },
        { "甲,乙\r\n1,2\r\n", 14, "请求编号" },
        { "", 0, "请求编号" },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct sheet_result r = taken(w, &import, (struct str){ files[i].bytes, files[i].n });
        assert_int_equal(r.nmistakes, 1);
        assert_int_equal(r.mistakes[0].row, 0);
        expect_mistake(w, &r, "", files[i].words);
        assert_int_equal(r.rows, 0);
    }
    /* A column that is needed is named when it is missing. */
    struct sheet_result r =
        taken(w, &import, STR("请求编号,核验结论,房屋性质,产权份额（%）\r\nQ1,属实,商品房,100\r\n"));
    expect_mistake(w, &r, "1", "title number");
    /* A larger file than any department has. */
    struct buf large = buf_init((size_t)LIMIT_SHEET_BYTES + 4096);
    while (large.n <= LIMIT_SHEET_BYTES) {
        buf_add_cstr(&large, "Q1,属实\n");
    }
    r = taken(w, &import, buf_str(&large));
    expect_mistake(w, &r, "", "32 MB");
    buf_free(&large);
    import.program = "/nowhere/jiaoti-import";
    assert_false(sheet_take(&import, STDIN_FILENO, w->f->arena, &r, &error));
    assert_non_null(strstr(error.message, "/nowhere/jiaoti-import"));
    import.scope.kind = STR("children");
    assert_false(sheet_take(&import, STDIN_FILENO, w->f->arena, &r, &error));
    world_free(w);
}

static void a_hook_that_refuses_one_row_spares_the_others(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    struct sheet_import import = import_of(w);
    struct buf csv = buf_init(1 << 16);
    struct str number[8];
    buf_add_cstr(&csv, heading);
    for (int64_t i = 1; i <= 6; i++) {
        number[i] = by_sheet(w, i, "赵一").number;
        add_row(&csv, number[i], i, "赵一", "属实,LC,商品房,100,");
    }
    w->refuse = 1;
    struct sheet_result r = taken(w, &import, buf_str(&csv));
    assert_int_equal(r.applied + r.bad, 6);
    assert_in_range(r.applied, 5, 6);
    assert_int_equal(r.bad, r.nmistakes);
    r = taken(w, &import, buf_str(&csv));
    assert_int_equal(r.applied + r.already, 6);
    buf_free(&csv);
    world_free(w);
}

static void a_silent_department_answers_by_sheet(void **state)
{
    (void)state;
    struct world *w = world_new("property:down");
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    struct ask ask = world_property(w, 1, OWNER);
    (void)world_wait(w, ask.number, ASK_SILENT);
    struct sheet_import import = import_of(w);
    int64_t n;
    (void)exported(w, &import.scope, SHEET_CSV, &n);
    assert_int_equal(n, 1);
    struct buf csv = buf_init(1 << 16);
    buf_add_cstr(&csv, heading);
    add_row(&csv, ask.number, 1, "赵一", "不属实,,,,");
    struct sheet_result r = taken(w, &import, buf_str(&csv));
    buf_free(&csv);
    assert_int_equal(r.applied, 1);
    struct told told;
    assert_int_equal(world_told(w, 1, &told), 2); /* silent, then answered */
    assert_int_equal(told.state, ASK_ANSWERED);
    world_free(w);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_as_csv),
        cmocka_unit_test(out_and_back_as_xlsx),
        cmocka_unit_test(good_rows_are_kept_and_bad_ones_named),
        cmocka_unit_test(a_workbook_as_people_leave_it),
        cmocka_unit_test(a_csv_in_gbk),
        cmocka_unit_test(files_that_are_none),
        cmocka_unit_test(a_hook_that_refuses_one_row_spares_the_others),
        cmocka_unit_test(a_silent_department_answers_by_sheet),
    };
    if (argc != 2) {
        (void)fputs("usage: test-connect-sheet PATH-OF-jiaoti-import\n", stderr);
        return 2;
    }
    import_program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
