/* The journal: what was done to it behind the program's back is found. On the engine of JIAOTI_TEST_DB. */
#include "check.h"

#include "store/journal.h"

#include <stdlib.h>
#include <unistd.h>

static void append(struct store_fixture *f, int n)
{
    struct error error = { "" };
    struct writing *writing = NULL;
    must(writing_open(&writing, f->store, f->vault, &error));
    must(writing_begin(writing, &error));
    for (int i = 1; i <= n; i++) {
        struct journal_entry entry = { .actor = 100 + i,
                                       .role = "clerk",
                                       .action = "application.review",
                                       .subject_kind = "application",
                                       .subject_id = i,
                                       .division = STR("371502"),
                                       .detail = STR("通过") };
        must(journal_append(writing, &entry, &error));
    }
    must(writing_commit(writing, &error));
    writing_close(writing);
}

static struct journal_report verify(struct store_fixture *f)
{
    struct error error = { "" };
    struct journal_report report;
    must(journal_verify(f->store, f->vault, &report, &error));
    return report;
}

/* Twenty rows, one statement behind the program's back, and where the verification must point. */
static void tampered(const char *sql, int64_t first_bad, const char *finding)
{
    struct error error = { "" };
    struct store_fixture *f = store_fixture_new();
    struct db *db = NULL;
    append(f, 20);
    assert_true(verify(f).whole);
    must(db_open(&db, f->store, DB_WRITE, &error));
    must(db_script(db, sql, &error));
    db_close(db);
    struct journal_report report = verify(f);
    assert_false(report.whole);
    assert_int_equal(report.first_bad, first_bad);
    if (!strstr(report.finding, finding)) {
        fail_msg("%s: %s", sql, report.finding);
    }
    store_fixture_free(f);
}

static void a_whole_chain_is_whole(void **state)
{
    (void)state;
    struct store_fixture *f = store_fixture_new();
    struct journal_report report = verify(f);
    assert_true(report.whole && report.rows == 0 && report.anchor == 0);
    append(f, 2500);
    append(f, 1);
    report = verify(f);
    assert_true(report.whole);
    assert_int_equal(report.rows, 2501);
    assert_int_equal(report.anchor, 2501);
    assert_string_equal(report.finding, "");
    store_fixture_free(f);
}

static void changes_are_found(void **state)
{
    (void)state;
    tampered("update journal set detail = '驳回' where seq = 7;", 7, "row 7 was changed");
    tampered("update journal set actor = actor + 1 where seq = 1;", 1, "row 1 was changed");
    tampered("update journal set at = at - 1 where seq = 20;", 20, "row 20 was changed");
    tampered("update journal set subject_id = -subject_id where seq = 3;", 3, "row 3 ");
    tampered("update journal set role = 'head' where seq = 3;", 3, "row 3 ");
    tampered("update journal set action = 'application.revie', subject_kind = 'wapplication' where seq = 3;", 3,
             "row 3 ");
    tampered("update journal set division = '371503' where seq = 3;", 3, "row 3 ");
    tampered("update journal set hash = (select hash from journal where seq = 4) where seq = 5;", 5, "row 5 ");
}

static void removals_are_found(void **state)
{
    (void)state;
    tampered("delete from journal where seq = 1;", 1, "row 1 missing");
    tampered("delete from journal where seq = 9;", 9, "row 9 missing");
    tampered("delete from journal where seq between 9 and 11;", 9, "rows 9 to 11 missing");
    tampered("delete from journal where seq = 20;", 20, "cut off the end");
    tampered("delete from journal where seq > 15;", 16, "rows 16 to 20 missing");
    tampered("delete from journal;", 1, "rows 1 to 20 missing");
    /* taken out and closed up again */
    tampered("delete from journal where seq = 9; update journal set seq = seq - 1000 where seq > 9; "
             "update journal set seq = seq + 999 where seq < 0;",
             9, "row 9 was changed, inserted or moved");
}

static void insertions_and_swaps_are_found(void **state)
{
    (void)state;
    tampered("insert into journal (seq, at, actor, role, action, subject_kind, subject_id, division, detail, hash) "
             "select 21, at, actor, role, action, subject_kind, subject_id, division, detail, hash from journal "
             "where seq = 20;",
             21, "row 21 was changed, inserted or moved");
    tampered("insert into journal (seq, at, actor, role, action, subject_kind, subject_id, division, detail, hash) "
             "select 0, at, actor, role, action, subject_kind, subject_id, division, detail, hash from journal "
             "where seq = 1;",
             0, "inserted before the first");
    tampered("update journal set seq = -1 where seq = 5; update journal set seq = 5 where seq = 6; "
             "update journal set seq = 6 where seq = -1;",
             5, "row 5 was changed, inserted or moved");
}

/* The end is cut and the program writes on: the anchor does not follow onto another chain. */
static void a_rewritten_tail_is_found(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = store_fixture_new();
    struct db *db = NULL;
    append(f, 20);
    must(db_open(&db, f->store, DB_WRITE, &error));
    must(db_script(db, "delete from journal where seq > 10;", &error));
    db_close(db);
    append(f, 15);
    struct journal_report report = verify(f);
    assert_false(report.whole);
    assert_int_equal(report.first_bad, 20);
    assert_int_equal(report.anchor, 20);
    store_fixture_free(f);
}

static void a_forged_anchor_is_found(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = store_fixture_new();
    struct str anchor = STR("");
    bool found = false;
    append(f, 20);
    must(vault_read_file(f->vault, "journal.anchor", f->arena, &anchor, &found, &error));
    assert_true(found && str_starts(anchor, STR("jiaoti journal anchor 1\nseq 20\n")));
    char *forged = (char *)(uintptr_t)anchor.p;
    memcpy(strstr(forged, "seq 20"), "seq 19", 6);
    must(vault_write_file(f->vault, "journal.anchor", anchor, &error));
    struct journal_report report = verify(f);
    assert_false(report.whole);
    assert_non_null(strstr(report.finding, "anchor"));
    must(vault_write_file(f->vault, "journal.anchor", STR("nonsense"), &error));
    assert_false(verify(f).whole);
    store_fixture_free(f);
}

static void another_key_does_not_fit(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = store_fixture_new();
    struct vault *other = NULL;
    struct journal_report report;
    append(f, 3);
    must(vault_open(&other, arena_printf(f->arena, "%s/other", f->folder).p, VAULT_SM4, &error));
    must(journal_verify(f->store, other, &report, &error));
    assert_false(report.whole);
    assert_int_equal(report.first_bad, 1);
    vault_close(other);
    store_fixture_free(f);
}

static void a_detail_has_a_limit(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = store_fixture_new();
    struct writing *writing = NULL;
    must(writing_open(&writing, f->store, f->vault, &error));
    must(writing_begin(writing, &error));
    struct journal_entry entry = { .role = "", .action = "x", .subject_kind = "", .detail = { f->folder, 5000 } };
    assert_false(journal_append(writing, &entry, &error));
    assert_non_null(strstr(error.message, "longer than"));
    writing_close(writing);
    store_fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_chain_is_whole),    cmocka_unit_test(changes_are_found),
        cmocka_unit_test(removals_are_found),        cmocka_unit_test(insertions_and_swaps_are_found),
        cmocka_unit_test(a_rewritten_tail_is_found), cmocka_unit_test(a_forged_anchor_is_found),
        cmocka_unit_test(another_key_does_not_fit),  cmocka_unit_test(a_detail_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
