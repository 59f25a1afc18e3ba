/*
 * Reading the rules and the seed part: the short lines, word by word. Only the one form of each is taken, so what was
 * read is what would be written again.
 */
#include "allot/transcript_parts.h"

#include "allot/transcript_table.h"

#include <string.h>

/* --- the rules --------------------------------------------------------------------------------------------------- */

static bool read_groups(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    uint32_t groups = 0;
    if (!reader_count(reader, "groups", &groups)) {
        return false;
    }
    if (groups > TRANSCRIPT_GROUPS_MAX) {
        return reader_blame(reader, "at most 65535 groups", "too many groups");
    }
    loaded->group = allot_get_zero(reader->host, reader_room(reader, groups), sizeof *loaded->group);
    if (loaded->group == NULL) {
        return reader_no_memory(reader);
    }
    for (uint32_t g = 0; g < groups; g++) {
        if (!reader_start(reader, "group")) {
            return false;
        }
        uint64_t number = words_number(&reader->words, UINT32_MAX, "the number of the group, counted from 1");
        if (reader->words.good && number != g + 1) {
            return reader_blame(reader, "the number of the group, counted from 1", "the group has another number");
        }
        loaded->group[g] = words_last(&reader->words, "whom the group is of, text of at most 200 bytes");
        if (!reader_done(reader)) {
            return false;
        }
    }
    loaded->transcript.groups = groups;
    loaded->transcript.group = loaded->group;
    return true;
}

static bool read_header(struct reader *reader)
{
    struct transcript *transcript = &reader->loaded->transcript;
    struct allot_problem *problem = &reader->loaded->problem;
    uint64_t version = 0, step = 0, audit = 0;
    unsigned mechanism = 0, lots = 0, together = 0, balance = 0, waiting = 0, waiting_lots = 0;
    if (!reader_number(reader, "jiaoti-transcript", UINT32_MAX, &version)) {
        return false;
    }
    if (version != TRANSCRIPT_VERSION) {
        return reader_blame(reader, "jiaoti-transcript 2", "this program does not know this version of the format");
    }
    if (!reader_text(reader, "round", &transcript->round) || !reader_start(reader, "policy")) {
        return false;
    }
    words_hex(&reader->words, transcript->policy, SM3_BYTES, "64 hexadecimal digits, in small letters");
    bool read = reader_done(reader) && reader_text(reader, "program", &transcript->program) &&
                reader_choice(reader, "mechanism", "serial|deferred|draw|cycles", &mechanism) &&
                reader_choice(reader, "lots", "applicant|choice", &lots) &&
                reader_choice(reader, "together", "add|fit", &together) &&
                reader_choice(reader, "balance", "no|yes", &balance) &&
                reader_choice(reader, "waiting", "all|unplaced", &waiting) &&
                reader_choice(reader, "waiting-lots", "same|reversed", &waiting_lots) &&
                reader_number(reader, "audit", UINT32_MAX, &audit) &&
                reader_number(reader, "step", UINT32_MAX, &step) && read_groups(reader);
    problem->version = ALLOT_VERSION;
    problem->mechanism = (enum allot_mechanism)mechanism;
    problem->lot_per_offer = lots == 1;
    problem->together = together == 1 ? ALLOT_TOGETHER_FIT : ALLOT_TOGETHER_ADD;
    problem->balance = balance == 1;
    problem->waiting_unplaced_only = waiting == 1;
    problem->waiting_reversed = waiting_lots == 1;
    transcript->audit = (uint32_t)audit;
    transcript->step_metres = (uint32_t)step;
    return read;
}

/* Positions in the arrays have 32 bits. */
static bool too_many(struct reader *reader)
{
    return reader_blame(reader, "fewer than 4294967295 of a sort", "this program cannot hold so many");
}

