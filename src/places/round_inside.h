/* Of src/places/ alone: what the files of the round share. */
#ifndef PLACES_ROUND_INSIDE_H
#define PLACES_ROUND_INSIDE_H

#include "places/inside.h"
#include "places/round_list.h"
#include "places/sign.h"

/* What proofs are made from (round_proof.h). */
struct round_proofs *places_proofs(struct places *places);

/* A round's own row, without counts. */
bool round_load(struct db *db, struct arena *arena, int64_t id, struct round *out, bool *found, struct error *error);

/* The row of a step; root empty: none. */
bool round_step_keep(struct writing *writing, const struct round_advance *advance, struct str root, int64_t listed,
                     struct str detail, struct error *error);
bool round_journal(struct writing *writing, const struct actor *actor, const char *action, int64_t round,
                   struct str division, struct str detail, struct error *error);
/* The detail of a step that was taken; empty when it was not. */
bool round_step_detail(struct db *db, struct arena *arena, int64_t round, enum round_step step, struct str *detail,
                       struct error *error);

/* For signing within a writer's command (sign.h). */
struct signer round_signer(struct writing *writing, struct places *places, int64_t round);

/* The number behind a word of a detail: "choice 12 balance 3 …"; 0: the word is not there. */
int64_t round_detail_number(struct str detail, const char *word);

/* ---- Steps that have a file of their own (round_close.c, round_draw.c, round_late.c) ---- */

/* Each fills advance->result and, when it is ROUND_DONE, has written its step's row. */
bool round_do_announce(struct writing *writing, struct round_advance *advance, const struct round *round,
                       struct error *error);
bool round_do_close(struct writing *writing, struct round_advance *advance, const struct round *round,
                    struct error *error);
bool round_do_final(struct writing *writing, struct round_advance *advance, const struct round *round,
                    struct error *error);
bool round_do_open_secrets(struct writing *writing, struct round_advance *advance, const struct round *round,
                           struct error *error);
bool round_do_late(struct writing *writing, struct round_advance *advance, const struct round *round,
                   struct error *error);
bool round_do_end(struct writing *writing, struct round_advance *advance, const struct round *round,
                  struct error *error);

/* The final list from the database, if it is the one whose root was published; else result is ROUND_TAMPERED and detail
 * says what differs. *text: the list part of the transcript. */
bool round_final_list(struct writing *writing, struct round_advance *advance, const struct round *round,
                      struct round_list *list, struct str *text, struct transcript_commitment *commitment,
                      struct error *error);
/* The witnesses and the public value, as the seed takes them, into the transcript. Only those who committed. */
bool round_sources(struct db *db, struct places *places, struct arena *arena, const struct round *round,
                   struct str public_value, struct transcript *transcript, struct error *error);
/* The public value that was entered at open_secrets. */
bool round_public_value(struct db *db, struct arena *arena, int64_t round, struct str *value, struct error *error);

/* Until when the witnesses who committed may open their secrets (witness.h). */
bool witness_deadline(struct db *db, const struct round *round, int64_t *deadline, struct error *error);

#endif
