/* The descriptions behind kinds.h: one table of columns a kind, in the order in which people meet them. */
#include "registry/kinds.h"

#define WORDS(array) .words = (array), .nwords = sizeof(array) / sizeof *(array)
#define COLUMNS(array) .columns = (array), .ncolumns = sizeof(array) / sizeof *(array)

enum { NAME_MOST = 120, TEXT_MOST = 200, CODE_MOST = 40, COUNT_MOST = 100000000 };

#define NAME_ZH(zh_label, en_label)                                                                                    \
    {                                                                                                                  \
        .name = "name_zh", .type = COLUMN_TEXT, .label = T(zh_label, en_label), .required = true, .most = NAME_MOST    \
    }
#define NAME_EN                                                                                                        \
    {                                                                                                                  \
        .name = "name_en", .type = COLUMN_TEXT, .label = T("英文名称", "Name in English"), .most = NAME_MOST           \
    }
#define DOCUMENT                                                                                                       \
    {                                                                                                                  \
        .name = "document", .type = COLUMN_TEXT, .label = T("依据文件", "Document"), .most = TEXT_MOST                 \
    }
#define COUNT(column, zh, en)                                                                                          \
    {                                                                                                                  \
        .name = (column), .type = COLUMN_NUMBER, .label = T(zh, en), .required = true, .most = COUNT_MOST              \
    }
#define ADDRESS                                                                                                        \
    {                                                                                                                  \
        .name = "address_zh", .type = COLUMN_TEXT, .label = T("地址", "Address"), .most = TEXT_MOST                    \
    }
#define DEGREES                                                                                                        \
    { .name = "lon_e6",                                                                                                \
      .type = COLUMN_DEGREE,                                                                                           \
      .label = T("经度", "Longitude"),                                                                                 \
      .hint = T("CGCS2000，例如 115.985", "CGCS2000, such as 115.985"),                                                \
      .most = 180000000 },                                                                                             \
    {                                                                                                                  \
        .name = "lat_e6", .type = COLUMN_DEGREE, .label = T("纬度", "Latitude"), .most = 90000000                      \
    }

static const struct kind_word levels[] = {
    { "national", T("国家级", "national") },
    { "provincial", T("省级", "provincial") },
    { "city", T("市级", "city") },
    { "county", T("县级", "county") },
};
static const struct kind_word stages[] = {
    { "kindergarten", T("学前", "kindergarten") },
    { "primary", T("小学", "primary") },
    { "junior", T("初中", "junior") },
    { "senior", T("高中", "senior") },
    { "vocational", T("中职", "vocational") },
    { "college", T("高职", "college") },
    { "special", T("特教", "special") },
};

/* ---- Divisions and institutions ---- */

static const struct kind_word division_levels[] = {
    { "city", T("市", "city") },
    { "county", T("县（市、区）", "county") },
    { "township", T("乡镇（街道）", "township") },
};
static const struct column division_columns[] = {
    NAME_ZH("名称", "Name"),
    NAME_EN,
    { .name = "parent", .type = COLUMN_TEXT, .label = T("上级代码", "Code of the one above"), .most = CODE_MOST },
    { .name = "level", .type = COLUMN_WORD, .label = T("级别", "Level"), .required = true, WORDS(division_levels) },
};

