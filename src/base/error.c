/* See error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *error, const char *format, ...)
{
    if (error) {
        va_list list;
        va_start(list, format);
        (void)vsnprintf(error->message, sizeof error->message, format, list);
        va_end(list);
    }
    return false;
}

bool error_within(struct error *error, const char *format, ...)
{
    if (error) {
        char old[ERROR_MAX];
        memcpy(old, error->message, sizeof old);
        va_list list;
        va_start(list, format);
        int n = vsnprintf(error->message, sizeof error->message, format, list);
        va_end(list);
        if (n >= 0 && (size_t)n < sizeof error->message) {
            (void)snprintf(error->message + n, sizeof error->message - (size_t)n, ": %s", old);
        }
    }
    return false;
}
