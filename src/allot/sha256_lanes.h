/*
 * SHA-256's compression over WORD, a plain word or a vector of them. Not a header in the usual sense: sha256.c includes
 * it once for each width, with WORD, SHA256_NAME (the function), SHA256_TARGET (its attributes, or nothing) and
 * SHA256_WORDS (fills the sixteen words of a block), and it takes those names back at its end.
 */
SHA256_TARGET static void SHA256_NAME(uint32_t *state, const uint8_t *const *from, size_t blocks)
{
    WORD kept[8];
    memcpy(kept, state, sizeof kept);
    for (size_t at = 0; at < blocks * HASH_BLOCK; at += HASH_BLOCK) {
        WORD w[16];
        SHA256_WORDS(w, from, at);
        WORD a = kept[0], b = kept[1], c = kept[2], d = kept[3];
        WORD e = kept[4], f = kept[5], g = kept[6], h = kept[7];
        EIGHT(0, THERE);
        EIGHT(8, THERE);
        EIGHT(16, NEXT);
        EIGHT(24, NEXT);
        EIGHT(32, NEXT);
        EIGHT(40, NEXT);
        EIGHT(48, NEXT);
        EIGHT(56, NEXT);
        kept[0] += a;
        kept[1] += b;
        kept[2] += c;
        kept[3] += d;
        kept[4] += e;
        kept[5] += f;
        kept[6] += g;
        kept[7] += h;
    }
    memcpy(state, kept, sizeof kept);
}

#undef WORD
#undef SHA256_NAME
#undef SHA256_TARGET
#undef SHA256_WORDS
