/* Spoiled spreadsheets: each mistake has its message, in its row and column and in both languages, and no good row is
 * lost. argv[1] is jiaoti-import. */
#include "registry/exchange_world.h"

#include "base/buf.h"

static const char *import_program; /* set once by main */

struct spoiled {
    const char *line;
    const char *place;   /* "C12"; NULL: a good row */
    const char *zh, *en; /* parts of the message */
};

/* Every mistake that is expected is there, and no other; whether the good rows are recorded. */
static void expect(struct exchange_world *world, const struct kind *kind, const char *headings,
                   const struct spoiled *lines, size_t n)
{
    struct buf text = buf_init(1 << 20);
    buf_printf(&text, "\xef\xbb\xbf%s\r\n", headings);
    int64_t good = 0;
    size_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        buf_printf(&text, "%s\r\n", lines[i].line);
        good += lines[i].place == NULL;
        bad += lines[i].place != NULL;
    }
    struct exchange_outcome outcome = world_import(world, kind, world_file(buf_str(&text)), false, -1);
    assert_null(outcome.problem);
    for (size_t i = 0, m = 0; i < n; i++) {
        if (!lines[i].place) {
            continue;
        }
        const struct exchange_mistake *mistake = m < outcome.nmistakes ? &outcome.mistakes[m++] : NULL;
        struct str place = mistake ? exchange_place(world->f->arena, mistake) : STR("");
        if (!mistake || !str_is(place, lines[i].place) || !world_has(mistake->says.zh, lines[i].zh) ||
            !world_has(mistake->says.en, lines[i].en)) {
            fail_msg("%s: expected at %s %s / %s; found at %.*s %.*s / %.*s", lines[i].line, lines[i].place,
                     lines[i].zh, lines[i].en, STR_ARG(place), STR_ARG(mistake ? mistake->says.zh : STR("")),
                     STR_ARG(mistake ? mistake->says.en : STR("")));
        }
    }
    assert_int_equal(outcome.nmistakes, bad);
    assert_int_equal(outcome.counts.of[EXCHANGE_BAD], bad);
    assert_int_equal(outcome.counts.rows, n);
    assert_true(outcome.refused && outcome.change == 0); /* a register refuses it as a whole */
    outcome = world_import(world, kind, world_file(buf_str(&text)), false, 30);
    assert_true(outcome.refused); /* and so does a feed that bears fewer */
    outcome = world_import(world, kind, world_file(buf_str(&text)), false, 99);
    assert_false(outcome.refused);
    assert_int_equal(outcome.applied, good); /* a feed takes every good row */
    struct exchange_outcome again = world_import(world, kind, world_file(buf_str(&text)), true, 99);
    assert_int_equal(again.counts.of[EXCHANGE_SAME], good);
    buf_free(&text);
}
#define EXPECT(world, id, headings, lines)                                                                             \
    expect((world), &KIND_LIST[id], (headings), (lines), sizeof(lines) / sizeof *(lines))

#define LONG_40 "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十"

