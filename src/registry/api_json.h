/* Facts as JSON and back, and what JSON Schema says of them: one place, so that the description cannot differ from the
 * answers. Days are "2026-08-31", moments milliseconds since 1970, money fen, degrees numbers, words of a list their
 * short names; what is not known is null. */
#ifndef REGISTRY_API_JSON_H
#define REGISTRY_API_JSON_H

#include "registry/facts.h"

#include <jansson.h>

json_t *api_json_str(struct str s);
/* null for no day. */
json_t *api_json_day(int64_t day);
/* staff: with the columns that are for staff only. institution: its code, or empty. */
json_t *api_json_fact(const struct kind *kind, const struct fact *fact, struct str institution, bool staff);
/* A value of a column. False: *says what is expected. */
bool api_json_value(struct arena *arena, const struct column *column, const json_t *json, struct value *value,
                    struct text *says);

/* The schema of a column's value, of all values of a kind, of a fact. */
json_t *api_schema_column(const struct column *column);
json_t *api_schema_values(const struct kind *kind, bool asked /* in a step: nothing is required */);
json_t *api_schema_fact(const struct kind *kind);

#endif
