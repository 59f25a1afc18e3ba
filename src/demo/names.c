/* See names.h. Villages are mark + a character + a kind of place, estates 演示/示例/样例 + two words of two characters:
 * all of one length, with the mark in front alone, so no name is part of another. */
#include "demo/names.h"

struct syllable {
    const char *zh;
    const char *en;
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct syllable MARKS[] = { { "示", "Shi" }, { "演", "Yan" }, { "例", "Li" } };
static const struct syllable STEMS[] = {
    { "王", "wang" },  { "张", "zhang" }, { "李", "li" },    { "刘", "liu" },   { "陈", "chen" },  { "杨", "yang" },
    { "赵", "zhao" },  { "孙", "sun" },   { "周", "zhou" },  { "吴", "wu" },    { "徐", "xu" },    { "朱", "zhu" },
    { "马", "ma" },    { "胡", "hu" },    { "郭", "guo" },   { "何", "he" },    { "高", "gao" },   { "林", "lin" },
    { "郑", "zheng" }, { "梁", "liang" }, { "谢", "xie" },   { "宋", "song" },  { "唐", "tang" },  { "许", "xu" },
    { "韩", "han" },   { "冯", "feng" },  { "邓", "deng" },  { "曹", "cao" },   { "彭", "peng" },  { "曾", "zeng" },
    { "田", "tian" },  { "董", "dong" },  { "袁", "yuan" },  { "潘", "pan" },   { "蒋", "jiang" }, { "蔡", "cai" },
    { "余", "yu" },    { "杜", "du" },    { "叶", "ye" },    { "程", "cheng" }, { "苏", "su" },    { "魏", "wei" },
    { "吕", "lv" },    { "丁", "ding" },  { "任", "ren" },   { "沈", "shen" },  { "姚", "yao" },   { "卢", "lu" },
    { "姜", "jiang" }, { "崔", "cui" },   { "钟", "zhong" }, { "谭", "tan" },   { "陆", "lu" },    { "汪", "wang" },
    { "范", "fan" },   { "金", "jin" },   { "石", "shi" },   { "廖", "liao" },  { "贾", "jia" },   { "夏", "xia" },
};
static const struct syllable KINDS_OF_VILLAGE[] = {
    { "庄", "zhuang" }, { "村", "cun" },  { "屯", "tun" },  { "集", "ji" },  { "营", "ying" }, { "楼", "lou" },
    { "寨", "zhai" },   { "庙", "miao" }, { "堂", "tang" }, { "口", "kou" }, { "铺", "pu" },   { "坊", "fang" },
};
static const struct syllable ESTATE_MARKS[] = { { "示例", "Shili" }, { "演示", "Yanshi" }, { "样例", "Yangli" } };
static const struct syllable ESTATE_STEMS[] = {
    { "金桂", "Jingui" },  { "运河", "Yunhe" },     { "湖畔", "Hupan" },    { "阳光", "Yangguang" },
    { "和谐", "Hexie" },   { "东方", "Dongfang" },  { "新世", "Xinshi" },   { "绿地", "Lvdi" },
    { "清华", "Qinghua" }, { "凤凰", "Fenghuang" }, { "月季", "Yueji" },    { "荷香", "Hexiang" },
    { "柳岸", "Liuan" },   { "水城", "Shuicheng" }, { "光岳", "Guangyue" }, { "振兴", "Zhenxing" },
    { "兴华", "Xinghua" }, { "昌润", "Changrun" },  { "育新", "Yuxin" },    { "利民", "Limin" },
    { "民安", "Minan" },   { "文轩", "Wenxuan" },   { "龙山", "Longshan" }, { "杏坛", "Xingtan" },
};
static const struct syllable KINDS_OF_ESTATE[] = {
    { "花园", "Garden" },  { "家园", "Home" },  { "新城", "New Town" },   { "雅苑", "Court" },
    { "华府", "House" },   { "公馆", "Place" }, { "水岸", "Waterside" },  { "小区", "Estate" },
    { "名邸", "Manor" },   { "嘉园", "Park" },  { "新居", "Homes" },      { "佳苑", "Yard" },
    { "社区", "Quarter" }, { "御景", "View" },  { "公寓", "Apartments" }, { "庭院", "Close" },
};
static const char *const ROADS[] = { "示范", "样例", "演示", "例园", "示明", "演武", "例文", "示新" };
static const char *const ROAD_KINDS[] = { "东路", "西路", "南路", "北路", "大街", "路" };

static const char *const SURNAMES[] = {
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱",
    "高", "林", "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于",
    "董", "萧", "程", "曹", "袁", "邓", "许", "傅", "沈", "曾", "彭", "吕",
};
static const char *const GIVEN[] = {
    "安", "晨", "辰", "初", "丹", "帆", "菲", "刚", "光", "涵", "浩", "禾", "恒", "华", "辉", "嘉", "建", "洁",
    "瑾", "景", "静", "君", "凯", "可", "坤", "兰", "乐", "立", "琳", "璐", "茂", "梅", "敏", "明", "宁", "培",
    "琪", "强", "青", "然", "蓉", "睿", "森", "珊", "爽", "涛", "婷", "桐", "维", "文", "希", "晓", "欣", "轩",
    "雅", "妍", "阳", "一", "怡", "宇", "雨", "远", "悦", "泽", "哲", "珍", "志", "舟", "子", "梓",
};

size_t names_villages(void)
{
    return COUNT(MARKS) * COUNT(STEMS) * COUNT(KINDS_OF_VILLAGE);
}

struct name name_village(struct arena *arena, size_t number)
{
    struct syllable mark = MARKS[number % COUNT(MARKS)];
    struct syllable stem = STEMS[number / COUNT(MARKS) % COUNT(STEMS)];
    struct syllable kind = KINDS_OF_VILLAGE[number / COUNT(MARKS) / COUNT(STEMS) % COUNT(KINDS_OF_VILLAGE)];
    return (struct name){ arena_printf(arena, "%s%s%s", mark.zh, stem.zh, kind.zh),
                          arena_printf(arena, "%s%s%s Village", mark.en, stem.en, kind.en) };
}

size_t names_estates(void)
{
    return COUNT(ESTATE_MARKS) * COUNT(ESTATE_STEMS) * COUNT(KINDS_OF_ESTATE);
}

struct name name_estate(struct arena *arena, size_t number)
{
    struct syllable mark = ESTATE_MARKS[number % COUNT(ESTATE_MARKS)];
    struct syllable stem = ESTATE_STEMS[number / COUNT(ESTATE_MARKS) % COUNT(ESTATE_STEMS)];
    struct syllable kind = KINDS_OF_ESTATE[number / COUNT(ESTATE_MARKS) / COUNT(ESTATE_STEMS) % COUNT(KINDS_OF_ESTATE)];
    return (struct name){ arena_printf(arena, "%s%s%s", mark.zh, stem.zh, kind.zh),
                          arena_printf(arena, "%s %s %s", mark.en, stem.en, kind.en) };
}

struct str name_road(struct arena *arena, size_t number)
{
    return arena_printf(arena, "%s%s", ROADS[number % COUNT(ROADS)],
                        ROAD_KINDS[number / COUNT(ROADS) % COUNT(ROAD_KINDS)]);
}

size_t names_surnames(void)
{
    return COUNT(SURNAMES);
}

size_t names_given(void)
{
    return COUNT(MARKS) * COUNT(GIVEN);
}

struct str name_person(struct arena *arena, size_t surname, size_t given)
{
    return arena_printf(arena, "%s%s%s", SURNAMES[surname % COUNT(SURNAMES)], MARKS[given % COUNT(MARKS)].zh,
                        GIVEN[given / COUNT(MARKS) % COUNT(GIVEN)]);
}

struct str name_employer(struct arena *arena, size_t number)
{
    static const char *const TRADES[] = {
        "纺织", "机械", "商贸", "物流", "食品", "轴承", "医药", "建材", "餐饮", "电子"
    };
    return arena_printf(arena, "示例%s%s有限公司", STEMS[number % COUNT(STEMS)].zh,
                        TRADES[number / COUNT(STEMS) % COUNT(TRADES)]);
}

struct str name_number(struct arena *arena, unsigned number)
{
    static const char *const DIGITS[] = { "", "一", "二", "三", "四", "五", "六", "七", "八", "九" };
    unsigned tens = number / 10 % 10;
    return arena_printf(arena, "%s%s%s", tens > 1 ? DIGITS[tens] : "", tens ? "十" : "", DIGITS[number % 10]);
}

static struct str without(struct str text, const char *end)
{
    struct str tail = str_of(end);
    if (text.n > tail.n && str_eq(str_part(text, text.n - tail.n, tail.n), tail)) {
        text.n -= tail.n;
    }
    return text;
}

struct name name_place(struct arena *arena, struct name division)
{
    static const struct syllable KINDS[] = {
        { "街道办事处", " Subdistrict" }, { "街道", " Subdistrict" }, { "镇", " Town" }, { "乡", " Township" }
    };
    for (size_t i = 0; i < COUNT(KINDS); i++) {
        struct str zh = without(division.zh, KINDS[i].zh);
        if (zh.n < division.zh.n) {
            return (struct name){ arena_str(arena, zh), arena_str(arena, without(division.en, KINDS[i].en)) };
        }
    }
    return division;
}