static const struct kind_word institution_kinds[] = {
    { "111", T("幼儿园", "kindergarten") },
    { "211", T("小学", "primary school") },
    { "218", T("小学教学点", "teaching point") },
    { "311", T("初级中学", "junior high school") },
    { "312", T("九年一贯制学校", "nine-year school") },
    { "341", T("完全中学", "complete secondary school") },
    { "342", T("高级中学", "senior high school") },
    { "345", T("十二年一贯制学校", "twelve-year school") },
    { "361", T("调整后中等职业学校", "regrouped vocational school") },
    { "362", T("中等技术学校", "secondary technical school") },
    { "363", T("中等师范学校", "secondary normal school") },
    { "364", T("成人中等专业学校", "adult secondary school") },
    { "365", T("职业高中", "vocational high school") },
    { "366", T("技工学校", "skilled workers' school") },
    { "368", T("附设中职班", "attached vocational classes") },
    { "369", T("其他中职机构", "other vocational institution") },
    { "411", T("大学", "university") },
    { "415", T("高等职业学校", "higher vocational college") },
    { "511", T("盲人学校", "school for the blind") },
    { "512", T("聋人学校", "school for the deaf") },
    { "514", T("培智学校", "school for intellectual disability") },
    { "519", T("其他特教学校", "other special school") },
    { "open_university", T("开放大学", "open university") },
    { "training_base", T("公共实训基地", "public training base") },
    { "rehabilitation", T("康复机构", "rehabilitation institution") },
    { "canteen", T("学校食堂", "school canteen") },
    { "supplier", T("配餐单位", "meal supplier") },
    { "enterprise", T("企业", "enterprise") },
    { "venue", T("公共体育场馆", "public sports venue") },
    { "fitness_plaza", T("健身广场", "fitness plaza") },
    { "bureau", T("机关单位", "office") },
};
static const struct kind_word ownerships[] = {
    { "public", T("公办", "public") },
    { "private", T("民办", "private") },
    { "other", T("其他", "other") },
};
static const struct kind_word place_kinds[] = {
    { "111", T("主城区", "main urban area") }, { "112", T("城乡结合区", "urban fringe") },
    { "121", T("镇中心区", "town centre") },   { "122", T("镇乡结合区", "town fringe") },
    { "123", T("特殊区域", "special area") },  { "210", T("乡中心区", "rural township centre") },
    { "220", T("村庄", "village") },
};
static const struct column institution_columns[] = {
    NAME_ZH("名称", "Name"),
    NAME_EN,
    { .name = "kind", .type = COLUMN_WORD, .label = T("类别", "Kind"), .required = true, WORDS(institution_kinds) },
    { .name = "ownership",
      .type = COLUMN_WORD,
      .label = T("办学性质", "Ownership"),
      .required = true,
      WORDS(ownerships) },
    { .name = "place_kind", .type = COLUMN_WORD, .label = T("城乡类型", "Urban or rural"), WORDS(place_kinds) },
    ADDRESS,
    { .name = "phone", .type = COLUMN_TEXT, .label = T("单位电话", "Telephone"), .most = CODE_MOST },
    { .name = "founded", .type = COLUMN_DAY, .label = T("成立日期", "Founded") },
    { .name = "parent", .type = COLUMN_CODE, .label = T("所属单位代码", "Belongs to"), .of = KIND_INSTITUTION },
    DEGREES,
};

static const struct kind_word frames[] = {
    { "cgcs2000", T("CGCS2000（天地图）", "CGCS2000") },
    { "gcj02", T("GCJ-02（高德、腾讯）", "GCJ-02") },
    { "bd09", T("BD-09（百度）", "BD-09") },
};
static const struct column site_columns[] = {
    NAME_ZH("校区名称", "Name of the campus"),
    NAME_EN,
    ADDRESS,
    { .name = "frame", .type = COLUMN_WORD, .label = T("坐标系", "Coordinate frame"), .required = true, WORDS(frames) },
    { .name = "x_e6", .type = COLUMN_DEGREE, .label = T("经度（原始）", "Longitude as given"), .most = 180000000 },
    { .name = "y_e6", .type = COLUMN_DEGREE, .label = T("纬度（原始）", "Latitude as given"), .most = 90000000 },
    DEGREES,
    COUNT("land_m2", "占地面积（平方米）", "Land (m²)"),
    COUNT("floor_m2", "建筑面积（平方米）", "Floor area (m²)"),
    { .name = "shared_with", .type = COLUMN_CODE, .label = T("共有单位代码", "Shared with"), .of = KIND_INSTITUTION },
};

/* ---- Persons ---- */