static void twenty_kinds_of_mistakes_have_twenty_messages(void **state)
{
    (void)state;
    struct exchange_world *world = world_new(import_program);
    static const struct spoiled lines[] = {
        { "P1,实验小学扩建,school_building,2024,2024-09-01,,1234.50,360,0,1200,finished," SCHOOL ",,,", NULL, NULL,
          NULL },
        { ",无代码,学校新改建,2024,,,0,0,0,0,planned," SCHOOL ",,,", "A3", "“代码”不能为空",
          "'Code' must be filled in" },
        { "P1,同一代码,学校新改建,2024,,,0,0,0,0,planned," SCHOOL ",,,", "A4", "与第 2 行重复", "in row 2 already" },
        { "3.71502E+17,数字,学校新改建,2024,,,0,0,0,0,planned," SCHOOL ",,,", "A5", "被存成了数字",
          "was stored as the number" },
        { "P 2,空格,学校新改建,2024,,,0,0,0,0,planned," SCHOOL ",,,", "A6", "中间有空格", "a blank inside the code" },
        { "P3,,学校新改建,2024,,,0,0,0,0,planned," SCHOOL ",,,", "B7", "“名称”不能为空", "'Name' must be filled in" },
        { "P4," LONG_40 LONG_40 LONG_40 "余,学校新改建,2024,,,0,0,0,0,planned," SCHOOL ",,,", "B8",
          "有 121 个字，最多 120 个", "has 121 characters; at most 120" },
        { "P5,坏\xef\xbf\xbd字,学校新改建,2024,,,0,0,0,0,planned," SCHOOL ",,,", "B9", "无法识别", "cannot be read" },
        { "P6,控\x07制,学校新改建,2024,,,0,0,0,0,planned," SCHOOL ",,,", "B10", "控制符", "control character" },
        { "P7,类别,新学校,2024,,,0,0,0,0,planned," SCHOOL ",,,", "C11", "“新学校”不在可选项中：学校新改建",
          "'新学校' is none of: school built or rebuilt" },
        /* Full width, a Chinese date, a spreadsheet's date, a sum with its sign, labels in English. */
        { "Ｐ８,好行,School built or rebuilt,２０２４,2024年9月1日,45536,\"￥1,234.5元\",３６０,0,1200.0,Under "
          "way," SCHOOL ",371502001,,",
          NULL, NULL, NULL },
        { "P9,年度,学校新改建,今年,,,0,0,0,0,planned," SCHOOL ",,,", "D13", "“今年”不是数字", "'今年' is no number" },
        { "P10,年度,学校新改建,1066,,,0,0,0,0,planned," SCHOOL ",,,", "D14", "应在 1990 到 2100 之间",
          "expected 1990 to 2100" },
        { "P11,年度,学校新改建,2024.5,,,0,0,0,0,planned," SCHOOL ",,,", "D15", "带小数", "has decimals" },
        { "P12,日期,学校新改建,2024,2024-13-01,,0,0,0,0,planned," SCHOOL ",,,", "E16", "“2024-13-01”不是日期",
          "'2024-13-01' is no date" },
        { "P13,日期,学校新改建,2024,,2023/2/29,0,0,0,0,planned," SCHOOL ",,,", "F17", "“2023/2/29”不是日期",
          "'2023/2/29' is no date" },
        { "P14,投资,学校新改建,2024,,,12.345,0,0,0,planned," SCHOOL ",,,", "G18", "至多两位小数",
          "at most two decimals" },
        { "P15,投资,学校新改建,2024,,,-5,0,0,0,planned," SCHOOL ",,,", "G19", "超出范围", "out of range" },
        { "P16,学位,学校新改建,2024,,,0,,0,0,planned," SCHOOL ",,,", "H20", "“新增学位”不能为空",
          "'Places added' must be filled in" },
        { "P17,公式,学校新改建,2024,,,0,#REF!,0,0,planned," SCHOOL ",,,", "H21", "公式的错误值", "a formula gives" },
        { "P18,单位,学校新改建,2024,,,0,0,0,0,planned,9999999999,,,", "L22", "没有代码为“9999999999”的单位",
          "no institution with the code '9999999999'" },
        { "P19,区划,学校新改建,2024,,,0,0,0,0,planned," SCHOOL ",371521002,,", "M23", "与单位所在的“371502001”不符",
          "not that of the institution, '371502001'" },
        { "P20,无主,学校新改建,2024,,,0,0,0,0,planned,,,,", "L24", "“单位代码”不能为空", "must be filled in" },
        { "P21,区划,学校新改建,2024,,,0,0,0,0,planned," SCHOOL ",三七一五,,", "M25", "“三七一五”与单位所在的",
          "not that of the institution" },
        { "P22,终止,学校新改建,2024,,,0,0,0,0,planned," SCHOOL ",,2024-09-01,2024-08-31", "O26",
          "结束日期 2024-08-31 不晚于起始日期 2024-09-01", "is not after its first day" },
        { "P23,错位,学校新改建,2024,,,0,0,0,0,planned," SCHOOL ",,,,多", "27", "标题行以外还有内容“多”",
          "right of the last heading" },
        { "P24,最后一行,学校新改建,2024,,,0,0,0,0,计划," SCHOOL ",,,", NULL, NULL, NULL },
    };
    EXPECT(world, KIND_PROJECT,
           "代码,名称,类别,计划年度,计划完成,实际完成,投资（元）,新增学位,增加用地（平方米）,增加校舍（平方米）,state,"
           "单位代码,区划代码,自何日起,valid_until",
           lines);
    const struct kind *kind = &KIND_LIST[KIND_PROJECT];
    struct fact fact = world_fact(world, kind, "P8");
    assert_int_equal(fact_int(kind, &fact, "year"), 2024);
    assert_int_equal(fact_int(kind, &fact, "planned"), day_of(2024, 9, 1));
    assert_int_equal(fact_int(kind, &fact, "finished"), day_of(2024, 9, 1));
    assert_int_equal(fact_int(kind, &fact, "invested_fen"), 123450);
    assert_int_equal(fact_int(kind, &fact, "places"), 360);
    assert_true(str_is(fact_text(kind, &fact, "state"), "under_way"));
    world_free(world);
}

