/* The command line of a command: `--name value`, `--flag`, and plain words. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "base/error.h"
#include "base/str.h"

enum { OPTIONS_MOST = 32 };

/* What a command takes. value NULL: a flag. */
struct option_rule {
    const char *name;  /* without the dashes */
    const char *value; /* how the help names the value: "FOLDER" */
    const char *help;
};

struct options {
    const struct option_rule *rules;
    const char *values[OPTIONS_MOST]; /* beside the rules; NULL: not given; a flag: "" */
    const char *words[OPTIONS_MOST];  /* plain words in order */
    int word_count;
};

/* rules end with a NULL name. False with what is wrong and what is known. */
bool options_parse(struct options *options, const struct option_rule *rules, int argc, char **argv,
                   struct error *error);
const char *options_get(const struct options *options, const char *name, const char *otherwise);
bool options_has(const struct options *options, const char *name);
/* False with a message when it is given and is no whole number in min..max. */
bool options_int(const struct options *options, const char *name, int64_t otherwise, int64_t min, int64_t max,
                 int64_t *out, struct error *error);

#endif
