/* Proofs of inclusion: everybody on the list has one, from a list that is read once, kept within its memory, and read
 * again when its file is another. */
#include "round_fixture.h"

#include "allot/sm3.h"
#include "base/hex.h"
#include "places/round_inside.h"
#include "places/round_proof.h"

#include <pthread.h>
#include <stdio.h>

static struct shire *small(void)
{
    return shire_new("371502", STAGE_PRIMARY, 4, 20, 90);
}

static void every_listed_application_has_its_proof(void **state)
{
    (void)state;
    struct shire *s = small();
    struct error error = { { 0 } };
    struct str text, opening;
    bool found;
    shire_reach(s, s->round, STEP_OPEN);
    assert_true(round_proof(s->db, s->places, s->arena, 1, &text, &found, &error));
    assert_false(found);
    shire_reach(s, s->round, STEP_ALLOT);
    struct str file = shire_file(s, s->round, "");
    struct transcript_report all, report;
    assert_true(transcript_verify(file.p, file.n, NULL, &all));
    for (int64_t id = 1; id <= 90; id += 11) {
        assert_true(round_proof(s->db, s->places, s->arena, id, &text, &found, &error));
        assert_true(found);
        assert_true(transcript_proof_verify(text.p, text.n, &all.commitment, NULL, &report));
    }
    assert_true(round_leaf_opening(s->db, s->places, s->arena, 5, &opening, &found, &error));
    assert_true(found);
    assert_non_null(strstr(opening.p, "part wishes"));
    /* the commitment in it is the leaf's */
    struct str commitment = str_part(str_of(strstr(opening.p, "commitment ")), sizeof "commitment " - 1, 64);
    assert_non_null(strstr(arena_cstr(s->arena, file), arena_cstr(s->arena, commitment)));
    shire_free(s);
}

static struct transcript_report proved(struct shire *s, int64_t application)
{
    struct error error = { { 0 } };
    struct transcript_report report;
    struct str text;
    bool found;
    if (!round_proof(s->db, s->places, s->arena, application, &text, &found, &error)) {
        fail_msg("%s", error.message);
    }
    assert_true(found && transcript_proof_verify(text.p, text.n, NULL, NULL, &report));
    return report;
}

/* A list is read once for all its proofs, until its file is another. */
static void proofs_follow_the_file_that_is_read_once(void **state)
{
    (void)state;
    struct shire *s = small();
    struct error error = { { 0 } };
    struct round_proofs *proofs = places_proofs(s->places);
    shire_reach(s, s->round, STEP_CLOSE);
    struct str closed = shire_round(s, s->round).root;
    for (int64_t id = 1; id <= 90; id++) {
        struct transcript_report report = proved(s, id);
        assert_true(str_eq(hex_encode(s->arena, report.commitment.root, SM3_BYTES), closed));
        assert_int_equal(90, report.commitment.count);
    }
    assert_int_equal(1, round_proofs_numbers(proofs).made);
    shire_sql(s, "update application set review = 'refused' where id = 3");
    shire_reach(s, s->round, STEP_FINAL);
    assert_int_equal(89, proved(s, 5).commitment.count);
    assert_int_equal(2, round_proofs_numbers(proofs).made);
    /* another content under the same name, of the same size: the next proof is of that */
    struct round row = shire_round(s, s->round);
    struct str final = shire_file(s, s->round, "final");
    assert_true(round_file_write(s->places, s->arena, row.label, "final", shire_file(s, s->round, "close"), &error));
    assert_int_equal(90, proved(s, 5).commitment.count);
    assert_true(round_file_write(s->places, s->arena, row.label, "final", final, &error));
    assert_int_equal(89, proved(s, 5).commitment.count);
    struct round_proof_numbers numbers = round_proofs_numbers(proofs);
    assert_int_equal(4, numbers.made);
    assert_int_equal(2, numbers.lists); /* of the close, and the newest of the final list */
    /* what is written to the transcript later is another file: nothing is read again */
    shire_reach(s, s->round, STEP_PUBLISH);
    int64_t placed = shire_int(s, "select subject from claim where state = 'held' order by subject limit 1");
    struct answer answer = { .places = s->places, .actor = { 1000 + placed - 1, "family" }, .application = placed };
    shire_run(s, answer_run, &answer);
    assert_int_equal(ANSWER_DONE, answer.result);
    size_t expired;
    assert_true(answers_housekeeping(s->places, s->fixture->store, s->writer, &expired, &error));
    struct str root = hex_encode(s->arena, proved(s, placed).commitment.root, SM3_BYTES);
    assert_true(str_eq(root, row.root));
    assert_int_equal(4, round_proofs_numbers(proofs).made);
    shire_free(s);
}

