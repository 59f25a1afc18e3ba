/* See mask.h.
 *
 * A leaf is an institution within a county; its values are kept for each table and each measure (amount, part, and the
 * rest). A group of hidden leaves with a known sum S is safe in a measure when it has two or more and S − (k − 1) ≥
 * mask: then whoever knows that each of the k holds one or more still cannot tell any of them from mask persons or
 * more.
 */
#include "figures/mask.h"

#include <stdlib.h>

enum { MEASURES = 3 };

struct leaf {
    struct mask_cell key;
    size_t county; /* index */
    bool hidden;
    int64_t most;    /* greatest amount in any table: small ones are hidden first, they cost the reader least */
    int64_t *values; /* [table][measure] */
};

struct tree {
    struct arena *arena;
    int64_t mask;
    size_t ntables, nmeasures;
    struct leaf *leaves;
    size_t nleaves;
    struct county {
        size_t first, n; /* leaves */
        bool hidden;
        int64_t most;
    } * counties;
    size_t ncounties;
    bool all;
};

static int by_key(const void *a, const void *b)
{
    const struct mask_cell *x = a, *y = b;
    int order = strcmp(x->county, y->county);
    return order ? order : (x->institution > y->institution) - (x->institution < y->institution);
}

static struct mask_cell key_of(const char *division, int64_t institution)
{
    struct mask_cell key = { .institution = institution };
    struct str county = str_part(str_of(division), 0, COUNTY_CHARS);
    memcpy(key.county, county.p, county.n);
    return key;
}

static struct leaf *find_leaf(struct tree *tree, struct mask_cell key)
{
    return bsearch(&key, tree->leaves, tree->nleaves, sizeof *tree->leaves, by_key);
}

/* ---- building ---- */

static void add_values(struct tree *tree, const struct cells *table, size_t index)
{
    for (size_t i = 0; i < table->n; i++) {
        const struct cell *cell = &table->items[i];
        struct leaf *leaf = find_leaf(tree, key_of(cell->division, cell->institution));
        int64_t *values = leaf->values + index * MEASURES;
        values[0] += cell->amount;
        values[1] += cell->part;
        values[2] += cell->amount - cell->part;
    }
}

static void build(struct tree *tree, const struct cells *tables)
{
    size_t most = 0, n = 0;
    for (size_t t = 0; t < tree->ntables; t++) {
        most += tables[t].n;
    }
    tree->leaves = ARENA_ARRAY(tree->arena, struct leaf, most);
    for (size_t t = 0; t < tree->ntables; t++) {
        for (size_t i = 0; i < tables[t].n; i++) {
            tree->leaves[n++].key = key_of(tables[t].items[i].division, tables[t].items[i].institution);
        }
    }
    qsort(tree->leaves, n, sizeof *tree->leaves, by_key);
    tree->counties = ARENA_ARRAY(tree->arena, struct county, n);
    for (size_t i = 0; i < n; i++) {
        if (tree->nleaves && by_key(&tree->leaves[i].key, &tree->leaves[tree->nleaves - 1].key) == 0) {
            continue;
        }
        struct leaf *leaf = &tree->leaves[tree->nleaves];
        leaf->key = tree->leaves[i].key;
        bool new_county = tree->nleaves == 0 || strcmp(leaf->key.county, leaf[-1].key.county) != 0;
        if (new_county) {
            tree->counties[tree->ncounties++] = (struct county){ .first = tree->nleaves };
        }
        leaf->county = tree->ncounties - 1;
        leaf->values = ARENA_ARRAY(tree->arena, int64_t, tree->ntables * MEASURES);
        tree->counties[leaf->county].n++;
        tree->nleaves++;
    }
    for (size_t t = 0; t < tree->ntables; t++) {
        add_values(tree, &tables[t], t);
    }
    for (size_t i = 0; i < tree->nleaves; i++) {
        struct leaf *leaf = &tree->leaves[i];
        for (size_t t = 0; t < tree->ntables; t++) {
            leaf->most = leaf->values[t * MEASURES] > leaf->most ? leaf->values[t * MEASURES] : leaf->most;
        }
        tree->counties[leaf->county].most += leaf->most;
    }
}

static bool is_small(const struct tree *tree, int64_t value)
{
    return value > 0 && value < tree->mask;
}

/* ---- hiding ---- */

static void hide_county(struct tree *tree, struct county *county)
{
    county->hidden = true;
    for (size_t i = 0; i < county->n; i++) {
        tree->leaves[county->first + i].hidden = true;
    }
}

/* Hides the smallest leaf of the county that is shown; false: there is none. */
static bool hide_another_leaf(struct tree *tree, struct county *county)
{
    struct leaf *least = NULL;
    for (size_t i = 0; i < county->n; i++) {
        struct leaf *leaf = &tree->leaves[county->first + i];
        if (!leaf->hidden && leaf->most > 0 && (!least || leaf->most < least->most)) {
            least = leaf;
        }
    }
    if (least) {
        least->hidden = true;
    }
    return least != NULL;
}

static bool hide_another_county(struct tree *tree)
{
    struct county *least = NULL;
    for (size_t i = 0; i < tree->ncounties; i++) {
        struct county *county = &tree->counties[i];
        if (!county->hidden && county->most > 0 && (!least || county->most < least->most)) {
            least = county;
        }
    }
    if (least) {
        hide_county(tree, least);
    }
    return least != NULL;
}

/* What is hidden of some leaves in one measure of one table. */
struct hidden_sum {
    int64_t sum, k;
    bool small; /* there is a cell to protect */
};

