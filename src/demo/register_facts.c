/* See register_facts.h. */
#include "demo/register_facts.h"

#include "registry/facts.h"
#include "registry/search.h"

bool register_find_by_name(struct writing *writing, const struct kind *kind, int64_t subject, struct str code,
                           struct str division, int64_t from, int64_t until, const struct value *values,
                           struct error *error)
{
    struct fact fact = {
        .subject = subject, .code = code, .valid_from = from, .valid_until = until, .division = division
    };
    memcpy(fact.values, values, kind->ncolumns * sizeof *values);
    return search_add(writing, kind, &fact, error);
}

bool register_picture(struct writing *writing, int64_t day, struct error *error)
{
    return facts_project(writing, day, error);
}
