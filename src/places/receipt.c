/* Receipts. What must hold: receipt_read accepts exactly what receipt_make can make, however it was typed. */
#include "places/receipt.h"

#include "registry/registry.h"

static const char alphabet[33] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/* Multiplication in GF(32) = GF(2)[x] / (x^5 + x^2 + 1); x generates all 31 elements that are not 0. */
static unsigned times_x(unsigned a)
{
    a <<= 1;
    return a & 32 ? (a ^ 0x25) & 31 : a;
}

/* Σ x^i·c(i) by Horner's rule, the last character standing at i = 0. */
static unsigned check_sum(const unsigned *c, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum = times_x(sum) ^ c[i];
    }
    return sum;
}

static struct str grouped(const unsigned *c, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < RECEIPT_CHARACTERS; i++) {
        if (i && i % 4 == 0) {
            out[n++] = '-';
        }
        out[n++] = alphabet[c[i]];
    }
    out[n] = 0;
    return (struct str){ out, n };
}

void receipt_make(const unsigned char random[15], char out[RECEIPT_BYTES + 1])
{
    unsigned c[RECEIPT_CHARACTERS];
    for (size_t i = 0; i < 15; i++) {
        c[i] = random[i] & 31U;
    }
    c[15] = times_x(check_sum(c, 15));
    grouped(c, out);
}

bool receipt_read(struct arena *arena, struct str typed, struct str *out)
{
    struct str narrow = registry_address_form(arena, typed);
    unsigned c[RECEIPT_CHARACTERS];
    size_t n = 0;
    for (size_t i = 0; i < narrow.n; i++) {
        char letter = narrow.p[i];
        if (letter == '-') {
            continue;
        }
        if (letter >= 'a' && letter <= 'z') {
            letter = (char)(letter - 'a' + 'A');
        }
        const char *place = letter ? strchr(alphabet, letter) : NULL;
        if (!place || n == RECEIPT_CHARACTERS) {
            return false;
        }
        c[n++] = (unsigned)(place - alphabet);
    }
    if (n != RECEIPT_CHARACTERS || check_sum(c, n) != 0) {
        return false;
    }
    *out = grouped(c, arena_alloc(arena, RECEIPT_BYTES + 1));
    return true;
}