static void add_hidden(const struct tree *tree, const struct county *county, size_t at, struct hidden_sum *sum)
{
    int64_t whole = 0;
    for (size_t i = 0; i < county->n; i++) {
        const struct leaf *leaf = &tree->leaves[county->first + i];
        whole += leaf->values[at];
        if (leaf->hidden) {
            sum->sum += leaf->values[at];
            sum->k++;
            sum->small = sum->small || is_small(tree, leaf->values[at]);
        }
    }
    sum->small = sum->small || (county->hidden && is_small(tree, whole));
}

static bool is_safe(const struct tree *tree, struct hidden_sum sum, int64_t groups)
{
    return !sum.small || (groups >= 2 && sum.k >= 2 && sum.sum - (sum.k - 1) >= tree->mask);
}

static bool county_is_safe(const struct tree *tree, const struct county *county)
{
    for (size_t t = 0; t < tree->ntables; t++) {
        for (size_t m = 0; m < tree->nmeasures; m++) {
            struct hidden_sum sum = { 0, 0, false };
            add_hidden(tree, county, t * MEASURES + m, &sum);
            if (!is_safe(tree, sum, 2)) {
                return false;
            }
        }
    }
    return true;
}

static bool hidden_counties_are_safe(const struct tree *tree)
{
    for (size_t t = 0; t < tree->ntables; t++) {
        for (size_t m = 0; m < tree->nmeasures; m++) {
            struct hidden_sum sum = { 0, 0, false };
            int64_t counties = 0;
            for (size_t i = 0; i < tree->ncounties; i++) {
                if (tree->counties[i].hidden) {
                    counties++;
                    add_hidden(tree, &tree->counties[i], t * MEASURES + m, &sum);
                }
            }
            if (!is_safe(tree, sum, counties)) {
                return false;
            }
        }
    }
    return true;
}

static void hide_small(struct tree *tree)
{
    for (size_t i = 0; i < tree->ncounties; i++) {
        struct county *county = &tree->counties[i];
        for (size_t t = 0; t < tree->ntables; t++) {
            for (size_t m = 0; m < tree->nmeasures; m++) {
                int64_t whole = 0;
                for (size_t k = 0; k < county->n; k++) {
                    struct leaf *leaf = &tree->leaves[county->first + k];
                    leaf->hidden = leaf->hidden || is_small(tree, leaf->values[t * MEASURES + m]);
                    whole += leaf->values[t * MEASURES + m];
                }
                if (is_small(tree, whole)) {
                    hide_county(tree, county);
                }
            }
        }
    }
}

static void hide_until_safe(struct tree *tree)
{
    hide_small(tree);
    for (size_t i = 0; i < tree->ncounties; i++) {
        struct county *county = &tree->counties[i];
        while (!county->hidden && !county_is_safe(tree, county)) {
            if (!hide_another_leaf(tree, county)) {
                hide_county(tree, county);
            }
        }
    }
    while (!hidden_counties_are_safe(tree)) {
        if (!hide_another_county(tree)) {
            tree->all = true;
            return;
        }
    }
}

/* Is the total itself so small, in any table and measure? */
static bool total_is_small(const struct tree *tree)
{
    for (size_t t = 0; t < tree->ntables; t++) {
        for (size_t m = 0; m < tree->nmeasures; m++) {
            int64_t whole = 0;
            for (size_t i = 0; i < tree->nleaves; i++) {
                whole += tree->leaves[i].values[t * MEASURES + m];
            }
            if (is_small(tree, whole)) {
                return true;
            }
        }
    }
    return false;
}

void mask_find(struct arena *arena, const struct indicators *set, const struct indicator *indicator,
               const struct cells *tables, size_t ntables, struct masked *out)
{
    *out = (struct masked){ 0 };
    if (indicator->mask == 0) {
        return;
    }
    enum indicator_kind kind = indicator->kind == INDICATOR_CHANGE ? set->items[indicator->of].kind : indicator->kind;
    bool parts = kind == INDICATOR_RATIO || kind == INDICATOR_MEAN || kind == INDICATOR_SURVEY;
    struct tree tree = {
        .arena = arena, .mask = indicator->mask, .ntables = ntables, .nmeasures = parts ? MEASURES : 1
    };
    build(&tree, tables);
    out->total = total_is_small(&tree);
    if (!out->total) {
        hide_until_safe(&tree);
    }
    out->all = tree.all || out->total;
    out->cells = ARENA_ARRAY(arena, struct mask_cell, tree.nleaves);
    out->counties = arena_array(arena, tree.ncounties, sizeof *out->counties);
    for (size_t i = 0; i < tree.nleaves; i++) {
        if (tree.leaves[i].hidden) {
            out->cells[out->n++] = tree.leaves[i].key;
        }
    }
    for (size_t i = 0; i < tree.ncounties; i++) {
        if (tree.counties[i].hidden) {
            memcpy(out->counties[out->ncounties++], tree.leaves[tree.counties[i].first].key.county, COUNTY_CHARS + 1);
        }
    }
}

bool mask_hides_county(const struct masked *masked, struct str division)
{
    struct str county = str_part(division, 0, COUNTY_CHARS);
    bool hides = masked->all;
    for (size_t i = 0; i < masked->ncounties && !hides; i++) {
        hides = str_is(county, masked->counties[i]);
    }
    return hides;
}

bool mask_hides(const struct masked *masked, struct str division, int64_t institution)
{
    struct mask_cell key = { .institution = institution };
    struct str county = str_part(division, 0, COUNTY_CHARS);
    memcpy(key.county, county.p, county.n);
    return masked->all || bsearch(&key, masked->cells, masked->n, sizeof key, by_key) != NULL;
}
