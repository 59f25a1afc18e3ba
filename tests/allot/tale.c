#include "tale.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LAST = 1000 };

static const char *const mechanisms[] = { "serial", "deferred", "draw", "cycles" };
static const char *const whom[] = { "all", "first", "only", "others" };

/* --- reading ----------------------------------------------------------------------------------------------------- */

struct reader {
    struct tale *tale;
    const char *at;
    bool fine;
};

static void skip_blanks(struct reader *reader)
{
    while (*reader->at == ' ') {
        reader->at++;
    }
}

static bool at_end(struct reader *reader)
{
    skip_blanks(reader);
    return *reader->at == '\n' || *reader->at == '\0';
}

static bool word(struct reader *reader, const char *text)
{
    skip_blanks(reader);
    size_t bytes = strlen(text);
    char after = strncmp(reader->at, text, bytes) == 0 ? reader->at[bytes] : 'x';
    bool is = after == ' ' || after == '\n' || after == '\0';
    reader->at += is ? bytes : 0;
    return is;
}

static bool sign(struct reader *reader, char one)
{
    skip_blanks(reader);
    bool is = *reader->at == one;
    reader->at += is;
    return is;
}

static uint32_t number(struct reader *reader)
{
    skip_blanks(reader);
    uint32_t value = 0;
    reader->fine = reader->fine && *reader->at >= '0' && *reader->at <= '9';
    while (*reader->at >= '0' && *reader->at <= '9') {
        value = 10 * value + (uint32_t)(*reader->at++ - '0');
    }
    return value;
}

