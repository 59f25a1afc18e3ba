/* See kinds.h. One block a kind: what is asked, what a sheet row tells, the shape of an answer, the answer that knows
 * of nothing, and how a confirming row becomes an answer. */
#include "connect/kinds.h"

#include "base/limits.h"

#define FIELDS_END                                                                                                     \
    {                                                                                                                  \
        .id = NULL                                                                                                     \
    }
#define MEMBERS_END                                                                                                    \
    {                                                                                                                  \
        .key = NULL                                                                                                    \
    }

/* ---- Building ---- */

/* {"LIST": [item]}; takes the item. */
static json_t *list_of_one(const char *list, json_t *item)
{
    return json_pack("{s:[o]}", list, item);
}

static json_t *details_with_address(const json_t *question, const json_t *details)
{
    json_t *item = json_deep_copy(details);
    json_object_set(item, "address", json_object_get(question, "address"));
    return item;
}

/* ---- children: shown at "choose the child"; before an application, so never by sheet ---- */

static const struct field children_question[] = {
    { "guardian", T("监护人身份证号", "guardian's citizen number"), FIELD_CITIZEN, true, NULL },
    FIELDS_END,
};
static const struct member children_child[] = {
    { "citizen", MEMBER_TEXT, false, NULL },  { "name", MEMBER_TEXT, false, NULL },
    { "sex", MEMBER_CODE, false, NULL },      { "birth", MEMBER_TEXT, false, NULL },
    { "relation", MEMBER_TEXT, false, NULL }, { "household_division", MEMBER_TEXT, false, NULL },
    { "address", MEMBER_TEXT, false, NULL },  MEMBERS_END,
};
static const struct member children_shape[] = {
    { "children", MEMBER_LIST, false, children_child },
    MEMBERS_END,
};

/* ---- household ---- */

static const struct field child_and_guardian[] = {
    { "child", T("儿童身份证号", "child's citizen number"), FIELD_CITIZEN, true, NULL },
    { "guardian", T("监护人身份证号", "guardian's citizen number"), FIELD_CITIZEN, true, NULL },
    FIELDS_END,
};
static const struct field_choice sexes[] = {
    { "1", T("男", "male") },
    { "2", T("女", "female") },
    { "9", T("未说明", "not said") },
    { NULL, { NULL, NULL } },
};
static const struct field household_details[] = {
    { "book", T("户口簿号", "household book number"), FIELD_TEXT, true, NULL },
    { "child_name", T("儿童姓名", "child's name"), FIELD_TEXT, true, NULL },
    { "sex", T("儿童性别", "child's sex"), FIELD_CHOICE, true, sexes },
    { "birth", T("儿童出生日期", "child's date of birth"), FIELD_DATE, true, NULL },
    { "division", T("户籍区划代码", "division code of the household"), FIELD_TEXT, true, NULL },
    { "address", T("户籍地址", "address of the household"), FIELD_TEXT, true, NULL },
    { "guardian_name", T("监护人姓名", "guardian's name"), FIELD_TEXT, true, NULL },
    { "relation", T("监护人与儿童关系", "guardian's relation to the child"), FIELD_TEXT, true, NULL },
    { "same_book", T("是否同一户口簿", "in the same book"), FIELD_FLAG, true, NULL },
    FIELDS_END,
};
static const struct member household_child[] = {
    { "citizen", MEMBER_TEXT, false, NULL },
    { "name", MEMBER_TEXT, false, NULL },
    { "sex", MEMBER_CODE, false, NULL },
    { "birth", MEMBER_TEXT, false, NULL },
    { "division", MEMBER_TEXT, false, NULL },
    { "address", MEMBER_TEXT, false, NULL },
    MEMBERS_END,
};
static const struct member household_guardian[] = {
    { "citizen", MEMBER_TEXT, false, NULL },
    { "name", MEMBER_TEXT, false, NULL },
    { "relation", MEMBER_TEXT, false, NULL },
    { "same_book", MEMBER_FLAG, false, NULL },
    MEMBERS_END,
};
static const struct member household_shape[] = {
    { "found", MEMBER_FLAG, false, NULL },
    { "book", MEMBER_TEXT, true, NULL },
    { "child", MEMBER_OBJECT, true, household_child },
    { "guardian", MEMBER_OBJECT, true, household_guardian },
    MEMBERS_END,
};

