/*
 * SM3's compression over WORD, a plain word or a vector of them. Not a header in the usual sense: sm3.c includes it
 * once for each width, with WORD, SM3_NAME (the function), SM3_TARGET (its attributes, or nothing), SM3_WORDS (fills
 * the sixteen words of a block) and SM3_XOR3, SM3_MAJORITY, SM3_SELECT, and it takes those names back at its end.
 *
 * The 64 rounds are unrolled in groups of four so that the eight working words never move, and the message schedule is
 * computed just ahead of the rounds that use it, so that both run side by side.
 */
SM3_TARGET static void SM3_NAME(uint32_t *state, const uint8_t *const *from, size_t blocks)
{
    WORD kept[8];
    memcpy(kept, state, sizeof kept);
    for (size_t at = 0; at < blocks * HASH_BLOCK; at += HASH_BLOCK) {
        WORD w[16];
        SM3_WORDS(w, from, at);
        WORD a = kept[0], b = kept[1], c = kept[2], d = kept[3];
        WORD e = kept[4], f = kept[5], g = kept[6], h = kept[7];
        FOUR(SM3_XOR3, SM3_XOR3, 0, THERE);
        FOUR(SM3_XOR3, SM3_XOR3, 4, THERE);
        FOUR(SM3_XOR3, SM3_XOR3, 8, THERE);
        FOUR(SM3_XOR3, SM3_XOR3, 12, AHEAD);
        FOUR(SM3_MAJORITY, SM3_SELECT, 16, AHEAD);
        FOUR(SM3_MAJORITY, SM3_SELECT, 20, AHEAD);
        FOUR(SM3_MAJORITY, SM3_SELECT, 24, AHEAD);
        FOUR(SM3_MAJORITY, SM3_SELECT, 28, AHEAD);
        FOUR(SM3_MAJORITY, SM3_SELECT, 32, AHEAD);
        FOUR(SM3_MAJORITY, SM3_SELECT, 36, AHEAD);
        FOUR(SM3_MAJORITY, SM3_SELECT, 40, AHEAD);
        FOUR(SM3_MAJORITY, SM3_SELECT, 44, AHEAD);
        FOUR(SM3_MAJORITY, SM3_SELECT, 48, AHEAD);
        FOUR(SM3_MAJORITY, SM3_SELECT, 52, AHEAD);
        FOUR(SM3_MAJORITY, SM3_SELECT, 56, AHEAD);
        FOUR(SM3_MAJORITY, SM3_SELECT, 60, AHEAD);
        kept[0] ^= a;
        kept[1] ^= b;
        kept[2] ^= c;
        kept[3] ^= d;
        kept[4] ^= e;
        kept[5] ^= f;
        kept[6] ^= g;
        kept[7] ^= h;
    }
    memcpy(state, kept, sizeof kept);
}

#undef WORD
#undef SM3_NAME
#undef SM3_TARGET
#undef SM3_WORDS
