/* Reading applications: one as a whole, whose it is, what may be counted; and the small writes beside (messages, who
 * read a file). Nothing of a person is unsealed without a vault. */
#include "base/hex.h"
#include "places/inside.h"
#include "places/receipt.h"
#include "store/journal.h"

/* ---- Texts ---- */

struct text apply_result_text(enum apply_result result)
{
    static const struct text texts[APPLY_RESULT_COUNT] = {
        [APPLY_DONE] = { "已保存", "Saved" },
        [APPLY_FOUND_DRAFT] = { "这个孩子已经有一份未提交的申请，请接着填写",
                                "An application for this child was begun already; go on with it" },
        [APPLY_ALREADY_SUBMITTED] = { "这个孩子的申请已经提交，不能重复提交",
                                      "The application for this child has been submitted; there can be only one" },
        [APPLY_ELSEWHERE] = { "这个孩子今年已在别的县（市、区）报名；一个孩子只能报一处，先在那边撤回才能在这里报",
                              "The child applies in another county this year already; there is one application for a "
                              "child, so withdraw it there first" },
        [APPLY_NOT_FOUND] = { "没有找到这份申请", "There is no such application" },
        [APPLY_NOT_GUARDIAN] = { "只有孩子的监护人可以办理", "Only a guardian of the child can do this" },
        [APPLY_NOT_OPEN] = { "报名还没有开始", "Applications are not open yet" },
        [APPLY_CLOSED] = { "报名已经截止", "Applications are closed" },
        [APPLY_TOO_YOUNG] = { "孩子未到入学年龄", "The child is too young to enter this year" },
        [APPLY_WRONG_STAGE] = { "学段不符", "This is the wrong stage for the child" },
        [APPLY_LOCKED] = { "申请已提交并锁定；只有要求补正的部分可以修改",
                           "The application is submitted and locked; only what you were asked to correct can be "
                           "changed" },
        [APPLY_CHANGED] = { "这份申请刚刚在别处被修改过，请查看最新内容后再操作",
                            "The application was changed elsewhere meanwhile; look at it again, then go on" },
        [APPLY_CONSENT_MISSING] = { "请先阅读并同意信息核验说明", "Read and agree to the checks first" },
        [APPLY_REFUSED_CONSENT] = { "您没有同意联网核验，可以到窗口办理",
                                    "You did not agree to the checks; you can apply at the counter" },
        [APPLY_DWELLING_MISSING] = { "请先选择或填写申请所依据的住房",
                                     "Choose or give the dwelling that you apply by first" },
        [APPLY_DWELLING_KIND] = { "请选择住房的类型", "Choose the kind of dwelling" },
        [APPLY_ADDRESS_MISSING] = { "请填写住房的详细地址", "Give the full address of the dwelling" },
        [APPLY_ADDRESS_UNKNOWN] = { "没有从地址中找到所在小区或村，请选择小区或村",
                                    "No community was found in the address; choose the community" },
        [APPLY_OUTSIDE_COUNTY] = { "住房和户籍都不在本县（市、区），请到住房或户籍所在地报名",
                                   "Neither dwelling nor household is in this county; apply where one of them is" },
        [APPLY_OWNER_MISSING] = { "请填写产权人的姓名和身份证号", "Give the owner's name and citizen number" },
        [APPLY_BAD_CITIZEN] = { "身份证号有误", "The citizen number is wrong" },
        [APPLY_SIBLING_SCHOOL] = { "本县（市、区）没有长幼随学办法，或该校不在本次招生之列",
                                   "There is no sibling rule in this county, or the school is not in this round" },
        [APPLY_CHOICES_MISSING] = { "请至少选择一所学校", "Choose at least one school" },
        [APPLY_CHOICES_TOO_MANY] = { "选择的学校超过了允许的数量", "You chose more schools than the policy allows" },
        [APPLY_CHOICE_TWICE] = { "同一所学校选了两次", "The same school was chosen twice" },
        [APPLY_CHOICE_UNKNOWN] = { "所选学校不在本次招生之列", "The school is not in this round" },
        [APPLY_CHOICE_OUTSIDE] = { "住房和户籍都不在所选公办学校的招生范围内",
                                   "Neither dwelling nor household is in the catchment of this public school" },
        [APPLY_NO_CORRECTION] = { "目前没有要求补正的内容", "Nothing was asked to be corrected" },
        [APPLY_PAPERS_TOO_MANY] = { "上传的材料已达到上限", "No more papers can be handed in" },
        [APPLY_PAPER_NOT_ASKED] = { "这一项已核验通过或正在核验，不需要上传材料",
                                    "This check has passed or is running; no paper is needed" },
        [APPLY_PAPER_KIND] = { "这一项不接受这种材料", "This check does not take this kind of paper" },
        [APPLY_TOGETHER_NOBODY] = { "本批次不能申请同校，或没有这样的兄弟姐妹报名",
                                    "These rules do not have it, or there is no such brother or sister in the round" },
        [APPLY_TOGETHER_MANY] = { "同校申请的孩子太多", "More children than can ask together" },
        [APPLY_TOGETHER_FIXED] = { "申请同校的另一个孩子已经提交，志愿已定；要改志愿，请先撤回那一份，或取消同校申请",
                                   "The application of the brother or sister was handed in with these wishes. To "
                                   "change "
                                   "them, withdraw that one first, or ask no longer together" },
        [APPLY_TOGETHER_OUTSIDE] = { "申请同校的另一个孩子不能选择其中的学校",
                                     "The brother or sister may not choose one of these schools" },
        [APPLY_TOGETHER_DIFFER] = { "申请同校的孩子志愿不同，请先改成一样，或取消同校申请",
                                    "The wishes of the children who ask together differ: make them the same, or ask no "
                                    "longer together" },
        [APPLY_HAS_PLACE] = { "孩子在本轮招生中已有学位", "The child has a place from the main round already" },
    };
    return result < APPLY_RESULT_COUNT ? texts[result] : texts[APPLY_NOT_FOUND];
}

