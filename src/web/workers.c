/* Workers: threads for what would hold up an event loop (a PDF, a sheet, a password's hash). A queue of bounded length;
 * when it is full the caller says "come again" instead of letting everybody wait.
 */
#include "web/inside.h"

#include <signal.h>
#include <stdlib.h>

enum { WORKERS_QUEUE = 1024 };

struct job {
    void (*work)(void *);
    void *context;
};

struct workers {
    pthread_mutex_t mutex;
    pthread_cond_t some;
    struct job jobs[WORKERS_QUEUE];
    size_t first, count;
    bool ending;
    int threads;
    pthread_t ids[];
};

static void *worker_main(void *context)
{
    struct workers *workers = context;
    (void)pthread_mutex_lock(&workers->mutex);
    for (;;) {
        while (!workers->count && !workers->ending) {
            (void)pthread_cond_wait(&workers->some, &workers->mutex);
        }
        if (!workers->count) {
            break;
        }
        struct job job = workers->jobs[workers->first];
        workers->first = (workers->first + 1) % WORKERS_QUEUE;
        workers->count--;
        (void)pthread_mutex_unlock(&workers->mutex);
        job.work(job.context);
        (void)pthread_mutex_lock(&workers->mutex);
    }
    (void)pthread_mutex_unlock(&workers->mutex);
    return NULL;
}

struct workers *workers_new(int threads)
{
    struct workers *workers = calloc(1, sizeof *workers + (size_t)threads * sizeof(pthread_t));
    if (!workers) {
        abort();
    }
    (void)pthread_mutex_init(&workers->mutex, NULL);
    (void)pthread_cond_init(&workers->some, NULL);
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* signals belong to the main thread */
    for (int i = 0; i < threads; i++) {
        if (pthread_create(&workers->ids[i], NULL, worker_main, workers) != 0) {
            break;
        }
        workers->threads++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return workers;
}

void workers_free(struct workers *workers)
{
    if (!workers) {
        return;
    }
    (void)pthread_mutex_lock(&workers->mutex);
    workers->ending = true;
    (void)pthread_cond_broadcast(&workers->some);
    (void)pthread_mutex_unlock(&workers->mutex);
    for (int i = 0; i < workers->threads; i++) {
        (void)pthread_join(workers->ids[i], NULL);
    }
    (void)pthread_cond_destroy(&workers->some);
    (void)pthread_mutex_destroy(&workers->mutex);
    free(workers);
}

bool workers_add(struct workers *workers, void (*work)(void *), void *context)
{
    (void)pthread_mutex_lock(&workers->mutex);
    bool taken = workers->threads && !workers->ending && workers->count < WORKERS_QUEUE;
    if (taken) {
        workers->jobs[(workers->first + workers->count++) % WORKERS_QUEUE] = (struct job){ work, context };
        (void)pthread_cond_signal(&workers->some);
    }
    (void)pthread_mutex_unlock(&workers->mutex);
    return taken;
}

int64_t workers_waiting(struct workers *workers)
{
    (void)pthread_mutex_lock(&workers->mutex);
    int64_t count = (int64_t)workers->count;
    (void)pthread_mutex_unlock(&workers->mutex);
    return count;
}
