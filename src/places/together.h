/* Twins and siblings of one round who ask together: one school for all of them, or none; one draw number.
 *
 * A family asks for it (where the policy has it) while the application at hand is a draft; the other may have been
 * handed in. From then on they have the same wishes: who joins takes those that are there, and a change to one is a
 * change to all. While one of them has been handed in, the wishes are fixed: to change them the family withdraws that
 * one, or takes the wish to stay together back. The list has them as one ticket when all of them are on it with the
 * same wishes (round_list.c); who is alone then stands alone.
 */
#ifndef PLACES_TOGETHER_H
#define PLACES_TOGETHER_H

#include "places/application.h"

struct application_together {
    struct apply apply;
    int64_t with; /* another application of the round, of a child under the same guardian */
    bool ask;     /* false: takes the wish back */
};
bool application_together_run(struct writing *writing, void *input, struct error *error);

struct together_row {
    int64_t application;
    struct str name; /* plain, with a vault */
    bool submitted;
    bool twin;   /* born on the same day */
    bool asks;   /* together with the one at hand */
    bool wishes; /* has any */
};
/* Applications of the round with which this one may ask together or does, of children of the account; none when the
 * policy does not have it. */
bool together_list(struct db *db, struct arena *arena, struct vault *vault, struct places *places, int64_t application,
                   int64_t account, struct together_row **out, size_t *n, struct error *error);

/* Who asks together with an application, for who reviews it: where the other file lies, and no name. */
struct together_file {
    int64_t application, school;  /* school: that reviews it; 0: none */
    struct str division, receipt; /* receipt: empty while it is a draft */
    struct str review;
};
bool together_files(struct db *db, struct arena *arena, int64_t application, struct together_file **out, size_t *n,
                    struct error *error);

#endif