struct text consent_refused_text(void)
{
    return T(
        "不同意联网核验不影响孩子入学：请携带户口簿、监护人身份证和住房材料原件，在报名截止前到县（市、区）教体局招生窗"
        "口办理，由工作人员当面核对。窗口办理与网上办理的先后、录取规则完全相同。",
        "Refusing the checks does not touch the child's right to a place: before the close, bring the originals of "
        "household book, guardian's identity card and papers of the dwelling to the admissions counter of the "
        "county's bureau, where a person looks at them. The rules are the same as online, and so is their order.");
}

struct text message_text(struct str kind)
{
    static const struct {
        const char *kind;
        struct text text;
    } texts[] = {
        { "submitted", { "申请已提交", "Your application was submitted" } },
        { "correction", { "请补正申请", "Please correct your application" } },
        { "passed", { "审核已通过", "The review has passed" } },
        { "refused", { "审核未通过", "The review has refused the application" } },
        { "counter", { "请到窗口办理", "Please come to the counter" } },
        { "placed", { "录取结果已公布", "The result is published" } },
        { "moved", { "录取结果有变动", "The result has changed" } },
        { "confirmed", { "已确认学位", "The place is confirmed" } },
        { "declined", { "已放弃学位", "The place was declined" } },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (str_is(kind, texts[i].kind)) {
            return texts[i].text;
        }
    }
    return T("有新的消息", "There is news");
}

/* ---- One application ---- */

#define TEXT(column) rows_text_in(rows, (column), arena)

static const char application_sql[] =
    "select a.id, a.round, r.label, r.division, r.state, r.stage, r.year, r.policy, r.opens_at, r.closes_at, a.child, "
    "c.name_sealed, c.citizen_sealed, c.birth_day, c.household_division, a.account, a.state, a.step, a.receipt, "
    "a.review, a.review_level, a.review_reasons, a.consent_at, a.dwelling, d.community, d.kind, d.address_sealed, "
    "a.claim_kind, a.claim_sealed, a.claims, a.facts, a.sibling_school, a.twin, a.unlocked, a.queue_at, a.begun_at, "
    "a.submitted_at, a.changed_at, a.version, a.together from application a join round r on r.id = a.round join child "
    "c on "
    "c.id = a.child left join dwelling d on d.id = a.dwelling where a.id = ?1";