static json_t *household_confirm(const json_t *question, const json_t *details)
{
#define DETAIL(key) json_object_get(details, (key))
    return json_pack("{s:b, s:O, s:{s:O, s:O, s:O, s:O, s:O, s:O}, s:{s:O, s:O, s:O, s:O}}", "found", 1, "book",
                     DETAIL("book"), "child", "citizen", json_object_get(question, "child"), "name",
                     DETAIL("child_name"), "sex", DETAIL("sex"), "birth", DETAIL("birth"), "division",
                     DETAIL("division"), "address", DETAIL("address"), "guardian", "citizen",
                     json_object_get(question, "guardian"), "name", DETAIL("guardian_name"), "relation",
                     DETAIL("relation"), "same_book", DETAIL("same_book"));
#undef DETAIL
}

/* ---- property ---- */

static const struct field property_question[] = {
    { "owner", T("产权人身份证号", "owner's citizen number"), FIELD_CITIZEN, true, NULL },
    { "owner_name", T("产权人姓名", "owner's name"), FIELD_TEXT, true, NULL },
    { "address", T("房屋坐落", "address of the dwelling"), FIELD_TEXT, true, NULL },
    FIELDS_END,
};
static const struct field_choice title_kinds[] = {
    { "commercial", T("商品房", "commercial dwelling") },
    { "self_built", T("自建房", "self-built") },
    { "resettlement", T("安置房", "resettlement") },
    { "unit_housing", T("单位房", "unit housing") },
    { NULL, { NULL, NULL } },
};
static const struct field property_details[] = {
    { "number", T("不动产权证号", "title number"), FIELD_TEXT, true, NULL },
    { "kind", T("房屋性质", "kind of title"), FIELD_CHOICE, true, title_kinds },
    { "percent", T("产权份额（%）", "share (%)"), FIELD_PERCENT, true, NULL },
    FIELDS_END,
};
static const struct member title_owner[] = {
    { "citizen", MEMBER_TEXT, false, NULL },
    { "name", MEMBER_TEXT, false, NULL },
    { "percent", MEMBER_NUMBER, false, NULL },
    MEMBERS_END,
};
static const struct member title[] = {
    { "number", MEMBER_TEXT, false, NULL },
    { "address", MEMBER_TEXT, false, NULL },
    { "kind", MEMBER_TEXT, false, NULL },
    { "owners", MEMBER_LIST, false, title_owner },
    MEMBERS_END,
};
static const struct member property_shape[] = { { "titles", MEMBER_LIST, false, title }, MEMBERS_END };

static json_t *property_confirm(const json_t *question, const json_t *details)
{
    return json_pack("{s:[{s:O, s:O, s:O, s:[{s:O, s:O, s:O}]}]}", "titles", "number",
                     json_object_get(details, "number"), "address", json_object_get(question, "address"), "kind",
                     json_object_get(details, "kind"), "owners", "citizen", json_object_get(question, "owner"), "name",
                     json_object_get(question, "owner_name"), "percent", json_object_get(details, "percent"));
}

/* ---- contract ---- */

static const struct field contract_question[] = {
    { "holder", T("合同当事人身份证号", "holder's citizen number"), FIELD_CITIZEN, true, NULL },
    { "address", T("房屋坐落", "address of the dwelling"), FIELD_TEXT, true, NULL },
    FIELDS_END,
};
static const struct field_choice contract_kinds[] = {
    { "presale", T("预售合同", "presale contract") },
    { "lease", T("租赁合同", "lease") },
    { NULL, { NULL, NULL } },
};
static const struct field contract_details[] = {
    { "number", T("合同编号", "contract number"), FIELD_TEXT, true, NULL },
    { "kind", T("合同种类", "kind of contract"), FIELD_CHOICE, true, contract_kinds },
    { "registered", T("是否备案", "registered"), FIELD_FLAG, true, NULL },
    { "from", T("起始日期", "from"), FIELD_DATE, true, NULL },
    { "until", T("终止日期", "until"), FIELD_DATE, false, NULL },
    FIELDS_END,
};
static const struct member contract[] = {
    { "number", MEMBER_TEXT, false, NULL },
    { "address", MEMBER_TEXT, false, NULL },
    { "kind", MEMBER_TEXT, false, NULL },
    { "registered", MEMBER_FLAG, false, NULL },
    { "from", MEMBER_TEXT, true, NULL },
    { "until", MEMBER_TEXT, true, NULL },
    MEMBERS_END,
};
static const struct member contract_shape[] = { { "contracts", MEMBER_LIST, false, contract }, MEMBERS_END };

static json_t *contract_confirm(const json_t *question, const json_t *details)
{
    return list_of_one("contracts", details_with_address(question, details));
}

/* ---- social_security, licence, permit: of a person ---- */

