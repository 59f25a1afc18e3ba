/* What the steps of an application share. */
#ifndef PLACES_FAMILY_APPLY_H
#define PLACES_FAMILY_APPLY_H

#include "places/family/family.h"

enum { APPLY_STEPS = 7 };

/* The application of the URL, unsealed: the family's own. False: the reply was made. */
bool apply_load(struct request *request, struct application *application);
/* The frame of a step's page. */
struct apply_view apply_frame(struct request *request, const struct application *application, int step,
                              const char *back_step);
/* What a step's command came to: on success goes on to `next` ("dwelling"), else shows `again` with the error at
 * `field` (NULL: of the whole form). */
void apply_went(struct request *request, const struct apply *apply, const char *next, const char *field,
                void (*again)(struct request *));
/* The hidden field `version` of a step's form. */
extern const struct field version_field;
#define VERSION_FIELD                                                                                                  \
    {                                                                                                                  \
        .name = "version", .kind = FIELD_HIDDEN, .max = 20, .label = T("版本", "Version")                              \
    }

/* Is the form open for this part: a draft, or opened by a correction? Else the reply (to the status page) is made. */
bool apply_editable(struct request *request, const struct application *application, unsigned part);

/* The command of dwelling and claims with what the draft says already: each of the two pages changes its own half. */
struct application_dwelling *dwelling_command(struct request *request, const struct application *application);

/* Handlers of dwelling.c, claims.c, choices.c and papers.c that the table in apply.c names. */
route_handler show_dwelling, dwelling_post, show_claims, claims_post, show_choices, choices_post, show_papers,
    show_paper_upload, paper_upload_post, paper_remove_post, papers_done_post, show_paper, together_post;
extern const struct form dwelling_form, claims_form, choices_form, paper_form, papers_done_form, together_form;

#endif