/* However many lists there are, the memory of all stays below the limit, and every proof is right. */
static void proofs_keep_to_their_memory(void **state)
{
    (void)state;
    struct shire *s = small();
    struct error error = { { 0 } };
    shire_reach(s, s->round, STEP_CLOSE);
    struct str list = shire_file(s, s->round, "close"), text;
    struct str ticket;
    bool found;
    assert_true(db_one_blob(s->db, &error, s->arena, &ticket, NULL, "select ticket from application where id = 7"));
    const unsigned char *bytes = (const unsigned char *)ticket.p;
    for (int i = 0; i < 6; i++) {
        assert_true(round_file_write(s->places, s->arena, arena_printf(s->arena, "list-%d", i), "close", list, &error));
    }
    struct round_proofs *one = round_proofs_new(SIZE_MAX);
    struct round_list_file first = { STR("list-0"), "close" };
    assert_true(round_proofs_write(one, s->places, s->arena, &first, bytes, &text, &found, &error));
    size_t size = round_proofs_numbers(one).bytes;
    assert_true(size > 90 * 200);
    round_proofs_free(one);
    struct {
        size_t most, lists, made; /* most: room for this; then what is kept, and read, after two walks over the six */
    } cases[] = {
        { SIZE_MAX, 6, 6 }, { 6 * size, 6, 6 }, { 6 * size - 1, 5, 12 }, { 2 * size, 2, 12 }, { size - 1, 0, 12 }
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct round_proofs *proofs = round_proofs_new(cases[c].most);
        for (int i = 0; i < 12; i++) {
            struct round_list_file file = { arena_printf(s->arena, "list-%d", i % 6), "close" };
            struct transcript_report report;
            assert_true(round_proofs_write(proofs, s->places, s->arena, &file, bytes, &text, &found, &error));
            assert_true(found && transcript_proof_verify(text.p, text.n, NULL, NULL, &report));
            assert_true(round_proofs_numbers(proofs).bytes <= cases[c].most);
        }
        assert_int_equal(cases[c].lists, round_proofs_numbers(proofs).lists);
        assert_int_equal(cases[c].made, round_proofs_numbers(proofs).made);
        struct round_list_file missing = { STR("no-such-list"), "close" };
        assert_false(round_proofs_write(proofs, s->places, s->arena, &missing, bytes, &text, &found, &error));
        round_proofs_free(proofs);
    }
    shire_free(s);
}

/* Many ask at once while lists come and go: each proof is right, and a list lives as long as who uses it. */
struct asker {
    struct shire *shire;
    struct round_proofs *proofs;
    const unsigned char *ticket;
    int first, right;
    pthread_t thread;
};

enum { ASKERS = 6, PROOFS_EACH = 60 };

static void *ask(void *context)
{
    struct asker *asker = context;
    for (int i = 0; i < PROOFS_EACH; i++) {
        struct arena *arena = arena_new(0);
        struct error error;
        struct transcript_report report;
        struct str text;
        bool found;
        struct round_list_file file = { arena_printf(arena, "list-%d", (asker->first + i) % 4), "close" };
        asker->right += round_proofs_write(asker->proofs, asker->shire->places, arena, &file, asker->ticket, &text,
                                           &found, &error) &&
                        found && transcript_proof_verify(text.p, text.n, NULL, NULL, &report);
        arena_free(arena);
    }
    return NULL;
}

static void many_ask_at_once(void **state)
{
    (void)state;
    struct shire *s = small();
    struct error error = { { 0 } };
    struct str ticket;
    shire_reach(s, s->round, STEP_CLOSE);
    struct str list = shire_file(s, s->round, "close");
    assert_true(db_one_blob(s->db, &error, s->arena, &ticket, NULL, "select ticket from application where id = 7"));
    for (int i = 0; i < 4; i++) {
        assert_true(round_file_write(s->places, s->arena, arena_printf(s->arena, "list-%d", i), "close", list, &error));
    }
    struct round_proofs *proofs = round_proofs_new(60 * 1024); /* two of the four lists */
    struct asker askers[ASKERS];
    for (int i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){ s, proofs, (const unsigned char *)ticket.p, i, 0, 0 };
        assert_int_equal(0, pthread_create(&askers[i].thread, NULL, ask, &askers[i]));
    }
    for (int i = 0; i < ASKERS; i++) {
        assert_int_equal(0, pthread_join(askers[i].thread, NULL));
        assert_int_equal(PROOFS_EACH, askers[i].right);
    }
    struct round_proof_numbers numbers = round_proofs_numbers(proofs);
    assert_true(numbers.bytes <= 60 * 1024 && numbers.lists == 2 && numbers.made > 4);
    round_proofs_free(proofs);
    shire_free(s);
}

