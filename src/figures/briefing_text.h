/* The text of a briefing with its figures in place: briefing.zh.md and briefing.en.md of a city's folder
 * (docs/briefing.md). A figure stands as {{id}} or {{id option option}} and is never typed in: what is read out is what
 * the rows gave.
 */
#ifndef FIGURES_BRIEFING_TEXT_H
#define FIGURES_BRIEFING_TEXT_H

#include "figures/checker.h"
#include "figures/compute.h"

/* How the number is written: as it is · with % · in ten thousands, hundred millions, thousands, millions. */
enum written { WRITTEN_NUMBER, WRITTEN_PERCENT, WRITTEN_WAN, WRITTEN_YI, WRITTEN_THOUSAND, WRITTEN_MILLION, WRITTENS };
/* The word of a bound: none · 余 over · 以上 above · 近 nearly · 低于 below. */
enum bound_word { WORD_NONE, WORD_OVER, WORD_ABOVE, WORD_NEARLY, WORD_BELOW, BOUND_WORDS };

struct placed {
    struct str id;
    size_t indicator; /* SIZE_MAX: there is none of that id any more */
    enum written written;
    enum bound_word word;
    bool change;       /* 提高 / 下降 before it */
    bool next_year;    /* of the year after the briefing's day: what was promised for it */
    unsigned decimals; /* that are written */
    uint32_t line;
};

/* Text, or a figure (its place in `figures`). */
struct piece {
    struct str text;
    size_t figure; /* SIZE_MAX: text */
};
struct block {
    enum { BLOCK_TITLE, BLOCK_HEADING, BLOCK_PARAGRAPH } kind;
    struct piece *pieces;
    size_t n;
};
struct briefing_text {
    struct block *blocks;
    size_t n;
    struct placed *figures; /* in the order of the text; one may stand several times */
    size_t nfigures;
};

/* Reads a text. Every mistake is told; the text lives in the arena and borrows nothing. False: there was one. With
 * `mistakes` NULL it is a text that was read before: what it names may be gone, and nothing is told. */
bool briefing_text_read(struct arena *arena, struct str file, struct str text, enum lang lang,
                        const struct indicators *set, struct briefing_text *out, struct city_mistakes *mistakes);

/* Both texts of a folder; briefing.en.md may be missing (then English readers get the Chinese text). A folder without
 * briefing.zh.md has no briefing: zh is empty. */
struct briefing_files {
    struct arena *arena;
    struct str zh, en;
    struct str relations; /* published/relations.yaml, for the check; may be empty */
};
bool briefing_files_read(struct briefing_files **out, const char *folder, const struct indicators *set,
                         struct city_mistakes *mistakes, struct error *error);
/* NULL is accepted. */
void briefing_files_free(struct briefing_files *files);

/* The day of a figure of a briefing with this day. */
int64_t placed_day(const struct placed *placed, int64_t day);

/* The value as it is written: "108.3万", "近2万", "up 20.23". value_e6: what is said. */
struct str placed_words(struct arena *arena, const struct placed *placed, int64_t value_e6, enum lang lang);

/* The same as what the checker takes: value, rounding or bound. */
struct published placed_published(const struct placed *placed, const struct indicators *set, int64_t value_e6);

#endif
