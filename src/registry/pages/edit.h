/* Proposing a change of one thing: the form made from its kind's columns, the answers to check, the end of a thing. */
#ifndef REGISTRY_PAGES_EDIT_H
#define REGISTRY_PAGES_EDIT_H

#include "registry/pages/thing.h"

/* What the columns of a kind are as fields of a form, with the common ones: code of a new thing, institution and
 * division (not for a school, whose things are its own), days, why, paper. */
const struct form *edit_form(struct arena *arena, const struct kind *kind, bool is_new, bool school);
/* Fills what the form means over what is known (the columns that it does not have stay). Tells mistakes at the fields;
 * the rest is found by change_check. */
void edit_fact(struct request *request, const struct kind *kind, struct fact *fact);
/* Writes a fact into the form of a GET. */
void edit_fill(struct request *request, const struct kind *kind, const struct fact *fact, const struct desk *desk);

enum edit_page { EDIT_FORM, EDIT_CHECK };

struct edit_view {
    struct desk *desk;
    const struct kind *kind;
    bool is_new, ends;
    struct str code, action;
    struct fact known, fact; /* known.id 0: new */
    struct name name;
    const struct form *form;
    enum edit_page page;
    struct changed_cell *changed;
    size_t nchanged;
    struct str from, until, why, paper;
};
/* The fields of the form that was sent, as hidden ones. */
struct kept_field {
    const char *name;
    struct str value;
};
struct kept_field *edit_kept(struct request *request, const struct form *form, size_t *n);

/* ---- Sending a change (also of events) ---- */

struct proposing {
    struct keeper_of who;
    struct str key, kind, division, note, document;
    int64_t institution;
    struct change_step *steps;
    size_t n;
    bool (*make)(struct db *db, struct arena *arena, struct proposing *proposing, struct error *error); /* or NULL */
    void *context; /* of make, which fills the steps from what is known now */
    /* What came of it: */
    int64_t id;
    enum change_result result;
    struct str says; /* of the register, when it does not fit */
};
bool propose_run(struct writing *writing, void *input, struct error *error);
/* What a result means, in plain words with what to do. */
struct text change_result_words(struct arena *arena, enum change_result result, struct str says);

#endif
