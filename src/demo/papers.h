/* Small papers to hand in, whole and valid files that say 演示 (demo): PNG and PDF. */
#ifndef DEMO_PAPERS_H
#define DEMO_PAPERS_H

#include "base/arena.h"
#include "base/error.h"

enum paper_form { PAPER_PNG, PAPER_PDF, PAPER_FORMS };

/* A paper with this title, and a number that makes it differ from others; in the arena. blurred: cannot be read. */
bool paper_draw(struct arena *arena, enum paper_form form, struct str title, unsigned number, bool blurred,
                struct str *bytes, struct error *error);

#endif
