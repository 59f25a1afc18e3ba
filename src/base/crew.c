/* A crew waits on one condition for the next task, takes its jobs one by one from a counter, and the last to finish
 * tells the caller.
 *
 * What must hold: when crew_each returns, no thread touches the task any more. */
#include "base/crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST = 64 };

struct crew {
    pthread_mutex_t lock;
    pthread_cond_t begin; /* a new task, or the end */
    pthread_cond_t done;  /* nobody is at work */
    pthread_t thread[MOST];
    unsigned threads; /* besides the caller */
    uint64_t task;    /* which one: counted, so that a thread joins each once */
    unsigned at_work;
    bool over;
    void (*job)(void *argument, uint32_t index);
    void *argument;
    uint32_t jobs;
    atomic_uint_least64_t next;
};

static void work(struct crew *crew)
{
    for (uint64_t i; (i = atomic_fetch_add(&crew->next, 1)) < crew->jobs;) {
        crew->job(crew->argument, (uint32_t)i);
    }
}

static void *serve(void *argument)
{
    struct crew *crew = argument;
    uint64_t last = 0;
    pthread_mutex_lock(&crew->lock);
    for (;;) {
        while (!crew->over && crew->task == last) {
            pthread_cond_wait(&crew->begin, &crew->lock);
        }
        if (crew->over) {
            break;
        }
        last = crew->task;
        crew->at_work++;
        pthread_mutex_unlock(&crew->lock);
        work(crew);
        pthread_mutex_lock(&crew->lock);
        if (--crew->at_work == 0) {
            pthread_cond_signal(&crew->done);
        }
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

struct crew *crew_new(unsigned threads)
{
    struct crew *crew = calloc(1, sizeof *crew);
    if (!crew) {
        abort();
    }
    if (threads == 0) {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        threads = processors > 0 ? (unsigned)processors : 1;
    }
    threads = threads < MOST ? threads : MOST;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->begin, NULL);
    pthread_cond_init(&crew->done, NULL);
    while (crew->threads + 1 < threads && pthread_create(&crew->thread[crew->threads], NULL, serve, crew) == 0) {
        crew->threads++;
    }
    return crew;
}

void crew_free(struct crew *crew)
{
    if (!crew) {
        return;
    }
    pthread_mutex_lock(&crew->lock);
    crew->over = true;
    pthread_cond_broadcast(&crew->begin);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->threads; i++) {
        pthread_join(crew->thread[i], NULL);
    }
    pthread_cond_destroy(&crew->done);
    pthread_cond_destroy(&crew->begin);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}

unsigned crew_size(const struct crew *crew)
{
    return crew->threads + 1;
}

void crew_each(void *ctx, void (*job)(void *argument, uint32_t index), void *argument, uint32_t jobs)
{
    struct crew *crew = ctx;
    if (crew->threads == 0 || jobs < 2) {
        for (uint32_t i = 0; i < jobs; i++) {
            job(argument, i);
        }
        return;
    }
    pthread_mutex_lock(&crew->lock);
    while (crew->at_work > 0) { /* one that woke late for the task before, and finds nothing to do */
        pthread_cond_wait(&crew->done, &crew->lock);
    }
    crew->job = job;
    crew->argument = argument;
    crew->jobs = jobs;
    atomic_store(&crew->next, 0);
    crew->task++;
    pthread_cond_broadcast(&crew->begin);
    pthread_mutex_unlock(&crew->lock);
    work(crew);
    pthread_mutex_lock(&crew->lock);
    while (crew->at_work > 0) {
        pthread_cond_wait(&crew->done, &crew->lock);
    }
    crew->jobs = 0;
    pthread_mutex_unlock(&crew->lock);
}

void *crew_get(void *crew, size_t bytes)
{
    (void)crew;
    return malloc(bytes);
}

void crew_put(void *crew, void *block)
{
    (void)crew;
    free(block);
}
