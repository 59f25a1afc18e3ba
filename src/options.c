/* See options.h. */
#include "options.h"

static int rule_of(const struct option_rule *rules, struct str name)
{
    for (int i = 0; rules[i].name; i++) {
        if (str_is(name, rules[i].name)) {
            return i;
        }
    }
    return -1;
}

bool options_parse(struct options *options, const struct option_rule *rules, int argc, char **argv, struct error *error)
{
    *options = (struct options){ .rules = rules };
    for (int i = 0; i < argc; i++) {
        struct str word = str_of(argv[i]);
        if (!str_starts(word, STR("--"))) {
            if (options->word_count == OPTIONS_MOST) {
                return error_set(error, "too many words from \"%s\" on", argv[i]);
            }
            options->words[options->word_count++] = argv[i];
            continue;
        }
        struct str name = str_part(word, 2, word.n);
        size_t equals = str_find(name, '=');
        const char *value = equals < name.n ? argv[i] + 2 + equals + 1 : NULL;
        int rule = rule_of(rules, str_part(name, 0, equals));
        if (rule < 0) {
            return error_set(error, "unknown option %s; `jiaoti help` tells what each command takes", argv[i]);
        }
        if (!rules[rule].value) {
            if (value) {
                return error_set(error, "--%s takes no value", rules[rule].name);
            }
            value = "";
        } else if (!value) {
            if (++i == argc) {
                return error_set(error, "--%s needs a value: %s", rules[rule].name, rules[rule].value);
            }
            value = argv[i];
        }
        options->values[rule] = value;
    }
    return true;
}

const char *options_get(const struct options *options, const char *name, const char *otherwise)
{
    int rule = rule_of(options->rules, str_of(name));
    return rule >= 0 && options->values[rule] ? options->values[rule] : otherwise;
}

bool options_has(const struct options *options, const char *name)
{
    return options_get(options, name, NULL) != NULL;
}

bool options_int(const struct options *options, const char *name, int64_t otherwise, int64_t min, int64_t max,
                 int64_t *out, struct error *error)
{
    const char *text = options_get(options, name, NULL);
    if (!text) {
        *out = otherwise;
        return true;
    }
    if (!str_to_int(str_of(text), min, max, out)) {
        return error_set(error, "--%s %s: expected a whole number from %lld to %lld", name, text, (long long)min,
                         (long long)max);
    }
    return true;
}
