/*
 * Reading a transcript: the inputs only. What can be computed (hashes, results, cut-offs, proofs) is skipped here and
 * compared when it is written again.
 *
 * What must hold: no file, however made, leads outside its bytes or to more memory than a small multiple of its size;
 * every refusal names the line, what stands there and what was expected.
 */
#include "allot/transcript_parts.h"

#include <string.h>

struct reader {
    const char *at;
    const char *end;
    const struct allot_host *host;
    struct loaded *loaded;
    struct transcript_report *report;
    struct transcript_report *damaged;
    size_t line; /* number of the line in hand */
    const char *text;
    size_t bytes; /* of its content */
    struct words words;
    struct line_check check;
};

static bool blame(struct reader *reader, const char *expected, const char *message)
{
    return transcript_blame(reader->report, reader->line, reader->text, reader->bytes, expected, strlen(expected),
                            message);
}

static bool short_of_memory(struct reader *reader)
{
    transcript_blame(reader->report, 0, NULL, 0, "", 0, "not enough memory");
    reader->report->fault = ALLOT_FAULT_MEMORY;
    return false;
}

/* Room for one thing more. */
static bool grow(struct reader *reader, void **items, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return true;
    }
    size_t wider = 2 * *room + 64;
    void *grown = allot_get(reader->host, wider, size);
    if (grown == NULL) {
        return short_of_memory(reader);
    }
    if (count > 0) {
        memcpy(grown, *items, count * size);
    }
    allot_put(reader->host, *items);
    *items = grown;
    *room = wider;
    return true;
}

static void check_line(struct reader *reader, const char *mark)
{
    char expected[LINE_CHECK_BYTES + 1];
    line_mark(&reader->check, reader->text, reader->bytes, expected);
    if (memcmp(mark, expected, LINE_CHECK_BYTES) != 0 && reader->damaged->line == 0) {
        transcript_blame(reader->damaged, reader->line, reader->text, reader->bytes + LINE_CHECK_BYTES, expected + 1,
                         LINE_CHECK_BYTES - 1,
                         "the line does not fit its own check: it was changed after it was written");
    }
}

/* Takes the next line in hand: its content without check and line feed. */
static bool next_line(struct reader *reader, const char *expected)
{
    reader->line++;
    reader->text = reader->at;
    size_t left = (size_t)(reader->end - reader->at);
    if (left == 0) {
        reader->bytes = 0;
        return blame(reader, expected, "the file ends here, in the middle of a part");
    }
    const char *feed = memchr(reader->at, '\n', left);
    if (feed == NULL) {
        reader->bytes = left;
        return blame(reader, "a line feed at the end", "the last line is not complete");
    }
    reader->bytes = (size_t)(feed - reader->at);
    reader->at = feed + 1;
    const char *mark = feed - LINE_CHECK_BYTES;
    if (reader->bytes <= LINE_CHECK_BYTES || mark[0] != ' ' || mark[1] != '#') {
        return blame(reader, "a line that ends with \" #\" and eight hexadecimal digits", "the line has no check");
    }
    reader->bytes -= LINE_CHECK_BYTES;
    check_line(reader, mark);
    reader->words = (struct words){ reader->text, mark, true, NULL };
    return true;
}

static bool line_done(struct reader *reader)
{
    words_done(&reader->words);
    return reader->words.good || blame(reader, reader->words.expected, "the line is not as the format wants it");
}

static bool start(struct reader *reader, const char *keyword)
{
    if (!next_line(reader, keyword)) {
        return false;
    }
    words_keyword(&reader->words, keyword);
    return reader->words.good || blame(reader, keyword, "another line should stand here");
}

static bool read_text(struct reader *reader, const char *keyword, struct transcript_text *text)
{
    if (!start(reader, keyword)) {
        return false;
    }
    *text = words_last(&reader->words, "text of at most 200 bytes");
    return line_done(reader);
}

