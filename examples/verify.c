/* Repeats a published transcript from its bytes alone. Exit: 0 it is right, 1 it is wrong, 2 it cannot be read. */
#include <allot/transcript.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **word)
{
    FILE *file = count == 2 ? fopen(word[1], "rb") : NULL;
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        fprintf(stderr, "usage: verify FILE\n");
        return 2;
    }
    long size = ftell(file);
    rewind(file);
    char *bytes = size < 0 ? NULL : malloc((size_t)size + 1);
    if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        fprintf(stderr, "%s cannot be read\n", word[1]);
        return 2;
    }
    (void)fclose(file);
    struct transcript_report report;
    bool right = transcript_verify(bytes, (size_t)size, NULL, &report);
    if (right) {
        printf("right: %u applicants, %u placed by choice, %u by balance, %u without a place\n", report.applicants,
               report.placed_by_choice, report.placed_by_balance, report.unplaced);
    } else {
        printf("wrong in line %zu: %s\n  found    %s\n  expected %s\n", report.line, report.message, report.found,
               report.expected);
    }
    free(bytes);
    return right ? 0 : 1;
}