static const struct kind_word posts[] = {
    { "teacher", T("专任教师", "teacher") },
    { "head", T("校（园）长", "head") },
    { "deputy_head", T("副校（园）长", "deputy head") },
    { "form_teacher", T("班主任", "form teacher") },
    { "inspector", T("责任督学", "responsible inspector") },
    { "coach", T("教练", "coach") },
    { "other", T("其他", "other") },
};
static const struct kind_word titles[] = {
    { "senior", T("正高级、高级", "senior") }, { "first", T("一级", "first grade") },
    { "second", T("二级", "second grade") },   { "third", T("三级", "third grade") },
    { "none", T("未定级", "none") },
};
static const struct column staff_columns[] = {
    { .name = "post", .type = COLUMN_WORD, .label = T("岗位", "Post"), .required = true, WORDS(posts) },
    { .name = "full_time", .type = COLUMN_FLAG, .label = T("专任", "Full time"), .required = true, .most = 1 },
    { .name = "course", .type = COLUMN_TEXT, .label = T("任教学科", "Teaches"), .most = CODE_MOST },
    { .name = "title", .type = COLUMN_WORD, .label = T("职称", "Professional title"), .required = true, WORDS(titles) },
};
static const struct column pupil_columns[] = {
    { .name = "stage", .type = COLUMN_WORD, .label = T("学段", "Stage"), .required = true, WORDS(stages) },
    { .name = "entry_year",
      .type = COLUMN_NUMBER,
      .label = T("入学年份", "Year of entry"),
      .required = true,
      .least = 1990,
      .most = 2100 },
    { .name = "class", .type = COLUMN_NUMBER, .label = T("班级", "Class"), .most = 99 },
    { .name = "boards", .type = COLUMN_FLAG, .label = T("寄宿", "Boards"), .most = 1 },
    { .name = "admitted_by",
      .type = COLUMN_TEXT,
      .label = T("录取凭证号", "Receipt of the place"),
      .most = CODE_MOST,
      .staff_only = true },
};
static const struct kind_word teams[] = {
    { "city", T("市级在训", "in training, city") },
    { "provincial", T("省队", "provincial team") },
    { "national", T("国家队", "national team") },
};
static const struct column athlete_columns[] = {
    { .name = "programme",
      .type = COLUMN_CODE,
      .label = T("项目代码", "Programme"),
      .required = true,
      .of = KIND_PROGRAMME },
    { .name = "team", .type = COLUMN_WORD, .label = T("队伍", "Team"), .required = true, WORDS(teams) },
};

/* ---- What they hold, belong to, run ---- */