static bool read_kind_groups(struct reader *reader, struct allot_kind *kind)
{
    struct loaded *loaded = reader->loaded;
    struct words *words = &reader->words;
    words_mark(words, ' ', "the groups, or -");
    if (kind->whom == ALLOT_FOR_ALL) {
        words_mark(words, '-', "-: the kind is for all");
        return reader_done(reader);
    }
    uint64_t before = 0;
    do {
        if (kind->groups > 0) {
            words_mark(words, ',', "a comma, then the next group");
        }
        uint64_t group = words_digits(words, loaded->transcript.groups, "the number of a group of this file");
        if (loaded->kind_groups == UINT32_MAX) {
            return too_many(reader);
        }
        if (words->good && group <= before) {
            return reader_blame(reader, "groups in rising order, counted from 1", "the groups are out of order");
        }
        if (!reader_grow(reader, (void **)&loaded->kind_group, loaded->kind_groups, &loaded->kind_group_room,
                         sizeof *loaded->kind_group)) {
            return false;
        }
        loaded->kind_group[loaded->kind_groups++] = (uint16_t)group;
        kind->groups++;
        before = group;
    } while (words_more(words));
    return reader_done(reader);
}

static bool read_kind(struct reader *reader, uint64_t *places)
{
    struct loaded *loaded = reader->loaded;
    if (loaded->kinds == UINT32_MAX) {
        return too_many(reader);
    }
    if (!reader_start(reader, "kind") ||
        !reader_grow(reader, (void **)&loaded->kind, loaded->kinds, &loaded->kind_room, sizeof *loaded->kind)) {
        return false;
    }
    struct allot_kind *kind = &loaded->kind[loaded->kinds++];
    *kind = (struct allot_kind){ .group_from = (uint32_t)loaded->kind_groups };
    kind->places = (uint32_t)words_number(&reader->words, UINT32_MAX, "how many places, a number");
    kind->whom = (uint8_t)words_one_of(&reader->words, "all|first|only|others");
    kind->order = words_one_of(&reader->words, "priority|lot") == 1 ? ALLOT_BY_LOT : ALLOT_BY_PRIORITY;
    *places += kind->places;
    return read_kind_groups(reader, kind);
}

/* Wrong is the kind with which the sum can no longer become the capacity. */
static bool read_kinds(struct reader *reader, const struct allot_offer *offer, uint32_t kinds)
{
    uint64_t places = 0;
    for (uint32_t k = 0; k < kinds; k++) {
        if (!read_kind(reader, &places)) {
            return false;
        }
        if (places > offer->capacity || (k + 1 == kinds && places < offer->capacity)) {
            return reader_blame(reader, "kinds whose places add up to the offer's capacity",
                                "the places of the offer's kinds are not its capacity");
        }
    }
    return true;
}

static bool read_offer(struct reader *reader, uint32_t j)
{
    struct loaded *loaded = reader->loaded;
    struct words *words = &reader->words;
    if (!reader_start(reader, "offer")) {
        return false;
    }
    struct allot_offer *offer = &loaded->offer[j];
    uint64_t number = words_number(words, UINT32_MAX, "the number of the offer, counted from 0");
    if (words->good && number != j) {
        return reader_blame(reader, "the number of the offer, counted from 0", "the offer has another number");
    }
    offer->capacity = (uint32_t)words_number(words, UINT32_MAX, "the capacity, a number");
    offer->order = words_one_of(words, "priority|lot") == 1 ? ALLOT_BY_LOT : ALLOT_BY_PRIORITY;
    offer->balance = words_one_of(words, "closed|balance") == 1;
    uint32_t kinds = (uint32_t)words_number(words, ALLOT_MAX_KINDS, "how many kinds of places, at most 256");
    loaded->offer_id[j] = words_last(words, "the offer's id, text of at most 200 bytes");
    if (!reader_done(reader)) {
        return false;
    }
    if (kinds > 0 && offer->order != ALLOT_BY_PRIORITY) {
        return reader_blame(reader, "priority: the kinds have their own order", "the order stands with the kinds");
    }
    if (kinds > 0 && loaded->problem.mechanism == ALLOT_CYCLES) {
        return reader_blame(reader, "0 kinds with mechanism cycles", "this mechanism knows one kind of place");
    }
    bool read = read_kinds(reader, offer, kinds);
    loaded->kind_from[j + 1] = (uint32_t)loaded->kinds;
    return read;
}