static void read_application(struct rows *rows, struct arena *arena, struct application *out)
{
    *out = (struct application){
        .id = rows_int(rows, 0),
        .round = rows_int(rows, 1),
        .round_label = TEXT(2),
        .round_division = TEXT(3),
        .round_state = TEXT(4),
        .stage = str_is(rows_text(rows, 5), "primary") ? STAGE_PRIMARY : STAGE_JUNIOR,
        .year = rows_int(rows, 6),
        .policy = rows_int(rows, 7),
        .opens_at = rows_int(rows, 8),
        .closes_at = rows_int(rows, 9),
        .child = rows_int(rows, 10),
        .child_birth = rows_int(rows, 13),
        .child_division = TEXT(14),
        .account = rows_int(rows, 15),
        .state = TEXT(16),
        .step = TEXT(17),
        .receipt = TEXT(18),
        .review = TEXT(19),
        .review_level = TEXT(20),
        .review_reasons = TEXT(21),
        .consent_at = rows_int(rows, 22),
        .dwelling = rows_int(rows, 23),
        .dwelling_community = rows_int(rows, 24),
        .dwelling_kind = TEXT(25),
        .claim_kind = TEXT(27),
        .claims = (uint32_t)rows_int(rows, 29),
        .facts = (uint32_t)rows_int(rows, 30),
        .sibling_school = rows_int(rows, 31),
        .twin = rows_int(rows, 32),
        .unlocked = (unsigned)rows_int(rows, 33),
        .queue_at = rows_int(rows, 34),
        .begun_at = rows_int(rows, 35),
        .submitted_at = rows_int(rows, 36),
        .changed_at = rows_int(rows, 37),
        .version = rows_int(rows, 38),
        .together = rows_int(rows, 39),
    };
}

static bool unseal_application(struct rows *rows, struct arena *arena, struct vault *vault, struct application *out,
                               struct error *error)
{
    struct str address = rows_blob(rows, 26);
    return vault_unseal(vault, arena, "child.name", rows_blob(rows, 11), &out->child_name, error) &&
           vault_unseal(vault, arena, "child.citizen", rows_blob(rows, 12), &out->child_citizen, error) &&
           (!address.n || vault_unseal(vault, arena, "dwelling.address", address, &out->address, error)) &&
           claim_unseal(vault, arena, rows_blob(rows, 28), &out->claim, error);
}

static bool read_choices(struct rows *rows, struct arena *arena, struct application *out, struct error *error)
{
    struct list list = { .size = sizeof(struct application_choice) };
    while (rows_next(rows)) {
        *(struct application_choice *)list_add(&list, arena) = (struct application_choice){
            .rank = rows_int(rows, 0),
            .offer = rows_int(rows, 1),
            .institution = rows_int(rows, 2),
            .school = { TEXT(3), TEXT(4) },
            .public_school = str_is(rows_text(rows, 5), "public"),
            .distance = rows_int(rows, 6),
            .category = rows_int(rows, 7),
            .subrank = rows_int(rows, 8),
            .sibling = rows_int(rows, 9) != 0,
            .capacity = rows_int(rows, 10),
            .last_cutoff = TEXT(11),
        };
    }
    out->choices = list.items;
    out->nchoices = list.n;
    return rows_end(rows, error);
}

bool application_get(struct db *db, struct arena *arena, struct vault *vault, int64_t id, struct application *out,
                     bool *found, struct error *error)
{
    struct application application = { 0 };
    bool good = true;
    struct rows *rows = db_query(db, error, application_sql, V_INT(id));
    struct rows *choices =
        db_query(db, rows ? error : NULL,
                 "select c.rank, c.offer, o.institution, i.name_zh, i.name_en, o.kind, c.distance, c.category, "
                 "c.subrank, c.sibling, o.capacity, o.last_cutoff from choice c join offer o on o.id = c.offer join "
                 "institution i on i.id = o.institution where c.application = ?1 order by c.rank",
                 V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        read_application(rows, arena, &application);
        good = !vault || unseal_application(rows, arena, vault, &application, error);
    }
    good = rows_end(rows, good ? error : NULL) && good;
    if (!read_choices(choices, arena, &application, good ? error : NULL) || !good) {
        return false;
    }
    if (*found) {
        *out = application;
    }
    return true;
}

bool application_by_receipt(struct db *db, struct arena *arena, struct str typed, int64_t *id, bool *found,
                            struct error *error)
{
    struct str receipt;
    *found = false;
    return !receipt_read(arena, typed, &receipt) ||
           db_one_int(db, error, id, found, "select id from application where receipt = ?1", V_TEXT(receipt));
}

