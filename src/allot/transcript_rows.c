/*
 * Reading the table of applicants, the bulk of the file: pieces of it side by side, straight code for each line.
 *
 * First every piece counts its lines and wishes, which gives each its place in the arrays. Then, some pieces at a time,
 * lines are checked, taken apart and hashed. A line that straight code does not take is read again word by word, which
 * says what is wrong with it.
 */
#include "allot/transcript_parts.h"

#include "allot/digits.h"
#include "allot/transcript_table.h"
#include "allot/workers.h"

#include <string.h>

/* PIECE bytes make a piece. Up to FEW wishes are compared with each other; more are marked in a map of the offers. */
enum { PIECE = 1 << 17, FEW = 32 };

static const char KEYWORD[] = "applicant ";
enum { KEYWORD_BYTES = sizeof KEYWORD - 1, HEX = 2 * ALLOT_TICKET_BYTES, FIXED = KEYWORD_BYTES + 2 * HEX + 2 };

struct piece {
    const char *at;
    const char *end; /* behind the piece's last line */
    uint32_t rows;
    uint32_t first; /* row */
    uint64_t wishes;
    uint64_t wish_from;
    bool last;    /* another line than an applicant's stands behind it */
    uint32_t bad; /* row that is not right, counted in the piece; rows: none */
};

struct rows {
    struct reader *reader;
    struct loaded *loaded;
    const char *begin; /* of the table */
    struct piece *piece;
    uint32_t pieces;
    uint32_t from;  /* the stretch in hand: first piece … */
    uint32_t first; /* … and first row */
    size_t *start;  /* of its lines, from `begin` */
    struct table_roots roots;
    uint8_t *map; /* one per piece of a stretch: offers / 8 + 1 bytes, all zero between lines */
    size_t map_bytes;
};

/* --- counting ---------------------------------------------------------------------------------------------------- */

static bool is_applicant(const char *at, const char *end)
{
    return end - at >= KEYWORD_BYTES && memcmp(at, KEYWORD, KEYWORD_BYTES) == 0;
}

/* Every space of a line stands before a wish, but six. */
static uint64_t wishes_of(const char *at, const char *feed)
{
    size_t spaces = feed - at < FIXED ? 0 : digits_spaces(at + FIXED - 1, feed);
    return spaces > 4 ? spaces - 4 : 0;
}

/* The piece has the lines that begin in its bytes. */
static void count_piece(void *argument, uint32_t index)
{
    struct rows *rows = argument;
    struct piece *piece = &rows->piece[index];
    const char *end = rows->reader->end, *at = rows->begin + (size_t)index * PIECE;
    const char *border = end - at > PIECE ? at + PIECE : end;
    if (index > 0) {
        const char *feed = memchr(at - 1, '\n', (size_t)(border - at));
        at = feed == NULL ? border : feed + 1;
    }
    *piece = (struct piece){ .at = at };
    while (at < border && !piece->last) {
        const char *feed = is_applicant(at, end) ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        if (feed == NULL) {
            piece->last = true;
        } else {
            piece->wishes += wishes_of(at, feed);
            piece->rows++;
            at = feed + 1;
        }
    }
    piece->end = at;
}

/* Beside the counting, what stands before the table is hashed: one message, which no other worker could help with. */
static void count_or_hash(void *argument, uint32_t index)
{
    struct rows *rows = argument;
    if (index == 0) {
        reader_before_table(rows->reader);
    } else {
        count_piece(rows, index - 1);
    }
}

/* Gives every piece its place; rows behind the last one that belongs to the table are let go. Returns how many. */
static uint32_t place_pieces(struct rows *rows, uint32_t applicants, uint64_t *wishes)
{
    uint32_t all = 0;
    bool last = false;
    *wishes = 0;
    for (uint32_t p = 0; p < rows->pieces; p++) {
        struct piece *piece = &rows->piece[p];
        if (last) {
            piece->rows = 0;
        }
        last = last || piece->last;
        if (piece->rows > applicants - all) { /* the lines behind are not counted: let the reader find them */
            piece->rows = applicants - all;
            last = true;
        }
        piece->first = all;
        piece->wish_from = *wishes;
        piece->bad = piece->rows;
        all += piece->rows;
        *wishes += piece->rows > 0 ? piece->wishes : 0;
    }
    return all;
}