static const struct kind_word holder_kinds[] = {
    { "institution", T("单位", "institution") },   { "division", T("行政区划", "division") },
    { "staff", T("教职工", "member of staff") },   { "group", T("集团、联盟", "group") },
    { "programme", T("专业、项目", "programme") },
};
static const struct column honour_columns[] = {
    { .name = "designation",
      .type = COLUMN_TEXT,
      .label = T("称号", "Designation"),
      .required = true,
      .hint = T("designations.yaml 中的代号", "An id of designations.yaml"),
      .most = CODE_MOST },
    { .name = "level", .type = COLUMN_WORD, .label = T("级别", "Level"), .required = true, WORDS(levels) },
    { .name = "body", .type = COLUMN_TEXT, .label = T("授予单位", "Granted by"), .most = TEXT_MOST },
    { .name = "batch", .type = COLUMN_TEXT, .label = T("批次", "Batch"), .most = CODE_MOST },
    { .name = "holder_kind",
      .type = COLUMN_WORD,
      .label = T("获得者类别", "Kind of holder"),
      .required = true,
      WORDS(holder_kinds) },
    { .name = "holder",
      .type = COLUMN_TEXT,
      .label = T("获得者代码", "Code of the holder"),
      .required = true,
      .most = CODE_MOST },
    DOCUMENT,
};
static const struct kind_word group_kinds[] = {
    { "education_group", T("教育集团", "education group") },
    { "alliance", T("教育联盟", "education alliance") },
    { "pairing", T("结对帮扶", "pairing") },
    { "city_consortium", T("市域产教联合体", "city industry-education consortium") },
    { "national_community", T("行业产教融合共同体", "industry-education community") },
    { "voc_group", T("职业教育集团", "vocational education group") },
    { "voc_alliance", T("职教联盟", "vocational alliance") },
    { "industry_college", T("产业学院", "industry college") },
    { "meal_supply", T("配餐供应", "meal supply") },
    { "school_enterprise", T("校企合作", "school and enterprises") },
};
static const struct kind_word group_stages[] = {
    { "preschool", T("学前", "preschool") },
    { "compulsory", T("义务教育", "compulsory") },
    { "senior", T("普通高中", "senior") },
    { "vocational", T("职业教育", "vocational") },
    { "any", T("不限", "any") },
};
static const struct column group_columns[] = {
    NAME_ZH("名称", "Name"),
    NAME_EN,
    { .name = "kind", .type = COLUMN_WORD, .label = T("类别", "Kind"), .required = true, WORDS(group_kinds) },
    { .name = "stage", .type = COLUMN_WORD, .label = T("学段", "Stage"), .required = true, WORDS(group_stages) },
    DOCUMENT,
};
static const struct kind_word member_roles[] = {
    { "lead", T("牵头", "lead") },
    { "member", T("成员", "member") },
    { "partner", T("合作方", "partner") },
};
static const struct column member_columns[] = {
    { .name = "group_code",
      .type = COLUMN_CODE,
      .label = T("集团、联盟代码", "Code of the group"),
      .required = true,
      .of = KIND_GROUP },
    { .name = "role", .type = COLUMN_WORD, .label = T("角色", "Role"), .required = true, WORDS(member_roles) },
};
static const struct kind_word programme_kinds[] = {
    { "major", T("专业", "major") },
    { "major_group", T("专业群", "group of majors") },
    { "pathway", T("贯通培养专业点", "through-training point") },
    { "open_course", T("在线开放课程", "open course") },
    { "apprenticeship", T("现代学徒制试点", "modern apprenticeship") },
    { "lifelong_brand", T("终身学习品牌项目", "lifelong learning brand") },
    { "sport", T("竞技体育项目", "competitive sport") },
};
static const struct kind_word leads_to[] = {
    { "college", T("高职（三二连读、五年一贯）", "college") },
    { "degree", T("本科（3+4）", "degree") },
};
static const struct column programme_columns[] = {
    NAME_ZH("名称", "Name"),
    NAME_EN,
    { .name = "kind", .type = COLUMN_WORD, .label = T("类别", "Kind"), .required = true, WORDS(programme_kinds) },
    { .name = "major", .type = COLUMN_TEXT, .label = T("专业代码", "Code of the major"), .most = CODE_MOST },
    { .name = "leads_to", .type = COLUMN_WORD, .label = T("衔接", "Leads to"), WORDS(leads_to) },
    { .name = "partner", .type = COLUMN_CODE, .label = T("合作单位代码", "Partner"), .of = KIND_INSTITUTION },
    { .name = "years", .type = COLUMN_NUMBER, .label = T("学制（年）", "Years"), .most = 20 },
    { .name = "places", .type = COLUMN_NUMBER, .label = T("年招生数", "Places a year"), .most = COUNT_MOST },
};
static const struct kind_word project_kinds[] = {
    { "school_building", T("学校新改建", "school built or rebuilt") },
    { "weak_link", T("薄弱环节改善与能力提升", "weak-link improvement") },
    { "voc_expansion", T("中职学校扩建", "vocational school enlarged") },
    { "college_expansion", T("高职学院扩建", "college enlarged") },
    { "training_base", T("公共实训基地建设", "training base built") },
    { "fitness_plaza", T("健身广场建设", "fitness plaza built") },
    { "livelihood_item", T("民生实事", "livelihood item") },
    { "policy_measure", T("政策措施", "measure of a policy") },
    { "policy_document", T("配套文件", "supporting document") },
};
static const struct kind_word project_states[] = {
    { "planned", T("计划", "planned") },
    { "under_way", T("进行中", "under way") },
    { "finished", T("完成", "finished") },
    { "stopped", T("停止", "stopped") },
};
static const struct column project_columns[] = {
    NAME_ZH("名称", "Name"),
    NAME_EN,
    { .name = "kind", .type = COLUMN_WORD, .label = T("类别", "Kind"), .required = true, WORDS(project_kinds) },
    { .name = "lead", .type = COLUMN_TEXT, .label = T("牵头单位", "Led by"), .most = CODE_MOST },
    { .name = "year",
      .type = COLUMN_NUMBER,
      .label = T("计划年度", "Year of the plan"),
      .required = true,
      .least = 1990,
      .most = 2100 },
    { .name = "planned", .type = COLUMN_DAY, .label = T("计划完成", "Planned for") },
    { .name = "finished", .type = COLUMN_DAY, .label = T("实际完成", "Finished") },
    { .name = "invested_fen",
      .type = COLUMN_MONEY,
      .label = T("投资（元）", "Invested (yuan)"),
      .most = 100000000000000 },
    COUNT("places", "新增学位", "Places added"),
    COUNT("land_m2", "增加用地（平方米）", "Land added (m²)"),
    COUNT("floor_m2", "增加校舍（平方米）", "Floor area added (m²)"),
    { .name = "state", .type = COLUMN_WORD, .label = T("状态", "State"), .required = true, WORDS(project_states) },
    DOCUMENT,
};
static const struct kind_word activity_kinds[] = {
    { "sport_event", T("体育赛事活动", "sports event") },
    { "training", T("培训项目", "training project") },
    { "meeting", T("现场会", "meeting") },
};
static const struct column activity_columns[] = {
    NAME_ZH("名称", "Name"),
    NAME_EN,
    { .name = "kind", .type = COLUMN_WORD, .label = T("类别", "Kind"), .required = true, WORDS(activity_kinds) },
    { .name = "level", .type = COLUMN_WORD, .label = T("级别", "Level"), .required = true, WORDS(levels) },
    { .name = "held", .type = COLUMN_DAY, .label = T("开始日期", "First day"), .required = true },
    { .name = "persons",
      .type = COLUMN_NUMBER,
      .label = T("人数", "Persons"),
      .least = -1,
      .most = COUNT_MOST,
      .hint = T("未统计填 -1", "-1 where not counted") },
    { .name = "attendances",
      .type = COLUMN_NUMBER,
      .label = T("人次", "Attendances"),
      .least = -1,
      .most = COUNT_MOST },
};
static const struct kind_word statement_kinds[] = {
    { "rank", T("位次", "rank") },
    { "survey", T("抽样调查", "survey") },
    { "count", T("外部统计", "count") },
};
static const struct column statement_columns[] = {
    NAME_ZH("名称", "Name"),
    NAME_EN,
    { .name = "kind", .type = COLUMN_WORD, .label = T("类别", "Kind"), .required = true, WORDS(statement_kinds) },
    COUNT("numerator", "数值（位次、人数）", "Value (rank, persons)"),
    COUNT("denominator", "样本量", "Out of"),
    { .name = "source", .type = COLUMN_TEXT, .label = T("来源", "Source"), .required = true, .most = TEXT_MOST },
    DOCUMENT,
};
static const struct kind_word cohort_kinds[] = {
    { "graduates_secondary", T("中职毕业生", "secondary vocational graduates") },
    { "graduates_college", T("高职毕业生", "college graduates") },
    { "apprentices", T("学徒", "apprentices") },
};
static const struct column cohort_columns[] = {
    { .name = "kind", .type = COLUMN_WORD, .label = T("类别", "Kind"), .required = true, WORDS(cohort_kinds) },
    { .name = "programme", .type = COLUMN_CODE, .label = T("专业、项目代码", "Programme"), .of = KIND_PROGRAMME },
    { .name = "year",
      .type = COLUMN_NUMBER,
      .label = T("年份", "Year"),
      .required = true,
      .least = 1990,
      .most = 2100 },
    COUNT("persons", "人数", "Persons"),
    COUNT("placed", "就业（去向落实）人数", "In work or placed"),
    COUNT("studying", "其中升学人数", "Of these studying on"),
};
static const struct kind_word charge_kinds[] = {
    { "inspector", T("责任督学", "responsible inspector") },
};
static const struct column charge_columns[] = {
    { .name = "kind", .type = COLUMN_WORD, .label = T("职责", "Charge"), .required = true, WORDS(charge_kinds) },
    { .name = "staff",
      .type = COLUMN_CODE,
      .label = T("教职工代码", "Code of the member of staff"),
      .required = true,
      .of = KIND_STAFF },
};
static const struct kind_word provision_kinds[] = {
    { "after_class", T("课后服务", "after-class service") },
    { "digital_campus", T("数字校园", "digital campus") },
    { "learning_space", T("网络学习空间", "online learning space") },
    { "open_to_public", T("免费低收费开放", "open free or at low fee") },
};
static const struct column provision_columns[] = {
    { .name = "kind", .type = COLUMN_WORD, .label = T("类别", "Kind"), .required = true, WORDS(provision_kinds) },
    { .name = "link", .type = COLUMN_TEXT, .label = T("网址", "Address on the net"), .most = TEXT_MOST },
    { .name = "evidence", .type = COLUMN_TEXT, .label = T("佐证", "Evidence"), .most = TEXT_MOST },
};
static const struct kind_word school_types[] = {
    { "general", T("一般中职", "general") },
    { "technical", T("技工学校", "skilled workers'") },
    { "senior_technical", T("高级技工学校", "senior skilled workers'") },
    { "attached", T("附设班", "attached classes") },
    { "arts", T("艺体类", "arts and sports") },
    { "college", T("高职", "college") },
};
static const struct column condition_columns[] = {
    { .name = "school_type",
      .type = COLUMN_WORD,
      .label = T("学校类型", "Type of school"),
      .required = true,
      WORDS(school_types) },
    COUNT("students", "在校生", "Students"),
    COUNT("teachers", "专任教师", "Full-time teachers"),
    COUNT("land_m2", "占地面积（平方米）", "Land (m²)"),
    COUNT("floor_m2", "校舍建筑面积（平方米）", "Floor area (m²)"),
    { .name = "equipment_fen",
      .type = COLUMN_MONEY,
      .label = T("仪器设备值（元）", "Equipment (yuan)"),
      .required = true,
      .most = 100000000000000 },
    COUNT("books", "图书（册）", "Books"),
};
static const struct kind_word venue_kinds[] = {
    { "large", T("大型场馆", "large venue") },
    { "plaza", T("健身广场", "fitness plaza") },
    { "school_ground", T("学校场地", "school ground") },
    { "court", T("球场", "court") },
    { "pool", T("游泳池", "pool") },
    { "track", T("步道、田径场", "track") },
};
static const struct kind_word sports[] = {
    { "basketball", T("篮球", "basketball") },       { "football", T("足球", "football") },
    { "volleyball", T("排球", "volleyball") },       { "badminton", T("羽毛球", "badminton") },
    { "table_tennis", T("乒乓球", "table tennis") }, { "tennis", T("网球", "tennis") },
    { "swimming", T("游泳", "swimming") },           { "running", T("跑步", "running") },
    { "fitness", T("健身器材", "fitness") },         { "square_dance", T("广场舞", "square dance") },
    { "tai_chi", T("太极拳", "tai chi") },           { "skating", T("轮滑", "skating") },
    { "gateball", T("门球", "gateball") },           { "cycling", T("骑行", "cycling") },
};
static const struct kind_word fees[] = {
    { "free", T("免费", "free") },
    { "low", T("低收费", "low fee") },
    { "paid", T("收费", "paid") },
    { "unknown", T("不详", "not known") },
};
static const struct kind_word accesses[] = {
    { "yes", T("无障碍", "accessible") },
    { "partly", T("部分无障碍", "partly accessible") },
    { "no", T("不便轮椅", "not by wheelchair") },
    { "unknown", T("不详", "not known") },
};
static const struct column venue_columns[] = {
    NAME_ZH("名称", "Name"),
    NAME_EN,
    { .name = "kind", .type = COLUMN_WORD, .label = T("类别", "Kind"), .required = true, WORDS(venue_kinds) },
    { .name = "sports", .type = COLUMN_WORDS, .label = T("项目", "Sports"), .required = true, WORDS(sports) },
    { .name = "hours",
      .type = COLUMN_TEXT,
      .label = T("开放时间", "Opening hours"),
      .most = TEXT_MOST,
      .hint = T("例如 Mo-Fr 06:00-22:00; Sa,Su 08:00-21:00", "Such as Mo-Fr 06:00-22:00; Sa,Su 08:00-21:00") },
    { .name = "fee", .type = COLUMN_WORD, .label = T("收费", "Fee"), .required = true, WORDS(fees) },
    { .name = "access", .type = COLUMN_WORD, .label = T("无障碍", "Access"), .required = true, WORDS(accesses) },
    ADDRESS,
    DEGREES,
    { .name = "checked", .type = COLUMN_DAY, .label = T("最近核实", "Last checked") },
    { .name = "checked_by",
      .type = COLUMN_TEXT,
      .label = T("核实人", "Checked by"),
      .most = CODE_MOST,
      .staff_only = true },
};

