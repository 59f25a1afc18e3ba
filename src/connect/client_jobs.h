/* What the client asks of the writer: taking questions that are due, and keeping what came of them (client_jobs.c). */
#ifndef CONNECT_CLIENT_JOBS_H
#define CONNECT_CLIENT_JOBS_H

#include "connect/client_internal.h"

enum job_type {
    JOB_TAKE,
    JOB_KEEP,   /* an answer */
    JOB_SILENT, /* given up: to a person */
    JOB_LATER,  /* tried again at a later time */
    JOB_BACK    /* was not sent (the client stops): as if never taken */
};

struct taken {
    int64_t id;
    int64_t tries; /* with the one that comes now */
    size_t department;
    struct str number;
    struct str kind;
    struct str question;
};

struct job {
    struct job *next;
    struct client *client;
    enum job_type type;
    struct arena *arena; /* owns the texts; freed with the job */
    bool ok;
    struct error error;
    /* JOB_TAKE */
    uint32_t *wanted; /* by department */
    struct taken *taken;
    size_t n;
    /* the others: one question */
    size_t department;
    int64_t id;
    int64_t wait_ms;
    struct str answer;
    struct str problem;
    bool gives_up; /* JOB_SILENT because the department is down */
    bool kept;
};

struct job *job_new(struct client *client, enum job_type type, struct arena *arena);
void job_free(struct job *job);
/* Hands it to the writer; when the queue is full it is put off. On the client's thread. */
void job_submit(struct job *job);
/* The longest that a question that was sent can be on its way: then it is taken for lost. */
int64_t attempt_lease_ms(const struct client_authority *authority);

#endif