/* --- lines ------------------------------------------------------------------------------------------------------- */

/* The number behind a mark; NULL: it is not there. */
static const char *marked(const char *at, const char *end, char mark, uint32_t most, uint32_t *number)
{
    return at != NULL && at < end && *at == mark ? digits_get_number(at + 1, end, most, number) : NULL;
}

static const char *take_wish(const char *at, const char *end, const struct loaded *loaded, struct allot_choice *choice)
{
    uint32_t offer = 0, category = 0, priority = 0, group = 0;
    at = marked(at, end, ' ', UINT32_MAX, &offer);
    at = marked(at, end, ':', UINT16_MAX, &category);
    at = marked(at, end, ':', UINT32_MAX, &priority);
    if (at != NULL && at < end && *at == ':') {
        at = marked(at, end, ':', loaded->transcript.groups, &group);
        at = group == 0 ? NULL : at;
    }
    *choice = (struct allot_choice){ offer, priority, (uint16_t)category, (uint16_t)group };
    return at != NULL && offer < loaded->problem.offers ? at : NULL;
}

static bool all_differ(const struct allot_choice *choice, uint32_t count, uint8_t *map)
{
    bool differ = true;
    if (count <= FEW) {
        for (uint32_t i = 1; i < count; i++) {
            for (uint32_t k = 0; k < i; k++) {
                differ = differ && choice[i].offer != choice[k].offer;
            }
        }
        return differ;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bit = (uint8_t)(1 << choice[i].offer % 8);
        differ = differ && (map[choice[i].offer / 8] & bit) == 0;
        map[choice[i].offer / 8] |= bit;
    }
    for (uint32_t i = 0; i < count; i++) {
        map[choice[i].offer / 8] = 0;
    }
    return differ;
}

static const char *take_facts(const char *at, const char *end, const struct allot_problem *problem,
                              struct allot_applicant *applicant)
{
    uint32_t flags = 0, places = 0;
    uint32_t most = problem->mechanism == ALLOT_CYCLES ? 1 : ALLOT_MAX_TOGETHER;
    applicant->site = ALLOT_NONE;
    if (end - at > 2 && at[0] == ' ' && at[1] == '-') {
        at += 2;
    } else {
        at = problem->sites == 0 ? NULL : marked(at, end, ' ', problem->sites - 1, &applicant->site);
    }
    at = marked(at, end, ' ', ALLOT_DECLINES_BALANCE, &flags);
    at = marked(at, end, ' ', most, &places);
    applicant->flags = (uint16_t)flags;
    applicant->places = (uint16_t)places;
    return places == 0 ? NULL : at;
}

/* Takes one line apart, from `at` to its check, into row a; its wishes from *wish on, below `most`. */
static bool take_line(const char *at, const char *end, struct loaded *loaded, uint32_t a, uint64_t *wish, uint64_t most,
                      uint8_t *map)
{
    uint8_t unkept[SM3_BYTES];
    uint8_t *commitment = loaded->commitment == NULL ? unkept : loaded->commitment[a];
    if (end - at < FIXED || !digits_get_hex(at + KEYWORD_BYTES, loaded->ticket[a], ALLOT_TICKET_BYTES) ||
        at[KEYWORD_BYTES + HEX] != ' ' || !digits_get_hex(at + KEYWORD_BYTES + HEX + 1, commitment, SM3_BYTES)) {
        return false;
    }
    at = take_facts(at + FIXED - 1, end, &loaded->problem, &loaded->applicant[a]);
    uint64_t from = *wish;
    while (at != NULL && at < end && *wish < most) {
        at = take_wish(at, end, loaded, &loaded->choice[*wish]);
        *wish += at != NULL;
    }
    loaded->choice_from[a + 1] = (uint32_t)*wish;
    return at == end && *wish - from <= ALLOT_MAX_CHOICES &&
           all_differ(loaded->choice + from, (uint32_t)(*wish - from), map);
}