static bool read_number(struct reader *reader, const char *keyword, uint64_t most, uint64_t *number)
{
    if (!start(reader, keyword)) {
        return false;
    }
    words_mark(&reader->words, ' ', "a number");
    *number = words_number(&reader->words, most, "a number in its bounds, without leading zero");
    return line_done(reader);
}

/* How many lines of a kind follow: never more than could stand in the rest of the file. */
static bool read_count(struct reader *reader, const char *keyword, uint32_t *count)
{
    uint64_t most = (uint64_t)(reader->end - reader->at) / LINE_CHECK_BYTES, number = 0;
    most = most < ALLOT_NONE - 1 ? most : ALLOT_NONE - 1;
    if (!read_number(reader, keyword, most, &number)) {
        return false;
    }
    *count = (uint32_t)number;
    return true;
}

static bool read_hash(struct reader *reader, const char *keyword, uint8_t hash[SM3_BYTES])
{
    if (!start(reader, keyword)) {
        return false;
    }
    words_hex(&reader->words, hash, SM3_BYTES, "64 hexadecimal digits, in small letters");
    return line_done(reader);
}

static bool read_choice(struct reader *reader, const char *keyword, const char *choices, unsigned *position)
{
    if (!start(reader, keyword)) {
        return false;
    }
    *position = words_one_of(&reader->words, choices);
    return line_done(reader);
}

/* The words of a closing line; its hash is compared later. */
static bool read_end(struct reader *reader, const char *part)
{
    if (!start(reader, "end")) {
        return false;
    }
    uint8_t hash[SM3_BYTES];
    words_mark(&reader->words, ' ', part);
    words_keyword(&reader->words, part);
    words_hex(&reader->words, hash, SM3_BYTES, "64 hexadecimal digits, in small letters");
    return line_done(reader);
}

/* --- the list ---------------------------------------------------------------------------------------------------- */

static bool read_header(struct reader *reader)
{
    struct transcript *transcript = &reader->loaded->transcript;
    struct allot_problem *problem = &reader->loaded->problem;
    uint64_t version = 0, step = 0;
    unsigned mechanism = 0, lots = 0, balance = 0, waiting = 0;
    if (!read_number(reader, "jiaoti-transcript", UINT32_MAX, &version)) {
        return false;
    }
    if (version != TRANSCRIPT_VERSION) {
        return blame(reader, "jiaoti-transcript 1", "this program does not know this version of the format");
    }
    bool read =
        read_text(reader, "round", &transcript->round) && read_hash(reader, "policy", transcript->policy) &&
        read_text(reader, "program", &transcript->program) &&
        read_choice(reader, "mechanism", "serial|deferred|draw", &mechanism) &&
        read_choice(reader, "lots", "applicant|choice", &lots) && read_choice(reader, "balance", "no|yes", &balance) &&
        read_choice(reader, "waiting", "all|unplaced", &waiting) && read_number(reader, "step", UINT32_MAX, &step);
    problem->version = ALLOT_VERSION;
    problem->mechanism = (enum allot_mechanism)mechanism;
    problem->lot_per_offer = lots == 1;
    problem->balance = balance == 1;
    problem->waiting_unplaced_only = waiting == 1;
    transcript->step_metres = (uint32_t)step;
    return read;
}

