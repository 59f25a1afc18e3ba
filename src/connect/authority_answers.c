/* See authority_answers.h. */
#include "connect/authority_answers.h"

struct str answer_citizen(const struct kind *kind, const json_t *question)
{
    for (const struct field *field = kind->question; field->id; field++) {
        if (field->type == FIELD_CITIZEN) {
            return str_of(json_string_value(json_object_get(question, field->id)));
        }
    }
    return (struct str){ NULL, 0 };
}

/* Of the guardians in a record, the one that was asked about; NULL when there is none. Borrowed. */
static json_t *guardian_asked(const json_t *record, const json_t *person)
{
    const char *citizen = json_string_value(person);
    json_t *guardians = json_object_get(record, "guardians");
    for (size_t i = 0; citizen && i < json_array_size(guardians); i++) {
        json_t *guardian = json_array_get(guardians, i);
        const char *other = json_string_value(json_object_get(guardian, "citizen"));
        if (other && strcmp(citizen, other) == 0) {
            return guardian;
        }
    }
    return NULL;
}

json_t *answer_from_record(const struct kind *kind, const json_t *question, json_t *record)
{
    if (!record) {
        return json_loads(kind->nothing, 0, NULL);
    }
    json_t *answer = json_deep_copy(record);
    if (!json_object_get(record, "guardians")) {
        return answer;
    }
    json_t *asked = NULL;
    if (strcmp(kind->id, "household") == 0) {
        asked = guardian_asked(record, json_object_get(question, "guardian"));
        json_object_set_new(answer, "guardian", asked ? json_deep_copy(asked) : json_null());
    } else if (strcmp(kind->id, "guardianship") == 0) {
        asked = guardian_asked(record, json_object_get(question, "person"));
        json_t *relation = json_object_get(asked, "relation");
        json_object_set_new(answer, "guardian", json_boolean(asked != NULL));
        json_object_set_new(answer, "relation", relation ? json_deep_copy(relation) : json_string(""));
    }
    json_object_del(answer, "guardians");
    return answer;
}

static void each(json_t *list, void (*change)(json_t *item))
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        change(json_array_get(list, i));
    }
}

static void to_stranger(json_t *owner)
{
    json_object_set_new(owner, "citizen", json_string("999999190001010015"));
    json_object_set_new(owner, "name", json_string("某某"));
}

static void title_to_stranger(json_t *title)
{
    each(json_object_get(title, "owners"), to_stranger);
}

static void unregister(json_t *contract)
{
    json_object_set_new(contract, "registered", json_false());
    json_object_set_new(contract, "until", json_string("2001-01-01"));
}

static void end_long_ago(json_t *item)
{
    json_object_set_new(item, "until", json_string("2001-01-01"));
}

static void never_paid(json_t *employment)
{
    json_object_set_new(employment, "pension_months", json_integer(0));
}

static void not_related(json_t *child)
{
    json_object_set_new(child, "relation", json_string("其他"));
}

void answer_contradict(const struct kind *kind, json_t *answer)
{
    if (json_object_get(answer, "found")) {
        bool found = json_is_true(json_object_get(answer, "found"));
        json_t *nothing = json_loads(kind->nothing, 0, NULL);
        json_object_update(answer, nothing);
        json_decref(nothing);
        json_object_set_new(answer, "found", json_boolean(!found));
    }
    if (json_object_get(answer, "guardian") && json_is_boolean(json_object_get(answer, "guardian"))) {
        json_object_set_new(answer, "guardian", json_boolean(!json_is_true(json_object_get(answer, "guardian"))));
    }
    each(json_object_get(answer, "titles"), title_to_stranger);
    each(json_object_get(answer, "contracts"), unregister);
    each(json_object_get(answer, "employment"), never_paid);
    each(json_object_get(answer, "licences"), end_long_ago);
    each(json_object_get(answer, "permits"), end_long_ago);
    each(json_object_get(answer, "children"), not_related);
}
