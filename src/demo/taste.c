/* See taste.h. A school's appeal is its distance, made shorter by its name and by the family's own head; all whole
 * numbers, from dice of the family's own. */
#include "demo/taste.h"

#include "demo/dice.h"

#include <stdlib.h>

enum {
    PRIVATE_TOWN = 850, /* of ten thousand families in towns wish for a private school first */
    PRIVATE_VILLAGE = 260,
    PRIVATE_ALSO = 900, /* of those that may have several wishes, as one among them */
    BEYOND = 1800,      /* name a school outside of the catchment too, where the rules let them */
};

struct candidate {
    uint32_t school;
    int64_t appeal; /* smaller is better */
};

static int by_appeal(const void *a, const void *b)
{
    const struct candidate *x = a;
    const struct candidate *y = b;
    if (x->appeal != y->appeal) {
        return x->appeal < y->appeal ? -1 : 1;
    }
    return (x->school > y->school) - (x->school < y->school);
}

static int64_t appeal_of(const struct builder *builder, const struct family *family, uint32_t index, struct dice *dice)
{
    const struct school *school = &builder->schools->items[index];
    int64_t distance = point_distance(builder->land->communities[family->community].at, school->at);
    int64_t appeal = (distance + 400) * dice_between(dice, 70, 130);
    if (school->sought[family->stage]) {
        appeal = appeal * 7 / 10;
    }
    return family->elder.citizen.n && family->elder_school == index ? 0 : appeal;
}

/* The most appealing private school of the county; MESH_NONE: there is none. */
static uint32_t best_private(const struct builder *builder, const struct family *family, struct dice *dice)
{
    uint32_t county = builder->land->communities[family->community].county;
    struct candidate best = { MESH_NONE, INT64_MAX };
    for (uint32_t i = 0; i < builder->schools->n; i++) {
        const struct school *school = &builder->schools->items[i];
        if (school->county == county && school->private_school && school->serves[family->stage]) {
            struct candidate option = { i, appeal_of(builder, family, i, dice) };
            best = option.appeal < best.appeal ? option : best;
        }
    }
    return best.school;
}

/* Public schools: those of the catchment by appeal, then, for a few, the next ones of the county. */
static size_t public_wishes(const struct builder *builder, const struct family *family, const struct policy *policy,
                            struct dice *dice, uint32_t *wishes, size_t most)
{
    const struct demo_catchment *home =
        &builder->schools->catchments[builder->schools->home[family->stage][family->community]];
    struct candidate options[64];
    size_t n = 0;
    for (size_t i = 0; i < home->nschools && n < 64; i++) {
        options[n++] = (struct candidate){ home->schools[i], appeal_of(builder, family, home->schools[i], dice) };
    }
    qsort(options, n, sizeof *options, by_appeal);
    if (policy_is_ranked(policy) && dice_chance(dice, BEYOND)) {
        struct candidate other = { MESH_NONE, INT64_MAX };
        for (uint32_t i = 0; i < builder->schools->n; i++) {
            const struct school *school = &builder->schools->items[i];
            if (school->county == home->county && !school->private_school && school->serves[family->stage]) {
                bool known = false;
                for (size_t k = 0; k < n; k++) {
                    known |= options[k].school == i;
                }
                struct candidate option = { i, appeal_of(builder, family, i, dice) };
                other = !known && option.appeal < other.appeal ? option : other;
            }
        }
        if (other.school != MESH_NONE && n < 64) {
            options[n++] = other;
        }
    }
    size_t count = n < most ? n : most;
    if (count > 2 && dice_chance(dice, 2500)) {
        count = 2 + (size_t)dice_below(dice, count - 1); /* some name fewer than they may */
    }
    for (size_t i = 0; i < count; i++) {
        wishes[i] = options[i].school;
    }
    return count;
}

size_t taste_wishes(const struct builder *builder, const struct family *family, const struct policy *policy,
                    uint32_t *wishes, size_t most)
{
    struct dice dice = dice_of(builder->land->seed, "taste", family->number);
    bool town = builder->land->communities[family->community].town;
    bool first = policy->most_private > 0 && dice_chance(&dice, town ? PRIVATE_TOWN : PRIVATE_VILLAGE);
    bool also = policy->most_private > 0 && dice_chance(&dice, PRIVATE_ALSO);
    uint32_t school = first || also ? best_private(builder, family, &dice) : MESH_NONE;
    most = most < policy->most_total ? most : policy->most_total;
    size_t n = 0;
    if (first && school != MESH_NONE) {
        wishes[n++] = school;
    }
    size_t publics = most - n < policy->most_public ? most - n : policy->most_public;
    n += public_wishes(builder, family, policy, &dice, wishes + n, publics);
    if (also && !first && school != MESH_NONE && n < most) {
        wishes[n++] = school;
    }
    return n;
}