static bool read_offers(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    uint32_t offers = 0;
    if (!read_count(reader, "offers", &offers)) {
        return false;
    }
    loaded->offer = allot_get_zero(reader->host, offers, sizeof *loaded->offer);
    loaded->offer_id = allot_get_zero(reader->host, offers, sizeof *loaded->offer_id);
    loaded->seen = allot_get_zero(reader->host, offers, sizeof *loaded->seen);
    if (loaded->offer == NULL || loaded->offer_id == NULL || loaded->seen == NULL) {
        return short_of_memory(reader);
    }
    loaded->problem.offers = offers;
    for (uint32_t j = 0; j < offers; j++) {
        if (!start(reader, "offer")) {
            return false;
        }
        struct words *words = &reader->words;
        uint64_t number = words_number(words, UINT32_MAX, "the number of the offer, counted from 0");
        if (words->good && number != j) {
            return blame(reader, "the number of the offer, counted from 0", "the offer has another number");
        }
        loaded->offer[j].capacity = (uint32_t)words_number(words, UINT32_MAX, "the capacity, a number");
        loaded->offer[j].order = words_one_of(words, "priority|lot") == 1 ? ALLOT_BY_LOT : ALLOT_BY_PRIORITY;
        loaded->offer[j].balance = words_one_of(words, "closed|balance") == 1;
        loaded->offer_id[j] = words_last(words, "the offer's id, text of at most 200 bytes");
        if (!line_done(reader)) {
            return false;
        }
    }
    return true;
}

/* Lines are numbered over sites and applicants, so that one array of marks serves both. */
static bool seen_before(struct reader *reader, uint32_t offer, uint64_t owner)
{
    bool before = reader->loaded->seen[offer] == owner + 1;
    reader->loaded->seen[offer] = owner + 1;
    return before;
}

static bool read_reach(struct reader *reader, uint32_t site)
{
    struct loaded *loaded = reader->loaded;
    if (!start(reader, "reach")) {
        return false;
    }
    while (words_more(&reader->words)) {
        words_mark(&reader->words, ' ', "a space, then offer:steps");
        uint64_t offer = words_number(&reader->words, UINT32_MAX, "the number of an offer");
        words_mark(&reader->words, ':', "a colon, then the distance in steps");
        uint64_t steps = words_number(&reader->words, ALLOT_MAX_STEPS, "a distance of at most 1000000 steps");
        if (reader->words.good && offer >= loaded->problem.offers) {
            return blame(reader, "the number of an offer", "there is no such offer");
        }
        if (reader->words.good && seen_before(reader, (uint32_t)offer, site)) {
            return blame(reader, "each offer once", "an offer stands here twice");
        }
        if (!grow(reader, (void **)&loaded->reach, loaded->reaches, &loaded->reach_room, sizeof *loaded->reach)) {
            return false;
        }
        loaded->reach[loaded->reaches++] = (struct allot_reach){ (uint32_t)offer, (uint32_t)steps };
    }
    return line_done(reader);
}

static bool read_sites(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    uint32_t sites = 0;
    if (!read_count(reader, "sites", &sites)) {
        return false;
    }
    loaded->site_id = allot_get_zero(reader->host, sites, sizeof *loaded->site_id);
    loaded->reach_from = allot_get_zero(reader->host, (size_t)sites + 1, sizeof *loaded->reach_from);
    if (loaded->site_id == NULL || loaded->reach_from == NULL) {
        return short_of_memory(reader);
    }
    loaded->problem.sites = sites;
    for (uint32_t s = 0; s < sites; s++) {
        if (!start(reader, "site")) {
            return false;
        }
        uint64_t number = words_number(&reader->words, UINT32_MAX, "the number of the site, counted from 0");
        if (reader->words.good && number != s) {
            return blame(reader, "the number of the site, counted from 0", "the site has another number");
        }
        loaded->site_id[s] = words_last(&reader->words, "the site's id, text of at most 200 bytes");
        if (!line_done(reader) || !read_reach(reader, s)) {
            return false;
        }
        loaded->reach_from[s + 1] = (uint32_t)loaded->reaches;
    }
    return true;
}

