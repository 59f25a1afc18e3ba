/*
 * The lines of applicants and places, and the roots over them.
 *
 * A stretch of the table is a few pieces of PIECE lines. First each piece counts its bytes, which gives every piece its
 * place in the text; then the pieces are written and hashed, all at once. The tree takes whole subtrees of BLOCK leaves
 * which are hashed side by side; the few leaves behind the last whole one wait for the next stretch.
 *
 * What must hold: the bytes written are those counted; the roots are those of the leaves one by one.
 */
#include "allot/transcript_table.h"

#include "allot/digits.h"
#include "allot/transcript_parts.h"
#include "allot/workers.h"

#include <string.h>

enum { PIECE = 256, BLOCK_HEIGHT = 10, BLOCK = 1 << BLOCK_HEIGHT };

uint32_t table_pieces(const struct allot_host *host)
{
    return 4 * (workers_of(host) < 64 ? workers_of(host) : 64);
}

/* --- roots ------------------------------------------------------------------------------------------------------- */

const struct merkle_hash *const TABLE_HASH[2] = { &merkle_sm3, &merkle_sha256 };

bool table_roots_start(struct table_roots *roots, const struct allot_host *host, uint32_t room)
{
    roots->pending = 0;
    for (int h = 0; h < 2; h++) {
        merkle_start(&roots->tree[h], TABLE_HASH[h]);
        roots->leaf[h] = allot_get(host, (size_t)room + BLOCK, MERKLE_BYTES);
    }
    return roots->leaf[0] != NULL && roots->leaf[1] != NULL;
}

void table_roots_free(struct table_roots *roots, const struct allot_host *host)
{
    allot_put(host, roots->leaf[0]);
    allot_put(host, roots->leaf[1]);
}

void table_roots_leaves(struct table_roots *roots, uint32_t at, const char *text, const size_t *start, uint32_t count)
{
    enum { BATCH = 256 };
    struct merkle_piece piece[BATCH];
    for (uint32_t from = 0; from < count; from += BATCH) {
        uint32_t some = count - from < BATCH ? count - from : BATCH;
        for (uint32_t i = 0; i < some; i++) {
            size_t line = start[from + i];
            piece[i] = (struct merkle_piece){ text + line, start[from + i + 1] - line - 1 };
        }
        for (int h = 0; h < 2; h++) {
            merkle_leaves(TABLE_HASH[h], piece, some, roots->leaf[h] + roots->pending + at + from);
        }
    }
}

/* Two blocks of the same number stand for the two hashes: the root of the block goes to its first leaf. */
static void block_root(void *argument, uint32_t index)
{
    struct table_roots *roots = argument;
    uint8_t(*leaf)[MERKLE_BYTES] = roots->leaf[index % 2] + (size_t)(index / 2) * BLOCK;
    for (uint32_t width = BLOCK; width > 1; width /= 2) {
        merkle_level(TABLE_HASH[index % 2], (const uint8_t(*)[MERKLE_BYTES])leaf, width / 2, leaf);
    }
}

void table_roots_add(struct table_roots *roots, const struct allot_host *host, uint32_t leaves)
{
    uint32_t all = roots->pending + leaves, blocks = all / BLOCK;
    workers_each(host, block_root, roots, 2 * blocks);
    for (int h = 0; h < 2; h++) {
        for (uint32_t b = 0; b < blocks; b++) {
            merkle_add_full(&roots->tree[h], roots->leaf[h][(size_t)b * BLOCK], BLOCK_HEIGHT);
        }
        if (blocks > 0) {
            memmove(roots->leaf[h], roots->leaf[h] + (size_t)blocks * BLOCK,
                    (size_t)(all % BLOCK) * sizeof *roots->leaf[h]);
        }
    }
    roots->pending = all % BLOCK;
}

void table_roots_end(struct table_roots *roots, uint8_t sm3[MERKLE_BYTES], uint8_t sha256[MERKLE_BYTES])
{
    for (int h = 0; h < 2; h++) {
        for (uint32_t i = 0; i < roots->pending; i++) {
            merkle_add_leaf_hash(&roots->tree[h], roots->leaf[h][i]);
        }
        merkle_root(&roots->tree[h], h == TRANSCRIPT_HASH_SM3 ? sm3 : sha256);
    }
}

/* --- lines ------------------------------------------------------------------------------------------------------- */

static const char *const HOW[3] = { " none ", " choice ", " balance" };

static uint32_t applicant_of(const struct table *table, uint32_t row)
{
    return table->order == NULL ? row : table->order[row];
}

