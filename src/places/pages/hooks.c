/* What connect tells places: an answer, or that a department does not answer. */
#include "places/pages.h"

static bool on_answer(void *context, struct writing *writing, const struct ask *ask, struct error *error)
{
    struct fact_answer answer = {
        .places = context,
        .application = ask->application,
        .kind = ask->kind,
        .source = str_is(ask->source, "sheet") ? ask->source : ask->authority,
        .request = ask->number,
        .question = ask->question,
        .answer = ask->state == ASK_ANSWERED ? ask->answer : (struct str){ NULL, 0 },
    };
    return fact_answer_run(writing, &answer, error);
}

struct ask_hook places_ask_hook(struct places *places)
{
    return (struct ask_hook){ .context = places, .on_answer = on_answer };
}
