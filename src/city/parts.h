/* What the files of this folder share, and nobody else uses. */
#ifndef CITY_PARTS_H
#define CITY_PARTS_H

#include "city/city.h"
#include "city/walker.h"

enum { CHECKS_MAX = 32, CATEGORIES_MAX = 64, CLASSES_MAX = 16, WITNESSES_MAX = 16 };

/* The top keys of a policy, in the order of the canonical form. */
enum policy_key {
    KEY_COUNTY,
    KEY_STAGE,
    KEY_YEAR,
    KEY_TITLE,
    KEY_SOURCE,
    KEY_MECHANISM,
    KEY_LOTS,
    KEY_CATCHMENTS,
    KEY_CHOICES,
    KEY_PRIVATE,
    KEY_ENTRANTS,
    KEY_CHECKS,
    KEY_CATEGORIES,
    KEY_ORDER,
    KEY_DISTANCE_STEP,
    KEY_SIBLING,
    KEY_TOGETHER,
    KEY_LOCK,
    KEY_BALANCE,
    KEY_PLACES,
    KEY_KINDS,
    KEY_WAITING,
    KEY_AUDIT,
    KEY_CALENDAR,
    KEY_PUBLICATION_DAYS,
    KEY_REVIEW,
    KEY_WITNESSES,
    KEY_MISSING_WITNESS,
    KEY_PUBLIC_VALUE,
    POLICY_KEY_COUNT
};

/* Where the parts of a policy stand in its file; NULL: not there, or not read. */
struct policy_nodes {
    yaml_value *top[POLICY_KEY_COUNT];
    yaml_value *category[CATEGORIES_MAX];
    yaml_value *subrank[CATEGORIES_MAX][CATEGORIES_MAX];
    yaml_value *class[CLASSES_MAX];
    yaml_value *moment[MOMENT_COUNT];
    yaml_value *kind_set[KIND_SETS_MAX];
    yaml_value *age_day;
    yaml_value *class_size;
    yaml_value *private_draw;
    yaml_value *most_public;
    yaml_value *most_total;
    bool categories_whole; /* all conditions of categories were read without a mistake */
    bool classes_whole;
    bool kinds_whole;
    bool order_whole;
};

/* policy_read.c: the file's words into the struct. What needs several keys to be judged is policy_check's.
 * A city that could not be read itself has empty lists: what refers to them is then taken as it is. */
bool policy_read(struct reading *reading, yaml_value *root, const struct city *city, struct policy *policy,
                 struct policy_nodes *nodes);
bool read_condition(struct reading *reading, yaml_value *node, struct condition *condition);
/* policy_kinds.c: the kinds of places, read and checked. */
void read_kind_sets(struct reading *reading, yaml_value *node, struct policy *policy, struct policy_nodes *nodes);
void check_kinds(struct reading *reading, const struct city *city, const struct policy *policy,
                 const struct policy_nodes *nodes);
/* policy_check.c: the facts that a condition relies on; "no child can be in …". */
uint32_t facts_asked(const struct condition *condition);
void tell_unreached(struct reading *reading, yaml_value *at, struct str id);
/* policy_check.c: do the parts agree with one another and with the city? */
void policy_check(struct reading *reading, const struct city *city, const struct policy *policy,
                  const struct policy_nodes *nodes);
/* Both; true when nothing was wrong. *policy is filled as far as it could be read. */
bool policy_load(struct arena *arena, struct str text, struct str file, const struct city *city, struct policy *policy,
                 struct city_mistakes *mistakes);

/* config.c: city.yaml into the city's first fields. */
void config_read(struct city *city, struct str text, struct str file, struct city_mistakes *mistakes);

/* divisions.c: divisions.csv, after city.yaml (city->code is empty when that has none). */
void divisions_read(struct city *city, struct str text, struct str file, struct city_mistakes *mistakes);

/* designations.c: designations.yaml. */
void designations_read(struct city *city, struct str text, struct str file, struct city_mistakes *mistakes);

/* checklists.c: Each file of folder/part whose name is an id with .yaml; an item of `size` bytes for each, filled by
 * `read`. */
typedef void folder_item(struct reading *reading, yaml_value *root, struct str id, void *out);
void folder_read(struct arena *arena, struct str folder, const char *part, size_t size, folder_item *read,
                 void ***items, size_t *n, struct city_mistakes *mistakes);

/* Ids of checks as bits of city->checks; unknown ones are told unless the city has no checks. */
bool read_checks(struct reading *reading, yaml_value *node, const char *what, const struct city *city, uint32_t *out);
/* Ids of facts as bits. */
bool read_facts(struct reading *reading, yaml_value *node, const char *what, uint32_t *out);

#endif