/* The index of a name, new or not. */
static uint32_t name(struct reader *reader, char *names, uint32_t *count, uint32_t most)
{
    skip_blanks(reader);
    char one = *reader->at;
    bool letter = (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z');
    for (uint32_t i = 0; i < *count; i++) {
        if (names[i] == one) {
            reader->at++;
            return i;
        }
    }
    if (!letter || *count == most) {
        reader->fine = false;
        return 0;
    }
    names[*count] = one;
    reader->at++;
    return (*count)++;
}

static uint32_t ticket(struct reader *reader)
{
    return name(reader, reader->tale->ticket, &reader->tale->tickets, TALE_TICKETS);
}

static uint32_t offer(struct reader *reader)
{
    return name(reader, reader->tale->offer, &reader->tale->offers, TALE_OFFERS);
}

static void read_offer(struct reader *reader)
{
    struct tale *tale = reader->tale;
    uint32_t j = offer(reader), stand = 0;
    do {
        uint32_t k = tale->kinds[j];
        for (uint8_t w = 0; w < 4 && reader->fine; w++) {
            if (k < TALE_KINDS && word(reader, whom[w])) {
                tale->kind[j][k] = (struct allot_kind){ .whom = w, .groups = w == ALLOT_FOR_ALL ? 0 : 1 };
                tale->kinds[j] = k + 1;
            }
        }
        uint32_t places = number(reader);
        tale->capacity[j] += places;
        if (tale->kinds[j] > k) {
            tale->kind[j][k].places = places;
        }
    } while (sign(reader, ','));
    reader->fine = reader->fine && sign(reader, ':');
    while (reader->fine && !at_end(reader)) {
        stand += sign(reader, '=') ? 0 : 1;
        uint32_t a = ticket(reader);
        tale->stand[j][a] = stand;
        tale->member[j][a] = sign(reader, '*');
    }
}

static void read_ticket(struct reader *reader)
{
    struct tale *tale = reader->tale;
    uint32_t a = ticket(reader);
    skip_blanks(reader);
    if (*reader->at >= '2' && *reader->at <= '8') {
        tale->places[a] = (uint16_t)number(reader);
    }
    if (sign(reader, '@')) {
        while (reader->fine && !at_end(reader) && tale->reaches[a] < TALE_OFFERS) {
            uint32_t j = offer(reader);
            tale->reach[a][tale->reaches[a]++] = (struct allot_reach){ j, number(reader) };
        }
        return;
    }
    reader->fine = reader->fine && sign(reader, '>');
    while (reader->fine && !at_end(reader)) {
        if (tale->wishes[a] == TALE_OFFERS) {
            reader->fine = false;
            return;
        }
        tale->wish[a][tale->wishes[a]++] = (uint8_t)offer(reader);
    }
}

static void read_first(struct reader *reader)
{
    struct tale *tale = reader->tale;
    bool known = false;
    for (uint32_t m = 0; m < 4 && !known; m++) {
        known = word(reader, mechanisms[m]);
        tale->mechanism = (enum allot_mechanism)m;
    }
    tale->together = word(reader, "fit") ? ALLOT_TOGETHER_FIT : ALLOT_TOGETHER_ADD;
    tale->lot_per_offer = word(reader, "choice");
    tale->balance = word(reader, "balance");
    tale->waiting_unplaced = word(reader, "unplaced");
    tale->waiting_reversed = word(reader, "reversed");
    reader->fine = known && at_end(reader);
}

bool tale_read(struct tale *tale, const char *text)
{
    struct reader reader = { tale, text, true };
    memset(tale, 0, sizeof *tale);
    for (uint32_t a = 0; a < TALE_TICKETS; a++) {
        tale->places[a] = 1;
        tale->turn[a] = LAST + a;
        for (uint32_t j = 0; j < TALE_OFFERS; j++) {
            tale->stand[j][a] = LAST;
        }
    }
    read_first(&reader);
    while (reader.fine && *reader.at == '\n' && reader.at[1] != '\0') {
        reader.at++;
        if (word(&reader, "lots")) {
            for (uint32_t turn = 1; reader.fine && !at_end(&reader); turn++) {
                tale->turn[ticket(&reader)] = turn;
            }
        } else if (word(&reader, "back")) {
            tale->gives_back[ticket(&reader)] = true;
        } else if (strchr("stuvwxyz", *reader.at) != NULL && *reader.at != '\0') {
            read_offer(&reader);
        } else {
            read_ticket(&reader);
        }
        reader.fine = reader.fine && at_end(&reader);
    }
    return reader.fine;
}

/* --- writing ----------------------------------------------------------------------------------------------------- */

struct writer {
    char *text;
    size_t bytes;
};

__attribute__((format(printf, 2, 3))) static void put(struct writer *writer, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int more = vsnprintf(writer->text + writer->bytes, TALE_TEXT - writer->bytes, format, list);
    va_end(list);
    writer->bytes += more > 0 ? (size_t)more : 0;
    writer->bytes = writer->bytes < TALE_TEXT ? writer->bytes : TALE_TEXT - 1;
}

static bool lists(const struct tale *tale, uint32_t a, uint32_t j)
{
    bool yes = false;
    for (uint32_t i = 0; i < tale->wishes[a]; i++) {
        yes |= tale->wish[a][i] == j;
    }
    return yes;
}

static void put_offer(struct writer *writer, const struct tale *tale, uint32_t j)
{
    put(writer, "\n%c", tale->offer[j]);
    for (uint32_t k = 0; k < tale->kinds[j]; k++) {
        put(writer, "%s %s %u", k > 0 ? "," : "", whom[tale->kind[j][k].whom], tale->kind[j][k].places);
    }
    if (tale->kinds[j] == 0) {
        put(writer, " %u", tale->capacity[j]);
    }
    put(writer, ":");
    bool done[TALE_TICKETS] = { false };
    uint32_t before = LAST + 1;
    for (;;) {
        uint32_t next = TALE_TICKETS;
        for (uint32_t a = 0; a < tale->tickets; a++) {
            bool open = !done[a] && lists(tale, a, j);
            next = open && (next == TALE_TICKETS || tale->stand[j][a] < tale->stand[j][next]) ? a : next;
        }
        if (next == TALE_TICKETS) {
            return;
        }
        put(writer, " %s%c%s", tale->stand[j][next] == before ? "=" : "", tale->ticket[next],
            tale->member[j][next] ? "*" : "");
        before = tale->stand[j][next];
        done[next] = true;
    }
}

void tale_write(const struct tale *tale, char text[TALE_TEXT])
{
    struct writer writer = { text, 0 };
    put(&writer, "%s%s%s%s%s%s", mechanisms[tale->mechanism], tale->together == ALLOT_TOGETHER_FIT ? " fit" : "",
        tale->lot_per_offer ? " choice" : "", tale->balance ? " balance" : "",
        tale->waiting_unplaced ? " unplaced" : "", tale->waiting_reversed ? " reversed" : "");
    for (uint32_t j = 0; j < tale->offers; j++) {
        put_offer(&writer, tale, j);
    }
    for (uint32_t a = 0; a < tale->tickets; a++) {
        put(&writer, "\n%c", tale->ticket[a]);
        if (tale->places[a] > 1) {
            put(&writer, "%u", tale->places[a]);
        }
        put(&writer, " >");
        for (uint32_t i = 0; i < tale->wishes[a]; i++) {
            put(&writer, " %c", tale->offer[tale->wish[a][i]]);
        }
    }
    put(&writer, "\nlots");
    for (uint32_t turn = 0; turn <= LAST + TALE_TICKETS; turn++) {
        for (uint32_t a = 0; a < tale->tickets; a++) {
            if (tale->turn[a] == turn) {
                put(&writer, " %c", tale->ticket[a]);
            }
        }
    }
    for (uint32_t a = 0; a < tale->tickets; a++) {
        if (tale->gives_back[a]) {
            put(&writer, "\nback %c", tale->ticket[a]);
        }
    }
}

void tale_outcome(const struct tale *tale, const struct allot_result *result, char text[TALE_TEXT])
{
    struct writer writer = { text, 0 };
    for (uint32_t a = 0; a < tale->tickets; a++) {
        const struct allot_outcome *outcome = &result->outcome[a];
        put(&writer, "%s%c:", a > 0 ? " " : "", tale->ticket[a]);
        if (outcome->how == ALLOT_UNPLACED) {
            put(&writer, "-");
            continue;
        }
        put(&writer, "%c", tale->offer[outcome->offer]);
        if (tale->kinds[outcome->offer] > 0) {
            put(&writer, ".%u", outcome->kind);
        }
        put(&writer, "%s", outcome->how == ALLOT_BALANCED ? "!" : "");
    }
}

/* --- building ---------------------------------------------------------------------------------------------------- */

void tale_build(const struct tale *tale, struct told *told)
{
    uint32_t kinds = 0, choices = 0, reaches = 0;
    memset(told, 0, sizeof *told);
    told->group[0] = 1;
    for (uint32_t j = 0; j < tale->offers; j++) {
        told->offer[j] = (struct allot_offer){ .capacity = tale->capacity[j], .balance = 1 };
        told->kind_from[j] = kinds;
        for (uint32_t k = 0; k < tale->kinds[j]; k++) {
            told->kind[kinds++] = tale->kind[j][k];
        }
    }
    told->kind_from[tale->offers] = kinds;
    for (uint32_t a = 0; a < tale->tickets; a++) {
        told->applicant[a] = (struct allot_applicant){ .site = tale->balance && tale->reaches[a] > 0 ? a : ALLOT_NONE,
                                                       .places = tale->places[a] };
        told->ticket[a][0] = (uint8_t)tale->ticket[a];
        told->lot[a].high = tale->turn[a];
        told->choice_from[a] = choices;
        for (uint32_t i = 0; i < tale->wishes[a]; i++, choices++) {
            uint32_t j = tale->wish[a][i];
            told->choice[choices] = (struct allot_choice){
                .offer = j, .priority = tale->stand[j][a], .category = 1, .group = tale->member[j][a] ? 1 : 0
            };
            told->choice_lot[choices].high = tale->stand[j][a];
        }
        told->reach_from[a] = reaches;
        for (uint32_t i = 0; i < tale->reaches[a]; i++) {
            told->reach[reaches++] = tale->reach[a][i];
        }
    }
    told->choice_from[tale->tickets] = choices;
    told->reach_from[tale->tickets] = reaches;
    told->problem = (struct allot_problem){ .version = ALLOT_VERSION,
                                            .mechanism = tale->mechanism,
                                            .together = tale->together,
                                            .balance = tale->balance,
                                            .lot_per_offer = tale->lot_per_offer,
                                            .waiting_unplaced_only = tale->waiting_unplaced,
                                            .waiting_reversed = tale->waiting_reversed,
                                            .offers = tale->offers,
                                            .applicants = tale->tickets,
                                            .sites = tale->balance ? tale->tickets : 0,
                                            .offer = told->offer,
                                            .kind_from = kinds > 0 ? told->kind_from : NULL,
                                            .kind = told->kind,
                                            .kind_group = told->group,
                                            .applicant = told->applicant,
                                            .ticket = (const uint8_t(*)[ALLOT_TICKET_BYTES])told->ticket,
                                            .choice_from = told->choice_from,
                                            .choice = told->choice,
                                            .reach_from = told->reach_from,
                                            .reach = told->reach,
                                            .lot = told->lot,
                                            .choice_lot = tale->lot_per_offer ? told->choice_lot : NULL };
}