static bool read_wishes(struct reader *reader, uint32_t applicant)
{
    struct loaded *loaded = reader->loaded;
    size_t before = loaded->choices;
    while (words_more(&reader->words)) {
        words_mark(&reader->words, ' ', "a space, then offer:category:priority");
        uint64_t offer = words_number(&reader->words, UINT32_MAX, "the number of an offer");
        words_mark(&reader->words, ':', "a colon, then the category");
        uint64_t category = words_number(&reader->words, UINT16_MAX, "a category, at most 65535");
        words_mark(&reader->words, ':', "a colon, then the priority");
        uint64_t priority = words_number(&reader->words, UINT32_MAX, "a priority, at most 4294967295");
        if (reader->words.good && offer >= loaded->problem.offers) {
            return blame(reader, "the number of an offer", "there is no such offer");
        }
        if (reader->words.good && seen_before(reader, (uint32_t)offer, loaded->problem.sites + (uint64_t)applicant)) {
            return blame(reader, "each offer once", "an offer stands here twice");
        }
        if (loaded->choices - before >= UINT16_MAX) {
            return blame(reader, "at most 65535 wishes", "too many wishes");
        }
        if (!grow(reader, (void **)&loaded->choice, loaded->choices, &loaded->choice_room, sizeof *loaded->choice)) {
            return false;
        }
        loaded->choice[loaded->choices++] = (struct allot_choice){ .offer = (uint32_t)offer,
                                                                   .priority = (uint32_t)priority,
                                                                   .category = (uint16_t)category };
    }
    return line_done(reader);
}

static bool read_applicant(struct reader *reader, uint32_t a)
{
    struct loaded *loaded = reader->loaded;
    struct allot_applicant *applicant = &loaded->applicant[a];
    if (!start(reader, "applicant")) {
        return false;
    }
    words_hex(&reader->words, loaded->ticket[a], ALLOT_TICKET_BYTES, "the ticket, 64 hexadecimal digits");
    words_hex(&reader->words, loaded->commitment[a], SM3_BYTES, "the commitment, 64 hexadecimal digits");
    applicant->site = words_number_or_dash(&reader->words, loaded->problem.sites, "the number of a site, or -");
    applicant->places = 1;
    applicant->flags = (uint16_t)words_number(&reader->words, ALLOT_DECLINES_BALANCE, "flags, 0 or 1");
    if (a > 0 && reader->words.good && memcmp(loaded->ticket[a - 1], loaded->ticket[a], ALLOT_TICKET_BYTES) >= 0) {
        return blame(reader, "tickets in rising order, none twice", "the ticket is out of order");
    }
    if (!read_wishes(reader, a)) {
        return false;
    }
    loaded->choice_from[a + 1] = (uint32_t)loaded->choices;
    return true;
}

static bool read_applicants(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    uint32_t applicants = 0;
    if (!read_count(reader, "applicants", &applicants)) {
        return false;
    }
    loaded->applicant = allot_get_zero(reader->host, applicants, sizeof *loaded->applicant);
    loaded->ticket = allot_get_zero(reader->host, applicants, sizeof *loaded->ticket);
    loaded->commitment = allot_get_zero(reader->host, applicants, sizeof *loaded->commitment);
    loaded->choice_from = allot_get_zero(reader->host, (size_t)applicants + 1, sizeof *loaded->choice_from);
    if (loaded->applicant == NULL || loaded->ticket == NULL || loaded->commitment == NULL ||
        loaded->choice_from == NULL) {
        return short_of_memory(reader);
    }
    for (uint32_t a = 0; a < applicants; a++) {
        if (!read_applicant(reader, a)) {
            return false;
        }
    }
    loaded->problem.applicants = applicants;
    return true;
}

static bool read_list(struct reader *reader)
{
    struct transcript_commitment said;
    uint64_t count = 0;
    if (!read_header(reader) || !read_offers(reader) || !read_sites(reader) || !read_applicants(reader) ||
        !read_hash(reader, "root", said.root) || !read_hash(reader, "rules", said.rules) ||
        !read_number(reader, "count", UINT64_MAX, &count) || !read_end(reader, "list")) {
        return false;
    }
    reader->loaded->stage = TRANSCRIPT_LIST;
    return true;
}