/* ---- Signatures ---- */

struct heard {
    int parts[TRANSCRIPT_MOVES + 1];
    char key[2 * TRANSCRIPT_KEY_BYTES + 1]; /* of the last one */
    struct arena *arena;
};

static bool hear(void *ctx, const struct transcript_signature *signature)
{
    struct heard *heard = ctx;
    heard->parts[signature->part]++;
    (void)snprintf(heard->key, sizeof heard->key, "%s",
                   hex_encode(heard->arena, signature->key, TRANSCRIPT_KEY_BYTES).p);
    return signature_holds_sm2(NULL, signature);
}

/* Each part is signed at its step, once; a rotation keeps the old key for what it signed. */
static void every_part_is_signed(void **state)
{
    (void)state;
    struct shire *s = small();
    struct error error = { { 0 } };
    struct heard heard = { .arena = s->arena };
    struct transcript_report report;
    struct round_key *keys;
    size_t n;
    shire_reach(s, s->round, STEP_CLOSE);
    struct str text = shire_file(s, s->round, "close");
    assert_true(transcript_verify_signed(text.p, text.n, NULL, hear, &heard, &report));
    assert_int_equal(1, heard.parts[TRANSCRIPT_LIST]);
    shire_reach(s, s->round, STEP_PUBLISH);
    text = shire_file(s, s->round, "");
    heard = (struct heard){ .arena = s->arena };
    assert_true(transcript_verify_signed(text.p, text.n, NULL, hear, &heard, &report));
    assert_true(heard.parts[TRANSCRIPT_LIST] == 1 && heard.parts[TRANSCRIPT_SEED] == 1);
    assert_true(heard.parts[TRANSCRIPT_RESULT] == 1 && report.signatures == 3);
    assert_int_equal(4, shire_int(s, "select count(*) from round_signature"));
    assert_true(round_keys(s->fixture->vault, s->arena, &keys, &n, &error));
    assert_int_equal(1, n);
    assert_true(str_is(keys[0].key, heard.key));
    /* a changed digit of the signature is found */
    char *bent = arena_cstr(s->arena, text) ? arena_alloc(s->arena, text.n) : NULL;
    memcpy(bent, text.p, text.n);
    char *line = strstr(bent, "\nsigned result ");
    assert_non_null(line);
    line += strlen("\nsigned result ") + 2 * TRANSCRIPT_KEY_BYTES + 5;
    *line = *line == '0' ? '1' : '0';
    assert_false(transcript_verify_signed(bent, text.n, NULL, hear, &heard, &report));
    /* moves are signed by the key of their time */
    assert_true(round_keys_make(s->fixture->vault, 1, true, &error));
    int64_t placed = shire_int(s, "select subject from claim where state = 'held' order by subject limit 1");
    struct answer answer = { .places = s->places, .actor = { 1000 + placed - 1, "family" }, .application = placed };
    shire_run(s, answer_run, &answer);
    size_t expired;
    bool written;
    assert_true(answers_housekeeping(s->places, s->fixture->store, s->writer, &expired, &error));
    text = shire_file(s, s->round, "");
    heard = (struct heard){ .arena = s->arena };
    assert_true(transcript_verify_signed(text.p, text.n, NULL, hear, &heard, &report));
    assert_int_equal(1, heard.parts[TRANSCRIPT_MOVES]);
    assert_true(round_keys(s->fixture->vault, s->arena, &keys, &n, &error));
    assert_int_equal(2, n);
    assert_true(str_is(keys[1].key, heard.key) && !str_eq(keys[0].key, keys[1].key));
    assert_true(answers_write(s->db, s->places, s->writer, s->round, &written, &error));
    assert_false(written); /* once is enough */
    shire_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_listed_application_has_its_proof),
        cmocka_unit_test(proofs_follow_the_file_that_is_read_once),
        cmocka_unit_test(proofs_keep_to_their_memory),
        cmocka_unit_test(every_part_is_signed),
        cmocka_unit_test(many_ask_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
