/* Of src/demo/ alone: what the parts of a build share. */
#ifndef DEMO_BUILD_H
#define DEMO_BUILD_H

#include "connect/ask.h"
#include "connect/authority_records.h"
#include "demo/demo.h"
#include "demo/people.h"
#include "demo/truth.h"
#include "places/places.h"
#include "store/writer.h"

struct demo_round {
    int64_t id;
    const struct policy *policy;
    uint32_t county;
    enum stage stage;
    size_t done;      /* steps of its calendar that were taken (calendar.c) */
    int64_t officer;  /* account that takes them */
    int64_t reviewer; /* account that decides on what waits */
};

struct builder {
    const struct demo_settings *settings;
    const struct demo_progress *progress;
    const struct city *city;
    struct store *store;
    struct vault *vault;
    struct places *places;
    struct writing *writing;
    struct authority_records *records;
    struct arena *arena;  /* the build's */
    struct arena *family; /* emptied for each family */
    struct land *land;
    struct schools *schools;
    struct people *people;
    int64_t *communities;      /* rows, by index */
    struct demo_round *rounds; /* county × STAGE_COUNT + stage */
    size_t nrounds;
    int64_t now; /* the demo's moment, ms */
    size_t applications;
    /* Applications with papers, for the reviewers. */
    struct papered {
        int64_t application;
        uint32_t round; /* index */
        enum flaw flaw;
    } * papered;
    size_t npapered;
    struct str consent;
};

static inline struct demo_round *round_of(const struct builder *builder, uint32_t county, enum stage stage)
{
    return &builder->rounds[county * STAGE_COUNT + (uint32_t)stage];
}

/* ahead.c: the rounds' plans as the forecast's. */
bool ahead_write(struct builder *builder, struct error *error);

void build_tell(struct builder *builder, const char *stage, size_t done, size_t total);

/* Sets the program's clock to a moment and begins a transaction in it; and its end. */
bool build_begin(struct builder *builder, int64_t at, struct error *error);
bool build_commit(struct builder *builder, struct error *error);

/* rows.c: the registry's rows. */
bool rows_write(struct builder *builder, struct error *error);
/* register.c: the whole register, in two times; after rows_write. */
bool register_write(struct builder *builder, struct error *error);
/* returns.c: what schools reported. */
bool returns_write(struct builder *builder, struct error *error);
/* calendar.c: rounds, plans, witnesses; then takes every step that is due by `at`, in order of time. */
bool calendar_prepare(struct builder *builder, struct error *error);
bool calendar_until(struct builder *builder, int64_t at, struct error *error);
/* reviews.c: decides all that waits in a round; some of what waits in the open ones. */
bool reviews_all(struct builder *builder, const struct demo_round *round, struct error *error);
bool reviews_some(struct builder *builder, struct error *error);
/* families.c: everybody's application in its time, with the calendar's steps in between. */
bool families_apply(struct builder *builder, struct error *error);
/* staff.c: accounts of staff. showcase.c: families that are listed, one for each thing to see. */
bool staff_write(struct builder *builder, struct error *error);
bool showcase_write(struct builder *builder, struct error *error);

/* apply.c: one family, as far as it came. */
struct applied {
    int64_t account;
    int64_t child[2];
    int64_t application[2]; /* 0: none */
};
bool apply_family(struct builder *builder, const struct family *family, int demo, struct name note,
                  struct applied *applied, struct error *error);
/* Answers what is queued for the family's applications, as the departments would. */
bool apply_answers(struct builder *builder, const struct family *family, const struct truth *truth, int64_t application,
                   struct error *error);

#endif