static bool read_offers(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    uint32_t offers = 0;
    if (!reader_count(reader, "offers", &offers)) {
        return false;
    }
    size_t room = reader_room(reader, offers);
    loaded->offer = allot_get_zero(reader->host, room, sizeof *loaded->offer);
    loaded->offer_id = allot_get_zero(reader->host, room, sizeof *loaded->offer_id);
    loaded->kind_from = allot_get_zero(reader->host, room + 1, sizeof *loaded->kind_from);
    loaded->seen = allot_get_zero(reader->host, room, sizeof *loaded->seen);
    if (loaded->offer == NULL || loaded->offer_id == NULL || loaded->kind_from == NULL || loaded->seen == NULL) {
        return reader_no_memory(reader);
    }
    for (uint32_t j = 0; j < offers; j++) {
        if (!read_offer(reader, j)) {
            return false;
        }
    }
    loaded->problem.offers = offers;
    loaded->problem.offer = loaded->offer;
    loaded->problem.kind_from = loaded->kinds > 0 ? loaded->kind_from : NULL;
    loaded->problem.kind = loaded->kind;
    loaded->problem.kind_group = loaded->kind_group;
    loaded->transcript.offer_id = loaded->offer_id;
    return true;
}

static bool read_reach(struct reader *reader, uint32_t site)
{
    struct loaded *loaded = reader->loaded;
    struct words *words = &reader->words;
    if (!reader_start(reader, "reach")) {
        return false;
    }
    const struct allot_reach *before = NULL;
    while (words_more(words)) {
        uint32_t offer = (uint32_t)words_number(words, UINT32_MAX, "the number of an offer");
        words_mark(words, ':', "a colon, then the distance in steps");
        uint32_t steps = (uint32_t)words_digits(words, ALLOT_MAX_STEPS, "a distance of at most 1000000 steps");
        if (!words->good) {
            break;
        }
        if (offer >= loaded->problem.offers) {
            return reader_blame(reader, "the number of an offer", "there is no such offer");
        }
        if (loaded->seen[offer] == site + 1) {
            return reader_blame(reader, "each offer once", "an offer stands here twice");
        }
        loaded->seen[offer] = site + 1;
        if (before != NULL && (steps < before->steps || (steps == before->steps && offer < before->offer))) {
            return reader_blame(reader, "the nearest first, equal steps by offer", "the reach is out of order");
        }
        if (loaded->reaches == UINT32_MAX) {
            return too_many(reader);
        }
        if (!reader_grow(reader, (void **)&loaded->reach, loaded->reaches, &loaded->reach_room,
                         sizeof *loaded->reach)) {
            return false;
        }
        loaded->reach[loaded->reaches] = (struct allot_reach){ offer, steps };
        before = &loaded->reach[loaded->reaches++];
    }
    return reader_done(reader);
}

static bool read_sites(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    uint32_t sites = 0;
    if (!reader_count(reader, "sites", &sites)) {
        return false;
    }
    size_t room = reader_room(reader, sites);
    loaded->site_id = allot_get_zero(reader->host, room, sizeof *loaded->site_id);
    loaded->reach_from = allot_get_zero(reader->host, room + 1, sizeof *loaded->reach_from);
    if (loaded->site_id == NULL || loaded->reach_from == NULL) {
        return reader_no_memory(reader);
    }
    for (uint32_t s = 0; s < sites; s++) {
        if (!reader_start(reader, "site")) {
            return false;
        }
        uint64_t number = words_number(&reader->words, UINT32_MAX, "the number of the site, counted from 0");
        if (reader->words.good && number != s) {
            return reader_blame(reader, "the number of the site, counted from 0", "the site has another number");
        }
        loaded->site_id[s] = words_last(&reader->words, "the site's id, text of at most 200 bytes");
        if (!reader_done(reader) || !read_reach(reader, s)) {
            return false;
        }
        loaded->reach_from[s + 1] = (uint32_t)loaded->reaches;
    }
    loaded->problem.sites = sites;
    loaded->problem.reach_from = loaded->reach_from;
    loaded->problem.reach = loaded->reach;
    loaded->transcript.site_id = loaded->site_id;
    return true;
}

bool reader_rules(struct reader *reader)
{
    struct transcript_commitment *commitment = &reader->report->commitment;
    if (!read_header(reader) || !read_offers(reader) || !read_sites(reader)) {
        return false;
    }
    reader_hash(reader, commitment->rules);
    return reader_must_be_hash(reader, "rules", commitment->rules,
                               "the hash is not that of the rules before it: one of their lines was changed");
}

