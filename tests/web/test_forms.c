/* Forms: both encodings, malformed bodies, checks of each kind of field, kept values. */
#include "web/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#define PART(name) "--b\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_PART(name, file)                                                                                          \
    "--b\r\nContent-Disposition: form-data; name=\"" name "\"; filename=\"" file "\"\r\nContent-Type: x/y\r\n\r\n"

static void test_multipart(void **state)
{
    (void)state;
    struct form_parts parts;
    struct error error;
    struct str boundary;
    assert_true(form_boundary(STR("Multipart/Form-Data; charset=utf-8; boundary=\"b\""), &boundary));
    assert_true(str_is(boundary, "b"));
    assert_false(form_boundary(STR("application/x-www-form-urlencoded"), &boundary));
    static const char body[] =
        PART("name") "王小明\r\n" FILE_PART("paper", "C:\\照片\\户口.png") "\x89PNG\r\n\x1a\n\0--b x\r\n" FILE_PART(
            "none", "") "\r\n" PART("name") "\r\n--b--\r\n";
    struct str whole = { body, sizeof body - 1 };
    assert_true(form_parse_multipart(arena, whole, STR("b"), &parts, &error));
    assert_int_equal(parts.count, 4);
    assert_true(str_is(parts.parts[0].value, "王小明"));
    assert_null(parts.parts[0].file_name.p);
    assert_int_equal(parts.parts[1].value.n, 14);
    assert_non_null(parts.parts[2].file_name.p);
    assert_int_equal(parts.parts[2].value.n, 0);
    assert_int_equal(parts.parts[3].value.n, 0);
    static const char *const bad[] = { "",
                                       "x",
                                       "--b",
                                       "--b\r\n",
                                       PART("a") "v",
                                       PART("a") "v\r\n--b",
                                       PART("a") "v\r\n--bx",
                                       PART("") "v\r\n--b--",
                                       "--b\r\nX: y\r\n\r\nv\r\n--b--",
                                       PART("a") "\xff\r\n--b--",
                                       PART("a") "\x01\r\n--b--" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        error.message[0] = 0;
        assert_false(form_parse_multipart(arena, str_of(bad[i]), STR("b"), &parts, &error));
        assert_true(error.message[0]);
    }
    assert_false(form_parse_multipart(arena, whole, STR(""), &parts, &error));
}

static void test_too_many_fields(void **state)
{
    (void)state;
    struct form_parts parts;
    struct error error;
    struct buf body = buf_init(1024 * 1024);
    for (int i = 0; i <= LIMIT_FIELDS; i++) {
        buf_add_cstr(&body, "a=b&");
    }
    assert_false(form_parse_urlencoded(arena, buf_str(&body), &parts, &error));
    buf_clear(&body);
    for (int i = 0; i <= LIMIT_FIELDS; i++) {
        buf_add_cstr(&body, PART("a") "b\r\n");
    }
    buf_add_cstr(&body, "--b--\r\n");
    assert_false(form_parse_multipart(arena, buf_str(&body), STR("b"), &parts, &error));
    buf_clear(&body);
    buf_add_cstr(&body, "a=");
    char *room = buf_room(&body, LIMIT_FIELD_BYTES + 1);
    memset(room, 'x', LIMIT_FIELD_BYTES + 1);
    buf_took(&body, LIMIT_FIELD_BYTES + 1);
    assert_false(form_parse_urlencoded(arena, buf_str(&body), &parts, &error));
    buf_free(&body);
}

/* Damaged bodies in blocks of their exact size: ASan sees a read past the end. */
static void test_damaged_bodies(void **state)
{
    (void)state;
    static const char multipart[] = PART("name") "abc\r\n" FILE_PART("paper", "a.png") "12345\r\n--b--\r\n";
    static const char encoded[] = "name=%E7%8E%8B&number=110105&a+b=%20&form_key=0123456789";
    uint64_t random = 7;
    for (int round = 0; round < 100000; round++) {
        const char *good = round & 1 ? multipart : encoded;
        size_t size = round & 1 ? sizeof multipart - 1 : sizeof encoded - 1;
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t n = (size_t)(random >> 33) % (size + 1);
        char *copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, good, n);
        for (int k = 0; k < (int)(random >> 61) && n; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            copy[(size_t)(random >> 33) % n] = "-b\r\n\";=%&x"[(random >> 20) % 10];
        }
        struct form_parts parts = { 0 };
        struct error error;
        struct str body = { copy, n };
        bool ok = round & 1 ? form_parse_multipart(arena, body, STR("b"), &parts, &error)
                            : form_parse_urlencoded(arena, body, &parts, &error);
        for (size_t i = 0; ok && i < parts.count; i++) {
            assert_true(parts.parts[i].value.n <= n);
            assert_true(str_is_utf8(parts.parts[i].name));
        }
        free(copy);
        arena_reset(arena);
    }
}