static void take_piece(void *argument, uint32_t index)
{
    struct rows *rows = argument;
    struct piece *piece = &rows->piece[rows->from + index];
    struct loaded *loaded = rows->loaded;
    const struct line_check *check = &rows->reader->check;
    const char *at = piece->at;
    size_t *start = rows->start + (piece->first - rows->first) + index; /* each piece has one more than its rows */
    uint64_t wish = piece->wish_from, most = wish + piece->wishes;
    if (piece->rows == 0) {
        return;
    }
    for (uint32_t i = 0; i < piece->rows; i++) {
        const char *feed = memchr(at, '\n', (size_t)(rows->reader->end - at));
        const char *mark = feed - LINE_CHECK_BYTES; /* the keyword alone is as long */
        uint32_t a = piece->first + i;
        start[i] = (size_t)(at - rows->begin);
        if (!line_mark_fits(check, at, (size_t)(mark - at)) ||
            !take_line(at, mark, loaded, a, &wish, most, rows->map + index * rows->map_bytes) ||
            (i > 0 && memcmp(loaded->ticket[a - 1], loaded->ticket[a], ALLOT_TICKET_BYTES) >= 0)) {
            piece->bad = i;
            return;
        }
        at = feed + 1;
    }
    start[piece->rows] = (size_t)(at - rows->begin);
    table_roots_leaves(&rows->roots, piece->first - rows->first, rows->begin, start, piece->rows);
}

/* --- blame ------------------------------------------------------------------------------------------------------- */

/* What is wrong with the wishes, word by word. */
static bool blame_wishes(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    struct words *words = &reader->words;
    memset(loaded->seen, 0, loaded->problem.offers * sizeof *loaded->seen);
    for (uint32_t wishes = 0; words_more(words); wishes++) {
        uint64_t offer = words_number(words, UINT32_MAX, "the number of an offer");
        words_mark(words, ':', "a colon, then the category");
        words_digits(words, UINT16_MAX, "a category, at most 65535");
        words_mark(words, ':', "a colon, then the priority");
        words_digits(words, UINT32_MAX, "a priority, at most 4294967295");
        if (words_more(words) && *words->at == ':') {
            words_mark(words, ':', "a colon, then the group");
            uint64_t group = words_digits(words, loaded->transcript.groups, "the number of a group of this file");
            if (words->good && group == 0) {
                return reader_blame(reader, "a group, counted from 1", "no group is left out, not 0");
            }
        }
        if (words->good && offer >= loaded->problem.offers) {
            return reader_blame(reader, "the number of an offer", "there is no such offer");
        }
        if (words->good && loaded->seen[offer]++ != 0) {
            return reader_blame(reader, "each offer once", "an offer stands here twice");
        }
        if (wishes >= ALLOT_MAX_CHOICES) {
            return reader_blame(reader, "at most 65535 wishes", "too many wishes");
        }
    }
    return reader_done(reader);
}

/* Reads the line of row a again, from where the reader stands; only to say what is wrong. */
static bool blame_row(struct reader *reader, uint32_t a)
{
    struct loaded *loaded = reader->loaded;
    const struct allot_problem *problem = &loaded->problem;
    uint8_t ticket[ALLOT_TICKET_BYTES], commitment[SM3_BYTES];
    if (!reader_start(reader, "applicant")) {
        return false;
    }
    struct words *words = &reader->words;
    words_hex(words, ticket, sizeof ticket, "the ticket, 64 hexadecimal digits");
    words_hex(words, commitment, sizeof commitment, "the commitment, 64 hexadecimal digits");
    words_number_or_dash(words, problem->sites, "the number of a site, or -");
    words_number(words, ALLOT_DECLINES_BALANCE, "flags, 0 or 1");
    uint64_t most = problem->mechanism == ALLOT_CYCLES ? 1 : ALLOT_MAX_TOGETHER;
    uint64_t places = words_number(words, most, most == 1 ? "1 place" : "1 to 8 places");
    if (words->good && places == 0) {
        return reader_blame(reader, "at least 1 place", "the ticket is for no place");
    }
    if (words->good && a > 0 && memcmp(loaded->ticket[a - 1], ticket, sizeof ticket) >= 0) {
        return reader_blame(reader, "tickets in rising order, none twice", "the ticket is out of order");
    }
    return blame_wishes(reader) &&
           reader_blame(reader, "an applicant's line", "the line is not as the format wants it");
}