static const struct field person_question[] = {
    { "person", T("身份证号", "citizen number"), FIELD_CITIZEN, true, NULL },
    FIELDS_END,
};
static const struct field social_security_details[] = {
    { "employer", T("参保单位", "employer"), FIELD_TEXT, true, NULL },
    { "division", T("参保地区划代码", "division code"), FIELD_TEXT, true, NULL },
    { "from", T("参保起始日期", "insured from"), FIELD_DATE, true, NULL },
    { "pension_months", T("养老保险缴费月数", "months of pension contributions"), FIELD_NUMBER, true, NULL },
    FIELDS_END,
};
static const struct member employment[] = {
    { "employer", MEMBER_TEXT, false, NULL },
    { "division", MEMBER_TEXT, false, NULL },
    { "from", MEMBER_TEXT, false, NULL },
    { "pension_months", MEMBER_NUMBER, false, NULL },
    MEMBERS_END,
};
static const struct member social_security_shape[] = { { "employment", MEMBER_LIST, false, employment }, MEMBERS_END };

static json_t *social_security_confirm(const json_t *question, const json_t *details)
{
    (void)question;
    return list_of_one("employment", json_deep_copy(details));
}

static const struct field licence_details[] = {
    { "number", T("统一社会信用代码", "licence number"), FIELD_TEXT, true, NULL },
    { "name", T("商户名称", "name of the business"), FIELD_TEXT, true, NULL },
    { "division", T("登记地区划代码", "division code"), FIELD_TEXT, true, NULL },
    { "from", T("成立日期", "from"), FIELD_DATE, true, NULL },
    { "until", T("有效期至", "until"), FIELD_DATE, false, NULL },
    FIELDS_END,
};
static const struct member licence[] = {
    { "number", MEMBER_TEXT, false, NULL },   { "name", MEMBER_TEXT, false, NULL },
    { "division", MEMBER_TEXT, false, NULL }, { "from", MEMBER_TEXT, false, NULL },
    { "until", MEMBER_TEXT, true, NULL },     MEMBERS_END,
};
static const struct member licence_shape[] = { { "licences", MEMBER_LIST, false, licence }, MEMBERS_END };

static json_t *licence_confirm(const json_t *question, const json_t *details)
{
    (void)question;
    return list_of_one("licences", json_deep_copy(details));
}

static const struct field permit_details[] = {
    { "number", T("居住证号", "permit number"), FIELD_TEXT, true, NULL },
    { "address", T("居住地址", "address"), FIELD_TEXT, true, NULL },
    { "division", T("签发地区划代码", "division code"), FIELD_TEXT, true, NULL },
    { "from", T("签发日期", "from"), FIELD_DATE, true, NULL },
    { "until", T("有效期至", "until"), FIELD_DATE, false, NULL },
    FIELDS_END,
};
static const struct member permit[] = {
    { "number", MEMBER_TEXT, false, NULL },   { "address", MEMBER_TEXT, false, NULL },
    { "division", MEMBER_TEXT, false, NULL }, { "from", MEMBER_TEXT, false, NULL },
    { "until", MEMBER_TEXT, true, NULL },     MEMBERS_END,
};
static const struct member permit_shape[] = { { "permits", MEMBER_LIST, false, permit }, MEMBERS_END };

static json_t *permit_confirm(const json_t *question, const json_t *details)
{
    (void)question;
    return list_of_one("permits", json_deep_copy(details));
}

/* ---- guardianship ---- */

static const struct field child_and_person[] = {
    { "child", T("儿童身份证号", "child's citizen number"), FIELD_CITIZEN, true, NULL },
    { "person", T("申请人身份证号", "applicant's citizen number"), FIELD_CITIZEN, true, NULL },
    FIELDS_END,
};
static const struct field guardianship_details[] = {
    { "relation", T("与儿童关系", "relation to the child"), FIELD_TEXT, true, NULL },
    FIELDS_END,
};
static const struct member guardianship_shape[] = {
    { "guardian", MEMBER_FLAG, false, NULL },
    { "relation", MEMBER_TEXT, true, NULL },
    MEMBERS_END,
};

static json_t *guardianship_confirm(const json_t *question, const json_t *details)
{
    (void)question;
    return json_pack("{s:b, s:O}", "guardian", 1, "relation", json_object_get(details, "relation"));
}

/* ---- birth ---- */