bool application_subject_for(struct db *db, struct arena *arena, int64_t id, int64_t account,
                             struct application_subject *out, bool *guardian, bool *found, struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select r.division, a.school, a.account, a.child, a.round, a.state, g.account from application a "
                 "join round r on r.id = a.round left join guardian g on g.account = ?2 and g.child = a.child "
                 "where a.id = ?1",
                 V_INT(id), V_INT(account));
    *found = rows_next(rows);
    if (*found) {
        *out =
            (struct application_subject){ TEXT(0),           rows_int(rows, 1), rows_int(rows, 2),
                                          rows_int(rows, 3), rows_int(rows, 4), str_is(rows_text(rows, 5), "draft") };
        *guardian = !rows_is_null(rows, 6);
    }
    return rows_end(rows, error);
}

bool application_subject(struct db *db, struct arena *arena, int64_t id, struct application_subject *out, bool *found,
                         struct error *error)
{
    bool guardian;
    return application_subject_for(db, arena, id, 0, out, &guardian, found, error);
}

/* ---- Counts ---- */

bool application_counts(struct db *db, struct arena *arena, int64_t round, struct application_count **out, size_t *n,
                        struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows =
        db_query(db, error,
                 "select c.offer, c.category, cast(sum(case c.rank when 1 then 1 else 0 end) as bigint), count(*) from "
                 "application a join choice c on c.application = a.id where a.round = ?1 and "
                 "a.state = 'submitted' group by c.offer, c.category order by c.offer, c.category",
                 V_INT(round));
    while (rows_next(rows)) {
        *(struct application_count *)list_add(&list, arena) =
            (struct application_count){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2), rows_int(rows, 3) };
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

bool application_tallies(struct db *db, struct arena *arena, int64_t round, struct application_tally **out, size_t *n,
                         struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(db, error,
                                 "select state, review, count(*) from application where round = ?1 "
                                 "group by state, review order by state, review",
                                 V_INT(round));
    while (rows_next(rows)) {
        *(struct application_tally *)list_add(&list, arena) =
            (struct application_tally){ TEXT(0), TEXT(1), rows_int(rows, 2) };
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

/* ---- Who read a file; messages ---- */

/* Whose file it is: the child, and the division that the entry belongs to. */
static bool read_subject(struct writing *writing, const struct file_read *read, int64_t *child, struct str *division,
                         struct error *error)
{
    struct application_subject subject;
    bool found;
    if (read->application == 0) {
        *child = read->child;
        return db_one_text(writing->db, error, writing->arena, division, NULL,
                           "select household_division from child where id = ?1", V_INT(read->child));
    }
    if (!application_subject(writing->db, writing->arena, read->application, &subject, &found, error) || !found) {
        return error_set(error, "there is no application %lld", (long long)read->application);
    }
    *child = subject.child;
    *division = subject.division;
    return true;
}

bool file_read_run(struct writing *writing, void *input, struct error *error)
{
    struct file_read *read = input;
    struct str division = { NULL, 0 };
    int64_t child = 0;
    bool is_new = true;
    if (!read_subject(writing, read, &child, &division, error)) {
        return false;
    }
    if (read->session.n) {
        struct str before, text = arena_printf(writing->arena, "read %lld %.*s", (long long)child,
                                               STR_ARG(hex_encode(writing->arena, read->session.p, read->session.n)));
        struct str key = vault_hash_in(writing->vault, writing->arena, "reading", text);
        if (!once_claim(writing, key, read->actor.account, &before, &is_new, error)) {
            return false;
        }
    }
    bool of_child = read->application == 0;
    return !is_new || journal_append(writing,
                                     &(struct journal_entry){ .actor = read->actor.account,
                                                              .role = read->actor.role,
                                                              .action = of_child ? "child.read" : "application.read",
                                                              .subject_kind = of_child ? "child" : "application",
                                                              .subject_id = of_child ? child : read->application,
                                                              .division = division,
                                                              .detail = read->why },
                                     error);
}

bool message_add(struct writing *writing, int64_t application, const char *kind, struct str detail, struct error *error)
{
    return db_run(writing->db, error, "insert into message (application, at, kind, detail) values (?1, ?2, ?3, ?4)",
                  V_INT(application), V_INT(writing->now), V_TEXT(str_of(kind)), V_TEXT(detail));
}

bool message_read_run(struct writing *writing, void *input, struct error *error)
{
    struct message_read *read = input;
    /* A family's own: the account is a guardian of the child. */
    return db_run(
        writing->db, error,
        "update message set read_at = ?2 where application = ?1 and read_at is null and exists (select 1 from "
        "application a join guardian g on g.child = a.child where a.id = ?1 and g.account = ?3)",
        V_INT(read->application), V_INT(writing->now), V_INT(read->actor.account));
}