/* The first wrong row of a stretch, if there is one: between two pieces the order of tickets is looked at here. */
static bool stretch_right(struct rows *rows, uint32_t pieces)
{
    struct reader *reader = rows->reader;
    for (uint32_t p = rows->from; p < rows->from + pieces; p++) {
        const struct piece *piece = &rows->piece[p];
        uint32_t bad = piece->bad, a = piece->first;
        if (bad > 0 && piece->rows > 0 && a > 0 &&
            memcmp(rows->loaded->ticket[a - 1], rows->loaded->ticket[a], ALLOT_TICKET_BYTES) >= 0) {
            bad = 0;
        }
        if (bad < piece->rows) {
            reader->line += a + bad;
            reader->at = rows->begin + rows->start[a + bad - rows->first + (p - rows->from)];
            return blame_row(reader, a + bad);
        }
    }
    return true;
}

/* --- the table --------------------------------------------------------------------------------------------------- */

/* How many pieces, and at most how many rows, are in hand at once. */
static uint32_t most_rows(const struct rows *rows, uint32_t together)
{
    uint32_t most = 0;
    for (uint32_t from = 0; from < rows->pieces; from += together) {
        uint32_t count = 0;
        for (uint32_t p = from; p < rows->pieces && p < from + together; p++) {
            count += rows->piece[p].rows;
        }
        most = count > most ? count : most;
    }
    return most;
}

static bool get_arrays(struct loaded *loaded, const struct reader *reader, uint32_t count, uint64_t wishes)
{
    loaded->applicant = allot_get(reader->host, count, sizeof *loaded->applicant);
    loaded->ticket = allot_get(reader->host, count, sizeof *loaded->ticket);
    loaded->choice_from = allot_get(reader->host, (size_t)count + 1, sizeof *loaded->choice_from);
    loaded->choice = allot_get(reader->host, (size_t)wishes, sizeof *loaded->choice);
    loaded->choices = (size_t)wishes;
    if (reader->keep) { /* whoever only verifies has no need of them */
        loaded->commitment = allot_get(reader->host, count, sizeof *loaded->commitment);
    }
    return loaded->applicant != NULL && loaded->ticket != NULL && loaded->choice_from != NULL &&
           loaded->choice != NULL && (!reader->keep || loaded->commitment != NULL);
}

static bool take_all(struct rows *rows, uint32_t together)
{
    struct reader *reader = rows->reader;
    size_t line = reader->line;
    for (; rows->from < rows->pieces; rows->from += together) {
        uint32_t pieces = rows->pieces - rows->from < together ? rows->pieces - rows->from : together, count = 0;
        for (uint32_t p = rows->from; p < rows->from + pieces; p++) {
            count += rows->piece[p].rows;
        }
        rows->first = rows->piece[rows->from].first;
        workers_each(reader->host, take_piece, rows, pieces);
        reader->line = line;
        if (!stretch_right(rows, pieces)) {
            return false;
        }
        table_roots_add(&rows->roots, reader->host, count);
        if (count > 0) {
            reader->at = rows->piece[rows->from + pieces - 1].end;
            reader_progress(reader);
        }
    }
    return true;
}

/* Where the last row ends: the rows of the last piece may be fewer than its lines. */
static void stand_behind(struct rows *rows, uint32_t count)
{
    struct reader *reader = rows->reader;
    reader->at = rows->begin;
    for (uint32_t p = 0; p < rows->pieces; p++) {
        const struct piece *piece = &rows->piece[p];
        if (piece->rows > 0 && piece->first + piece->rows == count) {
            reader->at = piece->at;
            for (uint32_t i = 0; i < piece->rows; i++) {
                reader->at = (const char *)memchr(reader->at, '\n', (size_t)(reader->end - reader->at)) + 1;
            }
        }
    }
    reader->line += count;
}