/* A seat as it is written, "-" for ALLOT_NONE. */
static size_t seat_size(const struct allot_problem *problem, uint32_t offer, uint16_t kind)
{
    if (offer == ALLOT_NONE) {
        return 1;
    }
    return digits_count(offer) + (allot_kinds_at(problem, offer) > 0 ? 1 + digits_count(kind) : 0);
}

static char *seat_put(const struct allot_problem *problem, uint32_t offer, uint16_t kind, char *to)
{
    if (offer == ALLOT_NONE) {
        *to = '-';
        return to + 1;
    }
    to = digits_put_number(to, offer);
    if (allot_kinds_at(problem, offer) > 0) {
        *to++ = '.';
        to = digits_put_number(to, kind);
    }
    return to;
}

static size_t applicant_size(const struct transcript *transcript, uint32_t a)
{
    const struct allot_problem *problem = transcript->problem;
    const struct allot_applicant *applicant = &problem->applicant[a];
    size_t size = sizeof "applicant " - 1 + 2 * (2 * ALLOT_TICKET_BYTES + 1) + 2;
    size += applicant->site == ALLOT_NONE ? 1 : digits_count(applicant->site);
    size += digits_count(applicant->flags) + digits_count(applicant->places);
    for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
        const struct allot_choice *choice = &problem->choice[c];
        size += 3 + digits_count(choice->offer) + digits_count(choice->category) + digits_count(choice->priority);
        size += choice->group == 0 ? 0 : 1 + digits_count(choice->group);
    }
    return size;
}

static char *applicant_put(const struct transcript *transcript, uint32_t a, char *to)
{
    const struct allot_problem *problem = transcript->problem;
    const struct allot_applicant *applicant = &problem->applicant[a];
    memcpy(to, "applicant ", 10);
    to = digits_put_hex(to + 10, problem->ticket[a], ALLOT_TICKET_BYTES);
    *to++ = ' ';
    to = digits_put_hex(to, transcript->commitment[a], SM3_BYTES);
    *to++ = ' ';
    if (applicant->site == ALLOT_NONE) {
        *to++ = '-';
    } else {
        to = digits_put_number(to, applicant->site);
    }
    *to++ = ' ';
    to = digits_put_number(to, applicant->flags);
    *to++ = ' ';
    to = digits_put_number(to, applicant->places);
    for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
        const struct allot_choice *choice = &problem->choice[c];
        *to++ = ' ';
        to = digits_put_number(to, choice->offer);
        *to++ = ':';
        to = digits_put_number(to, choice->category);
        *to++ = ':';
        to = digits_put_number(to, choice->priority);
        if (choice->group != 0) {
            *to++ = ':';
            to = digits_put_number(to, choice->group);
        }
    }
    return to;
}

static size_t place_size(const struct transcript *transcript, uint32_t a)
{
    const struct allot_outcome *outcome = &transcript->result->outcome[a];
    size_t size = sizeof "place " - 1 + 2 * ALLOT_TICKET_BYTES + 1 +
                  seat_size(transcript->problem, outcome->offer, outcome->kind) + strlen(HOW[outcome->how]);
    if (outcome->how == ALLOT_CHOICE) {
        size += digits_count(outcome->rank + 1u);
    } else if (outcome->how == ALLOT_UNPLACED) {
        size += strlen(TRANSCRIPT_REASON[outcome->reason]);
    }
    return size;
}

static char *put_word(char *to, const char *word)
{
    size_t bytes = strlen(word);
    memcpy(to, word, bytes);
    return to + bytes;
}

static char *place_put(const struct transcript *transcript, uint32_t a, char *to)
{
    const struct allot_outcome *outcome = &transcript->result->outcome[a];
    memcpy(to, "place ", 6);
    to = digits_put_hex(to + 6, transcript->problem->ticket[a], ALLOT_TICKET_BYTES);
    *to++ = ' ';
    to = seat_put(transcript->problem, outcome->offer, outcome->kind, to);
    to = put_word(to, HOW[outcome->how]);
    if (outcome->how == ALLOT_CHOICE) {
        to = digits_put_number(to, outcome->rank + 1u);
    } else if (outcome->how == ALLOT_UNPLACED) {
        to = put_word(to, TRANSCRIPT_REASON[outcome->reason]);
    }
    return to;
}

size_t table_line_size(const struct table *table, uint32_t row)
{
    uint32_t a = applicant_of(table, row);
    return LINE_CHECK_BYTES + 1 +
           (table->which == TRANSCRIPT_TABLE_LIST ? applicant_size(table->transcript, a)
                                                  : place_size(table->transcript, a));
}

