/* Papers: types, limits, who may, files before rows, tampering, faults, cleaning. */
#include "family_fixture.h"
#include "store/fault.h"
#include "store/journal.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int setup(void **state)
{
    *state = town_new();
    return 0;
}

static int teardown(void **state)
{
    fault_set(NULL);
    town_free(*state);
    return 0;
}

#define JPEG STR("\xFF\xD8\xFF\xE0 a picture of a household book")

static struct stored_file store(struct town *town, struct str bytes)
{
    struct stored_file paper;
    struct error error = { { 0 } };
    if (!paper_store(town->places, town->fixture->vault, town->arena, bytes, &paper, &error)) {
        fail_msg("%s", error.message);
    }
    return paper;
}

/* A draft whose household check failed. */
static int64_t failed_draft(struct town *town)
{
    int64_t id = town_draft(town, town->mother, town->child, town->home, town->offer_a);
    town_answer(town, id, "household", "{\"found\":false}");
    return id;
}

static enum apply_result add(struct town *town, int64_t id, const char *check, const char *kind, struct str bytes,
                             int64_t *paper)
{
    struct paper_add add = { .apply = town_apply(town, town->mother, id),
                             .check_kind = str_of(check),
                             .kind = str_of(kind),
                             .file = store(town, bytes) };
    town_run(town, paper_add_run, &add);
    *paper = add.paper;
    return add.apply.result;
}

static const char *path_of(struct town *town, struct str stored)
{
    return arena_printf(town->arena, "%s/papers/%.*s", town->fixture->folder, STR_ARG(stored)).p;
}

static void types_by_content(void **state)
{
    struct town *town = *state;
    assert_string_equal(file_type(JPEG), "image/jpeg");
    assert_string_equal(file_type(STR("\x89PNG\r\n\x1A\n....")), "image/png");
    assert_string_equal(file_type(STR("%PDF-1.7")), "application/pdf");
    assert_null(file_type(STR("<html>")));
    assert_null(file_type(STR("\xFF\xD8")));
    assert_null(file_type(STR("")));
    assert_int_equal(store(town, STR("")).fault, FILE_EMPTY);
    assert_int_equal(store(town, STR("MZ program.jpg")).fault, FILE_TYPE);
    char *large = arena_alloc(town->arena, LIMIT_PAPER_BYTES + 1);
    memcpy(large, "%PDF-", 5);
    assert_int_equal(store(town, (struct str){ large, LIMIT_PAPER_BYTES + 1 }).fault, FILE_TOO_LARGE);
    assert_int_equal(store(town, (struct str){ large, LIMIT_PAPER_BYTES }).fault, FILE_GOOD);
    for (int i = FILE_GOOD; i <= FILE_TYPE; i++) {
        assert_true(file_fault_text((enum file_fault)i).zh[0]);
    }
}

