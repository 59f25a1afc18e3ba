/* What stands behind a leaf of the list: four parts, each salted, so that a family can open one and keep the others. */
#include "base/hex.h"
#include "places/round_build.h"

static void part_of(const struct hmac_sm3 *salt, const char *name, struct str content, unsigned char out[SM3_BYTES])
{
    struct sm3 sm3;
    unsigned char mac[SM3_BYTES];
    hmac_sm3_of(salt, name, strlen(name), mac);
    sm3_start(&sm3);
    sm3_add(&sm3, mac, SM3_BYTES);
    sm3_add(&sm3, content.p, content.n);
    sm3_end(&sm3, out);
}

enum { PARTS = 4 };
static const char *const part_names[PARTS] = { "identity", "evidence", "place", "wishes" };

static void contents_of(const struct builder *b, const struct entry *e, const struct wish *wishes,
                        struct str out[PARTS])
{
    struct arena *arena = b->arena;
    out[0] = arena_printf(arena, "receipt %.*s\nchild %.*s\n", STR_ARG(e->applicant.receipt),
                          STR_ARG(hex_encode(arena, e->child.p, e->child.n)));
    out[1] = arena_printf(arena, "facts %u\nreview %.*s\nreasons %.*s\n", e->facts, STR_ARG(e->review),
                          STR_ARG(e->review_reasons));
    out[2] = arena_printf(arena, "dwelling %lld\ncommunity %lld\nkind %.*s\n", (long long)e->dwelling,
                          (long long)e->dwelling_community, STR_ARG(e->claim_kind));
    struct str text = { "", 0 };
    for (size_t i = 0; i < e->n; i++) {
        const struct wish *w = &wishes[e->from + i];
        text = arena_printf(arena, "%.*swish %zu %.*s %lld %u %u %d\n", STR_ARG(text), i + 1,
                            STR_ARG(b->list->offers[w->offer].code), (long long)w->choice.distance, w->choice.category,
                            w->choice.subrank, w->choice.sibling);
    }
    out[3] = text;
}

void build_leaf(const struct builder *b, const struct entry *e, const struct wish *wishes, unsigned char out[SM3_BYTES])
{
    static const char version[] = "JT-LEAF-1";
    struct str contents[PARTS];
    struct hmac_sm3 salt;
    struct sm3 sm3;
    char *bytes = arena_alloc(b->arena, e->half_family.n + e->half_bureau.n);
    if (e->half_family.n) {
        memcpy(bytes, e->half_family.p, e->half_family.n);
    }
    if (e->half_bureau.n) {
        memcpy(bytes + e->half_family.n, e->half_bureau.p, e->half_bureau.n);
    }
    contents_of(b, e, wishes, contents);
    hmac_sm3_key(&salt, bytes, e->half_family.n + e->half_bureau.n);
    sm3_start(&sm3);
    sm3_add(&sm3, version, sizeof version - 1);
    for (int i = 0; i < PARTS; i++) {
        unsigned char part[SM3_BYTES];
        part_of(&salt, part_names[i], contents[i], part);
        sm3_add(&sm3, part, SM3_BYTES);
    }
    sm3_end(&sm3, out);
}

/* Siblings who ask together are one leaf: SM3 over the leaves that they would be alone, in the order of their tickets.
 */
void build_leaf_together(const unsigned char (*leaves)[SM3_BYTES], size_t n, unsigned char out[SM3_BYTES])
{
    sm3_of(leaves, n * SM3_BYTES, out);
}

struct str build_opening(const struct builder *b, const struct entry *e, const struct entry *const *siblings, size_t n,
                         const struct wish *wishes)
{
    struct str contents[PARTS], text;
    unsigned char leaf[SM3_BYTES];
    contents_of(b, e, wishes, contents);
    build_leaf(b, e, wishes, leaf);
    text = arena_printf(b->arena, "jiaoti-leaf 1\nticket %.*s\nhalf_family %.*s\nhalf_bureau %.*s\ncommitment %.*s\n",
                        STR_ARG(hex_encode(b->arena, e->ticket.p, e->ticket.n)),
                        STR_ARG(hex_encode(b->arena, e->half_family.p, e->half_family.n)),
                        STR_ARG(hex_encode(b->arena, e->half_bureau.p, e->half_bureau.n)),
                        STR_ARG(hex_encode(b->arena, leaf, sizeof leaf)));
    for (int i = 0; i < PARTS; i++) {
        text = arena_printf(b->arena, "%.*s\npart %s, %zu bytes\n%.*s", STR_ARG(text), part_names[i], contents[i].n,
                            STR_ARG(contents[i]));
    }
    if (n > 1) {
        unsigned char leaves[ALLOT_MAX_TOGETHER][SM3_BYTES], whole[SM3_BYTES];
        for (size_t i = 0; i < n; i++) {
            build_leaf(b, siblings[i], wishes, leaves[i]);
            text = arena_printf(b->arena, "%.*s\nsibling %zu, commitment %.*s", STR_ARG(text), i + 1,
                                STR_ARG(hex_encode(b->arena, leaves[i], SM3_BYTES)));
        }
        build_leaf_together((const unsigned char(*)[SM3_BYTES])leaves, n, whole);
        text = arena_printf(b->arena, "%.*s\ncommitment of all %.*s\n", STR_ARG(text),
                            STR_ARG(hex_encode(b->arena, whole, sizeof whole)));
    }
    return text;
}