/* --- the seed ---------------------------------------------------------------------------------------------------- */

static bool read_witness(struct reader *reader, uint32_t i)
{
    struct transcript_witness *witness = &reader->loaded->witness[i];
    if (!start(reader, "witness")) {
        return false;
    }
    struct words *words = &reader->words;
    words_hex(words, witness->commitment, SM3_BYTES, "the commitment, 64 hexadecimal digits");
    words_mark(words, ' ', "a space, then the secret or \"missing\"");
    struct words secret = *words;
    struct transcript_text word = words_word(words, "the secret, 32 to 128 hexadecimal digits, or \"missing\"");
    if (words->good && !(word.bytes == 7 && memcmp(word.text, "missing", 7) == 0)) {
        witness->secret_bytes = word.bytes / 2;
        if (word.bytes % 2 != 0 || witness->secret_bytes < TRANSCRIPT_SECRET_MIN ||
            witness->secret_bytes > TRANSCRIPT_SECRET_MAX) {
            return blame(reader, "32 to 128 hexadecimal digits, or \"missing\"", "the secret has the wrong length");
        }
        secret.at--;
        words_hex(&secret, reader->loaded->secret[i], witness->secret_bytes, "hexadecimal digits, in small letters");
        witness->secret = reader->loaded->secret[i];
        words->good = secret.good;
        words->expected = secret.expected;
    }
    witness->id = words_last(words, "who the witness is, text of at most 200 bytes");
    if (!line_done(reader)) {
        return false;
    }
    if (witness->secret != NULL && !transcript_secret_matches(witness)) {
        return blame(reader, "a secret whose SM3 is the commitment", "the opened secret is not the one committed to");
    }
    return true;
}

static bool read_seed(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    uint64_t witnesses = 0, publics = 0;
    if (!read_number(reader, "witnesses", TRANSCRIPT_WITNESSES_MAX, &witnesses)) {
        return false;
    }
    loaded->witness = allot_get_zero(reader->host, witnesses, sizeof *loaded->witness);
    loaded->secret = allot_get_zero(reader->host, witnesses, sizeof *loaded->secret);
    if (loaded->witness == NULL || loaded->secret == NULL) {
        return short_of_memory(reader);
    }
    for (uint32_t i = 0; i < witnesses; i++) {
        if (!read_witness(reader, i)) {
            return false;
        }
    }
    loaded->transcript.witnesses = (uint32_t)witnesses;
    if (!read_number(reader, "publics", TRANSCRIPT_PUBLIC_MAX, &publics)) {
        return false;
    }
    loaded->public_value = allot_get_zero(reader->host, publics, sizeof *loaded->public_value);
    if (loaded->public_value == NULL) {
        return short_of_memory(reader);
    }
    for (uint32_t i = 0; i < publics; i++) {
        if (!read_text(reader, "public", &loaded->public_value[i].name) ||
            !read_text(reader, "value", &loaded->public_value[i].value)) {
            return false;
        }
    }
    loaded->transcript.publics = (uint32_t)publics;
    uint8_t seed[SM3_BYTES];
    if (!read_hash(reader, "seed", seed) || !read_end(reader, "seed")) {
        return false;
    }
    loaded->stage = TRANSCRIPT_SEED;
    return true;
}

/* --- the result and the moves ------------------------------------------------------------------------------------ */

/* Results are computed again and compared; here they are only passed over. */
static bool skip_result(struct reader *reader)
{
    static const char END[] = "end result ";
    do {
        if (!next_line(reader, "end result")) {
            return false;
        }
    } while (reader->bytes < sizeof END - 1 || memcmp(reader->text, END, sizeof END - 1) != 0);
    reader->loaded->stage = TRANSCRIPT_RESULT;
    return true;
}