static void in_and_out(void **state)
{
    struct town *town = *state;
    struct error error = { { 0 } };
    int64_t id = failed_draft(town), paper, again;
    assert_int_equal(add(town, id, "household", "household_book", JPEG, &paper), APPLY_DONE);
    assert_int_equal(add(town, id, "household", "household_book", JPEG, &again), APPLY_DONE);
    assert_int_equal(again, paper); /* the same picture is one paper */
    struct paper *papers;
    struct str bytes;
    size_t n;
    bool found;
    assert_true(paper_list(town->db, town->arena, id, &papers, &n, &error));
    assert_int_equal(n, 1);
    assert_true(paper_read(town->places, town->fixture->vault, town->arena, &papers[0], &bytes, &error));
    assert_true(str_eq(bytes, JPEG));
    struct stat file;
    assert_int_equal(stat(path_of(town, papers[0].stored), &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    struct paper_open open = { { town->clerk, "school_clerk" }, paper, false };
    town_run(town, paper_open_run, &open);
    assert_true(open.found);
    assert_int_equal(town_int(town, "select count(*) from journal where action = 'paper.open' and subject_id = ?1", id),
                     1);
    struct paper_remove remove = { town_apply(town, town->mother, id), paper };
    town_run(town, paper_remove_run, &remove);
    assert_int_equal(remove.apply.result, APPLY_DONE);
    assert_true(paper_get(town->db, town->arena, paper, papers, &found, &error));
    assert_false(found);
    remove.apply = town_apply(town, town->mother, id);
    town_run(town, paper_remove_run, &remove);
    assert_int_equal(remove.apply.result, APPLY_NOT_FOUND);
}

static void only_where_it_is_needed(void **state)
{
    struct town *town = *state;
    int64_t id = failed_draft(town), paper;
    assert_int_equal(add(town, id, "property", "title_certificate", JPEG, &paper), APPLY_PAPER_NOT_ASKED);
    assert_int_equal(add(town, id, "household", "title_certificate", JPEG, &paper), APPLY_PAPER_KIND);
    assert_int_equal(add(town, id, "household", "nonsense", JPEG, &paper), APPLY_PAPER_KIND);
    for (int i = 0; i < LIMIT_PAPERS; i++) {
        struct str picture = arena_printf(town->arena, "\xFF\xD8\xFF picture %d", i);
        assert_int_equal(add(town, id, "household", "household_book", picture, &paper), APPLY_DONE);
    }
    assert_int_equal(add(town, id, "household", "household_book", JPEG, &paper), APPLY_PAPERS_TOO_MANY);
    town_submit(town, town->mother, id);
    assert_int_equal(add(town, id, "household", "household_book", JPEG, &paper), APPLY_LOCKED);
}

static void flip(const char *path, off_t at)
{
    unsigned char byte;
    int file = open(path, O_RDWR);
    assert_true(file >= 0);
    assert_int_equal(pread(file, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(file, &byte, 1, at), 1);
    close(file);
}

static void tampering_is_seen(void **state)
{
    struct town *town = *state;
    struct error error = { { 0 } };
    int64_t id = failed_draft(town), paper;
    struct paper *papers;
    struct str bytes;
    size_t n;
    assert_int_equal(add(town, id, "household", "household_book", JPEG, &paper), APPLY_DONE);
    assert_int_equal(add(town, id, "household", "guardian_card", STR("%PDF-1.7 a card"), &paper), APPLY_DONE);
    assert_true(paper_list(town->db, town->arena, id, &papers, &n, &error));
    const char *path = path_of(town, papers[0].stored);
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    for (off_t at = 0; at < file.st_size; at += 7) {
        flip(path, at);
        assert_false(paper_read(town->places, town->fixture->vault, town->arena, &papers[0], &bytes, &error));
        flip(path, at);
    }
    assert_true(paper_read(town->places, town->fixture->vault, town->arena, &papers[0], &bytes, &error));
    /* one sealed file put in the other's place is whole, but not what was handed in */
    assert_int_equal(rename(path_of(town, papers[1].stored), path), 0);
    assert_false(paper_read(town->places, town->fixture->vault, town->arena, &papers[0], &bytes, &error));
    assert_non_null(strstr(error.message, "not the one"));
    assert_false(paper_read(town->places, town->fixture->vault, town->arena, &papers[1], &bytes, &error));
    assert_non_null(strstr(error.message, "missing"));
}

static int files;
static int count_file(const char *path, const struct stat *file, int flag, struct FTW *place)
{
    (void)path;
    (void)file;
    (void)place;
    files += flag == FTW_F;
    return 0;
}

static int count_files(struct town *town)
{
    files = 0;
    nftw(arena_printf(town->arena, "%s/papers", town->fixture->folder).p, count_file, 8, FTW_PHYS);
    return files;
}

static void cleaning(void **state)
{
    struct town *town = *state;
    struct error error = { { 0 } };
    int64_t id = failed_draft(town), kept, removed;
    assert_int_equal(add(town, id, "household", "household_book", JPEG, &kept), APPLY_DONE);
    assert_int_equal(add(town, id, "household", "guardian_card", STR("%PDF-1.7 a card"), &removed), APPLY_DONE);
    struct paper_remove remove = { town_apply(town, town->mother, id), removed };
    town_run(town, paper_remove_run, &remove);
    store(town, STR("%PDF-1.7 an orphan"));
    assert_int_equal(count_files(town), 3);
    struct files_cleaning report;
    struct stat now;
    assert_int_equal(stat(town->fixture->folder, &now), 0);
    int64_t at = (int64_t)now.st_mtim.tv_sec * 1000;
    assert_true(paper_clean(town->places, town->db, at, &report, &error));
    assert_int_equal(report.removed, 0); /* younger than an hour */
    assert_true(paper_clean(town->places, town->db, at + 2 * 3600 * 1000, &report, &error));
    assert_int_equal(report.files, 3);
    assert_int_equal(report.removed, 2);
    assert_int_equal(report.missing, 0);
    assert_int_equal(count_files(town), 1);
    struct paper paper;
    bool found;
    assert_true(paper_get(town->db, town->arena, kept, &paper, &found, &error));
    assert_int_equal(unlink(path_of(town, paper.stored)), 0);
    assert_true(paper_clean(town->places, town->db, at, &report, &error));
    assert_int_equal(report.missing, 1);
}

/* ---- Faults ---- */

/* Every row names a file that opens; whatever failed before. */
static void rows_have_their_files(struct town *town)
{
    struct files_cleaning report;
    struct error error = { { 0 } };
    assert_true(paper_clean(town->places, town->db, 0, &report, &error));
    assert_int_equal(report.missing, 0);
}

static void a_failing_disk_leaves_no_row(void **state)
{
    struct town *town = *state;
    int64_t id = failed_draft(town);
    static const char *const faults[] = { "fsync:1", "fsync:2", "fsync:3", "rename:1" };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct stored_file paper = { .fault = FILE_EMPTY };
        struct error error = { { 0 } };
        fault_set(faults[i]);
        bool good = paper_store(town->places, town->fixture->vault, town->arena, JPEG, &paper, &error);
        fault_set(NULL);
        assert_false(good);
        assert_true(error.message[0]);
        assert_int_equal(paper.fault, FILE_EMPTY); /* untouched */
    }
    rows_have_their_files(town);
    int64_t paper;
    assert_int_equal(add(town, id, "household", "household_book", JPEG, &paper), APPLY_DONE);
    rows_have_their_files(town);
}

/* A submission whose commit fails is as if it had never been; tried again with the same form it is one. */
static void a_failing_commit_and_a_retry(void **state)
{
    struct town *town = *state;
    struct error error = { { 0 } };
    int64_t id = town_draft(town, town->mother, town->child, town->home, town->offer_a);
    struct application_submit submit = { .apply = town_apply(town, town->mother, id) };
    fault_set("commit:1+");
    assert_false(writer_call(town->writer, "submit", application_submit_run, &submit, &error));
    fault_set(NULL);
    assert_string_equal(town_text(town, "select state from application where id = ?1", id), "draft");
    assert_int_equal(town_int(town, "select count(*) from message where application = ?1", id), 0);
    town_run(town, application_submit_run, &submit);
    assert_int_equal(submit.apply.result, APPLY_DONE);
    assert_false(submit.apply.repeated);
    /* committed, but the answer was lost: the retry is told what happened */
    int64_t child =
        town_child(town, town->father, "20200707", 81, "山东省聊城市东昌府区柳园街道阳光花园9号楼1单元101室");
    int64_t home = town_int(town, "select household_dwelling from child where id = ?1", child);
    int64_t other = town_draft(town, town->father, child, home, town->offer_a);
    submit = (struct application_submit){ .apply = town_apply(town, town->father, other) };
    fault_set("commit-answer:1");
    bool told = writer_call(town->writer, "submit", application_submit_run, &submit, &error);
    fault_set(NULL);
    town_run(town, application_submit_run, &submit);
    assert_true(told || submit.apply.repeated || submit.apply.result == APPLY_DONE);
    assert_string_equal(town_text(town, "select state from application where id = ?1", other), "submitted");
    assert_int_equal(town_int(town, "select count(*) from message where application = ?1", other), 1);
    assert_int_equal(
        town_int(town, "select count(*) from journal where action = 'application.submit' and subject_id = ?1", other),
        1);
    struct journal_report report;
    assert_true(journal_verify(town->fixture->store, town->fixture->vault, &report, &error));
    if (report.first_bad) {
        fail_msg("%s", report.finding);
    }
}

int main(void)
{
#define TOWN(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TOWN(types_by_content),
        TOWN(in_and_out),
        TOWN(only_where_it_is_needed),
        TOWN(tampering_is_seen),
        TOWN(cleaning),
        TOWN(a_failing_disk_leaves_no_row),
        TOWN(a_failing_commit_and_a_retry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
