/* Moves into the transcript: batches in the table first, then the file. The file is a function of the table and of the
 * bytes that the allotment wrote, so it can be brought up to date at any time and never runs ahead. */
#include "places/answer.h"

#include "base/buf.h"
#include "places/round_inside.h"

#include <stdlib.h>

enum { LIMIT_TRANSCRIPT_BYTES = 512 * 1024 * 1024 };

bool answers_batch_run(struct writing *writing, void *input, struct error *error)
{
    struct answers_batch *batch = input;
    batch->moves = 0;
    return db_one_int(writing->db, error, &batch->batch, NULL,
                      "select coalesce(max(batch), -1) + 1 from place_move where round = ?1", V_INT(batch->round)) &&
           db_run_count(writing->db, error, &batch->moves,
                        "update place_move set batch = ?2 where round = ?1 and batch is null", V_INT(batch->round),
                        V_INT(batch->batch));
}

bool move_list(struct db *db, struct arena *arena, int64_t round, struct move_row **out, size_t *n, struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(db, error,
                                 "select number, application, kind, source, target, at, batch, note from place_move "
                                 "where round = ?1 order by number",
                                 V_INT(round));
    while (rows_next(rows)) {
        *(struct move_row *)list_add(&list, arena) = (struct move_row){
            .number = rows_int(rows, 0),
            .application = rows_int(rows, 1),
            .kind = rows_text_in(rows, 2, arena),
            .source = rows_int(rows, 3),
            .target = rows_int(rows, 4),
            .at = rows_int(rows, 5),
            .batch = rows_is_null(rows, 6) ? -1 : rows_int(rows, 6),
            .note = rows_text_in(rows, 7, arena),
        };
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

/* ---- The file ---- */

struct pen {
    struct db *db;
    struct arena *arena;
    struct str base; /* what the allotment wrote */
    struct transcript *read;
    struct transcript transcript; /* the same with the moves of the table */
    int64_t batches;
    struct signer signer;
    struct writer *writer; /* makes signatures; NULL: a batch without one stays unsigned */
};

static uint32_t offer_number(const struct transcript *transcript, struct str code)
{
    for (uint32_t j = 0; j < transcript->problem->offers; j++) {
        if (str_eq(code, (struct str){ transcript->offer_id[j].text, transcript->offer_id[j].bytes })) {
            return j;
        }
    }
    return ALLOT_NONE;
}

static bool kind_of(struct str kind, enum transcript_move_kind *out)
{
    static const char *const kinds[] = { [TRANSCRIPT_DECLINED] = "declined",
                                         [TRANSCRIPT_WAITING] = "waiting",
                                         [TRANSCRIPT_PASSED] = "passed",
                                         [TRANSCRIPT_LATE] = "late",
                                         [TRANSCRIPT_REMOVED] = "removed" };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (str_is(kind, kinds[i])) {
            *out = (enum transcript_move_kind)i;
            return true;
        }
    }
    return false;
}

/* One row of the table as the transcript says it; false: it does not fit the transcript. */
static bool move_of_row(struct pen *pen, struct rows *rows, struct transcript_move *move)
{
    struct str ticket = rows_blob(rows, 0), source, target, note;
    if (ticket.n != ALLOT_TICKET_BYTES || !kind_of(rows_text(rows, 1), &move->kind)) {
        return false;
    }
    move->applicant = transcript_find(pen->read, (const unsigned char *)ticket.p);
    source = rows_text(rows, 2);
    move->from = source.n ? offer_number(pen->read, source) : ALLOT_NONE;
    target = rows_text(rows, 3);
    move->to = target.n ? offer_number(pen->read, target) : ALLOT_NONE;
    move->batch = (uint32_t)rows_int(rows, 4);
    note = rows_text_in(rows, 5, pen->arena);
    move->from_kind = (uint16_t)rows_int(rows, 6);
    move->to_kind = (uint16_t)rows_int(rows, 7);
    move->note = (struct transcript_text){ note.p, note.n };
    bool known = move->applicant != ALLOT_NONE && (!source.n || move->from != ALLOT_NONE);
    return known && (!target.n || move->to != ALLOT_NONE);
}

static bool load_moves(struct pen *pen, int64_t round, struct error *error)
{
    struct list list = { .size = sizeof(struct transcript_move) };
    struct rows *rows = db_query(
        pen->db, error,
        "select a.ticket, m.kind, s.code, t.code, m.batch, m.note, m.source_kind, m.target_kind from place_move m "
        "join application a on a.id = m.application left join offer x on x.id = m.source "
        "left join institution s on s.id = x.institution left join offer y on y.id = m.target "
        "left join institution t on t.id = y.institution "
        "where m.round = ?1 and m.batch is not null order by m.number",
        V_INT(round));
    bool fits = true;
    while (rows_next(rows)) {
        fits = move_of_row(pen, rows, list_add(&list, pen->arena)) && fits;
    }
    pen->transcript = *pen->read;
    pen->transcript.moves = (uint32_t)list.n;
    pen->transcript.move = list.items;
    return rows_end(rows, error) && (fits || error_set(error, "a move is of nobody in the transcript"));
}

static bool put_buf(void *ctx, const char *text, size_t bytes)
{
    struct buf *buf = ctx;
    buf_add(buf, (struct str){ text, bytes });
    return !buf->full;
}

/* The signature behind the batch that was written last: the one that is kept, or one that the writer makes now. */
static bool sign_batch(struct pen *pen, struct transcript_writer *writer, int64_t batch, struct error *error)
{
    struct round_sign sign = { .round = pen->signer.round };
    if (pen->writer) {
        if (!transcript_to_sign(writer, &sign.signature)) {
            return error_set(error, "there is nothing to sign");
        }
        if (!writer_call(pen->writer, "round.sign", round_sign_run, &sign, error)) {
            return false;
        }
    }
    return signer_sign(&pen->signer, writer, "moves", batch, false, error);
}

static bool write_batches(struct pen *pen, struct str *text, struct error *error)
{
    struct buf buf = buf_init(LIMIT_TRANSCRIPT_BYTES);
    struct transcript_writer writer;
    struct allot_error wrong = { 0 };
    bool good = true;
    buf_add(&buf, pen->base);
    transcript_start(&writer, put_buf, &buf);
    transcript_resume(&writer, pen->base.p, pen->base.n);
    for (int64_t b = 0; b < pen->batches && good; b++) {
        good = transcript_write_moves(&writer, &pen->transcript, (uint32_t)b, NULL, &wrong) ||
               error_set(error, "the moves cannot be written down: %s", wrong.message);
        good = good && sign_batch(pen, &writer, b, error);
    }
    if (good) {
        *text = arena_str(pen->arena, buf_str(&buf));
    }
    buf_free(&buf);
    return good;
}

/* How many batches stand behind the result. */
static int64_t batches_in(struct str tail)
{
    int64_t n = 0;
    struct str line;
    while (str_split(&tail, '\n', &line)) {
        n += str_starts(line, STR("moves "));
    }
    return n;
}

/* Where the result ends in the file: kept by the step `allot`. */
static bool base_bytes(struct db *db, struct arena *arena, int64_t round, int64_t *bytes, struct error *error)
{
    struct str detail, part;
    *bytes = 0;
    if (!round_step_detail(db, arena, round, STEP_ALLOT, &detail, error)) {
        return false;
    }
    while (str_split(&detail, ' ', &part)) {
        if (str_is(part, "bytes")) {
            (void)str_to_int(detail, 1, INT64_MAX, bytes);
        }
    }
    return true;
}

static bool write_behind(struct pen *pen, struct places *places, const struct round *round, struct str file,
                         struct error *error)
{
    struct transcript_report report = { 0 };
    struct str text;
    if (!transcript_read(pen->base.p, pen->base.n, NULL, &pen->read, &report)) {
        return error_set(error, "%.*s.txt is damaged: line %zu: %s", STR_ARG(round->label), report.line,
                         report.message);
    }
    bool good = load_moves(pen, round->id, error) && write_batches(pen, &text, error) &&
                (str_eq(text, file) || round_file_write(places, pen->arena, round->label, "", text, error));
    transcript_free(pen->read, NULL);
    return good;
}

bool answers_write(struct db *db, struct places *places, struct writer *writer, int64_t round, bool *written,
                   struct error *error)
{
    struct arena *arena = arena_new(0);
    struct pen pen = { .db = db,
                       .arena = arena,
                       .signer = { .db = db, .arena = arena, .places = places, .round = round },
                       .writer = writer };
    struct round row;
    struct str file = { 0 };
    int64_t bytes = 0;
    bool found = false, there = false;
    *written = false;
    bool good = round_load(db, arena, round, &row, &found, error) && base_bytes(db, arena, round, &bytes, error) &&
                db_one_int(db, error, &pen.batches, NULL,
                           "select coalesce(max(batch), -1) + 1 from place_move where round = ?1", V_INT(round)) &&
                (!found || bytes == 0 || pen.batches == 0 ||
                 round_file_read(places, arena, row.label, "", &file, &there, error));
    if (good && found && bytes && pen.batches) {
        pen.base = str_part(file, 0, (size_t)bytes);
        if (!there || pen.base.n < (size_t)bytes) {
            good = error_set(error, "the transcript of %.*s is missing or cut off", STR_ARG(row.label));
        } else if (batches_in(str_part(file, (size_t)bytes, file.n)) != pen.batches) {
            good = write_behind(&pen, places, &row, file, error);
            *written = good;
        }
    }
    arena_free(arena);
    return good;
}

/* ---- Housekeeping ---- */

struct ids {
    int64_t *items;
    size_t n;
};

/* Rounds with moves that are in no batch, or that have batches at all. */
static bool rounds_with_moves(struct db *db, struct arena *arena, struct ids *out, struct error *error)
{
    struct list list = { .size = sizeof *out->items };
    struct rows *rows = db_query(db, error,
                                 "select r.id from round r where r.state in ('published', 'ended') and "
                                 "exists (select 1 from place_move m where m.round = r.id) order by r.id");
    while (rows_next(rows)) {
        *(int64_t *)list_add(&list, arena) = rows_int(rows, 0);
    }
    *out = (struct ids){ list.items, list.n };
    return rows_end(rows, error);
}

bool answers_housekeeping(struct places *places, struct store *store, struct writer *writer, size_t *expired,
                          struct error *error)
{
    struct answers_expire expire = { .places = places };
    struct arena *arena = arena_new(0);
    struct db *db = NULL;
    struct ids rounds = { 0 };
    bool good = true;
    *expired = 0;
    do {
        good = writer_call(writer, "answers.expire", answers_expire_run, &expire, error);
        *expired += good ? expire.expired : 0;
    } while (good && expire.more);
    good = good && db_open(&db, store, DB_READ, error) && rounds_with_moves(db, arena, &rounds, error);
    for (size_t i = 0; i < rounds.n && good; i++) {
        struct answers_batch batch = { .round = rounds.items[i] };
        bool written;
        good = writer_call(writer, "answers.batch", answers_batch_run, &batch, error) &&
               answers_write(db, places, writer, rounds.items[i], &written, error);
    }
    db_close(db);
    arena_free(arena);
    return good;
}