static bool read_rows(struct rows *rows, uint32_t applicants)
{
    struct reader *reader = rows->reader;
    struct loaded *loaded = rows->loaded;
    uint32_t together = table_pieces(reader->host);
    uint64_t wishes = 0;
    workers_each(reader->host, count_or_hash, rows, rows->pieces + 1);
    uint32_t count = place_pieces(rows, applicants, &wishes);
    if (wishes >= ALLOT_NONE) {
        return reader_blame(reader, "fewer than 4294967295 wishes", "this program cannot hold so many wishes");
    }
    uint32_t most = most_rows(rows, together);
    rows->map_bytes = loaded->problem.offers / 8 + 1;
    rows->map = allot_get_zero(reader->host, together, rows->map_bytes);
    rows->start = allot_get(reader->host, (size_t)most + together, sizeof *rows->start);
    if (!table_roots_start(&rows->roots, reader->host, most) || rows->map == NULL || rows->start == NULL ||
        !get_arrays(loaded, reader, count, wishes)) {
        return reader_no_memory(reader);
    }
    loaded->choice_from[0] = 0;
    if (!take_all(rows, together)) {
        return false;
    }
    stand_behind(rows, count);
    if (count < applicants) {
        return reader_start(reader, "applicant") &&
               reader_blame(reader, "the line of an applicant", "another line should stand here");
    }
    table_roots_end(&rows->roots, reader->report->commitment.root, reader->report->commitment.root_sha256);
    return true;
}

static bool read_table(struct reader *reader, uint32_t applicants)
{
    struct rows rows = { .reader = reader, .loaded = reader->loaded, .begin = reader->at };
    size_t left = (size_t)(reader->end - reader->at), pieces = left / PIECE + (left % PIECE > 0);
    if (pieces >= ALLOT_NONE) {
        return reader_blame(reader, "a smaller file", "this program cannot hold so much");
    }
    rows.pieces = applicants == 0 ? 0 : (uint32_t)pieces;
    rows.piece = allot_get(reader->host, rows.pieces, sizeof *rows.piece);
    bool read = rows.piece != NULL ? read_rows(&rows, applicants) : reader_no_memory(reader);
    table_roots_free(&rows.roots, reader->host);
    allot_put(reader->host, rows.start);
    allot_put(reader->host, rows.map);
    allot_put(reader->host, rows.piece);
    return read;
}

static void link_up(struct loaded *loaded, uint32_t applicants)
{
    struct allot_problem *problem = &loaded->problem;
    problem->applicants = applicants;
    problem->applicant = loaded->applicant;
    problem->ticket = (const uint8_t(*)[ALLOT_TICKET_BYTES])loaded->ticket;
    problem->choice_from = loaded->choice_from;
    problem->choice = loaded->choice;
    loaded->transcript.problem = problem;
    loaded->transcript.commitment = (const uint8_t(*)[SM3_BYTES])loaded->commitment;
}

bool reader_applicants(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    struct transcript_commitment *commitment = &reader->report->commitment;
    uint32_t applicants = 0;
    if (!reader_count(reader, "applicants", &applicants)) {
        return false;
    }
    if (!read_table(reader, applicants)) {
        return false;
    }
    reader_behind_table(reader);
    link_up(loaded, applicants);
    commitment->count = applicants;
    for (uint32_t a = 0; a < applicants; a++) {
        commitment->children += loaded->applicant[a].places;
    }
    if (!reader_must_be_roots(reader, commitment->root, commitment->root_sha256)) {
        return false;
    }
    line_word(&reader->made, "count");
    line_number(&reader->made, commitment->count);
    line_number(&reader->made, commitment->children);
    return reader_must_be(reader, "the counts are not those of the lines before") &&
           reader_end_part(reader, TRANSCRIPT_LIST);
}