const struct kind KIND_LIST[KINDS] = {
    { KIND_DIVISION, "division", "division_fact", T("行政区划", "division"), T("行政区划", "divisions"),
      COLUMNS(division_columns), KEEPER_CITY, KEEPER_CITY, .name_from = "name_zh" },
    { KIND_INSTITUTION, "institution", "institution_fact", T("单位", "institution"), T("学校和单位", "institutions"),
      COLUMNS(institution_columns), KEEPER_SCHOOL, KEEPER_COUNTY, .name_from = "name_zh" },
    { KIND_SITE, "site", "site_fact", T("校区", "campus"), T("校区", "campuses"), COLUMNS(site_columns), KEEPER_SCHOOL,
      KEEPER_COUNTY, .has_institution = true, .name_from = "name_zh" },
    { KIND_STAFF, "staff", "staff_fact", T("教职工", "member of staff"), T("教职工", "staff"), COLUMNS(staff_columns),
      KEEPER_SCHOOL, KEEPER_COUNTY, .has_institution = true, .names_persons = true },
    { KIND_PUPIL, "pupil", "pupil_fact", T("学生", "pupil"), T("学生", "pupils"), COLUMNS(pupil_columns), KEEPER_SCHOOL,
      KEEPER_COUNTY, .has_institution = true, .names_persons = true },
    { KIND_HONOUR, "honour", "honour_fact", T("荣誉称号", "honour"), T("荣誉称号", "honours"), COLUMNS(honour_columns),
      KEEPER_SCHOOL, KEEPER_CITY, .has_institution = true },
    { KIND_GROUP, "group", "group_fact", T("集团、联盟", "group"), T("集团、联盟", "groups"), COLUMNS(group_columns),
      KEEPER_COUNTY, KEEPER_CITY, .name_from = "name_zh" },
    { KIND_MEMBER, "member", "member_fact", T("成员单位", "membership"), T("成员单位", "memberships"),
      COLUMNS(member_columns), KEEPER_SCHOOL, KEEPER_COUNTY, .has_institution = true },
    { KIND_PROGRAMME, "programme", "programme_fact", T("专业、项目", "programme"), T("专业、项目", "programmes"),
      COLUMNS(programme_columns), KEEPER_SCHOOL, KEEPER_CITY, .has_institution = true, .name_from = "name_zh" },
    { KIND_PROJECT, "project", "project_fact", T("工程和实事", "project"), T("工程和实事", "projects"),
      COLUMNS(project_columns), KEEPER_SCHOOL, KEEPER_COUNTY, .has_institution = true, .name_from = "name_zh" },
    { KIND_ACTIVITY, "activity", "activity_fact", T("活动", "activity"), T("活动", "activities"),
      COLUMNS(activity_columns), KEEPER_SCHOOL, KEEPER_COUNTY, .has_institution = true, .name_from = "name_zh" },
    { KIND_STATEMENT, "statement", "statement_fact", T("外部结论", "statement from outside"),
      T("外部结论", "statements from outside"), COLUMNS(statement_columns), KEEPER_CITY, KEEPER_CITY,
      .name_from = "name_zh" },
    { KIND_COHORT, "cohort", "cohort_fact", T("毕业生、学徒统计", "cohort"), T("毕业生、学徒统计", "cohorts"),
      COLUMNS(cohort_columns), KEEPER_SCHOOL, KEEPER_COUNTY, .has_institution = true },
    { KIND_CHARGE, "charge", "charge_fact", T("挂牌督导", "charge"), T("挂牌督导", "charges"), COLUMNS(charge_columns),
      KEEPER_COUNTY, KEEPER_COUNTY, .has_institution = true },
    { KIND_PROVISION, "provision", "provision_fact", T("服务和信息化", "provision"), T("服务和信息化", "provisions"),
      COLUMNS(provision_columns), KEEPER_SCHOOL, KEEPER_COUNTY, .has_institution = true },
    { KIND_CONDITION, "condition", "condition_fact", T("办学条件", "conditions"), T("办学条件", "conditions"),
      COLUMNS(condition_columns), KEEPER_SCHOOL, KEEPER_COUNTY, .has_institution = true },
    { KIND_VENUE, "venue", "venue_fact", T("健身场地", "sports ground"), T("健身场地", "sports grounds"),
      COLUMNS(venue_columns), KEEPER_SCHOOL, KEEPER_COUNTY, .has_institution = true, .name_from = "name_zh" },
    { KIND_ATHLETE, "athlete", "athlete_fact", T("运动员", "athlete"), T("运动员", "athletes"),
      COLUMNS(athlete_columns), KEEPER_COUNTY, KEEPER_CITY, .names_persons = true },
};

const struct kind *kind_named(struct str name)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (str_is(name, KIND_LIST[i].name)) {
            return &KIND_LIST[i];
        }
    }
    return NULL;
}

int kind_column(const struct kind *kind, struct str name)
{
    for (size_t i = 0; i < kind->ncolumns; i++) {
        if (str_is(name, kind->columns[i].name)) {
            return (int)i;
        }
    }
    return -1;
}

struct name kind_label(const struct column *column, struct str word)
{
    for (size_t i = 0; i < column->nwords; i++) {
        if (str_is(word, column->words[i].word)) {
            return (struct name){ str_of(column->words[i].label.zh), str_of(column->words[i].label.en) };
        }
    }
    return (struct name){ word, word };
}