static bool read_move(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    if (!start(reader, "move") ||
        !grow(reader, (void **)&loaded->move, loaded->moves, &loaded->move_room, sizeof *loaded->move) ||
        !grow(reader, (void **)&loaded->move_line, loaded->moves, &loaded->move_line_room, sizeof *loaded->move_line)) {
        return false;
    }
    struct transcript_move *move = &loaded->move[loaded->moves];
    uint8_t ticket[ALLOT_TICKET_BYTES];
    *move = (struct transcript_move){ .batch = loaded->batches };
    move->kind = (enum transcript_move_kind)words_one_of(&reader->words, "declined|waiting|passed|late|removed");
    words_hex(&reader->words, ticket, sizeof ticket, "the ticket, 64 hexadecimal digits");
    move->from = words_number_or_dash(&reader->words, loaded->problem.offers, "the offer before, or -");
    move->to = words_number_or_dash(&reader->words, loaded->problem.offers, "the offer after, or -");
    move->note = words_last(&reader->words, "a note, text of at most 200 bytes");
    if (!line_done(reader)) {
        return false;
    }
    move->applicant = transcript_find(&loaded->transcript, ticket);
    if (move->applicant == ALLOT_NONE) {
        return blame(reader, "a ticket of the list", "nobody on the list has this ticket");
    }
    loaded->move_line[loaded->moves++] = reader->line;
    loaded->transcript.moves = (uint32_t)loaded->moves;
    loaded->transcript.move = loaded->move;
    return true;
}

static bool read_batch(struct reader *reader)
{
    uint32_t count = 0;
    if (!read_count(reader, "moves", &count)) {
        return false;
    }
    if (count == 0) {
        return blame(reader, "at least one move", "the batch is empty");
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_move(reader)) {
            return false;
        }
    }
    reader->loaded->batches++;
    reader->loaded->stage = TRANSCRIPT_MOVES;
    return read_end(reader, "moves");
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

static void link_up(struct loaded *loaded)
{
    struct transcript *transcript = &loaded->transcript;
    struct allot_problem *problem = &loaded->problem;
    problem->offer = loaded->offer;
    problem->applicant = loaded->applicant;
    problem->ticket = (const uint8_t(*)[ALLOT_TICKET_BYTES])loaded->ticket;
    problem->choice_from = loaded->choice_from;
    problem->choice = loaded->choice;
    problem->reach_from = loaded->reach_from;
    problem->reach = loaded->reach;
    transcript->problem = problem;
    transcript->offer_id = loaded->offer_id;
    transcript->site_id = loaded->site_id;
    transcript->commitment = (const uint8_t(*)[SM3_BYTES])loaded->commitment;
}

static bool read_all(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    if (!read_list(reader)) {
        return false;
    }
    link_up(loaded);
    struct allot_error error = { 0 };
    if (!allot_problem_valid(&loaded->problem, reader->host, &error)) {
        transcript_blame(reader->report, 0, NULL, 0, "", 0, error.message);
        reader->report->fault = error.fault;
        return false;
    }
    if (reader->at < reader->end) {
        if (!read_seed(reader)) {
            return false;
        }
        loaded->transcript.witness = loaded->witness;
        loaded->transcript.public_value = loaded->public_value;
    }
    if (reader->at < reader->end && !skip_result(reader)) {
        return false;
    }
    while (reader->at < reader->end) {
        if (!read_batch(reader)) {
            return false;
        }
    }
    return true;
}

bool transcript_load(const char *bytes, size_t count, const struct allot_host *host, struct loaded **loaded,
                     struct transcript_report *report, struct transcript_report *damaged)
{
    struct reader reader = { .at = bytes, .end = bytes + count, .host = host, .report = report };
    reader.damaged = damaged;
    line_check_start(&reader.check);
    reader.loaded = *loaded = allot_get_zero(host, 1, sizeof **loaded);
    if (*loaded == NULL) {
        return short_of_memory(&reader);
    }
    bool read = read_all(&reader);
    (*loaded)->lines = reader.line;
    return read;
}
