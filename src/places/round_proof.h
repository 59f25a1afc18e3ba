/* Proofs of inclusion from lists that are kept ready (round_proof.c). One struct for the program; places has it. */
#ifndef PLACES_ROUND_PROOF_H
#define PLACES_ROUND_PROOF_H

#include "places/round_list.h"

struct round_proofs;
/* most_bytes: of all kept lists together. NULL: no memory. */
struct round_proofs *round_proofs_new(size_t most_bytes);
void round_proofs_free(struct round_proofs *proofs);

/* A file under DATA/transcripts: LABEL.PART.txt. */
struct round_list_file {
    struct str label;
    const char *part;
};
/* The proof of who has this ticket in the list; *found false: nobody has. Any thread. */
bool round_proofs_write(struct round_proofs *proofs, struct places *places, struct arena *arena,
                        const struct round_list_file *list, const unsigned char ticket[ALLOT_TICKET_BYTES],
                        struct str *text, bool *found, struct error *error);

struct round_proof_numbers {
    size_t lists, bytes; /* kept now */
    uint64_t made;       /* files read so far */
};
struct round_proof_numbers round_proofs_numbers(struct round_proofs *proofs);

#endif
