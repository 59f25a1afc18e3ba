/* initials OUTPUT.c NAME: the first letters of the readings of the Chinese characters U+4E00 … U+9FFF, by ICU's
 * transliterator, as one array of letters ('-' where it knows none). Made when the program is built, so that the
 * program itself needs neither ICU nor its thirty megabytes of data. */
#include <stdint.h>
#include <stdio.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

enum { FIRST = 0x4E00, BEHIND = 0xA000, LINE = 96 };

static char letter(const UTransliterator *latin, int point)
{
    UChar text[32] = { (UChar)point };
    int32_t n = 1, limit = 1;
    UErrorCode status = U_ZERO_ERROR;
    utrans_transUChars(latin, text, &n, 32, 0, &limit, &status);
    return U_SUCCESS(status) && n > 0 && text[0] >= 'a' && text[0] <= 'z' ? (char)text[0] : '-';
}

int main(int argc, char **argv)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar id[64];
    if (argc != 3) {
        fprintf(stderr, "usage: initials OUTPUT.c NAME\n");
        return 2;
    }
    u_uastrcpy(id, "Han-Latin; Latin-ASCII; Lower");
    UTransliterator *latin = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
    if (U_FAILURE(status)) {
        fprintf(stderr, "initials: ICU has no Han-Latin: %s\n", u_errorName(status));
        return 1;
    }
    FILE *out = fopen(argv[1], "w");
    if (!out) {
        perror(argv[1]);
        return 1;
    }
    fprintf(out, "extern const char %s[%d];\nconst char %s[%d] =", argv[2], BEHIND - FIRST + 1, argv[2],
            BEHIND - FIRST + 1);
    for (int point = FIRST; point < BEHIND; point++) {
        if ((point - FIRST) % LINE == 0) {
            fprintf(out, "%s\n    \"", point > FIRST ? "\"" : "");
        }
        fputc(letter(latin, point), out);
    }
    fprintf(out, "\";\n");
    utrans_close(latin);
    if (fclose(out) != 0) {
        perror(argv[1]);
        return 1;
    }
    return 0;
}