char *table_line_put(const struct table *table, uint32_t row, char *to)
{
    uint32_t a = applicant_of(table, row);
    char *end = table->which == TRANSCRIPT_TABLE_LIST ? applicant_put(table->transcript, a, to)
                                                      : place_put(table->transcript, a, to);
    return line_close(table->check, to, end);
}

/* --- the whole table --------------------------------------------------------------------------------------------- */

/* A stretch in the making. */
struct making {
    const struct table *table;
    uint32_t first, rows;
    size_t *start; /* rows + 1 */
    char *text;
    size_t room;
    struct table_roots roots;
};

static uint32_t piece_end(const struct making *making, uint32_t piece)
{
    uint32_t end = (piece + 1) * PIECE;
    return end < making->rows ? end : making->rows;
}

/* start[i + 1] becomes the size of line i, until make_stretch adds them up. */
static void count_piece(void *argument, uint32_t piece)
{
    struct making *making = argument;
    for (uint32_t i = piece * PIECE; i < piece_end(making, piece); i++) {
        making->start[i + 1] = table_line_size(making->table, making->first + i);
    }
}

static void make_piece(void *argument, uint32_t piece)
{
    struct making *making = argument;
    uint32_t from = piece * PIECE, end = piece_end(making, piece);
    for (uint32_t i = from; i < end; i++) {
        table_line_put(making->table, making->first + i, making->text + making->start[i]);
    }
    table_roots_leaves(&making->roots, from, making->text, making->start + from, end - from);
}

static bool make_stretch(struct making *making, const struct allot_host *host)
{
    uint32_t pieces = (making->rows + PIECE - 1) / PIECE;
    workers_each(host, count_piece, making, pieces);
    making->start[0] = 0;
    for (uint32_t i = 0; i < making->rows; i++) {
        making->start[i + 1] += making->start[i];
    }
    size_t bytes = making->start[making->rows];
    if (bytes > making->room) {
        allot_put(host, making->text);
        making->room = bytes + bytes / 8;
        making->text = allot_get(host, making->room, 1);
        if (making->text == NULL) {
            return false;
        }
    }
    workers_each(host, make_piece, making, pieces);
    table_roots_add(&making->roots, host, making->rows);
    return true;
}

enum table_made table_make(const struct table *table, const struct allot_host *host, table_take *take, void *ctx,
                           uint8_t sm3[MERKLE_BYTES], uint8_t sha256[MERKLE_BYTES])
{
    struct making making = { .table = table };
    uint32_t all = table->transcript->problem->applicants, most = PIECE * table_pieces(host);
    most = most < all ? most : all;
    bool good = table_roots_start(&making.roots, host, most);
    making.start = allot_get(host, (size_t)most + 1, sizeof *making.start);
    good = good && making.start != NULL;
    bool taken = true;
    for (; good && taken && making.first < all; making.first += making.rows) {
        making.rows = all - making.first < most ? all - making.first : most;
        good = make_stretch(&making, host);
        taken = good && take(ctx, making.text, making.start, making.first, making.rows);
    }
    if (good && taken) {
        table_roots_end(&making.roots, sm3, sha256);
    }
    table_roots_free(&making.roots, host);
    allot_put(host, making.start);
    allot_put(host, making.text);
    return !good ? TABLE_NO_MEMORY : taken ? TABLE_MADE : TABLE_STOPPED;
}

/* --- order ------------------------------------------------------------------------------------------------------- */

static bool stand_by_ticket(const struct allot_problem *problem)
{
    for (uint32_t a = 1; a < problem->applicants; a++) {
        if (memcmp(problem->ticket[a - 1], problem->ticket[a], ALLOT_TICKET_BYTES) >= 0) {
            return false;
        }
    }
    return true;
}

bool table_order(const struct allot_problem *problem, const struct allot_host *host, uint32_t **order, bool *twice)
{
    uint32_t count = problem->applicants;
    *order = NULL;
    if (stand_by_ticket(problem)) {
        return true;
    }
    uint32_t *made = allot_get(host, count, sizeof *made);
    struct allot_drawn *ticket = allot_get(host, count, sizeof *ticket);
    struct allot_drawn *spare = allot_get(host, count, sizeof *spare);
    bool good = made != NULL && ticket != NULL && spare != NULL;
    if (good) {
        bool same = allot_sort_tickets(problem, ticket, spare) != ALLOT_NONE;
        for (uint32_t i = 0; i < count; i++) {
            made[i] = ticket[i].applicant;
        }
        if (twice != NULL) {
            *twice = same;
        }
        *order = made;
    } else {
        allot_put(host, made);
    }
    allot_put(host, ticket);
    allot_put(host, spare);
    return good;
}