static void places_and_words(void **state)
{
    (void)state;
    struct exchange_world *world = world_new(import_program);
    static const struct spoiled lines[] = {
        { "V1,东湖健身广场,plaza,\"篮球、广场舞, table tennis\",free,yes,115.985,36.4567891," SCHOOL, NULL, NULL,
          NULL },
        { "V2,健身广场,plaza,篮球 冰壶,free,yes,115.985,36.45," SCHOOL, "D3", "“冰壶”不在可选项中",
          "'冰壶' is none of" },
        { "V3,健身广场,plaza,篮球,free,yes,36.45,115.985," SCHOOL, "H4", "应在 0 到 90 之间", "expected 0 to 90" },
        { "V4,健身广场,plaza,篮球,free,yes,,36.45," SCHOOL, "G5", "要么都填", "both or neither" },
        { "V5,健身广场,plaza,篮球,free,yes,东经115度,36.45," SCHOOL, "G6", "不是坐标", "no coordinate" },
        { "V6,健身广场,plaza,篮球,free,yes,36.45,89.5," SCHOOL, "G7", "是否填反", "swapped" },
    };
    EXPECT(world, KIND_VENUE, "代码,名称,类别,项目,收费,无障碍,经度,纬度,单位代码", lines);
    const struct kind *kind = &KIND_LIST[KIND_VENUE];
    struct fact fact = world_fact(world, kind, "V1");
    assert_true(str_is(fact_text(kind, &fact, "sports"), "basketball square_dance table_tennis"));
    assert_int_equal(fact_int(kind, &fact, "lat_e6"), 36456789);
    world_free(world);
}

static void persons(void **state)
{
    (void)state;
    struct exchange_world *world = world_new(import_program);
    struct arena *arena = world->f->arena;
    struct str a = world_citizen(world, day_of(2015, 9, 1), 11), b = world_citizen(world, day_of(2015, 9, 2), 12),
               c = world_citizen(world, day_of(2015, 9, 3), 13);
    const char *swapped = arena_printf(arena, "%.*s%c%c", 16, a.p, a.p[17] == 'X' ? '1' : a.p[17], a.p[16]).p;
#define PUPIL(code, citizen, rest) arena_printf(arena, "%s,%.*s,%s", (code), STR_ARG(citizen), (rest)).p
    const struct spoiled lines[] = {
        { PUPIL("G1", a, "王小明,男,2015-09-01," SCHOOL ",小学,2021,1,否"), NULL, NULL, NULL },
        { PUPIL("G2", b, "李小红,男,," SCHOOL ",小学,2021,1,"), "D3", "性别与身份证号不符", "does not fit" },
        { PUPIL("G3", c, "张小华,,2015-09-13," SCHOOL ",小学,2021,1,"), "E4",
          "出生日期 2015-09-13 与身份证号不符，身份证号为 2015-09-03", "which says 2015-09-03" },
        { PUPIL("G4", str_of(swapped), "张小华,,," SCHOOL ",小学,2021,1,"), "B5", "校验码不符", "check character" },
        { PUPIL("G5", STR("3.71502E+17"), "张小华,,," SCHOOL ",小学,2021,1,"), "B6", "被存成了数字",
          "stored as a number" },
        { PUPIL("G6", STR("12345"), "张小华,,," SCHOOL ",小学,2021,1,"), "B7", "有 5 个字符", "has 5 characters" },
        { PUPIL("G7", STR(""), "张小华,,," SCHOOL ",小学,2021,1,"), "B8", "必须填写身份证号",
          "needs a citizen number" },
        { PUPIL("G8", a, "王小明,,," SCHOOL ",小学,2021,1,"), "B9", "第 2 行已经出现", "in row 2 already" },
        { PUPIL("G9", world_citizen(world, day_of(2015, 9, 4), 14), ",,," SCHOOL ",小学,2021,1,"), "C10",
          "“姓名”不能为空", "'Name' must be filled in" },
        { PUPIL("G10", world_citizen(world, day_of(2015, 9, 5), 15), "赵小军,,," SCHOOL ",小学,2021,1,也许"), "J11",
          "应为“是”或“否”", "should be yes or no" },
        { PUPIL("G11", world_citizen(world, day_of(2015, 9, 6), 16), "赵小军,,," SCHOOL ",小学,2021,1,"), NULL, NULL,
          NULL },
    };
    static const char headings[] = "学籍号,身份证号,姓名,性别,出生日期,单位代码,学段,入学年份,班级,寄宿";
    EXPECT(world, KIND_PUPIL, headings, lines);
    /* Against what is known by now. */
    const struct spoiled later[] = {
        { PUPIL("G1", b, "李小红,,," SCHOOL ",小学,2021,1,"), "B2", "在名录中是另一个人", "is another person's" },
        { PUPIL("G20", a, "王小明,,," SCHOOL ",小学,2021,1,"), "B3", "这个人已登记，代码是“G1”",
          "registered with the code 'G1'" },
        { PUPIL("G11", world_citizen(world, day_of(2015, 9, 6), 16), "赵大军,,," SCHOOL ",小学,2021,1,"), "C4",
          "姓名与名录中", "The name is not the one" },
    };
    struct buf text = buf_init(1 << 16);
    buf_printf(&text, "%s\n%s\n%s\n%s\n", headings, later[0].line, later[1].line, later[2].line);
    struct exchange_outcome outcome = world_import(world, &KIND_LIST[KIND_PUPIL], world_file(buf_str(&text)), true, -1);
    assert_int_equal(outcome.nmistakes, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(str_is(exchange_place(arena, &outcome.mistakes[i]), later[i].place));
        assert_true(world_has(outcome.mistakes[i].says.zh, later[i].zh));
        assert_true(world_has(outcome.mistakes[i].says.en, later[i].en));
    }
    buf_free(&text);
    world_free(world);
}

