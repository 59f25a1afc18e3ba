/* embed OUT.c SYMBOL FILE: writes FILE as `const unsigned char SYMBOL[]` and `const size_t SYMBOL_size`
 * (a NUL follows the bytes and is not counted). Build tool; C17 has no #embed. */
#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 4) {
        (void)fprintf(stderr, "usage: embed OUT.c SYMBOL FILE\n");
        return 2;
    }
    FILE *in = fopen(argv[3], "rb");
    FILE *out = in ? fopen(argv[1], "wb") : NULL;
    if (!in || !out) {
        perror(in ? argv[1] : argv[3]);
        return 1;
    }
    (void)fprintf(out, "#include <stddef.h>\nextern const unsigned char %s[];\nextern const size_t %s_size;\n", argv[2],
                  argv[2]);
    (void)fprintf(out, "const unsigned char %s[] = {", argv[2]);
    size_t n = 0;
    for (int c = getc(in); c != EOF; c = getc(in), n++) {
        (void)fprintf(out, "%s%d,", n % 24 ? "" : "\n", c);
    }
    (void)fprintf(out, "\n0};\nconst size_t %s_size = %zu;\n", argv[2], n);
    int failed = ferror(in) | ferror(out);
    failed |= fclose(out) | fclose(in);
    return failed ? 1 : 0;
}