static const struct option options[] = { { "a", T("甲", "A"), { 0 } }, { "b", T("乙", "B"), { 0 } } };
static const struct field fields[] = {
    { .name = "name", .kind = FIELD_TEXT, .required = true, .max = 4, .label = T("姓名", "Name") },
    { .name = "age", .kind = FIELD_INT, .min = 3, .max = 20, .label = T("年龄", "Age") },
    { .name = "born", .kind = FIELD_DATE, .label = T("出生日期", "Date of birth") },
    { .name = "pick", .kind = FIELD_CHOICE, .label = T("选择", "Choice"), FIELD_OPTIONS(options) },
    { .name = "many", .kind = FIELD_CHECKS, .max = 1, .label = T("多选", "Several"), FIELD_OPTIONS(options) },
    { .name = "number", .kind = FIELD_CITIZEN, .label = T("身份证号", "Citizen number") },
    { .name = "phone", .kind = FIELD_PHONE, .label = T("电话", "Telephone") },
    { .name = "mail", .kind = FIELD_EMAIL, .label = T("邮箱", "E-mail") },
    { .name = "secret", .kind = FIELD_PASSWORD, .label = T("密码", "Password") },
    { .name = "paper", .kind = FIELD_FILE, .max = 10, .accept = "image/png", .label = T("材料", "Paper") },
    { .name = "ids", .kind = FIELD_LIST, .label = T("编号", "Numbers") },
};
static const struct form form = FORM(fields);

static struct form_state *check(struct form_part *parts, size_t count)
{
    struct form_state *state = form_state_new(arena, &form);
    struct form_parts all = { parts, count };
    form_state_take(arena, state, &all);
    form_state_check(arena, state);
    return state;
}

/* What one field becomes; NULL when it is in error. */
static const char *becomes(const char *name, const char *value)
{
    struct form_part parts[] = { { .name = STR("name"), .value = STR("好") },
                                 { .name = str_of(name), .value = str_of(value) } };
    struct form_state *state = check(strcmp(name, "name") == 0 ? parts + 1 : parts, strcmp(name, "name") == 0 ? 1 : 2);
    struct field_state *field = form_state_field(state, name);
    assert_int_equal(state->failed, !text_is_empty(field->error));
    if (!text_is_empty(field->error)) {
        assert_true(field->error.en[0] && field->clean.n == 0);
        assert_true(str_is(field->values[0], value)); /* kept as it was typed */
        return NULL;
    }
    return arena_cstr(arena, field->clean);
}

static void test_kinds(void **state)
{
    (void)state;
    assert_string_equal(becomes("name", "  王小明 "), "王小明");
    assert_null(becomes("name", "一二三四五"));
    assert_null(becomes("name", "   "));
    assert_null(becomes("name", "a\nb"));
    assert_string_equal(becomes("age", "１２"), "12");
    assert_null(becomes("age", "2"));
    assert_null(becomes("age", "12.5"));
    assert_null(becomes("age", "99999999999999999999"));
    assert_string_equal(becomes("pick", "b"), "b");
    assert_null(becomes("pick", "c"));
    assert_string_equal(becomes("number", "11010519491231002x"), "11010519491231002X");
    assert_string_equal(becomes("number", "１１０１０５ 19491231 002Ｘ"), "11010519491231002X");
    assert_string_equal(becomes("number", "440524188001010014"), "440524188001010014");
    assert_null(becomes("number", "110105194912310021"));
    assert_null(becomes("number", "11010519491331002X"));
    assert_string_equal(becomes("phone", "138 0013-8000"), "13800138000");
    assert_null(becomes("phone", "12345678901"));
    assert_null(becomes("phone", "call me"));
    assert_string_equal(becomes("mail", "a@b.cn"), "a@b.cn");
    assert_null(becomes("mail", "a@b"));
    assert_string_equal(becomes("secret", " x "), " x ");
    assert_string_equal(becomes("born", "2020年3月27日"), "2020-03-27");
    assert_null(becomes("born", "2021-02-29"));
}

static void test_dates_lists_and_files(void **state)
{
    (void)state;
    struct form_part parts[] = {
        { .name = STR("name"), .value = STR("好") },
        { .name = STR("born-year"), .value = STR("２０２０") },
        { .name = STR("born-month"), .value = STR("2") },
        { .name = STR("born-day"), .value = STR("29") },
        { .name = STR("many"), .value = STR("a") },
        { .name = STR("many"), .value = STR("b") },
        { .name = STR("ids"), .value = STR("7") },
        { .name = STR("ids"), .value = STR("8") },
        { .name = STR("paper"), .value = STR("\x89PNG\r\n\x1a\n"), .file_name = STR("..\\x/y\"\n照.png") },
    };
    struct form_state *made = check(parts, sizeof parts / sizeof *parts);
    assert_true(str_is(form_state_field(made, "born")->clean, "2020-02-29"));
    assert_false(text_is_empty(form_state_field(made, "many")->error)); /* at most one */
    assert_int_equal(form_state_field(made, "ids")->value_count, 2);
    struct field_state *paper = form_state_field(made, "paper");
    assert_true(text_is_empty(paper->error));
    assert_string_equal(paper->upload.type, "image/png");
    assert_true(str_is(paper->upload.name, "y照.png"));
    parts[8].value = STR("%PDF-1.7\n%%");
    assert_false(text_is_empty(form_state_field(check(parts, 9), "paper")->error)); /* 11 bytes; and no picture */
    parts[8].value = STR("%PDF-");
    assert_false(text_is_empty(form_state_field(check(parts, 9), "paper")->error));
    parts[8].value = STR("");
    assert_false(text_is_empty(form_state_field(check(parts, 9), "paper")->error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_multipart),
        cmocka_unit_test(test_too_many_fields),
        cmocka_unit_test(test_damaged_bodies),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_dates_lists_and_files),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