/* --- the seed ---------------------------------------------------------------------------------------------------- */

static bool read_witness(struct reader *reader, uint32_t i)
{
    static const char MISSING[] = "missing";
    struct transcript_witness *witness = &reader->loaded->witness[i];
    if (!reader_start(reader, "witness")) {
        return false;
    }
    struct words *words = &reader->words;
    words_hex(words, witness->commitment, SM3_BYTES, "the commitment, 64 hexadecimal digits");
    struct words secret = *words;
    words_mark(words, ' ', "a space, then the secret or \"missing\"");
    struct transcript_text word = words_word(words, "the secret, 32 to 128 hexadecimal digits, or \"missing\"");
    if (words->good && !(word.bytes == sizeof MISSING - 1 && memcmp(word.text, MISSING, word.bytes) == 0)) {
        witness->secret_bytes = word.bytes / 2;
        if (word.bytes % 2 != 0 || witness->secret_bytes < TRANSCRIPT_SECRET_MIN ||
            witness->secret_bytes > TRANSCRIPT_SECRET_MAX) {
            return reader_blame(reader, "32 to 128 hexadecimal digits, or \"missing\"",
                                "the secret has the wrong length");
        }
        words_hex(&secret, reader->loaded->secret[i], witness->secret_bytes, "hexadecimal digits, in small letters");
        witness->secret = reader->loaded->secret[i];
        words->good = secret.good;
        words->expected = secret.expected;
    }
    witness->id = words_last(words, "who the witness is, text of at most 200 bytes");
    if (!reader_done(reader)) {
        return false;
    }
    if (witness->secret != NULL && !transcript_secret_matches(witness)) {
        return reader_blame(reader, "a secret whose SM3 is the commitment",
                            "the opened secret is not the one committed to");
    }
    return true;
}

static bool read_witnesses(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    uint64_t witnesses = 0;
    if (!reader_number(reader, "witnesses", TRANSCRIPT_WITNESSES_MAX, &witnesses)) {
        return false;
    }
    loaded->witness = allot_get_zero(reader->host, (size_t)witnesses, sizeof *loaded->witness);
    loaded->secret = allot_get_zero(reader->host, (size_t)witnesses, sizeof *loaded->secret);
    if (loaded->witness == NULL || loaded->secret == NULL) {
        return reader_no_memory(reader);
    }
    for (uint32_t i = 0; i < witnesses; i++) {
        if (!read_witness(reader, i)) {
            return false;
        }
    }
    loaded->transcript.witnesses = (uint32_t)witnesses;
    loaded->transcript.witness = loaded->witness;
    return true;
}

static bool read_publics(struct reader *reader)
{
    struct loaded *loaded = reader->loaded;
    uint64_t publics = 0;
    if (!reader_number(reader, "publics", TRANSCRIPT_PUBLIC_MAX, &publics)) {
        return false;
    }
    loaded->public_value = allot_get_zero(reader->host, (size_t)publics, sizeof *loaded->public_value);
    if (loaded->public_value == NULL) {
        return reader_no_memory(reader);
    }
    for (uint32_t i = 0; i < publics; i++) {
        if (!reader_text(reader, "public", &loaded->public_value[i].name) ||
            !reader_text(reader, "value", &loaded->public_value[i].value)) {
            return false;
        }
    }
    loaded->transcript.publics = (uint32_t)publics;
    loaded->transcript.public_value = loaded->public_value;
    return true;
}

bool reader_seed(struct reader *reader)
{
    struct transcript_report *report = reader->report;
    struct allot_error error = { 0 };
    if (!read_witnesses(reader) || !read_publics(reader)) {
        return false;
    }
    if (!transcript_seed(&reader->loaded->transcript, &report->commitment, report->seed, &error)) {
        return reader_failed(reader, &error);
    }
    return reader_must_be_hash(reader, "seed", report->seed,
                               "the seed is not what follows from the list, the secrets and the public values") &&
           reader_end_part(reader, TRANSCRIPT_SEED);
}