#define GBK                                                                                                            \
    "\xc0\xe0\xb1\xf0;\xb4\xfa\xc2\xeb;\xc3\xfb\xb3\xc6;stage;\xc7\xf8\xbb\xae\xb4\xfa\xc2\xeb"                        \
    "\r\neducation_group;J1;\xbd\xcc\xd3\xfd\xbc\xaf\xcd\xc5;compulsory;371502\r\n"

/* Headings in another order, in GB 18030, with semicolons, one twice, or none at all. */
static void headings_as_they_come(void **state)
{
    (void)state;
    struct exchange_world *world = world_new(import_program);
    const struct kind *kind = &KIND_LIST[KIND_GROUP];
    struct exchange_outcome outcome = world_import(world, kind, world_file(STR(GBK)), false, -1);
    assert_int_equal(outcome.applied, 1);
    struct fact fact = world_fact(world, kind, "J1");
    assert_true(str_is(fact_text(kind, &fact, "name_zh"), "教育集团"));
    outcome = world_import(world, kind, world_file(STR("全市集团名单\n代码,名称,名称\nJ1,a,b\n")), false, -1);
    assert_true(outcome.refused && outcome.nmistakes == 1);
    assert_true(str_is(exchange_place(world->f->arena, &outcome.mistakes[0]), "C2"));
    assert_true(world_has(outcome.mistakes[0].says.zh, "出现了两次"));
    outcome = world_import(world, kind, world_file(STR("a,b\n1,2\n")), false, -1);
    assert_true(outcome.problem && world_has(str_of(outcome.problem->zh), "没有找到标题行"));
    /* Columns and things that the file does not name stay as they are. */
    outcome = world_import(world, kind, world_file(STR("某县集团\n代码,英文名称\nJ1,=Group\n")), false, -1);
    assert_int_equal(outcome.counts.of[EXCHANGE_CHANGED], 1);
    fact = world_fact(world, kind, "J1");
    assert_true(str_is(fact_text(kind, &fact, "name_zh"), "教育集团"));
    assert_true(str_is(fact_text(kind, &fact, "name_en"), "=Group"));
    outcome =
        world_import(world, kind, world_file(STR("代码,名称,stage,类别,division\nJ2,甲,any,联盟,371502\n")), true, -1);
    assert_true(outcome.counts.absent == 1 || outcome.nmistakes == 1);
    world_free(world);
}

int main(int count, char **words)
{
    import_program = count > 1 ? words[1] : NULL;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_kinds_of_mistakes_have_twenty_messages),
        cmocka_unit_test(places_and_words),
        cmocka_unit_test(persons),
        cmocka_unit_test(headings_as_they_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
