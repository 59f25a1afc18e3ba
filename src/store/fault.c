/* See fault.h. The counters are process-wide on purpose: a fault belongs to the machine, not to a connection. */
#include "store/fault.h"

#include "base/str.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { POINTS = 8 };

struct point {
    char name[24];
    _Atomic long left; /* passages until it fails */
    bool stays;
};

static struct point points[POINTS];
static _Atomic int count;

void fault_set(const char *list)
{
    atomic_store(&count, 0);
    int n = 0;
    struct str rest = str_of(list), item;
    while (n < POINTS && str_split(&rest, ',', &item)) {
        size_t colon = str_find(item, ':');
        bool stays = item.n && item.p[item.n - 1] == '+';
        struct str digits = str_part(item, colon + 1, item.n);
        digits.n -= stays && digits.n ? 1 : 0;
        int64_t nth;
        if (colon < sizeof points[n].name && str_to_int(digits, 1, 1000000000, &nth)) {
            memcpy(points[n].name, item.p, colon);
            points[n].name[colon] = '\0';
            points[n].stays = stays;
            atomic_store(&points[n].left, (long)nth);
            n++;
        }
    }
    atomic_store(&count, n);
}

static void from_environment(void)
{
    const char *list = getenv("JIAOTI_FAULT");
    if (list) {
        fault_set(list);
    }
}

bool fault_here(const char *name)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, from_environment);
    int n = atomic_load_explicit(&count, memory_order_acquire);
    for (int i = 0; i < n; i++) {
        if (str_is(str_of(points[i].name), name)) {
            long left = atomic_fetch_sub(&points[i].left, 1);
            if (left == 1 || (left < 1 && points[i].stays)) {
                return true;
            }
        }
    }
    return false;
}
