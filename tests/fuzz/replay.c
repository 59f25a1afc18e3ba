/* A fuzz target without a fuzzer: runs it over every file of the given folders, in every build and with any compiler.
 * What was once found stays found. */
#include "target.h"

#include <dirent.h>
#include <string.h>

int LLVMFuzzerInitialize(int *count, char ***word) __attribute__((weak));

static void run_file(const char *folder, const char *name)
{
    char path[4096];
    MUST((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path, "a path is too long");
    FILE *file = fopen(path, "rb");
    MUST(file != NULL && fseek(file, 0, SEEK_END) == 0, "%s cannot be read", path);
    long size = ftell(file);
    rewind(file);
    uint8_t *bytes = malloc((size_t)size + 1);
    MUST(size >= 0 && fread(bytes, 1, (size_t)size, file) == (size_t)size, "%s cannot be read", path);
    (void)fclose(file);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(bytes, (size_t)size);
    free(bytes);
}

int main(int count, char **word)
{
    size_t files = 0;
    if (LLVMFuzzerInitialize != NULL) {
        LLVMFuzzerInitialize(&count, &word);
    }
    for (int i = 1; i < count; i++) {
        DIR *folder = opendir(word[i]);
        MUST(folder != NULL, "%s cannot be read", word[i]);
        for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
            if (entry->d_name[0] != '.') {
                run_file(word[i], entry->d_name);
                files++;
            }
        }
        (void)closedir(folder);
    }
    MUST(files > 0, "there is no input");
    printf("%zu inputs\n", files);
    return 0;
}