static const struct field child_question[] = {
    { "child", T("儿童身份证号", "child's citizen number"), FIELD_CITIZEN, true, NULL },
    FIELDS_END,
};
static const struct field birth_details[] = {
    { "mother", T("母亲身份证号", "mother's citizen number"), FIELD_CITIZEN, false, NULL },
    { "father", T("父亲身份证号", "father's citizen number"), FIELD_CITIZEN, false, NULL },
    FIELDS_END,
};
static const struct member birth_shape[] = {
    { "found", MEMBER_FLAG, false, NULL },
    { "mother", MEMBER_TEXT, true, NULL },
    { "father", MEMBER_TEXT, true, NULL },
    MEMBERS_END,
};

static json_t *birth_confirm(const json_t *question, const json_t *details)
{
    (void)question;
    return json_pack("{s:b, s:O?, s:O?}", "found", 1, "mother", json_object_get(details, "mother"), "father",
                     json_object_get(details, "father"));
}

/* ---- The table ---- */

const struct kind kinds[] = {
    { "children", T("监护的儿童", "children of a guardian"), children_question, NULL, children_shape,
      "{\"children\":[]}", NULL },
    { "household", T("户籍", "household registration"), child_and_guardian, household_details, household_shape,
      "{\"found\":false,\"book\":\"\",\"child\":null,\"guardian\":null}", household_confirm },
    { "property", T("不动产登记", "property title"), property_question, property_details, property_shape,
      "{\"titles\":[]}", property_confirm },
    { "contract", T("购房或租赁合同", "purchase or lease contract"), contract_question, contract_details,
      contract_shape, "{\"contracts\":[]}", contract_confirm },
    { "social_security", T("社会保险", "social security"), person_question, social_security_details,
      social_security_shape, "{\"employment\":[]}", social_security_confirm },
    { "licence", T("营业执照", "business licence"), person_question, licence_details, licence_shape,
      "{\"licences\":[]}", licence_confirm },
    { "permit", T("居住证", "residence permit"), person_question, permit_details, permit_shape, "{\"permits\":[]}",
      permit_confirm },
    { "guardianship", T("监护关系", "guardianship"), child_and_person, guardianship_details, guardianship_shape,
      "{\"guardian\":false,\"relation\":\"\"}", guardianship_confirm },
    { "birth", T("出生医学证明", "birth certificate"), child_question, birth_details, birth_shape,
      "{\"found\":false,\"mother\":null,\"father\":null}", birth_confirm },
};
const size_t kinds_count = sizeof kinds / sizeof *kinds;

const struct kind *kind_find(struct str id)
{
    for (size_t i = 0; i < kinds_count; i++) {
        if (str_is(id, kinds[i].id)) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* ---- Checking ---- */

static bool of_type(const json_t *value, enum member_type type)
{
    switch (type) {
    case MEMBER_TEXT:
        return json_is_string(value);
    case MEMBER_FLAG:
        return json_is_boolean(value);
    case MEMBER_NUMBER:
        return json_is_number(value);
    case MEMBER_CODE:
        return json_is_string(value) || json_is_integer(value);
    case MEMBER_OBJECT:
        return json_is_object(value);
    case MEMBER_LIST:
        return json_is_array(value);
    }
    return false;
}

/* The key of the first member that does not fit, or NULL. Shapes are three levels deep at most. */
static const char *misfit(const json_t *object, const struct member *shape) // NOLINT(misc-no-recursion)
{
    if (!json_is_object(object)) {
        return "(an object)";
    }
    for (const struct member *m = shape; m->key; m++) {
        const json_t *value = json_object_get(object, m->key);
        if (!value || json_is_null(value)) {
            if (m->nullable) {
                continue;
            }
            return m->key;
        }
        if (!of_type(value, m->type)) {
            return m->key;
        }
        const char *inside = NULL;
        if (m->type == MEMBER_OBJECT && m->inside) {
            inside = misfit(value, m->inside);
        }
        for (size_t i = 0; m->type == MEMBER_LIST && m->inside && !inside && i < json_array_size(value); i++) {
            inside = misfit(json_array_get(value, i), m->inside);
        }
        if (inside) {
            return inside;
        }
    }
    return NULL;
}

bool kind_answer_parse(struct str kind, struct str text, json_t **out, struct error *error)
{
    json_error_t problem;
    json_t *answer =
        text.n <= LIMIT_ASK_BYTES ? json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &problem) : NULL;
    if (!json_is_object(answer)) {
        json_decref(answer);
        return error_set(error, "The answer is not a JSON object.");
    }
    const struct kind *known = kind_find(kind);
    const char *where = known ? misfit(answer, known->shape) : NULL;
    if (where) {
        json_decref(answer);
        return error_set(error, "The answer to a question of the kind %s is wrong at '%s'.", known->id, where);
    }
    if (out) {
        *out = answer;
    } else {
        json_decref(answer);
    }
    return true;
}
