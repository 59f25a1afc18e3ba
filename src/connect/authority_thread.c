/* `jiaoti authority` on a thread of this process, for tests (authority.h): it says its port when it listens and ends
 * when a byte comes through a pipe. */
#include "connect/authority.h"

#include "base/str.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct authority_thread {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char *data;
    char *faults;
    int stop[2];
    int port; /* 0: not yet; -1: failed */
    struct error error;
};

static void thread_says(void *context, int port)
{
    struct authority_thread *thread = context;
    (void)pthread_mutex_lock(&thread->lock);
    thread->port = port;
    (void)pthread_cond_signal(&thread->changed);
    (void)pthread_mutex_unlock(&thread->lock);
}

static void *thread_main(void *context)
{
    struct authority_thread *thread = context;
    struct authority_settings settings = {
        .data = thread->data, .faults = thread->faults, .ready = thread_says, .context = thread
    };
    if (!authority_serve(&settings, thread->stop[0], &thread->error)) {
        thread_says(thread, -1);
    }
    return NULL;
}

static void thread_free(struct authority_thread *thread)
{
    (void)close(thread->stop[0]);
    (void)close(thread->stop[1]);
    (void)pthread_mutex_destroy(&thread->lock);
    (void)pthread_cond_destroy(&thread->changed);
    free(thread->data);
    free(thread->faults);
    free(thread);
}

bool authority_start(struct authority_thread **out, const char *data, const char *faults, int *port,
                     struct error *error)
{
    struct authority_thread *thread = calloc(1, sizeof *thread);
    if (!thread || pipe(thread->stop) != 0) {
        free(thread);
        return error_set(error, "The departments' thread cannot be started: %s.", strerror(errno));
    }
    (void)pthread_mutex_init(&thread->lock, NULL);
    (void)pthread_cond_init(&thread->changed, NULL);
    thread->data = strdup(data);
    thread->faults = strdup(faults ? faults : "");
    if (!thread->data || !thread->faults || pthread_create(&thread->thread, NULL, thread_main, thread) != 0) {
        thread_free(thread);
        return error_set(error, "The departments' thread cannot be started.");
    }
    (void)pthread_mutex_lock(&thread->lock);
    while (!thread->port) {
        (void)pthread_cond_wait(&thread->changed, &thread->lock);
    }
    *port = thread->port;
    (void)pthread_mutex_unlock(&thread->lock);
    if (*port < 0) {
        (void)pthread_join(thread->thread, NULL);
        if (error) {
            *error = thread->error;
        }
        thread_free(thread);
        return false;
    }
    *out = thread;
    return true;
}

void authority_stop(struct authority_thread *thread)
{
    if (!thread) {
        return;
    }
    (void)write(thread->stop[1], "x", 1);
    (void)pthread_join(thread->thread, NULL);
    thread_free(thread);
}
